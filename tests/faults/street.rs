//! The outside of a running box: the simulated cards with their exchange, held in a thread of the test.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use frame::{LaneId, Law, SpanId};
use isdn::Cause;
use settings::Board;
use sim::{Act, CallNews, ExchangeAct, Operator, OperatorEvent, OutsideCall, Say, Told, World, shell};

pub const SPAN: SpanId = SpanId(0);

/// How long anything outside may take. A time-out, not a promise.
const PATIENCE: Duration = Duration::from_secs(30);

/// The outside.
pub struct Street {
    /// The socket that the box attaches to.
    pub lines: PathBuf,
    acts: Sender<Operator>,
    news: Receiver<OperatorEvent>,
    told: Vec<OperatorEvent>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Street {
    /// The outside of a board.
    pub fn of(board: &Board) -> Street {
        let folder = tempfile::tempdir().unwrap();
        let lines = folder.path().join("lines");
        let sockets = shell::Sockets { lines: lines.clone(), peers: Vec::new() };
        let (acts, port) = mpsc::channel();
        let (tell, news) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (world, stopped) = (World::new(board, &[], 7), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let operator = shell::OperatorPort { acts: port, told: tell };
            shell::serve(world, &sockets, operator, &stopped).unwrap();
        });
        let (told, thread) = (Vec::new(), Some(thread));
        Street { lines, acts, news, told, stop, thread, _folder: folder }
    }

    /// Does something.
    pub fn operate(&self, operator: Operator) {
        self.acts.send(operator).unwrap();
    }

    /// Waits for something to be told that was not told before `from`.
    pub fn until<T>(&mut self, what: &str, from: usize, find: impl Fn(&Told) -> Option<T>) -> T {
        let limit = Instant::now() + PATIENCE;
        loop {
            self.told.extend(self.news.try_iter());
            if let Some(found) = self.told[from.min(self.told.len())..].iter().find_map(|event| find(&event.told)) {
                return found;
            }
            assert!(Instant::now() < limit, "not in time: {what}; told: {:?}", self.told);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// How much was told so far.
    pub fn mark(&mut self) -> usize {
        self.told.extend(self.news.try_iter());
        self.told.len()
    }

    /// Waits for the exchange's data link to the box.
    pub fn until_link(&mut self) {
        self.until_link_since(0);
    }

    /// Waits for it to come up after `from` was told.
    pub fn until_link_since(&mut self, from: usize) {
        self.until("the data link is up", from, |told| matches!(told, Told::Link { up: true, .. }).then_some(()));
    }

    /// Someone outside dials, and the box answers; the caller's lane.
    pub fn call(&mut self, call: u32, to: &str) -> LaneId {
        let lane = self.ring(call, to);
        self.until_answered(call);
        lane
    }

    /// Waits until the box answers a call.
    pub fn until_answered(&mut self, call: u32) {
        self.until_news("the box answers", call, |news| matches!(news, CallNews::Answered).then_some(()));
    }

    /// Waits until a call is over.
    pub fn until_over(&mut self, call: u32) {
        self.until_news("the call is over", call, |news| matches!(news, CallNews::Over { .. }).then_some(()));
    }

    /// Whether a call is over.
    pub fn is_over(&mut self, call: u32) -> bool {
        self.told.extend(self.news.try_iter());
        let is_end = |event: &OperatorEvent| match &event.told {
            Told::Call(told) => told.call == OutsideCall(call) && matches!(told.news, CallNews::Over { .. }),
            _ => false,
        };
        self.told.iter().any(is_end)
    }

    /// The party on a lane says one octet from now on.
    pub fn says(&self, lane: LaneId, octet: u8) {
        let say = Say::Clip { octets: vec![octet; 8000].into(), law: Law::A, repeat: true };
        self.operate(Operator::Party(lane, Act::Say(say)));
    }

    /// Someone outside dials; the caller's lane.
    pub fn ring(&mut self, call: u32, to: &str) -> LaneId {
        let from = Some("13800138000".parse().unwrap());
        let act = ExchangeAct::Place { call: OutsideCall(call), from, to: to.parse().unwrap() };
        self.operate(Operator::Exchange(SPAN, act));
        self.until_news("the call has a channel", call, |news| match news {
            CallNews::Placed { lane } => Some(*lane),
            _ => None,
        })
    }

    /// Waits for news of a call.
    pub fn until_news<T>(&mut self, what: &str, call: u32, find: impl Fn(&CallNews) -> Option<T>) -> T {
        self.until(what, 0, |told| match told {
            Told::Call(told) if told.call == OutsideCall(call) => find(&told.news),
            _ => None,
        })
    }

    /// The caller hangs up, and the network has taken the call down.
    pub fn hang_up(&mut self, call: u32) {
        let act = ExchangeAct::Clear { call: OutsideCall(call), cause: Cause::NormalClearing };
        self.operate(Operator::Exchange(SPAN, act));
        self.until_over(call);
    }

    /// What the party on a lane hears within a time.
    pub fn hears(&mut self, lane: LaneId, time: Duration) -> Vec<u8> {
        let from = self.mark();
        self.operate(Operator::Party(lane, Act::Listen));
        thread::sleep(time);
        self.operate(Operator::Party(lane, Act::TakeHeard));
        self.until("what was heard", from, |told| match told {
            Told::Heard { lane: of, octets } if *of == lane => Some(octets.clone()),
            _ => None,
        })
    }

    /// Waits until the party on a lane hears nothing but one octet for a quarter of a second.
    pub fn until_hears(&mut self, what: &str, lane: LaneId, octet: u8) {
        let limit = Instant::now() + PATIENCE;
        loop {
            let heard = self.hears(lane, Duration::from_millis(250));
            if heard.len() > 800 && heard.iter().all(|&of| of == octet) {
                return;
            }
            assert!(Instant::now() < limit, "not heard in time: {what}; heard at last: {:02x?}", heard.get(..8));
        }
    }
}

impl Drop for Street {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in it was printed; a second one here would hide the test's.
            let _ = thread.join();
        }
    }
}
