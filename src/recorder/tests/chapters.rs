//! The event log and the settings of the box in a copy: sealed, without a gap, and never less than before.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use frame::EventNo;
use vault::{ChapterKind, FormatError};

use super::{
    ceremony::celebrated,
    copy::{content, copied, copier, intact, level},
    *,
};
use crate::recorder::{
    bucket::BucketStore,
    bucket_files::FilesBucket,
    copy_chapters::chapter_named,
    names::{CHAPTERS, chapter_name},
};

/// Events of a day: each is a chapter.
const A_DAY: u64 = 4;

/// What is dialled, and who it is: what nobody reads in a copy.
const SAID: [&str; 2] = ["62001234", "Frau Schmidt"];

/// The box's books, in memory.
pub(super) struct Shelf {
    log: BTreeMap<u64, Vec<u8>>,
    durable: u64,
    versions: BTreeMap<u64, Vec<u8>>,
}

impl Shelf {
    /// A box with so many events.
    pub(super) fn of(events: u64) -> Shelf {
        let versions = BTreeMap::from([(1, b"[box]\nname = \"Frau Schmidt\"\n".to_vec())]);
        let mut shelf = Shelf { log: BTreeMap::new(), durable: 0, versions };
        shelf.write_to(events);
        shelf
    }

    fn write_to(&mut self, to: u64) {
        self.log.extend((self.durable + 1..=to).map(|no| (no, format!("{} {} {no};", SAID[0], SAID[1]).into())));
        self.durable = to;
    }

    /// Its log is gone, or is another one, up to this event.
    fn loses_all(&mut self, events: u64) {
        (self.log, self.durable) = (BTreeMap::new(), 0);
        self.write_to(events);
    }

    fn records(&self) -> Vec<u8> {
        self.log.values().flatten().copied().collect()
    }
}

impl Books for Shelf {
    fn durable_no(&self) -> io::Result<EventNo> {
        Ok(EventNo(self.durable))
    }
    fn events(&mut self, from: EventNo, to: EventNo) -> io::Result<Option<(Vec<u8>, EventNo)>> {
        let day = |no: u64| (no - 1) / A_DAY;
        let mut wanted = self.log.range(from.0..).take_while(|(no, _)| **no <= to.0).peekable();
        let Some(first) = wanted.peek().map(|(no, _)| **no) else { return Ok(None) };
        let of_day: Vec<(&u64, &Vec<u8>)> = wanted.take_while(|(no, _)| day(**no) == day(first)).collect();
        let last = of_day.last().map_or(first, |(no, _)| **no);
        Ok(Some((of_day.into_iter().flat_map(|(_, record)| record).copied().collect(), EventNo(last))))
    }
    fn versions(&self) -> io::Result<BTreeSet<u64>> {
        Ok(self.versions.keys().copied().collect())
    }
    fn settings(&self, version: u64) -> io::Result<Vec<u8>> {
        Ok(self.versions[&version].clone())
    }
}

fn keys(rig: &Rig) -> ChapterKeys {
    let home = Home::open(&rig.store).unwrap().unwrap();
    ChapterKeys::new(&home, &home.seal_for())
}

/// Brings the chapters level, too.
fn write(copier: &mut Copier, rig: &Rig, copy: &mut dyn Store, shelf: &mut Shelf) -> Result<(), CopyError> {
    level(copier, &rig.store, copy)?;
    for _ in 0..100 {
        if copier.write_chapters(&mut rig.store.clone(), copy, (shelf, &keys(rig)))?.is_level {
            return Ok(());
        }
    }
    panic!("it takes no end");
}

pub(super) fn written(rig: &Rig, copy: &mut dyn Store, shelf: &mut Shelf) -> Result<(), CopyError> {
    write(&mut copier(), rig, copy, shelf)
}

fn found(copy: &MemoryStore) -> Vec<(String, Finding)> {
    verify_vault(copy, None).unwrap().findings.into_iter().map(|found| (found.file, found.what)).collect()
}

