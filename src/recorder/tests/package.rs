//! A package holds to itself, octet for octet, and to a root from outside.

use vault::{AgeIdentity, AgeRecipient, ExportedKeys, age_open, age_seal};

use super::{
    ranges::{erase, long, stretch},
    *,
};
use crate::recorder::verify_package::check_package;

fn recipient() -> (AgeIdentity, AgeRecipient) {
    let identity = AgeIdentity::draw(&mut Seeded::new(41));
    let recipient = identity.recipient();
    (identity, recipient)
}

fn package(rig: &Rig, recordings: &[RecordingId]) -> Result<Vec<u8>, PackageError> {
    let opener = rig.opener();
    let mut keys = Vec::new();
    for recording in recordings {
        // What is not there has none, and is refused below.
        let _ = opener.key_halves(*recording, &mut keys);
    }
    let (_, recipient) = recipient();
    let exported = ExportedKeys { vault: rig.home.vault(), keys };
    let of = PackageOf {
        recordings,
        recipient,
        reason: "投诉 118",
        custody: Vec::new(),
        keys: &age_seal(&exported.emit(), &recipient, &mut Seeded::new(42)).unwrap(),
        readme: "read me",
        reader: b"print()",
    };
    let mut out = Vec::new();
    write_package(&rig.store, rig.home.log_key(), &of, &mut out).map(|_| out)
}

fn check(package: &[u8], outside: &Outside) -> Report {
    check_package(&mut &*package, outside).unwrap()
}

fn is_intact(package: &[u8]) -> bool {
    check_package(&mut &*package, &Outside::default()).is_ok_and(|report| report.is_intact())
}

/// The newest note.
fn root(rig: &Rig) -> String {
    newest_root(&rig.store).unwrap().unwrap()
}

#[test]
fn a_package_is_intact_and_every_changed_added_or_missing_octet_is_found() {
    let package = package(&recorded(), &[recording(1)]).unwrap();
    let report = check(&package, &Outside::default());
    assert!(report.is_intact(), "{:?}", report.findings);
    assert_eq!((report.objects, report.leaves, report.outside_leaves), (1, 1, None));
    assert!(report.chunks > 0);
    for at in 0..package.len() {
        let mut changed = package.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(!is_intact(&changed), "octet {at}");
    }
    for at in (0..package.len()).step_by(97) {
        assert!(!is_intact(&package[..at]), "cut at {at}");
        assert!(!is_intact(&[&package[..at], b"\0", &package[at..]].concat()), "one more at {at}");
    }
    assert!(!is_intact(&[&package[..], b"\0"].concat()));
}

#[test]
fn a_changed_object_is_named_with_its_place() {
    let package = package(&recorded(), &[recording(1)]).unwrap();
    let name = object_name(recording(1));
    let head = package.windows(name.len()).position(|octets| octets == name.as_bytes()).unwrap();
    let mut changed = package;
    changed[head + 512 + 1500] ^= 1;
    let report = check(&changed, &Outside::default());
    assert!(report.findings.iter().all(|found| found.file == name), "{:?}", report.findings);
    assert!(report.findings.iter().any(|found| found.about.is_some()), "which chunk: {:?}", report.findings);
}

#[test]
fn a_root_from_outside_is_the_one_it_stands_under_or_accuses_it() {
    let rig = recorded();
    let package = package(&rig, &[recording(1)]).unwrap();
    let outside = |root: String| Outside { root: Some(root), fingerprint: None };
    let own = check(&package, &outside(root(&rig)));
    assert!(own.is_intact() && own.outside_leaves == Some(own.signed_leaves));
    let line = format!("Nov 26 box ringfence: {}\n", vault::note_in_a_line(&root(&rig)));
    assert!(check(&package, &outside(line)).outside_leaves.is_some(), "as a witness keeps it");
    let what = |report: Report| report.findings.iter().map(|found| found.what).collect::<Vec<_>>();
    assert_eq!(what(check(&package, &outside("nothing".into()))), [Finding::NotAmongOutside { covers: 1 }]);
    // The same vault, with another first leaf.
    let forged = vault::Checkpoint {
        origin: origin(rig.home.vault()),
        size: 1,
        root: [7; 32],
        boot: BootNo(3),
        previous: [0; 32],
    };
    let forged = forged.sign(rig.home.log_key());
    assert_eq!(what(check(&package, &outside(forged))), [Finding::OtherThanOutside { covers: 1 }]);
    let fingerprint = Outside { root: None, fingerprint: Some([1; 32]) };
    assert_eq!(what(check(&package, &fingerprint)), [Finding::OtherCertificate]);
}

