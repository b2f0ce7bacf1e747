//! Erasing one recording: its key halves are destroyed in both key tables, then it is buried: a tombstone, and no object.
//!
//! ```text
//! Erase ──▶ its permit taken ──▶ erasing/RECORDING durable ──▶ keys-a ──▶ keys-b ──▶ told; whoever is told makes it durable
//! Resume ─────────────────────────────────────────────────────▲                         in the log
//! Bury  ──▶ the tombstone durable ──▶ the object removed ──▶ erasing/RECORDING removed
//! ```
//!
//! From the marker on it is only ever finished: a start that finds one begins again there, and each step done twice does
//! no harm. Before the marker nothing has happened. It says which key halves go, so that an object that is damaged
//! meanwhile, or half gone, does not stop what has begun.
//! Not here: whether it may be erased (`vault::Erasures`), the log's event and leaf.

use std::{collections::VecDeque, fmt::Write as _, io};

use frame::RecordingId;
use vault::{Body, KeyNo, ObjectReader, Tombstone};

use super::{
    Permit, RecorderEvent,
    key_table::{KeyTables, TABLES},
    names::{ERASING, erasing_name, erasing_recording, object_name, tombstone_name},
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
const KEY: &str = "key ";

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
        match text.and_then(|text| Begun::parse(&text)) {
            Some(begun) => orders.push_back(Order::Resume(Box::new(begun))),
            None => tracing::error!(%name, "what was being erased can't be read"),
        }
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
        Order::Erase(tombstone, _) if is_buried(store, tombstone.recording)? => bury(store, tombstone.recording),
        Order::Resume(begun) if is_buried(store, begun.tombstone.recording)? => bury(store, begun.tombstone.recording),
        Order::Erase(tombstone, permit) => erase(store, keys, tombstone, permit, events),
        Order::Resume(begun) => destroy(store, keys, begun, events),
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
    permit: &Permit,
    events: &mut VecDeque<RecorderEvent>,
) -> io::Result<()> {
    let recording = tombstone.recording;
    let object = read_all(store, &object_name(recording))?;
    let Some(numbers) = object.and_then(|octets| key_numbers(&octets)) else {
        // Which key halves are its own can't be told any more: nothing is destroyed by guessing.
        events.push_back(RecorderEvent::NotErased { recording, call: tombstone.call });
        return Ok(());
    };
    if !permit.take() {
        return Ok(());
    }
    let begun = Begun { tombstone: tombstone.clone(), keys: numbers };
    replace(store, &erasing_name(recording), begun.emit().as_bytes())?;
    destroy(store, keys, &begun, events)
}

/// The marker stands: the key halves go.
fn destroy(
    store: &mut dyn Store,
    keys: &mut KeyTables,
    begun: &Begun,
    events: &mut VecDeque<RecorderEvent>,
) -> io::Result<()> {
    for table in 0..TABLES.len() {
        keys.erase_in(store, table, &begun.keys)?;
        events.push_back(RecorderEvent::KeysErased { tombstone: Box::new(begun.tombstone.clone()), table });
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
