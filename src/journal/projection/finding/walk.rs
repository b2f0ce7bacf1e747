//! Answering a question: sorted lists are walked side by side, each skipping to where the furthest one stands.
//!
//! A list is read in blocks that double as long as it is read on, so that a common term costs what a scan of its row
//! costs and a rare one lets the others skip by the index. The worst is reading each list once; nothing is read twice.

use std::{cmp::Reverse, collections::BinaryHeap, ops::RangeInclusive};

use frame::EventNo;
use rusqlite::{Connection, types::Value};

use super::{FindOrder, PageKey, Question, day};
use crate::journal::{Cdr, FollowError, cdr_line::word, projection::reader};

/// Calls that are looked at in the order of their talks, before the lists are walked instead: some ten milliseconds' worth.
const LOOKED_AT_MAX: u32 = 8192;

/// The first block of a list, and what a block grows to: 64 rows are one page of the tree, 4,096 are read in a
/// millisecond.
const BLOCK_ROWS: RangeInclusive<u32> = 64..=4096;

/// A place in the order in which lists are walked: the number of an event, or its negative where the newest is first.
type Rank = i64;

/// The detail records of the calls that fit, `after` a call, at most `rows_max`.
pub(in crate::journal::projection) fn find(
    db: &Connection,
    question: &Question,
    after: Option<PageKey>,
    rows_max: u32,
) -> Result<Vec<Cdr>, FollowError> {
    let mut cdrs = Vec::new();
    for key in find_calls(db, question, after, rows_max)? {
        cdrs.extend(reader::list(db, "SELECT cdr FROM calls WHERE first_no = ?1", [key.no.0 as i64], reader::json)?);
    }
    Ok(cdrs)
}

/// The same calls as their keys alone.
fn find_calls(
    db: &Connection,
    question: &Question,
    after: Option<PageKey>,
    rows_max: u32,
) -> Result<Vec<PageKey>, FollowError> {
    // The writer goes on meanwhile; all lists are of one moment.
    let _snapshot = db.unchecked_transaction()?;
    let Some(bounds) = bounds(db, question, after)? else { return Ok(Vec::new()) };
    let mut lists = question.terms().into_iter().map(|term| List::of_term(term, question.order)).collect::<Vec<_>>();
    lists.push(List::of_calls(question));
    match question.order {
        FindOrder::Newest | FindOrder::Oldest => first(db, &mut lists, bounds, rows_max),
        FindOrder::Longest => match by_talk(db, question, after, rows_max)? {
            Some(keys) => Ok(keys),
            None => longest(db, &mut lists, bounds, after, rows_max),
        },
    }
}

/// Those with the longest talks, by the index of talks: quick where much fits. None where a page was not filled by the calls
/// that were looked at, and there are more.
fn by_talk(
    db: &Connection,
    question: &Question,
    after: Option<PageKey>,
    rows_max: u32,
) -> Result<Option<Vec<PageKey>>, FollowError> {
    let (mut conditions, mut values) = conditions(question, 1);
    if let Some(PageKey { talk_ms, no }) = after {
        let key = [talk_ms, no.0].map(|number| Value::from(i64::try_from(number).unwrap_or(i64::MAX)));
        conditions += &format!(" AND (talk_ms, no) < (?{}, ?{})", values.len() + 1, values.len() + 2);
        values.extend(key);
    }
    let calls = format!("SELECT no, talk_ms FROM found WHERE 1{conditions} ORDER BY talk_ms DESC, no DESC");
    let terms = question.terms();
    let looked_at = if terms.is_empty() { rows_max } else { LOOKED_AT_MAX };
    values.push(i64::from(looked_at).into());
    let candidates =
        reader::list(db, &format!("{calls} LIMIT ?{}", values.len()), rusqlite::params_from_iter(values), |row| {
            Ok(PageKey { talk_ms: row.get::<_, i64>(1)? as u64, no: EventNo(row.get::<_, i64>(0)? as u64) })
        })?;
    let is_all = candidates.len() < looked_at as usize;
    let mut has = db.prepare_cached("SELECT 1 FROM terms WHERE term = ?1 AND no = ?2")?;
    let mut keys = Vec::new();
    for key in candidates {
        if keys.len() == rows_max as usize {
            break;
        }
        let mut fits = true;
        for term in &terms {
            fits = fits && has.exists([*term, key.no.0 as i64])?;
        }
        keys.extend(fits.then_some(key));
    }
    Ok((is_all || keys.len() == rows_max as usize).then_some(keys))
}

/// The first ones in the order of the lists.
fn first(db: &Connection, lists: &mut [List], bounds: Bounds, rows_max: u32) -> Result<Vec<PageKey>, FollowError> {
    let mut keys = Vec::new();
    walk(db, lists, bounds, |row| {
        keys.extend((rows_max > 0).then_some(PageKey { talk_ms: 0, no: row.no() }));
        keys.len() < rows_max as usize
    })?;
    Ok(keys)
}

/// Those with the longest talks: all that fit are walked, and a page of them is kept at a time.
fn longest(
    db: &Connection,
    lists: &mut [List],
    bounds: Bounds,
    after: Option<PageKey>,
    rows_max: u32,
) -> Result<Vec<PageKey>, FollowError> {
    let mut kept = BinaryHeap::new();
    walk(db, lists, bounds, |row| {
        let key = PageKey { talk_ms: row.talk_ms, no: row.no() };
        if after.is_none_or(|after| key < after) {
            kept.push(Reverse(key));
            if kept.len() > rows_max as usize {
                kept.pop();
            }
        }
        true
    })?;
    Ok(kept.into_sorted_vec().into_iter().map(|Reverse(key)| key).collect())
}

