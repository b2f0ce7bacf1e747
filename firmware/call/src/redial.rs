//! The number that a telephone dialled last is dialled again by a code. Forgotten with a restart of the box.

use frame::CallId;

use crate::{
    CallEvent,
    control::Control,
    plan::{Match, Target},
};

/// What who keyed the code hears, and has dialled nothing before.
const NONE: &str = "nothing_to_redial";

impl Control {
    /// What is meant by what was dialled: instead of the code, the digits that were dialled last. Those are kept for the
    /// next time, where they lead to somebody.
    pub(crate) fn as_redialled(&mut self, id: CallId, digits: String, target: Target) -> (String, Target) {
        let station = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)?.station());
        let Some(station) = station else { return (digits, target) };
        match target {
            Target::Redial => self.last(station).unwrap_or((digits, target)),
            Target::Station(_) | Target::Queue(_) | Target::Outside { .. } | Target::Emergency(_) => {
                self.last_dialled.insert(station, digits.clone());
                (digits, target)
            }
            other => (digits, other),
        }
    }

    /// A number counts as dialled although nothing is reached by it.
    pub(crate) fn note_dialled(&mut self, id: CallId, digits: String, target: Target) {
        let (digits, _) = self.as_redialled(id, digits, target);
        if let Ok(number) = digits.parse() {
            self.tell(CallEvent::Dialled { call: id, number });
        }
    }

    fn last(&self, station: frame::PortId) -> Option<(String, Target)> {
        let digits = self.last_dialled.get(&station)?;
        let by_itself = self.plan.stations.get(&station).and_then(|row| row.calls.as_ref());
        if let Some(line) = by_itself.filter(|line| line.digits() == *digits) {
            return Some((digits.clone(), line.target(&self.plan)?));
        }
        match self.plan.dialled_at_telephone(digits) {
            Match::Whole { target, .. } => Some((digits.clone(), target)),
            Match::More | Match::Nothing => None,
        }
    }

    pub(crate) fn nothing_to_redial(&mut self, id: CallId) {
        self.tell(CallEvent::NothingRedialled { call: id });
        self.say_and_end(id, NONE);
    }
}
