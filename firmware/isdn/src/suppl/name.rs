//! Names of parties.
//!
//! Source: ECMA-164, 6.3 and annex A (`Name`, `NameArg`), which NI-2 and DMS-100 took over. 1 to 50 octets.
//! Not here: which name is shown; names in Display.

use std::fmt;

use arrayvec::ArrayVec;

use super::ber::{BerError, Reader, Tag, Value, Writer};
use crate::q931::element::coded;

/// A party's name, and who may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// It may be shown.
    Shown(NameText),
    /// It may not. Where the name comes from another network it may be missing.
    Withheld(Option<NameText>),
    /// There is none.
    NotAvailable,
}

/// The octets of a name. `Debug` prints their count only.
#[derive(Clone, PartialEq, Eq)]
pub struct NameText {
    octets: ArrayVec<u8, { NameText::MAX_OCTETS }>,
    /// How to read them; without it as ISO 8859-1.
    pub charset: Option<CharacterSet>,
}

coded! {
    /// Character sets of names, `CharacterSet`.
    CharacterSet {
        /// Not known.
        Unknown = 0,
        /// ISO 8859-1: western Europe.
        Latin1 = 1,
        /// ISO 8859-2.
        Latin2 = 3,
        /// ISO 8859-3.
        Latin3 = 4,
        /// ISO 8859-4.
        Latin4 = 5,
        /// ISO 8859-5.
        Cyrillic = 6,
        /// ISO 8859-7.
        Greek = 7,
        /// ISO 10646, two octets a character.
        Ucs2 = 8,
        /// UTF-8.
        Utf8 = 9,
    }
}

impl NameText {
    /// The longest name.
    pub const MAX_OCTETS: usize = 50;

    /// A name from text, cut at a character where it is too long; `None` where nothing is left. ISO 8859-1 where that
    /// suffices, since every exchange reads it.
    pub fn from_text(text: &str) -> Option<NameText> {
        let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        let (octets, charset) = match latin {
            Some(octets) => (octets.into_iter().take(NameText::MAX_OCTETS).collect(), None),
            None => (cut(text).bytes().collect(), Some(CharacterSet::Utf8)),
        };
        NameText::of(octets, charset)
    }

    /// A name of these octets; `None` without any.
    pub fn of(octets: ArrayVec<u8, { NameText::MAX_OCTETS }>, charset: Option<CharacterSet>) -> Option<NameText> {
        (!octets.is_empty()).then_some(NameText { octets, charset })
    }

    /// The octets as they came.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The name as text, with what can't be read replaced. Exchanges that write UTF-8 without saying so are believed.
    pub fn to_text(&self) -> String {
        match self.charset {
            Some(CharacterSet::Ucs2) => {
                let units = self.octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            Some(CharacterSet::Utf8) => String::from_utf8_lossy(&self.octets).into_owned(),
            None | Some(CharacterSet::Unknown) => match std::str::from_utf8(&self.octets) {
                Ok(text) => text.to_owned(),
                Err(_) => self.latin(),
            },
            Some(_) => self.latin(),
        }
    }

    /// As ISO 8859-1. In the other parts of ISO 8859 only the letters of ASCII are the same.
    fn latin(&self) -> String {
        let exact = matches!(self.charset, None | Some(CharacterSet::Unknown | CharacterSet::Latin1));
        let read = |octet: u8| if exact || octet.is_ascii() { char::from(octet) } else { char::REPLACEMENT_CHARACTER };
        self.octets.iter().map(|&octet| read(octet)).collect()
    }

    fn read(value: &Value<'_>) -> Result<ArrayVec<u8, { NameText::MAX_OCTETS }>, BerError> {
        let octets = value.octets()?;
        if octets.is_empty() {
            return Err(BerError::Type);
        }
        octets.try_into().map_err(|_| BerError::Type)
    }
}

impl fmt::Debug for NameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameText({} octets)", self.octets.len())
    }
}

impl Name {
    /// A name that may be shown; `None` where the text is empty.
    pub fn shown(text: &str) -> Option<Name> {
        NameText::from_text(text).map(Name::Shown)
    }

    /// The name as text, if it may be shown.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Name::Shown(name) => Some(name.to_text()),
            Name::Withheld(_) | Name::NotAvailable => None,
        }
    }

    /// Reads a `NameArg`: a name, or a name with extensions behind it in a sequence.
    pub(super) fn read_argument(reader: &mut Reader<'_>) -> Result<Name, BerError> {
        match reader.take_if(Tag::SEQUENCE)? {
            Some(sequence) => Name::read(&mut sequence.inside()?),
            None => Name::read(reader),
        }
    }

    /// Reads a `Name`.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Name, BerError> {
        Name::read_if(reader)?.ok_or(BerError::Type)
    }

    /// Reads a `Name` that may be missing.
    pub(super) fn read_if(reader: &mut Reader<'_>) -> Result<Option<Name>, BerError> {
        let known = [SHOWN, SHOWN_EXTENDED, WITHHELD, WITHHELD_EXTENDED, NOT_AVAILABLE, WITHHELD_NULL];
        if !reader.peek().is_some_and(|tag| known.contains(&tag)) {
            return Ok(None);
        }
        let value = reader.take_any()?;
        let name = match value.tag {
            SHOWN => Name::Shown(simple(&value)?),
            SHOWN_EXTENDED => Name::Shown(extended(&value)?),
            WITHHELD => Name::Withheld(Some(simple(&value)?)),
            WITHHELD_EXTENDED => Name::Withheld(Some(extended(&value)?)),
            WITHHELD_NULL => Name::Withheld(None),
            _ => Name::NotAvailable,
        };
        Ok(Some(name))
    }

    /// Writes a `Name`.
    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Name::Shown(text) => write_text(writer, SHOWN, SHOWN_EXTENDED, text),
            Name::Withheld(Some(text)) => write_text(writer, WITHHELD, WITHHELD_EXTENDED, text),
            Name::Withheld(None) => writer.null(WITHHELD_NULL),
            Name::NotAvailable => writer.null(NOT_AVAILABLE),
        }
    }
}

