//! Certificates: a vault public key is valid only in one, signed by who may say so.

use std::fmt;

use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use frame::{PersonId, Stamp};

use crate::{
    CompartmentName, FORMAT_VERSION, FormatError, KeyKind, PublicKey, Suite,
    envelope::Recipient,
    octets::{Put, Reader},
    suite::{Hash, hash},
};

/// Names a vault. Drawn once when it is made.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VaultId(pub [u8; 16]);

impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultId({self})")
    }
}

/// Who signed a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Signer {
    /// The box's log key: birth certificates only, since no key comes before them.
    Log = 1,
    /// The signing key of the epoch before.
    PreviousEpoch = 2,
    /// The recovery key.
    Recovery = 3,
    /// The signing key of an epoch of the vault: certificates of compartments only.
    VaultEpoch = 4,
}

impl Signer {
    const fn from_number(number: u8) -> Result<Signer, FormatError> {
        Ok(match number {
            1 => Signer::Log,
            2 => Signer::PreviousEpoch,
            3 => Signer::Recovery,
            4 => Signer::VaultEpoch,
            _ => return Err(FormatError::Value),
        })
    }
}

/// Somebody who holds a slot, and the public key that it has: with the number alone, whoever writes files could put another
/// key in its place and be sealed to at the next rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub person: PersonId,
    /// Of their slot.
    pub key: PublicKey,
}

/// A vault public key and for what it is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose key it is.
    pub kind: KeyKind,
    /// Of which compartment, where it is one's.
    pub compartment: Option<CompartmentName>,
    /// The vault.
    pub vault: VaultId,
    /// The key's epoch: 0 for the birth key, counted up by the ceremony and each rotation.
    pub epoch: u32,
    /// The key.
    pub key: PublicKey,
    /// With which key its holders sign the next certificate: vault and recovery keys alone can.
    pub signs: Option<[u8; 32]>,
    /// When it was issued.
    pub issued: Stamp,
    /// Who holds a slot to it, in the order of their numbers. Nobody by name before the ceremony.
    pub holders: Vec<Holder>,
    /// In what capacity the signer signs.
    pub signer: Signer,
}

/// A certificate and its signature, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCertificate {
    /// What is signed.
    pub certificate: Certificate,
    /// The Ed25519 public key of the signer.
    pub signer_key: [u8; 32],
    signature: [u8; 64],
}

const MAGIC: &[u8; 8] = b"RFCERTIF";

impl Certificate {
    /// Signs the certificate. It names a signing key, and a compartment, just where its kind has one.
    pub fn sign(self, key: &SigningKey) -> SignedCertificate {
        use ed25519_dalek::Signer as _;
        let signer_key = key.verifying_key().to_bytes();
        let signature = key.sign(&self.signed_octets(&signer_key)).to_bytes();
        SignedCertificate { certificate: self, signer_key, signature }
    }

    /// Whom envelopes are sealed to under this certificate.
    pub const fn recipient(&self) -> Recipient {
        Recipient { kind: self.kind, epoch: self.epoch, key: self.key }
    }

    fn signed_octets(&self, signer_key: &[u8; 32]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.u16(FORMAT_VERSION);
        out.u16(Suite::One.number());
        out.u8(self.kind as u8);
        self.compartment.iter().for_each(|name| name.emit(&mut out));
        out.octets(&self.vault.0);
        out.u32(self.epoch);
        out.octets(&self.key.0);
        self.signs.iter().for_each(|key| out.octets(key));
        out.stamp(&self.issued);
        out.u16(u16::try_from(self.holders.len()).unwrap_or(u16::MAX));
        for holder in self.holders.iter().take(usize::from(u16::MAX)) {
            out.u32(holder.person.0);
            out.octets(&holder.key.0);
        }
        out.u8(self.signer as u8);
        out.octets(signer_key);
        out
    }
}

impl SignedCertificate {
    /// The octets that are stored.
    pub fn emit(&self) -> Vec<u8> {
        let mut out = self.certificate.signed_octets(&self.signer_key);
        out.octets(&self.signature);
        out
    }

    /// Reads a certificate and checks its signature.
    ///
    /// # Errors
    /// What is wrong with the octets or the signature.
    pub fn parse(octets: &[u8]) -> Result<SignedCertificate, FormatError> {
        let mut reader = Reader::new(octets);
        reader.expect(MAGIC, FormatError::Magic)?;
        reader.expect(&FORMAT_VERSION.to_be_bytes(), FormatError::Version)?;
        Suite::from_number(reader.u16()?)?;
        let kind = KeyKind::from_number(reader.u8()?)?;
        let is_compartment = kind == KeyKind::Compartment;
        let certificate = Certificate {
            kind,
            compartment: is_compartment.then(|| CompartmentName::read(&mut reader)).transpose()?,
            vault: VaultId(reader.array()?),
            epoch: reader.u32()?,
            key: PublicKey(reader.array()?),
            signs: kind.signs().then(|| reader.array()).transpose()?,
            issued: reader.stamp()?,
            holders: (0..reader.u16()?).map(|_| holder(&mut reader)).collect::<Result<_, _>>()?,
            signer: Signer::from_number(reader.u8()?)?,
        };
        let signed = SignedCertificate { certificate, signer_key: reader.array()?, signature: reader.array()? };
        reader.end()?;
        signed.check()?;
        Ok(signed)
    }

    /// What people compare: the hash of the signed octets, signature left out.
    pub fn fingerprint(&self) -> Hash {
        hash("ringfence certificate", &[&self.certificate.signed_octets(&self.signer_key)])
    }

    fn check(&self) -> Result<(), FormatError> {
        let key = VerifyingKey::from_bytes(&self.signer_key).map_err(|_| FormatError::Signature)?;
        let octets = self.certificate.signed_octets(&self.signer_key);
        key.verify_strict(&octets, &Signature::from_bytes(&self.signature)).map_err(|_| FormatError::Signature)
    }
}

fn holder(reader: &mut Reader<'_>) -> Result<Holder, FormatError> {
    Ok(Holder { person: PersonId(reader.u32()?), key: PublicKey(reader.array()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_of_a_certificate_is_found() {
        every_changed_bit_is_found(KeyKind::Birth, None);
        every_changed_bit_is_found(KeyKind::Vault, Some([4; 32]));
        every_changed_bit_is_found(KeyKind::Compartment, None);
    }

    fn every_changed_bit_is_found(kind: KeyKind, signs: Option<[u8; 32]>) {
        let certificate = Certificate {
            kind,
            compartment: (kind == KeyKind::Compartment).then(|| CompartmentName::parse("Ward 4")).flatten(),
            vault: VaultId([1; 16]),
            epoch: 0,
            key: PublicKey([2; 32]),
            signs,
            issued: Stamp::default(),
            holders: [1, 2].map(|no| Holder { person: PersonId(no), key: PublicKey([no as u8; 32]) }).to_vec(),
            signer: Signer::Log,
        };
        let signed = certificate.sign(&SigningKey::from_bytes(&[3; 32]));
        let octets = signed.emit();
        assert_eq!(SignedCertificate::parse(&octets), Ok(signed));
        for at in 0..octets.len() * 8 {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(SignedCertificate::parse(&changed).is_err(), "bit {at}");
        }
    }
}
