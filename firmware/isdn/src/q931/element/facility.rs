//! Facility: the envelope of supplementary services. Q.932, 8.2.3.
//!
//! Not here: the components inside, which are ASN.1.

use std::fmt;

use super::{BadContents, CONTENTS_OCTETS, Contents, LAST, coded};

/// What a supplementary service says. It may hold numbers and names, so `Debug` prints its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Facility {
    profile: Profile,
    components: Box<[u8]>,
}

coded! {
    /// Protocol profile, 5 bits.
    Profile {
        /// Remote operations, X.219 and X.229, as EN 300 196-1 uses them.
        RemoteOperations = 0x11,
        /// CMIP, Q.941.
        ManagementInformation = 0x12,
        /// ACSE, X.217 and X.227.
        Association = 0x13,
        /// Networking extensions, as QSIG (ECMA-165) and NI-2 use them.
        NetworkingExtensions = 0x1f,
    }
}

impl Facility {
    /// The most octets of components that one element carries.
    pub const MAX_OCTETS: usize = CONTENTS_OCTETS - 1;

    /// Components behind a profile; `None` where they are too long for one element.
    pub fn new(profile: Profile, components: &[u8]) -> Option<Facility> {
        (components.len() <= Facility::MAX_OCTETS).then(|| Facility { profile, components: components.into() })
    }

    /// By which rules the components are read.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The components, as they came.
    pub fn components(&self) -> &[u8] {
        &self.components
    }

    pub(super) fn parse(contents: &[u8]) -> Result<Facility, BadContents> {
        let (&third, components) = contents.split_first().ok_or(BadContents)?;
        if third & LAST == 0 {
            return Err(BadContents);
        }
        Facility::new(Profile::from_code(third & 0x1f), components).ok_or(BadContents)
    }

    pub(super) fn emit(&self) -> Contents {
        let third = LAST | self.profile.code() & 0x1f;
        [third].into_iter().chain(self.components.iter().copied()).collect()
    }
}

impl fmt::Debug for Facility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Facility({:?}, {} octets)", self.profile, self.components.len())
    }
}
