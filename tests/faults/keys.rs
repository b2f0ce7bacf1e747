//! What opens recordings is in no memory once it has done so: images of the box and of its opener, searched while a
//! recording is open and after, for everything that a holder's passphrase leads to.

use std::{
    collections::BTreeSet,
    fs,
    process::Command,
    time::{Duration, Instant},
};

use frame::{LaneId, PersonId, RecordingId};
use ringfence::{
    daemon::{self, Timestamps},
    data_dir::DataDir,
    recorder::{
        Ceremony, FileStore, KeyState, KeyTables, Making, NewHolder, NewKeys, Unlock, compartment, object_name,
        read_all, remove_holder,
    },
};
use settings::{CardKind, Layout};
use sim::{HandsetAct, Operator, Told};
use vault::{
    AudioKey, Body, CompartmentName, Cost, KeyScope, Keyring, ObjectReader, Secret, Seeded, Unlocking, public_half,
};

use crate::{
    http,
    running::{Home, Running, board, settings},
    secret::in_memory,
    street::Street,
};

/// The owner of the demo, who listens.
const OWNER: PersonId = PersonId(1);

/// Who was a holder, and left.
const GONE: PersonId = PersonId(2);

/// Somebody else with words.
const OTHER: PersonId = PersonId(3);

const PASSPHRASE: &str = "unlatched zebra quotient marmalade jukebox tremor ivory";

const MEMBERS_WORDS: &str = "whisker ottoman gravel pumice lantern fidget umbrella";

/// The number of the demo's first queue, and the compartment that it is of here.
const QUEUE: &str = "62001235";
const COMPARTMENT: &str = "ward";

/// As whom the owner listens.
#[derive(Clone, Copy)]
enum As {
    Holder,
    Member,
}

impl As {
    const fn holder(self) -> PersonId {
        match self {
            As::Holder => OWNER,
            As::Member => OTHER,
        }
    }

    const fn member(self) -> PersonId {
        match self {
            As::Holder => OTHER,
            As::Member => OWNER,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            As::Holder => PASSPHRASE,
            As::Member => MEMBERS_WORDS,
        }
    }
}

