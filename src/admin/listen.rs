//! Listening: opens a recording by the vault's opener, shows its waveform, plays it, seals it again.
//!
//! The page never sees a key: it asks for pieces of one granted opening. The audit intent is the vault's to write, before
//! it opens anything.

use std::{ops::Range, sync::Arc};

use access::{PASSWORD_MAX_OCTETS, Permission};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use frame::{PersonId, RecordingId};
use futures_util::stream;
use serde::Deserialize;

use super::{
    app::App,
    call_map::WIDTH,
    call_page::{self, Numbers, Wrong, read, recording},
    check_acts::told,
    fault::Fault,
    moment::Moment,
    sent::{self, Sent},
    visitor::Member,
};
use crate::{
    handles::{
        Apart, Open, Opened, OpeningId, Passphrase, READ_MAX_OCTETS, VaultHandle, VaultRefusal, VaultReply,
        VaultRequest, Waveform,
    },
    journal::{BoxEvent, Cdr, Event, Record, RecordingState},
    words::{Language, page::Page, state},
};

/// What the page offers beside the map.
#[derive(Debug)]
pub(super) enum Listen {
    /// Nothing, and why.
    Nothing(String),
    /// The form that opens the recording.
    Sealed {
        /// Why what was open is no longer.
        note: Option<String>,
        /// Who can open it.
        by: String,
        /// What this member types for that; none where they can't.
        asks: Option<String>,
        /// Where the settings want two people: what they agree on.
        needs_two: Option<String>,
    },
    /// The player.
    Open {
        /// When it seals itself.
        until: Moment,
        /// The caller's voice and the called party's, each a path for the picture.
        voices: (String, String),
        /// What is to be said of the program that opened it.
        apart: Option<String>,
        /// When it is sealed whether it is used or not.
        ends: Option<Moment>,
        /// What is to be said where some of it stays shut.
        in_part: Option<String>,
    },
}

/// What a member may do with a call's recording.
pub(super) async fn state(app: &App, member: &Member, cdr: &Cdr, records: &[Record]) -> Listen {
    let language = member.visitor.language;
    let nothing = |why: Page| Listen::Nothing(why.say(language));
    let Some(recording) = recording(cdr) else {
        return nothing(match cdr.recording.state() {
            RecordingState::NotDue => Page::NothingRecorded,
            RecordingState::Missing => Page::RecordingLacks,
            _ => Page::RecordingUnderWay,
        });
    };
    if !may_listen(member) {
        return nothing(Page::MayNotListen);
    }
    let mut note = None;
    if let Some(opened) = app.opening(member.who.person, recording) {
        match waveform(&app.parts.vault, member.who.person, opened.opening).await {
            Ok(waveform) => return opened_view(&opened, &waveform, language),
            Err(Some(why @ (VaultRefusal::NotOpen | VaultRefusal::OpenerEnded))) => {
                note = Some(state::vault_refusal(why, language).to_owned());
                app.note_over(member.who.person, opened.opening);
            }
            // It may well be open: the same person's opener is at work on another recording, or the vault is slow.
            Err(Some(why)) => return Listen::Nothing(state::vault_refusal(why, language).to_owned()),
            Err(None) => return nothing(Page::VaultSilent),
        }
    }
    match app.parts.vault.ask(VaultRequest::State { recording, told: told(records, recording) }).await {
        Ok(VaultReply::State(_)) => sealed(app, member, note, recording, &compartments(records)).await,
        Ok(VaultReply::Refused(why)) => Listen::Nothing(state::vault_refusal(why, language).to_owned()),
        _ => nothing(Page::VaultSilent),
    }
}

/// Who is a member of a compartment hears what is of it; which recordings that are, their keys say.
fn may_listen(member: &Member) -> bool {
    let may = |permission| member.who.permissions.allow(permission);
    may(Permission::OpenRecording) || may(Permission::OpenCompartment)
}

fn must_listen(member: &Member) -> Result<(), Fault> {
    if may_listen(member) { Ok(()) } else { member.must(Permission::OpenRecording) }
}

/// The compartments to which a recording was sealed, in the order in which it was.
fn compartments(records: &[Record]) -> Vec<&str> {
    let mut names = Vec::new();
    for record in records {
        let Some(Event::Box(BoxEvent::RecordingSealedFor { compartment, .. })) = record.event() else { continue };
        if !names.contains(&compartment.as_str()) {
            names.push(compartment);
        }
    }
    names
}

