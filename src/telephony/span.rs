//! One ISDN span as call control sees it: calls of its machine, with channels as lanes.

use std::collections::BTreeMap;

use call::{AnswerEvidence, Input, Line, Number, ReleasedBy, ServiceRefusal, Shown, TrunkRequest};
use frame::{LaneId, LegId, SpanId, Time, Timeslot};
use isdn::{
    Adopted, CallEntry, CallHandle, CallProgress, Cause, ConnectedParty, Event, IncomingSetup, Origin, Request,
    SetupRefused, SetupRequest, suppl::Completion,
};
use settings::{Settings, TrunkGroup};

use super::{
    machines::Machine,
    parties::{Caller, Parties},
    services,
};

/// A span that carries ISDN.
pub(super) struct IsdnSpan {
    pub(super) id: SpanId,
    /// The trunk group that it belongs to.
    pub(super) group: String,
    parties: Parties,
    /// The channel of each call, as call control was told.
    channels: BTreeMap<CallHandle, Timeslot>,
}

impl IsdnSpan {
    pub(super) fn new(id: SpanId, group: &TrunkGroup, settings: &Settings) -> IsdnSpan {
        let parties = Parties::of(group, settings);
        IsdnSpan { id, group: group.name.clone(), parties, channels: BTreeMap::new() }
    }

    /// Takes changed settings of the group.
    pub(super) fn apply(&mut self, group: &TrunkGroup, settings: &Settings) {
        self.group.clone_from(&group.name);
        self.parties = Parties::of(group, settings);
    }

    fn line(&self, call: CallHandle) -> Line {
        Line::Isdn { span: self.id, call }
    }

    fn lane(&self, timeslot: Timeslot) -> LaneId {
        LaneId::new(self.id, timeslot)
    }

    /// Starts a call; what call control is to be told of it.
    pub(super) fn start(
        &mut self,
        machine: &mut Machine<'_>,
        now: Time,
        leg: LegId,
        number: &Number,
        calling: &Shown,
        completes: Option<u64>,
    ) -> Input {
        let Ok(setup) = self.parties.setup(number, calling, leg.as_u64()) else {
            return Input::Refused { leg, cause: Cause::InvalidNumberFormat };
        };
        let setup = SetupRequest { completes, ..setup };
        match machine.setup(now, setup) {
            Ok(call) => {
                let timeslot = machine.timeslot(call).unwrap_or_default();
                self.channels.insert(call, timeslot);
                Input::Started { leg, line: self.line(call), lane: self.lane(timeslot) }
            }
            Err(refused) => Input::Refused { leg, cause: cause_of(refused) },
        }
    }

    /// Asks the network to tell when a party can be reached, whom a call to `number` could not.
    pub(super) fn ask_completion(
        &mut self,
        machine: &mut Machine<'_>,
        now: Time,
        no: u64,
        (number, calling): (&Number, &Shown),
        completion: Completion,
    ) -> Option<Input> {
        match self.parties.setup(number, calling, no) {
            Ok(setup) => {
                machine.request(now, Request::AskCompletion { tag: no, completion, setup: Box::new(setup) });
                None
            }
            Err(_) => Some(Input::completion_refused(no, ServiceRefusal::NotNow)),
        }
    }

    /// Takes calls over from the last life: the legs of those that are active, with their lanes. All others are released, and
    /// so is a call on hold without a channel: there is no lane to go on with.
    pub(super) fn adopt(
        &mut self,
        machine: &mut Machine<'_>,
        now: Time,
        entries: &[CallEntry],
    ) -> Vec<(LegId, CallHandle, LaneId)> {
        let adopted = machine.adopt(now, entries);
        let mut legs = Vec::new();
        for Adopted { call, entry } in adopted.into_iter().filter(|adopted| adopted.entry.is_active()) {
            match machine.timeslot(call) {
                Some(timeslot) => legs.push((LegId::from_u64(entry.tag), call, self.lane(timeslot))),
                None => refuse(machine, now, call, Cause::TemporaryFailure),
            }
        }
        self.channels.extend(legs.iter().map(|(_, call, lane)| (*call, lane.timeslot)));
        legs
    }

