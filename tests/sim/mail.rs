//! Voicemail: what callers leave, who hears it, and what is kept of it.

use std::time::Duration;

use access::{PasswordHash, chosen_pin};
use call::{CallEvent, MailboxView, NoMail};
use frame::{LaneId, PersonId};
use ringfence::{
    journal::{Alarm, Store, cdr},
    recorder::Faults,
};
use settings::{Flash, Lock, Mail, MessageLamp, Settings, Transfer};
use sim::{Act, HandsetAct, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings, stamp, voice},
    numbers::assert_told,
    outside::{hang_up, place, ringing},
    spandsp::class_message,
};

const GREETING: [u8; 4000] = [0x70; 4000];
const FULL: [u8; 4000] = [0x71; 4000];
const TAKEN: [u8; 4000] = [0x72; 4000];
const NEW: [u8; 4000] = [0x74; 4000];
const KEYS: [u8; 4000] = [0x77; 4000];
const DELETED: [u8; 4000] = [0x78; 4000];
const GREETING_MENU: [u8; 4000] = [0x30; 4000];
const GREETING_CHECK: [u8; 4000] = [0x32; 4000];
const GREETING_KEPT: [u8; 4000] = [0x33; 4000];
const STANDARD: [u8; 4000] = [0x34; 4000];
const NOT_NOW: [u8; 4000] = [0x35; 4000];
const PIN: &str = "271828";
const OWNER: PersonId = PersonId(77);

/// 802 has a box, which is somebody's.
pub fn house(seed: u64, also: impl FnOnce(&mut Settings)) -> House {
    House::with(&demo_board(), settings(also), seed)
}

fn settings(also: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = demo_settings(&demo_board());
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
    settings
}

/// 801 calls 802, where nobody answers, and says something after the tone.
pub fn leaves(house: &mut House, said: &[u8]) -> LaneId {
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

/// Whether a file is a message's.
fn is_message(name: &str) -> bool {
    name.starts_with("mail/") && name != "mail/check"
}

fn lamps(house: &House, lane: LaneId) -> Vec<u16> {
    let lit = house.told.iter().filter_map(|event| match event.told {
        Told::MessageLamp { lane: of, messages } if of == lane => Some(messages),
        _ => None,
    });
    lit.collect()
}

/// Whether who lifts hears China's dial tone of who has messages: a pause of 40 ms in it.
fn dial_tone_is_broken(house: &mut House, position: u8) -> bool {
    const SILENCE: u8 = 0xd5;
    let lane = house.telephone(position);
    house.handset(position, HandsetAct::Lift);
    house.party(lane, Act::Listen);
    house.run(Duration::from_secs(1));
    let heard = house.heard(lane);
    hangs_up(house, position);
    let from = heard.iter().position(|octet| *octet != SILENCE).expect("a tone is heard");
    contains(&heard[from..], &[SILENCE; 300])
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
    // What is left of its file opens no more, and goes once the log has it.
    house.run(Duration::from_secs(11));
    let left = house.mail_files.names().into_iter().filter(|name| is_message(name)).count();
    assert_eq!(left, 0, "no file is left");
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::RecordingBegan { .. })), 0, "nothing is of the vault");
    let message = cdr(&house.records).and_then(|cdr| cdr.message);
    assert!(message.is_some_and(|lasts| lasts.as_secs() >= 2), "the list of calls says that one was left: {message:?}");
    house.assert_at_rest();
    assert_told(
        &house,
        "转到 802 的留言信箱；从此处起不录音",
        "Led to the mailbox of 802; nothing is recorded from here on",
    );
}

/// Everything of the vault that can be heard.
fn recorded(house: &House) -> Vec<Vec<u8>> {
    let playbacks = house.objects.iter().map(|object| house.open(object));
    playbacks.flat_map(|playback| playback.parts).flat_map(|part| part.voices).map(|voice| voice.octets).collect()
}

