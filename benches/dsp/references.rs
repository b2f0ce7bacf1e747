//! What others have, each in a process of its own (`dsp_peer`, `tone_peer`): what it costs, round by round, and what echo
//! cancellers leave.

use std::{
    error::Error,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use frame::OCTETS_PER_TICK;
use standards::peer;

/// A process that runs what others have, and tells its processor time.
pub struct Cost {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Cost {
    /// `lanes` cancellers named `which`, through which each round runs all of what goes out and what comes back.
    ///
    /// # Errors
    /// If the program is not there; `./justw peers` builds it.
    pub fn start(which: &str, taps: usize, lanes: usize, far: &[f32], rx: &[f32]) -> Result<Cost, Box<dyn Error>> {
        // It takes whole frames of 20 ms.
        let pairs = far.len().min(rx.len()) / (2 * OCTETS_PER_TICK) * (2 * OCTETS_PER_TICK);
        let arguments = ["cost", which, &taps.to_string(), &lanes.to_string()];
        Cost::of("dsp_peer", &arguments, pairs as u32, &octets(&far[..pairs], &rx[..pairs]))
    }

    /// A program of `target/peers` that is told how many there are of what it gets, and each round works off all of it.
    ///
    /// # Errors
    /// If the program is not there; `./justw peers` builds it.
    pub fn of(program: &str, arguments: &[&str], count: u32, heard: &[u8]) -> Result<Cost, Box<dyn Error>> {
        let path = peer::target("peers").join(program);
        let mut process = Command::new(&path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("{}: {why}; ./justw peers builds it", path.display()))?;
        let (mut input, output) = (process.stdin.take().expect("piped"), process.stdout.take().expect("piped"));
        input.write_all(&count.to_le_bytes())?;
        input.write_all(heard)?;
        input.flush()?;
        Ok(Cost { process, input, output: BufReader::new(output) })
    }

    /// The processor time of one round.
    pub fn round(&mut self) -> Duration {
        self.input.write_all(b"r").and_then(|()| self.input.flush()).expect("it waits for rounds");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it tells each round");
        Duration::from_nanos(line.trim().parse().expect("a number of nanoseconds"))
    }
}

impl Drop for Cost {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a canceller leaves of `rx`, its suppressor off.
pub fn clean(which: &str, taps: usize, far: &[f32], rx: &[f32]) -> Result<Vec<f32>, Box<dyn Error>> {
    Ok(peer::run("dsp_peer", &["clean", which, &taps.to_string()], octets(far, rx))?.samples())
}

/// Pairs as the program reads them.
fn octets(far: &[f32], rx: &[f32]) -> Vec<u8> {
    let pairs: Vec<f32> = far.iter().zip(rx).flat_map(|(&far, &rx)| [far, rx]).collect();
    peer::octets(&pairs)
}
