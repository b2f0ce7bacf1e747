//! Calls that are completed later: EN 300 359-1 and EN 301 065-1 between a private exchange and its network.

use super::{
    independent::{below_etsi, without_call},
    supplementary::{NETWORK, Two, USER, component, components, invoke, line_of},
    *,
};
use crate::{
    CompletionOf,
    suppl::{
        Code, Completion, CompletionRequest, Component, Header, InvokeProblem, Operation, Problem, Refusal, Service,
        Syntax,
    },
};

const TAG: u64 = 7;

fn ask(tag: u64, completion: Completion) -> Request {
    Request::AskCompletion { tag, completion, setup: Box::new(dials("62001234")) }
}

fn request(digits: &str) -> CompletionRequest {
    CompletionRequest {
        called: NumberElement::unknown(digits.parse().unwrap()),
        service: Service::new(&[0x04, 0x03, 0x80, 0x90, 0xa3]).unwrap(),
        retains: false,
        shown: None,
        calling: None,
    }
}

fn register(reference: u16, digits: &str) -> Message {
    let operation = Operation::CompletionAsked(Completion::Busy, request(digits));
    from_far(reference, MessageKind::Register).with(invoke(Syntax::Etsi, Header::REMOTE, 5, &operation))
}

fn says(operation: &Operation) -> Element {
    invoke(Syntax::Etsi, Header::REMOTE, 9, operation)
}

fn denied(refused: Refusal) -> Event {
    Event::CompletionAnswered { tag: TAG, refused: Some(refused), retained: false }
}

/// A request of ours that was accepted, and its reference as the far end writes it.
fn standing(completion: Completion) -> (Line, Message) {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    line.asks(ask(TAG, completion));
    let register = line.far_hears(MessageKind::Register);
    let [Component::Invoke { id, .. }] = components(&register)[..] else { panic!("{register:?}") };
    let result = component(Header::REMOTE, Component::Result { id, result: None });
    line.far_says(answer(&register, MessageKind::Facility).with(result));
    line.is_told(Event::CompletionAnswered { tag: TAG, refused: None, retained: false });
    (line, register)
}

#[test]
fn either_side_asks_is_told_and_places_the_call() {
    for (end, completion) in [(USER, Completion::Busy), (NETWORK, Completion::NoReply)] {
        let mut two = Two::of(Dialect::EuroIsdn);
        two.asks(end, ask(TAG, completion));
        let called = NumberElement::unknown("62001234".parse().unwrap());
        two.is_told(1 - end, Event::CompletionAsked { asked: 1, completion, called, calling: None, retained: true });
        two.asks(1 - end, Request::AnswerCompletion { asked: 1, accepted: true });
        two.is_told(end, Event::CompletionAnswered { tag: TAG, refused: None, retained: true });
        two.asks(1 - end, Request::CompletionPossible { asked: 1 });
        two.is_told(end, Event::CompletionPossible { tag: TAG });
        for suspended in [true, false] {
            two.asks(end, Request::SuspendCompletion { tag: TAG, suspended });
            two.is_told(1 - end, Event::CompletionSuspended { asked: 1, suspended });
        }
        two.ends[end].setup(two.now, SetupRequest { completes: Some(TAG), ..dials("62001234") }).unwrap();
        two.run();
        assert!(matches!(two.event(1 - end), Event::Incoming { setup, .. } if setup.completes));
        two.asks(end, Request::EndCompletion { whose: CompletionOf::Near(TAG) });
        two.is_told(1 - end, Event::CompletionOver { whose: CompletionOf::Far(1) });
        two.nobody_is_told_anything();
        for span in &two.ends {
            assert_eq!(span.completions.next_deadline(), None);
            assert_eq!(span.connections.next_deadline(), None);
        }
    }
}

#[test]
fn a_call_that_completes_nothing_that_stands_says_nothing_of_it() {
    let mut two = Two::of(Dialect::EuroIsdn);
    two.ends[USER].setup(two.now, SetupRequest { completes: Some(TAG), ..dials("62001234") }).unwrap();
    two.run();
    assert!(matches!(two.event(NETWORK), Event::Incoming { setup, .. } if !setup.completes));
}

#[test]
fn completion_is_offered_with_the_message_that_alerts_or_clears() {
    for alerts in [true, false] {
        let mut two = Two::of(Dialect::EuroIsdn);
        let call = two.ends[USER].setup(two.now, dials("62001234")).unwrap();
        two.run();
        let Event::Incoming { call: far, .. } = two.event(NETWORK) else { panic!("no call") };
        two.asks(NETWORK, Request::OfferCompletion { call: far });
        two.nobody_is_told_anything();
        match alerts {
            true => two.asks(NETWORK, Request::Alerting { call: far, audible: false }),
            false => two.asks(NETWORK, clear(far, Cause::UserBusy)),
        }
        two.is_told(USER, Event::CompletionOffered { call });
    }
}