#[test]
fn a_caller_from_a_menu_is_recorded_up_to_the_greeting_and_a_hang_up_ends_the_message() {
    let mut house = house(1302, |settings| {
        settings.stations[6].mail = true;
        let mut person = settings.people[0].clone();
        (person.id, person.extension) = (PersonId(78), Some("807".into()));
        settings.people.push(person);
    });
    let lane = place(&mut house, 1, "62001234");
    house.until("the menu has it", |house| count(house, |fact| matches!(fact, CallEvent::FlowEntered { .. })) == 1);
    let (before, said) = (voice(0x21, 8000), voice(0x77, 16_000));
    house.says(lane, before.clone());
    house.run(Duration::from_millis(1500));
    house.party(lane, Act::Press("0".into()));
    house.until_fact("its box answers", |fact| matches!(fact, CallEvent::MailReached { .. }));
    house.run(Duration::from_millis(1700));
    house.says(lane, said.clone());
    house.run(Duration::from_millis(2500));
    hang_up(&mut house, 1);
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.run(Duration::from_secs(2));
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::MailLeft { .. })), 1);
    let heard = recorded(&house);
    assert!(heard.iter().any(|voice| contains(voice, &before)), "what was said to the menu is recorded");
    assert!(!heard.iter().any(|voice| contains(voice, &said[..800])), "no word of the message is in the vault");
    house.assert_at_rest();
}

#[test]
fn a_word_is_no_message_and_a_full_box_or_disk_takes_none_and_says_so() {
    let mut house = house(1303, |_| ());
    let refused =
        |house: &House, why| count(house, |fact| matches!(fact, CallEvent::MailRefused { why: of, .. } if *of == why));
    leaves(&mut house, &voice(0x31, 6000));
    hangs_up(&mut house, 1);
    assert_eq!(refused(&house, NoMail::NothingSaid), 1);
    assert!(house.mail_files.names().iter().all(|name| !is_message(name)), "and no file");
    house.mail_files.set_faults(Faults { no_growth: true, ..Faults::default() });
    let lane = leaves(&mut house, &[]);
    house.run(Duration::from_secs(2));
    assert!(contains(&house.heard(lane), &FULL));
    hangs_up(&mut house, 1);
    assert_eq!(refused(&house, NoMail::Disk), 1);
    let full = Alarm::DiskFull { store: Store::Mail };
    assert_eq!(house.alarms.last(), Some(&(full.clone(), true)));
    house.mail_files.set_faults(Faults::default());
    house.run(Duration::from_secs(12));
    assert_eq!(house.alarms.last(), Some(&(full, false)));
    for seed in [0x41, 0x43] {
        leaves(&mut house, &voice(seed, 9000));
        hangs_up(&mut house, 1);
    }
    // It is said to who finds the telephone busy; else it rings on, as one without a box.
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let lane = leaves(&mut house, &[]);
    assert!(contains(&house.heard(lane), &FULL));
    hangs_up(&mut house, 1);
    hangs_up(&mut house, 2);
    assert_eq!(refused(&house, NoMail::BoxFull), 1);
    let mailbox = house.snapshot().jacks.iter().find_map(|jack| jack.mailbox);
    assert_eq!(
        mailbox,
        Some(MailboxView { messages: 2, new: 2, full: true, without_pin: false }),
        "and its page says so"
    );
    house.assert_at_rest();
    assert_told(&house, "802 的留言信箱：信箱已满，不能留言", "Mailbox of 802: it is full, and takes no message");
}

#[test]
fn only_the_pin_of_its_person_opens_a_box_at_whatever_telephone_and_none_at_a_locked_one() {
    let mut house = house(1304, |settings| settings.stations[3].lock = Lock::Inside);
    leaves(&mut house, &voice(0x31, 9000));
    hangs_up(&mut house, 1);
    let opened = |house: &House| count(house, |fact| matches!(fact, CallEvent::MailOpened { .. }));
    let lane = keys(&mut house, 3, "*98*802");
    for wrong in ["314159#", &format!("{}*{PIN}#", 5), "000000#"] {
        presses(&mut house, lane, wrong);
        house.run(Duration::from_secs(2));
    }
    hangs_up(&mut house, 3);
    assert_eq!(opened(&house), 0, "three wrong ones are enough, and another person's number makes none right");
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::MailRefused { why: NoMail::WrongPin, .. })), 1);
    let lane = keys(&mut house, 3, "*98*802");
    for pin in ["314159#", &format!("{PIN}#")] {
        presses(&mut house, lane, pin);
        house.run(Duration::from_secs(2));
    }
    hangs_up(&mut house, 3);
    let locked = |fact: &CallEvent| matches!(fact, CallEvent::MailRefused { why: NoMail::PinLocked, .. });
    assert_eq!((count(&house, locked), opened(&house)), (1, 0), "the third one that was looked at");
    assert_eq!(house.snapshot().wrong_pins, [(OWNER, 3)]);
    let lane = keys(&mut house, 2, "*98#");
    presses(&mut house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(1));
    hangs_up(&mut house, 2);
    assert_eq!(opened(&house), 1, "who tries at one telephone keeps nobody from another");
    assert!(house.snapshot().wrong_pins.is_empty());
    house.run(Duration::from_secs(61));
    let lane = keys(&mut house, 3, "*98*802");
    presses(&mut house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(1));
    hangs_up(&mut house, 3);
    let at_803 = |fact: &CallEvent| matches!(fact, CallEvent::MailOpened { at, person: OWNER, .. } if at == "803");
    assert_eq!((opened(&house), count(&house, at_803)), (2, 1));
    assert_eq!(house.audited_mail, ["802"], "the audit has it first");
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::MailHeard { .. })), 0, "who hangs up has not heard it");
    keys(&mut house, 4, "*98*802");
    house.run(Duration::from_secs(2));
    hangs_up(&mut house, 4);
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::TelephoneLocked { .. })), 1);
    house.assert_at_rest();
}

