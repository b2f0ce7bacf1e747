//! A file that only its recipient opens, as the program `age` writes it: the keys of an export travel in one.
//!
//! Source: C2SP, age.md, version 1: the X25519 recipient, the header's HMAC, the payload in chunks of 64 KiB. Keys as text
//! are Bech32 (BIP 173). The crate `age` would bring a second set of ciphers and a translation system, 180 crates in all.
//! Not here: passphrases, several recipients, armour.

use std::{fmt, str::FromStr};

use base64ct::{Base64Unpadded, Encoding as _};
use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _, Nonce,
    aead::{AeadInOut as _, inout::InOutBuf},
};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{FormatError, OpenError, Random, Secret, TAG_OCTETS};

/// The header's first line.
const VERSION_LINE: &str = "age-encryption.org/v1\n";
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";
const CHUNK_OCTETS: usize = 64 * 1024;
const FILE_KEY_OCTETS: usize = 16;
const NONCE_OCTETS: usize = 16;

/// Whom a file is sealed to: written `age1…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgeRecipient([u8; 32]);

/// What opens it: written `AGE-SECRET-KEY-1…`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgeIdentity(Secret);

impl AgeIdentity {
    /// Draws one, for a recipient who has none.
    pub fn draw(random: &mut dyn Random) -> AgeIdentity {
        AgeIdentity(Secret::draw(random))
    }

    /// Its public half.
    pub fn recipient(&self) -> AgeRecipient {
        AgeRecipient(x25519(*self.0.expose(), X25519_BASEPOINT_BYTES))
    }

    /// As its owner keeps it.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = bech32(IDENTITY, self.0.expose());
        text.make_ascii_uppercase();
        Zeroizing::new(text)
    }
}

impl FromStr for AgeIdentity {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<AgeIdentity, FormatError> {
        // One case throughout, as BIP 173 asks.
        let is_upper = !text.bytes().any(|octet| octet.is_ascii_lowercase());
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        let mut octets = is_upper.then(|| unbech32(IDENTITY, &lower)).ok_or(FormatError::Value)??;
        let identity = AgeIdentity(Secret::new(octets));
        octets.zeroize();
        Ok(identity)
    }
}

impl FromStr for AgeRecipient {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<AgeRecipient, FormatError> {
        unbech32(RECIPIENT, text).map(AgeRecipient)
    }
}

impl fmt::Display for AgeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32(RECIPIENT, &self.0))
    }
}

impl fmt::Debug for AgeRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Seals octets to a recipient.
///
/// # Errors
/// [`OpenError::NotAddressed`] when the recipient's key is none: a point of small order.
pub fn age_seal(octets: &[u8], to: &AgeRecipient, random: &mut dyn Random) -> Result<Vec<u8>, OpenError> {
    let mut file_key = Zeroizing::new([0; FILE_KEY_OCTETS]);
    random.fill(&mut *file_key);
    let ephemeral = Secret::draw(random);
    let share = x25519(*ephemeral.expose(), X25519_BASEPOINT_BYTES);
    let wrapping = wrapping_key(&x25519(*ephemeral.expose(), to.0), &share, &to.0)?;
    let mut wrapped = file_key.to_vec();
    let tag = seal_chunk(&wrapping, &[0; 12], &mut wrapped);
    wrapped.extend(tag);
    let (share, wrapped) = (Base64Unpadded::encode_string(&share), Base64Unpadded::encode_string(&wrapped));
    let header = format!("{VERSION_LINE}-> X25519 {share}\n{wrapped}\n---");
    let mut nonce = [0; NONCE_OCTETS];
    random.fill(&mut nonce);
    let mut out = header.clone().into_bytes();
    out.extend(format!(" {}\n", Base64Unpadded::encode_string(&mac(&file_key, &header))).into_bytes());
    out.extend(nonce);
    seal_payload(&derive(&*file_key, &nonce, b"payload"), octets, &mut out);
    Ok(out)
}

/// Opens a file that was sealed to this identity alone.
///
/// # Errors
/// [`OpenError::NotAddressed`] when it is for another, [`OpenError::Envelope`] when it is none or was changed.
pub fn age_open(octets: &[u8], identity: &AgeIdentity) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let parsed = Header::parse(octets).ok_or(OpenError::Envelope)?;
    let recipient = identity.recipient();
    let shared = x25519(*identity.0.expose(), parsed.share);
    let wrapping = wrapping_key(&shared, &parsed.share, &recipient.0)?;
    let mut file_key = Zeroizing::new([0; FILE_KEY_OCTETS]);
    file_key.copy_from_slice(&parsed.wrapped[..FILE_KEY_OCTETS]);
    open_chunk(&wrapping, &[0; 12], &mut *file_key, &parsed.wrapped[FILE_KEY_OCTETS..])
        .map_err(|_| OpenError::NotAddressed)?;
    if mac(&file_key, parsed.before_mac) != parsed.mac {
        return Err(OpenError::Envelope);
    }
    let (nonce, payload) = parsed.payload.split_first_chunk::<NONCE_OCTETS>().ok_or(OpenError::Envelope)?;
    open_payload(&derive(&*file_key, nonce, b"payload"), payload)
}

