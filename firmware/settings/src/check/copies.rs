//! Checks of copies: that they can be told apart and found.

use super::{Findings, rows};
use crate::{Form, Settings, What};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    findings.unique(rows(&settings.copies, "copies").map(|(path, row)| (path.key("name"), row.name.as_str())));
    findings.unique(rows(&settings.copies, "copies").map(|(path, row)| (path.key("at"), row.at.as_str())));
    for (path, copy) in rows(&settings.copies, "copies") {
        findings.name(&path.key("name"), &copy.name);
        if copy.folder().is_err() {
            findings.problem(&path.key("at"), What::Malformed { wanted: Form::CopyFolder });
        }
    }
}
