//! Open files that a process was started with, by name: those of systemd's store, or those of a [`Store`](crate::Store) of
//! its parent.
//!
//! Source: sd_listen_fds(3): `LISTEN_PID`, `LISTEN_FDS` from 3 on, `LISTEN_FDNAMES` between colons. A parent that is no
//! manager can't know its child's number before it runs and does not choose the numbers of files, so a store says
//! `RINGFENCE_HELD_BY` (its own number), `RINGFENCE_HELD` (the files' numbers) and `RINGFENCE_HELD_NAMES` instead.
//! Names are escaped, because a colon parts them.

use std::{
    env,
    os::fd::{FromRawFd, OwnedFd, RawFd},
    path::PathBuf,
    process,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use nix::{
    fcntl::{FcntlArg, FdFlag, fcntl},
    unistd::getppid,
};

pub(crate) const HELD_BY: &str = "RINGFENCE_HELD_BY";
pub(crate) const HELD: &str = "RINGFENCE_HELD";
pub(crate) const HELD_NAMES: &str = "RINGFENCE_HELD_NAMES";

/// The first descriptor that a manager passes.
const FIRST_FD: RawFd = 3;

/// Where to open the file that was kept for this process under `name`. What is opened so is another opening of the same
/// file: right for memory, wrong for a line.
pub fn kept_fd(name: &str) -> Option<PathBuf> {
    let inherited = of_environment(|key| env::var(key).ok(), process::id(), getppid().as_raw().unsigned_abs());
    let (number, _) = inherited.into_iter().find(|(_, kept)| kept == name)?;
    Some(PathBuf::from(format!("/proc/self/fd/{number}")))
}

/// Takes the files whose names `is_wanted`, with their names: the same openings that an earlier process gave away.
/// Once in the life of a process; later there are none left.
#[allow(unsafe_code)] // a manager passes descriptors as numbers
pub fn take_kept(is_wanted: impl Fn(&str) -> bool) -> Vec<(String, OwnedFd)> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Relaxed) {
        return Vec::new();
    }
    let inherited = of_environment(|key| env::var(key).ok(), process::id(), getppid().as_raw().unsigned_abs());
    let wanted = inherited.into_iter().filter(|(_, name)| is_wanted(name));
    // A number that is not open was never passed: nobody's file.
    let open = wanted.filter(|(number, _)| *number >= FIRST_FD && closes_on_exec(*number).is_ok());
    // SAFETY: whoever started this process opened these descriptors for it and told nobody else; each number stands once
    // in the list, and `TAKEN` lets no second call have them.
    open.map(|(number, name)| (name, unsafe { OwnedFd::from_raw_fd(number) })).collect()
}

/// Files of this process are not its children's.
#[allow(unsafe_code)] // as above
fn closes_on_exec(number: RawFd) -> nix::Result<()> {
    // SAFETY: borrowed for this call alone, which fails where the number is not open.
    let fd = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
    fcntl(fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).map(|_| ())
}

/// The files that the environment names for the process `me` with the parent `parent`: it may be that of a parent.
fn of_environment(variable: impl Fn(&str) -> Option<String>, me: u32, parent: u32) -> Vec<(RawFd, String)> {
    let number = |key: &str| variable(key)?.parse::<u32>().ok();
    let (numbers, names) = if number("LISTEN_PID") == Some(me) {
        let count = number("LISTEN_FDS").and_then(|count| RawFd::try_from(count).ok()).unwrap_or(0);
        ((FIRST_FD..FIRST_FD.saturating_add(count)).collect::<Vec<_>>(), variable("LISTEN_FDNAMES"))
    } else if number(HELD_BY) == Some(parent) {
        let numbers = variable(HELD).unwrap_or_default();
        (numbers.split(' ').filter_map(|number| number.parse().ok()).collect(), variable(HELD_NAMES))
    } else {
        return Vec::new();
    };
    let names = names.unwrap_or_default();
    let mut files: Vec<_> = numbers.into_iter().zip(names.split(':').map(unescape)).collect();
    files.sort_by_key(|(number, _)| *number);
    files.dedup_by_key(|(number, _)| *number);
    files
}

/// A name without what the protocol parts names by.
pub(crate) fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            ':' | '%' | '\n' => escaped.push_str(&format!("%{:02X}", c as u32)),
            c => escaped.push(c),
        }
    }
    escaped
}

pub(crate) fn unescape(escaped: &str) -> String {
    let mut parts = escaped.split('%');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(code) => {
                name.push(char::from(code));
                name.push_str(&part[2..]);
            }
            None => {
                name.push('%');
                name.push_str(part);
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: u32 = 70;
    const PARENT: u32 = 50;

    fn found(variables: &[(&str, &str)]) -> Vec<(RawFd, String)> {
        let find = |key: &str| variables.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
        of_environment(find, ME, PARENT)
    }

    fn manager<'a>(pid: &'a str, count: &'a str, names: &'a str) -> Vec<(RawFd, String)> {
        found(&[("LISTEN_PID", pid), ("LISTEN_FDS", count), ("LISTEN_FDNAMES", names)])
    }

    #[test]
    fn files_of_a_manager_are_found_by_name_and_only_by_the_process_they_are_for() {
        assert_eq!(manager("70", "2", "lines:call-table"), [(3, "lines".into()), (4, "call-table".into())]);
        assert_eq!(manager("70", "1", "lines:call-table").len(), 1, "more names than files");
        assert!(manager("50", "2", "lines:call-table").is_empty(), "meant for the parent");
        assert!(manager("70", "-1", "lines").is_empty());
    }

    #[test]
    fn files_of_a_parents_store_are_for_its_children_and_not_for_theirs() {
        let held = |by| found(&[(HELD_BY, by), (HELD, "9 12"), (HELD_NAMES, "TE.1.1:a%3Ab%25")]);
        assert_eq!(held("50"), [(9, "TE.1.1".into()), (12, "a:b%".into())]);
        assert!(held("49").is_empty(), "the parent is not the holder");
    }

    #[test]
    fn a_number_that_is_named_twice_is_one_file() {
        let twice = found(&[(HELD_BY, "50"), (HELD, "9 9"), (HELD_NAMES, "a:b")]);
        assert_eq!(twice, [(9, "a".into())]);
    }

    #[test]
    fn any_name_survives_the_colons_between_names() {
        for name in ["TE:4%x", "%", "%3A", "a\nb", "", "音:乐%"] {
            assert!(!escape(name).contains([':', '\n']), "{name}");
            assert_eq!(unescape(&escape(name)), name);
        }
    }
}
