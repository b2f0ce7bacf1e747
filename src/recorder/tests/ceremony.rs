//! The ceremony and what follows it, over recordings made before, across and after it.

use frame::PersonId;
use vault::{KeyKind, Keyring, KeysFault, ObjectReader, Recipient, Share, draw_key_pair};

use super::*;

const FIRST: NewHolder<'_> = NewHolder { person: PersonId(11), passphrase: "one two three" };
const SECOND: NewHolder<'_> = NewHolder { person: PersonId(12), passphrase: "four five six" };

fn making(random: &mut Seeded) -> Making<'_> {
    Making { cost: QUICK, now: stamp_at(1), random }
}

fn prepared(store: &MemoryStore) -> Ceremony {
    Ceremony::prepare(store, CODE, &[FIRST, SECOND], &mut making(&mut Seeded::new(50))).unwrap()
}

/// Puts new keys in their place, and tells the log.
fn put(store: &mut MemoryStore, new: NewKeys) -> Keyring {
    let keyring = new.put(store).unwrap();
    let home = Home::open(store).unwrap().unwrap();
    let mut leaves = leaves_of(store, &home);
    leaves.append(Leaf::Key { certificate: keyring.certificate().fingerprint(), destroyed: false }).unwrap();
    leaves.append(Leaf::Keyring { keyring: keyring.name(), placed: true }).unwrap();
    leaves.checkpoint(stamp_at(0), home.log_key()).unwrap();
    keyring
}

fn destroy(store: &mut MemoryStore) -> Result<(), HomeError> {
    wipe_birth_key(store)?;
    remove_birth_key(store)
}

fn found(store: &MemoryStore) -> Vec<Finding> {
    verify_vault(store, None).unwrap().findings.into_iter().map(|found| found.what).collect()
}

/// A vault with a recording, after a whole ceremony; and two of its shares.
pub(super) fn celebrated() -> (Rig, [Share; 2]) {
    let rig = recorded();
    let mut store = rig.store.clone();
    let ceremony = prepared(&store);
    let [one, _, three] = ceremony.shares().clone();
    put(&mut store, ceremony.new_keys());
    destroy(&mut store).unwrap();
    (rig, [three, one])
}

fn opens(store: &MemoryStore, unlock: &Unlock<'_>, no: u32) -> bool {
    let opener = Opener::unlock(Box::new(store.clone()), unlock);
    opener.is_ok_and(|opener| {
        let played = open_recording(store, &object_name(recording(no)), &opener).unwrap();
        !played.parts.is_empty()
    })
}

fn of<'a>(holder: &NewHolder<'a>) -> Unlock<'a> {
    Unlock::Passphrase { person: Some(holder.person), typed: holder.passphrase }
}

fn code() -> Unlock<'static> {
    Unlock::Passphrase { person: None, typed: std::str::from_utf8(CODE).unwrap() }
}

/// The box stops, its keys are changed, and it starts again.
fn stopped_for(rig: Rig, change: impl FnOnce(&mut MemoryStore)) -> Rig {
    let mut store = rig.store.after_power_cut();
    change(&mut store);
    let home = Home::open(&store).unwrap().unwrap();
    let settings = RecorderSettings { life: life(2), ..settings() };
    Rig::start(store, home, settings, rig.now + 1000)
}

fn celebrate(store: &mut MemoryStore) {
    let ceremony = prepared(store);
    put(store, ceremony.new_keys());
    destroy(store).unwrap();
}

/// A recording with the keys that the vault has now.
fn record(rig: &mut Rig, no: u32) {
    rig.begin(no, 2);
    rig.talk(25);
    rig.end(2);
    rig.finish(no);
    rig.talk(25);
}

/// One recording more, in a life that seals for somebody else.
fn record_for(rig: Rig, no: u32, recipient: Recipient) -> Rig {
    let Rig { store, home, now, .. } = rig;
    let store = store.after_power_cut();
    let (seal_for, settings) = (SealFor { recipient, ..home.seal_for() }, settings());
    let recorder = start_sealing(&store, seal_for, settings, now + 1000).unwrap();
    let (tick, now) = (SpanTick::silent(SPAN, Law::A), now + 1000);
    let mut rig = Rig { store, home, recorder, tick, now, generation: 0, events: Vec::new() };
    record(&mut rig, no);
    rig.close();
    rig
}

