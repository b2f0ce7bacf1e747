//! 32 octets that nobody may see: wiped when dropped, hidden from debug output.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Random;

/// A secret of 32 octets.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes over octets. The caller wipes its own copy.
    pub const fn new(octets: [u8; 32]) -> Secret {
        Secret(octets)
    }

    /// Draws a secret.
    pub fn draw(random: &mut dyn Random) -> Secret {
        let mut secret = Secret([0; 32]);
        random.fill(&mut secret.0);
        secret
    }

    /// Octet by octet, in place: nothing is left on the stack.
    pub(crate) fn fill_with(octet: impl Fn(usize) -> u8) -> Secret {
        let mut secret = Secret([0; 32]);
        secret.0.iter_mut().enumerate().for_each(|(at, into)| *into = octet(at));
        secret
    }

    /// The octets.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
