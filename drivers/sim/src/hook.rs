//! How an FXS card tells what a telephone's hook does: as DAHDI decodes it.
//!
//! Source: DAHDI 2.11, `dahdi-base.c`, hook signalling of FXO-signalled channels and its timers; the delays agree with
//! traces of the real kernel modules. No hook edge reaches a program. After lifting, the hook going down for
//!
//! | down for | is told as |
//! |---|---|
//! | under 15 ms | nothing |
//! | 15 to 200 ms | one pulse of a digit; the digit is told 250 ms after its last pulse |
//! | up to the flash time | a flash, when it comes up again |
//! | longer | on-hook, when the flash time has passed |

use std::time::Duration;

use frame::Time;
use line::Event;

/// `DAHDI_MINPULSETIME`: shorter breaks are contact bounce.
pub const PULSE_MIN: Duration = Duration::from_millis(15);
/// `DAHDI_MAXPULSETIME`.
pub const PULSE_MAX: Duration = Duration::from_millis(line::PULSE_MS as u64);
/// `DAHDI_PULSETIMEOUT`: the longest pulse and 50 ms.
pub const DIGIT_END: Duration = Duration::from_millis(250);
/// What a port has until it is told another: `DAHDI_DEFAULT_RXFLASHTIME`.
pub const FLASH_TIME: Duration = Duration::from_millis(line::FLASH_MS as u64);

/// Decodes the hook of one telephone.
#[derive(Clone, Debug)]
pub(crate) struct HookDecoder {
    state: State,
    pulses: Option<Pulses>,
    /// How long it may be down for a flash.
    flash_time: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    OnHook,
    OffHook,
    /// Down, and not yet decided what it is.
    Down {
        since: Time,
        hung_up: Time,
    },
}

#[derive(Clone, Copy, Debug)]
struct Pulses {
    count: u8,
    ends: Time,
}

impl HookDecoder {
    pub(crate) fn new() -> HookDecoder {
        HookDecoder { state: State::OnHook, pulses: None, flash_time: FLASH_TIME }
    }

    /// Sets how long the hook may be down for a flash. One that is down keeps the time that it went down with, as the
    /// kernel's timer does.
    pub(crate) fn set_flash_time(&mut self, flash_time: Duration) {
        self.flash_time = flash_time.max(PULSE_MAX);
    }

    /// Whether the card holds the telephone to be off-hook: what a program that attaches must be told.
    pub(crate) fn is_off_hook(&self) -> bool {
        self.state != State::OnHook
    }

