//! Chapters: a stretch of the box's event log, or a version of its settings, sealed so that it may be copied anywhere.
//!
//! Sealed for whom recordings are sealed for at that moment, and signed with the log's key: whoever has a copy sees that the box wrote
//! it, and opens nothing. There is no half `b`: nothing of a log is erased. Units: octets. `FORMAT.md` has the layout.
//! Not here: where a chapter ends, and what its content is (records of the event log, TOML).

use ed25519_dalek::{Signature, Signer as _};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    Envelope, FORMAT_VERSION, FormatError, OpenError, Random, Recipient, Secret, SigningKey, Suite, VaultId,
    VerifyingKey,
    aead::{Cipher, NonceOctets},
    octets::{Put, Reader, checked_crc, put_crc},
    stack::leaving_no_trace,
    suite::{Hash, TAG_OCTETS, hash, sha256},
};

/// Octets of a chapter's content at most: the settings have a limit of their own below it, and a stretch of the log ends earlier.
pub const CHAPTER_OCTETS_MAX: usize = 16 << 20;

/// Octets that are sealed at once.
const PIECE_OCTETS: usize = 64 << 10;

const MAGIC: &[u8; 8] = b"RFCHAPTR";
const END: &[u8; 8] = b"RFCHAPND";

/// What a chapter is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ChapterKind {
    /// Records of the event log, as its files have them.
    Events = 1,
    /// The text of a version of the settings.
    Settings = 2,
}

impl ChapterKind {
    const fn from_number(number: u8) -> Result<ChapterKind, FormatError> {
        match number {
            1 => Ok(ChapterKind::Events),
            2 => Ok(ChapterKind::Settings),
            _ => Err(FormatError::Value),
        }
    }
}

/// What stands before a chapter, for everybody to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChapterHead {
    /// The vault.
    pub vault: VaultId,
    /// Of what it is.
    pub kind: ChapterKind,
    /// Its number among its kind, from 1; that of a version of the settings.
    pub no: u64,
    /// The first event that it is of, also where the log has lost it; of settings 0.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// The fingerprint of the certificate that it is sealed for.
    pub certificate: Hash,
    /// By which the box knows whether its own log has the same: [`chapter_mark`].
    pub mark: Hash,
}

/// A chapter whose octets are whole, and signed by the box.
#[derive(Clone, Debug)]
pub struct Chapter<'a> {
    /// Its head.
    pub head: ChapterHead,
    octets: u64,
    envelope: Envelope,
    commitment: Hash,
    /// What each piece is bound to.
    begin: Hash,
    sealed: &'a [u8],
}

/// A keyed hash of what a chapter holds. Only who has the log's key makes it or checks it: it tells others nothing.
pub fn chapter_mark(vault: &VaultId, key: &SigningKey, content: &[u8]) -> Hash {
    let mut seed = key.to_bytes();
    let kdf = Hkdf::<Sha256>::new(None, &seed);
    seed.zeroize();
    let mut info = b"ringfence chapter mark\0".to_vec();
    info.u16(FORMAT_VERSION);
    info.u16(Suite::One.number());
    info.octets(&vault.0);
    info.octets(&sha256(content));
    let mut mark = Hash::default();
    kdf.expand(&info, &mut mark).expect("32 octets are within HKDF's limit of 8,160");
    mark
}

