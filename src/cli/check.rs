//! `ringfence check`: board file and settings, read and checked as `run` does, and nothing started.

use std::{path::Path, process::ExitCode};

use settings::{Board, Place, Settings};

use super::{Outcome, arguments::Check, read_file, say};
use crate::words::{
    Language, caution,
    command::{Running, Trouble},
    problem,
};

/// Checks both files.
pub(super) fn check(asked: &Check, language: Language) -> Outcome {
    let board = board(&asked.board, language)?;
    say(&Running::FileGood { path: asked.board.display().to_string() }.say(language));
    settings_for(&asked.settings, &board, language)?;
    say(&Running::FileGood { path: asked.settings.display().to_string() }.say(language));
    Ok(ExitCode::SUCCESS)
}

/// Reads a board file; its problems are told one by one.
pub(super) fn board(path: &Path, language: Language) -> Result<Board, Trouble> {
    let (file, text) = (path.display().to_string(), read_file(path)?);
    Board::parse(&file, &text).map_err(|problems| refuse(&file, &problems, language))
}

/// Reads settings for a board; problems and warnings are told one by one.
pub(super) fn settings_for(path: &Path, board: &Board, language: Language) -> Result<Settings, Trouble> {
    let (file, text) = (path.display().to_string(), read_file(path)?);
    let checked = Settings::parse(&file, &text, board, None).map_err(|problems| refuse(&file, &problems, language))?;
    warn(&checked.warnings, language);
    Ok(checked.settings)
}

/// Tells what should be known, one by one.
pub(super) fn warn(warnings: &[settings::Warning], language: Language) {
    for warning in warnings {
        tell(&warning.place, &warning.found, &caution(&warning.what, language), language);
    }
}

/// Tells problems one by one, and how many they are.
pub(super) fn refuse(file: &str, problems: &[settings::Problem], language: Language) -> Trouble {
    for found in problems {
        tell(&found.place, &found.found, &problem(&found.what, language), language);
    }
    Trouble::Problems { path: file.to_owned(), count: problems.len() }
}

fn tell(place: &Place, found: &str, what: &str, language: Language) {
    let key = if found.is_empty() { place.key.clone() } else { format!("{} = {found}", place.key) };
    let place = format!("{}:{}", place.file, place.line);
    say(&Running::Problem { place, key, what: what.to_owned() }.say(language));
}
