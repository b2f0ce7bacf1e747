//! Writing the package of an export: objects as they stand, proofs that the log has them, keys that others have sealed, and
//! the signed list of all of it; and of each stretch that was erased its tombstone. Needs no key but the log's.
//!
//! Memory: the log's hashes while proofs are made, 32 octets a leaf; objects are copied in pieces.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use frame::RecordingId;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use vault::{
    AgeRecipient, Checkpoint, Custody, FormatError, Grave, Hash, Leaf, LeafEntry, LeafProof, Member, MemberHead,
    PACKAGE_END, PACKAGE_LIST, PackageList, SigningKey, merkle,
};

use super::{
    home::{HomeError, IDENTITY, KEYRING, identity, keyring_of},
    leaves::{CHECKPOINTS, HASHES, each_leaf, notes},
    names::{ERASING, erasing_grave, object_name, range_tombstones},
    store::{Store, read_all},
};

/// The signed root under which the recordings stand.
pub(super) const CHECKPOINT: &str = "checkpoint";
/// The keys, as `age` seals them.
pub(super) const KEYS: &str = "keys.age";
/// What the names of tombstones begin with.
pub(super) const STONES: &str = "tombstones/";
/// What to do with a package, for people.
pub(super) const README: &str = "README.txt";
/// A reader that needs nothing of ours.
pub(super) const READER: &str = "reader.py";

/// A reader of vaults and packages in one file, which was written from FORMAT.md: it goes into each package.
pub const PACKAGE_READER: &[u8] = include_bytes!("vault_reader.py");

/// Octets that are copied at once.
const PIECE: usize = 1 << 20;

/// The leaves that a package proves, with their numbers: that a recording is finished, and that a stretch of one was erased.
type Found = BTreeMap<Grave, (u64, LeafEntry)>;

/// The tombstones of erased stretches, each with its hash.
type Stones = BTreeMap<Grave, (Hash, String)>;

/// What goes into a package.
#[derive(Clone, Debug)]
pub struct PackageOf<'a> {
    /// Which recordings.
    pub recordings: &'a [RecordingId],
    /// Whom the keys are sealed to.
    pub recipient: AgeRecipient,
    /// Why.
    pub reason: &'a str,
    /// Who asked, granted and makes it.
    pub custody: Vec<Custody>,
    /// The sealed keys.
    pub keys: &'a [u8],
    /// For people.
    pub readme: &'a str,
    /// The reader.
    pub reader: &'a [u8],
}

/// Why there is no package.
#[derive(Debug, Error)]
pub enum PackageError {
    /// The vault's files can't be read.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A recording has no object, or no leaf says that it is finished.
    #[error("recording {0} is not finished")]
    NotFinished(RecordingId),
    /// Its leaf is under no signed root yet: the next one comes within a minute.
    #[error("recording {0} is under no signed root yet")]
    NotSigned(RecordingId),
    /// Nothing is under a signed root yet.
    #[error("there is no signed root yet")]
    NoRoot,
    /// The log is damaged: `verify` says where.
    #[error("the log is damaged: {0}")]
    Log(FormatError),
}

impl From<io::Error> for PackageError {
    fn from(error: io::Error) -> PackageError {
        PackageError::Home(error.into())
    }
}

