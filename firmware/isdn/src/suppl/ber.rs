//! Basic encoding rules, as far as supplementary services use them.
//!
//! Source: ITU-T X.690, clauses 8.1 to 8.3, 8.7, 8.8, 8.19. Read: definite and indefinite lengths; written: definite ones.
//! Bounds: contents of one Facility, 255 octets; depth [`MAX_DEPTH`]; integers of 32 bits; tag numbers to 30.
//! Not here: strings that are split into pieces (8.7.3), which no service sends; what the values mean.

use arrayvec::ArrayVec;

use crate::q931::element::{CONTENTS_OCTETS, Contents};

/// How deep values may stand in one another. The deepest of the services here, a tariff of EN 300 182, needs seven; the
/// reader calls itself once a level for an indefinite length, so this also bounds its stack.
pub const MAX_DEPTH: u8 = 16;

/// What kind of value it is: class and number, without the bit that says how it is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u8);

/// One value as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// What it is.
    pub tag: Tag,
    constructed: bool,
    contents: &'a [u8],
    depth: u8,
}

/// Reads values one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    depth: u8,
}

/// Writes values. What no longer fits is known at the end, so that nobody has to ask at each value.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    octets: Contents,
    full: bool,
}

/// Why octets are no value, by what the far end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BerError {
    /// Lengths or tags do not fit together.
    #[error("the octets are not well formed")]
    Structure,
    /// A value is missing, of another type, or out of its range.
    #[error("a value is not of the type that the operation has")]
    Type,
}

/// The values do not fit into one Facility element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the values are longer than a Facility element")]
pub struct TooLong;

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Tag = Tag(0x01);
    /// INTEGER.
    pub const INTEGER: Tag = Tag(0x02);
    /// OCTET STRING.
    pub const OCTETS: Tag = Tag(0x04);
    /// NULL.
    pub const NULL: Tag = Tag(0x05);
    /// OBJECT IDENTIFIER.
    pub const OBJECT: Tag = Tag(0x06);
    /// ENUMERATED.
    pub const ENUMERATED: Tag = Tag(0x0a);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Tag = Tag(0x10);
    /// NumericString.
    pub const DIGITS: Tag = Tag(0x12);

    /// A tag of the context: `[number]`, 0 to 30.
    pub const fn context(number: u8) -> Tag {
        Tag(0x80 | number)
    }

    /// A tag of the application: `[APPLICATION number]`, 0 to 30.
    pub const fn application(number: u8) -> Tag {
        Tag(0x40 | number)
    }
}

impl<'a> Reader<'a> {
    /// A reader of these octets.
    pub const fn new(octets: &'a [u8]) -> Reader<'a> {
        Reader { rest: octets, depth: 0 }
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, as it came.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The tag of the next value.
    pub fn peek(&self) -> Option<Tag> {
        self.rest.first().map(|octet| Tag(octet & !CONSTRUCTED))
    }

    /// The next value; `None` at the end.
    pub fn value(&mut self) -> Result<Option<Value<'a>>, BerError> {
        let Some((&first, rest)) = self.rest.split_first() else { return Ok(None) };
        let (length, rest) = read_length(rest)?;
        // Number 31 announces a longer tag, which no service has; 0 is the end of contents where none is awaited.
        if first & NUMBER == NUMBER || first == END_OF_CONTENTS[0] {
            return Err(BerError::Structure);
        }
        let constructed = first & CONSTRUCTED != 0;
        let (contents, rest) = match length {
            Some(octets) => rest.split_at_checked(octets).ok_or(BerError::Structure)?,
            None if constructed => split_indefinite(rest, self.deeper()?)?,
            None => return Err(BerError::Structure),
        };
        self.rest = rest;
        Ok(Some(Value { tag: Tag(first & !CONSTRUCTED), constructed, contents, depth: self.depth }))
    }

    /// The next value, which must be there and of this kind.
    pub fn take(&mut self, tag: Tag) -> Result<Value<'a>, BerError> {
        self.take_if(tag)?.ok_or(BerError::Type)
    }

