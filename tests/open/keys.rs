//! `ringfence vault` as people use it: what is shown is typed back, and from then on opens recordings.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

use access::{ApprovalAnswer, Proposal, TwoPersonAct};
use frame::{PersonId, Stamp};
use ringfence::{
    daemon::{self, BoxBooks, Timestamps},
    data_dir::DataDir,
    journal::{Alarm, BoxEvent},
    recorder::{ChapterKeys, Copier, FileStore, Home, Leaves, has_backup, object_name, open_keyring},
};
use vault::{LEVELS, Leaf, ObjectReader, PAGE_OCTETS, PAGE_SECRETS, Page, PageNo, Secret, Seeded};

use crate::{
    command::audit_of,
    reader::PYTHON,
    rig::{CODE, PROGRAM, audited, call, data_dir, record_in, recording, wav},
};

/// A terminal at which somebody reads and types.
struct Terminal {
    child: Child,
    typed: ChildStdin,
    shown: BufReader<ChildStdout>,
}

impl Terminal {
    fn start(data: &Path, arguments: &[&str]) -> Terminal {
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en", "vault"]).args(arguments).arg("--data").arg(data);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (typed, shown) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Terminal { child, typed, shown }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.shown.read_line(&mut line).unwrap() > 0, "the program ended: {}", self.complaint());
        line.trim_end().to_owned()
    }

    fn until(&mut self, wanted: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(wanted) {
                return line;
            }
        }
    }

    fn types(&mut self, line: &str) {
        writeln!(self.typed, "{line}").unwrap();
    }

    /// Copies the passphrase that is shown, and types it back.
    fn copies_passphrase(&mut self, person: u32) -> String {
        self.until(&format!("of person {person}, shown this once"));
        self.line();
        let passphrase = self.line().trim().to_owned();
        self.until("Written down?");
        self.types("");
        self.until("Type it from your paper");
        self.types(&passphrase);
        passphrase
    }

    /// Copies the share that is shown.
    fn copies_share(&mut self, index: u8) -> Vec<String> {
        self.until(&format!("Share {index} of 3"));
        let rows = (0..12).map(|_| self.line().split_whitespace().last().unwrap().to_owned()).collect();
        self.until("Written down?");
        self.types("");
        rows
    }

    fn types_share(&mut self, index: u8, rows: &[String]) {
        for (number, row) in (1..).zip(rows) {
            self.until(&format!("Share {index}, row {number}:"));
            self.types(row);
        }
    }

    /// Types the sheet's fingerprint, as somebody reads it from paper.
    fn types_sheet(&mut self, fingerprint: &str) {
        self.until("fingerprint that stands on the recovery sheet");
        let groups: Vec<&str> = (0..16).map(|at| &fingerprint[at * 4..][..4]).collect();
        self.types(&groups.join(" ").to_uppercase());
    }

    fn ends(mut self) -> Output {
        drop(self.typed);
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.shown, &mut rest).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout = rest.into_bytes();
        output
    }

    fn complaint(&mut self) -> String {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut text);
        text
    }
}

struct Site {
    folder: tempfile::TempDir,
    passphrases: [String; 2],
    shares: [Vec<String>; 3],
    told: String,
}

