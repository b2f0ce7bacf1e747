//! The power goes below ext4: at any write or flush that the kernel asked of the disk, with what was not flushed lost, torn
//! or out of order.
//!
//! `./justw power-log` has recorded those writes in a virtual machine, with what was promised between them. Here the disk is
//! made as a cut may leave it, e2fsck plays its journal back, the files are taken out of it, and the recorder recovers what
//! they hold. Nothing that was durable may be lost, and all that is left must open. `CUTS=1000` makes it as many.
//! Not here: what a cut leaves file by file (`src/recorder/tests/power.rs`), which is every state and no file system.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // helpers of tests are not seen as tests, and figures are printed

mod disk;
mod log;
#[allow(dead_code)] // what only the writer does
mod mark;
#[allow(dead_code)] // as above
mod story;
mod tally;
mod vault_check;

use disk::{Cut, cuts_of};
use log::Log;
use mark::Story;
use tally::{Tally, Wrong};

fn cuts() -> usize {
    std::env::var("CUTS").map_or(200, |cuts| cuts.parse().expect("CUTS is a number"))
}

/// Cuts the power so many times while a story is told.
fn cut(story: Story, cuts: usize) -> Tally {
    let log = Log::read();
    let cuts = cuts_of(&log, story, cuts);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let shares: Vec<&[Cut]> = cuts.chunks(cuts.len().div_ceil(workers)).collect();
    std::thread::scope(|scope| {
        let works: Vec<_> = shares.into_iter().map(|share| scope.spawn(|| Tally::of(&log, story, share))).collect();
        works.into_iter().map(|work| work.join().unwrap()).fold(Tally::default(), Tally::with)
    })
}

#[test]
fn a_power_cut_below_ext4_loses_nothing_that_was_durable_and_all_that_is_left_opens() {
    let tally = cut(Story::Flushed, cuts());
    let histogram: Vec<_> = tally.lost.iter().map(|(ticks, cuts)| format!("{} ms: {cuts}", ticks * 10)).collect();
    println!("lost of a voice: {}", histogram.join(", "));
    println!("figure vault.power_cut_ext4_cuts {} cuts", tally.cuts);
    println!("figure vault.power_cut_ext4_unreadable {} cuts", tally.wrong.values().sum::<usize>());
    println!("figure vault.power_cut_ext4_max_loss_ms {} ms", tally.lost.keys().max().unwrap() * 10);
    assert_eq!(tally.wrong, Default::default());
    assert_eq!(tally.cuts, cuts());
    assert!(tally.lost.keys().max() >= Some(&10), "something is lost, or the cuts cut nothing");
    assert!(tally.replayed > 0, "no journal was played back: the cuts were between all writes");
}

#[test]
fn a_ring_that_is_not_flushed_is_seen_to_lose_what_was_durable() {
    let tally = cut(Story::Unflushed, 40);
    let lost = tally.wrong.get(&Wrong::LostWhatWasDurable).copied().unwrap_or(0);
    assert!(lost >= 10, "of {} cuts: {:?}", tally.cuts, tally.wrong);
}
