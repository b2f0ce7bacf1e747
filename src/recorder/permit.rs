//! The permit for one erasure: whoever gave the order can take it back until the recorder has begun.
//!
//! An order may wait for minutes behind all copying. A hold that is placed meanwhile is in time, or is told that it is
//! not: one of the two comes first, and both sides know which.

use std::sync::{Arc, Mutex, PoisonError};

/// A permit, of which the giver and the recorder have each an end.
#[derive(Clone, Debug, Default)]
pub struct Permit(Arc<Mutex<State>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Given,
    Taken,
    Withdrawn,
}

impl Permit {
    /// Takes it: from now on the recording is erased. An order that failed takes its own again. False where it was
    /// withdrawn.
    pub fn take(&self) -> bool {
        self.become_unless(State::Withdrawn, State::Taken)
    }

    /// Gives back what was taken: nothing had been begun after all.
    pub(super) fn give_back(&self) {
        *self.state() = State::Given;
    }

    /// Whether the recorder has begun.
    pub fn is_taken(&self) -> bool {
        *self.state() == State::Taken
    }

    /// Takes it back. False where the recording is being erased already.
    pub fn withdraw(&self) -> bool {
        self.become_unless(State::Taken, State::Withdrawn)
    }

    /// Whether nobody has the other end any more, and it was not taken: the order got lost.
    pub fn is_lost(&self) -> bool {
        Arc::strong_count(&self.0) == 1 && *self.state() != State::Taken
    }

    fn become_unless(&self, never: State, then: State) -> bool {
        let mut state = self.state();
        if *state == never {
            return false;
        }
        *state = then;
        true
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two ends of the same permit are equal.
impl PartialEq for Permit {
    fn eq(&self, other: &Permit) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Permit {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_first_has_it_and_the_other_one_is_told() {
        let (giver, recorder) = ends();
        assert!(giver.withdraw() && giver.withdraw() && !recorder.take());
        let (giver, recorder) = ends();
        assert!(recorder.take() && recorder.take() && !giver.withdraw());
    }

    #[test]
    fn an_order_that_got_lost_is_known_by_its_permit() {
        let (giver, recorder) = ends();
        assert!(!giver.is_lost());
        drop(recorder);
        assert!(giver.is_lost());
        let (giver, recorder) = ends();
        recorder.take();
        drop(recorder);
        assert!(!giver.is_lost(), "it was carried out");
    }

    fn ends() -> (Permit, Permit) {
        let giver = Permit::default();
        (giver.clone(), giver)
    }
}
