//! `verify`: whether recordings and log are what they were. Needs no key; with the opener it also decrypts every chunk.
//!
//! Every octet of an object is covered: by the record's checksum (which says where), by the hash chain (which says that
//! nothing was exchanged), and by the leaf of the finished recording under a signed root (which says when).

use std::{io, path::Path};

use frame::RecordingId;
use vault::{Body, Fault, FormatError, ObjectReader, ObjectTrailer, OpenError, SegmentHead, SignedCertificate};

use super::{
    home::{HomeError, identity},
    names::{OBJECTS, SEGMENTS, object_name, tombstone_name},
    opener::{DataKeys, Opener},
    segment_scan::{is_free_head, scan},
    store::{FileStore, Store, read_all},
    verify_log::{Log, Logged, check_log},
};

/// How far the check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Frames, chain, leaves and signatures: no key.
    Sealed,
    /// Every chunk was decrypted too.
    Opened,
}

/// What is wrong at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Octets that are not in the format, or a hash, checksum or signature that does not fit.
    Format(FormatError),
    /// The object is whole in itself, but not the one that the log knows, from its end or from a minute of its life.
    NotTheLogged,
    /// The object is of another vault.
    OtherVault,
    /// The object stands under another recording's name.
    WrongName,
    /// The log knows a finished recording that has neither object nor tombstone.
    Missing(RecordingId),
    /// The object is not in the log. Until its leaf is written that is so for a moment.
    NotLogged,
    /// A checkpoint says another root than its leaves have, or more leaves than there are.
    WrongRoot,
    /// A chunk does not open.
    Sealed(OpenError),
}

/// A finding and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file, relative to the vault.
    pub file: String,
    /// Where in it, in octets.
    pub offset: u64,
    /// What.
    pub what: Finding,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How far it went.
    pub depth: Depth,
    /// Objects that were checked.
    pub objects: u64,
    /// Chunks in them.
    pub chunks: u64,
    /// Chunks whose key half was erased: sealed for ever, which is no fault.
    pub erased_chunks: u64,
    /// Leaves that were checked.
    pub leaves: u64,
    /// Leaves under the newest signed root.
    pub signed_leaves: u64,
    /// All that is wrong.
    pub findings: Vec<Found>,
}

impl Report {
    fn new(depth: Depth) -> Report {
        Report { depth, objects: 0, chunks: 0, erased_chunks: 0, leaves: 0, signed_leaves: 0, findings: Vec::new() }
    }

    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn find(&mut self, file: &str, offset: u64, what: Finding) {
        self.findings.push(Found { file: file.to_owned(), offset, what });
    }
}

/// Checks a vault's directory, or one object file on its own.
///
/// # Errors
/// The disk's, or a vault without an identity.
pub fn verify(path: &Path) -> Result<Report, HomeError> {
    if path.is_dir() {
        return verify_vault(&FileStore::new(path), None);
    }
    let octets = std::fs::read(path)?;
    let mut report = Report::new(Depth::Sealed);
    check_object(&mut report, &path.to_string_lossy(), &octets, None, &Log::default());
    Ok(report)
}

/// Checks a vault's directory and decrypts every chunk with the birth key under `code`.
///
/// # Errors
/// The disk's, a vault without an identity, or a wrong code.
pub fn verify_open(path: &Path, code: &[u8]) -> Result<Report, HomeError> {
    let opener = Opener::new(Box::new(FileStore::new(path)), code)?;
    verify_vault(&FileStore::new(path), Some(&opener))
}

/// Checks the vault in `store`, with an opener every chunk too.
///
/// # Errors
/// The disk's, or a vault without an identity.
pub fn verify_vault(store: &dyn Store, opener: Option<&Opener>) -> Result<Report, HomeError> {
    let mut report = Report::new(if opener.is_some() { Depth::Opened } else { Depth::Sealed });
    let identity = identity(store)?;
    let log = check_log(&mut report, store, &identity)?;
    let names = store.list(OBJECTS)?;
    for name in names.iter().filter(|name| name.ends_with(".rfo")) {
        let octets = read_all(store, name)?.unwrap_or_default();
        if let Some(checked) = check_object(&mut report, name, &octets, opener, &log) {
            check_logged(&mut report, name, &checked, &identity, &log);
        }
    }
    check_missing(&mut report, &names, &log);
    check_segments(&mut report, store)?;
    Ok(report)
}

