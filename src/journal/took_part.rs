//! Who and what took part in a call, from all that was told of it: for holds and rules, which must not miss a call.
//!
//! The detail record has a column each for the last queue and the first agent; here are all of them, after the answer, too,
//! and whether that is all there was. Whoever doubts says so: what is not known fits every hold and every rule that keeps.
//! Not here: the legs of supervisors, who are in calls of their own; whether the log lost something between (`IndexReader`).

use std::collections::BTreeMap;

use call::{CallEvent, Endpoint, LegRole, Number, PartyChange};
use frame::{LegId, PersonId};
use vault::Known;

use super::{Event, Fact, Record};

/// What took part in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TookPart {
    /// The queues.
    pub queues: Known<String>,
    /// The people.
    pub people: Known<PersonId>,
    /// The numbers and extensions.
    pub numbers: Known<String>,
    /// Who works at each station, as it was offered last.
    offered: BTreeMap<String, Option<PersonId>>,
    /// At which station each leg is.
    stations: BTreeMap<LegId, String>,
}

impl TookPart {
    /// Folds the records of one call, in order.
    pub fn of(records: &[Record]) -> TookPart {
        let (queues, people, numbers) = (Known::all([]), Known::all([]), Known::all([]));
        let (offered, stations) = (BTreeMap::new(), BTreeMap::new());
        let mut part = TookPart { queues, people, numbers, offered, stations };
        if !matches!(records.first().and_then(Record::event), Some(Event::Call(CallEvent::Began { .. }))) {
            part.misses_some();
        }
        records.iter().for_each(|record| part.take(record));
        part
    }

    /// The story of the call has a hole.
    pub fn misses_some(&mut self) {
        self.queues.misses_some();
        self.people.misses_some();
        self.numbers.misses_some();
    }

    fn take(&mut self, record: &Record) {
        match &record.fact {
            Fact::Known(Event::Call(event)) => self.take_call(event),
            Fact::Known(Event::Box(_)) => {}
            // Told by a newer version: what it adds may be a party.
            Fact::Grown { .. } | Fact::Unknown { .. } => self.misses_some(),
        }
    }

