//! Sets the kernel's cards as the board file says, step by step.
//!
//! Source: `dahdi-base.c` of DAHDI 2.11. The order is that of the kernel: a span has no channels before it has a number,
//! the line is set before its channels, and it is started last. `CHANCONFIG` hangs a channel up, so what is right already
//! is left alone.
//! Not here: loading modules, and who may end calls.

use std::{
    fs::{self, OpenOptions},
    io,
    os::fd::AsFd,
    path::PathBuf,
};

use dahdi_sys as sys;
use frame::{CardSerial, Law, PortId, SpanId};
use settings::{Board, CardKind};

use crate::{
    control::Control,
    ioctl,
    mismatch::{compare_channel, compare_line, device, is_kind},
    name::ChannelName,
    probe::{Channel, Device, Span, SpanKind},
    wanted::{WantedChannel, WantedLine, WantedSpan},
};

/// One thing to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose it is.
    pub card: CardSerial,
    /// The span of the box that hears of it: its calls end. None where no call is touched.
    pub ends_calls_of: Option<SpanId>,
    set: Set,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Set {
    /// What an unassigned span is.
    Kind {
        device: PathBuf,
        local: u8,
        kind: SpanKind,
    },
    /// Gives a span its number.
    Assign {
        device: PathBuf,
        local: u8,
    },
    Line {
        span: i32,
        line: WantedLine,
        port: PortId,
    },
    Channel {
        name: ChannelName,
        channel: i32,
        signalling: u32,
        law: Option<Law>,
        takes_law: bool,
    },
    Canceller {
        name: ChannelName,
        channel: i32,
        canceller: String,
    },
    Start {
        span: i32,
    },
}

impl Step {
    /// Whether it gives a span its number, or says before what the span is.
    pub fn is_number(&self) -> bool {
        matches!(self.set, Set::Kind { .. } | Set::Assign { .. })
    }

    /// Whether it starts a span, which changes nothing where that runs.
    pub fn is_start(&self) -> bool {
        matches!(self.set, Set::Start { .. })
    }
}

/// A step that the kernel refused.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct SetupError {
    /// Which.
    pub what: String,
    /// The kernel's reason.
    pub why: io::Error,
}

/// Whether lines are set that read as they should: their rank as sources of the clock can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Only what differs, so that no call is touched that need not be.
    Differing,
    /// All of them, where there are no calls.
    All,
}

/// What is to be set, in order. Spans without a number get one; what is on them is found when the kernel is asked again.
pub fn steps(board: &Board, devices: &[Device], lines: Lines) -> Vec<Step> {
    WantedSpan::all(board).iter().flat_map(|wanted| span_steps(wanted, devices, lines)).collect()
}

fn span_steps(wanted: &WantedSpan, devices: &[Device], lines: Lines) -> Vec<Step> {
    let Some(device) = device(devices, &wanted.device) else { return Vec::new() };
    if let Some(running) = device.spans.iter().find(|span| span.local == wanted.local) {
        return if is_kind(running.kind, wanted.kind) { running_steps(wanted, running, lines) } else { Vec::new() };
    }
    let unassigned = device.unassigned.iter().find(|(local, _)| *local == wanted.local);
    unassigned.map_or_else(Vec::new, |(local, kind)| assign_steps(wanted, device, *local, *kind))
}

fn assign_steps(wanted: &WantedSpan, device: &Device, local: u8, kind: SpanKind) -> Vec<Step> {
    let step = |set| Step { card: wanted.card, ends_calls_of: None, set };
    let folder = || device.folder.clone();
    let other = trunk_kind(wanted.kind).filter(|_| !is_kind(kind, wanted.kind));
    let turned = other.map(|kind| step(Set::Kind { device: folder(), local, kind }));
    turned.into_iter().chain([step(Set::Assign { device: folder(), local })]).collect()
}

/// What a span of a card that drives both is told to be. No card turns telephones into trunks.
fn trunk_kind(wanted: CardKind) -> Option<SpanKind> {
    match wanted {
        CardKind::E1 => Some(SpanKind::E1),
        CardKind::T1 => Some(SpanKind::T1),
        _ => None,
    }
}

fn running_steps(wanted: &WantedSpan, running: &Span, lines: Lines) -> Vec<Step> {
    let step =
        |ends_calls: bool, set| Step { card: wanted.card, ends_calls_of: ends_calls.then_some(wanted.span), set };
    let mut steps = Vec::new();
    let differs = !compare_line(wanted, running).is_empty();
    if let Some(line) = wanted.line.filter(|_| differs || lines == Lines::All) {
        steps.push(step(true, Set::Line { span: running.number, line, port: wanted.port }));
    }
    for channel in &wanted.channels {
        let Some(runs) = running.channels.iter().find(|runs| runs.place == channel.place) else { continue };
        let sets = channel_sets(wanted, channel, running, runs);
        steps.extend(sets.into_iter().map(|set| step(matches!(set, Set::Channel { .. }), set)));
    }
    steps.push(step(false, Set::Start { span: running.number }));
    steps
}

