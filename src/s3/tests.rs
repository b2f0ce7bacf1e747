//! A bucket over a network that fails: at any request the store hangs, answers 500, breaks off, or does it and nobody hears of it.
//!
//! The store here is a small one of our own, which keeps versions; the one that is not ours is in `tests/faults`.

use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64ct::{Base64, Encoding as _};
use frame::Utc;
use jiff::Timestamp;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivatePkcs8KeyDer};

use super::*;
use crate::recorder::{Bucket as _, BucketStore, Store as _};

/// How long a store is waited for here: long enough for one that answers, on a machine where all tests run at once.
const QUICK: Duration = Duration::from_secs(2);

/// How long one is waited for that does not answer.
const IMPATIENT: Duration = Duration::from_millis(250);

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It is heard, and never answered.
    Hangs,
    /// It is refused.
    Answers500,
    /// It is done, and the answer breaks off in the middle.
    BreaksOff,
    /// It is heard in part alone, and the connection is gone.
    Cuts,
    /// It is refused for now, as are those that follow.
    Spares,
    /// It is refused with this code.
    Says(u16, &'static str),
    /// It is answered an octet at a time.
    Trickles,
    /// It is answered with this status, and the answer has no end.
    Floods(u16),
}

/// A version of an object: its id and its octets, none where it says that the object was deleted.
type Version = (u64, Option<Vec<u8>>);

#[derive(Debug, Default)]
struct Kept {
    objects: BTreeMap<String, Vec<Version>>,
    ids: u64,
    requests: u64,
    fault: Option<(u64, Fault)>,
    /// How many requests it refuses from there on.
    spares: u64,
    keeps_versions: bool,
    has_default_retention: bool,
    /// A condition that it does not know.
    ignores: Option<&'static str>,
    /// It lists from the beginning, whatever it is asked.
    ignores_markers: bool,
    /// It says that objects are so long.
    says_octets: Option<u64>,
    /// It does not let versions be deleted, and says so.
    holds_on: Option<(u16, &'static str)>,
    /// It keeps another octet than it was given.
    lies: bool,
    /// Octets that it got rid of while it answered without an end.
    flooded: usize,
    /// While an object of such a key is put, another one takes the claim.
    gives_claim_away_at: Option<&'static str>,
    /// When a claim is put, this one is put as well, a moment later.
    claims_beside: Option<&'static str>,
    /// It takes the quotes about a tag for a part of it.
    has_bare_tags: bool,
    /// The deletion of a version let one from before be read.
    showed_earlier: bool,
    /// Objects can be locked.
    has_lock: bool,
    /// The versions that are, and until when.
    locks: BTreeMap<(String, u64), Lock>,
    /// It takes what is to be locked, and locks nothing.
    locks_nothing: bool,
    /// How far its clock is ahead.
    ahead_seconds: i64,
    /// It does not say what time it is.
    tells_no_time: bool,
    /// How many locks were renewed.
    renewed: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lock {
    mode: String,
    until: Timestamp,
    is_held: bool,
}

/// A store on the loopback.
#[derive(Clone)]
struct TestStore {
    kept: Arc<Mutex<Kept>>,
    port: u16,
}

struct Asked {
    method: String,
    key: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

struct Said {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Said {
    fn code(status: u16, code: &str) -> Said {
        Said { status, headers: Vec::new(), body: format!("<Error><Code>{code}</Code></Error>").into_bytes() }
    }

    fn text(text: String) -> Said {
        Said { status: 200, headers: Vec::new(), body: text.into_bytes() }
    }
}

impl TestStore {
    fn new(keeps_versions: bool) -> TestStore {
        TestStore::with(keeps_versions, |stream| stream)
    }

    /// One over TLS, and its certificate, PEM.
    fn with_certificate() -> (TestStore, Vec<u8>) {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        let config = Arc::new(config);
        let tls = move |stream| StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            Base64::encode_string(made.cert.der())
        );
        (TestStore::with(true, tls), pem.into_bytes())
    }

    fn with<S: Read + Write + Send + 'static>(
        keeps_versions: bool,
        shake: impl Fn(TcpStream) -> S + Send + 'static,
    ) -> TestStore {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let store = TestStore { kept: Arc::new(Mutex::new(Kept { keeps_versions, ..Kept::default() })), port };
        let of_thread = store.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (store, stream) = (of_thread.clone(), stream.unwrap());
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                let mut stream = BufReader::new(shake(stream));
                thread::spawn(move || while store.serve(&mut stream).is_ok() {});
            }
        });
        store
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    fn access(&self) -> Access {
        Access {
            host: "127.0.0.1".into(),
            port: self.port,
            trusted: None,
            bucket: "calls".into(),
            is_in_host: false,
            region: "here".into(),
            key: AccessKey::new("id", "secret").unwrap(),
            quiet: QUICK,
            lease: None,
        }
    }

    /// Of a store that is waited for no longer than this.
    fn within(&self, quiet: Duration) -> Access {
        Access { quiet, ..self.access() }
    }

    fn open_as(&self, claim: Box<Claim>) -> Result<S3Bucket, io::Error> {
        open(self.access(), claim)
    }

    fn open(&self) -> Result<S3Bucket, io::Error> {
        self.open_as(Claim::new("ours"))
    }

    /// All that is kept of an object, the newest last.
    fn versions(&self, key: &str) -> Vec<Vec<u8>> {
        let kept = self.kept();
        let versions = kept.objects.get(&format!("ringfence-7/{key}")).cloned().unwrap_or_default();
        versions.into_iter().map(|(_, octets)| octets.unwrap_or_default()).collect()
    }