#[test]
fn a_trial_finds_what_is_sealed_for_a_key_that_nobody_has_and_nothing_else() {
    let (rig, shares) = celebrated();
    let mut rig = stopped_for(rig, |_| ());
    record(&mut rig, 2);
    rig.close();
    let (_, nobodys) = draw_key_pair(&mut Seeded::new(99));
    let rig = record_for(rig, 3, Recipient { kind: KeyKind::Vault, epoch: 2, key: nobodys });
    let recovery = rig.home.keyring().unwrap().recovery().certificate.recipient();
    let rig = record_for(rig, 4, recovery);
    let trial = |no| Trial::of(&rig.store, recording(no)).unwrap();
    let trials: Vec<Trial> = (1..=5).filter_map(trial).collect();
    let tried: Vec<_> = trials.iter().map(|trial| trial.recording).collect();
    assert_eq!(tried, [1, 2, 3, 4].map(recording), "there is no fifth");
    let opener = |unlock: &Unlock<'_>| Opener::unlock(Box::new(rig.store.clone()), unlock).unwrap();
    for unlock in [of(&FIRST), of(&SECOND), Unlock::Shares(&shares)] {
        assert_eq!(opener(&unlock).shut_of(&trials), [recording(3)], "birth key, epoch 1 and recovery key open");
    }
    // The other half is gone, and says nothing of the envelope.
    let mut store = rig.store.clone();
    for file in store.list("keys-a").unwrap().into_iter().chain(store.list("keys-b").unwrap()) {
        store.remove(&file).unwrap();
    }
    assert_eq!(opener(&of(&FIRST)).shut_of(&trials), [recording(3)]);
}

#[test]
fn recordings_of_before_across_and_after_the_ceremony_open_with_each_slot_and_none_with_the_code() {
    let mut rig = recorded();
    rig = rig.restart();
    rig.begin(2, 4);
    rig.talk(25);
    let copy_of_before = rig.store.after_kill();
    rig = stopped_for(rig, celebrate);
    // The call is still there: its second part is sealed for the new key.
    rig.begin(2, 4);
    rig.talk(25);
    rig.end(4);
    rig.finish(2);
    rig.talk(25);
    record(&mut rig, 3);
    rig.close();
    rig.log();
    for no in 1..=3 {
        for holder in [FIRST, SECOND] {
            assert!(opens(&rig.store, &of(&holder), no), "{no}");
        }
        assert!(!opens(&rig.store, &code(), no), "{no}");
    }
    assert_eq!(rig.verify().findings, []);
    assert!(!rig.store.names().iter().any(|name| name.starts_with("birth-key")));
    // What no ceremony can undo: who has an old copy of the whole vault and the code.
    assert!(opens(&copy_of_before, &code(), 1));
}

/// A death at each step of the writing, with a half-written file and without, as a power cut and as a kill leave it.
#[test]
fn a_ceremony_that_is_cut_off_has_not_happened_or_is_finished_by_the_next_start() {
    let (mut untouched, mut finished, mut died) = (0, 0, 0);
    for (after, torn_octets) in (0..).flat_map(|after| [0, 70].map(|torn| (after, torn))) {
        let rig = recorded();
        let mut store = rig.store.clone();
        let ceremony = prepared(&store);
        store.set_faults(Faults { dies_after: Some(after), torn_octets, ..Faults::default() });
        let done = ceremony.new_keys().put(&mut store).is_ok() && destroy(&mut store).is_ok();
        for mut left in [store.after_power_cut(), store.after_kill()] {
            let home = Home::open(&left).unwrap().expect("it is the same vault");
            if home.keyring().is_none() {
                untouched += 1;
                assert!(opens(&left, &code(), 1), "{after}: before it counts, the code opens as ever");
                celebrate(&mut left);
            } else if birth_key_is_left(&left).unwrap() {
                finished += 1;
                destroy(&mut left).unwrap();
            }
            assert!(!birth_key_is_left(&left).unwrap());
            assert!(opens(&left, &of(&FIRST), 1) && !opens(&left, &code(), 1), "{after}");
            assert!(!left.names().iter().any(|name| name.starts_with("birth-key")), "{:?}", left.names());
        }
        if done {
            break;
        }
        died += 1;
    }
    assert!(untouched >= 6 && finished >= 4 && died >= 12, "{untouched} {finished} {died}");
}

