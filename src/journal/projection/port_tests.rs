//! The last tests of each analog port: what somebody asks for who wants to see a line get worse.

use std::collections::BTreeSet;

use analog::port_test::{Findings, Verdict};
use frame::{EventNo, PortId, Stamp, Utc};
use rusqlite::{Connection, Row, params};

use super::reader::{json as from_json, list, to_stamp};
use crate::journal::{FollowError, event::json};

/// How many tests of a port are kept: a year of nights, and some that people asked for. Each port has its own.
pub const PORT_TESTS: u32 = 400;

/// How many tests of a port are looked at for what is wrong and what is usual there: two months of nights. A fault that none of
/// them looked for was told long ago, and one that has been there in all of them is usual.
pub const RECALLED_TESTS: usize = 60;

/// A test of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortTestRow {
    /// The event that told of it.
    pub no: EventNo,
    /// When.
    pub at: Stamp,
    /// Whether it was the box's own, at night.
    pub nightly: bool,
    /// What it found.
    pub findings: Findings,
}

/// A port was tested. What it has beyond [`PORT_TESTS`] is forgotten, the oldest first.
pub(super) fn tested(
    db: &Connection,
    no: EventNo,
    port: PortId,
    nightly: bool,
    findings: &Findings,
) -> rusqlite::Result<usize> {
    let port = port.to_string();
    let put = "INSERT OR REPLACE INTO port_tests VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(put)?.execute(params![no.0 as i64, port, nightly, json(findings)])?;
    let forget = "DELETE FROM port_tests WHERE port = ?1 AND no <=
                  (SELECT no FROM port_tests WHERE port = ?1 ORDER BY no DESC LIMIT 1 OFFSET ?2)";
    db.prepare_cached(forget)?.execute(params![port, PORT_TESTS])
}

/// The tests of a port, newest first.
pub(super) fn of_port(db: &Connection, port: PortId, rows_max: usize) -> Result<Vec<PortTestRow>, FollowError> {
    let sql = "SELECT findings, port_tests.no, nightly, boot, time_us, utc_us FROM port_tests JOIN events USING (no)
               WHERE port = ?1 ORDER BY port_tests.no DESC LIMIT ?2";
    list(db, sql, params![port.to_string(), rows_max as i64], to_row)
}

/// Ports that the box has tested by itself since then, to the end. A name that is none is of a board that was.
pub(super) fn at_night_since(db: &Connection, since: Utc) -> Result<BTreeSet<PortId>, FollowError> {
    let sql = "SELECT port, findings FROM port_tests JOIN events USING (no) WHERE nightly AND utc_us >= ?1";
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let tests: Vec<(String, String)> = list(db, sql, [since.as_us()], read)?;
    let was_given_up = |findings: &str| {
        let findings = serde_json::from_str::<Findings>(findings);
        findings.is_ok_and(|findings| findings.verdicts.contains(&Verdict::Interrupted))
    };
    let to_the_end = tests.iter().filter(|(_, findings)| !was_given_up(findings));
    Ok(to_the_end.filter_map(|(port, _)| port.parse().ok()).collect())
}

fn to_row(row: &Row<'_>) -> rusqlite::Result<PortTestRow> {
    let (no, nightly) = (EventNo(row.get::<_, i64>(1)? as u64), row.get(2)?);
    Ok(PortTestRow { no, at: to_stamp(row, 3)?, nightly, findings: from_json(row)? })
}
