//! What the recorder is told, and what it tells.

use frame::{BootNo, CallId, LaneId, Law, LegId, LifeNo, RecordingId, Stamp, Tick, TrackHandle};
use vault::{
    Chain, CompartmentName, GapCause, Grave, Hash, Keyring, Mark, NotErased, Recipient, Sample, SignedCertificate,
    Tombstone, VaultId,
};

use super::{CopyId, Order};

/// What the recorder is told. Commands and ticks come over two ways: send a command before the tick it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecorderCommand {
    /// Record what a leg says.
    Begin {
        /// The handle that its lane is stamped with.
        track: TrackHandle,
        /// The recording; its first `Begin` makes it.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// The part. The recorder takes the next free one where this one is used up.
        part: u16,
        /// Whose voice.
        leg: LegId,
        /// Where it comes from.
        lane: LaneId,
        /// How it is coded.
        law: Law,
        /// Now.
        stamp: Stamp,
        /// The track's first tick. `None`: the first that is stamped; what is lost before it can't be told then.
        tick: Option<Tick>,
    },
    /// Something for the map. `PauseBegan` and `BlackoutBegan` also mask: audio that is still held back is never sealed.
    Mark {
        /// The recording.
        recording: RecordingId,
        /// Where. `None`: at the newest tick.
        at: Option<Sample>,
        /// What.
        mark: Mark,
    },
    /// From now on the call is of a queue of this compartment, or of none.
    Compartment {
        /// The recording.
        recording: RecordingId,
        /// Its name, as settings have it. One that the vault has no key for is none.
        compartment: Option<String>,
    },
    /// A track ends.
    End {
        /// The track.
        track: TrackHandle,
        /// The first tick that is not its own any more. `None`: after the last that is stamped.
        tick: Option<Tick>,
    },
    /// The recording ends with the last of its tracks.
    Finish {
        /// The recording.
        recording: RecordingId,
        /// Now.
        stamp: Stamp,
    },
    /// Erase a recording, or bury it.
    Erasing(Order),
    /// The leaf of a finished recording is durable. Until then `Finished` is told again at each start.
    Logged {
        /// The recording.
        recording: RecordingId,
    },
}

/// What the recorder tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecorderEvent {
    /// A part of a recording began.
    Begun {
        /// The recording.
        recording: RecordingId,
        /// The part.
        part: u16,
    },
    /// All that was said before this tick, in all recordings, is durable. Told once a second.
    Stable {
        /// The tick.
        to: Tick,
        /// Where each live recording stands: what a live leaf holds.
        live: Vec<vault::LiveRecording>,
    },
    /// A recording has its object. Answered with [`RecorderCommand::Logged`] once its leaf is durable.
    Finished {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// The object's name within the vault.
        object: String,
        /// Records in it.
        records: u64,
        /// Chunks in it.
        chunks: u64,
        /// The link of its last record.
        chain_head: Hash,
        /// The fold of its key commitments.
        commitments: Hash,
        /// How long the longest voice of each part is, all parts together; pauses and gaps left out, rounded.
        seconds: u32,
    },
    /// The key halves of a recording are gone from a table on the box. Told of both, and again by each start until the
    /// recording is buried.
    KeysErased {
        /// What is erased, with nothing confirmed.
        tombstone: Box<Tombstone>,
        /// Which table: 0 or 1.
        table: usize,
    },
    /// A copy that was given key halves of an erased recording has to destroy them: that is durably noted. A start may tell it
    /// again.
    LeftToCopy {
        /// The recording, or the stretch of it.
        grave: Grave,
        /// Its call.
        call: CallId,
        /// What the copy is called.
        copy: String,
        /// Its key tables.
        tables: CopyId,
    },
    /// A file in the vault says that an earlier life had begun to erase this: told by each start until it is buried. Nothing is done
    /// about it before it is ordered anew, by who knows the log.
    Resumed {
        /// The recording, or the stretch of it.
        grave: Grave,
    },
    /// A recording is not erased, or not yet wholly. Told once for each reason where it has begun; else the order is over.
    NotErased {
        /// Whether some of its keys may be gone, and nobody can take it back.
        has_begun: bool,
        /// Why.
        why: NotErased,
        /// The recording, or the stretch of it.
        grave: Grave,
        /// The call.
        call: CallId,
    },
    /// What is said is sealed to a compartment's key as well. Told once for each recording, compartment and life.
    SealedFor {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// The compartment.
        compartment: CompartmentName,
    },
    /// Audio of a recording is missing that nobody asked to leave out.
    Gap {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// Whose voice.
        leg: LegId,
        /// From where.
        at: Sample,
        /// How much.
        ticks: u64,
        /// Why.
        cause: GapCause,
    },
    /// The buffer between sealer and flusher is full: from now on audio is lost, until the next `Gap` tells how much.
    BufferFull,
    /// Of this recording audio is being lost: the buffer is full. Told once until a batch is taken again, so that someone
    /// knows before the gap has its end.
    Losing {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
    },
    /// Nothing of this recording is kept: its call is over, and the disk was not there for a moment of it.
    Missed {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
    },
    /// A part was cut by the end of the daemon or of the power, and is closed now.
    Cut {
        /// The recording.
        recording: RecordingId,
        /// The call.
        call: CallId,
        /// The part.
        part: u16,
        /// How much is kept, in ticks of its longest track.
        kept_ticks: u64,
    },
    /// What was said this long ago is not durable yet.
    DiskSlow {
        /// How long, in milliseconds.
        ms: u32,
    },
    /// The disk refuses.
    DiskFailed {
        /// What it said.
        what: DiskFault,
    },
    /// The disk is quick and takes everything again.
    DiskBack,
    /// The files hold something that a power cut does not explain. What is readable was kept; nothing was deleted.
    Damaged {
        /// The file, under the name that it was set aside by.
        file: String,
        /// Where, in octets.
        offset: u64,
    },
}

