//! A message while it is being left: what was said waits for a second to be sealed, and is listened to for sound and silence.

use call::MailKind;
use codec::{decode_table, rms_of_dbm0};
use frame::{CallId, Law, OCTETS_PER_TICK, Octets, PersonId, TICK, Tick};

use zeroize::Zeroizing;

use super::format::Cipher;
use crate::media::Copied;

/// Seconds are what is made durable: what a power cut takes of a message.
pub(super) const PIECE_OCTETS: usize = 8000;

/// What is fainter is no voice: room noise behind a telephone is below, who whispers is above.
const QUIET_DBM0: f32 = -45.0;

/// A caller who says nothing for so long has nothing to say: 10 s.
const SILENT_TICKS: u32 = 1000;

/// The last ticks may still be on their way when a caller ends: a quarter of a second of them is no loss.
const END_TICKS: u64 = 25;

/// A gap is filled with silence, but not for longer than the longest message.
const GAP_TICKS_MAX: u64 = 30_000;

/// A message that is being left.
pub(super) struct Taking {
    pub(super) name: String,
    /// What it is to be.
    pub(super) kind: MailKind,
    pub(super) cipher: Cipher,
    pub(super) extension: String,
    pub(super) person: PersonId,
    pub(super) call: CallId,
    pub(super) at_us: i64,
    /// The record that comes next, and where.
    pub(super) record: u64,
    pub(super) offset: u64,
    pub(super) law: Law,
    pub(super) waiting: Zeroizing<Vec<u8>>,
    /// How much of it is audio that the disk took.
    pub(super) audio_octets: usize,
    /// The disk took no more.
    pub(super) broken: bool,
    /// How many ticks were lost on their way.
    pub(super) lost: u64,
    last: Option<Tick>,
    sound: Sound,
}

impl Taking {
    pub(super) fn new(
        (name, kind, cipher): (String, MailKind, Cipher),
        (extension, person, call): (String, PersonId, CallId),
        at_us: i64,
        (record, offset): (u64, u64),
        sound_ms: u32,
    ) -> Taking {
        Taking {
            name,
            kind,
            cipher,
            extension,
            person,
            call,
            at_us,
            record,
            offset,
            law: Law::A,
            waiting: Zeroizing::new(Vec::with_capacity(PIECE_OCTETS + OCTETS_PER_TICK)),
            audio_octets: 0,
            broken: false,
            lost: 0,
            last: None,
            sound: Sound { wanted: sound_ms / TICK.as_millis() as u32, loud: 0, quiet: 0 },
        }
    }

    /// Takes what was said in a tick. Whether nothing was said for so long just now that nothing more comes.
    pub(super) fn take(&mut self, copied: &Copied) -> bool {
        // Ticks that found no room, the first ones among them; or that the media thread itself had no time for.
        let skipped = self.last.map_or(0, |last| copied.tick.0.saturating_sub(last.0 + 1));
        let gap = u64::from(copied.no).saturating_sub(self.ticks()).max(skipped).min(GAP_TICKS_MAX);
        self.lost += gap;
        self.waiting.extend(std::iter::repeat_n(copied.law.silence(), gap as usize * OCTETS_PER_TICK));
        (self.last, self.law) = (Some(copied.tick), copied.law);
        self.waiting.extend(copied.octets);
        self.sound.note(copied.law, &copied.octets)
    }

    /// The caller could be heard for so long. What did not come behind the last tick is lost, too.
    pub(super) fn note_end(&mut self, said_ms: u32) {
        let behind = u64::from(said_ms / TICK.as_millis() as u32).saturating_sub(self.ticks());
        if behind > END_TICKS && !self.broken {
            self.lost += behind;
        }
    }

    /// How many ticks there are of it, with the silence of those that were lost.
    fn ticks(&self) -> u64 {
        ((self.audio_octets + self.waiting.len()) / OCTETS_PER_TICK) as u64
    }

    /// Whether enough of it is sound.
    pub(super) fn is_message(&self) -> bool {
        self.sound.loud >= self.sound.wanted
    }
}

/// How much of a message is sound.
#[derive(Clone, Copy, Debug)]
struct Sound {
    /// So many ticks of it are wanted.
    wanted: u32,
    loud: u32,
    /// Since the last one.
    quiet: u32,
}

impl Sound {
    /// Whether it has been quiet for so long just now.
    fn note(&mut self, law: Law, octets: &Octets) -> bool {
        if is_loud(law, octets) {
            (self.loud, self.quiet) = (self.loud + 1, 0);
            return false;
        }
        self.quiet += 1;
        self.quiet == SILENT_TICKS
    }
}

pub(super) fn is_loud(law: Law, octets: &[u8]) -> bool {
    let table = decode_table(law);
    let power: f32 = octets.iter().map(|octet| f32::from(table[usize::from(*octet)]).powi(2)).sum();
    (power / octets.len().max(1) as f32).sqrt() > rms_of_dbm0(law, QUIET_DBM0)
}

/// How many ticks of audio are sound.
pub(super) fn loud_ticks(law: Law, octets: &[u8]) -> usize {
    octets.chunks(OCTETS_PER_TICK).filter(|tick| is_loud(law, tick)).count()
}
