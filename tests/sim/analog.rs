//! Outside lines and telephones through the whole box.

use std::{sync::Arc, time::Duration};

use analog::plan::{CallerIdSignal, Country};
use call::{AnswerEvidence, CallEvent, Endpoint, ReleaseEvidence, ReleaseTone, Side};
use dsp::{
    caller_id::{self, CallerId, Signal, Withheld},
    dtmf::{self, DtmfDigit},
    tone::Playing,
};
use frame::{LaneId, Law};
use isdn::Cause;
use line::Cadence;
use ringfence::journal::{Alarm, PortFault};
use settings::{Applied, CardKind};
use sim::{Act, HandsetAct, LineAct, Operator, Release, Telling, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings, voice},
    spandsp::{class_message, keys, seldom, tones},
};

/// China's ringing.
pub const RING: Cadence = Cadence { steps_ms: [(1000, 4000), (0, 0)], phase_ms: 0 };

/// The lane of an outside line, from 1.
pub fn outside(house: &House, position: u8) -> LaneId {
    let mut jacks = house.layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxo);
    jacks.find(|jack| jack.port.position == position).unwrap().lane
}

pub fn line(house: &mut House, lane: LaneId, act: LineAct) {
    house.operate(Operator::Line(lane, act));
}

/// The port of a lane.
fn port_of(house: &House, lane: LaneId) -> frame::PortId {
    house.layout.jacks.iter().find(|jack| jack.lane == lane).unwrap().port
}

/// A caller on an outside line gets through the menu to telephone 3, and both talk.
pub fn talk_with_a_caller(house: &mut House, caller: LaneId) -> LaneId {
    line(house, caller, LineAct::Ring(RING));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.run(Duration::from_millis(500));
    house.party(caller, Act::Press("1".into()));
    house.until_fact("a telephone rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
    house.run(Duration::from_secs(2));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(200));
    house.telephone(3)
}

#[test]
fn a_caller_on_an_outside_line_talks_is_recorded_and_hangs_up_by_a_dropped_battery() {
    let mut house = House::new(21);
    let caller = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, caller);
    house.party(telephone, Act::Listen);
    house.party(caller, Act::Listen);
    house.says(caller, voice(1, 24_000));
    house.says(telephone, voice(2, 24_000));
    house.run(Duration::from_secs(4));
    assert!(contains(&house.heard(telephone), &voice(1, 24_000)), "sample for sample");
    assert!(contains(&house.heard(caller), &voice(2, 24_000)), "sample for sample");

    line(&mut house, caller, LineAct::HangUp(Release::BatteryDrop));
    house.until_fact("it is known why", |fact| {
        matches!(fact, CallEvent::FarEndGone { evidence: ReleaseEvidence::BatteryDrop, .. })
    });
    assert!(
        house
            .facts
            .iter()
            .any(|fact| { matches!(fact, CallEvent::Ended { cause: Cause::NormalClearing, by: Side::Caller, .. }) })
    );
    assert!(house.told.iter().any(|event| event.told == Told::LineReleased(caller)), "the box opens its loop");
    house.handset(3, HandsetAct::HangUp);
    // The agent's wrap-up.
    house.run(Duration::from_secs(8));
    house.assert_at_rest();

    let began = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { endpoint: Endpoint::OutsideLine { port, group }, .. } => Some((*port, group.clone())),
        _ => None,
    });
    assert_eq!(began.unwrap().1, "外线");
    let recording = house.open(&house.objects[0].clone());
    let voices = &recording.parts[0].voices;
    assert!(contains(&voices[0].octets, &voice(1, 24_000)), "the caller's track");
    assert!(contains(&voices[1].octets, &voice(2, 24_000)), "the agent's track");
}

#[test]
fn a_caller_who_hears_nobody_in_the_queue_gives_up_and_the_line_takes_the_next_one() {
    let mut house = House::new(22);
    let caller = outside(&house, 2);
    line(&mut house, caller, LineAct::Ring(RING));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    line(&mut house, caller, LineAct::HangUp(Release::BatteryDrop));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Caller, .. }));
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    line(&mut house, caller, LineAct::Ring(RING));
    house.until_fact("the next caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
}

