//! The recorder's start, where the disk does not let it: tried until it does, while ticks come and go unread.
//!
//! A box starts, and its calls go on, whether or not there is room for recordings. Each call that is not recorded is told
//! as such, and those that still go on when the disk is there are recorded from then on.

use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, Sender, TryRecvError},
    thread,
};

use frame::{CallId, RecordingId, SpanTick, Stamp};
use rtrb::{Consumer, Producer};
use vault::{GapCause, Sample, VaultId};

use super::{
    Flusher, OpenRecording, OsRandom, RecorderCommand, RecorderEvent, RecorderSettings, Resume, SealFor, Sealer,
    flusher::NotStarted,
    store::Store,
    threads::{FlusherRings, NAP, RETRY, Tell},
};

/// The start of the flusher, tried until the disk takes it.
pub(super) struct FirstStart<C> {
    pub(super) vault: VaultId,
    pub(super) settings: RecorderSettings,
    pub(super) clock: C,
    pub(super) ready: Sender<Resume>,
}

impl<C: Fn() -> Stamp> FirstStart<C> {
    /// A flusher, and the recordings that wait for another part or their end. The sealer is told of it.
    pub(super) fn try_start(&self, store: Box<dyn Store>) -> Result<(Flusher, Vec<OpenRecording>), NotStarted> {
        let (flusher, resume) = Flusher::start(store, self.vault, &self.settings, (self.clock)(), Box::new(OsRandom))?;
        let open = resume.open.clone();
        // A sealer that is gone needs nothing.
        let _ = self.ready.send(resume);
        Ok((flusher, open))
    }

    /// Tries until it works, or until the sealer is gone.
    pub(super) fn until_started<W: Fn()>(
        &self,
        mut store: Box<dyn Store>,
        rings: &FlusherRings,
        tell: &Tell<W>,
    ) -> Result<Flusher, Box<dyn Store>> {
        while !rings.full.is_abandoned() {
            thread::sleep(RETRY);
            match self.try_start(store) {
                Ok((flusher, _)) => {
                    tell.one(RecorderEvent::DiskBack);
                    return Ok(flusher);
                }
                Err((back, _)) => store = back,
            }
        }
        Err(store)
    }
}

/// What the sealer's thread has before the disk has said where to go on.
pub(super) struct Unready<C> {
    pub(super) settings: RecorderSettings,
    pub(super) seal_for: SealFor,
    pub(super) resume: Receiver<Resume>,
    pub(super) ticks: Consumer<Box<SpanTick>>,
    pub(super) ticks_back: Producer<Box<SpanTick>>,
    pub(super) commands: Receiver<RecorderCommand>,
    pub(super) clock: C,
    /// The tracks that go on: recorded from the moment in which the disk is there; and of which compartments they are.
    pub(super) begun: Vec<RecorderCommand>,
    /// The recordings that should have begun, and are not over.
    pub(super) calls: BTreeMap<RecordingId, CallId>,
}

/// What seals.
pub(super) struct Ready {
    pub(super) sealer: Sealer,
    pub(super) ticks: Consumer<Box<SpanTick>>,
    pub(super) ticks_back: Producer<Box<SpanTick>>,
    pub(super) commands: Receiver<RecorderCommand>,
}

impl<C: Fn() -> Stamp> Unready<C> {
    /// Gives ticks back unread until the disk is there. `None` where the recorder ends before.
    pub(super) fn until_ready<W: Fn()>(mut self, tell: &Tell<W>) -> Option<Ready> {
        let mut late = false;
        loop {
            match self.resume.try_recv() {
                Ok(resume) => return Some(self.begin(resume, late)),
                Err(TryRecvError::Empty) => late = true,
                Err(TryRecvError::Disconnected) => return None,
            }
            let tick = self.ticks.pop();
            match self.commands.try_recv() {
                Ok(command) => self.keep(command, tell),
                Err(TryRecvError::Empty) if tick.is_err() => thread::sleep(NAP),
                Err(TryRecvError::Empty) => (),
                Err(TryRecvError::Disconnected) => return None,
            }
            if let Ok(tick) = tick {
                let _ = self.ticks_back.push(tick);
            }
        }
    }

