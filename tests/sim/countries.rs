//! Houses of the other countries: a call in and one out over an outside line whose exchange is the country's. What the box
//! sends and plays is read by SpanDSP, a program that is not ours, and so are the callers whom the exchange tells.

use std::time::Duration;

use analog::plan::Country;
use call::{AnswerEvidence, CallEvent, ReleaseEvidence, Side};
use dsp::tone::TonePlan;
use frame::LaneId;
use isdn::Cause;
use line::Cadence;
use settings::Target;
use sim::{Act, HandsetAct, LineAct, Release, Say, Telling, Told};

use crate::{
    analog::{line, outside},
    house::{House, demo_board, demo_settings, voice},
    spandsp::{heard_as, message_by, sent_by},
};

/// A country: its tones as SpanDSP is told them, and the modem by which its telephones are told who calls.
struct Abroad {
    name: settings::Country,
    country: Country,
    dial: &'static str,
    ringback: &'static str,
    busy: &'static str,
    number: &'static str,
    modem: &'static str,
    /// Its time zone, and the day and the hour there, of which 00:00 of 23 November is in Greenwich.
    zone: &'static str,
    moment: &'static str,
    telling: Telling,
}

const ABROAD: [Abroad; 3] = [
    Abroad {
        name: settings::Country::Us,
        country: Country::Us,
        zone: "America/New_York",
        moment: "3131323231393030",
        dial: "350+440:1500-0",
        ringback: "440+480:1800-2200,0+0:3600-4400",
        busy: "480+620:450-550,0+0:450-550",
        number: "950+0:290-370,1400+0:290-370,1800+0:290-370",
        modem: "class",
        telling: Telling::AfterFirstRing,
    },
    Abroad {
        name: settings::Country::Uk,
        country: Country::Uk,
        zone: "Europe/London",
        moment: "3131323330303030",
        dial: "350+440:1500-0",
        ringback: "400+450:350-450,0+0:150-250",
        busy: "400+0:330-420,0+0:330-420",
        number: "950+0:290-370,1400+0:290-370,1800+0:290-370",
        modem: "clip",
        telling: Telling::BeforeRing { reversal: true },
    },
    Abroad {
        name: settings::Country::De,
        country: Country::De,
        zone: "Europe/Berlin",
        moment: "3131323330313030",
        dial: "425+0:1500-0",
        ringback: "425+0:900-1100,0+0:3600-4400",
        busy: "425+0:430-530,0+0:430-530",
        number: "950+0:290-370,1400+0:290-370,1800+0:290-370",
        modem: "clip",
        telling: Telling::AfterFirstRing,
    },
];

/// A house there. Callers of its outside lines reach 801.
fn house(of: &Abroad, seed: u64) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.country = of.name;
    settings.time_zone = Some(of.zone.into());
    settings.trunks[1].otherwise = Some(Target::Station("801".into()));
    House::with(&board, settings, seed)
}

/// The exchange's tone on a line.
fn sends(house: &mut House, far: LaneId, tone: TonePlan) {
    house.party(far, Act::Say(Say::Tone(tone)));
}

/// Which of the country's tones are heard at a telephone from now on.
fn hears(house: &mut House, lane: LaneId, of: &Abroad, time: Duration) -> Vec<&'static str> {
    house.party(lane, Act::Listen);
    house.run(time);
    let tones = [(of.dial, "dial"), (of.ringback, "ringback"), (of.busy, "busy"), (of.number, "number")];
    // One by one: SpanDSP takes frequencies of several tones that are near each other for one.
    let heard = house.heard(lane);
    tones.iter().filter(|tone| !heard_as(&heard, &[**tone]).is_empty()).map(|(_, name)| *name).collect()
}

fn told(house: &House, told: &Told) -> bool {
    house.told.iter().any(|event| event.told == *told)
}

