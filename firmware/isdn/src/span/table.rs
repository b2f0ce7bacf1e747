//! The calls of one span, by handle and by reference.

use crate::{CallHandle, call::Call, q931::CallReference};

/// Two for each of 30 channels, one that is being cleared and one that begins, and some for glares.
const CALLS_MAX: usize = 64;

/// A table of fixed size.
#[derive(Debug)]
pub(super) struct CallTable {
    slots: Vec<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    /// How many calls had the slot before.
    generation: u32,
    call: Option<Box<Call>>,
}

impl CallTable {
    pub fn new() -> CallTable {
        CallTable { slots: std::iter::repeat_with(Slot::default).take(CALLS_MAX).collect() }
    }

    /// Adds the call that `make` makes for its handle; `None` where the table is full.
    pub fn insert(&mut self, make: impl FnOnce(CallHandle) -> Call) -> Option<CallHandle> {
        let free = self.slots.iter().position(|slot| slot.call.is_none())?;
        let handle = CallHandle { slot: free as u16, generation: self.slots[free].generation };
        self.slots[free].call = Some(Box::new(make(handle)));
        Some(handle)
    }

    pub fn is_full(&self) -> bool {
        self.slots.iter().all(|slot| slot.call.is_some())
    }

    pub fn is_empty(&self) -> bool {
        self.slots.iter().all(|slot| slot.call.is_none())
    }

    pub fn get(&self, handle: CallHandle) -> Option<&Call> {
        let slot = self.slots.get(usize::from(handle.slot))?;
        slot.call.as_deref().filter(|call| call.handle == handle)
    }

    pub fn get_mut(&mut self, handle: CallHandle) -> Option<&mut Call> {
        let slot = self.slots.get_mut(usize::from(handle.slot))?;
        slot.call.as_deref_mut().filter(|call| call.handle == handle)
    }

    /// Takes a call out; its handle is stale from now on.
    pub fn remove(&mut self, handle: CallHandle) -> Option<Box<Call>> {
        self.get(handle)?;
        let slot = &mut self.slots[usize::from(handle.slot)];
        slot.generation = slot.generation.wrapping_add(1);
        slot.call.take()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.slots.iter().filter_map(|slot| slot.call.as_deref())
    }

    /// The handles of the calls that `matches`, as they are now.
    pub fn handles(&self, matches: impl Fn(&Call) -> bool) -> Vec<CallHandle> {
        self.iter().filter(|call| matches(call)).map(|call| call.handle).collect()
    }

    /// The call that a message with this reference belongs to.
    pub fn find(&self, reference: CallReference) -> Option<CallHandle> {
        self.iter().find(|call| call.answers_to(reference)).map(|call| call.handle)
    }
}
