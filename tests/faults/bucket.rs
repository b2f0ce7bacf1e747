//! A copy in a bucket of a store that is none of ours: what is recorded gets there, whoever has downloaded it checks it, and what is
//! erased is gone there with all its versions.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use frame::{CallId, RecordingId};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use ringfence::recorder::{BucketStore, FileStore, FilesBucket, Store as _, object_name, read_all};
use vault::KeyNo;

use crate::{
    erase::{
        AUDITOR, OTHER_DISK, PASSWORD, Person, SECURITY, as_, between, call, halves, halves_in, numbers, start, store,
        vault_of, with_rule,
    },
    running::{Home, Running, board, said, settings, until},
    street::Street,
};

/// The secret of every access key.
pub const SECRET: &str = "c2VjcmV0IG9mIHRoZSBib3g";

/// The store beside the test: moto, or with `STORE=ceph` Ceph's object gateway, which keeps rights and locks as a store in use does.
pub struct StorePeer {
    child: Child,
    asks: RefCell<ChildStdin>,
    says: RefCell<BufReader<ChildStdout>>,
    pub port: u16,
    pub is_ceph: bool,
    _folder: tempfile::TempDir,
}

impl StorePeer {
    pub fn start() -> StorePeer {
        match env::var("STORE").as_deref() {
            Ok("ceph") => StorePeer::of(true),
            Err(_) => StorePeer::of(false),
            other => panic!("STORE is {other:?}; it may be \"ceph\""),
        }
    }

    /// One that a test can make refuse requests, and tell a wrong time.
    pub fn moto() -> StorePeer {
        StorePeer::of(false)
    }

    fn of(is_ceph: bool) -> StorePeer {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("target/store/bin/python");
        assert!(python.exists(), "./justw store installs what this needs");
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(python);
        command.arg("-B").arg(root.join("tests/peers/store_peer.py"));
        if is_ceph {
            command.arg("ceph").arg(folder.path()).arg(SECRET);
        } else {
            command.arg("moto");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (asks, says) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut peer =
            StorePeer { child, asks: RefCell::new(asks), says: RefCell::new(says), port: 0, is_ceph, _folder: folder };
        peer.port = peer.line().parse().expect("the store starts");
        peer
    }

    fn line(&self) -> String {
        let mut line = String::new();
        self.says.borrow_mut().read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    pub fn ask(&self, line: &str) -> String {
        writeln!(self.asks.borrow_mut(), "{line}").unwrap();
        self.line()
    }

    /// How many versions each object has whose key begins so.
    fn versions(&self, prefix: &str) -> BTreeMap<String, u64> {
        self.versions_in("calls", prefix)
    }

    /// The same in another bucket.
    pub fn versions_in(&self, bucket: &str, prefix: &str) -> BTreeMap<String, u64> {
        serde_json::from_str(&self.ask(&format!("{bucket}: versions {prefix}"))).unwrap()
    }

    /// The copy, downloaded by boto3.
    fn download(&self, home: &Home) -> (tempfile::TempDir, PathBuf) {
        self.download_of("calls", home)
    }

    /// The copy in another bucket.
    fn download_of(&self, bucket: &str, home: &Home) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        assert_ne!(self.ask(&format!("{bucket}: download {}", folder.path().display())), "0");
        let copy = folder.path().join(format!("ringfence-{}", vault_of(home)));
        (folder, copy)
    }
}

impl Drop for StorePeer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn downloaded(copy: &Path) -> BucketStore<FilesBucket<FileStore>> {
    BucketStore::new(FilesBucket(FileStore::new(copy)))
}

/// The box's rule and witness, with the copy in a bucket.
fn with_bucket(witness: &Path, port: u16) -> String {
    let with_folder = with_rule(witness);
    let (above, _) = with_folder.split_once("[[copies]]").unwrap();
    let at = |name: &str, bucket: &str| {
        format!("[[copies]]\nname = \"{name}\"\nat = \"http://127.0.0.1:{port}/{bucket}\"\n")
    };
    format!("{above}{}{}lease_days = 400\n", at("机房", "calls"), at("银行", "leased"))
}

/// Kills a box at the moment at which the bucket is so. Its claim would stand for a minute, which nobody waits for here.
fn kill_once(peer: &StorePeer, running: Running, mut is_so: impl FnMut(&BTreeMap<String, u64>) -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    loop {
        let versions = peer.versions("ringfence-");
        if is_so(&versions) {
            break;
        }
        assert!(Instant::now() < limit, "the bucket is not so: {versions:?}");
    }
    running.kill();
    peer.ask("free");
}

/// Whether nothing of the bucket changes for two seconds.
fn is_quiet(peer: &StorePeer) -> bool {
    let versions = peer.versions("ringfence-");
    std::thread::sleep(Duration::from_secs(2));
    peer.versions("ringfence-") == versions
}

/// Whether a process has ended, that nobody has waited for yet.
fn has_ended(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") Z ")
}

