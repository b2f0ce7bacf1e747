//! The receiver of one E1: whether a signal is there, and when its absence is an alarm.

use std::time::Duration;

use frame::Time;
use line::Alarms;

/// How long the signal must be gone, or be back, before the alarm changes: `alarmdebounce` of the four-span cards'
/// drivers in DAHDI.
pub const DEBOUNCE: Duration = Duration::from_millis(500);

/// Judges one signal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receiver {
    red: bool,
    /// The other state, and when it will hold.
    turning: Option<Time>,
}

impl Receiver {
    /// A receiver that has a signal, or has none and says so.
    pub(crate) fn new(signal: bool) -> Receiver {
        Receiver { red: !signal, turning: None }
    }

    pub(crate) fn alarms(&self) -> Alarms {
        if self.red { Alarms::RED } else { Alarms::NONE }
    }

    /// Tells whether a signal is there now. A change becomes an alarm, or the end of one, `debounce` later.
    pub(crate) fn signal(&mut self, now: Time, present: bool, debounce: Duration) {
        let unchanged = present != self.red;
        if unchanged {
            self.turning = None;
        } else {
            self.turning.get_or_insert(now + debounce);
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.turning
    }

    /// The new alarms, where they change now.
    pub(crate) fn timeout(&mut self, now: Time) -> Option<Alarms> {
        self.turning.take_if(|at| *at <= now)?;
        self.red = !self.red;
        Some(self.alarms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_interruption_is_no_alarm() {
        let mut receiver = Receiver::new(true);
        receiver.signal(Time::from_ms(0), false, DEBOUNCE);
        receiver.signal(Time::from_ms(499), true, DEBOUNCE);
        assert_eq!(receiver.timeout(Time::from_ms(5000)), None);
    }

    #[test]
    fn the_debounce_counts_from_the_first_loss() {
        let mut receiver = Receiver::new(true);
        for ms in [0, 100, 200, 400] {
            receiver.signal(Time::from_ms(ms), false, DEBOUNCE);
        }
        assert_eq!(receiver.timeout(Time::from_ms(499)), None);
        assert_eq!(receiver.timeout(Time::from_ms(500)), Some(Alarms::RED));
        receiver.signal(Time::from_ms(600), true, DEBOUNCE);
        assert_eq!(receiver.timeout(Time::from_ms(1100)), Some(Alarms::NONE));
    }
}
