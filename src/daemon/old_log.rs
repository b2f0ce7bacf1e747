//! The event log of a box that is gone, held to the leaves of its vault: what these speak of has to stand in it.

use std::{collections::BTreeSet, io, path::Path};

use frame::EventNo;
use vault::{Hash, Leaf, LeafEntry};

use super::leaves::leaf_of;
use crate::{
    journal::{FileStorage, Item, Reader},
    recorder::{Store, visit_leaves},
};

/// How an event log stands to the leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldToLeaves {
    /// Leaves that an event makes.
    pub leaves: u64,
    /// Those whose event is not there, or says something else.
    pub without: Vec<Leaf>,
}

/// Holds the log in `events` to the leaves of the vault in `store`.
///
/// # Errors
/// The disks'.
pub fn hold_to_leaves(store: &dyn Store, events: &Path) -> io::Result<HeldToLeaves> {
    let storage = FileStorage::new(events);
    let mut made = BTreeSet::new();
    for item in Reader::new(&storage, EventNo(1))? {
        if let Item::Record(record) = item?
            && let Some(leaf) = record.event().and_then(|event| leaf_of(event, &record))
        {
            made.insert(said(&leaf));
        }
    }
    let mut held = HeldToLeaves::default();
    visit_leaves(store, &mut |leaf| {
        if matches!(leaf, Leaf::Live { .. } | Leaf::RootReceived { .. }) {
            return;
        }
        held.leaves += 1;
        if !made.contains(&said(&leaf)) {
            held.without.push(leaf);
        }
    })?;
    Ok(held)
}

/// What a leaf says, without its salt.
fn said(leaf: &Leaf) -> Hash {
    LeafEntry { salt: [0; 16], leaf: leaf.clone() }.hash()
}
