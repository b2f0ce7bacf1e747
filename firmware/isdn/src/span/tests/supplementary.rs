//! Supplementary services between two spans of ours, one of them mirrored, and against a far end that errs.
//!
//! EN 300 196-1 (who answers what), EN 300 207-1, ECMA-164, -174 and -178, EN 300 182-1, EN 300 130-1, EN 300 369-1,
//! GR-2865-CORE, GR-2857-CORE.

use super::*;
use crate::{
    ConnectedParty, Particulars,
    q931::element::{
        Display, Facility, NumberKind, NumberPlan, PartyNumber, Presentation, RedirectingNumber, RedirectionReason,
        Screening,
    },
    suppl::{
        Advice, Argument, Charge, ChargeAtEnd, ChargeSoFar, Code, Component, DiversionNotice, DiversionReason,
        DivertingLeg1, DivertingLeg3, FacilityContents, GeneralProblem, Header, InvokeProblem, Money, Name, Operation,
        OtherParty, PartyChange, Problem, Refusal, ServiceError, Syntax, TransferEnd, Units,
    },
};

/// A user and a network of one dialect, back to back.
pub(super) struct Two {
    pub(super) now: Time,
    pub(super) ends: [Span; 2],
    events: [VecDeque<Event>; 2],
}

pub(super) const USER: usize = 0;
pub(super) const NETWORK: usize = 1;

impl Two {
    pub(super) fn of(dialect: Dialect) -> Two {
        let mut two = Two {
            now: Time::ZERO,
            ends: [Role::User, Role::Network]
                .map(|role| Span::new(SpanSettings { asks_for_transfer: true, ..SpanSettings::e1(role, dialect) })),
            events: Default::default(),
        };
        for end in &mut two.ends {
            end.handle_input(two.now, Input::Layer1(true));
        }
        two.run();
        two.events = Default::default();
        two
    }

    pub(super) fn run(&mut self) {
        while let Some((end, output)) = (0..2).find_map(|end| Some((end, self.ends[end].poll_output()?))) {
            match output {
                Output::Frame(octets) => self.ends[1 - end].handle_input(self.now, Input::Frame(&octets)),
                // What a service says is told raw as well.
                Output::Event(Event::Channel { .. } | Event::Facility { .. }) => {}
                Output::Event(event) => self.events[end].push_back(event),
                Output::Remember(_) | Output::Forget(_) => {}
            }
        }
    }

    pub(super) fn asks(&mut self, end: usize, request: Request) {
        self.ends[end].handle_input(self.now, Input::Request(request));
        self.run();
    }

    #[track_caller]
    pub(super) fn event(&mut self, end: usize) -> Event {
        self.events[end].pop_front().expect("it was told nothing")
    }

    #[track_caller]
    pub(super) fn is_told(&mut self, end: usize, event: Event) {
        assert_eq!(self.event(end), event);
    }

    #[track_caller]
    pub(super) fn nobody_is_told_anything(&mut self) {
        assert_eq!(self.events, <[VecDeque<Event>; 2]>::default());
    }

    /// Places a call; gives both handles and what came in.
    #[track_caller]
    fn places(&mut self, end: usize, request: SetupRequest) -> (CallHandle, CallHandle, Box<IncomingSetup>) {
        let call = self.ends[end].setup(self.now, request).unwrap();
        self.run();
        match self.event(1 - end) {
            Event::Incoming { call: far, setup } => (call, far, setup),
            other => panic!("{other:?} is no incoming call"),
        }
    }

    /// A talking call placed at an end; the handle there and at the other.
    #[track_caller]
    pub(super) fn talking(&mut self, end: usize) -> (CallHandle, CallHandle) {
        let (call, far, _) = self.places(end, dials("62001234"));
        self.answers(1 - end, far, ConnectedParty::default());
        (call, far)
    }

    /// Answers a call; gives what the caller hears of who answered.
    #[track_caller]
    fn answers(&mut self, end: usize, call: CallHandle, party: ConnectedParty) -> Box<ConnectedParty> {
        self.asks(end, Request::Connect { call, party: Box::new(party) });
        let heard = self.events[1 - end].iter().find_map(|event| match event {
            Event::Connected { party, .. } => Some(party.clone()),
            _ => None,
        });
        self.events = Default::default();
        heard.expect("the caller heard of no answer")
    }

