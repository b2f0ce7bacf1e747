//! Approvals: what waits for a second person, who asked and why, and the forms that ask and answer.

use std::sync::Arc;

use access::{Approval, ApprovalAnswer, Permission, Proposal, TwoPersonAct};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use frame::{EventNo, PersonId};
use serde::Deserialize;

use super::{
    app::App,
    approval_about,
    approvals::{self, confirm_member, until},
    fault::{Fault, render},
    glass::{self, Broken},
    moment::Moment,
    sent::{self, Sent},
    shell::Shell,
    visitor::Member,
};
use crate::{
    handles::{About, ApprovalsRefusal},
    journal::{AskedFor, BoxEvent, Event},
    words::{
        Language,
        approval::{self as words, Approving},
        page::Page,
    },
};

/// How many past ones the page lists.
const PAST_ROWS: u32 = 30;

#[derive(Template)]
#[template(path = "approvals.html", config = "src/admin/web/askama.toml")]
struct ApprovalsPage {
    shell: Shell,
    is_complete: bool,
    glass: Vec<Broken>,
    waiting: Vec<Row>,
    past: Vec<PastRow>,
    acts: Vec<(String, String)>,
    /// Whoever grants gives a code as well.
    has_second_factor: bool,
    note: Option<String>,
    wrong: Option<String>,
}

impl ApprovalsPage {
    fn say(&self, sentence: Approving) -> String {
        sentence.say(self.shell.language)
    }
}

/// One that waits.
struct Row {
    no: EventNo,
    act: String,
    object: String,
    reason: String,
    by: String,
    asked: Moment,
    until: Moment,
    /// The colour of the word below.
    class: &'static str,
    state: String,
    /// What it is about, where its line does not say so.
    about: Vec<String>,
    may_grant: bool,
    may_refuse: bool,
    is_own: bool,
}

/// One that was.
struct PastRow {
    no: EventNo,
    when: Moment,
    act: String,
    object: String,
    by: String,
    became: String,
    who: String,
    reason: String,
}

/// What became of a form, said.
pub(super) enum Became {
    Done(String),
    Wrong(String),
}

/// `GET /approvals`
pub(super) async fn show(State(app): State<Arc<App>>, member: Member) -> Result<Response, Fault> {
    page(&app, &member, None).await
}

/// The page, with what became of a form.
pub(super) async fn page(app: &Arc<App>, member: &Member, became: Option<Became>) -> Result<Response, Fault> {
    member.must(Permission::SeeApprovals)?;
    let language = member.visitor.language;
    let mut shell = Shell::inside_titled(app, member, Approving::Title.say(language)).await?;
    // The answer to a form is no page of its own.
    "/approvals".clone_into(&mut shell.path);
    let open = approvals::open(app).await;
    let open = open.map_err(|_| Fault::unavailable(language, Page::IndexUnreadable))?;
    let past = app.read_index(language, |index| index.asked_for(PAST_ROWS)).await?;
    let glass = glass::to_review(app, member).await?;
    let people = app.access().administrators();
    let who = member.who.person;
    let may_ask = TwoPersonAct::ALL.into_iter().filter(|act| people.may_ask(who, *act));
    let acts = may_ask.map(|act| (act.tag().to_owned(), words::act(act).say(language))).collect();
    let about = approval_about::about(app, &open, language).await?;
    let with_about = |((no, open), about): ((EventNo, Approval), About)| Row {
        about: words::about(&open.proposal, &about, language),
        ..row(app, no, open, who, language)
    };
    let waiting = open.into_iter().zip(about).map(with_about).collect();
    let past = past.iter().filter_map(|asked| past_row(app, asked, language)).collect();
    let (status, note, wrong) = match became {
        Some(Became::Done(note)) => (StatusCode::OK, Some(note), None),
        Some(Became::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(wrong)),
        None => (StatusCode::OK, None, None),
    };
    let (is_complete, has_second_factor) = (people.are_complete(), app.access().has_second_factor(who));
    let page = ApprovalsPage { shell, is_complete, glass, waiting, past, acts, has_second_factor, note, wrong };
    Ok((status, render(&page)).into_response())
}

