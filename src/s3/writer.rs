//! The claim on a bucket as it is put, told from others' and given up.
//!
//! In a bucket without versions it is put on the condition that it is still what was read. With versions no condition is needed: each
//! that is put is kept, so who puts a claim and then finds in the list another's that it did not know of takes its own back. Of two
//! who put theirs at once at least the later one to look finds the other's, so never do both go on. (Ceph keeps no condition in a
//! bucket with versions, up to Squid.)
//! Both hold as long as what was put is listed and read at once, which stores promise, and the deletions of keys go by as well.

use std::{
    io::{self, ErrorKind},
    time::Instant,
};

use super::{
    answers::Version,
    bucket::{S3Bucket, etag, unread},
    claim::{Due, WRITER},
    client::{Answer, Ask},
};

/// A tag that no object has.
const NO_TAG: &str = "\"0123456789abcdef0123456789abcdef\"";

impl S3Bucket {
    pub(super) fn take_claim(&mut self) -> io::Result<()> {
        if self.claims_by_version {
            return self.take_claim_by_version();
        }
        let there = match self.say("GET", WRITER, &[], &[], &[])? {
            Some((answer, text)) => Some((etag(&answer)?, String::from_utf8_lossy(&text).into_owned())),
            None => None,
        };
        let due = self.claim.found(there, Instant::now())?;
        self.put_claim(due)?;
        // Now there is one that is another: a store that puts it all the same could not keep two writers apart.
        for condition in [("if-none-match", "*"), ("if-match", NO_TAG)] {
            self.refuses(condition).inspect_err(|_| self.claim.lost())?;
        }
        // Once more, whose earlier version has to go: where that fails, no key has gone there.
        self.put_claim(self.claim.anew())?;
        if self.has_bare_tags {
            self.refuses(("if-match", NO_TAG.trim_matches('"'))).inspect_err(|_| self.claim.lost())?;
        }
        Ok(())
    }

    /// Whether the claim is put on this condition, which does not hold.
    fn refuses(&self, condition: (&str, &str)) -> io::Result<()> {
        let (key, headers) = (self.whole_key(WRITER), [condition]);
        let ask = Ask { method: "PUT", key: Some(&key), headers: &headers, body: b"-", ..Ask::default() };
        let answer = self.client.say(ask)?;
        match answer.status {
            409 | 412 => Ok(()),
            200..=299 | 501 => {
                let why = "the store does not put objects on a condition";
                Err(io::Error::new(ErrorKind::Unsupported, why))
            }
            _ => Err(answer.error()),
        }
    }

    pub(super) fn renew_claim(&mut self) -> io::Result<()> {
        self.renew_for(false)
    }

    /// Puts the claim anew, also before it is due where what comes next, or came, takes long.
    pub(super) fn renew_for(&mut self, is_long: bool) -> io::Result<()> {
        let due = if is_long { self.claim.anew() } else { self.claim.due(Instant::now()) };
        self.put_claim(due)
    }

    fn put_claim(&mut self, due: Due) -> io::Result<()> {
        if self.claims_by_version {
            return match due {
                Due::Nothing => Ok(()),
                // It was lost.
                Due::Begin => Err(taken()),
                Due::Replace(own) => self.put_claim_version(&[own]),
            };
        }
        let (text, now) = match due {
            Due::Nothing => return Ok(()),
            _ => (self.claim.text(), Instant::now()),
        };
        let put = self.put_claim_if(&due, &text);
        let answer = put.or_else(|error| self.own_claim(&due, &text, error)).inspect_err(|_| self.claim.lost())?;
        self.claim.put(etag(&answer)?, now);
        self.after_put(WRITER, &answer)
    }

    fn put_claim_if(&self, due: &Due, text: &str) -> io::Result<Answer> {
        let condition = match due {
            Due::Replace(etag) if self.has_bare_tags => ("if-match", etag.trim_matches('"')),
            Due::Replace(etag) => ("if-match", etag.as_str()),
            _ => ("if-none-match", "*"),
        };
        self.put_object(WRITER, text.as_bytes(), &[condition])
    }

