//! Erasing one recording, or a stretch of one: its key halves are destroyed in both key tables, then it is buried: a tombstone,
//! and no object. Of a stretch the halves of the minutes go that it touches, and the object stays beside its tombstone.
//!
//! ```text
//! Erase ──▶ its permit taken ──▶ erasing/RECORDING durable ──▶ keys-a ──▶ keys-b ──▶ told; whoever is told makes it durable
//!                                                                                        in the log
//! Bury  ──▶ the tombstone durable ──▶ left to the copies ──▶ the object removed ──▶ erasing/RECORDING removed
//! ```
//!
//! Before the marker nothing has happened; each step done twice does no harm. The life that wrote a marker finishes it, by what it
//! knows, and an object that is damaged meanwhile does not stop it. A start only tells which files of that name there are, and reads
//! none: anybody can write one. Whoever knows the log orders it anew where it is agreed on still, and then it goes by the object.
//! So no marker ever says what is destroyed, but for two whose halves are gone or stand in the line that two people agreed on.
//! Not here: whether it may be erased (`vault::Erasures`), the log's event and leaf.

use std::{collections::VecDeque, fmt::Write as _, io, path::Path};

use frame::{EventNo, RecordingId};
use vault::{Body, Grave, Hash, KeyNo, NotErased, ObjectReader, RANGE_MINUTES_MAX, Range, RangeObject, Tombstone};

use super::{
    DiskFault, Permit, RecorderEvent,
    copy_pending::leave_to_copies,
    key_table::{EraseError, KeyTables, TABLES},
    names::{ERASING, erasing_grave, erasing_name, grave_name, object_name},
    range::range_in,
    reserve::{self, FOR_BEGUN_OCTETS, with_room},
    store::{FileStore, Store, read_all, replace},
};

/// What is to be done with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Destroy its key halves, unless the permit is withdrawn before it begins. The tombstone says what and why, and has
    /// nothing confirmed.
    Erase(Box<Wanted>, Permit),
    /// Go on with what this life has begun. What an order becomes; nobody gives it.
    Finish(Box<Begun>),
    /// Both tables have confirmed it, and the log has it.
    Bury(Box<Tombstone>),
}

/// What two people want erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What and why, with nothing confirmed. Of a stretch without its minutes, which the recorder fills in.
    pub tombstone: Tombstone,
    /// Of a stretch, the line that they agreed on, as the log has it. It covers each minute.
    pub line: Option<RangeObject>,
}

impl From<Tombstone> for Wanted {
    fn from(tombstone: Tombstone) -> Wanted {
        Wanted { tombstone, line: None }
    }
}

/// Why an order was not carried out.
#[derive(Debug)]
pub(super) enum Failed {
    /// Nothing has happened: the order is over. It may be given again.
    NotBegun(NotErased),
    /// It has begun, and is to be carried out again.
    Begun(NotErased),
    /// It is erased and not buried yet, which is to be carried out again.
    NotBuried(DiskFault),
}

impl From<io::Error> for Failed {
    fn from(_: io::Error) -> Failed {
        Failed::Begun(NotErased::Disk)
    }
}

impl From<EraseError> for Failed {
    fn from(error: EraseError) -> Failed {
        Failed::Begun(match error {
            EraseError::Unknown => NotErased::KeysUnknown,
            EraseError::Disk(_) => NotErased::Disk,
        })
    }
}

impl Order {
    /// The recording's tombstone, as far as it is written.
    pub(super) fn tombstone(&self) -> &Tombstone {
        match self {
            Order::Erase(wanted, _) => &wanted.tombstone,
            Order::Bury(tombstone) => tombstone,
            Order::Finish(begun) => &begun.tombstone,
        }
    }
}

/// An erasure that has begun: what the marker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    tombstone: Tombstone,
    /// The key halves that are its own.
    keys: Vec<KeyNo>,
}

impl Begun {
    /// The recording's tombstone, with nothing confirmed.
    pub fn tombstone(&self) -> &Tombstone {
        &self.tombstone
    }

    /// The key halves that go.
    pub(super) fn keys(&self) -> &[KeyNo] {
        &self.keys
    }

    /// The marker: the tombstone, and a line a key half.
    fn emit(&self) -> String {
        self.keys.iter().fold(self.tombstone.emit(), |mut text, key| {
            let _ = writeln!(text, "{KEY}{}", key.0);
            text
        })
    }

