//! Supplementary services: what stands in Facility elements.
//!
//! Source: EN 300 196-1 and ITU-T Q.932 (how services are carried), ITU-T X.219 and X.229 (remote operations), ECMA-165
//! (private networks); the standard of each service is named in its file. [`FacilityContents`] reads and writes an
//! element, [`Operation`] gives a component its meaning.

mod address;
pub(crate) mod ber;
mod charge;
mod completion;
pub(crate) mod dialogue;
mod diversion;
mod facility;
mod name;
mod operation;
pub(crate) mod parties;
mod refusal;
mod rose;
mod table;
#[cfg(test)]
mod tests;
mod transfer;
mod user_user;
mod waiting;

pub use ber::{BerError, MAX_DEPTH, ObjectId, TooLong};
pub use charge::{
    Advice, Amount, Association, Billing, Charge, ChargeAtEnd, ChargeSoFar, ChargedItem, ChargingCase, Currency, MOST,
    MOST_PRICES, MOST_UNITS, Money, Period, Price, Rate, Scale, Step, Tariff, Units,
};
pub use completion::{Completion, CompletionRequest, Service};
pub(crate) use completion::{CompletionDenial, Retention};
pub use dialogue::T_RESPONSE;
pub use diversion::{DiversionNotice, DiversionReason, DivertingLeg1, DivertingLeg2, DivertingLeg3};
pub use facility::{Entities, Entity, FacilityContents, Header, Interpretation, ParsedFacility, Profile};
pub use name::{CharacterSet, Name, NameText};
pub use operation::Operation;
pub(crate) use refusal::reject;
pub use refusal::{Denial, Refusal, ServiceError};
pub use rose::{
    Argument, Code, Component, ErrorProblem, Fault, GeneralProblem, InvokeId, InvokeProblem, Problem, ResultProblem,
};
pub use table::Syntax;
pub use transfer::{
    CallLink, OtherParty, PartyChange, TransferComplete, TransferEnd, TransferInform, TransferParty, TransferStatus,
};
pub use user_user::UserUserService;
pub use waiting::{Mailbox, MessagesWaiting};
