//! The board file: which cards stand in which slot, what their jacks are called, who gives the clock.
//!
//! It describes hardware only, and it is the one place that chooses between real and simulated cards.

use frame::{CardSerial, Law, Timeslot};
use serde::{Deserialize, Serialize};

use crate::{Coding, DahdiCard, Problem, SoundDevice, check::check_board, place::Source, read};

/// The newest format of board files that this version reads.
pub(crate) const BOARD_FORMAT: u32 = 1;

/// A board file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// The format of the file.
    pub format: u32,
    /// What the model is called.
    pub name: String,
    /// Cards that may give the clock, best first: the first one in service drives the box.
    pub clock_order: Vec<CardSerial>,
    /// The cards, in the order of their spans' numbers.
    #[serde(default)]
    pub cards: Vec<Card>,
}

impl Board {
    /// Reads and checks a board file. `file` is its name, for the problems' places.
    ///
    /// # Errors
    /// Everything that is wrong with its form; where the form is right, everything that is wrong with what it says.
    pub fn parse(file: &str, text: &str) -> Result<Board, Vec<Problem>> {
        let source = Source::new(file, text, read::document(file, text)?);
        let board: Board = read::value(&source)?;
        check_board(&source, &board)?;
        Ok(board)
    }

    /// The file of this board.
    ///
    /// # Panics
    /// Never for a value of this type: every key is a string, and TOML can hold every field.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a board has string keys and no value that TOML lacks")
    }
}

/// A line card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Real or simulated.
    pub card: Driver,
    /// What its jacks are.
    pub kind: CardKind,
    /// Its serial number, by which everything else names it.
    pub serial: CardSerial,
    /// The slot it stands in, from 1.
    pub slot: u8,
    /// How its octets are coded; as the kind of line has it where nothing is said ([`Card::law`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<Law>,
    /// Who cancels the lines' echo; the box, where nothing is said ([`Card::echo`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// The longest echo that the box cancels: 32, 64 or 128 ms behind the card ([`Card::echo_tail_ms`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo_tail_ms: Option<u8>,
    /// The card whose clock it shares over a timing cable; none means a crystal of its own (an E1 follows its line).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synchronous_with: Option<CardSerial>,
    /// FXS: how many telephones its ringing current can ring at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_budget: Option<u8>,
    /// FXO and FXS: the jacks' labels, from position 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jacks: Vec<String>,
    /// E1 and T1: the spans, from position 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<SpanRow>,
    /// Simulated cards: how the simulated hardware differs from perfect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sim: Option<SimLine>,
    /// Cards of the DAHDI modules: which hardware it is, and how it is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dahdi: Option<DahdiCard>,
    /// Sound cards: what ALSA calls their device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<SoundDevice>,
}

impl Card {
    /// How its octets are coded: µ-law on T1, A-law on all others, unless the file says otherwise.
    pub fn law(&self) -> Law {
        let usual = if self.kind == CardKind::T1 { Law::Mu } else { Law::A };
        self.law.unwrap_or(usual)
    }

    /// Who cancels the lines' echo: the box, but for sound devices, whose echo comes through the air.
    pub fn echo(&self) -> Echo {
        let usual = if self.kind.is_sound() { Echo::Off } else { Echo::Software };
        self.echo.unwrap_or(usual)
    }

    /// The longest echo that the box cancels.
    pub fn echo_tail_ms(&self) -> u8 {
        const USUAL: u8 = 64;
        self.echo_tail_ms.unwrap_or(USUAL)
    }

    /// The timeslot of a span that carries signalling: 16 of an E1 and 24 of a T1, unless the file says otherwise. None
    /// where it says 0: a T1 whose calls are signalled on another line has 24 voices.
    pub fn d_channel(&self, row: &SpanRow) -> Option<Timeslot> {
        let usual = if self.kind == CardKind::T1 { Timeslot(24) } else { Timeslot(16) };
        Some(row.d_channel.unwrap_or(usual)).filter(|timeslot| timeslot.0 > 0)
    }

