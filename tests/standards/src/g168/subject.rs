//! What is tested: the cancellers of a span, as the tests turn them on and off.

use frame::Law;

use crate::line::Lanes;

/// The cancellers of the 32 timeslots of a span.
pub trait Subject {
    /// The law of its lines.
    fn law(&self) -> Law {
        Law::A
    }

    /// One tick: what goes out to each line, what comes back, and what is left of that.
    fn process(&mut self, far: &Lanes, rx: &Lanes, clean: &mut Lanes);

    /// Whether the suppressor (G.168's nonlinear processor) works.
    fn suppress(&mut self, on: bool);

    /// Whether what is known of the echo is left as it is (G.168: H register frozen). What is known is cancelled on.
    fn hold(&mut self, held: bool);

    /// Whether [`Subject::hold`] does anything. Where it does not, levels that are to be measured while held are those of
    /// the first 150 ms (as G.168, Annex E, which is for cancellers inside of something else, measures them).
    fn can_hold(&self) -> bool;
}

/// A canceller that does nothing: most tests must fail with it, or they test nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Subject for Nothing {
    fn process(&mut self, _far: &Lanes, rx: &Lanes, clean: &mut Lanes) {
        *clean = *rx;
    }

    fn suppress(&mut self, _on: bool) {}

    fn hold(&mut self, _held: bool) {}

    fn can_hold(&self) -> bool {
        true
    }
}
