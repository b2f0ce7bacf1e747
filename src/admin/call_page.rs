//! Call: its story, its map, its facts, and what may be done about it.

use std::{sync::Arc, time::Duration};

use access::Permission;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use call::Number;
use frame::{CallId, RecordingId};
use isdn::Cause;
use serde::Deserialize;
use vault::Day;

use super::{
    app::App,
    call_map::{self, CallMap},
    calls::{masked, recording_word},
    check_acts::{self, Checked},
    fault::{Fault, render},
    kept::{self, Keeping},
    listen::{self, Listen},
    mask_acts::{self, MaskActs},
    moment::Moment,
    rungs::{self, Signalling},
    sent::{self, Sent},
    shell::Shell,
    supervise_acts::{self, SuperviseActs},
    timeline::{self, At, Line},
    visitor::Member,
};
use crate::{
    handles::{Asker, ControlReply, ControlRequest, LinesRefusal, LinesReply, LinesRequest, SupervisedNow},
    journal::{Act, Actor, BoxEvent, Cdr, Event, Intend, Kept as KeptCall, Outcome, Reckoning, Record},
    words::{self, Language, Names, kept::Kept, page::Page, state},
};

#[derive(Template)]
#[template(path = "call.html", config = "src/admin/web/askama.toml")]
struct CallPage {
    shell: Shell,
    call: CallId,
    status: String,
    recording_class: &'static str,
    recording: &'static str,
    story: Vec<Line>,
    signalling: Signalling,
    map: CallMap,
    listen: Listen,
    checked: Option<Checked>,
    facts: Vec<Fact>,
    may_reveal: bool,
    may_end: bool,
    may_keep: bool,
    masks: Option<MaskActs>,
    keeping: Option<Keeping>,
    supervise: Option<SuperviseActs>,
    wrong: Option<String>,
    /// The reason in the form that opens the recording.
    reason: String,
}

impl CallPage {
    fn kept(&self, sentence: Kept) -> String {
        sentence.say(self.shell.language)
    }
}

/// What could not be done, and the reason that was typed for it: nobody types it twice.
pub(super) struct Wrong {
    pub(super) what: Page,
    pub(super) reason: String,
}

/// One fact of the detail record.
#[derive(Debug)]
struct Fact {
    name: String,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Text(String),
    Number(String),
    Moment(Moment),
}

/// A call as the index has it.
pub(super) struct Told {
    pub(super) cdr: Cdr,
    pub(super) records: Vec<Record>,
    /// How long its recording is kept.
    pub(super) kept: KeptCall,
    /// The first day that it may be.
    pub(super) today: Day,
    /// Of an erased one: the packages in which it left the box before.
    pub(super) packages: Vec<String>,
}

/// `GET /calls/{call}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
) -> Result<Response, Fault> {
    let told = read(&app, &member, &call).await?;
    page(&app, &member, told, Numbers::Masked, None).await
}

#[derive(Deserialize)]
pub(super) struct ReasonForm {
    token: String,
    #[serde(default)]
    reason: String,
}

/// `POST /calls/{call}/reveal`: the page with whole numbers, once, after the audit has it.
pub(super) async fn reveal(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<ReasonForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::RevealNumber)?;
    let told = read(&app, &member, &call).await?;
    let Some(reason) = sent::reason(&form.reason) else {
        let wrong = Wrong { what: Page::ReasonMissing, reason: String::new() };
        return page(&app, &member, told, Numbers::Masked, Some(wrong)).await;
    };
    let (by, call) = (Actor::Person(member.who.person), told.cdr.call);
    let intend = Intend { by, act: Act::RevealNumber, object: call.to_string(), call: Some(call), reason };
    let intent = app.intend(member.visitor.language, intend).await?;
    let shown = page(&app, &member, told, Numbers::Whole, None).await?;
    intent.conclude(Outcome::Done);
    Ok(shown)
}

#[derive(Deserialize)]
pub(super) struct EndForm {
    token: String,
}

/// `POST /calls/{call}/end`
pub(super) async fn end(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<EndForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::EndCall)?;
    let language = member.visitor.language;
    let call: CallId = call.parse().map_err(|_| Fault::not_found(language))?;
    // Ending a call waits for no audit: a call that has to end now may be an emergency. Its events name who ended it.
    match app.parts.control.ask(ControlRequest::EndCall { call, by: member.who.person }).await {
        Ok(ControlReply::Ending) => Ok(Redirect::to(&format!("/calls/{call}")).into_response()),
        Ok(_) => Err(Fault::not_found(language)),
        Err(_) => Err(Fault::unavailable(language, Page::ControlSilent)),
    }
}