    fn parse(text: &str) -> Option<Begun> {
        let end = text.find(&format!("\n{KEY}"))? + 1;
        let (tombstone, keys) = text.split_at(end);
        let keys = keys.lines().map(|line| line.strip_prefix(KEY)?.parse().ok().map(KeyNo));
        let begun = Begun { tombstone: Tombstone::parse(tombstone).ok()?, keys: keys.collect::<Option<_>>()? };
        // A stretch's tombstone names its halves, and no others go.
        let of_range = begun.tombstone.range.as_ref().map(keys_of);
        of_range.is_none_or(|keys| keys == begun.keys).then_some(begun)
    }
}

/// How a line of a key half begins. No line of a tombstone does, as each has a field's name first.
pub(super) const KEY: &str = "key ";

/// Tells which markers an earlier life has left, by their names: nothing is read before the box is ready, however many there are. One
/// that has not got its name yet goes: nothing had happened.
///
/// # Errors
/// The disk's.
pub(super) fn tell_begun(store: &mut dyn Store, events: &mut VecDeque<RecorderEvent>) -> io::Result<()> {
    for name in store.list(ERASING)? {
        match erasing_grave(&name) {
            Some(grave) => events.push_back(RecorderEvent::Resumed { grave }),
            None => store.remove(&name)?,
        }
    }
    Ok(())
}

/// What the files in the vault's folder say has begun to be erased, by their names alone.
///
/// # Errors
/// The disk's.
pub fn all_begun(vault: &Path) -> io::Result<Vec<Grave>> {
    let names = FileStore::new(vault).list(ERASING)?;
    Ok(names.iter().filter_map(|name| erasing_grave(name)).collect())
}

/// Whether a file in the vault's folder says that it has begun to be erased. Where the disk does not tell, it may have.
pub fn has_begun(vault: &Path, grave: Grave) -> bool {
    !matches!(FileStore::new(vault).octets(&erasing_name(grave)), Ok(None))
}

/// The list that a file of that name says it is erased by. Nobody knows who wrote that: it decides nothing but what people are told.
pub fn list_of_marker(vault: &Path, grave: Grave) -> Option<EventNo> {
    let mut octets = [0; MARKER_HEAD_OCTETS];
    let read = FileStore::new(vault).read_at(&erasing_name(grave), 0, &mut octets).ok()?;
    let text = String::from_utf8_lossy(&octets[..read]).into_owned();
    text.lines().find_map(|line| line.strip_prefix("list ")?.parse().ok().map(EventNo))
}

/// No marker is longer, by far: it has some ten octets for each minute of each voice. One that somebody wrote may be.
const MARKER_OCTETS_MAX: u64 = 16 << 20;

/// As much of a marker is read for its list, which stands above all that may be long.
const MARKER_HEAD_OCTETS: usize = 1024;

/// What the marker says; none where there is none, or it is not that of this recording or stretch.
pub(super) fn marker(store: &dyn Store, grave: Grave) -> io::Result<Option<Begun>> {
    let name = erasing_name(grave);
    if store.octets(&name)?.is_some_and(|octets| octets > MARKER_OCTETS_MAX) {
        return Ok(None);
    }
    let text = read_all(store, &name)?.and_then(|octets| String::from_utf8(octets).ok());
    let begun = text.and_then(|text| Begun::parse(&text));
    Ok(begun.filter(|begun| begun.tombstone.grave() == grave))
}

/// Carries out one order. One that has begun becomes [`Order::Finish`].
///
/// # Errors
/// [`Failed`].
pub(super) fn carry_out(
    order: &mut Order,
    store: &mut dyn Store,
    keys: &mut KeyTables,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    let begun = match order {
        Order::Bury(tombstone) => {
            let (name, text) = (grave_name(tombstone.grave()), tombstone.emit());
            let written = with_room(store, 0, |store| replace(store, &name, text.as_bytes()).map_err(EraseError::Disk));
            written.map_err(not_buried)?;
            return bury(store, keys, tombstone, events).map_err(not_buried);
        }
        Order::Erase(wanted, permit) => match begin(store, keys, wanted, permit)? {
            Some(begun) => begun,
            None => return Ok(()),
        },
        Order::Finish(begun) => (**begun).clone(),
    };
    *order = Order::Finish(Box::new(begun.clone()));
    finish(store, keys, &begun, events)
}

