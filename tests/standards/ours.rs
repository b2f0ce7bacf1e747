//! The box's own canceller as the tests of G.168 take it.

use dsp::echo::{Canceller, Tail, Workspace};
use frame::Law;
use standards::{g168::Subject, line::Lanes};

/// The canceller of a span, all of whose timeslots are in use.
pub struct Ours {
    canceller: Canceller,
    workspace: Workspace,
    law: Law,
}

impl Ours {
    pub fn new(tail: Tail, law: Law) -> Ours {
        Ours { canceller: Canceller::new(tail), workspace: Workspace::new(), law }
    }
}

impl Subject for Ours {
    fn law(&self) -> Law {
        self.law
    }

    fn process(&mut self, far: &Lanes, rx: &Lanes, clean: &mut Lanes) {
        self.canceller.process(&mut self.workspace, far, rx, self.law, u32::MAX, clean);
    }

    fn suppress(&mut self, on: bool) {
        self.canceller.suppress(on);
    }

    fn hold(&mut self, _held: bool) {}

    fn can_hold(&self) -> bool {
        false
    }
}
