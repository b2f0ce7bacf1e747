//! Random histories: whatever the box asks and the far end says, in whatever order and however damaged, no channel leaks,
//! none has two owners, every call is released once, and no timer of a call runs when there is none. However bad it was,
//! five minutes with a far end in its senses put everything right.

use proptest::prelude::*;

use super::*;
use crate::{
    ChannelState, RestartScope,
    q931::{
        ChannelStatus,
        element::{Notification, TimeslotSet, UserProtocol, UserUser},
    },
};

#[derive(Clone, Debug)]
enum Step {
    Place,
    Ask(usize, u8),
    FarPlaces {
        timeslot: u8,
        exclusive: bool,
    },
    FarSays {
        call: usize,
        kind: u8,
        cause: bool,
        timeslot: Option<u8>,
    },
    FarSaysState(usize, u8),
    FarSaysOctets(Vec<u8>),
    /// One of the far end's last frames arrives again, perhaps with a bit turned that the check sequence missed.
    FarRepeats {
        back: usize,
        turned: Option<(usize, u8)>,
    },
    /// RR, RNR or REJ with any number.
    FarSupervises {
        control: u8,
        number: u8,
        command: bool,
    },
    FarResets,
    Restart(RestartScope),
    FarRestarts(u8),
    Service(u8, bool),
    FarServes(u8, bool),
    Layer1(bool),
    /// The box wants no link, or wants it again.
    Link(bool),
    /// The cable carries nothing, and nobody is told.
    Cut(bool),
    Wait(u16),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Place),
        8 => (0usize..8, 0u8..13).prop_map(|(call, request)| Step::Ask(call, request)),
        4 => (1u8..4, any::<bool>()).prop_map(|(timeslot, exclusive)| Step::FarPlaces { timeslot, exclusive }),
        12 => (0usize..8, 0u8..16, any::<bool>(), prop::option::of(28u8..34)).prop_map(
            |(call, kind, cause, timeslot)| Step::FarSays { call, kind, cause, timeslot }
        ),
        1 => (0usize..8, 0u8..20).prop_map(|(call, state)| Step::FarSaysState(call, state)),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::FarSaysOctets),
        2 => (0..FAR_FRAMES, prop::option::of((0usize..40, 0u8..8)))
            .prop_map(|(back, turned)| Step::FarRepeats { back, turned }),
        1 => (prop::sample::select(vec![0x01, 0x05, 0x09]), any::<u8>(), any::<bool>())
            .prop_map(|(control, number, command)| Step::FarSupervises { control, number, command }),
        1 => Just(Step::FarResets),
        1 => any_scope().prop_map(Step::Restart),
        1 => (0u8..32).prop_map(Step::FarRestarts),
        1 => (0u8..4, any::<bool>()).prop_map(|(timeslot, in_service)| Step::Service(timeslot, in_service)),
        1 => (28u8..34, any::<bool>()).prop_map(|(timeslot, in_service)| Step::FarServes(timeslot & 31, in_service)),
        1 => any::<bool>().prop_map(Step::Layer1),
        1 => any::<bool>().prop_map(Step::Link),
        1 => any::<bool>().prop_map(Step::Cut),
        4 => (0u16..40).prop_map(Step::Wait),
    ]
}

fn any_scope() -> impl Strategy<Value = RestartScope> {
    prop_oneof![
        4 => (0u8..32).prop_map(|timeslot| RestartScope::Channels(TimeslotSet::one(Timeslot(timeslot)))),
        1 => Just(RestartScope::Unused),
        1 => Just(RestartScope::Interface),
    ]
}

/// What the history has brought about so far.
struct History {
    line: Line,
    references: Vec<CallReference>,
    begun: Vec<CallHandle>,
    released: Vec<CallHandle>,
    next_reference: u16,
}