/// An object that is whole in itself.
struct Checked {
    recording: RecordingId,
    vault: vault::VaultId,
    says: Logged,
}

/// Checks one object; `None` when it is not whole.
fn check_object(report: &mut Report, name: &str, octets: &[u8], opener: Option<&Opener>, log: &Log) -> Option<Checked> {
    report.objects += 1;
    match follow_object(report, name, octets, opener, log) {
        Ok(checked) => Some(checked),
        Err(Fault { offset, what }) => {
            report.find(name, offset, Finding::Format(what));
            None
        }
    }
}

fn follow_object(
    report: &mut Report,
    name: &str,
    octets: &[u8],
    opener: Option<&Opener>,
    log: &Log,
) -> Result<Checked, Fault> {
    let mut reader = ObjectReader::new(octets)?;
    let head = *reader.head();
    let mut keys = DataKeys::of(&head);
    let mut links = log.live.get(&head.recording).cloned().unwrap_or_default();
    while let Some(found) = reader.next_record()? {
        links.remove(&reader.chain().head);
        report.chunks += u64::from(matches!(found.record.body, Body::Chunk(_)));
        let Some(opener) = opener else { continue };
        match keys.follow(&found, opener) {
            Ok(_) => {}
            Err(OpenError::Erased) => report.erased_chunks += 1,
            Err(error) => report.find(name, found.offset, Finding::Sealed(error)),
        }
    }
    let chunks = reader.chain().chunks;
    let ObjectTrailer { records, chain_head, commitments } = reader.finish()?;
    if !links.is_empty() {
        report.find(name, 0, Finding::NotTheLogged);
    }
    let says = Logged { records, chunks, chain_head, commitments };
    Ok(Checked { recording: head.recording, vault: head.vault, says })
}

fn check_logged(report: &mut Report, name: &str, checked: &Checked, identity: &SignedCertificate, log: &Log) {
    if checked.vault != identity.certificate.vault {
        report.find(name, 0, Finding::OtherVault);
    }
    if name != object_name(checked.recording) {
        report.find(name, 0, Finding::WrongName);
    }
    match log.finished.get(&checked.recording) {
        Some(says) if *says == checked.says => {}
        Some(_) => report.find(name, 0, Finding::NotTheLogged),
        None => report.find(name, 0, Finding::NotLogged),
    }
}

fn check_missing(report: &mut Report, names: &[String], log: &Log) {
    for recording in log.finished.keys() {
        let object = object_name(*recording);
        let tombstone = tombstone_name(*recording);
        if names.binary_search(&object).is_err() && names.binary_search(&tombstone).is_err() {
            report.find(&object, 0, Finding::Missing(*recording));
        }
    }
}

/// Checks what the ring holds. The live end of the newest segment may be torn, which is no fault.
fn check_segments(report: &mut Report, store: &dyn Store) -> io::Result<()> {
    let mut used = Vec::new();
    for name in store.list(SEGMENTS)? {
        let octets = read_all(store, &name)?.unwrap_or_default();
        match SegmentHead::parse(&octets) {
            Ok(head) => used.push((head, name)),
            Err(_) if is_free_head(&octets) => {}
            Err(what) => report.find(&name, 0, Finding::Format(what)),
        }
    }
    used.sort_by_key(|(head, _)| head.use_no);
    for (at, (head, name)) in used.iter().enumerate() {
        let octets = read_all(store, name)?.unwrap_or_default();
        let scan = scan(head, used.get(at + 1).map(|(next, _)| next), &octets, |_, _| {});
        if let Some(what) = scan.damage {
            report.find(name, scan.end as u64, Finding::Format(what));
        }
    }
    Ok(())
}
