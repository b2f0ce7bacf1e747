//! The end of calls, and both ends at once. Q.931, 5.3.

use super::*;

#[test]
fn both_ends_may_clear_at_once() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.cut = true;
    line.asks(clear(call, Cause::NormalClearing));
    line.cut = false;
    // The far end's DISCONNECT is under way when ours is repeated by the link.
    line.far_says(from_far(1, MessageKind::Disconnect).with(cause(Cause::NormalClearing)));
    line.advances_s(2);
    line.far_hears(MessageKind::Disconnect);
    line.far_hears(MessageKind::Release);
    line.far_says(from_far(1, MessageKind::Release).with(cause(Cause::NormalClearing)));
    line.is_released(call, Cause::NormalClearing, Origin::Near);
    line.is_idle();
}

#[test]
fn a_disconnect_with_tones_keeps_the_channel_until_the_box_has_heard_enough() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Disconnect).with(cause(Cause::NumberChanged)).with(tones()));
    line.is_told(Event::Disconnected { call, cause: Cause::NumberChanged, audible: true });
    line.far_hears_nothing();
    line.asks(clear(call, Cause::NormalClearing));
    line.far_hears(MessageKind::Release);
    line.far_says(from_far(1, MessageKind::ReleaseComplete));
    line.is_released(call, Cause::NumberChanged, Origin::Far);
    line.is_idle();
}

#[test]
fn tones_are_not_waited_for_where_the_settings_say_so() {
    let mut line = Line::new(SpanSettings { keep_tones: false, ..SpanSettings::e1(Role::User, Dialect::EuroIsdn) });
    let call = line.talking(1, 3);
    line.far_says(from_far(1, MessageKind::Disconnect).with(cause(Cause::NumberChanged)).with(tones()));
    line.is_told(Event::Disconnected { call, cause: Cause::NumberChanged, audible: false });
    line.far_hears(MessageKind::Release);
}

#[test]
fn the_network_side_may_clear_with_tones_and_the_user_side_may_not() {
    for (mut line, audible) in [(Line::network(), true), (Line::user(), false)] {
        let (call, setup) = line.placed();
        line.far_says(answer(&setup, MessageKind::CallProceeding));
        line.event();
        line.asks(Request::Clear { call, cause: Cause::UserBusy, audible: true });
        assert_eq!(line.far_hears(MessageKind::Disconnect).is_audible(), audible);
    }
}

#[test]
fn a_call_that_is_given_up_before_any_reply_is_disconnected() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.asks(clear(call, Cause::NormalClearing));
    line.far_hears(MessageKind::Disconnect);
    // It crossed our DISCONNECT; 5.8.4 has it answered all the same.
    line.far_says(answer(&setup, MessageKind::CallProceeding));
    let status = line.far_hears_cause(MessageKind::Status, Cause::MessageNotCompatible);
    assert_eq!(status.call_state(), Some(&CallStateElement(11)));
    line.is_told_nothing();
    line.far_says(answer(&setup, MessageKind::Release));
    line.far_hears(MessageKind::ReleaseComplete);
    line.is_released(call, Cause::NormalClearing, Origin::Near);
    line.is_idle();
}

#[test]
fn a_refused_call_is_over_at_once() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::ReleaseComplete).with(cause(Cause::UserBusy)));
    line.is_released(call, Cause::UserBusy, Origin::Far);
    line.is_idle();
}

#[test]
fn requests_for_a_call_that_is_over_reach_nothing() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::ReleaseComplete).with(cause(Cause::UserBusy)));
    line.event();
    let (next, _) = line.placed();
    assert_eq!((next.slot, next == call), (call.slot, false), "the same slot, another generation");
    line.asks(clear(call, Cause::NormalClearing));
    line.far_hears_nothing();
    assert_eq!(line.span.counters().stale_requests, 1);
}

#[test]
fn requests_that_do_not_fit_the_state_are_counted_and_nothing_else() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.asks(Request::Alerting { call, audible: false });
    line.asks(Request::Connect { call, party: Box::default() });
    line.asks(Request::Proceeding { call });
    line.far_hears_nothing();
    line.is_told_nothing();
    assert_eq!(line.span.counters().misfits, 3);
}
