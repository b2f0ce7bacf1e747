//! Decides about one lane: when a digit has begun and ended.
//!
//! A look every 5 ms is *steady* when two tones, one of each group, have the right levels and twist, hold most of the
//! power, and their phase has moved since the look before as their nominal frequency does. The phase tells frequency
//! to about a hertz within 5 ms, which no filter bank of this length could. Lengths are taken between the
//! moments at which the amplitude crosses half of its full value, where the symmetric window makes them exact.

use std::{f32::consts::TAU, ops::RangeInclusive};

use super::{
    DtmfDigit, Edge,
    bank::{HOP, LOOKS, Look, View, WINDOW},
    digit::{HIGH_GROUP_HZ, LOW_GROUP_HZ},
};
use crate::sine::SAMPLE_RATE_HZ;

/// Between 1.5 % and 2 Hz (Q.24, ES 201 235-3), to be accepted, and 3.5 % (AT&T), to be refused. Of one look, which noise
/// moves.
const DEVIATION_LIMIT: f32 = 0.025;
/// What the mean of a digit's looks may deviate, as a part and in hertz: what must be taken, and 1 Hz for the noise that is
/// left. Every tenth of a percent more takes chords and voices for keys.
const MEAN_DEVIATION_LIMIT: (f32, f32) = (0.015, 3.0);
/// The same where much else sounds beside the digit: telephones over a dial tone are nearer than that, chords seldom.
const IMPURE_MEAN_DEVIATION_LIMIT: f32 = 0.01;
/// -40 dBm0 a tone, as an amplitude: between -25, to be accepted, and -55, to be refused (AT&T). The Mitel tape asks for a
/// range of 35 dB from 6 dB below overload.
const AMPLITUDE_LIMIT: f32 = 0.01;
/// Column over row may be +6 dB (ES 201 235-3) and must not matter beyond: +7.5 dB.
const TWIST_HIGH_LIMIT: f32 = 2.371;
/// Column over row may be -8 dB (AT&T): limit -9.5 dB.
const TWIST_LOW_LIMIT: f32 = 0.335;
/// The two tones' part of all power: signal 4 dB above noise. Speech seldom reaches it with two tones.
const POWER_PART_LIMIT: f32 = 0.82;
/// Uncorrected amplitudes are at most 3 dB low: what is below is silence and most speech. As a square.
pub(super) const LOUD_SQUARE: f32 = AMPLITUDE_LIMIT * 0.7 * AMPLITUDE_LIMIT * 0.7;
/// [`POWER_PART_LIMIT`] with room for rounding, for a first sieve.
pub(super) const POWER_PART: f32 = POWER_PART_LIMIT * 0.999;
/// How far a tone's frequency may move while a digit is young. A key's is constant; what is left is noise (1 to 2 Hz at
/// 12 dB) and the window's edge. A voice glides: this is what tells a sung two-formant vowel from a digit.
const DRIFT_LIMIT: f32 = 0.012;
/// The same of both tones together, for a digit to be beyond doubt.
const PLAIN_DRIFT: f32 = 0.012;
/// How far the twist may move while a digit is young, as a ratio of amplitudes: 4 dB. A key's two tones rise and fall
/// together, but for noise (2 dB at 12 dB); a voice's formants do not.
const TWIST_DRIFT_LIMIT: f32 = 1.585;
/// 9.5 dB above noise: Q.24's 12 and 15 dB are above it, most voices below.
const PURE_POWER_PART: f32 = 0.9;
/// A voice's second formant is weaker than its first by more than the 6 dB that lines make of a digit.
const PLAIN_TWIST: RangeInclusive<f32> = 0.5..=2.0;
/// Between 24 ms, to be refused, and 40 ms, to be accepted, by looks 5 ms apart: 30 ms.
const LENGTH_LIMIT: f32 = 240.0;
/// Steady looks within a digit of 40 ms: six, if none falls to noise. Speech seldom has four.
const STEADY_LOOKS: u8 = 4;
/// As many as there are, where a digit is at the limit in some way: impure, drifting, or twisted.
const DOUBTFUL_LOOKS: u8 = 6;
/// Between 10 ms (AT&T) or 20 ms (ES 201 235-3) of interruption, to be bridged, and 30 ms of pause (NTT): 25 ms.
const PAUSE_LIMIT: f32 = 200.0;
/// Looks before the first steady one in which the onset may lie.
const LOOKS_BEFORE: usize = LOOKS - 1;
/// Looks of a candidate: those before it, and those until it is long enough.
const CANDIDATE_LOOKS: usize = LOOKS_BEFORE + 12;

