//! The exchanges around the box: they place, answer and clear the calls over the D-channels of the simulated world.
//!
//! They run in a thread of their own, whose processor time is not the box's and is taken off. Their world makes no audio.

use std::{
    io,
    os::fd::{AsFd as _, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use frame::{CardSerial, SpanId, Time, Timeslot};
use line::{LineCommand, Signal, SignalInput};
use os::{Clock, Wake};
use settings::Board;
use sim::{
    CallNews, CallTold, ExchangeAct, FIRST_CALL_OF_BOX, Operator, OutsideCall, Told, World,
    direct::{Direct, DirectAudio, DirectSignal},
};

use crate::usage;

/// How long the exchanges sleep where nothing is due: their data links are supervised every 10 s.
const IDLE: Duration = Duration::from_secs(1);

/// What is seen of the outside.
#[derive(Debug, Default)]
pub struct Seen {
    /// Data links that are up.
    pub links: AtomicUsize,
    /// Calls into the box that were answered.
    pub answered: AtomicUsize,
    /// Calls into the box that are over or could not be placed.
    pub over: AtomicUsize,
    /// Processor time of the exchanges' thread, in µs.
    pub cpu_us: AtomicU64,
    stop: AtomicBool,
}

/// What wakes the exchanges.
enum Order {
    /// The box sent a frame.
    Frame,
    /// Something is to be done.
    Act(Operator),
}

/// The exchanges.
pub struct Outside {
    orders: Sender<Order>,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

/// A card's halves before they are dressed for the box.
pub type Opened = (DirectAudio, Wired);

impl Outside {
    /// The exchanges around a box of `board`, private ones behind the first `private` spans; and the cards, in its order.
    pub fn start(board: &Board, private: u16) -> io::Result<(Outside, Vec<Opened>)> {
        let mut world = World::new(board, &[], 1);
        for span in (0..private).map(SpanId) {
            assert!(world.private_exchange(span), "the first spans of the load board are E1");
        }
        let (orders, taken) = channel();
        let mut direct = Direct::new(world);
        let mut wakes = Vec::new();
        let mut open = |serial: CardSerial| {
            let (audio, signal) = direct.open(Clock.now(), serial).expect("the world has all cards of the board");
            let wake = Wake::new()?;
            wakes.push(wake.clone());
            Ok((audio, Wired { signal, wake, orders: orders.clone() }))
        };
        let cards = board.cards.iter().map(|card| open(card.serial)).collect::<io::Result<Vec<_>>>()?;
        let seen = Arc::new(Seen::default());
        let exchanges = Exchanges { direct, wakes, orders: taken, seen: Arc::clone(&seen) };
        let thread = thread::Builder::new().name("outside".into()).spawn(move || exchanges.run())?;
        Ok((Outside { orders, seen, thread: Some(thread) }, cards))
    }

    /// What was seen so far.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Lets an exchange do something.
    pub fn act(&self, span: u16, act: ExchangeAct) {
        self.send(Order::Act(Operator::Exchange(SpanId(span), act)));
    }

    fn send(&self, order: Order) {
        self.orders.send(order).expect("the exchanges run as long as this");
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.seen.stop.store(true, Relaxed);
        self.send(Order::Frame);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already told by the panic hook.
            let _ = thread.join();
        }
    }
}

struct Exchanges {
    direct: Direct,
    /// Of all cards.
    wakes: Vec<Wake>,
    orders: Receiver<Order>,
    seen: Arc<Seen>,
}

impl Exchanges {
    fn run(mut self) {
        while !self.seen.stop.load(Relaxed) {
            self.work();
            self.seen.cpu_us.store(usage::thread_cpu().as_micros() as u64, Relaxed);
            let due = self.direct.next_deadline().map(|due| due.since(Clock.now()));
            match self.orders.recv_timeout(due.unwrap_or(IDLE).min(IDLE)) {
                Ok(Order::Act(operator)) => self.direct.operate(Clock.now(), operator),
                Ok(Order::Frame) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn work(&mut self) {
        self.direct.pump(Clock.now());
        let told: Vec<Told> = self.direct.told().map(|event| event.told).collect();
        told.into_iter().for_each(|told| self.told(told));
        self.wakes.iter().for_each(Wake::wake);
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Link { up: true, .. } => _ = self.seen.links.fetch_add(1, Relaxed),
            Told::Link { up: false, .. } => _ = self.seen.links.fetch_sub(1, Relaxed),
            Told::Call(told) => self.call(told),
            _ => {}
        }
    }

    fn call(&mut self, CallTold { span, call, news }: CallTold) {
        let by_box = call >= FIRST_CALL_OF_BOX;
        match news {
            CallNews::Incoming { .. } => {
                self.direct.operate(Clock.now(), Operator::Exchange(span, ExchangeAct::Answer(call)));
            }
            CallNews::Answered if !by_box => _ = self.seen.answered.fetch_add(1, Relaxed),
            CallNews::Over { .. } | CallNews::Refused(_) if !by_box => _ = self.seen.over.fetch_add(1, Relaxed),
            _ => {}
        }
    }
}

/// The names of the calls into the box.
pub fn call(number: usize) -> OutsideCall {
    OutsideCall(number as u32)
}

/// A signal half that wakes whom it gives something to.
pub struct Wired {
    signal: DirectSignal,
    wake: Wake,
    orders: Sender<Order>,
}

impl Signal for Wired {
    fn readiness(&self) -> Option<BorrowedFd<'_>> {
        Some(self.wake.as_fd())
    }

    fn poll(&mut self) -> Option<SignalInput> {
        self.signal.poll().or_else(|| {
            // What comes after this wakes again; what came just before it is found now.
            self.wake.take();
            self.signal.poll()
        })
    }

    fn send_frame(&mut self, span: SpanId, octets: &[u8]) -> io::Result<()> {
        self.signal.send_frame(span, octets)?;
        // Where the exchanges are gone the bench is over.
        let _ = self.orders.send(Order::Frame);
        Ok(())
    }

    fn command(&mut self, span: SpanId, timeslot: Timeslot, command: LineCommand) -> io::Result<()> {
        self.signal.command(span, timeslot, command)
    }
}

/// The time until which something is waited for.
pub fn within(seconds: u64) -> Time {
    Clock.now() + Duration::from_secs(seconds)
}