impl Site {
    /// The event log hears something, and the leaf sequence with it.
    fn logs(&self, event: BoxEvent) {
        let data = DataDir::open(&self.data(), false, "another boot").unwrap();
        let (journal, thread) = daemon::start_log(&data).unwrap();
        journal.append(Stamp::default(), event);
        journal.stop();
        thread.join().unwrap();
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The fingerprint on the sheet.
    fn sheet(&self) -> String {
        fingerprint(&self.told)
    }

    /// Begins a change of keys by whoever has the sheet.
    fn begins(&self, arguments: &[&str]) -> Terminal {
        let mut terminal = Terminal::start(&self.data(), arguments);
        terminal.types_sheet(&self.sheet());
        terminal
    }

    /// What a change of keys is refused with.
    fn refused(&self, arguments: &[&str]) -> String {
        let refused = Terminal::start(&self.data(), arguments).ends();
        assert!(!refused.status.success());
        String::from_utf8_lossy(&refused.stderr).into_owned()
    }

    /// The security administrator asked for a change of keys, and the audit administrator granted it.
    fn is_granted(&self, object: &str) {
        let data = DataDir::open(&self.data(), false, &os::boot_id().unwrap()).unwrap();
        let (journal, thread) = daemon::start_log(&data).unwrap();
        let now = Timestamps::of(&data).now();
        let proposal = Proposal { act: TwoPersonAct::Keys, object: object.into(), reason: "12 left".into() };
        let asked = BoxEvent::ApprovalAsked { by: PersonId(3), proposal };
        let asked = journal.append_durable(now, asked).blocking_recv().unwrap().unwrap();
        let (answer, by) = (ApprovalAnswer::Granted, Some(PersonId(4)));
        journal.append(now, BoxEvent::ApprovalAnswered { asked, answer, by, reason: String::new() });
        journal.stop();
        thread.join().unwrap();
    }

    fn keyring(&self) -> PathBuf {
        self.data().join("vault/keyring")
    }

    /// Opens a recording; its WAV where it opens.
    fn open(&self, no: u32, passphrase: &str, more: &[&str]) -> Option<Vec<u8>> {
        let out = self.folder.path().join("out.wav");
        let _ = fs::remove_file(&out);
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en", "open", &format!("1-{no}"), "--reason", "audit", "--out"]).arg(&out).args(more);
        command.arg("--data").arg(self.data()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = command.spawn().unwrap();
        writeln!(running.stdin.take().unwrap(), "{passphrase}").unwrap();
        running.wait().unwrap().success().then(|| fs::read(&out).unwrap())
    }

    /// Opens a recording with two shares.
    fn open_with_shares(&self, no: u32, shares: [usize; 2]) -> Option<Vec<u8>> {
        let out = self.folder.path().join("out.wav");
        let _ = fs::remove_file(&out);
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en", "open", &format!("1-{no}"), "--reason", "audit", "--shares", "--out"]).arg(&out);
        command.arg("--data").arg(self.data()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = command.spawn().unwrap();
        let rows = shares.map(|share| self.shares[share].join("\n")).join("\n");
        writeln!(running.stdin.take().unwrap(), "{rows}").unwrap();
        running.wait().unwrap().success().then(|| fs::read(&out).unwrap())
    }

    /// What `verify` says where it is held to a fingerprint.
    fn verify(&self, key: &str) -> String {
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en", "verify", "--key", key]).arg(self.data().join("vault"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }
}

/// A whole ceremony of two people, with what they mistype.
fn ceremony() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(data_dir(&data));
    let mut terminal = Terminal::start(&data, &["ceremony", "--holder", "11", "--holder", "12"]);
    terminal.until("owner's password");
    terminal.types(CODE);
    // The first holder looks at the wrong paper once.
    terminal.until("of person 11, shown this once");
    terminal.until("Written down?");
    terminal.types("");
    terminal.until("Type it from your paper");
    terminal.types("some other seven words that are not");
    terminal.until("That is not what was shown");
    let passphrases = [terminal.copies_passphrase(11), terminal.copies_passphrase(12)];
    let shares = [1, 2, 3].map(|index| {
        let rows = terminal.copies_share(index);
        if index == 2 {
            terminal.until("Share 2, row 1:");
            terminal.types(&rows[1]);
            terminal.until("Row 1 is mistyped");
        }
        terminal.types_share(index, &rows);
        rows
    });
    let done = terminal.ends();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    Site { folder, passphrases, shares, told }
}

fn fingerprint(told: &str) -> String {
    let line = told.lines().find(|line| line.contains("recovery sheet:")).expect("the sheet's fingerprint");
    line.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn after_the_ceremony_each_holder_opens_and_the_owners_code_does_not() {
    let site = ceremony();
    assert!(
        site.told.contains("The birth key is destroyed") && site.told.contains("Person 12 can open"),
        "{}",
        site.told
    );
    let [first, second] = &site.passphrases;
    assert_eq!(first.split(' ').count(), 7);
    assert!(site.open(1, first, &["--as", "11"]) == Some(wav(1)));
    assert!(site.open(2, &second.to_uppercase(), &["--as", "12"]) == Some(wav(2)));
    assert!(site.open(2, second, &[]) == Some(wav(2)), "whosever it is");
    assert_eq!(site.open(1, second, &["--as", "11"]), None);
    assert_eq!(site.open(1, CODE, &[]), None);
    assert!(!site.data().join("vault/birth-key").exists());
    let audit = audit_of(&site.data()).join("\n");
    assert!(audit.contains("ceremony of : \nDone"), "{audit}");

    let sheet = fingerprint(&site.told);
    assert!(!site.verify(&sheet).contains("another fingerprint"));
    assert!(site.verify(&format!("{:0>64}", "1")).contains("another fingerprint"));
    assert!(site.verify(&sheet).contains(&sheet));
}

#[test]
fn a_removed_person_is_out_at_once_and_a_rotation_follows() {
    let site = ceremony();
    let [first, second] = &site.passphrases;
    let removed = site.begins(&["remove", "--holder", "12", "--reason", "left us"]).ends();
    assert!(removed.status.success(), "{}", String::from_utf8_lossy(&removed.stderr));
    assert!(String::from_utf8_lossy(&removed.stdout).contains("within 24 hours"));
    assert_eq!(site.open(1, second, &[]), None);
    let last = site.begins(&["remove", "--holder", "11", "--reason", "x"]).ends();
    assert!(String::from_utf8_lossy(&last.stderr).contains("the last one can't be removed"));
    let due = Terminal::start(&site.data(), &["keys"]).ends();
    assert!(String::from_utf8_lossy(&due.stdout).contains("Person 12 was removed"));

    let rotates = ["rotate", "--as", "11", "--holder", "13", "--reason", "12 left"];
    site.is_granted("holder 14");
    let alone = String::from_utf8_lossy(&site.begins(&rotates).ends().stderr).into_owned();
    assert!(alone.contains("takes two people") && alone.contains("“holder 13”, word for word"), "{alone}");
    assert_eq!(audit_of(&site.data()).last().map(String::as_str), Some("Failed"));
    site.is_granted("holder 13");
    let mut terminal = site.begins(&rotates);
    terminal.until("Person 11, type your passphrase");
    terminal.types(first);
    let third = terminal.copies_passphrase(13);
    let rotated = terminal.ends();
    let told = String::from_utf8_lossy(&rotated.stdout);
    assert!(rotated.status.success(), "{told}{}", String::from_utf8_lossy(&rotated.stderr));
    assert!(told.contains("epoch 2") && !told.contains("was removed"), "{told}");
    assert_eq!(fingerprint(&told), fingerprint(&site.told), "the sheet stays");
    let again = String::from_utf8_lossy(&site.begins(&rotates).ends().stderr).into_owned();
    assert!(again.contains("takes two people"), "a grant is for once: {again}");
    assert!(site.open(1, &third, &["--as", "13"]) == Some(wav(1)));
    assert!(site.open(2, first, &["--as", "11"]) == Some(wav(2)));
    assert_eq!(site.open(1, second, &[]), None);
}

/// A compartment takes a holder, and for each new member two people; its members open what is of it and nothing else.
#[test]
fn a_member_opens_what_is_of_the_compartment_until_the_rotation_that_follows_their_removal() {
    let site = ceremony();
    let [first, _] = &site.passphrases;
    let makes = ["compartment", "ward", "--as", "11", "--member", "31", "--reason", "complaints"];
    let alone = String::from_utf8_lossy(&site.begins(&makes).ends().stderr).into_owned();
    assert!(alone.contains("takes two people") && alone.contains("“compartment ward: member 31”"), "{alone}");
    site.is_granted("compartment ward: member 31");
    let mut terminal = site.begins(&makes);
    terminal.until("Person 11, type your passphrase");
    terminal.types(first);
    let member = terminal.copies_passphrase(31);
    let made = terminal.ends();
    let told = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(made.status.success(), "{told}{}", String::from_utf8_lossy(&made.stderr));
    assert!(
        told.contains("Compartment “ward”, key of epoch 1") && told.contains("Person 31 can open what is of"),
        "{told}"
    );
    assert_eq!(fingerprint(&told), fingerprint(&site.told), "the sheet stays");
    assert!(!site.verify(&site.sheet()).contains("keyring: "), "{}", site.verify(&site.sheet()));

    record_in(&site.data(), 3, "ward");
    assert!(site.open(3, &member, &["--as", "31"]) == Some(wav(3)));
    assert_eq!(site.open(3, &member, &[]), None, "a member says who they are");
    assert!(site.open(3, first, &["--as", "11"]) == Some(wav(3)), "a holder opens all");
    assert_eq!(site.open(1, &member, &["--as", "31"]), None, "it was recorded before");
    assert_eq!(site.open(3, &member, &["--as", "11"]), None);

    // Other words for a member ask nobody: no more people open it. Who opens all can't be a member as well.
    let mut terminal = site.begins(&makes);
    terminal.until("Person 11, type your passphrase");
    terminal.types(first);
    let other_words = terminal.copies_passphrase(31);
    assert!(terminal.ends().status.success());
    assert_eq!(site.open(3, &member, &["--as", "31"]), None);
    assert!(site.open(3, &other_words, &["--as", "31"]) == Some(wav(3)));
    site.is_granted("compartment ward: member 12");
    let mut terminal = site.begins(&["compartment", "ward", "--as", "11", "--member", "12", "--reason", "x"]);
    terminal.until("Person 11, type your passphrase");
    terminal.types(first);
    terminal.copies_passphrase(12);
    assert!(String::from_utf8_lossy(&terminal.ends().stderr).contains("a holder opens everything"));

    let removed = site.begins(&["remove", "--member", "31", "--reason", "left us"]).ends();
    assert!(removed.status.success(), "{}", String::from_utf8_lossy(&removed.stderr));
    assert_eq!(site.open(3, &other_words, &["--as", "31"]), None);
    let mut terminal = site.begins(&["rotate", "--as", "11", "--reason", "31 left"]);
    terminal.until("Person 11, type your passphrase");
    terminal.types(first);
    let rotated = terminal.ends();
    let told = String::from_utf8_lossy(&rotated.stdout).into_owned();
    assert!(told.contains("Compartment “ward”, key of epoch 3") && !told.contains("Person 31"), "{told}");
    record_in(&site.data(), 4, "ward");
    assert_eq!(site.open(4, &other_words, &["--as", "31"]), None);
    assert!(site.open(4, first, &[]) == Some(wav(4)) && site.open(3, first, &[]) == Some(wav(3)));
}

#[test]
fn two_shares_hand_the_vault_to_somebody_new_on_another_box() {
    let site = ceremony();
    let (keyring, backup) = (site.keyring(), site.folder.path().join("keyring.backup"));
    let write = || Terminal::start(&site.data(), &["backup", "--out", backup.to_str().unwrap()]).ends();
    assert!(write().status.success());
    assert!(String::from_utf8_lossy(&write().stderr).contains("not overwritten"));
    fs::copy(&backup, &keyring).unwrap();
    assert_eq!(site.open(1, &site.passphrases[0], &[]), None, "a backup has no slot");
    let mut terminal = site.begins(&["recover", "--holder", "21", "--reason", "both holders are gone"]);
    terminal.types_share(1, &site.shares[2]);
    terminal.types_share(2, &site.shares[0]);
    let heir = terminal.copies_passphrase(21);
    let done = terminal.ends();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(site.open(1, &heir, &[]) == Some(wav(1)));
    assert_eq!(site.open(1, &site.passphrases[0], &[]), None);

    let mut terminal = site.begins(&["recover", "--holder", "22", "--reason", "x"]);
    terminal.types_share(1, &site.shares[0]);
    terminal.types_share(2, &site.shares[0]);
    terminal.copies_passphrase(22);
    let refused = terminal.ends();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("do not make this vault's recovery key"));
}

/// The ceremony asks for a backup; a file that is there already is not overwritten, and the ceremony stands whatever becomes of it.
#[test]
fn the_ceremony_ends_with_a_backup_that_is_read_back_and_noted() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("keyring.backup"));
    drop(data_dir(&data));
    let mut terminal = Terminal::start(&data, &["ceremony", "--holder", "11"]);
    terminal.until("owner's password");
    terminal.types(CODE);
    terminal.copies_passphrase(11);
    for index in 1..=3 {
        let rows = terminal.copies_share(index);
        terminal.types_share(index, &rows);
    }
    terminal.until("Write a backup of the keyring now");
    assert!(!data.join("vault/backed-up").exists());
    terminal.types(backup.to_str().unwrap());
    let done = terminal.ends();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let written = vault::Keyring::parse(&fs::read(&backup).unwrap()).unwrap();
    assert_eq!(written.slots().count(), 0);
    let store = FileStore::new(&data.join("vault"));
    let keyring = open_keyring(&store).unwrap().unwrap();
    assert!(has_backup(&store, &keyring).unwrap());
    // A file that is there already stays as it is.
    fs::write(&backup, "somebody's letter").unwrap();
    let refused = Terminal::start(&data, &["backup", "--out", backup.to_str().unwrap()]).ends();
    assert!(!refused.status.success());
    assert_eq!(fs::read_to_string(&backup).unwrap(), "somebody's letter");
}

/// What a backup from before a rotation lacks is named, it takes a word more to go on, and what stood there is kept.
#[test]
fn an_older_backup_recovers_only_where_somebody_says_so_and_what_it_replaces_is_kept() {
    let site = ceremony();
    let backup = site.folder.path().join("keyring.backup");
    assert!(Terminal::start(&site.data(), &["backup", "--out", backup.to_str().unwrap()]).ends().status.success());
    let store = FileStore::new(&site.data().join("vault"));
    let is_backed_up = || has_backup(&store, &open_keyring(&store).unwrap().unwrap()).unwrap();
    assert!(is_backed_up());
    let mut terminal = site.begins(&["rotate", "--as", "11", "--reason", "x"]);
    terminal.until("Person 11, type your passphrase");
    terminal.types(&site.passphrases[0]);
    assert!(terminal.ends().status.success());
    assert!(!is_backed_up(), "keys that changed since have none");
    fs::copy(&backup, site.keyring()).unwrap();
    let recovers = ["recover", "--holder", "21", "--reason", "the newer one is lost"];
    let refused = site.refused(&recovers);
    assert!(refused.contains("lacks 1 epochs") && refused.contains("--older-backup"), "{refused}");
    let older = [&recovers[..], &["--older-backup"]].concat();
    let mut terminal = site.begins(&older);
    terminal.until("this backup lacks 1 epochs");
    terminal.types_share(1, &site.shares[0]);
    terminal.types_share(2, &site.shares[1]);
    terminal.copies_passphrase(21);
    let done = terminal.ends();
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{told}{}", String::from_utf8_lossy(&done.stderr));
    let kept = told.lines().find_map(|line| line.split("is kept as ").nth(1)).expect("what stood there is kept");
    let kept = site.data().join("vault").join(kept.split(' ').next().unwrap());
    assert_eq!(fs::read(kept).unwrap(), fs::read(&backup).unwrap());
}

/// A command that changes keys ends with a signed root over what it told.
#[test]
fn a_change_of_keys_is_under_a_signed_root_when_its_command_ends() {
    let site = ceremony();
    let leaves = site.data().join("vault/leaves");
    let hashes = fs::metadata(leaves.join("hashes")).unwrap().len() / 32;
    let notes = fs::read_to_string(leaves.join("checkpoints")).unwrap();
    let sizes: Vec<u64> = notes.split("\n\n").filter_map(|note| note.lines().nth(1)?.parse().ok()).collect();
    assert_eq!(sizes.last(), Some(&hashes), "{notes}");
}

#[test]
fn two_shares_open_a_recording_with_the_keyring_and_without_its_slots_and_one_share_does_not() {
    let site = ceremony();
    assert!(site.open_with_shares(1, [0, 2]) == Some(wav(1)));
    assert!(site.open_with_shares(2, [2, 1]) == Some(wav(2)));
    assert_eq!(site.open_with_shares(1, [1, 1]), None);
    let audit = audit_of(&site.data()).join("\n");
    assert!(audit.contains("1-1 of 1-1: audit\nDone"), "{audit}");
}

/// Whoever writes files while nobody looks changes no key, and is found before somebody else does.
#[test]
fn a_keyring_that_was_exchanged_is_told_and_no_key_changes_until_the_right_one_is_back() {
    let site = ceremony();
    let right = fs::read(site.keyring()).unwrap();
    assert!(site.begins(&["remove", "--holder", "12", "--reason", "left us"]).ends().status.success());
    let now = fs::read(site.keyring()).unwrap();
    fs::write(site.keyring(), &right).unwrap();
    assert!(site.open(1, &site.passphrases[1], &["--as", "12"]).is_some(), "why somebody would do it");
    let told = Terminal::start(&site.data(), &["keys"]).ends();
    assert!(String::from_utf8_lossy(&told.stdout).contains("Caution: the keyring has other slots than the log knows"));
    let acts: [&[&str]; 4] = [
        &["rotate", "--as", "11", "--reason", "x"],
        &["remove", "--holder", "12", "--reason", "x"],
        &["recover", "--holder", "21", "--reason", "x"],
        &["passphrase", "--as", "12"],
    ];
    for act in acts {
        assert!(site.refused(act).contains("No key was changed: the keyring has other slots"), "{act:?}");
    }
    assert!(site.refused(&["ceremony", "--holder", "99"]).contains("No key was changed"));
    assert_eq!(fs::read(site.keyring()).unwrap(), right);
    // A ceremony in secret, over a vault that had one.
    fs::remove_file(site.keyring()).unwrap();
    assert!(site.refused(&["ceremony", "--holder", "99"]).contains("its keyring is gone or damaged"));
    fs::write(site.keyring(), &now).unwrap();
    let mut terminal = site.begins(&["rotate", "--as", "11", "--reason", "12 left"]);
    terminal.until("Person 11, type your passphrase");
    terminal.types(&site.passphrases[0]);
    assert!(terminal.ends().status.success());
}

#[test]
fn no_key_changes_for_who_does_not_have_the_sheet_or_has_anothers() {
    let site = ceremony();
    let before = fs::read(site.keyring()).unwrap();
    let acts: [&[&str]; 4] = [
        &["rotate", "--as", "11", "--reason", "x"],
        &["remove", "--holder", "12", "--reason", "x"],
        &["recover", "--holder", "21", "--reason", "x"],
        &["passphrase", "--as", "12"],
    ];
    for act in acts {
        let mut terminal = Terminal::start(&site.data(), act);
        terminal.types_sheet(&ceremony_fingerprint_of_another());
        let refused = terminal.ends();
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is not this vault's fingerprint"), "{act:?}");
    }
    assert_eq!(fs::read(site.keyring()).unwrap(), before);
}

fn ceremony_fingerprint_of_another() -> String {
    "0123456789abcdef".repeat(4)
}

#[test]
fn no_key_changes_while_event_log_and_leaves_disagree_or_the_vault_was_set_back() {
    let site = ceremony();
    let before = fs::read(site.keyring()).unwrap();
    let rotates = || {
        let mut terminal = site.begins(&["rotate", "--as", "11", "--reason", "x"]);
        terminal.until("Person 11, type your passphrase");
        terminal.types(&site.passphrases[0]);
        let refused = terminal.ends();
        assert!(!refused.status.success());
        String::from_utf8_lossy(&refused.stderr).into_owned()
    };
    // A leaf under a signed root was changed; index and event log are as they were.
    site.logs(BoxEvent::Stopped);
    let home = Home::open(&FileStore::new(&site.data().join("vault"))).unwrap().unwrap();
    let records = site.data().join("vault/leaves/records");
    let whole = fs::read(&records).unwrap();
    let mut changed = whole.clone();
    let name = home.keyring().unwrap().name().whole;
    let placed = changed.windows(name.len()).rposition(|octets| octets == name).unwrap();
    changed[placed] ^= 1;
    fs::write(&records, &changed).unwrap();
    assert!(rotates().contains("event log and proof log say different things"));
    assert_eq!(fs::read(site.keyring()).unwrap(), before);
    assert_eq!(audit_of(&site.data()).last().map(String::as_str), Some("Failed"));

    let alarm = Alarm::SetBack { witness: "house log".into() };
    site.logs(BoxEvent::AlarmRaised { alarm });
    assert!(site.refused(&["rotate", "--as", "11", "--reason", "x"]).contains("the vault was set back"));
    assert_eq!(fs::read(site.keyring()).unwrap(), before);
}

#[test]
fn nothing_changes_where_the_box_runs_the_code_is_wrong_or_the_paper_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let runs = data_dir(&data);
    let complaint = |arguments: &[&str], lines: &[&str]| {
        let mut terminal = Terminal::start(&data, arguments);
        lines.iter().for_each(|line| terminal.types(line));
        let refused = terminal.ends();
        assert!(!refused.status.success());
        String::from_utf8_lossy(&refused.stderr).into_owned()
    };
    assert!(complaint(&["ceremony", "--holder", "11"], &[]).contains("stop it, and start it again"));
    drop(runs);
    let five_wrong = [CODE, "", "wrong", "", "wrong", "", "wrong", "", "wrong", "", "wrong"];
    assert!(complaint(&["ceremony", "--holder", "11"], &five_wrong).contains("destroy what was written down"));
    assert!(complaint(&["rotate", "--as", "11", "--reason", "x"], &["word"]).contains("no ceremony yet"));
    let mut terminal = Terminal::start(&data, &["ceremony", "--holder", "11"]);
    terminal.types("4711-0816");
    terminal.copies_passphrase(11);
    assert!(String::from_utf8_lossy(&terminal.ends().stderr).contains("passphrase does not open"));
    assert!(!data.join("vault/keyring").exists() && data.join("vault/birth-key").exists());
}

