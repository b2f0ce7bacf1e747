//! All signalling of the box in one machine: spans, telephones, call control, and the names of sounds.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use access::PinLocks;
use analog::{
    fxo::{self, LineInput, LineOutput},
    fxs::{Answering, CallerIdWish, StationClass, StationEvent, StationInput, StationOutput, StationSettings, Timers},
    plan::{Country, ToneKind},
    port_test::Findings,
    port_trend::Worse,
    ring::Budget,
};
use call::{
    CallEvent, Control, Heard, KeptFor, Line, MaskedBy, Masking, NotMasked, OfferEnd, PinVerdict, Plan, Record,
};
use dsp::{
    caller_id::{CallTime, CallerId},
    conference::Part,
    ear::Ear,
};
use frame::{
    CallId, LaneId, LegId, LifeNo, PersonId, PortId, RecordingId, SpanId, Stamp, Time, Timeslot, TrackHandle, Utc,
};
use isdn::{
    Cause,
    trace::{Direction, GivenUp},
};
use line::{Event, LineCommand, LineEvent, SignalInput};
use settings::{CardKind, Layout, LocalTime, Settings, TrunkGroup, Version};
use vault::{Mark, Sample};

use super::{
    alarms::LineAlarms,
    cable_test::CableTest,
    call_table::Row,
    heard_map::{HeardMap, Placed},
    lamp::Lamp,
    machines::{Machines, Told, spans_of, wanted},
    outside_port::OutsidePort,
    port::{Asked, StationPort},
    port_learn::{PortLearns, busy_tone},
    port_test::PortTests,
    sender::Sender,
    service::OutOfService,
    sound::Sounds,
    sound_device::SoundDevices,
    span::IsdnSpan,
    span_restart::SpanRestarts,
    supervision::PinCheck,
    traces::Traces,
};
use crate::handles::MaskOf;
use crate::journal::{Alarm, PortFault};
use crate::mail::{Order, Told as MailTold};
use crate::media::{Clip, ClipId, ConferenceId, MediaCommand, MediaEvent, PlayId, Playlist, Source};

/// No clock that somebody or something has set shows a day before this box was made: 2026-01-01.
const CLOCK_WAS_SET: Utc = Utc::from_us(1_767_225_600_000_000);

/// What the plane is told.
#[derive(Debug)]
pub enum Input {
    /// A card's signal half brought something.
    Signal(SignalInput),
    /// The media thread told something.
    Media(MediaEvent),
    /// The recorder could not take a leg.
    NotRecorded(LegId, call::RecordingGap),
    /// The shell has looked at a PIN.
    PinChecked {
        /// The leg at which it was keyed.
        leg: LegId,
        /// Whose it is said to be.
        person: PersonId,
        /// What it is.
        verdict: PinVerdict,
    },
    /// A person ends a call.
    EndCall {
        /// The call.
        call: CallId,
        /// Who.
        by: PersonId,
    },
    /// Who keeps callers' messages tells something.
    Mail(MailTold),
    /// End all calls.
    Stop,
    /// Only time has passed.
    Timeout,
}

/// What the plane tells to do.
#[derive(Debug)]
pub enum Output {
    /// Send a D-channel frame.
    Frame {
        /// On which span.
        span: SpanId,
        /// The frame.
        octets: Vec<u8>,
    },
    /// Give a command to a line.
    Line {
        /// Where.
        lane: LaneId,
        /// What.
        command: LineCommand,
    },
    /// Tell the media thread.
    Media(MediaCommand),
    /// Tell the recorder: what, and on which track where it is about one leg.
    Record {
        /// What.
        record: Record,
        /// The track of the leg.
        track: Option<TrackHandle>,
    },
    /// Something for the map of a recording, that the media thread knows of.
    Mark {
        /// The recording.
        recording: RecordingId,
        /// Where. None: at the newest tick that the recorder has.
        at: Option<Sample>,
        /// What.
        mark: Mark,
    },
    /// Keep, play or delete a message.
    Mail(Order),
    /// Look at a PIN, and put into the audit what is about to be done. Answered by [`Input::PinChecked`].
    CheckPin(PinCheck),
    /// Tell the journal.
    Tell(CallEvent),
    /// Write into the call table, before anything that comes after it is done.
    Keep(Row),
    /// Tell the journal what people have taken out of service on a span: all of it.
    OutOfService {
        /// The span.
        span: SpanId,
        /// Its timeslots, lowest first.
        timeslots: Vec<Timeslot>,
    },
    /// Tell the journal, and who asked for it, what a test of a port found.
    PortTested {
        /// Which port.
        port: PortId,
        /// Whether it was the box's own, at night.
        nightly: bool,
        /// What.
        findings: Findings,
        /// What of it is worse than usual there.
        worse: Vec<Worse>,
    },
    /// Tell the journal of an alarm.
    Alarm {
        /// What is wrong, or was.
        alarm: Alarm,
        /// Whether it is raised; else it is cleared.
        raised: bool,
    },
}

/// What the plane is made from.
pub struct Wiring {
    /// The life of the daemon.
    pub life: LifeNo,
    /// Where everything is.
    pub layout: Layout,
    /// The settings.
    pub settings: Arc<Settings>,
    /// Their version.
    pub version: Version,
    /// A number that no other box has: it tells a loop from a far end in the same role.
    pub distinct: u64,
    /// How many telephones each analog card can ring at once, by span.
    pub ringers: BTreeMap<SpanId, u8>,
}

