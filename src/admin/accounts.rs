//! The accounts' file, `keys/accounts.json`, and the owner's code of the first start.

use std::{
    io,
    path::{Path, PathBuf},
};

use access::{Accounts, CODE_RANDOM_OCTETS, Claim, OwnerCode, Password, PasswordHash};

use super::private_file;

/// At the very first start: makes the owner's code and keeps its hash. It is for the terminal, and for wrapping the
/// vault's birth key; it can't be shown again. None where the box has accounts, or its code was shown before.
///
/// # Errors
/// When the file can be neither read nor written.
pub fn first_start(keys: &Path) -> io::Result<Option<OwnerCode>> {
    if private_file::read(&file_in(keys))?.is_some() {
        return Ok(None);
    }
    draw(keys).map(Some)
}

/// Makes another code where the first one opens nothing yet. None where the box has accounts.
///
/// # Errors
/// When the file can be neither read nor written.
pub fn draw_code_again(keys: &Path) -> io::Result<Option<OwnerCode>> {
    if read(keys)?.accounts.is_empty() { draw(keys).map(Some) } else { Ok(None) }
}

fn draw(keys: &Path) -> io::Result<OwnerCode> {
    let code = OwnerCode::from_random(random::<CODE_RANDOM_OCTETS>()?);
    let hash = hash(&code.as_password())?;
    keep(keys, &Accounts { claim: Some(Claim { code: hash }), ..Accounts::default() })?;
    Ok(code)
}

/// Reads the accounts; empty where there are none, which lets nobody in.
pub(super) fn read(keys: &Path) -> io::Result<Accounts> {
    let Some(octets) = private_file::read(&file_in(keys))? else { return Ok(Accounts::default()) };
    serde_json::from_slice(&octets).map_err(io::Error::other)
}

/// Keeps the accounts, durably.
pub(super) fn keep(keys: &Path, accounts: &Accounts) -> io::Result<()> {
    private_file::write(&file_in(keys), &serde_json::to_vec(accounts).map_err(io::Error::other)?)
}

/// The hash of something random that is forgotten at once: what unknown names are compared with.
pub(super) fn decoy() -> io::Result<PasswordHash> {
    hash(&OwnerCode::from_random(random()?).as_password())
}

/// Hashes a password under a salt of its own.
pub(super) fn hash(password: &Password) -> io::Result<PasswordHash> {
    PasswordHash::of(password, random()?).map_err(io::Error::other)
}

/// Octets from the machine's random source.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(io::Error::other)?;
    Ok(octets)
}

fn file_in(keys: &Path) -> PathBuf {
    keys.join("accounts.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_made_once_and_only_its_hash_is_kept() {
        let keys = tempfile::tempdir().unwrap();
        assert_eq!(read(keys.path()).unwrap(), Accounts::default());
        let code = first_start(keys.path()).unwrap().unwrap();
        assert_eq!(first_start(keys.path()).unwrap(), None);
        let claim = read(keys.path()).unwrap().claim.unwrap();
        assert!(claim.code.matches(&code.as_password()));
        let text = std::fs::read_to_string(file_in(keys.path())).unwrap();
        assert!(!text.contains(&code.to_string()) && text.contains("$argon2id$"));
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_an_empty_box() {
        let keys = tempfile::tempdir().unwrap();
        private_file::write(&file_in(keys.path()), b"{\"accounts\":").unwrap();
        assert!(read(keys.path()).is_err());
        assert_eq!(first_start(keys.path()).unwrap(), None);
    }
}
