//! Voicemail: who does not reach a telephone leaves a message in its box, and its person hears it there.
//!
//! A call goes to the box where the telephone is busy, not to be disturbed or not answered in time, after what its person
//! wants forwarded. Never there: emergency services that call back, what a queue offers an agent, who comes back from a
//! transfer or a place. From the greeting on nothing of such a call is recorded in the vault. Messages are heard after the
//! PIN of whose telephone it is; one counts as heard once it was played to its end, or a key went on from it while it played.
//! Whether what was said is a message is judged by who keeps it, who alone has all of it.
//! Behind the PIN is the greeting of one's own, too (`greeting`).
//! Not here: the messages themselves, which a thread of their own keeps; when they are too old.

mod greeting;

use std::{collections::BTreeMap, fmt, time::Duration};

use frame::{CallId, LaneId, LegId, MessageId, PersonId, PortId, Time, Utc};
use greeting::Own;
use isdn::{Cause, suppl::Completion};
use serde::{Deserialize, Serialize};

use crate::{
    CallClass, CallEvent, Endpoint, NotTransferred, Number, OfferEnd, Side,
    control::{Control, Phase},
    leg::Leg,
    message::{Heard, Output},
};

/// What a caller hears.
const GREETING: &str = "mail_greeting";
const TONE: &str = "mail_tone";
const FULL: &str = "mail_full";
const TAKEN: &str = "mail_taken";
const NOTHING_SAID: &str = "mail_nothing_said";

/// What who hears messages hears beside them.
const NO_BOX: &str = "mail_no_box";
const NEW: &str = "mail_new";
const NO_NEW: &str = "mail_no_new";
const NONE: &str = "mail_none";
const KEYS: &str = "mail_keys";
const DELETED: &str = "mail_deleted";
const DELETED_LATER: &str = "mail_deleted_later";
const DAMAGED: &str = "mail_damaged";
const LAST: &str = "mail_last";
const END: &str = "goodbye";
const WRONG: &str = "pin_locked";
const NO_PIN: &str = "mail_no_pin";
const NOT_READ: &str = "mail_not_read";

/// Numbers that are spoken in one word; of more the word for "more than" goes before the last.
pub(crate) const SPOKEN_MAX: usize = 30;

/// How long a key is waited for after a message.
const PATIENCE: Duration = Duration::from_secs(15);

/// Longer than any greeting with its tone: where its end is never told, the caller speaks after this.
const GREETS: Duration = Duration::from_secs(60);

/// Longer than a few prompts: where their end is never told, it goes on after this all the same.
pub(crate) const SAYS: Duration = Duration::from_secs(60);

/// How long it is waited until who keeps the messages has read one, or has judged one. A disk that hangs for longer ends the
/// call.
const ANSWERS: Duration = Duration::from_secs(15);

/// How long it is waited after a start until who keeps the messages tells anything.
const READS: Duration = Duration::from_secs(60);

/// So much of what was said has to be sound. A busy tone of three cycles, by which an outside line is found to be released,
/// is none of it.
const SOUND_MS: u32 = 1000;
const BUSY_TONE_MS: u32 = 1300;

/// What the settings say of voicemail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailPlan {
    /// What is dialled to hear messages.
    pub code: String,
    /// How long one is at most.
    pub message: Duration,
    /// How many a box holds.
    pub messages: usize,
}

/// A message of a box, as far as call control has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// Which.
    pub message: MessageId,
    /// Whose telephone it was then. Who has the extension after that one hears nothing of it.
    pub person: PersonId,
    /// Nobody has heard it.
    pub new: bool,
}

/// How a box is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxView {
    /// How many messages it has.
    pub messages: u16,
    /// How many of them nobody has heard.
    pub new: u16,
    /// It takes no more.
    pub full: bool,
    /// Its person has no PIN, and can hear none of them.
    pub without_pin: bool,
}

/// Why no message was left, or none heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoMail {
    /// The box is full.
    BoxFull,
    /// The disk takes no more.
    Disk,
    /// What is kept was not read yet, or can't be.
    NotRead,
    /// Less than a second of sound came.
    NothingSaid,
    /// The telephone has no box.
    NoBox,
    /// The PIN was wrong three times.
    WrongPin,
    /// The PIN was wrong too often of late.
    PinLocked,
    /// The person has no PIN.
    NoPin,
    /// The audit could not be written.
    NotAudited,
}

/// What somebody says to who keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// A message for a box.
    Message,
    /// What callers are to hear there. It is nothing yet until its person keeps it.
    Greeting,
}

/// What call control orders of who keeps the messages. Its `Debug` shows which messages, and nobody's number.
#[derive(Clone, PartialEq, Eq)]
pub enum MailOrder {
    /// Keep what comes from a lane from now on.
    Take {
        /// As this message.
        message: MessageId,
        /// What it is to be.
        kind: MailKind,
        /// Of this call.
        call: CallId,
        /// For this box.
        extension: String,
        /// Whose it is.
        person: PersonId,
        /// From whom, where that may be known.
        number: Option<Number>,
        /// Where it comes from.
        lane: LaneId,
        /// So much sound makes a message, in milliseconds.
        sound_ms: u32,
    },
    /// Nothing more comes.
    Done {
        /// Which message.
        message: MessageId,
        /// Where it came from, if that is still there.
        lane: Option<LaneId>,
        /// How long the caller could be heard, in milliseconds: what of it does not come was lost.
        said_ms: u32,
    },
    /// Play one, or a greeting.
    Play {
        /// Which message.
        message: MessageId,
        /// To whom.
        lane: LaneId,
        /// As which playing.
        play: u32,
        /// Prompts before it.
        before: Vec<String>,
        /// And after it.
        after: Vec<String>,
    },
    /// It was heard.
    Heard(MessageId),
    /// It is deleted. Of a greeting: callers hear the standard one.
    Delete(MessageId),
    /// What was recorded is the greeting from now on, in place of any other of its person.
    Keep(MessageId),
    /// What was recorded, or is being, is to be no greeting.
    Drop {
        /// Which.
        message: MessageId,
        /// Where it came from, if that is still there.
        lane: Option<LaneId>,
    },
}