    fn serve(&self, stream: &mut BufReader<impl Read + Write>) -> io::Result<()> {
        let asked = read_head(stream)?;
        let fault = {
            let mut kept = self.kept();
            kept.requests += 1;
            let no = kept.requests;
            let is_at = |(at, fault): &(u64, Fault)| {
                *at == no || *fault == Fault::Spares && (*at..*at + kept.spares).contains(&no)
            };
            kept.fault.filter(is_at).map(|(_, fault)| fault)
        };
        if fault == Some(Fault::Cuts) {
            return Err(ErrorKind::ConnectionReset.into());
        }
        let asked = read_body(stream, asked)?;
        if fault == Some(Fault::Hangs) {
            // Until the other side gives up.
            let _ = stream.read(&mut [0]);
            return Err(ErrorKind::TimedOut.into());
        }
        let said = match fault {
            Some(Fault::Answers500) => Said::code(500, "InternalError"),
            Some(Fault::Spares) => Said::code(503, "SlowDown"),
            Some(Fault::Says(status, code)) => {
                Said { headers: vec![("x-amz-bucket-region", "eu-there-1".into())], ..Said::code(status, code) }
            }
            _ => self.kept().answer(&asked),
        };
        let length = if asked.method == "HEAD" && said.status == 200 {
            String::new()
        } else {
            format!("content-length: {}\r\n", said.body.len())
        };
        let mut headers: String = said.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        headers.push_str(&self.kept().date());
        let mut answer = format!("HTTP/1.1 {} -\r\n{length}{headers}\r\n", said.status).into_bytes();
        if asked.method != "HEAD" {
            answer.extend(&said.body);
        }
        if fault == Some(Fault::BreaksOff) {
            answer.truncate(answer.len() / 2);
        }
        if fault == Some(Fault::Trickles) {
            stream.get_mut().write_all(b"HTTP/1.1 200 -\r\ncontent-length: 1000\r\n\r\n")?;
            loop {
                stream.get_mut().write_all(b"x")?;
                stream.get_mut().flush()?;
                thread::sleep(Duration::from_millis(20));
            }
        }
        if let Some(Fault::Floods(status)) = fault {
            return self.flood(stream, status);
        }
        stream.get_mut().write_all(&answer)?;
        stream.get_mut().flush()?;
        if fault.is_some_and(|fault| !matches!(fault, Fault::Spares | Fault::Says(..))) {
            Err(ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl TestStore {
    /// As long as anybody listens, but no longer than the test could bear.
    fn flood(&self, stream: &mut BufReader<impl Read + Write>, status: u16) -> io::Result<()> {
        let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n\r\n", 1_u64 << 46);
        stream.get_mut().write_all(head.as_bytes())?;
        for _ in 0..4 * FLOOD_OCTETS_MAX / FLOOD.len() {
            stream.get_mut().write_all(&FLOOD)?;
            self.kept().flooded += FLOOD.len();
        }
        Ok(())
    }
}

static FLOOD: [u8; 64 << 10] = [b' '; 64 << 10];

/// More of an endless answer nobody takes: 4 MiB, and what is on its way in buffers.
const FLOOD_OCTETS_MAX: usize = 16 << 20;

fn read_head(reader: &mut BufReader<impl Read>) -> io::Result<Asked> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let plain = |text: &str| text.replace("%2F", "/");
    let key = path.strip_prefix("/calls").unwrap().trim_start_matches('/').to_owned();
    let query =
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), plain(value)));
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    Ok(Asked { method, key, query: query.collect(), headers, body: Vec::new() })
}

fn read_body(reader: &mut BufReader<impl Read>, asked: Asked) -> io::Result<Asked> {
    let length = asked.headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Asked { body, ..asked })
}

