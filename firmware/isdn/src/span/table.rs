//! The calls of one span, by handle, by reference and by what is due.
//!
//! What is looked for in all calls at once stands beside their boxes: each frame asks whose it is, and each input when the
//! next timer runs out. So a call changes through [`CallTable::change`] only.

use frame::Time;

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
    /// The reference that messages to the call carry.
    reference: Option<CallReference>,
    /// When the call's next timer runs out.
    deadline: Option<Time>,
    call: Option<Box<Call>>,
}

impl Slot {
    fn note(&mut self) {
        let call = self.call.as_deref();
        self.reference = call.map(Call::own_reference);
        self.deadline = call.and_then(Call::next_deadline);
    }
}

impl CallTable {
    pub fn new() -> CallTable {
        CallTable { slots: std::iter::repeat_with(Slot::default).take(CALLS_MAX).collect() }
    }

    /// Adds the call that `make` makes for its handle; `None` where the table is full.
    pub fn insert(&mut self, make: impl FnOnce(CallHandle) -> Call) -> Option<CallHandle> {
        let free = self.slots.iter().position(|slot| slot.call.is_none())?;
        let slot = &mut self.slots[free];
        let handle = CallHandle { slot: free as u16, generation: slot.generation };
        slot.call = Some(Box::new(make(handle)));
        slot.note();
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

    /// Changes a call, if the handle is not stale.
    pub fn change<T>(&mut self, handle: CallHandle, change: impl FnOnce(&mut Call) -> T) -> Option<T> {
        let slot = self.slots.get_mut(usize::from(handle.slot))?;
        let call = slot.call.as_deref_mut().filter(|call| call.handle == handle)?;
        let changed = change(call);
        slot.note();
        Some(changed)
    }

    /// Takes a call out; its handle is stale from now on.
    pub fn remove(&mut self, handle: CallHandle) -> Option<Box<Call>> {
        self.get(handle)?;
        let slot = &mut self.slots[usize::from(handle.slot)];
        let generation = slot.generation.wrapping_add(1);
        std::mem::replace(slot, Slot { generation, ..Slot::default() }).call
    }

    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.slots.iter().filter_map(|slot| slot.call.as_deref())
    }

    /// The handles of the calls that `matches`, as they are now.
    pub fn handles(&self, matches: impl Fn(&Call) -> bool) -> Vec<CallHandle> {
        self.iter().filter(|call| matches(call)).map(|call| call.handle).collect()
    }

    /// When the next timer of a call runs out.
    pub fn next_deadline(&self) -> Option<Time> {
        self.slots.iter().filter_map(|slot| slot.deadline).min()
    }

    /// The call that a message with this reference belongs to.
    pub fn find(&self, reference: CallReference) -> Option<CallHandle> {
        let slot = self.slots.iter().find(|slot| slot.reference == Some(reference))?;
        slot.call.as_deref().map(|call| call.handle)
    }
}
