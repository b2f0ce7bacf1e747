//! Services that belong to no call: message waiting, and what is refused. ECMA-165, 7.3; ECMA-242; EN 300 745-1;
//! EN 300 359-1; ECMA-186; EN 300 196-1, 8.3.2.

use super::{
    supplementary::{NETWORK, Two, USER, component, components, invoke, line_of},
    *,
};
use crate::{
    q931::element::{Capability, ChannelChoice},
    suppl::{
        Argument, Code, Component, Header, InvokeProblem, Mailbox, MessagesWaiting, Operation, Problem, Refusal,
        ServiceError, Syntax,
    },
};

fn number(digits: &str) -> NumberElement {
    NumberElement::unknown(digits.parse().unwrap())
}

fn messages(waiting: bool) -> Box<MessagesWaiting> {
    let count = waiting.then_some(2);
    let mailbox = Mailbox { whose: Some(number("803")), count, centre: Some(number("700")), from: None };
    Box::new(MessagesWaiting { mailbox, waiting })
}

/// A SETUP for signalling alone with what it asks, as ECMA-165, 7.3 and 11.3.1 have it.
fn connection(reference: u16, facility: Element) -> Message {
    let (coding, capability) = (1, Capability::UnrestrictedDigital);
    let bearer = Bearer { coding, capability, mode_and_rate: 0, layer1: None, rest: Default::default() };
    let channel = ChannelId { d_channel: true, choice: ChannelChoice::None, ..ChannelId::one(Timeslot(1), true) };
    from_far(reference, MessageKind::Setup)
        .with(Element::Bearer(bearer))
        .with(Element::ChannelId(channel))
        .with(facility)
        .with(called("803"))
}

pub(super) fn without_call(facility: Element) -> Message {
    Message { reference: None, kind: MessageKind::Facility, elements: vec![facility] }
}

fn asks(syntax: Syntax, code: Code) -> Element {
    let header = if syntax == Syntax::Private { Header::END_TO_END_REJECT } else { Header::REMOTE };
    component(header, Component::Invoke { id: 5, linked: None, operation: code, argument: Argument::default() })
}

/// { itu-t(0) identified-organization(4) etsi(0) ... }, below it the last number.
pub(super) fn below_etsi(service: [u8; 2], module: u8, last: u8) -> Code {
    Code::Global(crate::suppl::ObjectId::parse(&[4, 0, service[0], service[1], module, last]).unwrap())
}

#[track_caller]
fn is_clear(two: &mut Two) {
    two.nobody_is_told_anything();
    assert!(two.ends.iter().all(|end| end.connections.next_deadline().is_none()), "no connection is left");
    assert_eq!(two.ends.each_ref().map(Span::call_count), [0, 0]);
}

#[test]
fn ecma_242_messages_wait_for_somebody_in_the_other_exchange_and_then_no_more() {
    for end in [USER, NETWORK] {
        let mut two = Two::of(Dialect::Qsig);
        two.asks(end, Request::TellMessages { tag: 7, messages: messages(true) });
        two.is_told(1 - end, Event::MessagesWaiting(messages(true)));
        two.is_told(end, Event::MessagesTold { tag: 7, refused: None });
        is_clear(&mut two);
        two.asks(end, Request::TellMessages { tag: 8, messages: messages(false) });
        two.is_told(1 - end, Event::MessagesWaiting(messages(false)));
        two.is_told(end, Event::MessagesTold { tag: 8, refused: None });
        is_clear(&mut two);
    }
}

#[test]
fn en_300_745_the_network_tells_its_line_and_a_user_has_nobody_to_tell() {
    let mut two = Two::of(Dialect::EuroIsdn);
    for (waiting, count) in [(true, Some(2)), (false, Some(0))] {
        two.asks(NETWORK, Request::TellMessages { tag: 7, messages: messages(waiting) });
        two.is_told(NETWORK, Event::MessagesTold { tag: 7, refused: None });
        let mailbox = Mailbox { whose: None, count, ..messages(waiting).mailbox };
        two.is_told(USER, Event::MessagesWaiting(Box::new(MessagesWaiting { mailbox, waiting })));
        is_clear(&mut two);
    }
    for (dialect, end) in [(Dialect::EuroIsdn, USER), (Dialect::Ni2, USER), (Dialect::Ni2, NETWORK)] {
        let mut two = Two::of(dialect);
        two.asks(end, Request::TellMessages { tag: 1, messages: messages(true) });
        two.is_told(end, Event::MessagesTold { tag: 1, refused: Some(Refusal::NotInDialect) });
        is_clear(&mut two);
    }
}

#[test]
fn en_300_745_a_private_exchange_that_keeps_the_mailbox_is_answered() {
    let mut line = line_of(Dialect::EuroIsdn, Role::Network);
    let operation = Operation::MessagesWait(messages(true).mailbox);
    line.far_says(without_call(invoke(Syntax::Etsi, Header::REMOTE, 3, &operation)));
    line.is_told(Event::MessagesWaiting(messages(true)));
    let answer = line.far_hears(MessageKind::Facility);
    assert_eq!(answer.reference, None, "the answer belongs to no call either");
    assert_eq!(components(&answer), [Component::Result { id: 3, result: None }]);
    line.is_idle();
}

