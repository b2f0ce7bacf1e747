//! Random histories of 32 analog ports, of the whole of what the box signals: its line machines, its ringing current, its call
//! control. Twenty-four telephones of every class are on two cards, one of which rings seven at once and the other, old one a
//! single one; eight outside lines are in three groups. What their cards and the media thread would tell is made up from a seed.
//!
//! After every event: a handset that is up has a tone, a call or is locked out; one that is down has neither; no call is without
//! a party; no loop is closed without a call; no card rings more than it can. In the end, when all have gone and hours have
//! passed, nothing is left, and every telephone and every line works. The same seed tells the same, octet for octet.
//! `LINE_EVENTS` sets how many events there are (`./justw line-histories` takes a million); `LINE_SEED` takes one history alone, and
//! tells more of what came before its failure.

mod cards;
mod judge;
mod lines;
mod people;
mod ports;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lines::Lines;

/// How long a history is, in events of people and exchanges: some hours of a house.
const EVENTS: u64 = 1000;

/// What histories held.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    digest: u64,
    calls: u64,
    time: Duration,
    counts: BTreeMap<&'static str, u64>,
    met: BTreeSet<&'static str>,
}

/// So many events from a seed. A failure tells the seed and what came before it.
fn history(seed: u64, events: u64) -> Told {
    let mut lines = Lines::new(seed);
    let began = lines.now;
    let mut event = 0;
    let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        while event < events {
            lines.event();
            event += 1;
        }
        lines.everybody_goes();
        lines.everything_works();
    }));
    assert!(lived.is_ok(), "seed {seed}, event {event}, after\n{}", lines.recent.make_contiguous().join("\n"));
    let (digest, calls) = (lines.digest(), lines.calls);
    Told { digest, calls, time: lines.now.since(began), counts: lines.counts, met: lines.met }
}

/// Histories until so many events have happened, on as many processors as there are.
fn histories(events: u64) -> (u64, Told) {
    let seeds = events.div_ceil(EVENTS);
    if let Ok(seed) = std::env::var("LINE_SEED") {
        return (1, history(seed.parse().expect("LINE_SEED is a number"), EVENTS));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let of =
        |first: usize| (first as u64..seeds).step_by(threads).map(|seed| history(seed, EVENTS)).collect::<Vec<_>>();
    let told = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|first| scope.spawn(move || of(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no history fails")).collect::<Vec<_>>()
    });
    let mut all = Told::default();
    for one in told {
        (all.calls, all.time) = (all.calls + one.calls, all.time + one.time);
        all.met.extend(one.met);
        one.counts.into_iter().for_each(|(kind, count)| *all.counts.entry(kind).or_default() += count);
    }
    (seeds, all)
}

#[test]
#[allow(clippy::print_stdout)] // what `./justw line-histories` is asked for
fn whatever_happens_at_32_ports_each_has_a_tone_a_call_or_is_locked_out_and_all_of_them_work_in_the_end() {
    let events = std::env::var("LINE_EVENTS").map_or(10_000, |events| events.parse().expect("LINE_EVENTS is a number"));
    let (seeds, all) = histories(events);
    let (events, hours) = (seeds * EVENTS, all.time.as_secs() / 3600);
    println!("{events} events at 32 ports in {seeds} histories: {} calls in {hours} hours", all.calls);
    all.counts.iter().for_each(|(kind, count)| println!("{count:>9}  {kind}"));
    println!("met: {}", all.met.iter().copied().collect::<Vec<_>>().join(", "));
    assert!(all.calls > events / 20, "{} calls", all.calls);
    let missing: Vec<_> = people::RARE.iter().filter(|rare| !all.met.contains(*rare)).collect();
    assert!(events < 10_000 || missing.is_empty(), "never met: {missing:?}");
}

#[test]
fn the_same_seed_tells_the_same_of_the_lines_and_another_one_other_things() {
    assert_eq!(history(7, 1_500), history(7, 1_500));
    assert_ne!(history(7, 1_500).digest, history(8, 1_500).digest);
}
