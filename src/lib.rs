//! The daemon's planes, as a library so that the whole box can be driven in one thread under a virtual clock.
#![forbid(unsafe_code)]

pub mod admin;
pub mod changes;
pub mod cli;
pub mod daemon;
pub mod data_dir;
pub mod handles;
pub mod journal;
pub mod mail;
pub mod media;
pub mod opener;
pub mod recorder;
pub mod s3;
pub mod telephony;
pub mod wav;
pub mod words;
