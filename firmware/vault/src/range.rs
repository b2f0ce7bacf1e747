//! A stretch of a recording that two people want erased: the line that they agree on, and what goes with it.
//!
//! A key is of a leg and a minute, so whole minutes go with the seconds that were meant. The line says how much, and a hash in it
//! covers each of them: a grant is for these and no others. Seconds count from the beginning of the recording as it is played.
//! Not here: which minutes these are (`src/recorder`), who agrees (`access`), what is left of it ([`crate::Tombstone`]).

use std::{fmt, str::FromStr};

use frame::{CallId, LegId, RecordingId};
use serde::{Deserialize, Serialize};

use crate::{FormatError, KeyNo, sha256};

/// Seconds that can be erased at once: a number that was read out takes less than one minute. Who wants more asks again, and two
/// people read that again: a whole recording is not to go by this way, past its rules and holds, at a stroke.
pub const RANGE_MAX_S: u32 = 600;

/// Minutes of legs in one erasure: eleven minutes of a conference of ninety. More have no room in an event.
pub const RANGE_MINUTES_MAX: usize = 1000;

/// A stretch, in seconds from the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Its first second.
    pub from_s: u32,
    /// The second at which it ends.
    pub to_s: u32,
}

impl Stretch {
    /// Whether two people may agree on it.
    pub const fn may_go(&self) -> bool {
        self.from_s < self.to_s && self.to_s - self.from_s <= RANGE_MAX_S
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from_s, self.to_s)
    }
}

impl FromStr for Stretch {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Stretch, FormatError> {
        let (from, to) = text.split_once('-').ok_or(FormatError::Value)?;
        let stretch = Stretch { from_s: seconds(from)?, to_s: seconds(to)? };
        if stretch.to_string() == text { Ok(stretch) } else { Err(FormatError::Value) }
    }
}

fn seconds(text: &str) -> Result<u32, FormatError> {
    text.parse().map_err(|_| FormatError::Value)
}

/// A minute of a leg, whose key half goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LegMinute {
    /// The part of the recording.
    pub part: u16,
    /// The leg.
    pub leg: LegId,
    /// Which minute of it.
    pub minute: u32,
    /// Where its half `b` stands in the key tables.
    pub key: KeyNo,
}

/// What goes with a stretch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// What two people mean.
    pub meant: Stretch,
    /// What goes with it: the first second and the last of all minutes of legs that it touches.
    pub gone: Stretch,
    /// These minutes, in order.
    pub minutes: Vec<LegMinute>,
}

impl Range {
    /// The line that two people agree on.
    pub fn object(&self, call: CallId, recording: RecordingId) -> RangeObject {
        let mut all = format!("{recording}\n");
        for LegMinute { part, leg, minute, key } in &self.minutes {
            all.push_str(&format!("{part} {leg} {minute} {}\n", key.0));
        }
        let mut hash = [0; 8];
        hash.copy_from_slice(&sha256(all.as_bytes())[..8]);
        RangeObject { call, meant: self.meant, gone: self.gone, minutes: self.minutes.len(), hash }
    }
}

/// The line that two people agree on: `3-7 12-15: 0-68, 4 / 0123456789abcdef`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeObject {
    /// The call.
    pub call: CallId,
    /// What they mean.
    pub meant: Stretch,
    /// What goes with it.
    pub gone: Stretch,
    /// How many minutes of legs.
    pub minutes: usize,
    /// Over each of them.
    pub hash: [u8; 8],
}

impl fmt::Display for RangeObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RangeObject { call, meant, gone, minutes, hash } = self;
        write!(f, "{call} {meant}: {gone}, {minutes} / {}", base16ct::lower::encode_string(hash))
    }
}

impl FromStr for RangeObject {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<RangeObject, FormatError> {
        let parsed = || {
            let (call, rest) = text.split_once(' ')?;
            let (meant, rest) = rest.split_once(": ")?;
            let (gone, rest) = rest.split_once(", ")?;
            let (minutes, digits) = rest.split_once(" / ")?;
            let mut hash = [0; 8];
            base16ct::lower::decode(digits, &mut hash).ok().filter(|octets| octets.len() == 8)?;
            let (meant, gone) = (meant.parse().ok()?, gone.parse().ok()?);
            Some(RangeObject { call: call.parse().ok()?, meant, gone, minutes: minutes.parse().ok()?, hash })
        };
        // There is one way to write it.
        parsed().filter(|object| object.to_string() == text).ok_or(FormatError::Value)
    }
}

#[cfg(test)]
mod tests {
    use frame::LifeNo;

    use super::*;

    fn range() -> Range {
        let leg = |no| LegId::new(LifeNo(3), no);
        let minute = |no, key| LegMinute { part: 1, leg: leg(no), minute: 0, key: KeyNo(key) };
        Range {
            meant: Stretch { from_s: 12, to_s: 15 },
            gone: Stretch { from_s: 0, to_s: 68 },
            minutes: vec![minute(1, 126), minute(2, 127)],
        }
    }

    #[test]
    fn the_line_reads_back_and_is_for_these_minutes_of_this_recording_alone() {
        let (call, recording) = (CallId::new(LifeNo(3), 7), RecordingId::new(LifeNo(3), 9));
        let object = range().object(call, recording);
        let line = object.to_string();
        assert!(line.starts_with("3-7 12-15: 0-68, 2 / "), "{line}");
        assert_eq!(line.parse(), Ok(object));
        let mut other = range();
        other.minutes[1].key = KeyNo(128);
        assert_ne!(other.object(call, recording).hash, object.hash, "another key");
        assert_ne!(range().object(call, RecordingId::new(LifeNo(3), 8)).hash, object.hash, "another recording");
        for wrong in [
            line.replace("12-15", "012-15"),
            line.replace(": ", " "),
            line.replace(", 2", ", 02"),
            line.to_uppercase(),
            format!("{line}0"),
            format!("{line} "),
        ] {
            let parsed = wrong.parse::<RangeObject>();
            assert!(parsed.is_err() || wrong == line, "{wrong}");
        }
    }

    #[test]
    fn a_stretch_that_is_empty_or_longer_than_ten_minutes_does_not_go() {
        let may_go = |from_s, to_s| Stretch { from_s, to_s }.may_go();
        assert!(may_go(0, 1) && may_go(700, 1300));
        assert!(!may_go(5, 5) && !may_go(6, 5) && !may_go(0, 601));
    }
}
