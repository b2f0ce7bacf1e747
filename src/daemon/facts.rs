//! What the recorder tells becomes facts and alarms of the log.

use std::{
    collections::BTreeSet,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender},
    },
    thread::{Builder, JoinHandle},
};

use base16ct::lower::encode_string;
use call::{CallEvent, RecordingGap};
use frame::{CallId, RecordingId, Stamp, TICK_US};
use vault::{GapCause, Grave, NotErased, Tombstone};

use super::{
    Timestamps,
    erased::Erased,
    leaves::{LiveNow, MINUTE},
    unerased::Unerased,
};
use crate::{
    journal::{Alarm, BoxEvent, Event, IndexReader, JournalHandle, Store},
    recorder::{DiskFault, Order, RecorderCommand, RecorderEvent},
};

/// The way back to the recorder. Emptied when the daemon stops: the recorder ends with its last sender.
pub(super) type Back = Arc<Mutex<Option<Sender<RecorderCommand>>>>;

/// Starts the thread that follows the recorder until the recorder is gone.
pub(super) fn follow(
    (events, journal): (Receiver<RecorderEvent>, JournalHandle),
    timestamps: Timestamps,
    (back, unerased): (Back, Unerased),
    index: PathBuf,
    live: LiveNow,
) -> io::Result<JoinHandle<()>> {
    let mut facts = Facts {
        journal,
        timestamps,
        back,
        unerased,
        index,
        facts: RecorderFacts::new(live),
        erased: Erased::default(),
        woken: None,
    };
    Builder::new().name("facts".into()).spawn(move || events.into_iter().for_each(|event| facts.take(event)))
}

/// The shell around [`RecorderFacts`].
struct Facts {
    journal: JournalHandle,
    timestamps: Timestamps,
    back: Back,
    unerased: Unerased,
    index: PathBuf,
    facts: RecorderFacts,
    erased: Erased,
    /// When the journal was last woken.
    woken: Option<Stamp>,
}

impl Facts {
    fn take(&mut self, event: RecorderEvent) {
        if let RecorderEvent::Stable { .. } = event {
            self.wake_journal();
            self.tell_erased();
        }
        if let RecorderEvent::KeysErased { tombstone, table } = event {
            return self.keys_erased(*tombstone, table);
        }
        if let RecorderEvent::Resumed { grave } = event {
            return self.unerased.note_resumed(grave);
        }
        if let RecorderEvent::NotErased { has_begun, why, grave, call } = event {
            return self.not_erased((grave, call), why, has_begun);
        }
        for fact in self.facts.of(event) {
            match fact {
                BoxEvent::RecordingFinished { call, recording, ref head, .. } => {
                    let index = self.index_now();
                    match index.as_ref().and_then(|index| told(index, recording)) {
                        None if index.is_none_or(|index| may_be_of(&index, recording, call)) => {
                            self.finished(recording, fact);
                        }
                        Some(told) if told == (call, Some(head.clone())) => self.acknowledge(recording),
                        _ => self.another_object(recording),
                    }
                }
                fact => self.journal.append(self.timestamps.now(), fact),
            }
        }
    }

    /// A recording is whole. The recorder may forget it once the log and its leaf are durable; until then it tells it
    /// again at each start.
    fn finished(&self, recording: RecordingId, event: BoxEvent) {
        let durable = self.journal.append_durable(self.timestamps.now(), event).blocking_recv();
        if let Ok(Ok(_)) = durable {
            self.acknowledge(recording);
        }
    }

    fn keys_erased(&mut self, tombstone: Tombstone, table: usize) {
        self.erased.confirmed(tombstone, table, self.timestamps.now());
        self.tell_erased();
    }

    fn not_erased(&self, (grave, call): (Grave, CallId), why: NotErased, has_begun: bool) {
        let now = self.timestamps.now();
        let note = if has_begun { Unerased::note_begun } else { Unerased::note };
        if note(&self.unerased, grave, call, why, now) {
            let Grave { recording, range } = grave;
            self.journal.append(now, BoxEvent::ErasureFailed { call, recording, range, why });
        }
    }

    /// What the log could not be told is tried again as long as the recorder tells anything.
    fn tell_erased(&mut self) {
        for tombstone in self.erased.tell(self.timestamps.now(), &self.journal, &self.index) {
            self.unerased.forget(tombstone.grave());
            self.send(RecorderCommand::Erasing(Order::Bury(Box::new(tombstone))));
        }
    }

    fn acknowledge(&self, recording: RecordingId) {
        self.send(RecorderCommand::Logged { recording });
    }

    fn send(&self, command: RecorderCommand) {
        let back = self.back.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(recorder) = back.as_ref() {
            // A recorder that is gone tells it again at its next start, where it is found to be told.
            let _ = recorder.send(command);
        }
    }

    /// The index, which may be behind the log, once it is not. One that can't be read does not know what was told, and it is told twice.
    fn index_now(&self) -> Option<IndexReader> {
        let until = self.journal.settle().blocking_recv().ok()?;
        IndexReader::open_with(&self.index, until).ok()
    }

