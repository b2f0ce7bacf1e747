//! Time as the box counts it: microseconds of the boot-time clock, always handed in, never read here.

use std::{
    fmt,
    ops::{Add, AddAssign, Sub},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// A moment of the boot-time clock (`CLOCK_BOOTTIME`), in microseconds.
///
/// Only moments of one boot are comparable: what is persisted carries a [`Stamp`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(u64);

impl Time {
    /// The start of the clock.
    pub const ZERO: Time = Time(0);

    /// The moment `us` microseconds after the start of the clock.
    pub const fn from_us(us: u64) -> Time {
        Time(us)
    }

    /// The moment `ms` milliseconds after the start of the clock.
    pub const fn from_ms(ms: u64) -> Time {
        Time(ms * 1000)
    }

    /// Microseconds since the start of the clock.
    pub const fn as_us(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero where `earlier` is the later one.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, after: Duration) -> Time {
        let us = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        Time(self.0.saturating_add(us))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, after: Duration) {
        *self = *self + after;
    }
}

impl Sub<Time> for Time {
    type Output = Duration;

    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

/// A wall-clock moment: microseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Utc(i64);

impl Utc {
    /// The moment `us` microseconds after the epoch.
    pub const fn from_us(us: i64) -> Utc {
        Utc(us)
    }

    /// Microseconds since the epoch.
    pub const fn as_us(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

/// Which start of the machine a [`Time`] belongs to. Counted by the data directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BootNo(pub u32);

impl fmt::Display for BootNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment as it is persisted: durations never subtract across boots, so the boot travels with the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// The boot that `time` belongs to.
    pub boot: BootNo,
    /// The boot-time clock.
    pub time: Time,
    /// The wall clock at the same moment.
    pub utc: Utc,
}

impl Stamp {
    /// How long after `earlier` this is: by the boot-time clock within one boot, else by the wall clock, never negative.
    pub fn since(&self, earlier: &Stamp) -> Duration {
        if self.boot == earlier.boot {
            return self.time.since(earlier.time);
        }
        Duration::from_micros(u64::try_from(self.utc.as_us() - earlier.utc.as_us()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_moment_is_zero_after_a_later_one() {
        assert_eq!(Time::from_ms(1).since(Time::from_ms(2)), Duration::ZERO);
        assert_eq!(Time::from_ms(5) - Time::from_ms(2), Duration::from_millis(3));
    }

    #[test]
    fn stamps_of_two_boots_are_compared_by_the_wall_clock() {
        let before = Stamp { boot: BootNo(1), time: Time::from_ms(900_000), utc: Utc::from_us(1_000_000) };
        let after = Stamp { boot: BootNo(2), time: Time::from_ms(1), utc: Utc::from_us(3_000_000) };
        assert_eq!(after.since(&before), Duration::from_secs(2));
        assert_eq!(before.since(&after), Duration::ZERO);
    }
}
