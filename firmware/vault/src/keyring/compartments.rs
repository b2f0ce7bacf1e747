//! Compartments: the keys of queues and departments. What is said while a call is of such a queue is sealed to the
//! compartment's key, beside the vault's; its *members* open that and nothing else.
//!
//! A compartment's private half is sealed to the vault's newest one, so that holders and the recovery key reach it without
//! anybody's words, and to its members' slots. Each epoch of it opens the one before. Every new epoch of the vault is a new one of
//! all compartments, signed by the newest vault key: whoever has held that key has held theirs as well.

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use frame::{PersonId, Stamp};

use super::{Certificate, EPOCHS_MAX, Keyring, REMOVED_MAX, bound, certificate, many, put_certificate, signing_key};
use crate::{
    CompartmentName, Envelope, FormatError, Holder, KeyKind, OpenError, Random, Recipient, Secret, SignedCertificate,
    Signer, Slot, Unlocking, VaultId, draw_key_pair,
    envelope::public_half,
    octets::{Put, Reader},
};

/// Compartments at most: half of the 64 queues that a box is planned for, as several queues share a department's.
pub const COMPARTMENTS_MAX: usize = 32;

/// People at most who are members of compartments: two supervisors for each.
pub const MEMBERS_MAX: usize = 64;

/// Epochs of a compartment at most. Whoever lets somebody in stops at half of it ([`EPOCHS_MAX`]): what is left is enough for
/// as many epochs as the vault has, so that no compartment keeps the vault from a rotation or a recovery.
pub(super) const COMPARTMENT_EPOCHS_MAX: usize = 2 * EPOCHS_MAX;

/// The keys of all compartments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compartments {
    /// In the order in which they were made: members name them by their place.
    all: Vec<Compartment>,
    members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Compartment {
    /// From epoch 1 on, never empty.
    epochs: Vec<Epoch>,
    /// The newest private half, sealed to the vault's newest key.
    sealed: Envelope,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Epoch {
    certificate: SignedCertificate,
    /// The private half of the epoch before, sealed to this one; the first has none.
    previous: Option<Envelope>,
}

/// A member's slot, and the newest private half of each of their compartments sealed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    slot: Slot,
    sealed: Vec<(u16, Envelope)>,
}

/// What new epochs are made with.
pub(super) struct Renewal<'a> {
    pub(super) vault: &'a VaultId,
    /// The vault's private half that opens what is there.
    pub(super) opens: &'a Secret,
    /// Whom new private halves are sealed to.
    pub(super) seals: Recipient,
    /// The key that signs for that recipient.
    pub(super) signing: &'a SigningKey,
    pub(super) now: Stamp,
    /// How many epochs a compartment may have then.
    pub(super) epochs_max: usize,
}

impl Keyring {
    /// A compartment that is made now, or has more members from now on. Those of `slots` who are members already get these
    /// words instead of theirs, in all of their compartments. `newest` is the vault's newest private half.
    ///
    /// # Errors
    /// [`OpenError::Parameters`] when there are too many, somebody is there twice, or opens the vault already;
    /// [`OpenError::NotAddressed`] when `newest` is another key.
    pub fn with_compartment(
        &self,
        newest: &Secret,
        name: &CompartmentName,
        slots: Vec<Slot>,
        now: Stamp,
        random: &mut dyn Random,
    ) -> Result<Keyring, OpenError> {
        if public_half(newest)? != self.newest().key {
            return Err(OpenError::NotAddressed);
        }
        let holds = |slot: &Slot| self.slots().any(|held| held.person == slot.person);
        if slots.iter().any(holds) || !are_of_different_people(slots.iter().map(|slot| slot.person)) {
            return Err(OpenError::Parameters);
        }
        let mut next = self.clone();
        let (seals, signing) = (self.newest().recipient(), signing_key(newest));
        let with = Renewal { vault: &self.vault, opens: newest, seals, signing: &signing, now, epochs_max: EPOCHS_MAX };
        next.compartments.extend(name, slots, &with, random)?;
        Ok(next)
    }

