//! Reads a TOML document into a type, and tells everything that is wrong with its form at once.
//!
//! serde stops at the first error. So what it stopped at is left out, and the document is read again, until it can be read
//! or nothing is left: each round finds one more problem. Keys that are missing because their value was left out are no
//! problem of their own; of the keys that are missing in one table, the first is told.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
        VariantAccess, Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use toml::{
    Spanned,
    de::{DeInteger, DeTable, DeValue},
};

use crate::{
    KeyError, Place, Problem, What,
    place::{Path, Source, line_of, written},
    problem::{Form, Kind},
};

/// Problems that are told at most: more than a person mends between two tries.
const MAX_PROBLEMS: usize = 200;

/// The document of a text; its problems where it is not TOML.
pub(crate) fn document<'a>(file: &'a str, text: &'a str) -> Result<Spanned<DeTable<'a>>, Vec<Problem>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(root);
    }
    let problem = |error: toml::de::Error| {
        let span = error.span().unwrap_or_default();
        let place = Place { file: file.to_owned(), line: line_of(text, span.start), key: String::new() };
        let found = text.get(span).unwrap_or_default().to_owned();
        Problem { place, found, what: What::Syntax { detail: error.message().to_owned() } }
    };
    Err(errors.into_iter().take(MAX_PROBLEMS).map(problem).collect())
}

/// The value of a document, or everything that is wrong with its form.
pub(crate) fn value<T: for<'de> Deserialize<'de>>(source: &Source<'_>) -> Result<T, Vec<Problem>> {
    let mut left_out = BTreeSet::new();
    let mut problems = Vec::new();
    while problems.len() < MAX_PROBLEMS {
        let top = Reader { value: &source.root, path: Path::default(), left_out: &left_out };
        let fault = match top.read::<T>() {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(fault) => fault,
        };
        let path = fault.path.unwrap_or_default();
        let is_missing = fault.what == What::MissingKey;
        if !(is_missing && left_out.contains(&path)) {
            problems.push(Problem { place: source.place(&path), found: fault.found, what: fault.what });
        }
        let useless = if is_missing { path.parent() } else { Some(path) };
        match useless.filter(|path| path.parent().is_some()) {
            Some(path) if left_out.insert(path.clone()) => (),
            _ => break,
        }
    }
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    Err(problems)
}

/// Why a value could not be read. Types that are being read can't know where they stand, so the path is added by whoever
/// gave them their value.
#[derive(Debug)]
struct Fault {
    path: Option<Path>,
    /// What stands there; until the path is known, of a missing key its name.
    found: String,
    what: What,
}

impl Fault {
    fn new(what: What) -> Fault {
        Fault { path: None, found: String::new(), what }
    }

    /// The fault with the place of the value that was being read, if it has none yet. A missing key stands one below it.
    fn at(mut self, path: &Path, found: &DeValue<'_>) -> Fault {
        match (&self.path, &self.what) {
            (Some(_), _) => (),
            (None, What::MissingKey) => self.path = Some(path.key(&std::mem::take(&mut self.found))),
            (None, _) => {
                self.path = Some(path.clone());
                self.found = written(found);
            }
        }
        self
    }