#[test]
fn after_a_callers_last_ring_it_rings_in_the_house_for_six_seconds_and_then_nobody_rings_on() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[1].otherwise = Some(settings::Target::Station("801".into()));
    let mut house = House::with(&board, settings, 60);
    let (far, called) = (outside(&house, 1), house.telephone(1));
    let sounds = |house: &House| house.told.iter().filter(|event| event.told == Told::RingerSounds(called)).count();
    line(&mut house, far, LineAct::Ring(RING));
    house.until("the telephone rings", |house| sounds(house) == 1);
    house.run(Duration::from_secs(2));
    // The caller's second ring is over by now.
    line(&mut house, far, LineAct::StopRinging);
    let gave_up = house.now;
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Caller, .. }));
    let after = house.now.since(gave_up);
    assert!(after < Duration::from_millis(6100), "no second ring for 6 s is the end: {after:?}");
    assert!(after > Duration::from_secs(4), "and no sooner: {after:?}");
    let rung = sounds(&house);
    house.run(Duration::from_secs(12));
    assert_eq!(sounds(&house), rung, "nobody rings on");
    assert!(!house.told.iter().any(|event| event.told == Told::LineAnswered(far)), "and nobody answered");
    house.assert_at_rest();
    line(&mut house, far, LineAct::Ring(RING));
    house.until("the next caller rings it", |house| sounds(house) > rung);
}

#[test]
fn a_cable_that_is_pulled_out_in_a_talk_ends_it_and_the_line_is_not_fed_until_it_is_in_again() {
    let mut house = House::new(61);
    let caller = outside(&house, 1);
    let dead = Alarm::NoBattery { port: port_of(&house, caller) };
    let telephone = talk_with_a_caller(&mut house, caller);
    house.says(caller, voice(1, 16_000));
    house.run(Duration::from_secs(2));
    house.party(telephone, Act::Listen);
    line(&mut house, caller, LineAct::Cable { there: false });
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Caller, .. }));
    assert_eq!(release(&house), Some(ReleaseEvidence::BatteryDrop));
    house.run(Duration::from_secs(3));
    assert!(tones(&house.heard(telephone)).contains(&"busy"), "who was left hears that");
    assert!(house.alarms.contains(&(dead.clone(), true)), "{:?}", house.alarms);
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    assert!(contains(&recording.parts[0].voices[0].octets, &voice(1, 16_000)), "the recording is whole");
    line(&mut house, caller, LineAct::Cable { there: true });
    house.run(Duration::from_secs(1));
    assert!(house.alarms.contains(&(dead, false)), "{:?}", house.alarms);
    line(&mut house, caller, LineAct::Ring(RING));
    house.until_fact("the next caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
}

/// The numbers that the box dialled on a line, in order.
pub fn dialled(house: &House, lane: LaneId) -> String {
    let digit = |event: &sim::OperatorEvent| match event.told {
        Told::LineDialled { lane: of, digit } if of == lane => Some(digit),
        _ => None,
    };
    house.told.iter().filter_map(digit).collect()
}

/// Telephone 1 calls a number outside; the box seizes a line and dials it.
fn call_out(house: &mut House, number: &str) {
    let telephone = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(telephone, Act::Press(number.into()));
}

fn answer(house: &House) -> Option<AnswerEvidence> {
    house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegAnswered { evidence, .. } if *evidence != AnswerEvidence::OffHook => Some(*evidence),
        _ => None,
    })
}

/// The evidence for the release of an outside line.
fn release(house: &House) -> Option<ReleaseEvidence> {
    house.facts.iter().find_map(|fact| match fact {
        CallEvent::FarEndGone { evidence, .. } => Some(*evidence),
        _ => None,
    })
}