impl fmt::Debug for MailOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MailOrder::Take { message, call, .. } => write!(f, "Take({message} of call {call})"),
            MailOrder::Done { message, .. } => write!(f, "Done({message})"),
            MailOrder::Play { message, lane, play, .. } => write!(f, "Play({message} to {lane} as {play})"),
            MailOrder::Heard(message) => write!(f, "Heard({message})"),
            MailOrder::Delete(message) => write!(f, "Delete({message})"),
            MailOrder::Keep(message) => write!(f, "Keep({message})"),
            MailOrder::Drop { message, .. } => write!(f, "Drop({message})"),
        }
    }
}

/// What who keeps the messages tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailTold {
    /// What a box has now, the oldest first.
    Box {
        /// Whose.
        extension: String,
        /// Its messages.
        messages: Vec<MailRow>,
    },
    /// The disk takes no more, or does again.
    Disk {
        /// Whether it takes no more.
        full: bool,
    },
    /// The disk refuses something of a message that is there, or no more: a deletion may be told days later.
    Stuck {
        /// Whether it does.
        stuck: bool,
    },
    /// What is there was read: all boxes were told.
    Ready,
    /// The key of what is there can't be used, or can again. Nothing is read while it can't.
    Key {
        /// Whether it can't.
        damaged: bool,
    },
    /// A message that is to be heard was read, whether anybody still waits for it or not.
    Answers,
    /// Who keeps the messages has died. Nothing is taken or heard until the next start.
    Dead,
    /// What was said is a message, and was put into its box.
    Left {
        /// Which.
        message: MessageId,
        /// How long it is, in milliseconds.
        ms: u32,
    },
    /// What was said is none, or no greeting.
    Nothing(MessageId),
    /// What was said is enough for a greeting, and all of it is there.
    Recorded(MessageId),
    /// It is the greeting of its person, and durable.
    Kept(MessageId),
    /// The disk refuses to keep it: the one before stays.
    NotKept(MessageId),
    /// Which greeting is a person's own.
    Greeting {
        /// Whose.
        person: PersonId,
        /// Which; nothing where it is the standard one.
        greeting: Option<OwnGreeting>,
    },
    /// It is deleted, and opens no more.
    Deleted(MessageId),
    /// The disk refuses to delete it. Of a message that is tried again; a greeting stays.
    NotDeleted(MessageId),
    /// A message is about to be played.
    Plays {
        /// To whom.
        lane: LaneId,
        /// The playing.
        play: u32,
        /// How long the words before it are, in milliseconds.
        before_ms: u32,
        /// When its own last word is over.
        heard_ms: u32,
        /// How long all of it is.
        all_ms: u32,
    },
    /// Nothing was said for a while.
    Silent(MessageId),
    /// No more of it can be kept.
    Broken(MessageId),
    /// A message that was to be played can't be.
    NotPlayed {
        /// To whom.
        lane: LaneId,
        /// The playing.
        play: u32,
    },
}

/// All boxes.
#[derive(Debug, Default)]
pub(crate) struct Mailboxes {
    rows: BTreeMap<String, Vec<MailRow>>,
    disk_full: bool,
    /// It refuses something of a message that is there.
    stuck: bool,
    /// Who keeps them did not answer in time, and has told nothing since.
    silent: bool,
    /// When it did not answer in time, where something was asked of it.
    answers_by: Option<Time>,
    /// It has told something in this life.
    heard_of: bool,
    /// It has died.
    dead: bool,
    /// What is kept was read.
    ready: bool,
    /// What was said and is not judged yet. Its call may be over.
    judged: BTreeMap<MessageId, Said>,
    /// What a person had deleted or kept, until it is.
    changes: BTreeMap<MessageId, Change>,
    /// The greetings of those who have one of their own.
    greetings: BTreeMap<PersonId, OwnGreeting>,
}

/// A greeting of somebody's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnGreeting {
    /// Which recording.
    pub message: MessageId,
    /// When it was recorded.
    pub since: Utc,
}

/// What a caller has said.
#[derive(Debug)]
struct Said {
    call: CallId,
    extension: String,
    /// Why it is none, where it is none.
    why: NoMail,
}

/// A change that the disk is to make.
#[derive(Debug)]
struct Change {
    call: CallId,
    extension: String,
    person: PersonId,
    changed: Changed,
}

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changed {
    /// A message is deleted.
    Message,
    /// A greeting of one's own is kept, or deleted.
    Greeting,
}

/// A call that is about messages.
#[derive(Debug)]
pub(crate) enum Mail {
    /// A caller leaves one.
    Leaving(Leaving),
    /// A person hears them.
    Hearing(Hearing),
    /// A person sees to the own greeting.
    Own(Box<Own>),
}

