//! The messages of the line socket, which joins a box to the process that holds its simulated cards.
//!
//! One message is one packet of a SOCK_SEQPACKET socket, all numbers little-endian. A box connects twice a card: one
//! connection carries audio and line events, the other D-channel frames and commands.
//!
//! ```text
//! octet 0  "RFLN"        magic
//! octet 4  1             version
//! octet 5  kind
//! octet 6  0 0           reserved
//! octet 8  by kind:
//!   1 hello     half u8 (0 audio, 1 signal), serial 16 octets ASCII, padded with 0
//!   2 welcome   for each span: span u16, law u8 (0 A-law, 1 µ-law), timeslots u8
//!   3 refused   reason u8 (1 no such card, 2 taken)
//!   4 tick      number u64, for each span in the order of the welcome: 32 timeslots × 80 octets
//!   5 event     span u16, timeslot u8, event u8, argument u8, 3 octets of 0, time u64 in µs of the boot-time clock
//!   6 frame     span u16, octets
//!   7 bad frame span u16, fault u8 (1 check sequence, 2 abort, 3 overrun)
//!   8 command   span u16, timeslot u8, command u8, five u16
//! ```
//! Box and holder are of one version and on one machine; another version is refused, never guessed.

use frame::{CardSerial, Law, SpanId, Time, Timeslot};
use line::{Alarms, Cadence, DeviceState, Event, FrameFault, LineCommand, LineEvent, SpanInfo};

use crate::lanes::LANES_OCTETS;

/// The most spans of one card.
pub(crate) const SPANS_MAX: usize = 16;
const TICK_HEADER_OCTETS: usize = HEADER_OCTETS + 8;
/// The longest message: a tick of the largest card.
pub(crate) const MESSAGE_OCTETS: usize = TICK_HEADER_OCTETS + SPANS_MAX * LANES_OCTETS;

const HEADER_OCTETS: usize = 8;
const MAGIC: &[u8; 4] = b"RFLN";
const VERSION: u8 = 1;

/// Which half of a card a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Audio,
    Signal,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoSuchCard,
    Taken,
}

