//! Calls that outlive the link or the box. Q.931, 5.8.8 to 5.8.10, and the design of the restart.

use super::*;
use crate::{
    Adopted, ChannelState, RestartScope,
    q931::element::{ChannelChoice, TimeslotSet},
};

impl Line {
    /// The link goes down at our end and comes back at both.
    fn bounces(&mut self) {
        self.span.handle_input(self.now, Input::Layer1(false));
        self.run();
        self.is_told(Event::LinkDown);
        self.span.handle_input(self.now, Input::Layer1(true));
        self.run();
        self.is_told(Event::LinkUp);
    }

    /// The box dies: what it had in memory is gone, the call table and the far end stay.
    fn dies(&mut self) -> Vec<CallEntry> {
        let settings = SpanSettings { distinct: 77, ..SpanSettings::e1(Role::User, Dialect::EuroIsdn) };
        self.span = Span::new(settings);
        self.channels.clear();
        self.events.clear();
        self.heard.clear();
        self.table.values().copied().collect()
    }
}

fn status(reference: u16, state: u8) -> Message {
    from_far(reference, MessageKind::Status).with(cause(Cause::ResponseToStatusEnquiry)).with(call_state(state))
}

#[test]
fn talking_calls_survive_a_link_that_comes_back_and_others_do_not() {
    let mut line = Line::user();
    let talking = line.talking(1, 3);
    let (placed, _) = line.placed();
    line.span.handle_input(line.now, Input::Layer1(false));
    line.run();
    line.is_told(Event::LinkDown);
    line.is_released(placed, Cause::DestinationOutOfOrder, Origin::Link);
    line.far.handle_layer1(line.now, false);
    line.advances_s(60);
    line.far.handle_layer1(line.now, true);
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.is_told(Event::LinkUp);
    line.far_hears(MessageKind::StatusEnquiry);
    line.far_says(status(1, 10));
    line.advances_s(120);
    line.is_told_nothing();
    assert_eq!(line.span.timeslot(talking), Some(Timeslot(3)));
}

#[test]
fn a_call_that_the_far_end_no_longer_knows_is_freed() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.bounces();
    line.far_hears(MessageKind::StatusEnquiry);
    line.far_says(status(1, 0));
    line.is_released(call, Cause::TemporaryFailure, Origin::Far);
    line.is_idle();
}

#[test]
fn a_call_that_the_far_end_holds_for_another_state_is_released_with_cause_101() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.bounces();
    line.far_hears(MessageKind::StatusEnquiry);
    line.far_says(status(1, 4));
    line.is_told(Event::Disconnected { call, cause: Cause::MessageNotCompatible, audible: false });
    line.far_hears_cause(MessageKind::Release, Cause::MessageNotCompatible);
}

#[test]
fn a_call_whose_disconnect_was_lost_with_the_link_is_released_at_once() {
    for clearing in [11, 12, 19] {
        let mut line = Line::user();
        let call = line.talking(1, 3);
        line.bounces();
        line.far_hears(MessageKind::StatusEnquiry);
        line.far_says(status(1, clearing));
        line.is_told(Event::Disconnected { call, cause: Cause::NormalUnspecified, audible: false });
        line.far_hears_cause(MessageKind::Release, Cause::NormalUnspecified);
        line.far_says(from_far(1, MessageKind::ReleaseComplete));
        line.is_released(call, Cause::NormalUnspecified, Origin::Far);
        line.is_idle();
    }
}

#[test]
fn a_call_that_is_cleared_without_a_link_is_released_when_it_is_back() {
    let mut line = Line::user();
    let call = line.talking(1, 3);
    line.span.handle_input(line.now, Input::Layer1(false));
    line.run();
    line.is_told(Event::LinkDown);
    line.asks(clear(call, Cause::NormalClearing));
    line.advances_s(5);
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.is_told(Event::LinkUp);
    line.far_hears_cause(MessageKind::Release, Cause::NormalClearing);
    line.far_says(from_far(1, MessageKind::ReleaseComplete));
    line.is_released(call, Cause::NormalClearing, Origin::Near);
    line.is_idle();
}

