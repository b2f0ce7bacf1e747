//! SERVICE, from both ends. TR 41459 and SR-4994, clause 10.

use super::*;
use crate::{
    ChannelState, RestartScope,
    q931::{
        ChannelStatus, ServicePractice,
        element::{ChannelChoice, TimeslotSet},
    },
};

const OUT: bool = false;
const IN: bool = true;

fn line_of(dialect: Dialect) -> Line {
    Line::new(SpanSettings::of(Role::User, dialect))
}

impl Line {
    fn takes(&mut self, timeslot: u8, in_service: bool) {
        let timeslots = TimeslotSet::one(Timeslot(timeslot));
        self.asks(Request::Service { timeslots, in_service });
    }

    fn far_serves(&mut self, message: &ServiceMessage) {
        self.far_says_octets(&message.emit().unwrap());
    }

    #[track_caller]
    fn far_hears_service(&mut self) -> ServiceMessage {
        self.services.pop_front().expect("the far end heard no SERVICE")
    }

    fn goes_down(&mut self) {
        self.far.handle_layer1(self.now, false);
        self.span.handle_input(self.now, Input::Layer1(false));
        self.run();
    }

    fn state(&self, timeslot: u8) -> ChannelState {
        self.span.channel(Timeslot(timeslot)).unwrap()
    }
}

fn service(practice: ServicePractice, channel: ChannelId, status: ChannelStatus) -> ServiceMessage {
    ServiceMessage { practice, reference: CallReference::GLOBAL, acknowledges: false, status, channel }
}

pub(super) fn att(timeslot: u8, status: ChannelStatus) -> ServiceMessage {
    service(ServicePractice::Att, ChannelId::one(Timeslot(timeslot), true), status)
}

fn out_of_service(near: bool, far: bool) -> ChannelState {
    ChannelState::OutOfService { near, far }
}

#[test]
fn we_take_a_channel_out_of_service_and_put_it_back() {
    for (dialect, practice) in [
        (Dialect::Ni2, ServicePractice::National),
        (Dialect::Dms100, ServicePractice::Att),
        (Dialect::Att4ess, ServicePractice::Att),
        (Dialect::Lucent5ess, ServicePractice::Att),
    ] {
        let mut line = line_of(dialect);
        for (in_service, status) in [(OUT, ChannelStatus::OutOfService), (IN, ChannelStatus::InService)] {
            line.takes(23, in_service);
            let message = line.far_hears_service();
            assert_eq!(message, service(practice, ChannelId::one(Timeslot(23), true), status));
            line.far_serves(&message.acknowledgement());
            let state = if in_service { ChannelState::Idle } else { out_of_service(true, false) };
            assert_eq!(line.state(23), state);
        }
        assert_eq!(line.span.next_deadline(), line.span.link.next_deadline(), "nothing is left to wait for");
    }
}

/// Our call would give way in the glare, and leave behind a channel that nobody may have.
#[test]
fn a_channel_that_goes_out_of_service_after_its_call_goes_to_no_call_of_the_far_end() {
    let mut line = line_of(Dialect::Ni2);
    let call = line.places(dials("1"));
    line.far_hears(MessageKind::Setup);
    let timeslot = line.span.timeslot(call).unwrap();
    line.takes(timeslot.0, OUT);
    line.far_says(setup(1, timeslot.0));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::RequestedChannelUnavailable);
    assert_eq!(line.span.timeslot(call), Some(timeslot));
    line.is_told_nothing();
}

#[test]
fn what_we_took_out_carries_no_call_of_either_end() {
    let mut line = line_of(Dialect::Ni2);
    line.takes(23, OUT);
    let (_, ours) = line.placed();
    assert_eq!(ours.channel_id().unwrap().timeslot(), Some(Timeslot(22)), "hunted past it");
    line.far_says(setup(1, 23));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::RequestedChannelUnavailable);
    let mut preferred = setup(2, 23);
    preferred.elements[1] = channel(23, false);
    line.far_says(preferred);
    assert_eq!(line.incoming().1.timeslot, Timeslot(21), "another will do");
    line.far_says(answer(&ours, MessageKind::CallProceeding).with(channel(23, true)));
    line.far_hears_cause(MessageKind::Release, Cause::ChannelUnacceptable);
    assert_eq!(line.state(23), out_of_service(true, false));
}

#[test]
fn a_call_keeps_a_channel_that_is_taken_out_and_is_the_last_on_it() {
    let mut line = line_of(Dialect::Att4ess);
    let call = line.talking(1, 5);
    line.takes(5, OUT);
    line.far_serves(&att(5, ChannelStatus::OutOfService));
    assert_eq!(line.state(5), ChannelState::Busy(call));
    line.far_says(from_far(1, MessageKind::Release).with(cause(Cause::NormalClearing)));
    line.is_released(call, Cause::NormalClearing, Origin::Far);
    assert_eq!(line.state(5), out_of_service(true, true));
}