/// What the chapters say that are in a copy.
fn told(copy: &dyn Store, rig: &Rig, unlock: &Unlock<'_>) -> (Vec<u8>, BTreeMap<u64, Vec<u8>>) {
    let opener = Opener::unlock(Box::new(rig.store.clone()), unlock).unwrap();
    let key = rig.home.log_key().verifying_key();
    let (mut records, mut versions) = (Vec::new(), BTreeMap::new());
    for name in copy.list(CHAPTERS).unwrap() {
        let octets = content(copy, &name);
        let chapter = chapter_named(&name, &octets, &rig.home.vault(), &key).unwrap();
        let content = opener.open_chapter(&chapter).unwrap();
        match chapter.head.kind {
            ChapterKind::Events => records.extend_from_slice(&content),
            ChapterKind::Settings => drop(versions.insert(chapter.head.no, content.to_vec())),
        }
    }
    (records, versions)
}

fn events_name(no: u64) -> String {
    chapter_name(ChapterKind::Events, no)
}

fn code() -> Unlock<'static> {
    Unlock::Passphrase { person: None, typed: std::str::from_utf8(CODE).unwrap() }
}

#[test]
fn event_log_and_settings_are_in_a_copy_for_two_shares_and_nothing_of_them_is_seen() {
    let (rig, shares) = celebrated();
    let (mut shelf, mut copy) = (Shelf::of(10), copied(&rig));
    written(&rig, &mut copy, &mut shelf).unwrap();
    let found = ChaptersFound { events: 3, last: 10, settings: 1 };
    assert_eq!(intact(&copy).chapters, Some(found));
    let (records, versions) = told(&copy, &rig, &Unlock::Shares(&shares));
    assert!(records == shelf.records() && versions == shelf.versions);
    assert!(SAID.iter().all(|said| records.windows(said.len()).any(|of| of == said.as_bytes())));
    for name in copy.names() {
        let octets = content(&copy, &name);
        for said in SAID {
            assert!(!octets.windows(said.len()).any(|of| of == said.as_bytes()), "{name} says {said}");
        }
    }
    // The last chapter grows, each day begins one, and of the settings each version is kept.
    shelf.write_to(15);
    shelf.versions.insert(2, b"[box]\n".to_vec());
    let first = content(&copy, &events_name(1));
    written(&rig, &mut copy, &mut shelf).unwrap();
    assert_eq!(intact(&copy).chapters, Some(ChaptersFound { events: 4, last: 15, settings: 2 }));
    assert!(content(&copy, &events_name(1)) == first, "what is over is not written again");
    assert!(told(&copy, &rig, &Unlock::Shares(&shares)) == (shelf.records(), shelf.versions.clone()));
    copy.set_faults(Faults::default());
    written(&rig, &mut copy, &mut shelf).unwrap();
    assert_eq!(copy.asked_octets(), 0, "there is nothing to be done");
}

/// Keys change while the box is stopped: what was sealed before stays as it is, and the last chapter is sealed for the new ones.
#[test]
fn two_shares_open_what_was_sealed_before_the_ceremony_too() {
    let (rig, shares) = celebrated();
    let (mut shelf, mut copy, mut copier) = (Shelf::of(6), copied(&rig), copier());
    let before = ChapterKeys::new(&rig.home, &rig.home.seal_for());
    while !copier.write_chapters(&mut rig.store.clone(), &mut copy, (&mut shelf, &before)).unwrap().is_level {}
    shelf.write_to(7);
    written(&rig, &mut copy, &mut shelf).unwrap();
    let (key, vault) = (rig.home.log_key().verifying_key(), rig.home.vault());
    let sealed_for = |no: u64| {
        let name = events_name(no);
        chapter_named(&name, &content(&copy, &name), &vault, &key).unwrap().head.certificate
    };
    assert_eq!(sealed_for(1), rig.home.seal_for().certificate);
    assert_ne!(sealed_for(1), sealed_for(2));
    assert!(told(&copy, &rig, &Unlock::Shares(&shares)).0 == shelf.records());
}

#[test]
fn a_chapter_of_a_day_grows_with_each_round_of_the_same_copier() {
    let rig = recorded();
    let (mut shelf, mut copy, mut copier) = (Shelf::of(0), MemoryStore::new(), copier());
    for to in 0..=9 {
        shelf.write_to(to);
        write(&mut copier, &rig, &mut copy, &mut shelf).unwrap();
        let chapters = intact(&copy).chapters.unwrap();
        assert_eq!((chapters.last, chapters.events), (to, to.div_ceil(A_DAY)));
        assert!(told(&copy, &rig, &code()).0 == shelf.records(), "{to}");
    }
}

