//! The objects of a copy in a bucket, under `ringfence-VAULT/`.
//!
//! What is put is read back whole, and in a bucket that keeps versions all earlier ones of the object are deleted by their ids, and
//! it is looked up that they are gone: else what was destroyed would still be there.

use std::{
    cell::Cell,
    fmt,
    io::{self, ErrorKind},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use frame::Utc;

use super::{
    answers::{Objects, Version, Versioning, Versions, has_default_retention},
    claim::{Claim, WRITER},
    client::{Answer, Ask, Client, Place, checksum},
    connection::{Endpoint, trusting},
    key::AccessKey,
    lease::{LeaseTerm, Locked, is_recording},
};
use crate::recorder::{Bucket, Listed};

/// How long a store may be silent: with what follows an alarm stands within its minute.
pub const QUIET: Duration = Duration::from_secs(30);

/// How often it is looked whether versions are gone.
pub(super) const LOOKS: usize = 3;

/// Octets of a recording at most: what S3 takes in one piece.
const OBJECT_OCTETS_MAX: u64 = 5 << 30;

/// Octets of anything else at most: the longest is a keyring.
const OTHER_OCTETS_MAX: u64 = 4 << 20;

/// Pages of a list of versions at most: ten million versions.
const PAGES_MAX: usize = 10_000;

/// Versions that are deleted after one list at most. What is left is in the next one.
const DELETED_AT_ONCE: usize = 10_000;

/// From so many octets on a body may be under way for as long as a claim lasts, on the slowest line that there is.
const LONG_OCTETS: usize = 1 << 20;

/// Octets of a claim at most.
const SMALL_OCTETS_MAX: usize = 4096;

/// Where keys are: under these nothing of before may be left.
const KEY_PREFIXES: [&str; 2] = ["keys-a/", "keys-b/"];

/// How a bucket is reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// The store's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The certificates of the CA that signed its own, PEM; none for a plain connection.
    pub trusted: Option<Vec<u8>>,
    /// The bucket.
    pub bucket: String,
    /// The bucket is named in the host and not in the path.
    pub is_in_host: bool,
    /// The region that signatures name.
    pub region: String,
    /// The key.
    pub key: AccessKey,
    /// How long the store may be silent.
    pub quiet: Duration,
    /// How long recordings are locked; none where they are not.
    pub lease: Option<LeaseTerm>,
}

/// The objects of one copy.
pub struct S3Bucket {
    pub(super) client: Client,
    prefix: String,
    pub(super) keeps_versions: bool,
    /// The claim is told from others' by the versions of its object, and not by a condition.
    pub(super) claims_by_version: bool,
    /// The store compares a condition with its tag without the quotes.
    pub(super) has_bare_tags: bool,
    pub(super) lease: Option<LeaseTerm>,
    pub(super) claim: Box<Claim>,
    /// What went wrong on this connection. Nobody knows what of it the store has done, so nothing more goes over it: the next
    /// one looks for what is left of before.
    broken: Cell<Option<ErrorKind>>,
}

impl S3Bucket {
    /// Reaches a bucket, and claims what is under `prefix`. `claim` goes on from the last one of this writer. `beats` goes up with each
    /// thing that the store does.
    ///
    /// # Errors
    /// The store's, with the claim. [`ErrorKind::Unsupported`] where the bucket would keep keys that were destroyed, or
    /// has no conditions; [`ErrorKind::ResourceBusy`] and [`ErrorKind::WouldBlock`] where another one writes.
    pub fn open(
        access: Access,
        prefix: &str,
        claim: Box<Claim>,
        beats: Arc<AtomicU64>,
    ) -> Result<S3Bucket, (io::Error, Box<Claim>)> {
        let lease = access.lease;
        let client = match client(access, beats) {
            Ok(client) => client,
            Err(error) => return Err((error, claim)),
        };
        let mut bucket = S3Bucket { lease, ..S3Bucket::over(client, prefix, claim) };
        match bucket.begin() {
            Ok(()) => Ok(bucket),
            Err(error) => Err((error, bucket.into_claim())),
        }
    }

