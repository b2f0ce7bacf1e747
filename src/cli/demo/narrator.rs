//! Tells the box's facts as they come into its log, in sentences.

use std::path::{Path, PathBuf};

use call::CallEvent;
use frame::{CallId, EventNo, Stamp};
use settings::Layout;

use super::say;
use crate::{
    journal::{BoxEvent, Cdr, Event, IndexReader, Record},
    words::{Language, demo::Step, duration, story},
};

/// How many events are looked at in one go: more than come between two looks.
const ROWS: u32 = 500;

/// Follows the index of a running box.
pub(super) struct Narrator {
    index: PathBuf,
    layout: Layout,
    language: Language,
    told: EventNo,
    first: Option<Stamp>,
    /// The latest call whose end was told.
    pub(super) ended: Option<CallId>,
    /// The latest call whose recording was closed.
    pub(super) recorded: Option<CallId>,
    /// Whether two parties talk.
    pub(super) bridged: bool,
}

impl Narrator {
    pub(super) fn new(data: &Path, layout: Layout, language: Language) -> Narrator {
        Narrator {
            index: data.join("index.db"),
            layout,
            language,
            told: EventNo(0),
            first: None,
            ended: None,
            recorded: None,
            bridged: false,
        }
    }

    /// Tells what is new.
    pub(super) fn tell(&mut self) {
        // Before the box has made its index there is nothing to tell.
        let Ok(reader) = IndexReader::open(&self.index) else { return };
        let mut new = reader.past_events(None, ROWS).unwrap_or_default();
        new.retain(|record| record.no > self.told);
        for record in new.iter().rev() {
            self.told = record.no;
            self.take(record);
        }
    }

    /// The detail record of a call.
    pub(super) fn cdr(&self, call: CallId) -> Option<Cdr> {
        IndexReader::open(&self.index).ok()?.call(call).ok()?
    }

    fn take(&mut self, record: &Record) {
        match record.event() {
            Some(Event::Call(fact)) => self.take_fact(fact, record.stamp),
            Some(Event::Box(BoxEvent::RecordingFinished { call, .. })) => self.recorded = Some(*call),
            _ => (),
        }
    }

    fn take_fact(&mut self, fact: &CallEvent, stamp: Stamp) {
        match fact {
            CallEvent::Bridged { .. } => self.bridged = true,
            CallEvent::Unbridged { .. } => self.bridged = false,
            CallEvent::Ended { call, .. } => self.ended = Some(*call),
            _ => (),
        }
        let first = *self.first.get_or_insert(stamp);
        let at = format!("+{}", duration(self.language, stamp.since(&first)));
        let sentence = story(fact, self.language, &self.layout);
        say(&Step::Fact { at, sentence }.say(self.language));
    }
}
