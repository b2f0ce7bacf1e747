//! The thread of the messages: a shell around [`MailDesk`].

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use call::{MailOrder, MailTold};
use frame::{LaneId, Stamp};
use rtrb::Consumer;

use super::desk::{MailDesk, MailError, Order, Told};
use crate::media::Copied;

/// So many orders may wait before no new message is taken or played. Those that end, hear or delete one always find room:
/// there are no more of them than messages.
const ORDERS: usize = 512;

/// So many ticks are taken before what comes of them is told, however slow the disk is.
const TICKS: usize = 256;

/// How long the thread naps while somebody leaves a message, and else.
const NAP: Duration = Duration::from_millis(20);
const IDLE: Duration = Duration::from_secs(10);

/// How long it waits before it reads a disk again that refused.
const RETRY: Duration = Duration::from_secs(5);

/// Where orders go.
#[derive(Clone, Debug)]
pub struct MailOrders {
    to: Sender<Order>,
    waiting: Arc<AtomicUsize>,
}

impl MailOrders {
    /// Orders that a test takes.
    #[cfg(test)]
    pub(crate) fn to(to: Sender<Order>) -> MailOrders {
        MailOrders { to, waiting: Arc::default() }
    }

    /// Gives an order. What call control is to be told where the thread does not take it: its disk hangs, or it is gone.
    pub fn give(&self, order: Order) -> Option<MailTold> {
        if may_be_refused(&order) && self.waiting.load(Relaxed) >= ORDERS {
            tracing::error!("who keeps the messages is too far behind for another one");
            return refusal(order);
        }
        self.waiting.fetch_add(1, Relaxed);
        match self.to.send(order) {
            Ok(()) => None,
            Err(not_sent) => refusal(not_sent.0),
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
        let (to, given) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let (taken, orders) = (VecDeque::new(), given);
        let mut shell = Shell { orders, taken, waiting: Arc::clone(&waiting), copied, clock, tell };
        let join = thread::Builder::new().name("mail".into()).spawn(move || shell.run_to_the_end(open))?;
        Ok(MailThread { orders: MailOrders { to, waiting }, join })
    }
}

struct Shell<C, T> {
    orders: Receiver<Order>,
    /// Orders that were taken from there and are to be carried out, so that what comes behind one is seen.
    taken: VecDeque<Order>,
    waiting: Arc<AtomicUsize>,
    copied: Consumer<Copied>,
    clock: C,
    tell: T,
}

impl<C: Fn() -> Stamp, T: Fn(Told)> Shell<C, T> {
    /// Runs, and tells where that ended by a fault of ours: callers are to find no box then, and somebody is to know.
    fn run_to_the_end(&mut self, open: impl Fn() -> Result<MailDesk, MailError>) {
        if catch_unwind(AssertUnwindSafe(|| self.run(open))).is_err() {
            tracing::error!("the thread that keeps messages has died");
            (self.tell)(Told::Control(MailTold::Dead));
        }
    }

