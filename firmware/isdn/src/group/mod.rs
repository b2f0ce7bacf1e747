//! Several lines that share a D-channel, with another D-channel to take its place: NFAS with D-channel backup.
//!
//! Source: Telcordia SR-4994, clauses 2 and 9, AT&T TR 41459, Annex B, ITU-T Q.931, 4.5.13 (interface identifier), 5.5 and
//! Annex F. Each line is a [`Span`] with its own calls and channels, and without a data link: the group carries its messages
//! over the D-channel in service, and gives each message that comes to the line that it is about. The call references
//! are shared out among the lines. A call can't move from one line to another, so every channel of ours is exclusive.
//! After each input, drain the outputs.
//! Not here: E1; lines of which some signal for themselves, which are spans of their own.

mod d_channels;
mod settings;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use frame::Time;

use crate::{
    Adopted, Applied, CallEntry, CallHandle, Cause, Event, Hunting, Input, Output, Request, SetupRefused, SetupRequest,
    Span, Timer,
    q921::{Information, LinkOutput},
    q931::{
        CallReference, Element, Message, MessageKind, ServiceMessage,
        element::{CallStateElement, CauseElement, ChannelId, InterfaceId, RestartClass},
    },
};
use d_channels::{DChannels, DOutput};
pub use settings::{GroupError, GroupSettings, LINES_MAX};

/// Lines that share a D-channel.
#[derive(Debug)]
pub struct Group {
    settings: GroupSettings,
    /// Settings that wait for the last call to end.
    next_settings: Option<GroupSettings>,
    d_channels: DChannels,
    lines: Vec<Line>,
    counters: GroupCounters,
    outputs: VecDeque<GroupOutput>,
}

/// One line of a group.
#[derive(Debug)]
struct Line {
    interface: u8,
    span: Span,
    layer1_up: bool,
    /// Layer 1 is down; its calls wait for it as those of a lost link do, T309.
    gone_until: Option<Time>,
}

/// What happens to a group.
#[derive(Clone, Debug)]
pub enum GroupInput<'a> {
    /// Layer 1 of a line is up or down.
    Layer1 {
        /// The line.
        interface: u8,
        /// No RED alarm.
        up: bool,
    },
    /// A good frame from the D-channel of a line.
    Frame {
        /// The line.
        interface: u8,
        /// The frame, without its check sequence.
        octets: &'a [u8],
    },
    /// What the box wants of a line or of its calls. To take a data link down or set it up again is for a line with a
    /// D-channel; where it is the one in service, the other takes over.
    Request {
        /// The line.
        interface: u8,
        /// What.
        request: Request,
    },
    /// [`Group::next_deadline`] has come.
    Timeout,
}

/// What a group wants done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost all of them are frames of a line, which must not cost an allocation"
)]
pub enum GroupOutput {
    /// As a span of this number has it. A frame is for its D-channel; that the link is up or down means that calls of this
    /// line can be signalled or not.
    Line(u8, Output),
    /// Signalling goes over the D-channel of this line from now on; over none where all are lost.
    Active(Option<u8>),
    /// The data link of the D-channel of a line is up or down, in service or not.
    DChannel {
        /// The line.
        interface: u8,
        /// Whether it is up.
        up: bool,
    },
}

/// What was ignored or could not be sent, beyond what the spans count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounters {
    /// Frames that were damaged, or for a line without a D-channel.
    pub ignored_frames: u64,
    /// Messages about a line that is not there.
    pub astray_messages: u64,
    /// Messages that could not be sent: no D-channel, or a full queue.
    pub unsent_messages: u64,
    /// Entries of a call table whose reference a call of another line has.
    pub refused_entries: u64,
}

impl Group {
    /// A group that waits for layer 1 of its lines.
    pub fn new(settings: GroupSettings) -> Group {
        let practice = settings.lines.rules().maintenance.expect("a dialect with shared D-channels has SERVICE");
        Group {
            d_channels: DChannels::new(&settings, practice),
            lines: new_lines(&settings),
            next_settings: None,
            counters: GroupCounters::default(),
            outputs: VecDeque::new(),
            settings,
        }
    }

    /// Takes an input, then runs what is due.
    pub fn handle_input(&mut self, now: Time, input: GroupInput<'_>) {
        match input {
            GroupInput::Layer1 { interface, up } => self.handle_layer1(now, interface, up),
            GroupInput::Frame { interface, octets } => {
                let good = self.d_channels.handle_frame(now, interface, octets);
                self.counters.ignored_frames += u64::from(!good);
            }
            GroupInput::Request { interface, request: Request::TakeDown } => self.d_channels.release(now, interface),
            GroupInput::Request { interface, request: Request::BringUp } => self.d_channels.bring_up(now, interface),
            GroupInput::Request { interface, request } => self.tell_line(now, interface, Input::Request(request)),
            GroupInput::Timeout => {}
        }
        self.settle(now);
        self.run_due(now);
        self.settle(now);
    }

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<GroupOutput> {
        let acknowledgement = |group: &mut Group| {
            let (interface, octets) = group.d_channels.poll_acknowledgement()?;
            Some(GroupOutput::Line(interface, Output::Frame(octets)))
        };
        self.outputs.pop_front().or_else(|| acknowledgement(self))
    }

