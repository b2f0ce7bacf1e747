//! Finding recordings among a million: the questions that people ask, each as a page asks it, with a connection of its own.
//!
//! The index is made by the projection from events as the box tells them. Two years of a house with forty agents, three
//! queues and one E1; the caches of the system are warm, as they are where the same disk serves the calls.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use call::{AnswerEvidence, CallClass, CallEvent, Direction, Endpoint, LegRole, RecordingGap, Side};
use frame::{
    BootNo, CallId, EventNo, LaneId, LegId, LifeNo, PersonId, RecordingId, SpanId, Stamp, Time, Timeslot, Utc,
};
use ringfence::journal::{
    BoxEvent, EVENT_VERSION, Event, Fact, FindOrder, Follower as _, IndexReader, PageKey, Projection, Question, Record,
    RecordingState,
};

use crate::{
    Failed,
    figure::{figure, median, note},
};

const CALLS: u32 = 1_000_000;

/// Calls of one transaction of the index.
const BATCH: u32 = 2_000;

/// As many as a page lists, and the one that tells of a next page.
const ROWS: u32 = 51;

/// How often each question is asked.
const TIMES: usize = 5;

/// 2025-01-01, and a call each minute from then on.
const FIRST_S: i64 = 1_735_689_600;
const EVERY_S: i64 = 63;

pub fn run(folder: &Path) -> Result<(), Failed> {
    fs::create_dir_all(folder)?;
    let path = folder.join("index.db");
    let begin = Instant::now();
    make(&path)?;
    let made = begin.elapsed();
    note(&format!("{CALLS} recorded calls in an index of {} MB.", fs::metadata(&path)?.len() >> 20));
    figure("vault.index_calls_per_s", f64::from(CALLS) / made.as_secs_f64(), "calls folded into the index in a second");
    let (mut worst, mut medians) = (Duration::ZERO, Vec::new());
    for (name, question, after) in questions() {
        let times = asked(&path, &question, after, name)?;
        worst = worst.max(times.iter().copied().max().unwrap_or_default());
        let ms = median(times.iter().map(Duration::as_secs_f64).collect()) * 1e3;
        figure(&format!("vault.search_ms.{name}"), ms, "ms");
        medians.push(ms);
    }
    figure("vault.search_ms", worst.as_secs_f64() * 1e3, "ms, the worst of all");
    figure("vault.search_ms.ref", scanned(&path)?.as_secs_f64() * 1e3, "ms, one of them by looking at each call");
    Ok(())
}

/// The questions: what people ask each day, and what costs most.
fn questions() -> Vec<(&'static str, Question, Option<PageKey>)> {
    let any = Question::default;
    let queue = |no: usize| Some(QUEUES[no].to_owned());
    let day = |no: i64| Some(Utc::from_us((FIRST_S + no * 86_400) * 1_000_000));
    let middle = Some(PageKey { talk_ms: 0, no: EventNo(u64::from(CALLS / 2) * EVENTS) });
    vec![
        ("newest", any(), None),
        ("a_page_in_the_middle", any(), middle),
        ("number", Question { number: number(who_calls(4711)).parse().ok(), ..any() }, None),
        ("last_four", Question { number: "7777".parse().ok(), ..any() }, None),
        ("agent_of_a_week", Question { person: Some(PersonId(7)), from: day(300), until: day(307), ..any() }, None),
        (
            "queue_of_a_day_oldest",
            Question { queue: queue(0), from: day(400), until: day(401), order: FindOrder::Oldest, ..any() },
            None,
        ),
        (
            "channel_outgoing",
            Question { line: Some("1/9".to_owned()), direction: Some(Direction::Outgoing), ..any() },
            None,
        ),
        ("missing", Question { recording: Some(RecordingState::Missing), ..any() }, None),
        ("queue_longest_talks", Question { queue: queue(0), order: FindOrder::Longest, ..any() }, None),
        ("longest_talks", Question { order: FindOrder::Longest, ..any() }, None),
        // Half of all calls each, and nothing in common: together they have a list of their own.
        ("two_queues_agent_nothing", Question { queue: queue(1), person: Some(PersonId(99)), ..any() }, None),
        (
            "all_fields_nothing",
            Question {
                queue: queue(0),
                person: Some(PersonId(7)),
                line: Some("1/9".to_owned()),
                direction: Some(Direction::Internal),
                recording: Some(RecordingState::Complete),
                from: day(0),
                until: day(3000),
                number: "7777".parse().ok(),
                ..any()
            },
            None,
        ),
    ]
}

fn asked(path: &Path, question: &Question, after: Option<PageKey>, name: &str) -> Result<Vec<Duration>, Failed> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begin = Instant::now();
        let found = IndexReader::open(path)?.find(question, after, ROWS)?;
        times.push(begin.elapsed());
        if found.is_empty() != name.ends_with("nothing") {
            return Err(format!("{name}: {} found", found.len()).into());
        }
    }
    Ok(times)
}