    /// The network hears that these two are to be joined. Gives the one on which it was asked: on DMS-100 that is the one
    /// that has no name.
    #[track_caller]
    pub(super) fn transfer_asked(&mut self, calls: [CallHandle; 2]) -> CallHandle {
        match self.event(NETWORK) {
            Event::TransferAsked { call, to } if calls == [call, to] || calls == [to, call] => call,
            other => panic!("{other:?} asks for no transfer of {calls:?}"),
        }
    }

    pub(super) fn advances_s(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(next) = self.ends.iter().filter_map(Span::next_deadline).min().filter(|&next| next <= end) {
            self.now = self.now.max(next);
            self.ends.iter_mut().for_each(|span| span.handle_input(self.now, Input::Timeout));
            self.run();
        }
        self.now = end;
    }
}

fn party(digits: &str) -> PartyNumber {
    let (kind, plan) = (NumberKind::National, NumberPlan::Telephone);
    PartyNumber::shown(NumberElement { kind, plan, digits: digits.parse().unwrap() })
}

fn diverted(from: &str, reason: RedirectionReason, first: Option<&str>) -> SetupRequest {
    let number = |digits: &str, reason| RedirectingNumber { party: party(digits), reason: Some(reason) };
    let particulars = Particulars {
        redirecting: Some(number(from, reason)),
        original_called: first.map(|digits| number(digits, RedirectionReason::Unconditional)),
        ..Particulars::default()
    };
    SetupRequest { particulars, ..dials("62001234") }
}

pub(super) fn invoke(syntax: Syntax, header: Header, id: i16, operation: &Operation) -> Element {
    let (code, argument) = operation.emit(syntax).unwrap();
    component(header, Component::Invoke { id, linked: None, operation: code, argument })
}

pub(super) fn component(header: Header, component: Component) -> Element {
    let contents = FacilityContents::one(header, component).emit().unwrap();
    Element::Facility(Facility::new(&contents).unwrap())
}

/// The components that a message carries.
pub(super) fn components(message: &Message) -> Vec<Component> {
    let read = |facility: &Facility| FacilityContents::parse(facility.contents()).unwrap().facility.components;
    message.facilities().flat_map(read).collect()
}

pub(super) fn line_of(dialect: Dialect, role: Role) -> Line {
    Line::new(SpanSettings::e1(role, dialect))
}

// Names and diversion: one thing for the box, whichever way it travels.

#[test]
fn a_diverted_call_says_so_in_each_dialect_and_the_box_sees_one_thing() {
    for dialect in Dialect::ALL {
        for end in [USER, NETWORK] {
            let mut two = Two::of(dialect);
            let request = diverted("62005678", RedirectionReason::Busy, Some("62009999"));
            let (_, far, setup) = two.places(end, request);
            let particulars = &setup.particulars;
            let redirecting = particulars.redirecting.as_ref().unwrap();
            assert_eq!((&redirecting.party, redirecting.reason), (&party("62005678"), Some(RedirectionReason::Busy)));
            let first = particulars.original_called.as_ref().unwrap();
            assert_eq!(first.party, party("62009999"), "{dialect:?}");
            two.answers(1 - end, far, ConnectedParty::default());
        }
    }
}

#[test]
fn en_300_207_leg_2_is_answered_with_the_answer_and_by_what_the_number_allows() {
    for (presentation, shown) in [(Presentation::Allowed, true), (Presentation::Restricted, false)] {
        let mut line = line_of(Dialect::EuroIsdn, Role::User);
        let leg2 = crate::suppl::DivertingLeg2 {
            count: 1,
            reason: DiversionReason::NoReply,
            first_reason: None,
            from: Some(party("62005678")),
            first_called: None,
            from_name: None,
            first_called_name: None,
        };
        line.far_says(setup(1, 3).with(invoke(Syntax::Etsi, Header::REMOTE, 5, &Operation::DivertingLeg2(leg2))));
        let (call, setup) = line.incoming();
        assert_eq!(setup.particulars.redirecting.unwrap().reason, Some(RedirectionReason::NoReply));
        line.asks(Request::Alerting { call, audible: false });
        assert_eq!(components(&line.far_hears(MessageKind::Alerting)), []);
        let number = Some(PartyNumber { presentation, ..party("801") });
        line.asks(Request::Connect { call, party: Box::new(ConnectedParty { number, ..Default::default() }) });
        let connect = line.far_hears(MessageKind::Connect);
        let [Component::Invoke { operation, argument, .. }] = &components(&connect)[..] else {
            panic!("{connect:?} carries no leg 3");
        };
        let leg3 = Operation::DivertingLeg3(DivertingLeg3 { shown, name: None });
        assert_eq!(Operation::parse(Syntax::Etsi, operation, argument), Ok(leg3));
    }
}

