//! What trying a code or a passphrase costs: Argon2id, RFC 9106.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::OpenError;

/// The cost of one try at a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// What design asks of a slot: 256 MiB, 3 passes, about a second on the box.
    pub const SLOT: Cost = Cost { memory_kib: 256 * 1024, passes: 3 };

    /// The most that a file may ask for: more would let a damaged file take the box's memory.
    const LARGEST: Cost = Cost { memory_kib: 1024 * 1024, passes: 16 };

    /// 32 octets of `code`. Takes as long as the cost says.
    pub(crate) fn derive(self, code: &[u8], salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, OpenError> {
        let mut derived = Zeroizing::new([0; 32]);
        self.kdf()?.hash_password_into(code, salt, &mut *derived).map_err(|_| OpenError::Parameters)?;
        Ok(derived)
    }

    fn kdf(self) -> Result<Argon2<'static>, OpenError> {
        if self.memory_kib > Self::LARGEST.memory_kib || self.passes > Self::LARGEST.passes {
            return Err(OpenError::Parameters);
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| OpenError::Parameters)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}
