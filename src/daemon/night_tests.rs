//! The tests of analog ports that the box makes by itself, where its owner has chosen an hour: once a night, one port after the
//! other. What is in use at first is tried again until the night is over, and then it is said that it never was idle.
//!
//! [`Nights`] decides; the task waits and asks. What is found is the journal's, as of any test. Not here: what a test does.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use analog::port_test::Findings;
use frame::{PortId, Utc};
use settings::{Layout, Settings};
use tokio::{sync::watch, task::spawn_blocking, time::sleep};

use super::{
    Timestamps,
    nights::{NightInput, NightNow, NightOutput, Nights, is_tried_again, tested},
};
use crate::{
    handles::{ControlHandle, ControlReply, ControlRequest, TestOrder},
    journal::{BoxEvent, FollowError, IndexReader, JournalHandle, RECALLED_TESTS},
};

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
        let mut nights = Nights::new(self.timestamps.now().time);
        loop {
            if let Some(due) = nights.next_deadline() {
                sleep(due.since(self.timestamps.now().time)).await;
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
        let now = NightNow { at: self.timestamps.now(), settings: &settings, layout: &self.layout };
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
        self.journal.append(self.timestamps.now(), BoxEvent::PortTested { port, nightly: true, findings });
    }
}