#[test]
fn what_is_not_finished_or_not_signed_is_not_exported() {
    let rig = recorded();
    assert!(matches!(package(&rig, &[recording(1), recording(9)]), Err(PackageError::NotFinished(_))));
    rig.store.tamper("leaves/checkpoints", |octets| octets.clear());
    assert!(matches!(package(&rig, &[recording(1)]), Err(PackageError::NoRoot)));
}

#[test]
fn a_leaf_that_is_appended_meanwhile_is_in_no_packages_way() {
    let rig = recorded();
    // The record is there before its hash; a reader may see either alone, and half of it.
    for (name, half) in
        [("leaves/records", vec![0, 0, 0, 99]), ("leaves/hashes", vec![7; 32]), ("leaves/hashes", vec![7; 9])]
    {
        rig.store.tamper(name, |octets| octets.extend(half));
        let package = package(&rig, &[recording(1)]);
        assert!(is_intact(&package.unwrap()), "{name}");
    }
}

#[test]
fn a_finished_leaf_behind_the_signed_root_waits_for_the_next_one() {
    let rig = recorded();
    let signed = vault::Checkpoint {
        origin: origin(rig.home.vault()),
        size: 0,
        root: vault::merkle::root(&[]),
        boot: BootNo(3),
        previous: [0; 32],
    };
    let note = signed.sign(rig.home.log_key());
    rig.store.tamper("leaves/checkpoints", |octets| *octets = format!("{note}\n").into_bytes());
    assert!(matches!(package(&rig, &[recording(1)]), Err(PackageError::NotSigned(_))));
}

/// A box that erased a stretch of its recording, and its package.
fn with_a_stretch_gone() -> (Rig, Vec<u8>) {
    let mut rig = long();
    erase(&mut rig, stretch(5, 6));
    rig.log();
    let package = package(&rig, &[recording(1)]).unwrap();
    (rig, package)
}

#[test]
fn a_package_says_by_which_list_and_whom_a_stretch_of_its_recording_was_erased() {
    let (rig, package) = with_a_stretch_gone();
    let report = check(&package, &Outside::default());
    assert!(report.is_intact(), "{:?}", report.findings);
    let stones = erased_stretches(&rig.store, recording(1)).unwrap();
    assert_eq!((stones.len(), &report.erased), (1, &stones), "as it stands in the vault");
    assert!(report.leaves == 2 && stones[0].is_confirmed());
    // What anybody wrote beside the recording is not put in.
    let name = format!("{}.99.tombstone", object_name(recording(1)).trim_end_matches(".rfo"));
    let forged = vault::Tombstone { list: frame::EventNo(99), ..stones[0].clone() };
    rig.store.tamper(&name, |octets| *octets = forged.emit().into_bytes());
    let report = check(&self::package(&rig, &[recording(1)]).unwrap(), &Outside::default());
    assert!(report.is_intact() && report.erased == stones, "{:?}", report.findings);
}

