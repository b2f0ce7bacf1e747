//! Buckets of stores that speak S3, in the building: a copy of the vault as objects.
//!
//! ```text
//! recorder::BucketStore ─▶ S3Bucket ─▶ Client ─▶ one connection (HTTP/1.1, rustls where asked)
//!                             └─▶ Claim: one writer at a time
//! ```
//!
//! Requests are signed by version 4 of AWS's signatures, their bodies included, so a plain connection gives nobody the key, and a
//! body that was changed on the way is refused. Source: Amazon S3 API Reference, 2006-03-01.
//! Not here: which files there are and what they mean (`recorder`), when a copy is brought on (`daemon`).

mod answers;
mod bucket;
mod claim;
mod client;
mod connection;
mod key;
mod lease;
mod reader;
mod signature;
#[cfg(test)]
mod tests;
mod writer;

pub use bucket::{Access, QUIET, S3Bucket};
pub use claim::Claim;
pub use client::{StoreSays, store_says};
pub use key::{AccessKey, NoKey, key_file};
pub use lease::LeaseTerm;
pub use reader::S3Reader;
