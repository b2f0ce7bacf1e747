//! A sound device through ALSA: 8 kHz mono of 16 bits, non-blocking, in periods of 10 ms.
//!
//! Source: alsa-lib, PCM interface (`snd_pcm_open`, `snd_pcm_readi`, `snd_pcm_writei`, `snd_pcm_recover`). A device that
//! was pulled answers ENODEV; one that ran over or dry EPIPE, one that slept ESTRPIPE.

use std::{thread::sleep, time::Duration};

use alsa::{
    Direction, Error, Output, PCM, ValueOr,
    pcm::{Access, Format, Frames, HwParams, State},
};
use frame::OCTETS_PER_TICK;
use line::DeviceState;
use nix::errno::Errno;

use crate::device::{Capture, DEVICE_BLOCKS, Device, Lost, Opened, PREFILL_BLOCKS, Playback, Samples};

const RATE_HZ: u32 = 8000;
const BLOCK: Frames = OCTETS_PER_TICK as Frames;
/// A period beyond this comes in bursts that the elastic buffer before the media thread (3 ticks) can't even out.
const LONGEST_PERIOD: Frames = 2 * BLOCK;
const SILENCE: Samples = [0; OCTETS_PER_TICK];

/// A device by its names in ALSA.
pub(crate) struct AlsaDevice {
    capture: Option<String>,
    playback: Option<String>,
}

impl AlsaDevice {
    pub(crate) fn new(capture: Option<String>, playback: Option<String>) -> AlsaDevice {
        AlsaDevice { capture, playback }
    }
}

impl Device for AlsaDevice {
    fn open(&mut self) -> Result<Opened, DeviceState> {
        // ALSA tells each failure on the standard error output, once a second here. From now on it tells it into memory,
        // which is let go at the next try: the state says it, in two languages.
        let _quiet = Output::local_error_handler();
        let playback = self.playback.as_deref().map(AlsaPlayback::open).transpose()?;
        let capture = self.capture.as_deref().map(AlsaCapture::open).transpose()?;
        Ok(Opened {
            capture: capture.map(|side| Box::new(side) as Box<dyn Capture>),
            playback: playback.map(|side| Box::new(side) as Box<dyn Playback>),
        })
    }
}

/// The side that hears.
struct AlsaCapture {
    pcm: PCM,
    has_clock: bool,
    /// The block that is being captured, and how much of it is there.
    block: Samples,
    filled: usize,
}

impl AlsaCapture {
    fn open(name: &str) -> Result<AlsaCapture, DeviceState> {
        let pcm = open(name, Direction::Capture)?;
        pcm.start().map_err(state_of)?;
        // A crystal has made nothing yet.
        let has_clock = pcm.avail_update().map_err(state_of)? < BLOCK;
        Ok(AlsaCapture { pcm, has_clock, block: SILENCE, filled: 0 })
    }

    fn recover(&mut self, error: Error) -> Lost {
        self.filled = 0;
        let again = recover(&self.pcm, error);
        // A recovered capture is only prepared; it starts with the first read, or here.
        if again == Lost::Blocks && self.pcm.state() == State::Prepared {
            return self.pcm.start().map_or_else(|error| Lost::Device(state_of(error)), |()| Lost::Blocks);
        }
        again
    }
}

impl Capture for AlsaCapture {
    fn has_clock(&self) -> bool {
        self.has_clock
    }

    fn wait(&mut self, limit: Duration) {
        let ms = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
        // An error is told by the next read; it must not turn the thread in a circle until then.
        if self.pcm.wait(Some(ms)).is_err() {
            sleep(limit);
        }
    }

    fn take(&mut self) -> Result<Option<Samples>, Lost> {
        let read = self.pcm.io_i16().and_then(|io| io.readi(&mut self.block[self.filled..]));
        match read {
            Ok(frames) => self.filled += frames,
            Err(error) if is_empty(error) => return Ok(None),
            Err(error) => return Err(self.recover(error)),
        }
        if self.filled < OCTETS_PER_TICK {
            return Ok(None);
        }
        self.filled = 0;
        Ok(Some(self.block))
    }
}

/// The side that is heard.
struct AlsaPlayback {
    pcm: PCM,
    buffer: Frames,
    has_clock: bool,
}

impl AlsaPlayback {
    fn open(name: &str) -> Result<AlsaPlayback, DeviceState> {
        let pcm = open(name, Direction::Playback)?;
        let buffer = pcm.get_params().map_err(state_of)?.0 as Frames;
        let mut playback = AlsaPlayback { pcm, buffer, has_clock: true };
        playback.prefill().map_err(state_of)?;
        // A crystal has played nothing yet.
        playback.has_clock = playback.buffered().map_err(state_of)? >= BLOCK;
        Ok(playback)
    }

