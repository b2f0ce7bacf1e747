//! Nags while no backup of the vault's keys was written since they changed. Keys change while the box is stopped; a backup may be
//! written while it runs, and ends the alarm.

use std::{path::PathBuf, time::Duration};

use tokio::task::spawn_blocking;
use vault::Keyring;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, JournalHandle},
    recorder::{FileStore, has_backup},
};

/// How often it is looked: whoever has just written one sees the alarm go.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// Looks until there is a backup, or the box stops.
pub(super) async fn follow(keyring: Keyring, vault: PathBuf, journal: JournalHandle, timestamps: Timestamps) {
    let mut raised = false;
    loop {
        let (vault, keyring) = (vault.clone(), keyring.clone());
        // A disk that does not say is none that holds a note.
        let look = spawn_blocking(move || has_backup(&FileStore::new(&vault), &keyring));
        let is_there = look.await.is_ok_and(|noted| noted.unwrap_or(false));
        let alarm = Alarm::KeysNotBackedUp;
        match (is_there, raised) {
            (true, true) => return journal.append(timestamps.now(), BoxEvent::AlarmCleared { alarm }),
            (true, false) => return,
            (false, true) => {}
            (false, false) => journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm }),
        }
        raised = true;
        tokio::time::sleep(LOOKED_AT).await;
    }
}
