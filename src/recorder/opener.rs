//! Opening: from a slot, before the ceremony the birth key, and the key tables to the keys of one recording. Runs in the process that `ringfence open`
//! is, and in `verify --open`, alone.
//!
//! An [`Opener`] holds the private keys and lives as short as can be; [`DataKeys`] open the chunks of one recording and
//! nothing else. Both are wiped when dropped.

use std::{collections::BTreeMap, io};

use frame::{LegId, PersonId, RecordingId};
use vault::{
    AudioKey, Body, Chapter, ChunkKey, Envelope, Found, KeyHalves, KeyRecord, KeyScope, Keyring, ObjectHead,
    ObjectReader, OpenError, Place, Secret, Seeded, Share, Unlocking, VaultId, combine, leaving_no_trace, public_half,
};
use zeroize::Zeroizing;

use super::{
    home::{HOME_FILES, HomeError, identity, keyring_of, open_birth_key},
    key_table::{KeyState, KeyTables, table_files},
    names::object_name,
    opened::OPENED_OCTETS_MAX,
    playback::PlaybackError,
    store::{Store, read_all},
};

/// Opens recordings of one vault.
pub struct Opener {
    vault: VaultId,
    store: Box<dyn Store>,
    tables: KeyTables,
    /// Each opens what its time has sealed. They stay in the buffer in which they were opened: collected into a map, they
    /// would leave copies behind.
    privates: Vec<Secret>,
    /// The ids of these keys, in the same order.
    ids: Vec<[u8; 8]>,
    /// Whether these are keys of compartments: all else stays shut, and is no fault.
    is_in_part: bool,
    /// The id of the recovery key, which nobody has alone.
    recovery: Option<[u8; 8]>,
}

/// What somebody has who wants to open.
#[derive(Clone, Copy)]
pub enum Unlock<'a> {
    /// A passphrase, or before the ceremony the owner's code.
    Passphrase {
        /// Whose slot it is for; none: whichever of the vault's it opens. Each slot that is tried takes its time.
        person: Option<PersonId>,
        /// As it was typed.
        typed: &'a str,
    },
    /// Two shares of the recovery key.
    Shares(&'a [Share; 2]),
}

/// The files that an [`Opener`] and a reader of this recording read: nothing else of the vault is needed.
pub fn files_to_open(recording: RecordingId) -> Vec<String> {
    files_to_unlock().into_iter().chain(table_files()).chain([object_name(recording)]).collect()
}

/// The files that an [`Opener`] reads for the keys of these recordings.
pub fn files_to_export(recordings: &[RecordingId]) -> Vec<String> {
    let objects = recordings.iter().map(|recording| object_name(*recording));
    files_to_unlock().into_iter().chain(table_files()).chain(objects).collect()
}

/// The files that unlocking alone needs.
pub fn files_to_unlock() -> Vec<String> {
    HOME_FILES.map(str::to_owned).to_vec()
}

