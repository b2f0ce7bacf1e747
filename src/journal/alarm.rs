//! What can be wrong, and where. An alarm is raised and cleared with the same value, so the two pair up by equality.

use analog::{
    port_test::{Findings, Tested, Verdict},
    port_trend::Worse,
};
use frame::{CallId, CardSerial, EventNo, LaneId, PortId, RecordingId, SpanId};
use serde::{Deserialize, Serialize};

/// Something that is wrong from the moment it is raised until it is cleared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Alarm {
    /// No signal arrives on the span.
    SpanRed {
        /// The span.
        span: SpanId,
    },
    /// A signal arrives on the span, and its framing is not found in it.
    SpanUnframed {
        /// The span.
        span: SpanId,
    },
    /// The far end says that it receives nothing.
    SpanYellow {
        /// The span.
        span: SpanId,
    },
    /// Something between here and the far end sends all ones.
    SpanBlue {
        /// The span.
        span: SpanId,
    },
    /// The D-channel's data link is down while the span is up.
    DataLinkDown {
        /// The span.
        span: SpanId,
    },
    /// The calls of several lines are signalled over the backup D-channel, and the primary one is down: nothing is left to
    /// take over.
    BackupDChannel {
        /// The line of the primary D-channel.
        primary: SpanId,
        /// The line of the one in use.
        backup: SpanId,
    },
    /// Both ends of the D-channel play the same role.
    SameRole {
        /// The span.
        span: SpanId,
    },
    /// The box hears its own D-channel frames: the span is looped.
    SpanLooped {
        /// The span.
        span: SpanId,
    },
    /// The far end confirmed of no channel of the span that it is free, so none is used.
    SpanBlocked {
        /// The span.
        span: SpanId,
    },
    /// The far end answered the RESTART of no channel of the span, so none is used.
    SpanRestartIgnored {
        /// The span.
        span: SpanId,
    },
    /// All channels of a span were taken out of service.
    SpanOutOfService {
        /// The span.
        span: SpanId,
        /// By the far end; else by this one.
        by_far_end: bool,
    },
    /// The far end did not confirm that a channel is free, so it is not used.
    ChannelBlocked {
        /// The channel.
        channel: LaneId,
    },
    /// The far end did not answer the RESTART of a channel, so it is not used.
    RestartIgnored {
        /// The channel.
        channel: LaneId,
    },
    /// A channel was taken out of service.
    ChannelOutOfService {
        /// The channel.
        channel: LaneId,
        /// By the far end; else by this one.
        by_far_end: bool,
    },
    /// A handset lies beside its telephone.
    LeftOffHook {
        /// The jack.
        port: PortId,
    },
    /// An outside line has no battery: the cable or the carrier.
    NoBattery {
        /// The jack.
        port: PortId,
    },
    /// The last test of a port found something wrong that has no alarm of its own.
    PortBad {
        /// The jack.
        port: PortId,
        /// What.
        fault: PortFault,
    },
    /// The sound device of a card can't be used.
    SoundDevice {
        /// Its jack.
        port: PortId,
        /// What ALSA calls it.
        device: String,
        /// What is wrong with it.
        fault: SoundFault,
    },
    /// A card does not answer.
    CardGone {
        /// The card.
        card: CardSerial,
    },
    /// A card is set otherwise than the board file says.
    CardDiffers {
        /// The card.
        card: CardSerial,
        /// In what.
        difference: CardDifference,
    },
    /// A card wants to ring more telephones than its ringing current allows.
    RingBudget {
        /// The card.
        card: CardSerial,
    },
    /// The recording of a call paused until its longest time was over: nobody ended the pause. Holds as long as the call.
    PauseForgotten {
        /// The call.
        call: CallId,
    },
    /// The disk has no room left.
    DiskFull {
        /// What writes there.
        store: Store,
    },
    /// Writing takes longer than a second.
    DiskSlow {
        /// What writes there.
        store: Store,
    },
    /// The disk refuses what is written.
    DiskFailed {
        /// What writes there.
        store: Store,
    },
    /// The event log lives on its reserve.
    LogOnReserve,
    /// Events are kept in memory, because the disk takes them not even into the reserve.
    NotYetOnDisk,
    /// The index does not follow the log: lists and counters are old.
    IndexBehind,
    /// The leaf sequence does not follow the log: nothing that needs an audit intent is allowed.
    LeavesBehind,
    /// The recorder could not keep up; recordings have gaps.
    RecorderBehind,
    /// A recording or the log of the vault is not what it was: found when all was read again.
    VaultDamaged,
    /// Leaves that no event of the log accounts for, until two people have acknowledged it.
    LeavesUnfounded,
    /// A witness does not take the signed roots of the log.
    WitnessGone {
        /// What people call it.
        witness: String,
    },
    /// The log is not the one whose root a witness holds: it was set back, or written anew.
    SetBack {
        /// What people call the witness.
        witness: String,
    },
    /// A copy of the vault does not go on, or lacks something.
    CopyBehind {
        /// What people call it.
        copy: String,
        /// Why.
        fault: CopyFault,
    },
    /// A copy still has the keys of recordings that were erased days ago.
    ErasureWaits {
        /// What people call it.
        copy: String,
        /// Its key tables: another disk of that name is another copy.
        tables: String,
    },
    /// The media thread runs without the right to be on time.
    NotRealTime,
    /// Somebody who could open recordings no longer may, and the vault still has the keys that they had.
    RotationDue,
    /// The vault's keyring is not the one that the log knows.
    VaultKeysDiffer,
    /// The key of callers' messages is damaged, opens none of them, or is missing where messages are.
    MailKeyDamaged,
    /// What is to become of a message can't be done, though the disk takes others.
    MailStuck,
    /// The thread that keeps callers' messages does not take all that is said.
    MailBehind,
    /// It does not answer: its disk hangs, or it has died.
    MailSilent,
    /// What had to be recorded, what is recorded and what the index says are not the same.
    RecordingsDiffer,
    /// The room of the vault's disk ends too early.
    RoomEnds {
        /// How early.
        how: RoomFault,
    },
    /// Recordings that two people agreed to erase can't be erased.
    NotErased,
    /// A recording was opened without a second person, and nobody else has reviewed that yet.
    GlassBroken {
        /// The event that told of it.
        broken: EventNo,
        /// The recording.
        recording: RecordingId,
    },
    /// The vault's keys changed, and nobody has written a backup of them since.
    KeysNotBackedUp,
    /// The newest recording of one of the vault's keys does not open with it.
    DoesNotOpen {
        /// The recording.
        recording: RecordingId,
    },
    /// A queue's settings name a compartment that the vault has no key for: nobody but its holders hears its calls.
    CompartmentMissing {
        /// The compartment.
        compartment: String,
    },
}

