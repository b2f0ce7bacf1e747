//! One tick of the whole box: read all spans, switch, write all, hand on to the sealer.
//!
//! Owns the cards' audio halves and every `SpanTick`. No clock: [`super::thread`] waits, tests just call.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use frame::{LaneId, SpanTick, Tick, Time};
use line::{Audio, Block, Event, Ready, SpanInfo};
use os::Wake;
use rtrb::{Consumer, Producer};

use super::{
    command::{MediaCommand, MediaEvent},
    copies::Copied,
    levels::Levels,
    switch::Switch,
};

/// Waiting blocks that are worked off at once; beyond this the thread is too late and starts anew (design/media.md).
pub const LATE_BLOCKS_MAX: u8 = 8;

/// How many blocks in a row a master must bring before the clock is its own again: a second, so that a loose cable does
/// not make the clock jump with every contact.
const STEADY_BLOCKS: u32 = 100;

/// Commands and events that fit between control and media: each lane of the largest box may change twice a tick.
pub const RING_MESSAGES: usize = 2048;

/// The way to the sealer: full ticks go, empty ones come back.
pub struct SealerPort {
    /// Ticks for the sealer.
    pub full: Producer<Box<SpanTick>>,
    /// Ticks that it has read.
    pub empty: Consumer<Box<SpanTick>>,
}

/// What the media thread counts. Read by anyone, written by it alone.
#[derive(Debug, Default)]
pub struct Counters {
    /// Ticks worked.
    pub ticks: AtomicU64,
    /// Blocks that a span did not bring in time.
    pub missing_blocks: AtomicU64,
    /// Ticks of a span that the recorder could not take.
    pub ticks_not_recorded: AtomicU64,
    /// Ticks of messages that the thread that keeps them did not take in time.
    pub message_ticks_lost: AtomicU64,
    /// Events that control did not take in time.
    pub events_lost: AtomicU64,
    /// Ticks given up to be in time again.
    pub ticks_skipped: AtomicU64,
}

/// The rings and counters that join the plane to the rest of the box.
pub struct Ports {
    /// What control tells.
    pub commands: Consumer<MediaCommand>,
    /// What control is told.
    pub events: Producer<MediaEvent>,
    /// Wakes control when there is something.
    pub wake: Wake,
    /// The recorder, where there is one.
    pub sealer: Option<SealerPort>,
    /// What callers say who leave a message, where somebody keeps it.
    pub messages: Option<Producer<Copied>>,
    /// What is counted.
    pub counters: Arc<Counters>,
}

/// All audio of the box, one tick at a time.
pub struct Plane {
    cards: Vec<Box<dyn Audio>>,
    /// The card that gives the clock when all is well.
    master: usize,
    /// The card that is waited for now.
    clock: usize,
    /// How many blocks in a row the master brought while another card gave the clock.
    master_blocks: u32,
    ticks: Vec<Box<SpanTick>>,
    /// Which card each span is on.
    card_of: Vec<usize>,
    switch: Switch,
    ports: Ports,
    /// Ticks that take the place of those that the sealer has.
    spare: Vec<Box<SpanTick>>,
    now: Tick,
}

impl Plane {
    /// A plane over `cards`; `master` gives the clock. Allocates everything it will ever need.
    pub fn new(cards: Vec<Box<dyn Audio>>, master: usize, ports: Ports) -> Plane {
        let spans: Vec<_> = cards.iter().flat_map(|card| card.spans().to_vec()).collect();
        let card_of = cards.iter().enumerate().flat_map(|(index, card)| card.spans().iter().map(move |_| index));
        Plane {
            card_of: card_of.collect(),
            master,
            clock: master,
            master_blocks: 0,
            ticks: spans.iter().map(|info| SpanTick::silent(info.span, info.law)).collect(),
            switch: Switch::new(&spans),
            spare: spare_ticks(&spans, ports.sealer.is_some()),
            cards,
            ports,
            now: Tick(0),
        }
    }

    /// Waits for the card that gives the clock, at most until `deadline`, and works off what is there.
    pub fn wait_and_work(&mut self, deadline: Time) {
        match self.cards[self.clock].wait(deadline) {
            Ready::Blocks { blocks } if blocks > LATE_BLOCKS_MAX => self.skip(blocks),
            Ready::Blocks { blocks } => (0..blocks).for_each(|_| self.tick()),
            Ready::Deadline | Ready::Gone => {
                // A card without a clock must not stop the others: their callers hear each other all the same.
                self.clock = (self.clock + 1) % self.cards.len();
                self.tick();
            }
        }
        if self.master_blocks >= STEADY_BLOCKS {
            self.clock = self.master;
        }
    }

    /// One tick: read all, work, write all, record, tell.
    pub fn tick(&mut self) {
        self.take_commands();
        let fresh = self.read();
        let told = &mut Tell { events: &mut self.ports.events, counters: &self.ports.counters };
        self.switch.tick(self.now, &mut self.ticks, fresh, &mut |event| told.push(event));
        if let Some(messages) = &mut self.ports.messages {
            self.switch.copy(&self.ticks, |copied| {
                if messages.push(copied).is_err() {
                    self.ports.counters.message_ticks_lost.fetch_add(1, Relaxed);
                }
            });
        }
        for tick in &self.ticks {
            self.cards[self.card_of[usize::from(tick.span.0)]].write(tick);
        }
        self.drain_line_events();
        self.hand_on();
        self.now = self.now.after(1);
        self.ports.counters.ticks.fetch_add(1, Relaxed);
        if self.ports.events.slots() < self.ports.events.buffer().capacity() {
            self.ports.wake.wake();
        }
    }

