//! `ringfence rebuild`: the index derived again from the event log, and held to the vault.

use std::process::ExitCode;

use super::{Outcome, arguments::Rebuild, data_dir, say, system};
use crate::{
    daemon::{ReckonedWhole, reckon_whole},
    journal::{self, Counters},
    words::{Language, command::Running, reckoning::Reckoning},
};

/// Calls that are named; the number says how many there are.
const NAMED: usize = 100;

/// Rebuilds the index of a data directory that no daemon uses. A log that lacks something would be derived from as if it were all there
/// ever was: so the index is held to the leaves of the vault and to its recordings. Exit code 0 where nothing is missing, else 1.
pub(super) fn rebuild(asked: &Rebuild, language: Language) -> Outcome {
    let data = data_dir(&asked.data, false, language)?;
    let rebuilt = journal::rebuild(&data).map_err(|error| system("rebuild")(std::io::Error::other(error)))?;
    say(&Running::Rebuilt { events: rebuilt.met.records, missing: rebuilt.met.missing }.say(language));
    let whole = reckon_whole(&data.vault(), &data.index());
    let whole = whole.map_err(|error| system("rebuild")(std::io::Error::other(error)))?;
    tell(&whole, language);
    let is_whole = rebuilt.met.missing == 0 && rebuilt.met.damages.is_empty() && whole.differ.is_empty();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(whole: &ReckonedWhole, language: Language) {
    let Counters { due, recorded, incomplete, missing, under_way, .. } = whole.counters;
    let (required, made) = (due, recorded + incomplete);
    say(&Reckoning::Line { required, made, gapped: incomplete, missing, under_way }.say(language));
    if whole.differ.is_empty() {
        return say(&Reckoning::SaysTheSame.say(language));
    }
    say(&Reckoning::Differs { count: whole.differ.len() as u64 }.say(language));
    whole.differ.iter().take(NAMED).for_each(|call| say(&call.to_string()));
}
