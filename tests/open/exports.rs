//! An export from end to end: two people, the opener's own process, a package, and a stranger who opens it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use access::{ApprovalAnswer, NotRedeemed, Proposal, TwoPersonAct};
use frame::{EventNo, PersonId, RecordingId, Stamp};
use ringfence::{
    daemon::{self, Timestamps, export_desk},
    handles::{
        ApprovalsRefusal, ApprovalsReply, ApprovalsRequest, ExportHandle, ExportRefusal, ExportReply, ExportRequest,
        MakeExport, Passphrase, VaultRefusal, handle,
    },
    journal::{BoxEvent, IndexReader, JournalHandle, StampClock},
    opener::Program,
    recorder::{FileStore, Home, Leaves, Outside, object_name, verify},
};
use vault::{Leaf, ObjectReader, Seeded, export_object};

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
    /// Whether a grant is there to be taken.
    granted: Arc<AtomicBool>,
    folder: tempfile::TempDir,
    thread: Option<std::thread::JoinHandle<()>>,
    data: ringfence::data_dir::DataDir,
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
        let (export, requests) = handle();
        let (approvals, mut asked) = handle::<ApprovalsRequest, ApprovalsReply>();
        let granted = Arc::new(AtomicBool::new(false));
        let grant = Arc::clone(&granted);
        tokio::spawn(async move {
            while let Some(asked) = asked.recv().await {
                let reply = match grant.swap(false, Ordering::Relaxed) {
                    true => ApprovalsReply::Redeemed { no: EventNo(1), asked: ASKS, granted: GRANTS },
                    false => ApprovalsReply::Refused(ApprovalsRefusal::NotRedeemed(NotRedeemed::NotGranted)),
                };
                let _ = asked.reply.send(reply);
            }
        });
        let parts = export_desk::ExportParts {
            vault: data.vault(),
            exports: data.exports(),
            index: data.index(),
            journal: journal.clone(),
            clock: Arc::clone(&clock),
            program: Program { path: PROGRAM.into(), idle: Duration::from_secs(60) },
            approvals,
        };
        tokio::spawn(export_desk::serve(parts, requests));
        Desk { export, journal, clock, granted, folder, thread: Some(thread), data }
    }

    /// Two people agree.
    async fn agree(&self, object: String) {
        let proposal = Proposal { act: TwoPersonAct::Export, object, reason: "a court".into() };
        let asked = self.tell(BoxEvent::ApprovalAsked { by: ASKS, proposal }).await;
        let answer = ApprovalAnswer::Granted;
        self.tell(BoxEvent::ApprovalAnswered { asked, answer, by: Some(GRANTS), reason: String::new() }).await;
        self.granted.store(true, Ordering::Relaxed);
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
            reason: "a court".into(),
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
    let made = audit.iter().position(|entry| entry.contains("2 recordings") && entry.ends_with("a court")).unwrap();
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
    let held = read(&package, &["--root", root.to_str().unwrap()]);
    assert!(held.is_intact && held.text.contains("held to a root from outside"), "{}", held.text);
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