/// What it costs to look at each detail record instead, once.
fn scanned(path: &Path) -> Result<Duration, Failed> {
    let begin = Instant::now();
    let db = rusqlite::Connection::open(path)?;
    let sql = "SELECT count(*) FROM calls WHERE cdr ->> 'queue' = ?1 AND cdr ->> 'person' = 99";
    let count: i64 = db.query_row(sql, [QUEUES[1]], |row| row.get(0))?;
    if count == 0 { Ok(begin.elapsed()) } else { Err(format!("{count} by looking at each").into()) }
}

const QUEUES: [&str; 3] = ["service", "appointments", "complaints"];

/// How many events each call tells.
const EVENTS: u64 = 9;

fn make(path: &Path) -> Result<(), Failed> {
    let mut index = Projection::open(path)?;
    for first in (1..=CALLS).step_by(BATCH as usize) {
        let calls = first..(first + BATCH).min(CALLS + 1);
        index.follow(&calls.flat_map(records).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Who calls: one of two hundred thousand.
fn who_calls(no: u32) -> u32 {
    (scattered(no) >> 32) as u32 % 200_000
}

fn number(no: u32) -> String {
    format!("139{:08}", 12_000_000 + no)
}

/// Numbers that are scattered and the same each time (splitmix64).
fn scattered(no: u32) -> u64 {
    let mut z = u64::from(no).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn records(no: u32) -> Vec<Record> {
    let events: Vec<(u64, Event)> = events(no);
    let first = u64::from(no - 1) * EVENTS + 1;
    let began_us = (FIRST_S + i64::from(no) * EVERY_S) * 1_000_000;
    let record = |(at, (ms, event)): (u64, (u64, Event))| Record {
        no: EventNo(first + at),
        stamp: Stamp {
            boot: BootNo(1),
            time: Time::from_us(began_us as u64 + ms * 1000),
            utc: Utc::from_us(began_us + ms as i64 * 1000),
        },
        life: LifeNo(1),
        version: EVENT_VERSION,
        fact: Fact::Known(event),
    };
    (0..).zip(events).map(record).collect()
}

fn events(no: u32) -> Vec<(u64, Event)> {
    use CallEvent as E;
    let dice = scattered(no);
    let life = LifeNo(1);
    let (call, recording) = (CallId::new(life, no), RecordingId::new(life, no));
    let [caller, called] = [LegId::new(life, 2 * no), LegId::new(life, 2 * no + 1)];
    let lane = LaneId::new(SpanId(1), Timeslot(1 + (dice % 30) as u8));
    let channel = Endpoint::Channel { lane, group: "telecom".to_owned() };
    let direction = if dice.is_multiple_of(4) { Direction::Outgoing } else { Direction::Incoming };
    // Agent 99 works for the last queue alone, and as much as all others together.
    let agent = if dice >> 8 & 1 == 0 { 99 } else { 1 + (dice >> 9) as u32 % 40 };
    let queue = if agent == 99 { QUEUES[2] } else { QUEUES[(dice >> 20) as usize % 2] }.to_owned();
    let extension = format!("{}", 800 + agent);
    let station = Endpoint::Station { port: "SIM-FXS.3".parse().expect("a jack"), extension: extension.clone() };
    let (from, to) = (number(who_calls(no)).parse().ok(), extension.parse().ok());
    let talk_ms = 10_000 + (dice >> 40) % 600_000;
    let (evidence, person) = (AnswerEvidence::OffHook, Some(PersonId(agent)));
    let (cause, by) = (isdn::Cause::NormalClearing, Side::Caller);
    let last = if no.is_multiple_of(5000) {
        BoxEvent::RecordingMissed { call, recording, why: RecordingGap::Disk }
    } else {
        finished(call, recording, talk_ms)
    };
    let events: [(u64, Event); EVENTS as usize] = [
        (0, E::Began { call, direction, class: CallClass::Normal, settings: 1 }.into()),
        (0, E::LegBegan { call, leg: caller, role: LegRole::Caller, endpoint: channel, number: from }.into()),
        (100, E::RecordingBegan { call, recording, leg: caller, part: 1 }.into()),
        (1000, E::Queued { call, queue: queue.clone(), position: 1 }.into()),
        (2000, E::Offered { call, queue: Some(queue), extension, person }.into()),
        (2000, E::LegBegan { call, leg: called, role: LegRole::Called, endpoint: station, number: to }.into()),
        (6000, E::LegAnswered { call, leg: called, evidence }.into()),
        (6000 + talk_ms, E::Ended { call, cause, by }.into()),
        (6500 + talk_ms, last.into()),
    ];
    events.into()
}

fn finished(call: CallId, recording: RecordingId, talk_ms: u64) -> BoxEvent {
    BoxEvent::RecordingFinished {
        call,
        recording,
        object: format!("1/{}/{recording}.rfo", recording.no / 1000),
        records: 90,
        chunks: talk_ms / 100,
        seconds: (talk_ms / 1000) as u32,
        head: "00".repeat(32),
        commitments: "11".repeat(32),
    }
}
