//! Compares what is heard with a clip that is said again and again. Nothing is kept, so an hour is as cheap as a second.

/// How many octets in a row are taken for the clip's begin. Of noise, no other place has the same.
const MARK: usize = 64;

/// The clip, and how far it was heard.
pub struct Expected {
    clip: Vec<u8>,
    /// The last octets, while the clip's begin is looked for.
    before: Vec<u8>,
    /// Where in the clip the next octet is, once it was found.
    at: Option<usize>,
    good: usize,
    bad: usize,
}

impl Expected {
    pub fn new(clip: Vec<u8>) -> Expected {
        assert!(clip.len() > MARK, "a clip is longer than its mark");
        Expected { clip, before: Vec::new(), at: None, good: 0, bad: 0 }
    }

    pub fn compares(&mut self, octets: &[u8]) {
        octets.iter().for_each(|octet| self.compare(*octet));
    }

    fn compare(&mut self, octet: u8) {
        match &mut self.at {
            Some(at) => {
                let good = self.clip[*at] == octet;
                (self.good, self.bad) = (self.good + usize::from(good), self.bad + usize::from(!good));
                *at = (*at + 1) % self.clip.len();
            }
            None => self.look(octet),
        }
    }

    fn look(&mut self, octet: u8) {
        self.before.push(octet);
        let from = self.before.len().saturating_sub(MARK);
        self.before.drain(..from);
        if self.before == self.clip[..MARK] {
            self.at = Some(MARK);
        }
    }

    /// Octets that were as expected since the begin was found, and octets that were not.
    pub fn told(&self) -> (usize, usize) {
        (self.good, self.bad)
    }
}
