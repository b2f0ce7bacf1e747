//! `verify` of a package: every octet is a member's, whose hash is on the signed list, or follows from one.
//!
//! Recordings are checked as in a vault: frames, chain, the finished leaf. The leaf comes with a proof under the signed root
//! that is in the package; whether that root is the vault's own somebody else has to say, who kept it outside.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use vault::{
    Checkpoint, FormatError, Grave, Hash, Leaf, LeafProof, MEMBER_BLOCK, Member, MemberHead, PACKAGE_LIST, PackageList,
    SignedCertificate, Tombstone, VerifyingKey, note_of_a_line, sha256,
};

use super::{
    home::{HomeError, IDENTITY, KEYRING, identity, log_verifying_key, sheet_fingerprint},
    leaves::origin,
    memory::MemoryStore,
    names::object_name,
    opened::OPENED_OCTETS_MAX,
    package::{CHECKPOINT, STONES, stone_name},
    store::Store as _,
    verify::{Finding, Keys, Outside, Report, check_object, is_of_object},
    verify_log::{Log, Logged},
};

/// Members at most: a few a recording, and a few an erased stretch.
const MEMBERS_MAX: usize = 1 << 16;

/// Octets at most of what is read as text: a list of a stretch's thousand minutes, or a proof.
const TEXT_OCTETS_MAX: u64 = 1 << 20;

/// How long a member of this name may be.
fn octets_max(name: &str) -> u64 {
    if name.starts_with("proofs/") || name.starts_with(STONES) { TEXT_OCTETS_MAX } else { OPENED_OCTETS_MAX }
}

/// What a file begins with that is a package: its first member's name.
pub(super) fn is_package(path: &Path) -> io::Result<bool> {
    let mut block = [0; MEMBER_BLOCK];
    let read = File::open(path)?.take(MEMBER_BLOCK as u64).read(&mut block)?;
    Ok(read == MEMBER_BLOCK && &block[257..262] == b"ustar")
}

/// Checks a package.
///
/// # Errors
/// The disk's, or a package without a vault's identity.
pub(super) fn verify_package(path: &Path, outside: &Outside) -> Result<Report, HomeError> {
    check_package(&mut BufReader::new(File::open(path)?), outside)
}

/// The same of what is read.
///
/// # Errors
/// As [`verify_package`].
pub(super) fn check_package(input: &mut impl Read, outside: &Outside) -> Result<Report, HomeError> {
    let mut checker = Checker {
        report: Report::sealed(),
        home: MemoryStore::new(),
        signer: None,
        checkpoint: None,
        log: Log::default(),
        object: None,
        members: Vec::new(),
        names: BTreeSet::new(),
        list: None,
    };
    checker.follow(input)?;
    checker.hold_to_list();
    checker.hold_to_stones();
    checker.hold_to_outside(outside);
    Ok(checker.report)
}

struct Checker {
    report: Report,
    /// The identity and the keyring, as a vault has them.
    home: MemoryStore,
    signer: Option<(SignedCertificate, VerifyingKey)>,
    checkpoint: Option<Checkpoint>,
    /// What the proofs say of recordings.
    log: Log,
    /// The newest object and its name: tombstones stand behind theirs.
    object: Option<(String, Vec<u8>)>,
    members: Vec<Member>,
    names: BTreeSet<String>,
    list: Option<PackageList>,
}

impl Checker {
    /// Reads the members one after the other, until one can't be read.
    fn follow(&mut self, input: &mut impl Read) -> Result<(), HomeError> {
        let mut offset = 0;
        while let Some((head, content)) = self.next(input, offset)? {
            offset += MEMBER_BLOCK as u64 + head.octets + head.padding() as u64;
            self.member(head, content)?;
        }
        Ok(())
    }

    /// The next member; none at the end, and where there is none that is whole.
    fn next(&mut self, input: &mut impl Read, offset: u64) -> Result<Option<(MemberHead, Vec<u8>)>, HomeError> {
        let mut block = [0; MEMBER_BLOCK];
        if !fill(input, &mut block)? {
            self.wrong(PACKAGE_LIST, offset, FormatError::Short);
            return Ok(None);
        }
        if block == [0; MEMBER_BLOCK] {
            self.end(input, offset)?;
            return Ok(None);
        }
        let head = match MemberHead::parse(&block) {
            Ok(head) if head.octets <= octets_max(&head.name) && self.names.len() < MEMBERS_MAX => head,
            Ok(head) => {
                self.wrong(&head.name, offset, FormatError::Value);
                return Ok(None);
            }
            Err(what) => {
                self.wrong(&self.next_name(), offset, what);
                return Ok(None);
            }
        };
        // Two objects at once are one too many.
        self.object.take_if(|_| head.name.starts_with("objects/"));
        let (mut content, mut padding) = (vec![0; head.octets as usize], vec![0; head.padding()]);
        if !fill(input, &mut content)? || !fill(input, &mut padding)? {
            self.wrong(&head.name, offset, FormatError::Short);
            return Ok(None);
        }
        if padding.iter().any(|octet| *octet != 0) {
            self.wrong(&head.name, offset + MEMBER_BLOCK as u64 + head.octets, FormatError::Surplus);
        }
        Ok(Some((head, content)))
    }

