//! The package of an export: members of a tar archive that is written in one way, proofs, and a signed list of all of it.
//!
//! Source: POSIX.1-1988 ustar, which every system unpacks. Each octet is either a member's, whose hash stands in the list, or
//! of a header that follows from the member's name and length; the list is the last member, signed with the log's key. So
//! nothing in a package can be changed without being named.
//! Not here: files, whom the keys inside are sealed to ([`crate::age_seal`]), checking (`src/recorder`).

use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use frame::{BootNo, EventNo, PersonId, RecordingId, Stamp, Time, Utc};

use crate::{AgeRecipient, FormatError, Hash, LeafEntry, VaultId, breaks_line, merkle};

/// Octets of a member's header, and to a multiple of which its content is filled with zeroes.
pub const MEMBER_BLOCK: usize = 512;

/// Zeroes at the end.
pub const PACKAGE_END: usize = 2 * MEMBER_BLOCK;

/// The longest name: what ustar has room for without its prefix.
pub const MEMBER_NAME_MAX: usize = 99;

/// The largest member: 8 GiB less an octet, as eleven octal digits say it.
pub const MEMBER_OCTETS_MAX: u64 = (1 << 33) - 1;

/// Recordings of a package at most: their files and the shared ones go to an opener in one message, which the kernel lets
/// have 253 descriptors.
pub const PACKAGE_RECORDINGS_MAX: usize = 200;

/// The list's name.
pub const PACKAGE_LIST: &str = "package";

const LIST_HEAD: &str = "ringfence package 1";
const PROOF_HEAD: &str = "ringfence proof 1";

/// The longest reason, in characters.
const REASON_MAX_CHARS: usize = 500;

/// What stands before a member's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberHead {
    /// Its name: a path within the package.
    pub name: String,
    /// How long it is.
    pub octets: u64,
}

impl MemberHead {
    /// The block. Owner, time and rights are nobody's, none, and reading.
    ///
    /// # Errors
    /// [`FormatError::Value`] for a name or length that a header has no room for.
    pub fn emit(&self) -> Result<[u8; MEMBER_BLOCK], FormatError> {
        let is_name = (1..=MEMBER_NAME_MAX).contains(&self.name.len()) && self.name.bytes().all(is_of_a_name);
        if !is_name || self.octets > MEMBER_OCTETS_MAX {
            return Err(FormatError::Value);
        }
        let mut block = [0; MEMBER_BLOCK];
        let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
        put(0, self.name.as_bytes());
        put(100, b"0000444\0");
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", self.octets).as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, b"0");
        put(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|octet| u32::from(*octet)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        Ok(block)
    }

    /// Reads a block; there is one way to write it.
    ///
    /// # Errors
    /// [`FormatError::Value`] where it is written otherwise.
    pub fn parse(block: &[u8; MEMBER_BLOCK]) -> Result<MemberHead, FormatError> {
        let name = block[..100].split(|octet| *octet == 0).next().unwrap_or_default();
        let name = std::str::from_utf8(name).map_err(|_| FormatError::Value)?.to_owned();
        let octal = std::str::from_utf8(&block[124..135]).map_err(|_| FormatError::Value)?;
        let octets = u64::from_str_radix(octal, 8).map_err(|_| FormatError::Value)?;
        let head = MemberHead { name, octets };
        if head.emit()? == *block { Ok(head) } else { Err(FormatError::Value) }
    }

    /// Zeroes behind its content.
    pub const fn padding(&self) -> usize {
        (self.octets.next_multiple_of(MEMBER_BLOCK as u64) - self.octets) as usize
    }
}

const fn is_of_a_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b'/')
}

/// A member, as the list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name and length.
    pub head: MemberHead,
    /// Its hash.
    pub hash: Hash,
}

/// A step of the chain of custody: an event of the box's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// What was done: a word.
    pub what: String,
    /// By whom.
    pub by: PersonId,
    /// The event's number.
    pub event: EventNo,
    /// When.
    pub at: Stamp,
}

/// The list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageList {
    /// The vault.
    pub vault: VaultId,
    /// Whom the keys are sealed to.
    pub recipient: AgeRecipient,
    /// Why it was made.
    pub reason: String,
    /// Who asked, granted and made it.
    pub custody: Vec<Custody>,
    /// The members before the list, in their order.
    pub members: Vec<Member>,
}

