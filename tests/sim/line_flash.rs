//! A telephone has the exchange of its outside line given a flash: to take who waits there, and to call a third party there.

use std::time::Duration;

use call::CallEvent;
use frame::LaneId;
use settings::{Flash, Settings};
use sim::{Act, HandsetAct, LineAct, Release, Told};

use crate::{
    analog::{RING, dialled, line, outside, talk_with_a_caller},
    conference::{HEARD_DBM0, NOTES, SILENT_DBM0, level_at, note},
    house::{House, contains, demo_board, demo_settings},
    numbers::assert_told,
    spandsp::tones,
};

/// A house whose telephone 3 may flash on outside lines, by a code and perhaps by its hook.
fn house(seed: u64, change: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.codes.line_flash = Some("*0".into());
    change(&mut settings);
    House::with(&board, settings, seed)
}

/// How often the box flashed on a line, and for how long each time.
fn flashes(house: &House, lane: LaneId) -> Vec<u16> {
    let flash = |event: &sim::OperatorEvent| match event.told {
        Told::LineFlashed { lane: of, ms } if of == lane => Some(ms),
        _ => None,
    };
    house.told.iter().filter_map(flash).collect()
}

/// How loud a party hears this note within a second.
fn hears(house: &mut House, lane: LaneId, hz: f64) -> bool {
    house.party(lane, Act::Listen);
    house.run(Duration::from_secs(1));
    level_at(&house.heard(lane), hz) > SILENT_DBM0
}

fn sings(house: &mut House, lane: LaneId, hz: f64) {
    let octets = note(hz).into();
    house.party(lane, Act::Say(sim::Say::Clip { octets, law: frame::Law::A, repeat: true }));
}

fn keys(house: &mut House, telephone: LaneId, digits: &str) {
    house.party(telephone, Act::Press(digits.into()));
    house.run(Duration::from_millis(200 * digits.len() as u64 + 500));
}

#[test]
fn a_code_takes_who_waits_at_the_exchange_and_changes_back() {
    let mut house = house(1201, |_| ());
    let far = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, far);
    sings(&mut house, far, NOTES[0]);
    line(&mut house, far, LineAct::CallWaits);
    assert!(hears(&mut house, telephone, NOTES[0]));
    keys(&mut house, telephone, "*0");
    assert_eq!(flashes(&house, far), [100], "the R key of China's telephones");
    sings(&mut house, far, NOTES[1]);
    assert!(hears(&mut house, telephone, NOTES[1]) && !hears(&mut house, telephone, NOTES[0]));
    keys(&mut house, telephone, "*0");
    assert!(hears(&mut house, telephone, NOTES[0]) && !hears(&mut house, telephone, NOTES[1]));
    assert_told(
        &house,
        "803 向外线的交换机发送拍叉簧，其后的处理由交换机完成",
        "803 had the line’s exchange given a flash; what follows is the exchange’s",
    );
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::Ended { .. })), "it is one call to the box");
}

#[test]
fn after_a_flash_a_third_party_is_called_by_keys_and_may_be_busy_without_ending_the_call() {
    let mut house = house(1202, |settings| settings.trunks[1].lines.flash_ms = Some(600));
    let far = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, far);
    sings(&mut house, far, NOTES[0]);
    keys(&mut house, telephone, "*0");
    assert_eq!(flashes(&house, far), [600], "as the group of lines has it");
    house.party(telephone, Act::Listen);
    house.run(Duration::from_secs(2));
    assert_eq!(tones(&house.heard(telephone)), ["dial"], "the exchange's, as SpanDSP hears it");
    keys(&mut house, telephone, "62001111");
    assert_eq!(dialled(&house, far), "62001111", "the exchange hears the keys");
    line(&mut house, far, LineAct::Answer { polarity: false });
    sings(&mut house, far, NOTES[1]);
    assert!(hears(&mut house, telephone, NOTES[1]), "the third party");
    house.party(far, Act::Say(sim::Say::Tone(analog::plan::Country::Cn.plan().tones.busy)));
    house.run(Duration::from_secs(10));
    keys(&mut house, telephone, "*0");
    assert!(hears(&mut house, telephone, NOTES[0]), "back to who was on hold");
    line(&mut house, far, LineAct::HangUp(Release::BusyTone));
    house.until_fact("it is over", |fact| matches!(fact, CallEvent::Ended { .. }));
}

