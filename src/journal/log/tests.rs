use frame::{BootNo, Time, Utc};

use super::*;
use crate::journal::{BoxEvent, MemoryStorage, scan::Item};

const SMALL: Limits = Limits { segment_octets: 4096, pending_octets: 16 * 1024 };

fn stamp(ms: u64) -> Stamp {
    Stamp { boot: BootNo(1), time: Time::from_ms(ms), utc: Utc::from_us(ms as i64 * 1000) }
}

/// An event that shows its number.
fn event(no: u64) -> Event {
    BoxEvent::Ready { url: format!("https://box/{no}") }.into()
}

fn open(storage: &MemoryStorage) -> (Log<MemoryStorage>, Opened) {
    Log::open(storage.clone(), SMALL, LifeNo(1)).unwrap()
}

/// Appends events up to number `to`, each made durable.
fn write_to(log: &mut Log<MemoryStorage>, to: u64) {
    for no in log.next_no.0..=to {
        assert_eq!(log.append(stamp(no), event(no)), Ok(EventNo(no)));
        log.flush().unwrap();
    }
}

fn fill_reserve(log: &mut Log<MemoryStorage>) {
    while log.wants_tending() {
        log.tend().unwrap();
    }
}

fn items(storage: &MemoryStorage, from: u64) -> Vec<Item> {
    Reader::new(storage, EventNo(from)).unwrap().map(Result::unwrap).collect()
}

/// The numbers of the records, after checking that each says what it said when it was written.
fn numbers(storage: &MemoryStorage) -> Vec<u64> {
    let records = items(storage, 1).into_iter().filter_map(|item| match item {
        Item::Record(record) => Some(record),
        _ => None,
    });
    records
        .map(|record| {
            assert_eq!(record.event(), Some(&event(record.no.0)));
            assert_eq!(record.stamp, stamp(record.no.0));
            record.no.0
        })
        .collect()
}

fn all(to: u64) -> Vec<u64> {
    (1..=to).collect()
}

fn segments(storage: &MemoryStorage) -> Vec<String> {
    storage.list().unwrap().into_iter().filter(|name| first_no(name).is_some()).collect()
}

#[test]
fn what_was_written_is_read_in_order_across_files_and_from_any_number() {
    let storage = MemoryStorage::new();
    write_to(&mut open(&storage).0, 100);
    assert!(segments(&storage).len() > 2, "{:?}", segments(&storage));
    assert_eq!(numbers(&storage), all(100));
    for from in 1..=101 {
        let items = items(&storage, from);
        assert_eq!(items.len() as u64, 101 - from);
        assert!(items.iter().all(|item| matches!(item, Item::Record(record) if record.no.0 >= from)));
    }
    for name in segments(&storage) {
        assert!(storage.size(&name).unwrap() <= SMALL.segment_octets);
    }
}

#[test]
fn a_log_goes_on_where_it_ended() {
    let storage = MemoryStorage::new();
    for to in 1..60 {
        let (mut log, opened) = open(&storage);
        assert_eq!(opened, Opened::default());
        write_to(&mut log, to);
        assert_eq!(log.durable_no(), EventNo(to));
    }
    assert_eq!(numbers(&storage), all(59));
}

#[test]
fn a_batch_is_one_sync() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    for no in 1..=20 {
        log.append(stamp(no), event(no)).unwrap();
    }
    assert_eq!(log.durable_no(), EventNo(0));
    log.flush().unwrap();
    assert_eq!((log.durable_no(), storage.syncs()), (EventNo(20), 1));
    assert_eq!(log.take_durable().len(), 20);
    assert_eq!(numbers(&storage), all(20));
}

#[test]
fn what_was_flushed_survives_a_power_cut() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    write_to(&mut log, 30);
    log.append(stamp(31), event(31)).unwrap();
    let after = storage.after_power_cut();
    assert_eq!(open(&after).0.durable_no(), EventNo(30));
    assert_eq!(numbers(&after), all(30));
}

