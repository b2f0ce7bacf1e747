//! Options of kernel modules, as they are written for modprobe: those of the board file, and those that follow from it.
//!
//! Source: the `module_param` rows of `wctdm.c`, `wctdm24xxp/base.c`, `wcaxx-base.c`, `wct4xxp/base.c`, `wcte11xp.c`,
//! `wcte12xp/base.c`, `wcte13xp-base.c` and `wcte43x-base.c` of DAHDI 2.11. A module has one set of options for all its cards.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use frame::{CardSerial, Law};
use settings::{Board, Card, CardKind};

/// By module: the first card of it, and its options.
pub(crate) fn module_options(board: &Board) -> BTreeMap<String, (CardSerial, BTreeMap<String, String>)> {
    let mut modules = BTreeMap::new();
    for card in &board.cards {
        let Some((of, module)) = card.dahdi.as_ref().and_then(|of| Some((of, of.module.as_ref()?))) else { continue };
        modules.entry(module.clone()).or_insert_with(|| {
            let mut options = derived(module, card);
            options.extend(of.options.clone());
            (card.serial, options)
        });
    }
    modules
}

/// What follows for a module from what its card is.
fn derived(module: &str, card: &Card) -> BTreeMap<String, String> {
    let option = match (module, card.kind) {
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
    };
    option.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect()
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
    fn what_the_board_file_says_of_an_option_wins() {
        let said = REAL.replace("opermode = \"CHINA\"", "companding = \"auto\"");
        let board = Board::parse("real.toml", &said).unwrap();
        assert!(modprobe_file(&board).contains("options wctdm24xxp companding=auto\n"));
    }
}
