//! What every line card offers: audio for the media thread, signals for call control.
//!
//! A driver opens a card as two halves, `(Audio, Signal)`, both [`Send`]. The audio half belongs to the media thread,
//! which blocks on nothing else than [`Audio::wait`] of the master card. The signal half belongs to call control.
//! Line events arrive decoded: no driver shows hook edges, because DAHDI gives none.
//! Not here: configuration of cards, which only `board apply` writes.
#![forbid(unsafe_code)]

use std::{
    io,
    os::fd::BorrowedFd,
    sync::{Arc, atomic::AtomicU64},
};

use frame::{Law, SpanId, SpanTick, Time, Timeslot};

/// The longest D-channel frame without its check sequence: Q.921 N201 (260) and the header of an I frame (4).
pub const FRAME_OCTETS: usize = 264;

/// The longest flash of a port that was told none: DAHDI's own (`DAHDI_DEFAULT_RXFLASHTIME`).
pub const FLASH_MS: u16 = 1250;

/// The longest break that is a pulse of a dial (`DAHDI_MAXPULSETIME`): no flash is shorter.
pub const PULSE_MS: u16 = 200;

/// One span of an opened card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanInfo {
    /// The span's number within the box.
    pub span: SpanId,
    /// How its octets are coded, as the driver tells it.
    pub law: Law,
    /// How many timeslots carry something.
    pub timeslots: u8,
}

/// Why [`Audio::wait`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// `blocks` ticks are waiting; more than one when the thread was late.
    Blocks {
        /// How many ticks wait to be read.
        blocks: u8,
    },
    /// The deadline passed without a block.
    Deadline,
    /// The card is gone: pulled, or its process ended. Reading again may succeed when it is back.
    Gone,
}

/// What [`Audio::read`] brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// `rx` holds this tick's octets.
    Fresh,
    /// No block was there: `rx` is untouched, and the media thread conceals the loss.
    Missing,
}

/// The audio half of a card. Nothing in it allocates after it was opened.
///
/// The first events tell how the lines are: the alarms of each E1, of each FXS port whether its handset is lifted
/// ([`Event::OffHook`]) or not ([`Event::OnHook`]), and of each FXO port whether it is fed ([`Event::Battery`]). So a box that was restarted finds who is still on the telephone.
pub trait Audio: Send {
    /// The spans of this card, in the order of the board file.
    fn spans(&self) -> &[SpanInfo];

    /// Blocks until this card has a block, or until `deadline`. Only the master card is waited for.
    fn wait(&mut self, deadline: Time) -> Ready;

    /// Whether the block of the last wait had been there before it was waited for: the box came late.
    fn came_late(&self) -> bool {
        false
    }

    /// Takes one tick of `tick.span` into `tick.rx`.
    fn read(&mut self, tick: &mut SpanTick) -> Block;

    /// Gives `tick.tx` of `tick.span` to the line.
    fn write(&mut self, tick: &SpanTick);

    /// How many ticks lie between a write and the read of the moment in which the line hears it: what is written ahead.
    /// The echo of what was written comes back no sooner.
    fn ahead_ticks(&self) -> usize;

    /// The next line event, in order. Drained once a tick.
    fn poll_event(&mut self) -> Option<LineEvent>;

    /// What is counted of a span of this card; none where the card counts nothing.
    fn counters(&self, span: SpanId) -> Option<Arc<Counters>> {
        let _ = span;
        None
    }
}

/// What a driver counts of one span since it was opened. Read by anyone, written by the driver alone.
#[derive(Debug, Default)]
pub struct Counters {
    /// Ticks in which the card threw audio away, because it was not read in time.
    pub overruns: AtomicU64,
    /// Ticks in which the line heard silence, because nothing was written in time.
    pub underruns: AtomicU64,
    /// Ticks for which this span had no block though it was not in alarm, or its buffers were begun anew.
    pub slips: AtomicU64,
    /// Ticks to which the box came only when the next block was there already.
    pub late_ticks: AtomicU64,
    /// Frames of the D-channel with a wrong check sequence.
    pub bad_fcs: AtomicU64,
    /// Frames of the D-channel that were cut short.
    pub aborts: AtomicU64,
    /// Frames of the D-channel for which there was no room.
    pub frame_overruns: AtomicU64,
    /// Faults of the line itself, as the card counts them.
    pub line: LineCounters,
}

