//! The heap, counted: what is held now, and how often something was taken.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// The system's allocator with two counts.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Octets held now.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// How often memory was taken so far.
pub fn taken() -> usize {
    TAKEN.load(Relaxed)
}

// SAFETY: every call is handed on to the system's allocator as it came; counting neither allocates nor unwinds.
#[allow(unsafe_code)] // an allocator can't be written without; nothing that is shipped uses it
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.fetch_add(1, Relaxed);
        LIVE.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}
