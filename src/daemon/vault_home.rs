//! The vault of the data directory: opened, or made at the first start.

use frame::Stamp;
use vault::{Cost, Random};

use crate::{
    data_dir::DataDir,
    recorder::{FileStore, Home, HomeError, OsRandom},
};

/// Characters of an owner's code: no vowels, so that no word comes of it, and none that look alike.
const ALPHABET: &[u8; 24] = b"BCDFGHJKLMNPQRSTVWXZ2345";

/// How many characters: 24^18 is more than 82 bits.
const CODE_CHARACTERS: usize = 18;

/// Opens the vault; makes it where there is none, with an owner's code that is told once.
pub(super) fn open_or_make(data: &DataDir, now: Stamp) -> Result<(Home, Option<String>), HomeError> {
    let mut store = FileStore::new(&data.vault());
    if let Some(home) = Home::open(&store)? {
        return Ok((home, None));
    }
    let mut random = OsRandom;
    let code = draw_code(&mut random);
    let home = Home::create(&mut store, code.as_bytes(), Cost::SLOT, now, &mut random)?;
    Ok((home, Some(code)))
}

/// A number that no other box has.
pub(super) fn distinct(home: &Home) -> u64 {
    let fingerprint = home.fingerprint();
    fingerprint.iter().take(8).fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// A code in groups of six, each character equally likely: octets that would favour some are drawn again.
fn draw_code(random: &mut dyn Random) -> String {
    let mut code = String::new();
    let mut drawn = 0;
    while drawn < CODE_CHARACTERS {
        let mut octet = [0];
        random.fill(&mut octet);
        if octet[0] >= 240 {
            continue;
        }
        if drawn > 0 && drawn % 6 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(octet[0]) % ALPHABET.len()]));
        drawn += 1;
    }
    code
}

#[cfg(test)]
mod tests {
    use vault::Seeded;

    use super::*;

    #[test]
    fn a_code_is_three_groups_of_six_that_nobody_misreads() {
        let code = draw_code(&mut Seeded::new(1));
        assert_eq!(code.len(), 20);
        assert!(code.split('-').all(|group| group.len() == 6));
        assert!(code.bytes().all(|octet| octet == b'-' || ALPHABET.contains(&octet)));
        assert_ne!(code, draw_code(&mut Seeded::new(2)));
    }
}
