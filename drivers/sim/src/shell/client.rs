//! A simulated card as the box sees it: `line` over the line socket.
//!
//! The audio half allocates nothing while its card is there. When the holder of the cards goes away, both halves say so
//! and attach again by themselves when it is back.

use std::{
    collections::VecDeque,
    io,
    os::fd::{AsFd, BorrowedFd},
    path::Path,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use frame::{CardSerial, SpanId, SpanTick, Time, Timeslot};
use line::{Audio, Block, Counters, Event, FRAME_OCTETS, LineCommand, LineEvent, Ready, Signal, SignalInput, SpanInfo};
use nix::sys::{
    epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags},
    time::TimeSpec,
    timer::{Expiration, TimerSetTimeFlags},
    timerfd::{ClockId, TimerFd, TimerFlags},
};
use os::Clock;

use super::{
    link::{Link, News},
    message::{Half, MESSAGE_OCTETS, Message, Refusal, Writer},
    socket::wait_readable,
};
use crate::{
    PREFILL,
    lanes::{LANES_OCTETS, Lanes},
};

/// Blocks that wait in a card: twice the eight beyond which the media thread gives up and starts anew.
const BLOCKS: usize = 16;
/// Events that wait: a snapshot of the largest card and a burst beside it. They are drained once a tick.
const EVENTS: usize = 256;
/// How long a holder may take to answer: it looks at its socket every tick.
const WELCOME: Duration = Duration::from_secs(2);

/// Opens a card that a [`serve`](super::serve) at `path` holds.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` where nobody holds cards there; `AddrNotAvailable` where the card is not among
/// them; `ResourceBusy` where another box has it; `TimedOut` where the holder does not answer.
pub fn open(path: &Path, serial: CardSerial) -> io::Result<(SimAudio, SimSignal)> {
    // The link would try for ever; the first time, the reason is worth having.
    drop(super::socket::Packets::connect(path)?);
    let (audio, spans) = attach(path, serial, Half::Audio)?;
    let (signal, _) = attach(path, serial, Half::Signal)?;
    let signal = SimSignal::new(signal, spans.iter().map(|info| info.span).collect())?;
    Ok((SimAudio::new(audio, spans), signal))
}

