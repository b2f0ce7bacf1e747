//! The log of a copy, where it lacks what it had: filled from the vault.
//!
//! A store may do a request late that was given up, and put back a piece of the log as it was a minute before. The copy's edge says
//! how long its log is, and the vault's has grown out of it, so what lacks is read there, held to its hashes, and written again.
//! Not here: pieces that have another content and their length, which is `ringfence verify`'s.

use std::ops::Range;

use vault::{LogEdge, NOTE_OCTETS_MAX, VerifyingKey};

use super::{
    copy::{CopyError, Stretch, copy_checkpoints, read_piece, read_stretch},
    copy_target::Target,
    leaves::{CHECKPOINTS, HASHES, RECORDS, notes},
    outside::root_of_first,
    store::Store,
};

/// Fills the copy's log up to its edge, where it is shorter or has holes.
///
/// # Errors
/// [`CopyError`].
pub(super) fn fill_log(
    vault: &dyn Store,
    copy: &mut Target<'_>,
    key: &VerifyingKey,
    edge: &LogEdge,
) -> Result<(), CopyError> {
    let lacks = |name, octets| copy.0.lacks(name, octets).map_err(CopyError::Target);
    let records = lacks(RECORDS, edge.records_octets)?;
    let hashes = lacks(HASHES, edge.frontier.size() * 32)?;
    let roots = lacks(CHECKPOINTS, end_of_roots(vault, edge)?)?;
    if !records.is_empty() || !hashes.is_empty() {
        tracing::warn!(?records, ?hashes, "the log of a copy lacks what it had, and is filled");
        fill_leaves(vault, copy, edge, (&records, &hashes))?;
    }
    if !roots.is_empty() {
        tracing::warn!(?roots, "the log of a copy lacks roots that it had, and is filled");
        copy_checkpoints(vault, copy, key, 0, (edge, edge.frontier.size()))?;
    }
    Ok(())
}

/// Where the last root ends that the copy has, by the vault's; the beginning of it where the vault has lost it.
fn end_of_roots(vault: &dyn Store, edge: &LogEdge) -> Result<u64, CopyError> {
    if edge.frontier.size() == 0 {
        return Ok(0);
    }
    let end = edge.checkpoint_offset + NOTE_OCTETS_MAX as u64;
    let piece = read_piece(vault, CHECKPOINTS, edge.checkpoint_offset, end, NOTE_OCTETS_MAX as u64)?;
    let octets = notes(&piece).next().filter(|note| note.text.is_ok()).map_or(0, |note| note.end);
    Ok(edge.checkpoint_offset + octets as u64)
}

fn fill_leaves(
    vault: &dyn Store,
    copy: &mut Target<'_>,
    edge: &LogEdge,
    (records, hashes): (&[Range<u64>], &[Range<u64>]),
) -> Result<(), CopyError> {
    if root_of_first(vault, edge.frontier.size())? != Some(edge.frontier.root()) {
        return Err(CopyError::Differs);
    }
    let mut from = LogEdge::default();
    while from.frontier.size() < edge.frontier.size() {
        let (records_at, hashes_at) = (from.records_octets, from.frontier.size() * 32);
        let Stretch { records: leaves, hashes: of_leaves, edge: behind, .. } =
            read_stretch(vault, from, edge, &mut |_| Ok(true))?;
        fill(copy, RECORDS, records, records_at, &leaves)?;
        fill(copy, HASHES, hashes, hashes_at, &of_leaves)?;
        from = behind;
    }
    Ok(())
}

/// Writes octets that stand at `at`, where any of them lack.
fn fill(copy: &mut Target<'_>, name: &str, lacks: &[Range<u64>], at: u64, octets: &[u8]) -> Result<(), CopyError> {
    let end = at + octets.len() as u64;
    for lacks in lacks.iter().filter(|lacks| lacks.start < end && at < lacks.end) {
        let (from, to) = (lacks.start.max(at), lacks.end.min(end));
        copy.write(name, from, &octets[(from - at) as usize..(to - at) as usize])?;
    }
    Ok(())
}