    /// The fault with the place of a key that could not be read.
    fn at_key(mut self, table: &Path, key: &str) -> Fault {
        if self.path.is_none() {
            self.path = Some(table.key(key));
            self.found = format!("{key:?}");
        }
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    /// Types refuse a text with a sentence of their own; which one it is tells the form. Three types do, so what is neither
    /// of the first two is the third.
    fn custom<T: fmt::Display>(message: T) -> Fault {
        let message = message.to_string();
        let is_key = message == KeyError.to_string();
        let is_serial = message == frame::CardSerialError.to_string();
        let wanted = match (is_key, is_serial) {
            (true, _) => Form::Key,
            (_, true) => Form::CardSerial,
            _ => Form::Port,
        };
        Fault::new(What::Malformed { wanted })
    }

    // Reader gives every type what it asks for, so only a choice's word instead of its table comes here.
    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Fault {
        Fault::new(What::WrongKind { wanted: Kind::Table })
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Fault {
        Fault::new(What::UnknownWord { allowed: owned(expected) })
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Fault {
        Fault::new(What::UnknownKey { allowed: owned(expected) })
    }

    fn missing_field(field: &'static str) -> Fault {
        Fault { path: None, found: field.to_owned(), what: What::MissingKey }
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// One value of the document, about to be read.
struct Reader<'a> {
    value: &'a Spanned<DeValue<'a>>,
    path: Path,
    left_out: &'a BTreeSet<Path>,
}

impl<'a> Reader<'a> {
    fn read<T: for<'de> Deserialize<'de>>(self) -> Result<T, Fault> {
        self.seed(std::marker::PhantomData)
    }

    /// Reads, and gives a fault the place of this value.
    fn seed<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        let (path, value) = (self.path.clone(), self.value.get_ref());
        seed.deserialize(self).map_err(|fault| fault.at(&path, value))
    }

    fn below(&self, value: &'a Spanned<DeValue<'a>>, path: Path) -> Reader<'a> {
        Reader { value, path, left_out: self.left_out }
    }

    fn text(&self) -> Result<&'a str, Fault> {
        self.value.get_ref().as_str().ok_or_else(|| wrong_kind(Kind::Text))
    }

    fn integer(&self, min: i64, max: i64) -> Result<i64, Fault> {
        let number = self.value.get_ref().as_integer().ok_or_else(|| wrong_kind(Kind::Number))?;
        let fits = to_i64(number).filter(|number| (min..=max).contains(number));
        fits.ok_or_else(|| Fault::new(What::OutOfRange { min, max }))
    }
}

fn wrong_kind(wanted: Kind) -> Fault {
    Fault::new(What::WrongKind { wanted })
}

fn to_i64(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

macro_rules! read_integer {
    ($($method:ident $visit:ident $type:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = self.integer($type::MIN.into(), $type::MAX.into())?;
            visitor.$visit(number as $type)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value.get_ref() {
            DeValue::String(_) => self.deserialize_str(visitor),
            DeValue::Integer(_) => self.deserialize_i32(visitor),
            DeValue::Boolean(_) => self.deserialize_bool(visitor),
            DeValue::Array(_) => self.deserialize_seq(visitor),
            DeValue::Table(_) => self.deserialize_map(visitor),
            DeValue::Float(_) | DeValue::Datetime(_) => Err(wrong_kind(Kind::Text)),
        }
    }

    read_integer! {
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.value.get_ref().as_bool().ok_or_else(|| wrong_kind(Kind::Flag))?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        // A key that is absent never comes here.
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let rows = self.value.get_ref().as_array().ok_or_else(|| wrong_kind(Kind::List))?;
        visitor.visit_seq(Rows { rows: rows.iter().enumerate(), list: &self })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let table = self.value.get_ref().as_table().ok_or_else(|| wrong_kind(Kind::Table))?;
        visitor.visit_map(Keys { keys: table.iter(), next: None, table: &self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value.get_ref() {
            DeValue::String(word) => visitor.visit_enum(Variant { word, value: None }),
            DeValue::Table(table) => {
                let mut keys = table.iter();
                let (Some((word, value)), None) = (keys.next(), keys.next()) else {
                    return Err(Fault::new(What::UnknownWord { allowed: owned(variants) }));
                };
                let value = self.below(value, self.path.key(word.get_ref()));
                visitor.visit_enum(Variant { word: word.get_ref(), value: Some(value) })
            }
            _ => Err(Fault::new(What::UnknownWord { allowed: owned(variants) })),
        }
    }

    forward_to_deserialize_any! {
        i64 i128 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// The rows of a list that are not left out.
struct Rows<'r, 'a, I> {
    rows: I,
    list: &'r Reader<'a>,
}

impl<'de, 'a: 'r, 'r, I: Iterator<Item = (usize, &'a Spanned<DeValue<'a>>)>> SeqAccess<'de> for Rows<'r, 'a, I> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        for (row, value) in self.rows.by_ref() {
            let path = self.list.path.row(row);
            if !self.list.left_out.contains(&path) {
                return self.list.below(value, path).seed(seed).map(Some);
            }
        }
        Ok(None)
    }
}

/// The keys of a table that are not left out.
struct Keys<'r, 'a, I> {
    keys: I,
    next: Option<Reader<'a>>,
    table: &'r Reader<'a>,
}

type Entry<'a> = (&'a Spanned<Cow<'a, str>>, &'a Spanned<DeValue<'a>>);

impl<'de, 'a: 'r, 'r, I: Iterator<Item = Entry<'a>>> MapAccess<'de> for Keys<'r, 'a, I> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        for (key, value) in self.keys.by_ref() {
            let path = self.table.path.key(key.get_ref());
            if self.table.left_out.contains(&path) {
                continue;
            }
            self.next = Some(self.table.below(value, path));
            let name: StrDeserializer<'_, Fault> = key.get_ref().as_ref().into_deserializer();
            let read = seed.deserialize(name);
            return read.map(Some).map_err(|fault| fault.at_key(&self.table.path, key.get_ref()));
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let next = self.next.take().expect("a value is asked for after its key");
        next.seed(seed)
    }
}

/// One word of a choice, with what belongs to it where it is the only key of a table.
struct Variant<'a> {
    word: &'a str,
    value: Option<Reader<'a>>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Fault;
    type Variant = Variant<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Variant<'a>), Fault> {
        let name: StrDeserializer<'_, Fault> = self.word.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(wrong_kind(Kind::Text)),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        self.value.ok_or_else(|| wrong_kind(Kind::Table))?.seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(wrong_kind(Kind::Table))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(wrong_kind(Kind::Table))
    }
}
