//! The plainest canceller there is: normalised least mean squares over the whole tail, a lane at a time.
//!
//! Not for use: no control of double talk, no suppressor, no hold on tones. The tests know from it that they can be passed
//! where a plain canceller does, and are failed where it must.

use frame::{LANES, Law, OCTETS_PER_TICK};

use super::subject::Subject;
use crate::line::Lanes;

/// How much of the error is taken off at once.
const STEP: f32 = 0.7;
/// As if this mean square were always there: idle noise teaches nothing.
const IDLE_SQUARE: f32 = 400.0;

/// The plain cancellers of a span.
pub struct Plain {
    lanes: Vec<Lane>,
    held: bool,
}

struct Lane {
    taps: Vec<f32>,
    /// Newest first; twice as long as the tail, and begun anew when it is used up.
    heard: Vec<f32>,
    next: usize,
}

impl Plain {
    /// Cancellers of so many taps.
    pub fn new(taps: usize) -> Plain {
        let lane = || Lane { taps: vec![0.0; taps], heard: vec![0.0; 2 * taps], next: taps };
        Plain { lanes: (0..LANES).map(|_| lane()).collect(), held: false }
    }
}

impl Lane {
    fn sample(&mut self, far: f32, rx: f32, held: bool) -> f32 {
        let count = self.taps.len();
        if self.next == 0 {
            self.heard.copy_within(..count, count);
            self.next = count;
        }
        self.next -= 1;
        self.heard[self.next] = far;
        let heard = &self.heard[self.next..self.next + count];
        // Sixteen sums, so that the compiler makes vectors of them.
        let (mut echo, mut power) = ([0.0; 16], [0.0; 16]);
        for (taps, heard) in self.taps.chunks_exact(16).zip(heard.chunks_exact(16)) {
            for at in 0..16 {
                echo[at] += taps[at] * heard[at];
                power[at] += heard[at] * heard[at];
            }
        }
        let error = rx - echo.iter().sum::<f32>();
        if !held {
            let step = STEP * error / (power.iter().sum::<f32>() + IDLE_SQUARE * count as f32);
            self.taps.iter_mut().zip(heard).for_each(|(tap, heard)| *tap += step * heard);
        }
        error
    }
}

impl Subject for Plain {
    fn process(&mut self, far: &Lanes, rx: &Lanes, clean: &mut Lanes) {
        let linear = |octet| f32::from(codec::decode(Law::A, octet));
        for (number, lane) in self.lanes.iter_mut().enumerate() {
            for at in 0..OCTETS_PER_TICK {
                let left = lane.sample(linear(far[number][at]), linear(rx[number][at]), self.held);
                clean[number][at] = codec::encode(Law::A, left.round() as i16);
            }
        }
    }

    fn suppress(&mut self, _on: bool) {}

    fn hold(&mut self, held: bool) {
        self.held = held;
    }

    fn can_hold(&self) -> bool {
        true
    }
}
