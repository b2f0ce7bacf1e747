//! Checks of number rules: that they can fit a number, leave some of it, and come to their turn.

use super::{Findings, rows};
use crate::{
    Caution, Form, NumberRule, Settings, What,
    number::{NUMBER_MAX_DIGITS, is_digits},
    place::Path,
};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    for (path, group) in rows(&settings.trunks, "trunks") {
        let path = path.key("numbers");
        for (key, list) in group.numbers.lists() {
            check_list(findings, &path.key(key), list, matches!(key, "parties" | "delivered"));
        }
    }
}

fn check_list(findings: &mut Findings<'_>, path: &Path, list: &[NumberRule], comes: bool) {
    for (row, rule) in list.iter().enumerate() {
        let rule_path = path.row(row);
        check_rule(findings, &rule_path, rule);
        if let Some(earlier) = list[..row].iter().position(|earlier| earlier.covers(rule, comes)) {
            let line = findings.line(&path.row(earlier));
            findings.warn(&rule_path, Caution::NeverReached { line });
        }
    }
}

fn check_rule(findings: &mut Findings<'_>, path: &Path, rule: &NumberRule) {
    for (key, text) in [("begins", &rule.begins), ("add", &rule.add)] {
        let digits = text.strip_prefix('+').unwrap_or(text);
        if !text.is_empty() && !is_digits(digits) {
            findings.problem(&path.key(key), What::Malformed { wanted: Form::Prefix });
        }
    }
    if let Some(digits) = rule.digits {
        let least = rule.begins.len().max(1) as i64;
        findings.range(&path.key("digits"), digits, least, NUMBER_MAX_DIGITS as i64);
    }
    check_result(findings, &path.key("strip"), rule);
}

/// What is left of a number, as far as the rule alone tells.
fn check_result(findings: &mut Findings<'_>, path: &Path, rule: &NumberRule) {
    let (strip, add) = (usize::from(rule.strip), rule.add.len());
    let longest = rule.digits.map_or(NUMBER_MAX_DIGITS, usize::from);
    // Of a number of unknown length the digits that must be there are the shortest that it can be.
    let shortest = rule.digits.map_or(rule.begins.len().max(1), usize::from);
    if strip >= longest && add == 0 {
        findings.problem(path, What::LeavesNothing);
    } else if shortest.saturating_sub(strip) + add > NUMBER_MAX_DIGITS {
        findings.problem(path, What::LeavesTooMuch { max: NUMBER_MAX_DIGITS as u8 });
    }
}
