//! The heap, counted: what is held now, the most that was held, and how often something was taken. The allocator of the
//! program that asks tells of it (`allocator.rs`); without one all counts stay 0.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// So many octets were taken.
pub fn take(octets: usize) {
    TAKEN.fetch_add(1, Relaxed);
    PEAK.fetch_max(LIVE.fetch_add(octets, Relaxed) + octets, Relaxed);
}

/// So many octets were given back.
pub fn give_back(octets: usize) {
    LIVE.fetch_sub(octets, Relaxed);
}

/// Octets held now.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// The most octets that were held at once.
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}

/// How often memory was taken so far.
pub fn taken() -> usize {
    TAKEN.load(Relaxed)
}
