//! Audio keys: one per leg and minute, from two halves that are kept in different places.
//!
//! Source: RFC 5869. The half `a` is in the envelope beside the ciphertext, the half `b` in the erasable key table.
//! Without both there is no key, so erasing `b` erases the audio in every copy.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroize as _;

use frame::{LegId, RecordingId};

use crate::{FORMAT_VERSION, OpenError, Secret, Suite, VaultId, octets::Put, suite::Hash};

/// Ticks that one audio key covers: 60 s. What erasing one `b` takes away, and what one opened key lets be heard.
pub const EPOCH_TICKS: u64 = 6_000;

/// Where the half `b` stands in the key tables: counted up for the life of the vault, never used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyNo(pub u64);

/// Which audio a key is for. Part of the derivation and of the envelope, so that a key fits nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyScope {
    /// The vault.
    pub vault: VaultId,
    /// The recording.
    pub recording: RecordingId,
    /// The part: a restart never resumes a key.
    pub part: u16,
    /// The leg.
    pub leg: LegId,
    /// Which minute of the leg within the part, from 0.
    pub epoch: u32,
    /// Where `b` stands.
    pub key_no: KeyNo,
}

impl KeyScope {
    /// The scope as octets: the envelope's associated data and the derivation's info.
    pub fn octets(&self) -> Vec<u8> {
        let mut out = b"ringfence audio key\0".to_vec();
        out.u16(FORMAT_VERSION);
        out.u16(Suite::One.number());
        out.octets(&self.vault.0);
        out.u64(self.recording.as_u64());
        out.u16(self.part);
        out.u64(self.leg.as_u64());
        out.u32(self.epoch);
        out.u64(self.key_no.0);
        out
    }
}

/// An audio key with its public commitment.
#[derive(Clone, Debug)]
pub struct AudioKey {
    /// The key itself.
    pub key: Secret,
    /// Binds ciphertext to this key: GCM alone lets one ciphertext open under two keys.
    pub commitment: Hash,
}

impl AudioKey {
    /// Derives the key of `scope` from its two halves.
    pub fn derive(a: &Secret, b: &Secret, scope: &KeyScope) -> AudioKey {
        let mut halves = [0; 64];
        halves[..32].copy_from_slice(a.expose());
        halves[32..].copy_from_slice(b.expose());
        let kdf = Hkdf::<Sha256>::new(None, &halves);
        halves.zeroize();
        let mut both = [0; 64];
        // One expansion gives both, so the commitment binds the very input that the key comes from.
        kdf.expand(&scope.octets(), &mut both).expect("64 octets are within HKDF's limit of 8,160");
        let (mut key, mut commitment) = ([0; 32], [0; 32]);
        key.copy_from_slice(&both[..32]);
        commitment.copy_from_slice(&both[32..]);
        both.zeroize();
        let derived = AudioKey { key: Secret::new(key), commitment };
        key.zeroize();
        derived
    }

    /// As [`Self::derive`], and checks the commitment that the record carries.
    ///
    /// # Errors
    /// [`OpenError::Commitment`] when it is another key's.
    pub fn derive_committed(
        a: &Secret,
        b: &Secret,
        scope: &KeyScope,
        commitment: &Hash,
    ) -> Result<AudioKey, OpenError> {
        let key = AudioKey::derive(a, b, scope);
        if key.commitment == *commitment { Ok(key) } else { Err(OpenError::Commitment) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::LifeNo;

    fn scope() -> KeyScope {
        KeyScope {
            vault: VaultId([1; 16]),
            recording: RecordingId::new(LifeNo(1), 2),
            part: 1,
            leg: LegId::new(LifeNo(1), 3),
            epoch: 4,
            key_no: KeyNo(5),
        }
    }

    #[test]
    fn every_part_of_the_scope_and_both_halves_make_the_key() {
        let (a, b) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let first = AudioKey::derive(&a, &b, &scope());
        let others = [
            AudioKey::derive(&b, &a, &scope()),
            AudioKey::derive(&a, &a, &scope()),
            AudioKey::derive(&a, &b, &KeyScope { part: 2, ..scope() }),
            AudioKey::derive(&a, &b, &KeyScope { epoch: 5, ..scope() }),
            AudioKey::derive(&a, &b, &KeyScope { key_no: KeyNo(6), ..scope() }),
            AudioKey::derive(&a, &b, &KeyScope { leg: LegId::new(LifeNo(1), 4), ..scope() }),
            AudioKey::derive(&a, &b, &KeyScope { vault: VaultId([2; 16]), ..scope() }),
            AudioKey::derive(&a, &b, &KeyScope { recording: RecordingId::new(LifeNo(2), 2), ..scope() }),
        ];
        for other in others {
            assert_ne!(other.key, first.key);
            assert_ne!(other.commitment, first.commitment);
        }
    }

    #[test]
    fn a_wrong_half_does_not_fit_the_commitment() {
        let (a, b) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let commitment = AudioKey::derive(&a, &b, &scope()).commitment;
        assert!(AudioKey::derive_committed(&a, &b, &scope(), &commitment).is_ok());
        let wrong = AudioKey::derive_committed(&b, &b, &scope(), &commitment);
        assert_eq!(wrong.unwrap_err(), OpenError::Commitment);
    }
}
