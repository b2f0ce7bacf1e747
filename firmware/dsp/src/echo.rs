//! Line echo canceller for the timeslots of one span.
//!
//! Source: ITU-T G.168 (clause 7: tone disabler; tests 2 to 7 and 9 of 6.4.2 are what it was built by); J.-S. Soo and
//! K. K. Pang, "Multidelay block frequency domain adaptive filter" (1990), for the partitions; G. Enzner and P. Vary,
//! "Frequency-domain adaptive Kalman filter" (2006), for the step. 8 kHz, G.711 octets in ticks of 80 of 32 lanes, tails of
//! 32, 64 and 128 ms; no delay, because a tick is a block.
//!
//! * The background learns all the time from the far party; its step at each frequency is what it is thought to be away
//!   from the echo path, against what is heard just now, so a second party who speaks makes it small at once.
//! * The foreground is what takes the echo off. It never learns: it becomes the background when that has left less, by
//!   more than chance gives; the background becomes it again when that has left more. Both are given up where they add to
//!   what comes in (a path that is gone: test 5).
//! * A foreground that has proven itself is given up only for one that leaves about as little of all that comes in, unless
//!   no more comes in than the echo usually is and it takes little off that: of two voices that hold a vowel at one pitch,
//!   the one takes half off the other for a quarter of a second, whatever statistics say.
//! * A background that goes on to gain by the same way wants to go further: then a path has changed (test 2).
//! * One or two tones move nothing that is known (tests 6 and 7). 2100 Hz with reversals lets all pass.
//! * What is left gives way to noise like the line's (test 9).
//!
//! A lane depends on no other, and its state is 9.9 KiB at 64 ms; what only a tick needs is a [`Workspace`], of which one does
//! for all spans that are worked off in turn. Lanes go by sixteen: a row in which none is in use costs
//! nothing, and one in which none hears a far party costs little.
//!
//! Not here: acoustic echo; the fixed delay of buffers and cards, which the caller takes off.

mod bank;
mod disabler;
mod fourier;
mod kernel;
mod packed;
mod report;
mod suppressor;

use codec::lanes::{self, WIDTH};
use fearless_simd::{Level, dispatch};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};

use bank::Bank;
use disabler::{Disabler, Sight};
use kernel::{Heard, Scratch, Seen};
pub use report::{Hold, Report};

/// How long an echo may take, from the moment that the caller counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Four partitions of a tick.
    Ms32,
    /// Seven.
    Ms64,
    /// Thirteen.
    Ms128,
}

impl Tail {
    /// The tail in samples.
    pub const fn samples(self) -> usize {
        match self {
            Tail::Ms32 => 256,
            Tail::Ms64 => 512,
            Tail::Ms128 => 1024,
        }
    }

    /// Partitions of a tick that cover the tail.
    const fn partitions(self) -> usize {
        self.samples().div_ceil(OCTETS_PER_TICK)
    }
}

/// Ticks in a row that show an echo: of one or a few a filter may take half off by chance, where two voices hold a vowel.
const EVIDENCE: u8 = 12;

/// Cancels the echoes on the lanes of a span.
#[derive(Clone, Debug)]
pub struct Canceller {
    level: Level,
    tail: Tail,
    suppress: bool,
    banks: [Bank; LANES / WIDTH],
    /// How often each lane was begun anew because its state was no number.
    resets: [u32; LANES],
    disablers: [Disabler; LANES],
    /// Lanes that are switched off by a modem's tone, and lanes that learn nothing from tones, as bits.
    disabled: u32,
    narrow: u32,
    /// For how many ticks in a row most of what came in on each lane was echo, of those in which the far party was louder.
    evidence: [u8; LANES],
    /// Lanes on which an echo was found since they were begun anew.
    echoing: u32,
}

/// Room for what a tick needs besides its canceller's state. Nothing in it outlasts a tick, so one does for all cancellers
/// that are worked off in turn, and stays near the processor.
#[derive(Clone, Debug)]
pub struct Workspace(Box<Scratch>);

impl Workspace {
    /// Room for cancellers of any tail.
    pub fn new() -> Workspace {
        Workspace(Box::new(Scratch::new()))
    }
}

impl Default for Workspace {
    fn default() -> Workspace {
        Workspace::new()
    }
}

impl Canceller {
    /// A canceller with the best instructions that this processor has.
    pub fn new(tail: Tail) -> Canceller {
        Canceller::with_level(tail, Level::new())
    }