/// `POST /calls/{call}/keep-caller`: the network is asked to keep who called, after the audit has it.
pub(super) async fn keep_caller(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<ReasonForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::EndCall)?;
    let language = member.visitor.language;
    let told = read(&app, &member, &call).await?;
    let call = told.cdr.call;
    let Some(reason) = sent::reason(&form.reason) else {
        let wrong = Wrong { what: Page::ReasonMissing, reason: String::new() };
        return page(&app, &member, told, Numbers::Masked, Some(wrong)).await;
    };
    let request = LinesRequest::KeepCaller { call, by: Asker::Person(member.who.person), reason };
    let what = match app.parts.lines.ask_for_long(request).await {
        // The story says so.
        Ok(LinesReply::CallerKept) => return Ok(Redirect::to(&format!("/calls/{call}")).into_response()),
        Ok(LinesReply::CallerNotKept(why)) => {
            Page::CallerNotKept { why: state::service_refusal(why, language).to_owned() }
        }
        Ok(LinesReply::Refused(LinesRefusal::NotOverIsdn)) => Page::NotOverIsdn,
        Ok(LinesReply::Refused(LinesRefusal::NoSuchCall)) => Page::TooLateToKeep,
        Ok(LinesReply::Refused(LinesRefusal::NotAudited)) => Page::NotAudited,
        _ => return Err(Fault::unavailable(language, Page::ControlSilent)),
    };
    // What happened meanwhile belongs to the page.
    says(&app, &member, &call.to_string(), what).await
}

/// The page of a call that says why nothing was done.
pub(super) async fn says(app: &App, member: &Member, call: &str, what: Page) -> Result<Response, Fault> {
    let told = read(app, member, call).await?;
    page(app, member, told, Numbers::Masked, Some(Wrong { what, reason: String::new() })).await
}

/// A call's detail record and events.
pub(super) async fn read(app: &App, member: &Member, call: &str) -> Result<Told, Fault> {
    member.must(Permission::SeeCalls)?;
    let language = member.visitor.language;
    let call: CallId = call.parse().map_err(|_| Fault::not_found(language))?;
    let now = app.now();
    let found = app.read_index(language, move |index| {
        let Some(cdr) = index.call(call)? else { return Ok(None) };
        let (records, reckoning) = (index.events(call)?, Reckoning::of(index)?);
        let mut kept = reckoning.kept(cdr.clone(), records.clone());
        kept.look_for_holes(index)?;
        let erased = cdr.recording.id.filter(|_| cdr.recording.erased);
        let exports = erased.map_or(Ok(Vec::new()), |recording| index.exports_of(recording))?;
        let packages = exports.iter().filter_map(package).collect();
        Ok(Some(Told { cdr, records, kept, today: reckoning.today(now), packages }))
    });
    found.await?.ok_or_else(|| Fault::not_found(language))
}

fn package(record: &Record) -> Option<String> {
    match record.event() {
        Some(Event::Box(BoxEvent::Exported { package, .. })) => Some(package.clone()),
        _ => None,
    }
}

/// How numbers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Masked,
    Whole,
}

/// The page of a call.
pub(super) async fn page(
    app: &App,
    member: &Member,
    told: Told,
    numbers: Numbers,
    wrong: Option<Wrong>,
) -> Result<Response, Fault> {
    let language = member.visitor.language;
    let keeping = kept::of_call(app, member, &told, language);
    let Told { cdr, records, .. } = told;
    let shell = Shell::inside(app, member, Page::CallTitle { call: cdr.call.to_string() }).await?;
    let (recording_class, recording) = recording_word(cdr.recording.state(), language);
    let may = |permission| member.who.permissions.allow(permission);
    let (wrong, reason) = wrong.map(|wrong| (wrong.what.say(language), wrong.reason)).unzip();
    Ok(render(&CallPage {
        shell,
        call: cdr.call,
        status: status(&cdr, language),
        recording_class,
        recording,
        story: timeline::lines(&records, language, &app.layout, &|person| app.name_of(person)),
        signalling: rungs::signalling(app, &records, language).await,
        map: call_map::map(&records, language),
        listen: listen::state(app, member, &cdr, &records).await,
        checked: check_acts::of_call(app, member, &cdr, &records).await,
        facts: facts(&cdr, numbers, &app.layout, language),
        may_reveal: may(Permission::RevealNumber) && numbers == Numbers::Masked,
        may_end: may(Permission::EndCall) && cdr.ended.is_none(),
        may_keep: may(Permission::EndCall) && cdr.ended.is_none() && cdr.trunk.is_some(),
        masks: mask_acts::of_call(member, &cdr, &records, language),
        keeping,
        supervise: supervise_acts::of_call(app, member, cdr.call, supervised(app, &cdr).await),
        wrong,
        reason: reason.unwrap_or_default(),
    }))
}

