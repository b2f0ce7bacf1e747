//! Whether a caller agrees to be recorded, as a step of a flow asks it.
//!
//! Source: PIPL 28 and 29, GDPR 6 and 7, of which counsel says what they ask here. While it is asked the recording
//! pauses ([`crate::masking`]); what was said to it is a mark in the map and an event. Who does not agree is recorded by
//! nobody from then on, also after a transfer, unless the step says that the call is recorded all the same.

use flow::ConsentBy;
use frame::CallId;
use serde::{Deserialize, Serialize};

use crate::{
    CallEvent,
    control::Control,
    message::{Output, Record},
};

/// By what it is known whether a caller agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentEvidence {
    /// A key for it.
    Key,
    /// Heard that the call is recorded, and stayed.
    Staying,
    /// Pressed no key, where one was asked for.
    NoKey,
}

impl Control {
    /// The caller was asked.
    pub(crate) fn consent(&mut self, id: CallId, step: String, given: bool, by: ConsentBy, recorded: bool) {
        let evidence = match by {
            ConsentBy::Key => ConsentEvidence::Key,
            ConsentBy::Staying => ConsentEvidence::Staying,
            ConsentBy::NoKey => ConsentEvidence::NoKey,
        };
        let Some(call) = self.calls.get_mut(&id) else { return };
        // Who was asked again may have changed their mind.
        let again = given && std::mem::take(&mut call.refused);
        call.record |= again;
        let (leg, recording, recorded) = (call.caller, call.recording, recorded && call.record);
        self.tell(CallEvent::ConsentAsked { call: id, leg, step, given, evidence, recorded });
        if let Some(recording) = recording {
            self.put(Output::Record(Record::Consent { recording, leg, given }));
        }
        if !given && !recorded {
            self.refuse_recording(id);
        }
        if again {
            self.record_leg(leg);
        }
        self.forget_keys_of_pause(id);
    }

    /// Nothing of a call is recorded from here on.
    pub(crate) fn refuse_recording(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            (call.refused, call.record) = (true, false);
        }
        self.record_no_more(id);
    }

    /// A call goes on with a party of another one. What either of them refused is refused.
    pub(crate) fn records_together(&mut self, goes_on: CallId, other: CallId) {
        let of = |id| self.calls.get(&id).map_or((false, false), |call| (call.record, call.refused));
        let ((records, refused), (other_records, other_refused)) = (of(goes_on), of(other));
        if refused || other_refused {
            return self.refuse_recording(goes_on);
        }
        if let Some(call) = self.calls.get_mut(&goes_on) {
            call.record = records || other_records;
        }
    }
}
