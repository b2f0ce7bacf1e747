//! A card whose lines' echo the box cancels, as the media thread sees it: what it reads is what the parties said.
//!
//! Stands next to the card, in the card's own clock: before any elastic buffer ([`super::Crossing`]). What goes to the
//! line is kept as long as it is under way; what comes back is compared with what was written
//! [`Audio::ahead_ticks`] ticks before, so that the tail of the canceller begins at the line and not at the box.
//! Nothing allocates after [`Cancelling::new`].

use std::sync::Arc;

use dsp::echo::{Canceller, Tail, Workspace};
use frame::{LANES, OCTETS_PER_TICK, Octets, SpanId, SpanTick, Time};
use line::{Audio, Block, Counters, LineEvent, Ready, SpanInfo};
use settings::CardKind;

use super::echo_gauge::EchoGauge;

/// Ticks of what was written that are kept: more than any card is written ahead (eight buffers), and a power of two.
const KEPT: usize = 16;

/// How many blocks a card of its own clock may be read more or less often than it is written: more is a card that began
/// anew, and what is read then belongs to what is written then.
const ASTRAY: i64 = 2;

/// How often what is known of the echo is told, in blocks: once a second, as pages are looked at.
const GAUGED_EACH: i64 = 100;

/// Whose clock a card runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocking {
    /// The box's: it is read and written once a tick, and a block that is missing is a moment without one.
    Box,
    /// Its own: blocks come and go as its crystal has it, and only their count tells.
    Own,
}

/// A card and the cancellers of its spans.
pub struct Cancelling {
    card: Box<dyn Audio>,
    clocking: Clocking,
    spans: Vec<Span>,
    /// One for all spans: they are read in turn.
    workspace: Workspace,
}

struct Span {
    info: SpanInfo,
    canceller: Box<Canceller>,
    tail_ticks: u8,
    /// The last blocks that were written, by their number.
    sent: Box<[[Octets; LANES]; KEPT]>,
    written: i64,
    read: i64,
    /// For how many blocks more something of what was written can come back, by timeslot.
    sounding: [u8; LANES],
    /// Timeslots that were in use in the last block, and those that are measured.
    used: u32,
    raw: u32,
    paths: Paths,
    clean: Box<[Octets; LANES]>,
    gauge: Arc<EchoGauge>,
}

/// What the echo of a lane comes from, and so when what was learnt of it is of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// On a trunk each call has a path of its own.
    OfCalls,
    /// An outside line stays the same, in a talk and while it is measured.
    OfLines,
    /// A telephone is a line of its own; while it is measured its handset is down, and the echo is an open pair's.
    OfTelephones,
}

impl Paths {
    /// Of a card of this kind.
    pub fn of(kind: CardKind) -> Paths {
        match kind {
            CardKind::E1 | CardKind::T1 => Paths::OfCalls,
            CardKind::Fxo | CardKind::LineIn => Paths::OfLines,
            CardKind::Fxs | CardKind::Handset | CardKind::Loudspeaker => Paths::OfTelephones,
        }
    }
}

impl Cancelling {
    /// Cancels on all spans of `card`.
    pub fn new(card: Box<dyn Audio>, clocking: Clocking, tail: Tail, paths: Paths) -> Cancelling {
        let spans = card.spans().iter().map(|info| Span::new(*info, tail, paths)).collect();
        Cancelling { card, clocking, spans, workspace: Workspace::new() }
    }

    /// What is known of the echo of its spans.
    pub fn gauges(&self) -> impl Iterator<Item = (SpanId, Arc<EchoGauge>)> + '_ {
        self.spans.iter().map(|span| (span.info.span, Arc::clone(&span.gauge)))
    }
}

impl Audio for Cancelling {
    fn spans(&self) -> &[SpanInfo] {
        self.card.spans()
    }

    fn wait(&mut self, deadline: Time) -> Ready {
        self.card.wait(deadline)
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        let block = self.card.read(tick);
        let Some(span) = self.spans.iter_mut().find(|span| span.info.span == tick.span) else { return block };
        match block {
            Block::Fresh => span.cancel(&mut self.workspace, tick, self.card.ahead_ticks()),
            Block::Missing if self.clocking == Clocking::Box => span.read += 1,
            Block::Missing => (),
        }
        block
    }

    fn write(&mut self, tick: &SpanTick) {
        if let Some(span) = self.spans.iter_mut().find(|span| span.info.span == tick.span) {
            span.keep(tick);
        }
        self.card.write(tick);
    }

    fn ahead_ticks(&self) -> usize {
        self.card.ahead_ticks()
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        self.card.poll_event()
    }

    fn counters(&self, span: SpanId) -> Option<Arc<Counters>> {
        self.card.counters(span)
    }
}

impl Span {
    fn new(info: SpanInfo, tail: Tail, paths: Paths) -> Span {
        let quiet = [[info.law.silence(); OCTETS_PER_TICK]; LANES];
        Span {
            info,
            canceller: Box::new(Canceller::new(tail)),
            tail_ticks: tail.samples().div_ceil(OCTETS_PER_TICK) as u8,
            sent: Box::new([quiet; KEPT]),
            written: 0,
            read: 0,
            sounding: [0; LANES],
            used: 0,
            raw: 0,
            paths,
            clean: Box::new(quiet),
            gauge: Arc::default(),
        }
    }

    /// Takes the echo off a block that was read.
    fn cancel(&mut self, workspace: &mut Workspace, tick: &mut SpanTick, ahead: usize) {
        if (self.written - self.read).abs() > ASTRAY {
            self.read = self.written;
        }
        let far = self.read - ahead as i64;
        self.read += 1;
        let active = self.active();
        if active == 0 {
            return;
        }
        let far = &self.sent[far.rem_euclid(KEPT as i64) as usize];
        self.canceller.process(workspace, far, &tick.rx, self.info.law, active, &mut self.clean);
        // What is measured is left as it is; its echo is learnt all the same, and what was sent stays known without a gap.
        lanes_of(active & !self.raw).for_each(|lane| tick.rx[lane] = self.clean[lane]);
        if self.read % GAUGED_EACH == 0 {
            lanes_of(active).for_each(|lane| self.gauge.set(lane, &self.canceller.report(lane)));
        }
    }

    /// Timeslots on which something can come back. Those that are in use no more are worked on too, until all has come.
    fn active(&self) -> u32 {
        let sounding = (0..LANES).filter(|&lane| self.sounding[lane] > 0);
        sounding.fold(0, |active, lane| active | 1 << lane)
    }

    /// Keeps a block that goes to the line.
    fn keep(&mut self, tick: &SpanTick) {
        let begun = tick.used & !self.used;
        let measured = self.raw & !tick.raw;
        (self.used, self.raw) = (tick.used, tick.raw);
        let others = match self.paths {
            Paths::OfCalls => begun,
            Paths::OfLines => 0,
            Paths::OfTelephones => measured,
        };
        lanes_of(others).for_each(|lane| self.canceller.reset(lane));
        let silence = [self.info.law.silence(); OCTETS_PER_TICK];
        let lasting = KEPT as u8 + self.tail_ticks;
        for (sounding, octets) in self.sounding.iter_mut().zip(&tick.tx) {
            *sounding = if *octets == silence { sounding.saturating_sub(1) } else { lasting };
        }
        self.sent[self.written.rem_euclid(KEPT as i64) as usize] = tick.tx;
        self.written += 1;
    }
}

/// The numbers of the bits that are set.
fn lanes_of(bits: u32) -> impl Iterator<Item = usize> {
    (0..LANES).filter(move |lane| bits >> lane & 1 == 1)
}

#[cfg(test)]
mod tests;
