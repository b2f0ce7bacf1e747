//! Noise that is the same on every machine.
//!
//! The generator is SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014); the normal
//! distribution is Box and Muller's.

use std::f64::consts::TAU;

use crate::level::at_dbm0;

/// A source of numbers that a seed decides.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The source of a seed.
    pub const fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number from 0 up to, not reaching, 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number of the range.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit() as f32
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.unit() * limit as f64) as usize
    }

    /// A number of the normal distribution of mean 0 and variance 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (TAU * self.unit()).cos()
    }
}

/// White Gaussian noise of exactly this level over all its samples.
pub fn white(seed: u64, level_dbm0: f32, samples: usize) -> Vec<f32> {
    let mut random = Random::new(seed);
    at_dbm0((0..samples).map(|_| random.normal() as f32).collect(), level_dbm0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_white_and_the_same_again() {
        let noise = white(7, -10.0, 100_000);
        assert_eq!(noise, white(7, -10.0, 100_000));
        let power: f32 = noise.iter().map(|sample| sample * sample).sum();
        for lag in 1..50 {
            let likeness: f32 = noise.iter().zip(&noise[lag..]).map(|(one, other)| one * other).sum();
            assert!((likeness / power).abs() < 0.015, "{lag}");
        }
    }

    #[test]
    fn numbers_keep_to_their_range() {
        let mut random = Random::new(3);
        for _ in 0..10_000 {
            assert!(random.below(7) < 7);
            assert!((-2.0..=3.0).contains(&random.between(-2.0, 3.0)));
        }
    }
}
