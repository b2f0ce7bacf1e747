//! Which channel a call gets, glares, and restarts. Q.931, 5.1.2, 5.2.3, 5.5 and 5.7.

use super::*;
use crate::{
    ChannelState, RestartScope, Timer,
    q931::element::{ChannelChoice, RestartClass, TimeslotSet},
};

fn setup_on(reference: u16, channel: Element) -> Message {
    from_far(reference, MessageKind::Setup).with(Element::Bearer(Bearer::speech())).with(channel)
}

fn restart(timeslot: u8) -> Message {
    Message::new(CallReference::GLOBAL, MessageKind::Restart)
        .with(channel(timeslot, true))
        .with(Element::Restart(RestartClass::Channels))
}

pub(super) fn restarted(message: &Message) -> Message {
    let mut acknowledge = message.clone();
    (acknowledge.reference, acknowledge.kind) = (Some(CallReference::GLOBAL.reply()), MessageKind::RestartAcknowledge);
    acknowledge
}

#[test]
fn an_exclusive_channel_that_is_busy_is_refused_and_a_preferred_one_is_replaced() {
    let mut line = Line::user();
    line.talking(1, 3);
    line.far_says(setup(2, 3));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::RequestedChannelUnavailable);
    line.far_says(setup_on(3, channel(3, false)));
    let (call, setup) = line.incoming();
    assert_eq!(setup.timeslot, Timeslot(31));
    line.asks(Request::Proceeding { call });
    assert_eq!(line.far_hears(MessageKind::CallProceeding).channel_id(), Some(&ChannelId::one(Timeslot(31), true)));
}

#[test]
fn any_channel_is_ours_to_choose() {
    let mut line = Line::network();
    let any = ChannelId { choice: ChannelChoice::Any, ..ChannelId::one(Timeslot(1), false) };
    line.far_says(setup_on(1, Element::ChannelId(any)));
    assert_eq!(line.incoming().1.timeslot, Timeslot(1));
}

#[test]
fn the_far_end_may_move_a_call_to_another_channel() {
    let mut line = Line::user();
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::CallProceeding).with(channel(7, true)));
    line.event();
    assert_eq!(line.span.timeslot(call), Some(Timeslot(7)));
    assert_eq!(line.span.channel(Timeslot(31)), Some(ChannelState::Idle));
    let entry = line.table.values().next().unwrap();
    assert_eq!(entry.timeslot, Some(Timeslot(7)));
}

#[test]
fn a_move_to_a_channel_that_is_taken_clears_the_call_with_cause_6() {
    let mut line = Line::user();
    line.talking(1, 3);
    let (call, setup) = line.placed();
    line.far_says(answer(&setup, MessageKind::CallProceeding).with(channel(3, true)));
    line.is_told(Event::Disconnected { call, cause: Cause::ChannelUnacceptable, audible: false });
    line.far_hears_cause(MessageKind::Release, Cause::ChannelUnacceptable);
    line.far_says(answer(&setup, MessageKind::ReleaseComplete));
    line.is_released(call, Cause::ChannelUnacceptable, Origin::Protocol);
    assert_eq!(line.span.idle_channels().count(), 29);
}

#[test]
fn in_a_glare_the_network_s_call_gets_the_channel_and_ours_is_placed_once_more() {
    let mut line = Line::user();
    let (ours, first) = line.placed();
    line.far_says(setup(1, 31));
    let (theirs, _) = line.incoming();
    assert_eq!(line.span.timeslot(theirs), Some(Timeslot(31)));
    assert_eq!(line.span.timeslot(ours), None);

    line.far_says(answer(&first, MessageKind::ReleaseComplete).with(cause(Cause::RequestedChannelUnavailable)));
    let second = line.far_hears(MessageKind::Setup);
    assert_ne!(second.reference, first.reference);
    assert_eq!(second.channel_id().unwrap().timeslot(), Some(Timeslot(30)));
    assert_eq!(line.table.len(), 2, "the first reference is forgotten");
    line.far_says(answer(&second, MessageKind::ReleaseComplete).with(cause(Cause::RequestedChannelUnavailable)));
    line.is_released(ours, Cause::RequestedChannelUnavailable, Origin::Far);
}

#[test]
fn in_a_glare_the_network_may_give_our_call_another_channel() {
    let mut line = Line::user();
    let (ours, setup_of_ours) = line.placed();
    line.far_says(setup(1, 31));
    line.incoming();
    line.far_says(answer(&setup_of_ours, MessageKind::CallProceeding).with(channel(5, true)));
    line.event();
    assert_eq!(line.span.timeslot(ours), Some(Timeslot(5)));
}

#[test]
fn as_the_network_we_keep_the_channel_in_a_glare() {
    let mut line = Line::network();
    let (ours, _) = line.placed();
    line.far_says(setup(1, 1));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::RequestedChannelUnavailable);
    assert_eq!(line.span.timeslot(ours), Some(Timeslot(1)));
}

