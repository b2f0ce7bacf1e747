//! What can be wrong with a file: where, what was found, what is allowed. The words for people live elsewhere.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CardKind, Place, Role};

/// Something that keeps a file from being used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What stands there, as it is written; empty where nothing does.
    pub found: String,
    /// What is wrong with it, and what is allowed.
    pub what: What,
}

/// Something that may be meant so, and that someone should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub found: String,
    /// What follows from it.
    pub what: Caution,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// It is not TOML.
    Syntax {
        /// The TOML reader's own words.
        detail: String,
    },
    /// The format is not one that this version reads.
    Format {
        /// The newest that it does; the oldest is 1.
        newest: u32,
    },
    /// There is no such key here.
    UnknownKey {
        /// Those that there are.
        allowed: Vec<String>,
    },
    /// The key has to be there.
    MissingKey,
    /// It is of another kind.
    WrongKind {
        /// What it has to be.
        wanted: Kind,
    },
    /// The number is too small or too great.
    OutOfRange {
        /// The smallest.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// It is none of the words that are allowed.
    UnknownWord {
        /// Those that are.
        allowed: Vec<String>,
    },
    /// It is not written as such a thing is.
    Malformed {
        /// What it should be.
        wanted: Form,
    },
    /// It is empty.
    Empty,
    /// It is there twice.
    Duplicate {
        /// The line of the first.
        first_line: u32,
    },
    /// Nothing of that name is there.
    UnknownName {
        /// What was looked for.
        name: Name,
        /// The names that there are.
        allowed: Vec<String>,
    },
    /// The jack is of another kind.
    WrongJack {
        /// The kind that it is.
        is: CardKind,
        /// The kinds that it may be.
        allowed: Vec<CardKind>,
    },
    /// Such a card does not have this.
    NotOnThisCard {
        /// The kind that it is.
        is: CardKind,
    },
    /// A real card is not simulated.
    NotSimulated,
    /// A simulated card has no hardware.
    NotReal,
    /// Two rows take the same piece of hardware.
    HardwareTakenTwice {
        /// The card of the other row.
        by: String,
    },
    /// Cards of one kernel module have different options for it.
    ModuleOptionsDiffer {
        /// The other card.
        from: String,
    },
    /// There are as many channels as jacks, or none is named.
    ChannelsUnlikeJacks {
        /// How many jacks there are.
        jacks: usize,
    },
    /// Of several gains there is one for each jack.
    GainsUnlikeJacks {
        /// How many jacks there are.
        jacks: usize,
    },
    /// A card's clock follows itself, in however many steps.
    ClockLoop,
    /// A trunk group holds spans and outside lines.
    MixedTrunks,
    /// The board says that this T1 has no D-channel.
    NoDChannel,
    /// The board gives this T1 a D-channel, and its calls are signalled on another line.
    UnusedDChannel,
    /// Lines of this kind or practice have a D-channel each.
    NoSharedDChannel,
    /// Whoever dials it would get the emergency call instead.
    BeginsLikeEmergency {
        /// The emergency number.
        number: String,
    },
    /// A rule takes all digits of a number.
    LeavesNothing,
    /// A rule makes a number too long.
    LeavesTooMuch {
        /// The longest that it may be.
        max: u8,
    },
    /// Two numbers can't be told apart while they are dialled.
    BeginsLike {
        /// The other one.
        other: String,
        /// Its line.
        line: u32,
    },
    /// Only a telephone or a door station calls somebody by itself.
    NoHotLineHere,
    /// Only an outside line can be dialled on with pauses: the called number of an ISDN call, and a number of the house, have none.
    NoPauseHere,
    /// Only a headset is announced a call that it could take by a key.
    NoAnswerByKeyHere,
    /// A headset has no line to let go of: it is ready again by itself.
    NoBatteryDropHere,
    /// It is neither a telephone or queue of the house, nor outside, nor an emergency number.
    ReachesNobody,
    /// Only a telephone keeps messages: nothing else has somebody who would key a PIN.
    NoMailboxHere,
    /// Nobody of the settings has that telephone, so nobody could hear its messages.
    MailboxOfNobody,
    /// Messages at the extension of several people: nobody could say whose each is.
    MailboxOfMany,
    /// The settings have no voicemail (`[mail]`).
    NoVoicemail,
    /// One person is two of the administrators that check one another.
    CombinedAdministrators,
    /// No caller ever comes here.
    Unreachable,
    /// A caller who does nothing goes round for ever.
    EndlessLoop {
        /// The steps of the circle.
        steps: Vec<String>,
    },
    /// What is to be kept may have to go before.
    GoesBeforeKept,
    /// The most is less than the fewest.
    MostBelowFewest {
        /// The fewest.
        fewest: u8,
    },
}

