//! `ringfence reset`: a box set back to how it was delivered. Two people agree to it, on the page or on the command line of the
//! running box; then it is stopped, and this is run.
//!
//! All goes: recordings and what opens them, log, settings, people, messages. What stays is one file outside the box, with the last
//! signed root of its log: whoever holds an older root can see that it is the same log, and until when it was whole.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::Path,
    process::ExitCode,
};

use access::TwoPersonAct;
use frame::{EventNo, PersonId};

use super::{
    Outcome,
    arguments::Reset,
    data_dir_trouble,
    open_log::{OpenLog, granted},
    say, system,
};
use crate::{
    daemon::{Timestamps, holds_that_stand, was_set_back},
    data_dir::{DataDir, DataDirError, TakeDown},
    journal::{Act, utc_text},
    recorder::{FileStore, Home, is_restored, known_copies, newest_root, objects},
    words::{Language, command::Trouble, reset::Resetting},
};

/// Sets the box back, or goes on where that was cut short.
pub(super) fn reset(asked: &Reset, language: Language) -> Outcome {
    let path = asked.data.display().to_string();
    let refused = |error: DataDirError| match error {
        DataDirError::Locked { .. } => Trouble::StopForReset { path: path.clone() },
        other => data_dir_trouble(path.clone(), &other, language),
    };
    let tell = |sentence: Resetting| say(&sentence.say(language));
    if let Some(begun) = TakeDown::begun(&asked.data).map_err(refused)? {
        begun.finish().map_err(refused)?;
        tell(Resetting::Finished { path });
        return Ok(ExitCode::SUCCESS);
    }
    let boot_id = os::boot_id().map_err(system("boot_id"))?;
    let data = DataDir::open(&asked.data, false, &boot_id).map_err(refused)?;
    let mut out = out_file(&asked.out, &asked.data)?;
    let closed = close(&data, asked).and_then(|closed| {
        let text = closed.say(language);
        let written = out.write_all(text.as_bytes()).and_then(|()| out.sync_all());
        written.map_err(system(&asked.out.display().to_string()))
    });
    if let Err(trouble) = closed {
        // It says nothing that happened.
        let _ = std::fs::remove_file(&asked.out);
        return Err(trouble);
    }
    data.take_down().and_then(TakeDown::finish).map_err(refused)?;
    tell(Resetting::Done { path, out: asked.out.display().to_string() });
    Ok(ExitCode::SUCCESS)
}

/// Where the last word goes. Beside the data it would go with them.
fn out_file(out: &Path, data: &Path) -> Result<File, Trouble> {
    let path = out.display().to_string();
    let file = OpenOptions::new().write(true).create_new(true).open(out).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Trouble::FileThere { path: path.clone() },
        _ => system(&path)(error),
    })?;
    let (out, data) = (out.canonicalize().map_err(system(&path))?, data.canonicalize().map_err(system(&path))?);
    if out.starts_with(data) {
        let _ = std::fs::remove_file(&out);
        return Err(Trouble::OutGoesToo { path });
    }
    Ok(file)
}

/// Puts the last word into the log, under the grant, and closes it. Nothing is destroyed yet.
fn close(data: &DataDir, asked: &Reset) -> Result<Resetting, Trouble> {
    let store = FileStore::new(&data.vault());
    let path = || data.path().display().to_string();
    if is_restored(&store).map_err(system("vault"))? {
        return Err(Trouble::VaultRestored);
    }
    let home = Home::open_to_record(&store).ok().flatten().ok_or_else(|| Trouble::CantOpenVault { path: path() })?;
    let object = home.vault().to_string();
    let (grant, by, second) = agree(data, &object, &asked.reason)?;
    let unread = |error| system("vault")(error);
    let recordings = objects(&store).map_err(unread)?.len() as u64;
    let copies: Vec<String> = known_copies(&store)
        .map_err(unread)?
        .iter()
        .map(|copy| format!("{} ({})", copy.name(), copy.place()))
        .collect();
    // Signed when the log was closed, over grant and intent.
    let root = newest_root(&store).map_err(unread)?.unwrap_or_default();
    Ok(Resetting::LastWord {
        vault: object,
        at: utc_text(Timestamps::of(data).now().utc),
        recordings,
        by: by.0,
        second: second.0,
        grant: grant.0,
        reason: asked.reason.clone(),
        copies: if copies.is_empty() { "-".to_owned() } else { copies.join(", ") },
        root,
    })
}

/// The grant, and who asked for it and who gave it.
type Agreed = (EventNo, PersonId, PersonId);

/// Takes the grant, behind an intent that nobody concludes: there will be nothing to say how it ended.
fn agree(data: &DataDir, object: &str, reason: &str) -> Result<Agreed, Trouble> {
    let log = OpenLog::start(data)?;
    log.runtime.block_on(async {
        // The index may be behind the log, and what it lacks may be a hold.
        let _ = log.journal.settle().await;
        let intent = log.intend(data, Act::Reset, object, reason).await?;
        // What refuses concludes the intent as not done.
        let (asked, by, second) = may(data, object)?;
        log.redeem(data, asked).await?;
        intent.leave_open();
        let _ = log.journal.settle().await;
        Ok((asked, by, second))
    })
}

fn may(data: &DataDir, object: &str) -> Result<Agreed, Trouble> {
    let unread = |error| system("index.db")(io::Error::other(error));
    if was_set_back(&data.index()).map_err(unread)? {
        return Err(Trouble::ResetSetBack);
    }
    let agreed = granted(data, TwoPersonAct::Reset, object)?;
    let agreed = agreed.ok_or_else(|| Trouble::ResetNotGranted { object: object.to_owned() })?;
    match holds_that_stand(&data.index()).map_err(unread)? {
        0 => Ok(agreed),
        holds => Err(Trouble::ResetHeld { holds: holds as u64 }),
    }
}
