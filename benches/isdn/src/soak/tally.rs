//! What a line has seen.

use std::{
    fmt,
    ops::{Add, AddAssign},
};

/// Counts of one end or of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls placed.
    pub placed: u64,
    /// Calls not placed since no channel was free.
    pub no_channel: u64,
    /// Calls not placed since there was no link, or too much waited for it.
    pub no_link: u64,
    /// Calls that began at an end: placed, or come in.
    pub begun: u64,
    /// Calls that ended at an end.
    pub ended: u64,
    /// Calls answered, as their caller sees it.
    pub answered: u64,
    /// Of these, those that neither party ended, but the line.
    pub cut_off: u64,
    /// How often an end lost its link.
    pub links_lost: u64,
    /// Cuts of the cable.
    pub cuts: u64,
    /// Frames sent.
    pub frames: u64,
    /// Frames lost.
    pub frames_lost: u64,
}

impl Add for Tally {
    type Output = Tally;

    fn add(self, other: Tally) -> Tally {
        Tally {
            placed: self.placed + other.placed,
            no_channel: self.no_channel + other.no_channel,
            no_link: self.no_link + other.no_link,
            begun: self.begun + other.begun,
            ended: self.ended + other.ended,
            answered: self.answered + other.answered,
            cut_off: self.cut_off + other.cut_off,
            links_lost: self.links_lost + other.links_lost,
            cuts: self.cuts + other.cuts,
            frames: self.frames + other.frames,
            frames_lost: self.frames_lost + other.frames_lost,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        *self = *self + other;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "calls {}, answered {}, lost {}, ", self.placed, self.answered, self.cut_off)?;
        write!(f, "cuts {}, links lost {}, ", self.cuts, self.links_lost)?;
        write!(f, "without channel {}, without link {}, ", self.no_channel, self.no_link)?;
        write!(f, "ends begun {} and ended {}, ", self.begun, self.ended)?;
        write!(f, "frames {} of which lost {}", self.frames, self.frames_lost)
    }
}
