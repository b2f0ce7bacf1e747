//! Acts that need two: asked by one administrator, granted or refused by another of another role.
//!
//! Source: GB/T 22239-2019, 8.1.4.2 (separation of administrators); PCI DSS 4.0.1, 3.7.6 (dual control). The machine says
//! whether a step may be done; the shell makes it durable as an event and then has it noted, so that a restart that notes
//! the same events again stands where it stood. A grant is redeemed once, by the act that it was given for, while both
//! people still hold their roles.
//! Not here: who proves to be whom (`Access`), what the acts do, the events (`src/journal`).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use frame::{EventNo, PersonId, Stamp, Time};
use serde::{Deserialize, Serialize};
use settings::PersonRole;

use crate::LetIn;

/// How long an act waits for its second person: from a Friday evening to a Monday.
pub const ASKED_LASTS: Duration = Duration::from_hours(72);

/// How long a grant may be redeemed: people who meet for it meet within a day.
pub const GRANT_LASTS: Duration = Duration::from_hours(24);

/// How many may be open at once: more than two people read. One more is refused, and says so.
pub const APPROVALS_MAX: usize = 64;

/// An act that needs two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TwoPersonAct {
    /// To take recordings out of the box.
    Export,
    /// To lift a hold.
    LiftHold,
    /// To shorten how long recordings are kept.
    ShortenRetention,
    /// To have less recorded or proven, or more people open it.
    LessEvidence,
    /// To change who can open the vault.
    Keys,
    /// To erase a stretch of a recording.
    EraseRange,
    /// To erase the recordings that must go.
    EraseDue,
    /// To acknowledge what the event log lost.
    AcknowledgeLosses,
    /// To set the box back to how it was delivered.
    Reset,
    /// To open a recording, where the settings want two people for that.
    OpenRecording,
    /// To let an administrator in, or to have another one, once all three have had an account.
    Administrator,
}

impl TwoPersonAct {
    /// All of them, in the order in which a page offers them.
    pub const ALL: [TwoPersonAct; 11] = [
        TwoPersonAct::Export,
        TwoPersonAct::LiftHold,
        TwoPersonAct::ShortenRetention,
        TwoPersonAct::LessEvidence,
        TwoPersonAct::Keys,
        TwoPersonAct::EraseRange,
        TwoPersonAct::EraseDue,
        TwoPersonAct::AcknowledgeLosses,
        TwoPersonAct::Reset,
        TwoPersonAct::OpenRecording,
        TwoPersonAct::Administrator,
    ];

    /// Its word, in forms, on the command line and in the audit.
    pub const fn tag(self) -> &'static str {
        match self {
            TwoPersonAct::Export => "export",
            TwoPersonAct::LiftHold => "lift-hold",
            TwoPersonAct::ShortenRetention => "shorten-retention",
            TwoPersonAct::LessEvidence => "less-evidence",
            TwoPersonAct::Keys => "keys",
            TwoPersonAct::EraseRange => "erase-range",
            TwoPersonAct::EraseDue => "erase-due",
            TwoPersonAct::AcknowledgeLosses => "acknowledge-losses",
            TwoPersonAct::Reset => "reset",
            TwoPersonAct::OpenRecording => "open",
            TwoPersonAct::Administrator => "administrator",
        }
    }

    /// The act of a word.
    pub fn of_tag(tag: &str) -> Option<TwoPersonAct> {
        TwoPersonAct::ALL.into_iter().find(|act| act.tag() == tag)
    }

    /// The table: who asks for it, and who grants it. Nobody who may ask alone decides what stays of the evidence.
    pub const fn rule(self) -> (&'static [PersonRole], &'static [PersonRole]) {
        use PersonRole::{Audit, Security, System};
        match self {
            TwoPersonAct::Export | TwoPersonAct::LiftHold => (&[Audit], &[Security]),
            TwoPersonAct::ShortenRetention | TwoPersonAct::LessEvidence => (&[System], &[Audit]),
            TwoPersonAct::Keys => (&[Security], &[System, Audit]),
            TwoPersonAct::EraseRange | TwoPersonAct::AcknowledgeLosses => (&[Security, Audit], &[Security, Audit]),
            TwoPersonAct::EraseDue => (&[System, Audit], &[Security, Audit]),
            TwoPersonAct::Reset => (&[System], &[Security, Audit]),
            TwoPersonAct::OpenRecording => (&[System, Audit], &[Security, Audit]),
            TwoPersonAct::Administrator => (&[System, Security], &[System, Security, Audit]),
        }
    }

    /// Whether it waits until all three administrators can sign in. What brings a missing one back can't: two of them do it.
    const fn takes_all_three(self) -> bool {
        !matches!(self, TwoPersonAct::Administrator)
    }
}

