//! What must go, out of what the log knows of each recording (`journal::Kept`), and the lines that lists and acts go by.

use call::CallEvent;
use frame::{RecordingId, Utc};
use settings::{RetentionRule, Settings};
use vault::{Day, ERASURE_MAX, Erasures, Hash, Hold, MustGo, Standing, is_kept_shorter, sha256};

use super::leaves;
use crate::{
    handles::{DueNow, DueRow},
    journal::{BoxEvent, Event, FollowError, IndexReader, Kept, Reckoning, Record, utc_text},
};

/// A recording that is whole; none where the index knows no such one.
pub(super) fn kept(index: &IndexReader, recording: RecordingId) -> Result<Option<Kept>, FollowError> {
    let Some(cdr) = index.call_of(recording)?.filter(|cdr| cdr.recording.object.is_some()) else { return Ok(None) };
    let records = index.events(cdr.call)?;
    let mut kept = Reckoning::of(index)?.kept(cdr, records);
    kept.look_for_holes(index)?;
    Ok(Some(kept))
}

/// The packages in which a recording left the box, oldest first.
pub(super) fn packages(index: &IndexReader, recording: RecordingId) -> Result<Vec<String>, FollowError> {
    let name = |record: &Record| match record.event() {
        Some(Event::Box(BoxEvent::Exported { package, .. })) => Some(package.clone()),
        _ => None,
    };
    Ok(index.exports_of(recording)?.iter().rev().filter_map(name).collect())
}

/// The link of a recording's last record, as it was told when it was whole; the first that was told of it, and of a recording that
/// began in this call: whoever can put an object there while nobody looks can have another one told.
pub(super) fn chain_head(kept: &Kept) -> Option<Hash> {
    let of = kept.cdr.recording.id?;
    let began = |record: &Record| {
        let event = record.event();
        matches!(event, Some(Event::Call(CallEvent::RecordingBegan { recording, .. })) if *recording == of)
    };
    let head = |record: &Record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingFinished { recording, head, .. })) if *recording == of => leaves::hash(head),
        _ => None,
    };
    kept.records().iter().any(began).then(|| kept.records().iter().find_map(head)).flatten()
}

/// What must go by a day, and is neither held nor on a list that waits; oldest first.
pub(super) fn due(
    index: &IndexReader,
    settings: &Settings,
    erasures: &Erasures,
    day: Day,
) -> Result<DueNow, FollowError> {
    let mut recordings = Vec::new();
    let mut failed = None;
    // Without a rule that says so nothing must go, and nothing has to be read.
    if settings.retention.iter().any(|rule: &RetentionRule| rule.remove.is_some()) {
        let listed: std::collections::BTreeSet<RecordingId> =
            erasures.waiting().map(|(.., recording)| recording).collect();
        let reckoning = Reckoning::of(index)?;
        index.each_kept(|cdr, records| {
            if cdr.recording.id.is_none_or(|recording| listed.contains(&recording)) {
                return true;
            }
            match due_row(index, settings, erasures, day, reckoning.kept(cdr, records)) {
                Ok(row) => recordings.extend(row),
                Err(error) => failed = Some(error),
            }
            // One more tells whether there are more.
            failed.is_none() && recordings.len() <= ERASURE_MAX
        })?;
    }
    failed.map_or(Ok(()), Err)?;
    let has_more = recordings.len() > ERASURE_MAX;
    recordings.truncate(ERASURE_MAX);
    Ok(DueNow { object: object(day, &recordings), recordings, has_more })
}

/// How many recordings the new rules keep shorter than the old ones.
pub(super) fn kept_shorter(index: &IndexReader, old: &Settings, new: &Settings) -> Result<u64, FollowError> {
    let (mut count, reckoning) = (0, Reckoning::of(index)?);
    index.each_kept(|cdr, records| {
        let kept = reckoning.kept(cdr, records);
        let ended = kept.cdr.ended.map_or_else(|| Day::of(kept.cdr.began.utc), |ended| Day::of(ended.utc));
        let told = kept.told();
        let rules = (old.retention.as_slice(), new.retention.as_slice());
        count += u64::from(is_kept_shorter(rules, &kept.took_part().queues, ended, &told));
        true
    })?;
    Ok(count)
}

/// A recording's row, where it must go and no hold covers it.
fn due_row(
    index: &IndexReader,
    settings: &Settings,
    erasures: &Erasures,
    day: Day,
    mut kept: Kept,
) -> Result<Option<DueRow>, FollowError> {
    let (Some(recording), Standing::MustGo(_)) = (kept.cdr.recording.id, kept.standing(settings, day)) else {
        return Ok(None);
    };
    // The dearer question, for those that are left.
    kept.look_for_holes(index)?;
    let Standing::MustGo(MustGo { rule, day }) = kept.standing(settings, day) else { return Ok(None) };
    let is_held = erasures.held_by(&kept.held_facts()).is_some();
    Ok((!is_held).then(|| DueRow { recording, call: kept.cdr.call, rule: rule.name.clone(), day }))
}

/// A list in a line. The hash covers each recording, so that a grant is for these and no others.
fn object(day: Day, recordings: &[DueRow]) -> String {
    let all: String = recordings.iter().map(|row| format!("{}\n", row.recording)).collect();
    let hash = base16ct::lower::encode_string(&sha256(all.as_bytes())[..8]);
    format!("{day}: {} / {hash}", recordings.len())
}

/// The day of such a line.
pub(super) fn day_of(object: &str) -> Option<Day> {
    object.split_once(':')?.0.parse().ok()
}

/// A hold as the audit names it.
pub(super) fn hold_text(hold: &Hold) -> String {
    match hold {
        Hold::Call(call) => format!("call {call}"),
        Hold::Search(search) => {
            let parts = [
                search.queue.as_ref().map(|queue| format!("queue “{queue}”")),
                search.person.map(|person| format!("person {person}")),
                // The digits stand in the hold's own event.
                search.number.as_ref().map(|number| format!("a number of {} digits", number.len())),
                search.from.map(|day| format!("from {day}")),
                search.until.map(|day| format!("until {day}")),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
    }
}

pub(super) fn time_text(utc: Utc) -> String {
    utc_text(utc)
}
