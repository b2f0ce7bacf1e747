//! The signal half of a card: D-channel frames, commands to the lines, and the opening of cards that come back.

use std::{
    collections::VecDeque,
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::Arc,
    time::Duration,
};

use dahdi_sys as sys;
use frame::{SpanId, Time, Timeslot};
use line::{Counters, FRAME_OCTETS, FrameFault, LineCommand, Signal, SignalInput};
use nix::sys::{
    epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags},
    time::TimeSpec,
    timer::{Expiration, TimerSetTimeFlags},
    timerfd::{ClockId, TimerFd, TimerFlags},
};
use os::Clock;
use rtrb::{Consumer, Producer};

use crate::{
    FCS_OCTETS, FRAME_BUFFERS, FRAME_ROOM,
    channel::{Ask, Channel},
    control::Control,
    event::{Role, Told, decode},
    fault::Fault,
    ioctl,
    lane::Lane,
    line_totals::LineTotals,
    open::{Held, Keep, OpenSpan, open_span, set_flash_sent, set_flash_window},
    plan::SpanPlan,
    ring::Rings,
    span_audio::{Lanes, count},
};

/// How often a card that is gone is looked for: to open it costs some milliseconds, and nobody talks on it meanwhile.
const RETRY: Duration = Duration::from_millis(250);

/// How often the framers' counts are fetched: a person looks at them.
const STATISTICS: Duration = Duration::from_secs(5);

/// The ends of the rings between the halves of a card.
pub(crate) struct SignalPorts {
    /// Channels of cards that came back.
    pub(crate) opened: Producer<Box<Lanes>>,
    /// Channels of cards that are gone.
    pub(crate) lost: Consumer<Box<Lanes>>,
}

/// The signal half of a card.
pub struct DahdiSignal {
    spans: Vec<SpanSignal>,
    control: Arc<Control>,
    keep: Box<dyn Keep>,
    ports: SignalPorts,
    rings: Rings,
    /// What the box waits on: all D-channels, and the timer.
    readiness: Epoll,
    timer: TimerFd,
    inputs: VecDeque<SignalInput>,
    next_retry: Option<Time>,
    next_statistics: Time,
}

/// A span, as signalling knows it.
pub(crate) struct SpanSignal {
    plan: SpanPlan,
    counters: Arc<Counters>,
    totals: LineTotals,
    state: State,
}

enum State {
    Open {
        /// The kernel's number of the span.
        number: i32,
        data: Option<Arc<Channel>>,
        ports: Vec<(Timeslot, Arc<Channel>)>,
    },
    /// The card is gone, and the media thread still has its channels.
    Leaving,
    /// The card is gone.
    Gone,
}

impl SpanSignal {
    pub(crate) fn new(plan: SpanPlan, counters: Arc<Counters>) -> SpanSignal {
        SpanSignal { plan, counters, totals: LineTotals::default(), state: State::Gone }
    }

    fn span(&self) -> SpanId {
        self.plan.span()
    }

    /// Takes the channels of an opened span; those with audio are for the media thread.
    fn take(&mut self, index: usize, open: OpenSpan) -> Box<Lanes> {
        let (mut data, mut lanes, mut ports) = (None, Vec::new(), Vec::new());
        for (plan, channel) in open.channels {
            match plan.role {
                Role::Data => data = Some(channel),
                Role::Bearer => lanes.push(Lane::new(plan.timeslot, channel)),
                Role::Fxs | Role::Fxo => {
                    ports.push((plan.timeslot, Arc::clone(&channel)));
                    lanes.push(Lane::new(plan.timeslot, channel));
                }
            }
        }
        self.state = State::Open { number: open.number, data, ports };
        Box::new(Lanes { number: open.number, index, lanes })
    }

    fn data(&self) -> Option<&Arc<Channel>> {
        match &self.state {
            State::Open { data, .. } => data.as_ref(),
            State::Leaving | State::Gone => None,
        }
    }

    fn port(&self, timeslot: Timeslot) -> Option<&Arc<Channel>> {
        match &self.state {
            State::Open { ports, .. } => ports.iter().find(|(at, _)| *at == timeslot).map(|(_, channel)| channel),
            State::Leaving | State::Gone => None,
        }
    }
}