/// A digit, which end of it, and the sample at which it was. One look tells one at most.
pub(super) type Told = Option<(DtmfDigit, Edge, u64)>;

/// One lane's receiver.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Idle,
    /// A digit that is not long enough yet.
    Candidate(Candidate),
    Digit {
        digit: DtmfDigit,
        full: f32,
        last: f32,
        fallen_at: Option<f32>,
        began: u64,
    },
}

/// What a steady look shows.
#[derive(Clone, Copy, Debug)]
struct Steady {
    digit: DtmfDigit,
    /// How far row and column are from their nominal frequencies, as a part of these.
    deviation: [f32; 2],
    /// The column's amplitude over the row's.
    twist: f32,
    /// The two tones' part of all power.
    purity: f32,
}

/// What steady looks showed of one thing.
#[derive(Clone, Copy, Debug)]
struct Range {
    lowest: f32,
    highest: f32,
    sum: f32,
}

#[derive(Clone, Debug)]
struct Candidate {
    digit: DtmfDigit,
    steady: u8,
    /// The lowest and the highest deviation of row and column, and the sum of all.
    deviation: [Range; 2],
    twist: Range,
    purity: Range,
    /// Its amplitude look by look, beginning [`LOOKS_BEFORE`] looks before the first steady one.
    amplitudes: [f32; CANDIDATE_LOOKS],
    looks: usize,
    /// The sample in the middle of its latest look.
    middle: u64,
}

impl Receiver {
    pub(super) const fn new() -> Receiver {
        Receiver { state: State::Idle }
    }

