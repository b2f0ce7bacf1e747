//! The vault of the data directory: opened, or made at the first start.

use frame::Stamp;
use vault::Cost;

use crate::{
    data_dir::DataDir,
    recorder::{FileStore, Home, HomeError, OsRandom},
};

/// Opens the vault; makes it where there is none, its key under the owner's code.
pub(super) fn open_or_make(data: &DataDir, code: Option<&str>, now: Stamp) -> Result<Home, HomeError> {
    let mut store = FileStore::new(&data.vault());
    if let Some(home) = Home::open(&store)? {
        return Ok(home);
    }
    // A code is drawn with the first account, before the vault; a start that died between the two has shown it.
    let code = code.ok_or(HomeError::Missing("owner's code"))?;
    Home::create(&mut store, code.as_bytes(), Cost::SLOT, now, &mut OsRandom)
}

/// A number that no other box has.
pub(super) fn distinct(home: &Home) -> u64 {
    let fingerprint = home.fingerprint();
    fingerprint.iter().take(8).fold(0, |number, octet| number << 8 | u64::from(*octet))
}
