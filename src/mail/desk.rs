//! Who keeps the messages: one file each, sealed under keys of its own, known by an id that no other message gets.
//!
//! A message that is being left is `mail/ID.part`; a second of it is durable a second after it was said. Whole, it is
//! `mail/ID.new`, and once it was heard `mail/ID.heard`: a name is changed in one step or not at all. Deleting writes zeros
//! over its key, so that what a disk still has of it opens no more; what a person deletes is `mail/ID.gone` before, and what has
//! reached its day `mail/ID.old`, so that a restart remembers it where the zeros are refused. The file itself goes once the log
//! of events has that: a life that dies between the change of a file and the log is made good by the next one, which asks the
//! log what it has of each message. A message that was being left when the box died is kept as far as
//! it is there. What can't be read has the day on which that was found behind its name, as `mail/ID.new.20784`, is read again
//! every hour, and goes when it has stood there for its days.
//! Greetings of people's own are beside them (`greetings`).

mod greetings;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt, io,
    time::Duration,
};

use call::{MailKind, MailOrder, MailRow, MailTold};
use frame::{CallId, LaneId, Law, MessageId, PersonId, Stamp, Time};
use vault::{Random, Secret};
use zeroize::{Zeroize as _, Zeroizing};

use super::{
    format::{self, BEGINNING_OCTETS, Damaged, Header, KEY_AT, KEY_OCTETS, Piece, Read},
    taking::{PIECE_OCTETS, Taking, loud_ticks},
};
use crate::{
    media::Copied,
    recorder::{Store, read_all, replace},
};

/// Where the box's key is, and its messages.
const KEY: &str = "keys/mail";
const FOLDER: &str = "mail";

/// Something that the key of the messages opens beside them. It lies with them and not with the key, so that another box's
/// keys do not bring theirs along.
const CHECK: &str = "mail/check";

/// How often old messages are looked for, and how often a disk that refuses is tried again.
const LOOK: Duration = Duration::from_secs(3600);
const RETRY: Duration = Duration::from_secs(10);

/// A clock that is before 2026 was not set yet: what was left by it is as old as the first moment known.
const CLOCK_SET_US: i64 = 1_767_225_600_000_000;

/// So much of the disk is for the vault and the log of events: no message is begun below it. A disk has room again once it
/// has twice of it, so that the alarm does not come and go.
const FREE_OCTETS: u64 = 256 << 20;

/// What a full disk must take again before it counts as one with room.
const PROBE: &str = "mail/probe";
const PROBE_OCTETS: usize = 64 << 10;

const DAY_US: i64 = 86_400_000_000;

/// What the log of events has of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Which.
    pub message: MessageId,
    /// Whose box it is in; nothing where the log does not know.
    pub extension: Option<String>,
    /// That it was left.
    pub left: bool,
    /// That it is gone.
    pub gone: bool,
    /// That it can't be read.
    pub damaged: bool,
}

/// What the desk is told.
#[derive(Clone, Debug)]
pub enum Order {
    /// What it asked of the log, each message once.
    Logged(Vec<Logged>),
    /// Call control's.
    Of(MailOrder),
    /// After so many days a message goes.
    Days(u16),
    /// Who is in the settings. The greeting of who is not goes.
    People(BTreeSet<PersonId>),
    /// At this moment the wall clock was known to be right. Until that is told, no message is too old but by what this life
    /// has seen of it.
    Right(Stamp),
}

/// A message that is to be played.
#[derive(Clone)]
pub struct Message {
    /// What it is.
    pub kind: MailKind,
    /// To whom.
    pub lane: LaneId,
    /// As which playing.
    pub play: u32,
    /// Prompts before it.
    pub before: Vec<String>,
    /// And after it.
    pub after: Vec<String>,
    /// How it is coded.
    pub law: Law,
    /// What was said.
    pub octets: Zeroizing<Vec<u8>>,
    /// It is all that was said; else its file is damaged, or ends before the message did.
    pub whole: bool,
    /// From whom, where that is known.
    pub number: Option<String>,
    /// How long ago it was left, in seconds.
    pub age_s: u64,
}

/// Neither voice nor number: what is told is written into logs.
impl fmt::Debug for Message {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Message { lane, play, octets, age_s, .. } = self;
        let octets = octets.len();
        write!(to, "Message {{ lane: {lane:?}, play: {play}, octets: {octets}, age_s: {age_s} }}")
    }
}

/// What the desk tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// Something for call control.
    Control(MailTold),
    /// A message to be played.
    Play(Message),
    /// What the log has of these is to be told by [`Order::Logged`], once all that was told before is in it.
    Asks(Vec<MessageId>),
    /// A message was left in an earlier life, which died before the log had it, and is kept as far as it was said.
    Recovered {
        /// In which call.
        call: CallId,
        /// For whom.
        extension: String,
        /// Which.
        message: MessageId,
        /// How long it is, in milliseconds.
        ms: u32,
    },
    /// What a person deleted in an earlier life is gone now: the disk had refused it, or there was no time.
    DeletedLate {
        /// Whose.
        extension: String,
        /// Which.
        message: MessageId,
    },
    /// The file of a message can't be read: nobody hears it, or deletes it.
    Damaged {
        /// Whose; nothing where the log does not know.
        extension: String,
        /// Which.
        message: MessageId,
        /// What it is.
        kind: MailKind,
    },
    /// A message has reached its day.
    Expired {
        /// Whose.
        extension: String,
        /// Which.
        message: MessageId,
    },
    /// Messages lose some of what is said before it gets here, or no longer do.
    Late {
        /// Whether they do.
        late: bool,
    },
    /// A message is not what it is to be, though the disk takes others; or all are again.
    Stuck {
        /// Whether one is not.
        stuck: bool,
    },
    /// Some of a message was lost before it got here.
    Behind {
        /// In which call.
        call: CallId,
        /// Whose box.
        extension: String,
        /// Which.
        message: MessageId,
        /// How much, in milliseconds.
        ms: u32,
    },
}

