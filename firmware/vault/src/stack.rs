//! Writes over what functions that worked with secrets have left on the stack.
//!
//! A value that is moved leaves its octets where it was, and libraries keep round keys and hash states in frames that
//! nobody wipes. What lives on is kept behind a pointer; what does not is written over when the work is done.

use std::hint::black_box;

use zeroize::Zeroize as _;

/// Words that are written over, 48 KiB: deeper than any function here goes, Argon2's and the curve's unoptimised ones
/// too, and far below what the smallest thread has.
const WORDS: usize = 6 * 1024;

/// Does `work`, and wipes the stack below.
pub fn leaving_no_trace<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    wipe();
    done
}

/// In a frame of its own, below which `wipe` writes.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn wipe() {
    let mut room = [0_u64; WORDS];
    room.zeroize();
    black_box(&room);
}
