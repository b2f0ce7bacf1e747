//! Services that people set, clear and ask for at their telephone, as at a public exchange of China: `*57*NUMBER#` sets the
//! one that has 57, `#57#` clears it, `*#57#` asks for it. What is set holds until it is cleared, over restarts of the box.

use serde::{Deserialize, Serialize};

/// The digits of each service; one without is off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Services {
    /// All calls to a telephone go to another number. China's exchanges have 57.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_always: Option<String>,
    /// Calls that find it busy do. 40.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_busy: Option<String>,
    /// Calls that it does not answer do. 41.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_no_answer: Option<String>,
    /// A telephone does not ring, but for emergency services that call back. 56, set by `*56#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub do_not_disturb: Option<String>,
}

impl Services {
    /// Whether no service is there.
    pub(crate) fn is_default(&self) -> bool {
        *self == Services::default()
    }

    /// Those that are there, with their keys in the document.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let services = [
            ("forward_always", &self.forward_always),
            ("forward_busy", &self.forward_busy),
            ("forward_no_answer", &self.forward_no_answer),
            ("do_not_disturb", &self.do_not_disturb),
        ];
        services.into_iter().filter_map(|(key, digits)| Some((key, digits.as_deref()?)))
    }
}

/// Whether a text can be the digits of a service: two or three, so that none is a number.
pub(crate) fn is_service(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// How calls are forwarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Forward {
    /// Whether a telephone may forward its calls to a number outside: caller and called may then both be outside, at the
    /// owner's cost.
    pub outside: bool,
    /// How long a telephone rings before a call counts as not answered, in seconds.
    pub no_answer_s: u16,
}

impl Default for Forward {
    fn default() -> Forward {
        Forward { outside: false, no_answer_s: 20 }
    }
}

impl Forward {
    /// Whether nothing was chosen.
    pub(crate) fn is_default(&self) -> bool {
        *self == Forward::default()
    }
}
