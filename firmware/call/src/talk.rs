//! Two parties: how a call that was answered is joined, and what happens when one of them goes.

use acd::TelephoneState;
use frame::{CallId, LaneId, LegId};

use crate::{
    AnswerEvidence, CallEvent, LegRole, QueueExit,
    control::{Control, Phase, Talk},
    leg::LegState,
    message::Output,
    plan::Polish,
};

impl Control {
    /// A leg was answered by its party.
    pub(crate) fn answered(&mut self, id: LegId, evidence: AnswerEvidence) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.is_answered() || leg.role != LegRole::Called {
            return;
        }
        leg.state = LegState::Answered;
        let (call, station) = (leg.call, leg.station());
        self.got_through(call);
        self.tell_answered(call, id, evidence);
        self.answer_caller(call);
        // A caller who was transferred was answered long ago, in a call that perhaps had not to be recorded.
        if let Some(caller) = self.calls.get(&call).map(|call| call.caller) {
            self.record_leg(caller);
        }
        self.record_leg(id);
        if let Some(Phase::Queue(queue)) = self.calls.get(&call).map(|call| &call.phase) {
            let (queue, agent) = (queue.clone(), station);
            if let Some(call) = self.calls.get_mut(&call) {
                call.queue = Some(queue.clone());
            }
            self.tell(CallEvent::Dequeued { call, queue, why: QueueExit::Answered });
            if let Some(agent) = agent {
                self.acd.handle_input(self.now, acd::Input::OfferAnswered { call, agent });
            }
        } else if let Some(agent) = station {
            self.acd.handle_input(self.now, acd::Input::Telephone { agent, state: TelephoneState::Busy });
        }
        self.bridge(call);
    }

    /// Caller and called hear each other.
    pub(crate) fn bridge(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (caller, Some(called)) = (call.caller, call.called) else { return };
        if !self.legs.contains_key(&caller) {
            return;
        }
        let Some(agent) = self.legs.get(&called).map(|leg| leg.station()) else { return };
        call.phase = Phase::Talking(Talk { caller, called, agent });
        (call.run, call.returns) = (None, None);
        self.hear_each_other(id, Talk { caller, called, agent });
        // Telephones are listened to from their first tone on; of a trunk the keys of a talk count as much.
        self.listen(caller, true);
        self.listen(called, true);
        self.listen_for_code(called);
        self.tell(CallEvent::Bridged { call: id, a: caller, b: called });
        self.taken_on(id, called);
        self.offer_hand_over(id);
    }

    /// Two parties hear each other, from now on.
    pub(crate) fn hear_each_other(&mut self, id: CallId, talk: Talk) {
        let lane = |leg: LegId| self.legs.get(&leg).map(|leg| leg.lane);
        let (Some(a), Some(b)) = (lane(talk.caller), lane(talk.called)) else { return };
        [talk.caller, talk.called].into_iter().for_each(|leg| self.said_in_talk(id, leg));
        self.polish(id, &[a, b]);
        self.follow_supervision(id);
    }

    /// The voices of a queue's talk get what the queue wants for them now.
    pub(crate) fn polish(&mut self, id: CallId, lanes: &[LaneId]) {
        let queue = self.calls.get(&id).and_then(|call| call.queue.as_ref());
        let Some(polish) = queue.and_then(|queue| self.plan.polish.get(queue)).copied() else { return };
        lanes.iter().for_each(|&lane| self.put(Output::Polish { lane, polish }));
    }

    /// Nothing touches what machines tell each other.
    pub(crate) fn unpolish(&mut self, id: CallId) {
        let queue = self.calls.get(&id).and_then(|call| call.queue.as_ref());
        if queue.is_none_or(|queue| !self.plan.polish.contains_key(queue)) {
            return;
        }
        let lanes: Vec<LaneId> = self.legs.values().filter(|leg| leg.call == id).map(|leg| leg.lane).collect();
        lanes.into_iter().for_each(|lane| self.put(Output::Polish { lane, polish: Polish::default() }));
    }

    /// The bridge of a call ends. The lanes are freed with their legs.
    pub(crate) fn unbridge(&mut self, id: CallId, talk: Talk) {
        let Talk { caller, called, agent } = talk;
        self.tell(CallEvent::Unbridged { call: id, a: caller, b: called });
        if let Some(agent) = agent {
            self.acd.handle_input(self.now, acd::Input::TalkEnded { call: id, agent });
        }
    }
}
