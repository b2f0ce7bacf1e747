//! Each timer that runs out. Q.931, tables 9-1 and 9-2.

use super::*;
use crate::Timer;

#[test]
fn t301_nobody_answers() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::Alerting));
    line.event();
    line.advances_s(179);
    line.is_told_nothing();
    line.advances_s(1);
    line.is_told(Event::Disconnected { call, cause: Cause::NoAnswer, audible: false });
    line.far_hears_cause(MessageKind::Disconnect, Cause::RecoveryOnTimerExpiry);
    line.far_says(answer(&setup, MessageKind::Release));
    line.far_hears(MessageKind::ReleaseComplete);
    line.is_released(call, Cause::NoAnswer, Origin::Timer(Timer::T301));
    line.is_idle();
}

#[test]
fn t302_no_more_digits_is_told_and_the_second_time_clears() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::MoreDigits { call, audible: false });
    line.far_hears(MessageKind::SetupAcknowledge);
    line.advances_s(14);
    line.far_says(from_far(1, MessageKind::Information).with(called("5")));
    line.event();
    line.advances_s(14);
    line.is_told_nothing();
    line.advances_s(1);
    line.is_told(Event::MoreDigits { call, digits: Default::default(), complete: true });
    line.advances_s(15);
    line.is_told(Event::Disconnected { call, cause: Cause::InvalidNumberFormat, audible: false });
    line.far_hears_cause(MessageKind::Disconnect, Cause::InvalidNumberFormat);
}

#[test]
fn t303_setup_is_sent_twice_and_then_the_call_is_over() {
    for (mut line, told) in [(Line::user(), Cause::RecoveryOnTimerExpiry), (Line::network(), Cause::NoUserResponding)] {
        let (call, setup) = line.placed();
        line.advances_s(4);
        assert_eq!(line.far_hears(MessageKind::Setup), setup);
        line.advances_s(4);
        line.far_hears_cause(MessageKind::ReleaseComplete, Cause::RecoveryOnTimerExpiry);
        line.is_released(call, told, Origin::Timer(Timer::T303));
        line.is_idle();
    }
}

#[test]
fn t304_and_t310_the_far_end_does_not_go_on() {
    let cases = [
        (Role::User, MessageKind::SetupAcknowledge, Timer::T304, 30),
        (Role::Network, MessageKind::SetupAcknowledge, Timer::T304, 20),
        (Role::User, MessageKind::CallProceeding, Timer::T310, 120),
        (Role::Network, MessageKind::CallProceeding, Timer::T310, 10),
    ];
    for (role, kind, timer, seconds) in cases {
        let mut line = Line::new(SpanSettings::e1(role, Dialect::EuroIsdn));
        let (call, setup) = line.placed();
        line.far_says(answer(&setup, kind));
        line.event();
        line.advances_s(seconds - 1);
        line.far_hears_nothing();
        line.advances_s(1);
        line.is_told(Event::Disconnected { call, cause: Cause::RecoveryOnTimerExpiry, audible: false });
        line.far_hears_cause(MessageKind::Disconnect, Cause::RecoveryOnTimerExpiry);
        line.far_says(answer(&setup, MessageKind::ReleaseComplete));
        line.is_released(call, Cause::RecoveryOnTimerExpiry, Origin::Timer(timer));
        line.is_idle();
    }
}

#[test]
fn t305_disconnect_is_not_answered_and_t308_twice_puts_the_channel_aside() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.asks(clear(call, Cause::NormalClearing));
    line.far_hears(MessageKind::Disconnect);
    line.advances_s(30);
    line.far_hears_cause(MessageKind::Release, Cause::NormalClearing);
    line.advances_s(4);
    line.far_hears_cause(MessageKind::Release, Cause::NormalClearing);
    line.is_told_nothing();
    line.advances_s(4);
    line.is_released(call, Cause::NormalClearing, Origin::Near);
    // 5.3.3, note: what was put aside is restarted.
    let restart = line.far_hears(MessageKind::Restart);
    assert_eq!(restart.channel_id().and_then(|channel| channel.timeslot()), Some(Timeslot(3)));
    assert_eq!(line.span.channel(Timeslot(3)), Some(crate::ChannelState::Restarting));
    line.advances_s(240);
    line.far_hears(MessageKind::Restart);
    line.far_hears_nothing();
    assert_eq!(line.span.channel(Timeslot(3)), Some(crate::ChannelState::Maintenance));
}

