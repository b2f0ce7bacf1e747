//! The tests of analog ports that the box makes by itself, where its owner has chosen an hour: once a night, one port after the
//! other. What is in use at first is tried again until the night is over, and then it is said that it never was idle.
//!
//! [`Nights`] decides; the task waits and asks. What is found is the journal's, as of any test. Not here: what a test does.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use analog::port_test::Findings;
use frame::{PortId, Utc};
use settings::{Layout, Settings};
use tokio::{sync::watch, task::spawn_blocking, time::sleep};

use super::nights::{NightInput, NightNow, NightOutput, Nights, is_tried_again, tested};
use crate::{
    handles::{ControlHandle, ControlReply, ControlRequest, TestOrder},
    journal::{BoxEvent, FollowError, IndexReader, JournalHandle, RECALLED_TESTS, StampClock},
};

/// What the task needs of the box.
pub(super) struct NightTests {
    pub(super) settings: watch::Receiver<Arc<Settings>>,
    pub(super) layout: Layout,
    pub(super) control: ControlHandle,
    pub(super) journal: JournalHandle,
    pub(super) clock: StampClock,
    pub(super) index: PathBuf,
}

impl NightTests {
    /// Tests each night until the task is aborted.
    pub(super) async fn follow(self) {
        self.follow_by(sleep).await;
    }

    /// The same, by whoever waits for it.
    async fn follow_by<W: Future<Output = ()>>(self, wait: impl Fn(Duration) -> W) {
        self.recall().await;
        let mut nights = Nights::new((self.clock)().time);
        loop {
            if let Some(due) = nights.next_deadline() {
                wait(due.since((self.clock)().time)).await;
            }
            self.tell(&mut nights, NightInput::Timeout);
            while let Some(output) = nights.poll_output() {
                match output {
                    NightOutput::AskTested { since } => {
                        let done = self.tested_since(since).await;
                        self.tell(&mut nights, NightInput::TestedAlready(done));
                    }
                    NightOutput::Test(port) => {
                        let again = self.test(port).await;
                        self.tell(&mut nights, NightInput::Became { again });
                    }
                    NightOutput::NeverIdle(port) => self.tell_never_idle(port),
                }
            }
        }
    }

    fn tell(&self, nights: &mut Nights, input: NightInput) {
        let settings = Arc::clone(&self.settings.borrow());
        let now = NightNow { at: (self.clock)(), settings: &settings, layout: &self.layout };
        nights.handle_input(now, input);
    }

    /// Lets call control know what the last tests found: a restart puts no line right, and what is usual stays usual.
    async fn recall(&self) {
        let (index, ports) = (self.index.clone(), self.ports());
        let read = move || {
            let index = IndexReader::open(&index)?;
            let of = |port| {
                let tests = index.port_tests(port, RECALLED_TESTS)?;
                Ok(tests.into_iter().rev().map(move |test| (port, test.findings)))
            };
            let tests: Result<Vec<_>, FollowError> = ports.into_iter().map(of).collect();
            Ok::<_, FollowError>(tests?.into_iter().flatten().collect())
        };
        let tests: Vec<(PortId, Findings)> = match spawn_blocking(read).await {
            Ok(Ok(tests)) => tests,
            other => return tracing::warn!(?other, "nobody can say what earlier tests of ports found"),
        };
        if !tests.is_empty() && self.control.ask(ControlRequest::RecallPortTests { tests }).await.is_err() {
            tracing::warn!("call control did not take what earlier tests of ports found");
        }
    }

    /// All jacks with two wires that may be tested.
    fn ports(&self) -> Vec<PortId> {
        let settings = self.settings.borrow();
        let ports = self.layout.jacks.iter().filter(|jack| tested(jack.kind).is_some()).map(|jack| jack.port);
        ports.filter(|port| settings.tests_port(*port)).collect()
    }

    /// Ports that an earlier life has tested in the same night; none where the index does not say.
    async fn tested_since(&self, since: Utc) -> BTreeSet<PortId> {
        let index = self.index.clone();
        let read = move || IndexReader::open(&index)?.tested_at_night_since(since);
        match spawn_blocking(read).await {
            Ok(Ok(ports)) => ports,
            other => {
                tracing::warn!(?other, "nobody can say which ports were tested tonight");
                BTreeSet::new()
            }
        }
    }