/// A death while the birth key is rewrapped leaves it under a second name.
#[test]
fn a_birth_key_that_was_to_take_the_others_place_goes_with_it_whatever_dies_on_the_way() {
    let mut died = 0;
    for after in 0.. {
        let mut store = recorded().store;
        let rewrapped = rewrap_birth_key(&store, CODE, b"correct horse", QUICK, &mut Seeded::new(4)).unwrap();
        store.write_at("birth-key.new", 0, &rewrapped).unwrap();
        store.sync("birth-key.new").unwrap();
        prepared(&store).new_keys().put(&mut store).unwrap();
        store.set_faults(Faults { dies_after: Some(after), ..Faults::default() });
        let done = destroy(&mut store).is_ok();
        for mut left in [store.after_power_cut(), store.after_kill()] {
            let is_there = |name: &str| left.octets(name).unwrap().is_some();
            let [new, old] = [is_there("birth-key.new"), is_there("birth-key")];
            assert_eq!(birth_key_is_left(&left).unwrap(), new || old, "{after}");
            assert!(old || !new, "{after}: the one that counts goes last");
            destroy(&mut left).unwrap();
            assert!(!left.names().iter().any(|name| name.starts_with("birth-key")), "{after}");
        }
        if done {
            break;
        }
        died += 1;
    }
    assert!(died >= 6, "{died}");
    // What a version that took them the other way round can have left.
    let (rig, _) = celebrated();
    let mut store = rig.store.after_kill();
    store.write_at("birth-key.new", 0, b"wrapped").unwrap();
    assert!(birth_key_is_left(&store).unwrap());
    destroy(&mut store).unwrap();
    assert!(!birth_key_is_left(&store).unwrap());
}

#[test]
fn rotations_and_a_removal_leave_all_audio_to_whoever_has_a_slot_now() {
    let mut rig = stopped_for(recorded(), celebrate);
    record(&mut rig, 2);
    let third = NewHolder { person: PersonId(13), passphrase: "seven eight" };
    rig = stopped_for(rig, |store| {
        let new = rotate(store, &of(&FIRST), &[third], &mut making(&mut Seeded::new(60))).unwrap();
        put(store, new);
    });
    record(&mut rig, 3);
    rig = stopped_for(rig, |store| {
        let new = remove_holder(store, SECOND.person, stamp_at(9)).unwrap();
        let keyring = put(store, new);
        assert_eq!(keyring.removed(), [(SECOND.person, stamp_at(9))]);
        assert!(!opens(store, &of(&SECOND), 1), "at once, before any rotation");
        let new = rotate(store, &of(&third), &[], &mut making(&mut Seeded::new(61))).unwrap();
        put(store, new);
    });
    record(&mut rig, 4);
    rig.close();
    rig.log();
    for no in 1..=4 {
        assert!(opens(&rig.store, &of(&FIRST), no) && opens(&rig.store, &of(&third), no), "{no}");
        assert!(!opens(&rig.store, &of(&SECOND), no), "{no}");
        assert!(opens(&rig.store, &Unlock::Passphrase { person: None, typed: third.passphrase }, no), "{no}");
    }
    assert_eq!(rig.verify().findings, []);
}

