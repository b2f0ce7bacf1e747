//! What is left of greetings by restarts, deaths, full disks and people who go.

use super::*;
use crate::mail::{desk::greetings::KEY_TONE_OCTETS, format::RECORDS_AT};

const OTHER: MessageId = MessageId::new(LifeNo(1), 2);

fn takes(desk: &mut MailDesk, message: MessageId) {
    let (call, kind, person) = (CallId::new(LifeNo(1), 9), MailKind::Greeting, PersonId(7));
    let (extension, number) = ("802".into(), None);
    let take = MailOrder::Take { message, kind, call, extension, person, number, lane: LANE, sound_ms: 1000 };
    desk.handle_order(at(0, 0), Order::Of(take));
}

/// Somebody says so many ticks for a greeting; what is told of that.
fn records(desk: &mut MailDesk, message: MessageId, ticks: u64) -> Vec<Told> {
    takes(desk, message);
    says(desk, message, 0..ticks, LOUD);
    ends_after(desk, message, ticks as u32 * 10);
    told(desk)
}

fn keeps(desk: &mut MailDesk, message: MessageId) -> Vec<Told> {
    desk.handle_order(at(0, 1), Order::Of(MailOrder::Keep(message)));
    told(desk)
}

/// A greeting that is kept.
fn kept(files: &MemoryStore, message: MessageId) -> MailDesk {
    let mut desk = desk(files);
    records(&mut desk, message, 150);
    assert!(is(&keeps(&mut desk, message), &MailTold::Kept(message)));
    desk
}

/// Which greeting was told last to be the person's; nothing where none was told.
fn greeting(told: &[Told]) -> Option<Option<MessageId>> {
    told.iter().rev().find_map(|told| match told {
        Told::Control(MailTold::Greeting { person: PersonId(7), greeting }) => Some(greeting.map(|own| own.message)),
        _ => None,
    })
}

#[test]
fn what_is_kept_is_the_greeting_over_a_restart_and_what_was_not_kept_is_nothing() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    let recorded = records(&mut first, ID, 150);
    assert!(is(&recorded, &MailTold::Recorded(ID)) && greeting(&recorded).is_none());
    assert_eq!(in_folder(&files), [format!("mail/{ID}.draft")]);
    let heard = played(&mut first, ID).expect("it is played back");
    assert_eq!((heard.kind, heard.octets.to_vec()), (MailKind::Greeting, vec![LOUD; 12_000 - KEY_TONE_OCTETS]));
    let cut = files.after_power_cut();
    assert_eq!(greeting(&told(&mut desk(&cut))), None);
    assert!(in_folder(&cut).is_empty());

    let done = keeps(&mut first, ID);
    assert!(is(&done, &MailTold::Kept(ID)) && greeting(&done) == Some(Some(ID)));
    assert!(rows(&done).is_none(), "it is no message of the box");
    let cut = files.after_power_cut();
    let mut second = desk(&cut);
    assert_eq!(greeting(&told(&mut second)), Some(Some(ID)));
    assert_eq!(played(&mut second, ID).map(|greeting| greeting.octets.len()), Some(12_000 - KEY_TONE_OCTETS));
    assert_eq!(in_folder(&cut), [format!("mail/{ID}.greeting")]);
    // One that takes its place leaves nothing of it.
    records(&mut second, OTHER, 150);
    assert_eq!(greeting(&keeps(&mut second, OTHER)), Some(Some(OTHER)));
    assert_eq!(in_folder(&cut), [format!("mail/{OTHER}.greeting")]);
    // Its days are not those of messages.
    for day in [31, 400] {
        second.step(at(day, 0));
        assert!(told(&mut second).is_empty());
    }
}

#[test]
fn a_word_is_no_greeting_and_neither_is_what_its_person_throws_away() {
    let files = MemoryStore::new();
    let mut desk = desk(&files);
    assert!(is(&records(&mut desk, ID, 99), &MailTold::Nothing(ID)), "a tick is missing");
    assert!(in_folder(&files).is_empty());
    let drops = |desk: &mut MailDesk, message| {
        desk.handle_order(at(0, 0), Order::Of(MailOrder::Drop { message, lane: None }));
        told(desk)
    };
    takes(&mut desk, ID);
    says(&mut desk, ID, 0..250, LOUD);
    drops(&mut desk, ID);
    assert!(in_folder(&files).is_empty(), "while it is said");
    records(&mut desk, OTHER, 150);
    drops(&mut desk, OTHER);
    assert!(in_folder(&files).is_empty(), "before it is kept");
    assert!(is(&keeps(&mut desk, OTHER), &MailTold::NotKept(OTHER)));
    records(&mut desk, ID, 150);
    keeps(&mut desk, ID);
    drops(&mut desk, ID);
    assert_eq!(in_folder(&files).len(), 1, "and not once it was");
}

