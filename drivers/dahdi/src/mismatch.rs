//! Where the kernel's cards are set otherwise than the board file says, and what helps.
//!
//! What can't be read back is not here: a span's rank as a source of the clock, and whether it was started. `board apply`
//! says both anew.

use std::collections::BTreeMap;

use dahdi_sys as sys;
use frame::{CardSerial, Law, PortId, Timeslot};
use settings::{Board, CardKind};

use crate::{
    module_options::module_options,
    probe::{Channel, Device, Span, SpanKind},
    wanted::{WantedChannel, WantedSpan},
};

/// One difference between the board file and the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// There is no such hardware.
    NoDevice {
        /// The card.
        card: CardSerial,
        /// How the file names it.
        device: String,
    },
    /// The hardware has fewer spans.
    NoSpan {
        /// The card.
        card: CardSerial,
        /// The span, as the device counts.
        span: u8,
    },
    /// The span has no number yet.
    Unassigned {
        /// The card.
        card: CardSerial,
        /// The span, as the device counts.
        span: u8,
    },
    /// The span is of another kind.
    OtherKind {
        /// The card.
        card: CardSerial,
        /// The span, as the device counts.
        span: u8,
        /// What the file says.
        wanted: CardKind,
        /// What it is.
        running: SpanKind,
    },
    /// The span has fewer channels.
    NoChannels {
        /// The jack.
        port: PortId,
        /// The channel, as the span counts.
        channel: u8,
    },
    /// The line is framed or coded otherwise.
    Line {
        /// The jack.
        port: PortId,
        /// What the file says, as [`line_name`] names it.
        wanted: u32,
        /// What holds.
        running: u32,
    },
    /// The line is set for another length of cable.
    BuildOut {
        /// The jack.
        port: PortId,
        /// What the file says.
        wanted: u8,
        /// What holds.
        running: u8,
    },
    /// The hardware behind the jack can't be what the file says: another plug-in module.
    CantBe {
        /// The jack.
        port: PortId,
        /// What the file says.
        wanted: CardKind,
    },
    /// Channels signal otherwise.
    Signalling {
        /// The jack.
        port: PortId,
        /// Of a trunk which timeslots.
        timeslots: Vec<Timeslot>,
        /// What the file says, as [`signalling_name`] names it.
        wanted: u32,
        /// What holds.
        running: u32,
    },
    /// Channels are coded otherwise.
    Law {
        /// The jack.
        port: PortId,
        /// Of a trunk which timeslots.
        timeslots: Vec<Timeslot>,
        /// What the file says.
        wanted: Law,
        /// What holds.
        running: Law,
    },
    /// Channels have another canceller.
    Canceller {
        /// The jack.
        port: PortId,
        /// Of a trunk which timeslots.
        timeslots: Vec<Timeslot>,
        /// What the file says.
        wanted: String,
        /// What holds; empty where there is none.
        running: String,
    },
    /// A kernel module runs with another option.
    ModuleOption {
        /// A card of that module.
        card: CardSerial,
        /// The module.
        module: String,
        /// The option.
        option: String,
        /// What the file says.
        wanted: String,
        /// What holds.
        running: String,
    },
}

/// What puts a difference right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// `board apply`, while calls go on.
    Apply,
    /// `board apply`, which ends the calls on these channels.
    ApplyEndsCalls,
    /// The card's module has to be loaded anew, which ends all calls on cards of that module.
    NeedsReload(CardSerial),
    /// Somebody's hands: another card, or another board file.
    Hands,
}

impl Mismatch {
    /// The card that it is about.
    pub fn card(&self) -> CardSerial {
        match self {
            Mismatch::NoDevice { card, .. }
            | Mismatch::NoSpan { card, .. }
            | Mismatch::Unassigned { card, .. }
            | Mismatch::OtherKind { card, .. }
            | Mismatch::ModuleOption { card, .. } => *card,
            Mismatch::NoChannels { port, .. }
            | Mismatch::Line { port, .. }
            | Mismatch::BuildOut { port, .. }
            | Mismatch::CantBe { port, .. }
            | Mismatch::Signalling { port, .. }
            | Mismatch::Law { port, .. }
            | Mismatch::Canceller { port, .. } => port.card,
        }
    }

