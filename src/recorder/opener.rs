//! Opening: from the birth key and the key tables to audio. Runs in `ringfence open` and `verify --open` alone.
//!
//! Holds the private key while it lives and single minute keys while their object is read; all are wiped when dropped.

use std::collections::BTreeMap;

use frame::LegId;
use vault::{
    AudioKey, Body, ChunkKey, Found, KeyRecord, KeyScope, ObjectHead, OpenError, Place, PublicKey, Secret, Seeded,
    public_half,
};

use super::{
    home::{HomeError, identity, open_birth_key},
    key_table::{KeyState, KeyTables},
    store::Store,
};

/// Opens recordings of one vault.
pub struct Opener {
    store: Box<dyn Store>,
    tables: KeyTables,
    private: Secret,
    public: PublicKey,
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

    /// Begins an object.
    pub fn session(&self, head: &ObjectHead) -> Session<'_> {
        Session { opener: self, head: *head, keys: BTreeMap::new() }
    }

    fn open_key(&self, place: &Place, record: &KeyRecord, head: &ObjectHead) -> Result<ChunkKey, OpenError> {
        let KeyRecord { leg, epoch, key_no, commitment, .. } = *record;
        let scope = KeyScope { vault: head.vault, recording: place.recording, part: place.part, leg, epoch, key_no };
        let mine = record.envelopes.iter().find(|envelope| envelope.key_id == self.public.key_id());
        let a = mine.ok_or(OpenError::NotAddressed)?.open(&self.private, &head.vault, &scope.octets())?;
        match self.tables.get(&*self.store, key_no) {
            Ok(KeyState::There(b)) => Ok(ChunkKey::new(&AudioKey::derive_committed(&a, &b, &scope, &commitment)?)),
            Ok(KeyState::Erased) => Err(OpenError::Erased),
            Err(_) => Err(OpenError::KeyTable),
        }
    }
}

/// The keys of one object while it is read from its beginning.
pub struct Session<'a> {
    opener: &'a Opener,
    head: ObjectHead,
    /// By part, leg and minute. A key that does not open says so at each of its chunks.
    keys: BTreeMap<(u16, LegId, u32), Result<ChunkKey, OpenError>>,
}

impl Session<'_> {
    /// Takes the next record: learns a key, or decrypts a chunk and gives its audio. Other records give nothing.
    ///
    /// # Errors
    /// Why the chunk does not open.
    pub fn open_record(&mut self, found: &Found<'_>) -> Result<Option<Vec<u8>>, OpenError> {
        let place = &found.record.place;
        match &found.record.body {
            Body::Key(record) => {
                let key = self.opener.open_key(place, record, &self.head);
                self.keys.insert((place.part, record.leg, record.epoch), key);
                Ok(None)
            }
            Body::Chunk(chunk) => {
                let key = self.keys.get(&(place.part, chunk.header.leg, chunk.header.epoch));
                let key = key.ok_or(OpenError::NotAddressed)?.as_ref().map_err(|error| *error)?;
                chunk.open(key, &self.head.vault, place, &found.previous).map(Some)
            }
            _ => Ok(None),
        }
    }
}
