//! Compartments: what is sealed for whom while a call comes into one and leaves it, and who opens what of it.

use frame::PersonId;
use vault::{Body, CompartmentName, EPOCH_TICKS, FormatError, ObjectReader};

use super::*;

const HOLDER: NewHolder<'_> = NewHolder { person: PersonId(11), passphrase: "one two three" };
const WARD: NewHolder<'_> = NewHolder { person: PersonId(31), passphrase: "ward words" };
const BILLING: NewHolder<'_> = NewHolder { person: PersonId(32), passphrase: "billing words" };

fn of<'a>(who: &NewHolder<'a>) -> Unlock<'a> {
    Unlock::Passphrase { person: Some(who.person), typed: who.passphrase }
}

fn name(text: &str) -> CompartmentName {
    CompartmentName::parse(text).unwrap()
}

fn making(random: &mut Seeded) -> Making<'_> {
    Making { cost: QUICK, now: stamp_at(1), random }
}

/// A vault after its ceremony, with two compartments of a member each.
fn rig() -> Rig {
    let rig = Rig::new();
    let mut store = rig.store.after_power_cut();
    let ceremony = Ceremony::prepare(&store, CODE, &[HOLDER], &mut making(&mut Seeded::new(50))).unwrap();
    ceremony.new_keys().put(&mut store).unwrap();
    wipe_birth_key(&mut store).unwrap();
    remove_birth_key(&mut store).unwrap();
    for (seed, compartment_name, member) in [(51, "ward", WARD), (52, "billing", BILLING)] {
        let (mut random, name) = (Seeded::new(seed), name(compartment_name));
        let made = compartment(&store, &of(&HOLDER), &name, &[member], &mut making(&mut random)).unwrap();
        made.put(&mut store).unwrap();
    }
    let home = Home::open(&store).unwrap().unwrap();
    let keyring = home.keyring().unwrap();
    let (mut leaves, _) =
        Leaves::open(Box::new(store.clone()), home.vault(), home.log_key(), Box::new(Seeded::new(8))).unwrap();
    let told = [
        Leaf::Key { certificate: keyring.certificate().fingerprint(), destroyed: false },
        Leaf::Keyring { keyring: keyring.name(), placed: true },
        Leaf::Key { certificate: home.birth_fingerprint(), destroyed: true },
    ];
    for leaf in told {
        leaves.append(leaf).unwrap();
    }
    leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
    Rig::start(store, home, settings(), START)
}

impl Rig {
    fn moves_to(&mut self, compartment: Option<&str>) {
        let compartment = compartment.map(str::to_owned);
        self.recorder.handle_command(RecorderCommand::Compartment { recording: recording(1), compartment });
    }

    /// Speaks on for so many minutes of the leg, but for as many ticks.
    fn talks_minutes(&mut self, minutes: u64, but_ticks: u64) {
        self.talk(minutes * EPOCH_TICKS - but_ticks);
    }

    fn ends_all(&mut self) {
        self.end(2);
        self.finish(1);
        self.talk(25);
        self.close();
        self.log();
    }

    /// Which minutes of the leg somebody hears, each whole or not at all.
    fn minutes_heard(&self, who: &NewHolder<'_>) -> Vec<u32> {
        let opener = Opener::unlock(Box::new(self.store.clone()), &of(who)).unwrap();
        let octets = read_all(&self.store, &object_name(recording(1))).unwrap().unwrap();
        let mut reader = ObjectReader::new(&octets).unwrap();
        let (mut keys, mut heard, mut shut) = (DataKeys::of(reader.head()), Vec::new(), Vec::new());
        while let Some(found) = reader.next_record().unwrap() {
            keys.learn(&found, &opener);
        }
        let mut reader = ObjectReader::new(&octets).unwrap();
        while let Some(found) = reader.next_record().unwrap() {
            let opened = keys.open(&found);
            let Body::Chunk(chunk) = &found.record.body else { continue };
            let minute = chunk.header.epoch;
            match opened {
                Ok(Some(_)) => heard.push(minute),
                Err(OpenError::OtherCompartment) => shut.push(minute),
                other => panic!("{other:?}"),
            }
        }
        heard.dedup();
        shut.dedup();
        assert!(heard.iter().all(|minute| !shut.contains(minute)), "{heard:?} {shut:?}");
        heard
    }

    fn sealed_for(&self) -> Vec<String> {
        let told = self.events.iter().filter_map(|event| match event {
            RecorderEvent::SealedFor { compartment, .. } => Some(compartment.to_string()),
            _ => None,
        });
        told.collect()
    }
}