#[test]
fn t306_ends_tones_on_the_side_that_plays_them_and_on_the_side_that_listens() {
    let mut line = Line::network();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::CallProceeding));
    line.asks(Request::Clear { call, cause: Cause::UserBusy, audible: true });
    line.far_hears(MessageKind::Disconnect);
    line.advances_s(30);
    line.far_hears(MessageKind::Release);

    let mut line = Line::user();
    line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Disconnect).with(cause(Cause::UserBusy)).with(tones()));
    line.advances_s(29);
    line.far_hears_nothing();
    line.advances_s(1);
    line.far_hears(MessageKind::Release);
}

#[test]
fn t309_keeps_talking_calls_and_ends_them_in_the_end() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.span.handle_input(line.now, Input::Layer1(false));
    line.run();
    line.is_told(Event::LinkDown);
    line.advances_s(89);
    line.is_told_nothing();
    assert_eq!(line.span.timeslot(call), Some(Timeslot(3)));
    line.advances_s(1);
    line.is_released(call, Cause::DestinationOutOfOrder, Origin::Link);
    line.is_idle();
}

#[test]
fn t313_connect_is_not_acknowledged() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::Connect { call, party: Box::default() });
    line.far_hears(MessageKind::Connect);
    line.advances_s(4);
    line.is_told(Event::Disconnected { call, cause: Cause::RecoveryOnTimerExpiry, audible: false });
    line.far_hears_cause(MessageKind::Disconnect, Cause::RecoveryOnTimerExpiry);
}

#[test]
fn t322_status_enquiry_is_sent_twice_and_then_the_call_is_cleared() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.span.handle_input(line.now, Input::Layer1(false));
    line.advances_s(1);
    line.is_told(Event::LinkDown);
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.is_told(Event::LinkUp);
    line.far_hears(MessageKind::StatusEnquiry);
    line.advances_s(4);
    line.far_hears(MessageKind::StatusEnquiry);
    line.advances_s(4);
    line.is_told(Event::Disconnected { call, cause: Cause::TemporaryFailure, audible: false });
    line.far_hears_cause(MessageKind::Disconnect, Cause::TemporaryFailure);
}

#[test]
fn timers_can_be_set_while_calls_go_on() {
    let mut line = Line::user();
    let mut settings = SpanSettings::e1(Role::User, Dialect::EuroIsdn);
    settings.timers.set(Timer::T303, Duration::from_secs(1));
    assert_eq!(line.span.apply(line.now, &settings), crate::Applied::Applied);
    line.placed();
    line.advances_s(1);
    line.far_hears(MessageKind::Setup);
}

#[test]
fn t302_does_not_run_once_no_more_digits_will_come() {
    let mut line = Line::user();
    line.far_says(setup(1, 3));
    let (call, _) = line.incoming();
    line.asks(Request::MoreDigits { call, audible: false });
    line.far_hears(MessageKind::SetupAcknowledge);
    line.far_says(from_far(1, MessageKind::Information).with(called("5")).with(Element::SendingComplete));
    line.event();
    line.advances_s(60);
    line.is_told_nothing();
    line.far_hears_nothing();
}

#[test]
fn t304_starts_again_with_each_digit_sent() {
    for (role, seconds) in [(Role::User, 30), (Role::Network, 20)] {
        let mut line = Line::new(SpanSettings::e1(role, Dialect::EuroIsdn));
        let (call, setup) = line.placed();
        line.far_says(answer(&setup, MessageKind::SetupAcknowledge));
        line.event();
        line.advances_s(seconds - 1);
        line.asks(Request::Information { call, digits: "5".parse().unwrap(), complete: false });
        line.far_hears(MessageKind::Information);
        line.advances_s(seconds - 1);
        line.far_hears_nothing();
        line.advances_s(1);
        line.far_hears_cause(MessageKind::Disconnect, Cause::RecoveryOnTimerExpiry);
    }
}

#[test]
fn t310_does_not_run_where_call_proceeding_tells_of_an_announcement() {
    let mut line = Line::network();
    let (_, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::CallProceeding).with(tones()));
    line.event();
    line.advances_s(100);
    line.is_told_nothing();
    line.far_hears_nothing();
}

#[test]
fn t322_stops_when_the_call_is_cleared() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.span.handle_input(line.now, Input::Layer1(false));
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.far_hears(MessageKind::StatusEnquiry);
    line.asks(clear(call, Cause::NormalClearing));
    line.far_hears(MessageKind::Disconnect);
    line.advances_s(29);
    line.far_hears_nothing();
}
