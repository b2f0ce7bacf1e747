//! How long a call's recording is kept and why, and the form that tells an event from which that counts.

use std::sync::Arc;

use access::Permission;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use settings::{RetentionRule, Settings};
use vault::{Day, RuleFor, rules_for, standing};

use super::{
    app::App,
    call_page::{self, Told},
    fault::Fault,
    sent::{self, Sent},
    visitor::Member,
};
use crate::{
    handles::{KeepingReply, KeepingRequest},
    journal::{BoxEvent, Cdr, Event, Record, RecordingState, TookPart},
    words::{Language, kept, page::Page},
};

/// How long it is kept.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) sentences: Vec<String>,
    /// The events that may be told; none where the reader may not, or no rule waits for any.
    pub(super) events: Vec<String>,
    /// Today, as the form's last day.
    pub(super) today: String,
}

/// How long a call's recording is kept; none where there is none.
pub(super) fn of_call(
    app: &App,
    member: &Member,
    cdr: &Cdr,
    records: &[Record],
    language: Language,
) -> Option<Keeping> {
    if matches!(cdr.recording.state(), RecordingState::NotDue | RecordingState::Missing) {
        return None;
    }
    let today = Day::of(app.now().utc);
    if cdr.recording.erased {
        let sentences = vec![kept::Kept::Erased.say(language)];
        return Some(Keeping { sentences, events: Vec::new(), today: today.to_string() });
    }
    let settings = app.parts.settings.borrow();
    let ended = cdr.ended.map_or(today, |ended| Day::of(ended.utc));
    let standing = standing(rules(&settings, records).into_iter(), ended, &told(records), today);
    let may = member.who.permissions.allow(Permission::OpenRecording);
    let events = if may { events(&settings, records) } else { Vec::new() };
    Some(Keeping { sentences: kept::standing(standing, language), events, today: today.to_string() })
}

fn rules<'s>(settings: &'s Settings, records: &[Record]) -> Vec<RuleFor<'s>> {
    rules_for(&settings.retention, &TookPart::of(records).queues).collect()
}

/// The events from which rules of this call count.
fn events(settings: &Settings, records: &[Record]) -> Vec<String> {
    let rules = rules(settings, records).into_iter().map(RuleFor::rule);
    let mut events: Vec<String> = rules.flat_map(RetentionRule::events).map(str::to_owned).collect();
    events.sort();
    events.dedup();
    events
}

/// What was told of a call.
fn told(records: &[Record]) -> Vec<(&str, Day)> {
    let told = records.iter().filter_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::RetentionEventTold { event, day, .. })) => Some((event.as_str(), day.parse().ok()?)),
        _ => None,
    });
    told.collect()
}

#[derive(Deserialize)]
pub(super) struct TellForm {
    token: String,
    #[serde(default)]
    event: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    reason: String,
}

/// `POST /calls/{call}/event`
pub(super) async fn tell(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<TellForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::OpenRecording)?;
    let language = member.visitor.language;
    let found = call_page::read(&app, &member, &call).await?;
    let (day, reason) = match wish(&app, &found, &form) {
        Ok(wish) => wish,
        Err(what) => return call_page::says(&app, &member, &call, what).await,
    };
    let (of, by) = (found.cdr.call, member.who.person);
    // By the desk: what it told the recorder to erase is taken back, or it says that it is too late.
    let request = KeepingRequest::TellEvent { call: of, event: form.event, day, by, reason };
    match app.parts.keeping.ask_for_long(request).await {
        Ok(KeepingReply::Done(_)) => Ok(Redirect::to(&format!("/calls/{of}")).into_response()),
        Ok(KeepingReply::TooLateFor { .. }) => call_page::says(&app, &member, &call, Page::RetentionToldTooLate).await,
        _ => Err(Fault::unavailable(language, Page::NotAudited)),
    }
}

/// The day and the reason that were sent; otherwise why they can't be taken.
fn wish(app: &App, found: &Told, form: &TellForm) -> Result<(Day, String), Page> {
    let day: Day = form.day.parse().map_err(|_| Page::RetentionDayWrong)?;
    if !events(&app.parts.settings.borrow(), &found.records).contains(&form.event) {
        return Err(Page::RetentionDayWrong);
    }
    if day > Day::of(app.now().utc) {
        return Err(Page::RetentionDayToCome);
    }
    if told(&found.records).iter().any(|(event, before)| *event == form.event && *before > day) {
        return Err(Page::RetentionDayEarlier);
    }
    Ok((day, sent::reason(&form.reason).ok_or(Page::ReasonMissing)?))
}