/// Why there is no voicemail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The disk refuses.
    #[error("mail: {0}")]
    Disk(#[from] io::Error),
    /// The key is no key, opens no message, or is missing where messages are. To make another would close every message for
    /// ever.
    #[error("keys/mail is damaged, missing, or not the one of the messages")]
    Key,
}

/// A message that is kept.
#[derive(Clone, Debug)]
struct Kept {
    kind: MailKind,
    extension: String,
    person: PersonId,
    at_us: i64,
    /// Since when this life has it. So old it is whatever a wall clock says.
    since: Option<Time>,
    /// It was left in this life: it is no older than that.
    is_young: bool,
    /// What its name says.
    state: State,
    /// What it is to be, and is not yet where the disk refused.
    wants: Wants,
}

/// What a message is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wants {
    New,
    Heard,
    /// Its person has not kept it yet.
    Draft,
    Greeting,
    Gone(Why),
}

/// Why a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// It never was one.
    Nothing,
    Person,
    /// In an earlier life.
    PersonBefore,
    Days,
    /// It is no greeting any more, or never was one.
    Replaced,
}

/// A message of an earlier life, of which the log may not know that it was left.
#[derive(Clone, Debug)]
struct Unlogged {
    call: CallId,
    extension: String,
    /// How long it is, where that was read.
    ms: Option<u32>,
}

/// What is left of a message that opens no more, until the log knows it.
#[derive(Clone, Debug)]
struct Grave {
    state: State,
    /// It was told in this life.
    told: bool,
    /// The log has it: the file may go.
    logged: bool,
}

/// A message that can't be read. Its disk may give it again.
#[derive(Clone, Debug)]
struct Unread {
    /// What its file is called.
    name: String,
    state: State,
    /// On which day that was found, counted from 1970; nothing while nobody knows what day it is.
    day: Option<i64>,
    /// Since when this life knows it.
    since: Option<Time>,
}

/// Keeps the messages.
pub struct MailDesk {
    store: Box<dyn Store>,
    /// The box's key, once there is one: with the first message.
    key: Option<Secret>,
    random: Box<dyn Random + Send>,
    kept: BTreeMap<MessageId, Kept>,
    taking: BTreeMap<MessageId, Taking>,
    /// The last one that was to be taken.
    newest: Option<MessageId>,
    told: VecDeque<Told>,
    days: u16,
    /// Who is in the settings, once that was told.
    people: Option<BTreeSet<PersonId>>,
    /// The last message has lost some.
    late: bool,
    /// When old messages are looked for next. By the clock that nobody sets, as the next.
    looks: Time,
    /// The disk takes no message.
    full: bool,
    /// A message is not what it is to be.
    stuck: bool,
    /// When what was refused is tried again.
    again: Option<Time>,
    unlogged: BTreeMap<MessageId, Unlogged>,
    graves: BTreeMap<MessageId, Grave>,
    /// Messages that can't be read, of which that was not told yet.
    damaged: BTreeSet<MessageId>,
    /// All that can't be read.
    unread: BTreeMap<MessageId, Unread>,
    /// A moment at which the wall clock was right.
    right: Option<Stamp>,
    /// When the log is asked.
    asks: Option<Time>,
}

/// What a file of an earlier life is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Message,
    /// One that the box's key does not open.
    Locked,
    Nothing,
}

impl MailDesk {
    /// Reads what is there. `store` is the data directory.
    ///
    /// # Errors
    /// The disk's; or the key is damaged.
    pub fn open(store: Box<dyn Store>, random: Box<dyn Random + Send>, days: u16) -> Result<MailDesk, MailError> {
        let key = key(&*store)?;
        let mut desk = MailDesk {
            store,
            key,
            random,
            kept: BTreeMap::new(),
            taking: BTreeMap::new(),
            newest: None,
            told: VecDeque::new(),
            days,
            people: None,
            late: false,
            looks: Time::ZERO,
            full: false,
            stuck: false,
            again: None,
            unlogged: BTreeMap::new(),
            graves: BTreeMap::new(),
            damaged: BTreeSet::new(),
            unread: BTreeMap::new(),
            right: None,
            asks: None,
        };
        let names = desk.store.list(FOLDER)?;
        if desk.key.is_none() && names.iter().any(|name| parse(name).is_some()) {
            return Err(MailError::Key);
        }
        let mut found = BTreeMap::new();
        for name in names {
            // One that the disk does not give closes no other.
            match desk.find(&name) {
                Ok(what) => *found.entry(what).or_insert(0) += 1,
                Err(error) => {
                    tracing::error!(name, %error, "a message is left out until the disk gives it");
                    desk.cannot_read(&name);
                }
            }
        }
        // A key that opens none of them is another box's, or has rotted: what is sealed under it would be lost with the right one.
        // One that opens the check is right all the same: each of them is damaged.
        let checks = desk.key_checks();
        if found.contains_key(&Found::Locked) && !found.contains_key(&Found::Message) && !checks {
            return Err(MailError::Key);
        }
        if let Some(key) = desk.key.as_ref().filter(|_| !checks)
            && let Err(error) = replace(&mut *desk.store, CHECK, &format::check(key, &mut *desk.random))
        {
            tracing::error!(%error, "the check of the key of messages can't be written");
        }
        desk.settle_greetings(Time::ZERO);
        desk.tell_greetings();
        let extensions: BTreeSet<String> = desk.messages().map(|(_, kept)| kept.extension.clone()).collect();
        extensions.into_iter().for_each(|extension| desk.tell_box(&extension));
        desk.told.push_back(Told::Control(MailTold::Ready));
        let in_doubt = desk.in_doubt().next().is_some();
        desk.asks = in_doubt.then_some(Time::ZERO);
        Ok(desk)
    }

