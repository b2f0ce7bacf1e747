//! Calls that we place. Q.931, 5.1 (user) and 5.2 (network).

use super::*;
use crate::{
    CallProgress, ConnectedParty, Particulars, SetupRefused,
    q931::element::{
        Characteristics, Digits, Display, Facility, HighLayer, LowLayer, PartyNumber, RedirectingNumber,
        RedirectionReason, Subaddress, UserUser,
    },
};

fn progress(call: CallHandle, timeslot: u8, audible: bool) -> CallProgress {
    CallProgress { call, timeslot: Some(Timeslot(timeslot)), audible }
}

#[test]
fn a_call_is_placed_answered_and_cleared_by_us() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    assert!(setup.is_complete());
    assert_eq!(setup.channel_id(), Some(&ChannelId::one(Timeslot(31), false)), "we hunt from the high end");

    line.far_says(answer(&setup, MessageKind::CallProceeding).with(channel(31, true)));
    line.is_told(Event::Proceeding(progress(call, 31, false)));
    line.far_says(answer(&setup, MessageKind::Alerting).with(tones()));
    line.is_told(Event::Alerting(progress(call, 31, true)));
    let number = PartyNumber::shown(NumberElement::unknown("801".parse().unwrap()));
    let name = Display::from_text("王医生");
    let connect = answer(&setup, MessageKind::Connect).with(Element::ConnectedNumber(number.clone()));
    line.far_says(connect.with(Element::Display(name.clone())));
    let party = Box::new(ConnectedParty { number: Some(number), subaddress: None, name: Some(name) });
    line.is_told(Event::Connected { call, timeslot: Timeslot(31), party });
    line.far_hears(MessageKind::ConnectAcknowledge);

    line.asks(clear(call, Cause::NormalClearing));
    line.far_hears_cause(MessageKind::Disconnect, Cause::NormalClearing);
    line.is_told_nothing();
    line.far_says(answer(&setup, MessageKind::Release));
    line.far_hears(MessageKind::ReleaseComplete);
    line.is_released(call, Cause::NormalClearing, Origin::Near);
    line.is_idle();
}

#[test]
fn a_far_end_may_connect_at_once() {
    for mut line in [Line::user(), Line::network()] {
        let (call, setup) = line.placed();
        line.far_says(answer(&setup, MessageKind::Connect));
        line.far_hears(MessageKind::ConnectAcknowledge);
        let timeslot = line.span.timeslot(call).unwrap();
        line.is_told(Event::Connected { call, timeslot, party: Box::default() });
    }
}

#[test]
fn a_far_end_that_wants_more_digits_gets_them() {
    let mut line = Line::user();
    let call = line.places(SetupRequest { complete: false, ..dials("6") });
    let setup = line.far_hears(MessageKind::Setup);
    assert!(!setup.is_complete());
    line.far_says(answer(&setup, MessageKind::SetupAcknowledge).with(channel(31, true)).with(tones()));
    line.is_told(Event::SetupAcknowledged(progress(call, 31, true)));
    let digits: Digits = "2001234".parse().unwrap();
    line.asks(Request::Information { call, digits, complete: true });
    let information = line.far_hears(MessageKind::Information);
    assert_eq!(information.called_number().unwrap().digits, digits);
    assert!(information.is_complete());
    line.far_says(answer(&setup, MessageKind::CallProceeding));
    line.is_told(Event::Proceeding(progress(call, 31, false)));
}

#[test]
fn an_announcement_stops_t310() {
    let mut line = Line::network();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::CallProceeding));
    line.is_told(Event::Proceeding(progress(call, 1, false)));
    line.far_says(answer(&setup, MessageKind::Progress).with(tones()).with(cause(Cause::UnallocatedNumber)));
    let told = Event::Progress { progress: progress(call, 1, true), cause: Some(Cause::UnallocatedNumber) };
    line.is_told(told);
    line.advances_s(100);
    line.is_told_nothing();
}

