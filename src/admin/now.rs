//! Now: answers "is anything wrong?" without a click.

use std::{sync::Arc, time::Duration};

use access::Permission;
use askama::Template;
use axum::{extract::State, response::Response};
use frame::{CallId, EventNo, Stamp, Utc};

use super::{
    app::App,
    chassis::Chassis,
    fault::{Fault, render},
    moment::Moment,
    shell::Shell,
    visitor::Member,
};
use crate::{
    handles::{AgentState, CallPhase, JackState, QueueNow, Snapshot},
    journal::{Alarm, BoxEvent, Counters, Event, OpenAlarm, Record},
    words::{self, Language, page::Page, reckoning::Reckoning},
};

/// What "today" means while the box does not know its reader's midnight.
const COUNTED: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a nightly line counts: one night may be left out, as when the box was just started.
const LINE_LASTS: Duration = Duration::from_hours(48);

#[derive(Template)]
#[template(path = "now.html", config = "src/admin/web/askama.toml")]
struct NowPage {
    shell: Shell,
    tiles: Vec<Tile>,
    reckoned: Line,
    read: ReadLine,
    alarms: Vec<AlarmRow>,
    queues: Vec<QueueRow>,
    chassis: Option<Chassis>,
}

impl NowPage {
    fn which(&self) -> String {
        Reckoning::Which.say(self.shell.language)
    }
}

/// The nightly line.
#[derive(Debug)]
struct Line {
    class: &'static str,
    text: String,
    at: Option<Moment>,
    /// The calls by which something differs; else where those stand that are missing.
    calls: Vec<CallId>,
    has_missing: bool,
}

/// The scrub's last round.
#[derive(Debug)]
struct ReadLine {
    class: &'static str,
    text: String,
    at: Option<Moment>,
}

/// A question's answer, with its evidence in small print.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) class: &'static str,
    pub(super) href: &'static str,
    pub(super) heading: String,
    pub(super) value: String,
    pub(super) note: String,
}

/// One alarm that is not cleared.
#[derive(Debug)]
pub(super) struct AlarmRow {
    pub(super) text: String,
    pub(super) since: Moment,
}

/// One queue.
#[derive(Debug)]
struct QueueRow {
    name: String,
    waiting: u16,
    longest: String,
    free_of_all: String,
    class: &'static str,
    condition: String,
}

/// What the index counts.
struct Counted {
    counters: Counters,
    open_intents: usize,
    last_no: EventNo,
    alarms: Vec<OpenAlarm>,
    reckoned: Option<Record>,
    room: Option<Record>,
    read: Option<Record>,
}

/// `GET /now`
pub(super) async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Response, Fault> {
    member.must(Permission::SeeBox)?;
    let language = member.visitor.language;
    let shell = Shell::inside(&app, &member, Page::Now).await?;
    let mut counted = read(&app, language).await?;
    counted.alarms = app.alarms(language).await?;
    let snapshot = app.snapshot().await;
    let alarms = alarm_rows(&app, &counted.alarms, language);
    let queues = snapshot.as_ref().map(|snapshot| queue_rows(snapshot, language)).unwrap_or_default();
    let chassis = snapshot.as_ref().map(|snapshot| Chassis::new(&app.parts.board, snapshot, None, language));
    let tiles = tiles(&counted, snapshot.as_ref(), language);
    let reckoned = line(counted.reckoned.as_ref(), app.now(), language);
    let read = read_line(counted.read.as_ref(), language);
    Ok(render(&NowPage { shell, tiles, reckoned, read, alarms, queues, chassis }))
}