fn not_buried(error: EraseError) -> Failed {
    Failed::NotBuried(match error {
        EraseError::Disk(error) => error.into(),
        EraseError::Unknown => DiskFault::Io(io::ErrorKind::InvalidData),
    })
}

/// Writes the marker, where the object has what it takes and the permit stands. None where there is nothing to be destroyed.
fn begin(store: &mut dyn Store, keys: &KeyTables, wanted: &Wanted, permit: &Permit) -> Result<Option<Begun>, Failed> {
    let grave = wanted.tombstone.grave();
    // By the object alone. A tombstone or a marker that stands there already says nothing: anybody can write files of these names,
    // and what is told as destroyed by one of them would stand in the log.
    let begun = to_erase(store, keys, wanted).map_err(Failed::NotBegun)?;
    if !permit.take() {
        return Ok(None);
    }
    // Without a marker nothing has begun; where nobody can say whether it stands, it has.
    if write_marker(store, &begun).is_err() && matches!(store.octets(&erasing_name(grave)), Ok(None)) {
        permit.give_back();
        return Err(Failed::NotBegun(NotErased::Disk));
    }
    Ok(Some(begun))
}

fn write_marker(store: &mut dyn Store, begun: &Begun) -> Result<(), EraseError> {
    let (name, text) = (erasing_name(begun.tombstone.grave()), begun.emit());
    with_room(store, FOR_BEGUN_OCTETS, |store| replace(store, &name, text.as_bytes()).map_err(EraseError::Disk))
}

/// It has begun: the marker stands, and the key halves go.
fn finish(
    store: &mut dyn Store,
    keys: &mut KeyTables,
    begun: &Begun,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    // The disk may have refused it, or somebody has put another one there.
    if marker(store, begun.tombstone.grave())?.as_ref() != Some(begun) {
        write_marker(store, begun)?;
    }
    for table in 0..TABLES.len() {
        with_room(store, 0, |store| keys.erase_in(store, table, &begun.keys))?;
        events.push_back(RecorderEvent::KeysErased { tombstone: Box::new(begun.tombstone.clone()), table });
    }
    Ok(())
}

/// The key halves that go. Where they can't be told, or nobody could say afterwards that they are gone, nothing is begun.
fn to_erase(store: &dyn Store, keys: &KeyTables, wanted: &Wanted) -> Result<Begun, NotErased> {
    let recording = wanted.tombstone.recording;
    let object = read_all(store, &object_name(recording)).map_err(|_| NotErased::Disk)?.unwrap_or_default();
    let begun = match &wanted.line {
        None => whole_to_erase(&object, &wanted.tombstone),
        Some(line) => range_to_erase(store, &object, &wanted.tombstone, line),
    };
    let begun = begun.ok_or(NotErased::Damaged)?;
    match keys.are_known(store, &begun.keys) {
        Ok(true) => Ok(begun),
        Ok(false) => Err(NotErased::KeysUnknown),
        Err(_) => Err(NotErased::Disk),
    }
}

/// Anybody can write an object that is whole in itself, with the keys of others in it: the log knows which one it is.
fn whole_to_erase(object: &[u8], tombstone: &Tombstone) -> Option<Begun> {
    let (keys, link) = keys_and_link(object)?;
    (link == tombstone.chain_head).then(|| Begun { tombstone: tombstone.clone(), keys })
}

/// The minutes that go with a stretch: those that the line covers, and no others. Where the object is damaged meanwhile, an earlier
/// life may have noted them.
fn range_to_erase(store: &dyn Store, object: &[u8], tombstone: &Tombstone, line: &RangeObject) -> Option<Begun> {
    let noted = || marker(store, tombstone.grave()).ok()??.tombstone.range;
    let range = range_in(object, line.meant, &tombstone.chain_head).ok().or_else(noted)?;
    let is_agreed = range.object(tombstone.call, tombstone.recording) == *line;
    let fits = is_agreed && range.minutes.len() <= RANGE_MINUTES_MAX;
    let keys = keys_of(&range);
    fits.then(|| Begun { tombstone: Tombstone { range: Some(range), ..tombstone.clone() }, keys })
}

/// The halves of a stretch's minutes.
fn keys_of(range: &Range) -> Vec<KeyNo> {
    range.minutes.iter().map(|minute| minute.key).collect()
}

/// The key numbers of a whole object.
pub(super) fn key_numbers(octets: &[u8]) -> Option<Vec<KeyNo>> {
    keys_and_link(octets).map(|(numbers, _)| numbers)
}

