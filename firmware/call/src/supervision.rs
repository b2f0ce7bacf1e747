//! A supervisor who hears an agent's talk: silently, whispering into the agent's ear, or talking with all.
//!
//! The supervisor's telephone has a call of its own; it begins by a code and a PIN keyed there (`pin`), or by a person at a
//! page, who is rung. What the supervisor hears, and by whom the supervisor is heard, is a part in the conference of the
//! talk (`dsp::conference`). It is the agent's talk in the call, so it is over when the agent leaves the call, whoever
//! talks on. While the agent holds the other party the supervisor hears the same music; while the recording pauses,
//! nothing, since what is left out of it is meant for nobody. Who whispers or barges in is recorded with the call, as what
//! that voice said; who only listens says nothing to anybody, and is not. Only talks of queues whose settings let them be
//! heard are, and only by one supervisor at a time.
//! Not here: who may (`access`), and whether a PIN fits (the shell).

use std::time::Duration;

use acd::TelephoneState;
use frame::{CallId, LegId, PersonId, PortId};
use isdn::Cause;
use serde::{Deserialize, Serialize};

use crate::{
    CallClass, CallEvent, Direction, Endpoint, Part, Side,
    control::{Call, Control, NewLeg, Phase},
    leg::{Leg, LegState},
    message::{Heard, Line, Output, Record, Shown, StationRequest},
};

/// How long the telephone of a supervisor rings who asked for it at a page: whoever asked is there.
const RINGS: Duration = Duration::from_secs(30);

/// What the supervisor hears, and then does.
const LISTENS: &str = "you_listen";
const WHISPERS: &str = "you_whisper";
const BARGES_IN: &str = "you_barge_in";

/// What the parties hear where the queue's settings want them to.
const ANNOUNCED: &str = "supervisor_joins";

/// What a supervisor does in a talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisorMode {
    /// Hears all, and is heard by nobody.
    #[default]
    Listens,
    /// Hears all, and is heard by the agent alone.
    Whispers,
    /// Talks with all.
    BargesIn,
}

impl SupervisorMode {
    /// What a key of the supervisor's telephone means.
    const fn of_key(key: char) -> Option<SupervisorMode> {
        match key {
            '1' => Some(SupervisorMode::Listens),
            '2' => Some(SupervisorMode::Whispers),
            '3' => Some(SupervisorMode::BargesIn),
            _ => None,
        }
    }

    const fn part(self) -> Part {
        match self {
            SupervisorMode::Listens => Part::Listens,
            SupervisorMode::Whispers => Part::Coaches,
            SupervisorMode::BargesIn => Part::Speaks,
        }
    }

    const fn prompt(self) -> &'static str {
        match self {
            SupervisorMode::Listens => LISTENS,
            SupervisorMode::Whispers => WHISPERS,
            SupervisorMode::BargesIn => BARGES_IN,
        }
    }
}

/// Why a supervisor hears a talk no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionEnd {
    /// The supervisor hung up.
    HungUp,
    /// It was ended at a page.
    Asked,
    /// The agent has left the call.
    AgentGone,
    /// The call is over.
    CallOver,
    /// The box was restarted.
    Restarted,
}

/// Why a supervisor does not hear a talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSupervised {
    /// There is no such call any more, or the supervisor is not in it.
    NoSuchCall,
    /// No agent talks there.
    NotTalking,
    /// The settings of the queue do not let its talks be heard, or it is of no queue.
    NotAllowed,
    /// Another supervisor hears it.
    Taken,
    /// The settings name no telephone of this supervisor.
    NoTelephone,
    /// The supervisor's telephone is in use.
    TelephoneBusy,
    /// The person is no supervisor, or has no PIN.
    NotPermitted,
    /// The PIN was wrong three times.
    WrongPin,
    /// The PIN was wrong too often of late.
    PinLocked,
    /// What was about to be done could not be written into the audit.
    NotAudited,
}

/// Who hears whose talk, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) of: CallId,
    pub(crate) agent: LegId,
    pub(crate) person: PersonId,
    pub(crate) mode: SupervisorMode,
}