/// Writes a package and gives the hash of all its octets.
///
/// # Errors
/// [`PackageError`].
pub fn write_package(
    store: &dyn Store,
    log_key: &SigningKey,
    of: &PackageOf<'_>,
    out: &mut dyn Write,
) -> Result<Hash, PackageError> {
    let identity = identity(store)?;
    let mut packer = Packer { out, members: Vec::new(), hash: Sha256::new() };
    packer.member(README, of.readme.as_bytes())?;
    packer.member(READER, of.reader)?;
    packer.member(IDENTITY, &identity.emit())?;
    if let Some(keyring) = keyring_of(store, &identity)? {
        packer.member(KEYRING, &keyring.without_slots().emit())?;
    }
    let stones = stones(store, of.recordings)?;
    let mut proofs = proofs(store, of.recordings, &stones, log_key, &mut packer)?;
    for recording in of.recordings {
        let whole = Grave::whole(*recording);
        let proof = proofs.remove(&whole).ok_or(PackageError::NotFinished(*recording))?;
        packer.member(&proof_name(whole), proof.emit().as_bytes())?;
        packer.copy(store, *recording)?;
        // Anybody can write a file of such a name: what the log does not know stays out.
        for (grave, proof) in proofs.iter().filter(|(grave, _)| grave.recording == *recording) {
            packer.member(&proof_name(*grave), proof.emit().as_bytes())?;
            if let Some((_, stone)) = stones.get(grave) {
                packer.member(&stone_name(*grave), stone.as_bytes())?;
            }
        }
    }
    packer.member(KEYS, of.keys)?;
    let list = PackageList {
        vault: identity.certificate.vault,
        recipient: of.recipient,
        reason: of.reason.to_owned(),
        custody: of.custody.clone(),
        members: std::mem::take(&mut packer.members),
    };
    packer.member(PACKAGE_LIST, list.sign(log_key).as_bytes())?;
    packer.put(&[0; PACKAGE_END])?;
    Ok(packer.hash.finalize().into())
}

/// The name of the proof of a recording, or of an erased stretch of one.
fn proof_name(of: Grave) -> String {
    format!("proofs/{of}")
}

/// The name of the tombstone of an erased stretch.
pub(super) fn stone_name(of: Grave) -> String {
    format!("{STONES}{of}")
}

/// The tombstones that stand beside recordings.
fn stones(store: &dyn Store, recordings: &[RecordingId]) -> Result<Stones, PackageError> {
    let mut stones = Stones::new();
    for recording in recordings {
        let there = range_tombstones(store, *recording)?;
        stones.extend(there.into_iter().map(|(hash, stone)| (stone.grave(), (hash, stone.emit()))));
    }
    Ok(stones)
}

/// Puts the newest signed root into the package, and proves under it each recording's finished leaf, and those of tombstones.
///
/// The log grows meanwhile, and has a leaf's record before its hash: what is behind the signed root is not looked at, but
/// that a recording's leaf is there.
fn proofs(
    store: &dyn Store,
    recordings: &[RecordingId],
    stones: &Stones,
    key: &SigningKey,
    packer: &mut Packer<'_>,
) -> Result<BTreeMap<Grave, LeafProof>, PackageError> {
    let notes_octets = read_all(store, CHECKPOINTS)?.unwrap_or_default();
    let newest = notes(&notes_octets).filter_map(|note| note.text.ok()).last();
    let note = newest.ok_or(PackageError::NoRoot)?;
    let checkpoint = Checkpoint::open(note, &key.verifying_key()).map_err(PackageError::Log)?;
    packer.member(CHECKPOINT, note.as_bytes())?;
    let (leaves, found) = find_leaves(store, recordings, stones)?;
    if leaves < checkpoint.size {
        return Err(PackageError::Log(FormatError::Short));
    }
    if let Some((grave, _)) = found.iter().find(|(_, (index, _))| *index >= checkpoint.size) {
        return Err(PackageError::NotSigned(grave.recording));
    }
    prove(&signed_hashes(store, checkpoint.size)?, found).ok_or(PackageError::Log(FormatError::Value))
}

