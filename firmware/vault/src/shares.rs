//! The recovery key in three shares, of which any two make it and one says nothing.
//!
//! Source: A. Shamir, "How to share a secret", Communications of the ACM 22 (11), 1979: a line through the secret for
//! each octet, in the field of FIPS 197. Written here because what there is as a crate brings curves and generators of
//! its own for thirty lines, or had a slope that was never zero (RUSTSEC-2024-0398), so that one share did say something.
//! Not here: whether the key that came out is the one. Its public half says so.

use crate::{
    Random, Secret, VaultId,
    field::{inverse, multiply},
};

/// How many shares are made.
pub const SHARES: u8 = 3;

/// Octets of the vault's id that a share carries: they name the vault, and prove nothing.
pub(crate) const VAULT_OCTETS: usize = 8;

/// One share. Its value hides itself from debug output and is wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub(crate) vault: [u8; VAULT_OCTETS],
    /// With which epoch the recovery key began: a later key has other shares.
    pub epoch: u32,
    /// Which of the three, from 1.
    pub index: u8,
    pub(crate) value: Secret,
}

impl Share {
    /// Whether it is of this vault.
    pub fn is_of(&self, vault: &VaultId) -> bool {
        vault.0.starts_with(&self.vault)
    }
}

/// Why two shares make no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// They are of two vaults.
    #[error("the shares are of different vaults")]
    Vaults,
    /// They are of two recovery keys of the vault: one is of an older sheet.
    #[error("the shares are of different recovery keys")]
    Epochs,
    /// It is the same share twice.
    #[error("it is the same share twice")]
    Same,
}

/// Splits `key`.
pub fn split(key: &Secret, vault: &VaultId, epoch: u32, random: &mut dyn Random) -> [Share; SHARES as usize] {
    let slope = Secret::draw(random);
    let [a, b, c, d, e, f, g, h, ..] = vault.0;
    [1, 2, 3].map(|index| {
        let value = Secret::fill_with(|at| key.expose()[at] ^ multiply(slope.expose()[at], index));
        Share { vault: [a, b, c, d, e, f, g, h], epoch, index, value }
    })
}

/// The key that two shares make. Two that do not belong together, and say nothing of it, make some key: compare its
/// public half.
///
/// # Errors
/// What shows that they do not belong together.
pub fn combine(one: &Share, other: &Share) -> Result<Secret, ShareError> {
    match () {
        () if one.vault != other.vault => Err(ShareError::Vaults),
        () if one.epoch != other.epoch => Err(ShareError::Epochs),
        () if one.index == other.index => Err(ShareError::Same),
        () => Ok(at_zero(one, other)),
    }
}

/// Where the line through both has its zero. Source: Lagrange; subtracting is adding in this field.
fn at_zero(one: &Share, other: &Share) -> Secret {
    let apart = inverse(one.index ^ other.index);
    let (weight_one, weight_other) = (multiply(other.index, apart), multiply(one.index, apart));
    Secret::fill_with(|at| {
        multiply(one.value.expose()[at], weight_one) ^ multiply(other.value.expose()[at], weight_other)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Seeded;

    const VAULT: VaultId = VaultId([7; 16]);

    proptest! {
        #[test]
        fn any_two_shares_make_the_key_in_either_order(key: [u8; 32], seed: u64) {
            let key = Secret::new(key);
            let shares = split(&key, &VAULT, 1, &mut Seeded::new(seed));
            for (one, other) in [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)] {
                prop_assert_eq!(combine(&shares[one], &shares[other]), Ok(key.clone()));
            }
        }
    }

    /// Gives the same octet for ever.
    struct Constant(u8);

    impl Random for Constant {
        fn fill(&mut self, octets: &mut [u8]) {
            octets.fill(self.0);
        }
    }

    #[test]
    fn one_share_fits_every_key_equally_well() {
        for index in 0..usize::from(SHARES) {
            for octet in 0..=255 {
                let key = Secret::new([octet; 32]);
                let mut seen = [0; 256];
                for slope in 0..=255 {
                    let share = &split(&key, &VAULT, 1, &mut Constant(slope))[index];
                    seen[usize::from(share.value.expose()[0])] += 1;
                }
                assert_eq!(seen, [1; 256], "share {index} of {octet}: each value comes from just one slope");
            }
        }
    }

    #[test]
    fn a_line_is_never_drawn_through_one_point_or_two_vaults() {
        let shares = split(&Secret::new([9; 32]), &VAULT, 1, &mut Seeded::new(1));
        let other = |vault, epoch| split(&Secret::new([9; 32]), &vault, epoch, &mut Seeded::new(1))[1].clone();
        assert_eq!(combine(&shares[0], &shares[0]), Err(ShareError::Same));
        assert_eq!(combine(&shares[0], &other(VaultId([8; 16]), 1)), Err(ShareError::Vaults));
        assert_eq!(combine(&shares[0], &other(VAULT, 2)), Err(ShareError::Epochs));
        assert!(shares[0].is_of(&VAULT) && !shares[0].is_of(&VaultId([8; 16])));
    }

    #[test]
    fn debug_output_shows_no_value() {
        let [share, ..] = split(&Secret::new([9; 32]), &VAULT, 1, &mut Constant(0));
        assert!(!format!("{share:?}").contains("9, 9"));
    }
}
