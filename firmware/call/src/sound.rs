//! What a party is, where that is heard: fax machines, modems, the network's special information tone.
//!
//! It is told for the call's story, and voices of that call are polished no more. Not here: what else to do about it; no
//! flow has a step for it.

use frame::{CallId, LaneId, LegId};

use crate::{AnswerEvidence, CallEvent, Control, Sound, message::Output};

impl Control {
    /// A leg is answered: whoever is there may be a machine, from now on.
    pub(crate) fn tell_answered(&mut self, call: CallId, leg: LegId, evidence: AnswerEvidence) {
        self.tell(CallEvent::LegAnswered { call, leg, evidence });
        if let Some(lane) = self.legs.get(&leg).filter(|leg| leg.line.is_some()).map(|leg| leg.lane) {
            self.put(Output::Attend { lane });
        }
    }

    pub(crate) fn sound_heard(&mut self, lane: LaneId, sound: Sound) {
        let Some(leg) = self.leg_on(lane) else { return };
        let Some(call) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        self.tell(CallEvent::SoundHeard { call, leg, sound });
        if matches!(sound, Sound::FaxCalling | Sound::FaxAnswering | Sound::Modem) {
            self.unpolish(call);
        }
    }
}