    /// Whether a digit sounds, or something that may become one.
    pub(super) fn suspects(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// The first sample of the digit that sounds, or of what may become one, as far as it is known.
    pub(super) fn onset(&self) -> Option<u64> {
        match &self.state {
            State::Idle => None,
            State::Candidate(candidate) => Some(candidate.onset()),
            State::Digit { began, .. } => Some(*began),
        }
    }

    /// Takes the latest look of a view, whose last sample is the one before `end`. A receiver that suspects nothing need not
    /// be shown a look at which its lane was not near a digit.
    pub(super) fn process(&mut self, view: View<'_>, lane: usize, end: u64) -> Told {
        let steady = steady(view, lane);
        let look = view.look(0);
        match &mut self.state {
            State::Idle => {}
            State::Candidate(candidate) => {
                if steady.is_some_and(|steady| candidate.follows(steady)) && candidate.looks < CANDIDATE_LOOKS {
                    candidate.push(amplitude_of(candidate.digit, look, lane), middle(end));
                    return self.candidate_goes_on();
                }
            }
            State::Digit { .. } => return self.digit_goes_on(steady, view, lane, end),
        }
        self.state = candidate(steady, view, lane, end);
        None
    }

    fn candidate_goes_on(&mut self) -> Told {
        let State::Candidate(candidate) = &self.state else { return None };
        if !candidate.is_long_enough() {
            return None;
        }
        let (digit, full, began) = (candidate.digit, candidate.full(), candidate.onset());
        self.state = State::Digit { digit, full, last: full, fallen_at: None, began };
        Some((digit, Edge::Begin, began))
    }

    fn digit_goes_on(&mut self, steady: Option<Steady>, view: View<'_>, lane: usize, end: u64) -> Told {
        let State::Digit { digit, full, last, fallen_at, began } = &mut self.state else { return None };
        let digit = *digit;
        let amplitude = amplitude_of(digit, view.look(0), lane);
        *full = full.max(amplitude);
        let half = *full / 2.0;
        if amplitude >= half {
            *fallen_at = None;
        } else if fallen_at.is_none() {
            // In samples after the middle of this look, so never positive.
            *fallen_at = Some(crossing(amplitude, *last, half) - HOP as f32);
        } else {
            *fallen_at = fallen_at.map(|fallen| fallen - HOP as f32);
        }
        *last = amplitude;
        let fallen = (*fallen_at)?;
        let another = steady.is_some_and(|other| other.digit != digit);
        if fallen > -PAUSE_LIMIT && !another {
            return None;
        }
        let ended = middle(end).saturating_sub(-fallen as u64).max(*began);
        self.state = candidate(steady, view, lane, end);
        Some((digit, Edge::End, ended))
    }
}

/// The state that a look leads to where nothing is under way.
fn candidate(steady: Option<Steady>, view: View<'_>, lane: usize, end: u64) -> State {
    let Some(Steady { digit, deviation, twist, purity }) = steady else { return State::Idle };
    let (deviation, twist, purity) = (deviation.map(Range::of), Range::of(twist), Range::of(purity));
    let amplitudes = [0.0; CANDIDATE_LOOKS];
    let mut candidate = Candidate { digit, steady: 0, deviation, twist, purity, amplitudes, looks: 0, middle: 0 };
    for before in (1..=LOOKS_BEFORE).rev() {
        candidate.note(amplitude_of(digit, view.look(before), lane));
    }
    candidate.push(amplitude_of(digit, view.look(0), lane), middle(end));
    State::Candidate(candidate)
}

/// The digit that the latest look shows, if it is steady.
fn steady(view: View<'_>, lane: usize) -> Option<Steady> {
    let look = view.look(0);
    let row = loudest(look, lane, 0);
    let column = loudest(look, lane, 4);
    // A cheap way out for silence and most speech.
    let square = |tone| look.amplitude(tone, lane).powi(2);
    if square(row).min(square(4 + column)) < LOUD_SQUARE {
        return None;
    }
    let (low, low_deviation) = tone_if_near(view, lane, row, LOW_GROUP_HZ[row])?;
    let (high, high_deviation) = tone_if_near(view, lane, 4 + column, HIGH_GROUP_HZ[column])?;
    let twist = high / low;
    let loud = low.min(high) >= AMPLITUDE_LIMIT;
    let twisted = !(TWIST_LOW_LIMIT..=TWIST_HIGH_LIMIT).contains(&twist);
    let purity = (low * low + high * high) / 2.0 / look.power.0[lane];
    let deviation = [low_deviation, high_deviation];
    let digit = DtmfDigit::new(row, column);
    (loud && purity >= POWER_PART_LIMIT && !twisted).then_some(Steady { digit, deviation, twist, purity })
}

/// The tone's amplitude and deviation, if its frequency is near enough to the nominal one.
fn tone_if_near(view: View<'_>, lane: usize, tone: usize, nominal_hz: f32) -> Option<(f32, f32)> {
    let parts = |look: &Look| (look.re[tone].0[lane], look.im[tone].0[lane]);
    let ((re, im), (re_before, im_before)) = (parts(view.look(0)), parts(view.look(1)));
    let moved = (im * re_before - re * im_before).atan2(re * re_before + im * im_before);
    let turns = nominal_hz * HOP as f32 / SAMPLE_RATE_HZ as f32;
    let beyond = wrapped(moved / TAU - turns);
    let deviation_hz = beyond * SAMPLE_RATE_HZ as f32 / HOP as f32;
    let deviation = deviation_hz / nominal_hz;
    let near = deviation.abs() <= DEVIATION_LIMIT;
    near.then(|| (view.look(0).amplitude(tone, lane) / window_response(deviation_hz), deviation))
}

impl Range {
    fn of(value: f32) -> Range {
        Range { lowest: value, highest: value, sum: value }
    }

    fn take(&mut self, value: f32) {
        self.lowest = self.lowest.min(value);
        self.highest = self.highest.max(value);
        self.sum += value;
    }
}

impl Candidate {
    /// Whether a steady look is the same digit at the same frequencies and with the same twist.
    fn follows(&mut self, steady: Steady) -> bool {
        for (range, deviation) in self.deviation.iter_mut().zip(steady.deviation) {
            range.take(deviation);
        }
        self.twist.take(steady.twist);
        self.purity.take(steady.purity);
        let constant = self.drifts().all(|drift| drift <= DRIFT_LIMIT);
        let together = self.twist.highest <= self.twist.lowest * TWIST_DRIFT_LIMIT;
        constant && together && steady.digit == self.digit
    }

    /// One more steady look, about a sample.
    fn push(&mut self, amplitude: f32, middle: u64) {
        self.steady += 1;
        self.middle = middle;
        self.note(amplitude);
    }

