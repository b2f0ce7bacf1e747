//! One key table: its root file and its trees of pages.
//!
//! A page that has a key and does not open is damaged, and so is what stands below it. What it says may be read again some
//! day, by hand or from a disk that answers again, so before anything is written over it that the other table can't say
//! whole, the pages above and the roots are kept beside it, as `…-damaged`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind},
    mem::take,
    sync::{Mutex, PoisonError},
};

use vault::{FORMAT_VERSION, KeyNo, LEVELS, PAGE_OCTETS, Page, PageNo, Random, Secret, VaultId};

use super::{
    super::store::{Store, read_all, replace},
    KeyState, TABLES,
};

const ROOTS: &str = "roots";

const ROOTS_MAGIC: &[u8; 8] = b"RFKROOTS";

/// Octets of the root file before the first key: magic, version, table, vault.
const ROOTS_HEAD_OCTETS: usize = 8 + 2 + 1 + 16;

/// A table.
pub(super) struct Table {
    no: u8,
    vault: VaultId,
    /// The keys of the pages at the top of each tree.
    roots: Vec<Secret>,
    /// Whether root keys were lost: a page without one was written under it, then.
    has_lost_roots: bool,
    /// The page of level 0 that is being filled.
    filling: Option<Page>,
    /// Pages above others that were made anew in this life. The disk may refuse to read them still.
    made: BTreeMap<PageNo, Page>,
    unreadable: Mutex<Unreadable>,
}

/// Files that the disk refused to read, and those that nobody was told of.
#[derive(Debug, Default)]
struct Unreadable {
    files: BTreeSet<String>,
    untold: Vec<(String, u64)>,
}

/// What stands in the place of a page.
#[derive(Debug)]
pub(super) enum Found {
    /// It opens.
    Page(Page),
    /// Nothing that anybody was told of: it has no key.
    Empty,
    /// Damage, here or above.
    Spoiled,
    /// The disk refuses to read it, or one above.
    Unreadable(io::Error),
}

impl Found {
    pub(super) fn page(self) -> Option<Page> {
        match self {
            Found::Page(page) => Some(page),
            Found::Empty | Found::Spoiled | Found::Unreadable(_) => None,
        }
    }

    /// The first of two that opens; else the disk's error, where there was one.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn either(self, other: impl FnOnce() -> io::Result<Found>) -> io::Result<Option<Page>> {
        match self {
            Found::Page(page) => Ok(Some(page)),
            Found::Empty | Found::Spoiled => match other()? {
                Found::Unreadable(error) => Err(error),
                found => Ok(found.page()),
            },
            Found::Unreadable(error) => other()?.page().map(Some).ok_or(error),
        }
    }
}

impl Table {
    /// Opens both. One whose roots the disk refuses to read is taken for damaged where the other one has its own.
    pub(super) fn open_both(store: &dyn Store, vault: VaultId) -> io::Result<[Table; 2]> {
        let (mut a, refused_a) = Table::open(store, vault, 0)?;
        let (mut b, refused_b) = Table::open(store, vault, 1)?;
        if let Some(error) = refused_a.filter(|_| b.roots.is_empty()).or(refused_b.filter(|_| a.roots.is_empty())) {
            return Err(error);
        }
        // The very first page, of which nobody was told, comes before the first roots.
        let is_first = |one: &Table, other: &Table| -> io::Result<bool> {
            Ok(!other.has_files(store)? && one.aside_files(store)?.is_empty() && one.has_first_pages_alone(store)?)
        };
        let first = [is_first(&a, &b)?, is_first(&b, &a)?];
        for (table, is_first) in [&mut a, &mut b].into_iter().zip(first) {
            let is_aside = store.octets(&table.aside(ROOTS))?.is_some();
            table.has_lost_roots = is_aside || table.roots.is_empty() && table.has_files(store)? && !is_first;
        }
        Ok([a, b])
    }

