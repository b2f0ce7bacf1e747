//! A world and a box in one thread: virtual time, no system call, nothing allocated by the audio half.
//!
//! The harness owns [`Direct`] and drives it: [`Direct::tick`], then the box's own tick, and so on. The halves are handed
//! to the box like those of any card.

use std::{io, os::fd::BorrowedFd};

use frame::{CardSerial, SpanId, SpanTick, Time, Timeslot};
use line::{Audio, Block, LineCommand, LineEvent, Ready, Signal, SignalInput, SpanInfo};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::{
    PREFILL,
    lanes::Lanes,
    operator::{Operator, OperatorEvent},
    outbox::WorldOutput,
    world::{World, WorldInput},
};

/// Blocks that wait for the box in one span: DAHDI's eight.
const BLOCKS: usize = 8;
/// Line events of a card that wait: DAHDI keeps 64 a port, and 16 spans are the largest card.
const EVENTS: usize = 1024;
/// Frames and commands that wait each way: Q.921 lets seven frames of a span be under way, so this is far from full.
const SIGNALS: usize = 1024;

/// A world without sockets.
pub struct Direct {
    world: World,
    cards: Vec<Card>,
    told: Vec<OperatorEvent>,
    /// What a box was too slow to take.
    lost: u64,
}

/// The world's ends of a card's rings.
struct Card {
    serial: CardSerial,
    spans: Vec<SpanRings>,
    events: Producer<LineEvent>,
    to_box: Producer<SignalInput>,
    from_box: Consumer<FromBox>,
}

struct SpanRings {
    span: SpanId,
    to_box: Producer<Lanes>,
    from_box: Consumer<Lanes>,
}

/// What the signal half gives.
enum FromBox {
    Frame { span: SpanId, octets: Vec<u8> },
    Command { span: SpanId, timeslot: Timeslot, command: LineCommand },
}

/// The audio half of a card.
pub struct DirectAudio {
    infos: Vec<SpanInfo>,
    from_world: Vec<Consumer<Lanes>>,
    to_world: Vec<Producer<Lanes>>,
    events: Consumer<LineEvent>,
}

/// The signal half of a card.
pub struct DirectSignal {
    from_world: Consumer<SignalInput>,
    to_world: Producer<FromBox>,
}

impl Direct {
    /// A world to which cards are opened one by one.
    pub fn new(world: World) -> Direct {
        Direct { world, cards: Vec::new(), told: Vec::new(), lost: 0 }
    }

    /// Opens a card; what its lines are doing is told as events. None where the board has no such simulated card, or it
    /// is open already.
    pub fn open(&mut self, now: Time, serial: CardSerial) -> Option<(DirectAudio, DirectSignal)> {
        if self.cards.iter().any(|card| card.serial == serial) {
            return None;
        }
        let (_, infos) = self.world.cards().find(|(known, _)| *known == serial)?;
        let (card, halves) = rings(serial, infos);
        self.cards.push(card);
        self.handle(now, WorldInput::Attached { card: serial });
        Some(halves)
    }

    /// Lets go of a card, as a box that died does. What waited is lost.
    pub fn close(&mut self, now: Time, serial: CardSerial) {
        self.cards.retain(|card| card.serial != serial);
        self.handle(now, WorldInput::Detached { card: serial });
    }

    /// Something is done outside the box.
    pub fn operate(&mut self, now: Time, operator: Operator) {
        self.handle(now, WorldInput::Operator(operator));
    }

