//! Audit before the act: an intent that is durable before anything is done, and then what became of it.

use std::{fmt, sync::Arc, time::Duration};

use frame::{CallId, EventNo, LifeNo, Stamp};
use tokio::time::timeout;

use super::{Act, Actor, BoxEvent, Event, FollowError, IndexReader, JournalHandle, Outcome};

/// How long an intent may take to be durable; then the act is refused.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

/// Gives the moment.
pub type StampClock = Arc<dyn Fn() -> Stamp + Send + Sync>;

/// The intent could not be made durable in time: nothing may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit intent is not durable")]
pub struct NotAudited;

/// What somebody is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intend {
    /// Who.
    pub by: Actor,
    /// What.
    pub act: Act,
    /// On what.
    pub object: String,
    /// The call whose story it belongs to, if it belongs to one.
    pub call: Option<CallId>,
    /// The reason that was given.
    pub reason: String,
}

/// Writes intents.
#[derive(Clone)]
pub struct Audit {
    journal: JournalHandle,
    clock: StampClock,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Audit")
    }
}

impl Audit {
    /// Over a journal.
    pub fn new(journal: JournalHandle, clock: StampClock) -> Audit {
        Audit { journal, clock }
    }

    /// Writes an intent. When this returns it is durable, and the act may be done.
    ///
    /// # Errors
    /// [`NotAudited`] where that took too long or can't be. Should the intent be durable later, it is concluded as not done.
    pub async fn intend(&self, intend: Intend) -> Result<Intent, NotAudited> {
        let Intend { by, act, object, call, reason } = intend;
        let event = BoxEvent::AuditIntent { by, act, object, reason, call };
        let mut durable = self.journal.append_durable((self.clock)(), event);
        let intent = |no| Intent { no, call, audit: self.clone(), is_open: true };
        match timeout(DURABLE_WITHIN, &mut durable).await {
            Ok(Ok(Ok(no))) => Ok(intent(no)),
            Ok(Ok(Err(refused))) => {
                // It waits in memory and may still get to the disk: with its outcome behind it.
                drop(refused.no.map(intent));
                Err(NotAudited)
            }
            Ok(Err(_)) => Err(NotAudited),
            Err(_) => {
                let audit = self.clone();
                tokio::spawn(async move {
                    let late = durable.await.ok().and_then(|durable| durable.map_or_else(|error| error.no, Some));
                    drop(late.map(|no| Intent { no, call, audit, is_open: true }));
                });
                Err(NotAudited)
            }
        }
    }

    /// Closes the intents that lives before `life` left open: the box died in between, and nobody knows what became of
    /// them. A recording may have been heard and a number read without anything that says so.
    ///
    /// # Errors
    /// The index's.
    pub fn close_old(&self, index: &IndexReader, life: LifeNo) -> Result<(), FollowError> {
        for record in index.open_intents_before(life)? {
            let call = match record.event() {
                Some(Event::Box(BoxEvent::AuditIntent { call, .. })) => *call,
                _ => None,
            };
            Intent { no: record.no, call, audit: self.clone(), is_open: true }.conclude(Outcome::Unknown);
        }
        Ok(())
    }
}

/// An intent that is durable: whoever holds it may do what it announces. Dropped, it is concluded as not done, so that no
/// way of giving up leaves it open.
#[derive(Debug)]
#[must_use]
pub struct Intent {
    no: EventNo,
    call: Option<CallId>,
    audit: Audit,
    is_open: bool,
}

impl Intent {
    /// Its number in the log.
    pub fn no(&self) -> EventNo {
        self.no
    }

    /// Gives the number to who concludes it later, if not after the next start: an act whose traces on disk say then
    /// whether it was done.
    pub fn leave_open(mut self) -> EventNo {
        self.is_open = false;
        self.no
    }

    /// Writes what became of it.
    pub fn conclude(mut self, outcome: Outcome) {
        self.write(outcome);
    }

