//! WAV files as the box reads and writes them: 8 kHz, G.711 (formats 6 and 7) or 16-bit PCM, one channel in; G.711, one
//! channel a voice, out.
//!
//! Source: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF, WAVE), with the format numbers of
//! RFC 2361. Not here: resampling; a file of another rate is refused with a sentence.

use frame::Law;

/// Samples a second; the box knows no other rate.
pub const RATE_HZ: u32 = 8000;

const FORMAT_PCM: u16 = 1;
const FORMAT_ALAW: u16 = 6;
const FORMAT_MULAW: u16 = 7;

/// Audio of one voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// G.711 octets, one a sample.
    pub octets: Vec<u8>,
    /// How they are coded.
    pub law: Law,
}

/// Why a file is no voice for the box.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// Not RIFF/WAVE, or cut short.
    #[error("not a WAV file, or cut short")]
    NotWav,
    /// Another rate.
    #[error("{0} samples a second, 8000 are allowed")]
    Rate(u32),
    /// More than one channel.
    #[error("{0} channels, 1 is allowed")]
    Channels(u16),
    /// A coding that the box does not read.
    #[error("format {format} with {bits} bits, allowed are 1 (PCM) with 16, 6 (A-law) and 7 (µ-law) with 8")]
    Format {
        /// The format's number.
        format: u16,
        /// Bits a sample.
        bits: u16,
    },
}

/// Octets before the first sample of a file that [`head`] begins.
pub const HEAD_OCTETS: usize = 58;

struct Format {
    format: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
}

/// Reads a voice. PCM is coded as A-law.
///
/// # Errors
/// [`WavError`], by what the file's maker has to change.
pub fn read(file: &[u8]) -> Result<Voice, WavError> {
    if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
        return Err(WavError::NotWav);
    }
    let format = parse_format(chunk(file, b"fmt ").ok_or(WavError::NotWav)?)?;
    let data = chunk(file, b"data").ok_or(WavError::NotWav)?;
    match (format.format, format.bits) {
        (FORMAT_ALAW, 8) => Ok(Voice { octets: data.to_vec(), law: Law::A }),
        (FORMAT_MULAW, 8) => Ok(Voice { octets: data.to_vec(), law: Law::Mu }),
        (FORMAT_PCM, 16) => Ok(Voice { octets: data.chunks_exact(2).map(encode_pcm).collect(), law: Law::A }),
        (format, bits) => Err(WavError::Format { format, bits }),
    }
}

/// A file of voices of the same law, one a channel, octet for octet. A shorter voice ends in silence.
pub fn file(law: Law, voices: &[&[u8]]) -> Vec<u8> {
    let samples = voices.iter().map(|voice| voice.len()).max().unwrap_or(0);
    let mut out = head(law, voices.len() as u16, samples as u32);
    for at in 0..samples {
        out.extend(voices.iter().map(|voice| voice.get(at).copied().unwrap_or(law.silence())));
    }
    // The data is as long as an even number.
    out.resize(out.len() + samples * voices.len() % 2, 0);
    out
}

/// What stands before the samples of a file: `samples` of each of `channels`, laid side by side. Data of an odd length is
/// followed by one octet more.
pub fn head(law: Law, channels: u16, samples: u32) -> Vec<u8> {
    let data_octets = samples * u32::from(channels);
    let mut out = Vec::with_capacity(HEAD_OCTETS);
    out.extend(b"RIFF");
    // "WAVE", the format with its empty extension (26), the fact (12), the head of the data.
    out.extend((4 + 26 + 12 + 8 + data_octets + data_octets % 2).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(18_u32.to_le_bytes());
    out.extend(format_number(law).to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(RATE_HZ.to_le_bytes());
    out.extend((RATE_HZ * u32::from(channels)).to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(8_u16.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out.extend(b"fact");
    out.extend(4_u32.to_le_bytes());
    out.extend(samples.to_le_bytes());
    out.extend(b"data");
    out.extend(data_octets.to_le_bytes());
    out
}

const fn format_number(law: Law) -> u16 {
    match law {
        Law::A => FORMAT_ALAW,
        Law::Mu => FORMAT_MULAW,
    }
}

fn encode_pcm(pair: &[u8]) -> u8 {
    codec::encode(Law::A, i16::from_le_bytes([pair[0], pair[1]]))
}

/// The contents of the first chunk of a kind. The last chunk of a file may claim more than is there: a recorder that was
/// stopped hard leaves such files.
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

fn parse_format(chunk: &[u8]) -> Result<Format, WavError> {
    let word = |at: usize| chunk.get(at..at + 2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let parsed = || {
        let rate_hz = u32::from(word(4)?) | u32::from(word(6)?) << 16;
        Some(Format { format: word(0)?, channels: word(2)?, rate_hz, bits: word(14)? })
    };
    let format = parsed().ok_or(WavError::NotWav)?;
    if format.rate_hz != RATE_HZ {
        return Err(WavError::Rate(format.rate_hz));
    }
    if format.channels != 1 {
        return Err(WavError::Channels(format.channels));
    }
    Ok(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(format: u16, channels: u16, rate_hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        file.extend(format.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate_hz.to_le_bytes());
        file.extend((rate_hz * u32::from(bits) / 8).to_le_bytes());
        file.extend((bits / 8).to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn alaw_comes_through_as_it_is_and_odd_chunks_are_stepped_over() {
        let voice = read(&wav(FORMAT_ALAW, 1, 8000, 8, &[1, 2, 3])).unwrap();
        assert_eq!((voice.octets, voice.law), (vec![1, 2, 3], Law::A));
    }

    #[test]
    fn pcm_is_coded_as_alaw() {
        let voice = read(&wav(FORMAT_PCM, 1, 8000, 16, &[0, 0, 0, 0])).unwrap();
        assert_eq!(voice.octets.len(), 2);
        assert_eq!(codec::decode(Law::A, voice.octets[0]).abs(), 8);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(read(b"RIFF"), Err(WavError::NotWav));
        assert_eq!(read(&wav(FORMAT_ALAW, 1, 16_000, 8, &[])), Err(WavError::Rate(16_000)));
        assert_eq!(read(&wav(FORMAT_ALAW, 2, 8000, 8, &[])), Err(WavError::Channels(2)));
        assert_eq!(read(&wav(3, 1, 8000, 32, &[])), Err(WavError::Format { format: 3, bits: 32 }));
    }

    #[test]
    fn what_is_written_is_read_back_and_two_voices_lie_side_by_side() {
        for law in [Law::A, Law::Mu] {
            let voice = Voice { octets: vec![1, 2, 3], law };
            assert_eq!(read(&file(law, &[&voice.octets])), Ok(voice));
        }
        let two = file(Law::A, &[&[1, 2, 3], &[4]]);
        let silence = Law::A.silence();
        assert_eq!(two[HEAD_OCTETS..], [1, 4, 2, silence, 3, silence]);
        assert_eq!(read(&two), Err(WavError::Channels(2)));
    }

    #[test]
    fn a_file_says_how_long_it_is_and_is_of_even_length() {
        for samples in 0..4 {
            let file = file(Law::A, &[&vec![7; samples]]);
            let riff = u32::from_le_bytes(file[4..8].try_into().unwrap());
            assert_eq!((riff as usize + 8, file.len() % 2), (file.len(), 0), "{samples}");
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_read_or_refused() {
        let file = wav(FORMAT_ALAW, 1, 8000, 8, &[7; 20]);
        for len in 0..file.len() {
            let _ = read(&file[..len]);
        }
    }
}
