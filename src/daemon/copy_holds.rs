//! Which recordings a hold covers, for the stores that keep them under leases: a hold outlasts the box there, too.
//!
//! Read from the index, a look at a time: what the index lacks of the log yet is seen a day later, and until then a lease stands.
//! Where nobody can tell, nothing is changed at the store.

use std::path::Path;

use frame::RecordingId;
use vault::Erasures;

use super::must_go;
use crate::journal::{BoxEvent, Event, FollowError, IndexReader};

/// The holds, and the calls that they may cover.
pub(super) struct CopyHolds {
    index: IndexReader,
    holds: Erasures,
    /// The log has a hold that this version can't read.
    has_unread: bool,
}

impl CopyHolds {
    /// As the index has them.
    ///
    /// # Errors
    /// The index's.
    pub(super) fn read(index: &Path) -> Result<CopyHolds, FollowError> {
        let index = IndexReader::open(index)?;
        let mut holds = Erasures::default();
        for record in index.keeping()? {
            match record.event() {
                Some(Event::Box(BoxEvent::HoldPlaced { hold, .. })) => holds.note_hold(record.no, hold.clone()),
                Some(Event::Box(BoxEvent::HoldLifted { hold, .. })) => holds.note_lifted(*hold),
                _ => {}
            }
        }
        let has_unread = index.has_unread_holds()?;
        Ok(CopyHolds { index, holds, has_unread })
    }

    /// Whether a hold covers a recording; nothing where nobody can tell.
    pub(super) fn cover(&self, recording: RecordingId) -> Option<bool> {
        let is_any = self.holds.holds().next().is_some();
        let is_held = is_any && self.covers(recording)?;
        (is_held || !self.has_unread).then_some(is_held)
    }

    fn covers(&self, recording: RecordingId) -> Option<bool> {
        match must_go::kept(&self.index, recording) {
            Ok(kept) => Some(self.holds.held_by(&kept?.held_facts()).is_some()),
            Err(error) => {
                tracing::warn!(%recording, %error, "whether a hold covers it can't be read");
                None
            }
        }
    }
}