/// A sealed recording: who can open it and through what, and what this member types.
async fn sealed(
    app: &App,
    member: &Member,
    note: Option<String>,
    recording: RecordingId,
    compartments: &[&str],
) -> Listen {
    let language = member.visitor.language;
    let is_for_two = app.parts.settings.borrow().recordings.two_people_open;
    let object = Open::object(recording, member.who.person);
    let needs_two = is_for_two.then(|| Page::OpeningNeedsTwo { object }.say(language));
    let holders = match app.parts.vault.ask(VaultRequest::Holders).await {
        Ok(VaultReply::Holders(holders)) => holders,
        _ => return Listen::Nothing(Page::VaultSilent.say(language)),
    };
    let Some(holders) = holders else {
        let may = member.who.permissions.allow(Permission::OpenRecording);
        let asks = may.then(|| Page::VaultPassphrase.say(language));
        return Listen::Sealed { note, by: Page::OpensForOwner.say(language), asks, needs_two };
    };
    let name =
        |person: &PersonId| app.name_of(*person).unwrap_or_else(|| Page::PersonNo { no: person.0 }.say(language));
    let names = |people: &[PersonId]| people.iter().map(name).collect::<Vec<_>>().join(language.pick("、", ", "));
    let me = member.who.person;
    let mut may_type = holders.holders.contains(&me) && member.who.permissions.allow(Permission::OpenRecording);
    let mut by = vec![Page::OpensFor { who: names(&holders.holders) }.say(language)];
    for compartment in compartments {
        let of = holders.compartments.iter().find(|(name, _)| name == compartment);
        let people = of.map_or(&[][..], |(_, people)| people);
        may_type |= people.contains(&me);
        let compartment = (*compartment).to_owned();
        by.push(match people {
            [] => Page::OpensThroughNobody { compartment }.say(language),
            people => Page::OpensThrough { compartment, who: names(people) }.say(language),
        });
    }
    let asks = may_type.then(|| Page::HolderPassphrase.say(language));
    Listen::Sealed { note, by: by.join(language.pick("", " ")), asks, needs_two }
}

/// The picture of what is open, or why it is not open any more.
async fn waveform(vault: &VaultHandle, person: PersonId, opening: OpeningId) -> Result<Waveform, Option<VaultRefusal>> {
    let columns = (WIDTH / 2) as u16;
    match vault.ask(VaultRequest::Waveform { opening, person, columns }).await {
        Ok(VaultReply::Waveform(waveform)) => Ok(waveform),
        Ok(VaultReply::Refused(why)) => Err(Some(why)),
        _ => Err(None),
    }
}

fn opened_view(opened: &Opened, waveform: &Waveform, language: Language) -> Listen {
    let apart = match opened.apart {
        Apart::User => None,
        Apart::Namespace => Some(Page::ApartNamespace),
        Apart::Nothing => Some(Page::ApartNothing),
    };
    Listen::Open {
        apart: apart.map(|apart| apart.say(language)),
        ends: opened.ends.map(|ends| Moment::time(ends.utc)),
        in_part: opened.is_in_part.then(|| Page::OpenInPart.say(language)),
        until: Moment::time(opened.until.utc),
        voices: (voice(&waveform.caller, 33.0), voice(&waveform.called, 99.0)),
    }
}

/// One voice as strokes around its middle line, 30 units to either side at full scale.
fn voice(columns: &[u8], middle: f32) -> String {
    let stroke = |(column, level): (usize, &u8)| {
        let half = 0.5 + f32::from(*level) * 29.5 / 255.0;
        format!("M{} {:.1}V{:.1}", 2 * column, middle - half, middle + half)
    };
    columns.iter().take(WIDTH as usize / 2).enumerate().map(stroke).collect()
}

#[derive(Deserialize)]
pub(super) struct OpenForm {
    token: String,
    reason: String,
    passphrase: String,
    /// Which button was pressed: there where it is opened without a second person.
    #[serde(default)]
    glass: String,
}

/// `POST /calls/{call}/open`
pub(super) async fn open(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<OpenForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    must_listen(&member)?;
    let language = member.visitor.language;
    let told = read(&app, &member, &call).await?;
    let recording = recording(&told.cdr).ok_or_else(|| Fault::not_found(language))?;
    let Some(reason) = sent::reason(&form.reason) else {
        let wrong = Wrong { what: Page::ReasonMissing, reason: String::new() };
        return call_page::page(&app, &member, told, Numbers::Masked, Some(wrong)).await;
    };
    if form.passphrase.len() > PASSWORD_MAX_OCTETS {
        return refused(&app, &member, &call, reason, VaultRefusal::WrongPassphrase).await;
    }
    let person = member.who.person;
    let open = Open {
        recording,
        call: told.cdr.call,
        person,
        reason: reason.clone(),
        passphrase: Passphrase(form.passphrase),
        breaks_glass: !form.glass.is_empty(),
        in_part_only: !member.who.permissions.allow(Permission::OpenRecording),
    };
    match app.parts.vault.ask_to_unlock(VaultRequest::Open(open)).await {
        Ok(VaultReply::Opened(opened)) => {
            app.note_opening(person, recording, opened);
            // Who signed out while the key was derived does not leave an open recording behind.
            if app.access().look(app.now().time, &member.token).is_none() {
                app.forget_opening(person);
            }
            Ok(Redirect::to(&format!("/calls/{}", told.cdr.call)).into_response())
        }
        Ok(VaultReply::Refused(why)) => refused(&app, &member, &call, reason, why).await,
        _ => Err(Fault::unavailable(language, Page::VaultSilent)),
    }
}

