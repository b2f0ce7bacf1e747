use call::{AnswerEvidence, CallClass, CallEvent, Direction, Endpoint, LegRole, Side};
use frame::{CallId, LaneId, LegId, LifeNo, PersonId, SpanId, Timeslot, Utc};
use isdn::Cause;
use proptest::prelude::*;

use super::*;
use crate::journal::{Event, Follower as _, IndexReader, Projection, Record, RecordingState, sample::records_from};

const LIFE: LifeNo = LifeNo(1);

/// A call as the tests make it: small numbers, so that many calls share each.
#[derive(Clone, Debug)]
struct Told {
    /// Where the wall clock stood: it steps.
    began_s: i64,
    direction: Direction,
    queues: Vec<u8>,
    /// Who was offered the call, and whether they took it.
    people: Vec<(u8, bool)>,
    number: u8,
    talk_s: u8,
    is_over: bool,
}

fn told() -> impl Strategy<Value = Told> {
    let direction = prop_oneof![Just(Direction::Incoming), Just(Direction::Outgoing), Just(Direction::Internal)];
    let queues = prop::collection::vec(0..3u8, 0..3);
    let people = prop::collection::vec((0..3u8, any::<bool>()), 0..3);
    (-400_000..400_000i64, direction, queues, people, 0..6u8, 0..4u8, prop::bool::weighted(0.9)).prop_map(
        |(began_s, direction, queues, people, number, talk_s, is_over)| Told {
            began_s,
            direction,
            queues,
            people,
            number,
            talk_s,
            is_over,
        },
    )
}

fn queue(no: u8) -> String {
    format!("queue {no}")
}

/// Numbers with equal ends, in several ways of writing.
fn number(no: u8) -> String {
    ["13912348000", "+13912348000", "013912348000", "62008000", "803", "8000"][usize::from(no)].to_owned()
}

impl Told {
    fn events(&self, no: u32) -> Vec<Event> {
        use CallEvent as E;
        let call = CallId::new(LIFE, no);
        let legs: Vec<LegId> = (0..8).map(|leg| LegId::new(LIFE, 8 * no + leg)).collect();
        let lane = LaneId::new(SpanId(1), Timeslot(1 + (no % 2) as u8));
        let channel = Endpoint::Channel { lane, group: "telecom".to_owned() };
        let from = number(self.number).parse().ok();
        let mut events = vec![
            E::Began { call, direction: self.direction, class: CallClass::Normal, settings: 1 },
            E::LegBegan { call, leg: legs[0], role: LegRole::Caller, endpoint: channel, number: from },
        ];
        events.extend(self.queues.iter().map(|&no| E::Queued { call, queue: queue(no), position: 1 }));
        for (leg, (person, takes)) in self.people.iter().enumerate() {
            let (leg, extension) = (legs[leg + 1], format!("90{person}"));
            let station = Endpoint::Station { port: "SIM-FXS.3".parse().unwrap(), extension: extension.clone() };
            events.push(E::Offered { call, queue: None, extension, person: Some(PersonId(u32::from(*person))) });
            events.push(E::LegBegan { call, leg, role: LegRole::Called, endpoint: station, number: None });
            if *takes {
                events.push(E::LegAnswered { call, leg, evidence: AnswerEvidence::OffHook });
            }
        }
        if self.is_over {
            events.push(E::Ended { call, cause: Cause::NormalClearing, by: Side::Caller });
        }
        events.into_iter().map(Event::from).collect()
    }

    /// The first of its events has number `first`.
    fn records(&self, no: u32, first: u64) -> Vec<Record> {
        let events = self.events(no).into_iter().map(|event| (0, event)).collect();
        let mut records = records_from(first, events);
        let utc = Utc::from_us(self.began_s * 1_000_000);
        records.iter_mut().for_each(|record| record.stamp.utc = utc);
        if let Some(last) = records.last_mut().filter(|_| self.is_over) {
            last.stamp.time += std::time::Duration::from_secs(u64::from(self.talk_s));
        }
        records
    }

    fn took(&self, person: PersonId) -> bool {
        self.people.iter().any(|&(no, takes)| takes && u32::from(no) == person.0)
    }