#[test]
fn other_dialects_have_no_such_connection_and_offer_nothing() {
    for dialect in [Dialect::Qsig, Dialect::Ni2, Dialect::Dms100] {
        let mut line = line_of(dialect, Role::User);
        line.asks(ask(TAG, Completion::Busy));
        line.is_told(denied(Refusal::NotInDialect));
        line.far_says(register(9, "803"));
        line.far_hears_cause(MessageKind::ReleaseComplete, Cause::InvalidCallReference);
        line.is_idle();
    }
}

#[test]
fn a_request_is_denied_in_whichever_way_and_its_reference_is_cleared() {
    let error = |last| {
        move |id| Component::Error { id, error: below_etsi([0x82, 0x67], 2, last), parameter: Default::default() }
    };
    let for_long = |id| error(20)(id);
    let for_now = |id| error(21)(id);
    let unknown =
        |id| Component::Reject { id: Some(id), problem: Problem::Invoke(InvokeProblem::UnrecognizedOperation) };
    let ways: [(&dyn Fn(i16) -> Component, Refusal); 3] =
        [(&for_long, Refusal::DeniedForLong), (&for_now, Refusal::DeniedForNow), (&unknown, Refusal::NotUnderstood)];
    for kind in [MessageKind::Facility, MessageKind::Release, MessageKind::ReleaseComplete] {
        for (way, why) in &ways {
            let mut line = line_of(Dialect::EuroIsdn, Role::User);
            line.asks(ask(TAG, Completion::Busy));
            let register = line.far_hears(MessageKind::Register);
            let [Component::Invoke { id, .. }] = components(&register)[..] else { panic!("{register:?}") };
            line.far_says(answer(&register, kind).with(component(Header::REMOTE, way(id))));
            line.is_told(denied(*why));
            match kind {
                MessageKind::Facility => {
                    line.far_hears(MessageKind::Release);
                    line.far_says(answer(&register, MessageKind::ReleaseComplete));
                }
                MessageKind::Release => _ = line.far_hears(MessageKind::ReleaseComplete),
                _ => {}
            }
            line.is_idle();
            assert_eq!(line.span.connections.next_deadline(), None, "{kind:?}");
        }
    }
}

#[test]
fn t_activate_a_request_that_nobody_answers_is_given_up() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    line.asks(ask(TAG, Completion::Busy));
    line.far_hears(MessageKind::Register);
    line.advances_s(10);
    line.far_hears_cause(MessageKind::Release, Cause::RecoveryOnTimerExpiry);
    line.is_told(denied(Refusal::NoAnswer));
    line.advances_s(8);
    line.far_hears(MessageKind::Release);
    line.is_idle();
}

#[test]
fn a_box_that_does_not_decide_has_denied() {
    let mut line = line_of(Dialect::EuroIsdn, Role::Network);
    line.far_says(register(9, "803"));
    assert!(matches!(line.event(), Event::CompletionAsked { asked: 1, .. }));
    line.advances_s(10);
    let release = line.far_hears(MessageKind::Release);
    let short_term_denial = below_etsi([0x82, 0x67], 2, 21);
    assert!(
        matches!(&components(&release)[..], [Component::Error { id: 5, error, .. }] if *error == short_term_denial)
    );
    line.far_says(from_far(9, MessageKind::ReleaseComplete));
    line.is_idle();
}

#[test]
fn t_ccbs_and_t_ccnr_what_nobody_ends_ends_after_an_hour_or_three() {
    for (completion, minutes) in [(Completion::Busy, 60), (Completion::NoReply, 195)] {
        let (mut line, register) = standing(completion);
        line.advances_s(minutes * 60 - 1);
        line.is_told_nothing();
        line.advances_s(1);
        line.far_hears_cause(MessageKind::Release, Cause::RecoveryOnTimerExpiry);
        line.far_says(answer(&register, MessageKind::ReleaseComplete));
        line.is_told(Event::CompletionOver { whose: CompletionOf::Near(TAG) });
        line.is_idle();
    }
}

