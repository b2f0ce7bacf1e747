//! What pages ask the index.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use access::Approvals;
use call::Wishes;
use frame::{BootNo, CallId, EventNo, LifeNo, MessageId, PortId, RecordingId, SpanId, Stamp, Time, Timeslot, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params, types::Type};
use serde::de::DeserializeOwned;
use vault::{LOSS_TOLD_WITHIN, Losses};

use super::{
    AskedFor, AuditEntry, AuditOf, MessageRow, PageKey, PastAlarm, PortTestRow, Question, approved, audited, configure,
    finding, held, messages, past_alarms, port_tests, read_last_no,
};
use crate::journal::{Act, Alarm, BoxEvent, Cdr, Event, Fact, FollowError, Outcome, Place, Record};

/// A connection that only reads. Opened for a request: that costs little, and after the index was rebuilt the next
/// request reads the new one.
#[derive(Debug)]
pub struct IndexReader {
    db: Connection,
}

/// An alarm that is not cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAlarm {
    /// What and where.
    pub alarm: Alarm,
    /// The event that raised it.
    pub no: EventNo,
    /// Since when.
    pub since: Stamp,
}

/// Sums over the calls that began since a moment. Those of recordings add up to `due`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// All calls.
    pub calls: u64,
    /// Calls that a called party answered.
    pub answered: u64,
    /// Calls whose caller gave up waiting.
    pub abandoned: u64,
    /// Calls that had to be recorded.
    pub due: u64,
    /// Recordings that are whole.
    pub recorded: u64,
    /// Recordings that are still made or sealed.
    pub under_way: u64,
    /// Recordings with a gap.
    pub incomplete: u64,
    /// Calls that had to be recorded, and are not.
    pub missing: u64,
}

