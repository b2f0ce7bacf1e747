//! What the log knows of a recording for keeping and erasing it: its rules, its holds' facts, its list.

use frame::{RecordingId, Utc};
use settings::{RetentionRule, Settings};
use vault::{Day, ERASURE_MAX, Erasures, Hash, HeldFacts, Hold, MustGo, Standing, sha256, standing};

use super::leaves;
use crate::{
    handles::{DueNow, DueRow},
    journal::{Alarm, BoxEvent, Cdr, Event, FollowError, IndexReader, Record, utc_text},
};

/// A recording and everything that was told of its call.
pub(super) struct Kept {
    pub(super) cdr: Cdr,
    records: Vec<Record>,
}

/// A recording that is whole; none where the index knows no such one.
pub(super) fn kept(index: &IndexReader, recording: RecordingId) -> Result<Option<Kept>, FollowError> {
    let Some(cdr) = index.call_of(recording)?.filter(|cdr| cdr.recording.object.is_some()) else { return Ok(None) };
    let records = index.events(cdr.call)?;
    Ok(Some(Kept { cdr, records }))
}

impl Kept {
    pub(super) fn is_erased(&self) -> bool {
        self.cdr.recording.erased
    }

    /// How it stands on a day.
    pub(super) fn standing<'s>(&self, settings: &'s Settings, today: Day) -> Standing<'s> {
        let told: Vec<(&str, Day)> = self.records.iter().filter_map(told).collect();
        let rules = settings.retention.iter().filter(|rule| rule.is_for(self.cdr.queue.as_deref()));
        standing(rules, self.cdr.ended.map_or(today, |ended| Day::of(ended.utc)), &told, today)
    }

    /// The rule by which it must go.
    pub(super) fn rule(&self, settings: &Settings, today: Day) -> String {
        match self.standing(settings, today) {
            Standing::MustGo(MustGo { rule, .. }) => rule.name.clone(),
            _ => String::new(),
        }
    }

    pub(super) fn held_facts(&self) -> HeldFacts {
        let cdr = &self.cdr;
        let own = [&cdr.from, &cdr.to, &cdr.dialled].into_iter().flatten();
        let numbers = own.chain(cdr.legs.iter().filter_map(|leg| leg.number.as_ref()));
        HeldFacts {
            call: cdr.call,
            began: Day::of(cdr.began.utc),
            queue: cdr.queue.clone(),
            people: cdr.person.into_iter().collect(),
            numbers: numbers.map(|number| number.as_str().to_owned()).collect(),
        }
    }

    /// The link of its last record, as it was told when it was whole.
    pub(super) fn chain_head(&self) -> Option<Hash> {
        self.records.iter().rev().find_map(|record| match record.event() {
            Some(Event::Box(BoxEvent::RecordingFinished { head, .. })) => leaves::hash(head),
            _ => None,
        })
    }
}

fn told(record: &Record) -> Option<(&str, Day)> {
    match record.event() {
        Some(Event::Box(BoxEvent::RetentionEventTold { event, day, .. })) => Some((event.as_str(), day.parse().ok()?)),
        _ => None,
    }
}

/// Whether the vault is known to have been set back: then what it says of holds and lists may be of yesterday.
pub(super) fn is_set_back(index: &IndexReader) -> Result<bool, FollowError> {
    Ok(index.alarms()?.iter().any(|open| matches!(open.alarm, Alarm::SetBack { .. })))
}

/// What must go by a day, and is neither held nor on a list that waits; oldest first.
pub(super) fn due(
    index: &IndexReader,
    settings: &Settings,
    erasures: &Erasures,
    day: Day,
) -> Result<DueNow, FollowError> {
    let mut recordings = Vec::new();
    // Without a rule that says so nothing must go, and nothing has to be read.
    if settings.retention.iter().any(|rule: &RetentionRule| rule.remove.is_some()) {
        let listed: std::collections::BTreeSet<RecordingId> =
            erasures.waiting().map(|(.., recording)| recording).collect();
        index.each_kept(|cdr, records| {
            let Some(recording) = cdr.recording.id.filter(|recording| !listed.contains(recording)) else {
                return true;
            };
            let kept = Kept { cdr, records };
            if let Standing::MustGo(MustGo { rule, day }) = kept.standing(settings, day)
                && erasures.held_by(&kept.held_facts()).is_none()
            {
                recordings.push(DueRow { recording, call: kept.cdr.call, rule: rule.name.clone(), day });
            }
            // One more tells whether there are more.
            recordings.len() <= ERASURE_MAX
        })?;
    }
    let has_more = recordings.len() > ERASURE_MAX;
    recordings.truncate(ERASURE_MAX);
    Ok(DueNow { object: object(day, &recordings), recordings, has_more })
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
