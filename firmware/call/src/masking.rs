//! What of a call nobody else hears or keeps: a number that a party keys in secret, and a pause of the recording.
//!
//! Source: design/media.md, "Blackout of card digits"; design/vault.md, "Pause"; PCI DSS 4.0.1, 3.3.1. A secret number is
//! asked for at a telephone of the talk by a code, by a person at a page, or by a step of a flow whose digits are not
//! public; a pause in the same ways, or by a step of a flow of its own. Either ends when it is asked for again, by the caller's end key, by
//! time, or with its party, and goes with that one through a transfer; and then not before [`QUIET`] has passed without a
//! key, since who keys a number may key one digit too many. What is keyed meanwhile is counted and not looked at.
//! Not here: how digits are cut from the audio (the media thread), what the recorder writes for it.

use std::{collections::BTreeMap, time::Duration};

use frame::{CallId, LaneFlags, LaneId, LegId, PersonId, PortId, Time};
use serde::{Deserialize, Serialize};

use crate::{
    CallEvent, KeptMask,
    control::Control,
    leg::Leg,
    message::{Output, Record},
};

/// How long nobody keys before the keys are heard again: the next digit of a number comes sooner (design/vault.md).
const QUIET: Duration = Duration::from_secs(2);

/// How long keys can put off the end that was asked for: 180 s (design/vault.md, "Pause").
const PUT_OFF: Duration = Duration::from_secs(180);

/// What who keyed the code hears.
const SECRET: &str = "keys_hidden";
const HEARD: &str = "keys_heard";
const PAUSED: &str = "recording_paused";
const RECORDED: &str = "recording_resumed";

/// What is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Masking {
    /// What one party keys is neither heard by the other nor recorded.
    SecretInput,
    /// Nothing of the call is recorded.
    Pause,
}

/// Who wanted it masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskedBy {
    /// Whoever is at a telephone of the call.
    Station {
        /// Its extension.
        extension: String,
    },
    /// A person at a page.
    Person(PersonId),
    /// Somebody at the box's own command line.
    Console {
        /// Whom the system takes them for.
        uid: u32,
    },
    /// A step of a flow.
    Flow {
        /// Which.
        step: String,
    },
}

/// Why it is masked no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskingEnd {
    /// It was asked for.
    Asked,
    /// The party pressed the end key.
    EndKey,
    /// The flow has its digits, or went on without them.
    StepOver,
    /// It has lasted as long as it may.
    TimedOut,
    /// The party has gone, or is in another call now.
    PartyGone,
}

/// Why nothing is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotMasked {
    /// There is no such call any more.
    NoSuchCall,
    /// Nobody talks in it, or a fax machine.
    NotTalking,
    /// The settings do not let this telephone.
    NotAllowed,
}

/// What is masked of one call: each of the two at most once.
#[derive(Debug, Default)]
pub(crate) struct Masks(BTreeMap<Masking, Mask>);

/// One thing that is masked.
#[derive(Debug)]
struct Mask {
    /// Who keys in secret; a pause is everybody's.
    leg: Option<LegId>,
    by: MaskedBy,
    /// When it ends by itself. A flow's has an end of its own.
    until: Option<Time>,
    /// When the last key was pressed.
    keyed: Option<Time>,
    digits: u32,
    /// Why it is to end, and since when.
    ends: Option<(MaskingEnd, Time)>,
}

impl Mask {
    /// When it ends, and why, if nothing more is keyed.
    fn due(&self) -> Option<(Time, MaskingEnd)> {
        let (at, why) = self.ends.map(|(why, at)| (at, why)).or(self.until.map(|at| (at, MaskingEnd::TimedOut)))?;
        let quiet = self.keyed.map_or(at, |keyed| at.max(keyed + QUIET));
        Some((quiet.min(at + PUT_OFF), why))
    }
}

impl Masks {
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.0.values().filter_map(Mask::due).map(|(at, _)| at).min()
    }

    /// Whether nothing of the call is recorded now.
    pub(crate) fn is_pause(&self) -> bool {
        self.0.contains_key(&Masking::Pause)
    }

    /// What is masked now.
    pub(crate) fn now(&self) -> impl Iterator<Item = Masking> + '_ {
        self.0.iter().filter(|(_, mask)| mask.ends.is_none()).map(|(what, _)| *what)
    }

    /// The step whose digits a flow takes in secret.
    fn flow_step(&self) -> Option<&str> {
        match self.0.get(&Masking::SecretInput)? {
            Mask { by: MaskedBy::Flow { step }, ends: None, .. } => Some(step),
            _ => None,
        }
    }

    /// Whether `leg` keys a number in secret that no flow takes.
    fn hides_keys_of(&self, leg: LegId) -> bool {
        self.0
            .get(&Masking::SecretInput)
            .is_some_and(|mask| mask.leg == Some(leg) && !matches!(mask.by, MaskedBy::Flow { .. }))
    }

    /// What the next life of the box has to go on masking.
    pub(crate) fn kept(&self) -> Vec<KeptMask> {
        let kept = |(what, mask): (&Masking, &Mask)| {
            let (leg, by, until) = (mask.leg, mask.by.clone(), mask.due().map(|(at, _)| at));
            KeptMask { what: *what, leg, by, until }
        };
        self.0.iter().map(kept).collect()
    }
}

