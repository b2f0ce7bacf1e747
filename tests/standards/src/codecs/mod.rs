//! G.722 and G.726 held against SpanDSP (`codec_peer`) and FFmpeg, bit for bit: sixteen channels of ours, a process of theirs
//! for each.
//!
//! No package of Debian's carries the vectors of the ITU, so implementations of others stand for them: SpanDSP for G.726,
//! and both for G.722. Where they leave the standard they are not held against ours, by name; what is right was read in the
//! ITU's own software (G.191, the modules G722 and G726):
//! * SpanDSP lets a sample turn over that is decoded beyond range, in linear G.726 and in G.722. Annex A's LIMO and G.722's
//!   receiving filter limit it. What ours has at a limit is not held.
//! * SpanDSP codes the sum -32,768, whose magnitude is 0, as µ-law's +0; by COMPRESS its sign stays, so it is -0. Only codes
//!   that nobody encodes come to it.
//! * Both leave out that G.722's encoder limits its two bands (`qmf_tx`). What is encoded stays below [`WIDE_PEAK`], where no
//!   band can reach its limit.
//! * Both limit the sum of G.722's zeros once, and not at each addition (`filtez`). Only codes that stay the same for long
//!   come to it; those are not sent to it.
//! * FFmpeg's G.726 is not bit-exact: in MIX it takes the product and what is below the binary point of YL together, where
//!   the magnitude of the product is to be shifted alone; at 40 kbit/s UPB leaks by 1/256 and not by 1/512. It is not held
//!   against ours at all.

mod ours;
pub mod signals;

use codec::{g722::Mode, g726::Rate};
use frame::Law;

use crate::peer::{self, PeerError};

/// The peak below which no band of G.722's filter reaches 16,384: that over the sum of all its coefficients' magnitudes,
/// 12,964 over 16,384.
pub const WIDE_PEAK: i16 = 20_700;

/// µ-law's two zeros and the values next to them.
const MU_ABOUT_ZERO: [u8; 4] = [0x7f, 0x7e, 0xff, 0xfe];

/// How much was held against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Codes, octets or samples.
    pub held: u64,
    /// Those that are not the same.
    pub differ: u64,
    /// Those at a limit, which are not held.
    pub limited: u64,
}

/// What G.726 is coded from and decoded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Samples.
    Linear,
    /// Octets.
    Coded(Law),
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 3] = [Form::Linear, Form::Coded(Law::A), Form::Coded(Law::Mu)];

    fn name(self) -> &'static str {
        match self {
            Form::Linear => "linear",
            Form::Coded(Law::A) => "a",
            Form::Coded(Law::Mu) => "mu",
        }
    }
}

impl Compared {
    fn take<T: PartialEq>(&mut self, ours: &[T], theirs: &[T]) {
        self.held += ours.len().max(theirs.len()) as u64;
        let differ = ours.iter().zip(theirs).filter(|(ours, theirs)| ours != theirs).count();
        self.differ += (differ + ours.len().abs_diff(theirs.len())) as u64;
    }

    /// Of samples that SpanDSP decoded: without those of ours at a limit.
    fn take_within(&mut self, ours: &[i16], theirs: &[i16], limits: [i16; 2]) {
        let (mut kept, mut against) = (Vec::new(), Vec::new());
        for (ours, theirs) in ours.iter().zip(theirs).filter(|(ours, _)| !limits.contains(ours)) {
            kept.push(*ours);
            against.push(*theirs);
        }
        self.limited += (ours.len() - kept.len()) as u64;
        self.take(&kept, &against);
        self.differ += ours.len().abs_diff(theirs.len()) as u64;
    }

    /// Of octets of µ-law that SpanDSP decoded: without those of -32,768, which `linear` has at its limit.
    fn take_of_mu(&mut self, ours: &[u8], theirs: &[u8], linear: &[i16]) {
        let turned = |((ours, theirs), linear): &((&u8, &u8), &i16)| {
            ours != theirs && MU_ABOUT_ZERO.contains(ours) && MU_ABOUT_ZERO.contains(theirs) && **linear == i16::MIN
        };
        let turned = ours.iter().zip(theirs).zip(linear).filter(turned).count() as u64;
        self.take(ours, theirs);
        self.held -= turned;
        self.differ -= turned;
        self.limited += turned;
    }