fn channel_sets(span: &WantedSpan, wanted: &WantedChannel, running: &Span, runs: &Channel) -> Vec<Set> {
    use crate::mismatch::Mismatch;
    let (name, channel) = (wanted.name, runs.number);
    let found = compare_channel(span, wanted, running);
    let mut sets = Vec::new();
    if found.iter().any(|found| matches!(found, Mismatch::Signalling { .. } | Mismatch::Law { .. })) {
        let takes_law = wanted.law.is_some_and(|law| law != runs.law);
        sets.push(Set::Channel { name, channel, signalling: wanted.signalling, law: wanted.law, takes_law });
    }
    let is_other = |found: &Mismatch| matches!(found, Mismatch::Canceller { .. });
    if let Some(canceller) = wanted.canceller.as_ref().filter(|_| found.iter().any(is_other)) {
        sets.push(Set::Canceller { name, channel, canceller: canceller.name().to_owned() });
    }
    sets
}

/// Whoever sets the cards.
#[derive(Debug)]
pub struct Setup(Control);

impl Setup {
    /// Opens the kernel's control.
    ///
    /// # Errors
    /// When the kernel has no DAHDI, or this user may not set it.
    pub fn open() -> io::Result<Setup> {
        Control::look().map(Setup)
    }

    /// Gives a span its number, the next that is free.
    ///
    /// # Errors
    /// The kernel's.
    pub fn number(&self, device: &Device, local: u8) -> io::Result<()> {
        self.set(&Set::Assign { device: device.folder.clone(), local })
    }

    /// Does a step.
    ///
    /// # Errors
    /// [`SetupError`], which names the step.
    pub fn run(&self, step: &Step) -> Result<(), SetupError> {
        self.set(&step.set).map_err(|why| SetupError { what: describe(step), why })
    }

    fn set(&self, set: &Set) -> io::Result<()> {
        let control = self.0.as_fd();
        match set {
            Set::Kind { device, local, kind } => set_kind(device, *local, *kind),
            // 0 is the next number that is free; nothing of the box depends on which it is.
            Set::Assign { device, local } => fs::write(device.join("assign_span"), format!("{local}:0:0")),
            Set::Line { span, line, .. } => {
                ioctl::set_line(control, *span, line.config, i32::from(line.build_out), i32::from(line.timing))
            }
            Set::Channel { channel, signalling, law, takes_law, .. } => {
                ioctl::set_channel(control, *channel, *signalling, law_number(*law))?;
                if *takes_law { take_law(*channel) } else { Ok(()) }
            }
            Set::Canceller { channel, canceller, .. } => ioctl::attach_canceller(control, *channel, canceller),
            Set::Start { span } => ioctl::start_span(control, *span),
        }
    }
}

fn set_kind(device: &std::path::Path, local: u8, kind: SpanKind) -> io::Result<()> {
    let text = format!("{local}:{}", kind.word());
    // Called so where devices have groups of attributes, and without the prefix in older kernels.
    fs::write(device.join("dahdi_spantype"), &text).or_else(|_| fs::write(device.join("spantype"), &text))
}

fn law_number(law: Option<Law>) -> u32 {
    match law {
        None => sys::DAHDI_LAW_DEFAULT,
        Some(Law::A) => sys::DAHDI_LAW_ALAW,
        Some(Law::Mu) => sys::DAHDI_LAW_MULAW,
    }
}

/// A channel takes a new law when it is opened (`initialize_channel`). One that somebody has open takes it the next time.
fn take_law(channel: i32) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open("/dev/dahdi/channel")?;
    match ioctl::specify(file.as_fd(), channel) {
        Err(busy) if busy.raw_os_error() == Some(libc::EBUSY) => Ok(()),
        other => other,
    }
}

