//! Signed requests to one bucket, and what their answers mean.

use std::{
    cell::{Cell, RefCell},
    fmt,
    io::{self, ErrorKind},
    sync::{Arc, atomic::AtomicU64},
    thread::sleep,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64ct::{Base64, Encoding as _};
use hyper::{HeaderMap, Request};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

use super::{
    answers::error_code,
    connection::{Connection, Endpoint},
    key::AccessKey,
    signature::{Unsigned, hexadecimal},
};

/// Octets of an answer in XML at most: a thousand keys of a thousand octets, twice.
const XML_OCTETS_MAX: usize = 4 << 20;

/// How long a store is spared that asks for it, each time. Together less than it may be silent, and than a claim needs to be put anew.
const SPARED: [Duration; 4] = if cfg!(test) {
    [Duration::from_millis(5); 4]
} else {
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)]
};

/// Letters of an error's code at most.
const CODE_OCTETS_MAX: usize = 64;

/// Which bucket, and how it is asked.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) endpoint: Endpoint,
    /// None where the host names it.
    pub(super) bucket: Option<String>,
    pub(super) region: String,
    pub(super) key: AccessKey,
}

/// A request for an object of the bucket, or for the bucket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    /// None for the bucket itself.
    pub(super) key: Option<&'a str>,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// What a store refuses with.
#[derive(Debug, Error)]
#[error("the store answers {status} {code}{}", .region.as_ref().map(|region| format!(", its region is {region}")).unwrap_or_default())]
struct Refusal {
    status: u16,
    code: String,
    /// Where the bucket is, as the store says.
    region: Option<String>,
}

/// What a store says that somebody has to see to, and that its status alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreSays {
    /// Its clock and the box's are a quarter of an hour apart.
    Skewed,
    /// The bucket is in another region, or has another address.
    Elsewhere,
}

/// The store's clock and the box's are so far apart that no lease is reckoned by them.
#[derive(Debug, Error)]
#[error("the store's clock is {0} s ahead of the box's: no lease is reckoned by it")]
struct Apart(i64);

/// How far a store's clock may be from the box's before no lease is reckoned by them, as AWS has it for requests.
const APART_SECONDS_MAX: i64 = 15 * 60;

/// What a store has said, where an error is its answer.
pub fn store_says(error: &io::Error) -> Option<StoreSays> {
    let error = error.get_ref()?;
    if error.is::<Apart>() {
        return Some(StoreSays::Skewed);
    }
    let refusal = error.downcast_ref::<Refusal>()?;
    match (refusal.status, refusal.code.as_str()) {
        (_, "RequestTimeTooSkewed" | "RequestExpired") => Some(StoreSays::Skewed),
        (301 | 302 | 307 | 308, _)
        | (_, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" | "InvalidRegion") => {
            Some(StoreSays::Elsewhere)
        }
        _ => None,
    }
}

/// An answer, without the body of one that went well.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The code of an error.
    pub(super) code: String,
    /// Whether an error has a body.
    says_why: bool,
}

impl Answer {
    pub(super) const fn is_good(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The answer where it went well, or where what was asked for is not there.
    ///
    /// # Errors
    /// What the store says.
    pub(super) fn there(self) -> io::Result<Option<Answer>> {
        match (self.status, self.code.as_str()) {
            (404, "NoSuchKey" | "NoSuchVersion") => Ok(None),
            // That of a request for the head alone.
            (404, _) if !self.says_why => Ok(None),
            _ if self.is_good() => Ok(Some(self)),
            _ => Err(self.error()),
        }
    }

    /// Whether the store asks to be spared: it has done nothing.
    const fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// What the store says, by what can be done about it.
    pub(super) fn error(&self) -> io::Error {
        let kind = match (self.status, self.code.as_str()) {
            _ if self.is_busy() => ErrorKind::TimedOut,
            (404, _) => ErrorKind::NotConnected,
            (_, "QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded") | (507, _) => {
                ErrorKind::QuotaExceeded
            }
            (401 | 403, _) => ErrorKind::PermissionDenied,
            (409 | 412, _) => ErrorKind::WouldBlock,
            _ => ErrorKind::Other,
        };
        let Answer { status, ref code, .. } = *self;
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
        let region = self.header("x-amz-bucket-region").map(|region| region.chars().filter(plain).take(32).collect());
        io::Error::new(kind, Refusal { status, code: code.clone(), region })
    }
}

/// Asks one bucket.
pub(super) struct Client {
    place: Place,
    runtime: Runtime,
    connection: RefCell<Connection>,
    /// What time it was by the store, and by the box, when the last answer came.
    times: Cell<Option<(Timestamp, Timestamp)>>,
}

impl Client {
    pub(super) fn new(place: Place, beats: Arc<AtomicU64>) -> io::Result<Client> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let connection = RefCell::new(Connection::new(place.endpoint.clone(), beats));
        Ok(Client { place, runtime, connection, times: Cell::new(None) })
    }