    /// Tests a port; whether it is to be tried again. An unknown answer is one of a control that is too busy.
    async fn test(&self, port: PortId) -> bool {
        let request = ControlRequest::TestPort { port, order: TestOrder::AtNight, from: None };
        match self.control.ask_the_line(request).await {
            Ok(ControlReply::PortTested(Ok(tested))) => is_tried_again(Ok(&tested.findings)),
            Ok(ControlReply::PortTested(Err(why))) => is_tried_again(Err(why)),
            _ => true,
        }
    }

    fn tell_never_idle(&self, port: PortId) {
        let Some(tested) = self.layout.jack(port).and_then(|jack| tested(jack.kind)) else { return };
        let findings = Findings::never_idle(tested);
        self.journal.append((self.clock)(), BoxEvent::PortTested { port, nightly: true, findings });
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, future::pending, sync::Mutex};

    use analog::port_test::Verdict;
    use frame::{BootNo, LifeNo, Stamp, Time};
    use settings::Board;
    use tokio::{sync::Notify, time::timeout};

    use super::*;
    use crate::{
        handles::{self, Asked, NotTested, TestedPort},
        journal::{self, JournalConfig, Limits},
    };

    const AT_19: i64 = 1_795_460_400;
    const MINUTE_S: i64 = 60;
    const HOUR_S: i64 = 60 * MINUTE_S;
    const DAY_S: i64 = 24 * HOUR_S;

    /// So many seconds after 19 of the first day.
    fn stamp(s: i64) -> Stamp {
        let utc = Utc::from_us((AT_19 + s) * 1_000_000);
        Stamp { boot: BootNo(1), time: Time::from_ms(((DAY_S + s) * 1000) as u64), utc }
    }

    /// What a life of the box did at night.
    #[derive(Default)]
    struct Did {
        /// Each test that was wanted: when, and of which port.
        wanted: Vec<(Utc, PortId)>,
        /// How many earlier tests call control was told.
        recalled: usize,
    }

    impl Did {
        fn times(&self) -> BTreeMap<PortId, usize> {
            let mut times = BTreeMap::new();
            self.wanted.iter().for_each(|(_, port)| *times.entry(*port).or_insert(0) += 1);
            times
        }
    }

    /// A box of four outside lines and eight telephones whose owner chose 19, by a clock that only waiting moves.
    struct Rig {
        folder: tempfile::TempDir,
        journal: JournalHandle,
        settings: watch::Sender<Arc<Settings>>,
        layout: Layout,
    }

    impl Rig {
        fn new() -> Rig {
            let board = Board::parse("demo.toml", include_str!("../../board/demo.toml")).unwrap();
            let text = include_str!("../../board/demo.settings.toml");
            let mut settings = Settings::parse("a", text, &board, None).unwrap().settings;
            settings.port_tests.nightly_hour_utc = Some(19);
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir(folder.path().join("events")).unwrap();
            let config = JournalConfig {
                events: folder.path().join("events"),
                index: folder.path().join("index.db"),
                life: LifeNo(1),
                limits: Limits { segment_octets: 1 << 20, ..Limits::default() },
                leaves: None,
                clock: Box::new(|| stamp(0)),
            };
            let journal = journal::start(config).unwrap().0;
            Rig { folder, journal, settings: watch::Sender::new(Arc::new(settings)), layout: Layout::of(&board) }
        }

        fn index(&self) -> PathBuf {
            self.folder.path().join("index.db")
        }

