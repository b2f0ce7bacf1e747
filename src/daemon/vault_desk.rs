//! Answers what pages ask of the vault: how a recording is kept, and the owner's take-over of the birth key.
//!
//! Opening recordings is the work of a short-lived process of its own, which this version does not have yet: it is refused
//! as such, and the page says so.

use std::path::{Path, PathBuf};

use frame::RecordingId;
use vault::Cost;

use crate::{
    handles::{Asked, Kept, Requests, VaultRefusal, VaultReply, VaultRequest},
    recorder::{FileStore, OsRandom, object_name, objects, open_birth_key, read_sealed, rewrap_birth_key},
};

/// Serves until every asker is gone. One request at a time: unlocking takes a quarter of a gibibyte.
pub(super) async fn serve(vault: PathBuf, mut requests: Requests<VaultRequest, VaultReply>) {
    while let Some(Asked { request, reply }) = requests.recv().await {
        let vault = vault.clone();
        let answer = tokio::task::spawn_blocking(move || answer(&vault, request)).await;
        // Who asked may have gone meanwhile.
        let _ = reply.send(answer.unwrap_or(VaultReply::Refused(VaultRefusal::Damaged)));
    }
}

fn answer(vault: &Path, request: VaultRequest) -> VaultReply {
    match request {
        VaultRequest::State { recording } => kept(vault, recording).map_or_else(VaultReply::Refused, VaultReply::State),
        VaultRequest::TakeOver { code, passphrase } => take_over(vault, code.0.as_bytes(), passphrase.0.as_bytes()),
        VaultRequest::Seal { .. } => VaultReply::Sealed,
        VaultRequest::Open(_) | VaultRequest::Read { .. } | VaultRequest::Waveform { .. } => {
            VaultReply::Refused(VaultRefusal::NoOpener)
        }
    }
}

fn kept(vault: &Path, recording: RecordingId) -> Result<Kept, VaultRefusal> {
    let store = FileStore::new(vault);
    let name = object_name(recording);
    let listed = objects(&store).map_err(|_| VaultRefusal::Damaged)?;
    let object = listed.iter().find(|object| object.name == name).ok_or(VaultRefusal::NotFinished)?;
    let sealed = read_sealed(&store, &name).map_err(|_| VaultRefusal::Damaged)?;
    let ticks = sealed.parts.iter().flat_map(|part| &part.voices).map(|voice| voice.kept_ticks).max();
    Ok(Kept { intact: None, seconds: ticks.unwrap_or(0).div_ceil(100) as u32, octets: object.octets })
}

/// Puts the birth key under the owner's passphrase. Asked again with the same passphrase, it is done already.
fn take_over(vault: &Path, code: &[u8], passphrase: &[u8]) -> VaultReply {
    let mut store = FileStore::new(vault);
    let rewrapped = rewrap_birth_key(&mut store, code, passphrase, Cost::SLOT, &mut OsRandom);
    if rewrapped.is_ok() || open_birth_key(&store, passphrase).is_ok() {
        return VaultReply::TakenOver;
    }
    VaultReply::Refused(VaultRefusal::WrongPassphrase)
}

#[cfg(test)]
mod tests {
    use frame::Stamp;
    use vault::Seeded;

    use super::*;
    use crate::{handles::Passphrase, recorder::Home};

    #[test]
    fn the_owner_takes_the_birth_key_over_once_and_may_ask_again() {
        let folder = tempfile::tempdir().unwrap();
        let cost = Cost { memory_kib: 8, passes: 1 };
        let mut store = FileStore::new(folder.path());
        Home::create(&mut store, b"code", cost, Stamp::default(), &mut Seeded::new(1)).unwrap();
        let ask = |code: &str, passphrase: &str| {
            let (code, passphrase) = (Passphrase(code.into()), Passphrase(passphrase.into()));
            answer(folder.path(), VaultRequest::TakeOver { code, passphrase })
        };
        assert_eq!(ask("wrong", "words"), VaultReply::Refused(VaultRefusal::WrongPassphrase));
        assert_eq!(ask("code", "words"), VaultReply::TakenOver);
        assert_eq!(ask("code", "words"), VaultReply::TakenOver, "asked again after a lost answer");
        assert_eq!(ask("code", "others"), VaultReply::Refused(VaultRefusal::WrongPassphrase));
    }

    #[test]
    fn a_recording_that_is_not_there_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let recording = "1-1".parse().unwrap();
        let answer = answer(folder.path(), VaultRequest::State { recording });
        assert!(matches!(answer, VaultReply::Refused(VaultRefusal::NotFinished | VaultRefusal::Damaged)));
    }
}
