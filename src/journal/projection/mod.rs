//! The index: SQLite tables derived from the event log, for pages, counters and reports.
//!
//! It may be deleted at any time. It takes records in order and by number, so that taking one twice changes nothing, and
//! it is never ahead of what is durable in the log. One connection writes, in the journal's thread; each reader
//! ([`IndexReader`]) has its own.

mod approved;
mod audited;
mod file;
mod finding;
mod held;
mod messages;
mod past_alarms;
mod port_tests;
mod reader;
mod schema;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use call::{CallEvent, Endpoint, Wishes};
use frame::{CallId, EventNo};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

pub use approved::AskedFor;
pub use audited::{AuditEntry, AuditOf, is_act};
pub use file::IndexFile;
pub(super) use file::with_suffix;
pub use finding::{FindOrder, PageKey, Question, WantedNumber};
pub use messages::MessageRow;
pub use past_alarms::{Over, PAST_ALARMS, PastAlarm};
pub use port_tests::{PORT_TESTS, PortTestRow, RECALLED_TESTS};
pub use reader::{Counters, IndexReader, OpenAlarm};

use super::{
    BoxEvent, Cdr, Event, Fact, FollowError, Follower, Reader, Record, Storage, cdr_line::word, event::json, scan::Item,
};
use schema::{SCHEMA, SCHEMA_VERSION, TABLES, configure};

/// Up to this size the whole index is checked at the start, in well under a second. Damage in a larger one is noticed
/// when it is met.
const CHECK_MAX_OCTETS: u64 = 64 << 20;

/// The index and its one writer.
#[derive(Debug)]
pub struct Projection {
    db: Connection,
    last_no: EventNo,
    /// The last record that it had, or one that was made before it.
    had: EventNo,
    /// The detail records of calls that have not ended, so that each event is folded once. Never more than there are
    /// calls.
    open: BTreeMap<CallId, Cdr>,
}

impl Projection {
    /// Opens the index at `path`, or makes it. A damaged one is left as it is.
    pub fn open(path: &Path) -> Result<Projection, FollowError> {
        let mut projection = Projection::over(Connection::open(path)?)?;
        projection.db.pragma_update(None, "journal_mode", "WAL")?;
        if fs::metadata(path)?.len() <= CHECK_MAX_OCTETS {
            check(&projection.db)?;
        }
        (projection.last_no, projection.had) = (read_last_no(&projection.db)?, read_had(&projection.db)?);
        Ok(projection)
    }

    /// An index in memory, for virtual time and tests.
    pub fn in_memory() -> Result<Projection, FollowError> {
        Projection::over(Connection::open_in_memory()?)
    }

    /// Forgets everything where the log does not hold what was taken last: it is not the log that this was derived from, or has
    /// lost its end. To be called before the first record is taken.
    pub fn check_against<S: Storage>(&mut self, storage: &S) -> Result<(), FollowError> {
        match self.first_gone(storage)? {
            Some(first) => self.clear(first),
            None => Ok(()),
        }
    }

    /// The first of the last records that the log has not, or has others in their place: it lost its end there. None where it
    /// has the last one.
    fn first_gone<S: Storage>(&self, storage: &S) -> Result<Option<EventNo>, FollowError> {
        let (mut gone, mut span) = (None, 1);
        // As a rule the last record fits, and one is read.
        while gone.is_none_or(|first: EventNo| first.0 > 1) && self.last_no.0 > 0 {
            let from = EventNo(self.last_no.0.saturating_sub(span - 1).max(1));
            let fits = self.last_that_fits(storage, from)?;
            match fits {
                Some(fits) if fits == self.last_no => return Ok(None),
                Some(fits) => return Ok(Some(EventNo(fits.0 + 1))),
                None => (gone, span) = (Some(from), span * 64),
            }
        }
        Ok(gone)
    }

