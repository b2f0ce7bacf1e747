//! The envelope: a secret sealed to a public key, that may be copied anywhere.
//!
//! Source: RFC 9180 (HPKE), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. An envelope is bound to
//! where it belongs by its associated data, so that it opens nowhere else.

use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::AesGcm256, inout::InOutBuf,
    kdf::HkdfSha256, kem::X25519HkdfSha256, single_shot_open_inout_detached, single_shot_seal_inout_detached_with_rng,
};
use zeroize::Zeroize as _;

use crate::{
    FORMAT_VERSION, FormatError, OpenError, Random, Secret, Suite, VaultId,
    octets::{Put, Reader},
    random::Drawn,
    suite::hash,
};

type Kem = X25519HkdfSha256;

/// Octets of an emitted envelope.
pub const ENVELOPE_OCTETS: usize = 1 + 4 + 8 + 32 + 48;

/// Whose private key opens an envelope or belongs to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyKind {
    /// The marked key of the time before the ceremony.
    Birth = 1,
    /// A vault key of the ceremony or a rotation.
    Vault = 2,
    /// The key of one queue or department.
    Compartment = 3,
    /// The key whose private half exists only under the recovery quorum.
    Fallback = 4,
    /// One person's key, to which private keys of the vault are sealed.
    Slot = 5,
}

impl KeyKind {
    /// Whether a key of this kind also signs certificates.
    pub const fn signs(self) -> bool {
        matches!(self, KeyKind::Vault | KeyKind::Fallback)
    }

    pub(crate) const fn from_number(number: u8) -> Result<KeyKind, FormatError> {
        Ok(match number {
            1 => KeyKind::Birth,
            2 => KeyKind::Vault,
            3 => KeyKind::Compartment,
            4 => KeyKind::Fallback,
            5 => KeyKind::Slot,
            _ => return Err(FormatError::Value),
        })
    }
}

/// An X25519 public key that envelopes are sealed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// A short name of the key: the first 8 octets of its hash. Names, does not prove.
    pub fn key_id(&self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = hash("ringfence key id", &[&self.0]);
        [a, b, c, d, e, f, g, h]
    }
}

/// Draws a key pair.
pub fn draw_key_pair(random: &mut dyn Random) -> (Secret, PublicKey) {
    let seed = Secret::draw(random);
    let (private, public) = Kem::derive_keypair(seed.expose());
    let mut octets: [u8; 32] = private.to_bytes().into();
    let secret = Secret::new(octets);
    octets.zeroize();
    (secret, PublicKey(public.to_bytes().into()))
}

/// The public half of a private key.
///
/// # Errors
/// [`OpenError::NotAddressed`] when the octets are no private key.
pub fn public_half(private: &Secret) -> Result<PublicKey, OpenError> {
    let private = private_key(private)?;
    Ok(PublicKey(Kem::sk_to_pk(&private).to_bytes().into()))
}

/// A secret, sealed to a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What kind of key it is sealed to.
    pub kind: KeyKind,
    /// The epoch of that key.
    pub epoch: u32,
    /// Which key: [`PublicKey::key_id`].
    pub key_id: [u8; 8],
    /// The encapsulated key.
    encapsulated: [u8; 32],
    /// The sealed secret and its tag.
    sealed: [u8; 48],
}

/// Whom an envelope is sealed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// What kind of key.
    pub kind: KeyKind,
    /// Its epoch.
    pub epoch: u32,
    /// The key.
    pub key: PublicKey,
}

impl Envelope {
    /// Seals `secret` to `recipient`, bound to `vault` and `bound`.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when the recipient's public key is not a usable point.
    pub fn seal(
        recipient: &Recipient,
        vault: &VaultId,
        bound: &[u8],
        secret: &Secret,
        random: &mut dyn Random,
    ) -> Result<Envelope, OpenError> {
        let mut sealed = [0; 48];
        sealed[..32].copy_from_slice(secret.expose());
        let public =
            <Kem as hpke::Kem>::PublicKey::from_bytes(&recipient.key.0).map_err(|_| OpenError::NotAddressed)?;
        let (encapsulated, tag) = single_shot_seal_inout_detached_with_rng::<AesGcm256, HkdfSha256, Kem>(
            &OpModeS::Base,
            &public,
            &info(vault),
            InOutBuf::from(&mut sealed[..32]),
            bound,
            &mut Drawn(random),
        )
        .map_err(|_| OpenError::NotAddressed)?;
        sealed[32..].copy_from_slice(&tag.to_bytes());
        Ok(Envelope {
            kind: recipient.kind,
            epoch: recipient.epoch,
            key_id: recipient.key.key_id(),
            encapsulated: encapsulated.to_bytes().into(),
            sealed,
        })
    }