    /// The loop closed or opened.
    pub(crate) fn edge(&mut self, now: Time, closed: bool) -> Option<Event> {
        match (self.state, closed) {
            (State::OnHook, true) => {
                self.state = State::OffHook;
                Some(Event::OffHook)
            }
            (State::OffHook, false) => {
                self.state = State::Down { since: now, hung_up: now + self.flash_time };
                None
            }
            (State::Down { since, .. }, true) => {
                self.state = State::OffHook;
                self.came_up(now, now.since(since))
            }
            (State::OnHook | State::Down { .. }, false) | (State::OffHook, true) => None,
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let down = match self.state {
            State::Down { hung_up, .. } => Some(hung_up),
            State::OnHook | State::OffHook => None,
        };
        let digit = self.pulses.map(|pulses| pulses.ends);
        down.into_iter().chain(digit).min()
    }

    /// One deadline that has come; call again until there is none left.
    pub(crate) fn timeout(&mut self, now: Time) -> Option<Event> {
        if let Some(pulses) = self.pulses.take_if(|pulses| pulses.ends <= now) {
            return digit_of(pulses.count).map(Event::PulseDigit);
        }
        match self.state {
            State::Down { hung_up, .. } if hung_up <= now => {
                self.state = State::OnHook;
                Some(Event::OnHook)
            }
            State::Down { .. } | State::OnHook | State::OffHook => None,
        }
    }

    fn came_up(&mut self, now: Time, down: Duration) -> Option<Event> {
        if down < PULSE_MIN {
            return None;
        }
        if down > PULSE_MAX {
            return Some(Event::Flash);
        }
        let count = self.pulses.map_or(0, |pulses| pulses.count).saturating_add(1);
        self.pulses = Some(Pulses { count, ends: now + DIGIT_END });
        None
    }
}

/// DAHDI's digits: ten pulses are `0`, eleven `*`, twelve `#`; more are dropped with a line in the kernel's log.
fn digit_of(pulses: u8) -> Option<u8> {
    match pulses {
        1..=9 => Some(b'0' + pulses),
        10 => Some(b'0'),
        11 => Some(b'*'),
        12 => Some(b'#'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off_hook() -> HookDecoder {
        let mut hook = HookDecoder::new();
        assert_eq!(hook.edge(Time::ZERO, true), Some(Event::OffHook));
        hook
    }

    /// Down at 10 s for `down_ms`, up again, and all that is told, with its time after the hook went down.
    fn told_after(down_ms: u64) -> Vec<(Event, u64)> {
        let mut hook = off_hook();
        let start = Time::from_ms(10_000);
        let mut told = Vec::new();
        hook.edge(start, false);
        let up = start + Duration::from_millis(down_ms);
        run(&mut hook, up, &mut told);
        told.extend(hook.edge(up, true).map(|event| (event, up)));
        run(&mut hook, Time::from_ms(60_000), &mut told);
        told.into_iter().map(|(event, at)| (event, at.since(start).as_millis() as u64)).collect()
    }

    fn run(hook: &mut HookDecoder, until: Time, told: &mut Vec<(Event, Time)>) {
        while let Some(due) = hook.next_deadline().filter(|due| *due < until) {
            told.extend(hook.timeout(due).map(|event| (event, due)));
        }
    }

    #[test]
    fn the_length_of_a_break_decides_what_it_is() {
        for (down_ms, expected) in [
            (14, vec![]),
            (15, vec![(Event::PulseDigit(b'1'), 265)]),
            (100, vec![(Event::PulseDigit(b'1'), 350)]),
            (200, vec![(Event::PulseDigit(b'1'), 450)]),
            (201, vec![(Event::Flash, 201)]),
            (1250, vec![(Event::Flash, 1250)]),
            (1251, vec![(Event::OnHook, 1250), (Event::OffHook, 1251)]),
        ] {
            assert_eq!(told_after(down_ms), expected, "{down_ms} ms");
        }
    }

    #[test]
    fn a_port_hangs_up_after_its_own_flash_time_and_one_that_is_down_keeps_the_time_it_has() {
        let mut hook = off_hook();
        hook.set_flash_time(Duration::from_millis(800));
        hook.edge(Time::from_ms(1000), false);
        hook.set_flash_time(Duration::from_millis(300));
        assert_eq!(hook.timeout(Time::from_ms(1799)), None);
        assert_eq!(hook.timeout(Time::from_ms(1800)), Some(Event::OnHook));
        assert_eq!(hook.edge(Time::from_ms(2000), true), Some(Event::OffHook));
        hook.edge(Time::from_ms(3000), false);
        assert_eq!(hook.next_deadline(), Some(Time::from_ms(3300)));
    }

    #[test]
    fn a_flash_time_within_a_pulse_is_the_longest_pulse() {
        let mut hook = off_hook();
        hook.set_flash_time(Duration::ZERO);
        hook.edge(Time::from_ms(1000), false);
        assert_eq!(hook.next_deadline(), Some(Time::from_ms(1200)));
    }

    #[test]
    fn pulses_less_than_250_ms_apart_are_one_digit() {
        for (pulses, digit) in [(3, Some(b'3')), (10, Some(b'0')), (11, Some(b'*')), (12, Some(b'#')), (13, None)] {
            let mut hook = off_hook();
            for pulse in 0..pulses {
                let start = Time::from_ms(1000 + pulse * 100);
                assert_eq!(hook.edge(start, false), None);
                assert_eq!(hook.edge(start + Duration::from_millis(60), true), None);
            }
            let mut told = Vec::new();
            run(&mut hook, Time::from_ms(60_000), &mut told);
            let events: Vec<Event> = told.into_iter().map(|(event, _)| event).collect();
            assert_eq!(events, digit.map(Event::PulseDigit).into_iter().collect::<Vec<_>>(), "{pulses} pulses");
        }
    }

    #[test]
    fn until_the_flash_time_has_passed_the_card_holds_it_off_hook() {
        let mut hook = off_hook();
        hook.edge(Time::from_ms(100), false);
        assert!(hook.is_off_hook());
        assert_eq!(hook.timeout(Time::from_ms(1349)), None);
        assert_eq!(hook.timeout(Time::from_ms(1350)), Some(Event::OnHook));
        assert!(!hook.is_off_hook());
    }
}
