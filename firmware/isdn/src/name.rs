//! Names of parties as text: which characters the octets of a Display are, and back.
//!
//! Source: EN 300 403-1, 4.5.16: IA5, at most 82 octets; in practice UTF-8, GBK in China, ISO 8859-1 elsewhere. No element
//! says which, so what reads as UTF-8 is UTF-8, and a span has a [`Charset`] for the rest and for what it sends.
//! Not here: names in Facility, which say their character set themselves.

use encoding_rs::GBK;
use serde::{Deserialize, Serialize};

use crate::q931::element::Display;

/// The characters of names on a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// GBK: two octets a Chinese character.
    Gbk,
    /// ISO 8859-1: the languages of western Europe.
    Latin1,
}

/// How names travel in Display on a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameStyle {
    /// What is sent, and what is received that is not UTF-8.
    pub charset: Charset,
    /// The display type that stands first.
    pub display_type: Option<u8>,
}

impl NameStyle {
    /// The name that a Display shows; none where it shows nothing.
    pub fn read(self, display: &Display) -> Option<String> {
        let text = self.charset.decode(self.name_octets(display));
        // Some exchanges fill the element up with blanks or zeros.
        let shown: String = text.chars().filter(|character| !character.is_control()).collect();
        let shown = shown.trim();
        (!shown.is_empty()).then(|| shown.to_owned())
    }

    /// A Display that shows a name, cut at a character where it is too long.
    pub fn write(self, name: &str) -> Display {
        let mut octets: Vec<u8> = self.display_type.into_iter().collect();
        for character in name.chars().filter(|character| !character.is_control()) {
            let coded = self.charset.encode(character);
            if octets.len() + coded.len() > Display::MAX_OCTETS {
                break;
            }
            octets.extend(coded);
        }
        Display::from_octets(&octets).unwrap_or_default()
    }

    /// Where no display type belongs there, the first octet may be one all the same, or half a Chinese character: it is a
    /// type if plain letters follow.
    fn name_octets(self, display: &Display) -> &[u8] {
        let letters = display.name_octets().is_ascii();
        if self.display_type.is_some() || letters { display.name_octets() } else { display.octets() }
    }
}

impl Charset {
    fn decode(self, octets: &[u8]) -> String {
        match (std::str::from_utf8(octets), self) {
            // Of GBK, what reads as UTF-8 by chance reads as letters of two octets: Greek, Arabic and the like.
            (Ok(text), Charset::Gbk) if text.chars().any(|character| matches!(character.len_utf8(), 2)) => {
                GBK.decode_without_bom_handling(octets).0.into_owned()
            }
            (Ok(text), _) => text.to_owned(),
            (Err(_), Charset::Utf8) => String::from_utf8_lossy(octets).into_owned(),
            (Err(_), Charset::Gbk) => GBK.decode_without_bom_handling(octets).0.into_owned(),
            (Err(_), Charset::Latin1) => octets.iter().copied().map(char::from).collect(),
        }
    }