    /// When [`GroupInput::Timeout`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        let of_lines = self.lines.iter().flat_map(|line| [line.span.next_deadline(), line.gone_until]);
        of_lines.flatten().chain(self.d_channels.next_deadline()).min()
    }

    /// Places a call on the first line that has a channel, looked for from the end from which channels are.
    pub fn setup(&mut self, now: Time, request: SetupRequest) -> Result<(u8, CallHandle), SetupRefused> {
        let free = |line: &Line| line.layer1_up && !line.span.idle_channels().is_empty();
        let mut free = self.lines.iter().filter(|line| free(line)).map(|line| line.interface);
        let interface = match self.settings.lines.hunting {
            Hunting::LowToHigh => free.next(),
            Hunting::HighToLow => free.next_back(),
        };
        let interface = interface.ok_or(SetupRefused::NoChannel)?;
        self.setup_on(now, interface, request).map(|call| (interface, call))
    }

    /// Places a call on a line.
    pub fn setup_on(&mut self, now: Time, interface: u8, request: SetupRequest) -> Result<CallHandle, SetupRefused> {
        let backlog = self.d_channels.backlog_messages();
        let line = self.line_mut(interface).filter(|line| line.layer1_up).ok_or(SetupRefused::NoChannel)?;
        line.span.note_backlog(backlog);
        let call = line.span.setup(now, request)?;
        self.settle(now);
        Ok(call)
    }

    /// Takes calls of a line over from the call table of the box's last life, before layer 1 is told. The lines may have had
    /// another order then, and so other shares of the call references: a reference that a call brings along is given out
    /// by no line, and one that two lines bring along is the first one's.
    pub fn adopt(&mut self, now: Time, interface: u8, entries: &[CallEntry]) -> Vec<Adopted> {
        let elsewhere = |entry: &CallEntry| {
            let reference = CallReference { value: entry.reference, to_originator: entry.ours };
            self.line_of(reference).is_some_and(|line| line != interface)
        };
        let (twice, good): (Vec<CallEntry>, Vec<CallEntry>) = entries.iter().partition(|entry| elsewhere(entry));
        self.counters.refused_entries += twice.len() as u64;
        for entry in twice {
            self.put(interface, Output::Forget(entry));
        }
        let adopted = self.line_mut(interface).map(|line| line.span.adopt(now, &good)).unwrap_or_default();
        for Adopted { entry, .. } in adopted.iter().filter(|adopted| adopted.entry.ours) {
            let others = self.lines.iter_mut().filter(|line| line.interface != interface);
            others.for_each(|line| line.span.leave_out(entry.reference));
        }
        self.settle(now);
        adopted
    }

    /// Sets the owner's own number for a call. It reaches the call table at once.
    pub fn set_tag(&mut self, now: Time, interface: u8, call: CallHandle, tag: u64) {
        if let Some(line) = self.line_mut(interface) {
            line.span.set_tag(now, call, tag);
        }
        self.settle(now);
    }

    /// Changes the settings. Other lines wait until the group has no call.
    pub fn apply(&mut self, now: Time, settings: &GroupSettings) -> Applied {
        let applied = self.would_apply(settings);
        self.next_settings = None;
        if self.settings.same_lines(settings) {
            self.d_channels.apply(settings);
            for line in &mut self.lines {
                line.span.apply(now, &settings.line(line.interface));
            }
            self.settings = settings.clone();
        } else {
            self.next_settings = Some(settings.clone());
        }
        self.settle(now);
        applied
    }

    /// What [`Group::apply`] would answer now.
    pub fn would_apply(&self, settings: &GroupSettings) -> Applied {
        let at_once = self.settings.same_lines(settings) || self.call_count() == 0;
        if at_once { Applied::Applied } else { Applied::WhenIdle }
    }

    /// The calls and channels of a line.
    pub fn line(&self, interface: u8) -> Option<&Span> {
        self.lines.iter().find(|line| line.interface == interface).map(|line| &line.span)
    }

    /// How many channels of a line can carry calls, as [`Span::usable_channels`] has it: none that is idle where the line
    /// has no layer 1, though its calls are signalled elsewhere.
    pub fn usable_channels(&self, interface: u8) -> usize {
        let line = self.lines.iter().find(|line| line.interface == interface);
        line.map_or(0, |line| {
            let idle = if line.layer1_up { 0 } else { line.span.idle_channels().count() as usize };
            line.span.usable_channels().saturating_sub(idle)
        })
    }

    /// The line of the primary D-channel.
    pub fn primary(&self) -> u8 {
        self.settings.primary()
    }

    /// The lines with a D-channel, the primary one first.
    pub fn d_channels(&self) -> &[u8] {
        self.settings.d_channels()
    }

    /// The line whose D-channel carries the signalling.
    pub fn active(&self) -> Option<u8> {
        self.d_channels.active()
    }

    /// How many calls there are, those that are being cleared included.
    pub fn call_count(&self) -> usize {
        self.lines.iter().map(|line| line.span.call_count()).sum()
    }

    /// What was ignored or could not be sent.
    pub fn counters(&self) -> &GroupCounters {
        &self.counters
    }

    fn line_mut(&mut self, interface: u8) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.interface == interface)
    }

    fn tell_line(&mut self, now: Time, interface: u8, input: Input<'_>) {
        if let Some(line) = self.line_mut(interface) {
            line.span.handle_input(now, input);
        }
    }

    /// A line without layer 1 carries no speech, though its calls are signalled elsewhere: none is placed on it, and those
    /// that talk have T309 for it to come back.
    fn handle_layer1(&mut self, now: Time, interface: u8, up: bool) {
        let until = now + self.settings.lines.timers.get(Timer::T309);
        if let Some(line) = self.line_mut(interface) {
            line.layer1_up = up;
            line.gone_until = if up { None } else { line.gone_until.or(Some(until)) };
        }
        self.d_channels.handle_layer1(now, interface, up);
    }

    fn run_due(&mut self, now: Time) {
        self.d_channels.handle_timeout(now);
        for line in &mut self.lines {
            if line.gone_until.take_if(|until| *until <= now).is_some() {
                line.span.clear_all(now, Cause::DestinationOutOfOrder);
            }
            line.span.handle_input(now, Input::Timeout);
        }
    }

    /// Carries what there is to carry until all is quiet.
    fn settle(&mut self, now: Time) {
        loop {
            self.put_frames();
            self.collect(now);
            let Some(output) = self.d_channels.poll_output() else { break };
            self.take(now, output);
        }
        if self.call_count() == 0
            && let Some(settings) = self.next_settings.take()
        {
            self.set_up_anew(now, settings);
        }
    }

    fn take(&mut self, now: Time, output: DOutput) {
        match output {
            DOutput::Fault(interface, fault) => self.put(interface, Output::Event(Event::LinkFault(fault))),
            DOutput::Active(interface) => self.outputs.push_back(GroupOutput::Active(interface)),
            DOutput::Link(interface, up) => self.outputs.push_back(GroupOutput::DChannel { interface, up }),
            DOutput::Message(interface, octets) => self.receive(now, interface, octets),
            DOutput::News(news) => self.lines.iter_mut().for_each(|line| line.span.hear(now, news.clone())),
        }
    }

    /// What the lines want done. Their frames are bare messages.
    fn collect(&mut self, now: Time) {
        for at in 0..self.lines.len() {
            while let Some(output) = self.lines[at].span.poll_output() {
                match output {
                    Output::Frame(octets) => self.send(now, &octets),
                    output => self.put(self.lines[at].interface, output),
                }
            }
        }
    }

    fn put(&mut self, interface: u8, output: Output) {
        self.outputs.push_back(GroupOutput::Line(interface, output));
    }

    /// Sends a message. Its frame keeps its place among the entries of the call table.
    fn send(&mut self, now: Time, octets: &[u8]) {
        let sent = octets.try_into().is_ok_and(|octets: Information| self.d_channels.send(now, octets).is_ok());
        self.counters.unsent_messages += u64::from(!sent);
        self.put_frames();
    }

    fn put_frames(&mut self) {
        while let Some((interface, octets)) = self.d_channels.poll_frame() {
            self.put(interface, Output::Frame(octets));
        }
    }

    /// A message that came over the D-channel of a line: to the line that it is about.
    fn receive(&mut self, now: Time, over: u8, octets: Information) {
        if let Ok(service) = ServiceMessage::parse(&octets) {
            return self.pass_to(now, named(Some(&service.channel)).unwrap_or(over), octets);
        }
        let message = Message::parse(&octets).ok().map(|parsed| parsed.message);
        let Some(message) = message else { return self.pass_to(now, over, octets) };
        match (message.reference, message.kind) {
            (Some(CallReference { value: 0, .. }), MessageKind::Restart)
                if message.restart_class() == Some(&RestartClass::AllInterfaces) =>
            {
                self.restart_all(now, &octets);
            }
            (Some(reference), kind) if reference.value != 0 => match self.line_of(reference) {
                Some(interface) => self.pass_to(now, interface, octets),
                None if kind == MessageKind::Setup => self.receive_setup(now, over, &message, octets),
                None => self.pass_to(now, over, octets),
            },
            (reference, _) => match named(message.channel_id()) {
                Some(interface) if self.line(interface).is_none() => self.refuse(now, reference, &message),
                interface => self.pass_to(now, interface.unwrap_or(over), octets),
            },
        }
    }

    fn pass_to(&mut self, now: Time, interface: u8, octets: Information) {
        match self.line_mut(interface) {
            Some(line) => line.span.hear(now, LinkOutput::Information(octets)),
            None => self.counters.astray_messages += 1,
        }
    }

    fn line_of(&self, reference: CallReference) -> Option<u8> {
        self.lines.iter().find(|line| line.span.knows(reference)).map(|line| line.interface)
    }

    /// 5.2.3: on the line that is named, or on another where the far end leaves us the choice.
    fn receive_setup(&mut self, now: Time, over: u8, message: &Message, octets: Information) {
        let channel = message.channel_id();
        let wanted = named(channel).unwrap_or(over);
        let ours_to_choose = channel.is_none_or(|channel| !channel.exclusive);
        let full = |interface| self.line(interface).is_none_or(|span| span.idle_channels().is_empty());
        let another = || self.lines.iter().map(|line| line.interface).find(|&interface| !full(interface));
        match another().filter(|_| ours_to_choose && full(wanted)) {
            Some(another) => self.pass_to(now, another, octets),
            None if self.line(wanted).is_none() => self.refuse(now, message.reference, message),
            None => self.pass_to(now, wanted, octets),
        }
    }

    /// 5.2.3.1 and 5.5: a line that is not there has no channel.
    fn refuse(&mut self, now: Time, reference: Option<CallReference>, message: &Message) {
        self.counters.astray_messages += 1;
        let kind = match message.kind {
            MessageKind::Setup => MessageKind::ReleaseComplete,
            MessageKind::Restart => MessageKind::Status,
            _ => return,
        };
        let Some(reference) = reference else { return };
        let cause = CauseElement::new(self.settings.lines.location(), Cause::ChannelDoesNotExist);
        let state = (kind == MessageKind::Status).then_some(Element::CallState(CallStateElement(0)));
        let refusal = Message::new(reference.reply(), kind).with(Element::Cause(cause)).with(state);
        if let Ok(octets) = refusal.emit(false) {
            self.send(now, &octets);
        }
    }

    /// 5.5: all lines are restarted, and one answers for all.
    fn restart_all(&mut self, now: Time, octets: &Information) {
        for at in 0..self.lines.len() {
            self.lines[at].span.hear(now, LinkOutput::Information(octets.clone()));
            let last = at + 1 == self.lines.len();
            while let Some(output) = self.lines[at].span.poll_output() {
                match output {
                    Output::Frame(answer) if last => self.send(now, &answer),
                    Output::Frame(_) => {}
                    output => self.put(self.lines[at].interface, output),
                }
            }
        }
    }

    /// Other lines, or other D-channels: everything begins again on the same layer 1.
    fn set_up_anew(&mut self, now: Time, settings: GroupSettings) {
        let up: Vec<u8> = self.lines.iter().filter(|line| line.layer1_up).map(|line| line.interface).collect();
        for &interface in &up {
            self.handle_layer1(now, interface, false);
        }
        self.settle(now);
        let (counters, outputs) = (self.counters, std::mem::take(&mut self.outputs));
        *self = Group { counters, outputs, ..Group::new(settings) };
        for interface in up {
            self.handle_layer1(now, interface, true);
        }
        self.settle(now);
    }
}

fn new_lines(settings: &GroupSettings) -> Vec<Line> {
    let share = CallReference::MAX_VALUE / settings.interfaces().len().max(1) as u16;
    let new = |(at, &interface): (usize, &u8)| {
        let first = at as u16 * share + 1;
        let span = Span::sharing(settings.line(interface), first..=first + share - 1);
        Line { interface, span, layer1_up: false, gone_until: None }
    };
    settings.interfaces().iter().enumerate().map(new).collect()
}

/// The line that a channel is on, where that is said.
fn named(channel: Option<&ChannelId>) -> Option<u8> {
    channel?.interface.as_ref().and_then(interface_number)
}

/// The number of an interface, where it is one octet as ours are.
fn interface_number(interface: &InterfaceId) -> Option<u8> {
    match interface.as_slice() {
        [octet] => Some(octet & 0x7f),
        _ => None,
    }
}