#[test]
fn who_puts_the_handset_down_after_the_third_has_answered_leaves_the_two_outside_to_one_another() {
    let mut house = house(1207, |_| ());
    let far = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, far);
    sings(&mut house, telephone, NOTES[2]);
    sings(&mut house, far, NOTES[0]);
    assert!(hears(&mut house, telephone, NOTES[0]));
    keys(&mut house, telephone, "*0");
    keys(&mut house, telephone, "62001111");
    assert_eq!(dialled(&house, far), "62001111");
    line(&mut house, far, LineAct::Answer { polarity: false });
    sings(&mut house, far, NOTES[1]);
    assert!(hears(&mut house, telephone, NOTES[1]) && !hears(&mut house, telephone, NOTES[0]));
    assert!(house.objects.is_empty(), "it is still one call");
    house.handset(3, HandsetAct::HangUp);
    house.until("the line is let go", |house| house.told.iter().any(|event| event.told == Told::LineReleased(far)));
    // Whom the exchange put on hold hears the third one, who hears that one, and both nothing of the box.
    for heard in [NOTES[1], NOTES[0]] {
        house.party(far, Act::Listen);
        house.run(Duration::from_secs(1));
        let octets = house.heard(far);
        let others = NOTES.iter().filter(|hz| **hz != heard);
        assert!(level_at(&octets, heard) > HEARD_DBM0, "{heard} Hz");
        assert!(others.into_iter().all(|hz| level_at(&octets, *hz) < SILENT_DBM0), "{heard} Hz and nothing else");
        line(&mut house, far, LineAct::TheOther);
    }
    // The agent's wrap-up.
    house.run(Duration::from_secs(8));
    house.assert_at_rest();
    let recording = house.open(&house.objects[0].clone());
    let voices = &recording.parts[0].voices;
    for hz in [NOTES[0], NOTES[1]] {
        assert!(contains(&voices[0].octets, &note(hz)), "who was at the far end with {hz} Hz is on the line's track");
    }
    assert!(contains(&voices[1].octets, &note(NOTES[2])), "the agent’s track");
    line(&mut house, far, LineAct::Ring(RING));
    house.until_fact("the next caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
}

#[test]
fn the_hook_of_a_telephone_that_is_set_so_does_the_same_and_no_other_ones() {
    for (flash, expected) in [(Flash::Exchange, &[100][..]), (Flash::Nothing, &[])] {
        let mut house = house(1203, |settings| settings.stations[2].flash = flash);
        let far = outside(&house, 1);
        talk_with_a_caller(&mut house, far);
        house.handset(3, HandsetAct::Flash { ms: 300 });
        house.run(Duration::from_secs(2));
        assert_eq!(flashes(&house, far), expected, "{flash:?}");
    }
}

#[test]
fn who_calls_by_the_line_can_not_have_it_flashed_nor_can_anybody_without_the_code() {
    let mut house = house(1204, |_| ());
    let far = outside(&house, 1);
    talk_with_a_caller(&mut house, far);
    keys(&mut house, far, "*0");
    assert!(flashes(&house, far).is_empty(), "the caller keyed it");

    let mut house = self::house(1205, |settings| settings.codes.line_flash = None);
    let far = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, far);
    keys(&mut house, telephone, "*0");
    assert!(flashes(&house, far).is_empty());
}

#[test]
fn an_emergency_service_is_not_flashed_away() {
    let mut house = house(1206, |settings| {
        settings.trunks.retain(|group| group.name == "外线");
        settings.stations[0].flash = Flash::Exchange;
    });
    let (telephone, far) = (house.telephone(1), outside(&house, 1));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(telephone, Act::Press("120".into()));
    house.until("it is dialled", |house| dialled(house, far) == "120");
    line(&mut house, far, LineAct::Answer { polarity: false });
    sings(&mut house, far, NOTES[0]);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    keys(&mut house, telephone, "*0");
    house.handset(1, HandsetAct::Flash { ms: 300 });
    house.run(Duration::from_secs(2));
    assert!(flashes(&house, far).is_empty());
    assert!(hears(&mut house, telephone, NOTES[0]));
}
