//! One writer at a time: an object says who it is, and is put anew as long as somebody writes.
//!
//! A file system has a lock for this, which ends with the process. A store has none, but it puts an object on the condition that it is
//! still the one that was read, or keeps each version of it (`writer`). Who finds another's claim waits until it has not changed for a minute; who holds it puts it anew
//! each twenty seconds, and before anything is put or removed.
//! Not prevented: a request that was sent in time and that the network holds back for more than half a minute.

use std::{
    io::{self, ErrorKind},
    time::{Duration, Instant},
};

/// The object.
pub(super) const WRITER: &str = "writer";

/// How old a claim may be before it is put anew.
const RENEWED_AFTER: Duration = Duration::from_secs(20);

/// How long another's claim stands still before it is nobody's.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// What a thread knows about the claim on its bucket, over all its connections.
#[derive(Debug)]
pub struct Claim {
    /// What this writer is known by.
    token: String,
    /// How often it was put.
    count: u64,
    held: Option<Held>,
    /// Another's claim, since when it stands so, and whether it was ever seen to change.
    others: Option<(String, Instant, bool)>,
}

#[derive(Debug)]
struct Held {
    /// What it is known by in the store: its tag, or its version.
    mark: String,
    since: Instant,
}

/// What is to be done about the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// It is to be put, where there is none.
    Begin,
    /// It is to be put in the place of this one.
    Replace(String),
}

impl Claim {
    /// Nobody's yet, in a box as it is handed on with errors. `token` is drawn anew for each writer.
    pub fn new(token: &str) -> Box<Claim> {
        Box::new(Claim { token: token.to_owned(), count: 0, held: None, others: None })
    }

    /// What the object says next.
    pub(super) fn text(&mut self) -> String {
        self.count += 1;
        format!("{} {}\n", self.token, self.count)
    }

    /// What is to be done before something is written now.
    pub(super) fn due(&self, now: Instant) -> Due {
        match &self.held {
            Some(held) if now.duration_since(held.since) < RENEWED_AFTER => Due::Nothing,
            _ => self.anew(),
        }
    }

    /// The same, however short a time it is held.
    pub(super) fn anew(&self) -> Due {
        self.held.as_ref().map_or(Due::Begin, |held| Due::Replace(held.mark.clone()))
    }

    /// Whether this writer has put it, at any time.
    pub(super) fn is_own(&self, text: &str) -> bool {
        text.split(' ').next() == Some(self.token.as_str())
    }

    /// It was put.
    pub(super) fn put(&mut self, mark: String, now: Instant) {
        self.held = Some(Held { mark, since: now });
        self.others = None;
    }

    /// As if it was put long ago.
    #[cfg(test)]
    pub(super) fn grow_old(&mut self) {
        if let Some(held) = &mut self.held {
            held.since = held.since.checked_sub(RENEWED_AFTER).unwrap_or(held.since);
        }
    }

    /// It is somebody else's, or may be.
    pub(super) fn lost(&mut self) {
        self.held = None;
    }

    /// What is to be done about what stands there, when a connection begins.
    ///
    /// # Errors
    /// [`ErrorKind::ResourceBusy`] while nobody can tell whether the other one goes on, [`ErrorKind::WouldBlock`] where it does.
    pub(super) fn found(&mut self, there: Option<(String, String)>, now: Instant) -> io::Result<Due> {
        let Some((mark, text)) = there else { return Ok(Due::Begin) };
        if self.is_own(&text) {
            return Ok(Due::Replace(mark));
        }
        let (since, goes_on) = match &self.others {
            Some((seen, since, goes_on)) if *seen == mark => (*since, *goes_on),
            Some(_) => (now, true),
            None => (now, false),
        };
        if now.duration_since(since) >= LEFT_AFTER {
            return Ok(Due::Replace(mark));
        }
        self.others = Some((mark, since, goes_on));
        let kind = if goes_on { ErrorKind::WouldBlock } else { ErrorKind::ResourceBusy };
        Err(io::Error::new(kind, "another box writes to this copy, or did a moment ago"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anothers_claim_is_taken_once_it_stood_still_for_a_minute_and_told_once_it_did_not() {
        let (mut claim, start) = (Claim::new("ours"), Instant::now());
        let at = |second: u64| start + Duration::from_secs(second);
        let theirs = |etag: &str| Some((etag.to_owned(), "theirs 7\n".to_owned()));
        assert_eq!(claim.found(None, at(0)).unwrap(), Due::Begin);
        let kind = |found: io::Result<Due>| found.unwrap_err().kind();
        assert_eq!(kind(claim.found(theirs("a"), at(0))), ErrorKind::ResourceBusy);
        assert_eq!(kind(claim.found(theirs("a"), at(59))), ErrorKind::ResourceBusy);
        assert_eq!(claim.found(theirs("a"), at(60)).unwrap(), Due::Replace("a".into()));
        assert_eq!(kind(claim.found(theirs("b"), at(61))), ErrorKind::WouldBlock);
        assert_eq!(kind(claim.found(theirs("b"), at(120))), ErrorKind::WouldBlock);
        assert_eq!(claim.found(theirs("b"), at(121)).unwrap(), Due::Replace("b".into()));
        let ours = claim.text();
        assert_eq!(
            claim.found(Some(("c".into(), ours)), at(122)).unwrap(),
            Due::Replace("c".into()),
            "of a life before"
        );
    }

    #[test]
    fn a_claim_is_put_anew_before_another_could_take_it() {
        let (mut claim, start) = (Claim::new("ours"), Instant::now());
        assert_eq!(claim.due(start), Due::Begin);
        claim.put("a".into(), start);
        assert_eq!(claim.due(start + Duration::from_secs(19)), Due::Nothing);
        assert_eq!(claim.due(start + Duration::from_secs(20)), Due::Replace("a".into()));
        assert_ne!(claim.text(), claim.text(), "each is another object");
        claim.lost();
        assert_eq!(claim.due(start), Due::Begin);
    }
}
