//! What is left of messages by full disks, deaths and days.

mod greetings;

use frame::{BootNo, LifeNo, OCTETS_PER_TICK, Tick, Time, Timeslot, Utc};
use vault::Seeded;

use super::*;
use crate::recorder::{Faults, MemoryStore};

const ID: MessageId = MessageId::new(LifeNo(1), 1);
const LANE: LaneId = LaneId::new(frame::SpanId(0), Timeslot(3));

fn at(days: i64, seconds: i64) -> Stamp {
    let us = 1_795_392_000_000_000 + days * DAY_US + seconds * 1_000_000;
    Stamp { boot: BootNo(1), time: Time::from_ms(10 + 1000 * (86_400 * days + seconds) as u64), utc: Utc::from_us(us) }
}

fn desk(files: &MemoryStore) -> MailDesk {
    MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(1)), 30).expect("memory is readable")
}

fn begin(desk: &mut MailDesk, message: MessageId) {
    let (call, number) = (CallId::new(LifeNo(1), 9), "13912345678".parse().ok());
    let take = MailOrder::Take {
        message,
        kind: MailKind::Message,
        call,
        extension: "802".into(),
        person: PersonId(7),
        number,
        lane: LANE,
        sound_ms: 1000,
    };
    desk.handle_order(at(0, 0), Order::Of(take));
}

/// A sound of so many ticks.
fn says(desk: &mut MailDesk, message: MessageId, ticks: std::ops::Range<u64>, octet: u8) {
    for tick in ticks {
        let octets = [octet; OCTETS_PER_TICK];
        desk.take(at(0, 0), &Copied { message, no: tick as u32, tick: Tick(900 + tick), law: Law::A, octets });
    }
}

fn ends(desk: &mut MailDesk, message: MessageId) {
    ends_after(desk, message, 0);
}

/// Its caller could be heard for so long.
fn ends_after(desk: &mut MailDesk, message: MessageId, said_ms: u32) {
    desk.handle_order(at(0, 0), Order::Of(MailOrder::Done { message, lane: None, said_ms }));
}

fn told(desk: &mut MailDesk) -> Vec<Told> {
    std::iter::from_fn(|| desk.poll_told()).collect()
}

fn played(desk: &mut MailDesk, message: MessageId) -> Option<Message> {
    let play = MailOrder::Play { message, lane: LANE, play: 4, before: vec![], after: vec![] };
    told(desk);
    desk.handle_order(at(2, 0), Order::Of(play));
    told(desk).into_iter().find_map(|told| match told {
        Told::Play(message) => Some(message),
        _ => None,
    })
}

/// What the desk told last of the box: how many, and how many new ones.
fn rows(told: &[Told]) -> Option<(usize, usize)> {
    told.iter().rev().find_map(|told| match told {
        Told::Control(MailTold::Box { messages, .. }) => {
            Some((messages.len(), messages.iter().filter(|row| row.new).count()))
        }
        _ => None,
    })
}

fn in_folder(files: &MemoryStore) -> Vec<String> {
    files.names().into_iter().filter(|name| name.starts_with("mail/") && name != CHECK).collect()
}

/// The log is asked, and has this of each message. What is told up to then.
fn log_has(desk: &mut MailDesk, at: Stamp, left: bool, gone: bool) -> Vec<Told> {
    desk.step(at);
    let mut all = told(desk);
    let asked = all.iter().filter_map(|told| if let Told::Asks(asked) = told { Some(asked.clone()) } else { None });
    let row = |message| Logged { message, extension: Some("802".into()), left, gone, damaged: false };
    let rows = asked.flatten().map(row).collect();
    desk.handle_order(at, Order::Logged(rows));
    all.extend(told(desk));
    all
}

fn is(told: &[Told], wanted: &MailTold) -> bool {
    told.iter().any(|told| matches!(told, Told::Control(told) if told == wanted))
}

const LOUD: u8 = 0x2a;
const QUIET: u8 = 0xd5;

#[test]
fn a_box_without_messages_makes_no_file() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    desk.step(at(0, 0));
    assert!(files.names().is_empty());
}

#[test]
fn of_a_power_cut_in_a_message_all_but_the_last_second_is_kept_and_a_word_too_short_is_nothing() {
    for (ticks, kept) in [(250, Some(16_000)), (99, None)] {
        let files = MemoryStore::new();
        let mut desk_before = desk(&files);
        begin(&mut desk_before, ID);
        says(&mut desk_before, ID, 0..ticks, LOUD);
        let files = files.after_power_cut();
        let mut desk = desk(&files);
        let found = log_has(&mut desk, at(0, 1), false, false);
        let recovered = found.iter().find_map(|told| match told {
            Told::Recovered { extension, message: ID, ms, .. } if extension == "802" => Some(*ms as usize * 8),
            _ => None,
        });
        assert_eq!(recovered, kept, "{ticks} ticks");
        assert_eq!(rows(&found), kept.map(|_| (1, 1)));
        assert_eq!(played(&mut desk, ID).map(|message| message.octets.len()), kept);
        assert_eq!(in_folder(&files).len(), usize::from(kept.is_some()), "and no half of one lies about");
    }
}

