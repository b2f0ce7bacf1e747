//! Whether a call's recording is what its leaf says: when it was read whole last, and the button that has it read now.

use std::sync::Arc;

use access::Permission;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use frame::{EventNo, RecordingId};
use serde::Deserialize;

use super::{
    app::App,
    call_page::{self, recording},
    fault::Fault,
    moment::Moment,
    sent::Sent,
    visitor::Member,
};
use crate::{
    handles::{Kept, VaultReply, VaultRequest},
    journal::{Act, Actor, BoxEvent, Cdr, Event, Intend, Outcome, Record},
    words::{Language, page::Page, state},
};

/// What the page says.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) class: &'static str,
    pub(super) text: String,
    pub(super) at: Option<Moment>,
    /// Whether the reader may have it read now.
    pub(super) may_check: bool,
}

/// What is known of a call's recording; none where there is none that is whole, or the vault does not answer.
pub(super) async fn of_call(app: &App, member: &Member, cdr: &Cdr, records: &[Record]) -> Option<Checked> {
    let recording = recording(cdr)?;
    let state = VaultRequest::State { recording, told: told(records, recording) };
    let Ok(VaultReply::State(kept)) = app.parts.vault.ask(state).await else { return None };
    Some(said(kept, may_check(member), member.visitor.language))
}

fn said(Kept { intact, read_at, .. }: Kept, may_check: bool, language: Language) -> Checked {
    let (class, text) = match intact {
        None => ("soft", Page::NotReadYet),
        Some(true) => ("soft", Page::ReadWhole),
        Some(false) => ("note alarm", Page::ReadDamaged),
    };
    Checked { class, text: text.say(language), at: read_at.map(|at| Moment::date(at.utc)), may_check }
}

/// The event by which a recording was told whole.
pub(super) fn told(records: &[Record], of: RecordingId) -> EventNo {
    let finished = |record: &&Record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingFinished { recording, .. })) => *recording == of,
        _ => false,
    };
    // Of what no event told nothing is known.
    records.iter().find(finished).map_or(EventNo(u64::MAX), |record| record.no)
}

/// Who may hear recordings, and who reads the audit.
fn may_check(member: &Member) -> bool {
    let may = |permission| member.who.permissions.allow(permission);
    may(Permission::OpenRecording) || may(Permission::SeeAudit)
}

#[derive(Deserialize)]
pub(super) struct CheckForm {
    token: String,
}

/// `POST /calls/{call}/check`: the recording is read now, after the audit has it.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<CheckForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    if !may_check(&member) {
        member.must(Permission::SeeAudit)?;
    }
    let language = member.visitor.language;
    let told_of = call_page::read(&app, &member, &call).await?;
    let Some(recording) = recording(&told_of.cdr) else { return Err(Fault::not_found(language)) };
    let (by, call, object) = (Actor::Person(member.who.person), told_of.cdr.call, recording.to_string());
    let intend = Intend { by, act: Act::CheckRecording, object, call: Some(call), reason: String::new() };
    let intent = app.intend(language, intend).await?;
    let told = told(&told_of.records, recording);
    let answer = app.parts.vault.ask_to_unlock(VaultRequest::Check { call, recording, told }).await;
    // That it is damaged is what was found out: the act was done.
    let is_done = matches!(answer, Ok(VaultReply::State(_)));
    intent.conclude(if is_done { Outcome::Done } else { Outcome::Failed });
    let why = match answer {
        Ok(VaultReply::State(_)) => return Ok(Redirect::to(&format!("/calls/{call}")).into_response()),
        Ok(VaultReply::Refused(why)) => Page::NotChecked { why: state::vault_refusal(why, language).to_owned() },
        _ => Page::VaultSilent,
    };
    call_page::says(&app, &member, &call.to_string(), why).await
}
