//! WAV files as linear samples at 8 kHz: PCM with 8 or 16 bits and G.711, any number of channels of which the first is
//! read, 8 kHz or a whole multiple of it.
//!
//! Source: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF, WAVE), with the format numbers of
//! RFC 2361. The box reads files of its own with `ringfence::wav`, which knows less and codes what it reads; the tests here
//! are built without the box.

use std::{f64::consts::PI, fs, io, path::Path};

use frame::Law;

use crate::RATE_HZ;

const FORMAT_PCM: u16 = 1;
const FORMAT_ALAW: u16 = 6;
const FORMAT_MULAW: u16 = 7;

/// Taps on each side of the low-pass before a rate is lowered, in samples of 8 kHz.
const REACH: usize = 24;

/// Why a file gives no samples.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// It can't be read at all.
    #[error("{0}: {1}")]
    Unreadable(String, io::Error),
    /// Not RIFF/WAVE, or cut short within its heads.
    #[error("not a WAV file, or cut short")]
    NotWav,
    /// A coding that is not read here.
    #[error("format {format} with {bits} bits at {rate_hz} Hz")]
    Format {
        /// The format's number.
        format: u16,
        /// Bits a sample.
        bits: u16,
        /// Samples a second.
        rate_hz: u32,
    },
}

struct Format {
    format: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
}

/// Reads a file.
///
/// # Errors
/// [`WavError`].
pub fn read(path: &Path) -> Result<Vec<f32>, WavError> {
    let file = fs::read(path).map_err(|why| WavError::Unreadable(path.display().to_string(), why))?;
    samples(&file)
}

/// The samples of a file's octets.
///
/// # Errors
/// [`WavError`].
pub fn samples(file: &[u8]) -> Result<Vec<f32>, WavError> {
    if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
        return Err(WavError::NotWav);
    }
    let format = chunk(file, b"fmt ").and_then(parse_format).ok_or(WavError::NotWav)?;
    let data = chunk(file, b"data").ok_or(WavError::NotWav)?;
    let refused = || WavError::Format { format: format.format, bits: format.bits, rate_hz: format.rate_hz };
    let linear = coding(format.format, format.bits).ok_or_else(refused)?;
    let frame = usize::from(format.channels.max(1)) * usize::from(format.bits / 8);
    let samples = data.chunks_exact(frame).map(linear).collect();
    lowered(samples, format.rate_hz as usize).ok_or_else(refused)
}

/// How the first sample of a frame is read.
fn coding(format: u16, bits: u16) -> Option<fn(&[u8]) -> f32> {
    match (format, bits) {
        (FORMAT_PCM, 8) => Some(|frame| (f32::from(frame[0]) - 128.0) * 256.0),
        (FORMAT_PCM, 16) => Some(|frame| f32::from(i16::from_le_bytes([frame[0], frame[1]]))),
        (FORMAT_ALAW, 8) => Some(|frame| f32::from(codec::decode(Law::A, frame[0]))),
        (FORMAT_MULAW, 8) => Some(|frame| f32::from(codec::decode(Law::Mu, frame[0]))),
        _ => None,
    }
}

fn parse_format(chunk: &[u8]) -> Option<Format> {
    let word = |at: usize| chunk.get(at..at + 2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let rate_hz = u32::from(word(4)?) | u32::from(word(6)?) << 16;
    Some(Format { format: word(0)?, channels: word(2)?, rate_hz, bits: word(14)? })
}

/// The contents of the first chunk of a kind. The last one may claim more than is there.
fn chunk<'a>(file: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let mut rest = file.get(12..)?;
    loop {
        let size = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        let body = rest.get(8..)?;
        if &rest[..4] == kind {
            return Some(&body[..size.min(body.len())]);
        }
        rest = body.get(size.checked_add(size % 2)?..)?;
    }
}

/// A signal of a whole multiple of 8 kHz at 8 kHz, behind a low-pass (a sinc under a Hann window).
fn lowered(signal: Vec<f32>, rate_hz: usize) -> Option<Vec<f32>> {
    let times = rate_hz / RATE_HZ;
    if times == 0 || !rate_hz.is_multiple_of(RATE_HZ) {
        return None;
    }
    if times == 1 {
        return Some(signal);
    }
    let reach = (REACH * times) as isize;
    // It ends at 0.93 of the band: what is above 4 kHz would be folded back.
    let tap = |at: isize| {
        let x = PI * at as f64 / times as f64;
        let sinc = if at == 0 { 0.93 } else { (0.93 * x).sin() / x };
        sinc / times as f64 * 0.5 * (1.0 + (PI * at as f64 / (reach + 1) as f64).cos())
    };
    let taps: Vec<f64> = (-reach..=reach).map(tap).collect();
    let at = |middle: usize| {
        let value = |(number, tap): (usize, &f64)| {
            let place = (middle + number).checked_sub(reach as usize).and_then(|place| signal.get(place));
            tap * f64::from(place.copied().unwrap_or(0.0))
        };
        taps.iter().enumerate().map(value).sum::<f64>() as f32
    };
    Some((0..signal.len()).step_by(times).map(at).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(format: u16, channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        file.extend(format.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate_hz.to_le_bytes());
        file.extend((rate_hz * u32::from(channels * bits / 8)).to_le_bytes());
        file.extend((channels * bits / 8).to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn each_coding_is_read_and_of_several_channels_the_first() {
        assert_eq!(samples(&file(FORMAT_PCM, 1, 8000, 16, &[0x34, 0x12])).unwrap(), [4660.0]);
        assert_eq!(samples(&file(FORMAT_PCM, 2, 8000, 16, &[1, 0, 2, 0, 3, 0, 4, 0])).unwrap(), [1.0, 3.0]);
        assert_eq!(samples(&file(FORMAT_PCM, 1, 8000, 8, &[128, 129])).unwrap(), [0.0, 256.0]);
        assert_eq!(samples(&file(FORMAT_ALAW, 1, 8000, 8, &[0xd5])).unwrap(), [8.0]);
        assert_eq!(samples(&file(FORMAT_MULAW, 1, 8000, 8, &[0xff])).unwrap(), [0.0]);
    }

    #[test]
    fn a_higher_rate_is_lowered_without_folding() {
        for (hz, keeps) in [(1000.0, true), (3000.0, true), (5500.0, false), (7000.0, false)] {
            let sine = |at: i32| (10_000.0 * (std::f64::consts::TAU * hz * f64::from(at) / 16_000.0).sin()) as i16;
            let data: Vec<u8> = (0..16_000).flat_map(|at| sine(at).to_le_bytes()).collect();
            let read = samples(&file(FORMAT_PCM, 1, 16_000, 16, &data)).unwrap();
            let ratio = crate::level::rms(&read[100..7900]) / 7071.0;
            assert!(if keeps { (0.97..1.03).contains(&ratio) } else { ratio < 0.003 }, "{hz}: {ratio}");
        }
    }

    #[test]
    fn what_is_not_read_is_told() {
        assert!(matches!(samples(b"RIFF"), Err(WavError::NotWav)));
        assert!(matches!(samples(&file(1, 1, 11_025, 16, &[])), Err(WavError::Format { rate_hz: 11_025, .. })));
        assert!(matches!(samples(&file(3, 1, 8000, 32, &[])), Err(WavError::Format { format: 3, .. })));
        for end in 0..58 {
            let _ = samples(&file(1, 1, 8000, 16, &[1, 2])[..end]);
        }
    }
}
