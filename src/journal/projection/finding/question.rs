//! What somebody wants to find, and from where a page goes on.

use std::{fmt, str::FromStr};

use call::{Direction, Number};
use frame::{EventNo, PersonId, Utc};

use super::term::{Term, bare};
use crate::journal::{Cdr, RecordingState};

/// What is wanted. A call is found that fits in all that is said; nothing said finds all that are over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// It began at this moment or later.
    pub from: Option<Utc>,
    /// It began before this moment.
    pub until: Option<Utc>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// It waited in this queue, whether last or earlier.
    pub queue: Option<String>,
    /// This person answered it, or took it over.
    pub person: Option<PersonId>,
    /// It was on this jack or channel, as `SIM-FXS.3` or `1/5`.
    pub line: Option<String>,
    /// A number of it.
    pub number: Option<WantedNumber>,
    /// How its recording stands.
    pub recording: Option<RecordingState>,
    /// Which are listed first.
    pub order: FindOrder,
}

/// In what order calls are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// The longest talk first.
    Longest,
}

/// A number, or its end.
#[derive(Clone, PartialEq, Eq)]
pub enum WantedNumber {
    /// All of it. A plus and zeroes in front say nothing.
    Whole(Number),
    /// Its last four characters.
    LastFour(Number),
}

/// After which call a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageKey {
    /// How long it talked, in milliseconds; nothing where calls are not listed by that.
    pub talk_ms: u64,
    /// Its first event.
    pub no: EventNo,
}

/// Why a text is no number to look for, no order, and no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing that can be looked for")]
pub struct NotWanted;

impl Question {
    /// The keys of the terms that a call must have, the rarest kinds first.
    pub(super) fn terms(&self) -> Vec<i64> {
        let number = self.number.as_ref().map(|wanted| match wanted {
            WantedNumber::Whole(number) => Term::Number(bare(number.as_str())),
            WantedNumber::LastFour(digits) => Term::LastFour(digits.as_str()),
        });
        let line = self.line.as_deref().map(Term::Line);
        let (person, queue) = match (self.person, self.queue.as_deref()) {
            (Some(person), Some(queue)) => (Some(Term::PersonInQueue(person, queue)), None),
            (person, queue) => (person.map(Term::Person), queue.map(Term::Queue)),
        };
        [number, person, line, queue].into_iter().flatten().map(Term::key).collect()
    }

    /// The key of a call that was found: the next page is after it.
    pub fn key_of(&self, cdr: &Cdr) -> PageKey {
        let talk_ms = if self.order == FindOrder::Longest { cdr.talk().as_millis() as u64 } else { 0 };
        PageKey { talk_ms, no: cdr.first_no }
    }

    /// Whether anything is said but the order.
    pub fn is_narrow(&self) -> bool {
        Question { order: FindOrder::default(), ..self.clone() } != Question::default()
    }
}

impl FindOrder {
    /// All, as a page offers them.
    pub const ALL: [FindOrder; 3] = [FindOrder::Newest, FindOrder::Oldest, FindOrder::Longest];

    /// The word in an address.
    pub const fn tag(self) -> &'static str {
        match self {
            FindOrder::Newest => "newest",
            FindOrder::Oldest => "oldest",
            FindOrder::Longest => "longest",
        }
    }
}

impl FromStr for FindOrder {
    type Err = NotWanted;

    fn from_str(tag: &str) -> Result<FindOrder, NotWanted> {
        FindOrder::ALL.into_iter().find(|order| order.tag() == tag).ok_or(NotWanted)
    }
}

impl WantedNumber {
    /// Whether looking for it tells no more of a number than lists show: an end, or a number that they show whole.
    pub fn is_shown(&self) -> bool {
        match self {
            WantedNumber::Whole(number) => number.masked() == number.as_str(),
            WantedNumber::LastFour(_) => true,
        }
    }

    /// It as lists show numbers.
    pub fn masked(&self) -> String {
        match self {
            WantedNumber::Whole(number) => number.masked(),
            WantedNumber::LastFour(end) => end.as_str().to_owned(),
        }
    }

    /// The end by which a number is found.
    pub(super) fn last_four(number: &str) -> Option<&str> {
        let digits = number.strip_prefix('+').unwrap_or(number);
        digits.len().checked_sub(4).map(|at| &digits[at..])
    }
}

impl FromStr for WantedNumber {
    type Err = NotWanted;

    /// Four characters are the end of a number; a number of four has itself as its end. A plus begins a number: what has one
    /// is no end.
    fn from_str(text: &str) -> Result<WantedNumber, NotWanted> {
        let written: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '(' | ')')).collect();
        let number: Number = written.parse().map_err(|_| NotWanted)?;
        let is_end = written.len() == 4 && !written.starts_with('+');
        Ok(if is_end { WantedNumber::LastFour(number) } else { WantedNumber::Whole(number) })
    }
}

impl fmt::Debug for WantedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WantedNumber::Whole(_) => "Whole",
            WantedNumber::LastFour(_) => "LastFour",
        })
    }
}

impl fmt::Display for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.talk_ms {
            0 => write!(f, "{}", self.no.0),
            talk_ms => write!(f, "{}-{talk_ms}", self.no.0),
        }
    }
}

impl FromStr for PageKey {
    type Err = NotWanted;

    fn from_str(text: &str) -> Result<PageKey, NotWanted> {
        let (no, talk_ms) = text.split_once('-').unwrap_or((text, "0"));
        let number = |text: &str| text.parse::<u64>().map_err(|_| NotWanted);
        Ok(PageKey { talk_ms: number(talk_ms)?, no: EventNo(number(no)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_plus_is_no_end() {
        let wanted = |text: &str| text.parse::<WantedNumber>().unwrap();
        assert!(matches!(wanted("+123"), WantedNumber::Whole(_)));
        assert!(matches!(wanted("81-23"), WantedNumber::LastFour(_)));
    }

    #[test]
    fn an_end_and_a_short_number_tell_no_more_than_a_list() {
        let is_shown = |text: &str| text.parse::<WantedNumber>().unwrap().is_shown();
        assert!(is_shown("8000") && is_shown("801"));
        assert!(!is_shown("13912348000"));
    }
}
