//! Checks of retention rules: that they can be told apart, last some time, and don't ask for two things at once.

use super::{Findings, names::known_queue, rows};
use crate::{Period, Settings, What, place::Path, retention::LONGEST};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    findings.unique(rows(&settings.retention, "retention").map(|(path, row)| (path.key("name"), row.name.as_str())));
    for (path, rule) in rows(&settings.retention, "retention") {
        findings.name(&path.key("name"), &rule.name);
        for (key, event) in [("when", &rule.when), ("from", &rule.from)] {
            if let Some(event) = event {
                findings.name(&path.key(key), event);
            }
        }
        for (row, queue) in rule.queues.iter().enumerate() {
            known_queue(findings, &path.key("queues").row(row), settings, queue);
        }
        check_period(findings, &path.key("keep"), rule.keep);
        if let Some(remove) = rule.remove {
            check_period(findings, &path.key("remove"), remove);
            if !remove.is_as_long_as(rule.keep) {
                findings.problem(&path.key("remove"), What::GoesBeforeKept);
            }
        }
    }
}

fn check_period(findings: &mut Findings<'_>, path: &Path, period: Period) {
    if period == Period::default() {
        findings.problem(path, What::Empty);
    }
    for (key, number, most) in [
        ("years", period.years, LONGEST.years),
        ("months", period.months, LONGEST.months),
        ("days", period.days, LONGEST.days),
    ] {
        if number > most {
            findings.range(&path.key(key), number, 0, most.into());
        }
    }
}
