//! What is refused, complained of and ignored. Q.931, 5.8, and the list of refusals in the design.

use super::*;
use crate::{
    ConnectedParty,
    q931::element::{Notification, PartyNumber},
};

const BEARER: [u8; 5] = [0x04, 0x03, 0x80, 0x90, 0xa3];
const CHANNEL: [u8; 5] = [0x18, 0x03, 0xa9, 0x83, 0x81];

/// Elements, the cause that refuses them, and the elements that the cause names.
type DamagedSetup = (&'static [&'static [u8]], Cause, &'static [u8]);

fn setup_octets(elements: &[&[u8]]) -> Vec<u8> {
    [&[0x08, 0x02, 0x00, 0x01, 0x05][..], &elements.concat()].concat()
}

#[test]
fn messages_with_a_bad_header_are_ignored_and_counted() {
    let mut line = Line::user();
    let bad: [&[u8]; 5] = [
        &[0x08, 0x02, 0x00],
        &[0x41, 0x02, 0x00, 0x01, 0x05],
        &[0x08, 0x03, 0x00, 0x01, 0x05],
        &[0x08],
        &[0x08, 0x00, 0x62],
    ];
    for octets in bad {
        line.far_says_octets(octets);
    }
    assert_eq!(line.span.counters().ignored_messages, 5);
    line.is_idle();
}

#[test]
fn damaged_setups_are_refused_with_their_cause_and_the_next_call_works() {
    let cases: [DamagedSetup; 5] = [
        (&[&CHANNEL], Cause::MandatoryElementMissing, &[0x04]),
        (&[&BEARER], Cause::MandatoryElementMissing, &[0x18]),
        (&[&[0x04, 0x01, 0x80], &CHANNEL], Cause::InvalidElementContents, &[0x04]),
        (&[&BEARER, &[0x18, 0x02, 0xa9, 0x83]], Cause::InvalidElementContents, &[0x18]),
        (&[&[0x03, 0x00], &BEARER, &CHANNEL], Cause::ElementUnknown, &[0x03]),
    ];
    let mut line = Line::user();
    for (elements, cause, named) in cases {
        line.far_says_octets(&setup_octets(elements));
        let complete = line.far_hears_cause(MessageKind::ReleaseComplete, cause);
        assert_eq!(complete.cause().unwrap().diagnostics.as_slice(), named);
        line.is_idle();
    }
    line.talking(1, 1);
}

#[test]
fn a_bad_optional_element_is_complained_of_and_the_call_goes_on() {
    let mut line = Line::user();
    line.far_says_octets(&setup_octets(&[&BEARER, &CHANNEL, &[0x6c, 0x00]]));
    let status = line.far_hears_cause(MessageKind::Status, Cause::InvalidElementContents);
    assert_eq!(status.call_state(), Some(&CallStateElement(6)));
    let (call, setup) = line.incoming();
    assert_eq!(setup.calling, None);
    line.asks(Request::Alerting { call, audible: false });
    line.far_hears(MessageKind::Alerting);
}

#[test]
fn the_network_takes_a_setup_without_a_channel() {
    let mut line = Line::network();
    line.far_says_octets(&setup_octets(&[&BEARER]));
    let (call, setup) = line.incoming();
    assert_eq!(setup.timeslot, Timeslot(1));
    line.asks(Request::Proceeding { call });
    assert_eq!(line.far_hears(MessageKind::CallProceeding).channel_id().unwrap().timeslot(), Some(Timeslot(1)));
}

#[test]
fn a_disconnect_without_cause_is_acted_upon_and_told_so() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Disconnect));
    line.is_told(Event::Disconnected { call, cause: Cause::NormalUnspecified, audible: false });
    line.far_hears_cause(MessageKind::Release, Cause::MandatoryElementMissing);
}

#[test]
fn a_release_without_cause_is_missing_it_only_as_first_clearing_message() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Release));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::MandatoryElementMissing);
    line.is_released(call, Cause::NormalUnspecified, Origin::Far);

    let call = line.talking(2, 3);
    line.asks(clear(call, Cause::NormalClearing));
    line.far_hears(MessageKind::Disconnect);
    line.far_says(from_far(2, MessageKind::Release));
    assert_eq!(line.far_hears(MessageKind::ReleaseComplete).cause(), None);
    line.is_released(call, Cause::NormalClearing, Origin::Near);
    line.is_idle();
}

