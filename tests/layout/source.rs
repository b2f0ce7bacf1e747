//! Source files, read and parsed.

use std::{fs, path::Path};

use crate::{
    house::{files_below, place, root},
    mentions::{self, Mention},
};

/// One `.rs` file.
pub struct Source {
    /// Where it is, from the root.
    pub place: String,
    /// What it names.
    pub mentions: Vec<Mention>,
    /// Its items and attributes.
    pub parsed: syn::File,
}

impl Source {
    /// Parses a text as the file at a place.
    pub fn new(place: &str, text: &str) -> Source {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{place}: {error}"));
        Source { place: place.to_owned(), mentions: mentions::of(&parsed), parsed }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Source {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Source::new(&place(path), &text)
    }

    /// Reads all `.rs` files below a folder.
    pub fn below(folder: &str) -> Vec<Source> {
        let files = files_below(&root().join(folder)).into_iter();
        files
            .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
            .map(|path| Source::read(&path))
            .collect()
    }
}