    /// A second block of zeroes, and nothing more.
    fn end(&mut self, input: &mut impl Read, offset: u64) -> Result<(), HomeError> {
        let mut last = [1; MEMBER_BLOCK];
        if !fill(input, &mut last)? || last != [0; MEMBER_BLOCK] || input.read(&mut [0])? > 0 {
            self.wrong(PACKAGE_LIST, offset, FormatError::Surplus);
        }
        Ok(())
    }

    fn member(&mut self, head: MemberHead, content: Vec<u8>) -> Result<(), HomeError> {
        let (name, hash) = (head.name.clone(), sha256(&content));
        // Of two with one name `tar` leaves the last.
        if !self.names.insert(name.clone()) {
            self.wrong(&name, 0, FormatError::Surplus);
        }
        match name.as_str() {
            PACKAGE_LIST => return self.take_list(&content),
            IDENTITY | KEYRING => self.home.write_at(&name, 0, &content)?,
            CHECKPOINT => self.take_checkpoint(&content)?,
            name if name.starts_with("proofs/") => self.take_proof(name, &content),
            name if name.starts_with(STONES) => self.take_stone(name, &content)?,
            name if name.starts_with("objects/") => {
                self.take_object(name, &content)?;
                self.object = Some((name.to_owned(), content));
            }
            _ => {}
        }
        self.members.push(Member { head, hash });
        Ok(())
    }

    /// The certificate and its key, once it was read.
    fn signer(&mut self) -> Result<(SignedCertificate, VerifyingKey), HomeError> {
        if self.signer.is_none() {
            let identity = identity(&self.home)?;
            let key = log_verifying_key(&identity)?;
            self.signer = Some((identity, key));
        }
        self.signer.clone().ok_or(HomeError::Missing(IDENTITY))
    }

    fn take_checkpoint(&mut self, content: &[u8]) -> Result<(), HomeError> {
        let (identity, key) = self.signer()?;
        let note = std::str::from_utf8(content).map_err(|_| FormatError::Value);
        match note.and_then(|note| Checkpoint::open(note, &key)) {
            Ok(checkpoint) if checkpoint.origin == origin(identity.certificate.vault) => {
                self.report.signed_leaves = checkpoint.size;
                self.checkpoint = Some(checkpoint);
            }
            Ok(_) => self.wrong(CHECKPOINT, 0, FormatError::Magic),
            Err(what) => self.wrong(CHECKPOINT, 0, what),
        }
        Ok(())
    }

    fn take_proof(&mut self, name: &str, content: &[u8]) {
        let text = std::str::from_utf8(content).map_err(|_| FormatError::Value);
        let proof = match text.and_then(LeafProof::parse) {
            Ok(proof) => proof,
            Err(what) => return self.wrong(name, 0, what),
        };
        let root = self.checkpoint.as_ref().map(|checkpoint| (checkpoint.size, checkpoint.root));
        if !root.is_some_and(|(size, root)| proof.leads_to(size, &root)) {
            return self.report.find(name, 0, Finding::WrongRoot);
        }
        self.report.leaves += 1;
        match proof.entry.leaf {
            Leaf::Finished { recording, call, records, chunks, chain_head, commitments } => {
                self.log.finished.insert(recording, (call, Logged { records, chunks, chain_head, commitments }));
            }
            Leaf::RangeTombstone { recording, list, document } => {
                self.log.ranges.insert(Grave { recording, range: Some(list) }, document);
            }
            _ => self.wrong(name, 0, FormatError::Value),
        }
    }

    /// The tombstone of a stretch: the log knows it, and it names what the object before it has.
    fn take_stone(&mut self, name: &str, content: &[u8]) -> Result<(), HomeError> {
        let (identity, _) = self.signer()?;
        let text = std::str::from_utf8(content).map_err(|_| FormatError::Value);
        match text.and_then(Tombstone::parse) {
            Ok(stone) if stone.vault == identity.certificate.vault && name == stone_name(stone.grave()) => {
                self.hold_stone(name, stone, sha256(content));
            }
            Ok(_) => self.wrong(name, 0, FormatError::Value),
            Err(what) => self.wrong(name, 0, what),
        }
        Ok(())
    }

