//! The vault of the data directory: opened, or made at the first start.

use std::io;

use frame::Stamp;
use vault::Cost;

use super::{StartError, system};
use crate::{
    admin,
    data_dir::DataDir,
    recorder::{FileStore, Home, HomeError, OsRandom},
};

/// Opens the vault; makes it where there is none, its key under the owner's code, which is shown before.
pub(super) fn open_or_make(data: &DataDir, now: Stamp, tell_code: fn(&str)) -> Result<Home, StartError> {
    let mut store = FileStore::new(&data.vault());
    if let Some(home) = Home::open_to_record(&store)? {
        return Ok(home);
    }
    let code =
        draw_code(data).map_err(system("the owner's code"))?.ok_or(HomeError::Missing("the vault's identity"))?;
    tell_code(&code);
    Ok(Home::create(&mut store, code.as_bytes(), Cost::SLOT, now, &mut OsRandom)?)
}

/// The owner's code. One that was drawn by a start that died before it made the vault is under nothing, and a new one
/// takes its place. None where somebody owns the box already: their vault is gone, and that is not a first start.
fn draw_code(data: &DataDir) -> io::Result<Option<String>> {
    let keys = data.keys();
    let code = match admin::first_start(&keys)? {
        Some(code) => Some(code),
        None => admin::draw_code_again(&keys)?,
    };
    Ok(code.map(|code| code.to_string()))
}

/// A number that no other box has.
pub(super) fn distinct(home: &Home) -> u64 {
    let fingerprint = home.birth_fingerprint();
    fingerprint.iter().take(8).fold(0, |number, octet| number << 8 | u64::from(*octet))
}