    fn take_call(&mut self, event: &CallEvent) {
        use CallEvent as E;
        match event {
            E::Dialled { number, .. } => self.number(number),
            E::LegBegan { leg, role, endpoint, number, .. } => self.leg_began(*leg, *role, endpoint, number.as_ref()),
            E::LegPlaced { leg, endpoint, .. } => self.placed(*leg, endpoint),
            E::LegAnswered { leg, .. } => self.answered(*leg),
            E::CallerTold { withheld, other_number, .. } => self.told(other_number.as_ref(), *withheld),
            E::Diverted { from, first, .. } => {
                self.told(from.as_ref(), from.is_none());
                self.told(first.as_ref(), false);
            }
            E::AnswerTold { number, withheld, .. } => self.told(number.as_ref(), *withheld),
            E::PartyTold { change, number, .. } => {
                self.told(number.as_ref(), number.is_none() && *change != PartyChange::Named);
            }
            E::DivertedTo { to, .. } => self.told(to.as_ref(), to.is_none()),
            E::Transferred { number, queue, .. } => {
                self.told(number.as_ref(), false);
                queue.iter().for_each(|queue| self.queues.add(queue.clone()));
            }
            E::Forwarded { extension, to, .. } => {
                self.numbers.add(extension.clone());
                self.number(to);
            }
            E::AgentSet { person, .. } => person.iter().for_each(|person| self.people.add(*person)),
            E::TelephoneUnlocked { person, .. } => self.people.add(*person),
            E::MailReached { extension, .. } | E::MailLeft { extension, .. } | E::MailRefused { extension, .. } => {
                self.numbers.add(extension.clone())
            }
            E::MailOpened { extension, person, .. }
            | E::MailHeard { extension, person, .. }
            | E::MailDeleted { extension, person, .. }
            | E::MailGreeting { extension, person, .. } => {
                self.numbers.add(extension.clone());
                self.people.add(*person);
            }
            E::CallBackAsked { number, .. } => self.told(number.as_ref(), false),
            E::Queued { queue, .. } | E::Dequeued { queue, .. } | E::BackToQueue { queue, .. } => {
                self.queues.add(queue.clone())
            }
            E::Offered { queue, extension, person, .. } => self.offered(queue.as_ref(), extension, *person),
            E::SupervisionBegan { person, extension, .. } => {
                self.people.add(*person);
                self.numbers.add(extension.clone());
            }
            // Who came from another call took part in what was told there; and what was told just before a life of the
            // daemon ended may not have become durable.
            E::Joined { .. } | E::Readopted { .. } => self.misses_some(),
            E::Began { .. }
            | E::WantedTold { .. }
            | E::RuleSpoils { .. }
            | E::UserUserTold { .. }
            | E::NoticeTold { .. }
            | E::TextTold { .. }
            | E::Charged { .. }
            | E::TariffTold { .. }
            | E::MaliciousCallTold { .. }
            | E::MaliciousCallMarked { .. }
            | E::MaliciousCallAnswered { .. }
            | E::CallBackAnswered { .. }
            | E::CallBackBegan { .. }
            | E::CallBackOver { .. }
            | E::CallBacksDropped { .. }
            | E::LegRinging { .. }
            | E::FarEndGone { .. }
            | E::SoundHeard { .. }
            | E::LegEnded { .. }
            | E::FlowEntered { .. }
            | E::PromptBegan { .. }
            | E::MenuChosen { .. }
            | E::MenuInvalid { .. }
            | E::MenuTimedOut { .. }
            | E::ConsentAsked { .. }
            | E::DigitsTaken { .. }
            | E::OfferEnded { .. }
            | E::Bridged { .. }
            | E::HandedOver { .. }
            | E::HandOverRefused { .. }
            | E::Held { .. }
            | E::Retrieved { .. }
            | E::ConferenceBegan { .. }
            | E::ConferenceLeft { .. }
            | E::TransferReturned { .. }
            | E::Waits { .. }
            | E::WaitingTaken { .. }
            | E::HeldForOther { .. }
            | E::LineFlashed { .. }
            | E::NoWrapUp { .. }
            | E::ServiceSet { .. }
            | E::ServiceRefused { .. }
            | E::ServiceAsked { .. }
            | E::NotForwarded { .. }
            | E::NotDisturbed { .. }
            | E::WrapUpEnded { .. }
            | E::NoAgent { .. }
            | E::TelephoneLocked { .. }
            | E::NotUnlocked { .. }
            | E::PickedUp { .. }
            | E::NothingPickedUp { .. }
            | E::Parked { .. }
            | E::TakenUp { .. }
            | E::NobodyParked { .. }
            | E::WentOver { .. }
            | E::NothingRedialled { .. }
            | E::NotJoined { .. }
            | E::Unbridged { .. }
            | E::RecordingBegan { .. }
            | E::MaskingBegan { .. }
            | E::MaskingEnded { .. }
            | E::MaskingEndAsked { .. }
            | E::EndAsked { .. }
            | E::SupervisionChanged { .. }
            | E::SupervisionEnded { .. }
            | E::SupervisionRefused { .. }
            | E::RecordingMissing { .. }
            | E::Preempted { .. }
            | E::Ended { .. } => {}
        }
    }

    fn leg_began(&mut self, leg: LegId, role: LegRole, endpoint: &Endpoint, number: Option<&Number>) {
        let is_station = matches!(endpoint, Endpoint::Station { .. });
        self.told(number, number.is_none() && !is_station);
        self.placed(leg, endpoint);
        // Who sits where a call begins is not told.
        if role == LegRole::Caller && is_station {
            self.people.misses_some();
        }
    }

    fn placed(&mut self, leg: LegId, endpoint: &Endpoint) {
        self.stations.remove(&leg);
        if let Endpoint::Station { extension, .. } = endpoint {
            self.numbers.add(extension.clone());
            self.stations.insert(leg, extension.clone());
        }
    }

    fn offered(&mut self, queue: Option<&String>, extension: &str, person: Option<PersonId>) {
        queue.into_iter().for_each(|queue| self.queues.add(queue.clone()));
        person.into_iter().for_each(|person| self.people.add(person));
        self.offered.insert(extension.to_owned(), person);
    }

    /// A station that answers has somebody at it, whom the offer named, or nobody did.
    fn answered(&mut self, leg: LegId) {
        let Some(extension) = self.stations.get(&leg) else { return };
        if self.offered.get(extension).copied().flatten().is_none() {
            self.people.misses_some();
        }
    }

    fn number(&mut self, number: &Number) {
        self.numbers.add(number.as_str().to_owned());
    }

    fn told(&mut self, number: Option<&Number>, is_missing: bool) {
        number.into_iter().for_each(|number| self.number(number));
        if is_missing {
            self.numbers.misses_some();
        }
    }
}

#[cfg(test)]
mod tests {
    use call::{AnswerEvidence, LegRole};
    use frame::{CallId, LifeNo};

