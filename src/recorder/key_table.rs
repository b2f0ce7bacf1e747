//! The two key tables of the box: where the halves `b` are, erasably.
//!
//! Each table is a directory with a root file and one file of pages per level; the other table says the same under
//! other keys. They are written one after the other, so that a power cut can spoil one of them at most.
//!
//! A page that does not open is asked of the other table. What neither says is unknown, which is neither there nor erased: it
//! is never taken for destroyed, and nothing new is written over what might be read again some day.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
};

use vault::{FORMAT_VERSION, KeyNo, LEVELS, PAGE_OCTETS, PAGE_SECRETS, Page, PageNo, Random, Secret, VaultId};

use super::store::{Store, read_all, replace};

/// The directories of the tables on the box.
pub(super) const TABLES: [&str; 2] = ["keys-a", "keys-b"];

/// Where a root file is kept that can't be read, as little as the other table's.
const ROOTS_ASIDE: &str = "roots-damaged";

const ROOTS_MAGIC: &[u8; 8] = b"RFKROOTS";

/// Octets of the root file before the first key: magic, version, table, vault.
const ROOTS_HEAD_OCTETS: usize = 8 + 2 + 1 + 16;

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

/// The pages that do not open, and root files that are none: file and offset. Needs no key but those in `roots`. Where the
/// directories are not there, the tables were left out of a copy.
///
/// # Errors
/// The disk's.
pub(super) fn spoiled_pages(store: &dyn Store, vault: VaultId) -> io::Result<Vec<(String, u64)>> {
    let mut spoiled = Vec::new();
    for no in [0, 1] {
        let table = Table::open(store, vault, no)?;
        if table.has_lost_roots(store)? {
            spoiled.push((table.file("roots"), 0));
            continue;
        }
        for level in 0..LEVELS {
            for number in 0..table.pages(store, level)? {
                let no = PageNo { level, number };
                if table.load(store, no)?.is_none() {
                    spoiled.push((table.level_file(level), no.offset()));
                }
            }
        }
    }
    Ok(spoiled)
}

/// Both tables.
pub struct KeyTables {
    tables: [Table; 2],
    random: Box<dyn Random + Send>,
}

struct Table {
    no: u8,
    vault: VaultId,
    /// The keys of the pages at the top of each tree.
    roots: Vec<Secret>,
    /// The page of level 0 that is being filled.
    filling: Option<Page>,
}

