//! Date and time, as the network tells it. Q.931, 4.5.15. Local time of the exchange, without a zone.

use super::{BadContents, Contents};

/// A date, and as much of the time as was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// The last two digits of the year.
    year: u8,
    month: u8,
    day: u8,
    hour: Option<u8>,
    minute: Option<u8>,
    second: Option<u8>,
}

impl DateTime {
    /// A date with a time to the minute; `None` where there is no such date or time.
    pub fn new(year: u8, month: u8, day: u8, hour: u8, minute: u8) -> Option<DateTime> {
        DateTime::parse(&[year, month, day, hour, minute]).ok()
    }

    /// Year of the century, month and day.
    pub fn date(&self) -> (u8, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Hour and minute, where they were told.
    pub fn time(&self) -> Option<(u8, u8)> {
        self.hour.zip(self.minute)
    }

    /// Octets behind the seconds are dropped.
    pub(super) fn parse(contents: &[u8]) -> Result<DateTime, BadContents> {
        let [year @ 0..=99, month @ 1..=12, day @ 1..=31, time @ ..] = contents else { return Err(BadContents) };
        let part = |at: usize, below: u8| match time.get(at) {
            Some(&part) if part >= below => Err(BadContents),
            part => Ok(part.copied()),
        };
        Ok(DateTime {
            year: *year,
            month: *month,
            day: *day,
            hour: part(0, 24)?,
            minute: part(1, 60)?,
            // A leap second.
            second: part(2, 61)?,
        })
    }

    pub(super) fn emit(&self) -> Contents {
        let time = [self.hour, self.minute, self.second];
        [self.year, self.month, self.day].into_iter().chain(time.into_iter().flatten()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_do_not_exist_are_bad_contents() {
        let bad: [&[u8]; 6] =
            [&[26, 11], &[26, 13, 1], &[26, 0, 1], &[26, 1, 32], &[100, 1, 1, 1, 1], &[26, 1, 1, 24, 0]];
        for contents in bad {
            assert_eq!(DateTime::parse(contents), Err(BadContents), "{contents:?}");
        }
        let date = DateTime::parse(&[26, 11, 25]).unwrap();
        assert_eq!((date.date(), date.time()), ((26, 11, 25), None));
        assert_eq!(DateTime::new(26, 11, 25, 21, 55).unwrap().time(), Some((21, 55)));
    }
}
