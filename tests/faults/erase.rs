//! A recording goes by its rule: from the call to the tombstone, by the forms of the page, over restarts, with a witness.
//!
//! The 72 hours pass in a time namespace (time_namespaces(7)), whose boot-time clock is ahead of the machine's: the box counts
//! them as it would have counted the real ones. The wall clock stays where it is.

use std::{collections::BTreeSet, fs, path::Path, thread, time::Duration};

use frame::{CallId, RecordingId};
use ringfence::recorder::{
    FileStore, KeyState, KeyTables, Outside, Store, object_name, read_all, tombstone_name, verify,
};
use vault::{Body, KeyNo, ObjectReader, Seeded, VaultId};

use crate::{
    reader,
    running::{Home, Running, board, settings, until},
    street::Street,
};

const MENU: &str = "62001234";
pub const PASSWORD: &str = "天黑以后谁值班 night";
pub const AUDITOR: u32 = 3;
pub const SECURITY: u32 = 7;

/// A disk that is not the vault's: memory.
pub const OTHER_DISK: &str = "/dev/shm";

/// A box whose machine has run for this many hours more.
pub fn start(home: &Home, street: &Street, hours: u64) -> Running {
    let seconds = (hours * 3600).to_string();
    let wrapper = ["unshare", "--map-root-user", "--time", "--boottime", &seconds, "sh", "-c", "exec \"$0\" \"$@\""];
    Running::start_with(home, Some(street), &wrapper)
}

/// Recordings go after a day; a witness and a copy are in the same folder.
pub fn with_rule(witness: &Path) -> String {
    let rule = "[[retention]]\nname = \"隐私\"\nkeep = { days = 1 }\nremove = { days = 1 }\n";
    let security = format!("[[people]]\nid = {SECURITY}\nname = \"周宁\"\nroles = [\"security\"]\n\n[[queues]]");
    let at = witness.display();
    let outside =
        format!("[[witnesses]]\nname = \"审计处\"\nat = \"{at}\"\n[[copies]]\nname = \"机房\"\nat = \"{at}\"");
    format!("{}\n{rule}\n{outside}\n", settings().replacen("[[queues]]", &security, 1))
}

/// Somebody who is signed in.
pub struct Person<'r> {
    pub running: &'r Running,
    pub cookie: String,
}

impl Person<'_> {
    pub fn sends(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let token = self.token();
        self.running.send(path, &self.cookie, &[&[("token", token.as_str()), ("reason", "the law")], fields].concat())
    }

    /// What a form of theirs has to carry.
    pub fn token(&self) -> String {
        between(&self.running.page("/now", &self.cookie), "name=\"token\" value=\"", "\"")
    }

    pub fn sees(&self) -> String {
        self.running.page("/keeping", &self.cookie)
    }

    pub fn invites(&self, person: u32, name: &str) {
        let page = self.sends(&format!("/people/{person}"), &[("act", "invite")]);
        let code = between(&page, "class=\"num secret\">", "<");
        let fields = [("code", code.as_str()), ("name", name), ("password", PASSWORD), ("again", PASSWORD)];
        self.running.enter(&format!("/join/{person}"), &fields);
    }
}

pub fn as_<'r>(running: &'r Running, name: &str) -> Person<'r> {
    Person { running, cookie: running.enter("/sign-in", &[("name", name), ("password", PASSWORD)]) }
}

pub fn between(text: &str, from: &str, to: &str) -> String {
    let rest = text.split(from).nth(1).unwrap_or_else(|| panic!("no {from}: {text}"));
    rest.split(to).next().unwrap().to_owned()
}

/// A call that is recorded, its id and its recording's.
pub fn call(home: &Home, street: &mut Street, no: u32) -> (CallId, RecordingId) {
    let seen: BTreeSet<String> = finished(home).collect();
    let lane = street.call(no, MENU);
    street.says(lane, 0x5b);
    thread::sleep(Duration::from_millis(600));
    street.hang_up(no);
    let new = || finished(home).find(|text| !seen.contains(text));
    until("the recording is finished", || new().is_some());
    let text = new().unwrap();
    let id = |name: &str| between(&text, &format!("\"{name}\":\""), "\"");
    (id("call").parse().unwrap(), id("recording").parse().unwrap())
}

fn finished(home: &Home) -> impl Iterator<Item = String> {
    home.log().into_iter().filter(|text| text.contains("\"kind\":\"recording_finished\""))
}

