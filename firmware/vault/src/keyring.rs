//! The keyring: all of the vault's public keys, and their private halves sealed to whoever may open.
//!
//! One file that is replaced as a whole, so that a ceremony, a rotation and a removal each have happened or have not:
//! there is no half of one. Each epoch's private half opens the one before it, down to the birth key's, so audio is never
//! sealed anew; only the newest is sealed to the recovery key and to each person's slot. Names and shapes: FORMAT.md.
//! Compartments have keys of their own beside it: `compartments`.
//! Not here: where it is kept, when a rotation is asked for, who may ask.

mod compartments;

use ed25519_dalek::SigningKey;
use frame::{PersonId, Stamp};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use self::compartments::COMPARTMENT_EPOCHS_MAX;
use crate::{
    Certificate, Envelope, FormatError, Hash, Holder, KeyKind, KeyringName, OpenError, PublicKey, Random, Recipient,
    Secret, SignedCertificate, Signer, Slot, Suite, Unlocking, VaultId, draw_key_pair,
    envelope::public_half,
    octets::{Put, Reader, checked_crc, put_crc},
    suite::hash,
};

pub use self::compartments::{COMPARTMENTS_MAX, MEMBERS_MAX};
use self::compartments::{Compartments, Renewal};

/// People with a slot at most: each is named on the sheet and asked in a ceremony.
pub const HOLDERS_MAX: usize = 16;

/// Epochs at most: a rotation each month for 40 years, and as many removals and other passphrases again.
pub const EPOCHS_MAX: usize = 1_000;

/// People at most who are removed within one epoch: all that can be there, and no more until new keys were made.
pub const REMOVED_MAX: usize = HOLDERS_MAX + MEMBERS_MAX;

/// How long after a removal the vault may go on with a key that the removed person has held.
pub const ROTATION_WITHIN_US: u64 = 24 * 3_600 * 1_000_000;

const MAGIC: &[u8; 8] = b"RFKEYRNG";

/// Of this file alone, without compartments and with. Version 1 had certificates that named their holders without the keys
/// of their slots.
const KEYRING_VERSION: u16 = 2;
const KEYRING_VERSION_WITH_COMPARTMENTS: u16 = 3;

/// One epoch of the vault key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Epoch {
    certificate: SignedCertificate,
    /// The private half of the epoch before, the birth key's for the first, sealed to this one.
    previous: Envelope,
}

/// A person's slot, and the newest private half sealed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    slot: Slot,
    sealed: Envelope,
}

/// The vault's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    vault: VaultId,
    birth: PublicKey,
    recovery: SignedCertificate,
    /// From epoch 1 on, never empty.
    epochs: Vec<Epoch>,
    /// The newest private half, sealed to the recovery key.
    sealed: Envelope,
    held: Vec<Held>,
    /// Whose slots were removed since the newest epoch began.
    removed: Vec<(PersonId, Stamp)>,
    compartments: Compartments,
}

/// What a new epoch is made of.
struct Next<'a> {
    /// The private half and signing key of the epoch before, or the birth key's.
    before: &'a Secret,
    signer: Signer,
    signing: &'a SigningKey,
    slots: Vec<Slot>,
    /// Whether members of compartments keep their slots.
    keeps_members: bool,
    now: Stamp,
}

/// What goes on into a new epoch.
#[derive(Default)]
struct Older {
    epochs: Vec<Epoch>,
    compartments: Compartments,
}

impl Keyring {
    /// The ceremony: epoch 1 of a vault that had its birth key. The `slots` are of the first holders.
    ///
    /// # Errors
    /// [`OpenError::Parameters`] when there are no holders, too many, or one of them twice.
    pub fn begin(
        vault: VaultId,
        birth: &Secret,
        recovery: &Secret,
        slots: Vec<Slot>,
        now: Stamp,
        random: &mut dyn Random,
    ) -> Result<Keyring, OpenError> {
        let signing = signing_key(recovery);
        let certificate = Certificate {
            kind: KeyKind::Fallback,
            compartment: None,
            vault,
            epoch: 1,
            key: public_half(recovery)?,
            signs: Some(signing.verifying_key().to_bytes()),
            issued: now,
            holders: Vec::new(),
            signer: Signer::Recovery,
        };
        let recovery = certificate.sign(&signing);
        let (before, signer, signing) = (birth, Signer::Recovery, &signing);
        let next = Next { before, signer, signing, slots, keeps_members: true, now };
        next.make(vault, public_half(birth)?, recovery, Older::default(), random)
    }

