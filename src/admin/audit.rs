//! Audit: who did what, who came in and who could not, newest first. It is read and never changed.

use std::sync::Arc;

use ::call::{CallEvent, MaskedBy};
use access::Permission;
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use frame::{CallId, EventNo, PersonId};
use serde::Deserialize;

use super::{
    app::App,
    fault::{Fault, render},
    moment::Moment,
    shell::Shell,
    timeline::{People, became, who},
    visitor::Member,
};
use crate::{
    journal::{Act, Actor, AuditEntry, AuditOf, BoxEvent, Event, Outcome},
    words::{
        Language,
        audit::{self as words, Audit},
        masked_by,
        page::Page,
    },
};

/// How many entries one page lists.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "audit.html", config = "src/admin/web/askama.toml")]
struct AuditPage {
    shell: Shell,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    of: AuditOf,
    is_first: bool,
    /// The next page begins before this event.
    older: Option<EventNo>,
}

impl AuditPage {
    fn say(&self, sentence: Audit) -> String {
        sentence.say(self.shell.language)
    }
}

struct Filter {
    tag: &'static str,
    label: String,
    is_current: bool,
}

/// One entry.
#[derive(Default)]
struct Row {
    no: u64,
    when: Option<Moment>,
    who: String,
    what: String,
    object: String,
    call: Option<CallId>,
    reason: String,
    /// The colour, and the word; none where there is nothing to become.
    became: Option<(&'static str, String)>,
}

#[derive(Deserialize)]
pub(super) struct Place {
    before: Option<u64>,
    #[serde(default)]
    of: String,
}

/// `GET /audit?of=PART&before=EVENT`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Response, Fault> {
    member.must(Permission::SeeAudit)?;
    let language = member.visitor.language;
    let place = place.map(|Query(place)| place).unwrap_or(Place { before: None, of: String::new() });
    let (of, before) = (place.of.parse().unwrap_or_default(), place.before.map(EventNo));
    let shell = Shell::inside(&app, &member, Page::Audit).await?;
    // One row more than is shown tells whether there is a next page.
    let mut entries = app.read_index(language, move |index| index.audit(of, before, ROWS + 1)).await?;
    let has_more = entries.len() > ROWS as usize;
    entries.truncate(ROWS as usize);
    let older = entries.last().filter(|_| has_more).map(|last| last.record.no);
    let names = |person| app.name_of(person);
    let rows = entries.iter().map(|entry| row(entry, language, &names)).collect();
    let filters = AuditOf::ALL.map(|each| Filter {
        tag: each.tag(),
        label: words::filter(each).say(language),
        is_current: each == of,
    });
    Ok(render(&AuditPage { shell, filters: filters.into(), rows, of, is_first: before.is_none(), older }))
}

fn row(entry: &AuditEntry, language: Language, names: People<'_>) -> Row {
    let record = &entry.record;
    let row = Row { no: record.no.0, when: Some(Moment::date(record.stamp.utc)), ..Row::default() };
    let event = match record.event() {
        Some(Event::Box(event)) => event,
        Some(Event::Call(event)) => return row_of_call(event, row, language, names),
        None => return Row { what: Page::UnknownEvent { no: record.no.0 }.say(language), ..row },
    };
    match event {
        BoxEvent::AuditIntent { by, act, object, reason, call } => Row {
            who: who(*by, language, names),
            what: words::act(*act, language),
            object: object_of(*act, object, language, names),
            call: *call,
            reason: reason.clone(),
            became: Some(became(entry.outcome, language)),
            ..row
        },
        event => {
            let what = words::fact(event, language).unwrap_or_default();
            Row { who: whose(event, language, names), what, ..row }
        }
    }
}

/// What somebody did in a call without waiting for the disk.
fn row_of_call(event: &CallEvent, row: Row, language: Language, names: People<'_>) -> Row {
    let (by, what) = match event {
        CallEvent::EndAsked { by, .. } => (MaskedBy::Person(*by), Audit::EndCall),
        CallEvent::MaskingBegan { by, .. } => (by.clone(), Audit::PauseRecording),
        CallEvent::MaskingEndAsked { by, .. } => (by.clone(), Audit::ResumeRecording),
        _ => return Row { what: Page::UnknownEvent { no: row.no }.say(language), ..row },
    };
    let who = match by {
        MaskedBy::Person(person) => who(Actor::Person(person), language, names),
        MaskedBy::Console { uid } => who(Actor::User { uid }, language, names),
        MaskedBy::Station { .. } | MaskedBy::Flow { .. } => masked_by(&by, language).trim().to_owned(),
    };
    let became = Some(became(Some(Outcome::Done), language));
    let call = event.call();
    Row { who, what: what.say(language), object: call.to_string(), call: Some(call), became, ..row }
}

/// On what an act was done. Who it was done to is called by name.
fn object_of(act: Act, object: &str, language: Language, names: People<'_>) -> String {
    let is_person = matches!(
        act,
        Act::ChangePerson
            | Act::InvitePerson
            | Act::WithdrawInvitation
            | Act::SignOutPerson
            | Act::LockPerson
            | Act::UnlockPerson
            | Act::EndHoldUp
            | Act::DropSecondFactor
            | Act::ResetGreeting
    );
    let person = object.parse().ok().filter(|_| is_person);
    person.map_or_else(|| object.to_owned(), |person| who(Actor::Person(PersonId(person)), language, names))
}

/// Whom a fact is about.
fn whose(event: &BoxEvent, language: Language, names: People<'_>) -> String {
    match event {
        BoxEvent::SignedIn { person, .. }
        | BoxEvent::SignedOut { person }
        | BoxEvent::Joined { person, .. }
        | BoxEvent::PasswordChanged { person, .. }
        | BoxEvent::SecondFactorChanged { person, .. }
        | BoxEvent::CodeWrong { person, .. } => who(Actor::Person(*person), language, names),
        BoxEvent::SettingsApplied { by, .. } => who(*by, language, names),
        // As it was typed: it may be nobody's.
        BoxEvent::SignInFailed { name, .. } if name.is_empty() => Page::Unknown.say(language),
        BoxEvent::SignInFailed { name, .. } => format!("“{name}”"),
        _ => who(Actor::Box, language, names),
    }
}