/// A caller at a box.
#[derive(Debug)]
pub(crate) struct Leaving {
    extension: String,
    /// Why the telephone was not reached, for who hands somebody over to it.
    why: NotTransferred,
    at: Stage,
    /// Since when that is so.
    since: Time,
    until: Time,
}

/// How far a caller is who leaves a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The own greeting of whom the caller wants is being read.
    Fetching,
    Greeting,
    Speaking(MessageId),
    /// What was said is being judged.
    Judged(MessageId),
}

/// A person who hears messages.
#[derive(Debug)]
pub(crate) struct Hearing {
    extension: String,
    person: PersonId,
    messages: Vec<MailRow>,
    at: usize,
    /// What is said before the message that has its turn, until it is read.
    before: Vec<String>,
    /// It can't be read. It is not heard by that, but may be deleted once that was said.
    unreadable: bool,
    /// From when on the message itself is heard; nothing while it was not read.
    heard_from: Option<Time>,
    /// When its last word is over; then come the words about the keys.
    heard_to: Option<Time>,
    /// What the disk is to delete: until it has, or refuses, nothing is said or played, and no key does anything.
    deletes: Option<MessageId>,
    until: Time,
}

impl Mail {
    pub(crate) fn until(&self) -> Time {
        match self {
            Mail::Leaving(leaving) => leaving.until,
            Mail::Hearing(hearing) => hearing.until,
            Mail::Own(own) => own.until(),
        }
    }

    /// Whose box it is.
    pub(crate) fn extension(&self) -> &str {
        match self {
            Mail::Leaving(leaving) => &leaving.extension,
            Mail::Hearing(hearing) => &hearing.extension,
            Mail::Own(own) => own.extension(),
        }
    }

    pub(crate) fn is_hearing(&self) -> bool {
        matches!(self, Mail::Hearing(_) | Mail::Own(_))
    }

    /// Why nobody is handed over to a box: as if there were none, the telephone was busy or did not answer.
    pub(crate) fn not_transferred(&self) -> NotTransferred {
        match self {
            Mail::Leaving(leaving) => leaving.why,
            Mail::Hearing(_) | Mail::Own(_) => NotTransferred::NobodyDialled,
        }
    }

    /// Whether it waits for who keeps the messages, and not for a person.
    fn awaits_an_answer(&self) -> bool {
        match self {
            Mail::Leaving(leaving) => matches!(leaving.at, Stage::Judged(_)),
            Mail::Hearing(hearing) => hearing.heard_from.is_none() && !hearing.unreadable,
            Mail::Own(own) => own.awaits_an_answer(),
        }
    }

    fn stage(&self) -> Option<Stage> {
        match self {
            Mail::Leaving(leaving) => Some(leaving.at),
            Mail::Hearing(_) | Mail::Own(_) => None,
        }
    }
}

/// What is kept.
impl Control {
    /// Who keeps the messages tells something.
    pub(crate) fn mail_told(&mut self, told: MailTold) {
        (self.mail.silent, self.mail.heard_of, self.mail.answers_by) = (false, true, None);
        match told {
            MailTold::Box { extension, messages } => _ = self.mail.rows.insert(extension, messages),
            MailTold::Disk { full } => self.mail.disk_full = full,
            MailTold::Stuck { stuck } => self.mail.stuck = stuck,
            MailTold::Ready => self.mail.ready = true,
            MailTold::Key { .. } | MailTold::Answers => (),
            MailTold::Dead => self.mail_died(),
            MailTold::Silent(message) => {
                self.said_all(message, NoMail::NothingSaid);
                self.own_silent(message);
            }
            // What the disk has of it may be one.
            MailTold::Broken(message) => {
                self.said_all(message, NoMail::Disk);
                // Or its last words are not there.
                self.mail.judged.entry(message).and_modify(|said| said.why = NoMail::Disk);
                self.own_broken(message);
            }
            MailTold::Left { message, ms } => self.mail_judged(message, Some(ms)),
            MailTold::Nothing(message) if self.own_is_nothing(message) => (),
            MailTold::Nothing(message) => self.mail_judged(message, None),
            MailTold::Recorded(message) => self.own_recorded(message),
            MailTold::Kept(message) => self.greeting_kept(message),
            MailTold::NotKept(message) => self.greeting_stays(message),
            MailTold::Greeting { person, greeting } => self.greeting_told(person, greeting),
            MailTold::Deleted(message) => self.mail_deleted(message),
            MailTold::NotDeleted(message) => self.mail_not_deleted(message),
            MailTold::Plays { lane, play, before_ms, heard_ms, all_ms } => {
                self.mail_plays(lane, play, [before_ms, heard_ms, all_ms]);
            }
            MailTold::NotPlayed { lane, play } => self.not_played(lane, play),
        }
        if !self.mail.judged.is_empty() {
            self.mail_owes_an_answer();
        }
    }

    /// Nobody keeps the messages any more: who speaks would speak to nobody, and who hears them can change none.
    fn mail_died(&mut self) {
        (self.mail.dead, self.mail.ready) = (true, false);
        let at_a_box = self.calls.values().filter(|call| matches!(call.phase, Phase::Mail(_)));
        let at_a_box: Vec<CallId> = at_a_box.map(|call| call.id).collect();
        at_a_box.into_iter().for_each(|id| self.sent_from_box(id));
        // What the disk has of it the next start finds; who said it is not to count on that.
        for message in self.mail.judged.keys().copied().collect::<Vec<_>>() {
            self.mail.judged.entry(message).and_modify(|said| said.why = NoMail::Disk);
            self.mail_judged(message, None);
        }
    }

