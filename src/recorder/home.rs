//! The vault's own files: who it is, whom envelopes are sealed to, and the keys that the box holds.
//!
//! `identity` is the birth certificate, `birth-key` the wrapped private half, `log-key` the Ed25519 seed that signs
//! checkpoints. Made once; `birth-key` is rewrapped when the owner sets a passphrase, and goes at the ceremony, from which on
//! `keyring` has the keys (`ceremony`).

use std::io;

use frame::{PersonId, Stamp};
use thiserror::Error;
use vault::{
    Certificate, CompartmentName, Cost, FormatError, Hash, KeyKind, Keyring, KeysFault, OpenError, Random, Secret,
    SignedCertificate, Signer, SigningKey, ToldKeys, VaultId, VerifyingKey, WrappedKey, draw_key_pair,
};

use super::{
    SealFor,
    names::{LEAVES, OBJECTS, RESTORED, SEGMENTS},
    store::{Store, read_all, replace},
};

/// The birth certificate.
pub(super) const IDENTITY: &str = "identity";
pub(super) const BIRTH_KEY: &str = "birth-key";
const LOG_KEY: &str = "log-key";
/// The vault's keys since the ceremony; before it there is none.
pub const KEYRING: &str = "keyring";

/// What an opener reads of them.
pub(super) const HOME_FILES: [&str; 3] = [IDENTITY, BIRTH_KEY, KEYRING];

