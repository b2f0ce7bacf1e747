//! Checks of copies: that they can be told apart and found.

use super::{Findings, rows};
use crate::{BucketPlace, CopyPlace, Form, LEASE_DAYS, Settings, VaultCopy, What, place::Path};

pub(super) fn check(findings: &mut Findings<'_>, settings: &Settings) {
    findings.unique(rows(&settings.copies, "copies").map(|(path, row)| (path.key("name"), row.name.as_str())));
    let places = rows(&settings.copies, "copies").filter_map(|(path, row)| Some((path.key("at"), row.place().ok()?)));
    findings.unique(places);
    for (path, copy) in rows(&settings.copies, "copies") {
        findings.name(&path.key("name"), &copy.name);
        let is_tls = match copy.place() {
            Ok(CopyPlace::Bucket(BucketPlace { is_tls, .. })) => is_tls,
            Ok(CopyPlace::Folder(_)) => {
                refuse_terms_of_a_bucket(findings, &path, copy);
                continue;
            }
            Err(_) => {
                findings.problem(&path.key("at"), What::Malformed { wanted: Form::CopyPlace });
                continue;
            }
        };
        if copy.region.as_ref().is_some_and(|region| !is_plain(region)) {
            findings.problem(&path.key("region"), What::Malformed { wanted: Form::OptionValue });
        }
        if let Some(days) = copy.lease_days {
            findings.range(&path.key("lease_days"), days, (*LEASE_DAYS.start()).into(), (*LEASE_DAYS.end()).into());
        }
        // Nobody outside vouches for a store in the building.
        match &copy.ca {
            None if is_tls => findings.problem(&path.key("ca"), What::MissingKey),
            Some(_) if !is_tls => {
                let allowed = ["name", "at", "region", "bucket_in_host", "lease_days"].map(str::to_owned).to_vec();
                findings.problem(&path.key("ca"), What::UnknownKey { allowed });
            }
            Some(ca) if !ca.starts_with('/') || ca.chars().any(char::is_control) => {
                findings.problem(&path.key("ca"), What::Malformed { wanted: Form::File });
            }
            _ => {}
        }
    }
}

/// A folder has none of what a store is reached with.
fn refuse_terms_of_a_bucket(findings: &mut Findings<'_>, path: &Path, copy: &VaultCopy) {
    let allowed = || ["name", "at"].map(str::to_owned).to_vec();
    let terms = [
        ("region", copy.region.is_some()),
        ("ca", copy.ca.is_some()),
        ("bucket_in_host", copy.bucket_in_host),
        ("lease_days", copy.lease_days.is_some()),
    ];
    for (key, _) in terms.into_iter().filter(|(_, is_there)| *is_there) {
        findings.problem(&path.key(key), What::UnknownKey { allowed: allowed() });
    }
}

/// It stands in a signature's scope, between slashes.
fn is_plain(region: &str) -> bool {
    (1..=40).contains(&region.len()) && region.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}