    /// A rotation: a new key pair, for these slots alone. `newest` is the private half that the newest epoch has; one of
    /// its holders has opened it.
    ///
    /// # Errors
    /// [`OpenError::Parameters`] as with [`Self::begin`]; [`OpenError::NotAddressed`] when `newest` is another key.
    pub fn rotate(
        &self,
        newest: &Secret,
        slots: Vec<Slot>,
        now: Stamp,
        random: &mut dyn Random,
    ) -> Result<Keyring, OpenError> {
        let (before, signer, signing) = (newest, Signer::PreviousEpoch, &signing_key(newest));
        self.follow(Next { before, signer, signing, slots, keeps_members: true, now }, random)
    }

    /// A recovery: a new key pair, for these slots alone, by the recovery key that two shares made. No compartment has a
    /// member then.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when the shares made another key; [`OpenError::Parameters`] as with [`Self::begin`].
    pub fn recover(
        &self,
        recovery: &Secret,
        slots: Vec<Slot>,
        now: Stamp,
        random: &mut dyn Random,
    ) -> Result<Keyring, OpenError> {
        let newest = self.unlock_by_recovery(recovery)?;
        let (before, signer, signing) = (&newest, Signer::Recovery, &signing_key(recovery));
        self.follow(Next { before, signer, signing, slots, keeps_members: false, now }, random)
    }

    fn follow(&self, next: Next<'_>, random: &mut dyn Random) -> Result<Keyring, OpenError> {
        if public_half(next.before)? != self.newest().key {
            return Err(OpenError::NotAddressed);
        }
        let older = Older { epochs: self.epochs.clone(), compartments: self.compartments.clone() };
        next.make(self.vault, self.birth, self.recovery.clone(), older, random)
    }

    /// Takes a person's slot away. Their passphrase opens this keyring no more; an older copy of it they can still open,
    /// so that the next epoch is due.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when they have none; [`OpenError::Parameters`] when it is the last one.
    pub fn remove(&self, person: PersonId, now: Stamp) -> Result<Keyring, OpenError> {
        let mut left = self.clone();
        left.held.retain(|held| held.slot.person != person);
        match left.held.len() {
            count if count == self.held.len() => return Err(OpenError::NotAddressed),
            0 => return Err(OpenError::Parameters),
            _ if left.removed.len() >= REMOVED_MAX => return Err(OpenError::Parameters),
            _ => left.removed.push((person, now)),
        }
        Ok(left)
    }

    /// Another slot for a person, with a key pair of its own, under another passphrase, and a new epoch with it: a slot's
    /// public key is within what the epoch before it signs. With the pair of the old slot, an old copy of the keyring and the
    /// old passphrase would open every epoch to come; so they open what was before this one.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when they have none; [`OpenError::WrongCode`] when the old passphrase is wrong.
    pub fn rewrap(
        &self,
        person: PersonId,
        old: &Unlocking<'_>,
        new: &Unlocking<'_>,
        now: Stamp,
        random: &mut dyn Random,
    ) -> Result<Keyring, OpenError> {
        let newest = self.unlock(person, old)?;
        let mut slots: Vec<Slot> = self.slots().cloned().collect();
        let slot = slots.iter_mut().find(|slot| slot.person == person).ok_or(OpenError::NotAddressed)?;
        *slot = Slot::make(&self.vault, person, new, slot.cost, random)?;
        self.rotate(&newest, slots, now, random)
    }

    /// The keyring as a backup may have it: without any slot, and so without anybody whose slot was removed. Two shares bring
    /// it back.
    pub fn without_slots(&self) -> Keyring {
        let compartments = self.compartments.without_members();
        Keyring { held: Vec::new(), removed: Vec::new(), compartments, ..self.clone() }
    }