#[test]
fn a_write_torn_at_any_octet_is_put_aside_and_the_log_goes_on() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    write_to(&mut log, 2);
    let name = segments(&storage).remove(0);
    let whole = storage.file(&name).unwrap();
    write_to(&mut log, 3);
    let longer = storage.file(&name).unwrap();
    for cut in whole.len() + 1..longer.len() {
        for zeros in [0, 500] {
            let torn = MemoryStorage::new();
            let mut octets = longer[..cut].to_vec();
            octets.resize(cut + zeros, 0);
            torn.put_file(&name, octets);
            let (mut log, opened) = open(&torn);
            let (tail, kept_in) = opened.tail.expect("a torn tail");
            assert_eq!(tail.offset as usize, whole.len());
            let kept = torn.file(&kept_in.expect("room for the copy")).unwrap();
            assert_eq!(kept.len() as u64, tail.octets);
            // Zeros at the end of what was torn look like room that was never written.
            let part = &longer[whole.len()..cut];
            assert!(part.starts_with(&kept) && part[kept.len()..].iter().all(|&octet| octet == 0), "cut {cut}");
            assert_eq!(open(&torn).1, Opened::default(), "cut {cut}: its place is clear");
            write_to(&mut log, 5);
            assert_eq!(numbers(&torn), all(5), "cut {cut}, {zeros} zeros");
        }
    }
}

#[test]
fn a_file_torn_in_its_header_is_put_aside_whole() {
    let storage = MemoryStorage::new();
    write_to(&mut open(&storage).0, 3);
    let next = segment_name(EventNo(4));
    for len in 1..FILE_HEADER_OCTETS {
        let torn = storage.after_power_cut();
        torn.put_file(&next, format::file_header(EventNo(4))[..len].to_vec());
        let (mut log, opened) = open(&torn);
        assert!(opened.tail.is_some_and(|(tail, kept_in)| tail.offset == 0 && kept_in.is_some()), "length {len}");
        write_to(&mut log, 6);
        assert_eq!(numbers(&torn), all(6), "length {len}");
    }
}

#[test]
fn an_empty_or_zeroed_last_file_is_simply_used() {
    let storage = MemoryStorage::new();
    write_to(&mut open(&storage).0, 3);
    for len in [0, 10, 4096] {
        let fresh = storage.after_power_cut();
        fresh.put_file(&segment_name(EventNo(4)), vec![0; len]);
        let (mut log, opened) = open(&fresh);
        assert_eq!(opened, Opened::default());
        write_to(&mut log, 6);
        assert_eq!(numbers(&fresh), all(6));
    }
}

#[test]
fn damage_in_the_middle_is_told_with_its_place_and_the_rest_is_read() {
    let storage = MemoryStorage::new();
    write_to(&mut open(&storage).0, 9);
    let name = segments(&storage).remove(0);
    let octets = storage.file(&name).unwrap();
    let record_octets = (octets.len() - FILE_HEADER_OCTETS) / 9;
    let fifth = FILE_HEADER_OCTETS + 4 * record_octets;
    for at in fifth..fifth + record_octets {
        let mut damaged = octets.clone();
        damaged[at] ^= 0x10;
        let disk = MemoryStorage::new();
        disk.put_file(&name, damaged);
        let items = items(&disk, 1);
        let place = Damage { file: name.clone(), offset: fifth as u64, octets: record_octets as u64 };
        assert_eq!(items[4], Item::Damage(place.clone()), "octet {at}");
        assert_eq!(items[5], Item::Missing { first: EventNo(5), last: EventNo(5) });
        assert_eq!(numbers(&disk), [1, 2, 3, 4, 6, 7, 8, 9]);
        let (mut log, opened) = open(&disk);
        assert_eq!((opened.damages, opened.tail), (vec![place], None));
        write_to(&mut log, 10);
        assert_eq!(numbers(&disk), [1, 2, 3, 4, 6, 7, 8, 9, 10]);
    }
}

