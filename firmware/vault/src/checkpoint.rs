//! Checkpoints: the log's size and root, signed, for holding outside the box.
//!
//! Source: C2SP tlog-checkpoint and signed-note, Ed25519. Body lines: origin, size, root in base64, then our two
//! extension lines `boot N` and `previous BASE64`.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use frame::BootNo;

use crate::{
    FormatError,
    suite::{Hash, sha256},
};

/// The longest note: five lines of body and one signature, with a long origin.
pub const NOTE_OCTETS_MAX: usize = 1024;

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log: `ringfence/VAULT-ID`.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The machine's boot at signing.
    pub boot: BootNo,
    /// The root of the checkpoint before; zeroes for the first.
    pub previous: Hash,
}

impl Checkpoint {
    /// The note: body, empty line, signature line.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let mut blob = key_hash(&self.origin, &key.verifying_key()).to_vec();
        blob.extend_from_slice(&key.sign(body.as_bytes()).to_bytes());
        format!("{body}\n\u{2014} {} {}\n", self.origin, Base64::encode_string(&blob))
    }

    /// Reads a note and checks its signature with the log's public key.
    ///
    /// # Errors
    /// [`FormatError::Signature`] when it is not signed by `key`, else what is wrong with the text.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Checkpoint, FormatError> {
        let (body, signature) = note.split_once("\n\n").ok_or(FormatError::Short)?;
        let checkpoint = Checkpoint::parse_body(body)?;
        let line = signature.strip_suffix('\n').ok_or(FormatError::Short)?;
        let blob = line.strip_prefix(&format!("\u{2014} {} ", checkpoint.origin)).ok_or(FormatError::Magic)?;
        let blob = Base64::decode_vec(blob).map_err(|_| FormatError::Value)?;
        let (hash, signature) = blob.split_first_chunk::<4>().ok_or(FormatError::Short)?;
        let signature = <[u8; 64]>::try_from(signature).map_err(|_| FormatError::Short)?;
        if *hash != key_hash(&checkpoint.origin, key) {
            return Err(FormatError::Signature);
        }
        let signed = checkpoint.body();
        key.verify_strict(signed.as_bytes(), &Signature::from_bytes(&signature)).map_err(|_| FormatError::Signature)?;
        Ok(checkpoint)
    }

    fn body(&self) -> String {
        let (root, previous) = (Base64::encode_string(&self.root), Base64::encode_string(&self.previous));
        format!("{}\n{}\n{root}\nboot {}\nprevious {previous}\n", self.origin, self.size, self.boot)
    }

    fn parse_body(body: &str) -> Result<Checkpoint, FormatError> {
        let lines: Vec<&str> = body.split('\n').collect();
        let [origin, size, root, boot, previous] = lines[..] else { return Err(FormatError::Short) };
        let boot = boot.strip_prefix("boot ").ok_or(FormatError::Value)?;
        let previous = previous.strip_prefix("previous ").ok_or(FormatError::Value)?;
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size: number(size)?,
            root: hash_of(root)?,
            boot: BootNo(u32::try_from(number(boot)?).map_err(|_| FormatError::Value)?),
            previous: hash_of(previous)?,
        })
    }
}

/// A note in one line, for those who keep lines: its own lines with a blank between.
pub fn note_in_a_line(note: &str) -> String {
    note.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The note that was written in a line, whatever the line begins with. None where there is none in it.
pub fn note_of_a_line(line: &str) -> Option<String> {
    let words: Vec<&str> = line.get(line.find("ringfence/")?..)?.split_whitespace().collect();
    let [origin, size, root, "boot", boot, "previous", previous, "\u{2014}", signer, signature] = words[..] else {
        return None;
    };
    let body = format!("{origin}\n{size}\n{root}\nboot {boot}\nprevious {previous}\n");
    Some(format!("{body}\n\u{2014} {signer} {signature}\n"))
}

/// A number in the one way it is written: no sign, no leading zero.
fn number(text: &str) -> Result<u64, FormatError> {
    let value: u64 = text.parse().map_err(|_| FormatError::Value)?;
    if value.to_string() == text { Ok(value) } else { Err(FormatError::Value) }
}

fn hash_of(text: &str) -> Result<Hash, FormatError> {
    let octets = Base64::decode_vec(text).map_err(|_| FormatError::Value)?;
    octets.try_into().map_err(|_| FormatError::Value)
}

/// Names a key in a note: SHA-256(name, newline, 0x01 for Ed25519, public key), its first four octets.
fn key_hash(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let mut octets = name.as_bytes().to_vec();
    octets.extend_from_slice(&[b'\n', 1]);
    octets.extend_from_slice(key.as_bytes());
    let [a, b, c, d, ..] = sha256(&octets);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_back_and_every_changed_bit_is_found() {
        let key = SigningKey::from_bytes(&[4; 32]);
        let checkpoint = Checkpoint {
            origin: "ringfence/0011".into(),
            size: 1234,
            root: [5; 32],
            boot: BootNo(7),
            previous: [6; 32],
        };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &key.verifying_key()), Ok(checkpoint));
        for at in 0..note.len() * 8 {
            let mut changed = note.clone().into_bytes();
            changed[at / 8] ^= 1 << (at % 8);
            let found = match std::str::from_utf8(&changed) {
                Ok(text) => Checkpoint::open(text, &key.verifying_key()).is_err(),
                Err(_) => true,
            };
            assert!(found, "bit {at}");
        }
    }

    #[test]
    fn a_note_in_a_line_is_the_note_again_whatever_a_log_server_puts_before_it() {
        let checkpoint =
            Checkpoint { origin: "ringfence/00".into(), size: 2, root: [8; 32], boot: BootNo(1), previous: [9; 32] };
        let note = checkpoint.sign(&SigningKey::from_bytes(&[4; 32]));
        let line = note_in_a_line(&note);
        assert!(!line.contains('\n'));
        assert_eq!(note_of_a_line(&format!("<109>1 2026-11-26T09:00:00Z box ringfence 7 root - {line}\n")), Some(note));
        assert_eq!(note_of_a_line("<109>1 a line of somebody else"), None);
        assert_eq!(note_of_a_line(&line.replace(" boot", "")), None);
    }

    #[test]
    fn the_body_is_what_other_log_tools_read() {
        let checkpoint =
            Checkpoint { origin: "ringfence/00".into(), size: 2, root: [0; 32], boot: BootNo(1), previous: [0; 32] };
        let zeroes = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let body = format!("ringfence/00\n2\n{zeroes}\nboot 1\nprevious {zeroes}\n\n\u{2014} ringfence/00 ");
        assert!(checkpoint.sign(&SigningKey::from_bytes(&[4; 32])).starts_with(&body));
    }
}
