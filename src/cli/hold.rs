//! `ringfence hold`: the parent of a box that has no service manager. It keeps the box's open lines and its call table, and
//! starts it again when it dies. As long as it lives no line is hung up by the death of the box.

use std::{
    ffi::OsString,
    io,
    os::fd::AsFd,
    process::{Command, ExitCode, ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal as Number, kill},
    unistd::Pid,
};
use os::{Readiness, Store, Told};
use tokio::{
    process::Child,
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

use super::{Outcome, arguments::Hold, note, system};
use crate::words::{
    Language,
    command::{Holding, Trouble},
};

/// So often the box may die before it is ready: what kills it then is not chance, and trying on would only hide it.
const DEATHS_BEFORE_READY: u32 = 5;

/// Keeps a box going until it is told to stop.
pub(super) fn hold(asked: Hold, language: Language) -> Outcome {
    os::allow_many_files().map_err(system("RLIMIT_NOFILE"))?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(system("tokio"))?;
    runtime.block_on(keep(&asked, language))
}

async fn keep(asked: &Hold, language: Language) -> Outcome {
    let mut holder = Holder::new(language).map_err(system("hold"))?;
    let mut deaths = 0;
    loop {
        let command = command(asked, language).map_err(system("ringfence"))?;
        let life = holder.live(command).await.map_err(system("run"))?;
        if holder.stopping || life.status.success() {
            return Ok(if life.status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        deaths = if life.was_ready { 1 } else { deaths + 1 };
        if deaths == DEATHS_BEFORE_READY {
            return Err(Trouble::DiesAtStart { times: deaths, how: life.status.to_string() });
        }
        let held = holder.store.names().count();
        note(&Holding::StartsAgain { how: life.status.to_string(), held }.say(language));
        if holder.is_stopped_within(asked.pause).await {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// How `ringfence run` is started: as this program was. An update has put another into its place meanwhile.
fn command(asked: &Hold, language: Language) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--lang", language.tag(), "run"]).args(run_arguments(asked)).stdin(Stdio::null());
    Ok(command)
}

fn run_arguments(asked: &Hold) -> Vec<OsString> {
    let run = &asked.run;
    let mut arguments: Vec<OsString> = ["--board".into(), run.board.clone().into()].into();
    arguments.extend(["--data".into(), run.data.clone().into()]);
    arguments.extend(["--listen".into(), run.listen.to_string().into()]);
    if run.plain_http {
        arguments.push("--plain-http".into());
    }
    let mut path = |option: &str, path: &Option<std::path::PathBuf>| {
        path.iter().for_each(|path| arguments.extend([option.into(), path.clone().into()]));
    };
    path("--lines", &run.lines);
    path("--call-table", &run.call_table);
    // The first life has put them into the data directory.
    if !super::has_settings(&run.data) {
        path("--settings", &run.settings);
    }
    arguments
}

/// What is held, and who tells to stop.
struct Holder {
    store: Store,
    told: Readiness,
    terminate: Signal,
    interrupt: Signal,
    stopping: bool,
    language: Language,
}

/// How a life of the box ended.
struct Life {
    status: ExitStatus,
    was_ready: bool,
}

impl Holder {
    fn new(language: Language) -> io::Result<Holder> {
        let store = Store::new()?;
        let told = Readiness::new(store.as_fd().try_clone_to_owned()?)?;
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Holder { store, told, terminate, interrupt, stopping: false, language })
    }

    /// One life of the box, from its start to its end.
    async fn live(&mut self, mut command: Command) -> io::Result<Life> {
        self.store.hand_down(&mut command)?;
        let mut child = tokio::process::Command::from(command).spawn()?;
        let mut was_ready = false;
        loop {
            tokio::select! {
                told = self.told.readable() => {
                    told?;
                    was_ready |= self.listen()?;
                }
                _ = self.terminate.recv() => self.pass_on(&child, Number::SIGTERM),
                _ = self.interrupt.recv() => self.pass_on(&child, Number::SIGINT),
                status = child.wait() => {
                    // What it gave away with its last breath.
                    was_ready |= self.listen()?;
                    return Ok(Life { status: status?, was_ready });
                }
            }
        }
    }

    /// Takes what the box has told; whether it is ready.
    fn listen(&mut self) -> io::Result<bool> {
        let mut ready = false;
        while let Some(told) = self.store.poll()? {
            match told {
                Told::Ready => ready = true,
                Told::Full(name) => note(&Holding::Full { name }.say(self.language)),
                Told::Kept(_) | Told::Forgotten(_) | Told::Nothing => (),
            }
        }
        Ok(ready)
    }

    fn pass_on(&mut self, child: &Child, number: Number) {
        self.stopping = true;
        if let Some(id) = child.id() {
            // One that has just ended needs no signal.
            let _ = kill(Pid::from_raw(id.cast_signed()), number);
        }
    }

    async fn is_stopped_within(&mut self, pause: Duration) -> bool {
        tokio::select! {
            () = sleep(pause) => false,
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => true,
        }
    }
}
