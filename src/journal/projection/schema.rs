//! The tables of the index. A change of any line raises [`SCHEMA_VERSION`]; an index of another version is rebuilt.

use rusqlite::Connection;

/// The version of the tables below.
pub(super) const SCHEMA_VERSION: u32 = 25;

/// Ids of a life are stored as one integer, moments as microseconds.
pub(super) const SCHEMA: &str = "
    CREATE TABLE events (
        no       INTEGER PRIMARY KEY,
        call     INTEGER,
        life     INTEGER NOT NULL,
        version  INTEGER NOT NULL,
        boot     INTEGER NOT NULL,
        time_us  INTEGER NOT NULL,
        utc_us   INTEGER NOT NULL,
        known    INTEGER NOT NULL,
        text     TEXT NOT NULL
    ) STRICT;
    CREATE INDEX events_of_call ON events (call, no) WHERE call IS NOT NULL;
    CREATE INDEX events_unknown ON events (no) WHERE known = 0;

    -- One row a call. Columns to search and count by; the whole detail record stands in the last.
    CREATE TABLE calls (
        call             INTEGER PRIMARY KEY,
        first_no         INTEGER NOT NULL UNIQUE,
        direction        TEXT NOT NULL,
        class            TEXT NOT NULL,
        began_utc_us     INTEGER NOT NULL,
        answered_utc_us  INTEGER,
        ended_utc_us     INTEGER,
        cause            INTEGER,
        queue            TEXT,
        wait_ms          INTEGER NOT NULL,
        talk_ms          INTEGER NOT NULL,
        extension        TEXT,
        person           INTEGER,
        trunk_group      TEXT,
        abandoned        INTEGER NOT NULL,
        recording        INTEGER,
        recording_state  TEXT NOT NULL,
        cdr              TEXT NOT NULL,
        recording_kept   INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX calls_of_recording ON calls (recording) WHERE recording IS NOT NULL;
    CREATE INDEX calls_kept ON calls (first_no) WHERE recording_kept;
    CREATE INDEX calls_now ON calls (first_no) WHERE ended_utc_us IS NULL;
    CREATE INDEX calls_by_begin ON calls (began_utc_us);

    -- Calls that are over, as they are found (projection/finding). The event numbers between which those of a day of UTC
    -- began stand in `found_days`; where clocks stepped, others do, too.
    CREATE TABLE found (
        no               INTEGER PRIMARY KEY,
        began_utc_us     INTEGER NOT NULL,
        talk_ms          INTEGER NOT NULL,
        direction        TEXT NOT NULL,
        recording_state  TEXT NOT NULL
    ) STRICT;
    CREATE INDEX found_by_talk ON found (talk_ms, no, began_utc_us, direction, recording_state);
    CREATE TABLE found_days (
        day       INTEGER PRIMARY KEY,
        first_no  INTEGER NOT NULL,
        last_no   INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE terms (
        term  INTEGER NOT NULL,
        no    INTEGER NOT NULL,
        PRIMARY KEY (term, no)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE legs (
        leg              INTEGER PRIMARY KEY,
        call             INTEGER NOT NULL,
        role             TEXT NOT NULL,
        place            TEXT NOT NULL,
        began_utc_us     INTEGER NOT NULL,
        answered_utc_us  INTEGER,
        ended_utc_us     INTEGER
    ) STRICT;
    CREATE INDEX legs_of_call ON legs (call);
    CREATE INDEX legs_of_place ON legs (place, began_utc_us);

    CREATE TABLE alarms (
        alarm     TEXT PRIMARY KEY,
        no        INTEGER NOT NULL
    ) STRICT;

    -- The last alarms of each place. `ended` is the event that ended one: it was cleared, or the box was started anew.
    CREATE TABLE past_alarms (
        no        INTEGER PRIMARY KEY,
        place     TEXT NOT NULL,
        alarm     TEXT NOT NULL,
        ended     INTEGER,
        restarted INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX past_alarms_of_place ON past_alarms (place, no);
    CREATE INDEX past_alarms_open ON past_alarms (alarm) WHERE ended IS NULL;

    -- The last tests of each analog port.
    CREATE TABLE port_tests (
        no        INTEGER PRIMARY KEY,
        port      TEXT NOT NULL,
        nightly   INTEGER NOT NULL,
        findings  TEXT NOT NULL
    ) STRICT;
    CREATE INDEX port_tests_of_port ON port_tests (port, no);

    -- What the audit lists, a row an event. `outcome` is what became of an act; none while its intent is open.
    CREATE TABLE audit (
        no       INTEGER PRIMARY KEY,
        kind     TEXT NOT NULL,
        failed   INTEGER NOT NULL,
        outcome  TEXT
    ) STRICT;
    CREATE INDEX audit_of_kind ON audit (kind, no);
    CREATE INDEX audit_failures ON audit (no) WHERE failed;
    CREATE INDEX audit_open ON audit (no) WHERE kind = 'act' AND outcome IS NULL;

    -- What people have taken out of service, a row a span.
    CREATE TABLE out_of_service (
        span       INTEGER PRIMARY KEY,
        timeslots  TEXT NOT NULL
    ) STRICT;

    -- What people have set for their telephones, a row an extension.
    CREATE TABLE wishes (
        extension  TEXT PRIMARY KEY,
        wishes     TEXT NOT NULL
    ) STRICT;

    -- Acts that need two, a row an event that asked. `answered` is the last event about it; none while it waits.
    CREATE TABLE approvals (
        no        INTEGER PRIMARY KEY,
        state     TEXT NOT NULL,
        answered  INTEGER
    ) STRICT;
    CREATE INDEX approvals_open ON approvals (no) WHERE state IN ('waiting', 'granted');

    -- The events by which recordings are held and wait to be erased, and the newest by which the clock was confirmed. What is
    -- over is not kept: there is never more here than there are holds and lists. `lifts` is the hold that one lifted.
    CREATE TABLE keeping (
        no     INTEGER PRIMARY KEY,
        kind   TEXT NOT NULL,
        lifts  INTEGER
    ) STRICT;

    -- The recordings that are on a list still.
    CREATE TABLE listed (
        list       INTEGER NOT NULL,
        recording  INTEGER NOT NULL,
        PRIMARY KEY (list, recording)
    ) STRICT;
    CREATE INDEX listed_by_recording ON listed (recording);

    -- What was told of callers' messages, a row a message. Whose box it is in is not known where nothing told it.
    CREATE TABLE messages (
        message    INTEGER PRIMARY KEY,
        extension  TEXT,
        was_left   INTEGER NOT NULL,
        gone       INTEGER NOT NULL,
        damaged    INTEGER NOT NULL
    ) STRICT;

    -- The events that registered packages.
    CREATE TABLE exports (no INTEGER PRIMARY KEY) STRICT;

    -- What the log lost: numbers that are missing, stretches that can't be read with the event that told of each first,
    -- events that found no room, and leaves without an event.
    CREATE TABLE gaps (
        first  INTEGER PRIMARY KEY,
        last   INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE damaged (
        told    INTEGER PRIMARY KEY,
        file    TEXT NOT NULL,
        offset  INTEGER NOT NULL,
        octets  INTEGER NOT NULL,
        UNIQUE (file, offset, octets)
    ) STRICT;
    CREATE TABLE unwritten (
        told   INTEGER PRIMARY KEY,
        count  INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE unfounded (
        told    INTEGER PRIMARY KEY,
        file    TEXT NOT NULL,
        leaves  INTEGER NOT NULL
    ) STRICT;

    -- `had` is the last event that an index had which this one comes after. From `gone_first` to `gone_last` are the events that
    -- it had and the log has not, until the log has an event that tells of them; 0 where there are none.
    CREATE TABLE state (
        last_no     INTEGER NOT NULL,
        had         INTEGER NOT NULL,
        gone_first  INTEGER NOT NULL,
        gone_last   INTEGER NOT NULL
    ) STRICT;
    INSERT INTO state VALUES (0, 0, 0, 0);
";

/// The tables that hold what was derived.
pub(super) const TABLES: [&str; 21] = [
    "events",
    "calls",
    "found",
    "found_days",
    "terms",
    "legs",
    "alarms",
    "past_alarms",
    "port_tests",
    "audit",
    "out_of_service",
    "wishes",
    "approvals",
    "keeping",
    "listed",
    "messages",
    "exports",
    "gaps",
    "damaged",
    "unwritten",
    "unfounded",
];

/// How both the writer and the readers use their connections.
pub(super) fn configure(db: &Connection) -> rusqlite::Result<()> {
    // A page asks again rather than fails while the writer has its moment.
    db.busy_timeout(std::time::Duration::from_secs(2))?;
    db.pragma_update(None, "trusted_schema", false)
}