#[test]
fn what_was_heard_is_so_over_a_restart_and_what_was_deleted_is_gone_and_opens_no_more() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    begin(&mut first, ID);
    says(&mut first, ID, 0..250, LOUD);
    ends(&mut first, ID);
    assert_eq!(rows(&told(&mut first)), Some((1, 1)));
    first.handle_order(at(0, 1), Order::Of(MailOrder::Heard(ID)));
    let mut second = desk(&files.after_power_cut());
    assert_eq!(rows(&told(&mut second)), Some((1, 0)));
    let message = played(&mut second, ID).expect("it is there");
    assert_eq!((message.octets.to_vec(), message.number.as_deref()), (vec![LOUD; 20_000], Some("13912345678")));
    assert_eq!(message.age_s, 2 * 86_400);

    // The power goes between the zeros and the removal.
    files.set_faults(Faults { dies_after: Some(3), ..Faults::default() });
    first.handle_order(at(0, 2), Order::Of(MailOrder::Delete(ID)));
    let (cut, gone) = (files.after_power_cut(), format!("mail/{ID}.gone"));
    let file = read_all(&cut, &gone).expect("memory is readable").expect("it is there");
    assert!(file.len() > KEY_AT + KEY_OCTETS && format::is_destroyed(&file), "its key is no more");
    let mut third = desk(&cut);
    assert!(played(&mut third, ID).is_none());
    assert_eq!(rows(&told(&mut third)), None);
    log_has(&mut third, at(2, 1), true, true);
    assert!(in_folder(&cut).is_empty());
}

#[test]
fn a_disk_that_fills_up_in_a_message_keeps_what_it_has_and_takes_messages_again_once_it_has_room() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    begin(&mut desk, ID);
    says(&mut desk, ID, 0..150, LOUD);
    files.set_faults(Faults { no_growth: true, ..Faults::default() });
    says(&mut desk, ID, 150..300, LOUD);
    let told_full = told(&mut desk);
    assert!(is(&told_full, &MailTold::Broken(ID)) && is(&told_full, &MailTold::Disk { full: true }));
    ends(&mut desk, ID);
    assert_eq!(played(&mut desk, ID).map(|message| message.octets.len()), Some(8000));
    let other = MessageId::new(LifeNo(1), 2);
    begin(&mut desk, other);
    assert!(is(&told(&mut desk), &MailTold::Broken(other)), "the next one is refused before its first word");
    desk.step(at(0, 11));
    assert!(!is(&told(&mut desk), &MailTold::Disk { full: false }));
    files.set_faults(Faults::default());
    desk.step(at(0, 22));
    assert!(is(&told(&mut desk), &MailTold::Disk { full: false }));
    assert!(!files.names().contains(&PROBE.to_owned()));
}

#[test]
fn the_last_of_a_disk_is_not_for_messages_and_it_takes_some_again_once_it_has_twice_of_that() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    let room = |octets: u64| files.set_faults(Faults { room_octets: Some(octets), ..Faults::default() });
    room(FREE_OCTETS - 1);
    begin(&mut desk, ID);
    let refused = told(&mut desk);
    assert!(is(&refused, &MailTold::Broken(ID)) && is(&refused, &MailTold::Disk { full: true }));
    assert!(files.names().is_empty());
    room(2 * FREE_OCTETS - 1);
    desk.step(at(0, 11));
    assert!(!is(&told(&mut desk), &MailTold::Disk { full: false }));
    room(2 * FREE_OCTETS);
    desk.step(at(0, 22));
    assert!(is(&told(&mut desk), &MailTold::Disk { full: false }));
    begin(&mut desk, ID);
    assert!(told(&mut desk).is_empty());
}

#[test]
fn messages_go_with_their_day_and_not_before() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    begin(&mut desk, ID);
    says(&mut desk, ID, 0..150, LOUD);
    ends(&mut desk, ID);
    told(&mut desk);
    desk.step(at(29, 86_399));
    assert!(told(&mut desk).is_empty());
    desk.step(at(30, 3600));
    let gone = told(&mut desk);
    assert!(gone.iter().any(|told| matches!(told, Told::Expired { message: ID, .. })), "{gone:?}");
    assert_eq!(rows(&gone), Some((0, 0)));
    log_has(&mut desk, at(30, 3611), true, true);
    assert!(in_folder(&files).is_empty());
}

#[test]
fn a_second_of_sound_is_a_message_and_ten_of_silence_end_it_and_what_got_lost_is_silence_in_its_place() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    begin(&mut desk, ID);
    says(&mut desk, ID, 0..99, LOUD);
    ends(&mut desk, ID);
    assert!(is(&told(&mut desk), &MailTold::Nothing(ID)), "a tick is missing");
    assert!(in_folder(&files).is_empty());
    begin(&mut desk, ID);
    says(&mut desk, ID, 0..100, LOUD);
    says(&mut desk, ID, 105..1104, QUIET);
    assert!(told(&mut desk).is_empty());
    says(&mut desk, ID, 1104..1105, QUIET);
    assert!(matches!(told(&mut desk)[..], [Told::Control(MailTold::Silent(ID))]));
    ends(&mut desk, ID);
    let ended = told(&mut desk);
    assert!(ended.iter().any(|told| matches!(told, Told::Behind { message: ID, ms: 50, .. })));
    assert!(ended.iter().any(|told| matches!(told, Told::Late { late: true })));
    assert!(is(&ended, &MailTold::Left { message: ID, ms: 11_050 }));
    let octets = played(&mut desk, ID).expect("it is there").octets;
    assert_eq!((octets.len(), octets[7999], octets[8000]), (1105 * 80, LOUD, QUIET));
    left(&mut desk, MessageId::new(LifeNo(1), 2));
    assert!(told(&mut desk).iter().any(|told| matches!(told, Told::Late { late: false })));
}

/// How much the desk told to be lost, in milliseconds.
fn lost(told: &[Told]) -> u32 {
    let ms = |told: &Told| if let Told::Behind { ms, .. } = told { *ms } else { 0 };
    told.iter().map(ms).sum()
}