pub fn store(home: &Home) -> FileStore {
    FileStore::new(&home.data().join("vault"))
}

pub fn vault_of(home: &Home) -> VaultId {
    ringfence::recorder::Home::open(&store(home)).unwrap().unwrap().vault()
}

/// The key halves of these numbers, as the key tables give them.
pub fn halves(home: &Home, numbers: &[KeyNo]) -> Vec<Option<Vec<u8>>> {
    halves_in(&store(home), vault_of(home), numbers)
}

/// The same of the key tables in any store.
pub fn halves_in(store: &dyn Store, vault: VaultId, numbers: &[KeyNo]) -> Vec<Option<Vec<u8>>> {
    let tables = KeyTables::open_to_read(store, vault, Box::new(Seeded::new(0))).unwrap();
    let half = |no: &KeyNo| match tables.get(store, *no).unwrap() {
        KeyState::There(half) => Some(half.expose().to_vec()),
        _ => None,
    };
    numbers.iter().map(half).collect()
}

/// The numbers of a recording's key halves.
pub fn numbers(home: &Home, recording: RecordingId) -> Vec<KeyNo> {
    let object = read_all(&store(home), &object_name(recording)).unwrap().unwrap();
    let mut reader = ObjectReader::new(&object).unwrap();
    let mut numbers = Vec::new();
    while let Some(found) = reader.next_record().unwrap() {
        if let Body::Key(key) = &found.record.body {
            numbers.push(key.key_no);
        }
    }
    assert!(!numbers.is_empty());
    numbers
}

/// Every file of the data directory.
pub fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { fs::read(path).into_iter().collect() }).collect()
}

#[test]
fn what_must_go_by_a_rule_goes_after_72_hours_and_two_people_and_a_hold_of_the_last_hour_keeps_its_call() {
    let other_disk = tempfile::tempdir_in(OTHER_DISK).unwrap();
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let folder = other_disk.path().join("mounted");
    fs::create_dir(&folder).unwrap();
    home.file("settings.toml", &with_rule(&folder));
    let running = start(&home, &street, 0);
    let owner = Person { running: &running, cookie: running.claim() };
    owner.invites(2, "wang");
    owner.invites(AUDITOR, "li");
    owner.invites(SECURITY, "zhou");
    as_(&running, "li").sends("/keeping", &[("act", "time")]);
    street.until_link();
    let ((call_gone, goes), (held_call, held)) = (call(&home, &mut street, 1), call(&home, &mut street, 2));
    assert!(as_(&running, "li").sees().contains("No recording has to go"), "not today");
    assert!(running.stop());
    let (of_goes, of_held) = (numbers(&home, goes), numbers(&home, held));
    let [secret, kept] = [&of_goes, &of_held].map(|numbers| halves(&home, numbers));
    assert!(secret.iter().chain(&kept).all(Option::is_some));

    // Two days later the auditor asks, security grants, and the auditor begins it.
    let running = start(&home, &street, 48);
    let (auditor, security) = (as_(&running, "li"), as_(&running, "zhou"));
    running.until_page("/keeping", &auditor.cookie, |page| page.contains("2 recordings have to go"));
    let list = between(&auditor.sees(), "name=\"object\" value=\"", "\"");
    let asked = auditor.sends("/approvals", &[("act", "erase-due"), ("object", &list)]);
    let no = between(&asked, "data-approval=\"", "\"");
    security.sends(&format!("/approvals/{no}"), &[("answer", "grant"), ("password", PASSWORD)]);
    let begun = auditor.sends("/keeping", &[("act", "erase"), ("object", &list)]);
    assert!(begun.contains("2 recordings, not before"), "{begun}");
    assert!(running.stop());

    // In the last hour security places a hold.
    let running = start(&home, &street, 48 + 71);
    let held_text = held_call.to_string();
    as_(&running, "zhou").sends("/keeping", &[("act", "place"), ("call", &held_text)]);
    assert!(running.stop());
    assert!(!home.log().iter().any(|event| event.contains("recording_erased")));

    // The witness's disk is not mounted: nobody knows whether the hold is in this vault.
    fs::rename(&folder, other_disk.path().join("away")).unwrap();
    let running = start(&home, &street, 48 + 73);
    let auditor = as_(&running, "li");
    running.until_page("/keeping", &auditor.cookie, |page| page.contains("could not be asked since the box started"));
    home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"witness_gone\""]);
    assert!(running.stop());
    assert!(!home.log().iter().any(|event| event.contains("recording_erased")));
    fs::rename(other_disk.path().join("away"), &folder).unwrap();

    let running = start(&home, &street, 48 + 73);
    let erased = home.until_log(&["\"kind\":\"recording_erased\""]);
    assert!(erased.contains(&format!("\"recording\":\"{goes}\"")), "{erased}");
    home.until_log(&["\"kind\":\"erasure_dropped\"", &format!("\"recording\":\"{held}\"")]);
    until("its object is gone", || store(&home).octets(&object_name(goes)).unwrap().is_none());
    assert!(running.stop());

    assert!(halves(&home, &of_goes).iter().all(Option::is_none), "no key table gives a half of it");
    assert_eq!(halves(&home, &of_held), kept);
    for octets in files(&home.data()) {
        for half in secret.iter().flatten() {
            assert!(!octets.windows(half.len()).any(|window| window == half));
        }
    }
    let tombstone = String::from_utf8(read_all(&store(&home), &tombstone_name(goes)).unwrap().unwrap()).unwrap();
    assert!(tombstone.contains("rule 隐私\n") && tombstone.contains("\nasked 3\ngranted 7\n"), "{tombstone}");
    assert!(!tombstone.contains("pending"), "{tombstone}");
    let vault = home.data().join("vault");
    let report = verify(&vault, &Outside::default()).unwrap();
    assert!(report.is_intact(), "{report:?}");
    let (holds, told) = crate::running::said(&home.ringfence(&["verify", home.data().to_str().unwrap()]));
    let says =
        format!("Recording {goes} of call {call_gone}: erased by rule “隐私”, asked by person 3, granted by person 7");
    assert!(holds && told.contains(&says), "{told}");
    let copy = folder.join(format!("ringfence-{}", vault_of(&home)));
    let report = verify(&copy, &Outside::default()).unwrap();
    assert!(report.is_intact() && report.erased.len() == 1, "it went from the copy, too: {report:?}");
    let of_copy = |recording| FileStore::new(&copy).octets(&object_name(recording)).unwrap();
    assert_eq!((of_copy(goes), of_copy(held).is_some()), (None, true));
    let stranger = reader::verify(&vault, &[]);
    let says = format!("recording {goes}: erased by rule 隐私, asked 3, granted 7");
    assert!(stranger.is_intact && stranger.text.contains(&says), "{}", stranger.text);
}

