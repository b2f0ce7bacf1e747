//! `ringfence verify`: are recordings as they were sealed?

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use vault::{Tombstone, note_of_a_line};

use super::{Outcome, arguments::Verify, say, system};
use crate::{
    recorder::{self, ChaptersFound, Depth, Found, HomeError, Outside, Report, Scope},
    words::{
        Language, approval,
        command::{Running, Trouble, Verdict},
        date_time, finding,
    },
};

/// Calls or recordings that are named of a kind; the number says how many there are.
const NAMED: usize = 100;

/// Checks; exit code 0 where all is intact, 1 where it is not.
pub(super) fn verify(asked: &Verify, language: Language) -> Outcome {
    let path = vault_of(&asked.path);
    let root = asked.root.as_deref().map(read_root).transpose()?;
    let outside = Outside { root, fingerprint: asked.key };
    let passphrase = asked.open.then(|| ask_passphrase(language)).transpose()?;
    let passphrase = passphrase.as_deref().map(str::as_bytes);
    let report = match (&asked.day, passphrase) {
        (Some(day), passphrase) => recorder::verify_day(&path, day.clone(), passphrase, &outside),
        (None, Some(passphrase)) => recorder::verify_open(&path, passphrase, &outside),
        (None, None) => recorder::verify(&path, &outside),
    };
    let report = report.map_err(|error| trouble(&path, &error))?;
    tell(&report, &path, language);
    Ok(if report.is_intact() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ask_passphrase(language: Language) -> Result<String, Trouble> {
    say(&Running::AskPassphrase.say(language));
    os::read_line_unseen().map_err(system("stdin"))
}

/// A root from a file of them; or the line itself, as it was photographed from the page.
pub(super) fn read_root(given: &Path) -> Result<String, Trouble> {
    match given.to_str() {
        Some(line) if note_of_a_line(line).is_some() => Ok(line.to_owned()),
        _ => fs::read_to_string(given).map_err(|error| trouble(given, &HomeError::Disk(error))),
    }
}

/// The verdict of a report, in a sentence.
pub(super) fn verdict(report: &Report, path: &Path) -> Verdict {
    let (recordings, chunks) = (report.objects, report.chunks);
    if !report.findings.is_empty() {
        return Verdict::Damaged { findings: report.findings.len() };
    }
    if let (Scope::Day(day), false) = (&report.scope, report.lacks.is_empty()) {
        return Verdict::LacksOfDay { day: day.text().to_owned(), count: report.lacks.len() };
    }
    match report.depth {
        _ if recordings == 0 && report.erased.is_empty() => match &report.scope {
            Scope::Day(day) => Verdict::NothingOfDay { day: day.text().to_owned() },
            _ => Verdict::Nothing { path: path.display().to_string() },
        },
        Depth::Sealed => Verdict::IntactSealed { recordings, chunks },
        Depth::Opened => Verdict::IntactOpened { recordings, chunks },
    }
}

pub(super) fn tell(report: &Report, path: &Path, language: Language) {
    for found in &report.findings {
        let what = finding(found, language);
        let Found { file, offset, .. } = found;
        say(&Verdict::Finding { file: file.clone(), offset: *offset, what }.say(language));
    }
    report.erased.iter().for_each(|tombstone| say(&erased(tombstone).say(language)));
    report.under_way.iter().for_each(|grave| say(&Verdict::UnderWay { grave: grave.to_string() }.say(language)));
    if report.required > 0 {
        let not_made = report.not_made.len() as u64;
        say(&Verdict::Required { required: report.required, made: report.required - not_made }.say(language));
    }
    if !report.not_made.is_empty() {
        say(&Verdict::NotMade { count: report.not_made.len(), calls: named(&report.not_made) }.say(language));
    }
    if !report.lacks.is_empty() {
        say(&Verdict::Lacks { count: report.lacks.len(), calls: named(&report.lacks) }.say(language));
    }
    if let Some(unfinished) = report.left_out {
        say(&Verdict::OfCopy { unfinished }.say(language));
    }
    if let Some(ChaptersFound { events, last, settings }) = report.chapters {
        say(&Verdict::Chapters { count: events, last, settings }.say(language));
    }
    scope(report).into_iter().for_each(|scope| say(&scope.say(language)));
    if let Some(fingerprint) = report.fingerprint {
        let fingerprint = fingerprint.iter().map(|octet| format!("{octet:02x}")).collect();
        say(&Verdict::Certificate { fingerprint }.say(language));
        let held = match report.outside_leaves {
            Some(leaves) => Verdict::HeldToOutside { leaves },
            None => Verdict::SelfConsistentOnly,
        };
        say(&held.say(language));
        if report.leaves > report.signed_leaves {
            say(&Verdict::Unsigned { leaves: report.leaves - report.signed_leaves }.say(language));
        }
        if !report.erased_unsigned.is_empty() {
            say(&Verdict::ErasedUnsigned { recordings: named(&report.erased_unsigned) }.say(language));
        }
        let own = report.is_signed.map(|signed| if signed { Verdict::LeafSigned } else { Verdict::LeafUnsigned });
        own.into_iter().for_each(|own| say(&own.say(language)));
    }
    say(&verdict(report, path).say(language));
}

/// Some of them by name.
fn named(of: &[impl ToString]) -> String {
    of.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What was not looked at, as only a part was asked for.
fn scope(report: &Report) -> Option<Verdict> {
    let others = report.others;
    match &report.scope {
        Scope::Whole if report.fingerprint.is_none() => Some(Verdict::Alone),
        Scope::Whole => None,
        Scope::Object(_) => Some(Verdict::OneRecording { others }),
        Scope::Day(day) => {
            let (from, to) = (date_time(day.begins()), date_time(day.ends()));
            Some(Verdict::OneDay { day: day.text().to_owned(), from, to, others })
        }
    }
}

fn erased(tombstone: &Tombstone) -> Verdict {
    let Tombstone { recording, call, list, rule, range, asked, granted, .. } = tombstone;
    let (recording, call, rule, asked, granted) =
        (recording.to_string(), call.to_string(), rule.clone(), asked.0, granted.0);
    match range {
        None => Verdict::Erased { recording, call, rule, asked, granted },
        Some(range) => {
            let gone = approval::stretch(range.gone);
            Verdict::ErasedRange {
                recording,
                call,
                minutes: range.minutes.len(),
                gone,
                list: list.0,
                asked,
                granted,
                reason: rule,
            }
        }
    }
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
        HomeError::NoVault => Trouble::NoVaultThere { path },
        _ => Trouble::CantRead { path, why },
    }
}
