//! Leases: until when a store lets nobody delete a version of a recording, by its Object Lock.
//!
//! The mode is COMPLIANCE. In GOVERNANCE whoever has one right more lets go before the time, the box can't ask what its own key
//! may, and who has stolen it is whom a lease is there against. In COMPLIANCE nobody shortens a lease, not the store's administrator.
//! When one ends is reckoned by the store's clock, which lets go of it, as long as the box's says the same.
//! Source: Amazon S3 API Reference, PutObject, PutObjectRetention, HeadObject; "Locking objects with Object Lock".
//! Not here: which recordings are renewed, and when what is left of an erased one is deleted (`recorder::copy_leases`).

use std::{
    collections::BTreeSet,
    io::{self, ErrorKind},
    time::Duration,
};

use frame::Utc;
use jiff::Timestamp;

use super::{
    answers::{Version, has_object_lock},
    bucket::{LOOKS, S3Bucket, keeps_keys, unread},
    client::{Answer, Ask, checksum},
};

/// How long recordings are locked in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTerm(pub Duration);

/// How much of a lease is used up before it is renewed, at most.
const RENEWED_AFTER: Duration = Duration::from_hours(30 * 24);

/// What is held by hand at the store's console is looked at again a day later.
const HELD_SECONDS: i64 = 24 * 3600;

const MODE: &str = "COMPLIANCE";

/// Of what is put in XML.
const SPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

const UNTIL: &str = "x-amz-object-lock-retain-until-date";

/// Whether an object is one that leases are for. What has keys in it has to be destroyed at any time, and what says who writes goes anew
/// all day.
pub(super) fn is_recording(key: &str) -> bool {
    key.starts_with("objects/") && key.ends_with(".rfo")
}

/// What an object that is put under a lease is put with.
#[derive(Debug)]
pub(super) struct Locked {
    ends: Timestamp,
    text: String,
}

impl Locked {
    fn until(now: Timestamp, LeaseTerm(lasts): LeaseTerm) -> io::Result<Locked> {
        let seconds = now.as_second().saturating_add_unsigned(lasts.as_secs());
        let ends = Timestamp::from_second(seconds).map_err(io::Error::other)?;
        Ok(Locked { ends, text: ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() })
    }

    /// A store wants a body with such headers to have a checksum, and its name.
    pub(super) fn headers(&self) -> [(&str, &str); 3] {
        [("x-amz-object-lock-mode", MODE), (UNTIL, &self.text), CHECKED]
    }

    fn document(&self) -> String {
        format!(
            "<Retention xmlns=\"{SPACE}\"><Mode>{MODE}</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>",
            self.text
        )
    }

    /// A store that does not know the headers takes the object all the same, and locks nothing.
    pub(super) fn check(&self, there: &Answer) -> io::Result<()> {
        let mode = there.header("x-amz-object-lock-mode");
        match end_of(there)? {
            Some(ends) if ends >= self.ends && mode == Some(MODE) => Ok(()),
            _ => Err(keeps_keys("the store does not lock what is put under a lease, or the key may not read that")),
        }
    }
}

const CHECKED: (&str, &str) = ("x-amz-sdk-checksum-algorithm", "SHA256");

/// When the lease of an object ends, or has ended.
fn end_of(answer: &Answer) -> io::Result<Option<Timestamp>> {
    let end = answer.header(UNTIL).map(|text| text.parse::<Timestamp>().map_err(|_| unread()));
    end.transpose()
}

/// Whether an object is under a legal hold.
fn has_hold(answer: &Answer) -> bool {
    answer.header("x-amz-object-lock-legal-hold") == Some("ON")
}

fn to_utc(time: Timestamp) -> Utc {
    Utc::from_us(time.as_microsecond())
}

impl S3Bucket {
    /// A bucket that can't keep leases is told before anything is put there.
    pub(super) fn refuse_without_lock(&self, (answer, text): (&Answer, &str)) -> io::Result<()> {
        if self.lease.is_none() {
            return Ok(());
        }
        match answer.status {
            _ if answer.is_good() => {}
            404 | 501 => return Err(keeps_keys("the settings name leases, and the bucket has no object lock")),
            _ => return Err(answer.error()),
        }
        if !self.keeps_versions || !has_object_lock(text).ok_or_else(unread)? {
            return Err(keeps_keys("the settings name leases, and the bucket has no object lock"));
        }
        self.client.now().map(|_| ())
    }

    /// How an object is to be locked that is put now.
    pub(super) fn locked(&self, key: &str) -> io::Result<Option<Locked>> {
        match self.lease.filter(|_| is_recording(key)) {
            Some(term) => Locked::until(self.client.now()?, term).map(Some),
            None => Ok(None),
        }
    }

    /// Until when a version can't be deleted; none where it can.
    fn lock_of(&self, key: &str, version: &str) -> io::Result<Option<Timestamp>> {
        let (whole, query) = (self.whole_key(key), [("versionId", version)]);
        let answer = self.client.say(Ask { method: "HEAD", key: Some(&whole), query: &query, ..Ask::default() })?;
        // Without leases its key need not be allowed to.
        if answer.status == 403 && self.lease.is_none() {
            return Ok(None);
        }
        let Some(answer) = answer.there()? else { return Ok(None) };
        let is_held = has_hold(&answer);
        let end = end_of(&answer)?;
        if end.is_none() && !is_held {
            return Ok(None);
        }
        let now = self.client.now()?;
        let held = is_held.then(|| Timestamp::from_second(now.as_second() + HELD_SECONDS)).transpose();
        let held = held.map_err(io::Error::other)?;
        Ok(end.max(held).filter(|end| *end > now))
    }

