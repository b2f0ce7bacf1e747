//! Trials: the first key of the newest recording of each epoch, which a session of somebody who listens tries to open.
//!
//! Words that open the newest key say nothing about what was sealed: a rotation that went wrong, or a recorder that sealed for a
//! key that nobody has, would be noticed when somebody wants to hear it, perhaps in ten years. Tried it is known within days.
//! A trial is what stands in the object, sealed, so whoever gathers it needs no key.

use std::{fmt::Write as _, io};

use frame::RecordingId;
use serde::{Deserialize, Serialize};
use vault::{Body, ObjectReader, Record};

use super::{names::object_name, opener::Opener, store::Store};

/// Epochs that are tried, the newest: new keys each month for five years. That each opens the one before is tried with every
/// opening, however many there are.
pub const TRIALS_MAX: usize = 64;

/// Where the first key of an object ends at the latest: before it stand the heads of object, recording, part and tracks, and
/// what was masked before anybody spoke.
const FIRST_OCTETS: usize = 16 << 10;

/// A key of a recording as it stands in the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Which recording.
    pub recording: RecordingId,
    /// The record of the key, in hexadecimal.
    record: String,
}

impl Trial {
    /// The first key of a recording; none where it has no object, or none in which a key stands. What is damaged is told by
    /// who reads the vault again.
    ///
    /// # Errors
    /// The disk's.
    pub fn of(store: &dyn Store, recording: RecordingId) -> io::Result<Option<Trial>> {
        let mut octets = vec![0; FIRST_OCTETS];
        let read = match store.read_at(&object_name(recording), 0, &mut octets) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        octets.truncate(read);
        let Ok(mut reader) = ObjectReader::new(&octets) else { return Ok(None) };
        while let Ok(Some(found)) = reader.next_record() {
            if matches!(found.record.body, Body::Key(_)) {
                let at = found.offset as usize;
                let record = hexadecimal(&octets[at..reader.position() as usize]);
                return Ok(Some(Trial { recording, record }));
            }
        }
        Ok(None)
    }

    /// Whether it opens, as far as this opener should open it: members open what is of their compartments, and what is
    /// sealed for the recovery key takes two shares.
    fn is_open_to(&self, opener: &Opener) -> bool {
        let Some(octets) = octets_of(&self.record) else { return false };
        match Record::parse(&octets) {
            Ok((Record { place, body: Body::Key(key) }, _)) if place.recording == self.recording => {
                opener.opens_what_it_should(&place, &key)
            }
            _ => false,
        }
    }
}

impl Opener {
    /// The recordings among these of which the first key does not open, and should.
    pub fn shut_of(&self, trials: &[Trial]) -> Vec<RecordingId> {
        trials.iter().filter(|trial| !trial.is_open_to(self)).map(|trial| trial.recording).collect()
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        // A string takes all that it is given.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn octets_of(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let octet = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    rest.is_empty().then(|| pairs.iter().map(octet).collect())?
}
