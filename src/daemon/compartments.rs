//! Tells where settings name a compartment that the vault has no key for: nobody would miss the key before it is wanted.

use std::{collections::BTreeSet, sync::Arc};

use settings::Settings;
use tokio::sync::watch;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, JournalHandle},
    recorder::SealFor,
};

/// Follows the settings until the box stops. Keys change while it is stopped, so what it has keys for stays.
pub(super) async fn follow(
    seal_for: SealFor,
    mut settings: watch::Receiver<Arc<Settings>>,
    journal: JournalHandle,
    timestamps: Timestamps,
) {
    let mut raised = BTreeSet::new();
    loop {
        let missing = missing(&settings.borrow_and_update(), &seal_for);
        let alarm = |name: &String| Alarm::CompartmentMissing { compartment: name.clone() };
        for name in missing.difference(&raised) {
            journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm: alarm(name) });
        }
        for name in raised.difference(&missing) {
            journal.append(timestamps.now(), BoxEvent::AlarmCleared { alarm: alarm(name) });
        }
        raised = missing;
        if settings.changed().await.is_err() {
            return;
        }
    }
}

/// What the settings name and the vault has no key for.
fn missing(settings: &Settings, seal_for: &SealFor) -> BTreeSet<String> {
    let named = settings.queues.iter().filter_map(|queue| queue.compartment.as_ref());
    named.filter(|name| seal_for.compartment(name).is_none()).cloned().collect()
}
