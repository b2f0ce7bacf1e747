//! Calls: those under way, and those that have ended, newest first.

use std::sync::Arc;

use access::Permission;
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use call::Number;
use frame::{CallId, EventNo};
use serde::Deserialize;

use super::{
    app::App,
    fault::{Fault, render},
    moment::Moment,
    shell::Shell,
    supervise_acts,
    visitor::Member,
};
use crate::{
    handles::{CallNow, CallPhase, Snapshot},
    journal::{Cdr, RecordingState},
    words::{self, Language, page::Page, state},
};

/// How many calls one page lists.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "calls.html", config = "src/admin/web/askama.toml")]
struct CallsPage {
    shell: Shell,
    is_silent: bool,
    now: Vec<NowRow>,
    past: Vec<PastRow>,
    is_first: bool,
    /// The next page begins before this event.
    older: Option<EventNo>,
}

#[derive(Debug)]
struct NowRow {
    call: CallId,
    since: Moment,
    direction: &'static str,
    from: String,
    to: String,
    class: &'static str,
    phase: String,
    /// Whether there is a button to hear it.
    may_hear: bool,
}

#[derive(Debug)]
struct PastRow {
    call: CallId,
    began: Moment,
    direction: &'static str,
    from: String,
    to: String,
    waited: String,
    talked: String,
    class: &'static str,
    outcome: String,
    recording_class: &'static str,
    recording: &'static str,
}

#[derive(Deserialize)]
pub(super) struct Place {
    before: Option<u64>,
}

/// `GET /calls?before=EVENT`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Response, Fault> {
    member.must(Permission::SeeCalls)?;
    let language = member.visitor.language;
    let before = place.ok().and_then(|Query(place)| place.before).map(EventNo);
    let shell = Shell::inside(&app, &member, Page::Calls).await?;
    // One row more than is shown tells whether there is a next page.
    let mut cdrs = app.read_index(language, move |index| index.past_calls(before, ROWS + 1)).await?;
    let has_more = cdrs.len() > ROWS as usize;
    cdrs.truncate(ROWS as usize);
    let older = cdrs.last().filter(|_| has_more).map(|last| last.first_no);
    let snapshot = app.snapshot().await;
    let past = cdrs.iter().map(|cdr| past_row(cdr, language)).collect();
    let now = snapshot.as_ref().map(|snapshot| now_rows(snapshot, &member)).unwrap_or_default();
    let is_first = before.is_none();
    Ok(render(&CallsPage { shell, is_silent: snapshot.is_none(), now, past, is_first, older }))
}

fn now_rows(snapshot: &Snapshot, member: &Member) -> Vec<NowRow> {
    snapshot.calls.iter().map(|call| now_row(call, member)).collect()
}

fn now_row(call: &CallNow, member: &Member) -> NowRow {
    let language = member.visitor.language;
    let unknown = || Page::Unknown.say(language);
    NowRow {
        call: call.call,
        since: Moment::time(call.since.utc),
        direction: state::direction(call.direction, call.class, language),
        from: call.from_masked.clone().unwrap_or_else(unknown),
        to: call.to_masked.clone().unwrap_or_else(unknown),
        class: phase_class(&call.phase),
        phase: state::phase(&call.phase, language),
        may_hear: supervise_acts::in_list(member, call.supervised),
    }
}

fn phase_class(phase: &CallPhase) -> &'static str {
    match phase {
        CallPhase::Dialling | CallPhase::Flow { .. } => "dial",
        CallPhase::Waiting { .. } | CallPhase::Hold => "hold",
        CallPhase::Ringing => "ring",
        CallPhase::Talking | CallPhase::Supervising => "talk",
        CallPhase::Ending => "idle",
    }
}

fn past_row(cdr: &Cdr, language: Language) -> PastRow {
    let (class, outcome) = outcome(cdr);
    let to = cdr.to.as_ref().or(cdr.dialled.as_ref());
    let (recording_class, recording) = recording_word(cdr.recording.state(), language);
    PastRow {
        call: cdr.call,
        began: Moment::date(cdr.began.utc),
        direction: state::direction(cdr.direction, cdr.class, language),
        from: masked(cdr.from.as_ref(), language),
        to: masked(to, language),
        waited: words::duration(language, cdr.waited),
        talked: words::duration(language, cdr.talk()),
        class,
        outcome: outcome.say(language),
        recording_class,
        recording,
    }
}

fn outcome(cdr: &Cdr) -> (&'static str, Page) {
    match (cdr.answered, cdr.abandoned) {
        (Some(_), _) => ("talk", Page::WasAnswered),
        (None, true) => ("off", Page::WasAbandoned),
        (None, false) => ("idle", Page::WasNotAnswered),
    }
}

/// A recording's state as colour and word.
pub(super) fn recording_word(state: RecordingState, language: Language) -> (&'static str, &'static str) {
    let class = match state {
        RecordingState::NotDue => "idle",
        RecordingState::UnderWay => "dial",
        RecordingState::Complete => "talk",
        RecordingState::Incomplete => "ring",
        RecordingState::Missing => "alarm",
    };
    (class, state::recording_state(state, language))
}

/// A number as lists show it.
pub(super) fn masked(number: Option<&Number>, language: Language) -> String {
    number.map_or_else(|| Page::Unknown.say(language), Number::masked)
}