#[test]
fn what_is_lost_at_the_begin_is_silence_there_and_what_is_lost_at_the_end_is_told_and_neither_was_never_said() {
    let mut desk = desk(&MemoryStore::new());
    begin(&mut desk, ID);
    says(&mut desk, ID, 40..150, LOUD);
    // A quarter of a second may still be on its way.
    ends_after(&mut desk, ID, 1750);
    let ended = told(&mut desk);
    assert!(is(&ended, &MailTold::Left { message: ID, ms: 1500 }) && lost(&ended) == 400, "{ended:?}");
    let octets = played(&mut desk, ID).expect("it is there").octets;
    assert!(octets[..3200].iter().all(|octet| *octet == QUIET) && octets[3200] == LOUD);
    let other = MessageId::new(LifeNo(1), 2);
    begin(&mut desk, other);
    says(&mut desk, other, 0..50, LOUD);
    ends_after(&mut desk, other, 3000);
    let ended = told(&mut desk);
    assert!(is(&ended, &MailTold::Left { message: other, ms: 500 }) && lost(&ended) == 2500, "{ended:?}");
    let none = MessageId::new(LifeNo(1), 3);
    begin(&mut desk, none);
    ends_after(&mut desk, none, 3000);
    let ended = told(&mut desk);
    assert!(is(&ended, &MailTold::Broken(none)) && is(&ended, &MailTold::Nothing(none)), "{ended:?}");
    assert_eq!(lost(&ended), 3000);
}

/// A message that is kept.
fn left(desk: &mut MailDesk, message: MessageId) {
    begin(desk, message);
    says(desk, message, 0..150, LOUD);
    ends(desk, message);
}

#[test]
fn what_the_disk_refuses_to_do_to_a_message_is_done_once_it_does_and_only_then_told() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    begin(&mut desk, ID);
    says(&mut desk, ID, 0..160, LOUD);
    // The end of it is written, its name can't be changed: it is played all the same.
    files.set_faults(Faults { dies_after: Some(4), ..Faults::default() });
    ends(&mut desk, ID);
    let refused = told(&mut desk);
    assert!(is(&refused, &MailTold::Left { message: ID, ms: 1600 }) && is(&refused, &MailTold::Disk { full: true }));
    assert_eq!(rows(&refused), Some((1, 1)));
    assert_eq!(in_folder(&files), [format!("mail/{ID}.part")]);
    assert!(played(&mut desk, ID).is_some());
    desk.handle_order(at(0, 1), Order::Of(MailOrder::Delete(ID)));
    let hidden = told(&mut desk);
    assert_eq!(rows(&hidden), Some((0, 0)));
    assert!(!is(&hidden, &MailTold::Deleted(ID)));
    desk.step(at(0, 12));
    assert!(told(&mut desk).iter().all(|told| !matches!(told, Told::Control(_))), "it refuses still");
    files.set_faults(Faults::default());
    desk.step(at(0, 23));
    let done = told(&mut desk);
    assert!(is(&done, &MailTold::Deleted(ID)) && is(&done, &MailTold::Disk { full: false }));
    log_has(&mut desk, at(0, 34), true, true);
    assert!(in_folder(&files).is_empty());
}

#[test]
fn one_file_that_cannot_be_read_closes_no_other_and_a_start_removes_what_has_no_key() {
    let files = MemoryStore::new();
    let other = MessageId::new(LifeNo(1), 2);
    let mut first = desk(&files);
    left(&mut first, ID);
    left(&mut first, other);
    files.refuse_to_read(&format!("mail/{ID}.new"), true);
    let mut second = desk(&files);
    assert_eq!(rows(&told(&mut second)), Some((1, 1)));
    assert!(played(&mut second, other).is_some());
    files.refuse_to_read(&format!("mail/{ID}.new"), false);
    files.tamper(&format!("mail/{ID}.new"), |file| file[KEY_AT..KEY_AT + KEY_OCTETS].fill(0));
    let mut third = desk(&files);
    let told = log_has(&mut third, at(0, 1), true, false);
    assert!(told.iter().any(|told| matches!(told, Told::Expired { message: ID, .. })), "as no log has it: {told:?}");
    assert!(log_has(&mut third, at(0, 12), true, true).iter().all(|told| !matches!(told, Told::Expired { .. })));
    assert_eq!(in_folder(&files), [format!("mail/{other}.new")]);
}

#[test]
fn a_clock_that_is_set_back_stops_neither_days_nor_a_disk_and_one_not_set_deletes_nothing() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    let back = |stamp: Stamp| Stamp { utc: Utc::from_us(5_000_000), ..stamp };
    let (call, lane, person) = (CallId::new(LifeNo(1), 9), LANE, PersonId(7));
    let take = MailOrder::Take {
        message: ID,
        kind: MailKind::Message,
        call,
        extension: "802".into(),
        person,
        number: None,
        lane,
        sound_ms: 1000,
    };
    desk.handle_order(back(at(0, 0)), Order::Of(take));
    says(&mut desk, ID, 0..150, LOUD);
    ends(&mut desk, ID);
    told(&mut desk);
    desk.step(back(at(0, 0)));
    desk.step(at(0, 3601));
    assert!(told(&mut desk).is_empty(), "it is as old as the first moment known");
    desk.step(at(30, 3602));
    assert!(told(&mut desk).iter().any(|told| matches!(told, Told::Expired { message: ID, .. })));
    log_has(&mut desk, at(30, 3603), true, true);
    files.set_faults(Faults { no_growth: true, ..Faults::default() });
    begin(&mut desk, MessageId::new(LifeNo(1), 2));
    assert!(is(&told(&mut desk), &MailTold::Disk { full: true }));
    files.set_faults(Faults::default());
    desk.step(back(at(30, 3700)));
    assert!(is(&told(&mut desk), &MailTold::Disk { full: false }));
}

