//! A card of another clock domain, as the media thread sees it: in the box's ticks, like all others.
//!
//! Between card and thread stands an elastic buffer for each of its spans ([`dsp::elastic`]). The thread reads and writes
//! once a tick; the card gives and gets as many blocks as its own clock makes. Nothing allocates after [`Crossing::new`].

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

use dsp::elastic::{Elastic, Flow};
use frame::{SpanId, SpanTick, Time};
use line::{Audio, Block, Counters, LineEvent, Ready, SpanInfo};

/// Blocks of a card that are taken in one tick at most: one and what a late one left. More is a card that lost its
/// clock, and what waits then is dropped in the next ticks.
const BLOCKS_MAX: usize = 4;

/// What is known of a span's clock. Read by anyone, written by the media thread alone.
#[derive(Debug, Default)]
pub struct SpanClock {
    /// How much faster than the box's clock it runs, in thousandths of a part per million.
    ppb: AtomicI64,
    slips: AtomicU64,
}

impl SpanClock {
    /// How much faster than the box's clock it runs, in parts per million.
    pub fn ppm(&self) -> f64 {
        self.ppb.load(Relaxed) as f64 / 1000.0
    }

    /// Ticks that were lost or made up because the clocks differ more than the buffer bears.
    pub fn slips(&self) -> u64 {
        self.slips.load(Relaxed)
    }
}

/// The clocks of spans that run on another one than the box.
pub type Clocks = BTreeMap<SpanId, Arc<SpanClock>>;

/// What cards count of their spans, for those that count.
pub type SpanCounters = BTreeMap<SpanId, Arc<Counters>>;

/// What `cards` count.
pub fn span_counters(cards: &[Box<dyn Audio>]) -> SpanCounters {
    let spans = cards.iter().flat_map(|card| card.spans().iter().map(move |info| (card, info.span)));
    spans.filter_map(|(card, span)| Some((span, card.counters(span)?))).collect()
}

/// A card whose clock is not the box's.
pub struct Crossing {
    card: Box<dyn Audio>,
    spans: Vec<Span>,
}

struct Span {
    info: SpanInfo,
    elastic: Elastic,
    /// A block on its way between card and buffer.
    block: Box<SpanTick>,
    clock: Arc<SpanClock>,
}

impl Crossing {
    /// Puts elastic buffers before all spans of `card`.
    pub fn new(card: Box<dyn Audio>) -> Crossing {
        let span = |info: &SpanInfo| Span {
            info: *info,
            elastic: Elastic::new(info.law, info.timeslots),
            block: SpanTick::silent(info.span, info.law),
            clock: Arc::default(),
        };
        let spans = card.spans().iter().map(span).collect();
        Crossing { card, spans }
    }

    /// The clocks of its spans, in their order.
    pub fn clocks(&self) -> impl Iterator<Item = (SpanInfo, Arc<SpanClock>)> + '_ {
        self.spans.iter().map(|span| (span.info, Arc::clone(&span.clock)))
    }
}

impl Audio for Crossing {
    fn spans(&self) -> &[SpanInfo] {
        self.card.spans()
    }

    fn wait(&mut self, deadline: Time) -> Ready {
        self.card.wait(deadline)
    }

    fn came_late(&self) -> bool {
        self.card.came_late()
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        let Some(span) = self.spans.iter_mut().find(|span| span.info.span == tick.span) else { return Block::Missing };
        for _ in 0..BLOCKS_MAX {
            if self.card.read(&mut span.block) == Block::Missing {
                break;
            }
            span.elastic.put_block(&span.block.rx);
        }
        let flow = span.elastic.take_tick(&mut tick.rx);
        span.clock.ppb.store((span.elastic.ppm() * 1000.0) as i64, Relaxed);
        span.clock.slips.store(span.elastic.slips(), Relaxed);
        match flow {
            Flow::Fresh => Block::Fresh,
            Flow::Missing => Block::Missing,
        }
    }

    fn write(&mut self, tick: &SpanTick) {
        let Some(span) = self.spans.iter_mut().find(|span| span.info.span == tick.span) else { return };
        span.elastic.put_tick(&tick.tx);
        (span.block.used, span.block.raw, span.block.late) = (tick.used, tick.raw, tick.late);
        while span.elastic.take_block(&mut span.block.tx) == Flow::Fresh {
            self.card.write(&span.block);
        }
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