    fn sent_from_box(&mut self, id: CallId) {
        let Some(Phase::Mail(mail)) = self.calls.get(&id).map(|call| &call.phase) else { return };
        let extension = mail.extension().to_owned();
        match mail.stage() {
            Some(Stage::Fetching | Stage::Greeting) => {
                self.tell(CallEvent::MailRefused { call: id, extension, why: NoMail::Disk });
                self.say_and_end(id, FULL);
            }
            Some(Stage::Speaking(_)) => self.message_taken(id, NoMail::Disk),
            // It is judged as the others are.
            Some(Stage::Judged(_)) => (),
            None => self.refuses_mail(id, extension, NoMail::NotRead),
        }
    }

    /// Something was asked of who keeps the messages that is always answered.
    fn mail_owes_an_answer(&mut self) {
        self.mail.answers_by.get_or_insert(self.now + ANSWERS);
    }

    /// Who keeps the messages does not answer, or has died: there is an alarm, and no message is taken.
    pub fn mail_is_silent(&self) -> bool {
        self.mail.silent || self.mail.dead
    }

    pub(crate) fn mail_deadline(&self) -> Option<Time> {
        self.mail.answers_by
    }

    /// Notes where an answer does not come, and after a start the first word.
    pub(crate) fn run_mail_timer(&mut self) {
        if !self.mail.heard_of && !self.mail.silent && self.plan.mail.is_some() {
            self.mail.answers_by.get_or_insert(self.now + READS);
        }
        if self.mail.answers_by.is_some_and(|by| by <= self.now) {
            (self.mail.silent, self.mail.answers_by) = (true, None);
        }
    }

    /// How the box of a telephone is; nothing where it has none, or is not known yet.
    pub fn mailbox(&self, port: PortId) -> Option<MailboxView> {
        let station = self.plan.stations.get(&port).filter(|station| station.mail)?;
        let mail = self.plan.mail.as_ref().filter(|_| self.mail.ready)?;
        let rows = self.mail_of(station.person);
        let count = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        Some(MailboxView {
            messages: count(rows.len()),
            new: count(rows.iter().filter(|row| row.new).count()),
            full: rows.len() >= mail.messages,
            // Who has the PINs fills it in.
            without_pin: false,
        })
    }

    /// Whether who keeps the messages still has to tell what became of one: it belongs to the story of a call.
    pub fn awaits_mail(&self) -> bool {
        // A disk that refuses a deletion may do so for days, and one that hangs as long; the next life goes on with it.
        let deletes = !self.mail.changes.is_empty() && !self.mail.disk_full && !self.mail.stuck;
        !self.mail_is_silent() && (deletes || !self.mail.judged.is_empty())
    }

    /// Whether somebody on a lane waits for this playing: who hears messages may have hung up since it was wanted.
    pub fn awaits_play(&self, lane: LaneId, play: u32) -> bool {
        let call = self.leg_on(lane).and_then(|leg| self.calls.get(&self.legs.get(&leg)?.call));
        call.is_some_and(|call| call.play == play && (hears(&call.phase) || self.awaits_greeting(call.id)))
    }

    /// What a person has, in the boxes of earlier extensions as well: messages go with their person. What somebody had who
    /// is here no more is nobody's, and goes with its days.
    fn mail_of(&self, person: Option<PersonId>) -> Vec<MailRow> {
        let rows = self.mail.rows.values().flatten();
        rows.filter(|row| Some(row.person) == person).copied().collect()
    }

    /// The call at this stage of leaving a message.
    fn is_at(&self, stage: Stage) -> Option<CallId> {
        let is_it = |phase: &Phase| matches!(phase, Phase::Mail(mail) if mail.stage() == Some(stage));
        self.calls.values().find(|call| is_it(&call.phase)).map(|call| call.id)
    }

    /// Nothing more of a message comes.
    fn said_all(&mut self, message: MessageId, why: NoMail) {
        if let Some(id) = self.is_at(Stage::Speaking(message)) {
            self.message_taken(id, why);
        }
    }
}

/// Leaving one.
impl Control {
    /// Whether a telephone has a box that takes no message now, though it is not full: its disk is away, as when it hangs.
    pub(crate) fn box_is_away(&self, id: CallId, port: PortId) -> bool {
        let extension = self.calls.get(&id).and_then(|call| call.plan.box_of(port));
        let refused = extension.and_then(|extension| self.takes_no_message(id, extension));
        matches!(refused, Some(NoMail::Disk | NoMail::NotRead))
    }

