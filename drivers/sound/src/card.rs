//! The two halves of a sound card, as the box holds them, and the thread behind them.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::Builder,
    time::Duration,
};

use frame::{SpanId, SpanTick, Time, Timeslot};
use line::{Audio, Block, Counters, LineCommand, LineEvent, Ready, Signal, SignalInput, SpanInfo};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use os::{Clock, Realtime, Wake};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::{
    SoundCard,
    device::PREFILL_BLOCKS,
    engine::{Engine, Parts},
    pcm::AlsaDevice,
};

/// Blocks that wait between the device's thread and the media thread, each way: DAHDI's eight.
const BLOCKS: usize = 8;

/// Events that wait: a device changes its state once a second at most, and events are drained each tick.
const EVENTS: usize = 64;

/// Below the media thread's 60, above everything else: it feeds the device that the operator listens to.
const PRIORITY: u8 = 55;

/// Opens a sound card. Its device need not be there: the first event tells how it is.
///
/// # Errors
/// When the process may not start another thread, or has no descriptor left.
pub fn open(card: &SoundCard) -> io::Result<(SoundAudio, SoundSignal)> {
    let (to_box, from_device) = RingBuffer::new(BLOCKS);
    let (to_device, from_box) = RingBuffer::new(BLOCKS);
    let (tell, events) = RingBuffer::new(EVENTS);
    let (wake, counters, stop) = (Wake::new()?, Arc::new(Counters::default()), Arc::new(AtomicBool::new(false)));
    let parts = Parts {
        span: card.span,
        law: card.law,
        to_box,
        from_box,
        events: tell,
        wake: wake.clone(),
        counters: Arc::clone(&counters),
    };
    let (device, stopped) = (AlsaDevice::new(card.capture.clone(), card.playback.clone()), Arc::clone(&stop));
    Builder::new().name("sound".into()).spawn(move || run(Engine::new(device, parts), &stopped))?;
    let info = SpanInfo { span: card.span, law: card.law, timeslots: 1 };
    let audio = SoundAudio { infos: [info], from_device, to_device, events, wake, counters, stop };
    Ok((audio, SoundSignal(())))
}

/// The thread of a device. It is not waited for at the end: a device that hangs must not hold up a stop.
fn run(mut engine: Engine<AlsaDevice>, stop: &AtomicBool) {
    // Without the right it runs as any other thread; the media thread has told of that.
    let _ = Realtime::request(PRIORITY);
    while !stop.load(Relaxed) {
        engine.turn(Clock.now());
        engine.wait();
    }
}

/// The audio half. Nothing in it allocates or calls ALSA.
pub struct SoundAudio {
    infos: [SpanInfo; 1],
    from_device: Consumer<frame::Octets>,
    to_device: Producer<frame::Octets>,
    events: Consumer<LineEvent>,
    wake: Wake,
    counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
}

impl Audio for SoundAudio {
    fn spans(&self) -> &[SpanInfo] {
        &self.infos
    }

    fn wait(&mut self, deadline: Time) -> Ready {
        loop {
            self.wake.take();
            let blocks = self.from_device.slots();
            if blocks > 0 {
                return Ready::Blocks { blocks: blocks as u8 };
            }
            let now = Clock.now();
            if now >= deadline {
                return Ready::Deadline;
            }
            wait_for(&self.wake, deadline.since(now));
        }
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        self.from_device.pop().map_or(Block::Missing, |octets| {
            tick.rx[0] = octets;
            Block::Fresh
        })
    }

    fn write(&mut self, tick: &SpanTick) {
        // Full is a device that does not play; its thread counts what it loses, and this is the same loss.
        let _ = self.to_device.push(tick.tx[0]);
    }

    fn ahead_ticks(&self) -> usize {
        PREFILL_BLOCKS
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        self.events.pop().ok()
    }

    fn counters(&self, span: SpanId) -> Option<Arc<Counters>> {
        (span == self.infos[0].span).then(|| Arc::clone(&self.counters))
    }
}

impl Drop for SoundAudio {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

/// Waits for a wake-up, at most so long. An interrupted wait is a short one: the caller looks at its clock.
fn wait_for(wake: &Wake, limit: Duration) {
    let mut fds = [PollFd::new(wake.as_fd(), PollFlags::POLLIN)];
    let ms = u16::try_from(limit.as_millis()).unwrap_or(u16::MAX).max(1);
    let _ = poll(&mut fds, PollTimeout::from(ms));
}

/// The signal half: a sound card has no signalling, and no line that could be commanded.
pub struct SoundSignal(());

impl Signal for SoundSignal {
    fn readiness(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn poll(&mut self) -> Option<SignalInput> {
        None
    }

    fn send_frame(&mut self, _span: SpanId, _octets: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Its hook is up or down in call control alone, and it rings by a tone: there is nothing to do.
    fn command(&mut self, _span: SpanId, _timeslot: Timeslot, _command: LineCommand) -> io::Result<()> {
        Ok(())
    }
}
