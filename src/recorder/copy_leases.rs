//! Leases at copies in buckets: what the vault has is renewed, what a hold covers is held there, too, and of what was erased the ciphertext
//! goes once its lease has run out.
//!
//! ```text
//! halves destroyed ─▶ noted in the vault until when something is left ─▶ read no more ─▶ the lease ends ─▶ deleted ─▶ told ─▶ noted no more
//! ```
//!
//! Erasing waits for no lease: the halves are in no locked object. What stays is ciphertext that nobody opens, and a file of the vault,
//! `copies/TABLES/leased/RECORDING`, says until when. It stands before the object is taken away, so that nothing is left at a store that
//! nobody knows of, whoever dies meanwhile.
//! What the box holds there stands in `copies/TABLES/held/`, before it is: a hold that the store's administrator has put by hand stays as it is.
//! Not here: locks and their clock (`s3::lease`), and who is told (`daemon::copies`).

use std::{fmt, io};

use frame::{CallId, RecordingId, Utc};

use super::{
    copy::CopyError,
    copy_keys::objects,
    copy_pending::CopyId,
    copy_target::Target,
    names::{
        entry_recording, held_dir, held_name, leased_dir, leased_name, object_name, object_recording, tombstone_name,
    },
    store::{Store, read_all, replace},
};

/// Entries and recordings that are looked at in a step at most: with a step each five seconds a million a day.
const LOOKS_A_STEP: usize = 64;

/// What is left of an erased recording at a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// The copy's key tables.
    pub tables: CopyId,
    /// The recording.
    pub recording: RecordingId,
    /// Its call, where that is known.
    pub call: Option<CallId>,
    /// Until when nobody can delete all of it, as far as it is known.
    pub until: Option<Utc>,
}

impl Leased {
    fn emit(&self) -> String {
        let mut text = format!("recording {}\n", self.recording);
        if let Some(call) = self.call {
            text.push_str(&format!("call {call}\n"));
        }
        if let Some(until) = self.until {
            text.push_str(&format!("until {}\n", until.as_us()));
        }
        text
    }

    /// What cannot be read is not known, and is looked at.
    fn parse(tables: CopyId, recording: RecordingId, text: &str) -> Leased {
        let of = |name: &str| text.strip_suffix('\n')?.lines().find_map(|line| line.strip_prefix(name));
        let until = of("until ").and_then(|us| us.parse().ok()).map(Utc::from_us);
        Leased { tables, recording, call: of("call ").and_then(|call| call.parse().ok()), until }
    }
}

/// Notes, durably, that something of an erased recording is left at a copy.
pub(super) fn note_leased(vault: &mut dyn Store, leased: &Leased) -> io::Result<()> {
    replace(vault, &leased_name(leased.tables, leased.recording), leased.emit().as_bytes())
}

/// What is left of erased recordings at a copy, as the vault has noted it.
///
/// # Errors
/// The disk's.
pub fn leased_at(vault: &dyn Store, tables: CopyId) -> io::Result<Vec<Leased>> {
    let names = vault.list(&leased_dir(tables))?;
    Ok(names.iter().filter_map(|name| read_leased(vault, tables, name)).collect())
}

fn read_leased(vault: &dyn Store, tables: CopyId, name: &str) -> Option<Leased> {
    let recording = entry_recording(name)?;
    let text = read_all(vault, name).ok().flatten().and_then(|octets| String::from_utf8(octets).ok());
    Some(Leased::parse(tables, recording, &text.unwrap_or_default()))
}

/// Nothing is left of it at the copy, and the log has that.
///
/// # Errors
/// The disk's.
pub fn settle_leased(vault: &mut dyn Store, leased: &Leased) -> io::Result<()> {
    vault.remove(&leased_name(leased.tables, leased.recording))
}

/// A look at all leases of a copy, step by step. It outlives what goes wrong at the copy meanwhile.
#[derive(Debug, Default)]
pub struct LeaseLook {
    /// It has to be listed what there is; whether recordings are to be renewed, too.
    begins: Option<bool>,
    left: Vec<String>,
    held: Vec<String>,
    renews: Vec<String>,
}

/// What a look goes by.
pub struct LeaseTerms<'a> {
    /// What time it is. It decides what is looked at, and nothing else: whether a lease has run out the store says.
    pub now: Utc,
    /// Whether a hold covers a recording; nothing where nobody can tell.
    pub is_held: &'a dyn Fn(RecordingId) -> Option<bool>,
}

impl fmt::Debug for LeaseTerms<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseTerms").field("now", &self.now).finish_non_exhaustive()
    }
}