    fn prefill(&self) -> alsa::Result<()> {
        for _ in 0..PREFILL_BLOCKS {
            self.pcm.io_i16()?.writei(&SILENCE)?;
        }
        if self.pcm.state() == State::Prepared { self.pcm.start() } else { Ok(()) }
    }

    fn buffered(&self) -> alsa::Result<Frames> {
        Ok((self.buffer - self.pcm.avail_update()?).max(0))
    }

    fn recover(&self, error: Error) -> Lost {
        match recover(&self.pcm, error) {
            Lost::Blocks => self.prefill().map_or_else(|error| Lost::Device(state_of(error)), |()| Lost::Blocks),
            gone => gone,
        }
    }
}

impl Playback for AlsaPlayback {
    fn has_clock(&self) -> bool {
        self.has_clock
    }

    fn waiting(&mut self) -> Result<usize, Lost> {
        let buffered = self.buffered().map_err(|error| self.recover(error))?;
        Ok((buffered / BLOCK) as usize)
    }

    fn put(&mut self, block: &Samples) -> Result<bool, Lost> {
        let buffered = self.buffered().map_err(|error| self.recover(error))?;
        let room = (DEVICE_BLOCKS as Frames * BLOCK).min(self.buffer);
        if buffered + BLOCK > room {
            return Ok(false);
        }
        let written = self.pcm.io_i16().and_then(|io| io.writei(block));
        written.map(|frames| frames == block.len()).map_err(|error| self.recover(error))
    }
}

fn open(name: &str, direction: Direction) -> Result<PCM, DeviceState> {
    let pcm = PCM::new(name, direction, true).map_err(state_of)?;
    shape(&pcm).map_err(shape_state)?;
    let period = pcm.get_params().map_err(shape_state)?.1 as Frames;
    if period > LONGEST_PERIOD { Err(DeviceState::Unfit) } else { Ok(pcm) }
}

fn shape(pcm: &PCM) -> alsa::Result<()> {
    let params = HwParams::any(pcm)?;
    params.set_access(Access::RWInterleaved)?;
    params.set_format(Format::s16())?;
    params.set_channels(1)?;
    params.set_rate(RATE_HZ, ValueOr::Nearest)?;
    params.set_period_size_near(BLOCK, ValueOr::Nearest)?;
    params.set_buffer_size_near(DEVICE_BLOCKS as Frames * BLOCK)?;
    pcm.hw_params(&params)
}

/// Puts a stream right that ran over or dry or slept; anything else has lost the device.
fn recover(pcm: &PCM, error: Error) -> Lost {
    match Errno::from_raw(error.errno()) {
        Errno::EPIPE | Errno::ESTRPIPE => {
            pcm.try_recover(error, true).map_or_else(|error| Lost::Device(state_of(error)), |()| Lost::Blocks)
        }
        _ => Lost::Device(state_of(error)),
    }
}

fn is_empty(error: Error) -> bool {
    Errno::from_raw(error.errno()) == Errno::EAGAIN
}

/// How a device is that a call fails on.
fn state_of(error: Error) -> DeviceState {
    match Errno::from_raw(error.errno()) {
        Errno::ENOENT | Errno::ENODEV | Errno::ENXIO => DeviceState::Missing,
        // An open that does not block is told EAGAIN by some drivers where it would have to wait for another program.
        Errno::EBUSY | Errno::EAGAIN => DeviceState::Busy,
        Errno::EACCES | Errno::EPERM => DeviceState::NotAllowed,
        _ => DeviceState::Failing,
    }
}

/// Where a device is there but its shape is refused, it is the shape.
fn shape_state(error: Error) -> DeviceState {
    match state_of(error) {
        DeviceState::Failing => DeviceState::Unfit,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_told_as_what_can_be_done_about_it() {
        let state = |errno: Errno| state_of(Error::new("snd_pcm_open", errno as i32));
        assert_eq!(state(Errno::ENOENT), DeviceState::Missing, "no such name");
        assert_eq!(state(Errno::ENODEV), DeviceState::Missing, "pulled");
        assert_eq!(state(Errno::EBUSY), DeviceState::Busy);
        assert_eq!(state(Errno::EACCES), DeviceState::NotAllowed);
        assert_eq!(state(Errno::EIO), DeviceState::Failing);
        assert_eq!(shape_state(Error::new("snd_pcm_hw_params", Errno::EINVAL as i32)), DeviceState::Unfit);
    }
}
