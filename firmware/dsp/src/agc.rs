//! Automatic gain of sixteen lanes at once: brings each voice slowly to one level.
//!
//! Source of the aim: -19 dBm0 of active speech (RFC 7874, 4, which names ITU-T G.169 and G.115). A gain is at most 15 dB
//! (G.169) either way. Only speech moves it: what stands 12 dB above the lane's noise; in pauses it stays, so noise is
//! never pumped up, and it stops rising where the noise would reach -50 dBm0. It rises by 3 dB a second and falls by 12. What
//! would pass full scale lowers it at once.
//!
//! 8 kHz, linear samples of 16 bits, no delay. Levels are A-law's; in µ-law they are 0.1 dB off.
//! Not here: who wants it (`settings`).

use codec::lanes::{Row, Rows, WIDTH};
use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};
use frame::OCTETS_PER_TICK;

/// -19 dBm0 as a mean square.
const AIM: f32 = 3.28e6;
/// 15 dB, as amplitudes.
const GAIN_MAX: f32 = 5.623_4;
const GAIN_MIN: f32 = 1.0 / GAIN_MAX;
/// Speech is above -45 dBm0, as a mean square, and 12 dB above the noise.
const SPEECH_LEAST: f32 = 8.239e3;
const ABOVE_NOISE: f32 = 15.85;
/// Noise is not raised above -50 dBm0.
const NOISE_RAISED_MAX: f32 = 2.605e3;
/// Noise is at most -35 dBm0: what is louder and steady is a voice or music.
const NOISE_MAX: f32 = 8.239e4;
/// Silence, as a mean square: half of A-law's smallest step.
const SILENCE: f32 = 16.0;
/// The level of a voice is a mean of about a second of its speech.
const VOICE_PART: f32 = 0.01;
/// Noise falls to what is heard within some ticks, and rises by 1 dB a second.
const NOISE_FALLS: f32 = 0.2;
const NOISE_RISES: f32 = 1.002_305;
/// 3 dB a second up and 12 down, each tick, as amplitudes.
const RISES: f32 = 1.003_46;
const FALLS: f32 = 0.986_279;
/// Just below full scale.
const PEAK_MAX: f32 = 32_000.0;

/// The gains of sixteen lanes.
#[derive(Clone, Debug)]
pub struct AutomaticGain {
    level: Level,
    state: State,
    resets: u64,
}

#[derive(Clone, Debug)]
struct State {
    /// Mean squares of the voice and of what is behind it.
    voice: Row,
    noise: Row,
    gain: Row,
}

impl State {
    /// A lane begins with a voice at the aim, so that its gain begins at 1.
    const NEW: State = State { voice: Row([AIM; WIDTH]), noise: Row([NOISE_MAX; WIDTH]), gain: Row([1.0; WIDTH]) };
}

impl AutomaticGain {
    /// Gains of 1.
    #[expect(clippy::new_without_default, reason = "the verbs of all blocks")]
    pub fn new() -> AutomaticGain {
        AutomaticGain::with_level(Level::new())
    }

    /// One for each set of vector instructions that this processor has. All of them make the same samples.
    pub fn of_every_level() -> Vec<AutomaticGain> {
        codec::lanes::levels().into_iter().map(AutomaticGain::with_level).collect()
    }

    pub(crate) const fn with_level(level: Level) -> AutomaticGain {
        AutomaticGain { level, state: State::NEW, resets: 0 }
    }

    /// Takes a tick. A lane in which something is no number is begun anew.
    pub fn process(&mut self, rows: &mut Rows) {
        let state = &mut self.state;
        let broken = dispatch!(self.level, simd => level_out(simd, state, rows));
        for lane in (0..WIDTH).filter(|lane| broken >> lane & 1 == 1) {
            self.reset_lane(lane);
            rows.iter_mut().for_each(|row| row.0[lane] = 0.0);
            self.resets += 1;
        }
    }

    /// Forgets a lane.
    pub fn reset_lane(&mut self, lane: usize) {
        let State { voice, noise, gain } = &mut self.state;
        (voice.0[lane], noise.0[lane], gain.0[lane]) = (AIM, NOISE_MAX, 1.0);
    }

    /// The gain of a lane, in dB.
    pub fn gain_db(&self, lane: usize) -> f32 {
        codec::db_of_ratio(self.state.gain.0[lane])
    }

    /// Lanes that were begun anew because something was no number.
    pub fn resets(&self) -> u64 {
        self.resets
    }
}

