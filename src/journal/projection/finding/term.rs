//! By what a call is found, as a number of eight octets.
//!
//! A term is a hash of its kind and its text: the table stays narrow, and whatever people call a queue has one width. The
//! hash has no key. It would hide nothing: event log and detail records have the numbers beside it. Only what is known is
//! here, and who only was offered a call has no part in it; holds, which must not miss one, ask `TookPart`.

use std::collections::{BTreeMap, BTreeSet};

use call::{CallEvent, Endpoint, Number};
use frame::PersonId;
use sha2::{Digest as _, Sha256};

use super::question::WantedNumber;
use crate::journal::{Event, Record, projection::place};

/// One thing by which a call is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term<'a> {
    /// It waited in this queue.
    Queue(&'a str),
    /// This person answered.
    Person(PersonId),
    /// It was on this lane or jack.
    Line(&'a str),
    /// A party, or who was wanted, has this number, as [`bare`] writes it.
    Number(&'a str),
    /// A number ends in these four characters.
    LastFour(&'a str),
    /// This person answered, and it waited in this queue: each list may have half of all calls, and both together none.
    PersonInQueue(PersonId, &'a str),
}

impl Term<'_> {
    /// What stands in the table.
    pub(super) fn key(self) -> i64 {
        let (kind, text) = match self {
            Term::Queue(name) => (1, name.to_owned()),
            Term::Person(person) => (2, person.0.to_string()),
            Term::Line(line) => (3, line.to_owned()),
            Term::Number(number) => (4, number.to_owned()),
            Term::LastFour(digits) => (5, digits.to_owned()),
            Term::PersonInQueue(person, queue) => (6, format!("{} {queue}", person.0)),
        };
        let hash = Sha256::new_with_prefix([kind]).chain_update(text).finalize();
        i64::from_be_bytes(hash[..8].try_into().expect("a hash has eight octets"))
    }
}

/// A number without what only tells how it is dialled: the plus, and zeroes in front. Several countries' trunk prefix is
/// a zero, and the international one two, so `010 6200 1000` and `10 6200 1000` are one number.
pub(super) fn bare(number: &str) -> &str {
    let digits = number.strip_prefix('+').unwrap_or(number);
    match digits.trim_start_matches('0') {
        "" => digits,
        rest => rest,
    }
}

/// The terms of a call, from its events.
pub(super) fn terms_of(records: &[Record]) -> BTreeSet<i64> {
    let mut of = CallTerms::default();
    for record in records {
        if let Some(Event::Call(event)) = record.event() {
            of.take(event);
        }
    }
    for person in std::mem::take(&mut of.answerers) {
        for queue in &of.queues {
            of.terms.insert(Term::PersonInQueue(person, queue).key());
        }
    }
    of.terms
}

/// Terms, and who was offered where.
#[derive(Default)]
struct CallTerms {
    terms: BTreeSet<i64>,
    queues: BTreeSet<String>,
    answerers: BTreeSet<PersonId>,
    /// Who works at an extension, as its last offer told.
    people: BTreeMap<String, PersonId>,
    /// The extension of each telephone of the call.
    extensions: BTreeMap<frame::LegId, String>,
}

impl CallTerms {
    fn take(&mut self, event: &CallEvent) {
        use CallEvent as E;
        match event {
            E::Queued { queue, .. } => {
                self.add(Term::Queue(queue));
                self.queues.insert(queue.clone());
            }
            E::Dialled { number, .. } => self.number(Some(number)),
            E::LegBegan { leg, endpoint, number, .. } => {
                self.number(number.as_ref());
                self.leg(*leg, endpoint);
            }
            E::LegPlaced { leg, endpoint, .. } => self.leg(*leg, endpoint),
            E::Offered { extension, person: Some(person), .. } => {
                self.people.insert(extension.clone(), *person);
            }
            E::LegAnswered { leg, .. } => self.answered(*leg),
            E::Diverted { from, first, .. } => {
                self.number(from.as_ref());
                self.number(first.as_ref());
            }
            E::CallerTold { other_number: number, .. }
            | E::AnswerTold { number, .. }
            | E::DivertedTo { to: number, .. }
            | E::PartyTold { number, .. } => self.number(number.as_ref()),
            // Nothing else tells a queue, a person, a line or a number of the call's own.
            _ => {}
        }
    }

    /// An offer that nobody took does not make a call somebody's.
    fn answered(&mut self, leg: frame::LegId) {
        let person = self.extensions.get(&leg).and_then(|extension| self.people.get(extension));
        if let Some(&person) = person {
            self.add(Term::Person(person));
            self.answerers.insert(person);
        }
    }

    fn leg(&mut self, leg: frame::LegId, endpoint: &Endpoint) {
        self.add(Term::Line(&place(endpoint)));
        if let Endpoint::Station { extension, .. } = endpoint {
            self.extensions.insert(leg, extension.clone());
        }
    }

    fn number(&mut self, number: Option<&Number>) {
        let Some(number) = number.map(Number::as_str) else { return };
        self.add(Term::Number(bare(number)));
        if let Some(digits) = WantedNumber::last_four(number) {
            self.add(Term::LastFour(digits));
        }
    }

    fn add(&mut self, term: Term<'_>) {
        self.terms.insert(term.key());
    }
}