impl DahdiSignal {
    /// The signal half over `spans`, none of them open yet.
    pub(crate) fn new(
        spans: Vec<SpanSignal>,
        control: Arc<Control>,
        keep: Box<dyn Keep>,
        ports: SignalPorts,
    ) -> io::Result<DahdiSignal> {
        let readiness = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = TimerFd::new(ClockId::CLOCK_BOOTTIME, TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK)?;
        readiness.add(&timer, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
        let signal = DahdiSignal {
            spans,
            control,
            keep,
            ports,
            rings: Rings::default(),
            readiness,
            timer,
            inputs: VecDeque::new(),
            next_retry: None,
            next_statistics: Clock.now() + STATISTICS,
        };
        signal.arm();
        Ok(signal)
    }

    /// Opens a span and hands its audio over. What it does without.
    pub(crate) fn open(&mut self, index: usize, held: &mut Held) -> Result<Vec<crate::Lack>, crate::OpenError> {
        let open = open_span(&self.spans[index].plan, held, self.keep.as_mut());
        let open = open.inspect_err(|_| self.forget(index))?;
        let lacks = open.lacks.clone();
        let lanes = self.spans[index].take(index, open);
        self.spans[index].totals = LineTotals::default();
        self.count_line(index);
        if let Some(data) = self.spans[index].data() {
            let watched = self.readiness.add(data.as_fd(), EpollEvent::new(WANTED, 0));
            watched.map_err(|why| crate::OpenError::Process(why.into()))?;
        }
        // The ring holds every span twice, and the media thread empties it each tick.
        let _ = self.ports.opened.push(lanes);
        Ok(lacks)
    }

    /// Gathers what has come.
    fn gather(&mut self) {
        // Read away, so that it is readable again only when it has run out again.
        let _ = self.timer.wait();
        self.take_lost();
        for index in 0..self.spans.len() {
            self.read_frames(index);
        }
        let now = Clock.now();
        self.ring(now);
        self.look_for_cards(now);
        self.fetch_statistics(now);
        self.arm();
    }

    /// The media thread has given channels back: their card is gone.
    fn take_lost(&mut self) {
        while let Ok(lanes) = self.ports.lost.pop() {
            let index = lanes.index;
            drop(lanes);
            self.leave(index);
            self.spans[index].state = State::Gone;
            self.next_retry.get_or_insert(Clock.now() + RETRY);
        }
    }

    /// Lets go of the channels of a card that is gone. The media thread gives its own back when it has seen it too.
    fn leave(&mut self, index: usize) {
        let span = &mut self.spans[index];
        if let State::Open { data, .. } = std::mem::replace(&mut span.state, State::Leaving) {
            // It does not leave by itself while somebody else keeps it open too.
            let _ = data.map(|data| self.readiness.delete(data.as_fd()));
            self.inputs.push_back(SignalInput::Gone { span: span.span() });
            self.forget(index);
        }
    }

    fn forget(&mut self, index: usize) {
        self.spans[index].plan.channels.iter().for_each(|channel| self.keep.forget(channel.name));
    }

    fn read_frames(&mut self, index: usize) {
        let Some(data) = self.spans[index].data().map(Arc::clone) else { return };
        let span = self.spans[index].span();
        // No more than the kernel keeps: others have to come to their turn.
        for _ in 0..FRAME_BUFFERS {
            let mut frame = [0; FRAME_ROOM];
            match data.read(&mut frame) {
                Ok(octets) if octets > FCS_OCTETS => {
                    let octets = frame[..octets - FCS_OCTETS].to_vec();
                    self.inputs.push_back(SignalInput::Frame { span, octets });
                }
                // Less than its check sequence is no frame.
                Ok(_) => {}
                Err(why) => match Fault::of(&why) {
                    Fault::Event => self.read_events(index, &data),
                    Fault::NotNow => return,
                    Fault::Gone => return self.leave(index),
                },
            }
        }
    }

    fn read_events(&mut self, index: usize, data: &Channel) {
        for _ in 0..sys::DAHDI_MAX_EVENTSIZE {
            match data.event() {
                Ok(Some(number)) => match decode(Role::Data, number) {
                    Told::Frame(fault) => self.bad_frame(index, fault),
                    Told::Removed => return self.leave(index),
                    // The media thread asks for alarms; the rest is of audio.
                    _ => {}
                },
                Ok(None) => return,
                Err(_) => return self.leave(index),
            }
        }
    }

    fn bad_frame(&mut self, index: usize, fault: FrameFault) {
        let span = &self.spans[index];
        count(match fault {
            FrameFault::BadFcs => &span.counters.bad_fcs,
            FrameFault::Abort => &span.counters.aborts,
            FrameFault::Overrun => &span.counters.frame_overruns,
        });
        self.inputs.push_back(SignalInput::BadFrame { span: span.span(), fault });
    }

    /// Begins the ringing whose pause is over.
    fn ring(&mut self, now: Time) {
        while let Some((span, timeslot)) = self.rings.take_due(now) {
            let Some(channel) = self.port(span, timeslot) else { continue };
            if channel.is_off_hook() {
                continue;
            }
            // What the kernel refuses now is a telephone that was lifted just now, or a card that is gone.
            let _ = ioctl::hook(channel.as_fd(), sys::DAHDI_RING);
        }
    }

    fn look_for_cards(&mut self, now: Time) {
        if self.next_retry.is_none_or(|due| due > now) {
            return;
        }
        for index in 0..self.spans.len() {
            if matches!(self.spans[index].state, State::Gone) && self.open(index, &mut Held::new()).is_ok() {
                self.tell_back(index);
            }
        }
        let any_gone = self.spans.iter().any(|span| matches!(span.state, State::Gone));
        self.next_retry = any_gone.then(|| now + RETRY);
    }

    /// A line that came back in alarm is told of by its alarms.
    fn tell_back(&mut self, index: usize) {
        let span = &self.spans[index];
        let State::Open { number, .. } = &span.state else { return };
        if self.control.alarms(*number).is_ok_and(|alarms| !alarms.mutes()) {
            self.inputs.push_back(SignalInput::Back { span: span.span() });
        }
    }

    fn fetch_statistics(&mut self, now: Time) {
        if self.next_statistics > now {
            return;
        }
        self.next_statistics = now + STATISTICS;
        (0..self.spans.len()).for_each(|index| self.count_line(index));
    }

    fn count_line(&mut self, index: usize) {
        let span = &mut self.spans[index];
        let State::Open { number, .. } = &span.state else { return };
        let Ok(status) = self.control.status(*number) else { return };
        span.totals.take(&status, &span.counters.line);
    }

    /// Has the timer run out when something is due next.
    fn arm(&self) {
        let due = [self.next_retry, self.rings.next_due(), Some(self.next_statistics)];
        let due = due.into_iter().flatten().min().unwrap_or(self.next_statistics);
        let left = due.since(Clock.now()).max(Duration::from_millis(1));
        let when = Expiration::OneShot(TimeSpec::from_duration(left));
        // A timer that can't be set leaves what is due to the next frame or command.
        let _ = self.timer.set(when, TimerSetTimeFlags::empty());
    }

    fn span(&self, span: SpanId) -> Option<&SpanSignal> {
        self.spans.iter().find(|known| known.span() == span)
    }

    fn port(&self, span: SpanId, timeslot: Timeslot) -> Option<Arc<Channel>> {
        self.span(span)?.port(timeslot).map(Arc::clone)
    }

    fn command_telephone(&mut self, at: (SpanId, Timeslot), channel: &Channel, command: LineCommand) -> io::Result<()> {
        let fd = channel.as_fd();
        match command {
            LineCommand::Ring(cadence) => {
                self.rings.stop(at);
                if channel.is_off_hook() {
                    return Err(io::ErrorKind::ResourceBusy.into());
                }
                // The ringing of before, if there was any.
                ioctl::hook(fd, sys::DAHDI_RINGOFF)?;
                let Some(plan) = crate::cadence::RingPlan::of(&cadence) else { return Ok(()) };
                ioctl::set_cadence(fd, plan.steps_ms)?;
                if plan.wait_ms == 0 {
                    return ioctl::hook(fd, sys::DAHDI_RING);
                }
                self.rings.start(at, Clock.now() + Duration::from_millis(u64::from(plan.wait_ms)));
                self.arm();
                Ok(())
            }
            LineCommand::OnHook => {
                self.rings.stop(at);
                // Where the telephone was lifted, that has stopped the ringing.
                if channel.is_off_hook() { Ok(()) } else { ioctl::hook(fd, sys::DAHDI_RINGOFF) }
            }
            LineCommand::Polarity { reversed } => unless_lacking(ioctl::set_polarity(fd, reversed)),
            LineCommand::OnHookTransfer { ms } => unless_lacking(ioctl::transfer_on_hook(fd, ms)),
            LineCommand::MessageLamp { messages } => unless_lacking(ioctl::show_waiting(fd, messages)),
            LineCommand::BatteryDrop { .. } => ask(channel, Ask::Drop),
            LineCommand::FlashWindow { max_ms } => set_flash_window(channel, max_ms),
            LineCommand::OffHook | LineCommand::Flash { .. } | LineCommand::DialPulse { .. } => Err(unfit()),
        }
    }
}

fn command_outside_line(channel: &Channel, command: LineCommand) -> io::Result<()> {
    let fd = channel.as_fd();
    match command {
        LineCommand::OffHook => ioctl::hook(fd, sys::DAHDI_OFFHOOK),
        // Opens the loop as `ONHOOK` does, but leaves the buffers of the media thread alone.
        LineCommand::OnHook => ioctl::hook(fd, sys::DAHDI_RINGOFF),
        LineCommand::Flash { ms } => set_flash_sent(channel, ms).and_then(|()| ioctl::hook(fd, sys::DAHDI_FLASH)),
        LineCommand::DialPulse { digit } if digit.is_ascii_digit() => ask(channel, Ask::Pulse(digit)),
        LineCommand::DialPulse { .. }
        | LineCommand::Ring(_)
        | LineCommand::Polarity { .. }
        | LineCommand::OnHookTransfer { .. }
        | LineCommand::BatteryDrop { .. }
        | LineCommand::FlashWindow { .. }
        | LineCommand::MessageLamp { .. } => Err(unfit()),
    }
}

fn ask(channel: &Channel, ask: Ask) -> io::Result<()> {
    if channel.ask(ask) { Ok(()) } else { Err(io::ErrorKind::ResourceBusy.into()) }
}

/// A command that this kind of port has no use for.
fn unfit() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}

