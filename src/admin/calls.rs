//! Calls: those under way, and those that have ended, newest first or as they are looked for.

use std::sync::Arc;

use access::Permission;
use askama::Template;
use axum::{
    extract::{Query, RawQuery, State, rejection::QueryRejection},
    response::Response,
};
use call::{CallClass, Direction, Number};
use frame::CallId;

use super::{
    app::App,
    fault::{Fault, render},
    find_form::{self, FindForm},
    moment::Moment,
    shell::Shell,
    supervise_acts,
    visitor::Member,
};
use crate::{
    handles::{CallNow, CallPhase, Snapshot},
    journal::{Cdr, FindOrder, RecordingState, word},
    words::{
        self, Language,
        page::Page,
        search::{self, Search},
        state,
    },
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
    find: Find,
    /// What a link to the next page says; none where there is none.
    more: Option<Vec<(&'static str, String)>>,
}

impl CallsPage {
    fn search(&self, sentence: Search) -> String {
        sentence.say(self.shell.language)
    }
}

/// The form, with what was asked.
struct Find {
    form: FindForm,
    is_narrow: bool,
    directions: Vec<Choice>,
    queues: Vec<Choice>,
    people: Vec<Choice>,
    recordings: Vec<Choice>,
    orders: Vec<Choice>,
    wrong: Option<String>,
    /// The address of the form that exports what is found, for those who have such a page.
    export: Option<String>,
}

/// One choice of a field.
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
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

/// `GET /calls?FIELD=TEXT&after=KEY`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    RawQuery(address): RawQuery,
    form: Result<Query<FindForm>, QueryRejection>,
) -> Result<Response, Fault> {
    member.must(Permission::SeeCalls)?;
    let language = member.visitor.language;
    let form = form.map(|Query(form)| form).unwrap_or_default();
    let shell = Shell::inside(&app, &member, Page::Calls).await?;
    let (question, wrong) = match form.question_of(&member) {
        Ok(question) => (Some(question), None),
        Err(wrong) => (None, Some(wrong.say(language))),
    };
    let is_narrow =
        question.as_ref().is_none_or(|question| question.is_narrow() || question.order != FindOrder::Newest);
    let (mut cdrs, mut more) = (Vec::new(), None);
    if let Some(question) = question {
        // One row more than is shown tells whether there is a next page.
        cdrs = find_form::find(&app, &member, question.clone(), form.after(), ROWS + 1).await?;
        let has_more = cdrs.len() > ROWS as usize;
        cdrs.truncate(ROWS as usize);
        let last = cdrs.last().filter(|_| has_more).map(|last| question.key_of(last));
        more = last.map(|key| [form.fields(), vec![("after", key.to_string())]].concat());
    }
    let is_first = form.after().is_none() && !is_narrow;
    let snapshot = if is_first { app.snapshot().await } else { None };
    let is_silent = is_first && snapshot.is_none();
    let past = cdrs.iter().map(|cdr| past_row(cdr, language)).collect();
    let now = snapshot.as_ref().map(|snapshot| now_rows(snapshot, &member)).unwrap_or_default();
    let may_export = member.who.permissions.allow(Permission::SeeApprovals) && wrong.is_none();
    let export = may_export.then_some(address).flatten();
    let find = Find { export, ..find(&app, form, is_narrow, wrong, language) };
    Ok(render(&CallsPage { shell, is_silent, now, past, is_first, find, more }))
}

fn find(app: &App, form: FindForm, is_narrow: bool, wrong: Option<String>, language: Language) -> Find {
    let settings = Arc::clone(&app.parts.settings.borrow());
    let directions = [Direction::Incoming, Direction::Outgoing, Direction::Internal];
    let name = |direction| state::direction(direction, CallClass::Normal, language).to_owned();
    let directions = directions.map(|direction| (word(&direction), name(direction)));
    let queues = settings.queues.iter().map(|queue| (queue.name.clone(), queue.name.clone()));
    let people = settings.people.iter().map(|person| (person.id.0.to_string(), person.name.clone()));
    let states = RecordingState::ALL.map(|state| (word(&state), recording_word(state, language).1.to_owned()));
    let orders = FindOrder::ALL.map(|order| (order.tag().to_owned(), search::order(order, language)));
    Find {
        directions: choices(directions, &form.direction),
        queues: choices(queues, &form.queue),
        people: choices(people, &form.person),
        recordings: choices(states, &form.recording),
        orders: choices(orders, &form.order),
        form,
        is_narrow,
        wrong,
        export: None,
    }
}

/// A field's choices. What was asked and is no choice any more, as a queue that is gone, stays one: its calls are still
/// there.
fn choices(known: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    let choice = |(value, label): (String, String)| Choice { is_chosen: value == chosen, value, label };
    let mut choices: Vec<Choice> = known.into_iter().map(choice).collect();
    if !chosen.is_empty() && !choices.iter().any(|choice| choice.is_chosen) {
        choices.push(Choice { value: chosen.to_owned(), label: chosen.to_owned(), is_chosen: true });
    }
    choices
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
        CallPhase::Dialling | CallPhase::Flow { .. } | CallPhase::LeavesMail { .. } | CallPhase::HearsMail { .. } => {
            "dial"
        }
        CallPhase::Waiting { .. } | CallPhase::Hold | CallPhase::Parked { .. } => "hold",
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
        _ if cdr.message.is_some() => ("hold", Page::WasMessage),
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
