//! Whose time it is while a pair runs, and who looks on.

use frame::Time;

/// A clock, and an onlooker of each input.
pub trait Watch {
    /// The time of the next input.
    fn now(&self) -> Time;

    /// An input comes.
    fn before(&mut self) {}

    /// It was handled.
    fn after(&mut self) {}
}

/// A clock that stands until it is set. It counts the inputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Still {
    /// What it shows.
    pub time: Time,
    /// Inputs so far.
    pub inputs: u64,
}

impl Watch for Still {
    fn now(&self) -> Time {
        self.time
    }

    fn after(&mut self) {
        self.inputs += 1;
    }
}