    /// A call that does not reach a telephone goes to its box. False where it has none for it.
    pub(crate) fn goes_to_box(&mut self, id: CallId, port: PortId) -> bool {
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.is_over()) else { return false };
        let Some(extension) = call.plan.box_of(port).filter(|_| call.class == CallClass::Normal) else { return false };
        if call.returns.is_some() || !may_reach_a_box(&call.phase) {
            return false;
        }
        let extension = extension.to_owned();
        let refused = self.takes_no_message(id, &extension);
        if let Some(why @ (NoMail::Disk | NoMail::NotRead)) = refused {
            // Then there is none: nobody is answered, and pays, to hear that.
            self.tell(CallEvent::MailRefused { call: id, extension, why });
            return false;
        }
        let Some(call) = self.calls.get_mut(&id) else { return false };
        // Only now: an answer begins the recording, and no message is ever of the vault.
        (call.record, call.phase) = (false, Phase::Flow);
        let (caller, rang) = (call.caller, call.called.take());
        let why = if rang.is_some() { NotTransferred::NoAnswer } else { NotTransferred::Busy };
        if let Some(leg) = rang {
            self.tell_offer_end(id, port, OfferEnd::NoAnswer);
            self.missed_in_house(id, port, Completion::NoReply);
            self.release_leg(leg, Cause::NoAnswer, Side::Box);
        }
        self.record_no_more(id);
        self.answer_caller(id);
        self.tell(CallEvent::MailReached { call: id, extension: extension.clone() });
        if let Some(why) = refused {
            self.tell(CallEvent::MailRefused { call: id, extension, why });
            self.say_and_end(id, FULL);
            return true;
        }
        self.listen(caller, true);
        if let Some(call) = self.calls.get_mut(&id) {
            let (at, since, until) = (Stage::Greeting, self.now, self.now + GREETS);
            call.phase = Phase::Mail(Mail::Leaving(Leaving { extension, why, at, since, until }));
        }
        self.greets(id);
        true
    }

    /// Whether a call that reaches nobody at a telephone can leave a message there.
    pub(crate) fn may_leave_message(&self, id: CallId, port: PortId) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let of_box = call.plan.box_of(port).filter(|_| call.class == CallClass::Normal && call.returns.is_none());
        of_box.is_some_and(|extension| self.takes_no_message(id, extension).is_none())
    }

    /// Why a box takes no message now. One that is being left counts, and one that is not judged yet.
    fn takes_no_message(&self, id: CallId, extension: &str) -> Option<NoMail> {
        let plan = &self.calls.get(&id)?.plan;
        let most = plan.mail.as_ref()?.messages;
        let of_box = |phase: &Phase| match phase {
            Phase::Mail(Mail::Leaving(Leaving { at: Stage::Judged(_), .. })) => false,
            Phase::Mail(Mail::Leaving(leaving)) => leaving.extension == extension,
            _ => false,
        };
        let coming = self.calls.values().filter(|call| of_box(&call.phase)).count();
        let judged = self.mail.judged.values().filter(|said| said.extension == extension).count();
        let there = self.mail_of(plan.person_of(extension)).len();
        match () {
            () if self.mail.disk_full || self.mail_is_silent() => Some(NoMail::Disk),
            () if !self.mail.ready => Some(NoMail::NotRead),
            () if there + coming + judged >= most => Some(NoMail::BoxFull),
            () => None,
        }
    }

    /// The greeting is over, or was cut short.
    fn caller_speaks(&mut self, id: CallId) {
        let (message, now) = (self.issue_message(), self.now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let lasts = call.plan.mail.as_ref().map(|mail| mail.message).unwrap_or_default();
        let caller = call.caller;
        let Phase::Mail(Mail::Leaving(leaving)) = &mut call.phase else { return };
        (leaving.at, leaving.since, leaving.until) = (Stage::Speaking(message), now, now + lasts);
        let extension = leaving.extension.clone();
        // A box is somebody's: the check of the settings sees to it.
        let person = call.plan.person_of(&extension).unwrap_or(PersonId(0));
        let Some(leg) = self.legs.get(&caller) else { return };
        let (lane, number) = (leg.lane, leg.number.clone().filter(|_| !leg.private));
        let tones_ms = if matches!(leg.endpoint, Endpoint::OutsideLine { .. }) { BUSY_TONE_MS } else { 0 };
        let sound_ms = SOUND_MS + tones_ms;
        self.put(Output::Hear { lane, heard: Heard::Silence });
        let kind = MailKind::Message;
        self.put(Output::Mail(MailOrder::Take { message, kind, call: id, extension, person, number, lane, sound_ms }));
    }

    /// The call leaves its box: who keeps the message is to judge what was said.
    pub(crate) fn leave_box(&mut self, id: CallId, mail: &Mail, why: NoMail) {
        match mail {
            Mail::Hearing(hearing) => return self.leave_hearing(id, hearing),
            Mail::Own(own) => return self.leaves_greeting(id, own),
            Mail::Leaving(_) => (),
        }
        let Mail::Leaving(Leaving { extension, at: Stage::Speaking(message), since, .. }) = mail else { return };
        let said_ms = u32::try_from((self.now - *since).as_millis()).unwrap_or(u32::MAX);
        let lane = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)).map(|leg| leg.lane);
        self.mail.judged.insert(*message, Said { call: id, extension: extension.clone(), why });
        self.put(Output::Mail(MailOrder::Done { message: *message, lane, said_ms }));
        self.mail_owes_an_answer();
    }

    /// The caller has finished, or says nothing any more. What became of it is said once it is judged.
    fn message_taken(&mut self, id: CallId, why: NoMail) {
        let until = self.now + ANSWERS;
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Mail(mail) = std::mem::replace(&mut call.phase, Phase::Saying { until }) else { return };
        if let Mail::Leaving(Leaving { extension, why, at: Stage::Speaking(message), .. }) = &mail {
            let (extension, why, at, since) = (extension.clone(), *why, Stage::Judged(*message), self.now);
            call.phase = Phase::Mail(Mail::Leaving(Leaving { extension, why, at, since, until }));
        }
        self.leave_box(id, &mail, why);
    }

    /// What was said is a message of so many milliseconds, or none. Its caller may have hung up long ago.
    fn mail_judged(&mut self, message: MessageId, left_ms: Option<u32>) {
        let Some(Said { call, extension, why }) = self.mail.judged.remove(&message) else { return };
        if let Some(ms) = left_ms {
            self.tell(CallEvent::MailLeft { call, extension: extension.clone(), message, ms });
        }
        if left_ms.is_none() || why == NoMail::Disk {
            self.tell(CallEvent::MailRefused { call, extension, why });
        }
        let Some(id) = self.is_at(Stage::Judged(message)) else { return };
        self.say_and_end(
            id,
            match left_ms {
                _ if why == NoMail::Disk => FULL,
                Some(_) => TAKEN,
                None => NOTHING_SAID,
            },
        );
    }
}