impl Kept {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_second(since.as_secs() as i64 + self.ahead_seconds).unwrap()
    }

    fn date(&self) -> String {
        match self.tells_no_time {
            true => String::new(),
            false => format!("date: {}\r\n", self.now().strftime("%a, %d %b %Y %H:%M:%S GMT")),
        }
    }

    /// All locks of an object, as if so many days had passed.
    fn age(&mut self, key: &str, days: i64) {
        let of_it = self.locks.iter_mut().filter(|((of, _), _)| of == key);
        of_it.for_each(|(_, lock)| lock.until = earlier(lock.until, days));
    }

    /// Locks a version as it is asked; in this mode no lock gets shorter.
    fn lock(&mut self, key: &str, id: u64, (mode, until): (&str, &str)) -> bool {
        assert_eq!(mode, "COMPLIANCE");
        let until: Timestamp = until.parse().unwrap();
        let lock = self.locks.entry((key.to_owned(), id)).or_default();
        let is_longer = until >= lock.until;
        if is_longer {
            (lock.mode, lock.until) = (mode.to_owned(), until);
        }
        is_longer
    }

    fn retain(&mut self, asked: &Asked) -> Said {
        let text = String::from_utf8(asked.body.clone()).unwrap();
        let within = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
            rest.split_once("</").unwrap().0.to_owned()
        };
        let Some((id, _)) = self.latest(&asked.key) else { return Said::code(404, "NoSuchKey") };
        self.renewed += 1;
        match self.locks_nothing || self.lock(&asked.key, id, (&within("Mode"), &within("RetainUntilDate"))) {
            true => Said::text(String::new()),
            false => Said::code(403, "AccessDenied"),
        }
    }

    fn hold(&mut self, asked: &Asked) -> Said {
        let Some((id, _)) = self.latest(&asked.key) else { return Said::code(404, "NoSuchKey") };
        let is_held = String::from_utf8_lossy(&asked.body).contains("<Status>ON</Status>");
        if !self.locks_nothing {
            self.locks.entry((asked.key.clone(), id)).or_default().is_held = is_held;
        }
        Said::text(String::new())
    }

    fn latest(&self, key: &str) -> Option<(u64, Vec<u8>)> {
        let (id, octets) = self.objects.get(key)?.last()?;
        Some((*id, octets.clone()?))
    }

    fn answer(&mut self, asked: &Asked) -> Said {
        let has = |name: &str| asked.query.contains_key(name);
        assert!(asked.headers["authorization"].starts_with("AWS4-HMAC-SHA256 Credential=id/"), "it is signed");
        match asked.method.as_str() {
            "GET" if has("versioning") => {
                let status = if self.keeps_versions { "<Status>Enabled</Status>" } else { "" };
                Said::text(format!("<VersioningConfiguration>{status}</VersioningConfiguration>"))
            }
            "GET" if has("object-lock") && self.has_lock => Said::text(
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
                    .into(),
            ),
            "GET" if has("object-lock") && !self.has_default_retention => {
                Said::code(404, "ObjectLockConfigurationNotFoundError")
            }
            "GET" if has("object-lock") => {
                Said::text("<ObjectLockConfiguration><Rule><DefaultRetention/></Rule></ObjectLockConfiguration>".into())
            }
            "GET" if has("versions") => Said::text(self.list_versions(&asked.query)),
            "GET" if has("list-type") => Said::text(self.list(&asked.query)),
            "GET" | "HEAD" => self.get(asked),
            "PUT" if has("retention") => self.retain(asked),
            "PUT" if has("legal-hold") => self.hold(asked),
            "PUT" => self.put(asked),
            "DELETE" => self.delete(asked),
            _ => Said::code(501, "NotImplemented"),
        }
    }

    fn list(&self, query: &BTreeMap<String, String>) -> String {
        let after = query.get("start-after").filter(|_| !self.ignores_markers).cloned().unwrap_or_default();
        let of = |key: &String| {
            Some(format!("<Contents><Key>{key}</Key><Size>{}</Size></Contents>", self.latest(key)?.1.len()))
        };
        let keys = self.objects.keys().filter(|key| key.starts_with(&query["prefix"]) && **key > after);
        let listed: String = keys.filter_map(of).take(query["max-keys"].parse::<usize>().unwrap().min(1000)).collect();
        format!("<ListBucketResult>{listed}</ListBucketResult>")
    }

    /// One a page, so that each list is read on.
    fn list_versions(&self, query: &BTreeMap<String, String>) -> String {
        let mut all = Vec::new();
        for (key, versions) in self.objects.iter().filter(|(key, _)| key.starts_with(&query["prefix"])) {
            let last = versions.last().map(|(id, _)| *id);
            // The newest first, as S3 has them.
            all.extend(versions.iter().rev().map(|(id, octets)| (key, *id, octets.is_some(), Some(*id) == last)));
        }
        let is_before = |key: &str, id: u64| {
            let (Some(marker), Some(version)) = (query.get("key-marker"), query.get("version-id-marker")) else {
                return false;
            };
            let of: u64 = version.trim_start_matches('v').parse().unwrap();
            !self.ignores_markers && (key < marker.as_str() || key == marker && id >= of)
        };
        all.retain(|(key, id, ..)| !is_before(key, *id));
        let Some((key, id, is_version, is_latest)) = all.first() else { return "<ListVersionsResult/>".into() };
        let kind = if *is_version { "Version" } else { "DeleteMarker" };
        let next = match all.len() > 1 || self.ignores_markers {
            true => format!(
                "<IsTruncated>true</IsTruncated><NextKeyMarker>{key}</NextKeyMarker><NextVersionIdMarker>v{id}</NextVersionIdMarker>"
            ),
            false => String::new(),
        };
        format!(
            "<ListVersionsResult>{next}<{kind}><Key>{key}</Key><VersionId>v{id}</VersionId><IsLatest>{is_latest}</IsLatest></{kind}>\
             </ListVersionsResult>"
        )
    }

    fn get(&self, asked: &Asked) -> Said {
        let versions = self.objects.get(&asked.key).into_iter().flatten();
        let of_id = |id: &String| versions.clone().find(|(of, _)| format!("v{of}") == *id).cloned();
        let version = asked.query.get("versionId").map_or_else(
            || self.latest(&asked.key),
            |id| {
                let (id, octets) = of_id(id)?;
                Some((id, octets?))
            },
        );
        let Some((id, octets)) = version else { return Said::code(404, "NoSuchKey") };
        let mut headers = vec![("etag", format!("\"e{id}\""))];
        if let Some(lock) = self.locks.get(&(asked.key.clone(), id)) {
            headers.push(("x-amz-object-lock-mode", lock.mode.clone()));
            headers.push(("x-amz-object-lock-retain-until-date", lock.until.to_string()));
            headers.extend(lock.is_held.then(|| ("x-amz-object-lock-legal-hold", "ON".to_owned())));
        }
        if asked.method == "HEAD" {
            headers.push(("content-length", self.says_octets.unwrap_or(octets.len() as u64).to_string()));
        }
        let Some(range) = asked.headers.get("range") else { return Said { status: 200, headers, body: octets } };
        let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
        match octets.get(from..octets.len().min(to + 1)) {
            Some(part) if !part.is_empty() => Said { status: 206, headers, body: part.to_vec() },
            _ => Said::code(416, "InvalidRange"),
        }
    }

    fn put(&mut self, asked: &Asked) -> Said {
        let there = self.latest(&asked.key).map(|(id, _)| format!("\"e{id}\""));
        let is_refused = asked.headers.get("if-none-match").is_some_and(|_| there.is_some())
            || asked.headers.get("if-match").is_some_and(|etag| {
                let there = there.as_deref().map(|tag| if self.has_bare_tags { tag.trim_matches('"') } else { tag });
                there != Some(etag)
            });
        let is_ignored = self.ignores.is_some_and(|name| asked.headers.contains_key(name));
        if is_refused && !is_ignored {
            return Said::code(412, "PreconditionFailed");
        }
        let mut octets = asked.body.clone();
        if self.lies
            && let Some(last) = octets.last_mut()
        {
            *last ^= 1;
        }
        self.ids += 1;
        let id = self.ids;
        if self.gives_claim_away_at.is_some_and(|prefix| asked.key.starts_with(prefix)) {
            self.objects.insert("ringfence-7/writer".into(), vec![(1_000_000, Some(b"theirs 1\n".to_vec()))]);
        }
        let beside = self.claims_beside.filter(|_| asked.key.ends_with("/writer"));
        let versions = self.objects.entry(asked.key.clone()).or_default();
        if !self.keeps_versions {
            versions.clear();
        }
        versions.push((id, Some(octets)));
        if let Some(theirs) = beside {
            let id = if versions.iter().any(|(id, _)| *id == 1_000_000) { 1_000_001 } else { 1_000_000 };
            versions.push((id, Some(theirs.as_bytes().to_vec())));
        }
        if let Some(mode) = asked.headers.get("x-amz-object-lock-mode").filter(|_| !self.locks_nothing) {
            assert!(self.has_lock, "it would refuse it");
            assert!(asked.headers["x-amz-sdk-checksum-algorithm"] == "SHA256", "a store refuses one without");
            let until = asked.headers["x-amz-object-lock-retain-until-date"].clone();
            self.lock(&asked.key, id, (mode, &until));
        }
        let mut headers = vec![("etag", format!("\"e{id}\""))];
        headers.extend(self.keeps_versions.then(|| ("x-amz-version-id", format!("v{id}"))));
        Said { status: 200, headers, body: Vec::new() }
    }

    fn delete(&mut self, asked: &Asked) -> Said {
        match asked.query.get("versionId") {
            Some(of) => {
                if let Some((status, code)) = self.holds_on {
                    return Said::code(status, code);
                }
                let (now, id) = (self.now(), of.trim_start_matches('v').parse().unwrap());
                let lock = self.locks.get(&(asked.key.clone(), id));
                if lock.is_some_and(|lock| lock.is_held || lock.until > now) {
                    return Said::code(403, "AccessDenied");
                }
                let versions = self.objects.entry(asked.key.clone()).or_default();
                let before = versions.last().map(|(id, _)| *id);
                versions.retain(|(id, _)| format!("v{id}") != *of);
                let now = versions.last().filter(|(id, octets)| octets.is_some() && Some(*id) != before);
                self.showed_earlier |= now.is_some();
            }
            None if self.keeps_versions => {
                self.ids += 1;
                self.objects.entry(asked.key.clone()).or_default().push((self.ids, None));
            }
            None => _ = self.objects.remove(&asked.key),
        }
        Said { status: 204, headers: Vec::new(), body: Vec::new() }
    }
}

fn open(access: Access, claim: Box<Claim>) -> Result<S3Bucket, io::Error> {
    S3Bucket::open(access, "ringfence-7/", claim, Arc::new(AtomicU64::new(0))).map_err(|(error, _)| error)
}

fn read(bucket: &S3Bucket, key: &str) -> Option<Vec<u8>> {
    let mut octets = vec![0; bucket.octets(key).unwrap()? as usize];
    let read = bucket.read_at(key, 0, &mut octets).unwrap();
    octets.truncate(read);
    Some(octets)
}

const PAGE: &str = "keys-a/level-0/000000000000";

/// A page with a half, and then without it; an object that comes and goes.
fn a_life(access: Access) -> io::Result<()> {
    let mut bucket = open(access, Claim::new("ours"))?;
    bucket.put(PAGE, b"half")?;
    // Three pieces of a body.
    bucket.put("objects/1/0/1-1.rfo", &vec![7; 140_000])?;
    bucket.put(PAGE, b"none")?;
    bucket.remove("objects/1/0/1-1.rfo")?;
    bucket.release()
}