#[test]
fn a_damaged_header_costs_no_record() {
    let storage = MemoryStorage::new();
    write_to(&mut open(&storage).0, 5);
    let name = segments(&storage).remove(0);
    let mut octets = storage.file(&name).unwrap();
    octets[3] ^= 1;
    storage.put_file(&name, octets);
    assert_eq!(items(&storage, 1)[0], Item::Damage(Damage { file: name, offset: 0, octets: 24 }));
    assert_eq!(numbers(&storage), all(5));
}

#[test]
fn a_lost_file_is_told_as_missing_numbers() {
    let storage = MemoryStorage::new();
    write_to(&mut open(&storage).0, 100);
    let names = segments(&storage);
    let (second, third) = (first_no(&names[1]).unwrap(), first_no(&names[2]).unwrap());
    storage.clone().rename(&names[1], "elsewhere").unwrap();
    let missing = Item::Missing { first: second, last: EventNo(third.0 - 1) };
    assert!(items(&storage, 1).contains(&missing));
}

#[test]
fn a_file_of_a_later_format_is_not_touched() {
    let storage = MemoryStorage::new();
    let mut header = format::file_header(EventNo(1));
    header[8] = 2;
    let crc = crc32fast::hash(&[&header[..12], &header[16..]].concat());
    header[12..16].copy_from_slice(&crc.to_le_bytes());
    storage.put_file(&segment_name(EventNo(1)), header.to_vec());
    let error = Log::open(storage.clone(), SMALL, LifeNo(1)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    assert_eq!(storage.file(&segment_name(EventNo(1))).unwrap(), header);
}

#[test]
fn any_octets_are_read_without_a_panic() {
    let mut seed = 1_u32;
    for len in (0..3000).step_by(97) {
        let octets = (0..len).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8 & (seed >> 16) as u8
        });
        let storage = MemoryStorage::new();
        storage.put_file(&segment_name(EventNo(1)), octets.collect());
        let (mut log, _) = open(&storage);
        write_to(&mut log, 2);
        assert_eq!(numbers(&storage), all(2));
    }
}

#[test]
fn a_full_disk_is_answered_by_the_reserve_then_by_memory_and_order_is_kept() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    fill_reserve(&mut log);
    write_to(&mut log, 10);
    storage.set_room(Some(20));
    let mut no = 10;
    while log.condition() != (Condition { on_reserve: true, in_memory: true }) {
        no += 1;
        log.append(stamp(no), event(no)).unwrap();
        let flushed = log.flush();
        assert_eq!(flushed.is_err(), log.condition().in_memory);
        assert!(no == 11 || log.condition().on_reserve);
        if !log.condition().in_memory {
            assert_eq!(items(&storage, 1).len() as u64, no, "what was half written is cut off");
        }
    }
    let on_disk = log.durable_no().0;
    assert!(on_disk > 40, "the reserve held {}", on_disk - 10);
    assert_eq!(numbers(&storage), all(on_disk));
    for more in no + 1..=no + 50 {
        log.append(stamp(more), event(more)).unwrap();
        log.flush().unwrap_err();
    }
    assert_eq!(log.pending().count() as u64, no + 50 - on_disk);
    storage.set_room(None);
    log.flush().unwrap();
    assert_eq!(numbers(&storage), all(no + 50));
    assert!(!log.condition().in_memory);
    fill_reserve(&mut log);
    assert_eq!(log.condition(), Condition::default());
}

#[test]
fn a_restart_on_the_reserve_goes_on_in_it_while_the_disk_is_full() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    fill_reserve(&mut log);
    write_to(&mut log, 10);
    storage.set_room(Some(0));
    write_to(&mut log, 20);
    drop(log);
    let after = storage.after_power_cut();
    after.set_room(Some(0));
    let (mut log, opened) = open(&after);
    assert_eq!(opened, Opened::default());
    assert!(log.condition().on_reserve);
    write_to(&mut log, 30);
    assert_eq!(numbers(&after), all(30));
}

