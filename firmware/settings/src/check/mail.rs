//! Checks of voicemail: whose messages they are, how many and how long, and by which code they are heard.

use super::{Findings, rows};
use crate::{
    Board, CardKind, Layout, Settings, Station, StationClass, What,
    mail::{DAYS, MESSAGE_S, MESSAGES},
    place::Path,
};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings, board: &Board) {
    if let Some(mail) = &settings.mail {
        let path = Path::default().key("mail");
        findings.range(&path.key("message_s"), mail.message_s, MESSAGE_S.0, MESSAGE_S.1);
        findings.range(&path.key("messages"), mail.messages, MESSAGES.0, MESSAGES.1);
        findings.range(&path.key("days"), mail.days, DAYS.0, DAYS.1);
    }
    let layout = Layout::of(board);
    for (path, station) in rows(&settings.stations, "stations").filter(|(_, station)| station.mail) {
        check_box(findings, &path.key("mail"), settings, &layout, station);
    }
}

fn check_box(findings: &mut Findings<'_>, path: &Path, settings: &Settings, layout: &Layout, station: &Station) {
    let is_loudspeaker = layout.jack(station.port).is_some_and(|jack| jack.kind == CardKind::Loudspeaker);
    if settings.mail.is_none() {
        findings.problem(path, What::NoVoicemail);
    } else if station.class != StationClass::Telephone || is_loudspeaker {
        findings.problem(path, What::NoMailboxHere);
    } else if settings.person_at(&station.extension).is_none() {
        findings.problem(path, What::MailboxOfNobody);
    } else if settings.people.iter().filter(|person| person.extension.as_ref() == Some(&station.extension)).count() > 1
    {
        findings.problem(path, What::MailboxOfMany);
    }
}

/// The code by which messages are heard: one of those that are dialled.
pub(super) fn code(settings: &Settings) -> impl Iterator<Item = (Path, &str)> {
    settings.mail.iter().map(|mail| (Path::default().key("mail").key("hear"), mail.hear.as_str()))
}
