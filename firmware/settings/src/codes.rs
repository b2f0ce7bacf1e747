//! What people key at a telephone of the house to have something done. No standard of China names such codes, so each is
//! the owner's to choose, and off until then.

use serde::{Deserialize, Serialize};

/// What people key to have something done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Codes {
    /// Before a number: the caller's own is withheld for this call (CLIR). Never from an emergency service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withhold_number: Option<String>,
    /// In a call over ISDN: the network keeps who called (MCID).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub malicious_call: Option<String>,
    /// In a talk: the other party keys a number that is neither heard nor recorded; once more, and it is heard again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_input: Option<String>,
    /// In a talk: the recording pauses; once more, and it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<String>,
    /// In a talk over an outside line: the exchange is given a flash, as a telephone on that line would, for its call that
    /// waits or for its transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_flash: Option<String>,
    /// Before an agent's extension: a supervisor hears its talk, after a PIN. Then 1 is to listen, 2 to whisper into the
    /// agent's ear, 3 to talk with both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supervise: Option<String>,
    /// After a party who was busy or did not answer: the telephone is called back when the party can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_back: Option<String>,
    /// The telephone is called back by nobody any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_call_back: Option<String>,
    /// A call is taken that rings at another telephone of the same group (`pickup_groups`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pickup: Option<String>,
    /// Before an extension: the call is taken that rings there. It may be the same code as `pickup`, which then waits for
    /// an extension for four seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pickup_of: Option<String>,
    /// The last number is dialled again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redial: Option<String>,
    /// At a locked telephone: one call may go anywhere, after a PIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlock: Option<String>,
    /// At the telephone of a member of a queue: its agent works from now on, and is back from a pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<String>,
    /// The agent works no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_out: Option<String>,
    /// The agent makes a pause. Where the settings have reasons (`pauses`), the digit of one follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_work: Option<String>,
    /// The agent has finished the work of the last call before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_wrap_up: Option<String>,
}

/// The longest code: a person has to key it in a hurry.
const CODE_MAX_KEYS: usize = 8;

impl Codes {
    /// Whether no code is chosen.
    pub(crate) fn is_default(&self) -> bool {
        *self == Codes::default()
    }

    /// The codes that are chosen, with their keys in the document.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.in_talk().chain(self.dialled())
    }

    /// Those that are keyed in a talk.
    pub(crate) fn in_talk(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let codes = [
            ("malicious_call", &self.malicious_call),
            ("secret_input", &self.secret_input),
            ("pause", &self.pause),
            ("line_flash", &self.line_flash),
        ];
        codes.into_iter().filter_map(|(key, code)| Some((key, code.as_deref()?)))
    }

    /// Those that are dialled.
    pub(crate) fn dialled(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let codes = [
            ("withhold_number", &self.withhold_number),
            ("supervise", &self.supervise),
            ("call_back", &self.call_back),
            ("no_call_back", &self.no_call_back),
            ("pickup", &self.pickup),
            ("pickup_of", if self.pickup_of == self.pickup { &None } else { &self.pickup_of }),
            ("redial", &self.redial),
            ("unlock", &self.unlock),
            ("sign_in", &self.sign_in),
            ("sign_out", &self.sign_out),
            ("pause_work", &self.pause_work),
            ("end_wrap_up", &self.end_wrap_up),
        ];
        codes.into_iter().filter_map(|(key, code)| Some((key, code.as_deref()?)))
    }
}

/// Whether a text is a code. It begins as no number does, so that it never hides one.
pub(crate) fn is_code(text: &str) -> bool {
    let keys = |text: &str| text.bytes().all(|key| matches!(key, b'0'..=b'9' | b'*' | b'#'));
    text.starts_with(['*', '#']) && (2..=CODE_MAX_KEYS).contains(&text.len()) && keys(text)
}