    /// The last record from one on that the log has as it is here.
    fn last_that_fits<S: Storage>(&self, storage: &S, from: EventNo) -> Result<Option<EventNo>, FollowError> {
        let mut fits = None;
        for item in Reader::new(storage, from)? {
            match item? {
                Item::Record(record) if record.no > self.last_no => break,
                Item::Record(record) if record.no >= from && self.record(record.no)?.as_ref() == Some(&record) => {
                    fits = Some(record.no);
                }
                _ => {}
            }
        }
        Ok(fits)
    }

    /// The records that it had, the log has not, and no event of the log tells of yet.
    pub(super) fn gone(&self) -> Result<Option<(EventNo, EventNo)>, FollowError> {
        let no = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(|no| EventNo(no as u64));
        let sql = "SELECT gone_first, gone_last FROM state";
        let (first, last) = self.db.query_row(sql, [], |row| Ok((no(row, 0)?, no(row, 1)?)))?;
        Ok((first.0 > 0).then_some((first, last)))
    }

    /// The last record of which it knows that there was one.
    pub fn known_no(&self) -> EventNo {
        self.last_no.max(self.had)
    }

    /// Remembers the last record that an index had which this one comes after, and which of them are gone from the log.
    pub(super) fn remember(&mut self, had: EventNo, gone: Option<(EventNo, EventNo)>) -> Result<(), FollowError> {
        self.had = self.had.max(had);
        let (first, last) = gone.unwrap_or_default();
        let row = [self.had, first, last].map(|no| no.0 as i64);
        self.db.execute("UPDATE state SET had = ?1, gone_first = ?2, gone_last = ?3", row)?;
        Ok(())
    }

    /// How many events it has that this version does not know.
    pub fn unknown_count(&self) -> Result<u64, FollowError> {
        Ok(reader::unknown_count(&self.db)?)
    }

    fn over(db: Connection) -> Result<Projection, FollowError> {
        configure(&db)?;
        let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version != SCHEMA_VERSION {
            // All versions have it; an empty file has none.
            let had = read_last_no(&db).unwrap_or_default();
            make_tables(&db, had)?;
        }
        Ok(Projection { db, last_no: EventNo(0), had: EventNo(0), open: BTreeMap::new() })
    }

    fn clear(&mut self, gone: EventNo) -> Result<(), FollowError> {
        let deletes = TABLES.map(|table| format!("DELETE FROM {table};")).concat();
        // What it had is known until the log has come as far, and what is gone until the log tells of it: a crash before that
        // must not forget it.
        let first = format!("CASE WHEN gone_first = 0 THEN {gone} ELSE min(gone_first, {gone}) END", gone = gone.0);
        let keep = format!(
            "UPDATE state SET gone_first = {first}, gone_last = max(gone_last, last_no), had = max(had, last_no), last_no = 0;"
        );
        self.make_durable(true)?;
        self.db.execute_batch(&format!("BEGIN; {deletes} {keep} COMMIT;"))?;
        (self.last_no, self.had) = (EventNo(0), self.known_no());
        self.open.clear();
        Ok(())
    }

    fn record(&self, no: EventNo) -> Result<Option<Record>, FollowError> {
        Ok(reader::record(&self.db, no)?)
    }

    /// Whether what is taken next has to be on the disk before this returns. All else a power cut may take: it is taken from
    /// the log again.
    fn make_durable(&self, must: bool) -> rusqlite::Result<()> {
        self.db.pragma_update(None, "synchronous", if must { "FULL" } else { "NORMAL" })
    }

    /// Takes records within one transaction; the memory of open calls is right only if this succeeds.
    fn take(&mut self, records: &[Record]) -> Result<EventNo, FollowError> {
        let must_stay = |record: &Record| matches!(record.event(), Some(Event::Box(event)) if held::must_stay(event));
        self.make_durable(records.iter().any(must_stay))?;
        let transaction = self.db.transaction()?;
        let mut touched = BTreeSet::new();
        let mut last_no = self.last_no;
        for record in records.iter().filter(|record| record.no > self.last_no) {
            if record.no.0 > last_no.0 + 1 {
                held::note_gap(&transaction, EventNo(last_no.0 + 1), EventNo(record.no.0 - 1))?;
            }
            insert_event(&transaction, record)?;
            if let Some(call) = record.call() {
                fold(&transaction, &mut self.open, call, record)?;
                touched.insert(call);
            }
            if let Some(event) = record.event() {
                note(&transaction, record.no, event)?;
            }
            last_no = record.no;
        }
        for cdr in touched.iter().filter_map(|call| self.open.get(call)) {
            put_call(&transaction, cdr)?;
            finding::note(&transaction, cdr)?;
        }
        transaction.execute("UPDATE state SET last_no = ?1", [last_no.0 as i64])?;
        transaction.commit()?;
        Ok(last_no)
    }
}

