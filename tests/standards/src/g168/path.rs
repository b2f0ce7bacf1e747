//! Echo paths: an impulse response of Annex D, so many samples late, so much weaker.

use frame::OCTETS_PER_TICK;

use super::tables::PATHS;

/// The echo paths of G.168, Annex D, D.2 to D.9.
pub const HYBRIDS: usize = PATHS.len();

/// The longest of them, in samples.
pub const LONGEST: usize = 128;

/// Which echo a line has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hybrid {
    /// D.2 to D.9 from 0 on.
    pub number: usize,
    /// Echo return loss.
    pub erl_db: f32,
    /// Samples before the impulse response begins.
    pub delay: usize,
}

impl Hybrid {
    /// Its clause in Annex D.
    pub fn name(self) -> String {
        format!("D.{} ERL {} dB delay {}", self.number + 2, self.erl_db, self.delay)
    }

    /// Its impulse response, delay included.
    pub fn response(self) -> Vec<f32> {
        let (factor, response) = PATHS[self.number];
        let gain = factor * f64::from(codec::ratio_of_db(-self.erl_db));
        let tap = |&tap: &i32| (f64::from(tap) * gain) as f32;
        std::iter::repeat_n(0.0, self.delay).chain(response.iter().map(tap)).collect()
    }
}

/// A filter that works off a tick at a time.
#[derive(Clone, Debug)]
pub struct Filter {
    taps: Vec<f32>,
    /// Leading taps that are 0.
    lead: usize,
    /// What was heard before, and after it the tick.
    heard: Vec<f32>,
}

impl Filter {
    /// A filter of these taps.
    pub fn new(taps: Vec<f32>) -> Filter {
        let lead = taps.iter().take_while(|tap| **tap == 0.0).count();
        let heard = vec![0.0; taps.len() + OCTETS_PER_TICK];
        Filter { taps, lead, heard }
    }

    /// Takes other taps; what was heard stays, as far as it still counts.
    pub fn retune(&mut self, taps: Vec<f32>) {
        let next = Filter::new(taps);
        let before = std::mem::replace(self, next);
        let common = before.heard.len().min(self.heard.len());
        let from = self.heard.len() - common;
        self.heard[from..].copy_from_slice(&before.heard[before.heard.len() - common..]);
    }

    /// The filtered tick.
    pub fn process(&mut self, tick: &[f32; OCTETS_PER_TICK]) -> [f32; OCTETS_PER_TICK] {
        self.heard.copy_within(OCTETS_PER_TICK.., 0);
        let begin = self.heard.len() - OCTETS_PER_TICK;
        self.heard[begin..].copy_from_slice(tick);
        let mut sum = [0.0; OCTETS_PER_TICK];
        for (at, tap) in self.taps.iter().enumerate().skip(self.lead) {
            // Over the samples and not over the taps: so that the compiler makes vectors of it.
            let heard = &self.heard[begin - at..begin - at + OCTETS_PER_TICK];
            sum.iter_mut().zip(heard).for_each(|(sum, heard)| *sum += tap * heard);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{css, level};

    #[test]
    fn a_click_comes_back_as_the_response() {
        let hybrid = Hybrid { number: 3, erl_db: 6.0, delay: 150 };
        let (response, mut filter) = (hybrid.response(), Filter::new(hybrid.response()));
        let mut click = [0.0; OCTETS_PER_TICK];
        click[7] = 1.0;
        let ticks = [filter.process(&click), filter.process(&[0.0; 80]), filter.process(&[0.0; 80])].concat();
        assert_eq!(ticks[7..240], response[..233]);
        assert!(ticks[7..157].iter().all(|&sample| sample == 0.0) && ticks[157] != 0.0);
    }

    #[test]
    fn no_path_is_longer_than_128_and_each_loses_what_it_says_to_css() {
        for number in 0..HYBRIDS {
            let hybrid = Hybrid { number, erl_db: 10.0, delay: 0 };
            assert!(hybrid.response().len() <= LONGEST);
            let (mut filter, css) = (Filter::new(hybrid.response()), css::received(-10.0, 5600));
            let echo = css.chunks_exact(80).flat_map(|tick| filter.process(tick.try_into().unwrap()));
            let loss = level::dbm0(&css) - level::dbm0(&echo.collect::<Vec<_>>());
            assert!((9.5..16.5).contains(&loss), "{}: {loss}", hybrid.name());
        }
    }
}
