//! Randomness, handed in: the daemon gives the kernel's, a simulation gives a seed's.

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroize as _;

use crate::suite::hash;

/// A source of random octets.
pub trait Random {
    /// Fills `octets`.
    fn fill(&mut self, octets: &mut [u8]);

    /// `N` random octets.
    fn array<const N: usize>(&mut self) -> [u8; N]
    where
        Self: Sized,
    {
        let mut octets = [0; N];
        self.fill(&mut octets);
        octets
    }
}

impl<R: Random + ?Sized> Random for Box<R> {
    fn fill(&mut self, octets: &mut [u8]) {
        (**self).fill(octets);
    }
}

/// The same octets for the same seed. For simulation and tests: whoever knows the seed knows every key.
#[derive(Clone, Debug)]
pub struct Seeded {
    seed: u64,
    block: u64,
}

impl Seeded {
    /// A source that starts at `seed`.
    pub const fn new(seed: u64) -> Seeded {
        Seeded { seed, block: 0 }
    }
}

impl Random for Seeded {
    fn fill(&mut self, octets: &mut [u8]) {
        for piece in octets.chunks_mut(32) {
            self.block += 1;
            let block = hash("ringfence seeded", &[&self.seed.to_be_bytes(), &self.block.to_be_bytes()]);
            piece.copy_from_slice(&block[..piece.len()]);
        }
    }
}

/// Lets libraries that ask for a generator draw from a [`Random`].
pub(crate) struct Drawn<'a>(pub(crate) &'a mut dyn Random);

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut octets = [0; 4];
        self.0.fill(&mut octets);
        Ok(u32::from_be_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut octets = [0; 8];
        self.0.fill(&mut octets);
        let number = u64::from_be_bytes(octets);
        octets.zeroize();
        Ok(number)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(octets);
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}