    use super::*;
    use crate::journal::sample::{CALL, queued_call, records};

    const THIRD: LegId = LegId::new(LifeNo(1), 40);

    /// What took part in the sample's call, with more told just before its legs end.
    fn with(more: impl IntoIterator<Item = CallEvent>) -> TookPart {
        let mut events = queued_call();
        let at = events.iter().position(|(_, event)| matches!(event, Event::Call(CallEvent::LegEnded { .. }))).unwrap();
        events.splice(at..at, more.into_iter().map(|event| (9000, event.into())));
        TookPart::of(&records(events))
    }

    fn names(part: &TookPart, person: u32) -> bool {
        part.people.may_be(|of| *of == PersonId(person))
    }

    fn answers_at(extension: &str) -> [CallEvent; 2] {
        let endpoint = Endpoint::Station { port: "SIM-FXS.4".parse().unwrap(), extension: extension.to_owned() };
        let (role, evidence) = (LegRole::Called, AnswerEvidence::OffHook);
        [
            CallEvent::LegBegan { call: CALL, leg: THIRD, role, endpoint, number: None },
            CallEvent::LegAnswered { call: CALL, leg: THIRD, evidence },
        ]
    }

    fn offered(extension: &str, person: Option<u32>) -> CallEvent {
        let (queue, extension) = (Some("second".to_owned()), extension.to_owned());
        CallEvent::Offered { call: CALL, queue, extension, person: person.map(PersonId) }
    }

    #[test]
    fn a_call_that_was_told_whole_has_its_queues_people_and_numbers_and_no_others() {
        let part = with([]);
        assert_eq!(part.queues, Known::all(["service".to_owned()]));
        assert_eq!(part.people, Known::all([PersonId(7)]));
        assert_eq!(part.numbers, Known::all(["13912348000", "62001000", "803"].map(str::to_owned)));
    }

    #[test]
    fn a_second_queue_and_whoever_the_call_came_to_after_the_answer_take_part() {
        let part = with([offered("804", Some(8))].into_iter().chain(answers_at("804")));
        assert_eq!(part.queues, Known::all(["service".to_owned(), "second".to_owned()]));
        assert_eq!(part.people, Known::all([PersonId(7), PersonId(8)]));
    }

    #[test]
    fn a_station_at_which_nobody_was_named_may_be_anybodys() {
        assert!(names(&with(answers_at("804")), 99), "handed over, without an offer");
        assert!(names(&with([offered("804", None)].into_iter().chain(answers_at("804"))), 99));
        let twice = [offered("804", Some(8)), offered("804", None)];
        assert!(names(&with(twice.into_iter().chain(answers_at("804"))), 99), "the newer offer names nobody");
        assert!(!names(&with([offered("804", None)]), 99), "it did not answer");
    }

    #[test]
    fn a_number_that_is_not_told_may_be_any() {
        let may_be = |part: &TookPart| part.numbers.may_be(|of| of == "4");
        assert!(!may_be(&with([])));
        let withheld = CallEvent::CallerTold {
            call: CALL,
            leg: LegId::new(LifeNo(1), 1),
            withheld: true,
            other_number: None,
            name: None,
            subaddress: None,
        };
        assert!(may_be(&with([withheld])));
        let change = PartyChange::Named;
        let leg = THIRD;
        let named = CallEvent::PartyTold { call: CALL, leg, change, number: None, withheld: false, name: None };
        assert!(!may_be(&with([named])), "a name alone changes nobody");
    }

    #[test]
    fn who_came_from_another_call_or_over_a_restart_and_what_is_unknown_leaves_all_open() {
        let joined = CallEvent::Joined { call: CALL, leg: THIRD, by: THIRD };
        let readopted = CallEvent::Readopted { call: CALL, life: LifeNo(2), gap_ms: 1 };
        for event in [joined, readopted] {
            let part = with([event]);
            assert!(names(&part, 99) && part.queues.may_be(|_| false) && part.numbers.may_be(|_| false));
        }
        let mut of = records(queued_call());
        assert!(!names(&TookPart::of(&of), 99));
        assert!(names(&TookPart::of(&of[1..]), 99), "its beginning is lost");
        let text = "{\"kind\":\"never_heard_of\",\"call\":\"1-1\"}";
        of.last_mut().unwrap().fact = Fact::parse(text);
        assert_eq!(of.last().unwrap().call(), Some(CallId::new(LifeNo(1), 1)));
        assert!(names(&TookPart::of(&of), 99));
    }
}