/// A message, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Hello { half: Half, serial: CardSerial },
    Welcome(Vec<SpanInfo>),
    Refused(Refusal),
    Tick { number: u64, lanes: &'a [u8] },
    Event(LineEvent),
    Frame { span: SpanId, octets: &'a [u8] },
    BadFrame { span: SpanId, fault: FrameFault },
    Command { span: SpanId, timeslot: Timeslot, command: LineCommand },
}

/// A message that is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAMessage;

impl<'a> Message<'a> {
    /// Reads a message.
    pub(crate) fn parse(packet: &'a [u8]) -> Result<Message<'a>, NotAMessage> {
        let (header, body) = packet.split_at_checked(HEADER_OCTETS).ok_or(NotAMessage)?;
        let [m @ .., version, kind, _, _] = header else { return Err(NotAMessage) };
        if m != MAGIC || *version != VERSION {
            return Err(NotAMessage);
        }
        Message::parse_body(*kind, &mut Reader(body)).ok_or(NotAMessage)
    }

    fn parse_body(kind: u8, body: &mut Reader<'a>) -> Option<Message<'a>> {
        let message = match kind {
            1 => Message::Hello { half: half_of(body.u8()?)?, serial: serial_of(body.take(16)?)? },
            2 => Message::Welcome(parse_spans(body)?),
            3 => Message::Refused(refusal_of(body.u8()?)?),
            4 => Message::Tick { number: body.u64()?, lanes: parse_lanes(body)? },
            5 => Message::Event(parse_event(body)?),
            6 => Message::Frame { span: body.span()?, octets: body.rest() },
            7 => Message::BadFrame { span: body.span()?, fault: fault_of(body.u8()?)? },
            8 => parse_command(body)?,
            _ => return None,
        };
        body.0.is_empty().then_some(message)
    }
}

/// Builds messages in one buffer that is allocated once.
#[derive(Debug)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new() -> Writer {
        Writer(Vec::with_capacity(MESSAGE_OCTETS))
    }

    /// The message that was written last.
    pub(crate) fn packet(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn hello(&mut self, half: Half, serial: CardSerial) -> &[u8] {
        self.begin(1);
        self.0.push(match half {
            Half::Audio => 0,
            Half::Signal => 1,
        });
        let mut padded = [0; 16];
        padded[..serial.as_str().len()].copy_from_slice(serial.as_str().as_bytes());
        self.0.extend(padded);
        &self.0
    }

    pub(crate) fn welcome(&mut self, spans: &[SpanInfo]) -> &[u8] {
        self.begin(2);
        for info in spans {
            self.0.extend(info.span.0.to_le_bytes());
            self.0.extend([number_of_law(info.law), info.timeslots]);
        }
        &self.0
    }

    pub(crate) fn refused(&mut self, refusal: Refusal) -> &[u8] {
        self.begin(3);
        self.0.push(match refusal {
            Refusal::NoSuchCard => 1,
            Refusal::Taken => 2,
        });
        &self.0
    }

    /// Begins a tick; the lanes of its spans follow, each by [`Writer::lanes`].
    pub(crate) fn begin_tick(&mut self, number: u64) {
        self.begin(4);
        self.0.extend(number.to_le_bytes());
    }

    /// Adds the lanes of one span to a tick.
    pub(crate) fn lanes(&mut self, lanes: &[[u8; 80]; 32]) {
        self.0.extend_from_slice(lanes.as_flattened());
    }

    /// How many spans the tick that is being written has by now.
    pub(crate) fn spans_in_tick(&self) -> usize {
        self.0.len().saturating_sub(TICK_HEADER_OCTETS) / LANES_OCTETS
    }

    pub(crate) fn event(&mut self, event: &LineEvent) -> &[u8] {
        let (number, argument) = number_of_event(event.event);
        self.begin(5);
        self.0.extend(event.span.0.to_le_bytes());
        self.0.extend([event.timeslot.0, number, argument, 0, 0, 0]);
        self.0.extend(event.at.as_us().to_le_bytes());
        &self.0
    }

    pub(crate) fn frame(&mut self, span: SpanId, octets: &[u8]) -> &[u8] {
        self.begin(6);
        self.0.extend(span.0.to_le_bytes());
        self.0.extend_from_slice(octets);
        &self.0
    }

    pub(crate) fn bad_frame(&mut self, span: SpanId, fault: FrameFault) -> &[u8] {
        self.begin(7);
        self.0.extend(span.0.to_le_bytes());
        self.0.push(match fault {
            FrameFault::BadFcs => 1,
            FrameFault::Abort => 2,
            FrameFault::Overrun => 3,
        });
        &self.0
    }

    pub(crate) fn command(&mut self, span: SpanId, timeslot: Timeslot, command: LineCommand) -> &[u8] {
        let (number, arguments) = number_of_command(command);
        self.begin(8);
        self.0.extend(span.0.to_le_bytes());
        self.0.extend([timeslot.0, number]);
        arguments.iter().for_each(|argument| self.0.extend(argument.to_le_bytes()));
        &self.0
    }

    fn begin(&mut self, kind: u8) {
        self.0.clear();
        self.0.extend(MAGIC);
        self.0.extend([VERSION, kind, 0, 0]);
    }
}

/// Takes numbers off the front of a packet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|octets| octets[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn span(&mut self) -> Option<SpanId> {
        self.u16().map(SpanId)
    }

    fn timeslot(&mut self) -> Option<Timeslot> {
        self.u8().map(Timeslot)
    }
}

fn half_of(number: u8) -> Option<Half> {
    match number {
        0 => Some(Half::Audio),
        1 => Some(Half::Signal),
        _ => None,
    }
}

fn refusal_of(number: u8) -> Option<Refusal> {
    match number {
        1 => Some(Refusal::NoSuchCard),
        2 => Some(Refusal::Taken),
        _ => None,
    }
}

fn fault_of(number: u8) -> Option<FrameFault> {
    match number {
        1 => Some(FrameFault::BadFcs),
        2 => Some(FrameFault::Abort),
        3 => Some(FrameFault::Overrun),
        _ => None,
    }
}

fn serial_of(padded: &[u8]) -> Option<CardSerial> {
    std::str::from_utf8(padded).ok()?.trim_end_matches('\0').parse().ok()
}

fn number_of_law(law: Law) -> u8 {
    match law {
        Law::A => 0,
        Law::Mu => 1,
    }
}

fn law_of(number: u8) -> Option<Law> {
    match number {
        0 => Some(Law::A),
        1 => Some(Law::Mu),
        _ => None,
    }
}

fn parse_spans(body: &mut Reader<'_>) -> Option<Vec<SpanInfo>> {
    let mut spans = Vec::new();
    while !body.0.is_empty() && spans.len() < SPANS_MAX {
        spans.push(SpanInfo { span: body.span()?, law: law_of(body.u8()?)?, timeslots: body.u8()? });
    }
    Some(spans)
}

fn parse_lanes<'a>(body: &mut Reader<'a>) -> Option<&'a [u8]> {
    let lanes = body.rest();
    (!lanes.is_empty() && lanes.len().is_multiple_of(LANES_OCTETS)).then_some(lanes)
}

