//! The hybrids of a card's lines: where two wires become four, some of what goes out comes back.
//!
//! Of each lane a short impulse response, the same for all but for its loss: a damped oscillation in the voice band, dispersed over 6 ms as
//! real hybrids are (ITU-T G.168, Annex D), scaled to a loss for white noise and delayed by a whole number of samples.
//! Not here: the loss and noise of the line itself.

use std::f32::consts::TAU;

use codec::{decode, encode};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets, Timeslot};
use settings::SimEcho;

use crate::lanes::Lanes;

/// Samples over which the echo is dispersed.
const TAPS: usize = 48;
/// Samples of a millisecond.
const SAMPLES_PER_MS: usize = 8;
/// Samples in which the oscillation falls to 1/e, and its period.
const DECAY: f32 = 9.0;
const PERIOD: f32 = 7.3;

/// The hybrids of one span.
#[derive(Clone, Debug)]
pub(crate) struct Hybrids {
    law: Law,
    delay: usize,
    lanes: Vec<Hybrid>,
}

/// What one line heard lately, the oldest first; for how many samples more that can be heard coming back; and how.
#[derive(Clone, Debug)]
struct Hybrid {
    /// None where nothing comes back.
    response: Option<[f32; TAPS]>,
    past: Vec<f32>,
    sounding: usize,
}

impl Hybrids {
    pub(crate) fn new(law: Law, echo: SimEcho) -> Hybrids {
        let delay = usize::from(echo.delay_ms) * SAMPLES_PER_MS;
        let past = vec![0.0; delay + TAPS + OCTETS_PER_TICK];
        let hybrid = Hybrid { response: Some(response(echo.loss_db)), past, sounding: 0 };
        Hybrids { law, delay, lanes: vec![hybrid; LANES] }
    }

    /// Hybrids from which nothing comes back.
    pub(crate) fn perfect(law: Law) -> Hybrids {
        let mut hybrids = Hybrids::new(law, SimEcho { loss_db: 0, delay_ms: 0 });
        hybrids.lanes.iter_mut().for_each(|hybrid| hybrid.response = None);
        hybrids
    }

    /// Lets another part come back on one line, or nothing.
    pub(crate) fn set(&mut self, timeslot: Timeslot, loss_db: Option<u8>) {
        if let Some(hybrid) = self.lanes.get_mut(usize::from(timeslot.0)) {
            hybrid.response = loss_db.map(response);
        }
    }

    /// Adds to what the lines say what comes back of what they hear.
    pub(crate) fn add(&mut self, heard: &Lanes, said: &mut Lanes) {
        for ((hybrid, heard), said) in self.lanes.iter_mut().zip(heard).zip(said) {
            let Some(response) = hybrid.response else { continue };
            hybrid.take(self.law, heard);
            if hybrid.sounding > 0 {
                hybrid.add(self.law, self.delay, &response, said);
            }
        }
    }
}

impl Hybrid {
    fn take(&mut self, law: Law, heard: &Octets) {
        if heard.iter().any(|octet| *octet != law.silence()) {
            self.sounding = self.past.len();
        } else {
            self.sounding = self.sounding.saturating_sub(OCTETS_PER_TICK);
        }
        self.past.copy_within(OCTETS_PER_TICK.., 0);
        let newest = self.past.len() - OCTETS_PER_TICK;
        for (sample, octet) in self.past[newest..].iter_mut().zip(heard) {
            *sample = f32::from(decode(law, *octet));
        }
    }

    fn add(&self, law: Law, delay: usize, response: &[f32; TAPS], said: &mut Octets) {
        let first = self.past.len() - OCTETS_PER_TICK - delay;
        for (at, octet) in said.iter_mut().enumerate() {
            let newest_first = self.past[..=first + at].iter().rev();
            let echo: f32 = newest_first.zip(response).map(|(sample, factor)| sample * factor).sum();
            // A conversion from float stays within the type's range.
            *octet = encode(law, (f32::from(decode(law, *octet)) + echo) as i16);
        }
    }
}

/// The impulse response whose loss for white noise is so many decibels.
fn response(loss_db: u8) -> [f32; TAPS] {
    let shape: [f32; TAPS] = std::array::from_fn(|at| {
        let at = at as f32;
        (1.0 - (-at / 2.0).exp()) * (-at / DECAY).exp() * (TAU * at / PERIOD).sin()
    });
    let power: f32 = shape.iter().map(|factor| factor * factor).sum();
    let gain = 10_f32.powf(-f32::from(loss_db) / 20.0) / power.sqrt();
    shape.map(|factor| factor * gain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes back of an impulse on one lane.
    fn of_an_impulse(echo: SimEcho) -> Vec<i16> {
        let mut hybrids = Hybrids::new(Law::A, echo);
        let mut heard = crate::lanes::silent(Law::A);
        heard[3][0] = encode(Law::A, 16_000);
        let mut back = Vec::new();
        for _ in 0..20 {
            let mut said = crate::lanes::silent(Law::A);
            hybrids.add(&heard, &mut said);
            assert_eq!(said[4], [Law::A.silence(); OCTETS_PER_TICK], "the other lanes hear nothing");
            back.extend(said[3].map(|octet| decode(Law::A, octet)));
            heard = crate::lanes::silent(Law::A);
        }
        back
    }

    #[test]
    fn what_comes_back_has_the_loss_and_the_delay_asked_for() {
        for (loss_db, delay_ms) in [(6, 0), (12, 4), (20, 60)] {
            let back = of_an_impulse(SimEcho { loss_db, delay_ms });
            let power: f64 = back.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            let loss = 10.0 * (16_000_f64.powi(2) / power).log10();
            assert!((loss - f64::from(loss_db)).abs() < 0.5, "{loss} dB");
            let first = back.iter().position(|sample| sample.abs() > 100).unwrap();
            let delay = usize::from(delay_ms) * SAMPLES_PER_MS;
            assert!((delay..delay + 4).contains(&first), "{first}");
        }
    }

    #[test]
    fn a_line_that_hears_silence_is_left_alone() {
        let mut hybrids = Hybrids::new(Law::A, SimEcho { loss_db: 10, delay_ms: 10 });
        let (silence, speech) = (crate::lanes::silent(Law::A), [[0x35; OCTETS_PER_TICK]; LANES]);
        hybrids.add(&speech, &mut silence.clone());
        (0..4).for_each(|_| hybrids.add(&silence, &mut silence.clone()));
        let mut said = speech;
        hybrids.add(&silence, &mut said);
        assert_eq!(said, speech);
    }
}
