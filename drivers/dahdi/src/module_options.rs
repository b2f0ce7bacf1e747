//! Options of kernel modules, as they are written for modprobe: those of the board file, and those that follow from it.
//!
//! Source: the `module_param` rows of `wctdm.c`, `wctdm24xxp/base.c`, `wcaxx-base.c`, `wct4xxp/base.c`, `wcte11xp.c`,
//! `wcte12xp/base.c`, `wcte13xp-base.c` and `wcte43x-base.c` of DAHDI 2.11. A module has one set of options for all its cards.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use frame::{CardSerial, Law};
use settings::{Board, Card, CardKind, Country, DahdiCard};

/// By module: the first card of it, and its options.
pub(crate) fn module_options(board: &Board) -> BTreeMap<String, (CardSerial, BTreeMap<String, String>)> {
    let mut modules: BTreeMap<String, (CardSerial, BTreeMap<String, String>)> = BTreeMap::new();
    for card in &board.cards {
        let Some((of, module)) = card.dahdi.as_ref().and_then(|of| Some((of, of.module.as_ref()?))) else { continue };
        let (_, options) = modules.entry(module.clone()).or_insert_with(|| (card.serial, BTreeMap::new()));
        // Rows of one module say the same, but only those of outside lines say a country. What the file says itself wins.
        for (name, value) in derived(module, card).into_iter().chain(country(of)) {
            options.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        options.extend(of.options.clone());
    }
    modules
}

/// The country of outside lines, by its name in DAHDI's `fxo_modes.h`.
fn country(of: &DahdiCard) -> Option<(&'static str, &'static str)> {
    let mode = match of.country? {
        Country::Cn => "CHINA",
        Country::Us => "USA",
        Country::Uk => "UK",
        Country::De => "GERMANY",
    };
    Some(("opermode", mode))
}

/// What follows for a module from what its card is.
fn derived(module: &str, card: &Card) -> Option<(&'static str, &'static str)> {
    match (module, card.kind) {
        // Their converters code as they are told at loading, whatever a channel is set to.
        ("wctdm", CardKind::Fxo | CardKind::Fxs) => {
            Some(("alawoverride", if card.law() == Law::A { "1" } else { "0" }))
        }
        ("wctdm24xxp" | "wcaxx", CardKind::Fxo | CardKind::Fxs) => {
            Some(("companding", if card.law() == Law::A { "alaw" } else { "ulaw" }))
        }
        ("wcte11xp", CardKind::E1) => Some(("t1e1override", "1")),
        ("wcte11xp", CardKind::T1) => Some(("t1e1override", "0")),
        ("wct4xxp" | "wcte12xp" | "wcte13xp" | "wcte43x", CardKind::E1) => Some(("default_linemode", "e1")),
        ("wct4xxp" | "wcte12xp" | "wcte13xp" | "wcte43x", CardKind::T1) => Some(("default_linemode", "t1")),
        _ => None,
    }
}

/// The file for modprobe.
pub fn modprobe_file(board: &Board) -> String {
    let mut text =
        String::from("# Written by `ringfence board apply` from the board file; what is changed here is lost.\n");
    // Spans get their numbers from `board apply`, which may first have to say what they are.
    text.push_str("options dahdi auto_assign_spans=0\n");
    for (module, (_, options)) in module_options(board) {
        if options.is_empty() {
            continue;
        }
        let _ = write!(text, "options {module}");
        options.iter().for_each(|(name, value)| _ = write!(text, " {name}={value}"));
        text.push('\n');
    }
    text
}

/// How an option of a loaded module is set; none where the module is not loaded or does not show it.
pub fn running_option(module: &str, option: &str) -> Option<String> {
    let file = Path::new("/sys/module").join(module).join("parameters").join(option);
    Some(fs::read_to_string(file).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_board::REAL;

    #[test]
    fn the_file_for_modprobe_has_a_line_a_module_with_what_follows_from_its_cards() {
        let board = Board::parse("real.toml", REAL).unwrap();
        let text = modprobe_file(&board);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "options dahdi auto_assign_spans=0",
                "options wct4xxp default_linemode=e1",
                "options wctdm24xxp companding=alaw opermode=CHINA",
            ]
        );
    }

    #[test]
    fn cards_of_both_lines_are_told_which_one_theirs_is() {
        let t1 = REAL.replace("\"e1\"", "\"t1\"").replace(", coding = \"ami\", crc4 = false", "");
        for (board, module, option) in [
            (REAL, "wcte43x", "default_linemode=e1"),
            (&t1, "wcte43x", "default_linemode=t1"),
            (REAL, "wcte11xp", "t1e1override=1"),
            (&t1, "wcte11xp", "t1e1override=0"),
        ] {
            let board = Board::parse("real.toml", &board.replace("wct4xxp", module)).unwrap();
            assert!(modprobe_file(&board).contains(&format!("options {module} {option}\n")), "{module} {option}");
        }
    }

    #[test]
    fn outside_lines_get_the_impedance_of_their_country_whichever_row_of_the_module_comes_first() {
        let plain = REAL.replace(", options = { opermode = \"CHINA\" }", "");
        for (country, mode) in [("cn", "CHINA"), ("us", "USA"), ("uk", "UK"), ("de", "GERMANY")] {
            let said = plain.replace("start = \"loop\"", &format!("start = \"loop\", country = \"{country}\""));
            let board = Board::parse("real.toml", &said).unwrap();
            let line = format!("options wctdm24xxp companding=alaw opermode={mode}\n");
            assert!(modprobe_file(&board).contains(&line), "{}", modprobe_file(&board));
        }
        let board = Board::parse("real.toml", &plain).unwrap();
        assert!(!modprobe_file(&board).contains("opermode"), "no country was said");
        let both = REAL.replace("start = \"loop\"", "start = \"loop\", country = \"us\"");
        let board = Board::parse("real.toml", &both).unwrap();
        assert!(modprobe_file(&board).contains("opermode=CHINA"), "an option of the file wins");
    }

    #[test]
    fn what_the_board_file_says_of_an_option_wins() {
        let said = REAL.replace("opermode = \"CHINA\"", "companding = \"auto\"");
        let board = Board::parse("real.toml", &said).unwrap();
        assert!(modprobe_file(&board).contains("options wctdm24xxp companding=auto\n"));
    }
}