#[test]
fn two_shares_open_everything_and_bring_the_vault_to_new_holders_on_another_box() {
    let (rig, shares) = celebrated();
    assert!(opens(&rig.store, &Unlock::Shares(&shares), 1));
    let mut backup = rig.store.after_kill();
    let without_slots = keyring_for_backup(&backup).unwrap();
    backup.tamper("keyring", |octets| *octets = without_slots);
    assert!(!opens(&backup, &of(&FIRST), 1));
    let heir = NewHolder { person: PersonId(21), passphrase: "nine ten" };
    let twice = [shares[0].clone(), shares[0].clone()];
    for wrong in [&twice, &strangers_shares()] {
        let refused = recover(&backup, wrong, &[heir], &mut making(&mut Seeded::new(70)));
        assert!(matches!(refused, Err(HomeError::Open(OpenError::WrongCode))));
    }
    let new = recover(&backup, &shares, &[heir], &mut making(&mut Seeded::new(70))).unwrap();
    put(&mut backup, new);
    assert!(opens(&backup, &of(&heir), 1) && opens(&backup, &Unlock::Shares(&shares), 1));
}

/// Of the same vault, as a ceremony elsewhere would have made them.
fn strangers_shares() -> [Share; 2] {
    let rig = recorded();
    let ceremony = Ceremony::prepare(&rig.store, CODE, &[FIRST], &mut making(&mut Seeded::new(51))).unwrap();
    let [one, two, _] = ceremony.shares().clone();
    [one, two]
}

#[test]
fn the_shares_are_proven_before_anything_is_written() {
    let rig = recorded();
    let ceremony = prepared(&rig.store);
    let [one, two, three] = ceremony.shares();
    assert!(ceremony.is_proven_by(one, two) && ceremony.is_proven_by(three, one));
    assert!(!ceremony.is_proven_by(one, one));
    let [other, _] = strangers_shares();
    assert!(!ceremony.is_proven_by(&other, two));
    assert_eq!(rig.store.octets("keyring").unwrap(), None);
}

#[test]
fn there_is_one_ceremony_and_without_it_nothing_to_rotate_or_destroy() {
    let mut store = recorded().store;
    let rotated = rotate(&store, &code(), &[], &mut making(&mut Seeded::new(1)));
    assert!(matches!(rotated, Err(HomeError::Missing("keyring"))));
    assert!(matches!(destroy(&mut store), Err(HomeError::Missing("keyring"))));
    celebrate(&mut store);
    let again = Ceremony::prepare(&store, CODE, &[FIRST], &mut making(&mut Seeded::new(1)));
    assert!(matches!(again, Err(HomeError::Ceremony)));
}

#[test]
fn a_vault_that_lost_its_keyring_is_not_opened_and_a_key_that_comes_back_is_found() {
    let (rig, _) = celebrated();
    let before = recorded().store;
    let birth_key = read_all(&before, "birth-key").unwrap().unwrap();
    let mut leaves = leaves(&rig);
    leaves.append(Leaf::Key { certificate: rig.home.birth_fingerprint(), destroyed: true }).unwrap();
    leaves.checkpoint(stamp_at(rig.now), rig.home.log_key()).unwrap();
    assert_eq!(rig.verify().findings, []);
    let mut lost = rig.store.after_kill();
    lost.remove("keyring").unwrap();
    assert!(matches!(Home::open(&lost), Err(HomeError::Missing("keyring"))));
    assert_eq!(found(&lost), [Finding::Keyring(KeysFault::Gone)]);
    lost.tamper("birth-key", |octets| *octets = birth_key.clone());
    assert_eq!(found(&lost), [Finding::KeyIsBack, Finding::Keyring(KeysFault::Gone)]);
    let back = rig.store.after_kill();
    back.tamper("birth-key", |octets| *octets = birth_key);
    assert_eq!(found(&back), [Finding::KeyIsBack]);
}

#[test]
fn an_older_keyring_that_is_put_back_is_found() {
    let (rig, shares) = celebrated();
    let older = read_all(&rig.store, "keyring").unwrap().unwrap();
    let mut store = rig.store.clone();
    let new = rotate(&store, &of(&FIRST), &[], &mut making(&mut Seeded::new(90))).unwrap();
    put(&mut store, new);
    assert_eq!(found(&store), []);
    rig.store.tamper("keyring", |octets| *octets = older);
    assert_eq!(found(&store), [Finding::Keyring(KeysFault::Older)]);
    // A recovery from it makes another epoch 2: the key that was lost stays told.
    let new = recover(&store, &shares, &[FIRST], &mut making(&mut Seeded::new(91))).unwrap();
    put(&mut store, new);
    assert_eq!(found(&store), [Finding::Keyring(KeysFault::Older)]);
}