#[test]
fn the_silence_by_which_it_ended_is_not_heard_by_callers() {
    let mut desk = desk(&MemoryStore::new());
    told(&mut desk);
    takes(&mut desk, ID);
    says(&mut desk, ID, 0..150, LOUD);
    says(&mut desk, ID, 150..1149, QUIET);
    assert!(told(&mut desk).is_empty());
    says(&mut desk, ID, 1149..1150, QUIET);
    assert!(is(&told(&mut desk), &MailTold::Silent(ID)));
    ends(&mut desk, ID);
    assert!(is(&told(&mut desk), &MailTold::Recorded(ID)));
    assert_eq!(played(&mut desk, ID).map(|greeting| greeting.octets.len()), Some(175 * 80));
}

#[test]
fn of_the_key_by_which_it_ended_callers_hear_nothing_wherever_a_second_of_it_ends() {
    const KEY: u8 = 0x11;
    for said in [150, 192, 199, 200, 207] {
        let mut desk = desk(&MemoryStore::new());
        takes(&mut desk, ID);
        says(&mut desk, ID, 0..said, LOUD);
        says(&mut desk, ID, said..said + 8, KEY);
        ends(&mut desk, ID);
        let heard = played(&mut desk, ID).expect("it is there").octets;
        assert_eq!((heard.len(), heard.contains(&KEY)), (said as usize * OCTETS_PER_TICK, false), "{said} ticks");
    }
}

/// A life that dies in whatever it does to the disk while it keeps a second greeting: what was told of that, and what is there.
fn dies_in_keeping(operations: u64, kill: bool) -> (bool, MemoryStore) {
    let files = MemoryStore::new();
    let mut first = kept(&files, ID);
    records(&mut first, OTHER, 150);
    files.set_faults(Faults { dies_after: Some(operations), ..Faults::default() });
    let is_kept = is(&keeps(&mut first, OTHER), &MailTold::Kept(OTHER));
    (is_kept, if kill { files.after_kill() } else { files.after_power_cut() })
}

#[test]
fn whenever_a_life_dies_that_keeps_a_new_greeting_there_is_the_old_or_the_new_one_and_the_new_one_once_it_was_told() {
    let (mut found, mut closed) = (BTreeSet::new(), 0);
    for operations in 0..8 {
        for kill in [false, true] {
            let (is_kept, files) = dies_in_keeping(operations, kill);
            let spent = read_all(&files, &format!("mail/{ID}.spent")).expect("memory is readable");
            closed += usize::from(spent.is_some_and(|file| format::is_destroyed(&file)));
            let mut next = desk(&files);
            let holds = greeting(&told(&mut next)).flatten().expect("one of them is there");
            assert!(played(&mut next, holds).is_some(), "after {operations} operations");
            assert!(holds == OTHER || !is_kept, "after {operations} operations");
            assert_eq!(in_folder(&files), [format!("mail/{holds}.greeting")], "and the other one is gone");
            found.insert(holds);
        }
    }
    assert_eq!(found.len(), 2, "some deaths come before the change of the name, some behind it");
    assert!(closed > 0, "zeros stand over the key of the old one before its file goes");
}

#[test]
fn where_the_disk_refuses_a_change_the_greeting_before_it_stays_and_what_was_recorded_goes_later() {
    let files = MemoryStore::new();
    let mut desk = kept(&files, ID);
    records(&mut desk, OTHER, 150);
    files.set_faults(Faults { dies_after: Some(0), ..Faults::default() });
    let refused = keeps(&mut desk, OTHER);
    assert!(is(&refused, &MailTold::NotKept(OTHER)) && is(&refused, &MailTold::Disk { full: true }));
    desk.handle_order(at(0, 1), Order::Of(MailOrder::Delete(ID)));
    let refused = told(&mut desk);
    assert!(is(&refused, &MailTold::NotDeleted(ID)) && !is(&refused, &MailTold::Deleted(ID)));
    files.set_faults(Faults::default());
    desk.step(at(0, 12));
    assert!(is(&told(&mut desk), &MailTold::Disk { full: false }));
    assert_eq!(in_folder(&files), [format!("mail/{ID}.greeting")]);
    assert!(played(&mut desk, ID).is_some());
    desk.handle_order(at(0, 13), Order::Of(MailOrder::Delete(ID)));
    let done = told(&mut desk);
    assert!(is(&done, &MailTold::Deleted(ID)) && greeting(&done) == Some(None));
    assert!(in_folder(&files).is_empty());
    files.set_faults(Faults { no_growth: true, ..Faults::default() });
    takes(&mut desk, OTHER);
    assert!(is(&told(&mut desk), &MailTold::Broken(OTHER)));
    ends(&mut desk, OTHER);
    assert!(is(&told(&mut desk), &MailTold::Nothing(OTHER)));
}

