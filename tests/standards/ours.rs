//! The box's own canceller as the tests of G.168 take it.

use dsp::echo::{Canceller, Tail, Workspace};
use frame::Law;
use standards::{g168::Subject, line::Lanes};

/// The canceller of a span, all of whose timeslots are in use.
pub struct Ours {
    canceller: Canceller,
    workspace: Workspace,
}

impl Ours {
    pub fn new() -> Ours {
        Ours { canceller: Canceller::new(Tail::Ms64), workspace: Workspace::new() }
    }
}

impl Subject for Ours {
    fn process(&mut self, far: &Lanes, rx: &Lanes, clean: &mut Lanes) {
        self.canceller.process(&mut self.workspace, far, rx, Law::A, u32::MAX, clean);
    }

    fn suppress(&mut self, on: bool) {
        self.canceller.suppress(on);
    }

    fn hold(&mut self, _held: bool) {}

    fn can_hold(&self) -> bool {
        false
    }
}
