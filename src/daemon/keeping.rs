//! The desk that keeps and erases: holds, lists of what must go, and once a minute a look at what has waited long enough.
//!
//! One task, so that placing a hold and the last look at a recording never cross. What it notes was durable first, and it is
//! noted again from the log at each start.
//! Not here: the rules (`vault::Erasures`, `vault::standing`), who is the second person (`access`), destroying key halves
//! (`recorder`), what the recorder tells of it (`erased`).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use access::TwoPersonAct;
use frame::{EventNo, PersonId, RecordingId, Stamp, Utc};
use settings::Settings;
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{interval, timeout},
};
use vault::{ConfirmedBy, Day, ERASURE_WAITS, Erasures, Hold, Stays, Tombstone, TrustedTime, VaultId};

use super::{
    facts::Back,
    must_go::{self, Kept},
};
use crate::{
    handles::{
        ApprovalsHandle, ApprovalsReply, ApprovalsRequest, Asked, DueNow, KeepingNow, KeepingRefusal, KeepingReply,
        KeepingRequest, ListNow, Requests, lift_object,
    },
    journal::{
        Act, Actor, Audit, BoxEvent, Event, FollowError, IndexReader, Intend, Intent, JournalHandle, Outcome, Record,
        StampClock,
    },
    recorder::{Order, RecorderCommand},
};

/// How often it is looked at what has waited long enough.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Recordings that are looked at in one round: the recorder destroys some a second beside its work, and what is left comes
/// a minute later.
const ROUND_MAX: usize = 100;

/// How long an event may take to be durable. As with audit intents.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

/// What the desk is started with.
pub(super) struct KeepingParts {
    pub(super) vault: VaultId,
    pub(super) index: PathBuf,
    pub(super) settings: watch::Receiver<Arc<Settings>>,
    pub(super) journal: JournalHandle,
    pub(super) clock: StampClock,
    /// Whether NTP keeps the clock.
    pub(super) is_synchronised: fn() -> bool,
    pub(super) approvals: ApprovalsHandle,
    pub(super) recorder: Back,
    /// Whether what has waited is destroyed. Where it is not, lists wait on.
    pub(super) carries_out: bool,
}

/// The desk.
pub(super) struct Keeping {
    parts: KeepingParts,
    audit: Audit,
    /// None until it was read.
    state: Option<State>,
}

/// What is noted.
#[derive(Default)]
struct State {
    erasures: Erasures,
    time: TrustedTime,
    /// Who asked for a list and who granted it.
    agreed_by: BTreeMap<EventNo, (PersonId, PersonId)>,
    /// What was given to the recorder in this life.
    ordered: BTreeSet<RecordingId>,
}

impl State {
    fn note(&mut self, record: &Record) {
        let Some(Event::Box(event)) = record.event() else { return };
        match event.clone() {
            BoxEvent::HoldPlaced { hold, .. } => self.erasures.note_hold(record.no, hold),
            BoxEvent::HoldLifted { hold, .. } => self.erasures.note_lifted(hold),
            BoxEvent::ErasureAgreed { recordings, at_us, asked, granted, .. } => {
                self.erasures.note_list(record.no, Utc::from_us(at_us), recordings);
                self.agreed_by.insert(record.no, (asked, granted));
            }
            BoxEvent::ErasureCancelled { list, .. } => self.erasures.note_cancelled(list),
            BoxEvent::ErasureDropped { recording, .. } | BoxEvent::RecordingErased { recording, .. } => {
                self.erasures.note_gone(recording);
            }
            _ => {}
        }
    }
}

impl Keeping {
    pub(super) fn new(parts: KeepingParts) -> Keeping {
        let audit = Audit::new(parts.journal.clone(), Arc::clone(&parts.clock));
        Keeping { parts, audit, state: None }
    }

    /// Serves until every asker is gone.
    pub(super) async fn serve(mut self, mut requests: Requests<KeepingRequest, KeepingReply>) {
        let mut look = interval(LOOK_EVERY);
        loop {
            tokio::select! {
                asked = requests.recv() => {
                    let Some(Asked { request, reply }) = asked else { return };
                    let answer = self.answer(request).await.unwrap_or_else(KeepingReply::Refused);
                    // Who asked may have gone meanwhile.
                    let _ = reply.send(answer);
                }
                _ = look.tick() => self.look().await,
            }
        }
    }

