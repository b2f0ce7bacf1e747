//! The greeting of one's own: its person records it at the telephone, behind the PIN, and callers hear it in place of the
//! standard one.
//!
//! What was recorded is played back, and is the greeting only once its person keeps it and the disk has it: until then the
//! one before is heard, and whoever hangs up has changed nothing. Where the disk does not give it at once, or no more, callers
//! hear the standard one.
//! Not here: the recordings themselves, which belong to who keeps the messages.

use std::time::Duration;

use frame::{CallId, LaneId, MessageId, PersonId, Time, Utc};

use super::{
    ANSWERS, Change, Changed, END, GREETING, GREETS, Hearing, Leaving, Mail, MailKind, MailOrder, OwnGreeting,
    PATIENCE, SAYS, SOUND_MS, Stage, TONE,
};
use crate::{
    CallEvent,
    control::{Control, Phase},
    message::{Heard, Output},
};

const MENU: &str = "mail_greeting_menu";
const RECORD: &str = "mail_greeting_record";
const CHECK: &str = "mail_greeting_check";
const KEPT: &str = "mail_greeting_kept";
const STANDARD: &str = "mail_greeting_standard";
const NOT_NOW: &str = "mail_greeting_not_now";

/// How long one is at most: callers wait for its end.
const LASTS: Duration = Duration::from_secs(30);

/// How long a caller waits for a greeting that the disk does not give; then it is the standard one.
const GIVEN_WITHIN: Duration = Duration::from_secs(2);

/// A person who sees to the own greeting.
#[derive(Debug)]
pub(crate) struct Own {
    /// Whose, and the messages to which it goes back.
    hearing: Hearing,
    at: At,
    /// Since when that is so.
    since: Time,
    until: Time,
    /// It waits for who keeps the messages, and not for a person.
    waits: bool,
}

/// How far that person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The keys are said, and waited for; before them what callers hear, where that was wanted.
    Menu,
    /// The words before the tone.
    Prompted,
    Speaking(MessageId),
    /// What was said is being judged.
    Judged(MessageId),
    /// It is played back, and was not kept yet.
    Checked(MessageId),
    /// The disk is to have it: until then nothing is said, and no key does anything.
    Keeping(MessageId),
    /// The disk is to lose the one there is.
    Deleting(MessageId),
}

impl Own {
    pub(super) fn until(&self) -> Time {
        self.until
    }

    pub(super) fn extension(&self) -> &str {
        &self.hearing.extension
    }

    pub(super) fn awaits_an_answer(&self) -> bool {
        self.waits
    }

    /// What was recorded and is not kept.
    fn draft(&self) -> Option<MessageId> {
        match self.at {
            At::Speaking(message) | At::Judged(message) | At::Checked(message) => Some(message),
            At::Menu | At::Prompted | At::Keeping(_) | At::Deleting(_) => None,
        }
    }
}

/// What callers hear.
impl Control {
    /// Who keeps the messages tells which greeting is a person's own, or that it is the standard one.
    pub(super) fn greeting_told(&mut self, person: PersonId, greeting: Option<OwnGreeting>) {
        match greeting {
            Some(greeting) => _ = self.mail.greetings.insert(person, greeting),
            None => _ = self.mail.greetings.remove(&person),
        }
    }

    fn greeting_of(&self, person: PersonId) -> Option<MessageId> {
        self.mail.greetings.get(&person).map(|greeting| greeting.message)
    }

    /// Who has a greeting of their own, and since when.
    pub fn own_greetings(&self) -> impl Iterator<Item = (PersonId, Utc)> {
        self.mail.greetings.iter().map(|(person, greeting)| (*person, greeting.since))
    }

    /// Somebody who manages people has a greeting deleted. False where the person has none. The log of the calls has nothing of
    /// it, as no call is about it.
    pub fn reset_greeting(&mut self, person: PersonId) -> bool {
        let greeting = self.greeting_of(person);
        greeting.into_iter().for_each(|greeting| self.put(Output::Mail(MailOrder::Delete(greeting))));
        greeting.is_some()
    }

    /// Greets who has reached a box.
    pub(super) fn greets(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let Phase::Mail(Mail::Leaving(Leaving { extension, .. })) = &call.phase else { return };
        let own = call.plan.person_of(extension).and_then(|person| self.greeting_of(person));
        let Some(greeting) = own else { return self.greets_as_standard(id) };
        let until = self.now + GIVEN_WITHIN;
        self.leaving_at(id, Stage::Fetching, until);
        self.plays_greeting(id, greeting, vec![TONE.to_owned()]);
        self.mail_owes_an_answer();
    }