    /// Reaches a bucket to read it: nothing is claimed, and nothing asked yet. Nobody may write by it.
    pub(super) fn to_read(access: Access, prefix: &str, beats: Arc<AtomicU64>) -> io::Result<S3Bucket> {
        Ok(S3Bucket::over(client(access, beats)?, prefix, Claim::new("")))
    }

    fn over(client: Client, prefix: &str, claim: Box<Claim>) -> S3Bucket {
        S3Bucket {
            client,
            prefix: prefix.to_owned(),
            keeps_versions: false,
            claims_by_version: false,
            has_bare_tags: false,
            lease: None,
            claim,
            broken: Cell::new(None),
        }
    }

    /// Its claim, for the next connection.
    pub fn into_claim(self) -> Box<Claim> {
        self.claim
    }

    /// Whether what is put leaves what was there before, until that is deleted.
    pub fn keeps_versions(&self) -> bool {
        self.keeps_versions
    }

    /// Holds the claim, before anything is read that what is written next goes by.
    ///
    /// # Errors
    /// The store's; [`ErrorKind::WouldBlock`] where another one has taken it.
    pub fn hold(&mut self) -> io::Result<()> {
        self.renew_claim()
    }

    /// As if it was held long ago.
    #[cfg(test)]
    pub(super) fn forget_when_it_was_held(&mut self) {
        self.claim.grow_old();
    }

    /// Gives the claim up.
    ///
    /// # Errors
    /// The store's.
    pub fn release(mut self) -> io::Result<()> {
        self.give_up_claim()
    }

    fn begin(&mut self) -> io::Result<()> {
        let versions = self.versioning()?;
        (self.keeps_versions, self.claims_by_version) = (versions.keeps_some, versions.is_on);
        self.refuse_wrong_lock()?;
        self.take_claim()?;
        for prefix in KEY_PREFIXES {
            self.delete_earlier(prefix)?;
        }
        Ok(())
    }

    fn versioning(&self) -> io::Result<Versioning> {
        match self.client.read(&[("versioning", "")])? {
            // It has none.
            (answer, _) if answer.status == 501 => Ok(Versioning::default()),
            (answer, text) if answer.is_good() => Versioning::parse(&text).ok_or_else(unread),
            (answer, _) => Err(answer.error()),
        }
    }

    /// Under a lock of the bucket's own no key could be destroyed. Who may not ask finds out with the claim's own versions. Where there
    /// are to be leases it has to have locks, and none of its own.
    fn refuse_wrong_lock(&self) -> io::Result<()> {
        let (answer, text) = self.client.read(&[("object-lock", "")])?;
        self.refuse_without_lock((&answer, &text))?;
        let has_default = match answer.status {
            _ if answer.is_good() => has_default_retention(&text).ok_or_else(unread)?,
            403 | 404 | 501 => false,
            _ => return Err(answer.error()),
        };
        if has_default {
            Err(keeps_keys("the bucket locks whatever is put there, by a default retention"))
        } else {
            Ok(())
        }
    }

