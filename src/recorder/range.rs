//! Which minutes of which legs a stretch of a recording touches, by the headers of its object alone: no key is needed.
//!
//! A stretch is counted as the recording is played: parts behind one another, at their distance by the wall clock. All tracks
//! count, whatever their role: what was said then is to go wherever it was kept.
//! Not here: erasing (`erasing`), who agrees.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use frame::{LegId, RecordingId};
use vault::{Body, Fault, Hash, KeyNo, LegMinute, ObjectReader, Range, Stretch};

use super::{
    names::object_name,
    opened::{PartIndex, begins, index},
    store::{Store, read_all},
};
use crate::wav::RATE_HZ;

/// Why nothing of a stretch can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRange {
    /// The recording has no object.
    NotThere,
    /// Its object is damaged, or another one than the log knows, or the disk refuses it.
    Damaged,
    /// Nothing was recorded there.
    Nothing,
}

impl From<Fault> for NoRange {
    fn from(_: Fault) -> NoRange {
        NoRange::Damaged
    }
}

/// What goes with a stretch of a finished recording, whose last record has this link: the log knows which object it is, and anybody
/// can write one that is whole in itself and has the keys of others.
///
/// # Errors
/// [`NoRange`].
pub fn range_of(store: &dyn Store, recording: RecordingId, meant: Stretch, link: &Hash) -> Result<Range, NoRange> {
    match read_all(store, &object_name(recording)) {
        Ok(Some(octets)) => range_in(&octets, meant, link),
        Ok(None) => Err(NoRange::NotThere),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(NoRange::NotThere),
        Err(_) => Err(NoRange::Damaged),
    }
}

/// A minute of a leg in a part.
type Place = (u16, LegId, u32);

/// The same of an object's octets.
pub(super) fn range_in(octets: &[u8], meant: Stretch, link: &Hash) -> Result<Range, NoRange> {
    let mut reader = ObjectReader::new(octets)?;
    let (mut parts, mut keys) = (Vec::new(), BTreeMap::new());
    while let Some(found) = reader.next_record()? {
        if let Body::Key(key) = &found.record.body {
            keys.insert((found.record.place.part, key.leg, key.epoch), key.key_no);
        }
        index(&mut parts, &found, 0);
    }
    if reader.finish()?.chain_head != *link {
        return Err(NoRange::Damaged);
    }
    let samples = |seconds: u32| u64::from(seconds) * u64::from(RATE_HZ);
    let (from, to) = (samples(meant.from_s), samples(meant.to_s));
    let placed: Vec<(Place, u64, u64)> = placed(&parts).collect();
    let touched: BTreeSet<Place> =
        placed.iter().filter(|(_, begin, end)| *begin < to && from < *end).map(|(place, ..)| *place).collect();
    let gone = placed.iter().filter(|(place, ..)| touched.contains(place));
    let gone = gone.fold(None, |gone: Option<(u64, u64)>, (_, begin, end)| {
        let (first, last) = gone.unwrap_or((*begin, *end));
        Some((first.min(*begin), last.max(*end)))
    });
    let (first, last) = gone.ok_or(NoRange::Nothing)?;
    let seconds = |samples: u64| u32::try_from(samples).unwrap_or(u32::MAX);
    let rate = u64::from(RATE_HZ);
    let gone = Stretch { from_s: seconds(first / rate), to_s: seconds(last.div_ceil(rate)) };
    let minute = |place: &Place| {
        let key: KeyNo = *keys.get(place).ok_or(NoRange::Damaged)?;
        Ok(LegMinute { part: place.0, leg: place.1, minute: place.2, key })
    };
    Ok(Range { meant, gone, minutes: touched.iter().map(minute).collect::<Result<_, NoRange>>()? })
}

/// Where each chunk is in what is played.
fn placed(parts: &[PartIndex]) -> impl Iterator<Item = (Place, u64, u64)> {
    parts.iter().zip(begins(parts)).flat_map(|(part, begin)| {
        part.chunks().map(move |(leg, epoch, at, samples)| {
            let at = begin + at.saturating_sub(part.first());
            ((part.no(), leg, epoch), at, at + u64::from(samples))
        })
    })
}