#[test]
fn a_call_out_waits_for_dial_tone_dials_is_heard_before_the_answer_and_ends_by_busy_tone() {
    let mut house = House::new(23);
    let (telephone, far) = (house.telephone(1), outside(&house, 1));
    house.party(far, Act::Listen);
    call_out(&mut house, "913912345678");
    house.until("the number is dialled", |house| dialled(house, far).len() == 11);
    assert_eq!(dialled(&house, far), "13912345678");
    house.run(Duration::from_millis(300));
    assert_eq!(keys(&house.heard(far)), "13912345678", "in SpanDSP's ears, too");
    house.party(telephone, Act::Listen);
    line(&mut house, far, LineAct::Ringback);
    house.run(Duration::from_secs(6));
    let ringback = house.heard(telephone);
    assert!(ringback.iter().any(|&octet| octet != 0xd5), "the caller hears the exchange's own ringback");
    assert_eq!(answer(&house), None, "ringback is no answer");

    line(&mut house, far, LineAct::Answer { polarity: false });
    house.party(telephone, Act::Listen);
    house.says(far, voice(7, 8000));
    house.until_fact("a voice is an answer", |fact| {
        matches!(fact, CallEvent::LegAnswered { evidence: AnswerEvidence::Voice, .. })
    });
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(telephone), &voice(7, 8000)), "from the first word on");

    line(&mut house, far, LineAct::HangUp(Release::BusyTone));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Called, .. }));
    let evidence = release(&house);
    assert!(
        matches!(
            evidence,
            Some(ReleaseEvidence::Tone { tone: ReleaseTone::Busy, cycles: 3, hz: 450, level_dbm0: -10 })
        ),
        "{evidence:?}"
    );
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(5));
    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    let said = &recording.parts[0].voices[1].octets;
    assert!(contains(said, &voice(7, 8000)), "the far end's track has the first word, too");
}

#[test]
fn an_answer_without_a_word_is_assumed_after_a_time_and_no_busy_tone_keeps_the_line() {
    let mut house = House::new(24);
    let far = outside(&house, 1);
    call_out(&mut house, "913912345678");
    house.until("the number is dialled", |house| dialled(house, far).len() == 11);
    line(&mut house, far, LineAct::Answer { polarity: false });
    house.until_fact("an answer is assumed", |fact| matches!(fact, CallEvent::Bridged { .. }));
    assert_eq!(answer(&house), Some(AnswerEvidence::Assumed));
    house.handset(1, HandsetAct::HangUp);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Caller, .. }));
    assert!(house.told.iter().any(|event| event.told == Told::LineReleased(far)));
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_telephone_that_rings_for_a_minute_has_not_answered() {
    let mut house = House::new(28);
    let far = outside(&house, 1);
    call_out(&mut house, "913912345678");
    house.until("the number is dialled", |house| dialled(house, far).len() == 11);
    line(&mut house, far, LineAct::Ringback);
    house.run(Duration::from_secs(60));
    assert_eq!(answer(&house), None);
    line(&mut house, far, LineAct::Answer { polarity: false });
    house.run(Duration::from_secs(5));
    assert_eq!(answer(&house), None, "another ringback might still come");
    house.until_fact("an answer is assumed", |fact| matches!(fact, CallEvent::Bridged { .. }));
    assert_eq!(answer(&house), Some(AnswerEvidence::Assumed));
}

#[test]
fn a_called_party_who_is_busy_is_told_as_busy_before_any_answer() {
    let mut house = House::new(25);
    let far = outside(&house, 1);
    call_out(&mut house, "913912345678");
    house.until("the number is dialled", |house| dialled(house, far).len() == 11);
    line(&mut house, far, LineAct::HangUp(Release::BusyTone));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    assert!(matches!(house.facts.last(), Some(CallEvent::Ended { cause: Cause::UserBusy, .. })), "{:?}", house.facts);
    assert_eq!(answer(&house), None);
}

#[test]
fn congestion_sends_the_call_over_the_next_line() {
    let mut house = House::new(26);
    let (first, second) = (outside(&house, 1), outside(&house, 2));
    call_out(&mut house, "913912345678");
    house.until("the number is dialled", |house| dialled(house, first).len() == 11);
    line(&mut house, first, LineAct::HangUp(Release::Tone(Country::Cn.plan().tones.congestion)));
    house.until("the next line is tried", |house| dialled(house, second).len() == 11);
    assert!(matches!(release(&house), Some(ReleaseEvidence::Tone { tone: ReleaseTone::Congestion, .. })));
    let placed = house.facts.iter().filter(|fact| matches!(fact, CallEvent::LegPlaced { .. })).count();
    assert_eq!(placed, 2, "both lines are in the story");
}