    fn run(&mut self, open: impl Fn() -> Result<MailDesk, MailError>) {
        let Some(mut desk) = self.opened(open) else { return };
        loop {
            for _ in 0..TICKS {
                let Ok(copied) = self.copied.pop() else { break };
                self.take(&mut desk, &copied);
            }
            desk.step((self.clock)());
            self.tell(&mut desk);
            let nap = match (self.copied.is_empty(), desk.is_taking()) {
                (false, _) => Duration::ZERO,
                (true, true) => NAP,
                (true, false) => IDLE,
            };
            match self.next(nap) {
                Ok(order) => self.carry_out(&mut desk, order),
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.tell(&mut desk);
        }
    }

    fn next(&mut self, nap: Duration) -> Result<Order, RecvTimeoutError> {
        self.taken.extend(self.orders.try_iter());
        match self.taken.pop_front() {
            Some(order) => Ok(order),
            None => self.orders.recv_timeout(nap),
        }
    }

    fn tell(&self, desk: &mut MailDesk) {
        while let Some(told) = desk.poll_told() {
            (self.tell)(told);
        }
    }

    /// Waits until there is a desk; nothing if nobody wants one any more.
    fn opened(&mut self, open: impl Fn() -> Result<MailDesk, MailError>) -> Option<MailDesk> {
        let (mut refused, mut days, mut right, mut people) = (None, None, None, None);
        loop {
            let wrong = match open() {
                Ok(mut desk) => {
                    let known = [days.map(Order::Days), right.map(Order::Right), people.map(Order::People)];
                    known.into_iter().flatten().for_each(|order| desk.handle_order((self.clock)(), order));
                    refused.into_iter().for_each(|wrong| (self.tell)(told_of(wrong, false)));
                    return Some(desk);
                }
                Err(error) => {
                    let wrong = Wrong::of(&error);
                    if refused != Some(wrong) {
                        tracing::error!(%error, "no messages are taken");
                    }
                    wrong
                }
            };
            if refused != Some(wrong) {
                refused.into_iter().for_each(|before| (self.tell)(told_of(before, false)));
                (self.tell)(told_of(wrong, true));
                refused = Some(wrong);
            }
            match self.orders.recv_timeout(RETRY) {
                // What the settings and the clock say meanwhile holds once there is one.
                Ok(Order::Days(now)) => {
                    self.waiting.fetch_sub(1, Relaxed);
                    days = Some(now);
                }
                Ok(Order::People(now)) => {
                    self.waiting.fetch_sub(1, Relaxed);
                    people = Some(now);
                }
                Ok(Order::Right(at)) => {
                    self.waiting.fetch_sub(1, Relaxed);
                    right = Some(at);
                }
                Ok(order) => self.refuse(order).into_iter().for_each(|told| (self.tell)(Told::Control(told))),
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn refuse(&self, order: Order) -> Option<MailTold> {
        self.waiting.fetch_sub(1, Relaxed);
        refusal(order)
    }

    /// Takes a tick. The order for its message was given before it was said.
    fn take(&mut self, desk: &mut MailDesk, copied: &Copied) {
        while !desk.knows(copied.message) {
            // Others that end before that order was given have nothing more in the ring.
            let Ok(order) = self.next(Duration::ZERO) else { break };
            self.give(desk, order);
        }
        desk.take((self.clock)(), copied);
    }

    /// Carries out an order; the end of a message, after all that was said before it.
    fn carry_out(&mut self, desk: &mut MailDesk, order: Order) {
        if matches!(order, Order::Of(MailOrder::Done { .. })) {
            for _ in 0..self.copied.slots() {
                let Ok(copied) = self.copied.pop() else { break };
                self.take(desk, &copied);
            }
        }
        self.give(desk, order);
    }

    fn give(&mut self, desk: &mut MailDesk, order: Order) {
        self.waiting.fetch_sub(1, Relaxed);
        self.taken.extend(self.orders.try_iter());
        // Who has pressed a key again hears the last: to read the others would keep what is being left from the disk.
        if lane_of(&order).is_some_and(|lane| self.taken.iter().any(|behind| lane_of(behind) == Some(lane))) {
            return;
        }
        desk.handle_order((self.clock)(), order);
    }
}

/// Why there is no desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Disk,
    Key,
}

impl Wrong {
    fn of(error: &MailError) -> Wrong {
        match error {
            MailError::Disk(_) => Wrong::Disk,
            MailError::Key => Wrong::Key,
        }
    }
}

fn told_of(wrong: Wrong, is_so: bool) -> Told {
    match wrong {
        Wrong::Disk => Told::Control(MailTold::Disk { full: is_so }),
        Wrong::Key => Told::Control(MailTold::Key { damaged: is_so }),
    }
}

/// To whom a message is to be played.
fn lane_of(order: &Order) -> Option<LaneId> {
    match order {
        Order::Of(MailOrder::Play { lane, .. }) => Some(*lane),
        _ => None,
    }
}

fn may_be_refused(order: &Order) -> bool {
    matches!(order, Order::Of(MailOrder::Take { .. } | MailOrder::Play { .. }))
}

/// What call control is told of an order that nobody carries out.
fn refusal(order: Order) -> Option<MailTold> {
    match order {
        Order::Of(MailOrder::Take { message, .. }) => Some(MailTold::Broken(message)),
        Order::Of(MailOrder::Play { lane, play, .. }) => Some(MailTold::NotPlayed { lane, play }),
        Order::Of(MailOrder::Done { message, .. }) => Some(MailTold::Nothing(message)),
        Order::Of(MailOrder::Keep(message)) => Some(MailTold::NotKept(message)),
        Order::Of(MailOrder::Heard(_) | MailOrder::Delete(_) | MailOrder::Drop { .. }) => None,
        Order::Days(_) | Order::People(_) | Order::Right(_) | Order::Logged(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use call::MailKind;
    use frame::{BootNo, CallId, Law, LifeNo, MessageId, OCTETS_PER_TICK, PersonId, Tick, Time, Utc};
    use rtrb::RingBuffer;
    use vault::Seeded;

    use super::*;
    use crate::recorder::{MemoryStore, Store};

    const ID: MessageId = MessageId::new(LifeNo(1), 1);

    fn now() -> Stamp {
        Stamp { boot: BootNo(1), time: Time::ZERO, utc: Utc::from_us(1_795_392_000_000_000) }
    }

    #[test]
    fn boxes_are_told_before_anything_is_wanted_of_them() {
        let files = MemoryStore::new();
        let (_copied, from_media) = RingBuffer::new(1);
        let (tell, told) = channel();
        let open = move || MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(1)), 30);
        let thread = MailThread::start(open, from_media, now, move |of| _ = tell.send(of)).unwrap();
        let first = told.recv_timeout(IDLE / 2).expect("it is told at once");
        assert!(matches!(first, Told::Control(MailTold::Ready)));
        drop(thread.orders);
        thread.join.join().unwrap();
    }

    /// A disk that takes so long that something happens meanwhile.
    struct Slow {
        files: MemoryStore,
        meanwhile: Arc<dyn Fn() + Send + Sync>,
    }

    impl Slow {
        fn opens(meanwhile: impl Fn() + Send + Sync + 'static) -> impl Fn() -> Result<MailDesk, MailError> + Send {
            let meanwhile: Arc<dyn Fn() + Send + Sync> = Arc::new(meanwhile);
            move || {
                let store = Slow { files: MemoryStore::new(), meanwhile: Arc::clone(&meanwhile) };
                MailDesk::open(Box::new(store), Box::new(Seeded::new(1)), 30)
            }
        }
    }

    impl Store for Slow {
        fn octets(&self, name: &str) -> io::Result<Option<u64>> {
            self.files.octets(name)
        }

        fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
            self.files.read_at(name, offset, into)
        }

        fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
            self.files.write_at(name, offset, octets)
        }

        fn sync(&mut self, name: &str) -> io::Result<()> {
            (self.meanwhile)();
            self.files.sync(name)
        }

        fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
            self.files.truncate(name, octets)
        }

        fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
            self.files.rename(from, to)
        }