/// All that the key tables of a vault hold: the keys of their pages, and the halves of keys of recordings.
fn secrets_of(vault: &Path) -> (Vec<[u8; 32]>, Vec<[u8; 32]>) {
    let id = Home::open(&FileStore::new(vault)).unwrap().unwrap().vault();
    let (mut page_keys, mut halves) = (Vec::new(), Vec::new());
    for (table, name) in (0..).zip(["keys-a", "keys-b"]) {
        let read = |file: String| fs::read(vault.join(name).join(file)).unwrap();
        let roots = read("roots".to_owned());
        // FORMAT.md: magic, version, table and vault id come before the keys, and a CRC behind them.
        let (tops, _) = roots[27..roots.len() - 4].as_chunks::<32>();
        let mut pages: Vec<(PageNo, [u8; 32])> = (0..)
            .map(|number| PageNo { level: LEVELS - 1, number })
            .zip(tops.iter().copied())
            .filter(|(_, key)| *key != [0; 32])
            .collect();
        while let Some((no, key)) = pages.pop() {
            page_keys.push(key);
            let octets = read(format!("level-{}", no.level));
            let page = &octets[no.offset() as usize..][..PAGE_OCTETS];
            let page = Page::open(page, no, &id, table, &Secret::new(key)).unwrap();
            let secrets = (0..PAGE_SECRETS).map(|place| page.get(place).map(|secret| *secret.expose()));
            match no.level {
                0 => halves.extend(secrets.flatten()),
                _ => pages.extend(no.children().zip(secrets).filter_map(|(no, key)| Some((no, key?)))),
            }
        }
    }
    (page_keys, halves)
}

