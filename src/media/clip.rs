//! Clips: prompts and music, whole in memory, coded as the lines want them.

use std::sync::Arc;

use codec::transcode_table;
use frame::Law;
use zeroize::Zeroizing;

/// How many clips the box holds: those that all share, one of each port, and those of callers.
pub const CLIPS: usize = SHARED_CLIPS + PORT_CLIPS + CALLER_CLIPS;

/// Clips that any lane may play: two languages of a hundred prompts, music, and room for replacement.
pub const SHARED_CLIPS: usize = 512;

/// Clips of single analog ports, for what only they send: more ports than cards fit into a box.
const PORT_CLIPS: usize = 512;

/// Clips for what only one caller hears, who is at no port: more callers at a box of messages than lines.
const CALLER_CLIPS: usize = 512;

/// A place in the table of clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClipId(pub u16);

impl ClipId {
    /// The place of the port of a number, counted over all cards.
    ///
    /// # Panics
    /// Where a board has more analog ports than a box can hold.
    pub fn of_port(number: usize) -> ClipId {
        assert!(number < PORT_CLIPS, "a board of more than {PORT_CLIPS} analog ports");
        ClipId((SHARED_CLIPS + number) as u16)
    }

    /// The places of callers.
    pub fn of_callers() -> impl Iterator<Item = ClipId> {
        (SHARED_CLIPS + PORT_CLIPS..CLIPS).map(|place| ClipId(place as u16))
    }
}

/// Recorded audio: G.711 at 8 kHz.
#[derive(Debug)]
pub struct Clip {
    /// The octets, one a sample. They are overwritten when the last who has them lets them go: a caller's message is played
    /// from a clip, too.
    pub octets: Zeroizing<Vec<u8>>,
    /// How they are coded.
    pub law: Law,
}

/// The table of clips that the media thread plays from.
#[derive(Debug)]
pub struct Clips(Vec<Option<Arc<Clip>>>);

impl Default for Clips {
    fn default() -> Clips {
        Clips(vec![None; CLIPS])
    }
}

impl Clips {
    /// Puts a clip into a place and gives back the one that was there. Whoever takes it back frees it: not the media
    /// thread.
    pub fn load(&mut self, id: ClipId, clip: Arc<Clip>) -> Option<Arc<Clip>> {
        let place = self.0.get_mut(usize::from(id.0))?;
        place.replace(clip)
    }

    /// The clip at a place.
    pub fn get(&self, id: ClipId) -> Option<&Clip> {
        self.0.get(usize::from(id.0))?.as_deref()
    }
}

/// Codes octets for another law; within one law they stay as they are.
pub(super) fn recode(from: Law, to: Law, octets: &mut [u8]) {
    if let Some(table) = transcode_table(from, to) {
        octets.iter_mut().for_each(|octet| *octet = table[usize::from(*octet)]);
    }
}
