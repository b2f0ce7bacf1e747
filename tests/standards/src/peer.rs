//! Programs that are not ours, as measuring sticks: built by `./justw peers` into `target/peers/`, one process each,
//! audio in on stdin and audio out on stdout.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// It did not start.
    #[error("{0}: {1}; ./justw peers builds or installs it")]
    Start(String, std::io::Error),
    /// It ended with an error, and said this.
    #[error("{0}: {1}")]
    Failed(String, String),
}

/// What a program said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its standard output.
    pub out: Vec<u8>,
    /// Its standard error.
    pub told: String,
}

impl Answer {
    /// Its output as linear samples: 16 bits, little end first.
    pub fn samples(&self) -> Vec<f32> {
        self.out.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]]))).collect()
    }
}

/// A folder of the project's `target`, where set-up leaves what tests need.
pub fn target(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(folder)
}

/// Samples as a program reads them: 16 bits, little end first, rounded and cut off at full scale.
pub fn octets(signal: &[f32]) -> Vec<u8> {
    signal.iter().flat_map(|&sample| (sample.round() as i16).to_le_bytes()).collect()
}

/// Runs a program of `target/peers` with `input` on its standard input, and waits for its end.
///
/// # Errors
/// [`PeerError`] if it is not there or fails.
pub fn run(name: &str, arguments: &[&str], input: Vec<u8>) -> Result<Answer, PeerError> {
    run_command(name, Command::new(target("peers").join(name)).args(arguments), input)
}

/// The same of a program that is installed.
///
/// # Errors
/// [`PeerError`] if it is not there or fails.
pub fn run_installed(name: &str, arguments: &[&str], input: Vec<u8>) -> Result<Answer, PeerError> {
    run_command(name, Command::new(name).args(arguments), input)
}

fn run_command(name: &str, command: &mut Command, input: Vec<u8>) -> Result<Answer, PeerError> {
    let start = |why| PeerError::Start(name.to_owned(), why);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(start)?;
    let mut stdin = child.stdin.take().expect("it is piped");
    // Of its own, so that neither side waits for the other with full pipes. A program that ends early is told by its status.
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().map_err(start)?;
    let written = writer.join().expect("writing does not panic");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && written.is_ok() {
        Ok(Answer { out: output.stdout, told })
    } else {
        Err(PeerError::Failed(name.to_owned(), format!("{}: {told}", output.status)))
    }
}
