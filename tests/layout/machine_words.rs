//! No file names a folder of one machine or the host of one registry: the tree has to build anywhere.

use std::fs;

use crate::{
    assert_finds, assert_none,
    house::{House, Words, files_below, is_exempt, place, root, stale},
};

/// What git does not keep, or does not keep as text of ours.
const NOT_OURS: [&str; 8] = [
    ".git",
    ".tools",
    "target",
    "prompts/spoken",
    "Cargo.lock",
    "fuzz/Cargo.lock",
    "drivers/dahdi-sys/bindgen/Cargo.lock",
    "LICENSE",
];

/// Lines of a text that hold such a word.
fn machine_words(place: &str, text: &str, words: &Words) -> Vec<String> {
    let mut findings = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let folders = words.folders.iter().filter(|folder| holds_folder(text, folder));
        let hosts = words.hosts.iter().filter(|host| text.contains(host.as_str()));
        findings.extend(folders.chain(hosts).map(|word| format!("{place}:{}: {word}", line + 1)));
    }
    findings
}

/// Whether an absolute path begins with the folder; `a/home/b` is none.
fn holds_folder(text: &str, folder: &str) -> bool {
    let continues = |before: char| before.is_alphanumeric() || "_-.$}*~/)".contains(before);
    text.match_indices(folder).any(|(at, _)| !text[..at].ends_with(continues))
}

fn ours() -> Vec<std::path::PathBuf> {
    let mut top: Vec<_> =
        fs::read_dir(root()).expect("the root is a folder").flatten().map(|entry| entry.path()).collect();
    top.retain(|path| !NOT_OURS.contains(&place(path).as_str()));
    let files = top.into_iter().flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] });
    files.filter(|path| !NOT_OURS.iter().any(|folder| path.starts_with(root().join(folder)))).collect()
}

#[test]
fn no_file_names_one_machine_or_one_registry() {
    let words = House::ours().words;
    let read = |path: std::path::PathBuf| Some((place(&path), fs::read_to_string(&path).ok()?));
    // A file that is no text, such as a sound, holds no words.
    let texts = ours().into_iter().filter_map(read).filter(|(place, _)| !is_exempt(place, &words.exempt));
    assert_none(&texts.flat_map(|(place, text)| machine_words(&place, &text, &words)).collect::<Vec<_>>());
    assert_none(&stale(&words.exempt));
}

#[test]
fn a_path_of_one_machine_and_a_host_of_a_registry_are_found() {
    let words = House::ours().words;
    for text in ["cd /home/ming/ringfence", "\"/root/x\"", "path=/work/main", "see https://pypi.org/simple"] {
        assert_finds(&machine_words("docs/a.md", text, &words), "docs/a.md:1: ");
    }
    let fine = "/var/lib/ringfence $HOME/x ../work/x {dir}/root/x a/home/b /homework/x";
    assert_none(&machine_words("docs/a.md", fine, &words));
}