/// Who is which administrator. The owner is the one of the system; whoever would be two of them is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Administrators(BTreeMap<PersonId, PersonRole>);

impl Administrators {
    /// Those among people who can sign in.
    pub fn of<'p>(people: impl Iterator<Item = (PersonId, &'p [PersonRole])>) -> Administrators {
        Administrators(people.filter_map(|(person, roles)| Some((person, administrator(roles)?))).collect())
    }

    /// Whether all three are there.
    pub fn are_complete(&self) -> bool {
        self.0.values().collect::<BTreeSet<_>>().len() == 3
    }

    /// Whether a person is one of these.
    fn is(&self, person: PersonId, roles: &[PersonRole]) -> bool {
        self.0.get(&person).is_some_and(|role| roles.contains(role))
    }

    /// Whether a person may ask for an act.
    pub fn may_ask(&self, person: PersonId, act: TwoPersonAct) -> bool {
        self.is(person, act.rule().0)
    }

    /// Whether a person may grant or refuse an act that `asker` asked for: another person, of another role.
    pub fn may_answer(&self, person: PersonId, act: TwoPersonAct, asker: PersonId) -> bool {
        let differ = person != asker && self.0.get(&person) != self.0.get(&asker);
        differ && self.is(person, act.rule().1)
    }
}

/// Which administrator somebody with these roles is.
pub(crate) fn administrator(roles: &[PersonRole]) -> Option<PersonRole> {
    let as_administrator = |role: &PersonRole| match role {
        PersonRole::Owner => Some(PersonRole::System),
        role => role.is_administrator().then_some(*role),
    };
    let mut all: Vec<PersonRole> = roles.iter().filter_map(as_administrator).collect();
    all.dedup();
    match all[..] {
        [one] => Some(one),
        _ => None,
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Proposal {
    /// The act.
    pub act: TwoPersonAct,
    /// On what, word for word as the act itself will say it: a grant is for this and nothing else.
    pub object: String,
    /// Why.
    pub reason: String,
}

impl Proposal {
    /// Who would be let in by it, and so can't be the one who grants it.
    fn lets_in(&self) -> Option<PersonId> {
        let let_in = (self.act == TwoPersonAct::Administrator).then(|| self.object.parse::<LetIn>().ok())?;
        let_in.map(LetIn::person)
    }
}

/// An act that was asked for and is neither done nor over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What.
    pub proposal: Proposal,
    /// Who asked.
    pub by: PersonId,
    /// When.
    pub asked: Stamp,
    /// Who granted it, and when.
    pub granted: Option<(PersonId, Stamp)>,
}

impl Approval {
    /// Since when it stands as it does, and for how long it may.
    fn limit(&self) -> (Stamp, Duration) {
        self.granted.map_or((self.asked, ASKED_LASTS), |(_, at)| (at, GRANT_LASTS))
    }

    /// How long it stays as it is. No step of the wall clock makes that longer within one boot; what seems to come from the
    /// future is over.
    pub fn left(&self, now: Stamp) -> Option<Duration> {
        let (since, lasts) = self.limit();
        let comes_before = since.boot == now.boot || since.utc <= now.utc;
        lasts.checked_sub(now.since(&since)).filter(|left| comes_before && !left.is_zero())
    }
}

/// What becomes of an act that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalAnswer {
    /// A second person granted it.
    Granted,
    /// A second person refused it.
    Refused,
    /// Whoever asked wants it no more.
    Withdrawn,
    /// Nobody answered in time, or the grant was not redeemed in time.
    Expired,
    /// It was asked for before the three administrators were named.
    Incomplete,
    /// The act took the grant. What became of the act is in its own outcome.
    Redeemed,
}