#[test]
fn the_caller_is_shown_and_the_name_goes_out_from_the_network_only() {
    let calling = PartyNumber::shown(NumberElement::unknown("801".parse().unwrap()));
    let request = SetupRequest {
        calling: Some(calling.clone()),
        display: Some(Display::from_text("王医生")),
        ..dials("62001234")
    };
    for (mut line, name) in [(Line::user(), None), (Line::network(), Some("王医生"))] {
        line.places(request.clone());
        let setup = line.far_hears(MessageKind::Setup);
        assert_eq!(setup.calling_number(), Some(&calling));
        assert_eq!(setup.display().map(Display::to_text).as_deref(), name);
    }
}

#[test]
fn what_a_setup_says_beyond_the_numbers_arrives_as_it_was_asked_for() {
    let party = |digits: &str| PartyNumber::shown(NumberElement::unknown(digits.parse().unwrap()));
    let diverted = |digits, reason| RedirectingNumber { party: party(digits), reason: Some(reason) };
    let particulars = Particulars {
        second_calling: Some(party("62000000")),
        calling_subaddress: Subaddress::from_text("11"),
        called_subaddress: Subaddress::from_text("42"),
        redirecting: Some(diverted("62009999", RedirectionReason::Busy)),
        original_called: Some(diverted("62008888", RedirectionReason::Unconditional)),
        keypad: Some("*21#".parse().unwrap()),
        user_user: UserUser::from_text("VIP=1"),
        high_layer: Some(HighLayer::of(Characteristics::Telephony)),
        low_layer: LowLayer::new(&[0x80, 0x90, 0xa3]),
        facilities: Facility::new(&[0x91, 0xa1, 0x00]).into_iter().collect(),
    };
    // A dialect that tells diversion by elements.
    let mut line = Line::new(SpanSettings::e1(Role::User, Dialect::China));
    let request = SetupRequest { calling: Some(party("801")), particulars: particulars.clone(), ..dials("1") };
    line.places(request);
    let sent = line.far_hears(MessageKind::Setup);
    assert_eq!(sent.calling_numbers().cloned().collect::<Vec<_>>(), [party("801"), party("62000000")]);

    let mut line = Line::new(SpanSettings::e1(Role::Network, Dialect::China));
    line.far_says(Message { reference: Some(CallReference { value: 1, to_originator: false }), ..sent });
    let Some(Event::Incoming { setup, .. }) = line.events.pop_front() else { panic!("no call came in") };
    assert_eq!(setup.calling, Some(party("801")));
    assert_eq!(setup.particulars, particulars);
}

#[test]
fn a_channel_asked_for_by_name_is_exclusive_and_must_be_free() {
    let mut line = Line::user();
    let request = SetupRequest { timeslot: Some(Timeslot(5)), ..dials("1") };
    line.places(request.clone());
    assert_eq!(line.far_hears(MessageKind::Setup).channel_id(), Some(&ChannelId::one(Timeslot(5), true)));
    assert_eq!(line.span.setup(line.now, request), Err(SetupRefused::NoChannel));
}

#[test]
fn calls_are_refused_without_a_link_and_without_a_channel() {
    let mut line = Line::user();
    for _ in 0..30 {
        line.places(dials("1"));
    }
    assert_eq!(line.span.setup(line.now, dials("1")), Err(SetupRefused::NoChannel));
    line.span.handle_input(line.now, Input::Layer1(false));
    assert_eq!(line.span.setup(line.now, dials("1")), Err(SetupRefused::LinkDown));
}

#[test]
fn a_far_end_that_takes_no_frames_does_not_fill_the_queue_with_new_calls() {
    let mut settings = SpanSettings::e1(Role::User, Dialect::EuroIsdn);
    settings.link.window = 1;
    let mut line = Line::new(settings);
    line.cut = true;
    let (mut placed, mut refused) = (0, None);
    while refused.is_none() {
        match line.span.setup(line.now, dials("1")) {
            Ok(call) => {
                placed += 1;
                line.span.handle_input(line.now, Input::Request(clear(call, Cause::NormalClearing)));
            }
            Err(error) => refused = Some(error),
        }
    }
    assert_eq!((placed, refused), (16, Some(SetupRefused::Full)), "a SETUP and a DISCONNECT each");
}
