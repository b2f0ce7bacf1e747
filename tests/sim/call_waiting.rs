//! A call that waits at a telephone that talks: the tone in the talk, who calls, the flash that takes it and changes between
//! two parties, and what becomes of whom when somebody hangs up. Tones and caller id are read by SpanDSP, which is not ours.

use std::time::Duration;

use call::{CallEvent, NotTransferred};
use frame::LaneId;
use settings::{Country, Flash, Settings};
use sim::{Act, HandsetAct, Say, Told};

use crate::{
    conference::{NOTES, SILENT_DBM0, Talk, is_music, level_at, talk_with},
    numbers::assert_told,
    outside::{hang_up, over_with, place},
    spandsp::{class_message, message_by, tones},
};

/// A caller from outside talks to 801, where calls wait and a flash does nothing else.
fn talk(seed: u64) -> Talk {
    talk_with(seed, |settings| {
        lets_wait(settings);
        settings.stations[0].flash = Flash::Nothing;
    })
}

fn lets_wait(settings: &mut Settings) {
    settings.stations[0].call_waiting = true;
}

impl Talk {
    /// The telephone at `position` calls 801.
    fn calls_holder(&mut self, position: u8) -> LaneId {
        let lane = self.house.telephone(position);
        self.house.handset(position, HandsetAct::Lift);
        self.house.run(Duration::from_secs(1));
        self.house.party(lane, Act::Listen);
        self.house.party(lane, Act::Press("801".into()));
        lane
    }

    /// The same, until the call waits.
    fn waits(&mut self, position: u8) -> LaneId {
        let lane = self.calls_holder(position);
        self.house.until_fact("it waits", |fact| matches!(fact, CallEvent::Waits { .. }));
        lane
    }

    /// The telephone rings, is lifted, and hears the party.
    fn rings_and_talks_to(&mut self, party: LaneId, hz: f64) {
        let holder = self.holder;
        self.house
            .until("801 rings", |house| house.told.iter().rev().any(|event| event.told == Told::RingerSounds(holder)));
        self.house.handset(1, HandsetAct::Lift);
        self.house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        self.sings(party, hz);
        self.house.run(Duration::from_millis(300));
        assert!(level_at(&self.hear(&[holder])[0], hz) > SILENT_DBM0);
    }
}

#[test]
fn a_call_waits_with_a_tone_and_each_flash_changes_between_two_parties_each_with_its_recording() {
    let mut talk = talk(981);
    let (holder, held) = (talk.holder, talk.held);
    talk.house.party(holder, Act::Listen);
    let third = talk.waits(6);
    talk.house.run(Duration::from_secs(14));
    let (heard, rings) = (talk.house.heard(holder), talk.house.heard(third));
    assert!(tones(&heard).contains(&"waiting"), "{:?}", tones(&heard));
    assert!(tones(&rings).contains(&"ringback"), "{:?}", tones(&rings));
    talk.house.party(held, Act::Listen);
    let busy = talk.calls_holder(5);
    talk.house.run(Duration::from_secs(5));
    assert!(tones(&talk.house.heard(busy)).contains(&"busy"), "one waits, and no second");
    assert!(level_at(&talk.house.heard(held), 450.0) < SILENT_DBM0, "the tone is for one ear");
    talk.house.handset(5, HandsetAct::HangUp);
    talk.flashes();
    talk.all_sing(third);
    talk.assert_heard(&[(holder, [false, false, true]), (third, [true, false, false])]);
    assert!(is_music(&talk.hear(&[held])[0]));
    talk.flashes();
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    assert!(is_music(&talk.hear(&[third])[0]));
    talk.flashes();
    talk.assert_heard(&[(holder, [false, false, true]), (third, [true, false, false])]);
    // Who talks leaves: the telephone has the other one again.
    talk.house.handset(6, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(2));
    talk.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    let (house, recordings) = talk.ends(&[1]);
    assert_eq!(recordings.len(), 2);
    let mut sung: Vec<[bool; 3]> = Vec::new();
    for recording in &recordings {
        let voices = recording.parts[0].voices.iter();
        let of_voices: Vec<[bool; 3]> =
            voices.map(|voice| NOTES.map(|hz| level_at(&voice.octets, hz) > SILENT_DBM0)).collect();
        let one_party = |sung: &[bool; 3]| sung.iter().filter(|sung| **sung).count() <= 1;
        assert!(of_voices.iter().all(one_party), "a voice is one party's: {of_voices:?}");
        sung.push(std::array::from_fn(|note| of_voices.iter().any(|sung| sung[note])));
    }
    sung.sort();
    assert_eq!(sung, [[true, false, true], [true, true, false]], "each call has its own two parties, whole");
    assert_told(&house, "801 正在通话：以等待音提示，来电等待", "801 talks, and hears by a tone that this call waits");
    assert_told(
        &house,
        &format!("拍叉簧接听等待的来电（原通话 {} 保持）", house.facts[0].call()),
        &format!("Taken by a flash while it waited; call {} is on hold for it", house.facts[0].call()),
    );
}

