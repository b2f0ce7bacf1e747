//! A span of ours or two that share a D-channel, libpri at the other end, and the wire between them, under one clock.
//!
//! At each moment frames go back and forth until both ends are idle; then the clock jumps to the earlier of their next
//! deadlines. So a timer of three minutes costs what its frames cost.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use frame::{Time, Timeslot};
use isdn::{
    Adopted, CallEntry, CallHandle, Cause, ChannelState, Event, GroupOutput, IncomingSetup, Input, Origin, Output,
    Request, Role, Rules, SetupRequest, Span, Timer, q931::MessageKind,
};

use crate::{
    dice::Dice,
    end::{End, FIRST_LIFE, SECOND_LIFE},
    peer::{Manner, Peer, Step, Told},
    row::Column,
    trace::Trace,
};

/// The line of one scenario.
pub struct Line {
    pub column: Column,
    end: End,
    /// Which line is spoken of: whose requests and events these are. 0 where there is only one.
    spoken_of: u8,
    now: Time,
    peer: Peer,
    folder: PathBuf,
    manner: Manner,
    step: Step,
    /// Frames that the far end had sent before its last start are not counted twice.
    received: [u64; 2],
    dice: Dice,
    cable: Cable,
    /// D-channels that carry nothing, by their lines; nobody sees an alarm.
    dead: BTreeSet<u8>,
    active: Option<u8>,
    /// D-channels of a shared line whose link is up at our end.
    links: BTreeSet<u8>,
    deaf_to: Vec<MessageKind>,
    layer1: bool,
    events: VecDeque<(u8, Event)>,
    told: VecDeque<Told>,
    calls: BTreeSet<(u8, CallHandle)>,
    table: BTreeMap<(u16, bool), (u8, CallEntry)>,
    ends: Vec<(CallHandle, Cause, Origin)>,
    link_faults: usize,
    maintenance_is_right: bool,
    far_may_keep: i64,
    cpu_before: Duration,
    pub trace: Trace,
}

/// What stands at our end, and how digits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A span; numbers come whole.
    EnBloc,
    /// A span; libpri sends and takes digits one by one.
    Overlap,
    /// Two T1 with a D-channel and another to take its place.
    Shared,
}

/// What a cable carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    Whole,
    /// Nothing.
    Cut,
    /// Only what the far end says.
    OnlyToUs,
    /// Only what we say.
    OnlyToFarEnd,
}

/// Something that should have happened did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss(pub String);