/// What a framer counts of its line (ITU-T G.706, G.821); 0 where a card has none.
#[derive(Debug, Default)]
pub struct LineCounters {
    /// Violations of the line code (HDB3).
    pub code_violations: AtomicU64,
    /// Blocks whose CRC-4 was wrong.
    pub crc4_errors: AtomicU64,
    /// Blocks that the far end told to be wrong (E bits).
    pub far_end_errors: AtomicU64,
    /// Frame alignment signals that were wrong.
    pub framing_errors: AtomicU64,
    /// Seconds with at least one of these.
    pub errored_seconds: AtomicU64,
}

/// The signal half of a card.
pub trait Signal: Send {
    /// What becomes readable when [`Signal::poll`] has something; `None` where the card is polled (virtual time).
    fn readiness(&self) -> Option<BorrowedFd<'_>>;

    /// The next input from the card, if any.
    fn poll(&mut self) -> Option<SignalInput>;

    /// Sends one D-channel frame, without its check sequence.
    ///
    /// # Errors
    /// The kernel's or the simulator's; the frame is lost then, which Q.921 repairs.
    fn send_frame(&mut self, span: SpanId, octets: &[u8]) -> io::Result<()>;

    /// Gives a command to a line.
    ///
    /// # Errors
    /// The kernel's or the simulator's, when the card did not take it.
    fn command(&mut self, span: SpanId, timeslot: Timeslot, command: LineCommand) -> io::Result<()>;
}

/// What the signal half of a card brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignalInput {
    /// A good D-channel frame, without its check sequence.
    Frame {
        /// The span whose D-channel it came on.
        span: SpanId,
        /// The frame from the address octet on.
        octets: Vec<u8>,
    },
    /// A frame that the receiver had to drop. Counted, never fatal.
    BadFrame {
        /// The span whose D-channel it came on.
        span: SpanId,
        /// What was wrong with it.
        fault: FrameFault,
    },
    /// The card of this span is gone; its lines are to be held as in RED alarm until it is back.
    Gone {
        /// Which.
        span: SpanId,
    },
    /// The card of this span is there again.
    Back {
        /// Which.
        span: SpanId,
    },
}

/// Why a D-channel frame was dropped by the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// Its check sequence was wrong.
    BadFcs,
    /// It was cut short by an abort sequence.
    Abort,
    /// It was longer than the buffer, or came while none was free.
    Overrun,
}

/// An event of a line, decoded, with the moment it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineEvent {
    /// The span.
    pub span: SpanId,
    /// The timeslot; for events of the whole span, 0.
    pub timeslot: Timeslot,
    /// When the driver read it.
    pub at: Time,
    /// What happened.
    pub event: Event,
}

/// What happened on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// FXS: the handset was lifted (this also trips ringing). FXO: the far end closed the loop after a start.
    OffHook,
    /// FXS: the handset was put down, told only after the flash time. FXO: the line dropped its battery.
    OnHook,
    /// FXS: the hook was down longer than a pulse and shorter than the flash time.
    Flash,
    /// FXS: a digit was pulsed, `1` to `9`, ten pulses being `0`. As ASCII.
    PulseDigit(u8),
    /// FXO: ringing current began.
    RingBegin,
    /// FXO: ringing current paused or ended.
    RingEnd,
    /// FXO: the line's polarity turned.
    Polarity,
    /// FXO: the exchange feeds the line, or no longer does: the cable is out, or the carrier's end is dead. Another thing than
    /// [`Event::OnHook`], which is a short drop at the end of a call.
    Battery {
        /// Whether the line is fed.
        there: bool,
    },
    /// FXO: the digit of [`LineCommand::DialPulse`] has left.
    DialComplete,
    /// FXS: this port's ringer starts its silent interval.
    RingerOff,
    /// FXS: this port's ringer starts to sound.
    RingerOn,
    /// The span's alarms changed; the new set.
    Alarms(Alarms),
    /// The card lost or invented audio at this timeslot (read overrun, write underrun or slip).
    Slip,
    /// The driver's queue of events overflowed: what a port does must be asked anew.
    EventsLost,
    /// A sound card's device is like this from now on.
    Device(DeviceState),
}

