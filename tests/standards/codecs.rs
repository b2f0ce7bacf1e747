//! G.726 against SpanDSP, and G.722 against SpanDSP and FFmpeg, bit for bit, on what a voice says and on whatever is hard; a few seconds.
//! `./justw codecs` does so for hours (docs/codecs.md).

use codec::g726::Rate;
use standards::{
    codecs::{self, Compared, Form, WIDE_PEAK, signals},
    peer, wav,
};

/// Samples of a channel: 2 s at 8 kHz.
const SAMPLES: usize = 16_000;

fn voice() -> Vec<f32> {
    wav::read(&peer::target("voices/caller.wav")).expect("./justw voices makes it")
}

/// Nothing differs, and something was held against it.
fn same(compared: Compared, least: usize) {
    assert_eq!(compared.differ, 0, "{compared:?}");
    assert!(compared.held as usize >= least, "{compared:?}");
}

#[test]
fn g726_of_every_rate_and_form_is_spandsps() {
    let signals = signals::all(&voice(), SAMPLES, i16::MAX);
    for (rate, form) in Rate::ALL.into_iter().flat_map(|rate| Form::ALL.map(|form| (rate, form))) {
        for codes in
            [signals::codes, signals::lasting_codes].map(|codes| codes(u64::from(rate.bits()), rate.bits(), SAMPLES))
        {
            let compared = codecs::g726_spandsp(rate, form, &signals, &codes).unwrap();
            same(compared, signals::CHANNELS * SAMPLES * 5 / 4);
        }
    }
}

#[test]
fn g722_of_every_mode_is_spandsps() {
    let signals = signals::all(&voice(), SAMPLES, WIDE_PEAK);
    let compared = codecs::g722_spandsp(&signals, &signals::codes(1, 8, SAMPLES / 2)).unwrap();
    same(compared, signals::CHANNELS * SAMPLES * 2);
}

#[test]
fn g722_of_every_mode_is_ffmpegs() {
    let signals = &signals::all(&voice(), SAMPLES, WIDE_PEAK)[..4];
    same(codecs::g722_ffmpeg(signals, &signals::codes(2, 8, SAMPLES / 2)[..4]).unwrap(), SAMPLES * 4);
}