    /// How loud the lanes are, for pages.
    pub fn levels(&self) -> Arc<Levels> {
        self.switch.levels()
    }

    /// The tick that comes next.
    pub fn now(&self) -> Tick {
        self.now
    }

    /// The lanes that are in use: none when the box is quiet.
    pub fn lanes_in_use(&self) -> impl Iterator<Item = LaneId> + '_ {
        self.switch.lanes_in_use()
    }

    fn take_commands(&mut self) {
        let told = &mut Tell { events: &mut self.ports.events, counters: &self.ports.counters };
        while let Ok(command) = self.ports.commands.pop() {
            self.switch.command(self.now, command, &mut |event| told.push(event));
        }
    }

    /// Reads a block of each span; a bit for each that had one. A board has at most 128: 16 slots of 8 spans.
    fn read(&mut self) -> u128 {
        let mut fresh = 0_u128;
        let late = self.cards[self.clock].came_late();
        for (index, tick) in self.ticks.iter_mut().enumerate() {
            tick.late = late;
            match self.cards[self.card_of[index]].read(tick) {
                Block::Fresh => fresh |= 1 << index,
                Block::Missing => {
                    self.ports.counters.missing_blocks.fetch_add(1, Relaxed);
                }
            }
        }
        self.watch_master(fresh);
        fresh
    }

    /// Counts the blocks of a master that lost its clock, so that it gets it back once it is steady again.
    fn watch_master(&mut self, fresh: u128) {
        let brought =
            self.card_of.iter().position(|card| *card == self.master).is_some_and(|span| fresh >> span & 1 == 1);
        self.master_blocks = if self.clock != self.master && brought { self.master_blocks + 1 } else { 0 };
    }

    fn drain_line_events(&mut self) {
        let told = &mut Tell { events: &mut self.ports.events, counters: &self.ports.counters };
        for card in &mut self.cards {
            while let Some(event) = card.poll_event() {
                if let Event::Alarms(alarms) = event.event {
                    self.switch.alarms(event.span, alarms);
                }
                told.push(MediaEvent::Line(event));
            }
        }
    }

    /// Gives ticks with recorded lanes to the sealer and takes empty ones for them; those of the first span always, because
    /// they are the sealer's clock. Calls go on where it cannot take them; the numbers of the ticks show the gap.
    fn hand_on(&mut self) {
        let Some(sealer) = &mut self.ports.sealer else { return };
        while let Ok(read) = sealer.empty.pop() {
            self.spare.push(read);
        }
        for (index, tick) in self.ticks.iter_mut().enumerate() {
            if index > 0 && tick.lanes.iter().all(|lane| lane.track.is_none()) {
                continue;
            }
            let spare = if sealer.full.is_full() { None } else { self.spare.pop() };
            let Some(mut next) = spare else {
                self.ports.counters.ticks_not_recorded.fetch_add(1, Relaxed);
                continue;
            };
            (next.span, next.law, next.used) = (tick.span, tick.law, tick.used);
            let full = std::mem::replace(tick, next);
            // There was room, and nobody else pushes.
            let _ = sealer.full.push(full);
        }
    }

    /// Gives up all but the newest blocks.
    fn skip(&mut self, blocks: u8) {
        let skipped = blocks - 1;
        for _ in 0..skipped {
            self.read();
        }
        self.now = self.now.after(u64::from(skipped));
        self.ports.counters.ticks_skipped.fetch_add(u64::from(skipped), Relaxed);
        let told = &mut Tell { events: &mut self.ports.events, counters: &self.ports.counters };
        told.push(MediaEvent::Resynchronised { ticks: u32::from(skipped) });
        self.tick();
    }
}

/// Ticks of a span that the sealer may have at once. It gives each back within one tick as a rule; but it is no
/// real-time thread, and a busy machine may keep it from its core for a third of a second. 250 KiB a span.
pub const TICKS_AT_SEALER: usize = 32;

/// All ticks that will ever be at the sealer. The vector never grows: no more come back than were given.
fn spare_ticks(spans: &[SpanInfo], recorded: bool) -> Vec<Box<SpanTick>> {
    let count = if recorded { spans.len() * TICKS_AT_SEALER } else { 0 };
    spans.iter().cycle().take(count).map(|info| SpanTick::silent(info.span, info.law)).collect()
}

/// Pushes events, and counts those that find the ring full.
struct Tell<'a> {
    events: &'a mut Producer<MediaEvent>,
    counters: &'a Counters,
}

impl Tell<'_> {
    fn push(&mut self, event: MediaEvent) {
        if self.events.push(event).is_err() {
            self.counters.events_lost.fetch_add(1, Relaxed);
        }
    }
}
