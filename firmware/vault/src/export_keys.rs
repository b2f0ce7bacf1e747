//! The keys of an export: both halves of each audio key of its recordings, as they are sealed to its recipient.
//!
//! Halves, not keys: the commitment, which binds ciphertext to key, is derived from the same halves, so whoever has them
//! checks it.

use zeroize::Zeroizing;

use crate::{
    FORMAT_VERSION, FormatError, KeyNo, Secret, Suite, VaultId,
    octets::{Put, Reader},
};

const MAGIC: &[u8; 8] = b"RFEXPKEY";
const HEAD_OCTETS: usize = 8 + 2 + 2 + 16;
const EACH_OCTETS: usize = 8 + 32 + 32;

/// Both halves of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHalves {
    /// Its number.
    pub key_no: KeyNo,
    /// The half of its envelope.
    pub a: Secret,
    /// The half of the key tables.
    pub b: Secret,
}

/// All keys of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedKeys {
    /// The vault.
    pub vault: VaultId,
    /// The keys, in the order of their numbers.
    pub keys: Vec<KeyHalves>,
}

impl ExportedKeys {
    /// The octets: magic, version, suite, vault, then number, `a` and `b` of each.
    pub fn emit(&self) -> Zeroizing<Vec<u8>> {
        // It never grows: that would leave a copy behind.
        let mut out = Zeroizing::new(Vec::with_capacity(HEAD_OCTETS + self.keys.len() * EACH_OCTETS));
        out.octets(MAGIC);
        out.u16(FORMAT_VERSION);
        out.u16(Suite::One.number());
        out.octets(&self.vault.0);
        for KeyHalves { key_no, a, b } in &self.keys {
            out.u64(key_no.0);
            out.octets(a.expose());
            out.octets(b.expose());
        }
        out
    }

    /// Reads them.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(octets: &[u8]) -> Result<ExportedKeys, FormatError> {
        let mut reader = Reader::new(octets);
        if reader.take(8)? != MAGIC {
            return Err(FormatError::Magic);
        }
        if reader.u16()? != FORMAT_VERSION {
            return Err(FormatError::Version);
        }
        Suite::from_number(reader.u16()?)?;
        let vault = VaultId(reader.array()?);
        let count = octets.len().saturating_sub(HEAD_OCTETS) / EACH_OCTETS;
        let one = |reader: &mut Reader<'_>| {
            let (key_no, a, b) = (KeyNo(reader.u64()?), Secret::new(reader.array()?), Secret::new(reader.array()?));
            Ok(KeyHalves { key_no, a, b })
        };
        let keys: Vec<KeyHalves> = (0..count).map(|_| one(&mut reader)).collect::<Result<_, FormatError>>()?;
        reader.end()?;
        let is_sorted = keys.is_sorted_by(|one, next| one.key_no < next.key_no);
        if is_sorted { Ok(ExportedKeys { vault, keys }) } else { Err(FormatError::Value) }
    }

    /// The halves of a key.
    pub fn get(&self, key_no: KeyNo) -> Option<&KeyHalves> {
        let at = self.keys.binary_search_by_key(&key_no, |halves| halves.key_no).ok()?;
        self.keys.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written_and_in_no_other_order() {
        let key =
            |no: u8| KeyHalves { key_no: KeyNo(no.into()), a: Secret::new([no; 32]), b: Secret::new([no + 1; 32]) };
        let of = |keys: Vec<KeyHalves>| ExportedKeys { vault: VaultId([7; 16]), keys };
        let exported = of(vec![key(3), key(9)]);
        assert_eq!(ExportedKeys::parse(&exported.emit()), Ok(exported.clone()));
        assert_eq!(exported.get(KeyNo(9)), Some(&key(9)));
        assert_eq!(exported.get(KeyNo(4)), None);
        assert!(ExportedKeys::parse(&of(vec![key(9), key(3)]).emit()).is_err());
        assert!(ExportedKeys::parse(&exported.emit()[..HEAD_OCTETS + EACH_OCTETS + 5]).is_err());
    }
}
