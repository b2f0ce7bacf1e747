//! Voices that are too soft and too loud, pauses, noise and shouts: what automatic gain makes of them.

use codec::{
    lanes::{Row, WIDTH},
    rms_of_dbm0,
};
use dsp::agc::AutomaticGain;
use frame::{Law, OCTETS_PER_TICK};

/// White noise of a level, the same again each time.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Even between -√3 and √3: a mean square of 1.
        (f64::from(self.0 >> 8) / f64::from(1 << 23) - 1.0) as f32 * 3_f32.sqrt()
    }
}

/// Words of 400 ms and pauses of 400 ms for so many seconds, over a steady noise; what is heard, and the gain at its end.
fn spoken(gain: &mut AutomaticGain, seconds: usize, speech_dbm0: f32, noise_dbm0: f32) -> (f32, f32) {
    let (mut speech, mut noise) = (Noise(7), Noise(11));
    let (word, hiss) = (rms_of_dbm0(Law::A, speech_dbm0), rms_of_dbm0(Law::A, noise_dbm0));
    let (mut last, mut samples) = (0.0_f64, 0.0);
    for tick in 0..seconds * 100 {
        let speaks = (tick / 40).is_multiple_of(2);
        let value = |_| if speaks { speech.next() * word } else { 0.0 } + noise.next() * hiss;
        let tick_of: Vec<f32> = (0..OCTETS_PER_TICK).map(value).collect();
        let mut rows: [Row; OCTETS_PER_TICK] = std::array::from_fn(|n| Row([tick_of[n]; WIDTH]));
        gain.process(&mut rows);
        if speaks && tick + 100 >= seconds * 100 {
            last += rows.iter().map(|row| f64::from(row.0[3]).powi(2)).sum::<f64>();
            samples += OCTETS_PER_TICK as f64;
        }
    }
    (codec::dbm0_of_rms(Law::A, (last / samples).sqrt() as f32), gain.gain_db(3))
}

fn every() -> Vec<AutomaticGain> {
    AutomaticGain::of_every_level()
}

#[test]
fn a_soft_voice_and_a_loud_one_come_to_19_dbm0_below_the_milliwatt() {
    for speech in [-31.0, -25.0, -19.0, -10.0, -6.0] {
        for mut gain in every() {
            let (heard, _) = spoken(&mut gain, 20, speech, -75.0);
            assert!((heard + 19.0).abs() < 1.0, "{speech} comes to {heard:.1}");
        }
    }
}

#[test]
fn a_gain_is_at_most_15_db() {
    for mut gain in every() {
        let (heard, db) = spoken(&mut gain, 30, -42.0, -80.0);
        assert!((db - 15.0).abs() < 0.1 && (heard + 27.0).abs() < 0.5, "{db:.1} dB, {heard:.1}");
    }
}

#[test]
fn a_voice_rises_by_no_more_than_3_db_a_second_and_falls_by_no_more_than_12() {
    for mut gain in every() {
        let mut before = 0.0;
        for second in 0..8 {
            // Half of each second is speech.
            let (_, db) = spoken(&mut gain, 1, if second < 5 { -31.0 } else { -8.0 }, -75.0);
            assert!(db - before < 3.05 && before - db < 12.05, "second {second}: from {before:.1} to {db:.1} dB");
            before = db;
        }
    }
}

#[test]
fn pauses_and_noise_alone_never_move_it() {
    for noise in [-70.0, -50.0, -40.0] {
        for mut gain in every() {
            let (_, before) = spoken(&mut gain, 10, -27.0, -75.0);
            let mut hiss = Noise(3);
            for _ in 0..1000 {
                let mut rows = [Row::QUIET; OCTETS_PER_TICK];
                rows.iter_mut().for_each(|row| row.0 = [hiss.next() * rms_of_dbm0(Law::A, noise); WIDTH]);
                gain.process(&mut rows);
            }
            let moved = gain.gain_db(3) - before;
            // The noise begins as loud as speech of a soft voice; it is known for what it is within a second or two.
            assert!(moved.abs() < if noise > -45.0 { 4.0 } else { 0.01 }, "{noise}: {moved:.2} dB");
        }
    }
}

#[test]
fn noise_is_not_raised_above_50_dbm0_below_the_milliwatt() {
    for mut gain in every() {
        let (_, db) = spoken(&mut gain, 30, -32.0, -55.0);
        assert!(db < 5.5, "a noise of -55 dBm0 and {db:.1} dB");
        let (_, db) = spoken(&mut gain, 30, -27.0, -48.0);
        assert!(db < 5.5, "a noise that is louder without any gain: {db:.1} dB");
    }
}

#[test]
fn a_shout_is_lowered_within_its_tick_and_silence_stays_silence() {
    for mut gain in every() {
        spoken(&mut gain, 20, -32.0, -80.0);
        let mut rows = [Row([12_000.0; WIDTH]); OCTETS_PER_TICK];
        gain.process(&mut rows);
        assert!(rows.iter().all(|row| row.0[3] <= 32_000.5), "{:?}", rows[0].0[3]);
        for _ in 0..60_000 {
            let mut rows = [Row::QUIET; OCTETS_PER_TICK];
            gain.process(&mut rows);
            assert!(rows.iter().all(|row| row.0 == [0.0; WIDTH]));
        }
    }
}
