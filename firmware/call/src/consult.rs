//! A telephone holds the other party of its talk and calls a third one, with a flash of its hook.
//!
//! Order of the flashes as in the three-way calling of American exchanges: the first holds the party and gives a dial tone;
//! the next lets all three talk once the third has answered, and before that takes the held party back. Who dials nobody
//! holds on; who can't reach the third one hears why, and then has the held party back. What the third one
//! is called with is a call of its own, with a leg of its own on the same line, so that every number may be dialled; each of
//! the two calls has its own recording. Who hangs up meanwhile hands the held party on, if the third has answered, and else is
//! rung by it.
//! Not here: the three who talk (`conference`); transfers that a far end asks for (`transfer`).

use std::time::Duration;

use analog::plan::ToneKind;
use frame::{CallId, LegId, Time};
use isdn::Cause;

use crate::{
    CallClass, CallEvent, Side,
    control::{Control, Phase, Talk},
    leg::Leg,
    message::{Heard, Output, Record},
    station::tone_of,
};

/// A talk whose one party is on hold, while the other calls somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) talk: Talk,
    /// The leg of who holds. Its line is the other call's meanwhile.
    pub(crate) by: LegId,
    /// The call to the third party.
    pub(crate) consults: CallId,
    /// That call waited here, and was not placed by who holds.
    pub(crate) waited: bool,
}

/// Why a third party is not reached, while who holds is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotReached {
    pub(crate) cause: Cause,
    pub(crate) by: Side,
    /// When the party on hold is there again.
    pub(crate) until: Time,
}

/// How long that is told: four bursts of a busy tone in China, three in the United States.
const TOLD: Duration = Duration::from_secs(3);

impl Control {
    /// The hook of a telephone was down for a flash.
    pub(crate) fn flashed(&mut self, id: LegId) {
        let Some(call) = self.legs.get(&id).and_then(|leg| self.calls.get(&leg.call)) else { return };
        let station = self.legs.get(&id).and_then(Leg::station).and_then(|port| call.plan.stations.get(&port));
        // An emergency service is neither put on hold nor given a third party.
        if call.class == CallClass::Emergency {
            return;
        }
        let (call_id, holds, consults) = (call.id, call.holds, station.is_some_and(|station| station.consults));
        let flashes_line = station.is_some_and(|station| station.flashes_line);
        if self.flashes_between(id) {
            return;
        }
        if flashes_line {
            self.flash_line(call_id, id);
        }
        if !consults {
            return;
        }
        let Some(call) = self.calls.get(&call_id) else { return };
        match (&call.phase, holds) {
            (Phase::Talking(_), Some(first)) => self.confer(first, call_id),
            (&Phase::Talking(talk), None) => self.hold(call_id, talk, id),
            (Phase::Conference(conference), _) if conference.by == id => self.let_third_go(call_id),
            // The third party has not answered: back to who is on hold.
            (
                Phase::Dialling { .. }
                | Phase::Flow
                | Phase::Saying { .. }
                | Phase::NotReached(_)
                | Phase::Queue(_)
                | Phase::Ringing { .. }
                | Phase::Reaching { .. }
                | Phase::CallingBack { .. }
                | Phase::Returning(_)
                | Phase::Parked(_)
                | Phase::Mail(_)
                | Phase::Pin(_)
                | Phase::RingsSupervisor { .. }
                | Phase::Supervising(_),
                Some(_),
            ) => self.end(call_id, Cause::NormalClearing, Side::Caller),
            _ => (),
        }
    }

    fn hold(&mut self, id: CallId, talk: Talk, by: LegId) {
        let Some((port, lane)) = self.legs.get(&by).and_then(|leg| Some((leg.station()?, leg.lane))) else { return };
        let Some(consults) = self.dials(port) else { return };
        let other = talk.other(by);
        self.tell(CallEvent::Held { call: id, leg: other, by });
        if let Some(call) = self.calls.get_mut(&consults) {
            call.holds = Some(id);
            let until = Some(self.now + call.plan.digits.first());
            call.phase = Phase::Dialling { digits: String::new(), until };
        }
        self.put_on_hold(id, Held { talk, by, consults, waited: false });
        self.put(Output::Hear { lane, heard: Heard::Tone(ToneKind::Dial) });
        self.put(Output::Listen { lane, on: true });
    }