    pub(super) fn greets_as_standard(&mut self, id: CallId) {
        let until = self.now + GREETS;
        self.leaving_at(id, Stage::Greeting, until);
        self.play(id, vec![GREETING.to_owned(), TONE.to_owned()]);
    }

    /// Whether a caller waits for the own greeting of whom it wants.
    pub(super) fn awaits_greeting(&self, id: CallId) -> bool {
        let phase = self.calls.get(&id).map(|call| &call.phase);
        matches!(phase, Some(Phase::Mail(Mail::Leaving(Leaving { at: Stage::Fetching, .. }))))
    }

    /// The own greeting is about to be heard.
    pub(super) fn greeting_plays(&mut self, id: CallId) {
        let until = self.now + GREETS;
        self.leaving_at(id, Stage::Greeting, until);
    }

    fn leaving_at(&mut self, id: CallId, stage: Stage, by: Time) {
        if let Some(Phase::Mail(Mail::Leaving(leaving))) = self.calls.get_mut(&id).map(|call| &mut call.phase) {
            (leaving.at, leaving.until) = (stage, by);
        }
    }

    /// Has a greeting played to the caller, when the disk has given it.
    fn plays_greeting(&mut self, id: CallId, greeting: MessageId, after: Vec<String>) {
        let play = self.issue_play();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.play = play;
        let Some(lane) = self.legs.get(&call.caller).map(|leg| leg.lane) else { return };
        self.put(Output::Hear { lane, heard: Heard::Silence });
        self.put(Output::Mail(MailOrder::Play { message: greeting, lane, play, before: Vec::new(), after }));
    }
}

/// What its person does with it.
impl Control {
    /// Who hears messages, or has none, comes to the greeting, after these prompts.
    pub(super) fn comes_to_greeting(&mut self, id: CallId, hearing: Hearing, before: Vec<String>) {
        let (since, until) = (self.now, self.now + SAYS);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let own = Own { hearing, at: At::Menu, since, until, waits: false };
        call.phase = Phase::Mail(Mail::Own(Box::new(own)));
        self.says_menu(id, before);
    }