/// In what a card is set otherwise than the board file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardDifference {
    /// It is not there, or not as large.
    Hardware,
    /// The kernel has given a span no number.
    Number,
    /// A span is of another kind.
    Kind,
    /// Framing, coding or length of a line.
    Line,
    /// The plug-in module behind a jack.
    PlugIn,
    /// How channels signal.
    Signalling,
    /// How octets are coded.
    Law,
    /// The echo canceller.
    Canceller,
    /// An option of its kernel module.
    ModuleOption,
}

/// How the room of the vault's disk ends too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomFault {
    /// Within thirty days.
    Soon,
    /// Before the longest rule lets the first recording go.
    BeforeRule,
}

/// Why a copy of the vault does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyFault {
    /// Its folder is not there.
    Gone,
    /// Its folder is on the disk of the vault or of the system.
    NotApart,
    /// Its disk has no room left.
    Full,
    /// Its disk does not answer.
    Slow,
    /// Its disk refuses, or gives back something else than what was written.
    Failed,
    /// It holds a log that the vault's has not grown out of.
    Differs,
    /// It is a clone of another copy that the settings name.
    Twice,
    /// What it lacks is damaged in the vault itself.
    Lacks,
    /// Its store is not reached, or has no such bucket.
    Unreached,
    /// Its store refuses the box's key, or the box has none.
    Denied,
    /// Its store's clock and the box's are apart.
    Skewed,
    /// Its bucket is in another region, or has another address.
    Elsewhere,
    /// Another box writes to it.
    Taken,
    /// Its bucket would keep what is to be destroyed, or can't keep two writers apart.
    Unfit,
}

/// What a test of a port found wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortFault {
    /// It is fed and gives no dial tone.
    NoDialTone,
    /// The exchange lets it go at once.
    LetGo,
    /// Too much comes back of what is sent.
    LoudEcho,
    /// It is loud when nobody speaks.
    Noisy,
    /// The card brings no sound.
    NoSound,
}

impl PortFault {
    /// All of them.
    pub const ALL: [PortFault; 5] =
        [PortFault::NoDialTone, PortFault::LetGo, PortFault::LoudEcho, PortFault::Noisy, PortFault::NoSound];

    /// What a verdict is as an alarm. A missing battery and a closed loop have alarms of their own.
    pub fn of(verdict: Verdict) -> Option<PortFault> {
        match verdict {
            Verdict::NoDialTone => Some(PortFault::NoDialTone),
            Verdict::LetGo => Some(PortFault::LetGo),
            Verdict::LoudEcho { .. } => Some(PortFault::LoudEcho),
            Verdict::Noisy { .. } => Some(PortFault::Noisy),
            Verdict::NoSound => Some(PortFault::NoSound),
            Verdict::Good
            | Verdict::NoBattery { .. }
            | Verdict::LoopClosed
            | Verdict::Tone { .. }
            | Verdict::DialsWithout
            | Verdict::PassesNothing
            | Verdict::NeverIdle
            | Verdict::Interrupted
            | Verdict::RingNotHeard
            | Verdict::CallerNotHeard
            | Verdict::CallerWrong
            | Verdict::TelephoneRang => None,
        }
    }

