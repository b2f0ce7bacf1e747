//! One tick of sixteen lanes, written once for every set of vector instructions.

use std::{array::from_fn, f64::consts::TAU};

use codec::lanes::{self, Row, Rows, WIDTH};
use fearless_simd::{Simd, f32x16, mask32x16, prelude::*};
use frame::{Law, OCTETS_PER_TICK, Octets};

use super::{
    Tail,
    bank::{Bank, Course, UNKNOWN},
    fourier::{self, BINS, Complex, Factors, Half, INNER, Inner, LENGTH, Spectrum, THERE_AND_BACK, Which},
    packed::{Packed, pack, unpack},
    suppressor::{self, Levels},
};

/// The far party's power below which hardly anything is learnt: white noise of -50 dBm0.
const FAINT: f32 = 4.0 * LENGTH as f32 * 0.5e-5;
/// States below this become 0: far below G.711's smallest step, far above subnormal numbers.
const FLOOR: f32 = 1e-9;
/// The same for what is relative to an error, and small where a step is.
const TRACE: f32 = 1e-30;
/// A tick of -60 dBm0.
const SILENT: f32 = 0.5e-6 * OCTETS_PER_TICK as f32;
/// A tick of -36 dBm0: G.168 knows no signal below it.
const LOUD: f32 = 0.5 * 2.512e-4 * OCTETS_PER_TICK as f32;
/// A second of -62 dBm0. An echo that is weaker is in the noise of G.711's own steps, of which a filter may know some by heart:
/// the octet of silence is a step beside zero.
const FAINTEST: f32 = 0.5 * 6.3e-7 * 100.0 * OCTETS_PER_TICK as f32;
/// A tick of -65 dBm0: what is less lies in the noise of G.711's own steps, and tells nothing of an echo.
const STEPS: f32 = 0.5 * 3.2e-7 * OCTETS_PER_TICK as f32;
/// The least part of a tick's power that the tone is, to be 2100 Hz: at 21 Hz beside it 0.86 are left.
const PURE: f32 = 0.75;
/// Fewer frequencies than these are tones.
const TONAL: f32 = 5.0;
/// What a lane takes off when tones are not to be learnt any more: until then there is nothing to lose.
const KNOWN: f32 = 10.0;
/// The far party of a tick above -50 dBm0 is heard, and for how long that counts: 10 ticks after -40 dBm0.
const AUDIBLE: f32 = 0.5e-5 * OCTETS_PER_TICK as f32;
const FADE: f32 = 0.8;
/// A tick's part in what is usual.
const USUAL: f32 = 0.02;
/// More than this times the power that came in is not given out.
const LOUDER: f32 = 4.0;
/// What the background's step takes off its distance; and where the foreground is proven: then what it learns further is
/// little, and it must not take itself for certain of it.
const LEARNT: f32 = 0.07;
const LEARNT_PROVEN: f32 = 0.03;
/// The nearest that it is thought to come.
const NEAREST: f32 = 3e-5;
/// A path of this loudness, as a ratio of amplitudes, is not to be told from none.
const FAINT_PATH: f32 = 1e-3;
/// Of the longest tail.
const MOST_PARTITIONS: usize = Tail::Ms128.partitions();
/// What is left of the course's memory after a tick.
const MEMORY: f32 = 0.9;
/// The same where what is told to people is measured: a second.
const LONG_MEMORY: f32 = 0.99;
/// Of the step.
const RATE: f32 = 1.0;
const PEAK: f32 = 0.0;
const MIDDLE: f32 = 0.375;
const BESIDE: f32 = 0.25;
const BEYOND: f32 = 0.0625;
const PROMOTE: f32 = 6.0;
const ONWARDS: f32 = 2.0;
const FURTHER: f32 = 4.0;
/// Ticks like the present one by which that is doubted beforehand: two vowels may go the same way for one or two.
const PRIOR: f32 = 3.0;
const BRIEF: f32 = 0.85;
const HARMFUL: f32 = 1.5;
/// The part of a tick's usual echo that may be added: what a filter knows is not given up for what it does not know yet.
const FORGIVEN: f32 = 0.05;
const CLEAR: f32 = 0.02;
const DEMOTE: f32 = 2.0;
/// A foreground is proven that usually leaves no more than this part of an echo: 7 dB below it.
const PROVEN: f32 = 0.2;
/// A tick's part in what it usually leaves; and how much that may rise in a tick: 1.7 dB in a second, so that a talk of both
/// parties does not soon count as what it leaves.
const PROVE: f32 = 0.05;
const UNLEARN: f32 = 1.004;
/// No foreground is taken for better than this: A-law leaves 37 dB.
const FLAWLESS: f32 = 1e-4;
/// A background that is to take the place of a proven foreground leaves no more of what comes in than so many times what
/// that usually leaves, and no more than this part: a filter may take half off another voice, but not all of it.
const SURPASSED: f32 = 4.0;
const SURPASSED_AT_MOST: f32 = 0.1;
/// A path may have changed where a proven foreground leaves more than this part of what comes in, and no more comes in
/// than so many times the usual echo.
const LOST: f32 = 0.25;
const ALONE: f32 = 2.0;
/// The same as [`DEMOTE`], [`FURTHER`] and [`HARMFUL`] where a foreground is proven.
const DEMOTE_PROVEN: f32 = 1.0;
const FURTHER_PROVEN: f32 = 1.5;
const HARMFUL_PROVEN: f32 = 1.7;
/// What is left of the foreground's distance in a tick in which the background is nearer and yet takes off no more.
const AGREED: f32 = 0.9;
/// Samples of a tick that count as independent of each other.
const INDEPENDENT: f32 = 16.0;

