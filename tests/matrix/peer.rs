//! libpri as the far end: one process of `tests/peers/pri_peer.c`, whose clock stands still until it is stepped.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    os::fd::{AsRawFd, OwnedFd},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use frame::Time;
use isdn::Role;
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, socket},
};
use serde_json::Value;

use crate::row::Switch;

/// A running far end.
pub struct Peer {
    program: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// One for each D-channel.
    frames: Vec<OwnedFd>,
    told: VecDeque<Told>,
}

/// What the far end tells: one event of libpri.
#[derive(Clone, Debug)]
pub struct Told(Value);

/// What the far end is after a step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Frames that it has sent since its start over each D-channel.
    pub sent: [u64; 2],
    /// When its next timer is due.
    pub next: Option<Time>,
    /// CPU time that it has used.
    pub cpu: Duration,
}

/// How a far end is started.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub switch: Switch,
    pub role: Role,
    /// It sends and takes digits one by one.
    pub overlap: bool,
    /// It has a second D-channel to take the place of the first.
    pub backup: bool,
}

impl Told {
    /// The name of the event, as libpri calls it.
    pub fn event(&self) -> &str {
        self.text("ev")
    }

    /// A text, or none.
    pub fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    /// A number, or -1.
    pub fn number(&self, key: &str) -> i64 {
        self.0[key].as_i64().unwrap_or(-1)
    }

    /// Numbers in a list, or none.
    pub fn numbers(&self, key: &str) -> Vec<i64> {
        self.0[key].as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
    }

    /// The far end's own number for the call.
    pub fn id(&self) -> i64 {
        self.number("id")
    }

    pub fn cause(&self) -> i64 {
        self.number("cause")
    }
}

impl Peer {
    /// Starts a far end; `folder` holds its socket.
    pub fn start(manner: Manner, folder: &Path) -> Peer {
        let path = folder.join(format!("{:?}", std::thread::current().id()));
        let backup = manner.backup.then(|| path.with_extension("backup"));
        let mut command = Command::new(program());
        command.args(["peer", "--stepped", "--role", role_word(manner.role), "--switch", manner.switch.word()]);
        command.arg("--listen").arg(&path).args(manner.overlap.then_some("--overlap"));
        backup.iter().for_each(|path| _ = command.arg("--backup").arg(path));
        // What libpri complains about is seen in what it does.
        command.env("PRI_PEER_QUIET", "1");
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("pri_peer starts");
        let mut answers = BufReader::new(program.stdout.take().expect("it is piped"));
        let commands = program.stdin.take().expect("it is piped");
        let frames = [Some(path), backup].into_iter().flatten().map(|path| heard(&mut answers, &path)).collect();
        Peer { program, commands, answers, frames, told: VecDeque::new() }
    }

    /// Hands the far end a frame over the D-channel of a line.
    pub fn hear(&mut self, line: u8, octets: &[u8]) {
        // A far end that is gone is noticed at the next step.
        let _ = send(self.frames[usize::from(line)].as_raw_fd(), octets, MsgFlags::MSG_NOSIGNAL);
    }

    /// The next frame that the far end has sent over the D-channel of a line.
    pub fn say(&mut self, line: u8) -> Option<Vec<u8>> {
        let mut octets = [0; LONGEST_OCTETS];
        match recv(self.frames[usize::from(line)].as_raw_fd(), &mut octets, MsgFlags::MSG_DONTWAIT) {
            Ok(0) | Err(Errno::EAGAIN) => None,
            Ok(length) => Some(octets[..length].to_vec()),
            Err(error) => panic!("the socket of pri_peer: {error}"),
        }
    }

    /// Gives a command; answers with the call that it was about, and whether libpri took it.
    pub fn command(&mut self, command: &str) -> (i64, bool) {
        let answer = self.ask(command, "ok");
        (answer["id"].as_i64().unwrap_or(0), answer["ok"].as_bool().unwrap_or(false))
    }

    /// Moves the far end's clock.
    pub fn step(&mut self, to: Time) -> Step {
        let answer = self.ask(&format!("step to={}", to.as_us()), "step");
        let number = |key: &str| answer[key].as_u64();
        Step {
            sent: ["sent", "sent_backup"].map(|key| number(key).expect("a step tells it")),
            next: number("next").map(Time::from_us),
            cpu: Duration::from_micros(number("cpu_us").expect("a step tells it")),
        }
    }

    /// The calls that libpri has.
    pub fn calls(&mut self) -> i64 {
        self.ask("stats", "stats")["stats"]["calls"].as_i64().expect("the statistics tell it")
    }

    /// The next event.
    pub fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// Events come before the answer.
    fn ask(&mut self, command: &str, answer: &str) -> Value {
        writeln!(self.commands, "{command}").expect("pri_peer takes commands");
        loop {
            let mut line = String::new();
            let octets = self.answers.read_line(&mut line).expect("pri_peer answers in text");
            assert!(octets > 0, "pri_peer is gone at \"{command}\": {:?}", self.program.try_wait());
            let value: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if !value[answer].is_null() {
                return value;
            }
            self.told.extend((!value["ev"].is_null()).then_some(Told(value)));
        }
    }
}

impl Drop for Peer {
    /// libpri cannot free what it has: the process ends with its scenario.
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Connects as soon as the far end says that it listens. Nobody needs the name of the socket any more.
fn heard(answers: &mut BufReader<ChildStdout>, path: &Path) -> OwnedFd {
    answers.read_line(&mut String::new()).expect("pri_peer says that it listens");
    let frames = connected(path);
    std::fs::remove_file(path).expect("the socket was there");
    frames
}

fn connected(path: &Path) -> OwnedFd {
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    connect(socket.as_raw_fd(), &UnixAddr::new(path).expect("a short path")).expect("pri_peer listens");
    socket
}

fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers/pri_peer");
    assert!(path.exists(), "{} is missing: ./justw peers", path.display());
    path
}

/// libpri's word for a role.
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Network => "nt",
        Role::User => "te",
    }
}

/// N201, the headers, and a little more, so that a frame which is too long is seen as such.
const LONGEST_OCTETS: usize = 512;