    /// Whether the key opens what it is to open beside the messages.
    fn key_checks(&self) -> bool {
        let file = read_all(&*self.store, CHECK).ok().flatten();
        self.key.as_ref().zip(file).is_some_and(|(key, file)| format::checks(key, &file))
    }

    /// A file of an earlier life. One that does not open is left alone: its key may be found again.
    fn find(&mut self, name: &str) -> io::Result<Found> {
        if name == PROBE {
            return self.store.remove(PROBE).map(|()| Found::Nothing);
        }
        let Some((id, state, _)) = parse(name) else { return Ok(Found::Nothing) };
        if matches!(state, State::Draft | State::Spent) {
            return self.destroy(name).map(|()| Found::Nothing);
        }
        // What was said in it is read only where it counts: a start reads little of each.
        let file = if state == State::Part { self.whole(name)? } else { self.beginning(name)? };
        if format::is_destroyed(&file) {
            return match state {
                State::Part | State::Greeting => self.store.remove(name).map(|()| Found::Nothing),
                state => self.is_named(name, id, state).map(|()| self.is_grave(id, state)),
            };
        }
        let read = match self.read(id, &file) {
            Ok(read) => read,
            // Its first words were not durable yet; or nobody wants it any more.
            Err(Damaged::Rest) if state == State::Part => return self.destroy(name).map(|()| Found::Nothing),
            Err(Damaged::Rest) if matches!(state, State::Gone | State::Old) => {
                self.is_named(name, id, state)?;
                return self.close(&named(id, state)).map(|()| self.is_grave(id, state));
            }
            Err(error) => {
                self.cannot_read(name);
                return Ok(if error == Damaged::Key { Found::Locked } else { Found::Nothing });
            }
        };
        let kind = state.kind();
        if read.header.greeting != (kind == MailKind::Greeting) {
            self.cannot_read(name);
            return Ok(Found::Message);
        }
        let Header { extension, person, call, at_us, sound_ms, .. } = read.header;
        // One that came to its end was judged when all of it was known, what was lost of it as well.
        if state == State::Part && !read.whole && loud_ticks(read.law, &read.octets) < sound_ms as usize / 10 {
            return self.destroy(name).map(|()| Found::Message);
        }
        self.is_named(name, id, state)?;
        // Of what is heard still only the beginning was read.
        let ms = (state == State::Part).then(|| ms(read.octets.len()));
        if kind == MailKind::Message {
            self.unlogged.insert(id, Unlogged { call, extension: extension.clone(), ms });
        }
        let wants = match state {
            State::Part | State::New => Wants::New,
            State::Heard => Wants::Heard,
            State::Gone => Wants::Gone(Why::PersonBefore),
            State::Old => Wants::Gone(Why::Days),
            State::Greeting => Wants::Greeting,
            State::Draft | State::Spent => Wants::Gone(Why::Replaced),
        };
        self.kept.insert(id, Kept { kind, extension, person, at_us, since: None, is_young: false, state, wants });
        if let Err(error) = self.become_wanted(id) {
            self.refused(Time::ZERO, &error);
        }
        Ok(Found::Message)
    }

    /// A file that can't be read. It is told once.
    fn cannot_read(&mut self, name: &str) {
        let Some((id, state, day)) = parse(name) else { return };
        if !self.unread.contains_key(&id) {
            tracing::error!(name, "a message can't be read");
            if !matches!(state, State::Draft | State::Spent) {
                self.damaged.insert(id);
            }
            self.unread.insert(id, Unread { name: name.to_owned(), state, day, since: None });
        }
    }

    /// What is read again has the name of one that can be.
    fn is_named(&mut self, name: &str, message: MessageId, state: State) -> io::Result<()> {
        let plain = named(message, state);
        if name == plain { Ok(()) } else { self.store.rename(name, &plain) }
    }

    /// A file that opens no more. Whose it was the log may know.
    fn is_grave(&mut self, message: MessageId, state: State) -> Found {
        let grave = Grave { state, told: false, logged: false };
        self.graves.insert(message, grave);
        Found::Nothing
    }

