//! The echo cancellers that others have, each in a process of its own (`dsp_peer`): what they cost, round by round, and what
//! they leave.

use std::{
    error::Error,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use frame::OCTETS_PER_TICK;
use standards::peer;

/// A process that runs cancellers and tells their processor time.
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
        let path = peer::target("peers/dsp_peer");
        let mut process = Command::new(&path)
            .args(["cost", which, &taps.to_string(), &lanes.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("{}: {why}; ./justw peers builds it", path.display()))?;
        let (mut input, output) = (process.stdin.take().expect("piped"), process.stdout.take().expect("piped"));
        // It takes whole frames of 20 ms.
        let pairs = far.len().min(rx.len()) / (2 * OCTETS_PER_TICK) * (2 * OCTETS_PER_TICK);
        input.write_all(&(pairs as u32).to_le_bytes())?;
        input.write_all(&octets(&far[..pairs], &rx[..pairs]))?;
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
