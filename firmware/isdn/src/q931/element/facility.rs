//! Facility: the envelope of supplementary services. Q.932, 8.2.3.
//!
//! Not here: the components inside, which are ASN.1.

use std::fmt;

use super::{BadContents, CONTENTS_OCTETS, Contents};

/// What a supplementary service says, as it came: a protocol profile, then components. `suppl` reads it. It may hold
/// numbers and names, so `Debug` prints its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Facility(Box<[u8]>);

impl Facility {
    /// Contents, 1 to 255 octets; `None` otherwise.
    pub fn new(contents: &[u8]) -> Option<Facility> {
        (1..=CONTENTS_OCTETS).contains(&contents.len()).then(|| Facility(contents.into()))
    }

    /// The contents, as they came.
    pub fn contents(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn parse(contents: &[u8]) -> Result<Facility, BadContents> {
        Facility::new(contents).ok_or(BadContents)
    }

    pub(super) fn emit(&self) -> Contents {
        self.0.iter().copied().collect()
    }
}

impl fmt::Debug for Facility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Facility({} octets)", self.0.len())
    }
}