#[test]
fn an_epoch_that_a_holder_made_alone_and_a_removed_slot_that_is_back_are_found() {
    let (rig, _) = celebrated();
    let mut store = rig.store.clone();
    let before = read_all(&store, "keyring").unwrap().unwrap();
    // Each holder can make an epoch for whom they like, and put the file there while nobody looks.
    let stranger = NewHolder { person: PersonId(99), passphrase: "mine" };
    rotate(&store, &of(&SECOND), &[stranger], &mut making(&mut Seeded::new(92))).unwrap().put(&mut store).unwrap();
    assert_eq!(found(&store), [Finding::Keyring(KeysFault::Foreign)]);
    store.tamper("keyring", |octets| *octets = before.clone());
    assert_eq!(found(&store), []);
    let new = remove_holder(&store, SECOND.person, stamp_at(9)).unwrap();
    put(&mut store, new);
    store.tamper("keyring", |octets| *octets = before);
    assert!(opens(&store, &of(&SECOND), 1), "which is why somebody would do it");
    assert_eq!(found(&store), [Finding::Keyring(KeysFault::Changed)]);
}

#[test]
fn a_copy_without_the_keyring_is_told_so_once_and_no_recording_is_accused() {
    let mut rig = stopped_for(recorded(), celebrate);
    record(&mut rig, 2);
    record(&mut rig, 3);
    rig.close();
    rig.log();
    assert_eq!(rig.verify().findings, []);
    let copy = rig.store.after_kill();
    let without_slots = keyring_for_backup(&copy).unwrap();
    copy.tamper("keyring", |octets| *octets = without_slots);
    assert_eq!(found(&copy), [], "a copy for somebody who checks needs no slot");
    copy.clone().remove("keyring").unwrap();
    assert_eq!(found(&copy), [Finding::Keyring(KeysFault::Gone)]);
}

/// Between the log's word that the birth key is destroyed and the end of its file stands an empty one.
#[test]
fn a_birth_key_that_is_written_over_and_not_taken_away_yet_is_no_key_that_is_back() {
    let (rig, _) = celebrated();
    let birth_key = read_all(&recorded().store, "birth-key").unwrap().unwrap();
    let store = rig.store.after_kill();
    store.tamper("birth-key", |octets| *octets = vec![0; birth_key.len()]);
    assert_eq!(found(&store), [], "the log has not heard of it yet");
    let home = Home::open(&store).unwrap().unwrap();
    leaves_of(&store, &home).append(Leaf::Key { certificate: home.birth_fingerprint(), destroyed: true }).unwrap();
    assert_eq!(found(&store), []);
    store.tamper("birth-key", |octets| *octets = birth_key);
    assert_eq!(found(&store), [Finding::KeyIsBack]);
}

