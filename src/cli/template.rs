//! `ringfence settings template`: rows that say for how long recordings are kept, to be taken into a settings file and changed.
//!
//! They are data: years are the owner's to confirm with counsel, and no part of the program reads them from here.

use super::say;
use crate::words::Language;

/// By their names, as they are printed.
const TEMPLATES: [(&str, &str); 7] = [
    ("bank", include_str!("../../board/retention/bank.toml")),
    ("insurance", include_str!("../../board/retention/insurance.toml")),
    ("securities", include_str!("../../board/retention/securities.toml")),
    ("hospital", include_str!("../../board/retention/hospital.toml")),
    ("mifid-2", include_str!("../../board/retention/mifid-2.toml")),
    ("pci", include_str!("../../board/retention/pci.toml")),
    ("privacy", include_str!("../../board/retention/privacy.toml")),
];

/// What there is.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.into_iter().map(|(name, _)| name)
}

/// Prints the one of this name; without a name, what there is.
pub(super) fn print(name: Option<&str>, language: Language) {
    match name {
        Some(name) => TEMPLATES.iter().filter(|(of, _)| *of == name).for_each(|(_, text)| say(text.trim_end())),
        None => TEMPLATES.iter().for_each(|(name, text)| say(&format!("{name:12}{}", title(text, language)))),
    }
}

/// A template begins with a line for whom it is in English, and goes on with the same in Chinese.
fn title(text: &str, language: Language) -> &str {
    let line = match language {
        Language::English => 0,
        Language::Chinese => 1,
    };
    text.lines().nth(line).unwrap_or_default().trim_start_matches(['#', ' '])
}

#[cfg(test)]
mod tests {
    use settings::{Board, Settings};

    use super::{Language, TEMPLATES, title};

    const BOARD: &str = include_str!("../../board/demo.toml");
    const SETTINGS: &str = include_str!("../../board/demo.settings.toml");

    #[test]
    fn each_template_can_be_taken_as_it_stands_and_all_together() {
        let board = Board::parse("demo.toml", BOARD).unwrap();
        let all: String = TEMPLATES.iter().map(|(_, text)| *text).collect();
        for text in TEMPLATES.iter().map(|(_, text)| *text).chain([all.as_str()]) {
            let found = Settings::parse("template", &format!("{SETTINGS}\n{text}"), &board, None);
            let checked = found.unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
            assert_eq!(checked.settings.retention.len(), text.matches("[[retention]]").count());
        }
    }

    #[test]
    fn each_says_in_both_languages_for_whom_it_is_and_that_counsel_confirms_it() {
        for (name, text) in TEMPLATES {
            assert!(title(text, Language::English).starts_with(|first: char| first.is_ascii_uppercase()), "{name}");
            assert!(!title(text, Language::Chinese).is_ascii(), "{name}");
            assert!(text.contains("counsel") && text.contains("法务"), "{name}");
        }
    }
}