    /// The next value, if it is of this kind.
    pub fn take_if(&mut self, tag: Tag) -> Result<Option<Value<'a>>, BerError> {
        if self.peek() != Some(tag) {
            return Ok(None);
        }
        self.value()
    }

    /// The next value of whatever kind, which must be there.
    pub fn take_any(&mut self) -> Result<Value<'a>, BerError> {
        self.value()?.ok_or(BerError::Type)
    }

    /// An optional value behind a tag of its own: `[number] EXPLICIT ... OPTIONAL`.
    pub fn within_if<T>(
        &mut self,
        tag: Tag,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, BerError>,
    ) -> Result<Option<T>, BerError> {
        self.take_if(tag)?.map(|value| read(&mut value.inside()?)).transpose()
    }

    fn deeper(&self) -> Result<u8, BerError> {
        Some(self.depth + 1).filter(|&depth| depth <= MAX_DEPTH).ok_or(BerError::Structure)
    }
}

impl<'a> Value<'a> {
    /// The values in it.
    pub fn inside(&self) -> Result<Reader<'a>, BerError> {
        if !self.constructed {
            return Err(BerError::Type);
        }
        let depth = Reader { rest: &[], depth: self.depth }.deeper()?;
        Ok(Reader { rest: self.contents, depth })
    }

    /// The octets of a value that is not made of others.
    pub fn octets(&self) -> Result<&'a [u8], BerError> {
        if self.constructed { Err(BerError::Type) } else { Ok(self.contents) }
    }

    /// An integer or an enumeration.
    pub fn integer(&self) -> Result<i32, BerError> {
        let octets = self.octets()?;
        let (&first, _) = octets.split_first().ok_or(BerError::Type)?;
        if octets.len() > INTEGER_OCTETS {
            return Err(BerError::Type);
        }
        let sign = if first & 0x80 == 0 { 0 } else { -1 };
        Ok(octets.iter().fold(sign, |value, &octet| value << 8 | i32::from(octet)))
    }

    /// An integer from 0 to `most`.
    pub fn unsigned(&self, most: u32) -> Result<u32, BerError> {
        u32::try_from(self.integer()?).ok().filter(|&value| value <= most).ok_or(BerError::Type)
    }

    /// An integer or an enumeration from 0 to 255.
    pub fn small(&self) -> Result<u8, BerError> {
        u8::try_from(self.integer()?).map_err(|_| BerError::Type)
    }

    /// A truth.
    pub fn boolean(&self) -> Result<bool, BerError> {
        match self.octets()? {
            &[octet] => Ok(octet != 0),
            _ => Err(BerError::Type),
        }
    }
}

impl Writer {
    /// A value that is not made of others.
    pub fn primitive(&mut self, tag: Tag, contents: &[u8]) {
        self.put(&[tag.0]);
        self.put_length(contents.len());
        self.put(contents);
    }

    /// An integer or an enumeration, in as few octets as it needs.
    pub fn integer(&mut self, tag: Tag, value: i32) {
        let octets = value.to_be_bytes();
        let spare = octets.windows(2).take_while(|pair| is_redundant(pair[0], pair[1])).count();
        self.primitive(tag, &octets[spare..]);
    }

    /// A truth.
    pub fn boolean(&mut self, tag: Tag, value: bool) {
        // X.690 lets any octet but 0 be true; 1 is what exchanges send.
        self.primitive(tag, &[u8::from(value)]);
    }

    /// Nothing but a tag.
    pub fn null(&mut self, tag: Tag) {
        self.primitive(tag, &[]);
    }

    /// A value made of those that `write` writes.
    pub fn constructed(&mut self, tag: Tag, write: impl FnOnce(&mut Writer)) {
        let mut inside = Writer::default();
        write(&mut inside);
        self.full |= inside.full;
        self.primitive(Tag(tag.0 | CONSTRUCTED), &inside.octets);
    }

    /// A sequence.
    pub fn sequence(&mut self, write: impl FnOnce(&mut Writer)) {
        self.constructed(Tag::SEQUENCE, write);
    }

    /// Octets that are values already.
    pub fn put(&mut self, octets: &[u8]) {
        self.full |= self.octets.try_extend_from_slice(octets).is_err();
    }

    /// What was written.
    pub fn finish(self) -> Result<Contents, TooLong> {
        if self.full { Err(TooLong) } else { Ok(self.octets) }
    }