    /// Messages of which the log may lack something.
    fn in_doubt(&self) -> impl Iterator<Item = MessageId> + '_ {
        self.unlogged.keys().chain(self.graves.keys()).chain(&self.damaged).copied()
    }

    fn whole(&self, name: &str) -> io::Result<Vec<u8>> {
        Ok(read_all(&*self.store, name)?.unwrap_or_default())
    }

    fn beginning(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut file = vec![0; BEGINNING_OCTETS];
        let read = self.store.read_at(name, 0, &mut file)?;
        file.truncate(read);
        Ok(file)
    }

    /// Takes an order.
    pub fn handle_order(&mut self, now: Stamp, order: Order) {
        match order {
            // Settings without anybody are none to go by: somebody is always there to sign in.
            Order::People(people) => {
                self.people = Some(people).filter(|people| !people.is_empty());
                self.settle_greetings(now.time);
            }
            Order::Days(days) => (self.days, self.looks) = (days, Time::ZERO),
            Order::Right(at) => (self.right, self.looks) = (Some(at), Time::ZERO),
            Order::Logged(rows) => rows.into_iter().for_each(|row| self.logged(now, row)),
            Order::Of(MailOrder::Take { message, kind, call, extension, person, number, sound_ms, .. }) => {
                self.newest = self.newest.max(Some(message));
                let number = number.map(|number| number.as_str().to_owned());
                let (at_us, greeting) = (now.utc.as_us(), kind == MailKind::Greeting);
                let header = Header { extension, person, number, call, at_us, sound_ms, greeting };
                if let Err(error) = self.begin(message, header) {
                    self.refused(now.time, &error);
                    self.told.push_back(Told::Control(MailTold::Broken(message)));
                }
            }
            Order::Of(MailOrder::Keep(message)) => self.keep(now, message),
            Order::Of(MailOrder::Drop { message, .. }) => self.drop_draft(now, message),
            Order::Of(MailOrder::Done { message, .. }) if self.is_recording(message) => {
                let taking = self.taking.remove(&message);
                taking.into_iter().for_each(|taking| self.recorded(now, message, taking));
            }
            Order::Of(MailOrder::Done { message, said_ms, .. }) => {
                let told = match self.done(now, message, said_ms) {
                    Some(ms) => MailTold::Left { message, ms },
                    None => MailTold::Nothing(message),
                };
                self.told.push_back(Told::Control(told));
            }
            Order::Of(MailOrder::Play { message, lane, play, before, after }) => {
                let told = self.load(now, message, (lane, play), (before, after));
                self.told.push_back(told.unwrap_or(Told::Control(MailTold::NotPlayed { lane, play })));
            }
            Order::Of(MailOrder::Heard(message)) => self.want(now, message, Wants::Heard),
            Order::Of(MailOrder::Delete(message)) => self.want(now, message, Wants::Gone(Why::Person)),
        }
    }

    fn begin(&mut self, message: MessageId, header: Header) -> io::Result<()> {
        self.wants_free(FREE_OCTETS)?;
        let (kind, state) = match header.greeting {
            true => (MailKind::Greeting, State::Draft),
            false => (MailKind::Message, State::Part),
        };
        let name = named(message, state);
        let key = match self.key.take() {
            Some(key) => key,
            None => make_key(&mut *self.store, &mut *self.random)?,
        };
        let (mut file, cipher) = format::begin(self.key.insert(key), message, &mut *self.random);
        let (whose, at_us) = ((header.extension.clone(), header.person, header.call), header.at_us);
        let sound_ms = header.sound_ms;
        file.extend(cipher.seal(0, &Piece::Header(header)));
        self.store.write_at(&name, 0, &file)?;
        self.store.sync(&name)?;
        let end = (1, file.len() as u64);
        self.taking.insert(message, Taking::new((name, kind, cipher), whose, at_us, end, sound_ms));
        Ok(())
    }

    /// Takes what a caller said in a tick. Of a message that is over, nothing is wanted.
    pub fn take(&mut self, now: Stamp, copied: &Copied) {
        let message = copied.message;
        let Some(taking) = self.taking.get_mut(&message).filter(|taking| !taking.broken) else { return };
        if taking.take(copied) {
            self.told.push_back(Told::Control(MailTold::Silent(message)));
        }
        let waits_octets = match taking.kind {
            MailKind::Message => 0,
            MailKind::Greeting => greetings::KEY_TONE_OCTETS,
        };
        while taking.waiting.len() >= PIECE_OCTETS + waits_octets {
            if let Err(error) = write(&mut *self.store, taking, PIECE_OCTETS) {
                taking.broken = true;
                self.refused(now.time, &error);
                return self.told.push_back(Told::Control(MailTold::Broken(message)));
            }
        }
    }

    /// How long the message is that was left; nothing where it is none.
    fn done(&mut self, now: Stamp, message: MessageId, said_ms: u32) -> Option<u32> {
        let mut taking = self.taking.remove(&message)?;
        taking.note_end(said_ms);
        // What was lost on its way may have been sound.
        if !taking.is_message() && taking.lost == 0 {
            self.drops(now, message, &taking);
            return None;
        }
        self.note_late(taking.lost > 0);
        if taking.lost > 0 {
            self.tell_gap(message, &taking, u32::try_from(taking.lost * 10).unwrap_or(u32::MAX));
        }
        let said_octets = taking.audio_octets + taking.waiting.len();
        if !taking.broken
            && let Err(error) = finish(&mut *self.store, &mut taking)
        {
            self.refused(now.time, &error);
            // Its last words are nowhere: whoever said them is to know.
            if taking.audio_octets < said_octets {
                self.told.push_back(Told::Control(MailTold::Broken(message)));
                self.tell_gap(message, &taking, ms(said_octets - taking.audio_octets));
            }
        }
        if taking.audio_octets == 0 {
            // Whoever said something of which nothing is there is to know.
            self.told.push_back(Told::Control(MailTold::Broken(message)));
            self.drops(now, message, &taking);
            return None;
        }
        self.kept.insert(message, Kept::of(&taking, now.time, Wants::New));
        self.want(now, message, Wants::New);
        Some(ms(taking.audio_octets))
    }

    fn tell_gap(&mut self, message: MessageId, taking: &Taking, ms: u32) {
        let (call, extension) = (taking.call, taking.extension.clone());
        self.told.push_back(Told::Behind { call, extension, message, ms });
    }

    /// What was said is no message. What the disk refuses of it is tried again.
    fn drops(&mut self, now: Stamp, message: MessageId, taking: &Taking) {
        if let Err(error) = self.destroy(&taking.name) {
            self.kept.insert(message, Kept::of(taking, now.time, Wants::Gone(Why::Nothing)));
            self.refused(now.time, &error);
        }
    }

    fn note_late(&mut self, late: bool) {
        if std::mem::replace(&mut self.late, late) != late {
            self.told.push_back(Told::Late { late });
        }
    }

    fn load(
        &mut self,
        now: Stamp,
        message: MessageId,
        (lane, play): (LaneId, u32),
        (before, after): (Vec<String>, Vec<String>),
    ) -> Option<Told> {
        // One whose deletion the disk refuses is deleted all the same.
        let kept = self.kept.get(&message).filter(|kept| !kept.is_gone())?;
        let state = self.state_of(message, kept.state).ok()??;
        let (kind, at_us) = (kept.kind, kept.at_us);
        let file = read_all(&*self.store, &named(message, state)).ok()??;
        let read = self.read(message, &file);
        if kind == MailKind::Greeting && read.is_err() {
            self.is_damaged(message);
        }
        let read = match kind {
            MailKind::Message => read.ok()?,
            MailKind::Greeting => self.as_heard(message, read.ok()?)?,
        };
        let age_us = now.utc.as_us().saturating_sub(at_us);
        let age_s = u64::try_from(age_us / 1_000_000).unwrap_or_default();
        let (law, octets, whole, number) = (read.law, read.octets, read.whole, read.header.number);
        Some(Told::Play(Message { kind, lane, play, before, after, law, octets, whole, number, age_s }))
    }

    fn read(&self, message: MessageId, file: &[u8]) -> Result<Read, Damaged> {
        format::read(self.key.as_ref().ok_or(Damaged::Key)?, message, file)
    }

    /// A message is to be something else. Where the disk refuses it is tried again, and hidden or shown as it is wanted.
    fn want(&mut self, now: Stamp, message: MessageId, wants: Wants) {
        let by_person = wants == Wants::Gone(Why::Person);
        let Some(kept) = self.kept.get_mut(&message) else {
            // It went meanwhile, by another telephone or by its day. Who wants it gone waits for a word.
            return if by_person {
                self.told.push_back(Told::Control(MailTold::Deleted(message)))
            };
        };
        if kept.is_gone() && !by_person {
            return;
        }
        kept.wants = wants;
        let (kind, extension) = (kept.kind, kept.extension.clone());
        let done = self.become_wanted(message);
        if by_person && done.is_err() {
            if kind == MailKind::Greeting {
                // It stays, and is heard: what was done of it is undone.
                self.kept.get_mut(&message).into_iter().for_each(|kept| kept.wants = Wants::Greeting);
            }
            self.told.push_back(Told::Control(MailTold::NotDeleted(message)));
        }
        self.note(now, done);
        if kind == MailKind::Message {
            self.tell_box(&extension);
        }
    }

    /// Makes the file what it is to be.
    fn become_wanted(&mut self, message: MessageId) -> io::Result<()> {
        let Some(mut kept) = self.kept.get(&message).cloned() else { return Ok(()) };
        match self.state_of(message, kept.state)? {
            Some(state) => kept.state = state,
            None => {
                tracing::error!(%message, "the file of a message is gone, and nobody here took it");
                self.went(message, kept);
                return Ok(());
            }
        }
        let state = match kept.wants {
            Wants::New => State::New,
            Wants::Heard => State::Heard,
            Wants::Draft => State::Draft,
            Wants::Greeting => State::Greeting,
            Wants::Gone(_) if kept.kind == MailKind::Greeting && kept.state != State::Draft => State::Spent,
            Wants::Gone(_) if kept.kind == MailKind::Greeting => State::Draft,
            Wants::Gone(Why::Days) => State::Old,
            Wants::Gone(Why::Nothing | Why::Replaced) => kept.state,
            Wants::Gone(Why::Person | Why::PersonBefore) => State::Gone,
        };
        if kept.is_gone() {
            self.read_length(message, kept.state);
        }
        if state != kept.state {
            self.store.rename(&named(message, kept.state), &named(message, state))?;
            kept.state = state;
        }
        self.kept.insert(message, kept.clone());
        match kept.wants {
            Wants::New | Wants::Heard | Wants::Draft | Wants::Greeting => return Ok(()),
            Wants::Gone(_) if kept.kind == MailKind::Greeting => self.destroy(&named(message, state))?,
            Wants::Gone(Why::Nothing | Why::Replaced) => self.destroy(&named(message, state))?,
            Wants::Gone(Why::Person | Why::PersonBefore | Why::Days) => {
                self.close(&named(message, state))?;
                // Its file stays until the log has it: a death before that is made good at the next start.
                self.graves.insert(message, Grave { state, told: true, logged: false });
                self.asks.get_or_insert(Time::ZERO);
            }
        }
        self.went(message, kept);
        Ok(())
    }

    /// The log may not know that a message was left which goes now: how long it was is read while it can be.
    fn read_length(&mut self, message: MessageId, state: State) {
        if self.unlogged.get(&message).is_none_or(|unlogged| unlogged.ms.is_some()) {
            return;
        }
        let ms = self.length(message, state);
        self.unlogged.get_mut(&message).into_iter().for_each(|unlogged| unlogged.ms = ms);
    }

    fn length(&self, message: MessageId, state: State) -> Option<u32> {
        let file = read_all(&*self.store, &named(message, state)).ok()??;
        self.read(message, &file).ok().map(|read| ms(read.octets.len()))
    }

    /// What the log has of a message of an earlier life, or of one that is gone. What it lacks is told.
    fn logged(&mut self, now: Stamp, row: Logged) {
        let message = row.message;
        if let Some(Unlogged { call, extension, ms }) = self.unlogged.remove(&message).filter(|_| !row.left) {
            let read = || self.kept.get(&message).and_then(|kept| self.length(message, kept.state));
            let ms = ms.or_else(read).unwrap_or_default();
            self.told.push_back(Told::Recovered { call, extension, message, ms });
        }
        if self.damaged.remove(&message) && !row.damaged {
            let of_kept = || self.kept.get(&message).map(|kept| kept.extension.clone());
            let extension = row.extension.clone().or_else(of_kept).unwrap_or_default();
            let kind = self.kind_of(message);
            self.told.push_back(Told::Damaged { extension, message, kind });
        }
        let Some(grave) = self.graves.get_mut(&message) else { return };
        grave.logged = row.gone;
        if !row.gone && !std::mem::replace(&mut grave.told, true) {
            let extension = row.extension.unwrap_or_default();
            self.told.push_back(match grave.state {
                State::Gone => Told::DeletedLate { extension, message },
                _ => Told::Expired { extension, message },
            });
        }
        if row.gone {
            let done = self.clear(message);
            self.note(now, done);
        }
    }

    /// Removes what is left of a message that opens no more.
    fn clear(&mut self, message: MessageId) -> io::Result<()> {
        if let Some(grave) = self.graves.get(&message).filter(|grave| grave.logged) {
            self.store.remove(&named(message, grave.state))?;
            self.graves.remove(&message);
        }
        Ok(())
    }

    /// There is no file of a message any more.
    fn went(&mut self, message: MessageId, kept: Kept) {
        self.kept.remove(&message);
        if kept.kind == MailKind::Greeting {
            self.tell_greeting(kept.person);
        }
        let extension = kept.extension;
        let told = match kept.wants {
            Wants::Gone(Why::Person) => Told::Control(MailTold::Deleted(message)),
            Wants::Gone(Why::PersonBefore) => Told::DeletedLate { extension, message },
            Wants::Gone(Why::Days) => Told::Expired { extension, message },
            Wants::Gone(Why::Nothing | Why::Replaced) | Wants::Draft | Wants::Greeting => return,
            Wants::New | Wants::Heard => return self.tell_box(&extension),
        };
        self.told.push_back(told);
    }

    /// Which of its names the file of a message has: a change that was told as refused may have been made.
    fn state_of(&self, message: MessageId, state: State) -> io::Result<Option<State>> {
        let states = std::iter::once(state).chain(State::ALL.into_iter().filter(|other| *other != state));
        for state in states {
            if self.store.octets(&named(message, state))?.is_some() {
                return Ok(Some(state));
            }
        }
        Ok(None)
    }

    /// Looks for messages that have reached their day, and whether a disk that refused does so still.
    pub fn step(&mut self, now: Stamp) {
        if self.again.is_some_and(|again| again <= now.time) {
            self.try_again(now);
        }
        if now.time >= self.looks {
            self.looks = now.time + LOOK;
            self.expire(now);
            self.look_at_unread(now);
        }
        if self.asks.is_some_and(|asks| asks <= now.time) {
            let asked: BTreeSet<MessageId> = self.in_doubt().collect();
            self.asks = (!asked.is_empty()).then_some(now.time + RETRY);
            if !asked.is_empty() {
                self.told.push_back(Told::Asks(asked.into_iter().collect()));
            }
        }
    }

    /// What time it is, in microseconds since 1970, where anybody knows.
    fn right_us(&self, now: Stamp) -> Option<i64> {
        let right = self.right.filter(|right| right.time <= now.time)?;
        right.utc.as_us().checked_add(i64::try_from(now.time.since(right.time).as_micros()).ok()?)
    }

    /// A wrong clock would destroy all that is there: the wall clock counts only from a moment on at which it was right. What
    /// this life has for its days goes by the clock that nobody sets.
    fn expire(&mut self, now: Stamp) {
        let (days_us, right_us) = (i64::from(self.days) * DAY_US, self.right_us(now));
        let days = Duration::from_micros(days_us.unsigned_abs());
        for kept in self.kept.values_mut() {
            kept.since.get_or_insert(now.time);
            if let Some(now_us) = right_us.filter(|_| kept.at_us < CLOCK_SET_US) {
                kept.at_us = now_us;
            }
        }
        let is_old = |kept: &Kept| {
            if kept.kind == MailKind::Greeting {
                return false;
            }
            let by_clock = || !kept.is_young && right_us.is_some_and(|now_us| kept.at_us <= now_us - days_us);
            kept.since.is_some_and(|since| now.time.since(since) >= days) || by_clock()
        };
        let old = self.kept.iter().filter(|(_, kept)| is_old(kept)).map(|(message, _)| *message);
        let old: Vec<MessageId> = old.collect();
        old.into_iter().for_each(|message| self.want(now, message, Wants::Gone(Why::Days)));
    }

    /// Reads again what could not be read, and lets go what could not for its days.
    fn look_at_unread(&mut self, now: Stamp) {
        for (message, unread) in std::mem::take(&mut self.unread) {
            let is_told = !self.damaged.contains(&message);
            let found = self.find(&unread.name);
            if found.is_ok() && self.unread.remove(&message).is_none() {
                self.damaged.remove(&message);
                self.asks.get_or_insert(Time::ZERO);
                self.is_read_again(now, message);
                continue;
            }
            if is_told {
                self.damaged.remove(&message);
            }
            let done = self.ages(now, message, unread);
            self.note(now, done);
        }
    }

    /// What a file that can't be read is called now, and what that says: a change that was told as refused may have been made.
    fn called(&self, message: MessageId, name: &str) -> io::Result<Option<(String, Parsed)>> {
        let with = |name: String| parse(&name).map(|parsed| (name, parsed));
        if self.store.octets(name)?.is_some() {
            return Ok(with(name.to_owned()));
        }
        let names = self.store.list(FOLDER)?;
        Ok(names.into_iter().filter_map(with).find(|(_, (of, ..))| *of == message))
    }

    fn is_read_again(&mut self, now: Stamp, message: MessageId) {
        let Some(kept) = self.kept.get(&message).cloned() else { return };
        match kept.kind {
            MailKind::Message => self.tell_box(&kept.extension),
            MailKind::Greeting => {
                self.settle_greetings(now.time);
                self.tell_greeting(kept.person);
            }
        }
    }

    /// What can't be read gets the day behind its name, and goes when that is long ago.
    fn ages(&mut self, now: Stamp, message: MessageId, mut unread: Unread) -> io::Result<()> {
        // It is looked at again where the disk refuses any of this.
        self.unread.insert(message, unread.clone());
        let Some((name, (_, state, day))) = self.called(message, &unread.name)? else {
            tracing::error!(%message, "the file of a message is gone, and nobody here took it");
            self.unread.remove(&message);
            return Ok(());
        };
        unread = Unread { name, state, day, ..unread };
        let since = *unread.since.get_or_insert(now.time);
        let today = self.right_us(now).map(|now_us| now_us / DAY_US);
        let by_day = today.zip(unread.day).is_some_and(|(today, day)| today - day >= i64::from(self.days));
        let by_life = now.time.since(since) >= Duration::from_secs(u64::from(self.days) * 86_400);
        // What is deleted already is only to be closed.
        let goes = by_day || by_life || matches!(unread.state, State::Gone | State::Old | State::Draft | State::Spent);
        let (state, day) = match (goes, unread.state) {
            (true, State::Gone) => (State::Gone, None),
            (true, State::Draft | State::Greeting | State::Spent) => (State::Spent, None),
            (true, _) => (State::Old, None),
            (false, state) => (state, unread.day.or(today)),
        };
        let name = day.map_or_else(|| named(message, state), |day| format!("{}.{day}", named(message, state)));
        if name != unread.name {
            self.store.rename(&unread.name, &name)?;
        }
        self.unread.insert(message, Unread { name: name.clone(), state, day, ..unread });
        if goes {
            self.close(&name)?;
            self.unread.remove(&message);
            if state == State::Spent {
                return self.store.remove(&name);
            }
            self.is_grave(message, state);
            self.asks = Some(Time::ZERO);
        }
        Ok(())
    }

    /// All that the disk refused, and whether it has room.
    fn try_again(&mut self, now: Stamp) {
        let all: Vec<MessageId> = self.kept.keys().copied().collect();
        let mut stuck = false;
        for message in all {
            // One that it refuses still keeps no other from its turn, and nobody from leaving a new one.
            stuck |= self.become_wanted(message).is_err();
        }
        let graves: Vec<MessageId> = self.graves.keys().copied().collect();
        for message in graves {
            stuck |= self.clear(message).is_err();
        }
        let full = self.probe().is_err();
        self.note_full(full);
        if std::mem::replace(&mut self.stuck, stuck && !full) != (stuck && !full) {
            self.told.push_back(Told::Stuck { stuck: self.stuck });
        }
        self.again = (full || stuck).then_some(now.time + RETRY);
    }

    fn note_full(&mut self, full: bool) {
        if std::mem::replace(&mut self.full, full) != full {
            self.told.push_back(Told::Control(MailTold::Disk { full }));
        }
    }

    fn wants_free(&self, octets: u64) -> io::Result<()> {
        match self.store.free_octets()? {
            Some(free) if free < octets => Err(io::ErrorKind::StorageFull.into()),
            Some(_) | None => Ok(()),
        }
    }

    fn probe(&mut self) -> io::Result<()> {
        self.wants_free(2 * FREE_OCTETS)?;
        let written = self.store.write_at(PROBE, 0, &[0; PROBE_OCTETS]).and_then(|()| self.store.sync(PROBE));
        let removed = self.store.remove(PROBE);
        written.and(removed)
    }

    /// The disk does not do what is wanted of it: no message is taken until it does.
    fn refused(&mut self, now: Time, error: &io::Error) {
        tracing::error!(%error, "the disk refuses a message");
        self.note_full(true);
        self.again = Some(now + RETRY);
    }

    fn note(&mut self, now: Stamp, done: io::Result<()>) {
        if let Err(error) = done {
            self.refused(now.time, &error);
        }
    }

    /// Makes a message one that nobody can open, and then removes it.
    fn destroy(&mut self, name: &str) -> io::Result<()> {
        self.close(name)?;
        self.store.remove(name)
    }

    /// Makes a message one that nobody can open.
    fn close(&mut self, name: &str) -> io::Result<()> {
        if self.store.octets(name)?.is_some_and(|octets| octets >= (KEY_AT + KEY_OCTETS) as u64) {
            self.store.write_at(name, KEY_AT as u64, &[0; KEY_OCTETS])?;
            self.store.sync(name)?;
        }
        Ok(())
    }

    fn messages(&self) -> impl Iterator<Item = (&MessageId, &Kept)> {
        self.kept.iter().filter(|(_, kept)| kept.kind == MailKind::Message)
    }

    fn tell_box(&mut self, extension: &str) {
        let of_box = self.messages().filter(|(_, kept)| kept.extension == extension && !kept.is_gone());
        let row = |(message, kept): (&MessageId, &Kept)| {
            let new = kept.wants == Wants::New;
            MailRow { message: *message, person: kept.person, new }
        };
        let messages = of_box.map(row).collect();
        self.told.push_back(Told::Control(MailTold::Box { extension: extension.to_owned(), messages }));
    }

    fn is_recording(&self, message: MessageId) -> bool {
        self.taking.get(&message).is_some_and(|taking| taking.kind == MailKind::Greeting)
    }

    /// The next thing to tell.
    pub fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// Whether somebody leaves a message now.
    pub fn is_taking(&self) -> bool {
        !self.taking.is_empty()
    }

    /// Whether the order for a message has come, or one for a later one: they are given in their order.
    pub(super) fn knows(&self, message: MessageId) -> bool {
        self.newest.is_some_and(|newest| message <= newest)
    }
}