impl KeyTables {
    /// Opens the tables, makes what is missing, and mends a table that a power cut spoiled, or that lost its files, from the other.
    /// What is spoiled in both stays as it is, and what is recorded from now on goes to other pages.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(store: &mut dyn Store, vault: VaultId, random: Box<dyn Random + Send>) -> io::Result<KeyTables> {
        let tables = [Table::open(store, vault, 0)?, Table::open(store, vault, 1)?];
        let mut tables = KeyTables { tables, random };
        tables.repair(store)?;
        Ok(tables)
    }

    /// The tables as they are, for reading alone: nothing is made or repaired.
    ///
    /// # Errors
    /// The disk's.
    pub fn open_to_read(store: &dyn Store, vault: VaultId, random: Box<dyn Random + Send>) -> io::Result<KeyTables> {
        Ok(KeyTables { tables: [Table::open(store, vault, 0)?, Table::open(store, vault, 1)?], random })
    }

    fn repair(&mut self, store: &mut dyn Store) -> io::Result<()> {
        if self.has_lost_roots(store)? {
            // A root file that is damaged may be mended by hand some day, so it is kept beside the new one.
            self.tables.iter().try_for_each(|table| table.set_roots_aside(store))?;
        }
        let whole = [self.tables[0].is_whole(store)?, self.tables[1].is_whole(store)?];
        let [a, b] = &mut self.tables;
        a.mend(whole[0], b, store, &mut *self.random)?;
        b.mend(whole[1], a, store, &mut *self.random)?;
        [a, b].into_iter().try_for_each(|table| table.cut_torn(store))
    }

    fn has_lost_roots(&self, store: &dyn Store) -> io::Result<bool> {
        Ok(self.tables[0].has_lost_roots(store)? && self.tables[1].has_lost_roots(store)?)
    }

    /// The first key number that was never used. A new page each time: the last one may hold a torn write. Never below a page
    /// that does not open: to write there would be to write it anew, and what it says of others is lost then.
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

    /// The topmost page above one that was written, and opens in neither table.
    fn spoiled_above(&self, store: &dyn Store, no: PageNo) -> io::Result<Option<PageNo>> {
        let Some((above, _)) = no.parent() else { return Ok(None) };
        if let Some(higher) = self.spoiled_above(store, above)? {
            return Ok(Some(higher));
        }
        let is_spoiled = |table: &Table| table.is_spoiled(store, above);
        Ok((is_spoiled(&self.tables[0])? && is_spoiled(&self.tables[1])?).then_some(above))
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
    /// The disk's; [`ErrorKind::InvalidData`] when a table can't be read there, and the other one does not have it.
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
            if self.tables[0].load(store, no)?.is_none() && self.tables[1].load(store, no)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Erases keys from one table: the pages on their way up get new keys, up to a new root key.
    ///
    /// # Errors
    /// [`EraseError`]. The same keys can be erased again.
    pub fn erase_in(&mut self, store: &mut dyn Store, table: usize, keys: &[KeyNo]) -> Result<(), EraseError> {
        let mut places: BTreeMap<PageNo, Vec<usize>> = BTreeMap::new();
        for (no, place) in keys.iter().map(|key| PageNo::of_key(*key)) {
            places.entry(no).or_default().push(place);
        }
        // A page at a time: each is written once, however many of its keys go.
        for (no, places) in places {
            // One that a power cut left half re-keyed is taken from the other table: others' keys are on it, too.
            let own = self.tables[table].load(store, no)?;
            let Some(mut page) = own.map_or_else(|| self.tables[1 - table].load(store, no), |own| Ok(Some(own)))?
            else {
                return Err(EraseError::Unknown);
            };
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
    /// [`EraseError`]. The same keys can be erased again.
    pub fn erase(&mut self, store: &mut dyn Store, keys: &[KeyNo]) -> Result<(), EraseError> {
        (0..TABLES.len()).try_for_each(|table| self.erase_in(store, table, keys))
    }
}

impl Table {
    fn open(store: &dyn Store, vault: VaultId, no: u8) -> io::Result<Table> {
        let mut table = Table { no, vault, roots: Vec::new(), filling: None };
        if let Some(octets) = read_all(store, &table.file("roots"))? {
            table.roots = table.parse_roots(&octets).unwrap_or_default();
        }
        Ok(table)
    }

    /// Whether its root file is there and can't be read.
    fn has_lost_roots(&self, store: &dyn Store) -> io::Result<bool> {
        Ok(self.roots.is_empty() && store.octets(&self.file("roots"))?.is_some())
    }

    fn set_roots_aside(&self, store: &mut dyn Store) -> io::Result<()> {
        store.rename(&self.file("roots"), &self.file(ROOTS_ASIDE))
    }

    fn file(&self, name: &str) -> String {
        format!("{}/{name}", TABLES[usize::from(self.no)])
    }

    fn level_file(&self, level: u8) -> String {
        self.file(&format!("level-{level}"))
    }

    /// How many pages a level has.
    fn pages(&self, store: &dyn Store, level: u8) -> io::Result<u64> {
        Ok(store.octets(&self.level_file(level))?.unwrap_or(0).div_ceil(PAGE_OCTETS as u64))
    }

    /// Whether every page can be reached, but a last one of level 0 that was being filled when the power went.
    fn is_whole(&self, store: &dyn Store) -> io::Result<bool> {
        for level in (1..LEVELS).rev() {
            for number in 0..self.pages(store, level)? {
                if self.load(store, PageNo { level, number })?.is_none() {
                    return Ok(false);
                }
            }
        }
        let bottom = self.pages(store, 0)?;
        let parents = self.pages(store, 1)?;
        Ok(bottom <= parents * PAGE_SECRETS as u64)
    }

    /// Copies the pages that do not open here and do in the other table, under new keys: all of them where this one is not
    /// whole, else those that it lacks, and the one that was being filled when the power went. What only this table can say
    /// stays, and a mending that is cut goes on at the next start.
    fn mend(&mut self, whole: bool, from: &Table, store: &mut dyn Store, random: &mut dyn Random) -> io::Result<()> {
        let (own, others) = (self.pages(store, 0)?, from.pages(store, 0)?);
        let first = if whole { own.min(others).saturating_sub(1) } else { 0 };
        for number in first..others {
            let no = PageNo { level: 0, number };
            if let (None, Some(page)) = (self.load(store, no)?, from.load(store, no)?) {
                self.save_new(from, store, page, random)?;
            }
        }
        Ok(())
    }

    /// Cuts off the last pages whose keys are nowhere: a power cut came before the page above had them, so nobody was told that
    /// anything is in them. One that has a key and does not open is damage, and stays: its numbers must not be given again. So
    /// does what is below a page that does not open, or below roots that were lost.
    fn cut_torn(&self, store: &mut dyn Store) -> io::Result<()> {
        if store.octets(&self.file(ROOTS_ASIDE))?.is_some() {
            return Ok(());
        }
        for level in (0..LEVELS).rev() {
            let written = self.pages(store, level)?;
            let mut open = written;
            while open > 0 && self.is_torn(store, PageNo { level, number: open - 1 })? {
                open -= 1;
            }
            if open < written {
                let file = self.level_file(level);
                store.truncate(&file, open * PAGE_OCTETS as u64)?;
                store.sync(&file)?;
            }
        }
        Ok(())
    }

    /// Whether the page above opens, or was never written, and has no key for this one.
    fn is_torn(&self, store: &dyn Store, no: PageNo) -> io::Result<bool> {
        if let Some((above, _)) = no.parent()
            && self.is_spoiled(store, above)?
        {
            return Ok(false);
        }
        Ok(self.page_key(store, no)?.is_none())
    }

    fn put(
        &mut self,
        twin: &Table,
        store: &mut dyn Store,
        keys: &[(KeyNo, Secret)],
        random: &mut dyn Random,
    ) -> io::Result<()> {
        let mut page: Option<Page> = None;
        for (key, secret) in keys {
            let (no, place) = PageNo::of_key(*key);
            if page.as_ref().is_none_or(|page| page.no != no) {
                if let Some(full) = page.take() {
                    self.save_filling(twin, store, full, random)?;
                }
                page = Some(self.take_filling(twin, store, no)?);
            }
            if let Some(page) = &mut page {
                page.put(place, secret.clone());
            }
        }
        page.map_or(Ok(()), |page| self.save_filling(twin, store, page, random))
    }

    /// The page that is being filled, from memory: what the disk does to it meanwhile takes no key away.
    fn take_filling(&mut self, twin: &Table, store: &dyn Store, no: PageNo) -> io::Result<Page> {
        if let Some(page) = self.filling.as_ref().filter(|page| page.no == no) {
            return Ok(page.clone());
        }
        let own = self.load(store, no)?;
        let page = own.map_or_else(|| twin.load(store, no), |own| Ok(Some(own)))?;
        Ok(page.unwrap_or_else(|| Page::empty(no)))
    }

    fn save_filling(
        &mut self,
        twin: &Table,
        store: &mut dyn Store,
        page: Page,
        random: &mut dyn Random,
    ) -> io::Result<()> {
        match self.page_key(store, page.no)? {
            Some(key) => self.save(store, &page, &key, random)?,
            None => self.save_new(twin, store, page.clone(), random)?,
        }
        self.filling = Some(page);
        Ok(())
    }

    fn get(&self, store: &dyn Store, key: KeyNo) -> io::Result<KeyState> {
        let (no, place) = PageNo::of_key(key);
        let page = self.load(store, no)?.ok_or(ErrorKind::InvalidData)?;
        Ok(page.get(place).cloned().map_or(KeyState::Erased, KeyState::There))
    }

    /// The page that is being filled does not bring back what was erased.
    fn save_erased(
        &mut self,
        twin: &Table,
        store: &mut dyn Store,
        page: Page,
        random: &mut dyn Random,
    ) -> io::Result<()> {
        if let Some(filling) = self.filling.as_mut().filter(|filling| filling.no == page.no) {
            filling.clone_from(&page);
        }
        self.save_new(twin, store, page, random)
    }

    /// Writes a page under a new key, and the pages above it that then hold new keys, up to the root file.
    fn save_new(&mut self, twin: &Table, store: &mut dyn Store, page: Page, random: &mut dyn Random) -> io::Result<()> {
        self.mend_above(page.no, twin, store, random)?;
        self.save_up(store, page, random)
    }

    fn save_up(&mut self, store: &mut dyn Store, page: Page, random: &mut dyn Random) -> io::Result<()> {
        let key = Secret::draw(random);
        self.save(store, &page, &key, random)?;
        match page.no.parent() {
            Some((above, place)) => {
                let mut parent = self.load(store, above)?.unwrap_or_else(|| Page::empty(above));
                parent.put(place, key);
                self.save_up(store, parent, random)
            }
            None => self.save_root(store, page.no.number as usize, key),
        }
    }

    /// Makes the pages above one that do not open anew, topmost first, from the other table. An empty page in the place of one
    /// would take all others below it from this table.
    fn mend_above(
        &mut self,
        no: PageNo,
        twin: &Table,
        store: &mut dyn Store,
        random: &mut dyn Random,
    ) -> io::Result<()> {
        let Some((above, _)) = no.parent() else { return Ok(()) };
        self.mend_above(above, twin, store, random)?;
        if !self.is_spoiled(store, above)? {
            return Ok(());
        }
        let page = self.anew(above, twin, store, random)?;
        // What the other table can't say either is left as it is.
        if page.is_empty() { Ok(()) } else { self.save_up(store, page, random) }
    }

    /// A page of keys with all pages below it that the other table has, written under new keys.
    fn anew(&self, no: PageNo, twin: &Table, store: &mut dyn Store, random: &mut dyn Random) -> io::Result<Page> {
        let mut page = Page::empty(no);
        for (place, below) in no.children().enumerate() {
            if below.number >= twin.pages(store, below.level)? {
                break;
            }
            let found = match below.level {
                0 => twin.load(store, below)?,
                _ => Some(self.anew(below, twin, store, random)?).filter(|below| !below.is_empty()),
            };
            if let Some(found) = found {
                let key = Secret::draw(random);
                self.write(store, &found, &key, random)?;
                page.put(place, key);
            }
        }
        if !page.is_empty() {
            store.sync(&self.level_file(no.level - 1))?;
        }
        Ok(page)
    }

    fn save(&self, store: &mut dyn Store, page: &Page, key: &Secret, random: &mut dyn Random) -> io::Result<()> {
        self.write(store, page, key, random)?;
        store.sync(&self.level_file(page.no.level))
    }

    fn write(&self, store: &mut dyn Store, page: &Page, key: &Secret, random: &mut dyn Random) -> io::Result<()> {
        let octets = page.seal(&self.vault, self.no, key, random);
        store.write_at(&self.level_file(page.no.level), page.no.offset(), &octets)
    }

    fn save_root(&mut self, store: &mut dyn Store, tree: usize, key: Secret) -> io::Result<()> {
        if self.roots.len() <= tree {
            self.roots.resize(tree + 1, Secret::new([0; 32]));
        }
        self.roots[tree] = key;
        replace(store, &self.file("roots"), &self.emit_roots())
    }

    /// Whether the page was written and does not open.
    fn is_spoiled(&self, store: &dyn Store, no: PageNo) -> io::Result<bool> {
        Ok(no.number < self.pages(store, no.level)? && self.load(store, no)?.is_none())
    }

    /// The page, or `None` when it is not there or does not open.
    fn load(&self, store: &dyn Store, no: PageNo) -> io::Result<Option<Page>> {
        let Some(key) = self.page_key(store, no)? else { return Ok(None) };
        let mut octets = vec![0; PAGE_OCTETS];
        match store.read_at(&self.level_file(no.level), no.offset(), &mut octets) {
            Ok(PAGE_OCTETS) => Ok(Page::open(&octets, no, &self.vault, self.no, &key).ok()),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn page_key(&self, store: &dyn Store, no: PageNo) -> io::Result<Option<Secret>> {
        match no.parent() {
            Some((above, place)) => Ok(self.load(store, above)?.and_then(|page| page.get(place).cloned())),
            None => Ok(self.roots.get(no.number as usize).filter(|key| *key.expose() != [0; 32]).cloned()),
        }
    }

    fn emit_roots(&self) -> Vec<u8> {
        let mut out = ROOTS_MAGIC.to_vec();
        out.extend(FORMAT_VERSION.to_be_bytes());
        out.push(self.no);
        out.extend(self.vault.0);
        self.roots.iter().for_each(|key| out.extend(key.expose()));
        out.extend(crc32fast::hash(&out).to_be_bytes());
        out
    }

    fn parse_roots(&self, octets: &[u8]) -> Option<Vec<Secret>> {
        let (body, crc) = octets.split_last_chunk()?;
        let empty = Table { roots: Vec::new(), filling: None, ..*self }.emit_roots();
        let (head, keys) = body.split_at_checked(ROOTS_HEAD_OCTETS)?;
        let (keys, rest) = keys.as_chunks();
        let fits = head == &empty[..ROOTS_HEAD_OCTETS] && rest.is_empty();
        let fits = fits && crc32fast::hash(body) == u32::from_be_bytes(*crc);
        fits.then(|| keys.iter().map(|key| Secret::new(*key)).collect())
    }
}