impl Opener {
    /// Opens the vault's private keys with a passphrase, whosever it is, or the owner's code.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub fn new(store: Box<dyn Store>, passphrase: &[u8]) -> Result<Opener, HomeError> {
        let typed = std::str::from_utf8(passphrase).map_err(|_| OpenError::WrongCode)?;
        Opener::unlock(store, &Unlock::Passphrase { person: None, typed })
    }

    /// Opens the vault's private keys.
    ///
    /// # Errors
    /// The disk's, a damaged vault, or [`OpenError::WrongCode`].
    pub fn unlock(store: Box<dyn Store>, unlock: &Unlock<'_>) -> Result<Opener, HomeError> {
        leaving_no_trace(|| Opener::unlocked(store, unlock))
    }

    fn unlocked(store: Box<dyn Store>, unlock: &Unlock<'_>) -> Result<Opener, HomeError> {
        let identity = identity(&*store)?;
        let keyring = match (keyring_of(&*store, &identity), unlock) {
            // Two shares open what was sealed for the recovery key, whatever stands in the keyring's place.
            (Err(_), Unlock::Shares(_)) => None,
            (keyring, _) => keyring?,
        };
        let mut is_in_part = false;
        let privates = match (&keyring, unlock) {
            (Some(keyring), Unlock::Passphrase { person, typed }) => match newest(keyring, unlock) {
                Err(OpenError::WrongCode) => {
                    is_in_part = true;
                    of_compartments(keyring, *person, typed)?
                }
                newest => keyring.all(newest?)?,
            },
            (None, Unlock::Passphrase { typed, .. }) => vec![open_birth_key(&*store, typed.as_bytes())?],
            (_, Unlock::Shares(shares)) => by_recovery(&identity.certificate.vault, keyring.as_ref(), shares)?,
        };
        let id = |private: &Secret| Ok(public_half(private)?.key_id());
        let ids = privates.iter().map(id).collect::<Result<_, OpenError>>()?;
        // Reading draws nothing.
        let tables = KeyTables::open_to_read(&*store, identity.certificate.vault, Box::new(Seeded::new(0)))?;
        let recovery = keyring.map(|keyring| keyring.recovery().certificate.recipient().key.key_id());
        let vault = identity.certificate.vault;
        Ok(Opener { vault, store, tables, privates, ids, is_in_part, recovery })
    }

    /// Whether it has keys of compartments alone, and the vault's are shut.
    pub const fn is_in_part(&self) -> bool {
        self.is_in_part
    }

    /// Opens a chapter of a copy.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] where it is sealed for none of the keys, or why it does not open.
    pub fn open_chapter(&self, chapter: &Chapter<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let at = self.ids.iter().position(|id| id == chapter.key_id()).ok_or(OpenError::NotAddressed)?;
        chapter.open(&self.privates[at])
    }

    fn open_key(&self, place: &Place, record: &KeyRecord, vault: VaultId) -> Result<ChunkKey, OpenError> {
        let (halves, scope) = self.halves(place, record, vault)?;
        Ok(ChunkKey::new(&AudioKey::derive_committed(&halves.a, &halves.b, &scope, &record.commitment)?))
    }

    /// Whether a key's envelope opens, or should not. Where its other half is erased, or can't be read, the envelope did open.
    pub(super) fn opens_what_it_should(&self, place: &Place, record: &KeyRecord) -> bool {
        let vault = self.vault;
        match leaving_no_trace(|| self.open_key(place, record, vault)) {
            Ok(_) | Err(OpenError::Erased | OpenError::KeyTable | OpenError::OtherCompartment) => true,
            Err(OpenError::NotAddressed) => {
                record.envelopes.iter().any(|envelope| Some(envelope.key_id) == self.recovery)
            }
            Err(_) => false,
        }
    }

    /// Both halves of a key.
    fn halves(&self, place: &Place, record: &KeyRecord, vault: VaultId) -> Result<(KeyHalves, KeyScope), OpenError> {
        let KeyRecord { leg, epoch, key_no, .. } = *record;
        let scope = KeyScope { vault, recording: place.recording, part: place.part, leg, epoch, key_no };
        let mine = |envelope: &Envelope| self.ids.iter().position(|id| *id == envelope.key_id);
        let mut envelopes = record.envelopes.iter();
        let addressed = envelopes.find_map(|envelope| Some((envelope, &self.privates[mine(envelope)?])));
        let out_of_reach = if self.is_in_part { OpenError::OtherCompartment } else { OpenError::NotAddressed };
        let (envelope, private) = addressed.ok_or(out_of_reach)?;
        let a = envelope.open(private, &vault, &scope.octets())?;
        match self.tables.get(&*self.store, key_no) {
            Ok(KeyState::There(b)) => Ok((KeyHalves { key_no, a, b }, scope)),
            Ok(KeyState::Erased) => Err(OpenError::Erased),
            Err(_) => Err(OpenError::KeyTable),
        }
    }

    /// The halves of all keys of a recording, added to `keys`. Those that were erased are none, which is no fault. Each is
    /// held to its commitment.
    ///
    /// # Errors
    /// The disk's, where the object is damaged or too large, or which key does not open; [`PlaybackError::OutOfReach`] with
    /// keys of compartments.
    pub fn key_halves(&self, recording: RecordingId, keys: &mut Vec<KeyHalves>) -> Result<(), PlaybackError> {
        // A package is of whole recordings, and those who agreed to it know of no others.
        if self.is_in_part {
            return Err(PlaybackError::OutOfReach);
        }
        let name = object_name(recording);
        if self.store.octets(&name)?.unwrap_or(0) > OPENED_OCTETS_MAX {
            return Err(PlaybackError::TooLarge);
        }
        let octets = read_all(&*self.store, &name)?.ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        let mut reader = ObjectReader::new(&octets)?;
        let vault = reader.head().vault;
        if reader.head().recording != recording {
            return Err(PlaybackError::OtherRecording);
        }
        while let Some(found) = reader.next_record()? {
            let Body::Key(record) = &found.record.body else { continue };
            let opened = leaving_no_trace(|| {
                let (halves, scope) = self.halves(&found.record.place, record, vault)?;
                AudioKey::derive_committed(&halves.a, &halves.b, &scope, &record.commitment)?;
                Ok(halves)
            });
            match opened {
                Ok(halves) => keys.push(halves),
                Err(OpenError::Erased) => {}
                Err(what) => return Err(PlaybackError::Sealed { offset: found.offset, what }),
            }
        }
        reader.finish()?;
        Ok(())
    }
}

