//! What packing without loss would save of real voices, chunk by chunk, before they are sealed.
//!
//! Source: the ideas of ITU-T G.711.0, not its format: octets are taken in the order of the levels that they stand for,
//! foretold from the levels before by the better of three fixed predictors, and what differs is Rice-coded in pieces of 20 ms
//! with the best parameter of each. The entropy of a chunk's octets is what no code of single octets can beat.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use frame::Law;

use crate::{Failed, figure::figure};

/// Octets of a chunk, and of a piece that has a parameter of its own.
const CHUNK: usize = 800;
const PIECE: usize = 160;

/// What a piece needs besides: which predictor, which parameter.
const HEAD_BITS: u64 = 2 + 3;

pub fn run(voices: &[Vec<u8>]) -> Result<(), Failed> {
    let ranks = Ranks::new();
    let chunks = || voices.iter().flat_map(|voice| voice.chunks_exact(CHUNK));
    let total = chunks().count() * CHUNK * 8;
    let share = |bits: u64| 100.0 * bits as f64 / total as f64;
    let sizes: Vec<u64> = chunks().map(|chunk| ranks.packed_bits(chunk).div_ceil(8) * 8).collect();
    figure("vault.packed_pct", share(sizes.iter().sum()), "%");
    figure("vault.packed_pct.entropy", share(chunks().map(entropy_bits).sum()), "%");
    let all: Vec<u8> = voices.concat();
    figure("vault.packed_pct.ref", 100.0 * gzip(&all)? as f64 / all.len() as f64, "%");
    // What the lengths alone tell whoever can't open a chunk.
    let (least, most) = (sizes.iter().min().copied().unwrap_or(0), sizes.iter().max().copied().unwrap_or(0));
    figure("vault.packed_chunk_octets.least", least as f64 / 8.0, "octets");
    figure("vault.packed_chunk_octets.most", most as f64 / 8.0, "octets");
    Ok(())
}

/// The place of each octet among all, by the level that it stands for.
struct Ranks([i32; 256]);

impl Ranks {
    fn new() -> Ranks {
        let level = |octet: u8| codec::decode(Law::A, octet);
        let mut octets: Vec<u8> = (0..=255).collect();
        octets.sort_by_key(|octet| level(*octet));
        let mut ranks = [0; 256];
        octets.iter().enumerate().for_each(|(rank, octet)| ranks[usize::from(*octet)] = rank as i32 - 128);
        Ranks(ranks)
    }

    /// Every chunk is packed by itself: it must open without those before it.
    fn packed_bits(&self, chunk: &[u8]) -> u64 {
        let ranks: Vec<i32> = chunk.iter().map(|octet| self.0[usize::from(*octet)]).collect();
        let at = |no: usize, back: usize| no.checked_sub(back).map_or(0, |no| ranks[no]);
        let piece = |first: usize| {
            let of = |foretell: &dyn Fn(usize) -> i32| {
                let rest: Vec<u32> = (first..first + PIECE).map(|no| folded(ranks[no] - foretell(no))).collect();
                (0..8).map(|parameter| rice_bits(&rest, parameter)).min().unwrap_or(u64::MAX)
            };
            let plain = 8 * PIECE as u64;
            let [none, one, two] =
                [of(&|_| 0), of(&|no| at(no, 1)), of(&|no| (2 * at(no, 1) - at(no, 2)).clamp(-128, 127))];
            HEAD_BITS + none.min(one).min(two).min(plain)
        };
        (0..chunk.len()).step_by(PIECE).map(piece).sum()
    }
}

/// Small differences of either sign as small numbers.
fn folded(difference: i32) -> u32 {
    ((difference << 1) ^ (difference >> 31)).cast_unsigned()
}

fn rice_bits(rest: &[u32], parameter: u32) -> u64 {
    rest.iter().map(|value| u64::from((value >> parameter) + 1 + parameter)).sum()
}

fn entropy_bits(chunk: &[u8]) -> u64 {
    let mut counts = [0_u32; 256];
    chunk.iter().for_each(|octet| counts[usize::from(*octet)] += 1);
    let of = |count: &u32| f64::from(*count) * (chunk.len() as f64 / f64::from(*count)).log2();
    counts.iter().filter(|count| **count > 0).map(of).sum::<f64>() as u64
}

/// Octets of what `gzip -9` makes of all voices at once.
fn gzip(octets: &[u8]) -> Result<usize, Failed> {
    let mut gzip = Command::new("gzip").arg("-9").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = gzip.stdin.take().ok_or("gzip reads")?;
    let writer = std::thread::spawn({
        let octets = octets.to_vec();
        move || input.write_all(&octets)
    });
    let output = gzip.wait_with_output()?;
    writer.join().map_err(|_| "gzip was fed")??;
    Ok(output.stdout.len())
}
