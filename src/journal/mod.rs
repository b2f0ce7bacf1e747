//! The journal: one event log, and what is derived from it.
//!
//! Everything that is shown, counted, billed or audited comes from the log, so numbers add up and each opens its events.
//! The files of the log are described in `docs/EVENTS.md`.
//!
//! ```text
//! tellers ── JournalHandle ──▶ thread ──▶ Log (fdatasync) ──▶ leaf sequence ──▶ Projection (SQLite) ──▶ listeners
//!                                                                                   ▲
//!                                                        pages ── IndexReader ──────┘
//! ```
//!
//! Call control never waits for it. Not here: words for people, the vault's leaf sequence (a [`Follower`]).

mod alarm;
mod audit;
mod beside;
mod box_event;
mod cdr;
mod cdr_line;
mod event;
mod follower;
mod format;
#[expect(clippy::module_inception, reason = "the journal is what the room is named after")]
mod journal;
mod kept;
mod log;
mod projection;
mod rebuild;
#[cfg(test)]
mod sample;
mod scan;
mod storage;
mod stretch;
mod thread;
mod took_part;
mod utc_text;

pub use alarm::{Alarm, CardDifference, CopyFault, Place, PortFault, RoomFault, SoundFault, Store};
pub use audit::{Audit, Intend, Intent, NotAudited, StampClock};
pub use beside::Beside;
pub use box_event::{Act, Actor, AppliedHow, BoxEvent, Outcome};
pub use cdr::{Cdr, CdrConsent, CdrLeg, CdrRecording, CdrTold, RecordingState, cdr};
pub use cdr_line::{CDR_HEADER, word};
pub use event::{EVENT_VERSION, Event, Fact, Record};
pub use follower::{CaughtUp, FollowError, Follower, catch_up};
pub use journal::Journal;
pub use kept::{Kept, Reckoning};
pub use log::{Condition, Limits, Log, Opened, Refused};
pub use projection::{
    AskedFor, AuditEntry, AuditOf, Counters, FindOrder, IndexFile, IndexReader, MessageRow, OpenAlarm, Over,
    PAST_ALARMS, PORT_TESTS, PageKey, PastAlarm, PortTestRow, Projection, Question, RECALLED_TESTS, WantedNumber,
    is_act,
};
pub use rebuild::{Rebuilt, derive_index, rebuild};
pub use scan::{Damage, Item, Reader, pick};
pub use storage::{FileStorage, MemoryStorage, Storage};
pub use stretch::{STRETCH_OCTETS_MAX, Stretch, Stretches, log_file};
pub use thread::{JournalConfig, JournalHandle, NotDurable, start};
pub use took_part::TookPart;
pub use utc_text::{day_begins, mail_date, utc_text};
