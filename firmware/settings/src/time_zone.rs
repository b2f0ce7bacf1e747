//! The time of day in the house: the IANA's table of time zones, as it was when the box's software was built.
//!
//! Not here: whether the clock of the box is right.

use jiff::{Timestamp, tz};

/// A moment as a clock on a wall of the house shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl LocalTime {
    /// A moment in a zone. None where there is no such zone, or no such moment.
    pub fn at(zone: &str, utc: frame::Utc) -> Option<LocalTime> {
        let zone = tz::db().get(zone).ok()?;
        let local = zone.to_datetime(Timestamp::from_microsecond(utc.as_us()).ok()?);
        let small = |part: i8| u8::try_from(part).ok();
        Some(LocalTime {
            month: small(local.month())?,
            day: small(local.day())?,
            hour: small(local.hour())?,
            minute: small(local.minute())?,
        })
    }
}

/// Whether a zone of that name is known.
pub(crate) fn is_zone(name: &str) -> bool {
    tz::db().get(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Months, days, hours and minutes of a moment that is `s` seconds after the epoch.
    fn at(zone: &str, s: i64) -> Option<[u8; 4]> {
        let LocalTime { month, day, hour, minute } = LocalTime::at(zone, frame::Utc::from_us(s * 1_000_000))?;
        Some([month, day, hour, minute])
    }

    #[test]
    fn the_hour_is_the_houses_and_summer_time_begins_and_ends_at_its_moment() {
        // 2026-03-29 01:00 UTC: summer time begins in Europe; 2026-10-25 01:00 UTC: it ends.
        let (begins, ends) = (1_774_746_000, 1_792_890_000);
        assert_eq!(at("Europe/Berlin", begins - 1), Some([3, 29, 1, 59]));
        assert_eq!(at("Europe/Berlin", begins), Some([3, 29, 3, 0]));
        assert_eq!(at("Europe/Berlin", ends - 1), Some([10, 25, 2, 59]));
        assert_eq!(at("Europe/Berlin", ends), Some([10, 25, 2, 0]));
        assert_eq!(at("Asia/Shanghai", begins), Some([3, 29, 9, 0]));
        assert_eq!(at("America/New_York", begins), Some([3, 28, 21, 0]), "the day before");
        assert_eq!(at("Asia/Kathmandu", begins), Some([3, 29, 6, 45]));
    }

    #[test]
    fn a_year_that_no_row_of_the_table_has_goes_on_by_the_rule_of_its_last_one() {
        // 2071-07-01 12:00 UTC.
        assert_eq!(at("Europe/Berlin", 3_202_977_600), Some([7, 1, 14, 0]));
    }

    #[test]
    fn what_is_no_zone_has_no_time() {
        for name in ["", "Beijing", "Asia/Bejing", "UTC+8", "../Asia/Shanghai"] {
            assert!(!is_zone(name), "{name}");
            assert_eq!(at(name, 0), None);
        }
        assert!(is_zone("Asia/Shanghai") && is_zone("Europe/London") && is_zone("UTC"));
    }
}