#[test]
fn what_was_said_before_the_box_died_is_a_message_and_the_lamp_is_lit_again() {
    let mut house = house(1305, |_| ());
    let said = voice(0x31, 24_000);
    leaves(&mut house, &said);
    house.is_killed_for(Duration::from_millis(500));
    house.run(Duration::from_secs(2));
    hangs_up(&mut house, 1);
    let lane = house.telephone(2);
    assert_eq!(lamps(&house, lane).last(), Some(&1));
    let lane = keys(&mut house, 2, "*98");
    house.run(Duration::from_secs(5));
    presses(&mut house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(8));
    assert!(contains(&house.heard(lane), &said[..16_000]), "all but the last second");
    hangs_up(&mut house, 2);
    let message = cdr(&house.records).and_then(|cdr| cdr.message);
    assert!(
        message.is_some_and(|lasts| (2..=3).contains(&lasts.as_secs())),
        "its call says how much is kept: {message:?}"
    );
    house.assert_at_rest();
}

#[test]
fn what_is_forwarded_comes_first_and_neither_queues_nor_who_comes_back_nor_an_emergency_reach_a_box() {
    let mut house = house(1306, |settings| {
        settings.services.do_not_disturb = Some("56".into());
        settings.services.forward_busy = Some("40".into());
        settings.stations[0].flash = Flash::Conference;
        settings.transfer = Transfer { before_answer: true, rings_s: 8, returns_s: 60 };
    });
    let reached = |house: &House| count(house, |fact| matches!(fact, CallEvent::MailReached { .. }));
    keys(&mut house, 2, "*56#");
    hangs_up(&mut house, 2);
    leaves(&mut house, &[]);
    hangs_up(&mut house, 1);
    assert_eq!(reached(&house), 1, "not to be disturbed");
    keys(&mut house, 2, "*40*803#");
    hangs_up(&mut house, 2);
    keys(&mut house, 1, "802");
    let rings = |fact: &CallEvent| matches!(fact, CallEvent::Offered { extension, .. } if extension == "803");
    house.until("803 rings", |house| count(house, rings) == 1);
    hangs_up(&mut house, 1);
    for code in ["#40#", "#56#"] {
        keys(&mut house, 2, code);
        hangs_up(&mut house, 2);
    }
    // 801 hands a caller over to 802, where nobody answers: the caller comes back to 801.
    place(&mut house, 1, "62001801");
    ringing(&mut house);
    house.handset(1, HandsetAct::Lift);
    house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.handset(1, HandsetAct::Flash { ms: 300 });
    house.run(Duration::from_secs(1));
    let lane = house.telephone(1);
    house.party(lane, Act::Press("802".into()));
    house.run(Duration::from_secs(2));
    house.handset(1, HandsetAct::HangUp);
    house.until_fact("the caller comes back", |fact| matches!(fact, CallEvent::TransferReturned { .. }));
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(3));
    // A queue's caller goes on waiting.
    place(&mut house, 2, "62001235");
    house.run(Duration::from_secs(30));
    hang_up(&mut house, 2);
    house.run(Duration::from_secs(3));
    assert_eq!(reached(&house), 1, "{:#?}", house.facts);
    house.assert_at_rest();
}

