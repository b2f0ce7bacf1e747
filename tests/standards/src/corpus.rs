//! Hours of speech and music that hold no tone: what detectors must stay silent on.
//!
//! Debian's recorded prompts in five languages and music on hold, unpacked by `tools/debs corpus target/corpus`, and the
//! readers of `target/voices` (`./justw voices`). A file is brought to a level over its loud parts and to a speed, which
//! moves voices from deep to high.

use std::{
    f64::consts::PI,
    fs, io,
    path::{Path, PathBuf},
};

use codec::rms_of_dbm0;
use frame::Law;

use crate::{
    level::rms,
    peer::target,
    wav::{self, WavError},
};

/// Samples of a stretch whose level counts: 20 ms.
const STRETCH: usize = 160;
/// What is so far below the loudest stretch is a pause: 20 dB, as a ratio of amplitudes.
const PAUSE: f32 = 0.1;
/// Samples on each side that a sample between samples is made of.
const REACH: usize = 16;
const TAPS: usize = 2 * REACH;

/// Why there is no corpus.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A folder is not there.
    #[error("{0}: {1}; ./justw voices and tools/debs corpus target/corpus make it")]
    Missing(String, io::Error),
    /// A file of it can't be read.
    #[error(transparent)]
    Wav(#[from] WavError),
}

/// The WAV files below a folder of `target`, in order of their names.
///
/// # Errors
/// [`CorpusError::Missing`].
pub fn files(folder: &str) -> Result<Vec<PathBuf>, CorpusError> {
    let mut found = Vec::new();
    collect(&target(folder), &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), CorpusError> {
    let missing = |why| CorpusError::Missing(folder.display().to_string(), why);
    for entry in fs::read_dir(folder).map_err(missing)? {
        let path = entry.map_err(missing)?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|kind| kind == "wav") {
            found.push(path);
        }
    }
    Ok(())
}

/// A file's samples.
///
/// # Errors
/// [`WavError`].
pub fn read(path: &Path) -> Result<Vec<f32>, CorpusError> {
    Ok(wav::read(path)?)
}

/// A signal as loud as if its speaker, or its music, were at `level_dbm0` without the pauses; cut off at full scale.
pub fn at_loud_dbm0(signal: &[f32], level_dbm0: f32) -> Vec<f32> {
    let levels: Vec<f32> = signal.chunks(STRETCH).map(rms).collect();
    let limit = levels.iter().copied().fold(0.0, f32::max) * PAUSE;
    let loud: Vec<f32> = levels.into_iter().filter(|&level| level >= limit).collect();
    let factor = rms_of_dbm0(Law::A, level_dbm0) / rms(&loud).max(f32::MIN_POSITIVE);
    signal.iter().map(|sample| (sample * factor).clamp(-32_768.0, 32_767.0)).collect()
}

/// A signal at `percent` of its speed, and so much higher; what would be above 4 kHz is taken out.
pub fn at_speed(signal: &[f32], percent: usize) -> Vec<f32> {
    let taps: Vec<[f32; TAPS]> = (0..100).map(|phase| taps(phase as f64 / 100.0, percent)).collect();
    let mut padded = vec![0.0; REACH];
    padded.extend_from_slice(signal);
    padded.extend([0.0; REACH + 1]);
    let at = |place: usize| {
        // The first sample of a place is the one `REACH - 1` before it.
        let samples = &padded[place / 100 + 1..][..TAPS];
        samples.iter().zip(&taps[place % 100]).map(|(sample, tap)| sample * tap).sum()
    };
    (0..signal.len() * 100 / percent).map(|number| at(number * percent)).collect()
}

/// What the samples around a place between two samples count: a sinc under a Hann window.
fn taps(phase: f64, percent: usize) -> [f32; TAPS] {
    let band = (100.0 / percent as f64).min(1.0);
    std::array::from_fn(|number| {
        let distance = number as f64 - (REACH - 1) as f64 - phase;
        let angle = PI * distance * band;
        let sinc = if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
        (sinc * band * 0.5 * (1.0 + (PI * distance / (REACH + 1) as f64).cos())) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        level::dbm0,
        tone::{level_of, sine},
    };

    #[test]
    fn a_faster_sine_is_higher_and_as_loud() {
        let faster = at_speed(&sine(1000.0, -10.0, 8000), 125);
        assert_eq!(faster.len(), 6400);
        assert!((level_of(1250.0, &faster[200..6200]) + 10.0).abs() < 0.2);
    }

    #[test]
    fn at_its_own_speed_a_signal_stays_as_it_is() {
        let signal = sine(1000.0, -10.0, 800);
        assert!(at_speed(&signal, 100).iter().zip(&signal).all(|(is, was)| (is - was).abs() < 0.1));
    }

    #[test]
    fn pauses_do_not_make_a_signal_louder() {
        let signal = [sine(1000.0, -30.0, 8000), vec![0.0; 8000]].concat();
        assert!((dbm0(&at_loud_dbm0(&signal, -10.0)[..8000]) + 10.0).abs() < 0.1);
    }
}
