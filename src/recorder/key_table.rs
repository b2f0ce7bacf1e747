//! The two key tables of the box: where the halves `b` are, erasably.
//!
//! Each table is a directory with a root file and one file of pages per level; the other table says the same under
//! other keys. They are written one after the other, so that a power cut can spoil one of them at most.
//!
//! A page that does not open, or that the disk refuses to read, is asked of the other table. What neither says is unknown, which
//! is neither there nor erased: it is never taken for destroyed, and nothing new is written over what might be read again some
//! day, unless that is kept beside the table.

mod sparse;
mod table;

use std::{collections::BTreeMap, io};

use vault::{KeyNo, LEVELS, PAGE_SECRETS, PageNo, Random, Secret, VaultId};

pub(super) use self::sparse::{Left, Places};
use self::table::{Found, Table};
use super::store::Store;

/// The directories of the tables on the box.
pub(super) const TABLES: [&str; 2] = ["keys-a", "keys-b"];

/// The files of both tables, as far as they can be there.
pub(super) fn table_files() -> impl Iterator<Item = String> {
    let levels = || (0..LEVELS).map(|level| format!("level-{level}"));
    TABLES.iter().flat_map(move |table| {
        std::iter::once("roots".to_owned()).chain(levels()).map(move |file| format!("{table}/{file}"))
    })
}

/// What a key table says about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is there.
    There(Secret),
    /// Its place is empty in both tables: it was erased, or never kept.
    Erased,
}

/// Why keys were not erased.
#[derive(Debug)]
pub enum EraseError {
    /// A page opens in neither table: nobody knows what stands on it, and whether it is destroyed.
    Unknown,
    /// The disk's.
    Disk(io::Error),
}

impl From<io::Error> for EraseError {
    fn from(error: io::Error) -> EraseError {
        EraseError::Disk(error)
    }
}

/// What is damaged: file and offset. Needs no key but those in `roots`. Where the directories are not there, the tables were left
/// out of a copy.
///
/// # Errors
/// The disk's.
pub(super) fn spoiled_pages(store: &dyn Store, vault: VaultId) -> io::Result<Vec<(String, u64)>> {
    let [a, b] = Table::open_both(store, vault)?;
    Ok([a.damages(store)?, b.damages(store)?].concat())
}

/// Both tables.
pub struct KeyTables {
    tables: [Table; 2],
    random: Box<dyn Random + Send>,
}

