//! What an earlier life had begun to erase, as files in the vault say: it goes on only where the log has the agreement.
//!
//! Anybody can write a file of that name, and what the recorder destroys by it would stand in the log as agreed on. So the same is
//! asked as before an order: the list of two people, its 72 hours, holds, witnesses, a whole log. Only the rules are not looked at
//! again: they were, before it began. What the log has as erased is buried under the log's own text.
//! Not here: whether the key halves are the recording's own (`recorder`).

use std::path::Path;

use frame::{EventNo, RecordingId};
use tokio::task::spawn_blocking;
use vault::{HeldFacts, NotErased, Stays, Tombstone};

use super::{Keeping, Ordered, must_go};
use crate::{
    journal::{BoxEvent, Event, FollowError, IndexReader, Kept},
    recorder::{Begun, Order, Permit},
};

/// What the log says of it.
enum Says {
    /// It may go on.
    Agreed(HeldFacts),
    /// It is erased, and has only to be buried.
    Erased(Box<Tombstone>),
    /// Nobody agreed on it, or not any more.
    NotAgreed,
    /// What keeps everything from being erased may pass.
    NotYet,
}

impl Keeping {
    /// Looks up what an earlier life had begun, and lets the recorder go on where the log has it.
    pub(super) async fn look_up_resumed(&mut self) {
        for begun in self.parts.unerased.resumed() {
            let recording = begun.tombstone().recording;
            match self.log_says(&begun).await {
                Ok(Says::NotYet) => {}
                Ok(Says::Agreed(facts)) => self.go_on(begun, facts),
                Ok(Says::Erased(tombstone)) => {
                    if self.give(Order::Bury(tombstone)) {
                        self.parts.unerased.looked_up(recording);
                    }
                }
                Ok(Says::NotAgreed) => self.refuse(&begun),
                Err(error) => tracing::warn!(%error, %recording, "what has begun to be erased can't be looked up"),
            }
        }
    }

    async fn log_says(&self, begun: &Begun) -> Result<Says, FollowError> {
        let Some(state) = &self.state else { return Ok(Says::NotYet) };
        let stone = begun.tombstone().clone();
        let (index, until, vault) = (self.parts.index.clone(), state.until, self.parts.vault);
        let found = spawn_blocking(move || kept_as(&index, until, &stone)).await;
        let found = found.map_err(|error| FollowError::Failed(error.to_string()))??;
        let Some(kept) = found.filter(|_| begun.tombstone().vault == vault) else { return Ok(Says::NotAgreed) };
        if kept.is_erased() {
            return Ok(erased(&kept).map_or(Says::NotAgreed, |stone| Says::Erased(Box::new(stone))));
        }
        let (stone, facts) = (begun.tombstone(), kept.held_facts());
        if state.agreed_by.get(&stone.list) != Some(&(stone.asked, stone.granted)) {
            return Ok(Says::NotAgreed);
        }
        Ok(match state.erasures.look_again(self.trusted(), stone.list, stone.recording, &facts) {
            Err(Stays::NotListed | Stays::Held(_) | Stays::Kept) => Says::NotAgreed,
            Err(Stays::Waits | Stays::TimeUnknown) => Says::NotYet,
            Ok(()) if self.not_set_back().is_err() || self.must_be_whole().await.is_err() => Says::NotYet,
            Ok(()) => Says::Agreed(facts),
        })
    }

    /// From here on it is as what this life ordered and the recorder has begun.
    fn go_on(&mut self, begun: Begun, facts: HeldFacts) {
        let Tombstone { recording, list, .. } = *begun.tombstone();
        if self.give(Order::Resume(Box::new(begun))) {
            self.ordered.insert(recording, Ordered { permit: Permit::taken(), list, facts });
            self.parts.unerased.looked_up(recording);
        }
    }

    fn refuse(&self, begun: &Begun) {
        let Tombstone { recording, call, list, .. } = *begun.tombstone();
        let (now, why) = ((self.parts.clock)(), NotErased::NotAgreed);
        tracing::error!(%recording, %list, "a file says that it is being erased, and by the log nobody agreed on that");
        self.parts.unerased.looked_up(recording);
        if self.parts.unerased.note_begun(recording, call, why, now) {
            self.parts.journal.append(now, BoxEvent::ErasureFailed { call, recording, why });
        }
    }
}

/// The recording that a tombstone is of, where the log has it as the tombstone says.
fn kept_as(index: &Path, until: EventNo, stone: &Tombstone) -> Result<Option<Kept>, FollowError> {
    let kept = must_go::kept(&IndexReader::open_with(index, until)?, stone.recording)?;
    Ok(kept.filter(|kept| kept.cdr.call == stone.call && must_go::chain_head(kept) == Some(stone.chain_head)))
}

/// The tombstone as the log has it.
fn erased(kept: &Kept) -> Option<Tombstone> {
    let of: Option<RecordingId> = kept.cdr.recording.id;
    kept.records().iter().find_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingErased { recording, document, .. })) if of == Some(*recording) => {
            Tombstone::parse(document).ok()
        }
        _ => None,
    })
}
