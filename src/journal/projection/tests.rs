use super::*;
use crate::journal::{
    Act, Actor, Alarm, Outcome, Place, Store,
    sample::{queued_call, queued_call_no, records, records_from, stamp},
};
use analog::port_test::{Findings, Tested};
use call::{RecordingGap, Side};
use frame::{LifeNo, PersonId, PortId, RecordingId, SpanId};
use isdn::Cause;

/// Every row of every table, as text.
fn dump(path: &Path) -> Vec<String> {
    let db = Connection::open(path).unwrap();
    let mut rows = Vec::new();
    for table in TABLES.iter().chain(&["state"]) {
        let mut select = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
        let columns = select.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            (0..columns)
                .map(|at| row.get_ref(at).map(|value| format!("{value:?}")))
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        rows.extend(select.query_map([], row).unwrap().map(|row| format!("{table}: {}", row.unwrap().join(" | "))));
    }
    rows
}

fn open(path: &Path) -> Projection {
    Projection::open(path).unwrap()
}

/// Fifty calls that overlap, an alarm, and an unknown event.
fn busy_minute() -> Vec<Record> {
    let mut events: Vec<(u64, Event)> = (1..=50).flat_map(|no| queued_call_no(no, 900 * u64::from(no))).collect();
    let alarm = Alarm::DiskSlow { store: Store::Vault };
    events.push((5_050, BoxEvent::AlarmRaised { alarm: alarm.clone() }.into()));
    events.push((7_050, BoxEvent::AlarmRaised { alarm: Alarm::LogOnReserve }.into()));
    events.push((9_050, BoxEvent::AlarmCleared { alarm }.into()));
    events.sort_by_key(|(at, _)| *at);
    let mut records = records(events);
    records[40].fact = Fact::parse(r#"{"about":"call","kind":"teleported","call":"1-2"}"#);
    records
}

#[test]
fn each_key_has_a_newest_recording_unless_nothing_was_sealed_for_it() {
    let key = || BoxEvent::VaultKey { certificate: "ab".repeat(32), destroyed: false }.into();
    let mut events: Vec<(u64, Event)> = [(1, 0), (2, 20_000), (3, 60_000), (4, 80_000), (5, 140_000)]
        .into_iter()
        .flat_map(|(no, at)| queued_call_no(no, at))
        .collect();
    // The last call goes on.
    events.truncate(events.len() - 4);
    events.extend([(50_000, key()), (100_000, key()), (120_000, key())]);
    let destroyed = BoxEvent::VaultKey { certificate: "cd".repeat(32), destroyed: true };
    events.push((75_000, destroyed.into()));
    events.sort_by_key(|(at, _)| *at);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    open(&path).follow(&records(events)).unwrap();
    let newest = IndexReader::open(&path).unwrap().newest_of_each_key().unwrap();
    assert_eq!(newest, [2, 4].map(|no| RecordingId::new(LifeNo(1), no)));
}

#[test]
fn batches_of_any_size_and_repeated_records_give_the_same_index() {
    let dir = tempfile::tempdir().unwrap();
    let records = busy_minute();
    let at_once = dir.path().join("at-once.db");
    open(&at_once).follow(&records).unwrap();
    let expected = dump(&at_once);
    assert!(expected.len() > records.len());
    for size in [17, 100] {
        let path = dir.path().join(format!("{size}.db"));
        for (at, _) in records.iter().enumerate().step_by(size) {
            // Opened anew each time, and told the batch before once more.
            let mut projection = open(&path);
            projection.follow(&records[at.saturating_sub(size)..(at + size).min(records.len())]).unwrap();
            assert_eq!(projection.last_no(), records[(at + size).min(records.len()) - 1].no);
        }
        assert_eq!(dump(&path), expected, "batches of {size}");
    }
}

#[test]
fn rows_are_the_fold_of_their_events() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let records = busy_minute();
    open(&path).follow(&records[..400]).unwrap();
    let reader = IndexReader::open(&path).unwrap();
    let rows = [reader.calls_now().unwrap(), reader.past_calls(None, 100).unwrap()].concat();
    assert!(!reader.calls_now().unwrap().is_empty() && rows.len() > 10);
    for row in rows {
        let events = reader.events(row.call).unwrap();
        let expected: Vec<Record> =
            records[..400].iter().filter(|record| record.call() == Some(row.call)).cloned().collect();
        assert_eq!(events, expected);
        assert_eq!(reader.call(row.call).unwrap(), crate::journal::cdr(&expected));
        assert_eq!(Some(row), crate::journal::cdr(&expected));
    }
    assert_eq!(reader.unknown_count().unwrap(), 1);
    assert_eq!(reader.call(CallId::new(LifeNo(9), 9)).unwrap(), None);
}

