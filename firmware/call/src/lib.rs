//! Calls: what belongs together from the first seizure to the last release.
//!
//! [`Control`] decides; it is fed by lines and stations and tells the media thread, the recorder and the lines what to
//! do, and the journal what happened ([`CallEvent`]).
#![forbid(unsafe_code)]

mod adopt;
mod agent;
mod blind_transfer;
mod call_back;
mod compartment;
mod conference;
mod consent;
mod consult;
mod control;
mod emergency;
mod event;
mod hand_over;
mod hot_line;
mod incoming;
mod kept;
mod keyed;
mod leg;
mod line_flash;
mod lock;
mod mail;
mod malicious;
mod masking;
mod message;
mod number;
mod numbering;
mod outside;
mod park;
mod pick_up;
mod pin;
mod plan;
mod queue;
mod record;
mod redial;
mod service;
mod sound;
mod station;
mod supervision;
mod talk;
mod told;
mod transfer;
mod view;
mod waiting;
mod when_free;
mod wishes;

pub use adopt::{Adoption, Found};
pub use blind_transfer::NotTransferred;
pub use conference::Part;
pub use consent::ConsentEvidence;
pub use control::Control;
pub use event::{
    AnswerEvidence, CallClass, CallEvent, Direction, Endpoint, LegRole, OfferEnd, QueueExit, RecordingGap,
    ReleaseEvidence, ReleaseTone, Side, Sound,
};
pub use kept::{Kept, KeptDoing, KeptLeg, KeptMask, KeptRecording};
pub use lock::NotUnlocked;
pub use mail::{MailKind, MailOrder, MailPlan, MailRow, MailTold, MailboxView, NoMail, OwnGreeting, spoken_number};
pub use malicious::{KeptFor, ServiceRefusal};
pub use masking::{MaskedBy, Masking, MaskingEnd, NotMasked};
pub use message::{Heard, Input, Line, Output, Record, ReleasedBy, Shown, StationRequest, TrunkRequest};
pub use number::{NUMBER_MAX_LEN, Number, NumberError, NumberKey};
pub use numbering::{NotWritable, Numbering, Party, Spoiled};
pub use pin::{Pin, PinVerdict};
pub use plan::{
    AgentAct, DialCode, DialCodes, Group, MaskingPlan, Match, Music, Plan, Polish, Service, ServiceAct, ServiceCodes,
    SpecialRow, Station, Target, Trunk,
};
pub use service::{Charge, LegTold, Notice, PartyChange, Price, Priced, Rate, Terminal, Wanted};
pub use supervision::{NotSupervised, SupervisionEnd, SupervisorMode};
pub use told::{AnswerTold, CallerTold, Diversion, DiversionReason};
pub use transfer::NotJoined;
pub use view::{CallView, Doing, LegView, SupervisedView};
pub use when_free::{CallBackEnd, CallBackRefusal};
pub use wishes::{NotForwarded, ServiceNotSet, Wishes};
