//! What the last life of the daemon left: the table of its calls, and calls of the log that nobody ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use call::{CallEvent, Kept, RecordingGap, Side, Wishes};
use frame::{CallId, LegId, Stamp};
use isdn::Cause;
use os::{HeldMemory, Supervisor, kept_fd};
use settings::{Board, Settings, Version};

use super::{StartError, Timestamps, retell::missing_facts, system};
use crate::{
    changes::Versions,
    data_dir::DataDir,
    journal::{Cdr, FollowError, IndexReader, JournalHandle},
    recorder::OpenRecording,
    telephony::{CallTable, LastLife, OutOfService, TakenOver},
};

/// The name under which a service manager keeps the table.
const KEPT: &str = "call-table";

/// Memory for a call table, in a process that holds the lines: it gives the box the path.
///
/// # Errors
/// When the process has no descriptor or the machine no memory left.
pub fn call_table_memory() -> io::Result<HeldMemory> {
    CallTable::memory()
}

/// The call table: of the holder at `path`, else of the service manager, else a new one, which the manager is asked to
/// keep. Without either it ends with this process.
pub(super) fn call_table(path: Option<&Path>, data: &DataDir) -> Result<(CallTable, LastLife), StartError> {
    let memory = match path.map(Path::to_owned).or_else(|| kept_fd(KEPT)) {
        Some(path) => HeldMemory::open(&path, CallTable::OCTETS),
        None => CallTable::memory(),
    };
    let memory = memory.map_err(system("the call table"))?;
    if path.is_none()
        && kept_fd(KEPT).is_none()
        && let Some(supervisor) = Supervisor::of_environment()
    {
        give(&supervisor, &memory);
    }
    let (table, last) = CallTable::take_over(memory, data.boot(), data.life()).map_err(system("the call table"))?;
    if last.damaged > 0 {
        tracing::error!(rows = last.damaged, "damaged rows of the call table were left out");
    }
    Ok((table, last))
}

fn give(supervisor: &Supervisor, memory: &HeldMemory) {
    use std::os::fd::AsFd;
    if let Err(error) = supervisor.keep(memory.as_fd(), KEPT) {
        tracing::warn!(%error, "the service manager does not keep the call table: calls will not outlive a restart");
    }
}

/// The versions of the settings that calls of the table began with, where they are not the newest. One that can't be
/// read is left out: its calls go on with the newest.
pub(super) fn earlier_settings(
    last: &LastLife,
    newest: Version,
    board: &Board,
    data: &DataDir,
) -> BTreeMap<Version, Settings> {
    let versions = Versions::in_folder(data.settings());
    let read = |version: Version| {
        let text = versions.read(version).ok()?;
        let name = version.0.to_string();
        Some((version, Settings::parse(&name, &text, board, None).ok()?.settings))
    };
    let begun = last.calls.iter().map(|kept| Version(kept.settings)).filter(|version| *version != newest);
    begun.collect::<BTreeSet<_>>().into_iter().filter_map(read).collect()
}

/// Calls that the log has as going on, before this life has told anything.
pub(super) struct OpenCalls {
    calls: Vec<Cdr>,
    /// Calls that the log did not know, with their legs.
    unknown: Vec<(CallId, Vec<LegId>)>,
    /// The last event of the log.
    last: Option<Stamp>,
}

/// What people had taken out of service, by the index, which has caught up with the log.
pub(super) fn out_of_service(index: &Path) -> OutOfService {
    IndexReader::open(index).and_then(|reader| reader.out_of_service()).unwrap_or_else(|error| {
        tracing::error!(%error, "channels are in service that may have been taken out: the index can't be read");
        OutOfService::new()
    })
}

/// What people had set for their telephones, by the index, which has caught up with the log.
pub(super) fn wishes(index: &Path) -> BTreeMap<String, Wishes> {
    IndexReader::open(index).and_then(|reader| reader.wishes()).unwrap_or_else(|error| {
        tracing::error!(%error, "telephones ring that may have been set to forward: the index can't be read");
        BTreeMap::new()
    })
}

impl OpenCalls {
    /// Reads them from the index, which has caught up with the log.
    pub(super) fn read(index: &Path) -> OpenCalls {
        let read = || {
            let reader = IndexReader::open(index)?;
            let last = reader.past_events(None, 1)?.first().map(|record| record.stamp);
            Ok::<_, FollowError>(OpenCalls { calls: reader.calls_now()?, unknown: Vec::new(), last })
        };
        read().unwrap_or_else(|error| {
            tracing::error!(%error, "calls of the last life can't be closed: the index can't be read");
            OpenCalls { calls: Vec::new(), unknown: Vec::new(), last: None }
        })
    }

    /// Tells what the log lacks of the calls that the table has.
    pub(super) fn retell(&mut self, journal: &JournalHandle, kept: &[Kept], timestamps: Timestamps) {
        for kept in kept {
            let row = self.calls.iter_mut().find(|row| row.call == kept.call);
            let facts = missing_facts(kept, row.as_deref());
            facts.into_iter().for_each(|fact| journal.append(timestamps.now(), fact));
            if row.is_none() {
                self.unknown.push((kept.call, kept.legs().map(|leg| leg.leg).collect()));
            }
        }
    }

    /// Ends those that were not taken over. Where the lines were held they ended now, when they were released; else
    /// with the last life, of which nothing later is known than its last event.
    /// `kept` are the recordings of which something is durable.
    pub(super) fn close(
        &self,
        journal: &JournalHandle,
        held: bool,
        taken: &TakenOver,
        kept: &[OpenRecording],
        timestamps: Timestamps,
    ) {
        let now = timestamps.now();
        let at = if held { now } else { self.last.unwrap_or(now) };
        for cdr in self.calls.iter().filter(|cdr| !taken.calls.contains(&cdr.call)) {
            let is_lost = |recording| !kept.iter().any(|open| open.recording == recording);
            if cdr.recording.id.is_some_and(is_lost) {
                journal.append(at, CallEvent::RecordingMissing { call: cdr.call, why: RecordingGap::Restart });
            }
            let legs = cdr.legs.iter().filter(|leg| leg.ended.is_none()).map(|leg| leg.leg);
            end(journal, at, cdr.call, legs);
        }
        for (call, legs) in self.unknown.iter().filter(|(call, _)| !taken.calls.contains(call)) {
            end(journal, at, *call, legs.iter().copied());
        }
    }
}

fn end(journal: &JournalHandle, at: Stamp, call: CallId, legs: impl Iterator<Item = LegId>) {
    let (cause, by) = (Cause::TemporaryFailure, Side::Box);
    legs.for_each(|leg| journal.append(at, CallEvent::LegEnded { call, leg, cause, by }));
    journal.append(at, CallEvent::Ended { call, cause, by });
}

/// Tells the service manager, if there is one, that the box is ready.
pub(super) fn tell_ready() -> io::Result<()> {
    Supervisor::of_environment().map_or(Ok(()), |supervisor| supervisor.ready())
}
