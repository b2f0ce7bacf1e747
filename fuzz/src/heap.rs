//! Whether memory is given back: an allocator that counts what is held.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// The system's allocator, counted. Each target makes it the global one.
pub struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn count(octets: isize) {
    HELD.with(|held| held.set(held.get() + octets));
}

// SAFETY: every call is handed on to the system's allocator as it came; counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Runs a target; all memory that it took is free again afterwards.
///
/// # Panics
/// Where some is not.
pub fn gives_back(target: impl FnOnce(&[u8]), octets: &[u8]) {
    let before = HELD.with(Cell::get);
    target(octets);
    let kept = HELD.with(Cell::get) - before;
    assert_eq!(kept, 0, "{kept} octets of memory are still held");
}