/// What a tick needs besides the state. No tick reads what another one left.
#[derive(Clone, Debug)]
pub(super) struct Scratch {
    pub(super) factors: Factors,
    pub(super) scales: [f32; 2],
    /// Cosine and sine of 2100 Hz.
    guard: [[f32; 2]; OCTETS_PER_TICK],
    /// What [`guard`] found: in-phase and quadrature part of the far party, and of what came in.
    pub(super) guards: [[Row; 2]; 2],
    /// What came in, and what the far party said.
    near: Rows,
    /// What the far party said; samples on their way.
    far: Rows,
    samples: Half,
    inner: Inner,
    spectrum: Spectrum,
    said: [Rows; 2],
    step: Spectrum,
    heard: [Row; BINS],
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        let angle = |n: usize| TAU * (21 * n) as f64 / OCTETS_PER_TICK as f64;
        Scratch {
            factors: Factors::new(),
            scales: [Law::A, Law::Mu].map(|law| codec::sine_peak_of_dbm0(law, 0.0).recip()),
            guard: from_fn(|n| [angle(n).cos() as f32, angle(n).sin() as f32]),
            guards: [[Row::QUIET; 2]; 2],
            near: [Row::QUIET; OCTETS_PER_TICK],
            far: [Row::QUIET; OCTETS_PER_TICK],
            samples: [[Row::QUIET; 2]; INNER / 2],
            inner: [[Row::QUIET; 2]; INNER],
            spectrum: [[Row::QUIET; 2]; BINS],
            said: [[Row::QUIET; OCTETS_PER_TICK]; 2],
            step: [[Row::QUIET; 2]; BINS],
            heard: [Row::QUIET; BINS],
        }
    }
}

/// A tick of a bank's lanes.
pub(super) struct Heard<'a> {
    pub(super) far: &'a [Octets],
    pub(super) rx: &'a [Octets],
    pub(super) law: Law,
    pub(super) active: u32,
    /// Lanes that are switched off by a modem's tone.
    pub(super) disabled: u32,
    /// Residues are replaced by noise.
    pub(super) suppress: bool,
}

/// What a tick of a bank's lanes showed, as bits of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Lanes whose state is no number.
    pub(super) broken: u32,
    /// Lanes that learn nothing from tones.
    pub(super) narrow: u32,
    /// Lanes on which the far party was the louder one; and of them those on which most of what came in lately was echo.
    pub(super) louder: u32,
    pub(super) echoing: u32,
    /// Of the far party and of what came in: there is a signal, and it is 2100 Hz.
    pub(super) loud: [u32; 2],
    pub(super) guard: [u32; 2],
}

/// What the lanes' powers are in this tick.
#[derive(Clone, Copy)]
struct Powers<S: Simd> {
    far: f32x16<S>,
    near: f32x16<S>,
    /// What the foreground takes the echo for.
    echo: f32x16<S>,
    fore: f32x16<S>,
    back: f32x16<S>,
    /// The product of the foreground's error and the difference of both.
    cross: f32x16<S>,
    difference: f32x16<S>,
}