/// All signalling of the box.
pub struct Plane {
    pub(super) now: Time,
    /// What the clock of the day said when `now` was 0, as it was read last.
    utc_at_zero: Option<Utc>,
    pub(super) settings: Arc<Settings>,
    pub(super) control: Control,
    /// Wrong PINs.
    pub(super) pin_locks: PinLocks,
    /// At which telephones PINs are looked at.
    pub(super) pins_at: BTreeMap<LegId, PortId>,
    /// An alarm says that who keeps messages does not answer.
    pub(super) mail_silent: bool,
    pub(super) machines: Machines,
    pub(super) spans: BTreeMap<SpanId, IsdnSpan>,
    /// How many channels of each span call control was told that can carry calls.
    usable_channels: BTreeMap<SpanId, usize>,
    pub(super) stations: BTreeMap<PortId, StationPort>,
    pub(super) outside: BTreeMap<PortId, OutsidePort>,
    pub(super) alarms: LineAlarms,
    /// The queues by name, in the order of the settings; their members; and the extension of each telephone.
    pub(super) queues: Vec<String>,
    pub(super) members: BTreeMap<String, Vec<PortId>>,
    pub(super) extensions: BTreeMap<PortId, String>,
    /// Telephones whose card has not told their hook since calls were taken over.
    pub(super) unseen: BTreeSet<PortId>,
    pub(super) station_at: BTreeMap<LaneId, PortId>,
    outside_at: BTreeMap<LaneId, PortId>,
    /// Whether each outside line is fed, and since when, as its card told.
    pub(super) batteries: BTreeMap<PortId, (bool, Time)>,
    pub(super) port_tests: PortTests,
    pub(super) cable_test: Option<CableTest>,
    pub(super) port_learns: PortLearns,
    pub(super) budgets: BTreeMap<SpanId, Budget>,
    pub(super) layout: Layout,
    pub(super) distinct: u64,
    pub(super) sounds: Sounds,
    pub(super) sound_devices: SoundDevices,
    pub(super) traces: Traces,
    pub(super) span_restarts: SpanRestarts,
    /// What people took out of service.
    pub(super) taken_out: OutOfService,
    /// How often each lane's track was used: the recorder must not take a late tick for the next call's.
    generations: BTreeMap<LaneId, u16>,
    pub(super) tracks: BTreeMap<LaneId, TrackHandle>,
    heard_map: HeardMap,
    /// The lamps of telephones, as far as they were ever told.
    pub(super) lamps: BTreeMap<LaneId, Lamp>,
    /// Lanes whose clip is a message.
    pub(super) plays_message: BTreeSet<LaneId>,
    /// Callers from outside who hear a greeting of somebody's own, and the places of their clips.
    pub(super) greeted: BTreeMap<LaneId, ClipId>,
    pub(super) outputs: VecDeque<Output>,
}

impl Plane {
    /// A plane at rest; its spans start their data links at the first input.
    pub fn new(wiring: Wiring, sounds: Sounds) -> Plane {
        let Wiring { life, layout, settings, version, distinct, ringers } = wiring;
        let plan = Arc::new(Plan::of(&settings, &layout, version));
        let control = Control::new(life, plan, acd::Acd::new(&settings));
        let ring = country(&settings).plan().ring();
        let stations: BTreeMap<PortId, StationPort> = stations(&settings, &layout);
        let outside = outside_ports(&settings, &layout);
        let mut plane = Plane {
            now: Time::ZERO,
            utc_at_zero: None,
            settings: Arc::clone(&settings),
            alarms: LineAlarms::default(),
            queues: Vec::new(),
            members: BTreeMap::new(),
            extensions: BTreeMap::new(),
            control,
            pin_locks: PinLocks::default(),
            pins_at: BTreeMap::new(),
            mail_silent: false,
            machines: Machines::new(wanted(&settings, &layout, distinct)),
            spans: spans(&settings, &layout),
            usable_channels: BTreeMap::new(),
            unseen: BTreeSet::new(),
            station_at: stations.values().map(|station| (station.lane, station.port)).collect(),
            stations,
            outside_at: outside.values().map(|outside| (outside.lane, outside.port)).collect(),
            outside,
            batteries: BTreeMap::new(),
            port_tests: PortTests::default(),
            cable_test: None,
            port_learns: PortLearns::default(),
            budgets: ringers.into_iter().map(|(span, ringers)| (span, Budget::new(ringers, ring))).collect(),
            layout,
            distinct,
            sounds,
            sound_devices: SoundDevices::default(),
            traces: Traces::default(),
            span_restarts: SpanRestarts::default(),
            taken_out: OutOfService::new(),
            generations: BTreeMap::new(),
            tracks: BTreeMap::new(),
            heard_map: HeardMap::default(),
            lamps: BTreeMap::new(),
            plays_message: BTreeSet::new(),
            greeted: BTreeMap::new(),
            outputs: VecDeque::new(),
        };
        plane.name(&settings);
        plane.trace_as(&settings);
        plane.open_loudspeakers();
        plane.tell_flash_windows();
        plane.tell_plain_lanes();
        plane
    }

    /// Learns the names that pages show.
    pub(super) fn name(&mut self, settings: &Settings) {
        self.queues = settings.queues.iter().map(|queue| queue.name.clone()).collect();
        self.extensions = settings.stations.iter().map(|row| (row.port, row.extension.clone())).collect();
        let port = |extension: &String| settings.station(extension).map(|row| row.port);
        let members =
            settings.queues.iter().map(|row| (row.name.clone(), row.members.iter().filter_map(port).collect()));
        self.members = members.collect();
        self.sound_devices.group(settings, &self.layout);
    }

    /// Learns of which spans a trace is kept, and what of it.
    pub(super) fn trace_as(&mut self, settings: &Settings) {
        let groups = settings.trunks.iter();
        let spans: Vec<_> =
            groups.flat_map(|group| spans_of(group, &self.layout).into_iter().map(move |span| (span, group))).collect();
        self.traces.apply(settings.traces, spans.into_iter());
    }

