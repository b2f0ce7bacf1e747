//! What counts as silence on a line, and what does not.

use codec::{encode, sine_peak_of_dbm0};
use dsp::silence::Silence;
use frame::{Law, OCTETS_PER_TICK, Octets};

const LIMIT: u32 = 500;

/// White noise of this level, another one each tick.
fn noise(law: Law, level_dbm0: f32, seed: u32) -> Octets {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    // Even between -peak and peak: its root mean square is peak / sqrt 3, a sine's peak / sqrt 2.
    let peak = sine_peak_of_dbm0(law, level_dbm0) * 1.5_f32.sqrt();
    std::array::from_fn(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        encode(law, (peak * (state as f32 / u32::MAX as f32 * 2.0 - 1.0)).round() as i16)
    })
}

/// The tick at which it is told first, of so many.
fn told(law: Law, ticks: u32, mut line: impl FnMut(u32) -> (Octets, Octets)) -> Option<u32> {
    let mut silence = Silence::new(law, LIMIT);
    (1..=ticks).find(|&tick| {
        let (said, sent) = line(tick);
        silence.process(&said, &sent)
    })
}

fn nothing(law: Law) -> Octets {
    [law.silence(); OCTETS_PER_TICK]
}

#[test]
fn nothing_and_the_noise_of_a_line_are_silence() {
    for law in [Law::A, Law::Mu] {
        assert_eq!(told(law, LIMIT, |_| (nothing(law), nothing(law))), Some(LIMIT));
        assert_eq!(told(law, LIMIT, |tick| (noise(law, -60.0, tick), noise(law, -55.0, !tick))), Some(LIMIT));
    }
}

#[test]
fn a_faint_voice_in_either_direction_is_none() {
    for law in [Law::A, Law::Mu] {
        // 30 ms of each three seconds.
        let voice = |tick: u32| if tick % 300 < 3 { noise(law, -42.0, tick) } else { nothing(law) };
        assert_eq!(told(law, 10 * LIMIT, |tick| (voice(tick), nothing(law))), None);
        assert_eq!(told(law, 10 * LIMIT, |tick| (nothing(law), voice(tick))), None);
    }
}

#[test]
fn clicks_are_silence() {
    let law = Law::A;
    let click = |tick: u32| if tick % 50 < 2 { noise(law, -10.0, tick) } else { nothing(law) };
    assert_eq!(told(law, LIMIT, |tick| (click(tick), nothing(law))), Some(LIMIT));
}

#[test]
fn it_is_told_again_after_as_long_and_counted_anew_after_a_reset() {
    let mut silence = Silence::new(Law::A, LIMIT);
    let quiet = nothing(Law::A);
    let mut run = |ticks: u32, reset: bool| {
        if reset {
            silence.reset();
        }
        (0..ticks).filter(|_| silence.process(&quiet, &quiet)).count()
    };
    assert_eq!((run(LIMIT, false), run(LIMIT - 1, false), run(LIMIT - 1, true), run(1, false)), (1, 0, 0, 1));
}
