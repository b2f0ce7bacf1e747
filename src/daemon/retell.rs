//! Facts of calls that were true when the last life was killed, and had not reached the log: a few milliseconds' worth.
//!
//! The call table is written before a message leaves, the log soon after it. What the table knows and the log does not is
//! told now, so that no call is without its beginning, its parties and their answers.

use call::{AnswerEvidence, CallEvent, Endpoint, Kept, KeptLeg, LegRole};

use crate::journal::Cdr;

/// What the log lacks of a call that the table has; `row` is what the log has of it.
pub(super) fn missing_facts(kept: &Kept, row: Option<&Cdr>) -> Vec<CallEvent> {
    let Kept { call, direction, class, settings, .. } = *kept;
    let mut facts = Vec::new();
    if row.is_none() {
        facts.push(CallEvent::Began { call, direction, class, settings });
    }
    let caller = Some((&kept.caller, LegRole::Caller));
    for (leg, role) in caller.into_iter().chain(kept.called.as_ref().map(|leg| (leg, LegRole::Called))) {
        let known = row.and_then(|row| row.legs.iter().find(|known| known.leg == leg.leg));
        if known.is_none() {
            facts.push(leg_began(kept, leg, role));
        }
        if leg.answered && known.is_none_or(|known| known.answered.is_none()) {
            facts.push(CallEvent::LegAnswered { call, leg: leg.leg, evidence: evidence(leg) });
        }
    }
    facts
}

fn leg_began(kept: &Kept, leg: &KeptLeg, role: LegRole) -> CallEvent {
    let KeptLeg { leg, endpoint, number, .. } = leg.clone();
    CallEvent::LegBegan { call: kept.call, leg, role, endpoint, number }
}

/// The table does not keep how an answer was known; for an outside line the weakest is told.
fn evidence(leg: &KeptLeg) -> AnswerEvidence {
    match leg.endpoint {
        Endpoint::Channel { .. } => AnswerEvidence::Signalled,
        Endpoint::Station { .. } => AnswerEvidence::OffHook,
        Endpoint::OutsideLine { .. } => AnswerEvidence::Assumed,
    }
}

#[cfg(test)]
mod tests {
    use call::{CallClass, Direction, KeptDoing};
    use frame::{CallId, EventNo, LaneId, LegId, LifeNo, Stamp, Time};

    use super::*;
    use crate::journal::{Fact, Record, cdr};

    fn leg(no: u32, answered: bool) -> KeptLeg {
        let endpoint = Endpoint::Channel { lane: LaneId::default(), group: "city".into() };
        let leg = LegId::new(LifeNo(1), no);
        KeptLeg {
            leg,
            lane: LaneId::default(),
            endpoint,
            number: None,
            name: None,
            private: false,
            answered,
            recorded: true,
        }
    }

    fn kept() -> Kept {
        Kept {
            call: CallId::new(LifeNo(1), 1),
            direction: Direction::Incoming,
            class: CallClass::Normal,
            began: Time::ZERO,
            settings: 3,
            record: true,
            recording: None,
            doing: KeptDoing::Talking,
            queue: None,
            compartment: None,
            caller: leg(1, true),
            called: Some(leg(2, true)),
            masks: Vec::new(),
            refused: false,
            supervised: false,
        }
    }

    /// The row of a log that has these facts.
    fn row(facts: &[CallEvent]) -> Option<Cdr> {
        let record = |(no, fact): (u64, &CallEvent)| Record {
            no: EventNo(no),
            life: LifeNo(1),
            version: 1,
            stamp: Stamp::default(),
            fact: Fact::Known(fact.clone().into()),
        };
        cdr(&(1..).zip(facts).map(record).collect::<Vec<_>>())
    }

    #[test]
    fn what_the_log_lacks_is_told_and_nothing_twice() {
        let all = missing_facts(&kept(), None);
        assert_eq!(all.len(), 5, "its beginning, two parties, two answers: {all:?}");
        for known in 0..=all.len() {
            let told = missing_facts(&kept(), row(&all[..known]).as_ref());
            assert_eq!(told, all[known..], "after {known} facts");
        }
    }
}