/// How the device of a sound card is. While it is not there its card brings no block, and looks for it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviceState {
    /// It plays and hears.
    There,
    /// No device of that name is plugged in.
    Missing,
    /// Another program has it.
    Busy,
    /// This process may not open it.
    NotAllowed,
    /// It can't be brought to 8 kHz mono in blocks of 10 ms.
    Unfit,
    /// It fails for another reason.
    Failing,
}

/// The alarms of a span, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alarms(u8);

impl Alarms {
    /// All well.
    pub const NONE: Alarms = Alarms(0);
    /// RED: this side has no usable signal (loss of signal or frame).
    pub const RED: Alarms = Alarms(1);
    /// YELLOW: the far side tells that it has no usable signal (remote alarm indication).
    pub const YELLOW: Alarms = Alarms(2);
    /// BLUE: the line carries all ones (alarm indication signal).
    pub const BLUE: Alarms = Alarms(4);
    /// With RED, from a card that tells: a signal arrives, and its framing or multiframe is not found in it.
    pub const UNFRAMED: Alarms = Alarms(8);

    /// Whether all of `other` is set.
    pub const fn contains(self, other: Alarms) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the span carries no usable audio: RED or BLUE.
    pub const fn mutes(self) -> bool {
        self.0 & (Self::RED.0 | Self::BLUE.0) != 0
    }

    /// Both together.
    pub const fn with(self, other: Alarms) -> Alarms {
        Alarms(self.0 | other.0)
    }

    /// The bits, for fixed-size records.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The alarms of `bits`; unknown bits are dropped.
    pub const fn from_bits(bits: u8) -> Alarms {
        Alarms(bits & 15)
    }
}

/// A command to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineCommand {
    /// FXS: ring with this cadence until told otherwise.
    Ring(Cadence),
    /// FXS: stop ringing. FXO: open the loop (hang up).
    OnHook,
    /// FXO: close the loop (seize or answer).
    OffHook,
    /// FXO: dial a digit by pulses. [`Event::DialComplete`] tells that it has left, with the pause after it.
    DialPulse {
        /// `0` to `9`, as ASCII.
        digit: u8,
    },
    /// FXO: open the loop for a flash.
    Flash {
        /// For how many milliseconds.
        ms: u16,
    },
    /// FXS: turn the polarity of the feed (answer supervision towards the telephone).
    Polarity {
        /// Whether tip and ring change places.
        reversed: bool,
    },
    /// FXS: let the telephone hear the port for `ms` milliseconds though it is on-hook: the caller id between two rings.
    /// Without it a card keeps the audio of an on-hook port back (`DAHDI_ONHOOKTRANSFER`).
    OnHookTransfer {
        /// Length in milliseconds.
        ms: u16,
    },
    /// FXS: open the loop for `ms` milliseconds (kewl start disconnect). DAHDI knows one length, which is 500 ms.
    BatteryDrop {
        /// Length in milliseconds.
        ms: u16,
    },
    /// FXS: how long a hook may be down and still have flashed; a hang-up is told when that has passed. A card holds
    /// [`FLASH_MS`] until it is told.
    FlashWindow {
        /// The longest flash in milliseconds; [`PULSE_MS`] at the least.
        max_ms: u16,
    },
    /// FXS: show whether messages wait, by the port's lamp or what the card has in its place.
    MessageLamp {
        /// How many wait; none puts it out.
        messages: u16,
    },
}

/// A ringing cadence: up to two bursts and pauses, repeated, in milliseconds. A burst of 0 ends the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// Pairs of (ringing, silent) in milliseconds.
    pub steps_ms: [(u16, u16); 2],
    /// How far into the cadence it starts, in milliseconds: cards stagger ports to save ringing current.
    pub phase_ms: u16,
}