#[test]
fn one_that_is_damaged_in_the_middle_is_played_up_to_there_and_is_not_whole_nor_is_one_that_a_death_cut() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    begin(&mut first, ID);
    says(&mut first, ID, 0..350, LOUD);
    ends(&mut first, ID);
    assert!(played(&mut first, ID).is_some_and(|message| message.whole));
    let (name, second_octets) = (format!("mail/{ID}.new"), PIECE_OCTETS + 21);
    files.tamper(&name, |file| {
        let at = file.len() - 21 - 4000 - second_octets;
        file[at] ^= 1;
    });
    let cut = played(&mut first, ID).map(|message| (message.octets.len(), message.whole));
    assert_eq!(cut, Some((2 * PIECE_OCTETS, false)));
    let other = MessageId::new(LifeNo(1), 2);
    begin(&mut first, other);
    says(&mut first, other, 0..250, LOUD);
    let mut second = desk(&files);
    assert_eq!(played(&mut second, other).map(|message| message.whole), Some(false));
}

#[test]
fn a_key_that_is_damaged_is_not_made_anew() {
    let files = MemoryStore::new();
    let mut desk_before = desk(&files);
    begin(&mut desk_before, ID);
    files.tamper(KEY, |key| key.truncate(31));
    let opened = MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(1)), 30);
    assert!(matches!(opened, Err(MailError::Key)));
    // Nor where it is missing: what is there would be lost for ever.
    files.clone().remove(KEY).expect("memory forgets");
    let opened = MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(1)), 30);
    assert!(matches!(opened, Err(MailError::Key)));
}

#[test]
fn a_deletion_that_the_disk_refuses_is_remembered_over_a_restart_by_its_name() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    left(&mut first, ID);
    told(&mut first);
    // The name is changed, and no zeros are taken.
    files.set_faults(Faults { dies_after: Some(1), ..Faults::default() });
    first.handle_order(at(0, 1), Order::Of(MailOrder::Delete(ID)));
    assert!(!is(&told(&mut first), &MailTold::Deleted(ID)));
    assert_eq!(in_folder(&files), [format!("mail/{ID}.gone")]);
    let late = |told: &[Told]| told.iter().any(|told| matches!(told, Told::DeletedLate { message: ID, .. }));
    let mut second = desk(&files);
    let refused = told(&mut second);
    assert!(is(&refused, &MailTold::Disk { full: true }) && !late(&refused), "it refuses still");
    assert_eq!(rows(&refused), Some((0, 0)), "and nobody is offered it");
    files.set_faults(Faults::default());
    second.step(at(0, 12));
    let done = told(&mut second);
    assert!(late(&done) && is(&done, &MailTold::Disk { full: false }));
    log_has(&mut second, at(0, 23), true, true);
    assert!(in_folder(&files).is_empty());
}

#[test]
fn a_key_that_opens_no_message_is_another_one_and_nothing_is_destroyed_or_sealed_under_it() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    left(&mut first, ID);
    let other = MessageId::new(LifeNo(1), 2);
    begin(&mut first, other);
    says(&mut first, other, 0..250, LOUD);
    let before = in_folder(&files);
    files.tamper(KEY, |key| key[3] ^= 1);
    let opened = MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(1)), 30);
    assert!(matches!(opened, Err(MailError::Key)));
    assert_eq!(in_folder(&files), before);
    files.tamper(KEY, |key| key[3] ^= 1);
    assert_eq!(rows(&told(&mut desk(&files))), Some((2, 2)), "the right one opens both");
}

#[test]
fn a_change_of_name_that_was_made_and_told_as_refused_puts_nobody_out_nor_does_a_file_that_somebody_took() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    left(&mut desk, ID);
    told(&mut desk);
    files.set_faults(Faults { renames_told_refused: true, ..Faults::default() });
    desk.handle_order(at(0, 1), Order::Of(MailOrder::Heard(ID)));
    assert!(is(&told(&mut desk), &MailTold::Disk { full: true }));
    assert!(played(&mut desk, ID).is_some(), "wherever it is");
    files.set_faults(Faults::default());
    desk.step(at(0, 12));
    assert!(is(&told(&mut desk), &MailTold::Disk { full: false }));
    assert_eq!(in_folder(&files), [format!("mail/{ID}.heard")]);
    files.clone().remove(&format!("mail/{ID}.heard")).expect("memory forgets");
    for _ in 0..2 {
        desk.handle_order(at(0, 13), Order::Of(MailOrder::Delete(ID)));
        let gone = told(&mut desk);
        assert!(is(&gone, &MailTold::Deleted(ID)), "who wants it deleted gets a word each time: {gone:?}");
        assert!(!is(&gone, &MailTold::Disk { full: true }));
    }
}

#[test]
fn what_is_no_message_and_cannot_be_destroyed_is_destroyed_later_and_never_found() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    begin(&mut first, ID);
    says(&mut first, ID, 0..50, LOUD);
    says(&mut first, ID, 50..250, QUIET);
    files.set_faults(Faults { dies_after: Some(0), ..Faults::default() });
    ends(&mut first, ID);
    assert!(is(&told(&mut first), &MailTold::Nothing(ID)));
    assert!(in_folder(&files).len() == 1 && played(&mut first, ID).is_none(), "it is there still, and for nobody");
    files.set_faults(Faults::default());
    first.step(at(2, 12));
    assert!(in_folder(&files).is_empty());
    let done = told(&mut first);
    assert!(is(&done, &MailTold::Disk { full: false }) && !is(&done, &MailTold::Deleted(ID)), "{done:?}");
}

#[test]
fn an_outside_line_s_busy_tone_is_no_message_after_a_restart_either() {
    for (sound_ms, found) in [(1000, 1), (2300, 0)] {
        let files = MemoryStore::new();
        let mut before = desk(&files);
        let (call, lane, person) = (CallId::new(LifeNo(1), 9), LANE, PersonId(7));
        let take = MailOrder::Take {
            message: ID,
            kind: MailKind::Message,
            call,
            extension: "802".into(),
            person,
            number: None,
            lane,
            sound_ms,
        };
        before.handle_order(at(0, 0), Order::Of(take));
        says(&mut before, ID, 0..200, LOUD);
        desk(&files);
        assert_eq!(in_folder(&files).len(), found);
    }
}

