//! What the recorder tells becomes facts and alarms of the log.

use std::{
    collections::BTreeSet,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender},
    },
    thread::{Builder, JoinHandle},
};

use base16ct::lower::encode_string;
use call::RecordingGap;
use frame::{RecordingId, TICK_US};
use vault::GapCause;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, JournalHandle, Store},
    recorder::{DiskFault, RecorderCommand, RecorderEvent},
};

/// The way back to the recorder. Emptied when the daemon stops: the recorder ends with its last sender.
pub(super) type Back = Arc<Mutex<Option<Sender<RecorderCommand>>>>;

/// Starts the thread that follows the recorder until the recorder is gone.
pub(super) fn follow(
    events: Receiver<RecorderEvent>,
    journal: JournalHandle,
    timestamps: Timestamps,
    back: Back,
) -> io::Result<JoinHandle<()>> {
    let mut facts = Facts { journal, timestamps, back, facts: RecorderFacts::default() };
    Builder::new().name("facts".into()).spawn(move || events.into_iter().for_each(|event| facts.take(event)))
}

/// The shell around [`RecorderFacts`].
struct Facts {
    journal: JournalHandle,
    timestamps: Timestamps,
    back: Back,
    facts: RecorderFacts,
}

impl Facts {
    fn take(&mut self, event: RecorderEvent) {
        for fact in self.facts.of(event) {
            match fact {
                BoxEvent::RecordingFinished { recording, .. } => self.finished(recording, fact),
                fact => self.journal.append(self.timestamps.now(), fact),
            }
        }
    }

    /// A recording is whole. The recorder may forget it once the log and its leaf are durable; until then it tells it
    /// again at each start.
    fn finished(&self, recording: RecordingId, event: BoxEvent) {
        let durable = self.journal.append_durable(self.timestamps.now(), event).blocking_recv();
        let back = self.back.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Ok(Ok(_)), Some(recorder)) = (durable, back.as_ref()) {
            // A recorder that is gone tells it again at its next start.
            let _ = recorder.send(RecorderCommand::Logged { recording });
        }
    }
}

/// What the recorder's events are in the log, with the alarms that hold told once each.
#[derive(Debug, Default)]
pub struct RecorderFacts {
    raised: BTreeSet<Alarm>,
}

impl RecorderFacts {
    /// The facts of an event, in order. The recorder waits for the one of a finished recording to be durable.
    pub fn of(&mut self, event: RecorderEvent) -> Vec<BoxEvent> {
        match event {
            RecorderEvent::Finished { recording, call, object, records, chunks, chain_head, commitments, seconds } => {
                let (head, commitments) = (encode_string(&chain_head), encode_string(&commitments));
                vec![BoxEvent::RecordingFinished {
                    call,
                    recording,
                    object,
                    records,
                    chunks,
                    seconds,
                    head,
                    commitments,
                }]
            }
            RecorderEvent::Cut { recording, call, part, kept_ticks } => {
                vec![BoxEvent::RecordingCut { call, recording, part, kept_ms: ms(kept_ticks) }]
            }
            RecorderEvent::Gap { recording, call, leg, ticks, cause, .. } => {
                let (why, gap_ms) = (why(cause), ms(ticks));
                let gapped = BoxEvent::RecordingGapped { call, recording, leg: Some(leg), why, gap_ms };
                [gapped].into_iter().chain(self.clear(Alarm::RecorderBehind)).collect()
            }
            RecorderEvent::BufferFull => self.raise(Alarm::RecorderBehind),
            RecorderEvent::DiskSlow { .. } => self.raise(Alarm::DiskSlow { store: Store::Vault }),
            RecorderEvent::DiskFailed { what } => self.raise(disk(what)),
            RecorderEvent::DiskBack => self.clear_disk(),
            RecorderEvent::Damaged { file, offset } => {
                tracing::error!(%file, offset, "a file of the vault holds what a power cut does not explain");
                self.raise(Alarm::DiskFailed { store: Store::Vault })
            }
            RecorderEvent::Begun { .. } | RecorderEvent::Stable { .. } => Vec::new(),
        }
    }

    fn raise(&mut self, alarm: Alarm) -> Vec<BoxEvent> {
        let is_new = self.raised.insert(alarm.clone());
        is_new.then_some(BoxEvent::AlarmRaised { alarm }).into_iter().collect()
    }

    fn clear(&mut self, alarm: Alarm) -> Option<BoxEvent> {
        self.raised.remove(&alarm).then_some(BoxEvent::AlarmCleared { alarm })
    }

    fn clear_disk(&mut self) -> Vec<BoxEvent> {
        let store = Store::Vault;
        let alarms = [Alarm::DiskSlow { store }, Alarm::DiskFull { store }, Alarm::DiskFailed { store }];
        alarms.into_iter().filter_map(|alarm| self.clear(alarm)).collect()
    }
}

fn disk(fault: DiskFault) -> Alarm {
    let store = Store::Vault;
    match fault {
        DiskFault::Full | DiskFault::RingFull => Alarm::DiskFull { store },
        DiskFault::Io(_) => Alarm::DiskFailed { store },
    }
}

fn why(cause: GapCause) -> RecordingGap {
    match cause {
        GapCause::NoTick | GapCause::BufferFull | GapCause::EndedEarly => RecordingGap::Buffer,
        GapCause::NoKey => RecordingGap::Disk,
    }
}

const fn ms(ticks: u64) -> u64 {
    ticks * TICK_US / 1000
}