/// One tick of all lanes; the lanes in which something is no number, as bits.
#[inline(always)]
fn level_out<S: Simd>(simd: S, state: &mut State, rows: &mut Rows) -> u64 {
    let (mut squares, mut peak) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, 0.0));
    for row in rows.iter() {
        let value = row.load(simd);
        squares += value * value;
        peak = peak.max(value.abs());
    }
    let before = state.gain.load(simd);
    let sum = squares + before + state.voice.load(simd) + state.noise.load(simd);
    let power = squares * (1.0 / OCTETS_PER_TICK as f32);
    let gain = follow(simd, state, power).min(f32x16::splat(simd, PEAK_MAX) / peak.max(1.0));
    gain.store_slice(&mut state.gain.0);
    // From the gain before to the new one along the tick; from full scale at once.
    let from = before.min(f32x16::splat(simd, PEAK_MAX) / peak.max(1.0));
    let step = (gain - from) * (1.0 / OCTETS_PER_TICK as f32);
    for (n, row) in rows.iter_mut().enumerate() {
        let gain = from + step * (n + 1) as f32;
        (row.load(simd) * gain).store_slice(&mut row.0);
    }
    !sum.abs().simd_lt(f32::INFINITY).to_bitmask() & 0xffff
}

/// Follows voice and noise by the mean square of a tick; the gain that is due.
#[inline(always)]
fn follow<S: Simd>(simd: S, state: &mut State, power: f32x16<S>) -> f32x16<S> {
    let (noise, gain) = (state.noise.load(simd), state.gain.load(simd));
    let fallen = noise + (power - noise) * NOISE_FALLS;
    let risen = (noise * NOISE_RISES).min(NOISE_MAX);
    let noise = power.simd_lt(noise).select(fallen, risen).max(SILENCE);
    noise.store_slice(&mut state.noise.0);
    let speaks = power.simd_ge((noise * ABOVE_NOISE).max(SPEECH_LEAST));
    let voice = state.voice.load(simd);
    let voice = speaks.select(voice + (power - voice) * VOICE_PART, voice);
    voice.store_slice(&mut state.voice.0);
    let aim = (f32x16::splat(simd, AIM) / voice).sqrt().max(GAIN_MIN).min(GAIN_MAX);
    // What is louder than that without any gain stays as it is.
    let raised = (f32x16::splat(simd, NOISE_RAISED_MAX) / noise).sqrt().max(1.0);
    let towards = aim.min(raised).min(gain * RISES).max(gain * FALLS);
    speaks.select(towards, gain)
}

#[cfg(test)]
mod tests {
    use codec::rms_of_dbm0;
    use frame::Law;

    use super::*;

    #[test]
    fn the_levels_are_what_their_sentences_say() {
        for (dbm0, power) in [(-19.0, AIM), (-45.0, SPEECH_LEAST), (-50.0, NOISE_RAISED_MAX), (-35.0, NOISE_MAX)] {
            let expected = rms_of_dbm0(Law::A, dbm0).powi(2);
            assert!((power / expected - 1.0).abs() < 0.01, "{dbm0}: {expected}");
        }
        let db = |ratio: f32| codec::db_of_ratio(ratio);
        assert!((db(RISES) * 100.0 - 3.0).abs() < 0.01 && (db(FALLS) * 100.0 + 12.0).abs() < 0.01);
        assert!((db(GAIN_MAX) - 15.0).abs() < 0.001 && (db(NOISE_RISES) * 50.0 - 1.0).abs() < 0.01);
        assert!((db(ABOVE_NOISE) / 2.0 - 12.0).abs() < 0.01);
    }

    #[test]
    fn a_lane_that_is_no_number_is_begun_anew_and_counted_and_its_neighbours_go_on() {
        for mut gain in AutomaticGain::of_every_level() {
            let mut healthy = gain.clone();
            gain.state.voice.0[3] = f32::NAN;
            for _ in 0..10 {
                let tick = [Row([1000.0; WIDTH]); OCTETS_PER_TICK];
                let (mut rows, mut expected) = (tick, tick);
                gain.process(&mut rows);
                healthy.process(&mut expected);
                let lane = |rows: &Rows, lane: usize| rows.map(|row| row.0[lane]);
                assert_eq!(lane(&rows, 2), lane(&expected, 2));
                assert!(lane(&rows, 3).iter().all(|sample| sample.is_finite()));
            }
            assert_eq!(gain.resets(), 1);
        }
    }
}
