//! Chunks: up to 100 ms of one track, encrypted and bound to everything around it.
//!
//! Nonce = track u32, chunk u64: never used twice, since a key belongs to one part, leg and minute, and chunks are
//! counted through the part.

use frame::{BootNo, LegId, OCTETS_PER_TICK, Tick};

use crate::{
    AudioKey, FORMAT_VERSION, FormatError, OpenError, Suite, TrackNo, VaultId,
    aead::{Cipher, NonceOctets},
    octets::{Put, Reader},
    record::Place,
    suite::{Hash, TAG_OCTETS},
};

/// Ticks of a chunk at most: what one batch closes, 100 ms, with room for a batch that had to wait.
pub const CHUNK_TICKS: u16 = 64;

/// Octets as the line brought them, in the law of the track.
pub const CODING_LINE: u8 = 0;

/// What holds somewhere within a chunk; the map says where exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChunkFlags(u8);

impl ChunkFlags {
    /// Nothing special.
    pub const NONE: ChunkFlags = ChunkFlags(0);
    /// Silence stands for a digit.
    pub const BLACKOUT: ChunkFlags = ChunkFlags(1);
    /// The line was in alarm.
    pub const ALARM: ChunkFlags = ChunkFlags(2);

    /// Both together.
    pub const fn with(self, other: ChunkFlags) -> ChunkFlags {
        ChunkFlags(self.0 | other.0)
    }

    /// Whether all of `other` holds.
    pub const fn contains(self, other: ChunkFlags) -> bool {
        self.0 & other.0 == other.0
    }

    const fn from_bits(bits: u8) -> Result<ChunkFlags, FormatError> {
        if bits & !3 == 0 { Ok(ChunkFlags(bits)) } else { Err(FormatError::Value) }
    }
}

/// Everything about a chunk that is readable while it is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkHeader {
    /// The leg.
    pub leg: LegId,
    /// The track.
    pub track: TrackNo,
    /// Which minute's key.
    pub epoch: u32,
    /// The chunk's number within the track, from 0.
    pub chunk: u64,
    /// The machine's boot.
    pub boot: BootNo,
    /// The first tick.
    pub first_tick: Tick,
    /// How many ticks, without a gap.
    pub ticks: u16,
    /// How the octets code samples: [`CODING_LINE`].
    pub coding: u8,
    /// What holds in it.
    pub flags: ChunkFlags,
}

impl ChunkHeader {
    /// Octets of the audio.
    pub const fn audio_octets(&self) -> usize {
        self.ticks as usize * OCTETS_PER_TICK
    }

    fn nonce(&self) -> NonceOctets {
        let mut nonce = [0; 12];
        nonce[..4].copy_from_slice(&self.track.0.to_be_bytes());
        nonce[4..].copy_from_slice(&self.chunk.to_be_bytes());
        nonce
    }

    /// The associated data: all that the ciphertext is bound to.
    fn bound(&self, vault: &VaultId, place: &Place, previous: &Hash) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.octets(b"ringfence chunk\0");
        out.u16(FORMAT_VERSION);
        out.u16(Suite::One.number());
        out.octets(&vault.0);
        out.u64(place.recording.as_u64());
        out.u16(place.part);
        self.emit(&mut out);
        out.octets(previous);
        out
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.u64(self.leg.as_u64());
        out.u32(self.track.0);
        out.u32(self.epoch);
        out.u64(self.chunk);
        out.u32(self.boot.0);
        out.u64(self.first_tick.0);
        out.u16(self.ticks);
        out.u8(self.coding);
        out.u8(self.flags.0);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<ChunkHeader, FormatError> {
        let header = ChunkHeader {
            leg: LegId::from_u64(reader.u64()?),
            track: TrackNo(reader.u32()?),
            epoch: reader.u32()?,
            chunk: reader.u64()?,
            boot: BootNo(reader.u32()?),
            first_tick: Tick(reader.u64()?),
            ticks: reader.u16()?,
            coding: reader.u8()?,
            flags: ChunkFlags::from_bits(reader.u8()?)?,
        };
        let known = (1..=CHUNK_TICKS).contains(&header.ticks) && header.coding == CODING_LINE;
        if known { Ok(header) } else { Err(FormatError::Value) }
    }
}

/// A sealed chunk, within the octets it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// What is readable.
    pub header: ChunkHeader,
    sealed: &'a [u8],
    tag: [u8; TAG_OCTETS],
}

impl<'a> Chunk<'a> {
    pub(crate) fn emit(&self, out: &mut Vec<u8>) {
        self.header.emit(out);
        out.octets(self.sealed);
        out.octets(&self.tag);
    }

    pub(crate) fn parse(reader: &mut Reader<'a>) -> Result<Chunk<'a>, FormatError> {
        let header = ChunkHeader::parse(reader)?;
        let sealed = reader.take(header.audio_octets())?;
        Ok(Chunk { header, sealed, tag: reader.array()? })
    }

    /// Decrypts the chunk at its place in the chain.
    ///
    /// # Errors
    /// [`OpenError::Ciphertext`] when anything it is bound to was changed.
    pub fn open(&self, key: &ChunkKey, vault: &VaultId, place: &Place, previous: &Hash) -> Result<Vec<u8>, OpenError> {
        let mut audio = self.sealed.to_vec();
        let bound = self.header.bound(vault, place, previous);
        key.0.open(&self.header.nonce(), &bound, &mut audio, &self.tag)?;
        Ok(audio)
    }
}

/// An audio key, ready to seal or open chunks.
pub struct ChunkKey(Cipher);

impl ChunkKey {
    /// Prepares a key.
    pub fn new(key: &AudioKey) -> ChunkKey {
        ChunkKey(Cipher::new(&key.key))
    }

    /// Encrypts `audio` in place; the result is the chunk within it.
    ///
    /// # Panics
    /// When `audio` is not as long as the header says: a mistake of the caller.
    pub fn seal<'a>(
        &self,
        header: ChunkHeader,
        audio: &'a mut [u8],
        vault: &VaultId,
        place: &Place,
        previous: &Hash,
    ) -> Chunk<'a> {
        assert_eq!(audio.len(), header.audio_octets(), "a chunk holds the ticks that its header counts");
        let tag = self.0.seal(&header.nonce(), &header.bound(vault, place, previous), audio);
        Chunk { header, sealed: audio, tag }
    }
}

impl std::fmt::Debug for ChunkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChunkKey")
    }
}
