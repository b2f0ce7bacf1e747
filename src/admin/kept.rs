//! How long a call's recording is kept and why, and the form that tells an event from which that counts.

use std::sync::Arc;

use access::{Permission, TwoPersonAct};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use vault::{Day, Standing};

use super::{
    app::App,
    call_page::{self, Told},
    fault::Fault,
    sent::{self, Sent},
    visitor::Member,
};
use crate::{
    handles::{KeepingReply, KeepingRequest},
    journal::RecordingState,
    words::{Language, kept as words, page::Page},
};

/// How long it is kept.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) sentences: Vec<String>,
    /// The events that may be told; none where the reader may not, or no rule waits for any.
    pub(super) events: Vec<String>,
    /// Whether the reader may ask to erase a stretch of it.
    pub(super) may_erase: bool,
    /// Today, as the form's last day.
    pub(super) today: String,
}

/// How long a call's recording is kept; none where there is none.
pub(super) fn of_call(app: &App, member: &Member, told: &Told, language: Language) -> Option<Keeping> {
    let (kept, today) = (&told.kept, told.today);
    if matches!(kept.cdr.recording.state(), RecordingState::NotDue | RecordingState::Missing) {
        return None;
    }
    if kept.is_erased() {
        let mut sentences = vec![words::Kept::Erased.say(language)];
        if !told.packages.is_empty() {
            sentences.push(words::Kept::InPackages { packages: told.packages.join(", ") }.say(language));
        }
        return Some(Keeping { sentences, events: Vec::new(), may_erase: false, today: today.to_string() });
    }
    let settings = app.parts.settings.borrow();
    let may = member.who.permissions.allow(Permission::OpenRecording);
    let events = if may { kept.events(&settings) } else { Vec::new() };
    let sentences = match kept.standing(&settings, today) {
        Standing::Kept { .. } if !kept.has_day() => vec![words::Kept::ClockUnconfirmed.say(language)],
        standing => words::standing(standing, language),
    };
    let is_whole = kept.cdr.recording.object.is_some();
    let may_erase = is_whole && app.access().administrators().may_ask(member.who.person, TwoPersonAct::EraseRange);
    Some(Keeping { sentences, events, may_erase, today: today.to_string() })
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
    let (of, by) = (found.kept.cdr.call, member.who.person);
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
    if !found.kept.events(&app.parts.settings.borrow()).contains(&form.event) {
        return Err(Page::RetentionDayWrong);
    }
    if day > Day::of(app.now().utc) {
        return Err(Page::RetentionDayToCome);
    }
    if found.kept.told().iter().any(|(event, before)| *event == form.event && *before > day) {
        return Err(Page::RetentionDayEarlier);
    }
    Ok((day, sent::reason(&form.reason).ok_or(Page::ReasonMissing)?))
}
