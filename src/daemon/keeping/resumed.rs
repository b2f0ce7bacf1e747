//! What an earlier life had begun to erase, as files in the vault say by their names.
//!
//! Anybody can write a file of such a name, so none of them decides anything. A recording, or a stretch, that is agreed on still is
//! ordered anew like every other one: by its list, the last look, and the object that the log knows. What the log has as erased is
//! buried under the log's own text. Here is told of the rest that it has begun and why it does not go on: some of its keys may be
//! gone, which nobody can undo, so that a hold on it is told that it may come too late.
//! Nothing is said of who agreed before the time, the witnesses and a whole log stand behind it: a log that is short lacks lists.

use std::{collections::BTreeSet, path::Path, time::Duration};

use frame::{CallId, EventNo, RecordingId};
use tokio::{task::spawn_blocking, time::timeout};
use vault::{Grave, HeldFacts, NotErased, Tombstone};

use super::{Keeping, ROUND_MAX, must_go};
use crate::{
    journal::{BoxEvent, Event, FollowError, IndexReader, Kept, Record},
    recorder::{Order, all_begun, has_begun, list_of_marker},
};

/// How long the list of a folder may take.
const LISTED_WITHIN: Duration = Duration::from_secs(2);

/// What the log has of one.
#[derive(Clone, Debug)]
pub(super) struct Resumed {
    /// Of a recording that the log knows.
    facts: Option<HeldFacts>,
    /// Two people once agreed on this. It may have been taken back.
    was_agreed: bool,
    /// As the log has it, where it is erased.
    erased: Option<Box<Tombstone>>,
}

impl Keeping {
    /// Lists what earlier lives had begun, once, before anybody is told that something is in time: the recorder tells of it behind all
    /// that it recovers, and one that can't start tells nothing. A disk that hangs keeps nobody waiting; it is asked again.
    pub(super) async fn list_resumed(&mut self) {
        if self.has_listed {
            return;
        }
        let folder = self.parts.folder.clone();
        match timeout(LISTED_WITHIN, spawn_blocking(move || all_begun(&folder))).await {
            Ok(Ok(Ok(graves))) => {
                graves.into_iter().for_each(|grave| self.parts.unerased.note_resumed(grave));
                self.has_listed = true;
            }
            other => tracing::warn!(?other, "what has begun to be erased can't be listed"),
        }
    }

    /// Looks up in the log those that nobody has looked up yet, some at a time: holds come in between.
    pub(super) async fn look_up_resumed(&mut self) {
        let graves: BTreeSet<Grave> = self.parts.unerased.resumed().into_iter().collect();
        self.resumed.retain(|grave, _| graves.contains(grave));
        let mut new: Vec<Grave> = graves.into_iter().filter(|grave| !self.resumed.contains_key(grave)).collect();
        let has_more = new.len() > ROUND_MAX;
        new.truncate(ROUND_MAX);
        let Some(until) = self.state.as_ref().map(|state| state.until).filter(|_| !new.is_empty()) else { return };
        let (index, folder) = (self.parts.index.clone(), self.parts.folder.clone());
        match spawn_blocking(move || look_up(&index, until, &folder, &new)).await {
            Ok(Ok(found)) => self.resumed.extend(found),
            other => return tracing::warn!(?other, "what has begun to be erased can't be looked up"),
        }
        if has_more {
            self.parts.unerased.look_again();
        }
    }

    /// Says of each why it does not go on, once everything was ordered that may go. `may_erase`: nothing keeps all from being erased.
    pub(super) async fn judge_resumed(&mut self, may_erase: bool) {
        let Some(state) = &self.state else { return };
        let listed: BTreeSet<RecordingId> = state.erasures.waiting().map(|(.., recording)| recording).collect();
        let ranges: BTreeSet<Grave> = state.ranges.iter().map(|(no, agreed)| agreed.grave(*no)).collect();
        let known: Vec<(Grave, Resumed)> = self.resumed.iter().map(|(grave, of)| (*grave, of.clone())).collect();
        for (grave, Resumed { facts, was_agreed, erased }) in known {
            if let Some(tombstone) = erased {
                if self.give(Order::Bury(tombstone)) {
                    self.parts.unerased.forget_resumed(grave);
                }
                continue;
            }
            let is_ordered = match grave.range {
                None => self.ordered.contains_key(&grave.recording),
                Some(no) => self.ordered_ranges.contains_key(&no),
            };
            let is_listed = grave.range.is_none() && listed.contains(&grave.recording) || ranges.contains(&grave);
            let why = match (may_erase, is_listed) {
                _ if is_ordered => None,
                (false, _) | (_, true) => Some(NotErased::Waits),
                // What two people have acknowledged as lost took all lists with it, and those that it may have had.
                _ if was_agreed || !state.acknowledged.are_none() => Some(NotErased::TakenBack),
                _ => Some(NotErased::NotAgreed),
            };
            self.note_waits(grave, facts.map(|facts| facts.call), why);
        }
    }

