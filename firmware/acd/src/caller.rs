//! Those who wait, in the order in which they are served.

use std::{cmp::Reverse, collections::BTreeMap};

use frame::{CallId, PortId, Time};

use crate::{Caller, Class};

/// A place in the order: emergencies first, then the greater priority, then who came first.
type Place = (Reverse<Class>, Reverse<u8>, u64);

/// Someone who waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) call: CallId,
    pub(crate) queue: String,
    /// When the longest wait is over. An offer that rings then is let ring.
    pub(crate) until: Time,
    /// The agent whose telephone rings for this caller.
    pub(crate) offered: Option<PortId>,
}

/// Everyone who waits in any queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    waiting: BTreeMap<Place, Waiting>,
    places: BTreeMap<CallId, Place>,
    arrivals: u64,
}

impl Line {
    /// Adds a caller, who must not wait already.
    pub(crate) fn add(&mut self, caller: Caller, until: Time) {
        let Caller { call, queue, class, priority } = caller;
        self.arrivals += 1;
        let place = (Reverse(class), Reverse(priority), self.arrivals);
        self.places.insert(call, place);
        self.waiting.insert(place, Waiting { call, queue, until, offered: None });
    }

    /// Takes a caller out.
    pub(crate) fn remove(&mut self, call: CallId) -> Option<Waiting> {
        let place = self.places.remove(&call)?;
        self.waiting.remove(&place)
    }

    pub(crate) fn get(&self, call: CallId) -> Option<&Waiting> {
        self.waiting.get(self.places.get(&call)?)
    }

    pub(crate) fn get_mut(&mut self, call: CallId) -> Option<&mut Waiting> {
        self.waiting.get_mut(self.places.get(&call)?)
    }

    pub(crate) fn contains(&self, call: CallId) -> bool {
        self.places.contains_key(&call)
    }

    /// Everyone, the next to be served first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.values()
    }

    /// Those of one queue, the next to be served first.
    pub(crate) fn of<'a>(&'a self, queue: &'a str) -> impl Iterator<Item = &'a Waiting> {
        self.iter().filter(move |waiting| waiting.queue == queue)
    }
}
