//! The system's allocator, which tells [`isdn_bench::heap`] what it gives and takes.

use std::alloc::{GlobalAlloc, Layout, System};

use isdn_bench::heap;

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call is handed on to the system's allocator as it came; counting neither allocates nor unwinds.
#[allow(unsafe_code)] // an allocator can't be written without; nothing that is shipped uses it
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        heap::take(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        heap::give_back(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}
