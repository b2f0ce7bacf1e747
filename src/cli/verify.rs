//! `ringfence verify`: are recordings as they were sealed?

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{Outcome, arguments::Verify, say, system};
use crate::{
    recorder::{self, Depth, Found, HomeError, Report},
    words::{
        Language,
        command::{Running, Trouble, Verdict},
        finding,
    },
};

/// Checks; exit code 0 where all is intact, 1 where it is not.
pub(super) fn verify(asked: &Verify, language: Language) -> Outcome {
    let path = vault_of(&asked.path);
    let report = if asked.open {
        say(&Running::AskPassphrase.say(language));
        let passphrase = os::read_line_unseen().map_err(system("stdin"))?;
        recorder::verify_open(&path, passphrase.as_bytes())
    } else {
        recorder::verify(&path)
    };
    let report = report.map_err(|error| trouble(&path, &error))?;
    tell(&report, &path, language);
    Ok(if report.is_intact() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The verdict of a report, in a sentence.
pub(super) fn verdict(report: &Report, path: &Path) -> Verdict {
    let (recordings, chunks) = (report.objects, report.chunks);
    if !report.is_intact() {
        return Verdict::Damaged { findings: report.findings.len() };
    }
    match report.depth {
        _ if recordings == 0 => Verdict::Nothing { path: path.display().to_string() },
        Depth::Sealed => Verdict::IntactSealed { recordings, chunks },
        Depth::Opened => Verdict::IntactOpened { recordings, chunks },
    }
}

fn tell(report: &Report, path: &Path, language: Language) {
    for Found { file, offset, what } in &report.findings {
        let what = finding(what, language);
        say(&Verdict::Finding { file: file.clone(), offset: *offset, what }.say(language));
    }
    say(&verdict(report, path).say(language));
}

/// A data directory's vault, or what was named itself.
fn vault_of(path: &Path) -> PathBuf {
    let within = path.join("vault");
    if within.is_dir() { within } else { path.to_owned() }
}

fn trouble(path: &Path, error: &HomeError) -> Trouble {
    let (path, why) = (path.display().to_string(), error.to_string());
    match error {
        HomeError::Open(_) => Trouble::CantOpenVault { path },
        _ => Trouble::CantRead { path, why },
    }
}