impl History {
    fn step(&mut self, step: Step) {
        match step {
            Step::Place => self.place(),
            Step::Ask(call, request) => self.ask(call, request),
            Step::FarPlaces { timeslot, exclusive } => {
                self.next_reference += 1;
                let mut setup = setup(self.next_reference, timeslot);
                setup.elements[1] = channel(timeslot, exclusive);
                self.references.push(CallReference { value: self.next_reference, to_originator: false });
                self.far_says(setup);
            }
            Step::FarSays { call, kind, cause: with_cause, timeslot } => {
                let Some(message) = self.far_message(call, KINDS[usize::from(kind)]) else { return };
                let message = message.with(with_cause.then(|| cause(Cause::RequestedChannelUnavailable)));
                self.far_says(message.with(timeslot.map(|timeslot| channel(timeslot & 31, true))));
            }
            Step::FarSaysState(call, state) => {
                let Some(message) = self.far_message(call, MessageKind::Status) else { return };
                self.far_says(message.with(cause(Cause::ResponseToStatusEnquiry)).with(call_state(state)));
            }
            Step::FarSaysOctets(octets) => {
                let _ = self.line.far.send(self.line.now, octets.into_iter().collect());
                self.line.run();
            }
            Step::FarRepeats { back, turned } => self.far_repeats(back, turned),
            Step::FarSupervises { control, number, command } => {
                let cr = command == (self.line.span.settings.role == Role::User);
                self.arrives(&[u8::from(cr) << 1, 0x01, control, number]);
            }
            Step::FarResets => self.far_begins_anew(),
            Step::Restart(scope) => self.line.asks(Request::Restart(scope)),
            Step::FarRestarts(timeslot) => {
                let class = crate::q931::element::RestartClass::Channels;
                let message = Message::new(CallReference::GLOBAL, MessageKind::Restart);
                self.far_says(message.with(channel(timeslot, true)).with(Element::Restart(class)));
            }
            Step::Service(timeslot, in_service) => {
                let timeslots = TimeslotSet::one(Timeslot(timeslot));
                self.line.asks(Request::Service { timeslots, in_service });
            }
            Step::FarServes(timeslot, in_service) => {
                let status = if in_service { ChannelStatus::InService } else { ChannelStatus::OutOfService };
                let message = services::att(timeslot, status);
                let _ = self.line.far.send(self.line.now, message.emit().unwrap());
                self.line.run();
            }
            Step::Layer1(up) => {
                self.line.span.handle_input(self.line.now, Input::Layer1(up));
                self.line.run();
            }
            Step::Link(true) => self.line.asks(Request::BringUp),
            Step::Link(false) => self.line.asks(Request::TakeDown),
            Step::Cut(cut) => self.line.cut = cut,
            Step::Wait(seconds) => self.line.advances_s(seconds.into()),
        }
        self.listen();
        self.take_stock();
    }

    fn place(&mut self) {
        if let Ok(call) = self.line.span.setup(self.line.now, dials("1")) {
            self.begun.push(call);
        }
        self.line.run();
    }

    fn ask(&mut self, call: usize, request: u8) {
        let Some(&call) = pick(&self.begun, call) else { return };
        let progress = Progress::in_band(Location::User);
        self.line.asks(match request {
            0 => Request::MoreDigits { call, audible: false },
            1 => Request::Proceeding { call },
            2 => Request::Alerting { call, audible: true },
            3 => Request::Connect { call, party: Box::default() },
            4 => Request::Progress { call, progress, cause: None },
            5 => Request::Information { call, digits: "1".parse().unwrap(), complete: false },
            6 => Request::Clear { call, cause: Cause::UserBusy, audible: true },
            7 => Request::Hold { call },
            8 => Request::Retrieve { call },
            9 => Request::Notify { call, notification: Notification::RemoteHold },
            10 => Request::Information { call, digits: "1".parse().unwrap(), complete: true },
            11 => Request::Attach { call, rider: crate::Rider::UserUser(Box::new(user_user())) },
            _ => clear(call, Cause::NormalClearing),
        });
    }

    fn arrives(&mut self, octets: &[u8]) {
        self.line.span.handle_input(self.line.now, Input::Frame(octets));
        self.line.run();
    }

