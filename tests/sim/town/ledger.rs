//! What holds at the end of a day: the log adds up, and every call that had to be recorded is, with its own voices.
//!
//! Counted here from the single events, on a way of its own; the detail records and the index have to agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use call::{CallEvent, Endpoint, LegRole, OfferEnd, QueueExit, Side};
use frame::{CallId, EventNo, LegId, Time, Utc};
use isdn::Cause;
use ringfence::journal::{BoxEvent, Cdr, CdrLeg, Event, Follower, IndexReader, Projection, Record, RecordingState};

use super::{Cuts, Seen, Town, settings, voices::Speaker};
use crate::house::House;

/// A day as its log tells it.
pub struct Ledger {
    pub cdrs: BTreeMap<CallId, Cdr>,
    records: Vec<Record>,
    /// The part that each leg plays, and its call.
    roles: BTreeMap<LegId, (CallId, LegRole)>,
}

/// How often things happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub calls: usize,
    pub answered: usize,
    pub abandoned: usize,
    /// Callers who gave up in a menu or in a queue.
    pub gave_up: usize,
    pub busy: usize,
    /// Calls for which a telephone rang out.
    pub no_answer: usize,
    /// Calls whose caller pressed a key that the menu does not have.
    pub wrong_digits: usize,
    pub recorded: usize,
}

impl Ledger {
    pub fn of(house: &House) -> Ledger {
        let records = house.records.clone();
        let mut cdrs = BTreeMap::<CallId, Cdr>::new();
        let mut roles = BTreeMap::new();
        for record in &records {
            let Some(call) = record.call() else { continue };
            match cdrs.get_mut(&call) {
                Some(cdr) => cdr.apply(record),
                None => drop(cdrs.insert(call, Cdr::begin(record).expect("it has a call"))),
            }
            if let Some(Event::Call(CallEvent::LegBegan { call, leg, role, .. })) = record.event() {
                roles.insert(*leg, (*call, *role));
            }
        }
        Ledger { cdrs, records, roles }
    }

    /// Everything that holds whatever happened.
    pub fn check(&self, town: &Town) -> Counts {
        self.numbers_have_no_gap();
        self.everything_that_began_ended_once();
        let counts = self.counts();
        self.index_agrees(&counts);
        self.queues_agree();
        self.telephones_agree();
        self.wrap_up_is_kept();
        self.recordings_agree(&town.house);
        self.voices_are_their_own(town);
        counts
    }

    /// How long the talks were, in seconds, the shortest first.
    pub fn talks_s(&self) -> Vec<u64> {
        let answered = self.cdrs.values().filter(|cdr| cdr.answered.is_some());
        let mut talks: Vec<u64> = answered.map(|cdr| cdr.talk().as_secs()).collect();
        talks.sort_unstable();
        talks
    }

    fn facts(&self) -> impl Iterator<Item = (&Record, &CallEvent)> {
        self.records.iter().filter_map(|record| match record.event() {
            Some(Event::Call(event)) => Some((record, event)),
            _ => None,
        })
    }

    fn numbers_have_no_gap(&self) {
        let numbers = self.records.iter().map(|record| record.no);
        assert!(numbers.eq((1..=self.records.len() as u64).map(EventNo)), "the log has every number once");
    }

