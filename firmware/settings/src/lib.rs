//! The settings model and the board file: defaults, checks with their place, formats.
//!
//! Hardware is in the **board file** ([`Board`]); numbers, flows, queues, stations and people are in the **settings**
//! ([`Settings`]), one document with versions. Both are TOML, both are checked as a whole: every problem is told at once,
//! with its line, its key, what was found and what is allowed.
//! Not here: reading files, keeping versions, and the words for people.
#![forbid(unsafe_code)]

mod applied;
mod board;
mod busy_tone;
mod check;
mod codes;
mod copies;
mod country;
mod dahdi;
mod digits;
mod document;
mod flow;
mod layout;
mod mail;
mod masking;
mod migrate;
mod number;
mod numbering;
mod outside_line;
mod park;
mod pause;
mod person;
mod pickup;
mod place;
mod port_tests;
mod problem;
mod queue;
mod read;
mod recordings;
mod retention;
mod rings;
mod services;
mod sign_in;
mod sound;
mod station;
mod time_zone;
mod trace;
mod transfer;
mod trunk;
mod weakening;
mod witness;

pub use applied::{Applied, Version};
pub use board::{Board, Card, CardKind, Driver, Echo, SimEcho, SimLine, SpanRow};
pub use busy_tone::BusyTone;
pub use check::Checked;
pub use codes::Codes;
pub use copies::{BucketPlace, CopyPlace, LEASE_DAYS, NoCopyPlace, REGION, VaultCopy};
pub use country::{Country, Language};
pub use dahdi::{CANCELLER, COUNTRY_MODULES, Coding, DahdiCard, Gain, Start};
pub use digits::Digits;
pub use document::{Emergency, Record, SETTINGS_FORMAT, Settings};
pub use flow::{
    ConsentStep, DialStep, DigitsStep, Flow, HangUpStep, Key, KeyError, MenuStep, Miss, PauseStep, PlayStep, QueueStep,
    Refused, Step,
};
pub use layout::{Jack, Layout, SpanPlace};
pub use mail::Mail;
pub use masking::{Masking, MayMask};
pub use number::{NumberRow, Target};
pub use numbering::{NameCharset, NumberKind, NumberPlan, NumberRule, Numbering, OfTwo};
pub use outside_line::{Dialling, OutsideLines};
pub use park::Park;
pub use pause::Pause;
pub use person::{Person, PersonRole};
pub use pickup::PickupGroup;
pub use place::Place;
pub use port_tests::PortTests;
pub use problem::{Caution, Form, Kind, Name, Problem, Warning, What};
pub use queue::{MUSIC, Queue, Strategy, Supervision, Unstaffed};
pub use recordings::Recordings;
pub use retention::{Period, RetentionRule};
pub use rings::{Ring, Rings};
pub use services::{Forward, Services};
pub use sign_in::{SecondFactorOf, SignInRule};
pub use sound::SoundDevice;
pub use station::{Answer, CallerId, Flash, Lock, MessageLamp, Station, StationClass};
pub use time_zone::LocalTime;
pub use trace::{TracedNumbers, Traces};
pub use transfer::Transfer;
pub use trunk::{ChannelNumbers, Dialect, HandOver, Hunting, Role, TrunkGroup};
pub use weakening::Weakening;
pub use witness::{Mailbox, NoWitnessPlace, Witness, WitnessPlace};
