//! The real-time class of the media thread, and memory that is never paged out.

use std::io;

use nix::{
    errno::Errno,
    sys::mman::{MlockAllFlags, mlockall},
};

/// What a thread got when it asked for the real-time class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realtime {
    /// SCHED_FIFO at the wanted priority.
    Fifo,
    /// The thread runs as any other: the right is missing. It works, with more buffering and less certainty.
    Refused(RealtimeRefused),
}

/// Why the real-time class was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealtimeRefused {
    /// Neither CAP_SYS_NICE nor a sufficient RLIMIT_RTPRIO.
    NoRight,
    /// The kernel refused for another reason, by its number.
    Other(i32),
}

impl Realtime {
    /// Asks for SCHED_FIFO at `priority` (1 to 99) for the calling thread.
    #[allow(unsafe_code)] // no safe call for sched_setscheduler(2) exists in nix
    pub fn request(priority: u8) -> Realtime {
        let param = libc::sched_param { sched_priority: i32::from(priority.clamp(1, 99)) };
        // SAFETY: pid 0 names the calling thread, and `param` is a live, initialised sched_param that the kernel only reads.
        let answer = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const param) };
        if answer == 0 {
            return Realtime::Fifo;
        }
        match Errno::last() {
            Errno::EPERM => Realtime::Refused(RealtimeRefused::NoRight),
            other => Realtime::Refused(RealtimeRefused::Other(other as i32)),
        }
    }

    /// Whether the calling thread has the real-time class.
    #[allow(unsafe_code)] // no safe call for sched_getscheduler(2) exists in nix
    pub fn is_granted() -> bool {
        // SAFETY: pid 0 names the calling thread; the call only answers.
        let class = unsafe { libc::sched_getscheduler(0) };
        class & !libc::SCHED_RESET_ON_FORK == libc::SCHED_FIFO
    }
}

/// Work that waits for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Background;

impl Background {
    /// Lets the calling thread work and read disks only when nobody else wants to: SCHED_IDLE, and the idle class of
    /// ioprio_set(2), which disks with a scheduler heed. Any thread may. Where the kernel refuses, it works as any other.
    #[allow(unsafe_code)] // nix has no safe call for either
    pub fn request() {
        /// `IOPRIO_WHO_PROCESS`: of one thread.
        const THREAD: libc::c_int = 1;
        /// `IOPRIO_CLASS_IDLE` in its place.
        const IDLE: libc::c_int = 3 << 13;
        let param = libc::sched_param { sched_priority: 0 };
        // SAFETY: pid 0 names the calling thread, and `param` is a live, initialised sched_param that the kernel only reads.
        unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const param) };
        // SAFETY: three numbers; 0 names the calling thread.
        unsafe { libc::syscall(libc::SYS_ioprio_set, THREAD, 0, IDLE) };
    }

    /// Lets the calling thread go on beside others, and give way to each of them: nice 19, a sixty-eighth of what a thread of the
    /// usual kind gets. For what somebody waits for. Any thread may; where the kernel refuses, it works as any other.
    #[allow(unsafe_code)] // nix has no safe call for it
    pub fn give_way() {
        // SAFETY: three numbers; 0 names the calling thread (setpriority(2), C library/kernel differences).
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
    }
}

/// Keeps all memory of this process, now and later, in RAM.
///
/// # Errors
/// The kernel's, when the right (CAP_IPC_LOCK or RLIMIT_MEMLOCK) is missing.
pub fn lock_memory() -> io::Result<()> {
    mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(unsafe_code)] // asks the kernel what it was told
    fn a_thread_in_the_background_leaves_processor_and_disk_to_the_others() {
        let classes = || {
            // SAFETY: numbers only; 0 names the calling thread.
            unsafe { (libc::sched_getscheduler(0), libc::syscall(libc::SYS_ioprio_get, 1, 0) >> 13) }
        };
        let before = classes();
        let there = std::thread::spawn(move || {
            Background::request();
            classes()
        });
        assert_eq!(there.join().unwrap(), (libc::SCHED_IDLE, 3));
        assert_eq!(classes(), before, "this thread has not asked");
    }

    #[test]
    #[allow(unsafe_code)] // asks the kernel what it was told
    fn a_thread_that_gives_way_is_nice_and_no_other_is() {
        let nice = || {
            // SAFETY: two numbers; 0 names the calling thread.
            unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
        };
        let before = nice();
        let there = std::thread::spawn(move || {
            Background::give_way();
            nice()
        });
        assert_eq!(there.join().unwrap(), 19);
        assert_eq!(nice(), before, "this thread has not asked");
    }

    #[test]
    fn a_thread_gets_the_real_time_class_or_is_told_why_not() {
        let (got, granted) = std::thread::spawn(|| (Realtime::request(1), Realtime::is_granted())).join().unwrap();
        assert_eq!(granted, got == Realtime::Fifo);
        assert!(!Realtime::is_granted(), "this thread has not asked");
        assert!(matches!(got, Realtime::Fifo | Realtime::Refused(RealtimeRefused::NoRight)), "{got:?}");
    }
}
