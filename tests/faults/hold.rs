//! `ringfence hold`: the box dies, and what its parent holds is there in its next life.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::running::Home;

/// A holder with its box.
pub struct Holding {
    holder: Child,
    says: BufReader<std::process::ChildStdout>,
    /// The owner's code, once a start has shown it.
    pub code: Option<String>,
}

impl Holding {
    fn start(home: &Home, board: &str) -> Holding {
        Holding::start_on(home, board, None)
    }

    /// The box on the lines of a street, or on its own.
    pub fn start_on(home: &Home, board: &str, lines: Option<&Path>) -> Holding {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
        command.args(["--lang", "en", "hold", "--listen", "127.0.0.1:0", "--plain-http", "--board"]);
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        command.arg(root.join(board)).arg("--data").arg(home.data());
        command.arg("--settings").arg(home.own_or("settings.toml", "board/demo.settings.toml"));
        if let Some(lines) = lines {
            command.arg("--lines").arg(lines);
        }
        let mut holder = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let says = BufReader::new(holder.stdout.take().unwrap());
        Holding { holder, says, code: None }
    }

    /// Reads on to the next line `ready`; the box that said it.
    pub fn box_is_ready(&mut self) -> u32 {
        let mut line = String::new();
        while !line.starts_with("ready ") {
            self.code =
                line.trim_end().rsplit_once("keep it safe): ").map(|(_, code)| code.to_owned()).or(self.code.take());
            line.clear();
            assert!(self.says.read_line(&mut line).unwrap() > 0, "the box is gone: {:?}", self.holder.try_wait());
        }
        child_of(self.holder.id())
    }

    pub fn id(&self) -> u32 {
        self.holder.id()
    }

    /// Waits for its end; whether it went well, and what it complained of.
    pub fn ends(&mut self) -> (bool, String) {
        let (mut rest, mut complaints) = (String::new(), String::new());
        self.holder.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        self.says.read_to_string(&mut rest).unwrap();
        (self.holder.wait().unwrap().success(), complaints)
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        // Stopped by name of its own child too: a holder that is killed leaves its box to itself.
        let _ = kill(Pid::from_raw(self.holder.id().cast_signed()), Signal::SIGTERM);
        let _ = self.holder.wait();
    }
}

/// The one child of a process.
fn child_of(parent: u32) -> u32 {
    let mark = format!(" {parent} ");
    let of = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // After the name in parentheses: the state, then the parent.
        stat.rsplit_once(')').is_some_and(|(_, rest)| rest[2..].starts_with(&mark))
    };
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.into_iter().find(of).expect("it has a child")
}

/// The memory that a process has open as its call table, as the kernel numbers it.
fn call_tables(pid: u32) -> Vec<u64> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().map(|entry| entry.unwrap().path());
    let is_table = |path: &PathBuf| fs::read_link(path).is_ok_and(|to| to.to_string_lossy().contains("call-table"));
    let mut tables: Vec<u64> = files.filter(is_table).map(|path| fs::metadata(path).unwrap().ino()).collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}

#[test]
fn a_box_that_is_killed_is_started_again_with_the_call_table_that_its_parent_held() {
    let home = Home::new();
    let mut holding = Holding::start(&home, "board/demo.toml");
    let first = holding.box_is_ready();
    let table = call_tables(first);
    assert_eq!(table.len(), 1);
    kill(Pid::from_raw(first.cast_signed()), Signal::SIGKILL).unwrap();
    let second = holding.box_is_ready();
    assert_ne!(first, second);
    assert_eq!(call_tables(second), table, "the same memory");
    kill(Pid::from_raw(holding.holder.id().cast_signed()), Signal::SIGTERM).unwrap();
    let (well, complaints) = holding.ends();
    assert!(well && complaints.contains("The box died (signal: 9"), "{complaints}");
    assert!(home.log().iter().any(|event| event.contains("stopped")), "it was told to stop");
}

#[test]
fn a_box_that_cant_be_started_is_given_up_and_that_is_said() {
    let home = Home::new();
    let mut holding = Holding::start(&home, "board/demo.settings.toml");
    let (well, complaints) = holding.ends();
    assert!(!well && complaints.contains("The box died 5 times before it was ready"), "{complaints}");
}
