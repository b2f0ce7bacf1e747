//! Passphrases that the box draws for holders of a slot: seven words.
//!
//! A box without a machine's secret is as safe from its thief as the passphrase, so it is drawn and not chosen: 90 bits
//! from the English words, 112 from two syllables of Pinyin a word. Where the words come from: `words/SOURCES.md`.

use zeroize::Zeroizing;

use crate::Random;

/// Words of a passphrase.
pub const PASSPHRASE_WORDS: usize = 7;

static ENGLISH: &str = include_str!("../words/english.txt");
static PINYIN: &str = include_str!("../words/pinyin.txt");

/// From which words a passphrase is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordList {
    /// English words.
    English,
    /// Words of two syllables in Pinyin, for those who know no English.
    Pinyin,
}

impl WordList {
    fn parts(self) -> Vec<&'static str> {
        match self {
            WordList::English => ENGLISH.lines().collect(),
            WordList::Pinyin => PINYIN.lines().collect(),
        }
    }

    const fn parts_per_word(self) -> usize {
        match self {
            WordList::English => 1,
            WordList::Pinyin => 2,
        }
    }
}

/// Draws a passphrase: words with a space between them.
pub fn draw_passphrase(list: WordList, random: &mut dyn Random) -> Zeroizing<String> {
    let parts = list.parts();
    // So long that it never grows: growing would leave a copy behind that nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(PASSPHRASE_WORDS * (LONGEST_WORD + 1)));
    for word in 0..PASSPHRASE_WORDS {
        if word > 0 {
            text.push(' ');
        }
        (0..list.parts_per_word()).for_each(|_| text.push_str(parts[below(parts.len(), random)]));
    }
    text
}

/// Characters of the longest word of either list.
const LONGEST_WORD: usize = 12;

/// The passphrase as it is hashed, however it was typed: small letters, one space between words.
pub(crate) fn as_hashed(typed: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(typed.len()));
    for word in typed.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
    }
    text
}

/// A number below `count`, each as likely as any: what lies above the last whole multiple is drawn again.
fn below(count: usize, random: &mut dyn Random) -> usize {
    let whole = 0x1_0000 - 0x1_0000 % count;
    loop {
        let mut octets = [0; 2];
        random.fill(&mut octets);
        let drawn = usize::from(u16::from_be_bytes(octets));
        if drawn < whole {
            return drawn % count;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Seeded;

    #[test]
    fn seven_words_are_at_least_eighty_bits() {
        for list in [WordList::English, WordList::Pinyin] {
            let different = list.parts().into_iter().collect::<BTreeSet<_>>().len();
            assert_eq!(different, list.parts().len(), "{list:?} says a word twice");
            let bits = (different as f64).log2() * (list.parts_per_word() * PASSPHRASE_WORDS) as f64;
            assert!(bits >= 80.0, "{list:?}: {bits} bits");
        }
    }

    #[test]
    fn a_passphrase_has_seven_words_that_are_typed_as_they_are_hashed_and_never_outgrows_its_room() {
        let mut random = Seeded::new(1);
        for list in [WordList::English, WordList::Pinyin] {
            let longest = list.parts().iter().map(|part| part.len()).max().unwrap() * list.parts_per_word();
            assert!(longest <= LONGEST_WORD, "{longest}");
            for _ in 0..100 {
                let drawn = draw_passphrase(list, &mut random);
                assert_eq!(drawn.split(' ').count(), PASSPHRASE_WORDS);
                assert_eq!(as_hashed(&drawn), drawn);
                assert_eq!(as_hashed(&format!("  {} ", drawn.to_uppercase().replace(' ', "  "))), drawn);
            }
        }
    }

    #[test]
    fn each_number_is_drawn_as_often_as_any() {
        let (mut random, mut seen) = (Seeded::new(2), [0_u32; 6]);
        (0..60_000).for_each(|_| seen[below(6, &mut random)] += 1);
        // Five standard deviations of 10,000.
        assert!(seen.iter().all(|count| count.abs_diff(10_000) < 460), "{seen:?}");
    }

    #[test]
    fn what_lies_above_the_last_multiple_is_drawn_again() {
        /// The highest number first, then the lowest.
        struct High(bool);
        impl Random for High {
            fn fill(&mut self, octets: &mut [u8]) {
                octets.fill(if std::mem::take(&mut self.0) { 0xff } else { 0 });
            }
        }
        let mut random = High(true);
        assert_eq!(below(7776, &mut random), 0);
        assert!(!random.0);
    }
}
