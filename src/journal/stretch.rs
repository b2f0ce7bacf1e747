//! Stretches of the log, octet for octet as its files have them: what a copy of the box keeps of it.
//!
//! Where a stretch ends follows from the log alone, and from where it begins: so all copies have the same ones. It ends before a record
//! that would make it too long, or that is of another day. Not here: how a stretch is sealed, and which events are durable.

use std::io;

use frame::{EventNo, Utc};

use super::{
    Storage,
    format::{self, RECORD_MAX_OCTETS},
    scan::{Found, SegmentScan, first_no, segment_name},
};

/// Octets of a stretch at most: what is sealed anew each minute while it grows.
pub const STRETCH_OCTETS_MAX: usize = 1 << 20;

const _: () = assert!(RECORD_MAX_OCTETS <= STRETCH_OCTETS_MAX, "a stretch has a record at least");

const A_DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// Records one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// As the files have them.
    pub octets: Vec<u8>,
    /// The last one.
    pub last: EventNo,
}

/// Reads stretches.
#[derive(Debug, Default)]
pub struct Stretches {
    /// Where a record stands that was read before: all with higher numbers stand behind it.
    known: Option<Known>,
}

#[derive(Debug)]
struct Known {
    no: EventNo,
    file: String,
    offset: u64,
}

impl Stretches {
    /// The stretch that begins with `from`, as far as `to`; none where the log has nothing there.
    ///
    /// # Errors
    /// The storage's.
    pub fn read<S: Storage>(&mut self, storage: &S, from: EventNo, to: EventNo) -> io::Result<Option<Stretch>> {
        let known = self.known.take().filter(|known| known.no <= from);
        let mut files: Vec<String> = storage.list()?.into_iter().filter(|name| first_no(name).is_some()).collect();
        let begins = files.iter().rposition(|name| match &known {
            Some(known) => *name == known.file,
            None => first_no(name) <= Some(from),
        });
        files.drain(..begins.unwrap_or(0));
        let mut going = Going { from, to, day: 0, found: None };
        for name in files {
            let mut scan = SegmentScan::new(storage, &name)?;
            if let Some(known) = known.as_ref().filter(|known| known.file == name) {
                scan.go_to(known.offset);
            }
            loop {
                match scan.next()? {
                    None => break,
                    Some(Found::Damage(_) | Found::Tail(_)) => {}
                    Some(Found::Record(raw)) => {
                        let (no, octets) = (raw.no(), raw.octets().len() as u64);
                        let is_first = going.found.is_none();
                        if going.is_over_with(no, raw.utc(), raw.octets()) {
                            return Ok(going.found);
                        }
                        if is_first && going.found.is_some() {
                            let offset = scan.end() - octets;
                            self.known = Some(Known { no, file: name.clone(), offset });
                        }
                    }
                }
            }
        }
        Ok(going.found)
    }
}

/// A stretch that is being read.
struct Going {
    from: EventNo,
    to: EventNo,
    /// Of its first record.
    day: i64,
    found: Option<Stretch>,
}

impl Going {
    /// Takes the next record, or says that the stretch ends before it. A number that was there before is a batch that was written
    /// again elsewhere.
    fn is_over_with(&mut self, no: EventNo, utc: Utc, octets: &[u8]) -> bool {
        if no > self.to {
            return true;
        }
        let day = utc.as_us().div_euclid(A_DAY_US);
        match &mut self.found {
            None if no < self.from => {}
            None => {
                self.day = day;
                self.found = Some(Stretch { octets: octets.to_vec(), last: no });
            }
            Some(found) if no <= found.last => {}
            Some(found) => {
                if day != self.day || found.octets.len() + octets.len() > STRETCH_OCTETS_MAX {
                    return true;
                }
                found.octets.extend_from_slice(octets);
                found.last = no;
            }
        }
        false
    }
}

/// A file of the log that has these records alone, the first of which has number `first`: its name and its octets.
pub fn log_file(first: EventNo, records: &[u8]) -> (String, Vec<u8>) {
    (segment_name(first), [&format::file_header(first)[..], records].concat())
}

#[cfg(test)]
mod tests {
    use frame::{BootNo, LifeNo, Stamp, Time};

    use super::*;
    use crate::journal::{BoxEvent, Event, Item, Limits, Log, MemoryStorage, Reader};

    const SMALL: Limits = Limits { segment_octets: 16 << 10, pending_octets: 1 << 20 };

    fn event(no: u64) -> Event {
        BoxEvent::Ready { url: format!("https://box/{no}/{}", "x".repeat(no as usize % 500)) }.into()
    }