/// How many leaves can be read; of each of the recordings the first finished one, and of each tombstone the first that has its hash.
fn find_leaves(store: &dyn Store, recordings: &[RecordingId], stones: &Stones) -> Result<(u64, Found), PackageError> {
    let (wanted, mut found, mut next) = (BTreeSet::from_iter(recordings), Found::new(), 0);
    let erasing: BTreeSet<Grave> = store.list(ERASING)?.iter().filter_map(|name| erasing_grave(name)).collect();
    let mut is_readable = true;
    each_leaf(store, &mut |entry| {
        is_readable &= entry.is_some();
        let Some(entry) = entry.filter(|_| is_readable) else { return };
        let index = next;
        next += 1;
        let of = match entry.leaf {
            Leaf::Finished { recording, .. } => Some(Grave::whole(recording)).filter(|_| wanted.contains(&recording)),
            Leaf::RangeTombstone { recording, list, document } => {
                let grave = Grave { recording, range: Some(list) };
                // Also one that the vault has lost: then its proof is there, and who checks the package misses it.
                let is_in = match stones.get(&grave) {
                    Some((hash, _)) => *hash == document,
                    None => wanted.contains(&recording) && !erasing.contains(&grave),
                };
                is_in.then_some(grave)
            }
            _ => None,
        };
        if let Some(of) = of {
            found.entry(of).or_insert((index, entry));
        }
    })?;
    Ok((next, found))
}

/// The hashes that the signed root covers.
fn signed_hashes(store: &dyn Store, size: u64) -> Result<Vec<Hash>, PackageError> {
    let short = || PackageError::Log(FormatError::Short);
    let octets = size.checked_mul(size_of::<Hash>() as u64).ok_or_else(short)?;
    if store.octets(HASHES)?.unwrap_or(0) < octets {
        return Err(short());
    }
    let mut hashes = vec![0; octets as usize];
    let read = store.read_at(HASHES, 0, &mut hashes)?;
    if read < hashes.len() { Err(short()) } else { Ok(hashes.as_chunks().0.to_vec()) }
}

/// All proofs at once: each node of the tree is hashed once.
fn prove(signed: &[Hash], found: Found) -> Option<BTreeMap<Grave, LeafProof>> {
    let mut in_order: Vec<_> = found.into_iter().collect();
    in_order.sort_unstable_by_key(|(_, (index, _))| *index);
    let wanted: Vec<usize> = in_order.iter().map(|(_, (index, _))| *index as usize).collect();
    let (_, paths) = merkle::inclusion_proofs(signed, &wanted)?;
    let proof = |((of, (index, entry)), path)| (of, LeafProof { index, entry, path });
    Some(in_order.into_iter().zip(paths).map(proof).collect())
}

/// Writes members and notes them.
struct Packer<'a> {
    out: &'a mut dyn Write,
    members: Vec<Member>,
    hash: Sha256,
}

impl Packer<'_> {
    fn member(&mut self, name: &str, octets: &[u8]) -> Result<(), PackageError> {
        let head = MemberHead { name: name.to_owned(), octets: octets.len() as u64 };
        self.put(&head.emit().map_err(PackageError::Log)?)?;
        self.put(octets)?;
        self.end(head, vault::sha256(octets))
    }

    fn copy(&mut self, store: &dyn Store, recording: RecordingId) -> Result<(), PackageError> {
        let name = object_name(recording);
        let octets = store.octets(&name)?.ok_or(PackageError::NotFinished(recording))?;
        let head = MemberHead { name, octets };
        self.put(&head.emit().map_err(PackageError::Log)?)?;
        let (mut hash, mut at, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
        while at < octets {
            let wanted = (octets - at).min(PIECE as u64) as usize;
            let read = store.read_at(&head.name, at, &mut piece[..wanted])?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            hash.update(&piece[..read]);
            self.put(&piece[..read])?;
            at += read as u64;
        }
        self.end(head, hash.finalize().into())
    }

    fn end(&mut self, head: MemberHead, hash: Hash) -> Result<(), PackageError> {
        self.put(&vec![0; head.padding()])?;
        self.members.push(Member { head, hash });
        Ok(())
    }

    fn put(&mut self, octets: &[u8]) -> Result<(), PackageError> {
        self.hash.update(octets);
        Ok(self.out.write_all(octets)?)
    }
}