    /// What the operator was told since the last time.
    pub fn told(&mut self) -> impl Iterator<Item = OperatorEvent> + '_ {
        self.told.drain(..)
    }

    /// Carries frames, commands and events both ways, and works off what is due.
    pub fn pump(&mut self, now: Time) {
        self.take_from_box(now);
        self.handle(now, WorldInput::Timeout);
    }

    /// One tick of 10 ms: takes what the box wrote, and gives it the next blocks.
    pub fn tick(&mut self, now: Time) {
        self.take_from_box(now);
        let Direct { world, cards, lost, .. } = self;
        world.tick(now, &mut |span, block| {
            let rings = cards.iter_mut().flat_map(|card| &mut card.spans).find(|rings| rings.span == span);
            if rings.is_some_and(|rings| rings.to_box.push(*block).is_err()) {
                *lost += 1;
            }
        });
        self.give_outputs();
    }

    /// When something is due before the next tick.
    pub fn next_deadline(&self) -> Option<Time> {
        self.world.next_deadline()
    }

    /// Blocks, events and frames that the box did not take in time, since the start.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The world itself, for what has no ring: an outside exchange.
    pub fn world(&mut self) -> &mut World {
        &mut self.world
    }

    fn handle(&mut self, now: Time, input: WorldInput<'_>) {
        self.world.handle_input(now, input);
        self.give_outputs();
    }

    fn take_from_box(&mut self, now: Time) {
        for card in &mut self.cards {
            for rings in &mut card.spans {
                while let Ok(block) = rings.from_box.pop() {
                    self.world.handle_input(now, WorldInput::BlockFromBox { span: rings.span, block: &block });
                }
            }
            while let Ok(signal) = card.from_box.pop() {
                self.world.handle_input(now, signal.as_input());
            }
        }
        self.give_outputs();
    }

    fn give_outputs(&mut self) {
        while let Some(output) = self.world.poll_output() {
            let taken = match output {
                WorldOutput::FrameToBox { span, octets } => self.signal(span, SignalInput::Frame { span, octets }),
                WorldOutput::BadFrameToBox { span, fault } => self.signal(span, SignalInput::BadFrame { span, fault }),
                WorldOutput::EventToBox(event) => self.event(event),
                WorldOutput::Told(event) => {
                    self.told.push(event);
                    true
                }
                // An outside exchange is reached over sockets only.
                WorldOutput::FrameToPeer { .. } => true,
            };
            self.lost += u64::from(!taken);
        }
    }

    /// False where the box's ring is full. What comes for a card that nobody opened is nobody's loss.
    fn signal(&mut self, span: SpanId, input: SignalInput) -> bool {
        self.card_of(span).is_none_or(|card| card.to_box.push(input).is_ok())
    }

    fn event(&mut self, event: LineEvent) -> bool {
        self.card_of(event.span).is_none_or(|card| card.events.push(event).is_ok())
    }

    fn card_of(&mut self, span: SpanId) -> Option<&mut Card> {
        self.cards.iter_mut().find(|card| card.spans.iter().any(|rings| rings.span == span))
    }
}

fn rings(serial: CardSerial, infos: Vec<SpanInfo>) -> (Card, (DirectAudio, DirectSignal)) {
    let (events, event_end) = RingBuffer::new(EVENTS);
    let (to_box, signal_end) = RingBuffer::new(SIGNALS);
    let (to_world, from_box) = RingBuffer::new(SIGNALS);
    let mut card = Card { serial, spans: Vec::new(), events, to_box, from_box };
    let mut audio = DirectAudio { infos, from_world: Vec::new(), to_world: Vec::new(), events: event_end };
    for info in &audio.infos {
        let (to_box, box_end) = RingBuffer::new(BLOCKS);
        let (box_write, from_box) = RingBuffer::new(BLOCKS);
        card.spans.push(SpanRings { span: info.span, to_box, from_box });
        audio.from_world.push(box_end);
        audio.to_world.push(box_write);
    }
    (card, (audio, DirectSignal { from_world: signal_end, to_world }))
}

impl FromBox {
    fn as_input(&self) -> WorldInput<'_> {
        match self {
            FromBox::Frame { span, octets } => WorldInput::FrameFromBox { span: *span, octets },
            FromBox::Command { span, timeslot, command } => {
                WorldInput::Command { span: *span, timeslot: *timeslot, command: *command }
            }
        }
    }
}

impl DirectAudio {
    fn index(&self, span: SpanId) -> Option<usize> {
        self.infos.iter().position(|info| info.span == span)
    }
}

impl Audio for DirectAudio {
    fn spans(&self) -> &[SpanInfo] {
        &self.infos
    }

    /// Never blocks: in virtual time nothing comes while one waits.
    fn wait(&mut self, _deadline: Time) -> Ready {
        let blocks = self.from_world.first().map_or(0, Consumer::slots);
        if blocks == 0 { Ready::Deadline } else { Ready::Blocks { blocks: blocks as u8 } }
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        let block = self.index(tick.span).and_then(|index| self.from_world[index].pop().ok());
        block.map_or(Block::Missing, |block| {
            tick.rx = block;
            Block::Fresh
        })
    }

    fn write(&mut self, tick: &SpanTick) {
        if let Some(index) = self.index(tick.span) {
            // A full ring is a world that is not driven; there is nobody to tell.
            let _ = self.to_world[index].push(tick.tx);
        }
    }

    fn ahead_ticks(&self) -> usize {
        PREFILL
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        self.events.pop().ok()
    }
}

impl Signal for DirectSignal {
    fn readiness(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn poll(&mut self) -> Option<SignalInput> {
        self.from_world.pop().ok()
    }

    fn send_frame(&mut self, span: SpanId, octets: &[u8]) -> io::Result<()> {
        self.push(FromBox::Frame { span, octets: octets.to_vec() })
    }

    fn command(&mut self, span: SpanId, timeslot: Timeslot, command: LineCommand) -> io::Result<()> {
        self.push(FromBox::Command { span, timeslot, command })
    }
}

impl DirectSignal {
    fn push(&mut self, signal: FromBox) -> io::Result<()> {
        self.to_world.push(signal).map_err(|_| io::ErrorKind::WouldBlock.into())
    }
}
