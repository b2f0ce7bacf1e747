//! A copy in a bucket of a store that is none of ours: what is recorded gets there, whoever has downloaded it checks it, and what is
//! erased is gone there with all its versions.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use ringfence::recorder::{BucketStore, FileStore, FilesBucket, object_name};

use crate::{
    erase::{
        AUDITOR, OTHER_DISK, PASSWORD, Person, SECURITY, as_, between, call, halves, halves_in, numbers, start,
        vault_of, with_rule,
    },
    running::{Home, board, said, until},
    street::Street,
};

/// The store beside the test.
struct StorePeer {
    child: Child,
    asks: RefCell<ChildStdin>,
    says: RefCell<BufReader<ChildStdout>>,
    port: u16,
}

impl StorePeer {
    fn start() -> StorePeer {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("target/store/bin/python");
        assert!(python.exists(), "./justw store installs what this needs");
        let mut command = Command::new(python);
        command.arg("-B").arg(root.join("tests/peers/store_peer.py"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (asks, says) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut peer = StorePeer { child, asks: RefCell::new(asks), says: RefCell::new(says), port: 0 };
        peer.port = peer.line().parse().unwrap();
        peer
    }

    fn line(&self) -> String {
        let mut line = String::new();
        self.says.borrow_mut().read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn ask(&self, line: &str) -> String {
        writeln!(self.asks.borrow_mut(), "{line}").unwrap();
        self.line()
    }

    /// How many versions each object has whose key begins so.
    fn versions(&self, prefix: &str) -> BTreeMap<String, u64> {
        serde_json::from_str(&self.ask(&format!("versions {prefix}"))).unwrap()
    }

    /// The copy, downloaded by boto3.
    fn download(&self, home: &Home) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        assert_ne!(self.ask(&format!("download {}", folder.path().display())), "0");
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
    format!("{above}[[copies]]\nname = \"机房\"\nat = \"http://127.0.0.1:{port}/calls\"\n")
}

/// The secret comes from standard input, as from a keyboard.
fn put_key(home: &Home, secret: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.args(["--lang", "en", "vault", "store-key", "机房", "--id", "box", "--data"]).arg(home.data());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{secret}").unwrap();
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
    let (went, told) = put_key(&home, "c2VjcmV0IG9mIHRoZSBib3g");
    assert!(went && told.contains("keys/copies"), "{told}");
    home.until_log(&["\"kind\":\"alarm_cleared\"", "\"what\":\"copy_behind\"", "\"fault\":\"denied\""]);
    street.until_link();
    let (_, goes) = call(&home, &mut street, 1);
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
    assert!(running.stop());

    let (_folder, copy) = peer.download(&home);
    let root = witness.path().join(format!("ringfence-{}.roots", vault_of(&home)));
    let verify =
        |copy: &Path| said(&home.ringfence(&["verify", copy.to_str().unwrap(), "--root", root.to_str().unwrap()]));
    let (holds, told) = verify(&copy);
    assert!(holds && told.contains("This is a copy"), "{told}");
    let at = |copy: &Path, recording| halves_in(&downloaded(copy), vault_of(&home), &numbers(&home, recording));
    for recording in [goes, stays] {
        assert_eq!(at(&copy, recording), halves(&home, &numbers(&home, recording)), "{recording}");
        assert!(copy.join(object_name(recording)).exists());
    }
    let of_goes = numbers(&home, goes);
    let object = copy.join(object_name(stays));
    let mut octets = std::fs::read(&object).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 0x10;
    std::fs::write(&object, octets).unwrap();
    assert!(!verify(&copy).0, "a changed octet is found");

    let running = start(&home, &street, 48 + 73);
    home.until_log(&["\"kind\":\"recording_erased\"", &format!("\"recording\":\"{goes}\"")]);
    home.until_log(&["\"kind\":\"copy_erased\"", "机房", &format!("\"recording\":\"{goes}\"")]);
    let of_object = |recording| peer.versions(&format!("ringfence-{}/{}", vault_of(&home), object_name(recording)));
    until("the object is gone with its versions, and what came since is there", || {
        of_object(goes).is_empty() && !of_object(newer).is_empty()
    });
    assert!(running.stop());
    let (_folder, copy) = peer.download(&home);
    let (holds, told) = verify(&copy);
    assert!(holds, "{told}");
    let left = halves_in(&downloaded(&copy), vault_of(&home), &of_goes);
    assert!(left.iter().all(Option::is_none), "no key table of the bucket gives a half of it");
    assert_eq!(at(&copy, newer), halves(&home, &numbers(&home, newer)));
    let versions = peer.versions("ringfence-");
    assert!(versions.len() > 20 && versions.values().all(|count| *count == 1), "{versions:?}");
    assert!(!versions.keys().any(|key| key.ends_with("writer")), "the claim is given up");
    assert!(home.log().iter().all(|event| !event.contains("c2VjcmV0")), "no secret in the log");
}
