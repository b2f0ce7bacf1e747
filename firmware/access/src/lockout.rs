//! Growing delays after failed tries, per name and per address.
//!
//! Source: PCI DSS 4.0.1, 8.3.4 (at most ten tries, then at least 30 minutes): here five.
//! Names and addresses are counted whether they are known or not, so a delay tells nobody that a name exists. Anyone can
//! cause a name's delay, so it holds up strangers alone: who is signed in, who sits at a browser in which that person signed in
//! before, and who asks at the box's own command line have each a count of their own, which no stranger reaches. Where
//! somebody has none of these, another one who manages people ends the delay for a while. Wrong codes of a second factor beside the right
//! password are counted for their person as well, over all places: only who knows the password fills that count, and nobody ends it (NIST
//! SP 800-63B, 5.2.2, wants at most 100 in a row, which takes three months here, each told in the audit). A PIN has few digits, so its delay begins at a minute and grows to an hour; it is counted at each
//! telephone first, so that who tries at one keeps nobody from another, and over all of them at a higher count. An address's delay grows to what makes a machine's guessing pointless.

use std::{collections::BTreeMap, time::Duration};

use frame::{PersonId, PortId, Time};

use crate::session::SessionId;

/// Where a person is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A browser in which they signed in before.
    Browser([u8; 16]),
    /// A session of theirs.
    Session(SessionId),
    /// The box's own command line, by whom the system takes them for.
    Console(u32),
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A name, by whoever comes from nowhere that is known for it.
    Name(String),
    /// A name at a place that is known for it.
    NameAt(String, Place),
    Address(String),
    /// A person's, at any telephone.
    Pin(PersonId),
    /// A person's, at one telephone.
    PinAt(PersonId, PortId),
    /// A person's second factor, wherever their password was right.
    Code(PersonId),
}

impl Key {
    /// The delay after so many failures.
    fn delay_after(&self, failures: u32) -> Duration {
        match self {
            Key::Name(_) | Key::NameAt(..) => delay_of_name(failures),
            Key::Address(_) => ADDRESS.delay_after(failures),
            Key::Pin(_) => PIN.delay_after(failures),
            Key::PinAt(..) => PIN_AT.delay_after(failures),
            Key::Code(_) => CODE.delay_after(failures),
        }
    }

    fn forget_after(&self) -> Duration {
        match self {
            Key::Name(_) | Key::NameAt(..) | Key::Address(_) | Key::PinAt(..) => FORGET_AFTER,
            Key::Pin(_) => FORGET_PIN_AFTER,
            Key::Code(_) => FORGET_CODE_AFTER,
        }
    }

    /// Whether no flood of other rows pushes it out: there are as many of these as people.
    fn is_kept(&self) -> bool {
        matches!(self, Key::Code(_))
    }
}

/// Two typing errors are free; the third asks for a second look, the fourth for a minute, and five are a machine's.
const fn delay_of_name(failures: u32) -> Duration {
    match failures {
        0..3 => Duration::ZERO,
        3 => Duration::from_secs(1),
        4 => Duration::from_secs(60),
        _ => LONGEST_OF_NAME,
    }
}

/// As long as PCI DSS wants it.
const LONGEST_OF_NAME: Duration = Duration::from_secs(30 * 60);

/// A delay that doubles.
struct Doubling {
    /// The failure that has the first delay: before it, typing errors of one person, or of a ward behind one address.
    from_failure: u32,
    first: Duration,
    longest: Duration,
}

impl Doubling {
    fn delay_after(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(self.from_failure) else { return Duration::ZERO };
        (self.first * (1 << doublings.min(20))).min(self.longest)
    }
}

const ADDRESS: Doubling =
    Doubling { from_failure: 10, first: Duration::from_secs(1), longest: Duration::from_secs(15 * 60) };

const PIN: Doubling =
    Doubling { from_failure: 12, first: Duration::from_secs(60), longest: Duration::from_secs(60 * 60) };