#[test]
fn ecma_165_a_connection_is_set_up_answered_and_cleared_by_whoever_set_it_up() {
    let mut line = line_of(Dialect::Qsig, Role::User);
    let operation = Operation::MessagesGone(messages(false).mailbox);
    line.far_says(connection(9, invoke(Syntax::Private, Header::END_TO_END_REJECT, 3, &operation)));
    line.is_told(Event::MessagesWaiting(messages(false)));
    line.far_hears(MessageKind::CallProceeding);
    let connect = line.far_hears(MessageKind::Connect);
    assert!(matches!(components(&connect)[..], [Component::Result { id: 3, result: Some(_) }]), "with DummyRes");
    line.far_says(from_far(9, MessageKind::ConnectAcknowledge));
    line.far_says(from_far(9, MessageKind::StatusEnquiry));
    let status = line.far_hears_cause(MessageKind::Status, Cause::ResponseToStatusEnquiry);
    assert_eq!(status.call_state(), Some(&CallStateElement(10)));
    line.far_says(from_far(9, MessageKind::Release).with(cause(Cause::NormalClearing)));
    line.far_hears(MessageKind::ReleaseComplete);
    line.is_idle();
    line.far_says(from_far(9, MessageKind::Release).with(cause(Cause::NormalClearing)));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::InvalidCallReference);
}

#[test]
fn a_connection_that_nobody_clears_is_cleared_and_given_up_after_t308_twice() {
    let mut line = line_of(Dialect::Qsig, Role::User);
    line.far_says(connection(9, asks(Syntax::Private, Code::Local(80))));
    line.far_hears(MessageKind::CallProceeding);
    let connect = line.far_hears(MessageKind::Connect);
    let mistyped = Problem::Invoke(InvokeProblem::MistypedArgument);
    assert_eq!(components(&connect), [Component::Reject { id: Some(5), problem: mistyped }]);
    line.advances_s(30);
    line.far_hears_cause(MessageKind::Release, Cause::RecoveryOnTimerExpiry);
    line.advances_s(4);
    line.far_hears_cause(MessageKind::Release, Cause::RecoveryOnTimerExpiry);
    line.advances_s(4);
    line.is_idle();
    assert_eq!(line.span.connections.next_deadline(), None);
}

#[test]
fn who_is_not_answered_about_messages_is_told_so_after_t_response() {
    let mut line = line_of(Dialect::Qsig, Role::User);
    line.asks(Request::TellMessages { tag: 4, messages: messages(true) });
    let setup = line.far_hears(MessageKind::Setup);
    assert_eq!(setup.called_number(), Some(&number("803")));
    line.advances_s(4);
    line.is_told(Event::MessagesTold { tag: 4, refused: Some(Refusal::NoAnswer) });
    line.far_hears_cause(MessageKind::Release, Cause::RecoveryOnTimerExpiry);
    line.far_says(answer(&setup, MessageKind::ReleaseComplete));
    line.is_idle();
}

#[test]
fn a_far_end_without_the_service_says_so_in_whichever_way() {
    let error = component(Header::END_TO_END, ServiceError::InvalidServedNumber.answer(1));
    let unrecognized = Problem::Invoke(InvokeProblem::UnrecognizedOperation);
    let reject = component(Header::END_TO_END, Component::Reject { id: Some(1), problem: unrecognized });
    let ways = [
        (Some(error), Refusal::Error(ServiceError::InvalidServedNumber)),
        (Some(reject), Refusal::NotUnderstood),
        (None, Refusal::CallEnded),
    ];
    for (said, why) in ways {
        let mut line = line_of(Dialect::Qsig, Role::Network);
        line.asks(Request::TellMessages { tag: 4, messages: messages(true) });
        let setup = line.far_hears(MessageKind::Setup);
        let refusal = answer(&setup, MessageKind::ReleaseComplete).with(cause(Cause::FacilityRejected)).with(said);
        line.far_says(refusal);
        line.is_told(Event::MessagesTold { tag: 4, refused: Some(why) });
        line.is_idle();
    }
}

