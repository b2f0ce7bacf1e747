//! A package holds to itself, octet for octet, and to a root from outside.

use vault::{AgeIdentity, AgeRecipient, ExportedKeys, age_open, age_seal};

use super::*;
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
