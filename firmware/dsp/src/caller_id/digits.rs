//! Caller id as DTMF digits: EN 300 659-1 Annex B, and China's older exchanges.

use crate::dtmf::DtmfDigit;

/// How the number is framed by letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtmfFrame {
    /// `D` number `C`: China, India, Brazil.
    DC,
    /// `A` number `#`: Denmark, the Netherlands, Sweden.
    AHash,
}

/// The digits that tell `number`. Characters that no key has are left out.
pub fn dtmf_digits(number: &str, frame: DtmfFrame) -> Vec<DtmfDigit> {
    let (first, last) = match frame {
        DtmfFrame::DC => ('D', 'C'),
        DtmfFrame::AHash => ('A', '#'),
    };
    let digits = number.chars().filter(char::is_ascii_digit);
    std::iter::once(first).chain(digits).chain(std::iter::once(last)).filter_map(DtmfDigit::of_char).collect()
}
