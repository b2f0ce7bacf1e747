//! Chapters of a copy: the box's event log and its settings, sealed (`vault::Chapter`).
//!
//! ```text
//! settings of each version ─▶ chapters that lack ─▶ the last chapter anew, until it is over ─▶ the next one
//! ```
//!
//! How far the copy is, its newest chapter tells. That one is held to the box's own log before it is written anew: a log that has lost
//! what the copy has is not copied over it, and one that ends before the copy's is none that this one has grown out of.
//! Where a chapter ends, [`Books`] says, by the log alone: all copies have the same ones.
//! Not here: when it runs, and what opens them (`opener`).

use std::{collections::BTreeSet, io};

use frame::EventNo;
use vault::{
    Chapter, ChapterHead, ChapterKind, FormatError, Hash, OpenError, Random, Recipient, SigningKey, VaultId,
    VerifyingKey, chapter_mark,
};

use super::{
    Home, SealFor,
    copy::CopyError,
    copy_target::Target,
    home::HomeError,
    names::{CHAPTERS, chapter_name, chapter_of_name},
};

/// The event log and the settings of the box, as they are on its disk.
pub trait Books {
    /// Up to which event the log survives a power cut, and has its leaves under a signed root.
    ///
    /// # Errors
    /// The disk's.
    fn durable_no(&self) -> io::Result<EventNo>;

    /// The records of a chapter that begins with `from`, as the log's files have them, and the number of the last one: to the end of the
    /// chapter, but no further than `to`. None where the log has nothing there.
    ///
    /// # Errors
    /// The disk's.
    fn events(&mut self, from: EventNo, to: EventNo) -> io::Result<Option<(Vec<u8>, EventNo)>>;

    /// The versions of the settings.
    ///
    /// # Errors
    /// The disk's.
    fn versions(&self) -> io::Result<BTreeSet<u64>>;

    /// The text of a version.
    ///
    /// # Errors
    /// The disk's.
    fn settings(&self, version: u64) -> io::Result<Vec<u8>>;
}

/// For whom chapters are sealed, and with what they are signed.
#[derive(Clone, Debug)]
pub struct ChapterKeys {
    recipient: Recipient,
    certificate: Hash,
    vault: VaultId,
    key: SigningKey,
}

impl ChapterKeys {
    /// As recordings are sealed now.
    pub fn new(home: &Home, seal_for: &SealFor) -> ChapterKeys {
        let (recipient, certificate) = (seal_for.recipient, seal_for.certificate);
        ChapterKeys { recipient, certificate, vault: home.vault(), key: home.log_key().clone() }
    }
}

/// How far the chapters of a copy are.
#[derive(Debug)]
pub(super) struct Chapters {
    versions: BTreeSet<u64>,
    /// The last one that is whole, and whether it may be written anew.
    newest: Option<(ChapterHead, bool)>,
    /// Those before it that are not there.
    lacking: BTreeSet<u64>,
}

/// What a step of them came to.
pub(super) struct ChapterStep {
    pub(super) octets: u64,
    pub(super) is_level: bool,
}

/// What a step is done with.
pub(super) struct ChapterPen<'a> {
    pub(super) books: &'a mut dyn Books,
    pub(super) keys: &'a ChapterKeys,
    pub(super) random: &'a mut dyn Random,
}

impl Chapters {
    /// Looks what a copy has.
    pub(super) fn of_copy(copy: &Target<'_>, pen: &mut ChapterPen<'_>) -> Result<Chapters, CopyError> {
        let names = copy.list(CHAPTERS)?;
        let there = |kind| -> BTreeSet<u64> {
            let of_kind = names.iter().filter_map(|name| chapter_of_name(name));
            of_kind.filter(|(of, _)| *of == kind).map(|(_, no)| no).collect()
        };
        let (versions, mut numbers) = (there(ChapterKind::Settings), there(ChapterKind::Events));
        let mut newest = None;
        while let Some(no) = numbers.pop_last() {
            // One that is damaged is written anew: behind the last whole one.
            if let Some(head) = head_of(copy, no, pen.keys)? {
                newest = Some((head, pen.has_the_same(&head)?));
                break;
            }
        }
        let before = newest.as_ref().map_or(0, |(head, _)| head.no.saturating_sub(1));
        let lacking = (1..=before).filter(|no| !numbers.contains(no)).collect();
        Ok(Chapters { versions, newest, lacking })
    }

    /// Writes what comes next.
    pub(super) fn step(&mut self, copy: &mut Target<'_>, pen: &mut ChapterPen<'_>) -> Result<ChapterStep, CopyError> {
        if let Some(version) = pen.books.versions()?.difference(&self.versions).next().copied() {
            let text = pen.books.settings(version)?;
            let octets = pen.write(copy, (ChapterKind::Settings, version), (0, 0), &text)?.1;
            self.versions.insert(version);
            return Ok(ChapterStep { octets, is_level: false });
        }
        if let Some(no) = self.lacking.pop_first() {
            return Ok(ChapterStep { octets: fill(copy, pen, no)?, is_level: false });
        }
        let to = pen.books.durable_no()?;
        let Some((newest, may_grow)) = self.newest else { return self.write_on(copy, pen, (1, 1), to) };
        if to.0 < newest.last {
            return Err(CopyError::Differs);
        }
        let grown = match may_grow {
            true => pen.books.events(EventNo(newest.first), to)?.filter(|(_, last)| last.0 > newest.last),
            false => None,
        };
        if let Some((records, last)) = grown {
            return self.write(copy, pen, (newest.no, newest.first, last.0), &records);
        }
        let step = self.write_on(copy, pen, (newest.no + 1, newest.last + 1), to)?;
        // The log is another one, and has nothing that the copy has not.
        if step.is_level && !may_grow { Err(CopyError::Differs) } else { Ok(step) }
    }