/// What is done with the lanes.
#[derive(Clone, Copy)]
struct Verdict<S: Simd> {
    /// In use and not switched off.
    active: mask32x16<S>,
    /// Of these where the background was heard, too.
    known: mask32x16<S>,
    learn: mask32x16<S>,
    /// The background becomes the foreground, too.
    promote: mask32x16<S>,
    /// The foreground becomes the background, too.
    demote: mask32x16<S>,
    /// Both are forgotten.
    forget: mask32x16<S>,
    /// The distance's factor.
    further: f32x16<S>,
    /// What a step takes off it.
    learnt: f32x16<S>,
    /// Tones on a lane whose echo is known.
    narrow: mask32x16<S>,
    /// What the echo of what the far party said lately usually is.
    usual: f32x16<S>,
}

/// What is known of the foreground, and so asked of a background that wants to take its place.
#[derive(Clone, Copy)]
struct Trust<S: Simd> {
    /// What the echo usually is; that, what came in, and what the foreground made of it, over some ticks.
    usual: f32x16<S>,
    expected: f32x16<S>,
    came: f32x16<S>,
    harm: f32x16<S>,
    /// The part of an echo that the foreground usually leaves.
    unproven: f32x16<S>,
    proven: mask32x16<S>,
    /// Proven, and nothing looks like another path: what is heard besides the echo is another party.
    wary: mask32x16<S>,
    /// The background may take its place.
    surpassed: mask32x16<S>,
}

/// Takes a tick.
#[inline(always)]
pub(super) fn tick<S: Simd>(
    simd: S,
    bank: &mut Bank,
    scratch: &mut Scratch,
    heard: &Heard<'_>,
    clean: &mut [Octets],
) -> Seen {
    match heard.law {
        Law::A => hear::<S, false>(simd, bank, scratch, heard),
        Law::Mu => hear::<S, true>(simd, bank, scratch, heard),
    }
    let tonal = tonal(simd, &scratch.spectrum);
    let (far, near) = (guard(simd, scratch, &bank.before), guard(simd, scratch, &scratch.near));
    estimate(simd, bank, scratch);
    let powers = powers(simd, &bank.before, scratch);
    let [far_seen, near_seen] = [tone(far, powers.far), tone(near, powers.near)];
    let kept = bank.course.sum(simd) + bank.suppressor.sum(simd);
    let broken = !(powers.fore + powers.back + kept).simd_lt(f32::INFINITY);
    let verdict = judge(simd, bank, &powers, heard, tonal);
    if (verdict.learn | verdict.forget | verdict.promote | verdict.demote).any_true() {
        step(simd, bank, scratch, &verdict);
    }
    let speaks = bank.course.spoken.load(simd).simd_gt(AUDIBLE);
    if (verdict.known | verdict.forget | speaks).any_true() {
        learn(simd, bank, scratch, &verdict);
    } else {
        rest(simd, bank, scratch);
    }
    speak(simd, scratch, &verdict, &powers);
    if heard.suppress {
        let Verdict { usual, forget, .. } = verdict;
        let levels = Levels { echo: powers.echo, left: powers.fore, far: powers.far, usual, forget };
        suppressor::process(simd, &mut bank.suppressor, &levels, verdict.active, &mut scratch.said[1]);
    }
    match heard.law {
        Law::A => say::<S, false>(simd, scratch, clean),
        Law::Mu => say::<S, true>(simd, scratch, clean),
    }
    for (row, part) in scratch.guards.as_flattened_mut().iter_mut().zip([far.re, far.im, near.re, near.im]) {
        part.store_slice(&mut row.0);
    }
    let bits = |mask: mask32x16<S>| mask.to_bitmask() as u32 & heard.active;
    Seen {
        broken: bits(broken),
        narrow: bits(verdict.narrow),
        louder: bits(louder(&powers)),
        echoing: bits(louder(&powers) & echoing(simd, bank)),
        loud: [bits(powers.far.simd_gt(LOUD)), bits(powers.near.simd_gt(LOUD))],
        guard: [bits(far_seen), bits(near_seen)],
    }
}

/// Whether the far party is there and the louder one.
#[inline(always)]
fn louder<S: Simd>(powers: &Powers<S>) -> mask32x16<S> {
    powers.far.simd_gt(powers.near) & powers.far.simd_gt(SILENT)
}

/// Whether the foreground took off more than half of what came in over the last second in which the far party was the
/// louder one.
#[inline(always)]
fn echoing<S: Simd>(simd: S, bank: &Bank) -> mask32x16<S> {
    bank.course.echo.load(simd).simd_gt(bank.course.left.load(simd) * 2.0 + FAINTEST)
}