/// Hearing them.
impl Control {
    /// The code was dialled, alone or before an extension.
    pub(crate) fn ask_pin_for_mail(&mut self, id: CallId, of: Option<PortId>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.record = false;
        let here = self.legs.get(&call.caller).and_then(Leg::station);
        let Some(here) = here else { return self.end(id, Cause::FacilityRejected, Side::Box) };
        let port = of.unwrap_or(here);
        let station = call.plan.stations.get(&port);
        let extension = station.map(|station| station.extension.clone()).unwrap_or_default();
        let person = station.and_then(|station| station.person).filter(|_| call.plan.box_of(port).is_some());
        match person {
            Some(person) => self.ask_pin_of(id, extension, person, port != here),
            None => {
                self.tell(CallEvent::MailRefused { call: id, extension, why: NoMail::NoBox });
                self.say_and_end(id, NO_BOX);
            }
        }
    }

    pub(crate) fn refuses_mail(&mut self, id: CallId, extension: String, why: NoMail) {
        self.tell(CallEvent::MailRefused { call: id, extension, why });
        let prompt = match why {
            NoMail::NotRead => NOT_READ,
            NoMail::NoPin => NO_PIN,
            _ => WRONG,
        };
        self.say_and_end(id, prompt);
    }

    /// The PIN was right: new ones first, of each kind the oldest first.
    pub(crate) fn hears_mail(&mut self, id: CallId, extension: String, person: PersonId) {
        if !self.mail.ready {
            return self.refuses_mail(id, extension, NoMail::NotRead);
        }
        let mut messages = self.mail_of(Some(person));
        messages.sort_by_key(|row| (!row.new, row.message));
        let new = messages.iter().filter(|row| row.new).count();
        let here = self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)?.station());
        let here = here.and_then(|port| self.plan.stations.get(&port)).map(|station| station.extension.clone());
        let at = here.unwrap_or_default();
        self.tell(CallEvent::MailOpened { call: id, extension: extension.clone(), at, person });
        let (has_none, until) = (messages.is_empty(), self.now + ANSWERS);
        let hearing = Hearing {
            extension,
            person,
            messages,
            at: 0,
            before: Vec::new(),
            unreadable: false,
            heard_from: None,
            heard_to: None,
            deletes: None,
            until,
        };
        if has_none {
            return self.comes_to_greeting(id, hearing, vec![NONE.to_owned()]);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = Phase::Mail(Mail::Hearing(hearing));
        let mut before = vec![NO_NEW.to_owned()];
        if new > 0 {
            before = spoken_number(new);
            before.insert(0, NEW.to_owned());
        }
        self.play_message(id, before);
    }

    fn hearing(&mut self, id: CallId) -> Option<&mut Hearing> {
        match &mut self.calls.get_mut(&id)?.phase {
            Phase::Mail(Mail::Hearing(hearing)) => Some(hearing),
            _ => None,
        }
    }

    /// Plays the message that has its turn, after these prompts.
    fn play_message(&mut self, id: CallId, before: Vec<String>) {
        let (play, until) = (self.issue_play(), self.now + ANSWERS);
        let Some(hearing) = self.hearing(id) else { return };
        (hearing.heard_from, hearing.heard_to, hearing.unreadable, hearing.until) = (None, None, false, until);
        hearing.before.clone_from(&before);
        let Some(row) = hearing.messages.get(hearing.at).copied() else {
            return self.say_all_and_end(id, before.into_iter().chain([LAST.to_owned()]).collect());
        };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.play = play;
        let Some(lane) = self.legs.get(&call.caller).map(|leg| leg.lane) else { return };
        // Nothing of what was heard before it goes on until it is there.
        self.put(Output::Hear { lane, heard: Heard::Silence });
        let (message, after) = (row.message, vec![KEYS.to_owned()]);
        self.put(Output::Mail(MailOrder::Play { message, lane, play, before, after }));
    }

    /// It was read, and is played now.
    fn mail_plays(&mut self, lane: LaneId, play: u32, [before_ms, heard_ms, all_ms]: [u32; 3]) {
        let (of, now) = (self.leg_on(lane), self.now);
        let Some(id) = of.and_then(|leg| self.legs.get(&leg)).map(|leg| leg.call) else { return };
        if self.calls.get(&id).is_none_or(|call| call.play != play) {
            return;
        }
        if self.awaits_greeting(id) {
            return self.greeting_plays(id);
        }
        let Some(hearing) = self.hearing(id) else { return self.own_plays(id, all_ms) };
        hearing.heard_from = Some(now + Duration::from_millis(before_ms.into()));
        hearing.heard_to = Some(now + Duration::from_millis(heard_ms.into()));
        // Where its end is never told, it is waited for a key all the same.
        hearing.until = now + Duration::from_millis(all_ms.into()) + PATIENCE;
    }

    /// Whether the message that has its turn is heard, or was, or it was said that it can't be: not the words before it.
    fn is_heard(&self, id: CallId) -> bool {
        let Some(Phase::Mail(Mail::Hearing(hearing))) = self.calls.get(&id).map(|call| &call.phase) else {
            return false;
        };
        hearing.heard_from.is_some_and(|from| from <= self.now)
    }

    /// Who hangs up, or ends it, while the keys are said has heard the message.
    fn leave_hearing(&mut self, id: CallId, hearing: &Hearing) {
        let row = hearing.messages.get(hearing.at).filter(|row| row.new);
        if let Some(row) = row.filter(|_| hearing.heard_to.is_some_and(|to| to <= self.now)) {
            self.was_heard(id, hearing.extension.clone(), hearing.person, row.message);
        }
    }

    /// The message that has its turn was heard.
    fn note_heard(&mut self, id: CallId) {
        let Some(hearing) = self.hearing(id) else { return };
        let (extension, person, at) = (hearing.extension.clone(), hearing.person, hearing.at);
        let unreadable = hearing.unreadable;
        let Some(row) = hearing.messages.get_mut(at).filter(|row| row.new && !unreadable) else { return };
        row.new = false;
        let message = row.message;
        self.was_heard(id, extension, person, message);
    }

    fn was_heard(&mut self, id: CallId, extension: String, person: PersonId, message: MessageId) {
        let kept = self.mail.rows.values_mut().flatten().find(|kept| kept.message == message);
        kept.into_iter().for_each(|kept| kept.new = false);
        self.put(Output::Mail(MailOrder::Heard(message)));
        self.tell(CallEvent::MailHeard { call: id, extension, message, person });
    }

    fn delete_message(&mut self, id: CallId) {
        let Some(hearing) = self.hearing(id) else { return };
        let (extension, person, at) = (hearing.extension.clone(), hearing.person, hearing.at);
        if at >= hearing.messages.len() {
            return;
        }
        let message = hearing.messages.remove(at).message;
        let rows = self.mail.rows.values_mut().find(|rows| rows.iter().any(|row| row.message == message));
        let Some(rows) = rows else {
            // Somebody else who hears the same box may have deleted it, or its day has come.
            let later = self.mail.changes.contains_key(&message);
            return self.play_message(id, vec![if later { DELETED_LATER } else { DELETED }.to_owned()]);
        };
        rows.retain(|row| row.message != message);
        self.mail.changes.insert(message, Change { call: id, extension, person, changed: Changed::Message });
        self.put(Output::Mail(MailOrder::Delete(message)));
        self.mail_owes_an_answer();
        self.awaits_deletion(id, message);
    }

    /// Nothing is heard until the disk has deleted it: only then it is said.
    fn awaits_deletion(&mut self, id: CallId, message: MessageId) {
        let (play, until) = (self.issue_play(), self.now + ANSWERS);
        let Some(hearing) = self.hearing(id) else { return };
        (hearing.heard_from, hearing.heard_to, hearing.unreadable) = (None, None, false);
        (hearing.deletes, hearing.until) = (Some(message), until);
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.play = play;
        let Some(lane) = self.legs.get(&call.caller).map(|leg| leg.lane) else { return };
        self.put(Output::Hear { lane, heard: Heard::Silence });
    }

    /// It is deleted on the disk, too: only now it is told.
    fn mail_deleted(&mut self, message: MessageId) {
        match self.mail.changes.remove(&message) {
            Some(change) if change.changed == Changed::Greeting => self.tell_greeting(message, change, false),
            Some(Change { call, extension, person, .. }) => {
                self.tell(CallEvent::MailDeleted { call, extension, message, person });
            }
            None => (),
        }
        self.said_deleted(message, DELETED);
        self.said_standard(message);
    }

    fn mail_not_deleted(&mut self, message: MessageId) {
        self.said_deleted(message, DELETED_LATER);
        if self.mail.changes.get(&message).is_some_and(|change| change.changed == Changed::Greeting) {
            self.greeting_stays(message);
        }
    }

    /// What became of a deletion is said to who waits for it, and the next message is played.
    fn said_deleted(&mut self, message: MessageId, prompt: &str) {
        let waits = |phase: &Phase| matches!(phase, Phase::Mail(Mail::Hearing(of)) if of.deletes == Some(message));
        let Some(id) = self.calls.values().find(|call| waits(&call.phase)).map(|call| call.id) else { return };
        self.hearing(id).into_iter().for_each(|hearing| hearing.deletes = None);
        self.play_message(id, vec![prompt.to_owned()]);
    }

    fn next_message(&mut self, id: CallId) {
        if self.is_heard(id) {
            self.note_heard(id);
        }
        if let Some(hearing) = self.hearing(id) {
            hearing.at += 1;
        }
        self.play_message(id, Vec::new());
    }

    /// A message can't be read: it is said, and its person may delete it or go on to the next one.
    fn not_played(&mut self, lane: LaneId, play: u32) {
        let Some(id) = self.leg_on(lane).and_then(|leg| self.legs.get(&leg)).map(|leg| leg.call) else { return };
        if self.calls.get(&id).is_none_or(|call| call.play != play) {
            return;
        }
        if self.awaits_greeting(id) {
            return self.greets_as_standard(id);
        }
        let until = self.now + SAYS;
        let Some(hearing) = self.hearing(id) else { return self.own_not_played(id) };
        (hearing.unreadable, hearing.until) = (true, until);
        let mut names = std::mem::take(&mut hearing.before);
        names.push(DAMAGED.to_owned());
        self.play(id, names);
    }

    /// It was said that the message can't be read. A key before that is meant for another one.
    fn said_unreadable(&mut self, id: CallId) {
        let now = self.now;
        let Some(hearing) = self.hearing(id) else { return };
        (hearing.heard_from, hearing.until) = (Some(now), now + PATIENCE);
        self.play(id, vec![KEYS.to_owned()]);
    }
}

