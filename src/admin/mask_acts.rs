//! The buttons that mask something of a talk: a number that the other party keys in secret, a pause of the recording.
//!
//! On the page of a telephone's jack they are its agent's, as far as the settings let it; on the page of a call they are
//! those who may end it. Who pressed them stands in the call's story: no audit is waited for, since a caller who is about
//! to say a card's number waits for nothing.

use std::sync::Arc;

use access::Permission;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use call::{CallEvent, MaskedBy, Masking, NotMasked};
use frame::{CallId, PortId};
use serde::Deserialize;

use super::{app::App, box_page, call_page, fault::Fault, hand_acts, line_acts::Became, sent::Sent, visitor::Member};
use crate::{
    handles::{Asker, ControlReply, ControlRequest, MaskOf, Snapshot},
    journal::{Cdr, Event, Record},
    words::{Language, page::Page},
};

/// What a page offers.
#[derive(Debug)]
pub(super) struct MaskActs {
    /// Where the form goes.
    pub(super) action: String,
    pub(super) buttons: Vec<Button>,
    /// What became of the last wish: the colour, and the sentence.
    pub(super) note: Option<(&'static str, String)>,
}

/// One button.
#[derive(Debug)]
pub(super) struct Button {
    pub(super) act: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
}

/// The acts of the forms.
const ACTS: [(&str, Masking, bool); 4] = [
    ("secret_input", Masking::SecretInput, true),
    ("heard_input", Masking::SecretInput, false),
    ("pause", Masking::Pause, true),
    ("resume", Masking::Pause, false),
];

fn button(what: Masking, on: bool, language: Language) -> Button {
    let (label, hint) = match (what, on) {
        (Masking::SecretInput, true) => (Page::SecretInput, Page::SecretInputHint),
        (Masking::SecretInput, false) => (Page::SecretInputEnd, Page::SecretInputNow),
        (Masking::Pause, true) => (Page::PauseRecording, Page::PauseHint),
        (Masking::Pause, false) => (Page::ResumeRecording, Page::PausedNow),
    };
    let act = ACTS.into_iter().find(|(_, of, does)| (*of, *does) == (what, on)).map_or("", |(act, ..)| act);
    Button { act, label: label.say(language), hint: hint.say(language) }
}

/// What a member may have masked at a telephone while it talks; none where it is another's, or the settings let it nothing.
pub(super) fn at_telephone(
    app: &App,
    member: &Member,
    port: PortId,
    snapshot: &Snapshot,
    became: Became,
) -> Option<MaskActs> {
    let call = snapshot.jacks.iter().find(|jack| jack.port == port)?.call?;
    let masked = &snapshot.calls.iter().find(|of| of.call == call)?.masked;
    if !hand_acts::works_at(app, member, port) {
        return None;
    }
    let may = |what| app.parts.settings.borrow().may_mask(what == Masking::Pause, port);
    let language = member.visitor.language;
    let offered = [Masking::SecretInput, Masking::Pause].into_iter().filter(|what| may(*what));
    let buttons: Vec<_> = offered.map(|what| button(what, !masked.contains(&what), language)).collect();
    let note = became.note.map(|(class, what)| (class, what.say(language)));
    (!buttons.is_empty()).then(|| MaskActs { action: format!("/box/{port}/mask"), buttons, note })
}

/// What a member may have masked of a call that goes on.
pub(super) fn of_call(member: &Member, cdr: &Cdr, records: &[Record], language: Language) -> Option<MaskActs> {
    let goes_on = cdr.ended.is_none() && member.who.permissions.allow(Permission::EndCall);
    let masked = masked(records);
    let both = [Masking::SecretInput, Masking::Pause];
    goes_on.then(|| MaskActs {
        action: format!("/calls/{}/mask", cdr.call),
        buttons: both.into_iter().map(|what| button(what, !masked.contains(&what), language)).collect(),
        note: None,
    })
}

/// What of a call is masked for a talk after these events. What a flow takes in secret is the flow's.
fn masked(records: &[Record]) -> Vec<Masking> {
    let mut masked = Vec::new();
    for record in records {
        match record.event() {
            Some(Event::Call(CallEvent::MaskingBegan { by: MaskedBy::Flow { .. }, .. })) => (),
            Some(Event::Call(CallEvent::MaskingBegan { what, .. })) => masked.push(*what),
            Some(Event::Call(CallEvent::MaskingEnded { what, .. })) => masked.retain(|of| of != what),
            _ => (),
        }
    }
    masked
}

#[derive(Deserialize)]
pub(super) struct MaskForm {
    token: String,
    act: String,
}

impl MaskForm {
    fn act(&self, language: Language) -> Result<(Masking, bool), Fault> {
        let act = ACTS.into_iter().find(|(act, ..)| *act == self.act);
        act.map(|(_, what, on)| (what, on)).ok_or_else(|| Fault::bad_form(language))
    }
}

/// `POST /box/{port}/mask`
pub(super) async fn at_jack(
    State(app): State<Arc<App>>,
    member: Member,
    Path(port): Path<String>,
    Sent(form): Sent<MaskForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::SeeBox)?;
    let language = member.visitor.language;
    let port: PortId = port.parse().map_err(|_| Fault::not_found(language))?;
    if !hand_acts::works_at(&app, &member, port) {
        return Err(Fault::refused(language, Page::Forbidden));
    }
    let (what, on) = form.act(language)?;
    let note = match ask(&app, &member, MaskOf::Telephone(port), what, on).await? {
        Ok(()) => return Ok(Redirect::to(&format!("/box/{port}#mask")).into_response()),
        Err(NotMasked::NotAllowed) => return Err(Fault::refused(language, Page::Forbidden)),
        Err(NotMasked::NoSuchCall | NotMasked::NotTalking) => Some(("off", Page::NobodyTalks)),
    };
    box_page::page(&app, &member, Some(port), Became { note, ..Became::default() }).await
}

