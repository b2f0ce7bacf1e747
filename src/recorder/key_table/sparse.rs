//! Key tables that are not filled one key after the other: those of a copy.
//!
//! A copy has the keys of finished recordings alone, in the order in which they finished, so there are pages that nobody ever
//! wrote, and keys that come to a page which others are on. A page that opens in neither table is begun anew where a copy has to
//! write to it: what it can't say the vault is asked for (`copy_keys`), and nothing but that page is given up.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use vault::{KeyNo, LEVELS, PAGE_SECRETS, Page, PageNo, Secret, VaultId};

use super::{super::store::Store, KeyTables, TABLES, Table, table::Found};

/// What is left of keys that are to be destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Left {
    /// Nothing: their places are empty in both tables.
    Nothing,
    /// Their places are empty, but pages from before damage are kept beside the tables, which may open what flash still holds.
    Aside,
    /// A place is not empty, or its page does not open.
    Halves,
}

/// Keys by their places on pages of level 0, a bit each.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Places(BTreeMap<u64, u128>);

impl Places {
    pub(in super::super) fn add(&mut self, keys: &[KeyNo]) {
        for (no, place) in keys.iter().map(|key| PageNo::of_key(*key)) {
            *self.0.entry(no.number).or_default() |= 1 << place;
        }
    }

    pub(in super::super) fn take_away(&mut self, keys: &[KeyNo]) {
        for (no, place) in keys.iter().map(|key| PageNo::of_key(*key)) {
            self.0.entry(no.number).and_modify(|places| *places &= !(1 << place));
        }
    }

    fn has(&self, no: PageNo, place: usize) -> bool {
        self.0.get(&no.number).is_some_and(|places| places & (1 << place) != 0)
    }
}

