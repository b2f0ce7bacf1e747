//! The clocks of the machine: the boot-time clock that the box counts in, and the wall clock that people read.

use std::{fs, io};

use frame::{Time, Utc};
use nix::time::{ClockId, clock_gettime};

/// Reads the machine's clocks. Handed to whoever may know the time; machines get moments, never this.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// Now on `CLOCK_BOOTTIME`, which goes on while the machine sleeps and never steps.
    pub fn now(self) -> Time {
        let (secs, nanos) = read(ClockId::CLOCK_BOOTTIME);
        Time::from_us(secs.unsigned_abs() * 1_000_000 + nanos.unsigned_abs() / 1000)
    }

    /// Now on the wall clock. It may step when the network or a person sets it.
    pub fn utc(self) -> Utc {
        let (secs, nanos) = read(ClockId::CLOCK_REALTIME);
        Utc::from_us(secs * 1_000_000 + nanos / 1000)
    }
}

fn read(id: ClockId) -> (i64, i64) {
    let now = clock_gettime(id).expect("Linux has had both clocks since 2.6.39");
    (now.tv_sec(), now.tv_nsec())
}

/// Whether the kernel says that something, NTP as a rule, keeps the wall clock in step. Setting it takes that back.
#[allow(unsafe_code)] // no safe call for adjtimex(2) exists in nix
pub fn is_synchronised() -> bool {
    // SAFETY: all zeroes are a valid `timex`, which asks for no change; the kernel fills it and keeps no pointer to it.
    let state = unsafe {
        let mut asked: libc::timex = std::mem::zeroed();
        libc::adjtimex(&raw mut asked)
    };
    state != -1 && state != libc::TIME_ERROR
}

/// Which start of the machine this is, as the kernel names it.
///
/// # Errors
/// When `/proc` is not there.
pub fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_time_clock_never_goes_back() {
        let first = Clock.now();
        assert!(Clock.now() >= first);
        assert!(first > Time::ZERO);
    }

    #[test]
    fn the_wall_clock_is_past_the_year_2020() {
        assert!(Clock.utc().as_secs() > 1_577_836_800);
    }
}
