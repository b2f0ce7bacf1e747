//! Finding calls that are over, and with them their recordings: by day, direction, queue, person, line, number, and by
//! what became of the recording.
//!
//! Two tables. `terms` has a row for everything by which a call is found and of which it has more than one: each queue,
//! each person who answered, each line, each number. `found` has a narrow row a call with the rest. Both are in the order
//! of the calls' first events, so a question is a merge of sorted lists that stops when its page is full.
//! Not here: full text, and parts of numbers but their last four digits.

mod question;
mod term;
mod walk;

use frame::{CallId, Utc};
use rusqlite::{Connection, params};

pub use question::{FindOrder, PageKey, Question, WantedNumber};

use super::reader;
use crate::journal::{Cdr, FollowError, cdr_line::word};
use term::terms_of;
pub(super) use walk::find;

const DAY_US: i64 = 86_400_000_000;

/// Lists a call that has ended. To be called again when more was told of it.
pub(super) fn note(db: &Connection, cdr: &Cdr) -> Result<(), FollowError> {
    if cdr.ended.is_none() {
        return Ok(());
    }
    let no = cdr.first_no.0 as i64;
    db.prepare_cached("INSERT OR REPLACE INTO found VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        no,
        cdr.began.utc.as_us(),
        cdr.talk().as_millis() as i64,
        word(&cdr.direction),
        word(&cdr.recording.state()),
    ])?;
    db.prepare_cached(
        "INSERT INTO found_days VALUES (?1, ?2, ?2) ON CONFLICT (day) DO UPDATE
         SET first_no = min(first_no, excluded.first_no), last_no = max(last_no, excluded.last_no)",
    )?
    .execute(params![day(cdr.began.utc), no])?;
    note_terms(db, cdr.call, no)
}

fn note_terms(db: &Connection, call: CallId, no: i64) -> Result<(), FollowError> {
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO terms VALUES (?1, ?2)")?;
    for term in terms_of(&reader::events(db, call)?) {
        insert.execute(params![term, no])?;
    }
    Ok(())
}

/// The day, of UTC, on which a moment lies.
const fn day(utc: Utc) -> i64 {
    utc.as_us().div_euclid(DAY_US)
}

#[cfg(test)]
mod tests;
