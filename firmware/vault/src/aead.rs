//! AES-256-GCM with detached tags, the only cipher of suite 1. Source: NIST SP 800-38D.

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{AeadInOut as _, inout::InOutBuf},
};

use crate::{OpenError, Secret, stack::leaving_no_trace, suite::TAG_OCTETS};

/// A nonce.
pub(crate) type NonceOctets = [u8; 12];

/// A key that is ready to encrypt: the schedule is computed once a minute, not once a chunk. It stays where it was made:
/// moved, it would leave its round keys behind.
pub(crate) struct Cipher(Box<Aes256Gcm>);

impl Cipher {
    pub(crate) fn new(key: &Secret) -> Cipher {
        leaving_no_trace(|| Cipher(Box::new(Aes256Gcm::new(key.expose().into()))))
    }

    /// Encrypts in place and gives the tag.
    pub(crate) fn seal(&self, nonce: &NonceOctets, bound: &[u8], octets: &mut [u8]) -> [u8; TAG_OCTETS] {
        let tag = self.0.encrypt_inout_detached(&Nonce::from(*nonce), bound, InOutBuf::from(octets));
        // The only failure is a length over 2^36 octets, and nothing here comes near it.
        tag.expect("a chunk is shorter than 64 GiB").into()
    }

    /// Decrypts in place. On failure the content of `octets` is unspecified and is not to be used.
    pub(crate) fn open(
        &self,
        nonce: &NonceOctets,
        bound: &[u8],
        octets: &mut [u8],
        tag: &[u8; TAG_OCTETS],
    ) -> Result<(), OpenError> {
        self.0
            .decrypt_inout_detached(&Nonce::from(*nonce), bound, InOutBuf::from(octets), tag.into())
            .map_err(|_| OpenError::Ciphertext)
    }
}