/// Why a vault can't be made, opened or rewrapped.
#[derive(Debug, Error)]
pub enum HomeError {
    /// The disk refuses.
    #[error("the vault's files can't be read or written: {0}")]
    Disk(#[from] io::Error),
    /// A file is damaged or not of this vault.
    #[error("{file} is damaged: {what}")]
    Damaged {
        /// The file.
        file: &'static str,
        /// What is wrong.
        what: FormatError,
    },
    /// The keyring is of a version that this program does not know, earlier or later.
    #[error("keyring was written by another version of this program")]
    OtherVersion,
    /// A file is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The vault was brought back from a copy: nothing is recorded into it, and its keys do not change.
    #[error("the vault was brought back from a copy, and nothing is recorded into it")]
    Restored,
    /// What was named is no vault, and lies in none.
    #[error("no vault is there")]
    NoVault,
    /// There was a ceremony, and there is but one.
    #[error("the ceremony was held already")]
    Ceremony,
    /// The code or passphrase does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A vault that the box can write to and check, and not open.
#[derive(Clone, Debug)]
pub struct Home {
    identity: SignedCertificate,
    log_key: SigningKey,
    /// None before the ceremony.
    keyring: Option<Keyring>,
}

impl Home {
    /// Opens the vault in `store`; `None` when there is none yet.
    ///
    /// # Errors
    /// The disk's, or a damaged or missing file. A damaged vault is never made anew, nor one that has kept something: that
    /// would put new keys in the place of those that open it.
    pub fn open(store: &dyn Store) -> Result<Option<Home>, HomeError> {
        let Some((home, keyring)) = Home::without_keys(store)? else { return Ok(None) };
        let keyring = keyring?;
        if keyring.is_none() && !Home::has_birth_key(store)? {
            return Err(HomeError::Missing(KEYRING));
        }
        Ok(Some(Home { keyring, ..home }))
    }

    /// The same for recording, which goes on whatever became of the keyring: one that can't be read, for whatever reason, is
    /// none. What is to be sealed for then, the log says ([`Self::seal_for_told`]).
    ///
    /// # Errors
    /// As [`Self::open`], but for the keyring.
    pub fn open_to_record(store: &dyn Store) -> Result<Option<Home>, HomeError> {
        let Some((home, keyring)) = Home::without_keys(store)? else { return Ok(None) };
        let keyring = keyring.inspect_err(|error| tracing::error!(%error, "the vault's keyring can't be read"));
        Ok(Some(Home { keyring: keyring.ok().flatten(), ..home }))
    }

    /// The vault without its keyring, and that.
    #[allow(clippy::type_complexity, reason = "it is taken apart at once")]
    fn without_keys(store: &dyn Store) -> Result<Option<(Home, Result<Option<Keyring>, HomeError>)>, HomeError> {
        let Some(identity) = read_all(store, IDENTITY)? else {
            return if has_kept(store)? { Err(HomeError::Missing(IDENTITY)) } else { Ok(None) };
        };
        let identity = parse_identity(&identity)?;
        // Before the key that it has not: it is to be told what it is.
        if store.octets(RESTORED)?.is_some() {
            return Err(HomeError::Restored);
        }
        let seed = read_all(store, LOG_KEY)?.ok_or(HomeError::Missing(LOG_KEY))?;
        let seed = <[u8; 32]>::try_from(seed).map_err(|_| damaged(LOG_KEY, FormatError::Short))?;
        let log_key = SigningKey::from_bytes(&seed);
        if log_key.verifying_key().to_bytes() != identity.signer_key {
            return Err(damaged(LOG_KEY, FormatError::Signature));
        }
        let keyring = keyring_of(store, &identity);
        Ok(Some((Home { identity, log_key, keyring: None }, keyring)))
    }

    /// Makes a vault with a birth key under the owner's `code`. Takes as long as `cost` says.
    ///
    /// # Errors
    /// The disk's.
    pub fn create(
        store: &mut dyn Store,
        code: &[u8],
        cost: Cost,
        now: Stamp,
        random: &mut dyn Random,
    ) -> Result<Home, HomeError> {
        let mut id = [0; 16];
        random.fill(&mut id);
        let vault = VaultId(id);
        let log_key = SigningKey::from_bytes(Secret::draw(random).expose());
        let (private, key) = draw_key_pair(random);
        let wrapped = WrappedKey::wrap(vault, &private, code, cost, random)?;
        let certificate = Certificate {
            kind: KeyKind::Birth,
            compartment: None,
            vault,
            epoch: 0,
            key,
            signs: None,
            issued: now,
            holders: Vec::new(),
            signer: Signer::Log,
        };
        let identity = certificate.sign(&log_key);
        replace(store, LOG_KEY, log_key.as_bytes())?;
        replace(store, BIRTH_KEY, &wrapped.emit())?;
        // Last: a vault without it is not there yet, and is made anew after a power cut.
        replace(store, IDENTITY, &identity.emit())?;
        Ok(Home { identity, log_key, keyring: None })
    }

    /// Whether the vault in `store` has its birth key.
    ///
    /// # Errors
    /// The disk's.
    pub fn has_birth_key(store: &dyn Store) -> io::Result<bool> {
        Ok(store.octets(BIRTH_KEY)?.is_some())
    }

    /// The vault's id.
    pub fn vault(&self) -> VaultId {
        self.identity.certificate.vault
    }

    /// What the sealer is told where the keyring is what the log says.
    pub fn seal_for(&self) -> SealFor {
        self.keyring.as_ref().map_or_else(|| SealFor::certified(&self.identity), SealFor::keyring)
    }

    /// What the sealer is told, by what the log says. Where the keyring is not the log's, nobody can say for whom its
    /// newest epoch is, and what is recorded is sealed for the recovery key, whose certificate `recovery` the log has: two
    /// shares open that. Where the log knows of no ceremony it is the birth key.
    pub fn seal_for_told(&self, told: &ToldKeys, recovery: Option<&SignedCertificate>) -> (SealFor, Option<KeysFault>) {
        match (told.hold(self.keyring.as_ref()), recovery) {
            (Ok(_), _) => (self.seal_for(), None),
            (Err(fault), Some(recovery)) => (SealFor::certified(recovery), Some(fault)),
            (Err(fault), None) => (SealFor::certified(&self.identity), Some(fault)),
        }
    }

    /// The fingerprint of the birth certificate: it never changes, and no other vault has it.
    pub fn birth_fingerprint(&self) -> Hash {
        self.identity.fingerprint()
    }

    /// What people compare: it is on the sheet after the ceremony.
    pub fn fingerprint(&self) -> Hash {
        sheet_fingerprint(&self.identity, self.keyring.as_ref())
    }

    /// The keys since the ceremony.
    pub fn keyring(&self) -> Option<&Keyring> {
        self.keyring.as_ref()
    }

    /// The key that signs checkpoints.
    pub fn log_key(&self) -> &SigningKey {
        &self.log_key
    }
}

/// Whether there is nothing of a vault.
pub(super) fn is_empty(store: &dyn Store) -> io::Result<bool> {
    for name in [IDENTITY, LOG_KEY, BIRTH_KEY, KEYRING] {
        if store.octets(name)?.is_some() {
            return Ok(false);
        }
    }
    Ok(!has_kept(store)?)
}

/// Whether a recorder has ever written here.
fn has_kept(store: &dyn Store) -> io::Result<bool> {
    for dir in [OBJECTS, SEGMENTS, LEAVES] {
        if !store.list(dir)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Looks at the files that verifying does not use. Those that are not there were left out of a copy: what is wrong.
///
/// # Errors
/// The disk's.
pub(super) fn spoiled_files(
    store: &dyn Store,
    identity: &SignedCertificate,
) -> io::Result<Vec<(&'static str, FormatError)>> {
    let mut spoiled = Vec::new();
    if let Some(octets) = read_all(store, BIRTH_KEY)? {
        match WrappedKey::parse(&octets) {
            Ok(key) if (key.vault, key.public) == (identity.certificate.vault, identity.certificate.key) => {}
            Ok(_) => spoiled.push((BIRTH_KEY, FormatError::Value)),
            Err(what) => spoiled.push((BIRTH_KEY, what)),
        }
    }
    if let Some(octets) = read_all(store, LOG_KEY)? {
        let public = <[u8; 32]>::try_from(octets).map(|seed| SigningKey::from_bytes(&seed).verifying_key().to_bytes());
        if public != Ok(identity.signer_key) {
            spoiled.push((LOG_KEY, FormatError::Signature));
        }
    }
    Ok(spoiled)
}

/// Whether all that is left of the birth key are zeroes: written over after a ceremony, and not taken away yet.
///
/// # Errors
/// The disk's.
pub(super) fn birth_key_is_wiped(store: &dyn Store) -> io::Result<bool> {
    Ok(read_all(store, BIRTH_KEY)?.is_some_and(|octets| octets.iter().all(|octet| *octet == 0)))
}

/// The fingerprint that people compare: the birth certificate's, and from the ceremony on the sheet's.
pub(super) fn sheet_fingerprint(identity: &SignedCertificate, keyring: Option<&Keyring>) -> Hash {
    keyring.map_or_else(|| identity.fingerprint(), |keyring| keyring.fingerprint(identity))
}

/// The keyring of the vault in `store`; none before the ceremony.
///
/// # Errors
/// The disk's, or one that is damaged or of another vault.
pub(super) fn keyring_of(store: &dyn Store, identity: &SignedCertificate) -> Result<Option<Keyring>, HomeError> {
    let Some(octets) = read_all(store, KEYRING)? else { return Ok(None) };
    let keyring = Keyring::parse(&octets).map_err(|what| match what {
        FormatError::Version => HomeError::OtherVersion,
        what => damaged(KEYRING, what),
    })?;
    let birth = &identity.certificate;
    if (keyring.vault(), keyring.birth()) != (birth.vault, birth.key) {
        return Err(damaged(KEYRING, FormatError::Value));
    }
    Ok(Some(keyring))
}

/// The keyring of the vault in `store`; none before the ceremony.
///
/// # Errors
/// The disk's, a damaged or missing file, or a keyring of another version.
pub fn open_keyring(store: &dyn Store) -> Result<Option<Keyring>, HomeError> {
    keyring_of(store, &identity(store)?)
}

/// Who can open recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoOpens {
    /// Those who open all.
    pub holders: Vec<PersonId>,
    /// The compartments, and who opens what was sealed for each.
    pub compartments: Vec<(CompartmentName, Vec<PersonId>)>,
}

/// Who can open the vault in `store`; none before the ceremony.
///
/// # Errors
/// The disk's, or a damaged or missing file.
pub fn who_opens(store: &dyn Store) -> Result<Option<WhoOpens>, HomeError> {
    Ok(open_keyring(store)?.as_ref().map(who_opens_by))
}

fn who_opens_by(keyring: &Keyring) -> WhoOpens {
    let names = keyring.compartments().filter_map(|signed| signed.certificate.compartment.clone());
    let members = |name: &CompartmentName| {
        let of_it = keyring.members().filter(|(_, of)| of.contains(&name));
        of_it.map(|(person, _)| person).collect()
    };
    let compartments = names.map(|name| (name.clone(), members(&name))).collect();
    WhoOpens { holders: keyring.slots().map(|slot| slot.person).collect(), compartments }
}

/// The birth certificate of the vault in `store`: all that checking needs.
///
/// # Errors
/// The disk's, or a damaged file.
pub fn identity(store: &dyn Store) -> Result<SignedCertificate, HomeError> {
    parse_identity(&read_all(store, IDENTITY)?.ok_or(HomeError::Missing(IDENTITY))?)
}

/// The public key that checkpoints of a vault are checked with.
///
/// # Errors
/// [`HomeError::Damaged`] when it is no key.
pub fn log_verifying_key(identity: &SignedCertificate) -> Result<VerifyingKey, HomeError> {
    VerifyingKey::from_bytes(&identity.signer_key).map_err(|_| damaged(IDENTITY, FormatError::Signature))
}

/// Opens the birth key. Only `ringfence open` and `verify --open` do, in a process of their own.
///
/// # Errors
/// [`OpenError::WrongCode`] within [`HomeError::Open`] when the code is wrong.
pub fn open_birth_key(store: &dyn Store, code: &[u8]) -> Result<Secret, HomeError> {
    Ok(wrapped_birth_key(store)?.open(code)?)
}

/// The birth key under another code, as the file that [`replace_birth_key`] takes: what happens when the owner sets a
/// passphrase. Only an opener does this.
///
/// # Errors
/// [`OpenError::WrongCode`] within [`HomeError::Open`] when `code` is wrong.
pub fn rewrap_birth_key(
    store: &dyn Store,
    code: &[u8],
    new_code: &[u8],
    cost: Cost,
    random: &mut dyn Random,
) -> Result<Vec<u8>, HomeError> {
    Ok(wrapped_birth_key(store)?.rewrap(code, new_code, cost, random)?.emit())
}

/// Puts a rewrapped birth key in the place of the one that it was made of.
///
/// # Errors
/// The disk's; a damaged file where it is not the same key's.
pub fn replace_birth_key(store: &mut dyn Store, octets: &[u8]) -> Result<(), HomeError> {
    let (old, new) = (wrapped_birth_key(store)?, parse_birth_key(octets)?);
    if (old.vault, old.public) != (new.vault, new.public) {
        return Err(damaged(BIRTH_KEY, FormatError::Value));
    }
    Ok(replace(store, BIRTH_KEY, octets)?)
}

fn wrapped_birth_key(store: &dyn Store) -> Result<WrappedKey, HomeError> {
    parse_birth_key(&read_all(store, BIRTH_KEY)?.ok_or(HomeError::Missing(BIRTH_KEY))?)
}

fn parse_birth_key(octets: &[u8]) -> Result<WrappedKey, HomeError> {
    WrappedKey::parse(octets).map_err(|what| damaged(BIRTH_KEY, what))
}

fn parse_identity(octets: &[u8]) -> Result<SignedCertificate, HomeError> {
    SignedCertificate::parse(octets).map_err(|what| damaged(IDENTITY, what))
}

pub(super) fn damaged(file: &'static str, what: FormatError) -> HomeError {
    HomeError::Damaged { file, what }
}