/// Whether there is little more than one or two tones: how many frequencies share the power, as the square of its sum by
/// the sum of its squares, behind a Hann window. White noise has forty, two tones have between four and five.
#[inline(always)]
fn tonal<S: Simd>(simd: S, spectrum: &Spectrum) -> mask32x16<S> {
    let (mut sum, mut squares) = (quiet(simd), quiet(simd));
    let (mut before, mut here) = (Complex::load(simd, &spectrum[0]), Complex::load(simd, &spectrum[1]));
    for after in &spectrum[2..] {
        let after = Complex::load(simd, after);
        let re = (before.re + after.re).mul_add(-0.5, here.re);
        let im = (before.im + after.im).mul_add(-0.5, here.im);
        let power = re.mul_add(re, im * im);
        sum += power;
        squares = power.mul_add(power, squares);
        (before, here) = (here, after);
    }
    (sum * sum).simd_lt(squares * TONAL) & sum.simd_gt(FAINT)
}

/// The correlation of a tick with 2100 Hz: 21 periods.
#[inline(always)]
fn guard<S: Simd>(simd: S, scratch: &Scratch, samples: &Rows) -> Complex<S> {
    let mut sum = Complex { re: quiet(simd), im: quiet(simd) };
    for (row, [cosine, sine]) in samples.iter().zip(&scratch.guard) {
        let sample = row.load(simd);
        sum.re = sample.mul_add(*cosine, sum.re);
        sum.im = sample.mul_add(-*sine, sum.im);
    }
    sum
}

/// Whether a tick of that correlation and power is 2100 Hz.
#[inline(always)]
fn tone<S: Simd>(guard: Complex<S>, power: f32x16<S>) -> mask32x16<S> {
    let square = guard.re.mul_add(guard.re, guard.im * guard.im) * (2.0 / OCTETS_PER_TICK as f32);
    square.simd_gt(power * PURE) & power.simd_gt(LOUD)
}

#[inline(always)]
fn quiet<S: Simd>(simd: S) -> f32x16<S> {
    f32x16::splat(simd, 0.0)
}

/// A tick's samples as pairs.
#[inline(always)]
fn half(rows: &Rows) -> &Half {
    rows.as_chunks().0.try_into().expect("a tick is forty pairs of samples")
}

/// Decodes both directions; what the far party said becomes a spectrum.
#[inline(always)]
fn hear<S: Simd, const MU: bool>(simd: S, bank: &mut Bank, scratch: &mut Scratch, heard: &Heard<'_>) {
    lanes::decode::<S, MU>(simd, heard.far, &mut scratch.far);
    lanes::decode::<S, MU>(simd, heard.rx, &mut scratch.near);
    let active = mask32x16::from_bitmask(simd, u64::from(heard.active));
    let scale = scratch.scales[usize::from(MU)];
    for row in scratch.near.iter_mut().chain(&mut scratch.far) {
        active.select(row.load(simd) * scale, quiet(simd)).store_slice(&mut row.0);
    }
    let window = [Some(half(&bank.before)), Some(half(&scratch.far))];
    fourier::forward(simd, &scratch.factors, window, &mut scratch.inner, &mut scratch.spectrum);
    bank.before = scratch.far;
    bank.newest = (bank.newest + bank.far.len() - 1) % bank.far.len();
    for (word, pair) in bank.far[bank.newest].iter_mut().zip(&scratch.spectrum) {
        word.store(pack(Complex::load(simd, pair)));
    }
}

/// What background and foreground take the echo for.
#[inline(always)]
fn estimate<S: Simd>(simd: S, bank: &mut Bank, scratch: &mut Scratch) {
    let gain = bank.gains[0].load(simd);
    for k in 0..BINS {
        let far = Complex::load(simd, &scratch.spectrum[k]);
        let power = (far.re * far.re + far.im * far.im).mul_add(gain, bank.power[k].load(simd));
        power.store_slice(&mut bank.power[k].0);
        let head = Complex::load(simd, &bank.head[k]);
        far.times_added_to(head, Complex::load(simd, &bank.sums[0][k])).store(&mut bank.sums[0][k]);
        let head = unpack(bank.fore[0][k].load(simd));
        far.times_added_to(head, Complex::load(simd, &bank.sums[1][k])).store(&mut bank.sums[1][k]);
    }
    for which in 0..2 {
        let out = &mut scratch.samples;
        fourier::inverse(simd, &scratch.factors, &bank.sums[which], &mut scratch.inner, Which::Newer, out);
        for (said, row) in scratch.said[which].iter_mut().zip(out.as_flattened()) {
            (row.load(simd) * (0.5 / THERE_AND_BACK)).store_slice(&mut said.0);
        }
    }
}

