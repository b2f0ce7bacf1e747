//! Channel identification: which timeslot the call uses. Q.931, 4.5.13.
//!
//! On an E1 and on a T1 the channel number is the timeslot; where a far end counts its E1 from 1 to 30, the span translates.
//! Only the coding of a primary rate is read.

use arrayvec::ArrayVec;
use frame::Timeslot;
use serde::{Deserialize, Serialize};

use super::{BadContents, Contents, LAST};

/// The interface identifier of a span among several (NFAS), as it came.
pub type InterfaceId = ArrayVec<u8, 4>;

/// Which channel, and whether another will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelId {
    /// The interface, where it is named.
    pub interface: Option<InterfaceId>,
    /// Only this one will do; else it is preferred.
    pub exclusive: bool,
    /// The D-channel is meant.
    pub d_channel: bool,
    /// Which channel.
    pub choice: ChannelChoice,
    /// How the channels are written, where any are named.
    pub form: ChannelForm,
}

/// How channels are written. An answer that names the same channels is written as its question was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelForm {
    /// By their numbers, what all understand.
    #[default]
    Numbers,
    /// As a map of the 24 channels of a T1.
    Map24,
    /// As a map of the 32 timeslots of an E1.
    Map32,
}

/// The channel or channels that are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelChoice {
    /// No channel.
    None,
    /// Any channel.
    Any,
    /// These channels: one for a call, any number for a restart.
    Timeslots(TimeslotSet),
}

/// A set of timeslots of one span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeslotSet(u32);

impl TimeslotSet {
    /// No timeslot.
    pub const EMPTY: TimeslotSet = TimeslotSet(0);

    /// The 30 B-channels of an E1: 1 to 15 and 17 to 31.
    pub const E1: TimeslotSet = TimeslotSet(!(1 | 1 << 16));

    /// The 23 B-channels of a T1 with its D-channel in timeslot 24.
    pub const T1: TimeslotSet = TimeslotSet(0x00ff_fffe);

    /// All timeslots of a T1, which are B-channels where another line has the D-channel.
    pub const T1_WITHOUT_D: TimeslotSet = TimeslotSet(0x01ff_fffe);

    /// One timeslot, 0 to 31.
    pub const fn one(timeslot: Timeslot) -> TimeslotSet {
        TimeslotSet(1 << (timeslot.0 & 31))
    }

    /// Whether it holds `timeslot`.
    pub const fn contains(self, timeslot: Timeslot) -> bool {
        timeslot.0 < 32 && self.0 & 1 << timeslot.0 != 0
    }

    /// Whether it holds all of `other`.
    pub const fn contains_all(self, other: TimeslotSet) -> bool {
        other.0 & !self.0 == 0
    }

    /// Adds `timeslot`.
    pub fn insert(&mut self, timeslot: Timeslot) {
        self.0 |= TimeslotSet::one(timeslot).0;
    }

    /// Removes `timeslot`.
    pub fn remove(&mut self, timeslot: Timeslot) {
        self.0 &= !TimeslotSet::one(timeslot).0;
    }

    /// Those that both sets hold.
    pub const fn intersection(self, other: TimeslotSet) -> TimeslotSet {
        TimeslotSet(self.0 & other.0)
    }

    /// Those that either set holds.
    pub const fn union(self, other: TimeslotSet) -> TimeslotSet {
        TimeslotSet(self.0 | other.0)
    }

    /// How many there are.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// From the lowest to the highest.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Timeslot> {
        (0..32).map(Timeslot).filter(move |&timeslot| self.contains(timeslot))
    }

    /// The timeslots of an E1 whose B-channels are counted from 1 to 30, with no gap for the D-channel.
    pub const fn from_consecutive(self) -> TimeslotSet {
        TimeslotSet(self.0 & BELOW_D_CHANNEL | (self.0 & !BELOW_D_CHANNEL) << 1)
    }

    /// The numbers of those timeslots, counted that way. The D-channel has none.
    pub const fn to_consecutive(self) -> TimeslotSet {
        TimeslotSet(self.0 & BELOW_D_CHANNEL | (self.0 & !(BELOW_D_CHANNEL | 1 << 16)) >> 1)
    }

    /// The only one, if there is one alone.
    pub fn single(self) -> Option<Timeslot> {
        if self.count() == 1 { self.iter().next() } else { None }
    }
}

impl FromIterator<Timeslot> for TimeslotSet {
    fn from_iter<I: IntoIterator<Item = Timeslot>>(timeslots: I) -> TimeslotSet {
        let mut set = TimeslotSet::EMPTY;
        timeslots.into_iter().for_each(|timeslot| set.insert(timeslot));
        set
    }
}

impl ChannelId {
    /// One channel of this interface.
    pub fn one(timeslot: Timeslot, exclusive: bool) -> ChannelId {
        let choice = ChannelChoice::Timeslots(TimeslotSet::one(timeslot));
        ChannelId { interface: None, exclusive, d_channel: false, choice, form: ChannelForm::Numbers }
    }