    fn talk_ms(&self) -> u64 {
        let answered = self.people.iter().any(|(_, takes)| *takes);
        if answered { u64::from(self.talk_s) * 1000 } else { 0 }
    }

    /// What the walk has to find, said without it.
    fn fits(&self, no: u32, question: &Question) -> bool {
        let began = Utc::from_us(self.began_s * 1_000_000);
        let number = number(self.number);
        let bare = number.trim_start_matches(['+', '0']);

        let number_fits = |wanted: &WantedNumber| match wanted {
            WantedNumber::Whole(whole) => bare == whole.as_str().trim_start_matches(['+', '0']),
            WantedNumber::LastFour(end) => number.ends_with(end.as_str()),
        };
        let line = format!("1/{}", 1 + no % 2);
        self.is_over
            && question.from.is_none_or(|from| began >= from)
            && question.until.is_none_or(|until| began < until)
            && question.direction.is_none_or(|direction| direction == self.direction)
            && question.recording.is_none_or(|state| state == RecordingState::NotDue)
            && question.queue.as_ref().is_none_or(|name| self.queues.iter().any(|&no| queue(no) == *name))
            && question.person.is_none_or(|person| self.took(person))
            && question.line.as_ref().is_none_or(|wanted| *wanted == line)
            && question.number.as_ref().is_none_or(number_fits)
    }
}

fn question() -> impl Strategy<Value = Question> {
    let maybe_utc = || prop::option::weighted(0.3, (-400_000..400_000i64).prop_map(|s| Utc::from_us(s * 1_000_000)));
    let direction = prop::option::weighted(0.3, prop_oneof![Just(Direction::Incoming), Just(Direction::Outgoing)]);
    let recording =
        prop::option::weighted(0.2, prop_oneof![4 => Just(RecordingState::NotDue), 1 => Just(RecordingState::Missing)]);
    let order = prop::sample::select(FindOrder::ALL.to_vec());
    let line = prop::option::weighted(0.2, (1..3u8).prop_map(|timeslot| format!("1/{timeslot}")));
    let wanted = prop::option::weighted(0.3, (0..6u8).prop_map(|no| number(no).parse().unwrap()));
    let queue = prop::option::weighted(0.4, (0..3u8).prop_map(queue));
    let person = prop::option::weighted(0.4, (0..3u32).prop_map(PersonId));
    (maybe_utc(), maybe_utc(), direction, recording, order, line, wanted, queue, person).prop_map(
        |(from, until, direction, recording, order, line, number, queue, person)| Question {
            from,
            until,
            direction,
            queue,
            person,
            line,
            number,
            recording,
            order,
        },
    )
}

/// The index of these calls, and the first event of each call.
fn indexed(calls: &[Told]) -> (Projection, Vec<u64>) {
    let (mut records, mut firsts) = (Vec::new(), Vec::new());
    for (no, told) in (1..).zip(calls) {
        let first = records.len() as u64 + 1;
        firsts.push(first);
        records.extend(told.records(no, first));
    }
    let mut index = Projection::in_memory().unwrap();
    index.follow(&records).unwrap();
    (index, firsts)
}

/// All pages of an answer, one after the other.
fn all_pages(index: &Projection, question: &Question, rows_max: u32) -> Vec<u32> {
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = find(&index.db, question, after, rows_max).unwrap();
        assert!(page.len() <= rows_max as usize);
        let Some(last) = page.last() else { return found };
        after = Some(question.key_of(last));
        assert_eq!(after, after.unwrap().to_string().parse().ok(), "a key is what its text says");
        found.extend(page.iter().map(|cdr| cdr.call.no));
    }
}

