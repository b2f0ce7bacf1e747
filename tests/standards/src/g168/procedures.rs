//! The tests of G.168, clause 6.4.2, each as one function: signals, what is turned on and off, and what is measured.
//!
//! "Held" is what the Recommendation calls a frozen H register; [`Subject::can_hold`](super::Subject::can_hold) tells what
//! is measured where that can't be. Not here: 10 to 15 (fax, tandems, acoustic residuals, low bit rates, data, offsets).

use frame::{LANES, Law};

use super::{
    limits::{self, figure_9, figure_11},
    path::Hybrid,
    rig::{Peaks, Rig, hybrids},
};
use crate::{css, hoth::hoth, level, line, line::Lanes, noise, samples_of_ms, tone};

/// At which levels and for how long it is tested.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// What is received, in dBm0.
    pub received_dbm0: f32,
    /// Samples of the tail.
    pub tail: usize,
    /// Which echoes stand on the lines ([`hybrids`]).
    pub batch: usize,
    /// The whole of each test; else parts that only last are shorter.
    pub whole: bool,
    /// What is received instead of CSS: a voice, at any level.
    pub voice: Option<&'a [f32]>,
}

/// One thing that was measured on one line.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which part of the test.
    pub part: &'static str,
    /// The line's echo.
    pub hybrid: Hybrid,
    /// What was measured.
    pub measured: f32,
    /// What it may be at most.
    pub limit: f32,
}

impl Row {
    /// By how much the limit is missed; negative where it is held.
    pub fn over(&self) -> f32 {
        self.measured - self.limit
    }
}

/// A test of the Recommendation.
#[derive(Clone, Copy)]
pub struct Test {
    /// Its number.
    pub number: &'static str,
    /// Its title, and where its limit is from.
    pub title: &'static str,
    /// Where its limits are from.
    pub source: limits::Source,
    /// It can't be failed by a canceller that does nothing.
    pub harmless: bool,
    run: fn(&mut Rig<'_>, &Setup<'_>) -> Vec<Row>,
}

impl Test {
    /// Runs it with a canceller that knows nothing yet, on the echoes of the set-up.
    pub fn run(&self, subject: &mut dyn super::Subject, setup: &Setup<'_>) -> Vec<Row> {
        (self.run)(&mut Rig::new(subject, hybrids(setup.tail, setup.batch)), setup)
    }
}

/// All tests, in the order of the Recommendation.
pub const TESTS: [Test; 17] = {
    use limits::Source::{MuTap, Oslec, Recalled};
    const fn test(
        number: &'static str,
        title: &'static str,
        source: limits::Source,
        run: fn(&mut Rig<'_>, &Setup<'_>) -> Vec<Row>,
    ) -> Test {
        Test { number, title, source, harmless: false, run }
    }
    const fn harmless(test: Test) -> Test {
        Test { harmless: true, ..test }
    }
    [
        test("1", "Steady state residual and returned level, noise", Oslec, steady_state),
        test("2A", "Convergence and reconvergence, suppressor on", MuTap, convergence_suppressed),
        test("2B", "Convergence and reconvergence, suppressor off", Oslec, convergence_bare),
        test("2C", "Convergence with background noise", Oslec, convergence_in_noise),
        test("3A", "Double talk, low near end level", Oslec, low_double_talk),
        test("3B a", "Double talk stability, high near end level", Oslec, high_stability),
        test("3B b", "Double talk stability, low near end level", Oslec, low_stability),
        test("3C", "Simulated conversation", Oslec, conversation),
        test("4", "Leak rate", Recalled, leak),
        test("5", "Infinite return loss", Recalled, infinite_return_loss),
        test("5B", "Change of the echo path through an open line", MuTap, forwarded),
        test("6", "Non-divergence on narrow-band signals", Oslec, narrow_band),
        test("7", "Stability", MuTap, stability),
        harmless(test("8", "Non-convergence on signalling of No. 5, 6 and 7", Recalled, signalling)),
        test("9", "Comfort noise", Oslec, comfort_noise),
        harmless(test("clause 7, disabled", "Tone disabler: 2100 Hz with phase reversals", Recalled, disabled)),
        test("clause 7, enabled", "Tone disabler: works again after a quiet 250 ms", Recalled, enabled_again),
    ]
};

/// What the disabler of echo cancellers answers to.
const ANSWER_HZ: f64 = 2100.0;
/// Between two reversals of its phase (V.25; G.168, clause 7).
const REVERSAL_MS: usize = 450;

