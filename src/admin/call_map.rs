//! The map of a call: who was connected with what, when, as a strip. It is drawn from events alone, so it can be seen
//! while the recording is sealed.

use std::time::Duration;

use call::{CallEvent, Masking};
use frame::Stamp;

use crate::{
    journal::{Event, Record},
    words::{Language, page::Page},
};

/// The strip's width in its own units.
pub(super) const WIDTH: u32 = 600;

/// The strip.
#[derive(Debug, Default)]
pub(super) struct CallMap {
    pub(super) stretches: Vec<Stretch>,
    /// Which colours occur, with their words.
    pub(super) legend: Vec<(&'static str, String)>,
}

/// One stretch of the strip.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) class: &'static str,
    pub(super) x: u32,
    pub(super) width: u32,
    pub(super) title: String,
}

/// What goes on for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    Flow,
    Waiting,
    Talking,
    /// A party is on hold.
    Holding,
    /// Somebody keys a number in secret.
    Secret,
    /// Nothing is recorded.
    Paused,
}

impl Doing {
    const ALL: [Doing; 6] = [Doing::Flow, Doing::Waiting, Doing::Talking, Doing::Holding, Doing::Secret, Doing::Paused];

    fn class(self) -> &'static str {
        match self {
            Doing::Flow => "dial",
            Doing::Waiting | Doing::Holding => "hold",
            Doing::Talking => "talk",
            Doing::Secret => "off",
            Doing::Paused => "idle",
        }
    }

    fn word(self, language: Language) -> String {
        match self {
            Doing::Flow => Page::MapFlow,
            Doing::Waiting => Page::MapWait,
            Doing::Talking => Page::MapTalk,
            Doing::Secret => Page::MapSecret,
            Doing::Paused => Page::MapPaused,
            Doing::Holding => Page::MapHold,
        }
        .say(language)
    }
}

/// The map that these events draw.
pub(super) fn map(records: &[Record], language: Language) -> CallMap {
    let (Some(first), Some(last)) = (records.first(), end(records)) else { return CallMap::default() };
    let total = last.since(&first.stamp);
    let spells = spells(records, last);
    let stretch = |(doing, from, to): &(Doing, Stamp, Stamp)| {
        let x = scale(from.since(&first.stamp), total);
        let width = scale(to.since(&first.stamp), total).saturating_sub(x).max(1);
        Stretch { class: doing.class(), x, width, title: doing.word(language) }
    };
    let occurs = |doing: &Doing| spells.iter().any(|(spell, ..)| spell == doing);
    CallMap {
        stretches: spells.iter().map(stretch).collect(),
        legend: Doing::ALL.into_iter().filter(occurs).map(|doing| (doing.class(), doing.word(language))).collect(),
    }
}

/// When the call ended; while it lasts, its last event. What the recorder tells later is no part of the call.
fn end(records: &[Record]) -> Option<&Stamp> {
    let is_of_call = |record: &&Record| matches!(record.event(), Some(Event::Call(_)));
    records.iter().rfind(is_of_call).map(|record| &record.stamp)
}

/// What went on from when to when. One thing begins where the one before ends; what is masked covers what else goes on.
fn spells(records: &[Record], last: &Stamp) -> Vec<(Doing, Stamp, Stamp)> {
    let mut spells = Vec::new();
    let (mut goes_on, mut masked): (Option<Doing>, Vec<Masking>) = (None, Vec::new());
    let mut current: Option<(Doing, Stamp)> = None;
    for record in records {
        match change(record) {
            Some(Change::To(doing)) => goes_on = doing,
            Some(Change::Masks(what)) => masked.push(what),
            Some(Change::Shows(what)) => masked.retain(|of| *of != what),
            None => continue,
        }
        if let Some((doing, since)) = current.take() {
            spells.push((doing, since, record.stamp));
        }
        let covered = goes_on.map(|doing| masked.last().copied().map_or(doing, masking));
        current = covered.map(|doing| (doing, record.stamp));
    }
    spells.extend(current.map(|(doing, since)| (doing, since, *last)));
    spells
}

fn masking(what: Masking) -> Doing {
    match what {
        Masking::SecretInput => Doing::Secret,
        Masking::Pause => Doing::Paused,
    }
}

/// What an event changes.
enum Change {
    /// This goes on, or nothing does.
    To(Option<Doing>),
    Masks(Masking),
    Shows(Masking),
}