impl KeyTables {
    /// Whether a page of these keys opens in neither table, though something was put there.
    ///
    /// # Errors
    /// The disk's.
    pub(in super::super) fn any_unknown(&self, store: &dyn Store, keys: &[KeyNo]) -> io::Result<bool> {
        let pages: BTreeSet<PageNo> = keys.iter().map(|key| PageNo::of_key(*key).0).collect();
        for no in pages {
            if self.known(store, 0, no)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A page as a table has it, else as the other one has it; one without keys where nobody ever wrote it, and none where
    /// what was written opens in neither.
    fn known(&self, store: &dyn Store, table: usize, no: PageNo) -> io::Result<Option<Page>> {
        match (self.tables[table].find(store, no)?, self.tables[1 - table].find(store, no)?) {
            (Found::Page(page), _) | (_, Found::Page(page)) => Ok(Some(page)),
            (Found::Unreadable(error), _) | (_, Found::Unreadable(error)) => Err(error),
            (Found::Empty, Found::Empty) => Ok(Some(Page::empty(no))),
            (Found::Spoiled, _) | (_, Found::Spoiled) => Ok(None),
        }
    }

    /// Puts keys into both tables, durably, wherever they belong. Those that are there stay as they are; a page that opens in
    /// neither table is begun anew.
    ///
    /// # Errors
    /// The disk's. The same keys can be put again.
    pub(in super::super) fn put_anywhere(&mut self, store: &mut dyn Store, keys: &[(KeyNo, Secret)]) -> io::Result<()> {
        let mut pages: BTreeMap<PageNo, Vec<(usize, &Secret)>> = BTreeMap::new();
        for (key, secret) in keys {
            let (no, place) = PageNo::of_key(*key);
            pages.entry(no).or_default().push((place, secret));
        }
        for (no, secrets) in pages {
            for table in 0..TABLES.len() {
                let own = self.tables[table].find(store, no)?.page();
                let has = |page: &Page| secrets.iter().all(|(place, secret)| page.get(*place) == Some(secret));
                if own.as_ref().is_some_and(has) {
                    continue;
                }
                let mut page = self.known(store, table, no)?.unwrap_or_else(|| Page::empty(no));
                secrets.iter().for_each(|(place, secret)| page.put(*place, (*secret).clone()));
                self.save_anew(store, table, page)?;
            }
        }
        Ok(())
    }

    /// Under a new key: what is cut off leaves the old page, or one that nothing opens and the other table has.
    fn save_anew(&mut self, store: &mut dyn Store, table: usize, page: Page) -> io::Result<()> {
        let [a, b] = &mut self.tables;
        let (own, twin) = if table == 0 { (a, b) } else { (b, a) };
        own.save_erased(twin, store, page, &mut *self.random)
    }

    /// Which of these keys are not known to be nowhere.
    ///
    /// # Errors
    /// The disk's.
    pub(in super::super) fn there(&self, store: &dyn Store, keys: &[KeyNo]) -> io::Result<Vec<KeyNo>> {
        let mut there = Vec::new();
        for key in keys {
            let mut may_be_there = false;
            for table in &self.tables {
                may_be_there |= !is_nowhere(table, store, *key)?;
            }
            if may_be_there {
                there.push(*key);
            }
        }
        Ok(there)
    }

    /// Erases keys from both tables. A page that opens in neither is begun anew, so that nothing opens it any more.
    ///
    /// # Errors
    /// The disk's. The same keys can be erased again.
    pub(in super::super) fn erase_anywhere(&mut self, store: &mut dyn Store, keys: &[KeyNo]) -> io::Result<()> {
        let mut pages: BTreeMap<PageNo, Vec<usize>> = BTreeMap::new();
        for (no, place) in keys.iter().map(|key| PageNo::of_key(*key)) {
            pages.entry(no).or_default().push(place);
        }
        for table in 0..TABLES.len() {
            for (no, places) in &pages {
                let mut page = self.known(store, table, *no)?.unwrap_or_else(|| Page::empty(*no));
                places.iter().for_each(|place| page.erase(*place));
                self.save_anew(store, table, page)?;
            }
        }
        Ok(())
    }

    /// Erases all that is not at these places, and begins pages anew that open in neither table.
    ///
    /// # Errors
    /// The disk's. It can be done again.
    pub(in super::super) fn leave_only(&mut self, store: &mut dyn Store, places: &Places) -> io::Result<()> {
        let [a, b] = &self.tables;
        let pages = a.pages(store, 0)?.max(b.pages(store, 0)?);
        let has_aside = self.has_aside(store)?;
        for table in 0..TABLES.len() {
            for no in (0..pages).map(|number| PageNo { level: 0, number }) {
                if let Some(page) = self.without_others(store, table, no, places, has_aside)? {
                    self.save_anew(store, table, page)?;
                }
            }
        }
        Ok(())
    }

    /// A page without what is not at these places; none where it is so already.
    fn without_others(
        &self,
        store: &dyn Store,
        table: usize,
        no: PageNo,
        places: &Places,
        has_aside: bool,
    ) -> io::Result<Option<Page>> {
        let Some(mut page) = self.known(store, table, no)? else { return Ok(Some(Page::empty(no))) };
        let others: Vec<usize> =
            (0..PAGE_SECRETS).filter(|at| page.get(*at).is_some() && !places.has(no, *at)).collect();
        let is_settled = match self.tables[table].find(store, no)? {
            Found::Page(_) => others.is_empty(),
            // What stands there without a key was one that opened once, where pages are kept beside the table.
            Found::Empty => page.is_empty() && !(has_aside && self.tables[table].is_written(store, no)?),
            Found::Spoiled | Found::Unreadable(_) => false,
        };
        others.into_iter().for_each(|place| page.erase(place));
        Ok((!is_settled).then_some(page))
    }

    /// Whether a page above level 0 does not open, or pages from before damage are kept: what [`Self::repair`] is for. The
    /// pages of level 0 are not all read.
    ///
    /// # Errors
    /// The disk's.
    pub(in super::super) fn is_damaged_above(&self, store: &dyn Store) -> io::Result<bool> {
        for table in &self.tables {
            for level in 1..LEVELS {
                for number in 0..table.pages(store, level)? {
                    if let Found::Spoiled | Found::Unreadable(_) = table.find(store, PageNo { level, number })? {
                        return Ok(true);
                    }
                }
            }
        }
        self.has_aside(store)
    }

    /// Whether pages from before damage are kept beside a table.
    ///
    /// # Errors
    /// The disk's.
    pub(in super::super) fn has_aside(&self, store: &dyn Store) -> io::Result<bool> {
        for table in &self.tables {
            if !table.aside_files(store)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the files are still those that were opened.
    ///
    /// # Errors
    /// The disk's.
    pub(in super::super) fn is_current(&self, store: &dyn Store) -> io::Result<bool> {
        Ok(self.tables[0].is_current(store)? && self.tables[1].is_current(store)?)
    }

    /// Reads both tables anew, and tells what is left of these keys.
    ///
    /// # Errors
    /// The disk's.
    pub(in super::super) fn left_of(store: &dyn Store, vault: VaultId, keys: &[KeyNo]) -> io::Result<Left> {
        let mut left = Left::Nothing;
        for table in &Table::open_both(store, vault)? {
            for key in keys {
                if !is_nowhere(table, store, *key)? {
                    return Ok(Left::Halves);
                }
            }
            if !table.aside_files(store)?.is_empty() {
                left = Left::Aside;
            }
        }
        Ok(left)
    }
}

impl KeyTables {
    /// The table that has one of these keys, where one has.
    ///
    /// # Errors
    /// The disk's.
    pub(in super::super) fn table_with(
        store: &dyn Store,
        vault: VaultId,
        keys: &[KeyNo],
    ) -> io::Result<Option<&'static str>> {
        for (table, name) in Table::open_both(store, vault)?.iter().zip(TABLES) {
            for (no, place) in keys.iter().map(|key| PageNo::of_key(*key)) {
                if let Found::Page(page) = table.find(store, no)?
                    && page.get(place).is_some()
                {
                    return Ok(Some(name));
                }
            }
        }
        Ok(None)
    }
}

/// Whether a table says that it has not got a key. What can't be read may be there.
fn is_nowhere(table: &Table, store: &dyn Store, key: KeyNo) -> io::Result<bool> {
    let (no, place) = PageNo::of_key(key);
    Ok(match table.find(store, no)? {
        Found::Page(page) => page.get(place).is_none(),
        Found::Empty => true,
        Found::Spoiled | Found::Unreadable(_) => false,
    })
}