impl ChapterHead {
    /// Seals `content` for `recipient`, and signs it with the log's key. At most [`CHAPTER_OCTETS_MAX`].
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] when the recipient's public key is not a usable point; [`OpenError::Parameters`] when it is too long.
    pub fn seal(
        &self,
        content: &[u8],
        recipient: &Recipient,
        key: &SigningKey,
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, OpenError> {
        if content.len() > CHAPTER_OCTETS_MAX {
            return Err(OpenError::Parameters);
        }
        let scope = self.scope(content.len() as u64);
        let (envelope, cipher, commitment) = leaving_no_trace(|| {
            let secret = Secret::draw(random);
            let (cipher, commitment) = derive(&secret, &scope);
            let envelope = Envelope::seal(recipient, &self.vault, &scope, &secret, random)?;
            Ok::<_, OpenError>((envelope, cipher, commitment))
        })?;
        let mut out = Vec::with_capacity(content.len() + content.len() / 1_000 + 1_000);
        self.emit(content.len() as u64, &mut out);
        out.octets(&commitment);
        envelope.emit(&mut out);
        let mut link = begin(&out);
        for (no, piece) in content.chunks(PIECE_OCTETS).enumerate() {
            let at = out.len();
            out.octets(piece);
            let tag = cipher.seal(&nonce(no as u64), &link, &mut out[at..]);
            out.octets(&tag);
            link = next(&link, &out[at..]);
        }
        out.octets(END);
        out.octets(&link);
        out.octets(&key.sign(&signed(&link)).to_bytes());
        put_crc(&mut out, 0);
        Ok(out)
    }

    fn emit(&self, octets: u64, out: &mut Vec<u8>) {
        out.octets(MAGIC);
        out.u16(FORMAT_VERSION);
        out.u16(Suite::One.number());
        out.octets(&self.vault.0);
        out.u8(self.kind as u8);
        out.u64(self.no);
        out.u64(self.first);
        out.u64(self.last);
        out.octets(&self.certificate);
        out.octets(&self.mark);
        out.u64(octets);
    }

    fn parse(reader: &mut Reader<'_>) -> Result<(ChapterHead, u64), FormatError> {
        reader.expect(MAGIC, FormatError::Magic)?;
        reader.expect(&FORMAT_VERSION.to_be_bytes(), FormatError::Version)?;
        Suite::from_number(reader.u16()?)?;
        let head = ChapterHead {
            vault: VaultId(reader.array()?),
            kind: ChapterKind::from_number(reader.u8()?)?,
            no: reader.u64()?,
            first: reader.u64()?,
            last: reader.u64()?,
            certificate: reader.array()?,
            mark: reader.array()?,
        };
        let octets = reader.u64()?;
        let is_placed = match head.kind {
            ChapterKind::Events => 0 < head.first && head.first <= head.last,
            ChapterKind::Settings => (head.first, head.last) == (0, 0),
        };
        if head.no == 0 || !is_placed || octets > CHAPTER_OCTETS_MAX as u64 {
            return Err(FormatError::Value);
        }
        Ok((head, octets))
    }

    /// What secret and key are bound to: where the content belongs.
    fn scope(&self, octets: u64) -> Vec<u8> {
        let mut out = b"ringfence chapter\0".to_vec();
        self.emit(octets, &mut out);
        out
    }
}

impl<'a> Chapter<'a> {
    /// Reads a chapter that the log's key `key` has signed.
    ///
    /// # Errors
    /// [`FormatError::Crc`] where it was damaged or cut off, [`FormatError::Hash`] where a piece of it was exchanged,
    /// [`FormatError::Signature`] where `key` has not signed it; else what is wrong with the octets.
    pub fn parse(octets: &'a [u8], key: &VerifyingKey) -> Result<Chapter<'a>, FormatError> {
        let body = checked_crc(octets)?;
        let mut reader = Reader::new(body);
        let (head, octets) = ChapterHead::parse(&mut reader)?;
        let commitment = reader.array()?;
        let envelope = Envelope::parse(&mut reader)?;
        let begin = begin(&body[..HEAD_OCTETS]);
        let pieces = (octets as usize).div_ceil(PIECE_OCTETS);
        let sealed = reader.take(octets as usize + pieces * TAG_OCTETS)?;
        reader.expect(END, FormatError::Magic)?;
        let (last, signature): (Hash, [u8; 64]) = (reader.array()?, reader.array()?);
        reader.end()?;
        if sealed.chunks(PIECE_OCTETS + TAG_OCTETS).fold(begin, |link, piece| next(&link, piece)) != last {
            return Err(FormatError::Hash);
        }
        key.verify_strict(&signed(&last), &Signature::from_bytes(&signature)).map_err(|_| FormatError::Signature)?;
        Ok(Chapter { head, octets, envelope, commitment, begin, sealed })
    }

    /// Which key it is sealed to.
    pub const fn key_id(&self) -> &[u8; 8] {
        &self.envelope.key_id
    }

    /// Opens it with the private key that it is sealed to.
    ///
    /// # Errors
    /// [`OpenError::NotAddressed`] with another key, [`OpenError::Envelope`], [`OpenError::Commitment`] or [`OpenError::Ciphertext`]
    /// where it was changed by somebody who can sign.
    pub fn open(&self, private: &Secret) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let scope = self.head.scope(self.octets);
        let cipher = leaving_no_trace(|| {
            let secret = self.envelope.open(private, &self.head.vault, &scope)?;
            let (cipher, commitment) = derive(&secret, &scope);
            if commitment == self.commitment { Ok(cipher) } else { Err(OpenError::Commitment) }
        })?;
        // It never grows: that would leave a copy behind.
        let mut content = Zeroizing::new(Vec::with_capacity(self.sealed.len()));
        let mut link = self.begin;
        for (no, piece) in self.sealed.chunks(PIECE_OCTETS + TAG_OCTETS).enumerate() {
            let (ciphertext, tag) = piece.split_last_chunk().ok_or(OpenError::Ciphertext)?;
            let at = content.len();
            content.octets(ciphertext);
            cipher.open(&nonce(no as u64), &link, &mut content[at..], tag)?;
            link = next(&link, piece);
        }
        Ok(content)
    }
}

