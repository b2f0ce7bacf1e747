//! A sound device, as the engine sees it: opened, read and written in blocks, lost, opened again.

use std::time::Duration;

use frame::OCTETS_PER_TICK;
use line::DeviceState;

/// A block: 10 ms of 8 kHz mono, full scale ±32767.
pub(crate) type Samples = [i16; OCTETS_PER_TICK];

/// Blocks of silence that playback begins with: what is heard is so much behind, and a late thread is not heard.
pub(crate) const PREFILL_BLOCKS: usize = 3;

/// Blocks that wait in a device at most: DAHDI's eight. What comes beyond is dropped, so that no delay grows.
pub(crate) const DEVICE_BLOCKS: usize = 8;

/// What can be opened.
pub(crate) trait Device {
    /// Opens it, playback prefilled and capture running; or how it is.
    fn open(&mut self) -> Result<Opened, DeviceState>;
}

/// A device that is open.
pub(crate) struct Opened {
    pub(crate) capture: Option<Box<dyn Capture>>,
    pub(crate) playback: Option<Box<dyn Playback>>,
}

/// The side that hears.
pub(crate) trait Capture {
    /// Whether a crystal paces it. ALSA's own devices for tests have none: they give as fast as they are asked.
    fn has_clock(&self) -> bool;

    /// Waits until something was captured, at most so long.
    fn wait(&mut self, limit: Duration);

    /// The next whole block, where there is one.
    fn take(&mut self) -> Result<Option<Samples>, Lost>;
}

/// The side that is heard.
pub(crate) trait Playback {
    /// As [`Capture::has_clock`].
    fn has_clock(&self) -> bool;

    /// How many blocks wait to be heard.
    fn waiting(&mut self) -> Result<usize, Lost>;

    /// Takes a block; false where [`DEVICE_BLOCKS`] wait already.
    fn put(&mut self, block: &Samples) -> Result<bool, Lost>;
}

/// What went wrong with a device that was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It ran over or dry: something was lost, and it goes on already.
    Blocks,
    /// It is not open any more, and why.
    Device(DeviceState),
}