/// What moves either.
impl Control {
    /// A key of who leaves a message or hears one. True where somebody does.
    pub(crate) fn mail_keyed(&mut self, id: CallId, leg: LegId, key: char) -> bool {
        let Some(call) = self.calls.get(&id).filter(|call| call.caller == leg) else { return false };
        let Phase::Mail(mail) = &call.phase else { return false };
        match (mail, key) {
            (Mail::Leaving(Leaving { at: Stage::Fetching | Stage::Greeting, .. }), '#') => self.caller_speaks(id),
            (Mail::Leaving(Leaving { at: Stage::Speaking(_), .. }), '#') => self.message_taken(id, NoMail::NothingSaid),
            (Mail::Own(_), key) => self.own_keyed(id, key),
            (Mail::Hearing(Hearing { deletes: Some(_), .. }), '0'..='3') => (),
            (Mail::Hearing(_), '0') => self.wants_greeting(id),
            (Mail::Hearing(_), '1') => self.play_message(id, Vec::new()),
            (Mail::Hearing(_), '2') => self.next_message(id),
            // Pressed twice, it would delete the next one before anybody has heard it.
            (Mail::Hearing(_), '3') if self.is_heard(id) => self.delete_message(id),
            (Mail::Hearing(hearing), '#') => {
                if hearing.heard_to.is_some_and(|to| to <= self.now) {
                    self.note_heard(id);
                }
                self.say_and_end(id, END);
            }
            _ => (),
        }
        true
    }