#[test]
fn en_300_207_the_caller_hears_that_its_call_is_diverted_and_where_to_once_it_may() {
    let leg1 = |notice| {
        let to = Some(party("62007777"));
        Operation::DivertingLeg1(DivertingLeg1 { reason: DiversionReason::Busy, notice, to })
    };
    let leg3 = |shown| Operation::DivertingLeg3(DivertingLeg3 { shown, name: None });
    let told = |notice, shown| {
        let mut line = line_of(Dialect::EuroIsdn, Role::User);
        let (_, setup) = line.placed();
        for (id, operation) in [(1, leg1(notice)), (2, leg3(shown))] {
            let facility = invoke(Syntax::Etsi, Header::REMOTE, id, &operation);
            line.far_says(answer(&setup, MessageKind::Facility).with(facility));
        }
        let diverted = |event: &Event| match event {
            Event::Diverted { reason: RedirectionReason::Busy, to, .. } => Some(to.clone()),
            _ => None,
        };
        line.far_hears_nothing();
        line.events.iter().filter_map(diverted).collect::<Vec<_>>()
    };
    assert_eq!(told(DiversionNotice::WithNumber, true), [None, Some(party("62007777"))]);
    assert_eq!(told(DiversionNotice::WithNumber, false), [None]);
    assert_eq!(told(DiversionNotice::WithoutNumber, true), [None]);
    assert_eq!(told(DiversionNotice::None, true), []);
}

#[test]
fn ecma_164_names_travel_by_operation_both_ways() {
    for end in [USER, NETWORK] {
        let mut two = Two::of(Dialect::Qsig);
        let name = |text: &str| Some(Display::from_text(text));
        let request = SetupRequest { display: name("王医生"), ..dials("801") };
        let (_, far, setup) = two.places(end, request);
        assert_eq!(setup.display.as_ref().map(Display::to_text).as_deref(), Some("王医生"));
        let heard = two.answers(1 - end, far, ConnectedParty { name: name("Li Si"), ..Default::default() });
        assert_eq!(heard.name.as_ref().map(Display::to_text).as_deref(), Some("Li Si"));
    }
}

#[test]
fn ni_2_takes_a_name_in_the_setup_or_behind_it() {
    let name = Operation::CallingName(Name::shown("Zhang San").unwrap());
    let mut line = line_of(Dialect::Ni2, Role::User);
    line.far_says(setup(1, 3).with(invoke(Syntax::Ni2, Header::NAME_OF_NI2, 1, &name)));
    let (_, setup_told) = line.incoming();
    assert_eq!(setup_told.display.unwrap().to_text(), "Zhang San");

    line.far_says(setup(2, 4).with(invoke(Syntax::Ni2, Header::NAME_OF_NI2, 1, &Operation::NameFollows)));
    let (call, setup_told) = line.incoming();
    assert_eq!(setup_told.display, None);
    let facility = invoke(Syntax::Ni2, Header::NAME_OF_NI2, 2, &name);
    line.far_says(from_far(2, MessageKind::Facility).with(facility));
    assert!(matches!(line.event(), Event::Facility { .. }));
    line.is_told(Event::PartyName { call, name: Display::from_text("Zhang San") });
    line.far_hears_nothing();
}

#[test]
fn a_name_that_is_withheld_is_not_told() {
    let mut line = line_of(Dialect::Qsig, Role::User);
    let Name::Shown(text) = Name::shown("Zhang San").unwrap() else { unreachable!("it was shown") };
    let withheld = Operation::CallingName(Name::Withheld(Some(text)));
    line.far_says(setup(1, 3).with(invoke(Syntax::Private, Header::END_TO_END, 1, &withheld)));
    assert_eq!(line.incoming().1.display, None);
}

