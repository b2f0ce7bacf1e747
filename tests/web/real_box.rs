//! The box itself behind the page: `ringfence run` as a process, its lines simulated here, with people who call.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use frame::{LaneId, Law, SpanId};
use ringfence::wav;
use settings::{Board, CardKind, Layout};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OperatorEvent, OutsideCall, Say, Told, World, shell};

/// The trunk of the demo's board.
const TRUNK: SpanId = SpanId(0);

/// The number that leads to the telephone of the tests.
const NUMBER: &str = "62001803";

/// How long a step of a call may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A recorded human voice of set-up, A-law.
pub fn voice(name: &str) -> Vec<u8> {
    let path = root("target/voices").join(name);
    let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: ./justw voices", path.display()));
    wav::read(&file).unwrap().octets
}

/// The running box and what is outside it.
pub struct RealBox {
    /// Its page.
    pub url: String,
    /// The owner's code.
    pub code: String,
    acts: Sender<Operator>,
    told: Receiver<OperatorEvent>,
    process: Child,
    stop: Arc<AtomicBool>,
    lines: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

impl RealBox {
    /// Starts the demo's box, and waits until its trunk is up.
    pub fn start() -> RealBox {
        let folder = tempfile::tempdir().unwrap();
        let board = std::fs::read_to_string(root("board/demo.toml")).unwrap();
        let board = Board::parse("demo.toml", &board).unwrap();
        let (acts, port) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let lines = hold(&board, &folder.path().join("lines"), shell::OperatorPort { acts: port, told: tell }, &stop);
        let process = run(folder.path());
        let mut started =
            RealBox { url: String::new(), code: String::new(), acts, told, process, stop, lines: Some(lines), folder };
        started.read_start();
        started.until("the trunk is up", |told| matches!(told, Told::Link { up: true, .. }).then_some(()));
        started
    }

    /// What the box says at its start: the owner's code and its address.
    fn read_start(&mut self) {
        let stdout = self.process.stdout.take().unwrap();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(code) = line.strip_prefix("Owner's code (shown this once, keep it safe): ") {
                self.code = code.to_owned();
            }
            if let Some(url) = line.strip_prefix("ready ") {
                self.url = url.trim_end_matches('/').to_owned();
                return;
            }
        }
        panic!("the box ended before it was ready");
    }

    /// The lane of the telephone at a position.
    pub fn telephone(&self, position: u8) -> LaneId {
        let board = std::fs::read_to_string(root("board/demo.toml")).unwrap();
        let layout = Layout::of(&Board::parse("demo.toml", &board).unwrap());
        let mut jacks = layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxs);
        jacks.find(|jack| jack.port.position == position).unwrap().lane
    }

    /// Someone outside calls the telephone, which rings; the lane on which they speak.
    pub fn rings(&self, call: u32, telephone: LaneId) -> LaneId {
        let (from, to) = ("13912348000".parse().ok(), NUMBER.parse().unwrap());
        self.operate(Operator::Exchange(TRUNK, ExchangeAct::Place { call: OutsideCall(call), from, to }));
        let lane = self.until("the call is placed", |told| match told {
            Told::Call(told) => match told.news {
                CallNews::Placed { lane } => Some(lane),
                _ => None,
            },
            _ => None,
        });
        self.until("the telephone rings", |told| (*told == Told::RingerSounds(telephone)).then_some(()));
        lane
    }

    pub fn lift(&self, telephone: LaneId) {
        self.operate(Operator::Handset(telephone, HandsetAct::Lift));
    }

    pub fn says(&self, lane: LaneId, octets: &[u8]) {
        self.operate(Operator::Party(lane, Act::Say(Say::Clip { octets: octets.into(), law: Law::A, repeat: false })));
    }

    /// The caller hangs up, then the telephone.
    pub fn hang_up(&self, call: u32, telephone: LaneId) {
        let cause = isdn::Cause::NormalClearing;
        self.operate(Operator::Exchange(TRUNK, ExchangeAct::Clear { call: OutsideCall(call), cause }));
        self.operate(Operator::Handset(telephone, HandsetAct::HangUp));
    }

    /// A verb of the command line, with what is typed into it: whether it went well, and what it said.
    pub fn verb(&self, arguments: &[&str], typed: &str) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.args(["--lang", "en"]).args(arguments).arg("--data").arg(self.folder.path().join("data"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that reads nothing may be over by now.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    /// The processes that the box has started and that still run.
    pub fn openers(&self) -> Vec<i32> {
        let own = format!("PPid:\t{}\n", self.process.id());
        let status = |pid: &i32| std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let all = std::fs::read_dir("/proc").unwrap();
        let all = all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        all.filter(|pid| status(pid).contains(&own) && !status(pid).contains("State:\tZ")).collect()
    }

    fn operate(&self, operator: Operator) {
        self.acts.send(operator).unwrap();
    }

    #[track_caller]
    fn until<T>(&self, what: &str, find: impl Fn(&Told) -> Option<T>) -> T {
        let limit = Instant::now() + PATIENCE;
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            let event = self.told.recv_timeout(left).unwrap_or_else(|_| panic!("not in time: {what}"));
            if let Some(found) = find(&event.told) {
                return found;
            }
        }
    }
}

impl Drop for RealBox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.stop.store(true, Ordering::Relaxed);
        if let Some(lines) = self.lines.take() {
            let _ = lines.join();
        }
    }
}

fn hold(board: &Board, lines: &Path, operator: shell::OperatorPort, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (world, stopped) = (World::new(board, &[], 1), Arc::clone(stop));
    let sockets = shell::Sockets { lines: lines.to_owned(), peers: Vec::new() };
    thread::spawn(move || shell::serve(world, &sockets, operator, &stopped).unwrap())
}

fn run(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.args(["--lang", "en", "run", "--listen", "127.0.0.1:0", "--plain-http"]);
    command.arg("--board").arg(root("board/demo.toml")).arg("--settings").arg(root("board/demo.settings.toml"));
    command.arg("--data").arg(folder.join("data")).arg("--lines").arg(folder.join("lines"));
    command.stdout(Stdio::piped()).spawn().unwrap()
}
