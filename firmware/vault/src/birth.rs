//! The birth key's private half, wrapped by the owner's code, later by the owner's passphrase.
//!
//! Source: RFC 9106 (Argon2id) for the wrapping key, AES-256-GCM for the wrap. The file carries its own parameters. It
//! is destroyed at the ceremony, when envelopes are resealed to the vault key.

use zeroize::Zeroize as _;

use crate::{
    Cost, FORMAT_VERSION, FormatError, OpenError, PublicKey, Random, Secret, Suite, VaultId,
    aead::Cipher,
    envelope::public_half,
    octets::{Put, Reader, checked_crc, put_crc},
};

/// A private key under a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The vault.
    pub vault: VaultId,
    /// The public half.
    pub public: PublicKey,
    /// What opening costs.
    pub cost: Cost,
    salt: [u8; 16],
    nonce: [u8; 12],
    sealed: [u8; 32],
    tag: [u8; 16],
}

const MAGIC: &[u8; 8] = b"RFBIRTHK";

impl WrappedKey {
    /// Wraps `private` with `code`. Takes as long as `cost` says.
    ///
    /// # Errors
    /// [`OpenError::Parameters`] when the cost is out of range.
    pub fn wrap(
        vault: VaultId,
        private: &Secret,
        code: &[u8],
        cost: Cost,
        random: &mut dyn Random,
    ) -> Result<WrappedKey, OpenError> {
        let (mut salt, mut nonce) = ([0; 16], [0; 12]);
        random.fill(&mut salt);
        random.fill(&mut nonce);
        let public = public_half(private)?;
        let mut wrapped = WrappedKey { vault, public, cost, salt, nonce, sealed: *private.expose(), tag: [0; 16] };
        let cipher = wrapped.cipher(code)?;
        let bound = wrapped.bound();
        wrapped.tag = cipher.seal(&nonce, &bound, &mut wrapped.sealed);
        Ok(wrapped)
    }

    /// Opens the private key.
    ///
    /// # Errors
    /// [`OpenError::WrongCode`] when the code is wrong, or the file was changed.
    pub fn open(&self, code: &[u8]) -> Result<Secret, OpenError> {
        let mut private = self.sealed;
        let opened = self.cipher(code)?.open(&self.nonce, &self.bound(), &mut private, &self.tag);
        let secret = Secret::new(private);
        private.zeroize();
        opened.map(|()| secret).map_err(|_| OpenError::WrongCode)
    }

    /// The same private key under another code: what happens when the owner sets a passphrase.
    ///
    /// # Errors
    /// [`OpenError::WrongCode`] when `code` is wrong.
    pub fn rewrap(
        &self,
        code: &[u8],
        new_code: &[u8],
        cost: Cost,
        random: &mut dyn Random,
    ) -> Result<WrappedKey, OpenError> {
        WrappedKey::wrap(self.vault, &self.open(code)?, new_code, cost, random)
    }

    /// The octets that are stored.
    pub fn emit(&self) -> Vec<u8> {
        let mut out = self.bound();
        out.octets(&self.sealed);
        out.octets(&self.tag);
        put_crc(&mut out, 0);
        out
    }

    /// Reads a wrapped key.
    ///
    /// # Errors
    /// What is wrong with the octets.
    pub fn parse(octets: &[u8]) -> Result<WrappedKey, FormatError> {
        let mut reader = Reader::new(checked_crc(octets)?);
        reader.expect(MAGIC, FormatError::Magic)?;
        reader.expect(&FORMAT_VERSION.to_be_bytes(), FormatError::Version)?;
        Suite::from_number(reader.u16()?)?;
        let wrapped = WrappedKey {
            vault: VaultId(reader.array()?),
            public: PublicKey(reader.array()?),
            cost: Cost { memory_kib: reader.u32()?, passes: reader.u32()? },
            salt: reader.array()?,
            nonce: reader.array()?,
            sealed: reader.array()?,
            tag: reader.array()?,
        };
        reader.end()?;
        Ok(wrapped)
    }

    /// Everything but the ciphertext: header of the file and associated data of the wrap.
    fn bound(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.u16(FORMAT_VERSION);
        out.u16(Suite::One.number());
        out.octets(&self.vault.0);
        out.octets(&self.public.0);
        out.u32(self.cost.memory_kib);
        out.u32(self.cost.passes);
        out.octets(&self.salt);
        out.octets(&self.nonce);
        out
    }

    fn cipher(&self, code: &[u8]) -> Result<Cipher, OpenError> {
        let key = self.cost.derive(code, &self.salt)?;
        Ok(Cipher::new(&Secret::fill_with(|at| key[at])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Seeded, envelope::draw_key_pair};

    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

    fn wrapped() -> (Secret, WrappedKey) {
        let mut random = Seeded::new(5);
        let (private, _) = draw_key_pair(&mut random);
        let wrapped = WrappedKey::wrap(VaultId([1; 16]), &private, b"4711", QUICK, &mut random).unwrap();
        (private, wrapped)
    }

    #[test]
    fn the_code_opens_until_the_passphrase_replaces_it() {
        let (private, wrapped) = wrapped();
        assert_eq!(wrapped.open(b"4711"), Ok(private.clone()));
        assert_eq!(wrapped.open(b"4712"), Err(OpenError::WrongCode));
        let again = wrapped.rewrap(b"4711", b"correct horse", QUICK, &mut Seeded::new(6)).unwrap();
        assert_eq!(again.open(b"correct horse"), Ok(private));
        assert_eq!(again.open(b"4711"), Err(OpenError::WrongCode));
    }

    #[test]
    fn every_changed_bit_is_found_without_the_code() {
        let (_, wrapped) = wrapped();
        let octets = wrapped.emit();
        assert_eq!(WrappedKey::parse(&octets), Ok(wrapped));
        for at in 0..octets.len() * 8 {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(WrappedKey::parse(&changed).is_err(), "bit {at}");
        }
    }

    #[test]
    fn a_file_cannot_ask_for_the_whole_memory() {
        let (_, mut wrapped) = wrapped();
        wrapped.cost.memory_kib = u32::MAX;
        assert_eq!(wrapped.open(b"4711"), Err(OpenError::Parameters));
    }
}
