//! Devices of the test: present, missing, pulled, too slow, and with crystals that differ.

use std::{cell::RefCell, rc::Rc};

use rtrb::RingBuffer;

use super::*;
use crate::device::{DEVICE_BLOCKS, Samples};

/// What a hand and a crystal do to the device.
#[derive(Default)]
struct Bench {
    /// How it is when it is opened.
    absent: Option<DeviceState>,
    /// What the next take or put fails with.
    fails: Option<Lost>,
    /// What was captured and not taken.
    captured: Vec<i16>,
    /// What waits to be heard, and what was.
    waiting: usize,
    played: Vec<i16>,
    opened: usize,
}

type Shared = Rc<RefCell<Bench>>;

struct Fake {
    bench: Shared,
    hears: bool,
    plays: bool,
}

struct Side(Shared);

impl Device for Fake {
    fn open(&mut self) -> Result<Opened, DeviceState> {
        if let Some(state) = self.bench.borrow().absent {
            return Err(state);
        }
        let mut bench = self.bench.borrow_mut();
        (bench.opened, bench.waiting) = (bench.opened + 1, PREFILL_BLOCKS);
        let side = || Side(Rc::clone(&self.bench));
        Ok(Opened {
            capture: self.hears.then(|| Box::new(side()) as Box<dyn Capture>),
            playback: self.plays.then(|| Box::new(side()) as Box<dyn Playback>),
        })
    }
}

impl Capture for Side {
    fn has_clock(&self) -> bool {
        true
    }

    fn wait(&mut self, _limit: Duration) {}

    fn take(&mut self) -> Result<Option<Samples>, Lost> {
        let mut bench = self.0.borrow_mut();
        match bench.fails.take() {
            Some(lost) => Err(lost),
            None if bench.captured.is_empty() => Ok(None),
            None => Ok(Some([bench.captured.remove(0); OCTETS_PER_TICK])),
        }
    }
}

impl Playback for Side {
    fn has_clock(&self) -> bool {
        true
    }

    fn waiting(&mut self) -> Result<usize, Lost> {
        Ok(self.0.borrow().waiting)
    }

    fn put(&mut self, block: &Samples) -> Result<bool, Lost> {
        let mut bench = self.0.borrow_mut();
        if let Some(lost) = bench.fails.take() {
            bench.waiting = PREFILL_BLOCKS;
            return Err(lost);
        }
        if bench.waiting == DEVICE_BLOCKS {
            return Ok(false);
        }
        bench.waiting += 1;
        bench.played.push(block[0]);
        Ok(true)
    }
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Relaxed)
}

/// An engine with the box's ends of its rings.
struct Rig {
    bench: Shared,
    engine: Engine<Fake>,
    to_box: Consumer<Octets>,
    from_box: Producer<Octets>,
    events: Consumer<LineEvent>,
    counters: Arc<Counters>,
    now_ms: u64,
}

impl Rig {
    fn new(hears: bool, plays: bool) -> Rig {
        let bench = Shared::default();
        let (to_box, box_end) = RingBuffer::new(8);
        let (box_write, from_box) = RingBuffer::new(8);
        let (tell, events) = RingBuffer::new(64);
        let counters = Arc::new(Counters::default());
        let (wake, law) = (Wake::new().unwrap(), Law::A);
        let parts =
            Parts { span: SpanId(7), law, to_box, from_box, events: tell, wake, counters: Arc::clone(&counters) };
        let engine = Engine::new(Fake { bench: Rc::clone(&bench), hears, plays }, parts);
        Rig { bench, engine, to_box: box_end, from_box: box_write, events, counters, now_ms: 0 }
    }

    fn turn(&mut self) {
        self.engine.turn(Time::from_ms(self.now_ms));
    }

    /// Turns for so long, every 5 ms.
    fn turns(&mut self, ms: u64) {
        for _ in 0..ms / 5 {
            self.now_ms += 5;
            self.turn();
        }
    }

    fn told(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.events.pop().ok()).map(|event| event.event).collect()
    }

    fn blocks(&mut self) -> Vec<u8> {
        std::iter::from_fn(|| self.to_box.pop().ok()).map(|octets| octets[0]).collect()
    }

    fn say(&mut self, octet: u8) {
        self.from_box.push([octet; OCTETS_PER_TICK]).unwrap();
    }
}

#[test]
fn what_is_captured_reaches_the_box_and_what_the_box_says_is_played() {
    let mut rig = Rig::new(true, true);
    rig.bench.borrow_mut().captured = vec![1000, -1000];
    rig.say(0x55);
    rig.turn();
    assert_eq!(rig.told(), [Event::Device(DeviceState::There)]);
    assert_eq!(rig.blocks(), [1000, -1000].map(|sample| codec::encode(Law::A, sample)));
    assert_eq!(rig.bench.borrow().played, [codec::decode(Law::A, 0x55)]);
}

