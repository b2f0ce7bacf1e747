//! The sample-timed map of a recording: what happened when, readable while the audio is sealed.
//!
//! Positions count samples since the media thread started, 8,000 a second, 80 a tick. A range has an entry at its
//! beginning and one at its end, so that a cut loses the end only.

use frame::{LegId, OCTETS_PER_TICK, Stamp, Tick};

use crate::{
    FormatError,
    octets::{Put, Reader},
    sha256,
};

/// A position in samples since the media thread of the part's daemon life started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sample(pub u64);

impl Sample {
    /// The first sample of a tick.
    pub const fn of(tick: Tick) -> Sample {
        Sample(tick.first_sample())
    }

    /// The tick that holds the sample.
    pub const fn tick(self) -> Tick {
        Tick(self.0 / OCTETS_PER_TICK as u64)
    }
}

/// A track of a part, counted from 1. 0 in the map means the whole recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackNo(pub u32);

impl TrackNo {
    /// The whole recording.
    pub const ALL: TrackNo = TrackNo(0);
}

/// What a leg heard that came from the box: the first 16 octets of the SHA-256 of its octets. With the sound kept, what
/// the leg heard can be rebuilt and proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SoundId(pub [u8; 16]);

impl SoundId {
    /// What comes in from outside while it is heard, and is kept nowhere.
    pub const FROM_OUTSIDE: SoundId = SoundId([0; 16]);

    /// The sound of these octets.
    pub fn of(octets: &[u8]) -> SoundId {
        let mut id = [0; 16];
        id.copy_from_slice(&sha256(octets)[..16]);
        SoundId(id)
    }
}

/// Why audio is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum GapCause {
    /// The media thread gave no tick: its ring to the recorder was full, or it resynchronised.
    NoTick = 1,
    /// The recorder's buffer was full: the disk did not keep up.
    BufferFull = 2,
    /// No key half could be drawn or stored.
    NoKey = 3,
    /// The track ended before it was told to.
    EndedEarly = 4,
}

impl GapCause {
    const fn from_number(number: u8) -> Result<GapCause, FormatError> {
        Ok(match number {
            1 => GapCause::NoTick,
            2 => GapCause::BufferFull,
            3 => GapCause::NoKey,
            4 => GapCause::EndedEarly,
            _ => return Err(FormatError::Value),
        })
    }
}

/// What is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Two legs hear each other from here.
    BridgeBegan {
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// Two legs no longer hear each other.
    BridgeEnded {
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// A leg hears a prompt.
    PromptBegan {
        /// The leg.
        leg: LegId,
        /// The prompt.
        sound: SoundId,
    },
    /// The prompt ended or was broken off.
    PromptEnded {
        /// The leg.
        leg: LegId,
    },
    /// A leg hears music, from `offset_samples` of the sound on, in a loop.
    MusicBegan {
        /// The leg.
        leg: LegId,
        /// The music.
        sound: SoundId,
        /// Where in it.
        offset_samples: u64,
    },
    /// The music ended.
    MusicEnded {
        /// The leg.
        leg: LegId,
    },
    /// A leg was put on hold.
    HoldBegan {
        /// The leg.
        leg: LegId,
    },
    /// A leg was taken off hold.
    HoldEnded {
        /// The leg.
        leg: LegId,
    },
    /// No audio is kept from here.
    PauseBegan,
    /// Audio is kept again.
    PauseEnded,
    /// Silence stands for a digit from here.
    BlackoutBegan,
    /// The audio is the line's again.
    BlackoutEnded,
    /// The line is in alarm from here: silence or concealment.
    AlarmBegan,
    /// The alarm is over.
    AlarmEnded,
    /// Audio is missing from here.
    Gap {
        /// How much.
        ticks: u64,
        /// Why.
        cause: GapCause,
    },
    /// A call went from one leg to another.
    Transfer {
        /// From.
        from: LegId,
        /// To.
        to: LegId,
    },
    /// A leg was asked for consent.
    Consent {
        /// The leg.
        leg: LegId,
        /// Whether it agreed.
        given: bool,
    },
    /// The daemon or the power went: nothing was kept from here until `until`.
    Cut {
        /// When the recorder was there again.
        until: Stamp,
    },
    /// The card lost or invented samples here.
    Slip,
    /// A leg keys a number in secret from here: its digits are blacked out.
    SecretInputBegan {
        /// The leg.
        leg: LegId,
    },
    /// It keys none any more.
    SecretInputEnded {
        /// The leg.
        leg: LegId,
    },
    /// A leg is in the conference of its recording from here, or plays another part in it: from its part and those of all
    /// others follows whom it hears.
    ConferenceJoined {
        /// The leg.
        leg: LegId,
        /// Its part.
        part: ConferencePart,
    },
    /// A leg is in the conference no more.
    ConferenceLeft {
        /// The leg.
        leg: LegId,
    },
}

/// What a leg is in a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ConferencePart {
    /// Is heard by all.
    Speaks = 1,
    /// Is heard by all, and hears those who whisper.
    Coached = 2,
    /// Whispers: is heard by the coached only.
    Coaches = 3,
    /// Is heard by nobody.
    Listens = 4,
}

impl ConferencePart {
    const fn from_number(number: u8) -> Result<ConferencePart, FormatError> {
        Ok(match number {
            1 => ConferencePart::Speaks,
            2 => ConferencePart::Coached,
            3 => ConferencePart::Coaches,
            4 => ConferencePart::Listens,
            _ => return Err(FormatError::Value),
        })
    }

    /// Whether a leg hears another one, by their parts.
    pub const fn hears(self, other: ConferencePart) -> bool {
        match other {
            ConferencePart::Speaks | ConferencePart::Coached => true,
            ConferencePart::Coaches => matches!(self, ConferencePart::Coached),
            ConferencePart::Listens => false,
        }
    }
}

