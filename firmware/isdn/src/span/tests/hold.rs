//! Hold and retrieve, EN 300 141-1 and Q.932: both sides, both roles, with and without the channel.

use proptest::prelude::*;

use super::*;
use crate::{
    ChannelState,
    q931::element::{ChannelChoice, TimeslotSet},
};

fn lines() -> [Line; 2] {
    [Role::User, Role::Network].map(|role| line(role, true))
}

/// A line whose far end may hold, and whose held calls keep their channels or not.
fn line(role: Role, hold_keeps_channel: bool) -> Line {
    let settings = SpanSettings { far_end_may_hold: true, hold_keeps_channel, ..euro(role) };
    Line::new(settings)
}

fn euro(role: Role) -> SpanSettings {
    SpanSettings::e1(role, Dialect::EuroIsdn)
}

impl Line {
    /// A talking call that we hold.
    fn held(&mut self) -> CallHandle {
        let call = self.talking(1, 3);
        self.asks(Request::Hold { call });
        self.far_hears(MessageKind::Hold);
        self.far_says(from_far(1, MessageKind::HoldAcknowledge));
        self.is_told(Event::Held { call });
        call
    }

    /// A talking call that the far end holds.
    fn held_by_far_end(&mut self) -> CallHandle {
        let call = self.talking(1, 3);
        self.far_says(from_far(1, MessageKind::Hold));
        self.far_hears(MessageKind::HoldAcknowledge);
        self.is_told(Event::HeldByFarEnd { call });
        call
    }

    #[track_caller]
    fn far_hears_rejection(&mut self, kind: MessageKind, cause: Cause) {
        self.far_hears_cause(kind, cause);
        self.far_hears_nothing();
        self.is_told_nothing();
    }
}

#[test]
fn we_hold_a_call_and_take_it_back() {
    for mut line in lines() {
        let call = line.held();
        assert_eq!(line.span.timeslot(call), Some(Timeslot(3)), "the channel is kept");
        line.asks(Request::Retrieve { call });
        let retrieve = line.far_hears(MessageKind::Retrieve);
        assert_eq!(retrieve.channel_id(), Some(&ChannelId::one(Timeslot(3), true)));
        line.far_says(from_far(1, MessageKind::RetrieveAcknowledge).with(channel(3, true)));
        line.is_told(Event::Retrieved { call, timeslot: Timeslot(3) });
        line.advances_s(60);
        line.is_told_nothing();
        line.far_hears_nothing();
    }
}

#[test]
fn the_far_end_holds_a_call_and_takes_it_back() {
    for mut line in lines() {
        let call = line.held_by_far_end();
        line.far_says(from_far(1, MessageKind::Retrieve));
        let acknowledge = line.far_hears(MessageKind::RetrieveAcknowledge);
        assert_eq!(acknowledge.channel_id(), Some(&ChannelId::one(Timeslot(3), true)));
        line.is_told(Event::Retrieved { call, timeslot: Timeslot(3) });
    }
}

#[test]
fn without_permission_hold_is_rejected_with_cause_50_and_the_call_talks_on() {
    for role in [Role::User, Role::Network] {
        let mut line = Line::new(euro(role));
        line.talking(1, 3);
        line.far_says(from_far(1, MessageKind::Hold));
        line.far_hears_rejection(MessageKind::HoldReject, Cause::FacilityNotSubscribed);
    }
}

#[test]
fn a_held_call_without_its_channel_leaves_it_to_others_and_gets_another() {
    for role in [Role::User, Role::Network] {
        let mut line = line(role, false);
        let call = line.held();
        assert_eq!((line.span.timeslot(call), line.span.idle_channels()), (None, TimeslotSet::E1));
        line.far_says(setup(2, 3));
        let (other, _) = line.incoming();
        assert_eq!(line.span.timeslot(other), Some(Timeslot(3)));

        line.asks(Request::Retrieve { call });
        let retrieve = line.far_hears(MessageKind::Retrieve);
        let asked = retrieve.channel_id().unwrap();
        assert!(!asked.exclusive && asked.timeslot() != Some(Timeslot(3)));
        assert_eq!(line.span.timeslot(call), asked.timeslot(), "nobody else gets it meanwhile");
        line.far_says(from_far(1, MessageKind::RetrieveAcknowledge).with(channel(9, true)));
        line.is_told(Event::Retrieved { call, timeslot: Timeslot(9) });
        assert_eq!(line.span.idle_channels().count(), 28);
    }
}

