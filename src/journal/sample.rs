//! Calls for the journal's tests: what one call tells, from seizure to sealed recording.

use call::{AnswerEvidence, CallClass, CallEvent, Direction, Endpoint, LegRole, QueueExit, Side};
use frame::{
    BootNo, CallId, EventNo, LaneId, LegId, LifeNo, PersonId, RecordingId, SpanId, Stamp, Time, Timeslot, Utc,
};
use isdn::Cause;

use super::{BoxEvent, Event, Fact, Record};

const LIFE: LifeNo = LifeNo(1);

/// The call that [`queued_call`] tells.
pub(super) const CALL: CallId = CallId::new(LIFE, 1);

/// The moment `ms` after the tests begin.
pub(super) fn stamp(ms: u64) -> Stamp {
    let utc = 1_795_463_676_000_000 + ms as i64 * 1000;
    Stamp { boot: BootNo(1), time: Time::from_ms(ms), utc: Utc::from_us(utc) }
}

/// A caller from the network waits in a queue, is answered, hangs up.
pub(super) fn queued_call() -> Vec<(u64, Event)> {
    queued_call_no(1, 1000)
}

/// The same as call number `no`, from `at` on, in milliseconds.
pub(super) fn queued_call_no(no: u32, at: u64) -> Vec<(u64, Event)> {
    use CallEvent as E;
    let call = CallId::new(LIFE, no);
    let [caller, called] = [LegId::new(LIFE, 2 * no - 1), LegId::new(LIFE, 2 * no)];
    let (recording, lane) = (RecordingId::new(LIFE, no), LaneId::new(SpanId(1), Timeslot(5)));
    let channel = Endpoint::Channel { lane, group: "telecom".to_owned() };
    let station = Endpoint::Station { port: "SIM-FXS.3".parse().unwrap(), extension: "803".to_owned() };
    let (queue, extension) = ("service".to_owned(), "803".to_owned());
    let cause = Cause::NormalClearing;
    let number = |text: &str| text.parse().unwrap();
    let from = Some(number("13912348000"));
    let to = Some(number("803"));
    let events: [(u64, Event); 16] = [
        (0, E::Began { call, direction: Direction::Incoming, class: CallClass::Normal, settings: 1 }.into()),
        (0, E::Dialled { call, number: number("62001000") }.into()),
        (0, E::LegBegan { call, leg: caller, role: LegRole::Caller, endpoint: channel, number: from }.into()),
        (100, E::LegAnswered { call, leg: caller, evidence: AnswerEvidence::Signalled }.into()),
        (100, E::RecordingBegan { call, recording, leg: caller, part: 1 }.into()),
        (100, E::FlowEntered { call, flow: "main".to_owned() }.into()),
        (1000, E::Queued { call, queue: queue.clone(), position: 1 }.into()),
        (
            2000,
            E::Offered { call, queue: Some(queue.clone()), extension: extension.clone(), person: Some(PersonId(7)) }
                .into(),
        ),
        (2000, E::LegBegan { call, leg: called, role: LegRole::Called, endpoint: station, number: to }.into()),
        (2100, E::LegRinging { call, leg: called }.into()),
        (5000, E::Dequeued { call, queue, why: QueueExit::Answered }.into()),
        (6000, E::LegAnswered { call, leg: called, evidence: AnswerEvidence::OffHook }.into()),
        (12_000, E::LegEnded { call, leg: caller, cause, by: Side::Caller }.into()),
        (12_000, E::LegEnded { call, leg: called, cause, by: Side::Box }.into()),
        (12_000, E::Ended { call, cause, by: Side::Caller }.into()),
        (
            12_500,
            BoxEvent::RecordingFinished {
                records: 9,
                commitments: "cd".repeat(32),
                call,
                recording,
                object: format!("1-{no}.rec"),
                chunks: 119,
                seconds: 12,
                head: "00ff".to_owned(),
            }
            .into(),
        ),
    ];
    events.map(|(ms, event)| (at + ms, event)).into()
}

/// The events as they stand in a log that holds nothing else.
pub(super) fn records(events: Vec<(u64, Event)>) -> Vec<Record> {
    records_from(1, events)
}

/// The same from number `first` on.
pub(super) fn records_from(first: u64, events: Vec<(u64, Event)>) -> Vec<Record> {
    let record = |(no, (ms, event))| Record {
        no: EventNo(no),
        stamp: stamp(ms),
        life: LIFE,
        version: 1,
        fact: Fact::Known(event),
    };
    (first..).zip(events).map(record).collect()
}