    fn open(store: &dyn Store, vault: VaultId, no: u8) -> io::Result<(Table, Option<io::Error>)> {
        let mut table = Table {
            no,
            vault,
            roots: Vec::new(),
            has_lost_roots: false,
            filling: None,
            made: BTreeMap::new(),
            unreadable: Mutex::default(),
        };
        match read_all(store, &table.file(ROOTS)) {
            Ok(octets) => table.roots = octets.and_then(|octets| table.parse_roots(&octets)).unwrap_or_default(),
            Err(error) => {
                table.note_unreadable(table.file(ROOTS), 0);
                return Ok((table, Some(error)));
            }
        }
        Ok((table, None))
    }

    /// Whether its root file is still the one that was opened.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn is_current(&self, store: &dyn Store) -> io::Result<bool> {
        Ok(match read_all(store, &self.file(ROOTS))? {
            Some(octets) => self.parse_roots(&octets).is_some_and(|roots| roots == self.roots),
            None => self.roots.is_empty(),
        })
    }

    fn has_files(&self, store: &dyn Store) -> io::Result<bool> {
        let files = (0..LEVELS).map(|level| self.level_file(level)).chain([self.file(ROOTS), self.aside(ROOTS)]);
        files.map(|file| store.octets(&file)).try_fold(false, |some, octets| Ok(some | octets?.is_some()))
    }

    fn has_first_pages_alone(&self, store: &dyn Store) -> io::Result<bool> {
        let pages: Vec<u64> = (0..LEVELS).map(|level| self.pages(store, level)).collect::<io::Result<_>>()?;
        Ok(pages.into_iter().all(|pages| pages <= 1) && store.octets(&self.file(ROOTS))?.is_none())
    }

    fn file(&self, name: &str) -> String {
        format!("{}/{name}", TABLES[usize::from(self.no)])
    }

    fn level_file(&self, level: u8) -> String {
        self.file(&format!("level-{level}"))
    }

    /// Where a file is kept that is damaged, or has what stands above what is.
    fn aside(&self, name: &str) -> String {
        self.file(&format!("{name}-damaged"))
    }

    /// What is kept beside the table, of names within it.
    pub(super) fn aside_files(&self, store: &dyn Store) -> io::Result<Vec<String>> {
        let names = [ROOTS.to_owned()].into_iter().chain((1..LEVELS).map(|level| format!("level-{level}")));
        let mut there = Vec::new();
        for aside in names.map(|name| self.aside(&name)) {
            if store.octets(&aside)?.is_some() {
                there.push(aside);
            }
        }
        Ok(there)
    }

    /// Keeps a root file beside the table that is there and can't be read: a new one takes its place.
    pub(super) fn set_lost_roots_aside(&self, store: &mut dyn Store) -> io::Result<()> {
        let (roots, aside) = (self.file(ROOTS), self.aside(ROOTS));
        let is_lost = self.roots.is_empty() && store.octets(&roots)?.is_some();
        if is_lost && store.octets(&aside)?.is_none() { store.rename(&roots, &aside) } else { Ok(()) }
    }

    /// Keeps the roots and the pages above level 0 beside the table as they are, once until all is known again. Pages of level 0
    /// stay in their places, as long as the other table can't say them.
    fn set_aside(&self, store: &mut dyn Store) -> io::Result<()> {
        self.set_lost_roots_aside(store)?;
        let levels = (1..LEVELS).rev().map(|level| format!("level-{level}"));
        for name in [ROOTS.to_owned()].into_iter().chain(levels) {
            let (file, aside) = (self.file(&name), self.aside(&name));
            if store.octets(&aside)?.is_none()
                && let Some(octets) = read_what_can_be(store, &file)?
            {
                replace(store, &aside, &octets)?;
            }
        }
        Ok(())
    }

    /// Removes what is kept beside the table, where each page is known to one of the two. It could open what is erased from now
    /// on, if flash still held that.
    pub(super) fn forget_aside(&mut self, twin: &Table, store: &mut dyn Store) -> io::Result<()> {
        let aside = self.aside_files(store)?;
        if aside.is_empty() || !self.is_all_known(twin, store)? {
            return Ok(());
        }
        aside.iter().try_for_each(|name| store.remove(name))?;
        self.has_lost_roots = false;
        Ok(())
    }

    fn is_all_known(&self, twin: &Table, store: &dyn Store) -> io::Result<bool> {
        let is_twin_whole = !twin.has_lost_roots && twin.aside_files(store)?.is_empty();
        for number in 0..self.pages(store, 0)? {
            let no = PageNo { level: 0, number };
            let is_known = match self.find(store, no)? {
                Found::Page(_) => true,
                // What was never written is all zeroes.
                Found::Empty if !self.is_written(store, no)? => true,
                Found::Empty => match twin.find(store, no)? {
                    Found::Page(_) => true,
                    // Both have a page before anybody is told of a key on it: a box that died was writing this one.
                    Found::Empty => is_twin_whole && twin.opens_above(store, no)?,
                    Found::Spoiled | Found::Unreadable(_) => false,
                },
                Found::Spoiled | Found::Unreadable(_) => twin.find(store, no)?.page().is_some(),
            };
            if !is_known {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether no page above one is damaged.
    fn opens_above(&self, store: &dyn Store, no: PageNo) -> io::Result<bool> {
        let Some((above, _)) = no.parent() else { return Ok(true) };
        Ok(matches!(self.find(store, above)?, Found::Page(_) | Found::Empty))
    }

    /// Whether anything but zeroes stands in a page's place. What can't be read may.
    pub(super) fn is_written(&self, store: &dyn Store, no: PageNo) -> io::Result<bool> {
        let mut octets = vec![0; PAGE_OCTETS];
        let read = store.read_at(&self.level_file(no.level), no.offset(), &mut octets);
        Ok(read.map_or(true, |_| octets.iter().any(|octet| *octet != 0)))
    }

    /// How many pages a level has.
    pub(super) fn pages(&self, store: &dyn Store, level: u8) -> io::Result<u64> {
        Ok(store.octets(&self.level_file(level))?.unwrap_or(0).div_ceil(PAGE_OCTETS as u64))
    }

    /// What is damaged: file and offset. Of what stands below a damaged page that page alone.
    pub(super) fn damages(&self, store: &dyn Store) -> io::Result<Vec<(String, u64)>> {
        let mut damages: Vec<(String, u64)> = self.aside_files(store)?.into_iter().map(|aside| (aside, 0)).collect();
        if self.roots.is_empty() && store.octets(&self.file(ROOTS))?.is_some() {
            damages.push((self.file(ROOTS), 0));
        }
        for level in (0..LEVELS).rev() {
            for number in 0..self.pages(store, level)? {
                let no = PageNo { level, number };
                if self.page_key(store, no)?.is_some()
                    && let Found::Spoiled | Found::Unreadable(_) = self.find(store, no)?
                {
                    damages.push((self.level_file(level), no.offset()));
                }
            }
        }
        Ok(damages)
    }

    /// Copies the pages of level 0 that the other table has and this one lacks, under new keys, and the one that was being filled
    /// when the power went. What only this table can say stays, and a mending that is cut goes on at the next start.
    pub(super) fn mend(&mut self, from: &Table, store: &mut dyn Store, random: &mut dyn Random) -> io::Result<()> {
        for no in self.lacking(from, store)? {
            if let (None, Some(page)) = (self.find(store, no)?.page(), from.find(store, no)?.page()) {
                self.save_new(from, store, page, random)?;
            }
        }
        Ok(())
    }

    /// The pages of level 0 that the other table has a key for and this one has not, or whose octets are not there. All of them
    /// are not read at each start; what this one has a key for and can't open is left to the other, but for the last.
    fn lacking(&self, from: &Table, store: &dyn Store) -> io::Result<Vec<PageNo>> {
        let (own, others) = (self.pages(store, 0)?, from.pages(store, 0)?);
        let last = own.min(others).saturating_sub(1);
        let mut lacking = Vec::new();
        for number in 0..from.pages(store, 1)? {
            let above = PageNo { level: 1, number };
            let Some(theirs) = from.find(store, above)?.page() else { continue };
            let ours = self.find(store, above)?.page();
            let has = |place| ours.as_ref().is_some_and(|page| page.get(place).is_some());
            let places = above.children().enumerate().filter(|(place, no)| {
                theirs.get(*place).is_some() && (no.number == last || no.number >= own || !has(*place))
            });
            lacking.extend(places.map(|(_, no)| no));
        }
        Ok(lacking)
    }

    /// Cuts off the last pages whose keys are nowhere: a power cut came before the page above had them, so nobody was told that
    /// anything is in them. One that has a key and does not open is damage, and stays: its numbers must not be given again. So
    /// does what is below a page that does not open, or below roots that were lost, and all of it while anything is kept beside
    /// the table.
    pub(super) fn cut_torn(&self, store: &mut dyn Store) -> io::Result<()> {
        if !self.aside_files(store)?.is_empty() {
            return Ok(());
        }
        for level in (0..LEVELS).rev() {
            let written = self.pages(store, level)?;
            let mut open = written;
            while open > 0 && matches!(self.find(store, PageNo { level, number: open - 1 })?, Found::Empty) {
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

    pub(super) fn put(
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
        let page = match self.find(store, no)? {
            // Nobody was told of a key in it, so the other one has none to be waited for.
            Found::Empty => twin.find(store, no)?.page(),
            found => found.either(|| twin.find(store, no))?,
        };
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

    pub(super) fn get(&self, store: &dyn Store, key: KeyNo) -> io::Result<KeyState> {
        let (no, place) = PageNo::of_key(key);
        let page = match self.find(store, no)? {
            Found::Page(page) => page,
            Found::Unreadable(error) => return Err(error),
            Found::Empty | Found::Spoiled => return Err(ErrorKind::InvalidData.into()),
        };
        Ok(page.get(place).cloned().map_or(KeyState::Erased, KeyState::There))
    }

    /// The page that is being filled does not bring back what was erased.
    pub(super) fn save_erased(
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
                let mut parent = match self.find(store, above)? {
                    Found::Page(page) => page,
                    Found::Empty => Page::empty(above),
                    // It was mended a moment ago, and an empty one would take all others below it from this table.
                    Found::Spoiled => return Err(ErrorKind::InvalidData.into()),
                    Found::Unreadable(error) => return Err(error),
                };
                parent.put(place, key);
                self.save_up(store, parent, random)
            }
            None => self.save_root(store, page.no.number as usize, key),
        }
    }

    /// Makes the pages above one that do not open anew, topmost first, from the other table. An empty page in the place of one
    /// would take all others below it from this table; what the other one can't say is kept beside it.
    fn mend_above(
        &mut self,
        no: PageNo,
        twin: &Table,
        store: &mut dyn Store,
        random: &mut dyn Random,
    ) -> io::Result<()> {
        let Some((above, _)) = no.parent() else { return Ok(()) };
        self.mend_above(above, twin, store, random)?;
        match self.find(store, above)? {
            Found::Page(_) | Found::Empty => return Ok(()),
            Found::Spoiled => {}
            // Damage stays what it is; a disk may answer again, and then nothing is lost.
            Found::Unreadable(error) if twin.find(store, above)?.page().is_none() => return Err(error),
            Found::Unreadable(_) => {}
        }
        self.set_aside(store)?;
        let page = self.anew(above, twin, store, random)?;
        self.made.insert(above, page.clone());
        self.save_up(store, page, random)
    }

    /// A page of keys with all pages below it that the other table has, written under new keys.
    fn anew(&mut self, no: PageNo, twin: &Table, store: &mut dyn Store, random: &mut dyn Random) -> io::Result<Page> {
        let mut page = Page::empty(no);
        for (place, below) in no.children().enumerate() {
            if below.number >= twin.pages(store, below.level)? {
                break;
            }
            let found = match below.level {
                0 => twin.find(store, below)?.page(),
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

    fn save(&mut self, store: &mut dyn Store, page: &Page, key: &Secret, random: &mut dyn Random) -> io::Result<()> {
        self.write(store, page, key, random)?;
        store.sync(&self.level_file(page.no.level))
    }

    fn write(&mut self, store: &mut dyn Store, page: &Page, key: &Secret, random: &mut dyn Random) -> io::Result<()> {
        if let Some(made) = self.made.get_mut(&page.no) {
            made.clone_from(page);
        }
        let octets = page.seal(&self.vault, self.no, key, random);
        store.write_at(&self.level_file(page.no.level), page.no.offset(), &octets)
    }

    fn save_root(&mut self, store: &mut dyn Store, tree: usize, key: Secret) -> io::Result<()> {
        if self.roots.len() <= tree {
            self.roots.resize(tree + 1, Secret::new([0; 32]));
        }
        self.roots[tree] = key;
        replace(store, &self.file(ROOTS), &self.emit_roots())
    }

    /// What stands in the place of a page.
    pub(super) fn find(&self, store: &dyn Store, no: PageNo) -> io::Result<Found> {
        if let Some(made) = self.made.get(&no) {
            return Ok(Found::Page(made.clone()));
        }
        let key = match no.parent() {
            None => self.root_key(no),
            Some((above, place)) => match self.find(store, above)? {
                Found::Page(page) => page.get(place).cloned(),
                Found::Empty => None,
                // There is nothing below it that could be damaged, where nothing was written.
                _ if no.number >= self.pages(store, no.level)? => None,
                damaged => return Ok(damaged),
            },
        };
        let Some(key) = key else { return self.find_without_key(store, no) };
        let (file, mut octets) = (self.level_file(no.level), vec![0; PAGE_OCTETS]);
        match store.read_at(&file, no.offset(), &mut octets) {
            Ok(PAGE_OCTETS) => {
                let opened = Page::open(&octets, no, &self.vault, self.no, &key);
                Ok(opened.map_or(Found::Spoiled, Found::Page))
            }
            Ok(_) => Ok(Found::Spoiled),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Spoiled),
            Err(error) => {
                self.note_unreadable(file, no.offset());
                Ok(Found::Unreadable(error))
            }
        }
    }

    fn find_without_key(&self, store: &dyn Store, no: PageNo) -> io::Result<Found> {
        let has_lost_key = no.parent().is_none() && self.has_lost_roots && no.number < self.pages(store, no.level)?;
        Ok(if has_lost_key { Found::Spoiled } else { Found::Empty })
    }

    fn page_key(&self, store: &dyn Store, no: PageNo) -> io::Result<Option<Secret>> {
        match no.parent() {
            Some((above, place)) => Ok(self.find(store, above)?.page().and_then(|page| page.get(place).cloned())),
            None => Ok(self.root_key(no)),
        }
    }

    fn root_key(&self, no: PageNo) -> Option<Secret> {
        self.roots.get(no.number as usize).filter(|key| *key.expose() != [0; 32]).cloned()
    }

    /// Notes a file that the disk refuses to read, once.
    fn note_unreadable(&self, file: String, offset: u64) {
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if unreadable.files.insert(file.clone()) {
            unreadable.untold.push((file, offset));
        }
    }

    /// The files that the disk refuses to read and nobody was told of: file and offset.
    pub(super) fn take_unreadable(&self) -> Vec<(String, u64)> {
        take(&mut self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).untold)
    }

    fn emit_roots(&self) -> Vec<u8> {
        let mut out = self.roots_head();
        self.roots.iter().for_each(|key| out.extend(key.expose()));
        out.extend(crc32fast::hash(&out).to_be_bytes());
        out
    }

    fn roots_head(&self) -> Vec<u8> {
        let mut head = ROOTS_MAGIC.to_vec();
        head.extend(FORMAT_VERSION.to_be_bytes());
        head.push(self.no);
        head.extend(self.vault.0);
        head
    }

    fn parse_roots(&self, octets: &[u8]) -> Option<Vec<Secret>> {
        let (body, crc) = octets.split_last_chunk()?;
        let (head, keys) = body.split_at_checked(ROOTS_HEAD_OCTETS)?;
        let (keys, rest) = keys.as_chunks();
        let fits = head == self.roots_head() && rest.is_empty();
        let fits = fits && crc32fast::hash(body) == u32::from_be_bytes(*crc);
        fits.then(|| keys.iter().map(|key| Secret::new(*key)).collect())
    }
}

/// The octets of a file, page by page, with zeroes for what the disk refuses; `None` where there is none.
fn read_what_can_be(store: &dyn Store, name: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(octets) = store.octets(name)? else { return Ok(None) };
    let mut content = vec![0; octets as usize];
    for (no, page) in content.chunks_mut(PAGE_OCTETS).enumerate() {
        let _ = store.read_at(name, (no * PAGE_OCTETS) as u64, page);
    }
    Ok(Some(content))
}