#[test]
fn nothing_is_left_of_what_an_object_was_before() {
    for keeps_versions in [true, false] {
        let store = TestStore::new(keeps_versions);
        let mut bucket = store.open().unwrap();
        bucket.put(PAGE, b"half").unwrap();
        bucket.put(PAGE, b"none").unwrap();
        assert_eq!(store.versions(PAGE), [b"none"]);
        assert_eq!(read(&bucket, PAGE).unwrap(), b"none");
        let mut part = [0; 9];
        assert_eq!((bucket.read_at(PAGE, 1, &mut part).unwrap(), &part[..3]), (3, &b"one"[..]));
        assert_eq!(bucket.read_at(PAGE, 4, &mut part).unwrap(), 0, "there is no more");
        assert_eq!(bucket.read_at("keys-a/roots", 0, &mut part).unwrap_err().kind(), ErrorKind::NotFound);
        bucket.put("keys-a/roots", b"").unwrap();
        let listed: Vec<String> =
            bucket.list("keys-a/", None, 9).unwrap().into_iter().map(|listed| listed.key).collect();
        assert_eq!(listed, [PAGE, "keys-a/roots"]);
        assert_eq!(bucket.list("keys-a/", Some(PAGE), 1).unwrap()[0].key, "keys-a/roots");
        bucket.remove(PAGE).unwrap();
        bucket.remove(PAGE).unwrap();
        assert_eq!((store.versions(PAGE).len(), read(&bucket, PAGE)), (0, None));
        bucket.release().unwrap();
        assert_eq!(store.versions("writer").len(), 0);
        assert!(!store.kept().showed_earlier);
    }
}

/// A page that was deleted at the store's console and has three versions under its mark: none of them is read again, not for a moment.
#[test]
fn what_is_read_of_an_object_goes_last() {
    let store = TestStore::new(true);
    let mut bucket = store.open().unwrap();
    let key = format!("ringfence-7/{PAGE}");
    let versions = [b"half", b"more", b"none"].into_iter().enumerate();
    let versions = versions.map(|(no, octets)| (1_000_000 + no as u64, Some(octets.to_vec())));
    for mark in [None, Some((1_000_003, None))] {
        store.kept().objects.insert(key.clone(), versions.clone().chain(mark.clone()).collect());
        match mark {
            Some(_) => bucket.forget_earlier("keys-a/").unwrap(),
            None => bucket.remove(PAGE).unwrap(),
        }
        assert_eq!((store.versions(PAGE).len(), store.kept().showed_earlier), (0, false), "{mark:?}");
    }
}

/// Versions may be switched on while the box runs, and somebody may delete an object by hand, which leaves all of it.
#[test]
fn what_became_a_version_behind_the_boxs_back_goes_too() {
    let store = TestStore::new(false);
    let mut bucket = store.open().unwrap();
    bucket.put(PAGE, b"half").unwrap();
    store.kept().keeps_versions = true;
    bucket.put(PAGE, b"none").unwrap();
    assert_eq!(store.versions(PAGE), [b"none"]);
    drop(bucket);
    {
        let mut kept = store.kept();
        let versions = kept.objects.get_mut(&format!("ringfence-7/{PAGE}")).unwrap();
        versions.insert(0, (0, Some(b"half".to_vec())));
        versions.push((1_000_001, None));
    }
    let mut bucket = store.open().unwrap();
    assert_eq!((store.versions(PAGE).len(), read(&bucket, PAGE)), (0, None));
    // The same while it is connected, before anything is told as destroyed.
    bucket.put(PAGE, b"half").unwrap();
    store.kept().objects.get_mut(&format!("ringfence-7/{PAGE}")).unwrap().push((1_000_002, None));
    bucket.forget_earlier("keys-a/").unwrap();
    assert_eq!(store.versions(PAGE).len(), 0);

    let store = TestStore::new(false);
    let mut bucket = store.open().unwrap();
    bucket.put(PAGE, b"half").unwrap();
    store.kept().keeps_versions = true;
    store.kept().objects.get_mut(&format!("ringfence-7/{PAGE}")).unwrap().push((1_000_002, None));
    bucket.forget_earlier("keys-a/").unwrap();
    assert_eq!(store.versions(PAGE).len(), 0, "nothing was put since");
}

#[test]
fn whatever_request_fails_and_however_the_next_connection_finishes_it() {
    let faults = [Fault::Answers500, Fault::BreaksOff, Fault::Cuts];
    for keeps_versions in [true, false] {
        let whole = TestStore::new(keeps_versions);
        a_life(whole.access()).unwrap();
        let requests = whole.kept().requests;
        assert!(requests > 12, "{requests}");
        let hangs = [(7, Fault::Hangs), (requests / 2, Fault::Hangs)];
        let all = (1..=requests).flat_map(|at| faults.map(|fault| (at, fault))).chain(hangs);
        for (at, fault) in all {
            let store = TestStore::new(keeps_versions);
            store.kept().fault = Some((at, fault));
            let begun = Instant::now();
            let quiet = if fault == Fault::Hangs { IMPATIENT } else { QUICK };
            let done = a_life(store.within(quiet));
            assert!(begun.elapsed() < 20 * QUICK, "request {at}: {fault:?}");
            match fault {
                Fault::Hangs => assert_eq!(done.unwrap_err().kind(), ErrorKind::TimedOut, "request {at}"),
                // Whatever was asked for, it is no answer.
                Fault::Answers500 => assert_eq!(done.unwrap_err().kind(), ErrorKind::Other, "request {at}"),
                // Also where it was done, and is asked for once more.
                _ => assert!(
                    done.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::NotConnected),
                    "request {at}: {fault:?}: {done:?}"
                ),
            }
            store.kept().fault = None;
            let page = store.versions(PAGE).last().cloned();
            assert!(page.is_none_or(|page| page == b"half" || page == b"none"), "request {at}: {fault:?}");
            a_life(store.access()).unwrap();
            assert_eq!(store.versions(PAGE), [b"none"], "request {at}: {fault:?}");
            let left: usize = store.kept().objects.values().map(Vec::len).sum();
            assert_eq!(left, 1, "request {at}: {fault:?}");
        }
    }
}

#[test]
fn who_only_reads_writes_nothing_and_asks_again_where_the_store_is_away_for_a_moment() {
    let store = TestStore::new(true);
    let mut bucket = store.open().unwrap();
    bucket.put("objects/1/0/1-1.rfo", &vec![7; 140_000]).unwrap();
    bucket.release().unwrap();
    let before = store.kept().objects.clone();
    let fetch = |reader: &S3Reader| {
        let listed = reader.list("objects/", None, 9)?;
        let octets = reader.octets(&listed[0].key)?.unwrap();
        let mut content = vec![0; octets as usize];
        reader.read_at(&listed[0].key, 0, &mut content)?;
        io::Result::Ok(content)
    };
    for at in 1..=3 {
        for fault in [Fault::Hangs, Fault::Answers500, Fault::BreaksOff, Fault::Cuts] {
            let asked = store.kept().requests;
            store.kept().fault = Some((asked + at, fault));
            let quiet = if fault == Fault::Hangs { IMPATIENT } else { QUICK };
            let mut reader = S3Reader::new(store.within(quiet), "ringfence-7/");
            assert!(fetch(&reader).unwrap() == vec![7; 140_000], "request {at}: {fault:?}");
            assert_eq!(reader.octets("objects/1/0/1-2.rfo").unwrap(), None);
            assert_eq!(reader.put("objects/x", b"x").unwrap_err().kind(), ErrorKind::ReadOnlyFilesystem);
            assert_eq!(reader.remove("objects/1/0/1-1.rfo").unwrap_err().kind(), ErrorKind::ReadOnlyFilesystem);
        }
    }
    assert_eq!(store.kept().objects, before, "no claim, and nothing else");
    let away = Access { port: 1, ..store.access() };
    assert_eq!(fetch(&S3Reader::new(away, "ringfence-7/")).unwrap_err().kind(), ErrorKind::NotConnected);
}

