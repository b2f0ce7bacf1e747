//! Which voices are recorded: a leg's from its answer to its end, in one recording for the whole call.

use frame::{CallId, LegId};

use crate::{
    CallEvent, RecordingGap,
    control::{Control, Phase},
    leg::Leg,
    message::{Output, Record},
};

impl Control {
    /// Records what a leg says from now on, if its call is to be recorded.
    pub(crate) fn record_leg(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.recorded) else { return };
        let (call_id, lane) = (leg.call, leg.lane);
        let Some(call) = self.calls.get(&call_id).filter(|call| call.record) else { return };
        let (part, is_first) = (call.part, call.recording.is_none());
        let recording = call.recording.unwrap_or_else(|| self.issue_recording());
        if let Some(call) = self.calls.get_mut(&call_id) {
            call.recording = Some(recording);
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.recorded = true;
        }
        self.tell(CallEvent::RecordingBegan { call: call_id, recording, leg: id, part });
        // Before the voice begins, so that not a tick of it is kept.
        self.pause_leg(call_id, lane);
        self.put(Output::Record(Record::Begin { recording, call: call_id, part, leg: id, lane }));
        if is_first {
            self.record_compartment(call_id);
        }
    }

    /// The recording hears that the call has gone from one leg to another.
    pub(crate) fn record_transfer(&mut self, id: CallId, from: LegId, to: LegId) {
        if let Some(recording) = self.calls.get(&id).and_then(|call| call.recording) {
            self.put(Output::Record(Record::Transfer { recording, from, to }));
        }
    }

    /// Somebody answers, perhaps to whom the call was handed on.
    pub(crate) fn taken_on(&mut self, id: CallId, by: LegId) {
        if let Some(from) = self.calls.get_mut(&id).and_then(|call| call.handed_on_by.take()) {
            self.record_transfer(id, from, by);
        }
    }

    /// Who leaves the call hands it on to whoever answers next.
    pub(crate) fn hands_on(&mut self, id: CallId, by: LegId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.handed_on_by = Some(by);
        }
    }

    pub(crate) fn record_end(&mut self, leg: &Leg) {
        let recording = self.calls.get(&leg.call).and_then(|call| call.recording);
        if let Some(recording) = recording.filter(|_| leg.recorded) {
            self.put(Output::Record(Record::End { recording, leg: leg.id, lane: leg.lane }));
        }
    }

    /// Nothing of a call is recorded any more: what was ends here.
    pub(crate) fn record_no_more(&mut self, id: CallId) {
        let recorded: Vec<Leg> = self.legs.values().filter(|leg| leg.call == id && leg.recorded).cloned().collect();
        for leg in recorded {
            self.record_end(&leg);
            if let Some(leg) = self.legs.get_mut(&leg.id) {
                leg.recorded = false;
            }
        }
    }

    /// The recorder could not take a leg. The call goes on, and the log says so.
    pub(crate) fn not_recorded(&mut self, id: LegId, why: RecordingGap) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.recorded = false;
        // A supervisor's voice belongs to the talk.
        let call = match self.calls.get(&leg.call).map(|call| &call.phase) {
            Some(Phase::Supervising(of)) => *of,
            _ => leg.call,
        };
        self.tell(CallEvent::RecordingMissing { call, why });
    }
}