    /// Somebody has put another object in its place: the log keeps what it has.
    fn another_object(&mut self, recording: RecordingId) {
        tracing::error!(%recording, "the vault tells the end of a recording, and the log has another one");
        for alarm in self.facts.raise(Alarm::DiskFailed { store: Store::Vault }) {
            self.journal.append(self.timestamps.now(), alarm);
        }
    }

    /// Calls may tell nothing for a long time, and each minute of them has its leaf.
    fn wake_journal(&mut self) {
        let now = self.timestamps.now();
        if self.woken.is_none_or(|woken| now.since(&woken) >= MINUTE) {
            self.woken = Some(now);
            self.journal.wake();
        }
    }
}

/// Of which call and with which link the log has the end of a recording: told by the life before, which could not say so to its
/// recorder any more. The first one counts.
fn told(index: &IndexReader, recording: RecordingId) -> Option<(CallId, Option<String>)> {
    let call = index.call_of(recording).ok().flatten().filter(|cdr| cdr.recording.object.is_some())?.call;
    let head = index.events(call).ok()?.iter().find_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingFinished { recording: of, head, .. })) if *of == recording => {
            Some(head.clone())
        }
        _ => None,
    });
    Some((call, head))
}

/// Whether a recording of which the log has no end may be that of this call. Anybody can write an object that names another one's
/// call, and the log would take it for that call's. Where the log knows of none in it, a power cut may have taken that it began.
fn may_be_of(index: &IndexReader, recording: RecordingId, call: CallId) -> bool {
    let (Ok(cdr), Ok(records)) = (index.call(call), index.events(call)) else { return true };
    let began = records.iter().filter_map(|record| match record.event() {
        Some(Event::Call(CallEvent::RecordingBegan { recording, .. })) => Some(*recording),
        _ => None,
    });
    let known: Vec<RecordingId> = began.chain(cdr.and_then(|cdr| cdr.recording.id)).collect();
    known.is_empty() || known.contains(&recording)
}

/// What the recorder's events are in the log, with the alarms that hold told once each.
#[derive(Debug, Default)]
pub struct RecorderFacts {
    raised: BTreeSet<Alarm>,
    /// Where the leaf sequence looks for it.
    live: LiveNow,
}

impl RecorderFacts {
    /// Facts of a recorder; where its live recordings stand goes to `live`.
    pub fn new(live: LiveNow) -> RecorderFacts {
        RecorderFacts { live, ..RecorderFacts::default() }
    }

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
            RecorderEvent::SealedFor { recording, call, compartment } => {
                vec![BoxEvent::RecordingSealedFor { call, recording, compartment: compartment.to_string() }]
            }
            RecorderEvent::Losing { recording, call } => {
                // The disk is why, where it was told; else the box is too slow. How long the gap is comes with its end.
                let disk = [Alarm::DiskFull { store: Store::Vault }, Alarm::DiskFailed { store: Store::Vault }];
                let is_disk = disk.iter().any(|alarm| self.raised.contains(alarm));
                let why = if is_disk { RecordingGap::Disk } else { RecordingGap::Buffer };
                vec![BoxEvent::RecordingGapped { call, recording, leg: None, why, gap_ms: 0 }]
            }
            RecorderEvent::Missed { recording, call } => {
                vec![BoxEvent::RecordingMissed { call, recording, why: RecordingGap::Disk }]
            }
            RecorderEvent::BufferFull => self.raise(Alarm::RecorderBehind),
            RecorderEvent::DiskSlow { .. } => self.raise(Alarm::DiskSlow { store: Store::Vault }),
            RecorderEvent::DiskFailed { what } => self.raise(disk(what)),
            RecorderEvent::DiskBack => self.clear_disk(),
            RecorderEvent::Damaged { file, offset } => {
                tracing::error!(%file, offset, "a file of the vault holds what a power cut does not explain");
                self.raise(Alarm::DiskFailed { store: Store::Vault })
            }
            RecorderEvent::LeftToCopy { grave: Grave { recording, range }, call, copy, tables } => {
                vec![BoxEvent::CopyToErase { call, recording, range, copy, tables: tables.to_string() }]
            }
            RecorderEvent::Stable { live, .. } => {
                self.live.set(live);
                Vec::new()
            }
            // The shell's: it asks the log, and tells each reason once.
            RecorderEvent::Begun { .. }
            | RecorderEvent::KeysErased { .. }
            | RecorderEvent::Resumed { .. }
            | RecorderEvent::NotErased { .. } => Vec::new(),
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
        GapCause::NoTick | GapCause::EndedEarly => RecordingGap::Late,
        GapCause::BufferFull => RecordingGap::Buffer,
        GapCause::NoKey => RecordingGap::Disk,
    }
}

const fn ms(ticks: u64) -> u64 {
    ticks * TICK_US / 1000
}

#[cfg(test)]
mod tests {
    use call::{CallClass, Direction};
    use frame::{LegId, LifeNo};

    use super::*;
    use crate::{
        data_dir::DataDir,
        journal::{self, JournalConfig, Limits},
    };