impl KeyTables {
    /// Opens the tables, makes what is missing, and mends a table that a power cut spoiled, or that lost its files, from the other.
    /// What is spoiled in both stays as it is, and what is recorded from now on goes to other pages.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(store: &mut dyn Store, vault: VaultId, random: Box<dyn Random + Send>) -> io::Result<KeyTables> {
        let mut tables = KeyTables { tables: Table::open_both(store, vault)?, random };
        tables.repair(store)?;
        Ok(tables)
    }

    /// The tables as they are, for reading alone: nothing is made or repaired.
    ///
    /// # Errors
    /// The disk's.
    pub fn open_to_read(store: &dyn Store, vault: VaultId, random: Box<dyn Random + Send>) -> io::Result<KeyTables> {
        Ok(KeyTables { tables: Table::open_both(store, vault)?, random })
    }

    /// Mends each table from the other, and removes what was kept beside them once all is known again.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn repair(&mut self, store: &mut dyn Store) -> io::Result<()> {
        let [a, b] = &mut self.tables;
        a.set_lost_roots_aside(store)?;
        b.set_lost_roots_aside(store)?;
        a.mend(b, store, &mut *self.random)?;
        b.mend(a, store, &mut *self.random)?;
        a.forget_aside(b, store)?;
        b.forget_aside(a, store)?;
        [a, b].into_iter().try_for_each(|table| table.cut_torn(store))
    }

    /// The files that the disk refuses to read and nobody was told of: file and offset.
    pub(super) fn take_unreadable(&self) -> Vec<(String, u64)> {
        self.tables.iter().flat_map(Table::take_unreadable).collect()
    }

    /// The first key number that was never used. A new page each time: the last one may hold a torn write. Never below a page
    /// that is damaged in one table and opens in none: what is written there would be written over it.
    ///
    /// # Errors
    /// The disk's.
    pub fn next_key(&self, store: &dyn Store) -> io::Result<KeyNo> {
        let pages = [self.tables[0].pages(store, 0)?, self.tables[1].pages(store, 0)?];
        let mut no = PageNo { level: 0, number: pages[0].max(pages[1]) };
        while let Some(spoiled) = self.spoiled_above(store, no)? {
            no.number = spoiled.after();
        }
        Ok(KeyNo(no.number * PAGE_SECRETS as u64))
    }

    /// The topmost page above one that is damaged in one table, and opens in none.
    fn spoiled_above(&self, store: &dyn Store, no: PageNo) -> io::Result<Option<PageNo>> {
        let Some((above, _)) = no.parent() else { return Ok(None) };
        if let Some(higher) = self.spoiled_above(store, above)? {
            return Ok(Some(higher));
        }
        let found = [self.tables[0].find(store, above)?, self.tables[1].find(store, above)?];
        let opens = found.iter().any(|found| matches!(found, Found::Page(_)));
        let is_damaged = found.iter().any(|found| matches!(found, Found::Spoiled | Found::Unreadable(_)));
        Ok((is_damaged && !opens).then_some(above))
    }

    /// Puts keys into both tables, durably.
    ///
    /// # Errors
    /// The disk's. The same keys can be put again.
    pub fn put(&mut self, store: &mut dyn Store, keys: &[(KeyNo, Secret)]) -> io::Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let [a, b] = &mut self.tables;
        a.put(b, store, keys, &mut *self.random)?;
        b.put(a, store, keys, &mut *self.random)
    }

    /// Looks a key up, in the second table where the first does not have it. It is erased where both say so.
    ///
    /// # Errors
    /// The disk's; [`io::ErrorKind::InvalidData`] when a table can't be read there, and the other one does not have it.
    pub fn get(&self, store: &dyn Store, key: KeyNo) -> io::Result<KeyState> {
        match self.tables[0].get(store, key) {
            Ok(KeyState::There(half)) => Ok(KeyState::There(half)),
            Ok(KeyState::Erased) => self.tables[1].get(store, key),
            Err(first) => match self.tables[1].get(store, key) {
                Ok(KeyState::There(half)) => Ok(KeyState::There(half)),
                // Gone from the one, and nobody knows of the other.
                Ok(KeyState::Erased) | Err(_) => Err(first),
            },
        }
    }

    /// Whether each of these keys stands on a page that opens in one table at least. What does not can't be erased.
    ///
    /// # Errors
    /// The disk's.
    pub fn are_known(&self, store: &dyn Store, keys: &[KeyNo]) -> io::Result<bool> {
        let pages: std::collections::BTreeSet<PageNo> = keys.iter().map(|key| PageNo::of_key(*key).0).collect();
        for no in pages {
            let found = self.tables[0].find(store, no)?.either(|| self.tables[1].find(store, no))?;
            if found.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Erases keys from one table: the pages on their way up get new keys, up to a new root key.
    ///
    /// # Errors
    /// `EraseError`. The same keys can be erased again.
    pub fn erase_in(&mut self, store: &mut dyn Store, table: usize, keys: &[KeyNo]) -> Result<(), EraseError> {
        let mut places: BTreeMap<PageNo, Vec<usize>> = BTreeMap::new();
        for (no, place) in keys.iter().map(|key| PageNo::of_key(*key)) {
            places.entry(no).or_default().push(place);
        }
        // A page at a time: each is written once, however many of its keys go.
        for (no, places) in places {
            // One that a power cut left half re-keyed is taken from the other table: others' keys are on it, too.
            let found = self.tables[table].find(store, no)?.either(|| self.tables[1 - table].find(store, no))?;
            let Some(mut page) = found else { return Err(EraseError::Unknown) };
            places.into_iter().for_each(|place| page.erase(place));
            let [a, b] = &mut self.tables;
            let (own, twin) = if table == 0 { (a, b) } else { (b, a) };
            own.save_erased(twin, store, page, &mut *self.random)?;
        }
        Ok(())
    }

    /// Erases keys from both tables.
    ///
    /// # Errors
    /// `EraseError`. The same keys can be erased again.
    pub fn erase(&mut self, store: &mut dyn Store, keys: &[KeyNo]) -> Result<(), EraseError> {
        (0..TABLES.len()).try_for_each(|table| self.erase_in(store, table, keys))
    }
}
