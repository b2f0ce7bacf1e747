//! Exports: the form that asks for one and makes it, and the packages that were made.

use std::{collections::BTreeSet, sync::Arc};

use access::{PASSWORD_MAX_OCTETS, Permission, Proposal, TwoPersonAct};
use askama::Template;
use axum::{
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use frame::{EventNo, PersonId, RecordingId};
use futures_util::stream;
use serde::Deserialize;
use vault::{AgeRecipient, PACKAGE_RECORDINGS_MAX, export_object};

use super::{
    app::App,
    approvals,
    fault::{Fault, render},
    find_form::{self, FindForm},
    moment::Moment,
    sent::{self, Sent},
    shell::Shell,
    visitor::Member,
};
use crate::{
    handles::{ExportHandle, ExportRefusal, ExportReply, ExportRequest, MakeExport, Passphrase, READ_MAX_OCTETS},
    journal::{BoxEvent, Cdr, Event, Question, Record},
    words::{
        Language, approval,
        export::{self as words, Export},
        page::Page,
    },
};

/// How many packages the page lists.
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "export.html", config = "src/admin/web/askama.toml")]
struct ExportPage {
    shell: Shell,
    form: ExportForm,
    may_ask: bool,
    rows: Vec<Row>,
    note: Option<String>,
    wrong: Option<String>,
}

impl ExportPage {
    fn say(&self, sentence: Export) -> String {
        sentence.say(self.shell.language)
    }

    /// What a reader that is taken from a package has to be, if it is ours.
    fn reader(&self) -> String {
        words::which_reader(self.shell.language)
    }
}

/// A package.
struct Row {
    no: EventNo,
    package: String,
    when: Moment,
    count: String,
    by: String,
    recipient: String,
    hash: String,
    /// It is not on the box any more.
    is_removed: bool,
}

/// What becomes of a form, said.
enum Became {
    Done(String),
    Wrong(String),
    /// The form has not all that was found.
    Cut(String),
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ExportForm {
    token: String,
    act: String,
    recordings: String,
    recipient: String,
    reason: String,
    passphrase: String,
    /// The package to delete.
    no: String,
}

/// `GET /export?FIELD=TEXT`: with the recordings of what is found, where a question comes along.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    member: Member,
    found: Result<Query<FindForm>, QueryRejection>,
) -> Result<Response, Fault> {
    member.must(Permission::SeeApprovals)?;
    let may_see = member.who.permissions.allow(Permission::SeeCalls);
    // Who sees no calls is not told by this page that there are some.
    let found = found.ok().filter(|_| may_see).and_then(|Query(form)| form.question_of(&member).ok());
    let (mut form, mut became) = (ExportForm::default(), None);
    if let Some(question) = found.filter(Question::is_narrow) {
        let language = member.visitor.language;
        // One more than fits tells whether the form has all.
        let rows_max = PACKAGE_RECORDINGS_MAX as u32 + 1;
        let found = find_form::find(&app, &member, question, None, rows_max).await?;
        form.recordings = kept(&found);
        became = (found.len() > PACKAGE_RECORDINGS_MAX).then(|| Became::Cut(Export::CutOff.say(language)));
    }
    page(&app, &member, form, became).await
}

/// The recordings of those calls that fit into a package.
fn kept(found: &[Cdr]) -> String {
    let kept = found.iter().take(PACKAGE_RECORDINGS_MAX);
    let kept = kept.filter(|cdr| cdr.recording.object.is_some() && !cdr.recording.erased);
    kept.filter_map(|cdr| Some(cdr.recording.id?.to_string())).collect::<Vec<_>>().join(" ")
}