#[test]
fn a_key_pressed_twice_deletes_one_message_and_not_the_next_one_unheard() {
    let mut house = house(1307, |_| ());
    for seed in [0x41, 0x43] {
        leaves(&mut house, &voice(seed, 9000));
        hangs_up(&mut house, 1);
    }
    let lane = keys(&mut house, 2, "*98#");
    presses(&mut house, lane, &format!("{PIN}#"));
    let opened = |house: &House| count(house, |fact| matches!(fact, CallEvent::MailOpened { .. }));
    house.until("it is opened", |house| opened(house) == 1);
    house.run(Duration::from_secs(1));
    presses(&mut house, lane, "33");
    house.run(Duration::from_secs(5));
    let deleted = |house: &House| count(house, |fact| matches!(fact, CallEvent::MailDeleted { .. }));
    assert_eq!(deleted(&house), 1);
    presses(&mut house, lane, "3");
    assert_eq!(deleted(&house), 2, "now it was heard");
    hangs_up(&mut house, 2);
    house.assert_at_rest();
}

/// What is dialled from outside for 801 reaches 802.
fn from_outside(settings: &mut Settings) {
    let to = settings::Target::Station("802".into());
    settings.numbers.iter_mut().filter(|row| row.number == "62001801").for_each(|row| row.to = to.clone());
}

/// 802 is at the keys of its own greeting: it has no message.
fn at_greeting(house: &mut House) -> LaneId {
    let lane = keys(house, 2, "*98#");
    presses(house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(3));
    lane
}

/// 802 says something for a greeting, and ends it. What is heard from then on.
fn records(house: &mut House, lane: LaneId, said: &[u8]) -> Vec<u8> {
    presses(house, lane, "2");
    house.run(Duration::from_millis(1700));
    house.says(lane, said.to_vec());
    house.run(Duration::from_millis(said.len() as u64 / 8 + 200));
    house.party(lane, Act::Listen);
    presses(house, lane, "#");
    house.run(Duration::from_millis(said.len() as u64 / 8 + 2000));
    house.heard(lane)
}

fn greetings(house: &House) -> Vec<String> {
    house.mail_files.names().into_iter().filter(|name| name.ends_with(".greeting")).collect()
}

/// What who calls 802 from outside, and reaches its box, hears there.
fn is_greeted(house: &mut House) -> Vec<u8> {
    let reached = |house: &House| count(house, |fact| matches!(fact, CallEvent::MailReached { .. }));
    let before = reached(house);
    let call = before as u32 + 10;
    let lane = place(house, call, "62001801");
    house.party(lane, Act::Listen);
    house.until("its box answers", |house| reached(house) > before);
    house.run(Duration::from_secs(5));
    let heard = house.heard(lane);
    hang_up(house, call);
    house.run(Duration::from_secs(3));
    heard
}

#[test]
fn who_records_a_greeting_at_the_telephone_has_it_heard_by_callers_until_the_standard_one_is_wanted_again() {
    let mut house = house(1320, from_outside);
    let own = voice(0x41, 16_000);
    assert!(contains(&is_greeted(&mut house), &GREETING));
    let lane = at_greeting(&mut house);
    let heard = house.heard(lane);
    assert!(contains(&heard, &GREETING_MENU), "who has no message comes to it at once");
    let heard = records(&mut house, lane, &own);
    assert!(contains(&heard, &own) && contains(&heard, &GREETING_CHECK), "it is played back");
    // Whoever hangs up now has changed nothing.
    hangs_up(&mut house, 2);
    assert!(greetings(&house).is_empty() && house.mail_files.names().iter().all(|name| !is_message(name)));
    let lane = at_greeting(&mut house);
    records(&mut house, lane, &own);
    house.party(lane, Act::Listen);
    presses(&mut house, lane, "1");
    house.run(Duration::from_secs(2));
    assert!(contains(&house.heard(lane), &GREETING_KEPT));
    hangs_up(&mut house, 2);
    assert_eq!(greetings(&house).len(), 1);

    let heard = is_greeted(&mut house);
    assert!(contains(&heard, &own) && !contains(&heard, &GREETING), "every sample of it, and not the standard one");
    let lane = leaves(&mut house, &[]);
    house.run(Duration::from_secs(2));
    assert!(contains(&house.heard(lane), &own), "in the house as well");
    hangs_up(&mut house, 1);
    house.is_killed_for(Duration::from_millis(500));
    house.run(Duration::from_secs(3));
    assert!(contains(&is_greeted(&mut house), &own), "and by the next life");

    let lane = at_greeting(&mut house);
    house.party(lane, Act::Listen);
    presses(&mut house, lane, "1");
    house.run(Duration::from_secs(4));
    assert!(contains(&house.heard(lane), &own));
    house.party(lane, Act::Listen);
    presses(&mut house, lane, "3");
    house.run(Duration::from_secs(2));
    assert!(contains(&house.heard(lane), &STANDARD));
    hangs_up(&mut house, 2);
    assert!(greetings(&house).is_empty());
    let heard = is_greeted(&mut house);
    assert!(contains(&heard, &GREETING) && !contains(&heard, &own[..4000]));
    let changed = |own| count(&house, |fact| matches!(fact, CallEvent::MailGreeting { own: of, .. } if *of == own));
    assert_eq!((changed(true), changed(false)), (1, 1));
    assert!(!recorded(&house).iter().any(|voice| contains(voice, &own[..800])), "no word of it is in the vault");
    house.assert_at_rest();
    assert_told(
        &house,
        "人员 77 把 802 的留言信箱恢复为标准问候语",
        "Person 77 goes back to the standard greeting for the mailbox of 802",
    );
}

