//! A bucket whose objects are files: what somebody has downloaded of one; and memory that fails, for tests.

use std::io;

use super::{
    bucket::{Bucket, Listed},
    store::{Store, replace},
};

/// Objects as files of the same names.
#[derive(Debug)]
pub struct FilesBucket<S>(pub S);

impl<S: Store> Bucket for FilesBucket<S> {
    fn octets(&self, key: &str) -> io::Result<Option<u64>> {
        self.0.octets(key)
    }

    fn read_at(&self, key: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(key, offset, into)
    }

    fn put(&mut self, key: &str, octets: &[u8]) -> io::Result<()> {
        replace(&mut self.0, key, octets)
    }

    fn remove(&mut self, key: &str) -> io::Result<()> {
        self.0.remove(key)
    }

    fn forget_earlier(&mut self, _prefix: &str) -> io::Result<()> {
        // A file has none.
        Ok(())
    }

    fn list(&self, prefix: &str, after: Option<&str>, most: usize) -> io::Result<Vec<Listed>> {
        let keys = self.0.list(prefix.trim_end_matches('/'))?;
        let behind = keys.into_iter().filter(|key| after.is_none_or(|after| key.as_str() > after)).take(most);
        behind.filter_map(|key| Some(self.0.octets(&key).transpose()?.map(|octets| Listed { key, octets }))).collect()
    }
}