    /// What the log calls it.
    pub fn name(&self) -> KeyringName {
        let name = |keyring: &Keyring| hash("ringfence keyring", &[&keyring.emit()]);
        KeyringName {
            whole: name(self),
            without_slots: name(&self.without_slots()),
            recovery: self.recovery.fingerprint(),
        }
    }

    /// The newest private half, by a person's passphrase. Takes as long as their slot's cost says.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when they have no slot, [`OpenError::WrongCode`] when it does not open.
    pub fn unlock(&self, person: PersonId, with: &Unlocking<'_>) -> Result<Secret, OpenError> {
        let held = self.held.iter().find(|held| held.slot.person == person).ok_or(OpenError::NotAddressed)?;
        let private = held.slot.open(&self.vault, with)?;
        held.sealed.open(&private, &self.vault, &bound(self.newest()))
    }

    /// The newest private half, by the recovery key.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when it is another vault's, or two shares that do not belong together made it.
    pub fn unlock_by_recovery(&self, recovery: &Secret) -> Result<Secret, OpenError> {
        self.sealed.open(recovery, &self.vault, &bound(self.newest()))
    }

    /// All private halves, from the newest to the birth key's.
    ///
    /// # Errors
    /// [`OpenError::Envelope`] when one of them was exchanged.
    pub fn all(&self, newest: Secret) -> Result<Vec<Secret>, OpenError> {
        // It never grows, that would leave a copy behind: there is room for the recovery key, which whoever has it adds.
        let mut all = Vec::with_capacity(self.epochs.len() + 2);
        all.push(newest);
        for (at, epoch) in self.epochs.iter().enumerate().rev() {
            let before = match at.checked_sub(1) {
                Some(before) => bound(&self.epochs[before].certificate.certificate),
                None => bound_of(0, &self.birth),
            };
            let newer = all.last().ok_or(OpenError::NotAddressed)?;
            all.push(epoch.previous.open(newer, &self.vault, &before)?);
        }
        Ok(all)
    }

    /// The vault.
    pub const fn vault(&self) -> VaultId {
        self.vault
    }

    /// The public half of the birth key.
    pub const fn birth(&self) -> PublicKey {
        self.birth
    }

    /// The newest certificate: what recordings are sealed for from now on.
    pub fn certificate(&self) -> &SignedCertificate {
        &self.epochs.last().expect("a keyring has an epoch").certificate
    }

    /// The recovery key's certificate: what vouches for every epoch. Recordings are sealed for it where nobody can say
    /// which epoch is the right one.
    pub const fn recovery(&self) -> &SignedCertificate {
        &self.recovery
    }

    fn newest(&self) -> &Certificate {
        &self.certificate().certificate
    }

    /// The fingerprints of all certificates that recordings can have been sealed for since the ceremony.
    pub fn fingerprints(&self) -> impl Iterator<Item = Hash> {
        self.epochs.iter().map(|epoch| epoch.certificate.fingerprint())
    }

    /// What stands on the recovery sheet and never changes: the birth certificate's fingerprint, which vouches for the log,
    /// and the recovery key's, which vouches for every epoch.
    pub fn fingerprint(&self, birth: &SignedCertificate) -> Hash {
        hash("ringfence sheet", &[&birth.fingerprint(), &self.recovery.fingerprint()])
    }