    fn put_length(&mut self, octets: usize) {
        let octets = octets.min(CONTENTS_OCTETS) as u8;
        match octets {
            0..=0x7f => self.put(&[octets]),
            _ => self.put(&[ONE_LENGTH_OCTET, octets]),
        }
    }
}

/// The octets of an object identifier. They are compared and kept, never taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectId(ArrayVec<u8, { ObjectId::MAX_OCTETS }>);

impl ObjectId {
    /// The longest of the services here has eight octets; makers put theirs behind longer ones.
    pub const MAX_OCTETS: usize = 24;

    /// Reads the contents.
    pub fn parse(octets: &[u8]) -> Result<ObjectId, BerError> {
        if octets.is_empty() {
            return Err(BerError::Type);
        }
        octets.try_into().map(ObjectId).map_err(|_| BerError::Type)
    }

    /// The identifier below `root` with this last number, 0 to 127.
    pub fn below(root: &[u8], last: u8) -> ObjectId {
        ObjectId(root.iter().copied().take(Self::MAX_OCTETS - 1).chain([last & 0x7f]).collect())
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The last number, where it stands directly below `root` and is at most 127.
    pub fn last_below(&self, root: &[u8]) -> Option<u8> {
        match self.0.strip_prefix(root)? {
            &[last] if last < 0x80 => Some(last),
            _ => None,
        }
    }
}

/// 8.1.3: the length of the contents; `None` is the indefinite form.
fn read_length(octets: &[u8]) -> Result<(Option<usize>, &[u8]), BerError> {
    match octets {
        [INDEFINITE, rest @ ..] => Ok((None, rest)),
        [octets @ 0..=0x7f, rest @ ..] => Ok((Some(usize::from(*octets)), rest)),
        [ONE_LENGTH_OCTET, octets, rest @ ..] => Ok((Some(usize::from(*octets)), rest)),
        // More octets than a Facility has may only be leading zeros.
        [0x82, 0, octets, rest @ ..] => Ok((Some(usize::from(*octets)), rest)),
        _ => Err(BerError::Structure),
    }
}

/// 8.1.3.6: contents up to the end-of-contents octets that belong to them, and what stands behind those.
fn split_indefinite(octets: &[u8], depth: u8) -> Result<(&[u8], &[u8]), BerError> {
    let mut reader = Reader { rest: octets, depth };
    loop {
        if let Some(rest) = reader.rest.strip_prefix(&END_OF_CONTENTS) {
            let contents = octets.len() - reader.rest.len();
            return Ok((&octets[..contents], rest));
        }
        reader.value()?.ok_or(BerError::Structure)?;
    }
}

/// 8.3.2: the first nine bits of an integer are neither all zeros nor all ones.
const fn is_redundant(first: u8, second: u8) -> bool {
    matches!((first, second & 0x80), (0, 0) | (0xff, 0x80))
}

const CONSTRUCTED: u8 = 0x20;
const NUMBER: u8 = 0x1f;
const INDEFINITE: u8 = 0x80;
const ONE_LENGTH_OCTET: u8 = 0x81;
const END_OF_CONTENTS: [u8; 2] = [0, 0];
const INTEGER_OCTETS: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Contents {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.finish().unwrap()
    }

    fn integer(octets: &[u8]) -> Result<i32, BerError> {
        Reader::new(octets).take(Tag::INTEGER)?.integer()
    }

    #[test]
    fn integers_are_written_as_short_as_they_can_be_8_3() {
        for (value, octets) in [
            (0, &[0x02, 0x01, 0x00][..]),
            (127, &[0x02, 0x01, 0x7f]),
            (128, &[0x02, 0x02, 0x00, 0x80]),
            (-128, &[0x02, 0x01, 0x80]),
            (-129, &[0x02, 0x02, 0xff, 0x7f]),
            (0x00ff_ffff, &[0x02, 0x04, 0x00, 0xff, 0xff, 0xff]),
            (i32::MIN, &[0x02, 0x04, 0x80, 0, 0, 0]),
        ] {
            assert_eq!(written(|writer| writer.integer(Tag::INTEGER, value)).as_slice(), octets);
            assert_eq!(integer(octets), Ok(value));
        }
    }

