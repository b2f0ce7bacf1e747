//! The box as a child process: started, watched, started again when it dies, stopped cleanly.

use std::{
    io::{self, BufRead, BufReader},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{cli::has_settings, words::Language};

/// How the child is started.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) board: PathBuf,
    pub(super) settings: PathBuf,
    pub(super) data: PathBuf,
    pub(super) lines: PathBuf,
    /// Where the call table is held.
    pub(super) table: PathBuf,
    /// Where the page is to be.
    pub(super) listen: SocketAddr,
    pub(super) language: Language,
}

/// Any port that is free.
pub(super) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where the page is, if this is what the box says once it is ready.
pub(super) fn page_of(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("ready http://")?.trim_end_matches('/').parse().ok()
}

/// The running child.
pub(super) struct BoxProcess {
    child: Child,
    /// What it says, line by line.
    pub(super) says: Receiver<String>,
}

impl BoxProcess {
    /// Starts `ringfence run`. Settings are given only where the data directory has none.
    pub(super) fn start(start: &Start) -> io::Result<BoxProcess> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--lang", start.language.tag(), "run", "--plain-http", "--listen"]).arg(start.listen.to_string());
        command.arg("--board").arg(&start.board).arg("--data").arg(&start.data).arg("--lines").arg(&start.lines);
        command.arg("--call-table").arg(&start.table);
        if !has_settings(&start.data) {
            command.arg("--settings").arg(&start.settings);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let (tell, says) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            // Ends with the child's output; nobody listening any more ends it too.
            thread::spawn(move || {
                BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
            });
        }
        Ok(BoxProcess { child, says })
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }

    /// Asks it to stop and waits; true if it ended as it should.
    pub(super) fn stop(mut self, patience: Duration) -> bool {
        self.signal(Signal::SIGTERM);
        let limit = Instant::now() + patience;
        while Instant::now() < limit {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) => thread::sleep(Duration::from_millis(20)),
                Err(_) => return false,
            }
        }
        self.signal(Signal::SIGKILL);
        // It is gone now, however it ended.
        let _ = self.child.wait();
        false
    }

    fn signal(&self, signal: Signal) {
        // A child that is gone already needs no signal.
        let _ = kill(Pid::from_raw(self.child.id() as i32), signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_where_the_box_says_that_it_is_ready() {
        assert_eq!(page_of("ready http://127.0.0.1:40609/"), Some("127.0.0.1:40609".parse().unwrap()));
        assert_eq!(page_of("ready for anything"), None);
    }
}
