//! The facts that the box tells about itself, its recordings and its people.
//!
//! As with calls: facts are past and never change, names and fields only grow.

use access::{ApprovalAnswer, NewAdministrator, Proposal};
use analog::port_test::Findings;
use call::RecordingGap;
use frame::{BootNo, CallId, EventNo, LegId, LifeNo, MessageId, PersonId, PortId, RecordingId, SpanId, Timeslot};
use serde::{Deserialize, Serialize};
use settings::Weakening;
use vault::{Hold, LeaseChange, Losses, NotErased, RuleChange};

use super::Alarm;

/// One fact that is not call control's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BoxEvent {
    /// The daemon started.
    Started {
        /// Its life.
        life: LifeNo,
        /// The machine's boot.
        boot: BootNo,
        /// The daemon's version.
        version: String,
        /// The version of the settings that this life began with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settings: Option<u32>,
    },
    /// Lines, telephones and page are served.
    Ready {
        /// The page's address.
        url: String,
    },
    /// The daemon was told to stop and ends its calls.
    Stopping,
    /// The daemon stops: the last event of a life that ended cleanly.
    Stopped,
    /// A version of the settings took effect.
    SettingsApplied {
        /// The version.
        version: u32,
        /// Who wanted it.
        by: Actor,
        /// How far it took effect.
        how: AppliedHow,
    },
    /// What people have taken out of service on a span changed: this is all of it.
    OutOfService {
        /// The span.
        span: SpanId,
        /// Its timeslots, lowest first; none where all are in service.
        timeslots: Vec<Timeslot>,
    },
    /// A message was left in a life that died before the log had it, and is kept as far as it was said.
    MailRecovered {
        /// The call of that life.
        call: CallId,
        /// Whose box.
        extension: String,
        /// The message.
        message: MessageId,
        /// How long it is, in milliseconds.
        ms: u32,
    },
    /// Some of a message was lost on its way to the disk; it has silence there.
    MailGap {
        /// The call; none in events before version 18.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<CallId>,
        /// Whose box; empty in those.
        #[serde(default)]
        extension: String,
        /// The message.
        message: MessageId,
        /// How much, in milliseconds.
        ms: u32,
    },
    /// What a person deleted in an earlier life is gone now: the disk had refused it, or there was no time.
    MailDeletedLate {
        /// Whose box.
        extension: String,
        /// The message.
        message: MessageId,
    },
    /// The file of a message can't be read: nobody can hear it, or delete it.
    MailDamaged {
        /// Whose box; empty where the log does not know.
        extension: String,
        /// The message.
        message: MessageId,
        /// It is the greeting that callers hear; none was one before version 23.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        greeting: bool,
    },
    /// A message reached its day, and was deleted.
    MailExpired {
        /// Whose box; empty where the log does not know, as below.
        extension: String,
        /// The message.
        message: MessageId,
    },
    /// An analog port was tested.
    PortTested {
        /// Which.
        port: PortId,
        /// Whether it was the box's own test, at night; else somebody asked for it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        nightly: bool,
        /// What was found.
        #[serde(flatten)]
        findings: Findings,
    },
    /// Something is wrong from now on.
    AlarmRaised {
        /// What and where.
        alarm: Alarm,
    },
    /// It is right again.
    AlarmCleared {
        /// What and where, as it was raised.
        alarm: Alarm,
    },
    /// A recording is whole, sealed and on disk in an object of its own.
    RecordingFinished {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// The object's name in the vault.
        object: String,
        /// Its records.
        records: u64,
        /// Its chunks.
        chunks: u64,
        /// How long it is.
        seconds: u32,
        /// The hash at the head of its chain, in hexadecimal.
        head: String,
        /// The fold of its key commitments, in hexadecimal.
        commitments: String,
    },
    /// A part of a recording ended with a life of the daemon rather than with the call.
    RecordingCut {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// The part.
        part: u16,
        /// How much of the part is kept.
        kept_ms: u64,
    },
    /// A recording has a gap that nobody asked for.
    RecordingGapped {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// Whose voice; none where all are touched.
        leg: Option<LegId>,
        /// Why.
        why: RecordingGap,
        /// How long the gap is; 0 where it has begun and its end is not known.
        gap_ms: u64,
    },
    /// What is said in a recording is sealed to a compartment's key as well, from some minute on. Told again by each life.
    RecordingSealedFor {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// The compartment.
        compartment: String,
    },
    /// Nothing of a recording is kept, although its call had to be recorded.
    RecordingMissed {
        /// Its call.
        call: CallId,
        /// The recording that should be there.
        recording: RecordingId,
        /// Why it is not.
        why: RecordingGap,
    },
    /// An event happened from which it counts how long a call's recording is kept. Of several days the latest counts.
    RetentionEventTold {
        /// The call.
        call: CallId,
        /// The event, as the settings' rules name it.
        event: String,
        /// On which day, as `2026-11-26`.
        day: String,
    },
    /// A hold was placed: what it covers is not erased, whatever a rule says. The event's number is the hold's.
    HoldPlaced {
        /// Who.
        by: PersonId,
        /// What it covers.
        hold: Hold,
        /// Why.
        reason: String,
    },
    /// A hold was lifted.
    HoldLifted {
        /// Who.
        by: PersonId,
        /// The event that placed it.
        hold: EventNo,
    },
    /// Two people agreed on a list of what must go. It waits for 72 hours from the trusted moment on.
    ErasureAgreed {
        /// The recordings; at most a thousand.
        recordings: Vec<RecordingId>,
        /// The trusted moment, in microseconds since 1970 UTC. The event's own stamp has the wall clock, which may be wrong.
        at_us: i64,
        /// How much time had surely passed since the first confirmation of the clock: the 72 hours go by this. None in a
        /// list of version 8 and before, which waits for ever and can be taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passed_us: Option<u64>,
        /// Who asked.
        asked: PersonId,
        /// Who granted it.
        granted: PersonId,
        /// The event that asked for it.
        approval: EventNo,
    },
    /// A recording is opened without the second person whom the settings want. Durable before it is heard. It is listed under this
    /// event's number until somebody else has reviewed it.
    GlassBroken {
        /// Its call; none where nobody knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<CallId>,
        /// The recording.
        recording: RecordingId,
        /// Who.
        by: Actor,
        /// Why, in their words.
        reason: String,
    },
    /// Somebody else looked at such an opening, and has said what they think of it.
    GlassReviewed {
        /// The event that told of it.
        broken: EventNo,
        /// Who.
        by: PersonId,
        /// Their word.
        word: String,
    },
    /// Recordings left the box in a package: erasing does not reach it.
    Exported {
        /// The file's name.
        package: String,
        /// The hash of its octets, in hexadecimal.
        hash: String,
        /// How long it is.
        octets: u64,
        /// The recordings; at most two hundred.
        recordings: Vec<RecordingId>,
        /// To whom their keys are sealed.
        recipient: String,
        /// Who made it.
        by: PersonId,
        /// Who asked.
        asked: PersonId,
        /// Who granted it.
        granted: PersonId,
    },
    /// Two people have looked at what the log lost, and say so. It covers exactly this. No list that waits then is erased: a
    /// recall of it may have been lost.
    LossesAcknowledged {
        /// What is lost.
        losses: Losses,
        /// Who asked.
        asked: PersonId,
        /// Who granted it.
        granted: PersonId,
        /// The event that asked for it.
        approval: EventNo,
    },
    /// A list is not to be erased.
    ErasureCancelled {
        /// Who.
        by: PersonId,
        /// The event that agreed on it.
        list: EventNo,
    },
    /// A recording came off its list at the last look: it stays.
    ErasureDropped {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// The hold for which; none where the rules say that it stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<EventNo>,
    },
    /// The key halves of a recording are destroyed in both key tables of the box.
    RecordingErased {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// The event that agreed on its list.
        list: EventNo,
        /// The tombstone's text; its leaf in the log of leaves has the hash.
        document: String,
    },
    /// Two people agreed to erase a stretch of a recording, also under a hold and before its rule is over. Nothing waits: it is
    /// begun at once. The event's number is the erasure's.
    RangeAgreed {
        /// The call.
        call: CallId,
        /// Its recording.
        recording: RecordingId,
        /// The line that they agreed on: what they mean, what goes with it, and a hash over each minute.
        object: String,
        /// Why, in the words of who began it.
        reason: String,
        /// Who asked.
        asked: PersonId,
        /// Who granted it.
        granted: PersonId,
        /// The event that asked for it.
        approval: EventNo,
    },
    /// The key halves of the minutes that such a stretch touches are destroyed in both key tables of the box. The rest stays.
    RangeErased {
        /// The call.
        call: CallId,
        /// Its recording.
        recording: RecordingId,
        /// The event that agreed on it.
        list: EventNo,
        /// The tombstone's text; its leaf in the log of leaves has the hash.
        document: String,
    },
    /// A recording is erased on the box, or a stretch of it, and a copy that was given key halves of it has to destroy them yet.
    CopyToErase {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// Of a stretch, the event that agreed on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<EventNo>,
        /// What the settings called the copy.
        copy: String,
        /// Its key tables.
        tables: String,
    },
    /// A copy that was given key halves of an erased recording, or stretch, has destroyed them in its key tables, and read that
    /// back.
    CopyErased {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// Of a stretch, the event that agreed on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<EventNo>,
        /// What the settings call the copy.
        copy: String,
        /// Its key tables.
        tables: String,
        /// Until when its store lets nobody delete the ciphertext, by the store's clock, in microseconds since 1970-01-01 UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ciphertext_until_us: Option<i64>,
    },
    /// The lease of an erased recording has run out at a copy in a bucket, and all that was left of its ciphertext there is deleted.
    CopyFreed {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// What the settings call the copy.
        copy: String,
        /// Its key tables.
        tables: String,
    },
    /// A recording, or a stretch of it, could not be erased. Told once in a life of the daemon for each reason.
    ErasureFailed {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// Of a stretch, the event that agreed on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<EventNo>,
        /// Why. Before version 11 damage was the only reason.
        #[serde(default)]
        why: NotErased,
    },
    /// The wall clock is right at this stamp, for what is counted until something is erased.
    ClockConfirmed {
        /// Who looked; none where NTP keeps it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// How much time had surely passed since the first confirmation.
        #[serde(default)]
        passed_us: u64,
    },
    /// Somebody asked for an act that needs two. The event's number is the one under which it is answered.
    ApprovalAsked {
        /// Who.
        by: PersonId,
        /// What, on what, and why.
        #[serde(flatten)]
        proposal: Proposal,
    },
    /// What became of an act that was asked for.
    ApprovalAnswered {
        /// The event that asked.
        asked: EventNo,
        /// What.
        answer: ApprovalAnswer,
        /// Who; none where it was the box.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// The reason that was given.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// A file of the vault holds something that a power cut does not explain.
    VaultDamaged {
        /// The file, under the name it was set aside by.
        file: String,
        /// Where, in octets.
        offset: u64,
    },
    /// A finished recording was read again because somebody asked, and held to its leaf.
    RecordingChecked {
        /// Its call.
        call: CallId,
        /// The recording.
        recording: RecordingId,
        /// Whether it is what its leaf says.
        fits: bool,
    },
    /// Leaves behind the last signed root that no event of the log accounts for. They are not signed.
    LeavesUnfounded {
        /// How many.
        leaves: u64,
        /// The file of the vault that keeps them.
        file: String,
    },
    /// All finished recordings were read again and held to the log.
    VaultRead {
        /// How many there are.
        recordings: u64,
        /// Places that are damaged.
        damaged: u64,
    },
    /// What had to be recorded was reckoned up: leaves, recordings and index were held to one another.
    RecordingsReckoned {
        /// Calls that had to be recorded, since the box began.
        required: u64,
        /// Of them whole.
        whole: u64,
        /// With a gap.
        gapped: u64,
        /// Missing.
        missing: u64,
        /// Still made or sealed.
        under_way: u64,
        /// Calls of which the three do not say the same.
        differ: u64,
        /// The first hundred of them.
        calls: Vec<CallId>,
    },
    /// How long the room of the vault's disk lasts; once a day.
    RoomReckoned {
        /// What is free.
        free_octets: u64,
        /// What a day of the last seven has taken, what was erased given back; none until a day has passed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a_day_octets: Option<u64>,
        /// In how many days it is full; none where that is not known, or never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        full_days: Option<u64>,
        /// In how many days the longest rule lets the first recording go; none without a rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule_days: Option<u64>,
    },
    /// A key of the vault began to be used, or is destroyed from now on. Durable before the key goes.
    VaultKey {
        /// The fingerprint of its certificate, in hexadecimal.
        certificate: String,
        /// Whether it is destroyed.
        destroyed: bool,
    },
    /// The vault's keyring is about to become another, or has become it: durable before and after.
    VaultKeyring {
        /// The hash of all of it, in hexadecimal.
        keyring: String,
        /// The hash of it without its slots, as a backup has it.
        without_slots: String,
        /// Its recovery certificate, octet for octet in hexadecimal. What is recorded while the keyring is not this one is
        /// sealed for that key.
        recovery: String,
        /// Whether it is in its place.
        placed: bool,
    },
    /// Somebody is about to do what is audited. Durable before the act.
    AuditIntent {
        /// Who.
        by: Actor,
        /// What.
        act: Act,
        /// On what: the recording, the number, the setting.
        object: String,
        /// The reason that was given.
        reason: String,
        /// The call whose story it belongs to, if it belongs to one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<CallId>,
    },
    /// What became of an intent.
    AuditOutcome {
        /// The intent's number.
        intent: EventNo,
        /// What became of it.
        outcome: Outcome,
        /// The call of the intent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<CallId>,
    },
    /// A person signed in.
    SignedIn {
        /// Who.
        person: PersonId,
        /// The address they came from.
        from: String,
    },
    /// A person took an invitation, and has chosen a name and a password.
    Joined {
        /// Who.
        person: PersonId,
        /// The address they came from.
        from: String,
    },
    /// A person changed their own password.
    PasswordChanged {
        /// Who.
        person: PersonId,
        /// The address they came from.
        from: String,
    },
    /// A person set up a second factor of their own, or another one; or has none any more: they took it off, somebody else did (which is an
    /// act as well), or they took an invitation.
    SecondFactorChanged {
        /// Whose.
        person: PersonId,
        /// The address from which it was done.
        from: String,
        /// Whether there is one now.
        is_set: bool,
    },
    /// Somebody could not sign in, or confirm something: they typed a person's right password, and no code of their second factor that counts. The
    /// password may be known to somebody else.
    CodeWrong {
        /// Whose.
        person: PersonId,
        /// The address they came from.
        from: String,
    },
    /// Somebody could not sign in, in any other way.
    SignInFailed {
        /// The name that was typed.
        name: String,
        /// The address they came from.
        from: String,
    },
    /// A person signed out, or the session ended by itself.
    SignedOut {
        /// Who.
        person: PersonId,
    },
    /// After a crash the log's last file ended in half a record, which was put aside.
    LogTailSetAside {
        /// The log's file.
        file: String,
        /// Where the half record began.
        offset: u64,
        /// How long it was.
        octets: u64,
        /// The file that keeps it; none where it had to stay in its place.
        kept_in: Option<String>,
    },
    /// A stretch of the log can't be read.
    LogDamaged {
        /// The log's file.
        file: String,
        /// Where the stretch begins.
        offset: u64,
        /// How long it is.
        octets: u64,
    },
    /// Events were lost, because neither disk nor memory had room for them.
    EventsLost {
        /// How many.
        count: u64,
    },
    /// Somebody wanted settings by which recordings could go sooner, less is recorded or proven, or somebody becomes an
    /// administrator, and no second person has granted it: what they change.
    ShorteningWeighed {
        /// What a grant has to be for, word for word.
        object: String,
        /// How many recordings there are that could go sooner; none where they could not be counted in time.
        recordings: Option<u64>,
        /// The rules that change.
        rules: Vec<RuleChange>,
        /// How many more changes there are than fit in here.
        more: usize,
        /// The witnesses' folders that are asked no more.
        folders: Vec<String>,
        /// The folders and buckets that recordings are copied to no more.
        copies: Vec<String>,
        /// The buckets that recordings are copied to from then on, over the network.
        #[serde(default)]
        stores: Box<[String]>,
        /// The buckets whose leases come, get shorter or go.
        #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
        leases: Box<[LeaseChange]>,
        /// Who becomes an administrator, or the owner.
        #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
        administrators: Box<[NewAdministrator]>,
        /// By what less is recorded or proven.
        #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
        weakenings: Box<[Weakening]>,
    },
    /// The log lacks its last events, or has others under their numbers: the index or the leaves had them. The numbers are
    /// not given again.
    EventsGone {
        /// The first of them.
        first: EventNo,
        /// The last of them.
        last: EventNo,
    },
    /// The index was damaged and is kept beside its successor, which is rebuilt from the log.
    IndexSetAside {
        /// The file that keeps it.
        kept_in: String,
    },
}