    /// A request whose answer was lost is sent once more, and its condition does not hold then, as it was done the first time. And Ceph
    /// takes the quotes about a tag for a part of it.
    fn own_claim(&mut self, due: &Due, text: &str, error: io::Error) -> io::Result<Answer> {
        if error.kind() != ErrorKind::WouldBlock {
            return Err(error);
        }
        match self.say("GET", WRITER, &[], &[], &[])? {
            Some((answer, there)) if there == text.as_bytes() => Ok(answer),
            Some((answer, _)) if !self.has_bare_tags && *due == Due::Replace(etag(&answer)?) => {
                self.has_bare_tags = true;
                self.put_claim_if(due, text)
            }
            _ => Err(error),
        }
    }

    fn take_claim_by_version(&mut self) -> io::Result<()> {
        let known = self.claim_versions()?;
        let there = match known.iter().find(|version| version.is_latest && !version.is_mark) {
            Some(latest) => Some((latest.id.clone(), self.claim_of(latest)?.ok_or_else(taken)?)),
            None => None,
        };
        self.claim.found(there, Instant::now())?;
        self.put_claim_version(&known.into_iter().map(|version| version.id).collect::<Vec<_>>())?;
        // Once more, as each renewal will do it: where that fails, no key has gone there.
        self.put_claim(self.claim.anew())
    }

    /// Puts the claim in the place of the versions that are known. They are gone then, or it is not held.
    fn put_claim_version(&mut self, known: &[String]) -> io::Result<()> {
        let (text, now) = (self.claim.text(), Instant::now());
        let own = self.put_object(WRITER, text.as_bytes(), &[]).and_then(|answer| version_id(&answer));
        let held = own.and_then(|own| match self.in_place_of(known, &own)? {
            Some(replaced) => Ok((own, replaced)),
            None => {
                // Else nobody could go on for a minute.
                self.forget_claims(&[own])?;
                Err(taken())
            }
        });
        let (own, replaced) = held.inspect_err(|_| self.claim.lost())?;
        self.claim.put(own, now);
        self.forget_claims(&replaced)
    }

    /// The versions that a claim replaces, if nobody else has put one, or deleted those that are known.
    fn in_place_of(&self, known: &[String], own: &str) -> io::Result<Option<Vec<String>>> {
        let there = self.claim_versions()?;
        if !known.iter().all(|id| there.iter().any(|version| version.id == *id)) {
            return Ok(None);
        }
        for version in there.iter().filter(|version| version.id != own && !known.contains(&version.id)) {
            // A request whose answer was lost was sent once more: then there are two.
            let is_own = !version.is_mark && self.claim_of(version)?.is_some_and(|text| self.claim.is_own(&text));
            if !is_own {
                return Ok(None);
            }
        }
        Ok(Some(there.into_iter().map(|version| version.id).filter(|id| id != own).collect()))
    }

    fn claim_versions(&self) -> io::Result<Vec<Version>> {
        let whole = self.whole_key(WRITER);
        self.versions(&whole, &|version| version.key == whole)
    }

    fn forget_claims(&mut self, ids: &[String]) -> io::Result<()> {
        let whole = self.whole_key(WRITER);
        self.delete_until_gone(&whole, &|version| version.key == whole && ids.contains(&version.id))
    }

    fn claim_of(&self, version: &Version) -> io::Result<Option<String>> {
        let there = self.say("GET", WRITER, &[("versionId", &version.id)], &[], &[])?;
        Ok(there.map(|(_, text)| String::from_utf8_lossy(&text).into_owned()))
    }

    /// It is ours, or it is not removed.
    pub(super) fn give_up_claim(&mut self) -> io::Result<()> {
        self.renew_claim()?;
        match self.claim.anew() {
            Due::Replace(own) if self.claims_by_version => self.forget_claims(&[own]),
            _ => self.remove_object(WRITER),
        }
    }
}

fn version_id(answer: &Answer) -> io::Result<String> {
    // Versions were switched off meanwhile.
    let id = answer.header("x-amz-version-id").filter(|id| *id != "null");
    id.map(str::to_owned).ok_or_else(unread)
}

fn taken() -> io::Error {
    io::Error::new(ErrorKind::WouldBlock, "another box claims this copy as well")
}
