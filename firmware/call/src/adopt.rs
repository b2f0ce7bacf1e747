//! Calls of the box's last life are taken up again: parties who talk, callers who wait, callers in a menu.
//!
//! Source: design/calls.md, "Restart". A menu begins anew, since what it had played and what was keyed is gone; who
//! waits keeps the place and the longest wait that was promised. All else was being set up or cleared, and is over.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use acd::{AgentState, Caller, TelephoneState};
use frame::{CallId, PortId, Time};

use crate::{
    CallEvent,
    control::{Call, Control, Phase},
    emergency::Awaits,
    kept::{Kept, KeptDoing, KeptLeg},
    keyed::Keyed,
    leg::{Leg, LegState, Progress},
    masking::Masks,
    message::{Heard, Line, Output, Record},
    park::Parked,
    plan::Plan,
    queue::class_of,
};

/// A call of the last life, and the lines on which its legs still are.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the call table knew.
    pub kept: Kept,
    /// The caller's line, if it was held.
    pub caller: Option<Line>,
    /// The called party's line, if it was held.
    pub called: Option<Line>,
}

impl Found {
    /// Whether the call can go on: its parties are on their lines, and it was neither being set up nor cleared.
    pub fn goes_on(&self) -> bool {
        let Kept { caller, called, doing, .. } = &self.kept;
        let caller_there = self.caller.is_some() && caller.answered;
        match doing {
            KeptDoing::Talking => {
                caller_there && self.called.is_some() && called.as_ref().is_some_and(|leg| leg.answered)
            }
            KeptDoing::Waiting { .. }
            | KeptDoing::Flow(_)
            | KeptDoing::Transferred { .. }
            | KeptDoing::Parked { .. } => caller_there,
            KeptDoing::Otherwise => false,
        }
    }

    /// The legs with which it goes on, and their lines. A telephone that rang for a caller who waits rings anew.
    pub fn legs(&self) -> impl Iterator<Item = (&KeptLeg, Line)> {
        let called = self.kept.called.as_ref().filter(|_| self.kept.doing == KeptDoing::Talking);
        let caller = self.caller.map(|line| (&self.kept.caller, line));
        caller.into_iter().chain(called.zip(self.called))
    }
}

/// All that the last life of the box was doing.
#[derive(Clone, Debug, Default)]
pub struct Adoption {
    /// How long it was away.
    pub gap: Duration,
    /// Its calls.
    pub found: Vec<Found>,
    /// Its agents.
    pub agents: Vec<(PortId, AgentState)>,
    /// Earlier versions of the settings: a call keeps the one it began with. Where that is not there, the newest holds.
    pub plans: BTreeMap<u32, Arc<Plan>>,
}

impl Control {
    /// Takes over what the last life of the box was doing, before any other input. Calls that can't go on are left out
    /// ([`Found::goes_on`]).
    pub fn adopt(&mut self, now: Time, last: Adoption) {
        let Adoption { gap, found, agents, plans } = last;
        self.now = now;
        self.acd.expect_telephones(now);
        for (agent, state) in agents {
            self.acd.resume_agent(agent, state);
        }
        // Ids rise, so callers come back to their queue in the order in which their calls began.
        let mut found: Vec<Found> = found.into_iter().filter(Found::goes_on).collect();
        found.sort_by_key(|found| found.kept.call);
        for found in found {
            let plan = plans.get(&found.kept.settings).unwrap_or(&self.plan);
            self.adopt_call(gap, Arc::clone(plan), &found);
        }
        self.acd.handle_input(now, acd::Input::Timeout);
        self.serve_queues();
        self.keep_touched();
    }

    fn adopt_call(&mut self, gap: Duration, plan: Arc<Plan>, found: &Found) {
        let id = found.kept.call;
        self.calls.insert(id, adopted(&found.kept, plan));
        for (leg, line) in found.legs() {
            self.adopt_leg(id, leg, line, leg.leg == found.kept.caller.leg);
        }
        let gap_ms = u64::try_from(gap.as_millis()).unwrap_or(u64::MAX);
        let life = self.life();
        self.tell(CallEvent::Readopted { call: id, life, gap_ms });
        if found.kept.supervised {
            self.supervision_restarted(id);
        }
        self.record_on(found);
        match &found.kept.doing {
            KeptDoing::Talking => self.talk_on(found),
            KeptDoing::Waiting { queue, until, flow } => self.wait_on(id, queue, *until, flow.as_ref()),
            KeptDoing::Flow(flow) => self.enter_flow(id, flow),
            KeptDoing::Parked { place, returns_to, until } => {
                self.parked_on(id, Parked { place: place.clone(), port: *returns_to, until: *until });
            }
            KeptDoing::Transferred { returns_to } => self.goes_back_after_restart(id, *returns_to),
            KeptDoing::Otherwise => (),
        }
        self.mask_on(id, &found.kept.masks);
    }

