//! What a tombstone stands for: a whole recording, or a stretch of one. Names of files are made of it.

use std::{fmt, str::FromStr};

use frame::{EventNo, RecordingId};

use crate::FormatError;

/// A recording that is erased, or a stretch of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grave {
    /// The recording.
    pub recording: RecordingId,
    /// Of a stretch, the event by which two people agreed on it; none where all of it goes.
    pub range: Option<EventNo>,
}

impl Grave {
    /// Of a whole recording.
    pub const fn whole(recording: RecordingId) -> Grave {
        Grave { recording, range: None }
    }
}

impl fmt::Display for Grave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            Some(event) => write!(f, "{}.{event}", self.recording),
            None => write!(f, "{}", self.recording),
        }
    }
}

impl FromStr for Grave {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Grave, FormatError> {
        let (recording, event) = match text.split_once('.') {
            Some((recording, event)) => (recording, Some(event)),
            None => (text, None),
        };
        let event = event.map(str::parse).transpose().map_err(|_| FormatError::Value)?;
        let recording = recording.parse().map_err(|_| FormatError::Value)?;
        let grave = Grave { recording, range: event.map(EventNo) };
        // There is one way to write it.
        if grave.to_string() == text { Ok(grave) } else { Err(FormatError::Value) }
    }
}

#[cfg(test)]
mod tests {
    use frame::LifeNo;

    use super::*;

    #[test]
    fn a_grave_is_written_in_one_way() {
        let whole = Grave::whole(RecordingId::new(LifeNo(3), 9));
        let range = Grave { range: Some(EventNo(4711)), ..whole };
        assert_eq!((whole.to_string(), range.to_string()), ("3-9".into(), "3-9.4711".into()));
        for grave in [whole, range] {
            assert_eq!(grave.to_string().parse(), Ok(grave));
        }
        for wrong in ["", "3", "3-9.", "3-9.x", "3-9.new", "3-9.04711", "03-9", "3-9.4711.new", "3-9.-1", "3-9.+1"] {
            assert!(wrong.parse::<Grave>().is_err(), "{wrong}");
        }
    }
}
