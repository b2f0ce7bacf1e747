//! Receives a message as a modem sends it: V.23, Bell 202; EN 300 659-1, GR-30-CORE.
//!
//! Mark and space are correlated over most of a bit; the sign of the difference about a bit's middle is the bit. Octets are
//! framed as a serial line frames them, each from the edge of its start bit, and every further edge within it corrects the
//! time a little, so that neither the sender's clock nor ours has to be right to better than 2 %. Before the first octet a run of mark must have been heard, as every format has it: it is what
//! tells a message from speech. A message whose sum is wrong is dropped, and the next one is waited for.
//! Not here: what it says ([`super::CallerId::parse`]).

use frame::{Law, OCTETS_PER_TICK, Octets};

use super::Modem;
use crate::sine::SAMPLE_RATE_HZ;

/// The longest message that is taken: time, number, a name of 50 characters, and as much again for what is not known here.
pub const MESSAGE_OCTETS: usize = 160;

const BITS_PER_SECOND: f32 = 1_200.0;
const BIT: f32 = SAMPLE_RATE_HZ as f32 / BITS_PER_SECOND;
/// Samples of one correlation: less than a bit, so that a bit has a middle in which its neighbours are not heard.
const SPAN: usize = 6;
/// Decisions about a bit's middle that are taken together.
const MIDDLE: usize = 3;
/// How much of an edge's distance from where it should be is believed.
const EDGE_PULL: f32 = 0.25;
/// All four frequencies are multiples of 100 Hz, so their phases repeat.
const PERIOD: usize = 80;
/// Mark before the first octet: formats have 80 to 180 bits, of which the first may be lost.
const MARK_BITS: f32 = 30.0;
/// Mark between octets is allowed up to 10 bits; beyond 25 the sender has stopped.
const GAP_BITS: f32 = 25.0;
/// -44 dBm0 as a mean square beside a full-scale sine's ½: EN 300 659-1 lets a line lose as much as to -36 dBm0, and of the
/// two tones of -38 dBm0 a long pair leaves -42 of the higher one.
const LEVEL_DBM0: f32 = -44.0;
/// The two tones' part of the power. Speech and music seldom have it for a whole octet.
const PART_LIMIT: f32 = 0.5;

/// A message from its type to its check octet, whose sum is right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Message {
    octets: [u8; MESSAGE_OCTETS],
    len: u8,
}

impl Message {
    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Who calls is nothing for a log.
        write!(f, "Message({} octets)", self.len)
    }
}

/// Listens for one message on one lane.
#[derive(Clone, Debug)]
pub struct Receiver {
    law: Law,
    limit: f32,
    /// Cosine and sine of mark and space.
    tables: [[f32; PERIOD]; 4],
    phase: usize,
    /// The products of the last [`SPAN`] samples, and their squares, the oldest at `place`.
    products: [[f32; 5]; SPAN],
    place: usize,
    /// How much more mark than space the last samples were, the latest first; from 1, all mark, to -1.
    balance: [f32; MIDDLE],
    state: State,
    message: Message,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// So many samples of mark in a row.
    Hunting { mark: f32 },
    /// Mark before an octet, for so many samples; the next edge is its start bit.
    Waiting { mark: f32 },
    /// Within an octet: samples since its start bit's edge, the bit that comes next, and those that came.
    Octet { at: f32, bit: u8, value: u16 },
    /// It was told.
    Done,
}

/// What a sample is.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Mark,
    Space,
    Nothing,
}