    async fn answer(&mut self, request: KeepingRequest) -> Result<KeepingReply, KeepingRefusal> {
        self.ready().await?;
        match request {
            KeepingRequest::Overview => Ok(KeepingReply::Now(Box::new(self.overview().await?))),
            KeepingRequest::PlaceHold { hold, by, reason } => self.place(hold, by, reason).await,
            KeepingRequest::LiftHold { hold, by, reason } => self.lift(hold, by, reason).await,
            KeepingRequest::Erase { object, by, reason } => self.erase(object, by, reason).await,
            KeepingRequest::Cancel { list, by, reason } => self.cancel(list, by, reason).await,
            KeepingRequest::ConfirmTime { by, reason } => self.confirm_time(by, reason).await,
        }
    }

    async fn place(&mut self, hold: Hold, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        if !hold.says_something() {
            return Err(KeepingRefusal::SaysNothing);
        }
        let intent = self.intend(by, Act::PlaceHold, must_go::hold_text(&hold), &reason).await?;
        let done = self.tell(BoxEvent::HoldPlaced { by, hold, reason }).await?;
        intent.conclude(Outcome::Done);
        Ok(KeepingReply::Done(done))
    }

    async fn lift(&mut self, hold: EventNo, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        let is_there = self.state()?.erasures.holds().any(|(no, _)| no == hold);
        if !is_there {
            return Err(KeepingRefusal::NotThere);
        }
        let intent = self.intend(by, Act::LiftHold, lift_object(hold), &reason).await?;
        self.redeem(TwoPersonAct::LiftHold, lift_object(hold)).await?;
        let done = self.tell(BoxEvent::HoldLifted { by, hold }).await?;
        intent.conclude(Outcome::Done);
        Ok(KeepingReply::Done(done))
    }

    async fn erase(&mut self, object: String, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        let (_, time) = self.trusted().ok_or(KeepingRefusal::TimeUnknown)?;
        self.must_not_be_set_back().await?;
        // The list that two people agreed on, as it is now: of its day, not of today.
        let day = must_go::day_of(&object).filter(|day| *day <= Day::of(time)).ok_or(KeepingRefusal::ListChanged)?;
        let due = self.due(day).await?;
        if due.object != object || due.recordings.is_empty() {
            return Err(KeepingRefusal::ListChanged);
        }
        let intent = self.intend(by, Act::EraseDue, object.clone(), &reason).await?;
        let (approval, asked, granted) = self.redeem(TwoPersonAct::EraseDue, object).await?;
        let recordings = due.recordings.into_iter().map(|row| row.recording).collect();
        let at_us = time.as_us();
        let done = self.tell(BoxEvent::ErasureAgreed { recordings, at_us, asked, granted, approval }).await?;
        intent.conclude(Outcome::Done);
        Ok(KeepingReply::Done(done))
    }

    async fn cancel(&mut self, list: EventNo, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        if !self.state()?.erasures.waiting().any(|(no, ..)| no == list) {
            return Err(KeepingRefusal::NotThere);
        }
        let intent = self.intend(by, Act::CancelErasure, format!("list {list}"), &reason).await?;
        let done = self.tell(BoxEvent::ErasureCancelled { by, list }).await?;
        intent.conclude(Outcome::Done);
        Ok(KeepingReply::Done(done))
    }

    async fn confirm_time(&mut self, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        let now = (self.parts.clock)();
        let intent = self.intend(by, Act::ConfirmTime, must_go::time_text(now.utc), &reason).await?;
        let done = self.tell_at(now, BoxEvent::ClockConfirmed { by: Some(by) }).await?;
        self.state()?.time.confirm(now, ConfirmedBy::Person);
        intent.conclude(Outcome::Done);
        Ok(KeepingReply::Done(done))
    }

    async fn overview(&mut self) -> Result<KeepingNow, KeepingRefusal> {
        let time = self.trusted().map(|(_, time)| time);
        let due = match time {
            Some(time) => Some(self.due(Day::of(time)).await?),
            None => None,
        };
        let erasures = &self.state()?.erasures;
        let holds = erasures.holds().map(|(no, hold)| (no, hold.clone())).collect();
        let mut lists: Vec<ListNow> = Vec::new();
        for (no, agreed, _) in erasures.waiting() {
            match lists.last_mut().filter(|list| list.no == no) {
                Some(list) => list.recordings += 1,
                None => lists.push(ListNow { no, recordings: 1, until: after(agreed, ERASURE_WAITS) }),
            }
        }
        Ok(KeepingNow { time, holds, due, lists })
    }

