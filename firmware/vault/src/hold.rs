//! Holds: what must not be erased whatever a rule says, because a court, an authority or an inquiry wants it.
//!
//! A hold is a predicate, not a list: it is looked at when it is placed, and again whenever something is to be erased, so
//! that it covers what did not exist yet. It is stored as it was placed, in the event log.
//! Not here: who places and lifts it, erasing.

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
    /// The day on which it began.
    pub began: Day,
    /// The queue it waited in last.
    pub queue: Option<String>,
    /// Who took part.
    pub people: Vec<PersonId>,
    /// The numbers of its parties.
    pub numbers: Vec<String>,
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
        let fits_queue = self.queue.as_ref().is_none_or(|queue| facts.queue.as_ref() == Some(queue));
        let fits_person = self.person.is_none_or(|person| facts.people.is_empty() || facts.people.contains(&person));
        let ends = |digits: &String| facts.numbers.iter().any(|number| number.ends_with(digits.as_str()));
        let fits_number = self.number.as_ref().is_none_or(|digits| facts.numbers.is_empty() || ends(digits));
        let fits_days =
            self.from.is_none_or(|from| from <= facts.began) && self.until.is_none_or(|until| facts.began <= until);
        fits_queue && fits_person && fits_number && fits_days
    }
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
            began: day("2026-11-26"),
            queue: Some("急诊".into()),
            people: vec![PersonId(4), PersonId(5)],
            numbers: vec!["13912348000".into(), "62001803".into()],
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
        assert!(search(|of| of.queue = Some("急诊".into())) && !search(|of| of.queue = Some("挂号".into())));
        assert!(search(|of| of.person = Some(PersonId(5))) && !search(|of| of.person = Some(PersonId(6))));
        assert!(search(|of| of.number = Some("8000".into())) && !search(|of| of.number = Some("8001".into())));
        assert!(search(|of| (of.from, of.until) = (Some(day("2026-11-26")), Some(day("2026-11-26")))));
        assert!(!search(|of| of.from = Some(day("2026-11-27"))) && !search(|of| of.until = Some(day("2026-11-25"))));
        assert!(!search(|of| (of.queue, of.person) = (Some("急诊".into()), Some(PersonId(6)))));
    }

    #[test]
    fn what_is_not_known_of_a_call_is_taken_to_fit_and_a_search_that_says_nothing_is_none() {
        let unknown = HeldFacts { people: vec![], numbers: vec![], ..facts() };
        let of = HoldSearch { person: Some(PersonId(6)), number: Some("1".into()), ..HoldSearch::default() };
        assert!(Hold::Search(of.clone()).covers(&unknown));
        assert!(Hold::Search(of).says_something() && !Hold::Search(HoldSearch::default()).says_something());
    }
}
