//! The hook and the keys of a handset at the box: what an operator presses on the page of its jack.
//!
//! A handset is its operator's: whoever has its extension. One without an operator is everybody's who sees the box, as a
//! telephone in a corridor is. What is done there is a call's, and stands in its story; it needs no audit of its own.

use std::sync::Arc;

use access::Permission;
use axum::{
    extract::{Path, State},
    response::Response,
};
use frame::PortId;
use serde::Deserialize;
use settings::{CardKind, Key};

use super::{app::App, box_page, fault::Fault, line_acts::Became, sent::Sent, visitor::Member};
use crate::{
    handles::{ControlReply, ControlRequest, HandsetAct},
    words::{Language, page::Page},
};

/// The keys, as they stand on a telephone.
const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/// What the page of a handset's jack offers.
#[derive(Debug)]
pub(super) struct HandActs {
    pub(super) port: PortId,
    pub(super) keys: [char; 12],
    /// What became of the last wish: the colour, and the sentence.
    pub(super) note: Option<(&'static str, String)>,
}

/// What a member may do with a jack; none where it is no handset, or another's.
pub(super) fn acts(app: &App, member: &Member, port: PortId, became: Became) -> Option<HandActs> {
    let note = became.note.map(|(class, what)| (class, what.say(member.visitor.language)));
    may_hold(app, member, port).then_some(HandActs { port, keys: KEYS, note })
}

fn may_hold(app: &App, member: &Member, port: PortId) -> bool {
    app.layout.jack(port).is_some_and(|jack| jack.kind == CardKind::Handset) && works_at(app, member, port)
}

/// Whether a telephone is a member's: its extension is, or nobody's.
pub(super) fn works_at(app: &App, member: &Member, port: PortId) -> bool {
    let settings = app.parts.settings.borrow();
    let Some(station) = settings.stations.iter().find(|row| row.port == port) else { return false };
    let works_here = |person: &&settings::Person| person.extension.as_deref() == Some(&station.extension);
    let mut operators = settings.people.iter().filter(works_here).peekable();
    operators.peek().is_none() || operators.any(|person| person.id == member.who.person)
}

#[derive(Deserialize)]
pub(super) struct HandForm {
    token: String,
    act: String,
}

/// `POST /box/{port}/hand`
pub(super) async fn hand(
    State(app): State<Arc<App>>,
    member: Member,
    Path(port): Path<String>,
    Sent(form): Sent<HandForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::SeeBox)?;
    let language = member.visitor.language;
    let port = port.parse().map_err(|_| Fault::not_found(language))?;
    if !may_hold(&app, &member, port) {
        return Err(Fault::refused(language, Page::Forbidden));
    }
    let act = act_of(&form.act).ok_or_else(|| Fault::bad_form(language))?;
    let note = match app.parts.control.ask(ControlRequest::Handset { port, act }).await {
        Ok(ControlReply::HandsetDone) => None,
        Ok(ControlReply::NoDevice) => Some(("alarm", Page::HandsetAway)),
        Ok(ControlReply::NoSuchHandset) => return Err(Fault::not_found(language)),
        _ => return Err(silent(language)),
    };
    box_page::page(&app, &member, Some(port), Became { note, ..Became::default() }).await
}

fn silent(language: Language) -> Fault {
    Fault::unavailable(language, Page::ControlSilent)
}

fn act_of(text: &str) -> Option<HandsetAct> {
    match text {
        "lift" => Some(HandsetAct::Lift),
        "put_down" => Some(HandsetAct::PutDown),
        key => {
            let mut chars = key.chars();
            let key = chars.next().filter(|_| chars.next().is_none())?;
            Key::try_from(key).ok().map(HandsetAct::Key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_one_act_or_is_none() {
        assert_eq!(act_of("lift"), Some(HandsetAct::Lift));
        assert_eq!(act_of("put_down"), Some(HandsetAct::PutDown));
        assert!(
            KEYS.iter()
                .all(|key| matches!(act_of(&key.to_string()), Some(HandsetAct::Key(of)) if of.as_char() == *key))
        );
        for wrong in ["", "12", "x", "lift "] {
            assert_eq!(act_of(wrong), None, "{wrong:?}");
        }
    }
}