/// A header of one X25519 stanza.
struct Header<'a> {
    share: [u8; 32],
    wrapped: [u8; FILE_KEY_OCTETS + TAG_OCTETS],
    before_mac: &'a str,
    mac: [u8; 32],
    payload: &'a [u8],
}

impl<'a> Header<'a> {
    fn parse(octets: &'a [u8]) -> Option<Header<'a>> {
        let at = octets.windows(4).position(|four| four == b"\n---")? + 4;
        let end = at + octets[at..].iter().position(|octet| *octet == b'\n')?;
        let before_mac = std::str::from_utf8(&octets[..at]).ok()?;
        let stanza = before_mac.strip_prefix(VERSION_LINE)?.strip_prefix("-> X25519 ")?.strip_suffix("\n---")?;
        let (share, wrapped) = stanza.split_once('\n')?;
        let mac = std::str::from_utf8(&octets[at..end]).ok()?.strip_prefix(' ')?;
        Some(Header {
            share: decoded(share)?,
            wrapped: decoded(wrapped)?,
            before_mac,
            mac: decoded(mac)?,
            payload: &octets[end + 1..],
        })
    }
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    Base64Unpadded::decode_vec(text).ok()?.try_into().ok()
}

fn wrapping_key(shared: &[u8; 32], share: &[u8; 32], recipient: &[u8; 32]) -> Result<Secret, OpenError> {
    if *shared == [0; 32] {
        return Err(OpenError::NotAddressed);
    }
    let salt = [*share, *recipient].concat();
    Ok(derive(shared, &salt, b"age-encryption.org/v1/X25519"))
}

fn derive(key: &[u8], salt: &[u8], info: &[u8]) -> Secret {
    let mut out = [0; 32];
    let kdf = Hkdf::<Sha256>::new(Some(salt), key);
    kdf.expand(info, &mut out).expect("32 octets are within HKDF's limit of 8,160");
    let secret = Secret::new(out);
    out.zeroize();
    secret
}

/// HMAC-SHA256 of the header: HKDF's extraction is just that.
fn mac(file_key: &[u8; FILE_KEY_OCTETS], header: &str) -> [u8; 32] {
    let key = derive(file_key, &[], b"header");
    Hkdf::<Sha256>::extract(Some(key.expose()), header.as_bytes()).0.into()
}

fn seal_payload(key: &Secret, octets: &[u8], out: &mut Vec<u8>) {
    // A payload of nothing is one chunk of nothing.
    let chunks = octets.len().div_ceil(CHUNK_OCTETS).max(1);
    for chunk in 0..chunks {
        let piece = &octets[chunk * CHUNK_OCTETS..octets.len().min((chunk + 1) * CHUNK_OCTETS)];
        let start = out.len();
        out.extend_from_slice(piece);
        let tag = seal_chunk(key, &chunk_nonce(chunk, chunk + 1 == chunks), &mut out[start..]);
        out.extend(tag);
    }
}

fn open_payload(key: &Secret, payload: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let chunks = payload.len().div_ceil(CHUNK_OCTETS + TAG_OCTETS).max(1);
    let mut out = Zeroizing::new(Vec::with_capacity(payload.len()));
    for (chunk, sealed) in payload.chunks(CHUNK_OCTETS + TAG_OCTETS).enumerate() {
        let is_last = chunk + 1 == chunks;
        let at = sealed.len().checked_sub(TAG_OCTETS).ok_or(OpenError::Envelope)?;
        // Only nothing at all may end in an empty chunk.
        if at == 0 && chunk > 0 {
            return Err(OpenError::Envelope);
        }
        let start = out.len();
        out.extend_from_slice(&sealed[..at]);
        open_chunk(key, &chunk_nonce(chunk, is_last), &mut out[start..], &sealed[at..])?;
    }
    if payload.is_empty() { Err(OpenError::Envelope) } else { Ok(out) }
}

fn chunk_nonce(chunk: usize, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&(chunk as u64).to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

fn seal_chunk(key: &Secret, nonce: &[u8; 12], octets: &mut [u8]) -> [u8; TAG_OCTETS] {
    let cipher = ChaCha20Poly1305::new(key.expose().into());
    let tag = cipher.encrypt_inout_detached(&Nonce::from(*nonce), &[], InOutBuf::from(octets));
    tag.expect("a chunk is shorter than 256 GiB").into()
}

fn open_chunk(key: &Secret, nonce: &[u8; 12], octets: &mut [u8], tag: &[u8]) -> Result<(), OpenError> {
    let tag: &[u8; TAG_OCTETS] = tag.try_into().map_err(|_| OpenError::Envelope)?;
    let cipher = ChaCha20Poly1305::new(key.expose().into());
    let opened = cipher.decrypt_inout_detached(&Nonce::from(*nonce), &[], InOutBuf::from(octets), tag.into());
    opened.map_err(|_| OpenError::Envelope)
}

/// BIP 173's letters, five bits each.
const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

fn bech32(prefix: &str, octets: &[u8; 32]) -> String {
    let mut values = fives(octets);
    let check = polymod(prefix, &[&values[..], &[0; 6]].concat()) ^ 1;
    values.extend((0..6).map(|at| (check >> (5 * (5 - at)) & 31) as u8));
    let letters: String = values.iter().map(|value| char::from(LETTERS[usize::from(*value)])).collect();
    values.zeroize();
    format!("{prefix}1{letters}")
}

fn unbech32(prefix: &str, text: &str) -> Result<[u8; 32], FormatError> {
    let letters = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('1')).ok_or(FormatError::Magic)?;
    let value = |letter: u8| LETTERS.iter().position(|known| *known == letter).map(|value| value as u8);
    let values = letters.bytes().map(value).collect::<Option<Vec<u8>>>().ok_or(FormatError::Value)?;
    if values.len() != 52 + 6 || polymod(prefix, &values) != 1 {
        return Err(FormatError::Crc);
    }
    let mut octets = [0_u8; 32];
    for (at, value) in values[..52].iter().enumerate() {
        for bit in 0..5 {
            let (place, is_set) = (at * 5 + bit, value >> (4 - bit) & 1);
            match octets.get_mut(place / 8) {
                Some(octet) => *octet |= is_set << (7 - place % 8),
                // What pads the last letter is nothing.
                None if is_set == 0 => {}
                None => return Err(FormatError::Value),
            }
        }
    }
    Ok(octets)
}

fn fives(octets: &[u8; 32]) -> Vec<u8> {
    let bit = |place: usize| octets.get(place / 8).map_or(0, |octet| octet >> (7 - place % 8) & 1);
    (0..52).map(|at| (0..5).fold(0, |value, of| value << 1 | bit(at * 5 + of))).collect()
}

fn polymod(prefix: &str, values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.bytes().map(|octet| octet >> 5);
    let low = prefix.bytes().map(|octet| octet & 31);
    let all = high.chain([0]).chain(low).chain(values.iter().copied());
    all.fold(1, |sum: u32, value| {
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().fold(next, |next, (bit, of)| if top >> bit & 1 == 1 { next ^ of } else { next })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seeded;

    #[test]
    fn what_is_sealed_is_opened_by_its_identity_alone_whatever_its_length() {
        let mut random = Seeded::new(3);
        let identity = AgeIdentity::draw(&mut random);
        for len in [0, 1, CHUNK_OCTETS - 1, CHUNK_OCTETS, CHUNK_OCTETS + 1, 2 * CHUNK_OCTETS] {
            let said: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let sealed = age_seal(&said, &identity.recipient(), &mut random).unwrap();
            assert_eq!(**age_open(&sealed, &identity).unwrap(), said, "{len}");
            let other = AgeIdentity::draw(&mut random);
            assert_eq!(age_open(&sealed, &other).unwrap_err(), OpenError::NotAddressed);
        }
    }

    #[test]
    fn every_changed_octet_and_every_cut_keeps_it_shut() {
        let mut random = Seeded::new(4);
        let identity = AgeIdentity::draw(&mut random);
        let sealed = age_seal(b"sixty-four octets", &identity.recipient(), &mut random).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(age_open(&changed, &identity).is_err(), "octet {at}");
            assert!(age_open(&sealed[..at], &identity).is_err(), "cut at {at}");
        }
        // A whole first chunk without its last one.
        let long = age_seal(&vec![7; CHUNK_OCTETS + 5], &identity.recipient(), &mut random).unwrap();
        assert!(age_open(&long[..long.len() - 5 - TAG_OCTETS], &identity).is_err());
    }

    #[test]
    fn keys_are_read_as_they_are_written_and_a_typing_mistake_is_found() {
        let identity = AgeIdentity::draw(&mut Seeded::new(5));
        let (private, public) = (identity.to_text(), identity.recipient().to_string());
        assert!(private.starts_with("AGE-SECRET-KEY-1") && public.starts_with("age1"));
        assert_eq!(private.parse(), Ok(identity.clone()));
        assert_eq!(public.parse(), Ok(identity.recipient()));
        for at in 4..public.len() {
            let mut typed = public.clone().into_bytes();
            typed[at] = if typed[at] == b'q' { b'p' } else { b'q' };
            let typed = String::from_utf8(typed).unwrap();
            assert!(typed.parse::<AgeRecipient>().is_err(), "{typed}");
        }
        assert!(private.to_lowercase().parse::<AgeIdentity>().is_err());
        assert!("age1".parse::<AgeRecipient>().is_err());
    }
}
