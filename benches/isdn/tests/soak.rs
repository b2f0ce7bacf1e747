//! Twenty minutes of the day that `./justw soak` runs.

#[path = "../allocator.rs"]
mod allocator;

use std::time::Duration;

use isdn_bench::{
    heap,
    soak::{ROUND, Soak},
};

/// What a line in its bad moments may hold at most: both spans, the books about 60 calls, and frames on their way.
const PEAK_BYTES: isize = 1 << 20;

/// What may be left of it when all is quiet: room for the outputs of a busy moment, at both ends and in the cable.
const LEFT_BYTES: isize = 128 << 10;

const SEED: u64 = 20_261_125;

#[test]
fn twenty_minutes_over_a_bad_line_leave_nothing() {
    let before = heap::live();
    let mut soak = Soak::new(SEED);
    let fresh = heap::live() - before;
    soak.round(ROUND);
    let (tally, left) = (soak.tally(), heap::live() - before);
    assert!(heap::peak() - before < PEAK_BYTES, "{} bytes at the worst", heap::peak() - before);
    assert!(left < fresh + LEFT_BYTES, "{left} bytes after, {fresh} before");
    drop(soak);
    assert_eq!(heap::live(), before, "memory leaked");
    // That it was a day with all that belongs to one: 30 calls a second, answers, losses, cuts.
    assert!(tally.placed > 27_000, "{tally}");
    assert!(tally.answered > tally.placed / 2, "{tally}");
    assert!(tally.cuts >= 3 && tally.links_lost >= 3, "{tally}");
    assert!(tally.frames_lost * 100 > tally.frames * 9 / 10, "{tally}");
    assert_eq!(tally.begun, tally.ended, "{tally}");
    assert_eq!(same_again(), same_again(), "a seed says all");
}

fn same_again() -> String {
    let mut soak = Soak::new(SEED);
    soak.round(Duration::from_secs(60));
    soak.tally().to_string()
}
