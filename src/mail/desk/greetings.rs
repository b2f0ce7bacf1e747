//! Greetings of people's own, as files beside the messages: sealed as they are, and found by their names.
//!
//! What is being recorded, and is not kept yet, is `mail/ID.draft`; a start lets it go. Kept it is `mail/ID.greeting`, which is
//! one change of a name, and only then the one before it goes: `mail/ID.spent`, zeros over its key, and no file. Where a death
//! leaves two of a person, the newer one holds. None goes by its days; one goes with its person.

use std::{collections::BTreeSet, io};

use call::{MailKind, MailTold, OwnGreeting};
use frame::{MessageId, OCTETS_PER_TICK, PersonId, Stamp, Time, Utc};

use super::{Kept, MailDesk, Read, State, Told, Wants, Why, finish};
use crate::mail::taking::{Taking, is_loud};

/// What was recorded ends with as much silence as its person left, ten seconds where that was its end: so much of it stays.
const SILENT_OCTETS: usize = 25 * OCTETS_PER_TICK;

/// Who ends it with a key says so much of that key's tone until it is known for one: 50 ms, and the way of it to whoever ends
/// the recording. Callers are to hear none of it, so the end of each waits for so long.
pub(super) const KEY_TONE_OCTETS: usize = 8 * OCTETS_PER_TICK;

impl MailDesk {
    /// What was said for a greeting is all there. It is judged, and made durable, before its person hears it.
    pub(super) fn recorded(&mut self, now: Stamp, message: MessageId, mut taking: Taking) {
        if !taking.is_message() || taking.broken {
            return self.is_no_greeting(now, message, &taking);
        }
        let said_octets = taking.waiting.len().saturating_sub(KEY_TONE_OCTETS);
        taking.waiting.truncate(said_octets);
        if let Err(error) = finish(&mut *self.store, &mut taking) {
            self.refused(now.time, &error);
            self.told.push_back(Told::Control(MailTold::Broken(message)));
            return self.is_no_greeting(now, message, &taking);
        }
        self.kept.insert(message, Kept::of(&taking, now.time, Wants::Draft));
        self.told.push_back(Told::Control(MailTold::Recorded(message)));
    }

    fn is_no_greeting(&mut self, now: Stamp, message: MessageId, taking: &Taking) {
        self.drops(now, message, taking);
        self.told.push_back(Told::Control(MailTold::Nothing(message)));
    }

    /// Its person wants it to be heard. What can't be kept is thrown away, and the one before stays.
    pub(super) fn keep(&mut self, now: Stamp, message: MessageId) {
        let done = match self.kept.get_mut(&message).filter(|kept| kept.wants == Wants::Draft) {
            Some(kept) => {
                kept.wants = Wants::Greeting;
                self.become_wanted(message)
            }
            None => Err(io::ErrorKind::NotFound.into()),
        };
        let person = self.kept.get(&message).map(|kept| kept.person);
        let (Ok(()), Some(person)) = (&done, person) else {
            self.goes(message);
            self.note(now, done);
            return self.told.push_back(Told::Control(MailTold::NotKept(message)));
        };
        self.tell_greeting(person);
        self.told.push_back(Told::Control(MailTold::Kept(message)));
        self.settle_greetings(now.time);
    }

    /// What is being recorded, or was, is not kept.
    pub(super) fn drop_draft(&mut self, now: Stamp, message: MessageId) {
        if let Some(taking) = self.taking.remove(&message) {
            return self.drops(now, message, &taking);
        }
        if self.kept.get(&message).is_some_and(|kept| kept.wants == Wants::Draft) {
            self.goes(message);
            let done = self.become_wanted(message);
            self.note(now, done);
        }
    }

    fn goes(&mut self, message: MessageId) {
        self.kept.get_mut(&message).into_iter().for_each(|kept| kept.wants = Wants::Gone(Why::Replaced));
    }

    /// Which greeting is a person's: the newest, where a death has left two.
    fn greeting_of(&self, person: PersonId) -> Option<MessageId> {
        let of_person = |kept: &Kept| kept.person == person && kept.wants == Wants::Greeting;
        self.kept.iter().rev().find(|(_, kept)| of_person(kept)).map(|(message, _)| *message)
    }

    pub(super) fn tell_greeting(&mut self, person: PersonId) {
        let since = |message: &MessageId| self.kept.get(message).map_or(0, |kept| kept.at_us);
        let greeting = self.greeting_of(person);
        let greeting = greeting.map(|message| OwnGreeting { message, since: Utc::from_us(since(&message)) });
        self.told.push_back(Told::Control(MailTold::Greeting { person, greeting }));
    }

    /// Tells of all that there are, at a start.
    pub(super) fn tell_greetings(&mut self) {
        let greetings = self.kept.values().filter(|kept| kept.wants == Wants::Greeting);
        let people: BTreeSet<PersonId> = greetings.map(|kept| kept.person).collect();
        people.into_iter().for_each(|person| self.tell_greeting(person));
    }

    /// Lets go what is no greeting any more: one before the newest, and those of people who are no more.
    pub(super) fn settle_greetings(&mut self, now: Time) {
        let holds = |message: &MessageId, kept: &Kept| {
            let is_there = self.people.as_ref().is_none_or(|people| people.contains(&kept.person));
            is_there && self.greeting_of(kept.person) == Some(*message)
        };
        let greetings = self.kept.iter().filter(|(_, kept)| kept.wants == Wants::Greeting);
        let past: Vec<(MessageId, PersonId)> = greetings
            .filter(|(message, kept)| !holds(message, kept))
            .map(|(message, kept)| (*message, kept.person))
            .collect();
        for (message, person) in past {
            self.goes(message);
            if let Err(error) = self.become_wanted(message) {
                self.refused(now, &error);
            }
            self.tell_greeting(person);
        }
    }

    /// What callers hear of a greeting; nothing where it is damaged anywhere, which is told as of a message: half of one is
    /// none.
    pub(super) fn as_heard(&mut self, message: MessageId, mut read: Read) -> Option<Read> {
        if !read.whole || !read.header.greeting {
            self.is_damaged(message);
            return None;
        }
        let is_sound = |octets: &[u8]| is_loud(read.law, octets);
        let quiet = read.octets.rchunks(OCTETS_PER_TICK).take_while(|octets| !is_sound(octets)).map(<[u8]>::len).sum();
        let said = read.octets.len().saturating_sub(quiet);
        let octets = (said + SILENT_OCTETS).min(read.octets.len());
        read.octets.truncate(octets);
        Some(read)
    }

    /// It is told once, as the log may have it from an earlier life.
    pub(super) fn is_damaged(&mut self, message: MessageId) {
        if self.damaged.insert(message) {
            self.asks.get_or_insert(Time::ZERO);
        }
    }

    /// Whether a message that can't be read, or its file, is a greeting.
    pub(super) fn kind_of(&self, message: MessageId) -> MailKind {
        let unread = self.unread.get(&message).map(|unread| unread.state.kind());
        unread.or(self.kept.get(&message).map(|kept| kept.kind)).unwrap_or(MailKind::Message)
    }
}

impl State {
    /// What a file of this name is.
    pub(super) const fn kind(self) -> MailKind {
        match self {
            State::Draft | State::Greeting | State::Spent => MailKind::Greeting,
            State::Part | State::New | State::Heard | State::Gone | State::Old => MailKind::Message,
        }
    }
}
