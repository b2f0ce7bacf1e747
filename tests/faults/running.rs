//! A running box: `ringfence run` on a data directory of its own, and what can be asked of it from outside.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use frame::Law;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use ringfence::{
    journal::{Fact, FileStorage, Item, Reader, Record},
    wav,
};
use settings::Board;

use crate::{http, street::Street};

/// How long a start or an event may take on a loaded machine. A time-out, not a promise.
const PATIENCE: Duration = Duration::from_secs(30);

const PASSWORD: &str = "天黑以后谁值班 night";

/// What can be played: each name is a second of one octet.
pub const SOUNDS: [(&str, u8); 4] = [("main_menu", 0x55), ("music", 0x58), ("harp", 0x59), ("queue_wait", 0x5a)];

/// The octet of a sound.
pub fn octet(name: &str) -> u8 {
    SOUNDS.iter().find(|(of, _)| *of == name).unwrap().1
}

/// Waits until something is so. A time-out, not a promise: the log is signed once a minute, and much waits for that.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < limit, "not yet: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The demo's board.
pub fn board() -> Board {
    Board::parse("demo.toml", &fs::read_to_string(root().join("board/demo.toml")).unwrap()).unwrap()
}

/// The demo's settings.
pub fn settings() -> String {
    fs::read_to_string(root().join("board/demo.settings.toml")).unwrap()
}

