//! Many short histories from many seeds: whatever ten seconds hold, nothing is left of them.

use std::time::Duration;

use crate::town::{Ledger, Seed, Town};

/// What is left of a call after its people have gone: wrap-up, T308, T316.
const REST: Duration = Duration::from_secs(40);

#[test]
fn ten_seconds_of_any_seed_leave_nothing_behind() {
    for seed in 100..136 {
        let seed = Seed(seed);
        let mut town = Town::new(seed.0, 40);
        town.run_for(Duration::from_secs(10));
        town.everybody_goes();
        town.rest(REST);
        town.house.assert_at_rest();
        Ledger::of(&town.house).check(&town);
    }
}