/// The tones of test 6: alone, and as the digits 1, 5, 9 and D (6.4.2.7).
const TONES_HZ: [&[f64]; 8] =
    [&[697.0], &[941.0], &[1336.0], &[1633.0], &[697.0, 1209.0], &[770.0, 1336.0], &[852.0, 1477.0], &[941.0, 1633.0]];
/// Their level: of each tone.
const TONE_DBM0: f32 = -10.0;

impl Setup<'_> {
    /// What comes from afar: CSS, or the voice from its beginning.
    fn far(&self, ms: usize) -> Vec<f32> {
        let samples = samples_of_ms(ms);
        match self.voice {
            None => css::received(self.received_dbm0, samples),
            Some(voice) => {
                let voice = level::at_active_dbm0(voice.to_vec(), self.received_dbm0);
                voice.into_iter().cycle().take(samples).collect()
            }
        }
    }

    /// So many seconds, or fewer where that only takes time.
    fn long(&self, seconds: usize, at_least: usize) -> usize {
        1000 * if self.whole { seconds } else { at_least }
    }

    /// The same, as speech that the near end says.
    fn said(&self, below_db: f32, ms: usize) -> Vec<f32> {
        css::double_talk(self.received_dbm0 - below_db, samples_of_ms(ms))
    }
}

/// A row for each line.
fn rows(rig: &Rig<'_>, part: &'static str, measured: [f32; LANES], limit: f32) -> Vec<Row> {
    (0..LANES).map(|lane| Row { part, hybrid: rig.hybrid(lane), measured: measured[lane], limit }).collect()
}

/// What is left of CSS after everything before it, while nothing is learnt; where that can't be, in the first moment.
fn residual(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Peaks {
    let can_hold = rig.subject().can_hold();
    // Where the meters can't settle on the signal, what they read before has to fade first.
    rig.rest(if can_hold { 150 } else { 700 });
    rig.subject().hold(true);
    if can_hold {
        rig.run(&setup.far(500), &[]);
    }
    let peaks = rig.run(&setup.far(if can_hold { setup.long(5, 2) } else { 150 }), &[]);
    rig.subject().hold(false);
    peaks
}

fn steady_state(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    let noise = |seed, ms| noise::white(seed, setup.received_dbm0, samples_of_ms(ms));
    rig.subject().suppress(false);
    rig.run(&noise(1, setup.long(10, 4)), &[]);
    let bare = rig.run(&noise(2, 2000), &[]);
    rig.subject().suppress(true);
    rig.run(&noise(3, 1000), &[]);
    let suppressed = rig.run(&noise(4, 2000), &[]);
    let mut found = rows(rig, "residual", bare.sout, figure_11(bare.rin));
    found.extend(rows(rig, "returned", suppressed.sout, figure_9(setup.received_dbm0)));
    found
}

fn convergence_suppressed(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    // 50 ms and the longest delay.
    let first = samples_of_ms(100);
    let part = |rig: &mut Rig<'_>, early, late| {
        let far = setup.far(1050);
        rig.run(&far[..first], &[]);
        let learning = rig.run(&far[first..], &[]);
        let peaks = rig.run(&setup.far(setup.long(9, 2)), &[]);
        let mut found = rows(rig, early, learning.sout, setup.received_dbm0 - limits::COMBINED_LOSS_DB);
        found.extend(rows(rig, late, peaks.sout, figure_9(setup.received_dbm0)));
        found
    };
    rig.rest(200);
    let mut found = part(rig, "a: until 1 s", "a: from 1 s on");
    rig.change(hybrids(setup.tail, setup.batch + 1).map(next_path));
    found.extend(part(rig, "b: until 1 s", "b: from 1 s on"));
    found
}

fn convergence_bare(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    let part = |rig: &mut Rig<'_>, early, late| {
        rig.run(&setup.far(1050), &[]);
        let first = rig.run(&setup.far(350), &[]);
        rig.run(&setup.far(setup.long(8, 4)), &[]);
        let last = rig.run(&setup.far(1400), &[]);
        let mut found = rows(rig, early, first.sout, first.rin - limits::COMBINED_LOSS_DB);
        found.extend(rows(rig, late, last.sout, figure_11(last.rin)));
        found
    };
    rig.subject().suppress(false);
    rig.rest(200);
    let mut found = part(rig, "a: at 1 s", "a: at 10 s");
    rig.change(hybrids(setup.tail, setup.batch + 1).map(next_path));
    found.extend(part(rig, "b: at 1 s", "b: at 10 s"));
    found
}