#[test]
fn last_words_that_the_disk_does_not_take_are_told_as_lost() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    begin(&mut desk, ID);
    says(&mut desk, ID, 0..160, LOUD);
    files.set_faults(Faults { dies_after: Some(0), ..Faults::default() });
    ends(&mut desk, ID);
    let ended = told(&mut desk);
    let at = |what: fn(&Told) -> bool| ended.iter().position(what).unwrap_or_else(|| panic!("{ended:?}"));
    let broken = at(|told| matches!(told, Told::Control(MailTold::Broken(ID))));
    assert!(broken < at(|told| matches!(told, Told::Control(MailTold::Left { message: ID, ms: 1000 }))));
    at(|told| matches!(told, Told::Behind { message: ID, ms: 600, .. }));
}

#[test]
fn one_file_that_refuses_for_ever_is_an_alarm_of_its_own_and_keeps_nobody_from_leaving_a_message() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    left(&mut desk, ID);
    files.refuse_to_change(&format!("mail/{ID}.gone"), true);
    desk.handle_order(at(0, 1), Order::Of(MailOrder::Delete(ID)));
    desk.step(at(0, 12));
    let stuck = told(&mut desk);
    assert!(is(&stuck, &MailTold::Disk { full: false }) && !is(&stuck, &MailTold::Deleted(ID)));
    assert!(stuck.iter().any(|told| matches!(told, Told::Stuck { stuck: true })));
    left(&mut desk, MessageId::new(LifeNo(1), 2));
    assert_eq!(rows(&told(&mut desk)), Some((1, 1)));
    files.refuse_to_change(&format!("mail/{ID}.gone"), false);
    desk.step(at(0, 23));
    let done = told(&mut desk);
    assert!(is(&done, &MailTold::Deleted(ID)));
    assert!(done.iter().any(|told| matches!(told, Told::Stuck { stuck: false })));
}

/// A log of events, as far as messages are concerned: how often each of its facts was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Log {
    left: usize,
    gone: usize,
}

impl Log {
    fn takes(&mut self, told: &[Told]) {
        for told in told {
            match told {
                // All of it; or, where the end found no place, all but that.
                Told::Control(MailTold::Left { ms: 1000 | 1500, .. }) | Told::Recovered { ms: 1000 | 1500, .. } => {
                    self.left += 1;
                }
                Told::Control(MailTold::Deleted(_)) | Told::DeletedLate { .. } | Told::Expired { .. } => self.gone += 1,
                Told::Control(MailTold::Left { .. }) | Told::Recovered { .. } => panic!("it is as long: {told:?}"),
                _ => (),
            }
        }
    }
}

/// The last second of a message, and its end, each written and made durable; then its name.
const OPERATIONS_OF_END: u64 = 5;

/// A life that dies in whatever it does to the disk, with or without what it told of that being in the log. What it told before
/// is there: of what a log took nothing from a message's begin to its end nobody can tell anything.
fn dies_after(operations: u64, kill: bool, logs: bool, last: &dyn Fn(&mut MailDesk)) -> (Log, bool) {
    let (files, mut log) = (MemoryStore::new(), Log::default());
    let mut first = desk(&files);
    begin(&mut first, ID);
    says(&mut first, ID, 0..150, LOUD);
    files.set_faults(Faults { dies_after: Some(operations), ..Faults::default() });
    ends(&mut first, ID);
    let of_end = told(&mut first);
    if logs || operations > OPERATIONS_OF_END {
        log.takes(&of_end);
    }
    last(&mut first);
    if logs {
        log.takes(&told(&mut first));
    }
    let files = if kill { files.after_kill() } else { files.after_power_cut() };
    for life in 0..3 {
        let mut next = desk(&files);
        for second in [0, 11, 22] {
            let had = log;
            log.takes(&log_has(&mut next, at(0, 100 * life + second), had.left > 0, had.gone > 0));
        }
    }
    let names = in_folder(&files);
    assert!(names.len() <= 1, "{names:?}");
    (log, names.is_empty())
}

#[test]
fn a_life_that_dies_between_a_change_of_a_file_and_the_log_leaves_each_fact_to_the_next_which_tells_it_once() {
    let deletes = |desk: &mut MailDesk| desk.handle_order(at(0, 1), Order::Of(MailOrder::Delete(ID)));
    let its_day_comes = |desk: &mut MailDesk| desk.step(at(31, 0));
    let mut deaths = BTreeSet::new();
    for last in [&deletes as &dyn Fn(&mut MailDesk), &its_day_comes] {
        for operations in 0..12 {
            for (kill, logs) in [(false, false), (false, true), (true, false), (true, true)] {
                let (log, is_gone) = dies_after(operations, kill, logs, last);
                let once = Log { left: 1, gone: usize::from(is_gone) };
                assert_eq!(log, once, "after {operations} operations, kill {kill}, logs {logs}");
                deaths.insert(is_gone);
            }
        }
    }
    assert_eq!(deaths.len(), 2, "some deaths come before the deletion, some in it");
}

