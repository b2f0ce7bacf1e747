//! An export from end to end: two people, the opener's own process, a package, and a stranger who opens it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use access::{ApprovalAnswer, NotRedeemed, Proposal, TwoPersonAct};
use frame::{EventNo, PersonId, RecordingId, Stamp, Utc};
use ringfence::{
    daemon::{self, Timestamps, export_desk},
    data_dir::DataDir,
    handles::{
        ApprovalsRefusal, ApprovalsReply, ApprovalsRequest, ExportHandle, ExportRefusal, ExportReply, ExportRequest,
        MakeExport, Passphrase, VaultRefusal, handle,
    },
    journal::{BoxEvent, IndexReader, JournalHandle, StampClock},
    opener::Program,
    recorder::{
        FileStore, Home, Leaves, Outside, PACKAGE_READER, PackageOf, object_name, range_of, verify, write_package,
    },
};
use vault::{
    AgeRecipient, ExportedKeys, KeyNo, Leaf, OBJECT_TRAILER_OCTETS, ObjectReader, ObjectTrailer, Seeded, Stretch,
    Tombstone, age_seal, export_object, note_in_a_line,
};

use crate::{
    reader,
    rig::{self, CODE, PROGRAM, audited, recording, said},
};

const ASKS: PersonId = PersonId(4);
const GRANTS: PersonId = PersonId(5);
const HOLDS: PersonId = PersonId(6);

/// A data directory whose log has its recordings under a signed root, and a desk.
struct Desk {
    export: ExportHandle,
    journal: JournalHandle,
    clock: StampClock,
    /// Under which number a grant is there to be taken.
    granted: Arc<Mutex<Option<EventNo>>>,
    folder: tempfile::TempDir,
    thread: Option<std::thread::JoinHandle<()>>,
    data: DataDir,
}

impl Desk {
    fn start() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let data = rig::data_dir(&folder.path().join("data"));
        fs::create_dir(data.exports()).unwrap();
        fs::write(data.exports().join("ringfence-export-1.tar.part"), "of a life before").unwrap();
        sign(&data.vault());
        let (journal, thread) = daemon::start_log(&data).unwrap();
        let clock = Timestamps::of(&data).clock();
        let granted = Arc::default();
        let export = serve(&data, &journal, &clock, &granted);
        Desk { export, journal, clock, granted, folder, thread: Some(thread), data }
    }

    /// The desk as the next life has it.
    fn start_again(&mut self) {
        self.export = serve(&self.data, &self.journal, &self.clock, &self.granted);
    }

    /// Two people agree.
    async fn agree(&self, object: String) {
        let proposal = Proposal { act: TwoPersonAct::Export, object, reason: "a court".into() };
        let asked = self.tell(BoxEvent::ApprovalAsked { by: ASKS, proposal }).await;
        let answer = ApprovalAnswer::Granted;
        self.tell(BoxEvent::ApprovalAnswered { asked, answer, by: Some(GRANTS), reason: String::new() }).await;
        *self.granted.lock().unwrap() = Some(asked);
    }

    async fn tell(&self, event: BoxEvent) -> EventNo {
        self.journal.append_durable((self.clock)(), event).await.unwrap().unwrap()
    }

    async fn make(&self, recordings: &[RecordingId], recipient: &str, passphrase: &str) -> ExportReply {
        let make = MakeExport {
            recordings: recordings.to_vec(),
            recipient: recipient.to_owned(),
            by: HOLDS,
            passphrase: Passphrase(passphrase.to_owned()),
            reason: "told to".into(),
            readme: "read me".into(),
        };
        self.export.ask_to_make(ExportRequest::Make(make)).await.unwrap()
    }

    /// The package as the page takes it.
    async fn take(&self, no: EventNo) -> PathBuf {
        let mut octets = Vec::new();
        loop {
            let request = ExportRequest::Read { no, by: HOLDS, offset: octets.len() as u64, octets_max: 50_000 };
            match self.export.ask_to_make(request).await.unwrap() {
                ExportReply::Piece(piece) if piece.is_empty() => break,
                ExportReply::Piece(piece) => octets.extend(piece),
                other => panic!("{other:?}"),
            }
        }
        let path = self.folder.path().join("taken.tar");
        fs::write(&path, octets).unwrap();
        path
    }
}

