//! What the event log lost for good: numbers that are missing, and stretches that can't be read.
//!
//! What was there may have been a hold, a recall, or an event by which a rule keeps. So nothing is erased until two people have
//! looked and acknowledged exactly this much; what is lost afterwards stops erasing again. What the lost events may have been
//! about stays for good.
//! Not here: where it is found (`src/journal`), who acknowledges it (`access`).

use std::fmt::Write as _;

use frame::EventNo;
use serde::{Deserialize, Serialize};

use crate::sha256;

/// Places in one acknowledgement at most: it has to fit into one event.
pub const LOSSES_MAX: usize = 500;

/// What is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// The numbers that are missing, as first and last, lowest first.
    pub missing: Vec<(EventNo, EventNo)>,
    /// The stretches that can't be read, in the order in which they were told first.
    pub damages: Vec<DamagedStretch>,
}

/// A stretch of the log that can't be read. An index that is made again meets it again, and tells it under another number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedStretch {
    /// The first event that told of it.
    pub told: EventNo,
    /// The log's file.
    pub file: String,
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub octets: u64,
}

impl DamagedStretch {
    fn is_same(&self, other: &DamagedStretch) -> bool {
        (&self.file, self.offset, self.octets) == (&other.file, other.offset, other.octets)
    }
}

impl Losses {
    /// Whether nothing is lost.
    pub fn are_none(&self) -> bool {
        self.missing.is_empty() && self.damages.is_empty()
    }

    /// In how many places.
    pub fn places(&self) -> usize {
        self.missing.len() + self.damages.len()
    }

    /// What of this is not among what is known.
    #[must_use]
    pub fn without(&self, known: &Losses) -> Losses {
        let missing = self.missing.iter().flat_map(|range| known.missing.iter().fold(vec![*range], subtract));
        let is_new = |damage: &&DamagedStretch| !known.damages.iter().any(|known| known.is_same(damage));
        Losses { missing: missing.collect(), damages: self.damages.iter().filter(is_new).cloned().collect() }
    }

    /// Adds others.
    pub fn add(&mut self, others: Losses) {
        self.missing.extend(others.missing);
        self.damages.extend(others.damages);
    }

    /// Whether something was lost between two events, or at one of them.
    pub fn touch(&self, first: EventNo, last: EventNo) -> bool {
        let missing = self.missing.iter().any(|(from, to)| *from <= last && first <= *to);
        // Where numbers went on after what can't be read, none is missing: it stood before the event that told of it.
        missing || self.damages.iter().any(|damage| first <= damage.told && damage.told <= last)
    }

    /// Whether something was lost after an event.
    pub fn are_after(&self, no: EventNo) -> bool {
        self.missing.iter().any(|(_, to)| no < *to) || self.damages.iter().any(|damage| no < damage.told)
    }

    /// In a line, for two people to agree on. The hash covers each number and each stretch.
    pub fn object(&self) -> String {
        let mut all = String::new();
        let mut numbers = 0;
        for (from, to) in &self.missing {
            let _ = writeln!(all, "{from} {to}");
            numbers += to.0 - from.0 + 1;
        }
        for DamagedStretch { file, offset, octets, .. } in &self.damages {
            let _ = writeln!(all, "{file} {offset} {octets}");
        }
        let hash = base16ct::lower::encode_string(&sha256(all.as_bytes())[..8]);
        format!("log: {numbers} missing, {} damaged / {hash}", self.damages.len())
    }
}

/// What is left of some ranges without another one.
fn subtract(ranges: Vec<(EventNo, EventNo)>, known: &(EventNo, EventNo)) -> Vec<(EventNo, EventNo)> {
    let without = |(from, to): (EventNo, EventNo)| {
        if known.1 < from || to < known.0 {
            return [Some((from, to)), None];
        }
        let before = (from < known.0).then(|| (from, EventNo(known.0.0 - 1)));
        let after = (known.1 < to).then(|| (EventNo(known.1.0 + 1), to));
        [before, after]
    };
    ranges.into_iter().flat_map(without).flatten().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn missing(ranges: &[(u64, u64)]) -> Losses {
        let missing = ranges.iter().map(|(from, to)| (EventNo(*from), EventNo(*to))).collect();
        Losses { missing, damages: vec![] }
    }

    fn stretch(told: u64, octets: u64) -> DamagedStretch {
        DamagedStretch { told: EventNo(told), file: "events-1.log".into(), offset: 300, octets }
    }

    #[test]
    fn what_was_acknowledged_is_not_lost_again_and_one_number_more_is() {
        let known = missing(&[(7, 9), (12, 12)]);
        assert!(missing(&[(7, 9)]).without(&known).are_none());
        assert_eq!(missing(&[(6, 12)]).without(&known), missing(&[(6, 6), (10, 11)]));
        assert_eq!(missing(&[(8, 20)]).without(&known), missing(&[(10, 11), (13, 20)]));
        let known = Losses { missing: vec![], damages: vec![stretch(5, 40)] };
        let again = Losses { missing: vec![], damages: vec![stretch(900, 40)] };
        assert!(again.without(&known).are_none(), "an index that was made again told it again");
        let grown = Losses { missing: vec![], damages: vec![stretch(900, 41)] };
        assert_eq!(grown.without(&known), grown);
        assert_ne!(grown.object(), again.object());
    }

    #[test]
    fn a_call_is_touched_by_what_was_lost_while_it_lasted_and_its_events_by_what_was_lost_later() {
        let losses = Losses { damages: vec![stretch(30, 40)], ..missing(&[(7, 9)]) };
        let touches = |first, last| losses.touch(EventNo(first), EventNo(last));
        assert!(touches(1, 7) && touches(8, 8) && touches(9, 20) && touches(1, 40) && touches(30, 30));
        assert!(!touches(1, 6) && !touches(10, 29) && !touches(31, 40));
        assert!(losses.are_after(EventNo(29)) && losses.are_after(EventNo(1)) && !losses.are_after(EventNo(30)));
    }

    proptest! {
        #[test]
        fn what_is_left_is_each_number_that_was_not_known(
            lost in proptest::collection::btree_set(1_u64..40, 0..30),
            known in proptest::collection::btree_set(1_u64..40, 0..30),
        ) {
            let ranges = |numbers: &std::collections::BTreeSet<u64>| {
                missing(&numbers.iter().map(|no| (*no, *no)).collect::<Vec<_>>())
            };
            let left = ranges(&lost).without(&ranges(&known));
            let expected = missing(&lost.difference(&known).map(|no| (*no, *no)).collect::<Vec<_>>());
            prop_assert_eq!(left, expected);
        }
    }
}
