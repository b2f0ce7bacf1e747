//! What is derived from the log follows it, record by record, and can fall behind and catch up.
//!
//! Two follow: first the vault's leaf sequence, whose records count as durable only with it, then the index.

use std::io;

use frame::{EventNo, Stamp, Utc};

use super::{BoxEvent, Damage, Item, Reader, Record, Storage};

/// How many records are handed over at once while catching up: one transaction of the index.
const CATCH_UP_RECORDS: usize = 1000;

/// Something that is derived from the log.
pub trait Follower: Send {
    /// Gets ready to follow, where the disk has not let it before.
    fn ready(&mut self) -> Result<(), FollowError> {
        Ok(())
    }
    /// The last record it has taken, durably.
    fn last_no(&self) -> EventNo;
    /// The last record of which it knows that the log had it, whatever the log has now. Asked before it follows anything.
    fn known_no(&mut self) -> EventNo {
        self.last_no()
    }
    /// The first and the last of the records that it had and the log has not, or has others in their place: told once in a
    /// life, until the log has an event of it.
    fn take_gone(&mut self) -> Option<(EventNo, EventNo)> {
        None
    }
    /// What it found that the log is to have: each once.
    fn take_told(&mut self) -> Vec<BoxEvent> {
        Vec::new()
    }
    /// Takes the next records, all or none; those it has already are passed over.
    fn follow(&mut self, records: &[Record]) -> Result<(), FollowError>;
    /// Does what time asks of it, with every sync.
    fn tend(&mut self, _now: Stamp) -> Result<(), FollowError> {
        Ok(())
    }
    /// Nothing follows any more: the log is closed.
    fn end(&mut self, _now: Stamp) -> Result<(), FollowError> {
        Ok(())
    }
    /// Somebody who read it met damage: it looks for itself when it gets ready the next time.
    fn doubt(&mut self) {}
    /// Puts damaged files aside and starts over, if it may be derived again. Says what keeps the old ones.
    fn start_over(&mut self, _now: Utc) -> Result<Option<String>, FollowError> {
        Err(FollowError::Damaged("this is not derived twice".to_owned()))
    }
}

/// Why a follower could not follow.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// What it has is damaged: start over.
    #[error("damaged: {0}")]
    Damaged(String),
    /// Its disk or the log's refuses for now: try again.
    #[error("failed: {0}")]
    Failed(String),
}

impl From<io::Error> for FollowError {
    fn from(error: io::Error) -> FollowError {
        FollowError::Failed(error.to_string())
    }
}

/// What was met while catching up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaughtUp {
    /// How many records were taken.
    pub records: u64,
    /// How many numbers no file has.
    pub missing: u64,
    /// Stretches that can't be read.
    pub damages: Vec<Damage>,
}

/// Hands a follower everything that a reader finds.
pub fn catch_up<S: Storage>(
    follower: &mut (impl Follower + ?Sized),
    reader: Reader<'_, S>,
) -> Result<CaughtUp, FollowError> {
    let mut met = CaughtUp::default();
    let mut batch = Vec::with_capacity(CATCH_UP_RECORDS);
    for item in reader {
        match item? {
            Item::Record(record) => batch.push(record),
            Item::Missing { first, last } => met.missing += last.0 - first.0 + 1,
            Item::Damage(damage) => met.damages.push(damage),
        }
        if batch.len() == CATCH_UP_RECORDS {
            hand_over(follower, &mut batch, &mut met)?;
        }
    }
    hand_over(follower, &mut batch, &mut met)?;
    Ok(met)
}

fn hand_over(
    follower: &mut (impl Follower + ?Sized),
    batch: &mut Vec<Record>,
    met: &mut CaughtUp,
) -> Result<(), FollowError> {
    follower.follow(batch)?;
    met.records += batch.len() as u64;
    batch.clear();
    Ok(())
}