/// Starts a desk; a grant is taken once.
fn serve(
    data: &DataDir,
    journal: &JournalHandle,
    clock: &StampClock,
    granted: &Arc<Mutex<Option<EventNo>>>,
) -> ExportHandle {
    let (export, requests) = handle();
    let (approvals, mut asked) = handle::<ApprovalsRequest, ApprovalsReply>();
    let grant = Arc::clone(granted);
    tokio::spawn(async move {
        while let Some(asked) = asked.recv().await {
            let reply = match grant.lock().unwrap().take() {
                Some(no) => ApprovalsReply::Redeemed { no, asked: ASKS, granted: GRANTS },
                None => ApprovalsReply::Refused(ApprovalsRefusal::NotRedeemed(NotRedeemed::NotGranted)),
            };
            let _ = asked.reply.send(reply);
        }
    });
    let (_, settings) = tokio::sync::watch::channel(Arc::new(settings::Settings::default()));
    let parts = export_desk::ExportParts {
        settings,
        vault: data.vault(),
        exports: data.exports(),
        index: data.index(),
        journal: journal.clone(),
        clock: Arc::clone(clock),
        program: Program { path: PROGRAM.into(), idle: Duration::from_secs(60) },
        approvals,
    };
    tokio::spawn(export_desk::serve(parts, requests));
    export
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.journal.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Leaves for both recordings, under a signed root.
fn sign(vault: &Path) {
    let store = || Box::new(FileStore::new(vault));
    let home = Home::open(&*store()).unwrap().unwrap();
    let (mut leaves, _) = Leaves::open(store(), home.vault(), home.log_key(), Box::new(Seeded::new(9))).unwrap();
    for no in 1..=2 {
        let octets = fs::read(vault.join(object_name(recording(no)))).unwrap();
        let mut reader = ObjectReader::new(&octets).unwrap();
        while reader.next_record().unwrap().is_some() {}
        let (records, chunks) = (reader.chain().next_number, reader.chain().chunks);
        let trailer = reader.finish().unwrap();
        let leaf = Leaf::Finished {
            recording: recording(no),
            call: rig::call(no),
            records,
            chunks,
            chain_head: trailer.chain_head,
            commitments: trailer.commitments,
        };
        leaves.append(leaf).unwrap();
    }
    leaves.checkpoint(Stamp::default(), home.log_key()).unwrap();
}

/// Leaves the tombstone of the minute of a key of the first recording, under a signed root.
fn bury(vault: &Path, gone: KeyNo) {
    let store = || Box::new(FileStore::new(vault));
    let home = Home::open(&*store()).unwrap().unwrap();
    let object = vault.join(object_name(recording(1)));
    let mut octets = &fs::read(&object).unwrap()[..];
    let trailer = octets.split_off(octets.len() - OBJECT_TRAILER_OCTETS..).unwrap();
    let chain_head = ObjectTrailer::parse(trailer).unwrap().chain_head;
    let mut range = range_of(&*store(), recording(1), Stretch { from_s: 0, to_s: 1 }, &chain_head).unwrap();
    range.minutes.retain(|minute| minute.key == gone);
    assert_eq!(range.minutes.len(), 1);
    let at = Stamp { utc: Utc::from_us(1_700_000_000_000_000), ..Stamp::default() };
    let stone = Tombstone {
        vault: home.vault(),
        recording: recording(1),
        call: rig::call(1),
        chain_head,
        list: EventNo(77),
        asked: ASKS,
        granted: GRANTS,
        rule: "a card's number".into(),
        range: Some(range),
        packages: Vec::new(),
        confirmed: [Some(at); 2],
    };
    let document = stone.emit();
    fs::write(object.with_extension("77.tombstone"), &document).unwrap();
    let (mut leaves, _) = Leaves::open(store(), home.vault(), home.log_key(), Box::new(Seeded::new(10))).unwrap();
    let document = vault::sha256(document.as_bytes());
    leaves.append(Leaf::RangeTombstone { recording: recording(1), list: EventNo(77), document }).unwrap();
    leaves.checkpoint(at, home.log_key()).unwrap();
}

/// What the stranger's reader says of a package.
fn read(package: &Path, more: &[&str]) -> reader::Said {
    reader::run(&[&["package", package.to_str().unwrap()], more].concat(), "")
}

/// A key pair of the program `age`: the file with the private half, and the recipient.
fn age_keys(folder: &Path) -> (PathBuf, String) {
    let file = folder.join("recipient.key");
    let made = Command::new("age-keygen").arg("-o").arg(&file).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let text = fs::read_to_string(&file).unwrap();
    let recipient = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    (file.clone(), recipient.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_agree_a_holder_makes_it_and_a_stranger_rebuilds_every_octet() {
    let desk = Desk::start();
    let (identity, recipient) = age_keys(desk.folder.path());
    let both = [recording(1), recording(2)];
    desk.agree(export_object(&both, &recipient.parse().unwrap())).await;
    let ExportReply::Made(no) = desk.make(&both, &recipient, CODE).await else { panic!("not made") };
    let package = desk.take(no).await;
    let report = verify(&package, &Outside::default()).unwrap();
    assert!(report.is_intact() && report.objects == 2, "{:?}", report.findings);
    // The program that everybody has opens the keys, and only its owner's.
    let listed = Command::new("tar").arg("-xOf").arg(&package).arg("keys.age").output().unwrap();
    let list = Command::new("tar").arg("-xOf").arg(&package).arg("package").output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.contains("\nreason a court\n"), "what was granted, not what the maker gives: {list}");
    let sealed = desk.folder.path().join("keys.age");
    fs::write(&sealed, listed.stdout).unwrap();
    let opened = Command::new("age").arg("-d").arg("-i").arg(&identity).arg(&sealed).output().unwrap();
    assert!(opened.stdout.starts_with(b"RFEXPKEY"), "{opened:?}");
    let out = desk.folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let (key, folder) = (identity.to_str().unwrap(), out.to_str().unwrap());
    let said_of = read(&package, &["--identity", key, "--out", folder]);
    assert!(said_of.is_intact, "{}", said_of.text);
    for no in 1..=2 {
        for (track, timeslot) in [(1, 2), (2, 3)] {
            let octets = fs::read(out.join(format!("{}-part1-track{track}.law", recording(no)))).unwrap();
            assert!(octets == said(no, timeslot), "recording {no} track {track}");
        }
    }
    assert!(out.join("1-1-part1-track1.convenience.wav").exists());
    let audit = audited(&desk.data.index());
    let made =
        audit.iter().position(|entry| entry.contains("2 recordings 1-1 1-2") && entry.ends_with("told to")).unwrap();
    assert_eq!(audit[made + 1], "Done", "{audit:#?}");
    assert!(audit.iter().any(|entry| entry.contains("ringfence-export-")), "who took it: {audit:#?}");
    let index = IndexReader::open(&desk.data.index()).unwrap();
    assert_eq!(index.exports_of(recording(2)).unwrap().len(), 1, "an erase can name it");
    assert_eq!(index.exports_of(recording(3)).unwrap().len(), 0);
    let again = desk.make(&both, &recipient, CODE).await;
    assert_eq!(again, ExportReply::Refused(ExportRefusal::NotGranted), "a grant is taken once");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_without_a_grant_for_exactly_this_and_a_wrong_passphrase_spends_none() {
    let desk = Desk::start();
    let (_, recipient) = age_keys(desk.folder.path());
    let refused = |why| ExportReply::Refused(why);
    assert_eq!(desk.make(&[recording(1)], &recipient, CODE).await, refused(ExportRefusal::NotGranted));
    desk.agree(export_object(&[recording(1)], &recipient.parse().unwrap())).await;
    assert_eq!(desk.make(&[recording(2)], &recipient, CODE).await, refused(ExportRefusal::NotGranted));
    let both = [recording(1), recording(2)];
    assert_eq!(desk.make(&both, &recipient, CODE).await, refused(ExportRefusal::NotGranted));
    assert_eq!(desk.make(&[], &recipient, CODE).await, refused(ExportRefusal::Count));
    let typo = recipient.replace("age1", "age1q");
    assert_eq!(desk.make(&[recording(1)], &typo, CODE).await, refused(ExportRefusal::Recipient));
    let wrong = desk.make(&[recording(1)], &recipient, "guess").await;
    assert_eq!(wrong, refused(ExportRefusal::Vault(VaultRefusal::WrongPassphrase)));
    assert_eq!(fs::read_dir(desk.data.exports()).unwrap().count(), 0, "nothing was written, and nothing half is left");
    assert!(matches!(desk.make(&[recording(1)], &recipient, CODE).await, ExportReply::Made(_)), "the grant is there");
}

/// A vault's file of checkpoints; its newest note alone; a witness's folder and a log server, with a line a root.
fn as_witnesses_keep_them(notes: &str) -> [String; 4] {
    let blocks: Vec<&str> = notes.split("\n\n").collect();
    let newest = blocks.windows(2).rfind(|pair| pair[1].starts_with('\u{2014}')).unwrap();
    let note = format!("{}\n\n{}\n", newest[0], newest[1]);
    let line = note_in_a_line(&note);
    [
        notes.to_owned(),
        note,
        format!("{line}\n"),
        format!("<109>1 somebody else\n<109>1 box ringfence 7 root - {line}\n"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_written_spends_no_grant() {
    let desk = Desk::start();
    let (_, recipient) = age_keys(desk.folder.path());
    desk.agree(export_object(&[recording(1)], &recipient.parse().unwrap())).await;
    // A root that nobody signed: the keys are there, and the proofs are not.
    let checkpoints = desk.data.vault().join("leaves/checkpoints");
    let signed = fs::read(&checkpoints).unwrap();
    fs::write(&checkpoints, b"").unwrap();
    let refused = desk.make(&[recording(1)], &recipient, CODE).await;
    assert_eq!(refused, ExportReply::Refused(ExportRefusal::NotSigned));
    assert_eq!(fs::read_dir(desk.data.exports()).unwrap().count(), 0, "nothing half is left");
    fs::write(&checkpoints, signed).unwrap();
    assert!(matches!(desk.make(&[recording(1)], &recipient, CODE).await, ExportReply::Made(_)), "the grant is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_was_registered_gets_its_name_at_the_next_start_and_no_other() {
    let mut desk = Desk::start();
    let (_, recipient) = age_keys(desk.folder.path());
    desk.agree(export_object(&[recording(1)], &recipient.parse().unwrap())).await;
    let ExportReply::Made(no) = desk.make(&[recording(1)], &recipient, CODE).await else { panic!("not made") };
    let named = fs::read_dir(desk.data.exports()).unwrap().next().unwrap().unwrap().path();
    let part = named.with_extension("tar.part");
    // The power failed before the name was there.
    fs::rename(&named, &part).unwrap();
    fs::write(desk.data.exports().join("ringfence-export-2.tar.part"), "never registered").unwrap();
    desk.start_again();
    let package = desk.take(no).await;
    assert!(read(&package, &[]).is_intact);
    assert_eq!(fs::read_dir(desk.data.exports()).unwrap().count(), 1);
    // Other octets than those that were registered are no package.
    fs::rename(&named, &part).unwrap();
    fs::write(&part, "other octets").unwrap();
    desk.start_again();
    let request = ExportRequest::Read { no, by: HOLDS, offset: 0, octets_max: 9 };
    let reply = desk.export.ask_to_make(request).await.unwrap();
    assert_eq!(reply, ExportReply::Refused(ExportRefusal::Disk));
    assert_eq!(fs::read_dir(desk.data.exports()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_erased_before_is_silence_and_the_rest_is_heard() {
    let desk = Desk::start();
    let (identity, recipient) = age_keys(desk.folder.path());
    let both = [recording(1), recording(2)];
    desk.agree(export_object(&both, &recipient.parse().unwrap())).await;
    let ExportReply::Made(no) = desk.make(&both, &recipient, CODE).await else { panic!("not made") };
    let package = desk.take(no).await;
    let sealed = desk.folder.path().join("keys.age");
    let listed = Command::new("tar").arg("-xOf").arg(&package).arg("keys.age").output().unwrap();
    fs::write(&sealed, listed.stdout).unwrap();
    let opened = Command::new("age").arg("-d").arg("-i").arg(&identity).arg(&sealed).output().unwrap();
    let mut keys = ExportedKeys::parse(&opened.stdout).unwrap();
    let whole = keys.clone();
    let gone = keys.keys.remove(0).key_no;
    let recipient: AgeRecipient = recipient.parse().unwrap();
    let store = FileStore::new(&desk.data.vault());
    let home = Home::open(&store).unwrap().unwrap();
    let write = |keys: &ExportedKeys| {
        let of = PackageOf {
            recordings: &both,
            recipient,
            reason: "a court",
            custody: Vec::new(),
            keys: &age_seal(&keys.emit(), &recipient, &mut Seeded::new(3)).unwrap(),
            readme: "read me",
            reader: PACKAGE_READER,
        };
        let mut octets = Vec::new();
        write_package(&store, home.log_key(), &of, &mut octets).unwrap();
        fs::write(&package, octets).unwrap();
    };
    let out = desk.folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let with = ["--identity", identity.to_str().unwrap(), "--out", out.to_str().unwrap()];
    write(&keys);
    let said_of = read(&package, &with);
    let silent = "were erased before the export, and no tombstone in the package says why";
    assert!(said_of.is_intact && said_of.text.contains(silent), "{}", said_of.text);
    bury(&desk.data.vault(), gone);
    write(&keys);
    let said_of = read(&package, &with);
    assert!(said_of.is_intact, "{}", said_of.text);
    let why = "by list 77, asked 4, granted 5, confirmed 2023-11-14 22:13:20 UTC and 2023-11-14 22:13:20 UTC: a card's number";
    for text in ["were erased before the export, as a tombstone in the package says", why] {
        assert!(said_of.text.contains(text), "{text}: {}", said_of.text);
    }
    let ours = Command::new(PROGRAM).arg("verify").arg(&package).env("LANG", "C").output().unwrap();
    let text = String::from_utf8_lossy(&ours.stdout);
    assert!(ours.status.success() && text.contains("a card's number"), "{text}");
    write(&whole);
    let back = read(&package, &with);
    assert!(!back.is_intact && back.text.contains("a tombstone says that it is destroyed"), "{}", back.text);
    write(&keys);
    let (mut whole, mut silent) = (0, 0);
    for no in 1..=2 {
        for (track, timeslot) in [(1, 2), (2, 3)] {
            let octets = fs::read(out.join(format!("{}-part1-track{track}.law", recording(no)))).unwrap();
            assert_eq!(octets.len(), said(no, timeslot).len(), "silence is as long as what was said");
            *if octets == said(no, timeslot) { &mut whole } else { &mut silent } += 1;
        }
    }
    assert_eq!((whole, silent), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_and_we_find_the_same_octets_changed() {
    let desk = Desk::start();
    let (_, recipient) = age_keys(desk.folder.path());
    desk.agree(export_object(&[recording(1)], &recipient.parse().unwrap())).await;
    let ExportReply::Made(no) = desk.make(&[recording(1)], &recipient, CODE).await else { panic!("not made") };
    let package = desk.take(no).await;
    let whole = fs::read(&package).unwrap();
    let said_of = read(&package, &[]);
    assert!(said_of.is_intact, "{}", said_of.text);
    let root = desk.data.vault().join("leaves/checkpoints");
    for kept in as_witnesses_keep_them(&fs::read_to_string(&root).unwrap()) {
        fs::write(&root, &kept).unwrap();
        let held = read(&package, &["--root", root.to_str().unwrap()]);
        assert!(held.is_intact && held.text.contains("held to a root from outside"), "{kept}: {}", held.text);
    }
    fs::write(&root, "nothing").unwrap();
    let held = read(&package, &["--root", root.to_str().unwrap()]);
    assert!(!held.is_intact && !held.text.contains("held to"), "{}", held.text);
    // One octet of each member's head, content and padding, and of the end.
    for at in (5..whole.len()).step_by(whole.len() / 40) {
        let mut changed = whole.clone();
        changed[at] ^= 4;
        fs::write(&package, changed).unwrap();
        let ours = verify(&package, &Outside::default()).is_ok_and(|report| report.is_intact());
        let theirs = read(&package, &[]);
        assert!(!ours && !theirs.is_intact, "octet {at}: {ours} {}", theirs.text);
    }
}
