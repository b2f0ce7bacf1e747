//! The files of a copy in a bucket: a store of objects that are put whole, and that nobody can write into.
//!
//! | file | objects |
//! |---|---|
//! | a level of a key table | one for each page, `keys-a/level-0/000000000007`: a page is written anew and nothing else with it |
//! | the log's files, the reserve | one for each 64 KiB |
//! | any other | one of the same name |
//!
//! What is on its way (`incoming/…`, `….new`) is kept in memory until it gets its name: an object is there whole, or it is not
//! there. What was not put when this is dropped is lost, as by a power cut.
//! Not here: how a bucket is reached, and that nothing of an object's earlier versions is left ([`Bucket`]).

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    ops::Range,
};

use frame::Utc;
use vault::PAGE_OCTETS;

use super::{
    key_table::TABLES,
    leaves::{CHECKPOINTS, HASHES, RECORDS},
    names::{INCOMING, RESERVE},
    store::Store,
};

/// Octets of a piece of a file that grows: it is put anew with each minute's leaves, and a year of leaves is some ten thousand.
const PIECE_OCTETS: u64 = 64 << 10;

/// The log's files.
const LOG: [&str; 3] = [RECORDS, HASHES, CHECKPOINTS];

/// Objects that are listed at once, which is the most that S3 gives.
const LISTED_AT_ONCE: usize = 1000;

/// Named objects.
pub trait Bucket: Send {
    /// How long an object is, or `None` when there is none.
    ///
    /// # Errors
    /// The store's.
    fn octets(&self, key: &str) -> io::Result<Option<u64>>;

    /// Reads from `offset` until `into` is full or the object ends, and tells how much was read.
    ///
    /// # Errors
    /// The store's; [`ErrorKind::NotFound`] when there is no such object.
    fn read_at(&self, key: &str, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Puts a whole object. When this returns the store gives it back octet for octet, and nothing is left of what it had before.
    ///
    /// # Errors
    /// The store's. After one, the object is the old or the new one, and earlier ones may be left: to be opened anew.
    fn put(&mut self, key: &str, octets: &[u8]) -> io::Result<()>;

    /// Removes an object. When this returns nothing of it is left, but what is under a lease, which is read no more. It is no error when
    /// there is none.
    ///
    /// # Errors
    /// The store's.
    fn remove(&mut self, key: &str) -> io::Result<()>;

    /// Returns when nothing is left of what the objects were before whose keys begin so.
    ///
    /// # Errors
    /// The store's.
    fn forget_earlier(&mut self, prefix: &str) -> io::Result<()>;

    /// The objects whose keys begin so and stand behind `after`, in the order of their keys, `most` of them at most.
    ///
    /// # Errors
    /// The store's.
    fn list(&self, prefix: &str, after: Option<&str>, most: usize) -> io::Result<Vec<Listed>>;

    /// Until when the store lets nobody delete all of an object, by its own clock; none where anybody can who may.
    ///
    /// # Errors
    /// The store's.
    fn leased_until(&self, _key: &str) -> io::Result<Option<Utc>> {
        Ok(None)
    }

    /// Renews the lease of an object where it is due, and tells when it ends; none where objects have no leases.
    ///
    /// # Errors
    /// The store's.
    fn renew_lease(&mut self, _key: &str) -> io::Result<Option<Utc>> {
        Ok(None)
    }

    /// Keeps an object from being deleted by anybody, or ends that, where the store has holds. It is no error when there is none.
    ///
    /// # Errors
    /// The store's.
    fn set_hold(&mut self, _key: &str, _is_held: bool) -> io::Result<()> {
        Ok(())
    }
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// How long it is.
    pub octets: u64,
}

/// The files of a copy in a bucket. Nobody else writes there meanwhile.
#[derive(Debug)]
pub struct BucketStore<B> {
    bucket: B,
    /// What is on its way.
    staged: BTreeMap<String, Vec<u8>>,
    /// What was written and not put yet: files, and their objects by number.
    written: BTreeMap<String, BTreeMap<u64, Vec<u8>>>,
    /// How long files in pieces are.
    lengths: RefCell<BTreeMap<String, u64>>,
}

/// Whether a file is not put before it gets another name.
fn is_on_its_way(name: &str) -> bool {
    name.ends_with(".new") || name.strip_prefix(INCOMING).is_some_and(|rest| rest.starts_with('/'))
}

/// Octets of a file's pieces; none where it is one object.
fn piece_octets(name: &str) -> Option<u64> {
    let is_level = |name: &str| {
        TABLES.iter().any(|table| name.strip_prefix(table).is_some_and(|rest| rest.starts_with("/level-")))
    };
    match name {
        RECORDS | HASHES | CHECKPOINTS | RESERVE => Some(PIECE_OCTETS),
        _ if is_level(name) => Some(PAGE_OCTETS as u64),
        _ => None,
    }
}

/// The object of a piece.
fn piece_key(name: &str, no: u64) -> String {
    format!("{name}/{no:012}")
}

/// Which piece an object is of its file.
fn piece_no(name: &str, key: &str) -> Option<u64> {
    let no = key.strip_prefix(name)?.strip_prefix('/')?.parse().ok()?;
    (piece_key(name, no) == key).then_some(no)
}

/// The file that an object belongs to.
fn file_of(key: &str) -> &str {
    match key.rsplit_once('/') {
        Some((name, _)) if piece_octets(name).is_some() && piece_no(name, key).is_some() => name,
        _ => key,
    }
}

impl<B: Bucket> BucketStore<B> {
    /// The files in a bucket.
    pub fn new(bucket: B) -> BucketStore<B> {
        BucketStore { bucket, staged: BTreeMap::new(), written: BTreeMap::new(), lengths: RefCell::default() }
    }