    fn keep<W: Fn()>(&mut self, command: RecorderCommand, tell: &Tell<W>) {
        match command {
            RecorderCommand::Begin { recording, call, leg, .. } => {
                let (at, ticks, cause) = (Sample::default(), 0, GapCause::NoKey);
                tell.one(RecorderEvent::Gap { recording, call, leg, at, ticks, cause });
                self.calls.insert(recording, call);
                self.begun.push(command);
            }
            RecorderCommand::End { track: over, .. } => {
                self.begun.retain(|begun| !matches!(begun, RecorderCommand::Begin { track, .. } if *track == over));
            }
            RecorderCommand::Compartment { recording, .. } => {
                self.begun.retain(|begun| !is_compartment(begun, recording));
                self.begun.push(command);
            }
            RecorderCommand::Finish { recording, .. } => {
                self.begun.retain(|begun| of(begun) != Some(recording) && !is_compartment(begun, recording));
                if let Some(call) = self.calls.remove(&recording) {
                    tell.one(RecorderEvent::Missed { recording, call });
                }
            }
            // A disk that is not there has nothing to erase; what was agreed on is ordered again.
            RecorderCommand::Mark { .. } | RecorderCommand::Logged { .. } | RecorderCommand::Erasing(_) => (),
        }
    }

    /// What goes on is recorded from now on. Who was told at the start which recordings wait sees to their ends; of a
    /// late start nobody was told, and those that do not go on have ended.
    fn begin(self, resume: Resume, late: bool) -> Ready {
        let Resume { next_key, open } = resume;
        let mut sealer = Sealer::new(self.settings, self.seal_for, next_key, &open, Box::new(OsRandom));
        let goes_on: Vec<RecordingId> = self.begun.iter().filter_map(of).collect();
        beginnings_first(self.begun).for_each(|begun| sealer.handle_command(begun));
        for recording in open.iter().map(|open| open.recording).filter(|open| late && !goes_on.contains(open)) {
            sealer.handle_command(RecorderCommand::Finish { recording, stamp: (self.clock)() });
        }
        Ready { sealer, ticks: self.ticks, ticks_back: self.ticks_back, commands: self.commands }
    }
}

/// The sealer knows of no compartment of a recording that it does not have, and the track that began first may be over.
fn beginnings_first(begun: Vec<RecorderCommand>) -> impl Iterator<Item = RecorderCommand> {
    let (begin, rest): (Vec<_>, Vec<_>) = begun.into_iter().partition(|begun| of(begun).is_some());
    begin.into_iter().chain(rest)
}

/// Whether it says of which compartment a recording is.
fn is_compartment(begun: &RecorderCommand, of: RecordingId) -> bool {
    matches!(begun, RecorderCommand::Compartment { recording, .. } if *recording == of)
}

/// The recording that a beginning is of.
fn of(begun: &RecorderCommand) -> Option<RecordingId> {
    match begun {
        RecorderCommand::Begin { recording, .. } => Some(*recording),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use frame::{LaneId, Law, LegId, LifeNo, SpanId, Timeslot, TrackHandle};

    use super::*;

    const RECORDING: RecordingId = RecordingId::new(LifeNo(1), 1);

    fn begins(track: u16) -> RecorderCommand {
        RecorderCommand::Begin {
            track: TrackHandle { slot: track, generation: 0 },
            recording: RECORDING,
            call: CallId::new(LifeNo(1), 1),
            part: 1,
            leg: LegId::new(LifeNo(1), u32::from(track)),
            lane: LaneId::new(SpanId(0), Timeslot(1)),
            law: Law::A,
            stamp: Stamp::default(),
            tick: None,
        }
    }

    #[test]
    fn a_compartment_is_told_behind_the_track_that_is_left_though_the_one_before_it_is_over() {
        let begun = vec![
            RecorderCommand::Compartment { recording: RECORDING, compartment: Some("ward".to_owned()) },
            begins(2),
        ];
        let told: Vec<bool> = beginnings_first(begun).map(|told| of(&told).is_some()).collect();
        assert_eq!(told, [true, false]);
    }
}