/// A supervisor in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Supervision {
    /// The supervisor's own call, and the leg of it.
    by: CallId,
    leg: LegId,
    agent: LegId,
    pub(crate) person: PersonId,
    pub(crate) mode: SupervisorMode,
    hears: Hears,
}

/// What the supervisor hears now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hears {
    /// What the box says.
    Prompt,
    /// The talk, as this part of it.
    Talk(Part),
    /// What the party hears whom the agent holds.
    Music,
    Nothing,
}

impl Hears {
    const fn part(self) -> Option<Part> {
        match self {
            Hears::Talk(part) => Some(part),
            Hears::Prompt | Hears::Music | Hears::Nothing => None,
        }
    }

    /// Whether somebody hears the supervisor.
    const fn is_heard(self) -> bool {
        matches!(self, Hears::Talk(Part::Coaches | Part::Speaks))
    }
}

/// Who may, and how it begins.
impl Control {
    /// The agent of a talk that may be heard by a supervisor.
    ///
    /// # Errors
    /// Why it may not.
    pub(crate) fn may_be_supervised(&self, id: CallId) -> Result<LegId, NotSupervised> {
        let call = self.calls.get(&id).ok_or(NotSupervised::NoSuchCall)?;
        let agent = self.agent_of(call).ok_or(NotSupervised::NotTalking)?;
        if !call.queue.as_ref().is_some_and(|queue| call.plan.supervised.contains_key(queue)) {
            return Err(NotSupervised::NotAllowed);
        }
        if call.supervision.is_some() { Err(NotSupervised::Taken) } else { Ok(agent) }
    }

    /// The telephone of a member of a queue among those who talk.
    fn agent_of(&self, call: &Call) -> Option<LegId> {
        let is_agent = |leg: &LegId| {
            let port = self.legs.get(leg).and_then(Leg::station);
            port.is_some_and(|port| call.plan.masking.agents.contains(&port))
        };
        let parties = if call.phase.is_talk() { call.phase.parties() } else { Vec::new() };
        // Who was called is the agent of the queue, where a member of another one has called it.
        call.called.into_iter().filter(|called| parties.contains(called)).chain(parties.iter().copied()).find(is_agent)
    }

    /// The talk of an agent at a telephone.
    pub(crate) fn supervised_at(&self, port: PortId) -> Result<(CallId, LegId), NotSupervised> {
        let leg = self.leg_of(Line::Port(port)).ok_or(NotSupervised::NotTalking)?;
        let call = self.legs.get(&leg).map(|leg| leg.call).ok_or(NotSupervised::NotTalking)?;
        match self.may_be_supervised(call) {
            Ok(agent) if agent != leg => Err(NotSupervised::NotTalking),
            agent => agent.map(|agent| (call, agent)),
        }
    }

    /// Whether a person may hear a talk at the telephone `port`; whoever hears it already may do it otherwise.
    ///
    /// # Errors
    /// Why not.
    pub fn may_supervise(&self, call: CallId, person: PersonId, port: Option<PortId>) -> Result<(), NotSupervised> {
        if self.supervises(call, person) {
            return Ok(());
        }
        self.may_be_supervised(call)?;
        let port = port.filter(|port| self.plan.stations.contains_key(port)).ok_or(NotSupervised::NoTelephone)?;
        if self.is_free(port) { Ok(()) } else { Err(NotSupervised::TelephoneBusy) }
    }

    /// Whether a person hears a talk as its supervisor.
    pub fn supervises(&self, call: CallId, person: PersonId) -> bool {
        self.calls.get(&call).and_then(|call| call.supervision).is_some_and(|of| of.person == person)
    }

    /// A person at a page wants to hear a talk, or to do it otherwise.
    pub(crate) fn supervise(&mut self, of: CallId, mode: SupervisorMode, person: PersonId, port: PortId) {
        if self.supervises(of, person) {
            return self.supervise_as(of, mode);
        }
        if let (Ok(()), Ok(agent)) = (self.may_supervise(of, person, Some(port)), self.may_be_supervised(of)) {
            self.ring_supervisor(port, Wish { of, agent, person, mode });
        }
    }

