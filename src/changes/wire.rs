//! Messages on the socket: a length of four octets, most significant first, and that many octets of JSON. One request and
//! one reply a connection; behind the reply [`Answer::Octets`] stand as many octets of a file.

use std::io::{self, ErrorKind};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::handles::{
    ApprovalsReply, ApprovalsRequest, LinesReply, LinesRequest, NamedKeepingReply, NamedKeepingRequest,
    SETTINGS_MAX_OCTETS, SettingsReply, SettingsRequest,
};

/// What a visitor wants.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    /// Something of the settings.
    Settings(SettingsRequest),
    /// Something of the lines.
    Lines(LinesRequest),
    /// Something of acts that need two.
    Approvals(ApprovalsRequest),
    /// Something of holds and erasing.
    Keeping(NamedKeepingRequest),
}

/// What a visitor gets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// An answer of the settings' plane, also where nothing was understood.
    Settings(SettingsReply),
    /// An answer of the lines' desk.
    Lines(LinesReply),
    /// An answer of the desk of acts that need two.
    Approvals(ApprovalsReply),
    /// An answer about holds and erasing.
    Keeping(NamedKeepingReply),
    /// A file of so many octets, which follow.
    Octets(usize),
}

/// The longest message: JSON writes some octets of a document as six, and a problem repeats what was found.
pub(super) const MESSAGE_MAX_OCTETS: usize = 8 * SETTINGS_MAX_OCTETS;

/// The octets of a message.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] where it is too long.
pub(super) fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let text = serde_json::to_vec(message)?;
    if text.len() > MESSAGE_MAX_OCTETS {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut octets = (text.len() as u32).to_be_bytes().to_vec();
    octets.extend(text);
    Ok(octets)
}

/// How long the text is that follows.
///
/// # Errors
/// [`ErrorKind::InvalidData`] where that is more than a message can be.
pub(super) fn length(octets: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_be_bytes(octets) as usize;
    if length <= MESSAGE_MAX_OCTETS { Ok(length) } else { Err(ErrorKind::InvalidData.into()) }
}

/// The message of a text.
///
/// # Errors
/// [`ErrorKind::InvalidData`] where it is none.
pub(super) fn decode<T: DeserializeOwned>(text: &[u8]) -> io::Result<T> {
    serde_json::from_slice(text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}
