//! PINs: what a person keys at a telephone to prove who they are.
//!
//! Shorter than a password, because a telephone has ten digits and a person in a hurry; so wrong ones lock it for longer,
//! and sooner. Hashed as a password is: whoever reads the settings does not read a PIN.

use std::collections::BTreeMap;

use frame::{PersonId, PortId, Time};

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

/// Wrong PINs, by person and telephone.
#[derive(Debug, Default)]
pub struct PinLocks {
    lockout: Lockout,
    /// How many since the last right one. As many rows as there are people with a PIN.
    wrong: BTreeMap<PersonId, u32>,
}

impl PinLocks {
    /// Whether a person's PIN is not looked at now at a telephone.
    pub fn is_locked(&self, now: Time, person: PersonId, at: PortId) -> bool {
        keys(person, at).iter().any(|key| self.lockout.delay(now, key).is_some())
    }

    /// A PIN is about to be looked at, which takes a while: until it is known to be right it counts as a wrong one, so that nobody
    /// has more tries by having them at once.
    pub fn begin(&mut self, now: Time, person: PersonId, at: PortId) {
        keys(person, at).into_iter().for_each(|key| self.lockout.note_failure(now, key));
        let wrong = self.wrong.entry(person).or_default();
        *wrong = wrong.saturating_add(1);
    }

    /// It was wrong, right, or not looked at. A right one forgets no wrong ones at other telephones, and half of those at all: its
    /// person keys it often, and who guesses in between would begin anew each time.
    pub fn end(&mut self, person: PersonId, at: PortId, right: Option<bool>) {
        let [here, anywhere] = keys(person, at);
        match right {
            Some(false) => return,
            Some(true) => {
                self.lockout.forget(&here);
                self.lockout.take_back(&anywhere);
                self.lockout.forget_half(&anywhere);
                self.wrong.remove(&person);
            }
            None => {
                self.lockout.take_back(&here);
                self.lockout.take_back(&anywhere);
                self.wrong.entry(person).and_modify(|wrong| *wrong = wrong.saturating_sub(1));
            }
        }
        self.wrong.retain(|_, wrong| *wrong > 0);
    }

    /// How many wrong ones there were since a person's last right one, for those who have some.
    pub fn wrong(&self) -> impl Iterator<Item = (PersonId, u32)> + '_ {
        self.wrong.iter().map(|(person, count)| (*person, *count))
    }
}

fn keys(person: PersonId, at: PortId) -> [Key; 2] {
    [Key::PinAt(person, at), Key::Pin(person)]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn three_wrong_pins_lock_a_person_at_that_telephone_for_a_minute_and_each_more_for_twice_as_long() {
        let (mut locks, chen, li) = (PinLocks::default(), PersonId(3), PersonId(4));
        let at = |s: u64| Time::ZERO + Duration::from_secs(s);
        let (ward, own) = (port(1), port(2));
        note(&mut locks, at(0), chen, ward, false);
        note(&mut locks, at(0), chen, ward, false);
        assert!(!locks.is_locked(at(0), chen, ward));
        note(&mut locks, at(0), chen, ward, false);
        assert!(locks.is_locked(at(59), chen, ward) && !locks.is_locked(at(60), chen, ward));
        assert!(!locks.is_locked(at(0), li, ward), "nobody else");
        assert!(!locks.is_locked(at(0), chen, own), "nor at another telephone");
        note(&mut locks, at(60), chen, ward, false);
        assert!(locks.is_locked(at(179), chen, ward) && !locks.is_locked(at(180), chen, ward));
        note(&mut locks, at(180), chen, own, true);
        assert!(locks.is_locked(at(179), chen, ward), "what was tried elsewhere is not forgotten by it");
        note(&mut locks, at(180), chen, ward, true);
        note(&mut locks, at(181), chen, ward, false);
        assert!(!locks.is_locked(at(181), chen, ward), "a right one forgets the wrong ones");
    }

    #[test]
    fn twelve_wrong_pins_at_many_telephones_lock_a_person_at_all_and_are_counted_until_a_right_one() {
        let (mut locks, chen) = (PinLocks::default(), PersonId(3));
        for no in 0..12 {
            assert!(!locks.is_locked(Time::ZERO, chen, port(99)), "after {no}");
            assert_eq!(locks.wrong().next(), (no > 0).then_some((chen, u32::from(no))));
            note(&mut locks, Time::ZERO, chen, port(no / 2), false);
        }
        assert!(locks.is_locked(Time::from_ms(59_999), chen, port(99)));
        note(&mut locks, Time::from_ms(60_000), chen, port(99), true);
        assert!(!locks.is_locked(Time::from_ms(60_000), chen, port(99)) && locks.wrong().next().is_none());
    }

    #[test]
    fn wrong_pins_at_many_telephones_lock_a_person_though_a_right_one_comes_between_and_hours_go_by() {
        let (mut locks, chen, own) = (PinLocks::default(), PersonId(3), port(99));
        let mut tries = 0_u8;
        // Two at a telephone and then the next one, eleven an hour, and its person keys the right one each hour.
        for hour in 0..20 {
            for _ in 0..11 {
                let (now, at) = (Time::from_ms(3_600_000 * hour), port(tries / 2 % 90));
                if locks.is_locked(now, chen, at) {
                    assert!(tries < 24, "after {tries}");
                    return;
                }
                note(&mut locks, now, chen, at, false);
                tries += 1;
            }
            note(&mut locks, Time::from_ms(3_600_000 * hour), chen, own, true);
        }
        panic!("{tries} tries and no lock");
    }

    #[test]
    fn pins_that_are_looked_at_at_once_are_no_more_tries_than_one_after_the_other() {
        let (mut locks, chen) = (PinLocks::default(), PersonId(3));
        let mut looked_at = Vec::new();
        for no in 0..40 {
            if !locks.is_locked(Time::ZERO, chen, port(no)) {
                locks.begin(Time::ZERO, chen, port(no));
                looked_at.push(port(no));
            }
        }
        assert_eq!(looked_at.len(), 12);
        // One that the box did not look at after all was no try.
        locks.end(chen, looked_at[0], None);
        assert_eq!(locks.wrong().next(), Some((chen, 11)));
        assert!(!locks.is_locked(Time::ZERO, chen, port(99)));
        locks.end(chen, looked_at[1], Some(true));
        assert!(locks.wrong().next().is_none(), "and a right one none");
    }

    /// A PIN that was looked at in no time.
    fn note(locks: &mut PinLocks, now: Time, person: PersonId, at: PortId, right: bool) {
        locks.begin(now, person, at);
        locks.end(person, at, Some(right));
    }

    fn port(position: u8) -> PortId {
        PortId { card: "FXS".parse().unwrap(), position }
    }

    #[test]
    fn a_pin_is_long_enough_and_not_the_first_that_anybody_would_try() {
        assert!(chosen_pin("271828").is_some() && chosen_pin("314159265358").is_some());
        for wrong in ["", "27182", "3141592653589", "27182a", "２７１８２８", "000000", "123456", "987654"] {
            assert!(chosen_pin(wrong).is_none(), "{wrong}");
        }
    }
}
