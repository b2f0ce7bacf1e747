//! What is known of the echo on a span's lanes: written by the media thread alone, read by anyone.

use std::{
    array,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use dsp::echo::Report;
use frame::{LANES, SpanId};

/// The echo of one lane, in whole decibels and samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneEcho {
    /// How much weaker it comes back than what went out: the echo return loss.
    pub erl_db: u8,
    /// How much of it is taken off, where that could be measured.
    pub erle_db: Option<u8>,
    /// From the line to the loudest part of the echo.
    pub delay_samples: u16,
    /// How often the lane was begun anew because its state was no number.
    pub resets: u8,
}

/// The echoes of a span's lanes. Each lane is one word, so that what is read of it is of one moment.
#[derive(Debug)]
pub struct EchoGauge([AtomicU64; LANES]);

/// The gauges of the spans whose echo the box cancels.
pub type EchoGauges = BTreeMap<SpanId, Arc<EchoGauge>>;

/// A lane of which nothing is known.
const UNKNOWN: u64 = u64::MAX;
/// An echo return loss enhancement that was not measured yet.
const NOT_MEASURED: u8 = u8::MAX;

impl Default for EchoGauge {
    fn default() -> EchoGauge {
        EchoGauge(array::from_fn(|_| AtomicU64::new(UNKNOWN)))
    }
}

impl EchoGauge {
    pub(super) fn set(&self, lane: usize, report: &Report) {
        self.0[lane].store(LaneEcho::of(report).map_or(UNKNOWN, LaneEcho::to_word), Relaxed);
    }

    /// What is known of a lane; nothing where no echo was found.
    pub fn lane(&self, lane: usize) -> Option<LaneEcho> {
        let word = self.0.get(lane)?.load(Relaxed);
        (word != UNKNOWN).then(|| LaneEcho::from_word(word))
    }
}

impl LaneEcho {
    fn of(report: &Report) -> Option<LaneEcho> {
        Some(LaneEcho {
            erl_db: whole(report.erl_db?),
            erle_db: report.erle_db.map(whole),
            delay_samples: u16::try_from(report.delay_samples?).unwrap_or(u16::MAX),
            resets: u8::try_from(report.resets).unwrap_or(u8::MAX),
        })
    }

    fn to_word(self) -> u64 {
        let [low, high] = self.delay_samples.to_le_bytes();
        u64::from_le_bytes([self.erl_db, self.erle_db.unwrap_or(NOT_MEASURED), low, high, self.resets, 0, 0, 0])
    }

    fn from_word(word: u64) -> LaneEcho {
        let [erl_db, erle_db, low, high, resets, ..] = word.to_le_bytes();
        LaneEcho {
            erl_db,
            erle_db: Some(erle_db).filter(|&db| db != NOT_MEASURED),
            delay_samples: u16::from_le_bytes([low, high]),
            resets,
        }
    }
}

/// Decibels as a whole number; below zero, where the line makes louder what it hears, it is none.
fn whole(db: f32) -> u8 {
    // A conversion from float stays within the type's range; 255 is taken.
    (db.round() as u8).min(NOT_MEASURED - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_read_as_it_was_written() {
        let gauge = EchoGauge::default();
        assert_eq!(gauge.lane(3), None);
        for erle_db in [None, Some(0), Some(31)] {
            let echo = LaneEcho { erl_db: 12, erle_db, delay_samples: 1023, resets: 2 };
            gauge.0[3].store(echo.to_word(), Relaxed);
            assert_eq!((gauge.lane(3), gauge.lane(4), gauge.lane(32)), (Some(echo), None, None));
        }
    }
}
