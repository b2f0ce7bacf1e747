//! Pages of the key tables: 126 secrets of 32 octets, encrypted under a page key.
//!
//! A table is a forest of trees of three levels. Pages of level 0 hold the halves `b`; pages of level 1 and 2 hold the
//! keys of the pages below; the key of each tree's single page of level 2 is in the root file. Erasing a `b` draws new
//! keys for the pages on its way up and a new root key: what an old flash block still holds opens no more.

use crate::{
    FORMAT_VERSION, FormatError, KeyNo, OpenError, Random, Secret, Suite, VaultId,
    aead::Cipher,
    octets::{Put, Reader},
    suite::TAG_OCTETS,
};

/// Octets of a page: one block of every file system and disk that the box uses.
pub const PAGE_OCTETS: usize = 4096;

/// Secrets of a page: as many as fit beside header (48) and tag (16).
pub const PAGE_SECRETS: usize = 126;

/// Levels of a tree.
pub const LEVELS: u8 = 3;

/// Keys of a tree: 126 x 126 x 126, an hour of 16 full E1 in minutes of legs, 69 times over.
pub const TREE_KEYS: u64 = (PAGE_SECRETS as u64).pow(LEVELS as u32);

const MAGIC: &[u8; 4] = b"RFKP";
const HEADER_OCTETS: usize = 48;

/// Which page of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageNo {
    /// 0 holds halves `b`, 1 and 2 hold page keys.
    pub level: u8,
    /// The page's number within its level, over all trees.
    pub number: u64,
}

impl PageNo {
    /// The page of level 0 that holds `key`, and the place in it.
    pub const fn of_key(key: KeyNo) -> (PageNo, usize) {
        let place = (key.0 % PAGE_SECRETS as u64) as usize;
        (PageNo { level: 0, number: key.0 / PAGE_SECRETS as u64 }, place)
    }

    /// The page above and the place in it that holds this page's key; `None` for the top, whose key is a root key.
    pub const fn parent(self) -> Option<(PageNo, usize)> {
        if self.level + 1 >= LEVELS {
            return None;
        }
        let place = (self.number % PAGE_SECRETS as u64) as usize;
        Some((PageNo { level: self.level + 1, number: self.number / PAGE_SECRETS as u64 }, place))
    }

    /// The pages whose keys this one holds, in the order of their places; none at level 0.
    pub fn children(self) -> impl Iterator<Item = PageNo> {
        let below = self.level.checked_sub(1);
        let first = self.number * PAGE_SECRETS as u64;
        below
            .into_iter()
            .flat_map(move |level| (first..first + PAGE_SECRETS as u64).map(move |number| PageNo { level, number }))
    }

    /// The first page of level 0 that is not below this one.
    pub const fn after(self) -> u64 {
        (self.number + 1) * (PAGE_SECRETS as u64).pow(self.level as u32)
    }

    /// Where the page stands in its level's file, in octets.
    pub const fn offset(self) -> u64 {
        self.number * PAGE_OCTETS as u64
    }
}

/// A page in the clear. An all-zero secret is an empty or erased place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Which page.
    pub no: PageNo,
    secrets: Vec<Secret>,
}

impl Page {
    /// A page without secrets.
    pub fn empty(no: PageNo) -> Page {
        Page { no, secrets: vec![Secret::new([0; 32]); PAGE_SECRETS] }
    }

    /// The secret at a place, if one was put there and not erased.
    pub fn get(&self, place: usize) -> Option<&Secret> {
        self.secrets.get(place).filter(|secret| *secret.expose() != [0; 32])
    }

    /// Whether it holds no secret.
    pub fn is_empty(&self) -> bool {
        (0..PAGE_SECRETS).all(|place| self.get(place).is_none())
    }

    /// Puts a secret at a place.
    pub fn put(&mut self, place: usize, secret: Secret) {
        self.secrets[place] = secret;
    }

    /// Empties a place.
    pub fn erase(&mut self, place: usize) {
        self.put(place, Secret::new([0; 32]));
    }

    /// Encrypts the page for the table `table` (0 or 1 on the box, more at copy targets).
    pub fn seal(&self, vault: &VaultId, table: u8, key: &Secret, random: &mut dyn Random) -> Vec<u8> {
        // Drawn, not counted: a page is rewritten some 130 times under a key, and a count could be repeated after a
        // power cut.
        let mut nonce = [0; 12];
        random.fill(&mut nonce);
        let mut out = self.header(vault, table, &nonce);
        for secret in &self.secrets {
            out.octets(secret.expose());
        }
        let (header, secrets) = out.split_at_mut(HEADER_OCTETS);
        let tag = Cipher::new(key).seal(&nonce, header, secrets);
        out.octets(&tag);
        out
    }