fn parse_event(body: &mut Reader<'_>) -> Option<LineEvent> {
    let (span, timeslot, number, argument) = (body.span()?, body.timeslot()?, body.u8()?, body.u8()?);
    body.take(3)?;
    let at = Time::from_us(body.u64()?);
    Some(LineEvent { span, timeslot, at, event: event_of(number, argument)? })
}

fn number_of_event(event: Event) -> (u8, u8) {
    match event {
        Event::OffHook => (1, 0),
        Event::OnHook => (2, 0),
        Event::Flash => (3, 0),
        Event::PulseDigit(digit) => (4, digit),
        Event::RingBegin => (5, 0),
        Event::RingEnd => (6, 0),
        Event::Polarity => (7, 0),
        Event::RingerOff => (8, 0),
        Event::RingerOn => (9, 0),
        Event::Alarms(alarms) => (10, alarms.bits()),
        Event::Slip => (11, 0),
        Event::EventsLost => (12, 0),
        Event::DialComplete => (13, 0),
        Event::Device(state) => (14, DEVICE_STATES.iter().position(|known| *known == state).unwrap_or(0) as u8),
        Event::Battery { there } => (15, u8::from(there)),
    }
}

fn event_of(number: u8, argument: u8) -> Option<Event> {
    Some(match number {
        1 => Event::OffHook,
        2 => Event::OnHook,
        3 => Event::Flash,
        4 => Event::PulseDigit(argument),
        5 => Event::RingBegin,
        6 => Event::RingEnd,
        7 => Event::Polarity,
        8 => Event::RingerOff,
        9 => Event::RingerOn,
        10 => Event::Alarms(Alarms::from_bits(argument)),
        11 => Event::Slip,
        12 => Event::EventsLost,
        13 => Event::DialComplete,
        15 => Event::Battery { there: argument != 0 },
        14 => Event::Device(*DEVICE_STATES.get(usize::from(argument))?),
        _ => return None,
    })
}

/// The states of a sound card's device, by their numbers.
const DEVICE_STATES: [DeviceState; 6] = [
    DeviceState::There,
    DeviceState::Missing,
    DeviceState::Busy,
    DeviceState::NotAllowed,
    DeviceState::Unfit,
    DeviceState::Failing,
];

fn number_of_command(command: LineCommand) -> (u8, [u16; 5]) {
    match command {
        LineCommand::Ring(Cadence { steps_ms: [(on, off), (then_on, then_off)], phase_ms }) => {
            (1, [on, off, then_on, then_off, phase_ms])
        }
        LineCommand::OnHook => (2, [0; 5]),
        LineCommand::OffHook => (3, [0; 5]),
        LineCommand::Flash { ms } => (4, [ms, 0, 0, 0, 0]),
        LineCommand::Polarity { reversed } => (5, [u16::from(reversed), 0, 0, 0, 0]),
        LineCommand::BatteryDrop { ms } => (6, [ms, 0, 0, 0, 0]),
        LineCommand::OnHookTransfer { ms } => (7, [ms, 0, 0, 0, 0]),
        LineCommand::DialPulse { digit } => (8, [u16::from(digit), 0, 0, 0, 0]),
        LineCommand::MessageLamp { messages } => (9, [messages, 0, 0, 0, 0]),
        LineCommand::FlashWindow { max_ms } => (10, [max_ms, 0, 0, 0, 0]),
    }
}