/// The newest private key.
pub(super) fn newest(keyring: &Keyring, unlock: &Unlock<'_>) -> Result<Secret, OpenError> {
    let (person, typed) = match unlock {
        Unlock::Passphrase { person, typed } => (*person, *typed),
        Unlock::Shares([one, other]) => {
            let recovery = combine(one, other).map_err(|_| OpenError::WrongCode)?;
            return keyring.unlock_by_recovery(&recovery).map_err(|_| OpenError::WrongCode);
        }
    };
    let with = Unlocking { passphrase: typed, machine: None };
    let tried = keyring.slots().filter(|slot| person.is_none_or(|person| person == slot.person));
    let mut opened = tried.map(|slot| keyring.unlock(slot.person, &with));
    // Who has no slot is told no other than who mistypes.
    opened.find(|opened| !matches!(opened, Err(OpenError::WrongCode))).unwrap_or(Err(OpenError::WrongCode))
}

/// The private keys of a member's compartments. A member says who they are: to try the slots of all would take half a minute.
fn of_compartments(keyring: &Keyring, person: Option<PersonId>, typed: &str) -> Result<Vec<Secret>, OpenError> {
    let with = Unlocking { passphrase: typed, machine: None };
    let opened = person.map(|person| keyring.unlock_member(person, &with));
    // Who has no slot is told no other than who mistypes.
    opened.unwrap_or(Err(OpenError::WrongCode)).map_err(|error| match error {
        OpenError::NotAddressed => OpenError::WrongCode,
        other => other,
    })
}

/// What two shares open: the recovery key itself, which recordings are sealed for while the keyring is not the log's, and
/// all that the keyring has, where there is one that it opens. Where there is another, the envelopes say whether the shares
/// are the right ones: which keyring is, nobody can say here.
fn by_recovery(vault: &VaultId, keyring: Option<&Keyring>, shares: &[Share; 2]) -> Result<Vec<Secret>, OpenError> {
    let [one, other] = shares;
    let recovery = combine(one, other).map_err(|_| OpenError::WrongCode)?;
    match keyring.map(|keyring| (keyring, keyring.unlock_by_recovery(&recovery))) {
        Some((keyring, Ok(newest))) => {
            let mut all = keyring.all(newest)?;
            all.push(recovery);
            Ok(all)
        }
        _ if one.is_of(vault) => Ok(vec![recovery]),
        _ => Err(OpenError::WrongCode),
    }
}

/// The keys of one object, learned while it is read from its beginning.
#[derive(Debug)]
pub struct DataKeys {
    vault: VaultId,
    /// By part, leg and minute. A key that does not open says so at each of its chunks.
    keys: BTreeMap<(u16, LegId, u32), Result<ChunkKey, OpenError>>,
    /// Keys that are sealed to others, as far as it was read.
    sealed: BTreeMap<(u16, LegId, u32), KeyRecord>,
}

impl DataKeys {
    /// Begins an object.
    pub fn of(head: &ObjectHead) -> DataKeys {
        DataKeys { vault: head.vault, keys: BTreeMap::new(), sealed: BTreeMap::new() }
    }

    /// Takes the next record: learns a key, or decrypts a chunk and gives its audio. Other records give nothing.
    ///
    /// # Errors
    /// Why the chunk does not open.
    pub fn follow(&mut self, found: &Found<'_>, opener: &Opener) -> Result<Option<Vec<u8>>, OpenError> {
        self.learn(found, opener);
        self.open(found)
    }

    /// Takes the next record for the key that it may hold.
    pub fn learn(&mut self, found: &Found<'_>, opener: &Opener) {
        match &found.record.body {
            Body::Key(record) => self.learn_key(&found.record.place, record.clone(), opener),
            // It adds to a key that stands before it, and says nothing new where that is open.
            Body::CompartmentKey(key) => {
                let sealed = self.sealed.get(&(found.record.place.part, key.leg, key.epoch));
                let Some(record) = sealed.filter(|record| record.key_no == key.key_no) else { return };
                let record = KeyRecord { envelopes: key.envelopes.clone(), ..record.clone() };
                self.learn_key(&found.record.place, record, opener);
            }
            _ => {}
        }
    }

    fn learn_key(&mut self, place: &Place, record: KeyRecord, opener: &Opener) {
        let at = (place.part, record.leg, record.epoch);
        let key = leaving_no_trace(|| opener.open_key(place, &record, self.vault));
        match key {
            Err(OpenError::OtherCompartment) => drop(self.sealed.insert(at, record)),
            _ => drop(self.sealed.remove(&at)),
        }
        self.keys.insert(at, key);
    }

    /// Decrypts a chunk whose key was learned. Other records give nothing.
    ///
    /// # Errors
    /// Why the chunk does not open.
    pub fn open(&self, found: &Found<'_>) -> Result<Option<Vec<u8>>, OpenError> {
        let (place, Body::Chunk(chunk)) = (&found.record.place, &found.record.body) else { return Ok(None) };
        let key = self.keys.get(&(place.part, chunk.header.leg, chunk.header.epoch));
        let key = key.ok_or(OpenError::NotAddressed)?.as_ref().map_err(|error| *error)?;
        chunk.open(key, &self.vault, place, &found.previous).map(Some)
    }
}