/// The same, by looking at each call.
fn looked_at(calls: &[Told], firsts: &[u64], question: &Question) -> Vec<u32> {
    let mut fit: Vec<(u64, u64, u32)> = (1..)
        .zip(calls.iter().zip(firsts))
        .filter(|(no, (told, _))| told.fits(*no, question))
        .map(|(no, (told, first))| (if question.order == FindOrder::Longest { told.talk_ms() } else { 0 }, *first, no))
        .collect();
    fit.sort_unstable();
    if question.order != FindOrder::Oldest {
        fit.reverse();
    }
    fit.into_iter().map(|(_, _, no)| no).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_is_what_looking_at_each_call_finds(
        calls in prop::collection::vec(told(), 0..160),
        questions in prop::collection::vec((question(), 1..40u32), 12),
    ) {
        let (index, firsts) = indexed(&calls);
        for (question, rows_max) in &questions {
            let found = all_pages(&index, question, *rows_max);
            prop_assert_eq!(found, looked_at(&calls, &firsts, question), "{:?}", question);
        }
    }
}

/// A call that waits in two queues, where the first person offered does not answer.
fn one() -> Told {
    Told {
        began_s: 0,
        direction: Direction::Incoming,
        queues: vec![0, 1],
        people: vec![(0, false), (1, true)],
        number: 0,
        talk_s: 3,
        is_over: true,
    }
}

#[test]
fn lists_longer_than_a_block_are_read_on_and_skipped_through() {
    let common = |no: u32| Told { number: u8::from(no.is_multiple_of(2)) * 4, people: Vec::new(), ..one() };
    let mut calls: Vec<Told> = (0..9000).map(common).collect();
    calls[100].queues = vec![2];
    calls[8900].queues = vec![2];
    let (index, firsts) = indexed(&calls);
    for order in FindOrder::ALL {
        let rare = Question { queue: Some(queue(2)), order, number: "803".parse().ok(), ..Question::default() };
        assert_eq!(all_pages(&index, &rare, 50).len(), 2);
        let common = Question { queue: Some(queue(0)), order, number: "803".parse().ok(), ..Question::default() };
        assert_eq!(all_pages(&index, &common, 999), looked_at(&calls, &firsts, &common));
    }
}

#[test]
fn an_offer_that_nobody_took_makes_no_call_somebodys() {
    let (index, _) = indexed(&[one()]);
    let of = |person| Question { person: Some(PersonId(person)), ..Question::default() };
    assert_eq!(find(&index.db, &of(0), None, 9).unwrap().len(), 0);
    assert_eq!(find(&index.db, &of(1), None, 9).unwrap().len(), 1);
    let queue = |no| Question { queue: Some(queue(no)), ..Question::default() };
    assert!((0..2).all(|no| find(&index.db, &queue(no), None, 9).unwrap().len() == 1), "each queue that it waited in");
}

#[test]
fn a_call_is_found_with_what_was_told_of_it_after_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let records = crate::journal::sample::records(crate::journal::sample::queued_call());
    let mut projection = Projection::open(&path).unwrap();
    let recorded = |state| Question { recording: Some(state), number: "8000".parse().ok(), ..Question::default() };
    let finds = |state| IndexReader::open(&path).unwrap().find(&recorded(state), None, 9).unwrap().len();
    let (last, all_but) = records.split_last().unwrap();
    projection.follow(all_but).unwrap();
    assert_eq!((finds(RecordingState::UnderWay), finds(RecordingState::Complete)), (1, 0));
    projection.follow(std::slice::from_ref(last)).unwrap();
    assert_eq!((finds(RecordingState::UnderWay), finds(RecordingState::Complete)), (0, 1));
}

#[test]
fn what_is_no_number_is_not_looked_for() {
    for wrong in ["", "+", "12a4", "139 1234 800x", "' OR 1", "123456789012345678901234567890123"] {
        assert!(wrong.parse::<WantedNumber>().is_err(), "{wrong}");
    }
    assert_eq!("139-1234 8000".parse::<WantedNumber>(), "(139)12348000".parse());
    assert!(matches!("8000".parse(), Ok(WantedNumber::LastFour(_))));
    assert!(matches!("803".parse(), Ok(WantedNumber::Whole(_))));
    assert_eq!(format!("{:?}", "13912348000".parse::<WantedNumber>().unwrap()), "Whole", "a log says no number");
    for wrong in ["x", "-", "1-", "1-2-3", "-1"] {
        assert!(wrong.parse::<PageKey>().is_err(), "{wrong}");
    }
}
