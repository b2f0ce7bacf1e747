//! What a trunk tells of the people at its far end beyond a number: names, second numbers, from where a call was diverted.
//!
//! Source: EN 300 092-1 (second calling number), Q.951 (subaddress, connected line), Q.952 (diversion).

use frame::{CallId, LegId};
use serde::{Deserialize, Serialize};

use crate::{CallEvent, Number, Party, Spoiled, Wanted, control::Control};

/// What a trunk tells of a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerTold {
    /// Of two numbers, the one that is not shown.
    pub other_number: Option<Number>,
    /// The name.
    pub name: Option<String>,
    /// The extension behind the number.
    pub subaddress: Option<String>,
    /// From where the call was diverted.
    pub diversion: Option<Diversion>,
    /// What is wanted beside the number.
    pub wanted: Wanted,
    /// Which numbers stayed as they came, because a rule makes none of them.
    pub spoiled: Spoiled,
}

/// From where a call was diverted to the box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diversion {
    /// Who diverted it last.
    pub from: Party,
    /// Who was called at first, where that is another.
    pub first: Party,
    /// Why.
    pub reason: DiversionReason,
}

/// Who answered at the far end of a trunk, as the network tells it (COLP).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerTold {
    /// The number, or that it is withheld (COLR).
    pub party: Party,
    /// The name.
    pub name: Option<String>,
    /// The extension behind the number.
    pub subaddress: Option<String>,
}

/// Why a call was diverted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiversionReason {
    /// Nothing was said of it.
    #[default]
    Unknown,
    /// The party was busy.
    Busy,
    /// The party did not answer.
    NoReply,
    /// The party sends all calls on.
    Unconditional,
    /// The party, or its equipment, sent this call on.
    Deflected,
    /// The party's equipment was out of order.
    OutOfOrder,
}

impl Diversion {
    /// The numbers from which it was diverted, the last one first.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &Number> {
        [&self.from, &self.first].into_iter().filter_map(|party| party.number())
    }
}

impl AnswerTold {
    fn is_nothing(&self) -> bool {
        *self == AnswerTold::default()
    }
}

impl Control {
    /// Puts into the log what the trunk told of a caller, if it told anything.
    pub(crate) fn note_caller(&mut self, call: CallId, leg: LegId, withheld: bool, told: CallerTold) {
        let CallerTold { other_number, name, subaddress, diversion, wanted, spoiled } = told;
        if withheld || other_number.is_some() || name.is_some() || subaddress.is_some() {
            self.tell(CallEvent::CallerTold { call, leg, withheld, other_number, name, subaddress });
        }
        if let Some(Diversion { from, first, reason }) = diversion {
            let withheld = from == Party::Withheld;
            let number = |party: Party| party.number().cloned();
            self.tell(CallEvent::Diverted { call, from: number(from), withheld, first: number(first), reason });
        }
        self.note_wanted(call, leg, wanted);
        let Spoiled { called, calling } = spoiled;
        if called || calling {
            self.tell(CallEvent::RuleSpoils { call, leg, called, calling });
        }
    }

    /// Puts into the log who answered, if the network told it.
    pub(crate) fn note_answer(&mut self, leg: LegId, told: AnswerTold) {
        let Some(call) = self.legs.get(&leg).map(|leg| leg.call).filter(|_| !told.is_nothing()) else { return };
        let AnswerTold { party, name, subaddress } = told;
        let (number, withheld) = (party.number().cloned(), party == Party::Withheld);
        self.tell(CallEvent::AnswerTold { call, leg, number, withheld, name, subaddress });
    }
}