#[test]
fn in_a_glare_the_caller_who_comes_in_keeps_the_line_and_the_call_out_takes_the_next() {
    let mut house = House::new(27);
    let (first, second) = (outside(&house, 1), outside(&house, 2));
    call_out(&mut house, "913912345678");
    house.until("the line is seized", |house| house.told.iter().any(|event| event.told == Told::LineSeized(first)));
    line(&mut house, first, LineAct::Ring(RING));
    house.until_fact("the caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.party(first, Act::Listen);
    house.run(Duration::from_millis(500));
    assert!(contains(&house.heard(first), &[0x55; 2000]), "the caller hears the prompt on the seized line");
    house.until("the call out has another line", |house| dialled(house, second).len() == 11);
    assert_eq!(dialled(&house, first), "");
}

#[test]
fn an_emergency_call_takes_the_only_line_from_a_call_within_five_seconds() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks.retain(|group| group.name == "外线");
    settings.trunks[0].ports.truncate(1);
    let mut house = House::with(&board, settings, 28);
    let far = outside(&house, 1);
    let _ = talk_with_a_caller(&mut house, far);
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("120".into()));
    house.until_fact("the other call gives way", |fact| matches!(fact, CallEvent::Preempted { .. }));
    house.run(Duration::from_secs(5));
    assert_eq!(dialled(&house, far), "120");
}

#[test]
fn an_emergency_call_takes_the_line_of_who_talks_within_five_seconds_before_one_that_is_not_fed() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks.retain(|group| group.name == "外线");
    settings.trunks[0].ports.truncate(2);
    let mut house = House::with(&board, settings, 29);
    let (first, second) = (outside(&house, 1), outside(&house, 2));
    line(&mut house, first, LineAct::Cable { there: false });
    let _ = talk_with_a_caller(&mut house, second);
    let caller = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("120".into()));
    house.until_fact("the other call gives way", |fact| matches!(fact, CallEvent::Preempted { .. }));
    house.run(Duration::from_secs(5));
    assert_eq!(dialled(&house, second), "120");
    assert_eq!(seized(&house, first), 0);
}

/// How often the box seized a line.
fn seized(house: &House, lane: LaneId) -> usize {
    house.told.iter().filter(|event| event.told == Told::LineSeized(lane)).count()
}

/// A number and name as an exchange sends them.
fn message(caller: &CallerId, signal: Signal) -> Arc<[u8]> {
    let mut generator = caller_id::Generator::new(caller, signal, Law::A);
    let mut octets = Vec::new();
    loop {
        let mut tick = [0; 80];
        let playing = generator.process(&mut tick);
        octets.extend(tick);
        if playing == Playing::Ended {
            return octets.into();
        }
    }
}

/// Digits as an exchange sends them.
fn digits(text: &str) -> Arc<[u8]> {
    let mut generator = dtmf::Generator::new(Country::Cn.plan().dtmf, Law::A);
    assert!(text.chars().filter_map(DtmfDigit::of_char).all(|digit| generator.push(digit)));
    let mut octets = Vec::new();
    loop {
        let mut tick = [0; 80];
        let playing = generator.process(&mut tick);
        octets.extend(tick);
        if playing == Playing::Ended {
            return octets.into();
        }
    }
}

pub fn cn_signal() -> Signal {
    match Country::Cn.plan().caller_id.signal {
        CallerIdSignal::Fsk(signal) => signal,
        CallerIdSignal::Dtmf(_) => unreachable!("China's telephones have a modem"),
    }
}

/// The number of the caller on an outside line, once the call is there.
fn calling(house: &mut House) -> Option<String> {
    house.until_fact("the call is there", |fact| matches!(fact, CallEvent::LegBegan { .. }));
    house.facts.iter().rev().find_map(|fact| match fact {
        CallEvent::LegBegan { number, endpoint: Endpoint::OutsideLine { .. }, .. } => {
            Some(number.as_ref().map(|number| number.as_str().to_owned()))
        }
        _ => None,
    })?
}

#[test]
fn who_calls_on_an_outside_line_is_known_by_modem_or_by_digits_before_or_after_the_first_ring() {
    let by_modem = message(&CallerId::of_number("01082345678"), cn_signal());
    let by_digits = digits("D01082345678C");
    let reversal = Telling::BeforeRing { reversal: true };
    for (seed, message, when) in [
        (31, &by_modem, Telling::AfterFirstRing),
        (32, &by_modem, reversal),
        (33, &by_digits, reversal),
        (34, &by_digits, Telling::AfterFirstRing),
    ] {
        let mut house = House::new(seed);
        let far = outside(&house, 1);
        line(&mut house, far, LineAct::RingAndTell { cadence: RING, message: Arc::clone(message), when });
        assert_eq!(calling(&mut house).as_deref(), Some("01082345678"), "{when:?}");
        line(&mut house, far, LineAct::HangUp(Release::BatteryDrop));
        house.run(Duration::from_secs(10));
        house.assert_at_rest();
    }
}

