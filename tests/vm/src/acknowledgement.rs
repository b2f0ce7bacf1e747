//! A telephone's answer to the alerting signal (CAS) in a talk: GR-30-CORE wants it within 160 ms of the signal's end.

use crate::{
    ear::{linear, share},
    kernel::Block,
};

/// The alerting signal in a talk, in Hz.
const ALERT_HZ: [f64; 2] = [2130.0, 2750.0];
/// It lasts 80 ms; blocks of it that are cut count no less than this.
const ALERT_BLOCKS: usize = 6;

/// Each of the two has half of the power.
const ALERT_SHARE: f64 = 0.3;

/// Listens for the signal.
pub struct Acknowledgement {
    by: Vec<u8>,
    blocks: usize,
}

impl Acknowledgement {
    pub fn new(by: Vec<u8>) -> Acknowledgement {
        Acknowledgement { by, blocks: 0 }
    }

    /// What is to be said now, if the signal has just ended.
    pub fn hears(&mut self, block: &Block) -> Option<Vec<u8>> {
        let samples = block.map(linear);
        if ALERT_HZ.iter().all(|hz| share(&samples, *hz) > ALERT_SHARE) {
            self.blocks += 1;
            return None;
        }
        (std::mem::take(&mut self.blocks) >= ALERT_BLOCKS).then(|| std::mem::take(&mut self.by))
    }
}
