//! A call as the call table keeps it across a restart of the box: fixed in size, written before the message leaves.

use frame::{Time, Timeslot};
use serde::{Deserialize, Serialize};

use super::{CallState, HoldState};
use crate::Role;

/// What must be known about a call to go on with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEntry {
    /// The call reference value.
    pub reference: u16,
    /// We originated the reference.
    pub ours: bool,
    /// The channel; none after a glare, or on hold without one.
    pub timeslot: Option<Timeslot>,
    /// The state, by the standard's number.
    pub state: u8,
    /// The owner's own number for the call.
    pub tag: u64,
    /// Whether it is on hold.
    pub hold: HoldState,
    /// When T309 runs out, where the link is down. It goes on within the same boot.
    pub t309: Option<Time>,
}

/// The octets are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the octets are no entry of a call table")]
pub struct EntryError;

impl CallEntry {
    /// The length of an entry in octets.
    pub const OCTETS: usize = 24;

    /// Whether two entries are about the same call.
    pub const fn same_call(&self, other: &CallEntry) -> bool {
        self.reference == other.reference && self.ours == other.ours
    }

    /// Whether the parties were talking.
    pub const fn is_active(&self) -> bool {
        // The number is the same in both roles.
        self.state == CallState::Active.number(Role::User)
    }

    /// The entry in octets: tag, reference, flags, timeslot, state, hold, two octets of zero, T309 in
    /// microseconds or zero; numbers high octet first.
    pub fn to_octets(&self) -> [u8; CallEntry::OCTETS] {
        let mut octets = [0; CallEntry::OCTETS];
        octets[..8].copy_from_slice(&self.tag.to_be_bytes());
        octets[8..10].copy_from_slice(&self.reference.to_be_bytes());
        octets[10] = PRESENT | if self.ours { OURS } else { 0 };
        octets[11] = self.timeslot.map_or(NO_TIMESLOT, |timeslot| timeslot.0);
        octets[12] = self.state;
        octets[13] = match self.hold {
            HoldState::Idle => 0,
            HoldState::Held => HELD,
            HoldState::HeldByFarEnd => HELD_BY_FAR_END,
        };
        octets[16..].copy_from_slice(&self.t309.map_or(0, Time::as_us).to_be_bytes());
        octets
    }

    /// The entry that [`CallEntry::to_octets`] wrote.
    pub fn from_octets(octets: &[u8; CallEntry::OCTETS]) -> Result<CallEntry, EntryError> {
        let [t0, t1, t2, t3, t4, t5, t6, t7, high, low, flags, timeslot, state, hold, 0, 0, t309 @ ..] = *octets else {
            return Err(EntryError);
        };
        let good_timeslot = timeslot < 32 || timeslot == NO_TIMESLOT;
        if flags & !OURS != PRESENT || !good_timeslot || high > 0x7f || state > 63 {
            return Err(EntryError);
        }
        let hold = match hold {
            0 => HoldState::Idle,
            HELD => HoldState::Held,
            HELD_BY_FAR_END => HoldState::HeldByFarEnd,
            _ => return Err(EntryError),
        };
        Ok(CallEntry {
            reference: u16::from_be_bytes([high, low]),
            ours: flags & OURS != 0,
            timeslot: (timeslot != NO_TIMESLOT).then_some(Timeslot(timeslot)),
            state,
            tag: u64::from_be_bytes([t0, t1, t2, t3, t4, t5, t6, t7]),
            hold,
            t309: Some(Time::from_us(u64::from_be_bytes(t309))).filter(|&until| until > Time::ZERO),
        })
    }
}

/// Tells an entry from memory that was never written.
const PRESENT: u8 = 0x80;
const OURS: u8 = 0x01;
const NO_TIMESLOT: u8 = 0xff;
const HELD: u8 = 1;
const HELD_BY_FAR_END: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_as_it_was_written() {
        for timeslot in [None, Some(Timeslot(31))] {
            let entry = CallEntry {
                reference: 0x7fff,
                ours: true,
                timeslot,
                state: 25,
                tag: u64::MAX - 7,
                hold: HoldState::Idle,
                t309: None,
            };
            assert_eq!(CallEntry::from_octets(&entry.to_octets()), Ok(entry));
            let waiting = CallEntry { t309: Some(Time::from_ms(90_000)), ..entry };
            assert_eq!(CallEntry::from_octets(&waiting.to_octets()), Ok(waiting));
            for hold in [HoldState::Held, HoldState::HeldByFarEnd] {
                let held = CallEntry { hold, ..entry };
                assert_eq!(CallEntry::from_octets(&held.to_octets()), Ok(held));
            }
        }
        assert_eq!(CallEntry::from_octets(&[0; 24]), Err(EntryError), "memory that was never written");
        assert_eq!(CallEntry::from_octets(&[0xff; 24]), Err(EntryError));
    }
}
