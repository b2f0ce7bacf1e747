//! A slot: one person's key pair, its private half under that person's passphrase.
//!
//! Source: RFC 9106 (Argon2id), RFC 5869 (HKDF), AES-256-GCM. What opens the vault is sealed to the public half, so a
//! rotation reaches everybody without anybody's passphrase. Where the machine holds a secret (TPM, token) it is part of
//! the wrapping key, and a stolen disk is worth nothing without it.

use frame::PersonId;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    Cost, FORMAT_VERSION, FormatError, Holder, KeyKind, OpenError, PublicKey, Random, Recipient, Secret, Suite,
    VaultId,
    aead::Cipher,
    envelope::{draw_key_pair, public_half},
    octets::{Put, Reader},
    passphrase::as_hashed,
};

/// What a person unlocks their slot with.
#[derive(Clone, Copy)]
pub struct Unlocking<'a> {
    /// As it was typed.
    pub passphrase: &'a str,
    /// What the machine holds, where it holds anything.
    pub machine: Option<&'a Secret>,
}

/// A person's slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Whose it is.
    pub person: PersonId,
    /// What is sealed to them.
    pub public: PublicKey,
    /// Whether a secret of the machine is needed, too.
    pub needs_machine: bool,
    /// What a try at the passphrase costs.
    pub cost: Cost,
    salt: [u8; 16],
    nonce: [u8; 12],
    sealed: [u8; 32],
    tag: [u8; 16],
}

impl Slot {
    /// Draws a key pair for a person and wraps it. Takes as long as `cost` says.
    ///
    /// # Errors
    /// [`OpenError::Parameters`] when the cost is out of range.
    pub fn make(
        vault: &VaultId,
        person: PersonId,
        with: &Unlocking<'_>,
        cost: Cost,
        random: &mut dyn Random,
    ) -> Result<Slot, OpenError> {
        let (private, public) = draw_key_pair(random);
        let (mut salt, mut nonce) = ([0; 16], [0; 12]);
        random.fill(&mut salt);
        random.fill(&mut nonce);
        let needs_machine = with.machine.is_some();
        let (sealed, tag) = (*private.expose(), [0; 16]);
        let mut slot = Slot { person, public, needs_machine, cost, salt, nonce, sealed, tag };
        let cipher = slot.cipher(vault, with)?;
        let bound = slot.bound(vault);
        slot.tag = cipher.seal(&nonce, &bound, &mut slot.sealed);
        Ok(slot)
    }

    /// Opens the private half. Takes as long as [`Self::cost`] says.
    ///
    /// # Errors
    /// [`OpenError::WrongCode`] when the passphrase or the machine is not the one, or the slot was changed.
    pub fn open(&self, vault: &VaultId, with: &Unlocking<'_>) -> Result<Secret, OpenError> {
        let mut private = Zeroizing::new(self.sealed);
        let cipher = self.cipher(vault, with)?;
        cipher.open(&self.nonce, &self.bound(vault), &mut *private, &self.tag).map_err(|_| OpenError::WrongCode)?;
        let private = Secret::fill_with(|at| private[at]);
        // A slot whose public half was exchanged would have the next rotation sealed to somebody else.
        if public_half(&private)? == self.public { Ok(private) } else { Err(OpenError::WrongCode) }
    }

    /// Whom envelopes for this person are sealed to.
    pub const fn recipient(&self) -> Recipient {
        Recipient { kind: KeyKind::Slot, epoch: 0, key: self.public }
    }

