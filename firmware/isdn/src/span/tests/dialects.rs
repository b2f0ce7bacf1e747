//! What each dialect changes in what is said and in what is taken.

use super::*;
use crate::{
    ChannelNumbers, ChannelState, LineKind, RestartScope,
    q931::element::{
        ChannelChoice, ChannelForm, Display, Layer1, PartyNumber, Presentation, RestartClass, Screening, TimeslotSet,
    },
};

const ROLES: [Role; 2] = [Role::User, Role::Network];

/// The SETUP of a call that a span places, and its octets.
fn setup_of(role: Role, dialect: Dialect) -> Message {
    let mut line = Line::new(SpanSettings::of(role, dialect));
    let calling = PartyNumber::shown(NumberElement::unknown("801".parse().unwrap()));
    line.places(SetupRequest { calling: Some(calling), display: Some(Display::from_text("Li")), ..dials("62001234") });
    line.far_hears(MessageKind::Setup)
}

#[test]
fn speech_is_coded_as_the_line_codes_it() {
    for dialect in Dialect::ALL {
        let layer1 = setup_of(Role::User, dialect).bearer().unwrap().layer1;
        let law = match dialect.rules().line {
            LineKind::E1 => Layer1::ALaw,
            LineKind::T1 => Layer1::MuLaw,
        };
        assert_eq!(layer1, Some(law), "{dialect:?}");
    }
}

#[test]
fn north_america_has_no_sending_complete() {
    let complete = Dialect::ALL.map(|dialect| setup_of(Role::User, dialect).is_complete());
    assert_eq!(complete, [true, true, true, false, false, false, false]);
}

#[test]
fn a_display_is_sent_by_those_alone_whose_dialect_has_it() {
    let display = |role| Dialect::ALL.map(|dialect| setup_of(role, dialect).display().is_some());
    assert_eq!(display(Role::User), [false; 7]);
    assert_eq!(display(Role::Network), [true, true, false, false, true, false, false]);
}

#[test]
fn a_channel_is_preferred_by_the_user_and_named_for_good_by_most_networks() {
    let exclusive = |role| Dialect::ALL.map(|dialect| setup_of(role, dialect).channel_id().unwrap().exclusive);
    assert_eq!(exclusive(Role::User), [false; 7]);
    assert_eq!(exclusive(Role::Network), [true, false, false, true, true, true, true]);
}

#[test]
fn dms_100_and_4ess_take_a_number_only_as_the_network_s() {
    let screening = Dialect::ALL.map(|dialect| setup_of(Role::User, dialect).calling_number().unwrap().screening);
    for (dialect, screening) in Dialect::ALL.into_iter().zip(screening) {
        let network = matches!(dialect, Dialect::Dms100 | Dialect::Att4ess);
        let expected = if network { Screening::Network } else { Screening::UserNotScreened };
        assert_eq!(screening, expected, "{dialect:?}");
    }
}

#[test]
fn a_withheld_number_stays_as_it_is() {
    let withheld = PartyNumber {
        presentation: Presentation::Restricted,
        ..PartyNumber::shown(NumberElement::unknown("801".parse().unwrap()))
    };
    assert_eq!(Dialect::Dms100.rules().vouch(withheld.clone()), withheld);
}

#[test]
fn private_exchanges_say_so_in_their_causes() {
    for role in ROLES {
        let mut line = Line::new(SpanSettings::of(role, Dialect::Qsig));
        line.far_says(setup(1, 3));
        let (call, _) = line.incoming();
        line.asks(clear(call, Cause::UserBusy));
        let refusal = line.far_hears(MessageKind::ReleaseComplete);
        assert_eq!(refusal.cause().unwrap().location, Location::PrivateLocal);
    }
}

#[test]
fn where_numbers_are_never_sent_in_pieces_each_is_complete() {
    for dialect in Dialect::ALL {
        let mut line = Line::new(SpanSettings::of(Role::User, dialect));
        line.far_says(setup(1, 3));
        assert_eq!(line.incoming().1.complete, !dialect.rules().overlap, "{dialect:?}");
    }
}

#[test]
fn a_t1_has_23_channels_and_the_last_timeslot_is_its_d_channel() {
    let mut line = Line::new(SpanSettings::of(Role::User, Dialect::Ni2));
    assert_eq!(line.span.idle_channels().count(), 23);
    let (_, setup) = line.placed();
    assert_eq!(setup.channel_id().unwrap().timeslot(), Some(Timeslot(23)));
    line.far_says(super::setup(1, 24));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::ChannelDoesNotExist);
}

fn counted_from_1_to_30() -> Line {
    let settings = SpanSettings::of(Role::User, Dialect::Qsig);
    Line::new(SpanSettings { channel_numbers: ChannelNumbers::Consecutive, ..settings })
}

#[test]
fn channels_may_be_counted_from_1_to_30() {
    let mut line = counted_from_1_to_30();
    let (_, setup) = line.placed();
    assert_eq!(setup.channel_id(), Some(&ChannelId::one(Timeslot(30), false)), "timeslot 31 is channel 30");
    assert_eq!(
        line.span.channel(Timeslot(31)),
        line.span.calls.iter().next().map(|call| ChannelState::Busy(call.handle))
    );

    line.far_says(super::setup(1, 16));
    let (call, told) = line.incoming();
    assert_eq!(told.timeslot, Timeslot(17), "channel 16 is timeslot 17");
    line.asks(Request::Proceeding { call });
    assert_eq!(line.far_hears(MessageKind::CallProceeding).channel_id(), Some(&ChannelId::one(Timeslot(16), true)));
    line.far_says(super::setup(2, 31));
    line.far_hears_cause(MessageKind::ReleaseComplete, Cause::InvalidElementContents);
}

#[test]
fn a_restart_speaks_of_channels_as_they_are_counted() {
    let mut line = counted_from_1_to_30();
    line.asks(Request::Restart(RestartScope::Channels(TimeslotSet::one(Timeslot(17)))));
    let restart = line.far_hears(MessageKind::Restart);
    assert_eq!(restart.channel_id().unwrap().timeslot(), Some(Timeslot(16)));
    line.far_says(channels::restarted(&restart));
    line.is_idle();
}

#[test]
fn an_acknowledgement_names_its_channels_as_the_restart_did() {
    let timeslots: TimeslotSet = [Timeslot(3), Timeslot(4)].into_iter().collect();
    for form in [ChannelForm::Numbers, ChannelForm::Map24, ChannelForm::Map32] {
        let mut line = Line::new(SpanSettings::of(Role::User, Dialect::Att4ess));
        let named =
            ChannelId { choice: ChannelChoice::Timeslots(timeslots), form, ..ChannelId::one(Timeslot(3), true) };
        let restart = Message::new(CallReference::GLOBAL, MessageKind::Restart);
        line.far_says(restart.with(Element::ChannelId(named.clone())).with(Element::Restart(RestartClass::Channels)));
        assert_eq!(line.far_hears(MessageKind::RestartAcknowledge).channel_id(), Some(&named));
    }
}
