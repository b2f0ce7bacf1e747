//! The desk over a real log, with a second person, a clock and a recorder of the test's own.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering::Relaxed},
    mpsc::{self, Receiver},
};

use call::{CallClass, CallEvent, Direction, Side};
use frame::{BootNo, CallId, LegId, LifeNo, Time};
use settings::{Period, RetentionRule, Witness, WitnessPlace};
use vault::{HoldSearch, Stretch};

use super::*;
use crate::{
    daemon::copy_holds::CopyHolds,
    handles::{self, KeepingNow, RangeWaits},
    journal::{self, JournalConfig, Limits},
    recorder::FileStore,
};

const LIFE: LifeNo = LifeNo(1);
const ASKS: PersonId = PersonId(3);
const HOUR_US: u64 = 3_600_000_000;
const WITNESS: &str = "/mnt/log";

struct Rig {
    folder: tempfile::TempDir,
    journal: JournalHandle,
    now: Arc<Mutex<Stamp>>,
    granted: Arc<Mutex<Vec<String>>>,
    settings: watch::Sender<Arc<Settings>>,
    orders: Receiver<RecorderCommand>,
    desk: Keeping,
    back: Back,
    approvals: ApprovalsHandle,
    held_to: watch::Sender<HeldTo>,
    /// What the recorder can't erase.
    unerased: Unerased,
    /// The recorder's ends of the permits.
    permits: Vec<Permit>,
    /// The disk of the log hangs.
    is_hung: Arc<AtomicBool>,
    /// It begins to with the next grant that is used.
    hangs: Arc<AtomicBool>,
}

fn call(no: u32) -> CallId {
    CallId::new(LIFE, no)
}

fn rules(remove_days: u16) -> Arc<Settings> {
    let days = |days| Period { days, ..Period::default() };
    let rule = RetentionRule {
        name: "privacy".into(),
        keep: days(1),
        remove: Some(days(remove_days)),
        from: None,
        when: None,
        queues: vec![],
    };
    let witness = Witness { name: "house log".into(), at: WITNESS.into() };
    Arc::new(Settings { retention: vec![rule], witnesses: vec![witness], ..Settings::default() })
}

/// What the witness's folder said.
fn says(fits: bool) -> HeldTo {
    HeldTo::of([(WitnessPlace::Folder(WITNESS.into()), fits)])
}

impl Rig {
    /// A box that recorded calls 1 to 3 ten days ago.
    async fn new() -> Rig {
        let rig = Rig::empty().await;
        (1..4).for_each(|no| rig.tell_call(no));
        rig.journal.settle().await.unwrap();
        rig
    }

    /// One whose log knows no call.
    async fn empty() -> Rig {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("events")).unwrap();
        let now = Arc::new(Mutex::new(Stamp {
            boot: BootNo(1),
            time: Time::from_us(HOUR_US),
            utc: Utc::from_us(1_795_000_000_000_000),
        }));
        let [is_hung, hangs] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let (hung, begins, hang) = (Arc::clone(&is_hung), Arc::clone(&hangs), Arc::clone(&is_hung));
        let config = JournalConfig {
            events: folder.path().join("events"),
            index: folder.path().join("index.db"),
            life: LIFE,
            limits: Limits { segment_octets: 1 << 20, ..Limits::default() },
            leaves: None,
            // Asked for before each write: the thread hangs here as it would in the kernel.
            clock: Box::new(move || {
                while hung.load(Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Stamp::default()
            }),
        };
        let journal = journal::start(config).unwrap().0;
        let (approvals, mut asked) = handles::handle::<ApprovalsRequest, ApprovalsReply>();
        let granted: Arc<Mutex<Vec<String>>> = Arc::default();
        let grants = Arc::clone(&granted);
        tokio::spawn(async move {
            while let Some(Asked { request, reply }) = asked.recv().await {
                let ApprovalsRequest::Redeem { object, .. } = request else { continue };
                let mut grants = grants.lock().unwrap();
                let found = grants.iter().position(|granted| *granted == object);
                let _ = reply.send(match found {
                    Some(at) => {
                        grants.remove(at);
                        hang.fetch_or(begins.load(Relaxed), Relaxed);
                        ApprovalsReply::Redeemed { no: EventNo(5), asked: ASKS, granted: PersonId(7) }
                    }
                    None => ApprovalsReply::Refused(handles::ApprovalsRefusal::NoAnswer),
                });
            }
        });
        let (settings, _) = watch::channel(rules(2));
        let (sender, orders) = mpsc::channel();
        let back: Back = Arc::new(Mutex::new(Some(sender)));
        let (held_to, permits) = (watch::Sender::new(says(true)), Vec::new());
        let unerased = Unerased::default();
        let desk = Keeping::new(KeepingParts {
            unerased: unerased.clone(),
            ..parts(&folder, &settings, &journal, &now, &approvals, &back, &held_to)
        });
        let rig = Rig {
            folder,
            journal,
            now,
            granted,
            settings,
            orders,
            desk,
            back,
            approvals,
            held_to,
            unerased,
            permits,
            is_hung,
            hangs,
        };
        let confirmed = BoxEvent::ClockConfirmed { by: None, passed_us: 0 };
        rig.journal.append(rig.ten_days_ago(), confirmed);
        rig.journal.settle().await.unwrap();
        rig
    }

    /// A moment of an earlier boot.
    fn ten_days_ago(&self) -> Stamp {
        let now = *self.now.lock().unwrap();
        Stamp { boot: BootNo(0), utc: Utc::from_us(now.utc.as_us() - 240 * HOUR_US as i64), ..now }
    }

    fn tell_call(&self, no: u32) {
        self.tell_call_at(no, self.ten_days_ago());
    }

    fn tell_call_at(&self, no: u32, at: Stamp) {
        self.tell_call_with(no, at, "ab".repeat(32));
    }

    /// With the link of its recording's last record.
    fn tell_call_with(&self, no: u32, at: Stamp, head: String) {
        let (call, recording, leg) = (call(no), RecordingId::new(LIFE, no), LegId::new(LIFE, no));
        let (class, cause) = (CallClass::Normal, isdn::Cause::NormalClearing);
        self.journal.append(at, CallEvent::Began { call, direction: Direction::Incoming, class, settings: 1 });
        self.journal.append(at, CallEvent::RecordingBegan { call, recording, leg, part: 1 });
        self.journal.append(at, CallEvent::Ended { call, cause, by: Side::Caller });
        let finished = BoxEvent::RecordingFinished {
            call,
            recording,
            object: format!("objects/1/0/{recording}.rfo"),
            records: 5,
            chunks: 2,
            seconds: 3,
            head,
            commitments: "cd".repeat(32),
        };
        self.journal.append(at, finished);
    }

    /// A new life of the daemon over the same log.
    fn restart(&mut self) {
        let (folder, approvals) = (&self.folder, &self.approvals);
        let parts = parts(folder, &self.settings, &self.journal, &self.now, approvals, &self.back, &self.held_to);
        self.unerased = Unerased::default();
        self.desk = Keeping::new(KeepingParts { unerased: self.unerased.clone(), ..parts });
    }

    fn wait(&self, hours: u64) {
        let mut now = self.now.lock().unwrap();
        now.time = Time::from_us(now.time.as_us() + hours * HOUR_US);
        now.utc = Utc::from_us(now.utc.as_us() + (hours * HOUR_US) as i64);
    }

    fn set_clock(&self, hours: i64) {
        let mut now = self.now.lock().unwrap();
        now.utc = Utc::from_us(now.utc.as_us() + hours * HOUR_US as i64);
    }

    async fn confirm_time(&mut self) {
        let confirmed = KeepingRequest::ConfirmTime { by: ASKS, reason: "the wall".into() };
        assert!(matches!(self.desk.answer(confirmed).await, Ok(KeepingReply::Done(_))));
    }

    async fn overview(&mut self) -> KeepingNow {
        let Ok(KeepingReply::Now(now)) = self.desk.answer(KeepingRequest::Overview).await else { panic!("no answer") };
        *now
    }

    async fn erase(&mut self, object: &str) -> Result<KeepingReply, KeepingRefusal> {
        let request = KeepingRequest::Erase { object: object.to_owned(), by: ASKS, reason: "due".into() };
        self.desk.answer(request).await
    }

    /// Two people agree on what must go.
    async fn agree(&mut self) -> usize {
        let due = self.overview().await.due.unwrap();
        self.granted.lock().unwrap().push(due.object.clone());
        assert!(matches!(self.erase(&due.object).await, Ok(KeepingReply::Done(_))));
        due.recordings.len()
    }

    async fn hold(&mut self, hold: Hold) -> EventNo {
        match self.desk.answer(KeepingRequest::PlaceHold { hold, by: ASKS, reason: "court".into() }).await {
            Ok(KeepingReply::Done(no)) => no,
            other => panic!("{other:?}"),
        }
    }

    /// Looks, and tells which recordings were ordered to be erased.
    async fn look(&mut self) -> Vec<u32> {
        self.desk.look().await;
        let mut ordered = Vec::new();
        for command in self.orders.try_iter() {
            let RecorderCommand::Erasing(Order::Erase(wanted, permit)) = command else { panic!("{command:?}") };
            let tombstone = wanted.tombstone;
            assert_eq!((tombstone.asked, tombstone.granted), (ASKS, PersonId(7)));
            assert_eq!((tombstone.rule.as_str(), tombstone.chain_head), ("privacy", [0xAB; 32]));
            ordered.push(tombstone.recording.no);
            self.permits.push(permit);
        }
        ordered
    }