impl Follower for Projection {
    fn last_no(&self) -> EventNo {
        self.last_no
    }

    fn follow(&mut self, records: &[Record]) -> Result<(), FollowError> {
        if records.last().is_none_or(|last| last.no <= self.last_no) {
            return Ok(());
        }
        match self.take(records) {
            Ok(last_no) => {
                self.last_no = last_no;
                self.open.retain(|_, cdr| cdr.ended.is_none());
                Ok(())
            }
            Err(error) => {
                self.open.clear();
                Err(error)
            }
        }
    }
}

/// Checks an index as it is on the disk, by a connection that has nothing of it in memory.
fn check_on_disk(path: &Path) -> Result<(), FollowError> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    configure(&db)?;
    check(&db)
}

fn check(db: &Connection) -> Result<(), FollowError> {
    let said: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(FollowError::Damaged(said)) }
}

fn make_tables(db: &Connection, had: EventNo) -> rusqlite::Result<()> {
    let drops = TABLES.iter().chain(&["state"]).map(|table| format!("DROP TABLE IF EXISTS {table};"));
    let drops: String = drops.collect();
    let had = format!("UPDATE state SET had = {};", had.0 as i64);
    db.execute_batch(&format!("BEGIN; {drops} {SCHEMA} {had} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"))
}

fn read_last_no(db: &Connection) -> rusqlite::Result<EventNo> {
    db.query_row("SELECT last_no FROM state", [], |row| row.get::<_, i64>(0)).map(|no| EventNo(no as u64))
}

fn read_had(db: &Connection) -> rusqlite::Result<EventNo> {
    db.query_row("SELECT had FROM state", [], |row| row.get::<_, i64>(0)).map(|no| EventNo(no as u64))
}

fn insert_event(db: &Connection, record: &Record) -> rusqlite::Result<()> {
    let known = !matches!(record.fact, Fact::Unknown { .. });
    db.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?.execute(params![
        record.no.0 as i64,
        record.call().map(|call| call.as_u64() as i64),
        record.life.0,
        record.version,
        record.stamp.boot.0,
        record.stamp.time.as_us() as i64,
        record.stamp.utc.as_us(),
        known,
        record.fact.text(),
    ])?;
    Ok(())
}

/// Folds an event of a call into its detail record, which is read from its earlier events if it is not at hand.
fn fold(db: &Connection, open: &mut BTreeMap<CallId, Cdr>, call: CallId, record: &Record) -> Result<(), FollowError> {
    if let Some(cdr) = open.get_mut(&call) {
        cdr.apply(record);
        return Ok(());
    }
    let cdr = super::cdr(&reader::events(db, call)?);
    open.extend(cdr.map(|cdr| (call, cdr)));
    Ok(())
}