    fn write(&mut self, outcome: Outcome) {
        let event = BoxEvent::AuditOutcome { intent: self.no, outcome, call: self.call };
        self.audit.journal.append((self.audit.clock)(), event);
        self.is_open = false;
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        if self.is_open {
            self.write(Outcome::Failed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::Path,
        sync::atomic::{AtomicBool, Ordering::Relaxed},
        time::Instant,
    };

    use frame::PersonId;

    use super::*;
    use crate::journal::{
        JournalConfig, Limits,
        sample::{CALL, queued_call, stamp},
        start,
    };

    fn journal(dir: &Path, life: u32) -> JournalHandle {
        let events = dir.join("events");
        fs::create_dir_all(&events).unwrap();
        let config = JournalConfig {
            events,
            index: dir.join("index.db"),
            life: LifeNo(life),
            limits: Limits { segment_octets: 1 << 16, ..Limits::default() },
            leaves: None,
            clock: Box::new(|| stamp(60_000)),
        };
        start(config).unwrap().0
    }

    fn audit(journal: &JournalHandle) -> Audit {
        Audit::new(journal.clone(), Arc::new(|| stamp(60_000)))
    }

    fn intend(reason: &str) -> Intend {
        let (by, object) = (Actor::Person(PersonId(3)), "1-1".to_owned());
        Intend { by, act: Act::OpenRecording, object, call: Some(CALL), reason: reason.to_owned() }
    }

    /// What the story of the sample's call says of its audit, as text.
    async fn told(journal: &JournalHandle, dir: &Path) -> Vec<String> {
        journal.settle().await.unwrap();
        let events = IndexReader::open(&dir.join("index.db")).unwrap().events(CALL).unwrap();
        let texts = events.iter().map(|record| record.fact.text());
        texts.filter(|text| text.contains("audit_")).collect()
    }

    #[tokio::test]
    async fn an_intent_is_in_the_calls_story_with_its_outcome_also_when_it_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let journal = journal(dir.path(), 1);
        queued_call().into_iter().for_each(|(ms, event)| journal.append(stamp(ms), event));
        audit(&journal).intend(intend("complaint")).await.unwrap().conclude(Outcome::Done);
        drop(audit(&journal).intend(intend("curious")).await.unwrap());
        let told = told(&journal, dir.path()).await;
        let words = [["complaint", "1-1"], ["\"done\"", "17"], ["curious", "1-1"], ["\"failed\"", "19"]];
        assert_eq!(told.len(), words.len(), "{told:#?}");
        for (text, words) in told.iter().zip(words) {
            assert!(words.iter().all(|word| text.contains(word)), "{text}: {words:?}");
        }
        journal.stop();
    }

    #[tokio::test]
    async fn no_disk_no_act_and_what_gets_there_later_says_that_nothing_was_done() {
        let dir = tempfile::tempdir().unwrap();
        let journal = journal(dir.path(), 1);
        queued_call().into_iter().for_each(|(ms, event)| journal.append(stamp(ms), event));
        journal.settle().await.unwrap();
        // The directory becomes a file: nothing can be made in it, whoever tries.
        let (events, aside) = (dir.path().join("events"), dir.path().join("aside"));
        fs::rename(&events, &aside).unwrap();
        fs::write(&events, "").unwrap();
        let filler = "x".repeat(60_000);
        // Fills the open file, so that the next one has to be made.
        journal.append(stamp(1), BoxEvent::Ready { url: filler.clone() });
        journal.append(stamp(1), BoxEvent::Ready { url: filler });
        assert_eq!(audit(&journal).intend(intend("complaint")).await.unwrap_err(), NotAudited);
        fs::remove_file(&events).unwrap();
        fs::rename(&aside, &events).unwrap();
        let mut told = told(&journal, dir.path()).await;
        while told.len() < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            told = self::told(&journal, dir.path()).await;
        }
        assert!(told[0].contains("complaint") && told[1].contains("\"failed\""), "{told:?}");
        journal.stop();
    }

    #[tokio::test]
    async fn a_disk_that_hangs_is_waited_for_two_seconds_and_no_longer() {
        let dir = tempfile::tempdir().unwrap();
        let is_hung = Arc::new(AtomicBool::new(false));
        let events = dir.path().join("events");
        fs::create_dir_all(&events).unwrap();
        let hangs = Arc::clone(&is_hung);
        let config = JournalConfig {
            events,
            index: dir.path().join("index.db"),
            life: LifeNo(1),
            limits: Limits { segment_octets: 1 << 16, ..Limits::default() },
            leaves: None,
            // Asked for before each write: the thread hangs here as it would in the kernel.
            clock: Box::new(move || {
                while hangs.load(Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                stamp(60_000)
            }),
        };
        let (journal, _) = start(config).unwrap();
        queued_call().into_iter().for_each(|(ms, event)| journal.append(stamp(ms), event));
        journal.settle().await.unwrap();
        is_hung.store(true, Relaxed);
        let asked = Instant::now();
        assert_eq!(audit(&journal).intend(intend("complaint")).await.unwrap_err(), NotAudited);
        assert!((2.0..2.5).contains(&asked.elapsed().as_secs_f64()), "{:?}", asked.elapsed());
        is_hung.store(false, Relaxed);
        let mut told = told(&journal, dir.path()).await;
        while told.len() < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            told = self::told(&journal, dir.path()).await;
        }
        assert!(told[0].contains("complaint") && told[1].contains("\"failed\""), "{told:?}");
        journal.stop();
    }

    #[tokio::test]
    async fn what_a_dead_life_left_open_is_closed_as_unknown_and_what_this_life_does_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let first = journal(dir.path(), 1);
        queued_call().into_iter().for_each(|(ms, event)| first.append(stamp(ms), event));
        // The box dies with it: nothing is concluded.
        std::mem::forget(audit(&first).intend(intend("complaint")).await.unwrap());
        first.settle().await.unwrap();
        first.stop();
        let second = journal(dir.path(), 2);
        let under_way = audit(&second).intend(intend("again")).await.unwrap();
        second.settle().await.unwrap();
        let index = IndexReader::open(&dir.path().join("index.db")).unwrap();
        audit(&second).close_old(&index, LifeNo(2)).unwrap();
        let told = told(&second, dir.path()).await;
        assert!(told.last().unwrap().contains("\"intent\":17,\"outcome\":\"unknown\""), "{told:?}");
        assert_eq!(index.open_intents().unwrap(), [under_way.no()]);
        under_way.conclude(Outcome::Done);
        second.settle().await.unwrap();
        assert_eq!(index.open_intents().unwrap(), []);
        second.stop();
    }
}
