//! What the log knows of a recording for keeping and erasing it: its rules, its holds' facts, its list.

use frame::{RecordingId, Stamp, Time, Utc};
use settings::{RetentionRule, Settings};
use vault::{
    Day, ERASURE_MAX, Erasures, Hash, HeldFacts, Hold, MustGo, Standing, is_kept_shorter, rules_for, sha256, standing,
};

use super::leaves;
use crate::{
    handles::{DueNow, DueRow},
    journal::{BoxEvent, Cdr, Event, FollowError, IndexReader, Record, TookPart, utc_text},
};

/// A recording and everything that was told of its call.
pub(super) struct Kept {
    pub(super) cdr: Cdr,
    records: Vec<Record>,
    took_part: TookPart,
    /// The day on which it began, where all clocks agree on it.
    began: Option<Day>,
    /// The last day on which it may have ended.
    ended: Day,
}

/// The moments at which the wall clock was right, as NTP or a person said. What it said at other times of that boot is found
/// by the boot-time clock.
struct ConfirmedClock(Vec<Stamp>);

impl ConfirmedClock {
    fn of(index: &IndexReader) -> Result<ConfirmedClock, FollowError> {
        Ok(ConfirmedClock(index.confirmed_clock()?))
    }

    /// The first and the last day on which a moment may have been: by its own wall clock, and by each confirmation of its
    /// boot. None where nobody has confirmed anything in that boot.
    fn days(&self, at: Stamp) -> Option<(Day, Day)> {
        let confirmed = self.0.iter().filter(|confirmed| confirmed.boot == at.boot);
        let days = confirmed.map(|confirmed| Day::of(corrected(at, *confirmed)));
        let both = |(first, last): (Day, Day), day: Day| (first.min(day), last.max(day));
        let confirmed = days.map(|day| (day, day)).reduce(|days, (day, _)| both(days, day))?;
        Some(both(confirmed, Day::of(at.utc)))
    }

    fn began(&self, cdr: &Cdr) -> Option<Day> {
        self.days(cdr.began).filter(|(first, last)| first == last).map(|(day, _)| day)
    }

    /// The calendar's last day, which never comes, where nobody can tell.
    fn ended(&self, cdr: &Cdr) -> Day {
        let days = cdr.ended.and_then(|ended| self.days(ended));
        days.map_or_else(|| Day::of(Utc::from_us(i64::MAX)), |(_, last)| last)
    }
}

/// What the wall clock would have said at a moment, had it been right since the confirmation, or before it.
fn corrected(at: Stamp, confirmed: Stamp) -> Utc {
    let us = |time: Time| i64::try_from(time.as_us()).unwrap_or(i64::MAX);
    Utc::from_us(confirmed.utc.as_us().saturating_add(us(at.time).saturating_sub(us(confirmed.time))))
}

/// A recording that is whole; none where the index knows no such one.
pub(super) fn kept(index: &IndexReader, recording: RecordingId) -> Result<Option<Kept>, FollowError> {
    let Some(cdr) = index.call_of(recording)?.filter(|cdr| cdr.recording.object.is_some()) else { return Ok(None) };
    let records = index.events(cdr.call)?;
    let mut kept = Kept::new(cdr, records, &ConfirmedClock::of(index)?);
    kept.look_for_holes(index)?;
    Ok(Some(kept))
}

impl Kept {
    fn new(cdr: Cdr, records: Vec<Record>, clock: &ConfirmedClock) -> Kept {
        let (took_part, began, ended) = (TookPart::of(&records), clock.began(&cdr), clock.ended(&cdr));
        Kept { cdr, records, took_part, began, ended }
    }

    /// What the log lost while the call lasted may have been of this call.
    fn look_for_holes(&mut self, index: &IndexReader) -> Result<(), FollowError> {
        if index.has_hole(self.cdr.first_no, self.cdr.last_no)? {
            self.took_part.misses_some();
        }
        Ok(())
    }

    pub(super) fn is_erased(&self) -> bool {
        self.cdr.recording.erased
    }

    /// How it stands on a day.
    pub(super) fn standing<'s>(&self, settings: &'s Settings, today: Day) -> Standing<'s> {
        let told: Vec<(&str, Day)> = self.records.iter().filter_map(told).collect();
        let rules = rules_for(&settings.retention, &self.took_part.queues);
        standing(rules, self.ended, &told, today)
    }

    /// The rule by which it must go.
    pub(super) fn rule(&self, settings: &Settings, today: Day) -> String {
        match self.standing(settings, today) {
            Standing::MustGo(MustGo { rule, .. }) => rule.name.clone(),
            _ => String::new(),
        }
    }

    pub(super) fn held_facts(&self) -> HeldFacts {
        let TookPart { queues, people, numbers, .. } = self.took_part.clone();
        HeldFacts { call: self.cdr.call, began: self.began, queues, people, numbers }
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
        let clock = ConfirmedClock::of(index)?;
        index.each_kept(|cdr, records| {
            if cdr.recording.id.is_none_or(|recording| listed.contains(&recording)) {
                return true;
            }
            match due_row(index, settings, erasures, day, Kept::new(cdr, records, &clock)) {
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
    let (mut count, clock) = (0, ConfirmedClock::of(index)?);
    index.each_kept(|cdr, records| {
        let kept = Kept::new(cdr, records, &clock);
        let ended = kept.cdr.ended.map_or_else(|| Day::of(kept.cdr.began.utc), |ended| Day::of(ended.utc));
        let told: Vec<(&str, Day)> = kept.records.iter().filter_map(told).collect();
        let rules = (old.retention.as_slice(), new.retention.as_slice());
        count += u64::from(is_kept_shorter(rules, &kept.took_part.queues, ended, &told));
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
