//! Checks of witnesses: that they can be told apart and found.

use super::{Findings, rows};
use crate::{Form, Settings, What};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    findings.unique(rows(&settings.witnesses, "witnesses").map(|(path, row)| (path.key("name"), row.name.as_str())));
    for (path, witness) in rows(&settings.witnesses, "witnesses") {
        findings.name(&path.key("name"), &witness.name);
        if witness.place().is_err() {
            findings.problem(&path.key("at"), What::Malformed { wanted: Form::WitnessPlace });
        }
    }
}
