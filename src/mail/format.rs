//! A message as a file: sealed as it comes, under a key of its own, which the box's key wraps.
//!
//! | at | size | what |
//! |---|---|---|
//! | 0 | 8 | `RFMAIL`, a line feed, and 1: the format |
//! | 8 | 8 | the message's id, as its name has it |
//! | 16 | 12 | nonce |
//! | 28 | 48 | the message's key, AES-256-GCM under the box's key; zeros once it is deleted |
//! | 76 | | records: length (4), ciphertext, of which the last 16 octets are the tag |
//!
//! A record is sealed by AES-256-GCM under the message's key; its nonce is its number, from 0, and it is bound to id and
//! number: none can be left out, repeated or taken from another message. Its first octet says what it is: 0 the header, 1 and
//! 2 audio in A-law and µ-law, 3 the end. A file without an end is what a caller had said when the box died.
//! Numbers are little-endian.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use frame::{CallId, Law, MessageId, PersonId};
use serde::{Deserialize, Serialize};
use vault::{Random, Secret, leaving_no_trace};
use zeroize::{Zeroize as _, Zeroizing};

const MAGIC: [u8; 8] = *b"RFMAIL\n\x01";

/// Where the wrapped key stands, with its nonce.
pub(super) const KEY_AT: usize = 16;
/// How long it is: nonce, key, tag.
pub(super) const KEY_OCTETS: usize = 12 + 32 + 16;
/// Where the records begin.
pub(super) const RECORDS_AT: usize = KEY_AT + KEY_OCTETS;

/// What the check of the box's key is bound to.
const CHECK: &[u8] = b"RFMAIL check";

const TAG_OCTETS: usize = 16;
/// So much of a file has its header for certain: an extension and a number are short.
pub(super) const BEGINNING_OCTETS: usize = 4096;
/// The longest record: more than a second of audio and any header.
const RECORD_OCTETS_MAX: usize = 16 << 10;

/// What is known of a message before it is heard. All of it is sealed: a box's name and a caller's number are personal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) extension: String,
    /// Whose telephone it was.
    pub(super) person: PersonId,
    pub(super) number: Option<String>,
    pub(super) call: CallId,
    /// When it was left: microseconds of UTC.
    pub(super) at_us: i64,
    /// So much of it has to be sound to be one.
    pub(super) sound_ms: u32,
    /// It is no message: its person recorded it for callers to hear. So a file of another name is not played to them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) greeting: bool,
}

/// Neither box nor number.
impl fmt::Debug for Header {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Header(of call {})", self.call)
    }
}

/// A record of a message. Nothing prints it.
pub(super) enum Piece {
    Header(Header),
    Audio(Law, Zeroizing<Vec<u8>>),
    End,
}

/// A message's key, ready for use.
pub(super) struct Cipher {
    id: MessageId,
    with: Box<Aes256Gcm>,
}

/// Why a file is no message that can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damaged {
    /// Its key does not open: it is damaged, or wrapped by another box key.
    #[error("its key is damaged, or wrapped by another key")]
    Key,
    /// It ends too early, or what stands behind its key is damaged.
    #[error("it is cut short, or damaged")]
    Rest,
}

/// The head of a new message, and its key.
pub(super) fn begin(box_key: &Secret, id: MessageId, random: &mut dyn Random) -> (Vec<u8>, Cipher) {
    let key = Secret::draw(random);
    let mut nonce = [0; 12];
    random.fill(&mut nonce);
    let mut head = [&MAGIC[..], &id.as_u64().to_le_bytes(), &nonce].concat();
    let bound = head[..KEY_AT].to_vec();
    let wrapped = leaving_no_trace(|| {
        let payload = Payload { msg: key.expose(), aad: &bound };
        Aes256Gcm::new(box_key.expose().into()).encrypt(&Nonce::from(nonce), payload)
    });
    // The only failure is a length over 2^36 octets.
    head.extend(wrapped.expect("a key is shorter than 64 GiB"));
    (head, Cipher::new(id, &key))
}

