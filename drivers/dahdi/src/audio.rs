//! The audio half of a card: all its spans, and the one wait for them.
//!
//! **The wait.** One channel of each span, the last that the kernel fills, tells that the span's block is there; all of them
//! are in one epoll, armed for one wake-up a tick. A tick begins when every span that is alive has its block, so that what is
//! read belongs together; one that does not come within [`BARRIER`] of the first is not waited for until it comes again.
//! **The delay.** Both ways are emptied in the first tick and [`PREFILL`] blocks are written, so what is read now is on its way out
//! that many ticks later, no more. Policy IMMEDIATE: with DAHDI's HALF_FULL eight buffers would not begin before four.
//! Nothing allocates after [`DahdiAudio::new`].

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::Arc,
    time::Duration,
};

use frame::{SpanId, SpanTick, Time};
use line::{Audio, Block, Counters, LineEvent, Ready, SpanInfo};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use os::{Clock, Realtime};
use rtrb::{Consumer, Producer};

use crate::{
    PREFILL, PREFILL_UNCERTAIN,
    events::Events,
    fault::Fault,
    span_audio::{Lanes, SpanAudio, count},
};

/// How long the spans of a card may come apart: the kernel's slowest timer is 4 ms, and its cards work each millisecond.
const BARRIER: Duration = Duration::from_millis(5);

/// How many wake-ups are taken at once: as many as a card has spans at the most (`settings` refuses more than 8).
const WAKE_UPS: usize = 16;

/// The ends of the rings between the halves of a card.
pub(crate) struct AudioPorts {
    /// Channels of cards that came back.
    pub(crate) opened: Consumer<Box<Lanes>>,
    /// Channels of cards that are gone.
    pub(crate) lost: Producer<Box<Lanes>>,
}

/// The audio half of a card.
pub struct DahdiAudio {
    infos: Vec<SpanInfo>,
    spans: Vec<Waited>,
    epoll: Epoll,
    events: Events,
    ports: AudioPorts,
    /// How many blocks are written ahead. None before the first tick, which is when the thread is known.
    prefill: Option<usize>,
    /// The tick that has begun was there before it was waited for.
    late: bool,
}

/// A span, and how it is waited for.
struct Waited {
    audio: SpanAudio,
    armed: bool,
    ready: bool,
}

impl DahdiAudio {
    /// The audio of `spans`, whose channels come through the ports.
    pub(crate) fn new(spans: Vec<SpanAudio>, ports: AudioPorts) -> io::Result<DahdiAudio> {
        Ok(DahdiAudio {
            infos: spans.iter().map(|span| span.info).collect(),
            spans: spans.into_iter().map(|audio| Waited { audio, armed: false, ready: false }).collect(),
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            events: Events::new(),
            ports,
            prefill: None,
            late: false,
        })
    }

    /// Takes what was opened since the last time.
    pub(crate) fn take_opened(&mut self) {
        while let Ok(lanes) = self.ports.opened.pop() {
            let index = lanes.index;
            let Some(span) = self.spans.get_mut(index) else { continue };
            let before = span.audio.serve(lanes, Clock.now(), &mut self.events);
            let watched = span.audio.pacer().map(|pacer| watch(&self.epoll, pacer.channel.as_fd(), index));
            (span.armed, span.ready) = (false, false);
            if let Some(before) = before {
                self.give_back(before);
            }
            if let Some(Err(_)) = watched {
                // A card that went again just now.
                self.lose(index);
            }
        }
    }

    fn give_back(&mut self, lanes: Box<Lanes>) {
        // The ring holds every span twice; where it is full, signalling is gone and the process ends.
        let _ = self.ports.lost.push(lanes);
    }

    fn lose(&mut self, index: usize) {
        let span = &mut self.spans[index];
        if let Some(pacer) = span.audio.pacer() {
            // A channel of a card that is gone leaves the set by itself when it is closed; until then each wait would find it.
            let _ = self.epoll.delete(pacer.channel.as_fd());
        }
        if let Some(lanes) = span.audio.lose(Clock.now(), &mut self.events) {
            self.give_back(lanes);
        }
    }

    /// How many blocks are written ahead. The thread has asked for the real-time class before its first tick.
    fn prefill(&mut self) -> usize {
        *self.prefill.get_or_insert_with(|| if Realtime::is_granted() { PREFILL } else { PREFILL_UNCERTAIN })
    }

    fn index(&self, span: SpanId) -> Option<usize> {
        self.infos.iter().position(|info| info.span == span)
    }

    /// Arms what is not ready. True where a span is alive.
    fn arm(&mut self) -> bool {
        let mut any = false;
        for index in 0..self.spans.len() {
            let span = &mut self.spans[index];
            let Some(pacer) = span.audio.pacer() else { continue };
            any = true;
            if span.armed || span.ready {
                continue;
            }
            let mut event = EpollEvent::new(WANTED, index as u64);
            match self.epoll.modify(pacer.channel.as_fd(), &mut event) {
                Ok(()) => span.armed = true,
                Err(_) => self.lose(index),
            }
        }
        any
    }