#[test]
fn a_store_that_asks_to_be_spared_is_asked_again_and_one_that_goes_on_so_is_slow() {
    let whole = TestStore::new(true);
    a_life(whole.access()).unwrap();
    let requests = whole.kept().requests;
    for at in 1..=requests {
        let store = TestStore::new(true);
        (store.kept().fault, store.kept().spares) = (Some((at, Fault::Spares)), 3);
        a_life(store.access()).unwrap_or_else(|error| panic!("request {at}: {error}"));
        assert_eq!(store.kept().requests, requests + 3, "request {at}");
        assert_eq!(store.versions(PAGE), [b"none"], "request {at}");
    }
    let store = TestStore::new(true);
    (store.kept().fault, store.kept().spares) = (Some((3, Fault::Spares)), 1_000);
    assert_eq!(a_life(store.access()).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(store.kept().requests, 2 + 5);
}

#[test]
fn clocks_that_are_apart_and_another_region_are_told_as_such() {
    let says = [
        (403, "RequestTimeTooSkewed", Some(StoreSays::Skewed)),
        (301, "PermanentRedirect", Some(StoreSays::Elsewhere)),
        (400, "AuthorizationHeaderMalformed", Some(StoreSays::Elsewhere)),
        (403, "AccessDenied", None),
    ];
    for (status, code, said) in says {
        let store = TestStore::new(true);
        store.kept().fault = Some((1, Fault::Says(status, code)));
        let error = store.open().map(drop).unwrap_err();
        assert_eq!(store_says(&error), said, "{error}");
        assert_eq!(error.to_string(), format!("the store answers {status} {code}, its region is eu-there-1"));
        let store = TestStore::new(true);
        store.kept().fault = Some((1, Fault::Says(status, code)));
        let told = S3Reader::new(store.access(), "ringfence-7/").list("objects/", None, 9).map(drop);
        assert_eq!((store_says(&told.unwrap_err()), store.kept().requests), (said, 1), "it is not asked again");
    }
}

#[test]
fn a_bucket_that_would_keep_keys_is_refused_before_one_goes_there() {
    let refused_where = |keeps_versions: bool, set: fn(&mut Kept)| {
        let store = TestStore::new(keeps_versions);
        set(&mut store.kept());
        let kind = store.open().unwrap_err().kind();
        let keys: Vec<String> = store.kept().objects.keys().cloned().collect();
        assert!(keys.iter().all(|key| key == "ringfence-7/writer"), "{keys:?}");
        kind
    };
    let refused = |set| refused_where(true, set);
    assert_eq!(refused(|kept| kept.has_default_retention = true), ErrorKind::Unsupported);
    // As moto and AWS say it, and as MinIO does.
    assert_eq!(refused(|kept| kept.holds_on = Some((403, "AccessDenied"))), ErrorKind::Unsupported);
    assert_eq!(refused(|kept| kept.holds_on = Some((400, "InvalidRequest"))), ErrorKind::Unsupported);
    // That is no word about versions.
    let skewed = |kept: &mut Kept| kept.holds_on = Some((403, "RequestTimeTooSkewed"));
    assert_eq!(refused(skewed), ErrorKind::PermissionDenied);
    assert_eq!(refused(|kept| kept.holds_on = Some((429, "SlowDown"))), ErrorKind::TimedOut);
    // Without versions no condition means that two could write.
    for name in ["if-match", "if-none-match"] {
        let ignores = match name {
            "if-match" => |kept: &mut Kept| kept.ignores = Some("if-match"),
            _ => |kept: &mut Kept| kept.ignores = Some("if-none-match"),
        };
        assert_eq!(refused_where(false, ignores), ErrorKind::Unsupported, "{name}");
    }
}

#[test]
fn a_store_that_gives_back_something_else_is_found_out() {
    let store = TestStore::new(true);
    let mut bucket = store.open().unwrap();
    store.kept().lies = true;
    assert_eq!(bucket.put("copy", b"octets").unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn two_never_write_to_one_bucket() {
    [true, false].into_iter().for_each(two_writers);
}

fn two_writers(keeps_versions: bool) {
    let store = TestStore::new(keeps_versions);
    let mut first = store.open_as(Claim::new("first")).unwrap();
    let second = store.open_as(Claim::new("second")).unwrap_err();
    assert_eq!(second.kind(), ErrorKind::ResourceBusy);
    // As if the first had stood still for more than a minute, and the second had taken its claim.
    store.kept().objects.remove("ringfence-7/writer");
    let _second = store.open_as(Claim::new("second")).unwrap();
    first.forget_when_it_was_held();
    assert_eq!(first.put(PAGE, b"half").unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(store.versions(PAGE).len(), 0);
    assert_eq!(first.release().unwrap_err().kind(), ErrorKind::WouldBlock, "it is not its own to give up");
    assert_eq!(store.versions("writer").len(), 1);
}

/// Where versions are kept no condition is asked for: Ceph keeps none there.
#[test]
fn of_two_who_claim_at_once_the_one_who_finds_the_others_takes_its_own_back() {
    let store = TestStore::new(true);
    store.kept().claims_beside = Some("theirs 1\n");
    assert_eq!(store.open_as(Claim::new("ours")).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(store.versions("writer"), [b"theirs 1\n"], "theirs is not touched");
    assert!(store.kept().objects.keys().all(|key| key == "ringfence-7/writer"), "nothing else went there");
    // A request whose answer was lost, and that was sent once more.
    let store = TestStore::new(true);
    store.kept().claims_beside = Some("ours 1\n");
    let mut first = store.open_as(Claim::new("ours")).unwrap();
    store.kept().claims_beside = None;
    first.forget_when_it_was_held();
    first.put(PAGE, b"half").unwrap();
    // The next life takes all of them up, and leaves none.
    drop(first);
    store.open_as(Claim::new("ours")).unwrap().release().unwrap();
    assert_eq!(store.versions("writer").len(), 0);
}

#[test]
fn a_claim_that_another_one_has_seen_as_dead_and_given_up_since_is_not_taken_up_again() {
    let store = TestStore::new(true);
    let mut first = store.open_as(Claim::new("first")).unwrap();
    store.kept().objects.remove("ringfence-7/writer");
    store.open_as(Claim::new("second")).unwrap().release().unwrap();
    first.forget_when_it_was_held();
    assert_eq!(first.put(PAGE, b"half").unwrap_err().kind(), ErrorKind::WouldBlock, "what it read may be of before");
    assert_eq!((store.versions(PAGE).len(), store.versions("writer").len()), (0, 0));
}

/// As Ceph compares them in a bucket without versions.
#[test]
fn a_store_that_compares_tags_without_their_quotes_keeps_two_apart_as_well() {
    let store = TestStore::new(false);
    store.kept().has_bare_tags = true;
    let mut first = store.open_as(Claim::new("first")).unwrap();
    first.forget_when_it_was_held();
    first.put(PAGE, b"half").unwrap();
    store.kept().objects.remove("ringfence-7/writer");
    let second = store.open_as(Claim::new("second")).unwrap();
    first.forget_when_it_was_held();
    assert_eq!(first.put(PAGE, b"none").unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(store.versions(PAGE), [b"half"]);
    second.release().unwrap();
}

/// Who stood still while it deleted, or sent something long, does no more for a claim that another one has by now.
#[test]
fn what_takes_long_goes_on_only_as_long_as_the_claim_is_held() {
    let store = TestStore::new(true);
    let mut first = store.open_as(Claim::new("first")).unwrap();
    let object = "objects/1/0/1-1.rfo";
    let earlier = |key: &str| {
        store.kept().objects.insert(format!("ringfence-7/{key}"), vec![(0, Some(b"half".to_vec())), (1, None)]);
    };
    let before = store.versions("writer");
    earlier(object);
    first.put(object, &vec![7; 1 << 20]).unwrap();
    assert_eq!(store.versions(object).len(), 1);
    assert_ne!(store.versions("writer"), before, "before and behind what is long");
    store.kept().gives_claim_away_at = Some("ringfence-7/objects/");
    earlier(object);
    assert_eq!(first.put(object, &vec![7; 1 << 20]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(store.versions(object).len(), 3, "nothing is deleted any more");
    store.kept().gives_claim_away_at = None;

    store.kept().objects.clear();
    let mut first = store.open_as(Claim::new("first")).unwrap();
    store.kept().objects.clear();
    let _second = store.open_as(Claim::new("second")).unwrap();
    earlier(PAGE);
    first.forget_when_it_was_held();
    assert_eq!(first.forget_earlier("keys-a/").unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(store.versions(PAGE).len(), 2);
}

#[test]
fn an_answer_without_an_end_is_not_taken_to_its_end() {
    let whole = TestStore::new(true);
    a_life(whole.access()).unwrap();
    let requests = whole.kept().requests;
    for at in 1..=requests {
        let store = TestStore::new(true);
        let status = if at % 2 == 0 { 200 } else { 403 };
        store.kept().fault = Some((at, Fault::Floods(status)));
        // What it is an answer to may not have a body, or want none.
        let _ = a_life(store.access());
        let flooded = store.kept().flooded;
        assert!(flooded < FLOOD_OCTETS_MAX, "request {at}, {status}: {flooded} octets");
    }
}

#[test]
fn a_store_that_is_not_there_is_not_waited_for_and_beats_are_counted() {
    let store = TestStore::new(true);
    let beats = Arc::new(AtomicU64::new(0));
    let access = |port| Access { port, ..store.access() };
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (error, claim) = S3Bucket::open(access(free), "", Claim::new("ours"), Arc::clone(&beats)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    let mut bucket = S3Bucket::open(store.access(), "ringfence-7/", claim, Arc::clone(&beats)).unwrap();
    let before = beats.load(Ordering::Relaxed);
    bucket.put("objects/1", &vec![1; 1 << 20]).unwrap();
    assert!(beats.load(Ordering::Relaxed) - before > 16, "each 64 KiB");
    assert!(!format!("{bucket:?}").contains("secret"));
}

#[test]
fn over_tls_a_store_is_the_one_whose_certificate_the_named_ca_signed() {
    let (store, ca) = TestStore::with_certificate();
    let (_, others) = TestStore::with_certificate();
    // A handshake takes more than a blink where all tests run at once.
    let quiet = 3 * QUICK;
    let with = |trusted: &[u8]| Access { trusted: Some(trusted.to_vec()), quiet, ..store.access() };
    let mut bucket = open(with(&ca), Claim::new("ours")).unwrap();
    bucket.put(PAGE, b"half").unwrap();
    assert_eq!(read(&bucket, PAGE).unwrap(), b"half");
    bucket.release().unwrap();
    for wrong in [&others[..], b"no certificate"] {
        assert_eq!(open(with(wrong), Claim::new("ours")).unwrap_err().kind(), ErrorKind::NotConnected);
    }
    let plain = Access { quiet, ..store.access() };
    assert_eq!(open(plain, Claim::new("ours")).unwrap_err().kind(), ErrorKind::NotConnected, "it speaks TLS alone");
    assert_eq!(store.kept().objects.values().map(Vec::len).sum::<usize>(), 1);
}

/// What reads go by may be wrong after one that failed: nothing is written on the strength of it.
#[test]
fn after_anything_went_wrong_nothing_more_goes_over_the_connection() {
    let store = TestStore::new(true);
    let mut bucket = store.open().unwrap();
    bucket.put(PAGE, b"half").unwrap();
    let next = store.kept().requests + 1;
    store.kept().fault = Some((next, Fault::Answers500));
    assert!(bucket.octets(PAGE).is_err());
    let requests = store.kept().requests;
    assert!(bucket.put(PAGE, b"none").is_err() && bucket.octets(PAGE).is_err() && bucket.remove(PAGE).is_err());
    assert_eq!(store.kept().requests, requests);
    assert_eq!(store.versions(PAGE), [b"half"]);
}

/// What such a store says of the end of a list is not true, and its lengths would end the process.
#[test]
fn a_list_that_does_not_go_on_and_a_length_that_can_not_be_are_no_answers() {
    let store = TestStore::new(true);
    let mut bucket = store.open().unwrap();
    for key in ["keys-a/roots", PAGE] {
        bucket.put(key, b"half").unwrap();
    }
    drop(bucket);
    let fresh = |set: fn(&mut Kept), act: fn(&mut S3Bucket) -> ErrorKind| {
        let mut bucket = store.open().unwrap();
        set(&mut store.kept());
        let kind = act(&mut bucket);
        let mut kept = store.kept();
        (kept.ignores_markers, kept.says_octets) = (false, None);
        kind
    };
    let after = |bucket: &mut S3Bucket| bucket.list("keys-a/", Some(PAGE), 1).unwrap_err().kind();
    assert_eq!(fresh(|kept| kept.ignores_markers = true, after), ErrorKind::InvalidData);
    let earlier = |bucket: &mut S3Bucket| bucket.forget_earlier("keys-a/").unwrap_err().kind();
    assert_eq!(fresh(|kept| kept.ignores_markers = true, earlier), ErrorKind::InvalidData);
    let octets = |bucket: &mut S3Bucket| bucket.octets(PAGE).unwrap_err().kind();
    assert_eq!(fresh(|kept| kept.says_octets = Some(1 << 46), octets), ErrorKind::InvalidData);
}

/// A lease of 400 days, in a bucket with object lock.
fn leased() -> TestStore {
    let store = TestStore::new(true);
    store.kept().has_lock = true;
    store
}

fn with_lease(store: &TestStore) -> Access {
    Access { lease: Some(LeaseTerm(Duration::from_hours(400 * 24))), ..store.access() }
}

fn lease(store: &TestStore) -> io::Result<S3Bucket> {
    open(with_lease(store), Claim::new("ours"))
}

fn earlier(time: Timestamp, days: i64) -> Timestamp {
    Timestamp::from_second(time.as_second() - days * 24 * 3600).unwrap()
}

/// How many days from now on, as near as makes no difference.
fn days_until(end: Option<Utc>) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    (end.unwrap().as_secs() - since.as_secs() as i64 + 600) / (24 * 3600)
}

const OBJECT: &str = "objects/1/0/1-1.rfo";

#[test]
fn a_recording_under_a_lease_stays_as_ciphertext_until_it_ends_and_what_has_keys_goes_at_once() {
    let store = leased();
    let mut bucket = lease(&store).unwrap();
    let stone = "objects/1/0/1-1.tombstone";
    for key in [OBJECT, stone, PAGE, "leaves/records/000000000000"] {
        bucket.put(key, b"octets").unwrap();
    }
    let locked: Vec<String> = store.kept().locks.keys().map(|(key, _)| key.clone()).collect();
    assert_eq!(locked, [format!("ringfence-7/{OBJECT}")], "nothing else");
    assert_eq!(days_until(bucket.leased_until(OBJECT).unwrap()), 400);
    for key in [stone, PAGE] {
        assert_eq!(bucket.leased_until(key).unwrap(), None);
        bucket.remove(key).unwrap();
        assert_eq!(store.versions(key).len(), 0);
    }
    for _ in 0..2 {
        bucket.remove(OBJECT).unwrap();
        assert_eq!(read(&bucket, OBJECT), None, "it is read no more");
        assert_eq!(store.versions(OBJECT), [b"octets".to_vec(), Vec::new()], "under one mark");
        assert_eq!(days_until(bucket.leased_until(OBJECT).unwrap()), 400);
    }
    store.kept().age(&format!("ringfence-7/{OBJECT}"), 399);
    bucket.remove(OBJECT).unwrap();
    assert_eq!((days_until(bucket.leased_until(OBJECT).unwrap()), store.versions(OBJECT).len()), (1, 2));
    store.kept().age(&format!("ringfence-7/{OBJECT}"), 2);
    assert_eq!(bucket.leased_until(OBJECT).unwrap(), None);
    bucket.remove(OBJECT).unwrap();
    assert_eq!((store.versions(OBJECT).len(), store.kept().showed_earlier), (0, false));
}

/// Also where the settings name leases no more, and where somebody holds it at the store's console.
#[test]
fn what_is_locked_by_whomever_makes_no_bucket_unfit() {
    let store = leased();
    let mut bucket = lease(&store).unwrap();
    bucket.put(OBJECT, b"spoiled").unwrap();
    bucket.put(OBJECT, b"octets").unwrap();
    assert_eq!(store.versions(OBJECT), [&b"spoiled"[..], b"octets"]);
    drop(bucket);
    let mut bucket = store.open().unwrap();
    bucket.put(OBJECT, b"once more").unwrap();
    assert_eq!(store.versions(OBJECT), [&b"spoiled"[..], b"octets", b"once more"]);
    bucket.remove(OBJECT).unwrap();
    assert_eq!(read(&bucket, OBJECT), None);
    assert_eq!(store.versions(OBJECT), [&b"spoiled"[..], b"octets", b""], "what is not locked is gone");
    let key = format!("ringfence-7/{OBJECT}");
    store.kept().age(&key, 500);
    for is_held in [true, false] {
        store.kept().locks.values_mut().for_each(|lock| lock.is_held = is_held);
        assert_eq!(bucket.leased_until(OBJECT).unwrap().is_some(), is_held);
        bucket.remove(OBJECT).unwrap();
        assert_eq!(store.versions(OBJECT).len(), if is_held { 3 } else { 0 });
    }
    // A page of keys that somebody locked: what was destroyed would be there.
    bucket.put(PAGE, b"half").unwrap();
    let id = store.kept().ids;
    let year = earlier(store.kept().now(), -365).to_string();
    store.kept().lock(&format!("ringfence-7/{PAGE}"), id, ("COMPLIANCE", &year));
    assert_eq!(bucket.put(PAGE, b"none").unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_lease_is_renewed_once_a_month_of_it_is_used_up_and_what_has_none_gets_one() {
    let store = leased();
    store.open().unwrap().put("objects/1/0/1-2.rfo", b"of before").unwrap();
    let mut bucket = lease(&store).unwrap();
    bucket.put(OBJECT, b"octets").unwrap();
    let key = format!("ringfence-7/{OBJECT}");
    assert_eq!((days_until(bucket.renew_lease(OBJECT).unwrap()), store.kept().renewed), (400, 0));
    store.kept().age(&key, 29);
    assert_eq!((days_until(bucket.renew_lease(OBJECT).unwrap()), store.kept().renewed), (371, 0));
    store.kept().age(&key, 2);
    assert_eq!((days_until(bucket.renew_lease(OBJECT).unwrap()), store.kept().renewed), (400, 1));
    assert_eq!(days_until(bucket.leased_until(OBJECT).unwrap()), 400);
    assert_eq!(days_until(bucket.renew_lease("objects/1/0/1-2.rfo").unwrap()), 400);
    assert_eq!(days_until(bucket.leased_until("objects/1/0/1-2.rfo").unwrap()), 400);
    assert_eq!(bucket.renew_lease("objects/1/0/1-3.rfo").unwrap(), None, "there is none");
    bucket.put(PAGE, b"half").unwrap();
    assert_eq!((bucket.renew_lease(PAGE).unwrap(), store.kept().renewed), (None, 2));
    store.kept().age(&key, 100);
    store.kept().locks_nothing = true;
    assert_eq!(bucket.renew_lease(OBJECT).unwrap_err().kind(), ErrorKind::Unsupported, "it says so, and does not");
}

#[test]
fn a_hold_at_the_store_outlasts_the_lease_and_ends_when_it_is_told_to() {
    let store = leased();
    let mut bucket = lease(&store).unwrap();
    bucket.put(OBJECT, b"octets").unwrap();
    let key = format!("ringfence-7/{OBJECT}");
    bucket.set_hold(OBJECT, true).unwrap();
    store.kept().age(&key, 500);
    let requests = store.kept().requests;
    bucket.set_hold(OBJECT, true).unwrap();
    assert_eq!(store.kept().requests, requests + 1, "it is held");
    assert_eq!(days_until(bucket.leased_until(OBJECT).unwrap()), 1, "until somebody looks again");
    bucket.set_hold(OBJECT, false).unwrap();
    assert_eq!(bucket.leased_until(OBJECT).unwrap(), None);
    bucket.put(PAGE, b"half").unwrap();
    bucket.set_hold(PAGE, true).unwrap();
    bucket.set_hold("objects/1/0/1-3.rfo", true).unwrap();
    assert!(store.kept().locks.values().all(|lock| !lock.is_held));
    store.kept().locks_nothing = true;
    assert_eq!(bucket.set_hold(OBJECT, true).unwrap_err().kind(), ErrorKind::Unsupported, "it says so, and does not");
}

#[test]
fn a_bucket_that_can_not_keep_leases_is_refused_before_a_recording_is_there() {
    let refused = |set: fn(&mut Kept)| {
        let store = leased();
        set(&mut store.kept());
        let error = lease(&store).and_then(|mut bucket| bucket.put(OBJECT, b"octets")).unwrap_err();
        (error.kind(), store.versions(OBJECT).len())
    };
    assert_eq!(refused(|kept| kept.has_lock = false), (ErrorKind::Unsupported, 0));
    assert_eq!(refused(|kept| kept.keeps_versions = false), (ErrorKind::Unsupported, 0));
    assert_eq!(refused(|kept| kept.tells_no_time = true), (ErrorKind::Unsupported, 0));
    // That is known once it is there: it goes, as it would count else.
    assert_eq!(refused(|kept| kept.locks_nothing = true), (ErrorKind::Unsupported, 0));
    let store = leased();
    store.kept().has_default_retention = true;
    store.kept().has_lock = false;
    assert_eq!(lease(&store).unwrap_err().kind(), ErrorKind::Unsupported);
}

/// A clock that is years ahead would lock for years.
#[test]
fn no_lease_is_reckoned_by_a_clock_that_another_one_contradicts() {
    for ahead in [16 * 60, -16 * 60, 3 * 365 * 24 * 3600] {
        let store = leased();
        store.kept().ahead_seconds = ahead;
        let error = lease(&store).unwrap_err();
        assert_eq!(store_says(&error), Some(StoreSays::Skewed), "{error}");
        assert_eq!(store.kept().locks, BTreeMap::new());
        store.open().unwrap().put(OBJECT, b"octets").unwrap();
        // It goes wrong while the connection stands.
        store.kept().ahead_seconds = 0;
        let mut bucket = lease(&store).unwrap();
        store.kept().ahead_seconds = ahead;
        bucket.octets(PAGE).unwrap();
        let put = bucket.put("objects/1/0/1-2.rfo", b"octets").unwrap_err();
        assert_eq!(store_says(&put), Some(StoreSays::Skewed), "{put}");
        assert_eq!(store.kept().locks, BTreeMap::new());
    }
    let store = leased();
    store.kept().ahead_seconds = 14 * 60;
    let mut bucket = lease(&store).unwrap();
    bucket.put(OBJECT, b"octets").unwrap();
    let (ends, days) = (bucket.leased_until(OBJECT).unwrap().unwrap().as_secs(), 400 * 24 * 3600);
    let left = ends - store.kept().now().as_second();
    assert!((days - 60..=days).contains(&left), "by the clock of who lets it go: {left}");
}

#[test]
fn whatever_request_fails_of_a_life_with_leases_the_next_one_finishes_it() {
    let life = |access: Access| {
        let mut bucket = open(access, Claim::new("ours"))?;
        bucket.put(PAGE, b"half")?;
        bucket.put(OBJECT, b"octets")?;
        bucket.renew_lease(OBJECT)?;
        bucket.put(PAGE, b"none")?;
        bucket.remove(OBJECT)?;
        bucket.release()
    };
    let whole = leased();
    life(with_lease(&whole)).unwrap();
    let requests = whole.kept().requests;
    for at in 1..=requests {
        for fault in [Fault::Answers500, Fault::BreaksOff, Fault::Cuts] {
            let store = leased();
            store.kept().fault = Some((at, fault));
            let done = life(with_lease(&store));
            assert!(done.is_err() || fault != Fault::Answers500, "request {at}: {fault:?}");
            store.kept().fault = None;
            life(with_lease(&store)).unwrap();
            assert_eq!(store.versions(PAGE), [b"none"], "request {at}: {fault:?}");
            let bucket = lease(&store).unwrap();
            assert_eq!(read(&bucket, OBJECT), None, "request {at}: {fault:?}");
            assert_eq!(days_until(bucket.leased_until(OBJECT).unwrap()), 400, "request {at}: {fault:?}");
            assert!(!store.kept().showed_earlier, "request {at}: {fault:?}");
        }
    }
}

#[test]
fn a_list_goes_on_behind_the_thousand_keys_that_a_store_gives_at_once() {
    let store = TestStore::new(true);
    let bucket = store.open().unwrap();
    let key = |no: u64| format!("objects/1/{}/1-{no}.rfo", no / 1000);
    let all: std::collections::BTreeSet<String> = (0..2_500).map(key).collect();
    for name in &all {
        store.kept().objects.insert(format!("ringfence-7/{name}"), vec![(1, Some(b"octets".to_vec()))]);
    }
    let before = store.kept().requests;
    let listed = BucketStore::new(bucket).list("objects").unwrap();
    assert!(listed.iter().eq(&all), "{} of {}", listed.len(), all.len());
    assert_eq!(store.kept().requests - before, 4, "the last one is empty");
}

/// Lines for whoever looks for a fault, all of them.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_line_and_no_error_has_the_key_or_what_is_made_of_it() {
    let lines = Lines::default();
    let of_subscriber = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || of_subscriber.clone())
        .finish();
    let secret = "c2VjcmV0IG9mIHRoZSBib3g";
    let mut errors = String::new();
    tracing::subscriber::with_default(subscriber, || {
        tracing::trace!("it is listened to");
        for fault in [Fault::Answers500, Fault::BreaksOff, Fault::Cuts, Fault::Spares, Fault::Says(403, "AccessDenied")]
        {
            for at in [1, 4, 9, 12] {
                let store = leased();
                {
                    let mut kept = store.kept();
                    (kept.fault, kept.spares) = (Some((at, fault)), 2);
                }
                let access = Access { key: AccessKey::new("id", secret).unwrap(), ..with_lease(&store) };
                errors.push_str(&format!("{access:?}"));
                match open(access, Claim::new("ours")).and_then(|mut bucket| {
                    errors.push_str(&format!("{bucket:?}"));
                    bucket.put(OBJECT, b"octets")?;
                    bucket.renew_lease(OBJECT)
                }) {
                    Ok(_) => {}
                    Err(error) => errors.push_str(&format!("{error} {error:?}")),
                }
            }
        }
    });
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(lines.contains("it is listened to") && errors.contains("AccessDenied"), "{errors}");
    for text in [&lines, &errors] {
        for word in [secret, "Signature=", "AWS4-HMAC-SHA256"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

/// An octet now and then is a beat, and still no store.
#[test]
fn a_store_that_answers_for_ever_is_given_up() {
    let store = TestStore::new(true);
    store.kept().fault = Some((1, Fault::Trickles));
    let begun = Instant::now();
    assert_eq!(open(store.within(IMPATIENT / 2), Claim::new("ours")).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(begun.elapsed() < Duration::from_secs(20));
}