    /// Takes a member out of all compartments. Their words open this keyring no more; the next epoch is due, as after
    /// [`Self::remove`].
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when they are none; [`OpenError::Parameters`] when so many were removed that a rotation
    /// has to come first.
    pub fn remove_member(&self, person: PersonId, now: Stamp) -> Result<Keyring, OpenError> {
        let mut left = self.clone();
        left.compartments.members.retain(|member| member.slot.person != person);
        if left.compartments.members.len() == self.compartments.members.len() {
            return Err(OpenError::NotAddressed);
        }
        if left.removed.len() >= REMOVED_MAX {
            return Err(OpenError::Parameters);
        }
        left.removed.push((person, now));
        Ok(left)
    }

    /// The newest certificate of each compartment: it has the name.
    pub fn compartments(&self) -> impl Iterator<Item = &SignedCertificate> {
        self.compartments.all.iter().map(Compartment::certificate)
    }

    /// The members, and the compartments that each opens.
    pub fn members(&self) -> impl Iterator<Item = (PersonId, Vec<&CompartmentName>)> {
        let name = |(at, _): &(u16, Envelope)| self.compartments.all.get(usize::from(*at))?.name();
        self.compartments
            .members
            .iter()
            .map(move |member| (member.slot.person, member.sealed.iter().filter_map(name).collect()))
    }

    /// Whether a key is one of a compartment's, of whatever epoch.
    pub fn has_compartment_key(&self, key_id: [u8; 8]) -> bool {
        let epochs = self.compartments.all.iter().flat_map(|compartment| &compartment.epochs);
        epochs.into_iter().any(|epoch| epoch.certificate.certificate.key.key_id() == key_id)
    }

    /// All private halves of a member's compartments, by their words. Takes as long as their slot's cost says.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when they are no member, [`OpenError::WrongCode`] when it does not open.
    pub fn unlock_member(&self, person: PersonId, with: &Unlocking<'_>) -> Result<Vec<Secret>, OpenError> {
        let mut members = self.compartments.members.iter();
        let member = members.find(|member| member.slot.person == person).ok_or(OpenError::NotAddressed)?;
        let private = member.slot.open(&self.vault, with)?;
        let of = |at: &u16| self.compartments.all.get(usize::from(*at)).ok_or(OpenError::NotAddressed);
        let epochs = |(at, _): &(u16, Envelope)| of(at).map_or(0, |compartment| compartment.epochs.len());
        // It never grows: that would leave a copy behind.
        let mut all = Vec::with_capacity(member.sealed.iter().map(epochs).sum());
        for (at, sealed) in &member.sealed {
            let compartment = of(at)?;
            all.push(sealed.open(&private, &self.vault, &bound(compartment.newest()))?);
            compartment.open_older(&self.vault, &mut all)?;
        }
        Ok(all)
    }
}

impl Compartments {
    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// New epochs of all, for the members that are left.
    pub(super) fn renewed(
        &self,
        are_holders: &[Slot],
        keeps_members: bool,
        with: &Renewal<'_>,
        random: &mut dyn Random,
    ) -> Result<Compartments, OpenError> {
        let mut next = self.clone();
        // Who holds a slot of the vault opens all of it.
        let holds = |member: &Member| are_holders.iter().any(|slot| slot.person == member.slot.person);
        next.members.retain(|member| keeps_members && !holds(member));
        for at in 0..next.all.len() {
            next.renew(at, with, random)?;
        }
        Ok(next)
    }

    /// As a backup has them: nobody's slot is there.
    pub(super) fn without_members(&self) -> Compartments {
        Compartments { all: self.all.clone(), members: Vec::new() }
    }

    fn extend(
        &mut self,
        name: &CompartmentName,
        slots: Vec<Slot>,
        with: &Renewal<'_>,
        random: &mut dyn Random,
    ) -> Result<(), OpenError> {
        let at = self.all.iter().position(|compartment| compartment.name() == Some(name)).unwrap_or(self.all.len());
        let joining: Vec<PersonId> = slots.iter().map(|slot| slot.person).collect();
        let others: BTreeSet<usize> =
            slots.into_iter().flat_map(|slot| self.admit(slot)).filter(|of| *of != at).collect();
        if self.members.len() > MEMBERS_MAX || at >= COMPARTMENTS_MAX {
            return Err(OpenError::Parameters);
        }
        self.begin_epoch(at, name, &joining, with, random)?;
        others.into_iter().try_for_each(|at| self.renew(at, with, random))
    }

