//! Reading the log: file by file, record by record, past what is damaged.

use std::io;

use frame::EventNo;

use super::{
    Record, Storage,
    format::{self, FILE_HEADER_OCTETS, FileHeader, RECORD_MAX_OCTETS, RawRecord},
};

/// How much of a file is held in memory while it is read.
const WINDOW_OCTETS: usize = 1 << 20;

/// What a log file is called; the number is that of its first record, so that names sort as the records do.
pub(super) fn segment_name(first: EventNo) -> String {
    format!("events-{:020}.log", first.0)
}

/// The number of the first record, by the file's name.
pub(super) fn first_no(name: &str) -> Option<EventNo> {
    let digits = name.strip_prefix("events-")?.strip_suffix(".log")?;
    digits.parse().ok().filter(|_| digits.len() == 20).map(EventNo)
}

/// A stretch of a file that holds no whole record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: String,
    /// Where the stretch begins.
    pub offset: u64,
    /// How long it is.
    pub octets: u64,
}

/// What is found in one file, in order.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A record.
    Record(RawRecord<'a>),
    /// A stretch without one, with records behind it.
    Damage(Damage),
    /// A stretch without one at the end of the file.
    Tail(Damage),
}

/// Reads one file.
#[derive(Debug)]
pub(super) struct SegmentScan<'s, S> {
    window: Window<'s, S>,
    at: u64,
    /// Where the last whole record ends.
    end: u64,
    header_checked: bool,
}

impl<'s, S: Storage> SegmentScan<'s, S> {
    pub(super) fn new(storage: &'s S, name: &str) -> io::Result<SegmentScan<'s, S>> {
        let size = storage.size(name)?;
        let window = Window { storage, name: name.to_owned(), size, at: 0, octets: Vec::new() };
        Ok(SegmentScan { window, at: 0, end: 0, header_checked: false })
    }

    /// Goes on where a record begins.
    pub(super) fn go_to(&mut self, at: u64) {
        (self.at, self.end, self.header_checked) = (at, at, true);
    }

    /// Where the last whole record ends that was found so far; 0 before the header.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The next thing in the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Found<'_>>> {
        if !self.header_checked {
            self.header_checked = true;
            if self.pass_header()? {
                return self.damage_until_next();
            }
        }
        let Some(len) = self.record_at(self.at)? else { return self.after_last_whole() };
        let at = self.at;
        self.at += len as u64;
        self.end = self.at;
        let octets = self.window.from(at)?;
        Ok(format::parse(octets).map(|(record, _)| Found::Record(record)))
    }

    /// Steps over the file's header; true where it is damaged.
    fn pass_header(&mut self) -> io::Result<bool> {
        match format::parse_file_header(self.window.from(0)?) {
            FileHeader::Ours => {
                self.at = FILE_HEADER_OCTETS as u64;
                self.end = self.at;
                Ok(false)
            }
            FileHeader::Later(format) => {
                Err(io::Error::new(io::ErrorKind::Unsupported, format!("a log file of format {format}")))
            }
            FileHeader::Damaged => Ok(!self.window.is_zero_from(0)?),
        }
    }

    /// No record stands here: the end, room kept free, or damage.
    fn after_last_whole(&mut self) -> io::Result<Option<Found<'_>>> {
        if self.window.is_zero_from(self.at)? {
            self.at = self.window.size;
            return Ok(None);
        }
        self.damage_until_next()
    }

    fn damage_until_next(&mut self) -> io::Result<Option<Found<'_>>> {
        let offset = self.at;
        let next = self.find_record(offset + 1)?;
        let file = self.window.name.clone();
        if let Some(next) = next {
            self.at = next;
            return Ok(Some(Found::Damage(Damage { file, offset, octets: next - offset })));
        }
        let octets = self.window.end_of_content(offset)? - offset;
        self.at = self.window.size;
        Ok(Some(Found::Tail(Damage { file, offset, octets })))
    }

    /// Where the next whole record begins, from `at` on.
    fn find_record(&mut self, mut at: u64) -> io::Result<Option<u64>> {
        while at < self.window.size {
            let octets = self.window.from(at)?;
            if format::parse(octets).is_some() {
                return Ok(Some(at));
            }
            // No record begins with four zeros, and a file may have 64 MiB of them.
            let zeros = octets.iter().take_while(|&&octet| octet == 0).count();
            at += zeros.saturating_sub(3).max(1) as u64;
        }
        Ok(None)
    }

    fn record_at(&mut self, at: u64) -> io::Result<Option<usize>> {
        Ok(format::parse(self.window.from(at)?).map(|(_, len)| len))
    }
}

/// A moving view into a file.
#[derive(Debug)]
struct Window<'s, S> {
    storage: &'s S,
    name: String,
    size: u64,
    at: u64,
    octets: Vec<u8>,
}

