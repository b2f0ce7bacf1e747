//! Signalling that goes wrong: damaged SETUPs, a far end in our own role, a far end that says nothing. design/calls.md,
//! "Refusals"; ITU-T Q.931, 5.8.

use std::time::Duration;

use call::{CallEvent, LegRole};
use frame::SpanId;
use isdn::Cause;
use ringfence::{
    handles::{LinkState, TimeslotState},
    journal::Alarm,
    telephony::SpanRestart,
};
use settings::Role;
use sim::{Act, CallNews, Fault, HandsetAct, Operator, OutsideCall, Told};

use crate::{
    house::{House, demo_board, demo_settings},
    outside::{hang_up, place},
};

const SPAN: SpanId = SpanId(0);

/// What happens to a frame on its way.
type Damage = fn(&mut Vec<u8>);

/// Octets of a Q.921 information frame before the Q.931 message.
const HEAD: usize = 4;

/// The message of an information frame.
fn message(frame: &[u8]) -> Option<&[u8]> {
    let is_information = frame.len() > HEAD && frame[2] & 1 == 0;
    is_information.then(|| &frame[HEAD..])
}

/// Whether a frame brings a message: SETUP is 05, RELEASE COMPLETE 5a, STATUS 7d.
fn brings(frame: &[u8], kind: u8) -> bool {
    message(frame).is_some_and(|message| message.len() >= 5 && message[0] == 0x08 && message[4] == kind)
}

/// Puts octets where the elements of a SETUP begin.
fn put_first(frame: &mut Vec<u8>, element: &[u8]) {
    if brings(frame, 0x05) {
        frame.splice(HEAD + 5..HEAD + 5, element.iter().copied());
    }
}

/// What replaces an element of a SETUP, found by its identifier.
fn replace(frame: &mut Vec<u8>, identifier: u8, with: &[u8]) {
    let mut at = HEAD + 5;
    while brings(frame, 0x05) && at + 1 < frame.len() {
        // Single-octet elements have the highest bit.
        let octets = if frame[at] & 0x80 == 0 { 2 + usize::from(frame[at + 1]) } else { 1 };
        if frame[at] == identifier {
            frame.splice(at..at + octets, with.iter().copied());
            return;
        }
        at += octets;
    }
}

fn over_with(house: &House, call: u32) -> Option<Cause> {
    house.told.iter().find_map(|event| match &event.told {
        Told::Call(told) if told.call == OutsideCall(call) => match told.news {
            CallNews::Over { cause, .. } => Some(cause),
            _ => None,
        },
        _ => None,
    })
}

/// The next call is answered and leaves nothing behind.
fn the_next_call_works(house: &mut House, call: u32) {
    house.to_box = |_| ();
    house.from_box = |_| ();
    place(house, call, "62001234");
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    hang_up(house, call);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.assert_at_rest();
}

#[test]
fn a_setup_that_is_no_message_is_ignored_and_counted_and_the_next_call_works() {
    let damages: [Damage; 3] = [
        // Another protocol; three octets; a call reference of three octets where an E1 has two.
        |frame| {
            if brings(frame, 0x05) {
                frame[HEAD] = 0x41
            }
        },
        |frame| {
            if brings(frame, 0x05) {
                frame.truncate(HEAD + 3)
            }
        },
        |frame| {
            if brings(frame, 0x05) {
                frame[HEAD + 1] = 3
            }
        },
    ];
    for (seed, damage) in (40..).zip(damages) {
        let mut house = House::new(seed);
        house.to_box = damage;
        let (before, facts) = (house.sent.len(), house.facts.len());
        place(&mut house, 1, "62001234");
        house.until("the exchange gives up after T303, twice", |house| over_with(house, 1).is_some());
        assert!(house.sent[before..].iter().all(|frame| message(frame).is_none()), "nothing is answered");
        let why = "the SETUP, its repetition, and the RELEASE COMPLETE of a call that the box never knew";
        assert_eq!(house.counters(SPAN).ignored_messages, 3, "{why}");
        assert_eq!(house.facts.len(), facts, "no call began");
        the_next_call_works(&mut house, 2);
    }
}

