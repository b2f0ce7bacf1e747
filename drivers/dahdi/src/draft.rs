//! A board file for the hardware that the kernel has: a beginning for whoever installs the box.
//!
//! What the kernel can't know is filled with what is right for most: A-law, of a T1 µ-law, CRC-4, kewl start, four telephones ringing at
//! once. Names and labels are for people to change.

use std::collections::BTreeSet;

use dahdi_sys as sys;
use frame::CardSerial;
use settings::{Board, CANCELLER, Card, CardKind, DahdiCard, Driver, Gain, SpanRow, Start};

use crate::probe::{Channel, Device, Span, SpanKind};

/// A board for `devices`, and the spans that the box has no use for, by device and place on it.
pub fn draft<'a>(devices: &'a [Device], name: &str) -> (Board, Vec<(&'a Device, u8)>) {
    let mut draft = Draft { cards: Vec::new(), unused: Vec::new(), serials: BTreeSet::new() };
    devices.iter().for_each(|device| draft.add(device, devices));
    let cards = draft.cards;
    // A trunk brings the carrier's clock; a card of jacks has nothing but its crystal.
    let (trunks, jacks): (Vec<&Card>, Vec<&Card>) = cards.iter().partition(|card| !card.kind.is_analog());
    let clock_order = trunks.iter().chain(&jacks).map(|card| card.serial).collect();
    (Board { format: 1, name: name.to_owned(), clock_order, cards }, draft.unused)
}

struct Draft<'a> {
    cards: Vec<Card>,
    unused: Vec<(&'a Device, u8)>,
    serials: BTreeSet<CardSerial>,
}

impl<'a> Draft<'a> {
    fn add(&mut self, device: &'a Device, all: &[Device]) {
        for span in &device.spans {
            match span.kind {
                SpanKind::E1 => self.add_trunk(device, span, CardKind::E1, all),
                SpanKind::T1 => self.add_trunk(device, span, CardKind::T1, all),
                SpanKind::Analog => self.add_jacks(device, span, all),
                SpanKind::Dynamic => match trunk_without_hardware(span) {
                    Some(kind) => self.add_trunk(device, span, kind, all),
                    None => self.add_jacks(device, span, all),
                },
                SpanKind::J1 | SpanKind::Other => self.unused.push((device, span.local)),
            }
        }
        self.unused.extend(device.unassigned.iter().map(|(local, _)| (device, *local)));
    }

    /// A span of the card before it is another row of that card.
    fn add_trunk(&mut self, device: &Device, span: &Span, kind: CardKind, all: &[Device]) {
        let key = device_key(device, all);
        let follows = |card: &&mut Card| {
            let next = card.dahdi.as_ref().map(|of| usize::from(of.span) + card.spans.len());
            card.kind == kind
                && card.dahdi.as_ref().is_some_and(|of| of.device == key)
                && next == Some(usize::from(span.local))
        };
        let before = self.cards.iter_mut().rev().find(follows);
        if let Some(card) = before {
            card.spans.push(row(&format!("{} {}", card.serial, card.spans.len() + 1)));
            return;
        }
        let mut card = self.card(device, span, kind, key);
        card.spans.push(row(&format!("{} 1", card.serial)));
        self.cards.push(card);
    }

    fn add_jacks(&mut self, device: &'a Device, span: &Span, all: &[Device]) {
        let mut first: Option<CardSerial> = None;
        for kind in [CardKind::Fxs, CardKind::Fxo] {
            let channels: Vec<u8> = span
                .channels
                .iter()
                .filter(|channel| jack(span.kind, channel) == Some(kind))
                .map(|channel| channel.place)
                .collect();
            if channels.is_empty() {
                continue;
            }
            let mut card = self.card(device, span, kind, device_key(device, all));
            card.jacks = (1..=channels.len()).map(|jack| format!("{} {jack}", card.serial)).collect();
            card.ring_budget = (kind == CardKind::Fxs).then(|| channels.len().min(RING_BUDGET) as u8);
            // Both kinds of one card run on its one crystal.
            card.synchronous_with = first;
            first = first.or(Some(card.serial));
            if let Some(of) = &mut card.dahdi {
                of.channels = channels;
            }
            self.cards.push(card);
        }
        if first.is_none() {
            self.unused.push((device, span.local));
        }
    }

    fn card(&mut self, device: &Device, span: &Span, kind: CardKind, key: String) -> Card {
        let dahdi = DahdiCard {
            device: key,
            span: span.local,
            channels: Vec::new(),
            start: Start::Kewl,
            receive_gain_db: Gain::default(),
            send_gain_db: Gain::default(),
            canceller: CANCELLER.to_owned(),
            country: None,
            module: device.module.clone(),
            options: Default::default(),
        };
        Card {
            card: Driver::Dahdi,
            kind,
            serial: self.serial(device, kind),
            slot: u8::try_from(self.cards.len() + 1).unwrap_or(u8::MAX),
            law: None,
            echo: None,
            echo_tail_ms: None,
            synchronous_with: None,
            ring_budget: None,
            jacks: Vec::new(),
            spans: Vec::new(),
            sim: None,
            sound: None,
            dahdi: Some(dahdi),
        }
    }

    /// The card's own number where it has one that no other has, else one of ours.
    fn serial(&mut self, device: &Device, kind: CardKind) -> CardSerial {
        let word = match kind {
            CardKind::Fxs => "FXS",
            CardKind::Fxo => "FXO",
            CardKind::T1 => "T1",
            _ => "E1",
        };
        let own = [device.hardware_id.clone()].into_iter();
        let ours = (1..=usize::from(u8::MAX)).map(|number| format!("{word}-{number}"));
        let mut free =
            own.chain(ours).filter_map(|text| text.parse().ok()).filter(|serial| !self.serials.contains(serial));
        let serial = free.next().expect("fewer cards than numbers");
        self.serials.insert(serial);
        serial
    }
}

/// What stays when cards are moved: the first of a device's names that no other device has.
fn device_key(device: &Device, all: &[Device]) -> String {
    let names = |device: &Device| [device.hardware_id.clone(), device.location.clone(), device.name.clone()];
    let is_alone = |name: &String| all.iter().filter(|other| names(other).contains(name)).count() == 1;
    names(device).into_iter().find(|name| !name.is_empty() && is_alone(name)).unwrap_or_else(|| device.name.clone())
}

/// What is behind a channel of a card of jacks. A span without hardware could be anything, so it is what it is set to.
pub fn jack(span: SpanKind, channel: &Channel) -> Option<CardKind> {
    let is = if span == SpanKind::Dynamic { channel.signalling } else { channel.can };
    match (is & sys::__DAHDI_SIG_FXO != 0, is & sys::__DAHDI_SIG_FXS != 0) {
        (true, false) => Some(CardKind::Fxs),
        (false, true) => Some(CardKind::Fxo),
        _ => None,
    }
}

fn row(label: &str) -> SpanRow {
    SpanRow { label: label.to_owned(), d_channel: None, crc4: None, coding: None, line_build_out: 0, timing: None }
}

/// A span without hardware of as many channels as a trunk has is one, but for 24 of which some are set to be jacks.
fn trunk_without_hardware(span: &Span) -> Option<CardKind> {
    let has_jacks = span.channels.iter().any(|channel| jack(span.kind, channel).is_some());
    match span.channels.len() {
        // Timeslot 0 is no channel.
        31 => Some(CardKind::E1),
        24 if !has_jacks => Some(CardKind::T1),
        _ => None,
    }
}

/// What the supply of common cards rings at once; the papers of the card say it exactly.
const RING_BUDGET: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mismatch::compare, tests_board::devices};

    #[test]
    fn the_draft_reads_back_and_fits_the_hardware_that_it_was_made_of() {
        let mut devices = devices();
        devices[0].hardware_id = "TE-0815".into();
        let (board, unused) = draft(&devices, "found");
        assert!(unused.is_empty());
        let read = Board::parse("draft.toml", &board.to_toml()).unwrap();
        assert_eq!(read, board);
        let serials: Vec<String> = board.cards.iter().map(|card| card.serial.to_string()).collect();
        assert_eq!(serials, ["TE-0815", "FXS-1", "FXO-1"]);
        assert_eq!(board.cards[0].spans.len(), 2);
        assert_eq!(board.cards[1].dahdi.as_ref().unwrap().channels, [3, 4]);
        assert_eq!(board.cards[2].synchronous_with, Some(board.cards[1].serial));
        assert_eq!(board.clock_order[0], board.cards[0].serial);
        let missing = compare(&board, &devices, &|_, _| None);
        let is_setting = |mismatch: &&crate::Mismatch| mismatch.remedy() != crate::Remedy::Hands;
        assert_eq!(missing.iter().filter(is_setting).count(), missing.len(), "{missing:?}");
    }

    #[test]
    fn two_cards_with_one_number_are_named_by_where_they_are() {
        let mut devices = devices();
        devices.iter_mut().for_each(|device| device.hardware_id = "0".into());
        let (board, _) = draft(&devices, "found");
        let names: Vec<&str> = board.cards.iter().map(|card| card.dahdi.as_ref().unwrap().device.as_str()).collect();
        assert_eq!(names, ["PCI Bus 04 Slot 05", "PCI Bus 05 Slot 01", "PCI Bus 05 Slot 01"]);
        assert!(Board::parse("draft.toml", &board.to_toml()).is_ok());
    }

    #[test]
    fn what_the_box_has_no_use_for_is_told() {
        let mut devices = devices();
        devices[0].spans[1].kind = SpanKind::J1;
        devices[1].spans[0].channels.iter_mut().for_each(|channel| channel.can = 0);
        let (board, unused) = draft(&devices, "found");
        assert_eq!(board.cards.len(), 1);
        let unused: Vec<(&str, u8)> = unused.iter().map(|(device, span)| (device.name.as_str(), *span)).collect();
        assert_eq!(unused, [("pci:0000:04:05.0", 2), ("pci:0000:05:01.0", 1)]);
    }

    #[test]
    fn a_card_that_has_lines_of_both_kinds_is_two_rows_of_one_device() {
        let mut devices = devices();
        devices[0].spans[1].kind = SpanKind::T1;
        devices[0].spans[1].channels.truncate(24);
        let (board, unused) = draft(&devices, "found");
        assert!(unused.is_empty());
        let read = Board::parse("draft.toml", &board.to_toml()).unwrap();
        let kinds: Vec<CardKind> = read.cards.iter().map(|card| card.kind).collect();
        assert_eq!(kinds[..2], [CardKind::E1, CardKind::T1]);
        let (first, second) = (read.cards[0].dahdi.as_ref().unwrap(), read.cards[1].dahdi.as_ref().unwrap());
        assert_eq!((first.device.as_str(), first.span), (second.device.as_str(), 1));
        assert_eq!((second.span, read.cards[1].serial.to_string().as_str()), (2, "T1-1"));
    }

    #[test]
    fn spans_without_hardware_of_24_channels_are_a_t1_unless_they_are_set_to_be_jacks() {
        let kind = |signalling| {
            let mut devices = devices();
            devices.truncate(1);
            devices[0].spans.truncate(1);
            devices[0].spans[0].kind = SpanKind::Dynamic;
            devices[0].spans[0].channels.truncate(24);
            devices[0].spans[0].channels.iter_mut().for_each(|channel| channel.signalling = signalling);
            draft(&devices, "found").0.cards[0].kind
        };
        assert_eq!(kind(sys::DAHDI_SIG_NONE), CardKind::T1);
        assert_eq!(kind(sys::DAHDI_SIG_FXOKS), CardKind::Fxs);
    }

    #[test]
    fn spans_without_hardware_are_an_e1_by_their_size_and_jacks_by_what_they_are_set_to() {
        let mut devices = devices();
        devices[0].spans.iter_mut().for_each(|span| span.kind = SpanKind::Dynamic);
        devices[1].spans[0].kind = SpanKind::Dynamic;
        devices[1].spans[0].channels.iter_mut().for_each(|channel| channel.can = u32::MAX);
        let (board, _) = draft(&devices, "found");
        let kinds: Vec<CardKind> = board.cards.iter().map(|card| card.kind).collect();
        assert_eq!(kinds, [CardKind::E1, CardKind::Fxs, CardKind::Fxo]);
    }
}