/// What was reckoned up last. One that is older than two nights says nothing of today.
fn line(record: Option<&Record>, now: Stamp, language: Language) -> Line {
    let said = record.and_then(|record| Some((record.stamp.utc, record.event()?)));
    let Some((
        at,
        Event::Box(BoxEvent::RecordingsReckoned { required, whole, gapped, missing, under_way, differ, calls }),
    )) = said
    else {
        let text = Reckoning::NotYet.say(language);
        return Line { class: "soft", text, at: None, calls: Vec::new(), has_missing: false };
    };
    let made = whole + gapped;
    let counts =
        Reckoning::Line { required: *required, made, gapped: *gapped, missing: *missing, under_way: *under_way };
    let is_old = now.utc.as_us().saturating_sub(at.as_us()) > LINE_LASTS.as_micros() as i64;
    let verdict = match differ {
        _ if is_old => Reckoning::Old,
        0 => Reckoning::SaysTheSame,
        differ => Reckoning::Differs { count: *differ },
    };
    let class = if is_old || *differ > 0 { "note alarm" } else { "soft" };
    let text = format!("{} {}", counts.say(language), verdict.say(language));
    Line { class, text, at: Some(Moment::date(at)), calls: calls.clone(), has_missing: *missing > 0 }
}

/// When all recordings were read again last, and what was found.
fn read_line(record: Option<&Record>, language: Language) -> ReadLine {
    let said = record.and_then(|record| Some((record.stamp.utc, record.event()?)));
    let Some((at, Event::Box(BoxEvent::VaultRead { recordings, damaged }))) = said else {
        return ReadLine { class: "soft", text: Reckoning::NotReadYet.say(language), at: None };
    };
    let (recordings, damaged) = (*recordings, *damaged);
    let (class, text) = match damaged {
        0 => ("soft", Reckoning::ReadWhole { recordings }),
        damaged => ("note alarm", Reckoning::ReadDamaged { recordings, damaged }),
    };
    ReadLine { class, text: text.say(language), at: Some(Moment::date(at)) }
}

async fn read(app: &App, language: Language) -> Result<Counted, Fault> {
    let since = Utc::from_us(app.now().utc.as_us() - COUNTED.as_micros() as i64);
    app.read_index(language, move |index| {
        Ok(Counted {
            counters: index.counters(since)?,
            open_intents: index.open_intents()?.len(),
            last_no: index.last_no()?,
            alarms: Vec::new(),
            reckoned: index.last_reckoned()?,
            room: index.last_room()?,
            read: index.last_read()?,
        })
    })
    .await
}

/// Alarms as sentences, oldest first.
pub(super) fn alarm_rows(app: &App, alarms: &[OpenAlarm], language: Language) -> Vec<AlarmRow> {
    let row = |open: &OpenAlarm| AlarmRow {
        text: words::alarm(&open.alarm, language, &app.layout),
        since: Moment::date(open.since.utc),
    };
    alarms.iter().map(row).collect()
}

fn tiles(counted: &Counted, snapshot: Option<&Snapshot>, language: Language) -> Vec<Tile> {
    let tile = |is_bad, href, heading: Page, value: String, note: Page| Tile {
        class: if is_bad { "bad" } else { "good" },
        href,
        heading: heading.say(language),
        value,
        note: note.say(language),
    };
    let c = &counted.counters;
    let recorded = tile(
        c.missing + c.incomplete > 0,
        "/calls",
        Page::TileRecorded,
        format!("{} · {} · {}", c.due, c.recorded, c.missing),
        Page::TileRecordedNote { under_way: c.under_way, incomplete: c.incomplete },
    );
    let answered = tile(
        false,
        "/calls",
        Page::TileAnswered,
        format!("{} / {}", c.answered, c.calls),
        Page::TileAnsweredNote { abandoned: c.abandoned },
    );
    let no = counted.last_no.0;
    let note = if counted.open_intents == 0 { Page::TileIntentsNone { no } } else { Page::TileIntentsOpen { no } };
    let audit = tile(counted.open_intents > 0, "/now", Page::TileIntents, counted.open_intents.to_string(), note);
    let mut tiles = vec![recorded];
    if let Some(snapshot) = snapshot {
        let (is_bad, value, note) = lines(counted.alarms.len(), snapshot, language);
        tiles.push(tile(is_bad, "/box", Page::TileLines, value, note));
        let (value, note) = calls(snapshot);
        tiles.push(tile(false, "/calls", Page::TileCalls, value, note));
    }
    let (is_bad, value, note) = room(counted.room.as_ref(), &counted.alarms, language);
    tiles.extend([answered, audit, tile(is_bad, "/keeping", Page::TileRoom, value, note)]);
    tiles
}

