//! What waits to be erased and buried: an order that fails holds up neither the others nor anything else of the recorder.
//!
//! It goes behind the others and rests: a second at first, twice as long each time, ten minutes at most. Time is the tick up
//! to which everything is durable, as the flusher has no clock of its own.

use std::collections::VecDeque;

use frame::Tick;
use vault::NotErased;

use super::erasing::Order;

/// How long an order rests that failed once, in ticks: 1 s.
const REST_TICKS: u64 = 100;

/// How long it rests at most: 10 min.
const REST_TICKS_MAX: u64 = 60_000;

/// The orders, as many as was agreed on.
#[derive(Debug, Default)]
pub(super) struct Orders(VecDeque<Waiting>);

/// One order.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) order: Order,
    rests_until: Tick,
    rest_ticks: u64,
    /// Why it failed last, as it was told.
    told: Option<NotErased>,
}

impl Waiting {
    /// Whether it has not been told that it fails for this reason, which it is now.
    pub(super) fn must_tell(&mut self, why: NotErased) -> bool {
        self.told.replace(why) != Some(why)
    }

    /// Whether it has failed before.
    pub(super) const fn has_failed(&self) -> bool {
        self.rest_ticks > 0
    }
}

impl Orders {
    /// Adds them behind the others.
    pub(super) fn extend(&mut self, orders: impl IntoIterator<Item = Order>) {
        let waiting = |order| Waiting { order, rests_until: Tick(0), rest_ticks: 0, told: None };
        self.0.extend(orders.into_iter().map(waiting));
    }

    /// The first that does not rest, taken out.
    pub(super) fn next(&mut self, now: Tick) -> Option<Waiting> {
        let at = self.0.iter().position(|waiting| waiting.rests_until <= now)?;
        self.0.remove(at)
    }

    /// Whether one failed that has only to be buried, as the disk refused it.
    pub(super) fn has_failed_grave(&self) -> bool {
        let is_grave = |waiting: &Waiting| matches!(waiting.order, Order::Bury(_)) && waiting.told.is_none();
        self.0.iter().any(|waiting| waiting.has_failed() && is_grave(waiting))
    }

    /// Puts one back that failed.
    pub(super) fn put_back(&mut self, mut failed: Waiting, now: Tick) {
        failed.rest_ticks = (failed.rest_ticks * 2).clamp(REST_TICKS, REST_TICKS_MAX);
        failed.rests_until = now.after(failed.rest_ticks);
        self.0.push_back(failed);
    }
}

#[cfg(test)]
mod tests {
    use frame::{CallId, EventNo, LifeNo, PersonId, RecordingId};
    use vault::{Tombstone, VaultId};

    use super::*;

    fn order(no: u32) -> Order {
        Order::Bury(Box::new(Tombstone {
            vault: VaultId([1; 16]),
            recording: RecordingId::new(LifeNo(1), no),
            call: CallId::new(LifeNo(1), no),
            chain_head: [3; 32],
            list: EventNo(4),
            asked: PersonId(3),
            granted: PersonId(7),
            rule: "privacy".into(),
            range: None,
            packages: vec![],
            confirmed: [None, None],
        }))
    }

    #[test]
    fn one_that_fails_rests_twice_as_long_each_time_and_holds_up_no_other() {
        let mut orders = Orders::default();
        orders.extend([order(1), order(2)]);
        let first = orders.next(Tick(0)).unwrap();
        assert_eq!((&first.order, first.has_failed()), (&order(1), false));
        orders.put_back(first, Tick(0));
        assert_eq!(orders.next(Tick(0)).unwrap().order, order(2));
        let mut now = 0;
        let mut rests = Vec::new();
        while rests.last() != Some(&REST_TICKS_MAX) {
            let since = now;
            let failed = loop {
                match orders.next(Tick(now)) {
                    Some(failed) => break failed,
                    None => now += 1,
                }
                assert!(now - since <= REST_TICKS_MAX, "it comes again");
            };
            assert!(failed.has_failed());
            rests.push(now - since);
            orders.put_back(failed, Tick(now));
        }
        assert_eq!(rests[..4], [100, 200, 400, 800]);
        orders.extend([order(3)]);
        assert_eq!(orders.next(Tick(now)).unwrap().order, order(3));
    }
}