    fn ring_supervisor(&mut self, port: PortId, wish: Wish) {
        let Some(station) = self.plan.stations.get(&port).cloned() else { return };
        let first = NewLeg {
            line: Some(Line::Port(port)),
            lane: station.lane,
            endpoint: Endpoint::Station { port, extension: station.extension.clone() },
            number: station.extension.parse().ok(),
        };
        let id = self.begin(Direction::Internal, CallClass::Normal, first);
        let Some(call) = self.calls.get_mut(&id) else { return };
        (call.record, call.phase) = (false, Phase::RingsSupervisor { until: self.now + RINGS, wish });
        let leg = call.caller;
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.state = LegState::CalledBack;
        }
        let shown = Shown { number: self.legs.get(&wish.agent).and_then(|leg| leg.number.clone()), ..Shown::default() };
        let ring = self.plan.rings.inside;
        self.put(Output::Station {
            port,
            request: StationRequest::Ring { shown, emergency: false, ring, whisper: None },
        });
        self.tell(CallEvent::LegRinging { call: id, leg });
    }

    /// The supervisor has lifted the handset.
    pub(crate) fn supervisor_answered(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let Phase::RingsSupervisor { wish, .. } = call.phase else { return };
        if let Some(agent) = self.legs.get(&call.caller).and_then(Leg::station) {
            self.put(Output::Station { port: agent, request: StationRequest::Connected });
            self.acd.handle_input(self.now, acd::Input::Telephone { agent, state: TelephoneState::Busy });
        }
        self.begin_supervision(id, wish);
    }

    /// The supervisor at the telephone of the call `id` hears a talk from now on.
    pub(crate) fn begin_supervision(&mut self, id: CallId, wish: Wish) {
        let Wish { of, agent, person, mode } = wish;
        match self.may_be_supervised(of) {
            Ok(now) if now == agent => (),
            Ok(_) => return self.refuse_supervision(id, NotSupervised::NotTalking),
            Err(why) => return self.refuse_supervision(id, why),
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        (call.record, call.phase) = (false, Phase::Supervising(of));
        let leg = call.caller;
        let Some(own) = self.legs.get_mut(&leg) else { return };
        own.state = LegState::Answered;
        let (lane, extension) = (own.lane, own.number.as_ref().map(ToString::to_string).unwrap_or_default());
        let supervision = Supervision { by: id, leg, agent, person, mode, hears: Hears::Prompt };
        if let Some(call) = self.calls.get_mut(&of) {
            call.supervision = Some(supervision);
        }
        self.tell(CallEvent::SupervisionBegan { call: of, by: id, leg, agent, person, extension, mode });
        // The keys by which a supervisor changes what is done are for the box alone.
        self.put(Output::Listen { lane, on: true });
        self.put(Output::Blackout { lane, on: true });
        self.hear_talk_again(of);
        self.announce_supervisor(of);
        self.say_mode(id, leg, mode);
    }

    /// Nothing comes of it: whoever keyed the code hears that.
    pub(crate) fn refuse_supervision(&mut self, id: CallId, why: NotSupervised) {
        self.tell(CallEvent::SupervisionRefused { call: id, why });
        let prompt = match why {
            NotSupervised::WrongPin | NotSupervised::PinLocked => "pin_locked",
            _ => "not_supervised",
        };
        self.say_and_end(id, prompt);
    }

    /// All who talk hear that they are heard, where the queue's settings want that.
    fn announce_supervisor(&mut self, of: CallId) {
        let Some(call) = self.calls.get(&of) else { return };
        let announced = call.queue.as_ref().and_then(|queue| call.plan.supervised.get(queue));
        if announced != Some(&settings::Supervision::Announced) {
            return;
        }
        for leg in call.phase.parties() {
            self.say_in_talk(of, leg, ANNOUNCED);
        }
    }
}

/// How it goes on.
impl Control {
    /// A key of a supervisor who hears a talk. True where the call is of one.
    pub(crate) fn supervisor_keyed(&mut self, id: CallId, key: char) -> bool {
        let Some(Phase::Supervising(of)) = self.calls.get(&id).map(|call| &call.phase) else { return false };
        let of = *of;
        SupervisorMode::of_key(key).into_iter().for_each(|mode| self.supervise_as(of, mode));
        true
    }

