//! What the board file wants of the kernel: each span's line, and each channel's signalling, law and canceller.
//!
//! Source: `dahdi/user.h` of DAHDI 2.11 (`DAHDI_CONFIG_…`, `DAHDI_SIG_…`), `dahdi-base.c` (how cancellers are named).

use dahdi_sys as sys;
use frame::{CardSerial, Law, PortId, SpanId};
use settings::{Board, Card, CardKind, Coding, Echo, SpanRow, Start};

use crate::{
    event::Role,
    name::ChannelName,
    plan::{ChannelPlan, SpanPlan},
};

/// A span as the board file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedSpan {
    pub(crate) span: SpanId,
    pub(crate) card: CardSerial,
    pub(crate) kind: CardKind,
    /// A trunk's jack; of an analog span its first.
    pub(crate) port: PortId,
    pub(crate) device: String,
    pub(crate) local: u8,
    /// Trunks.
    pub(crate) line: Option<WantedLine>,
    pub(crate) channels: Vec<WantedChannel>,
}

/// How a trunk's line is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WantedLine {
    /// `DAHDI_CONFIG_…`.
    pub(crate) config: u32,
    pub(crate) build_out: u8,
    /// Its rank as a source of the clock; 0 gives.
    pub(crate) timing: u8,
}

/// How a channel is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedChannel {
    pub(crate) name: ChannelName,
    /// Its place on the span, from 1.
    pub(crate) place: u8,
    /// `DAHDI_SIG_…`.
    pub(crate) signalling: u32,
    /// None where nothing is coded: a D-channel.
    pub(crate) law: Option<Law>,
    /// None where the kernel has none to use.
    pub(crate) canceller: Option<Canceller>,
}

/// A canceller of the card or of the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Canceller {
    Card,
    Kernel(String),
}

impl WantedSpan {
    /// All spans of a board that DAHDI drives.
    pub(crate) fn all(board: &Board) -> Vec<WantedSpan> {
        board.cards.iter().flat_map(|card| of_card(board, card)).collect()
    }
}

fn of_card(board: &Board, card: &Card) -> Vec<WantedSpan> {
    let plans = SpanPlan::of(board, card.serial).unwrap_or_default();
    plans.into_iter().enumerate().map(|(row, plan)| of_plan(board, card, row, &plan)).collect()
}

fn of_plan(board: &Board, card: &Card, row: usize, plan: &SpanPlan) -> WantedSpan {
    let position = u8::try_from(row + 1).unwrap_or(u8::MAX);
    WantedSpan {
        span: plan.span(),
        card: card.serial,
        kind: card.kind,
        port: PortId { card: card.serial, position },
        device: plan.device.clone(),
        local: plan.device_span,
        line: line(board, card, row),
        channels: plan.channels.iter().map(|channel| of_channel(card, channel)).collect(),
    }
}

fn line(board: &Board, card: &Card, row: usize) -> Option<WantedLine> {
    let of = card.spans.get(row)?;
    let config = framing(card, of) | coding(card.coding(of));
    Some(WantedLine { config, build_out: of.line_build_out, timing: board.timing(card, row) })
}

fn framing(card: &Card, row: &SpanRow) -> u32 {
    if card.kind == CardKind::T1 {
        // The extended superframe, which primary rate access needs (ITU-T I.431, 4.3.2). Cards in T1 mode know no CCS
        // (`linecompat`): what robs bits there is the signalling of a channel, and clear channels have none.
        return sys::DAHDI_CONFIG_ESF;
    }
    // Common channel signalling: timeslot 16 is no multiframe of signalling bits.
    sys::DAHDI_CONFIG_CCS | if card.crc4(row) { sys::DAHDI_CONFIG_CRC4 } else { 0 }
}

fn coding(coding: Coding) -> u32 {
    match coding {
        Coding::Hdb3 => sys::DAHDI_CONFIG_HDB3,
        Coding::B8zs => sys::DAHDI_CONFIG_B8ZS,
        Coding::Ami => sys::DAHDI_CONFIG_AMI,
    }
}

fn of_channel(card: &Card, plan: &ChannelPlan) -> WantedChannel {
    let start = card.dahdi.as_ref().map(|of| of.start).unwrap_or_default();
    let carries_voice = plan.role != Role::Data;
    WantedChannel {
        name: plan.name,
        place: plan.place,
        signalling: signalling(plan.role, start),
        law: carries_voice.then_some(card.law()),
        canceller: canceller(card).filter(|_| carries_voice),
    }
}

/// DAHDI names a port by what is at the far end of it.
fn signalling(role: Role, start: Start) -> u32 {
    match (role, start) {
        (Role::Bearer, _) => sys::DAHDI_SIG_CLEAR,
        (Role::Data, _) => sys::DAHDI_SIG_HDLCFCS,
        (Role::Fxs, Start::Kewl) => sys::DAHDI_SIG_FXOKS,
        (Role::Fxs, Start::Loop) => sys::DAHDI_SIG_FXOLS,
        (Role::Fxo, Start::Kewl) => sys::DAHDI_SIG_FXSKS,
        (Role::Fxo, Start::Loop) => sys::DAHDI_SIG_FXSLS,
    }
}

fn canceller(card: &Card) -> Option<Canceller> {
    match card.echo() {
        // One that is attached does nothing until it is switched on.
        Echo::Off | Echo::Software => None,
        Echo::Card => Some(Canceller::Card),
        Echo::Kernel => Some(Canceller::Kernel(card.dahdi.as_ref()?.canceller.clone())),
    }
}

impl Canceller {
    /// As `ATTACH_ECHOCAN` is told it.
    pub(crate) fn name(&self) -> &str {
        match self {
            // `hwec_def_name`.
            Canceller::Card => "HWEC",
            Canceller::Kernel(name) => name,
        }
    }

    /// Whether a channel that says `running` has it. A card's canceller says its own name there.
    pub(crate) fn is(&self, running: &str) -> bool {
        match self {
            Canceller::Card => !running.is_empty() && !KERNEL.iter().any(|name| name.eq_ignore_ascii_case(running)),
            Canceller::Kernel(name) => name.eq_ignore_ascii_case(running),
        }
    }
}

/// The cancellers of the kernel (`dahdi_echocan_*.c`), which are not a card's.
const KERNEL: [&str; 7] = ["MG2", "KB1", "SEC", "SEC2", "JPAH", "OSLEC", "HPEC"];
