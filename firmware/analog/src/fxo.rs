//! A line of the public exchange on one of our ports (FXO): it rings us, we dial on it, it lets us go.
//!
//! Sources: design/calls.md "FXO in China"; facts of loop start as DAHDI signals it (kewl start: the exchange drops the
//! battery when the far end hangs up). A line releases by battery drop, by polarity, or by busy tone only; which of
//! these a line gives is its settings' business.
//! Not here: how busy tone or dial tone is recognised (`dsp`); glare between ring and seizure is settled here: the
//! incoming call wins, because the exchange has already connected it.

mod dial_step;
mod line;
mod settings;

pub use dial_step::DialStep;
pub use line::{Answer, Apply, Line, LineEvent, LineInput, LineOutput, Release};
pub use settings::LineSettings;