    /// One canceller with each set of vector instructions that this processor has. They decide alike; it is measurements
    /// that want to tell them apart.
    pub fn of_every_level(tail: Tail) -> Vec<Canceller> {
        lanes::levels().into_iter().map(|level| Canceller::with_level(tail, level)).collect()
    }

    fn with_level(tail: Tail, level: Level) -> Canceller {
        let bank = Bank::new(tail.partitions());
        Canceller {
            level,
            tail,
            suppress: true,
            banks: [bank.clone(), bank],
            resets: [0; LANES],
            disablers: [Disabler::default(); LANES],
            disabled: 0,
            narrow: 0,
            evidence: [0; LANES],
            echoing: 0,
        }
    }

    /// Whether what is left of an echo is replaced by noise, as it is at first. G.168 measures some things without.
    pub fn suppress(&mut self, suppress: bool) {
        self.suppress = suppress;
    }

    /// One tick. `far` is what was on its way to each line at the moment when `rx` was read: the tail counts from there.
    /// `active` are the lanes in use, as bits; of the others `clean` is `rx`, and nothing is learnt. `clean` gets what
    /// the parties on the lines said: octet for octet what came in, as long as no echo was found on a lane.
    pub fn process(
        &mut self,
        workspace: &mut Workspace,
        far: &[Octets; LANES],
        rx: &[Octets; LANES],
        law: Law,
        active: u32,
        clean: &mut [Octets; LANES],
    ) {
        for number in 0..self.banks.len() {
            let first = number * WIDTH;
            let lanes = first..first + WIDTH;
            let active = active >> first & 0xffff;
            let (rx, clean) = (&rx[lanes.clone()], &mut clean[lanes.clone()]);
            if active == 0 {
                self.banks[number].idle = true;
                clean.copy_from_slice(rx);
                continue;
            }
            let disabled = self.disabled >> first & 0xffff;
            let heard = Heard { far: &far[lanes], rx, law, active, disabled, suppress: self.suppress };
            let seen = self.tick(number, &mut workspace.0, &heard, clean);
            self.weigh(first, &seen);
            let echoless = !(self.echoing >> first) & 0xffff;
            for lane in bits(seen.broken | !active | disabled | echoless) {
                clean[lane] = rx[lane];
            }
            self.look(first, active, &seen, &workspace.0);
        }
    }

    /// Counts for how many ticks in a row most of what comes in has been echo.
    fn weigh(&mut self, first: usize, seen: &Seen) {
        for lane in bits(seen.louder) {
            let (evidence, echoing) = (&mut self.evidence[first + lane], seen.echoing >> lane & 1 == 1);
            *evidence = if echoing { evidence.saturating_add(1) } else { 0 };
            if *evidence >= EVIDENCE {
                self.echoing |= 1 << (first + lane);
            }
        }
    }

    /// Takes a tick of one bank.
    fn tick(&mut self, number: usize, scratch: &mut Scratch, heard: &Heard<'_>, clean: &mut [Octets]) -> Seen {
        let bank = &mut self.banks[number];
        if std::mem::take(&mut bank.idle) {
            bank.forget_far();
        }
        dispatch!(self.level, simd => kernel::tick(simd, bank, scratch, heard, clean))
    }

    /// Draws the conclusions of a tick for the lanes from `first` on.
    fn look(&mut self, first: usize, active: u32, seen: &Seen, scratch: &Scratch) {
        self.narrow = self.narrow & !(0xffff << first) | seen.narrow << first;
        for lane in bits(seen.broken) {
            self.reset(first + lane);
            self.resets[first + lane] += 1;
        }
        for lane in bits(active) {
            let sights = [0, 1].map(|way| Sight {
                phase: (seen.guard[way] >> lane & 1 == 1).then(|| {
                    let [re, im] = &scratch.guards[way];
                    im.0[lane].atan2(re.0[lane])
                }),
                loud: seen.loud[way] >> lane & 1 == 1,
            });
            let disabler = &mut self.disablers[first + lane];
            disabler.process(sights);
            let bit = 1 << (first + lane);
            self.disabled = if disabler.is_disabled() { self.disabled | bit } else { self.disabled & !bit };
        }
    }

    /// Forgets a lane's echo path: another call begins.
    pub fn reset(&mut self, lane: usize) {
        self.banks[lane / WIDTH].reset_lane(lane % WIDTH);
        self.disablers[lane] = Disabler::default();
        self.disabled &= !(1 << lane);
        self.echoing &= !(1 << lane);
        self.evidence[lane] = 0;
        self.narrow &= !(1 << lane);
    }