impl Kept {
    /// What was said in this life.
    fn of(taking: &Taking, now: Time, wants: Wants) -> Kept {
        let state = if taking.kind == MailKind::Greeting { State::Draft } else { State::Part };
        let (kind, extension, person) = (taking.kind, taking.extension.clone(), taking.person);
        Kept { kind, extension, person, at_us: taking.at_us, since: Some(now), is_young: true, state, wants }
    }

    fn is_gone(&self) -> bool {
        matches!(self.wants, Wants::Gone(_))
    }
}

/// What the end of a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Part,
    New,
    Heard,
    /// Its person has deleted it, and the disk is to follow; or has, and the log is.
    Gone,
    /// The same of one that has reached its day.
    Old,
    /// What somebody says for a greeting, or has said and not kept yet.
    Draft,
    /// What callers hear.
    Greeting,
    /// They do no more, and the disk is to follow.
    Spent,
}

impl State {
    const ALL: [State; 8] =
        [State::Part, State::New, State::Heard, State::Gone, State::Old, State::Draft, State::Greeting, State::Spent];

    const fn ending(self) -> &'static str {
        match self {
            State::Part => "part",
            State::New => "new",
            State::Heard => "heard",
            State::Gone => "gone",
            State::Old => "old",
            State::Draft => "draft",
            State::Greeting => "greeting",
            State::Spent => "spent",
        }
    }
}

