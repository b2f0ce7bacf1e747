//! The heap of the thread that asks, counted: what it holds now, the most that it held, and how often it took something.
//! The allocator of the program tells of it (`allocator.rs`); without one all counts stay 0.
//!
//! By thread, because a test's harness has a thread of its own that takes and gives back when it likes. What one thread
//! takes and another gives back is one's gain and the other's loss, so counts may be below 0 and only differences tell.

use std::cell::Cell;

#[derive(Clone, Copy)]
struct Counts {
    live: isize,
    peak: isize,
    taken: usize,
}

thread_local! {
    // Made without memory and dropped without work: the allocator may ask for it at any time.
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { live: 0, peak: 0, taken: 0 }) };
}

/// So many octets were taken.
pub fn take(octets: usize) {
    let Counts { live, peak, taken } = counts();
    let live = live + octets as isize;
    COUNTS.set(Counts { live, peak: peak.max(live), taken: taken + 1 });
}

/// So many octets were given back.
pub fn give_back(octets: usize) {
    let counts = counts();
    COUNTS.set(Counts { live: counts.live - octets as isize, ..counts });
}

/// Octets held now.
pub fn live() -> isize {
    counts().live
}

/// The most octets that were held at once.
pub fn peak() -> isize {
    counts().peak
}

/// How often memory was taken so far.
pub fn taken() -> usize {
    counts().taken
}

fn counts() -> Counts {
    COUNTS.get()
}
