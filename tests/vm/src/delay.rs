//! How long a voice is under way through the box: from the E1 to a telephone.
//!
//! A block of noise is timed from where libpri's program says it to where it is heard: once through the box, once where the
//! near end of the E1 is read by the test itself. The difference is the box: its read of a block, its tick, and what it
//! keeps written ahead. The machine's own timer comes every 4 ms, so the median of several counts.

use std::{fs, path::Path, thread::sleep, time::Duration};

use frame::Law;
use ringfence::wav;

use crate::{
    program::Program,
    runner::Case,
    site::{Site, exchange, field},
    spans::{Pairs, TRUNK},
    telephone::{Telephone, listener},
    usage::figure,
};

pub const CASES: &[Case] = &[Case::new("a_voice_is_under_way_through_the_box_for_35_ms_at_most", under_way)];

/// Times that each way is measured.
const TIMES: usize = 9;
/// What the design promises from end to end.
const MOST_MS: f64 = 35.0;
/// How often that is tried. Where the machine does other things its timer comes late, and all of one try with it; a box that
/// keeps too much written ahead is late in each.
const TRIES: usize = 3;

fn under_way() {
    let without = without_the_box();
    let with = through_the_box(without + (MOST_MS * 1000.0) as i64);
    let one_way_ms = (with - without) as f64 / 1000.0;
    figure("media.one_way_ms", one_way_ms, "ms");
    assert!((0.0..=MOST_MS).contains(&one_way_ms), "{one_way_ms} ms: {with} us with the box, {without} us without");
}

/// From the exchange's program to the near end of its timeslot.
fn without_the_box() -> i64 {
    let _pairs = Pairs::up();
    let folder = Path::new("/data/delay");
    fs::create_dir_all(folder).unwrap();
    let mut exchange = exchange(folder);
    let near = listener(TRUNK.channel(1));
    sleep(Duration::from_secs(1));
    median(&mut exchange, &near)
}

/// The first count of at most so many microseconds, or the last.
fn through_the_box(most_us: i64) -> i64 {
    let mut site = Site::linked();
    let telephone = site.telephone(1);
    sleep(Duration::from_secs(3));
    let id = site.talks(1, &telephone);
    sleep(Duration::from_secs(1));
    let mut under_way = median(&mut site.exchange, &telephone);
    for _ in 1..TRIES {
        if under_way > most_us {
            under_way = median(&mut site.exchange, &telephone);
        }
    }
    site.hangs_up(id);
    telephone.hangs_up();
    site.rows(1);
    drop(telephone);
    site.stops();
    under_way
}

/// Microseconds from the saying to the hearing of a block.
fn median(exchange: &mut Program, ear: &Telephone) -> i64 {
    let mut all: Vec<i64> = (0..TIMES).map(|number| once(exchange, ear, number as u32)).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

fn once(exchange: &mut Program, ear: &Telephone, number: u32) -> i64 {
    let block: Vec<u8> =
        (0..80).map(|at| (number * 80 + at).wrapping_mul(0x9e37_79b1).to_be_bytes()[0] & 0xbf ^ 0x55).collect();
    fs::write("/data/block.wav", wav::file(Law::A, &[&block])).unwrap();
    ear.listens();
    exchange.tell("play ts=1 file=/data/block.wav");
    let said_us = exchange.until("it says the block", |line| field(line, "\"PLAYS\"", "at_us"));
    sleep(Duration::from_millis(317));
    ear.heard_at_us(&block).expect("the block is heard") - said_us
}
