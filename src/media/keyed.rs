//! Keys that are pressed for a party that has none: their tones take the place of what the party says, for all who hear it
//! and for its recording, as a telephone's do.
//!
//! Not here: who presses; receivers of digits, which listen before and so hear none of these.

use std::fmt;

use frame::{Law, OCTETS_PER_TICK, Octets};

use super::clip::{ClipId, Clips, recode};

/// How many keys wait at most: some seconds of tones. Nobody presses so far ahead, and what is more is not sent.
const WAITING: usize = 32;

/// The tone of a key and the pause behind it, as a clip.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyTone(pub ClipId);

impl fmt::Debug for KeyTone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Which clip it is tells the digit.
        f.write_str("KeyTone(secret)")
    }
}

/// The keys of one lane that sound or wait.
#[derive(Clone, Copy)]
pub(super) struct Keyed {
    keys: [Option<KeyTone>; WAITING],
    /// How far the first of them has sounded.
    octet: usize,
}

impl Default for Keyed {
    fn default() -> Keyed {
        Keyed { keys: [None; WAITING], octet: 0 }
    }
}

impl Keyed {
    /// A key is pressed: it sounds after those before it.
    pub(super) fn press(&mut self, key: KeyTone) {
        if let Some(free) = self.keys.iter_mut().find(|place| place.is_none()) {
            *free = Some(key);
        }
    }

    /// Lets the next tick of tones be what the party says; false once all have sounded.
    pub(super) fn speak(&mut self, octets: &mut Octets, law: Law, clips: &Clips) -> bool {
        let Some(KeyTone(key)) = self.keys[0] else { return false };
        let clip = clips.get(key);
        let rest = clip.and_then(|clip| clip.octets.get(self.octet..)).unwrap_or_default();
        let count = rest.len().min(OCTETS_PER_TICK);
        octets.fill(law.silence());
        octets[..count].copy_from_slice(&rest[..count]);
        recode(clip.map_or(law, |clip| clip.law), law, &mut octets[..count]);
        self.octet += count;
        if count == rest.len() {
            self.keys.rotate_left(1);
            (self.keys[WAITING - 1], self.octet) = (None, 0);
        }
        true
    }
}