fn describe(step: &Step) -> String {
    match &step.set {
        Set::Kind { local, kind, .. } => format!("{}: span {local} as {}", step.card, kind.word()),
        Set::Assign { local, .. } => format!("{}: a number for span {local}", step.card),
        Set::Line { port, .. } => format!("{port}: SPANCONFIG"),
        Set::Channel { name, .. } => format!("{name}: CHANCONFIG"),
        Set::Canceller { name, canceller, .. } => format!("{name}: canceller {canceller}"),
        Set::Start { .. } => format!("{}: STARTUP", step.card),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_board::{REAL, devices};

    fn planned(lines: Lines, change: impl FnOnce(&mut Vec<Device>)) -> Vec<Step> {
        let mut devices = devices();
        change(&mut devices);
        steps(&Board::parse("real.toml", REAL).unwrap(), &devices, lines)
    }

    fn said(steps: &[Step]) -> Vec<String> {
        steps.iter().map(describe).collect()
    }

    #[test]
    fn what_is_right_is_only_started_and_no_call_hears_of_it() {
        let steps = planned(Lines::Differing, |_| ());
        assert_eq!(said(&steps), ["TE: STARTUP", "TE: STARTUP", "TDM-S: STARTUP", "TDM-O: STARTUP"]);
        assert!(steps.iter().all(|step| step.ends_calls_of.is_none()));
    }

    #[test]
    fn a_channel_is_set_alone_and_its_span_is_told_to_end_calls() {
        let steps = planned(Lines::Differing, |devices| devices[0].spans[1].channels[6].law = Law::Mu);
        let [_, set, ..] = &steps[..] else { panic!("{steps:?}") };
        assert_eq!((describe(set).as_str(), set.ends_calls_of), ("TE.2.7: CHANCONFIG", Some(SpanId(1))));
        let wanted = Set::Channel {
            name: "TE.2.7".parse().unwrap(),
            channel: 38,
            signalling: sys::DAHDI_SIG_CLEAR,
            law: Some(Law::A),
            takes_law: true,
        };
        assert_eq!(set.set, wanted);
        assert_eq!(steps.iter().filter(|step| step.ends_calls_of.is_some()).count(), 1);
    }

    #[test]
    fn a_line_is_set_before_its_channels_and_started_last() {
        let steps = planned(Lines::Differing, |devices| {
            devices[0].spans[0].line = 0;
            devices[0].spans[0].channels[0].signalling = sys::DAHDI_SIG_NONE;
        });
        assert_eq!(said(&steps)[..3], ["TE.1: SPANCONFIG", "TE.1.1: CHANCONFIG", "TE: STARTUP"]);
        let Set::Line { line, .. } = &steps[0].set else { panic!() };
        assert_eq!(
            (line.config, line.timing),
            (sys::DAHDI_CONFIG_CCS | sys::DAHDI_CONFIG_HDB3 | sys::DAHDI_CONFIG_CRC4, 1)
        );
    }

    #[test]
    fn where_there_are_no_calls_every_trunk_gets_its_rank_as_a_source_of_the_clock() {
        let steps = planned(Lines::All, |_| ());
        let ranks = steps.iter().filter_map(|step| match &step.set {
            Set::Line { line, .. } => Some(line.timing),
            _ => None,
        });
        assert_eq!(ranks.collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_span_without_a_number_gets_one_and_is_made_an_e1_before() {
        let steps = planned(Lines::Differing, |devices| {
            devices[0].spans.truncate(1);
            devices[0].unassigned.push((2, SpanKind::T1));
        });
        assert_eq!(said(&steps)[1..3], ["TE: span 2 as E1", "TE: a number for span 2"]);
    }

    #[test]
    fn a_span_that_is_wanted_as_a_t1_is_made_one_and_its_line_has_what_a_card_in_t1_mode_takes() {
        let t1 = REAL.replacen("\"e1\"", "\"t1\"", 1).replace(", coding = \"ami\", crc4 = false", "");
        let board = Board::parse("real.toml", &t1).unwrap();
        let mut devices = devices();
        devices[0].spans[0].kind = SpanKind::T1;
        devices[0].spans[0].channels.truncate(24);
        devices[0].spans.truncate(1);
        devices[0].unassigned.push((2, SpanKind::E1));
        let steps = steps(&board, &devices, Lines::Differing);
        assert_eq!(said(&steps)[0], "TE.1: SPANCONFIG");
        let Set::Line { line, .. } = &steps[0].set else { panic!() };
        // `linecompat` of wct4xxp and wcte43x in T1 mode; one bit more and SPANCONFIG refuses the line.
        let takes = sys::DAHDI_CONFIG_AMI | sys::DAHDI_CONFIG_B8ZS | sys::DAHDI_CONFIG_D4 | sys::DAHDI_CONFIG_ESF;
        assert_eq!(line.config, sys::DAHDI_CONFIG_ESF | sys::DAHDI_CONFIG_B8ZS);
        assert_eq!(line.config & !takes, 0);
        let last = said(&steps)[steps.len() - 4..].to_vec();
        assert_eq!(last[..2], ["TE: span 2 as T1", "TE: a number for span 2"], "{last:?}");
    }

    #[test]
    fn hardware_that_is_not_there_or_another_is_not_touched() {
        let steps = planned(Lines::All, |devices| {
            devices.remove(1);
            devices[0].spans[0].kind = SpanKind::T1;
        });
        assert_eq!(said(&steps), ["TE.2: SPANCONFIG", "TE: STARTUP"]);
    }

    #[test]
    fn a_canceller_alone_ends_no_call() {
        let steps = planned(Lines::Differing, |devices| devices[1].spans[0].channels[2].canceller.clear());
        let step = steps.iter().find(|step| describe(step) == "TDM-S.1.0: canceller mg2").unwrap();
        assert_eq!(step.ends_calls_of, None);
    }
}