    fn hold_stone(&mut self, name: &str, stone: Tombstone, document: Hash) {
        if self.log.ranges.get(&stone.grave()) != Some(&document) {
            return self.report.find(name, 0, Finding::UnknownRangeTombstone);
        }
        let object = self.object.as_ref().filter(|(of, _)| *of == object_name(stone.recording));
        let is_its = object.is_some_and(|(_, octets)| is_of_object(&stone, Some(octets), &self.log));
        if !is_its {
            self.report.find(name, 0, Finding::RangeOfAnother);
        }
        self.report.erased.push(stone);
    }

    /// What a proof says was erased has its tombstone.
    fn hold_to_stones(&mut self) {
        let has: BTreeSet<Grave> = self.report.erased.iter().map(Tombstone::grave).collect();
        let without: Vec<Grave> = self.log.ranges.keys().filter(|grave| !has.contains(grave)).copied().collect();
        for grave in without {
            self.report.find(&object_name(grave.recording), 0, Finding::NoRangeTombstone);
        }
    }

    fn take_object(&mut self, name: &str, content: &[u8]) -> Result<(), HomeError> {
        let (identity, _) = self.signer()?;
        let keys = Keys::of(&mut self.report, &self.home, identity)?;
        if let Some(checked) = check_object(&mut self.report, name, content, None, &self.log) {
            checked.hold_to(&mut self.report, name, &keys, &self.log);
        }
        Ok(())
    }

    fn take_list(&mut self, content: &[u8]) -> Result<(), HomeError> {
        let (identity, key) = self.signer()?;
        let text = std::str::from_utf8(content).map_err(|_| FormatError::Value);
        match text.and_then(|text| PackageList::open(text, &key)) {
            Ok(list) if list.vault == identity.certificate.vault && self.list.is_none() => self.list = Some(list),
            Ok(_) => self.wrong(PACKAGE_LIST, 0, FormatError::Value),
            Err(what) => self.wrong(PACKAGE_LIST, 0, what),
        }
        Ok(())
    }

    /// Each member is the one of its place on the list.
    fn hold_to_list(&mut self) {
        let listed = self.list.as_ref().map(|list| list.members.clone()).unwrap_or_default();
        let members = std::mem::take(&mut self.members);
        for (at, member) in members.iter().enumerate() {
            if listed.get(at) != Some(member) {
                self.wrong(&member.head.name, 0, FormatError::Hash);
            }
        }
        for member in listed.iter().skip(members.len()) {
            self.wrong(&member.head.name, 0, FormatError::Short);
        }
        if self.list.is_none() && self.report.is_intact() {
            self.wrong(PACKAGE_LIST, 0, FormatError::Short);
        }
    }

    fn hold_to_outside(&mut self, outside: &Outside) {
        let Ok((identity, key)) = self.signer() else { return self.wrong(IDENTITY, 0, FormatError::Short) };
        let keyring = Keys::of(&mut Report::sealed(), &self.home, identity.clone()).ok();
        let fingerprint = sheet_fingerprint(&identity, keyring.as_ref().and_then(Keys::keyring));
        self.report.fingerprint = Some(fingerprint);
        if outside.fingerprint.is_some_and(|known| known != fingerprint) {
            self.report.find(IDENTITY, 0, Finding::OtherCertificate);
        }
        let (Some(text), Some(own)) = (&outside.root, &self.checkpoint) else { return };
        let lines = text.lines().filter_map(note_of_a_line).chain([text.clone()]);
        let roots: Vec<Checkpoint> = lines.filter_map(|note| Checkpoint::open(&note, &key).ok()).collect();
        let covers = own.size;
        match roots.iter().find(|root| root.size == covers && root.origin == own.origin) {
            Some(root) if root.root == own.root => self.report.outside_leaves = Some(covers),
            Some(_) => self.report.find(CHECKPOINT, 0, Finding::OtherThanOutside { covers }),
            None => self.report.find(CHECKPOINT, 0, Finding::NotAmongOutside { covers }),
        }
    }

    /// The name that the member behind the last one would have: none is known where its head is not whole.
    fn next_name(&self) -> String {
        self.members.last().map_or(PACKAGE_LIST.to_owned(), |last| format!("{} …", last.head.name))
    }

    fn wrong(&mut self, name: &str, offset: u64, what: FormatError) {
        self.report.find(name, offset, Finding::Format(what));
    }
}

/// Fills `into`; false where the input ends before.
fn fill(input: &mut impl Read, into: &mut [u8]) -> io::Result<bool> {
    match input.read_exact(into) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
