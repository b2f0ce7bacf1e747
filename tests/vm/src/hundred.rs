//! A hundred calls on four E1, and none: what the box needs of the machine for them.
//!
//! The callers wait in a queue, each hears its music and is recorded: a hundred channels in use, and twenty that are not.

use std::{thread::sleep, time::Duration};

use crate::{
    runner::Case,
    site::Site,
    usage::{Spent, Usage, figure, system_calls_per_s},
};

pub const CASES: &[Case] = &[Case::long("a_hundred_calls_on_four_e1_cost_what_the_figures_say", hundred)];

const TRUNKS: usize = 4;
/// A quarter of a hundred.
const CALLS_OF_A_TRUNK: usize = 25;
const QUEUE: &str = "62001235";

fn hundred() {
    let mut site = Site::with_four_trunks();
    sleep(Duration::from_secs(3));
    let (idle, idle_calls) = spent();
    let timeslots: Vec<usize> = (1..32).filter(|timeslot| *timeslot != 16).take(CALLS_OF_A_TRUNK).collect();
    for trunk in 0..TRUNKS {
        timeslots.iter().for_each(|timeslot| site.places_on(trunk, *timeslot, QUEUE));
    }
    sleep(Duration::from_secs(2));
    let (busy, busy_calls) = spent();
    tell("idle", &idle, idle_calls);
    tell("100_calls", &busy, busy_calls);
    assert_eq!(site.calls_of_the_box(), TRUNKS * CALLS_OF_A_TRUNK, "all of them are still there");
    assert!(
        idle_calls < busy_calls / 4.0,
        "channels that nobody uses cost next to nothing: {idle_calls} of {busy_calls}"
    );
    site.stops();
}

fn spent() -> (Spent, f64) {
    let before = Usage::of_the_box();
    sleep(Duration::from_secs(10));
    let spent = Usage::of_the_box() - before;
    (spent, system_calls_per_s(Duration::from_secs(5)))
}

fn tell(what: &str, spent: &Spent, system_calls: f64) {
    figure(&format!("dahdi.syscalls_per_s_{what}"), system_calls, "/s");
    figure(&format!("dahdi.cpu_pct_{what}"), spent.processor_pct, "% of the machine's virtual processor");
}
