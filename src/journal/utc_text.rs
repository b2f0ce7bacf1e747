//! Wall-clock moments as text for files: RFC 3339 in UTC, never local time.

use frame::Utc;

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

fn fields(utc: Utc) -> [i64; 6] {
    let (days, second) = (utc.as_secs().div_euclid(86_400), utc.as_secs().rem_euclid(86_400));
    let [year, month, day] = civil(days);
    [year, month, day, second / 3600, second / 60 % 60, second % 60]
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last: the method of E. G. Richards, 2013.
fn civil(days: i64) -> [i64; 3] {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [era * 400 + year_of_era + i64::from(month <= 2), month, day]
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
        assert_eq!(utc_file_text(Utc::from_us(1_795_463_677_250_999)), "20261123T195437Z");
    }
}