type Sought = Vec<(&'static str, Vec<u8>)>;

/// Puts the ceremony's keys into the vault of a box that is stopped, makes a compartment with a member, and removes one of the
/// holders.
fn ceremony(home: &Home, code: &str, who: As) {
    let store = FileStore::new(&home.data().join("vault"));
    let holders = [who.holder(), GONE].map(|person| NewHolder { person, passphrase: PASSPHRASE });
    let mut random = Seeded::new(0x6b65_7973);
    let mut making = Making { cost: Cost::SLOT, now: frame::Stamp::default(), random: &mut random };
    let ceremony = Ceremony::prepare(&store, code.as_bytes(), &holders, &mut making).unwrap();
    change(home, ceremony.new_keys());
    let mut random = Seeded::new(0x7761_7264);
    let mut making = Making { cost: Cost::SLOT, now: frame::Stamp::default(), random: &mut random };
    let unlock = Unlock::Passphrase { person: Some(who.holder()), typed: PASSPHRASE };
    let member = NewHolder { person: who.member(), passphrase: MEMBERS_WORDS };
    let name = CompartmentName::parse(COMPARTMENT).unwrap();
    change(home, compartment(&store, &unlock, &name, &[member], &mut making).unwrap());
    change(home, remove_holder(&store, GONE, frame::Stamp::default()).unwrap());
}

/// As `ringfence vault` does it, with the log told.
fn change(home: &Home, new: NewKeys) {
    let data = DataDir::open(&home.data(), false, &os::boot_id().unwrap()).unwrap();
    let (journal, thread) = daemon::start_log(&data).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let vault = data.vault();
    let changed = runtime.block_on(daemon::change_keys(&journal, &vault, Timestamps::of(&data), new));
    let (_, told) = changed.unwrap();
    told.unwrap();
    journal.stop();
    thread.join().unwrap();
}

/// What the passphrase leads to, down to the audio of one recording.
struct Led {
    /// What opens recordings: nobody may have it but for the moment of opening.
    openers: Sought,
    /// What opens this recording: its opener has it as long as it is open.
    audio: Sought,
}

fn led(home: &Home, recording: RecordingId, who: As) -> Led {
    let store = FileStore::new(&home.data().join("vault"));
    let keyring = Keyring::parse(&read_all(&store, "keyring").unwrap().unwrap()).unwrap();
    let with = Unlocking { passphrase: PASSPHRASE, machine: None };
    let slot = keyring.slots().next().unwrap();
    let half = slot.open(&keyring.vault(), &with).unwrap();
    let privates = keyring.all(keyring.unlock(who.holder(), &with).unwrap()).unwrap();
    let mut openers = vec![
        ("the passphrase", PASSPHRASE.into()),
        ("the passphrase as a form sends it", PASSPHRASE.replace(' ', "+").into()),
        ("the slot's private half", half.expose().to_vec()),
        ("the member's words", MEMBERS_WORDS.into()),
        ("the member's words as a form sends them", MEMBERS_WORDS.replace(' ', "+").into()),
    ];
    let of_member = Unlocking { passphrase: MEMBERS_WORDS, machine: None };
    let compartments = keyring.unlock_member(who.member(), &of_member).unwrap();
    openers.extend(compartments.iter().map(|key| ("the compartment's key", key.expose().to_vec())));
    openers.extend(
        privates.iter().zip(["the vault key", "the birth key"]).map(|(key, name)| (name, key.expose().to_vec())),
    );
    Led { openers, audio: audio_keys(&store, &keyring, &privates, recording) }
}

/// Halves `a`, keys, and the last of the keys' AES round keys: the first two are the key itself.
fn audio_keys(store: &FileStore, keyring: &Keyring, privates: &[Secret], recording: RecordingId) -> Sought {
    let vault = keyring.vault();
    let tables = KeyTables::open_to_read(store, vault, Box::new(Seeded::new(0))).unwrap();
    let object = read_all(store, &object_name(recording)).unwrap().unwrap();
    let mut reader = ObjectReader::new(&object).unwrap();
    let mut sought = Vec::new();
    while let Some(found) = reader.next_record().unwrap() {
        let Body::Key(record) = &found.record.body else { continue };
        let (part, leg, epoch, key_no) = (found.record.place.part, record.leg, record.epoch, record.key_no);
        let scope = KeyScope { vault, recording, part, leg, epoch, key_no };
        let open = |envelope: &vault::Envelope| {
            let private = privates.iter().find(|key| public_half(key).unwrap().key_id() == envelope.key_id)?;
            envelope.open(private, &vault, &scope.octets()).ok()
        };
        let a = record.envelopes.iter().find_map(open).unwrap();
        let KeyState::There(b) = tables.get(store, key_no).unwrap() else { panic!("it was not erased") };
        let key = AudioKey::derive(&a, &b, &scope).key;
        sought.push(("a half a", a.expose().to_vec()));
        sought.push(("an audio key", key.expose().to_vec()));
        sought.push(("the last round key of an audio key", last_round_key(key.expose()).to_vec()));
    }
    assert!(sought.len() >= 6, "two voices have two keys");
    sought
}

/// Source: FIPS 197 section 5.2, for AES-256.
fn last_round_key(key: &[u8; 32]) -> [u8; 16] {
    let mut words: Vec<[u8; 4]> = key.as_chunks().0.to_vec();
    let mut round = 1_u8;
    for at in 8..60 {
        let mut word = words[at - 1];
        if at % 8 == 0 {
            word.rotate_left(1);
            word = word.map(substituted);
            word[0] ^= round;
            round <<= 1;
        } else if at % 8 == 4 {
            word = word.map(substituted);
        }
        let before = words[at - 8];
        words.push(std::array::from_fn(|octet| word[octet] ^ before[octet]));
    }
    let last: Vec<u8> = words[56..].concat();
    last.try_into().unwrap()
}

/// S-box: section 5.1.1.
fn substituted(octet: u8) -> u8 {
    let times = |a: u8, b: u8| {
        let (mut product, mut a) = (0, a);
        for bit in 0..8 {
            product ^= if b >> bit & 1 == 1 { a } else { 0 };
            a = a << 1 ^ if a & 0x80 == 0 { 0 } else { 0x1b };
        }
        product
    };
    let inverse = (0..=255).find(|other| times(octet, *other) == 1).unwrap_or(0);
    (1..5).fold(inverse, |sum, turn| sum ^ inverse.rotate_left(turn)) ^ 0x63
}

/// A call of a few seconds to the queue, whose first agent is at the third telephone of the demo.
fn call(home: &Home, street: &mut Street, no: u32) {
    let agent = agent();
    let from = street.mark();
    street.ring(no, QUEUE);
    street.until("it rings", from, |told| (*told == Told::RingerSounds(agent)).then_some(()));
    street.operate(Operator::Handset(agent, HandsetAct::Lift));
    home.until_log(&["\"kind\":\"bridged\""]);
    std::thread::sleep(Duration::from_secs(1));
    street.hang_up(no);
    street.operate(Operator::Handset(agent, HandsetAct::HangUp));
    home.until_log(&["\"kind\":\"recording_finished\""]);
}

fn agent() -> LaneId {
    let layout = Layout::of(&board());
    let mut jacks = layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxs);
    jacks.nth(2).unwrap().lane
}