/// A call in: the exchange tells who calls, the telephone rings as there, and is told in its turn.
fn calls_in(of: &Abroad, seed: u64) {
    let mut house = house(of, seed);
    let (far, called) = (outside(&house, 1), house.telephone(1));
    let message = sent_by(&["encode", of.modem, "02079460000", "NURSES"]);
    let plan = of.country.plan();
    let cadence = Cadence { steps_ms: plan.ring().steps_ms, phase_ms: 0 };
    house.party(called, Act::Listen);
    line(&mut house, far, LineAct::RingAndTell { cadence, message, when: of.telling });
    let known = |fact: &CallEvent| matches!(fact, CallEvent::LegBegan { number: Some(number), .. } if number.as_str() == "02079460000");
    house.until_fact("the caller is known", known);
    house.until("the telephone rings", |house| told(house, &Told::RingerSounds(called)));
    house.run(Duration::from_secs(5));
    let read = message_by(of.modem, &house.heard(called));
    assert!(read.contains("3032303739343630303030"), "{:?}: 02079460000 is in {read:?}", of.country);
    assert!(read.contains(&format!("01 {}", of.moment)), "{:?}: {} is in {read:?}", of.country, of.moment);
    house.handset(1, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    line(&mut house, far, LineAct::HangUp(Release::Tone(plan.tones.busy)));
    house.until_fact("busy tone is the end", |fact| {
        matches!(fact, CallEvent::FarEndGone { evidence: ReleaseEvidence::Tone { .. }, .. })
    });
    let heard = hears(&mut house, called, of, Duration::from_secs(4));
    assert!(heard.contains(&"busy"), "{:?}: {heard:?}", of.country);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(4));
    house.assert_at_rest();
}

/// A call out: the exchange's dial tone is waited for, its busy tone ends the call.
fn calls_out(of: &Abroad, seed: u64) {
    let mut house = house(of, seed);
    let (far, caller) = (outside(&house, 1), house.telephone(1));
    let tones = &of.country.plan().tones;
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_millis(200));
    assert_eq!(hears(&mut house, caller, of, Duration::from_secs(3)), ["dial"], "{:?}", of.country);
    house.party(caller, Act::Press("902079460000".into()));
    house.until("the line is seized", |house| told(house, &Told::LineSeized(far)));
    sends(&mut house, far, tones.dial);
    let dialled = |house: &House| {
        house.told.iter().filter(|event| matches!(event.told, Told::LineDialled { lane, .. } if lane == far)).count()
    };
    house.until("all of it", |house| dialled(house) == 11);
    house.run(Duration::from_millis(300));
    sends(&mut house, far, tones.ringback);
    let heard = hears(&mut house, caller, of, Duration::from_secs(13));
    assert!(heard.contains(&"ringback"), "{:?}: {heard:?}", of.country);
    let answered = |fact: &CallEvent| {
        matches!(fact, CallEvent::LegAnswered { evidence: AnswerEvidence::Voice | AnswerEvidence::Assumed, .. })
    };
    line(&mut house, far, LineAct::Answer { polarity: false });
    house.says(far, voice(7, 8000));
    house.until("somebody answers", |house| house.facts.iter().any(answered));
    line(&mut house, far, LineAct::HangUp(Release::Tone(tones.busy)));
    house.until_fact("it is over", |fact| matches!(fact, CallEvent::Ended { by: Side::Called, .. }));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(4));
    house.assert_at_rest();
}

/// In the house: ringback, busy, and a number that nobody has.
fn calls_inside(of: &Abroad, seed: u64) {
    let mut house = house(of, seed);
    let (caller, called) = (house.telephone(1), house.telephone(2));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("802".into()));
    house.until("it rings", |house| told(house, &Told::RingerSounds(called)));
    let heard = hears(&mut house, caller, of, Duration::from_secs(13));
    assert!(heard.contains(&"ringback"), "{:?}: {heard:?}", of.country);
    house.handset(2, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(2, HandsetAct::HangUp);
    house.until_fact("it is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    let heard = hears(&mut house, caller, of, Duration::from_secs(4));
    assert!(heard.contains(&"busy"), "{:?}: {heard:?}", of.country);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(caller, Act::Press("399".into()));
    let nobody = |fact: &CallEvent| matches!(fact, CallEvent::Ended { cause: Cause::UnallocatedNumber, .. });
    house.until_fact("nobody has it", nobody);
    let heard = hears(&mut house, caller, of, Duration::from_secs(6));
    assert!(heard.contains(&"number"), "{:?}: {heard:?}", of.country);
}

#[test]
fn abroad_a_caller_is_known_a_telephone_rings_and_is_told_and_the_countrys_busy_tone_is_the_end() {
    ABROAD.iter().zip(1501..).for_each(|(of, seed)| calls_in(of, seed));
}

#[test]
fn abroad_the_countrys_dial_tone_is_waited_for_and_its_ringback_and_busy_tone_are_understood() {
    ABROAD.iter().zip(1511..).for_each(|(of, seed)| calls_out(of, seed));
}

#[test]
fn abroad_telephones_of_the_house_hear_the_countrys_tones() {
    ABROAD.iter().zip(1521..).for_each(|(of, seed)| calls_inside(of, seed));
}