impl Receiver {
    /// Listens for messages of a modem.
    pub fn new(modem: Modem, law: Law) -> Receiver {
        let turn = |hz: f32, n: usize| std::f32::consts::TAU * hz * n as f32 / SAMPLE_RATE_HZ as f32;
        let cosine = |hz: f32| std::array::from_fn(|n| turn(hz, n).cos());
        let sine = |hz: f32| std::array::from_fn(|n| turn(hz, n).sin());
        let (mark, space) = (modem.mark_hz(), modem.space_hz());
        Receiver {
            law,
            limit: codec::rms_of_dbm0(law, LEVEL_DBM0).powi(2),
            tables: [cosine(mark), sine(mark), cosine(space), sine(space)],
            phase: 0,
            products: [[0.0; 5]; SPAN],
            place: 0,
            balance: [0.0; MIDDLE],
            state: State::Hunting { mark: 0.0 },
            message: Message { octets: [0; MESSAGE_OCTETS], len: 0 },
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.hunt();
        self.products = [[0.0; 5]; SPAN];
    }

    /// Takes one tick; the message, in the tick in which it is whole. Each is told once.
    pub fn process(&mut self, octets: &Octets) -> Option<Message> {
        debug_assert_eq!(octets.len(), OCTETS_PER_TICK);
        let table = codec::decode_table(self.law);
        let mut told = None;
        for &octet in octets {
            let line = self.line(f32::from(table[usize::from(octet)]));
            told = told.or(self.step(line));
        }
        told
    }

    fn line(&mut self, sample: f32) -> Line {
        let [mark_re, mark_im, space_re, space_im] = [0, 1, 2, 3].map(|table| self.tables[table][self.phase] * sample);
        self.products[self.place] = [mark_re, mark_im, space_re, space_im, sample * sample];
        self.place = (self.place + 1) % SPAN;
        self.phase = (self.phase + 1) % PERIOD;
        // Added anew each time: a running sum would drift.
        let sum = self.products.iter().fold([0.0; 5], |sum, product| std::array::from_fn(|at| sum[at] + product[at]));
        let [mark, space] = [sum[0] * sum[0] + sum[1] * sum[1], sum[2] * sum[2] + sum[3] * sum[3]];
        let power = sum[4] / SPAN as f32;
        self.balance.rotate_right(1);
        self.balance[0] = (mark - space) / (mark + space).max(f32::MIN_POSITIVE);
        // A sine of mean square p over n samples correlates to n² p / 2.
        let part = 2.0 * mark.max(space) / (SPAN * SPAN) as f32 / power.max(f32::MIN_POSITIVE);
        match () {
            () if power < self.limit => Line::Nothing,
            // While the tone changes neither fits; the stronger one counts.
            () if mark > space && (part >= PART_LIMIT || !self.is_hunting()) => Line::Mark,
            () => Line::Space,
        }
    }

    /// How many samples ago the balance turned, if it did between the last two.
    fn turned(&self) -> Option<f32> {
        let [now, before, ..] = self.balance;
        ((now < 0.0) != (before < 0.0)).then(|| now / (now - before))
    }

    fn is_hunting(&self) -> bool {
        matches!(self.state, State::Hunting { .. })
    }

    fn step(&mut self, line: Line) -> Option<Message> {
        let turned = self.turned();
        match (&mut self.state, line) {
            (State::Done, _) => {}
            (_, Line::Nothing) => self.hunt(),
            (State::Hunting { mark }, Line::Mark) => {
                *mark += 1.0;
                if *mark >= MARK_BITS * BIT {
                    self.state = State::Waiting { mark: 0.0 };
                    self.message.len = 0;
                }
            }
            (State::Hunting { mark }, Line::Space) => *mark = 0.0,
            (State::Waiting { .. }, Line::Space) => {
                self.state = State::Octet { at: turned.unwrap_or_default(), bit: 0, value: 0 };
            }
            (State::Waiting { mark }, Line::Mark) => {
                *mark += 1.0;
                // Before the first octet mark may last.
                if self.message.len > 0 && *mark > GAP_BITS * BIT {
                    self.hunt();
                }
            }
            (State::Octet { .. }, Line::Mark | Line::Space) => return self.within_octet(turned),
        }
        None
    }

    /// Reads each bit at its middle: start, eight from the lowest, stop.
    fn within_octet(&mut self, turned: Option<f32>) -> Option<Message> {
        let one = self.balance.iter().sum::<f32>() > 0.0;
        let State::Octet { at, bit, value } = &mut self.state else { return None };
        *at += 1.0;
        if let Some(ago) = turned {
            let away = (*at - ago) / BIT;
            *at -= (away - away.round()) * BIT * EDGE_PULL;
        }
        // The latest of the decisions lies one sample after the middle of them.
        if *at < (f32::from(*bit) + 0.5) * BIT + (MIDDLE / 2) as f32 - 0.5 {
            return None;
        }
        if one && *bit == 0 {
            // A crackle, no start bit.
            self.state = State::Waiting { mark: 0.0 };
            return None;
        }
        *value |= u16::from(one) << *bit;
        *bit += 1;
        if *bit < 10 {
            return None;
        }
        let frame = *value;
        if frame >> 9 == 0 {
            self.hunt();
            return None;
        }
        self.state = State::Waiting { mark: 0.0 };
        self.take((frame >> 1) as u8)
    }

    fn take(&mut self, octet: u8) -> Option<Message> {
        let message = &mut self.message;
        message.octets[usize::from(message.len)] = octet;
        message.len += 1;
        let whole = if message.len < 2 { 3 } else { usize::from(message.octets[1]) + 3 };
        if whole > MESSAGE_OCTETS {
            self.hunt();
            return None;
        }
        if usize::from(message.len) < whole {
            return None;
        }
        if message.octets().iter().fold(0, |sum: u8, &octet| sum.wrapping_add(octet)) != 0 {
            self.hunt();
            return None;
        }
        self.state = State::Done;
        Some(self.message)
    }

    fn hunt(&mut self) {
        self.state = State::Hunting { mark: 0.0 };
    }
}
