//! Supplementary services: what stands in Facility elements.
//!
//! Source: EN 300 196-1 and ITU-T Q.932 (how services are carried), ITU-T X.219 and X.229 (remote operations), ECMA-165
//! (private networks); the standard of each service is named in its file. [`FacilityContents`] reads and writes an
//! element, [`Operation`] gives a component its meaning.

mod address;
mod ber;
mod charge;
mod diversion;
mod facility;
mod name;
mod operation;
mod rose;
mod table;
#[cfg(test)]
mod tests;
mod transfer;

pub use ber::{BerError, MAX_DEPTH, ObjectId, TooLong};
pub use charge::{
    Amount, Association, Billing, Charge, ChargeAtEnd, ChargeSoFar, ChargedItem, ChargingCase, Currency, MOST,
    MOST_PRICES, MOST_UNITS, Money, Period, Price, Rate, Scale, Step, Tariff, Units,
};
pub use diversion::{DiversionNotice, DiversionReason, DivertingLeg1, DivertingLeg2, DivertingLeg3};
pub use facility::{Entities, Entity, FacilityContents, Header, Interpretation, ParsedFacility, Profile};
pub use name::{Charset, Name, NameText};
pub use operation::Operation;
pub use rose::{
    Argument, Code, Component, ErrorProblem, Fault, GeneralProblem, InvokeId, InvokeProblem, Problem, ResultProblem,
};
pub use table::Syntax;
pub use transfer::{CallLink, TransferComplete, TransferEnd, TransferInform, TransferParty, TransferStatus};
