//! What the audit lists: who did what, who came in and who could not, and what touched the record itself.

use std::{collections::BTreeSet, str::FromStr};

use call::{CallEvent, MaskedBy, Masking};
use frame::EventNo;
use rusqlite::{Connection, params};

use super::reader::{SELECT_EVENTS, list, record, to_record};
use crate::journal::{Act, BoxEvent, Event, FollowError, Outcome, Record, cdr_line::word};

/// One entry of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The event.
    pub record: Record,
    /// What became of it; none for what is no intent, and for an intent that is open.
    pub outcome: Option<Outcome>,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditOf {
    /// All.
    #[default]
    Everything,
    /// What people did, or were about to do.
    Acts,
    /// Who came in and went out.
    Access,
    /// What was refused, failed, was left unknown, or harmed the record.
    Failures,
}

impl AuditOf {
    /// All of them, in the order in which a page offers them.
    pub const ALL: [AuditOf; 4] = [AuditOf::Everything, AuditOf::Acts, AuditOf::Access, AuditOf::Failures];

    /// The word in an address.
    pub const fn tag(self) -> &'static str {
        match self {
            AuditOf::Everything => "everything",
            AuditOf::Acts => "acts",
            AuditOf::Access => "access",
            AuditOf::Failures => "failures",
        }
    }

    const fn condition(self) -> &'static str {
        match self {
            AuditOf::Everything => "",
            AuditOf::Acts => "AND kind = 'act'",
            AuditOf::Access => "AND kind = 'access'",
            AuditOf::Failures => "AND failed",
        }
    }
}

impl FromStr for AuditOf {
    type Err = &'static str;

    fn from_str(tag: &str) -> Result<AuditOf, Self::Err> {
        AuditOf::ALL.into_iter().find(|of| of.tag() == tag).ok_or("no part of the audit")
    }
}

/// Lists an event, or tells an intent's outcome.
pub(super) fn note(db: &Connection, no: EventNo, event: &Event) -> rusqlite::Result<usize> {
    let event = match event {
        Event::Call(event) if is_act(event) => {
            let sql = "INSERT INTO audit VALUES (?1, 'act', FALSE, ?2)";
            return db.prepare_cached(sql)?.execute(params![no.0 as i64, word(&Outcome::Done)]);
        }
        Event::Call(_) => return Ok(0),
        Event::Box(event) => event,
    };
    if let BoxEvent::AuditOutcome { intent, outcome, .. } = event {
        let sql = "UPDATE audit SET outcome = ?1, failed = ?2 WHERE no = ?3";
        let failed = *outcome != Outcome::Done;
        return db.prepare_cached(sql)?.execute(params![word(outcome), failed, intent.0 as i64]);
    }
    let Some((kind, failed)) = kind(event) else { return Ok(0) };
    db.prepare_cached("INSERT INTO audit VALUES (?1, ?2, ?3, NULL)")?.execute(params![no.0 as i64, kind, failed])
}

/// Whether it is what somebody did in a call that waits for no disk: it has no intent, and was done when it was told. What a
/// flow does is in its call's story; so is who hides keys, of which a house that takes cards has one in each call.
pub const fn is_act(event: &CallEvent) -> bool {
    match event {
        CallEvent::EndAsked { .. } => true,
        CallEvent::MaskingBegan { what: Masking::Pause, by, .. }
        | CallEvent::MaskingEndAsked { what: Masking::Pause, by, .. } => !matches!(by, MaskedBy::Flow { .. }),
        _ => false,
    }
}

/// What settings would have changed that a second person had to grant, newest first.
pub(super) fn shortenings(db: &Connection, rows_max: u32) -> Result<Vec<Record>, FollowError> {
    let sql = format!(
        "{SELECT_EVENTS} WHERE no IN (SELECT no FROM audit WHERE kind = 'box')
         AND text LIKE '%\"kind\":\"shortening_weighed\"%' ORDER BY no DESC LIMIT ?1"
    );
    list(db, &sql, [rows_max], to_record)
}