/// The leg that came into the ward has ended before the disk was there: the next one begins in the ward, all the same.
#[test]
fn a_leg_that_begins_after_its_recordings_compartment_was_told_is_in_it() {
    let mut rig = rig();
    rig.moves_to(Some("ward"));
    rig.begin(1, 2);
    rig.talks_minutes(2, 100);
    rig.ends_all();
    assert_eq!(rig.minutes_heard(&WARD), [0, 1]);
    assert_eq!(rig.minutes_heard(&BILLING), [] as [u32; 0]);
}

/// It was never said in the ward: that its members don't open it is as it should be.
#[test]
fn a_trial_of_what_a_member_may_not_hear_finds_nothing() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.talk(100);
    rig.ends_all();
    let trials = Vec::from_iter(Trial::of(&rig.store, recording(1)).unwrap());
    let opener = |who| Opener::unlock(Box::new(rig.store.clone()), &of(who)).unwrap();
    assert!(rig.minutes_heard(&WARD).is_empty() && trials.len() == 1);
    assert_eq!(opener(&WARD).shut_of(&trials), []);
    assert_eq!(opener(&HOLDER).shut_of(&trials), []);
}

/// The caller is in a menu for two minutes, waits and talks in the ward's queue for two, and is handed to billing.
#[test]
fn a_member_hears_the_minutes_of_their_compartment_and_no_other_minute_of_the_same_recording() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.talks_minutes(2, 0);
    rig.talk(300);
    rig.moves_to(Some("ward"));
    rig.talks_minutes(2, 0);
    rig.moves_to(Some("billing"));
    rig.talks_minutes(1, 0);
    rig.moves_to(None);
    rig.talks_minutes(2, 0);
    rig.ends_all();
    assert_eq!(rig.minutes_heard(&WARD), [2, 3, 4]);
    assert_eq!(rig.minutes_heard(&BILLING), [4, 5]);
    assert_eq!(rig.minutes_heard(&HOLDER), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(rig.sealed_for(), ["ward", "billing"]);
    assert_eq!(rig.verify().findings, []);
}

/// The next minute's key is drawn and written a minute ahead: who left before it began does not have it.
#[test]
fn leaving_ends_it_with_the_key_of_the_minute_that_is_over_then() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.moves_to(Some("ward"));
    rig.talks_minutes(1, 10);
    rig.moves_to(None);
    rig.talks_minutes(1, 0);
    rig.ends_all();
    assert_eq!(rig.minutes_heard(&WARD), [0]);
}

#[test]
fn a_leg_that_begins_in_a_compartment_is_sealed_for_it_from_its_first_key_on_in_a_new_life_too() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.moves_to(Some("ward"));
    rig.talk(100);
    rig = rig.restart();
    rig.begin(1, 2);
    rig.moves_to(Some("ward"));
    rig.talk(100);
    rig.ends_all();
    assert_eq!((rig.minutes_heard(&WARD), rig.minutes_heard(&HOLDER)), (vec![0], vec![0]));
    let opener = Opener::unlock(Box::new(rig.store.clone()), &of(&BILLING)).unwrap();
    assert!(opener.is_in_part());
    let shut = OpenedRecording::open(Box::new(rig.store.clone()), recording(1), &opener);
    assert!(matches!(shut, Err(PlaybackError::OutOfReach)), "nothing of it is billing's");
}

#[test]
fn what_is_shut_is_silence_in_what_a_member_plays_and_told_as_such() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.talks_minutes(1, 0);
    rig.moves_to(Some("ward"));
    rig.talk(200);
    rig.ends_all();
    let open = |who: &NewHolder<'_>| {
        let opener = Opener::unlock(Box::new(rig.store.clone()), &of(who)).unwrap();
        OpenedRecording::open(Box::new(rig.store.clone()), recording(1), &opener).unwrap()
    };
    let (part, whole) = (open(&WARD), open(&HOLDER));
    assert!(part.is_in_part() && !whole.is_in_part());
    assert_eq!(part.file_octets(), whole.file_octets());
    let from = crate::wav::HEAD_OCTETS as u64;
    let minute = from..from + EPOCH_TICKS * OCTETS_PER_TICK as u64 * 2;
    assert!(part.read(minute.clone()).unwrap().iter().all(|octet| *octet == Law::A.silence()));
    assert!(whole.read(minute.clone()).unwrap().iter().any(|octet| *octet != Law::A.silence()));
    let after = minute.end..part.file_octets();
    assert_eq!(part.read(after.clone()).unwrap(), whole.read(after).unwrap());
    assert!(part.loudness(100)[0][..90].iter().all(|level| *level == 0));
}