#[test]
fn messages_of_unknown_calls_are_answered_as_5_8_3_2_says() {
    let mut line = Line::user();
    line.far_says(from_far(5, MessageKind::Release).with(cause(Cause::NormalClearing)));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::InvalidCallReference);
    line.far_says(from_far(5, MessageKind::Connect));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::InvalidCallReference);
    line.far_says(from_far(5, MessageKind::StatusEnquiry));
    let status = line.far_hears_cause(MessageKind::Status, Cause::ResponseToStatusEnquiry);
    assert_eq!(status.call_state(), Some(&CallStateElement(0)));
    let status = from_far(5, MessageKind::Status).with(cause(Cause::ResponseToStatusEnquiry));
    line.far_says(status.clone().with(call_state(10)));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::MessageNotCompatible);

    line.far_says(status.with(call_state(0)));
    line.far_says(from_far(5, MessageKind::ReleaseComplete));
    let mut to_originator = setup(5, 3);
    to_originator.reference = Some(CallReference { value: 5, to_originator: true });
    line.far_says(to_originator);
    line.is_idle();
}

#[test]
fn messages_that_do_not_fit_are_answered_with_status_and_change_nothing() {
    let mut line = Line::user();
    line.talking(1, 3);
    for (kind, cause) in [
        (MessageKind::Alerting, Cause::MessageNotCompatible),
        (MessageKind::Suspend, Cause::MessageTypeUnknown),
        (MessageKind::Segment, Cause::MessageTypeUnknown),
        (MessageKind::Other(0x77), Cause::MessageTypeUnknown),
    ] {
        line.far_says(from_far(1, kind));
        let status = line.far_hears_cause(MessageKind::Status, cause);
        assert_eq!(status.call_state(), Some(&CallStateElement(10)));
        assert_eq!(status.cause().unwrap().diagnostics.as_slice(), [kind.code()]);
    }
    line.far_hears_nothing();
    line.is_told_nothing();
}

#[test]
fn a_status_is_never_answered_with_a_status() {
    let mut line = Line::user();
    line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Status));
    line.far_says_octets(&[0x08, 0x02, 0x00, 0x01, 0x7d, 0x08, 0x02, 0x82, 0xe1, 0x14, 0x01, 0x0a, 0x6c, 0x00]);
    line.far_says_octets(&[0x08, 0x02, 0x00, 0x00, 0x7d]);
    line.far_hears_nothing();
    line.is_told_nothing();
}

#[test]
fn a_status_enquiry_is_answered_with_the_state() {
    let mut line = Line::user();
    let (_, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::StatusEnquiry));
    let status = line.far_hears_cause(MessageKind::Status, Cause::ResponseToStatusEnquiry);
    assert_eq!(status.call_state(), Some(&CallStateElement(1)));
}

#[test]
fn a_status_of_state_0_frees_the_call() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    let status = from_far(1, MessageKind::Status).with(cause(Cause::MessageNotCompatible)).with(call_state(0));
    line.far_says(status);
    line.is_released(call, Cause::TemporaryFailure, Origin::Far);
    line.is_idle();
}

#[test]
fn the_global_call_reference_is_for_restarts_only() {
    let mut line = Line::user();
    line.far_says(Message::new(CallReference::GLOBAL, MessageKind::Connect));
    let status = line.far_hears_cause(MessageKind::Status, Cause::InvalidCallReference);
    assert_eq!(status.reference, Some(CallReference { value: 0, to_originator: true }));
    line.far_says(Message::new(CallReference::GLOBAL, MessageKind::Restart));
    line.far_hears_cause(MessageKind::Status, Cause::MandatoryElementMissing);
    line.is_idle();
}

#[test]
fn a_full_span_refuses_with_cause_42_or_the_channel_s_cause() {
    let mut line = Line::network();
    for reference in 1..=30 {
        line.far_says_octets(&[&[0x08, 0x02, 0x00, reference, 0x05][..], &BEARER].concat());
        line.incoming();
    }
    line.far_says_octets(&[&[0x08, 0x02, 0x00, 31, 0x05][..], &BEARER].concat());
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::NoChannelAvailable);
    line.far_says(setup(32, 3));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::RequestedChannelUnavailable);
    line.far_says(setup(33, 16));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::ChannelDoesNotExist);
}

