//! Locked telephones: only emergency numbers and what the settings leave open are dialled there, until a PIN unlocks them for
//! one call.
//!
//! It is locked again with the end of that call: a telephone in a corridor that somebody forgot to lock would be open to all.
//! Any person of the settings who has a PIN may, so that it is known whose call it was. Nothing of a PIN is told or kept.

use analog::plan::ToneKind;
use frame::{CallId, PersonId, PortId};
use serde::{Deserialize, Serialize};

use crate::{
    CallEvent,
    control::{Call, Control, Phase},
    message::{Heard, Output},
    plan::Match,
};

/// What who may not dial something hears, and whose PIN does not fit.
const LOCKED: &str = "telephone_locked";
const WRONG: &str = "pin_locked";

/// Why a telephone is not unlocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotUnlocked {
    /// The PIN was wrong three times.
    WrongPin,
    /// The PIN was wrong too often of late.
    PinLocked,
    /// There is no such person, or the person has no PIN.
    NoPin,
}

impl Call {
    /// What digits mean that were dialled at a telephone for this call.
    pub(crate) fn means(&self, station: Option<PortId>, digits: &str) -> Match {
        match station.and_then(|port| self.plan.locked.get(&port)) {
            Some(lock) if !self.unlocked => self.plan.dialled_while_locked(*lock, digits),
            _ => self.plan.dialled_at_telephone(digits),
        }
    }
}

impl Control {
    /// The telephone at which a call was begun, where it is locked.
    pub(crate) fn locked_station(&self, id: CallId) -> Option<PortId> {
        let call = self.calls.get(&id).filter(|call| !call.unlocked)?;
        let port = self.legs.get(&call.caller)?.station()?;
        call.plan.locked.contains_key(&port).then_some(port)
    }

    /// Something was dialled at a locked telephone that may not be. False where it is not locked.
    pub(crate) fn refuses_as_locked(&mut self, id: CallId) -> bool {
        let Some(port) = self.locked_station(id) else { return false };
        let extension = self.plan.stations.get(&port).map(|station| station.extension.clone()).unwrap_or_default();
        self.tell(CallEvent::TelephoneLocked { call: id, extension });
        self.say_and_end(id, LOCKED);
        true
    }

    /// The PIN was right: one number may be dialled.
    pub(crate) fn unlocks(&mut self, id: CallId, person: PersonId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let until = Some(self.now + call.plan.digits.first());
        (call.unlocked, call.phase) = (true, Phase::Dialling { digits: String::new(), until });
        let lane = self.legs.get(&call.caller).map(|leg| leg.lane);
        self.tell(CallEvent::TelephoneUnlocked { call: id, person });
        if let Some(lane) = lane {
            self.put(Output::Hear { lane, heard: Heard::Tone(ToneKind::Dial) });
        }
    }

    pub(crate) fn refuses_to_unlock(&mut self, id: CallId, why: NotUnlocked) {
        self.tell(CallEvent::NotUnlocked { call: id, why });
        self.say_and_end(id, WRONG);
    }
}