    fn note_waits(&self, grave: Grave, call: Option<CallId>, why: Option<NotErased>) {
        let is_new = self.parts.unerased.note_waits(grave, why.map(|why| (call, why)));
        // An order of it may have failed while it was agreed on.
        if matches!(why, Some(NotErased::NotAgreed | NotErased::TakenBack)) {
            self.parts.unerased.forget_fault(grave);
        }
        match why {
            // Whoever has mended it by hand is not asked for more than that the file is gone.
            Some(NotErased::NotAgreed | NotErased::TakenBack) if !has_begun(&self.parts.folder, grave) => {
                self.parts.unerased.forget_resumed(grave);
            }
            Some(why @ (NotErased::NotAgreed | NotErased::TakenBack)) if is_new => {
                tracing::error!(of = %grave, ?why, "a file says that it is being erased, and it goes no further");
                let Grave { recording, range } = grave;
                // The story of a call is told of calls that the log knows.
                let failed = call.map(|call| BoxEvent::ErasureFailed { call, recording, range, why });
                failed.into_iter().for_each(|failed| self.parts.journal.append((self.parts.clock)(), failed));
            }
            _ => {}
        }
    }

    /// The recordings that an earlier life had begun to erase and that this concerns: some of their keys may be gone. One that was
    /// not looked up yet may be any.
    pub(super) fn begun_before(
        &self,
        concerns: impl Fn(RecordingId, &HeldFacts) -> bool,
    ) -> impl Iterator<Item = RecordingId> {
        let graves = self.parts.unerased.resumed().into_iter().filter(|grave| grave.range.is_none());
        let concerned = move |grave: &Grave| match self.resumed.get(grave) {
            Some(Resumed { facts, .. }) => facts.as_ref().is_some_and(|facts| concerns(grave.recording, facts)),
            None => true,
        };
        graves.filter(concerned).map(|grave| grave.recording)
    }
}

fn look_up(
    index: &Path,
    until: EventNo,
    folder: &Path,
    graves: &[Grave],
) -> Result<Vec<(Grave, Resumed)>, FollowError> {
    let index = IndexReader::open_with(index, until)?;
    // Read only where a file does not name its list: anybody can cut it.
    let mut listed: Option<BTreeSet<RecordingId>> = None;
    let mut of = |grave: &Grave| {
        let kept = must_go::kept(&index, grave.recording)?;
        let erased = kept.as_ref().and_then(|kept| erased(kept, *grave)).map(Box::new);
        // A recording that is erased with a stretch that was begun.
        let list = grave.range.or_else(|| list_of_marker(folder, *grave));
        let agreed = list.map(|list| index.event(list)).transpose()?.flatten();
        let mut was_agreed = agreed.is_some_and(|event| agrees(&event, *grave));
        if !was_agreed && grave.range.is_none() {
            let all = match listed.take() {
                Some(all) => all,
                None => ever_listed(&index)?,
            };
            was_agreed = all.contains(&grave.recording);
            listed = Some(all);
        }
        Ok((*grave, Resumed { facts: kept.map(|kept| kept.held_facts()), was_agreed, erased }))
    };
    graves.iter().map(&mut of).collect()
}

/// All recordings that ever were on a list.
fn ever_listed(index: &IndexReader) -> Result<BTreeSet<RecordingId>, FollowError> {
    let lists = index.told_after(EventNo(0), &["erasure_agreed"])?;
    let listed = lists.iter().filter_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::ErasureAgreed { recordings, .. })) => Some(recordings),
        _ => None,
    });
    Ok(listed.flatten().copied().collect())
}

/// Whether an event is that of two people who agreed on it.
fn agrees(event: &Record, on: Grave) -> bool {
    match event.event() {
        Some(Event::Box(BoxEvent::ErasureAgreed { recordings, .. })) => recordings.contains(&on.recording),
        Some(Event::Box(BoxEvent::RangeAgreed { recording, .. })) => *recording == on.recording,
        _ => false,
    }
}

/// The tombstone as the log has it; of a stretch that had only begun when all of it went, that of all of it: its halves are among those.
fn erased(kept: &Kept, of: Grave) -> Option<Tombstone> {
    let documents = kept.records().iter().filter_map(|record| match record.event() {
        Some(Event::Box(BoxEvent::RecordingErased { document, .. } | BoxEvent::RangeErased { document, .. })) => {
            Tombstone::parse(document).ok()
        }
        _ => None,
    });
    let stones: Vec<Tombstone> = documents.collect();
    let find = |grave: Grave| stones.iter().find(|stone| stone.grave() == grave).cloned();
    find(of).or_else(|| find(Grave::whole(of.recording)))
}