#[test]
fn a_greeting_that_is_reset_at_the_page_is_heard_by_no_further_caller() {
    let mut house = house(1322, from_outside);
    let own = voice(0x42, 16_000);
    assert!(!house.reset_greeting(OWNER), "there is none yet");
    let before = stamp(house.now).utc;
    let lane = at_greeting(&mut house);
    records(&mut house, lane, &own);
    presses(&mut house, lane, "1");
    house.run(Duration::from_secs(2));
    hangs_up(&mut house, 2);
    let told = house.snapshot().own_greetings;
    assert!(matches!(told[..], [(OWNER, since)] if since > before && since < stamp(house.now).utc), "{told:?}");
    assert!(contains(&is_greeted(&mut house), &own));
    assert!(house.reset_greeting(OWNER));
    house.run(Duration::from_secs(1));
    assert!(greetings(&house).is_empty() && house.snapshot().own_greetings.is_empty());
    let heard = is_greeted(&mut house);
    assert!(contains(&heard, &GREETING) && !contains(&heard, &own[..4000]));
    house.assert_at_rest();
}

#[test]
fn a_greeting_that_the_disk_does_not_take_or_give_is_the_one_before_or_the_standard_one_and_goes_with_its_person() {
    let mut house = house(1321, from_outside);
    let own = voice(0x41, 16_000);
    let lane = at_greeting(&mut house);
    records(&mut house, lane, &own);
    presses(&mut house, lane, "1");
    house.run(Duration::from_secs(2));
    house.mail_files.set_faults(Faults { no_growth: true, ..Faults::default() });
    house.party(lane, Act::Listen);
    presses(&mut house, lane, "2");
    house.run(Duration::from_secs(4));
    assert!(contains(&house.heard(lane), &NOT_NOW));
    house.mail_files.set_faults(Faults::default());
    hangs_up(&mut house, 2);
    house.run(Duration::from_secs(12));
    assert!(contains(&is_greeted(&mut house), &own));
    let lane = place(&mut house, 1, "62001801");
    house.party(lane, Act::Listen);
    house.run(Duration::from_secs(3));
    house.mail_hangs = true;
    house.run(Duration::from_secs(8));
    house.mail_hangs = false;
    house.run(Duration::from_secs(1));
    let heard = house.heard(lane);
    assert!(contains(&heard, &GREETING) && !contains(&heard, &own[..4000]), "after two seconds");
    hang_up(&mut house, 1);
    house.run(Duration::from_secs(3));
    // Another one sits there from now on.
    let other = |settings: &mut Settings| {
        from_outside(settings);
        settings.people.iter_mut().filter(|row| row.id == OWNER).for_each(|row| row.id = PersonId(78));
    };
    house.apply(settings(other), 2);
    house.run(Duration::from_secs(1));
    assert!(greetings(&house).is_empty());
    assert!(contains(&is_greeted(&mut house), &GREETING));
    house.assert_at_rest();
}