/// Cards that lack a finesse say so; the call goes on without it.
fn unless_lacking(answer: io::Result<()>) -> io::Result<()> {
    match answer {
        Err(why) if matches!(why.raw_os_error(), Some(libc::ENOTTY | libc::ENOSYS | libc::EINVAL)) => Ok(()),
        other => other,
    }
}

impl Signal for DahdiSignal {
    fn readiness(&self) -> Option<BorrowedFd<'_>> {
        Some(self.readiness.0.as_fd())
    }

    fn poll(&mut self) -> Option<SignalInput> {
        if self.inputs.is_empty() {
            self.gather();
        }
        self.inputs.pop_front()
    }

    fn send_frame(&mut self, span: SpanId, octets: &[u8]) -> io::Result<()> {
        if octets.len() > FRAME_OCTETS {
            return Err(unfit());
        }
        let index = self.spans.iter().position(|known| known.span() == span).ok_or(io::ErrorKind::NotFound)?;
        let data = self.spans[index].data().map(Arc::clone).ok_or(io::ErrorKind::NotConnected)?;
        // The kernel puts the check sequence into the last two.
        let mut frame = [0; FRAME_OCTETS + FCS_OCTETS];
        frame[..octets.len()].copy_from_slice(octets);
        let frame = &frame[..octets.len() + FCS_OCTETS];
        match data.write(frame) {
            Err(why) if Fault::of(&why) == Fault::Event => {
                self.read_events(index, &data);
                data.write(frame).map(|_| ())
            }
            sent => sent.map(|_| ()),
        }
    }

    fn command(&mut self, span: SpanId, timeslot: Timeslot, command: LineCommand) -> io::Result<()> {
        let channel = self.port(span, timeslot).ok_or(io::ErrorKind::NotConnected)?;
        match channel.role() {
            Role::Fxs => self.command_telephone((span, timeslot), &channel, command),
            Role::Fxo => command_outside_line(&channel, command),
            Role::Bearer | Role::Data => Err(unfit()),
        }
    }
}

const WANTED: EpollFlags = EpollFlags::EPOLLIN.union(EpollFlags::EPOLLPRI);
