//! The D-channel between the two ends: 64 kbit/s, a delay, frames that are lost, and cuts.

use std::{collections::VecDeque, time::Duration};

use frame::Time;
use isdn::{Role, q921::FrameOctets};

use super::dice::Dice;

/// Both ways of it.
#[derive(Debug)]
pub struct Cable {
    dice: Dice,
    to_user: Way,
    to_network: Way,
    /// Frames sent.
    pub frames: u64,
    /// Frames lost, those in cuts included.
    pub lost: u64,
}

#[derive(Debug, Default)]
struct Way {
    /// Frames by their arrival.
    frames: VecDeque<(Time, FrameOctets)>,
    /// When the last frame has left.
    free_at: Time,
    is_cut: bool,
}

impl Cable {
    /// A whole cable.
    pub fn new(seed: u64) -> Cable {
        Cable { dice: Dice::new(seed), to_user: Way::default(), to_network: Way::default(), frames: 0, lost: 0 }
    }

    /// Sends a frame to the end in `to`.
    pub fn send(&mut self, now: Time, to: Role, octets: FrameOctets) {
        let loses = self.dice.below(1000) < LOST_PER_MILLE;
        let way = self.way(to);
        let took = OCTET * (octets.len() as u32 + FRAMING_OCTETS);
        way.free_at = way.free_at.max(now) + took;
        let arrives = !way.is_cut && !loses;
        if arrives {
            way.frames.push_back((way.free_at + DELAY, octets));
        }
        self.frames += 1;
        self.lost += u64::from(!arrives);
    }

    /// The next frame that has arrived at the end in `at`.
    pub fn take(&mut self, now: Time, at: Role) -> Option<FrameOctets> {
        self.way(at).frames.pop_front_if(|(arrival, _)| *arrival <= now).map(|(_, octets)| octets)
    }

    /// When the next frame arrives at either end.
    pub fn next_arrival(&self) -> Option<Time> {
        [&self.to_user, &self.to_network].into_iter().filter_map(|way| way.frames.front()).map(|(at, _)| *at).min()
    }

    /// Cuts or mends the way to one end.
    pub fn cut(&mut self, to: Role, is_cut: bool) {
        self.way(to).is_cut = is_cut;
    }

    fn way(&mut self, to: Role) -> &mut Way {
        match to {
            Role::User => &mut self.to_user,
            Role::Network => &mut self.to_network,
        }
    }
}

/// One frame in a hundred.
const LOST_PER_MILLE: usize = 10;

/// An octet at 64 kbit/s.
const OCTET: Duration = Duration::from_micros(125);

/// Two flags, one of which the next frame may share, and the check sequence.
const FRAMING_OCTETS: u32 = 3;

/// The path, and what cards and drivers keep a frame for.
const DELAY: Duration = Duration::from_millis(5);