#[test]
fn a_tombstone_that_is_not_the_logs_and_one_that_lacks_accuse_a_package() {
    let (rig, _) = with_a_stretch_gone();
    let what =
        |package: &[u8]| check(package, &Outside::default()).findings.iter().map(|it| it.what).collect::<Vec<_>>();
    // The list is signed, so that only who has the log's key could say so at all: here the vault itself signs what is wrong.
    let signed = |change: fn(&mut Vec<(String, Vec<u8>)>)| {
        let mut members = members(&package(&rig, &[recording(1)]).unwrap());
        change(&mut members);
        packed(&rig, &members)
    };
    assert_eq!(what(&signed(|_| {})), []);
    let without = signed(|members| members.retain(|(name, _)| !name.starts_with("tombstones/")));
    assert_eq!(what(&without), [Finding::NoRangeTombstone]);
    let unproved = signed(|members| members.retain(|(name, _)| name != "proofs/1-1.40"));
    assert_eq!(what(&unproved), [Finding::UnknownRangeTombstone]);
    let changed = signed(|members| {
        let (_, stone) = members.iter_mut().find(|(name, _)| name.starts_with("tombstones/")).unwrap();
        *stone = String::from_utf8(std::mem::take(stone)).unwrap().replace("granted ", "granted 1").into_bytes();
    });
    assert_eq!(what(&changed), [Finding::UnknownRangeTombstone, Finding::NoRangeTombstone]);
    let twice = signed(|members| members.push(members[0].clone()));
    assert_eq!(
        what(&twice),
        [Finding::Format(vault::FormatError::Surplus)],
        "of two with one name tar leaves the last"
    );
    // One that the vault has lost.
    let [stone] = &erased_stretches(&rig.store, recording(1)).unwrap()[..] else { panic!("there is one") };
    let name = format!("{}.{}.tombstone", object_name(recording(1)).trim_end_matches(".rfo"), stone.list);
    rig.store.clone().remove(&name).unwrap();
    assert_eq!(what(&package(&rig, &[recording(1)]).unwrap()), [Finding::NoRangeTombstone]);
    rig.store.clone().write_at(&name, 0, stone.emit().as_bytes()).unwrap();
    let before = signed(|members| members.sort_by_key(|(name, _)| name.starts_with("objects/")));
    assert_eq!(what(&before), [Finding::RangeOfAnother], "it stands behind its object");
}

/// The members of a package but its list.
fn members(package: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut rest, mut members) = (package, Vec::new());
    while let Ok(head) = vault::MemberHead::parse(rest[..512].try_into().unwrap()) {
        let octets = head.octets as usize;
        members.push((head.name.clone(), rest[512..512 + octets].to_vec()));
        rest = &rest[512 + octets + head.padding()..];
    }
    members.retain(|(name, _)| name != vault::PACKAGE_LIST);
    members
}

/// A package of members, with a list that the vault's key signs.
fn packed(rig: &Rig, members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let listed = members.iter().map(|(name, content)| {
        let head = vault::MemberHead { name: name.clone(), octets: content.len() as u64 };
        vault::Member { head, hash: vault::sha256(content) }
    });
    let (_, recipient) = recipient();
    let list = vault::PackageList {
        vault: rig.home.vault(),
        recipient,
        reason: "投诉 118".into(),
        custody: Vec::new(),
        members: listed.collect(),
    };
    let list = (vault::PACKAGE_LIST.to_owned(), list.sign(rig.home.log_key()).into_bytes());
    let mut out = Vec::new();
    for (name, content) in members.iter().chain([&list]) {
        let head = vault::MemberHead { name: name.clone(), octets: content.len() as u64 };
        out.extend(head.emit().unwrap());
        out.extend(content);
        out.extend(vec![0; head.padding()]);
    }
    out.extend([0; vault::PACKAGE_END]);
    out
}

#[test]
fn the_keys_of_a_package_are_those_of_its_recordings_and_no_others() {
    let rig = recorded();
    let opener = rig.opener();
    let mut keys = Vec::new();
    opener.key_halves(recording(1), &mut keys).unwrap();
    let (identity, recipient) = recipient();
    let exported = ExportedKeys { vault: rig.home.vault(), keys };
    let sealed = age_seal(&exported.emit(), &recipient, &mut Seeded::new(1)).unwrap();
    assert_eq!(ExportedKeys::parse(&age_open(&sealed, &identity).unwrap()), Ok(exported.clone()));
    let octets = read_all(&rig.store, &object_name(recording(1))).unwrap().unwrap();
    let mut reader = vault::ObjectReader::new(&octets).unwrap();
    let mut named = Vec::new();
    while let Some(found) = reader.next_record().unwrap() {
        if let vault::Body::Key(record) = &found.record.body {
            named.push(record.key_no);
        }
    }
    assert_eq!(exported.keys.iter().map(|halves| halves.key_no).collect::<Vec<_>>(), named);
}