#[test]
fn a_setup_that_can_not_be_used_is_refused_with_its_cause_and_the_next_call_works() {
    let damages: [(Damage, Cause); 4] = [
        // Without bearer capability; with one that breaks off; with an element that has to be understood and is not.
        (|frame| replace(frame, 0x04, &[]), Cause::MandatoryElementMissing),
        (|frame| replace(frame, 0x18, &[]), Cause::MandatoryElementMissing),
        (|frame| replace(frame, 0x04, &[0x04, 0x01, 0x80]), Cause::InvalidElementContents),
        (|frame| put_first(frame, &[0x03, 0x00]), Cause::ElementUnknown),
    ];
    for (seed, (damage, cause)) in (50..).zip(damages) {
        let mut house = House::new(seed);
        house.to_box = damage;
        let (before, facts) = (house.sent.len(), house.facts.len());
        place(&mut house, 1, "62001234");
        house.until("it is refused", |house| over_with(house, 1).is_some());
        assert_eq!(over_with(&house, 1), Some(cause));
        let answers: Vec<&Vec<u8>> = house.sent[before..].iter().filter(|frame| message(frame).is_some()).collect();
        assert!(answers.len() == 1 && brings(answers[0], 0x5a), "one RELEASE COMPLETE: {answers:02x?}");
        assert_eq!(house.facts.len(), facts, "no call began");
        the_next_call_works(&mut house, 2);
    }
}

#[test]
fn a_bad_optional_element_is_complained_of_and_the_call_goes_on() {
    let mut house = House::new(60);
    // The caller's number, of no octets at all.
    house.to_box = |frame| replace(frame, 0x6c, &[0x6c, 0x00]);
    let before = house.sent.len();
    place(&mut house, 1, "62001234");
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    let status = house.sent[before..].iter().find(|frame| brings(frame, 0x7d)).expect("a STATUS was sent");
    let cause = 0x80 | Cause::InvalidElementContents.number();
    assert!(status[HEAD + 5..].starts_with(&[0x08]) && status[HEAD + 5..].contains(&cause), "{status:02x?}");
    let caller = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { role: LegRole::Caller, number, .. } => Some(number.clone()),
        _ => None,
    });
    assert_eq!(caller, Some(None), "the call goes on without the number");
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    the_next_call_works(&mut house, 2);
}

#[test]
fn both_ends_in_one_role_is_told_as_such_and_is_over_when_one_changes() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[0].role = Role::Network;
    let mut house = House::with(&board, settings, 61);
    let same_role = Alarm::SameRole { span: SPAN };
    house.until("it is noticed", |house| house.alarms.contains(&(Alarm::SameRole { span: SPAN }, true)));
    assert_eq!(house.snapshot().spans[0].link, LinkState::SameRole, "pages say so, and not only that the link is down");
    house.apply(demo_settings(&board), 2);
    house.until("it is over", |house| house.alarms.contains(&(Alarm::SameRole { span: SPAN }, false)));
    assert!(house.alarms.iter().filter(|(alarm, _)| *alarm == same_role).count() == 2, "told once, cleared once");
    assert_eq!(house.snapshot().spans[0].link, LinkState::Up);
    house.run(Duration::from_secs(5));
    the_next_call_works(&mut house, 1);
}

/// So long a cable is out before its card says RED, and some more.
const RED: Duration = Duration::from_secs(1);

/// How soon an alarm has to be told.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_loop_plug_is_told_within_five_seconds_and_is_over_when_it_is_taken_out() {
    let mut house = House::new(66);
    let cable = |cut| Operator::Fault(Fault::Cable { span: SPAN, cut });
    let told = |house: &House, raised| house.alarms.contains(&(Alarm::SpanLooped { span: SPAN }, raised));
    // The cable is taken out, and the plug put in.
    house.operate(cable(true));
    house.run(RED);
    house.looped = Some(SPAN);
    house.operate(cable(false));
    house.run(SOON);
    assert!(told(&house, true), "{:?}", house.alarms);
    assert!(!house.alarms.contains(&(Alarm::SameRole { span: SPAN }, true)), "and not taken for another exchange");
    house.operate(cable(true));
    house.run(RED);
    house.looped = None;
    house.operate(cable(false));
    house.run(SOON);
    assert!(told(&house, false), "{:?}", house.alarms);
    assert_eq!(house.snapshot().spans[0].link, LinkState::Up);
    the_next_call_works(&mut house, 1);
}

#[test]
fn a_role_conflict_is_told_within_five_seconds() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[0].role = Role::Network;
    // Three seconds pass while the box comes up.
    let mut house = House::with(&board, settings, 67);
    house.run(SOON - Duration::from_secs(3));
    assert!(house.alarms.contains(&(Alarm::SameRole { span: SPAN }, true)), "{:?}", house.alarms);
    house.apply(demo_settings(&board), 2);
    house.run(SOON);
    assert!(house.alarms.contains(&(Alarm::SameRole { span: SPAN }, false)), "{:?}", house.alarms);
}

