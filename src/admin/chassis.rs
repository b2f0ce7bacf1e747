//! The chassis as it stands in the rack: slots, jacks with their labels, timeslots as small bars, each with its word.

use std::collections::BTreeMap;

use frame::{LaneId, PortId};
use serde::Serialize;
use settings::{Board, Card, CardKind};

use crate::{
    handles::{JackNow, JackState, Snapshot, SpanNow, TimeslotState},
    words::{Language, page::Page, state},
};

/// How many cards stand side by side on a page 1366 pixels wide.
const CARDS_IN_ROW: usize = 2;

/// The whole chassis.
#[derive(Debug)]
pub(super) struct Chassis {
    pub(super) rows: Vec<Vec<CardView>>,
}

/// One card.
#[derive(Debug)]
pub(super) struct CardView {
    pub(super) class: &'static str,
    pub(super) title: String,
    pub(super) jacks: Vec<JackView>,
}

/// One jack. Compared and sent when it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct JackView {
    pub(super) port: PortId,
    pub(super) class: &'static str,
    /// The state's word; of an E1 with how many channels are in use.
    pub(super) word: String,
    #[serde(skip)]
    pub(super) label: String,
    #[serde(skip)]
    pub(super) is_pressed: bool,
    pub(super) slots: Vec<SlotView>,
}

/// One timeslot of an E1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct SlotView {
    pub(super) lane: LaneId,
    pub(super) class: &'static str,
    pub(super) title: String,
}

impl Chassis {
    /// The chassis at a moment, with one jack pressed perhaps.
    pub(super) fn new(board: &Board, snapshot: &Snapshot, pressed: Option<PortId>, language: Language) -> Chassis {
        let mut jacks = jacks(snapshot, language);
        if let Some(jack) = pressed.and_then(|port| jacks.get_mut(&port)) {
            jack.is_pressed = true;
        }
        let cards: Vec<CardView> = board.cards.iter().map(|card| card_view(card, &jacks, language)).collect();
        let mut rows: Vec<Vec<CardView>> = Vec::new();
        for card in cards {
            match rows.last_mut() {
                Some(row) if row.len() < CARDS_IN_ROW => row.push(card),
                _ => rows.push(vec![card]),
            }
        }
        Chassis { rows }
    }
}

/// Every jack by its port.
pub(super) fn jacks(snapshot: &Snapshot, language: Language) -> BTreeMap<PortId, JackView> {
    let view = |jack| jack_view(jack, snapshot, language);
    snapshot.jacks.iter().map(view).map(|jack| (jack.port, jack)).collect()
}

fn card_view(card: &Card, jacks: &BTreeMap<PortId, JackView>, language: Language) -> CardView {
    let own: Vec<JackView> = jacks.values().filter(|jack| jack.port.card == card.serial).cloned().collect();
    let kind = state::card_kind(card.kind, language).to_owned();
    let title = Page::Slot { slot: card.slot, kind, count: own.len() }.say(language);
    let class = match card.kind {
        CardKind::E1 | CardKind::T1 => "trunks",
        CardKind::Fxo => "lines",
        CardKind::Fxs | CardKind::Handset | CardKind::LineIn | CardKind::Loudspeaker => "stations",
    };
    CardView { class, title, jacks: own }
}

fn jack_view(jack: &JackNow, snapshot: &Snapshot, language: Language) -> JackView {
    let span = snapshot.spans.iter().find(|span| span.port == jack.port);
    let state = match jack.kind {
        CardKind::E1 | CardKind::T1 | CardKind::LineIn => state::trunk_state(jack.state, language),
        CardKind::Fxo | CardKind::Fxs | CardKind::Handset | CardKind::Loudspeaker => {
            state::jack_state(jack.state, language)
        }
    };
    let word = match span {
        Some(span) if jack.state != JackState::Alarm => busy(span).say(language),
        _ => state.to_owned(),
    };
    let slots = span.map(|span| slots(span, language)).unwrap_or_default();
    JackView { port: jack.port, class: class(jack.state), word, label: jack.label.clone(), is_pressed: false, slots }
}

fn busy(span: &SpanNow) -> Page {
    let count = |wanted: &[TimeslotState]| span.timeslots.iter().filter(|slot| wanted.contains(&slot.state)).count();
    let signalling = count(&[TimeslotState::Signalling]);
    let busy = count(&[TimeslotState::Ringing, TimeslotState::Talking, TimeslotState::Hold]);
    Page::ChannelsBusy { busy, all: span.timeslots.len() - signalling }
}

fn slots(span: &SpanNow, language: Language) -> Vec<SlotView> {
    let slot = |slot: &crate::handles::TimeslotNow| SlotView {
        lane: LaneId::new(span.span, slot.timeslot),
        class: slot_class(slot.state),
        title: Page::TimeslotIs {
            timeslot: slot.timeslot.0,
            state: state::timeslot_state(slot.state, language).to_owned(),
        }
        .say(language),
    };
    span.timeslots.iter().map(slot).collect()
}

/// The class that colours a jack; its word always stands beside it.
pub(super) fn class(state: JackState) -> &'static str {
    match state {
        JackState::Idle => "idle",
        JackState::Dialling => "dial",
        JackState::Ringing => "ring",
        JackState::Talking => "talk",
        JackState::Hold => "hold",
        JackState::LeftOffHook => "off",
        JackState::Alarm => "alarm",
    }
}

fn slot_class(state: TimeslotState) -> &'static str {
    match state {
        TimeslotState::Signalling => "signal",
        TimeslotState::Idle => "idle",
        TimeslotState::Ringing => "ring",
        TimeslotState::Talking => "talk",
        TimeslotState::Hold => "hold",
        TimeslotState::Blocked => "alarm",
    }
}
