//! What is opened of a card of the board file: its spans, and of each the channels with their names and roles.

use frame::{CardSerial, Law, PortId, SpanId, Timeslot};
use line::SpanInfo;
use settings::{Board, Card, CardKind, Driver, Echo, Gain, Layout, SpanPlace};

use crate::{event::Role, name::ChannelName};

/// A span that is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpanPlan {
    /// How it is known in the box.
    pub(crate) info: SpanInfo,
    /// The device it is on, as the board file names it.
    pub(crate) device: String,
    /// Its number on the device, from 1.
    pub(crate) device_span: u8,
    /// Its channels; a D-channel is the last one.
    pub(crate) channels: Vec<ChannelPlan>,
    /// Who cancels its echo.
    pub(crate) echo: Echo,
    /// How much louder the line is made towards the box, and the box towards the line, in dB.
    pub(crate) gains_db: (Gain, Gain),
}

/// A channel that is to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChannelPlan {
    pub(crate) name: ChannelName,
    pub(crate) role: Role,
    /// Where its audio is in a tick of the span.
    pub(crate) timeslot: Timeslot,
    /// Its place on the span, as the kernel counts from 1.
    pub(crate) place: u8,
}

impl SpanPlan {
    /// The plans of a card's spans. None where the board has no such card of the DAHDI modules.
    pub(crate) fn of(board: &Board, serial: CardSerial) -> Option<Vec<SpanPlan>> {
        let card = board.cards.iter().find(|card| card.serial == serial && card.card == Driver::Dahdi)?;
        let layout = Layout::of(board);
        let spans = (0..).zip(layout.spans_of(serial));
        spans.map(|(row, place)| span(card, row, place)).collect()
    }

    /// The law of the span, as the board file has it.
    pub(crate) fn law(&self) -> Law {
        self.info.law
    }

    /// The number of the span.
    pub(crate) fn span(&self) -> SpanId {
        self.info.span
    }
}

fn span(card: &Card, row: u8, place: &SpanPlace) -> Option<SpanPlan> {
    let of = card.dahdi.as_ref()?;
    let channels = match card.kind {
        CardKind::Fxs => jacks(card, Role::Fxs),
        CardKind::Fxo => jacks(card, Role::Fxo),
        _ => timeslots(card.serial, row + 1, place),
    };
    Some(SpanPlan {
        info: SpanInfo { span: place.span, law: place.law, timeslots: place.timeslots },
        device: of.device.clone(),
        device_span: of.span.saturating_add(row),
        channels: channels?,
        echo: card.echo(),
        gains_db: (of.receive_gain_db.clone(), of.send_gain_db.clone()),
    })
}

/// The timeslots of a trunk: its channels are numbered as they are.
fn timeslots(card: CardSerial, position: u8, place: &SpanPlace) -> Option<Vec<ChannelPlan>> {
    let channel = |timeslot: Timeslot, role| ChannelPlan {
        name: ChannelName { port: PortId { card, position }, timeslot },
        role,
        timeslot,
        place: timeslot.0,
    };
    let voices = place.voice().map(|timeslot| channel(timeslot, Role::Bearer));
    Some(voices.chain(place.d_channel.map(|timeslot| channel(timeslot, Role::Data))).collect())
}

fn jacks(card: &Card, role: Role) -> Option<Vec<ChannelPlan>> {
    let of = card.dahdi.as_ref()?;
    let jack = |position: u8| ChannelPlan {
        name: ChannelName { port: PortId { card: card.serial, position }, timeslot: Timeslot(0) },
        role,
        timeslot: Timeslot(position - 1),
        place: of.channel(position),
    };
    Some((1..=u8::try_from(card.jacks.len()).ok()?).map(jack).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> Board {
        let text = r#"
            format = 1
            name = "test"
            clock_order = ["E1"]
            [[cards]]
            card = "dahdi"
            kind = "e1"
            serial = "E1"
            slot = 1
            spans = [{ label = "a" }, { label = "b", d_channel = 1 }]
            dahdi = { device = "PCI Bus 04 Slot 05", span = 3 }
            [[cards]]
            card = "dahdi"
            kind = "fxs"
            serial = "TDM"
            slot = 2
            ring_budget = 2
            jacks = ["one", "two"]
            dahdi = { device = "x", channels = [4, 2], receive_gain_db = [3, -6] }
        "#;
        Board::parse("board.toml", text).unwrap()
    }

    #[test]
    fn a_trunk_card_has_a_channel_for_each_timeslot_and_the_d_channel_last() {
        let plans = SpanPlan::of(&board(), "E1".parse().unwrap()).unwrap();
        assert_eq!(plans.len(), 2);
        assert_eq!((plans[0].device_span, plans[1].device_span), (3, 4));
        let channels = &plans[0].channels;
        assert_eq!(channels.len(), 31);
        assert_eq!((channels[30].role, channels[30].place), (Role::Data, 16));
        assert!(
            channels[..30].iter().all(|channel| channel.role == Role::Bearer && channel.place == channel.timeslot.0)
        );
        assert_eq!(plans[1].channels[30].timeslot, Timeslot(1));
        assert_eq!(plans[1].channels[0].name.to_string(), "E1.2.2");
    }

    #[test]
    fn a_t1_has_its_d_channel_on_24_and_one_that_another_signals_for_has_24_voices() {
        let text = r#"
            format = 1
            name = "test"
            clock_order = ["T1"]
            [[cards]]
            card = "dahdi"
            kind = "t1"
            serial = "T1"
            slot = 1
            spans = [{ label = "a" }, { label = "b", d_channel = 0 }]
            dahdi = { device = "x" }
        "#;
        let plans = SpanPlan::of(&Board::parse("board.toml", text).unwrap(), "T1".parse().unwrap()).unwrap();
        let ends =
            |plan: &SpanPlan| plan.channels.iter().map(|channel| (channel.place, channel.role)).collect::<Vec<_>>();
        let (first, second) = (ends(&plans[0]), ends(&plans[1]));
        assert_eq!((first.len(), first[0], first[23]), (24, (1, Role::Bearer), (24, Role::Data)));
        assert_eq!((second.len(), second[23]), (24, (24, Role::Bearer)));
        assert!(plans.iter().all(|plan| plan.law() == Law::Mu));
    }

    #[test]
    fn a_jack_has_the_channel_that_the_file_gives_it_and_its_own_place_in_the_tick() {
        let plans = SpanPlan::of(&board(), "TDM".parse().unwrap()).unwrap();
        let places: Vec<_> = plans[0].channels.iter().map(|channel| (channel.timeslot.0, channel.place)).collect();
        assert_eq!(places, [(0, 4), (1, 2)]);
        assert_eq!(plans[0].channels[1].name.to_string(), "TDM.2.0");
        let (receive, send) = &plans[0].gains_db;
        assert_eq!([1, 2].map(|position| (receive.db(position), send.db(position))), [(3, 0), (-6, 0)]);
        assert_eq!(plans[0].span(), SpanId(2));
    }

    #[test]
    fn a_card_that_is_not_on_the_board_has_no_plan() {
        assert_eq!(SpanPlan::of(&board(), "NONE".parse().unwrap()), None);
    }
}
