//! What is asked of the desk of acts that need two, and what it answers.

use access::{ApprovalAnswer, LetIn, NewAdministrator, NotAnswered, NotAsked, NotRedeemed, Proposal, TwoPersonAct};
use frame::{EventNo, PersonId, Utc};
use serde::{Deserialize, Serialize};
use settings::Weakening;
use vault::{LeaseChange, RuleChange};

use super::{Passphrase, PlacedNow};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApprovalsRequest {
    /// What is open.
    List,
    /// Ask for an act. It is audited first.
    Ask {
        /// Who.
        by: Credentials,
        /// What, on what, and why.
        proposal: Proposal,
    },
    /// Grant, refuse or withdraw an act that was asked for. It is audited first.
    Answer {
        /// Who.
        by: Credentials,
        /// Under which number it was asked for.
        no: EventNo,
        /// What is answered.
        answer: ApprovalAnswer,
        /// Why.
        reason: String,
    },
    /// Take the grant for exactly this act, once: whoever has the answer does the act. Other planes ask this, never a
    /// visitor.
    Redeem {
        /// The act.
        act: TwoPersonAct,
        /// On what, word for word as it was asked for.
        object: String,
    },
}

/// Whom somebody at the command line says to be, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The name under which they sign in.
    pub name: String,
    /// Their password.
    pub password: Passphrase,
    /// The code of their second factor, where they typed one.
    #[serde(default)]
    pub code: Option<Passphrase>,
    /// Whom the system takes them for.
    pub uid: u32,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApprovalsReply {
    /// What is open, oldest first.
    Open(Vec<ApprovalNow>),
    /// It is asked for, under this number.
    Asked(EventNo),
    /// The answer counts.
    Answered,
    /// The act may be done, once.
    Redeemed {
        /// It was asked for under this number.
        no: EventNo,
        /// Who asked.
        asked: PersonId,
        /// Who granted it.
        granted: PersonId,
    },
    /// The act may be done without a grant: the three administrators, who would check it, are not there yet.
    OneIsEnough,
    /// Nothing was done.
    Refused(ApprovalsRefusal),
}

/// An act that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalNow {
    /// Under which number it is answered.
    pub no: EventNo,
    /// What, on what, and why.
    pub proposal: Proposal,
    /// Who asked.
    pub by: String,
    /// When.
    pub asked: Utc,
    /// Until when it stays as it is.
    pub until: Utc,
    /// Who granted it; none while it waits.
    pub granted: Option<String>,
    /// What it is about.
    pub about: About,
}

/// What an act is about, where the line that two people agree on does not say so to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// Its line says it.
    Line,
    /// Settings that take two people; none where the box has not seen them.
    Shorter(Option<Shorter>),
    /// A hold that is to be lifted; none where there is none of this number.
    Hold(Option<PlacedNow>),
    /// An administrator who is to be let in.
    LetIn {
        /// How.
        act: LetIn,
        /// What the settings call them; none where they name nobody of this number.
        name: Option<String>,
    },
}

/// What settings change that take two people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shorter {
    /// How many recordings there are that could go sooner; none where they could not be counted in time.
    pub recordings: Option<u64>,
    /// The rules that change.
    pub rules: Vec<RuleChange>,
    /// How many more changes there are.
    pub more: usize,
    /// The witnesses' folders that are asked no more.
    pub folders: Vec<String>,
    /// The folders and buckets that recordings are copied to no more.
    pub copies: Vec<String>,
    /// The buckets that recordings are copied to from then on, over the network.
    pub stores: Vec<String>,
    /// The buckets whose leases come, get shorter or go.
    pub leases: Vec<LeaseChange>,
    /// Who becomes an administrator, or the owner.
    pub administrators: Vec<NewAdministrator>,
    /// By what less is recorded or proven.
    pub weakenings: Vec<Weakening>,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalsRefusal {
    /// Name or password is wrong.
    Credentials,
    /// Too many tries; the next one is looked at after so many seconds.
    LockedOut(u64),
    /// Somebody else is just signing in.
    Busy,
    /// It can't be asked for.
    NotAsked(NotAsked),
    /// The answer does not count.
    NotAnswered(NotAnswered),
    /// No grant covers it.
    NotRedeemed(NotRedeemed),
    /// The audit intent, or the event, could not be made durable in time.
    NotAudited,
    /// What was open can't be read yet.
    NotReady,
    /// The desk does not answer.
    NoAnswer,
}

impl From<NotAsked> for ApprovalsRefusal {
    fn from(why: NotAsked) -> ApprovalsRefusal {
        ApprovalsRefusal::NotAsked(why)
    }
}

impl From<NotAnswered> for ApprovalsRefusal {
    fn from(why: NotAnswered) -> ApprovalsRefusal {
        ApprovalsRefusal::NotAnswered(why)
    }
}

impl From<NotRedeemed> for ApprovalsRefusal {
    fn from(why: NotRedeemed) -> ApprovalsRefusal {
        ApprovalsRefusal::NotRedeemed(why)
    }
}
