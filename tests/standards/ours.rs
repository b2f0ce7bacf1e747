//! The box's own canceller as the tests of G.168 take it.

use dsp::echo::{Canceller, Tail};
use frame::Law;
use standards::{g168::Subject, line::Lanes};

/// The canceller of a span, all of whose timeslots are in use.
pub struct Ours(pub Canceller);

impl Ours {
    pub fn new() -> Ours {
        Ours(Canceller::new(Tail::Ms64))
    }
}

impl Subject for Ours {
    fn process(&mut self, far: &Lanes, rx: &Lanes, clean: &mut Lanes) {
        self.0.process(far, rx, Law::A, u32::MAX, clean);
    }

    fn suppress(&mut self, on: bool) {
        self.0.suppress(on);
    }

    fn hold(&mut self, _held: bool) {}

    fn can_hold(&self) -> bool {
        false
    }
}
