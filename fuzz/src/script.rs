//! The fuzzer's octets as a story: small numbers, read one after the other. At the end all are zero.

/// What is left of the story.
pub struct Script<'a>(pub &'a [u8]);

impl<'a> Script<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn octet(&mut self) -> u8 {
        self.octets(1).first().copied().unwrap_or(0)
    }

    pub fn flag(&mut self) -> bool {
        self.octet() & 1 == 1
    }

    /// The next octets, fewer at the end.
    pub fn octets(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// One of some things; `None` where there are none.
    pub fn one_of<'b, T>(&mut self, things: &'b [T]) -> Option<&'b T> {
        let index = usize::from(self.octet());
        // From the last: young calls are the interesting ones.
        things.len().checked_sub(1 + index % things.len().max(1)).map(|at| &things[at])
    }
}