impl Control {
    /// Whether a person may have something of a call masked: somebody must be talking to somebody who can key, or be on
    /// hold, where a voice is recorded all the same. What is masked already may end whatever else has become of the call.
    ///
    /// # Errors
    /// Why not.
    pub fn may_mask(&self, call: CallId, what: Masking) -> Result<(), NotMasked> {
        let call = self.calls.get(&call).ok_or(NotMasked::NoSuchCall)?;
        if self.is_masked(call.id, what) {
            return Ok(());
        }
        let parties = call.phase.parties();
        let is_fax = |leg: &LegId| {
            self.legs.get(leg).and_then(Leg::station).is_some_and(|port| call.plan.masking.faxes.contains(&port))
        };
        let fax = what == Masking::SecretInput && parties.iter().any(is_fax);
        if fax || parties.is_empty() { Err(NotMasked::NotTalking) } else { Ok(()) }
    }

    /// The call in which a telephone may have something masked: its own.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_mask_at(&self, port: PortId, what: Masking) -> Result<CallId, NotMasked> {
        let leg = self.leg_of(crate::Line::Port(port)).and_then(|leg| self.legs.get(&leg));
        let call = leg.and_then(|leg| self.calls.get(&leg.call)).ok_or(NotMasked::NoSuchCall)?;
        if !call.plan.masking.may(what, port) {
            return Err(NotMasked::NotAllowed);
        }
        self.may_mask(call.id, what).map(|()| call.id)
    }

    /// A person wants something of a call masked, or no more.
    pub(crate) fn mask(&mut self, id: CallId, what: Masking, on: bool, by: MaskedBy) {
        if !on {
            return self.end_mask_for(id, what, by);
        }
        if self.may_mask(id, what).is_ok() && !self.is_masked(id, what) {
            let leg = self.who_keys(id);
            self.begin_mask(id, what, leg, by);
        }
    }

    /// A code was keyed at a telephone in a talk: it begins what it names, or ends it.
    pub(crate) fn mask_by_code(&mut self, id: CallId, what: Masking, leg: LegId, extension: String) {
        let Some(port) = self.legs.get(&leg).and_then(|leg| leg.station()) else { return };
        if self.may_mask_at(port, what).is_err() {
            return;
        }
        let goes_on = self.is_masked(id, what);
        let said = match (what, goes_on) {
            (Masking::SecretInput, false) => SECRET,
            (Masking::SecretInput, true) => HEARD,
            (Masking::Pause, false) => PAUSED,
            (Masking::Pause, true) => RECORDED,
        };
        if goes_on {
            self.end_mask_for(id, what, MaskedBy::Station { extension });
        } else {
            let other = self.talks_to(id, leg);
            self.begin_mask(id, what, other, MaskedBy::Station { extension });
        }
        self.say_in_talk(id, leg, said);
    }

    fn is_masked(&self, id: CallId, what: Masking) -> bool {
        self.calls.get(&id).is_some_and(|call| call.masks.now().any(|masked| masked == what))
    }

    /// Who keys a number in secret where somebody at the telephone of `leg` wants it.
    fn talks_to(&self, id: CallId, leg: LegId) -> Option<LegId> {
        let others = self.calls.get(&id)?.phase.parties().into_iter().filter(|party| *party != leg);
        self.outside_first(others.collect())
    }

    /// Who keys a number in secret where a person at a page wants it.
    fn who_keys(&self, id: CallId) -> Option<LegId> {
        self.outside_first(self.calls.get(&id)?.phase.parties())
    }

    /// Who is outside; of two such, and where nobody is, who was there first.
    fn outside_first(&self, parties: Vec<LegId>) -> Option<LegId> {
        let outside = |leg: &&LegId| self.legs.get(leg).is_some_and(|leg| leg.is_trunk());
        parties.iter().find(outside).or(parties.first()).copied()
    }

    /// Masks something from the next tick on. `leg` is who keys in secret.
    fn begin_mask(&mut self, id: CallId, what: Masking, leg: Option<LegId>, by: MaskedBy) {
        let Some(call) = self.calls.get(&id) else { return };
        // What a flow asks ends with the answer; a pause that nobody ends would leave out the rest of the call.
        let asks = call.run.as_ref().is_some_and(|run| what == Masking::SecretInput || run.asks_consent());
        let flow = matches!(by, MaskedBy::Flow { .. }) && asks;
        let until = (!flow).then(|| self.now + Duration::from_secs(call.plan.masking.rules.longest_s.into()));
        self.mask_until(id, what, leg, by, until);
    }

    fn mask_until(&mut self, id: CallId, what: Masking, leg: Option<LegId>, by: MaskedBy, until: Option<Time>) {
        // Of one that was about to end, the next one takes the place without a gap.
        let before = self.calls.get_mut(&id).and_then(|call| call.masks.0.remove(&what));
        if let Some(Mask { leg: masked, digits, ends, .. }) = before {
            if masked != leg {
                self.show(id, what, masked);
            }
            let why = ends.map_or(MaskingEnd::StepOver, |(why, _)| why);
            self.tell_mask_end(id, what, masked, digits, why);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let leg = leg.filter(|_| what == Masking::SecretInput);
        call.masks.0.insert(what, Mask { leg, by: by.clone(), until, keyed: None, digits: 0, ends: None });
        leg.into_iter().for_each(|leg| call.keyed.forget(leg));
        self.tell(CallEvent::MaskingBegan { call: id, what, leg, by });
        self.hide(id, what, leg);
    }

    /// Somebody wants something masked no more.
    fn end_mask_for(&mut self, call: CallId, what: Masking, by: MaskedBy) {
        if self.is_masked(call, what) {
            self.tell(CallEvent::MaskingEndAsked { call, what, by });
            self.end_mask(call, what, MaskingEnd::Asked);
        }
    }

    /// Something is not to be masked any more, as soon as nobody keys.
    fn end_mask(&mut self, id: CallId, what: Masking, why: MaskingEnd) {
        let now = self.now;
        if let Some(mask) = self.calls.get_mut(&id).and_then(|call| call.masks.0.get_mut(&what)) {
            mask.ends.get_or_insert((why, now));
        }
        self.end_due_masks(id);
    }

    /// Ends what is due.
    pub(crate) fn end_due_masks(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let now = self.now;
        let due = call.masks.0.extract_if(.., |_, mask| mask.due().is_some_and(|(at, _)| at <= now));
        for (what, mask) in due.collect::<Vec<_>>() {
            let why = mask.due().map_or(MaskingEnd::TimedOut, |(_, why)| why);
            self.show(id, what, mask.leg);
            self.tell_mask_end(id, what, mask.leg, mask.digits, why);
        }
    }

    fn tell_mask_end(&mut self, call: CallId, what: Masking, leg: Option<LegId>, digits: u32, why: MaskingEnd) {
        self.mark_secret(call, leg, false);
        self.tell(CallEvent::MaskingEnded { call, what, digits, why });
    }

    /// A key of a party. True where it is of a secret number, and so none that anybody may look at.
    pub(crate) fn masks_key(&mut self, id: CallId, leg: LegId, key: char) -> bool {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else { return false };
        for mask in call.masks.0.values_mut().filter(|mask| mask.leg.is_none_or(|keys| keys == leg)) {
            mask.keyed = Some(now);
            mask.digits += u32::from(key.is_ascii_digit());
        }
        let hides = call.masks.hides_keys_of(leg);
        if hides && key == call.plan.masking.rules.end_key.as_char() {
            self.end_mask(id, Masking::SecretInput, MaskingEnd::EndKey);
        }
        hides
    }

    /// Follows a flow: while it takes digits that are not public, they are a secret; and while it says so, or asks whether the
    /// call may be recorded, nothing is.
    pub(crate) fn mask_as_flow_says(&mut self, id: CallId) {
        self.pause_as_flow_says(id);
        let Some(call) = self.calls.get(&id) else { return };
        let taken = call.run.as_ref().filter(|run| run.takes_secret()).map(|run| run.step());
        let (caller, masked) = (call.caller, call.masks.flow_step());
        match taken {
            Some(step) if Some(step) != masked => {
                let by = MaskedBy::Flow { step: step.to_owned() };
                self.begin_mask(id, Masking::SecretInput, Some(caller), by);
            }
            None if masked.is_some() => self.end_mask(id, Masking::SecretInput, MaskingEnd::StepOver),
            Some(_) | None => (),
        }
    }

    pub(crate) fn pause_as_flow_says(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let pauses = call.run.as_ref().and_then(|run| run.pauses()).map(str::to_owned);
        let before = std::mem::replace(&mut call.flow_pauses, pauses.clone());
        match pauses {
            Some(step) if before.as_deref() != Some(&step) => {
                self.begin_mask(id, Masking::Pause, None, MaskedBy::Flow { step });
            }
            None if before.is_some() => self.end_mask(id, Masking::Pause, MaskingEnd::StepOver),
            Some(_) | None => (),
        }
    }

    /// The key by which a caller agrees is no digit of a number of which more could come: what is said next is kept.
    pub(crate) fn forget_keys_of_pause(&mut self, id: CallId) {
        if let Some(mask) = self.calls.get_mut(&id).and_then(|call| call.masks.0.get_mut(&Masking::Pause)) {
            mask.keyed = None;
        }
    }

    /// A party moves from one call into another, as a leg of its own there: what is masked goes with it. A pause is of everybody
    /// who talked, and so of all who talk now.
    pub(crate) fn masks_follow(&mut self, masks: Vec<KeptMask>, was: LegId, id: CallId, leg: LegId) {
        let follows = |mask: KeptMask| match mask.leg {
            None => Some(mask),
            Some(keys) => (keys == was).then_some(KeptMask { leg: Some(leg), ..mask }),
        };
        self.mask_on(id, &masks.into_iter().filter_map(follows).collect::<Vec<_>>());
    }

    /// What is masked of a call.
    pub(crate) fn masks_of(&self, id: CallId) -> Vec<KeptMask> {
        self.calls.get(&id).map(|call| call.masks.kept()).unwrap_or_default()
    }

    /// A leg leaves its call, with its lane or without: nothing of it is masked any more. To be told while the leg is there.
    pub(crate) fn unmask_leg(&mut self, id: CallId, leg: LegId) {
        let last = self.legs.values().filter(|leg| leg.call == id).count() <= 1;
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.masks.0.contains_key(&Masking::Pause)
            && let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane)
        {
            self.put(Output::Flag { lane, flags: LaneFlags::PAUSED, on: false });
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let gone = call.masks.0.extract_if(.., |_, mask| last || mask.leg == Some(leg));
        for (what, mask) in gone.collect::<Vec<_>>() {
            let why = mask.ends.map_or(MaskingEnd::PartyGone, |(why, _)| why);
            self.show(id, what, mask.leg);
            self.tell_mask_end(id, what, mask.leg, mask.digits, why);
        }
    }

    /// A leg is recorded from now on, in a call whose recording may pause.
    pub(crate) fn pause_leg(&mut self, id: CallId, lane: LaneId) {
        if self.calls.get(&id).is_some_and(|call| call.masks.0.contains_key(&Masking::Pause)) {
            self.put(Output::Flag { lane, flags: LaneFlags::PAUSED, on: true });
        }
    }

    /// Goes on masking what the last life of the box did. A flow begins anew; what is keyed before its caller is quiet is
    /// the rest of the last number.
    pub(crate) fn mask_on(&mut self, id: CallId, kept: &[KeptMask]) {
        for KeptMask { what, leg, by, until } in kept {
            if leg.is_none_or(|leg| self.legs.contains_key(&leg)) && !self.is_masked(id, *what) {
                let until = until.unwrap_or(self.now + QUIET);
                self.mask_until(id, *what, *leg, by.clone(), Some(until));
            }
        }
    }

    fn hide(&mut self, id: CallId, what: Masking, leg: Option<LegId>) {
        match what {
            Masking::SecretInput => {
                let Some(lane) = leg.and_then(|leg| self.legs.get(&leg)).map(|leg| leg.lane) else { return };
                // A telephone that was called has had no tone to be listened to for.
                self.put(Output::Listen { lane, on: true });
                self.put(Output::Blackout { lane, on: true });
                self.mark_secret(id, leg, true);
            }
            Masking::Pause => {
                self.flag_all(id, true);
                self.follow_supervision(id);
            }
        }
    }

    fn show(&mut self, id: CallId, what: Masking, leg: Option<LegId>) {
        match what {
            Masking::SecretInput => {
                let lane = leg.and_then(|leg| self.legs.get(&leg)).map(|leg| leg.lane);
                lane.into_iter().for_each(|lane| self.put(Output::Blackout { lane, on: false }));
            }
            Masking::Pause => {
                self.flag_all(id, false);
                self.follow_supervision(id);
            }
        }
    }

    fn flag_all(&mut self, id: CallId, on: bool) {
        // The line of a telephone that consults is in another call, whose pause is its own.
        let has_line = |leg: &&Leg| leg.line.is_some_and(|line| self.leg_of(line) == Some(leg.id));
        let of_call = self.legs.values().filter(|leg| leg.call == id).filter(has_line);
        for lane in of_call.map(|leg| leg.lane).collect::<Vec<_>>() {
            self.put(Output::Flag { lane, flags: LaneFlags::PAUSED, on });
        }
    }

    /// The map of the recording says where a number was keyed; a pause stands there by itself.
    fn mark_secret(&mut self, id: CallId, leg: Option<LegId>, began: bool) {
        let recording = self.calls.get(&id).and_then(|call| call.recording);
        if let (Some(recording), Some(leg)) = (recording, leg) {
            self.put(Output::Record(Record::SecretInput { recording, leg, began }));
        }
    }
}