#[test]
fn a_setup_that_would_be_too_long_goes_without_its_operations() {
    let mut line = line_of(Dialect::Qsig, Role::User);
    let user_user = crate::q931::element::UserUser {
        protocol: crate::q931::element::UserProtocol::Ia5,
        octets: [b'x'; 128].into_iter().collect(),
    };
    let mut request = diverted("62005678", RedirectionReason::Busy, Some("62009999"));
    request.particulars.user_user = Some(user_user);
    request.display = Some(Display::from_text(&"x".repeat(50)));
    line.places(request);
    let setup = line.far_hears(MessageKind::Setup);
    assert_eq!((components(&setup), setup.called_number().is_some()), (vec![], true));
}

// Charges, EN 300 182-1.

fn so_far(units: u32) -> Advice {
    let units = Units { number: Some(units), kind: None };
    Advice::SoFar(ChargeSoFar { charge: Charge::Units([units].into()), total: false, billing: None })
}

fn at_end(number: u32) -> Advice {
    let charge = Charge::Money(Money::hundredths("CNY", number).unwrap());
    Advice::AtEnd(ChargeAtEnd { charge, billing: None, association: None })
}

#[test]
fn en_300_182_the_network_tells_the_charge_during_the_call_and_with_its_end() {
    let mut two = Two::of(Dialect::EuroIsdn);
    let (call, far) = two.talking(USER);
    two.asks(NETWORK, Request::Charge { call: far, advice: Box::new(so_far(7)) });
    two.is_told(USER, Event::Charge { call, advice: Box::new(so_far(7)) });
    two.asks(NETWORK, Request::Charge { call: far, advice: Box::new(at_end(345)) });
    two.nobody_is_told_anything();
    two.asks(NETWORK, clear(far, Cause::NormalClearing));
    two.is_told(USER, Event::Charge { call, advice: Box::new(at_end(345)) });
    assert!(matches!(two.event(USER), Event::Disconnected { .. }));
    assert!(matches!(two.event(USER), Event::Released { .. }));
}

#[test]
fn en_300_182_the_charge_comes_before_the_end_when_the_user_clears() {
    let mut two = Two::of(Dialect::EuroIsdn);
    let (call, far) = two.talking(USER);
    two.asks(NETWORK, Request::Charge { call: far, advice: Box::new(at_end(345)) });
    two.asks(USER, clear(call, Cause::NormalClearing));
    two.is_told(USER, Event::Charge { call, advice: Box::new(at_end(345)) });
    assert!(matches!(two.event(USER), Event::Released { .. }));
}

#[test]
fn a_charge_that_the_dialect_can_not_tell_is_counted() {
    for dialect in [Dialect::Qsig, Dialect::Ni2, Dialect::Dms100] {
        let mut two = Two::of(dialect);
        let (_, far) = two.talking(USER);
        two.asks(NETWORK, Request::Charge { call: far, advice: Box::new(so_far(7)) });
        two.nobody_is_told_anything();
        assert_eq!(two.ends[NETWORK].counters().misfits, 1, "{dialect:?}");
    }
}

#[test]
fn en_300_182_whoever_asks_for_charges_hears_that_there_are_none() {
    let mut line = line_of(Dialect::EuroIsdn, Role::Network);
    line.talking(1, 3);
    let request = Operation::ChargingRequest(crate::suppl::ChargingCase::During);
    line.far_says(from_far(1, MessageKind::Facility).with(invoke(Syntax::Etsi, Header::REMOTE, 9, &request)));
    let heard = components(&line.far_hears(MessageKind::Facility));
    assert_eq!(heard, [Component::Error { id: 9, error: Code::Local(26), parameter: Argument::default() }]);
}

// Malicious calls, EN 300 130-1.

#[test]
fn en_300_130_the_user_has_the_network_keep_who_called() {
    let mut two = Two::of(Dialect::EuroIsdn);
    let (far, call) = two.talking(NETWORK);
    two.asks(USER, Request::IdentifyMaliciousCall { call });
    two.is_told(NETWORK, Event::MaliciousCall { call: far });
    two.is_told(USER, Event::MaliciousCallKept { call, refused: None });
    two.nobody_is_told_anything();
}

#[test]
fn a_service_that_is_not_in_the_dialect_or_not_for_this_side_is_refused_at_once() {
    for (dialect, role) in [(Dialect::Qsig, Role::User), (Dialect::Ni2, Role::User), (Dialect::EuroIsdn, Role::Network)]
    {
        let mut line = line_of(dialect, role);
        let call = line.talking(1, 3);
        line.asks(Request::IdentifyMaliciousCall { call });
        line.is_told(Event::MaliciousCallKept { call, refused: Some(Refusal::NotInDialect) });
        line.far_hears_nothing();
    }
}