    /// What was played to who leaves or hears a message is over. True where somebody does.
    pub(crate) fn mail_played(&mut self, id: CallId) -> bool {
        let now = self.now;
        match self.calls.get_mut(&id).map(|call| &mut call.phase) {
            Some(Phase::Mail(Mail::Leaving(Leaving { at: Stage::Greeting, .. }))) => self.caller_speaks(id),
            Some(Phase::Mail(Mail::Leaving(_))) => (),
            Some(Phase::Mail(Mail::Own(_))) => self.own_played(id),
            Some(Phase::Mail(Mail::Hearing(Hearing { deletes: Some(_), .. }))) => (),
            Some(Phase::Mail(Mail::Hearing(hearing))) if hearing.unreadable && hearing.heard_from.is_none() => {
                self.said_unreadable(id);
            }
            Some(Phase::Mail(Mail::Hearing(hearing))) => {
                hearing.until = now + PATIENCE;
                hearing.heard_from = hearing.heard_from.map(|from| from.min(now));
                self.note_heard(id);
            }
            _ => return false,
        }
        true
    }

    /// It lasts too long.
    pub(crate) fn mail_timer(&mut self, id: CallId) {
        match self.calls.get(&id).map(|call| &call.phase) {
            Some(Phase::Mail(Mail::Leaving(Leaving { at: Stage::Greeting, .. }))) => self.caller_speaks(id),
            Some(Phase::Mail(Mail::Leaving(Leaving { at: Stage::Speaking(_), .. }))) => {
                self.message_taken(id, NoMail::NothingSaid);
            }
            // The disk hangs, which is noted where it goes on.
            Some(Phase::Mail(Mail::Leaving(Leaving { at: Stage::Fetching, .. }))) => self.greets_as_standard(id),
            Some(Phase::Mail(Mail::Own(_))) => self.own_timer(id),
            // The disk hangs: nobody knows yet whether it is kept, so nothing is said of it.
            Some(Phase::Mail(mail)) => {
                self.mail.silent |= mail.awaits_an_answer();
                self.say_and_end(id, END);
            }
            _ => (),
        }
    }
}

/// Whether a call is one whose caller waits for a telephone: who is rung for his own call back reaches nobody's box.
fn may_reach_a_box(phase: &Phase) -> bool {
    matches!(phase, Phase::Ringing { .. } | Phase::Flow | Phase::Dialling { .. })
}

/// Whether somebody hears messages, or the own greeting.
fn hears(phase: &Phase) -> bool {
    matches!(phase, Phase::Mail(mail) if mail.is_hearing())
}

/// A number as prompts.
pub fn spoken_number(number: usize) -> Vec<String> {
    let of = |number: usize| format!("number_{number}");
    if number > SPOKEN_MAX { vec!["more_than".to_owned(), of(SPOKEN_MAX)] } else { vec![of(number)] }
}
