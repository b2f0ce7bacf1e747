//! `ringfence board`: the real cards of this machine: what there is, and whether it is set as the board file says.

mod apply;
mod probe;

use std::{io, path::Path};

use dahdi::{Device, Mismatch, ProbeError, compare, running_option};
use settings::Board;

use super::{Outcome, arguments::BoardAct, check, note, say};
use crate::words::{Language, board as words, command::Trouble};

/// Does what was asked of the cards.
pub(super) fn board(asked: &BoardAct, language: Language) -> Outcome {
    match asked {
        BoardAct::Probe { out } => probe::probe(out.as_deref(), language),
        BoardAct::Compare { board } => compare_all(board, language),
        BoardAct::Apply(asked) => apply::apply(asked, language),
    }
}

fn compare_all(path: &Path, language: Language) -> Outcome {
    let board = check::board(path, language)?;
    tell(&differences(&board, &devices()?), language)
}

/// What the kernel has.
fn devices() -> Result<Vec<Device>, Trouble> {
    dahdi::probe().map_err(|error| match error {
        ProbeError::NoControl(why) if why.kind() == io::ErrorKind::NotFound => Trouble::NoDahdi,
        other => Trouble::Cards { why: other.to_string() },
    })
}

fn differences(board: &Board, devices: &[Device]) -> Vec<Mismatch> {
    compare(board, devices, &running_option)
}

/// Tells each difference; failure where there is one.
fn tell(found: &[Mismatch], language: Language) -> Outcome {
    found.iter().for_each(|found| note(&words::mismatch(found, language)));
    if found.is_empty() {
        say(&words::Board::AllGood.say(language));
        return Ok(std::process::ExitCode::SUCCESS);
    }
    Err(Trouble::CardsDiffer { count: found.len() })
}

/// Writes a file as a whole, or leaves what is there.
fn write_whole(path: &Path, text: &str) -> Result<(), Trouble> {
    let cant = |why: io::Error| Trouble::CantWrite { path: path.display().to_string(), why: why.to_string() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cant)?;
    io::Write::write_all(&mut file, text.as_bytes()).map_err(cant)?;
    file.as_file().sync_all().map_err(cant)?;
    std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(cant)?;
    file.persist(path).map(|_| ()).map_err(|error| cant(error.error))
}
