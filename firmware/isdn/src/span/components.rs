//! What Facility elements say in messages that belong to no call: the one place that walks through them.
//!
//! Source: EN 300 196-1, 8.1, ITU-T X.219 (who answers what), ECMA-165, 8.1.2 (what becomes of an operation that nobody knows).
//! Not here: what each operation does (`independent`, `completion`), and those of a call (`call::service`), where an unknown one
//! may end it.

use super::Span;
use crate::{
    q931::Message,
    suppl::{
        Argument, Code, Component, FacilityContents, Interpretation, InvokeId, InvokeProblem, Operation, Refusal,
        reject,
    },
};

/// What the far end answered to an invoke.
pub(super) type Answer = Result<Option<(Code, Argument)>, Refusal>;

impl Span {
    /// Has `act` do what the operations of a message ask for; gives what is to be answered.
    pub(super) fn hear_operations(
        &mut self,
        message: &Message,
        mut act: impl FnMut(&mut Span, InvokeId, Code, Operation) -> Option<Component>,
    ) -> Vec<Component> {
        let mut answers = Vec::new();
        for facility in message.facilities() {
            let Ok(parsed) = FacilityContents::parse(facility.contents()) else {
                self.counters.misfits += 1;
                continue;
            };
            answers.extend(parsed.faults.into_iter().map(|(id, problem)| Component::Reject { id, problem }));
            let unknown = parsed.facility.header.of_unknown();
            for component in parsed.facility.components {
                if let Component::Invoke { id, operation: code, argument, .. } = component {
                    answers.extend(match Operation::parse(self.settings.rules().syntax, &code, &argument) {
                        Ok(operation) => act(self, id, code, operation),
                        Err(InvokeProblem::UnrecognizedOperation) if unknown == Interpretation::Discard => None,
                        Err(problem) => Some(reject(id, problem)),
                    });
                }
            }
        }
        answers
    }
}

/// What a message answers to our invoke of that name, if it does.
pub(super) fn answer_to(asked: InvokeId, message: &Message) -> Option<Answer> {
    let parsed = message.facilities().filter_map(|facility| FacilityContents::parse(facility.contents()).ok());
    parsed.flat_map(|parsed| parsed.facility.components).find_map(|component| match component {
        Component::Result { id, result } if id == asked => Some(Ok(result)),
        Component::Error { id, error, .. } if id == asked => Some(Err(Refusal::of_error(&error))),
        Component::Reject { id: Some(id), .. } if id == asked => Some(Err(Refusal::NotUnderstood)),
        _ => None,
    })
}
