//! The sealer: copies voices out of the ticks, holds them back 100 ms, encrypts them, and never touches a disk.
//!
//! Its shell gives it each tick and each command, and asks after every tick whether a batch is due. A full buffer is no
//! reason to wait: [`Sealer::give_up`] marks the gap, and calls go on.

use std::collections::{BTreeMap, VecDeque};

use frame::{RecordingId, SpanTick, Tick, TrackHandle};
use vault::{KeyNo, PartHead, Random, Sample, leaving_no_trace};

use super::{
    OpenRecording, Order, RecorderCommand, RecorderEvent, RecorderSettings, SealFor,
    batch::SealedBatch,
    inboxes::Inboxes,
    live::{Live, Sealing},
    track::{BATCH_TICKS, Ending, HOLD_TICKS, Track},
};

/// Encrypts what is said.
pub struct Sealer {
    settings: RecorderSettings,
    seal_for: SealFor,
    random: Box<dyn Random + Send>,
    next_key: KeyNo,
    /// Each track of the live recordings has one.
    inboxes: Inboxes,
    live: BTreeMap<RecordingId, Live>,
    /// Compartments of recordings that have not begun here: a late start knows no leg that ended before it.
    told_early: BTreeMap<RecordingId, Option<String>>,
    newest: Tick,
    next_close: Tick,
    /// All before this tick is closed or given up.
    horizon: Tick,
    giving_up: bool,
    logged: Vec<RecordingId>,
    orders: Vec<Order>,
    events: VecDeque<RecorderEvent>,
    #[cfg(test)]
    keys_late: bool,
}

impl Sealer {
    /// A sealer that goes on with the recordings that recovery found.
    pub fn new(
        settings: RecorderSettings,
        seal_for: SealFor,
        next_key: KeyNo,
        open: &[OpenRecording],
        random: Box<dyn Random + Send>,
    ) -> Sealer {
        Sealer {
            settings,
            seal_for,
            random,
            next_key,
            inboxes: Inboxes::default(),
            live: open.iter().map(|open| (open.recording, Live::resume(*open))).collect(),
            told_early: BTreeMap::new(),
            newest: Tick(0),
            next_close: Tick(0),
            horizon: Tick(0),
            giving_up: false,
            logged: Vec::new(),
            orders: Vec::new(),
            events: VecDeque::new(),
            #[cfg(test)]
            keys_late: false,
        }
    }

    /// From now on a key is announced in the batch after the one that it opens: what must never be, so that a test sees
    /// itself fail.
    #[cfg(test)]
    pub(super) fn announce_keys_late(&mut self) {
        self.keys_late = true;
    }

    /// Takes a command. Commands about recordings or tracks that are not there are left alone: their calls have ended.
    pub fn handle_command(&mut self, command: RecorderCommand) {
        match command {
            RecorderCommand::Begin { .. } => self.begin(command),
            RecorderCommand::Mark { recording, at, mark } => {
                let at = at.unwrap_or(Sample::of(self.newest));
                if let Some(live) = self.live.get_mut(&recording) {
                    live.mark(at, mark, self.horizon);
                }
            }
            RecorderCommand::Compartment { recording, compartment } => {
                let Some(live) = self.live.get_mut(&recording) else {
                    self.told_early.insert(recording, compartment);
                    return;
                };
                // What was said up to now is of where the call was.
                live.move_to(compartment.and_then(|name| self.seal_for.compartment(&name)), self.newest.after(1));
            }
            RecorderCommand::End { track, tick } => {
                let ending = tick.map_or(Ending::Drained(self.newest.after(HOLD_TICKS)), Ending::At);
                if let Some(track) = self.track(track) {
                    track.ending = Some(ending);
                }
            }
            RecorderCommand::Finish { recording, stamp } => {
                self.told_early.remove(&recording);
                if let Some(live) = self.live.get_mut(&recording) {
                    live.finish(stamp);
                }
            }
            RecorderCommand::Logged { recording } => self.logged.push(recording),
            RecorderCommand::Erasing(order) => self.orders.push(order),
        }
    }