#[test]
fn an_answer_that_does_not_come_is_given_up_after_t_response() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    let call = line.talking(1, 3);
    line.asks(Request::IdentifyMaliciousCall { call });
    let asked = components(&line.far_hears(MessageKind::Facility));
    let [Component::Invoke { id, .. }] = asked[..] else { panic!("{asked:?}") };
    line.advances_s(3);
    line.is_told_nothing();
    line.advances_s(1);
    line.is_told(Event::MaliciousCallKept { call, refused: Some(Refusal::NoAnswer) });
    // Too late.
    let result = component(Header::REMOTE, Component::Result { id, result: None });
    line.far_says(from_far(1, MessageKind::Facility).with(result));
    assert!(matches!(line.event(), Event::Facility { .. }));
    line.is_told_nothing();
    assert_eq!(line.span.counters().misfits, 1);
}

#[test]
fn errors_and_rejects_say_why() {
    let reject =
        |id| Component::Reject { id: Some(id), problem: Problem::Invoke(InvokeProblem::UnrecognizedOperation) };
    let error = |id| Component::Error { id, error: Code::Local(0), parameter: Argument::default() };
    let answers: [(&dyn Fn(i16) -> Component, Refusal); 2] =
        [(&reject, Refusal::NotUnderstood), (&error, Refusal::Error(ServiceError::NotSubscribed))];
    for (answer, why) in answers {
        let mut line = line_of(Dialect::EuroIsdn, Role::User);
        let call = line.talking(1, 3);
        line.asks(Request::IdentifyMaliciousCall { call });
        let asked = components(&line.far_hears(MessageKind::Facility));
        let [Component::Invoke { id, .. }] = asked[..] else { panic!("{asked:?}") };
        line.far_says(from_far(1, MessageKind::Facility).with(component(Header::REMOTE, answer(id))));
        assert!(matches!(line.event(), Event::Facility { .. }));
        line.is_told(Event::MaliciousCallKept { call, refused: Some(why) });
    }
}

#[test]
fn no_more_is_asked_at_once_than_can_be_waited_for() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    let call = line.talking(1, 3);
    for _ in 0..4 {
        line.asks(Request::IdentifyMaliciousCall { call });
        line.far_hears(MessageKind::Facility);
    }
    line.asks(Request::IdentifyMaliciousCall { call });
    line.is_told(Event::MaliciousCallKept { call, refused: Some(Refusal::NotNow) });
    line.far_hears_nothing();
}

// Transfer.

/// Two talking calls of the user, one each way.
fn two_calls(two: &mut Two) -> [(CallHandle, CallHandle); 2] {
    let first = two.talking(USER);
    let (far, call) = two.talking(NETWORK);
    [first, (call, far)]
}

const THAT_TRANSFER: [Dialect; 6] =
    [Dialect::EuroIsdn, Dialect::China, Dialect::Ni2, Dialect::Dms100, Dialect::Att4ess, Dialect::Lucent5ess];

#[test]
fn a_network_joins_two_calls_of_its_user_when_the_box_there_agrees() {
    for dialect in THAT_TRANSFER {
        for turned in [false, true] {
            let mut two = Two::of(dialect);
            let [mut one, mut other] = two_calls(&mut two);
            if turned {
                (one, other) = (other, one);
            }
            two.asks(USER, Request::Transfer { call: one.0, to: other.0 });
            let asked = two.transfer_asked([one.1, other.1]);
            two.nobody_is_told_anything();
            two.asks(NETWORK, Request::AnswerTransfer { call: asked, accepted: true });
            for call in [one.1, other.1] {
                two.asks(NETWORK, clear(call, Cause::NormalClearing));
            }
            two.is_told(USER, Event::Transferred { call: one.0, to: other.0 });
            assert!(two.ends.iter().all(|span| span.call_count() == 0), "{dialect:?}");
        }
    }
}