/// What opens nothing that was erased must not bring a half back: a backup is what people put into a safe for ten years.
#[test]
fn a_backup_holds_no_half_of_a_key_and_no_key_of_a_page_of_them() {
    let site = ceremony();
    record_in(&site.data(), 3, "none");
    let backup = site.folder.path().join("keyring.backup");
    assert!(Terminal::start(&site.data(), &["backup", "--out", backup.to_str().unwrap()]).ends().status.success());
    let (page_keys, halves) = secrets_of(&site.data().join("vault"));
    // Three recordings of two voices in two tables, each table with a page of each level.
    assert!(halves.len() >= 12 && page_keys.len() >= 6, "{} {}", halves.len(), page_keys.len());
    let has = |file: &[u8], secret: &[u8; 32]| {
        let hex = base16ct::lower::encode_string(secret);
        file.windows(32).any(|window| window == secret) || file.windows(64).any(|window| window == hex.as_bytes())
    };
    let written = fs::read(&backup).unwrap();
    assert!(!page_keys.iter().chain(&halves).any(|secret| has(&written, secret)));
    // The search finds what is there.
    let roots = fs::read(site.data().join("vault/keys-a/roots")).unwrap();
    assert!(page_keys.iter().any(|key| has(&roots, key)));
    // Nor would one that somebody made larger: what follows from a backup is the keyring without its slots, octet for octet.
    let keyring = vault::Keyring::parse(&fs::read(site.keyring()).unwrap()).unwrap();
    assert_eq!(written, keyring.without_slots().emit());
}