    /// No channel of this interface.
    pub fn none() -> ChannelId {
        let (choice, form) = (ChannelChoice::None, ChannelForm::Numbers);
        ChannelId { interface: None, exclusive: false, d_channel: false, choice, form }
    }

    /// The timeslot, where exactly one is named.
    pub fn timeslot(&self) -> Option<Timeslot> {
        match self.choice {
            ChannelChoice::Timeslots(set) => set.single(),
            ChannelChoice::None | ChannelChoice::Any => None,
        }
    }

    pub(super) fn parse(contents: &[u8]) -> Result<ChannelId, BadContents> {
        let (&third, rest) = contents.split_first().ok_or(BadContents)?;
        if third & LAST == 0 || third & PRIMARY_RATE == 0 {
            return Err(BadContents);
        }
        let (interface, rest) = if third & INTERFACE_NAMED == 0 { (None, rest) } else { parse_interface(rest)? };
        let (choice, form) = match third & 3 {
            0 => (ChannelChoice::None, ChannelForm::Numbers),
            3 => (ChannelChoice::Any, ChannelForm::Numbers),
            1 => parse_timeslots(rest).map(|(timeslots, form)| (ChannelChoice::Timeslots(timeslots), form))?,
            _ => return Err(BadContents),
        };
        Ok(ChannelId { interface, exclusive: third & EXCLUSIVE != 0, d_channel: third & D_CHANNEL != 0, choice, form })
    }

    pub(super) fn emit(&self) -> Contents {
        let mut third = LAST | PRIMARY_RATE;
        third |= if self.exclusive { EXCLUSIVE } else { 0 } | if self.d_channel { D_CHANNEL } else { 0 };
        third |= if self.interface.is_some() { INTERFACE_NAMED } else { 0 };
        third |= match self.choice {
            ChannelChoice::None => 0,
            ChannelChoice::Any => 3,
            ChannelChoice::Timeslots(_) => 1,
        };
        let mut contents = Contents::from_iter([third]);
        contents.extend(self.interface.iter().flatten().copied());
        if let ChannelChoice::Timeslots(timeslots) = self.choice {
            emit_timeslots(timeslots, self.form, &mut contents);
        }
        contents
    }
}

fn parse_interface(rest: &[u8]) -> Result<(Option<InterfaceId>, &[u8]), BadContents> {
    let last = rest.iter().position(|octet| octet & LAST != 0).ok_or(BadContents)?;
    let (interface, rest) = rest.split_at(last + 1);
    Ok((Some(interface.try_into().map_err(|_| BadContents)?), rest))
}

/// Octets 3.2 and 3.3: a list of numbers, or a map with the highest timeslot first.
fn parse_timeslots(octets: &[u8]) -> Result<(TimeslotSet, ChannelForm), BadContents> {
    match octets {
        [B_CHANNEL_NUMBERS, numbers @ ..] if !numbers.is_empty() => Ok((parse_numbers(numbers)?, ChannelForm::Numbers)),
        &[B_CHANNEL_MAP, a, b, c, d] => Ok((TimeslotSet(u32::from_be_bytes([a, b, c, d])), ChannelForm::Map32)),
        // A map of 24 channels begins with channel 1, not with timeslot 0.
        &[B_CHANNEL_MAP, a, b, c] => Ok((TimeslotSet(u32::from_be_bytes([0, a, b, c]) << 1), ChannelForm::Map24)),
        _ => Err(BadContents),
    }
}

/// The extension bit of each number is not trusted: some exchanges set it never, some always.
fn parse_numbers(octets: &[u8]) -> Result<TimeslotSet, BadContents> {
    let numbers = octets.iter().map(|octet| octet & !LAST);
    numbers.map(|number| if number < 32 { Ok(Timeslot(number)) } else { Err(BadContents) }).collect()
}

fn emit_timeslots(timeslots: TimeslotSet, form: ChannelForm, contents: &mut Contents) {
    let map = timeslots.0.to_be_bytes();
    match form {
        ChannelForm::Numbers => emit_numbers(timeslots, contents),
        ChannelForm::Map32 => contents.extend([B_CHANNEL_MAP].into_iter().chain(map)),
        ChannelForm::Map24 => {
            let [_, map @ ..] = (timeslots.0 >> 1).to_be_bytes();
            contents.extend([B_CHANNEL_MAP].into_iter().chain(map));
        }
    }
}

/// Octet 3.3: the extension bit marks the last number.
fn emit_numbers(timeslots: TimeslotSet, contents: &mut Contents) {
    contents.push(B_CHANNEL_NUMBERS);
    contents.extend(timeslots.iter().map(|timeslot| timeslot.0));
    if let (Some(last), false) = (contents.last_mut(), timeslots.is_empty()) {
        *last |= LAST;
    }
}

/// The timeslots of an E1 below its D-channel.
const BELOW_D_CHANNEL: u32 = 0xffff;
const INTERFACE_NAMED: u8 = 0x40;
const PRIMARY_RATE: u8 = 0x20;
const EXCLUSIVE: u8 = 0x08;
const D_CHANNEL: u8 = 0x04;
const B_CHANNEL_NUMBERS: u8 = 0x83;
const B_CHANNEL_MAP: u8 = 0x93;