#[test]
fn pages_of_past_calls_follow_each_other_without_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    open(&path).follow(&busy_minute()).unwrap();
    let reader = IndexReader::open(&path).unwrap();
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = reader.past_calls(before, 7).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.first_no);
        seen.extend(page.iter().map(|cdr| cdr.call.no));
    }
    assert_eq!(seen, (1..=50).rev().collect::<Vec<_>>());
    let newest = reader.past_events(None, 5).unwrap();
    assert_eq!(newest[0].no, reader.last_no().unwrap());
    assert_eq!(reader.past_events(Some(newest[4].no), 1).unwrap()[0].no.0, newest[4].no.0 - 1);
}

#[test]
fn counters_add_up() {
    use call::CallEvent as E;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut projection = open(&path);
    projection.follow(&busy_minute()).unwrap();
    let [unrecorded, gave_up] = [60, 61].map(|no| CallId::new(LifeNo(1), no));
    let more: [E; 3] = [
        E::RecordingMissing { call: unrecorded, why: RecordingGap::Disk },
        E::Queued { call: gave_up, queue: "service".to_owned(), position: 1 },
        E::Ended { call: gave_up, cause: Cause::NormalClearing, by: Side::Caller },
    ];
    let more = more.map(|event| (90_000, event.into())).into();
    projection.follow(&records_from(projection.last_no().0 + 1, more)).unwrap();
    let reader = IndexReader::open(&path).unwrap();
    let expected = Counters {
        calls: 52,
        answered: 50,
        abandoned: 1,
        due: 51,
        recorded: 50,
        under_way: 0,
        incomplete: 0,
        missing: 1,
    };
    assert_eq!(reader.counters(stamp(0).utc).unwrap(), expected);
    assert_eq!(reader.counters(stamp(80_000).utc).unwrap().calls, 2);
}

#[test]
fn alarms_stand_from_raised_to_cleared_and_intents_until_their_outcome() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut projection = open(&path);
    let mut events = 0;
    let mut tell = |event: BoxEvent| {
        events += 1;
        projection.follow(&records_from(events, vec![(events * 10, event.into())])).unwrap();
    };
    let reader = IndexReader::open(&path).unwrap();
    let [full, slow] = [Alarm::DiskFull { store: Store::Vault }, Alarm::DiskSlow { store: Store::Vault }];
    tell(BoxEvent::AlarmRaised { alarm: full.clone() });
    tell(BoxEvent::AlarmRaised { alarm: slow.clone() });
    tell(BoxEvent::AlarmRaised { alarm: full.clone() });
    tell(BoxEvent::AlarmCleared { alarm: slow });
    let open_alarm = OpenAlarm { alarm: full, no: EventNo(1), since: stamp(10) };
    assert_eq!(reader.alarms().unwrap(), [open_alarm]);
    tell(BoxEvent::AuditIntent {
        by: Actor::Person(PersonId(1)),
        act: Act::OpenRecording,
        object: "1-1".to_owned(),
        reason: "complaint".to_owned(),
        call: None,
    });
    assert_eq!(reader.open_intents().unwrap(), [EventNo(5)]);
    tell(BoxEvent::AuditOutcome { intent: EventNo(5), outcome: Outcome::Done, call: None });
    assert!(reader.open_intents().unwrap().is_empty());
    tell(BoxEvent::Started { life: LifeNo(2), boot: frame::BootNo(1), version: "0.1.0".to_owned(), settings: None });
    assert!(reader.alarms().unwrap().is_empty());
}

