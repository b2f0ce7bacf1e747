//! What copies have not destroyed yet of what was erased.
//!
//! The vault has a folder for each copy that keeps key halves: `copies/TABLES/about` says what it is called and where it was,
//! `copies/TABLES/pending/RECORDING` which halves it has to destroy. The one stands before the copy is given any half, the
//! other before the marker of the erasure goes. So whatever copy is away meanwhile, and whoever dies: as long as a copy may
//! have a half of an erased recording, a file says so, with the numbers of the halves, as no object has them any more.
//! Not here: the destroying itself (`copy_keys`), and who is told (`src/daemon/copies.rs`).

use std::{collections::BTreeMap, fmt, io, str::FromStr};

use frame::{CallId, Stamp, Utc};
use vault::{Grave, KeyNo, Random, Tombstone};

use super::{
    erasing::KEY,
    names::{COPIES, copy_about_name, grave_name, pending_dir, pending_grave, pending_name},
    store::{Store, read_all, replace},
};

/// Which key tables of a copy: drawn when they are begun, so that another disk in the same place is another copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CopyId(pub [u8; 8]);

impl CopyId {
    pub(super) fn draw(random: &mut dyn Random) -> CopyId {
        let mut id = [0; 8];
        random.fill(&mut id);
        CopyId(id)
    }
}

impl fmt::Display for CopyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl FromStr for CopyId {
    type Err = ();

    fn from_str(text: &str) -> Result<CopyId, ()> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut id = CopyId([0; 8]);
        if pairs.len() != id.0.len() || !rest.is_empty() {
            return Err(());
        }
        for (octet, pair) in id.0.iter_mut().zip(pairs) {
            let pair = std::str::from_utf8(pair).map_err(|_| ())?;
            *octet = u8::from_str_radix(pair, 16).map_err(|_| ())?;
        }
        // There is one way to write it.
        if id.to_string() == text { Ok(id) } else { Err(()) }
    }
}

/// An erased recording, or stretch of one, that a copy has to destroy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The copy's key tables.
    pub tables: CopyId,
    /// The recording, or the stretch.
    pub grave: Grave,
    /// Its call.
    pub call: CallId,
    /// The key halves.
    pub(super) keys: Vec<KeyNo>,
    /// Until when the copy's store lets nobody delete its ciphertext.
    pub ciphertext_until: Option<Utc>,
}

/// How the last line begins; behind it stands how many key halves there are, so that a cut entry is none.
const END: &str = "end ";

impl Pending {
    fn parse(tables: CopyId, grave: Grave, text: &str) -> Option<Pending> {
        let (above, end) = text.strip_suffix('\n')?.rsplit_once('\n')?;
        let of = |name: &str| above.lines().find_map(|line| line.strip_prefix(name));
        let keys = above.lines().filter_map(|line| line.strip_prefix(KEY)).map(|number| number.parse().ok().map(KeyNo));
        let keys = keys.collect::<Option<Vec<KeyNo>>>()?;
        let is_whole = !keys.is_empty() && end == format!("{END}{}", keys.len());
        let is_its = of("recording ")? == grave.recording.to_string();
        let call = of("call ")?.parse().ok()?;
        (is_whole && is_its).then_some(Pending { tables, grave, call, keys, ciphertext_until: None })
    }
}

/// An entry, of the marker that an erasure has.
fn entry(marker: &[u8]) -> Vec<u8> {
    let keys = marker.split(|octet| *octet == b'\n').filter(|line| line.starts_with(KEY.as_bytes())).count();
    [marker, format!("{END}{keys}\n").as_bytes()].concat()
}

/// A copy that keeps key halves, as the vault knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCopy {
    /// Its key tables.
    pub tables: CopyId,
    /// What it is called, and in a second line where it was last.
    pub about: String,
    /// How many erased recordings it has halves of.
    pub pending: u64,
    /// When the oldest of them was erased.
    pub since: Option<Stamp>,
}

impl KnownCopy {
    /// What people call it.
    pub fn name(&self) -> &str {
        self.about.lines().next().unwrap_or_default()
    }

    /// Where it was last.
    pub fn place(&self) -> &str {
        self.about.lines().nth(1).unwrap_or_default()
    }
}

/// Notes for each copy that keeps key halves that it has to destroy those that the `marker` of an erasure names. Durable when this
/// returns; tells which copies these are, and what they are called.
///
/// # Errors
/// The disk's. To be done again then.
pub(super) fn leave_to_copies(store: &mut dyn Store, grave: Grave, marker: &[u8]) -> io::Result<Vec<(CopyId, String)>> {
    let mut left = Vec::new();
    for tables in copies_with_keys(store)? {
        replace(store, &pending_name(tables, grave), &entry(marker))?;
        left.push((tables, about(store, tables).lines().next().unwrap_or_default().to_owned()));
    }
    Ok(left)
}

/// The copies that were ever given a key half and were not forgotten since: each that has a folder, whatever is left in it.
fn copies_with_keys(store: &dyn Store) -> io::Result<Vec<CopyId>> {
    Ok(store.folders(COPIES)?.iter().filter_map(|name| name.parse().ok()).collect())
}