/// What was said becomes what is left.
#[inline(always)]
fn powers<S: Simd>(simd: S, far: &Rows, scratch: &mut Scratch) -> Powers<S> {
    let nothing = quiet(simd);
    let mut sums = Powers {
        far: nothing,
        near: nothing,
        echo: nothing,
        fore: nothing,
        back: nothing,
        cross: nothing,
        difference: nothing,
    };
    let [back, fore] = &mut scratch.said;
    for (((near, back), fore), far) in scratch.near.iter().zip(back).zip(fore).zip(far) {
        let (near, far) = (near.load(simd), far.load(simd));
        let echo = fore.load(simd);
        let (left_back, left_fore) = (near - back.load(simd), near - echo);
        sums.echo = echo.mul_add(echo, sums.echo);
        let difference = left_fore - left_back;
        sums.far = far.mul_add(far, sums.far);
        sums.near = near.mul_add(near, sums.near);
        sums.fore = left_fore.mul_add(left_fore, sums.fore);
        sums.back = left_back.mul_add(left_back, sums.back);
        sums.cross = left_fore.mul_add(difference, sums.cross);
        sums.difference = difference.mul_add(difference, sums.difference);
        left_back.store_slice(&mut back.0);
        left_fore.store_slice(&mut fore.0);
    }
    sums
}

/// Compares background, foreground and nothing at all by what they leave.
#[inline(always)]
fn judge<S: Simd>(simd: S, bank: &mut Bank, powers: &Powers<S>, heard: &Heard<'_>, tonal: mask32x16<S>) -> Verdict<S> {
    let active = mask32x16::from_bitmask(simd, u64::from(heard.active & !heard.disabled));
    let course = &mut bank.course;
    let nothing = quiet(simd);
    let scale = f32x16::splat(simd, 1.0) / (powers.fore + SILENT);
    let known = active & spoken(simd, course, powers.far);
    let tells = known & powers.fore.max(powers.back).simd_gt(STEPS);
    let fresh = tells.select(powers.difference * scale, nothing).min(4.0);
    let gained = course.gained.load(simd) * MEMORY + tells.select(powers.cross * scale, nothing).max(-4.0).min(4.0);
    let spent = course.spent.load(simd) * MEMORY + fresh;
    let doubt = course.doubt.load(simd) * (MEMORY * MEMORY) + fresh * (1.0 / INDEPENDENT);
    let chance = doubt.sqrt();
    let better = gained * 2.0 - spent;
    let trust = trust(simd, course, powers, known);
    let either = |proven: f32, other: f32| trust.wary.select(f32x16::splat(simd, proven), f32x16::splat(simd, other));
    let promote = better.simd_gt(chance * PROMOTE + CLEAR) & powers.back.simd_lt(powers.fore) & trust.surpassed & known;
    let demote = better.simd_lt(either(-DEMOTE_PROVEN, -DEMOTE)) & known;
    let onwards = (gained - spent).simd_gt((doubt + fresh * (PRIOR / INDEPENDENT)).sqrt() * ONWARDS) & tells;
    let harmful = trust.proven.select(f32x16::splat(simd, HARMFUL_PROVEN), f32x16::splat(simd, HARMFUL));
    let learnt = trust.proven.select(f32x16::splat(simd, LEARNT_PROVEN), f32x16::splat(simd, LEARNT));
    let forget = trust.harm.simd_gt(trust.came * harmful + SILENT * 10.0 + trust.usual * FORGIVEN) & active;
    let louder = louder(powers) & active;
    for (row, value) in [(&mut course.echo, powers.near), (&mut course.left, powers.fore)] {
        let old = row.load(simd);
        louder.select(floored(old * LONG_MEMORY + value), old).store_slice(&mut row.0);
    }
    let narrow = tonal & known & course.echo.load(simd).simd_gt(course.left.load(simd) * KNOWN);
    let settled = promote | demote | forget;
    for (row, value) in [(&mut course.gained, gained), (&mut course.spent, spent), (&mut course.doubt, doubt)] {
        let value = value.abs().simd_lt(TRACE).select(nothing, value);
        settled.select(nothing, value).store_slice(&mut row.0);
    }
    forget.select(nothing, floored(trust.harm)).store_slice(&mut course.harm.0);
    forget.select(nothing, floored(trust.came)).store_slice(&mut course.heard.0);
    floored(trust.expected).store_slice(&mut course.expected.0);
    forget.select(f32x16::splat(simd, 1.0), trust.unproven).store_slice(&mut course.unproven.0);
    let further = onwards.select(either(FURTHER_PROVEN, FURTHER), f32x16::splat(simd, 1.0));
    let learn = tells & !forget & !narrow;
    Verdict { active, known, learn, promote, demote, forget, further, learnt, narrow, usual: trust.usual }
}

