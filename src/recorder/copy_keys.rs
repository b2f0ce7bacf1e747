//! The key tables of a copy: the halves `b` of the recordings that it has, unlocked, so that erasing can reach them there.
//!
//! ```text
//! known to the vault ─▶ halves durable at the copy ─▶ the object gets its name
//! erased in the vault ─▶ pending for each known copy ─▶ destroyed there ─▶ read back ─▶ told ─▶ no more pending
//! ```
//!
//! They are two tables that say the same, as the box has them, under keys of their own: writing a page under a new key and
//! that key into the page above are two writes, and a power cut between them spoils one table. They are never taken away as a
//! whole, for the vault may have lost what they have. A page that opens in neither is begun anew where it has to be written;
//! then, and where the tables are not those that this copy had last, all objects are read (`keyless`): the vault gives what it
//! has, and at the end only halves of what is here are left.
//! `b` alone opens nothing: `a` is sealed for the vault's holders, whose slots are in no copy (FORMAT.md, adversaries).

use std::{collections::BTreeSet, fmt::Write as _, io::ErrorKind};

use vault::{KeyNo, Random, Secret, Seeded, VaultId, sha256};

use super::{
    copy::CopyError,
    copy_pending::{CopyId, make_known},
    copy_target::Target,
    erasing::key_numbers,
    key_table::{EraseError, KeyState, KeyTables, Left, Places, TABLES},
    names::{COPY_MARK, KEYLESS, LAST_ROOTS, OBJECTS, erased_stretches},
    reserve::with_room,
    store::{Store, read_all},
};

/// What says that a directory is a copy; behind it stands which key tables it has.
pub(super) const MARK: &str =
    "A copy of a vault: what is finished and signed, and key halves that open nothing alone.\n";

/// How its line begins.
const ID: &str = "tables ";

/// How often halves are read again that the box was just writing.
const TRIES: usize = 3;

/// Stands in the place of the roots' hashes while the tables are written to.
const CHANGING: &[u8] = b"changing\n";

/// The key tables of a copy.
pub(super) struct CopyKeys {
    pub(super) id: CopyId,
    vault: VaultId,
    tables: KeyTables,
    filling: Option<Filling>,
    is_changing: bool,
}

/// What is to be done where the tables may lack halves of objects, or have others'.
#[derive(Debug, Default)]
struct Filling {
    /// Objects that were not looked at yet; none before they are listed.
    left: Option<Vec<String>>,
    /// The keys of those that were.
    wanted: Places,
    /// Objects whose halves the vault can't read, or that can't be read themselves.
    unread: Vec<String>,
}

impl CopyKeys {
    /// Opens a copy's key tables, begins them where there are none, and makes them known to the vault.
    pub(super) fn open(
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        of: VaultId,
        about: &str,
        random: &dyn Fn() -> Box<dyn Random + Send>,
    ) -> Result<CopyKeys, CopyError> {
        let id = match tables_of(copy)? {
            Some(id) => id,
            None => begin(copy, CopyId::draw(&mut *random()))?,
        };
        make_known(vault, id, about)?;
        let (now, last) = (roots_of(copy)?, copy.read(LAST_ROOTS)?.unwrap_or_default());
        let is_same = last == now.as_bytes();
        // Not gone, and not older ones that were put back.
        let is_of_last = now != NO_ROOTS && (is_same || last == CHANGING);
        if !is_of_last && !objects(copy)?.is_empty() {
            with_room_at(copy, |copy| copy.put(KEYLESS, b"\n"))?;
        }
        let tables = KeyTables::open_to_read(copy.0, of, random()).map_err(CopyError::Target)?;
        let filling = copy.octets(KEYLESS)?.map(|_| Filling::default());
        let mut keys = CopyKeys { id, vault: of, tables, filling, is_changing: last == CHANGING };
        if !is_same || keys.tables.is_damaged_above(copy.0).map_err(CopyError::Target)? {
            keys.mend(copy)?;
        }
        Ok(keys)
    }

    fn mend(&mut self, copy: &mut Target<'_>) -> Result<(), CopyError> {
        self.before_writing(copy, &[])?;
        let tables = &mut self.tables;
        with_room(copy.0, 0, |store| Ok(tables.repair(store)?)).map_err(at_target)?;
        if self.tables.is_damaged_above(copy.0).map_err(CopyError::Target)? { self.must_fill(copy) } else { Ok(()) }
    }

    /// Of which vault.
    pub(super) const fn vault(&self) -> VaultId {
        self.vault
    }

    /// Whether nobody else has written to them since.
    pub(super) fn is_current(&self, copy: &Target<'_>) -> Result<bool, CopyError> {
        self.tables.is_current(copy.0).map_err(CopyError::Target)
    }