    pub(super) fn whole_key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Asks for an object; none where there is none.
    pub(super) fn say(
        &self,
        method: &str,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Option<(Answer, Vec<u8>)>> {
        let (key, mut content) = (self.whole_key(key), Vec::new());
        let answer = self.client.ask(Ask { method, key: Some(&key), query, headers, body }, &mut |octets| {
            content.extend_from_slice(octets);
            content.len() <= SMALL_OCTETS_MAX
        })?;
        Ok(answer.there()?.map(|answer| (answer, content)))
    }

    pub(super) fn put_object(&self, key: &str, octets: &[u8], more: &[(&str, &str)]) -> io::Result<Answer> {
        let sum = checksum(octets);
        let headers: Vec<(&str, &str)> =
            more.iter().copied().chain([("x-amz-checksum-sha256", sum.as_str())]).collect();
        let put = self.say("PUT", key, &[], &headers, octets)?;
        put.map(|(answer, _)| answer)
            .ok_or_else(|| io::Error::new(ErrorKind::NotConnected, "the store has no such bucket"))
    }

    /// Reads back what was put, and deletes what was there before.
    pub(super) fn after_put(&mut self, key: &str, answer: &Answer) -> io::Result<()> {
        let version = answer.header("x-amz-version-id").map(str::to_owned);
        // Versions may be switched on while the box runs.
        self.keeps_versions |= version.as_deref().is_some_and(|version| version != "null");
        if self.keeps_versions { self.delete_others(key, version.as_deref()) } else { Ok(()) }
    }

    /// What the store gives back, where that is what it was given, whole.
    fn reads_back(&self, key: &str, octets: &[u8]) -> io::Result<Option<Answer>> {
        let (mut left, mut is_same) = (octets, true);
        let ask = Ask { method: "GET", key: Some(&self.whole_key(key)), ..Ask::default() };
        let answer = self.client.ask(ask, &mut |piece| {
            match left.strip_prefix(piece) {
                Some(rest) => left = rest,
                None => is_same = false,
            }
            is_same
        })?;
        Ok(answer.there()?.filter(|_| is_same && left.is_empty()))
    }

    /// Deletes all versions of an object but one, or but the one that is read where none is named, and looks that they are gone.
    fn delete_others(&mut self, key: &str, keep: Option<&str>) -> io::Result<()> {
        let whole = self.whole_key(key);
        let is_other = |version: &Version| match keep {
            Some(keep) => version.id != keep,
            None => version.is_mark || !version.is_latest,
        };
        if is_recording(key) {
            return self.delete_unlocked(key, &is_other);
        }
        self.delete_until_gone(&whole, &|version| version.key == whole && is_other(version))
    }

    /// Deletes what of a prefix is not what is read.
    fn delete_earlier(&mut self, prefix: &str) -> io::Result<()> {
        if !self.keeps_versions {
            return Ok(());
        }
        self.delete_until_gone(&self.whole_key(prefix), &|version| version.is_mark || !version.is_latest)
    }

    /// Deletes versions of what begins so, as long as the claim is held.
    pub(super) fn delete_until_gone(&mut self, prefix: &str, goes: &dyn Fn(&Version) -> bool) -> io::Result<()> {
        let is_claim = prefix == self.whole_key(WRITER);
        let (mut looks, mut before) = (LOOKS, usize::MAX);
        while looks > 0 {
            let mut others = self.versions(prefix, goes)?;
            // What is read goes last, be it a mark: else one from before would be read meanwhile.
            others.sort_by_key(|version| (version.is_latest, version.is_mark));
            // As long as it gets on, it goes on.
            looks -= usize::from(others.len() < DELETED_AT_ONCE || others.len() >= before);
            before = others.len().max(1);
            if others.is_empty() {
                return Ok(());
            }
            for version in others {
                if !is_claim {
                    self.renew_claim()?;
                }
                self.delete_version(&version)?;
            }
        }
        Err(keeps_keys("what was deleted of the bucket's earlier versions is still listed"))
    }

    pub(super) fn delete_version(&self, version: &Version) -> io::Result<()> {
        let query = [("versionId", version.id.as_str())];
        let answer =
            self.client.say(Ask { method: "DELETE", key: Some(&version.key), query: &query, ..Ask::default() })?;
        match (answer.status, answer.code.as_str()) {
            // Those of any request: nothing is said of this version.
            (408 | 429, _) | (_, "RequestTimeTooSkewed" | "InvalidAccessKeyId" | "SignatureDoesNotMatch") => {
                Err(answer.error())
            }
            // Stores have several codes for what is locked.
            (400..=499, _) if answer.status != 404 => {
                Err(keeps_keys("the store does not let an earlier version of an object be deleted"))
            }
            _ => answer.there().map(|_| ()),
        }
    }

    /// Those of a prefix that are to go.
    pub(super) fn versions(&self, prefix: &str, goes: &dyn Fn(&Version) -> bool) -> io::Result<Vec<Version>> {
        let (mut versions, mut next, mut pages) = (Vec::new(), None::<(String, String)>, 0);
        loop {
            let mut query = vec![("versions", ""), ("prefix", prefix)];
            if let Some((key, version)) = &next {
                query.extend([("key-marker", key.as_str()), ("version-id-marker", version.as_str())]);
            }
            let (answer, text) = self.client.read(&query)?;
            if !answer.is_good() {
                return Err(answer.error());
            }
            let page = Versions::parse(&text).ok_or_else(unread)?;
            versions.extend(page.versions.into_iter().filter(goes));
            if page.next.is_none() || versions.len() >= DELETED_AT_ONCE {
                return Ok(versions);
            }
            // One that begins where it began tells nothing of what is behind.
            let goes_on = match (&page.next, &next) {
                (Some((key, version)), Some((before, of_before))) => {
                    key > before || key == before && version != of_before
                }
                _ => true,
            };
            pages += 1;
            if !goes_on || pages > PAGES_MAX {
                return Err(unread());
            }
            next = page.next;
        }
    }

    pub(super) fn remove_object(&mut self, key: &str) -> io::Result<()> {
        let whole = self.whole_key(key);
        if self.lease_of(key)?.is_some() {
            return self.conceal(key);
        }
        if self.keeps_versions {
            return self.delete_until_gone(&whole, &|version| version.key == whole);
        }
        let answer = self.client.say(Ask { method: "DELETE", key: Some(&whole), ..Ask::default() })?;
        self.keeps_versions = answer.header("x-amz-delete-marker").is_some();
        answer.there()?;
        match self.octets_of(key)? {
            None if self.keeps_versions => self.remove_object(key),
            None => Ok(()),
            Some(_) => Err(keeps_keys("what was deleted is still there")),
        }
    }
}

fn client(access: Access, beats: Arc<AtomicU64>) -> io::Result<Client> {
    let Access { host, port, trusted, bucket, is_in_host, region, key, quiet, lease: _ } = access;
    let tls = trusted.as_deref().map(trusting).transpose();
    let tls = tls.map_err(|error| io::Error::new(ErrorKind::NotConnected, error))?;
    let (host, bucket) = if is_in_host { (format!("{bucket}.{host}"), None) } else { (host, Some(bucket)) };
    Client::new(Place { endpoint: Endpoint { host, port, tls, quiet }, bucket, region, key }, beats)
}

pub(super) fn etag(answer: &Answer) -> io::Result<String> {
    answer.header("etag").map(str::to_owned).ok_or_else(unread)
}

pub(super) fn unread() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the store's answer can't be read")
}