#[test]
fn a_greeting_goes_with_its_person_and_not_because_settings_name_nobody() {
    let files = MemoryStore::new();
    let mut desk = kept(&files, ID);
    for people in [vec![], vec![7, 8]] {
        desk.handle_order(at(0, 2), Order::People(people.into_iter().map(PersonId).collect()));
        assert!(told(&mut desk).is_empty() && in_folder(&files).len() == 1);
    }
    desk.handle_order(at(0, 2), Order::People([PersonId(8)].into()));
    assert_eq!(greeting(&told(&mut desk)), Some(None));
    assert!(in_folder(&files).is_empty());
}

/// What the log is to have of what can't be read, each once: whose, and what.
fn damaged(told: &[Told]) -> Vec<(String, MailKind)> {
    let of = |told: &Told| match told {
        Told::Damaged { extension, kind, .. } => Some((extension.clone(), *kind)),
        _ => None,
    };
    told.iter().filter_map(of).collect()
}

#[test]
fn a_greeting_that_is_damaged_anywhere_is_not_played_and_that_is_told_once() {
    for (at_octet, extension) in [(RECORDS_AT - 1, ""), (9000, "802")] {
        let files = MemoryStore::new();
        let mut first = kept(&files, ID);
        left(&mut first, OTHER);
        files.tamper(&format!("mail/{ID}.greeting"), |file| file[at_octet] ^= 1);
        let mut next = desk(&files);
        assert!(played(&mut next, ID).is_none());
        next.step(at(0, 1));
        let asked = told(&mut next).into_iter().find_map(|told| match told {
            Told::Asks(asked) => Some(asked),
            _ => None,
        });
        assert!(asked.is_some_and(|asked| asked.contains(&ID)));
        let row = |damaged| Logged { message: ID, extension: None, left: false, gone: false, damaged };
        next.handle_order(at(0, 1), Order::Logged(vec![row(false)]));
        assert_eq!(damaged(&told(&mut next)), [(extension.to_owned(), MailKind::Greeting)]);
        assert!(played(&mut next, ID).is_none());
        next.handle_order(at(0, 2), Order::Logged(vec![row(true)]));
        assert!(damaged(&told(&mut next)).is_empty());
        // A new one is recorded all the same.
        let newer = MessageId::new(LifeNo(1), 3);
        records(&mut next, newer, 150);
        assert_eq!(greeting(&keeps(&mut next, newer)), Some(Some(newer)));
    }
}

#[test]
fn a_message_under_the_name_of_a_greeting_is_played_to_no_caller() {
    let files = MemoryStore::new();
    let mut first = desk(&files);
    left(&mut first, ID);
    files.clone().rename(&format!("mail/{ID}.new"), &format!("mail/{ID}.greeting")).expect("memory takes it");
    let mut next = desk(&files);
    assert_eq!(greeting(&told(&mut next)), None);
    assert!(played(&mut next, ID).is_none());
}

#[test]
fn one_that_the_disk_gives_again_is_heard_again_unless_there_is_a_newer_one() {
    for is_newer in [false, true] {
        let files = MemoryStore::new();
        drop(kept(&files, ID));
        let name = format!("mail/{ID}.greeting");
        files.refuse_to_read(&name, true);
        let mut next = desk(&files);
        assert_eq!(greeting(&told(&mut next)), None);
        if is_newer {
            records(&mut next, OTHER, 150);
            keeps(&mut next, OTHER);
        }
        next.step(at(0, 3600));
        files.refuse_to_read(&name, false);
        next.step(at(0, 7300));
        let holds = if is_newer { OTHER } else { ID };
        assert_eq!(greeting(&told(&mut next)), Some(Some(holds)));
        assert_eq!(in_folder(&files), [format!("mail/{holds}.greeting")]);
        assert!(played(&mut next, holds).is_some());
    }
}