/// What an event does to the tables that are not about calls.
fn note(db: &Connection, no: EventNo, event: &Event) -> rusqlite::Result<()> {
    messages::note(db, event)?;
    audited::note(db, no, event)?;
    let event = match event {
        Event::Call(event) => return note_wishes(db, event),
        Event::Box(event) => event,
    };
    approved::note(db, no, event)?;
    held::note(db, no, event)?;
    match event {
        // A new life raises again what is still wrong.
        BoxEvent::Started { .. } => {
            past_alarms::box_started(db, no)?;
            db.execute("DELETE FROM alarms", [])?
        }
        BoxEvent::AlarmRaised { alarm } => match db.execute(RAISE, params![json(alarm), no.0 as i64])? {
            // It is raised already.
            0 => 0,
            _ => past_alarms::raised(db, no, alarm)?,
        },
        BoxEvent::AlarmCleared { alarm } => {
            past_alarms::cleared(db, no, alarm)?;
            db.execute("DELETE FROM alarms WHERE alarm = ?1", [json(alarm)])?
        }
        BoxEvent::PortTested { port, nightly, findings } => port_tests::tested(db, no, *port, *nightly, findings)?,
        BoxEvent::OutOfService { span, timeslots } if timeslots.is_empty() => {
            db.execute("DELETE FROM out_of_service WHERE span = ?1", [span.0])?
        }
        BoxEvent::OutOfService { span, timeslots } => {
            db.execute("INSERT OR REPLACE INTO out_of_service VALUES (?1, ?2)", params![span.0, json(timeslots)])?
        }
        BoxEvent::Exported { .. } => db.execute("INSERT OR IGNORE INTO exports VALUES (?1)", [no.0 as i64])?,
        _ => 0,
    };
    Ok(())
}

fn note_wishes(db: &Connection, event: &CallEvent) -> rusqlite::Result<()> {
    let CallEvent::ServiceSet { extension, now, .. } = event else { return Ok(()) };
    if *now == Wishes::default() {
        db.execute("DELETE FROM wishes WHERE extension = ?1", [extension])?;
    } else {
        db.execute("INSERT OR REPLACE INTO wishes VALUES (?1, ?2)", params![extension, json(now)])?;
    }
    Ok(())
}

const RAISE: &str = "INSERT OR IGNORE INTO alarms VALUES (?1, ?2)";

fn put_call(db: &Connection, cdr: &Cdr) -> rusqlite::Result<()> {
    let utc_us = |stamp: Option<frame::Stamp>| stamp.map(|stamp| stamp.utc.as_us());
    let mut put = db.prepare_cached(
        "INSERT OR REPLACE INTO calls
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
    )?;
    put.execute(params![
        cdr.call.as_u64() as i64,
        cdr.first_no.0 as i64,
        word(&cdr.direction),
        word(&cdr.class),
        cdr.began.utc.as_us(),
        utc_us(cdr.answered),
        utc_us(cdr.ended),
        cdr.cause.map(isdn::Cause::number),
        cdr.queue,
        cdr.waited.as_millis() as i64,
        cdr.talk().as_millis() as i64,
        cdr.extension,
        cdr.person.map(|person| person.0),
        cdr.group,
        cdr.abandoned,
        cdr.recording.id.map(|recording| recording.as_u64() as i64),
        word(&cdr.recording.state()),
        json(cdr),
        cdr.ended.is_some() && cdr.recording.object.is_some() && !cdr.recording.erased,
    ])?;
    let mut put = db.prepare_cached("INSERT OR REPLACE INTO legs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for leg in &cdr.legs {
        put.execute(params![
            leg.leg.as_u64() as i64,
            cdr.call.as_u64() as i64,
            word(&leg.role),
            place(&leg.endpoint),
            leg.began.utc.as_us(),
            utc_us(leg.answered),
            utc_us(leg.ended),
        ])?;
    }
    Ok(())
}

/// Where a leg was connected: a lane or a jack.
fn place(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Channel { lane, .. } => lane.to_string(),
        Endpoint::OutsideLine { port, .. } | Endpoint::Station { port, .. } => port.to_string(),
    }
}

impl From<rusqlite::Error> for FollowError {
    /// What the disk or another process refuses may work later; all else means that the tables are not ours.
    fn from(error: rusqlite::Error) -> FollowError {
        use ErrorCode as C;
        match error.sqlite_error_code() {
            Some(
                C::DiskFull
                | C::SystemIoFailure
                | C::CannotOpen
                | C::ReadOnly
                | C::PermissionDenied
                | C::DatabaseBusy
                | C::DatabaseLocked
                | C::OutOfMemory,
            ) => FollowError::Failed(error.to_string()),
            _ => FollowError::Damaged(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