/// For how long the room of the vault's disk lasts, as it was looked at last. Whether that is too short the alarms say.
fn room(record: Option<&Record>, alarms: &[OpenAlarm], language: Language) -> (bool, String, Page) {
    let is_bad = alarms.iter().any(|open| matches!(open.alarm, Alarm::RoomEnds { .. }));
    let Some(Event::Box(BoxEvent::RoomReckoned { free_octets, a_day_octets, full_days, rule_days })) =
        record.and_then(Record::event)
    else {
        return (is_bad, Page::RoomUnknown.say(language), Page::TileRoomNotYet);
    };
    let (free, a_day) = (words::room(*free_octets), a_day_octets.map(words::room));
    let (value, note) = match (a_day, full_days, rule_days) {
        (None, ..) => (Page::RoomUnknown, Page::TileRoomFree { free }),
        (Some(a_day), full, rule) => {
            let value = full.map_or(Page::RoomLasts, |days| Page::RoomDays { days });
            let note = match rule {
                Some(days) => Page::TileRoomNote { free, a_day, days: *days },
                None => Page::TileRoomNoRule { free, a_day },
            };
            (value, note)
        }
    };
    (is_bad, value.say(language), note)
}

fn lines(alarms: usize, snapshot: &Snapshot, language: Language) -> (bool, String, Page) {
    let is_bad = |state| matches!(state, JackState::Alarm | JackState::LeftOffHook);
    let bad = snapshot.jacks.iter().filter(|jack| is_bad(jack.state)).count();
    let all = snapshot.jacks.len();
    let value = match (alarms, bad) {
        (0, 0) => Page::AllGood,
        (0, count) => Page::JacksBad { count },
        (count, _) => Page::Alarms { count },
    };
    (alarms + bad > 0, value.say(language), Page::TileLinesNote { good: all - bad, all })
}

fn calls(snapshot: &Snapshot) -> (String, Page) {
    let count = |is: fn(&CallPhase) -> bool| snapshot.calls.iter().filter(|call| is(&call.phase)).count();
    let talking = count(|phase| matches!(phase, CallPhase::Talking | CallPhase::Hold | CallPhase::Parked { .. }));
    let waiting = count(|phase| matches!(phase, CallPhase::Waiting { .. }));
    (snapshot.calls.len().to_string(), Page::TileCallsNote { talking, waiting })
}

/// Queues, those with the longest wait first.
fn queue_rows(snapshot: &Snapshot, language: Language) -> Vec<QueueRow> {
    let wait = |queue: &QueueNow| queue.oldest.map_or(Duration::ZERO, |oldest: Stamp| snapshot.at.since(&oldest));
    let mut queues: Vec<&QueueNow> = snapshot.queues.iter().collect();
    queues.sort_by_key(|queue| std::cmp::Reverse((wait(queue), queue.waiting)));
    queues.into_iter().map(|queue| queue_row(queue, wait(queue), language)).collect()
}

fn queue_row(queue: &QueueNow, wait: Duration, language: Language) -> QueueRow {
    let count = |state| queue.agents.iter().filter(|agent| agent.state == state).count();
    let at_work = queue.agents.len() - count(AgentState::Paused);
    let (class, condition) = condition(queue, count);
    QueueRow {
        name: queue.name.clone(),
        waiting: queue.waiting,
        longest: words::duration(language, Duration::from_secs(wait.as_secs())),
        free_of_all: format!("{} / {at_work}", count(AgentState::Free)),
        class,
        condition: condition.say(language),
    }
}

fn condition(queue: &QueueNow, count: impl Fn(AgentState) -> usize) -> (&'static str, Page) {
    if count(AgentState::Paused) == queue.agents.len() {
        return ("alarm", Page::QueuePaused);
    }
    match (queue.waiting, count(AgentState::Ringing) + count(AgentState::Free)) {
        (0, _) => ("talk", Page::QueueQuiet),
        (_, 1..) => ("talk", Page::QueueMoving),
        (_, 0) => {
            let (talking, wrap_up) = (count(AgentState::Talking), count(AgentState::WrapUp));
            ("ring", Page::QueueBusy { talking, wrap_up })
        }
    }
}