    /// Takes what the clock of the day says, which may be set at any time.
    pub fn read_clock(&mut self, at: Stamp) {
        self.utc_at_zero = Some(Utc::from_us(at.utc.as_us().saturating_sub_unsigned(at.time.as_us())));
    }

    /// What the clock on the wall shows, where the settings say in which time zone it hangs. A clock that was never set shows
    /// nothing.
    fn time_of_day(&self) -> Option<CallTime> {
        let utc = Utc::from_us(self.utc_at_zero?.as_us().saturating_add_unsigned(self.now.as_us()));
        let zone = self.settings.time_zone.as_ref().filter(|_| utc >= CLOCK_WAS_SET)?;
        let LocalTime { month, day, hour, minute } = LocalTime::at(zone, utc)?;
        Some(CallTime { month, day, hour, minute })
    }

    /// Takes an input; drain [`Plane::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Time, input: Input) {
        self.now = now;
        self.run_timers();
        match input {
            Input::Signal(input) => self.signal(input),
            Input::Media(event) => self.media_event(event),
            Input::NotRecorded(leg, why) => self.tell_control(call::Input::NotRecorded { leg, why }),
            Input::PinChecked { leg, person, verdict } => self.pin_checked(leg, person, verdict),
            Input::EndCall { call, by } => self.tell_control(call::Input::EndCall { call, by }),
            Input::Mail(told) => self.mail_told(told),
            Input::Stop => self.tell_control(call::Input::Stop),
            Input::Timeout => (),
        }
        self.settle();
    }

    /// Deletes the greeting of a person's own; false where there is none. Drain [`Plane::poll_output`] afterwards.
    pub fn reset_greeting(&mut self, now: Time, person: PersonId) -> bool {
        self.now = now;
        let reset = self.control.reset_greeting(person);
        self.settle();
        reset
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is due, if ever.
    pub fn next_deadline(&self) -> Option<Time> {
        let spans = self.machines.next_deadline();
        let stations = self.stations.values().filter_map(|station| station.machine.next_deadline());
        let outside = self.outside.values().filter_map(|outside| outside.machine.next_deadline());
        let of_ports = self.port_tests.next_deadline().into_iter().chain(self.port_learns.next_deadline());
        let of_ports = of_ports.chain(self.cable_test.as_ref().map(CableTest::next_deadline));
        let own = self.control.next_deadline().into_iter().chain(of_ports);
        spans.into_iter().chain(stations).chain(outside).chain(own).min()
    }

    /// All tones and prompts, for the media thread.
    pub fn clips(&self) -> impl Iterator<Item = (ClipId, Arc<Clip>)> + '_ {
        self.sounds.clips()
    }

    /// Whether a call is there.
    pub fn has_call(&self, call: CallId) -> bool {
        self.control.views().any(|view| view.call == call)
    }

    /// Asks the network of a call to keep who called; false where no leg of it is on ISDN. Drain [`Plane::poll_output`]
    /// afterwards.
    pub fn keep_caller(&mut self, now: Time, call: CallId, by: KeptFor) -> bool {
        self.now = now;
        let is_over_isdn = self.control.is_over_isdn(call);
        self.tell_control(call::Input::KeepCaller { call, by });
        self.settle();
        is_over_isdn
    }

    /// Has something of a call masked, or no more. Drain [`Plane::poll_output`] afterwards.
    ///
    /// # Errors
    /// Why nothing was done.
    pub fn mask(&mut self, now: Time, of: MaskOf, what: Masking, on: bool, by: MaskedBy) -> Result<(), NotMasked> {
        self.now = now;
        let call = match of {
            MaskOf::Call(call) => self.control.may_mask(call, what).map(|()| call),
            MaskOf::Telephone(port) => self.control.may_mask_at(port, what),
        }?;
        self.tell_control(call::Input::Mask { call, what, on, by });
        self.settle();
        Ok(())
    }

    /// How many calls there are.
    pub fn calls(&self) -> usize {
        self.control.calls()
    }

    /// Whether there is no call, and nothing of one to be told yet.
    pub(super) fn is_at_rest(&self) -> bool {
        self.control.calls() == 0 && !self.control.awaits_mail()
    }

    fn run_timers(&mut self) {
        self.machines.run_due(self.now);
        for station in self.stations.values_mut() {
            if station.machine.next_deadline().is_some_and(|due| due <= self.now) {
                station.machine.handle_input(self.now, StationInput::Timeout);
            }
        }
        for outside in self.outside.values_mut() {
            if outside.machine.next_deadline().is_some_and(|due| due <= self.now) {
                outside.machine.handle_input(self.now, LineInput::Timeout);
            }
        }
        self.run_port_tests();
        self.run_port_learns();
        self.run_cable_test();
        self.control.handle_input(self.now, call::Input::Timeout);
        self.settle();
    }

    fn signal(&mut self, input: SignalInput) {
        match input {
            SignalInput::Frame { span, octets } => {
                self.traces.keep(self.now, span, Direction::Received, &octets);
                self.machines.frame(self.now, span, &octets);
            }
            SignalInput::Gone { span } => self.machines.layer1(self.now, span, false),
            SignalInput::Back { span } => {
                self.machines.layer1(self.now, span, true);
                self.tell_flash_windows_of(span);
            }
            // Q.921 repairs what was lost; the observer counts it.
            SignalInput::BadFrame { .. } => (),
        }
    }

    fn media_event(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Line(event) => self.line_event(event),
            MediaEvent::Digit { lane, digit } => self.digit(lane, digit),
            MediaEvent::Played { lane, play, end_sample } => {
                let marks = self.heard_map.played(lane, play, end_sample);
                self.mark(marks);
                self.played(lane, play);
            }
            MediaEvent::Hears { lane, track, source, from } => {
                let marks = self.heard_map.hears((lane, track), source, from, &self.sounds);
                self.mark(marks);
            }
            MediaEvent::Heard { lane, heard } => self.heard(lane, heard),
            MediaEvent::Silent { lane } => {
                let now = self.now;
                self.outside_on(lane).into_iter().for_each(|outside| outside.silent(now));
            }
            MediaEvent::Dismissed { lane, ear } => {
                if let Ear::Tap(tap) = *ear {
                    self.taken(lane, &tap);
                }
            }
            // Dropping the clip here is what the event is for; being late is counted where it happens.
            MediaEvent::Retired(_) | MediaEvent::Resynchronised { .. } => (),
        }
    }

    fn line_event(&mut self, LineEvent { span, timeslot, event, .. }: LineEvent) {
        if let Event::Alarms(alarms) = event {
            self.alarms.span(span, alarms);
            return self.machines.layer1(self.now, span, !alarms.mutes());
        }
        if let Event::Battery { there } = event {
            let port = self.outside_at.get(&LaneId::new(span, timeslot)).copied();
            return port.into_iter().for_each(|port| self.battery(span, port, there));
        }
        if let Event::Device(state) = event {
            return self.sound_device(span, state);
        }
        if event == Event::Slip {
            // Told of timeslot 0, it is the whole span's.
            let whole = timeslot == Timeslot(0);
            let is_hit = |lane: LaneId| lane.span == span && (whole || lane.timeslot == timeslot);
            self.mark(self.heard_map.slipped(is_hit));
        }
        let now = self.now;
        if event == Event::OffHook {
            self.want_lane(LaneId::new(span, timeslot));
        }
        let port = self.station_at.get(&LaneId::new(span, timeslot));
        if let Some(station) = port.and_then(|port| self.stations.get_mut(port)) {
            let port = station.port;
            if self.unseen.remove(&port) && event == Event::OnHook && station.machine.is_free() {
                let event = station.now_free();
                return self.tell_control(call::Input::Station { port, event });
            }
            if event == Event::OffHook
                && let Some(budget) = self.budgets.get_mut(&span)
            {
                budget.release(timeslot);
            }
            station.line_event(self.now, event);
        } else if let Some(outside) = self.outside_on(LaneId::new(span, timeslot)) {
            let command = outside.line_event(now, event);
            let lane = LaneId::new(span, timeslot);
            self.outputs.extend(command.map(|command| Output::Line { lane, command }));
        }
    }

    fn battery(&mut self, span: SpanId, port: PortId, there: bool) {
        if self.batteries.get(&port).is_none_or(|(before, _)| *before != there) {
            self.batteries.insert(port, (there, self.now));
        }
        self.alarms.battery(span, port, there);
        self.tell_whether_dead(port);
    }

    /// Calls out leave a line that is known to be dead for the last.
    pub(super) fn tell_whether_dead(&mut self, port: PortId) {
        if self.outside.contains_key(&port) {
            let on = self.is_dead(port);
            self.tell_control(call::Input::Dead { port, on });
        }
    }

    /// Whether an outside line is known to have no battery, or to give no dial tone.
    pub(super) fn is_dead(&self, port: PortId) -> bool {
        let is_fed = self.batteries.get(&port).is_none_or(|(there, _)| *there);
        !is_fed || self.alarms.holds(&Alarm::PortBad { port, fault: PortFault::NoDialTone })
    }

    pub(super) fn outside_on(&mut self, lane: LaneId) -> Option<&mut OutsidePort> {
        self.outside.get_mut(self.outside_at.get(&lane)?)
    }

    /// A playing ended: what a port sent has left, or call control's prompts were heard.
    fn played(&mut self, lane: LaneId, play: PlayId) {
        let now = self.now;
        let station = self.station_at.get(&lane).and_then(|port| self.stations.get_mut(port));
        if station.is_some_and(|station| station.played(now, play))
            || self.outside_on(lane).is_some_and(|outside| outside.played(now, play))
        {
            return;
        }
        self.tell_control(call::Input::Played { lane, play: play.0 });
    }

    /// A digit in the audio: of a telephone it goes through its line machine, of a line that rings into the caller id, of a
    /// trunk to the call.
    fn digit(&mut self, lane: LaneId, digit: char) {
        let now = self.now;
        if self.outside_on(lane).is_some_and(|outside| outside.digit(now, digit)) {
            return;
        }
        match self.station_at.get(&lane).and_then(|port| self.stations.get_mut(port)) {
            Some(station) => station.machine.handle_input(self.now, StationInput::Digit(digit)),
            None => self.tell_control(call::Input::Digit { lane, digit }),
        }
    }

    pub(super) fn tell_control(&mut self, input: call::Input) {
        self.control.handle_input(self.now, input);
    }

    /// Passes on what the machines have to say to each other until none has anything left.
    pub(super) fn settle(&mut self) {
        loop {
            let mut any = false;
            while let Some(output) = self.control.poll_output() {
                any = true;
                self.control_output(output);
            }
            any |= self.drain_spans();
            any |= self.drain_stations();
            any |= self.drain_outside();
            if !any && !self.leave_a_line_free() {
                return self.tell_alarms();
            }
        }
    }

    fn tell_alarms(&mut self) {
        self.tell_whether_mail_answers();
        let changes = self.alarms.take_changes();
        self.outputs.extend(changes.into_iter().map(|(alarm, raised)| Output::Alarm { alarm, raised }));
    }

    fn drain_spans(&mut self) -> bool {
        let (mut meanings, mut heard) = (Vec::new(), false);
        while let Some(told) = self.machines.poll_output() {
            heard = true;
            match told {
                Told::Span(span, output) => self.span_output(span, output, &mut meanings),
                Told::Active(in_use) => self.alarms.d_channel(in_use),
                Told::DChannel { span, up } => self.alarms.data_link(span, up),
            }
        }
        let any = !meanings.is_empty();
        for meaning in meanings {
            let began = match &meaning {
                call::Input::Incoming { line, .. } => Some(*line),
                _ => None,
            };
            self.tell_control(meaning);
            began.into_iter().for_each(|line| self.tag(line));
        }
        if heard {
            self.tell_usable_channels();
        }
        any
    }

    fn tell_usable_channels(&mut self) {
        let now_usable = self.spans.keys().map(|&span| (span, self.machines.usable_channels(span)));
        let changed: Vec<_> =
            now_usable.filter(|(span, channels)| self.usable_channels.get(span) != Some(channels)).collect();
        for (span, channels) in changed {
            self.usable_channels.insert(span, channels);
            self.tell_control(call::Input::Usable { span, channels });
        }
    }

    fn span_output(&mut self, span: SpanId, output: isdn::Output, meanings: &mut Vec<call::Input>) {
        let now = self.now;
        match output {
            isdn::Output::Frame(frame) => {
                let octets = frame.as_ref().to_vec();
                self.traces.keep(now, span, Direction::Sent, &octets);
                self.outputs.push_back(Output::Frame { span, octets });
            }
            isdn::Output::Event(event) => self.span_event(span, event, meanings),
            isdn::Output::Remember(entry) => {
                self.machines.signalled_on(span).for_each(|traced| self.traces.remember(traced, &entry));
                self.outputs.push_back(Output::Keep(Row::Channel(span, entry)));
            }
            isdn::Output::Forget(entry) => {
                self.machines.signalled_on(span).for_each(|traced| self.traces.forget(traced, &entry));
                self.outputs.push_back(Output::Keep(Row::ChannelOver(span, entry)));
            }
        }
    }

    fn span_event(&mut self, id: SpanId, event: isdn::Event, meanings: &mut Vec<call::Input>) {
        let now = self.now;
        if let (isdn::Event::Channel { .. }, Some(span)) = (&event, self.machines.get(id)) {
            self.alarms.has_channels(id, channel_count(span));
        }
        // What becomes of a D-channel that several lines share is told once, and not for each of them.
        if self.machines.in_use(id).is_none() || !matches!(event, isdn::Event::LinkUp | isdn::Event::LinkDown) {
            self.alarms.link(id, &event);
        }
        self.span_restarts.told(now, &mut self.machines, id, &event);
        if let isdn::Event::MessagesWaiting(told) = &event {
            self.messages_wait(told);
        }
        if let isdn::Event::Released { call, by, .. } = &event
            && let Some(why) = GivenUp::of(*by)
            && let Some(leg) = self.control.leg_of(Line::Isdn { span: id, call: *call })
        {
            self.machines.signalled_on(id).for_each(|traced| self.traces.give_up(now, traced, leg, why));
        }
        if let (Some(span), Some(mut machine)) = (self.spans.get_mut(&id), self.machines.get_mut(id)) {
            meanings.extend(span.meaning(&mut machine, now, event));
        }
    }

    /// The call table joins a channel to its call by the leg's id; a call that came in gets it now. An outside line tells of the
    /// leg for which it is seized what became of that.
    fn tag(&mut self, line: Line) {
        let Some(leg) = self.control.leg_of(line) else { return };
        match line {
            Line::Isdn { span, call } => {
                if let Some(mut machine) = self.machines.get_mut(span) {
                    machine.set_tag(self.now, call, leg.as_u64());
                }
            }
            Line::Port(port) => {
                if let Some(outside) = self.outside.get_mut(&port) {
                    outside.is_seized_for(leg);
                }
            }
        }
    }

    fn drain_stations(&mut self) -> bool {
        let mut done = Vec::new();
        for station in self.stations.values_mut() {
            while let Some(output) = station.machine.poll_output() {
                done.push((station.port, station.lane, output));
            }
        }
        let any = !done.is_empty();
        done.into_iter().for_each(|(port, lane, output)| self.station_output(port, lane, output));
        any
    }

    fn drain_outside(&mut self) -> bool {
        let mut done = Vec::new();
        for outside in self.outside.values_mut() {
            while let Some(output) = outside.machine.poll_output() {
                done.push((outside.port, output));
            }
        }
        let any = !done.is_empty();
        done.into_iter().for_each(|(port, output)| self.outside_output(port, output));
        any
    }

    fn outside_output(&mut self, port: PortId, output: LineOutput) {
        let Some(outside) = self.outside.get_mut(&port) else { return };
        if let Some(command) = outside.command(&output) {
            return self.outputs.push_back(Output::Line { lane: outside.lane, command });
        }
        if let LineOutput::Event(event) = output {
            if self.test_takes(port, &event) || self.learn_takes(port, &event) || self.cable_takes(port, &event) {
                return;
            }
            if event == fxo::LineEvent::NoDialTone {
                self.alarms.no_dial_tone(port);
                self.tell_whether_dead(port);
            }
            let meanings = self.outside.get_mut(&port).map(|outside| outside.meaning(event)).unwrap_or_default();
            return meanings.into_iter().for_each(|meaning| self.tell_control(meaning));
        }
        let commands = outside.media(&output);
        commands.into_iter().for_each(|command| self.media(command));
    }

    fn station_output(&mut self, port: PortId, lane: LaneId, output: StationOutput) {
        if let (Some(_), StationOutput::RingOn { .. } | StationOutput::RingOff) = (self.sound_kind(lane), &output) {
            return self.ring_by_tone(lane, output != StationOutput::RingOff);
        }
        if let Some(command) = StationPort::command(&output) {
            return self.outputs.push_back(Output::Line { lane, command });
        }
        match output {
            StationOutput::Tone(kind) => {
                let kind = self.dial_tone(port, lane, kind);
                // Who hears one of these may answer with a key. A receiver that nobody needs costs every tick.
                let on = matches!(kind, ToneKind::Dial | ToneKind::DialSpecial | ToneKind::Zip)
                    || self.stations.get(&port).is_some_and(|station| station.machine.is_headset());
                self.media(MediaCommand::Listen { lane, on });
                self.hear(lane, Heard::Tone(kind));
            }
            // The last tone of a telephone outlives its leg, so nobody else gives the lane back.
            StationOutput::Silence if !self.control.has_leg_on(lane) => self.free(lane),
            StationOutput::Silence => self.hear(lane, Heard::Silence),
            StationOutput::Event(event) if self.cable_takes_of_station(port, event) => (),
            StationOutput::Event(event) => {
                self.alarms.station(port, event);
                self.tell_control(call::Input::Station { port, event });
            }
            // It takes calls again although nobody put it down.
            StationOutput::Ready(true) => {
                self.listen_if_ready(lane);
                self.tell_control(call::Input::Station { port, event: StationEvent::BackOnHook });
            }
            StationOutput::Ready(false) => {
                if !self.control.has_leg_on(lane) {
                    self.free(lane);
                }
                // New settings may have made another kind of it.
                let event = self.stations.get(&port).map_or(StationEvent::NotReady, StationPort::now_free);
                self.tell_control(call::Input::Station { port, event });
            }
            StationOutput::RingRefused(_) => self.ring_refused(port, OfferEnd::Busy),
            StationOutput::SendCallerId(caller) => self.send_caller_id(port, lane, &caller),
            StationOutput::SendMessagesWaiting(waiting) => self.send_messages_waiting(port, lane, waiting),
            StationOutput::WaitingTone { alerts } => self.send_waiting_tone(port, lane, alerts),
            StationOutput::Whisper => {
                let station = self.stations.get_mut(&port);
                let sent = station.and_then(|station| station.send_whisper(self.now, &self.sounds));
                sent.into_iter().for_each(|command| self.media(command));
            }
            StationOutput::TellWaiting(caller) => {
                let station = self.stations.get_mut(&port);
                let sent = station.and_then(|station| station.tell_waiting(self.now, &caller));
                sent.into_iter().flatten().for_each(|command| self.media(command));
            }
            // Also where the call has gone meanwhile, with its lane: nothing else may sound there.
            StationOutput::StopCallerId => self.media(MediaCommand::Reset { lane }),
            _ => (),
        }
    }

    fn send_caller_id(&mut self, port: PortId, lane: LaneId, caller: &CallerId) {
        let plan = country(&self.settings).plan();
        let sent = self.stations.get_mut(&port).and_then(|station| station.send_caller_id(self.now, caller, plan));
        let Some((command, media)) = sent else { return };
        self.outputs.push_back(Output::Line { lane, command });
        media.into_iter().for_each(|command| self.media(command));
    }

    /// The telephone answers the alerting signal by a digit, for which its lane has to be listened to.
    fn send_waiting_tone(&mut self, port: PortId, lane: LaneId, alerts: bool) {
        let plan = country(&self.settings).plan();
        if alerts {
            self.media(MediaCommand::Listen { lane, on: true });
        }
        let sent = self.stations.get_mut(&port).map(|station| station.send_waiting_tone(alerts, plan));
        sent.into_iter().flatten().for_each(|command| self.media(command));
    }

    fn control_output(&mut self, output: call::Output) {
        use call::Output as O;
        match output {
            O::Start { leg, trunk, number, calling, completes } => {
                self.start(leg, trunk, (&number, &calling), completes);
            }
            O::AskCompletion { no, span, number, calling, completion } => {
                let found = self.spans.get_mut(&span).zip(self.machines.get_mut(span));
                let refused = found.map(|(span, mut machine)| {
                    span.ask_completion(&mut machine, self.now, no, (&number, &calling), completion)
                });
                let gone = call::Input::completion_refused(no, call::ServiceRefusal::NotNow);
                refused.unwrap_or(Some(gone)).into_iter().for_each(|told| self.tell_control(told));
            }
            O::Completion { span, request } => {
                if let Some(mut machine) = self.machines.get_mut(span) {
                    machine.request(self.now, *request);
                }
            }
            O::Trunk { line: Line::Isdn { span, call }, request } => {
                if let (Some(span), Some(mut machine)) = (self.spans.get_mut(&span), self.machines.get_mut(span)) {
                    span.request(&mut machine, self.now, call, request);
                }
            }
            O::HandOver { line: Line::Isdn { span, call }, to: Line::Isdn { call: to, .. } } => {
                if let Some(mut machine) = self.machines.get_mut(span) {
                    machine.request(self.now, isdn::Request::Transfer { call, to });
                }
            }
            // Control asks for it on spans only.
            O::HandOver { .. } => (),
            O::Trunk { line: Line::Port(port), request } => {
                let told = self.outside.get_mut(&port).and_then(|outside| outside.request(self.now, request));
                told.into_iter().for_each(|told| self.tell_control(told));
            }
            O::Station { port, request } => {
                self.station_request(port, request);
                // What its line machine makes of it comes before what call control wants next: the silence after the
                // last digit must not end the ringback that follows.
                self.drain_stations();
            }
            O::Tag { line } => self.tag(line),
            O::Keep(kept) => self.outputs.push_back(Output::Keep(Row::Call(kept))),
            O::Discard(call) => self.outputs.push_back(Output::Keep(Row::CallOver(call))),
            O::KeepAgent { port, state } => self.outputs.push_back(Output::Keep(Row::Agent(port, state))),
            O::Hear { lane, heard } => self.hear(lane, heard),
            O::Listen { lane, on } => self.media(MediaCommand::Listen { lane, on }),
            O::CheckPin { leg, person, of, mail, pin } => self.check_pin(leg, person, (of, mail), pin),
            O::Mail(order) => self.mail_order(order),
            O::Attend { lane } => self.attend(lane, true),
            O::Polish { lane, polish: call::Polish { noise_reduction, automatic_gain } } => {
                self.media(MediaCommand::Polish { lane, noise_reduction, automatic_gain });
            }
            O::Flag { lane, flags, on } => self.media(MediaCommand::Flag { lane, flags, on }),
            O::Blackout { lane, on } => self.media(MediaCommand::Blackout { lane, on }),
            O::Free { lane } => self.free(lane),
            O::Record(record) => self.record(record),
            O::Tell(event) => {
                self.alarms.call(&event);
                self.outputs.push_back(Output::Tell(event));
            }
        }
    }

    fn start(
        &mut self,
        leg: LegId,
        trunk: call::Trunk,
        (number, calling): (&call::Number, &call::Shown),
        completes: Option<u64>,
    ) {
        let started = match trunk {
            call::Trunk::Span { span, .. } => {
                let machine = self.machines.get_mut(span);
                let found = self.spans.get_mut(&span).zip(machine);
                found.map(|(span, mut machine)| span.start(&mut machine, self.now, leg, number, calling, completes))
            }
            call::Trunk::OutsideLine { port, .. } => {
                self.want_port(port);
                self.outside.get_mut(&port).map(|outside| outside.start(self.now, leg, number))
            }
        };
        self.tell_control(started.unwrap_or(call::Input::Refused { leg, cause: Cause::NoChannelAvailable }));
    }

    fn station_request(&mut self, port: PortId, request: call::StationRequest) {
        self.want_port(port);
        let at = self.time_of_day();
        let Some(station) = self.stations.get_mut(&port) else { return };
        let is_ring = matches!(request, call::StationRequest::Ring { .. });
        let is_sound = self.layout.span(station.lane.span).is_some_and(|place| place.kind.is_sound());
        if is_ring && is_sound && !self.sound_devices.would_sound(station.lane) {
            return self.not_there(port);
        }
        match station.request(self.now, request, self.budgets.get_mut(&station.lane.span), at) {
            Asked::Done => (),
            Asked::NoCurrent => self.ring_refused(port, OfferEnd::RingBudget),
            Asked::InPlaceOf(victim) => {
                if let Some(&port) = self.station_at.get(&victim) {
                    self.ring_refused(port, OfferEnd::RingBudget);
                }
            }
        }
    }

    pub(super) fn ring_refused(&mut self, port: PortId, why: OfferEnd) {
        self.tell_control(call::Input::RingRefused { port, why });
    }

    pub(super) fn hear(&mut self, lane: LaneId, heard: Heard) {
        let source = match heard {
            Heard::Silence => Source::Silence,
            Heard::Party(from) => Source::Lane(from),
            Heard::Tone(kind) => self.sounds.tone(kind),
            Heard::Conference { call, part } => {
                Source::Conference { id: ConferenceId(call.as_u64()), part: of_conference(part) }
            }
            Heard::Music(call::Music { name, from: Some(lane) }) => {
                Source::Outside { lane, otherwise: self.sounds.prompt(&name) }
            }
            Heard::Music(call::Music { name, .. }) => self.sounds.prompt(&name).map_or(Source::Silence, Source::Music),
            Heard::Prompts { names, play } => {
                // A prompt that is missing is left out; the check of the settings warned of it.
                let clips = names.iter().filter_map(|name| self.sounds.prompt(name));
                Source::Play { list: Playlist::new(clips), play: PlayId(play) }
            }
        };
        self.media(MediaCommand::Hear { lane, source });
    }

    fn mark(&mut self, marks: Vec<Placed>) {
        let marks = marks.into_iter().map(|Placed { recording, at, mark }| Output::Mark { recording, at, mark });
        self.outputs.extend(marks);
    }

    pub(super) fn free(&mut self, lane: LaneId) {
        self.tracks.remove(&lane);
        self.media(MediaCommand::Reset { lane });
        self.message_over(lane);
        self.attend(lane, false);
        self.listen_if_ready(lane);
    }

    /// Whoever wears a headset that waits for calls may dial at any time. A loudspeaker has nobody who would.
    fn listen_if_ready(&mut self, lane: LaneId) {
        let station = self.station_at.get(&lane).and_then(|port| self.stations.get(port));
        let is_ready = station.is_some_and(|station| station.machine.is_ready());
        if is_ready && self.sound_kind(lane) != Some(CardKind::Loudspeaker) {
            self.media(MediaCommand::Listen { lane, on: true });
        }
    }

    fn record(&mut self, record: Record) {
        let track = match &record {
            Record::Begin { lane, .. } => Some(self.open_track(*lane)),
            Record::End { lane, .. } => self.tracks.get(lane).copied(),
            Record::Transfer { .. }
            | Record::Consent { .. }
            | Record::Compartment { .. }
            | Record::SecretInput { .. }
            | Record::Hold { .. }
            | Record::Conference { .. }
            | Record::Finish { .. } => None,
        };
        let media = match &record {
            Record::Begin { lane, .. } => Some(MediaCommand::Record { lane: *lane, track }),
            Record::End { lane, .. } => Some(MediaCommand::Record { lane: *lane, track: None }),
            Record::Transfer { .. }
            | Record::Consent { .. }
            | Record::Compartment { .. }
            | Record::SecretInput { .. }
            | Record::Hold { .. }
            | Record::Conference { .. }
            | Record::Finish { .. } => None,
        };
        match (&record, track) {
            (Record::Begin { recording, leg, lane, .. }, Some(track)) => {
                self.heard_map.begin(*lane, *recording, *leg, track);
            }
            (Record::End { lane, .. }, _) => {
                let marks = self.heard_map.end(*lane);
                self.mark(marks);
            }
            _ => (),
        }
        // The recorder hears of a track before the first tick that carries it.
        self.outputs.push_back(Output::Record { record, track });
        media.into_iter().for_each(|command| self.media(command));
    }

    /// The slot of a track is its lane, so there is one for every voice that can be.
    fn open_track(&mut self, lane: LaneId) -> TrackHandle {
        let generation = self.generations.entry(lane).or_default();
        *generation = generation.wrapping_add(1);
        let slot = lane.span.0 * frame::LANES as u16 + u16::from(lane.timeslot.0);
        let track = TrackHandle { slot, generation: *generation };
        self.tracks.insert(lane, track);
        track
    }

    pub(super) fn media(&mut self, command: MediaCommand) {
        self.heard_map.note(&command);
        self.outputs.extend(self.sound_devices.also(&command).into_iter().map(Output::Media));
        self.outputs.push_back(Output::Media(command));
    }
}