/// What is known of the foreground after this tick.
#[inline(always)]
fn trust<S: Simd>(simd: S, course: &mut Course, powers: &Powers<S>, known: mask32x16<S>) -> Trust<S> {
    let usual = usual(simd, course, powers.echo);
    let lately = |row: &Row, now: f32x16<S>| row.load(simd) * BRIEF + now;
    let (expected, came, harm) =
        (lately(&course.expected, usual), lately(&course.heard, powers.near), lately(&course.harm, powers.fore));
    let unproven = unproven(simd, course, powers, known);
    let proven = unproven.simd_lt(PROVEN);
    let wary = proven & !(harm.simd_gt(came * LOST) & came.simd_lt(expected * ALONE));
    let most = (unproven * SURPASSED).min(SURPASSED_AT_MOST);
    let surpassed = !wary | powers.back.simd_lt(powers.near * most);
    Trust { usual, expected, came, harm, unproven, proven, wary, surpassed }
}

/// The part of an echo that the foreground usually leaves, after a tick that tells.
#[inline(always)]
fn unproven<S: Simd>(simd: S, course: &Course, powers: &Powers<S>, known: mask32x16<S>) -> f32x16<S> {
    let before = course.unproven.load(simd);
    let now = powers.fore / (powers.echo + SILENT);
    let followed = ((now - before) * PROVE + before).min(before * UNLEARN).max(FLAWLESS).min(1.0);
    (powers.echo.simd_gt(AUDIBLE) & known).select(followed, before)
}

/// The lanes whose far party spoke until the last tick: what lines make of silence is no echo. What it says in this tick
/// counts from the next one on, because until then the background may have rested.
#[inline(always)]
fn spoken<S: Simd>(simd: S, course: &mut Course, far: f32x16<S>) -> mask32x16<S> {
    let before = course.spoken.load(simd);
    far.max(floored(before * FADE)).store_slice(&mut course.spoken.0);
    before.simd_gt(AUDIBLE)
}

/// What the echo usually is of what the far party said lately; no louder than that.
#[inline(always)]
fn usual<S: Simd>(simd: S, course: &mut Course, echo: f32x16<S>) -> f32x16<S> {
    let (spoken, before) = (course.spoken.load(simd), course.usual.load(simd));
    let now = (echo / (spoken + AUDIBLE * 1e-3)).min(1.0);
    let part = floored((now - before) * USUAL + before);
    let part = spoken.simd_gt(AUDIBLE).select(part, before);
    part.store_slice(&mut course.usual.0);
    part * spoken
}

#[inline(always)]
pub(super) fn floored<S: Simd>(value: f32x16<S>) -> f32x16<S> {
    value.abs().simd_lt(FLOOR).select(quiet(value.simd), value)
}

/// The background's error as a spectrum, and of it what each frequency has to learn: a Kalman filter's gain whose noise
/// is never taken for less than what is heard just now.
#[inline(always)]
fn step<S: Simd>(simd: S, bank: &mut Bank, scratch: &mut Scratch, verdict: &Verdict<S>) {
    let window = [None, Some(half(&scratch.said[0]))];
    fourier::forward(simd, &scratch.factors, window, &mut scratch.inner, &mut scratch.step);
    for (row, error) in scratch.heard.iter_mut().zip(&scratch.step) {
        let error = Complex::load(simd, error);
        (error.re * error.re + error.im * error.im).store_slice(&mut row.0);
    }
    for k in 0..BINS {
        let heard = broad(simd, &scratch.heard, k);
        let power = broad(simd, &bank.power, k).max(bank.power[k].load(simd) * PEAK);
        let distance = bank.distance[k].load(simd) * verdict.further;
        let expected = distance * power;
        let part = expected / (expected.max(heard) + FAINT * 1e-6);
        let part = verdict.learn.select(part, quiet(simd));
        let nearer = (distance - distance * part * verdict.learnt).max(NEAREST).min(UNKNOWN);
        let kept = verdict.learn.select(nearer, bank.distance[k].load(simd));
        let fore = bank.fore_distance[k].load(simd);
        let kept = verdict.demote.select(fore, kept);
        let kept = verdict.forget.select(f32x16::splat(simd, UNKNOWN), kept);
        kept.store_slice(&mut bank.distance[k].0);
        // The background knows more, and yet it is not followed: then the foreground is as near.
        let agreed = fore.min((fore * AGREED).max(kept));
        (verdict.promote | verdict.forget).select(kept, agreed).store_slice(&mut bank.fore_distance[k].0);
        let factor = part / (power + FAINT) * (RATE * 2.0 / THERE_AND_BACK);
        let error = Complex::load(simd, &scratch.step[k]);
        Complex { re: error.re * factor, im: error.im * factor }.store(&mut scratch.step[k]);
    }
}

