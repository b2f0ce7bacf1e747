//! Telephones that call somebody by themselves once they are lifted: hot lines and door stations.

use frame::{CallId, PortId};
use isdn::Cause;
use settings::{Pause, StationClass};

use crate::{
    Side,
    control::{Control, Phase},
    plan::{HotLine, Match, Plan, Target},
};

impl HotLine {
    /// The digits of whom it calls.
    pub(crate) fn digits(&self) -> String {
        Pause::taken_out(&self.dialled)
    }

    /// Whom it calls. What that is, its digits say; the pauses are for the line.
    pub(crate) fn target(&self, plan: &Plan) -> Option<Target> {
        match plan.dialled(&self.digits()) {
            Match::Whole { target: Target::Outside { group, number }, .. } => {
                Some(Target::Outside { group, number: number.dialled_as(&self.dialled) })
            }
            Match::Whole { target, .. } => Some(target),
            Match::More | Match::Nothing => None,
        }
    }
}

impl Control {
    /// A handset was lifted to call someone: whom its person dials, or whom it calls by itself. A door station has no
    /// person, and might wait for ever.
    pub(crate) fn lifted(&mut self, port: PortId) {
        let Some(id) = self.dials(port) else { return };
        let Some(station) = self.plan.stations.get(&port) else { return };
        let within = match &station.calls {
            Some(line) => line.after,
            None if station.class == StationClass::Door => self.plan.digits.first(),
            None => return,
        };
        if within.is_zero() {
            self.calls_by_itself(id);
        } else if let Some(Phase::Dialling { until, .. }) = self.calls.get_mut(&id).map(|call| &mut call.phase) {
            *until = Some(self.now + within);
        }
    }

    /// Nothing was dialled where somebody is called by itself. False where that is not so: who calls a third party, or has
    /// unlocked the telephone, means to dial.
    pub(crate) fn calls_by_itself(&mut self, id: CallId) -> bool {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.holds.is_none() && !call.unlocked) else {
            return false;
        };
        let station =
            self.legs.get(&call.caller).and_then(|leg| leg.station()).and_then(|port| call.plan.stations.get(&port));
        let Some(line) = station.and_then(|station| station.calls.clone()) else { return false };
        let Phase::Dialling { digits, .. } = &mut call.phase else { return false };
        if !digits.is_empty() {
            return false;
        }
        // What the settings name is no code, and a lock is for what people dial.
        *digits = line.digits();
        match line.target(&call.plan) {
            Some(target) => self.dialled(id, target),
            None => self.end(id, Cause::UnallocatedNumber, Side::Box),
        }
        true
    }
}