pub(super) fn keeps_keys(why: &str) -> io::Error {
    io::Error::new(ErrorKind::Unsupported, why)
}

impl S3Bucket {
    /// Does something, where nothing went wrong before. That there is no room, or no such object, is an answer.
    fn unbroken<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        if let Some(kind) = self.broken.get() {
            return Err(io::Error::new(kind, "something went wrong on this connection before"));
        }
        act().inspect_err(|error| {
            if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::QuotaExceeded) {
                self.broken.set(Some(error.kind()));
            }
        })
    }

    pub(super) fn octets_of(&self, key: &str) -> io::Result<Option<u64>> {
        let Some((answer, _)) = self.say("HEAD", key, &[], &[], &[])? else { return Ok(None) };
        let octets: u64 = answer.header("content-length").and_then(|length| length.parse().ok()).ok_or_else(unread)?;
        let most = if key.starts_with("objects/") { OBJECT_OCTETS_MAX } else { OTHER_OCTETS_MAX };
        if octets <= most { Ok(Some(octets)) } else { Err(unread()) }
    }

    fn read_part(&self, key: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let range = format!("bytes={offset}-{}", offset + into.len() as u64 - 1);
        let (whole, mut at, most) = (self.whole_key(key), 0, into.len());
        let ask = Ask { method: "GET", key: Some(&whole), headers: &[("range", &range)], ..Ask::default() };
        let answer = self.client.ask(ask, &mut |octets| {
            let count = octets.len().min(most - at);
            into[at..at + count].copy_from_slice(&octets[..count]);
            at += count;
            count == octets.len()
        })?;
        match answer.status {
            206 => Ok(at),
            // An object without octets has no range of them.
            416 => Ok(0),
            200 if offset == 0 => Ok(at),
            200 => Err(io::Error::new(
                ErrorKind::InvalidData,
                "the store gives another part of an object than was asked for",
            )),
            _ if answer.is_good() => Err(unread()),
            _ => Err(answer.there().map_or_else(|error| error, |_| ErrorKind::NotFound.into())),
        }
    }

    fn put_whole(&mut self, key: &str, octets: &[u8]) -> io::Result<()> {
        let is_long = octets.len() >= LONG_OCTETS;
        self.renew_for(is_long)?;
        let locked = self.locked(key)?;
        let headers = locked.as_ref().map(Locked::headers);
        let answer = self.put_object(key, octets, headers.as_ref().map_or(&[][..], |headers| &headers[..]))?;
        let Some(there) = self.reads_back(key, octets)? else {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "the store gives back something else than it was given",
            ));
        };
        if let Some(locked) = locked
            && let Err(error) = locked.check(&there)
        {
            // Else it would be there, and count, when somebody looks next.
            self.remove_object(key)?;
            return Err(error);
        }
        // Before anything is deleted for it.
        self.renew_for(is_long)?;
        self.after_put(key, &answer)
    }

    fn list_page(&self, prefix: &str, after: Option<&str>, most: usize) -> io::Result<Vec<Listed>> {
        let (whole, most_objects, most) = (self.whole_key(prefix), most, most.to_string());
        let after = after.map(|after| self.whole_key(after));
        let mut query = vec![("list-type", "2"), ("prefix", whole.as_str()), ("max-keys", most.as_str())];
        query.extend(after.as_deref().map(|after| ("start-after", after)));
        let (answer, text) = self.client.read(&query)?;
        if !answer.is_good() {
            return Err(answer.error());
        }
        let objects = Objects::parse(&text).ok_or_else(unread)?.objects;
        // One that does not know `start-after` would be asked for ever.
        let is_behind = objects.first().zip(after.as_ref()).is_none_or(|((first, _), after)| first > after);
        let is_list = is_behind && objects.is_sorted_by(|(one, _), (next, _)| one < next);
        if !is_list
            || objects.len() as u64 > most_objects as u64
            || objects.iter().any(|(key, _)| !key.starts_with(&whole))
        {
            return Err(unread());
        }
        let listed = objects.into_iter().map(|(key, octets)| {
            let key = key.strip_prefix(&self.prefix).ok_or_else(unread)?.to_owned();
            Ok(Listed { key, octets })
        });
        listed.collect()
    }
}

