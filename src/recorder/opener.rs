//! Opening: from the birth key and the key tables to the keys of one recording. Runs in the process that `ringfence open`
//! is, and in `verify --open`, alone.
//!
//! An [`Opener`] holds the private key and lives as short as can be; [`DataKeys`] open the chunks of one recording and
//! nothing else. Both are wiped when dropped.

use std::collections::BTreeMap;

use frame::{LegId, RecordingId};
use vault::{
    AudioKey, Body, ChunkKey, Found, KeyRecord, KeyScope, ObjectHead, OpenError, Place, PublicKey, Secret, Seeded,
    VaultId, public_half,
};

use super::{
    home::{HOME_FILES, HomeError, identity, open_birth_key},
    key_table::{KeyState, KeyTables, table_files},
    names::object_name,
    store::Store,
};

/// Opens recordings of one vault.
pub struct Opener {
    store: Box<dyn Store>,
    tables: KeyTables,
    private: Secret,
    public: PublicKey,
}

/// The files that an [`Opener`] and a reader of this recording read: nothing else of the vault is needed.
pub fn files_to_open(recording: RecordingId) -> Vec<String> {
    files_to_unlock().into_iter().chain(table_files()).chain([object_name(recording)]).collect()
}

/// The files that unlocking alone needs.
pub fn files_to_unlock() -> Vec<String> {
    HOME_FILES.map(str::to_owned).to_vec()
}

impl Opener {
    /// Opens the birth key with `code`.
    ///
    /// # Errors
    /// The disk's, a damaged vault, or [`OpenError::WrongCode`].
    pub fn new(store: Box<dyn Store>, code: &[u8]) -> Result<Opener, HomeError> {
        let vault = identity(&*store)?.certificate.vault;
        let private = open_birth_key(&*store, code)?;
        let public = public_half(&private)?;
        // Reading draws nothing.
        let tables = KeyTables::open_to_read(&*store, vault, Box::new(Seeded::new(0)))?;
        Ok(Opener { store, tables, private, public })
    }

    fn open_key(&self, place: &Place, record: &KeyRecord, vault: VaultId) -> Result<ChunkKey, OpenError> {
        let KeyRecord { leg, epoch, key_no, commitment, .. } = *record;
        let scope = KeyScope { vault, recording: place.recording, part: place.part, leg, epoch, key_no };
        let mine = record.envelopes.iter().find(|envelope| envelope.key_id == self.public.key_id());
        let a = mine.ok_or(OpenError::NotAddressed)?.open(&self.private, &vault, &scope.octets())?;
        match self.tables.get(&*self.store, key_no) {
            Ok(KeyState::There(b)) => Ok(ChunkKey::new(&AudioKey::derive_committed(&a, &b, &scope, &commitment)?)),
            Ok(KeyState::Erased) => Err(OpenError::Erased),
            Err(_) => Err(OpenError::KeyTable),
        }
    }
}

/// The keys of one object, learned while it is read from its beginning.
#[derive(Debug)]
pub struct DataKeys {
    vault: VaultId,
    /// By part, leg and minute. A key that does not open says so at each of its chunks.
    keys: BTreeMap<(u16, LegId, u32), Result<ChunkKey, OpenError>>,
}

impl DataKeys {
    /// Begins an object.
    pub fn of(head: &ObjectHead) -> DataKeys {
        DataKeys { vault: head.vault, keys: BTreeMap::new() }
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
        let place = &found.record.place;
        if let Body::Key(record) = &found.record.body {
            let key = opener.open_key(place, record, self.vault);
            self.keys.insert((place.part, record.leg, record.epoch), key);
        }
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
