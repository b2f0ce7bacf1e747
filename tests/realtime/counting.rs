//! The allocator of a test program, which counts what one thread asks of it.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// Counts what the watched thread allocates and frees.
struct Counting;

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static TOUCHED: Cell<u64> = const { Cell::new(0) };
}

fn touch() {
    if WATCHED.with(Cell::get) {
        TOUCHED.with(|count| count.set(count.get() + 1));
    }
}

// SAFETY: every call is handed on to the system's allocator as it came; counting neither allocates nor unwinds.
#[allow(unsafe_code)] // an allocator can't be written without; it is a test's own
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        touch();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        touch();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` allocates or frees.
pub fn touched_by(work: impl FnOnce()) -> u64 {
    TOUCHED.with(|count| count.set(0));
    WATCHED.with(|watched| watched.set(true));
    work();
    WATCHED.with(|watched| watched.set(false));
    TOUCHED.with(Cell::get)
}