impl IndexReader {
    /// Opens the index at `path`.
    pub fn open(path: &Path) -> Result<IndexReader, FollowError> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        configure(&db)?;
        Ok(IndexReader { db })
    }

    /// Opens the index as it is now, whatever is written meanwhile.
    ///
    /// # Errors
    /// Also where it does not have everything until `no` yet: what it does not have may be a hold.
    pub fn open_with(path: &Path, no: EventNo) -> Result<IndexReader, FollowError> {
        let index = IndexReader::open(path)?;
        // The first question begins it, and the end of the reader ends it.
        index.db.execute_batch("BEGIN")?;
        match index.last_no()? {
            last if last < no => Err(FollowError::Failed(format!("the index has {last} of {no} events"))),
            _ => Ok(index),
        }
    }

    /// The last event that everything here counts.
    pub fn last_no(&self) -> Result<EventNo, FollowError> {
        Ok(read_last_no(&self.db)?)
    }

    /// The calls that have not ended, oldest first.
    pub fn calls_now(&self) -> Result<Vec<Cdr>, FollowError> {
        let sql = "SELECT cdr FROM calls WHERE ended_utc_us IS NULL ORDER BY first_no";
        list(&self.db, sql, [], json)
    }

    /// The calls that have ended, newest first. The next page is `before` the last row's `first_no`.
    pub fn past_calls(&self, before: Option<EventNo>, rows_max: u32) -> Result<Vec<Cdr>, FollowError> {
        self.find(&Question::default(), before.map(|no| PageKey { talk_ms: 0, no }), rows_max)
    }

    /// The calls that have ended and fit, at most `rows_max`. The next page is `after` the last row's key.
    pub fn find(&self, question: &Question, after: Option<PageKey>, rows_max: u32) -> Result<Vec<Cdr>, FollowError> {
        finding::find(&self.db, question, after, rows_max)
    }

    /// One call's detail record.
    pub fn call(&self, call: CallId) -> Result<Option<Cdr>, FollowError> {
        let sql = "SELECT cdr FROM calls WHERE call = ?1";
        Ok(self.db.query_row(sql, [call.as_u64() as i64], json).optional()?)
    }

    /// One call's events, in order.
    pub fn events(&self, call: CallId) -> Result<Vec<Record>, FollowError> {
        events(&self.db, call)
    }

    /// Whether the log lost events from one on until another, or may have: a loss is told a moment after it.
    pub fn has_hole(&self, first: EventNo, last: EventNo) -> Result<bool, FollowError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM gaps WHERE first <= ?2 AND last >= ?1)
                   OR EXISTS (SELECT 1 FROM unwritten WHERE told BETWEEN ?1 AND ?3)";
        let span = params![first.0 as i64, last.0 as i64, (last.0 + LOSS_TOLD_WITHIN) as i64];
        Ok(self.db.query_row(sql, span, |row| row.get(0))?)
    }

    /// What the log lost for good, as far as the index knows, acknowledged or not.
    pub fn losses(&self) -> Result<Losses, FollowError> {
        held::losses(&self.db)
    }

    /// What of it two people have acknowledged.
    pub fn acknowledged(&self) -> Result<Losses, FollowError> {
        held::acknowledged(&self.db)
    }

    /// Whether the log has an event of a kind of hold that this version does not know.
    pub fn has_unread_holds(&self) -> Result<bool, FollowError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM events WHERE known = 0 AND text LIKE '%\"kind\":\"hold_%')";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }

    /// The moments at which the wall clock was confirmed, in all boots.
    pub fn confirmed_clock(&self) -> Result<Vec<Stamp>, FollowError> {
        let sql = "SELECT boot, time_us, utc_us FROM audit JOIN events USING (no)
                   WHERE kind = 'box' AND text LIKE '%\"kind\":\"clock_confirmed\"%'";
        list(&self.db, sql, [], |row| to_stamp(row, 0))
    }

    /// One event.
    pub fn event(&self, no: EventNo) -> Result<Option<Record>, FollowError> {
        Ok(record(&self.db, no)?)
    }

    /// The newest events of all kinds, newest first. The next page is `before` the last one's number.
    pub fn past_events(&self, before: Option<EventNo>, rows_max: u32) -> Result<Vec<Record>, FollowError> {
        let sql = format!("{SELECT_EVENTS} WHERE no < ?1 ORDER BY no DESC LIMIT ?2");
        let before = before.map_or(i64::MAX, |no| no.0 as i64);
        list(&self.db, &sql, params![before, rows_max], to_record)
    }

    /// The alarms that are not cleared, oldest first.
    pub fn alarms(&self) -> Result<Vec<OpenAlarm>, FollowError> {
        let sql =
            "SELECT alarm, alarms.no, boot, time_us, utc_us FROM alarms JOIN events USING (no) ORDER BY alarms.no";
        list(&self.db, sql, [], |row| {
            Ok(OpenAlarm { alarm: json(row)?, no: EventNo(row.get::<_, i64>(1)? as u64), since: to_stamp(row, 2)? })
        })
    }

    /// The last alarms of these places together, those that still hold among them, newest first. Each place has kept
    /// [`super::PAST_ALARMS`] at most.
    pub fn past_alarms(&self, places: &[Place], rows_max: usize) -> Result<Vec<PastAlarm>, FollowError> {
        let mut past = Vec::new();
        for place in places {
            past.extend(past_alarms::of_place(&self.db, *place, rows_max)?);
        }
        past.sort_by_key(|alarm| std::cmp::Reverse(alarm.no));
        past.truncate(rows_max);
        Ok(past)
    }

    /// The last tests of a port, newest first; [`super::PORT_TESTS`] at most are kept.
    pub fn port_tests(&self, port: PortId, rows_max: usize) -> Result<Vec<PortTestRow>, FollowError> {
        port_tests::of_port(&self.db, port, rows_max)
    }

    /// Ports that the box has tested by itself since then.
    pub fn tested_at_night_since(&self, since: Utc) -> Result<BTreeSet<PortId>, FollowError> {
        port_tests::at_night_since(&self.db, since)
    }

    /// The timeslots of each span that people have taken out of service.
    pub fn out_of_service(&self) -> Result<BTreeMap<SpanId, Vec<Timeslot>>, FollowError> {
        let rows = list(&self.db, "SELECT timeslots, span FROM out_of_service", [], |row| {
            Ok((SpanId(row.get(1)?), json(row)?))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// What the log was told of callers' messages, in the order in which it is asked.
    pub fn messages(&self, asked: &[MessageId]) -> Result<Vec<MessageRow>, FollowError> {
        messages::of(&self.db, asked)
    }

    /// What people have set for their telephones, by extension.
    pub fn wishes(&self) -> Result<BTreeMap<String, Wishes>, FollowError> {
        let rows = list(&self.db, "SELECT wishes, extension FROM wishes", [], |row| Ok((row.get(1)?, json(row)?)))?;
        Ok(rows.into_iter().collect())
    }

    /// What the audit lists, newest first. The next page is `before` the last entry's number.
    pub fn audit(&self, of: AuditOf, before: Option<EventNo>, rows_max: u32) -> Result<Vec<AuditEntry>, FollowError> {
        audited::entries(&self.db, of, before, rows_max)
    }

    /// What the log was told of the vault's keys, oldest first.
    pub fn vault_keys(&self) -> Result<Vec<Record>, FollowError> {
        audited::vault_keys(&self.db)
    }

    /// What settings would have changed that a second person had to grant, newest first.
    pub fn shortenings(&self, rows_max: u32) -> Result<Vec<Record>, FollowError> {
        audited::shortenings(&self.db, rows_max)
    }

    /// Openings without a second person that nobody else has reviewed yet, oldest first.
    pub fn glass_to_review(&self) -> Result<Vec<Record>, FollowError> {
        audited::glass_to_review(&self.db)
    }

    /// The call of a recording.
    pub fn call_of(&self, recording: RecordingId) -> Result<Option<Cdr>, FollowError> {
        let sql = "SELECT cdr FROM calls WHERE recording = ?1";
        Ok(self.db.query_row(sql, [recording.as_u64() as i64], json).optional()?)
    }

    /// Each call that is over and whose recording is whole and kept, with its events, oldest first, until `more` says no.
    pub fn each_kept(&self, mut more: impl FnMut(Cdr, Vec<Record>) -> bool) -> Result<(), FollowError> {
        let mut calls = self.db.prepare("SELECT cdr FROM calls WHERE recording_kept ORDER BY first_no")?;
        let mut rows = calls.query([])?;
        while let Some(row) = rows.next()? {
            let cdr: Cdr = json(row)?;
            let records = events(&self.db, cdr.call)?;
            if !more(cdr, records) {
                break;
            }
        }
        Ok(())
    }

    /// The newest recording that is whole and kept of each key that the vault has sealed for, oldest key first. Keys are changed
    /// while the box is stopped, so a call began before a change or behind it.
    pub fn newest_of_each_key(&self) -> Result<Vec<RecordingId>, FollowError> {
        let is_key =
            |record: &Record| matches!(record.event(), Some(Event::Box(BoxEvent::VaultKey { destroyed: false, .. })));
        let changed: Vec<i64> = self.vault_keys()?.iter().filter(|of| is_key(of)).map(|of| of.no.0 as i64).collect();
        let (from, until) = ([0].iter().chain(&changed), changed.iter().chain(&[i64::MAX]));
        let sql = "SELECT recording FROM calls WHERE recording_kept AND first_no > ?1 AND first_no < ?2
            ORDER BY first_no DESC LIMIT 1";
        let mut newest = self.db.prepare(sql)?;
        let recording = |row: &Row<'_>| Ok(RecordingId::from_u64(row.get::<_, i64>(0)? as u64));
        let of = from.zip(until).map(|(from, until)| newest.query_row([from, until], recording).optional());
        Ok(of.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?)
    }

    /// The events of holds and lists that still matter, and of the clock's last confirmation, in order.
    pub fn keeping(&self) -> Result<Vec<Record>, FollowError> {
        held::events(&self.db)
    }

    /// The recordings that are on a list still.
    pub fn listed(&self, list: EventNo) -> Result<Vec<RecordingId>, FollowError> {
        held::listed(&self.db, list)
    }

    /// The newest stamp of a boot.
    pub fn last_of_boot(&self, boot: BootNo) -> Result<Option<Stamp>, FollowError> {
        let sql = "SELECT boot, time_us, utc_us FROM events WHERE boot = ?1 ORDER BY no DESC LIMIT 1";
        Ok(self.db.query_row(sql, [boot.0], |row| to_stamp(row, 0)).optional()?)
    }

    /// The events that registered exported packages, newest first.
    pub fn exports(&self, rows_max: u32) -> Result<Vec<Record>, FollowError> {
        let sql = format!("{SELECT_EVENTS} WHERE no IN (SELECT no FROM exports) ORDER BY no DESC LIMIT ?1");
        list(&self.db, &sql, [rows_max], to_record)
    }

    /// The packages that were deleted from the box.
    pub fn exports_removed(&self) -> Result<BTreeSet<String>, FollowError> {
        audited::done(&self.db, Act::RemoveExport)
    }

    /// The packages that have this recording, newest first: erasing does not reach them.
    pub fn exports_of(&self, recording: RecordingId) -> Result<Vec<Record>, FollowError> {
        let has = |record: &Record| match record.event() {
            Some(Event::Box(BoxEvent::Exported { recordings, .. })) => recordings.contains(&recording),
            _ => false,
        };
        let mut exports = self.exports(u32::MAX)?;
        exports.retain(has);
        Ok(exports)
    }

    /// The acts that need two and were asked for, newest first.
    pub fn asked_for(&self, rows_max: u32) -> Result<Vec<AskedFor>, FollowError> {
        approved::asked_for(&self.db, rows_max)
    }

    /// The same of those that are open, oldest first, each with its events.
    pub fn approvals_open(&self) -> Result<Vec<AskedFor>, FollowError> {
        approved::open_ones(&self.db)
    }

    /// Those that wait for a second person, or for being done.
    pub fn approvals(&self) -> Result<Approvals, FollowError> {
        approved::open(&self.db)
    }

    /// The audit intents without an outcome, oldest first.
    pub fn open_intents(&self) -> Result<Vec<EventNo>, FollowError> {
        list(&self.db, "SELECT no FROM audit WHERE kind = 'act' AND outcome IS NULL ORDER BY no", [], |row| {
            Ok(EventNo(row.get::<_, i64>(0)? as u64))
        })
    }

    /// The audit intents of lives before `life` that have no outcome, oldest first.
    pub fn open_intents_before(&self, life: LifeNo) -> Result<Vec<Record>, FollowError> {
        let sql = format!(
            "{SELECT_EVENTS} WHERE no IN (SELECT no FROM audit WHERE kind = 'act' AND outcome IS NULL) AND life < ?1 ORDER BY no"
        );
        list(&self.db, &sql, [life.0], to_record)
    }

    /// The intents of these acts that did not end as done, oldest first, with what became of them.
    pub fn acts_not_done(&self, acts: &[Act]) -> Result<Vec<(Record, Option<Outcome>)>, FollowError> {
        audited::acts_not_done(&self.db, acts)
    }

    /// The events of the box of these kinds after one, oldest first.
    pub fn told_after(&self, no: EventNo, kinds: &[&str]) -> Result<Vec<Record>, FollowError> {
        let like: Vec<String> = kinds.iter().map(|kind| format!("text LIKE '%\"kind\":\"{kind}\"%'")).collect();
        let sql = format!("{SELECT_EVENTS} WHERE no > ?1 AND ({}) ORDER BY no", like.join(" OR "));
        list(&self.db, &sql, [no.0 as i64], to_record)
    }

    /// The calls of which it was told between two events that their recordings began: after the first, and until the last.
    pub fn recordings_began(&self, after: EventNo, until: EventNo) -> Result<BTreeSet<CallId>, FollowError> {
        let sql = "SELECT call FROM events WHERE no > ?1 AND no <= ?2 AND call IS NOT NULL
                   AND text LIKE '%\"kind\":\"recording_began\"%'";
        let call = |row: &Row<'_>| Ok(CallId::from_u64(row.get::<_, i64>(0)? as u64));
        Ok(list(&self.db, sql, params![after.0 as i64, until.0 as i64], call)?.into_iter().collect())
    }

    /// The last time that what had to be recorded was reckoned up.
    pub fn last_reckoned(&self) -> Result<Option<Record>, FollowError> {
        self.last_of_box("recordings_reckoned")
    }

    /// The last time that the room of the vault's disk was looked at.
    pub fn last_room(&self) -> Result<Option<Record>, FollowError> {
        self.last_of_box("room_reckoned")
    }

    /// The last time that all recordings had been read again.
    pub fn last_read(&self) -> Result<Option<Record>, FollowError> {
        self.last_of_box("vault_read")
    }

    fn last_of_box(&self, kind: &str) -> Result<Option<Record>, FollowError> {
        let sql = format!(
            "{SELECT_EVENTS} WHERE no IN (SELECT no FROM audit WHERE kind = 'box')
             AND text LIKE '%\"kind\":\"{kind}\"%' ORDER BY no DESC LIMIT 1"
        );
        Ok(self.db.query_row(&sql, [], to_record).optional()?)
    }

    /// How many events this version does not know.
    pub fn unknown_count(&self) -> Result<u64, FollowError> {
        Ok(unknown_count(&self.db)?)
    }

    /// The sums over the calls that began at `since` or later.
    pub fn counters(&self, since: Utc) -> Result<Counters, FollowError> {
        let sql = "SELECT count(*), count(answered_utc_us), total(abandoned),
                          total(recording_state <> 'not_due'), total(recording_state = 'complete'),
                          total(recording_state = 'under_way'), total(recording_state = 'incomplete'),
                          total(recording_state = 'missing')
                   FROM calls WHERE began_utc_us >= ?1";
        Ok(self.db.query_row(sql, [since.as_us()], to_counters)?)
    }
}

pub(super) const SELECT_EVENTS: &str = "SELECT no, life, version, boot, time_us, utc_us, text FROM events";

pub(super) fn events(db: &Connection, call: CallId) -> Result<Vec<Record>, FollowError> {
    let sql = format!("{SELECT_EVENTS} WHERE call = ?1 ORDER BY no");
    list(db, &sql, [call.as_u64() as i64], to_record)
}

pub(super) fn record(db: &Connection, no: EventNo) -> rusqlite::Result<Option<Record>> {
    let sql = format!("{SELECT_EVENTS} WHERE no = ?1");
    db.query_row(&sql, [no.0 as i64], to_record).optional()
}

pub(super) fn unknown_count(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM events WHERE known = 0";
    db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| count as u64)
}

pub(super) fn list<T>(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, FollowError> {
    Ok(db.prepare_cached(sql)?.query_map(params, row)?.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn to_record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        no: EventNo(row.get::<_, i64>(0)? as u64),
        life: LifeNo(row.get(1)?),
        version: row.get(2)?,
        stamp: to_stamp(row, 3)?,
        fact: Fact::parse(row.get_ref(6)?.as_str()?),
    })
}

/// The stamp whose three columns begin at `at`.
pub(super) fn to_stamp(row: &Row<'_>, at: usize) -> rusqlite::Result<Stamp> {
    let time = Time::from_us(row.get::<_, i64>(at + 1)? as u64);
    Ok(Stamp { boot: BootNo(row.get(at)?), time, utc: Utc::from_us(row.get(at + 2)?) })
}

fn to_counters(row: &Row<'_>) -> rusqlite::Result<Counters> {
    let sum = |at| row.get::<_, f64>(at).map(|sum| sum as u64);
    Ok(Counters {
        calls: row.get::<_, i64>(0)? as u64,
        answered: row.get::<_, i64>(1)? as u64,
        abandoned: sum(2)?,
        due: sum(3)?,
        recorded: sum(4)?,
        under_way: sum(5)?,
        incomplete: sum(6)?,
        missing: sum(7)?,
    })
}

/// The row's first column, read as JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>) -> rusqlite::Result<T> {
    let text = row.get_ref(0)?.as_str()?;
    serde_json::from_str(text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}
