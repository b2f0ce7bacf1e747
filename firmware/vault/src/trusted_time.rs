//! The wall clock as far as erasing may trust it: a moment that was confirmed, and the boot-time clock since.
//!
//! A confirmation comes from a clock that is kept in step by NTP, or from a person who looked. From then on no step of the
//! wall clock moves anything: within a boot the boot-time clock counts on. A new boot has no confirmed moment until there
//! is a new one; by NTP alone none that lies before the newest known moment, or more than a week after it.
//!
//! What waits goes by [`Trusted::passed`], which nobody can push on by confirming: the hours that the boot-time clock has
//! counted, and none of a power cut, in which nobody could have placed a hold. A person says what day it is, and no more.
//! Not here: who asks NTP, who may confirm, when something is erased.

use std::time::Duration;

use frame::{BootNo, Stamp, Utc};

/// How long a box may have been switched off for NTP alone to be believed: over holidays somebody looks at the clock.
pub const AWAY_MAX: Duration = Duration::from_hours(7 * 24);

/// Who confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmedBy {
    /// The system's clock is kept in step by NTP.
    Synchronised,
    /// A person compared it.
    Person,
}

/// A moment that is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trusted {
    /// The time.
    pub utc: Utc,
    /// How long it is since the first confirmation, at least.
    pub passed: Duration,
}

/// A confirmation, as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The clocks at that moment. The wall clock's time was right.
    pub at: Stamp,
    /// Who said so.
    pub by: ConfirmedBy,
    /// How long it was since the first confirmation, at least.
    pub passed: Duration,
}

/// What is known of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrustedTime {
    confirmed: Option<Confirmation>,
    /// The newest moment that is known to have been.
    newest: Option<Trusted>,
}

impl TrustedTime {
    /// As it stood at the end of an earlier life: its last confirmation, and the last moment of that one's boot that is
    /// written down.
    pub fn restored(confirmed: Option<Confirmation>, last: Option<Stamp>) -> TrustedTime {
        let newest = confirmed.map(|confirmed| Trusted { utc: confirmed.at.utc, passed: confirmed.passed });
        let mut restored = TrustedTime { confirmed, newest };
        last.into_iter().for_each(|last| restored.note(last));
        restored
    }

    /// The boot of the last confirmation.
    pub fn boot(&self) -> Option<BootNo> {
        self.confirmed.map(|confirmed| confirmed.at.boot)
    }

    /// Takes a confirmation that holds now. None where it can't be believed, or says nothing new.
    pub fn confirm(&mut self, now: Stamp, by: ConfirmedBy) -> Option<Confirmation> {
        self.note(now);
        let known = self.now(now);
        let away = self.newest.map_or(Some(Duration::ZERO), |newest| since(newest.utc, now.utc));
        let passed = match (by, known) {
            // It is known already, by a clock that nobody sets.
            (ConfirmedBy::Synchronised, Some(_)) => return None,
            (ConfirmedBy::Synchronised, None) if away.is_none_or(|away| away > AWAY_MAX) => return None,
            (ConfirmedBy::Person, Some(known)) => known.passed,
            (ConfirmedBy::Synchronised | ConfirmedBy::Person, None) => self.passed(),
        };
        let confirmed = Confirmation { at: now, by, passed };
        (self.confirmed, self.newest) = (Some(confirmed), Some(Trusted { utc: now.utc, passed }));
        Some(confirmed)
    }

    fn passed(&self) -> Duration {
        self.newest.map_or(Duration::ZERO, |newest| newest.passed)
    }

    /// Now; none where nobody has confirmed the time in this boot.
    pub fn now(&self, now: Stamp) -> Option<Trusted> {
        let Confirmation { at, passed, .. } = self.confirmed?;
        if at.boot != now.boot || now.time < at.time {
            return None;
        }
        let since = now.time.since(at.time);
        let utc = at.utc.as_us().checked_add(i64::try_from(since.as_micros()).ok()?)?;
        Some(Trusted { utc: Utc::from_us(utc), passed: passed + since })
    }