    /// Whether the framing of a span carries the CRC-4 multiframe (ITU-T G.704, 2.3.3): that of an E1, unless the file says
    /// otherwise. The extended superframe of a T1 has a check of its own, always.
    pub fn crc4(&self, row: &SpanRow) -> bool {
        self.kind != CardKind::T1 && row.crc4.unwrap_or(true)
    }

    /// How a span is coded: HDB3 on an E1 and B8ZS on a T1, unless the file says otherwise.
    pub fn coding(&self, row: &SpanRow) -> Coding {
        let usual = if self.kind == CardKind::T1 { Coding::B8zs } else { Coding::Hdb3 };
        row.coding.unwrap_or(usual)
    }
}

/// Who drives a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// The simulator.
    Sim,
    /// The DAHDI kernel modules.
    Dahdi,
    /// ALSA.
    Sound,
}

/// What the jacks of a card are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// Primary rate trunks of 2,048 kbit/s: 32 timeslots.
    E1,
    /// Primary rate trunks of 1,544 kbit/s: 24 timeslots.
    T1,
    /// Outside lines.
    Fxo,
    /// Telephones.
    Fxs,
    /// A handset or headset at the box itself: it hears and is heard, and its hook is on the page.
    Handset,
    /// Music from outside.
    LineIn,
    /// A loudspeaker or its amplifier, for announcements.
    Loudspeaker,
}

impl CardKind {
    /// Whether a jack is one pair of wires with one voice on it.
    pub const fn is_analog(self) -> bool {
        matches!(self, CardKind::Fxo | CardKind::Fxs)
    }

    /// Whether a jack is a span of many voices.
    pub const fn is_trunk(self) -> bool {
        matches!(self, CardKind::E1 | CardKind::T1)
    }

    /// Whether the card is a sound device, with one jack.
    pub const fn is_sound(self) -> bool {
        matches!(self, CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker)
    }
}

/// Who cancels echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Echo {
    /// Nobody.
    Off,
    /// The card's own canceller.
    Card,
    /// The kernel's, in software.
    Kernel,
    /// The box.
    Software,
}

/// An E1 or T1 of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanRow {
    /// The jack's label.
    pub label: String,
    /// The timeslot that carries signalling ([`Card::d_channel`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d_channel: Option<Timeslot>,
    /// E1: whether the framing carries the CRC-4 multiframe ([`Card::crc4`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc4: Option<bool>,
    /// How the line is coded ([`Card::coding`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coding: Option<Coding>,
    /// How long the cable to the next box is, as DAHDI numbers it (LBO): 0 for every E1, and for a T1 of at most 40 m.
    #[serde(default)]
    pub line_build_out: u8,
    /// Its rank among the spans from which the cards take their clock; 0 gives the clock to the line. Without it spans of
    /// cards in `clock_order` come in that order, and all others give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<u8>,
}

impl Board {
    /// The rank of a span as a source of the clock, from 1; 0 gives the clock to the line. `row` counts from 0.
    pub fn timing(&self, card: &Card, row: usize) -> u8 {
        if let Some(timing) = card.spans.get(row).and_then(|span| span.timing) {
            return timing;
        }
        let Some(place) = self.clock_order.iter().position(|serial| *serial == card.serial) else { return 0 };
        let spans = |serial: &CardSerial| {
            self.cards.iter().find(|card| card.serial == *serial).map_or(0, |card| card.spans.len())
        };
        let before: usize = self.clock_order.iter().take(place).map(spans).sum();
        u8::try_from(before + row + 1).unwrap_or(u8::MAX)
    }
}

/// How simulated hardware differs from perfect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimLine {
    /// How much faster than the master the card's crystal runs, in parts per million.
    #[serde(default)]
    pub clock_ppm: i16,
    /// What comes back on its lines of what goes out; nothing where this is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<SimEcho>,
}

/// The echo of simulated lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimEcho {
    /// How much weaker it is, for white noise: the echo return loss.
    pub loss_db: u8,
    /// When it begins.
    #[serde(default)]
    pub delay_ms: u8,
}