/// The log hears of both recordings, as the box tells it when they end.
fn finished(data: &Path) {
    let store = || Box::new(FileStore::new(&data.join("vault")));
    let home = Home::open(&*store()).unwrap().unwrap();
    let leaves = Leaves::open(store(), home.vault(), home.log_key(), Box::new(Seeded::new(5)));
    let mut leaves = leaves.unwrap().0;
    for no in 1..=2 {
        let octets = fs::read(data.join("vault").join(object_name(recording(no)))).unwrap();
        let mut reader = ObjectReader::new(&octets).unwrap();
        while reader.next_record().unwrap().is_some() {}
        let chunks = reader.chain().chunks;
        let trailer = reader.finish().unwrap();
        let (records, chain_head, commitments) = (trailer.records, trailer.chain_head, trailer.commitments);
        let (recording, call) = (recording(no), call(no));
        leaves.append(Leaf::Finished { recording, call, records, chunks, chain_head, commitments }).unwrap();
    }
    leaves.checkpoint(Stamp::default(), home.log_key()).unwrap();
}

/// A copy of what a data directory has, in a folder.
fn copy_of(data: &Path, copy: &Path) {
    fs::create_dir(copy).unwrap();
    let mut copier = Copier::new("copy\n/mnt\n".into(), Box::new(|| Box::new(Seeded::new(6))));
    let (mut vault, mut copy) = (FileStore::new(&data.join("vault")), FileStore::new(copy));
    while !copier.step(&mut vault, &mut copy).unwrap().is_level {}
    let home = Home::open(&vault).unwrap().unwrap();
    let keys = ChapterKeys::new(&home, &home.seal_for());
    let mut books = BoxBooks::new(&data.join("events"), data.join("settings"), &data.join("vault"));
    while !copier.write_chapters(&mut vault, &mut copy, (&mut books, &keys)).unwrap().is_level {}
}

