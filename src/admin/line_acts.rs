//! What may be done with an E1 from its jack: its trace as a file, and its restart alone.
//!
//! Both are the lines' desk to do, which writes them into the audit first. The calls that a restart may end are named on
//! the page before it is done; one that began meanwhile is named again.

use std::sync::Arc;

use access::Permission;
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use frame::{CallId, PortId, SpanId, Timeslot};
use serde::Deserialize;
use settings::TracedNumbers;

use super::{
    app::App,
    box_page,
    fault::Fault,
    sent::{self, Sent},
    visitor::Member,
};
use crate::{
    handles::{Asker, LinesRefusal, LinesReply, LinesRequest, Snapshot, TestedPort, TimeslotNow, TimeslotState},
    words::{Language, page::Page},
};

/// What the page of an E1's jack offers.
#[derive(Debug)]
pub(super) struct LineActs {
    pub(super) port: PortId,
    pub(super) may_trace: bool,
    /// Whether the trace has whole numbers.
    pub(super) numbers: String,
    /// Its B-channels.
    pub(super) timeslots: Vec<u8>,
    /// The calls on the span.
    pub(super) calls: Vec<CallId>,
    /// The same, as the form sends them back.
    pub(super) named: String,
    /// What became of the last wish: the colour, and the sentence.
    pub(super) note: Option<(&'static str, String)>,
    /// The reason that was typed for it.
    pub(super) reason: String,
}

/// What became of a wish, for the page.
#[derive(Clone, Default)]
pub(super) struct Became {
    pub(super) note: Option<(&'static str, Page)>,
    pub(super) reason: String,
    /// What the test found that was asked for.
    pub(super) tested: Option<TestedPort>,
}

/// What a member may do with a jack; none where it is no E1, or they may do nothing.
pub(super) fn acts(app: &App, member: &Member, port: PortId, snapshot: &Snapshot, became: Became) -> Option<LineActs> {
    let span = span_of(app, port)?;
    if !member.who.permissions.allow(Permission::ChangeSettings) {
        return None;
    }
    let on_it = snapshot.calls.iter().filter(|call| call.lanes.iter().any(|lane| lane.span == span));
    let calls: Vec<CallId> = on_it.map(|call| call.call).collect();
    let language = member.visitor.language;
    let numbers = match traced(app) {
        TracedNumbers::Masked => Page::TraceMasked,
        TracedNumbers::Whole => Page::TraceWhole,
    };
    let of_span = snapshot.spans.iter().find(|of| of.span == span);
    let carries_calls = |slot: &&TimeslotNow| slot.state != TimeslotState::Signalling;
    let timeslots = of_span.map(|of| of.timeslots.iter().filter(carries_calls).map(|slot| slot.timeslot.0).collect());
    Some(LineActs {
        port,
        timeslots: timeslots.unwrap_or_default(),
        may_trace: may_trace(app, member),
        numbers: numbers.say(language),
        named: calls.iter().map(CallId::to_string).collect::<Vec<_>>().join(" "),
        calls,
        note: became.note.map(|(class, what)| (class, what.say(language))),
        reason: became.reason,
    })
}

fn traced(app: &App) -> TracedNumbers {
    app.parts.settings.borrow().traces.numbers
}

/// Whole numbers are for those who may see numbers whole.
fn may_trace(app: &App, member: &Member) -> bool {
    let whole = traced(app) == TracedNumbers::Whole;
    let allow = |permission| member.who.permissions.allow(permission);
    allow(Permission::ChangeSettings) && (!whole || allow(Permission::RevealNumber))
}

fn span_of(app: &App, port: PortId) -> Option<SpanId> {
    app.layout.jack(port).filter(|jack| jack.kind.is_trunk()).map(|jack| jack.lane.span)
}

#[derive(Deserialize)]
pub(super) struct TraceForm {
    token: String,
    #[serde(default)]
    reason: String,
}

/// `POST /box/{port}/trace`: the trace as a file, after the audit has it.
pub(super) async fn trace(
    State(app): State<Arc<App>>,
    member: Member,
    Path(port): Path<String>,
    Sent(form): Sent<TraceForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    let language = member.visitor.language;
    if !may_trace(&app, &member) {
        return Err(Fault::refused(language, Page::Forbidden));
    }
    let (port, span) = e1(&app, &port, language)?;
    let Some(reason) = sent::reason(&form.reason) else {
        let became = Became { note: Some(("alarm", Page::ReasonMissing)), ..Became::default() };
        return box_page::page(&app, &member, Some(port), became).await;
    };
    let request = LinesRequest::Trace { span, by: Asker::Person(member.who.person), reason };
    match app.parts.lines.ask_for_long(request).await {
        Ok(LinesReply::Trace(file)) => {
            let name = format!("attachment; filename=\"{port}-{}.pcap\"", app.now().utc.as_secs());
            let headers = [(header::CONTENT_TYPE, PCAP.to_owned()), (header::CONTENT_DISPOSITION, name)];
            Ok((headers, file).into_response())
        }
        Ok(LinesReply::Refused(why)) => Err(refused(why, language)),
        _ => Err(Fault::unavailable(language, Page::ControlSilent)),
    }
}

#[derive(Deserialize)]
pub(super) struct RestartForm {
    token: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    named: String,
}

/// `POST /box/{port}/restart`
pub(super) async fn restart(
    State(app): State<Arc<App>>,
    member: Member,
    Path(port): Path<String>,
    Sent(form): Sent<RestartForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::ChangeSettings)?;
    let language = member.visitor.language;
    let (port, span) = e1(&app, &port, language)?;
    let Some(reason) = sent::reason(&form.reason) else {
        let became = Became { note: Some(("alarm", Page::ReasonMissing)), ..Became::default() };
        return box_page::page(&app, &member, Some(port), became).await;
    };
    let named = form.named.split_whitespace().filter_map(|call| call.parse().ok()).collect();
    let by = Asker::Person(member.who.person);
    let request = LinesRequest::RestartSpan { span, named, by, reason: reason.clone() };
    let became = match app.parts.lines.ask_for_long(request).await {
        Ok(LinesReply::Restarting) => Became { note: Some(("talk", Page::SpanRestarts)), ..Became::default() },
        Ok(LinesReply::CallsOnSpan(_)) => {
            Became { note: Some(("alarm", Page::CallsBegan)), reason, ..Became::default() }
        }
        Ok(LinesReply::Refused(why)) => return Err(refused(why, language)),
        _ => return Err(Fault::unavailable(language, Page::ControlSilent)),
    };
    box_page::page(&app, &member, Some(port), became).await
}

#[derive(Deserialize)]
pub(super) struct ServiceForm {
    token: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    timeslot: String,
    #[serde(default)]
    state: String,
}

/// `POST /box/{port}/service`: channels out of service, or back.
pub(super) async fn service(
    State(app): State<Arc<App>>,
    member: Member,
    Path(port): Path<String>,
    Sent(form): Sent<ServiceForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::ChangeSettings)?;
    let language = member.visitor.language;
    let (port, span) = e1(&app, &port, language)?;
    let note = |class, what| Became { note: Some((class, what)), ..Became::default() };
    let timeslot = form.timeslot.parse().ok().map(Timeslot);
    let in_service = match form.state.as_str() {
        "in" => true,
        "out" => false,
        _ => return Err(Fault::not_found(language)),
    };
    let became = match sent::reason(&form.reason) {
        None => note("alarm", Page::ReasonMissing),
        // Never the whole span for a timeslot that was mistyped.
        Some(_) if timeslot.is_none() && !form.timeslot.is_empty() => note("alarm", Page::NoSuchTimeslot),
        Some(reason) => {
            let by = Asker::Person(member.who.person);
            let request = LinesRequest::Service { span, timeslot, in_service, by, reason };
            match app.parts.lines.ask_for_long(request).await {
                Ok(LinesReply::Serviced { .. }) if in_service => note("talk", Page::PutBackNow),
                Ok(LinesReply::Serviced { calls }) => note("talk", taken_out(&calls, language)),
                Ok(LinesReply::Refused(LinesRefusal::NoSuchTimeslot)) => note("alarm", Page::NoSuchTimeslot),
                Ok(LinesReply::Refused(why)) => return Err(refused(why, language)),
                _ => return Err(Fault::unavailable(language, Page::ControlSilent)),
            }
        }
    };
    box_page::page(&app, &member, Some(port), became).await
}