#[test]
fn the_far_end_names_the_channel_on_which_it_takes_its_call_back() {
    for role in [Role::User, Role::Network] {
        let mut line = line(role, false);
        let call = line.held_by_far_end();
        assert_eq!(line.span.idle_channels(), TimeslotSet::E1);
        line.far_says(setup(2, 3));
        line.incoming();
        line.far_says(from_far(1, MessageKind::Retrieve).with(channel(3, true)));
        line.far_hears_rejection(MessageKind::RetrieveReject, Cause::RequestedChannelUnavailable);
        line.far_says(from_far(1, MessageKind::Retrieve).with(channel(3, false)));
        let given = line.far_hears(MessageKind::RetrieveAcknowledge).channel_id().unwrap().timeslot().unwrap();
        assert_ne!(given, Timeslot(3));
        line.is_told(Event::Retrieved { call, timeslot: given });
    }
}

#[test]
fn a_kept_channel_is_left_for_one_that_the_far_end_insists_on() {
    let mut line = line(Role::Network, true);
    let call = line.held_by_far_end();
    line.far_says(from_far(1, MessageKind::Retrieve).with(channel(7, true)));
    line.far_hears(MessageKind::RetrieveAcknowledge);
    line.is_told(Event::Retrieved { call, timeslot: Timeslot(7) });
    assert_eq!(line.span.idle_channels().count(), 29);
}

#[test]
fn without_a_free_channel_a_call_stays_on_hold() {
    let mut line = line(Role::Network, false);
    let call = line.held();
    for reference in 2..=31 {
        line.far_says(setup(reference, (reference - 1 + reference / 17) as u8));
        line.incoming();
    }
    line.asks(Request::Retrieve { call });
    line.is_told(Event::RetrieveRefused { call, cause: Cause::NoChannelAvailable });
    line.far_hears_nothing();
}

#[test]
fn what_is_rejected_leaves_the_call_as_it_was() {
    for keeps in [true, false] {
        let mut line = line(Role::User, keeps);
        let call = line.talking(1, 3);
        line.asks(Request::Hold { call });
        line.far_hears(MessageKind::Hold);
        line.far_says(from_far(1, MessageKind::HoldReject).with(cause(Cause::FacilityRejected)));
        line.is_told(Event::HoldRefused { call, cause: Cause::FacilityRejected });
        assert_eq!(line.span.timeslot(call), Some(Timeslot(3)));

        line.asks(Request::Hold { call });
        line.far_hears(MessageKind::Hold);
        line.far_says(from_far(1, MessageKind::HoldAcknowledge));
        line.is_told(Event::Held { call });
        line.asks(Request::Retrieve { call });
        line.far_hears(MessageKind::Retrieve);
        line.far_says(from_far(1, MessageKind::RetrieveReject).with(cause(Cause::NoChannelAvailable)));
        line.is_told(Event::RetrieveRefused { call, cause: Cause::NoChannelAvailable });
        assert_eq!(line.span.timeslot(call), keeps.then_some(Timeslot(3)));
    }
}

#[test]
fn t_hold_and_t_retrieve_run_4_s_and_leave_the_call_as_it_was() {
    for mut line in lines() {
        let call = line.talking(1, 3);
        line.asks(Request::Hold { call });
        line.far_hears(MessageKind::Hold);
        line.advances(Duration::from_millis(3_999));
        line.is_told_nothing();
        line.advances(Duration::from_millis(1));
        line.is_told(Event::HoldRefused { call, cause: Cause::RecoveryOnTimerExpiry });

        line.asks(Request::Hold { call });
        line.far_hears(MessageKind::Hold);
        line.far_says(from_far(1, MessageKind::HoldAcknowledge));
        line.is_told(Event::Held { call });
        line.asks(Request::Retrieve { call });
        line.far_hears(MessageKind::Retrieve);
        line.advances_s(4);
        line.is_told(Event::RetrieveRefused { call, cause: Cause::RecoveryOnTimerExpiry });
        line.far_hears_nothing();
    }
}