    /// Begins a chapter.
    fn write_on(
        &mut self,
        copy: &mut Target<'_>,
        pen: &mut ChapterPen<'_>,
        (no, first): (u64, u64),
        to: EventNo,
    ) -> Result<ChapterStep, CopyError> {
        match pen.books.events(EventNo(first), to)? {
            Some((records, last)) => self.write(copy, pen, (no, first, last.0), &records),
            None => Ok(ChapterStep { octets: 0, is_level: true }),
        }
    }

    fn write(
        &mut self,
        copy: &mut Target<'_>,
        pen: &mut ChapterPen<'_>,
        (no, first, last): (u64, u64, u64),
        records: &[u8],
    ) -> Result<ChapterStep, CopyError> {
        let (head, octets) = pen.write(copy, (ChapterKind::Events, no), (first, last), records)?;
        self.newest = Some((head, true));
        Ok(ChapterStep { octets, is_level: false })
    }
}

impl ChapterPen<'_> {
    /// Whether the box's log still says what a chapter does, as far as that goes.
    fn has_the_same(&mut self, head: &ChapterHead) -> Result<bool, CopyError> {
        let records = self.all(head.first, head.last)?;
        Ok(chapter_mark(&head.vault, &self.keys.key, &records) == head.mark)
    }

    /// All records of a stretch, however many chapters they would be.
    fn all(&mut self, first: u64, last: u64) -> Result<Vec<u8>, CopyError> {
        let (mut records, mut from) = (Vec::new(), first);
        while from <= last
            && let Some((more, to)) = self.books.events(EventNo(from), EventNo(last))?
        {
            records.extend_from_slice(&more);
            from = to.0 + 1;
        }
        Ok(records)
    }

    fn write(
        &mut self,
        copy: &mut Target<'_>,
        (kind, no): (ChapterKind, u64),
        (first, last): (u64, u64),
        content: &[u8],
    ) -> Result<(ChapterHead, u64), CopyError> {
        let ChapterKeys { recipient, certificate, vault, key } = self.keys;
        let mark = chapter_mark(vault, key, content);
        let head = ChapterHead { vault: *vault, kind, no, first, last, certificate: *certificate, mark };
        let sealed = head.seal(content, recipient, key, self.random).map_err(of_vault)?;
        copy.put(&chapter_name(kind, no), &sealed)?;
        Ok((head, sealed.len() as u64))
    }
}

fn of_vault(error: OpenError) -> CopyError {
    CopyError::Vault(HomeError::Open(error))
}

/// The head of a chapter of events that is whole, stands under its own name, and is this box's.
fn head_of(copy: &Target<'_>, no: u64, keys: &ChapterKeys) -> Result<Option<ChapterHead>, CopyError> {
    let name = chapter_name(ChapterKind::Events, no);
    let Some(octets) = copy.read(&name)? else { return Ok(None) };
    let head = chapter_named(&name, &octets, &keys.vault, &keys.key.verifying_key());
    Ok(head
        .map(|chapter| chapter.head)
        .inspect_err(|what| tracing::error!(%name, %what, "a chapter of a copy is damaged, and written anew"))
        .ok())
}

/// The chapter that has a name.
///
/// # Errors
/// What is wrong with it; [`FormatError::Value`] where it stands under the name of another one, or is another vault's.
pub(super) fn chapter_named<'a>(
    name: &str,
    octets: &'a [u8],
    vault: &VaultId,
    key: &VerifyingKey,
) -> Result<Chapter<'a>, FormatError> {
    let chapter = Chapter::parse(octets, key)?;
    let is_named = chapter_name(chapter.head.kind, chapter.head.no) == name && chapter.head.vault == *vault;
    if is_named { Ok(chapter) } else { Err(FormatError::Value) }
}

/// Writes a chapter that somebody took away, between its neighbours. Where the one before it is not whole, nobody knows where it
/// begins: `verify` names that one.
fn fill(copy: &mut Target<'_>, pen: &mut ChapterPen<'_>, no: u64) -> Result<u64, CopyError> {
    let first = match no {
        1 => Some(1),
        _ => head_of(copy, no - 1, pen.keys)?.map(|head| head.last + 1),
    };
    let next = head_of(copy, no + 1, pen.keys)?;
    let Some(first) = first else { return Ok(0) };
    let records = match next {
        Some(next) if first < next.first => Some((pen.all(first, next.first - 1)?, EventNo(next.first - 1))),
        Some(_) => None,
        None => pen.books.events(EventNo(first), pen.books.durable_no()?)?,
    };
    let Some((records, last)) = records else { return Ok(0) };
    Ok(pen.write(copy, (ChapterKind::Events, no), (first, last.0), &records)?.1)
}