    /// Puts a slot in its place; gives the compartments in which its person had another one until now.
    fn admit(&mut self, slot: Slot) -> Vec<usize> {
        match self.members.iter_mut().find(|member| member.slot.person == slot.person) {
            Some(member) => {
                member.slot = slot;
                member.sealed.iter().map(|(at, _)| usize::from(*at)).collect()
            }
            None => {
                self.members.push(Member { slot, sealed: Vec::new() });
                Vec::new()
            }
        }
    }

    fn renew(&mut self, at: usize, with: &Renewal<'_>, random: &mut dyn Random) -> Result<(), OpenError> {
        let name = self.all.get(at).and_then(Compartment::name).cloned().ok_or(OpenError::NotAddressed)?;
        self.begin_epoch(at, &name, &[], with, random)
    }

    /// A new epoch of a compartment, or its first one, for its members and those who join it.
    fn begin_epoch(
        &mut self,
        at: usize,
        name: &CompartmentName,
        joining: &[PersonId],
        with: &Renewal<'_>,
        random: &mut dyn Random,
    ) -> Result<(), OpenError> {
        let is_of = |member: &Member| member.is_of(at) || joining.contains(&member.slot.person);
        let mut holders: Vec<Holder> =
            self.members.iter().filter(|member| is_of(member)).map(|member| member.slot.holder()).collect();
        holders.sort_unstable_by_key(|holder| holder.person);
        let (next, private) = next_epoch(self.all.get(at), name, holders, with, random)?;
        let bound = bound(next.newest());
        for member in self.members.iter_mut().filter(|member| is_of(member)) {
            let sealed = Envelope::seal(&member.slot.recipient(), with.vault, &bound, &private, random)?;
            member.sealed.retain(|(of, _)| usize::from(*of) != at);
            member.sealed.push((at as u16, sealed));
            member.sealed.sort_unstable_by_key(|(at, _)| *at);
        }
        match self.all.get_mut(at) {
            Some(before) => *before = next,
            None => self.all.push(next),
        }
        Ok(())
    }

    pub(super) fn emit_keys(&self, out: &mut Vec<u8>) {
        out.u16(self.all.len() as u16);
        for compartment in &self.all {
            out.u16(compartment.epochs.len() as u16);
            for epoch in &compartment.epochs {
                put_certificate(out, &epoch.certificate);
                epoch.previous.iter().for_each(|previous| previous.emit(out));
            }
            compartment.sealed.emit(out);
        }
    }

    pub(super) fn emit_members(&self, out: &mut Vec<u8>) {
        out.u16(self.members.len() as u16);
        for member in &self.members {
            member.slot.emit(out);
            out.u16(member.sealed.len() as u16);
            for (at, sealed) in &member.sealed {
                out.u16(*at);
                sealed.emit(out);
            }
        }
    }

    /// Reads their keys, without the members.
    pub(super) fn read_keys(reader: &mut Reader<'_>) -> Result<Compartments, FormatError> {
        let all = many(reader, COMPARTMENTS_MAX, |reader| {
            let epochs = epochs(reader)?;
            Ok(Compartment { epochs, sealed: Envelope::parse(reader)? })
        })?;
        Ok(Compartments { all, members: Vec::new() })
    }

    pub(super) fn read_members(&mut self, reader: &mut Reader<'_>) -> Result<(), FormatError> {
        self.members = many(reader, MEMBERS_MAX, |reader| {
            let slot = Slot::parse(reader)?;
            let sealed = many(reader, COMPARTMENTS_MAX, |reader| Ok((reader.u16()?, Envelope::parse(reader)?)))?;
            Ok(Member { slot, sealed })
        })?;
        Ok(())
    }

