//! Shows that the fuzzer finds what is there to be found: a panic behind a word, or, built the same way, a leak.
#![no_main]

#[global_allocator]
static ALLOCATOR: fuzz::Counting = fuzz::Counting;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::gives_back(planted, octets));

fn planted(octets: &[u8]) {
    match octets {
        [b'R', b'I', b'N', b'G', ..] => panic!("the planted panic"),
        [b'L', b'E', b'A', b'K', ..] => std::mem::forget(Box::new(0u64)),
        _ => {}
    }
}
