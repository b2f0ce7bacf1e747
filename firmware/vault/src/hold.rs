//! Holds: what must not be erased whatever a rule says, because a court, an authority or an inquiry wants it.
//!
//! A hold is a predicate, not a list: it is looked at when it is placed, and again whenever something is to be erased, so
//! that it covers what did not exist yet. It is stored as it was placed, in the event log.
//! Not here: who places and lifts it, erasing, how the facts of a call are found.

use std::collections::BTreeSet;

use frame::{CallId, PersonId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::Day;

/// What a hold covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// One call, which may still go on.
    Call(CallId),
    /// All calls that a search finds, now and later.
    Search(HoldSearch),
}

/// A search. It covers a recording that fits in all that is said; one that says nothing is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct HoldSearch {
    /// The call waited in this queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// This person took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// A number of the call ends in these digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// It began on this day or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// It began on this day or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// What is known of a recording's call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFacts {
    /// The call.
    pub call: CallId,
    /// The day on which it began; none where nobody can tell.
    pub began: Option<Day>,
    /// The queues it waited in.
    pub queues: Known<String>,
    /// Who took part.
    pub people: Known<PersonId>,
    /// The numbers of its parties.
    pub numbers: Known<String>,
}

/// What is known of one kind of thing in a call, and whether that is all there was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    of: BTreeSet<T>,
    is_all: bool,
}

impl<T: Ord> Known<T> {
    /// These, and no others.
    pub fn all(of: impl IntoIterator<Item = T>) -> Known<T> {
        Known { of: of.into_iter().collect(), is_all: true }
    }

    /// One more.
    pub fn add(&mut self, one: T) {
        self.of.insert(one);
    }

    /// There was more, and nobody knows what.
    pub fn misses_some(&mut self) {
        self.is_all = false;
    }

    /// Whether one of them surely is as it is asked.
    pub fn is(&self, fits: impl FnMut(&T) -> bool) -> bool {
        self.of.iter().any(fits)
    }

    /// Whether one of them may be as it is asked: what is not known may be anything.
    pub fn may_be(&self, fits: impl FnMut(&T) -> bool) -> bool {
        !self.is_all || self.is(fits)
    }
}

impl Hold {
    /// Whether a hold covers a recording of this call. What is not known of a call is taken to fit: whoever doubts keeps.
    pub fn covers(&self, facts: &HeldFacts) -> bool {
        match self {
            Hold::Call(call) => *call == facts.call,
            Hold::Search(search) => search.covers(facts),
        }
    }

    /// Whether it says anything: one that does not would cover everything by mistake.
    pub fn says_something(&self) -> bool {
        !matches!(self, Hold::Search(search) if *search == HoldSearch::default())
    }
}

impl HoldSearch {
    fn covers(&self, facts: &HeldFacts) -> bool {
        let fits_queue = self.queue.as_ref().is_none_or(|queue| facts.queues.may_be(|of| of == queue));
        let fits_person = self.person.is_none_or(|person| facts.people.may_be(|of| *of == person));
        let fits_number = self.number.as_ref().is_none_or(|digits| facts.numbers.may_be(|of| is_same_end(of, digits)));
        let is_within =
            |began| self.from.is_none_or(|from| from <= began) && self.until.is_none_or(|until| began <= until);
        let fits_days = facts.began.is_none_or(is_within);
        fits_queue && fits_person && fits_number && fits_days
    }
}

/// Whether one number ends as the whole other one does. Exchanges and people write the same number with and without
/// prefixes and codes: 62001803, 010 62001803, +86 10 62001803, and 1803 where only the extension was sent.
fn is_same_end(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|number| number.trim_start_matches(['+', '0']));
    one.ends_with(other) || other.ends_with(one)
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use frame::LifeNo;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn facts() -> HeldFacts {
        HeldFacts {
            call: CallId::new(LifeNo(3), 7),
            began: Some(day("2026-11-26")),
            queues: Known::all(["急诊".into(), "分诊".into()]),
            people: Known::all([PersonId(4), PersonId(5)]),
            numbers: Known::all(["13912348000".into(), "62001803".into()]),
        }
    }

    fn search(change: impl FnOnce(&mut HoldSearch)) -> bool {
        let mut search = HoldSearch::default();
        change(&mut search);
        Hold::Search(search).covers(&facts())
    }

    #[test]
    fn a_hold_on_a_call_covers_that_call_alone() {
        assert!(Hold::Call(CallId::new(LifeNo(3), 7)).covers(&facts()));
        assert!(!Hold::Call(CallId::new(LifeNo(3), 8)).covers(&facts()));
    }

    #[test]
    fn a_search_covers_what_fits_in_all_that_it_says() {
        assert!(search(|of| of.queue = Some("急诊".into())) && search(|of| of.queue = Some("分诊".into())));
        assert!(!search(|of| of.queue = Some("挂号".into())));
        assert!(search(|of| of.person = Some(PersonId(5))) && !search(|of| of.person = Some(PersonId(6))));
        assert!(search(|of| of.number = Some("8000".into())) && !search(|of| of.number = Some("8001".into())));
        assert!(search(|of| (of.from, of.until) = (Some(day("2026-11-26")), Some(day("2026-11-26")))));
        assert!(!search(|of| of.from = Some(day("2026-11-27"))) && !search(|of| of.until = Some(day("2026-11-25"))));
        assert!(!search(|of| (of.queue, of.person) = (Some("急诊".into()), Some(PersonId(6)))));
    }

    #[test]
    fn a_number_is_found_with_and_without_its_prefixes() {
        let finds = |digits: &str| search(|of| of.number = Some(digits.into()));
        for same in ["62001803", "1803", "01062001803", "861062001803", "+8613912348000", "008613912348000"] {
            assert!(finds(same), "{same}");
        }
        for other in ["62001804", "162001804", "8613912348001"] {
            assert!(!finds(other), "{other}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_call_is_taken_to_fit_and_a_search_that_says_nothing_is_none() {
        let of = HoldSearch {
            queue: Some("挂号".into()),
            person: Some(PersonId(6)),
            number: Some("1".into()),
            ..HoldSearch::default()
        };
        let mut unknown = facts();
        assert!(!Hold::Search(of.clone()).covers(&unknown));
        unknown.queues.misses_some();
        unknown.people.misses_some();
        assert!(!Hold::Search(of.clone()).covers(&unknown), "its numbers are all known");
        unknown.numbers.misses_some();
        assert!(Hold::Search(of.clone()).covers(&unknown));
        assert!(Hold::Search(of).says_something() && !Hold::Search(HoldSearch::default()).says_something());
    }
}