/// The page of the call again, which says why it stays sealed and lets the person try once more.
async fn refused(app: &App, member: &Member, call: &str, reason: String, why: VaultRefusal) -> Result<Response, Fault> {
    let what = Page::Refused { why: state::vault_refusal(why, member.visitor.language).to_owned() };
    let told = read(app, member, call).await?;
    let page = call_page::page(app, member, told, Numbers::Masked, Some(Wrong { what, reason })).await?;
    Ok((StatusCode::FORBIDDEN, page).into_response())
}

#[derive(Deserialize)]
pub(super) struct SealForm {
    token: String,
}

/// `POST /calls/{call}/seal`
pub(super) async fn seal(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    Sent(form): Sent<SealForm>,
) -> Result<Response, Fault> {
    member.must_have_sent(&form.token)?;
    let told = read(&app, &member, &call).await?;
    app.forget_opening(member.who.person);
    Ok(Redirect::to(&format!("/calls/{}", told.cdr.call)).into_response())
}

/// `GET /calls/{call}/audio`: the open recording as a WAV file, whole or a range of it.
pub(super) async fn audio(
    State(app): State<Arc<App>>,
    member: Member,
    Path(call): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    must_listen(&member)?;
    let language = member.visitor.language;
    let told = read(&app, &member, &call).await?;
    let opened = recording(&told.cdr).and_then(|recording| app.opening(member.who.person, recording));
    let opened = opened.ok_or_else(|| Fault::not_found(language))?;
    let wanted = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let Some(range) = octets_wanted(wanted, opened.file_octets) else {
        let size = format!("bytes */{}", opened.file_octets);
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, size)]).into_response());
    };
    let mut response = Response::new(pieces(app.parts.vault.clone(), member.who.person, opened.opening, range.clone()));
    let mut put =
        |name, value: &str| HeaderValue::from_str(value).map(|value| response.headers_mut().insert(name, value));
    let _ = put(header::CONTENT_TYPE, "audio/wav");
    let _ = put(header::ACCEPT_RANGES, "bytes");
    let _ = put(header::CONTENT_LENGTH, &(range.end - range.start).to_string());
    if wanted.is_some() {
        let shown = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), opened.file_octets);
        let _ = put(header::CONTENT_RANGE, &shown);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// The octets that a `Range` header asks for (RFC 9110 section 14.2): the whole file where there is none, nothing where
/// it can't be had. Several ranges at once are answered with the first: players ask for one.
fn octets_wanted(range: Option<&str>, file_octets: u64) -> Option<Range<u64>> {
    let Some(range) = range else { return Some(0..file_octets) };
    let (first, last) = range.strip_prefix("bytes=")?.split(',').next()?.trim().split_once('-')?;
    let wanted = match (first, last) {
        ("", suffix) => file_octets.saturating_sub(suffix.parse().ok()?)..file_octets,
        (first, "") => first.parse().ok()?..file_octets,
        (first, last) => first.parse().ok()?..last.parse::<u64>().ok()?.saturating_add(1).min(file_octets),
    };
    (wanted.start < wanted.end).then_some(wanted)
}

/// Asks for one piece after another, each when the browser has taken the one before.
fn pieces(vault: VaultHandle, person: PersonId, opening: OpeningId, range: Range<u64>) -> Body {
    Body::from_stream(stream::unfold(range, move |range| {
        let vault = vault.clone();
        async move {
            let left = range.end - range.start;
            if left == 0 {
                return None;
            }
            let octets_max = left.min(u64::from(READ_MAX_OCTETS)) as u32;
            let request = VaultRequest::Read { opening, person, offset: range.start, octets_max };
            match vault.ask(request).await {
                Ok(VaultReply::Piece(piece)) if !piece.is_empty() && piece.len() as u64 <= left => {
                    let next = range.start + piece.len() as u64..range.end;
                    Some((Ok(piece), next))
                }
                // The opening has ended: the connection is cut, so that the player does not take silence for sound.
                _ => Some((Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)), range.end..range.end)),
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_can_be_had_of_it() {
        for (range, wanted) in [
            (None, Some(0..100)),
            (Some("bytes=0-"), Some(0..100)),
            (Some("bytes=10-19"), Some(10..20)),
            (Some("bytes=90-500"), Some(90..100)),
            (Some("bytes=-5"), Some(95..100)),
            (Some("bytes=-500"), Some(0..100)),
            (Some("bytes=0-9, 20-29"), Some(0..10)),
            (Some("bytes=100-"), None),
            (Some("bytes=20-10"), None),
            (Some("bytes=-0"), None),
            (Some("bytes=x-y"), None),
            (Some("lines=1-2"), None),
        ] {
            assert_eq!(octets_wanted(range, 100), wanted, "{range:?}");
        }
        assert_eq!(octets_wanted(Some("bytes=0-18446744073709551615"), 100), Some(0..100));
    }

    #[test]
    fn a_voice_is_drawn_around_its_middle() {
        assert_eq!(voice(&[0, 255], 33.0), "M0 32.5V33.5M2 3.0V63.0");
        assert_eq!(voice(&[1; 1000], 33.0).matches('M').count(), 300);
    }
}