/// The first and the last rank that can be found.
type Bounds = (Rank, Rank);

fn bounds(db: &Connection, question: &Question, after: Option<PageKey>) -> Result<Option<Bounds>, FollowError> {
    let from = question.from.map_or(i64::MIN, day);
    // The last moment within, not the first one after.
    let until = question.until.map_or(i64::MAX, |until| day(frame::Utc::from_us(until.as_us().saturating_sub(1))));
    let sql = "SELECT min(first_no), max(last_no) FROM found_days WHERE day BETWEEN ?1 AND ?2";
    let nos: (Option<i64>, Option<i64>) = db.query_row(sql, [from, until], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(low), Some(high)) = nos else { return Ok(None) };
    let after = after.map(|key| i64::try_from(key.no.0).unwrap_or(i64::MAX));
    Ok(Some(match question.order {
        FindOrder::Newest => (-after.map_or(high, |no| high.min(no.saturating_sub(1))), -low),
        FindOrder::Oldest => (after.map_or(low, |no| low.max(no.saturating_add(1))), high),
        FindOrder::Longest => (-high, -low),
    }))
}

/// Tells each row that all lists have, until `more` says no.
fn walk(
    db: &Connection,
    lists: &mut [List],
    (mut rank, last): Bounds,
    mut more: impl FnMut(Row) -> bool,
) -> Result<(), FollowError> {
    'next: while rank <= last {
        let mut row = None;
        for list in &mut *lists {
            let Some(at) = list.seek(db, rank, last)? else { return Ok(()) };
            if at.rank > rank {
                rank = at.rank;
                continue 'next;
            }
            row = Some(at);
        }
        if !row.is_some_and(&mut more) {
            return Ok(());
        }
        rank += 1;
    }
    Ok(())
}

/// What is said of which a call has one, as conditions on its narrow row, with values from parameter `first` on.
fn conditions(question: &Question, first: usize) -> (String, Vec<Value>) {
    let (mut sql, mut values) = (String::new(), Vec::new());
    let mut and = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            sql += &format!(" AND {condition} ?{}", first + values.len());
            values.push(value);
        }
    };
    and("began_utc_us >=", question.from.map(|utc| utc.as_us().into()));
    and("began_utc_us <", question.until.map(|utc| utc.as_us().into()));
    and("direction =", question.direction.map(|direction| word(&direction).into()));
    and("recording_state =", question.recording.map(|state| word(&state).into()));
    (sql, values)
}

/// One row of a list.
#[derive(Clone, Copy, Debug)]
struct Row {
    rank: Rank,
    talk_ms: u64,
}

impl Row {
    fn no(self) -> EventNo {
        EventNo(self.rank.unsigned_abs())
    }
}

/// A sorted list in the index, and the block of it that was read last.
struct List {
    sql: String,
    /// What the statement wants behind its two bounds and its limit.
    wants: Vec<Value>,
    sign: i64,
    block: Vec<Row>,
    at: usize,
    rows_max: u32,
    /// Whether nothing stands behind the block.
    is_last: bool,
}

impl List {
    fn of_term(term: i64, order: FindOrder) -> List {
        List::new("SELECT no, 0 FROM terms WHERE term = ?4", vec![term.into()], order)
    }

    /// The narrow rows of the calls, by all that is said of which a call has one.
    fn of_calls(question: &Question) -> List {
        let (conditions, wants) = conditions(question, 4);
        let sql = format!("SELECT no, talk_ms FROM found WHERE 1{conditions}");
        List::new(&sql, wants, question.order)
    }

    fn new(select: &str, wants: Vec<Value>, order: FindOrder) -> List {
        let (sign, word) = if order == FindOrder::Oldest { (1, "ASC") } else { (-1, "DESC") };
        let sql = format!("{select} AND no BETWEEN ?1 AND ?2 ORDER BY no {word} LIMIT ?3");
        List { sql, wants, sign, block: Vec::new(), at: 0, rows_max: *BLOCK_ROWS.start(), is_last: false }
    }

    /// The first row at `rank` or behind it.
    fn seek(&mut self, db: &Connection, rank: Rank, last: Rank) -> Result<Option<Row>, FollowError> {
        self.at += self.block[self.at..].partition_point(|row| row.rank < rank);
        if self.at == self.block.len() && !self.is_last {
            self.read(db, rank, last)?;
        }
        Ok(self.block.get(self.at).copied())
    }

    fn read(&mut self, db: &Connection, rank: Rank, last: Rank) -> Result<(), FollowError> {
        let goes_on = self.block.last().is_some_and(|row| row.rank + 1 >= rank);
        self.rows_max = if goes_on { (self.rows_max * 2).min(*BLOCK_ROWS.end()) } else { *BLOCK_ROWS.start() };
        let ends = [self.sign * rank, self.sign * last];
        let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let bounds = [low.into(), high.into(), i64::from(self.rows_max).into()];
        let values: Vec<Value> = bounds.into_iter().chain(self.wants.iter().cloned()).collect();
        let sign = self.sign;
        self.block = reader::list(db, &self.sql, rusqlite::params_from_iter(values), |row| {
            Ok(Row { rank: sign * row.get::<_, i64>(0)?, talk_ms: row.get::<_, i64>(1)? as u64 })
        })?;
        (self.at, self.is_last) = (0, self.block.len() < self.rows_max as usize);
        Ok(())
    }
}
