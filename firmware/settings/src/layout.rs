//! The board as the rest of the box sees it: numbered spans, and jacks with their port, lane and label.

use frame::{CardSerial, LANES, LaneId, Law, PortId, SpanId, Timeslot};

use crate::{Board, Card, CardKind, Echo, SoundDevice};

/// Every span and every jack of a board. Spans are numbered in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The spans; `spans[n]` is span n.
    pub spans: Vec<SpanPlace>,
    /// The jacks, in the order of the file.
    pub jacks: Vec<Jack>,
}

/// A span, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanPlace {
    /// Its number.
    pub span: SpanId,
    /// Its card.
    pub card: CardSerial,
    /// What its jacks are.
    pub kind: CardKind,
    /// How its octets are coded.
    pub law: Law,
    /// E1 and T1: the timeslot that carries signalling. A T1 without one is signalled for on another line.
    pub d_channel: Option<Timeslot>,
    /// How many timeslots there are: 32 of an E1, one a jack of an analog card. Of a T1 25, because its timeslots are counted
    /// from 1 and lanes are numbered as timeslots are; timeslot 0 carries nothing.
    pub timeslots: u8,
    /// Who cancels the echo of its lines.
    pub echo: Echo,
}

impl SpanPlace {
    /// The timeslots that carry voice, lowest first.
    pub fn voice(&self) -> impl Iterator<Item = Timeslot> + use<> {
        let (kind, d_channel) = (self.kind, self.d_channel);
        let carries_voice =
            move |timeslot: &Timeslot| !kind.is_trunk() || timeslot.0 > 0 && Some(*timeslot) != d_channel;
        (0..self.timeslots).map(Timeslot).filter(carries_voice)
    }
}

/// A jack of the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jack {
    /// Its stable name.
    pub port: PortId,
    /// What it is.
    pub kind: CardKind,
    /// Its lane; of an E1 or T1, timeslot 0 of its span.
    pub lane: LaneId,
    /// What is written beside it.
    pub label: String,
    /// Sound cards: the name of the device behind it.
    pub device: Option<String>,
}

impl Layout {
    /// The layout of a board.
    pub fn of(board: &Board) -> Layout {
        let mut layout = Layout::default();
        for card in &board.cards {
            match card.kind {
                CardKind::E1 | CardKind::T1 => layout.add_trunks(card),
                CardKind::Fxo | CardKind::Fxs | CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => {
                    layout.add_analog(card);
                }
            }
        }
        layout
    }

    /// The jack of a port.
    pub fn jack(&self, port: PortId) -> Option<&Jack> {
        self.jacks.iter().find(|jack| jack.port == port)
    }

    /// The span of a number.
    pub fn span(&self, span: SpanId) -> Option<&SpanPlace> {
        self.spans.get(usize::from(span.0))
    }

    /// The spans of a card.
    pub fn spans_of(&self, card: CardSerial) -> impl Iterator<Item = &SpanPlace> {
        self.spans.iter().filter(move |place| place.card == card)
    }

    fn add_trunks(&mut self, card: &Card) {
        let timeslots = if card.kind == CardKind::T1 { T1_TIMESLOTS } else { LANES as u8 };
        for (position, row) in (1..).zip(&card.spans) {
            let span = self.add_span(card, timeslots, card.d_channel(row));
            self.add_jack(card, position, LaneId::new(span, Timeslot(0)), &row.label);
        }
    }

    fn add_analog(&mut self, card: &Card) {
        let jacks = u8::try_from(card.jacks.len()).unwrap_or(u8::MAX);
        let span = self.add_span(card, jacks, None);
        for (position, label) in (1..=jacks).zip(&card.jacks) {
            self.add_jack(card, position, LaneId::new(span, Timeslot(position - 1)), label);
        }
    }

    fn add_span(&mut self, card: &Card, timeslots: u8, d_channel: Option<Timeslot>) -> SpanId {
        let span = SpanId(self.spans.len() as u16);
        let (card, kind, law, echo) = (card.serial, card.kind, card.law(), card.echo());
        self.spans.push(SpanPlace { span, card, kind, law, d_channel, timeslots, echo });
        span
    }

    fn add_jack(&mut self, card: &Card, position: u8, lane: LaneId, label: &str) {
        let port = PortId { card: card.serial, position };
        let device = card.sound.as_ref().map(SoundDevice::name);
        self.jacks.push(Jack { port, kind: card.kind, lane, label: label.to_owned(), device });
    }
}

/// Timeslots 1 to 24, and a place for 0.
const T1_TIMESLOTS: u8 = 25;