    /// Decrypts a page.
    ///
    /// # Errors
    /// [`PageError::Format`] when the octets are no page of this place, [`PageError::Open`] when the key does not open
    /// them: a page re-keyed since, or damaged.
    pub fn open(octets: &[u8], no: PageNo, vault: &VaultId, table: u8, key: &Secret) -> Result<Page, PageError> {
        let nonce = parse_nonce(octets)?;
        let mut page = Page::empty(no);
        let header = page.header(vault, table, &nonce);
        if octets[..HEADER_OCTETS] != header[..] {
            return Err(PageError::Format(FormatError::Value));
        }
        let (secrets, tag) = octets[HEADER_OCTETS..].split_last_chunk::<TAG_OCTETS>().ok_or(FormatError::Short)?;
        let mut secrets = zeroize::Zeroizing::new(secrets.to_vec());
        Cipher::new(key).open(&nonce, &header, &mut secrets, tag)?;
        for (place, secret) in page.secrets.iter_mut().zip(secrets.as_chunks().0) {
            *place = Secret::new(*secret);
        }
        Ok(page)
    }

    fn header(&self, vault: &VaultId, table: u8, nonce: &[u8; 12]) -> Vec<u8> {
        let mut out = Vec::with_capacity(PAGE_OCTETS);
        out.octets(MAGIC);
        out.u16(FORMAT_VERSION);
        out.u16(Suite::One.number());
        out.u8(table);
        out.u8(self.no.level);
        out.u16(0);
        out.u64(self.no.number);
        out.octets(&vault.0);
        out.octets(nonce);
        out
    }
}

/// Why a page does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It is no page, or another one.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The key does not fit.
    #[error(transparent)]
    Open(#[from] OpenError),
}

fn parse_nonce(octets: &[u8]) -> Result<[u8; 12], FormatError> {
    if octets.len() != PAGE_OCTETS {
        return Err(FormatError::Short);
    }
    let mut reader = Reader::new(octets);
    reader.expect(MAGIC, FormatError::Magic)?;
    reader.take(HEADER_OCTETS - MAGIC.len() - 12)?;
    reader.array()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seeded;

    const VAULT: VaultId = VaultId([3; 16]);

    #[test]
    fn a_page_opens_only_with_its_key_at_its_place() {
        let (no, place) = PageNo::of_key(KeyNo(126 * 7 + 5));
        assert_eq!((no, place), (PageNo { level: 0, number: 7 }, 5));
        let mut page = Page::empty(no);
        page.put(place, Secret::new([9; 32]));
        let key = Secret::new([1; 32]);
        let octets = page.seal(&VAULT, 0, &key, &mut Seeded::new(1));
        assert_eq!(octets.len(), PAGE_OCTETS);
        let opened = Page::open(&octets, no, &VAULT, 0, &key).unwrap();
        assert_eq!(opened.get(5), Some(&Secret::new([9; 32])));
        assert_eq!(opened.get(4), None);
        assert!(Page::open(&octets, no, &VAULT, 1, &key).is_err());
        assert!(Page::open(&octets, PageNo { level: 0, number: 8 }, &VAULT, 0, &key).is_err());
        assert!(Page::open(&octets, no, &VAULT, 0, &Secret::new([2; 32])).is_err());
    }

    #[test]
    fn every_changed_octet_of_a_page_is_found() {
        let no = PageNo { level: 1, number: 3 };
        let key = Secret::new([1; 32]);
        let octets = Page::empty(no).seal(&VAULT, 1, &key, &mut Seeded::new(1));
        for at in 0..octets.len() {
            let mut changed = octets.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(Page::open(&changed, no, &VAULT, 1, &key).is_err(), "octet {at}");
        }
    }

    #[test]
    fn the_way_up_ends_at_the_root_of_the_tree() {
        let (page, _) = PageNo::of_key(KeyNo(TREE_KEYS + 126 * 126 + 126));
        let (above, place) = page.parent().unwrap();
        let (top, top_place) = above.parent().unwrap();
        assert_eq!((place, top_place), (1, 1));
        assert_eq!(top, PageNo { level: 2, number: 1 });
        assert_eq!(top.parent(), None);
        assert_eq!((page.after(), above.after(), top.after()), (page.number + 1, 2 * 126 + 126 * 126, 2 * 126 * 126));
    }

    #[test]
    fn each_page_is_a_child_of_its_parent_at_its_place() {
        for no in [PageNo { level: 0, number: 126 * 7 + 5 }, PageNo { level: 1, number: 130 }] {
            let (above, place) = no.parent().unwrap();
            assert_eq!(above.children().nth(place), Some(no));
            assert_eq!(above.children().count(), PAGE_SECRETS);
        }
        assert_eq!(PageNo { level: 0, number: 3 }.children().count(), 0);
    }
}
