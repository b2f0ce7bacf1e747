//! Reads a caller id that comes as DTMF digits: EN 300 659-1 Annex B, and China's older exchanges.

use crate::dtmf::DtmfDigit;

/// The longest number; what is longer is no caller id.
const DIGITS: usize = 20;

/// Collects digits between the frames of a caller id. Which frame is used need not be known.
#[derive(Clone, Debug, Default)]
pub struct DtmfReader {
    /// The digits since the first letter, where one has come.
    digits: Option<String>,
}

impl DtmfReader {
    /// Nothing was heard yet.
    pub fn new() -> DtmfReader {
        DtmfReader::default()
    }

    /// Takes a digit; the number, when it is whole.
    pub fn process(&mut self, digit: DtmfDigit) -> Option<String> {
        match (digit.as_char(), &mut self.digits) {
            ('D' | 'A', digits) => *digits = Some(String::new()),
            ('C' | '#', digits @ Some(_)) => return digits.take().filter(|number| !number.is_empty()),
            ('0'..='9', Some(digits)) if digits.len() < DIGITS => digits.push(digit.as_char()),
            // A digit without a frame is somebody's key; a frame with too many is none.
            (_, digits) => *digits = None,
        }
        None
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.digits = None;
    }
}
