//! What the recorder tells becomes facts and alarms of the log.

use std::{
    collections::BTreeSet,
    io,
    sync::mpsc::Receiver,
    thread::{Builder, JoinHandle},
};

use base16ct::lower::encode_string;
use call::RecordingGap;
use frame::TICK_US;
use vault::GapCause;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, JournalHandle, Store},
    recorder::{DiskFault, RecorderEvent},
};

/// Starts the thread that follows the recorder until the recorder is gone.
pub(super) fn follow(
    events: Receiver<RecorderEvent>,
    journal: JournalHandle,
    timestamps: Timestamps,
) -> io::Result<JoinHandle<()>> {
    let mut facts = Facts { journal, timestamps, raised: BTreeSet::new() };
    Builder::new().name("facts".into()).spawn(move || events.into_iter().for_each(|event| facts.take(event)))
}

struct Facts {
    journal: JournalHandle,
    timestamps: Timestamps,
    raised: BTreeSet<Alarm>,
}

impl Facts {
    fn take(&mut self, event: RecorderEvent) {
        match event {
            RecorderEvent::Finished { recording, call, object, records, chunks, chain_head, commitments, seconds } => {
                self.tell(BoxEvent::RecordingFinished {
                    call,
                    recording,
                    object,
                    records,
                    chunks,
                    seconds,
                    head: encode_string(&chain_head),
                    commitments: encode_string(&commitments),
                })
            }
            RecorderEvent::Cut { recording, call, part, kept_ticks } => {
                self.tell(BoxEvent::RecordingCut { call, recording, part, kept_ms: ms(kept_ticks) });
            }
            RecorderEvent::Gap { recording, call, leg, ticks, cause, .. } => {
                let (why, gap_ms) = (why(cause), ms(ticks));
                self.tell(BoxEvent::RecordingGapped { call, recording, leg: Some(leg), why, gap_ms });
                self.clear(&Alarm::RecorderBehind);
            }
            RecorderEvent::BufferFull => self.raise(Alarm::RecorderBehind),
            RecorderEvent::DiskSlow { .. } => self.raise(Alarm::DiskSlow { store: Store::Vault }),
            RecorderEvent::DiskFailed { what } => self.raise(disk(what)),
            RecorderEvent::DiskBack => self.clear_disk(),
            RecorderEvent::Damaged { file, offset } => {
                tracing::error!(%file, offset, "a file of the vault holds what a power cut does not explain");
                self.raise(Alarm::DiskFailed { store: Store::Vault });
            }
            RecorderEvent::Begun { .. } | RecorderEvent::Stable { .. } => (),
        }
    }

    fn raise(&mut self, alarm: Alarm) {
        if self.raised.insert(alarm.clone()) {
            self.tell(BoxEvent::AlarmRaised { alarm });
        }
    }

    fn clear(&mut self, alarm: &Alarm) {
        if self.raised.remove(alarm) {
            self.tell(BoxEvent::AlarmCleared { alarm: alarm.clone() });
        }
    }

    fn clear_disk(&mut self) {
        let store = Store::Vault;
        for alarm in [Alarm::DiskSlow { store }, Alarm::DiskFull { store }, Alarm::DiskFailed { store }] {
            self.clear(&alarm);
        }
    }

    fn tell(&self, event: BoxEvent) {
        self.journal.append(self.timestamps.now(), event);
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
