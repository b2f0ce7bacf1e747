//! Caller id as DTMF digits: EN 300 659-1 Annex B, and China's older exchanges.
//!
//! Which countries have which frame: as the header of SpanDSP's `adsi.h` lists them.

use super::{CallerId, Withheld};
use crate::dtmf::DtmfDigit;

/// How the number is framed by letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtmfFrame {
    /// `D` number `C`: China, Taiwan, Kuwait. It has no word for a number that is not known.
    DC,
    /// `A` number `#`, and `D` reason `#` where there is none: Denmark, the Netherlands.
    AHash,
    /// `A` number `C`, and `B` reason `C` where there is none: Belgium, Brazil, Finland, India, Sweden.
    AC,
}

/// The digits that tell who calls; none where the frame can't say it. Characters that no key has are left out.
pub fn dtmf_digits(caller: &CallerId, frame: DtmfFrame) -> Vec<DtmfDigit> {
    let number = caller.number.as_deref().map(|number| number.chars().filter(char::is_ascii_digit).collect::<String>());
    let keys = match (frame, number) {
        (DtmfFrame::DC, Ok(number)) => format!("D{number}C"),
        (DtmfFrame::DC, Err(_)) => String::new(),
        (DtmfFrame::AHash, Ok(number)) => format!("A{number}#"),
        (DtmfFrame::AHash, Err(Withheld::Private)) => "D1#".to_owned(),
        (DtmfFrame::AHash, Err(Withheld::Unavailable)) => "D3#".to_owned(),
        (DtmfFrame::AC, Ok(number)) => format!("A{number}C"),
        (DtmfFrame::AC, Err(Withheld::Private)) => "B10C".to_owned(),
        (DtmfFrame::AC, Err(Withheld::Unavailable)) => "B00C".to_owned(),
    };
    keys.chars().filter_map(DtmfDigit::of_char).collect()
}
