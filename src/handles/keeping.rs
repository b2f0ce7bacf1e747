//! What is asked of the desk that keeps and erases recordings, and what it answers.

use frame::{CallId, EventNo, PersonId, RecordingId, Utc};
use serde::{Deserialize, Serialize};
use vault::{Day, Hold, Losses, NotErased, Stretch};

use super::{ApprovalsRefusal, Credentials};

/// What is asked. Each act is audited first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeepingRequest {
    /// Holds, what must go, and what waits to be erased.
    Overview,
    /// Place a hold. One person does it: it is the safe direction.
    PlaceHold {
        /// What it covers.
        hold: Hold,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// Lift a hold, under a grant for [`lift_object`].
    LiftHold {
        /// Which.
        hold: EventNo,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// Let a list of what must go wait to be erased, under a grant for its [`DueNow::object`].
    Erase {
        /// The list, word for word.
        object: String,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// What goes with a stretch of a call's recording.
    LookAtRange {
        /// The call.
        call: CallId,
        /// The stretch.
        meant: Stretch,
    },
    /// Erase a stretch of a recording, at once, under a grant for its [`RangeNow::object`].
    EraseRange {
        /// What, word for word.
        object: String,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// Take a list back, or a stretch that the recorder has not begun. One person does it.
    Cancel {
        /// Which.
        list: EventNo,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// Tell of an event from which it counts how long a call's recording is kept.
    TellEvent {
        /// The call.
        call: CallId,
        /// The event, as the settings' rules name it.
        event: String,
        /// On which day it happened.
        day: Day,
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// Acknowledge what the log lost, under a grant for its [`LossesNow::object`].
    AcknowledgeLosses {
        /// What, word for word.
        object: String,
        /// Who.
        by: PersonId,
        /// Why: what they looked at.
        reason: String,
    },
    /// Confirm that the wall clock is right.
    ConfirmTime {
        /// Who looked.
        by: PersonId,
        /// Why, or by which clock.
        reason: String,
    },
}

/// What a grant to lift a hold is for.
pub fn lift_object(hold: EventNo) -> String {
    format!("hold {hold}")
}

/// The hold that such a grant is for.
pub fn held_object(object: &str) -> Option<EventNo> {
    let hold = EventNo(object.strip_prefix("hold ")?.parse().ok()?);
    // There is one way to write it.
    (lift_object(hold) == object).then_some(hold)
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeepingReply {
    /// How it stands.
    Now(Box<KeepingNow>),
    /// What goes with a stretch.
    Range(RangeNow),
    /// It is done; the number of its event.
    Done(EventNo),
    /// It is done, and for some recordings it came too late: their key halves are being destroyed.
    TooLateFor {
        /// The number of its event.
        no: EventNo,
        /// How many.
        recordings: usize,
    },
    /// Nothing was done.
    Refused(KeepingRefusal),
}

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepingNow {
    /// The trusted time; none while nobody has confirmed it since the machine started.
    pub time: Option<Utc>,
    /// The holds, oldest first. Who placed one and why stands in its event.
    pub holds: Vec<(EventNo, Hold)>,
    /// What must go, and is neither held nor on a list; none without a trusted time.
    pub due: Option<DueNow>,
    /// The lists that wait, oldest first.
    pub lists: Vec<ListNow>,
    /// The stretches that two people agreed on and that are not erased yet, oldest first.
    pub ranges: Vec<RangeWaits>,
    /// Why nothing is erased for now, beside an unknown time.
    pub stands_still: Option<KeepingRefusal>,
    /// What two people agreed to erase and can't be erased.
    pub not_erased: Vec<NotErasedRow>,
    /// What the log lost and nobody has acknowledged.
    pub lost: Option<LossesNow>,
    /// What it lost and two people have acknowledged.
    pub acknowledged: Losses,
    /// Whether the disk is encrypted that log and index are on.
    pub is_disk_encrypted: bool,
}

/// What the log lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossesNow {
    /// It in a line, for two people to agree on.
    pub object: String,
    /// What: as much as one acknowledgement holds.
    pub losses: Losses,
    /// In how many more places something is lost: they are acknowledged after these.
    pub more: usize,
}

/// What goes with a stretch of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeNow {
    /// It in a line, for two people to agree on: what they mean, what goes with it, and a hash over each minute.
    pub object: String,
    /// The packages in which the recording left the box: erasing does not reach them.
    pub packages: Vec<String>,
}

/// A recording that can't be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotErasedRow {
    /// Which.
    pub recording: RecordingId,
    /// Of a stretch of it, the event by which two people agreed on that.
    pub range: Option<EventNo>,
    /// Of which call; none of a recording that the log does not know.
    pub call: Option<CallId>,
    /// Why.
    pub why: NotErased,
    /// Whether it has begun: some of its keys may be gone, and nobody can take it back.
    pub has_begun: bool,
}

/// What must go by a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueNow {
    /// The list in a line, for two people to agree on: its day, how many, and a hash over all of them.
    pub object: String,
    /// The recordings, oldest first.
    pub recordings: Vec<DueRow>,
    /// There are more than fit into one list.
    pub has_more: bool,
}

/// A recording that must go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueRow {
    /// Which.
    pub recording: RecordingId,
    /// Of which call.
    pub call: CallId,
    /// By which rule.
    pub rule: String,
    /// Since which day.
    pub day: Day,
}

/// A list that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListNow {
    /// Its number.
    pub no: EventNo,
    /// How many recordings are still on it.
    pub recordings: usize,
    /// Until when it waits at least.
    pub until: Utc,
}

