//! A thousand calls in virtual time, with audio: at the end nothing is left of them, and everything adds up.

use std::{thread, time::Duration};

use crate::town::{Ledger, Seed, Town};

/// How many calls a day has.
const CALLS: usize = 1000;

/// Longer than every wrap-up, T308 and T316.
const REST: Duration = Duration::from_secs(40);

fn day(seed: u64) -> Town {
    let mut town = Town::new(seed, CALLS);
    town.run(|_| ());
    town.rest(REST);
    town
}

#[test]
fn a_thousand_calls_leave_nothing_behind_add_up_and_write_the_same_log_again() {
    let seed = Seed(2026);
    let again = thread::spawn({
        let seed = seed.0;
        move || day(seed).house.log_files()
    });
    let mut town = day(seed.0);
    town.house.assert_at_rest();
    let ledger = Ledger::of(&town.house);
    let counts = ledger.check(&town);
    assert_eq!(counts.calls, CALLS);
    assert!(town.seen.most_at_once >= 20, "{} at once", town.seen.most_at_once);
    assert!(town.seen.ears >= CALLS / 10, "{} ears were held to what they heard", town.seen.ears);
    assert_eq!(town.seen.unused(&town.house), [""; 0], "every B-channel, outside line and telephone had a call");
    let tenths = [
        ("give up", counts.gave_up),
        ("press wrong digits", counts.wrong_digits),
        ("get no answer", counts.no_answer),
        ("find it busy", counts.busy),
    ];
    for (what, count) in tenths {
        assert!(count >= CALLS / 10, "{count} calls {what}, of {CALLS}");
    }
    let talks = ledger.talks_s();
    let cut_short = talks.iter().filter(|talk| **talk < 5).count();
    assert!(cut_short <= CALLS / 100, "who lifts a handset in the moment in which the caller hangs up: {cut_short}");
    assert!((200..=300).contains(talks.last().unwrap()), "{talks:?}");
    let log = town.house.log_files();
    assert!(log.len() > 3 && log == again.join().unwrap(), "octet for octet, over several files");
}