#[test]
fn what_is_wrong_in_a_disconnect_is_told_by_the_release() {
    let disconnect = |wrong: &[u8]| [&[0x08, 0x02, 0x00, 0x01, 0x45, 0x08, 0x02, 0x82, 0x90][..], wrong].concat();
    let wrongs: [(&[u8], Cause, u8); 3] = [
        (&[0x33, 0x01, 0x00], Cause::ElementUnknown, 0x33),
        (&[0x03, 0x00], Cause::ElementUnknown, 0x03),
        (&[0x1e, 0x01, 0x82], Cause::InvalidElementContents, 0x1e),
    ];
    for (wrong, said, id) in wrongs {
        let mut line = Line::user();
        let call = line.talking(1, 3);
        line.far_says_octets(&disconnect(wrong));
        line.is_told(Event::Disconnected { call, cause: Cause::NormalClearing, audible: false });
        let release = line.far_hears_cause(MessageKind::Release, said);
        assert_eq!(release.cause().unwrap().diagnostics.as_slice(), [id]);
        line.far_says(from_far(1, MessageKind::ReleaseComplete));
        line.is_released(call, Cause::NormalClearing, Origin::Far);
        line.is_idle();
    }
}

#[test]
fn what_is_wrong_in_a_release_is_told_by_the_release_complete() {
    let wrongs: [(&[u8], Cause, u8); 3] = [
        (&[0x08, 0x01, 0x82], Cause::InvalidElementContents, 0x08),
        (&[0x08, 0x02, 0x82, 0x90, 0x33, 0x01, 0x00], Cause::ElementUnknown, 0x33),
        (&[0x02, 0x00, 0x08, 0x02, 0x82, 0x90], Cause::ElementUnknown, 0x02),
    ];
    for (elements, said, id) in wrongs {
        let mut line = Line::user();
        line.talking(1, 3);
        line.far_says_octets(&[&[0x08, 0x02, 0x00, 0x01, 0x4d][..], elements].concat());
        let complete = line.far_hears_cause(MessageKind::ReleaseComplete, said);
        assert_eq!(complete.cause().unwrap().diagnostics.as_slice(), [id]);
        line.event();
        line.is_idle();
    }
}

#[test]
fn a_connected_number_of_the_old_kind_does_not_cost_an_answered_call() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    let [high, low] = setup.reference.unwrap().value.to_be_bytes();
    line.far_says_octets(&[0x08, 0x02, high | 0x80, low, 0x07, 0x0c, 0x04, 0x80, b'8', b'0', b'1']);
    let number = Some(PartyNumber::shown(NumberElement::unknown("801".parse().unwrap())));
    let party = Box::new(ConnectedParty { number, ..ConnectedParty::default() });
    line.is_told(Event::Connected { call, timeslot: Timeslot(31), party });
}

#[test]
fn a_status_of_the_global_reference_tells_the_state_of_the_restart() {
    let mut line = Line::user();
    let stray = Message::new(CallReference::GLOBAL, MessageKind::Connect);
    line.far_says(stray.clone());
    assert_eq!(line.far_hears(MessageKind::Status).call_state(), Some(&CallStateElement(0)));
    line.asks(Request::Restart(crate::RestartScope::Interface));
    line.far_hears(MessageKind::Restart);
    line.far_says(stray);
    assert_eq!(line.far_hears(MessageKind::Status).call_state(), Some(&CallStateElement(61)), "REST 1");
}

/// A far end that hears nothing fills the queue. It must not put its caller on the channel that it asked for, if we took
/// another.
#[test]
fn a_channel_that_a_full_queue_swallowed_is_named_again() {
    let mut line = Line::user();
    let talking = line.talking(1, 3);
    line.cut = true;
    while line.span.counters().unsent_messages == 0 {
        line.asks(Request::Notify { call: talking, notification: Notification::RemoteHold });
    }
    line.is_told(Event::LinkFault(crate::LinkFault::SendQueueFull));
    line.far.send(line.now, setup(2, 5).emit(false).unwrap()).unwrap();
    let arrives = line.far.poll_frame().unwrap();
    line.span.handle_input(line.now, Input::Frame(&arrives));
    line.run();
    let (call, _) = line.incoming();
    line.asks(Request::Proceeding { call });
    line.cut = false;
    line.advances_s(5);
    line.asks(Request::Alerting { call, audible: false });
    let heard = std::mem::take(&mut line.heard);
    assert!(heard.iter().all(|message| message.kind != MessageKind::CallProceeding), "the queue was full");
    let alerting = heard.back().expect("the queue is empty again");
    assert_eq!(alerting.kind, MessageKind::Alerting);
    assert_eq!(alerting.channel_id().and_then(|channel| channel.timeslot()), Some(Timeslot(5)));
}
