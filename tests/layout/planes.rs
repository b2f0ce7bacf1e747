//! The planes inside `src/`: which module imports from which. `admin` sees handles only.
//!
//! A plane is a module right below the crate; `lib.rs` and `main.rs` stand above all of them. A row of the plan names
//! the paths a plane may import from others, whole planes or single things of theirs.

use std::collections::BTreeSet;

use crate::{
    assert_finds, assert_none,
    house::{House, Matrix},
    mentions::{How, Mention},
    source::Source,
};

/// Imports between planes that the plan does not allow, and planes that it does not know.
fn trespasses(sources: &[Source], plan: &Matrix) -> Vec<String> {
    let planes: BTreeSet<String> =
        sources.iter().filter_map(|source| module_of(&source.place).into_iter().next()).collect();
    let unknown = planes.iter().filter(|plane| !plan.contains_key(*plane));
    let mut findings: Vec<String> =
        unknown.map(|plane| format!("src/{plane}: house.toml has no row for this plane")).collect();
    for source in sources {
        let module = module_of(&source.place);
        let Some(allowed) = module.first().and_then(|plane| plan.get(plane)) else { continue };
        let imports = source.mentions.iter().filter_map(|mention| Some((mention, target(mention, &module)?)));
        let wrong = imports.filter(|(mention, path)| !may_import(path, &module[0], allowed, &planes, &mention.how));
        findings.extend(wrong.map(|(mention, path)| {
            format!("{}:{}: {} → {}: not in house.toml", source.place, mention.line, module[0], path.join("::"))
        }));
    }
    findings
}

/// `src/media/tick.rs` is `media::tick`; `src/lib.rs` and `src/main.rs` are the crate itself.
fn module_of(place: &str) -> Vec<String> {
    let path = place.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
    if ["mod", "lib", "main"].contains(&module[module.len() - 1].as_str()) {
        module.pop();
    }
    module
}

/// The path from the crate's root, if a path leads there: `crate::…`, or enough `super`s.
fn target(mention: &Mention, module: &[String]) -> Option<Vec<String>> {
    let path = &mention.path;
    if path[0] == "crate" {
        return (path.len() > 1 || mention.how == How::Glob).then(|| path[1..].to_vec());
    }
    let supers = path.iter().take_while(|name| *name == "super").count();
    let upwards = supers.checked_sub(mention.inline_depth)?;
    let rest = &path[supers..];
    (supers > 0 && upwards == module.len() && (!rest.is_empty() || mention.how == How::Glob)).then(|| rest.to_vec())
}

/// Everything else at the crate's root is the crate's own business, but a glob of it holds every plane.
fn may_import(path: &[String], own: &str, allowed: &[String], planes: &BTreeSet<String>, how: &How) -> bool {
    let Some(plane) = path.first() else { return *how != How::Glob };
    plane == own
        || !planes.contains(plane)
        || allowed.iter().any(|row| {
            let row: Vec<&str> = row.split("::").collect();
            row.len() <= path.len() && row.iter().zip(path).all(|(name, found)| name == found)
        })
}

#[test]
fn planes_import_as_planned() {
    let sources = Source::below("src");
    assert!(sources.len() > 2, "only {} files were looked at", sources.len());
    assert_none(&trespasses(&sources, &House::ours().planes));
}

/// A plane `admin` that holds `text`, beside planes `media` and `telephony`.
fn with_admin(text: &str) -> Vec<Source> {
    let planes = ["src/lib.rs", "src/media/mod.rs", "src/telephony/mod.rs"].map(|place| Source::new(place, ""));
    planes.into_iter().chain([Source::new("src/admin/page.rs", text)]).collect()
}

fn plan(admin: &[&str]) -> Matrix {
    let row = |allowed: &[&str]| allowed.iter().map(ToString::to_string).collect();
    [("admin", row(admin)), ("media", row(&[])), ("telephony", row(&[]))]
        .map(|(name, row)| (name.to_owned(), row))
        .into()
}

#[test]
fn admin_that_reaches_past_a_handle_is_found() {
    for text in [
        "use crate::telephony::calls;",
        "use crate::{telephony::handle::ControlHandle, media};",
        "fn f() { crate::media::start(); }",
        "use super::super::media::Plane;",
        "use crate::telephony as t;",
        "use crate::*;",
        "mod tests { use super::super::super::media::Plane; }",
        "fn f() { assert!(crate::media::is_running()); }",
    ] {
        assert_finds(&trespasses(&with_admin(text), &plan(&["telephony::handle"])), "src/admin/page.rs:1: admin → ");
    }
}

#[test]
fn what_the_plan_allows_is_left_alone() {
    let text = "use crate::{telephony::handle::ControlHandle, admin::session}; use super::login; use crate::Outcome;
        pub(crate) fn f() {} mod tests { use super::*; use super::super::login; }";
    assert_none(&trespasses(&with_admin(text), &plan(&["telephony::handle"])));
}

#[test]
fn a_plane_without_a_row_is_found() {
    let mut plan = plan(&[]);
    plan.remove("media");
    assert_finds(&trespasses(&with_admin(""), &plan), "src/media: house.toml has no row");
}