    /// Asks, and hands the body of an answer that went well to `take`, until it wants no more. A store that asks to be spared is asked
    /// again a little later.
    ///
    /// # Errors
    /// Where there is no answer: [`ErrorKind::TimedOut`] from a store that is silent, [`ErrorKind::NotConnected`] where none is
    /// reached.
    pub(super) fn ask(&self, ask: Ask<'_>, take: &mut (dyn FnMut(&[u8]) -> bool + Send)) -> io::Result<Answer> {
        for spared in SPARED {
            let answer = self.ask_once(ask, take)?;
            if !answer.is_busy() {
                return Ok(answer);
            }
            tracing::debug!(status = answer.status, "the store asks to be spared");
            sleep(spared);
        }
        self.ask_once(ask, take)
    }

    fn ask_once(&self, ask: Ask<'_>, take: &mut (dyn FnMut(&[u8]) -> bool + Send)) -> io::Result<Answer> {
        let head = self.head(ask)?;
        let mut refusal = Vec::new();
        let mut sort = |status: u16, octets: &[u8]| match status {
            200..=299 => take(octets),
            _ => {
                refusal.extend_from_slice(octets);
                refusal.len() <= XML_OCTETS_MAX
            }
        };
        let answer =
            self.runtime.block_on(self.connection.borrow_mut().ask(&head, ask.body, &mut sort)).map_err(unreached)?;
        let (parts, ()) = answer.into_parts();
        self.times.set(date_of(&parts.headers).map(|date| (date, time_of_box())));
        let mut code = error_code(&String::from_utf8_lossy(&refusal));
        // It is written to logs.
        code.retain(|letter| letter.is_ascii_alphanumeric());
        code.truncate(CODE_OCTETS_MAX);
        let says_why = !refusal.is_empty();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, code, says_why })
    }

    /// What time it is by the store, as its last answer said: whoever locks something goes by the clock that will let it go. A clock that
    /// is wrong, the store's or the box's, would lock for years what nobody can let go of then, so both have to say the same.
    ///
    /// # Errors
    /// [`ErrorKind::Other`] where they don't ([`StoreSays::Skewed`]), [`ErrorKind::Unsupported`] where the store tells no time.
    pub(super) fn now(&self) -> io::Result<Timestamp> {
        let Some((date, of_box)) = self.times.get() else {
            return Err(io::Error::new(ErrorKind::Unsupported, "the store does not say what time it is"));
        };
        let ahead = date.as_second() - of_box.as_second();
        if ahead.abs() > APART_SECONDS_MAX { Err(io::Error::other(Apart(ahead))) } else { Ok(date) }
    }

    /// Asks for something whose answer has no body that matters.
    pub(super) fn say(&self, ask: Ask<'_>) -> io::Result<Answer> {
        let mut room = XML_OCTETS_MAX;
        self.ask(ask, &mut |octets| {
            room = room.saturating_sub(octets.len());
            room > 0
        })
    }

    /// Asks the bucket something that is answered in XML.
    pub(super) fn read(&self, query: &[(&str, &str)]) -> io::Result<(Answer, String)> {
        let mut text = Vec::new();
        let answer = self.ask(Ask { method: "GET", query, ..Ask::default() }, &mut |octets| {
            text.extend_from_slice(octets);
            text.len() <= XML_OCTETS_MAX
        })?;
        let text = String::from_utf8(text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        Ok((answer, text))
    }

    fn head(&self, ask: Ask<'_>) -> io::Result<Request<()>> {
        let Place { endpoint, bucket, region, key } = &self.place;
        let names = bucket.as_deref().into_iter().chain(ask.key);
        let path = format!("/{}", names.collect::<Vec<_>>().join("/"));
        let usual = if endpoint.tls.is_some() { 443 } else { 80 };
        let host = &endpoint.host;
        let host = if endpoint.port == usual { host.clone() } else { format!("{host}:{}", endpoint.port) };
        let headers: Vec<(&str, &str)> = ask.headers.iter().copied().chain([("host", host.as_str())]).collect();
        let time = time_of_box().strftime("%Y%m%dT%H%M%SZ").to_string();
        let body_sha256 = hexadecimal(&Sha256::digest(ask.body));
        let Ask { method, query, .. } = ask;
        let unsigned =
            Unsigned { method, path: &path, query, headers: &headers, body_sha256: &body_sha256, region, time: &time };
        let mut request = Request::builder().method(method).uri(unsigned.target());
        for (name, value) in
            headers.iter().copied().chain([("x-amz-content-sha256", body_sha256.as_str()), ("x-amz-date", &time)])
        {
            request = request.header(name, value);
        }
        let request = request.header("authorization", unsigned.authorization(key)).body(());
        request.map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("place", &self.place).finish_non_exhaustive()
    }
}

/// The time that an answer was made at, as HTTP has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date_of(headers: &HeaderMap) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(headers.get("date")?.as_bytes()).ok()
}

fn time_of_box() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_second(since.as_secs() as i64).unwrap_or_default()
}

/// A store that does not answer is slow; one that is not reached, or whose certificate is another's, is away.
fn unreached(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::TimedOut => error,
        _ => io::Error::new(ErrorKind::NotConnected, error),
    }
}

/// The SHA-256 of a body as the store is told it, and computes it itself.
pub(super) fn checksum(body: &[u8]) -> String {
    Base64::encode_string(&Sha256::digest(body))
}
