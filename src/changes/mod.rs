//! Changes of settings: kept as versions, so that each can be seen, compared and taken back.

mod versions;

pub use versions::{Versions, VersionsError};