/// Why an act can't be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotAsked {
    /// The person's role does not ask for it.
    #[error("the role does not ask for this")]
    Role,
    /// The three administrators are not all there. What was asked is listed as refused.
    #[error("an administrator is missing")]
    Incomplete,
    /// The same is open already.
    #[error("asked for already, under {0}")]
    Already(EventNo),
    /// Too many are open.
    #[error("{APPROVALS_MAX} are open")]
    TooMany,
}

/// Why an answer does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotAnswered {
    /// Nothing is open under this number.
    #[error("nothing is open under this number")]
    NotOpen,
    /// It was granted already.
    #[error("granted already")]
    Granted,
    /// Whoever asked can't answer, nor can somebody of the same role.
    #[error("it takes a second person")]
    Same,
    /// The person's role does not answer it.
    #[error("the role does not answer this")]
    Role,
    /// It lets this very person in.
    #[error("nobody grants what lets them in themselves")]
    Oneself,
    /// The three administrators are not all there, or whoever asked is none any more.
    #[error("an administrator is missing")]
    Incomplete,
}

/// A grant does not cover the act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotRedeemed {
    /// Nobody granted exactly this, or it was redeemed, or it is over.
    #[error("not granted")]
    NotGranted,
    /// Somebody of the two does not hold the role any more, or an administrator is missing.
    #[error("the two are no longer who they were")]
    People,
}

/// The acts that wait for a second person, or for being done. Kept as long as they are open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    open: BTreeMap<EventNo, Approval>,
}

impl Approvals {
    /// Whether a person may ask for this now. Then it is made durable, and noted by [`Approvals::note_asked`] under its number.
    ///
    /// # Errors
    /// [`NotAsked`].
    pub fn ask(&self, now: Stamp, people: &Administrators, by: PersonId, proposal: &Proposal) -> Result<(), NotAsked> {
        if !people.may_ask(by, proposal.act) {
            return Err(NotAsked::Role);
        }
        if proposal.act.takes_all_three() && !people.are_complete() {
            return Err(NotAsked::Incomplete);
        }
        let is_same = |open: &Proposal| open.act == proposal.act && open.object == proposal.object;
        if let Some((no, _)) = self.open(now).find(|(_, open)| is_same(&open.proposal)) {
            return Err(NotAsked::Already(no));
        }
        if self.open.len() >= APPROVALS_MAX { Err(NotAsked::TooMany) } else { Ok(()) }
    }

    /// Whether a person may grant or refuse it now, or, who asked, withdraw it.
    ///
    /// # Errors
    /// [`NotAnswered`].
    pub fn answer(
        &self,
        now: Stamp,
        people: &Administrators,
        no: EventNo,
        by: PersonId,
        answer: ApprovalAnswer,
    ) -> Result<(), NotAnswered> {
        let open = self.get(now, no).ok_or(NotAnswered::NotOpen)?;
        match answer {
            ApprovalAnswer::Withdrawn if by == open.by => Ok(()),
            ApprovalAnswer::Granted if open.granted.is_some() => Err(NotAnswered::Granted),
            ApprovalAnswer::Granted | ApprovalAnswer::Refused => may_answer(people, open, by, answer),
            // The box alone says these, and only who asked withdraws.
            ApprovalAnswer::Withdrawn
            | ApprovalAnswer::Expired
            | ApprovalAnswer::Incomplete
            | ApprovalAnswer::Redeemed => Err(NotAnswered::Role),
        }
    }