    /// An auditor asks whose fault it was: the disk's, or that of a box with too much to do.
    #[test]
    fn why_a_recording_has_a_gap_is_told_apart() {
        let mut facts = RecorderFacts::new(LiveNow::default());
        let (life, at) = (LifeNo(1), vault::Sample(0));
        let (call, recording, leg) = (CallId::new(life, 1), RecordingId::new(life, 1), LegId::new(life, 1));
        let mut why = |cause| match facts.of(RecorderEvent::Gap { recording, call, leg, at, ticks: 7, cause })[..] {
            [BoxEvent::RecordingGapped { why, gap_ms: 70, .. }] => why,
            ref other => panic!("{other:?}"),
        };
        assert_eq!(
            [GapCause::NoTick, GapCause::BufferFull, GapCause::NoKey, GapCause::EndedEarly].map(&mut why),
            [RecordingGap::Late, RecordingGap::Buffer, RecordingGap::Disk, RecordingGap::Late]
        );
    }

    #[test]
    fn another_object_in_the_place_of_one_that_the_log_knows_is_an_alarm_and_no_event_and_the_known_one_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path(), true, "boot").unwrap();
        let (events, index) = (folder.path().join("of-test"), folder.path().join("of-test.db"));
        std::fs::create_dir(&events).unwrap();
        let limits = Limits { segment_octets: 1 << 16, ..Limits::default() };
        let (life, clock) = (LifeNo(1), Box::new(Stamp::default));
        let config = JournalConfig { events, index: index.clone(), life, limits, leaves: None, clock };
        let journal = journal::start(config).unwrap().0;
        let (call, recording, leg) = (CallId::new(life, 1), RecordingId::new(life, 1), LegId::new(life, 1));
        let (direction, class) = (Direction::Incoming, CallClass::Normal);
        journal.append(Stamp::default(), CallEvent::Began { call, direction, class, settings: 1 });
        journal.append(Stamp::default(), CallEvent::RecordingBegan { call, recording, leg, part: 1 });
        let (back, commands) = std::sync::mpsc::channel();
        let mut facts = Facts {
            journal: journal.clone(),
            timestamps: Timestamps::of(&data),
            back: Arc::new(Mutex::new(Some(back))),
            unerased: Unerased::default(),
            index: index.clone(),
            facts: RecorderFacts::new(LiveNow::default()),
            erased: Erased::default(),
            woken: None,
        };
        let ended_as = |recording, call, link| RecorderEvent::Finished {
            recording,
            call,
            object: "objects/1/0/1-1.rfo".into(),
            records: 5,
            chunks: 2,
            chain_head: [link; 32],
            commitments: [3; 32],
            seconds: 3,
        };
        let ended = |call, link| ended_as(recording, call, link);
        let other_call = CallId::new(life, 9);
        let mut told = |event: RecorderEvent| {
            facts.take(event);
            let until = journal.settle().blocking_recv().unwrap();
            let records = IndexReader::open_with(&index, until).unwrap().past_events(None, 100).unwrap();
            let count = |kind: &str| records.iter().filter(|record| record.fact.text().contains(kind)).count();
            (count("recording_finished"), count("alarm_raised"), commands.try_iter().count())
        };
        assert_eq!(told(ended(call, 1)), (1, 0, 1));
        assert_eq!(told(ended(call, 1)), (1, 0, 1), "the life before could not say so");
        assert_eq!(told(ended(call, 2)), (1, 1, 0), "another link");
        assert_eq!(told(ended(other_call, 1)), (1, 1, 0), "another call");
        // One of another name: the call has its recording, and keeps it.
        let other = RecordingId::new(LifeNo(9), 9);
        assert_eq!(told(ended_as(other, call, 1)), (1, 1, 0), "another recording in a call that has one");
        let of = |call| IndexReader::open(&index).unwrap().call(call).unwrap().unwrap().recording.id;
        assert_eq!(of(call), Some(recording));
        // Of a second call the end was not told yet, and of a third one the log knows no recording.
        let (second, third) = (CallId::new(life, 2), CallId::new(life, 3));
        let of_second = RecordingId::new(life, 2);
        journal.append(Stamp::default(), CallEvent::Began { call: second, direction, class, settings: 1 });
        journal
            .append(Stamp::default(), CallEvent::RecordingBegan { call: second, recording: of_second, leg, part: 1 });
        journal.append(Stamp::default(), CallEvent::Began { call: third, direction, class, settings: 1 });
        assert_eq!(told(ended_as(other, second, 1)), (1, 1, 0), "a call whose own recording is still to be told");
        assert_eq!(told(ended_as(of_second, second, 1)), (2, 1, 1));
        assert_eq!(told(ended_as(other, other_call, 1)), (3, 1, 1), "of a call that the log lacks it is all there is");
        let lost = RecordingId::new(life, 3);
        assert_eq!(told(ended_as(lost, third, 1)), (4, 1, 1), "a power cut may have taken that it began");
        assert_eq!(told(ended_as(other, third, 1)), (4, 1, 0), "and then it has one");
    }
}