/// What kind of entry an event is, and whether it is a failure; none where the audit does not list it.
const fn kind(event: &BoxEvent) -> Option<(&'static str, bool)> {
    match event {
        BoxEvent::AuditIntent { .. } => Some(("act", false)),
        BoxEvent::SignedIn { .. }
        | BoxEvent::SignedOut { .. }
        | BoxEvent::Joined { .. }
        | BoxEvent::PasswordChanged { .. }
        | BoxEvent::SecondFactorChanged { .. } => Some(("access", false)),
        BoxEvent::SignInFailed { .. } | BoxEvent::CodeWrong { .. } => Some(("access", true)),
        BoxEvent::Started { .. } | BoxEvent::Stopped | BoxEvent::SettingsApplied { .. } => Some(("box", false)),
        BoxEvent::VaultKey { .. } | BoxEvent::VaultKeyring { .. } => Some(("box", false)),
        BoxEvent::RecordingErased { .. }
        | BoxEvent::RangeErased { .. }
        | BoxEvent::CopyToErase { .. }
        | BoxEvent::CopyErased { .. }
        | BoxEvent::CopyFreed { .. }
        | BoxEvent::ClockConfirmed { .. }
        | BoxEvent::Exported { .. }
        | BoxEvent::ShorteningWeighed { .. }
        | BoxEvent::LossesAcknowledged { .. } => Some(("box", false)),
        BoxEvent::ErasureFailed { .. }
        | BoxEvent::LogTailSetAside { .. }
        | BoxEvent::LogDamaged { .. }
        | BoxEvent::EventsLost { .. }
        | BoxEvent::EventsGone { .. }
        | BoxEvent::IndexSetAside { .. }
        | BoxEvent::LeavesUnfounded { .. }
        | BoxEvent::VaultDamaged { .. } => Some(("box", true)),
        BoxEvent::RecordingChecked { fits, .. } => Some(("box", !*fits)),
        BoxEvent::GlassBroken { .. } => Some(("glass", true)),
        BoxEvent::GlassReviewed { .. } => Some(("glass", false)),
        BoxEvent::VaultRead { damaged, .. } => Some(("box", *damaged > 0)),
        BoxEvent::RoomReckoned { .. } => Some(("box", false)),
        BoxEvent::RecordingsReckoned { differ, .. } => Some(("box", *differ > 0)),
        BoxEvent::MailGap { .. } | BoxEvent::MailDamaged { .. } => Some(("mail", true)),
        BoxEvent::MailDeletedLate { .. } | BoxEvent::MailExpired { .. } => Some(("mail", false)),
        BoxEvent::Ready { .. }
        | BoxEvent::Stopping
        | BoxEvent::OutOfService { .. }
        | BoxEvent::MailRecovered { .. }
        | BoxEvent::PortTested { .. }
        | BoxEvent::AlarmRaised { .. }
        | BoxEvent::AlarmCleared { .. }
        | BoxEvent::RecordingFinished { .. }
        | BoxEvent::RecordingCut { .. }
        | BoxEvent::RecordingGapped { .. }
        | BoxEvent::RecordingSealedFor { .. }
        | BoxEvent::RecordingMissed { .. }
        | BoxEvent::RetentionEventTold { .. }
        | BoxEvent::HoldPlaced { .. }
        | BoxEvent::HoldLifted { .. }
        | BoxEvent::ErasureAgreed { .. }
        | BoxEvent::RangeAgreed { .. }
        | BoxEvent::ErasureCancelled { .. }
        | BoxEvent::ErasureDropped { .. }
        // The acts of asking and answering are listed by their intents.
        | BoxEvent::ApprovalAsked { .. }
        | BoxEvent::ApprovalAnswered { .. }
        | BoxEvent::AuditOutcome { .. } => None,
    }
}

/// What the log was told of the vault's keys, oldest first.
pub(super) fn vault_keys(db: &Connection) -> Result<Vec<Record>, FollowError> {
    let sql = format!("{SELECT_EVENTS} WHERE no IN (SELECT no FROM audit WHERE kind = 'box') ORDER BY no");
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut told = Vec::new();
    while let Some(row) = rows.next()? {
        let record = to_record(row)?;
        if let Some(Event::Box(BoxEvent::VaultKey { .. } | BoxEvent::VaultKeyring { .. })) = record.event() {
            told.push(record);
        }
    }
    Ok(told)
}

/// The intents of these acts that did not end as done, oldest first.
pub(super) fn acts_not_done(db: &Connection, acts: &[Act]) -> Result<Vec<(Record, Option<Outcome>)>, FollowError> {
    let sql = "SELECT no, outcome FROM audit WHERE kind = 'act' AND (outcome IS NULL OR failed) ORDER BY no";
    let rows = list(db, sql, [], |row| Ok((EventNo(row.get::<_, i64>(0)? as u64), row.get::<_, Option<String>>(1)?)))?;
    let mut found = Vec::new();
    for (no, outcome) in rows {
        let Some(record) = record(db, no)? else { continue };
        if matches!(record.event(), Some(Event::Box(BoxEvent::AuditIntent { act, .. })) if acts.contains(act)) {
            found.push((record, outcome.and_then(|text| serde_json::from_value(text.into()).ok())));
        }
    }
    Ok(found)
}

/// On what an act was done.
pub(super) fn done(db: &Connection, of: Act) -> Result<BTreeSet<String>, FollowError> {
    let sql = format!(
        "{SELECT_EVENTS} WHERE no IN (SELECT no FROM audit WHERE kind = 'act' AND outcome = 'done')
         AND text LIKE '%\"act\":\"{}\"%'",
        word(&of)
    );
    let object = |record: &Record| match record.event() {
        Some(Event::Box(BoxEvent::AuditIntent { act, object, .. })) if *act == of => Some(object.clone()),
        _ => None,
    };
    Ok(list(db, &sql, [], to_record)?.iter().filter_map(object).collect())
}

/// Openings without a second person that nobody else has reviewed yet, oldest first.
pub(super) fn glass_to_review(db: &Connection) -> Result<Vec<Record>, FollowError> {
    let sql = format!("{SELECT_EVENTS} WHERE no IN (SELECT no FROM audit WHERE kind = 'glass') ORDER BY no");
    let mut open = Vec::new();
    for record in list(db, &sql, [], to_record)? {
        match record.event() {
            Some(Event::Box(BoxEvent::GlassBroken { .. })) => open.push(record),
            Some(Event::Box(BoxEvent::GlassReviewed { broken, .. })) => open.retain(|open: &Record| open.no != *broken),
            _ => {}
        }
    }
    Ok(open)
}

/// The entries, newest first.
pub(super) fn entries(
    db: &Connection,
    of: AuditOf,
    before: Option<EventNo>,
    rows_max: u32,
) -> Result<Vec<AuditEntry>, FollowError> {
    let sql = format!("SELECT no, outcome FROM audit WHERE no < ?1 {} ORDER BY no DESC LIMIT ?2", of.condition());
    let before = before.map_or(i64::MAX, |no| no.0 as i64);
    let rows = list(db, &sql, params![before, rows_max], |row| {
        Ok((EventNo(row.get::<_, i64>(0)? as u64), row.get::<_, Option<String>>(1)?))
    })?;
    let mut entries = Vec::new();
    for (no, outcome) in rows {
        let outcome = outcome.and_then(|text| serde_json::from_value(text.into()).ok());
        entries.extend(record(db, no)?.map(|record| AuditEntry { record, outcome }));
    }
    Ok(entries)
}
