//! The two languages of the box, and how one is chosen.

use std::str::FromStr;

/// A language that the box speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Simplified Chinese: what the box speaks when nobody says otherwise.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::Chinese, Language::English];

    /// The language tag, as pages and prompts name it.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// One of two words.
    pub const fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    /// The language of a locale's name such as `en_US.UTF-8`; Chinese where it names neither. `C` and `POSIX` name none.
    pub fn of_locale(locale: &str) -> Language {
        if locale.starts_with("en") { Language::English } else { Language::Chinese }
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Language, Self::Err> {
        match text {
            "zh-CN" | "zh" => Ok(Language::Chinese),
            "en" => Ok(Language::English),
            _ => Err("zh-CN | en"),
        }
    }
}