/// A stretch of a recording that two people agreed to erase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeWaits {
    /// The event by which they did.
    pub no: EventNo,
    /// The line that they agreed on.
    pub object: String,
    /// Whether it has begun, so that nobody can take it back.
    pub has_begun: bool,
}

/// What the command line asks about keeping and erasing. Who acts shows who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NamedKeepingRequest {
    /// How it stands.
    List,
    /// What goes with a stretch of a call's recording.
    Range {
        /// The call.
        call: CallId,
        /// The stretch.
        meant: Stretch,
    },
    /// An act.
    Act {
        /// Who: this person, whoever the act itself names.
        by: Credentials,
        /// What.
        act: KeepingRequest,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NamedKeepingReply {
    /// How it stands.
    Now(Box<NamedKeepingNow>),
    /// The desk's answer.
    Answered(KeepingReply),
    /// Who acts has not shown who they are, or nobody answers.
    NotShown(ApprovalsRefusal),
    /// Their role does not do this.
    NotTheirs,
}

/// How it stands, with names for those who have no page before them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedKeepingNow {
    /// As the page has it.
    pub now: KeepingNow,
    /// The holds once more, with who placed them.
    pub placed: Vec<PlacedNow>,
    /// The lists that a second person has granted and nobody has begun.
    pub granted: Vec<String>,
}

/// A hold and how it came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedNow {
    /// Its number.
    pub no: EventNo,
    /// What it covers.
    pub hold: Hold,
    /// The name of the person whose calls it covers, where it does.
    pub person: Option<String>,
    /// Who placed it.
    pub by: String,
    /// When.
    pub at: Utc,
    /// Why.
    pub reason: String,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepingRefusal {
    /// A hold that says nothing would cover everything.
    SaysNothing,
    /// There is no such hold or list.
    NotThere,
    /// A stretch is empty, or longer than what goes at once.
    RangeWrong,
    /// The call has no whole recording, or nothing was recorded in that stretch.
    NothingRecorded,
    /// The recording can't be read: nobody can tell which minutes go.
    RecordingUnreadable,
    /// No second person has granted it.
    NotGranted,
    /// The list is another one by now: something was held, told, or changed since.
    ListChanged,
    /// What the log lost is not this, or not only this, or nothing.
    LossesChanged,
    /// Nobody has confirmed what time it is.
    TimeUnknown,
    /// The vault is not what a root from outside says: until that is cleared up nothing is erased.
    SetBack,
    /// A folder that holds roots of the log could not be asked in this life of the box: nobody knows whether the vault was set
    /// back, so nothing is erased.
    WitnessNotAsked,
    /// The log lost events that nobody has acknowledged, and one may have been a hold: nothing is erased.
    LogDamaged,
    /// The log has an event of a hold that this version does not know: nothing is erased.
    UnreadHold,
    /// The settings name no folder that holds roots of the log: nobody could tell whether the vault was set back, so nothing is
    /// erased.
    NoWitnessFolder,
    /// The audit intent, or the event, could not be made durable in time.
    NotAudited,
    /// The index can't be read.
    NotReady,
}