#[test]
fn whatever_ends_it_the_next_one_goes_on_and_no_chapter_says_less_than_before() {
    let rig = recorded();
    let mut begun = copied(&rig);
    written(&rig, &mut begun, &mut Shelf::of(6)).unwrap();
    let mut shelf = Shelf::of(10);
    let counting = begun.after_kill();
    counting.set_faults(Faults::default());
    written(&rig, &mut counting.clone(), &mut shelf).unwrap();
    assert!(counting.operations() > 5, "{}", counting.operations());
    for last in 0..counting.operations() {
        let dying = begun.after_kill();
        dying.set_faults(Faults { dies_after: Some(last), torn_octets: 7, ..Faults::default() });
        assert!(written(&rig, &mut dying.clone(), &mut shelf).is_err(), "operation {last}");
        for mut left in [dying.after_power_cut(), dying.after_kill()] {
            assert!(intact(&left).chapters.unwrap().last >= 6, "operation {last}");
            written(&rig, &mut left, &mut shelf).unwrap();
            assert_eq!(left.names(), counting.names(), "operation {last}");
            assert!(told(&left, &rig, &code()).0 == shelf.records(), "operation {last}");
        }
    }
}

#[test]
fn a_log_that_was_set_back_is_never_copied_over() {
    let rig = recorded();
    let mut copy = copied(&rig);
    let mut shelf = Shelf::of(10);
    written(&rig, &mut copy, &mut shelf).unwrap();
    let before = copy.names().iter().map(|name| content(&copy, name)).collect::<Vec<_>>();
    for events in [10, 9, 6, 0] {
        match events {
            // It stands there still, and nobody vouches for it.
            10 => shelf.durable = 9,
            _ => shelf.loses_all(events),
        }
        let told = written(&rig, &mut copy, &mut shelf);
        assert!(matches!(told, Err(CopyError::Differs)), "{events}: {told:?}");
        let now = copy.names().iter().map(|name| content(&copy, name)).collect::<Vec<_>>();
        assert!(now == before, "{events}");
    }
}

#[test]
fn what_the_log_has_lost_since_stays_in_the_copy_and_what_comes_then_is_added() {
    let rig = recorded();
    let mut copy = copied(&rig);
    let mut shelf = Shelf::of(10);
    let had = shelf.records();
    written(&rig, &mut copy, &mut shelf).unwrap();
    // Its disk gave back the first five events alone; who knows that there were ten gives none of their numbers again.
    shelf.loses_all(5);
    shelf.durable = 10;
    let told_of = written(&rig, &mut copy, &mut shelf);
    assert!(matches!(told_of, Err(CopyError::Differs)), "nothing came since: {told_of:?}");
    shelf.write_to(12);
    written(&rig, &mut copy, &mut shelf).unwrap();
    assert_eq!(intact(&copy).chapters, Some(ChaptersFound { events: 4, last: 12, settings: 1 }));
    let records = told(&copy, &rig, &code()).0;
    assert!(records.starts_with(&had) && records.len() > had.len());
}

#[test]
fn verify_names_the_chapter_that_was_changed_exchanged_or_taken_away() {
    let rig = recorded();
    let mut copy = copied(&rig);
    written(&rig, &mut copy, &mut Shelf::of(18)).unwrap();
    assert_eq!(intact(&copy).chapters.unwrap().events, 5);
    let changed = copy.after_kill();
    changed.tamper(&events_name(2), |octets| octets[300] ^= 1);
    assert_eq!(found(&changed), [(events_name(2), Finding::Format(FormatError::Crc))]);

    let lacks = copy.after_kill();
    for no in [2, 3] {
        lacks.clone().remove(&events_name(no)).unwrap();
    }
    assert_eq!(found(&lacks), [(events_name(2), Finding::NoChapter { to: 3 })]);

    let renamed = copy.after_kill();
    let third = content(&renamed, &events_name(3));
    renamed.tamper(&events_name(2), |octets| *octets = third);
    assert_eq!(found(&renamed), [(events_name(2), Finding::Format(FormatError::Value))]);

    // Given back as it was before it was over.
    let (older, mut begun) = (copy.after_kill(), copied(&rig));
    written(&rig, &mut begun, &mut Shelf::of(6)).unwrap();
    let second = content(&begun, &events_name(2));
    older.tamper(&events_name(2), |octets| *octets = second);
    assert_eq!(found(&older), [(events_name(3), Finding::ChapterApart)]);

    let more = copy.after_kill();
    more.clone().write_at("chapters/events-7", 0, b"x").unwrap();
    assert_eq!(found(&more), [("chapters/events-7".to_owned(), Finding::Format(FormatError::Value))]);

    // Who has no key of the box makes none up.
    let (other, mut theirs) = (copy.after_kill(), MemoryStore::new());
    let home = Home::create(&mut theirs, CODE, QUICK, stamp_at(0), &mut Seeded::new(77)).unwrap();
    let theirs = Rig::start(theirs, home, settings(), START);
    let mut of_theirs = MemoryStore::new();
    written(&theirs, &mut of_theirs, &mut Shelf::of(18)).unwrap();
    other.tamper(&events_name(2), |octets| *octets = content(&of_theirs, &events_name(2)));
    assert_eq!(found(&other), [(events_name(2), Finding::Format(FormatError::Signature))]);
}

