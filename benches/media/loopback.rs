//! A line card without a line: it hands prepared voices to the media thread and drops what it gets.
//!
//! Reading is one copy of 2,560 octets a span and tick, writing is nothing, so that what is measured is the box. Like a
//! card it gives the clock: its first one sleeps until the next 10 ms. The line's events come from the simulated world.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use frame::{LANES, OCTETS_PER_TICK, Octets, SpanTick, TICK, Time};
use line::{Audio, Block, LineEvent, Ready, SpanInfo};
use os::Clock;
use sim::direct::DirectAudio;

use crate::usage;

/// One tick of all timeslots of a span.
type Lanes = [Octets; LANES];

/// Voices, cut into ticks ahead: every timeslot says something else.
pub struct Voices(Vec<Lanes>);

impl Voices {
    /// `ticks` ticks of `voice`, which repeats; the timeslots begin at places of it that lie evenly apart.
    pub fn new(voice: &[u8], ticks: usize) -> Voices {
        let octet = |tick: usize, timeslot: usize, at: usize| {
            voice[(tick * OCTETS_PER_TICK + timeslot * voice.len() / LANES + at) % voice.len()]
        };
        let lanes = |tick| std::array::from_fn(|slot| std::array::from_fn(|at| octet(tick, slot, at)));
        Voices((0..ticks).map(lanes).collect())
    }

    /// One tick; each span is at another place.
    fn block(&self, span: usize, tick: usize) -> &Lanes {
        &self.0[(tick + span * 61) % self.0.len()]
    }
}

/// What each tick of the media thread cost.
pub struct TickCosts {
    us: Vec<AtomicU32>,
    count: AtomicUsize,
}

impl TickCosts {
    /// Room for `ticks`; later ones are not kept.
    pub fn new(ticks: usize) -> TickCosts {
        TickCosts { us: (0..ticks).map(|_| AtomicU32::new(0)).collect(), count: AtomicUsize::new(0) }
    }

    /// Ticks so far.
    pub fn count(&self) -> usize {
        self.count.load(Relaxed).min(self.us.len())
    }

    /// The costs of a range of ticks, in µs, the cheapest first.
    pub fn sorted(&self, from: usize, to: usize) -> Vec<u32> {
        let mut costs: Vec<u32> = self.us[from..to].iter().map(|cost| cost.load(Relaxed)).collect();
        costs.sort_unstable();
        costs
    }

    fn push(&self, us: u32) {
        if let Some(place) = self.us.get(self.count.fetch_add(1, Relaxed)) {
            place.store(us, Relaxed);
        }
    }
}

/// The audio half of such a card.
pub struct Loopback {
    line: DirectAudio,
    voices: Arc<Voices>,
    costs: Arc<TickCosts>,
    /// Ticks read, of each span.
    read: Vec<usize>,
    due: Option<Time>,
    /// The media thread's processor time when it went to work, and on how many ticks.
    working: Option<(Duration, u8)>,
}

impl Loopback {
    /// A card with the spans and events of `line`.
    pub fn new(line: DirectAudio, voices: Arc<Voices>, costs: Arc<TickCosts>) -> Loopback {
        let read = vec![0; line.spans().len()];
        Loopback { line, voices, costs, read, due: None, working: None }
    }

    /// Books what the ticks since the last wait cost.
    fn book(&mut self) {
        if let Some((before, ticks)) = self.working.take() {
            let each = (usage::thread_cpu() - before) / u32::from(ticks);
            (0..ticks).for_each(|_| self.costs.push(each.as_micros() as u32));
        }
    }
}

impl Audio for Loopback {
    fn spans(&self) -> &[SpanInfo] {
        self.line.spans()
    }

    fn wait(&mut self, _deadline: Time) -> Ready {
        self.book();
        let due = self.due.unwrap_or_else(|| Clock.now()) + TICK;
        thread::sleep(due.since(Clock.now()));
        let late = Clock.now().since(due).as_micros() / TICK.as_micros();
        let blocks = u8::try_from(1 + late).unwrap_or(u8::MAX);
        self.due = Some(due + TICK * u32::from(blocks - 1));
        self.working = Some((usage::thread_cpu(), blocks));
        Ready::Blocks { blocks }
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        let Some(index) = self.spans().iter().position(|info| info.span == tick.span) else { return Block::Missing };
        tick.rx = *self.voices.block(usize::from(tick.span.0), self.read[index]);
        self.read[index] += 1;
        Block::Fresh
    }

    fn write(&mut self, _tick: &SpanTick) {}

    fn ahead_ticks(&self) -> usize {
        self.line.ahead_ticks()
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        self.line.poll_event()
    }
}