    /// That each epoch is vouched for by the vault, the newest by its newest epoch, and that members have the slots that the
    /// newest certificates name. `signers` are the signing keys of the vault's epochs, oldest first.
    pub(super) fn check(&self, vault: VaultId, signers: &[[u8; 32]], holders: &[PersonId]) -> Result<(), FormatError> {
        for compartment in &self.all {
            compartment.check(vault, signers)?;
        }
        let names = self.all.iter().filter_map(Compartment::name);
        let is_unique = names.collect::<BTreeSet<_>>().len() == self.all.len();
        let people = self.members.iter().map(|member| member.slot.person).chain(holders.iter().copied());
        let members_fit = self.members.iter().all(|member| self.names(member));
        if is_unique && are_of_different_people(people) && members_fit { Ok(()) } else { Err(FormatError::Value) }
    }

    /// Whether the newest certificates of a member's compartments name their slot, each once.
    fn names(&self, member: &Member) -> bool {
        let is_named = |(at, _): &(u16, Envelope)| {
            let compartment = self.all.get(usize::from(*at));
            compartment.is_some_and(|compartment| compartment.newest().holders.contains(&member.slot.holder()))
        };
        let is_sorted = member.sealed.is_sorted_by(|(one, _), (next, _)| one < next);
        !member.sealed.is_empty() && is_sorted && member.sealed.iter().all(is_named)
    }
}

impl Member {
    fn is_of(&self, at: usize) -> bool {
        self.sealed.iter().any(|(of, _)| usize::from(*of) == at)
    }
}

impl Compartment {
    fn certificate(&self) -> &SignedCertificate {
        &self.epochs.last().expect("a compartment has an epoch").certificate
    }

    fn newest(&self) -> &Certificate {
        &self.certificate().certificate
    }

    fn name(&self) -> Option<&CompartmentName> {
        self.newest().compartment.as_ref()
    }

    /// Adds the private halves of all older epochs behind that of the newest.
    fn open_older(&self, vault: &VaultId, all: &mut Vec<Secret>) -> Result<(), OpenError> {
        for pair in self.epochs.windows(2).rev() {
            let [older, newer] = pair else { continue };
            let (previous, private) = (newer.previous.as_ref(), all.last());
            let (Some(previous), Some(private)) = (previous, private) else { return Err(OpenError::Envelope) };
            all.push(previous.open(private, vault, &bound(&older.certificate.certificate))?);
        }
        Ok(())
    }

    fn check(&self, vault: VaultId, signers: &[[u8; 32]]) -> Result<(), FormatError> {
        let Some(last) = self.epochs.last() else { return Err(FormatError::Value) };
        let name = &last.certificate.certificate.compartment;
        for (number, epoch) in (1..).zip(&self.epochs) {
            let of = &epoch.certificate.certificate;
            let is_its_own = (of.kind, of.vault, of.epoch) == (KeyKind::Compartment, vault, number);
            if !is_its_own || &of.compartment != name || of.signer != Signer::VaultEpoch {
                return Err(FormatError::Value);
            }
            if !signers.contains(&epoch.certificate.signer_key) {
                return Err(FormatError::Signature);
            }
        }
        if signers.last() == Some(&last.certificate.signer_key) { Ok(()) } else { Err(FormatError::Signature) }
    }
}

/// A compartment with one more epoch, or with its first one; and the private half of that.
fn next_epoch(
    before: Option<&Compartment>,
    name: &CompartmentName,
    holders: Vec<Holder>,
    with: &Renewal<'_>,
    random: &mut dyn Random,
) -> Result<(Compartment, Secret), OpenError> {
    let mut epochs = before.map(|before| before.epochs.clone()).unwrap_or_default();
    if epochs.len() >= with.epochs_max {
        return Err(OpenError::Parameters);
    }
    let (private, key) = draw_key_pair(random);
    let certificate = Certificate {
        kind: KeyKind::Compartment,
        compartment: Some(name.clone()),
        vault: *with.vault,
        epoch: epochs.len() as u32 + 1,
        key,
        signs: None,
        issued: with.now,
        holders,
        signer: Signer::VaultEpoch,
    };
    let seal_older = |before: &Compartment| {
        let older = bound(before.newest());
        let opened = before.sealed.open(with.opens, with.vault, &older)?;
        Envelope::seal(&certificate.recipient(), with.vault, &older, &opened, random)
    };
    let previous = before.map(seal_older).transpose()?;
    let sealed = Envelope::seal(&with.seals, with.vault, &bound(&certificate), &private, random)?;
    epochs.push(Epoch { certificate: certificate.sign(with.signing), previous });
    Ok((Compartment { epochs, sealed }, private))
}

