//! What has come for each track since the last batch, by the slot of the track's handle.
//!
//! A tick is copied once, here; once a batch the track takes all of it over ([`Inboxes::of`]).

use frame::{LaneStamp, Octets, RecordingId, Tick, TrackHandle};

use super::track::{HELD_TICKS, HeldTick};

/// The inboxes of all tracks.
#[derive(Default)]
pub(super) struct Inboxes {
    slots: Vec<Slot>,
    /// Ticks of tracks that nobody began, or that have ended.
    pub(super) stray_ticks: u64,
}

/// Those of the present track, and of earlier ones that are still held back.
#[derive(Default)]
struct Slot {
    present: Option<Inbox>,
    earlier: Vec<Inbox>,
}

struct Inbox {
    handle: TrackHandle,
    recording: RecordingId,
    /// The first tick that it may take.
    next: Option<Tick>,
    /// In their order.
    ticks: Vec<HeldTick>,
}

impl Inboxes {
    /// Begins one, whose track takes ticks from `first` on, or all.
    pub(super) fn begin(&mut self, handle: TrackHandle, recording: RecordingId, first: Option<Tick>) {
        let slot = usize::from(handle.slot);
        if self.slots.len() <= slot {
            self.slots.resize_with(slot + 1, Slot::default);
        }
        let slot = &mut self.slots[slot];
        slot.earlier.extend(slot.present.take());
        slot.present = Some(Inbox { handle, recording, next: first, ticks: Vec::with_capacity(HELD_TICKS) });
    }

    /// Puts a tick of a lane into its track's inbox.
    pub(super) fn put(&mut self, tick: Tick, stamp: LaneStamp, octets: &Octets) {
        let Some(handle) = stamp.track else { return };
        match self.find(handle) {
            // One that came before is not taken twice.
            Some(inbox) if inbox.next.is_some_and(|next| tick < next) => {}
            Some(inbox) => {
                inbox.next = Some(tick.after(1));
                inbox.ticks.push(HeldTick { tick, flags: stamp.flags, octets: *octets });
            }
            None => self.stray_ticks += 1,
        }
    }

    /// What has come for a track, to be taken.
    pub(super) fn of(&mut self, handle: TrackHandle) -> Option<&mut Vec<HeldTick>> {
        self.find(handle).map(|inbox| &mut inbox.ticks)
    }

    /// The recording of a track that is not over.
    pub(super) fn recording(&mut self, handle: TrackHandle) -> Option<RecordingId> {
        self.find(handle).map(|inbox| inbox.recording)
    }

    /// Ends one: its track is over.
    pub(super) fn end(&mut self, handle: TrackHandle) {
        let Some(slot) = self.slots.get_mut(usize::from(handle.slot)) else { return };
        slot.present.take_if(|inbox| inbox.handle == handle);
        slot.earlier.retain(|inbox| inbox.handle != handle);
    }

    fn find(&mut self, handle: TrackHandle) -> Option<&mut Inbox> {
        let Slot { present, earlier } = self.slots.get_mut(usize::from(handle.slot))?;
        let present = present.as_mut().filter(|inbox| inbox.handle == handle);
        present.or_else(|| earlier.iter_mut().find(|inbox| inbox.handle == handle))
    }
}
