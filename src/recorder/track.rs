//! A track: one voice of one leg, held back 100 ms, then cut into runs of ticks that become chunks.

use std::collections::VecDeque;

use frame::{LaneFlags, LaneId, Law, LegId, OCTETS_PER_TICK, Octets, RecordingId, Tick, TrackHandle};
use vault::{CHUNK_TICKS, ChunkFlags, GapCause, TrackNo};

/// How long audio is held back, so that a pause or a keyed digit can be masked from its onset: 100 ms.
pub(super) const HOLD_TICKS: u64 = 10;

/// How often what each leg has is closed: 100 ms.
pub(super) const BATCH_TICKS: u64 = 10;

/// Ticks that a track may lack at its end without a gap: control learns of a release up to 50 ms after the lane.
const END_SLACK_TICKS: u64 = 5;

/// Ticks that a track holds without growing: held back, not yet closed, and what comes while a batch is closed.
const HELD_TICKS: usize = 24;

/// One tick of one track.
#[derive(Clone, Copy)]
pub(super) struct HeldTick {
    pub(super) tick: Tick,
    pub(super) flags: LaneFlags,
    pub(super) octets: Octets,
}

/// What has come for a track since the last batch.
pub(super) struct Inbox {
    pub(super) handle: TrackHandle,
    pub(super) recording: RecordingId,
    pub(super) ticks: Vec<HeldTick>,
}

impl Inbox {
    pub(super) fn new(handle: TrackHandle, recording: RecordingId) -> Inbox {
        // With one that comes while a batch is closed, and one that was late.
        Inbox { handle, recording, ticks: Vec::with_capacity(BATCH_TICKS as usize + 2) }
    }
}

/// When a track is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// At a tick that was told.
    At(Tick),
    /// After the last stamped tick; it is waited for until this one.
    Drained(Tick),
}

/// A run of ticks without a gap: the audio of the next chunk.
#[derive(Default)]
pub(super) struct Run {
    pub(super) first: Tick,
    pub(super) ticks: u16,
    pub(super) epoch: u32,
    pub(super) flags: ChunkFlags,
    pub(super) audio: Vec<u8>,
}

/// A track that is open.
pub(super) struct Track {
    pub(super) handle: TrackHandle,
    pub(super) leg: LegId,
    pub(super) lane: LaneId,
    pub(super) law: Law,
    /// 0 until its head is written.
    pub(super) no: TrackNo,
    /// The tick that comes next; `None` before the first.
    pub(super) next: Option<Tick>,
    pub(super) next_chunk: u64,
    pub(super) ticks: u64,
    /// Flags whose beginning is marked and whose end is not.
    pub(super) marked: LaneFlags,
    /// Why the next gap will be.
    pub(super) gap_cause: GapCause,
    pub(super) ending: Option<Ending>,
    pub(super) run: Run,
    held: VecDeque<HeldTick>,
}

impl Track {
    pub(super) fn new(handle: TrackHandle, leg: LegId, lane: LaneId, law: Law, first: Option<Tick>) -> Track {
        Track {
            handle,
            leg,
            lane,
            law,
            no: TrackNo(0),
            next: first,
            next_chunk: 0,
            ticks: 0,
            marked: LaneFlags::NONE,
            gap_cause: GapCause::NoTick,
            ending: None,
            run: Run { audio: Vec::with_capacity(BATCH_TICKS as usize * OCTETS_PER_TICK), ..Run::default() },
            held: VecDeque::with_capacity(HELD_TICKS),
        }
    }

    /// Takes a tick, unless the track is over or has had it.
    pub(super) fn hold(&mut self, held: HeldTick) {
        let over = matches!(self.ending, Some(Ending::At(end)) if held.tick >= end);
        let newest = self.held.back().map_or(self.next, |held| Some(held.tick.after(1)));
        if !over && newest.is_none_or(|next| held.tick >= next) {
            self.held.push_back(held);
        }
    }

    /// The oldest held tick before `until`.
    pub(super) fn take_before(&mut self, until: Tick) -> Option<HeldTick> {
        self.held.pop_front_if(|held| held.tick < until)
    }

    /// Drops held ticks before `until`: the next gap says so.
    pub(super) fn give_up_before(&mut self, until: Tick) {
        while let Some(lost) = self.take_before(until) {
            self.next.get_or_insert(lost.tick);
            self.gap_cause = GapCause::BufferFull;
        }
    }

    /// Whether the track is over when all before `horizon` is closed, and with how many ticks missing.
    pub(super) fn over_at(&self, horizon: Tick) -> Option<u64> {
        match self.ending? {
            Ending::At(end) if horizon >= end => {
                let missing = end.0.saturating_sub(self.next.unwrap_or(end).0);
                // A buffer that was full accounts for every tick; only the slack between control and media does not.
                let counts = missing > END_SLACK_TICKS || self.gap_cause != GapCause::NoTick;
                Some(if counts { missing } else { 0 })
            }
            Ending::Drained(by) if horizon >= by && self.held.is_empty() => Some(0),
            _ => None,
        }
    }

    /// Whether `held` can't be added to the run: it is full, or the next minute's key begins.
    pub(super) fn run_must_close(&self, epoch: u32) -> bool {
        self.run.ticks > 0 && (self.run.ticks == CHUNK_TICKS || self.run.epoch != epoch)
    }
}

impl Run {
    pub(super) fn push(&mut self, tick: Tick, epoch: u32, flags: ChunkFlags, octets: &Octets) {
        if self.ticks == 0 {
            (self.first, self.epoch, self.flags) = (tick, epoch, ChunkFlags::NONE);
        }
        self.ticks += 1;
        self.flags = self.flags.with(flags);
        self.audio.extend_from_slice(octets);
    }

    pub(super) fn clear(&mut self) {
        self.ticks = 0;
        self.audio.clear();
    }
}
