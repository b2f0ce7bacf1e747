//! Stretches of recordings that two people want erased: an accidentally recorded card's number, which nobody may keep, sealed or
//! not. It is begun as soon as it is agreed on, also under a hold and before a rule is over: that is what two people answer for.
//!
//! Neither the time, nor a witness, nor a whole log is asked for, as for lists: those guard holds and rules, and this goes past
//! both. A life that ends before the recorder has begun leaves it to the next one, by the event that agreed on it.
//! Not here: which minutes go (`recorder::range_of`), destroying them (`recorder`).

use access::TwoPersonAct;
use frame::{CallId, EventNo, PersonId, RecordingId};
use tokio::task::spawn_blocking;
use vault::{Grave, RANGE_MINUTES_MAX, Range, RangeObject, Stretch, Tombstone};

use super::{Keeping, Late};
use crate::{
    daemon::must_go,
    handles::{KeepingRefusal, KeepingReply, RangeNow, RangeWaits},
    journal::{Act, Actor, BoxEvent, FollowError, IndexReader, Intend, Kept},
    recorder::{FileStore, NoRange, Permit, Wanted, has_begun, range_of},
};

/// A stretch that two people agreed to erase.
#[derive(Clone, Debug)]
pub(super) struct AgreedRange {
    pub(super) call: CallId,
    pub(super) recording: RecordingId,
    pub(super) object: RangeObject,
    pub(super) reason: String,
    pub(super) asked: PersonId,
    pub(super) granted: PersonId,
}

impl AgreedRange {
    pub(super) fn grave(&self, no: EventNo) -> Grave {
        Grave { recording: self.recording, range: Some(no) }
    }
}

impl Keeping {
    /// What goes with a stretch, before anybody asks for it.
    pub(super) async fn look_at_range(&self, call: CallId, meant: Stretch) -> Result<RangeNow, KeepingRefusal> {
        let (_, _, now) = self.range(call, meant).await?;
        Ok(now)
    }

    pub(super) async fn erase_range(
        &mut self,
        object: String,
        by: PersonId,
        reason: String,
    ) -> Result<KeepingReply, KeepingRefusal> {
        let RangeObject { call, meant, .. } = object.parse().map_err(|_| KeepingRefusal::ListChanged)?;
        let (recording, _, now) = self.range(call, meant).await?;
        if now.object != object {
            return Err(KeepingRefusal::ListChanged);
        }
        let intend = Intend {
            by: Actor::Person(by),
            act: Act::EraseRange,
            object: object.clone(),
            call: Some(call),
            reason: reason.clone(),
        };
        let intent = self.audit.intend(intend).await.map_err(|_| KeepingRefusal::NotAudited)?;
        let (approval, asked, granted) = self.redeem(TwoPersonAct::EraseRange, object.clone()).await?;
        // Why it goes is what a second person has granted, whatever the beginner gives beside it.
        let reason = match self.event(approval).await {
            Ok(BoxEvent::ApprovalAsked { proposal, .. }) => proposal.reason,
            _ => reason,
        };
        let agreed = BoxEvent::RangeAgreed { call, recording, object, reason, asked, granted, approval };
        let no = self.conclude(intent, agreed, Late::Cancel { by }).await?;
        self.concluded.insert(no);
        self.order_ranges().await;
        Ok(KeepingReply::Done(no))
    }

    /// Whether who began it was told that it was done: by this life, or by an earlier one, which had all others taken back.
    fn may_order(&self, no: EventNo) -> bool {
        self.concluded.contains(&no) || self.predates.is_some_and(|until| no <= until)
    }

    /// How the stretches stand that are not erased yet.
    pub(super) fn ranges_now(&self) -> Result<Vec<RangeWaits>, KeepingRefusal> {
        let now = |(no, agreed): (&EventNo, &AgreedRange)| {
            let is_taken = self.ordered_ranges.get(no).is_some_and(Permit::is_taken);
            let has_begun = is_taken || self.has_begun(agreed.grave(*no));
            RangeWaits { no: *no, object: agreed.object.to_string(), has_begun }
        };
        Ok(self.state()?.ranges.iter().map(now).collect())
    }

    /// Whether the recorder has begun, in this life or an earlier one: then there is a file that says so.
    fn has_begun(&self, grave: Grave) -> bool {
        has_begun(&self.parts.folder, grave)
    }