impl Bucket for S3Bucket {
    fn octets(&self, key: &str) -> io::Result<Option<u64>> {
        self.unbroken(|| self.octets_of(key))
    }

    fn read_at(&self, key: &str, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.unbroken(|| self.read_part(key, offset, into))
    }

    fn put(&mut self, key: &str, octets: &[u8]) -> io::Result<()> {
        self.unbroken(|| Ok(()))?;
        let done = self.put_whole(key, octets);
        self.unbroken(|| done)
    }

    fn remove(&mut self, key: &str) -> io::Result<()> {
        self.unbroken(|| Ok(()))?;
        let done = self.renew_claim().and_then(|()| self.remove_object(key));
        self.unbroken(|| done)
    }

    fn forget_earlier(&mut self, prefix: &str) -> io::Result<()> {
        // They may have been switched on since.
        self.keeps_versions |= self.unbroken(|| self.versioning())?.keeps_some;
        let done = self.delete_earlier(prefix);
        self.unbroken(|| done)
    }

    fn list(&self, prefix: &str, after: Option<&str>, most: usize) -> io::Result<Vec<Listed>> {
        self.unbroken(|| self.list_page(prefix, after, most))
    }

    fn leased_until(&self, key: &str) -> io::Result<Option<Utc>> {
        self.unbroken(|| self.lease_of(key))
    }

    fn renew_lease(&mut self, key: &str) -> io::Result<Option<Utc>> {
        self.unbroken(|| Ok(()))?;
        let done = self.renew(key);
        self.unbroken(|| done)
    }

    fn set_hold(&mut self, key: &str, is_held: bool) -> io::Result<()> {
        self.unbroken(|| Ok(()))?;
        let done = self.put_hold(key, is_held);
        self.unbroken(|| done)
    }
}

impl fmt::Debug for S3Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Bucket").field("client", &self.client).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