#[test]
fn spandsp_reads_who_waits_where_the_telephone_answers_the_alert_and_the_talk_goes_on() {
    let mut talk = talk_with(982, |settings| {
        lets_wait(settings);
        settings.time_zone = Some("Asia/Shanghai".into());
    });
    let (holder, held) = (talk.holder, talk.held);
    talk.house.party(holder, Act::Listen);
    talk.waits(6);
    // The tone of 400 ms, 20 ms, and the alert of 80 ms; a telephone answers within 160 ms.
    talk.house.run(Duration::from_millis(580));
    talk.house.party(holder, Act::Press("D".into()));
    talk.house.run(Duration::from_secs(3));
    let heard = talk.house.heard(holder);
    let read = class_message(&heard);
    assert!(read.contains("02 383036") && read.contains("01 313132333038"), "806, on 23 November at 8: {read}");
    talk.sings(held, NOTES[1]);
    talk.house.run(Duration::from_millis(200));
    assert!(level_at(&talk.hear(&[holder])[0][..4000], NOTES[1]) > SILENT_DBM0, "both hear each other again");
    assert!(!talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::Held { .. })));
    talk.house.handset(6, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(1));
    talk.house.party(holder, Act::Listen);
    talk.house.party(held, Act::Say(Say::Silence));
    talk.house.run(Duration::from_secs(6));
    assert!(level_at(&talk.house.heard(holder)[4000..], 450.0) < SILENT_DBM0, "nobody waits any more");
    talk.ends(&[1]);
}

#[test]
fn abroad_spandsp_reads_who_waits_by_the_countrys_modem() {
    // The country's tone, 20 ms, and the alert of 80 ms; a telephone answers within 160 ms.
    let rows = [(Country::Us, "class", 300), (Country::Uk, "clip", 100), (Country::De, "clip", 600)];
    for (seed, (country, modem, tone_ms)) in (1531..).zip(rows) {
        let mut talk = talk_with(seed, |settings| {
            lets_wait(settings);
            settings.country = country;
        });
        let holder = talk.holder;
        talk.house.party(holder, Act::Listen);
        talk.waits(6);
        talk.house.run(Duration::from_millis(tone_ms + 180));
        talk.house.party(holder, Act::Press("D".into()));
        talk.house.run(Duration::from_secs(3));
        let read = message_by(modem, &talk.house.heard(holder));
        assert_eq!(read.lines().nth(1), Some("02 383036"), "{country:?}: {read}");
    }
}

#[test]
fn a_telephone_that_is_not_to_be_told_who_waits_hears_the_tone_without_the_alert() {
    for (is_told, alert) in [(true, true), (false, false)] {
        let mut talk = talk_with(988, |settings| {
            lets_wait(settings);
            settings.stations[0].caller_id_in_talk = is_told;
        });
        let holder = talk.holder;
        talk.house.party(holder, Act::Listen);
        talk.waits(6);
        talk.house.run(Duration::from_secs(1));
        let heard = talk.house.heard(holder);
        let sounds = |hz: f64| heard.windows(400).step_by(80).any(|heard| level_at(heard, hz) > -25.0);
        assert_eq!(
            (sounds(450.0), sounds(2130.0)),
            (true, alert),
            "the tone; and the alert, where it is told: {is_told}"
        );
    }
}

