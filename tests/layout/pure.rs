//! What pure code must not name: clocks, files, sockets, threads, processes, the environment, standard streams.
//!
//! Firmware gets time, randomness and storage handed in, so that a day of calls runs again from a seed. An alias, a glob
//! or a re-export that would hide such a path counts as naming it; aliases are known across the files of a crate.

use std::collections::BTreeMap;

use crate::{
    assert_finds, assert_none,
    house::{House, Pure, is_exempt, stale},
    mentions::{Aliases, How, Mention, aliases, resolve},
    source::Source,
};

/// Forbidden paths that pure sources name. The sources of one crate stand below one folder, `ROOM/CRATE`.
fn impurities(sources: &[Source], pure: &Pure) -> Vec<String> {
    let mut aliases_of_crate: BTreeMap<String, Aliases> = BTreeMap::new();
    let watched: Vec<&Source> = sources.iter().filter(|source| !is_exempt(&source.place, &pure.exempt)).collect();
    for source in &watched {
        let outward = aliases(&source.mentions).into_iter().filter(|(_, path)| is_outward(path, pure));
        aliases_of_crate.entry(crate_of(source)).or_default().extend(outward);
    }
    watched.iter().flat_map(|source| impurities_of(source, &aliases_of_crate[&crate_of(source)], pure)).collect()
}

fn impurities_of(source: &Source, of_crate: &Aliases, pure: &Pure) -> Vec<String> {
    let mut known = aliases(&source.mentions);
    if source.mentions.iter().any(|mention| mention.how == How::Glob && starts_inside(&mention.path)) {
        // `use super::*` brings in what a file above imports for itself.
        known.extend(of_crate.clone());
    }
    let found = source.mentions.iter().filter_map(|mention| {
        let path = outward_path(mention, &known, of_crate);
        let wrong = is_forbidden(&path, pure) || (opens_up(mention) && is_above_forbidden(&path, pure));
        wrong.then(|| format!("{}:{}: {}", source.place, mention.line, path.join("::")))
    });
    found.collect()
}

/// The path with its aliases resolved; of one through this crate, such as `super::time::Instant`, the part from the name
/// on that some file of the crate gave to an outward path.
fn outward_path(mention: &Mention, known: &Aliases, of_crate: &Aliases) -> Vec<String> {
    let resolved = resolve(&mention.path, known);
    if !starts_inside(&resolved) {
        return resolved;
    }
    let from = resolved.iter().position(|name| of_crate.contains_key(name));
    from.map_or(resolved.clone(), |from| resolve(&resolved[from..], of_crate))
}

/// A glob, or an import for others: through it a forbidden path below can be named without being seen.
fn opens_up(mention: &Mention) -> bool {
    matches!(mention.how, How::Glob | How::Imported { public: true, .. })
}

fn starts_inside(path: &[String]) -> bool {
    ["crate", "self", "super"].contains(&path[0].as_str())
}

fn crate_of(source: &Source) -> String {
    source.place.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")
}

/// Whether a path leads to something forbidden, or is above it.
fn is_outward(path: &[String], pure: &Pure) -> bool {
    is_forbidden(path, pure) || is_above_forbidden(path, pure)
}

fn is_forbidden(path: &[String], pure: &Pure) -> bool {
    pure.forbidden.iter().any(|forbidden| {
        let names: Vec<&str> = forbidden.split("::").collect();
        names.len() <= path.len() && names.iter().zip(path).all(|(name, found)| is_named(found, name))
    })
}

fn is_above_forbidden(path: &[String], pure: &Pure) -> bool {
    pure.forbidden.iter().any(|forbidden| {
        let names: Vec<&str> = forbidden.split("::").collect();
        names.len() > path.len() && names.iter().zip(path).all(|(name, found)| is_named(found, name))
    })
}

fn is_named(found: &str, name: &str) -> bool {
    name.strip_suffix('*').map_or(found == name, |begin| found.starts_with(begin))
}

#[test]
fn pure_code_touches_nothing_outside() {
    let pure = House::ours().pure;
    let sources: Vec<Source> = pure.folders.iter().flat_map(|folder| Source::below(folder)).collect();
    assert!(sources.len() > 20, "only {} files were looked at", sources.len());
    assert_none(&impurities(&sources, &pure));
    assert_none(&stale(&pure.exempt));
}

#[test]
fn a_forbidden_path_is_found_however_it_is_named() {
    for (text, named) in [
        ("fn f() { std::thread::sleep(d) }", "std::thread::sleep"),
        ("use std::time::Instant;", "std::time::Instant"),
        ("use std::{time::{Duration, SystemTime}};", "std::time::SystemTime"),
        ("use std as s; fn f() { s::fs::read(p); }", "std::fs::read"),
        ("use std::time; fn f() { time::Instant::now(); }", "std::time::Instant::now"),
        ("extern crate std as other; fn f() -> other::net::IpAddr { g() }", "std::net::IpAddr"),
        ("use std::time::*;", "std::time"),
        ("use std::*;", "std"),
        ("pub use std::time;", "std::time"),
        ("use std::io; fn f() { io::stdout(); }", "std::io::stdout"),
        ("fn f(of: std::io::Stdin) {}", "std::io::Stdin"),
        ("fn f() { assert!(std::env::var(\"X\").is_ok()); }", "std::env::var"),
        ("macro_rules! now { () => { ::std::time::Instant::now() }; }", "std::time::Instant::now"),
        ("#[cfg(test)] mod tests { fn f() { std::process::exit(1) } }", "std::process::exit"),
    ] {
        let sample = [Source::new("firmware/codec/src/sample.rs", text)];
        assert_finds(&impurities(&sample, &House::ours().pure), &format!("sample.rs:1: {named}"));
    }
}

#[test]
fn an_alias_is_followed_into_other_files_of_its_crate() {
    let above = || Source::new("firmware/codec/src/lib.rs", "use std::time;");
    for text in
        ["use super::time::Instant;", "use crate::time::Instant;", "use super::*; fn f() { time::Instant::now() }"]
    {
        let sample = [above(), Source::new("firmware/codec/src/g711.rs", text)];
        assert_finds(&impurities(&sample, &House::ours().pure), "g711.rs:1: std::time::Instant");
        let apart = [above(), Source::new("firmware/isdn/src/q921.rs", text)];
        assert_none(&impurities(&apart, &House::ours().pure));
    }
}

#[test]
fn what_pure_code_may_name_is_left_alone() {
    let text = "use std::{time::Duration, io::{self, Read}, fmt::*}; use crate::fs::read; use super::*;
        fn f(thread: u8) -> io::Result<()> { thread.process(); env!(\"CARGO_PKG_NAME\"); }";
    assert_none(&impurities(&[Source::new("firmware/codec/src/sample.rs", text)], &House::ours().pure));
}

#[test]
fn an_exemption_covers_its_place_only() {
    let mut pure = House::ours().pure;
    pure.exempt[0].place = "drivers/sim/src/shell".to_owned();
    let sockets = |place| [Source::new(place, "use std::os::unix::net::UnixStream;")];
    assert_none(&impurities(&sockets("drivers/sim/src/shell/peer.rs"), &pure));
    assert_finds(&impurities(&sockets("drivers/sim/src/world.rs"), &pure), "std::os::unix::net::UnixStream");
}