#[test]
fn past_alarms_keep_when_they_came_and_went_over_a_restart_of_the_box() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut projection = open(&path);
    let mut events = 0;
    let mut tell = |event: BoxEvent| {
        events += 1;
        projection.follow(&records_from(events, vec![(events * 10, event.into())])).unwrap();
    };
    let reader = IndexReader::open(&path).unwrap();
    let [red, yellow] = [Alarm::SpanRed { span: SpanId(1) }, Alarm::SpanYellow { span: SpanId(1) }];
    let other = Alarm::SpanRed { span: SpanId(2) };
    tell(BoxEvent::AlarmRaised { alarm: red.clone() });
    tell(BoxEvent::AlarmRaised { alarm: red.clone() });
    tell(BoxEvent::AlarmCleared { alarm: red.clone() });
    tell(BoxEvent::AlarmRaised { alarm: other.clone() });
    tell(BoxEvent::AlarmRaised { alarm: yellow.clone() });
    tell(BoxEvent::Started { life: LifeNo(2), boot: frame::BootNo(1), version: "0.1.0".to_owned(), settings: None });
    tell(BoxEvent::AlarmRaised { alarm: yellow.clone() });
    let past =
        |alarm: &Alarm, no, until| PastAlarm { alarm: alarm.clone(), no: EventNo(no), since: stamp(no * 10), until };
    let of_one = [
        past(&yellow, 7, None),
        past(&yellow, 5, Some((stamp(60), Over::Restarted))),
        past(&red, 1, Some((stamp(30), Over::Cleared))),
    ];
    assert_eq!(reader.past_alarms(&[Place::Span(SpanId(1))], 10).unwrap(), of_one);
    assert_eq!(reader.past_alarms(&[Place::Span(SpanId(1))], 1).unwrap(), of_one[..1]);
    let both = reader.past_alarms(&[Place::Span(SpanId(2)), Place::Span(SpanId(1))], 10).unwrap();
    assert_eq!(both.iter().map(|alarm| alarm.no.0).collect::<Vec<_>>(), [7, 5, 4, 1], "newest first");
    assert_eq!(reader.past_alarms(&[Place::House], 10).unwrap(), []);
}

#[test]
fn a_line_with_a_loose_plug_forgets_its_own_oldest_alarms_and_nobody_elses() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut projection = open(&path);
    let [loose, quiet] = [SpanId(1), SpanId(2)].map(|span| Alarm::SpanRed { span });
    let times = u64::from(PAST_ALARMS) + 5;
    let once = |alarm: &Alarm| {
        [BoxEvent::AlarmRaised { alarm: alarm.clone() }, BoxEvent::AlarmCleared { alarm: alarm.clone() }]
    };
    let events = once(&quiet).into_iter().chain((0..times).flat_map(|_| once(&loose)));
    let events = events.enumerate().map(|(no, event)| (no as u64 * 10, event.into())).collect();
    projection.follow(&records_from(1, events)).unwrap();
    let reader = IndexReader::open(&path).unwrap();
    let past = |span| reader.past_alarms(&[Place::Span(span)], 1000).unwrap();
    assert_eq!(past(SpanId(1)).len(), PAST_ALARMS as usize);
    assert_eq!(past(SpanId(1))[0].no.0, 2 * times + 1, "the newest is there");
    assert_eq!(past(SpanId(2)).len(), 1);
}

#[test]
fn an_index_of_other_tables_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    open(&path).follow(&records(queued_call())).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
    let mut projection = open(&path);
    assert_eq!(projection.last_no(), EventNo(0));
    projection.follow(&records(queued_call())).unwrap();
}

#[test]
fn a_failed_transaction_leaves_no_trace() {
    let records = busy_minute();
    let mut projection = Projection::in_memory().unwrap();
    projection.follow(&records[..100]).unwrap();
    projection
        .db
        .execute_batch("CREATE TRIGGER stop BEFORE INSERT ON legs BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    projection.follow(&records[100..200]).unwrap_err();
    assert_eq!(projection.last_no(), EventNo(100));
    projection.db.execute_batch("DROP TRIGGER stop").unwrap();
    projection.follow(&records[100..]).unwrap();
    let mut select = projection.db.prepare("SELECT call, cdr FROM calls").unwrap();
    let rows = select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).unwrap();
    let rows: Vec<(i64, String)> = rows.map(Result::unwrap).collect();
    assert_eq!(rows.len(), 50);
    for (call, row) in rows {
        let call = Some(CallId::from_u64(call as u64));
        let events: Vec<Record> = records.iter().filter(|record| record.call() == call).cloned().collect();
        assert_eq!(row, json(&crate::journal::cdr(&events).unwrap()));
    }
}

