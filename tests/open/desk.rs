//! The vault desk with openers that are processes of their own.

use std::{
    fs,
    time::{Duration, Instant},
};

use call::{CallClass, CallEvent, Direction, Side};
use frame::{EventNo, LegId, LifeNo, PersonId, Stamp};
use isdn::Cause;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use ringfence::{
    handles::{Apart, Kept, Passphrase, VaultRefusal, VaultReply, VaultRequest},
    journal::{Alarm, BoxEvent, Event},
    opener::Program,
    recorder::{Ceremony, FileStore, Making, NewHolder, open_birth_key},
};
use vault::{Cost, ObjectReader, ObjectTrailer, Seeded};

use crate::rig::{CODE, GRANTED, PASSPHRASE, PROGRAM, Rig, call, record_for_nobody, recording, wav};

fn refused(why: VaultRefusal) -> VaultReply {
    VaultReply::Refused(why)
}

/// The opener that runs with this idle time: each test that looks for its process has one of its own.
fn opener(idle: Duration) -> Option<i32> {
    let idle = format!("--serve\0{}\0", idle.as_millis());
    let is_it = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.ends_with(&idle));
    let mut all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    all.find(is_it)
}

async fn gone(idle: Duration) {
    for _ in 0..200 {
        if opener(idle).is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the opener still runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_opened_with_its_reason_read_in_pieces_and_sealed() {
    let rig = Rig::start();
    let opened = rig.opened(1, 7).await;
    let whole = wav(1);
    assert_eq!(opened.file_octets, whole.len() as u64);
    let mut read = Vec::new();
    loop {
        match rig.read(&opened, 7, read.len() as u64, 1000).await {
            VaultReply::Piece(piece) if piece.is_empty() => break,
            VaultReply::Piece(piece) => read.extend(piece),
            other => panic!("{other:?}"),
        }
    }
    assert!(read == whole, "both voices, sample for sample");
    let waveform = rig.ask(VaultRequest::Waveform { opening: opened.opening, person: PersonId(7), columns: 40 }).await;
    let VaultReply::Waveform(waveform) = waveform else { panic!("{waveform:?}") };
    assert!(waveform.caller.len() == 40 && waveform.called.iter().all(|level| *level > 0));
    assert_eq!(rig.ask(VaultRequest::Seal { person: PersonId(7) }).await, VaultReply::Sealed);
    assert_eq!(rig.read(&opened, 7, 0, 10).await, refused(VaultRefusal::NotOpen));
    assert_eq!(rig.audited().await, ["Person(PersonId(7)) 1-1 of 1-1: complaint 7", "Done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_opens_nothing_and_the_audit_says_so() {
    let rig = Rig::start();
    assert_eq!(rig.open(1, 7, "guess").await, refused(VaultRefusal::WrongPassphrase));
    assert_eq!(rig.open(9, 7, CODE).await, refused(VaultRefusal::NotFinished));
    let audited = rig.audited().await;
    assert_eq!(audited.iter().filter(|entry| *entry == "Failed").count(), 2, "{audited:?}");
    rig.opened(1, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_persons_do_not_share_and_a_second_opening_closes_the_first() {
    let rig = Rig::start();
    let (first, second) = tokio::join!(rig.opened(1, 7), rig.opened(2, 8));
    assert_ne!(first.opening, second.opening);
    assert_eq!(rig.read(&first, 8, 0, 100).await, refused(VaultRefusal::NotOpen));
    assert_eq!(rig.read(&second, 7, 0, 100).await, refused(VaultRefusal::NotOpen));
    assert_eq!(rig.read(&second, 9, 0, 100).await, refused(VaultRefusal::NotOpen));
    let of = |whole: Vec<u8>| VaultReply::Piece(whole[60..160].to_vec());
    assert_eq!(rig.read(&first, 7, 60, 100).await, of(wav(1)));
    assert_eq!(rig.read(&second, 8, 60, 100).await, of(wav(2)));
    let next = rig.opened(2, 7).await;
    assert_eq!(rig.read(&first, 7, 0, 100).await, refused(VaultRefusal::NotOpen));
    assert_eq!(rig.read(&next, 7, 60, 100).await, of(wav(2)));
    rig.ask(VaultRequest::Seal { person: PersonId(7) }).await;
    assert_eq!(rig.read(&second, 8, 60, 100).await, of(wav(2)), "one signs out, the other goes on listening");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opener_that_is_killed_is_told_once_and_another_opening_works() {
    let idle = Duration::from_millis(60_001);
    let rig = Rig::idle_for(idle);
    let opened = rig.opened(1, 7).await;
    kill(Pid::from_raw(opener(idle).unwrap()), Signal::SIGKILL).unwrap();
    gone(idle).await;
    assert_eq!(rig.read(&opened, 7, 0, 100).await, refused(VaultRefusal::OpenerEnded));
    assert_eq!(rig.read(&opened, 7, 0, 100).await, refused(VaultRefusal::NotOpen));
    let again = rig.opened(1, 7).await;
    assert_eq!(rig.read(&again, 7, 60, 10).await, VaultReply::Piece(wav(1)[60..70].to_vec()));
    assert_eq!(rig.audited().await.iter().filter(|entry| *entry == "Done").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_opener_seals_by_itself_and_a_sign_out_ends_its_process() {
    let idle = Duration::from_millis(1501);
    let rig = Rig::idle_for(idle);
    let opened = rig.opened(1, 7).await;
    // Listening keeps it open.
    for _ in 0..4 {
        tokio::time::sleep(idle / 3).await;
        assert!(matches!(rig.read(&opened, 7, 0, 10).await, VaultReply::Piece(_)));
    }
    gone(idle).await;
    assert_eq!(rig.read(&opened, 7, 0, 10).await, refused(VaultRefusal::NotOpen));
    rig.opened(1, 7).await;
    assert!(opener(idle).is_some());
    let sealed = Instant::now();
    rig.ask(VaultRequest::Seal { person: PersonId(7) }).await;
    gone(idle).await;
    assert!(sealed.elapsed() < idle, "killed, not idle");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opener_is_shut_in_before_it_sees_a_passphrase() {
    let idle = Duration::from_millis(60_002);
    let rig = Rig::idle_for(idle);
    let opened = rig.opened(1, 7).await;
    let pid = opener(idle).unwrap();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
    assert_eq!((field("Seccomp:"), field("NoNewPrivs:"), field("Threads:")), ("2", "1", "1"), "{status}");
    assert_ne!(opened.apart, Apart::Nothing, "this machine has user namespaces");
    if opened.apart == Apart::Namespace {
        let of = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/user")).ok();
        assert!(of(&pid.to_string()).is_none_or(|other| Some(other) != of("self")));
    }
    // Its files came open: the vault may be moved away, and it still reads.
    fs::rename(rig.path(), rig.folder.path().join("moved")).unwrap();
    assert!(matches!(rig.read(&opened, 7, 60, 100).await, VaultReply::Piece(piece) if piece == wav(1)[60..160]));
    fs::rename(rig.folder.path().join("moved"), rig.path()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_audit_no_opening() {
    let mut rig = Rig::start();
    rig.stop_journal();
    assert_eq!(rig.open(1, 7, CODE).await, refused(VaultRefusal::NotAudited));
    assert_eq!(rig.ask(VaultRequest::State { recording: recording(1), told: EventNo(1) }).await, {
        let octets = fs::metadata(rig.path().join("objects/1/0/1-1.rfo")).unwrap().len();
        VaultReply::State(Kept { intact: None, read_at: None, octets })
    });
    // Of what the log has no leaf nothing can be said.
    let check = VaultRequest::Check { call: call(1), recording: recording(1), told: EventNo(1) };
    assert_eq!(rig.ask(check).await, refused(VaultRefusal::NotFinished));
}

/// The page of who asked is closed, and the box is started anew: what was found still stands in the log.
#[tokio::test(flavor = "multi_thread")]
async fn what_reading_a_recording_again_found_is_an_event_of_its_call() {
    let rig = Rig::start();
    let file = rig.path().join("objects/1/0/1-1.rfo");
    let whole = fs::read(&file).unwrap();
    rig.journal.append(Stamp::default(), finished(1, &whole));
    rig.journal.settle().await.unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    for (octets, fits) in [(&whole, true), (&damaged, false)] {
        fs::write(&file, octets).unwrap();
        let check = VaultRequest::Check { call: call(1), recording: recording(1), told: EventNo(1) };
        let answer = rig.ask(check).await;
        assert!(matches!(answer, VaultReply::State(Kept { intact: Some(said), .. }) if said == fits), "{answer:?}");
    }
    let checked = |event: &Event| match event {
        Event::Box(event @ BoxEvent::RecordingChecked { recording: of, fits, .. }) if *of == recording(1) => {
            assert_eq!(event.call(), Some(call(1)), "its story has it");
            Some(*fits)
        }
        _ => None,
    };
    assert_eq!(rig.events().await.iter().filter_map(checked).collect::<Vec<_>>(), [true, false]);
}

/// A rotation that went wrong, or a recorder that seals for a key that nobody has: whoever listens to anything finds it.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_tries_the_newest_recording_of_each_key_and_one_that_does_not_open_is_an_alarm() {
    let rig = Rig::start();
    record_for_nobody(&rig.folder.path().join("data"), 3);
    let object = |no: u32| rig.path().join(format!("objects/1/0/1-{no}.rfo"));
    let key = || BoxEvent::VaultKey { certificate: "ab".repeat(32), destroyed: false };
    for no in 1..=3 {
        // The third is the first of another key.
        if no == 3 {
            rig.journal.append(Stamp::default(), key());
        }
        for event in kept(no, &fs::read(object(no)).unwrap()) {
            rig.journal.append(Stamp::default(), event);
        }
    }
    rig.journal.settle().await.unwrap();
    let alarm = Alarm::DoesNotOpen { recording: recording(3) };
    let told = [BoxEvent::AlarmRaised { alarm: alarm.clone() }, BoxEvent::AlarmCleared { alarm }];
    let alarms = async || -> Vec<Event> {
        let events = rig.events().await;
        events.into_iter().filter(|event| told.iter().any(|of| *event == Event::from(of.clone()))).collect()
    };
    let [raised, cleared] = told.clone().map(Event::from);
    assert_eq!(rig.open(1, 7, "guess").await, refused(VaultRefusal::WrongPassphrase));
    assert_eq!(alarms().await, [], "nothing was tried");
    for person in [7, 7, 8] {
        rig.opened(1, person).await;
        assert_eq!(alarms().await, std::slice::from_ref(&raised), "once, however many find it");
    }
    // The right one is brought back.
    fs::remove_file(object(3)).unwrap();
    rig.opened(2, 8).await;
    assert_eq!(alarms().await.len(), 1, "it was tried in this session");
    rig.opened(2, 9).await;
    assert_eq!(alarms().await, [raised, cleared]);
}

/// What is told of a call that is over and kept.
fn kept(no: u32, object: &[u8]) -> [Event; 4] {
    let (call, recording, leg) = (call(no), recording(no), LegId::new(LifeNo(1), no));
    let (cause, by) = (Cause::NormalClearing, Side::Caller);
    [
        CallEvent::Began { call, direction: Direction::Incoming, class: CallClass::Normal, settings: 1 }.into(),
        CallEvent::RecordingBegan { call, recording, leg, part: 1 }.into(),
        CallEvent::Ended { call, cause, by }.into(),
        finished(no, object).into(),
    ]
}

/// As the recorder tells that an object is whole.
fn finished(no: u32, object: &[u8]) -> BoxEvent {
    let mut reader = ObjectReader::new(object).unwrap();
    while reader.next_record().unwrap().is_some() {}
    let chunks = reader.chain().chunks;
    let ObjectTrailer { records, chain_head, commitments } = reader.finish().unwrap();
    let hex = |hash: &[u8]| hash.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let (head, commitments) = (hex(&chain_head), hex(&commitments));
    let (call, recording, object) = (call(no), recording(no), format!("objects/1/0/1-{no}.rfo"));
    BoxEvent::RecordingFinished { call, recording, object, records, chunks, head, commitments, seconds: 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_no_opener_is_a_refusal_and_is_concluded() {
    let rig = Rig::with(Program { path: "/bin/false".into(), idle: Duration::from_secs(1) });
    assert_eq!(rig.open(1, 7, CODE).await, refused(VaultRefusal::NoOpener));
    assert_eq!(rig.audited().await.last().map(String::as_str), Some("Failed"));
}

/// Else the vault would keep opening with the code that stands on a paper, and the owner would not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_somebody_laid_there_keeps_no_owner_from_taking_over() {
    let rig = Rig::start();
    let mut store = FileStore::new(&rig.path());
    let holder = NewHolder { person: PersonId(66), passphrase: "mine" };
    let (cost, mut random) = (Cost { memory_kib: 8, passes: 1 }, Seeded::new(66));
    let mut making = Making { cost, now: Stamp::default(), random: &mut random };
    Ceremony::prepare(&store, CODE.as_bytes(), &[holder], &mut making).unwrap().new_keys().put(&mut store).unwrap();
    let (code, passphrase) = (Passphrase(CODE.into()), Passphrase(PASSPHRASE.into()));
    assert_eq!(rig.ask(VaultRequest::TakeOver { code, passphrase }).await, VaultReply::TakenOver);
    assert!(open_birth_key(&store, PASSPHRASE.as_bytes()).is_ok());
    assert!(open_birth_key(&store, CODE.as_bytes()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_takes_the_birth_key_over_once_and_may_ask_again() {
    let rig = Rig::start();
    let take_over = |code: &str, passphrase: &str| {
        let (code, passphrase) = (Passphrase(code.into()), Passphrase(passphrase.into()));
        rig.ask(VaultRequest::TakeOver { code, passphrase })
    };
    assert_eq!(take_over("wrong", PASSPHRASE).await, refused(VaultRefusal::WrongPassphrase));
    assert_eq!(take_over(CODE, PASSPHRASE).await, VaultReply::TakenOver);
    assert_eq!(take_over(CODE, PASSPHRASE).await, VaultReply::TakenOver, "asked again after a lost answer");
    assert_eq!(take_over(CODE, "others").await, refused(VaultRefusal::WrongPassphrase));
    let store = FileStore::new(&rig.path());
    assert!(open_birth_key(&store, PASSPHRASE.as_bytes()).is_ok());
    assert!(open_birth_key(&store, CODE.as_bytes()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_over_the_socket_and_is_none_of_ours_ends_the_process() {
    use std::{
        io::{Read, Write},
        os::{fd::OwnedFd, unix::net::UnixStream},
        process::{Command, Stdio},
    };
    let begin = || {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["open", "--serve", "60000"]).stdin(OwnedFd::from(theirs)).stderr(Stdio::null());
        (ours, command.spawn().unwrap())
    };
    for nonsense in [&[0xff; 64][..], b"\0\0\0\x05\0\0\0\0steal", &[0; 8]] {
        let (mut socket, mut process) = begin();
        socket.write_all(nonsense).unwrap();
        assert!(!process.wait().unwrap().success(), "{nonsense:?}");
        let mut said = Vec::new();
        let _ = socket.read_to_end(&mut said);
        assert!(!String::from_utf8_lossy(&said[8.min(said.len())..]).contains("Opened"));
    }
    let (mut socket, mut process) = begin();
    socket.read_exact(&mut [0; 8]).unwrap();
    drop(socket);
    assert!(process.wait().unwrap().success(), "who started it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_takes_two_a_grant_opens_for_one_person_and_who_is_refused_hears_nothing() {
    let rig = Rig::for_two();
    assert_eq!(rig.open(1, 7, CODE).await, refused(VaultRefusal::NotGranted));
    assert_eq!(rig.open(2, GRANTED, CODE).await, refused(VaultRefusal::NotGranted), "another recording");
    assert_eq!(rig.open(1, GRANTED, "guess").await, refused(VaultRefusal::WrongPassphrase));
    let opened = rig.opened(1, GRANTED).await;
    assert_eq!(opened.ends, None);
    assert!(matches!(rig.read(&opened, GRANTED, 0, 10).await, VaultReply::Piece(piece) if piece.len() == 10));
    assert_eq!(rig.glass().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_without_a_second_person_is_told_before_it_is_heard_and_ends_after_an_hour() {
    let rig = Rig::for_two();
    assert_eq!(rig.breaks_glass(1, 7, "guess").await, refused(VaultRefusal::WrongPassphrase));
    assert_eq!(rig.glass().await, (0, 0), "nothing was opened");
    let VaultReply::Opened(opened) = rig.breaks_glass(1, 7, CODE).await else { panic!("it opens") };
    assert_eq!(rig.glass().await, (1, 1), "listed, and an alarm");
    assert!(opened.ends.is_some());
    let audited = rig.audited().await;
    assert!(audited.iter().any(|entry| entry.contains("a child is missing")), "{audited:?}");
    // Used all the time, it is open for an hour and no longer.
    rig.passes(Duration::from_secs(3_590));
    assert!(matches!(rig.read(&opened, 7, 0, 10).await, VaultReply::Piece(_)));
    rig.passes(Duration::from_secs(20));
    let limit = Instant::now() + Duration::from_secs(20);
    let why = loop {
        match rig.read(&opened, 7, 0, 10).await {
            VaultReply::Refused(why) => break why,
            _ => assert!(Instant::now() < limit, "it is still open"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(why, VaultRefusal::GlassOver);
    assert_eq!(rig.glass().await, (1, 1), "and still listed");
    // Another call is another opening.
    assert!(matches!(rig.breaks_glass(2, 7, CODE).await, VaultReply::Opened(_)));
    assert_eq!(rig.glass().await, (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_be_told_of_is_not_opened_without_a_second_person() {
    let mut rig = Rig::for_two();
    rig.stop_journal();
    assert_eq!(rig.breaks_glass(1, 7, CODE).await, refused(VaultRefusal::NotAudited));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_person_is_enough_there_is_no_glass_to_break() {
    let rig = Rig::start();
    let VaultReply::Opened(opened) = rig.breaks_glass(1, 7, CODE).await else { panic!("it opens") };
    assert_eq!((opened.ends, rig.glass().await), (None, (0, 0)));
}