#[test]
fn who_calls_with_a_ring_of_two_bursts_is_known_in_the_silence_after_the_second() {
    let message = message(&CallerId::of_number("01082345678"), cn_signal());
    let mut house = House::new(30);
    let far = outside(&house, 1);
    let cadence = Cadence { steps_ms: [(400, 200), (400, 4000)], phase_ms: 0 };
    line(&mut house, far, LineAct::RingAndTell { cadence, message, when: Telling::AfterFirstRing });
    assert_eq!(calling(&mut house).as_deref(), Some("01082345678"));
}

#[test]
fn a_message_damaged_on_the_line_leaves_a_call_without_a_number() {
    let mut damaged = message(&CallerId::of_number("01082345678"), cn_signal()).to_vec();
    damaged[3900..3950].fill(0xd5);
    let mut house = House::new(35);
    let far = outside(&house, 1);
    line(
        &mut house,
        far,
        LineAct::RingAndTell { cadence: RING, message: damaged.into(), when: Telling::AfterFirstRing },
    );
    assert_eq!(calling(&mut house), None);
    house.until_fact("the caller hears the menu all the same", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
}

#[test]
fn a_telephone_is_told_who_calls_in_the_silence_after_its_own_first_ring_with_the_name_of_the_house() {
    let mut house = House::new(36);
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.party(called, Act::Listen);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("the telephone rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.until("it pauses", |house| house.told.iter().any(|event| event.told == Told::RingerSilent(called)));
    house.run(Duration::from_millis(490));
    let before = house.heard(called);
    assert!(before.iter().all(|&octet| octet == 0xd5), "half a second of silence comes first");
    house.party(called, Act::Listen);
    house.run(Duration::from_secs(3));
    // 801, and 急诊台 in GBK, as SpanDSP reads it.
    assert_eq!(class_message(&house.heard(called)), "message 80\n02 383031\n07 bcb1d5efcca8\n");
    house.handset(2, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(2, HandsetAct::HangUp);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_caller_who_hides_and_one_whom_the_network_does_not_know_are_shown_as_such() {
    let exchange = |private: bool| {
        let why = if private { Withheld::Private } else { Withheld::Unavailable };
        let caller = CallerId { time: None, number: Err(why), name: Err(Withheld::Unavailable) };
        (caller, why)
    };
    for (seed, private) in [(37, true), (38, false)] {
        let board = demo_board();
        let mut settings = demo_settings(&board);
        settings.trunks[1].otherwise = Some(settings::Target::Station("801".into()));
        let mut house = House::with(&board, settings, seed);
        let (far, called) = (outside(&house, 1), house.telephone(1));
        let (caller, why) = exchange(private);
        house.party(called, Act::Listen);
        let message = message(&caller, cn_signal());
        line(&mut house, far, LineAct::RingAndTell { cadence: RING, message, when: Telling::AfterFirstRing });
        house.until_fact("the telephone rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
        house.run(Duration::from_secs(8));
        // Why there is no number, as SpanDSP reads it: P or O.
        let read = class_message(&house.heard(called));
        assert!(read.lines().any(|field| field == if private { "04 50" } else { "04 4f" }), "{why:?}: {read}");
    }
}

#[test]
fn a_telephone_lifted_during_the_message_hears_its_caller_and_nothing_of_the_message() {
    let mut house = House::new(39);
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("it pauses", |house| house.told.iter().any(|event| event.told == Told::RingerSilent(called)));
    house.run(Duration::from_millis(700));
    house.handset(2, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(100));
    house.party(called, Act::Listen);
    house.run(Duration::from_secs(2));
    assert!(house.heard(called).iter().all(|&octet| octet == 0xd5));
}

/// A house whose outside lines are as `lines` says.
fn house_with(seed: u64, lines: settings::OutsideLines) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[1].lines = lines;
    House::with(&board, settings, seed)
}

#[test]
fn where_the_carrier_turns_the_polarity_answer_and_release_are_known_by_it() {
    let lines = settings::OutsideLines { polarity_supervision: true, ..Default::default() };
    let mut house = house_with(51, lines);
    let far = outside(&house, 1);
    call_out(&mut house, "913912345678");
    house.until("the number is dialled", |house| dialled(house, far).len() == 11);
    house.run(Duration::from_secs(1));
    line(&mut house, far, LineAct::Answer { polarity: true });
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    assert_eq!(answer(&house), Some(AnswerEvidence::Polarity));
    line(&mut house, far, LineAct::HangUp(Release::Polarity));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Called, .. }));
    assert_eq!(release(&house), Some(ReleaseEvidence::Polarity));
}

#[test]
fn where_the_carrier_turns_the_polarity_no_music_before_it_is_an_answer() {
    let lines = settings::OutsideLines { polarity_supervision: true, ..Default::default() };
    let mut house = house_with(57, lines);
    let far = outside(&house, 1);
    call_out(&mut house, "913912345678");
    house.until("the number is dialled", |house| dialled(house, far).len() == 11);
    // In place of ringback, for as long as somebody may take to the telephone.
    house.says(far, voice(7, 160_000));
    house.run(Duration::from_secs(20));
    assert_eq!(answer(&house), None);
    line(&mut house, far, LineAct::Answer { polarity: true });
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    assert_eq!(answer(&house), Some(AnswerEvidence::Polarity));
    house.run(Duration::from_secs(20));
    assert_eq!(release(&house), None);
}

#[test]
fn a_line_of_an_old_exchange_is_dialled_by_pulses_without_waiting_for_dial_tone() {
    let dialling = settings::Dialling::Pulse;
    let lines = settings::OutsideLines { dialling, wait_for_dial_tone: false, ..Default::default() };
    let mut house = house_with(52, lines);
    let far = outside(&house, 1);
    call_out(&mut house, "934030");
    house.until("the number is dialled", |house| dialled(house, far).len() == 5);
    assert_eq!(dialled(&house, far), "34030");
    house.until_fact("an answer is assumed", |fact| matches!(fact, CallEvent::Bridged { .. }));
}

#[test]
fn a_line_that_gives_two_calls_no_dial_tone_is_an_alarm_until_it_gives_one() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[1].ports.truncate(1);
    let mut house = House::with(&board, settings, 58);
    let far = outside(&house, 1);
    let port = port_of(&house, far);
    let dead = Alarm::PortBad { port, fault: PortFault::NoDialTone };
    let raised = |house: &House| house.alarms.iter().rev().find(|(told, _)| *told == dead).map(|(_, raised)| *raised);
    let calls = |house: &mut House| {
        call_out(house, "934030");
        house.run(Duration::from_secs(12));
        house.handset(1, HandsetAct::HangUp);
        house.run(Duration::from_secs(3));
    };
    line(&mut house, far, LineAct::Bar { barred: true });
    calls(&mut house);
    assert_eq!(raised(&house), None, "somebody may just have hung up at a telephone of the same pair");
    calls(&mut house);
    assert_eq!(raised(&house), Some(true));
    line(&mut house, far, LineAct::Bar { barred: false });
    calls(&mut house);
    assert_eq!(raised(&house), Some(false));
}