    fn adopt_leg(&mut self, call: CallId, kept: &KeptLeg, line: Line, is_caller: bool) {
        let leg = Leg {
            id: kept.leg,
            call,
            role: if is_caller { crate::LegRole::Caller } else { crate::LegRole::Called },
            state: LegState::Answered,
            endpoint: kept.endpoint.clone(),
            line: Some(line),
            lane: kept.lane,
            number: kept.number.clone(),
            name: kept.name.clone(),
            private: kept.private,
            recorded: kept.recorded,
            progress: Progress::None,
        };
        if let Some(agent) = leg.station() {
            self.acd.handle_input(self.now, acd::Input::Telephone { agent, state: TelephoneState::Busy });
        }
        self.legs.insert(leg.id, leg);
        self.take_line(line, kept.lane, kept.leg);
    }

    /// The recording goes on in a new part: a restart never resumes a key.
    fn record_on(&mut self, found: &Found) {
        let Kept { call, recording: Some(recording), .. } = found.kept else { return };
        let (recording, part) = (recording.id, recording.part.saturating_add(1));
        for (leg, _) in found.legs().filter(|(leg, _)| leg.recorded) {
            let (leg, lane) = (leg.leg, leg.lane);
            self.tell(CallEvent::RecordingBegan { call, recording, leg, part });
            self.put(Output::Record(Record::Begin { recording, call, part, leg, lane }));
        }
        self.record_compartment(call);
    }

    fn talk_on(&mut self, found: &Found) {
        let call = found.kept.call;
        let agent = found.kept.called.as_ref().and_then(|leg| self.legs.get(&leg.leg)).and_then(Leg::station);
        if let (Some(queue), Some(agent)) = (&found.kept.queue, agent) {
            self.acd.resume_talk(call, agent, queue);
        }
        self.bridge(call);
    }

    fn wait_on(&mut self, id: CallId, queue: &str, until: Time, flow: Option<&(String, String)>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = Phase::Queue(queue.to_owned());
        call.run = flow.and_then(|(flow, step)| {
            let flow = call.plan.flows.get(flow)?;
            flow::Run::queued(Arc::clone(flow), step)
        });
        let (class, caller) = (class_of(call.class), call.caller);
        if let Some(lane) = self.legs.get(&caller).map(|leg| leg.lane) {
            let music = self.plan.music.get(queue).cloned().unwrap_or_default();
            self.put(Output::Hear { lane, heard: Heard::Music(music) });
        }
        self.acd.resume_caller(Caller { call: id, queue: queue.to_owned(), class, priority: 0 }, until);
    }
}

fn adopted(kept: &Kept, plan: Arc<Plan>) -> Call {
    Call {
        id: kept.call,
        direction: kept.direction,
        class: kept.class,
        began: kept.began,
        plan,
        phase: Phase::Flow,
        run: None,
        caller: kept.caller.leg,
        called: kept.called.as_ref().filter(|_| kept.doing == KeptDoing::Talking).map(|leg| leg.leg),
        record: kept.record,
        recording: kept.recording.map(|recording| recording.id),
        part: kept.recording.map_or(1, |recording| recording.part.saturating_add(1)),
        queue: kept.queue.clone(),
        compartment: kept.compartment.clone(),
        compartment_of_third: None,
        awaits: Awaits::Nothing,
        tried: Vec::new(),
        keyed: Keyed::default(),
        masks: Masks::default(),
        supervision: None,
        holds: None,
        returns: None,
        refused: kept.refused,
        flow_pauses: None,
        handed_on_by: None,
        unlocked: false,
        consult_failed: None,
        forwarded_by: Vec::new(),
        play: 0,
        kept: None,
    }
}