#[test]
fn a_call_that_still_rings_may_be_transferred_to() {
    for dialect in THAT_TRANSFER {
        let mut two = Two::of(dialect);
        let (far, call) = two.talking(NETWORK);
        let (to, far_to, _) = two.places(USER, dials("801"));
        two.asks(NETWORK, Request::Alerting { call: far_to, audible: false });
        two.events = Default::default();
        two.asks(USER, Request::Transfer { call, to });
        two.is_told(NETWORK, Event::TransferAsked { call: far, to: far_to });
        two.asks(NETWORK, Request::AnswerTransfer { call: far, accepted: true });
        two.asks(NETWORK, clear(far, Cause::NormalClearing));
        two.is_told(USER, Event::Transferred { call, to });
    }
}

#[test]
fn gr_2857_a_call_without_a_name_is_not_transferred_on_dms_100() {
    let mut line = line_of(Dialect::Dms100, Role::User);
    let call = line.talking(1, 3);
    let (to, setup) = line.placed();
    assert_eq!(components(&setup), [], "nobody said that it may be transferred");
    line.far_says(answer(&setup, MessageKind::Connect));
    line.far_hears(MessageKind::ConnectAcknowledge);
    line.events.clear();
    line.asks(Request::Transfer { call, to });
    line.is_told(Event::TransferRefused { call, to, why: Refusal::NotNow });
    line.far_hears_nothing();
}