#[test]
fn a_rotten_key_block_is_told_once_and_keeps_nobody_from_a_box_where_the_key_is_the_right_one() {
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    files.tamper(&format!("mail/{ID}.new"), |file| file[KEY_AT + 20] ^= 1);
    let mut next = desk(&files);
    let damaged = |told: &[Told]| {
        told.iter()
            .filter(|told| matches!(told, Told::Damaged { extension, message: ID, .. } if extension == "802"))
            .count()
    };
    assert_eq!(damaged(&log_has(&mut next, at(0, 1), true, false)), 1);
    assert_eq!(damaged(&log_has(&mut next, at(0, 12), true, false)), 0);
    left(&mut next, MessageId::new(LifeNo(1), 2));
    assert!(is(&told(&mut next), &MailTold::Left { message: MessageId::new(LifeNo(1), 2), ms: 1500 }));
    let mut known = desk(&files);
    known.step(at(0, 1));
    let Some(Told::Asks(asked)) = told(&mut known).into_iter().find(|told| matches!(told, Told::Asks(_))) else {
        panic!("it is asked whether the log has it")
    };
    let row = |message| Logged { message, extension: None, left: true, gone: false, damaged: true };
    known.handle_order(at(0, 1), Order::Logged(asked.into_iter().map(row).collect()));
    assert_eq!(damaged(&told(&mut known)), 0, "nor by the next life");
    // Another key is none, whatever lies beside it; and without the check nobody knows.
    let open = || MailDesk::open(Box::new(files.clone()), Box::new(Seeded::new(1)), 30).map(|_| ());
    files.tamper(&format!("mail/{}.new", MessageId::new(LifeNo(1), 2)), |file| file[KEY_AT + 20] ^= 1);
    assert!(open().is_ok());
    files.tamper(KEY, |key| key[3] ^= 1);
    assert!(matches!(open(), Err(MailError::Key)));
    files.tamper(KEY, |key| key[3] ^= 1);
    files.clone().remove(CHECK).expect("memory forgets");
    assert!(matches!(open(), Err(MailError::Key)));
}

#[test]
fn a_box_of_before_the_check_gets_one_with_the_first_message_that_opens() {
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    files.clone().remove(CHECK).expect("memory forgets");
    desk(&files);
    assert!(files.names().contains(&CHECK.to_owned()));
}

#[test]
fn a_clock_that_is_behind_for_a_while_makes_no_message_older() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    let (call, lane, person) = (CallId::new(LifeNo(1), 9), LANE, PersonId(7));
    let take = MailOrder::Take {
        message: ID,
        kind: MailKind::Message,
        call,
        extension: "802".into(),
        person,
        number: None,
        lane,
        sound_ms: 1000,
    };
    desk.handle_order(at(100, 0), Order::Of(take));
    says(&mut desk, ID, 0..150, LOUD);
    let done = MailOrder::Done { message: ID, lane: None, said_ms: 0 };
    desk.handle_order(at(100, 0), Order::Of(done));
    told(&mut desk);
    // As after a start without a battery: the date is months ago, and an hour later it is right.
    desk.step(Stamp { utc: at(0, 0).utc, ..at(100, 1) });
    desk.step(at(101, 0));
    desk.step(at(129, 0));
    assert!(!told(&mut desk).iter().any(|told| matches!(told, Told::Expired { .. })));
    desk.step(at(131, 0));
    assert!(told(&mut desk).iter().any(|told| matches!(told, Told::Expired { message: ID, .. })));
}

#[test]
fn what_was_left_while_the_clock_was_ahead_is_as_old_as_now() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    let ahead = Stamp { utc: at(3650, 0).utc, ..at(0, 0) };
    let (call, lane, person) = (CallId::new(LifeNo(1), 9), LANE, PersonId(7));
    let take = MailOrder::Take {
        message: ID,
        kind: MailKind::Message,
        call,
        extension: "802".into(),
        person,
        number: None,
        lane,
        sound_ms: 1000,
    };
    desk.handle_order(ahead, Order::Of(take));
    says(&mut desk, ID, 0..150, LOUD);
    ends(&mut desk, ID);
    desk.step(at(0, 1));
    told(&mut desk);
    desk.step(at(30, 3600));
    assert!(told(&mut desk).iter().any(|told| matches!(told, Told::Expired { message: ID, .. })));
}

/// The wall clock is right from here on.
fn right(desk: &mut MailDesk, at: Stamp) {
    desk.handle_order(at, Order::Right(at));
    desk.step(at);
}

#[test]
fn a_clock_that_is_wrong_at_a_start_destroys_nothing_and_the_days_of_this_life_hold_all_the_same() {
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    let expired = |told: Vec<Told>| told.iter().any(|told| matches!(told, Told::Expired { message: ID, .. }));
    // A battery that is empty: it is 2030, until something knows better.
    let mut next = desk(&files);
    next.step(at(1500, 0));
    assert!(!expired(told(&mut next)));
    let now = at(1500, 3600);
    right(&mut next, Stamp { utc: at(29, 0).utc, ..now });
    next.step(at(1500, 10_000));
    assert!(!expired(told(&mut next)), "it is not of its day");
    next.step(at(1501, 10_000));
    assert!(expired(told(&mut next)), "but a day later it is, whatever the wall clock says");
    // Where nobody ever knows what time it is.
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    let mut next = desk(&files);
    next.step(at(0, 1));
    next.step(at(29, 86_000));
    assert!(!expired(told(&mut next)));
    next.step(at(30, 3600));
    assert!(expired(told(&mut next)));
    // A clock that was behind when it was left in this life makes it no older.
    let files = MemoryStore::new();
    let mut young = desk(&files);
    left(&mut young, ID);
    right(&mut young, Stamp { utc: at(90, 0).utc, ..at(0, 60) });
    assert!(!expired(told(&mut young)));
}