        fn remove(&mut self, name: &str) -> io::Result<()> {
            self.files.remove(name)
        }

        fn list(&self, dir: &str) -> io::Result<Vec<String>> {
            self.files.list(dir)
        }
    }

    #[test]
    fn a_disk_as_slow_as_what_is_said_keeps_no_order_and_no_end_from_its_turn() {
        let (to, from_media) = RingBuffer::new(256);
        let said = Arc::new(Mutex::new(Said { to: Some(to), ticks: 0, lost: 0 }));
        let (tell, told) = channel();
        // More than it makes durable: the ring is never empty, and overflows.
        let while_it_syncs = Arc::clone(&said);
        let open = Slow::opens(move || (0..120).for_each(|_| while_it_syncs.lock().unwrap().say()));
        let thread = MailThread::start(open, from_media, now, move |of| _ = tell.send(of)).unwrap();
        assert_eq!(thread.orders.give(take()), None);
        let play = |play| MailOrder::Play { message: ID, lane: LaneId::default(), play, before: vec![], after: vec![] };
        let next = || told.recv_timeout(Duration::from_secs(20)).expect("it is told");
        for no in 1.. {
            assert_eq!(thread.orders.give(Order::Of(play(no))), None);
            while !matches!(next(), Told::Control(MailTold::NotPlayed { play, .. }) if play == no) {}
            if said.lock().unwrap().lost > 100 {
                break;
            }
        }
        let Said { ticks, lost, .. } = said.lock().unwrap().ends();
        let done = MailOrder::Done { message: ID, lane: None, said_ms: ticks * 10 };
        assert_eq!(thread.orders.give(Order::Of(done)), None);
        let mut gap_ms = 0;
        let left_ms = loop {
            match next() {
                Told::Behind { ms, .. } => gap_ms += ms,
                Told::Control(MailTold::Left { ms, .. }) => break ms,
                told => assert!(!matches!(told, Told::Control(MailTold::Nothing(_))), "it is a message"),
            }
        };
        // The last ones may be lost: of those there is no silence.
        let at_end_ms = ticks * 10 - left_ms;
        assert!(gap_ms <= lost * 10 && gap_ms + 250 >= lost * 10, "{gap_ms} of {} ms", lost * 10);
        assert!(at_end_ms <= lost * 10, "{left_ms} of {} ms", ticks * 10);
        drop(thread.orders);
        thread.join.join().unwrap();
    }

