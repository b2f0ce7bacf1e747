//! Which calls the trace has, by the box's own number for each: where a call begins and ends in it.

use std::collections::VecDeque;

use frame::{Time, Timeslot};

use super::{Cursor, GivenUp};
use crate::CallEntry;

/// The calls of one trace.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Vec<TracedCall>,
    over: VecDeque<TracedCall>,
}

/// A call's place in the trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct TracedCall {
    pub tag: u64,
    pub reference: u16,
    pub ours: bool,
    pub timeslot: Option<Timeslot>,
    pub from: Cursor,
    /// None while it goes on.
    pub to: Option<Cursor>,
    pub given_up: Option<(Time, GivenUp)>,
}

impl Calls {
    /// The call table heard of a call, whose first frame stands at `from`.
    pub fn remember(&mut self, entry: &CallEntry, from: Cursor) {
        let CallEntry { tag, reference, ours, timeslot, .. } = *entry;
        if let Some(call) = self.open.iter_mut().find(|call| call.is(entry)) {
            (call.tag, call.timeslot) = (tag, timeslot);
        } else if self.open.len() < OPEN_MAX {
            self.open.push(TracedCall { tag, reference, ours, timeslot, from, to: None, given_up: None });
        }
    }

    /// The call table forgets a call; nothing of it comes behind `to`. Calls that end before `oldest` are gone.
    pub fn forget(&mut self, entry: &CallEntry, to: Cursor, oldest: Cursor) {
        let Some(place) = self.open.iter().position(|call| call.is(entry)) else { return };
        let call = TracedCall { to: Some(to), ..self.open.swap_remove(place) };
        while self.over.len() >= OVER_MAX || self.over.front().is_some_and(|call| call.to < Some(oldest)) {
            self.over.pop_front();
        }
        self.over.push_back(call);
    }

    /// A call ended by itself. It was the last of its number to be forgotten.
    pub fn give_up(&mut self, tag: u64, at: Time, why: GivenUp) {
        if let Some(call) = self.over.iter_mut().rev().find(|call| call.tag == tag) {
            call.given_up = Some((at, why));
        }
    }

    /// The calls of a number, oldest first: a second one where the first was tried on another channel.
    pub fn of(&self, tag: u64) -> impl Iterator<Item = &TracedCall> {
        self.over.iter().chain(&self.open).filter(move |call| call.tag == tag)
    }
}

impl TracedCall {
    fn is(&self, entry: &CallEntry) -> bool {
        self.reference == entry.reference && self.ours == entry.ours
    }
}

/// As many as twenty lines of one D-channel have B-channels, 479, and some that are being cleared.
const OPEN_MAX: usize = 512;

/// A call of the shortest kind takes some 600 octets of the trace, so that it holds no more of them than this.
const OVER_MAX: usize = 17_000;