/// A mark with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapEntry {
    /// Where.
    pub at: Sample,
    /// Of which track; [`TrackNo::ALL`] for the recording.
    pub track: TrackNo,
    /// What.
    pub mark: Mark,
}

impl MapEntry {
    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        out.u64(self.at.0);
        out.u32(self.track.0);
        self.mark.emit(out);
    }

    pub(crate) fn parse(reader: &mut Reader<'_>) -> Result<MapEntry, FormatError> {
        let at = Sample(reader.u64()?);
        let track = TrackNo(reader.u32()?);
        Ok(MapEntry { at, track, mark: Mark::parse(reader)? })
    }
}

impl Mark {
    const fn number(&self) -> u8 {
        match self {
            Mark::BridgeBegan { .. } => 1,
            Mark::BridgeEnded { .. } => 2,
            Mark::PromptBegan { .. } => 3,
            Mark::PromptEnded { .. } => 4,
            Mark::MusicBegan { .. } => 5,
            Mark::MusicEnded { .. } => 6,
            Mark::HoldBegan { .. } => 7,
            Mark::HoldEnded { .. } => 8,
            Mark::PauseBegan => 9,
            Mark::PauseEnded => 10,
            Mark::BlackoutBegan => 11,
            Mark::BlackoutEnded => 12,
            Mark::AlarmBegan => 13,
            Mark::AlarmEnded => 14,
            Mark::Gap { .. } => 15,
            Mark::Transfer { .. } => 16,
            Mark::Consent { .. } => 17,
            Mark::Cut { .. } => 18,
            Mark::Slip => 19,
            Mark::SecretInputBegan { .. } => 20,
            Mark::SecretInputEnded { .. } => 21,
            Mark::ConferenceJoined { .. } => 22,
            Mark::ConferenceLeft { .. } => 23,
        }
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.u8(self.number());
        match *self {
            Mark::BridgeBegan { a, b } | Mark::BridgeEnded { a, b } | Mark::Transfer { from: a, to: b } => {
                out.u64(a.as_u64());
                out.u64(b.as_u64());
            }
            Mark::PromptBegan { leg, sound } => {
                out.u64(leg.as_u64());
                out.octets(&sound.0);
            }
            Mark::MusicBegan { leg, sound, offset_samples } => {
                out.u64(leg.as_u64());
                out.octets(&sound.0);
                out.u64(offset_samples);
            }
            Mark::PromptEnded { leg }
            | Mark::MusicEnded { leg }
            | Mark::HoldBegan { leg }
            | Mark::HoldEnded { leg }
            | Mark::SecretInputBegan { leg }
            | Mark::SecretInputEnded { leg }
            | Mark::ConferenceLeft { leg } => out.u64(leg.as_u64()),
            Mark::Gap { ticks, cause } => {
                out.u64(ticks);
                out.u8(cause as u8);
            }
            Mark::ConferenceJoined { leg, part } => {
                out.u64(leg.as_u64());
                out.u8(part as u8);
            }
            Mark::Consent { leg, given } => {
                out.u64(leg.as_u64());
                out.u8(u8::from(given));
            }
            Mark::Cut { until } => out.stamp(&until),
            Mark::PauseBegan
            | Mark::PauseEnded
            | Mark::BlackoutBegan
            | Mark::BlackoutEnded
            | Mark::AlarmBegan
            | Mark::AlarmEnded
            | Mark::Slip => {}
        }
    }

    fn parse(reader: &mut Reader<'_>) -> Result<Mark, FormatError> {
        Ok(match reader.u8()? {
            1 => Mark::BridgeBegan { a: leg(reader)?, b: leg(reader)? },
            2 => Mark::BridgeEnded { a: leg(reader)?, b: leg(reader)? },
            3 => Mark::PromptBegan { leg: leg(reader)?, sound: SoundId(reader.array()?) },
            4 => Mark::PromptEnded { leg: leg(reader)? },
            5 => Mark::MusicBegan { leg: leg(reader)?, sound: SoundId(reader.array()?), offset_samples: reader.u64()? },
            6 => Mark::MusicEnded { leg: leg(reader)? },
            7 => Mark::HoldBegan { leg: leg(reader)? },
            8 => Mark::HoldEnded { leg: leg(reader)? },
            9 => Mark::PauseBegan,
            10 => Mark::PauseEnded,
            11 => Mark::BlackoutBegan,
            12 => Mark::BlackoutEnded,
            13 => Mark::AlarmBegan,
            14 => Mark::AlarmEnded,
            15 => Mark::Gap { ticks: reader.u64()?, cause: GapCause::from_number(reader.u8()?)? },
            16 => Mark::Transfer { from: leg(reader)?, to: leg(reader)? },
            17 => Mark::Consent { leg: leg(reader)?, given: yes_or_no(reader)? },
            18 => Mark::Cut { until: reader.stamp()? },
            19 => Mark::Slip,
            20 => Mark::SecretInputBegan { leg: leg(reader)? },
            21 => Mark::SecretInputEnded { leg: leg(reader)? },
            22 => Mark::ConferenceJoined { leg: leg(reader)?, part: ConferencePart::from_number(reader.u8()?)? },
            23 => Mark::ConferenceLeft { leg: leg(reader)? },
            _ => return Err(FormatError::Value),
        })
    }
}

fn leg(reader: &mut Reader<'_>) -> Result<LegId, FormatError> {
    reader.u64().map(LegId::from_u64)
}

fn yes_or_no(reader: &mut Reader<'_>) -> Result<bool, FormatError> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(FormatError::Value),
    }
}