/// Whatever has its name in the bucket is whole there.
fn assert_whole(peer: &StorePeer, home: &Home) {
    let (_folder, copy) = peer.download(home);
    let (copy, vault) = (FileStore::new(&copy), store(home));
    for name in copy.list("objects").unwrap().iter().filter(|name| name.ends_with(".rfo")) {
        assert!(read_all(&copy, name).unwrap() == read_all(&vault, name).unwrap(), "{name}");
    }
}

/// The secret comes from standard input, as from a keyboard.
fn put_key(home: &Home, copy: &str, secret: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.args(["--lang", "en", "vault", "store-key", copy, "--id", "box", "--data"]).arg(home.data());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Who is refused is not asked for it.
    let _ = writeln!(child.stdin.take().unwrap(), "{secret}");
    said(&child.wait_with_output().unwrap())
}

/// Waits for roots beside others (`copies`).
pub fn what_is_recorded_gets_into_a_bucket_and_what_is_erased_is_gone_there_with_its_versions() {
    let peer = StorePeer::start();
    assert_eq!(peer.ask("locked"), "refused", "the store lets go of what is locked: what follows would prove nothing");
    let witness = tempfile::tempdir_in(OTHER_DISK).unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    home.file("settings.toml", &with_bucket(witness.path(), peer.port));
    let running = start(&home, &street, 0);
    let owner = Person { running: &running, cookie: running.claim() };
    owner.invites(2, "wang");
    owner.invites(AUDITOR, "li");
    owner.invites(SECURITY, "zhou");
    as_(&running, "li").sends("/keeping", &[("act", "time")]);
    home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"copy_behind\"", "\"fault\":\"denied\""]);
    running.until_page("/now", &owner.cookie, |page| page.contains("ringfence vault store-key"));
    let (went, told) = put_key(&home, "机方", "secret");
    assert!(!went && told.contains("no copy in a bucket “机方”; there are: 机房"), "{told}");
    let (went, told) = put_key(&home, "机房", SECRET);
    assert!(went && told.contains("keys/copies"), "{told}");
    assert!(put_key(&home, "银行", SECRET).0);
    home.until_log(&["\"kind\":\"alarm_cleared\"", "\"what\":\"copy_behind\"", "\"fault\":\"denied\""]);
    street.until_link();
    let (of_goes_call, goes) = call(&home, &mut street, 1);
    let (_, stays) = call(&home, &mut street, 2);
    assert!(running.stop());

    let running = start(&home, &street, 48);
    let (auditor, security) = (as_(&running, "li"), as_(&running, "zhou"));
    running.until_page("/keeping", &auditor.cookie, |page| page.contains("name=\"object\" value=\""));
    let page = auditor.sees();
    let list = between(&page, "name=\"object\" value=\"", "\"");
    let asked = auditor.sends("/approvals", &[("act", "erase-due"), ("object", &list)]);
    let no = between(&asked, "data-approval=\"", "\"");
    security.sends(&format!("/approvals/{no}"), &[("answer", "grant"), ("password", PASSWORD)]);
    auditor.sends("/keeping", &[("act", "erase"), ("object", &list)]);
    let (_, newer) = call(&home, &mut street, 1);
    // The stop signs what was finished last, and copies it: there it is killed, and twice while it takes up the bucket again.
    let of_object = |recording| format!("ringfence-{}/{}", vault_of(&home), object_name(recording));
    let pid = running.pid();
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM).unwrap();
    // A stop does not wait for a slow store: then the next start copies it.
    kill_once(&peer, running, |versions| versions.contains_key(&of_object(newer)) || has_ended(pid));
    let claimed = |versions: &BTreeMap<String, u64>| versions.keys().any(|key| key.ends_with("/writer"));
    kill_once(&peer, start(&home, &street, 48), claimed);
    assert_whole(&peer, &home);
    let mut looks = 0;
    kill_once(&peer, start(&home, &street, 48), |versions| {
        looks += u32::from(claimed(versions));
        looks > 3
    });
    let root = witness.path().join(format!("ringfence-{}.roots", vault_of(&home)));
    let verify =
        |copy: &Path| said(&home.ringfence(&["verify", copy.to_str().unwrap(), "--root", root.to_str().unwrap()]));
    let running = start(&home, &street, 48);
    until("what was finished is there and whole", || {
        !peer.versions(&of_object(newer)).is_empty() && verify(&peer.download(&home).1).0
    });
    assert!(running.stop());

    let (_folder, copy) = peer.download(&home);
    let (holds, told) = verify(&copy);
    assert!(holds && told.contains("This is a copy"), "{told}");
    let at = |copy: &Path, recording| halves_in(&downloaded(copy), vault_of(&home), &numbers(&home, recording));
    for recording in [goes, stays] {
        assert_eq!(at(&copy, recording), halves(&home, &numbers(&home, recording)), "{recording}");
        assert!(copy.join(object_name(recording)).exists());
    }
    let of_goes = numbers(&home, goes);
    let object = copy.join(object_name(stays));
    let mut octets = fs::read(&object).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 0x10;
    fs::write(&object, octets).unwrap();
    assert!(!verify(&copy).0, "a changed octet is found");

    let running = start(&home, &street, 48 + 73);
    home.until_log(&["\"kind\":\"recording_erased\"", &format!("\"recording\":\"{goes}\"")]);
    // Whether the copy has just begun with it, or is done.
    kill_once(&peer, running, claimed);
    let running = start(&home, &street, 48 + 73);
    home.until_log(&["\"kind\":\"copy_erased\"", "机房", &format!("\"recording\":\"{goes}\"")]);
    until("the object is gone with its versions, and what came since is there", || {
        peer.versions(&of_object(goes)).is_empty() && !peer.versions(&of_object(newer)).is_empty()
    });
    let leased = |recording| peer.versions_in("leased", &of_object(recording)).into_values().sum::<u64>();
    until("it is under a mark in the bucket with leases", || leased(goes) > leased(newer) && leased(newer) > 0);
    // A stop waits for a store that has much to do for some seconds, and then leaves it its claim.
    until("nothing more is put there", || is_quiet(&peer));
    assert!(running.stop());
    let (_folder, copy) = peer.download(&home);
    let (holds, told) = verify(&copy);
    assert!(holds, "{told}");
    let left = halves_in(&downloaded(&copy), vault_of(&home), &of_goes);
    assert!(left.iter().all(Option::is_none), "no key table of the bucket gives a half of it");
    assert_eq!(at(&copy, newer), halves(&home, &numbers(&home, newer)));
    let versions = peer.versions("ringfence-");
    assert!(versions.len() > 20, "{versions:?}");
    // A kill between a writing and its deletions may leave an earlier version of anything else, until that is written anew.
    for (key, count) in versions.iter().filter(|(key, _)| key.contains("/keys-") || key.contains("/objects/")) {
        assert_eq!(*count, 1, "{key}");
    }
    assert!(versions.contains_key(&of_object(newer)), "{versions:?}");
    assert!(!versions.keys().any(|key| key.ends_with("writer")), "the claim is given up");
    assert!(home.log().iter().all(|event| !event.contains(SECRET)), "no secret in the log");
    brings_back(&peer, &home, &root, newer, goes);
    has_ciphertext_alone(&peer, &home, (goes, &of_goes), newer);
    lets_go_once_it_has_run_out(&peer, &home, &street, (of_goes_call, goes));
}