/// Each certificate but the first is followed by the private half before it.
fn epochs(reader: &mut Reader<'_>) -> Result<Vec<Epoch>, FormatError> {
    let count = reader.u16()?;
    if usize::from(count) > COMPARTMENT_EPOCHS_MAX {
        return Err(FormatError::Value);
    }
    let epoch = |number: u16| {
        let certificate = certificate(reader)?;
        Ok(Epoch { certificate, previous: (number > 0).then(|| Envelope::parse(reader)).transpose()? })
    };
    (0..count).map(epoch).collect()
}

fn are_of_different_people(people: impl Iterator<Item = PersonId>) -> bool {
    let mut people: Vec<PersonId> = people.collect();
    let count = people.len();
    people.sort_unstable();
    people.dedup();
    people.len() == count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cost, PublicKey, Seeded, octets::put_crc};

    const VAULT: VaultId = VaultId([7; 16]);
    const QUICK: Cost = Cost { memory_kib: 8, passes: 1 };

    fn typed(passphrase: &str) -> Unlocking<'_> {
        Unlocking { passphrase, machine: None }
    }

    fn slot(person: u32, passphrase: &str) -> Slot {
        Slot::make(&VAULT, PersonId(person), &typed(passphrase), QUICK, &mut Seeded::new(u64::from(person))).unwrap()
    }

    fn name(text: &str) -> CompartmentName {
        CompartmentName::parse(text).unwrap()
    }

    struct Begun {
        recovery: Secret,
        keyring: Keyring,
    }

    /// Holders 1 and 2; a compartment "ward" whose member is 31.
    fn begun() -> Begun {
        let mut random = Seeded::new(100);
        let ((birth, _), (recovery, _)) = (draw_key_pair(&mut random), draw_key_pair(&mut random));
        let slots = vec![slot(1, "one"), slot(2, "two")];
        let keyring = Keyring::begin(VAULT, &birth, &recovery, slots, Stamp::default(), &mut random).unwrap();
        let keyring = with(&keyring, "ward", vec![slot(31, "thirty-one")]);
        Begun { recovery, keyring }
    }

    fn newest(keyring: &Keyring) -> Secret {
        keyring.unlock(PersonId(2), &typed("two")).unwrap()
    }

    fn with(keyring: &Keyring, compartment: &str, slots: Vec<Slot>) -> Keyring {
        try_with(keyring, compartment, slots).unwrap()
    }

    fn try_with(keyring: &Keyring, compartment: &str, slots: Vec<Slot>) -> Result<Keyring, OpenError> {
        let random = &mut Seeded::new(compartment.len() as u64 + 7);
        keyring.with_compartment(&newest(keyring), &name(compartment), slots, Stamp::default(), random)
    }

    fn rotated(keyring: &Keyring) -> Keyring {
        let slots = keyring.slots().cloned().collect();
        keyring.rotate(&newest(keyring), slots, Stamp::default(), &mut Seeded::new(55)).unwrap()
    }

    fn keys(keyring: &Keyring) -> Vec<PublicKey> {
        keyring.compartments().map(|signed| signed.certificate.key).collect()
    }

    fn opened(keyring: &Keyring, person: u32, passphrase: &str) -> Result<Vec<PublicKey>, OpenError> {
        let secrets = keyring.unlock_member(PersonId(person), &typed(passphrase))?;
        Ok(secrets.iter().map(|secret| public_half(secret).unwrap()).collect())
    }

    #[test]
    fn a_member_opens_every_epoch_of_their_compartment_and_nothing_else() {
        let Begun { keyring, .. } = begun();
        let first = keys(&keyring)[0];
        assert_eq!(opened(&keyring, 31, "thirty-one"), Ok(vec![first]));
        assert_eq!(opened(&keyring, 31, "one"), Err(OpenError::WrongCode));
        assert_eq!(opened(&keyring, 1, "one"), Err(OpenError::NotAddressed), "a holder is no member");
        assert_eq!(keyring.unlock(PersonId(31), &typed("thirty-one")), Err(OpenError::NotAddressed));
        // Another compartment and a new epoch of all.
        let two = with(&keyring, "billing", vec![slot(32, "thirty-two")]);
        let next = rotated(&two);
        let [ward, billing] = [0, 1].map(|at| keys(&next)[at]);
        assert_eq!(opened(&next, 31, "thirty-one"), Ok(vec![ward, first]));
        assert_eq!(opened(&next, 32, "thirty-two"), Ok(vec![billing, keys(&two)[1]]));
        // And somebody who is in both.
        let both = with(&next, "billing", vec![slot(31, "other words")]);
        assert_eq!(opened(&both, 31, "thirty-one"), Err(OpenError::WrongCode));
        let all = opened(&both, 31, "other words").unwrap();
        assert_eq!((all.len(), all[2], all[5]), (6, first, keys(&two)[1]));
        assert_eq!(Keyring::parse(&both.emit()).as_ref(), Ok(&both));
        let members: Vec<_> = both.members().map(|(person, of)| (person.0, of.len())).collect();
        assert_eq!(members, [(31, 2), (32, 1)]);
    }

    #[test]
    fn who_held_the_vault_s_key_before_a_rotation_opens_no_compartment_after_it() {
        let Begun { keyring, .. } = begun();
        let old = newest(&keyring);
        let left = keyring.remove(PersonId(1), Stamp::default()).unwrap();
        let next = rotated(&left);
        assert_ne!(keys(&next), keys(&keyring));
        let compartment = &next.compartments.all[0];
        assert_eq!(compartment.sealed.open(&old, &VAULT, &bound(compartment.newest())), Err(OpenError::NotAddressed));
        assert!(compartment.sealed.open(&newest(&next), &VAULT, &bound(compartment.newest())).is_ok());
    }

    #[test]
    fn a_removed_member_opens_nothing_of_the_next_epoch() {
        let Begun { keyring, .. } = begun();
        let kept = keyring.unlock_member(PersonId(31), &typed("thirty-one")).unwrap();
        let left = keyring.remove_member(PersonId(31), Stamp::default()).unwrap();
        assert_eq!(Keyring::parse(&left.emit()).as_ref(), Ok(&left));
        assert_eq!(left.removed(), [(PersonId(31), Stamp::default())]);
        assert_eq!(opened(&left, 31, "thirty-one"), Err(OpenError::NotAddressed));
        assert_eq!(left.remove_member(PersonId(31), Stamp::default()), Err(OpenError::NotAddressed));
        let next = rotated(&left);
        assert_eq!((next.removed(), next.members().count()), (&[][..], 0));
        let epoch = next.compartments.all[0].epochs.last().unwrap();
        let older = bound(&next.compartments.all[0].epochs[0].certificate.certificate);
        let previous = epoch.previous.as_ref().unwrap();
        assert_eq!(previous.open(&kept[0], &VAULT, &older), Err(OpenError::NotAddressed));
        assert_ne!(epoch.certificate.certificate.key, public_half(&kept[0]).unwrap());
    }

    #[test]
    fn a_compartment_s_key_that_the_newest_epoch_does_not_vouch_for_is_refused() {
        let Begun { keyring, .. } = begun();
        let (stranger, _) = draw_key_pair(&mut Seeded::new(9));
        let forged = |of: &Keyring, signing: &SigningKey| {
            let mut forged = of.clone();
            let certificate = &mut forged.compartments.all[0].epochs.last_mut().unwrap().certificate;
            *certificate = certificate.certificate.clone().sign(signing);
            Keyring::parse(&forged.emit()).err()
        };
        assert_eq!(forged(&keyring, &signing_key(&newest(&keyring))), None);
        assert_eq!(forged(&keyring, &signing_key(&stranger)), Some(FormatError::Signature));
        let next = rotated(&keyring);
        assert_eq!(forged(&next, &signing_key(&newest(&next))), None);
        assert_eq!(forged(&next, &signing_key(&newest(&keyring))), Some(FormatError::Signature), "an old holder's");
        // What was true of an older epoch stays so; what never was, does not become it.
        let mut older = next;
        let certificate = &mut older.compartments.all[0].epochs[0].certificate;
        *certificate = certificate.certificate.clone().sign(&signing_key(&stranger));
        assert_eq!(Keyring::parse(&older.emit()), Err(FormatError::Signature));
    }

    #[test]
    fn a_certificate_of_another_compartment_epoch_or_capacity_is_refused() {
        let Begun { keyring, .. } = begun();
        let next = rotated(&keyring);
        let signing = signing_key(&newest(&next));
        let changed = |change: &dyn Fn(&mut Certificate)| {
            let mut changed = next.clone();
            let certificate = &mut changed.compartments.all[0].epochs[1].certificate;
            let mut of = certificate.certificate.clone();
            change(&mut of);
            *certificate = of.sign(&signing);
            Keyring::parse(&changed.emit()).err()
        };
        assert_eq!(changed(&|_| {}), None);
        assert_eq!(changed(&|of| of.compartment = Some(name("billing"))), Some(FormatError::Value));
        assert_eq!(changed(&|of| of.epoch = 3), Some(FormatError::Value));
        assert_eq!(changed(&|of| of.signer = Signer::PreviousEpoch), Some(FormatError::Value));
        assert_eq!(changed(&|of| of.vault = VaultId([8; 16])), Some(FormatError::Value));
    }

    /// Whoever writes files while nobody looks would else be sealed to at the next rotation.
    #[test]
    fn a_member_s_slot_that_no_certificate_names_is_refused() {
        let Begun { keyring, .. } = begun();
        let (_, stranger) = draw_key_pair(&mut Seeded::new(66));
        let mut exchanged = keyring.clone();
        exchanged.compartments.members[0].slot.public = stranger;
        assert_eq!(Keyring::parse(&exchanged.emit()), Err(FormatError::Value));
        let mut more = keyring.clone();
        let sealed = more.compartments.members[0].sealed.clone();
        more.compartments.members.push(Member { slot: slot(33, "x"), sealed });
        assert_eq!(Keyring::parse(&more.emit()), Err(FormatError::Value));
        let mut twice = keyring.clone();
        twice.compartments.members.push(twice.compartments.members[0].clone());
        assert_eq!(Keyring::parse(&twice.emit()), Err(FormatError::Value));
        // Of a compartment whose certificate names others.
        let mut elsewhere = with(&keyring, "billing", Vec::new());
        let sealed = elsewhere.compartments.members[0].sealed[0].1.clone();
        elsewhere.compartments.members[0].sealed.push((1, sealed));
        assert_eq!(Keyring::parse(&elsewhere.emit()), Err(FormatError::Value));
    }

    #[test]
    fn a_recovery_and_a_backup_have_the_compartments_and_no_member() {
        let Begun { recovery, keyring } = begun();
        let backup = Keyring::parse(&keyring.without_slots().emit()).unwrap();
        assert_eq!((backup.compartments().count(), backup.members().count()), (1, 0));
        assert_eq!(keyring.name().without_slots, backup.name().whole);
        let back = backup.recover(&recovery, vec![slot(2, "two")], Stamp::default(), &mut Seeded::new(3)).unwrap();
        assert_eq!((back.compartments().count(), back.members().count()), (1, 0));
        // Who is let in again opens what was said before.
        let again = with(&back, "ward", vec![slot(31, "new words")]);
        assert_eq!(opened(&again, 31, "new words").unwrap().last(), Some(&keys(&keyring)[0]));
    }

    #[test]
    fn who_becomes_a_holder_is_a_member_no_more_and_a_holder_never_becomes_one() {
        let Begun { keyring, .. } = begun();
        let mut slots: Vec<Slot> = keyring.slots().cloned().collect();
        slots.push(slot(31, "holder's words"));
        let next = keyring.rotate(&newest(&keyring), slots, Stamp::default(), &mut Seeded::new(5)).unwrap();
        assert_eq!(next.members().count(), 0);
        assert_eq!(Keyring::parse(&next.emit()).as_ref(), Ok(&next));
        assert_eq!(try_with(&next, "ward", vec![slot(31, "x")]), Err(OpenError::Parameters));
        assert_eq!(try_with(&next, "ward", vec![slot(40, "x"), slot(40, "y")]), Err(OpenError::Parameters));
        let (stranger, _) = draw_key_pair(&mut Seeded::new(4));
        let made = next.with_compartment(&stranger, &name("x"), Vec::new(), Stamp::default(), &mut Seeded::new(4));
        assert_eq!(made, Err(OpenError::NotAddressed));
    }

    #[test]
    fn a_compartment_with_as_many_epochs_as_letting_in_makes_keeps_nobody_from_a_rotation_or_a_recovery() {
        let Begun { recovery, mut keyring } = begun();
        let last = keyring.compartments.all[0].epochs[0].clone();
        keyring.compartments.all[0].epochs = vec![last; EPOCHS_MAX];
        assert_eq!(try_with(&keyring, "ward", vec![slot(33, "x")]), Err(OpenError::Parameters));
        assert_eq!(rotated(&keyring).compartments.all[0].epochs.len(), EPOCHS_MAX + 1);
        let slots = vec![slot(2, "two")];
        assert!(keyring.recover(&recovery, slots, Stamp::default(), &mut Seeded::new(3)).is_ok());
        // Members of it are let into another one, which is no new key of this one.
        assert!(try_with(&keyring, "billing", vec![slot(33, "x")]).is_ok());
    }

    #[test]
    fn there_is_room_for_so_many_and_one_more_is_refused() {
        let Begun { mut keyring, .. } = begun();
        for no in 1..COMPARTMENTS_MAX {
            keyring = with(&keyring, &format!("queue {no}"), Vec::new());
        }
        assert_eq!(try_with(&keyring, "one more", Vec::new()), Err(OpenError::Parameters));
        let many = (0..MEMBERS_MAX as u32 - 1).map(|no| slot(100 + no, "x")).collect();
        let full = with(&keyring, "queue 5", many);
        assert_eq!(Keyring::parse(&full.emit()).as_ref(), Ok(&full));
        assert_eq!(try_with(&full, "queue 5", vec![slot(999, "x")]), Err(OpenError::Parameters));
        let mut left = full;
        for no in 0..MEMBERS_MAX as u32 - 1 {
            left = left.remove_member(PersonId(100 + no), Stamp::default()).unwrap();
        }
        for no in 0..REMOVED_MAX + 1 - MEMBERS_MAX {
            left = with(&left, "queue 5", vec![slot(1_000 + no as u32, "x")]);
            left = left.remove_member(PersonId(1_000 + no as u32), Stamp::default()).unwrap();
        }
        let one_more = with(&left, "queue 5", vec![slot(2_000, "x")]);
        let refused = one_more.remove_member(PersonId(2_000), Stamp::default());
        assert_eq!(refused, Err(OpenError::Parameters), "a rotation has to come first");
        assert_eq!(Keyring::parse(&one_more.emit()).as_ref(), Ok(&one_more));
    }

    #[test]
    fn every_changed_bit_is_found_without_a_key_and_no_compartments_are_written_in_one_way() {
        let Begun { keyring, .. } = begun();
        let octets = rotated(&keyring).emit();
        for at in (0..octets.len() * 8).step_by(7) {
            let mut changed = octets.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(Keyring::parse(&changed).is_err(), "bit {at}");
        }
        // A keyring without compartments that says that it could have some.
        let without = Keyring { compartments: Compartments::default(), ..keyring };
        let mut octets = without.emit();
        assert_eq!(Keyring::parse(&octets), Ok(without));
        octets[8..10].copy_from_slice(&3u16.to_be_bytes());
        octets.truncate(octets.len() - 4);
        octets.u16(0);
        put_crc(&mut octets, 0);
        assert!(Keyring::parse(&octets).is_err());
    }
}
