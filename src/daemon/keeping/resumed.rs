//! What an earlier life had begun to erase, as files in the vault say: it goes on only where the log has the agreement.
//!
//! Anybody can write a file of that name, and what the recorder destroys by it would stand in the log as agreed on. So the same is
//! asked as before an order: the list of two people, its 72 hours, holds, witnesses, a whole log. Only the rules are not looked at
//! again: they were, before it began. A stretch that is agreed on still is ordered anew, by the log's own line. What the log has as
//! erased is buried under the log's own text.
//! Not here: whether the key halves are the recording's own (`recorder`).

use std::path::Path;

use frame::EventNo;
use tokio::task::spawn_blocking;
use vault::{Grave, HeldFacts, NotErased, Stays, Tombstone};

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
    /// It is a stretch that this life orders anew.
    Ordered,
    /// Nobody agreed on it, or not any more.
    NotAgreed,
    /// What keeps everything from being erased may pass.
    NotYet,
}

impl Keeping {
    /// Looks up what an earlier life had begun, and lets the recorder go on where the log has it.
    pub(super) async fn look_up_resumed(&mut self) {
        for begun in self.parts.unerased.resumed() {
            let grave = begun.tombstone().grave();
            match self.log_says(&begun).await {
                Ok(Says::NotYet) => {}
                Ok(Says::Agreed(facts)) => self.go_on(begun, facts),
                Ok(Says::Erased(tombstone)) => {
                    if self.give(Order::Bury(tombstone)) {
                        self.parts.unerased.looked_up(grave);
                    }
                }
                Ok(Says::Ordered) => self.parts.unerased.looked_up(grave),
                Ok(Says::NotAgreed) => self.refuse(&begun),
                Err(error) => tracing::warn!(%error, of = %grave, "what has begun to be erased can't be looked up"),
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
        let stone = begun.tombstone();
        if let Some(erased) = erased(&kept, stone.grave()) {
            return Ok(Says::Erased(Box::new(erased)));
        }
        if stone.range.is_some() {
            let is_agreed = state.ranges.get(&stone.list).is_some_and(|agreed| agreed.recording == stone.recording);
            return Ok(if is_agreed { Says::Ordered } else { Says::NotAgreed });
        }
        let facts = kept.held_facts();
        let has_agreed = state.agreed_by.get(&stone.list) == Some(&(stone.asked, stone.granted));
        if kept.is_erased() || !has_agreed {
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
            self.parts.unerased.looked_up(Grave::whole(recording));
        }
    }

    fn refuse(&self, begun: &Begun) {
        let (grave, call) = (begun.tombstone().grave(), begun.tombstone().call);
        let (now, why) = ((self.parts.clock)(), NotErased::NotAgreed);
        tracing::error!(of = %grave, "a file says that it is being erased, and by the log nobody agreed on that");
        self.parts.unerased.looked_up(grave);
        if self.parts.unerased.note_begun(grave, call, why, now) {
            let Grave { recording, range } = grave;
            self.parts.journal.append(now, BoxEvent::ErasureFailed { call, recording, range, why });
        }
    }
}

/// The recording that a tombstone is of, where the log has it as the tombstone says.
fn kept_as(index: &Path, until: EventNo, stone: &Tombstone) -> Result<Option<Kept>, FollowError> {
    let kept = must_go::kept(&IndexReader::open_with(index, until)?, stone.recording)?;
    Ok(kept.filter(|kept| kept.cdr.call == stone.call && must_go::chain_head(kept) == Some(stone.chain_head)))
}

/// The tombstone as the log has it.
fn erased(kept: &Kept, of: Grave) -> Option<Tombstone> {
    let documents = kept.records().iter().filter_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingErased { document, .. } | BoxEvent::RangeErased { document, .. })) => {
            Tombstone::parse(document).ok()
        }
        _ => None,
    });
    documents.into_iter().find(|stone| stone.grave() == of)
}