    /// One person takes it back, as long as the recorder has not begun.
    pub(super) async fn cancel_range(
        &mut self,
        list: EventNo,
        by: PersonId,
        reason: String,
    ) -> Result<KeepingReply, KeepingRefusal> {
        let grave = self.state()?.ranges.get(&list).map(|agreed| agreed.grave(list));
        let is_taken = self.ordered_ranges.get(&list).is_some_and(|permit| !permit.withdraw());
        let has_begun = is_taken || grave.is_some_and(|grave| self.has_begun(grave));
        let intent = self.intend(by, Act::CancelErasure, format!("stretch {list}"), &reason).await?;
        if has_begun {
            // It can only be finished, and goes on being known as agreed on.
            intent.conclude(crate::journal::Outcome::Failed);
            return Ok(KeepingReply::TooLateFor { no: list, recordings: 1 });
        }
        let no = self.conclude(intent, BoxEvent::ErasureCancelled { by, list }, Late::Stays).await?;
        Ok(KeepingReply::Done(no))
    }

    /// What goes with a stretch of a call's recording, by its headers.
    async fn range(&self, call: CallId, meant: Stretch) -> Result<(RecordingId, Range, RangeNow), KeepingRefusal> {
        if !meant.may_go() {
            return Err(KeepingRefusal::RangeWrong);
        }
        let (index, folder) = (self.parts.index.clone(), self.parts.folder.clone());
        let found = spawn_blocking(move || {
            let index = IndexReader::open(&index).map_err(not_ready)?;
            let cdr = index.call(call).map_err(not_ready)?.map(|cdr| cdr.recording);
            let whole = cdr.filter(|kept| kept.object.is_some() && !kept.erased).and_then(|kept| kept.id);
            let recording = whole.ok_or(KeepingRefusal::NothingRecorded)?;
            let kept = must_go::kept(&index, recording).map_err(not_ready)?;
            let link = kept.as_ref().and_then(must_go::chain_head).ok_or(KeepingRefusal::RecordingUnreadable)?;
            let range = range_of(&FileStore::new(&folder), recording, meant, &link).map_err(|why| match why {
                NoRange::NotThere | NoRange::Nothing => KeepingRefusal::NothingRecorded,
                NoRange::Damaged => KeepingRefusal::RecordingUnreadable,
            })?;
            let packages = must_go::packages(&index, recording).map_err(not_ready)?;
            Ok((recording, range, packages))
        });
        let (recording, range, packages) = found.await.map_err(|_| KeepingRefusal::NotReady)??;
        if range.minutes.len() > RANGE_MINUTES_MAX {
            return Err(KeepingRefusal::RangeWrong);
        }
        let object = range.object(call, recording).to_string();
        Ok((recording, range, RangeNow { object, packages }))
    }

    /// Orders what was agreed on and is under no order, and forgets the orders of what is erased or was taken back.
    pub(super) async fn order_ranges(&mut self) {
        let Some(state) = &self.state else { return };
        let ranges = state.ranges.clone();
        let until = state.until;
        self.ordered_ranges.retain(|no, permit| match ranges.contains_key(no) {
            // A recorder that could not start dropped it, or told why it did not begin.
            true => !permit.is_lost(),
            false => {
                permit.withdraw();
                false
            }
        });
        let now = (self.parts.clock)();
        for (no, agreed) in ranges {
            let is_under_way =
                self.ordered_ranges.contains_key(&no) || self.parts.unerased.rests(agreed.grave(no), now);
            // One that became durable after it was refused is on its way to be taken back.
            if is_under_way || !self.may_order(no) {
                continue;
            }
            let (index, recording) = (self.parts.index.clone(), agreed.recording);
            let read = move || {
                let index = IndexReader::open_with(&index, until)?;
                Ok::<_, FollowError>((must_go::kept(&index, recording)?, must_go::packages(&index, recording)?))
            };
            match spawn_blocking(read).await {
                Ok(Ok((Some(kept), packages))) if !kept.is_erased() => self.order_range(no, &agreed, &kept, packages),
                // All of it is erased, or the index does not know it yet.
                Ok(Ok(_)) => {}
                other => tracing::warn!(?other, %recording, "a stretch that is to be erased can't be looked at"),
            }
        }
    }

    fn order_range(&mut self, no: EventNo, agreed: &AgreedRange, kept: &Kept, packages: Vec<String>) {
        let Some(chain_head) = must_go::chain_head(kept) else { return self.lacks_link(agreed.grave(no), agreed.call) };
        let RangeObject { meant, gone, .. } = agreed.object;
        let tombstone = Tombstone {
            vault: self.parts.vault,
            recording: agreed.recording,
            call: agreed.call,
            chain_head,
            list: no,
            asked: agreed.asked,
            granted: agreed.granted,
            rule: agreed.reason.clone(),
            // The recorder fills in the minutes, of the object that it has.
            range: Some(Range { meant, gone, minutes: Vec::new() }),
            packages,
            confirmed: [None, None],
        };
        if let Some(permit) = self.send(Wanted { tombstone, line: Some(agreed.object) }) {
            self.ordered_ranges.insert(no, permit);
        }
    }
}

fn not_ready(error: FollowError) -> KeepingRefusal {
    tracing::warn!(%error, "a call can't be looked up");
    KeepingRefusal::NotReady
}