#[test]
fn a_loss_while_a_call_lasted_or_told_right_after_it_is_a_hole_in_its_story() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut records = busy_minute();
    let lost = BoxEvent::EventsLost { count: 2 };
    let at = records.len() as u64;
    open(&path).follow(&records).unwrap();
    let hole = |first, last| IndexReader::open(&path).unwrap().has_hole(EventNo(first), EventNo(last)).unwrap();
    assert!(!hole(1, at) && !hole(5, 9));
    records.extend(records_from(at + 1, vec![(99_000, lost.into())]));
    open(&path).follow(&records[at as usize..]).unwrap();
    assert!(hole(at - 40, at - 3) && hole(at, at + 1), "told a moment after");
    // The numbers between are in a stretch of the log that can't be read.
    open(&path).follow(&records_from(at + 5000, vec![(99_000, BoxEvent::Stopping.into())])).unwrap();
    assert!(hole(at + 1, at + 5000) && !hole(at + 5000, at + 5000));
}

#[test]
fn what_is_over_of_holds_and_lists_is_not_kept_and_a_lifted_hold_is_as_long_as_an_older_list_waits() {
    use vault::Hold;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut projection = open(&path);
    let mut next = 1;
    let mut tell = |event: BoxEvent| {
        projection.follow(&records_from(next, vec![(next, event.into())])).unwrap();
        next += 1;
        let reader = IndexReader::open(&path).unwrap();
        reader.keeping().unwrap().iter().map(|record| record.no.0).collect::<Vec<_>>()
    };
    let call = CallId::new(LifeNo(1), 1);
    let recording = |no| RecordingId::new(LifeNo(1), no);
    let by = PersonId(3);
    let hold = || BoxEvent::HoldPlaced { by, hold: Hold::Call(call), reason: "court".into() };
    let lift = |no| BoxEvent::HoldLifted { by, hold: EventNo(no) };
    let list = |of: &[u32]| BoxEvent::ErasureAgreed {
        recordings: of.iter().copied().map(recording).collect(),
        at_us: 5,
        passed_us: Some(5),
        asked: by,
        granted: PersonId(7),
        approval: EventNo(1),
    };
    let dropped = |no| BoxEvent::ErasureDropped { call, recording: recording(no), hold: None };
    assert_eq!(tell(hold()), [1]);
    assert_eq!(tell(lift(1)), [0; 0], "no list waits");
    assert_eq!(tell(BoxEvent::ClockConfirmed { by: None, passed_us: 1 }), [3]);
    assert_eq!(tell(BoxEvent::ClockConfirmed { by: None, passed_us: 2 }), [4], "the newest is enough");
    assert_eq!(tell(hold()), [4, 5]);
    assert_eq!(tell(list(&[1, 2])), [4, 5, 6]);
    assert_eq!(tell(hold()), [4, 5, 6, 7]);
    assert_eq!(tell(lift(5)), [4, 6, 7], "it is older than the list, and lets it go");
    assert_eq!(tell(lift(7)), [4, 6, 7, 9], "it came after the list");
    assert_eq!(tell(dropped(2)), [4, 6, 7, 9]);
    assert_eq!(IndexReader::open(&path).unwrap().listed(EventNo(6)).unwrap(), [recording(1)]);
    assert_eq!(tell(list(&[3])), [4, 6, 7, 9, 11]);
    assert_eq!(tell(dropped(1)), [4, 11], "the first list is over, and what mattered to it alone");
    assert_eq!(tell(BoxEvent::ErasureCancelled { by, list: EventNo(11) }), [4]);
}

