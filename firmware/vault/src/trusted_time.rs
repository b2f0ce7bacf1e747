//! The wall clock as far as erasing may trust it: a moment that was confirmed, and the boot-time clock since.
//!
//! A confirmation comes from a clock that is kept in step by NTP, or from a person who looked. From then on no step of the
//! wall clock moves anything: within a boot the boot-time clock counts on. A new boot has no confirmed moment until there
//! is a new one; by NTP alone none that lies before the newest known moment, or more than a week after it.
//! Not here: who asks NTP, who may confirm, when something is erased.

use std::time::Duration;

use frame::{Stamp, Utc};

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

/// What is known of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrustedTime {
    /// The confirmed moment: its UTC held when its boot's clock said its time.
    anchor: Option<Stamp>,
    /// The newest moment that is known to have been.
    newest: Option<Utc>,
}

impl TrustedTime {
    /// As it stood at the end of an earlier life: its last confirmation, and the last moment that is written down.
    pub fn restored(confirmed: Option<Stamp>, last: Stamp) -> TrustedTime {
        let Some(anchor) = confirmed else { return TrustedTime::default() };
        let mut restored = TrustedTime { anchor: Some(anchor), newest: Some(anchor.utc) };
        // A last moment of another boot says nothing: nobody confirmed that boot's clock.
        restored.note(last);
        restored
    }

    /// Takes a confirmation that holds now; false where it can't be believed.
    pub fn confirm(&mut self, now: Stamp, by: ConfirmedBy) -> bool {
        self.note(now);
        let is_possible = self.newest.is_none_or(|newest| {
            let since = now.utc.as_us().checked_sub(newest.as_us()).and_then(|us| u64::try_from(us).ok());
            since.is_some_and(|us| Duration::from_micros(us) <= AWAY_MAX)
        });
        match by {
            // It is known already, by a clock that nobody sets.
            ConfirmedBy::Synchronised if self.now(now).is_some() => true,
            ConfirmedBy::Synchronised if !is_possible => false,
            ConfirmedBy::Synchronised | ConfirmedBy::Person => {
                (self.anchor, self.newest) = (Some(now), Some(now.utc));
                true
            }
        }
    }

    /// The wall clock's time; none where nobody has confirmed it in this boot.
    pub fn now(&self, now: Stamp) -> Option<Utc> {
        let anchor = self.anchor.filter(|anchor| anchor.boot == now.boot && anchor.time <= now.time)?;
        let since = i64::try_from(now.time.since(anchor.time).as_micros()).ok()?;
        Some(Utc::from_us(anchor.utc.as_us().checked_add(since)?))
    }

    /// Notes that it is now, so that the next boot knows what has been.
    pub fn note(&mut self, now: Stamp) {
        self.newest = self.now(now).max(self.newest);
    }
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, Time};

    use super::*;

    fn at(boot: u32, hours: u64, utc_hours: i64) -> Stamp {
        Stamp { boot: BootNo(boot), time: Time::from_ms(hours * 3_600_000), utc: utc(utc_hours) }
    }

    fn utc(hours: i64) -> Utc {
        Utc::from_us(hours * 3_600_000_000)
    }

    fn confirmed(by: ConfirmedBy) -> TrustedTime {
        let mut time = TrustedTime::default();
        assert_eq!(time.now(at(1, 5, 100)), None, "nobody has looked");
        assert!(time.confirm(at(1, 5, 100), by));
        time
    }

    #[test]
    fn a_confirmed_moment_goes_on_by_the_boots_clock_and_no_step_moves_it() {
        let time = confirmed(ConfirmedBy::Synchronised);
        assert_eq!(time.now(at(1, 7, 102)), Some(utc(102)));
        assert_eq!(time.now(at(1, 7, 9_000_000)), Some(utc(102)));
        assert_eq!(time.now(at(1, 7, -5)), Some(utc(102)));
        assert_eq!(time.now(at(2, 7, 102)), None, "another boot");
    }

    #[test]
    fn while_it_is_known_ntp_moves_nothing_and_a_person_does() {
        let mut time = confirmed(ConfirmedBy::Synchronised);
        assert!(time.confirm(at(1, 6, 5_000), ConfirmedBy::Synchronised));
        assert_eq!(time.now(at(1, 6, 0)), Some(utc(101)));
        assert!(time.confirm(at(1, 6, 90), ConfirmedBy::Person));
        assert_eq!(time.now(at(1, 7, 0)), Some(utc(91)));
    }

    #[test]
    fn a_new_boot_believes_ntp_for_a_week_and_never_backwards_and_then_a_person() {
        let restored = TrustedTime::restored(Some(at(1, 5, 100)), at(1, 15, 77));
        for (hours, believed) in [(109, false), (110, true), (110 + 168, true), (110 + 169, false), (-1, false)] {
            let mut time = restored;
            assert_eq!(time.confirm(at(2, 0, hours), ConfirmedBy::Synchronised), believed, "{hours}");
            assert_eq!(time.now(at(2, 0, hours)).is_some(), believed);
            assert!(time.confirm(at(2, 0, hours), ConfirmedBy::Person));
            assert_eq!(time.now(at(2, 1, 0)), Some(utc(hours + 1)));
        }
    }

    #[test]
    fn a_daemon_that_starts_again_within_a_boot_knows_the_time_still() {
        let time = TrustedTime::restored(Some(at(1, 5, 100)), at(1, 15, 77));
        assert_eq!(time.now(at(1, 20, 77)), Some(utc(115)));
        assert_eq!(TrustedTime::restored(None, at(1, 15, 77)).now(at(1, 20, 77)), None);
    }
}