fn row(app: &App, no: EventNo, open: Approval, who: PersonId, language: Language) -> Row {
    let now = app.now();
    let may_answer = app.access().administrators().may_answer(who, open.proposal.act, open.by);
    let (class, state) = match open.granted {
        Some((second, _)) => ("talk", Approving::GrantedBy { name: name(app, second) }),
        None => ("hold", words::waits_for(open.proposal.act, language)),
    };
    Row {
        no,
        act: words::act(open.proposal.act).say(language),
        by: name(app, open.by),
        asked: Moment::date(open.asked.utc),
        until: Moment::date(until(&open, now)),
        class,
        state: state.say(language),
        may_grant: may_answer && open.granted.is_none(),
        may_refuse: may_answer,
        is_own: open.by == who,
        about: Vec::new(),
        object: open.proposal.object,
        reason: open.proposal.reason,
    }
}

/// One that is over; what waits stands above.
fn past_row(app: &App, asked: &AskedFor, language: Language) -> Option<PastRow> {
    let answer = asked.answer().filter(|answer| *answer != ApprovalAnswer::Granted)?;
    let Some(Event::Box(BoxEvent::ApprovalAsked { by, proposal })) = asked.asked.event() else { return None };
    let answered = asked.answered.as_ref()?;
    let (who, reason) = match answered.event() {
        Some(Event::Box(BoxEvent::ApprovalAnswered { by, reason, .. })) => (*by, reason.clone()),
        _ => (None, String::new()),
    };
    Some(PastRow {
        no: asked.asked.no,
        when: Moment::date(answered.stamp.utc),
        act: words::act(proposal.act).say(language),
        object: proposal.object.clone(),
        by: name(app, *by),
        became: words::answer(answer).say(language),
        who: who.map_or_else(|| Page::TheBox.say(language), |who| name(app, who)),
        reason,
    })
}

fn name(app: &App, person: PersonId) -> String {
    app.name_of(person).unwrap_or_else(|| person.to_string())
}

#[derive(Deserialize)]
pub(super) struct AskForm {
    token: String,
    act: String,
    object: String,
    reason: String,
}

/// `POST /approvals`
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    member: Member,
    Sent(form): Sent<AskForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::SeeApprovals)?;
    let language = member.visitor.language;
    let act = TwoPersonAct::of_tag(&form.act).ok_or(Fault::bad_form(language))?;
    let (Some(object), Some(reason)) = (sent::reason(&form.object), sent::reason(&form.reason)) else {
        return page(&app, &member, Some(Became::Wrong(Approving::ReasonMissing.say(language)))).await;
    };
    let asked = approvals::ask(&app, member.who.person, Proposal { act, object, reason }).await;
    let became = match asked {
        Ok(no) => Became::Done(Approving::Asked { no: no.0 }.say(language)),
        Err(why) => Became::Wrong(words::refusal(why).say(language)),
    };
    page(&app, &member, Some(became)).await
}

#[derive(Deserialize)]
pub(super) struct AnswerForm {
    token: String,
    answer: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    reason: String,
}

/// `POST /approvals/{no}`
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    member: Member,
    Path(no): Path<String>,
    Sent(form): Sent<AnswerForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::SeeApprovals)?;
    let language = member.visitor.language;
    let no = EventNo(no.parse().map_err(|_| Fault::not_found(language))?);
    let wanted = match form.answer.as_str() {
        "grant" => ApprovalAnswer::Granted,
        "refuse" => ApprovalAnswer::Refused,
        "withdraw" => ApprovalAnswer::Withdrawn,
        _ => return Err(Fault::bad_form(language)),
    };
    let became = match answer_as(&app, &member, no, wanted, &form).await {
        Ok(()) => Became::Done(Approving::AnswerCounts.say(language)),
        Err(why) => Became::Wrong(words::refusal(why).say(language)),
    };
    page(&app, &member, Some(became)).await
}

/// A grant takes the password again, and a code; what only makes safer does not.
async fn answer_as(
    app: &Arc<App>,
    member: &Member,
    no: EventNo,
    wanted: ApprovalAnswer,
    form: &AnswerForm,
) -> Result<(), ApprovalsRefusal> {
    let person = match wanted {
        ApprovalAnswer::Granted => confirm_member(app, member, &form.password, &form.code).await?,
        _ => member.who.person,
    };
    let reason = sent::reason(&form.reason).unwrap_or_default();
    approvals::answer(app, person, no, wanted, &reason).await
}
