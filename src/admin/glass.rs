//! What was opened without the second person whom the settings want: listed until somebody else has reviewed it.

use std::sync::Arc;

use access::Permission;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use frame::{EventNo, PersonId};
use serde::Deserialize;

use super::{
    app::App,
    approval_page::{self, Became},
    fault::Fault,
    moment::Moment,
    sent::{self, Sent},
    timeline::who,
    visitor::Member,
};
use crate::{
    journal::{Act, Actor, Alarm, BoxEvent, Event, Intend, Outcome, Record},
    words::{Language, approval::Approving, page::Page},
};

/// One that waits for its review.
pub(super) struct Broken {
    pub(super) no: EventNo,
    pub(super) call: Option<String>,
    pub(super) recording: String,
    pub(super) when: Moment,
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) may_review: bool,
}

/// All of them, oldest first.
pub(super) async fn to_review(app: &App, member: &Member) -> Result<Vec<Broken>, Fault> {
    let language = member.visitor.language;
    let open = app.read_index(language, |index| index.glass_to_review()).await?;
    Ok(open.iter().filter_map(|record| row(app, record, member.who.person, language)).collect())
}

fn row(app: &App, record: &Record, me: PersonId, language: Language) -> Option<Broken> {
    let Some(Event::Box(BoxEvent::GlassBroken { call, recording, by, reason })) = record.event() else { return None };
    Some(Broken {
        no: record.no,
        call: call.map(|call| call.to_string()),
        recording: recording.to_string(),
        when: Moment::date(record.stamp.utc),
        by: who(*by, language, &|person| app.name_of(person)),
        reason: reason.clone(),
        may_review: *by != Actor::Person(me),
    })
}

#[derive(Deserialize)]
pub(super) struct ReviewForm {
    token: String,
    #[serde(default)]
    word: String,
}

/// `POST /approvals/glass/{no}`: after the audit has it. Nobody reviews what they opened themselves.
pub(super) async fn review(
    State(app): State<Arc<App>>,
    member: Member,
    Path(no): Path<String>,
    Sent(form): Sent<ReviewForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::SeeApprovals)?;
    let (language, by) = (member.visitor.language, member.who.person);
    let no = EventNo(no.parse().map_err(|_| Fault::not_found(language))?);
    let open = app.read_index(language, |index| index.glass_to_review()).await?;
    let record = open.into_iter().find(|record| record.no == no).ok_or_else(|| Fault::not_found(language))?;
    let Some(Event::Box(BoxEvent::GlassBroken { recording, by: opened_by, call, .. })) = record.event() else {
        return Err(Fault::not_found(language));
    };
    let wrong = |why: Approving| Some(Became::Wrong(why.say(language)));
    if *opened_by == Actor::Person(by) {
        return approval_page::page(&app, &member, wrong(Approving::OwnGlass)).await;
    }
    let Some(word) = sent::reason(&form.word) else {
        return approval_page::page(&app, &member, wrong(Approving::ReasonMissing)).await;
    };
    let (object, call) = (format!("{no}: {recording}"), *call);
    let intend = Intend { by: Actor::Person(by), act: Act::ReviewGlass, object, call, reason: word.clone() };
    let intent = app.intend(language, intend).await?;
    let reviewed = BoxEvent::GlassReviewed { broken: no, by, word };
    if !matches!(app.parts.journal.append_durable(app.now(), reviewed).await, Ok(Ok(_))) {
        return Err(Fault::unavailable(language, Page::NotAudited));
    }
    let alarm = Alarm::GlassBroken { broken: no, recording: *recording };
    app.parts.journal.append(app.now(), BoxEvent::AlarmCleared { alarm });
    intent.conclude(Outcome::Done);
    Ok(Redirect::to("/approvals").into_response())
}
