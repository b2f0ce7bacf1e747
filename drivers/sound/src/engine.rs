//! What the thread of a device does, turn by turn: opens it, moves blocks both ways, counts what was lost, and looks for
//! it again when it is gone.
//!
//! Time is handed in, so that tests turn it by themselves. Of a device with both sides the capture sets the pace, and the
//! box answers each block with one to play. Of one that only plays, each block that was heard is told as a block of
//! silence, so that the box knows its clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::sleep,
    time::Duration,
};

use codec::{decode_tick, encode_tick};
use frame::{Law, OCTETS_PER_TICK, Octets, SpanId, Time, Timeslot};
use line::{Counters, DeviceState, Event, LineEvent};
use os::Wake;
use rtrb::{Consumer, Producer};

use crate::{
    device::{Capture, Device, Lost, Opened, PREFILL_BLOCKS, Playback},
    pace::Pace,
};

/// How often a device that is not there is looked for: a person who plugs it in waits no longer than that.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long a turn waits: half a block, so that what the box gives to play is never late by a whole one.
const WAIT: Duration = Duration::from_millis(5);

/// What joins the thread to the card's halves.
pub(crate) struct Parts {
    pub(crate) span: SpanId,
    pub(crate) law: Law,
    pub(crate) to_box: Producer<Octets>,
    pub(crate) from_box: Consumer<Octets>,
    pub(crate) events: Producer<LineEvent>,
    pub(crate) wake: Wake,
    pub(crate) counters: Arc<Counters>,
}

/// The work of a device's thread.
pub(crate) struct Engine<D> {
    device: D,
    parts: Parts,
    told: Option<DeviceState>,
    running: Option<Running>,
    look_at: Time,
}

/// A device that is open.
struct Running {
    opened: Opened,
    pace: Pace,
    /// Playback alone: blocks that were told as heard, and that the box has not answered yet.
    owed: usize,
}

impl<D: Device> Engine<D> {
    pub(crate) fn new(device: D, parts: Parts) -> Engine<D> {
        Engine { device, parts, told: None, running: None, look_at: Time::ZERO }
    }

    /// Does what can be done now.
    pub(crate) fn turn(&mut self, now: Time) {
        if self.running.is_none() && now >= self.look_at {
            self.look(now);
        }
        let Some(running) = &mut self.running else {
            // What was meant for a device that is gone must not be heard when it is back.
            while self.parts.from_box.pop().is_ok() {}
            return;
        };
        if let Err(state) = running.turn(now, &mut self.parts) {
            self.running = None;
            self.look_at = now + LOOK_AGAIN;
            self.tell(now, state);
        }
    }

    /// Waits until there may be something to do.
    pub(crate) fn wait(&mut self) {
        let capture = self.running.as_mut().and_then(|running| running.opened.capture.as_mut());
        match capture.filter(|capture| capture.has_clock()) {
            Some(capture) => capture.wait(WAIT),
            None => sleep(WAIT),
        }
    }

    fn look(&mut self, now: Time) {
        self.look_at = now + LOOK_AGAIN;
        match self.device.open() {
            Ok(opened) => {
                self.running = Some(Running::new(opened, now));
                self.tell(now, DeviceState::There);
            }
            Err(state) => self.tell(now, state),
        }
    }

    /// Each change is told once.
    fn tell(&mut self, now: Time, state: DeviceState) {
        if self.told != Some(state) {
            let event = self.parts.event(now, Event::Device(state));
            // Without room it is told at the next look.
            if self.parts.events.push(event).is_ok() {
                self.told = Some(state);
            }
        }
    }
}

impl Parts {
    fn event(&self, at: Time, event: Event) -> LineEvent {
        LineEvent { span: self.span, timeslot: Timeslot(0), at, event }
    }

    /// Something was lost at the device.
    fn slip(&mut self, now: Time) {
        let event = self.event(now, Event::Slip);
        // It is counted; without room for the event nobody learns it sooner.
        let _ = self.events.push(event);
    }