    /// What something that is worse than usual is as an alarm.
    pub fn of_worse(worse: Worse) -> PortFault {
        match worse {
            Worse::Echo { .. } => PortFault::LoudEcho,
            Worse::Noise { .. } => PortFault::Noisy,
        }
    }

    /// Whether a test has come so far as to see this fault, were it there.
    pub fn was_looked_for(self, findings: &Findings) -> bool {
        match self {
            // Where none is waited for, that none came is no fault, and no news of one.
            PortFault::NoDialTone => findings.dial_tone == Some(true),
            PortFault::LetGo => findings.tested == Tested::OutsideLine && findings.heard_to_the_end(),
            PortFault::LoudEcho => findings.knows_echo(),
            PortFault::Noisy => findings.noise.is_some(),
            PortFault::NoSound => findings.heard_to_the_end(),
        }
    }
}

/// Why a sound device can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundFault {
    /// It is not plugged in, or has another name.
    Missing,
    /// Another program has it.
    Busy,
    /// The box may not open it.
    NotAllowed,
    /// It can't be brought to 8 kHz mono in blocks of 10 ms.
    Unfit,
    /// It fails.
    Failing,
}

impl SoundFault {
    /// All of them.
    pub const ALL: [SoundFault; 5] =
        [SoundFault::Missing, SoundFault::Busy, SoundFault::NotAllowed, SoundFault::Unfit, SoundFault::Failing];
}

/// What an alarm is about: whose history it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A span, or a channel of it.
    Span(SpanId),
    /// A jack.
    Port(PortId),
    /// A card.
    Card(CardSerial),
    /// The box itself.
    House,
}

impl Alarm {
    /// What this is about. Of the backup D-channel, the line of the primary one, which is what has to be repaired.
    pub fn place(&self) -> Place {
        match *self {
            Alarm::SpanRed { span }
            | Alarm::SpanUnframed { span }
            | Alarm::SpanYellow { span }
            | Alarm::SpanBlue { span }
            | Alarm::DataLinkDown { span }
            | Alarm::BackupDChannel { primary: span, .. }
            | Alarm::SameRole { span }
            | Alarm::SpanLooped { span }
            | Alarm::SpanBlocked { span }
            | Alarm::SpanRestartIgnored { span }
            | Alarm::SpanOutOfService { span, .. } => Place::Span(span),
            Alarm::ChannelBlocked { channel }
            | Alarm::RestartIgnored { channel }
            | Alarm::ChannelOutOfService { channel, .. } => Place::Span(channel.span),
            Alarm::LeftOffHook { port }
            | Alarm::NoBattery { port }
            | Alarm::PortBad { port, .. }
            | Alarm::SoundDevice { port, .. } => Place::Port(port),
            Alarm::CardGone { card } | Alarm::CardDiffers { card, .. } | Alarm::RingBudget { card } => {
                Place::Card(card)
            }
            Alarm::PauseForgotten { .. }
            | Alarm::DiskFull { .. }
            | Alarm::DiskSlow { .. }
            | Alarm::DiskFailed { .. }
            | Alarm::LogOnReserve
            | Alarm::NotYetOnDisk
            | Alarm::IndexBehind
            | Alarm::LeavesBehind
            | Alarm::RecorderBehind
            | Alarm::VaultDamaged
            | Alarm::LeavesUnfounded
            | Alarm::WitnessGone { .. }
            | Alarm::SetBack { .. }
            | Alarm::CopyBehind { .. }
            | Alarm::ErasureWaits { .. }
            | Alarm::NotRealTime
            | Alarm::RotationDue
            | Alarm::VaultKeysDiffer
            | Alarm::MailKeyDamaged
            | Alarm::MailStuck
            | Alarm::MailBehind
            | Alarm::MailSilent
            | Alarm::RecordingsDiffer
            | Alarm::RoomEnds { .. }
            | Alarm::NotErased
            | Alarm::KeysNotBackedUp
            | Alarm::DoesNotOpen { .. }
            | Alarm::CompartmentMissing { .. }
            | Alarm::GlassBroken { .. } => Place::House,
        }
    }

    /// Where this is about one channel: the alarm that says the same of all channels of its span.
    pub fn of_whole_span(&self) -> Option<Alarm> {
        Some(match *self {
            Alarm::ChannelBlocked { channel } => Alarm::SpanBlocked { span: channel.span },
            Alarm::RestartIgnored { channel } => Alarm::SpanRestartIgnored { span: channel.span },
            Alarm::ChannelOutOfService { channel, by_far_end } => {
                Alarm::SpanOutOfService { span: channel.span, by_far_end }
            }
            _ => return None,
        })
    }
}

/// What is written to a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// The event log.
    Events,
    /// The index beside it.
    Index,
    /// The recordings.
    Vault,
    /// Messages of callers.
    Mail,
}
