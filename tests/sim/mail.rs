//! Voicemail: what callers leave, who hears it, and what is kept of it.

use std::time::Duration;

use access::{PasswordHash, chosen_pin};
use call::CallEvent;
use frame::{LaneId, PersonId};
use settings::{Mail, Settings};
use sim::{Act, HandsetAct, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings, voice},
    numbers::assert_told,
};

const GREETING: [u8; 4000] = [0x70; 4000];
const TAKEN: [u8; 4000] = [0x72; 4000];
const NEW: [u8; 4000] = [0x74; 4000];
const KEYS: [u8; 4000] = [0x77; 4000];
const DELETED: [u8; 4000] = [0x78; 4000];
const PIN: &str = "271828";
const OWNER: PersonId = PersonId(77);

/// 802 has a box, which is somebody's.
fn house(seed: u64, also: impl FnOnce(&mut Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.mail = Some(Mail { hear: "*98".into(), message_s: 20, messages: 2, days: 30 });
    settings.forward.no_answer_s = 5;
    settings.stations[1].mail = true;
    let pin = PasswordHash::of(&chosen_pin(PIN).unwrap(), [5; 16]).unwrap();
    let mut person = settings.people[0].clone();
    (person.id, person.extension, person.pin) = (OWNER, Some("802".into()), Some(pin.as_str().to_owned()));
    settings
        .people
        .iter_mut()
        .filter(|row| row.extension.as_deref() == Some("802"))
        .for_each(|row| row.extension = None);
    settings.people.push(person);
    also(&mut settings);
    House::with(&board, settings, seed)
}

/// 801 calls 802, where nobody answers, and says something after the tone.
fn leaves(house: &mut House, said: &[u8]) -> LaneId {
    let lane = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(lane, Act::Listen);
    house.party(lane, Act::Press("802".into()));
    house.until_fact("its box answers", |fact| matches!(fact, CallEvent::MailReached { .. }));
    house.run(Duration::from_millis(1700));
    house.says(lane, said.to_vec());
    house.run(Duration::from_millis(said.len() as u64 / 8 + 200));
    lane
}

fn hangs_up(house: &mut House, position: u8) {
    house.handset(position, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
}

/// Somebody keys something at a telephone; what is heard there from the first key on.
fn keys(house: &mut House, position: u8, digits: &str) -> LaneId {
    let lane = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(lane, Act::Listen);
    presses(house, lane, digits);
    lane
}

fn presses(house: &mut House, lane: LaneId, digits: &str) {
    house.party(lane, Act::Press(digits.into()));
    house.run(Duration::from_millis(200) * digits.len() as u32 + Duration::from_millis(300));
}

fn lamps(house: &House, lane: LaneId) -> Vec<u16> {
    let lit = house.told.iter().filter_map(|event| match event.told {
        Told::MessageLamp { lane: of, messages } if of == lane => Some(messages),
        _ => None,
    });
    lit.collect()
}

fn count(house: &House, is_it: impl Fn(&CallEvent) -> bool) -> usize {
    house.facts.iter().filter(|fact| is_it(fact)).count()
}

#[test]
fn a_caller_leaves_a_message_and_its_person_hears_it_after_the_pin_and_deletes_it() {
    let mut house = house(1301, |_| ());
    let said = voice(0x31, 16_000);
    let lane = leaves(&mut house, &said);
    presses(&mut house, lane, "#");
    house.run(Duration::from_secs(2));
    let heard = house.heard(lane);
    assert!(contains(&heard, &GREETING) && contains(&heard, &TAKEN));
    hangs_up(&mut house, 1);
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::MailLeft { extension, .. } if extension == "802")), 1);
    let lane = house.telephone(2);
    assert_eq!(lamps(&house, lane), [0, 1], "and its lamp is lit");

    let lane = keys(&mut house, 2, "*98");
    house.run(Duration::from_secs(5));
    presses(&mut house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(8));
    let heard = house.heard(lane);
    assert!(contains(&heard, &NEW) && contains(&heard, &KEYS));
    assert!(contains(&heard, &said), "every sample of it");
    assert_eq!(lamps(&house, lane), [0, 1, 0], "the lamp is out once it was heard");
    house.party(lane, Act::Listen);
    presses(&mut house, lane, "3");
    house.run(Duration::from_secs(3));
    assert!(contains(&house.heard(lane), &DELETED));
    hangs_up(&mut house, 2);
    let left = house.mail_files.names().into_iter().filter(|name| name.starts_with("mail/")).count();
    assert_eq!(left, 0, "no file is left");
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::RecordingBegan { .. })), 0, "nothing is of the vault");
    house.assert_at_rest();
    assert_told(
        &house,
        "转到 802 的留言信箱；从此处起不录音",
        "Led to the mailbox of 802; nothing is recorded from here on",
    );
}