    fn give(&mut self, octets: Octets) {
        if self.to_box.push(octets).is_err() {
            add(&self.counters.overruns);
        }
        self.wake.wake();
    }
}

impl Running {
    fn new(opened: Opened, now: Time) -> Running {
        let has_clock = match &opened {
            Opened { capture: Some(capture), .. } => capture.has_clock(),
            Opened { playback: Some(playback), .. } => playback.has_clock(),
            Opened { .. } => false,
        };
        Running { opened, pace: Pace::new(has_clock, now), owed: 0 }
    }

    /// Moves what there is. `Err` is how the device is that was lost.
    fn turn(&mut self, now: Time, parts: &mut Parts) -> Result<(), DeviceState> {
        let Running { opened, pace, owed } = self;
        if let Some(capture) = &mut opened.capture {
            hear(capture.as_mut(), pace, now, parts)?;
        } else if let Some(playback) = &mut opened.playback {
            tell_heard(playback.as_mut(), pace, owed, now, parts)?;
        }
        while let Ok(octets) = parts.from_box.pop() {
            *owed = owed.saturating_sub(1);
            if let Some(playback) = &mut opened.playback {
                play(playback.as_mut(), &octets, owed, now, parts)?;
            }
        }
        Ok(())
    }
}

/// Everything that was captured goes to the box. What has no clock is asked for no more than the box has room for.
fn hear(capture: &mut dyn Capture, pace: &mut Pace, now: Time, parts: &mut Parts) -> Result<(), DeviceState> {
    while capture.has_clock() || !parts.to_box.is_full() && pace.lets(now) {
        match capture.take() {
            Ok(Some(samples)) => {
                let mut octets = [0; OCTETS_PER_TICK];
                encode_tick(parts.law, &samples, &mut octets);
                parts.give(octets);
            }
            Ok(None) => return Ok(()),
            Err(Lost::Blocks) => {
                add(&parts.counters.overruns);
                parts.slip(now);
                return Ok(());
            }
            Err(Lost::Device(state)) => return Err(state),
        }
    }
    Ok(())
}

/// Tells a block of silence for each that was heard.
fn tell_heard(
    playback: &mut dyn Playback,
    pace: &mut Pace,
    owed: &mut usize,
    now: Time,
    parts: &mut Parts,
) -> Result<(), DeviceState> {
    let has_clock = playback.has_clock();
    let waiting = match playback.waiting() {
        Ok(waiting) => waiting,
        Err(lost) => return run_dry(lost, owed, now, parts),
    };
    let heard = PREFILL_BLOCKS.saturating_sub(waiting + *owed);
    let due = if has_clock { heard } else { usize::from(pace.lets(now)) };
    for _ in 0..due {
        *owed += usize::from(has_clock);
        parts.give([parts.law.silence(); OCTETS_PER_TICK]);
    }
    Ok(())
}

fn play(
    playback: &mut dyn Playback,
    octets: &Octets,
    owed: &mut usize,
    now: Time,
    parts: &mut Parts,
) -> Result<(), DeviceState> {
    let mut samples = [0; OCTETS_PER_TICK];
    decode_tick(parts.law, octets, &mut samples);
    match playback.put(&samples) {
        Ok(true) => Ok(()),
        Ok(false) => {
            add(&parts.counters.slips);
            Ok(())
        }
        Err(lost) => run_dry(lost, owed, now, parts),
    }
}

/// Playback ran dry: it was prefilled anew, so nothing is owed any more.
fn run_dry(lost: Lost, owed: &mut usize, now: Time, parts: &mut Parts) -> Result<(), DeviceState> {
    match lost {
        Lost::Blocks => {
            *owed = 0;
            add(&parts.counters.underruns);
            parts.slip(now);
            Ok(())
        }
        Lost::Device(state) => Err(state),
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

#[cfg(test)]
mod tests;
