//! Random histories: whatever the box asks and the far end says, no channel leaks, none has two owners, every call is
//! released once, and no timer of a call runs when there is none.

use proptest::prelude::*;

use super::*;
use crate::{
    ChannelState, RestartScope,
    q931::{ChannelStatus, element::TimeslotSet},
};

#[derive(Clone, Debug)]
enum Step {
    Place,
    Ask(usize, u8),
    FarPlaces { timeslot: u8, exclusive: bool },
    FarSays { call: usize, kind: u8, cause: bool, timeslot: Option<u8> },
    FarSaysState(usize, u8),
    FarSaysOctets(Vec<u8>),
    Restart(u8),
    FarRestarts(u8),
    Service(u8, bool),
    FarServes(u8, bool),
    Layer1(bool),
    Wait(u16),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Place),
        8 => (0usize..8, 0u8..8).prop_map(|(call, request)| Step::Ask(call, request)),
        4 => (1u8..4, any::<bool>()).prop_map(|(timeslot, exclusive)| Step::FarPlaces { timeslot, exclusive }),
        12 => (0usize..8, 0u8..16, any::<bool>(), prop::option::of(28u8..34)).prop_map(
            |(call, kind, cause, timeslot)| Step::FarSays { call, kind, cause, timeslot }
        ),
        1 => (0usize..8, 0u8..20).prop_map(|(call, state)| Step::FarSaysState(call, state)),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::FarSaysOctets),
        1 => (0u8..32).prop_map(Step::Restart),
        1 => (0u8..32).prop_map(Step::FarRestarts),
        1 => (0u8..4, any::<bool>()).prop_map(|(timeslot, in_service)| Step::Service(timeslot, in_service)),
        1 => (28u8..34, any::<bool>()).prop_map(|(timeslot, in_service)| Step::FarServes(timeslot & 31, in_service)),
        1 => any::<bool>().prop_map(Step::Layer1),
        4 => (0u16..40).prop_map(Step::Wait),
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
            Step::Restart(timeslot) => {
                let scope = RestartScope::Channels(TimeslotSet::one(Timeslot(timeslot)));
                self.line.asks(Request::Restart(scope));
            }
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
            Step::Wait(seconds) => self.line.advances_s(seconds.into()),
        }
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
            _ => clear(call, Cause::NormalClearing),
        });
    }

    fn far_message(&self, call: usize, kind: MessageKind) -> Option<Message> {
        pick(&self.references, call).map(|&reference| Message::new(reference, kind))
    }

    fn far_says(&mut self, message: Message) {
        let _ = self.line.far.send(self.line.now, message.emit(false).unwrap());
        self.line.run();
    }

    /// Learns what has happened and checks what must hold at every moment.
    fn take_stock(&mut self) {
        for message in std::mem::take(&mut self.line.heard) {
            if message.kind == MessageKind::Setup {
                self.references.extend(message.reference.map(CallReference::reply));
            }
        }
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
        let owners = TimeslotSet::E1.iter().filter(|&slot| matches!(span.channel(slot), Some(ChannelState::Busy(_))));
        assert!(owners.count() <= span.call_count());
        assert_eq!(self.line.table.len(), span.call_count(), "the call table has the calls and no others");
    }

    fn ends(mut self) {
        for call in self.begun.clone() {
            self.line.asks(clear(call, Cause::NormalClearing));
        }
        self.line.far.handle_layer1(self.line.now, false);
        self.line.span.handle_input(self.line.now, Input::Layer1(false));
        self.line.run();
        // T309 is the longest that anything waits for without a link.
        self.line.advances_s(90);
        self.take_stock();
        assert_eq!(self.line.span.call_count(), 0);
        assert_eq!(self.line.span.next_deadline(), None, "a timer runs for nothing");
        let mut once = self.released.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), self.released.len(), "a call was released twice");
        let busy = |slot: &Timeslot| matches!(self.line.span.channel(*slot), Some(ChannelState::Busy(_)));
        assert_eq!(TimeslotSet::E1.iter().find(busy), None, "a channel leaked");
    }
}

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
