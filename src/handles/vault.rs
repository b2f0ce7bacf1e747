//! What is asked of the vault and its opener, and what they answer.

use std::fmt;

use frame::{CallId, EventNo, PersonId, RecordingId, Stamp};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What is asked of the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VaultRequest {
    /// How a recording is kept.
    State {
        /// Which.
        recording: RecordingId,
        /// The event by which it was told whole.
        told: EventNo,
    },
    /// Read a recording now and hold it to its leaf; answered as [`VaultRequest::State`].
    Check {
        /// Its call.
        call: CallId,
        /// Which.
        recording: RecordingId,
        /// The event by which it was told whole.
        told: EventNo,
    },
    /// Open a recording for listening. The vault writes the audit intent, durably, before it opens anything.
    Open(Open),
    /// A piece of an opened recording: a WAV file of both voices, 8 kHz A-law, one voice a channel.
    Read {
        /// The opening.
        opening: OpeningId,
        /// Whose it has to be.
        person: PersonId,
        /// From which octet of the file on.
        offset: u64,
        /// How many octets at most; the vault answers with at most [`READ_MAX_OCTETS`].
        octets_max: u32,
    },
    /// The loudness of an opened recording, for a picture.
    Waveform {
        /// The opening.
        opening: OpeningId,
        /// Whose it has to be.
        person: PersonId,
        /// How many columns the picture has.
        columns: u16,
    },
    /// Who can open recordings.
    Holders,
    /// The newest signed root of the vault's log.
    Root,
    /// Seal everything that a person has open: at sign-out, or when they ask.
    Seal {
        /// Whose.
        person: PersonId,
    },
    /// The owner has taken the box: what the code unlocked is from now on unlocked by their passphrase. Answered alike
    /// where that is so already, because the page asks again after a fault.
    TakeOver {
        /// The owner's code.
        code: Passphrase,
        /// What replaces it.
        passphrase: Passphrase,
    },
}

/// The most octets of one piece: eight seconds of two voices.
pub const READ_MAX_OCTETS: u32 = 128 * 1024;

/// A wish to listen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// To which recording.
    pub recording: RecordingId,
    /// Of which call: its story tells of it.
    pub call: CallId,
    /// Who.
    pub person: PersonId,
    /// Why, in their words.
    pub reason: String,
    /// What unlocks their slot.
    pub passphrase: Passphrase,
    /// Where the settings want two people: without them, for an hour. Somebody else is told at once.
    pub breaks_glass: bool,
    /// What is of their compartments alone: they may not hear whole recordings, whatever else their words open.
    pub in_part_only: bool,
}

impl Open {
    /// On what two people agree: this recording, for this person.
    pub fn object(recording: RecordingId, person: PersonId) -> String {
        format!("{recording} for {}", person.0)
    }
}

/// A passphrase on its way to the opener. Its `Debug` shows nothing, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Passphrase(pub String);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// One opening of one recording, issued once by the vault. It is random: knowing one is needed to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpeningId(pub u64);

/// What the vault answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VaultReply {
    /// How the recording is kept.
    State(Kept),
    /// It is open.
    Opened(Opened),
    /// A piece of the file; empty at its end.
    Piece(Vec<u8>),
    /// The loudness.
    Waveform(Waveform),
    /// Who can open recordings. None before the ceremony, when the owner's password does.
    Holders(Option<WhoOpens>),
    /// The root, as a note. None within the first minute.
    Root(Option<String>),
    /// Sealed.
    Sealed,
    /// The passphrase unlocks the vault.
    TakenOver,
    /// Not done.
    Refused(VaultRefusal),
}

/// Who can open recordings, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoOpens {
    /// Those who open all.
    pub holders: Vec<PersonId>,
    /// By its name, who opens what was sealed for a compartment.
    pub compartments: Vec<(String, Vec<PersonId>)>,
}

/// How a recording is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Whether it was what its leaf says when it was read whole last; none where that was not done yet.
    pub intact: Option<bool>,
    /// When that was.
    pub read_at: Option<Stamp>,
    /// Its octets on disk.
    pub octets: u64,
}

/// An open recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The opening.
    pub opening: OpeningId,
    /// How long the file is, its header included.
    pub file_octets: u64,
    /// When it seals itself unless it is used.
    pub until: Stamp,
    /// When it is sealed whether it is used or not: it was opened without a second person.
    pub ends: Option<Stamp>,
    /// Whether something of it stays shut, as it was said outside of the compartments that this person opens.
    pub is_in_part: bool,
    /// How far the process that opened it is kept apart.
    pub apart: Apart,
}

/// How far the process that opens recordings is kept apart from what else runs on the machine. In each case it has no
/// network, can open no file, and leaves no dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apart {
    /// It runs as a user of its own.
    User,
    /// It runs as the daemon's user, in a user namespace of its own.
    Namespace,
    /// It runs as the daemon's user.
    Nothing,
}

/// The loudness of both voices in columns of equal length: 0 = silence, 255 = full scale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waveform {
    /// The caller's.
    pub caller: Vec<u8>,
    /// The called party's.
    pub called: Vec<u8>,
}

/// Why the vault does not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultRefusal {
    /// There is no such recording.
    NoSuchRecording,
    /// It is still being made or sealed.
    NotFinished,
    /// The passphrase opens no slot.
    WrongPassphrase,
    /// The audit intent could not be made durable in time.
    NotAudited,
    /// It is damaged.
    Damaged,
    /// It took too long.
    TakesLong,
    /// The opening has ended, or is somebody else's.
    NotOpen,
    /// The opener can't be started.
    NoOpener,
    /// The opener ended by a fault or was killed; another opening starts another.
    OpenerEnded,
    /// Others are opening recordings right now.
    Busy,
    /// It is longer than what is opened at once.
    TooLong,
    /// It is of none of the compartments that this person opens.
    NotInCompartment,
    /// The settings want two people for it, and nobody granted exactly this.
    NotGranted,
    /// It was opened without a second person, and the hour is over.
    GlassOver,
}
