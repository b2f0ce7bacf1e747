//! The desk that keeps and erases: holds, lists of what must go, and once a minute a look at what has waited long enough.
//!
//! One task, so that placing a hold and the last look at a recording never cross. What it knows is what the index has of the
//! log, read again after each event of its own, so that a restart and an event that became durable late change nothing. An
//! order that it gave is under a permit, which a hold takes back as long as the recorder has not begun.
//! Not here: the rules (`vault::Erasures`, `vault::standing`), who is the second person (`access`), destroying key halves
//! (`recorder`), what the recorder tells of it (`erased`), what must go (`overview`), stretches (`ranges`), what an earlier life
//! had begun (`resumed`).

mod late;
mod overview;
mod ranges;
mod resumed;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use access::TwoPersonAct;
use frame::{CallId, EventNo, PersonId, RecordingId, Stamp, Utc};
use settings::Settings;
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{interval, timeout},
};
use vault::{
    Confirmation, ConfirmedBy, Day, Erasures, Grave, HeldFacts, Hold, LOSSES_MAX, Losses, NotErased, Stays, Tombstone,
    Trusted, TrustedTime, VaultId,
};

use self::{late::Late, overview::Overview, ranges::AgreedRange, resumed::Resumed};
use super::{
    facts::Back,
    must_go,
    unerased::Unerased,
    witnesses::{Doubt, HeldTo, NotSetBack},
};
use crate::{
    handles::{
        ApprovalsHandle, ApprovalsReply, ApprovalsRequest, Asked, KeepingRefusal, KeepingReply, KeepingRequest,
        Requests, lift_object,
    },
    journal::{
        Act, Actor, Alarm, Audit, BoxEvent, Event, FollowError, IndexReader, Intend, Intent, JournalHandle, Kept,
        Outcome, Record, StampClock,
    },
    recorder::{Order, Permit, RecorderCommand, Wanted, has_begun},
};

/// How often it is looked at what has waited long enough.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Recordings that are under order at once: the recorder destroys some a second beside its work, and what is left comes a
/// minute later.
const ROUND_MAX: usize = 100;

/// How long an event may take to be durable. As with audit intents.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

/// What the desk is started with.
pub(super) struct KeepingParts {
    pub(super) vault: VaultId,
    pub(super) index: PathBuf,
    /// The vault's directory: what goes with a stretch is told by an object's headers.
    pub(super) folder: PathBuf,
    pub(super) settings: watch::Receiver<Arc<Settings>>,
    pub(super) journal: JournalHandle,
    pub(super) clock: StampClock,
    /// Whether NTP keeps the clock.
    pub(super) is_synchronised: Box<dyn Fn() -> bool + Send + Sync>,
    /// Who else must know what time it is: a moment at which the wall clock was right, or would have been this.
    pub(super) right: watch::Sender<Option<Stamp>>,
    pub(super) approvals: ApprovalsHandle,
    pub(super) recorder: Back,
    /// What the recorder can't erase, or this desk.
    pub(super) unerased: Unerased,
    /// What the folders of witnesses said in this life.
    pub(super) held_to: watch::Receiver<HeldTo>,
    /// Whether the disk is encrypted that log and index are on.
    pub(super) is_disk_encrypted: bool,
}

/// The desk.
pub(super) struct Keeping {
    parts: KeepingParts,
    audit: Audit,
    overview: Overview,
    /// None until it was read.
    state: Option<State>,
    /// What was given to the recorder in this life and is not erased yet. Beside the state: reading that again takes back
    /// no order.
    ordered: BTreeMap<RecordingId, Ordered>,
    /// The same of stretches, by the event that agreed on each. No hold and no change of the rules takes them back.
    ordered_ranges: BTreeMap<EventNo, Permit>,
    /// What the log has of what an earlier life had begun.
    resumed: BTreeMap<Grave, Resumed>,
    /// Whether it was listed what that is. Until then it may be any.
    has_listed: bool,
    /// The stretches of which this life has said that it was done.
    concluded: BTreeSet<EventNo>,
    /// The log as this life found it, once what was left half undone was undone.
    predates: Option<EventNo>,
    /// The alarms of this desk that stand.
    raised: BTreeSet<Alarm>,
    /// Whether what an earlier life left half undone was finished.
    has_finished_undoing: bool,
}