    /// What puts it right.
    pub fn remedy(&self) -> Remedy {
        match self {
            Mismatch::NoDevice { .. }
            | Mismatch::NoSpan { .. }
            | Mismatch::NoChannels { .. }
            | Mismatch::CantBe { .. } => Remedy::Hands,
            Mismatch::Unassigned { .. } | Mismatch::Canceller { .. } => Remedy::Apply,
            Mismatch::Line { .. } | Mismatch::BuildOut { .. } | Mismatch::Signalling { .. } | Mismatch::Law { .. } => {
                Remedy::ApplyEndsCalls
            }
            Mismatch::OtherKind { card, .. } | Mismatch::ModuleOption { card, .. } => Remedy::NeedsReload(*card),
        }
    }
}

/// Every difference, in the order of the board file. `running` tells how an option of a loaded kernel module is set.
pub fn compare(board: &Board, devices: &[Device], running: &dyn Fn(&str, &str) -> Option<String>) -> Vec<Mismatch> {
    let mut found: Vec<Mismatch> =
        WantedSpan::all(board).iter().flat_map(|wanted| compare_span(wanted, devices)).collect();
    found.extend(compare_options(board, running));
    // One card of two spans has its hardware missing once.
    let mut told = Vec::new();
    found.retain(|mismatch| {
        let is_new = !told.contains(mismatch);
        told.push(mismatch.clone());
        is_new
    });
    found
}

/// The device that a board file names so.
pub(crate) fn device<'a>(devices: &'a [Device], name: &str) -> Option<&'a Device> {
    let is = |device: &&Device| [&device.hardware_id, &device.location, &device.name].iter().any(|own| *own == name);
    devices.iter().find(is)
}

fn compare_span(wanted: &WantedSpan, devices: &[Device]) -> Vec<Mismatch> {
    let (card, span) = (wanted.card, wanted.local);
    let Some(device) = device(devices, &wanted.device) else {
        return vec![Mismatch::NoDevice { card, device: wanted.device.clone() }];
    };
    let Some(running) = device.spans.iter().find(|running| running.local == span) else {
        let is_there = device.unassigned.iter().any(|(local, _)| *local == span);
        return vec![if is_there { Mismatch::Unassigned { card, span } } else { Mismatch::NoSpan { card, span } }];
    };
    if !is_kind(running.kind, wanted.kind) {
        return vec![Mismatch::OtherKind { card, span, wanted: wanted.kind, running: running.kind }];
    }
    let mut found = compare_line(wanted, running);
    let alone = wanted.channels.iter().flat_map(|channel| compare_channel(wanted, channel, running));
    alone.for_each(|mismatch| fold(&mut found, mismatch));
    found
}

/// Whether a span can be what the board file says.
pub(crate) fn is_kind(running: SpanKind, wanted: CardKind) -> bool {
    match running {
        SpanKind::E1 => wanted == CardKind::E1,
        SpanKind::T1 => wanted == CardKind::T1,
        SpanKind::Analog => wanted.is_analog(),
        SpanKind::Dynamic => true,
        SpanKind::J1 | SpanKind::Other => false,
    }
}

/// Framing and coding: `lineconfig` without what is no setting of the line (`dahdi_ioctl_spanconfig` checks the same bits).
const LINE_BITS: u32 = 0x1ff0;

pub(crate) fn compare_line(wanted: &WantedSpan, running: &Span) -> Vec<Mismatch> {
    // A span without hardware has no line and keeps nothing of what it is told.
    let Some(line) = wanted.line.filter(|_| running.kind != SpanKind::Dynamic) else { return Vec::new() };
    let port = wanted.port;
    let mut found = Vec::new();
    if running.line & LINE_BITS != line.config {
        found.push(Mismatch::Line { port, wanted: line.config, running: running.line & LINE_BITS });
    }
    if running.build_out != line.build_out {
        found.push(Mismatch::BuildOut { port, wanted: line.build_out, running: running.build_out });
    }
    found
}