/// Octets before the first piece.
const HEAD_OCTETS: usize = 8 + 2 + 2 + 16 + 1 + 3 * 8 + 2 * 32 + 8 + 32 + crate::ENVELOPE_OCTETS;

fn derive(secret: &Secret, scope: &[u8]) -> (Cipher, Hash) {
    let mut both = Zeroizing::new([0; 64]);
    let kdf = Hkdf::<Sha256>::new(None, secret.expose());
    kdf.expand(scope, &mut *both).expect("64 octets are within HKDF's limit of 8,160");
    let mut key = [0; 32];
    key.copy_from_slice(&both[..32]);
    let cipher = Cipher::new(&Secret::new(key));
    key.zeroize();
    let mut commitment = Hash::default();
    commitment.copy_from_slice(&both[32..]);
    (cipher, commitment)
}

fn nonce(no: u64) -> NonceOctets {
    let mut nonce = NonceOctets::default();
    nonce[4..].copy_from_slice(&no.to_be_bytes());
    nonce
}

fn begin(head: &[u8]) -> Hash {
    hash("ringfence chapter head", &[head])
}

fn next(link: &Hash, piece: &[u8]) -> Hash {
    hash("ringfence chapter piece", &[link, piece])
}

fn signed(link: &Hash) -> Vec<u8> {
    let mut out = b"ringfence chapter signed\0".to_vec();
    out.octets(link);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyKind, Seeded, draw_key_pair};

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[6; 32])
    }

    fn head(no: u64) -> ChapterHead {
        let (kind, certificate) = (ChapterKind::Events, [5; 32]);
        ChapterHead { vault: VaultId([7; 16]), kind, no, first: 100, last: 109, certificate, mark: [4; 32] }
    }

    fn recipient() -> (Secret, Recipient) {
        let (private, key) = draw_key_pair(&mut Seeded::new(1));
        (private, Recipient { kind: KeyKind::Vault, epoch: 2, key })
    }

    /// Three pieces and a bit.
    fn content(seed: u8) -> Vec<u8> {
        (0..3 * PIECE_OCTETS + 9).map(|at| (at / 7) as u8 ^ seed).collect()
    }

    fn sealed(head: &ChapterHead, content: &[u8]) -> Vec<u8> {
        head.seal(content, &recipient().1, &key(), &mut Seeded::new(head.no)).unwrap()
    }

    fn parse(octets: &[u8]) -> Result<Chapter<'_>, FormatError> {
        Chapter::parse(octets, &key().verifying_key())
    }

    fn refused(octets: &[u8]) -> FormatError {
        parse(octets).unwrap_err()
    }

    /// As somebody makes checksum, or hashes too, fit what they changed.
    fn with_crc(mut octets: Vec<u8>) -> Vec<u8> {
        octets.truncate(octets.len() - 4);
        put_crc(&mut octets, 0);
        octets
    }

    fn with_links(mut octets: Vec<u8>) -> Vec<u8> {
        let end = octets.len() - END_OCTETS;
        let pieces = octets[HEAD_OCTETS..end].chunks(PIECE_OCTETS + TAG_OCTETS);
        let link = pieces.fold(begin(&octets[..HEAD_OCTETS]), |link, piece| next(&link, piece));
        octets[end + 8..end + 40].copy_from_slice(&link);
        with_crc(octets)
    }

    /// As somebody does who has the log's key, too.
    fn signed_anew(octets: Vec<u8>) -> Vec<u8> {
        let mut octets = with_links(octets);
        let end = octets.len() - END_OCTETS;
        let link: Hash = octets[end + 8..end + 40].try_into().unwrap();
        octets[end + 40..end + 104].copy_from_slice(&key().sign(&signed(&link)).to_bytes());
        with_crc(octets)
    }

    const END_OCTETS: usize = 8 + 32 + 64 + 4;
    const PIECE: usize = PIECE_OCTETS + TAG_OCTETS;

    fn piece(no: usize) -> std::ops::Range<usize> {
        HEAD_OCTETS + no * PIECE..HEAD_OCTETS + (no + 1) * PIECE
    }

    #[test]
    fn a_chapter_opens_with_its_key_and_says_what_it_said() {
        for octets in [0, 1, PIECE_OCTETS, PIECE_OCTETS + 1, 3 * PIECE_OCTETS + 9] {
            let content = &content(0)[..octets];
            let octets = sealed(&head(1), content);
            let chapter = parse(&octets).unwrap();
            assert_eq!(chapter.head, head(1));
            assert!(*chapter.open(&recipient().0).unwrap() == content);
            let (other, _) = draw_key_pair(&mut Seeded::new(2));
            assert_eq!(chapter.open(&other).unwrap_err(), OpenError::NotAddressed);
        }
        let settings = ChapterHead { kind: ChapterKind::Settings, first: 0, last: 0, ..head(12) };
        assert_eq!(parse(&sealed(&settings, b"[box]\n")).unwrap().head, settings);
        let too_long = vec![0; CHAPTER_OCTETS_MAX + 1];
        let told = head(1).seal(&too_long, &recipient().1, &key(), &mut Seeded::new(1));
        assert_eq!(told, Err(OpenError::Parameters));
    }

    #[test]
    fn nothing_of_the_content_stands_in_it() {
        let content = b"+86 10 6552 9988 ".repeat(9_000);
        let octets = sealed(&head(1), &content);
        assert!(!octets.windows(8).any(|eight| content.windows(8).take(17).any(|of| of == eight)));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused_also_where_sums_were_made_right() {
        let whole = sealed(&head(1), &content(0)[..40]);
        for bit in 0..whole.len() * 8 {
            let mut octets = whole.clone();
            octets[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(refused(&octets), FormatError::Crc, "bit {bit}");
            if bit / 8 < whole.len() - 4 {
                assert_ne!(refused(&with_crc(octets.clone())), FormatError::Crc, "bit {bit}");
            }
            if bit / 8 < whole.len() - END_OCTETS {
                assert!(parse(&with_links(octets)).is_err(), "bit {bit}");
            }
        }
        for cut in 0..whole.len() {
            assert!(parse(&whole[..cut]).is_err(), "{cut}");
            assert!(cut < 4 || parse(&with_crc(whole[..cut].to_vec())).is_err(), "{cut}");
        }
        assert_eq!(refused(&with_crc([whole.clone(), vec![0; 9]].concat())), FormatError::Surplus);
    }

    /// Who changes ciphertext and makes the checksum right, and the hashes, too, and has the log's key besides.
    fn assert_refused(changed: Vec<u8>) {
        assert_eq!(refused(&changed), FormatError::Crc);
        assert_eq!(refused(&with_crc(changed.clone())), FormatError::Hash);
        assert_eq!(refused(&with_links(changed.clone())), FormatError::Signature);
        let signed = signed_anew(changed);
        assert_eq!(parse(&signed).unwrap().open(&recipient().0).unwrap_err(), OpenError::Ciphertext);
    }

    #[test]
    fn pieces_that_were_flipped_reordered_repeated_or_taken_from_another_chapter_are_refused_by_name() {
        let whole = sealed(&head(1), &content(0));
        let mut flipped = whole.clone();
        flipped[piece(1).start] ^= 1;
        assert_refused(flipped);
        let mut reordered = whole.clone();
        reordered[piece(0)].copy_from_slice(&whole[piece(1)]);
        reordered[piece(1)].copy_from_slice(&whole[piece(0)]);
        assert_refused(reordered);
        let mut repeated = whole.clone();
        repeated[piece(2)].copy_from_slice(&whole[piece(1)]);
        assert_refused(repeated);
        let other = sealed(&head(2), &content(0));
        let mut spliced = whole.clone();
        spliced[piece(1)].copy_from_slice(&other[piece(1)]);
        assert_refused(spliced);
    }

    #[test]
    fn a_piece_that_was_left_out_is_refused_and_the_rest_opens_for_nobody() {
        let whole = sealed(&head(1), &content(0));
        let mut shorter = whole.clone();
        shorter.drain(piece(1));
        assert!(matches!(refused(&with_crc(shorter.clone())), FormatError::Short | FormatError::Magic));
        // The length that the head tells made right as well: secret and key are bound to it.
        let at = HEAD_OCTETS - crate::ENVELOPE_OCTETS - 32 - 8;
        shorter[at..at + 8].copy_from_slice(&((content(0).len() - PIECE_OCTETS) as u64).to_be_bytes());
        assert_eq!(refused(&with_links(shorter.clone())), FormatError::Signature);
        let signed = signed_anew(shorter);
        assert_eq!(parse(&signed).unwrap().open(&recipient().0).unwrap_err(), OpenError::Envelope);
    }

    #[test]
    fn a_chapter_under_another_place_stretch_epoch_or_vault_is_refused() {
        let whole = sealed(&head(2), b"content");
        let (vault, no, first, last, certificate, epoch) = (12, 29, 37, 45, 53, HEAD_OCTETS - 92);
        for at in [vault, no, first, last, certificate] {
            let mut octets = whole.clone();
            octets[at + 7] ^= 1;
            assert_eq!(refused(&with_links(octets.clone())), FormatError::Signature, "{at}");
            let signed = signed_anew(octets);
            assert_eq!(parse(&signed).unwrap().open(&recipient().0).unwrap_err(), OpenError::Envelope, "{at}");
        }
        let mut octets = whole.clone();
        octets[epoch + 3] ^= 1;
        assert_eq!(refused(&with_links(octets.clone())), FormatError::Signature);
        let signed = signed_anew(octets);
        assert_eq!(
            parse(&signed).unwrap().open(&recipient().0).unwrap_err(),
            OpenError::Ciphertext,
            "of another epoch"
        );
        // Another vault's box has another key.
        let theirs = SigningKey::from_bytes(&[8; 32]);
        let octets = head(1).seal(b"content", &recipient().1, &theirs, &mut Seeded::new(1)).unwrap();
        assert_eq!(refused(&octets), FormatError::Signature);
    }

    #[test]
    fn a_head_that_is_none_is_refused() {
        for head in [
            ChapterHead { no: 0, ..head(1) },
            ChapterHead { first: 0, ..head(1) },
            ChapterHead { first: 110, ..head(1) },
            ChapterHead { kind: ChapterKind::Settings, ..head(1) },
        ] {
            assert_eq!(refused(&sealed(&head, b"content")), FormatError::Value, "{head:?}");
        }
    }

    #[test]
    fn a_mark_is_of_one_content_one_box_and_one_vault() {
        let (vault, other) = (VaultId([7; 16]), VaultId([8; 16]));
        let mark = chapter_mark(&vault, &key(), b"content");
        assert_eq!(mark, chapter_mark(&vault, &key(), b"content"));
        let others = [
            chapter_mark(&vault, &key(), b"Content"),
            chapter_mark(&other, &key(), b"content"),
            chapter_mark(&vault, &SigningKey::from_bytes(&[9; 32]), b"content"),
        ];
        assert!(!others.contains(&mark));
    }
}