/// What is known.
#[derive(Default)]
struct State {
    /// The log until here, at least.
    until: EventNo,
    erasures: Erasures,
    time: TrustedTime,
    /// The stretches that two people agreed to erase and that are not erased yet.
    ranges: BTreeMap<EventNo, AgreedRange>,
    /// Who asked for a list and who granted it.
    agreed_by: BTreeMap<EventNo, (PersonId, PersonId)>,
    /// What the log lost and two people have acknowledged.
    acknowledged: Losses,
}

/// An order under way.
struct Ordered {
    permit: Permit,
    facts: HeldFacts,
}

impl State {
    fn note(&mut self, record: &Record, index: &IndexReader) -> Result<(), FollowError> {
        let Some(Event::Box(event)) = record.event() else { return Ok(()) };
        match event.clone() {
            BoxEvent::HoldPlaced { hold, .. } => self.erasures.note_hold(record.no, hold),
            BoxEvent::HoldLifted { hold, .. } => self.erasures.note_lifted(hold),
            BoxEvent::ErasureAgreed { at_us, passed_us, asked, granted, .. } => {
                // Of a list of an earlier version it is not known how long it has waited: it never has.
                let passed = passed_us.map_or(Duration::MAX, Duration::from_micros);
                let agreed = Trusted { utc: Utc::from_us(at_us), passed };
                self.erasures.note_list(record.no, agreed, index.listed(record.no)?);
                self.agreed_by.insert(record.no, (asked, granted));
            }
            BoxEvent::RangeAgreed { call, recording, object, reason, asked, granted, .. } => {
                // One whose line this version does not read waits for one that does.
                if let Ok(object) = object.parse() {
                    let range = AgreedRange { call, recording, object, reason, asked, granted };
                    self.ranges.insert(record.no, range);
                }
            }
            BoxEvent::LossesAcknowledged { losses, .. } => {
                self.erasures.note_losses();
                self.acknowledged.add(losses);
            }
            BoxEvent::ClockConfirmed { by, passed_us } => {
                let by = by.map_or(ConfirmedBy::Synchronised, |_| ConfirmedBy::Person);
                let confirmed = Confirmation { at: record.stamp, by, passed: Duration::from_micros(passed_us) };
                self.time = TrustedTime::restored(Some(confirmed), index.last_of_boot(record.stamp.boot)?);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Keeping {
    pub(super) fn new(parts: KeepingParts) -> Keeping {
        let audit = Audit::new(parts.journal.clone(), Arc::clone(&parts.clock));
        Keeping {
            parts,
            audit,
            overview: Overview::default(),
            state: None,
            ordered: BTreeMap::new(),
            ordered_ranges: BTreeMap::new(),
            resumed: BTreeMap::new(),
            has_listed: false,
            concluded: BTreeSet::new(),
            predates: None,
            raised: BTreeSet::new(),
            has_finished_undoing: false,
        }
    }

    /// Serves until every asker is gone.
    pub(super) async fn serve(mut self, mut requests: Requests<KeepingRequest, KeepingReply>) {
        let mut look = interval(LOOK_EVERY);
        loop {
            tokio::select! {
                asked = requests.recv() => {
                    let Some(asked) = asked else { return };
                    self.serve_one(asked).await;
                }
                // What was ordered by other rules is looked at anew.
                Ok(()) = self.parts.settings.changed() => self.withdraw(),
                // A witness has answered: what waited for that need not wait for the minute.
                Ok(()) = self.parts.held_to.changed() => self.look().await,
                () = self.parts.unerased.has_resumed() => self.look().await,
                _ = look.tick() => self.look().await,
            }
        }
    }

    async fn serve_one(&mut self, Asked { request, reply }: Asked<KeepingRequest, KeepingReply>) {
        // Whoever asked has been told that nobody answered.
        if reply.is_closed() {
            return;
        }
        // Who asked may go meanwhile.
        if request == KeepingRequest::Overview {
            // It reads the index through, and holds must not wait for that.
            match self.overview().await {
                Ok(overview) => drop(tokio::spawn(async move { reply.send(overview.await) })),
                Err(why) => drop(reply.send(KeepingReply::Refused(why))),
            }
            return;
        }
        let answer = self.answer(request).await.unwrap_or_else(KeepingReply::Refused);
        let _ = reply.send(answer);
    }

    async fn answer(&mut self, request: KeepingRequest) -> Result<KeepingReply, KeepingRefusal> {
        match &request {
            // What becomes of it may hang; a hold needs nothing that is read, nor does an event by which a rule may keep.
            KeepingRequest::PlaceHold { .. } | KeepingRequest::TellEvent { .. } => self.withdraw(),
            KeepingRequest::Cancel { .. } | KeepingRequest::AcknowledgeLosses { .. } => {
                self.withdraw();
                self.ready().await?;
            }
            _ => self.ready().await?,
        }
        self.list_resumed().await;
        match request {
            KeepingRequest::Overview => Ok(self.overview().await?.await),
            KeepingRequest::PlaceHold { hold, by, reason } => self.place(hold, by, reason).await,
            KeepingRequest::LiftHold { hold, by, reason } => self.lift(hold, by, reason).await,
            KeepingRequest::Erase { object, by, reason } => self.erase(object, by, reason).await,
            KeepingRequest::LookAtRange { call, meant } => {
                self.look_at_range(call, meant).await.map(KeepingReply::Range)
            }
            KeepingRequest::EraseRange { object, by, reason } => self.erase_range(object, by, reason).await,
            KeepingRequest::Cancel { list, by, reason } => self.cancel(list, by, reason).await,
            KeepingRequest::TellEvent { call, event, day, by, reason } => {
                self.tell_event((call, event, day), by, reason).await
            }
            KeepingRequest::AcknowledgeLosses { object, by, reason } => self.acknowledge(object, by, reason).await,
            KeepingRequest::ConfirmTime { by, reason } => self.confirm_time(by, reason).await,
        }
    }

    async fn place(&mut self, hold: Hold, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        if !hold.says_something() {
            return Err(KeepingRefusal::SaysNothing);
        }
        let intent = self.intend(by, Act::PlaceHold, must_go::hold_text(&hold), &reason).await?;
        let no = self.conclude(intent, BoxEvent::HoldPlaced { by, hold: hold.clone(), reason }, Late::Stays).await?;
        Ok(self.done(no, |_, facts| hold.covers(facts)))
    }

    async fn lift(&mut self, hold: EventNo, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        let is_there = self.state()?.erasures.holds().any(|(no, _)| no == hold);
        if !is_there {
            return Err(KeepingRefusal::NotThere);
        }
        let placed = self.event(hold).await?;
        let intent = self.intend(by, Act::LiftHold, lift_object(hold), &reason).await?;
        self.redeem(TwoPersonAct::LiftHold, lift_object(hold)).await?;
        // Lifted late, it is placed anew as it was.
        let done = self.conclude(intent, BoxEvent::HoldLifted { by, hold }, Late::Then(Box::new(placed))).await?;
        Ok(KeepingReply::Done(done))
    }

    async fn erase(&mut self, object: String, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        let time = self.trusted().ok_or(KeepingRefusal::TimeUnknown)?;
        self.not_set_back()?;
        // The list that two people agreed on, as it is now: of its day, not of today.
        self.must_be_whole().await?;
        let day =
            must_go::day_of(&object).filter(|day| *day <= Day::of(time.utc)).ok_or(KeepingRefusal::ListChanged)?;
        let (index, settings) = (self.parts.index.clone(), Arc::clone(&self.parts.settings.borrow()));
        let due = overview::due(index, settings, self.state()?.erasures.clone(), day).await?;
        if due.object != object || due.recordings.is_empty() {
            return Err(KeepingRefusal::ListChanged);
        }
        let intent = self.intend(by, Act::EraseDue, object.clone(), &reason).await?;
        let (approval, asked, granted) = self.redeem(TwoPersonAct::EraseDue, object).await?;
        let recordings = due.recordings.into_iter().map(|row| row.recording).collect();
        let (at_us, passed_us) = (time.utc.as_us(), Some(micros(time.passed)));
        let agreed = BoxEvent::ErasureAgreed { recordings, at_us, passed_us, asked, granted, approval };
        Ok(KeepingReply::Done(self.conclude(intent, agreed, Late::Cancel { by }).await?))
    }

    async fn cancel(&mut self, list: EventNo, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        if self.state()?.ranges.contains_key(&list) {
            return self.cancel_range(list, by, reason).await;
        }
        let waiting = self.state()?.erasures.waiting().filter(|(no, ..)| *no == list);
        let listed: BTreeSet<RecordingId> = waiting.map(|(.., recording)| recording).collect();
        if listed.is_empty() {
            return Err(KeepingRefusal::NotThere);
        }
        let intent = self.intend(by, Act::CancelErasure, format!("list {list}"), &reason).await?;
        let no = self.conclude(intent, BoxEvent::ErasureCancelled { by, list }, Late::Stays).await?;
        Ok(self.done(no, |recording, _| listed.contains(&recording)))
    }

    /// Told late, after it was refused, it stays: it is a fact, and no step back from it is known.
    async fn tell_event(
        &mut self,
        (call, event, day): (CallId, String, Day),
        by: PersonId,
        reason: String,
    ) -> Result<KeepingReply, KeepingRefusal> {
        let object = format!("“{event}” {day}");
        let intend = Intend { by: Actor::Person(by), act: Act::TellRetentionEvent, object, call: Some(call), reason };
        let intent = self.audit.intend(intend).await.map_err(|_| KeepingRefusal::NotAudited)?;
        let told = BoxEvent::RetentionEventTold { call, event, day: day.to_string() };
        let no = self.conclude(intent, told, Late::Stays).await?;
        Ok(self.done(no, |_, facts| facts.call == call))
    }

    /// It takes no list of before any further, so what becomes durable late may stay: all that follows takes two people again,
    /// and 72 hours.
    async fn acknowledge(
        &mut self,
        object: String,
        by: PersonId,
        reason: String,
    ) -> Result<KeepingReply, KeepingRefusal> {
        let acknowledged = self.state()?.acknowledged.clone();
        let lost = overview::lost(self.parts.index.clone(), acknowledged).await?;
        // In the first minute of a life nobody has looked yet, and only an alarm that is known to stand is cleared.
        self.set_alarm(Alarm::LeavesUnfounded, !lost.unfounded.is_empty());
        // As much as the two have read: what is more is acknowledged after it.
        let lost = lost.part(LOSSES_MAX);
        if lost.are_none() || lost.object() != object {
            return Err(KeepingRefusal::LossesChanged);
        }
        let intent = self.intend(by, Act::AcknowledgeLosses, object.clone(), &reason).await?;
        let (approval, asked, granted) = self.redeem(TwoPersonAct::AcknowledgeLosses, object).await?;
        let event = BoxEvent::LossesAcknowledged { losses: lost, asked, granted, approval };
        let no = self.conclude(intent, event, Late::Stays).await?;
        if self.ready().await.is_ok() {
            self.tell_unfounded().await;
        }
        Ok(self.done(no, |_, _| true))
    }

    /// Nothing is erased while the log lost events that nobody has acknowledged, or has some that can't be read.
    async fn must_be_whole(&self) -> Result<(), KeepingRefusal> {
        let acknowledged = self.state()?.acknowledged.clone();
        overview::must_be_whole(self.parts.index.clone(), acknowledged).await.map(|_| ())
    }

    async fn confirm_time(&mut self, by: PersonId, reason: String) -> Result<KeepingReply, KeepingRefusal> {
        let now = (self.parts.clock)();
        let intent = self.intend(by, Act::ConfirmTime, must_go::time_text(now.utc), &reason).await?;
        let confirmed = self.state()?.time.clone().confirm(now, ConfirmedBy::Person);
        let passed_us = confirmed.map_or(0, |confirmed| micros(confirmed.passed));
        let event = BoxEvent::ClockConfirmed { by: Some(by), passed_us };
        Ok(KeepingReply::Done(self.conclude_at(now, intent, event, Late::Stays).await?))
    }

    /// What was done, and for how many recordings it came too late.
    fn done(&self, no: EventNo, concerns: impl Fn(RecordingId, &HeldFacts) -> bool) -> KeepingReply {
        let ordered = self.ordered.iter().filter(|(recording, of)| concerns(**recording, &of.facts));
        let mut late: BTreeSet<RecordingId> = ordered.map(|(recording, _)| *recording).collect();
        late.extend(self.begun_before(&concerns));
        match late.len().max(usize::from(!self.has_listed)) {
            0 => KeepingReply::Done(no),
            recordings => KeepingReply::TooLateFor { no, recordings },
        }
    }

    /// Takes back all orders that the recorder has not begun; each is looked at anew in the next round.
    fn withdraw(&mut self) {
        self.ordered.retain(|_, ordered| !ordered.permit.withdraw());
    }

    fn not_set_back(&self) -> Result<NotSetBack, KeepingRefusal> {
        let held_to = self.parts.held_to.borrow();
        held_to.not_set_back(&self.parts.settings.borrow()).map_err(|doubt| match doubt {
            Doubt::SetBack => KeepingRefusal::SetBack,
            Doubt::NotAsked => KeepingRefusal::WitnessNotAsked,
            Doubt::NoFolder => KeepingRefusal::NoWitnessFolder,
        })
    }

    /// Confirms the time where NTP keeps it, and looks at what has waited long enough.
    async fn look(&mut self) {
        // What the recorder, or a late write, told the log since.
        self.state = None;
        if self.ready().await.is_err() {
            return self.withdraw();
        }
        self.follow_time().await;
        self.tell_time();
        self.list_resumed().await;
        self.look_up_resumed().await;
        self.forget_orders();
        self.order_ranges().await;
        let may_erase = self.order_due().await;
        if !may_erase {
            self.withdraw();
        }
        self.judge_resumed(may_erase).await;
        self.set_alarm(Alarm::NotErased, !self.parts.unerased.all().is_empty());
        self.tell_unfounded().await;
    }

    /// Orders what has waited long enough, and looks again at what was ordered. False where nothing may be erased.
    async fn order_due(&mut self) -> bool {
        let (Ok(not_set_back), Some(time), Some(state)) = (self.not_set_back(), self.trusted(), &self.state) else {
            return false;
        };
        // What was ordered is looked at again as long as the recorder has not begun.
        let is_ordered = |recording: &RecordingId| self.ordered.contains_key(recording);
        let (mut due, mut new): (Vec<_>, Vec<_>) = state.erasures.due(time).partition(is_ordered);
        let (now, unerased) = ((self.parts.clock)(), &self.parts.unerased);
        new.retain(|recording| !unerased.rests(Grave::whole(*recording), now));
        // Those that failed before come last, and what the recorder is at already takes no place.
        new.sort_by_key(|recording| unerased.has(Grave::whole(*recording)));
        let waiting = self.ordered.values().filter(|ordered| !ordered.permit.is_taken()).count();
        due.extend(new.into_iter().take(ROUND_MAX.saturating_sub(waiting)));
        // It counts all events, so it is asked only where it matters.
        if (!due.is_empty() || !self.resumed.is_empty()) && self.must_be_whole().await.is_err() {
            return false;
        }
        for recording in due {
            if let Err(error) = self.look_at(recording, &not_set_back).await {
                self.take_back(recording);
                tracing::warn!(%error, %recording, "a recording that must go can't be looked at");
            }
        }
        true
    }

    /// An order is over when its recording is on no list any more and the recorder has not begun, when it is erased, or when a
    /// recorder that could not start dropped it.
    fn forget_orders(&mut self) {
        let Some(state) = &self.state else { return };
        let waiting: BTreeSet<_> = state.erasures.waiting().map(|(.., recording)| recording).collect();
        let unerased = &self.parts.unerased;
        self.ordered.retain(|recording, Ordered { permit, .. }| {
            !permit.is_lost()
                && !unerased.take_erased(Grave::whole(*recording))
                && (waiting.contains(recording) || !permit.withdraw())
        });
        let whole = waiting.iter().copied().map(Grave::whole);
        let ranges = state.ranges.iter().map(|(no, of)| of.grave(*no));
        // What the recorder is at in this life stays, whatever becomes of its file.
        let is_ordered = |grave: Grave| match grave.range {
            None => self.ordered.contains_key(&grave.recording),
            Some(no) => self.ordered_ranges.contains_key(&no),
        };
        let stands = |grave| is_ordered(grave) || has_begun(&self.parts.folder, grave);
        unerased.keep_only(&whole.chain(ranges).collect(), stands);
    }

    /// Raises an alarm that stands now and did not, or clears it. Each is one for all that is wrong so; the page names them.
    fn set_alarm(&mut self, alarm: Alarm, stands: bool) {
        let is_new = if stands { self.raised.insert(alarm.clone()) } else { self.raised.remove(&alarm) };
        if is_new {
            let event = if stands { BoxEvent::AlarmRaised { alarm } } else { BoxEvent::AlarmCleared { alarm } };
            self.parts.journal.append((self.parts.clock)(), event);
        }
    }

    /// Leaves without an event stay wrong through restarts, until two people have acknowledged them. The leaf sequence raises the
    /// alarm where it finds them; to raise it again says nothing new.
    async fn tell_unfounded(&mut self) {
        let Some(acknowledged) = self.state.as_ref().map(|state| state.acknowledged.clone()) else { return };
        if let Ok(lost) = overview::lost(self.parts.index.clone(), acknowledged).await {
            self.set_alarm(Alarm::LeavesUnfounded, !lost.unfounded.is_empty());
        }
    }

    async fn follow_time(&mut self) {
        let (was_synchronised, now) = ((self.parts.is_synchronised)(), (self.parts.clock)());
        let Some(state) = &mut self.state else { return };
        state.time.note(now);
        // Whoever sets the clock takes the kernel's word back: what was read between two such words was read of a clock that
        // nobody set meanwhile.
        if !was_synchronised || !(self.parts.is_synchronised)() {
            return;
        }
        if let Some(Confirmation { passed, .. }) = state.time.confirm(now, ConfirmedBy::Synchronised) {
            // What does not become durable is confirmed again after the next start.
            let event = BoxEvent::ClockConfirmed { by: None, passed_us: micros(passed) };
            let _ = self.tell_at(now, event, Late::Stays).await;
        }
    }

    /// Tells a moment that is trusted to who else goes by it. The same clock a round later is nothing new.
    fn tell_time(&self) {
        let now = (self.parts.clock)();
        let Some(time) = self.state.as_ref().and_then(|state| state.time.now(now)) else { return };
        let right = Stamp { utc: time.utc, ..now };
        let ahead_us = |stamp: Stamp| stamp.utc.as_us() - i64::try_from(stamp.time.as_us()).unwrap_or(i64::MAX);
        self.parts.right.send_if_modified(|told| {
            let is_new = told.is_none_or(|told| ahead_us(told).abs_diff(ahead_us(right)) > 1_000_000);
            *told = if is_new { Some(right) } else { *told };
            is_new
        });
    }

    /// The last look, and the order where it must go.
    async fn look_at(&mut self, recording: RecordingId, not_set_back: &NotSetBack) -> Result<(), FollowError> {
        let Some(until) = self.state.as_ref().map(|state| state.until) else { return Ok(()) };
        let index = self.parts.index.clone();
        let found = spawn_blocking(move || must_go::kept(&IndexReader::open_with(&index, until)?, recording)).await;
        let Some(kept) = found.map_err(|error| FollowError::Failed(error.to_string()))?? else { return Ok(()) };
        let (Some(time), Some(state)) = (self.trusted(), &self.state) else { return Ok(()) };
        if kept.is_erased() {
            return Ok(());
        }
        let settings = Arc::clone(&self.parts.settings.borrow());
        let (facts, standing) = (kept.held_facts(), kept.standing(&settings, Day::of(time.utc)));
        match state.erasures.last_look(Some(time), recording, &facts, standing) {
            Ok(_) if self.ordered.contains_key(&recording) => {}
            Ok(list) => {
                let rule = kept.rule(&settings, Day::of(time.utc));
                let index = self.parts.index.clone();
                let packages = spawn_blocking(move || must_go::packages(&IndexReader::open(&index)?, recording)).await;
                let packages = packages.map_err(|error| FollowError::Failed(error.to_string()))??;
                self.order(recording, &kept, list, (rule, packages), not_set_back);
            }
            Err(Stays::Held(hold)) => self.drop_from_list(recording, &kept, Some(hold)).await,
            Err(Stays::Kept) => self.drop_from_list(recording, &kept, None).await,
            Err(Stays::NotListed | Stays::Waits | Stays::TimeUnknown) => {
                self.take_back(recording);
            }
        }
        Ok(())
    }

    fn order(
        &mut self,
        recording: RecordingId,
        kept: &Kept,
        list: EventNo,
        (rule, packages): (String, Vec<String>),
        _: &NotSetBack,
    ) {
        let Some(chain_head) = must_go::chain_head(kept) else {
            return self.lacks_link(Grave::whole(recording), kept.cdr.call);
        };
        let Some((asked, granted)) = self.state.as_ref().and_then(|state| state.agreed_by.get(&list)) else { return };
        let tombstone = Tombstone {
            vault: self.parts.vault,
            recording,
            call: kept.cdr.call,
            chain_head,
            list,
            asked: *asked,
            granted: *granted,
            rule,
            range: None,
            packages,
            confirmed: [None, None],
        };
        if let Some(permit) = self.send(tombstone.into()) {
            self.ordered.insert(recording, Ordered { permit, facts: kept.held_facts() });
        }
    }

    /// Gives the recorder an order. False where there is no recorder.
    fn give(&self, order: Order) -> bool {
        let back = self.parts.recorder.lock().unwrap_or_else(PoisonError::into_inner);
        back.as_ref().is_some_and(|recorder| recorder.send(RecorderCommand::Erasing(order)).is_ok())
    }

    /// Gives the recorder what is to be erased; its permit, where there is a recorder.
    fn send(&self, wanted: Wanted) -> Option<Permit> {
        let permit = Permit::default();
        self.give(Order::Erase(Box::new(wanted), permit.clone())).then_some(permit)
    }

    fn lacks_link(&self, grave: Grave, call: CallId) {
        let (now, why) = ((self.parts.clock)(), NotErased::NoLink);
        if self.parts.unerased.note(grave, call, why, now) {
            let Grave { recording, range } = grave;
            self.parts.journal.append(now, BoxEvent::ErasureFailed { call, recording, range, why });
        }
    }

    /// Takes an order back, where there is one. False where the recorder has begun.
    fn take_back(&mut self, recording: RecordingId) -> bool {
        let is_ours = self.ordered.get(&recording).is_none_or(|ordered| ordered.permit.withdraw());
        if is_ours {
            self.ordered.remove(&recording);
        }
        is_ours
    }

    async fn drop_from_list(&mut self, recording: RecordingId, kept: &Kept, hold: Option<EventNo>) {
        if !self.take_back(recording) {
            return;
        }
        let event = BoxEvent::ErasureDropped { call: kept.cdr.call, recording, hold };
        // One that is not durable stays on its list, and is looked at again.
        let _ = self.tell(event, Late::Stays).await;
    }

    /// Makes the event of an act durable and reads what it changed; then what became of the act is said. An event that did
    /// not become durable in time may still do so, and nobody knows.
    async fn conclude(&mut self, intent: Intent, event: BoxEvent, late: Late) -> Result<EventNo, KeepingRefusal> {
        self.conclude_at((self.parts.clock)(), intent, event, late).await
    }

    async fn conclude_at(
        &mut self,
        now: Stamp,
        intent: Intent,
        event: BoxEvent,
        late: Late,
    ) -> Result<EventNo, KeepingRefusal> {
        let told = self.tell_at(now, event, late).await;
        intent.conclude(if told.is_ok() { Outcome::Done } else { Outcome::Unknown });
        told
    }

    async fn tell(&mut self, event: BoxEvent, late: Late) -> Result<EventNo, KeepingRefusal> {
        self.tell_at((self.parts.clock)(), event, late).await
    }

    async fn tell_at(&mut self, now: Stamp, event: BoxEvent, late: Late) -> Result<EventNo, KeepingRefusal> {
        let mut durable = self.parts.journal.append_durable(now, event);
        let told = timeout(DURABLE_WITHIN, &mut durable).await;
        let (journal, clock) = (self.parts.journal.clone(), Arc::clone(&self.parts.clock));
        self.state = None;
        match told {
            Ok(Ok(Ok(no))) => {
                // Where it can't be read it is durable all the same; what comes next waits until it can.
                let _ = self.ready().await;
                return Ok(no);
            }
            Ok(Ok(Err(refused))) => late.follow(refused.no, &journal, &clock),
            Ok(Err(_)) => {}
            Err(_) => drop(tokio::spawn(async move {
                let no = durable.await.ok().and_then(|durable| durable.map_or_else(|refused| refused.no, Some));
                late.follow(no, &journal, &clock);
            })),
        }
        Err(KeepingRefusal::NotAudited)
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

    /// An event of the box, as the log has it.
    async fn event(&self, no: EventNo) -> Result<BoxEvent, KeepingRefusal> {
        let index = self.parts.index.clone();
        let read = spawn_blocking(move || IndexReader::open(&index)?.event(no)).await;
        match read.ok().and_then(Result::ok).flatten().as_ref().and_then(Record::event) {
            Some(Event::Box(event)) => Ok(event.clone()),
            _ => Err(KeepingRefusal::NotReady),
        }
    }

    fn state(&self) -> Result<&State, KeepingRefusal> {
        self.state.as_ref().ok_or(KeepingRefusal::NotReady)
    }

    /// The trusted time.
    fn trusted(&self) -> Option<Trusted> {
        self.state.as_ref()?.time.now((self.parts.clock)())
    }

    /// Reads everything from the log, where that was not done yet.
    async fn ready(&mut self) -> Result<(), KeepingRefusal> {
        if self.state.is_some() {
            return Ok(());
        }
        // The index may be behind the log, and what it lacks may be a hold.
        let until = self.parts.journal.settle().await.map_err(|_| KeepingRefusal::NotReady)?;
        let index = self.parts.index.clone();
        match spawn_blocking(move || read(&index, until)).await {
            Ok(Ok(state)) => {
                self.state = Some(state);
                self.finish_undoing().await?;
                self.predates = self.predates.or(self.state.as_ref().map(|state| state.until));
                Ok(())
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "holds and lists can't be read yet");
                Err(KeepingRefusal::NotReady)
            }
            Err(_) => Err(KeepingRefusal::NotReady),
        }
    }
}

impl Keeping {
    /// Undoes what an earlier life was to undo, once in a life and before anything else: an act that makes erasing easier, whose
    /// event is durable and of which nobody was told that it was done.
    async fn finish_undoing(&mut self) -> Result<(), KeepingRefusal> {
        if self.has_finished_undoing {
            return Ok(());
        }
        let index = self.parts.index.clone();
        let folder = self.parts.folder.clone();
        let read = spawn_blocking(move || late::to_undo(&IndexReader::open(&index)?, &folder)).await;
        let Ok(Ok(undo)) = read else { return Err(KeepingRefusal::NotReady) };
        for event in undo {
            let durable = self.parts.journal.append_durable((self.parts.clock)(), event);
            match timeout(DURABLE_WITHIN, durable).await {
                Ok(Ok(Ok(_))) => self.state = None,
                // What is on its way is found the next time, and not told twice.
                _ => return Err(KeepingRefusal::NotReady),
            }
        }
        self.has_finished_undoing = true;
        if self.state.is_none() { Box::pin(self.ready()).await } else { Ok(()) }
    }
}

/// The state as the log has it, until this event at least.
fn read(index: &std::path::Path, until: EventNo) -> Result<State, FollowError> {
    let reader = IndexReader::open_with(index, until)?;
    let mut state = State { until, ..State::default() };
    reader.keeping()?.iter().try_for_each(|record| state.note(record, &reader))?;
    Ok(state)
}

/// How many holds stand, as the index has it; one that can't be read counts as one.
///
/// # Errors
/// While the index can't be read.
pub fn holds_that_stand(index: &std::path::Path) -> Result<usize, FollowError> {
    let state = read(index, EventNo(0))?;
    let is_unread = IndexReader::open(index)?.has_unread_holds()?;
    Ok(state.erasures.holds().count() + usize::from(is_unread))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