    /// Opens the envelope with a private key.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when it is for another key, [`OpenError::Envelope`] when it or `bound` was changed.
    pub fn open(&self, private: &Secret, vault: &VaultId, bound: &[u8]) -> Result<Secret, OpenError> {
        let key = private_key(private)?;
        if public_half(private)?.key_id() != self.key_id {
            return Err(OpenError::NotAddressed);
        }
        let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(&self.encapsulated);
        let tag = hpke::aead::AeadTag::<AesGcm256>::from_bytes(&self.sealed[32..]);
        let (encapsulated, tag) = encapsulated.and_then(|key| Ok((key, tag?))).map_err(|_| OpenError::Envelope)?;
        let mut secret = [0; 32];
        secret.copy_from_slice(&self.sealed[..32]);
        single_shot_open_inout_detached::<AesGcm256, HkdfSha256, Kem>(
            &OpModeR::Base,
            &key,
            &encapsulated,
            &info(vault),
            InOutBuf::from(&mut secret[..]),
            bound,
            &tag,
        )
        .map_err(|_| OpenError::Envelope)?;
        let opened = Secret::new(secret);
        secret.zeroize();
        Ok(opened)
    }

    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        out.u8(self.kind as u8);
        out.u32(self.epoch);
        out.octets(&self.key_id);
        out.octets(&self.encapsulated);
        out.octets(&self.sealed);
    }

    pub(crate) fn parse(reader: &mut Reader<'_>) -> Result<Envelope, FormatError> {
        Ok(Envelope {
            kind: KeyKind::from_number(reader.u8()?)?,
            epoch: reader.u32()?,
            key_id: reader.array()?,
            encapsulated: reader.array()?,
            sealed: reader.array()?,
        })
    }
}

fn private_key(private: &Secret) -> Result<<Kem as hpke::Kem>::PrivateKey, OpenError> {
    <Kem as hpke::Kem>::PrivateKey::from_bytes(private.expose()).map_err(|_| OpenError::NotAddressed)
}

fn info(vault: &VaultId) -> Vec<u8> {
    let mut info = b"ringfence envelope\0".to_vec();
    info.u16(FORMAT_VERSION);
    info.u16(Suite::One.number());
    info.octets(&vault.0);
    info
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seeded;

    const VAULT: VaultId = VaultId([7; 16]);

    fn sealed() -> (Secret, Envelope) {
        let mut random = Seeded::new(1);
        let (private, key) = draw_key_pair(&mut random);
        let to = Recipient { kind: KeyKind::Birth, epoch: 0, key };
        let envelope = Envelope::seal(&to, &VAULT, b"here", &Secret::new([9; 32]), &mut random).unwrap();
        (private, envelope)
    }

    #[test]
    fn an_envelope_opens_with_its_key_where_it_belongs() {
        let (private, envelope) = sealed();
        assert_eq!(envelope.open(&private, &VAULT, b"here").unwrap(), Secret::new([9; 32]));
        assert_eq!(envelope.open(&private, &VAULT, b"there"), Err(OpenError::Envelope));
        assert_eq!(envelope.open(&private, &VaultId([8; 16]), b"here"), Err(OpenError::Envelope));
    }

    #[test]
    fn another_key_is_told_that_it_is_not_addressed() {
        let (_, envelope) = sealed();
        let (other, _) = draw_key_pair(&mut Seeded::new(2));
        assert_eq!(envelope.open(&other, &VAULT, b"here"), Err(OpenError::NotAddressed));
    }

    #[test]
    fn every_changed_bit_of_key_or_ciphertext_keeps_it_shut() {
        let (private, envelope) = sealed();
        let mut octets = Vec::new();
        envelope.emit(&mut octets);
        assert_eq!(octets.len(), ENVELOPE_OCTETS);
        for at in 5 * 8..octets.len() * 8 {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            // The last bit of an X25519 point is not used (RFC 7748 section 5), but HPKE hashes all of its octets.
            let changed = Envelope::parse(&mut Reader::new(&changed)).unwrap();
            assert!(changed.open(&private, &VAULT, b"here").is_err(), "bit {at}");
        }
    }
}