/// Connects one half and waits for its welcome.
fn attach(path: &Path, serial: CardSerial, half: Half) -> io::Result<(Link, Vec<SpanInfo>)> {
    let mut link = Link::new(path.to_owned(), serial, half);
    let deadline = Clock.now() + WELCOME;
    let mut buffer = [0; 256];
    while Clock.now() < deadline {
        match link.poll(Clock.now(), &mut buffer) {
            Some(News::Welcome(spans)) => return Ok((link, spans)),
            Some(News::Refused(Refusal::NoSuchCard)) => return Err(io::ErrorKind::AddrNotAvailable.into()),
            // The holder may not yet have seen that the box before us died.
            Some(News::Refused(Refusal::Taken)) if Clock.now() + WELCOME / 2 > deadline => {
                return Err(io::ErrorKind::ResourceBusy.into());
            }
            Some(News::Refused(Refusal::Taken) | News::Lost | News::Packet(_)) | None => {
                wait_readable(link.fd(), link.next_deadline().unwrap_or(deadline).min(deadline));
            }
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// The audio half of a simulated card.
#[derive(Debug)]
pub struct SimAudio {
    link: Link,
    infos: Vec<SpanInfo>,
    /// By span, in the order of `infos`: what came and was not read yet.
    blocks: Vec<VecDeque<Lanes>>,
    events: VecDeque<LineEvent>,
    buffer: Box<[u8]>,
    writer: Writer,
    written_ticks: u64,
    lost: u64,
    /// By span, in the order of `infos`.
    counters: Vec<Arc<Counters>>,
}

impl SimAudio {
    fn new(link: Link, infos: Vec<SpanInfo>) -> SimAudio {
        let mut audio = SimAudio {
            blocks: infos.iter().map(|_| VecDeque::with_capacity(BLOCKS)).collect(),
            events: VecDeque::with_capacity(EVENTS),
            buffer: vec![0; MESSAGE_OCTETS].into(),
            writer: Writer::new(),
            written_ticks: 0,
            lost: 0,
            counters: infos.iter().map(|_| Arc::default()).collect(),
            link,
            infos,
        };
        audio.writer.begin_tick(0);
        audio
    }

    /// Blocks and events that were not taken in time and blocks that the holder was too slow to take, since the start.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn waiting(&self) -> usize {
        self.blocks.first().map_or(0, VecDeque::len)
    }

    /// Takes all that the socket has.
    fn fill(&mut self) {
        while let Some(news) = self.link.poll(Clock.now(), &mut self.buffer) {
            match news {
                News::Packet(octets) => self.take(octets),
                // A holder with another board is not the card that was opened.
                News::Welcome(spans) if spans != self.infos => self.link.lose(Clock.now()),
                News::Welcome(_) | News::Lost => self.blocks.iter_mut().for_each(VecDeque::clear),
                News::Refused(_) => {}
            }
        }
    }

    fn take(&mut self, octets: usize) {
        match Message::parse(&self.buffer[..octets]) {
            Ok(Message::Tick { lanes, .. }) => {
                for (blocks, lanes) in self.blocks.iter_mut().zip(lanes.chunks_exact(LANES_OCTETS)) {
                    self.lost += u64::from(keep(blocks, lanes));
                }
            }
            Ok(Message::Event(event)) if self.events.len() < EVENTS => {
                self.count(event);
                self.events.push_back(event);
            }
            // Nothing else comes on this half; a message of another kind is the holder's mistake, and counted.
            _ => self.lost += 1,
        }
    }

    fn count(&self, LineEvent { span, event, .. }: LineEvent) {
        if let (Event::Slip, Some(counters)) = (event, self.counters(span)) {
            counters.slips.fetch_add(1, Relaxed);
        }
    }

    fn send_tick(&mut self) {
        let sent = self.link.send(self.writer.packet());
        if sent.is_err_and(|why| why.kind() == io::ErrorKind::WouldBlock) {
            self.lost += 1;
        }
        self.written_ticks += 1;
        self.writer.begin_tick(self.written_ticks);
    }
}

/// Keeps a block. True where the oldest one had to go for it.
fn keep(blocks: &mut VecDeque<Lanes>, lanes: &[u8]) -> bool {
    let full = blocks.len() == BLOCKS;
    let mut block = if full { blocks.pop_front() } else { None }.unwrap_or([[0; 80]; 32]);
    block.as_flattened_mut().copy_from_slice(lanes);
    blocks.push_back(block);
    full
}

impl Audio for SimAudio {
    fn spans(&self) -> &[SpanInfo] {
        &self.infos
    }

    fn wait(&mut self, deadline: Time) -> Ready {
        loop {
            self.fill();
            let blocks = self.waiting();
            if blocks > 0 {
                return Ready::Blocks { blocks: blocks as u8 };
            }
            if Clock.now() >= deadline {
                return if self.link.fd().is_some() { Ready::Deadline } else { Ready::Gone };
            }
            let until = self.link.next_deadline().map_or(deadline, |retry| retry.min(deadline));
            wait_readable(self.link.fd(), until);
        }
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        let Some(index) = self.infos.iter().position(|info| info.span == tick.span) else { return Block::Missing };
        if self.blocks[index].is_empty() {
            self.fill();
        }
        self.blocks[index].pop_front().map_or(Block::Missing, |block| {
            tick.rx = block;
            Block::Fresh
        })
    }

    fn write(&mut self, tick: &SpanTick) {
        // One message carries all spans of the card, which the media thread writes in their order.
        self.writer.lanes(&tick.tx);
        if self.writer.spans_in_tick() == self.infos.len() {
            self.send_tick();
        }
    }

    fn ahead_ticks(&self) -> usize {
        PREFILL
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        self.events.pop_front()
    }

    fn counters(&self, span: SpanId) -> Option<Arc<Counters>> {
        self.infos.iter().position(|info| info.span == span).map(|index| Arc::clone(&self.counters[index]))
    }
}

/// The signal half of a simulated card.
#[derive(Debug)]
pub struct SimSignal {
    link: Link,
    spans: Vec<SpanId>,
    /// What was told of all spans at once and waits to be taken.
    inputs: VecDeque<SignalInput>,
    /// What the box waits on: it stays the same while the connection below it comes and goes.
    readiness: Epoll,
    /// Makes `readiness` readable when it is time to look for the holder again.
    retry: TimerFd,
    buffer: [u8; SIGNAL_OCTETS],
    writer: Writer,
}

/// The longest message of a signal half: a frame and its header.
const SIGNAL_OCTETS: usize = FRAME_OCTETS + 64;

impl SimSignal {
    fn new(link: Link, spans: Vec<SpanId>) -> io::Result<SimSignal> {
        let readiness = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let retry = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK)?;
        readiness.add(&retry, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
        let (buffer, writer, inputs) = ([0; SIGNAL_OCTETS], Writer::new(), VecDeque::new());
        let signal = SimSignal { link, spans, inputs, readiness, retry, buffer, writer };
        signal.watch()?;
        Ok(signal)
    }

    /// Watches the connection, or the timer while there is none. A closed socket leaves the set by itself.
    fn watch(&self) -> io::Result<()> {
        if let Some(fd) = self.link.fd() {
            self.readiness.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
        }
        Ok(())
    }

    fn arm(&mut self) {
        let left = self.link.next_deadline().map(|retry| retry.since(Clock.now()).max(Duration::from_millis(1)));
        // A timer that can't be set leaves the card gone; the box says so already.
        let _ = match left {
            Some(left) => {
                self.retry.set(Expiration::OneShot(TimeSpec::from_duration(left)), TimerSetTimeFlags::empty())
            }
            None => self.retry.unset(),
        };
    }

    /// The next news, with the connection watched wherever it goes.
    fn poll_link(&mut self) -> Option<News> {
        let before = self.link.fd().is_some();
        let news = self.link.poll(Clock.now(), &mut self.buffer);
        let after = self.link.fd().is_some();
        if !before && after && self.watch().is_err() {
            self.link.lose(Clock.now());
        }
        if !after || !before {
            self.arm();
        }
        news
    }

    /// Tells something of each span; the first of it.
    fn tell_all(&mut self, told: fn(SpanId) -> SignalInput) -> Option<SignalInput> {
        self.inputs.extend(self.spans.iter().map(|span| told(*span)));
        self.inputs.pop_front()
    }

    fn input_of(&self, octets: usize) -> Option<SignalInput> {
        match Message::parse(&self.buffer[..octets]) {
            Ok(Message::Frame { span, octets }) => Some(SignalInput::Frame { span, octets: octets.to_vec() }),
            Ok(Message::BadFrame { span, fault }) => Some(SignalInput::BadFrame { span, fault }),
            _ => None,
        }
    }
}

impl Signal for SimSignal {
    fn readiness(&self) -> Option<BorrowedFd<'_>> {
        Some(self.readiness.0.as_fd())
    }

    fn poll(&mut self) -> Option<SignalInput> {
        if let Some(input) = self.inputs.pop_front() {
            return Some(input);
        }
        while let Some(news) = self.poll_link() {
            match news {
                News::Packet(octets) => {
                    if let Some(input) = self.input_of(octets) {
                        return Some(input);
                    }
                }
                News::Welcome(_) => return self.tell_all(|span| SignalInput::Back { span }),
                News::Lost => return self.tell_all(|span| SignalInput::Gone { span }),
                News::Refused(_) => {}
            }
        }
        None
    }

    fn send_frame(&mut self, span: SpanId, octets: &[u8]) -> io::Result<()> {
        self.link.send(self.writer.frame(span, octets))
    }

    fn command(&mut self, span: SpanId, timeslot: Timeslot, command: LineCommand) -> io::Result<()> {
        self.link.send(self.writer.command(span, timeslot, command))
    }
}
