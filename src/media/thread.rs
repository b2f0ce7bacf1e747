//! The shell of the media plane: a thread in the real-time class that waits for the master card and works.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use os::{Clock, Realtime};

use super::plane::{LATE_BLOCKS_MAX, Plane};

/// The priority among real-time threads: above everything of the box, below the kernel's own.
const PRIORITY: u8 = 60;

/// How long the card that gives the clock may be silent before another one gives it. The other cards hold eight blocks of
/// 10 ms for a box that comes late; two of them are for the tick that follows and for a kernel that works every 4 ms. So of
/// what they hear nothing is lost by waiting; a tick without a block would be a hole in every voice.
const PATIENCE: Duration = Duration::from_millis(10 * (LATE_BLOCKS_MAX as u64 - 2));

/// The running media thread. Dropping it stops the thread and waits for its end.
pub struct MediaThread {
    stop: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

impl MediaThread {
    /// Starts the thread. `told` gets, once, whether the real-time class was granted.
    ///
    /// # Errors
    /// When the process may not start another thread.
    pub fn start(mut plane: Plane, told: impl FnOnce(Realtime) + Send + 'static) -> io::Result<MediaThread> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let handle = Builder::new().name("media".into()).spawn(move || {
            told(Realtime::request(PRIORITY));
            while !stopped.load(Relaxed) {
                plane.wait_and_work(Clock.now() + PATIENCE);
            }
        })?;
        Ok(MediaThread { stop, handle: Some(handle) })
    }
}

impl Drop for MediaThread {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(handle) = self.handle.take() {
            // A panic of the thread was already told by the panic hook.
            let _ = handle.join();
        }
    }
}