    /// Somebody speaks, and the media thread copies it.
    struct Said {
        to: Option<rtrb::Producer<Copied>>,
        ticks: u32,
        lost: u32,
    }

    impl Said {
        fn say(&mut self) {
            let Some(to) = &mut self.to else { return };
            // What finds no room is lost, as in the box.
            self.lost += u32::from(to.push(tick(self.ticks.into())).is_err());
            self.ticks += 1;
        }

        fn ends(&mut self) -> Said {
            self.to = None;
            Said { to: None, ticks: self.ticks, lost: self.lost }
        }
    }

    #[test]
    fn a_thread_that_dies_says_so_and_refuses_what_comes_behind() {
        let (_copied, from_media) = RingBuffer::new(1);
        let (tell, told) = channel();
        let open = Slow::opens(|| panic!("a fault of ours"));
        let thread = MailThread::start(open, from_media, now, move |of| _ = tell.send(of)).unwrap();
        assert_eq!(thread.orders.give(take()), None);
        let next = || told.recv_timeout(Duration::from_secs(20)).expect("it is told");
        while !matches!(next(), Told::Control(MailTold::Dead)) {}
        thread.join.join().unwrap();
        assert_eq!(thread.orders.give(take()), Some(MailTold::Broken(ID)));
    }

    #[test]
    fn what_the_clock_and_the_settings_say_while_the_disk_refuses_holds_once_it_does_not() {
        const DAY_US: i64 = 86_400_000_000;
        let days_later = |days: i64| Stamp { utc: Utc::from_us(now().utc.as_us() + days * DAY_US), ..now() };
        // With 30 days it goes by the clock alone; with 10, by both.
        for (days, right) in [(None, days_later(31)), (Some(10), days_later(11))] {
            let files = MemoryStore::new();
            let desk = |files: &MemoryStore| MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(1)), 30);
            let mut before = desk(&files).unwrap();
            before.handle_order(now(), take());
            (0..150).for_each(|at| before.take(now(), &tick(at)));
            before.handle_order(now(), Order::Of(MailOrder::Done { message: ID, lane: None, said_ms: 1500 }));
            let (_copied, from_media) = RingBuffer::new(1);
            let (tell, told) = channel();
            let refuses = Arc::new(Mutex::new(true));
            let refused = Arc::clone(&refuses);
            let open = move || match *refused.lock().unwrap() {
                true => Err(MailError::Disk(io::ErrorKind::StorageFull.into())),
                false => desk(&files),
            };
            let thread = MailThread::start(open, from_media, now, move |of| _ = tell.send(of)).unwrap();
            let next = || told.recv_timeout(Duration::from_secs(20)).expect("it is told");
            assert!(matches!(next(), Told::Control(MailTold::Disk { full: true })));
            thread.orders.give(Order::Right(right));
            days.into_iter().for_each(|days| _ = thread.orders.give(Order::Days(days)));
            // They are given while it refuses.
            while thread.orders.waiting.load(Relaxed) > 0 {
                thread::yield_now();
            }
            *refuses.lock().unwrap() = false;
            while !matches!(next(), Told::Expired { message: ID, .. }) {}
            drop(thread.orders);
            thread.join.join().unwrap();
        }
    }

    #[test]
    fn of_several_plays_for_one_ear_only_the_last_is_read_and_one_for_another_ear_as_well() {
        let (_copied, from_media) = RingBuffer::new(1);
        let (tell, told) = channel();
        let (wait, over) = channel::<()>();
        let over = Mutex::new(over);
        let open = Slow::opens(move || _ = over.lock().unwrap().recv());
        let thread = MailThread::start(open, from_media, now, move |of| _ = tell.send(of)).unwrap();
        assert_eq!(thread.orders.give(take()), None);
        let other = LaneId { timeslot: frame::Timeslot(9), ..LaneId::default() };
        for (play, lane) in [(1, LaneId::default()), (2, LaneId::default()), (3, other), (4, LaneId::default())] {
            let play = MailOrder::Play { message: ID, lane, play, before: vec![], after: vec![] };
            assert_eq!(thread.orders.give(Order::Of(play)), None);
        }
        drop(wait);
        drop(thread.orders);
        thread.join.join().unwrap();
        let plays = told.try_iter().filter_map(|told| match told {
            Told::Control(MailTold::NotPlayed { play, .. }) => Some(play),
            _ => None,
        });
        assert_eq!(plays.collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn too_many_orders_refuse_a_new_message_and_lose_no_end_of_one() {
        let (to, _given) = channel();
        let orders = MailOrders { to, waiting: Arc::new(AtomicUsize::new(ORDERS)) };
        let play = MailOrder::Play { message: ID, lane: LaneId::default(), play: 3, before: vec![], after: vec![] };
        assert!(matches!(orders.give(Order::Of(play)), Some(MailTold::NotPlayed { play: 3, .. })));
        assert_eq!(orders.give(Order::Of(MailOrder::Done { message: ID, lane: None, said_ms: 0 })), None);
        assert_eq!(orders.give(Order::Of(MailOrder::Delete(ID))), None);
    }

    #[test]
    fn all_that_was_said_before_the_end_of_a_message_is_part_of_it_however_long_the_disk_took() {
        const SAID: u64 = TICKS as u64 + 44;
        let (mut copied, from_media) = RingBuffer::new(512);
        let (tell, told) = channel();
        // It takes nothing until all is said and the end was ordered, which is more than is taken at once.
        let (wait, over) = channel::<()>();
        let over = Mutex::new(over);
        let open = Slow::opens(move || _ = over.lock().unwrap().recv());
        let thread = MailThread::start(open, from_media, now, move |of| _ = tell.send(of)).unwrap();
        assert_eq!(thread.orders.give(take()), None);
        (0..SAID).for_each(|at| copied.push(tick(at)).unwrap());
        assert_eq!(thread.orders.give(Order::Of(MailOrder::Done { message: ID, lane: None, said_ms: 0 })), None);
        drop(wait);
        let until = |wanted: fn(&MailTold) -> bool| loop {
            match told.recv_timeout(Duration::from_secs(20)).expect("it is told") {
                Told::Control(of) if wanted(&of) => return of,
                _ => (),
            }
        };
        until(|of| *of == MailTold::Ready);
        let left = until(|of| matches!(of, MailTold::Left { .. } | MailTold::Nothing(_)));
        assert_eq!(left, MailTold::Left { message: ID, ms: SAID as u32 * 10 });
        drop(thread.orders);
        thread.join.join().unwrap();
    }

    fn take() -> Order {
        let (call, lane) = (CallId::new(LifeNo(1), 2), LaneId::default());
        let (extension, person, number) = ("802".to_owned(), PersonId(7), None);
        let kind = MailKind::Message;
        Order::Of(MailOrder::Take { message: ID, kind, call, extension, person, number, lane, sound_ms: 1000 })
    }

    fn tick(at: u64) -> Copied {
        Copied { message: ID, no: at as u32, tick: Tick(at), law: Law::A, octets: [0x2a; OCTETS_PER_TICK] }
    }
}