#[test]
fn a_telephone_that_is_put_down_rings_for_who_waits_and_for_who_is_on_hold() {
    let mut talk = talk(983);
    let third = talk.waits(6);
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(1));
    assert_eq!(over_with(&talk.house, 1), Some(isdn::Cause::NormalClearing), "the first talk is over");
    // Whoever has to call somebody now is not answered by who waits.
    talk.house.told.clear();
    talk.house.run(Duration::from_millis(1500));
    let holder = talk.holder;
    talk.house.party(holder, Act::Listen);
    talk.house.handset(1, HandsetAct::Lift);
    talk.house.run(Duration::from_secs(2));
    assert!(tones(&talk.house.heard(holder)).contains(&"dial"));
    assert!(!talk.house.told.iter().any(|event| event.told == Told::RingerSounds(holder)));
    talk.house.handset(1, HandsetAct::HangUp);
    talk.rings_and_talks_to(third, NOTES[2]);
    // Now one from outside waits, is taken, and the handset is put down with 806 on hold.
    place(&mut talk.house, 2, "62001801");
    talk.house.run(Duration::from_secs(1));
    assert_eq!(talk.house.facts.iter().filter(|fact| matches!(fact, CallEvent::Waits { .. })).count(), 2);
    talk.flashes();
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(1));
    assert!(over_with(&talk.house, 2).is_some(), "who was talked to is let go");
    talk.house.told.clear();
    let left = |fact: &CallEvent| matches!(fact, CallEvent::TransferReturned { why: NotTransferred::LeftOnHold, .. });
    assert!(talk.house.facts.iter().any(left));
    talk.rings_and_talks_to(third, NOTES[2]);
    talk.house.handset(6, HandsetAct::HangUp);
    let (house, _) = talk.ends(&[1]);
    assert_told(&house, "挂机时还有一方被保持：回振 801", "Hung up with a party on hold: 801 is rung for the party");
}

#[test]
fn no_call_waits_at_an_agents_telephone_nor_at_one_that_talks_to_an_emergency_service_or_to_two() {
    let mut talk = talk_with(984, |settings| {
        lets_wait(settings);
        let agent = settings.stations.iter_mut().find(|row| row.extension == "803").expect("the demo has 803");
        agent.call_waiting = true;
    });
    let busy = |talk: &mut Talk, lane: LaneId| {
        talk.house.run(Duration::from_secs(5));
        assert!(tones(&talk.house.heard(lane)).contains(&"busy"));
        assert!(!talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::Waits { .. })));
        talk.house.handset(6, HandsetAct::HangUp);
        talk.house.run(Duration::from_secs(2));
    };
    // Who has a party on hold to call a third one.
    talk.flashes();
    let lane = talk.calls_holder(6);
    busy(&mut talk, lane);
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(2));
    // An agent.
    talk.house.handset(3, HandsetAct::Lift);
    talk.house.run(Duration::from_secs(1));
    let agent = talk.house.telephone(3);
    talk.house.party(agent, Act::Press("802".into()));
    talk.house.run(Duration::from_secs(2));
    talk.house.handset(2, HandsetAct::Lift);
    talk.house.run(Duration::from_secs(1));
    let lane = talk.house.telephone(6);
    talk.house.handset(6, HandsetAct::Lift);
    talk.house.run(Duration::from_secs(1));
    talk.house.party(lane, Act::Listen);
    talk.house.party(lane, Act::Press("803".into()));
    busy(&mut talk, lane);
    talk.ends(&[2, 3]);
}

#[test]
fn a_restart_meanwhile_rings_the_telephone_for_who_was_on_hold() {
    let mut talk = talk(985);
    let held = talk.held;
    talk.waits(6);
    talk.flashes();
    talk.house.is_killed_for(Duration::from_secs(2));
    talk.house.run(Duration::from_secs(2));
    assert!(is_music(&talk.hear(&[held])[0]));
    talk.house.told.clear();
    talk.house.handset(1, HandsetAct::HangUp);
    talk.rings_and_talks_to(held, NOTES[1]);
    assert_eq!(over_with(&talk.house, 1), None);
    hang_up(&mut talk.house, 1);
    [1, 6].into_iter().for_each(|position| talk.house.handset(position, HandsetAct::HangUp));
    talk.house.run(Duration::from_secs(5));
    talk.house.assert_at_rest();
}