impl BoxEvent {
    /// The call that the fact belongs to, if it belongs to one.
    pub fn call(&self) -> Option<CallId> {
        match *self {
            BoxEvent::RecordingFinished { call, .. }
            | BoxEvent::RecordingCut { call, .. }
            | BoxEvent::MailRecovered { call, .. }
            | BoxEvent::RecordingSealedFor { call, .. }
            | BoxEvent::RecordingMissed { call, .. }
            | BoxEvent::RecordingChecked { call, .. }
            | BoxEvent::RecordingGapped { call, .. }
            | BoxEvent::ErasureDropped { call, .. }
            | BoxEvent::RecordingErased { call, .. }
            | BoxEvent::RangeAgreed { call, .. }
            | BoxEvent::RangeErased { call, .. }
            | BoxEvent::CopyToErase { call, .. }
            | BoxEvent::CopyErased { call, .. }
            | BoxEvent::CopyFreed { call, .. }
            | BoxEvent::ErasureFailed { call, .. }
            | BoxEvent::RetentionEventTold { call, .. } => Some(call),
            BoxEvent::MailGap { call, .. }
            | BoxEvent::AuditIntent { call, .. }
            | BoxEvent::AuditOutcome { call, .. }
            | BoxEvent::GlassBroken { call, .. } => call,
            _ => None,
        }
    }
}

