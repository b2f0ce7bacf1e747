#![no_main]

#[global_allocator]
static ALLOCATOR: fuzz::Counting = fuzz::Counting;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::gives_back(fuzz::mask, octets));
