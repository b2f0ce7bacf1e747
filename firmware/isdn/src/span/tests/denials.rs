//! Services that the box never gives, each refused by its own standard's error.
//!
//! EN 300 286-1 (user-user services that are asked for), ECMA-176 (path replacement).

use super::{
    supplementary::{component, components, line_of},
    *,
};
use crate::suppl::{Argument, Code, Component, FacilityContents, Header, ServiceError};

fn error(number: i32) -> Component {
    Component::Error { id: 5, error: Code::Local(number), parameter: Argument::default() }
}

/// `userUserService`: which one, and whether the call may be without it.
fn user_user(service: u8, preferred: bool) -> Element {
    let preferred = if preferred { 0xff } else { 0x00 };
    let octets = [0x91, 0xa1, 0x0e, 2, 1, 5, 2, 1, 1, 0x30, 6, 0x81, 1, service, 0x82, 1, preferred];
    Element::Facility(crate::q931::element::Facility::new(&octets).unwrap())
}

/// The box hears of the call and of its end at once.
#[track_caller]
fn is_refused(line: &mut Line) {
    let (call, _) = line.incoming();
    line.is_released(call, Cause::FacilityRejected, Origin::Near);
    line.is_idle();
}

fn path(operation: i32) -> Element {
    let operation = Code::Local(operation);
    component(
        Header::END_TO_END_REJECT,
        Component::Invoke { id: 5, linked: None, operation, argument: Argument::default() },
    )
}

#[test]
fn en_300_286_who_is_asked_for_user_user_services_says_no_and_the_call_goes_on() {
    for (role, error_of) in
        [(Role::User, ServiceError::RejectedByUser), (Role::Network, ServiceError::RejectedByNetwork)]
    {
        for service in 1..=3 {
            let mut line = line_of(Dialect::EuroIsdn, role);
            line.far_says(setup(1, 3).with(user_user(service, true)));
            let (call, _) = line.incoming();
            line.asks(Request::Alerting { call, audible: false });
            assert_eq!(components(&line.far_hears(MessageKind::Alerting)), [error_of.answer(5)], "{role:?} {service}");
        }
    }
}

#[test]
fn en_300_286_who_will_not_talk_without_the_service_is_refused_with_cause_29() {
    let mut line = line_of(Dialect::China, Role::User);
    line.far_says(setup(1, 3).with(user_user(2, false)));
    let refusal = line.far_hears_cause(MessageKind::ReleaseComplete, Cause::FacilityRejected);
    assert_eq!(components(&refusal), [error(2)]);
    is_refused(&mut line);
}

#[test]
fn en_300_286_service_3_is_refused_in_a_call_that_goes_on_whoever_requires_it() {
    let mut line = line_of(Dialect::EuroIsdn, Role::User);
    line.talking(1, 3);
    for preferred in [true, false] {
        line.far_says(from_far(1, MessageKind::Facility).with(user_user(3, preferred)));
        assert_eq!(components(&line.far_hears(MessageKind::Facility)), [error(2)]);
    }
    assert_eq!(line.span.call_count(), 1);
}

#[test]
fn en_300_286_there_is_no_fourth_service() {
    let FacilityContents { components, .. } = match user_user(4, true) {
        Element::Facility(facility) => FacilityContents::parse(facility.contents()).unwrap().facility,
        other => panic!("{other:?}"),
    };
    let [Component::Invoke { operation, argument, .. }] = &components[..] else { panic!("{components:?}") };
    let read = crate::suppl::Operation::parse(crate::suppl::Syntax::Etsi, operation, argument);
    assert_eq!(read, Err(crate::suppl::InvokeProblem::MistypedArgument));
}

#[test]
fn ecma_176_a_call_keeps_its_path_through_the_box() {
    // pathReplacePropose, pathReplaceInvite.
    for operation in [4, 86] {
        let mut line = line_of(Dialect::Qsig, Role::User);
        line.talking(1, 3);
        line.far_says(from_far(1, MessageKind::Facility).with(path(operation)));
        let criteria_permanently_unachievable = error(1002);
        assert_eq!(components(&line.far_hears(MessageKind::Facility)), [criteria_permanently_unachievable]);
        assert_eq!(line.span.call_count(), 1);
    }
}

#[test]
fn ecma_176_a_new_path_that_the_box_has_not_agreed_to_is_refused_with_cause_29() {
    // pathReplaceSetup, pathReplaceRetain.
    for operation in [5, 6] {
        let mut line = line_of(Dialect::Qsig, Role::Network);
        line.far_says(setup(1, 3).with(path(operation)));
        let refusal = line.far_hears_cause(MessageKind::ReleaseComplete, Cause::FacilityRejected);
        let unrecognized_call_identity = error(1005);
        assert_eq!(components(&refusal), [unrecognized_call_identity]);
        is_refused(&mut line);
    }
}