#[test]
fn a_reset_of_the_link_clears_calls_that_are_being_dialled_and_asks_for_the_others() {
    let mut line = Line::user();
    line.talking(1, 3);
    line.far_says(setup(2, 4));
    let (dialled, _) = line.incoming();
    line.asks(Request::MoreDigits { call: dialled, audible: false });
    line.far_hears(MessageKind::SetupAcknowledge);
    // The far end forgets its link and sets it up anew.
    line.far = Link::new(Role::Network, Default::default(), 8);
    line.far.handle_layer1(line.now, true);
    line.run();
    line.is_told(Event::LinkFault(crate::LinkFault::FarEndReestablished));
    line.is_told(Event::Disconnected { call: dialled, cause: Cause::TemporaryFailure, audible: false });
    line.far_hears(MessageKind::StatusEnquiry);
    line.far_hears_cause(MessageKind::Disconnect, Cause::TemporaryFailure);
}

#[test]
fn a_talking_call_is_taken_over_by_the_next_life_of_the_box() {
    let mut line = Line::user();
    let first_life = line.talking(1, 3);
    line.span.set_tag(line.now, first_life, 4711);
    line.run();
    let entries = line.dies();
    assert_eq!(entries.len(), 1);
    let adopted = line.span.adopt(line.now, &entries);
    let &[Adopted { call, entry }] = adopted.as_slice() else { panic!("{adopted:?}") };
    assert_eq!((entry.tag, entry.timeslot), (4711, Some(Timeslot(3))));
    assert_eq!(line.span.timeslot(call), Some(Timeslot(3)));
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.is_told(Event::LinkUp);
    assert_eq!(line.far_hears(MessageKind::StatusEnquiry).reference.unwrap().value, 1);
    line.far_hears_nothing();
    line.far_says(status(1, 10));

    line.far_says(from_far(1, MessageKind::Disconnect).with(cause(Cause::NormalClearing)));
    line.event();
    line.far_hears(MessageKind::Release);
    line.far_says(from_far(1, MessageKind::ReleaseComplete));
    line.is_released(call, Cause::NormalClearing, Origin::Far);
    line.is_idle();
}

#[test]
fn a_call_that_was_being_set_up_is_released_with_cause_41() {
    let mut line = Line::user();
    let (_, setup) = line.placed();
    let entries = line.dies();
    let adopted = line.span.adopt(line.now, &entries);
    assert!(!adopted[0].entry.is_active());
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.is_told(Event::LinkUp);
    let release = line.far_hears_cause(MessageKind::Release, Cause::TemporaryFailure);
    assert_eq!(release.reference, setup.reference);
    line.far_says(answer(&setup, MessageKind::ReleaseComplete));
    line.is_released(adopted[0].call, Cause::TemporaryFailure, Origin::Adoption);
    line.is_idle();
}

#[test]
fn an_adopted_call_whose_link_never_comes_back_ends_by_t309() {
    let mut line = Line::user();
    line.talking(1, 3);
    let entries = line.dies();
    let adopted = line.span.adopt(line.now, &entries);
    line.far.handle_layer1(line.now, false);
    line.advances_s(90);
    line.is_released(adopted[0].call, Cause::DestinationOutOfOrder, Origin::Link);
    line.is_idle();
}

#[test]
fn t309_goes_on_where_the_last_life_left_it() {
    let mut line = Line::user();
    line.talking(1, 3);
    line.span.handle_input(line.now, Input::Layer1(false));
    line.run();
    line.far.handle_layer1(line.now, false);
    line.advances_s(60);
    let entries = line.dies();
    let adopted = line.span.adopt(line.now, &entries);
    line.advances_s(29);
    line.is_told_nothing();
    line.advances_s(1);
    line.is_released(adopted[0].call, Cause::DestinationOutOfOrder, Origin::Link);
    line.is_idle();
}

#[test]
fn after_a_restart_only_channels_without_a_call_are_restarted_one_after_the_other_and_stay_usable() {
    let mut line = Line::user();
    line.talking(1, 3);
    let entries = line.dies();
    line.span.adopt(line.now, &entries);
    line.span.handle_input(line.now, Input::Request(Request::Restart(RestartScope::Unused)));
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.far_hears(MessageKind::StatusEnquiry);
    line.far_says(status(1, 10));
    let mut restarted = TimeslotSet::EMPTY;
    for _ in 0..29 {
        let restart = line.far_hears(MessageKind::Restart);
        let Some(ChannelChoice::Timeslots(named)) = restart.channel_id().map(|channel| channel.choice) else {
            panic!("{restart:?}")
        };
        let timeslot = named.single().unwrap();
        restarted.insert(timeslot);
        assert_eq!(line.span.channel(timeslot), Some(ChannelState::Restarting));
        assert_eq!(line.span.idle_channels().iter().count(), 28, "all others can be used meanwhile");
        line.far_says(channels::restarted(&restart));
    }
    line.far_hears_nothing();
    assert!(!restarted.contains(Timeslot(3)), "the call's channel is left alone");
    assert_eq!(restarted.iter().count(), 29);
}

