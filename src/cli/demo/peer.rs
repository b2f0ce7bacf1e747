//! An outside exchange as a child process: commands on its standard input, JSON lines on its standard output. What it
//! takes and tells is described at the head of `tests/peers/pri_peer.c`.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
};

use frame::{LaneId, Timeslot};
use serde::Deserialize;
use settings::Role;
use sim::shell::PeerSockets;

use super::outside::{News, SPAN};

/// The channel of the demo's calls: they come one after the other.
const CHANNEL: Timeslot = Timeslot(1);

/// A running exchange.
pub(super) struct Peer {
    child: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
    /// The call that is going on: its number here and there.
    call: Option<(u32, Option<i64>)>,
}

/// What it tells, as far as the demo wants it.
#[derive(Deserialize)]
struct Line {
    ev: Option<String>,
    cmd: Option<String>,
    id: Option<i64>,
}

impl Peer {
    /// Starts the program on a side of the trunk; it writes the D-channel to `trace`.
    pub(super) fn start(program: &Path, role: Role, sockets: &PeerSockets, trace: &Path) -> io::Result<Peer> {
        let mut command = Command::new(program);
        let role = match role {
            Role::Network => "nt",
            Role::User => "te",
        };
        command.args(["peer", "--role", role, "--switch", "euro", "--reconnect", "--pcap"]).arg(trace);
        command.arg("--connect").arg(&sockets.d_channel).arg("--audio").arg(&sockets.audio);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let (commands, output) = (child.stdin.take().ok_or_else(gone)?, child.stdout.take().ok_or_else(gone)?);
        let (tell, lines) = mpsc::channel();
        // Ends with the program's output; nobody listening any more ends it too.
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        Ok(Peer { child, commands, lines, call: None })
    }

    pub(super) fn place(&mut self, call: u32, from: &str, to: &str) {
        self.call = Some((call, None));
        self.command(&format!("setup called={to} caller={from} chan={CHANNEL} excl=1"));
    }

    pub(super) fn play(&mut self, lane: LaneId, file: &Path) {
        self.command(&format!("play ts={} file={} loop=1", lane.timeslot, file.display()));
    }

    pub(super) fn press(&mut self, lane: LaneId, keys: &str) {
        self.command(&format!("tones ts={} digits={keys}", lane.timeslot));
    }

    pub(super) fn hang_up(&mut self, call: u32) {
        let Some((_, Some(id))) = self.call.filter(|(current, _)| *current == call) else { return };
        self.command(&format!("silence ts={CHANNEL}"));
        self.command(&format!("hangup id={id} cause=16"));
    }

    /// What it told since the last time.
    pub(super) fn news(&mut self) -> Vec<News> {
        let lines: Vec<String> = self.lines.try_iter().collect();
        lines.iter().filter_map(|line| self.news_of(&serde_json::from_str(line).ok()?)).collect()
    }

    fn news_of(&mut self, line: &Line) -> Option<News> {
        if line.cmd.as_deref() == Some("setup") {
            let (call, id) = self.call.as_mut()?;
            *id = line.id;
            return Some(News::Placed { call: *call, lane: LaneId::new(SPAN, CHANNEL) });
        }
        match line.ev.as_deref()? {
            "DCHAN_UP" => Some(News::LinkUp),
            "ANSWER" => self.call.map(|(call, _)| News::Answered { call }),
            _ => None,
        }
    }

    fn command(&mut self, line: &str) {
        // A program that is gone says nothing more either, and the step that waits for it is named.
        let _ = writeln!(self.commands, "{line}");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.command("quit");
        // Where it does not listen it is ended; either way it is waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
