//! Every source and test file is reached by a target. With targets listed by hand, a file that nobody names is neither
//! compiled nor run, and nobody would see it. A crate may lie in a folder of another's, and one file may serve several.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta};

use crate::{
    assert_finds, assert_none,
    house::{files_below, place, root},
    metadata::{Crate, crates},
};

/// All files that the targets reach. Found once for all crates: to read the whole tree takes seconds.
fn reached_by(targets: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    for target in targets {
        reach(target, target.parent().expect("a file lies in a folder"), &mut reached);
    }
    reached
}

/// `.rs` files in a crate's `src`, `tests` and `benches` that are not reached.
fn orphans(folder: &Path, reached: &BTreeSet<PathBuf>) -> Vec<String> {
    let files = ["src", "tests", "benches"].into_iter().flat_map(|room| files_below(&folder.join(room)));
    let sources = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let lost = sources.filter(|path| !path.canonicalize().is_ok_and(|path| reached.contains(&path)));
    lost.map(|path| format!("{}: no target reaches it", place(&path))).collect()
}

/// Adds a file, if it is there, and all files of its modules. `modules` is the folder in which they lie.
fn reach(file: &Path, modules: &Path, reached: &mut BTreeSet<PathBuf>) {
    let Ok(one_name) = file.canonicalize() else { return };
    if reached.insert(one_name) {
        let text = fs::read_to_string(file).expect("a source file can be read");
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        reach_items(&parsed.items, file, modules, reached);
    }
}

fn reach_items(items: &[Item], file: &Path, modules: &Path, reached: &mut BTreeSet<PathBuf>) {
    for item in items {
        let Item::Mod(module) = item else { continue };
        let below = modules.join(module.ident.to_string());
        match &module.content {
            Some((_, items)) => reach_items(items, file, &below, reached),
            None => reach_module(module, file, modules, &below, reached),
        }
    }
}

/// `mod name;` is `name.rs`, `name/mod.rs`, or the file that its `#[path]` names, seen from the file's own folder.
fn reach_module(module: &ItemMod, file: &Path, modules: &Path, below: &Path, reached: &mut BTreeSet<PathBuf>) {
    if let Some(path) = module.attrs.iter().find_map(path_attribute) {
        let named = file.parent().expect("a file lies in a folder").join(path);
        let modules = named.parent().expect("a file lies in a folder").to_owned();
        return reach(&named, &modules, reached);
    }
    reach(&modules.join(format!("{}.rs", module.ident)), below, reached);
    reach(&below.join("mod.rs"), below, reached);
}

fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(value) = &pair.value else { return None };
    match &value.lit {
        Lit::Str(path) if pair.path.is_ident("path") => Some(path.value()),
        _ => None,
    }
}

fn orphans_of(crates: &[Crate]) -> Vec<String> {
    let targets = crates.iter().flat_map(|found| &found.targets);
    let targets: Vec<PathBuf> = targets.map(|target| target.src_path.clone()).collect();
    let reached = reached_by(&targets);
    crates.iter().flat_map(|found| orphans(&root().join(found.folder()), &reached)).collect()
}

#[test]
fn every_source_and_test_file_is_reached_by_a_target() {
    assert_none(&orphans_of(&crates()));
}

#[test]
fn a_test_file_that_no_target_reaches_is_found() {
    let folder = tempfile::tempdir().expect("a folder for the sample");
    let at = |name: &str| folder.path().join(name);
    for (name, text) in [
        ("tests/sim/main.rs", "mod day; mod inside { mod deep; } #[path = \"../shared.rs\"] mod shared;"),
        ("tests/sim/day/mod.rs", "mod night;"),
        ("tests/sim/day/night.rs", ""),
        ("tests/sim/inside/deep.rs", ""),
        ("tests/shared.rs", ""),
        ("tests/sim/forgotten.rs", "#[test] fn never_runs() {}"),
    ] {
        fs::create_dir_all(at(name).parent().expect("a file lies in a folder")).expect("a folder for the sample");
        fs::write(at(name), text).expect("a file for the sample");
    }
    let reached = reached_by(&[at("tests/sim/main.rs")]);
    assert_finds(&orphans(folder.path(), &reached), "tests/sim/forgotten.rs");
}
