//! What the log says of the vault's keys, and how the keyring in the vault's directory stands to it.
//!
//! The keyring is one file that whoever writes files can exchange. Each change of it is a leaf before it is in its place
//! and one after that, with the hash of all its octets: what stands there is the last one that was put in place, or one
//! that was about to be when the power went. Names and shapes: FORMAT.md, "Log".
//! The recovery key is drawn once, at the ceremony: a keyring under another one is not taken from the log, whoever appended it.
//! Not here: where leaves and keyring are kept, and what follows where they differ.

use std::collections::BTreeSet;

use crate::{Hash, Keyring, Leaf};

/// A keyring as the log names it: hashes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyringName {
    /// Of all of it.
    pub whole: Hash,
    /// Of it as a backup has it, without slots.
    pub without_slots: Hash,
    /// The fingerprint of its recovery certificate.
    pub recovery: Hash,
}

/// What the log says of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToldKeys {
    begun: BTreeSet<Hash>,
    destroyed: BTreeSet<Hash>,
    placed: Option<KeyringName>,
    /// About to be put in place, since the last one was.
    intended: BTreeSet<KeyringName>,
}

/// How a keyring, or that there is none, agrees with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysStanding {
    /// It is what the log says, or neither knows of a ceremony.
    AsTold,
    /// The power went while it was put in place, and the log is to be told that it is there.
    CutOff,
    /// It is the one that the log knows without its slots: a backup, which two shares open.
    WithoutSlots,
}

/// How they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysFault {
    /// The log says that there was a ceremony, and there is no keyring that can be read.
    Gone,
    /// The log knows an epoch that the keyring does not have: an older one was put back.
    Older,
    /// The keyring has an epoch, or another recovery key, that the log does not know.
    Foreign,
    /// It has the epochs that the log knows, and other slots: one that was removed is back.
    Changed,
}

impl ToldKeys {
    /// Takes the next leaf of the log.
    pub fn note(&mut self, leaf: &Leaf) {
        match leaf {
            Leaf::Keyring { keyring, .. } if self.is_of_another_ceremony(keyring) => {}
            Leaf::Key { certificate, destroyed: true } => {
                self.destroyed.insert(*certificate);
            }
            Leaf::Key { certificate, destroyed: false } => {
                self.begun.insert(*certificate);
            }
            Leaf::Keyring { keyring, placed: false } => {
                self.intended.insert(*keyring);
            }
            Leaf::Keyring { keyring, placed: true } => {
                self.placed = Some(*keyring);
                self.intended.clear();
            }
            _ => {}
        }
    }

    fn is_of_another_ceremony(&self, keyring: &KeyringName) -> bool {
        self.placed.is_some_and(|placed| placed.recovery != keyring.recovery)
    }

    /// Whether two logs say the same of the keyring that is in its place, and of those that were about to be.
    pub fn agrees_with(&self, other: &ToldKeys) -> bool {
        (&self.placed, &self.intended) == (&other.placed, &other.intended)
    }

    /// Whether the log says that the private half of this certificate's key was destroyed.
    pub fn is_destroyed(&self, certificate: &Hash) -> bool {
        self.destroyed.contains(certificate)
    }

    /// Whether the log says that recordings were sealed for this certificate.
    pub fn has_begun(&self, certificate: &Hash) -> bool {
        self.begun.contains(certificate)
    }

    /// The keyring that is in its place, as far as the log knows; none before the ceremony.
    pub const fn placed(&self) -> Option<&KeyringName> {
        self.placed.as_ref()
    }

    /// Whether a change was told that nobody told the end of.
    pub fn is_under_way(&self) -> bool {
        !self.intended.is_empty()
    }

    /// Holds the keyring, or that there is none, to the log.
    ///
    /// # Errors
    /// How they differ.
    pub fn hold(&self, keyring: Option<&Keyring>) -> Result<KeysStanding, KeysFault> {
        let Some(keyring) = keyring else {
            return if self.placed.is_none() { Ok(KeysStanding::AsTold) } else { Err(KeysFault::Gone) };
        };
        let name = keyring.name();
        match self.placed {
            Some(placed) if placed == name => Ok(KeysStanding::AsTold),
            _ if self.intended.contains(&name) => Ok(KeysStanding::CutOff),
            Some(placed) if placed.without_slots == name.whole => Ok(KeysStanding::WithoutSlots),
            Some(placed) if placed.recovery == name.recovery => Err(self.difference(keyring)),
            _ => Err(KeysFault::Foreign),
        }
    }