impl<S: Storage> Window<'_, S> {
    /// The file from `at` on: at least the longest record, unless the file ends before.
    fn from(&mut self, at: u64) -> io::Result<&[u8]> {
        let end = self.at + self.octets.len() as u64;
        let wanted = (at + RECORD_MAX_OCTETS as u64).min(self.size);
        if at < self.at || wanted > end {
            let len = (self.size - at.min(self.size)).min(WINDOW_OCTETS as u64);
            self.octets.resize(len as usize, 0);
            let len = self.storage.read_at(&self.name, at, &mut self.octets)?;
            self.octets.truncate(len);
            self.at = at;
        }
        Ok(self.octets.get((at - self.at) as usize..).unwrap_or_default())
    }

    fn is_zero_from(&mut self, at: u64) -> io::Result<bool> {
        Ok(self.end_of_content(at)? == at)
    }

    /// Behind the last octet from `at` on that is not zero; `at` where all are.
    fn end_of_content(&mut self, at: u64) -> io::Result<u64> {
        let (mut end, mut view_at) = (at, at);
        while view_at < self.size {
            let octets = self.from(view_at)?;
            if octets.is_empty() {
                break;
            }
            if let Some(last) = octets.iter().rposition(|&octet| octet != 0) {
                end = view_at + last as u64 + 1;
            }
            view_at += octets.len() as u64;
        }
        Ok(end)
    }
}

/// What is found in the log, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A record. Numbers rise.
    Record(Record),
    /// A stretch that can't be read.
    Damage(Damage),
    /// Numbers that no file has.
    Missing {
        /// The first of them.
        first: EventNo,
        /// The last of them.
        last: EventNo,
    },
}

/// The records whose text has `word` in it, oldest first. All others are passed over unparsed: a log of years is read in
/// seconds.
///
/// # Errors
/// The storage's.
pub fn pick<S: Storage>(storage: &S, word: &str) -> io::Result<Vec<Record>> {
    let (mut picked, mut last) = (Vec::new(), EventNo(0));
    for name in storage.list()?.iter().filter(|name| first_no(name).is_some()) {
        let mut scan = SegmentScan::new(storage, name)?;
        while let Some(found) = scan.next()? {
            match found {
                // A number that was there before is a batch that was written again elsewhere.
                Found::Record(raw) if raw.no() > last => {
                    last = raw.no();
                    picked.extend(raw.says(word).then(|| raw.read()));
                }
                Found::Record(_) | Found::Damage(_) | Found::Tail(_) => {}
            }
        }
    }
    Ok(picked)
}

/// Reads the log from a number on, across its files. An iterator that ends after the first error of the storage.
#[derive(Debug)]
pub struct Reader<'s, S> {
    storage: &'s S,
    /// Files still to be read, last first.
    files: Vec<String>,
    scan: Option<SegmentScan<'s, S>>,
    /// The last number that is wanted.
    to: EventNo,
    /// The number that was given out last, or the one before the first that is wanted.
    last_no: EventNo,
    /// The number that was seen last, wanted or not.
    seen_no: EventNo,
    /// A record that waits behind the gap that was told before it.
    held: Option<Record>,
}

impl<'s, S: Storage> Reader<'s, S> {
    /// Reads from record `from` on.
    pub fn new(storage: &'s S, from: EventNo) -> io::Result<Reader<'s, S>> {
        let mut files: Vec<String> = storage.list()?.into_iter().filter(|name| first_no(name).is_some()).collect();
        let before = files.iter().rposition(|name| first_no(name) <= Some(from)).unwrap_or(0);
        files.drain(..before);
        files.reverse();
        let last_no = EventNo(from.0.saturating_sub(1));
        Ok(Reader { storage, files, scan: None, to: EventNo(u64::MAX), last_no, seen_no: EventNo(0), held: None })
    }

    /// Reads to record `to` and no further. A disk that refused to sync may show what is not durable.
    pub fn up_to(self, to: EventNo) -> Reader<'s, S> {
        Reader { to, ..self }
    }

    fn next_item(&mut self) -> io::Result<Option<Item>> {
        if let Some(record) = self.held.take() {
            return Ok(Some(Item::Record(record)));
        }
        loop {
            let Some(scan) = &mut self.scan else {
                let Some(name) = self.files.pop() else { return Ok(None) };
                self.scan = Some(SegmentScan::new(self.storage, &name)?);
                continue;
            };
            match scan.next()? {
                None => self.scan = None,
                Some(Found::Record(raw)) if raw.no() > self.to => return Ok(None),
                Some(Found::Record(raw)) => {
                    self.seen_no = raw.no();
                    // A number that was there before is a batch that was written again elsewhere.
                    if raw.no() > self.last_no {
                        let record = raw.read();
                        return Ok(Some(self.in_order(record)));
                    }
                }
                Some(Found::Damage(damage) | Found::Tail(damage)) if self.seen_no >= self.last_no => {
                    return Ok(Some(Item::Damage(damage)));
                }
                // Before the record that is wanted first: told to those who read from there.
                Some(Found::Damage(_) | Found::Tail(_)) => {}
            }
        }
    }

    /// The record, or first the gap before it.
    fn in_order(&mut self, record: Record) -> Item {
        let expected = EventNo(self.last_no.0 + 1);
        self.last_no = record.no;
        if record.no == expected {
            return Item::Record(record);
        }
        let last = EventNo(record.no.0 - 1);
        self.held = Some(record);
        Item::Missing { first: expected, last }
    }
}

impl<S: Storage> Iterator for Reader<'_, S> {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<io::Result<Item>> {
        let item = self.next_item().transpose();
        if let Some(Err(_)) = item {
            self.files.clear();
            self.scan = None;
        }
        item
    }
}