    /// What must go by a day, and is neither held nor on a list that waits.
    async fn due(&self, day: Day) -> Result<DueNow, KeepingRefusal> {
        let erasures = self.state.as_ref().ok_or(KeepingRefusal::NotReady)?.erasures.clone();
        let settings = Arc::clone(&self.parts.settings.borrow());
        let index = self.parts.index.clone();
        let due = spawn_blocking(move || must_go::due(&IndexReader::open(&index)?, &settings, &erasures, day)).await;
        due.map_err(|_| KeepingRefusal::NotReady)?.map_err(|error| {
            tracing::warn!(%error, "what must go can't be read");
            KeepingRefusal::NotReady
        })
    }

    async fn must_not_be_set_back(&self) -> Result<(), KeepingRefusal> {
        let index = self.parts.index.clone();
        let read = spawn_blocking(move || must_go::is_set_back(&IndexReader::open(&index)?)).await;
        match read {
            Ok(Ok(false)) => Ok(()),
            Ok(Ok(true)) => Err(KeepingRefusal::SetBack),
            _ => Err(KeepingRefusal::NotReady),
        }
    }

    /// Confirms the time where NTP keeps it, and looks at what has waited long enough.
    async fn look(&mut self) {
        if self.ready().await.is_err() {
            return;
        }
        self.follow_time().await;
        if !self.parts.carries_out {
            return;
        }
        if self.must_not_be_set_back().await.is_err() {
            return;
        }
        let Some((_, time)) = self.trusted() else { return };
        let Some(state) = &self.state else { return };
        let due = state.erasures.due(time).filter(|recording| !state.ordered.contains(recording));
        let due: Vec<RecordingId> = due.take(ROUND_MAX).collect();
        for recording in due {
            if let Err(error) = self.look_at(recording).await {
                tracing::warn!(%error, %recording, "a recording that must go can't be looked at");
            }
        }
    }

    async fn follow_time(&mut self) {
        let now = (self.parts.clock)();
        let Some(state) = &mut self.state else { return };
        let was_known = state.time.now(now).is_some();
        state.time.note(now);
        if !was_known && (self.parts.is_synchronised)() && state.time.confirm(now, ConfirmedBy::Synchronised) {
            // What is not durable is confirmed again after the next start.
            self.parts.journal.append(now, BoxEvent::ClockConfirmed { by: None });
        }
    }

    /// The last look, and the order where it must go.
    async fn look_at(&mut self, recording: RecordingId) -> Result<(), FollowError> {
        let index = self.parts.index.clone();
        let found = spawn_blocking(move || must_go::kept(&IndexReader::open(&index)?, recording)).await;
        let Some(kept) = found.map_err(|error| FollowError::Failed(error.to_string()))?? else { return Ok(()) };
        let Some((_, time)) = self.trusted() else { return Ok(()) };
        let settings = Arc::clone(&self.parts.settings.borrow());
        let Some(state) = &mut self.state else { return Ok(()) };
        if kept.is_erased() {
            state.erasures.note_gone(recording);
            return Ok(());
        }
        let standing = kept.standing(&settings, Day::of(time));
        match state.erasures.last_look(Some(time), recording, &kept.held_facts(), standing) {
            Ok(list) => {
                let rule = kept.rule(&settings, Day::of(time));
                self.order(recording, &kept, list, rule);
            }
            Err(Stays::Held(hold)) => self.drop_from_list(recording, &kept, Some(hold)).await,
            Err(Stays::Kept) => self.drop_from_list(recording, &kept, None).await,
            Err(Stays::NotListed | Stays::Waits | Stays::TimeUnknown) => {}
        }
        Ok(())
    }