pub(crate) fn compare_channel(span: &WantedSpan, wanted: &WantedChannel, running: &Span) -> Vec<Mismatch> {
    let (port, timeslots) = (wanted.name.port, vec![wanted.name.timeslot]);
    let Some(runs) = running.channels.iter().find(|channel| channel.place == wanted.place) else {
        return vec![Mismatch::NoChannels { port, channel: wanted.place }];
    };
    if !can_signal(runs, wanted.signalling) {
        return vec![Mismatch::CantBe { port, wanted: span.kind }];
    }
    let mut found = Vec::new();
    if !signals(runs.signalling, wanted.signalling) {
        let (wanted, running) = (wanted.signalling, runs.signalling);
        found.push(Mismatch::Signalling { port, timeslots: timeslots.clone(), wanted, running });
    }
    if let Some(law) = wanted.law.filter(|law| *law != runs.law) {
        found.push(Mismatch::Law { port, timeslots: timeslots.clone(), wanted: law, running: runs.law });
    }
    if let Some(canceller) = wanted.canceller.as_ref().filter(|canceller| !canceller.is(&runs.canceller)) {
        let (wanted, running) = (canceller.name().to_owned(), runs.canceller.clone());
        found.push(Mismatch::Canceller { port, timeslots, wanted, running });
    }
    found
}

/// Whether a channel runs as it is wanted. A card may do the framing of a D-channel itself.
fn signals(running: u32, wanted: u32) -> bool {
    running == wanted || wanted == sys::DAHDI_SIG_HDLCFCS && running == sys::DAHDI_SIG_HARDHDLC
}

/// As `dahdi_ioctl_chanconfig` asks: a clear channel can carry frames, too.
fn can_signal(channel: &Channel, wanted: u32) -> bool {
    let clear = channel.can & sys::DAHDI_SIG_CLEAR != 0;
    let can = channel.can | if clear { sys::DAHDI_SIG_HDLCFCS } else { 0 };
    can & wanted == wanted
}

/// Adds a difference, or its timeslot to one that is the same but for that.
fn fold(found: &mut Vec<Mismatch>, mismatch: Mismatch) {
    let (key, timeslots) = without_timeslots(&mismatch);
    let same = found.iter_mut().find(|before| without_timeslots(before).0 == key);
    match same.and_then(timeslots_of) {
        Some(before) => before.extend(timeslots),
        None => found.push(mismatch),
    }
}

fn timeslots_of(mismatch: &mut Mismatch) -> Option<&mut Vec<Timeslot>> {
    match mismatch {
        Mismatch::Signalling { timeslots, .. }
        | Mismatch::Law { timeslots, .. }
        | Mismatch::Canceller { timeslots, .. } => Some(timeslots),
        _ => None,
    }
}

fn without_timeslots(mismatch: &Mismatch) -> (Mismatch, Vec<Timeslot>) {
    let mut key = mismatch.clone();
    let timeslots = timeslots_of(&mut key).map(std::mem::take).unwrap_or_default();
    (key, timeslots)
}

fn compare_options(board: &Board, running: &dyn Fn(&str, &str) -> Option<String>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    for (module, (card, options)) in module_options(board) {
        for (option, wanted) in options {
            let Some(running) = running(&module, &option).filter(|running| !is_value(running, &wanted)) else {
                continue;
            };
            found.push(Mismatch::ModuleOption { card, module: module.clone(), option, wanted, running });
        }
    }
    found
}

/// A flag is shown as a letter, whichever way it was given.
fn is_value(running: &str, wanted: &str) -> bool {
    let plain = |value: &str| match value {
        "Y" | "y" => "1".to_owned(),
        "N" | "n" => "0".to_owned(),
        other => other.to_owned(),
    };
    plain(running) == plain(wanted)
}

