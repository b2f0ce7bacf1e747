//! Where in a file something is: the path of keys that leads to it, and its line.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A place in a file, as a person looks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The key with those above it, rows counted from 1: `queues[2].members[1]`. Empty for the whole document.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.key)
    }
}

/// A way from the top of a document to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path(Vec<Part>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A key of a table.
    Key(String),
    /// A row of a list, from 0.
    Row(usize),
}

impl Path {
    /// The path to the value of `key` in the table that this path leads to.
    pub(crate) fn key(&self, key: &str) -> Path {
        self.with(Part::Key(key.to_owned()))
    }

    /// The path to a row, from 0, of the list that this path leads to.
    pub(crate) fn row(&self, row: usize) -> Path {
        self.with(Part::Row(row))
    }

    /// The path to what holds this; none for the whole document.
    pub(crate) fn parent(&self) -> Option<Path> {
        self.0.split_last().map(|(_, above)| Path(above.to_vec()))
    }

    fn with(&self, part: Part) -> Path {
        let mut parts = self.0.clone();
        parts.push(part);
        Path(parts)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, part) in self.0.iter().enumerate() {
            match part {
                Part::Row(row) => write!(f, "[{}]", row + 1)?,
                Part::Key(key) if depth == 0 => f.write_str(key)?,
                Part::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// A file's text, and where its keys stand in it.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) root: Spanned<DeValue<'a>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str, root: Spanned<DeTable<'a>>) -> Source<'a> {
        let span = root.span();
        Source { file, text, root: Spanned::new(span, DeValue::Table(root.into_inner())) }
    }

    /// The place of what a path leads to, or of the nearest thing above it that is there.
    pub(crate) fn place(&self, path: &Path) -> Place {
        Place { file: self.file.to_owned(), line: line_of(self.text, self.offset(path)), key: path.to_string() }
    }

    /// What a path leads to, as it is written.
    pub(crate) fn found(&self, path: &Path) -> String {
        let mut value = &self.root;
        for part in &path.0 {
            match step(value, part) {
                Some((_, next)) => value = next,
                None => return String::new(),
            }
        }
        written(value.get_ref())
    }

    fn offset(&self, path: &Path) -> usize {
        let mut value = &self.root;
        let mut offset = 0;
        for part in &path.0 {
            let Some((at, next)) = step(value, part) else { break };
            (offset, value) = (at, next);
        }
        offset
    }
}

/// The line of an offset into a text, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> u32 {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let lines = before.iter().filter(|&&octet| octet == b'\n').count();
    u32::try_from(lines).unwrap_or(u32::MAX).saturating_add(1)
}

/// What one part of a path leads to, and where in the text it begins: at its key, or at the row itself.
fn step<'v, 'a>(value: &'v Spanned<DeValue<'a>>, part: &Part) -> Option<(usize, &'v Spanned<DeValue<'a>>)> {
    match part {
        Part::Key(key) => {
            let (key, value) = value.get_ref().as_table()?.get_key_value(key.as_str())?;
            Some((key.span().start, value))
        }
        Part::Row(row) => value.get_ref().as_array()?.get(*row).map(|value| (value.span().start, value)),
    }
}

/// A value as one short piece of text; what is in a list or a table is left out.
pub(crate) fn written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(rows) if rows.is_empty() => "[]".to_owned(),
        DeValue::Array(_) => "[…]".to_owned(),
        DeValue::Table(keys) if keys.is_empty() => "{}".to_owned(),
        DeValue::Table(_) => "{…}".to_owned(),
    }
}