impl PackageList {
    /// The signed document.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let signature = key.sign(&signed(&body)).to_bytes();
        format!("{body}signature {}\n", Base64::encode_string(&signature))
    }

    /// Reads a document and checks its signature with the log's public key.
    ///
    /// # Errors
    /// [`FormatError::Signature`] when it is not signed by `key`, else what is wrong with the text.
    pub fn open(text: &str, key: &VerifyingKey) -> Result<PackageList, FormatError> {
        let at = text.rfind("signature ").ok_or(FormatError::Short)?;
        let (body, last) = text.split_at(at);
        let line = last.strip_prefix("signature ").and_then(|rest| rest.strip_suffix('\n'));
        let octets = Base64::decode_vec(line.ok_or(FormatError::Short)?).map_err(|_| FormatError::Value)?;
        let signature: [u8; 64] = octets.try_into().map_err(|_| FormatError::Value)?;
        key.verify_strict(&signed(body), &Signature::from_bytes(&signature)).map_err(|_| FormatError::Signature)?;
        PackageList::parse_body(body)
    }

    fn body(&self) -> String {
        let reason: String = self.reason.chars().filter(|sign| !breaks_line(*sign)).take(REASON_MAX_CHARS).collect();
        let custody = |step: &Custody| {
            let Custody { what, by, event, at } = step;
            format!("custody {what} {} {} {} {} {}\n", by.0, event.0, at.boot.0, at.time.as_us(), at.utc.as_us())
        };
        let member = |member: &Member| {
            let MemberHead { name, octets } = &member.head;
            format!("member {} {octets} {name}\n", hex(&member.hash))
        };
        format!(
            "{LIST_HEAD}\nvault {}\nrecipient {}\nreason {reason}\n{}{}",
            self.vault,
            self.recipient,
            self.custody.iter().map(custody).collect::<String>(),
            self.members.iter().map(member).collect::<String>(),
        )
    }

    fn parse_body(body: &str) -> Result<PackageList, FormatError> {
        let mut lines = body.lines().peekable();
        (lines.next() == Some(LIST_HEAD)).then_some(()).ok_or(FormatError::Magic)?;
        let vault = VaultId(unhex(field(lines.next(), "vault")?)?);
        let recipient = field(lines.next(), "recipient")?.parse()?;
        let reason = field(lines.next(), "reason")?.to_owned();
        let (mut custody, mut members) = (Vec::new(), Vec::new());
        while let Some(line) = lines.next_if(|line| line.starts_with("custody ")) {
            custody.push(parse_custody(field(Some(line), "custody")?)?);
        }
        for line in lines {
            members.push(parse_member(field(Some(line), "member")?)?);
        }
        let list = PackageList { vault, recipient, reason, custody, members };
        // There is one way to write it.
        if list.body() == body { Ok(list) } else { Err(FormatError::Value) }
    }
}

fn signed(body: &str) -> Vec<u8> {
    [b"ringfence package\0", body.as_bytes()].concat()
}

fn parse_custody(text: &str) -> Result<Custody, FormatError> {
    let words: Vec<&str> = text.split(' ').collect();
    let [what, by, event, boot, time, utc] = words[..] else { return Err(FormatError::Short) };
    let at = Stamp { boot: BootNo(number(boot)?), time: Time::from_us(number(time)?), utc: Utc::from_us(number(utc)?) };
    Ok(Custody { what: what.to_owned(), by: PersonId(number(by)?), event: EventNo(number(event)?), at })
}

fn parse_member(text: &str) -> Result<Member, FormatError> {
    let words: Vec<&str> = text.split(' ').collect();
    let [hash, octets, name] = words[..] else { return Err(FormatError::Short) };
    Ok(Member { head: MemberHead { name: name.to_owned(), octets: number(octets)? }, hash: unhex(hash)? })
}

/// That a leaf is in the log under a signed root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafProof {
    /// The leaf's number.
    pub index: u64,
    /// The leaf.
    pub entry: LeafEntry,
    /// The hashes beside its way to the root.
    pub path: Vec<Hash>,
}

impl LeafProof {
    /// The document.
    pub fn emit(&self) -> String {
        let mut entry = Vec::new();
        self.entry.emit(&mut entry);
        let path = self.path.iter().map(|hash| format!("beside {}\n", hex(hash)));
        format!("{PROOF_HEAD}\nindex {}\nleaf {}\n{}", self.index, hex(&entry), path.collect::<String>())
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is none, or written otherwise than it has to be.
    pub fn parse(text: &str) -> Result<LeafProof, FormatError> {
        let mut lines = text.lines();
        (lines.next() == Some(PROOF_HEAD)).then_some(()).ok_or(FormatError::Magic)?;
        let index = number(field(lines.next(), "index")?)?;
        let octets = base16ct::lower::decode_vec(field(lines.next(), "leaf")?).map_err(|_| FormatError::Value)?;
        let (entry, length) = LeafEntry::parse(&octets)?;
        let path = lines.map(|line| unhex(field(Some(line), "beside")?)).collect::<Result<_, _>>()?;
        let proof = LeafProof { index, entry, path };
        if length == octets.len() && proof.emit() == text { Ok(proof) } else { Err(FormatError::Value) }
    }

    /// Whether it leads to the root over `size` leaves.
    pub fn leads_to(&self, size: u64, root: &Hash) -> bool {
        merkle::verify_inclusion(&merkle::leaf_hash(&self.entry.hash()), self.index, size, &self.path, root)
    }
}

/// What a grant to export is for: which recordings, each by its name so that whoever grants sees them, and for whom.
pub fn export_object(recordings: &[RecordingId], recipient: &AgeRecipient) -> String {
    match recordings {
        [one] => format!("recording {one} for {recipient}"),
        all => {
            let listed: String = all.iter().map(|recording| format!(" {recording}")).collect();
            format!("{} recordings{listed} for {recipient}", all.len())
        }
    }
}

fn hex(octets: &[u8]) -> String {
    base16ct::lower::encode_string(octets)
}

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], FormatError> {
    let octets = base16ct::lower::decode_vec(text).map_err(|_| FormatError::Value)?;
    octets.try_into().map_err(|_| FormatError::Value)
}