    fn order(&mut self, recording: RecordingId, kept: &Kept, list: EventNo, rule: String) {
        let Some(state) = &mut self.state else { return };
        let (Some(chain_head), Some((asked, granted))) = (kept.chain_head(), state.agreed_by.get(&list)) else {
            return;
        };
        let tombstone = Tombstone {
            vault: self.parts.vault,
            recording,
            call: kept.cdr.call,
            chain_head,
            list,
            asked: *asked,
            granted: *granted,
            rule,
            confirmed: [None, None],
        };
        let order = RecorderCommand::Erasing(Order::Erase(Box::new(tombstone)));
        let back = self.parts.recorder.lock().unwrap_or_else(PoisonError::into_inner);
        if back.as_ref().is_some_and(|recorder| recorder.send(order).is_ok()) {
            state.ordered.insert(recording);
        }
    }

    async fn drop_from_list(&mut self, recording: RecordingId, kept: &Kept, hold: Option<EventNo>) {
        let event = BoxEvent::ErasureDropped { call: kept.cdr.call, recording, hold };
        // One that is not durable stays on its list, and is looked at again.
        let _ = self.tell(event).await;
    }

    /// Makes an event durable, and notes it.
    async fn tell(&mut self, event: BoxEvent) -> Result<EventNo, KeepingRefusal> {
        self.tell_at((self.parts.clock)(), event).await
    }

    /// One that becomes durable only later is noted by the reading of the next round.
    async fn tell_at(&mut self, now: Stamp, event: BoxEvent) -> Result<EventNo, KeepingRefusal> {
        let durable = self.parts.journal.append_durable(now, event.clone());
        let Ok(Ok(Ok(no))) = timeout(DURABLE_WITHIN, durable).await else {
            // What is on disk after all is found when everything is read again.
            self.state = None;
            return Err(KeepingRefusal::NotAudited);
        };
        if let Some(state) = &mut self.state {
            state.note(&Record::of_box(no, now, event));
        }
        Ok(no)
    }

    async fn intend(&self, by: PersonId, act: Act, object: String, reason: &str) -> Result<Intent, KeepingRefusal> {
        let intend = Intend { by: Actor::Person(by), act, object, call: None, reason: reason.to_owned() };
        self.audit.intend(intend).await.map_err(|_| KeepingRefusal::NotAudited)
    }

    async fn redeem(&self, act: TwoPersonAct, object: String) -> Result<(EventNo, PersonId, PersonId), KeepingRefusal> {
        match self.parts.approvals.ask_for_long(ApprovalsRequest::Redeem { act, object }).await {
            Ok(ApprovalsReply::Redeemed { no, asked, granted }) => Ok((no, asked, granted)),
            _ => Err(KeepingRefusal::NotGranted),
        }
    }

    fn state(&mut self) -> Result<&mut State, KeepingRefusal> {
        self.state.as_mut().ok_or(KeepingRefusal::NotReady)
    }

    /// Now, and the trusted time.
    fn trusted(&self) -> Option<(Stamp, Utc)> {
        let now = (self.parts.clock)();
        Some((now, self.state.as_ref()?.time.now(now)?))
    }

    /// Reads everything from the log, where that was not done yet.
    async fn ready(&mut self) -> Result<(), KeepingRefusal> {
        if self.state.is_some() {
            return Ok(());
        }
        self.parts.journal.settle().await.map_err(|_| KeepingRefusal::NotReady)?;
        let index = self.parts.index.clone();
        let read = spawn_blocking(move || read(&index)).await;
        match read {
            Ok(Ok(state)) => {
                self.state = Some(state);
                Ok(())
            }
            other => {
                tracing::warn!(error = ?other.err(), "holds and lists can't be read yet");
                Err(KeepingRefusal::NotReady)
            }
        }
    }
}

/// The state as the log has it.
fn read(index: &std::path::Path) -> Result<State, FollowError> {
    let reader = IndexReader::open(index)?;
    let records = reader.keeping()?;
    let mut state = State::default();
    records.iter().for_each(|record| state.note(record));
    let confirmed =
        records.iter().rev().find(|record| matches!(record.event(), Some(Event::Box(BoxEvent::ClockConfirmed { .. }))));
    let confirmed = confirmed.map(|record| record.stamp);
    let last = reader.past_events(None, 1)?.first().map(|record| record.stamp);
    state.time = TrustedTime::restored(confirmed, last.unwrap_or_default());
    Ok(state)
}

fn after(utc: Utc, wait: Duration) -> Utc {
    Utc::from_us(utc.as_us().saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests;