    /// Gives a request of call control to a call.
    pub(super) fn request(&mut self, machine: &mut Machine<'_>, now: Time, call: CallHandle, request: TrunkRequest) {
        let request = match request {
            TrunkRequest::Proceeding => Request::Proceeding { call },
            TrunkRequest::Alerting => Request::Alerting { call, audible: false },
            TrunkRequest::Answer(who) => Request::Connect { call, party: Box::new(self.parties.answering(&who)) },
            TrunkRequest::AnswerTransfer(accepted) => Request::AnswerTransfer { call, accepted },
            TrunkRequest::OfferCompletion => Request::OfferCompletion { call },
            TrunkRequest::KeepCaller => Request::IdentifyMaliciousCall { call },
            TrunkRequest::Clear(cause) => Request::Clear { call, cause, audible: false },
            // Control asks for it on outside lines only: no D-channel has a hook.
            TrunkRequest::Flash => return,
        };
        machine.request(now, request);
    }

    /// What an event of the span means to call control: nothing, one thing, or a new channel or who answered, and then
    /// the thing.
    pub(super) fn meaning(
        &mut self,
        machine: &mut Machine<'_>,
        now: Time,
        event: Event,
    ) -> impl Iterator<Item = Input> + use<> {
        let (told, keyed) = (self.told(&event), self.keyed(&event));
        let (moved, meant) = match event {
            // Data and video calls have no place in a box of voices.
            Event::Incoming { call, setup } if !setup.bearer.is_audio() => {
                refuse(machine, now, call, Cause::BearerNotImplemented);
                (None, None)
            }
            Event::Incoming { call, setup } => (None, Some(self.incoming(call, &setup))),
            Event::TransferAsked { call, to } => {
                (None, Some(Input::TransferAsked { line: self.line(call), to: self.line(to) }))
            }
            Event::Transferred { call, .. } => (None, Some(Input::HandedOver { line: self.line(call) })),
            Event::TransferRefused { call, .. } => (None, Some(Input::HandOverRefused { line: self.line(call) })),
            Event::SetupAcknowledged(at) | Event::Proceeding(at) => (self.moved(at), self.audible(at)),
            Event::Progress { progress, .. } => (self.moved(progress), self.audible(progress)),
            Event::Alerting(at) => {
                let line = self.line(at.call);
                (self.moved(at), Some(Input::Alerting { line, inband: at.audible }))
            }
            Event::Connected { call, timeslot, .. } => {
                let at = CallProgress { call, timeslot: Some(timeslot), audible: false };
                let line = self.line(call);
                (self.moved(at), Some(Input::Answered { line, evidence: AnswerEvidence::Signalled }))
            }
            Event::Released { call, cause, by } => {
                self.channels.remove(&call);
                (None, Some(Input::Released { line: self.line(call), cause, by: released_by(by) }))
            }
            Event::CompletionAnswered { tag: no, refused, retained } => {
                let refused = refused.map(services::refusal);
                (None, Some(Input::CompletionAnswered { no, refused, retained }))
            }
            Event::CompletionPossible { tag: no } => (None, Some(Input::CompletionPossible { no })),
            Event::CompletionOver { whose } => (None, Some(Input::CompletionOver { span: self.id, whose })),
            Event::CompletionAsked { asked, completion, called, retained, .. } => {
                let (span, group) = (self.id, self.group.clone());
                let called = called.digits.as_str().parse().ok();
                (None, Some(Input::CompletionAsked { span, asked, group, called, completion, retained }))
            }
            Event::CompletionSuspended { asked, suspended } => {
                (None, Some(Input::CompletionSuspended { span: self.id, asked, suspended }))
            }
            // With `keep_tones` off the span answers a DISCONNECT by itself; its end is told as released.
            Event::Disconnected { .. }
            | Event::LinkUp
            | Event::LinkDown
            | Event::LinkFault(_)
            | Event::Channel { .. }
            | Event::MoreDigits { .. }
            | Event::Notified { .. }
            // The box holds its own calls by itself, and its spans let nobody else do so.
            | Event::Held { .. }
            | Event::HoldRefused { .. }
            | Event::HeldByFarEnd { .. }
            | Event::Retrieved { .. }
            | Event::RetrieveRefused { .. }
            // What services say, and keys, are told above; a Facility that is no service is the far end's own.
            | Event::Information { .. }
            | Event::Facility { .. }
            | Event::Diverted { .. }
            | Event::PartyName { .. }
            | Event::OtherParty { .. }
            | Event::Charge { .. }
            | Event::MaliciousCallKept { .. }
            | Event::MaliciousCall { .. }
            | Event::MessagesWaiting(_)
            | Event::MessagesTold { .. }
            | Event::CompletionOffered { .. }
            | Event::UserUser { .. } => (None, None),
        };
        moved.into_iter().chain(told).chain(meant).chain(keyed)
    }

