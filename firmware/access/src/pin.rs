//! PINs: what a person keys at a telephone to prove who they are.
//!
//! Shorter than a password, because a telephone has ten digits and a person in a hurry; so wrong ones lock it for longer,
//! and sooner. Hashed as a password is: whoever reads the settings does not read a PIN.

use frame::{PersonId, Time};

use crate::{
    Password,
    lockout::{Key, Lockout},
};

/// The shortest PIN: with three tries a minute, later an hour, six digits outlast whoever tries them.
pub const PIN_MIN_DIGITS: usize = 6;

/// The longest PIN.
pub const PIN_MAX_DIGITS: usize = 12;

/// A new PIN, to be hashed; none where the text is none that holds.
pub fn chosen_pin(text: &str) -> Option<Password> {
    let fits = (PIN_MIN_DIGITS..=PIN_MAX_DIGITS).contains(&text.len()) && text.bytes().all(|key| key.is_ascii_digit());
    let steps = || text.as_bytes().windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    // All alike, or counted up or down.
    let plain = [0, 1, u8::MAX].into_iter().any(|step| steps().all(|of| of == step));
    Password::typed(text).ok().filter(|_| fits && !plain)
}

/// Wrong PINs, by person.
#[derive(Debug, Default)]
pub struct PinLocks(Lockout);

impl PinLocks {
    /// Whether a person's PIN is not looked at now.
    pub fn is_locked(&self, now: Time, person: PersonId) -> bool {
        self.0.delay(now, &Key::Pin(person)).is_some()
    }

    /// A PIN was right, or wrong.
    pub fn note(&mut self, now: Time, person: PersonId, right: bool) {
        if right { self.0.forget(&Key::Pin(person)) } else { self.0.note_failure(now, Key::Pin(person)) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn three_wrong_pins_lock_a_person_for_a_minute_and_each_more_for_twice_as_long() {
        let (mut locks, chen, li) = (PinLocks::default(), PersonId(3), PersonId(4));
        let at = |s: u64| Time::ZERO + Duration::from_secs(s);
        locks.note(at(0), chen, false);
        locks.note(at(0), chen, false);
        assert!(!locks.is_locked(at(0), chen));
        locks.note(at(0), chen, false);
        assert!(locks.is_locked(at(59), chen) && !locks.is_locked(at(60), chen));
        assert!(!locks.is_locked(at(0), li), "nobody else");
        locks.note(at(60), chen, false);
        assert!(locks.is_locked(at(179), chen) && !locks.is_locked(at(180), chen));
        locks.note(at(180), chen, true);
        locks.note(at(181), chen, false);
        assert!(!locks.is_locked(at(181), chen), "a right one forgets the wrong ones");
    }

    #[test]
    fn a_pin_is_long_enough_and_not_the_first_that_anybody_would_try() {
        assert!(chosen_pin("271828").is_some() && chosen_pin("314159265358").is_some());
        for wrong in ["", "27182", "3141592653589", "27182a", "２７１８２８", "000000", "123456", "987654"] {
            assert!(chosen_pin(wrong).is_none(), "{wrong}");
        }
    }
}