const PIN_AT: Doubling = Doubling { from_failure: 3, ..PIN };

/// Ten of one person's are typing errors; then a machine that knows the password has some twenty in the first day, and about a thousand in a
/// year, of which each has three chances in a million.
const CODE: Doubling =
    Doubling { from_failure: 10, first: Duration::from_secs(60), longest: Duration::from_secs(24 * 60 * 60) };

/// How long a name's delay holds nobody up after somebody ended it: long enough to sign in. An address's stands.
pub const EXCUSED_FOR: Duration = Duration::from_secs(15 * 60);

/// A row without a failure for so long is forgotten: no sooner than its delay is over.
const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Those of a person's PIN at any telephone: by the hour, who tries at several would never be locked everywhere.
const FORGET_PIN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Those of a person's codes: longer than their longest delay by so much that who waits for it has fewer tries than who goes on.
const FORGET_CODE_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The most rows: a few hundred kilobytes. A flood of made-up names pushes out the rows that failed longest ago, while
/// the flood's own address stays locked.
const ROWS_MAX: usize = 4096;

#[derive(Clone, Copy, Debug)]
struct Row {
    failures: u32,
    last: Time,
}

#[derive(Debug, Default)]
pub(crate) struct Lockout {
    rows: BTreeMap<Key, Row>,
    /// Until when a delay holds nobody up.
    excused: BTreeMap<Key, Time>,
}

impl Lockout {
    /// How long nobody may try again with this.
    pub(crate) fn delay(&self, now: Time, key: &Key) -> Option<Duration> {
        let row = self.rows.get(key).filter(|_| self.excused.get(key).is_none_or(|until| *until <= now))?;
        let until = row.last + key.delay_after(row.failures);
        (until > now).then(|| until - now)
    }

    /// Ends a delay, and lets none hold anybody up for [`EXCUSED_FOR`]: else the next wrong try would begin it again.
    pub(crate) fn excuse(&mut self, now: Time, key: Key) {
        self.excused.retain(|_, until| *until > now);
        self.excused.insert(key, now + EXCUSED_FOR);
    }

    pub(crate) fn note_failure(&mut self, now: Time, key: Key) {
        self.rows.retain(|key, row| now - row.last < key.forget_after());
        if self.rows.len() >= ROWS_MAX && !self.rows.contains_key(&key) {
            self.drop_oldest();
        }
        let row = self.rows.entry(key).or_insert(Row { failures: 0, last: now });
        *row = Row { failures: row.failures.saturating_add(1), last: now };
    }

    pub(crate) fn forget(&mut self, key: &Key) {
        self.rows.remove(key);
    }

    /// One failure was none.
    pub(crate) fn take_back(&mut self, key: &Key) {
        if let Some(row) = self.rows.get_mut(key) {
            row.failures = row.failures.saturating_sub(1);
        }
    }

    pub(crate) fn forget_half(&mut self, key: &Key) {
        if let Some(row) = self.rows.get_mut(key) {
            row.failures /= 2;
        }
    }

