//! Tells the service manager that the box works, for as long as it does: ticks advance and call control answers. A box that
//! stops telling is ended and started again, and goes on with the calls that were held for it (docs/restart.md).
//!
//! Source: sd_notify(3), sd_watchdog_enabled(3).
//! Not here: what else may be wrong without an end of calls, which is told by alarms.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use os::{Supervisor, watched_within};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::{
    handles::{ControlHandle, ControlReply, ControlRequest},
    media::Counters,
};

/// How often the box is looked at in the time that the manager waits. Half of it is usual (sd_watchdog_enabled(3)); a look
/// that waits for an answer in vain takes as long as the next.
const LOOKS: u32 = 4;

/// Tells the manager, until the box is stopped. Nothing where no manager watches.
pub(super) async fn feed(mut vitals: Vitals) {
    let Some((manager, within)) = Supervisor::of_environment().zip(watched_within()) else { return };
    let patience = within / LOOKS;
    let mut looks = interval(patience);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        look(&manager, patience, &mut vitals).await;
    }
}

async fn look(manager: &Supervisor, patience: Duration, vitals: &mut Vitals) {
    match vitals.are_there(patience).await {
        Ok(()) => _ = manager.alive().inspect_err(|why| tracing::warn!(%why, "the service manager does not listen")),
        Err(lacks) => tracing::error!(?lacks, "the service manager is not told that the box works"),
    }
}

/// Why the box does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacks {
    /// The media thread has not worked a tick since the last look.
    Ticks,
    /// Call control does not answer.
    Control,
}

/// By what the box is known to work.
pub(super) struct Vitals {
    counters: Arc<Counters>,
    control: ControlHandle,
    ticks: Option<u64>,
}

impl Vitals {
    pub(super) fn new(counters: Arc<Counters>, control: ControlHandle) -> Vitals {
        Vitals { counters, control, ticks: None }
    }

    async fn are_there(&mut self, patience: Duration) -> Result<(), Lacks> {
        let ticks = self.counters.ticks.load(Relaxed);
        if self.ticks.replace(ticks) == Some(ticks) {
            return Err(Lacks::Ticks);
        }
        // The lightest question that goes through all of call control.
        let nothing = ControlRequest::CallsOn { spans: Vec::new() };
        match timeout(patience, self.control.ask(nothing)).await {
            Ok(Ok(ControlReply::CallsOnSpan(_))) => Ok(()),
            _ => Err(Lacks::Control),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::handles::{self, Requests};

    /// A manager's socket, and a box of which three ticks are worked.
    struct Bench {
        told: UnixDatagram,
        manager: Supervisor,
        counters: Arc<Counters>,
        vitals: Vitals,
        requests: Requests<ControlRequest, ControlReply>,
        _folder: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Bench {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("notify");
            let told = UnixDatagram::bind(&path).unwrap();
            told.set_nonblocking(true).unwrap();
            let manager = Supervisor::at(path.to_str().unwrap().to_owned());
            let (control, requests) = handles::handle();
            let counters = Arc::new(Counters::default());
            counters.ticks.store(3, Relaxed);
            let vitals = Vitals::new(Arc::clone(&counters), control);
            Bench { told, manager, counters, vitals, requests, _folder: folder }
        }

        /// One look, while call control answers one request or hangs; what the manager was told.
        async fn looks(&mut self, answers: bool) -> Option<String> {
            let control = async {
                let asked = self.requests.recv().await.unwrap();
                match answers {
                    true => asked.reply.send(ControlReply::CallsOnSpan(Vec::new())).unwrap(),
                    false => std::future::pending().await,
                }
            };
            // Where it hangs, the look is over when its patience is; where it answers, that is never needed.
            let patience = if answers { Duration::from_secs(600) } else { Duration::from_millis(1) };
            tokio::select! {
                biased;
                () = look(&self.manager, patience, &mut self.vitals) => (),
                () = async { control.await; std::future::pending().await } => (),
            }
            let mut text = [0; 32];
            let octets = self.told.recv(&mut text).ok()?;
            Some(String::from_utf8_lossy(&text[..octets]).into_owned())
        }
    }

    #[tokio::test]
    async fn the_manager_is_told_while_ticks_advance_and_control_answers() {
        let mut bench = Bench::new();
        assert_eq!(bench.looks(true).await.as_deref(), Some("WATCHDOG=1"));
        bench.counters.ticks.fetch_add(1, Relaxed);
        assert_eq!(bench.looks(true).await.as_deref(), Some("WATCHDOG=1"));
    }

    #[tokio::test]
    async fn nothing_is_told_of_a_box_whose_ticks_stand_still() {
        let mut bench = Bench::new();
        bench.looks(true).await;
        assert_eq!(bench.looks(true).await, None);
        assert_eq!(bench.vitals.are_there(Duration::from_secs(1)).await, Err(Lacks::Ticks));
    }

    #[tokio::test]
    async fn nothing_is_told_of_a_box_whose_call_control_hangs_or_is_gone() {
        let mut bench = Bench::new();
        assert_eq!(bench.looks(false).await, None);
        let mut bench = Bench::new();
        bench.requests.close();
        assert_eq!(bench.vitals.are_there(Duration::from_secs(600)).await, Err(Lacks::Control));
    }
}