/// A word of a JSON text.
fn field(text: &str, name: &str) -> String {
    let begins = text.find(&format!("\"{name}\":\"")).unwrap() + name.len() + 4;
    text[begins..].split('"').next().unwrap().to_owned()
}

/// Processes that the box started.
fn openers(of: u32) -> Vec<u32> {
    let own = format!("PPid:\t{of}\n");
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    numbers
        .filter(|pid: &u32| fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| status.contains(&own)))
        .collect()
}

fn post(running: &Running, path: &str, cookie: &str, fields: &[(&str, &str)]) -> u16 {
    let origin = format!("http://{}", running.page);
    let headers = [("Origin", &*origin), ("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", cookie)];
    http::send(running.page, "POST", path, &headers, &http::form(fields)).status
}

/// The opener lets nobody look into it but root: where the test is not, it becomes so in a user namespace of its own, in
/// which the box and its opener are then started.
fn again_as_root(name: &str) -> bool {
    if nix::unistd::geteuid().is_root() {
        return false;
    }
    let mut unshare = Command::new("unshare");
    unshare.arg("--map-root-user").arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]);
    assert!(unshare.status().unwrap().success(), "as root of a user namespace");
    true
}

#[test]
fn what_opens_recordings_is_in_no_memory_once_it_has_opened_one() {
    if !again_as_root("keys::what_opens_recordings_is_in_no_memory_once_it_has_opened_one") {
        searched(As::Holder);
    }
}

#[test]
fn what_opens_a_compartment_is_in_no_memory_once_it_has_opened_a_recording_of_it() {
    if !again_as_root("keys::what_opens_a_compartment_is_in_no_memory_once_it_has_opened_a_recording_of_it") {
        searched(As::Member);
    }
}

fn searched(who: As) {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let queue = "[[queues]]\nname = \"挂号预约\"\n";
    let settings = settings().replace(queue, &format!("{queue}compartment = \"{COMPARTMENT}\"\n"));
    assert!(settings.contains(COMPARTMENT));
    home.file("settings.toml", &settings);
    let first = Running::start(&home, &street);
    street.until_link();
    let code = first.code.clone().unwrap();
    assert!(first.stop());
    ceremony(&home, &code, who);
    street = Street::of(&board());
    let mut running = Running::start(&home, &street);
    // Claimed after the ceremony: the code makes the owner, and opens nothing.
    running.code = Some(code.clone());
    street.until_link();
    let cookie = running.claim();
    home.until_log(&["alarm_raised", "rotation_due"]);
    call(&home, &mut street, 1);
    let finished = home.until_log(&["\"kind\":\"recording_finished\""]);
    let (recording, call): (RecordingId, String) =
        (field(&finished, "recording").parse().unwrap(), field(&finished, "call"));
    assert!(home.until_log(&["\"kind\":\"recording_sealed_for\""]).contains(COMPARTMENT));
    let led = led(&home, recording, who);
    let box_ = running.pid();
    let all = [led.openers.clone(), led.audio.clone()].concat();
    assert_eq!(in_memory(box_, &all), [""; 0], "the box has recorded, and nobody has opened anything");

    let page = running.page(&format!("/calls/{call}"), &cookie);
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("token", &*token), ("reason", "a search of memory"), ("passphrase", who.words())];
    assert_eq!(post(&running, &format!("/calls/{call}/open"), &cookie, &fields), 303);
    let heard = http::send(running.page, "GET", &format!("/calls/{call}/audio"), &[("Cookie", &*cookie)], &[]);
    assert!(heard.status == 200 && heard.body.len() > 8_000, "{} octets are heard", heard.body.len());
    let [opener] = openers(box_)[..] else { panic!("one opener") };
    assert_eq!(in_memory(box_, &all), [""; 0], "the box, while a recording is open");
    assert_eq!(in_memory(opener, &led.openers), [""; 0], "the opener, which has this recording's keys alone");
    let there: BTreeSet<String> = in_memory(opener, &led.audio).into_iter().collect();
    assert!(there.contains("the last round key of an audio key"), "what is known to be there is found: {there:?}");
    assert!(!there.contains("a half a"), "{there:?}");
    assert_eq!(post(&running, &format!("/calls/{call}/seal"), &cookie, &[("token", &token)]), 303);
    let limit = Instant::now() + Duration::from_secs(10);
    while !openers(box_).is_empty() {
        assert!(Instant::now() < limit, "the opener is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(in_memory(box_, &all), [""; 0], "the box, when all is sealed again");
}