/// Another path of Annex D with the same loss.
fn next_path(hybrid: Hybrid) -> Hybrid {
    Hybrid { number: (hybrid.number + 3) % super::path::HYBRIDS, ..hybrid }
}

fn convergence_in_noise(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    let noise = |seed, ms| hoth(seed, (setup.received_dbm0 - 15.0).min(-30.0), samples_of_ms(ms));
    rig.rest(200);
    let learning = rig.run(&setup.far(1000), &noise(1, 1000));
    rig.run(&[], &noise(2, 150));
    let left = residual(rig, setup);
    rows(rig, "returned", left.sout, learning.sgen)
}

fn low_double_talk(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.subject().suppress(false);
    rig.rest(200);
    let talk = rig.run(&setup.far(5000), &setup.said(15.0, 5000));
    let left = residual(rig, setup);
    rows(rig, "residual", left.sout, talk.sgen)
}

fn high_stability(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    stability_in_double_talk(rig, setup, 0.0, limits::HIGH_DOUBLE_TALK_DB)
}

fn low_stability(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    stability_in_double_talk(rig, setup, 6.0, limits::LOW_DOUBLE_TALK_DB)
}

fn stability_in_double_talk(rig: &mut Rig<'_>, setup: &Setup<'_>, below_db: f32, worse_db: f32) -> Vec<Row> {
    rig.subject().suppress(false);
    rig.run(&setup.far(5000), &[]);
    rig.run(&setup.far(5000), &setup.said(below_db, 5000));
    let left = residual(rig, setup);
    rows(rig, "residual", left.sout, figure_11(left.rin) + worse_db)
}

fn conversation(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    let said = setup.said(5.0, 5600);
    let talk = rig.run(&setup.far(5600), &said);
    let alone = rig.run(&setup.far(1400), &[]);
    let mut found = rows(rig, "t2: returned", alone.sout, talk.sgen);
    rig.run(&setup.far(5000), &[]);
    let both = rig.run(&setup.far(5600), &said);
    found.extend(rows(rig, "t4: both", both.sout, both.sgen + limits::CONVERSATION_DB));
    let near = rig.run(&[], &said);
    found.extend(rows(rig, "t5: near end, loudest", near.sout, near.sgen + limits::CONVERSATION_DB));
    // Who alone speaks must be heard: not cut off by more than 2 dB.
    found.extend(rows(rig, "t5: near end, lost", near.sout.map(|level| near.sgen - level), 2.0));
    found
}

fn leak(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.subject().suppress(false);
    rig.run(&setup.far(5000), &[]);
    rig.rest(setup.long(120, 20));
    let left = residual(rig, setup);
    rows(rig, "residual", left.sout, figure_11(left.rin) + limits::LEAK_DB)
}

fn infinite_return_loss(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.run(&setup.far(5000), &[]);
    rig.open();
    rig.run(&setup.far(500), &[]);
    let left = rig.run(&setup.far(setup.long(5, 2)), &[]);
    // The limit is told for -10 dBm0. A line that never loses its echo is no open line: what does nothing must fail.
    let mut found = rows(rig, "returned", left.sout, limits::OPEN_LINE_DBM0 + setup.received_dbm0 + 10.0);
    rig.change(hybrids(setup.tail, setup.batch));
    rig.run(&setup.far(1050), &[]);
    let again = rig.run(&setup.far(1400), &[]);
    found.extend(rows(rig, "echo again, 1 s", again.sout, figure_9(setup.received_dbm0)));
    found
}

fn forwarded(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.run(&setup.far(5000), &[]);
    rig.open();
    rig.run(&setup.far(2100), &[]);
    rig.change(hybrids(setup.tail, setup.batch + 1).map(next_path));
    rig.run(&setup.far(1050), &[]);
    let left = rig.run(&setup.far(setup.long(9, 2)), &[]);
    rows(rig, "returned", left.sout, figure_9(setup.received_dbm0))
}

fn narrow_band(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.subject().suppress(false);
    rig.run(&setup.far(5000), &[]);
    for hz in TONES_HZ {
        rig.run(&tone::chord(hz, TONE_DBM0, samples_of_ms(setup.long(5, 2))), &[]);
    }
    let left = residual(rig, setup);
    rows(rig, "residual", left.sout, figure_11(left.rin) + limits::TONES_DB)
}