        /// A life from one moment to another, in which one port may be in use.
        async fn lives(&self, from_s: i64, to_s: i64, busy: Option<PortId>) -> Did {
            let now = Arc::new(Mutex::new(stamp(from_s)));
            let (read, told) = (Arc::clone(&now), Arc::new(Mutex::new(Did::default())));
            let (control, mut requests) = handles::handle::<ControlRequest, ControlReply>();
            let (journal, clock, did) = (self.journal.clone(), Arc::clone(&now), Arc::clone(&told));
            // As telephony: what it finds stands in the log.
            let answers = tokio::spawn(async move {
                while let Some(Asked { request, reply }) = requests.recv().await {
                    let at = *clock.lock().unwrap();
                    let answer = match request {
                        ControlRequest::TestPort { port, order, from } => {
                            assert_eq!((order, from), (TestOrder::AtNight, None));
                            did.lock().unwrap().wanted.push((at.utc, port));
                            let nothing = Findings::never_idle(analog::port_test::Tested::Telephone);
                            let findings = Findings { verdicts: vec![Verdict::Good], ..nothing };
                            if busy == Some(port) {
                                ControlReply::PortTested(Err(NotTested::Busy))
                            } else {
                                let found = findings.clone();
                                journal.append(at, BoxEvent::PortTested { port, nightly: true, findings: found });
                                ControlReply::PortTested(Ok(TestedPort { at, findings, worse: Vec::new() }))
                            }
                        }
                        ControlRequest::RecallPortTests { tests } => {
                            did.lock().unwrap().recalled = tests.len();
                            ControlReply::Recalled
                        }
                        _ => panic!("nothing else is asked"),
                    };
                    let _ = reply.send(answer);
                }
            });
            let task = NightTests {
                settings: self.settings.subscribe(),
                layout: self.layout.clone(),
                control,
                journal: self.journal.clone(),
                clock: Arc::new(move || *read.lock().unwrap()),
                index: self.index(),
            };
            let (over, end) = (Notify::new(), stamp(to_s).time);
            let wait = |time: Duration| {
                let (over, now) = (&over, &now);
                async move {
                    let until = now.lock().unwrap().time + time;
                    if until > end {
                        over.notify_one();
                        pending::<()>().await;
                    }
                    let later_s = i64::try_from(until.as_us() / 1_000_000).unwrap() - DAY_S;
                    *now.lock().unwrap() = stamp(later_s);
                }
            };
            let lasts = async {
                tokio::select! {
                    () = task.follow_by(wait) => panic!("it follows until it is aborted"),
                    () = over.notified() => (),
                }
            };
            timeout(Duration::from_secs(60), lasts).await.expect("the life is over");
            self.journal.settle().await.unwrap();
            answers.abort();
            std::mem::take(&mut *told.lock().unwrap())
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_night_idle_ports_are_tested_once_over_restarts_and_what_never_is_idle_is_told_in_the_log() {
        let rig = Rig::new();
        let all: Vec<PortId> =
            rig.layout.jacks.iter().filter(|jack| tested(jack.kind).is_some()).map(|jack| jack.port).collect();
        let busy = all[7];
        // It starts an hour before, and dies in the night.
        let first = rig.lives(-HOUR_S, 20 * MINUTE_S, Some(busy)).await;
        assert!(first.wanted.iter().all(|(at, _)| *at >= stamp(0).utc), "not before the hour: {:?}", first.wanted);
        let mut times = first.times();
        let tries = times.remove(&busy).unwrap_or_default();
        assert!((10..25).contains(&tries), "what is in use is tried again every minute: {tries}");
        assert_eq!((times.len(), times.values().all(|times| *times == 1), first.recalled), (11, true, 0), "{times:?}");
        // The next life goes on with the one that is left, once whoever has started it is gone.
        let second = rig.lives(30 * MINUTE_S, 5 * HOUR_S, None).await;
        assert_eq!(second.times(), BTreeMap::from([(busy, 1)]));
        assert!(second.wanted[0].0 >= stamp(40 * MINUTE_S).utc, "{:?}", second.wanted);
        assert_eq!(second.recalled, 11, "and call control knows what the earlier one found");
        // One that starts after the hour skips no night; the night after that it tests all once more.
        let third = rig.lives(DAY_S + HOUR_S, 2 * DAY_S + 5 * HOUR_S, None).await;
        let times = third.times();
        assert_eq!((times.len(), times.values().all(|times| *times == 2)), (12, true), "{times:?}");
        assert_eq!(third.wanted.iter().filter(|(at, _)| *at < stamp(2 * DAY_S).utc).count(), 12, "of the first night");
        // Of what was in use all night that is told, once.
        rig.lives(3 * DAY_S - HOUR_S, 3 * DAY_S + 5 * HOUR_S, Some(busy)).await;
        let index = IndexReader::open(&rig.index()).unwrap();
        let never_idle = |port| {
            let tests = index.port_tests(port, 100).unwrap().into_iter();
            tests.filter(|test| test.nightly && test.findings.verdicts == [Verdict::NeverIdle]).count()
        };
        assert_eq!(all.iter().map(|port| never_idle(*port)).sum::<usize>(), 1);
        assert_eq!(never_idle(busy), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_owner_who_chose_no_hour_has_no_port_tested() {
        let rig = Rig::new();
        rig.settings.send_modify(|settings| Arc::make_mut(settings).port_tests.nightly_hour_utc = None);
        assert_eq!(rig.lives(-HOUR_S, 5 * HOUR_S, None).await.wanted, []);
    }
}