#[test]
fn when_both_hold_at_once_the_network_s_counts() {
    let mut user = line(Role::User, true);
    let call = user.talking(1, 3);
    user.asks(Request::Hold { call });
    user.far_hears(MessageKind::Hold);
    user.far_says(from_far(1, MessageKind::Hold));
    user.is_told(Event::HoldRefused { call, cause: Cause::MessageNotCompatible });
    user.is_told(Event::HeldByFarEnd { call });
    user.far_hears(MessageKind::HoldAcknowledge);

    let mut network = line(Role::Network, true);
    let call = network.talking(1, 3);
    network.asks(Request::Hold { call });
    network.far_hears(MessageKind::Hold);
    network.far_says(from_far(1, MessageKind::Hold));
    network.far_hears_nothing();
    network.far_says(from_far(1, MessageKind::HoldAcknowledge));
    network.is_told(Event::Held { call });
}

#[test]
fn hold_and_retrieve_out_of_season_are_rejected_with_cause_101() {
    let mut line = line(Role::User, true);
    line.far_says(setup(1, 3));
    line.incoming();
    line.far_says(from_far(1, MessageKind::Hold));
    line.far_hears_rejection(MessageKind::HoldReject, Cause::MessageNotCompatible);

    let mut line = lines().into_iter().next().unwrap();
    line.held();
    line.far_says(from_far(1, MessageKind::Hold));
    line.far_hears_rejection(MessageKind::HoldReject, Cause::MessageNotCompatible);
    line.far_says(from_far(1, MessageKind::Retrieve));
    line.far_hears_rejection(MessageKind::RetrieveReject, Cause::MessageNotCompatible);
    for kind in [MessageKind::HoldAcknowledge, MessageKind::RetrieveAcknowledge] {
        line.far_says(from_far(1, kind));
        line.far_hears_cause(MessageKind::Status, Cause::MessageNotCompatible);
    }
    line.far_says(from_far(1, MessageKind::RetrieveReject));
    line.far_hears_cause(MessageKind::Status, Cause::MandatoryElementMissing);
}

#[test]
fn requests_to_hold_what_does_not_talk_are_counted_and_nothing_else() {
    let mut line = line(Role::User, true);
    let call = line.held();
    line.asks(Request::Hold { call });
    let (placed, _) = line.placed();
    line.asks(Request::Hold { call: placed });
    line.asks(Request::Retrieve { call: placed });
    line.far_hears_nothing();
    line.is_told_nothing();
    assert_eq!(line.span.counters().misfits, 3);
}

#[test]
fn a_held_call_is_cleared_like_any_other() {
    for keeps in [true, false] {
        let mut line = line(Role::User, keeps);
        let call = line.held();
        line.far_says(from_far(1, MessageKind::Disconnect).with(cause(Cause::NormalClearing)));
        line.is_told(Event::Disconnected { call, cause: Cause::NormalClearing, audible: false });
        line.far_hears(MessageKind::Release);
        line.far_says(from_far(1, MessageKind::ReleaseComplete));
        line.is_released(call, Cause::NormalClearing, Origin::Far);
        line.is_idle();
    }
}

#[test]
fn a_call_that_is_cleared_while_it_is_being_retrieved_frees_the_channel_it_took() {
    let mut line = line(Role::User, false);
    let call = line.held();
    line.asks(Request::Retrieve { call });
    line.far_hears(MessageKind::Retrieve);
    line.far_says(from_far(1, MessageKind::Release).with(cause(Cause::NormalClearing)));
    line.far_hears(MessageKind::ReleaseComplete);
    line.is_released(call, Cause::NormalClearing, Origin::Far);
    line.is_idle();
}

#[test]
fn a_retrieval_on_the_channel_of_another_call_is_cleared_with_cause_6() {
    let mut line = line(Role::User, false);
    let call = line.held();
    line.far_says(setup(2, 3));
    line.incoming();
    line.asks(Request::Retrieve { call });
    line.far_hears(MessageKind::Retrieve);
    line.far_says(from_far(1, MessageKind::RetrieveAcknowledge).with(channel(3, true)));
    line.is_told(Event::Disconnected { call, cause: Cause::ChannelUnacceptable, audible: false });
    line.far_hears_cause(MessageKind::Disconnect, Cause::ChannelUnacceptable);
}