    /// Nobody was dialled: the dial tone ends, and the party stays on hold until the hook is down. True where it is so.
    pub(crate) fn holds_on(&mut self, id: CallId) -> bool {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.holds.is_some()) else { return false };
        let caller = call.caller;
        match &mut call.phase {
            Phase::Dialling { digits, until } if digits.is_empty() => *until = None,
            _ => return false,
        }
        self.hears(caller, Heard::Silence);
        true
    }

    /// The third party is not reached: who holds hears why, and only then the one on hold again. True where it is so.
    pub(crate) fn tells_why_not_reached(&mut self, id: CallId, cause: Cause, by: Side) -> bool {
        let until = self.now + TOLD;
        let fails = by != Side::Caller && (by, cause) != (Side::Box, Cause::NormalClearing);
        let Some(call) = self.calls.get_mut(&id).filter(|call| fails && call.holds.is_some()) else { return false };
        let is_on_its_way = matches!(
            call.phase,
            Phase::Dialling { .. } | Phase::Flow | Phase::Queue(_) | Phase::Ringing { .. } | Phase::Reaching { .. }
        );
        let caller = call.caller;
        if !is_on_its_way || !self.legs.contains_key(&caller) {
            return false;
        }
        let before = std::mem::replace(&mut call.phase, Phase::NotReached(NotReached { cause, by, until }));
        self.touched.insert(id);
        self.leave_phase(id, &before, by);
        let others = self.legs.values().filter(|leg| leg.call == id && leg.id != caller).map(|leg| leg.id);
        for leg in others.collect::<Vec<_>>() {
            self.release_leg(leg, cause, by);
        }
        self.hears(caller, Heard::Tone(tone_of(cause)));
        true
    }

    fn hears(&mut self, leg: LegId, heard: Heard) {
        if let Some(lane) = self.legs.get(&leg).map(|leg| leg.lane) {
            self.put(Output::Hear { lane, heard });
        }
    }

    /// The other party of who holds hears music, while that one's voice is another call's.
    pub(crate) fn put_on_hold(&mut self, id: CallId, held: Held) {
        let (by, other) = (held.by, held.talk.other(held.by));
        self.stop_recording(id, by);
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = Phase::Held(held);
        }
        self.record_hold(id, other, true);
        self.hear_hold_music(id, other);
        self.follow_supervision(id);
    }

    /// The music of the queue by which the call came, else of the first queue that has some; where there are no queues, what every
    /// box has.
    pub(crate) fn music_on_hold(&self, id: CallId) -> crate::Music {
        let queue = self.calls.get(&id).and_then(|call| call.queue.as_ref());
        let own = queue.and_then(|queue| self.plan.music.get(queue));
        let music = own.or_else(|| self.plan.music.values().next()).cloned();
        music.unwrap_or_else(|| crate::Music { name: settings::MUSIC.to_owned(), from: None })
    }

    /// The dial tone of a consultation ends with the first key.
    pub(crate) fn first_digit_of_consultation(&mut self, id: CallId, leg: LegId) {
        let lane = self.legs.get(&leg).map(|leg| leg.lane);
        if let Some(lane) =
            lane.filter(|_| self.calls.get(&id).is_some_and(|call| call.holds.is_some() || call.unlocked))
        {
            self.put(Output::Hear { lane, heard: Heard::Silence });
        }
    }

    /// The consultation is over: both parties of the held talk hear each other again.
    pub(crate) fn retrieve(&mut self, id: CallId) {
        let Some(&Phase::Held(Held { talk, by, .. })) = self.calls.get(&id).map(|call| &call.phase) else { return };
        self.take_line_back(by);
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = Phase::Talking(talk);
        }
        self.tell(CallEvent::Retrieved { call: id, leg: talk.other(by), by });
        self.record_hold(id, talk.other(by), false);
        self.record_leg(by);
        self.hear_each_other(id, talk);
    }

    /// The line of a telephone is again that of the leg that held.
    pub(crate) fn take_line_back(&mut self, by: LegId) {
        let Some(leg) = self.legs.get(&by) else { return };
        if let (Some(line), lane) = (leg.line, leg.lane) {
            self.take_line(line, lane, by);
            self.put(Output::Listen { lane, on: true });
        }
    }

    /// Who held a party hung up: the party is handed on to the third one if that one has answered and one of the two is in the
    /// house. Two who are outside would talk on at the owner's cost, and over two of the owner's channels: they are handed on
    /// where the owner lets the network join them. Nobody on hold is let go: who is not handed on rings back.
    pub(crate) fn holder_hung_up(&mut self, first: CallId, second: CallId, side: Side) {
        let by = match self.calls.get(&first).map(|call| &call.phase) {
            Some(Phase::Held(held)) => Some(held.by),
            _ => None,
        };
        if let Some(by) = by.filter(|_| self.may_hand_on(first, second)) {
            if let Some(conference) = self.bring_in(first, second) {
                self.record_transfer(first, by, conference.third);
            }
            return self.leave_conference(by, Cause::NormalClearing, side);
        }
        self.transfer_unanswered(first, second, side);
    }

    fn may_hand_on(&self, first: CallId, second: CallId) -> bool {
        let phase = |id| self.calls.get(&id).map(|call| &call.phase);
        let (Some(Phase::Held(held)), Some(Phase::Talking(talk))) = (phase(first), phase(second)) else { return false };
        if self.calls.get(&second).is_some_and(|call| call.class == CallClass::Emergency) {
            return false;
        }
        let parties = [held.talk.other(held.by), talk.called];
        parties.iter().any(|leg| self.is_in_house(*leg)) || self.may_leave_together(first, second, parties)
    }

    pub(crate) fn is_in_house(&self, leg: LegId) -> bool {
        self.legs.get(&leg).is_some_and(|leg| !leg.is_trunk())
    }

    /// What a leg says is not for this recording, until it is recorded anew.
    fn stop_recording(&mut self, call: CallId, id: LegId) {
        let Some(leg) = self.legs.get(&id).cloned() else { return };
        self.record_end(&leg);
        // A pause is of this recording and not of the other one; and whoever keyed a number here in secret dials one there.
        self.unmask_leg(call, id);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.recorded = false;
        }
    }

    pub(crate) fn record_hold(&mut self, id: CallId, leg: LegId, on: bool) {
        if let Some(recording) = self.calls.get(&id).and_then(|call| call.recording) {
            self.put(Output::Record(Record::Hold { recording, leg, on }));
        }
    }
}