fn change(record: &Record) -> Option<Change> {
    let Some(Event::Call(event)) = record.event() else { return None };
    match event {
        CallEvent::FlowEntered { .. } => Some(Change::To(Some(Doing::Flow))),
        CallEvent::Queued { .. } => Some(Change::To(Some(Doing::Waiting))),
        CallEvent::Bridged { .. } | CallEvent::Retrieved { .. } | CallEvent::ConferenceBegan { .. } => {
            Some(Change::To(Some(Doing::Talking)))
        }
        CallEvent::Held { .. } => Some(Change::To(Some(Doing::Holding))),
        CallEvent::Dequeued { .. } | CallEvent::Unbridged { .. } | CallEvent::Ended { .. } => Some(Change::To(None)),
        CallEvent::MaskingBegan { what, .. } => Some(Change::Masks(*what)),
        CallEvent::MaskingEnded { what, .. } => Some(Change::Shows(*what)),
        _ => None,
    }
}

fn scale(at: Duration, total: Duration) -> u32 {
    let total_ms = total.as_millis().max(1);
    (at.as_millis().min(total_ms) * u128::from(WIDTH) / total_ms) as u32
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, CallId, EventNo, LegId, LifeNo, Time, Utc};

    use super::*;
    use crate::journal::Fact;

    const CALL: CallId = CallId::new(LifeNo(1), 1);

    fn record(ms: u64, event: CallEvent) -> Record {
        let stamp = Stamp { boot: BootNo(1), time: Time::from_ms(ms), utc: Utc::from_us(ms as i64 * 1000) };
        Record { no: EventNo(1 + ms), stamp, life: LifeNo(1), version: 1, fact: Fact::Known(event.into()) }
    }

    #[test]
    fn a_call_is_drawn_to_scale() {
        let [a, b] = [LegId::new(LifeNo(1), 1), LegId::new(LifeNo(1), 2)];
        let records = [
            record(1000, CallEvent::FlowEntered { call: CALL, flow: "main".into() }),
            record(2000, CallEvent::Queued { call: CALL, queue: "q".into(), position: 1 }),
            record(3500, CallEvent::Dequeued { call: CALL, queue: "q".into(), why: call::QueueExit::Answered }),
            record(4000, CallEvent::Bridged { call: CALL, a, b }),
            record(6000, CallEvent::Unbridged { call: CALL, a, b }),
            record(7000, CallEvent::Ended { call: CALL, cause: isdn::Cause::NormalClearing, by: call::Side::Caller }),
        ];
        let map = map(&records, Language::English);
        let drawn: Vec<_> = map.stretches.iter().map(|stretch| (stretch.class, stretch.x, stretch.width)).collect();
        assert_eq!(drawn, [("dial", 0, 100), ("hold", 100, 150), ("talk", 300, 200)]);
        assert_eq!(map.legend.len(), 3);
    }

    #[test]
    fn what_is_masked_is_drawn_over_the_talk() {
        let [a, b] = [LegId::new(LifeNo(1), 1), LegId::new(LifeNo(1), 2)];
        let (call, what) = (CALL, Masking::SecretInput);
        let by = call::MaskedBy::Station { extension: "803".into() };
        let why = call::MaskingEnd::EndKey;
        let records = [
            record(0, CallEvent::Bridged { call: CALL, a, b }),
            record(1000, CallEvent::MaskingBegan { call, what, leg: Some(a), by }),
            record(2000, CallEvent::MaskingEnded { call, what, digits: 16, why }),
            record(4000, CallEvent::Unbridged { call: CALL, a, b }),
        ];
        let drawn: Vec<_> = map(&records, Language::English).stretches;
        let drawn: Vec<_> = drawn.iter().map(|stretch| (stretch.class, stretch.x, stretch.width)).collect();
        assert_eq!(drawn, [("talk", 0, 150), ("off", 150, 150), ("talk", 300, 300)]);
    }

    #[test]
    fn a_call_that_goes_on_is_drawn_up_to_its_last_event() {
        let records = [record(0, CallEvent::FlowEntered { call: CALL, flow: "main".into() })];
        assert_eq!(map(&records, Language::English).stretches.len(), 1);
        assert!(map(&[], Language::English).stretches.is_empty());
    }
}
