//! The tests of analog ports that the box makes by itself: once a night, one port after the other, those that are idle.
//!
//! [`Nights`] decides; the task waits. What is found is the journal's, as of any test. Not here: what a test does.

use std::{sync::Arc, time::Duration};

use frame::{PortId, Utc};
use settings::{CardKind, Layout, PortTests, Settings};
use tokio::{sync::watch, time::sleep};

use super::Timestamps;
use crate::handles::{ControlHandle, ControlReply, ControlRequest};

/// How often it is looked whether it is time.
const A_MINUTE: Duration = Duration::from_secs(60);

/// How long the box has to have run: whoever starts it at that hour works on it.
const SETTLED: Duration = Duration::from_secs(600);

/// Between two ports, so that an outside line has rested and nobody is kept waiting by all of them.
const BETWEEN: Duration = Duration::from_secs(2);

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// Which night was the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Nights {
    /// The days since 1970.
    last: Option<i64>,
}

impl Nights {
    /// Whether ports are to be tested now; true once a night.
    fn is_time(&mut self, now: Utc, up: Duration, settings: PortTests) -> bool {
        let (day, hour) = (now.as_secs().div_euclid(DAY_S), now.as_secs().rem_euclid(DAY_S) / HOUR_S);
        let is_time =
            settings.nightly && up >= SETTLED && hour == i64::from(settings.hour_utc) && self.last != Some(day);
        if is_time {
            self.last = Some(day);
        }
        is_time
    }
}

/// Tests each night until the task is aborted.
pub(super) async fn follow(
    settings: watch::Receiver<Arc<Settings>>,
    layout: Layout,
    control: ControlHandle,
    timestamps: Timestamps,
) {
    let (began, mut nights) = (timestamps.now().time, Nights::default());
    loop {
        sleep(A_MINUTE).await;
        let (now, wanted) = (timestamps.now(), settings.borrow().port_tests);
        if nights.is_time(now.utc, now.time.since(began), wanted) {
            for port in ports(&layout) {
                test(&control, port).await;
                sleep(BETWEEN).await;
            }
        }
    }
}

/// All jacks with two wires.
fn ports(layout: &Layout) -> Vec<PortId> {
    let two_wires = layout.jacks.iter().filter(|jack| matches!(jack.kind, CardKind::Fxs | CardKind::Fxo));
    two_wires.map(|jack| jack.port).collect()
}

/// A port that is in use is left alone: it works, and there is another night.
async fn test(control: &ControlHandle, port: PortId) {
    match control.ask_the_line(ControlRequest::TestPort { port, nightly: true }).await {
        Ok(ControlReply::PortTested(Ok(_))) => (),
        Ok(ControlReply::PortTested(Err(why))) => tracing::info!(%port, ?why, "not tested tonight"),
        _ => tracing::warn!(%port, "call control did not answer a test"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_19: i64 = 1_795_460_400;
    const LONG: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_night_comes_once_a_day_in_its_hour_and_not_right_after_a_start() {
        let (mut nights, wanted) = (Nights::default(), PortTests::default());
        let at = |s: i64| Utc::from_us((AT_19 + s) * 1_000_000);
        assert!(!nights.is_time(at(-1), LONG, wanted));
        assert!(!nights.is_time(at(0), SETTLED / 2, wanted), "somebody has just started it");
        assert!(nights.is_time(at(60), SETTLED, wanted));
        assert!(!nights.is_time(at(120), LONG, wanted), "once");
        assert!(!nights.is_time(at(HOUR_S), LONG, wanted));
        assert!(nights.is_time(at(DAY_S), LONG, wanted));
        assert!(!nights.is_time(at(2 * DAY_S), LONG, PortTests { nightly: false, ..wanted }), "the owner says no");
        assert!(nights.is_time(at(2 * DAY_S + 4 * HOUR_S), LONG, PortTests { hour_utc: 23, ..wanted }));
    }
}
