//! The holder's own clock: one tick each 10 ms, counted, so that it neither drifts nor loses one.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
};

use frame::TICK;
use nix::sys::{
    time::TimeSpec,
    timer::{Expiration, TimerSetTimeFlags},
    timerfd::{ClockId, TimerFd, TimerFlags},
};

/// Ticks that are made up for at once: a holder that stood still for longer starts anew, as a card does.
const LATE_TICKS_MAX: u64 = 100;

/// A timer.
#[derive(Debug)]
pub(crate) struct Ticker(TimerFd);

impl Ticker {
    pub(crate) fn new() -> io::Result<Ticker> {
        let timer = TimerFd::new(ClockId::CLOCK_BOOTTIME, TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK)?;
        timer.set(Expiration::Interval(TimeSpec::from_duration(TICK)), TimerSetTimeFlags::empty())?;
        Ok(Ticker(timer))
    }

    /// How many ticks are due since the last time.
    pub(crate) fn due(&self) -> u64 {
        let mut expirations = [0; 8];
        match nix::unistd::read(&self.0, &mut expirations) {
            Ok(_) => u64::from_ne_bytes(expirations).min(LATE_TICKS_MAX),
            Err(_) => 0,
        }
    }
}

impl AsFd for Ticker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