fn parse_command<'a>(body: &mut Reader<'_>) -> Option<Message<'a>> {
    let (span, timeslot, number) = (body.span()?, body.timeslot()?, body.u8()?);
    let [a, b, c, d, e] = [body.u16()?, body.u16()?, body.u16()?, body.u16()?, body.u16()?];
    let command = match number {
        1 => LineCommand::Ring(Cadence { steps_ms: [(a, b), (c, d)], phase_ms: e }),
        2 => LineCommand::OnHook,
        3 => LineCommand::OffHook,
        4 => LineCommand::Flash { ms: a },
        5 => LineCommand::Polarity { reversed: a != 0 },
        6 => LineCommand::BatteryDrop { ms: a },
        7 => LineCommand::OnHookTransfer { ms: a },
        8 => LineCommand::DialPulse { digit: u8::try_from(a).ok()? },
        9 => LineCommand::MessageLamp { messages: a },
        10 => LineCommand::FlashWindow { max_ms: a },
        _ => return None,
    };
    Some(Message::Command { span, timeslot, command })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: SpanId = SpanId(3);
    const TIMESLOT: Timeslot = Timeslot(7);

    /// Every message once, written.
    fn written() -> Vec<Vec<u8>> {
        let mut writer = Writer::new();
        let mut all = vec![
            writer.hello(Half::Audio, "SIM-E1-1".parse().unwrap()).to_vec(),
            writer.hello(Half::Signal, "0123456789abcdef".parse().unwrap()).to_vec(),
            writer.welcome(&[SpanInfo { span: SPAN, law: Law::Mu, timeslots: 8 }; 2]).to_vec(),
            writer.refused(Refusal::Taken).to_vec(),
            writer.frame(SPAN, &[2, 1, 0x7f]).to_vec(),
            writer.bad_frame(SPAN, FrameFault::Overrun).to_vec(),
        ];
        for (_, event) in (0..=15).filter_map(|number| Some((number, event_of(number, 5)?))) {
            all.push(
                writer.event(&LineEvent { span: SPAN, timeslot: TIMESLOT, at: Time::from_us(123), event }).to_vec(),
            );
        }
        for command in COMMANDS {
            all.push(writer.command(SPAN, TIMESLOT, command).to_vec());
        }
        writer.begin_tick(42);
        (0..4).for_each(|span| writer.lanes(&[[span; 80]; 32]));
        all.push(writer.packet().to_vec());
        all
    }

    const COMMANDS: [LineCommand; 10] = [
        LineCommand::Ring(Cadence { steps_ms: [(400, 200), (401, 2000)], phase_ms: 17 }),
        LineCommand::OnHook,
        LineCommand::OffHook,
        LineCommand::Flash { ms: 100 },
        LineCommand::Polarity { reversed: true },
        LineCommand::BatteryDrop { ms: 800 },
        LineCommand::OnHookTransfer { ms: 1200 },
        LineCommand::DialPulse { digit: b'7' },
        LineCommand::MessageLamp { messages: 3 },
        LineCommand::FlashWindow { max_ms: 800 },
    ];

    fn write(message: &Message<'_>) -> Vec<u8> {
        let mut writer = Writer::new();
        match message {
            Message::Hello { half, serial } => writer.hello(*half, *serial),
            Message::Welcome(spans) => writer.welcome(spans),
            Message::Refused(refusal) => writer.refused(*refusal),
            Message::Tick { number, lanes } => {
                writer.begin_tick(*number);
                writer.0.extend_from_slice(lanes);
                writer.packet()
            }
            Message::Event(event) => writer.event(event),
            Message::Frame { span, octets } => writer.frame(*span, octets),
            Message::BadFrame { span, fault } => writer.bad_frame(*span, *fault),
            Message::Command { span, timeslot, command } => writer.command(*span, *timeslot, *command),
        }
        .to_vec()
    }

    #[test]
    fn what_was_written_is_read_back_the_same() {
        let all = written();
        assert_eq!(all.len(), 6 + 15 + 10 + 1);
        for packet in all {
            let message = Message::parse(&packet).unwrap();
            assert_eq!(write(&message), packet, "{message:?}");
        }
    }

    #[test]
    fn the_arguments_arrive() {
        let mut writer = Writer::new();
        for command in COMMANDS {
            let expected = Message::Command { span: SPAN, timeslot: TIMESLOT, command };
            assert_eq!(Message::parse(writer.command(SPAN, TIMESLOT, command)), Ok(expected));
        }
        writer.begin_tick(9);
        writer.lanes(&[[1; 80]; 32]);
        assert_eq!(writer.spans_in_tick(), 1);
        assert_eq!(Message::parse(writer.packet()), Ok(Message::Tick { number: 9, lanes: &[1; 2560] }));
    }

    #[test]
    fn a_cut_lengthened_or_foreign_message_is_refused() {
        for packet in written() {
            let is_frame = packet[5] == 6;
            for len in 0..packet.len().min(40) {
                let cut = Message::parse(&packet[..len]);
                // A frame of any length is one, and a welcome may have fewer spans.
                assert!(
                    cut.is_err() || is_frame || matches!(cut, Ok(Message::Welcome(_))),
                    "{len} octets of kind {}",
                    packet[5]
                );
            }
            let mut other = packet.clone();
            other[4] = VERSION + 1;
            assert_eq!(Message::parse(&other), Err(NotAMessage));
        }
    }

    #[test]
    fn any_octets_are_read_or_refused() {
        let mut state = 1_u32;
        for _ in 0..50_000 {
            let mut packet = b"RFLN\x01".to_vec();
            for _ in 0..state % 40 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                packet.push((state >> 24) as u8 % 16);
            }
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) >> 1;
            let _ = Message::parse(&packet);
        }
    }
}
