//! What goes over the opener's socket, and its frame: two lengths, a message as JSON, and the octets that go with it.

use std::io;

use frame::{EventNo, PersonId, RecordingId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    handles::{Apart, Passphrase, READ_MAX_OCTETS, VaultRefusal, Waveform},
    recorder::Trial,
};

/// The longest message: a passphrase, a dozen names of files and a key of each epoch, or a waveform.
const MESSAGE_MAX_OCTETS: usize = 64 * 1024;

/// Longer than a message with a passphrase, the names of a recording's files and what is tried.
const PASSPHRASE_MESSAGE_OCTETS: usize = MESSAGE_MAX_OCTETS;

/// Octets of a frame's head.
pub(super) const HEAD_OCTETS: usize = 8;

/// Whose what was typed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// A passphrase of whoever's slot it opens.
    Anybodys,
    /// This person's passphrase.
    Persons(PersonId),
    /// Two shares of the recovery key, one after the other.
    Shares,
}

/// What the opener is asked.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ask {
    /// Open a recording; what was open before is closed. The files come with the message, in the order of their names.
    Open {
        /// The audit intent, which is durable.
        intent: EventNo,
        recording: RecordingId,
        whose: Whose,
        passphrase: Passphrase,
        files: Vec<String>,
        /// What should open as well.
        trials: Vec<Trial>,
    },
    /// Seal the keys of recordings to somebody, as an age file, which is read by [`Ask::Read`]; what was open before is closed.
    Export {
        /// The audit intent, which is durable.
        intent: EventNo,
        recordings: Vec<RecordingId>,
        whose: Whose,
        passphrase: Passphrase,
        /// To whom: `age1…`.
        recipient: String,
        files: Vec<String>,
    },
    /// A piece of what is open.
    Read { offset: u64, octets_max: u32 },
    /// The loudness of what is open.
    Waveform { columns: u16 },
    /// The birth key under another code.
    Rewrap { code: Passphrase, passphrase: Passphrase, files: Vec<String> },
}

/// What it answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// Unasked and first of all: it is confined, and ready to be asked.
    Ready {
        apart: Apart,
    },
    /// It is open, and so long; whether something of it stays shut.
    Opened {
        file_octets: u64,
        is_in_part: bool,
        /// The recordings of what was tried and does not open.
        shut: Vec<RecordingId>,
    },
    /// The octets that go with this.
    Piece,
    Waveform(Waveform),
    /// The wrapped key goes with this; nothing does where the passphrase opened it already.
    Rewrapped,
    Refused(VaultRefusal),
}

/// A frame's octets.
pub(super) fn emit(message: &impl Serialize, tail: &[u8]) -> io::Result<Vec<u8>> {
    // A passphrase may be in it: in a buffer that is wiped, and that does not grow, which would leave a copy behind. What
    // is longer has none.
    let mut text = Zeroizing::new(Vec::with_capacity(PASSPHRASE_MESSAGE_OCTETS));
    serde_json::to_writer(&mut *text, message)?;
    let mut frame = Vec::with_capacity(HEAD_OCTETS + text.len() + tail.len());
    frame.extend((text.len() as u32).to_be_bytes());
    frame.extend((tail.len() as u32).to_be_bytes());
    frame.extend(text.iter());
    frame.extend(tail);
    Ok(frame)
}

/// How long message and tail are.
///
/// # Errors
/// Where that is more than any of ours.
pub(super) fn lengths(head: [u8; HEAD_OCTETS]) -> io::Result<(usize, usize)> {
    let [a, b, c, d, e, f, g, h] = head;
    let (text, tail) = (u32::from_be_bytes([a, b, c, d]) as usize, u32::from_be_bytes([e, f, g, h]));
    let fits = text <= MESSAGE_MAX_OCTETS && tail <= READ_MAX_OCTETS;
    if fits { Ok((text, tail as usize)) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// A frame's message.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_back_and_one_that_is_too_long_is_not_begun() {
        let ask = Ask::Open {
            intent: EventNo(7),
            recording: "3-9".parse().unwrap(),
            whose: Whose::Persons(PersonId(4)),
            passphrase: Passphrase("correct horse".into()),
            files: vec!["identity".into()],
            trials: Vec::new(),
        };
        let frame = emit(&ask, b"tail").unwrap();
        let (text, tail) = lengths(frame[..HEAD_OCTETS].try_into().unwrap()).unwrap();
        assert_eq!(parse::<Ask>(&frame[HEAD_OCTETS..HEAD_OCTETS + text]).unwrap(), ask);
        assert_eq!((&frame[HEAD_OCTETS + text..], tail), (&b"tail"[..], 4));
        assert!(lengths([0, 1, 0, 1, 0, 0, 0, 0]).is_err());
        assert!(lengths([0, 0, 0, 1, 0, 2, 0, 1]).is_err());
        assert!(lengths([0xff; 8]).is_err());
        assert!(parse::<Ask>(b"{\"Steal\":{}}").is_err());
    }
}