    /// Notes that it is now, so that the next boot knows what has been.
    pub fn note(&mut self, now: Stamp) {
        self.newest = self.now(now).max(self.newest);
    }
}

/// How long one moment is after another; none where it is before it.
fn since(earlier: Utc, later: Utc) -> Option<Duration> {
    let us = later.as_us().checked_sub(earlier.as_us())?;
    u64::try_from(us).ok().map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use frame::Time;

    use super::*;

    fn at(boot: u32, hours: u64, utc_hours: i64) -> Stamp {
        Stamp { boot: BootNo(boot), time: Time::from_ms(hours * 3_600_000), utc: utc(utc_hours) }
    }

    fn utc(hours: i64) -> Utc {
        Utc::from_us(hours * 3_600_000_000)
    }

    fn known(time: &TrustedTime, now: Stamp) -> Option<(Utc, u64)> {
        time.now(now).map(|now| (now.utc, now.passed.as_secs() / 3600))
    }

    fn confirmed(by: ConfirmedBy) -> TrustedTime {
        let mut time = TrustedTime::default();
        assert_eq!(time.now(at(1, 5, 100)), None, "nobody has looked");
        assert!(time.confirm(at(1, 5, 100), by).is_some());
        time
    }

    #[test]
    fn a_confirmed_moment_goes_on_by_the_boots_clock_and_no_step_moves_it() {
        let time = confirmed(ConfirmedBy::Synchronised);
        for wall in [102, 9_000_000, -5] {
            assert_eq!(known(&time, at(1, 7, wall)), Some((utc(102), 2)));
        }
        assert_eq!(time.now(at(2, 7, 102)), None, "another boot");
    }

    #[test]
    fn while_it_is_known_ntp_moves_nothing_and_a_person_moves_the_day_and_not_what_has_passed() {
        let mut time = confirmed(ConfirmedBy::Synchronised);
        assert_eq!(time.confirm(at(1, 6, 5_000), ConfirmedBy::Synchronised), None);
        assert_eq!(known(&time, at(1, 6, 0)), Some((utc(101), 1)));
        for wall in [90, 5_000] {
            assert!(time.confirm(at(1, 6, wall), ConfirmedBy::Person).is_some());
            assert_eq!(known(&time, at(1, 7, 0)), Some((utc(wall + 1), 2)));
        }
    }

    fn restored(by: ConfirmedBy) -> TrustedTime {
        let confirmed = Confirmation { at: at(1, 5, 100), by, passed: Duration::from_hours(20) };
        TrustedTime::restored(Some(confirmed), Some(at(1, 15, 77)))
    }

    #[test]
    fn a_new_boot_believes_ntp_for_a_week_and_never_backwards_and_then_a_person() {
        for (hours, believed) in [(109, false), (110, true), (110 + 168, true), (110 + 169, false), (-1, false)] {
            let mut time = restored(ConfirmedBy::Synchronised);
            assert_eq!(time.confirm(at(2, 0, hours), ConfirmedBy::Synchronised).is_some(), believed, "{hours}");
            assert_eq!(time.now(at(2, 0, hours)).is_some(), believed);
            assert!(time.confirm(at(2, 0, hours), ConfirmedBy::Person).is_some());
            assert_eq!(time.now(at(2, 1, 0)).map(|now| now.utc), Some(utc(hours + 1)));
        }
    }

    #[test]
    fn a_power_cut_counts_for_nothing_whoever_kept_the_clock_before_and_after_it() {
        use ConfirmedBy::{Person, Synchronised};
        for (before, after) in [(Synchronised, Synchronised), (Person, Synchronised), (Synchronised, Person)] {
            let mut time = restored(before);
            assert!(time.confirm(at(2, 0, 160), after).is_some());
            assert_eq!(known(&time, at(2, 0, 0)), Some((utc(160), 30)), "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_daemon_that_starts_again_within_a_boot_knows_the_time_still() {
        assert_eq!(known(&restored(ConfirmedBy::Person), at(1, 20, 77)), Some((utc(115), 35)));
        assert_eq!(TrustedTime::restored(None, Some(at(1, 15, 77))).now(at(1, 20, 77)), None);
    }
}