    /// The slots.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.held.iter().map(|held| &held.slot)
    }

    /// Whose slots were removed since the newest epoch began, and when. Where there is somebody, the next epoch is due
    /// within [`ROTATION_WITHIN_US`].
    pub fn removed(&self) -> &[(PersonId, Stamp)] {
        &self.removed
    }

    /// The octets that are stored.
    pub fn emit(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let has_compartments = !self.compartments.is_empty();
        out.u16(if has_compartments { KEYRING_VERSION_WITH_COMPARTMENTS } else { KEYRING_VERSION });
        out.u16(Suite::One.number());
        out.octets(&self.vault.0);
        out.octets(&self.birth.0);
        put_certificate(&mut out, &self.recovery);
        out.u16(self.epochs.len() as u16);
        for epoch in &self.epochs {
            put_certificate(&mut out, &epoch.certificate);
            epoch.previous.emit(&mut out);
        }
        self.sealed.emit(&mut out);
        if has_compartments {
            self.compartments.emit_keys(&mut out);
        }
        out.u16(self.held.len() as u16);
        for held in &self.held {
            held.slot.emit(&mut out);
            held.sealed.emit(&mut out);
        }
        out.u16(self.removed.len() as u16);
        for (person, when) in &self.removed {
            out.u32(person.0);
            out.stamp(when);
        }
        if has_compartments {
            self.compartments.emit_members(&mut out);
        }
        put_crc(&mut out, 0);
        out
    }

    /// Reads a keyring and checks that each certificate is signed by who may.
    ///
    /// # Errors
    /// What is wrong with the octets or a signature.
    pub fn parse(octets: &[u8]) -> Result<Keyring, FormatError> {
        let mut reader = Reader::new(checked_crc(octets)?);
        reader.expect(MAGIC, FormatError::Magic)?;
        let has_compartments = match reader.u16()? {
            KEYRING_VERSION => false,
            KEYRING_VERSION_WITH_COMPARTMENTS => true,
            _ => return Err(FormatError::Version),
        };
        Suite::from_number(reader.u16()?)?;
        let mut keyring = Keyring {
            vault: VaultId(reader.array()?),
            birth: PublicKey(reader.array()?),
            recovery: certificate(&mut reader)?,
            epochs: many(&mut reader, EPOCHS_MAX, |reader| {
                Ok(Epoch { certificate: certificate(reader)?, previous: Envelope::parse(reader)? })
            })?,
            sealed: Envelope::parse(&mut reader)?,
            compartments: if has_compartments {
                Compartments::read_keys(&mut reader)?
            } else {
                Compartments::default()
            },
            held: many(&mut reader, HOLDERS_MAX, |reader| {
                Ok(Held { slot: Slot::parse(reader)?, sealed: Envelope::parse(reader)? })
            })?,
            removed: many(&mut reader, REMOVED_MAX, |reader| Ok((PersonId(reader.u32()?), reader.stamp()?)))?,
        };
        if has_compartments {
            keyring.compartments.read_members(&mut reader)?;
        }
        reader.end()?;
        keyring.check()?;
        // There is one way to write that there is none.
        if has_compartments == keyring.compartments.is_empty() { Err(FormatError::Value) } else { Ok(keyring) }
    }

    /// That the recovery key vouches for itself, and each epoch is vouched for by the recovery key or the one before.
    fn check(&self) -> Result<(), FormatError> {
        let recovery = &self.recovery.certificate;
        let is_recovery = (recovery.kind, recovery.vault) == (KeyKind::Fallback, self.vault);
        let vouches_for_itself = (recovery.epoch, recovery.signer) == (1, Signer::Recovery);
        if !is_recovery
            || !vouches_for_itself
            || recovery.signs != Some(self.recovery.signer_key)
            || self.epochs.is_empty()
        {
            return Err(FormatError::Value);
        }
        let mut before = None;
        for (number, epoch) in (1..).zip(&self.epochs) {
            let of = &epoch.certificate.certificate;
            if (of.kind, of.vault, of.epoch) != (KeyKind::Vault, self.vault, number) {
                return Err(FormatError::Value);
            }
            let may_sign = match of.signer {
                Signer::Log | Signer::VaultEpoch => None,
                Signer::PreviousEpoch => before,
                Signer::Recovery => recovery.signs,
            };
            if may_sign != Some(epoch.certificate.signer_key) {
                return Err(FormatError::Signature);
            }
            before = of.signs;
        }
        let mut people: Vec<PersonId> = self.slots().map(|slot| slot.person).collect();
        people.sort_unstable();
        people.dedup();
        // A slot that the certificate does not name, by person and key, was put there without its signer.
        let named = self.slots().all(|slot| self.newest().holders.contains(&slot.holder()));
        let signers: Vec<[u8; 32]> =
            self.epochs.iter().filter_map(|epoch| epoch.certificate.certificate.signs).collect();
        self.compartments.check(self.vault, &signers, &people)?;
        if people.len() == self.held.len() && named { Ok(()) } else { Err(FormatError::Value) }
    }
}

