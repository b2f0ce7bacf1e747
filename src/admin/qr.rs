//! QR codes on a page (ISO/IEC 18004), as a path that any browser draws.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// White modules around a code.
const QUIET_ZONE: usize = 4;

/// A QR code.
pub(super) struct Code {
    /// Modules on a side, with the quiet zone.
    pub(super) side: usize,
    /// The dark modules, as an SVG path.
    pub(super) path: String,
}

impl Code {
    /// The code of a text; none where that is longer than a code can be.
    pub(super) fn of(text: &str) -> Option<Code> {
        // Nothing hides a part of a screen that is photographed: the least that corrects makes the largest modules.
        let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET_ZONE, at / width + QUIET_ZONE);
        }
        Some(Code { side: width + 2 * QUIET_ZONE, path })
    }
}
