//! The cards of the board: opened, or held where this process simulates them itself.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread::{Builder, JoinHandle, sleep},
    time::Duration,
};

use dsp::echo::Tail;
use frame::{CardSerial, SpanId};
use line::{Audio, Signal};
use settings::{Board, Card, Driver, Echo, Layout};
use sim::{Operator, World, shell};

use super::kept_lines::{self, KeptLines};
use crate::{
    data_dir::DataDir,
    media::{Cancelling, Clocking, Clocks, Crossing, EchoGauges, Paths},
};

/// A card that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// It does not open.
    #[error("card {serial}: {why}")]
    Open {
        /// Which.
        serial: CardSerial,
        /// The driver's reason.
        why: io::Error,
    },
    /// A real card does not open.
    #[error("card {serial}: {why}")]
    Real {
        /// Which.
        serial: CardSerial,
        /// What the driver found.
        why: dahdi::OpenError,
    },
    /// The simulated cards can't be held here.
    #[error("simulated cards: {0}")]
    Hold(io::Error),
    /// None of the board's cards gives a clock.
    #[error("no card of the clock order is on the board")]
    NoClock,
}

/// Both halves of all cards.
pub struct Cards {
    /// The audio halves, in the order of the board, so that spans are numbered as its layout says.
    pub audio: Vec<Box<dyn Audio>>,
    /// The signal halves, each with its spans.
    pub signals: Vec<(Box<dyn Signal>, Vec<SpanId>)>,
    /// Which card gives the clock.
    pub master: usize,
    /// The simulated cards, where this process holds them.
    pub held: Option<Held>,
}

/// Opens all cards of a board, in its order.
pub(super) fn open_all(board: &Board, lines: &Path) -> Result<Cards, CardError> {
    let mut opened = Cards { audio: Vec::new(), signals: Vec::new(), master: master(board)?, held: None };
    let mut kept = kept_lines::take();
    for card in &board.cards {
        let serial = card.serial;
        let (audio, signal): (Box<dyn Audio>, Box<dyn Signal>) = match card.card {
            Driver::Sim => boxed(open_patiently(lines, serial)).map_err(|why| CardError::Open { serial, why })?,
            Driver::Sound => boxed(open_sound(board, card)).map_err(|why| CardError::Open { serial, why })?,
            Driver::Dahdi => {
                let real = open_real(board, serial, kept)?;
                kept = real.held;
                (Box::new(real.audio), Box::new(real.signal))
            }
        };
        let spans = audio.spans().iter().map(|info| info.span).collect();
        opened.audio.push(audio);
        opened.signals.push((signal, spans));
    }
    kept_lines::let_go(kept);
    Ok(opened)
}

fn open_real(board: &Board, serial: CardSerial, held: dahdi::Held) -> Result<dahdi::Opened, CardError> {
    let with = dahdi::With { held, keep: Box::new(KeptLines::of_environment()) };
    let opened = dahdi::open(board, serial, with).map_err(|why| CardError::Real { serial, why })?;
    for lack in &opened.lacks {
        tracing::warn!(card = %serial, ?lack, "the card works, but not as the board file has it");
    }
    Ok(opened)
}

/// Both halves of a card, whatever drives it.
fn boxed(
    opened: io::Result<(impl Audio + 'static, impl Signal + 'static)>,
) -> io::Result<(Box<dyn Audio>, Box<dyn Signal>)> {
    opened.map(|(audio, signal)| (Box::new(audio) as Box<dyn Audio>, Box::new(signal) as Box<dyn Signal>))
}

/// A sound card opens whether its device is there or not.
fn open_sound(board: &Board, card: &Card) -> io::Result<(sound::SoundAudio, sound::SoundSignal)> {
    // The check of the board gives each sound card one span and its device.
    let span = Layout::of(board).spans_of(card.serial).next().map(|place| (place.span, place.law));
    let (Some((span, law)), Some(device)) = (span, &card.sound) else { return Err(io::ErrorKind::InvalidInput.into()) };
    let (capture, playback) = (device.capture.clone(), device.playback.clone());
    sound::open(&sound::SoundCard { span, law, capture, playback })
}

