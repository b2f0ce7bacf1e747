//! ITU-T G.168: the tests of echo cancellers, against whatever cancels the echoes of a span.
//!
//! One canceller has 32 lines, of which each has an echo of its own: all paths of Annex D at several losses and delays at
//! once.

pub mod limits;
mod meter;
mod nlms;
mod path;
mod procedures;
mod rig;
mod subject;
mod tables;

pub use meter::Meter;
pub use nlms::Plain;
pub use path::{Filter, HYBRIDS, Hybrid};
pub use procedures::{Row, Setup, TESTS, Test};
pub use rig::{Peaks, Rig, hybrids};
pub use subject::{Nothing, Subject};