#[test]
fn rules_by_which_a_recording_could_go_sooner_wait_for_a_second_person() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let security = format!("[[people]]\nid = {SECURITY}\nname = \"周宁\"\nroles = [\"security\"]\n\n[[queues]]");
    let of_before = settings().replacen("[[queues]]", &security, 1);
    home.file("settings.toml", &of_before);
    let running = start(&home, &street, 0);
    let owner = Person { running: &running, cookie: running.claim() };
    owner.invites(2, "wang");
    owner.invites(AUDITOR, "li");
    owner.invites(SECURITY, "zhou");
    street.until_link();
    call(&home, &mut street, 1);
    let rule = |keep: u32| format!("{of_before}\n[[retention]]\nname = \"法规\"\nkeep = {{ years = {keep} }}\n");
    let longer = home.file("longer.toml", &rule(5));
    let (went, told) = home.settings("apply", Some(&longer));
    assert!(went, "what keeps longer needs nobody: {told}");

    let shorter = home.file("shorter.toml", &rule(4));
    let (went, told) = home.settings("apply", Some(&shorter));
    assert!(!went && told.contains("(sooner: 1 of those there are now)"), "{told}");
    assert!(home.settings("show", None).1.contains("years = 5"));
    let object = between(&told, "--object \"", "\"");
    let asked = as_(&running, "wang").sends("/approvals", &[("act", "shorten-retention"), ("object", &object)]);
    let no = between(&asked, "data-approval=\"", "\"");
    let other = home.file("other.toml", &rule(3));
    let auditor = as_(&running, "li");
    auditor.sends(&format!("/approvals/{no}"), &[("answer", "grant"), ("password", PASSWORD)]);
    assert!(!home.settings("apply", Some(&other)).0, "another document was not granted");
    let (went, told) = home.settings("apply", Some(&shorter));
    assert!(went, "{told}");
    assert!(home.settings("show", None).1.contains("years = 4"));
    assert!(running.stop());
}