#[test]
fn a_restart_from_the_far_end_ends_the_call_and_frees_the_channel() {
    let mut line = Line::user();
    let call = line.talking(1, 12);
    let message = restart(12);
    line.far_says(message.clone());
    line.is_released(call, Cause::TemporaryFailure, Origin::Restart);
    assert_eq!(line.far_hears(MessageKind::RestartAcknowledge), restarted(&message));
    line.is_idle();
}

#[test]
fn a_restart_of_the_interface_ends_all_calls() {
    let mut line = Line::user();
    let (first, second) = (line.talking(1, 1), line.talking(2, 2));
    let class = Element::Restart(RestartClass::Interface);
    line.far_says(Message::new(CallReference::GLOBAL, MessageKind::Restart).with(class));
    line.is_released(first, Cause::TemporaryFailure, Origin::Restart);
    line.is_released(second, Cause::TemporaryFailure, Origin::Restart);
    line.far_hears(MessageKind::RestartAcknowledge);
    line.is_idle();
}

#[test]
fn a_restart_of_a_channel_that_does_not_exist_is_told_so() {
    let mut line = Line::user();
    line.far_says(restart(16));
    line.far_hears_cause(MessageKind::Status, Cause::ChannelDoesNotExist);
    line.is_idle();
}

#[test]
fn channels_are_restarted_one_after_the_other() {
    let mut line = Line::user();
    let wanted: TimeslotSet = [Timeslot(3), Timeslot(16), Timeslot(17)].into_iter().collect();
    line.asks(Request::Restart(RestartScope::Channels(wanted)));
    let first = line.far_hears(MessageKind::Restart);
    assert_eq!(first, restart(3));
    line.far_hears_nothing();
    assert_eq!(line.span.channel(Timeslot(17)), Some(ChannelState::Restarting));
    line.far_says(restarted(&first));
    assert_eq!(line.span.channel(Timeslot(3)), Some(ChannelState::Idle));
    let second = line.far_hears(MessageKind::Restart);
    assert_eq!(second, restart(17));
    line.far_says(restarted(&second));
    line.is_idle();
    line.advances_s(600);
    line.is_idle();
}

#[test]
fn t316_restart_is_sent_n316_times_and_then_the_channel_is_put_aside_until_the_network_uses_it() {
    let mut line = Line::user();
    line.asks(Request::Restart(RestartScope::Channels(TimeslotSet::one(Timeslot(3)))));
    line.far_hears(MessageKind::Restart);
    line.advances_s(120);
    line.far_hears(MessageKind::Restart);
    line.advances_s(120);
    line.far_hears_nothing();
    assert_eq!(line.span.channel(Timeslot(3)), Some(ChannelState::Maintenance));
    line.talking(1, 3);
}

#[test]
fn the_network_may_use_a_channel_whose_restart_is_under_way() {
    let mut line = Line::user();
    line.asks(Request::Restart(RestartScope::Channels(TimeslotSet::one(Timeslot(3)))));
    line.far_hears(MessageKind::Restart);
    let call = line.talking(1, 3);
    let t316 = SpanSettings::e1(Role::User, Dialect::EuroIsdn).timers.get(Timer::T316);
    line.advances(3 * t316);
    assert_eq!(line.span.timeslot(call), Some(Timeslot(3)), "the call outlives the restart that nobody answered");
}

#[test]
fn a_restart_waits_for_the_link() {
    let mut line = Line::down(SpanSettings::e1(Role::User, Dialect::EuroIsdn));
    line.asks(Request::Restart(RestartScope::Interface));
    line.far_hears_nothing();
    line.bring_up();
    line.far_hears(MessageKind::Restart);
    assert_eq!(line.span.idle_channels(), TimeslotSet::EMPTY);
}

#[test]
fn another_role_waits_until_the_span_has_no_call() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    let network = SpanSettings::e1(Role::Network, Dialect::EuroIsdn);
    assert_eq!(line.span.apply(line.now, &network), crate::Applied::WhenIdle);
    line.far_says(from_far(1, MessageKind::ReleaseComplete).with(cause(Cause::NormalClearing)));
    line.is_released(call, Cause::NormalClearing, Origin::Far);
    line.is_told(Event::LinkDown);
    line.far = Link::new(Role::User, network.link.clone(), 7);
    line.far.handle_layer1(line.now, true);
    line.advances_s(2);
    line.is_told(Event::LinkUp);
    line.talking(1, 3);
}

#[test]
fn a_restart_that_a_lost_link_puts_off_leaves_its_channel_free_and_says_so() {
    let mut line = Line::user();
    line.asks(Request::Restart(RestartScope::Unused));
    let Some((&timeslot, &ChannelState::Restarting)) = line.channels.first_key_value() else {
        panic!("no channel is being restarted: {:?}", line.channels);
    };
    line.span.handle_input(line.now, Input::Layer1(false));
    line.run();
    assert_eq!(line.channels.get(&timeslot), Some(&ChannelState::Idle));
}