    /// The bucket.
    pub fn bucket(&mut self) -> &mut B {
        &mut self.bucket
    }

    /// The bucket alone; what was not put is lost.
    pub fn into_bucket(self) -> B {
        self.bucket
    }

    /// How long a file in pieces is. Its last piece is looked for by halves, as there may be a hundred thousand.
    fn length(&self, name: &str, piece: u64) -> io::Result<Option<u64>> {
        if let Some(octets) = self.lengths.borrow().get(name) {
            return Ok(Some(*octets));
        }
        let prefix = format!("{name}/");
        let behind = |no: Option<u64>| -> io::Result<Option<(u64, u64)>> {
            let after = no.map(|no| piece_key(name, no));
            let listed = self.bucket.list(&prefix, after.as_deref(), 1)?;
            Ok(listed.first().and_then(|listed| Some((piece_no(name, &listed.key)?, listed.octets))))
        };
        let Some((mut last, mut octets)) = behind(None)? else { return Ok(None) };
        let mut step = 0;
        let mut end = loop {
            match behind(Some(last + step))? {
                Some(found) => (last, octets) = found,
                None => break last + step,
            }
            step = (2 * step).max(1);
        };
        // There is nothing behind `end`.
        while last < end {
            let middle = last.midpoint(end);
            match behind(Some(middle))? {
                Some(found) => (last, octets) = found,
                None => end = middle,
            }
        }
        let octets = last * piece + octets;
        self.lengths.borrow_mut().insert(name.to_owned(), octets);
        Ok(Some(octets))
    }

    /// The objects of a file in pieces.
    fn pieces(&self, name: &str) -> io::Result<Vec<String>> {
        let listed = self.list_all(&format!("{name}/"))?.into_iter().map(|listed| listed.key);
        Ok(listed.filter(|key| piece_no(name, key).is_some()).collect())
    }

    fn list_all(&self, prefix: &str) -> io::Result<Vec<Listed>> {
        let mut all: Vec<Listed> = Vec::new();
        loop {
            let listed = self.bucket.list(prefix, all.last().map(|last| last.key.as_str()), LISTED_AT_ONCE)?;
            if listed.is_empty() {
                return Ok(all);
            }
            all.extend(listed);
        }
    }

    /// What pieces lack, as the bucket has them: a request that was given up may have been done late.
    fn pieces_lack(&self, name: &str, piece: u64, octets: u64) -> io::Result<Vec<Range<u64>>> {
        let listed = self.list_all(&format!("{name}/"))?.into_iter();
        let there: BTreeMap<u64, u64> =
            listed.filter_map(|listed| Some((piece_no(name, &listed.key)?, listed.octets))).collect();
        let short = |no: u64| {
            let (start, end) = (no * piece, octets.min((no + 1) * piece));
            let from = start + there.get(&no).copied().unwrap_or(0);
            (from < end).then_some(from..end)
        };
        Ok((0..octets.div_ceil(piece)).filter_map(short).collect())
    }

    /// A piece as it is now; nothing where it was never written.
    fn piece(&self, name: &str, key: &str, no: u64) -> io::Result<Vec<u8>> {
        if let Some(written) = self.written.get(name).and_then(|pieces| pieces.get(&no)) {
            return Ok(written.clone());
        }
        let Some(octets) = self.bucket.octets(key)? else { return Ok(Vec::new()) };
        let mut content = vec![0; octets as usize];
        let read = self.bucket.read_at(key, 0, &mut content)?;
        content.truncate(read);
        Ok(content)
    }