    /// `0` while messages are heard. The one that has its turn is played again when who does it comes back.
    pub(super) fn wants_greeting(&mut self, id: CallId) {
        let now = self.now;
        if self.hearing(id).is_some_and(|hearing| hearing.heard_to.is_some_and(|to| to <= now)) {
            self.note_heard(id);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let until = self.now + SAYS;
        match std::mem::replace(&mut call.phase, Phase::Saying { until }) {
            Phase::Mail(Mail::Hearing(hearing)) => self.comes_to_greeting(id, hearing, Vec::new()),
            other => call.phase = other,
        }
    }

    fn own(&mut self, id: CallId) -> Option<&mut Own> {
        match &mut self.calls.get_mut(&id)?.phase {
            Phase::Mail(Mail::Own(own)) => Some(own),
            _ => None,
        }
    }

    fn own_is(&mut self, id: CallId, at: At, until: Time) {
        let now = self.now;
        if let Some(own) = self.own(id) {
            let waits = matches!(at, At::Judged(_) | At::Keeping(_) | At::Deleting(_));
            (own.at, own.since, own.until, own.waits) = (at, now, until, waits);
        }
    }

    /// The call whose person is so far.
    fn who_is(&self, at: At) -> Option<CallId> {
        let is_it = |phase: &Phase| matches!(phase, Phase::Mail(Mail::Own(own)) if own.at == at);
        self.calls.values().find(|call| is_it(&call.phase)).map(|call| call.id)
    }

    fn says_menu(&mut self, id: CallId, mut before: Vec<String>) {
        let until = self.now + SAYS;
        self.own_is(id, At::Menu, until);
        before.push(MENU.to_owned());
        self.play(id, before);
    }

    pub(super) fn own_keyed(&mut self, id: CallId, key: char) {
        let Some(at) = self.own(id).map(|own| own.at) else { return };
        match (at, key) {
            (At::Menu, '1') => self.hears_own(id),
            (At::Menu, '2') => self.is_to_speak(id),
            (At::Menu, '3') => self.wants_standard(id),
            (At::Menu, '#') => self.back_to_messages(id),
            (At::Prompted, '#') => self.play(id, vec![TONE.to_owned()]),
            (At::Speaking(_), '#') => self.has_spoken(id),
            (At::Checked(message), '1') => self.keeps(id, message),
            (At::Checked(_), '2') => {
                self.drops_draft(id);
                self.is_to_speak(id);
            }
            (At::Checked(_), '#') => {
                self.drops_draft(id);
                self.says_menu(id, Vec::new());
            }
            _ => (),
        }
    }

    /// What was played to it is over.
    pub(super) fn own_played(&mut self, id: CallId) {
        let until = self.now + PATIENCE;
        match self.own(id) {
            Some(own) if own.at == At::Prompted => self.speaks(id),
            Some(own) if matches!(own.at, At::Menu | At::Checked(_)) && !own.waits => own.until = until,
            _ => (),
        }
    }

    /// It lasts too long.
    pub(super) fn own_timer(&mut self, id: CallId) {
        let Some((at, waits)) = self.own(id).map(|own| (own.at, own.waits)) else { return };
        match at {
            At::Prompted => self.speaks(id),
            At::Speaking(_) => self.has_spoken(id),
            _ => {
                // The disk hangs: nobody knows what becomes of it, so nothing is said of it.
                self.mail.silent |= waits;
                self.drops_draft(id);
                self.say_and_end(id, END);
            }
        }
    }

    /// What callers hear is played, and the keys are said again.
    fn hears_own(&mut self, id: CallId) {
        let until = self.now + ANSWERS;
        let Some(person) = self.own(id).map(|own| own.hearing.person) else { return };
        let Some(greeting) = self.greeting_of(person) else {
            return self.says_menu(id, vec![GREETING.to_owned()]);
        };
        self.own_is(id, At::Menu, until);
        self.own(id).into_iter().for_each(|own| own.waits = true);
        self.plays_greeting(id, greeting, vec![MENU.to_owned()]);
    }

    /// It was read, and is played now.
    pub(super) fn own_plays(&mut self, id: CallId, all_ms: u32) {
        // Where its end is never told, it is waited for a key all the same.
        let until = self.now + Duration::from_millis(all_ms.into()) + PATIENCE;
        self.own(id).into_iter().for_each(|own| (own.until, own.waits) = (until, false));
    }

    /// It can't be read: callers hear the standard one, so that is what they hear.
    pub(super) fn own_not_played(&mut self, id: CallId) {
        match self.own(id).and_then(|own| own.draft()) {
            Some(_) => {
                self.drops_draft(id);
                self.says_menu(id, vec![NOT_NOW.to_owned()]);
            }
            None => self.says_menu(id, vec![GREETING.to_owned()]),
        }
    }

    fn is_to_speak(&mut self, id: CallId) {
        if self.mail.disk_full || self.mail_is_silent() {
            return self.says_menu(id, vec![NOT_NOW.to_owned()]);
        }
        let until = self.now + SAYS;
        self.own_is(id, At::Prompted, until);
        self.play(id, vec![RECORD.to_owned(), TONE.to_owned()]);
    }

    /// The tone is over.
    fn speaks(&mut self, id: CallId) {
        let (message, until) = (self.issue_message(), self.now + LASTS);
        self.own_is(id, At::Speaking(message), until);
        let Some(own) = self.own(id) else { return };
        let (extension, person) = (own.hearing.extension.clone(), own.hearing.person);
        let Some(lane) = self.lane_of_caller(id) else { return };
        self.put(Output::Hear { lane, heard: Heard::Silence });
        let (kind, sound_ms) = (MailKind::Greeting, SOUND_MS);
        let take = MailOrder::Take { message, kind, call: id, extension, person, number: None, lane, sound_ms };
        self.put(Output::Mail(take));
    }

    fn lane_of_caller(&self, id: CallId) -> Option<LaneId> {
        self.calls.get(&id).and_then(|call| self.legs.get(&call.caller)).map(|leg| leg.lane)
    }

    /// It is played back once it is known to be more than a word.
    fn has_spoken(&mut self, id: CallId) {
        let (now, until, lane) = (self.now, self.now + ANSWERS, self.lane_of_caller(id));
        let Some((At::Speaking(message), since)) = self.own(id).map(|own| (own.at, own.since)) else { return };
        let said_ms = u32::try_from((now - since).as_millis()).unwrap_or(u32::MAX);
        self.own_is(id, At::Judged(message), until);
        self.put(Output::Mail(MailOrder::Done { message, lane, said_ms }));
        self.mail_owes_an_answer();
    }

    /// Nothing more comes of it.
    pub(super) fn own_silent(&mut self, message: MessageId) {
        self.who_is(At::Speaking(message)).into_iter().for_each(|id| self.has_spoken(id));
    }

    /// The disk takes no more of it.
    pub(super) fn own_broken(&mut self, message: MessageId) {
        let id = self.who_is(At::Speaking(message)).or(self.who_is(At::Judged(message)));
        let Some(id) = id else { return };
        self.drops_draft(id);
        self.says_menu(id, vec![NOT_NOW.to_owned()]);
    }

    /// What was said is enough for a greeting.
    pub(super) fn own_recorded(&mut self, message: MessageId) {
        let until = self.now + ANSWERS;
        let Some(id) = self.who_is(At::Judged(message)) else { return };
        self.own_is(id, At::Checked(message), until);
        self.own(id).into_iter().for_each(|own| own.waits = true);
        self.plays_greeting(id, message, vec![CHECK.to_owned()]);
    }

    /// It is not. False where it was to be a message.
    pub(super) fn own_is_nothing(&mut self, message: MessageId) -> bool {
        let id = self.who_is(At::Judged(message));
        id.into_iter().for_each(|id| self.says_menu(id, Vec::new()));
        id.is_some()
    }

    /// What was recorded and is not kept goes; the greeting before it stays.
    pub(super) fn drops_draft(&mut self, id: CallId) {
        let lane = self.lane_of_caller(id);
        if let Some(message) = self.own(id).and_then(|own| own.draft()) {
            self.put(Output::Mail(MailOrder::Drop { message, lane }));
        }
    }

    /// The call leaves it: what is not kept is thrown away.
    pub(super) fn leaves_greeting(&mut self, id: CallId, own: &Own) {
        let lane = self.lane_of_caller(id);
        if let Some(message) = own.draft() {
            self.put(Output::Mail(MailOrder::Drop { message, lane }));
        }
    }

    fn keeps(&mut self, id: CallId, message: MessageId) {
        self.awaits_change(id, At::Keeping(message), message, Changed::Greeting);
        self.put(Output::Mail(MailOrder::Keep(message)));
    }

    fn wants_standard(&mut self, id: CallId) {
        let Some(person) = self.own(id).map(|own| own.hearing.person) else { return };
        let Some(greeting) = self.greeting_of(person) else {
            return self.says_menu(id, vec![STANDARD.to_owned()]);
        };
        self.awaits_change(id, At::Deleting(greeting), greeting, Changed::Greeting);
        self.put(Output::Mail(MailOrder::Delete(greeting)));
    }

    /// Nothing is heard until the disk has it: only then it is said, and told.
    fn awaits_change(&mut self, id: CallId, at: At, message: MessageId, changed: Changed) {
        let (play, until) = (self.issue_play(), self.now + ANSWERS);
        self.own_is(id, at, until);
        let Some(own) = self.own(id) else { return };
        let (extension, person) = (own.hearing.extension.clone(), own.hearing.person);
        self.mail.changes.insert(message, Change { call: id, extension, person, changed });
        self.calls.get_mut(&id).into_iter().for_each(|call| call.play = play);
        if let Some(lane) = self.lane_of_caller(id) {
            self.put(Output::Hear { lane, heard: Heard::Silence });
        }
        self.mail_owes_an_answer();
    }

    /// What was recorded is the greeting on the disk, too.
    pub(super) fn greeting_kept(&mut self, message: MessageId) {
        let change = self.mail.changes.remove(&message);
        change.into_iter().for_each(|change| self.tell_greeting(message, change, true));
        let id = self.who_is(At::Keeping(message));
        id.into_iter().for_each(|id| self.says_menu(id, vec![KEPT.to_owned()]));
    }

    /// The disk does not change it: the one before stays.
    pub(super) fn greeting_stays(&mut self, message: MessageId) {
        self.mail.changes.remove(&message);
        let id = self.who_is(At::Keeping(message)).or(self.who_is(At::Deleting(message)));
        id.into_iter().for_each(|id| self.says_menu(id, vec![NOT_NOW.to_owned()]));
    }

    /// The disk has no greeting of one's own any more.
    pub(super) fn said_standard(&mut self, message: MessageId) {
        let id = self.who_is(At::Deleting(message));
        id.into_iter().for_each(|id| self.says_menu(id, vec![STANDARD.to_owned()]));
    }

    pub(super) fn tell_greeting(&mut self, message: MessageId, change: Change, own: bool) {
        let Change { call, extension, person, .. } = change;
        self.tell(CallEvent::MailGreeting { call, extension, message, person, own });
    }

    fn back_to_messages(&mut self, id: CallId) {
        let until = self.now + SAYS;
        let Some(call) = self.calls.get_mut(&id) else { return };
        match std::mem::replace(&mut call.phase, Phase::Saying { until }) {
            Phase::Mail(Mail::Own(own)) if own.hearing.messages.is_empty() => self.say_and_end(id, END),
            Phase::Mail(Mail::Own(own)) => {
                call.phase = Phase::Mail(Mail::Hearing(own.hearing));
                self.play_message(id, Vec::new());
            }
            other => call.phase = other,
        }
    }
}
