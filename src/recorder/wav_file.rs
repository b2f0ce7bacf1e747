//! Voices as a WAV file: a convenience for listening; evidence is the object.
//!
//! Source: "Multimedia Programming Interface and Data Specifications 1.0", RFC 2361: format 6 is A-law, 7 µ-law.

use frame::Law;

const RATE_HZ: u32 = 8000;

/// Voices at most: left and right.
pub const WAV_CHANNELS_MAX: usize = 2;

/// A WAV file of one or two voices of the same law, octet for octet. A shorter voice ends in silence.
///
/// # Panics
/// With no voice or more than [`WAV_CHANNELS_MAX`]: a mistake of the caller.
pub fn wav_file(law: Law, voices: &[&[u8]]) -> Vec<u8> {
    assert!((1..=WAV_CHANNELS_MAX).contains(&voices.len()), "a WAV file has one or two voices");
    let samples = voices.iter().map(|voice| voice.len()).max().unwrap_or(0);
    let channels = voices.len() as u16;
    let data_octets = (samples * voices.len()) as u32;
    let padding = data_octets % 2;
    let mut out = Vec::with_capacity(64 + data_octets as usize);
    out.extend(b"RIFF");
    // "WAVE", fmt chunk with its empty extension (26), fact chunk (12), data chunk.
    out.extend((4 + 26 + 12 + 8 + data_octets + padding).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(18u32.to_le_bytes());
    out.extend(format_number(law).to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(RATE_HZ.to_le_bytes());
    out.extend((RATE_HZ * u32::from(channels)).to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(8u16.to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out.extend(b"fact");
    out.extend(4u32.to_le_bytes());
    out.extend((samples as u32).to_le_bytes());
    out.extend(b"data");
    out.extend(data_octets.to_le_bytes());
    for at in 0..samples {
        out.extend(voices.iter().map(|voice| voice.get(at).copied().unwrap_or(law.silence())));
    }
    out.resize(out.len() + padding as usize, 0);
    out
}

const fn format_number(law: Law) -> u16 {
    match law {
        Law::A => 6,
        Law::Mu => 7,
    }
}