#[test]
fn a_line_that_is_known_to_be_dead_is_left_for_the_last_and_tried_where_no_other_is_left() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[1].ports.truncate(2);
    let mut house = House::with(&board, settings, 59);
    let (first, second) = (outside(&house, 1), outside(&house, 2));
    let calls = |house: &mut House| {
        call_out(house, "934030");
        house.run(Duration::from_secs(14));
        house.handset(1, HandsetAct::HangUp);
        house.run(Duration::from_secs(3));
        (seized(house, first), seized(house, second))
    };
    line(&mut house, first, LineAct::Bar { barred: true });
    assert_eq!(calls(&mut house), (1, 1));
    assert_eq!(calls(&mut house), (2, 2));
    assert_eq!(calls(&mut house), (2, 3), "two in a row met no dial tone on the first one");
    line(&mut house, first, LineAct::Bar { barred: false });
    line(&mut house, second, LineAct::Cable { there: false });
    assert_eq!(calls(&mut house), (3, 3), "the other one is not fed");
    line(&mut house, second, LineAct::Cable { there: true });
    assert_eq!(calls(&mut house), (4, 3), "it gave dial tone");
}

#[test]
fn behind_a_private_exchange_its_prefix_is_dialled_first_and_two_seconds_are_waited_for_each_comma() {
    let lines = settings::OutsideLines { dial_first: "9,".into(), ..Default::default() };
    let mut house = house_with(57, lines);
    let far = outside(&house, 1);
    call_out(&mut house, "934030");
    house.until("the number is dialled", |house| dialled(house, far).len() == 6);
    assert_eq!(dialled(&house, far), "934030", "its 9, and the number behind the box's own");
    let at =
        |nth| house.told.iter().filter(|event| matches!(event.told, Told::LineDialled { .. })).nth(nth).unwrap().at;
    let pause = at(1).since(at(0));
    assert!((1900..=2500).contains(&pause.as_millis()), "{pause:?}");
    assert!(at(2).since(at(1)) < Duration::from_millis(500), "and no other pause");
    let port = port_of(&house, far);
    line(&mut house, far, LineAct::HangUp(Release::BatteryDrop));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(10));
    house.told.clear();
    house.test_port(port).unwrap();
    house.run(Duration::from_secs(10));
    assert_eq!(dialled(&house, far).len(), 1, "a test dials its digit alone");
}