    /// Objects whose halves the copy may lack, as the vault could not read them.
    pub(super) fn lacking(&self) -> u64 {
        self.filling.as_ref().map_or(0, |filling| filling.unread.len() as u64)
    }

    /// Lets them be tried again.
    pub(super) fn try_again(&mut self) {
        if let Some(filling) = &mut self.filling
            && let Some(left) = &mut filling.left
        {
            left.append(&mut filling.unread);
        }
    }

    /// Gives the copy the halves of these keys, as the vault has them. Those that were erased there are none. Tells which the
    /// vault can't read, or not now.
    pub(super) fn give(
        &mut self,
        vault: &dyn Store,
        copy: &mut Target<'_>,
        keys: &[KeyNo],
    ) -> Result<BTreeSet<KeyNo>, CopyError> {
        let (halves, mut unread) = halves_of(vault, self.vault, keys)?;
        // What the copy has it does not lack, whatever became of the vault's.
        unread.retain(|key| !matches!(self.tables.get(copy.0, *key), Ok(KeyState::There(_))));
        if let Some(filling) = &mut self.filling {
            filling.wanted.add(keys);
        }
        if halves.is_empty() {
            return Ok(unread);
        }
        let numbers: Vec<KeyNo> = halves.iter().map(|(no, _)| *no).collect();
        // A page that is given up here begins the filling anew, and what it had seen.
        self.before_writing(copy, &numbers)?;
        self.tables.put_anywhere(copy.0, &halves).map_err(CopyError::Target)?;
        self.look_aside(copy)?;
        if let Some(filling) = &mut self.filling {
            filling.wanted.add(keys);
        }
        Ok(unread)
    }

    /// Destroys the halves of these keys, and reads back that they are destroyed. False where they are, but pages from before
    /// damage still stand beside the tables: these go once the tables are filled.
    pub(super) fn destroy(&mut self, copy: &mut Target<'_>, keys: &[KeyNo]) -> Result<bool, CopyError> {
        let there = self.tables.there(copy.0, keys).map_err(CopyError::Target)?;
        if !there.is_empty() {
            let CopyKeys { tables, .. } = self.before_writing(copy, &there)?;
            // On a disk that is full, too: what is erased has to go wherever it is.
            with_room(copy.0, 0, |store| Ok(tables.erase_anywhere(store, &there)?)).map_err(at_target)?;
            self.look_aside(copy)?;
        }
        if let Some(filling) = &mut self.filling {
            filling.wanted.take_away(keys);
        }
        match KeyTables::left_of(copy.0, self.vault, keys).map_err(CopyError::Target)? {
            Left::Nothing => {
                // Also where nothing had to be written: somebody else may have taken the tables away and left what was before.
                TABLES.iter().try_for_each(|table| copy.0.forget_earlier(table)).map_err(CopyError::Target)?;
                Ok(true)
            }
            Left::Aside => Ok(false),
            Left::Halves => Err(CopyError::NotReadBack("keys-a, keys-b".to_owned())),
        }
    }

    /// Destroys the halves of an object of the copy that goes. One that the disk refuses to read does not say whose they
    /// are: all that no other object needs is destroyed once all were looked at.
    pub(super) fn destroy_of(&mut self, copy: &mut Target<'_>, object: &str) -> Result<(), CopyError> {
        match copy.read(object) {
            Ok(octets) => {
                let numbers = octets.and_then(|octets| key_numbers(&octets)).unwrap_or_default();
                if numbers.is_empty() { Ok(()) } else { self.destroy(copy, &numbers).map(|_| ()) }
            }
            Err(error) => {
                tracing::error!(%object, ?error, "an object of the copy can't be read, and goes unread");
                self.must_fill(copy)
            }
        }
    }

    /// Whether there are objects that were not looked at yet.
    pub(super) fn has_to_fill(&self) -> bool {
        self.filling.as_ref().is_some_and(|filling| filling.left.as_ref().is_none_or(|left| !left.is_empty()))
    }

    /// Says first that the tables are being written to, and where a page is given up that is not only these keys'.
    fn before_writing(&mut self, copy: &mut Target<'_>, keys: &[KeyNo]) -> Result<&mut CopyKeys, CopyError> {
        if !self.is_changing {
            with_room_at(copy, |copy| copy.put(LAST_ROOTS, CHANGING))?;
            self.is_changing = true;
        }
        if self.tables.any_unknown(copy.0, keys).map_err(CopyError::Target)? {
            self.must_fill(copy)?;
        }
        Ok(self)
    }

