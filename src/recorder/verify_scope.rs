//! What of a vault `verify` looks at: all of it, one recording, or the recordings of a day.
//!
//! The log is checked whole each time, as one root covers all of it; so are the certificates. Of a part, recordings, their erased
//! stretches and what is missing are looked at as far as they are of the part, and the key tables are not.

use std::{
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use frame::{CallId, RecordingId, Utc};
use jiff::{civil::Date, tz::TimeZone};
use vault::Grave;

use super::{
    home::IDENTITY,
    names::{LEAVES, OBJECTS, object_name},
    verify_log::Log,
};

const A_DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// No zone is further from UTC.
const ZONE_MINUTES_MAX: i64 = 14 * 60;

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All.
    #[default]
    Whole,
    /// The object that stands under this name.
    Object(String),
    /// The recordings of a day, and what the log has no day of.
    Day(Day),
}

/// A day: `2026-11-26` of UTC, `2026-11-26+08:00` of a zone, as XML Schema writes dates. The box keeps no time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    text: String,
    begins_us: i64,
}

impl Day {
    /// Whether a moment, in microseconds since 1970, is of it.
    const fn has(&self, us: i64) -> bool {
        self.begins_us <= us && us < self.begins_us + A_DAY_US
    }

    /// Where it begins.
    pub const fn begins(&self) -> Utc {
        Utc::from_us(self.begins_us)
    }

    /// Where the next one begins.
    pub const fn ends(&self) -> Utc {
        Utc::from_us(self.begins_us + A_DAY_US)
    }

    /// As it was asked for.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Day, Self::Err> {
        const FORM: &str = "YYYY-MM-DD, YYYY-MM-DD+HH:MM";
        let (date, zone) = text.split_at_checked(10).ok_or(FORM)?;
        let parsed = date.parse().ok().filter(|parsed: &Date| parsed.to_string() == date);
        let begins = parsed.and_then(|date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()).ok_or(FORM)?;
        let ahead_us = zone_minutes(zone).ok_or(FORM)? * 60 * 1_000_000;
        Ok(Day { text: text.to_owned(), begins_us: begins.as_microsecond() - ahead_us })
    }
}

/// How far a zone is ahead of UTC, which has none or `Z`.
fn zone_minutes(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z") {
        return Some(0);
    }
    let sign = if zone.starts_with('+') { 1 } else { -1 };
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |digits: &str| {
        let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_number.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    Some(hours * 60 + minutes).filter(|all| *all <= ZONE_MINUTES_MAX).map(|all| sign * all)
}

impl Scope {
    /// Whether a recording is looked at.
    pub(super) fn takes(&self, recording: RecordingId, log: &Log) -> bool {
        match self {
            Scope::Whole => true,
            Scope::Object(name) => *name == object_name(recording),
            Scope::Day(day) => {
                let of_call = log.finished.get(&recording).and_then(|(call, _)| log.due.get(call)).copied();
                let live = log.live.get(&recording).into_iter().flatten().map(|(us, _)| *us);
                let mut moments = live.chain(of_call).peekable();
                // What the log has no moment of could be of any day.
                moments.peek().is_none() || moments.any(|us| day.has(us))
            }
        }
    }

    /// Whether a call that had to be recorded counts.
    pub(super) fn takes_call(&self, call: CallId, log: &Log) -> bool {
        match self {
            Scope::Whole => true,
            Scope::Object(_) => false,
            Scope::Day(day) => log.due.get(&call).is_some_and(|us| day.has(*us)),
        }
    }

    /// The files among the objects' that are looked at, and how many objects are not.
    pub(super) fn objects(&self, mut names: Vec<String>, log: &Log) -> (Vec<String>, u64) {
        let mut others = 0;
        names.retain(|name| {
            let takes = self.takes_file(name, log);
            others += u64::from(!takes && name.ends_with(".rfo"));
            takes
        });
        (names, others)
    }

    /// Whether one recording was asked for that neither stands there nor ever did, as far as the log says.
    pub(super) fn is_nothing(&self, names: &[String], log: &Log) -> bool {
        matches!(self, Scope::Object(_))
            && names.is_empty()
            && !log.finished.keys().any(|recording| self.takes(*recording, log))
    }

    fn takes_file(&self, name: &str, log: &Log) -> bool {
        // What has no recording's name could be anything, and is looked at with any day; beside one recording it is no part of it.
        match (recording_of(name), self) {
            (_, Scope::Object(object)) if name == object => true,
            (Some(recording), _) => self.takes(recording, log),
            (None, Scope::Object(_)) => false,
            (None, _) => true,
        }
    }

    /// Whether a file is read as an object. The one that was asked for is, whatever its name.
    pub(super) fn is_object(&self, name: &str) -> bool {
        name.ends_with(".rfo") || matches!(self, Scope::Object(object) if object == name)
    }
}

/// The recording that a file among the objects is named for.
fn recording_of(name: &str) -> Option<RecordingId> {
    let file = name.rsplit('/').next()?;
    let stem = file.strip_suffix(".rfo").or_else(|| file.strip_suffix(".tombstone"))?;
    Some(stem.parse::<Grave>().ok()?.recording)
}

/// The vault in which a file stands as an object, and the file's name there.
pub(super) fn vault_above(path: &Path) -> Option<(PathBuf, String)> {
    // As it was named first: a file that somebody has put elsewhere, with a link in its place, is still looked at in its place.
    let named =
        std::path::absolute(path).ok().filter(|path| !path.components().any(|part| part == Component::ParentDir));
    let places = named.into_iter().chain(path.canonicalize().ok());
    places.into_iter().find_map(|file| {
        let vault = file.ancestors().find(|above| is_vault(above) && file.starts_with(above.join(OBJECTS)))?;
        let name = file.strip_prefix(vault).ok()?.to_str()?;
        Some((vault.to_owned(), name.to_owned()))
    })
}

/// Either is enough: somebody may have taken the other away.
fn is_vault(path: &Path) -> bool {
    path.join(IDENTITY).is_file() || path.join(LEAVES).is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_of_utc_unless_it_names_its_zone() {
        let begins = |text: &str| text.parse::<Day>().map(|day| day.begins_us / 1_000_000).ok();
        assert_eq!(begins("2026-11-26"), Some(1_795_651_200));
        assert_eq!(begins("2026-11-26Z"), begins("2026-11-26"));
        assert_eq!(begins("2026-11-26+08:00"), Some(1_795_651_200 - 8 * 3600));
        assert_eq!(begins("2026-11-26-03:30"), Some(1_795_651_200 + 3 * 3600 + 1800));
        let wrong =
            ["", "2026-11", "2026-02-30", "2026-11-26 ", "2026-11-26+8:00", "2026-11-26+14:01", "2026-11-26+08:60"];
        wrong.iter().for_each(|text| assert_eq!(begins(text), None, "{text}"));
        let day: Day = "2026-11-26+08:00".parse().unwrap();
        assert!(day.has(day.begins_us) && !day.has(day.begins_us - 1) && !day.has(day.begins_us + A_DAY_US));
    }
}