    /// How a certificate names it.
    pub const fn holder(&self) -> Holder {
        Holder { person: self.person, key: self.public }
    }

    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        self.emit_bound(out);
        out.octets(&self.sealed);
        out.octets(&self.tag);
    }

    pub(crate) fn parse(reader: &mut Reader<'_>) -> Result<Slot, FormatError> {
        Ok(Slot {
            person: PersonId(reader.u32()?),
            public: PublicKey(reader.array()?),
            needs_machine: match reader.u8()? {
                0 => false,
                1 => true,
                _ => return Err(FormatError::Value),
            },
            cost: Cost { memory_kib: reader.u32()?, passes: reader.u32()? },
            salt: reader.array()?,
            nonce: reader.array()?,
            sealed: reader.array()?,
            tag: reader.array()?,
        })
    }

    fn emit_bound(&self, out: &mut Vec<u8>) {
        out.u32(self.person.0);
        out.octets(&self.public.0);
        out.u8(self.needs_machine.into());
        out.u32(self.cost.memory_kib);
        out.u32(self.cost.passes);
        out.octets(&self.salt);
        out.octets(&self.nonce);
    }

    /// Associated data of the wrap.
    fn bound(&self, vault: &VaultId) -> Vec<u8> {
        let mut out = label(vault);
        self.emit_bound(&mut out);
        out
    }

    fn cipher(&self, vault: &VaultId, with: &Unlocking<'_>) -> Result<Cipher, OpenError> {
        if with.machine.is_some() != self.needs_machine {
            return Err(OpenError::WrongCode);
        }
        let mut input = Zeroizing::new([0; 64]);
        input[..32].copy_from_slice(&*self.cost.derive(as_hashed(with.passphrase).as_bytes(), &self.salt)?);
        let octets = with.machine.map_or(32, |machine| {
            input[32..].copy_from_slice(machine.expose());
            64
        });
        let mut key = Zeroizing::new([0; 32]);
        let kdf = Hkdf::<Sha256>::new(None, &input[..octets]);
        kdf.expand(&label(vault), &mut *key).expect("32 octets are within HKDF's limit of 8,160");
        Ok(Cipher::new(&Secret::fill_with(|at| key[at])))
    }
}

fn label(vault: &VaultId) -> Vec<u8> {
    let mut out = b"ringfence slot\0".to_vec();
    out.u16(FORMAT_VERSION);
    out.u16(Suite::One.number());
    out.octets(&vault.0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seeded;

    const VAULT: VaultId = VaultId([7; 16]);
    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

    fn typed(passphrase: &str) -> Unlocking<'_> {
        Unlocking { passphrase, machine: None }
    }

    fn slot(with: &Unlocking<'_>) -> Slot {
        Slot::make(&VAULT, PersonId(3), with, QUICK, &mut Seeded::new(1)).unwrap()
    }

    #[test]
    fn the_passphrase_opens_however_it_is_typed_and_no_other_does() {
        let slot = slot(&typed("one two three"));
        let private = slot.open(&VAULT, &typed("One  two three ")).unwrap();
        assert_eq!(public_half(&private), Ok(slot.public));
        assert_eq!(slot.open(&VAULT, &typed("one two tree")), Err(OpenError::WrongCode));
        assert_eq!(slot.open(&VaultId([8; 16]), &typed("one two three")), Err(OpenError::WrongCode));
    }

    #[test]
    fn where_the_machine_holds_a_secret_the_passphrase_alone_is_worth_nothing() {
        let (machine, other) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let with = |machine| Unlocking { passphrase: "short", machine };
        let slot = slot(&with(Some(&machine)));
        assert!(slot.open(&VAULT, &with(Some(&machine))).is_ok());
        assert_eq!(slot.open(&VAULT, &with(Some(&other))), Err(OpenError::WrongCode));
        assert_eq!(slot.open(&VAULT, &with(None)), Err(OpenError::WrongCode));
        let bare = self::slot(&with(None));
        assert_eq!(bare.open(&VAULT, &with(Some(&machine))), Err(OpenError::WrongCode));
    }

    #[test]
    fn every_changed_bit_keeps_a_slot_shut() {
        let slot = slot(&typed("one"));
        let mut octets = Vec::new();
        slot.emit(&mut octets);
        assert_eq!(octets.len(), 121, "as FORMAT.md says");
        let cost = 4 + 32 + 1;
        // The cost's high bits would have it take the box's memory: they are refused as such.
        for at in (0..octets.len() * 8).filter(|at| !(cost..cost + 8).contains(&(at / 8)) || at % 8 == 1) {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            let opened = Slot::parse(&mut Reader::new(&changed)).map(|slot| slot.open(&VAULT, &typed("one")));
            assert!(!matches!(opened, Ok(Ok(_))), "bit {at}");
        }
    }
}