    /// Reads from a piece into what is zeroed.
    fn read_piece(&self, name: &str, key: &str, no: u64, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let Some(written) = self.written.get(name).and_then(|pieces| pieces.get(&no)) else {
            return self.bucket.read_at(key, offset, into);
        };
        Ok(copy_from(written, offset, into))
    }

    fn read_pieces(&self, name: &str, piece: u64, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let length = self.length(name, piece)?.ok_or(ErrorKind::NotFound)?;
        let octets = length.saturating_sub(offset).min(into.len() as u64) as usize;
        let into = &mut into[..octets];
        into.fill(0);
        let mut at = 0;
        while at < octets {
            let (no, within) = ((offset + at as u64) / piece, (offset + at as u64) % piece);
            let of_piece = ((piece - within) as usize).min(octets - at);
            match self.read_piece(name, &piece_key(name, no), no, within, &mut into[at..at + of_piece]) {
                // A hole, as a file has that was written behind its end.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                read => _ = read?,
            }
            at += of_piece;
        }
        Ok(octets)
    }

    fn write_pieces(&mut self, name: &str, piece: u64, offset: u64, octets: &[u8]) -> io::Result<()> {
        let mut at = 0;
        while at < octets.len() {
            let (no, within) = ((offset + at as u64) / piece, (offset + at as u64) % piece);
            let of_piece = ((piece - within) as usize).min(octets.len() - at);
            let is_whole = of_piece as u64 == piece;
            let mut content = if is_whole { Vec::new() } else { self.piece(name, &piece_key(name, no), no)? };
            // The log grows at its end. A request that was given up and done late has put back a shorter piece: the copier fills it
            // again when it looks next.
            if LOG.contains(&name) && (content.len() as u64) < within {
                return Err(io::Error::new(ErrorKind::InvalidData, "a piece of the copied log is shorter than it was"));
            }
            write_into(&mut content, within, &octets[at..at + of_piece]);
            self.written.entry(name.to_owned()).or_default().insert(no, content);
            at += of_piece;
        }
        Ok(())
    }

    /// Puts what was written to a file.
    fn put_written(&mut self, name: &str) -> io::Result<()> {
        let Some(pieces) = self.written.get_mut(name) else { return Ok(()) };
        while let Some(piece) = pieces.first_entry() {
            let key = match piece_octets(name) {
                Some(_) => piece_key(name, *piece.key()),
                None => name.to_owned(),
            };
            self.bucket.put(&key, piece.get())?;
            piece.remove();
        }
        self.written.remove(name);
        Ok(())
    }

    /// Makes a file of this content, of which nothing is left that was there.
    fn put_whole(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.written.remove(name);
        let Some(piece) = piece_octets(name) else { return self.bucket.put(name, content) };
        self.lengths.borrow_mut().remove(name);
        let mut surplus: BTreeSet<String> = self.pieces(name)?.into_iter().collect();
        for (no, piece) in content.chunks(piece as usize).enumerate() {
            let key = piece_key(name, no as u64);
            self.bucket.put(&key, piece)?;
            surplus.remove(&key);
        }
        surplus.iter().rev().try_for_each(|key| self.bucket.remove(key))
    }

    fn cut_pieces(&mut self, name: &str, piece: u64, octets: u64) -> io::Result<()> {
        let (last, within) = (octets / piece, octets % piece);
        self.put_written(name)?;
        let mut rest = if within > 0 { self.piece(name, &piece_key(name, last), last)? } else { Vec::new() };
        rest.resize(within as usize, 0);
        self.lengths.borrow_mut().remove(name);
        // From the end, and the last one goes before the shorter one comes: that is what makes room.
        for key in self.pieces(name)?.iter().rev() {
            if piece_no(name, key).is_some_and(|no| no >= last) {
                self.bucket.remove(key)?;
            }
        }
        if within > 0 { self.bucket.put(&piece_key(name, last), &rest) } else { Ok(()) }
    }
}

fn copy_from(content: &[u8], offset: u64, into: &mut [u8]) -> usize {
    let from = content.get(offset as usize..).unwrap_or_default();
    let count = from.len().min(into.len());
    into[..count].copy_from_slice(&from[..count]);
    count
}

fn write_into(content: &mut Vec<u8>, offset: u64, octets: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + octets.len());
    if content.len() < end {
        content.resize(end, 0);
    }
    content[start..end].copy_from_slice(octets);
}