#[test]
fn while_the_disk_of_messages_hangs_there_is_an_alarm_and_calls_ring_on_and_what_was_said_is_kept_after_it() {
    let mut house = house(1310, |_| ());
    leaves(&mut house, &voice(0x31, 16_000));
    house.mail_hangs = true;
    hangs_up(&mut house, 1);
    house.run(Duration::from_secs(14));
    assert_eq!(house.alarms.last(), Some(&(Alarm::MailSilent, true)));
    let reached = |house: &House| count(house, |fact| matches!(fact, CallEvent::MailReached { .. }));
    keys(&mut house, 1, "802");
    house.run(Duration::from_secs(6));
    assert_eq!(reached(&house), 1, "it rings on");
    hangs_up(&mut house, 1);
    house.mail_hangs = false;
    house.run(Duration::from_secs(1));
    assert_eq!(house.alarms.last(), Some(&(Alarm::MailSilent, false)));
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::MailLeft { .. })), 1);
    house.assert_at_rest();
}

#[test]
fn a_message_that_the_disk_gives_too_late_to_be_heard_says_that_it_gives_again() {
    let mut house = house(1311, |_| ());
    leaves(&mut house, &voice(0x31, 16_000));
    hangs_up(&mut house, 1);
    house.run(Duration::from_secs(3));
    let lane = keys(&mut house, 2, "*98#");
    house.mail_hangs = true;
    presses(&mut house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(25));
    assert_eq!(house.alarms.last(), Some(&(Alarm::MailSilent, true)));
    hangs_up(&mut house, 2);
    house.mail_hangs = false;
    house.run(Duration::from_secs(2));
    assert_eq!(house.alarms.last(), Some(&(Alarm::MailSilent, false)), "though nobody waits for it any more");
    house.assert_at_rest();
}

#[test]
fn a_person_without_a_pin_is_named_and_settings_without_voicemail_put_the_lamp_out() {
    let no_pin = |settings: &mut Settings| {
        settings.people.iter_mut().filter(|row| row.id == OWNER).for_each(|row| row.pin = None)
    };
    let mut house = house(1308, no_pin);
    leaves(&mut house, &voice(0x31, 9000));
    hangs_up(&mut house, 1);
    let lane = house.telephone(2);
    assert_eq!(lamps(&house, lane).last(), Some(&1));
    assert!(dial_tone_is_broken(&mut house, 2), "nor does who has no lamp miss it");
    assert!(!dial_tone_is_broken(&mut house, 3));
    let mailbox = house.snapshot().jacks.iter().find_map(|jack| jack.mailbox);
    assert!(mailbox.is_some_and(|mailbox| mailbox.without_pin));
    let lane = keys(&mut house, 2, "*98#");
    presses(&mut house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(2));
    assert_eq!(count(&house, |fact| matches!(fact, CallEvent::MailRefused { why: NoMail::NoPin, .. })), 1);
    hangs_up(&mut house, 2);
    house.apply(settings(|settings| (settings.mail, settings.stations[1].mail) = (None, false)), 2);
    house.run(Duration::from_millis(20));
    assert_eq!(lamps(&house, lane).last(), Some(&0));
    assert!(!dial_tone_is_broken(&mut house, 2));
    house.assert_at_rest();
}

#[test]
fn a_telephone_with_a_modem_is_told_by_it_while_its_handset_is_down_as_spandsp_reads_it() {
    let with = |lamp| move |settings: &mut Settings| settings.stations[1].message_lamp = lamp;
    let mut house = house(1309, with(MessageLamp::Modem));
    let lane = house.telephone(2);
    let shows = |house: &mut House| {
        house.party(lane, Act::Listen);
        house.run(Duration::from_secs(5));
        class_message(&house.heard(lane))
    };
    leaves(&mut house, &voice(0x31, 9000));
    house.handset(1, HandsetAct::HangUp);
    assert_eq!(shows(&mut house), "message 82\n0b ff\n");
    assert!(lamps(&house, lane).iter().all(|lit| *lit == 0), "and no lamp has a voltage");
    house.run(Duration::from_secs(60));
    keys(&mut house, 2, "*98#");
    presses(&mut house, lane, &format!("{PIN}#"));
    house.run(Duration::from_secs(8));
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_millis(1200));
    assert_eq!(shows(&mut house), "message 82\n0b 00\n", "it was heard");
    house.apply(settings(with(MessageLamp::Off)), 2);
    keys(&mut house, 2, "803");
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_millis(1200));
    assert_eq!(shows(&mut house), "");
    house.assert_at_rest();
}