/// The box does not stop recording, and seals for nobody whom the log does not know.
#[test]
fn what_is_recorded_while_the_keyring_is_not_the_logs_opens_with_two_shares_alone() {
    let (rig, shares) = celebrated();
    let told = keys_in_leaves(&rig.store).unwrap();
    let right = Home::open(&rig.store).unwrap().unwrap();
    let recovery = right.keyring().unwrap().recovery().clone();
    assert_eq!(right.seal_for_told(&told, Some(&recovery)), (right.seal_for(), None));
    let mut store = rig.store.after_kill();
    let keyring = read_all(&store, "keyring").unwrap().unwrap();
    let stranger = NewHolder { person: PersonId(99), passphrase: "mine" };
    rotate(&store, &of(&SECOND), &[stranger], &mut making(&mut Seeded::new(92))).unwrap().put(&mut store).unwrap();
    let home = Home::open_to_record(&store).unwrap().unwrap();
    let (seal_for, fault) = home.seal_for_told(&told, Some(&recovery));
    assert_eq!(fault, Some(KeysFault::Foreign));
    let mut rig = Rig { recorder: recorder_for(&store, seal_for.clone(), 5000), store, home, now: 5000, ..rig };
    record(&mut rig, 2);
    rig.close();
    rig.log();
    let mine = Unlock::Passphrase { person: Some(stranger.person), typed: stranger.passphrase };
    assert!(opens(&rig.store, &mine, 1), "it was sealed before");
    assert!(!opens_all(&rig.store, &mine, 2) && !opens_all(&rig.store, &of(&FIRST), 2));
    assert!(opens_all(&rig.store, &Unlock::Shares(&shares), 2));
    // With the right one back, and with none at all.
    rig.store.tamper("keyring", |octets| *octets = keyring);
    assert_eq!(found(&rig.store), []);
    assert!(opens_all(&rig.store, &Unlock::Shares(&shares), 2) && opens_all(&rig.store, &Unlock::Shares(&shares), 1));
    assert!(!opens_all(&rig.store, &of(&FIRST), 2));
    rig.store.remove("keyring").unwrap();
    assert!(opens_all(&rig.store, &Unlock::Shares(&shares), 2));
    // Damaged or gone: the box records all the same.
    for octets in [None, Some(vec![0; 100])] {
        let store = rig.store.after_kill();
        octets.into_iter().for_each(|octets| store.tamper("keyring", |file| *file = octets));
        let home = Home::open_to_record(&store).unwrap().unwrap();
        assert_eq!(home.seal_for_told(&told, Some(&recovery)), (seal_for.clone(), Some(KeysFault::Gone)));
    }
}

/// A keyring that was damaged or exchanged makes no right share a wrong one.
#[test]
fn two_shares_open_what_is_sealed_for_the_recovery_key_whatever_stands_in_the_keyrings_place() {
    let (rig, shares) = celebrated();
    let (store, home) = (rig.store.after_kill(), Home::open(&rig.store).unwrap().unwrap());
    let seal_for = SealFor::certified(home.keyring().unwrap().recovery());
    let mut rig = Rig { recorder: recorder_for(&store, seal_for, 5000), store, home, now: 5000, ..rig };
    record(&mut rig, 2);
    rig.close();
    let strangers = Ceremony::prepare(&recorded().store, CODE, &[FIRST], &mut making(&mut Seeded::new(51))).unwrap();
    for octets in [vec![0; 100], strangers.new_keys().keyring().emit()] {
        rig.store.tamper("keyring", |file| *file = octets);
        assert!(opens_all(&rig.store, &Unlock::Shares(&shares), 2));
        assert!(!opens_all(&rig.store, &Unlock::Shares(&strangers_shares()), 2));
        assert!(!opens_all(&rig.store, &of(&FIRST), 2));
    }
}

#[test]
fn a_leaf_that_is_damaged_takes_what_others_say_of_keys_not_with_it() {
    let (rig, _) = celebrated();
    let (store, told) = (rig.store.after_kill(), keys_in_leaves(&rig.store).unwrap());
    store.tamper("leaves/records", |octets| octets[10] ^= 1);
    assert!(told.placed().is_some() && keys_in_leaves(&store).unwrap().agrees_with(&told));
}

/// Before any ceremony, a keyring that somebody laid there is nobody's: the owner goes on.
#[test]
fn a_keyring_without_a_ceremony_that_the_log_knows_is_sealed_for_by_nobody() {
    let rig = recorded();
    let (mut store, told) = (rig.store.clone(), keys_in_leaves(&rig.store).unwrap());
    prepared(&store).new_keys().put(&mut store).unwrap();
    let home = Home::open_to_record(&store).unwrap().unwrap();
    let (seal_for, fault) = home.seal_for_told(&told, None);
    assert_eq!((seal_for, fault), (rig.home.seal_for(), Some(KeysFault::Foreign)));
}

fn recorder_for(store: &MemoryStore, seal_for: SealFor, now: u64) -> InlineRecorder {
    let settings = RecorderSettings { life: life(2), ..settings() };
    let mut seed = now;
    let random = move || {
        seed += 1;
        Box::new(Seeded::new(seed)) as Box<dyn Random + Send>
    };
    InlineRecorder::start(Box::new(store.clone()), seal_for, settings, stamp_at(now), random).unwrap()
}

