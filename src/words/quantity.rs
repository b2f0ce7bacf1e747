//! Durations and times as people read them.

use std::time::Duration;

use frame::Utc;

use super::Language;
use crate::journal::utc_text;

/// A duration: `3 min 22 s`, `12.3 s`, `2 h 5 min`.
pub fn duration(language: Language, duration: Duration) -> String {
    let (hour, min, sec) = match language {
        Language::Chinese => ("小时", "分", "秒"),
        Language::English => ("h", "min", "s"),
    };
    let secs = duration.as_secs();
    match secs {
        0..=59 => format!("{}.{} {sec}", secs, duration.subsec_millis() / 100),
        60..=3599 => format!("{} {min} {} {sec}", secs / 60, secs % 60),
        _ => format!("{} {hour} {} {min}", secs / 3600, secs % 3600 / 60),
    }
}

/// A length that is known in whole seconds: `3 min 22 s`, `12 s`.
pub fn whole_seconds(language: Language, seconds: u32) -> String {
    match (seconds, language) {
        (0..60, Language::Chinese) => format!("{seconds} 秒"),
        (0..60, Language::English) => format!("{seconds} s"),
        _ => duration(language, Duration::from_secs(seconds.into())),
    }
}

/// A sum of money: `CNY 1.20`, and thousandths where there are some.
pub fn money(currency: &str, thousandths: u64) -> String {
    let (whole, part) = (thousandths / 1000, thousandths % 1000);
    match part % 10 {
        0 => format!("{currency} {whole}.{:02}", part / 10),
        _ => format!("{currency} {whole}.{part:03}"),
    }
}

/// The time of day in UTC, `10:39:09`.
pub fn clock_time(utc: Utc) -> String {
    let secs = utc.as_secs().rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", secs / 3600, secs % 3600 / 60, secs % 60)
}

/// Date and time in UTC, `2026-11-23 10:39:09`.
pub fn date_time(utc: Utc) -> String {
    let iso = utc_text(utc);
    format!("{} {}", &iso[..iso.find('T').unwrap_or(0)], clock_time(utc))
}

/// How much room, `834 GB`, `1.2 TB`: in powers of ten, as disks are sold; a tenth below ten.
pub fn room(octets: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB")];
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| octets >= *unit).unwrap_or(UNITS[2]);
    let (whole, tenth) = (octets / unit, octets % unit / (unit / 10));
    if whole < 10 { format!("{whole}.{tenth} {name}") } else { format!("{whole} {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_the_two_largest_units() {
        let english = |ms| duration(Language::English, Duration::from_millis(ms));
        assert_eq!(english(12_345), "12.3 s");
        assert_eq!(english(202_000), "3 min 22 s");
        assert_eq!(english(7_500_000), "2 h 5 min");
        assert_eq!(duration(Language::Chinese, Duration::from_secs(202)), "3 分 22 秒");
        assert_eq!(whole_seconds(Language::English, 12), "12 s", "no tenth that nobody measured");
        assert_eq!(whole_seconds(Language::Chinese, 202), "3 分 22 秒");
    }

    #[test]
    fn room_is_said_as_disks_are_sold() {
        let octets = [0, 50_000, 999_000_000, 8_460_000_000, 834_900_000_000, 1_250_000_000_000, 12_000_000_000_000];
        assert_eq!(octets.map(room), ["0.0 MB", "0.0 MB", "999 MB", "8.4 GB", "834 GB", "1.2 TB", "12 TB"]);
    }

    #[test]
    fn money_has_two_decimals_and_a_third_where_it_counts() {
        assert_eq!(money("CNY", 1_200), "CNY 1.20");
        assert_eq!(money("EUR", 45), "EUR 0.045");
        assert_eq!(money("CNY", 16_777_215_000_000), "CNY 16777215000.00");
    }

    #[test]
    fn the_time_of_day_is_told_before_1970_too() {
        assert_eq!(clock_time(Utc::from_us(38_349_000_000)), "10:39:09");
        assert_eq!(clock_time(Utc::from_us(-1)), "23:59:59");
    }
}
