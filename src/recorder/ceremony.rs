//! What changes the vault's keys: the ceremony, a rotation, a removal, a recovery, another passphrase.
//!
//! All of it is made in memory ([`NewKeys`]), told to the log, and then put in the place of the one file `keyring`: whatever dies
//! on the way, the old keys or the new ones are there whole, and the log knows both. The birth key goes after that, so that a death in between leaves one key too many
//! and the next start takes it away. Audio and its envelopes are never touched: chain and log cover them, and the new
//! key opens the old one.
//! Not here: who may ask, and the audit.

use std::io;

use base16ct::lower::encode_string;
use frame::{PersonId, Stamp};
use vault::{
    CompartmentName, Cost, Keyring, OpenError, PublicKey, Random, Secret, Share, Slot, Unlocking, VaultId, combine,
    draw_key_pair, public_half, split,
};

use super::{
    home::{BIRTH_KEY, HomeError, KEYRING, identity, keyring_of, open_birth_key},
    names::{ASIDE, BACKED_UP},
    opener::{Unlock, newest},
    store::{Store, read_all, replace},
};

/// Somebody who gets a slot.
#[derive(Clone, Copy)]
pub struct NewHolder<'a> {
    /// Who.
    pub person: PersonId,
    /// What unlocks it: drawn, and shown to them alone.
    pub passphrase: &'a str,
}

/// How a change is made.
pub struct Making<'a> {
    /// What trying a passphrase costs.
    pub cost: Cost,
    /// When it is.
    pub now: Stamp,
    /// Where keys are drawn.
    pub random: &'a mut dyn Random,
}

impl Making<'_> {
    fn slots(&mut self, vault: &VaultId, holders: &[NewHolder<'_>]) -> Result<Vec<Slot>, OpenError> {
        let mut slot = |holder: &NewHolder<'_>| {
            let with = Unlocking { passphrase: holder.passphrase, machine: None };
            Slot::make(vault, holder.person, &with, self.cost, self.random)
        };
        holders.iter().map(&mut slot).collect()
    }
}

/// A ceremony that waits for the proof that its shares were written down. Nothing of it is on the disk.
pub struct Ceremony {
    keyring: Keyring,
    recovery: PublicKey,
    shares: [Share; vault::SHARES as usize],
}

