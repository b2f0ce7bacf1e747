//! The tests of analog ports that the box makes by itself, where its owner has chosen an hour: once a night, one port after the
//! other. What is in use at first is tried again until the night is over, and then it is said that it never was idle.
//!
//! [`Nights`] decides; the task waits. What is found is the journal's, as of any test. Not here: what a test does.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use analog::port_test::{Findings, Tested, Verdict};
use frame::{PortId, Utc};
use settings::{CardKind, Layout, PortTests, Settings};
use tokio::{sync::watch, task::spawn_blocking, time::sleep};

use super::Timestamps;
use crate::{
    handles::{ControlHandle, ControlReply, ControlRequest, NotTested, TestOrder, TestedPort},
    journal::{BoxEvent, FollowError, IndexReader, JournalHandle},
};

/// How often it is looked whether there is something to test.
const A_MINUTE: Duration = Duration::from_secs(60);

/// How long the box has to have run: whoever starts it at that hour works on it.
const SETTLED: Duration = Duration::from_secs(600);

/// Between two ports: more than an exchange is given to let go of a line that was tested.
const BETWEEN: Duration = Duration::from_secs(6);

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// How many tests of each port are looked at for what is still wrong: a fault that none of these looked for was told long ago.
const RECALLED: usize = 14;

/// How long ports are tried: a night's shift has its quiet minutes within that.
const A_NIGHT_S: i64 = 3 * HOUR_S;

/// Which night it is, and which ports it has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Nights {
    /// The days since 1970 at its hour.
    night: Option<i64>,
    left: Vec<PortId>,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// A night begins, or the box was started in it: it began then.
    Begins(Utc),
    /// Test what is left.
    GoesOn,
    /// The night is over.
    IsOver,
}

/// The day that last began with this hour, since 1970, and the seconds of it.
fn since_hour_s(now: Utc, hour: u8) -> (i64, i64) {
    let since_s = now.as_secs() - i64::from(hour) * HOUR_S;
    (since_s.div_euclid(DAY_S), since_s.rem_euclid(DAY_S))
}

impl Nights {
    fn look(&mut self, now: Utc, up: Duration, settings: PortTests) -> Due {
        let Some(hour) = settings.nightly_hour_utc else {
            self.left.clear();
            return Due::Nothing;
        };
        let (night, into_s) = since_hour_s(now, hour);
        match () {
            () if into_s >= A_NIGHT_S && self.left.is_empty() => Due::Nothing,
            () if into_s >= A_NIGHT_S => Due::IsOver,
            () if up < SETTLED => Due::Nothing,
            () if self.night != Some(night) => {
                self.night = Some(night);
                Due::Begins(Utc::from_us((now.as_secs() - into_s) * 1_000_000))
            }
            () if self.left.is_empty() => Due::Nothing,
            () => Due::GoesOn,
        }
    }
}

/// What the task needs of the box.
pub(super) struct NightTests {
    pub(super) settings: watch::Receiver<Arc<Settings>>,
    pub(super) layout: Layout,
    pub(super) control: ControlHandle,
    pub(super) journal: JournalHandle,
    pub(super) timestamps: Timestamps,
    pub(super) index: PathBuf,
}

impl NightTests {
    /// Tests each night until the task is aborted.
    pub(super) async fn follow(self) {
        self.recall().await;
        let (began, mut nights) = (self.timestamps.now().time, Nights::default());
        loop {
            sleep(A_MINUTE).await;
            let (now, wanted) = (self.timestamps.now(), self.settings.borrow().port_tests);
            match nights.look(now.utc, now.time.since(began), wanted) {
                Due::Nothing => (),
                Due::Begins(since) => {
                    let done = self.tested_since(since).await;
                    nights.left = self.ports().filter(|port| !done.contains(port)).collect();
                    nights.left = self.test_all(nights.left).await;
                }
                Due::GoesOn => nights.left = self.test_all(nights.left).await,
                Due::IsOver => nights.left.drain(..).for_each(|port| self.tell_never_idle(port)),
            }
        }
    }