/// What `open-log` says to somebody who types two shares.
fn open_log(site: &Site, shares: [usize; 2]) -> (bool, String) {
    let mut command = Command::new(PROGRAM);
    command.args(["--lang", "en", "vault", "open-log", "--shares", "--reason", "what was held", "--data"]);
    command.arg(site.data()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let rows = shares.map(|share| site.shares[share].join("\n")).join("\n");
    // Who is refused before does not read it.
    let _ = writeln!(running.stdin.take().unwrap(), "{rows}");
    let output = running.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), told.into_owned())
}

/// What the chapters say to a reader that was written from FORMAT.md alone.
fn read_by_format(vault: &Path, shares: [String; 2]) -> Vec<u8> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/chapter_reader.py");
    let mut command = Command::new(PYTHON);
    command.arg("-B").arg(script).arg(vault).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    writeln!(running.stdin.take().unwrap(), "{}", shares.join("\n")).unwrap();
    let done = running.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// Of the box that burned the audit's text is there, apart from the log of the archive; leaves without an event are named.
fn the_old_log_is_opened(site: &Site, acts: &[String]) {
    let (data, old) = (site.data(), site.data().join("old-box"));
    let own = || {
        let text = fs::read_dir(data.join("events")).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
        String::from_utf8_lossy(&text.collect::<Vec<_>>().concat()).matches("audit_intent").count()
    };
    let before = own();
    let (went, told) = open_log(site, [0, 2]);
    // The log was told of them by hand, and no event was there.
    assert!(!went && told.contains("leaves so many have no event in this log"), "{told}");
    assert!(told.contains("2: recording 1-1, recording 1-2"), "{told}");
    assert!(!told.contains("lack within") && !told.contains("was not opened"), "{told}");
    let read: Vec<String> = audited(&old.join("index.db"));
    assert_eq!(read, acts, "who did what, and why");
    assert!(fs::read_to_string(old.join("settings/000001.toml")).unwrap().contains("of the box that burned"));
    assert_eq!(own(), before + 1, "the archive's log has this act, and none of the old box's");
    let records = |file: PathBuf| fs::read(file).unwrap().split_off(24);
    let mut files: Vec<PathBuf> = fs::read_dir(old.join("events")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let by_format = read_by_format(&data.join("vault"), [0, 2].map(|share: usize| site.shares[share].join(" ")));
    assert!(by_format == files.into_iter().flat_map(records).collect::<Vec<_>>(), "as FORMAT.md has it");
    let (went, told) = open_log(site, [0, 2]);
    assert!(!went && told.contains("old-box exists and is not overwritten"), "{told}");
}

fn restore(copy: &Path, data: &Path, more: &[&str]) -> (bool, String) {
    let mut command = Command::new(PROGRAM);
    command.args(["--lang", "en", "vault", "restore", "--reason", "the box burned", "--from"]).arg(copy);
    let output = command.arg("--data").arg(data).args(more).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), told.into_owned())
}