/// `POST /calls/{call}/mask`
pub(super) async fn of_page(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<MaskForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::EndCall)?;
    let language = member.visitor.language;
    let id: CallId = call.parse().map_err(|_| Fault::not_found(language))?;
    let (what, on) = form.act(language)?;
    match ask(&app, &member, MaskOf::Call(id), what, on).await? {
        Ok(()) => Ok(Redirect::to(&format!("/calls/{id}")).into_response()),
        Err(NotMasked::NoSuchCall) => Err(Fault::not_found(language)),
        Err(NotMasked::NotTalking | NotMasked::NotAllowed) => {
            call_page::says(&app, &member, &call, Page::NobodyTalks).await
        }
    }
}

async fn ask(app: &App, member: &Member, of: MaskOf, what: Masking, on: bool) -> Result<Result<(), NotMasked>, Fault> {
    let by = Asker::Person(member.who.person);
    match app.parts.control.ask(ControlRequest::Mask { of, what, on, by }).await {
        Ok(ControlReply::Masked(masked)) => Ok(masked),
        _ => Err(Fault::unavailable(member.visitor.language, Page::ControlSilent)),
    }
}

#[cfg(test)]
mod tests {
    use frame::{EventNo, LegId, LifeNo, Stamp};

    use super::*;
    use crate::journal::Fact;

    #[test]
    fn a_button_ends_what_goes_on_and_never_what_a_flow_hides() {
        let call = CallId::new(LifeNo(1), 1);
        let began = |what, by| CallEvent::MaskingBegan { call, what, leg: Some(LegId::from_u64(7)), by };
        let ended = |what| CallEvent::MaskingEnded { call, what, digits: 3, why: ::call::MaskingEnd::EndKey };
        let station = || MaskedBy::Station { extension: "803".into() };
        let facts = [
            began(Masking::SecretInput, MaskedBy::Flow { step: "card".into() }),
            ended(Masking::SecretInput),
            began(Masking::Pause, station()),
            began(Masking::SecretInput, station()),
            ended(Masking::Pause),
        ];
        let records: Vec<Record> = (1..)
            .zip(facts)
            .map(|(no, fact)| Record {
                no: EventNo(no),
                life: LifeNo(1),
                version: 1,
                stamp: Stamp::default(),
                fact: Fact::Known(fact.into()),
            })
            .collect();
        assert_eq!(masked(&records[..1]), []);
        assert_eq!(masked(&records[..4]), [Masking::Pause, Masking::SecretInput]);
        assert_eq!(masked(&records), [Masking::SecretInput]);
    }

    #[test]
    fn each_button_says_one_act_and_the_form_knows_it() {
        for what in [Masking::SecretInput, Masking::Pause] {
            for on in [true, false] {
                let act = button(what, on, Language::English).act.to_owned();
                let form = MaskForm { token: String::new(), act };
                assert_eq!(form.act(Language::English).ok(), Some((what, on)));
            }
        }
    }
}