#[test]
fn the_far_end_ends_it_by_a_message_or_by_knowing_nothing_of_it() {
    let ends: [&dyn Fn(&Message) -> Message; 3] = [
        &|register| answer(register, MessageKind::Release).with(cause(Cause::NormalClearing)),
        &|register| answer(register, MessageKind::ReleaseComplete),
        &|register| answer(register, MessageKind::Status).with(cause(Cause::InvalidCallReference)).with(call_state(0)),
    ];
    for end in ends {
        let (mut line, register) = standing(Completion::Busy);
        let said = end(&register);
        line.far_says(said.clone());
        line.is_told(Event::CompletionOver { whose: CompletionOf::Near(TAG) });
        if said.kind == MessageKind::Release {
            line.far_hears(MessageKind::ReleaseComplete);
        }
        line.is_idle();
    }
}

#[test]
fn it_goes_with_the_link_and_whoever_waits_is_told() {
    let (mut line, _) = standing(Completion::Busy);
    line.span.handle_input(line.now, Input::Layer1(false));
    line.run();
    line.is_told(Event::LinkDown);
    line.is_told(Event::CompletionOver { whose: CompletionOf::Near(TAG) });
    assert_eq!(line.span.completions.next_deadline(), None);
    line.asks(ask(TAG, Completion::Busy));
    line.is_told(denied(Refusal::NotNow));
}

#[test]
fn state_31_is_told_and_what_does_not_fit_is_counted_or_rejected() {
    let (mut line, register) = standing(Completion::Busy);
    line.far_says(answer(&register, MessageKind::StatusEnquiry));
    let status = line.far_hears_cause(MessageKind::Status, Cause::ResponseToStatusEnquiry);
    assert_eq!(status.call_state(), Some(&CallStateElement(31)));
    line.far_says(answer(&register, MessageKind::Facility).with(says(&Operation::CompletionSuspended)));
    let rejected = components(&line.far_hears(MessageKind::Facility));
    assert!(matches!(rejected[..], [Component::Reject { id: Some(9), .. }]), "who asked is not suspended by the other");
    let misfits = line.span.counters().misfits;
    line.far_says(answer(&register, MessageKind::Alerting));
    assert_eq!(line.span.counters().misfits, misfits + 1);
    line.far_says(answer(&register, MessageKind::Facility).with(says(&Operation::CompletionPossible)));
    line.is_told(Event::CompletionPossible { tag: TAG });
}

#[test]
fn nothing_else_comes_by_register_or_on_a_call_or_without_one() {
    let mut line = line_of(Dialect::EuroIsdn, Role::Network);
    line.far_says(from_far(9, MessageKind::Register).with(says(&Operation::CompletionResumed)));
    let refusal = line.far_hears_cause(MessageKind::ReleaseComplete, Cause::FacilityRejected);
    assert!(matches!(components(&refusal)[..], [Component::Reject { id: Some(9), .. }]));
    let asked = || {
        let operation = Operation::CompletionAsked(Completion::Busy, request("803"));
        invoke(Syntax::Etsi, Header::REMOTE, 9, &operation)
    };
    line.far_says(without_call(asked()));
    let for_long: Code = below_etsi([0x82, 0x67], 2, 20);
    let answers = components(&line.far_hears(MessageKind::Facility));
    assert!(matches!(&answers[..], [Component::Error { id: 9, error, .. }] if *error == for_long));
    let call = line.talking(1, 1);
    line.far_says(from_far(1, MessageKind::Facility).with(asked()));
    assert!(matches!(line.event(), Event::Facility { call: of, .. } if of == call));
    let for_now: Code = below_etsi([0x82, 0x67], 2, 21);
    let answers = components(&line.far_hears(MessageKind::Facility));
    assert!(matches!(&answers[..], [Component::Error { id: 9, error, .. }] if *error == for_now));
}

#[test]
fn no_more_stand_than_there_is_room_for_and_a_number_is_used_once() {
    let mut line = line_of(Dialect::EuroIsdn, Role::Network);
    for reference in 1..=60 {
        line.far_says(register(reference, "803"));
        assert!(matches!(line.event(), Event::CompletionAsked { asked, .. } if asked == u32::from(reference)));
    }
    line.far_says(register(61, "803"));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::FacilityRejected);
    line.asks(ask(TAG, Completion::Busy));
    line.is_told(denied(Refusal::NotNow));
    let (mut line, _) = standing(Completion::Busy);
    line.asks(ask(TAG, Completion::Busy));
    line.is_told(denied(Refusal::NotNow));
}

#[test]
fn requests_about_what_is_over_are_counted() {
    let mut line = line_of(Dialect::EuroIsdn, Role::Network);
    line.asks(Request::EndCompletion { whose: CompletionOf::Far(3) });
    line.asks(Request::CompletionPossible { asked: 3 });
    line.asks(Request::SuspendCompletion { tag: 3, suspended: true });
    line.asks(Request::AnswerCompletion { asked: 3, accepted: true });
    assert_eq!(line.span.counters().stale_requests, 4);
    line.is_idle();
}