/// What `mail/check` has: nothing, sealed under the box's key.
pub(super) fn check(box_key: &Secret, random: &mut dyn Random) -> Vec<u8> {
    let mut nonce = [0; 12];
    random.fill(&mut nonce);
    let payload = Payload { msg: &[], aad: CHECK };
    let tag = leaving_no_trace(|| Aes256Gcm::new(box_key.expose().into()).encrypt(&Nonce::from(nonce), payload));
    [&nonce[..], &tag.expect("nothing is shorter than 64 GiB")].concat()
}

/// Whether it was sealed under this key.
pub(super) fn checks(box_key: &Secret, file: &[u8]) -> bool {
    let Some((nonce, tag)) = file.split_first_chunk::<12>() else { return false };
    let payload = Payload { msg: tag, aad: CHECK };
    leaving_no_trace(|| Aes256Gcm::new(box_key.expose().into()).decrypt(&Nonce::from(*nonce), payload)).is_ok()
}

impl Cipher {
    fn new(id: MessageId, key: &Secret) -> Cipher {
        Cipher { id, with: leaving_no_trace(|| Box::new(Aes256Gcm::new(key.expose().into()))) }
    }

    fn bound(&self, no: u64) -> ([u8; 12], [u8; 16]) {
        let (mut nonce, mut bound) = ([0; 12], [0; 16]);
        nonce[4..].copy_from_slice(&no.to_le_bytes());
        bound[..8].copy_from_slice(&self.id.as_u64().to_le_bytes());
        bound[8..].copy_from_slice(&no.to_le_bytes());
        (nonce, bound)
    }

    /// The record of this number, as it stands in the file.
    pub(super) fn seal(&self, no: u64, piece: &Piece) -> Vec<u8> {
        let plain = match piece {
            Piece::Header(header) => {
                // Strings and numbers: nothing of it can't be JSON.
                let text = Zeroizing::new(serde_json::to_vec(header).expect("a header is JSON"));
                Zeroizing::new([&[0][..], &text].concat())
            }
            Piece::Audio(Law::A, octets) => Zeroizing::new([&[1][..], octets].concat()),
            Piece::Audio(Law::Mu, octets) => Zeroizing::new([&[2][..], octets].concat()),
            Piece::End => Zeroizing::new(vec![3]),
        };
        let (nonce, bound) = self.bound(no);
        let sealed = leaving_no_trace(|| self.with.encrypt(&Nonce::from(nonce), Payload { msg: &plain, aad: &bound }));
        let sealed = sealed.expect("a record is shorter than 64 GiB");
        [&(sealed.len() as u32).to_le_bytes()[..], &sealed].concat()
    }

    fn open(&self, no: u64, sealed: &[u8]) -> Result<Piece, Damaged> {
        let (nonce, bound) = self.bound(no);
        let plain = leaving_no_trace(|| self.with.decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: &bound }));
        let plain = Zeroizing::new(plain.map_err(|_| Damaged::Rest)?);
        match plain.split_first() {
            Some((0, text)) => serde_json::from_slice(text).map(Piece::Header).map_err(|_| Damaged::Rest),
            Some((1, octets)) => Ok(Piece::Audio(Law::A, Zeroizing::new(octets.to_vec()))),
            Some((2, octets)) => Ok(Piece::Audio(Law::Mu, Zeroizing::new(octets.to_vec()))),
            Some((3, [])) => Ok(Piece::End),
            _ => Err(Damaged::Rest),
        }
    }
}

/// A whole file, read. Nothing prints it.
pub(super) struct Read {
    pub(super) header: Header,
    pub(super) law: Law,
    pub(super) octets: Zeroizing<Vec<u8>>,
    /// How many records were whole, and how long the file is with them.
    pub(super) records: u64,
    pub(super) whole: bool,
}

/// Whether a message was deleted, and the power went before its file did.
pub(super) fn is_destroyed(file: &[u8]) -> bool {
    file.get(KEY_AT..RECORDS_AT).is_some_and(|key| key.iter().all(|octet| *octet == 0))
}