#[test]
fn with_keys_of_a_compartment_nothing_is_exported_and_no_vault_is_verified() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.moves_to(Some("ward"));
    rig.talk(100);
    rig.ends_all();
    let opener = Opener::unlock(Box::new(rig.store.clone()), &of(&WARD)).unwrap();
    let refused = opener.key_halves(recording(1), &mut Vec::new());
    assert!(matches!(refused, Err(PlaybackError::OutOfReach)));
    let folder = tempfile::tempdir().unwrap();
    for name in ["identity", "keyring", "keys-a/roots", "keys-b/roots"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, read_all(&rig.store, name).unwrap().unwrap()).unwrap();
    }
    let verified = verify_open(folder.path(), WARD.passphrase.as_bytes(), &Outside::default());
    assert!(matches!(verified, Err(HomeError::Open(OpenError::WrongCode))), "{verified:?}");
}

/// The envelope of one compartment, under the name of another's key.
#[test]
fn an_envelope_opens_with_its_own_compartments_key_alone() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.moves_to(Some("ward"));
    rig.talk(100);
    rig.ends_all();
    let octets = read_all(&rig.store, &object_name(recording(1))).unwrap().unwrap();
    let mut reader = ObjectReader::new(&octets).unwrap();
    let mut envelopes = Vec::new();
    while let Some(found) = reader.next_record().unwrap() {
        if let Body::CompartmentKey(key) = found.record.body {
            envelopes.extend(key.envelopes);
        }
    }
    let keyring = rig.home.keyring().unwrap();
    let typed = |who: &NewHolder<'_>| {
        let with = vault::Unlocking { passphrase: who.passphrase, machine: None };
        keyring.unlock_member(who.person, &with).unwrap()[0].clone()
    };
    let (ward, billing) = (typed(&WARD), typed(&BILLING));
    assert_eq!(envelopes.len(), 1, "once, and not with each chunk");
    assert_eq!(envelopes[0].open(&billing, &rig.home.vault(), b""), Err(OpenError::NotAddressed));
    let mut named = envelopes[0].clone();
    named.key_id = vault::public_half(&billing).unwrap().key_id();
    assert_eq!(named.open(&billing, &rig.home.vault(), b""), Err(OpenError::Envelope));
    assert_eq!(envelopes[0].open(&ward, &rig.home.vault(), b""), Err(OpenError::Envelope), "bound to its scope");
    assert!(keyring.has_compartment_key(envelopes[0].key_id) && !keyring.has_compartment_key([0; 8]));
}

#[test]
fn a_compartment_that_the_vault_has_no_key_for_is_none_and_the_vaults_own_envelope_is_there() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.moves_to(Some("ward"));
    rig.talk(100);
    rig.moves_to(Some("nobody made it"));
    rig.talks_minutes(1, 0);
    rig.ends_all();
    assert_eq!(rig.minutes_heard(&WARD), [0]);
    assert_eq!(rig.minutes_heard(&HOLDER), [0, 1]);
    assert_eq!(rig.sealed_for(), ["ward"]);
}

/// A compartment key that names a key which does not stand before it: the chain is whole, and whoever checks refuses it.
#[test]
fn a_compartment_key_without_a_key_before_it_is_refused_by_who_verifies() {
    let mut rig = rig();
    rig.begin(1, 2);
    rig.moves_to(Some("ward"));
    rig.talk(100);
    rig.ends_all();
    let name = object_name(recording(1));
    let faults = |rig: &Rig| {
        let findings = rig.verify().findings.into_iter();
        findings.filter(|found| found.file == name).map(|found| found.what).collect::<Vec<_>>()
    };
    assert_eq!(faults(&rig), []);
    let octets = read_all(&rig.store, &name).unwrap().unwrap();
    let mut reader = ObjectReader::new(&octets).unwrap();
    let (mut chain, mut forged) = (reader.head().chain(), reader.head().emit());
    while let Some(found) = reader.next_record().unwrap() {
        let mut record = found.record;
        if let Body::CompartmentKey(key) = &mut record.body {
            key.key_no.0 += 1;
        }
        chain.append(&record, &mut forged);
    }
    rig.store.tamper(&name, |octets| *octets = forged);
    assert_eq!(faults(&rig), [Finding::Format(FormatError::Value)]);
}
