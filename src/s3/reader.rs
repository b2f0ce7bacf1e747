//! A copy in a bucket that is only read: no claim is put, no condition is tried, and an access key that may read is enough.
//!
//! What is fetched of a hospital's years takes days: a store that is away for a moment, or asks to be spared, is asked again.

use std::{
    cell::RefCell,
    fmt,
    io::{self, ErrorKind},
    sync::{Arc, atomic::AtomicU64},
    thread::sleep,
    time::Duration,
};

use super::{
    bucket::{Access, S3Bucket},
    client::store_says,
};
use crate::recorder::{Bucket, Listed};

/// How often a store is asked the same.
const TRIES: u32 = 6;

/// How long it is spared first; each time twice as long.
const SPARED: Duration = if cfg!(test) { Duration::from_millis(10) } else { Duration::from_secs(1) };

/// The objects of one copy, to be read.
pub struct S3Reader {
    access: Access,
    prefix: String,
    beats: Arc<AtomicU64>,
    /// The connection, as long as nothing went wrong with it.
    open: RefCell<Option<S3Bucket>>,
}

impl S3Reader {
    /// What is under `prefix` in a bucket. Nothing is asked yet.
    pub fn new(access: Access, prefix: &str) -> S3Reader {
        S3Reader { access, prefix: prefix.to_owned(), beats: Arc::default(), open: RefCell::default() }
    }

    fn ask<T>(&self, mut act: impl FnMut(&S3Bucket) -> io::Result<T>) -> io::Result<T> {
        let mut spared = SPARED;
        for tries in 1.. {
            let kept = self.open.borrow_mut().take();
            let asked = match kept {
                Some(bucket) => Ok(bucket),
                None => S3Bucket::to_read(self.access.clone(), &self.prefix, Arc::clone(&self.beats)),
            };
            let (bucket, answer) = match asked {
                Ok(bucket) => {
                    let answer = act(&bucket);
                    (Some(bucket), answer)
                }
                Err(error) => (None, Err(error)),
            };
            match answer {
                Err(error) if !passes(&error) => {
                    return Err(error);
                }
                Err(error) if tries < TRIES => {
                    tracing::warn!(%error, "the store is asked again");
                    sleep(spared);
                    spared *= 2;
                }
                // Whatever it says each time, it is of no use now.
                Err(error) => return Err(io::Error::new(ErrorKind::NotConnected, error)),
                Ok(answer) => {
                    *self.open.borrow_mut() = bucket;
                    return Ok(answer);
                }
            }
        }
        unreachable!("it ends with the last try")
    }
}

/// Whether the same may be answered otherwise in a moment.
fn passes(error: &io::Error) -> bool {
    store_says(error).is_none()
        && matches!(error.kind(), ErrorKind::NotConnected | ErrorKind::TimedOut | ErrorKind::Other)
}

impl Bucket for S3Reader {
    fn octets(&self, key: &str) -> io::Result<Option<u64>> {
        self.ask(|bucket| bucket.octets(key))
    }

    fn read_at(&self, key: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.ask(|bucket| bucket.read_at(key, offset, into))
    }

    fn put(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&mut self, _: &str) -> io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn forget_earlier(&mut self, _: &str) -> io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn list(&self, prefix: &str, after: Option<&str>, most: usize) -> io::Result<Vec<Listed>> {
        self.ask(|bucket| bucket.list(prefix, after, most))
    }
}

impl fmt::Debug for S3Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Reader").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
