//! A queue's rules, ready for use: the settings' row with its members as jacks and its times as durations.

use std::{collections::BTreeMap, time::Duration};

use frame::PortId;
use settings::{Settings, Unstaffed};

/// A queue's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queue {
    /// Who serves it, in the order that decides between equals.
    pub(crate) members: Vec<PortId>,
    pub(crate) ring: Duration,
    pub(crate) wrap_up: Duration,
    pub(crate) max_wait: Duration,
    pub(crate) capacity_callers: usize,
    /// 0 is never.
    pub(crate) no_answers_before_pause: u16,
    pub(crate) leaves_when_unstaffed: bool,
}

impl Queue {
    /// The rules of every queue by name.
    pub(crate) fn all(settings: &Settings) -> BTreeMap<String, Queue> {
        settings.queues.iter().map(|row| (row.name.clone(), Queue::new(settings, row))).collect()
    }

    fn new(settings: &Settings, row: &settings::Queue) -> Queue {
        let port = |extension: &String| settings.station(extension).map(|station| station.port);
        Queue {
            members: row.members.iter().filter_map(port).collect(),
            ring: seconds(row.ring_s),
            wrap_up: seconds(row.wrap_up_s),
            max_wait: seconds(row.max_wait_s),
            capacity_callers: row.capacity_callers.into(),
            no_answers_before_pause: row.no_answers_before_pause,
            leaves_when_unstaffed: row.unstaffed == Unstaffed::Leave,
        }
    }
}

fn seconds(seconds: u16) -> Duration {
    Duration::from_secs(seconds.into())
}