    #[test]
    fn an_integer_that_is_longer_than_32_bits_or_empty_is_refused() {
        assert_eq!(integer(&[0x02, 0x05, 0, 0, 0, 0, 1]), Err(BerError::Type));
        assert_eq!(integer(&[0x02, 0x00]), Err(BerError::Type));
    }

    #[test]
    fn lengths_are_read_in_each_form_8_1_3() {
        for octets in [
            &[0x30, 0x03, 0x02, 0x01, 0x05][..],
            &[0x30, 0x81, 0x03, 0x02, 0x01, 0x05],
            &[0x30, 0x82, 0x00, 0x03, 0x02, 0x01, 0x05],
            &[0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00],
        ] {
            let mut reader = Reader::new(octets);
            let mut inside = reader.take(Tag::SEQUENCE).unwrap().inside().unwrap();
            assert_eq!(inside.take(Tag::INTEGER).unwrap().integer(), Ok(5), "{octets:02x?}");
            assert!(inside.is_empty() && reader.is_empty());
        }
    }

    #[test]
    fn an_indefinite_length_in_another_ends_where_it_must() {
        let octets = [0x30, 0x80, 0x30, 0x80, 0x02, 0x01, 0x05, 0, 0, 0x02, 0x01, 0x06, 0, 0, 0x02, 0x01, 0x07];
        let mut outer = Reader::new(&octets);
        let mut middle = outer.take(Tag::SEQUENCE).unwrap().inside().unwrap();
        assert_eq!(middle.take(Tag::SEQUENCE).unwrap().inside().unwrap().rest(), [0x02, 0x01, 0x05]);
        assert_eq!(middle.take(Tag::INTEGER).unwrap().integer(), Ok(6));
        assert_eq!(outer.take(Tag::INTEGER).unwrap().integer(), Ok(7));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for octets in [
            &[0x02][..],
            &[0x02, 0x02, 0x01],
            &[0x02, 0x80, 0x01, 0x00, 0x00],
            &[0x30, 0x80, 0x02, 0x01, 0x05, 0x00],
            &[0x1f, 0x81, 0x01, 0x00],
            &[0x02, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x00, 0x00],
        ] {
            assert!(Reader::new(octets).value().is_err(), "{octets:02x?}");
        }
    }

    #[test]
    fn depth_is_bounded_in_both_forms_of_length() {
        let indefinite: Vec<u8> = [0x30, 0x80].repeat(17).into_iter().chain([0; 34]).collect();
        assert_eq!(Reader::new(&indefinite).value().err(), Some(BerError::Structure));
        let definite = (0..17).fold(vec![], |inside, _| [&[0x30, inside.len() as u8][..], &inside].concat());
        let mut reader = Reader::new(&definite);
        let mut levels = 0;
        while let Ok(inside) = reader.take(Tag::SEQUENCE).and_then(|value| value.inside()) {
            (reader, levels) = (inside, levels + 1);
        }
        assert_eq!(levels, usize::from(MAX_DEPTH));
    }

    #[test]
    fn what_does_not_fit_is_said_at_the_end() {
        let mut writer = Writer::default();
        writer.sequence(|writer| writer.primitive(Tag::OCTETS, &[7; 250]));
        assert_eq!(writer.finish(), Err(TooLong));
        let mut writer = Writer::default();
        writer.sequence(|writer| writer.primitive(Tag::OCTETS, &[7; 249]));
        assert_eq!(writer.finish().map(|octets| octets.len()), Ok(255));
    }

    proptest! {
        #[test]
        fn any_octets_are_read_to_their_end_without_panic(octets in prop::collection::vec(any::<u8>(), 0..256)) {
            let mut open = vec![Reader::new(&octets)];
            let mut values = 0;
            while let Some(reader) = open.last_mut() {
                match reader.value() {
                    Ok(Some(value)) => {
                        let _ = (value.integer(), value.boolean());
                        open.extend(value.inside());
                        values += 1;
                    }
                    Ok(None) | Err(_) => _ = open.pop(),
                }
            }
            // Each value has two octets of its own.
            prop_assert!(values <= octets.len() / 2);
        }

        #[test]
        fn an_integer_is_read_back(value in any::<i32>()) {
            prop_assert_eq!(integer(&written(|writer| writer.integer(Tag::INTEGER, value))), Ok(value));
        }
    }
}
