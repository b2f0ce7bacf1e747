//! What makes voices pleasanter, for the lanes of a span that want it: noise reduction, then automatic gain.
//!
//! 8 kHz, ticks of 80 octets in the span's law. A lane whose noise is reduced comes 6 ms later ([`noise`]); one with
//! automatic gain alone does not. All other lanes stay as they are, octet for octet, and half a span without a wish costs
//! nothing.
//! Not here: digits and tones, which are listened for before (the media plane).
//!
//! [`noise`]: crate::noise

use codec::lanes::{self, Row, Rows, WIDTH};
use fearless_simd::{Level, dispatch};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

use crate::{agc::AutomaticGain, noise::Reducer};

/// Halves of a span, sixteen lanes each.
const HALVES: usize = LANES / WIDTH;

/// Lanes that want something, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Less noise.
    pub less_noise: u32,
    /// Automatic gain.
    pub gain: u32,
}

/// The lanes of a span.
#[derive(Clone, Debug)]
pub struct Polish {
    level: Level,
    halves: [Half; HALVES],
    work: Box<[Rows; 2]>,
}

#[derive(Clone, Debug)]
struct Half {
    reducer: Reducer,
    gain: AutomaticGain,
}

impl Polish {
    /// Lanes that said nothing. Allocates all that it will ever need.
    #[expect(clippy::new_without_default, reason = "a default would hide what it allocates")]
    pub fn new() -> Polish {
        Polish::with_level(Level::new())
    }

    /// One for each set of vector instructions that this processor has. All of them make the same octets.
    pub fn of_every_level() -> Vec<Polish> {
        lanes::levels().into_iter().map(Polish::with_level).collect()
    }

    fn with_level(level: Level) -> Polish {
        let half = || Half { reducer: Reducer::with_level(level), gain: AutomaticGain::with_level(level) };
        let work = Box::new([[Row::QUIET; OCTETS_PER_TICK]; 2]);
        Polish { level, halves: std::array::from_fn(|_| half()), work }
    }

    /// Takes a tick of all lanes.
    pub fn process(&mut self, octets: &mut [Octets; LANES], law: Law, wishes: Wishes) {
        let half = |bits: u32, number: usize| bits >> (number * WIDTH) & 0xffff;
        for (number, octets) in octets.chunks_exact_mut(WIDTH).enumerate() {
            let wishes = Wishes { less_noise: half(wishes.less_noise, number), gain: half(wishes.gain, number) };
            if wishes != Wishes::default() {
                self.half(number, octets, law, wishes);
            }
        }
    }

    fn half(&mut self, number: usize, octets: &mut [Octets], law: Law, wishes: Wishes) {
        let (Half { reducer, gain }, [rows, other]) = (&mut self.halves[number], &mut *self.work);
        decode(self.level, law, octets, rows);
        if wishes.less_noise != 0 {
            *other = *rows;
            reducer.process(rows);
            // Whoever wants automatic gain alone is not held back for the others.
            copy(other, rows, !wishes.less_noise);
        }
        if wishes.gain != 0 {
            *other = *rows;
            gain.process(rows);
            copy(other, rows, !wishes.gain);
        }
        let mut made = [[0; OCTETS_PER_TICK]; WIDTH];
        encode(self.level, law, rows, &mut made);
        for (lane, (octets, made)) in octets.iter_mut().zip(made).enumerate() {
            if (wishes.less_noise | wishes.gain) >> lane & 1 == 1 {
                *octets = made;
            }
        }
    }

    /// Forgets a lane.
    pub fn reset_lane(&mut self, lane: usize) {
        let half = &mut self.halves[lane / WIDTH % HALVES];
        half.reducer.reset_lane(lane % WIDTH);
        half.gain.reset_lane(lane % WIDTH);
    }
}

fn decode(level: Level, law: Law, octets: &[Octets], rows: &mut Rows) {
    match law {
        Law::A => dispatch!(level, simd => lanes::decode::<_, false>(simd, octets, rows)),
        Law::Mu => dispatch!(level, simd => lanes::decode::<_, true>(simd, octets, rows)),
    }
}

fn encode(level: Level, law: Law, rows: &Rows, octets: &mut [Octets]) {
    match law {
        Law::A => dispatch!(level, simd => lanes::encode::<_, false>(simd, rows, octets)),
        Law::Mu => dispatch!(level, simd => lanes::encode::<_, true>(simd, rows, octets)),
    }
}

/// Copies the lanes whose bits are set.
fn copy(from: &Rows, to: &mut Rows, lanes: u32) {
    for lane in (0..WIDTH).filter(|lane| lanes >> lane & 1 == 1) {
        for (from, to) in from.iter().zip(to.iter_mut()) {
            to.0[lane] = from.0[lane];
        }
    }
}
