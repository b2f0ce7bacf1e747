//! `ringfence run`: the box, until it is told to stop.

use std::{net::SocketAddr, path::Path, process::ExitCode};

use dahdi::OpenError;
use frame::Law;
use settings::{Board, Settings, Version};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

use super::{Outcome, arguments::Run, check, data_dir, read_file, run_log::RunLog, say, system};
use crate::{
    changes::Versions,
    daemon::{CardError, Daemon, Parts, StartError},
    data_dir::DataDir,
    recorder::{FileStore, is_restored},
    words::{
        Language,
        command::{Running, Trouble},
    },
};

/// Threads for signalling, pages and everything that is not audio or disk.
const WORKERS: usize = 2;

/// Runs the box.
pub(super) fn run(asked: Run, language: Language) -> Outcome {
    if asked.plain_http && !asked.listen.ip().is_loopback() {
        return Err(Trouble::PlainOutside { address: asked.listen.to_string() });
    }
    let _log = RunLog::start().map_err(system("the thread of the log"))?;
    os::allow_many_files().map_err(system("RLIMIT_NOFILE"))?;
    let board = check::board(&asked.board, language)?;
    let data = data_dir(&asked.data, true, language)?;
    if is_restored(&FileStore::new(&data.vault())).map_err(system("vault"))? {
        return Err(Trouble::VaultRestored);
    }
    let (settings, version) = settings(asked.settings.as_deref(), &data, &board, language)?;
    let tell_code = match language {
        Language::Chinese => |code: &str| tell_code(code, Language::Chinese),
        Language::English => |code: &str| tell_code(code, Language::English),
    };
    let parts = Parts { board, settings, version, data, lines: asked.lines, table: asked.call_table, tell_code };
    let runtime = runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let page = (asked.listen, asked.plain_http);
    runtime.map_err(system("tokio"))?.block_on(serve(parts, page, language))
}

fn tell_code(code: &str, language: Language) {
    say(&Running::OwnerCode { code: code.to_owned() }.say(language));
}

async fn serve(parts: Parts, (listen, plain): (SocketAddr, bool), language: Language) -> Outcome {
    let mut terminate = signal(SignalKind::terminate()).map_err(system("SIGTERM"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system("SIGINT"))?;
    let mut daemon = Daemon::start(parts).map_err(trouble)?;
    let page = daemon.serve_page(listen, plain).await.map_err(system(&listen.to_string()))?;
    if let Some(fingerprint) = page.fingerprint {
        say(&Running::Fingerprint { fingerprint }.say(language));
    }
    say(&Running::Ready { url: page.url }.say(language));
    tokio::select! {
        _ = terminate.recv() => (),
        _ = interrupt.recv() => (),
    }
    tokio::select! {
        () = daemon.stop() => (),
        // Who asks twice does not want to wait.
        _ = terminate.recv() => (),
        _ = interrupt.recv() => (),
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest settings of the data directory. A file is taken only while there are none.
fn settings(
    file: Option<&Path>,
    data: &DataDir,
    board: &Board,
    language: Language,
) -> Result<(Settings, Version), Trouble> {
    let versions = Versions::in_folder(data.settings());
    let unusable = |error: crate::changes::VersionsError| Trouble::DataDir {
        path: error.path.display().to_string(),
        why: error.why.to_string(),
    };
    let path = data.path().display().to_string();
    match (versions.newest().map_err(unusable)?, file) {
        (Some(_), Some(_)) => Err(Trouble::SettingsTaken { path }),
        (None, None) => Err(Trouble::NoSettings { path }),
        (Some((version, path, _)), None) => Ok((check::settings_for(&path, board, language)?, version)),
        (None, Some(file)) => {
            let settings = check::settings_for(file, board, language)?;
            let version = versions.write(&read_file(file)?).map_err(unusable)?;
            Ok((settings, version))
        }
    }
}

fn trouble(error: StartError) -> Trouble {
    match error {
        StartError::Card(CardError::Open { serial, why }) => {
            Trouble::Card { serial: serial.to_string(), why: why.to_string() }
        }
        StartError::Card(CardError::Real { serial, why }) => real_card(serial.to_string(), why),
        other => Trouble::System { what: "run".to_owned(), why: other.to_string() },
    }
}

fn real_card(card: String, why: OpenError) -> Trouble {
    match why {
        OpenError::NoModules(why) => Trouble::NoModules { card, why: why.to_string() },
        OpenError::NoDevice { device } => Trouble::NoDevice { card, device },
        OpenError::NoSpan { device, span } => Trouble::NoDeviceSpan { card, device, span },
        OpenError::NoChannel { port, channel } => Trouble::NoDeviceChannel { port: port.to_string(), channel },
        OpenError::NotConfigured(channel) | OpenError::Signalling { channel, .. } => {
            Trouble::ChannelNotSet { channel: channel.to_string() }
        }
        OpenError::Busy(channel) => Trouble::ChannelBusy { channel: channel.to_string() },
        OpenError::Law { port, board, running, .. } => {
            Trouble::WrongLaw { port: port.to_string(), board: law(board), running: law(running) }
        }
        other @ (OpenError::NotOnBoard | OpenError::System { .. } | OpenError::Process(_)) => {
            Trouble::Card { serial: card, why: other.to_string() }
        }
    }
}

fn law(law: Law) -> &'static str {
    match law {
        Law::A => "A",
        Law::Mu => "µ",
    }
}