impl Ceremony {
    /// Draws the vault's first key, the recovery key and its shares. `code` opens the birth key.
    ///
    /// # Errors
    /// [`HomeError::Ceremony`] when there was one; the disk's; [`OpenError::WrongCode`].
    pub fn prepare(
        store: &dyn Store,
        code: &[u8],
        holders: &[NewHolder<'_>],
        making: &mut Making<'_>,
    ) -> Result<Ceremony, HomeError> {
        let identity = identity(store)?;
        if keyring_of(store, &identity)?.is_some() {
            return Err(HomeError::Ceremony);
        }
        let vault = identity.certificate.vault;
        let birth = open_birth_key(store, code)?;
        let slots = making.slots(&vault, holders)?;
        let (recovery, public) = draw_key_pair(making.random);
        let keyring = Keyring::begin(vault, &birth, &recovery, slots, making.now, making.random)?;
        let shares = split(&recovery, &vault, 1, making.random);
        Ok(Ceremony { keyring, recovery: public, shares })
    }

    /// The shares, each for a person of its own.
    pub fn shares(&self) -> &[Share; vault::SHARES as usize] {
        &self.shares
    }

    /// Whether two typed shares make the recovery key.
    pub fn is_proven_by(&self, one: &Share, other: &Share) -> bool {
        combine(one, other).is_ok_and(|key| public_half(&key) == Ok(self.recovery))
    }

    /// What it came to. Once that is in its place, recordings are sealed for it, and the birth key is to go:
    /// [`wipe_birth_key`].
    pub fn new_keys(self) -> NewKeys {
        NewKeys(self.keyring)
    }
}

/// A keyring that was made and is nowhere yet: the log is to hear of it before it is in its place.
pub struct NewKeys(Keyring);

impl NewKeys {
    /// What it is.
    pub const fn keyring(&self) -> &Keyring {
        &self.0
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// The disk's: nothing has changed then, or all has.
    pub fn put(self, store: &mut dyn Store) -> Result<Keyring, HomeError> {
        replace(store, KEYRING, &self.0.emit())?;
        Ok(self.0)
    }
}

/// Whether a ceremony was cut off before it took the birth key away, under either of its names.
///
/// # Errors
/// The disk's.
pub fn birth_key_is_left(store: &dyn Store) -> io::Result<bool> {
    if store.octets(KEYRING)?.is_none() {
        return Ok(false);
    }
    for name in birth_key_names() {
        if store.octets(&name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where a birth key can stand: a death while it was rewrapped leaves the one that was to take its place. The one that
/// counts is last: what is cut off between the two leaves it.
fn birth_key_names() -> [String; 2] {
    [format!("{BIRTH_KEY}.new"), BIRTH_KEY.to_owned()]
}

/// Writes the birth key over: from then on neither the owner's code nor the passphrase in its place opens anything. Flash
/// keeps old blocks for a while (docs/keys.md). The empty file tells the next start that the log may not have heard of it yet:
/// [`remove_birth_key`] comes after that.
///
/// # Errors
/// The disk's; [`HomeError::Missing`] without a keyring that has it.
pub fn wipe_birth_key(store: &mut dyn Store) -> Result<(), HomeError> {
    keyring(store)?;
    for name in birth_key_names() {
        if let Some(octets) = store.octets(&name)? {
            store.write_at(&name, 0, &vec![0; octets as usize])?;
            store.sync(&name)?;
        }
    }
    Ok(())
}

/// Takes away what [`wipe_birth_key`] has left.
///
/// # Errors
/// The disk's; [`HomeError::Missing`] without a keyring.
pub fn remove_birth_key(store: &mut dyn Store) -> Result<(), HomeError> {
    keyring(store)?;
    for name in birth_key_names() {
        if store.octets(&name)?.is_some() {
            store.remove(&name)?;
        }
    }
    Ok(())
}

/// A new epoch, for those who have a slot and those who get one.
///
/// # Errors
/// The disk's; [`OpenError::WrongCode`] when `unlock` opens no slot.
pub fn rotate(
    store: &dyn Store,
    unlock: &Unlock<'_>,
    added: &[NewHolder<'_>],
    making: &mut Making<'_>,
) -> Result<NewKeys, HomeError> {
    let keyring = keyring(store)?;
    let private = newest(&keyring, unlock)?;
    let mut slots: Vec<Slot> = keyring.slots().cloned().collect();
    slots.extend(making.slots(&keyring.vault(), added)?);
    let next = keyring.rotate(&private, slots, making.now, making.random)?;
    Ok(NewKeys(next))
}

/// A new epoch by two shares, for new holders alone: all slots from before are gone.
///
/// # Errors
/// The disk's; [`OpenError::WrongCode`] when the shares do not make this vault's recovery key.
pub fn recover(
    store: &dyn Store,
    [one, other]: &[Share; 2],
    holders: &[NewHolder<'_>],
    making: &mut Making<'_>,
) -> Result<NewKeys, HomeError> {
    let keyring = keyring(store)?;
    let recovery: Secret = combine(one, other).map_err(|_| OpenError::WrongCode)?;
    // Before anybody is given a passphrase: deriving takes a second for each.
    keyring.unlock_by_recovery(&recovery).map_err(|_| OpenError::WrongCode)?;
    let slots = making.slots(&keyring.vault(), holders)?;
    let next = keyring.recover(&recovery, slots, making.now, making.random)?;
    Ok(NewKeys(next))
}

/// A compartment that is made now, or has more members; those of `members` who are members already get other words. `unlock` is
/// a holder's.
///
/// # Errors
/// The disk's; [`OpenError::WrongCode`] when `unlock` opens no slot; [`OpenError::Parameters`] when there are too many, or one of
/// them opens the vault already.
pub fn compartment(
    store: &dyn Store,
    unlock: &Unlock<'_>,
    name: &CompartmentName,
    members: &[NewHolder<'_>],
    making: &mut Making<'_>,
) -> Result<NewKeys, HomeError> {
    let keyring = keyring(store)?;
    let private = newest(&keyring, unlock)?;
    let slots = making.slots(&keyring.vault(), members)?;
    Ok(NewKeys(keyring.with_compartment(&private, name, slots, making.now, making.random)?))
}

/// Takes a member out of all compartments, at once. The next epoch is due.
///
/// # Errors
/// The disk's; [`OpenError::NotAddressed`] when they are none.
pub fn remove_member(store: &dyn Store, person: PersonId, now: Stamp) -> Result<NewKeys, HomeError> {
    Ok(NewKeys(keyring(store)?.remove_member(person, now)?))
}

/// Takes a person's slot away, at once. The next epoch is due.
///
/// # Errors
/// The disk's; [`OpenError::NotAddressed`] when they have none, [`OpenError::Parameters`] when it is the last.
pub fn remove_holder(store: &dyn Store, person: PersonId, now: Stamp) -> Result<NewKeys, HomeError> {
    let left = keyring(store)?.remove(person, now)?;
    Ok(NewKeys(left))
}

/// A person's slot under another passphrase, and a new epoch.
///
/// # Errors
/// The disk's; [`OpenError::WrongCode`] when the old one is wrong.
pub fn change_passphrase(
    store: &dyn Store,
    person: PersonId,
    [old, new]: [&str; 2],
    now: Stamp,
    random: &mut dyn Random,
) -> Result<NewKeys, HomeError> {
    let [old, new] = [old, new].map(|passphrase| Unlocking { passphrase, machine: None });
    let changed = keyring(store)?.rewrap(person, &old, &new, now, random)?;
    Ok(NewKeys(changed))
}

/// The keyring's octets as they may leave the box: without any slot, so that no passphrase opens them. Two shares do.
///
/// # Errors
/// The disk's; [`HomeError::Missing`] before the ceremony.
pub fn keyring_for_backup(store: &dyn Store) -> Result<Vec<u8>, HomeError> {
    Ok(keyring(store)?.without_slots().emit())
}

/// Keeps a copy of the keyring that stands there, whatever it is: what is about to replace it may be older. It is kept without
/// slots, whose words are void from now on: two shares open it. Gives its name; none where nothing stands there.
///
/// # Errors
/// The disk's.
pub fn keep_replaced_keyring(store: &mut dyn Store, now: Stamp) -> io::Result<Option<String>> {
    let Some(octets) = read_all(store, KEYRING)? else { return Ok(None) };
    let name = format!("{ASIDE}/{KEYRING}-{}-{}", now.boot.0, now.time.as_us());
    let kept = keyring(store).map_or(octets, |keyring| keyring.without_slots().emit());
    replace(store, &name, &kept)?;
    Ok(Some(name))
}

/// Says that a backup of this keyring was written and read back.
///
/// # Errors
/// The disk's.
pub fn note_backup(store: &mut dyn Store, keyring: &Keyring) -> io::Result<()> {
    replace(store, BACKED_UP, backup_name(keyring).as_bytes())
}

/// Whether a backup of the keyring was noted since its keys changed.
///
/// # Errors
/// The disk's.
pub fn has_backup(store: &dyn Store, keyring: &Keyring) -> io::Result<bool> {
    Ok(read_all(store, BACKED_UP)?.is_some_and(|noted| noted == backup_name(keyring).as_bytes()))
}

/// A backup is of keys: who holds a slot changes it only together with an epoch.
fn backup_name(keyring: &Keyring) -> String {
    encode_string(&keyring.name().without_slots)
}

/// The keyring, where there was a ceremony.
fn keyring(store: &dyn Store) -> Result<Keyring, HomeError> {
    keyring_of(store, &identity(store)?)?.ok_or(HomeError::Missing(KEYRING))
}