fn of_conference(part: call::Part) -> Part {
    match part {
        call::Part::Speaks => Part::Speaks,
        call::Part::Coached => Part::Coached,
        call::Part::Coaches => Part::Coaches,
        call::Part::Listens => Part::Listens,
    }
}

fn channel_count(span: &isdn::Span) -> usize {
    (1..frame::LANES as u8).filter(|slot| span.channel(Timeslot(*slot)).is_some()).count()
}

/// The country whose tones and rings hold.
pub fn country(settings: &Settings) -> Country {
    match settings.country {
        settings::Country::Cn => Country::Cn,
        settings::Country::Us => Country::Us,
        settings::Country::Uk => Country::Uk,
        settings::Country::De => Country::De,
    }
}

fn stations(settings: &Settings, layout: &Layout) -> BTreeMap<PortId, StationPort> {
    let country = country(settings);
    let port = |row: &settings::Station| {
        let lane = layout.jack(row.port)?.lane;
        let settings = station_settings(row, country, settings.digits, layout);
        Some((row.port, StationPort::new(row.port, lane, settings, sender(layout, lane)?)))
    };
    settings.stations.iter().filter_map(port).collect()
}

fn outside_ports(settings: &Settings, layout: &Layout) -> BTreeMap<PortId, OutsidePort> {
    let plan = country(settings).plan();
    let rows = settings.trunks.iter().flat_map(|group| group.ports.iter().map(move |port| (group, *port)));
    let port = |(group, port): (&TrunkGroup, PortId)| {
        let lane = layout.jack(port).filter(|jack| jack.kind == CardKind::Fxo)?.lane;
        let sender = sender(layout, lane)?;
        let busy = busy_tone(settings, port);
        Some((port, OutsidePort::new(port, lane, group, plan, sender, busy)))
    };
    rows.filter_map(port).collect()
}