impl Next<'_> {
    fn make(
        self,
        vault: VaultId,
        birth: PublicKey,
        recovery: SignedCertificate,
        Older { mut epochs, compartments }: Older,
        random: &mut dyn Random,
    ) -> Result<Keyring, OpenError> {
        let mut holders: Vec<Holder> = self.slots.iter().map(Slot::holder).collect();
        holders.sort_unstable_by_key(|holder| holder.person);
        holders.dedup_by_key(|holder| holder.person);
        let fits = !holders.is_empty() && holders.len() == self.slots.len() && holders.len() <= HOLDERS_MAX;
        if !fits || epochs.len() >= EPOCHS_MAX {
            return Err(OpenError::Parameters);
        }
        let (private, key) = draw_key_pair(random);
        let certificate = Certificate {
            kind: KeyKind::Vault,
            compartment: None,
            vault,
            epoch: epochs.len() as u32 + 1,
            key,
            signs: Some(signing_key(&private).verifying_key().to_bytes()),
            issued: self.now,
            holders,
            signer: self.signer,
        };
        let before = match epochs.last() {
            Some(epoch) => bound(&epoch.certificate.certificate),
            None => bound_of(0, &birth),
        };
        let previous = Envelope::seal(&certificate.recipient(), &vault, &before, self.before, random)?;
        let mut seal = |to: &Recipient| Envelope::seal(to, &vault, &bound(&certificate), &private, random);
        let sealed = seal(&recovery.certificate.recipient())?;
        let hold = |slot: Slot| Ok(Held { sealed: seal(&slot.recipient())?, slot });
        let held = self.slots.iter().cloned().map(hold).collect::<Result<_, OpenError>>()?;
        let (signing, seals) = (signing_key(&private), certificate.recipient());
        let with = Renewal {
            vault: &vault,
            opens: self.before,
            seals,
            signing: &signing,
            now: self.now,
            epochs_max: COMPARTMENT_EPOCHS_MAX,
        };
        let compartments = compartments.renewed(&self.slots, self.keeps_members, &with, random)?;
        epochs.push(Epoch { certificate: certificate.sign(self.signing), previous });
        Ok(Keyring { vault, birth, recovery, epochs, sealed, held, removed: Vec::new(), compartments })
    }
}

/// The key that signs certificates, from a vault's or the recovery key's private half.
fn signing_key(private: &Secret) -> SigningKey {
    let mut seed = Zeroizing::new([0; 32]);
    let kdf = Hkdf::<Sha256>::new(None, private.expose());
    kdf.expand(b"ringfence signing key\0", &mut *seed).expect("32 octets are within HKDF's limit of 8,160");
    SigningKey::from_bytes(&seed)
}

/// What an envelope of a private half is bound to: whose it is.
fn bound(certificate: &Certificate) -> Vec<u8> {
    bound_of(certificate.epoch, &certificate.key)
}

fn bound_of(epoch: u32, key: &PublicKey) -> Vec<u8> {
    let mut out = b"ringfence private half\0".to_vec();
    out.u32(epoch);
    out.octets(&key.0);
    out
}

fn put_certificate(out: &mut Vec<u8>, certificate: &SignedCertificate) {
    let octets = certificate.emit();
    out.u16(octets.len() as u16);
    out.octets(&octets);
}

fn certificate(reader: &mut Reader<'_>) -> Result<SignedCertificate, FormatError> {
    let octets = reader.u16()?;
    SignedCertificate::parse(reader.take(octets.into())?)
}