    /// The grant for exactly this act, with who asked and who granted it, if it may be redeemed now. Then that is made durable and noted, and then the act is
    /// done: never twice.
    ///
    /// # Errors
    /// [`NotRedeemed`].
    pub fn redeem(
        &self,
        now: Stamp,
        people: &Administrators,
        act: TwoPersonAct,
        object: &str,
    ) -> Result<(EventNo, PersonId, PersonId), NotRedeemed> {
        let (no, asked, second) = self.granted(now, act, object).ok_or(NotRedeemed::NotGranted)?;
        let are_there = people.are_complete() || !act.takes_all_three();
        let still = people.may_ask(asked, act) && people.may_answer(second, act, asked) && are_there;
        if still { Ok((no, asked, second)) } else { Err(NotRedeemed::People) }
    }

    /// The grant for exactly this act, with who asked and who granted it. Whether the two still are who they were is not
    /// looked at: while the box is stopped nobody can say, and a grant lasts for [`GRANT_LASTS`].
    pub fn granted(&self, now: Stamp, act: TwoPersonAct, object: &str) -> Option<(EventNo, PersonId, PersonId)> {
        let is_it = |open: &Proposal| open.act == act && open.object == object;
        self.open(now).find_map(|(no, open)| {
            open.granted.filter(|_| is_it(&open.proposal)).map(|(second, _)| (no, open.by, second))
        })
    }

    /// Notes what was asked for, once it is durable.
    pub fn note_asked(&mut self, no: EventNo, asked: Stamp, by: PersonId, proposal: Proposal) {
        self.open.insert(no, Approval { proposal, by, asked, granted: None });
    }

    /// Notes an answer, once it is durable.
    pub fn note_answer(&mut self, no: EventNo, at: Stamp, by: Option<PersonId>, answer: ApprovalAnswer) {
        match (answer, by) {
            (ApprovalAnswer::Granted, Some(by)) => {
                self.open.get_mut(&no).into_iter().for_each(|open| open.granted = Some((by, at)));
            }
            // Nobody granted it: that is no grant, and nothing that may stand open.
            _ => drop(self.open.remove(&no)),
        }
    }

    /// What is open, oldest first.
    pub fn open(&self, now: Stamp) -> impl Iterator<Item = (EventNo, &Approval)> {
        self.open.iter().filter(move |(_, open)| open.left(now).is_some()).map(|(no, open)| (*no, open))
    }

    /// The open one of this number.
    pub fn get(&self, now: Stamp, no: EventNo) -> Option<&Approval> {
        self.open.get(&no).filter(|open| open.left(now).is_some())
    }

    /// Those that are over: to be told and noted as [`ApprovalAnswer::Expired`].
    pub fn expired(&self, now: Stamp) -> Vec<EventNo> {
        self.open.iter().filter(|(_, open)| open.left(now).is_none()).map(|(no, _)| *no).collect()
    }

    /// When the next one is over.
    pub fn next_deadline(&self, now: Stamp) -> Option<Time> {
        self.open.values().map(|open| now.time + open.left(now).unwrap_or_default()).min()
    }
}

fn may_answer(
    people: &Administrators,
    open: &Approval,
    by: PersonId,
    answer: ApprovalAnswer,
) -> Result<(), NotAnswered> {
    let act = open.proposal.act;
    if !people.may_answer(by, act, open.by) {
        let is_role = people.is(by, act.rule().1);
        return Err(if is_role || by == open.by { NotAnswered::Same } else { NotAnswered::Role });
    }
    // To refuse is the safe direction: it takes nobody else.
    if answer == ApprovalAnswer::Refused {
        return Ok(());
    }
    if open.proposal.lets_in() == Some(by) {
        return Err(NotAnswered::Oneself);
    }
    let are_there = people.are_complete() || !act.takes_all_three();
    if are_there && people.may_ask(open.by, act) { Ok(()) } else { Err(NotAnswered::Incomplete) }
}

#[cfg(test)]
mod tests;
