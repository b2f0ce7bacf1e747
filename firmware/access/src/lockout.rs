//! Growing delays after failed tries, per name and per address.
//!
//! Names and addresses are counted whether they are known or not, so a delay tells nobody that a name exists. A name's
//! delay stays short, because anyone can cause it: guessing stays hopeless at one try a minute, and its owner is not
//! kept out for a night. A PIN has few digits, so its delay begins at a minute and grows to an hour; it is counted at each
//! telephone first, so that who tries at one keeps nobody from another, and over all of them at a higher count. An address's delay grows to what makes a machine's guessing pointless.

use std::{collections::BTreeMap, time::Duration};

use frame::{PersonId, PortId, Time};

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Name(String),
    Address(String),
    /// A person's, at any telephone.
    Pin(PersonId),
    /// A person's, at one telephone.
    PinAt(PersonId, PortId),
}

impl Key {
    /// How many failures are free: typing errors of one person, of a ward behind one address.
    fn free_failures(&self) -> u32 {
        match self {
            Key::Name(_) => 3,
            Key::Address(_) => 10,
            Key::Pin(_) => 12,
            Key::PinAt(..) => 3,
        }
    }

    fn longest_delay(&self) -> Duration {
        match self {
            Key::Name(_) => Duration::from_secs(60),
            Key::Address(_) => Duration::from_secs(15 * 60),
            Key::Pin(_) | Key::PinAt(..) => Duration::from_secs(60 * 60),
        }
    }

    fn forget_after(&self) -> Duration {
        match self {
            Key::Name(_) | Key::Address(_) | Key::PinAt(..) => FORGET_AFTER,
            Key::Pin(_) => FORGET_PIN_AFTER,
        }
    }

    /// The delay after the last free failure, which doubles from then on.
    fn first_delay(&self) -> Duration {
        match self {
            Key::Name(_) | Key::Address(_) => Duration::from_secs(1),
            Key::Pin(_) | Key::PinAt(..) => Duration::from_secs(60),
        }
    }
}

/// A row without a failure for so long is forgotten: no sooner than its delay is over.
const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Those of a person's PIN at any telephone: by the hour, who tries at several would never be locked everywhere.
const FORGET_PIN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

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
}

impl Lockout {
    /// How long nobody may try again with this.
    pub(crate) fn delay(&self, now: Time, key: &Key) -> Option<Duration> {
        let row = self.rows.get(key)?;
        let until = row.last + delay_after(key, row.failures);
        (until > now).then(|| until - now)
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
        let oldest = self.rows.iter().min_by_key(|(_, row)| row.last).map(|(key, _)| key.clone());
        oldest.map(|key| self.rows.remove(&key));
    }
}

/// The first delay after the last free failure, then twice as long each time.
fn delay_after(key: &Key, failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(key.free_failures()) else { return Duration::ZERO };
    (key.first_delay() * (1 << doublings.min(20))).min(key.longest_delay())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Key {
        Key::Name(name.to_owned())
    }

    #[test]
    fn three_failures_are_free_then_the_delay_doubles_up_to_a_minute() {
        let mut lockout = Lockout::default();
        let mut delays = Vec::new();
        for _ in 0..11 {
            lockout.note_failure(Time::ZERO, name("chen"));
            delays.push(lockout.delay(Time::ZERO, &name("chen")).unwrap_or_default().as_secs());
        }
        assert_eq!(delays, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
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
        assert_eq!(lockout.delay(Time::from_ms(60_000), &name("chen")), None);
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
}
