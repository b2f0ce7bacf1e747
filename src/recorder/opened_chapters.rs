//! Chapters opened: the event log and the settings of a box that is gone, out of what was brought back of its copy.
//! Not here: where they are written, and what they are held to (`daemon::old_log`).

use std::io;

use vault::{ChapterHead, FormatError, Leaf, OpenError};

use super::{
    copy_chapters::chapter_named,
    home::{HomeError, identity, log_verifying_key},
    leaves::each_leaf,
    names::CHAPTERS,
    opener::Opener,
    store::{Store, read_all},
};

/// Why a chapter is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChapterShut {
    /// It is damaged, or not this box's.
    #[error(transparent)]
    Damaged(FormatError),
    /// These keys don't open it.
    #[error(transparent)]
    Sealed(OpenError),
}

/// Opens one chapter after the other, the event log's in their order, and hands them over. Those that stay shut are named.
///
/// # Errors
/// The disk's, a vault without an identity, or what `take` says.
pub fn open_chapters(
    store: &dyn Store,
    opener: &Opener,
    take: &mut dyn FnMut(&ChapterHead, &[u8]) -> io::Result<()>,
) -> Result<Vec<(String, ChapterShut)>, HomeError> {
    let identity = identity(store)?;
    let (key, vault) = (log_verifying_key(&identity)?, identity.certificate.vault);
    let mut shut = Vec::new();
    for name in store.list(CHAPTERS)? {
        let octets = read_all(store, &name)?.unwrap_or_default();
        let opened = chapter_named(&name, &octets, &vault, &key).map_err(ChapterShut::Damaged).and_then(|chapter| {
            let content = opener.open_chapter(&chapter).map_err(ChapterShut::Sealed)?;
            Ok((chapter.head, content))
        });
        match opened {
            Ok((head, content)) => take(&head, &content)?,
            Err(why) => shut.push((name, why)),
        }
    }
    Ok(shut)
}

/// Visits the leaves of a vault, in their order. Whether they are what they were is `verify`'s.
///
/// # Errors
/// The disk's.
pub fn visit_leaves(store: &dyn Store, visit: &mut dyn FnMut(Leaf)) -> io::Result<()> {
    each_leaf(store, &mut |entry| entry.into_iter().for_each(|entry| visit(entry.leaf)))
}
