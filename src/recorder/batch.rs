//! What goes from the sealer to the flusher, ten times a second: sealed records and the key halves they need.

use frame::{CallId, RecordingId, Tick};
use vault::{Chain, KeyNo, Secret, Suite, VaultId};

use super::Order;

/// One batch. Its buffers are used again and again.
#[derive(Debug, Default)]
pub struct SealedBatch {
    /// Records, one after the other.
    pub records: Vec<u8>,
    /// How many records.
    pub count: u32,
    /// Whose records they are, in order and without a gap.
    pub groups: Vec<Group>,
    /// Halves `b` that must be durable before the records are.
    pub keys: Vec<(KeyNo, Secret)>,
    /// Recordings whose leaf is durable.
    pub logged: Vec<RecordingId>,
    /// What is to be erased and buried.
    pub orders: Vec<Order>,
    /// All that was said before this tick is in this batch or an earlier one.
    pub horizon: Tick,
}

/// The records of one recording in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The recording.
    pub recording: RecordingId,
    /// The call.
    pub call: CallId,
    /// The part.
    pub part: u16,
    /// Octets of its records.
    pub octets: u32,
    /// The chain after them.
    pub chain: Chain,
    /// Ticks of the longest track so far.
    pub longest_ticks: u64,
    /// Whether the recording's end is among them.
    pub ended: bool,
}

impl SealedBatch {
    /// An empty batch with room for `octets` of records of `recordings`. Written once, so that the memory is there and not
    /// only promised.
    pub fn with_room(octets: usize, recordings: usize) -> SealedBatch {
        let id = RecordingId::from_u64(0);
        let chain = Chain::new(Suite::One, VaultId([0; 16]), id);
        let group = Group {
            recording: id,
            call: CallId::from_u64(0),
            part: 0,
            octets: 0,
            chain,
            longest_ticks: 0,
            ended: false,
        };
        let mut batch = SealedBatch { groups: vec![group; recordings], ..SealedBatch::default() };
        batch.records.resize(octets, 1);
        batch.clear();
        batch
    }

    /// Empties the batch and keeps its buffers.
    pub fn clear(&mut self) {
        self.records.clear();
        self.count = 0;
        self.groups.clear();
        self.keys.clear();
        self.logged.clear();
        self.orders.clear();
    }

    /// Whether there are no records to flush.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