/// What should be known before a file is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Caution {
    /// An emergency call may have to end another call first.
    NoChannelKeptFree,
    /// The board has one voice channel to the outside, or none: there is none to keep free.
    NoChannelToKeep,
    /// No trunk group leads outside: emergency numbers reach nobody.
    EmergencyReachesNobody,
    /// Nothing is spoken under that name.
    UnknownPrompt,
    /// Nothing leads to it.
    Unused,
    /// A caller who does nothing waits again and again.
    WaitsAgain {
        /// The steps of the circle.
        steps: Vec<String>,
    },
    /// A rule above fits every number that this one fits.
    NeverReached {
        /// The line of the rule above.
        line: u32,
    },
    /// A trunk brings calls whose number is in no row: they are refused.
    NoTargetForTheRest,
    /// The dialect is spoken on T1 lines, and these are E1.
    DialectOfT1,
    /// The dialect is spoken on E1 lines, and these are T1.
    DialectOfE1,
    /// Telephones of agents, locked ones, and what is no telephone get no call waiting.
    NoCallWaitingHere,
    /// Emergency numbers can't be dialled at a telephone that calls somebody at once.
    NothingDialledHere,
    /// It does something only where the box plays the other role.
    OnlyInRole {
        /// Which.
        role: Role,
    },
}

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text in quotes.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list.
    List,
    /// A table of keys.
    Table,
}

/// How a text has to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// 1 to 16 printable ASCII characters.
    CardSerial,
    /// `SERIAL.POSITION`.
    Port,
    /// One of `0` to `9`, `*`, `#`, `A` to `D`.
    Key,
    /// 1 to 32 digits.
    Digits,
    /// A number as it is dialled in the house, with pauses where it is outside.
    Calls,
    /// 1 to 19 printable characters.
    Subaddress,
    /// `*` or `#`, and then 1 to 7 of `0` to `9`, `*`, `#`.
    Code,
    /// 8 at most of `0` to `9`, `*`, `#` and commas; where numbers are pulsed, digits alone.
    DialFirst,
    /// The name of a time zone.
    TimeZone,
    /// 2 or 3 digits.
    Service,
    /// 1 to 32 digits behind a `+` or alone.
    Prefix,
    /// The hash of a PIN, as `ringfence pin` writes it.
    PinHash,
    /// The name of a sound, without `/`, `\\` and `.`.
    Prompt,
    /// 1 to 40 characters without control characters, and no blank at either end.
    Name,
    /// 1 to 120 characters without control characters.
    DeviceName,
    /// Small letters, digits, `_` and `-`, as the names of kernel modules and their options are.
    ModuleName,
    /// 1 to 40 printable ASCII characters without blanks and quotes.
    OptionValue,
    /// A folder's whole path; `tcp://` or `udp://` and an address with its port; or `smtp://`, the same, and a mailbox.
    WitnessPlace,
    /// A folder's whole path, or `https://` or `http://` with a store's address and a bucket.
    CopyPlace,
    /// A file's whole path.
    File,
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// A card, by serial.
    Card,
    /// A jack, by port.
    Port,
    /// A station, by extension.
    Station,
    /// A queue.
    Queue,
    /// A flow.
    Flow,
    /// A step of the same flow.
    Step,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {:?}", self.place, self.found, self.what)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {:?}", self.place, self.found, self.what)
    }
}
