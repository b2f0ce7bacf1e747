//! The level meter of the tests (G.168, 6.4.1.2.1): a band-pass, and the root of a mean square that fades with 35 ms.

use codec::dbm0_of_rms;
use frame::{Law, OCTETS_PER_TICK};

use super::{path::Filter, tables::METER_BAND};
use crate::RATE_HZ;

/// How fast the mean square fades.
const FADES_S: f32 = 0.035;
/// What stands for no signal at all.
pub const NOTHING_DBM0: f32 = -90.0;

/// A meter with the highest level that it saw.
#[derive(Clone, Debug)]
pub struct Meter {
    band: Filter,
    power: f32,
    highest: f32,
}

impl Default for Meter {
    fn default() -> Meter {
        Meter { band: Filter::new(METER_BAND.to_vec()), power: 0.0, highest: 0.0 }
    }
}

impl Meter {
    /// Takes a tick of linear samples.
    pub fn process(&mut self, tick: &[f32; OCTETS_PER_TICK]) {
        let part = 1.0 - (-1.0 / (RATE_HZ as f32 * FADES_S)).exp();
        for sample in self.band.process(tick) {
            self.power += (sample * sample - self.power) * part;
            self.highest = self.highest.max(self.power);
        }
    }

    /// The level now, in dBm0.
    pub fn now(&self) -> f32 {
        dbm0_of_rms(Law::A, self.power.sqrt()).max(NOTHING_DBM0)
    }

    /// The highest level since the last [`Meter::forget`].
    pub fn peak(&self) -> f32 {
        dbm0_of_rms(Law::A, self.highest.sqrt()).max(NOTHING_DBM0)
    }

    /// Forgets what was the highest. The level goes on.
    pub fn forget(&mut self) {
        self.highest = self.power;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::sine;

    fn metered(hz: f64) -> Meter {
        let mut meter = Meter::default();
        sine(hz, -10.0, 8000).chunks_exact(80).for_each(|tick| meter.process(tick.try_into().unwrap()));
        meter
    }

    #[test]
    fn a_tone_in_the_band_is_read_as_it_is_and_hum_is_not_read() {
        for (hz, level_dbm0) in [(1000.0, -10.0), (300.0, -16.0), (3000.0, -10.0)] {
            assert!((metered(hz).now() - level_dbm0).abs() < 0.3, "{hz}: {}", metered(hz).now());
        }
        // What is read of 50 Hz is its beginning.
        assert!(metered(50.0).now() < -60.0);
    }

    #[test]
    fn the_highest_level_stays_until_it_is_forgotten() {
        let mut meter = metered(1000.0);
        (0..100).for_each(|_| meter.process(&[0.0; OCTETS_PER_TICK]));
        assert!(meter.now() < -80.0 && meter.peak() > -10.1);
        meter.forget();
        assert!(meter.peak() < -80.0);
    }
}