    /// Both.
    pub fn and(self, other: Compared) -> Compared {
        Compared {
            held: self.held + other.held,
            differ: self.differ + other.differ,
            limited: self.limited + other.limited,
        }
    }
}

/// G.726 against SpanDSP: the codes of `signals`, and what `codes` are decoded to.
///
/// # Errors
/// [`PeerError`].
pub fn g726_spandsp(rate: Rate, form: Form, signals: &[Vec<i16>], codes: &[Vec<u8>]) -> Result<Compared, PeerError> {
    let mut compared = Compared::default();
    let bits_per_s = (rate.bits() * 8000).to_string();
    let run = |verb: &str, input: &[u8]| {
        peer::run("codec_peer", &["g726", verb, &bits_per_s, form.name()], input.to_vec()).map(|answer| answer.out)
    };
    let ours = ours::g726_encoded(rate, form, signals);
    for (signal, ours) in signals.iter().zip(&ours) {
        compared.take(ours, &run("encode", &ours::input(form, signal))?);
    }
    let linear = ours::g726_decoded(rate, Form::Linear, codes);
    for ((decoded, linear), codes) in ours::g726_decoded(rate, form, codes).iter().zip(&linear).zip(codes) {
        let theirs = run("decode", codes)?;
        match form {
            Form::Linear => compared.take_within(&samples(decoded), &samples(&theirs), [-32_768, 32_764]),
            Form::Coded(Law::A) => compared.take(decoded, &theirs),
            Form::Coded(Law::Mu) => compared.take_of_mu(decoded, &theirs, &samples(linear)),
        }
    }
    Ok(compared)
}

/// G.722 against SpanDSP: the octets of `signals`, and what `octets` are decoded to in all three modes.
///
/// # Errors
/// [`PeerError`].
pub fn g722_spandsp(signals: &[Vec<i16>], octets: &[Vec<u8>]) -> Result<Compared, PeerError> {
    let mut compared = Compared::default();
    for (signal, ours) in signals.iter().zip(ours::g722_encoded(signals)) {
        let theirs = peer::run("codec_peer", &["g722", "encode", "64000"], ours::octets(signal))?;
        compared.take(&ours, &theirs.out);
    }
    for (mode, bits_per_s, data_bits) in
        [(Mode::Kbit64, "64000", 0), (Mode::Kbit56, "56000", 1), (Mode::Kbit48, "48000", 2)]
    {
        for (decoded, octets) in ours::g722_decoded(mode, octets).iter().zip(octets) {
            // It takes the bits that are audio, lowest in an octet.
            let audio = octets.iter().map(|octet| octet >> data_bits).collect();
            let theirs = peer::run("codec_peer", &["g722", "decode", bits_per_s], audio)?;
            compared.take_within(decoded, &samples(&theirs.out), [-32_768, 32_767]);
        }
    }
    Ok(compared)
}

/// The same against FFmpeg.
///
/// # Errors
/// [`PeerError`].
pub fn g722_ffmpeg(signals: &[Vec<i16>], octets: &[Vec<u8>]) -> Result<Compared, PeerError> {
    let mut compared = Compared::default();
    for (signal, ours) in signals.iter().zip(ours::g722_encoded(signals)) {
        let arguments = ["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-c:a", "g722", "-f", "g722", "-"];
        compared.take(&ours, &ffmpeg(&arguments, ours::octets(signal))?);
    }
    for (mode, bits) in [(Mode::Kbit64, "8"), (Mode::Kbit56, "7"), (Mode::Kbit48, "6")] {
        for (decoded, octets) in ours::g722_decoded(mode, octets).iter().zip(octets) {
            let arguments = ["-bits_per_codeword", bits, "-f", "g722", "-i", "-", "-f", "s16le", "-"];
            compared.take(decoded, &samples(&ffmpeg(&arguments, octets.clone())?));
        }
    }
    Ok(compared)
}

fn ffmpeg(arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>, PeerError> {
    let quietly = ["-nostdin", "-v", "error"];
    Ok(peer::run_installed("ffmpeg", &[&quietly[..], arguments].concat(), input)?.out)
}

fn samples(octets: &[u8]) -> Vec<i16> {
    octets.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}