    fn note(&mut self, amplitude: f32) {
        if self.looks < CANDIDATE_LOOKS {
            self.amplitudes[self.looks] = amplitude;
            self.looks += 1;
        }
    }

    fn full(&self) -> f32 {
        self.amplitudes[..self.looks].iter().copied().fold(0.0, f32::max)
    }

    /// Its length in samples up to the middle of the latest look.
    fn length(&self) -> f32 {
        let amplitudes = &self.amplitudes[..self.looks];
        let half = self.full() / 2.0;
        let Some(first) = amplitudes.iter().position(|&amplitude| amplitude >= half) else { return 0.0 };
        let whole = (self.looks - 1 - first) * HOP;
        let part = if first == 0 { 0.0 } else { crossing(amplitudes[first - 1], amplitudes[first], half) };
        whole as f32 + part
    }

    fn is_long_enough(&self) -> bool {
        let sounds = self.amplitudes[..self.looks].last().is_some_and(|&last| last >= self.full() / 2.0);
        let needed = if self.is_plain() { STEADY_LOOKS } else { DOUBTFUL_LOOKS };
        sounds && self.steady >= needed && self.is_near() && self.length() >= LENGTH_LIMIT
    }

    /// Whether both frequencies are a digit's, in the mean.
    fn is_near(&self) -> bool {
        let (part, hz) = MEAN_DEVIATION_LIMIT;
        let nominal_hz = [LOW_GROUP_HZ[self.digit.row()], HIGH_GROUP_HZ[self.digit.column()]];
        let within = |limit: f32, range: &Range| self.mean(range).abs() <= limit;
        let near = |(range, nominal_hz)| within(part + hz / nominal_hz, range);
        let exact = || self.deviation.iter().all(|range| within(IMPURE_MEAN_DEVIATION_LIMIT, range));
        self.deviation.iter().zip(nominal_hz).all(near) && (self.is_pure() || exact())
    }

    /// Whether nothing about it is at the limit, as with all but the worst lines' digits.
    fn is_plain(&self) -> bool {
        self.is_pure() && self.drifts().sum::<f32>() <= PLAIN_DRIFT && PLAIN_TWIST.contains(&self.mean(&self.twist))
    }

    fn is_pure(&self) -> bool {
        self.mean(&self.purity) >= PURE_POWER_PART
    }

    fn mean(&self, range: &Range) -> f32 {
        range.sum / f32::from(self.steady)
    }

    /// How far row and column have moved.
    fn drifts(&self) -> impl Iterator<Item = f32> {
        self.deviation.iter().map(|range| range.highest - range.lowest)
    }

    fn onset(&self) -> u64 {
        self.middle.saturating_sub(self.length() as u64)
    }
}

/// How many samples before the look of `above` the amplitude crossed `half`, coming from (or going to) `below`.
fn crossing(below: f32, above: f32, half: f32) -> f32 {
    let rise = above - below;
    let part = if rise > 0.0 { (above - half) / rise } else { 0.0 };
    part.clamp(0.0, 1.0) * HOP as f32
}

/// The sample in the middle of a look.
fn middle(end: u64) -> u64 {
    end.saturating_sub(WINDOW as u64 / 2)
}

fn loudest(look: &Look, lane: usize, group: usize) -> usize {
    let louder = |best: usize, tone: usize| {
        if look.amplitude(group + tone, lane) > look.amplitude(group + best, lane) { tone } else { best }
    };
    (1..4).fold(0, louder)
}

fn amplitude_of(digit: DtmfDigit, look: &Look, lane: usize) -> f32 {
    geometric_mean(look.amplitude(digit.row(), lane), look.amplitude(4 + digit.column(), lane))
}

/// Falls with either of the two.
fn geometric_mean(low: f32, high: f32) -> f32 {
    (low * high).sqrt()
}

/// A part of a turn, from -½ to ½.
fn wrapped(turns: f32) -> f32 {
    turns - turns.round()
}

/// What the Hann window leaves of a sine `hz` beside the frequency it is correlated with.
fn window_response(hz: f32) -> f32 {
    let bins = hz * WINDOW as f32 / SAMPLE_RATE_HZ as f32;
    let angle = std::f32::consts::PI * bins;
    if angle.abs() < 1e-3 { 1.0 } else { angle.sin() / (angle * (1.0 - bins * bins)) }
}
