//! Turns at hashing, which are turns at changing accounts as well: one at a time, and accounts are written before they are taken.
//!
//! A stranger's second try at the same moment is refused rather than queued: a person waits a tenth of a second and tries again,
//! a machine that guesses gets no queue to fill. Who is signed in waits, and comes before any stranger: a flood of sign-ins keeps
//! nobody from locking out whose password it is.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use frame::PersonId;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// How long somebody waits: before them are those who wait already, each with an event that may take two seconds to be durable
/// where the disk is slow.
const WAITS: Duration = Duration::from_secs(5);

/// Who waits: a person, or who asks at the command line.
pub(super) type Waits = Option<PersonId>;

/// The turns.
#[derive(Debug)]
pub(super) struct Turns {
    one: Semaphore,
    /// One place each: nobody fills the queue, whatever they send.
    waiting: Mutex<BTreeSet<Waits>>,
}

/// It is not one's turn, and will not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Busy;

impl Turns {
    pub(super) fn new() -> Turns {
        Turns { one: Semaphore::new(1), waiting: Mutex::default() }
    }

    /// A stranger's.
    ///
    /// # Errors
    /// Somebody else has it, or waits for it.
    pub(super) fn take(&self) -> Result<SemaphorePermit<'_>, Busy> {
        // What is given back goes to who waits: it is never free meanwhile.
        self.one.try_acquire().map_err(|_| Busy)
    }

    /// That of somebody who is signed in, once it comes.
    ///
    /// # Errors
    /// They wait for another already, or it did not come.
    pub(super) async fn wait(&self, who: Waits) -> Result<SemaphorePermit<'_>, Busy> {
        self.wait_for(WAITS, who).await
    }

    async fn wait_for(&self, longest: Duration, who: Waits) -> Result<SemaphorePermit<'_>, Busy> {
        let _place = Place::of(self, who)?;
        match timeout(longest, self.one.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Busy),
        }
    }
}

/// A place among those who wait.
struct Place<'a> {
    turns: &'a Turns,
    who: Waits,
}

impl Place<'_> {
    fn of(turns: &Turns, who: Waits) -> Result<Place<'_>, Busy> {
        let is_new = turns.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(who);
        if is_new { Ok(Place { turns, who }) } else { Err(Busy) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.turns.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.who);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const LI: Waits = Some(PersonId(3));
    const MOMENT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn who_is_signed_in_waits_ahead_of_strangers_who_are_refused() {
        let turns = Turns::new();
        let stranger = turns.take().expect("nobody has it");
        assert!(turns.take().is_err());
        let (waited, ()) = tokio::join!(turns.wait(LI), async {
            sleep(MOMENT).await;
            drop(stranger);
            assert!(turns.take().is_err(), "it is given to who waits");
        });
        drop(waited.expect("it came"));
        assert!(turns.take().is_ok());
    }

    #[tokio::test]
    async fn a_person_has_one_place_and_nobody_waits_for_ever() {
        let turns = Turns::new();
        let hangs = turns.take().expect("nobody has it");
        let (first, second, other) =
            tokio::join!(turns.wait_for(MOMENT, LI), turns.wait_for(MOMENT, LI), turns.wait_for(MOMENT, None));
        assert!(first.is_err() && second.is_err() && other.is_err(), "nobody gives it back");
        let twice = async {
            sleep(MOMENT).await;
            let again = turns.wait(LI).await.err();
            drop(hangs);
            again
        };
        let (waited, again) = tokio::join!(turns.wait(LI), twice);
        assert_eq!(again, Some(Busy), "they wait already");
        drop(waited.expect("it came, and the places were given back"));
        assert!(turns.wait(LI).await.is_ok());
    }
}