/// When each digit was dialled on a line.
fn dialled_at(house: &House, lane: LaneId) -> Vec<frame::Time> {
    let of = |event: &&sim::OperatorEvent| matches!(event.told, Told::LineDialled { lane: of, .. } if of == lane);
    house.told.iter().filter(of).map(|event| event.at).collect()
}

#[test]
fn behind_a_private_exchange_its_second_dial_tone_is_waited_for_and_spandsp_reads_what_is_dialled_there() {
    let lines = settings::OutsideLines { dial_first: "9w".into(), ..Default::default() };
    let mut house = house_with(60, lines);
    let far = outside(&house, 1);
    let tone_after = Some(Duration::from_secs(3));
    line(&mut house, far, LineAct::PrivateExchange { prefix: '9', tone_after });
    house.party(far, Act::Listen);
    call_out(&mut house, "934030");
    house.until("the number is dialled", |house| dialled(house, far).len() == 6);
    house.run(Duration::from_millis(300));
    assert_eq!(keys(&house.heard(far)), "934030", "in SpanDSP's ears");
    let at = dialled_at(&house, far);
    let pause = at[1].since(at[0]);
    assert!((3700..=4500).contains(&pause.as_millis()), "3 s, and 0.8 s to be certain of it: {pause:?}");
}

#[test]
fn where_a_private_exchange_gives_no_second_dial_tone_nothing_is_dialled_there_and_the_next_line_is_tried() {
    let lines = settings::OutsideLines { dial_first: "9w".into(), ..Default::default() };
    let mut house = house_with(61, lines);
    let (first, next) = (outside(&house, 1), outside(&house, 2));
    line(&mut house, first, LineAct::PrivateExchange { prefix: '9', tone_after: None });
    line(&mut house, next, LineAct::PrivateExchange { prefix: '9', tone_after: Some(Duration::ZERO) });
    house.party(first, Act::Listen);
    call_out(&mut house, "934030");
    house.until("the number is dialled", |house| dialled(house, next).len() == 6);
    assert_eq!(keys(&house.heard(first)), "9", "in SpanDSP's ears");
    assert_eq!(dialled(&house, next), "934030");
}

#[test]
fn where_numbers_are_pulsed_the_second_dial_tone_is_waited_for_as_well() {
    let dialling = settings::Dialling::Pulse;
    let lines = settings::OutsideLines { dialling, dial_first: "9w".into(), ..Default::default() };
    let mut house = house_with(62, lines);
    let far = outside(&house, 1);
    line(&mut house, far, LineAct::PrivateExchange { prefix: '9', tone_after: Some(Duration::from_secs(3)) });
    call_out(&mut house, "934030");
    house.until("the number is dialled", |house| dialled(house, far).len() == 6);
    assert_eq!(dialled(&house, far), "934030");
    let at = dialled_at(&house, far);
    assert!((4000..=6000).contains(&at[1].since(at[0]).as_millis()), "3 s, 0.8 s, and three pulses");
}

