//! `ringfence rebuild`: the index derived again from the event log.

use std::process::ExitCode;

use super::{Outcome, arguments::Rebuild, data_dir, say, system};
use crate::{
    journal::{self},
    words::{Language, command::Running},
};

/// Rebuilds the index of a data directory that no daemon uses.
pub(super) fn rebuild(asked: &Rebuild, language: Language) -> Outcome {
    let data = data_dir(&asked.data, false, language)?;
    let rebuilt = journal::rebuild(&data).map_err(|error| system("rebuild")(std::io::Error::other(error)))?;
    say(&Running::Rebuilt { events: rebuilt.met.records, missing: rebuilt.met.missing }.say(language));
    Ok(ExitCode::SUCCESS)
}
