//! What the log is told of the vault's keys, and the end of the birth key.
//!
//! First the log, durably, then the file: a death in between leaves a key too many, which the next start takes away.

use std::{
    io,
    path::{Path, PathBuf},
};

use base16ct::lower::encode_string;
use vault::Hash;

use super::Timestamps;
use crate::{
    journal::{Alarm, BoxEvent, JournalHandle},
    recorder::{FileStore, Home, birth_key_is_left, destroy_birth_key},
};

/// Tells the log which key the vault uses from now on, and takes the birth key away where a ceremony left it.
///
/// # Errors
/// Where log or vault can't be written: all of it can be done again.
pub async fn tell_new_key(journal: &JournalHandle, vault: &Path, timestamps: Timestamps) -> io::Result<()> {
    let mut store = FileStore::new(vault);
    let home = Home::open(&store).map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
    let Some(keyring) = home.keyring() else { return Ok(()) };
    tell(journal, timestamps, &keyring.certificate().fingerprint(), false).await?;
    if birth_key_is_left(&store)? {
        tell(journal, timestamps, &home.birth_fingerprint(), true).await?;
        destroy_birth_key(&mut store).map_err(io::Error::other)?;
    }
    Ok(())
}

/// Finishes a ceremony that died before it took the birth key away.
pub(super) async fn finish_ceremony(journal: JournalHandle, vault: PathBuf, timestamps: Timestamps) {
    match birth_key_is_left(&FileStore::new(&vault)) {
        Ok(false) => {}
        Ok(true) => {
            if let Err(error) = tell_new_key(&journal, &vault, timestamps).await {
                tracing::error!(%error, "the birth key is still there after the ceremony");
            }
        }
        Err(error) => tracing::error!(%error, "the vault's keys can't be looked at"),
    }
}

/// Raises the alarm that new keys are due. Keys change while the box is stopped, so a start is when that can begin or end.
pub(super) fn tell_due(journal: &JournalHandle, home: &Home, timestamps: Timestamps) {
    if home.keyring().is_some_and(|keyring| !keyring.removed().is_empty()) {
        journal.append(timestamps.now(), BoxEvent::AlarmRaised { alarm: Alarm::RotationDue });
    }
}

async fn tell(journal: &JournalHandle, timestamps: Timestamps, certificate: &Hash, destroyed: bool) -> io::Result<()> {
    let event = BoxEvent::VaultKey { certificate: encode_string(certificate), destroyed };
    let durable = journal.append_durable(timestamps.now(), event).await;
    durable.map_err(io::Error::other)?.map_err(|_| io::Error::other("the event log takes nothing"))?;
    Ok(())
}