/// A frequency's power, and of its neighbours.
#[inline(always)]
fn broad<S: Simd>(simd: S, powers: &[Row; BINS], k: usize) -> f32x16<S> {
    let last = BINS - 1;
    let at = |k: usize| powers[k].load(simd);
    let near = at(k.saturating_sub(1)) + at((k + 1).min(last));
    let far = at(k.saturating_sub(2)) + at((k + 2).min(last));
    at(k) * MIDDLE + near * BESIDE + far * BEYOND
}

/// Goes through the partitions once: moves their taps, and sums up what they will say in the next tick.
#[inline(always)]
fn learn<S: Simd>(simd: S, bank: &mut Bank, scratch: &mut Scratch, verdict: &Verdict<S>) {
    let moving = (verdict.learn | verdict.forget).any_true();
    let mut loudness = [Row::QUIET; MOST_PARTITIONS];
    for (partition, loudness) in loudness.iter_mut().enumerate().take(bank.taps.len()) {
        let far = (bank.newest + partition) % bank.far.len();
        if moving {
            correct(simd, bank, scratch, partition, far);
        }
        settle(simd, bank, scratch, partition, verdict);
        *loudness = energy(simd, &bank.taps[partition]);
        if partition == 0 {
            *bank.head = scratch.spectrum;
        } else {
            let before = (bank.newest + partition - 1) % bank.far.len();
            match partition {
                1 => foretell::<S, true, true>(simd, bank, scratch, partition, before),
                _ => foretell::<S, false, true>(simd, bank, scratch, partition, before),
            }
        }
    }
    share(simd, &mut bank.gains, &loudness, verdict.learn);
}

/// Goes through the partitions for the foreground alone: nobody speaks that could be learnt from.
#[inline(always)]
fn rest<S: Simd>(simd: S, bank: &mut Bank, scratch: &Scratch) {
    for partition in 1..bank.taps.len() {
        let before = (bank.newest + partition - 1) % bank.far.len();
        match partition {
            1 => foretell::<S, true, false>(simd, bank, scratch, partition, before),
            _ => foretell::<S, false, false>(simd, bank, scratch, partition, before),
        }
    }
}

#[inline(always)]
fn correct<S: Simd>(simd: S, bank: &mut Bank, scratch: &mut Scratch, partition: usize, far: usize) {
    for k in 0..BINS {
        let far = unpack(bank.far[far][k].load(simd));
        let step = Complex::load(simd, &scratch.step[k]);
        let re = far.re.mul_add(step.re, far.im * step.im);
        let im = far.re.mul_add(step.im, -(far.im * step.re));
        Complex { re, im }.store(&mut scratch.spectrum[k]);
    }
    let out = &mut scratch.samples;
    fourier::inverse(simd, &scratch.factors, &scratch.spectrum, &mut scratch.inner, Which::Older, out);
    let gain = bank.gains[partition].load(simd);
    for (tap, row) in bank.taps[partition].iter_mut().zip(out.as_flattened()) {
        row.load(simd).mul_add(gain, tap.load(simd)).store_slice(&mut tap.0);
    }
}