/// A data directory, before, while and after a box runs on it.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// A new directory with prompts in it.
    pub fn new() -> Home {
        let home = Home { folder: tempfile::tempdir().unwrap() };
        let prompts = home.data().join("prompts/zh-CN");
        fs::create_dir_all(&prompts).unwrap();
        for (name, octet) in SOUNDS {
            fs::write(prompts.join(format!("{name}.wav")), wav::file(Law::A, &[&[octet; 8000]])).unwrap();
        }
        home
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file beside the data directory. A `board.toml` or `settings.toml` takes the place of the demo's.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The file of this name beside the data directory, or the demo's where there is none.
    pub fn own_or(&self, name: &str, of_demo: &str) -> PathBuf {
        let own = self.folder.path().join(name);
        if own.exists() { own } else { root().join(of_demo) }
    }

    /// `ringfence VERB…` in English, to its end.
    pub fn ringfence(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_ringfence")).args(["--lang", "en"]).args(arguments).output().unwrap()
    }

    /// `ringfence settings …` on this directory: whether it went well, and all that it said.
    pub fn settings(&self, verb: &str, file: Option<&Path>) -> (bool, String) {
        let data = self.data();
        let file = file.map(|path| path.to_str().unwrap());
        let arguments = ["settings", verb].into_iter().chain(file).chain(["--data", data.to_str().unwrap()]);
        said(&self.ringfence(&arguments.collect::<Vec<_>>()))
    }

    /// The texts of all events in the log, in order.
    pub fn log(&self) -> Vec<String> {
        self.records().iter().map(|record| record.fact.text().to_owned()).collect()
    }

    pub fn records(&self) -> Vec<Record> {
        let storage = FileStorage::new(&self.data().join("events"));
        let items = Reader::new(&storage, frame::EventNo(1)).unwrap();
        let record = |item| match item {
            Ok(Item::Record(record)) => Some(record),
            _ => None,
        };
        items.filter_map(record).collect()
    }

    /// Waits until the log holds an event with all these words.
    pub fn until_log(&self, words: &[&str]) -> String {
        let limit = Instant::now() + PATIENCE;
        loop {
            let log = self.log();
            if let Some(text) = log.iter().rev().find(|text| words.iter().all(|word| text.contains(word))) {
                return text.clone();
            }
            assert!(Instant::now() < limit, "not in the log: {words:?}\n{}", log.join("\n"));
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether every event of the log is one that this version knows.
    pub fn knows_its_log(&self) -> bool {
        self.records().iter().all(|record| matches!(record.fact, Fact::Known { .. }))
    }
}

/// What a command said, all of it, and whether it went well.
pub fn said(output: &Output) -> (bool, String) {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

/// The process.
pub struct Running {
    child: Child,
    says: Receiver<String>,
    /// Where the page is.
    pub page: SocketAddr,
    /// The owner's code, where this start showed it.
    pub code: Option<String>,
}

impl Running {
    /// Starts the box on the lines of a street, and waits until it is ready.
    pub fn start(home: &Home, street: &Street) -> Running {
        Running::start_with(home, Some(street), &["sh", "-c", "exec \"$0\" \"$@\""])
    }

    /// Starts the box by way of `wrapper`, a command that ends with running its arguments.
    pub fn start_with(home: &Home, street: Option<&Street>, wrapper: &[&str]) -> Running {
        let mut command = Command::new(wrapper[0]);
        command.args(&wrapper[1..]).arg(env!("CARGO_BIN_EXE_ringfence"));
        command.args(["--lang", "en", "run", "--listen", "127.0.0.1:0", "--plain-http"]);
        command.arg("--board").arg(home.own_or("board.toml", "board/demo.toml")).arg("--data").arg(home.data());
        if let Some(street) = street {
            command.arg("--lines").arg(&street.lines);
        }
        if !home.data().join("settings/000001.toml").exists() {
            command.arg("--settings").arg(home.own_or("settings.toml", "board/demo.settings.toml"));
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (tell, says) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let page = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut running = Running { child, says, page, code: None };
        running.until_ready();
        running
    }

    fn until_ready(&mut self) {
        let limit = Instant::now() + PATIENCE;
        loop {
            let line = self.says.recv_timeout(limit.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| panic!("the box was not ready: {:?}", self.child.try_wait()));
            if let Some(url) = line.strip_prefix("ready http://") {
                self.page = url.trim_end_matches('/').parse().unwrap();
                return;
            }
            self.code = line.rsplit_once(": ").map(|(_, code)| code.to_owned()).or(self.code.take());
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, as a power cut would but for the disk's own memory.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits; whether it ended well.
    pub fn stop(mut self) -> bool {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().success()
    }

    /// Makes the first owner; the cookie of their session.
    pub fn claim(&self) -> String {
        let code = self.code.as_deref().expect("the code was shown");
        self.enter("/first-start", &[("code", code), ("name", "chen"), ("password", PASSWORD), ("again", PASSWORD)])
    }

    /// Signs the owner in again.
    pub fn sign_in(&self) -> String {
        self.enter("/sign-in", &[("name", "chen"), ("password", PASSWORD)])
    }

    /// Comes in by a form; the cookie of the session.
    pub fn enter(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let origin = format!("http://{}", self.page);
        let headers = [("Origin", origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        let answer = http::send(self.page, "POST", path, &headers, &http::form(fields));
        answer.cookie().unwrap_or_else(|| panic!("the owner is not in: {}", answer.text()))
    }

    /// Sends a form of a page, and has it taken.
    pub fn send(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.tries_to_send(path, cookie, fields);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Sends a form of a page.
    pub fn tries_to_send(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> http::Answer {
        let origin = format!("http://{}", self.page);
        let headers = [
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", cookie),
            ("Accept-Language", "en"),
        ];
        http::send(self.page, "POST", path, &headers, &http::form(fields))
    }

    /// A page, in English.
    pub fn page(&self, path: &str, cookie: &str) -> String {
        let answer = http::send(self.page, "GET", path, &[("Cookie", cookie), ("Accept-Language", "en")], &[]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Waits for a page to say something.
    pub fn until_page(&self, path: &str, cookie: &str, says: impl Fn(&str) -> bool) {
        let limit = Instant::now() + PATIENCE;
        loop {
            let answer = http::send(self.page, "GET", path, &[("Cookie", cookie), ("Accept-Language", "en")], &[]);
            if answer.status == 200 && says(&answer.text()) {
                return;
            }
            assert!(Instant::now() < limit, "{path} does not say it: {}", answer.text());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It is gone already where the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
