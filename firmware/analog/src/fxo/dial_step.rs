//! What is dialled on a line: digits, and pauses between them.

use std::collections::VecDeque;

use dsp::dtmf::DtmfDigit;

/// One thing of what is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialStep {
    /// A digit is sent.
    Digit(DtmfDigit),
    /// Nothing is sent for so long.
    Pause {
        /// Milliseconds.
        ms: u16,
    },
    /// Nothing is sent until there is dial tone again. Where none comes the line is let go.
    DialTone,
}

impl DialStep {
    /// These digits, one behind the other.
    pub fn digits(digits: impl IntoIterator<Item = DtmfDigit>) -> Vec<DialStep> {
        digits.into_iter().map(DialStep::Digit).collect()
    }
}

/// Takes the digits before the next pause.
pub(super) fn take_digits(steps: &mut VecDeque<DialStep>) -> Vec<DtmfDigit> {
    let mut digits = Vec::new();
    while let Some(DialStep::Digit(digit)) = steps.front() {
        digits.push(*digit);
        steps.pop_front();
    }
    digits
}
