//! Holds and erasing from the command line: who acts shows it with name and password, and does what their role does on the page.
//!
//! Each is served beside the others: the desk that keeps asks the desk of acts that need two on its way.
//! Not here: the page (`keeping_page`), the desk itself (`daemon::keeping`).

use std::sync::Arc;

use access::{Permission, Permissions, TwoPersonAct};
use frame::{EventNo, PersonId, Utc};
use vault::{Hold, HoldSearch};

use super::{
    app::App,
    approvals::{self, confirm_visitor},
    fault::Fault,
};
use crate::{
    handles::{
        ApprovalsRefusal, Asked, KeepingRefusal, KeepingReply, KeepingRequest, NamedKeepingNow, NamedKeepingReply,
        NamedKeepingRequest, PlacedNow, Requests,
    },
    journal::{BoxEvent, Event, IndexReader, Record},
    words::Language,
};

/// Serves the command line until every asker is gone.
pub(super) async fn serve(app: Arc<App>, mut requests: Requests<NamedKeepingRequest, NamedKeepingReply>) {
    while let Some(Asked { request, reply }) = requests.recv().await {
        let app = Arc::clone(&app);
        // Who asked may have gone meanwhile.
        tokio::spawn(async move { reply.send(serve_one(&app, request).await) });
    }
}

/// Whether a role does an act, on the page and here.
pub(super) fn may(app: &App, by: PersonId, act: &KeepingRequest) -> bool {
    let of_two = match act {
        KeepingRequest::LiftHold { .. } => TwoPersonAct::LiftHold,
        KeepingRequest::Erase { .. } => TwoPersonAct::EraseDue,
        KeepingRequest::AcknowledgeLosses { .. } => TwoPersonAct::AcknowledgeLosses,
        KeepingRequest::EraseRange { .. } => TwoPersonAct::EraseRange,
        // One person does it: it is read, or the safe direction, or said with a name to it.
        KeepingRequest::Overview
        | KeepingRequest::LookAtRange { .. }
        | KeepingRequest::PlaceHold { .. }
        | KeepingRequest::Cancel { .. }
        | KeepingRequest::TellEvent { .. }
        | KeepingRequest::ConfirmTime { .. } => return true,
    };
    app.access().administrators().may_ask(by, of_two)
}

async fn serve_one(app: &Arc<App>, request: NamedKeepingRequest) -> NamedKeepingReply {
    let (by, act) = match request {
        NamedKeepingRequest::List => return list(app).await.unwrap_or_else(|why| why),
        NamedKeepingRequest::Range { call, meant } => {
            return answered(app.parts.keeping.ask_for_long(KeepingRequest::LookAtRange { call, meant }).await.ok());
        }
        NamedKeepingRequest::Act { by, act } => (by, act),
    };
    let person = match confirm_visitor(app, &by).await {
        Ok(person) => person,
        Err(why) => return NamedKeepingReply::NotShown(why),
    };
    let sees = Permissions::of(app.access().roles_of(person)).allow(Permission::SeeApprovals);
    let Some(act) = done_by(act, person).filter(|act| sees && may(app, person, act)) else {
        return NamedKeepingReply::NotTheirs;
    };
    answered(app.parts.keeping.ask_for_long(act).await.ok())
}

fn answered(reply: Option<KeepingReply>) -> NamedKeepingReply {
    let none = NamedKeepingReply::NotShown(ApprovalsRefusal::NoAnswer);
    reply.map_or(none, NamedKeepingReply::Answered)
}

/// The act as this person's; none for what the command line does not do.
fn done_by(mut act: KeepingRequest, person: PersonId) -> Option<KeepingRequest> {
    match &mut act {
        KeepingRequest::PlaceHold { by, .. }
        | KeepingRequest::LiftHold { by, .. }
        | KeepingRequest::Erase { by, .. }
        | KeepingRequest::EraseRange { by, .. }
        | KeepingRequest::Cancel { by, .. } => *by = person,
        KeepingRequest::Overview
        | KeepingRequest::LookAtRange { .. }
        | KeepingRequest::TellEvent { .. }
        | KeepingRequest::AcknowledgeLosses { .. }
        | KeepingRequest::ConfirmTime { .. } => return None,
    }
    Some(act)
}

async fn list(app: &Arc<App>) -> Result<NamedKeepingReply, NamedKeepingReply> {
    let not_ready = || NamedKeepingReply::Answered(KeepingReply::Refused(KeepingRefusal::NotReady));
    let now = match app.parts.keeping.ask_for_long(KeepingRequest::Overview).await {
        Ok(KeepingReply::Now(now)) => *now,
        Ok(refused) => return Err(NamedKeepingReply::Answered(refused)),
        Err(_) => return Err(NamedKeepingReply::NotShown(ApprovalsRefusal::NoAnswer)),
    };
    let placed = how_placed(app, now.holds.clone()).await.map_err(|_| not_ready())?;
    let open = approvals::open(app).await.map_err(NamedKeepingReply::NotShown)?;
    let granted = open.into_iter().map(|(_, open)| open);
    let granted = granted.filter(|open| open.granted.is_some() && open.proposal.act == TwoPersonAct::EraseDue);
    let granted = granted.map(|open| open.proposal.object).collect();
    Ok(NamedKeepingReply::Now(Box::new(NamedKeepingNow { now, placed, granted })))
}

/// Holds with who placed each, as far as its event says. The index is opened once for all.
///
/// # Errors
/// While the index can't be read.
pub(super) async fn how_placed(app: &App, holds: Vec<(EventNo, Hold)>) -> Result<Vec<PlacedNow>, Fault> {
    let read = move |index: &IndexReader| {
        let with_record = |(no, hold)| Ok(((no, hold), index.event(no)?));
        holds.into_iter().map(with_record).collect::<Result<Vec<_>, _>>()
    };
    let read = app.read_index(Language::English, read).await?;
    Ok(read.into_iter().map(|((no, hold), record)| placed(app, no, hold, record.as_ref())).collect())
}

pub(super) fn placed(app: &App, no: EventNo, hold: Hold, record: Option<&Record>) -> PlacedNow {
    let name = |person: PersonId| app.name_of(person).unwrap_or_else(|| person.to_string());
    let at = record.map_or(Utc::from_us(0), |record| record.stamp.utc);
    let (by, reason) = match record.and_then(Record::event) {
        Some(Event::Box(BoxEvent::HoldPlaced { by, reason, .. })) => (name(*by), reason.clone()),
        _ => (String::new(), String::new()),
    };
    let person = match &hold {
        Hold::Search(HoldSearch { person, .. }) => person.map(name),
        Hold::Call(_) => None,
    };
    PlacedNow { no, hold, person, by, at, reason }
}