    /// The supervisor does it otherwise, and first hears how.
    fn supervise_as(&mut self, of: CallId, mode: SupervisorMode) {
        let Some(supervision) = self.calls.get_mut(&of).and_then(|call| call.supervision.as_mut()) else { return };
        let (by, leg) = (supervision.by, supervision.leg);
        let changed = std::mem::replace(&mut supervision.mode, mode) != mode;
        if changed {
            self.tell(CallEvent::SupervisionChanged { call: of, mode });
        }
        self.hear_as_supervisor(of, Hears::Prompt);
        self.say_mode(by, leg, mode);
    }

    fn say_mode(&mut self, id: CallId, leg: LegId, mode: SupervisorMode) {
        let (play, prompt) = (self.issue_play(), mode.prompt());
        let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) else { return };
        if let Some(call) = self.calls.get_mut(&id) {
            call.play = play;
        }
        self.tell(CallEvent::PromptBegan { call: id, leg, prompt: prompt.to_owned() });
        self.put(Output::Hear { lane, heard: Heard::Prompts { names: vec![prompt.to_owned()], play } });
    }

    /// What the box said to a supervisor is over. True where the call is of one.
    pub(crate) fn said_to_supervisor(&mut self, id: CallId) -> bool {
        let Some(Phase::Supervising(of)) = self.calls.get(&id).map(|call| &call.phase) else { return false };
        let of = *of;
        if let Some(hears) = self.supervisor_may_hear(of) {
            self.hear_as_supervisor(of, hears);
        }
        true
    }

    /// What is to be heard has changed: the agent holds, or is back; the recording pauses; a third party comes or goes.
    pub(crate) fn follow_supervision(&mut self, of: CallId) {
        let now = self.calls.get(&of).and_then(|call| call.supervision).map(|supervision| supervision.hears);
        if let (Some(now), Some(hears)) = (now, self.supervisor_may_hear(of))
            && now != Hears::Prompt
        {
            self.hear_as_supervisor(of, hears);
        }
    }

    fn supervisor_may_hear(&self, of: CallId) -> Option<Hears> {
        let call = self.calls.get(&of)?;
        let Supervision { agent, mode, .. } = call.supervision?;
        Some(match &call.phase {
            _ if call.masks.is_pause() => Hears::Nothing,
            Phase::Held(_) => Hears::Music,
            phase if phase.is_talk() && phase.parties().contains(&agent) => Hears::Talk(mode.part()),
            _ => Hears::Nothing,
        })
    }

    fn hear_as_supervisor(&mut self, of: CallId, hears: Hears) {
        let Some(supervision) = self.calls.get_mut(&of).and_then(|call| call.supervision.as_mut()) else { return };
        let before = std::mem::replace(&mut supervision.hears, hears);
        let Supervision { leg, agent, .. } = *supervision;
        if before == hears {
            // Others may have come and gone: the map says anew who hears whom.
            return hears.part().into_iter().for_each(|part| self.mark_supervisor(of, leg, Some(part)));
        }
        let coached = |hears: Hears| hears == Hears::Talk(Part::Coaches);
        if before.is_heard() && !hears.is_heard() {
            self.stop_recording_supervisor(of, leg);
        }
        let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) else { return };
        match hears {
            // The prompt itself is about to be heard.
            Hears::Prompt => (),
            Hears::Talk(part) => self.put(Output::Hear { lane, heard: Heard::Conference { call: of, part } }),
            Hears::Music => {
                let music = self.music_on_hold(of);
                self.put(Output::Hear { lane, heard: Heard::Music(music) });
            }
            Hears::Nothing => self.put(Output::Hear { lane, heard: Heard::Silence }),
        }
        if coached(before) != coached(hears) {
            self.said_in_talk(of, agent);
        }
        if hears.is_heard() && !before.is_heard() {
            self.record_supervisor(of, leg);
        }
        self.mark_supervisor(of, leg, hears.part());
    }

    /// The part of a party in a talk that a supervisor hears.
    pub(crate) fn part_in_talk(&self, call: &Call, leg: LegId) -> Part {
        let is_coached = |of: Supervision| of.hears == Hears::Talk(Part::Coaches) && of.agent == leg;
        if call.supervision.is_some_and(is_coached) { Part::Coached } else { Part::Speaks }
    }

    fn hear_talk_again(&mut self, of: CallId) {
        let Some(call) = self.calls.get(&of).filter(|call| call.phase.is_talk()) else { return };
        for leg in call.phase.parties() {
            self.said_in_talk(of, leg);
        }
    }
}