/// How DAHDI's own tools call a signalling.
pub fn signalling_name(signalling: u32) -> &'static str {
    let names = BTreeMap::from([
        (sys::DAHDI_SIG_NONE, "none"),
        (sys::DAHDI_SIG_CLEAR, "bchan"),
        (sys::DAHDI_SIG_HDLCFCS, "dchan"),
        (sys::DAHDI_SIG_HARDHDLC, "hardhdlc"),
        (sys::DAHDI_SIG_FXOKS, "fxoks"),
        (sys::DAHDI_SIG_FXOLS, "fxols"),
        (sys::DAHDI_SIG_FXOGS, "fxogs"),
        (sys::DAHDI_SIG_FXSKS, "fxsks"),
        (sys::DAHDI_SIG_FXSLS, "fxsls"),
        (sys::DAHDI_SIG_FXSGS, "fxsgs"),
    ]);
    names.get(&signalling).copied().unwrap_or("other")
}

/// How DAHDI's own tools call framing and coding.
pub fn line_name(line: u32) -> String {
    let names = [
        (sys::DAHDI_CONFIG_D4, "D4"),
        (sys::DAHDI_CONFIG_ESF, "ESF"),
        (sys::DAHDI_CONFIG_CCS, "CCS"),
        (sys::DAHDI_CONFIG_AMI, "AMI"),
        (sys::DAHDI_CONFIG_B8ZS, "B8ZS"),
        (sys::DAHDI_CONFIG_HDB3, "HDB3"),
        (sys::DAHDI_CONFIG_CRC4, "CRC4"),
    ];
    let set: Vec<&str> = names.into_iter().filter(|(bit, _)| line & bit != 0).map(|(_, name)| name).collect();
    if set.is_empty() { "none".to_owned() } else { set.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_board::{REAL, devices};

    fn board() -> Board {
        Board::parse("real.toml", REAL).unwrap()
    }

    fn port(text: &str) -> PortId {
        text.parse().unwrap()
    }

    fn unknown(_: &str, _: &str) -> Option<String> {
        None
    }

    /// What is told when the hardware is not quite what it should be.
    fn told(change: impl FnOnce(&mut Vec<Device>)) -> Vec<Mismatch> {
        let mut devices = devices();
        change(&mut devices);
        compare(&board(), &devices, &unknown)
    }

    #[test]
    fn cards_that_are_set_as_the_board_says_give_nothing_to_tell() {
        assert_eq!(told(|_| ()), []);
    }

    #[test]
    fn hardware_that_is_missing_is_named_once_a_card() {
        let te = "TE".parse().unwrap();
        let found = told(|devices| devices.truncate(0));
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], Mismatch::NoDevice { card: te, device: "PCI Bus 04 Slot 05".into() });
        let found = told(|devices| _ = devices[0].spans.pop());
        assert_eq!(found, [Mismatch::NoSpan { card: te, span: 2 }]);
        let found = told(|devices| {
            devices[0].spans.remove(1);
            devices[0].unassigned.push((2, SpanKind::T1));
        });
        assert_eq!(found, [Mismatch::Unassigned { card: te, span: 2 }]);
        assert_eq!(found[0].remedy(), Remedy::Apply);
    }

    #[test]
    fn a_span_of_another_kind_needs_its_card_loaded_anew() {
        let found = told(|devices| devices[0].spans[0].kind = SpanKind::T1);
        let card = "TE".parse().unwrap();
        assert_eq!(found, [Mismatch::OtherKind { card, span: 1, wanted: CardKind::E1, running: SpanKind::T1 }]);
        assert_eq!(found[0].remedy(), Remedy::NeedsReload(card));
    }

    #[test]
    fn framing_and_coding_and_build_out_are_compared_and_nothing_else_of_the_line() {
        let found = told(|devices| {
            devices[0].spans[0].line |= sys::DAHDI_CONFIG_NOTOPEN;
            devices[0].spans[1].line |= sys::DAHDI_CONFIG_CRC4;
            devices[0].spans[1].build_out = 3;
        });
        let port = port("TE.2");
        assert_eq!(found[1], Mismatch::BuildOut { port, wanted: 0, running: 3 });
        let Mismatch::Line { port: at, wanted, running } = found[0] else { panic!("{found:?}") };
        assert_eq!((at, line_name(wanted), line_name(running)), (port, "CCS/AMI".into(), "CCS/AMI/CRC4".into()));
    }

    #[test]
    fn timeslots_that_differ_in_the_same_way_are_told_together() {
        let found = told(|devices| {
            for channel in &mut devices[0].spans[0].channels {
                channel.law = Law::Mu;
            }
            devices[0].spans[0].channels[4].signalling = sys::DAHDI_SIG_NONE;
        });
        let [Mismatch::Law { timeslots, .. }, Mismatch::Signalling { timeslots: unset, running, .. }] = &found[..]
        else {
            panic!("{found:?}")
        };
        assert_eq!(timeslots.len(), 30, "nothing is coded on the D-channel");
        assert_eq!((unset.as_slice(), signalling_name(*running)), (&[Timeslot(5)][..], "none"));
    }

    #[test]
    fn a_d_channel_may_be_framed_by_the_card() {
        assert_eq!(told(|devices| devices[0].spans[0].channels[15].signalling = sys::DAHDI_SIG_HARDHDLC), []);
        assert_eq!(told(|devices| devices[0].spans[0].channels[15].signalling = sys::DAHDI_SIG_CLEAR).len(), 1);
    }

    #[test]
    fn the_wrong_plug_in_module_behind_a_jack_is_no_matter_of_settings() {
        let found = told(|devices| devices[1].spans[0].channels[2].can = sys::DAHDI_SIG_FXSKS | sys::DAHDI_SIG_FXSLS);
        assert_eq!(found, [Mismatch::CantBe { port: port("TDM-S.1"), wanted: CardKind::Fxs }]);
        assert_eq!(found[0].remedy(), Remedy::Hands);
        let found = told(|devices| devices[1].spans[0].channels.truncate(3));
        assert_eq!(found, [Mismatch::NoChannels { port: port("TDM-S.2"), channel: 4 }]);
    }

    #[test]
    fn loop_and_kewl_start_are_told_apart() {
        let found = told(|devices| devices[1].spans[0].channels[0].signalling = sys::DAHDI_SIG_FXSKS);
        let [Mismatch::Signalling { port: at, wanted, running, .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!((*at, signalling_name(*wanted), signalling_name(*running)), (port("TDM-O.1"), "fxsls", "fxsks"));
    }

    #[test]
    fn a_canceller_is_compared_where_one_is_wanted() {
        let found = told(|devices| devices[1].spans[0].channels[3].canceller.clear());
        let [Mismatch::Canceller { port: at, wanted, running, .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!((*at, wanted.as_str(), running.as_str()), (port("TDM-S.2"), "mg2", ""));
        assert_eq!(told(|devices| devices[0].spans[0].channels[3].canceller = "VPMOCT128".into()), []);
    }

    #[test]
    fn options_of_modules_that_run_otherwise_need_a_reload() {
        let running = |module: &str, option: &str| match (module, option) {
            ("wctdm24xxp", "opermode") => Some("FCC".to_owned()),
            ("wctdm24xxp", "companding") => Some("alaw".to_owned()),
            _ => None,
        };
        let found = compare(&board(), &devices(), &running);
        let [Mismatch::ModuleOption { option, running, .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!((option.as_str(), running.as_str()), ("opermode", "FCC"));
        assert_eq!(found[0].remedy(), Remedy::NeedsReload("TDM-S".parse().unwrap()));
        assert!(is_value("Y", "1") && is_value("0", "N") && !is_value("Y", "0"));
    }

    #[test]
    fn a_span_without_hardware_has_no_line_and_is_what_it_is_set_to() {
        let found = told(|devices| {
            devices[0].spans[0].kind = SpanKind::Dynamic;
            devices[0].spans[0].line = 0;
        });
        assert_eq!(found, []);
    }
}
