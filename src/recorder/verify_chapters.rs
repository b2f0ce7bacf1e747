//! The chapters' part of `verify`: whether a copy has the event log and the settings as the box has signed them, without a gap.
//! Needs no key. Not here: what they say, and whether the leaves say the same (`opened_log`).

use std::{collections::BTreeSet, io};

use vault::{ChapterKind, FormatError, SignedCertificate};

use super::{
    copy_chapters::chapter_named,
    home::{HomeError, log_verifying_key},
    names::{CHAPTERS, chapter_name, chapter_of_name},
    store::{Store, read_all},
    verify::{Finding, Report},
};

/// What a copy has of the event log and the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChaptersFound {
    /// Whole chapters of the event log.
    pub events: u64,
    /// The last event that one of them is of.
    pub last: u64,
    /// Whole versions of the settings.
    pub settings: u64,
}

/// Checks the chapters of a copy, or of what was brought back from one.
pub(super) fn check_chapters(
    report: &mut Report,
    store: &dyn Store,
    identity: &SignedCertificate,
) -> Result<ChaptersFound, HomeError> {
    let (key, vault) = (log_verifying_key(identity)?, identity.certificate.vault);
    let (mut found, mut expected) = (ChaptersFound::default(), Some(1));
    let named = named(report, store)?;
    for &(kind, no) in &named {
        let name = chapter_name(kind, no);
        let octets = read_all(store, &name)?.unwrap_or_default();
        let head = match chapter_named(&name, &octets, &vault, &key) {
            Ok(chapter) => chapter.head,
            Err(what) => {
                report.find(&name, 0, Finding::Format(what));
                expected = None;
                continue;
            }
        };
        if kind == ChapterKind::Settings {
            found.settings += 1;
            continue;
        }
        found.events += 1;
        found.last = head.last;
        let follows = expected.is_none_or(|expected| expected == head.first);
        // Of one that is missing it is said already.
        if !follows && (no == 1 || named.contains(&(kind, no - 1))) {
            report.find(&name, 0, Finding::ChapterApart);
        }
        expected = Some(head.last + 1);
    }
    Ok(found)
}

/// The chapters that are there. A number that lacks between them is told.
fn named(report: &mut Report, store: &dyn Store) -> io::Result<BTreeSet<(ChapterKind, u64)>> {
    let mut named = BTreeSet::new();
    for name in store.list(CHAPTERS)? {
        match chapter_of_name(&name) {
            Some(of) => _ = named.insert(of),
            None => report.find(&name, 0, Finding::Format(FormatError::Value)),
        }
    }
    for kind in [ChapterKind::Events, ChapterKind::Settings] {
        let mut expected = 1;
        for &(_, no) in named.iter().filter(|(of, _)| *of == kind) {
            if no != expected {
                report.find(&chapter_name(kind, expected), 0, Finding::NoChapter { to: no - 1 });
            }
            expected = no + 1;
        }
    }
    Ok(named)
}