/// What the vault notes of a copy. Where that is lost, or can't be read, it is called by its key tables.
fn about(store: &dyn Store, tables: CopyId) -> String {
    let about = read_all(store, &copy_about_name(tables)).ok().flatten().unwrap_or_default();
    let about = String::from_utf8_lossy(&about).into_owned();
    if about.trim().is_empty() { tables.to_string() } else { about }
}

/// Makes a copy known, durably, before it is given the first half.
pub(super) fn make_known(store: &mut dyn Store, tables: CopyId, about: &str) -> io::Result<()> {
    let name = copy_about_name(tables);
    if read_all(store, &name).is_ok_and(|known| known.as_deref() == Some(about.as_bytes())) {
        return Ok(());
    }
    replace(store, &name, about.as_bytes())
}

/// What a copy has to destroy.
pub(super) fn pending_graves(store: &dyn Store, tables: CopyId) -> io::Result<Vec<Grave>> {
    Ok(store.list(&pending_dir(tables))?.iter().filter_map(|name| pending_grave(name)).collect())
}

/// What a copy has to destroy of it; none where that can't be read, or was settled since: it stays, and is told as
/// pending.
pub(super) fn pending(store: &dyn Store, tables: CopyId, grave: Grave) -> Option<Pending> {
    let name = pending_name(tables, grave);
    let octets = match read_all(store, &name) {
        Ok(None) => return None,
        Ok(octets) => octets,
        Err(error) => {
            tracing::error!(%name, %error, "the disk refuses what a copy has to destroy");
            return None;
        }
    };
    let text = octets.and_then(|octets| String::from_utf8(octets).ok());
    let pending = text.and_then(|text| Pending::parse(tables, grave, &text));
    if pending.is_none() {
        tracing::error!(%name, "what a copy has to destroy can't be read");
    }
    pending
}

/// A copy has destroyed it, and the log has that.
///
/// # Errors
/// The disk's.
pub fn settle_pending(store: &mut dyn Store, pending: &Pending) -> io::Result<()> {
    store.remove(&pending_name(pending.tables, pending.grave))
}

/// Looks at what is pending, again and again: of each entry the tombstone is read once.
#[derive(Debug, Default)]
pub struct CopyLists {
    /// When the entries that were looked at were erased, as far as it is known.
    erased: BTreeMap<Grave, Option<Stamp>>,
}

impl CopyLists {
    /// The copies that keep key halves, and what is pending at each.
    ///
    /// # Errors
    /// The disk's.
    pub fn look(&mut self, store: &dyn Store) -> io::Result<Vec<KnownCopy>> {
        let mut erased = BTreeMap::new();
        let mut known = Vec::new();
        for tables in copies_with_keys(store)? {
            let pending = pending_graves(store, tables)?;
            for grave in &pending {
                let stamp = self.erased.get(grave).copied().unwrap_or_else(|| erased_at(store, *grave));
                erased.insert(*grave, stamp);
            }
            let stamps = pending.iter().filter_map(|grave| *erased.get(grave)?);
            let since = stamps.min_by_key(|stamp| (stamp.boot, stamp.time));
            known.push(KnownCopy { tables, about: about(store, tables), pending: pending.len() as u64, since });
        }
        self.erased = erased;
        Ok(known)
    }
}

/// The copies that keep key halves, and what is pending at each.
///
/// # Errors
/// The disk's.
pub fn known_copies(store: &dyn Store) -> io::Result<Vec<KnownCopy>> {
    CopyLists::default().look(store)
}

/// When the tables of the box confirmed that it is erased, as its tombstone says.
fn erased_at(store: &dyn Store, grave: Grave) -> Option<Stamp> {
    let text = String::from_utf8(read_all(store, &grave_name(grave)).ok()??).ok()?;
    Tombstone::parse(&text).ok()?.confirmed.into_iter().flatten().last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_in_one_way() {
        let id = CopyId([0xab, 0, 1, 2, 3, 4, 5, 0xff]);
        assert_eq!(id.to_string(), "ab000102030405ff");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in
            ["", "ab0001020304", "AB000102030405ff", "ab000102030405f", "ab000102030405ff00", "+b000102030405ff"]
        {
            assert_eq!(wrong.parse::<CopyId>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn what_is_pending_names_its_halves_and_its_recording_or_can_not_be_read() {
        let marker = "ringfence tombstone 1\nrecording 1-9\ncall 1-7\nkey 0\nkey 4000\n";
        let text = String::from_utf8(entry(marker.as_bytes())).unwrap();
        let of = |text: &str| Pending::parse(CopyId([1; 8]), "1-9".parse().unwrap(), text);
        let pending = of(&text).unwrap();
        assert_eq!(pending.keys, [KeyNo(0), KeyNo(4000)]);
        assert_eq!((pending.grave.to_string(), pending.call.to_string()), ("1-9".into(), "1-7".into()));
        for cut in 0..text.len() {
            assert_eq!(of(&text[..cut]), None, "{}", &text[..cut]);
        }
        let others = ["kay 0", "x", "cell", "recording 1-8"];
        for (what, other) in ["key 0", "4000", "call", "recording 1-9"].iter().zip(others) {
            assert_eq!(of(&text.replace(what, other)), None, "{other}");
        }
    }
}
