//! Whether an analog port gets worse from night to night: what a test measured, against what is usual there.
//!
//! Usual is the median of the last tests that were no worse than usual themselves: a fault that stays for weeks does not become
//! usual. A port that was always as bad is a matter of the limits (`port_test`).
//! Not here: what is measured, and what limits it has.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::port_test::{ECHO_LEAST_DB, Findings, NOISE_MOST_DBM0P};

/// What got worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// More comes back than usual.
    Echo {
        /// The echo loss, in dB.
        erl_db: i8,
        /// Its median.
        usual_db: i8,
    },
    /// It is louder than usual when nobody speaks.
    Noise {
        /// How loud, as a telephone's ear weighs it.
        dbm0p: i8,
        /// Its median.
        usual_dbm0p: i8,
    },
}

/// What is usual at one port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortTrend {
    echo_db: Usual,
    noise_dbm0p: Usual,
}

/// The last values that were usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Usual(VecDeque<i8>);

/// How many tests tell what is usual: two weeks of nights.
pub const TESTS: usize = 14;
/// Fewer tell nothing.
pub const TESTS_LEAST: usize = 5;

/// By how much an echo or a noise is worse. From night to night a line differs by 1 or 2 dB.
pub const WORSE_BY_DB: i8 = 6;

/// Whoever is this far from a limit may get worse and is good all the same: by 10 dB.
const FAR_DB: i8 = 10;

impl Usual {
    fn median(&self) -> Option<i8> {
        let mut sorted: Vec<i8> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() >= TESTS_LEAST).then(|| sorted[sorted.len() / 2])
    }

    fn take(&mut self, value: i8) {
        self.0.push_back(value);
        if self.0.len() > TESTS {
            self.0.pop_front();
        }
    }
}

impl PortTrend {
    /// Takes what a test found, the oldest test first; what is worse in it than usual.
    pub fn process(&mut self, found: &Findings) -> Vec<Worse> {
        self.echo(found).into_iter().chain(self.noise(found)).collect()
    }

    fn echo(&mut self, found: &Findings) -> Option<Worse> {
        let echo = found.echo.filter(|_| found.knows_echo())?;
        let erl_db = echo.erl_db;
        let near = erl_db < ECHO_LEAST_DB + FAR_DB && !echo.at_least;
        let usual = self.echo_db.median().filter(|usual_db| near && usual_db.saturating_sub(erl_db) >= WORSE_BY_DB);
        if usual.is_none() {
            self.echo_db.take(erl_db);
        }
        usual.map(|usual_db| Worse::Echo { erl_db, usual_db })
    }

    fn noise(&mut self, found: &Findings) -> Option<Worse> {
        let dbm0p = found.noise?.dbm0p;
        let near = dbm0p > NOISE_MOST_DBM0P - FAR_DB;
        let usual = self.noise_dbm0p.median().filter(|usual| near && dbm0p.saturating_sub(*usual) >= WORSE_BY_DB);
        if usual.is_none() {
            self.noise_dbm0p.take(dbm0p);
        }
        usual.map(|usual_dbm0p| Worse::Noise { dbm0p, usual_dbm0p })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port_test::{Echo, Noise, Tested, Verdict};

    fn found(erl_db: i8, dbm0p: i8) -> Findings {
        let echo = Some(Echo { erl_db, low_db: erl_db, high_db: erl_db, at_least: false });
        let noise = Some(Noise { dbm0p, dbm0: dbm0p });
        Findings { echo, noise, verdicts: vec![Verdict::Good], ..Findings::never_idle(Tested::OutsideLine) }
    }

    fn after_nights(nights: usize, erl_db: i8, dbm0p: i8) -> PortTrend {
        let mut trend = PortTrend::default();
        for night in 0..nights {
            let differs = (night % 3) as i8 - 1;
            assert_eq!(trend.process(&found(erl_db + differs, dbm0p + differs)), []);
        }
        trend
    }

    #[test]
    fn six_db_more_echo_or_noise_than_the_median_of_the_nights_is_worse_and_five_are_not() {
        let worse = |erl_db, dbm0p| after_nights(14, 18, -68).process(&found(erl_db, dbm0p));
        assert_eq!(worse(13, -63), []);
        assert_eq!(worse(12, -68), [Worse::Echo { erl_db: 12, usual_db: 18 }]);
        assert_eq!(worse(18, -62), [Worse::Noise { dbm0p: -62, usual_dbm0p: -68 }]);
        assert_eq!(worse(4, -40).len(), 2);
    }

    #[test]
    fn a_fault_that_stays_does_not_become_usual_and_what_is_repaired_is_good_at_once() {
        let mut trend = after_nights(14, 18, -75);
        for _ in 0..60 {
            assert_eq!(trend.process(&found(11, -75)), [Worse::Echo { erl_db: 11, usual_db: 18 }]);
        }
        assert_eq!(trend.process(&found(17, -75)), []);
    }

    #[test]
    fn few_tests_and_lines_far_from_any_limit_tell_nothing() {
        assert_eq!(after_nights(TESTS_LEAST - 1, 18, -75).process(&found(4, -40)), []);
        assert_eq!(after_nights(14, 40, -90).process(&found(25, -75)), []);
    }

    #[test]
    fn what_was_not_measured_and_what_the_card_cancels_itself_is_no_trend() {
        let mut trend = after_nights(14, 18, -75);
        assert_eq!(trend.process(&Findings::never_idle(Tested::OutsideLine)), []);
        let usual = trend.echo_db.clone();
        assert_eq!(trend.process(&Findings { echo_by_card: true, ..found(2, -75) }), []);
        assert_eq!(trend.echo_db, usual);
    }
}