/// Carries out what was decided about background and foreground; leaves the background's spectrum.
#[inline(always)]
fn settle<S: Simd>(simd: S, bank: &mut Bank, scratch: &mut Scratch, partition: usize, verdict: &Verdict<S>) {
    let taps = &mut bank.taps[partition];
    let fore = &mut bank.fore[partition];
    if verdict.demote.any_true() {
        for (pair, word) in scratch.spectrum.iter_mut().zip(fore.iter()) {
            unpack(word.load(simd)).store(pair);
        }
        let out = &mut scratch.samples;
        fourier::inverse(simd, &scratch.factors, &scratch.spectrum, &mut scratch.inner, Which::Older, out);
        for (tap, row) in taps.iter_mut().zip(out.as_flattened()) {
            let old = row.load(simd) * (1.0 / THERE_AND_BACK);
            verdict.demote.select(old, tap.load(simd)).store_slice(&mut tap.0);
        }
    }
    if verdict.forget.any_true() {
        for tap in taps.iter_mut() {
            verdict.forget.select(quiet(simd), tap.load(simd)).store_slice(&mut tap.0);
        }
    }
    let window = [Some(half(taps)), None];
    fourier::forward(simd, &scratch.factors, window, &mut scratch.inner, &mut scratch.spectrum);
    let changed = verdict.promote | verdict.forget;
    if changed.any_true() {
        for (pair, word) in scratch.spectrum.iter().zip(fore) {
            word.store(changed.select(pack(Complex::load(simd, pair)), word.load(simd)));
        }
    }
}

#[inline(always)]
fn energy<S: Simd>(simd: S, taps: &Rows) -> Row {
    let mut sum = quiet(simd);
    for tap in taps {
        let tap = tap.load(simd);
        sum = tap.mul_add(tap, sum);
    }
    let mut row = Row::QUIET;
    sum.sqrt().store_slice(&mut row.0);
    row
}

/// Adds what a partition will say to the sums, which it begins if it is the first; the background's only if it does not
/// rest.
#[inline(always)]
fn foretell<S: Simd, const FIRST: bool, const BACK: bool>(
    simd: S,
    bank: &mut Bank,
    scratch: &Scratch,
    partition: usize,
    far: usize,
) {
    let gain = bank.gains[partition].load(simd);
    let (far, fore): (&Packed, &Packed) = (&bank.far[far], &bank.fore[partition]);
    let [back_sums, fore_sums] = &mut *bank.sums;
    let nothing = Complex { re: quiet(simd), im: quiet(simd) };
    for k in 0..BINS {
        let far = unpack(far[k].load(simd));
        let power = if FIRST { quiet(simd) } else { bank.power[k].load(simd) };
        far.re.mul_add(far.re, far.im * far.im).mul_add(gain, power).store_slice(&mut bank.power[k].0);
        if BACK {
            let sum = if FIRST { nothing } else { Complex::load(simd, &back_sums[k]) };
            far.times_added_to(Complex::load(simd, &scratch.spectrum[k]), sum).store(&mut back_sums[k]);
        }
        let sum = if FIRST { nothing } else { Complex::load(simd, &fore_sums[k]) };
        far.times_added_to(unpack(fore[k].load(simd)), sum).store(&mut fore_sums[k]);
    }
}

/// Half of what is learnt goes to all partitions alike, half to each as it is loud.
#[inline(always)]
fn share<S: Simd>(simd: S, gains: &mut [Row], loudness: &[Row; MOST_PARTITIONS], learn: mask32x16<S>) {
    let alike = 1.0 / gains.len() as f32;
    let mut sum = f32x16::splat(simd, FAINT_PATH);
    for row in &loudness[..gains.len()] {
        sum += row.load(simd);
    }
    let part = f32x16::splat(simd, 0.5) / sum;
    for (gain, loudness) in gains.iter_mut().zip(loudness) {
        let shared = (loudness.load(simd) + FAINT_PATH * alike).mul_add(part, 0.5 * alike);
        learn.select(shared, gain.load(simd)).store_slice(&mut gain.0);
    }
}

/// What the foreground leaves goes on; or what came in, where that was given up or made it more than twice as loud, which
/// two parties that speak at the same time don't do by chance.
#[inline(always)]
fn speak<S: Simd>(simd: S, scratch: &mut Scratch, verdict: &Verdict<S>, powers: &Powers<S>) {
    let louder = powers.fore.simd_gt(powers.near * LOUDER + SILENT);
    let given_up = verdict.forget | louder;
    for (left, near) in scratch.said[1].iter_mut().zip(&scratch.near) {
        given_up.select(near.load(simd), left.load(simd)).store_slice(&mut left.0);
    }
}

/// Encodes what is left.
#[inline(always)]
fn say<S: Simd, const MU: bool>(simd: S, scratch: &mut Scratch, clean: &mut [Octets]) {
    let scale = scratch.scales[usize::from(MU)].recip();
    for row in &mut scratch.said[1] {
        (row.load(simd) * scale).store_slice(&mut row.0);
    }
    lanes::encode::<S, MU>(simd, &scratch.said[1], clean);
}

const _: () = assert!(WIDTH == 16, "masks of lanes are of sixteen");
