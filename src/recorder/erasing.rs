//! Erasing one recording: its key halves are destroyed in both key tables, then it is buried: a tombstone, and no object.
//!
//! ```text
//! Erase ──▶ erasing/RECORDING durable ──▶ keys-a ──▶ keys-b ──▶ told; whoever is told makes it durable in the log
//! Bury  ──▶ the tombstone durable ──▶ the object removed ──▶ erasing/RECORDING removed
//! ```
//!
//! From the marker on it is only ever finished: a start that finds one begins again there, and each step done twice does
//! no harm. Before the marker nothing has happened.
//! Not here: whether it may be erased (`vault::Erasures`), the log's event and leaf.

use std::{collections::VecDeque, io};

use frame::RecordingId;
use vault::{Body, KeyNo, ObjectReader, Tombstone};

use super::{
    RecorderEvent,
    key_table::{KeyTables, TABLES},
    names::{ERASING, erasing_name, erasing_recording, object_name, tombstone_name},
    store::{Store, read_all, replace},
};

/// What is to be done with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Destroy its key halves. The tombstone says what and why, and has nothing confirmed.
    Erase(Box<Tombstone>),
    /// Both tables have confirmed it, and the log has it.
    Bury(Box<Tombstone>),
}

/// What an earlier life had begun to erase. A marker that has not got its name yet goes: nothing had happened.
///
/// # Errors
/// The disk's.
pub(super) fn begun(store: &mut dyn Store) -> io::Result<VecDeque<Order>> {
    let mut orders = VecDeque::new();
    for name in store.list(ERASING)? {
        if erasing_recording(&name).is_none() {
            store.remove(&name)?;
            continue;
        }
        let text = read_all(store, &name)?.and_then(|octets| String::from_utf8(octets).ok());
        orders.extend(text.and_then(|text| Tombstone::parse(&text).ok()).map(|found| Order::Erase(Box::new(found))));
    }
    Ok(orders)
}

/// Carries out one order.
///
/// # Errors
/// The disk's. The same order is to be given again then.
pub(super) fn carry_out(
    order: &Order,
    store: &mut dyn Store,
    keys: &mut KeyTables,
    events: &mut VecDeque<RecorderEvent>,
) -> io::Result<()> {
    match order {
        Order::Erase(tombstone) if is_buried(store, tombstone.recording)? => bury(store, tombstone.recording),
        Order::Erase(tombstone) => erase(store, keys, tombstone, events),
        Order::Bury(tombstone) => {
            replace(store, &tombstone_name(tombstone.recording), tombstone.emit().as_bytes())?;
            bury(store, tombstone.recording)
        }
    }
}

fn is_buried(store: &dyn Store, recording: RecordingId) -> io::Result<bool> {
    Ok(store.octets(&tombstone_name(recording))?.is_some())
}

fn erase(
    store: &mut dyn Store,
    keys: &mut KeyTables,
    tombstone: &Tombstone,
    events: &mut VecDeque<RecorderEvent>,
) -> io::Result<()> {
    let recording = tombstone.recording;
    let object = read_all(store, &object_name(recording))?;
    let Some(numbers) = object.and_then(|octets| key_numbers(&octets)) else {
        // Which key halves are its own can't be told any more: nothing is destroyed by guessing.
        events.push_back(RecorderEvent::NotErased { recording, call: tombstone.call });
        return store.remove(&erasing_name(recording));
    };
    replace(store, &erasing_name(recording), tombstone.emit().as_bytes())?;
    for table in 0..TABLES.len() {
        keys.erase_in(store, table, &numbers)?;
        events.push_back(RecorderEvent::KeysErased { tombstone: Box::new(tombstone.clone()), table });
    }
    Ok(())
}

/// The key numbers of a whole object.
fn key_numbers(octets: &[u8]) -> Option<Vec<KeyNo>> {
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
fn bury(store: &mut dyn Store, recording: RecordingId) -> io::Result<()> {
    store.remove(&object_name(recording))?;
    store.remove(&erasing_name(recording))
}