    /// Keypad digits of the far end's user in a call are keys as those in the audio are: a menu takes either.
    fn keyed(&self, event: &Event) -> Vec<Input> {
        let Event::Information { call, keypad: Some(digits), .. } = event else { return Vec::new() };
        let Some(timeslot) = self.channels.get(call) else { return Vec::new() };
        let lane = self.lane(*timeslot);
        let keys = digits.as_str().chars().filter(|key| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D'));
        keys.map(|digit| Input::Digit { lane, digit }).collect()
    }

    fn incoming(&mut self, call: CallHandle, setup: &IncomingSetup) -> Input {
        self.channels.insert(call, setup.timeslot);
        let Caller { called, calling, private, told } = self.parties.caller(setup);
        Input::Incoming {
            line: self.line(call),
            lane: self.lane(setup.timeslot),
            port: None,
            group: self.group.clone(),
            called,
            calling,
            private,
            told: Box::new(told),
        }
    }

    /// What the network tells beside how far the call has come.
    fn told(&self, event: &Event) -> Option<Input> {
        if let Some((call, told)) = services::told(&self.parties, event) {
            return Some(Input::LegTold { line: self.line(call), told: Box::new(told) });
        }
        let Event::Connected { call, party, .. } = event else { return None };
        let told = Box::new(self.parties.answered(party));
        (**party != ConnectedParty::default()).then(|| Input::AnswerTold { line: self.line(*call), told })
    }

    /// The far end gave the call another channel than was thought.
    fn moved(&mut self, at: CallProgress) -> Option<Input> {
        let timeslot = at.timeslot?;
        let before = self.channels.insert(at.call, timeslot);
        (before != Some(timeslot)).then(|| Input::Moved { line: self.line(at.call), lane: self.lane(timeslot) })
    }

    /// The line carries a tone or an announcement before anybody answers.
    fn audible(&self, at: CallProgress) -> Option<Input> {
        at.audible.then(|| Input::Audible { line: self.line(at.call) })
    }
}

fn refuse(machine: &mut Machine<'_>, now: Time, call: CallHandle, cause: Cause) {
    machine.request(now, Request::Clear { call, cause, audible: false });
}

fn cause_of(refused: SetupRefused) -> Cause {
    match refused {
        SetupRefused::NoChannel => Cause::NoChannelAvailable,
        SetupRefused::LinkDown => Cause::NetworkOutOfOrder,
        SetupRefused::Full => Cause::SwitchingCongestion,
    }
}

fn released_by(origin: Origin) -> ReleasedBy {
    match origin {
        Origin::Far => ReleasedBy::Far,
        Origin::Near => ReleasedBy::Box,
        Origin::Timer(_) | Origin::Link | Origin::Restart | Origin::Protocol | Origin::Adoption => ReleasedBy::Line,
    }
}