#[test]
fn what_cannot_be_read_is_kept_aside_read_again_every_hour_and_goes_with_its_days() {
    let files = MemoryStore::new();
    let other = MessageId::new(LifeNo(1), 2);
    let mut first = desk(&files);
    left(&mut first, ID);
    left(&mut first, other);
    let (name, day) = (format!("mail/{ID}.new"), at(0, 0).utc.as_us() / DAY_US);
    let aside = format!("{name}.{day}");
    files.refuse_to_read(&name, true);
    let mut second = desk(&files);
    let is_named = |told: &[Told]| told.iter().filter(|told| matches!(told, Told::Damaged { message: ID, .. })).count();
    assert_eq!(is_named(&log_has(&mut second, at(0, 0), true, false)), 1, "it is told");
    assert!(in_folder(&files).contains(&name), "nobody knows what day it is");
    right(&mut second, at(0, 10));
    assert!(in_folder(&files).contains(&aside), "{:?}", in_folder(&files));
    files.refuse_to_read(&name, false);
    files.refuse_to_read(&aside, true);
    second.step(at(0, 3700));
    assert_eq!(is_named(&log_has(&mut second, at(0, 3720), true, false)), 0, "once");
    files.refuse_to_read(&aside, false);
    second.step(at(0, 7400));
    assert_eq!(rows(&told(&mut second)), Some((2, 2)), "it can be read again, and is where it was");
    assert!(in_folder(&files).contains(&name) && played(&mut second, ID).is_some());
    // Its key has rotted: nothing can open it, and at its day it is told to go.
    files.tamper(&name, |file| file[KEY_AT + 20] ^= 1);
    right(&mut desk(&files), at(1, 0));
    let aside = format!("{name}.{}", day + 1);
    assert!(in_folder(&files).contains(&aside));
    for days in [2, 30] {
        let mut next = desk(&files);
        right(&mut next, at(days, 0));
        assert!(
            in_folder(&files).contains(&aside),
            "a start makes it no younger and no older: {:?}",
            in_folder(&files)
        );
    }
    let mut last = desk(&files);
    right(&mut last, at(31, 0));
    let gone = log_has(&mut last, at(31, 10), true, false);
    assert!(gone.iter().any(|told| matches!(told, Told::Expired { message: ID, extension } if extension == "802")));
    log_has(&mut last, at(31, 30), true, true);
    assert!(!in_folder(&files).iter().any(|name| name.contains(&ID.to_string())), "{:?}", in_folder(&files));
    // Without a clock that anybody trusts, this life's days count.
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    left(&mut desk(&files), other);
    files.tamper(&name, |file| file[KEY_AT + 20] ^= 1);
    let mut alone = desk(&files);
    alone.step(at(0, 0));
    alone.step(at(29, 0));
    assert!(in_folder(&files).contains(&name));
    alone.step(at(30, 60));
    assert!(in_folder(&files).contains(&format!("mail/{ID}.old")), "{:?}", in_folder(&files));
}

#[test]
fn who_wants_a_message_deleted_that_the_disk_refuses_is_told_so_at_once_and_only_then_that_it_is_gone() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    left(&mut desk, ID);
    told(&mut desk);
    files.refuse_to_change(&format!("mail/{ID}.gone"), true);
    desk.handle_order(at(0, 1), Order::Of(MailOrder::Delete(ID)));
    let refused = told(&mut desk);
    assert!(is(&refused, &MailTold::NotDeleted(ID)) && !is(&refused, &MailTold::Deleted(ID)), "{refused:?}");
    files.refuse_to_change(&format!("mail/{ID}.gone"), false);
    desk.step(at(0, 12));
    let done = told(&mut desk);
    assert!(is(&done, &MailTold::Deleted(ID)) && !is(&done, &MailTold::NotDeleted(ID)), "{done:?}");
}

#[test]
fn what_was_left_before_2026_by_a_clock_that_was_not_set_is_as_old_as_the_first_right_moment_of_each_life() {
    let files = MemoryStore::new();
    let mut before = desk(&files);
    let unset = Stamp { utc: Utc::from_us(5_000_000), ..at(0, 0) };
    let (call, lane, person) = (CallId::new(LifeNo(1), 9), LANE, PersonId(7));
    let take = MailOrder::Take {
        message: ID,
        kind: MailKind::Message,
        call,
        extension: "802".into(),
        person,
        number: None,
        lane,
        sound_ms: 1000,
    };
    before.handle_order(unset, Order::Of(take));
    says(&mut before, ID, 0..150, LOUD);
    ends(&mut before, ID);
    let mut next = desk(&files);
    right(&mut next, at(0, 60));
    next.step(at(29, 0));
    assert!(!told(&mut next).iter().any(|told| matches!(told, Told::Expired { .. })));
    next.step(at(30, 3700));
    assert!(told(&mut next).iter().any(|told| matches!(told, Told::Expired { message: ID, .. })));
}

/// What of a file lies where its key was.
fn key_of(files: &MemoryStore, name: &str) -> Vec<u8> {
    let file = read_all(files, name).expect("memory is readable").unwrap_or_else(|| panic!("{:?}", in_folder(files)));
    file[KEY_AT..KEY_AT + KEY_OCTETS].to_vec()
}

#[test]
fn what_cannot_be_read_and_goes_has_zeros_over_its_key_and_a_disk_that_refuses_them_is_asked_again() {
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    left(&mut desk(&files), MessageId::new(LifeNo(1), 2));
    let (name, day) = (format!("mail/{ID}.new"), at(0, 0).utc.as_us() / DAY_US);
    files.tamper(&name, |file| file[KEY_AT + 20] ^= 1);
    right(&mut desk(&files), at(0, 0));
    let (aside, old) = (format!("{name}.{day}"), format!("mail/{ID}.old"));
    assert!(key_of(&files, &aside).iter().any(|octet| *octet != 0));
    let mut next = desk(&files);
    files.refuse_to_change(&aside, true);
    files.refuse_to_change(&old, true);
    right(&mut next, at(30, 0));
    assert!(is(&told(&mut next), &MailTold::Disk { full: true }));
    files.refuse_to_change(&aside, false);
    files.refuse_to_change(&old, false);
    next.step(at(30, 3700));
    assert_eq!(key_of(&files, &old), [0; KEY_OCTETS]);
    // One that somebody took meanwhile is nobody's any more, and no fault of the disk.
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    let taken = name;
    files.refuse_to_read(&taken, true);
    let mut last = desk(&files);
    files.refuse_to_read(&taken, false);
    files.clone().remove(&taken).expect("memory forgets");
    told(&mut last);
    right(&mut last, at(1, 0));
    assert!(!is(&told(&mut last), &MailTold::Disk { full: true }));
    assert!(in_folder(&files).is_empty(), "{:?}", in_folder(&files));
}