    fn everything_that_began_ended_once(&self) {
        let mut open = BTreeMap::<String, usize>::new();
        let mut began = BTreeSet::new();
        for (_, fact) in self.facts() {
            let (begins, what) = match fact {
                CallEvent::Began { call, .. } => (true, format!("call {call}")),
                CallEvent::Ended { call, .. } => (false, format!("call {call}")),
                CallEvent::LegBegan { leg, .. } => (true, format!("leg {leg}")),
                CallEvent::LegEnded { leg, .. } => (false, format!("leg {leg}")),
                CallEvent::Bridged { a, b, .. } => (true, format!("bridge {a} {b}")),
                CallEvent::Unbridged { a, b, .. } => (false, format!("bridge {a} {b}")),
                CallEvent::Queued { call, queue, .. } => (true, format!("wait of {call} in {queue}")),
                // Who finds the queue full has not waited.
                CallEvent::Dequeued { why: QueueExit::Full, .. } => continue,
                CallEvent::Dequeued { call, queue, .. } => (false, format!("wait of {call} in {queue}")),
                _ => continue,
            };
            if begins {
                assert!(began.insert(what.clone()), "{what} began twice");
                open.insert(what, 1);
            } else {
                let call = fact.call();
                let of = || self.facts().filter(|(_, fact)| fact.call() == call).collect::<Vec<_>>();
                assert!(open.remove(&what).is_some(), "{what} ended without having begun: {:#?}", of());
            }
        }
        assert_eq!(open.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "all that began has ended");
        assert!(self.cdrs.values().all(|cdr| cdr.ended.is_some() && cdr.legs.iter().all(|leg| leg.ended.is_some())));
    }

    /// Counted from events; the detail records must say the same.
    fn counts(&self) -> Counts {
        let answered = self.calls_with(|ledger, fact| match fact {
            CallEvent::LegAnswered { leg, .. } => ledger.roles[leg].1 == LegRole::Called,
            _ => false,
        });
        let reached = self.calls_with(|_, fact| match fact {
            CallEvent::Queued { .. } => true,
            CallEvent::LegBegan { role, .. } => *role == LegRole::Called,
            _ => false,
        });
        let given_up = self.calls_with(|_, fact| matches!(fact, CallEvent::Ended { by: Side::Caller, .. }));
        let left = self.calls_with(|_, fact| matches!(fact, CallEvent::Dequeued { why: QueueExit::Abandoned, .. }));
        let in_vain: BTreeSet<CallId> = given_up.intersection(&reached).copied().collect();
        let in_vain: BTreeSet<CallId> = in_vain.difference(&answered).copied().collect();
        assert!(left.is_subset(&in_vain), "who leaves a queue gives up");
        let served =
            self.calls_with(|_, fact| matches!(fact, CallEvent::FlowEntered { .. } | CallEvent::Queued { .. }));
        let gave_up: BTreeSet<CallId> = given_up.intersection(&served).copied().collect();
        let busy = self.calls_with(|_, fact| matches!(fact, CallEvent::Ended { cause: Cause::UserBusy, .. }));
        let rang_out = self.calls_with(|_, fact| matches!(fact, CallEvent::OfferEnded { why: OfferEnd::NoAnswer, .. }));
        let wrong = self.calls_with(|_, fact| matches!(fact, CallEvent::MenuInvalid { .. }));
        assert_eq!(answered, self.rows(|cdr| cdr.answered.is_some()), "answered");
        assert_eq!(in_vain, self.rows(|cdr| cdr.abandoned), "abandoned");
        assert_eq!(busy, self.rows(|cdr| cdr.cause == Some(Cause::UserBusy)), "busy");
        Counts {
            calls: self.cdrs.len(),
            answered: answered.len(),
            abandoned: in_vain.len(),
            gave_up: gave_up.difference(&answered).count(),
            busy: busy.len(),
            no_answer: rang_out.len(),
            wrong_digits: wrong.len(),
            recorded: self.calls_with(|_, fact| matches!(fact, CallEvent::RecordingBegan { .. })).len(),
        }
    }

    fn calls_with(&self, fits: impl Fn(&Ledger, &CallEvent) -> bool) -> BTreeSet<CallId> {
        self.facts().filter(|(_, fact)| fits(self, fact)).map(|(_, fact)| fact.call()).collect()
    }

    fn rows(&self, fits: impl Fn(&Cdr) -> bool) -> BTreeSet<CallId> {
        self.cdrs.values().filter(|cdr| fits(cdr)).map(|cdr| cdr.call).collect()
    }

