//! `ringfence settings`: the settings of the running box, shown, tried or changed over its socket.

use std::{path::Path, process::ExitCode};

use access::TwoPersonAct;
use settings::{Applied, Version};

use super::{
    Outcome,
    arguments::{Settings, SettingsAct},
    check, console, note, read_file, say, template,
};
use crate::{
    changes::{Client, ClientError},
    handles::{SETTINGS_MAX_OCTETS, SettingsRefusal, SettingsReply, SettingsRequest},
    words::{
        Language,
        command::{Changed, Trouble},
    },
};

/// Asks the running box, and tells its answer.
pub(super) fn settings(asked: &Settings, language: Language) -> Outcome {
    let (file, request) = match &asked.act {
        SettingsAct::Template(name) => {
            template::print(name.as_deref(), language);
            return Ok(ExitCode::SUCCESS);
        }
        SettingsAct::Show => (Path::new(""), SettingsRequest::Show),
        SettingsAct::Try(file) => {
            let (name, text) = document(file)?;
            (file.as_path(), SettingsRequest::Try { file: name, text })
        }
        SettingsAct::Apply(file) => {
            let (name, text) = document(file)?;
            (file.as_path(), SettingsRequest::Apply { file: name, text, by: console() })
        }
    };
    let client = Client::connect(&asked.data).map_err(|error| trouble(error, &asked.data))?;
    let reply = client.ask(&request).map_err(|error| trouble(error, &asked.data))?;
    tell(reply, file, &asked.data, language)
}

/// Has a document applied that was made from the one that holds.
pub(super) fn apply_text(data: &Path, text: String, language: Language) -> Outcome {
    if text.len() > SETTINGS_MAX_OCTETS {
        return Err(too_long(Path::new("")));
    }
    let request = SettingsRequest::Apply { file: String::new(), text, by: console() };
    let client = Client::connect(data).map_err(|error| trouble(error, data))?;
    let reply = client.ask(&request).map_err(|error| trouble(error, data))?;
    tell(reply, Path::new(""), data, language)
}

fn document(file: &Path) -> Result<(String, String), Trouble> {
    let text = read_file(file)?;
    if text.len() > SETTINGS_MAX_OCTETS {
        return Err(too_long(file));
    }
    Ok((file.display().to_string(), text))
}

fn tell(reply: SettingsReply, file: &Path, data: &Path, language: Language) -> Outcome {
    match reply {
        SettingsReply::Shown { version, text } => {
            note(&Changed::Shown { version: version.0 }.say(language));
            say(text.trim_end());
        }
        SettingsReply::WouldApply { how, warnings } => {
            check::warn(&warnings, language);
            say(&would(how).say(language));
        }
        SettingsReply::Applied { version, how, warnings } => {
            check::warn(&warnings, language);
            say(&took(version, how).say(language));
        }
        SettingsReply::Problems(problems) => {
            return Err(check::refuse(&file.display().to_string(), &problems, language));
        }
        SettingsReply::Refused(refusal) => return Err(refused(refusal, file, data)),
    }
    Ok(ExitCode::SUCCESS)
}

fn would(how: Applied) -> Changed {
    match how {
        Applied::Applied => Changed::WouldApply,
        Applied::WhenIdle => Changed::WouldWhenIdle,
        Applied::NeedsRestart => Changed::WouldNeedRestart,
    }
}

fn took(Version(version): Version, how: Applied) -> Changed {
    match how {
        Applied::Applied => Changed::Applied { version },
        Applied::WhenIdle => Changed::WhenIdle { version },
        Applied::NeedsRestart => Changed::NeedsRestart { version },
    }
}

fn refused(refusal: SettingsRefusal, file: &Path, data: &Path) -> Trouble {
    let path = data.display().to_string();
    match refusal {
        SettingsRefusal::NotAudited => Trouble::SettingsNotAudited,
        SettingsRefusal::NeedsSecond { act: TwoPersonAct::Administrator, object, .. } => {
            Trouble::SettingsAdministrators { object }
        }
        SettingsRefusal::NeedsSecond { act: TwoPersonAct::LessEvidence, object, .. } => {
            Trouble::SettingsLessEvidence { object }
        }
        SettingsRefusal::NeedsSecond { object, recordings: Some(recordings), .. } => {
            Trouble::SettingsShorten { object, recordings }
        }
        SettingsRefusal::NeedsSecond { object, recordings: None, .. } => Trouble::SettingsShortenUncounted { object },
        SettingsRefusal::NotWritten { path, why } => Trouble::SettingsNotWritten { path, why },
        SettingsRefusal::TooLong => too_long(file),
        SettingsRefusal::NotUnderstood => Trouble::BoxDoesNotUnderstand { path },
        SettingsRefusal::NoAnswer => Trouble::BoxSilent { path },
    }
}

fn too_long(file: &Path) -> Trouble {
    Trouble::SettingsTooLong { path: file.display().to_string(), max_kib: SETTINGS_MAX_OCTETS / 1024 }
}

/// The sentence for a box that can't be asked.
pub(super) fn trouble(error: ClientError, data: &Path) -> Trouble {
    let path = data.display().to_string();
    match error {
        ClientError::NoDataDir(_) => Trouble::NoDataDir { path },
        ClientError::NotRunning(_) => Trouble::NotRunning { path },
        ClientError::NoRight(_) => Trouble::NotYourBox { path },
        ClientError::Silent => Trouble::BoxSilent { path },
        ClientError::NotUnderstood => Trouble::BoxDoesNotUnderstand { path },
        ClientError::Damaged(why) | ClientError::Io(why) => Trouble::BoxGarbled { path, why: why.to_string() },
    }
}
