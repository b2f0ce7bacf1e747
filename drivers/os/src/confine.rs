//! A process that shuts itself in before it sees a secret: it leaves no dump, has a user or at least a user namespace of
//! its own and no network, and may then only compute, and read and write what it already has open.
//!
//! Source: seccomp(2), user_namespaces(7), core(5). `coredump_filter` 0 keeps every page out of a dump, also those that
//! the allocator has yet to take; `MADV_DONTDUMP` would have to be said anew for each.

use std::{fs, io};

use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::{
        prctl::set_dumpable,
        resource::{Resource, setrlimit},
    },
    unistd::{Gid, Uid, User, geteuid, setgroups, setresgid, setresuid},
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

/// How far the process is kept apart from others of the one that started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// It runs as a user of its own.
    User,
    /// It runs in a user namespace of its own: it has no right of the starter's but those of its user.
    Namespace,
    /// The kernel gave neither.
    Nothing,
}

/// Shuts the calling process in, for good. It must have a single thread. Where `user` is a user of this machine and the
/// process is root's, it becomes that user.
///
/// # Errors
/// Where dumps or system calls can't be forbidden: then the process must not take a secret.
pub fn confine(user: &str) -> io::Result<Apart> {
    // First: a process that may not be dumped may not write here either.
    fs::write("/proc/self/coredump_filter", "0")?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    let apart = stand_apart(user)?;
    // After the change of the user, which decides anew about it.
    set_dumpable(false)?;
    let filter = filter(SeccompAction::KillProcess).map_err(io::Error::other)?;
    apply_filter(&filter).map_err(io::Error::other)?;
    Ok(apart)
}

/// Has this process leave no dump, and lets no other process of its user look into it.
///
/// # Errors
/// The system's.
pub fn leave_no_dump() -> io::Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    Ok(set_dumpable(false)?)
}

fn stand_apart(user: &str) -> io::Result<Apart> {
    if geteuid().is_root()
        && let Some(user) = User::from_name(user)?
    {
        // Before the change of the user: afterwards it is not allowed any more.
        unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC)?;
        become_user(user.uid, user.gid)?;
        return Ok(Apart::User);
    }
    let flags = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC;
    match unshare(flags) {
        Ok(()) => Ok(Apart::Namespace),
        // Machines that keep user namespaces for root, or that have used them up.
        Err(Errno::EPERM | Errno::ENOSPC | Errno::ENOSYS) => Ok(Apart::Nothing),
        Err(other) => Err(other.into()),
    }
}

fn become_user(user: Uid, group: Gid) -> io::Result<()> {
    setgroups(&[])?;
    setresgid(group, group, group)?;
    Ok(setresuid(user, user, user)?)
}

/// What the process may still ask of the kernel. No file or socket can be opened with these, no process begun.
const ALLOWED: &[libc::c_long] = &[
    // Its socket and the files that come over it.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_pread64,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_ppoll,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_statx,
    libc::SYS_lseek,
    // The standard library asks whether a descriptor is open before it closes one, in builds with checks.
    libc::SYS_fcntl,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_madvise,
    libc::SYS_mprotect,
    // Its thread, its end, and a panic on the way there.
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Hash maps draw their seed; clocks that the kernel does not map.
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    // Calls that the C library makes on one architecture for those above.
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    libc::SYS_newfstatat,
];

fn filter(otherwise: SeccompAction) -> Result<BpfProgram, seccompiler::Error> {
    let rules = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let architecture = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, otherwise, SeccompAction::Allow, architecture)?;
    Ok(filter.try_into()?)
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{Read, Seek},
        net::UdpSocket,
        process::Command,
        thread,
    };

    use super::*;

    /// Runs something in a thread that is shut in. Forbidden calls fail here instead of ending the process.
    fn shut_in<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
        let shut_in = move || {
            let refused = SeccompAction::Errno(libc::EACCES as u32);
            apply_filter(&filter(refused).unwrap()).unwrap();
            act()
        };
        thread::spawn(shut_in).join().unwrap()
    }

    #[test]
    fn no_file_is_opened_no_socket_and_no_process() {
        let kinds = shut_in(|| {
            let file = File::open("/proc/self/maps").err().map(|error| error.kind());
            let socket = UdpSocket::bind("127.0.0.1:0").err().map(|error| error.kind());
            let process = Command::new("true").status().err().map(|error| error.kind());
            [file, socket, process]
        });
        assert_eq!(kinds, [Some(io::ErrorKind::PermissionDenied); 3]);
    }

    #[test]
    fn what_was_open_is_read_and_memory_is_to_be_had() {
        let mut file = File::open("/proc/self/exe").unwrap();
        let read = shut_in(move || {
            file.seek(io::SeekFrom::Start(1)).unwrap();
            let mut name = [0; 3];
            file.read_exact(&mut name).unwrap();
            let large = vec![1_u8; 64 << 20];
            (name, large.len())
        });
        assert_eq!(read, (*b"ELF", 64 << 20));
    }
}