#[test]
fn what_was_deleted_and_cannot_be_read_is_closed_at_once_once_the_disk_gives_it_and_was_deleted_by_its_person() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    left(&mut first, ID);
    // The name is changed, and no zeros are taken.
    files.set_faults(Faults { dies_after: Some(1), ..Faults::default() });
    first.handle_order(at(0, 1), Order::Of(MailOrder::Delete(ID)));
    files.set_faults(Faults::default());
    let gone = format!("mail/{ID}.gone");
    assert_eq!(in_folder(&files), std::slice::from_ref(&gone));
    files.refuse_to_read(&gone, true);
    let mut next = desk(&files);
    next.step(at(0, 60));
    assert_eq!(in_folder(&files), std::slice::from_ref(&gone), "it waits for no day");
    files.refuse_to_read(&gone, false);
    assert_eq!(key_of(&files, &gone), [0; KEY_OCTETS]);
    let late = log_has(&mut next, at(0, 80), true, false);
    assert!(late.iter().any(|told| matches!(told, Told::DeletedLate { message: ID, .. })), "{late:?}");
}

/// What of these is told of a message that can't be read.
fn damages(told: &[Told]) -> usize {
    told.iter().filter(|told| matches!(told, Told::Damaged { message: ID, .. })).count()
}

/// A message whose key has rotted.
fn rotten(files: &MemoryStore) -> String {
    left(&mut desk(files), ID);
    let name = format!("mail/{ID}.new");
    files.tamper(&name, |file| file[KEY_AT + 20] ^= 1);
    name
}

#[test]
fn what_is_read_again_in_vain_every_hour_is_told_once() {
    let files = MemoryStore::new();
    rotten(&files);
    let mut desk = desk(&files);
    let (mut told, mut asked) = (0, 0);
    for hour in 0..4 {
        // What else the log is asked of.
        let other = MessageId::new(LifeNo(2), hour);
        left(&mut desk, other);
        desk.handle_order(at(0, 0), Order::Of(MailOrder::Delete(other)));
        for second in [0, 20] {
            let all = log_has(&mut desk, at(0, 3700 * i64::from(hour) + second), true, true);
            told += damages(&all);
            asked += all.iter().filter(|told| matches!(told, Told::Asks(_))).count();
        }
    }
    assert!(asked >= 4, "{asked}");
    assert_eq!(told, 1);
}

#[test]
fn what_can_be_read_again_before_the_log_was_asked_is_never_told_as_damaged() {
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    let name = format!("mail/{ID}.new");
    files.refuse_to_read(&name, true);
    let mut desk = desk(&files);
    files.refuse_to_read(&name, false);
    let all = log_has(&mut desk, at(0, 0), true, false);
    assert_eq!((damages(&all), rows(&all)), (0, Some((1, 1))));
    assert_eq!(damages(&log_has(&mut desk, at(0, 20), true, false)), 0);
}

#[test]
fn a_right_moment_that_is_yet_to_come_counts_once_it_has() {
    let files = MemoryStore::new();
    left(&mut desk(&files), ID);
    let mut desk = desk(&files);
    // Of the hands that hand it on, one may look at the clock before the other.
    let right = Stamp { utc: at(31, 0).utc, ..at(0, 60) };
    desk.handle_order(at(0, 0), Order::Right(right));
    desk.step(at(0, 59));
    let expired = |told: Vec<Told>| told.iter().any(|told| matches!(told, Told::Expired { message: ID, .. }));
    assert!(!expired(told(&mut desk)));
    desk.step(at(0, 59 + 3600));
    assert!(expired(told(&mut desk)));
}

#[test]
fn the_log_is_asked_at_once_of_what_went_unread() {
    let files = MemoryStore::new();
    rotten(&files);
    let mut desk = desk(&files);
    right(&mut desk, at(0, 0));
    let asked = |told: &[Told]| told.iter().any(|told| matches!(told, Told::Asks(asked) if asked.contains(&ID)));
    assert!(asked(&told(&mut desk)));
    let row = |message| Logged { message, extension: None, left: true, gone: false, damaged: true };
    desk.handle_order(at(0, 1), Order::Logged(vec![row(ID)]));
    desk.step(at(0, 20));
    assert!(!asked(&told(&mut desk)), "the log has all of it");
    right(&mut desk, at(30, 0));
    assert!(asked(&told(&mut desk)));
}

#[test]
fn what_cannot_be_read_is_looked_at_again_whatever_of_it_the_disk_refuses() {
    let refuses = [
        // Its new name, for good.
        Faults { dies_after: Some(0), ..Faults::default() },
        // What makes that durable.
        Faults { renames_told_refused: true, ..Faults::default() },
        // The zeros.
        Faults { dies_after: Some(1), ..Faults::default() },
        // Whether it is there.
        Faults { lengths_refused: true, ..Faults::default() },
    ];
    for faults in refuses {
        let files = MemoryStore::new();
        rotten(&files);
        let mut desk = desk(&files);
        desk.step(at(0, 0));
        files.set_faults(faults);
        desk.step(at(30, 0));
        assert!(is(&told(&mut desk), &MailTold::Disk { full: true }), "{faults:?}");
        files.set_faults(Faults::default());
        desk.step(at(30, 3700));
        let old = format!("mail/{ID}.old");
        assert_eq!(key_of(&files, &old), [0; KEY_OCTETS], "{faults:?}");
    }
}