    /// How a lane does.
    pub fn report(&self, lane: usize) -> Report {
        let hold = match (self.disabled >> lane & 1, self.narrow >> lane & 1) {
            (1, _) => Some(Hold::Disabled),
            (_, 1) => Some(Hold::Narrow),
            _ => None,
        };
        let (tail_samples, resets) = (self.tail.samples(), self.resets[lane]);
        match self.echoing >> lane & 1 {
            1 => Report::of(&self.banks[lane / WIDTH], lane % WIDTH, tail_samples, resets, hold),
            _ => Report::without_echo(tail_samples, resets, hold),
        }
    }
}

/// The lanes of a bank whose bits are set.
fn bits(lanes: u32) -> impl Iterator<Item = usize> {
    (0..WIDTH).filter(move |lane| lanes >> lane & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that is the same each time, as octets.
    fn noise(seed: &mut u64) -> Octets {
        std::array::from_fn(|_| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            codec::encode(Law::A, (*seed >> 50) as i16 - 8192)
        })
    }

    /// Half of what was said 100 samples ago.
    fn echo(before: &[Octets; 2]) -> Octets {
        std::array::from_fn(|at| {
            let octet = if at < 20 { before[0][at + 60] } else { before[1][at - 20] };
            codec::encode(Law::A, codec::decode(Law::A, octet) / 2)
        })
    }

    fn power(octets: &Octets) -> f32 {
        octets.iter().map(|&octet| f32::from(codec::decode(Law::A, octet)).powi(2)).sum()
    }

    /// Noise and its echo on all lanes in use; what the last tick's echo and its rest are on lane 3.
    fn converge(canceller: &mut Canceller, ticks: usize, active: u32) -> (f32, f32) {
        let (mut seed, mut before, mut last) = (5, [[Law::A.silence(); 80]; 2], (0.0, 0.0));
        let (mut workspace, mut clean) = (Workspace::new(), [[0; 80]; LANES]);
        for _ in 0..ticks {
            let far = noise(&mut seed);
            let rx = echo(&before);
            before = [before[1], far];
            canceller.process(&mut workspace, &[far; LANES], &[rx; LANES], Law::A, active, &mut clean);
            assert!((0..LANES).filter(|lane| active >> lane & 1 == 0).all(|lane| clean[lane] == rx));
            last = (power(&rx), power(&clean[3]));
        }
        last
    }

    #[test]
    fn an_echo_is_learnt_and_told_of() {
        for mut canceller in Canceller::of_every_level(Tail::Ms64) {
            let (echo, left) = converge(&mut canceller, 400, 0x0001_0008);
            assert!(left * 1000.0 < echo, "{echo} {left}");
            let report = canceller.report(3);
            assert!((report.erl_db.unwrap() - 6.0).abs() < 0.5, "{report:?}");
            assert_eq!((report.delay_samples, report.resets, report.converged), (Some(100), 0, true), "{report:?}");
            assert_eq!(canceller.report(4).erl_db, None);
        }
    }

    #[test]
    fn a_line_without_an_echo_is_passed_octet_for_octet() {
        for mut canceller in Canceller::of_every_level(Tail::Ms64) {
            let (mut seeds, mut workspace, mut clean) = ((3, 4), Workspace::new(), [[0; 80]; LANES]);
            for tick in 0..500 {
                // Both speak at once, at changing levels.
                let [far, rx] = [&mut seeds.0, &mut seeds.1].map(|seed| {
                    let loudness = 1 << (tick / 20 % 5);
                    noise(seed).map(|octet| codec::encode(Law::A, codec::decode(Law::A, octet) / loudness))
                });
                canceller.process(&mut workspace, &[far; LANES], &[rx; LANES], Law::A, u32::MAX, &mut clean);
                assert_eq!(clean, [rx; LANES], "tick {tick}");
            }
            assert_eq!(canceller.echoing, 0);
        }
    }

    #[test]
    fn what_is_no_number_begins_its_lane_anew_and_no_other() {
        let mut canceller = Canceller::new(Tail::Ms32);
        converge(&mut canceller, 100, 0b11000);
        let numbers = canceller.banks[0].numbers().len();
        for number in (0..numbers).step_by(37) {
            canceller.banks[0].poison(4, number);
            converge(&mut canceller, 10, 0b11000);
            let sane = canceller.banks[0].numbers().iter().all(|row| row.0.iter().all(|number| number.is_finite()));
            assert!(sane, "number {number} of {numbers}");
        }
        let (echo, left) = converge(&mut canceller, 400, 0b11000);
        assert!(left * 1000.0 < echo, "{echo} {left}");
        assert_eq!(canceller.report(3).resets, 0);
        assert!(canceller.report(4).resets > 0 && canceller.report(4).converged);
    }

    #[test]
    fn no_number_fades_into_what_is_slow_to_compute_with() {
        for mut canceller in Canceller::of_every_level(Tail::Ms32) {
            converge(&mut canceller, 100, 8);
            let silence = [[Law::Mu.silence(); 80]; LANES];
            let (mut workspace, mut clean) = (Workspace::new(), silence);
            for tick in 0..2000 {
                canceller.process(&mut workspace, &silence, &silence, Law::Mu, 8, &mut clean);
                let slow = canceller.banks[0].numbers().iter().any(|row| row.0[3].is_subnormal());
                assert!(!slow, "tick {tick}");
            }
        }
    }

    /// A tick of tones of -12 dBm0 each, `from` samples after their beginning; the sign turns each `reversal` samples.
    fn tones(hz: &[f64], from: usize, reversal: usize) -> Octets {
        let peak = f64::from(codec::sine_peak_of_dbm0(Law::A, -12.0));
        std::array::from_fn(|at| {
            let n = from + at;
            let sum: f64 = hz.iter().map(|hz| (std::f64::consts::TAU * hz / 8000.0 * n as f64).sin()).sum();
            codec::encode(Law::A, (if (n / reversal).is_multiple_of(2) { peak * sum } else { -peak * sum }) as i16)
        })
    }

    /// Sends the far party's ticks to lane 3 and their echo back; what is left of the last one, and the echo.
    fn send(canceller: &mut Canceller, ticks: impl Iterator<Item = Octets>) -> (Octets, Octets) {
        let mut before = [[Law::A.silence(); 80]; 2];
        let (mut workspace, mut clean, mut rx) = (Workspace::new(), [[0; 80]; LANES], before[0]);
        for far in ticks {
            rx = echo(&before);
            before = [before[1], far];
            canceller.process(&mut workspace, &[far; LANES], &[rx; LANES], Law::A, 8, &mut clean);
        }
        (clean[3], rx)
    }

    #[test]
    fn a_modems_tone_with_reversals_lets_all_pass_until_a_quarter_second_of_silence() {
        for mut canceller in Canceller::of_every_level(Tail::Ms32) {
            send(&mut canceller, (0..130).map(|tick| tones(&[2105.0], tick * 80, 3600)));
            assert_eq!(canceller.report(3).hold, Some(Hold::Disabled));
            let mut seed = 3;
            let (clean, rx) = send(&mut canceller, (0..100).map(|_| noise(&mut seed)));
            assert_eq!(clean, rx, "what modems say passes as it is");
            send(&mut canceller, std::iter::repeat_n([Law::A.silence(); 80], 30));
            assert_eq!(canceller.report(3).hold, None);
            send(&mut canceller, (0..600).map(|_| noise(&mut seed)));
            assert!(canceller.report(3).converged);
        }
    }

    #[test]
    fn a_steady_2100_hz_is_cancelled_like_any_tone() {
        let mut canceller = Canceller::new(Tail::Ms32);
        send(&mut canceller, (0..300).map(|tick| tones(&[2100.0], tick * 80, usize::MAX)));
        assert_ne!(canceller.report(3).hold, Some(Hold::Disabled));
    }

    #[test]
    fn tones_do_not_move_what_is_known() {
        for mut canceller in Canceller::of_every_level(Tail::Ms64) {
            converge(&mut canceller, 300, 8);
            let known: Vec<f32> = canceller.banks[0].taps(3).collect();
            for hz in [&[697.0][..], &[1633.0], &[941.0, 1336.0], &[350.0, 440.0], &[2100.0]] {
                send(&mut canceller, (0..50).map(|tick| tones(hz, tick * 80, usize::MAX)));
                assert_eq!(canceller.report(3).hold, Some(Hold::Narrow), "{hz:?}");
            }
            let moved: f32 = canceller.banks[0].taps(3).zip(&known).map(|(tap, known)| (tap - known).powi(2)).sum();
            assert!(moved < 1e-4, "{moved}");
        }
    }

    /// Noise of `dbm0` in which neighbouring samples are alike, so that low frequencies are the louder ones.
    fn dull_noise(ticks: usize, dbm0: f32, seed: &mut u64) -> Vec<[f32; 80]> {
        let (rms, mut last) = (codec::rms_of_dbm0(Law::A, dbm0), 0.0);
        let mut sample = || {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            last = 0.8 * last + 0.6 * 12_f32.sqrt() * ((*seed >> 40) as f32 / 16_777_216.0 - 0.5);
            rms * last
        };
        (0..ticks).map(|_| std::array::from_fn(|_| sample())).collect()
    }

    /// Noise from the far party, its echo and what the near party says, on lane 0; what comes out.
    fn talk(canceller: &mut Canceller, near: &[[f32; 80]]) -> Vec<[f32; 80]> {
        let (mut seed, mut before) = (11, [[Law::A.silence(); 80]; 2]);
        let (mut workspace, mut clean) = (Workspace::new(), [[0; 80]; LANES]);
        let said = near.iter().map(|near| {
            let far = noise(&mut seed);
            let echo = echo(&before);
            before = [before[1], far];
            let rx = std::array::from_fn(|at| {
                codec::encode(Law::A, (f32::from(codec::decode(Law::A, echo[at])) + near[at]) as i16)
            });
            canceller.process(&mut workspace, &[far; LANES], &[rx; LANES], Law::A, 1, &mut clean);
            std::array::from_fn(|at| f32::from(codec::decode(Law::A, clean[0][at])))
        });
        said.collect()
    }

    /// Lets a lane hear the background noise alone for a second, and then learn the echo.
    fn acquaint(canceller: &mut Canceller, background: &[[f32; 80]]) {
        let (mut workspace, mut clean) = (Workspace::new(), [[0; 80]; LANES]);
        for near in &background[..100] {
            let rx = std::array::from_fn(|at| codec::encode(Law::A, near[at] as i16));
            canceller.process(&mut workspace, &[[Law::A.silence(); 80]; LANES], &[rx; LANES], Law::A, 1, &mut clean);
        }
        talk(canceller, &background[100..]);
    }

    /// The correlation of samples `lag` apart, a sample.
    fn correlation(ticks: &[[f32; 80]], lag: usize) -> f32 {
        let samples = ticks.as_flattened();
        samples.iter().zip(&samples[lag..]).map(|(one, other)| one * other).sum::<f32>() / samples.len() as f32
    }

    #[test]
    fn a_residue_gives_way_to_noise_of_the_lines_level_and_spectrum() {
        for mut canceller in Canceller::of_every_level(Tail::Ms32) {
            let background = dull_noise(500, -48.0, &mut 1);
            acquaint(&mut canceller, &background[..400]);
            let said = talk(&mut canceller, &background[400..]);
            let (given, wanted) = (&said[50..], &background[450..]);
            let level_db = 10.0 * (correlation(given, 0) / correlation(wanted, 0)).log10();
            assert!(level_db.abs() < 3.0, "{level_db} dB beside the line's noise");
            let [given_colour, wanted_colour] =
                [given, wanted].map(|ticks| correlation(ticks, 1) / correlation(ticks, 0));
            assert!((given_colour - wanted_colour).abs() < 0.2, "{given_colour} for {wanted_colour}");
            // It is noise of our own: what comes out has nothing of the samples that came in.
            let alike: f32 =
                given.as_flattened().iter().zip(wanted.as_flattened()).map(|(one, other)| one * other).sum();
            assert!(alike.abs() < 0.3 * correlation(wanted, 0) * given.as_flattened().len() as f32, "{alike}");
        }
    }

    #[test]
    fn a_party_that_begins_to_speak_under_an_echo_is_heard_from_its_first_tick_on() {
        for mut canceller in Canceller::of_every_level(Tail::Ms32) {
            let background = dull_noise(400, -60.0, &mut 1);
            acquaint(&mut canceller, &background);
            // Long enough before it that the noise has taken the residue's place.
            let mut near = dull_noise(70, -60.0, &mut 2);
            let speech = dull_noise(10, -26.0, &mut 3);
            near[60..].copy_from_slice(&speech);
            let said = talk(&mut canceller, &near);
            for (tick, (said, spoken)) in said[60..].iter().zip(&speech).enumerate() {
                let power = |samples: &[f32]| samples.iter().map(|sample| sample * sample).sum::<f32>();
                let missing: Vec<f32> = said.iter().zip(spoken).map(|(said, spoken)| said - spoken).collect();
                assert!(power(&missing) < 0.1 * power(spoken), "tick {tick}");
            }
        }
    }
}