/// A call on hold outlives the box with its hold, and without a channel too: it is retrieved in the next life.
#[test]
fn a_held_call_is_adopted_on_hold() {
    for keeps in [true, false] {
        let mut line = line(Role::User, keeps);
        line.held();
        let entries: Vec<CallEntry> = line.table.values().copied().collect();
        assert_eq!((entries[0].hold, entries[0].timeslot), (HoldState::Held, keeps.then_some(Timeslot(3))));
        line.span = Span::new(SpanSettings { distinct: 77, hold_keeps_channel: keeps, ..euro(Role::User) });
        line.channels.clear();
        let adopted = line.span.adopt(line.now, &entries);
        line.bring_up();
        line.is_told(Event::LinkUp);
        line.far_hears(MessageKind::StatusEnquiry);
        let status = from_far(1, MessageKind::Status).with(cause(Cause::ResponseToStatusEnquiry));
        line.far_says(status.with(call_state(10)));

        let call = adopted[0].call;
        line.asks(Request::Retrieve { call });
        let retrieve = line.far_hears(MessageKind::Retrieve);
        let channel = retrieve.channel_id().unwrap();
        assert!(matches!(channel.choice, ChannelChoice::Timeslots(_)));
        line.far_says(from_far(1, MessageKind::RetrieveAcknowledge).with(Element::ChannelId(channel.clone())));
        line.is_told(Event::Retrieved { call, timeslot: channel.timeslot().unwrap() });
    }
}

#[derive(Clone, Debug)]
enum Step {
    Hold,
    Retrieve,
    FarSays(MessageKind, Option<u8>),
    FarPlaces(u8),
    Layer1(bool),
    Wait(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    use MessageKind as M;
    let kinds =
        vec![M::Hold, M::HoldAcknowledge, M::HoldReject, M::Retrieve, M::RetrieveAcknowledge, M::RetrieveReject];
    prop_oneof![
        3 => Just(Step::Hold),
        3 => Just(Step::Retrieve),
        8 => (prop::sample::select(kinds), prop::option::of(1u8..6)).prop_map(|(kind, at)| Step::FarSays(kind, at)),
        2 => (1u8..6).prop_map(Step::FarPlaces),
        1 => any::<bool>().prop_map(Step::Layer1),
        2 => (0u64..6).prop_map(Step::Wait),
    ]
}

impl Line {
    fn takes_step(&mut self, call: CallHandle, step: &Step, reference: u16) {
        let now = self.now;
        let said = match *step {
            Step::Hold => return self.asks(Request::Hold { call }),
            Step::Retrieve => return self.asks(Request::Retrieve { call }),
            Step::Wait(seconds) => return self.advances_s(seconds),
            Step::Layer1(up) => {
                self.span.handle_input(now, Input::Layer1(up));
                return self.run();
            }
            Step::FarPlaces(timeslot) => setup(reference, timeslot),
            Step::FarSays(kind, timeslot) => {
                let message = from_far(1, kind).with(cause(Cause::NoChannelAvailable));
                message.with(timeslot.map(|timeslot| channel(timeslot, timeslot % 2 == 0)))
            }
        };
        let _ = self.far.send(now, said.emit(false).unwrap());
        self.run();
    }

    /// A channel and its call name each other, and a call that talks has one.
    fn owns_rightly(&self) {
        for timeslot in TimeslotSet::E1.iter() {
            if let Some(ChannelState::Busy(owner)) = self.span.channel(timeslot) {
                assert_eq!(self.span.timeslot(owner), Some(timeslot));
            }
        }
        for entry in self.table.values().filter(|entry| entry.is_active() && entry.hold == HoldState::Idle) {
            let timeslot = entry.timeslot.expect("a talking call has a channel");
            assert!(matches!(self.span.channel(timeslot), Some(ChannelState::Busy(_))));
        }
    }
}

proptest! {
    #[test]
    fn no_history_of_holds_leaks_a_channel_or_gives_one_to_two(
        network in any::<bool>(),
        keeps in any::<bool>(),
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let mut line = line(if network { Role::Network } else { Role::User }, keeps);
        let call = line.talking(1, 3);
        for (step, reference) in steps.iter().zip(2..) {
            line.takes_step(call, step, reference);
            line.owns_rightly();
        }
        line.far.handle_layer1(line.now, false);
        line.span.handle_input(line.now, Input::Layer1(false));
        line.advances_s(90);
        prop_assert_eq!(line.span.call_count(), 0);
        // A channel whose RELEASE the far end did not confirm is not idle: it waits for the link to be restarted.
        let owned = |&timeslot: &Timeslot| matches!(line.span.channel(timeslot), Some(ChannelState::Busy(_)));
        prop_assert_eq!(TimeslotSet::E1.iter().find(owned), None);
        prop_assert_eq!(line.span.next_deadline(), None);
    }
}