    /// A character that the set lacks is a question mark.
    fn encode(self, character: char) -> Vec<u8> {
        let mut utf8 = [0; 4];
        let text: &str = character.encode_utf8(&mut utf8);
        let coded = match self {
            Charset::Utf8 => Some(text.as_bytes().to_vec()),
            Charset::Gbk => {
                let (coded, _, unknown) = GBK.encode(text);
                (!unknown).then(|| coded.into_owned())
            }
            Charset::Latin1 => u8::try_from(character).ok().map(|octet| vec![octet]),
        };
        coded.unwrap_or_else(|| b"?".to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPED: NameStyle = NameStyle { charset: Charset::Latin1, display_type: Some(Display::NAME) };

    fn plain(charset: Charset) -> NameStyle {
        NameStyle { charset, display_type: None }
    }

    fn read(style: NameStyle, octets: &[u8]) -> Option<String> {
        style.read(&Display::from_octets(octets).unwrap())
    }

    #[test]
    fn what_reads_as_utf_8_is_utf_8_on_every_span() {
        for charset in [Charset::Utf8, Charset::Gbk, Charset::Latin1] {
            for name in ["王医生", "Zhang San", "北京医院 3"] {
                assert_eq!(read(plain(charset), name.as_bytes()).as_deref(), Some(name), "{charset:?}");
            }
        }
    }

    /// GB/T 2312: 北京 is b1 b1 be a9, 联通 is c1 aa cd a8; 张三 d5 c5 c8 fd.
    #[test]
    fn names_in_gbk_are_read_even_where_they_begin_like_a_display_type() {
        for (octets, name) in [
            (&[0xb1, 0xb1, 0xbe, 0xa9][..], "北京"),
            (&[0xc1, 0xaa, 0xcd, 0xa8], "联通"),
            (&[0xd5, 0xc5, 0xc8, 0xfd], "张三"),
            // It would be valid UTF-8: two letters of other alphabets.
            (&[0xd0, 0xa1, 0xc3, 0xb7], "小梅"),
        ] {
            assert_eq!(read(plain(Charset::Gbk), octets).as_deref(), Some(name));
            assert_eq!(plain(Charset::Gbk).write(name).octets(), octets);
        }
    }

    #[test]
    fn a_display_type_is_no_part_of_the_name() {
        assert_eq!(read(TYPED, b"\xb1Zhang").as_deref(), Some("Zhang"));
        assert_eq!(read(plain(Charset::Gbk), b"\xb1Zhang").as_deref(), Some("Zhang"), "nor where none was expected");
        assert_eq!(TYPED.write("Zhang").octets(), b"\xb1Zhang");
    }

    #[test]
    fn names_in_latin_1_are_read_and_what_it_lacks_is_a_question_mark() {
        assert_eq!(read(plain(Charset::Latin1), b"M\xfcller").as_deref(), Some("Müller"));
        assert_eq!(plain(Charset::Latin1).write("Müller 王").octets(), b"M\xfcller ?");
        assert_eq!(plain(Charset::Gbk).write("Müller").octets(), b"M\xa8\xb9ller", "GBK has the letter");
        assert_eq!(plain(Charset::Gbk).write("ﷺ").octets(), b"?");
    }

    #[test]
    fn fillings_are_no_name() {
        assert_eq!(read(plain(Charset::Gbk), b"  \0\0"), None);
        assert_eq!(read(plain(Charset::Gbk), b""), None);
        assert_eq!(read(TYPED, b"\xb1"), None);
        assert_eq!(read(plain(Charset::Utf8), b" 801\0 ").as_deref(), Some("801"));
    }

    #[test]
    fn a_name_is_cut_at_a_character() {
        let name = "名".repeat(60);
        assert_eq!(plain(Charset::Gbk).write(&name).octets().len(), 82);
        assert_eq!(plain(Charset::Utf8).write(&name).octets().len(), 81);
        assert_eq!(TYPED.write(&"a".repeat(90)).octets().len(), 82);
        let gbk_behind_a_type = NameStyle { charset: Charset::Gbk, ..TYPED };
        assert_eq!(gbk_behind_a_type.write(&name).octets().len(), 81);
    }

    fn any_charset() -> impl Strategy<Value = Charset> {
        prop_oneof![Just(Charset::Utf8), Just(Charset::Gbk), Just(Charset::Latin1)]
    }

    proptest! {
        #[test]
        fn chinese_names_survive_the_line(name in "[一-龥]{1,20}", gbk: bool, display_type in prop::option::of(0x80u8..0xc0)) {
            let charset = if gbk { Charset::Gbk } else { Charset::Utf8 };
            let style = NameStyle { charset, display_type };
            let read = style.read(&style.write(&name));
            // Of GBK it may read as UTF-8 by chance, which nothing on the line could tell apart.
            let by_chance = gbk && std::str::from_utf8(style.write(&name).name_octets()).is_ok();
            prop_assert!(by_chance || read.as_deref() == Some(name.as_str()));
        }

        #[test]
        fn any_octets_are_read_without_panic_and_written_within_the_limit(
            octets in prop::collection::vec(any::<u8>(), 0..=82),
            charset in any_charset(),
            display_type in prop::option::of(0x80u8..0xc0),
        ) {
            let style = NameStyle { charset, display_type };
            let name = read(style, &octets).unwrap_or_default();
            prop_assert!(style.write(&name).octets().len() <= Display::MAX_OCTETS);
        }
    }
}