/// The sender of an analog port: its clip's place is the port's among all analog jacks of the board.
pub(super) fn sender(layout: &Layout, lane: LaneId) -> Option<Sender> {
    let mut analog = layout.jacks.iter().filter(|jack| !jack.kind.is_trunk());
    let place = ClipId::of_port(analog.position(|jack| jack.lane == lane)?);
    Some(Sender::new(lane, layout.span(lane.span)?.law, place))
}

/// What the settings say of a station. A sound jack has no telephone whose display could show who calls: that is on the
/// page; and a loudspeaker takes its calls as a headset does.
pub(super) fn station_settings(
    row: &settings::Station,
    country: Country,
    digits: settings::Digits,
    layout: &Layout,
) -> StationSettings {
    let kind = layout.jack(row.port).map(|jack| jack.kind);
    let class = match row.class {
        settings::StationClass::Telephone => StationClass::Telephone,
        settings::StationClass::Headset => StationClass::Headset,
        settings::StationClass::Door => StationClass::Door,
        settings::StationClass::Fax => StationClass::Fax,
    };
    let caller_id = match row.caller_id {
        settings::CallerId::Country => CallerIdWish::Country,
        settings::CallerId::Digits => CallerIdWish::Digits,
        settings::CallerId::Off => CallerIdWish::Off,
    };
    let answering = match row.answer {
        settings::Answer::Itself => Answering::ByItself,
        settings::Answer::Key => Answering::ByKey(settings::Answer::KEY),
    };
    let (class, caller_id, answering) = match kind {
        Some(CardKind::Loudspeaker) => (StationClass::Headset, CallerIdWish::Off, Answering::ByItself),
        Some(CardKind::Handset) => (class, CallerIdWish::Off, answering),
        _ => (class, caller_id, answering),
    };
    StationSettings {
        class,
        country,
        pulse_dialling: row.pulse_dialling,
        caller_id,
        no_caller_id_in_talk: !row.caller_id_in_talk,
        battery_drop: row.battery_drop,
        answering,
        timers: Timers { first_digit_ms: u32::from(digits.first_s) * 1000, ..Timers::default() },
    }
}

fn spans(settings: &Settings, layout: &Layout) -> BTreeMap<SpanId, IsdnSpan> {
    let of = |group: &TrunkGroup| {
        let new = |id: SpanId| (id, IsdnSpan::new(id, group, settings));
        spans_of(group, layout).into_iter().map(new).collect::<Vec<_>>()
    };
    settings.trunks.iter().flat_map(of).collect()
}