    /// Whether the log knows an epoch that a keyring does not have. So does the right one, where two shares went on from an
    /// older backup: what was sealed for that epoch opens no more.
    pub fn lacks_an_epoch(&self, keyring: &Keyring) -> bool {
        !self.begun.is_subset(&keyring.fingerprints().collect())
    }

    /// The epochs that the log knows and a keyring does not have: what was sealed for them it does not open.
    pub fn missing_epochs(&self, keyring: &Keyring) -> Vec<Hash> {
        let has: BTreeSet<Hash> = keyring.fingerprints().collect();
        self.begun.difference(&has).copied().collect()
    }

    fn difference(&self, keyring: &Keyring) -> KeysFault {
        if !keyring.fingerprints().all(|epoch| self.begun.contains(&epoch)) {
            KeysFault::Foreign
        } else if self.lacks_an_epoch(keyring) {
            KeysFault::Older
        } else {
            KeysFault::Changed
        }
    }
}

#[cfg(test)]
mod tests {
    use frame::{PersonId, Stamp};

    use super::*;
    use crate::{Cost, Secret, Seeded, Slot, Unlocking, VaultId, draw_key_pair};

    const VAULT: VaultId = VaultId([7; 16]);
    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

    fn typed(passphrase: &str) -> Unlocking<'_> {
        Unlocking { passphrase, machine: None }
    }

    fn slot(person: u32) -> Slot {
        Slot::make(&VAULT, PersonId(person), &typed("one"), QUICK, &mut Seeded::new(person.into())).unwrap()
    }

    fn begun(seed: u64) -> (Keyring, Secret) {
        let mut random = Seeded::new(seed);
        let ((birth, _), (recovery, _)) = (draw_key_pair(&mut random), draw_key_pair(&mut random));
        let slots = vec![slot(1), slot(2)];
        let keyring = Keyring::begin(VAULT, &birth, &recovery, slots, Stamp::default(), &mut random).unwrap();
        (keyring, recovery)
    }

    fn rotated(keyring: &Keyring, seed: u64) -> Keyring {
        let newest = keyring.unlock(PersonId(1), &typed("one")).unwrap();
        let slots = keyring.slots().cloned().collect();
        keyring.rotate(&newest, slots, Stamp::default(), &mut Seeded::new(seed)).unwrap()
    }

    fn intend(told: &mut ToldKeys, keyring: &Keyring) {
        told.note(&Leaf::Keyring { keyring: keyring.name(), placed: false });
    }

    fn place(told: &mut ToldKeys, keyring: &Keyring) {
        told.note(&Leaf::Key { certificate: keyring.certificate().fingerprint(), destroyed: false });
        told.note(&Leaf::Keyring { keyring: keyring.name(), placed: true });
    }

    #[test]
    fn a_keyring_stands_where_the_log_put_it_or_was_about_to() {
        let (first, _) = begun(1);
        let (second, mut told) = (rotated(&first, 2), ToldKeys::default());
        assert_eq!(told.hold(None), Ok(KeysStanding::AsTold), "before the ceremony");
        intend(&mut told, &first);
        assert_eq!(told.hold(Some(&first)), Ok(KeysStanding::CutOff));
        assert_eq!(told.hold(None), Ok(KeysStanding::AsTold), "it came to nothing");
        place(&mut told, &first);
        assert_eq!(told.hold(Some(&first)), Ok(KeysStanding::AsTold));
        intend(&mut told, &second);
        assert!(told.is_under_way());
        assert_eq!(told.hold(Some(&first)), Ok(KeysStanding::AsTold), "the rotation came to nothing");
        assert_eq!(told.hold(Some(&second)), Ok(KeysStanding::CutOff));
        place(&mut told, &second);
        assert_eq!(told.hold(Some(&second)), Ok(KeysStanding::AsTold));
        assert_eq!(told.hold(Some(&second.without_slots())), Ok(KeysStanding::WithoutSlots));
    }

    #[test]
    fn what_was_put_in_a_keyrings_place_unseen_is_named() {
        let (first, recovery) = begun(1);
        let (mut told, second) = (ToldKeys::default(), rotated(&first, 2));
        assert_eq!(told.hold(Some(&first)), Err(KeysFault::Foreign), "no ceremony was ever told");
        intend(&mut told, &first);
        place(&mut told, &first);
        // A holder's own epoch, and another one by the recovery key.
        assert_eq!(told.hold(Some(&second)), Err(KeysFault::Foreign));
        let recovered = first.recover(&recovery, vec![slot(3)], Stamp::default(), &mut Seeded::new(3)).unwrap();
        assert_eq!(told.hold(Some(&recovered)), Err(KeysFault::Foreign));
        assert_eq!(told.hold(Some(&begun(9).0)), Err(KeysFault::Foreign), "another ceremony");
        assert_eq!(told.hold(None), Err(KeysFault::Gone));
        // Back to before a removal, within the epoch.
        let left = first.remove(PersonId(2), Stamp::default()).unwrap();
        intend(&mut told, &left);
        place(&mut told, &left);
        assert_eq!(told.hold(Some(&first)), Err(KeysFault::Changed));
        // A backup has nobody's slot, whoever was removed since it was made.
        assert_eq!(told.hold(Some(&first.without_slots())), Ok(KeysStanding::WithoutSlots));
        intend(&mut told, &second);
        place(&mut told, &second);
        assert_eq!(told.hold(Some(&left)), Err(KeysFault::Older));
        assert_eq!(told.hold(Some(&first.without_slots())), Err(KeysFault::Older));
        assert!(told.lacks_an_epoch(&first) && !told.lacks_an_epoch(&second));
        assert_eq!(told.missing_epochs(&first), [second.certificate().fingerprint()]);
        assert_eq!(told.missing_epochs(&second), [] as [Hash; 0]);
    }

    /// Whoever can append to the log has no recovery key: it is not for them to say that there was another ceremony.
    #[test]
    fn a_keyring_under_another_recovery_key_is_foreign_whatever_is_appended() {
        let ((first, _), (rogue, _), mut told) = (begun(1), begun(9), ToldKeys::default());
        place(&mut told, &first);
        intend(&mut told, &rogue);
        assert_eq!(told.hold(Some(&rogue)), Err(KeysFault::Foreign));
        assert!(!told.is_under_way());
        place(&mut told, &rogue);
        assert_eq!(told.hold(Some(&rogue)), Err(KeysFault::Foreign));
        assert_eq!(told.hold(Some(&rogue.without_slots())), Err(KeysFault::Foreign));
        assert_eq!(told.hold(Some(&first)), Ok(KeysStanding::AsTold));
    }

    #[test]
    fn logs_agree_on_where_the_keyring_stands_and_not_on_how_it_came_there() {
        let (first, _) = begun(1);
        let (second, mut told, mut other) = (rotated(&first, 2), ToldKeys::default(), ToldKeys::default());
        place(&mut told, &first);
        assert!(!told.agrees_with(&other));
        place(&mut told, &second);
        place(&mut other, &second);
        assert!(told.agrees_with(&other) && told != other);
        intend(&mut other, &first);
        assert!(!told.agrees_with(&other));
    }

    #[test]
    fn what_was_about_to_be_and_was_not_is_void_once_another_stands_there() {
        let (first, _) = begun(1);
        let (mut told, second, third) = (ToldKeys::default(), rotated(&first, 2), rotated(&first, 3));
        place(&mut told, &first);
        intend(&mut told, &second);
        intend(&mut told, &third);
        place(&mut told, &third);
        assert_eq!(told.hold(Some(&second)), Err(KeysFault::Foreign));
        // And where the old one was told to stand there still.
        intend(&mut told, &second);
        place(&mut told, &third);
        assert_eq!(told.hold(Some(&second)), Err(KeysFault::Foreign));
        assert!(!told.is_under_way());
    }
}
