//! Real line cards: the traits of `line` over `/dev/dahdi`.
//!
//! [`open()`] gives both halves of a card. The audio half belongs to the media thread and makes two system calls a tick for
//! each channel in use, and more where something happened; the signal half belongs to call control. They share the open channels and
//! nothing else but rings.
//! No ioctl is called outside of this crate, and none but those of `ioctl` here.
//! Source: `dahdi/user.h`, and `dahdi-base.c` of DAHDI 2.11 for what the kernel does with it.
//! [`probe()`] tells what the kernel has, [`compare`] where it is set otherwise than the board file says, and [`steps`] with
//! [`Setup`] put it right.
//! Not here: loading kernel modules; echo cancelling of our own; bridging in the kernel, ever.

mod audio;
mod cadence;
mod channel;
mod control;
mod draft;
mod error;
mod event;
mod events;
mod fault;
mod flow;
mod gains;
#[allow(unsafe_code, reason = "the kernel is told the layouts of what it reads and writes")]
mod ioctl;
mod lane;
mod line_totals;
mod mismatch;
mod module_options;
mod name;
mod open;
mod place;
mod plan;
mod probe;
mod ring;
mod setup;
mod signal;
mod span_audio;
#[cfg(test)]
mod tests_board;
mod wanted;

use std::sync::Arc;

use frame::CardSerial;
use rtrb::RingBuffer;
use settings::Board;

use audio::AudioPorts;
use control::Control;
use plan::SpanPlan;
use signal::{SignalPorts, SpanSignal};
use span_audio::SpanAudio;

pub use audio::DahdiAudio;
pub use draft::{draft, jack};
pub use error::{Lack, OpenError, Wanted};
pub use mismatch::{Mismatch, Remedy, compare, line_name, signalling_name};
pub use module_options::{modprobe_file, running_option};
pub use name::{ChannelName, ChannelNameError};
pub use open::{Held, Keep, KeepNothing};
pub use probe::{Channel as ProbedChannel, Device, ProbeError, Span as ProbedSpan, SpanKind, probe};
pub use setup::{Lines, Setup, SetupError, Step, steps};
pub use signal::DahdiSignal;

/// Blocks that the kernel keeps each way: as many as the media thread works off when it comes late.
const BLOCKS: usize = 8;
/// Blocks that are written ahead by a thread of the real-time class: it may be a tick late.
const PREFILL: usize = 2;
/// Blocks that are written ahead by any other thread.
const PREFILL_UNCERTAIN: usize = 4;

/// The check sequence of a frame, which the kernel makes and checks but leaves in the buffer.
const FCS_OCTETS: usize = 2;
/// The room for a frame: 264 octets and its check sequence, and what a longer one of a confused far end needs to be seen.
const FRAME_ROOM: usize = 512;
/// Frames that the kernel keeps each way: four windows of seven, as Q.921 lets be under way.
const FRAME_BUFFERS: usize = 32;

/// What a card is opened with.
pub struct With {
    /// Channels that were kept open since the last life; what is not of this card is left in it.
    pub held: Held,
    /// Who keeps them from now on.
    pub keep: Box<dyn Keep>,
}

/// An opened card.
pub struct Opened {
    /// For the media thread.
    pub audio: DahdiAudio,
    /// For call control.
    pub signal: DahdiSignal,
    /// What it does without.
    pub lacks: Vec<Lack>,
    /// The channels that were kept and are not of this card.
    pub held: Held,
}

/// Opens a card of the board file.
///
/// # Errors
/// [`OpenError`], which names the jack. Nothing stays open then.
pub fn open(board: &Board, card: CardSerial, with: With) -> Result<Opened, OpenError> {
    let plans = SpanPlan::of(board, card).ok_or(OpenError::NotOnBoard)?;
    let control = Arc::new(Control::open().map_err(OpenError::NoModules)?);
    // Every span twice: what it has, and what it gets in its place.
    let (opened, to_audio) = RingBuffer::new(2 * plans.len());
    let (lost, to_signal) = RingBuffer::new(2 * plans.len());
    let audios: Vec<_> = plans.iter().map(|plan| SpanAudio::new(plan.info, Arc::clone(&control))).collect();
    let counters = audios.iter().map(|audio| Arc::clone(&audio.counters));
    let spans: Vec<_> =
        plans.into_iter().zip(counters).map(|(plan, counters)| SpanSignal::new(plan, counters)).collect();
    let count = spans.len();
    let ports = SignalPorts { opened, lost: to_signal };
    let mut signal = DahdiSignal::new(spans, control, with.keep, ports).map_err(OpenError::Process)?;
    let (mut held, mut lacks) = (with.held, Vec::new());
    for index in 0..count {
        lacks.extend(signal.open(index, &mut held)?);
    }
    let mut audio = DahdiAudio::new(audios, AudioPorts { opened: to_audio, lost }).map_err(OpenError::Process)?;
    audio.take_opened();
    Ok(Opened { audio, signal, lacks, held })
}
