//! Older formats of the settings, brought to the newest one before they are read.
//!
//! A migration changes the document, not its text: places of keys that it keeps still hold.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    Problem, SETTINGS_FORMAT, What,
    place::{Path, Source},
};

/// Brings a document to the format that follows its own.
type Migration = fn(&mut DeTable<'_>);

/// `MIGRATIONS[n]` brings format n + 1 to format n + 2: one for each format that there was before the newest.
const MIGRATIONS: [Migration; SETTINGS_FORMAT as usize - 1] = [];

/// Brings a document to the newest format. One without a readable `format` is left as it is: reading it tells why.
///
/// # Errors
/// The format is unknown here.
pub(crate) fn migrate(root: &mut DeTable<'_>) -> Result<(), What> {
    let Some(format) = root.get("format").and_then(|format| format_of(format.get_ref())) else { return Ok(()) };
    let known = format.checked_sub(1).and_then(|older| MIGRATIONS.get(older as usize..));
    let steps = known.ok_or(What::Format { newest: SETTINGS_FORMAT })?;
    steps.iter().for_each(|migration| migration(root));
    Ok(())
}

/// The one problem of a document whose format is unknown: what else it says can't be judged.
pub(crate) fn problem(file: &str, text: &str, root: &Spanned<DeTable<'_>>, what: What) -> Vec<Problem> {
    let source = Source::new(file, text, root.clone());
    let path = Path::default().key("format");
    vec![Problem { place: source.place(&path), found: source.found(&path), what }]
}

fn format_of(value: &DeValue<'_>) -> Option<u32> {
    let number = value.as_integer()?;
    u32::from_str_radix(number.as_str(), number.radix()).ok()
}
