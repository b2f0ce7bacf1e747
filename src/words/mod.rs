//! Every sentence for people, in Chinese and English, side by side.
//!
//! A sentence is a variant with arguments; both languages stand next to each other, so neither can be forgotten and the
//! compiler checks the arguments of both. Firmware hands over enums; this room says them.

mod alarm;
pub mod approval;
pub mod audit;
pub mod board;
mod cause;
mod cause_table;
pub mod command;
mod data_dir;
pub mod demo;
pub mod export;
mod finding;
pub mod keeping;
pub mod kept;
mod ladder;
mod language;
pub mod page;
pub mod people;
pub mod port;
mod problem;
mod quantity;
pub mod reckoning;
pub mod reset;
pub mod root;
pub mod search;
mod sentence;
pub mod shortening;
pub mod state;
mod story;
pub mod vault;

pub use alarm::{alarm, alarm_brief};
pub use cause::{cause, cause_advice, location};
pub use data_dir::data_dir_error;
pub use finding::{finding, keys_fault};
pub use ladder::{LadderLine, Step, channel_of, ladder, ladder_time, no_ladder};
pub use language::Language;
pub use problem::{caution, problem};
pub use quantity::{clock_time, date_time, duration, money, room, whole_seconds};
pub use story::{Names, charge, masked_by, not_supervised, story, supervisor_mode};
