//! All that a timeslot in a call needs: its echo is cancelled (64 ms, with control and suppressor), digits are listened for, and
//! it is mixed in a conference of three; decoding and coding are part of each. Worst case: white noise from afar, on all.
//!
//! Not in it: call progress, which listens to an outside line only until the call is answered; recording, whose cost
//! `media` tells.

use std::{error::Error, hint::black_box};

use dsp::{
    conference::{Mixer, Part, Party},
    dtmf::Detector,
    echo::{Canceller, Tail, Workspace},
};
use frame::{LANES, Law, OCTETS_PER_TICK};

use crate::{
    echo::Talk,
    figure::note,
    signals::TICKS_PER_S,
    turns::{LOADS, Load, Way, levels, measure as in_turn},
};

/// Parties of a conference.
const PARTIES: usize = 3;

/// What works on the timeslots of a span.
struct Span {
    canceller: Canceller,
    detector: Detector,
    mixer: Mixer,
    parties: [Party; LANES],
}

pub fn measure() -> Result<(), Box<dyn Error>> {
    note("Timeslot: echo of 64 ms, digits, a conference of three, both codings; one in use and 20 ms, white noise.");
    let noise = Talk::noise();
    for load in LOADS {
        let ticks = if load.spans > 1 { TICKS_PER_S / 10 } else { TICKS_PER_S };
        let way = |(at, (suffix, _)): (usize, (&'static str, _))| {
            let mut spans: Vec<Span> = (0..load.spans).map(|_| Span::of_level(at)).collect();
            let noise = &noise;
            let mut workspace = Workspace::new();
            Way::new(suffix, move || spans.iter_mut().for_each(|span| span.run(&mut workspace, load, noise, ticks)))
        };
        let mut ways: Vec<Way<'_>> = levels().into_iter().enumerate().map(way).collect();
        in_turn("dsp.timeslot_us", load, "us", load.frames(ticks), &mut ways);
    }
    Ok(())
}

impl Span {
    fn of_level(at: usize) -> Span {
        Span {
            canceller: Canceller::of_every_level(Tail::Ms64).remove(at),
            detector: Detector::of_every_level().remove(at),
            mixer: Mixer::of_every_level(PARTIES).remove(at),
            parties: [Party { part: Part::Speaks, law: Law::A, octets: [0; OCTETS_PER_TICK] }; LANES],
        }
    }

    fn run(&mut self, workspace: &mut Workspace, load: Load, talk: &Talk, ticks: usize) {
        let mut clean = [[0; OCTETS_PER_TICK]; LANES];
        for (far, rx) in talk.ticks().take(ticks) {
            self.canceller.process(workspace, far, rx, Law::A, load.mask(), &mut clean);
            self.detector.process(&clean, Law::A, load.mask(), |_, _, digit, _| {
                black_box(digit);
            });
            let parties = &mut self.parties[..load.active as usize];
            parties.iter_mut().zip(&clean).for_each(|(party, clean)| party.octets = *clean);
            parties.chunks_mut(PARTIES).for_each(|conference| self.mixer.process(conference));
            black_box(&mut *parties);
        }
    }
}