/// A holder that was just started takes a moment to listen, and one whose box just died takes a moment to notice.
fn open_patiently(lines: &Path, serial: CardSerial) -> io::Result<(shell::SimAudio, shell::SimSignal)> {
    const TRIES: u32 = 40;
    const PAUSE: Duration = Duration::from_millis(25);
    let mut tries = 0;
    loop {
        match sim::open(lines, serial) {
            Err(_) if tries < TRIES => sleep(PAUSE),
            answer => return answer,
        }
        tries += 1;
    }
}

/// What stands between the cards and the media thread.
pub struct Fitted {
    /// The cards, in the order of the board.
    pub audio: Vec<Box<dyn Audio>>,
    /// The clocks of those that run on another one than the box.
    pub clocks: Clocks,
    /// What is known of the echo where the box cancels it.
    pub echoes: EchoGauges,
}

/// Puts cancellers before the cards whose echo the box cancels, and elastic buffers before those that run on another clock
/// than the master: those that no timing cable joins to it.
pub fn fit(board: &Board, audio: Vec<Box<dyn Audio>>, master: usize) -> Fitted {
    let mut fitted = Fitted { audio: Vec::new(), clocks: Clocks::new(), echoes: EchoGauges::new() };
    let master = board.cards.get(master).map(|card| clock_of(board, card.serial));
    for (mut audio, card) in audio.into_iter().zip(&board.cards) {
        let crosses = Some(clock_of(board, card.serial)) != master;
        if card.echo() == Echo::Software {
            let clocking = if crosses { Clocking::Own } else { Clocking::Box };
            let cancelling = Cancelling::new(audio, clocking, tail(card), Paths::of(card.kind));
            fitted.echoes.extend(cancelling.gauges());
            audio = Box::new(cancelling);
        }
        if crosses {
            let crossing = Crossing::new(audio);
            fitted.clocks.extend(crossing.clocks().map(|(info, clock)| (info.span, clock)));
            audio = Box::new(crossing);
        }
        fitted.audio.push(audio);
    }
    fitted
}

fn tail(card: &Card) -> Tail {
    match card.echo_tail_ms() {
        128.. => Tail::Ms128,
        64.. => Tail::Ms64,
        _ => Tail::Ms32,
    }
}

/// The card whose crystal a card runs on, at the end of its timing cables. The check of the board has refused rings.
fn clock_of(board: &Board, serial: CardSerial) -> CardSerial {
    let from = |serial| board.cards.iter().find(|card| card.serial == serial)?.synchronous_with;
    std::iter::successors(Some(serial), |serial| from(*serial)).take(board.cards.len()).last().unwrap_or(serial)
}

fn master(board: &Board) -> Result<usize, CardError> {
    let place = |serial: &CardSerial| board.cards.iter().position(|card| card.serial == *serial);
    board.clock_order.iter().find_map(place).ok_or(CardError::NoClock)
}

/// Simulated cards that this process holds itself, until it is dropped.
pub struct Held {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Nobody operates this outside; the sender keeps its port open.
    _acts: mpsc::Sender<Operator>,
}

/// Where the simulated cards are: at `lines`, else in a thread of this process.
pub(super) fn hold(
    board: &Board,
    lines: Option<PathBuf>,
    data: &DataDir,
) -> Result<(Option<Held>, PathBuf), CardError> {
    let simulated = board.cards.iter().any(|card| card.card == Driver::Sim);
    match lines {
        Some(lines) => Ok((None, lines)),
        None if !simulated => Ok((None, PathBuf::new())),
        None => {
            let path = data.path().join("lines");
            Ok((Some(Held::start(board, &path).map_err(CardError::Hold)?), path))
        }
    }
}

impl Held {
    fn start(board: &Board, path: &Path) -> io::Result<Held> {
        let world = World::new(board, &[], u64::from(std::process::id()));
        let sockets = shell::Sockets { lines: path.to_owned(), peers: Vec::new() };
        let (acts, port) = mpsc::channel();
        let (told, _) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = Builder::new().name("sim".into()).spawn(move || {
            let operator = shell::OperatorPort { acts: port, told };
            if let Err(error) = shell::serve(world, &sockets, operator, &stopped) {
                tracing::error!(%error, "the simulated cards are gone");
            }
        })?;
        Ok(Held { stop, thread: Some(thread), _acts: acts })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already told by the panic hook.
            let _ = thread.join();
        }
    }
}
