//! What carries frames from one end to the other.

use std::collections::VecDeque;

use isdn::{Role, q921::FrameOctets};

/// A D-channel between two ends.
pub trait Wire {
    /// Sends a frame to the end in `to`.
    fn send(&mut self, to: Role, octets: &FrameOctets);

    /// The next frame that has arrived at the end in `at`, written into `octets`. False where there is none.
    fn receive(&mut self, at: Role, octets: &mut FrameOctets) -> bool;
}

/// A wire within the process: frames are copied, and that is all.
#[derive(Debug, Default)]
pub struct Memory {
    to_user: VecDeque<FrameOctets>,
    to_network: VecDeque<FrameOctets>,
}

impl Memory {
    fn towards(&mut self, to: Role) -> &mut VecDeque<FrameOctets> {
        match to {
            Role::User => &mut self.to_user,
            Role::Network => &mut self.to_network,
        }
    }
}

impl Wire for Memory {
    fn send(&mut self, to: Role, octets: &FrameOctets) {
        self.towards(to).push_back(octets.clone());
    }

    fn receive(&mut self, at: Role, octets: &mut FrameOctets) -> bool {
        let Some(next) = self.towards(at).pop_front() else { return false };
        *octets = next;
        true
    }
}
