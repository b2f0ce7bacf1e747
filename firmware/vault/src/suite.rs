//! Suites: one number fixes every algorithm of a vault, so that none can be swapped on its own.
//!
//! Suite 1: AES-256-GCM (NIST SP 800-38D), SHA-256 (FIPS 180-4) for chain and log, HKDF-SHA256 (RFC 5869),
//! HPKE base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM (RFC 9180), Ed25519 (RFC 8032),
//! Argon2id (RFC 9106). Suite 2 is kept for SM2, SM3 and SM4 and is not defined here.

use sha2::{Digest as _, Sha256};

use crate::FormatError;

/// The version of all the vault's formats.
pub const FORMAT_VERSION: u16 = 1;

/// Octets of a hash, a key, a public key and a commitment in every suite so far.
pub const HASH_OCTETS: usize = 32;

/// Octets of an authentication tag.
pub const TAG_OCTETS: usize = 16;

/// A hash.
pub type Hash = [u8; HASH_OCTETS];

/// Which algorithms a vault uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Suite {
    /// AES-256-GCM, SHA-256, HKDF-SHA256, HPKE X25519, Ed25519, Argon2id.
    #[default]
    One = 1,
}

impl Suite {
    /// The suite with this number.
    ///
    /// # Errors
    /// [`FormatError::Suite`] when this program does not know it.
    pub const fn from_number(number: u16) -> Result<Suite, FormatError> {
        match number {
            1 => Ok(Suite::One),
            _ => Err(FormatError::Suite),
        }
    }

    /// The suite's number, as it is stored.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

/// SHA-256 of several pieces after a label. The label ends in an octet that no label contains, so that no two uses of
/// the hash can be taken for each other.
pub(crate) fn hash(label: &str, pieces: &[&[u8]]) -> Hash {
    let mut sha = Sha256::new();
    sha.update(label.as_bytes());
    sha.update([0]);
    for piece in pieces {
        sha.update(piece);
    }
    sha.finalize().into()
}

/// SHA-256 of `octets` alone, as outside tools compute it.
pub fn sha256(octets: &[u8]) -> Hash {
    Sha256::digest(octets).into()
}
