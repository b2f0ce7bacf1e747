//! What a simulated party hears: its level, and a recording of it where asked for.

use dsp::level_dbm0;
use frame::{Law, OCTETS_PER_TICK, Octets};

/// Octets that one party keeps: ten minutes, longer than any call that a test or the demo places.
pub const EAR_CAPACITY_OCTETS: usize = 10 * 60 * 8000;

/// A party's ear.
#[derive(Clone, Debug)]
pub(crate) struct Ear {
    law: Law,
    now: Octets,
    /// What was heard since listening began, where someone listens.
    kept: Option<Vec<u8>>,
}

impl Ear {
    pub(crate) fn new(law: Law) -> Ear {
        Ear { law, now: [law.silence(); OCTETS_PER_TICK], kept: None }
    }

    /// Takes one tick. What does not fit any more is not kept.
    pub(crate) fn process(&mut self, octets: &Octets) {
        self.now = *octets;
        if let Some(kept) = &mut self.kept
            && kept.len() < EAR_CAPACITY_OCTETS
        {
            kept.extend(octets);
        }
    }

    /// Keeps what is heard from now on.
    pub(crate) fn listen(&mut self) {
        self.kept = Some(Vec::new());
    }

    /// What was kept, and no more keeping.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.kept.take().unwrap_or_default()
    }

    /// The level of the latest tick; [`dsp::FLOOR_DBM0`] and little more for silence.
    pub(crate) fn level_dbm0(&self) -> f32 {
        level_dbm0(self.law, &self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digital_milliwatt_is_0_dbm0_and_idle_is_next_to_nothing() {
        let mut ear = Ear::new(Law::A);
        assert!(ear.level_dbm0() < -60.0, "A-law has no zero: its idle octet is the smallest value");
        let milliwatt: Vec<u8> = codec::DIGITAL_MILLIWATT_A.repeat(10);
        ear.process(&milliwatt.try_into().unwrap());
        assert!(ear.level_dbm0().abs() < 0.1, "{}", ear.level_dbm0());
    }

    #[test]
    fn only_what_comes_after_listen_is_kept() {
        let mut ear = Ear::new(Law::A);
        ear.process(&[1; 80]);
        ear.listen();
        ear.process(&[2; 80]);
        assert_eq!(ear.take(), [2; 80]);
        ear.process(&[3; 80]);
        assert!(ear.take().is_empty());
    }
}