    fn far_repeats(&mut self, back: usize, turned: Option<(usize, u8)>) {
        let Some(mut octets) = self.line.far_frames.get(back).cloned() else { return };
        if let Some((octet, bit)) = turned
            && let Some(octet) = octets.get_mut(octet)
        {
            *octet ^= 1 << bit;
        }
        self.arrives(&octets);
    }

    fn far_begins_anew(&mut self) {
        let settings = &self.line.span.settings;
        self.line.far = Link::new(settings.role.opposite(), settings.link.clone(), 7);
        self.line.far.handle_layer1(self.line.now, true);
        self.line.run();
    }

    fn far_message(&self, call: usize, kind: MessageKind) -> Option<Message> {
        pick(&self.references, call).map(|&reference| Message::new(reference, kind))
    }

    fn far_says(&mut self, message: Message) {
        let _ = self.line.far.send(self.line.now, message.emit(false).unwrap());
        self.line.run();
    }

    /// Learns which calls the far end has heard of.
    fn listen(&mut self) {
        for message in std::mem::take(&mut self.line.heard) {
            if message.kind == MessageKind::Setup {
                self.references.extend(message.reference.map(CallReference::reply));
            }
        }
    }

    /// Learns what has happened and checks what must hold at every moment.
    fn take_stock(&mut self) {
        for event in std::mem::take(&mut self.line.events) {
            match event {
                Event::Incoming { call, .. } => self.begun.push(call),
                Event::Released { call, .. } => self.released.push(call),
                _ => {}
            }
        }
        let span = &self.line.span;
        assert_eq!(self.begun.len(), self.released.len() + span.call_count(), "one Released a call");
        for timeslot in TimeslotSet::E1.iter() {
            if let Some(ChannelState::Busy(owner)) = span.channel(timeslot) {
                assert_eq!(span.timeslot(owner), Some(timeslot), "a channel and its call name each other");
            }
        }
        for (&timeslot, &told) in &self.line.channels {
            assert_eq!(span.channel(timeslot), Some(told), "{timeslot:?}: what was told is not so");
        }
        let owners = self.timeslots(|state| matches!(state, ChannelState::Busy(_)));
        assert!(owners.count() as usize <= span.call_count());
        assert_eq!(self.line.table.len(), span.call_count(), "the call table has the calls and no others");
    }

    fn timeslots(&self, matches: impl Fn(ChannelState) -> bool) -> TimeslotSet {
        TimeslotSet::E1.iter().filter(|&timeslot| self.line.span.channel(timeslot).is_some_and(&matches)).collect()
    }

    fn ends(mut self) {
        self.is_mended();
        for call in self.begun.clone() {
            self.line.asks(clear(call, Cause::NormalClearing));
        }
        (0..FIVE_MINUTES_S).for_each(|_| self.passes_a_second());
        self.is_put_right();
        self.line.far.handle_layer1(self.line.now, false);
        self.line.span.handle_input(self.line.now, Input::Layer1(false));
        self.line.run();
        assert_eq!(self.line.span.next_deadline(), None, "a timer runs for nothing");
    }

    fn is_mended(&mut self) {
        self.line.cut = false;
        self.line.span.handle_input(self.line.now, Input::Layer1(true));
        self.line.asks(Request::BringUp);
        self.far_begins_anew();
    }

    /// A second with a far end that answers as it has to. What it had to say before may still arrive, and is refused.
    fn passes_a_second(&mut self) {
        let begun = self.begun.len();
        for message in std::mem::take(&mut self.line.heard) {
            if let Some(answer) = in_its_senses(&message) {
                self.far_says(answer);
            }
        }
        self.take_stock();
        for &call in &self.begun[begun..] {
            self.line.asks(clear(call, Cause::NormalClearing));
        }
        self.line.advances_s(1);
    }