    async fn told(&self, text: &str) -> usize {
        self.journal.settle().await.unwrap();
        let index = IndexReader::open(&self.folder.path().join("index.db")).unwrap();
        index.past_events(None, 100).unwrap().iter().filter(|record| record.fact.text().contains(text)).count()
    }
}

fn parts(
    folder: &tempfile::TempDir,
    settings: &watch::Sender<Arc<Settings>>,
    journal: &JournalHandle,
    now: &Arc<Mutex<Stamp>>,
    approvals: &ApprovalsHandle,
    back: &Back,
    held_to: &watch::Sender<HeldTo>,
) -> KeepingParts {
    let now = Arc::clone(now);
    KeepingParts {
        vault: VaultId([1; 16]),
        index: folder.path().join("index.db"),
        folder: folder.path().join("vault"),
        settings: settings.subscribe(),
        journal: journal.clone(),
        clock: Arc::new(move || *now.lock().unwrap()),
        is_synchronised: Box::new(|| false),
        right: watch::Sender::new(None),
        approvals: approvals.clone(),
        recorder: Arc::clone(back),
        unerased: Unerased::default(),
        held_to: held_to.subscribe(),
        is_disk_encrypted: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_go_goes_after_72_hours_and_what_was_held_meanwhile_stays_over_restarts() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.overview().await.due, None, "nobody has confirmed the time");
    rig.confirm_time().await;
    let due = rig.overview().await.due.unwrap();
    assert_eq!(due.recordings.len(), 3);
    assert_eq!(rig.erase(&due.object).await, Err(KeepingRefusal::NotGranted));
    assert_eq!(rig.agree().await, 3);
    assert_eq!(rig.overview().await.due.unwrap().recordings, [], "they are on a list");
    rig.wait(71);
    rig.restart();
    assert_eq!(rig.look().await, [0; 0]);
    let hold = rig.hold(Hold::Call(call(2))).await;
    rig.granted.lock().unwrap().push(lift_object(hold));
    let lift = KeepingRequest::LiftHold { hold, by: ASKS, reason: "settled".into() };
    assert!(matches!(rig.desk.answer(lift.clone()).await, Ok(KeepingReply::Done(_))));
    assert_eq!(rig.desk.answer(lift).await, Err(KeepingRefusal::NotThere));
    rig.restart();
    rig.wait(1);
    assert_eq!(rig.look().await, [1, 3], "a hold took the second off the list, though it was lifted");
    assert_eq!(rig.told(&format!("\"recording\":\"1-2\",\"hold\":{hold}")).await, 1);
    assert_eq!(rig.look().await, [0; 0], "once in a life");
    rig.restart();
    assert_eq!(rig.look().await, [1, 3], "the recorder may have died before");
    let list = EventNo(1);
    for no in [1, 3] {
        let (call, recording) = (call(no), RecordingId::new(LIFE, no));
        rig.journal.append(
            *rig.now.lock().unwrap(),
            BoxEvent::RecordingErased { call, recording, list, document: String::new() },
        );
    }
    rig.journal.settle().await.unwrap();
    rig.restart();
    assert_eq!(rig.look().await, [0; 0]);
    let now = rig.overview().await;
    assert_eq!((now.lists, now.due.unwrap().recordings.len()), (vec![], 1), "the second one must still go");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_on_a_queue_covers_a_call_that_waited_there_first_and_one_whose_story_has_a_hole() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    let at = *rig.now.lock().unwrap();
    let in_queue = |no, queue: &str| CallEvent::Queued { call: call(no), queue: queue.into(), position: 1 };
    rig.journal.append(at, in_queue(1, "急诊"));
    rig.journal.append(at, in_queue(1, "挂号"));
    rig.journal.append(at, in_queue(2, "挂号"));
    rig.journal.settle().await.unwrap();
    let queue = Some("急诊".to_owned());
    rig.hold(Hold::Search(HoldSearch { queue, ..HoldSearch::default() })).await;
    let due = rig.overview().await.due.unwrap();
    assert_eq!(due.recordings.iter().map(|row| row.recording.no).collect::<Vec<_>>(), [2, 3]);
    rig.journal.append(at, BoxEvent::EventsLost { count: 1 });
    rig.tell_call(4);
    rig.journal.settle().await.unwrap();
    // What the page was told counts for a minute.
    rig.wait(1);
    let due = rig.overview().await.due.unwrap();
    let left: Vec<u32> = due.recordings.iter().map(|row| row.recording.no).collect();
    assert_eq!(left, [4], "what was lost may have been of any call before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_the_clock_brings_nothing_nearer_also_where_one_person_confirms_it() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.set_clock(100);
    assert_eq!(rig.look().await, [0; 0]);
    rig.confirm_time().await;
    assert_eq!(rig.look().await, [0; 0], "within the boot");
    rig.wait(70);
    rig.look().await;
    rig.now.lock().unwrap().boot = BootNo(2);
    rig.restart();
    assert_eq!(rig.look().await, [0; 0]);
    assert_eq!(rig.overview().await.time, None, "a new boot waits for somebody to look");
    rig.set_clock(100);
    rig.confirm_time().await;
    assert_eq!(rig.look().await, [0; 0], "in another boot, too");
    rig.wait(1);
    assert_eq!(rig.look().await, [0; 0]);
    // Nothing was written down in the last 70 hours of the first boot but what was told at its beginning.
    rig.wait(71);
    assert_eq!(rig.look().await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_down_late_in_a_boot_counts_in_the_next() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(70);
    rig.journal.append(*rig.now.lock().unwrap(), BoxEvent::Stopping);
    rig.now.lock().unwrap().boot = BootNo(2);
    // The newest record of all is of the new boot, whose clock nobody has confirmed.
    rig.journal.append(*rig.now.lock().unwrap(), BoxEvent::Stopping);
    rig.restart();
    rig.confirm_time().await;
    rig.wait(1);
    assert_eq!(rig.look().await, [0; 0]);
    rig.wait(1);
    assert_eq!(rig.look().await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_an_earlier_version_waits_for_ever_and_can_be_taken_back() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    let agreed = BoxEvent::ErasureAgreed {
        recordings: vec![RecordingId::new(LIFE, 1)],
        at_us: 5,
        passed_us: None,
        asked: ASKS,
        granted: PersonId(7),
        approval: EventNo(1),
    };
    rig.journal.append(*rig.now.lock().unwrap(), agreed);
    rig.wait(9_000);
    assert_eq!(rig.look().await, [0; 0]);
    let list = rig.overview().await.lists[0].no;
    let cancel = KeepingRequest::Cancel { list, by: ASKS, reason: "old".into() };
    assert!(matches!(rig.desk.answer(cancel).await, Ok(KeepingReply::Done(_))));
    assert_eq!(rig.overview().await.lists, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_for_the_list_that_two_people_saw() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    let object = rig.overview().await.due.unwrap().object;
    rig.granted.lock().unwrap().push(object.clone());
    let queue = Some("急诊".to_owned());
    let nothing =
        KeepingRequest::PlaceHold { hold: Hold::Search(HoldSearch::default()), by: ASKS, reason: "all".into() };
    assert_eq!(rig.desk.answer(nothing).await, Err(KeepingRefusal::SaysNothing));
    rig.hold(Hold::Search(HoldSearch { queue, ..HoldSearch::default() })).await;
    rig.hold(Hold::Call(call(3))).await;
    assert_eq!(rig.erase(&object).await, Err(KeepingRefusal::ListChanged));
    assert_eq!(rig.granted.lock().unwrap().len(), 1, "the grant is not used up by that");
    assert_eq!(rig.agree().await, 2);
    let list = rig.overview().await.lists[0].no;
    let cancel = KeepingRequest::Cancel { list, by: ASKS, reason: "not yet".into() };
    assert!(matches!(rig.desk.answer(cancel).await, Ok(KeepingReply::Done(_))));
    rig.wait(80);
    assert_eq!(rig.look().await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_were_lengthened_meanwhile_keep_what_they_cover() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.settings.send_replace(rules(300));
    rig.wait(72);
    assert_eq!(rig.look().await, [0; 0]);
    assert_eq!(rig.told("\"kind\":\"erasure_dropped\"").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_taken_back_by_a_hold_a_recall_and_new_rules_until_the_recorder_has_begun() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(72);
    assert_eq!(rig.look().await, [1, 2, 3]);
    assert!(rig.permits[2].take(), "the recorder has begun with the third");
    rig.hold(Hold::Call(call(1))).await;
    assert!(!rig.permits[0].take(), "in time");
    let hold = KeepingRequest::PlaceHold { hold: Hold::Call(call(3)), by: ASKS, reason: "court".into() };
    let late = rig.desk.answer(hold).await;
    assert!(matches!(late, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{late:?}");
    assert_eq!(rig.look().await, [2], "the first is held, the third under way, and the second is looked at anew");
    let list = rig.overview().await.lists[0].no;
    let cancel = KeepingRequest::Cancel { list, by: ASKS, reason: "not yet".into() };
    let late = rig.desk.answer(cancel).await;
    assert!(matches!(late, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{late:?}");
    assert!(!rig.permits[3].take());
    assert_eq!(rig.look().await, [0; 0]);
}

/// The same rules, and one that keeps for longer once there is a dispute.
fn with_disputes() -> Arc<Settings> {
    let mut settings = (*rules(2)).clone();
    let dispute = RetentionRule {
        name: "dispute".into(),
        keep: Period { years: 2, ..Period::default() },
        remove: None,
        from: None,
        when: Some(DISPUTE.into()),
        queues: vec![],
    };
    settings.retention.push(dispute);
    Arc::new(settings)
}

const DISPUTE: &str = "dispute opened";

fn dispute_over(no: u32) -> KeepingRequest {
    let day = Day::of(Utc::from_us(1_795_000_000_000_000));
    KeepingRequest::TellEvent { call: call(no), event: DISPUTE.into(), day, by: ASKS, reason: "a letter".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_by_which_a_rule_keeps_takes_an_order_back_until_the_recorder_has_begun() {
    let mut rig = Rig::new().await;
    rig.settings.send_replace(with_disputes());
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(72);
    assert_eq!(rig.look().await, [1, 2, 3]);
    assert!(rig.permits[2].take(), "the recorder has begun with the third");
    let told = rig.desk.answer(dispute_over(1)).await;
    assert!(matches!(told, Ok(KeepingReply::Done(_))), "{told:?}");
    assert!(!rig.permits[0].take(), "in time");
    assert_eq!(rig.told("\"act\":\"tell_retention_event\"").await, 1);
    let told = rig.desk.answer(dispute_over(3)).await;
    assert!(matches!(told, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{told:?}");
    assert_eq!(rig.look().await, [2], "the first is kept by its dispute, and the second is looked at anew");
    assert_eq!(rig.told("\"kind\":\"erasure_dropped\"").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_under_way_is_looked_at_again_and_one_that_got_lost_is_given_anew() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(72);
    assert_eq!(rig.look().await, [1, 2, 3]);
    rig.permits.pop();
    assert_eq!(rig.look().await, [3], "a recorder that could not start drops its orders");
    // Somebody told an event from which a rule counts; the desk is not asked for that.
    rig.settings.send_replace(rules(300));
    assert_eq!(rig.look().await, [0; 0]);
    assert!(rig.permits.iter().all(|permit| !permit.take()));
    assert_eq!(rig.overview().await.lists, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_erased_before_each_folder_of_a_witness_was_asked_and_where_one_says_set_back() {
    let mut rig = Rig::new().await;
    rig.held_to.send_replace(HeldTo::default());
    rig.confirm_time().await;
    let now = rig.overview().await;
    assert_eq!(now.stands_still, Some(KeepingRefusal::WitnessNotAsked));
    let object = now.due.unwrap().object;
    rig.granted.lock().unwrap().push(object.clone());
    assert_eq!(rig.erase(&object).await, Err(KeepingRefusal::WitnessNotAsked));
    rig.held_to.send_replace(says(true));
    assert!(rig.erase(&object).await.is_ok());
    rig.wait(72);
    for said in [HeldTo::default(), says(false)] {
        rig.held_to.send_replace(said);
        assert_eq!(rig.look().await, [0; 0]);
    }
    assert_eq!(rig.overview().await.stands_still, Some(KeepingRefusal::SetBack));
    rig.held_to.send_replace(says(true));
    assert_eq!(rig.look().await, [1, 2, 3]);
    rig.held_to.send_replace(says(false));
    rig.look().await;
    assert!(rig.permits.iter().all(|permit| !permit.take()), "what was ordered before is taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_of_a_witness_nothing_is_erased() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(72);
    let server = Witness { name: "a server".into(), at: "udp://10.1.2.3:514".into() };
    for witnesses in [vec![], vec![server]] {
        rig.settings.send_replace(Arc::new(Settings { witnesses, ..(*rules(2)).clone() }));
        assert_eq!(rig.overview().await.stands_still, Some(KeepingRefusal::NoWitnessFolder));
        assert_eq!(rig.look().await, [0; 0]);
    }
}

/// Asks for what is granted, and the disk hangs once the grant is used up: the event is durable after the answer.
async fn hang(rig: &mut Rig, request: KeepingRequest) {
    rig.hangs.store(true, Relaxed);
    assert_eq!(rig.desk.answer(request).await, Err(KeepingRefusal::NotAudited));
    rig.hangs.store(false, Relaxed);
    rig.is_hung.store(false, Relaxed);
}

async fn until_told(rig: &Rig, text: &str, times: usize) {
    // A time-out, not a promise.
    let limit = std::time::Instant::now() + Duration::from_secs(30);
    while rig.told(text).await < times {
        assert!(std::time::Instant::now() < limit, "not told: {text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_durable_after_it_was_refused_is_undone_where_it_makes_erasing_easier() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    let hold = rig.hold(Hold::Call(call(2))).await;
    rig.granted.lock().unwrap().push(lift_object(hold));
    hang(&mut rig, KeepingRequest::LiftHold { hold, by: ASKS, reason: "settled".into() }).await;
    until_told(&rig, "\"kind\":\"hold_placed\"", 2).await;
    let holds = rig.overview().await.holds;
    assert!(matches!(holds.as_slice(), [(no, Hold::Call(held))] if *no > hold && *held == call(2)), "{holds:?}");

    let object = rig.overview().await.due.unwrap().object;
    rig.granted.lock().unwrap().push(object.clone());
    hang(&mut rig, KeepingRequest::Erase { object, by: ASKS, reason: "due".into() }).await;
    until_told(&rig, "\"kind\":\"erasure_cancelled\"", 1).await;
    assert_eq!(rig.overview().await.lists, []);
    rig.wait(100);
    assert_eq!(rig.look().await, [0; 0]);
    assert_eq!(rig.told("\"outcome\":\"unknown\"").await, 2);
}

/// The life that was to undo it died: the log has the act and neither its outcome nor what undoes it.
fn died_after(rig: &Rig, act: Act, object: String, event: BoxEvent) {
    let at = *rig.now.lock().unwrap();
    let by = Actor::Person(ASKS);
    rig.journal.append(at, BoxEvent::AuditIntent { by, act, object, reason: "due".into(), call: None });
    rig.journal.append(at, event);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_life_was_to_undo_is_undone_by_the_next_one_and_what_was_done_stays() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    let held = [1, 2].map(|no| Hold::Call(call(no)));
    let first = rig.hold(held[0].clone()).await;
    let second = rig.hold(held[1].clone()).await;
    // This one was lifted and told as done.
    rig.granted.lock().unwrap().push(lift_object(second));
    let lift = KeepingRequest::LiftHold { hold: second, by: ASKS, reason: "settled".into() };
    assert!(matches!(rig.desk.answer(lift).await, Ok(KeepingReply::Done(_))));
    died_after(&rig, Act::LiftHold, lift_object(first), BoxEvent::HoldLifted { by: ASKS, hold: first });
    let agreed = BoxEvent::ErasureAgreed {
        recordings: vec![RecordingId::new(LIFE, 3)],
        at_us: 5,
        passed_us: Some(0),
        asked: ASKS,
        granted: PersonId(7),
        approval: EventNo(1),
    };
    // Tried once in vain, and lifted by the second try.
    let third = rig.hold(Hold::Call(call(3))).await;
    let by = Actor::Person(ASKS);
    let in_vain = BoxEvent::AuditIntent {
        by,
        act: Act::LiftHold,
        object: lift_object(third),
        reason: "in vain".into(),
        call: None,
    };
    rig.journal.append(*rig.now.lock().unwrap(), in_vain);
    rig.granted.lock().unwrap().push(lift_object(third));
    let lift = KeepingRequest::LiftHold { hold: third, by: ASKS, reason: "settled".into() };
    assert!(matches!(rig.desk.answer(lift).await, Ok(KeepingReply::Done(_))));
    died_after(&rig, Act::EraseDue, "2026-11-26: 1 / ab".into(), agreed);
    rig.journal.settle().await.unwrap();
    for _ in 0..3 {
        rig.restart();
        let now = rig.overview().await;
        assert_eq!(now.lists, []);
        let holds: Vec<Hold> = now.holds.into_iter().map(|(_, hold)| hold).collect();
        assert_eq!(holds, [held[0].clone()], "the first is placed anew, and the others stay lifted");
    }
    assert_eq!(rig.told("\"kind\":\"hold_placed\"").await, 4, "once");
    assert_eq!(rig.told("\"kind\":\"erasure_cancelled\"").await, 1, "once");
    rig.wait(100);
    assert_eq!(rig.look().await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_between_two_words_of_the_kernel_is_not_confirmed() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    // Within a week of what was known NTP may speak for a new boot.
    rig.now.lock().unwrap().boot = BootNo(2);
    rig.restart();
    let asked = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let words = Arc::clone(&asked);
    // The kernel takes its word back when somebody sets the clock.
    rig.desk.parts.is_synchronised = Box::new(move || words.fetch_add(1, Relaxed) == 0);
    rig.look().await;
    assert_eq!(asked.load(Relaxed), 2);
    assert_eq!(rig.overview().await.time, None);
    rig.desk.parts.is_synchronised = Box::new(|| true);
    rig.look().await;
    assert!(rig.overview().await.time.is_some());
    assert!(rig.desk.parts.right.borrow().is_some(), "who else goes by it is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_for_an_asker_who_has_gone() {
    let mut rig = Rig::new().await;
    let (reply, answer) = tokio::sync::oneshot::channel();
    drop(answer);
    let request = KeepingRequest::PlaceHold { hold: Hold::Call(call(1)), by: ASKS, reason: "court".into() };
    rig.desk.serve_one(Asked { request, reply }).await;
    assert_eq!(rig.told("\"kind\":\"hold_placed\"").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_the_index_does_not_have_yet_lets_nothing_go() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(72);
    // Somebody else has it locked: the log goes on, and the index can't.
    let lock = rusqlite::Connection::open(rig.folder.path().join("index.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held = BoxEvent::HoldPlaced { by: ASKS, hold: Hold::Call(call(2)), reason: "court".into() };
    let now = *rig.now.lock().unwrap();
    assert!(matches!(rig.journal.append_durable(now, held).await, Ok(Ok(_))));
    assert_eq!(rig.look().await, [0; 0], "what the index has is older than the hold");
    assert_eq!(rig.desk.answer(KeepingRequest::Overview).await, Err(KeepingRefusal::NotReady));
    // A hold can be placed all the same.
    rig.hold(Hold::Call(call(3))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_whose_event_hangs_takes_orders_back_all_the_same() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(72);
    assert_eq!(rig.look().await, [1, 2, 3]);
    rig.is_hung.store(true, Relaxed);
    let hold = KeepingRequest::PlaceHold { hold: Hold::Call(call(2)), by: ASKS, reason: "court".into() };
    assert_eq!(rig.desk.answer(hold).await, Err(KeepingRefusal::NotAudited));
    rig.is_hung.store(false, Relaxed);
    assert!(rig.permits.iter().all(|permit| !permit.take()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_hangs_takes_orders_back_all_the_same() {
    let mut rig = about_to_go().await;
    assert_eq!(rig.look().await, [1, 2, 3]);
    rig.is_hung.store(true, Relaxed);
    assert_eq!(rig.desk.answer(dispute_over(2)).await, Err(KeepingRefusal::NotAudited));
    rig.is_hung.store(false, Relaxed);
    assert!(rig.permits.iter().all(|permit| !permit.take()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_under_a_clock_that_nobody_confirmed_or_a_wrong_one_does_not_go_early() {
    let mut rig = Rig::new().await;
    let now = *rig.now.lock().unwrap();
    let years_ago = Stamp { utc: Utc::from_us(0), ..now };
    rig.tell_call_at(4, Stamp { boot: BootNo(7), ..rig.ten_days_ago() });
    rig.tell_call_at(5, years_ago);
    rig.confirm_time().await;
    let due = |now: KeepingNow| now.due.unwrap().recordings.iter().map(|row| row.recording.no).collect::<Vec<_>>();
    assert_eq!(due(rig.overview().await), [1, 2, 3]);
    // The last one is of today, and its day came.
    rig.wait(48);
    assert_eq!(due(rig.overview().await), [1, 2, 3, 5]);
    let day = |utc: Utc| Some(Day::of(utc));
    let held = HoldSearch { from: day(now.utc), until: day(now.utc), ..HoldSearch::default() };
    rig.hold(Hold::Search(held)).await;
    assert_eq!(due(rig.overview().await), [1, 2, 3], "a hold on the true day covers it");
}

/// The recorder can't erase these, and says so.
fn refuse(rig: &mut Rig, recordings: &[u32]) {
    rig.permits.clear();
    for no in recordings {
        rig.unerased.note(
            Grave::whole(RecordingId::new(LIFE, *no)),
            call(*no),
            NotErased::Damaged,
            *rig.now.lock().unwrap(),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cant_be_erased_rests_longer_each_time_is_named_on_the_page_and_is_one_alarm() {
    let mut rig = about_to_go().await;
    assert_eq!(rig.look().await, [1, 2, 3]);
    refuse(&mut rig, &[1, 2]);
    assert_eq!(rig.look().await, [3], "the others rest, and this one's order got lost");
    rig.permits.clear();
    assert_eq!(rig.told("\"alarm_raised\",\"alarm\":{\"what\":\"not_erased\"").await, 1);
    let named = rig.overview().await.not_erased;
    assert_eq!(
        named.iter().map(|row| (row.call, row.why)).collect::<Vec<_>>(),
        [1, 2].map(|no| (Some(call(no)), NotErased::Damaged))
    );
    rig.wait(1);
    assert_eq!(rig.look().await, [3, 1, 2], "and come behind the others");
    refuse(&mut rig, &[1, 2]);
    rig.look().await;
    assert_eq!(rig.told("\"alarm_raised\",\"alarm\":{\"what\":\"not_erased\"").await, 1, "once");
    rig.hold(Hold::Call(call(1))).await;
    rig.wait(1);
    rig.look().await;
    rig.look().await;
    assert_eq!(rig.overview().await.not_erased.len(), 1, "nobody wants the first one erased any more");
    rig.unerased.forget(Grave::whole(RecordingId::new(LIFE, 2)));
    rig.look().await;
    assert_eq!(rig.told("\"alarm_cleared\",\"alarm\":{\"what\":\"not_erased\"").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_that_fail_keep_no_other_waiting_and_those_that_have_begun_take_no_place() {
    let mut rig = Rig::new().await;
    (4..=150).for_each(|no| rig.tell_call(no));
    rig.journal.settle().await.unwrap();
    rig.confirm_time().await;
    assert_eq!(rig.agree().await, 150);
    rig.wait(72);
    assert_eq!(rig.look().await, (1..=100).collect::<Vec<u32>>());
    refuse(&mut rig, &(1..=100).collect::<Vec<u32>>());
    assert_eq!(rig.look().await, (101..=150).collect::<Vec<u32>>());
    assert!(rig.permits.iter().all(Permit::take), "the recorder is at them, and they hang");
    rig.wait(1);
    assert_eq!(rig.look().await, (1..=100).collect::<Vec<u32>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_whose_story_lacks_the_link_of_its_last_record_is_said_once() {
    let mut rig = about_to_go().await;
    let index = rusqlite::Connection::open(rig.folder.path().join("index.db")).unwrap();
    let broken = "UPDATE events SET text = replace(text, ?1, 'no link') WHERE text LIKE '%recording_finished%' AND text LIKE '%\"1-2\"%'";
    assert_eq!(index.execute(broken, ["ab".repeat(32)]).unwrap(), 1);
    assert_eq!(rig.look().await, [1, 3]);
    rig.wait(1);
    rig.look().await;
    assert_eq!(rig.told("\"kind\":\"erasure_failed\"").await, 1);
    let named = rig.overview().await.not_erased;
    assert_eq!(named.iter().map(|row| (row.call, row.why)).collect::<Vec<_>>(), [(Some(call(2)), NotErased::NoLink)]);
    assert_eq!(rig.told("\"alarm_raised\",\"alarm\":{\"what\":\"not_erased\"").await, 1);
}

/// What two people agreed on, 72 hours later.
async fn about_to_go() -> Rig {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    rig.wait(72);
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_once_the_log_was_damaged_or_lacks_a_number() {
    let mut rig = about_to_go().await;
    let damaged = BoxEvent::LogDamaged { file: "a.rfl".into(), offset: 3, octets: 4 };
    rig.journal.append(*rig.now.lock().unwrap(), damaged);
    assert_eq!(rig.look().await, [0; 0]);
    assert_eq!(rig.overview().await.stands_still, Some(KeepingRefusal::LogDamaged));

    let mut rig = about_to_go().await;
    let index = rusqlite::Connection::open(rig.folder.path().join("index.db")).unwrap();
    assert_eq!(index.execute("INSERT INTO gaps VALUES (2, 2)", []).unwrap(), 1);
    assert_eq!(rig.look().await, [0; 0]);

    let mut rig = about_to_go().await;
    rig.journal.append(*rig.now.lock().unwrap(), BoxEvent::EventsLost { count: 2 });
    assert_eq!(rig.look().await, [0; 0], "what found no room may have been a hold");
    let lost = rig.overview().await.lost.unwrap().losses;
    assert_eq!(lost.unwritten.iter().map(|unwritten| unwritten.count).collect::<Vec<_>>(), [2]);
    assert!(matches!(acknowledge(&mut rig).await, Ok(KeepingReply::Done(_))));
    assert_eq!(rig.overview().await.stands_still, None);
    assert_eq!(due(&mut rig).await, [0; 0], "it may have been of any call before");
}

/// What is lost by now is agreed on by two people.
async fn acknowledge(rig: &mut Rig) -> Result<KeepingReply, KeepingRefusal> {
    let object = rig.overview().await.lost.unwrap().object;
    rig.granted.lock().unwrap().push(object.clone());
    let request = KeepingRequest::AcknowledgeLosses { object, by: ASKS, reason: "we looked".into() };
    rig.desk.answer(request).await
}

fn damage(rig: &Rig, offset: u64) {
    let damaged = BoxEvent::LogDamaged { file: "a.rfl".into(), offset, octets: 4 };
    rig.journal.append(*rig.now.lock().unwrap(), damaged);
}

async fn due(rig: &mut Rig) -> Vec<u32> {
    // What the page was told counts for a minute.
    rig.wait(1);
    rig.overview().await.due.unwrap().recordings.iter().map(|row| row.recording.no).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_people_acknowledge_is_exactly_what_was_lost_and_what_is_lost_later_stops_erasing_again() {
    let mut rig = about_to_go().await;
    damage(&rig, 3);
    assert_eq!(rig.look().await, [0; 0]);
    let lost = rig.overview().await.lost.unwrap();
    let unasked = KeepingRequest::AcknowledgeLosses { object: lost.object.clone(), by: ASKS, reason: "x".into() };
    assert_eq!(rig.desk.answer(unasked).await, Err(KeepingRefusal::NotGranted));
    // More was lost between granting and doing: nobody has looked at that.
    rig.granted.lock().unwrap().push(lost.object.clone());
    damage(&rig, 90);
    let request = KeepingRequest::AcknowledgeLosses { object: lost.object, by: ASKS, reason: "x".into() };
    rig.journal.settle().await.unwrap();
    assert_eq!(rig.desk.answer(request).await, Err(KeepingRefusal::LossesChanged));
    assert!(matches!(acknowledge(&mut rig).await, Ok(KeepingReply::Done(_))));
    let now = rig.overview().await;
    assert_eq!((now.stands_still, now.lost, now.acknowledged.places()), (None, None, 2));
    assert_eq!(now.lists, [], "a recall may have been among it");
    assert_eq!(rig.look().await, [0; 0]);
    // An index that is made again meets the same damage.
    damage(&rig, 90);
    assert_eq!(rig.agree().await, 3);
    rig.restart();
    rig.wait(72);
    assert_eq!(rig.look().await, [1, 2, 3]);
    damage(&rig, 200);
    assert_eq!(rig.look().await, [0; 0]);
    assert!(rig.permits.iter().all(|permit| !permit.take()), "what was ordered is taken back");
    assert_eq!(rig.overview().await.stands_still, Some(KeepingRefusal::LogDamaged));
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_without_an_event_are_an_alarm_through_restarts_until_two_people_acknowledge_them() {
    let mut rig = about_to_go().await;
    let unfounded = BoxEvent::LeavesUnfounded { leaves: 2, file: "aside/leaves-behind-9".into() };
    rig.journal.append(*rig.now.lock().unwrap(), unfounded);
    assert_eq!(rig.look().await, [0; 0], "the log may have lost a hold with its end");
    let (raised, cleared) = (
        "\"alarm_raised\",\"alarm\":{\"what\":\"leaves_unfounded\"",
        "\"alarm_cleared\",\"alarm\":{\"what\":\"leaves_unfounded\"",
    );
    assert_eq!(rig.told(raised).await, 1);
    rig.restart();
    assert_eq!(rig.look().await, [0; 0]);
    assert_eq!((rig.told(raised).await, rig.told(cleared).await), (2, 0), "in each life");
    let lost = rig.overview().await.lost.unwrap().losses;
    assert_eq!(lost.unfounded.iter().map(|unfounded| unfounded.leaves).collect::<Vec<_>>(), [2]);
    assert!(matches!(acknowledge(&mut rig).await, Ok(KeepingReply::Done(_))));
    assert_eq!((rig.told(raised).await, rig.told(cleared).await), (2, 1));
    assert_eq!(rig.overview().await.stands_still, None);
    rig.restart();
    assert_eq!(rig.look().await, [0; 0]);
    assert_eq!(rig.told(raised).await, 2, "it was acknowledged");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaves_without_an_event_that_are_acknowledged_before_the_first_look_are_no_alarm_any_more() {
    let mut rig = about_to_go().await;
    rig.restart();
    // As the leaf sequence tells it.
    let unfounded = BoxEvent::LeavesUnfounded { leaves: 2, file: "aside/leaves-behind-9".into() };
    for event in [unfounded, BoxEvent::AlarmRaised { alarm: Alarm::LeavesUnfounded }] {
        rig.journal.append(*rig.now.lock().unwrap(), event);
    }
    rig.journal.settle().await.unwrap();
    assert!(matches!(acknowledge(&mut rig).await, Ok(KeepingReply::Done(_))));
    let last = "\"alarm_cleared\",\"alarm\":{\"what\":\"leaves_unfounded\"";
    assert_eq!(rig.told(last).await, 1);
    assert_eq!(rig.look().await, [0; 0]);
    assert_eq!(rig.told(last).await, 1, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_acknowledged_as_lost_keeps_the_call_it_may_have_been_of() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    let index = rusqlite::Connection::open(rig.folder.path().join("index.db")).unwrap();
    // The second event of the second call.
    assert_eq!(index.execute("INSERT INTO gaps VALUES (7, 7)", []).unwrap(), 1);
    assert_eq!(rig.overview().await.lost.unwrap().losses.missing, [(EventNo(7), EventNo(7))]);
    assert!(matches!(acknowledge(&mut rig).await, Ok(KeepingReply::Done(_))));
    assert_eq!(due(&mut rig).await, [1, 3]);
    assert_eq!(rig.agree().await, 2);
    rig.wait(72);
    assert_eq!(rig.look().await, [1, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loss_after_the_call_keeps_it_where_a_rule_counts_from_an_event_that_may_have_been_lost() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    damage(&rig, 3);
    rig.journal.settle().await.unwrap();
    assert!(matches!(acknowledge(&mut rig).await, Ok(KeepingReply::Done(_))));
    rig.tell_call(4);
    rig.journal.settle().await.unwrap();
    assert_eq!(due(&mut rig).await, [1, 2, 3, 4], "no rule waits for an event");
    rig.settings.send_replace(with_disputes());
    assert_eq!(due(&mut rig).await, [4], "of the others a dispute may have been told");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_while_the_log_has_an_event_of_a_hold_that_this_version_does_not_know() {
    let mut rig = about_to_go().await;
    let index = rusqlite::Connection::open(rig.folder.path().join("index.db")).unwrap();
    let newer = "UPDATE events SET known = 0, text = '{\"kind\":\"hold_widened\"}' WHERE no = 2";
    assert_eq!(index.execute(newer, []).unwrap(), 1);
    assert_eq!(rig.look().await, [0; 0]);
    let now = rig.overview().await;
    assert_eq!(
        (now.stands_still, now.lost),
        (Some(KeepingRefusal::UnreadHold), None),
        "nobody can acknowledge it away"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledging_takes_back_what_was_ordered_and_says_what_has_begun() {
    let mut rig = about_to_go().await;
    assert_eq!(rig.look().await, [1, 2, 3]);
    assert!(rig.permits[1].take(), "the recorder has begun with the second one");
    damage(&rig, 3);
    rig.journal.settle().await.unwrap();
    let answer = acknowledge(&mut rig).await;
    assert!(matches!(answer, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{answer:?}");
    assert!(!rig.permits[0].take() && !rig.permits[2].take(), "their list is taken back");
}

/// Of a recording that is erased by this list, as the log has it.
fn stone(list: EventNo, no: u32) -> Tombstone {
    Tombstone {
        vault: VaultId([1; 16]),
        recording: RecordingId::new(LIFE, no),
        call: call(no),
        chain_head: [0xAB; 32],
        list,
        asked: ASKS,
        granted: PersonId(7),
        rule: "privacy".into(),
        range: None,
        packages: vec![],
        confirmed: [None, None],
    }
}

fn whole(no: u32) -> Grave {
    Grave::whole(RecordingId::new(LIFE, no))
}

impl Rig {
    /// A file says that an earlier life had begun with this, by this list; the recorder's start tells that it is there.
    fn leave_marker(&self, grave: Grave, list: EventNo) {
        self.write_marker(grave, list);
        self.unerased.note_resumed(grave);
    }

    fn write_marker(&self, grave: Grave, list: EventNo) {
        let folder = self.folder.path().join("vault/erasing");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(grave.to_string()), format!("recording {}\nlist {list}\nkey 4\n", grave.recording))
            .unwrap();
    }

    /// Looks, and tells what the recorder was told to erase, and what to bury.
    async fn goes_on(&mut self) -> (Vec<u32>, Vec<Tombstone>) {
        self.desk.look().await;
        let (mut ordered, mut buried) = (Vec::new(), Vec::new());
        for command in self.orders.try_iter() {
            match command {
                RecorderCommand::Erasing(Order::Erase(wanted, permit)) => {
                    ordered.push(wanted.tombstone.recording.no);
                    self.permits.push(permit);
                }
                RecorderCommand::Erasing(Order::Bury(tombstone)) => buried.push(*tombstone),
                other => panic!("{other:?}"),
            }
        }
        (ordered, buried)
    }

    /// What the page names, and why.
    async fn named(&mut self) -> Vec<(u32, NotErased)> {
        let rows = self.overview().await.not_erased;
        assert!(rows.iter().all(|row| row.has_begun), "{rows:?}");
        rows.iter().map(|row| (row.recording.no, row.why)).collect()
    }

    async fn list(&mut self) -> EventNo {
        self.overview().await.lists[0].no
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_life_had_begun_goes_on_and_whoever_holds_it_meanwhile_is_told_that_it_may_be_too_late() {
    let mut rig = about_to_go().await;
    let list = rig.list().await;
    rig.write_marker(whole(2), list);
    // The recorder, which has to start and to recover first, has told nothing.
    rig.restart();
    let place = |no| KeepingRequest::PlaceHold { hold: Hold::Call(call(no)), by: ASKS, reason: "court".into() };
    // Nobody has looked yet: it may be any.
    let answer = rig.desk.answer(place(9)).await;
    assert!(matches!(answer, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{answer:?}");
    assert_eq!(rig.goes_on().await, (vec![1, 2, 3], vec![]), "by the list that the log has");
    assert_eq!((rig.goes_on().await, rig.named().await), ((vec![], vec![]), vec![]), "once, and it is no fault");
    assert_eq!(rig.told("\"what\":\"not_erased\"").await, 0);
    assert!(matches!(rig.desk.answer(place(1)).await, Ok(KeepingReply::Done(_))), "of another one");
    let answer = rig.desk.answer(place(2)).await;
    assert!(matches!(answer, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{answer:?}");
    assert!(!rig.permits[1].take(), "and nothing more of it goes");
    assert_eq!(rig.goes_on().await, (vec![3], vec![]), "what was taken back for a look is ordered again");
    rig.desk.look().await;
    assert_eq!(rig.named().await, [(2, NotErased::TakenBack)]);
    rig.restart();
    rig.leave_marker(whole(2), list);
    assert_eq!(rig.goes_on().await, (vec![3], vec![]));
    assert_eq!((rig.named().await, rig.told("\"why\":\"taken_back\"").await), (vec![(2, NotErased::TakenBack)], 2));
    // Somebody who has looked into it takes the file away.
    std::fs::remove_file(rig.folder.path().join("vault/erasing/1-2")).unwrap();
    rig.desk.look().await;
    assert_eq!(rig.named().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_vault_cant_be_listed_anything_may_have_begun() {
    let mut rig = about_to_go().await;
    std::fs::create_dir_all(rig.folder.path().join("vault")).unwrap();
    let erasing = rig.folder.path().join("vault/erasing");
    std::fs::write(&erasing, "no folder").unwrap();
    rig.restart();
    let place = |no| KeepingRequest::PlaceHold { hold: Hold::Call(call(no)), by: ASKS, reason: "court".into() };
    let answer = rig.desk.answer(place(1)).await;
    assert!(matches!(answer, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{answer:?}");
    std::fs::remove_file(&erasing).unwrap();
    assert!(matches!(rig.desk.answer(place(1)).await, Ok(KeepingReply::Done(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_begun_and_fails_once_goes_from_the_page_with_its_file_and_says_so_when_it_is_held() {
    let mut rig = about_to_go().await;
    let list = rig.list().await;
    let fails = |rig: &mut Rig, no| {
        rig.permits.clear();
        rig.unerased.note_begun(whole(no), call(no), NotErased::Damaged, *rig.now.lock().unwrap());
    };
    [1, 2].into_iter().for_each(|no| rig.leave_marker(whole(no), list));
    assert_eq!(rig.goes_on().await, (vec![1, 2, 3], vec![]));
    [1, 2].into_iter().for_each(|no| fails(&mut rig, no));
    rig.desk.look().await;
    assert_eq!(rig.named().await, [(1, NotErased::Damaged), (2, NotErased::Damaged)]);
    let place = KeepingRequest::PlaceHold { hold: Hold::Call(call(2)), by: ASKS, reason: "court".into() };
    let answer = rig.desk.answer(place).await;
    assert!(matches!(answer, Ok(KeepingReply::TooLateFor { recordings: 1, .. })), "{answer:?}");
    let cancel = KeepingRequest::Cancel { list, by: ASKS, reason: "not yet".into() };
    rig.desk.answer(cancel).await.unwrap();
    rig.desk.look().await;
    assert_eq!(rig.named().await, [(1, NotErased::TakenBack), (2, NotErased::TakenBack)], "why it goes no further now");
    for no in [1, 2] {
        std::fs::remove_file(rig.folder.path().join(format!("vault/erasing/1-{no}"))).unwrap();
    }
    rig.desk.look().await;
    assert_eq!(rig.named().await, []);
    assert_eq!(rig.told("\"alarm_cleared\",\"alarm\":{\"what\":\"not_erased\"").await, 1);
    // One of which no start had told: somebody wrote its file since, and takes it away.
    rig.leave_marker(whole(3), list);
    rig.unerased.forget_resumed(whole(3));
    fails(&mut rig, 3);
    rig.desk.look().await;
    assert_eq!(rig.named().await, [(3, NotErased::Damaged)]);
    std::fs::remove_file(rig.folder.path().join("vault/erasing/1-3")).unwrap();
    rig.desk.look().await;
    assert_eq!(rig.named().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_says_it_has_begun_has_nothing_erased_that_is_not_agreed_on_still() {
    let mut rig = about_to_go().await;
    let list = rig.list().await;
    // By a rule that counts by now it is kept, whoever wrote the file.
    rig.settings.send_replace(rules(4_000));
    rig.leave_marker(whole(1), list);
    assert_eq!(rig.goes_on().await, (vec![], vec![]));
    rig.desk.look().await;
    assert_eq!(rig.named().await, [(1, NotErased::TakenBack)]);

    let mut rig = about_to_go().await;
    let list = rig.list().await;
    rig.hold(Hold::Call(call(1))).await;
    let cancel = KeepingRequest::Cancel { list, by: ASKS, reason: "not yet".into() };
    rig.desk.answer(cancel).await.unwrap();
    rig.leave_marker(whole(1), list);
    rig.leave_marker(whole(2), list);
    rig.tell_call(4);
    rig.journal.settle().await.unwrap();
    rig.leave_marker(whole(4), list);
    rig.leave_marker(whole(9), list);
    assert_eq!(rig.goes_on().await, (vec![], vec![]));
    let (back, nobody) = (NotErased::TakenBack, NotErased::NotAgreed);
    assert_eq!(rig.named().await, [(1, back), (2, back), (4, nobody), (9, nobody)]);
    assert_eq!(rig.overview().await.not_erased[3].call, None, "the log does not know it");
    assert_eq!((rig.told("\"why\":\"not_agreed\"").await, rig.told("\"why\":\"taken_back\"").await), (1, 2));
    assert_eq!(rig.told("\"what\":\"not_erased\"").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_accused_of_a_file_that_cant_be_read_where_the_log_has_the_agreement() {
    let mut rig = about_to_go().await;
    let list = rig.list().await;
    let cancel = KeepingRequest::Cancel { list, by: ASKS, reason: "not yet".into() };
    rig.desk.answer(cancel).await.unwrap();
    for (no, octets) in [(1, &b""[..]), (2, b"recording 1-2\nli"), (3, b"list 1\n"), (9, b"")] {
        rig.leave_marker(whole(no), list);
        std::fs::write(rig.folder.path().join(format!("vault/erasing/1-{no}")), octets).unwrap();
    }
    assert_eq!(rig.goes_on().await, (vec![], vec![]));
    let back = NotErased::TakenBack;
    assert_eq!(rig.named().await, [(1, back), (2, back), (3, back), (9, NotErased::NotAgreed)]);
    assert_eq!((rig.told("\"why\":\"not_agreed\"").await, rig.told("\"why\":\"taken_back\"").await), (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_waits_for_a_clock_a_witness_and_a_whole_log_and_nobody_is_accused_before() {
    let mut rig = Rig::new().await;
    rig.confirm_time().await;
    rig.agree().await;
    let list = rig.list().await;
    let waits = |no| (no, NotErased::Waits);
    rig.leave_marker(whole(2), list);
    assert_eq!(rig.goes_on().await, (vec![], vec![]), "its 72 hours are not over");
    assert_eq!(rig.named().await, [waits(2)]);
    assert_eq!(rig.told("\"what\":\"not_erased\"").await, 1, "and there is an alarm");
    rig.wait(72);
    rig.held_to.send_replace(says(false));
    // The log that was set back lacks the list of this one.
    rig.leave_marker(whole(9), EventNo(400));
    assert_eq!(rig.goes_on().await, (vec![], vec![]), "a witness says that the vault was set back");
    assert_eq!(rig.named().await, [waits(2), waits(9)]);
    rig.held_to.send_replace(says(true));
    let boot = std::mem::replace(&mut rig.now.lock().unwrap().boot, BootNo(2));
    rig.restart();
    rig.leave_marker(whole(2), list);
    rig.leave_marker(whole(9), EventNo(400));
    assert_eq!(rig.goes_on().await, (vec![], vec![]), "nobody has confirmed the time of this boot");
    assert_eq!(rig.named().await, [waits(2), waits(9)]);
    rig.now.lock().unwrap().boot = boot;
    damage(&rig, 3);
    assert_eq!(rig.goes_on().await, (vec![], vec![]), "the end of the log is gone, and lists with it");
    assert_eq!(rig.named().await, [waits(2), waits(9)]);
    assert_eq!(rig.told("\"kind\":\"erasure_failed\"").await, 0, "the audit accuses nobody");
    let answer = acknowledge(&mut rig).await;
    assert!(
        matches!(answer, Ok(KeepingReply::TooLateFor { recordings: 1, .. })),
        "some of its keys may be gone: {answer:?}"
    );
    assert_eq!(rig.goes_on().await, (vec![], vec![]));
    assert_eq!(rig.named().await, [2, 9].map(|no| (no, NotErased::TakenBack)), "9's list may be among what is lost");
    assert_eq!(rig.told("\"why\":\"not_agreed\"").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_has_as_erased_is_buried_as_the_log_has_it() {
    let mut rig = about_to_go().await;
    let (list, at) = (rig.list().await, *rig.now.lock().unwrap());
    let erased = Tombstone { confirmed: [Some(at); 2], rule: "as it was".into(), ..stone(list, 2) };
    let (call, recording, document) = (call(2), RecordingId::new(LIFE, 2), erased.emit());
    rig.journal.append(at, BoxEvent::RecordingErased { call, recording, list, document });
    rig.journal.settle().await.unwrap();
    rig.restart();
    rig.leave_marker(whole(2), list);
    assert_eq!(rig.goes_on().await, (vec![1, 3], vec![erased.clone()]));
    assert_eq!((rig.goes_on().await, rig.named().await), ((vec![], vec![]), vec![]));
    // A stretch of it had begun as well: the burial of all of it is that of its stretches.
    std::fs::remove_file(rig.folder.path().join("vault/erasing/1-2")).unwrap();
    rig.restart();
    rig.leave_marker(Grave { range: Some(EventNo(400)), ..whole(2) }, EventNo(400));
    assert_eq!(rig.goes_on().await, (vec![1, 3], vec![erased]));
    assert_eq!((rig.goes_on().await, rig.named().await), ((vec![], vec![]), vec![]));
    assert_eq!(rig.told("\"kind\":\"erasure_failed\"").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_end_that_the_log_has_of_a_recording_counts_and_one_that_never_began_there_has_no_link() {
    let mut rig = about_to_go().await;
    let (at, recording) = (rig.ten_days_ago(), RecordingId::new(LIFE, 2));
    let finished = |call, recording| BoxEvent::RecordingFinished {
        call,
        recording,
        object: "objects/1/0/x.rfo".into(),
        records: 5,
        chunks: 2,
        seconds: 3,
        head: "cd".repeat(32),
        commitments: "cd".repeat(32),
    };
    // Whoever puts other objects there while the box is off has their ends told.
    rig.journal.append(at, finished(call(2), recording));
    let (direction, class, cause) = (Direction::Incoming, CallClass::Normal, isdn::Cause::NormalClearing);
    rig.journal.append(at, CallEvent::Began { call: call(9), direction, class, settings: 1 });
    rig.journal.append(at, CallEvent::Ended { call: call(9), cause, by: Side::Caller });
    rig.journal.append(at, finished(call(9), RecordingId::new(LIFE, 9)));
    rig.journal.settle().await.unwrap();
    // The look holds each order to the first link.
    assert_eq!(rig.look().await, [1, 2, 3]);
    let index = IndexReader::open(&rig.folder.path().join("index.db")).unwrap();
    let link = |no| must_go::kept(&index, RecordingId::new(LIFE, no)).unwrap().as_ref().and_then(must_go::chain_head);
    assert_eq!((link(2), link(9)), (Some([0xAB; 32]), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_files_there_are_a_look_takes_some_and_what_is_asked_comes_in_between() {
    let mut rig = about_to_go().await;
    let list = rig.list().await;
    (1_000..1_250).for_each(|no| rig.leave_marker(whole(no), list));
    for looked_up in [100, 200, 250, 250] {
        rig.desk.look().await;
        assert_eq!(rig.desk.resumed.len(), looked_up);
        // The desk's loop comes at once, and not in a minute.
        let comes = timeout(Duration::from_millis(1), rig.unerased.has_resumed()).await.is_ok();
        assert!(comes || looked_up == 250);
    }
    assert_eq!(rig.named().await.len(), 250);
}

/// Records what call 1 said, a quarter of a second of two voices, into the vault that the desk reads.
async fn record(rig: &Rig) {
    use crate::recorder::{Home, InlineRecorder, RecorderSettings};
    let folder = rig.folder.path().join("vault");
    std::fs::create_dir(&folder).unwrap();
    let (mut store, cost) = (FileStore::new(&folder), vault::Cost { memory_kib: 8, passes: 1 });
    let home = Home::create(&mut store, b"4711", cost, Stamp::default(), &mut vault::Seeded::new(1)).unwrap();
    let settings = RecorderSettings { segment_octets: 64 << 10, segments: 8, ..RecorderSettings::new(LIFE, BootNo(1)) };
    let random = || Box::new(vault::Seeded::new(5)) as _;
    let mut recorder =
        InlineRecorder::start(Box::new(store), home.seal_for(), settings, Stamp::default(), random).unwrap();
    let mut tick = frame::SpanTick::silent(frame::SpanId(0), frame::Law::A);
    let recording = RecordingId::new(LIFE, 1);
    let talk = |recorder: &mut InlineRecorder, tick: &mut frame::SpanTick, ticks| {
        for _ in 0..ticks {
            tick.tick = frame::Tick(tick.tick.0 + 1);
            recorder.seal_tick(tick);
        }
    };
    for slot in 0..2_u8 {
        let track = frame::TrackHandle { slot: slot.into(), generation: 1 };
        recorder.handle_command(RecorderCommand::Begin {
            track,
            recording,
            call: call(1),
            part: 1,
            leg: LegId::new(LIFE, slot.into()),
            lane: frame::LaneId::new(frame::SpanId(0), frame::Timeslot(slot + 1)),
            law: frame::Law::A,
            stamp: Stamp::default(),
            tick: None,
        });
        let flags = frame::LaneFlags::NONE;
        tick.lanes[usize::from(slot) + 1] = frame::LaneStamp { track: Some(track), flags };
    }
    talk(&mut recorder, &mut tick, 25);
    for slot in 0..2_u8 {
        let track = std::mem::take(&mut tick.lanes[usize::from(slot) + 1]).track.unwrap();
        recorder.handle_command(RecorderCommand::End { track, tick: None });
    }
    recorder.handle_command(RecorderCommand::Finish { recording, stamp: Stamp::default() });
    talk(&mut recorder, &mut tick, 60);
    recorder.close();
    // The log knows it by its link.
    let object = std::fs::read(folder.join(crate::recorder::object_name(recording))).unwrap();
    let trailer = vault::ObjectTrailer::parse(&object[object.len() - vault::OBJECT_TRAILER_OCTETS..]).unwrap();
    rig.tell_call_with(1, rig.ten_days_ago(), base16ct::lower::encode_string(&trailer.chain_head));
    [2, 3].into_iter().for_each(|no| rig.tell_call(no));
    rig.journal.settle().await.unwrap();
}

/// What a life leaves that had begun with a stretch.
fn leave_marker(rig: &Rig, list: EventNo) {
    let folder = rig.folder.path().join("vault/erasing");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("1-1.{list}")), "").unwrap();
}

impl Rig {
    /// The stretches that were ordered to be erased since, by the events that agreed on them.
    fn ordered_ranges(&mut self) -> Vec<EventNo> {
        let mut ordered = Vec::new();
        for command in self.orders.try_iter() {
            let RecorderCommand::Erasing(Order::Erase(wanted, permit)) = command else { panic!("{command:?}") };
            let Wanted { tombstone, line } = *wanted;
            assert_eq!(line.map(|line| line.minutes), Some(2), "the recorder is told which minutes, by their hash");
            let range = tombstone.range.as_ref().unwrap();
            assert_eq!((range.meant, range.gone), (Stretch { from_s: 0, to_s: 1 }, Stretch { from_s: 0, to_s: 1 }));
            assert_eq!((tombstone.asked, tombstone.granted, tombstone.rule.as_str()), (ASKS, PersonId(7), "a card"));
            ordered.push(tombstone.list);
            self.permits.push(permit);
        }
        ordered
    }

    async fn erase_range(&mut self, object: &str) -> Result<KeepingReply, KeepingRefusal> {
        self.desk
            .answer(KeepingRequest::EraseRange { object: object.to_owned(), by: ASKS, reason: "a card".into() })
            .await
    }

    /// The line for the first second of call 1.
    async fn range(&mut self) -> String {
        let meant = Stretch { from_s: 0, to_s: 1 };
        match self.desk.answer(KeepingRequest::LookAtRange { call: call(1), meant }).await {
            Ok(KeepingReply::Range(now)) => now.object,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_goes_at_once_by_two_people_under_a_hold_without_a_clock_and_with_a_damaged_log() {
    let mut rig = Rig::empty().await;
    record(&rig).await;
    // Nobody has confirmed the time, the log lost something, the vault may have been set back, and the call is held.
    rig.journal.append(*rig.now.lock().unwrap(), BoxEvent::EventsLost { count: 1 });
    rig.held_to.send_replace(says(false));
    rig.hold(Hold::Call(call(1))).await;
    let object = rig.range().await;
    assert!(object.starts_with("1-1 0-1: 0-1, 2 / "), "{object}");
    assert_eq!(rig.erase_range(&object).await, Err(KeepingRefusal::NotGranted), "one person alone");
    assert_eq!(rig.ordered_ranges(), []);
    let other = object.replace("0-1, 2", "0-1, 3");
    rig.granted.lock().unwrap().push(other.clone());
    assert_eq!(rig.erase_range(&other).await, Err(KeepingRefusal::ListChanged), "not what the recording has");
    rig.granted.lock().unwrap().push(object.clone());
    let Ok(KeepingReply::Done(no)) = rig.erase_range(&object).await else { panic!("it is granted") };
    assert_eq!(rig.ordered_ranges(), [no], "at once");
    assert_eq!(rig.erase_range(&object).await, Err(KeepingRefusal::NotGranted), "a grant is for once");
    // A hold that comes now, and other rules, stop nothing.
    rig.hold(Hold::Call(call(1))).await;
    rig.desk.withdraw();
    assert!(rig.permits[0].take(), "it is under way");
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges(), [], "once in a life");
    rig.restart();
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges(), [no], "the recorder may have died before");
    let (call, recording) = (call(1), RecordingId::new(LIFE, 1));
    let erased = BoxEvent::RangeErased { call, recording, list: no, document: String::new() };
    rig.journal.append(*rig.now.lock().unwrap(), erased);
    rig.journal.settle().await.unwrap();
    rig.restart();
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges(), [], "it is done");
    assert_eq!(rig.told("\"act\":\"erase_range\"").await, 3, "those that were refused are in the audit, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_is_taken_back_until_the_recorder_begins_and_one_that_nobody_said_was_done_does_not_go() {
    let mut rig = Rig::empty().await;
    record(&rig).await;
    let object = rig.range().await;
    let cancel = |list| KeepingRequest::Cancel { list, by: ASKS, reason: "the wrong call".into() };
    rig.granted.lock().unwrap().push(object.clone());
    let Ok(KeepingReply::Done(no)) = rig.erase_range(&object).await else { panic!("it is granted") };
    assert_eq!(rig.ordered_ranges(), [no]);
    let ranges = rig.overview().await.ranges;
    assert_eq!(ranges, [RangeWaits { no, object: object.clone(), has_begun: false }], "whoever takes it back sees it");
    assert!(matches!(rig.desk.answer(cancel(no)).await, Ok(KeepingReply::Done(_))));
    assert_eq!(rig.overview().await.ranges, []);
    assert!(!rig.permits[0].take(), "the recorder has nothing to do");
    rig.desk.look().await;
    rig.restart();
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges(), []);
    rig.granted.lock().unwrap().push(object.clone());
    let Ok(KeepingReply::Done(no)) = rig.erase_range(&object).await else { panic!("it is granted") };
    assert_eq!(rig.ordered_ranges(), [no]);
    assert!(rig.permits[1].take());
    assert_eq!(rig.desk.answer(cancel(no)).await, Ok(KeepingReply::TooLateFor { no, recordings: 1 }));
    // A life that died between the event and its outcome: nobody was told that it was done.
    let intent = BoxEvent::AuditIntent {
        by: Actor::Person(ASKS),
        act: Act::EraseRange,
        object: object.clone(),
        call: Some(call(1)),
        reason: "a card".into(),
    };
    let (asked, granted, approval) = (ASKS, PersonId(7), EventNo(5));
    let (call, recording, reason) = (call(1), RecordingId::new(LIFE, 1), "a card".to_owned());
    let agreed = BoxEvent::RangeAgreed { call, recording, object, reason, asked, granted, approval };
    rig.journal.append(*rig.now.lock().unwrap(), intent);
    rig.journal.append(*rig.now.lock().unwrap(), agreed);
    rig.journal.settle().await.unwrap();
    rig.restart();
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges(), [no], "the one that was told as done alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_that_became_durable_after_it_was_refused_is_not_ordered_before_it_is_taken_back() {
    let mut rig = Rig::empty().await;
    record(&rig).await;
    let object = rig.range().await;
    rig.desk.look().await;
    // The disk hung for longer than an act may take: the desk has told that nothing was done, and its event came through.
    let (asked, granted, approval) = (ASKS, PersonId(7), EventNo(5));
    let (call, recording, reason) = (call(1), RecordingId::new(LIFE, 1), "a card".to_owned());
    let agreed = BoxEvent::RangeAgreed { call, recording, object: object.clone(), reason, asked, granted, approval };
    rig.journal.append(*rig.now.lock().unwrap(), agreed);
    rig.journal.settle().await.unwrap();
    rig.desk.look().await;
    assert_eq!(rig.overview().await.ranges.len(), 1, "it is known");
    assert_eq!(rig.ordered_ranges(), []);
    // One that this life has told as done goes, and one of an earlier life, which had what was refused taken back.
    rig.granted.lock().unwrap().push(object.clone());
    let Ok(KeepingReply::Done(no)) = rig.erase_range(&object).await else { panic!("it is granted") };
    assert_eq!(rig.ordered_ranges(), [no]);
    rig.restart();
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_that_an_earlier_life_had_begun_is_taken_back_by_nobody_not_even_by_the_next_life() {
    let mut rig = Rig::empty().await;
    record(&rig).await;
    let object = rig.range().await;
    // Agreed on and begun, and the power went before its outcome was told.
    let intent = BoxEvent::AuditIntent {
        by: Actor::Person(ASKS),
        act: Act::EraseRange,
        object: object.clone(),
        call: Some(call(1)),
        reason: "a card".into(),
    };
    let (asked, granted, approval) = (ASKS, PersonId(7), EventNo(5));
    let (of, recording, reason) = (call(1), RecordingId::new(LIFE, 1), "a card".to_owned());
    let agreed = BoxEvent::RangeAgreed { call: of, recording, object, reason, asked, granted, approval };
    rig.journal.append(*rig.now.lock().unwrap(), intent);
    let at = *rig.now.lock().unwrap();
    let no = rig.journal.append_durable(at, agreed).await.unwrap().unwrap();
    leave_marker(&rig, no);
    rig.restart();
    let now = rig.overview().await;
    assert_eq!(now.ranges.iter().map(|range| (range.no, range.has_begun)).collect::<Vec<_>>(), [(no, true)]);
    let cancel = KeepingRequest::Cancel { list: no, by: ASKS, reason: "the wrong call".into() };
    assert_eq!(rig.desk.answer(cancel).await, Ok(KeepingReply::TooLateFor { no, recordings: 1 }));
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges(), [no]);
    assert_eq!(rig.told("erasure_cancelled").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_stretch_is_followed_only_where_the_log_has_the_stretch_and_is_buried_as_the_log_has_it() {
    let mut rig = Rig::empty().await;
    record(&rig).await;
    let object = rig.range().await;
    rig.granted.lock().unwrap().push(object.clone());
    let Ok(KeepingReply::Done(no)) = rig.erase_range(&object).await else { panic!("it is granted") };
    let of = |list: EventNo| Grave { recording: RecordingId::new(LIFE, 1), range: Some(list) };
    rig.restart();
    rig.ordered_ranges();
    rig.leave_marker(of(no), no);
    rig.desk.look().await;
    assert_eq!(rig.ordered_ranges(), [no], "ordered anew, by the line that the log has");
    assert_eq!(rig.named().await, []);
    rig.confirm_time().await;
    let other = EventNo(no.0 + 1);
    rig.leave_marker(of(other), no);
    assert_eq!(rig.goes_on().await, (vec![], vec![]));
    let [row] = rig.overview().await.not_erased[..] else { panic!("one is named") };
    assert_eq!((row.range, row.why, row.has_begun), (Some(other), NotErased::NotAgreed, true));
    let at = *rig.now.lock().unwrap();
    let range = Some(vault::Range {
        meant: Stretch { from_s: 0, to_s: 1 },
        gone: Stretch { from_s: 0, to_s: 1 },
        minutes: vec![],
    });
    let erased = Tombstone { confirmed: [Some(at); 2], range, ..stone(no, 1) };
    let (call, recording, document) = (call(1), RecordingId::new(LIFE, 1), erased.emit());
    rig.journal.append(at, BoxEvent::RangeErased { call, recording, list: no, document });
    rig.journal.settle().await.unwrap();
    rig.restart();
    rig.leave_marker(of(no), no);
    assert_eq!(rig.goes_on().await, (vec![], vec![erased]));
}

#[tokio::test]
async fn a_copys_store_is_told_what_holds_cover_and_nothing_of_what_nobody_can_tell() {
    let mut rig = Rig::new().await;
    // As long as a list waits the index has the holds that came after it, also when they are lifted.
    rig.confirm_time().await;
    assert_eq!(rig.agree().await, 3);
    let now = *rig.now.lock().unwrap();
    let recording = |no| RecordingId::new(LIFE, no);
    let index = rig.folder.path().join("index.db");
    let covered = || [1, 2, 9].map(|no| CopyHolds::read(&index).unwrap().cover(recording(no)));
    assert_eq!(covered(), [Some(false); 3], "nothing is held");
    rig.journal.append(now, BoxEvent::HoldPlaced { by: ASKS, hold: Hold::Call(call(2)), reason: "court".into() });
    let until = rig.journal.settle().await.unwrap();
    IndexReader::open_with(&index, until).unwrap();
    assert_eq!(covered(), [Some(false), Some(true), None], "of the last one the index knows nothing");
    rig.journal.append(now, BoxEvent::HoldLifted { by: ASKS, hold: until });
    IndexReader::open_with(&index, rig.journal.settle().await.unwrap()).unwrap();
    assert_eq!(covered(), [Some(false); 3]);
}