fn named(message: MessageId, state: State) -> String {
    format!("{FOLDER}/{message}.{}", state.ending())
}

/// Which message a file is, what it is, and since which day it can't be read.
type Parsed = (MessageId, State, Option<i64>);

fn parse(name: &str) -> Option<Parsed> {
    let (id, ending) = name.strip_prefix(FOLDER)?.strip_prefix('/')?.split_once('.')?;
    let (ending, day) = match ending.split_once('.') {
        Some((ending, day)) => (ending, Some(day.parse().ok()?)),
        None => (ending, None),
    };
    let state = State::ALL.into_iter().find(|state| state.ending() == ending)?;
    Some((id.parse().ok()?, state, day))
}

/// Makes so much of what waits durable.
fn write(store: &mut dyn Store, taking: &mut Taking, octets: usize) -> io::Result<()> {
    let rest = Zeroizing::new(taking.waiting.split_off(octets));
    let piece = Piece::Audio(taking.law, std::mem::replace(&mut taking.waiting, rest));
    let sealed = taking.cipher.seal(taking.record, &piece);
    drop(piece);
    append(store, taking, &sealed)?;
    taking.audio_octets += octets;
    Ok(())
}

fn append(store: &mut dyn Store, taking: &mut Taking, sealed: &[u8]) -> io::Result<()> {
    store.write_at(&taking.name, taking.offset, sealed)?;
    store.sync(&taking.name)?;
    (taking.record, taking.offset) = (taking.record + 1, taking.offset + sealed.len() as u64);
    Ok(())
}

fn finish(store: &mut dyn Store, taking: &mut Taking) -> io::Result<()> {
    if !taking.waiting.is_empty() {
        write(store, taking, taking.waiting.len())?;
    }
    let end = taking.cipher.seal(taking.record, &Piece::End);
    append(store, taking, &end)
}

/// The box's key, where there is one.
fn key(store: &dyn Store) -> Result<Option<Secret>, MailError> {
    let Some(mut octets) = read_all(store, KEY)? else { return Ok(None) };
    let key = <[u8; 32]>::try_from(&octets[..]).map(Secret::new).map_err(|_| MailError::Key);
    octets.zeroize();
    key.map(Some)
}

/// It is durable before anything is sealed under it.
fn make_key(store: &mut dyn Store, random: &mut dyn Random) -> io::Result<Secret> {
    let key = Secret::draw(random);
    replace(store, KEY, key.expose())?;
    replace(store, CHECK, &format::check(&key, random))?;
    Ok(key)
}

fn ms(octets: usize) -> u32 {
    u32::try_from(octets / 8).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