    /// No call is left, each was released once, and each channel is free. One may have been put aside because its RESTARTs
    /// were not answered, and then a RESTART brings it back; or taken out of service, and then putting it back.
    fn is_put_right(&mut self) {
        assert_eq!(self.line.span.call_count(), 0);
        let mut once = self.released.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), self.released.len(), "a call was released twice");
        let leaked = self.timeslots(|state| matches!(state, ChannelState::Busy(_) | ChannelState::Restarting));
        assert!(leaked.is_empty(), "channels leaked: {:?}", self.line.channels);
        let aside = self.timeslots(|state| state != ChannelState::Idle);
        self.line.asks(Request::Service { timeslots: aside, in_service: true });
        self.line.asks(Request::Restart(RestartScope::Channels(aside)));
        (0..FIVE_MINUTES_S).for_each(|_| self.passes_a_second());
        assert_eq!(self.line.span.idle_channels(), TimeslotSet::E1);
    }
}

/// What a far end that knows of no call, and wants none, has to say to a message.
fn in_its_senses(message: &Message) -> Option<Message> {
    let answer = |kind| Some(Message::new(message.reference?.reply(), kind));
    let with = |kind, element: Element| answer(kind).map(|answer| answer.with(element));
    match message.kind {
        MessageKind::Setup => with(MessageKind::ReleaseComplete, cause(Cause::UserBusy)),
        MessageKind::Disconnect => with(MessageKind::Release, cause(Cause::NormalClearing)),
        MessageKind::Release => answer(MessageKind::ReleaseComplete),
        MessageKind::StatusEnquiry => {
            let status = with(MessageKind::Status, cause(Cause::ResponseToStatusEnquiry));
            status.map(|status| status.with(call_state(0)))
        }
        MessageKind::Restart => {
            let answer = answer(MessageKind::RestartAcknowledge)?;
            let channel = message.channel_id().cloned().map(Element::ChannelId);
            Some(answer.with(channel).with(message.restart_class().map(|class| Element::Restart(*class))))
        }
        _ => None,
    }
}

fn user_user() -> UserUser {
    UserUser { protocol: UserProtocol::Ia5, octets: [1, 2, 3].into_iter().collect() }
}

/// T316 is asked for twice, and T309 before it.
const FIVE_MINUTES_S: u64 = 300;

fn pick<T>(things: &[T], index: usize) -> Option<&T> {
    // From the last: young calls are the interesting ones.
    things.len().checked_sub(1 + index % things.len().max(1)).map(|at| &things[at])
}

const KINDS: [MessageKind; 16] = [
    MessageKind::SetupAcknowledge,
    MessageKind::CallProceeding,
    MessageKind::Alerting,
    MessageKind::Connect,
    MessageKind::ConnectAcknowledge,
    MessageKind::Progress,
    MessageKind::Information,
    MessageKind::Disconnect,
    MessageKind::Release,
    MessageKind::ReleaseComplete,
    MessageKind::StatusEnquiry,
    MessageKind::Notify,
    MessageKind::Hold,
    MessageKind::Setup,
    MessageKind::Facility,
    MessageKind::Restart,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_history_leaks_a_channel_or_a_timer(
        role in any::<bool>(),
        dialect in prop::sample::select(&Dialect::ALL[..]),
        steps in prop::collection::vec(any_step(), 0..80),
    ) {
        let role = if role { Role::User } else { Role::Network };
        let mut history = History {
            line: Line::new(SpanSettings::e1(role, dialect)),
            references: Vec::new(),
            begun: Vec::new(),
            released: Vec::new(),
            next_reference: 0,
        };
        steps.into_iter().for_each(|step| history.step(step));
        history.ends();
    }

    #[test]
    fn any_frames_are_taken_without_panic(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..50),
    ) {
        let mut line = Line::user();
        for control in frames {
            let octets = [&[0x02, 0x01][..], &control].concat();
            line.span.handle_input(line.now, Input::Frame(&octets));
            line.span.handle_input(line.now, Input::Frame(&control));
            line.now += Duration::from_secs(1);
        }
    }
}