/// Whether each chunk of a recording opens.
fn opens_all(store: &MemoryStore, unlock: &Unlock<'_>, no: u32) -> bool {
    let Ok(opener) = Opener::unlock(Box::new(store.clone()), unlock) else { return false };
    let octets = read_all(store, &object_name(recording(no))).unwrap().unwrap();
    let mut reader = ObjectReader::new(&octets).unwrap();
    let (mut keys, mut opened) = (DataKeys::of(reader.head()), 0);
    while let Some(found) = reader.next_record().unwrap() {
        match keys.follow(&found, &opener) {
            Ok(audio) => opened += usize::from(audio.is_some()),
            Err(_) => return false,
        }
    }
    opened > 0
}

fn leaves(rig: &Rig) -> Leaves {
    leaves_of(&rig.store, &rig.home)
}

fn leaves_of(store: &MemoryStore, home: &Home) -> Leaves {
    let random = Box::new(Seeded::new(19));
    Leaves::open(Box::new(store.clone()), home.vault(), home.log_key(), random).unwrap().0
}

#[test]
fn after_the_ceremony_the_sheet_is_what_a_vault_is_held_to() {
    let (rig, _) = celebrated();
    let home = Home::open(&rig.store).unwrap().unwrap();
    assert_eq!(rig.verify().fingerprint, Some(home.fingerprint()));
    assert_ne!(home.fingerprint(), home.birth_fingerprint());
    // Another ceremony, in secret: every recording still verifies, and the sheet tells.
    let other = recorded();
    let mut store = other.store.clone();
    let second = Ceremony::prepare(&store, CODE, &[FIRST], &mut making(&mut Seeded::new(51))).unwrap();
    put(&mut store, second.new_keys());
    assert_ne!(Home::open(&store).unwrap().unwrap().fingerprint(), home.fingerprint());
}

#[test]
fn another_passphrase_takes_the_place_of_the_old_one() {
    let (rig, _) = celebrated();
    let mut store = rig.store.clone();
    let mut random = Seeded::new(80);
    let wrong = change_passphrase(&store, FIRST.person, ["one", "new"], stamp_at(2), &mut random);
    assert!(matches!(wrong, Err(HomeError::Open(OpenError::WrongCode))));
    let new = change_passphrase(&store, FIRST.person, [FIRST.passphrase, "new"], stamp_at(2), &mut random).unwrap();
    put(&mut store, new);
    assert_eq!(Home::open(&store).unwrap().unwrap().keyring().unwrap().certificate().certificate.epoch, 2);
    assert!(!opens(&store, &of(&FIRST), 1) && opens(&store, &of(&SECOND), 1));
    assert!(opens(&store, &of(&NewHolder { passphrase: "new", ..FIRST }), 1));
}

#[test]
fn a_copy_of_after_the_ceremony_is_intact_and_has_no_slots() {
    let rig = recorded();
    let mut copy = MemoryStore::new();
    let mut copier = copy::copier();
    while !copier.step(&mut rig.store.clone(), &mut copy).unwrap().is_level {}
    celebrate(&mut rig.store.clone());
    while !copier.step(&mut rig.store.clone(), &mut copy).unwrap().is_level {}
    assert_eq!(found(&copy), []);
    let keyring = Keyring::parse(&read_all(&copy, KEYRING).unwrap().unwrap()).unwrap();
    assert_eq!(keyring.slots().count(), 0);
    assert_eq!(Some(keyring.emit()), keyring_for_backup(&rig.store).ok());
    for secret in ["birth-key", "log-key"] {
        assert_eq!(copy.octets(secret).unwrap(), None);
    }
    // One that the log does not know takes no place.
    rig.store.tamper(KEYRING, |octets| octets[60] ^= 1);
    while !copier.step(&mut rig.store.clone(), &mut copy).unwrap().is_level {}
    assert_eq!(found(&copy), []);
}
