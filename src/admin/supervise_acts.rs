//! The buttons by which a supervisor hears a talk: in the list of calls, and on the page of a call.
//!
//! Whoever presses one is rung at the own telephone, as the settings name it, and hears the talk once it is lifted. The
//! audit has it before anything rings; from when to when, and how, stands in the call's story.

use std::sync::Arc;

use access::Permission;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use call::SupervisorMode;
use frame::CallId;
use serde::Deserialize;

use super::{app::App, call_page, fault::Fault, sent::Sent, visitor::Member};
use crate::{
    handles::{ControlReply, ControlRequest, SupervisedNow},
    journal::{Act, Actor, Intend, Outcome},
    words::{Language, not_supervised, page::Page},
};

/// What a page offers for a call.
#[derive(Debug)]
pub(super) struct SuperviseActs {
    /// Where the form goes.
    pub(super) action: String,
    pub(super) buttons: Vec<Button>,
    /// Who hears it already, and how.
    pub(super) now: Option<String>,
}

/// One button.
#[derive(Debug)]
pub(super) struct Button {
    pub(super) act: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
}

/// The acts of the forms. Without a mode it ends.
const ACTS: [(&str, Option<SupervisorMode>); 4] = [
    ("listen", Some(SupervisorMode::Listens)),
    ("whisper", Some(SupervisorMode::Whispers)),
    ("barge_in", Some(SupervisorMode::BargesIn)),
    ("leave", None),
];

fn button((act, mode): (&'static str, Option<SupervisorMode>), language: Language) -> Button {
    let (label, hint) = match mode {
        Some(SupervisorMode::Listens) => (Page::SuperviseListen, Page::SuperviseListenHint),
        Some(SupervisorMode::Whispers) => (Page::SuperviseWhisper, Page::SuperviseWhisperHint),
        Some(SupervisorMode::BargesIn) => (Page::SuperviseBargeIn, Page::SuperviseBargeInHint),
        None => (Page::SuperviseLeave, Page::SuperviseLeaveHint),
    };
    Button { act, label: label.say(language), hint: hint.say(language) }
}

/// The modes to choose from: not the one that is.
fn offered(now: SupervisedNow) -> impl Iterator<Item = (&'static str, Option<SupervisorMode>)> {
    ACTS.into_iter().filter(move |(_, mode)| match now {
        SupervisedNow::By { mode: is, .. } => *mode != Some(is),
        SupervisedNow::May | SupervisedNow::No => mode.is_some(),
    })
}

/// What a member may do with a call as its supervisor.
pub(super) fn of_call(app: &App, member: &Member, call: CallId, now: SupervisedNow) -> Option<SuperviseActs> {
    if !member.who.permissions.allow(Permission::Supervise) {
        return None;
    }
    let language = member.visitor.language;
    let (mine, now_words) = match now {
        SupervisedNow::No => return None,
        SupervisedNow::May => (true, None),
        SupervisedNow::By { person, mode } => {
            let who = app.name_of(person).unwrap_or_else(|| Page::PersonNo { no: person.0 }.say(language));
            let how = crate::words::supervisor_mode(mode, language).to_owned();
            (person == member.who.person, Some(Page::SupervisedBy { who, how }.say(language)))
        }
    };
    let buttons = offered(now).filter(|_| mine).map(|act| button(act, language)).collect();
    Some(SuperviseActs { action: format!("/calls/{call}/supervise"), buttons, now: now_words })
}

/// The one button of a row in the list of calls, where a member may hear the call.
pub(super) fn in_list(member: &Member, now: SupervisedNow) -> bool {
    now == SupervisedNow::May && member.who.permissions.allow(Permission::Supervise)
}

#[derive(Deserialize)]
pub(super) struct SuperviseForm {
    token: String,
    act: String,
}

/// `POST /calls/{call}/supervise`
pub(super) async fn supervise(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<SuperviseForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::Supervise)?;
    let (language, person) = (member.visitor.language, member.who.person);
    let id: CallId = call.parse().map_err(|_| Fault::not_found(language))?;
    let mode = ACTS.into_iter().find(|(act, _)| *act == form.act).ok_or_else(|| Fault::bad_form(language))?.1;
    let (by, object) = (Actor::Person(person), id.to_string());
    let intend = Intend { by, act: Act::Supervise, object, call: Some(id), reason: String::new() };
    // To hear no more waits for nothing.
    let intent = if mode.is_some() { Some(app.intend(language, intend).await?) } else { None };
    let became = match app.parts.control.ask(ControlRequest::Supervise { call: id, person, mode }).await {
        Ok(ControlReply::Supervised(became)) => became,
        _ => return Err(Fault::unavailable(language, Page::ControlSilent)),
    };
    match became {
        Ok(()) => {
            intent.into_iter().for_each(|intent| intent.conclude(Outcome::Done));
            Ok(Redirect::to(&format!("/calls/{id}#supervise")).into_response())
        }
        Err(why) => {
            intent.into_iter().for_each(|intent| intent.conclude(Outcome::Failed));
            let why = not_supervised(why, language).to_owned();
            call_page::says(&app, &member, &call, Page::NotSupervised { why }).await
        }
    }
}

#[cfg(test)]
mod tests {
    use frame::PersonId;

    use super::*;

    #[test]
    fn a_talk_that_nobody_hears_offers_three_ways_and_one_that_is_heard_the_others_and_the_end() {
        let acts = |now| offered(now).map(|(act, _)| act).collect::<Vec<_>>();
        assert_eq!(acts(SupervisedNow::May), ["listen", "whisper", "barge_in"]);
        let by = SupervisedNow::By { person: PersonId(3), mode: SupervisorMode::Whispers };
        assert_eq!(acts(by), ["listen", "barge_in", "leave"]);
    }
}
