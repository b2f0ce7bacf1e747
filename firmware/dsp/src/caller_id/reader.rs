//! Reads a caller id that comes as DTMF digits: EN 300 659-1 Annex B, and China's older exchanges.

use super::{CallerId, Withheld};
use crate::dtmf::DtmfDigit;

/// The longest number; what is longer is no caller id.
const DIGITS: usize = 20;

/// Collects digits between the letters of a caller id. Which frame is used need not be known: the caller's number comes
/// after `A`, or alone after `D`; after an `A` the `D` is who diverted the call; `B` says why there is no number.
#[derive(Clone, Debug, Default)]
pub struct DtmfReader {
    fields: [Option<String>; 3],
    /// The letter that came last, as a place in `fields`.
    latest: Option<usize>,
}

impl DtmfReader {
    /// Nothing was heard yet.
    pub fn new() -> DtmfReader {
        DtmfReader::default()
    }

    /// Takes a digit; who calls, when it is whole.
    pub fn process(&mut self, digit: DtmfDigit) -> Option<CallerId> {
        let key = digit.as_char();
        match key {
            'A' => self.begin(0),
            'D' => self.begin(1),
            'B' => self.begin(2),
            '0'..='9' => self.push(key),
            'C' | '#' => return self.end(key),
            // A digit without a frame is somebody's key.
            _ => self.reset(),
        }
        None
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        *self = DtmfReader::default();
    }

    /// Letters come in the order A, D, B; another order is a frame begun anew.
    fn begin(&mut self, field: usize) {
        if self.latest.is_some_and(|latest| latest >= field) {
            self.reset();
        }
        self.fields[field] = Some(String::new());
        self.latest = Some(field);
    }

    fn push(&mut self, key: char) {
        let field = self.latest.and_then(|latest| self.fields[latest].as_mut());
        match field.filter(|digits| digits.len() < DIGITS) {
            Some(digits) => digits.push(key),
            None => self.reset(),
        }
    }

    fn end(&mut self, key: char) -> Option<CallerId> {
        let [caller, other, reason] = std::mem::take(&mut self.fields);
        self.latest = None;
        let number = match (caller, other, reason) {
            (Some(number), ..) if !number.is_empty() => Ok(number),
            (_, Some(code), None) if key == '#' && code == "1" => Err(Withheld::Private),
            (_, Some(code), None) if key == '#' && matches!(code.as_str(), "2" | "3") => Err(Withheld::Unavailable),
            (None, Some(number), None) if !number.is_empty() => Ok(number),
            (_, _, Some(code)) if code == "10" => Err(Withheld::Private),
            (_, _, Some(code)) if code == "00" => Err(Withheld::Unavailable),
            _ => return None,
        };
        Some(CallerId { time: None, number, name: Err(Withheld::Unavailable) })
    }
}
