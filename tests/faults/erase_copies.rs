//! Erasing reaches each copy: the one that is there at once, the one that is away when it is back, killed in between as well.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ringfence::recorder::{FileStore, KeyState, KeyTables, Outside, Store as _, object_name, verify};
use vault::{KeyNo, Seeded, VaultId};

use crate::{
    erase::{
        AUDITOR, OTHER_DISK, PASSWORD, Person, SECURITY, as_, between, call, files, halves, halves_in, numbers, start,
        store, vault_of, with_rule,
    },
    running::{Home, board, said, until},
    street::Street,
};

fn events(home: &Home, words: &[&str]) -> usize {
    home.log().iter().filter(|event| words.iter().all(|word| event.contains(word))).count()
}

/// The copy of this box in a folder.
fn copy_in(home: &Home, folder: &Path) -> PathBuf {
    folder.join(format!("ringfence-{}", vault_of(home)))
}

/// What a copy's key tables say with root files from another time: whoever kept an old one has that and the disk as it is.
fn with_roots(copy: &Path, roots: &[Vec<u8>; 2], of: (VaultId, &[KeyNo])) -> Vec<Option<Vec<u8>>> {
    let scratch = tempfile::tempdir().unwrap();
    for (table, roots) in TABLES.iter().zip(roots) {
        fs::create_dir(scratch.path().join(table)).unwrap();
        for level in ["level-0", "level-1", "level-2"] {
            let file = Path::new(table).join(level);
            fs::copy(copy.join(&file), scratch.path().join(&file)).unwrap();
        }
        fs::write(scratch.path().join(table).join("roots"), roots).unwrap();
    }
    let scratch = FileStore::new(scratch.path());
    let tables = KeyTables::open_to_read(&scratch, of.0, Box::new(Seeded::new(0))).unwrap();
    let half = |no: &KeyNo| match tables.get(&scratch, *no) {
        Ok(KeyState::There(half)) => Some(half.expose().to_vec()),
        _ => None,
    };
    of.1.iter().map(half).collect()
}

const TABLES: [&str; 2] = ["keys-a", "keys-b"];