#[test]
fn a_channel_whose_release_nobody_confirms_is_an_alarm_until_its_span_is_restarted() {
    let mut house = House::new(68);
    place(&mut house, 1, "62001234");
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    // RELEASE arrives nowhere, twice: T308. Nor does RESTART, twice: T316.
    house.from_box = |frame| {
        if brings(frame, 0x4d) || brings(frame, 0x46) {
            frame[HEAD] = 0x41
        }
    };
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(9));
    let unused = |house: &House| {
        house.snapshot().spans[0].timeslots.iter().filter(|slot| slot.state == TimeslotState::Blocked).count()
    };
    assert_eq!(unused(&house), 1);
    house.run(Duration::from_secs(260));
    let open = |house: &House| {
        let mut open: Vec<Alarm> = Vec::new();
        for (alarm, raised) in &house.alarms {
            open.retain(|held| held != alarm);
            open.extend(raised.then(|| alarm.clone()));
        }
        open
    };
    let ignored = |alarm: &Alarm| matches!(alarm, Alarm::RestartIgnored { .. });
    assert!(open(&house).iter().any(ignored), "{:?}", house.alarms);
    house.from_box = |_| ();
    assert_eq!(house.restart_span(SPAN, &[]), SpanRestart::Begun);
    house.run(Duration::from_secs(5));
    assert_eq!((open(&house), unused(&house)), (vec![], 0), "it clears itself");
    the_next_call_works(&mut house, 2);
}

/// Someone at a telephone dials an outside number.
fn dial_outside(house: &mut House) {
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("013912345678".into()));
}

fn called_leg_ended_with(house: &House) -> Option<Cause> {
    let called = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { leg, role: LegRole::Called, .. } => Some(*leg),
        _ => None,
    });
    house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegEnded { leg, cause, .. } if Some(*leg) == called => Some(*cause),
        _ => None,
    })
}

/// The call is over with a cause, the caller hangs up, and nothing is left of it.
fn ends_with(house: &mut House, wanted: Cause) {
    house.until("the call is over", |house| {
        house.facts.iter().any(|fact| matches!(fact, CallEvent::Ended { .. })) && called_leg_ended_with(house).is_some()
    });
    assert_eq!(called_leg_ended_with(house), Some(wanted));
    let ended = house.facts.iter().any(|fact| matches!(fact, CallEvent::Ended { cause, .. } if *cause == wanted));
    assert!(ended, "the call names the same cause");
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
}

#[test]
fn a_setup_that_nobody_answers_ends_after_t303_with_its_cause_and_leaves_no_channel() {
    let mut house = House::new(62);
    // The link acknowledges it, and nobody above it understands.
    house.from_box = |frame| {
        if brings(frame, 0x05) {
            frame[HEAD] = 0x41
        }
    };
    dial_outside(&mut house);
    house.until("SETUP is sent again after T303", |house| {
        house.sent.iter().filter(|frame| brings(frame, 0x05)).count() == 2
    });
    ends_with(&mut house, Cause::RecoveryOnTimerExpiry);
    the_next_call_works(&mut house, 1);
}

#[test]
fn a_call_of_which_nothing_more_is_heard_ends_after_t310_with_its_cause_and_leaves_no_channel() {
    let mut house = House::new(63);
    dial_outside(&mut house);
    // The exchange says CALL PROCEEDING, and then nothing for the two minutes of T310.
    house.run(Duration::from_secs(100));
    ends_with(&mut house, Cause::RecoveryOnTimerExpiry);
    the_next_call_works(&mut house, 1);
}

#[test]
fn a_far_end_that_answers_no_sabme_is_told_as_a_link_that_is_down_and_calls_go_nowhere() {
    let mut house = House::new(64);
    // Nothing at all comes: neither UA nor anything else.
    house.to_box = Vec::clear;
    house.until("the link is given up", |house| {
        house.alarms.iter().any(|(alarm, raised)| *alarm == Alarm::DataLinkDown { span: SPAN } && *raised)
    });
    assert_ne!(house.snapshot().spans[0].link, LinkState::Up);
    dial_outside(&mut house);
    ends_with(&mut house, Cause::NetworkOutOfOrder);
    house.to_box = |_| ();
    house.until("the link comes back", |house| house.snapshot().spans[0].link == LinkState::Up);
    the_next_call_works(&mut house, 1);
}
