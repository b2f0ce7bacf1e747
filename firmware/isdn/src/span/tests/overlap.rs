//! Numbers that come and go in pieces, both roles. Q.931, 5.1.3 (we send) and 5.2.4 (we receive).

use super::*;
use crate::{Timer, q931::element::Digits};

fn lines() -> [Line; 2] {
    [Line::user(), Line::network()]
}

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

/// A call that came in without a complete number, and was asked for more.
fn collecting(line: &mut Line, number: Option<&str>) -> CallHandle {
    let mut setup = setup(1, 3);
    setup.elements.retain(|element| !matches!(element, Element::CalledNumber(_)));
    line.far_says(setup.with(number.map(called)));
    let (call, told) = line.incoming();
    assert_eq!(told.called.map(|called| called.digits), number.map(digits));
    line.asks(Request::MoreDigits { call, audible: number.is_none() });
    let acknowledge = line.far_hears(MessageKind::SetupAcknowledge);
    assert_eq!(acknowledge.channel_id().and_then(|channel| channel.timeslot()), Some(Timeslot(3)));
    assert_eq!(acknowledge.is_audible(), number.is_none(), "dial tone for who has dialled nothing");
    call
}

#[test]
fn a_setup_without_a_number_or_with_an_empty_one_is_asked_for_its_digits() {
    for number in [None, Some("")] {
        for mut line in lines() {
            let call = collecting(&mut line, number);
            line.far_says(from_far(1, MessageKind::Information).with(called("620")));
            line.is_told(Event::MoreDigits { call, digits: digits("620"), complete: false });
        }
    }
}

/// Terminals press keys, exchanges dial numbers; where both are there, the number counts.
#[test]
fn digits_come_as_a_called_number_or_as_keypad() {
    for mut line in lines() {
        let call = collecting(&mut line, None);
        line.far_says(from_far(1, MessageKind::Information).with(Element::Keypad(digits("6"))));
        line.is_told(Event::MoreDigits { call, digits: digits("6"), complete: false });
        let both = from_far(1, MessageKind::Information).with(Element::Keypad(digits("9"))).with(called("2"));
        line.far_says(both);
        line.is_told(Event::MoreDigits { call, digits: digits("2"), complete: false });
        line.far_says(from_far(1, MessageKind::Information).with(Element::SendingComplete));
        line.is_told(Event::MoreDigits { call, digits: Digits::new(), complete: true });
    }
}

#[test]
fn a_call_in_pieces_may_proceed_ring_or_be_answered_from_where_it_is() {
    let replies = [
        (MessageKind::CallProceeding, 0),
        (MessageKind::Alerting, 1),
        (MessageKind::Connect, 2),
        (MessageKind::CallProceeding, 3),
    ];
    for (kind, way) in replies {
        for mut line in lines() {
            let call = collecting(&mut line, Some("62"));
            line.asks(match way {
                0 => Request::Proceeding { call },
                1 => Request::Alerting { call, audible: false },
                2 => Request::Connect { call, party: Box::default() },
                _ => Request::Progress { call, progress: Progress::in_band(Location::User), cause: None },
            });
            let reply = line.far_hears(kind);
            assert_eq!(reply.channel_id(), None, "SETUP ACKNOWLEDGE has named it");
            line.advances_s(3);
            line.far_says(from_far(1, MessageKind::ConnectAcknowledge));
            line.events.clear();
            line.heard.clear();
            line.advances_s(60);
            line.is_told_nothing();
        }
    }
}

#[test]
fn an_outgoing_call_in_pieces_may_proceed_ring_or_be_answered_from_where_it_is() {
    for kind in [MessageKind::CallProceeding, MessageKind::Alerting, MessageKind::Connect] {
        for mut line in lines() {
            let call = line.places(SetupRequest { complete: false, ..dials("") });
            let setup = line.far_hears(MessageKind::Setup);
            assert!(setup.called_number().is_some_and(|called| called.digits.is_empty()));
            line.far_says(answer(&setup, MessageKind::SetupAcknowledge));
            assert!(matches!(line.event(), Event::SetupAcknowledged(_)));
            line.asks(Request::Information { call, digits: digits("62001234"), complete: true });
            line.far_hears(MessageKind::Information);
            line.far_says(answer(&setup, kind));
            let told = line.event();
            assert!(matches!(told, Event::Proceeding(_) | Event::Alerting(_) | Event::Connected { .. }), "{told:?}");
            assert!(line.span.calls.get(call).unwrap().timers().all(|(timer, _)| timer != Timer::T304));
        }
    }
}

/// 5.1.3: whoever dials too much is not told off for it.
#[test]
fn digits_behind_a_complete_number_change_nothing() {
    for mut line in lines() {
        let call = collecting(&mut line, Some("62"));
        line.asks(Request::Proceeding { call });
        line.far_hears(MessageKind::CallProceeding);
        line.far_says(from_far(1, MessageKind::Information).with(called("5")));
        line.far_hears_nothing();
        line.is_told_nothing();
    }
}

#[test]
fn a_tone_behind_setup_acknowledge_is_told_and_progress_stops_t304() {
    for mut line in lines() {
        let call = line.places(SetupRequest { complete: false, ..dials("6") });
        let setup = line.far_hears(MessageKind::Setup);
        line.far_says(answer(&setup, MessageKind::SetupAcknowledge).with(tones()));
        let Event::SetupAcknowledged(told) = line.event() else { panic!("no SETUP ACKNOWLEDGE") };
        assert!(told.audible && told.call == call);
        line.far_says(answer(&setup, MessageKind::Progress).with(tones()));
        line.event();
        line.advances_s(100);
        line.is_told_nothing();
    }
}