/// The key numbers of a whole object, and the link of its last record, which covers them.
fn keys_and_link(octets: &[u8]) -> Option<(Vec<KeyNo>, Hash)> {
    let mut reader = ObjectReader::new(octets).ok()?;
    let mut numbers = Vec::new();
    while let Some(found) = reader.next_record().ok()? {
        if let Body::Key(key) = &found.record.body {
            numbers.push(key.key_no);
        }
    }
    reader.finish().ok().map(|trailer| (numbers, trailer.chain_head))
}

/// The tombstone stands: the object goes, where it is that of all of it, and then what says that this is under way. Where it fails
/// that is never told as one that is not erased: the log has it as erased.
fn bury(
    store: &mut dyn Store,
    keys: &KeyTables,
    tombstone: &Tombstone,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), EraseError> {
    let grave = tombstone.grave();
    let stands = store.octets(&erasing_name(grave))?;
    // As long as nothing says that the copies were told.
    if stands.is_some()
        && let Some(gone) = halves_of_grave(store, tombstone)?
    {
        if !keys.there(store, &gone)?.is_empty() {
            return Err(EraseError::Unknown);
        }
        let entry = Begun { tombstone: tombstone.clone(), keys: gone }.emit();
        let left = |store: &mut dyn Store| leave_to_copies(store, grave, entry.as_bytes()).map_err(EraseError::Disk);
        for (tables, copy) in with_room(store, 0, left)? {
            events.push_back(RecorderEvent::LeftToCopy { grave, call: tombstone.call, copy, tables });
        }
    }
    if grave.range.is_none() {
        store.remove(&object_name(grave.recording))?;
        end_stretches(store, grave.recording)?;
    }
    store.remove(&erasing_name(grave))?;
    // What has become free is kept for the next one first.
    let _ = reserve::fill(store);
    Ok(())
}

/// What had begun with stretches of a recording is over with all of it, whose halves are theirs, too.
fn end_stretches(store: &mut dyn Store, recording: RecordingId) -> io::Result<()> {
    let of_it =
        |name: &String| erasing_grave(name).is_some_and(|grave| grave.recording == recording && grave.range.is_some());
    let stretches: Vec<String> = store.list(ERASING)?.into_iter().filter(of_it).collect();
    stretches.iter().try_for_each(|name| store.remove(name))
}

/// The halves that went, which the copies have to destroy: of a stretch as its tombstone has them, else as the object has them that
/// the log knows. Of one that is damaged by now the marker alone says it; none where it is gone, as the copies were told before.
fn halves_of_grave(store: &dyn Store, tombstone: &Tombstone) -> Result<Option<Vec<KeyNo>>, EraseError> {
    if let Some(range) = &tombstone.range {
        return Ok(Some(keys_of(range)));
    }
    let object = read_all(store, &object_name(tombstone.recording));
    if matches!(object, Ok(None)) {
        return Ok(None);
    }
    let of_object = object.ok().flatten().and_then(|object| keys_and_link(&object));
    if let Some((numbers, _)) = of_object.filter(|(_, link)| *link == tombstone.chain_head) {
        return Ok(Some(numbers));
    }
    let begun = marker(store, tombstone.grave())?.ok_or(EraseError::Unknown)?;
    Ok(Some(begun.keys))
}

#[cfg(test)]
mod tests {
    use frame::{CallId, LifeNo, PersonId, RecordingId};
    use vault::VaultId;

    use super::*;

    #[test]
    fn a_marker_reads_back_and_one_without_key_halves_is_none() {
        let tombstone = Tombstone {
            vault: VaultId([1; 16]),
            recording: RecordingId::new(LifeNo(1), 9),
            call: CallId::new(LifeNo(1), 7),
            chain_head: [3; 32],
            list: EventNo(4),
            asked: PersonId(3),
            granted: PersonId(7),
            rule: "key 4".into(),
            range: None,
            packages: vec![],
            confirmed: [None, None],
        };
        let begun = Begun { tombstone, keys: vec![KeyNo(0), KeyNo(4_000_000_000_000)] };
        let text = begun.emit();
        assert_eq!(Begun::parse(&text), Some(begun.clone()));
        for wrong in
            [begun.tombstone.emit(), format!("{text}key x\n"), format!("{text}\n"), text.replace("call", "cell")]
        {
            assert_eq!(Begun::parse(&wrong), None, "{wrong}");
        }
    }
}
