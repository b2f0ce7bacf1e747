//! Who keeps the messages: one file each, sealed under keys of its own, known by an id that no other message gets.
//!
//! A message that is being left is `mail/ID.part`; a second of it is durable a second after it was said. Whole, it is
//! `mail/ID.new`, and once it was heard `mail/ID.heard`: a name is changed in one step or not at all. Deleting writes zeros
//! over its key first, so that what a disk still has of it opens no more. A message that was being left when the box died is
//! kept as far as it is there.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
};

use call::{MailOrder, MailRow, MailTold};
use frame::{CallId, LaneId, Law, MessageId, Stamp};
use vault::{Random, Secret};
use zeroize::Zeroize as _;

use super::{
    format::{self, Damaged, Header, KEY_AT, KEY_OCTETS, Piece, Read},
    taking::{Heard, PIECE_OCTETS, Taking, loud_ticks},
};
use crate::{
    media::Copied,
    recorder::{Store, read_all, replace},
};

/// Where the box's key is, and its messages.
const KEY: &str = "keys/mail";
const FOLDER: &str = "mail";

/// A message that a dead box left behind is one where a second of it is sound.
const SOUND_TICKS: usize = 100;

/// How often old messages are looked for, and how often a full disk is tried again.
const LOOK_US: i64 = 3_600_000_000;
const RETRY_US: i64 = 10_000_000;

/// What a full disk must take again before it counts as one with room.
const PROBE: &str = "mail/probe";
const PROBE_OCTETS: usize = 64 << 10;

const DAY_US: i64 = 86_400_000_000;

/// What the desk is told.
#[derive(Clone, Debug)]
pub enum Order {
    /// Call control's.
    Of(MailOrder),
    /// After so many days a message goes.
    Days(u16),
}

/// A message that is to be played.
#[derive(Clone, Debug)]
pub struct Message {
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
    pub octets: Vec<u8>,
    /// From whom, where that is known.
    pub number: Option<String>,
    /// How long ago it was left, in seconds.
    pub age_s: u64,
}

/// What the desk tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// Something for call control.
    Control(MailTold),
    /// What is there was read.
    Ready,
    /// A message to be played.
    Play(Message),
    /// A message was being left when the box died, and is kept as far as it was said.
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
    /// A message has reached its day.
    Expired {
        /// Whose.
        extension: String,
        /// Which.
        message: MessageId,
    },
    /// Some of a message was lost before it got here.
    Behind {
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
    /// The key is no key. To make another would close every message for ever.
    #[error("keys/mail is damaged")]
    Key,
}

/// A message that is kept.
#[derive(Clone, Debug)]
struct Kept {
    extension: String,
    at_us: i64,
    new: bool,
}

