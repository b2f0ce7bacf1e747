//! Calls that come in. Q.931, 5.2 (user) and 5.1 (network).

use super::*;
use crate::q931::element::{Digits, Presentation, ProgressDescription};

#[test]
fn a_call_comes_in_is_answered_and_is_cleared_by_the_far_end() {
    let mut line = Line::user();
    line.far_says(setup(1, 3).with(Element::SendingComplete));
    let (call, setup) = line.incoming();
    assert_eq!((setup.timeslot, setup.complete), (Timeslot(3), true));
    assert_eq!(setup.called.unwrap().digits.as_str(), "62001234");

    line.asks(Request::Proceeding { call });
    let proceeding = line.far_hears(MessageKind::CallProceeding);
    assert_eq!(proceeding.reference, Some(CallReference { value: 1, to_originator: true }));
    assert_eq!(proceeding.channel_id(), Some(&ChannelId::one(Timeslot(3), true)));
    line.asks(Request::Alerting { call, audible: true });
    let alerting = line.far_hears(MessageKind::Alerting);
    assert!(alerting.is_audible());
    assert_eq!(alerting.channel_id(), None, "the first reply has named the channel");
    line.asks(Request::Connect { call, party: Box::default() });
    line.far_hears(MessageKind::Connect);
    line.is_told_nothing();
    line.far_says(from_far(1, MessageKind::ConnectAcknowledge));
    line.is_told(Event::Connected { call, timeslot: Timeslot(3), party: Box::default() });

    line.far_says(from_far(1, MessageKind::Disconnect).with(cause(Cause::NormalClearing)));
    line.is_told(Event::Disconnected { call, cause: Cause::NormalClearing, audible: false });
    line.far_hears(MessageKind::Release);
    line.far_says(from_far(1, MessageKind::ReleaseComplete));
    line.is_released(call, Cause::NormalClearing, Origin::Far);
    line.is_idle();
}

#[test]
fn the_network_does_not_wait_for_connect_acknowledge() {
    let mut line = Line::network();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::Connect { call, party: Box::default() });
    line.far_hears(MessageKind::Connect);
    line.is_told(Event::Connected { call, timeslot: Timeslot(3), party: Box::default() });
    line.far_says(from_far(1, MessageKind::ConnectAcknowledge));
    line.is_told_nothing();
    line.far_hears_nothing();
}

#[test]
fn a_busy_number_is_refused_with_release_complete_before_any_other_reply() {
    for refusal in [Cause::UserBusy, Cause::UnallocatedNumber] {
        let mut line = Line::user();
        line.far_says(setup(1, 3));
        let (call, _) = line.incoming();
        line.asks(clear(call, refusal));
        line.far_hears_cause(MessageKind::ReleaseComplete, refusal);
        line.is_released(call, refusal, Origin::Near);
        line.is_idle();
    }
}

#[test]
fn what_the_setup_says_reaches_the_box() {
    let mut line = Line::user();
    let mut octets = vec![0x08, 0x02, 0x00, 0x02, 0x05, 0xa1, 0x04, 0x03, 0x80, 0x90, 0xa3, 0x18, 0x03, 0xa1, 0x83];
    octets.extend([0x82, 0x1e, 0x02, 0x82, 0x83, 0x6c, 0x0d, 0x21, 0xa3]);
    octets.extend(b"13912345678");
    line.far_says_octets(&octets);
    let (_, setup) = line.incoming();
    let calling = setup.calling.unwrap();
    assert_eq!(calling.number.digits.as_str(), "13912345678");
    assert_eq!(calling.presentation, Presentation::Restricted);
    assert_eq!(setup.progress[0].description, ProgressDescription::OriginNotIsdn);
    assert!(setup.complete && setup.called.is_none() && setup.bearer.is_audio());
}

#[test]
fn digits_that_come_in_pieces_are_told_piece_by_piece() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::MoreDigits { call, audible: true });
    let acknowledge = line.far_hears(MessageKind::SetupAcknowledge);
    assert!(acknowledge.is_audible() && acknowledge.channel_id().is_some());
    line.far_says(from_far(1, MessageKind::Information).with(called("5")));
    line.is_told(Event::MoreDigits { call, digits: "5".parse().unwrap(), complete: false });
    line.far_says(from_far(1, MessageKind::Information).with(called("6")).with(Element::SendingComplete));
    line.is_told(Event::MoreDigits { call, digits: "6".parse().unwrap(), complete: true });
    line.asks(Request::Proceeding { call });
    line.far_hears(MessageKind::CallProceeding);
    line.advances_s(60);
    line.is_told_nothing();
}

#[test]
fn progress_before_any_reply_goes_out_behind_call_proceeding() {
    let mut line = Line::network();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    let progress = Progress::in_band(Location::PrivateLocal);
    line.asks(Request::Progress { call, progress, cause: Some(Cause::UnallocatedNumber) });
    line.far_hears(MessageKind::CallProceeding);
    assert!(line.far_hears_cause(MessageKind::Progress, Cause::UnallocatedNumber).is_audible());
}

#[test]
fn a_setup_sent_twice_is_one_call() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    line.incoming();
    line.far_says(setup(1, 3));
    line.is_told_nothing();
    line.far_hears_nothing();
}

#[test]
fn keypad_and_notices_of_a_talking_call_are_told() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    let star: Digits = "*".parse().unwrap();
    line.far_says(from_far(1, MessageKind::Information).with(Element::Keypad(star)));
    line.is_told(Event::Information { call, keypad: Some(star), display: None });
    let notification = crate::q931::element::Notification::RemoteHold;
    line.far_says(from_far(1, MessageKind::Notify).with(Element::Notification(notification)));
    line.is_told(Event::Notified { call, notification });
    line.asks(Request::Information { call, digits: star, complete: false });
    assert_eq!(line.far_hears(MessageKind::Information).keypad(), Some(&star));
}