impl<B: Bucket> Store for BucketStore<B> {
    fn octets(&self, name: &str) -> io::Result<Option<u64>> {
        if is_on_its_way(name) {
            return Ok(self.staged.get(name).map(|content| content.len() as u64));
        }
        if let Some(piece) = piece_octets(name) {
            return self.length(name, piece);
        }
        match self.written.get(name).and_then(|pieces| pieces.get(&0)) {
            Some(written) => Ok(Some(written.len() as u64)),
            None => self.bucket.octets(name),
        }
    }

    fn read_at(&self, name: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        if is_on_its_way(name) {
            return Ok(copy_from(self.staged.get(name).ok_or(ErrorKind::NotFound)?, offset, into));
        }
        match piece_octets(name) {
            Some(piece) => self.read_pieces(name, piece, offset, into),
            None => self.read_piece(name, name, 0, offset, into),
        }
    }

    fn write_at(&mut self, name: &str, offset: u64, octets: &[u8]) -> io::Result<()> {
        if is_on_its_way(name) {
            write_into(self.staged.entry(name.to_owned()).or_default(), offset, octets);
            return Ok(());
        }
        let Some(piece) = piece_octets(name) else {
            let mut content = self.piece(name, name, 0)?;
            write_into(&mut content, offset, octets);
            self.written.entry(name.to_owned()).or_default().insert(0, content);
            return Ok(());
        };
        let length = self.length(name, piece)?.unwrap_or(0);
        self.write_pieces(name, piece, offset, octets)?;
        self.lengths.borrow_mut().insert(name.to_owned(), length.max(offset + octets.len() as u64));
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.put_written(name)
    }

    fn lacks(&self, name: &str, octets: u64) -> io::Result<Vec<Range<u64>>> {
        match piece_octets(name) {
            Some(piece) => self.pieces_lack(name, piece, octets),
            None => {
                let there = self.octets(name)?.unwrap_or(0);
                Ok((there < octets).then_some(there..octets).into_iter().collect())
            }
        }
    }

    fn forget_earlier(&mut self, dir: &str) -> io::Result<()> {
        self.bucket.forget_earlier(&format!("{dir}/"))
    }

    fn leased_until(&self, name: &str) -> io::Result<Option<Utc>> {
        self.bucket.leased_until(name)
    }

    fn renew_lease(&mut self, name: &str) -> io::Result<Option<Utc>> {
        self.bucket.renew_lease(name)
    }

    fn set_hold(&mut self, name: &str, is_held: bool) -> io::Result<()> {
        self.bucket.set_hold(name, is_held)
    }

    fn truncate(&mut self, name: &str, octets: u64) -> io::Result<()> {
        if is_on_its_way(name) {
            self.staged.get_mut(name).ok_or(ErrorKind::NotFound)?.resize(octets as usize, 0);
            return Ok(());
        }
        if let Some(piece) = piece_octets(name) {
            return self.cut_pieces(name, piece, octets);
        }
        let mut content = self.piece(name, name, 0)?;
        content.resize(octets as usize, 0);
        self.written.entry(name.to_owned()).or_default().insert(0, content);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let staged = self.staged.remove(from);
        let is_staged = staged.is_some();
        let content = match staged {
            Some(content) => content,
            None => super::read_all(self, from)?.ok_or(ErrorKind::NotFound)?,
        };
        if is_on_its_way(to) {
            self.staged.insert(to.to_owned(), content);
        } else if let Err(error) = self.put_whole(to, &content) {
            if is_staged {
                self.staged.insert(from.to_owned(), content);
            }
            return Err(error);
        }
        if is_staged { Ok(()) } else { self.remove(from) }
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        if is_on_its_way(name) {
            self.staged.remove(name);
            return Ok(());
        }
        self.written.remove(name);
        if piece_octets(name).is_none() {
            return self.bucket.remove(name);
        }
        self.lengths.borrow_mut().remove(name);
        self.pieces(name)?.iter().rev().try_for_each(|key| self.bucket.remove(key))
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let under = format!("{dir}/");
        let there = self.list_all(&under)?;
        let files = there.iter().map(|listed| file_of(&listed.key).to_owned());
        let mut names: BTreeSet<String> = files.filter(|name| !is_on_its_way(name)).collect();
        names.extend(self.staged.keys().chain(self.written.keys()).filter(|name| name.starts_with(&under)).cloned());
        Ok(names.into_iter().collect())
    }
}
