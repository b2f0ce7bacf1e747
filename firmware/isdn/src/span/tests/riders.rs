//! What rides along with a call's messages: Facility and user-user. EN 300 196-1, Q.957.

use super::*;
use crate::{
    ConnectedParty, Particulars, Rider,
    q931::element::{Facility, UserProtocol, UserUser},
};

/// A reject, which is never answered.
fn facility(octet: u8) -> Facility {
    Facility::new(&[0x91, 0xa4, 0x06, 0x02, 0x01, octet, 0x81, 0x01, 0x01]).unwrap()
}

fn text(text: &str) -> UserUser {
    UserUser { protocol: UserProtocol::Ia5, octets: text.bytes().collect() }
}

fn attach(call: CallHandle, octet: u8) -> Request {
    Request::Attach { call, rider: Rider::Facility(facility(octet)) }
}

#[test]
fn facilities_of_a_setup_are_among_its_particulars_both_ways() {
    let mut line = Line::user();
    line.far_says(setup(1, 3).with(Element::Facility(facility(1))).with(Element::Facility(facility(2))));
    let (_, setup) = line.incoming();
    assert_eq!(setup.particulars.facilities, [facility(1), facility(2)]);
    line.is_told_nothing();

    let particulars = Particulars { facilities: vec![facility(3)], ..Particulars::default() };
    line.places(SetupRequest { particulars, ..dials("1") });
    let setup = line.far_hears(MessageKind::Setup);
    assert_eq!(setup.facilities().collect::<Vec<_>>(), [&facility(3)]);
}

#[test]
fn a_setup_sent_twice_tells_its_facilities_once() {
    let mut line = Line::user();
    for _ in 0..2 {
        line.far_says(setup(1, 3).with(Element::Facility(facility(1))));
    }
    line.incoming();
    line.is_told_nothing();
}

/// 5.8.6.1: no action is taken on a message whose mandatory element is missing.
#[test]
fn what_rides_with_a_message_that_lacks_a_mandatory_element_is_not_told() {
    let mut line = Line::user();
    let (_, setup) = line.placed();
    let notify = answer(&setup, MessageKind::Notify).with(Element::Facility(facility(1)));
    line.far_says(notify);
    line.far_hears_cause(MessageKind::Status, Cause::MandatoryElementMissing);
    line.is_told_nothing();
}

#[test]
fn what_comes_with_an_answer_is_told_before_it_and_with_a_clearing_before_the_end() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    let connect = answer(&setup, MessageKind::Connect).with(Element::Facility(facility(1)));
    line.far_says(connect.with(Element::UserUser(text("hello"))));
    line.far_hears(MessageKind::ConnectAcknowledge);
    line.is_told(Event::Facility { call, facility: facility(1) });
    line.is_told(Event::UserUser { call, user_user: Box::new(text("hello")) });
    let party = Box::new(ConnectedParty::default());
    line.is_told(Event::Connected { call, timeslot: Timeslot(31), party });

    let release = answer(&setup, MessageKind::ReleaseComplete).with(cause(Cause::NormalClearing));
    line.far_says(release.with(Element::Facility(facility(2))));
    line.is_told(Event::Facility { call, facility: facility(2) });
    line.is_released(call, Cause::NormalClearing, Origin::Far);
    line.is_idle();
}

#[test]
fn facility_messages_are_told_and_sent_in_a_talking_call() {
    for mut line in [Line::user(), Line::network()] {
        line.far_says(setup(1, 3));
        let (call, _) = line.incoming();
        line.far_says(from_far(1, MessageKind::Facility).with(Element::Facility(facility(1))));
        line.is_told(Event::Facility { call, facility: facility(1) });
        line.far_hears_nothing();
        line.asks(Request::Facility { call, facility: facility(2) });
        let message = line.far_hears(MessageKind::Facility);
        assert_eq!(message.facilities().collect::<Vec<_>>(), [&facility(2)]);
    }
}

#[test]
fn a_facility_message_without_its_element_is_answered_with_status_96() {
    let mut line = Line::user();
    line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Facility));
    let status = line.far_hears_cause(MessageKind::Status, Cause::MandatoryElementMissing);
    assert_eq!(status.cause().unwrap().diagnostics.as_slice(), [0x1c]);
    line.is_told_nothing();
}

#[test]
fn what_is_attached_goes_with_the_next_message_that_may_carry_it_and_with_no_other() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::Attach { call, rider: Rider::UserUser(Box::new(text("ward 5"))) });
    line.asks(attach(call, 1));
    line.far_says(from_far(1, MessageKind::StatusEnquiry));
    assert_eq!(line.far_hears(MessageKind::Status).facilities().count(), 0);
    line.asks(Request::Proceeding { call });
    let proceeding = line.far_hears(MessageKind::CallProceeding);
    assert_eq!((proceeding.facilities().count(), proceeding.user_user()), (1, None));
    line.asks(Request::Alerting { call, audible: false });
    let alerting = line.far_hears(MessageKind::Alerting);
    assert_eq!((alerting.facilities().count(), alerting.user_user()), (0, Some(&text("ward 5"))));
    line.asks(attach(call, 2));
    line.asks(clear(call, Cause::NormalClearing));
    assert_eq!(line.far_hears(MessageKind::Disconnect).facilities().count(), 1);
}

#[test]
fn four_may_wait_and_a_fifth_is_counted() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    (1..=5).for_each(|octet| line.asks(attach(call, octet)));
    assert_eq!(line.span.counters().misfits, 1);
    line.asks(clear(call, Cause::NormalClearing));
    assert_eq!(line.far_hears(MessageKind::Disconnect).facilities().count(), 4);
}

#[test]
fn users_tell_each_other_something_while_they_talk() {
    let mut line = Line::network();
    let call = line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::UserInformation).with(Element::UserUser(text("a"))));
    line.is_told(Event::UserUser { call, user_user: Box::new(text("a")) });
    line.asks(Request::UserInformation { call, user_user: Box::new(text("b")) });
    assert_eq!(line.far_hears(MessageKind::UserInformation).user_user(), Some(&text("b")));

    let (placed, _) = line.placed();
    line.asks(Request::UserInformation { call: placed, user_user: Box::new(text("b")) });
    line.asks(Request::Facility { call: placed, facility: facility(1) });
    line.far_hears_nothing();
    assert_eq!(line.span.counters().misfits, 2);
}
