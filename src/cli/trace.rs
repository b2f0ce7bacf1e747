//! `ringfence trace`: the last 10 MB of a D-channel of the running box as a pcap file, digits masked. Audited by the box.

use std::{
    fs::{self, OpenOptions},
    io::{self, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::ExitCode,
};

use super::{Outcome, arguments::Trace, console, lines_refused, note, settings, system};
use crate::{
    changes::Client,
    handles::{LinesReply, LinesRequest},
    words::{
        Language,
        command::{Lines, Trouble},
    },
};

/// Asks the running box for a trace, and writes it.
pub(super) fn trace(asked: &Trace, language: Language) -> Outcome {
    let out = match &asked.out {
        Some(out) if fs::symlink_metadata(out).is_ok() => {
            return Err(Trouble::FileThere { path: out.display().to_string() });
        }
        None if io::stdout().is_terminal() => return Err(Trouble::TraceIntoTerminal),
        out => out.as_deref(),
    };
    let client = Client::connect(&asked.data).map_err(|error| settings::trouble(error, &asked.data))?;
    let request = LinesRequest::Trace { span: asked.span, by: console(), reason: asked.reason.clone() };
    match client.ask_lines(&request).map_err(|error| settings::trouble(error, &asked.data))? {
        LinesReply::Trace(file) => {
            write(&file, out)?;
            let place = out.map_or_else(|| "-".to_owned(), |out| out.display().to_string());
            note(&Lines::TraceWritten { path: place, octets: file.len() }.say(language));
            Ok(ExitCode::SUCCESS)
        }
        LinesReply::Refused(why) => Err(lines_refused(why, asked.span, &asked.data)),
        _ => Err(Trouble::BoxDoesNotUnderstand { path: asked.data.display().to_string() }),
    }
}

/// Into a new file that nobody else reads, or to standard output.
fn write(file: &[u8], out: Option<&Path>) -> Result<(), Trouble> {
    let Some(out) = out else { return io::stdout().write_all(file).map_err(system("stdout")) };
    let into = out.display().to_string();
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    written.and_then(|mut to| to.write_all(file)).map_err(system(&into))
}
