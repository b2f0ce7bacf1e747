//! ISDN primary rate: one D-channel a [`Span`], both roles, from the data link to the basic call.
//!
//! Source: ITU-T Q.921 (data link), Q.931 and EN 300 403-1 (call control), Q.850 (causes).
//! Frames are octets without check sequence; time is handed in; nothing here touches a line.
//! Not here: audio, numbers' meaning, basic rate.
#![forbid(unsafe_code)]

mod call;
mod cause;
mod channel;
mod dialect;
mod event;
mod group;
mod handle;
mod name;
mod particulars;
pub mod q921;
pub mod q931;
mod role;
mod settings;
mod sip;
mod span;
pub mod suppl;
mod timer;
pub mod trace;

pub use call::{CallEntry, CallState, EntryError, HoldState};
pub use cause::Cause;
pub use channel::{ChannelNumbers, ChannelState, Hunting};
pub use dialect::{Dialect, DiversionBy, LineKind, NameBy, Rules, SendingComplete, Sides, TransferBy};
pub use event::{
    CallProgress, CompletionOf, Event, IncomingSetup, Origin, Request, RestartScope, Rider, SetupRefused, SetupRequest,
};
pub use group::{Group, GroupCounters, GroupError, GroupInput, GroupOutput, GroupSettings, LINES_MAX};
pub use handle::CallHandle;
pub use name::{Charset, NameStyle};
pub use particulars::{ConnectedParty, Particulars};
pub use q921::LinkFault;
pub use role::Role;
pub use settings::{Applied, SpanSettings};
pub use sip::SipStatus;
pub use span::{Adopted, Counters, Input, Output, Span};
pub use timer::{LinkSettings, Timer, TimerTable};
