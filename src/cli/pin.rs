//! `ringfence pin`: the line that the settings keep of a person's PIN.
//!
//! Needs no running box, and keeps nothing: the PIN is read unseen, and its hash is written to standard output alone.

use std::{io, process::ExitCode};

use access::{PIN_MAX_DIGITS, PIN_MIN_DIGITS, PasswordHash, SALT_OCTETS, chosen_pin};

use super::{Outcome, note, say, system};
use crate::words::{
    Language,
    command::{Running, Trouble},
};

/// Reads a PIN and writes its hash.
pub(super) fn pin(language: Language) -> Outcome {
    // Standard output has the line for the settings alone.
    note(&Running::AskPin.say(language));
    let typed = os::read_line_unseen().map_err(system("stdin"))?;
    let Some(pin) = chosen_pin(typed.trim()) else {
        return Err(Trouble::NoPin { min: PIN_MIN_DIGITS, max: PIN_MAX_DIGITS });
    };
    let mut salt = [0; SALT_OCTETS];
    getrandom::fill(&mut salt).map_err(io::Error::other).map_err(system("random"))?;
    let hash = PasswordHash::of(&pin, salt).map_err(io::Error::other).map_err(system("hash"))?;
    say(&format!("pin = \"{}\"", hash.as_str()));
    Ok(ExitCode::SUCCESS)
}
