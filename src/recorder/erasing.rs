//! Erasing one recording: its key halves are destroyed in both key tables, then it is buried: a tombstone, and no object.
//!
//! ```text
//! Erase ──▶ its permit taken ──▶ erasing/RECORDING durable ──▶ keys-a ──▶ keys-b ──▶ told; whoever is told makes it durable
//! Resume ─────────────────────────────────────────────────────▲                         in the log
//! Bury  ──▶ the tombstone durable ──▶ left to the copies ──▶ the object removed ──▶ erasing/RECORDING removed
//! ```
//!
//! From the marker on it is only ever finished: a start that finds one begins again there, and each step done twice does
//! no harm. Before the marker nothing has happened. It says which key halves go, so that an object that is damaged
//! meanwhile, or half gone, does not stop what has begun.
//! Not here: whether it may be erased (`vault::Erasures`), the log's event and leaf.

use std::{collections::VecDeque, fmt::Write as _, io};

use frame::{CallId, RecordingId};
use vault::{Body, KeyNo, NotErased, ObjectReader, Tombstone};

use super::{
    DiskFault, Permit, RecorderEvent,
    copy_pending::leave_to_copies,
    key_table::{EraseError, KeyTables, TABLES},
    names::{ERASING, erasing_name, erasing_recording, object_name, tombstone_name},
    reserve::{self, FOR_BEGUN_OCTETS, with_room},
    store::{Store, read_all, replace},
};

/// What is to be done with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Destroy its key halves, unless the permit is withdrawn before it begins. The tombstone says what and why, and has
    /// nothing confirmed.
    Erase(Box<Tombstone>, Permit),
    /// Go on with what an earlier life had begun.
    Resume(Box<Begun>),
    /// Both tables have confirmed it, and the log has it.
    Bury(Box<Tombstone>),
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
            Order::Erase(tombstone, _) | Order::Bury(tombstone) => tombstone,
            Order::Resume(begun) => &begun.tombstone,
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
        Some(Begun { tombstone: Tombstone::parse(tombstone).ok()?, keys: keys.collect::<Option<_>>()? })
    }
}

/// How a line of a key half begins. No line of a tombstone does, as each has a field's name first.
pub(super) const KEY: &str = "key ";

/// What an earlier life had begun to erase, each told. A marker that has not got its name yet goes: nothing had happened. One
/// that can't be read stays for whoever can, and stops no start.
///
/// # Errors
/// The disk's.
pub(super) fn begun(store: &mut dyn Store, events: &mut VecDeque<RecorderEvent>) -> io::Result<VecDeque<Order>> {
    let mut orders = VecDeque::new();
    for name in store.list(ERASING)? {
        let Some(recording) = erasing_recording(&name) else {
            store.remove(&name)?;
            continue;
        };
        let why = match marker(store, &name) {
            Ok(Some(begun)) => {
                events.push_back(RecorderEvent::Resumed { recording, list: begun.tombstone.list });
                orders.push_back(Order::Resume(Box::new(begun)));
                continue;
            }
            Ok(None) => NotErased::Damaged,
            Err(_) => NotErased::Disk,
        };
        events.push_back(RecorderEvent::Damaged { file: name, offset: 0 });
        if let Some(call) = call_of(store, recording) {
            events.push_back(RecorderEvent::NotErased { has_begun: true, why, recording, call });
        }
    }
    Ok(orders)
}

/// The call of a recording, by the first record of its object.
fn call_of(store: &dyn Store, recording: RecordingId) -> Option<CallId> {
    let octets = read_all(store, &object_name(recording)).ok()??;
    match ObjectReader::new(&octets).ok()?.next_record().ok()??.record.body {
        Body::RecordingHead(head) => Some(head.call),
        _ => None,
    }
}

fn marker(store: &dyn Store, name: &str) -> io::Result<Option<Begun>> {
    let text = read_all(store, name)?.and_then(|octets| String::from_utf8(octets).ok());
    Ok(text.and_then(|text| Begun::parse(&text)))
}

/// Carries out one order.
///
/// # Errors
/// [`Failed`].
pub(super) fn carry_out(
    order: &Order,
    store: &mut dyn Store,
    keys: &mut KeyTables,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    let recording = order.tombstone().recording;
    match order {
        Order::Resume(begun) if is_buried(store, recording)? => bury(store, &begun.tombstone, events),
        Order::Erase(tombstone, permit) => erase(store, keys, tombstone, permit, events),
        Order::Resume(begun) => destroy(store, keys, begun, events),
        Order::Bury(tombstone) => {
            let (name, text) = (tombstone_name(recording), tombstone.emit());
            let written = with_room(store, 0, |store| replace(store, &name, text.as_bytes()).map_err(EraseError::Disk));
            written.map_err(not_buried)?;
            bury(store, tombstone, events)
        }
    }
}