#[test]
fn a_device_that_is_missing_is_told_once_and_comes_back_by_itself() {
    let mut rig = Rig::new(true, true);
    rig.bench.borrow_mut().absent = Some(DeviceState::Missing);
    rig.turns(3000);
    assert_eq!(rig.told(), [Event::Device(DeviceState::Missing)], "once in three seconds");
    rig.bench.borrow_mut().absent = Some(DeviceState::Busy);
    rig.turns(1000);
    rig.bench.borrow_mut().absent = None;
    rig.turns(1000);
    assert_eq!(rig.told(), [DeviceState::Busy, DeviceState::There].map(Event::Device));
}

#[test]
fn a_device_that_is_pulled_is_opened_again_and_plays_nothing_old() {
    let mut rig = Rig::new(true, true);
    rig.turn();
    rig.bench.borrow_mut().fails = Some(Lost::Device(DeviceState::Missing));
    rig.bench.borrow_mut().absent = Some(DeviceState::Missing);
    rig.turns(5);
    rig.say(0x11);
    rig.turns(500);
    rig.bench.borrow_mut().absent = None;
    rig.turns(1000);
    assert_eq!(rig.told(), [DeviceState::There, DeviceState::Missing, DeviceState::There].map(Event::Device));
    assert_eq!(rig.bench.borrow().opened, 2);
    assert_eq!(rig.bench.borrow().played, [], "what was said meanwhile is old");
}

#[test]
fn what_runs_over_or_dry_is_counted_and_goes_on() {
    let mut rig = Rig::new(true, true);
    rig.turn();
    rig.bench.borrow_mut().fails = Some(Lost::Blocks);
    rig.turns(5);
    rig.bench.borrow_mut().captured = vec![5];
    rig.turns(5);
    assert_eq!((count(&rig.counters.overruns), rig.blocks().len()), (1, 1), "an overrun, and the next block");
    let mut rig = Rig::new(false, true);
    rig.turn();
    rig.bench.borrow_mut().fails = Some(Lost::Blocks);
    rig.say(0x55);
    rig.turns(5);
    rig.say(0x54);
    rig.turns(5);
    assert_eq!((count(&rig.counters.underruns), rig.bench.borrow().played.len()), (1, 1));
    assert_eq!(rig.told(), [Event::Device(DeviceState::There), Event::Slip]);
}

#[test]
fn a_box_that_does_not_read_loses_blocks_that_are_counted() {
    let mut rig = Rig::new(true, true);
    rig.bench.borrow_mut().captured = vec![1; 20];
    rig.turn();
    assert_eq!((rig.blocks().len(), count(&rig.counters.overruns)), (8, 12));
}

#[test]
fn a_device_that_plays_too_slowly_grows_no_delay() {
    let mut rig = Rig::new(true, true);
    for _ in 0..20 {
        rig.say(0x55);
        rig.turns(5);
    }
    assert_eq!(rig.bench.borrow().waiting, DEVICE_BLOCKS);
    assert_eq!(count(&rig.counters.slips), 20 - (DEVICE_BLOCKS - PREFILL_BLOCKS) as u64);
}

#[test]
fn a_loudspeaker_tells_its_clock_by_what_it_has_played() {
    let mut rig = Rig::new(false, true);
    rig.turn();
    assert_eq!(rig.blocks(), [], "it begins prefilled");
    rig.bench.borrow_mut().waiting -= 1;
    rig.turns(15);
    assert_eq!(rig.blocks(), [Law::A.silence()], "one block was heard, told once");
    rig.say(0x55);
    rig.turns(15);
    assert_eq!((rig.blocks().len(), rig.bench.borrow().waiting), (0, PREFILL_BLOCKS));
}

#[test]
fn a_loudspeaker_that_ran_dry_tells_its_clock_again() {
    let mut rig = Rig::new(false, true);
    rig.turn();
    rig.bench.borrow_mut().waiting = PREFILL_BLOCKS - 2;
    rig.turns(5);
    assert_eq!(rig.blocks().len(), 2);
    // The box answers one of them, and too late.
    rig.bench.borrow_mut().fails = Some(Lost::Blocks);
    rig.say(0x55);
    rig.turns(5);
    rig.bench.borrow_mut().waiting = PREFILL_BLOCKS - 1;
    rig.turns(5);
    assert_eq!(rig.blocks().len(), 1, "nothing is owed from before");
}

#[test]
fn a_line_in_takes_nothing_to_play() {
    let mut rig = Rig::new(true, false);
    rig.say(0x55);
    rig.turn();
    assert_eq!((count(&rig.counters.slips), rig.bench.borrow().played.len()), (0, 0));
}