fn simple(value: &Value<'_>) -> Result<NameText, BerError> {
    Ok(NameText { octets: NameText::read(value)?, charset: None })
}

fn extended(value: &Value<'_>) -> Result<NameText, BerError> {
    let mut inside = value.inside()?;
    let octets = NameText::read(&inside.take(Tag::OCTETS)?)?;
    let charset = inside.take_if(Tag::INTEGER)?.map(|value| value.small()).transpose()?;
    // The simple form says the same, and one name has one form here.
    Ok(NameText { octets, charset: charset.map(CharacterSet::from_code) })
}

fn write_text(writer: &mut Writer, simple: Tag, extended: Tag, text: &NameText) {
    let Some(charset) = text.charset else { return writer.primitive(simple, &text.octets) };
    writer.constructed(extended, |writer| {
        writer.primitive(Tag::OCTETS, &text.octets);
        writer.integer(Tag::INTEGER, i32::from(charset.code()));
    });
}

fn cut(text: &str) -> &str {
    let most = text.len().min(NameText::MAX_OCTETS);
    let end = (0..=most).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

const SHOWN: Tag = Tag::context(0);
const SHOWN_EXTENDED: Tag = Tag::context(1);
const WITHHELD: Tag = Tag::context(2);
const WITHHELD_EXTENDED: Tag = Tag::context(3);
const NOT_AVAILABLE: Tag = Tag::context(4);
const WITHHELD_NULL: Tag = Tag::context(7);

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_text() -> impl Strategy<Value = NameText> {
        let charset = prop::option::of((0u8..12).prop_map(CharacterSet::from_code));
        (prop::collection::vec(any::<u8>(), 1..=50), charset)
            .prop_map(|(octets, charset)| NameText { octets: octets.into_iter().collect(), charset })
    }

    pub fn any_name() -> impl Strategy<Value = Name> {
        prop_oneof![
            any_text().prop_map(Name::Shown),
            prop::option::of(any_text()).prop_map(Name::Withheld),
            Just(Name::NotAvailable),
        ]
    }

    fn read(octets: &[u8]) -> Result<Name, BerError> {
        Name::read_argument(&mut Reader::new(octets))
    }

    #[test]
    fn a_name_stands_alone_or_before_extensions() {
        let name = Name::shown("Li Si").unwrap();
        assert_eq!(read(b"\x80\x05Li Si"), Ok(name.clone()));
        assert_eq!(read(b"\x30\x0b\x80\x05Li Si\xa5\x02\x06\x00"), Ok(name.clone()));
        let mut writer = Writer::default();
        name.write(&mut writer);
        assert_eq!(writer.finish().unwrap().as_slice(), b"\x80\x05Li Si");
    }

    #[test]
    fn names_are_1_to_50_octets() {
        assert_eq!(read(b"\x80\x00"), Err(BerError::Type));
        assert!(read(&[&[0x80, 50][..], &[b'x'; 50]].concat()).is_ok());
        assert_eq!(read(&[&[0x80, 51][..], &[b'x'; 51]].concat()), Err(BerError::Type));
    }

    #[test]
    fn a_name_beyond_latin_is_utf_8_and_cut_at_a_character() {
        let name = NameText::from_text(&"王".repeat(20)).unwrap();
        assert_eq!((name.charset, name.to_text()), (Some(CharacterSet::Utf8), "王".repeat(16)));
        let name = NameText::from_text("Müller").unwrap();
        assert_eq!((name.charset, name.octets()), (None, &b"M\xfcller"[..]));
        assert_eq!(name.to_text(), "Müller");
        assert_eq!(NameText::from_text(""), None);
    }

    #[test]
    fn names_are_read_in_their_character_set() {
        let text = |octets: &[u8], charset| NameText::of(octets.iter().copied().collect(), charset).unwrap().to_text();
        assert_eq!(text(&[0x73, 0x8b, 0x4e, 0x94], Some(CharacterSet::Ucs2)), "王五");
        assert_eq!(text("王五".as_bytes(), None), "王五", "UTF-8 that nobody announced");
        assert_eq!(text(b"\xbf\xe0", Some(CharacterSet::Cyrillic)), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_name_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", Name::shown("Li Si").unwrap()), "Shown(NameText(5 octets))");
    }

    proptest! {
        #[test]
        fn names_are_read_back(name in any_name()) {
            let mut writer = Writer::default();
            name.write(&mut writer);
            prop_assert_eq!(read(&writer.finish().unwrap()), Ok(name));
        }
    }
}
