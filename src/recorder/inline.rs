//! The whole recorder in one thread, for virtual time: the same sealer and flusher, driven by whoever holds the ticks.

use std::{collections::VecDeque, io};

use frame::{SpanTick, Stamp, Tick};
use vault::Random;

use super::{
    Flusher, OpenRecording, RecorderCommand, RecorderEvent, RecorderSettings, SealFor, Sealer, batch::SealedBatch,
    store::Store,
};

/// Steps of copying after each batch: enough that finished recordings get their objects while calls go on.
const STEPS_PER_BATCH: usize = 4;

/// Sealer and flusher without threads.
pub struct InlineRecorder {
    sealer: Sealer,
    flusher: Flusher,
    /// Batches that the flusher has not taken.
    waiting: VecDeque<SealedBatch>,
    capacity: usize,
    open: Vec<OpenRecording>,
    events: VecDeque<RecorderEvent>,
}

impl InlineRecorder {
    /// Recovers what `store` holds and is ready for ticks.
    ///
    /// # Errors
    /// The store's.
    pub fn start(
        store: Box<dyn Store>,
        seal_for: SealFor,
        settings: RecorderSettings,
        now: Stamp,
        mut random: impl FnMut() -> Box<dyn Random + Send>,
    ) -> io::Result<InlineRecorder> {
        let (flusher, resume) =
            Flusher::start(store, seal_for.vault, &settings, now, random()).map_err(|(_, error)| error)?;
        let capacity = settings.buffer_batches;
        let sealer = Sealer::new(settings, seal_for, resume.next_key, &resume.open, random());
        let (waiting, events) = (VecDeque::new(), VecDeque::new());
        Ok(InlineRecorder { sealer, flusher, waiting, capacity, open: resume.open, events })
    }

    /// Recordings of an earlier life that wait for another part or for their end.
    pub fn open(&self) -> &[OpenRecording] {
        &self.open
    }

    /// Takes a command.
    pub fn handle_command(&mut self, command: RecorderCommand) {
        self.sealer.handle_command(command);
    }

    /// Takes a tick of one span.
    pub fn seal_tick(&mut self, tick: &SpanTick) {
        self.sealer.seal_tick(tick);
        if !self.sealer.batch_due() {
            return;
        }
        if self.waiting.len() < self.capacity {
            let mut batch = SealedBatch::default();
            self.sealer.close_batch(&mut batch);
            self.waiting.push_back(batch);
        } else {
            self.sealer.give_up();
        }
        self.flush();
    }

    /// Seals and writes everything that is left, and copies what has ended: the daemon ends.
    pub fn close(&mut self) {
        let mut batch = SealedBatch::default();
        self.sealer.close_all(&mut batch);
        self.waiting.push_back(batch);
        self.flush();
        while self.flusher.has_finished() && self.flusher.step() {}
    }

    #[cfg(test)]
    pub(super) fn sealer_mut(&mut self) -> &mut Sealer {
        &mut self.sealer
    }

    fn flush(&mut self) {
        while self.waiting.pop_front_if(|batch| self.flusher.flush(batch)).is_some() {}
        for _ in 0..STEPS_PER_BATCH {
            self.flusher.step();
        }
    }

    /// All that was said before this tick is durable.
    pub fn durable_to(&self) -> Tick {
        self.flusher.durable_to()
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<RecorderEvent> {
        self.events.pop_front().or_else(|| self.sealer.poll_event()).or_else(|| self.flusher.poll_event())
    }
}