#[test]
fn a_torn_tail_on_a_full_disk_stays_where_it_is() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    fill_reserve(&mut log);
    write_to(&mut log, 3);
    let name = segments(&storage).remove(0);
    let mut octets = storage.file(&name).unwrap();
    octets.extend_from_slice(b"half a record");
    storage.put_file(&name, octets);
    storage.set_room(Some(0));
    let (mut log, opened) = open(&storage);
    assert!(opened.tail.is_some_and(|(tail, kept_in)| tail.octets == 13 && kept_in.is_none()));
    write_to(&mut log, 6);
    assert_eq!(numbers(&storage), all(6));
    assert!(storage.file(&name).unwrap().ends_with(b"half a record"));
}

#[test]
fn a_torn_first_record_on_a_full_disk_gives_its_name_to_the_new_file() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    fill_reserve(&mut log);
    let octets = [&format::file_header(EventNo(1))[..], b"half a record"].concat();
    storage.put_file(&segment_name(EventNo(1)), octets.clone());
    storage.set_room(Some(0));
    let (mut log, opened) = open(&storage);
    let (_, kept_in) = opened.tail.expect("a torn tail");
    assert_eq!(storage.file(&kept_in.expect("it is renamed")).unwrap(), octets);
    write_to(&mut log, 3);
    assert_eq!(numbers(&storage), all(3));
}

#[test]
fn a_disk_that_fails_and_works_again_loses_nothing() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    write_to(&mut log, 3);
    storage.set_broken(true);
    for no in 4..=8 {
        log.append(stamp(no), event(no)).unwrap();
        log.flush().unwrap_err();
        assert_eq!(log.durable_no(), EventNo(3));
    }
    assert!(log.condition().in_memory);
    storage.set_broken(false);
    log.flush().unwrap();
    assert_eq!(numbers(&storage.after_power_cut()), all(8));
}

#[test]
fn what_a_failed_sync_left_in_the_file_is_not_yet_read_and_comes_once() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    write_to(&mut log, 3);
    storage.set_unsyncable(true);
    log.append(stamp(4), event(4)).unwrap();
    log.flush().unwrap_err();
    assert_eq!(log.durable_no(), EventNo(3));
    assert_eq!(numbers(&storage), all(4), "the octets are in the file");
    assert_eq!(log.read_from(EventNo(1)).unwrap().count(), 3);
    storage.set_unsyncable(false);
    log.flush().unwrap();
    assert_eq!(numbers(&storage.after_power_cut()), all(4));
}

#[test]
fn memory_has_an_end_and_a_refused_event_takes_no_number() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    storage.set_broken(true);
    let mut taken = 0;
    while log.append(stamp(taken + 1), event(taken + 1)).is_ok() {
        taken += 1;
    }
    assert_eq!(log.append(stamp(0), event(0)), Err(Refused::Full));
    storage.set_broken(false);
    log.flush().unwrap();
    write_to(&mut log, taken + 1);
    assert_eq!(numbers(&storage), all(taken + 1));
}

#[test]
fn an_event_longer_than_a_record_is_refused() {
    let (mut log, _) = Log::open(MemoryStorage::new(), Limits::default(), LifeNo(1)).unwrap();
    let long = BoxEvent::Ready { url: "x".repeat(TEXT_MAX_OCTETS) };
    assert_eq!(log.append(stamp(1), long.into()), Err(Refused::TooLong));
    assert_eq!(log.append(stamp(1), event(1)), Ok(EventNo(1)));
}

#[test]
fn the_reserve_is_not_filled_from_a_disk_that_has_no_room_to_spare() {
    let storage = MemoryStorage::new();
    let (mut log, _) = open(&storage);
    storage.set_room(Some(2 * SMALL.segment_octets - 1));
    log.tend().unwrap();
    assert!(log.wants_tending() && storage.list().unwrap().is_empty());
}