/// Reads a message's file. What stands behind the last whole record is what a power cut tore: it was never promised.
pub(super) fn read(box_key: &Secret, id: MessageId, file: &[u8]) -> Result<Read, Damaged> {
    let head = file.get(..RECORDS_AT).ok_or(Damaged::Rest)?;
    if head[..8] != MAGIC || head[8..KEY_AT] != id.as_u64().to_le_bytes() {
        return Err(Damaged::Key);
    }
    let nonce: [u8; 12] = head[KEY_AT..KEY_AT + 12].try_into().map_err(|_| Damaged::Key)?;
    let payload = Payload { msg: &head[KEY_AT + 12..], aad: &head[..KEY_AT] };
    let mut key = leaving_no_trace(|| Aes256Gcm::new(box_key.expose().into()).decrypt(&Nonce::from(nonce), payload))
        .map_err(|_| Damaged::Key)?;
    let octets: [u8; 32] = key[..].try_into().map_err(|_| Damaged::Key)?;
    key.zeroize();
    let cipher = Cipher::new(id, &Secret::new(octets));
    let mut rest = &file[RECORDS_AT..];
    let Some((Piece::Header(header), mut after)) = next(&cipher, 0, rest) else { return Err(Damaged::Rest) };
    // As much as there can be at most: a vector that grows leaves what it had.
    let octets = Zeroizing::new(Vec::with_capacity(file.len()));
    let mut read = Read { header, law: Law::A, octets, records: 1, whole: false };
    loop {
        rest = after;
        let Some((piece, behind)) = next(&cipher, read.records, rest) else { return Ok(read) };
        match piece {
            Piece::Audio(law, octets) => {
                read.law = law;
                read.octets.extend_from_slice(&octets);
            }
            Piece::End => {
                read.whole = true;
                return Ok(read);
            }
            Piece::Header(_) => return Err(Damaged::Rest),
        }
        read.records += 1;
        after = behind;
    }
}

fn next<'a>(cipher: &Cipher, no: u64, rest: &'a [u8]) -> Option<(Piece, &'a [u8])> {
    let (len, rest) = rest.split_first_chunk::<4>()?;
    let len = u32::from_le_bytes(*len) as usize;
    if !(TAG_OCTETS..=RECORD_OCTETS_MAX).contains(&len) {
        return None;
    }
    let (sealed, rest) = rest.split_at_checked(len)?;
    Some((cipher.open(no, sealed).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use frame::LifeNo;
    use vault::Seeded;

    use super::*;

    const ID: MessageId = MessageId::new(LifeNo(3), 7);

    fn header() -> Header {
        let call = CallId::new(LifeNo(3), 9);
        let number = Some("13912345678".into());
        Header { extension: "802".into(), person: PersonId(7), number, call, at_us: 5, sound_ms: 1000, greeting: false }
    }

    fn file(key: &Secret) -> Vec<u8> {
        let (mut file, cipher) = begin(key, ID, &mut Seeded::new(1));
        let pieces = [Piece::Header(header()), Piece::Audio(Law::Mu, Zeroizing::new(vec![7; 8000])), Piece::End];
        pieces.iter().enumerate().for_each(|(no, piece)| file.extend(cipher.seal(no as u64, piece)));
        file
    }

    #[test]
    fn a_message_reads_back_and_its_file_shows_neither_box_nor_number_nor_voice() {
        let key = Secret::new([9; 32]);
        let file = file(&key);
        let read = read(&key, ID, &file).expect("it is whole");
        assert_eq!((&read.header, read.law, read.octets.len(), read.whole), (&header(), Law::Mu, 8000, true));
        for open in [&b"802"[..], b"13912345678", &[7; 16]] {
            assert!(!file.windows(open.len()).any(|window| window == open), "{open:?}");
        }
    }

    #[test]
    fn one_octet_another_name_another_key_or_a_record_out_of_its_order_is_no_message_or_ends_it() {
        let key = Secret::new([9; 32]);
        let file = file(&key);
        assert!(read(&Secret::new([8; 32]), ID, &file).is_err());
        assert!(read(&key, MessageId::new(LifeNo(3), 8), &file).is_err());
        for at in 0..RECORDS_AT {
            let mut file = file.clone();
            file[at] ^= 1;
            assert!(read(&key, ID, &file).is_err(), "octet {at}");
        }
        let mut audio = file.clone();
        let of_audio = audio.len() - 5000;
        audio[of_audio] ^= 1;
        let cut = read(&key, ID, &audio).expect("its header is whole");
        assert!(cut.octets.is_empty() && !cut.whole);
        for len in 0..file.len() {
            assert!(read(&key, ID, &file[..len]).is_ok_and(|read| !read.whole) || len < RECORDS_AT + 150, "{len}");
        }
    }
}