/// Who did something to the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person who is signed in.
    Person(PersonId),
    /// Somebody at the box's own command line.
    Console,
    /// Somebody at the box's own command line whom the system knows.
    User {
        /// Whom it takes them for.
        uid: u32,
    },
    /// The box itself.
    Box,
}

/// How far a version of the settings took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliedHow {
    /// At once.
    Applied,
    /// Some of it when the parts that it touches are idle.
    WhenIdle,
    /// Some of it with the next start.
    NeedsRestart,
}

/// What is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// To listen to a recording.
    OpenRecording,
    /// To listen to a recording without the second person whom the settings want.
    BreakGlass,
    /// To have a recording read again and held to its leaf.
    CheckRecording,
    /// To review that.
    ReviewGlass,
    /// To change the settings.
    ApplySettings,
    /// To see a number whole.
    RevealNumber,
    /// To look for the calls of a number that lists hide.
    FindNumber,
    /// To add, change or remove a person.
    ChangePerson,
    /// To invite a person to choose a name and a password.
    InvitePerson,
    /// To withdraw an invitation.
    WithdrawInvitation,
    /// To sign a person out wherever they are.
    SignOutPerson,
    /// To keep a person out: signed out everywhere, and let in by nothing.
    LockPerson,
    /// To let them in again.
    UnlockPerson,
    /// To end the wait that strangers' wrong passwords made of a person's sign-in.
    EndHoldUp,
    /// To take the second factor off somebody who has lost it.
    DropSecondFactor,
    /// To delete the greeting of a person's own, so that callers hear the standard one.
    ResetGreeting,
    /// To have the trace of a D-channel as a file.
    ExportTrace,
    /// To restart a span.
    RestartSpan,
    /// To take channels out of service.
    TakeOutOfService,
    /// To put channels back into service.
    PutIntoService,
    /// To have a network keep who called.
    KeepCaller,
    /// To test an analog port.
    TestPort,
    /// To learn the busy tone of an outside line.
    LearnPort,
    /// To tell an event from which it counts how long a recording is kept.
    TellRetentionEvent,
    /// To hear a talk while it lasts, as its supervisor.
    Supervise,
    /// To hear messages of a telephone at another one.
    HearMail,
    /// To place a hold.
    PlaceHold,
    /// To lift a hold.
    LiftHold,
    /// To let a list of what must go wait to be erased.
    EraseDue,
    /// To erase a stretch of a recording.
    EraseRange,
    /// To take such a list back.
    CancelErasure,
    /// To acknowledge what the log lost.
    AcknowledgeLosses,
    /// To confirm that the wall clock is right.
    ConfirmTime,
    /// To take recordings out of the box in a package.
    Export,
    /// To have such a package as a file.
    TakeExport,
    /// To delete such a package from the box.
    RemoveExport,
    /// To ask for an act that needs two.
    AskApproval,
    /// To grant, refuse or withdraw one.
    AnswerApproval,
    /// To change who can open recordings: ceremony, rotation, removal, recovery, another passphrase.
    ChangeVaultKeys,
    /// To bring a vault back from a copy.
    RestoreVault,
    /// To set the box back to how it was delivered.
    Reset,
}

/// What became of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The act was done.
    Done,
    /// The act was tried, or refused, and nothing was done.
    Failed,
    /// The box died in between: nobody knows.
    Unknown,
}