#[test]
fn the_last_channel_is_given_to_a_call_although_it_is_being_restarted_and_no_restart_ends_a_call() {
    let mut line = Line::user();
    line.span.handle_input(line.now, Input::Request(Request::Restart(RestartScope::Unused)));
    line.run();
    let restart = line.far_hears(MessageKind::Restart);
    let mut taken = TimeslotSet::EMPTY;
    for place in 1..=30 {
        let request = SetupRequest::speech("62001234".parse().map(NumberElement::unknown).unwrap(), None, place);
        let call = line.span.setup(line.now, request).expect("there is a channel for each of 30 calls");
        taken.insert(line.span.timeslot(call).unwrap());
        line.run();
        line.far_hears(MessageKind::Setup);
    }
    assert_eq!(taken, TimeslotSet::E1);
    line.far_says(channels::restarted(&restart));
    line.far_hears_nothing();
    assert!(line.span.idle_channels().is_empty(), "the last call keeps its channel");
}

#[test]
fn a_restart_that_a_reset_of_the_link_swallowed_is_said_again_at_once() {
    let mut line = Line::user();
    line.span.handle_input(line.now, Input::Request(Request::Restart(RestartScope::Unused)));
    line.run();
    let first = line.far_hears(MessageKind::Restart);
    // The far end forgets its link, and the RESTART with it, and sets it up anew.
    line.far = Link::new(Role::Network, Default::default(), 8);
    line.far.handle_layer1(line.now, true);
    line.run();
    line.is_told(Event::LinkFault(crate::LinkFault::FarEndReestablished));
    assert_eq!(line.far_hears(MessageKind::Restart).channel_id(), first.channel_id());
    assert_eq!(line.span.idle_channels().iter().count(), 29);
}

#[test]
fn an_ignored_restart_is_not_said_again_on_a_channel_that_the_far_end_uses_since() {
    let mut line = Line::user();
    line.span.handle_input(line.now, Input::Request(Request::Restart(RestartScope::Unused)));
    line.run();
    let restart = line.far_hears(MessageKind::Restart);
    let Some(ChannelChoice::Timeslots(named)) = restart.channel_id().map(|channel| channel.choice) else { panic!() };
    let call = line.talking(1, named.single().unwrap().0);
    line.advances_s(600);
    let again = std::iter::from_fn(|| line.heard.pop_front()).filter(|message| message.kind == MessageKind::Restart);
    assert_eq!(again.filter(|message| message.channel_id() == restart.channel_id()).count(), 0);
    assert!(line.span.timeslot(call).is_some(), "the call goes on");
}

#[test]
fn an_exchange_that_ignores_restart_costs_no_channel() {
    let mut line = Line::user();
    let entries = line.dies();
    line.span.adopt(line.now, &entries);
    line.span.handle_input(line.now, Input::Request(Request::Restart(RestartScope::Unused)));
    line.span.handle_input(line.now, Input::Layer1(true));
    line.run();
    line.advances_s(600);
    assert_eq!(line.span.idle_channels().iter().count(), 30, "none is in maintenance");
    let sent = std::iter::from_fn(|| line.heard.pop_front()).filter(|message| message.kind == MessageKind::Restart);
    assert_eq!(sent.count(), 2, "one channel, N316 times; the others are not tried");
}

#[test]
fn a_damaged_call_table_never_gives_a_channel_twice() {
    let mut line = Line::down(SpanSettings::e1(Role::User, Dialect::EuroIsdn));
    let entry = CallEntry {
        reference: 1,
        ours: false,
        timeslot: Some(Timeslot(3)),
        state: 10,
        tag: 0,
        hold: HoldState::Idle,
        t309: None,
    };
    let other = CallEntry { reference: 2, ..entry };
    let no_such_channel = CallEntry { reference: 3, timeslot: Some(Timeslot(16)), ..entry };
    let adopted = line.span.adopt(line.now, &[entry, entry, other, no_such_channel]);
    assert_eq!(adopted.len(), 1);
    assert_eq!(line.span.counters().refused_entries, 3);
}
