//! Countries and languages of the box.

use serde::{Deserialize, Serialize};

/// A country: which tones, rings and emergency numbers hold. The tones themselves are in `analog`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Country {
    /// China.
    #[default]
    Cn,
    /// United States.
    Us,
    /// United Kingdom.
    Uk,
    /// Germany.
    De,
}

impl Country {
    /// The numbers that reach police, fire and ambulance.
    pub const fn emergency_numbers(self) -> &'static [&'static str] {
        match self {
            // Police, fire, ambulance, traffic accidents.
            Country::Cn => &["110", "119", "120", "122"],
            Country::Us => &["911"],
            Country::Uk => &["112", "999"],
            Country::De => &["110", "112"],
        }
    }
}

/// A language of pages and prompts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The language tag, as prompts' folders and pages name it.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }
}