#[test]
fn the_newest_stamp_of_a_boot_is_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let mut records = busy_minute();
    let last = records.last().unwrap().stamp;
    let mut more = records_from(records.len() as u64 + 1, vec![(1, BoxEvent::Stopping.into())]);
    more[0].stamp.boot.0 += 1;
    records.extend(more);
    open(&path).follow(&records).unwrap();
    let reader = IndexReader::open(&path).unwrap();
    assert_eq!(reader.last_of_boot(last.boot).unwrap(), Some(last));
    assert_eq!(reader.last_of_boot(frame::BootNo(9)).unwrap(), None);
}

#[test]
fn what_a_hold_or_a_loss_changed_is_on_the_disk_and_all_else_may_come_from_the_log_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut projection = open(&dir.path().join("index.db"));
    let mut level_after = |no, event: BoxEvent| -> i64 {
        projection.follow(&records_from(no, vec![(no, event.into())])).unwrap();
        projection.db.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
    };
    // As SQLite numbers them: 1 is NORMAL, 2 is FULL, which flushes its log with each transaction.
    let hold = vault::Hold::Call(CallId::new(LifeNo(1), 1));
    let levels = [
        level_after(1, BoxEvent::Stopping),
        level_after(2, BoxEvent::HoldPlaced { by: PersonId(3), hold, reason: "court".into() }),
        level_after(3, BoxEvent::Stopping),
        level_after(4, BoxEvent::EventsGone { first: EventNo(9), last: EventNo(9) }),
        level_after(5, BoxEvent::EventsLost { count: 1 }),
    ];
    assert_eq!(levels, [1, 2, 1, 2, 2]);
}

#[test]
fn tests_of_a_port_are_listed_newest_first_and_the_oldest_are_forgotten_of_each_port_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index.db");
    let [one, other]: [PortId; 2] = ["SIM-FXO.1", "SIM-FXS.2"].map(|port| port.parse().unwrap());
    let findings = || Findings::never_idle(Tested::Telephone);
    let test = |port, nightly| BoxEvent::PortTested { port, nightly, findings: findings() };
    let many = u64::from(PORT_TESTS) + 2;
    let events = (0..many).map(|at| (at, test(one, at % 2 == 0).into()));
    let all = records(events.chain([(many, test(other, false).into())]).collect());
    open(&path).follow(&all).unwrap();
    open(&path).follow(&all[all.len() - 3..]).unwrap();
    let index = IndexReader::open(&path).unwrap();
    let rows = index.port_tests(one, usize::MAX >> 1).unwrap();
    assert_eq!(rows.len(), PORT_TESTS as usize, "told twice, kept once");
    assert!(rows.is_sorted_by(|newer, older| newer.no > older.no));
    assert_eq!((rows[0].no, rows[0].nightly, &rows[0].findings), (all[many as usize - 1].no, false, &findings()));
    assert_eq!(index.port_tests(other, 14).unwrap().len(), 1);
    assert_eq!(index.port_tests(one, 14).unwrap().len(), 14);
    let since = |at: usize| index.tested_at_night_since(all[at].stamp.utc).unwrap();
    assert_eq!(since(10), BTreeSet::from([one]), "nobody's test of the other is the box's own");
    assert_eq!(since(many as usize), BTreeSet::new());
}

#[test]
fn what_is_gone_is_known_until_all_of_it_was_told_in_however_many_parts() {
    let mut projection = Projection::in_memory().unwrap();
    let mut tell = |no, parts: &[(u64, u64)]| {
        for (at, (first, last)) in parts.iter().enumerate() {
            let event = BoxEvent::EventsGone { first: EventNo(*first), last: EventNo(*last) };
            let no = no + at as u64;
            projection.follow(&records_from(no, vec![(no, event.into())])).unwrap();
        }
        let left = projection.gone().unwrap();
        projection.remember(EventNo(0), Some((EventNo(14), EventNo(20)))).unwrap();
        left
    };
    tell(1, &[(1, 1)]);
    assert_eq!(tell(2, &[(14, 16)]), Some((EventNo(17), EventNo(20))), "of the rest nobody has told");
    assert_eq!(tell(3, &[(14, 16), (17, 20)]), None);
    assert_eq!(tell(5, &[(14, 20)]), None);
    assert_eq!(tell(6, &[(2, 30)]), None);
    assert_eq!(tell(7, &[(3, 9)]), Some((EventNo(14), EventNo(20))), "others");
}