#[test]
fn gr_2857_the_setup_asks_for_the_name_and_the_alerting_gives_it() {
    let settings = SpanSettings { asks_for_transfer: true, ..SpanSettings::e1(Role::User, Dialect::Dms100) };
    let mut line = Line::new(settings);
    let call = line.talking(1, 3);
    let (to, setup) = line.placed();
    let asked = components(&setup);
    let [Component::Invoke { id: 1, operation: Code::Local(1), .. }] = &asked[..] else { panic!("{asked:?}") };
    // As Dialogic's and libpri's papers have it: the call's name comes with ALERTING.
    let link = crate::suppl::CallLink::new(0x1234);
    let result = Component::Result { id: 1, result: Some((Code::Local(1), link.emit(Syntax::Dms100))) };
    line.far_says(answer(&setup, MessageKind::Alerting).with(component(Header::RELEASE_LINK, result)));
    line.events.clear();
    line.asks(Request::Transfer { call, to });
    let asked = components(&line.far_hears(MessageKind::Facility));
    let [Component::Invoke { id: 2, operation, argument, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(Operation::parse(Syntax::Dms100, operation, argument), Ok(Operation::ReleaseLinkJoin(link)));
    let done = component(Header::RELEASE_LINK, Component::Result { id: 2, result: None });
    line.far_says(from_far(1, MessageKind::Facility).with(done));
    assert!(matches!(line.event(), Event::Facility { .. }));
    line.is_told(Event::Transferred { call, to });
}

#[test]
fn what_a_setup_asks_is_answered_with_the_first_reply() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    line.far_says(setup(1, 3).with(unknown(Header::REMOTE)));
    let (call, _) = line.incoming();
    line.far_hears_nothing();
    line.asks(Request::Alerting { call, audible: false });
    let problem = Problem::Invoke(InvokeProblem::UnrecognizedOperation);
    let rejected = Component::Reject { id: Some(6), problem };
    assert_eq!(components(&line.far_hears(MessageKind::Alerting)), std::slice::from_ref(&rejected));
}

#[test]
fn a_transfer_that_is_not_granted_leaves_both_calls() {
    for dialect in THAT_TRANSFER {
        let mut two = Two::of(dialect);
        let [(call, far), (to, far_to)] = two_calls(&mut two);
        two.asks(USER, Request::Transfer { call, to });
        let asked = two.transfer_asked([far, far_to]);
        two.asks(NETWORK, Request::AnswerTransfer { call: asked, accepted: false });
        let why = Refusal::Error(ServiceError::NotAvailable);
        two.is_told(USER, Event::TransferRefused { call, to, why });
        assert!(two.ends.iter().all(|span| span.call_count() == 2));
        // Nothing is left that a second answer could answer.
        two.asks(NETWORK, Request::AnswerTransfer { call: asked, accepted: true });
        two.nobody_is_told_anything();
    }
}

#[test]
fn a_network_whose_box_does_not_decide_is_not_waited_for() {
    let mut two = Two::of(Dialect::Ni2);
    let [(call, _), (to, _)] = two_calls(&mut two);
    two.asks(USER, Request::Transfer { call, to });
    two.events = Default::default();
    two.advances_s(4);
    two.is_told(USER, Event::TransferRefused { call, to, why: Refusal::NoAnswer });
}

#[test]
fn a_transfer_of_a_call_that_ends_is_answered_before_the_end() {
    let mut two = Two::of(Dialect::Ni2);
    let [(call, far), (to, _)] = two_calls(&mut two);
    two.asks(USER, Request::Transfer { call, to });
    two.events = Default::default();
    two.asks(NETWORK, clear(far, Cause::NormalClearing));
    assert!(matches!(two.event(USER), Event::Disconnected { .. }));
    two.is_told(USER, Event::TransferRefused { call, to, why: Refusal::CallEnded });
    assert!(matches!(two.event(USER), Event::Released { .. }));
}

#[test]
fn calls_that_can_not_be_transferred_are_told_so_at_once() {
    let mut two = Two::of(Dialect::EuroIsdn);
    let (call, _) = two.talking(USER);
    let (begun, _, _) = two.places(USER, dials("801"));
    for to in [call, begun, CallHandle { slot: 9, generation: 9 }] {
        two.asks(USER, Request::Transfer { call, to });
        two.is_told(USER, Event::TransferRefused { call, to, why: Refusal::NotNow });
    }
    for (dialect, end) in [(Dialect::Qsig, USER), (Dialect::EuroIsdn, NETWORK)] {
        let mut two = Two::of(dialect);
        let [one, other] = two_calls(&mut two);
        let (call, to) = if end == USER { (one.0, other.0) } else { (one.1, other.1) };
        two.asks(end, Request::Transfer { call, to });
        two.is_told(end, Event::TransferRefused { call, to, why: Refusal::NotInDialect });
    }
}

#[test]
fn gr_2865_the_other_call_is_named_by_the_reference_that_the_user_sends() {
    for (placed_by_user, reference) in [(true, 0), (false, 0x8000)] {
        let mut line = line_of(Dialect::Ni2, Role::User);
        let call = line.talking(1, 3);
        let (to, value) = match placed_by_user {
            true => {
                let (to, setup) = line.placed();
                line.far_says(answer(&setup, MessageKind::Connect));
                line.far_hears(MessageKind::ConnectAcknowledge);
                (to, setup.reference.unwrap().value)
            }
            false => (line.talking(2, 4), 2),
        };
        line.asks(Request::Transfer { call, to });
        let asked = components(&line.far_hears(MessageKind::Facility));
        let [Component::Invoke { operation, argument, .. }] = &asked[..] else { panic!("{asked:?}") };
        let transfer = Operation::TwoChannelTransfer(value | reference);
        assert_eq!(Operation::parse(Syntax::Ni2, operation, argument), Ok(transfer));
    }
}

#[test]
fn a_network_does_not_join_a_call_with_itself_or_with_one_that_it_does_not_know() {
    for reference in [1, 0x8001, 77] {
        let mut line = line_of(Dialect::Ni2, Role::Network);
        line.talking(1, 3);
        let transfer = invoke(Syntax::Ni2, Header::REMOTE, 4, &Operation::TwoChannelTransfer(reference));
        line.far_says(from_far(1, MessageKind::Facility).with(transfer));
        assert!(matches!(line.event(), Event::Facility { .. }));
        line.is_told_nothing();
        let heard = components(&line.far_hears(MessageKind::Facility));
        assert!(matches!(heard[..], [Component::Error { id: 4, error: Code::Local(3), .. }]), "{heard:?}");
    }
}

#[test]
fn whoever_stays_hears_who_is_there_now() {
    let other = |change, name: Option<&str>| OtherParty {
        change,
        party: party("62007777"),
        name: name.map(Display::from_text),
    };
    let joined = PartyChange::Joined { end: TransferEnd::Primary, alerting: true };
    // In private networks either side may tell, and names go along.
    for end in [USER, NETWORK] {
        let mut two = Two::of(Dialect::Qsig);
        let (call, far) = two.talking(end);
        for change in [joined, PartyChange::Answered, PartyChange::Updated] {
            let told = Box::new(other(change, Some("Li Si")));
            two.asks(end, Request::OtherParty { call, party: told.clone() });
            two.is_told(1 - end, Event::OtherParty { call: far, party: told });
        }
        two.nobody_is_told_anything();
    }
    let mut two = Two::of(Dialect::EuroIsdn);
    let (call, far) = two.talking(USER);
    for change in [joined, PartyChange::Answered] {
        two.asks(NETWORK, Request::OtherParty { call: far, party: Box::new(other(change, Some("Li Si"))) });
        two.is_told(USER, Event::OtherParty { call, party: Box::new(other(change, None)) });
    }
}

#[test]
fn ecma_178_a_number_that_is_vouched_for_stays_so() {
    let mut two = Two::of(Dialect::Qsig);
    let (call, far) = two.talking(USER);
    let party = PartyNumber { screening: Screening::Network, ..party("801") };
    let told = Box::new(OtherParty { change: PartyChange::Updated, party, name: None });
    two.asks(USER, Request::OtherParty { call, party: told.clone() });
    two.is_told(NETWORK, Event::OtherParty { call: far, party: told });
}

// What is not understood, EN 300 196-1, 8.1 and ECMA-165, 8.1.2.

fn unknown(header: Header) -> Element {
    let operation = Code::Local(99);
    component(header, Component::Invoke { id: 6, linked: None, operation, argument: Argument::default() })
}

#[test]
fn an_unknown_operation_is_rejected_where_nothing_else_is_said() {
    for dialect in Dialect::ALL {
        let mut line = line_of(dialect, Role::User);
        line.talking(1, 3);
        line.far_says(from_far(1, MessageKind::Facility).with(unknown(Header::REMOTE)));
        let heard = components(&line.far_hears(MessageKind::Facility));
        let problem = Problem::Invoke(InvokeProblem::UnrecognizedOperation);
        assert_eq!(heard, [Component::Reject { id: Some(6), problem }], "{dialect:?}");
    }
}

#[test]
fn an_unknown_operation_is_passed_over_or_clears_the_call_as_it_says_itself() {
    let mut line = line_of(Dialect::Qsig, Role::User);
    line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Facility).with(unknown(Header::END_TO_END)));
    line.far_hears_nothing();

    let clear = Header { interpretation: Some(crate::suppl::Interpretation::Clear), ..Header::END_TO_END };
    line.far_says(from_far(1, MessageKind::Facility).with(unknown(clear.clone())));
    let rejected = Component::Reject { id: Some(6), problem: Problem::Invoke(InvokeProblem::UnrecognizedOperation) };
    let disconnect = line.far_hears_cause(MessageKind::Disconnect, Cause::FacilityRejected);
    assert_eq!(components(&disconnect), std::slice::from_ref(&rejected));

    // Before any reply the call is refused.
    line.far_says(setup(2, 4).with(unknown(clear)));
    let refusal = line.far_hears_cause(MessageKind::ReleaseComplete, Cause::FacilityRejected);
    assert_eq!(components(&refusal), [rejected]);
}