#[test]
fn the_far_end_takes_a_channel_out_and_puts_it_back() {
    let mut line = line_of(Dialect::Att4ess);
    for (status, state) in [
        (ChannelStatus::OutOfService, out_of_service(false, true)),
        (ChannelStatus::InService, ChannelState::Idle),
        (ChannelStatus::Maintenance, out_of_service(false, true)),
    ] {
        let message = att(23, status);
        line.far_serves(&message);
        assert_eq!(line.far_hears_service(), message.acknowledgement());
        assert_eq!(line.state(23), state);
    }
    let (_, ours) = line.placed();
    assert_eq!(ours.channel_id().unwrap().timeslot(), Some(Timeslot(22)));
}

#[test]
fn the_far_end_is_answered_in_the_practice_that_it_follows() {
    let mut line = line_of(Dialect::Ni2);
    line.far_serves(&att(3, ChannelStatus::OutOfService));
    assert_eq!(line.far_hears_service().practice, ServicePractice::Att);
}

#[test]
fn a_channel_that_the_far_end_took_out_is_back_when_it_uses_or_restarts_it() {
    let mut line = line_of(Dialect::Dms100);
    line.far_serves(&att(3, ChannelStatus::OutOfService));
    line.far_serves(&att(4, ChannelStatus::OutOfService));
    line.talking(1, 3);
    line.asks(Request::Restart(RestartScope::Channels(TimeslotSet::one(Timeslot(4)))));
    assert_eq!(line.state(4), out_of_service(false, true));
    let restart = line.far_hears(MessageKind::Restart);
    line.far_says(channels::restarted(&restart));
    assert_eq!(line.state(4), ChannelState::Idle);
}

#[test]
fn a_5ess_may_mean_the_whole_interface() {
    let mut line = line_of(Dialect::Lucent5ess);
    let whole = ChannelId { choice: ChannelChoice::Any, ..ChannelId::one(Timeslot(1), true) };
    line.far_serves(&service(ServicePractice::Att, whole, ChannelStatus::OutOfService));
    assert_eq!(line.span.idle_channels(), TimeslotSet::EMPTY);
    assert!(line.span.setup(line.now, dials("1")).is_err());
}

#[test]
fn a_service_that_is_not_acknowledged_is_said_n316_times_and_holds_all_the_same() {
    let mut line = line_of(Dialect::Ni2);
    line.takes(3, OUT);
    line.takes(4, OUT);
    let first = line.far_hears_service();
    assert_eq!(line.services.len(), 0, "one after the other");
    line.advances_s(120);
    assert_eq!(line.far_hears_service(), first);
    line.advances_s(120);
    assert_eq!(line.far_hears_service().channel.timeslot(), Some(Timeslot(4)));
    assert_eq!(line.span.counters().unanswered_services, 1);
    assert_eq!(line.state(3), out_of_service(true, false));
}

#[test]
fn a_stray_acknowledgement_ends_nothing() {
    let mut line = line_of(Dialect::Att4ess);
    line.takes(3, OUT);
    let message = line.far_hears_service();
    line.far_serves(&att(4, ChannelStatus::OutOfService).acknowledgement());
    line.far_serves(&att(3, ChannelStatus::InService).acknowledgement());
    assert_eq!(line.span.counters().ignored_messages, 2);
    line.advances_s(120);
    assert_eq!(line.far_hears_service(), message);
}

#[test]
fn after_the_link_was_away_the_far_end_hears_again_what_is_out() {
    let mut line = line_of(Dialect::Ni2);
    line.takes(3, OUT);
    let first = line.far_hears_service();
    line.far_serves(&first.acknowledgement());
    line.goes_down();
    line.bring_up();
    assert_eq!(line.far_hears_service(), first, "it may have begun anew");
    line.far_serves(&first.acknowledgement());
    line.goes_down();
    line.takes(3, IN);
    line.takes(4, OUT);
    line.bring_up();
    let third = line.far_hears_service();
    assert_eq!((third.channel.timeslot(), third.status), (Some(Timeslot(3)), ChannelStatus::InService));
    line.far_serves(&third.acknowledgement());
    let fourth = line.far_hears_service();
    assert_eq!((fourth.channel.timeslot(), fourth.status), (Some(Timeslot(4)), ChannelStatus::OutOfService));
}

#[test]
fn where_the_dialect_has_no_service_a_channel_is_taken_out_without_a_word() {
    let mut line = Line::user();
    line.takes(31, OUT);
    line.far_hears_nothing();
    assert_eq!((line.services.len(), line.state(31)), (0, out_of_service(true, false)));
    line.far_serves(&att(3, ChannelStatus::OutOfService));
    assert_eq!(line.state(3), ChannelState::Idle, "a message of a protocol that is not spoken here");
    assert_eq!(line.span.counters().ignored_messages, 1);
    line.takes(31, IN);
    line.is_idle();
}

#[test]
fn a_service_of_a_channel_that_does_not_exist_is_ignored() {
    let mut line = line_of(Dialect::Att4ess);
    line.far_serves(&att(24, ChannelStatus::OutOfService));
    assert_eq!((line.services.len(), line.span.counters().ignored_messages), (0, 1));
}