/// A tone on a canceller that knows nothing: it never makes it louder, and after 10 s it is known.
fn stability(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.subject().suppress(false);
    let tone = |ms| tone::sine(697.0, TONE_DBM0, samples_of_ms(ms));
    let learning = rig.run(&tone(10_000), &[]);
    let left = rig.run(&tone(setup.long(110, 2)), &[]);
    let louder = std::array::from_fn(|lane| learning.sout[lane] - learning.sin[lane].max(limits::RETURNED_DBM0));
    let mut found = rows(rig, "louder than the echo", louder, 1.0);
    found.extend(rows(rig, "from 10 s on", left.sout, figure_11(TONE_DBM0)));
    found
}

/// The signals of No. 5 (2400 and 2600 Hz), and of the continuity test of 6 and 7 (2010 Hz), from afar and then from here:
/// what comes from here must pass.
fn signalling(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    let mut found = Vec::new();
    rig.run(&setup.far(2100), &[]);
    for hz in [&[2400.0][..], &[2600.0], &[2400.0, 2600.0], &[2010.0]] {
        let tone = tone::chord(hz, -9.0, samples_of_ms(1000));
        rig.run(&tone, &[]);
        let answered = rig.run(&[], &tone);
        found.extend(rows(rig, "answer, lost", answered.sout_now.map(|level| answered.sgen - level), 2.0));
        rig.run(&tone, &tone);
        let after = rig.run(&[], &tone);
        found.extend(rows(rig, "after both, lost", after.sout_now.map(|level| after.sgen - level), 2.0));
    }
    found
}

fn comfort_noise(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    let mut found = Vec::new();
    for (part, noise_dbm0, seconds) in [
        ("1: matching", -45.0, setup.long(30, 6)),
        ("2: down", -55.0, setup.long(10, 6)),
        ("3: up", -45.0, setup.long(10, 6)),
    ] {
        // Its noise is told for -10 dBm0 received; with less the echo would not need to be suppressed.
        let far = |ms| hoth(9, setup.received_dbm0, samples_of_ms(ms));
        let near = |ms| hoth(5, noise_dbm0, samples_of_ms(ms));
        rig.run(&[], &near(seconds));
        rig.run(&far(2000), &near(2000));
        rig.keep();
        rig.run(&far(700), &near(700));
        let levels = levels(rig.law(), &rig.kept());
        let apart = levels.map(|level| (level - noise_dbm0).abs());
        found.extend(rows(rig, part, apart, limits::COMFORT_DB));
    }
    found
}

/// The level of each lane over all ticks, without its direct current.
fn levels(law: Law, ticks: &[Lanes]) -> [f32; LANES] {
    std::array::from_fn(|lane| {
        let octets: Vec<u8> = ticks.iter().flat_map(|tick| tick[lane]).collect();
        let signal = line::decoded(law, &octets);
        let mean = signal.iter().sum::<f32>() / signal.len().max(1) as f32;
        level::dbm0(&signal.into_iter().map(|sample| sample - mean).collect::<Vec<_>>())
    })
}

/// A modem's answer: 2100 Hz whose phase is turned around each 450 ms.
fn answer(ms: usize) -> Vec<f32> {
    let turned = |at: usize| at / samples_of_ms(REVERSAL_MS) % 2 == 1;
    let tone = tone::sine(ANSWER_HZ, -12.0, samples_of_ms(ms));
    tone.iter().enumerate().map(|(at, &sample)| if turned(at) { -sample } else { sample }).collect()
}

fn disabled(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.run(&setup.far(3000), &[]);
    rig.run(&answer(3000), &[]);
    // What a modem sends after its answer tone, both ways at once, passes as it is: level for level.
    let data = |seed, level_dbm0| noise::white(seed, level_dbm0, samples_of_ms(2000));
    let both = rig.run(&data(1, -15.0), &data(2, -20.0));
    let apart = std::array::from_fn(|lane| (both.sout[lane] - both.sin[lane]).abs());
    rows(rig, "data, changed", apart, 0.1)
}

fn enabled_again(rig: &mut Rig<'_>, setup: &Setup<'_>) -> Vec<Row> {
    rig.run(&answer(3000), &[]);
    rig.rest(500);
    rig.run(&setup.far(2100), &[]);
    let left = rig.run(&setup.far(2100), &[]);
    rows(rig, "returned", left.sout, figure_9(setup.received_dbm0))
}