/// What a scenario that went as it should has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All of it.
    Held,
    /// The dialect has no such thing; the line stayed in order.
    NotInDialect(&'static str),
    /// libpri is silent or wrong here; ours did what it should.
    FarEnd(&'static str),
    /// Frames were lost, and a timer ended what could not go on.
    EndedByTimer,
}

/// What each step of a scenario gives.
pub type Seen<T> = Result<T, Miss>;

impl Line {
    /// A line whose data link is up.
    pub fn up(column: Column, kind: Kind, seed: u64, folder: &Path) -> Seen<Line> {
        let mut line = Line::down(column, kind, seed, folder)?;
        line.set_layer1(true);
        let up = line.runs_until(LINK_PATIENCE, Line::are_links_up);
        line.told.retain(|told| told.event() != "DCHAN_UP");
        if !up {
            return Err(Miss("the data link does not come up".to_owned()));
        }
        if kind == Kind::Shared {
            line.turn_to(0)?;
        }
        Ok(line)
    }

    fn down(column: Column, kind: Kind, seed: u64, folder: &Path) -> Seen<Line> {
        let (overlap, backup) = (kind == Kind::Overlap, kind == Kind::Shared);
        let manner = Manner { switch: column.switch, role: column.peer, overlap, backup };
        let end = if backup { End::shared(column, FIRST_LIFE)? } else { End::alone(column, true, FIRST_LIFE) };
        let mut peer = Peer::start(manner, folder);
        let step = peer.step(Time::ZERO);
        Ok(Line {
            column,
            end,
            spoken_of: 0,
            now: Time::ZERO,
            step,
            peer,
            folder: folder.to_owned(),
            manner,
            received: [0; 2],
            dice: Dice::new(seed),
            cable: Cable::Whole,
            dead: BTreeSet::new(),
            active: None,
            links: BTreeSet::new(),
            deaf_to: Vec::new(),
            layer1: false,
            events: VecDeque::new(),
            told: VecDeque::new(),
            calls: BTreeSet::new(),
            table: BTreeMap::new(),
            ends: Vec::new(),
            link_faults: 0,
            maintenance_is_right: false,
            far_may_keep: 0,
            cpu_before: Duration::ZERO,
            trace: Trace::new(column.peer.opposite()),
        })
    }

    pub fn now(&self) -> Time {
        self.now
    }

    /// The span on the line that is spoken of.
    pub fn span(&self) -> &Span {
        self.span_of(self.spoken_of)
    }

    /// The span on a line.
    pub fn span_of(&self, line: u8) -> &Span {
        self.end.span(line)
    }

    /// Calls can be signalled.
    pub fn is_link_up(&self) -> bool {
        self.end.is_link_up()
    }

    /// From now on this line is spoken of, at both ends.
    pub fn turn_to(&mut self, line: u8) -> Seen<()> {
        self.spoken_of = line;
        self.far(format!("interface n={line}")).map(drop)
    }

    /// The line whose D-channel carries the signalling.
    pub fn active(&self) -> Option<u8> {
        self.active
    }

    /// All of them, at both ends.
    fn are_links_up(&self) -> bool {
        let up = self.told.iter().filter(|told| told.event() == "DCHAN_UP");
        let far: BTreeSet<bool> = up.map(|told| told.number("backup") == 1).collect();
        let ours = match self.end {
            End::Alone(_) => usize::from(self.is_link_up()),
            End::Shared(_) => self.links.len(),
        };
        [far.len(), ours] == [self.end.lines().len(); 2]
    }

    /// We are the network side.
    pub fn we_are_network(&self) -> bool {
        self.column.peer == Role::User
    }

    /// What the dialect has and has not.
    pub fn rules(&self) -> Rules {
        self.column.switch.dialect().rules()
    }

    /// How long a timer of ours runs.
    pub fn timer(&self, timer: Timer) -> Duration {
        self.rules().timers(self.column.peer.opposite()).get(timer)
    }

    /// Where a user hunts first.
    pub fn highest_channel(&self) -> Timeslot {
        self.span().idle_channels().iter().next_back().expect("a span has channels")
    }

    /// What the far end has used of CPU time.
    pub fn peer_cpu(&self) -> Duration {
        self.cpu_before + self.step.cpu
    }

    // What happens on the line.

    /// The cable is cut, or is whole again. Layer 1 stays up.
    pub fn set_cable(&mut self, cable: Cable) {
        self.cable = cable;
    }

    /// RED at our end, and nothing is carried; or the end of it.
    pub fn set_layer1(&mut self, up: bool) {
        self.layer1 = up;
        self.cable = if up { Cable::Whole } else { Cable::Cut };
        for &line in self.end.lines() {
            self.input(line, Input::Layer1(up));
        }
    }

    /// RED on one line only, or the end of it: nothing goes over its D-channel.
    pub fn set_layer1_of(&mut self, line: u8, up: bool) {
        self.set_d_channel(line, up);
        self.input(line, Input::Layer1(up));
    }

    /// The D-channel of a line dies without an alarm, or works again.
    pub fn set_d_channel(&mut self, line: u8, works: bool) {
        if works {
            self.dead.remove(&line)
        } else {
            self.dead.insert(line)
        };
    }

    /// From now on the far end takes no message of these kinds: its link acknowledges them, its layer 3 sees another
    /// protocol and ignores them.
    pub fn far_end_is_deaf_to(&mut self, kinds: &[MessageKind]) {
        self.deaf_to = kinds.to_vec();
    }

    /// A second RELEASE without an answer leaves its channel in maintenance, Q.931, 5.3.4; so does an ignored RESTART.
    pub fn maintenance_is_right(&mut self) {
        self.maintenance_is_right = true;
    }

    /// libpri loses the record of a call: it is not in its way, but it is not freed.
    pub fn far_end_may_keep_a_call(&mut self) {
        self.far_may_keep += 1;
    }

    /// The far end is started anew, and knows nothing.
    pub fn far_end_restarts(&mut self) {
        self.cpu_before += self.step.cpu;
        for &line in self.end.lines() {
            while self.peer.say(line).is_some() {}
        }
        self.peer = Peer::start(self.manner, &self.folder);
        self.received = [0; 2];
        self.told.clear();
        self.step = self.peer.step(self.now);
    }

    /// Our box is killed and started anew after `away`: it has its call table, and layer 1 never went down. What it was told
    /// before is gone. Gives the calls that it takes over.
    pub fn we_restart(&mut self, away: Duration) -> Vec<Adopted> {
        let table: Vec<(u8, CallEntry)> = self.table.values().copied().collect();
        self.cable = Cable::OnlyToFarEnd;
        self.runs_without_us(away);
        self.cable = Cable::Whole;
        self.end = match self.end {
            End::Alone(_) => End::alone(self.column, true, SECOND_LIFE),
            End::Shared(_) => End::shared(self.column, SECOND_LIFE).expect("it was shared before"),
        };
        self.events.clear();
        self.calls.clear();
        let adopted = self.end.lines().iter().flat_map(|&line| self.adopts(line, &table)).collect();
        self.drain();
        self.set_layer1(true);
        adopted
    }

    fn adopts(&mut self, line: u8, table: &[(u8, CallEntry)]) -> Vec<Adopted> {
        let of_line: Vec<CallEntry> = table.iter().filter(|(of, _)| *of == line).map(|(_, entry)| *entry).collect();
        let adopted = self.end.adopt(self.now, line, &of_line);
        self.calls.extend(adopted.iter().map(|adopted| (line, adopted.call)));
        adopted
    }

    /// Nobody is at our end; what the far end says is lost.
    fn runs_without_us(&mut self, away: Duration) {
        let until = self.now + away;
        while self.now < until {
            self.now = self.step.next.map_or(until, |next| next.min(until)).max(self.now);
            self.step_peer();
        }
    }

    /// Lets time pass.
    pub fn runs(&mut self, duration: Duration) {
        let until = self.now + duration;
        self.runs_until(duration, |line| line.now >= until);
    }

    /// Lets time pass until something is so, and not longer than `patience`.
    pub fn runs_until(&mut self, patience: Duration, is_so: impl Fn(&Line) -> bool) -> bool {
        let until = self.now + patience;
        loop {
            self.exchange();
            if is_so(self) {
                return true;
            }
            if self.now >= until {
                return false;
            }
            let next = [self.step.next, self.end.next_deadline()].into_iter().flatten().min();
            self.now = next.map_or(until, |next| next.min(until)).max(self.now);
        }
    }

    /// Frames go back and forth until both ends are idle.
    fn exchange(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let before = (self.trace.len(), self.step.sent);
            if self.end.next_deadline().is_some_and(|deadline| deadline <= self.now) {
                self.input(0, Input::Timeout);
            }
            self.step_peer();
            let due = |next: Option<Time>| next.is_some_and(|next| next <= self.now);
            let idle = before == (self.trace.len(), self.step.sent);
            if idle && !due(self.step.next) && !due(self.end.next_deadline()) {
                return;
            }
        }
        panic!("the two ends never come to rest at {} ms", self.now.as_us() / 1000);
    }

    fn step_peer(&mut self) {
        self.step = self.peer.step(self.now);
        while let Some(told) = self.peer.poll_told() {
            self.told.push_back(told);
        }
        for &line in self.end.lines() {
            self.hear_line(line);
        }
    }

    fn hear_line(&mut self, line: u8) {
        let at = usize::from(line);
        while self.received[at] < self.step.sent[at] {
            let Some(octets) = self.peer.say(line) else { break };
            self.received[at] += 1;
            if self.carries(Cable::OnlyToUs, line) {
                self.trace.received(self.now, &octets);
                self.input(line, Input::Frame(&octets));
            }
        }
    }

    /// Whether a frame arrives, where a cable that is cut one way may be cut as `one_way` says.
    fn carries(&mut self, one_way: Cable, line: u8) -> bool {
        let whole = (self.cable == Cable::Whole || self.cable == one_way) && !self.dead.contains(&line);
        whole && self.dice.below(1000) >= self.column.loss_permille as usize
    }

    fn input(&mut self, line: u8, input: Input<'_>) {
        self.end.input(self.now, line, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(wanted) = self.end.poll() {
            match wanted {
                GroupOutput::Active(line) => self.active = line,
                GroupOutput::DChannel { interface, up: true } => _ = self.links.insert(interface),
                GroupOutput::DChannel { interface, up: false } => _ = self.links.remove(&interface),
                GroupOutput::Line(line, Output::Frame(octets)) => self.send(line, &octets),
                GroupOutput::Line(line, Output::Event(event)) => self.note(line, event),
                GroupOutput::Line(line, Output::Remember(entry)) => {
                    self.table.insert((entry.reference, entry.ours), (line, entry));
                }
                GroupOutput::Line(_, Output::Forget(entry)) => {
                    self.table.remove(&(entry.reference, entry.ours));
                }
            }
        }
    }

    fn send(&mut self, line: u8, octets: &[u8]) {
        self.trace.sent(self.now, octets);
        if !self.carries(Cable::OnlyToFarEnd, line) {
            return;
        }
        let mut octets = octets.to_vec();
        if self.deaf_to.iter().any(|&kind| is_message(&octets, kind)) {
            octets[DISCRIMINATOR_AT] = OTHER_PROTOCOL;
        }
        self.peer.hear(line, &octets);
    }

    fn note(&mut self, line: u8, event: Event) {
        match &event {
            Event::Incoming { call, .. } => {
                assert!(self.calls.insert((line, *call)), "a handle is given out once");
            }
            Event::Released { call, cause, by } => {
                assert!(self.calls.remove(&(line, *call)), "exactly one Released a call");
                self.ends.push((*call, *cause, *by));
            }
            Event::LinkFault(_) | Event::LinkDown => self.link_faults += 1,
            _ => {}
        }
        self.events.push_back((line, event));
    }

    // What the two ends are asked for.

    /// The owner allows hold from the far end, or does not.
    pub fn allows_hold(&mut self, far_end_may_hold: bool) {
        self.end.allow_hold(self.now, self.column, far_end_may_hold);
        self.drain();
    }

    /// A request of ours.
    pub fn asks(&mut self, request: Request) {
        self.input(self.spoken_of, Input::Request(request));
        self.exchange();
    }

    /// We place a call.
    pub fn places(&mut self, request: SetupRequest) -> Seen<CallHandle> {
        let placed = self.places_unsent(request);
        self.exchange();
        placed
    }

    /// We place a call, and the far end has not heard of it yet.
    pub fn places_unsent(&mut self, request: SetupRequest) -> Seen<CallHandle> {
        // With loss the link may just be coming up again.
        self.runs_until(LINK_PATIENCE, Line::is_link_up);
        let placed = self.end.setup(self.now, self.spoken_of, request);
        let call = placed.map_err(|refused| Miss(format!("no call: {refused}")))?;
        self.calls.insert((self.spoken_of, call));
        self.drain();
        Ok(call)
    }

    /// A command to the far end, which libpri must take.
    pub fn far(&mut self, command: impl AsRef<str>) -> Seen<i64> {
        let id = self.far_unsent(command)?;
        self.exchange();
        Ok(id)
    }

    /// The same, while we have not heard of it yet.
    pub fn far_unsent(&mut self, command: impl AsRef<str>) -> Seen<i64> {
        let command = command.as_ref();
        match self.peer.command(command) {
            (id, true) => Ok(id),
            (_, false) => Err(Miss(format!("libpri does not take \"{command}\""))),
        }
    }

    /// A command that libpri may refuse in this dialect; whether it took it.
    pub fn far_may(&mut self, command: &str) -> bool {
        let (_, taken) = self.peer.command(command);
        self.exchange();
        taken
    }

    // What is expected of them.

    /// Waits for an event of ours; those before it stay.
    pub fn event<T>(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> Seen<T> {
        self.event_within(self.patience(), what, &mut wanted)
    }

    pub fn event_within<T>(
        &mut self,
        patience: Duration,
        what: &str,
        mut wanted: impl FnMut(&Event) -> Option<T>,
    ) -> Seen<T> {
        let found = |line: &Line, wanted: &mut dyn FnMut(&Event) -> Option<T>| {
            let mut of_line = line.events.iter().enumerate().filter(|(_, (of, _))| *of == line.spoken_of);
            of_line.find_map(|(at, (_, event))| Some((at, wanted(event)?)))
        };
        let cell = RefCell::new(&mut wanted);
        self.runs_until(patience, |line| found(line, &mut **cell.borrow_mut()).is_some());
        match found(self, &mut wanted) {
            Some((at, value)) => {
                self.events.remove(at);
                Ok(value)
            }
            None => Err(self.miss(what)),
        }
    }

    /// Waits for an event of libpri.
    pub fn told(&mut self, event: &str) -> Seen<Told> {
        self.told_within(self.patience(), event)
    }

    pub fn told_within(&mut self, patience: Duration, event: &str) -> Seen<Told> {
        self.runs_until(patience, |line| line.has_told(event));
        match self.told.iter().position(|told| told.event() == event) {
            Some(at) => Ok(self.told.remove(at).expect("it was found")),
            None => Err(self.miss(&format!("libpri's {event}"))),
        }
    }

    pub fn has_told(&self, event: &str) -> bool {
        self.told.iter().any(|told| told.event() == event)
    }

    /// Whether libpri has told that this call of its is ending or over.
    pub fn has_told_end_of(&self, id: i64) -> bool {
        self.told.iter().any(|told| told.event().starts_with("HANGUP") && told.id() == id)
    }

    /// Events of ours that nobody has asked for yet.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().map(|(_, event)| event)
    }

    /// A call comes in.
    pub fn rings(&mut self) -> Seen<(CallHandle, Box<IncomingSetup>)> {
        self.event("an incoming call", |event| match event {
            Event::Incoming { call, setup } => Some((*call, setup.clone())),
            _ => None,
        })
    }

    pub fn connected(&mut self, wanted: CallHandle) -> Seen<Timeslot> {
        self.event("Connected", |event| match event {
            Event::Connected { call, timeslot, .. } if *call == wanted => Some(*timeslot),
            _ => None,
        })
    }

    pub fn disconnected(&mut self, wanted: CallHandle) -> Seen<(Cause, bool)> {
        self.event("Disconnected", |event| match event {
            Event::Disconnected { call, cause, audible } if *call == wanted => Some((*cause, *audible)),
            _ => None,
        })
    }

    pub fn released(&mut self, wanted: CallHandle) -> Seen<(Cause, Origin)> {
        self.released_within(self.patience(), wanted)
    }

    pub fn released_within(&mut self, patience: Duration, wanted: CallHandle) -> Seen<(Cause, Origin)> {
        self.event_within(patience, "Released", |event| match event {
            Event::Released { call, cause, by } if *call == wanted => Some((*cause, *by)),
            _ => None,
        })
    }

    /// How long an answer may take: at once, but with loss T200 runs, more than once in a row, and a SETUP's T303.
    pub fn patience(&self) -> Duration {
        if self.column.is_lossy() { Duration::from_secs(30) } else { Duration::from_millis(900) }
    }

    fn miss(&self, what: &str) -> Miss {
        let events: Vec<&Event> =
            self.events().filter(|event| !matches!(event, Event::Channel { .. } | Event::LinkUp)).collect();
        let told: Vec<&Told> = self.told.iter().collect();
        Miss(format!("{what} is missing at {} ms; we: {events:?}; libpri: {told:?}", self.now.as_us() / 1000))
    }

    // How it ends.

    /// Whether frames that were lost can explain that something did not happen: a timer ended a call, or the link broke.
    pub fn is_excused(&self) -> bool {
        let by_timer = |&(_, cause, by): &(CallHandle, Cause, Origin)| match by {
            Origin::Timer(_) | Origin::Link | Origin::Protocol => true,
            // The far end's timer ran out and it has forgotten the call, or never heard of it.
            Origin::Far => [Cause::InvalidCallReference, Cause::RecoveryOnTimerExpiry].contains(&cause),
            Origin::Near | Origin::Restart | Origin::Adoption => false,
        };
        self.column.is_lossy() && (self.link_faults > 0 || self.ends.iter().any(by_timer))
    }

    /// Clears what is left, waits until all is quiet, and looks for what is not as it was at the start. Gives how many
    /// calls libpri keeps that it should not.
    pub fn ends_clean(&mut self) -> Seen<i64> {
        self.deaf_to.clear();
        if !self.layer1 {
            self.set_layer1(true);
        }
        self.cable = Cable::Whole;
        for line in std::mem::take(&mut self.dead) {
            self.set_layer1_of(line, true);
        }
        self.runs_until(LINK_PATIENCE, Line::is_link_up);
        for (line, call) in self.calls.clone() {
            self.spoken_of = line;
            self.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
        }
        self.runs_until(QUIET_PATIENCE, Line::is_quiet);
        let until = self.now + QUIET_PATIENCE;
        while self.peer.calls() > self.far_may_keep && self.now < until {
            self.runs(Duration::from_secs(5));
        }
        self.findings()?;
        Ok((self.peer.calls() - self.far_may_keep).max(0))
    }

    fn is_quiet(&self) -> bool {
        self.call_count() == 0 && self.busy_channels().is_empty()
    }

    fn call_count(&self) -> usize {
        self.end.lines().iter().map(|&line| self.end.span(line).call_count()).sum()
    }

    fn busy_channels(&self) -> Vec<(Timeslot, ChannelState)> {
        let of =
            |&line: &u8| (1..32).map(Timeslot).filter_map(move |slot| Some((slot, self.end.span(line).channel(slot)?)));
        let states = self.end.lines().iter().flat_map(of);
        let allowed =
            |state| state == ChannelState::Idle || self.maintenance_is_right && state == ChannelState::Maintenance;
        states.filter(|&(_, state)| !allowed(state)).collect()
    }

    fn findings(&self) -> Seen<()> {
        let mut findings = Vec::new();
        let mut finds = |wrong: bool, what: String| findings.extend(wrong.then_some(what));
        finds(self.call_count() > 0, format!("{} calls are left on our side", self.call_count()));
        finds(!self.calls.is_empty(), format!("no Released for {:?}", self.calls));
        finds(!self.table.is_empty(), format!("the call table keeps {:?}", self.table));
        finds(!self.busy_channels().is_empty(), format!("channels are left: {:?}", self.busy_channels()));
        if findings.is_empty() { Ok(()) } else { Err(Miss(findings.join("; "))) }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a frame of ours carries a message of this kind: an I frame, two octets of call reference.
fn is_message(octets: &[u8], kind: MessageKind) -> bool {
    octets.len() > KIND_AT && octets[2] & 1 == 0 && octets[KIND_AT] == kind.code()
}

/// Octets before layer 3 in an I frame: address and control.
const DISCRIMINATOR_AT: usize = 4;
/// After discriminator, length and call reference.
const KIND_AT: usize = 8;
/// A protocol discriminator that nobody speaks, Q.931, table 4-1: national use.
const OTHER_PROTOCOL: u8 = 0x4e;

/// N200 · T200 several times over.
const LINK_PATIENCE: Duration = Duration::from_secs(120);

/// T316 · N316, T309 and T308 · 2 together, and then some.
const QUIET_PATIENCE: Duration = Duration::from_secs(600);

/// How often frames may go back and forth at one moment: thirty calls take a few dozen rounds.
const MOST_ROUNDS: usize = 2000;