#[test]
fn who_calls_may_be_told_in_digits_before_the_ring_without_any_sign_of_it() {
    let lines = settings::OutsideLines { caller_id_before_ring: true, ..Default::default() };
    let mut house = house_with(53, lines);
    let far = outside(&house, 1);
    let (message, when) = (digits("D01082345678C"), Telling::BeforeRing { reversal: false });
    line(&mut house, far, LineAct::RingAndTell { cadence: RING, message, when });
    assert_eq!(calling(&mut house).as_deref(), Some("01082345678"));
}

#[test]
fn a_handset_left_off_hears_busy_then_the_howler_and_is_then_unavailable_until_it_is_put_down() {
    let mut house = House::new(54);
    let telephone = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(16));
    house.party(telephone, Act::Listen);
    house.run(Duration::from_secs(5));
    let busy = tones(&house.heard(telephone));
    assert!(!busy.is_empty() && busy.iter().all(|tone| *tone == "busy"), "in SpanDSP's ears: {busy:?}");
    house.run(Duration::from_secs(16));
    house.party(telephone, Act::Listen);
    house.run(Duration::from_secs(3));
    assert_eq!(seldom(&house.heard(telephone)), ["howler"]);
    let alarm = Alarm::LeftOffHook { port: port_of(&house, telephone) };
    assert!(!house.alarms.contains(&(alarm.clone(), true)));
    house.run(Duration::from_secs(60));
    assert!(house.alarms.contains(&(alarm.clone(), true)), "{:?}", house.alarms);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    assert!(house.alarms.contains(&(alarm, false)));
}

#[test]
fn an_outside_line_without_battery_is_an_alarm_that_names_it_until_the_cable_is_in_again() {
    let mut house = House::new(57);
    house.run(Duration::from_secs(1));
    let alarm = Alarm::NoBattery { port: "SIM-FXO.2".parse().unwrap() };
    assert!(!house.alarms.iter().any(|(alarm, _)| matches!(alarm, Alarm::NoBattery { .. })), "{:?}", house.alarms);
    let pulled = outside(&house, 2);
    line(&mut house, pulled, LineAct::Cable { there: false });
    house.run(Duration::from_millis(100));
    assert_eq!(house.alarms.last(), Some(&(alarm.clone(), true)));
    line(&mut house, pulled, LineAct::Cable { there: true });
    house.run(Duration::from_millis(100));
    assert_eq!(house.alarms.last(), Some(&(alarm, false)));
    let caller = outside(&house, 2);
    talk_with_a_caller(&mut house, caller);
}

#[test]
fn a_hang_up_is_heard_after_the_countrys_flash_time_or_the_stations_own_which_holds_at_once() {
    let mut house = House::new(56);
    assert_eq!(hang_up_is_heard_after(&mut house), Duration::from_millis(u64::from(Country::Cn.plan().flash.max_ms)));
    let mut settings = demo_settings(&demo_board());
    settings.stations[0].flash_ms = Some(400);
    assert_eq!(house.apply(settings, 2), (Applied::Applied, Applied::Applied));
    assert_eq!(hang_up_is_heard_after(&mut house), Duration::from_millis(400));
}

/// Dials a digit at telephone 1 and puts it down; how long the box takes to hear of it, in ticks of 10 ms.
fn hang_up_is_heard_after(house: &mut House) -> Duration {
    let ended = |house: &House| house.facts.iter().filter(|fact| matches!(fact, CallEvent::Ended { .. })).count();
    let before = ended(house);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(house.telephone(1), Act::Press("8".into()));
    house.run(Duration::from_secs(1));
    let down = house.now;
    house.handset(1, HandsetAct::HangUp);
    house.until("the hang-up is heard", |house| ended(house) > before);
    let took = house.now.since(down).as_millis() / 10 * 10;
    house.run(Duration::from_secs(3));
    Duration::from_millis(took as u64)
}

#[test]
fn a_hook_flash_in_a_call_changes_nothing_for_either_party() {
    let mut house = House::new(55);
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(called)));
    house.handset(2, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    let facts = house.facts.len();
    for ms in [100, 600] {
        house.handset(1, HandsetAct::Flash { ms });
        house.run(Duration::from_secs(3));
    }
    assert_eq!(house.facts.len(), facts, "{:?}", &house.facts[facts..]);
    house.party(called, Act::Listen);
    house.says(caller, voice(3, 4000));
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(called), &voice(3, 4000)));
}
