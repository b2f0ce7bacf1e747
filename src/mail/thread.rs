//! The thread of the messages: a shell around [`MailDesk`].

use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use call::{MailOrder, MailTold};
use frame::Stamp;
use rtrb::Consumer;

use super::desk::{MailDesk, MailError, Order, Told};
use crate::media::Copied;

/// Orders that wait: each call of the largest box may have one.
const ORDERS: usize = 512;

/// How long the thread naps while somebody leaves a message, and else.
const NAP: Duration = Duration::from_millis(20);
const IDLE: Duration = Duration::from_secs(10);

/// How long it waits before it reads a disk again that refused.
const RETRY: Duration = Duration::from_secs(5);

/// Where orders go.
#[derive(Clone, Debug)]
pub struct MailOrders(SyncSender<Order>);

impl MailOrders {
    /// Gives an order. What call control is to be told where the thread does not take it: its disk hangs, or it is gone.
    pub fn give(&self, order: Order) -> Option<MailTold> {
        match self.0.try_send(order) {
            Ok(()) => None,
            Err(TrySendError::Full(order) | TrySendError::Disconnected(order)) => {
                tracing::error!("an order about a message is lost");
                refusal(order)
            }
        }
    }
}

/// The running thread.
pub struct MailThread {
    /// Where orders go. The thread ends when all clones of it are dropped.
    pub orders: MailOrders,
    /// The thread.
    pub join: JoinHandle<()>,
}

impl MailThread {
    /// Starts the thread. `open` reads what is there, and is tried again where the disk refuses.
    ///
    /// # Errors
    /// Where the process may start no thread.
    pub fn start(
        open: impl Fn() -> Result<MailDesk, MailError> + Send + 'static,
        copied: Consumer<Copied>,
        clock: impl Fn() -> Stamp + Send + 'static,
        tell: impl Fn(Told) + Send + 'static,
    ) -> io::Result<MailThread> {
        let (orders, given) = sync_channel(ORDERS);
        let shell = Shell { orders: given, copied, clock, tell };
        let join = thread::Builder::new().name("mail".into()).spawn(move || shell.run(open))?;
        Ok(MailThread { orders: MailOrders(orders), join })
    }
}

struct Shell<C, T> {
    orders: Receiver<Order>,
    copied: Consumer<Copied>,
    clock: C,
    tell: T,
}

impl<C: Fn() -> Stamp, T: Fn(Told)> Shell<C, T> {
    fn run(mut self, open: impl Fn() -> Result<MailDesk, MailError>) {
        let Some(mut desk) = self.opened(open) else { return };
        loop {
            let ended = self.work(&mut desk);
            while let Some(told) = desk.poll_told() {
                (self.tell)(told);
            }
            if ended {
                return;
            }
        }
    }

    /// Waits until there is a desk; nothing if nobody wants one any more.
    fn opened(&mut self, open: impl Fn() -> Result<MailDesk, MailError>) -> Option<MailDesk> {
        let mut refused = false;
        loop {
            match open() {
                Ok(desk) => {
                    if refused {
                        (self.tell)(Told::Control(MailTold::Disk { full: false }));
                    }
                    return Some(desk);
                }
                Err(error) => tracing::error!(%error, "no messages are taken"),
            }
            if !std::mem::replace(&mut refused, true) {
                (self.tell)(Told::Control(MailTold::Disk { full: true }));
            }
            match self.orders.recv_timeout(RETRY) {
                Ok(order) => refusal(order).into_iter().for_each(|told| (self.tell)(Told::Control(told))),
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Takes what is there, and naps. Whether nobody gives orders any more.
    fn work(&mut self, desk: &mut MailDesk) -> bool {
        while let Ok(copied) = self.copied.pop() {
            // The order for a message was given before its first tick was said.
            if !desk.takes(copied.message) {
                self.take_orders(desk);
            }
            desk.take((self.clock)(), &copied);
        }
        desk.step((self.clock)());
        let nap = if desk.is_taking() { NAP } else { IDLE };
        match self.orders.recv_timeout(nap) {
            Ok(order) => desk.handle_order((self.clock)(), order),
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => return true,
        }
        false
    }

    fn take_orders(&mut self, desk: &mut MailDesk) {
        while let Ok(order) = self.orders.try_recv() {
            desk.handle_order((self.clock)(), order);
        }
    }
}

/// What call control is told of an order that nobody carries out.
fn refusal(order: Order) -> Option<MailTold> {
    match order {
        Order::Of(MailOrder::Take { message, .. }) => Some(MailTold::Broken(message)),
        Order::Of(MailOrder::Play { lane, play, .. }) => Some(MailTold::NotPlayed { lane, play }),
        Order::Of(MailOrder::Done { .. } | MailOrder::Heard(_) | MailOrder::Delete(_)) | Order::Days(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use call::MailRow;
    use frame::{BootNo, CallId, LaneId, Law, LifeNo, MessageId, OCTETS_PER_TICK, Tick, Time, Utc};
    use rtrb::RingBuffer;
    use vault::Seeded;

    use super::*;
    use crate::recorder::MemoryStore;

    const ID: MessageId = MessageId::new(LifeNo(1), 1);

    fn now() -> Stamp {
        Stamp { boot: BootNo(1), time: Time::ZERO, utc: Utc::from_us(1_795_392_000_000_000) }
    }

    #[test]
    fn what_is_said_before_the_thread_has_seen_the_order_for_it_is_part_of_the_message() {
        let files = MemoryStore::new();
        let (mut copied, from_media) = RingBuffer::new(256);
        let (tell, told) = channel();
        let store = files.clone();
        let open = move || MailDesk::open(Box::new(store.clone()), Box::new(Seeded::new(1)), 30);
        let thread = MailThread::start(open, from_media, now, move |of| _ = tell.send(of)).unwrap();
        let lane = LaneId::default();
        let call = CallId::new(LifeNo(1), 2);
        let take = MailOrder::Take { message: ID, call, extension: "802".into(), number: None, lane, sound_ms: 1000 };
        assert_eq!(thread.orders.give(Order::Of(take)), None);
        for tick in 0..150 {
            let octets = [0x2a; OCTETS_PER_TICK];
            copied.push(Copied { message: ID, tick: Tick(tick), law: Law::A, octets }).unwrap();
        }
        let until = |wanted: &MailTold| {
            let patience = Duration::from_secs(20);
            while !matches!(told.recv_timeout(patience).expect("it is told"), Told::Control(of) if of == *wanted) {}
        };
        until(&MailTold::Sounded(ID));
        let done = MailOrder::Done { message: ID, lane: None, keep: true };
        assert_eq!(thread.orders.give(Order::Of(done)), None);
        let messages = vec![MailRow { message: ID, new: true }];
        until(&MailTold::Box { extension: "802".into(), messages });
        drop(thread.orders);
        thread.join.join().unwrap();
        assert!(files.octets_in_all() > 12_000);
    }
}
