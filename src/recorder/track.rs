//! A track: one voice of one leg, held back 100 ms, then cut into runs of ticks that become chunks.

use frame::{LaneFlags, LaneId, Law, LegId, OCTETS_PER_TICK, Octets, Tick, TrackHandle};
use vault::{CHUNK_TICKS, ChunkFlags, GapCause, TrackNo};

/// How long audio is held back, so that a pause or a keyed digit can be masked from its onset: 100 ms.
pub(super) const HOLD_TICKS: u64 = 10;

/// How often what each leg has is closed: 100 ms.
pub(super) const BATCH_TICKS: u64 = 10;

/// Ticks that a track may lack at its end without a gap: control learns of a release up to 50 ms after the lane.
const END_SLACK_TICKS: u64 = 5;

/// Ticks that a track or its inbox holds without growing: held back, not yet closed, and what comes while a batch is closed.
pub(super) const HELD_TICKS: usize = 24;

/// One tick of one track.
#[derive(Clone, Copy)]
pub(super) struct HeldTick {
    pub(super) tick: Tick,
    pub(super) flags: LaneFlags,
    pub(super) octets: Octets,
}

/// Ticks that are held back, in their order.
#[derive(Default)]
pub(super) struct Held {
    ticks: Vec<HeldTick>,
    /// So many of them are closed.
    closed: usize,
}

impl Held {
    /// Those before `until`.
    pub(super) fn before(&self, until: Tick) -> &[HeldTick] {
        let held = self.ticks.get(self.closed..).unwrap_or_default();
        &held[..held.partition_point(|held| held.tick < until)]
    }

    /// Drops the first of them.
    pub(super) fn drop_first(&mut self, count: usize) {
        self.closed += count;
        if self.is_empty() {
            self.ticks.clear();
            self.closed = 0;
        }
    }

    fn is_empty(&self) -> bool {
        self.closed == self.ticks.len()
    }

    /// Takes over what has come. Where nothing is held, as a rule, the two only change places.
    fn take_over(&mut self, ticks: &mut Vec<HeldTick>) {
        if self.is_empty() {
            std::mem::swap(&mut self.ticks, ticks);
        } else {
            self.ticks.drain(..self.closed);
            self.ticks.append(ticks);
        }
        self.closed = 0;
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
    pub(super) held: Held,
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
            held: Held { ticks: Vec::with_capacity(HELD_TICKS), closed: 0 },
        }
    }

    /// Takes over what has come for it, up to its end where that is known. Tells whether there was anything.
    pub(super) fn take_over(&mut self, come: Option<&mut Vec<HeldTick>>) -> bool {
        let Some(come) = come else { return false };
        if let Some(Ending::At(end)) = self.ending {
            come.truncate(come.partition_point(|held| held.tick < end));
        }
        if come.is_empty() {
            return false;
        }
        self.held.take_over(come);
        true
    }

    /// Drops ticks before `until`, those that have come, too: the next gap says so.
    pub(super) fn give_up_before(&mut self, until: Tick, come: Option<&mut Vec<HeldTick>>) {
        self.drop_before(until);
        if self.take_over(come) {
            self.drop_before(until);
        }
    }

    fn drop_before(&mut self, until: Tick) {
        let lost = self.held.before(until);
        if let Some(first) = lost.first() {
            self.next.get_or_insert(first.tick);
            self.gap_cause = GapCause::BufferFull;
        }
        let count = lost.len();
        self.held.drop_first(count);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn come(ticks: std::ops::Range<u64>) -> Vec<HeldTick> {
        ticks.map(|tick| HeldTick { tick: Tick(tick), flags: LaneFlags::NONE, octets: [0; OCTETS_PER_TICK] }).collect()
    }

    fn ticks(held: &[HeldTick]) -> Vec<u64> {
        held.iter().map(|held| held.tick.0).collect()
    }

    fn track() -> Track {
        let lane = LaneId::new(frame::SpanId(1), frame::Timeslot(2));
        Track::new(TrackHandle { slot: 2, generation: 1 }, LegId::from_u64(1), lane, Law::A, None)
    }

    #[test]
    fn what_is_held_stays_in_its_order_however_much_of_it_is_due() {
        for due in [0, 5, 10, 15, 20] {
            let mut track = track();
            assert!(track.take_over(Some(&mut come(0..10))));
            let first = ticks(track.held.before(Tick(due)));
            track.held.drop_first(first.len());
            let mut more = come(10..20);
            assert!(track.take_over(Some(&mut more)));
            assert!(more.is_empty(), "what is taken does not come again");
            let all = [first, ticks(track.held.before(Tick(u64::MAX)))].concat();
            assert_eq!(all, (0..20).collect::<Vec<_>>(), "{due}");
        }
    }

    #[test]
    fn nothing_is_taken_from_the_end_on() {
        let mut track = track();
        track.ending = Some(Ending::At(Tick(7)));
        assert!(track.take_over(Some(&mut come(0..10))));
        assert_eq!(ticks(track.held.before(Tick(100))), (0..7).collect::<Vec<_>>());
        assert!(!track.take_over(Some(&mut come(10..12))));
    }
}