    /// The index, made from the same log, sums up to the same.
    fn index_agrees(&self, counts: &Counts) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.db");
        let mut index = Projection::open(&path).unwrap();
        index.follow(&self.records).unwrap();
        let sums = IndexReader::open(&path).unwrap().counters(Utc::from_us(0)).unwrap();
        let sum = |count: usize| count as u64;
        assert_eq!((sums.calls, sums.answered), (sum(counts.calls), sum(counts.answered)));
        assert_eq!((sums.abandoned, sums.due), (sum(counts.abandoned), sum(counts.recorded)));
        assert_eq!(sums.recorded + sums.incomplete, sums.due, "nothing is missing or under way");
    }

    /// Each queue's answers and waits, told by events and by rows.
    fn queues_agree(&self) {
        let mut since = BTreeMap::new();
        let (mut waited, mut answered) = (BTreeMap::<&str, Duration>::new(), BTreeMap::<&str, usize>::new());
        for (record, fact) in self.facts() {
            match fact {
                CallEvent::Queued { call, .. } => drop(since.insert(*call, record.stamp.time)),
                CallEvent::Dequeued { call, queue, why } => {
                    let since = since.remove(call).unwrap_or(record.stamp.time);
                    *waited.entry(queue).or_default() += record.stamp.time.since(since);
                    *answered.entry(queue).or_default() += usize::from(*why == QueueExit::Answered);
                }
                _ => (),
            }
        }
        for (queue, waited) in waited {
            let rows = || self.cdrs.values().filter(|cdr| cdr.queue.as_deref() == Some(queue));
            assert_eq!(waited, rows().map(|cdr| cdr.waited).sum::<Duration>(), "waits in {queue}");
            assert_eq!(answered[queue], rows().filter(|cdr| cdr.answered.is_some()).count(), "answers in {queue}");
        }
    }

    fn telephones_agree(&self) {
        let mut by_events = BTreeMap::<String, usize>::new();
        let mut extension_of = BTreeMap::new();
        for (_, fact) in self.facts() {
            match fact {
                CallEvent::LegBegan {
                    leg,
                    role: LegRole::Called,
                    endpoint: Endpoint::Station { extension, .. },
                    ..
                } => drop(extension_of.insert(*leg, extension.clone())),
                CallEvent::LegAnswered { leg, .. } => {
                    if let Some(extension) = extension_of.get(leg) {
                        *by_events.entry(extension.clone()).or_default() += 1;
                    }
                }
                _ => (),
            }
        }
        let mut by_rows = BTreeMap::<String, usize>::new();
        for cdr in self.cdrs.values().filter(|cdr| cdr.answered.is_some()) {
            if let Some(extension) = &cdr.extension {
                *by_rows.entry(extension.clone()).or_default() += 1;
            }
        }
        assert_eq!(by_events, by_rows, "answers at each telephone");
    }

    /// No queue offers a caller to an agent before the wrap-up of the call before is over, whichever queue that was.
    fn wrap_up_is_kept(&self) {
        let settings = settings(&super::board());
        let wrap_up = |queue: &str| {
            let row = settings.queues.iter().find(|row| row.name == queue).expect("a queue of the settings");
            Duration::from_secs(row.wrap_up_s.into())
        };
        let mut until = BTreeMap::<String, Time>::new();
        for (record, fact) in self.facts() {
            let now = record.stamp.time;
            match fact {
                CallEvent::Unbridged { call, .. } => {
                    let cdr = &self.cdrs[call];
                    if let (Some(queue), Some(extension)) = (&cdr.queue, &cdr.extension) {
                        until.insert(extension.clone(), now + wrap_up(queue));
                    }
                }
                CallEvent::Offered { queue: Some(_), extension, .. } => {
                    let busy_until = until.get(extension).copied().unwrap_or_default();
                    assert!(busy_until <= now, "{extension} is in wrap-up until {busy_until:?}, and rings at {now:?}");
                }
                _ => (),
            }
        }
    }

    /// One recording, whole, for each call that is due for one; and the vault verifies, sealed and opened.
    fn recordings_agree(&self, house: &House) {
        let mut finished = BTreeMap::<CallId, usize>::new();
        for record in &self.records {
            if let Some(Event::Box(BoxEvent::RecordingFinished { call, .. })) = record.event() {
                *finished.entry(*call).or_default() += 1;
            }
        }
        let due = self.rows(|cdr| cdr.recording.id.is_some());
        assert_eq!(due, finished.keys().copied().collect(), "one recording for each call that is due");
        assert!(finished.values().all(|count| *count == 1), "each told once");
        for cdr in self.cdrs.values() {
            let unrecorded = cdr.queue.as_deref() == Some("confidential");
            // What is heard on an outside line before its answer is known may be the party, so it is recorded.
            let on_line =
                |leg: &CdrLeg| leg.role == LegRole::Called && matches!(leg.endpoint, Endpoint::OutsideLine { .. });
            let answered = cdr.legs.iter().any(|leg| leg.answered.is_some());
            let expected = match (unrecorded, answered, cdr.legs.iter().any(on_line)) {
                (true, ..) | (_, false, false) => &[RecordingState::NotDue][..],
                (_, true, _) => &[RecordingState::Complete],
                (_, false, true) => &[RecordingState::Complete, RecordingState::NotDue],
            };
            assert!(expected.contains(&cdr.recording.state()), "{expected:?}: {cdr:#?}");
        }
        for open in [false, true] {
            let report = house.verify(open);
            assert_eq!(report.findings, [], "the vault is intact");
            assert_eq!(report.objects, due.len() as u64);
        }
    }

    /// Each track of each recording has its own party's voice for as long as they talked, and nobody else's.
    fn voices_are_their_own(&self, town: &Town) {
        for cdr in self.cdrs.values() {
            let (Some(object), Some(script)) = (&cdr.recording.object, town.seen.scripts.get(&cdr.call)) else {
                continue;
            };
            let playback = town.house.open(object);
            assert_eq!(playback.call, Some(cdr.call));
            for voice in playback.parts.iter().flat_map(|part| &part.voices) {
                let (call, role) = self.roles[&voice.leg];
                assert_eq!(call, cdr.call);
                let speaker: Speaker = (*script, role);
                let heard = town.voices.heard(&voice.octets);
                assert!(heard.keys().all(|heard| *heard == speaker), "{speaker:?} has {heard:?} in {object}");
                let talk = (cdr.talk().as_millis() / 10) as usize;
                let own = heard.get(&speaker).copied().unwrap_or_default();
                // A handset that is hung up is seen after 1.25 s, an outside line after three cycles of busy tone.
                let on_line = |leg: &CdrLeg| matches!(leg.endpoint, Endpoint::OutsideLine { .. });
                let unseen = if cdr.legs.iter().any(on_line) { 350 } else { 150 };
                let least = if town.cuts == Cuts::None { talk.saturating_sub(unseen) } else { 0 };
                assert!((least..=talk + 2).contains(&own), "{speaker:?} says {own} of {talk} ticks in {object}");
            }
        }
    }
}

impl Seen {
    /// Which of the house's lanes nobody used.
    pub fn unused(&self, house: &House) -> Vec<String> {
        let channels = house.layout.span(super::SPAN).into_iter().flat_map(|span| span.voice());
        let channels = channels.map(|timeslot| frame::LaneId::new(super::SPAN, timeslot));
        let jacks = house.layout.jacks.iter().filter(|jack| jack.kind != settings::CardKind::E1).map(|jack| jack.lane);
        channels.chain(jacks).filter(|lane| !self.lanes.contains(lane)).map(|lane| lane.to_string()).collect()
    }
}