    /// Lets call control know what the last tests found: a restart puts no line right.
    async fn recall(&self) {
        let (index, ports) = (self.index.clone(), self.ports().collect::<Vec<_>>());
        let read = move || {
            let index = IndexReader::open(&index)?;
            let of = |port| {
                let tests = index.port_tests(port, RECALLED)?;
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
    fn ports(&self) -> impl Iterator<Item = PortId> + '_ {
        let settings = Arc::clone(&self.settings.borrow());
        let ports = self.layout.jacks.iter().filter(|jack| tested(jack.kind).is_some()).map(|jack| jack.port);
        ports.filter(move |port| settings.tests_port(*port))
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

    /// Tests these; those that are to be tried again.
    async fn test_all(&self, ports: Vec<PortId>) -> Vec<PortId> {
        let mut again = Vec::new();
        for port in ports {
            if !self.is_night() {
                again.push(port);
                continue;
            }
            let reply = self
                .control
                .ask_the_line(ControlRequest::TestPort { port, order: TestOrder::AtNight, from: None })
                .await;
            if reply.map_or(true, |reply| is_to_be_tried_again(&reply)) {
                again.push(port);
            }
            sleep(BETWEEN).await;
        }
        again
    }

    /// Whether it still is the night of somebody who wants tests: many ports take long.
    fn is_night(&self) -> bool {
        let hour = self.settings.borrow().port_tests.nightly_hour_utc;
        hour.is_some_and(|hour| since_hour_s(self.timestamps.now().utc, hour).1 < A_NIGHT_S)
    }

    fn tell_never_idle(&self, port: PortId) {
        let Some(tested) = self.layout.jack(port).and_then(|jack| tested(jack.kind)) else { return };
        let findings = Findings::never_idle(tested);
        self.journal.append(self.timestamps.now(), BoxEvent::PortTested { port, nightly: true, findings });
    }
}

fn tested(kind: CardKind) -> Option<Tested> {
    match kind {
        CardKind::Fxs => Some(Tested::Telephone),
        CardKind::Fxo => Some(Tested::OutsideLine),
        CardKind::E1 | CardKind::T1 | CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => None,
    }
}

/// What is in use, or gave way to a call, is idle again some time. An unknown answer is one of a control that is too busy.
fn is_to_be_tried_again(reply: &ControlReply) -> bool {
    match reply {
        ControlReply::PortTested(Ok(TestedPort { findings, .. })) => findings.verdicts.contains(&Verdict::Interrupted),
        ControlReply::PortTested(Err(why)) => match why {
            NotTested::Busy | NotTested::UnderWay | NotTested::OneAtATime | NotTested::LastFreeLine => true,
            NotTested::NoSuchPort
            | NotTested::NotAnalog
            | NotTested::NoOutsideLine
            | NotTested::NoTelephone
            | NotTested::TellsNoCaller
            | NotTested::NoCurrent
            | NotTested::NotInUse
            | NotTested::LeftOut => false,
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_19: i64 = 1_795_460_400;
    const LONG: Duration = Duration::from_secs(86_400);

    fn at(s: i64) -> Utc {
        Utc::from_us((AT_19 + s) * 1_000_000)
    }

    #[test]
    fn a_night_comes_once_a_day_in_the_hour_that_its_owner_chose_and_not_right_after_a_start() {
        let (mut nights, wanted) = (Nights::default(), PortTests { nightly_hour_utc: Some(19) });
        assert_eq!(nights.look(at(60), LONG, PortTests::default()), Due::Nothing, "nobody has chosen any");
        assert_eq!(nights.look(at(-1), LONG, wanted), Due::Nothing);
        assert_eq!(nights.look(at(0), SETTLED / 2, wanted), Due::Nothing, "somebody has just started it");
        assert_eq!(nights.look(at(60), SETTLED, wanted), Due::Begins(at(0)));
        assert_eq!(nights.look(at(120), LONG, wanted), Due::Nothing, "once");
        assert_eq!(nights.look(at(DAY_S), LONG, wanted), Due::Begins(at(DAY_S)));
        let before_midnight = PortTests { nightly_hour_utc: Some(23) };
        assert_eq!(
            nights.look(at(2 * DAY_S + 6 * HOUR_S), LONG, before_midnight),
            Due::Begins(at(2 * DAY_S + 4 * HOUR_S))
        );
    }

    #[test]
    fn what_is_not_idle_is_tried_until_the_night_is_over_and_that_is_told_once() {
        let (mut nights, wanted) = (Nights::default(), PortTests { nightly_hour_utc: Some(19) });
        nights.look(at(0), LONG, wanted);
        nights.left = vec!["SIM-FXS.1".parse().unwrap()];
        assert_eq!(nights.look(at(60), LONG, wanted), Due::GoesOn);
        assert_eq!(nights.look(at(A_NIGHT_S - 1), LONG, wanted), Due::GoesOn);
        assert_eq!(nights.look(at(A_NIGHT_S), LONG, wanted), Due::IsOver);
        nights.left.clear();
        assert_eq!(nights.look(at(A_NIGHT_S + 60), LONG, wanted), Due::Nothing);
        nights.left = vec!["SIM-FXS.1".parse().unwrap()];
        assert_eq!(nights.look(at(DAY_S + 60), LONG, PortTests::default()), Due::Nothing, "the owner says no");
        assert!(nights.left.is_empty());
    }

    #[test]
    fn a_port_in_use_is_tried_again_and_one_that_the_owner_leaves_out_is_not() {
        let refused = |why| is_to_be_tried_again(&ControlReply::PortTested(Err(why)));
        assert!([NotTested::Busy, NotTested::OneAtATime, NotTested::LastFreeLine].into_iter().all(refused));
        assert!(![NotTested::LeftOut, NotTested::NotInUse].into_iter().any(refused));
    }
}