    /// What is kept beside the tables goes where all is known again; else all of it has to be filled in. The end of a filling
    /// that goes on sees to it.
    fn look_aside(&mut self, copy: &mut Target<'_>) -> Result<(), CopyError> {
        if self.filling.is_some() {
            return Ok(());
        }
        if self.tables.has_aside(copy.0).map_err(CopyError::Target)? { self.mend(copy) } else { Ok(()) }
    }

    fn must_fill(&mut self, copy: &mut Target<'_>) -> Result<(), CopyError> {
        if self.filling.as_ref().is_some_and(|filling| filling.left.is_none()) {
            return Ok(());
        }
        with_room_at(copy, |copy| copy.put(KEYLESS, b"\n"))?;
        self.filling = Some(Filling::default());
        Ok(())
    }

    /// Notes which tables these are, once a step has written all that it does.
    pub(super) fn note(&mut self, copy: &mut Target<'_>) -> Result<(), CopyError> {
        if self.is_changing {
            let now = roots_of(copy)?;
            with_room_at(copy, |copy| copy.put(LAST_ROOTS, now.as_bytes()))?;
            self.is_changing = false;
        }
        Ok(())
    }

    /// Gives the copy the halves of objects that it may have without; how many octets of objects were read, none where there is
    /// nothing more to be done for now.
    pub(super) fn fill(
        &mut self,
        vault: &dyn Store,
        copy: &mut Target<'_>,
        most_octets: u64,
    ) -> Result<Option<u64>, CopyError> {
        let Some(filling) = &mut self.filling else { return Ok(None) };
        let mut left = match filling.left.take() {
            Some(left) if left.is_empty() && !filling.unread.is_empty() => {
                filling.left = Some(left);
                return Ok(None);
            }
            Some(left) => left,
            None => objects(copy)?,
        };
        let (mut looked, mut octets) = (Vec::new(), 0);
        while octets < most_octets
            && let Some(name) = left.pop()
        {
            let (numbers, read) = numbers_of(vault, copy, &name)?;
            octets += read;
            match numbers {
                Some(numbers) => looked.push((name, numbers)),
                None => filling.unread.push(name),
            }
        }
        filling.left = Some(left);
        self.give_all(vault, copy, looked)?;
        self.end_filling(copy)?;
        Ok(Some(octets))
    }

    fn give_all(
        &mut self,
        vault: &dyn Store,
        copy: &mut Target<'_>,
        objects: Vec<(String, Vec<KeyNo>)>,
    ) -> Result<(), CopyError> {
        let keys: Vec<KeyNo> = objects.iter().flat_map(|(_, numbers)| numbers.iter().copied()).collect();
        let unread = self.give(vault, copy, &keys)?;
        let Some(filling) = &mut self.filling else { return Ok(()) };
        filling.wanted.add(&keys);
        let lacks = |numbers: &[KeyNo]| numbers.iter().any(|no| unread.contains(no));
        filling.unread.extend(objects.into_iter().filter(|(_, numbers)| lacks(numbers)).map(|(name, _)| name));
        Ok(())
    }

    /// All objects have their halves: whatever else stands in the tables was erased, and goes.
    fn end_filling(&mut self, copy: &mut Target<'_>) -> Result<(), CopyError> {
        let is_whole =
            |filling: &&Filling| filling.unread.is_empty() && filling.left.as_ref().is_some_and(Vec::is_empty);
        let Some(filling) = self.filling.as_ref().filter(is_whole) else { return Ok(()) };
        let wanted = filling.wanted.clone();
        let CopyKeys { tables, .. } = self.before_writing(copy, &[])?;
        let only = |store: &mut dyn Store| Ok(tables.leave_only(store, &wanted).and_then(|()| tables.repair(store))?);
        with_room(copy.0, 0, only).map_err(at_target)?;
        self.note(copy)?;
        copy.remove(KEYLESS)?;
        self.filling = None;
        Ok(())
    }
}

/// The recordings of a copy.
pub(super) fn objects(copy: &Target<'_>) -> Result<Vec<String>, CopyError> {
    Ok(copy.list(OBJECTS)?.into_iter().filter(|name| name.ends_with(".rfo")).collect())
}

/// The keys of an object that it may have, and how many octets were read; by the vault's where the copy's is damaged. None where it
/// is there too. Those of stretches whose tombstone the copy has are gone for good.
fn numbers_of(vault: &dyn Store, copy: &Target<'_>, name: &str) -> Result<(Option<Vec<KeyNo>>, u64), CopyError> {
    // Erased since it was listed.
    let object = match copy.read(name) {
        Ok(None) => return Ok((Some(Vec::new()), 0)),
        Ok(Some(object)) => object,
        // As one that is damaged: the disk refuses some of it, and has all others.
        Err(_) => Vec::new(),
    };
    let numbers = match key_numbers(&object) {
        Some(numbers) => Some(numbers),
        None => read_all(vault, name).ok().flatten().and_then(|octets| key_numbers(&octets)),
    };
    let gone = erased_of(copy, name)?;
    let numbers = numbers.map(|numbers| numbers.into_iter().filter(|no| !gone.contains(no)).collect());
    Ok((numbers, object.len() as u64))
}

