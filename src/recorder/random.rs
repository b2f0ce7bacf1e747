//! The kernel's randomness.

use vault::Random;

/// Octets from the kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&mut self, octets: &mut [u8]) {
        // After boot the call does not fail on Linux, and going on with known octets would give every key away.
        getrandom::fill(octets).expect("the kernel gives random octets");
    }
}
