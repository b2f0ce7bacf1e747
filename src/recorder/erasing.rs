//! Erasing one recording, or a stretch of one: its key halves are destroyed in both key tables, then it is buried: a tombstone,
//! and no object. Of a stretch the halves of the minutes go that it touches, and the object stays beside its tombstone.
//!
//! ```text
//! Erase ──▶ its permit taken ──▶ erasing/RECORDING durable ──▶ keys-a ──▶ keys-b ──▶ told; whoever is told makes it durable
//! Resume ──▶ held to the object ──────────────────────────────▲                         in the log
//! Bury  ──▶ the tombstone durable ──▶ left to the copies ──▶ the object removed ──▶ erasing/RECORDING removed
//! ```
//!
//! Before the marker nothing has happened; each step done twice does no harm. The life that wrote a marker finishes it, by what it
//! knows, and an object that is damaged meanwhile does not stop it. A start only tells what it finds: anybody can write a file
//! of that name. Whoever knows the log says whether two people agreed on it ([`Order::Resume`]), and the halves that it names
//! have to be those of the object that the log knows.
//! Not here: whether it may be erased (`vault::Erasures`), the log's event and leaf.

use std::{collections::VecDeque, fmt::Write as _, io, path::Path};

use frame::{CallId, RecordingId};
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
    /// Go on with what an earlier life had begun, as the log has the agreement.
    Resume(Box<Begun>),
    /// Go on with what this life has begun, or has held to the object. What an order becomes; nobody gives it.
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
            Order::Resume(begun) | Order::Finish(begun) => &begun.tombstone,
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

    #[cfg(test)]
    pub(crate) fn of(tombstone: Tombstone, keys: Vec<KeyNo>) -> Begun {
        Begun { tombstone, keys }
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

/// Tells what an earlier life had begun to erase; nothing is done about it before somebody has looked into the log. A marker that
/// has not got its name yet goes: nothing had happened. One that can't be read stays for whoever can, and stops no start.
///
/// # Errors
/// The disk's.
pub(super) fn tell_begun(store: &mut dyn Store, events: &mut VecDeque<RecorderEvent>) -> io::Result<()> {
    for name in store.list(ERASING)? {
        let Some(grave) = erasing_grave(&name) else {
            store.remove(&name)?;
            continue;
        };
        let why = match marker(store, grave) {
            Ok(Some(begun)) => {
                events.push_back(RecorderEvent::Resumed { begun: Box::new(begun) });
                continue;
            }
            Ok(None) => NotErased::Damaged,
            Err(_) => NotErased::Disk,
        };
        events.push_back(RecorderEvent::Damaged { file: name, offset: 0 });
        if let Some(call) = call_of(store, grave.recording) {
            events.push_back(RecorderEvent::NotErased { has_begun: true, why, grave, call });
        }
    }
    Ok(())
}

/// Whether a file in the vault's folder says that it has begun to be erased. Where the disk does not tell, it may have.
pub fn has_begun(vault: &Path, grave: Grave) -> bool {
    !matches!(FileStore::new(vault).octets(&erasing_name(grave)), Ok(None))
}

/// The call of a recording, by the first record of its object.
fn call_of(store: &dyn Store, recording: RecordingId) -> Option<CallId> {
    let octets = read_all(store, &object_name(recording)).ok()??;
    match ObjectReader::new(&octets).ok()?.next_record().ok()??.record.body {
        Body::RecordingHead(head) => Some(head.call),
        _ => None,
    }
}

/// What the marker says; none where there is none, or it is not that of this recording or stretch.
pub(super) fn marker(store: &dyn Store, grave: Grave) -> io::Result<Option<Begun>> {
    let text = read_all(store, &erasing_name(grave))?.and_then(|octets| String::from_utf8(octets).ok());
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
            return bury(store, keys, tombstone, events);
        }
        Order::Erase(wanted, permit) => match begin(store, keys, wanted, permit, events)? {
            Some(begun) => begun,
            None => return Ok(()),
        },
        Order::Resume(begun) => {
            hold_to_object(store, keys, begun)?;
            (**begun).clone()
        }
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
fn begin(
    store: &mut dyn Store,
    keys: &KeyTables,
    wanted: &Wanted,
    permit: &Permit,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<Option<Begun>, Failed> {
    let grave = wanted.tombstone.grave();
    let stands = |name: &str| store.octets(name).map_err(|_| Failed::NotBegun(NotErased::Disk));
    // With its object beside it a tombstone says nothing: anybody can write a file of that name, and it is written anew.
    if stands(&grave_name(grave))?.is_some() && stands(&object_name(grave.recording))?.is_none() {
        tell_buried(store, keys, grave, events)?;
        return Ok(None);
    }
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

/// The halves that a marker names have to be those of the object that the log knows. Of one that is damaged, or gone, nobody can
/// tell: then nothing more is destroyed than is destroyed already.
fn hold_to_object(store: &dyn Store, keys: &KeyTables, begun: &Begun) -> Result<(), Failed> {
    let object = read_all(store, &object_name(begun.tombstone.recording))?;
    let is_its = match object.and_then(|object| keys_and_link(&object)) {
        Some((numbers, link)) => numbers == begun.keys && link == begun.tombstone.chain_head,
        None => keys.there(store, &begun.keys)?.is_empty(),
    };
    if is_its { Ok(()) } else { Err(Failed::Begun(NotErased::Damaged)) }
}

/// It was erased before, and whoever ordered it does not know that: the log has lost it. It is told as it stands.
fn tell_buried(
    store: &mut dyn Store,
    keys: &KeyTables,
    grave: Grave,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    let octets = read_all(store, &grave_name(grave)).map_err(|_| Failed::NotBegun(NotErased::Disk))?;
    let text = octets.and_then(|octets| String::from_utf8(octets).ok());
    let tombstone = text.and_then(|text| Tombstone::parse(&text).ok()).ok_or(Failed::NotBegun(NotErased::Damaged))?;
    events.push_back(RecorderEvent::KeysErased { tombstone: Box::new(tombstone.clone()), table: 0 });
    bury(store, keys, &tombstone, events)
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

/// The tombstone stands: the object goes, where it is that of all of it, and then what says that this is under way.
fn bury(
    store: &mut dyn Store,
    keys: &KeyTables,
    tombstone: &Tombstone,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    let grave = tombstone.grave();
    let stands = store.octets(&erasing_name(grave)).map_err(|error| Failed::NotBuried(error.into()))?;
    // While the marker stands: it alone says which key halves the copies have to destroy.
    if stands.is_some() {
        // These are gone from the box, or it is not the marker under which they went.
        let begun = marker(store, grave)?.ok_or(Failed::Begun(NotErased::Damaged))?;
        if !keys.there(store, &begun.keys)?.is_empty() {
            return Err(Failed::Begun(NotErased::Damaged));
        }
        let marker = begun.emit();
        let left = |store: &mut dyn Store| leave_to_copies(store, grave, marker.as_bytes()).map_err(EraseError::Disk);
        for (tables, copy) in with_room(store, 0, left).map_err(not_buried)? {
            events.push_back(RecorderEvent::LeftToCopy { grave, call: tombstone.call, copy, tables });
        }
    }
    let object = if grave.range.is_none() { store.remove(&object_name(grave.recording)) } else { Ok(()) };
    let gone = object.and_then(|()| store.remove(&erasing_name(grave)));
    gone.map_err(|error| Failed::NotBuried(error.into()))?;
    // What has become free is kept for the next one first.
    let _ = reserve::fill(store);
    Ok(())
}

#[cfg(test)]
mod tests {
    use frame::{CallId, EventNo, LifeNo, PersonId};
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
