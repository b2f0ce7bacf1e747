//! The box's codecs over whole signals, a channel each; at most sixteen, of one length, which is whole ticks.

use codec::{
    g722::{self, Mode, WideSamples},
    g726::{self, Rate},
};
use frame::{Law, Octets};

use super::Form;

/// What an encoder reads of a signal.
pub fn input(form: Form, signal: &[i16]) -> Vec<u8> {
    match form {
        Form::Linear => octets(signal),
        Form::Coded(law) => signal.iter().map(|&sample| codec::encode(law, sample)).collect(),
    }
}

/// Samples as two octets each, little end first.
pub fn octets(signal: &[i16]) -> Vec<u8> {
    signal.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

pub fn g726_encoded(rate: Rate, form: Form, signals: &[Vec<i16>]) -> Vec<Vec<u8>> {
    let mut encoder = g726::Encoder::new(rate);
    by_ticks(signals, |tick: &[g726::Samples], codes: &mut [g726::Codes]| match form {
        Form::Linear => encoder.process_linear(tick, codes),
        Form::Coded(law) => encoder.process(law, &coded(law, tick), codes),
    })
}

/// As octets of the form: samples are two each.
pub fn g726_decoded(rate: Rate, form: Form, codes: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut decoder = g726::Decoder::new(rate);
    match form {
        Form::Linear => {
            let samples: Vec<Vec<i16>> = by_ticks(codes, |tick: &[g726::Codes], samples: &mut [g726::Samples]| {
                decoder.process_linear(tick, samples);
            });
            samples.iter().map(|samples| octets(samples)).collect()
        }
        Form::Coded(law) => by_ticks(codes, |tick: &[g726::Codes], octets: &mut [Octets]| {
            decoder.process(law, tick, octets);
        }),
    }
}

pub fn g722_encoded(signals: &[Vec<i16>]) -> Vec<Vec<u8>> {
    let mut encoder = g722::Encoder::new();
    by_ticks(signals, |tick: &[WideSamples], octets: &mut [Octets]| encoder.process(tick, octets))
}

pub fn g722_decoded(mode: Mode, octets: &[Vec<u8>]) -> Vec<Vec<i16>> {
    let mut decoder = g722::Decoder::new(mode);
    by_ticks(octets, |tick: &[Octets], samples: &mut [WideSamples]| decoder.process(tick, samples))
}

fn coded(law: Law, tick: &[g726::Samples]) -> Vec<Octets> {
    tick.iter().map(|samples| samples.map(|sample| codec::encode(law, sample))).collect()
}

/// Takes all channels through `process`, tick after tick.
fn by_ticks<A: Copy, B: Copy + Default, const N: usize, const M: usize>(
    channels: &[Vec<A>],
    mut process: impl FnMut(&[[A; N]], &mut [[B; M]]),
) -> Vec<Vec<B>> {
    let mut all = vec![Vec::new(); channels.len()];
    for from in (0..channels[0].len()).step_by(N) {
        let tick: Vec<[A; N]> =
            channels.iter().map(|channel| channel[from..from + N].try_into().expect("whole ticks")).collect();
        let mut out = vec![[B::default(); M]; channels.len()];
        process(&tick, &mut out);
        all.iter_mut().zip(&out).for_each(|(all, out)| all.extend_from_slice(out));
    }
    all
}