fn not_buried(error: EraseError) -> Failed {
    Failed::NotBuried(match error {
        EraseError::Disk(error) => error.into(),
        EraseError::Unknown => DiskFault::Io(io::ErrorKind::InvalidData),
    })
}

fn is_buried(store: &dyn Store, recording: RecordingId) -> io::Result<bool> {
    Ok(store.octets(&tombstone_name(recording))?.is_some())
}

fn erase(
    store: &mut dyn Store,
    keys: &mut KeyTables,
    tombstone: &Tombstone,
    permit: &Permit,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    let recording = tombstone.recording;
    let failed = |why| if permit.is_taken() { Failed::Begun(why) } else { Failed::NotBegun(why) };
    if is_buried(store, recording).map_err(|_| failed(NotErased::Disk))? {
        return tell_buried(store, recording, events);
    }
    // It failed after it had begun: what the object says does not matter any more.
    if permit.is_taken()
        && let Some(begun) = marker(store, &erasing_name(recording))?
    {
        return destroy(store, keys, &begun, events);
    }
    let numbers = numbers_to_erase(store, keys, recording).map_err(failed)?;
    if !permit.take() {
        return Ok(());
    }
    let begun = Begun { tombstone: tombstone.clone(), keys: numbers };
    let (name, text) = (erasing_name(recording), begun.emit());
    let written =
        with_room(store, FOR_BEGUN_OCTETS, |store| replace(store, &name, text.as_bytes()).map_err(EraseError::Disk));
    // Without a marker nothing has begun; where nobody can say whether it stands, it has.
    if written.is_err() && matches!(store.octets(&name), Ok(None)) {
        permit.give_back();
        return Err(Failed::NotBegun(NotErased::Disk));
    }
    written?;
    destroy(store, keys, &begun, events)
}

/// It was erased before, and whoever ordered it does not know that: the log has lost it. It is told as it stands.
fn tell_buried(
    store: &mut dyn Store,
    recording: RecordingId,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    let octets = read_all(store, &tombstone_name(recording)).map_err(|_| Failed::NotBegun(NotErased::Disk))?;
    let text = octets.and_then(|octets| String::from_utf8(octets).ok());
    let tombstone = text.and_then(|text| Tombstone::parse(&text).ok()).ok_or(Failed::NotBegun(NotErased::Damaged))?;
    events.push_back(RecorderEvent::KeysErased { tombstone: Box::new(tombstone.clone()), table: 0 });
    bury(store, &tombstone, events)
}

/// The marker stands: the key halves go.
fn destroy(
    store: &mut dyn Store,
    keys: &mut KeyTables,
    begun: &Begun,
    events: &mut VecDeque<RecorderEvent>,
) -> Result<(), Failed> {
    for table in 0..TABLES.len() {
        with_room(store, 0, |store| keys.erase_in(store, table, &begun.keys))?;
        events.push_back(RecorderEvent::KeysErased { tombstone: Box::new(begun.tombstone.clone()), table });
    }
    Ok(())
}

/// The key halves that go. Where they can't be told, or nobody could say afterwards that they are gone, nothing is begun.
fn numbers_to_erase(store: &dyn Store, keys: &KeyTables, recording: RecordingId) -> Result<Vec<KeyNo>, NotErased> {
    let object = read_all(store, &object_name(recording)).map_err(|_| NotErased::Disk)?;
    let numbers = object.and_then(|octets| key_numbers(&octets)).ok_or(NotErased::Damaged)?;
    match keys.are_known(store, &numbers) {
        Ok(true) => Ok(numbers),
        Ok(false) => Err(NotErased::KeysUnknown),
        Err(_) => Err(NotErased::Disk),
    }
}

/// The key numbers of a whole object.
pub(super) fn key_numbers(octets: &[u8]) -> Option<Vec<KeyNo>> {
    let mut reader = ObjectReader::new(octets).ok()?;
    let mut numbers = Vec::new();
    while let Some(found) = reader.next_record().ok()? {
        if let Body::Key(key) = &found.record.body {
            numbers.push(key.key_no);
        }
    }
    reader.finish().ok().map(|_| numbers)
}

/// The tombstone stands: the object goes, and then what says that this is under way.
fn bury(store: &mut dyn Store, tombstone: &Tombstone, events: &mut VecDeque<RecorderEvent>) -> Result<(), Failed> {
    let recording = tombstone.recording;
    let marker = read_all(store, &erasing_name(recording)).map_err(|error| Failed::NotBuried(error.into()))?;
    // While the marker stands: it alone says which key halves the copies have to destroy.
    if let Some(marker) = marker {
        let left = |store: &mut dyn Store| leave_to_copies(store, recording, &marker).map_err(EraseError::Disk);
        for (tables, copy) in with_room(store, 0, left).map_err(not_buried)? {
            events.push_back(RecorderEvent::LeftToCopy { recording, call: tombstone.call, copy, tables });
        }
    }
    let gone = store.remove(&object_name(recording)).and_then(|()| store.remove(&erasing_name(recording)));
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
