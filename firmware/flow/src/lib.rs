//! Call flows: what one caller hears, presses and is led to.
//!
//! [`Run`] is one call in one flow. Digits and ended prompts go in; prompts, queues, stations and facts come out.
//! The flow itself, and the checks of its steps, are in `settings`.
//! Not here: playing, waiting, ringing, and hearing tones.
#![forbid(unsafe_code)]

mod message;
mod run;
mod secret;

pub use message::{ConsentBy, Fact, FlowInput, FlowOutput, QueueLeft};
pub use run::Run;
pub use secret::Secret;
