//! The window of a data link: what is on its way, what is acknowledged, what is expected next.
//!
//! Source: ITU-T Q.921, 3.5.2 (V(S), V(A), V(R)) and 5.6. The messages themselves wait in the link's queue, of which
//! the first `in_flight` have been sent.

use arrayvec::ArrayVec;

use super::{N201_OCTETS, SequenceNumber};

/// One message of layer 3.
pub type Information = ArrayVec<u8, N201_OCTETS>;

/// The state variables of a link that is up.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// V(S): the number of the next I frame to send.
    vs: SequenceNumber,
    /// The number after the last I frame that was ever sent: V(S), but for what is being sent again.
    sent: SequenceNumber,
    /// V(A): the oldest number that is not acknowledged.
    va: SequenceNumber,
    /// V(R): the number that is expected next.
    vr: SequenceNumber,
    /// The far end said RNR.
    pub peer_busy: bool,
    /// We sent REJ and still wait for the frame.
    reject_exception: bool,
    /// We owe an acknowledgement.
    pub ack_pending: bool,
}

/// What to do with a received I frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is the expected one: hand it to layer 3.
    InSequence,
    /// One is missing and the far end doesn't know yet: send REJ.
    Gap,
    /// One is missing and REJ was sent: drop it.
    StillGap,
}

impl Window {
    /// The number of the next I frame to send.
    pub fn vs(&self) -> SequenceNumber {
        self.vs
    }

    /// The number of the oldest I frame that is not acknowledged.
    #[cfg(test)]
    pub fn va(&self) -> SequenceNumber {
        self.va
    }

    /// Whether REJ was sent and its frame has not come.
    #[cfg(test)]
    pub fn rejects(&self) -> bool {
        self.reject_exception
    }

    /// The number that acknowledges all that has arrived.
    pub fn vr(&self) -> SequenceNumber {
        self.vr
    }

    /// How many I frames are on their way.
    pub fn in_flight(&self) -> u8 {
        self.vs.steps_from(self.va)
    }

    /// How many of the frames that follow V(A) were sent before, in flight or not.
    pub fn repeating(&self) -> u8 {
        self.sent.steps_from(self.va)
    }

    /// Whether V(A) ≤ N(R) ≤ V(S).
    pub fn may_acknowledge(&self, nr: SequenceNumber) -> bool {
        nr.steps_from(self.va) <= self.in_flight()
    }

    /// Takes N(R) as acknowledgement; says how many frames are done.
    pub fn acknowledge(&mut self, nr: SequenceNumber) -> u8 {
        let done = nr.steps_from(self.va);
        self.va = nr;
        done
    }

    /// Counts one more frame as sent. It carries our N(R), so nothing is owed afterwards.
    pub fn sent_one(&mut self) {
        if self.vs == self.sent {
            self.sent = self.sent.next();
        }
        self.vs = self.vs.next();
        self.ack_pending = false;
    }

    /// Goes back to the oldest frame that is not acknowledged.
    pub fn rewind(&mut self) {
        self.vs = self.va;
    }

    /// Counts a received I frame in.
    pub fn arrive(&mut self, ns: SequenceNumber) -> Arrival {
        if ns == self.vr {
            self.vr = self.vr.next();
            self.reject_exception = false;
            return Arrival::InSequence;
        }
        if std::mem::replace(&mut self.reject_exception, true) { Arrival::StillGap } else { Arrival::Gap }
    }
}