/// Keeps the messages.
pub struct MailDesk {
    store: Box<dyn Store>,
    /// The box's key, once there is one: with the first message.
    key: Option<Secret>,
    random: Box<dyn Random + Send>,
    kept: BTreeMap<MessageId, Kept>,
    taking: BTreeMap<MessageId, Taking>,
    told: VecDeque<Told>,
    days: u16,
    looks_us: i64,
    /// When a full disk is tried again.
    full_until_us: Option<i64>,
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
            told: VecDeque::new(),
            days,
            looks_us: 0,
            full_until_us: None,
        };
        for name in desk.store.list(FOLDER)? {
            desk.find(&name)?;
        }
        let mut extensions: Vec<String> = desk.kept.values().map(|kept| kept.extension.clone()).collect();
        extensions.dedup();
        extensions.into_iter().for_each(|extension| desk.tell_box(&extension));
        desk.told.push_back(Told::Ready);
        Ok(desk)
    }

    /// A file of an earlier life. One that does not open is left alone: its key may be found again.
    fn find(&mut self, name: &str) -> io::Result<()> {
        if name == PROBE {
            return self.store.remove(PROBE);
        }
        let Some((id, state)) = parse(name) else { return Ok(()) };
        let file = read_all(&*self.store, name)?.unwrap_or_default();
        let read = match self.read(id, &file) {
            Ok(read) => read,
            // Its first words were not durable yet.
            Err(_) if state == State::Part => return self.destroy(name),
            Err(error) => {
                tracing::error!(name, %error, "a message can't be read");
                return Ok(());
            }
        };
        let Header { extension, call, at_us, .. } = read.header;
        if state == State::Part {
            if loud_ticks(read.law, &read.octets) < SOUND_TICKS {
                return self.destroy(name);
            }
            self.store.rename(name, &named(id, State::New))?;
            let (extension, ms) = (extension.clone(), ms(read.octets.len()));
            self.told.push_back(Told::Recovered { call, extension, message: id, ms });
        }
        self.kept.insert(id, Kept { extension, at_us, new: state != State::Heard });
        Ok(())
    }

    /// Takes an order.
    pub fn handle_order(&mut self, now: Stamp, order: Order) {
        match order {
            Order::Days(days) => (self.days, self.looks_us) = (days, 0),
            Order::Of(MailOrder::Take { message, call, extension, number, sound_ms, .. }) => {
                let number = number.map(|number| number.as_str().to_owned());
                let header = Header { extension, number, call, at_us: now.utc.as_us() };
                if let Err(error) = self.begin(message, header, sound_ms) {
                    self.refused(now, message, &error);
                }
            }
            Order::Of(MailOrder::Done { message, keep, .. }) => self.done(now, message, keep),
            Order::Of(MailOrder::Play { message, lane, play, before, after }) => {
                let told = self.load(now, message, (lane, play), (before, after));
                self.told.push_back(told.unwrap_or(Told::Control(MailTold::NotPlayed { lane, play })));
            }
            Order::Of(MailOrder::Heard(message)) => self.heard(message),
            Order::Of(MailOrder::Delete(message)) => self.delete(message),
        }
    }

    fn begin(&mut self, message: MessageId, header: Header, sound_ms: u32) -> io::Result<()> {
        let name = named(message, State::Part);
        let key = match self.key.take() {
            Some(key) => key,
            None => make_key(&mut *self.store, &mut *self.random)?,
        };
        let (mut file, cipher) = format::begin(self.key.insert(key), message, &mut *self.random);
        let (extension, at_us) = (header.extension.clone(), header.at_us);
        file.extend(cipher.seal(0, &Piece::Header(header)));
        self.store.write_at(&name, 0, &file)?;
        self.store.sync(&name)?;
        let end = (1, file.len() as u64);
        self.taking.insert(message, Taking::new((name, cipher), extension, at_us, end, sound_ms));
        Ok(())
    }

    /// Takes what a caller said in a tick. Of a message that is over, nothing is wanted.
    pub fn take(&mut self, now: Stamp, copied: &Copied) {
        let message = copied.message;
        let Some(taking) = self.taking.get_mut(&message).filter(|taking| !taking.broken) else { return };
        match taking.take(copied) {
            Some(Heard::Sounded) => self.told.push_back(Told::Control(MailTold::Sounded(message))),
            Some(Heard::Silent) => self.told.push_back(Told::Control(MailTold::Silent(message))),
            None => (),
        }
        while taking.waiting.len() >= PIECE_OCTETS {
            if let Err(error) = write(&mut *self.store, taking, PIECE_OCTETS) {
                taking.broken = true;
                return self.refused(now, message, &error);
            }
        }
    }

    fn done(&mut self, now: Stamp, message: MessageId, keep: bool) {
        let Some(mut taking) = self.taking.remove(&message) else { return };
        if !keep {
            let destroyed = self.destroy(&taking.name);
            return self.note(destroyed);
        }
        if taking.lost > 0 {
            let ms = u32::try_from(taking.lost * 10).unwrap_or(u32::MAX);
            self.told.push_back(Told::Behind { message, ms });
        }
        if !taking.broken
            && let Err(error) = finish(&mut *self.store, &mut taking)
        {
            self.refused(now, message, &error);
        }
        if let Err(error) = self.store.rename(&taking.name, &named(message, State::New)) {
            self.refused(now, message, &error);
        }
        let Taking { extension, at_us, .. } = taking;
        self.kept.insert(message, Kept { extension: extension.clone(), at_us, new: true });
        self.tell_box(&extension);
    }

    fn load(
        &self,
        now: Stamp,
        message: MessageId,
        (lane, play): (LaneId, u32),
        (before, after): (Vec<String>, Vec<String>),
    ) -> Option<Told> {
        let kept = self.kept.get(&message)?;
        let file = read_all(&*self.store, &named(message, kept.state())).ok()??;
        let read = self.read(message, &file).ok()?;
        let age_us = now.utc.as_us().saturating_sub(read.header.at_us);
        let age_s = u64::try_from(age_us / 1_000_000).unwrap_or_default();
        let (law, octets, number) = (read.law, read.octets, read.header.number);
        Some(Told::Play(Message { lane, play, before, after, law, octets, number, age_s }))
    }

    fn read(&self, message: MessageId, file: &[u8]) -> Result<Read, Damaged> {
        format::read(self.key.as_ref().ok_or(Damaged)?, message, file)
    }

    fn heard(&mut self, message: MessageId) {
        let Some(kept) = self.kept.get_mut(&message).filter(|kept| kept.new) else { return };
        kept.new = false;
        let extension = kept.extension.clone();
        let renamed = self.store.rename(&named(message, State::New), &named(message, State::Heard));
        self.note(renamed);
        self.tell_box(&extension);
    }

    fn delete(&mut self, message: MessageId) {
        let Some(kept) = self.kept.remove(&message) else { return };
        let destroyed = self.destroy(&named(message, kept.state()));
        self.note(destroyed);
        self.tell_box(&kept.extension);
    }

    /// Looks for messages that have reached their day, and whether a full disk has room again.
    pub fn step(&mut self, now: Stamp) {
        let now_us = now.utc.as_us();
        if self.full_until_us.is_some_and(|until| until <= now_us) {
            self.probe(now_us);
        }
        if now_us >= self.looks_us {
            self.looks_us = now_us + LOOK_US;
            self.expire(now_us);
        }
    }

    fn expire(&mut self, now_us: i64) {
        let last_us = now_us - i64::from(self.days) * DAY_US;
        let old = self.kept.iter().filter(|(_, kept)| kept.at_us <= last_us);
        let old: Vec<(MessageId, String)> = old.map(|(message, kept)| (*message, kept.extension.clone())).collect();
        for (message, extension) in old {
            self.delete(message);
            self.told.push_back(Told::Expired { extension, message });
        }
    }

    fn probe(&mut self, now_us: i64) {
        let written = self.store.write_at(PROBE, 0, &[0; PROBE_OCTETS]).and_then(|()| self.store.sync(PROBE));
        let removed = self.store.remove(PROBE);
        if written.and(removed).is_ok() {
            self.full_until_us = None;
            self.told.push_back(Told::Control(MailTold::Disk { full: false }));
        } else {
            self.full_until_us = Some(now_us + RETRY_US);
        }
    }

    /// The disk does not take a message.
    fn refused(&mut self, now: Stamp, message: MessageId, error: &io::Error) {
        tracing::error!(%message, %error, "the disk takes no more of a message");
        if self.full_until_us.is_none() {
            self.told.push_back(Told::Control(MailTold::Disk { full: true }));
        }
        self.full_until_us = Some(now.utc.as_us() + RETRY_US);
        self.told.push_back(Told::Control(MailTold::Broken(message)));
    }

    fn note(&self, done: io::Result<()>) {
        if let Err(error) = done {
            tracing::error!(%error, "a message is not as it should be on the disk");
        }
    }

    /// Makes a message one that nobody can open, and then removes it.
    fn destroy(&mut self, name: &str) -> io::Result<()> {
        if self.store.octets(name)?.is_some_and(|octets| octets >= (KEY_AT + KEY_OCTETS) as u64) {
            self.store.write_at(name, KEY_AT as u64, &[0; KEY_OCTETS])?;
            self.store.sync(name)?;
        }
        self.store.remove(name)
    }

    fn tell_box(&mut self, extension: &str) {
        let of_box = self.kept.iter().filter(|(_, kept)| kept.extension == extension);
        let messages = of_box.map(|(message, kept)| MailRow { message: *message, new: kept.new }).collect();
        self.told.push_back(Told::Control(MailTold::Box { extension: extension.to_owned(), messages }));
    }

    /// The next thing to tell.
    pub fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// Whether somebody leaves a message now.
    pub fn is_taking(&self) -> bool {
        !self.taking.is_empty()
    }

    /// Whether a message is being left: its ticks may come before its order.
    pub(super) fn takes(&self, message: MessageId) -> bool {
        self.taking.contains_key(&message)
    }
}