fn field<'t>(line: Option<&'t str>, name: &str) -> Result<&'t str, FormatError> {
    let line = line.ok_or(FormatError::Short)?;
    line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')).ok_or(FormatError::Value)
}

fn number<T: FromStr>(text: &str) -> Result<T, FormatError> {
    text.parse().map_err(|_| FormatError::Value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AgeIdentity, Leaf, Seeded};
    use frame::{CallId, LifeNo};
    use proptest::prelude::*;

    fn list() -> PackageList {
        let recipient = AgeIdentity::draw(&mut Seeded::new(1)).recipient();
        let at = Stamp { boot: BootNo(3), time: Time::from_us(5), utc: Utc::from_us(-7) };
        let custody = vec![Custody { what: "asked".into(), by: PersonId(4), event: EventNo(99), at }];
        let head = MemberHead { name: "objects/1/0/1-1.rfo".into(), octets: 5 };
        let members = vec![Member { head, hash: [0xAB; 32] }];
        PackageList { vault: VaultId([2; 16]), recipient, reason: "投诉 118".into(), custody, members }
    }

    #[test]
    fn a_list_reads_back_and_every_changed_octet_is_found() {
        let key = SigningKey::from_bytes(&[4; 32]);
        let text = list().sign(&key);
        assert_eq!(PackageList::open(&text, &key.verifying_key()), Ok(list()));
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert!(PackageList::open(&changed, &key.verifying_key()).is_err(), "octet {at}");
        }
        assert!(PackageList::open(&text, &SigningKey::from_bytes(&[5; 32]).verifying_key()).is_err());
        let breaking = PackageList { reason: "a\nmember of nothing".into(), ..list() };
        let opened = PackageList::open(&breaking.sign(&key), &key.verifying_key()).unwrap();
        assert_eq!(opened.members, breaking.members, "no reason adds a line");
    }

    #[test]
    fn a_proof_reads_back_and_leads_nowhere_else() {
        let leaf = Leaf::Due { call: CallId::new(LifeNo(1), 2), at: Stamp::default() };
        let entry = LeafEntry { salt: [9; 16], leaf };
        let mut leaves: Vec<Hash> = (0..9_u8).map(|no| merkle::leaf_hash(&[no])).collect();
        leaves[4] = merkle::leaf_hash(&entry.hash());
        let proof = LeafProof { index: 4, entry, path: merkle::inclusion_proof(&leaves, 4).unwrap() };
        assert_eq!(LeafProof::parse(&proof.emit()), Ok(proof.clone()));
        assert!(proof.leads_to(9, &merkle::root(&leaves)));
        assert!(!proof.leads_to(8, &merkle::root(&leaves[..8])));
        let text = proof.emit();
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            let still = LeafProof::parse(&changed).is_ok_and(|proof| proof.leads_to(9, &merkle::root(&leaves)));
            assert!(!still, "octet {at}");
        }
    }

    #[test]
    fn a_grant_is_for_these_recordings_and_this_recipient() {
        let recipient = list().recipient;
        let id = |no| RecordingId::new(LifeNo(3), no);
        assert_eq!(export_object(&[id(9)], &recipient), format!("recording 3-9 for {recipient}"));
        let two = export_object(&[id(9), id(10)], &recipient);
        assert_eq!(two, format!("2 recordings 3-9 3-10 for {recipient}"), "whoever grants sees each");
        assert!(two != export_object(&[id(9), id(11)], &recipient));
    }

    proptest! {
        #[test]
        fn a_members_head_is_written_in_one_way(name in "[a-z0-9./_-]{1,99}", octets in 0..=MEMBER_OCTETS_MAX, bit in 0..4096_usize) {
            let head = MemberHead { name, octets };
            let block = head.emit().unwrap();
            prop_assert_eq!(MemberHead::parse(&block), Ok(head.clone()));
            let mut changed = block;
            changed[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(MemberHead::parse(&changed), Ok(head));
        }
    }
}
