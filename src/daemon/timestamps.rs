//! Moments as they are persisted: the boot, its clock, and the wall clock.

use std::sync::Arc;

use frame::{BootNo, Stamp};
use os::Clock;

use crate::{data_dir::DataDir, journal::StampClock};

/// Makes stamps of this boot.
#[derive(Clone, Copy, Debug)]
pub struct Timestamps(BootNo);

impl Timestamps {
    /// Stamps of the boot that a data directory counted.
    pub fn of(data: &DataDir) -> Timestamps {
        Timestamps(data.boot())
    }

    /// The same as a function.
    pub fn clock(self) -> StampClock {
        Arc::new(move || self.now())
    }

    /// Now.
    pub fn now(self) -> Stamp {
        Stamp { boot: self.0, time: Clock.now(), utc: Clock.utc() }
    }
}