    fn begin(&mut self, command: RecorderCommand) {
        let RecorderCommand::Begin { track: handle, recording, call, part, leg, lane, law, stamp, tick } = command
        else {
            return;
        };
        let seal_for = &self.seal_for;
        let live = self.live.entry(recording).or_insert_with(|| Live::new(recording, call, stamp, seal_for));
        let head = PartHead { life: self.settings.life, stamp, tick: self.newest };
        if let Some(compartment) = self.told_early.remove(&recording) {
            live.move_to(compartment.and_then(|name| seal_for.compartment(&name)), self.newest.after(1));
        }
        if let Some(part) = live.open_part(part, head) {
            self.events.push_back(RecorderEvent::Begun { recording, part });
        }
        live.tracks.push(Track::new(handle, leg, lane, law, tick));
        self.inboxes.begin(handle, recording, tick);
    }

    /// Copies what the tick's tracks said.
    pub fn seal_tick(&mut self, tick: &SpanTick) {
        if self.newest == Tick(0) {
            self.next_close = tick.tick.after(BATCH_TICKS);
        }
        self.newest = self.newest.max(tick.tick);
        for (stamp, octets) in tick.lanes.iter().zip(&tick.clean) {
            self.inboxes.put(tick.tick, *stamp, octets);
        }
    }

    /// Whether 100 ms have passed: a batch is to be closed, or given up where there is no room for it.
    pub fn batch_due(&self) -> bool {
        self.newest >= self.next_close
    }

    /// Encrypts all that is no longer held back into `out`, which is empty.
    pub fn close_batch(&mut self, out: &mut SealedBatch) {
        self.close_before(Tick(self.newest.0.saturating_sub(HOLD_TICKS)), out);
    }

    /// Encrypts everything, held back or not: the daemon ends.
    pub fn close_all(&mut self, out: &mut SealedBatch) {
        self.close_before(self.newest.after(HOLD_TICKS), out);
    }

    fn close_before(&mut self, horizon: Tick, out: &mut SealedBatch) {
        self.giving_up = false;
        self.step_horizon(horizon);
        out.horizon = self.horizon;
        out.logged.append(&mut self.logged);
        out.orders.append(&mut self.orders);
        let mut cx = Sealing {
            out,
            inboxes: &mut self.inboxes,
            random: &mut *self.random,
            next_key: &mut self.next_key,
            seal_for: &self.seal_for,
            boot: self.settings.boot,
            events: &mut self.events,
            #[cfg(test)]
            keys_late: self.keys_late,
        };
        // A cipher spills its round keys while it works: ten times a second they are written over.
        leaving_no_trace(|| self.live.retain(|_, live| !live.close(horizon, &mut cx)));
    }

    fn step_horizon(&mut self, horizon: Tick) {
        self.horizon = self.horizon.max(horizon);
        self.next_close = self.newest.after(BATCH_TICKS);
    }

    /// Drops what a batch would have held, because there is no room for it. The next batch marks the gap.
    pub fn give_up(&mut self) {
        let horizon = Tick(self.newest.0.saturating_sub(HOLD_TICKS));
        self.step_horizon(horizon);
        let tracks = self.live.values_mut().flat_map(|live| &mut live.tracks);
        tracks.for_each(|track| track.give_up_before(horizon, self.inboxes.of(track.handle)));
        if !self.giving_up && self.live.values().any(|live| !live.tracks.is_empty()) {
            self.giving_up = true;
            self.events.push_back(RecorderEvent::BufferFull);
        }
        let losing = self.live.iter_mut().filter(|(_, live)| !live.tracks.is_empty() && !live.is_losing);
        self.events.extend(losing.map(|(recording, live)| {
            live.is_losing = true;
            RecorderEvent::Losing { recording: *recording, call: live.call }
        }));
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<RecorderEvent> {
        self.events.pop_front()
    }

    /// Whether a recording is not finished.
    pub fn is_live(&self) -> bool {
        !self.live.is_empty()
    }

    /// Ticks of tracks that nobody began, or that have ended: how far control and media are apart.
    pub fn stray_ticks(&self) -> u64 {
        self.inboxes.stray_ticks
    }

    /// The track of a handle, until it is over.
    fn track(&mut self, handle: TrackHandle) -> Option<&mut Track> {
        let live = self.live.get_mut(&self.inboxes.recording(handle)?)?;
        live.tracks.iter_mut().find(|track| track.handle == handle)
    }
}