/// How it ends.
impl Control {
    /// A supervisor at a page hears a talk no more.
    pub(crate) fn supervise_no_more(&mut self, of: CallId, person: PersonId) {
        if self.supervises(of, person) {
            self.end_supervision(of, SupervisionEnd::Asked);
        }
    }

    /// A leg leaves its call: an agent's talk is heard no more.
    pub(crate) fn agent_leaves(&mut self, leg: LegId) {
        let Some(call) = self.legs.get(&leg).and_then(|leg| self.calls.get(&leg.call)) else { return };
        if call.supervision.is_some_and(|supervision| supervision.agent == leg) {
            self.end_supervision(call.id, SupervisionEnd::AgentGone);
        }
    }

    /// A supervisor hears a call no more, if one does; the supervisor's own call is over by that.
    pub(crate) fn end_supervision(&mut self, of: CallId, why: SupervisionEnd) {
        self.hear_as_supervisor(of, Hears::Nothing);
        let Some(ended) = self.calls.get_mut(&of).and_then(|call| call.supervision.take()) else { return };
        self.tell(CallEvent::SupervisionEnded { call: of, why });
        if let Some(lane) = self.legs.get(&ended.leg).map(|leg| leg.lane) {
            self.put(Output::Blackout { lane, on: false });
        }
        if self.calls.get(&of).is_some_and(|call| matches!(call.phase, Phase::Talking(_))) {
            self.hear_talk_again(of);
        }
        self.end(ended.by, Cause::NormalClearing, Side::Box);
    }

    /// The next life of the box knows that a supervisor heard this call, and does not any more.
    pub(crate) fn supervision_restarted(&mut self, call: CallId) {
        self.tell(CallEvent::SupervisionEnded { call, why: SupervisionEnd::Restarted });
    }
}

/// What of it is recorded.
impl Control {
    fn record_supervisor(&mut self, of: CallId, leg: LegId) {
        let call = self.calls.get(&of).filter(|call| call.record);
        let Some((recording, part)) = call.and_then(|call| Some((call.recording?, call.part))) else { return };
        let Some(own) = self.legs.get_mut(&leg) else { return };
        own.recorded = true;
        let lane = own.lane;
        self.tell(CallEvent::RecordingBegan { call: of, recording, leg, part });
        self.put(Output::Record(Record::Begin { recording, call: of, part, leg, lane }));
    }

    fn stop_recording_supervisor(&mut self, of: CallId, leg: LegId) {
        let recording = self.calls.get(&of).and_then(|call| call.recording);
        let Some((recording, own)) = recording.zip(self.legs.get_mut(&leg).filter(|own| own.recorded)) else { return };
        own.recorded = false;
        let lane = own.lane;
        self.put(Output::Record(Record::End { recording, leg, lane }));
    }

    /// The recording's map has who hears whom: with a supervisor, two who talk are in a conference.
    fn mark_supervisor(&mut self, of: CallId, leg: LegId, part: Option<Part>) {
        let Some(call) = self.calls.get(&of) else { return };
        let three = matches!(call.phase, Phase::Conference(_));
        let parties = if call.phase.is_talk() { call.phase.parties() } else { Vec::new() };
        let of_party = |party| (part.is_some() || three).then(|| self.part_in_talk(call, party));
        let parts: Vec<_> = parties.into_iter().map(|party| (party, of_party(party))).collect();
        self.record_part(of, leg, part);
        parts.into_iter().for_each(|(party, part)| self.record_part(of, party, part));
    }
}