/// Why the disk does not take what is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// No room.
    Full,
    /// All segments hold recordings that have no object yet.
    RingFull,
    /// Reading, writing or flushing failed.
    Io(std::io::ErrorKind),
}

/// What the recorder is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecorderSettings {
    /// The life of the daemon.
    pub life: LifeNo,
    /// The machine's boot.
    pub boot: BootNo,
    /// Octets of one segment file.
    pub segment_octets: u32,
    /// Segment files at most.
    pub segments: u32,
    /// Batches between sealer and flusher: 10 a second.
    pub buffer_batches: usize,
    /// Voices that can be recorded at once. The buffer's memory is taken for all of them at the start: a disk that
    /// hangs is no time to ask for some.
    pub voices: usize,
}

/// Octets that one voice adds to a batch: 100 ms of audio, the head of its chunk, and a mark now and then. Keys and heads
/// come once a minute; the buffer of a batch in which many meet grows, and stays so.
const VOICE_OCTETS: usize = 1120;

impl RecorderSettings {
    /// A ring of 64 files of 8 MiB, and a buffer of 30 s. 8 MiB is 2 s of 16 E1, so that a segment comes free soon.
    pub const fn new(life: LifeNo, boot: BootNo) -> RecorderSettings {
        RecorderSettings { life, boot, segment_octets: 8 << 20, segments: 64, buffer_batches: 300, voices: 0 }
    }

    /// Octets of records that a batch has room for from the start.
    pub const fn batch_octets(&self) -> usize {
        self.voices * VOICE_OCTETS
    }
}

/// What the sealer has to know of the vault. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealFor {
    /// The vault.
    pub vault: VaultId,
    /// Whom envelopes are sealed to.
    pub recipient: Recipient,
    /// The fingerprint of that key's certificate.
    pub certificate: Hash,
    /// The newest key of each compartment.
    pub compartments: Vec<(CompartmentName, Recipient)>,
}

impl SealFor {
    /// Seals for the key of a certificate, and for no compartment.
    pub fn certified(signed: &SignedCertificate) -> SealFor {
        let of = &signed.certificate;
        let (vault, recipient, certificate) = (of.vault, of.recipient(), signed.fingerprint());
        SealFor { vault, recipient, certificate, compartments: Vec::new() }
    }

    /// Seals for the newest key of a keyring, and for its compartments.
    pub fn keyring(keyring: &Keyring) -> SealFor {
        let of = |signed: &SignedCertificate| {
            let certificate = &signed.certificate;
            Some((certificate.compartment.clone()?, certificate.recipient()))
        };
        let compartments = keyring.compartments().filter_map(of).collect();
        SealFor { compartments, ..SealFor::certified(keyring.certificate()) }
    }

    /// The place of a compartment's key; none where the vault has none of this name.
    pub fn compartment(&self, name: &str) -> Option<usize> {
        self.compartments.iter().position(|(known, _)| known.as_str() == name)
    }
}

/// A recording that outlived its daemon: its part is closed, and it waits for another part or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRecording {
    /// The recording.
    pub recording: RecordingId,
    /// The call.
    pub call: CallId,
    /// Its last part.
    pub part: u16,
    /// Where its chain stands.
    pub chain: Chain,
}