/// A lease that has run out, by the store's clock and by what the vault has noted.
fn lets_go_once_it_has_run_out(peer: &StorePeer, home: &Home, street: &Street, (call, goes): (CallId, RecordingId)) {
    let key = format!("ringfence-{}/{}", vault_of(home), object_name(goes));
    let expired = peer.ask(&format!("leased: expire {key}"));
    if peer.is_ceph {
        assert_eq!(expired, "refused", "nobody shortens it, by its owner's key either");
        return;
    }
    assert_eq!(expired, "1");
    let mut vault = store(home);
    let names = vault.list("copies").unwrap();
    let noted = names.iter().find(|name| name.ends_with(&format!("/leased/{goes}"))).unwrap();
    let past = format!("recording {goes}\ncall {call}\nuntil 1000000\n");
    vault.truncate(noted, 0).unwrap();
    vault.write_at(noted, 0, past.as_bytes()).unwrap();
    let running = start(home, street, 48 + 73);
    home.until_log(&["\"kind\":\"copy_freed\"", "银行", &format!("\"recording\":\"{goes}\"")]);
    until("the vault has it noted no more", || !vault.list("copies").unwrap().contains(noted));
    assert_eq!(peer.versions_in("leased", &key), BTreeMap::new());
    let auditor = as_(&running, "li");
    running.until_page(&format!("/calls/{call}"), &auditor.cookie, |page| {
        page.contains("the ciphertext is under a lease there and stays until 20") && page.contains("has run out")
    });
    assert!(running.stop());
}