#[test]
fn after_an_erasure_no_copy_has_a_half_of_it_and_one_that_is_away_is_pending_until_it_is_back() {
    let (disk, other) = (tempfile::tempdir_in(OTHER_DISK).unwrap(), tempfile::tempdir_in(OTHER_DISK).unwrap());
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let (near, far, away) = (disk.path().to_owned(), other.path().join("mounted"), other.path().join("away"));
    fs::create_dir(&far).unwrap();
    let second = format!("[[copies]]\nname = \"银行\"\nat = \"{}\"\n", far.display());
    home.file("settings.toml", &format!("{}{second}", with_rule(&near)));
    let running = start(&home, &street, 0);
    let owner = Person { running: &running, cookie: running.claim() };
    owner.invites(2, "wang");
    owner.invites(AUDITOR, "li");
    owner.invites(SECURITY, "zhou");
    as_(&running, "li").sends("/keeping", &[("act", "time")]);
    street.until_link();
    let (_, goes) = call(&home, &mut street, 1);
    // The stop copies what was finished last.
    assert!(running.stop());
    let copies = [copy_in(&home, &near), copy_in(&home, &far)];
    let of_goes = numbers(&home, goes);
    let secret = halves(&home, &of_goes);
    let at = |copy: &Path| halves_in(&FileStore::new(copy), vault_of(&home), &of_goes);
    let roots_of = |copy: &Path| TABLES.map(|table| fs::read(copy.join(table).join("roots")).unwrap());
    let old_roots = copies.each_ref().map(|copy| roots_of(copy));
    for (copy, old) in copies.iter().zip(&old_roots) {
        assert_eq!(at(copy), secret, "the copy has the halves of what it has");
        assert_eq!(with_roots(copy, old, (vault_of(&home), &of_goes)), secret);
    }

    let running = start(&home, &street, 48);
    let (auditor, security) = (as_(&running, "li"), as_(&running, "zhou"));
    running.until_page("/keeping", &auditor.cookie, |page| page.contains("name=\"object\" value=\""));
    let list = between(&auditor.sees(), "name=\"object\" value=\"", "\"");
    let asked = auditor.sends("/approvals", &[("act", "erase-due"), ("object", &list)]);
    let no = between(&asked, "data-approval=\"", "\"");
    security.sends(&format!("/approvals/{no}"), &[("answer", "grant"), ("password", PASSWORD)]);
    auditor.sends("/keeping", &[("act", "erase"), ("object", &list)]);
    // What is recorded from now on the second copy lacks.
    street.until_link();
    let (_, newer) = call(&home, &mut street, 1);
    assert!(running.stop());
    fs::rename(&far, &away).unwrap();
    let far_then = copy_in(&home, &away);

    let running = start(&home, &street, 48 + 73);
    home.until_log(&["\"kind\":\"recording_erased\""]);
    home.until_log(&["\"kind\":\"copy_erased\"", "机房", &format!("\"recording\":\"{goes}\"")]);
    for copy in ["机房", "银行"] {
        assert_eq!(events(&home, &["\"kind\":\"copy_to_erase\"", copy]), 1, "{copy}: pending is told");
    }
    assert!(running.stop());
    assert!(at(&copies[0]).iter().all(Option::is_none), "no key table of the near copy gives a half of it");
    assert_eq!(at(&far_then), secret, "the copy that is away has them still");
    assert_eq!(events(&home, &["\"kind\":\"copy_erased\"", "银行"]), 0);

    let listed = || said(&home.ringfence(&["vault", "copies", "--data", home.data().to_str().unwrap()]));
    let (went, told) = listed();
    assert!(went && told.contains("“机房”") && told.contains("nothing is left to be destroyed there"), "{told}");
    assert!(told.contains("“银行”") && told.contains("the keys of 1 erased recordings are not destroyed"), "{told}");

    // Four days later somebody has to know.
    let running = start(&home, &street, 48 + 73 + 80);
    home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"erasure_waits\"", "银行"]);
    let auditor = as_(&running, "li");
    running.until_page("/now", &auditor.cookie, |page| page.contains("has had the keys of erased recordings"));
    assert_eq!(events(&home, &["erasure_waits", "机房"]), 0);
    assert!(running.stop());

    // It is back, and the box is killed as soon as the first key of it is another.
    fs::rename(&away, &far).unwrap();
    let roots = || fs::read(copies[1].join("keys-a/roots")).unwrap();
    let before = roots();
    let running = start(&home, &street, 48 + 73 + 80);
    until("the copy destroys", || roots() != before);
    running.kill();
    let running = start(&home, &street, 48 + 73 + 80);
    home.until_log(&["\"kind\":\"copy_erased\"", "银行", &format!("\"recording\":\"{goes}\"")]);
    until("nothing is pending", || store(&home).list("copies").unwrap().len() == 2);
    let auditor = as_(&running, "li");
    running.until_page("/now", &auditor.cookie, |page| !page.contains("has had the keys of erased recordings"));
    let object = |copy: &Path, recording| FileStore::new(copy).octets(&object_name(recording)).unwrap();
    until("the object is gone, and what came meanwhile is there", || {
        object(&copies[1], goes).is_none() && object(&copies[1], newer).is_some()
    });
    assert!(running.stop());

    for copy in &copies {
        assert!(at(copy).iter().all(Option::is_none), "{}", copy.display());
        let report = verify(copy, &Outside::default()).unwrap();
        assert!(report.is_intact() && report.erased.len() == 1, "{report:?}");
        let newer = numbers(&home, newer);
        assert_eq!(halves_in(&FileStore::new(copy), vault_of(&home), &newer), halves(&home, &newer));
    }
    for (copy, old) in copies.iter().zip(&old_roots) {
        let left = with_roots(copy, old, (vault_of(&home), &of_goes));
        assert!(left.iter().all(Option::is_none), "a root file from before opens nothing that is there now");
    }
    // They are sealed in pages, so this looks for one that was written anywhere in the clear.
    for octets in [home.data(), near, far].iter().flat_map(|folder| files(folder)) {
        for half in secret.iter().flatten() {
            assert!(!octets.windows(half.len()).any(|window| window == half));
        }
    }
    let (_, told) = listed();
    assert!(!told.contains("not destroyed"), "{told}");
    let (holds, told) = said(&home.ringfence(&["verify", home.data().to_str().unwrap()]));
    assert!(holds, "{told}");
}
