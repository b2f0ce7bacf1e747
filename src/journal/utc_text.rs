//! Wall-clock moments as text for files: RFC 3339 in UTC, never local time.

use frame::Utc;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// `2026-11-23T19:54:37.250Z`.
pub fn utc_text(utc: Utc) -> String {
    let ms = utc.as_us().div_euclid(1000).rem_euclid(1000);
    let [year, month, day, hour, minute, second] = fields(utc);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// `20261123T195437Z`, for file names.
pub(super) fn utc_file_text(utc: Utc) -> String {
    let [year, month, day, hour, minute, second] = fields(utc);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// `Mon, 23 Nov 2026 19:54:37 +0000`, for mails (RFC 5322, 3.3).
pub fn mail_date(utc: Utc) -> String {
    let moment = Timestamp::from_second(utc.as_secs()).unwrap_or_default();
    TimeZone::UTC.to_datetime(moment).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The moment at which a day of UTC begins, written as `2026-11-26`.
pub fn day_begins(text: &str) -> Option<Utc> {
    let date: Date = text.parse().ok().filter(|date: &Date| date.to_string() == text)?;
    let begins = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(Utc::from_us(begins.as_microsecond()))
}

/// Year to second; the calendar's first or last second beyond its ends.
fn fields(utc: Utc) -> [i64; 6] {
    let edge = if utc.as_us() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let moment = Timestamp::from_second(utc.as_secs()).unwrap_or(edge);
    let at = TimeZone::UTC.to_datetime(moment);
    let [year, month] = [i64::from(at.year()), i64::from(at.month())];
    [year, month, at.day().into(), at.hour().into(), at.minute().into(), at.second().into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_rfc_3339() {
        for (us, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (1_795_463_677_250_999, "2026-11-23T19:54:37.250Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(utc_text(Utc::from_us(us)), text);
        }
        assert_eq!(day_begins("2000-02-29"), Some(Utc::from_us(951_782_400_000_000)));
        assert_eq!(day_begins("2001-02-29"), None);
        assert_eq!(utc_file_text(Utc::from_us(1_795_463_677_250_999)), "20261123T195437Z");
        assert_eq!(mail_date(Utc::from_us(1_795_463_677_250_999)), "Mon, 23 Nov 2026 19:54:37 +0000");
    }
}