/// A copy gets there over a store that is busy now and then (that nobody is told of it is `src/s3/tests.rs`'s); one whose clock is wrong is told as such, and the copy goes on by itself.
pub fn a_copy_goes_on_over_a_busy_store_and_once_the_clocks_agree() {
    let peer = StorePeer::moto();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let copy = format!("[[copies]]\nname = \"机房\"\nat = \"http://127.0.0.1:{}/calls\"\n", peer.port);
    home.file("settings.toml", &format!("{}\n{copy}", settings()));
    let running = Running::start(&home, &street);
    assert!(put_key(&home, "机房", SECRET).0);
    street.until_link();
    home.until_log(&["\"kind\":\"alarm_cleared\"", "\"fault\":\"denied\""]);
    let (_, first) = call(&home, &mut street, 1);
    let is_there = |recording| {
        let key = format!("ringfence-{}/{}", vault_of(&home), object_name(recording));
        !peer.versions(&key).is_empty()
    };
    // Less than five times in a row, after which a store is slow.
    for _ in 0..4 {
        peer.ask("refuses 503 SlowDown 2");
        std::thread::sleep(Duration::from_millis(2500));
    }
    until("it is there", || is_there(first));
    peer.ask("refuses 403 RequestTimeTooSkewed 1000000");
    let (_, second) = call(&home, &mut street, 1);
    home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"copy_behind\"", "\"fault\":\"skewed\""]);
    peer.ask("refuses 0 0 0");
    home.until_log(&["\"kind\":\"alarm_cleared\"", "\"what\":\"copy_behind\"", "\"fault\":\"skewed\""]);
    until("both are there", || is_there(first) && is_there(second));
    assert!(running.stop());
    assert_whole(&peer, &home);
}

/// In the bucket with leases the keys are gone as in the other one, and the ciphertext is read no more, but nobody can delete it.
fn has_ciphertext_alone(peer: &StorePeer, home: &Home, (goes, keys): (RecordingId, &[KeyNo]), stays: RecordingId) {
    let told = ["\"kind\":\"copy_erased\"", "银行", &format!("\"recording\":\"{goes}\""), "ciphertext_until_us"];
    assert!(home.log().iter().any(|event| told.iter().all(|words| event.contains(words))), "the story has it");
    let (_folder, copy) = peer.download_of("leased", home);
    assert_eq!(halves_in(&downloaded(&copy), vault_of(home), keys), vec![None; keys.len()]);
    assert!(!copy.join(object_name(goes)).exists() && copy.join(object_name(stays)).exists());
    for recording in [goes, stays] {
        let key = format!("ringfence-{}/{}", vault_of(home), object_name(recording));
        assert_eq!(peer.ask(&format!("leased: delete {key}")), "refused", "by whoever has an access key: {recording}");
    }
    let (went, told) = said(&home.ringfence(&["vault", "copies", "--data", home.data().to_str().unwrap()]));
    assert!(went && told.contains("the ciphertext of 2 erased recordings is under leases there"), "{told}");
    assert!(told.contains(&format!("recording {goes}: ciphertext until 20")), "{told}");
}

/// Onto another box, with a key that is only used to read.
fn brings_back(peer: &StorePeer, home: &Home, root: &Path, there: RecordingId, erased: RecordingId) {
    let folder = tempfile::tempdir().unwrap();
    let (data, name) = (folder.path().join("data"), format!("ringfence-{}", vault_of(home)));
    let before = peer.versions("ringfence-");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    let from = format!("http://127.0.0.1:{}/calls/{name}", peer.port);
    command.args(["--lang", "en", "vault", "restore", "--id", "auditor", "--reason", "burned", "--from", &from]);
    command.arg("--root").arg(root).arg("--data").arg(&data);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{SECRET}").unwrap();
    let (went, told) = said(&child.wait_with_output().unwrap());
    assert!(went && told.contains("no whole keyring"), "no ceremony was held: {told}");
    assert!(told.contains("Event log: ") && !told.contains("Event log: 0"), "{told}");
    assert_eq!(peer.versions("ringfence-"), before, "nothing was written there");
    let brought = FileStore::new(&data.join("vault"));
    let object = |recording| read_all(&brought, &object_name(recording)).unwrap();
    assert!(object(there) == read_all(&store(home), &object_name(there)).unwrap());
    assert_eq!(object(erased), None);
    let numbers = numbers(home, there);
    assert_eq!(halves_in(&brought, vault_of(home), &numbers), halves(home, &numbers));
}