fn many<T>(
    reader: &mut Reader<'_>,
    most: usize,
    one: impl Fn(&mut Reader<'_>) -> Result<T, FormatError>,
) -> Result<Vec<T>, FormatError> {
    let count = reader.u16()?;
    if usize::from(count) > most {
        return Err(FormatError::Value);
    }
    (0..count).map(|_| one(reader)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cost, Seeded, combine, split};

    const VAULT: VaultId = VaultId([7; 16]);
    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

    fn typed(passphrase: &str) -> Unlocking<'_> {
        Unlocking { passphrase, machine: None }
    }

    fn slot(person: u32, passphrase: &str) -> Slot {
        let seed = &mut Seeded::new(u64::from(person));
        Slot::make(&VAULT, PersonId(person), &typed(passphrase), QUICK, seed).unwrap()
    }

    fn at(seconds: u64) -> Stamp {
        Stamp { time: frame::Time::from_us(seconds * 1_000_000), ..Stamp::default() }
    }

    struct Begun {
        birth: Secret,
        recovery: Secret,
        keyring: Keyring,
    }

    fn begun() -> Begun {
        let mut random = Seeded::new(100);
        let ((birth, _), (recovery, _)) = (draw_key_pair(&mut random), draw_key_pair(&mut random));
        let slots = vec![slot(1, "one"), slot(2, "two")];
        let keyring = Keyring::begin(VAULT, &birth, &recovery, slots, at(1), &mut random).unwrap();
        Begun { birth, recovery, keyring }
    }

    fn kept(keyring: &Keyring) -> Vec<Slot> {
        keyring.slots().cloned().collect()
    }

    #[test]
    fn each_holder_opens_every_key_down_to_the_birth_key_and_nobody_else_does() {
        let Begun { birth, keyring, .. } = begun();
        for (person, passphrase) in [(1, "one"), (2, "two")] {
            let newest = keyring.unlock(PersonId(person), &typed(passphrase)).unwrap();
            assert_eq!(public_half(&newest), Ok(keyring.certificate().certificate.key));
            assert_eq!(keyring.all(newest).unwrap().last(), Some(&birth));
        }
        assert_eq!(keyring.unlock(PersonId(1), &typed("two")), Err(OpenError::WrongCode));
        assert_eq!(keyring.unlock(PersonId(3), &typed("one")), Err(OpenError::NotAddressed));
        assert_eq!(keyring.unlock_by_recovery(&birth), Err(OpenError::NotAddressed));
    }

    #[test]
    fn rotations_leave_every_older_key_within_reach_of_every_newer_holder() {
        let Begun { birth, recovery, mut keyring } = begun();
        let mut newest = vec![keyring.unlock(PersonId(1), &typed("one")).unwrap()];
        for round in 2..6 {
            let next = keyring.rotate(&newest[0], kept(&keyring), at(round), &mut Seeded::new(round)).unwrap();
            assert_eq!(Keyring::parse(&next.emit()).as_ref(), Ok(&next));
            keyring = next;
            newest.insert(0, keyring.unlock(PersonId(2), &typed("two")).unwrap());
        }
        newest.push(birth);
        assert_eq!(keyring.all(newest[0].clone()), Ok(newest.clone()));
        assert_eq!(keyring.unlock_by_recovery(&recovery).as_ref(), Ok(&newest[0]));
        assert_eq!(keyring.fingerprints().count(), 5);
    }

    #[test]
    fn a_removed_person_opens_no_newer_key_and_the_next_epoch_is_due() {
        let Begun { keyring, .. } = begun();
        let old = keyring.unlock(PersonId(1), &typed("one")).unwrap();
        let left = keyring.remove(PersonId(1), at(5)).unwrap();
        assert_eq!(Keyring::parse(&left.emit()).as_ref(), Ok(&left));
        assert_eq!(left.unlock(PersonId(1), &typed("one")), Err(OpenError::NotAddressed));
        assert_eq!(left.removed(), [(PersonId(1), at(5))]);
        assert_eq!(left.remove(PersonId(1), at(6)), Err(OpenError::NotAddressed));
        assert_eq!(left.remove(PersonId(2), at(6)), Err(OpenError::Parameters), "somebody must be left");
        let newest = left.unlock(PersonId(2), &typed("two")).unwrap();
        let next = left.rotate(&newest, kept(&left), at(7), &mut Seeded::new(7)).unwrap();
        assert_eq!(next.removed(), []);
        // Whoever kept the old file and passphrase has the old private half: it opens nothing of the new epoch.
        assert_eq!(next.all(old), Err(OpenError::NotAddressed));
    }

    #[test]
    fn two_shares_and_a_backup_without_slots_bring_the_vault_to_new_holders() {
        let Begun { birth, recovery, keyring } = begun();
        let shares = split(&recovery, &VAULT, 1, &mut Seeded::new(3));
        let backup = Keyring::parse(&keyring.without_slots().emit()).unwrap();
        assert_eq!(backup.slots().count(), 0);
        let combined = combine(&shares[2], &shares[0]).unwrap();
        let back = backup.recover(&combined, vec![slot(9, "nine")], at(9), &mut Seeded::new(9)).unwrap();
        let back = Keyring::parse(&back.emit()).unwrap();
        let all = back.all(back.unlock(PersonId(9), &typed("nine")).unwrap()).unwrap();
        assert_eq!((all.len(), all.last()), (3, Some(&birth)));
        assert_eq!(back.certificate().certificate.signer, Signer::Recovery);
        let others = split(&recovery, &VAULT, 1, &mut Seeded::new(4));
        let mixed = combine(&shares[0], &others[1]).unwrap();
        let refused = backup.recover(&mixed, vec![slot(9, "nine")], at(9), &mut Seeded::new(9));
        assert_eq!(refused, Err(OpenError::NotAddressed), "shares of two sheets make another key");
    }

    #[test]
    fn a_key_that_nobody_vouches_for_is_no_epoch() {
        let Begun { recovery, keyring, .. } = begun();
        let newest = keyring.unlock(PersonId(1), &typed("one")).unwrap();
        let mut random = Seeded::new(8);
        let (stranger, _) = draw_key_pair(&mut random);
        let by = |signer, signing: &SigningKey| {
            let (slots, keeps_members) = (kept(&keyring), true);
            let next = Next { before: &newest, signer, signing, slots, keeps_members, now: at(2) };
            let made = keyring.follow(next, &mut Seeded::new(8)).unwrap();
            Keyring::parse(&made.emit()).err()
        };
        assert_eq!(by(Signer::PreviousEpoch, &signing_key(&newest)), None);
        assert_eq!(by(Signer::Recovery, &signing_key(&recovery)), None);
        for signer in [Signer::PreviousEpoch, Signer::Recovery, Signer::Log] {
            assert_eq!(by(signer, &signing_key(&stranger)), Some(FormatError::Signature));
        }
        assert_eq!(keyring.rotate(&stranger, kept(&keyring), at(2), &mut random), Err(OpenError::NotAddressed));
    }

    #[test]
    fn a_slot_that_the_certificate_does_not_name_is_refused() {
        let Begun { keyring, .. } = begun();
        let (mut more, mut twice) = (keyring.clone(), keyring.clone());
        more.held.push(Held { slot: slot(3, "three"), sealed: keyring.sealed.clone() });
        twice.held.push(keyring.held[0].clone());
        assert_eq!(Keyring::parse(&more.emit()), Err(FormatError::Value));
        assert_eq!(Keyring::parse(&twice.emit()), Err(FormatError::Value));
    }

    /// Whoever writes files while nobody looks would else be sealed to at the next rotation.
    #[test]
    fn a_slot_whose_public_key_was_exchanged_is_refused() {
        let Begun { keyring, .. } = begun();
        let (_, stranger) = draw_key_pair(&mut Seeded::new(66));
        let mut exchanged = keyring.clone();
        exchanged.held[0].slot.public = stranger;
        assert_eq!(Keyring::parse(&exchanged.emit()), Err(FormatError::Value));
        // With the certificate made to fit, its signature does not.
        let mut certified = exchanged.clone();
        let signed = &mut certified.epochs[0].certificate;
        signed.certificate.holders[0].key = stranger;
        assert_eq!(Keyring::parse(&certified.emit()), Err(FormatError::Signature));
        // Two people's keys the other way round are each one that the certificate names, and none that it names for them.
        let mut crossed = keyring;
        let [one, two] = [0, 1].map(|at| crossed.held[at].slot.public);
        (crossed.held[0].slot.public, crossed.held[1].slot.public) = (two, one);
        assert_eq!(Keyring::parse(&crossed.emit()), Err(FormatError::Value));
    }

    #[test]
    fn a_recovery_certificate_of_another_epoch_or_capacity_is_refused() {
        let Begun { recovery, keyring, .. } = begun();
        let with = |epoch, signer| {
            let mut changed = keyring.clone();
            let certificate = Certificate { epoch, signer, ..keyring.recovery.certificate.clone() };
            changed.recovery = certificate.sign(&signing_key(&recovery));
            Keyring::parse(&changed.emit()).err()
        };
        assert_eq!(with(1, Signer::Recovery), None);
        assert_eq!(with(2, Signer::Recovery), Some(FormatError::Value));
        assert_eq!(with(1, Signer::PreviousEpoch), Some(FormatError::Value));
    }

    #[test]
    fn a_keyring_of_an_earlier_version_is_told_as_such() {
        let mut octets = begun().keyring.emit();
        octets[8..10].copy_from_slice(&1u16.to_be_bytes());
        octets.truncate(octets.len() - 4);
        put_crc(&mut octets, 0);
        assert_eq!(Keyring::parse(&octets), Err(FormatError::Version));
    }

    #[test]
    fn every_changed_bit_of_a_keyring_is_found_without_a_key() {
        let Begun { keyring, .. } = begun();
        let octets = keyring.emit();
        assert_eq!(Keyring::parse(&octets), Ok(keyring));
        for at in (0..octets.len() * 8).step_by(7) {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(Keyring::parse(&changed).is_err(), "bit {at}");
        }
    }

    #[test]
    fn nobody_twice_and_not_without_anybody() {
        let Begun { birth, recovery, .. } = begun();
        let begin = |slots| Keyring::begin(VAULT, &birth, &recovery, slots, at(1), &mut Seeded::new(1)).err();
        assert_eq!(begin(Vec::new()), Some(OpenError::Parameters));
        assert_eq!(begin(vec![slot(1, "one"), slot(1, "one")]), Some(OpenError::Parameters));
        let many = (0..=HOLDERS_MAX as u32).map(|person| slot(person, "x")).collect();
        assert_eq!(begin(many), Some(OpenError::Parameters));
    }

    #[test]
    fn another_passphrase_is_a_matter_of_its_holder_alone_and_a_new_epoch() {
        let Begun { keyring, .. } = begun();
        let changed = keyring.rewrap(PersonId(1), &typed("one"), &typed("uno"), at(5), &mut Seeded::new(5)).unwrap();
        assert_eq!(changed.unlock(PersonId(1), &typed("one")), Err(OpenError::WrongCode));
        assert_eq!(changed.unlock(PersonId(1), &typed("uno")), changed.unlock(PersonId(2), &typed("two")));
        assert_eq!(changed.certificate().certificate.epoch, 2);
        let refused = keyring.rewrap(PersonId(1), &typed("two"), &typed("uno"), at(5), &mut Seeded::new(5));
        assert_eq!(refused, Err(OpenError::WrongCode));
        assert_eq!(Keyring::parse(&changed.emit()), Ok(changed));
    }

    #[test]
    fn old_words_and_an_old_copy_open_nothing_that_is_sealed_after_the_change() {
        let Begun { keyring: copy, .. } = begun();
        let next = copy.rewrap(PersonId(1), &typed("one"), &typed("uno"), at(5), &mut Seeded::new(5)).unwrap();
        // All that the old words open: the old slot's private half, and with it the private half of the epoch of then.
        let of_slot = copy.held[0].slot.open(&VAULT, &typed("one")).unwrap();
        let of_epoch = copy.unlock(PersonId(1), &typed("one")).unwrap();
        for old in [&of_slot, &of_epoch] {
            for sealed in next.held.iter().map(|held| &held.sealed).chain([&next.sealed]) {
                assert_eq!(sealed.open(old, &VAULT, &bound(next.newest())), Err(OpenError::NotAddressed));
            }
            assert!(next.all(old.clone()).is_err());
        }
        let all = next.all(next.unlock(PersonId(1), &typed("uno")).unwrap()).unwrap();
        assert_eq!(all[1], of_epoch, "who has the new words opens what was sealed before them");
    }
}