#[test]
fn a_chapter_that_somebody_took_away_is_written_again_and_one_that_is_damaged_at_the_end_too() {
    let rig = recorded();
    let mut copy = copied(&rig);
    let mut shelf = Shelf::of(18);
    written(&rig, &mut copy, &mut shelf).unwrap();
    for taken in [vec![1], vec![2, 3], vec![1, 2, 3, 4], vec![5], vec![4, 5]] {
        for no in &taken {
            copy.remove(&events_name(*no)).unwrap();
        }
        written(&rig, &mut copy, &mut shelf).unwrap();
        assert_eq!(intact(&copy).chapters.unwrap().last, 18, "{taken:?}");
        assert!(told(&copy, &rig, &code()).0 == shelf.records(), "{taken:?}");
    }
    copy.tamper(&events_name(5), |octets| octets[300] ^= 1);
    written(&rig, &mut copy, &mut shelf).unwrap();
    assert_eq!(intact(&copy).chapters.unwrap().events, 5);
}

#[test]
fn a_copy_in_a_bucket_has_the_same_chapters() {
    let rig = recorded();
    let files = MemoryStore::new();
    let mut bucket = BucketStore::new(FilesBucket(files.clone()));
    let mut shelf = Shelf::of(10);
    written(&rig, &mut bucket, &mut shelf).unwrap();
    assert!(files.names().contains(&events_name(3)), "{:?}", files.names());
    assert!(told(&bucket, &rig, &code()) == (shelf.records(), shelf.versions.clone()));
    shelf.write_to(11);
    written(&rig, &mut bucket, &mut shelf).unwrap();
    assert!(told(&bucket, &rig, &code()).0 == shelf.records());
    assert_eq!(verify_vault(&bucket, None).unwrap().chapters.unwrap().last, 11);
}

#[test]
fn chapters_come_back_with_the_rest_and_a_copy_that_went_on_has_more_of_the_last_one() {
    let (rig, shares) = celebrated();
    let mut shelf = Shelf::of(6);
    let (mut first, mut second) = (copied(&rig), copied(&rig));
    written(&rig, &mut first, &mut shelf).unwrap();
    first.tamper(&events_name(1), |octets| octets[300] ^= 1);
    let mut vault = MemoryStore::new();
    assert_eq!(bring(&first, &mut vault).chapters, 3, "also the damaged one: there is nothing better");
    assert_eq!(found(&vault), [(events_name(1), Finding::Format(FormatError::Crc))]);
    shelf.write_to(10);
    written(&rig, &mut second, &mut shelf).unwrap();
    assert_eq!(bring(&second, &mut vault).chapters, 3, "the damaged, the grown and the new one");
    assert_eq!(intact(&vault).chapters, Some(ChaptersFound { events: 3, last: 10, settings: 1 }));
    assert!(told(&vault, &rig, &Unlock::Shares(&shares)) == (shelf.records(), shelf.versions.clone()));
    assert_eq!(bring(&second, &mut vault).chapters, 0);
    // The first one says less, and takes nothing away.
    assert_eq!(bring(&first, &mut vault).chapters, 0);
    assert_eq!(intact(&vault).chapters.unwrap().last, 10);
    second.clone().write_at("chapters/letter", 0, b"x").unwrap();
    assert_eq!(bring(&second, &mut vault).foreign, ["chapters/letter"]);
}

fn bring(copy: &MemoryStore, vault: &mut MemoryStore) -> Restored {
    may_restore(copy, vault, &Outside::default()).unwrap();
    restore(copy, vault, Box::new(Seeded::new(4_000)), &mut |_| ()).unwrap()
}