fn taken_out(calls: &[CallId], language: Language) -> Page {
    if calls.is_empty() {
        return Page::TakenOutNow;
    }
    let calls: Vec<String> = calls.iter().map(CallId::to_string).collect();
    Page::TakenOutWithCalls { calls: calls.join(language.pick("、", ", ")) }
}

/// `GET` of what is only sent: back to the jack.
pub(super) async fn back_to_jack(State(app): State<Arc<App>>, Path(port): Path<String>) -> Redirect {
    let known = port.parse().ok().filter(|port: &PortId| app.layout.jack(*port).is_some());
    Redirect::to(&known.map_or_else(|| "/box".to_owned(), |port| format!("/box/{port}")))
}

fn e1(app: &App, port: &str, language: Language) -> Result<(PortId, SpanId), Fault> {
    let found = port.parse().ok().and_then(|port| Some((port, span_of(app, port)?)));
    found.ok_or_else(|| Fault::not_found(language))
}

fn refused(why: LinesRefusal, language: Language) -> Fault {
    match why {
        LinesRefusal::NoSuchSpan
        | LinesRefusal::NoSuchTimeslot
        | LinesRefusal::NoSuchCall
        | LinesRefusal::NotOverIsdn => Fault::not_found(language),
        LinesRefusal::NotAudited => Fault::unavailable(language, Page::NotAudited),
        LinesRefusal::NoAnswer => Fault::unavailable(language, Page::ControlSilent),
    }
}

const PCAP: &str = "application/vnd.tcpdump.pcap";
