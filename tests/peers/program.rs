//! A program that runs beside the test: what it says, line by line, and what it is told.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// How long anything may take that is not measured.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running program. Killed with the test.
pub struct Program {
    name: &'static str,
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    /// All that it said so far.
    pub said: Vec<String>,
}

impl Program {
    pub fn start(name: &'static str, command: &mut Command) -> Program {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        Program { name, child, stdin, lines, said: Vec::new() }
    }

    pub fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    /// Waits for a line that is not said yet and from which `find` finds something.
    pub fn until<T>(&mut self, what: &str, mut find: impl FnMut(&str) -> Option<T>) -> T {
        let limit = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(limit.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = find(&line);
                    self.said.push(line);
                    if let Some(found) = found {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{}: not in time: {what}; it said:\n{}", self.name, self.said.join("\n"))
                }
            }
        }
    }

    /// What it has said since it was last looked at.
    pub fn news(&mut self) -> Vec<String> {
        let new: Vec<String> = self.lines.try_iter().collect();
        self.said.extend(new.iter().cloned());
        new
    }

    /// The process that it started with `verb` among its arguments.
    pub fn child(&self, verb: &str) -> Pid {
        let parent = format!(" {} ", self.child.id());
        let is_child = |pid: &String| {
            let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
            // After the name in parentheses: the state, then the parent.
            let from_parent = read("stat").rsplit_once(')').is_some_and(|(_, rest)| rest[2..].starts_with(&parent));
            from_parent && read("cmdline").split('\0').any(|argument| argument == verb)
        };
        let entries = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let pid = entries.filter(|name| name.parse::<i32>().is_ok()).find(is_child);
        Pid::from_raw(pid.unwrap_or_else(|| panic!("{} has no child that does {verb}", self.name)).parse().unwrap())
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end; whether it went well. A parent that was killed instead would leave its child behind.
    pub fn ends(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// SIGTERM, and waits for its end; whether it went well.
    pub fn stops(mut self) -> bool {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Gone already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