impl LeaseLook {
    /// A look at what has run out, and at what has to be renewed where the copy keeps leases.
    pub fn begin(renews: bool) -> LeaseLook {
        LeaseLook { begins: Some(renews), ..LeaseLook::default() }
    }

    /// Whether all was looked at.
    pub fn is_over(&self) -> bool {
        self.begins.is_none() && [&self.left, &self.held, &self.renews].iter().all(|names| names.is_empty())
    }

    /// Does a step; tells of what nothing is left at the copy any more.
    pub(super) fn step(
        &mut self,
        vault: &mut dyn Store,
        copy: &mut Target<'_>,
        tables: CopyId,
        terms: &LeaseTerms<'_>,
    ) -> Result<Vec<Leased>, CopyError> {
        if let Some(renews) = self.begins {
            self.left = vault.list(&leased_dir(tables))?;
            self.held = vault.list(&held_dir(tables))?;
            self.renews = if renews { objects(copy)? } else { Vec::new() };
            self.begins = None;
        }
        let mut freed = Vec::new();
        each(&mut self.left, |name| {
            if let Some(leased) = read_leased(vault, tables, name)
                && leased.until.is_none_or(|until| until <= terms.now)
                && goes(vault, copy, &leased)?
            {
                freed.push(leased);
            }
            Ok(())
        })?;
        each(&mut self.held, |name| match entry_recording(name) {
            Some(recording) if (terms.is_held)(recording) == Some(false) => let_go(vault, copy, tables, recording),
            _ => Ok(()),
        })?;
        each(&mut self.renews, |name| {
            // What the vault lacks was erased, or its leaf is at the copy to be mended: that is a matter of days.
            let Some(recording) = object_recording(name) else { return Ok(()) };
            if vault.octets(name)?.is_none() {
                return Ok(());
            }
            copy.renew_lease(name)?;
            if (terms.is_held)(recording) == Some(true) { hold(vault, copy, tables, recording) } else { Ok(()) }
        })?;
        Ok(freed)
    }
}

/// Does something with some of what is left, and takes from it what that was done with.
fn each(names: &mut Vec<String>, mut act: impl FnMut(&str) -> Result<(), CopyError>) -> Result<(), CopyError> {
    for _ in 0..LOOKS_A_STEP {
        let Some(name) = names.last() else { break };
        act(name)?;
        names.pop();
    }
    Ok(())
}

/// Holds a recording at the copy's store.
fn hold(vault: &mut dyn Store, copy: &mut Target<'_>, tables: CopyId, recording: RecordingId) -> Result<(), CopyError> {
    let name = held_name(tables, recording);
    if vault.octets(&name)?.is_none() {
        replace(vault, &name, b"held\n")?;
    }
    copy.set_hold(&object_name(recording), true)
}

/// Holds it no more, where it was the box that did.
pub(super) fn let_go(
    vault: &mut dyn Store,
    copy: &mut Target<'_>,
    tables: CopyId,
    recording: RecordingId,
) -> Result<(), CopyError> {
    let name = held_name(tables, recording);
    if vault.octets(&name)?.is_some() {
        copy.set_hold(&object_name(recording), false)?;
        vault.remove(&name)?;
    }
    Ok(())
}

/// Deletes what is left of an erased recording; whether that was all.
fn goes(vault: &mut dyn Store, copy: &mut Target<'_>, leased: &Leased) -> Result<bool, CopyError> {
    let object = object_name(leased.recording);
    // Anybody can write a file of such a name.
    if vault.octets(&object)?.is_some() || copy.octets(&tombstone_name(leased.recording))?.is_none() {
        tracing::error!(recording = %leased.recording, "a copy is to delete a recording that is not erased");
        return Ok(false);
    }
    copy.remove(&object)?;
    match copy.leased_until(&object)? {
        None => Ok(true),
        Some(until) => {
            note_leased(vault, &Leased { until: Some(until), ..leased.clone() })?;
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_reads_back_and_what_is_cut_is_looked_at() {
        let (tables, recording) = (CopyId([1; 8]), "1-9".parse().unwrap());
        let leased = Leased { tables, recording, call: "1-7".parse().ok(), until: Some(Utc::from_us(1_800_000_000)) };
        let text = leased.emit();
        assert_eq!(Leased::parse(tables, recording, &text), leased);
        for cut in 0..text.len() {
            assert_eq!(Leased::parse(tables, recording, &text[..cut]).until, None, "{}", &text[..cut]);
        }
        let unknown = Leased { call: None, until: None, ..leased };
        assert_eq!(Leased::parse(tables, recording, &unknown.emit()), unknown);
    }
}