async fn page(app: &Arc<App>, member: &Member, form: ExportForm, became: Option<Became>) -> Result<Response, Fault> {
    let language = member.visitor.language;
    let mut shell = Shell::inside_titled(app, member, Export::Title.say(language)).await?;
    "/export".clone_into(&mut shell.path);
    let (exports, removed) =
        app.read_index(language, |index| Ok((index.exports(ROWS)?, index.exports_removed()?))).await?;
    let rows = exports.iter().filter_map(|record| row(app, record, &removed, language)).collect();
    let may_ask = app.access().administrators().may_ask(member.who.person, TwoPersonAct::Export);
    let (status, note, wrong) = match became {
        Some(Became::Done(note)) => (StatusCode::OK, Some(note), None),
        Some(Became::Wrong(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(wrong)),
        Some(Became::Cut(cut)) => (StatusCode::OK, None, Some(cut)),
        None => (StatusCode::OK, None, None),
    };
    Ok((status, render(&ExportPage { shell, form, may_ask, rows, note, wrong })).into_response())
}

fn row(app: &App, record: &Record, removed: &BTreeSet<String>, language: Language) -> Option<Row> {
    let Some(Event::Box(BoxEvent::Exported { package, hash, recordings, recipient, by, asked, granted, .. })) =
        record.event()
    else {
        return None;
    };
    let name = |person: &PersonId| app.name_of(*person).unwrap_or_else(|| person.to_string());
    Some(Row {
        no: record.no,
        package: package.clone(),
        when: Moment::date(record.stamp.utc),
        count: Export::Count { count: recordings.len() }.say(language),
        by: [asked, granted, by].map(name).join(" · "),
        recipient: recipient.clone(),
        hash: hash.clone(),
        is_removed: removed.contains(package),
    })
}

/// What a form names, read.
struct Wanted {
    recordings: Vec<RecordingId>,
    recipient: AgeRecipient,
    reason: String,
}

fn wanted(form: &ExportForm) -> Result<Wanted, Export> {
    let words = form.recordings.split([' ', ',', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    let mut recordings: Vec<RecordingId> =
        words.map(str::parse).collect::<Result<_, _>>().map_err(|_| Export::NoRecordings)?;
    recordings.sort_unstable();
    recordings.dedup();
    if !(1..=PACKAGE_RECORDINGS_MAX).contains(&recordings.len()) {
        return Err(Export::NoRecordings);
    }
    let recipient = form.recipient.trim().parse().map_err(|_| Export::NoRecipient)?;
    let reason = sent::reason(&form.reason).ok_or(Export::ReasonMissing)?;
    Ok(Wanted { recordings, recipient, reason })
}

/// `POST /export`
pub(super) async fn act(
    State(app): State<Arc<App>>,
    member: Member,
    Sent(mut form): Sent<ExportForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    member.must(Permission::SeeApprovals)?;
    let language = member.visitor.language;
    let passphrase = Passphrase(std::mem::take(&mut form.passphrase));
    if form.act == "remove" {
        let became = remove(&app, &member, &form).await;
        return page(&app, &member, ExportForm::default(), Some(became)).await;
    }
    let became = match (wanted(&form), form.act.as_str()) {
        (Err(wrong), _) => Became::Wrong(wrong.say(language)),
        (Ok(wanted), "ask") => ask(&app, &member, wanted).await,
        (Ok(wanted), "make") => make(&app, &member, wanted, passphrase).await,
        _ => return Err(Fault::bad_form(language)),
    };
    page(&app, &member, form, Some(became)).await
}

async fn remove(app: &App, member: &Member, form: &ExportForm) -> Became {
    let (language, by) = (member.visitor.language, member.who.person);
    let (Some(reason), Ok(no)) = (sent::reason(&form.reason), form.no.parse().map(EventNo)) else {
        return Became::Wrong(Export::ReasonMissing.say(language));
    };
    match app.parts.export.ask_to_make(ExportRequest::Remove { no, by, reason }).await {
        Ok(ExportReply::Removed) => Became::Done(Export::Removed.say(language)),
        Ok(ExportReply::Refused(why)) => Became::Wrong(words::refusal(why, language)),
        _ => Became::Wrong(words::refusal(ExportRefusal::NotReady, language)),
    }
}

async fn ask(app: &Arc<App>, member: &Member, wanted: Wanted) -> Became {
    let language = member.visitor.language;
    let object = export_object(&wanted.recordings, &wanted.recipient);
    let proposal = Proposal { act: TwoPersonAct::Export, object, reason: wanted.reason };
    match approvals::ask(app, member.who.person, proposal).await {
        Ok(no) => Became::Done(Export::Asked { no: no.0 }.say(language)),
        Err(why) => Became::Wrong(approval::refusal(why).say(language)),
    }
}

async fn make(app: &App, member: &Member, wanted: Wanted, passphrase: Passphrase) -> Became {
    let language = member.visitor.language;
    if passphrase.0.len() > PASSWORD_MAX_OCTETS {
        return Became::Wrong(words::refusal(ExportRefusal::NotGranted, language));
    }
    let make = MakeExport {
        recordings: wanted.recordings,
        recipient: wanted.recipient.to_string(),
        by: member.who.person,
        passphrase,
        reason: wanted.reason,
        readme: words::readme(),
    };
    match app.parts.export.ask_to_make(ExportRequest::Make(make)).await {
        Ok(ExportReply::Made(_)) => Became::Done(Export::Done.say(language)),
        Ok(ExportReply::Refused(why)) => Became::Wrong(words::refusal(why, language)),
        _ => Became::Wrong(words::refusal(ExportRefusal::NotReady, language)),
    }
}

/// `GET /export/{no}`: the package as a file.
pub(super) async fn take(
    State(app): State<Arc<App>>,
    member: Member,
    Path(no): Path<String>,
) -> Result<Response, Fault> {
    member.must(Permission::SeeApprovals)?;
    let language = member.visitor.language;
    let no = no.parse().map(EventNo).map_err(|_| Fault::not_found(language))?;
    let record = app.read_index(language, move |index| index.event(no)).await?;
    let Some(Event::Box(BoxEvent::Exported { package, octets, .. })) = record.as_ref().and_then(Record::event) else {
        return Err(Fault::not_found(language));
    };
    let mut response = Response::new(pieces(app.parts.export.clone(), no, member.who.person, *octets));
    let mut put =
        |name, value: &str| HeaderValue::from_str(value).map(|value| response.headers_mut().insert(name, value));
    let _ = put(header::CONTENT_TYPE, "application/x-tar");
    let _ = put(header::CONTENT_LENGTH, &octets.to_string());
    let _ = put(header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{package}\""));
    Ok(response)
}

/// Asks for one piece after another, each when the browser has taken the one before.
fn pieces(export: ExportHandle, no: EventNo, by: PersonId, octets: u64) -> Body {
    Body::from_stream(stream::unfold(0, move |offset| {
        let export = export.clone();
        async move {
            if offset >= octets {
                return None;
            }
            let octets_max = (octets - offset).min(u64::from(READ_MAX_OCTETS)) as u32;
            match export.ask_to_make(ExportRequest::Read { no, by, offset, octets_max }).await {
                Ok(ExportReply::Piece(piece)) if !piece.is_empty() => {
                    let next = offset + piece.len() as u64;
                    Some((Ok(piece), next))
                }
                // The connection is cut: half a package is none.
                _ => Some((Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)), octets)),
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_names_is_read_once_each_and_nothing_odd() {
        let recipient = "age1cp7lc9lr0acr4u76pegc6csm33u7qg06cht7rrzddr4zxnetevtslcphle";
        let form = |recordings: &str, recipient: &str| ExportForm {
            recordings: recordings.to_owned(),
            recipient: recipient.to_owned(),
            reason: "118".to_owned(),
            ..ExportForm::default()
        };
        let read = wanted(&form("3-9, 3-8\r\n3-9", recipient)).unwrap();
        assert_eq!(read.recordings.iter().map(ToString::to_string).collect::<Vec<_>>(), ["3-8", "3-9"]);
        for wrong in ["", "3", "3-9 x", &"1-1 ".repeat(0)] {
            assert!(matches!(wanted(&form(wrong, recipient)), Err(Export::NoRecordings)), "{wrong}");
        }
        let many: String = (1..=PACKAGE_RECORDINGS_MAX + 1).map(|no| format!("1-{no} ")).collect();
        assert!(matches!(wanted(&form(&many, recipient)), Err(Export::NoRecordings)));
        assert!(matches!(wanted(&form("3-9", &recipient.replace("cp7", "cp8"))), Err(Export::NoRecipient)));
    }
}