    fn drop_oldest(&mut self) {
        let others = self.rows.iter().filter(|(key, _)| !key.is_kept());
        let oldest = others.min_by_key(|(_, row)| row.last).map(|(key, _)| key.clone());
        oldest.map(|key| self.rows.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Key {
        Key::Name(name.to_owned())
    }

    #[test]
    fn the_fifth_wrong_password_is_the_last_for_half_an_hour() {
        let mut lockout = Lockout::default();
        let mut delays = Vec::new();
        for _ in 0..7 {
            lockout.note_failure(Time::ZERO, name("chen"));
            delays.push(lockout.delay(Time::ZERO, &name("chen")).unwrap_or_default().as_secs());
        }
        assert_eq!(delays, [0, 0, 1, 60, 1800, 1800, 1800]);
        let at = Key::NameAt("chen".to_owned(), Place::Console(0));
        assert_eq!(lockout.delay(Time::ZERO, &at), None, "a place that is known has its own count");
        (0..5).for_each(|_| lockout.note_failure(Time::ZERO, at.clone()));
        assert_eq!(lockout.delay(Time::ZERO, &at), Some(LONGEST_OF_NAME));
    }

    #[test]
    fn a_delay_that_somebody_ended_comes_back_after_a_while() {
        let mut lockout = Lockout::default();
        (0..9).for_each(|_| lockout.note_failure(Time::ZERO, name("chen")));
        lockout.excuse(Time::ZERO, name("chen"));
        lockout.note_failure(Time::from_ms(1000), name("chen"));
        assert_eq!(lockout.delay(Time::from_ms(899_000), &name("chen")), None, "strangers go on trying");
        let left = lockout.delay(Time::from_ms(900_000), &name("chen"));
        assert_eq!(left, Some(Duration::from_secs(901)));
    }

    #[test]
    fn an_address_is_locked_later_and_longer() {
        let mut lockout = Lockout::default();
        let address = Key::Address("10.0.0.7".to_owned());
        (0..9).for_each(|_| lockout.note_failure(Time::ZERO, address.clone()));
        assert_eq!(lockout.delay(Time::ZERO, &address), None);
        (0..30).for_each(|_| lockout.note_failure(Time::ZERO, address.clone()));
        assert_eq!(lockout.delay(Time::ZERO, &address), Some(Duration::from_secs(900)));
    }

    #[test]
    fn a_delay_runs_out_and_an_hour_forgets() {
        let mut lockout = Lockout::default();
        (0..9).for_each(|_| lockout.note_failure(Time::ZERO, name("chen")));
        assert_eq!(lockout.delay(Time::from_ms(1_799_000), &name("chen")), Some(Duration::from_secs(1)));
        assert_eq!(lockout.delay(Time::from_ms(1_800_000), &name("chen")), None);
        let later = Time::from_ms(3_600_000);
        lockout.note_failure(later, name("chen"));
        assert_eq!(lockout.delay(later, &name("chen")), None);
    }

    #[test]
    fn a_flood_of_names_does_not_grow_the_table() {
        let mut lockout = Lockout::default();
        for no in 0..ROWS_MAX + 100 {
            lockout.note_failure(Time::from_us(no as u64), name(&no.to_string()));
        }
        assert_eq!(lockout.rows.len(), ROWS_MAX);
        assert!(!lockout.rows.contains_key(&name("0")));
    }

    #[test]
    fn a_flood_of_names_pushes_no_wrong_codes_out() {
        let (mut lockout, codes) = (Lockout::default(), Key::Code(PersonId(3)));
        (0..10).for_each(|_| lockout.note_failure(Time::ZERO, codes.clone()));
        for no in 0..ROWS_MAX + 100 {
            lockout.note_failure(Time::from_us(no as u64), name(&no.to_string()));
        }
        assert_eq!(lockout.rows.len(), ROWS_MAX);
        assert!(lockout.delay(Time::from_ms(1), &codes).is_some());
    }

    #[test]
    fn who_guesses_codes_has_some_twenty_tries_in_a_day_and_one_a_day_from_then_on() {
        let (codes, day, week) = (Key::Code(PersonId(3)), 24 * 60 * 60, 7 * 24 * 60 * 60);
        let tries = |waits: Duration, until: u64| {
            let (mut lockout, mut now, mut tries) = (Lockout::default(), Time::ZERO, 0);
            while now < Time::from_ms(until * 1000) {
                lockout.note_failure(now, codes.clone());
                tries += 1;
                let delay = lockout.delay(now, &codes).unwrap_or(Duration::from_secs(1));
                // Whoever waits, once it takes hours, until all is forgotten begins anew.
                now += if delay > waits { Duration::from_secs(week) } else { delay };
            }
            tries
        };
        let never = Duration::MAX;
        assert_eq!((tries(never, day), tries(never, 10 * day)), (20, 29));
        assert!((1..24).all(|hours| tries(Duration::from_secs(hours * 3600), 365 * day) < 1000));
    }
}
