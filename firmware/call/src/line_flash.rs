//! A flash for the exchange of an outside line: its call that waits, its transfer, its conference.
//!
//! What comes of it is between the person and the exchange, and is heard; the box sees none of it, so call, record and recording
//! stay one, whoever is at the far end then. Digits that are keyed afterwards reach the exchange in the audio.
//! Not here: what a flash does within the house (`consult`, `waiting`), how long it is (`analog`).

use frame::{CallId, LegId};

use crate::{
    CallClass, CallEvent,
    control::Control,
    leg::Leg,
    message::{Line, Output, TrunkRequest},
};

impl Control {
    /// A telephone of a talk wants it. Of two outside lines nobody could say which is meant, and an emergency service is not put
    /// on hold.
    pub(crate) fn flash_line(&mut self, id: CallId, by: LegId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.phase.is_talk()) else { return };
        let extension = self.legs.get(&by).filter(|leg| leg.station().is_some()).and_then(|leg| leg.number.as_ref());
        let (Some(extension), false) = (extension, call.class == CallClass::Emergency) else { return };
        let outside =
            |leg: &Leg| Some((leg.id, leg.line.filter(|line| leg.is_trunk() && matches!(line, Line::Port(_)))?));
        let parties = call.phase.parties();
        let mut lines =
            parties.iter().filter_map(|leg| self.legs.get(leg)).filter(|leg| leg.is_answered()).filter_map(outside);
        let (Some((leg, line)), None) = (lines.next(), lines.next()) else { return };
        let extension = extension.to_string();
        self.tell(CallEvent::LineFlashed { call: id, leg, by, extension });
        self.put(Output::Trunk { line, request: TrunkRequest::Flash });
    }
}