#[test]
fn a_bad_component_is_rejected_and_the_others_are_acted_upon() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    let call = line.talking(1, 3);
    let contents = [0x91, 0xa1, 0x03, 0x04, 0x01, 0x01, 0xa1, 0x08, 0x02, 0x01, 0x06, 0x02, 0x01, 0x21, 0x81, 0x00];
    let facility = Facility::new(&contents).unwrap();
    line.far_says(from_far(1, MessageKind::Facility).with(Element::Facility(facility)));
    let heard = components(&line.far_hears(MessageKind::Facility));
    let problem = Problem::General(GeneralProblem::MistypedComponent);
    assert_eq!(heard, [Component::Reject { id: None, problem }]);
    assert!(matches!(line.event(), Event::Facility { .. }));
    let free = ChargeSoFar { charge: Charge::Free, total: false, billing: None };
    line.is_told(Event::Charge { call, advice: Box::new(Advice::SoFar(free)) });
}

#[test]
fn a_reject_is_never_answered_and_nothing_is_answered_in_a_call_that_is_over() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    line.talking(1, 3);
    let problem = Problem::Invoke(InvokeProblem::UnrecognizedOperation);
    for id in [None, Some(1)] {
        let reject = component(Header::REMOTE, Component::Reject { id, problem });
        line.far_says(from_far(1, MessageKind::Facility).with(reject));
    }
    line.far_hears_nothing();
    line.far_says(from_far(1, MessageKind::Release).with(cause(Cause::NormalClearing)).with(unknown(Header::REMOTE)));
    line.far_hears(MessageKind::ReleaseComplete);
}