#[test]
fn en_300_359_and_ecma_186_completion_of_calls_is_denied_for_long_to_telephones_and_in_private_networks() {
    let denied = [
        // CCBSRequest, CCNRRequest.
        (below_etsi([0x82, 0x67], 1, 2), below_etsi([0x82, 0x67], 1, 22)),
        (below_etsi([0x88, 0x29], 1, 1), below_etsi([0x82, 0x67], 1, 22)),
    ];
    for (asked, error) in denied {
        let mut line = line_of(Dialect::EuroIsdn, Role::Network);
        line.far_says(without_call(asks(Syntax::Etsi, asked)));
        let answer = components(&line.far_hears(MessageKind::Facility));
        assert_eq!(answer, [Component::Error { id: 5, error, parameter: Argument::default() }]);
        line.is_idle();
    }
    for asked in [40, 27] {
        let mut line = line_of(Dialect::Qsig, Role::User);
        line.far_says(connection(9, asks(Syntax::Private, Code::Local(asked))));
        line.far_hears(MessageKind::CallProceeding);
        let answer = components(&line.far_hears(MessageKind::Connect));
        let long_term_rejection = Code::Local(1011);
        assert_eq!(answer, [Component::Error { id: 5, error: long_term_rejection, parameter: Argument::default() }]);
    }
}

#[test]
fn what_nobody_knows_is_rejected_and_what_belongs_to_a_call_is_refused() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    let unrecognized = Problem::Invoke(InvokeProblem::UnrecognizedOperation);
    line.far_says(without_call(asks(Syntax::Etsi, Code::Local(77))));
    let answer = components(&line.far_hears(MessageKind::Facility));
    assert_eq!(answer, [Component::Reject { id: Some(5), problem: unrecognized }]);
    line.far_says(without_call(asks(Syntax::Etsi, Code::Local(6))));
    let answer = components(&line.far_hears(MessageKind::Facility));
    assert_eq!(answer, [ServiceError::InvalidCallState.answer(5)]);
    line.is_idle();
}

#[test]
fn connections_are_few_and_go_with_the_link() {
    let mut line = line_of(Dialect::Qsig, Role::User);
    for reference in 1..=16 {
        line.far_says(connection(reference, asks(Syntax::Private, Code::Local(40))));
        line.far_hears(MessageKind::CallProceeding);
        line.far_hears(MessageKind::Connect);
    }
    line.far_says(connection(17, asks(Syntax::Private, Code::Local(40))));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::ResourceUnavailable);
    line.asks(Request::TellMessages { tag: 4, messages: messages(true) });
    line.is_told(Event::MessagesTold { tag: 4, refused: Some(Refusal::NotNow) });
    line.span.handle_input(line.now, Input::Layer1(false));
    line.run();
    line.is_told(Event::LinkDown);
    assert_eq!(line.span.connections.next_deadline(), None);
}

#[test]
fn en_300_369_the_implied_transfer_joins_the_call_on_hold_with_the_one_that_talks() {
    let execute = || invoke(Syntax::Etsi, Header::REMOTE, 3, &Operation::EctExecute);
    let settings = SpanSettings { far_end_may_hold: true, ..SpanSettings::e1(Role::Network, Dialect::EuroIsdn) };
    for on_held in [false, true] {
        let mut line = Line::new(settings.clone());
        let held = line.talking(1, 1);
        line.far_says(from_far(1, MessageKind::Facility).with(execute()));
        let answer = components(&line.far_hears(MessageKind::Facility));
        assert!(matches!(answer[..], [Component::Error { id: 3, .. }]), "there is nothing to join: {answer:?}");
        line.far_says(from_far(1, MessageKind::Hold));
        line.far_hears(MessageKind::HoldAcknowledge);
        line.events.clear();
        let active = line.talking(2, 2);
        let asked_on = if on_held { 1 } else { 2 };
        line.far_says(from_far(asked_on, MessageKind::Facility).with(execute()));
        assert!(matches!(line.event(), Event::Facility { .. }));
        let (call, to) = if on_held { (held, active) } else { (active, held) };
        line.is_told(Event::TransferAsked { call, to });
        line.asks(Request::AnswerTransfer { call, accepted: false });
        let answer = components(&line.far_hears(MessageKind::Facility));
        assert_eq!(answer, [ServiceError::NotAvailable.answer(3)]);
    }
}

#[test]
fn en_300_369_who_asks_for_a_loop_hears_that_nobody_knows() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Facility).with(asks(Syntax::Etsi, below_etsi([0x82, 0x71], 1, 6))));
    let answer = components(&line.far_hears(MessageKind::Facility));
    assert!(matches!(answer[..], [Component::Result { id: 5, result: Some(_) }]), "{answer:?}");
}

#[test]
fn en_300_207_and_ecma_174_our_call_is_not_sent_elsewhere() {
    for (dialect, syntax, operation) in [
        (Dialect::EuroIsdn, Syntax::Etsi, 13),
        (Dialect::EuroIsdn, Syntax::Etsi, 14),
        (Dialect::Qsig, Syntax::Private, 19),
    ] {
        let mut line = line_of(dialect, Role::Network);
        let (_, setup) = line.placed();
        line.far_says(answer(&setup, MessageKind::CallProceeding).with(channel(1, true)));
        line.far_says(answer(&setup, MessageKind::Facility).with(asks(syntax, Code::Local(operation))));
        let answer = components(&line.far_hears(MessageKind::Facility));
        assert_eq!(answer, [ServiceError::NotAvailable.answer(5)]);
    }
}