/// Whether a supervisor hears a call, or may. Of one that is over nobody asks.
async fn supervised(app: &App, cdr: &Cdr) -> SupervisedNow {
    if cdr.ended.is_some() {
        return SupervisedNow::No;
    }
    let snapshot = app.snapshot().await;
    let call = snapshot.as_ref().and_then(|now| now.calls.iter().find(|call| call.call == cdr.call));
    call.map(|call| call.supervised).unwrap_or_default()
}

fn status(cdr: &Cdr, language: Language) -> String {
    match cdr.ended {
        None => Page::GoesOn.say(language),
        Some(_) => Page::EndedAfter { total: words::duration(language, cdr.total()) }.say(language),
    }
}

/// What the detail record knows; what it does not know is not listed.
fn facts(cdr: &Cdr, numbers: Numbers, names: &dyn Names, language: Language) -> Vec<Fact> {
    let number = |number: &Option<Number>| {
        number.as_ref().map(|number| match numbers {
            Numbers::Masked => Value::Number(masked(Some(number), language)),
            Numbers::Whole => Value::Number(number.to_string()),
        })
    };
    let moment = |stamp: Option<frame::Stamp>| stamp.map(|stamp| Value::Moment(Moment::date(stamp.utc)));
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let length = |length: Duration| Some(Value::Text(words::duration(language, length)));
    let direction = state::direction(cdr.direction, cdr.class, language);
    let facts = [
        (Page::Direction, Some(Value::Text(direction.to_owned()))),
        (Page::From, number(&cdr.from)),
        (Page::To, number(&cdr.to)),
        (Page::Dialled, number(&cdr.dialled)),
        (Page::DivertedTo, number(&cdr.told.diverted_to)),
        (Page::OtherParty, number(&cdr.told.other_party)),
        (Page::Subaddress, text(&cdr.told.called_subaddress)),
        (Page::Began, moment(Some(cdr.began))),
        (Page::Answered, moment(cdr.answered)),
        (Page::EndedAt, moment(cdr.ended)),
        (Page::Cause, cdr.cause.map(|cause| Value::Text(words::cause(cause, language)))),
        (Page::WhatToDo, cdr.cause.filter(is_of_interest).map(|cause| advice(cause, cdr, names, language))),
        (Page::Waited, length(cdr.waited)),
        (Page::Talked, length(cdr.talk())),
        (Page::Charge, charges(cdr, language)),
        (Page::TrunkGroup, text(&cdr.group)),
        (Page::Flow, text(&cdr.flow)),
        (Page::Queue, text(&cdr.queue)),
        (Page::Extension, text(&cdr.extension)),
        (Page::SettingsVersion, Some(Value::Text(cdr.settings.to_string()))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some(Fact { name: name.say(language), value: value? })).collect()
}

/// What the networks charge; none where none of them says.
fn charges(cdr: &Cdr, language: Language) -> Option<Value> {
    let told = cdr.legs.iter().filter_map(|leg| leg.charge.as_ref()).map(|charge| words::charge(charge, language));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| Value::Text(told.join(" + ")))
}

/// The ordinary end of a call asks for nothing.
fn is_of_interest(cause: &Cause) -> bool {
    *cause != Cause::NormalClearing
}

fn advice(cause: Cause, cdr: &Cdr, names: &dyn Names, language: Language) -> Value {
    let channel = cdr.channel_that_ended_with(cause).map(|lane| words::channel_of(lane, language, names));
    Value::Text(words::cause_advice(cause, channel.as_deref(), language))
}

/// The recording of a call, if there is one to open.
pub(super) fn recording(cdr: &Cdr) -> Option<RecordingId> {
    cdr.recording.id.filter(|_| cdr.recording.object.is_some() && !cdr.recording.erased)
}