    /// A log of some hours, and of a day later.
    fn written(events: u64) -> MemoryStorage {
        let storage = MemoryStorage::new();
        let (mut log, _) = Log::open(storage.clone(), SMALL, LifeNo(1)).unwrap();
        for no in 1..=events {
            let us = no as i64 * 1_000_000 + if no > 700 { A_DAY_US } else { 0 };
            let stamp = Stamp { boot: BootNo(1), time: Time::from_ms(no), utc: Utc::from_us(us) };
            log.append(stamp, event(no)).unwrap();
            log.flush().unwrap();
        }
        storage
    }

    fn all(storage: &MemoryStorage, to: u64) -> Vec<Stretch> {
        let (mut stretches, mut all, mut from) = (Stretches::default(), Vec::new(), 1);
        while let Some(stretch) = stretches.read(storage, EventNo(from), EventNo(to)).unwrap() {
            from = stretch.last.0 + 1;
            all.push(stretch);
        }
        all
    }

    #[test]
    fn stretches_end_with_the_day_and_together_are_the_log() {
        let storage = written(1_000);
        let read = all(&storage, 1_000);
        assert_eq!(read.iter().map(|stretch| stretch.last.0).collect::<Vec<_>>(), [700, 1_000]);
        let copy = MemoryStorage::new();
        let mut first = EventNo(1);
        for stretch in read {
            let (name, octets) = log_file(first, &stretch.octets);
            copy.put_file(&name, octets);
            first = EventNo(stretch.last.0 + 1);
        }
        let items = |storage: &MemoryStorage| -> Vec<Item> {
            Reader::new(storage, EventNo(1)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(items(&copy), items(&storage));
        assert_eq!(items(&copy).len(), 1_000);
    }

    #[test]
    fn a_stretch_goes_no_further_than_it_is_told_and_grows_to_the_same_whoever_reads_it_when() {
        let storage = written(900);
        let whole = all(&storage, 900);
        let mut one = Stretches::default();
        for to in [1, 2, 50, 699, 700] {
            let stretch = one.read(&storage, EventNo(1), EventNo(to)).unwrap().unwrap();
            assert_eq!(stretch.last.0, to);
            assert!(whole[0].octets.starts_with(&stretch.octets), "{to}");
        }
        assert_eq!(one.read(&storage, EventNo(1), EventNo(900)).unwrap().as_ref(), Some(&whole[0]));
        assert_eq!(one.read(&storage, EventNo(701), EventNo(900)).unwrap().as_ref(), Some(&whole[1]));
        assert_eq!(one.read(&storage, EventNo(1), EventNo(900)).unwrap().as_ref(), Some(&whole[0]), "and back");
        assert_eq!(one.read(&storage, EventNo(901), EventNo(999)).unwrap(), None);
    }

    #[test]
    fn a_stretch_is_no_longer_than_a_mebioctet() {
        let storage = MemoryStorage::new();
        let (mut log, _) = Log::open(storage.clone(), Limits::default(), LifeNo(1)).unwrap();
        for no in 1..=40 {
            let url = "x".repeat(60_000);
            let stamp = Stamp { boot: BootNo(1), time: Time::from_ms(no), utc: Utc::from_us(5) };
            log.append(stamp, BoxEvent::Ready { url }.into()).unwrap();
            log.flush().unwrap();
        }
        let read = all(&storage, 40);
        assert_eq!(read.iter().map(|stretch| stretch.last.0).collect::<Vec<_>>(), [17, 34, 40]);
        assert!(read.iter().all(|stretch| stretch.octets.len() <= STRETCH_OCTETS_MAX));
    }

    #[test]
    fn what_the_log_has_damaged_or_lost_is_passed_over_and_a_batch_that_was_written_again_counts_once() {
        let storage = written(300);
        let name = storage.list().unwrap().into_iter().find(|name| first_no(name) > Some(EventNo(1))).unwrap();
        let first = first_no(&name).unwrap().0;
        let mut octets = storage.file(&name).unwrap();
        octets[30] ^= 1;
        storage.put_file(&name, octets);
        let again = storage.list().unwrap().into_iter().rfind(|name| first_no(name).is_some()).unwrap();
        let (whole, twice) = (storage.file(&again).unwrap(), first_no(&again).unwrap().0);
        storage.put_file(&segment_name(EventNo(twice + 1)), whole);
        let read = all(&storage, 300);
        let (copy, to) = (MemoryStorage::new(), read.last().unwrap().last.0);
        let (name, octets) = log_file(EventNo(1), &read[0].octets);
        copy.put_file(&name, octets);
        let items: Vec<Item> = Reader::new(&copy, EventNo(1)).unwrap().map(Result::unwrap).collect();
        let missing = Item::Missing { first: EventNo(first), last: EventNo(first) };
        assert_eq!((to, items.len(), items.contains(&missing)), (300, 300, true));
    }
}