impl Kept {
    fn state(&self) -> State {
        if self.new { State::New } else { State::Heard }
    }
}

/// What the end of a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Part,
    New,
    Heard,
}

impl State {
    const ALL: [State; 3] = [State::Part, State::New, State::Heard];

    const fn ending(self) -> &'static str {
        match self {
            State::Part => "part",
            State::New => "new",
            State::Heard => "heard",
        }
    }
}

fn named(message: MessageId, state: State) -> String {
    format!("{FOLDER}/{message}.{}", state.ending())
}

fn parse(name: &str) -> Option<(MessageId, State)> {
    let (id, ending) = name.strip_prefix(FOLDER)?.strip_prefix('/')?.split_once('.')?;
    let state = State::ALL.into_iter().find(|state| state.ending() == ending)?;
    Some((id.parse().ok()?, state))
}

/// Makes so much of what waits durable.
fn write(store: &mut dyn Store, taking: &mut Taking, octets: usize) -> io::Result<()> {
    let rest = taking.waiting.split_off(octets);
    let mut piece = Piece::Audio(taking.law, std::mem::replace(&mut taking.waiting, rest));
    let sealed = taking.cipher.seal(taking.record, &piece);
    if let Piece::Audio(_, octets) = &mut piece {
        octets.zeroize();
    }
    append(store, taking, &sealed)
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
    Ok(key)
}

fn ms(octets: usize) -> u32 {
    u32::try_from(octets / 8).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