/// The keys of an object's stretches that are erased, as the tombstones beside it at the copy say that the copy's own leaves know.
fn erased_of(copy: &Target<'_>, name: &str) -> Result<BTreeSet<KeyNo>, CopyError> {
    let stem = name.rsplit('/').next().and_then(|file| file.strip_suffix(".rfo"));
    let Some(recording) = stem.and_then(|stem| stem.parse().ok()) else { return Ok(BTreeSet::new()) };
    let stones = erased_stretches(&*copy.0, recording).map_err(CopyError::Target)?;
    let minutes = stones.into_iter().filter_map(|stone| stone.range).flat_map(|range| range.minutes);
    Ok(minutes.map(|minute| minute.key).collect())
}

fn at_target(error: EraseError) -> CopyError {
    CopyError::Target(match error {
        EraseError::Disk(error) => error,
        EraseError::Unknown => ErrorKind::InvalidData.into(),
    })
}

/// Does something at the copy, for which its reserve makes room.
fn with_room_at(
    copy: &mut Target<'_>,
    mut act: impl FnMut(&mut Target<'_>) -> Result<(), CopyError>,
) -> Result<(), CopyError> {
    let mut other = None;
    let done = with_room(copy.0, 0, |store| match act(&mut Target(store)) {
        Ok(()) => Ok(()),
        Err(CopyError::Target(error)) => Err(error.into()),
        Err(error) => {
            other = Some(error);
            Ok(())
        }
    });
    done.map_err(at_target)?;
    other.map_or(Ok(()), Err)
}

/// Which key tables a copy has, as its mark says.
pub(super) fn tables_of(copy: &Target<'_>) -> Result<Option<CopyId>, CopyError> {
    let mark = copy.read(COPY_MARK)?.and_then(|octets| String::from_utf8(octets).ok());
    Ok(mark.and_then(|mark| mark.lines().find_map(|line| line.strip_prefix(ID)?.parse().ok())))
}

/// Which key tables the copy in a directory has, where it has any.
///
/// # Errors
/// The disk's.
pub fn copy_tables(copy: &mut dyn Store) -> Result<Option<CopyId>, CopyError> {
    tables_of(&Target(copy))
}

/// Begins key tables. What stands there is of tables that nobody knows; what of it belongs to objects stays.
fn begin(copy: &mut Target<'_>, id: CopyId) -> Result<CopyId, CopyError> {
    copy.remove(LAST_ROOTS)?;
    copy.put(COPY_MARK, format!("{MARK}{ID}{id}\n").as_bytes())?;
    Ok(id)
}

/// What [`roots_of`] tells where there are no tables.
const NO_ROOTS: &str = "- -\n";

/// The hashes of both root files, which each writing makes others.
fn roots_of(copy: &Target<'_>) -> Result<String, CopyError> {
    let mut text = String::new();
    for (at, table) in TABLES.iter().enumerate() {
        match copy.read(&format!("{table}/roots"))? {
            Some(octets) => sha256(&octets).iter().for_each(|octet| _ = write!(text, "{octet:02x}")),
            None => text.push('-'),
        }
        text.push(if at + 1 < TABLES.len() { ' ' } else { '\n' });
    }
    Ok(text)
}

/// Halves, and the keys whose halves can't be read.
type Halves = (Vec<(KeyNo, Secret)>, BTreeSet<KeyNo>);

/// The halves of these keys in the vault's own tables, without those that were erased, and which of them can't be read. The
/// recorder may be writing there: what does not open is read again.
pub(super) fn halves_of(vault: &dyn Store, of: VaultId, keys: &[KeyNo]) -> Result<Halves, CopyError> {
    let (mut halves, mut unread) = (Vec::new(), keys.iter().copied().collect::<BTreeSet<_>>());
    for _ in 0..TRIES {
        // Reading draws nothing.
        let tables = KeyTables::open_to_read(vault, of, Box::new(Seeded::new(0)))?;
        for key in std::mem::take(&mut unread) {
            match tables.get(vault, key) {
                Ok(KeyState::There(half)) => halves.push((key, half)),
                Ok(KeyState::Erased) => {}
                // Damaged, or refused by the disk: others can be read.
                Err(_) => _ = unread.insert(key),
            }
        }
        if unread.is_empty() {
            break;
        }
    }
    Ok((halves, unread))
}
