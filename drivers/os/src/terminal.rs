//! A line that is typed at a terminal without being shown.

use std::{
    io::{self, BufRead},
    os::fd::AsFd,
};

use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};

/// Reads one line from standard input, without its end. Where that is a terminal, what is typed is not shown.
///
/// # Errors
/// The system's.
pub fn read_line_unseen() -> io::Result<String> {
    let stdin = io::stdin();
    // No terminal: a pipe or a file, which shows nothing anyway.
    let shown = tcgetattr(stdin.as_fd()).ok();
    if let Some(shown) = &shown {
        let mut unseen = shown.clone();
        unseen.local_flags.remove(LocalFlags::ECHO);
        unseen.local_flags.insert(LocalFlags::ECHONL);
        tcsetattr(stdin.as_fd(), SetArg::TCSAFLUSH, &unseen)?;
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    if let Some(shown) = &shown {
        tcsetattr(stdin.as_fd(), SetArg::TCSANOW, shown)?;
    }
    read?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}
