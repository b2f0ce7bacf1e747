//! Checks of whole documents: what their form can't say. All of them run; each tells all that it finds.

mod board;
mod copies;
mod d_channels;
mod dahdi;
mod flow;
mod headset;
mod hot_line;
mod mail;
mod names;
mod numbers;
mod ports;
mod retention;
mod rules;
mod sound;
mod witness;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Board, Caution, Form, Problem, Settings, Warning, What,
    number::is_digits,
    place::{Path, Source},
};

/// Settings that may be used, and what should be known about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The settings.
    pub settings: Settings,
    /// What may be meant so, in the order of the file.
    pub warnings: Vec<Warning>,
}

/// Checks a board.
pub(crate) fn check_board(source: &Source<'_>, board: &Board) -> Result<(), Vec<Problem>> {
    let mut findings = Findings::new(source, None);
    board::check(&mut findings, board);
    findings.result().map(|_| ())
}

/// Checks settings against the board that they are for. `prompts` are the names under which something is spoken, where
/// they are known.
pub(crate) fn check_settings(
    source: &Source<'_>,
    settings: &Settings,
    board: &Board,
    prompts: Option<&BTreeSet<String>>,
) -> Result<Vec<Warning>, Vec<Problem>> {
    let mut findings = Findings::new(source, prompts);
    ports::check(&mut findings, settings, board);
    d_channels::check(&mut findings, settings, board);
    numbers::check(&mut findings, settings);
    rules::check(&mut findings, settings);
    retention::check(&mut findings, settings);
    witness::check(&mut findings, settings);
    copies::check(&mut findings, settings);
    names::check(&mut findings, settings);
    mail::check(&mut findings, settings, board);
    headset::check(&mut findings, settings, board);
    hot_line::check(&mut findings, settings, board);
    flow::check(&mut findings, settings);
    findings.result()
}

/// What checks have found so far.
struct Findings<'a> {
    source: &'a Source<'a>,
    /// The names under which something is spoken or played, where they are known.
    prompts: Option<&'a BTreeSet<String>>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl<'a> Findings<'a> {
    fn new(source: &'a Source<'a>, prompts: Option<&'a BTreeSet<String>>) -> Findings<'a> {
        Findings { source, prompts, problems: Vec::new(), warnings: Vec::new() }
    }

    fn problem(&mut self, path: &Path, what: What) {
        self.problems.push(Problem { place: self.source.place(path), found: self.source.found(path), what });
    }

    fn warn(&mut self, path: &Path, what: Caution) {
        self.warnings.push(Warning { place: self.source.place(path), found: self.source.found(path), what });
    }

    fn line(&self, path: &Path) -> u32 {
        self.source.place(path).line
    }

    fn result(mut self) -> Result<Vec<Warning>, Vec<Problem>> {
        self.problems.sort_by(|a, b| a.place.cmp(&b.place));
        self.warnings.sort_by(|a, b| a.place.cmp(&b.place));
        if self.problems.is_empty() { Ok(self.warnings) } else { Err(self.problems) }
    }

    /// A number that has to lie between two others, both allowed.
    fn range(&mut self, path: &Path, number: impl Into<i64>, min: i64, max: i64) {
        if !(min..=max).contains(&number.into()) {
            self.problem(path, What::OutOfRange { min, max });
        }
    }

    /// Each value that was there before.
    fn unique<T: Ord>(&mut self, values: impl IntoIterator<Item = (Path, T)>) {
        let mut seen: BTreeMap<T, u32> = BTreeMap::new();
        for (path, value) in values {
            if let Some(&first_line) = seen.get(&value) {
                self.problem(&path, What::Duplicate { first_line });
            } else {
                seen.insert(value, self.line(&path));
            }
        }
    }

    /// A list that must hold something.
    fn some<T>(&mut self, path: &Path, list: &[T]) {
        if list.is_empty() {
            self.problem(path, What::Empty);
        }
    }

    /// A text that is dialled.
    fn digits(&mut self, path: &Path, text: &str) {
        if !is_digits(text) {
            self.problem(path, What::Malformed { wanted: Form::Digits });
        }
    }

    /// A text that people read and that other rows refer to.
    fn name(&mut self, path: &Path, text: &str) {
        let fits = (1..=NAME_MAX_CHARS).contains(&text.chars().count());
        if !fits || text.trim() != text || text.chars().any(char::is_control) {
            self.problem(path, What::Malformed { wanted: Form::Name });
        }
    }

    /// A prompt or a piece of music: a file's name without its ending, so it must not lead out of its folder.
    fn prompt(&mut self, path: &Path, name: &str) {
        self.name(path, name);
        if name.contains(['/', '\\', '.']) {
            self.problem(path, What::Malformed { wanted: Form::Prompt });
        }
        if self.prompts.is_some_and(|known| !known.contains(name)) {
            self.warn(path, Caution::UnknownPrompt);
        }
    }
}

/// The longest name: what fits beside a jack, in a list and in a caller's display.
const NAME_MAX_CHARS: usize = 40;

/// The paths to the rows of a list, with the rows.
fn rows<'a, T>(list: &'a [T], name: &str) -> impl Iterator<Item = (Path, &'a T)> {
    let list_path = Path::default().key(name);
    list.iter().enumerate().map(move |(row, value)| (list_path.row(row), value))
}