    /// Until when something is left of a recording, whoever deletes it now.
    pub(super) fn lease_of(&self, key: &str) -> io::Result<Option<Utc>> {
        if !is_recording(key) || !self.keeps_versions {
            return Ok(None);
        }
        let whole = self.whole_key(key);
        let mut last = None;
        for version in self.versions(&whole, &|version| version.key == whole && !version.is_mark)? {
            last = last.max(self.lock_of(key, &version.id)?);
        }
        Ok(last.map(to_utc))
    }

    /// Lets a recording be read no more, of which locked versions are left.
    pub(super) fn conceal(&mut self, key: &str) -> io::Result<()> {
        let whole = self.whole_key(key);
        let is_mark = |version: &Version| version.is_mark && version.is_latest;
        if self.versions(&whole, &|version| version.key == whole && is_mark(version))?.is_empty() {
            self.client.say(Ask { method: "DELETE", key: Some(&whole), ..Ask::default() })?.there()?;
        }
        self.delete_unlocked(key, &|version| !is_mark(version))?;
        match self.octets_of(key)? {
            None => Ok(()),
            Some(_) => Err(keeps_keys("what was deleted is still there")),
        }
    }

    /// Deletes versions of a recording, but those that are locked: they are ciphertext, and go with the last of it.
    pub(super) fn delete_unlocked(&mut self, key: &str, goes: &dyn Fn(&Version) -> bool) -> io::Result<()> {
        let (whole, mut locked) = (self.whole_key(key), BTreeSet::new());
        for _ in 0..LOOKS {
            let is_other = |version: &Version| version.key == whole && goes(version) && !locked.contains(&version.id);
            let mut others = self.versions(&whole, &is_other)?;
            if others.is_empty() {
                return Ok(());
            }
            others.sort_by_key(|version| (version.is_latest, version.is_mark));
            for version in others {
                self.hold()?;
                match self.delete_version(&version) {
                    Err(error)
                        if error.kind() == ErrorKind::Unsupported
                            && !version.is_mark
                            && self.lock_of(key, &version.id)?.is_some() =>
                    {
                        locked.insert(version.id);
                    }
                    done => done?,
                }
            }
        }
        Err(keeps_keys("what was deleted of the bucket's earlier versions is still listed"))
    }

    /// Renews the lease of a recording where it is due, or gives it its first one; when it ends.
    pub(super) fn renew(&mut self, key: &str) -> io::Result<Option<Utc>> {
        let Some(LeaseTerm(lasts)) = self.lease.filter(|_| is_recording(key)) else { return Ok(None) };
        self.hold()?;
        let Some((there, _)) = self.say("HEAD", key, &[], &[], &[])? else { return Ok(None) };
        let wanted = Locked::until(self.client.now()?, LeaseTerm(lasts))?;
        let used_up = RENEWED_AFTER.min(lasts / 2).as_secs();
        let is_due = |ends: Timestamp| ends.as_second() < wanted.ends.as_second().saturating_sub_unsigned(used_up);
        if let Some(ends) = end_of(&there)?.filter(|ends| !is_due(*ends)) {
            return Ok(Some(to_utc(ends)));
        }
        let document = wanted.document();
        let sum = checksum(document.as_bytes());
        let headers = [("x-amz-checksum-sha256", sum.as_str()), CHECKED];
        if self.say("PUT", key, &[("retention", "")], &headers, document.as_bytes())?.is_none() {
            return Ok(None);
        }
        let Some((there, _)) = self.say("HEAD", key, &[], &[], &[])? else { return Ok(None) };
        wanted.check(&there)?;
        Ok(Some(to_utc(wanted.ends)))
    }

    /// Puts a recording under a legal hold, which has no end, or takes it from under it.
    pub(super) fn put_hold(&mut self, key: &str, is_held: bool) -> io::Result<()> {
        if !is_recording(key) {
            return Ok(());
        }
        self.hold()?;
        let Some((there, _)) = self.say("HEAD", key, &[], &[], &[])? else { return Ok(()) };
        if has_hold(&there) == is_held {
            return Ok(());
        }
        let status = if is_held { "ON" } else { "OFF" };
        let document = format!("<LegalHold xmlns=\"{SPACE}\"><Status>{status}</Status></LegalHold>");
        let sum = checksum(document.as_bytes());
        let headers = [("x-amz-checksum-sha256", sum.as_str()), CHECKED];
        if self.say("PUT", key, &[("legal-hold", "")], &headers, document.as_bytes())?.is_none() {
            return Ok(());
        }
        match self.say("HEAD", key, &[], &[], &[])? {
            Some((there, _)) if has_hold(&there) != is_held => {
                Err(keeps_keys("the store does not do what it is asked of legal holds, or the key may not read them"))
            }
            _ => Ok(()),
        }
    }
}