#[test]
fn a_box_that_burned_is_brought_back_from_its_copy_and_two_shares_open_it() {
    let site = ceremony();
    let (data, copy) = (site.data(), site.folder.path().join("ringfence-copy"));
    finished(&data);
    fs::create_dir_all(data.join("settings")).unwrap();
    fs::write(data.join("settings/000001.toml"), "# of the box that burned\n").unwrap();
    let acts = audit_of(&data);
    copy_of(&data, &copy);
    let (went, told) = open_log(&site, [0, 2]);
    assert!(!went && told.contains("No vault that was brought back"), "{told}");
    let (went, told) = restore(&copy, &data, &[]);
    assert!(!went && told.contains("nothing is ever brought back over"), "its own box is there: {told}");
    fs::remove_dir_all(&data).unwrap();

    let (went, told) = restore(&copy, &data, &["--key", &"7".repeat(64)]);
    assert!(!went && told.contains("is not a copy of this vault"), "{told}");
    assert!(!data.exists(), "nothing was written");
    let sheet = site.sheet();
    let key = ["--key", sheet.as_str()];
    // The power goes in the middle.
    let from = copy.to_str().unwrap();
    let mut killed = Terminal::start(&data, &["restore", "--reason", "the box burned", "--from", from]);
    killed.until("Bringing the vault");
    killed.child.kill().unwrap();
    killed.ends();
    let (went, told) = restore(&copy, &data, &key);
    assert!(went && told.contains("Two shares of the recovery key open"), "{told}");
    assert!(told.contains("2 recordings"), "{told}");
    assert!(site.open_with_shares(1, [0, 2]) == Some(wav(1)) && site.open_with_shares(2, [1, 2]) == Some(wav(2)));
    assert_eq!(site.open(1, &site.passphrases[0], &[]), None, "nobody's slot is in a copy");
    let (went, told) = restore(&copy, &data, &key);
    assert!(went && told.contains("0 recordings fetched, 2 were here"), "{told}");
    let audit = audit_of(&data);
    let restored = |at: &usize| audit[*at].contains(&format!("from {}", copy.display()));
    let last = (0..audit.len()).rfind(restored).unwrap();
    assert!(audit[last].contains("the box burned") && audit[last + 1] == "Done", "{audit:?}");
    let intents = audit.iter().filter(|told| told.contains(" of ")).count();
    assert_eq!(audit.len(), 2 * intents, "each has its outcome, also the one that was killed: {audit:?}");
    the_old_log_is_opened(&site, &acts);

    let refused = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        let output = command.args(["--lang", "en"]).args(arguments).arg("--data").arg(&data).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let board = Path::new(env!("CARGO_MANIFEST_DIR")).join("board/demo.toml");
    let run = ["run", "--board", board.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    for arguments in [&run[..], &["vault", "keys"], &["vault", "rotate", "--as", "11", "--reason", "x"]] {
        let told = refused(arguments);
        assert!(told.contains("This vault was brought back from a copy"), "{arguments:?}: {told}");
    }

    // Of another copy an object is gone.
    fs::remove_file(copy.join(object_name(recording(2)))).unwrap();
    let (went, told) = restore(&copy, &site.folder.path().join("lacking"), &key);
    assert!(!went && told.contains("1-2") && told.contains("1 findings"), "{told}");
}