    /// Takes wake-ups, waiting for one until `deadline`.
    fn take_wake_ups(&mut self, deadline: Time) {
        let mut wake_ups = [EpollEvent::empty(); WAKE_UPS];
        let woken = self.epoll.wait(&mut wake_ups, timeout(deadline)).unwrap_or(0);
        for wake_up in &wake_ups[..woken] {
            let index = wake_up.data() as usize;
            let gone = wake_up.events().intersects(EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR);
            if gone {
                self.lose(index);
            } else if let Some(span) = self.spans.get_mut(index) {
                (span.armed, span.ready) = (false, true);
            }
        }
    }

    fn is_any_ready(&self) -> bool {
        self.spans.iter().any(|span| span.ready)
    }

    fn is_tick_whole(&self) -> bool {
        self.is_any_ready() && self.spans.iter().all(|span| span.ready || span.audio.absent || !span.audio.is_served())
    }

    fn begin_tick(&mut self, late: bool) -> Ready {
        self.late = late;
        for span in self.spans.iter_mut().filter(|span| span.ready) {
            (span.ready, span.audio.paces) = (false, true);
            if late {
                count(&span.audio.counters.late_ticks);
            }
        }
        Ready::Blocks { blocks: 1 }
    }

    /// Waits until the spans have their blocks.
    fn wait_for_all(&mut self, deadline: Time) -> Ready {
        self.arm();
        self.take_wake_ups(Time::ZERO);
        // What is there before we wait was there before we came.
        let late = self.is_any_ready();
        let mut until = deadline;
        loop {
            if self.is_tick_whole() {
                return self.begin_tick(late);
            }
            if Clock.now() >= until {
                return if self.is_any_ready() { self.begin_tick(late) } else { self.nothing_came() };
            }
            self.arm();
            self.take_wake_ups(until);
            if self.is_any_ready() && until == deadline {
                until = (Clock.now() + BARRIER).min(deadline);
            }
        }
    }

    fn nothing_came(&self) -> Ready {
        if self.spans.iter().any(|span| span.audio.is_served()) { Ready::Deadline } else { Ready::Gone }
    }

    /// Where events were lost, what the lines do is asked anew and told after that.
    fn tell_lost(&mut self) -> Option<LineEvent> {
        if !self.events.take_lost() {
            return None;
        }
        let now = Clock.now();
        self.spans.iter_mut().for_each(|span| span.audio.tell_state(now, &mut self.events));
        let span = self.infos.first()?.span;
        Some(LineEvent { span, timeslot: frame::Timeslot(0), at: now, event: line::Event::EventsLost })
    }
}

impl Audio for DahdiAudio {
    fn spans(&self) -> &[SpanInfo] {
        &self.infos
    }

    fn wait(&mut self, deadline: Time) -> Ready {
        self.take_opened();
        self.wait_for_all(deadline)
    }

    fn came_late(&self) -> bool {
        self.late
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        self.take_opened();
        let Some(index) = self.index(tick.span) else { return Block::Missing };
        let read = self.spans[index].audio.read(tick, Clock.now(), &mut self.events);
        read.unwrap_or_else(|_: Fault| {
            self.lose(index);
            Block::Missing
        })
    }

    fn write(&mut self, tick: &SpanTick) {
        let Some(index) = self.index(tick.span) else { return };
        let prefill = self.prefill();
        let written = self.spans[index].audio.write(tick, prefill, Clock.now(), &mut self.events);
        if written.is_err() {
            self.lose(index);
        }
    }

    fn ahead_ticks(&self) -> usize {
        self.prefill.unwrap_or(PREFILL)
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        self.events.pop().or_else(|| self.tell_lost())
    }

    fn counters(&self, span: SpanId) -> Option<Arc<Counters>> {
        Some(Arc::clone(&self.spans[self.index(span)?].audio.counters))
    }
}

/// One wake-up for a block, then none until it is armed again.
const WANTED: EpollFlags = EpollFlags::EPOLLIN.union(EpollFlags::EPOLLONESHOT);

/// Puts a channel into the set, not armed.
fn watch(epoll: &Epoll, fd: BorrowedFd<'_>, index: usize) -> nix::Result<()> {
    epoll.add(fd, EpollEvent::new(EpollFlags::EPOLLONESHOT, index as u64))
}

/// What is left until `deadline`, in whole milliseconds rounded up: epoll has no finer ones.
fn timeout(deadline: Time) -> EpollTimeout {
    let left = deadline.since(Clock.now());
    let ms = u16::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u16::MAX);
    EpollTimeout::from(ms)
}
