//! What the event log lost for good: numbers that are missing, stretches that can't be read, events that found no room
//! anywhere and so never got a number, and events that only their leaves tell of.
//!
//! What was there may have been a hold, a recall, or an event by which a rule keeps. So nothing is erased until two people have
//! looked and acknowledged exactly this much; what is lost afterwards stops erasing again. What the lost events may have been
//! about stays for good.
//! Not here: where it is found (`src/journal`), who acknowledges it (`access`).

use std::{collections::BTreeSet, fmt::Write as _};

use frame::EventNo;
use serde::{Deserialize, Serialize};

use crate::sha256;

/// Places in one acknowledgement at most: it has to fit into one event.
pub const LOSSES_MAX: usize = 500;

/// Events after which it is told at the latest that some found no room: it is told with the next write, and one takes fewer.
pub const LOSS_TOLD_WITHIN: u64 = 1000;

/// What is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// The numbers that are missing, as first and last, lowest first.
    pub missing: Vec<(EventNo, EventNo)>,
    /// The stretches that can't be read, in the order in which they were told first.
    pub damages: Vec<DamagedStretch>,
    /// Events that found no room, in the order in which they were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwritten: Vec<Unwritten>,
    /// Leaves that no event accounts for, in the order in which they were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfounded: Vec<Unfounded>,
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

/// Events that neither disk nor memory had room for. The log itself has the event that told of it, so its number stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unwritten {
    /// The event that told of it.
    pub told: EventNo,
    /// How many they were.
    pub count: u64,
}

/// Leaves behind the last signed root of which the log has no event: it lost its end, or somebody else wrote them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unfounded {
    /// The event that told of it.
    pub told: EventNo,
    /// The file of the vault that keeps them.
    pub file: String,
    /// How many they are.
    pub leaves: u64,
}

impl DamagedStretch {
    fn place(&self) -> (&str, u64, u64) {
        (&self.file, self.offset, self.octets)
    }
}

impl Losses {
    /// Whether nothing is lost.
    pub fn are_none(&self) -> bool {
        self.places() == 0
    }

    /// In how many places.
    pub fn places(&self) -> usize {
        self.missing.len() + self.damages.len() + self.unwritten.len() + self.unfounded.len()
    }

    /// What of this is not among what is known.
    #[must_use]
    pub fn without(&self, known: &Losses) -> Losses {
        let missing = self.missing.iter().flat_map(|range| known.missing.iter().fold(vec![*range], subtract));
        let places: BTreeSet<_> = known.damages.iter().map(DamagedStretch::place).collect();
        let damages = self.damages.iter().filter(|damage| !places.contains(&damage.place()));
        let told: BTreeSet<_> = known.unwritten.iter().collect();
        let unwritten = self.unwritten.iter().filter(|unwritten| !told.contains(unwritten));
        let kept: BTreeSet<_> = known.unfounded.iter().collect();
        let unfounded = self.unfounded.iter().filter(|unfounded| !kept.contains(unfounded));
        Losses {
            missing: missing.collect(),
            damages: damages.cloned().collect(),
            unwritten: unwritten.copied().collect(),
            unfounded: unfounded.cloned().collect(),
        }
    }

    /// The first so many places of it: as much as one acknowledgement holds. What is left is acknowledged after it.
    #[must_use]
    pub fn part(&self, places_max: usize) -> Losses {
        let missing = self.missing.iter().take(places_max);
        let left = places_max - missing.len();
        let damages = self.damages.iter().take(left);
        let left = left - damages.len();
        let unwritten = self.unwritten.iter().take(left);
        let unfounded = self.unfounded.iter().take(left - unwritten.len());
        Losses {
            missing: missing.copied().collect(),
            damages: damages.cloned().collect(),
            unwritten: unwritten.copied().collect(),
            unfounded: unfounded.cloned().collect(),
        }
    }

    /// Adds others.
    pub fn add(&mut self, others: Losses) {
        self.missing.extend(others.missing);
        self.damages.extend(others.damages);
        self.unwritten.extend(others.unwritten);
        self.unfounded.extend(others.unfounded);
    }

    /// Whether something was lost between two events, or at one of them.
    pub fn touch(&self, first: EventNo, last: EventNo) -> bool {
        let missing = self.missing.iter().any(|(from, to)| *from <= last && first <= *to);
        // Where numbers went on after what can't be read, none is missing: it stood before the event that told of it.
        let is_at = |told: EventNo, last: EventNo| first <= told && told <= last;
        // What found no room is told a moment later.
        let told_by = EventNo(last.0.saturating_add(LOSS_TOLD_WITHIN));
        missing
            || self.damages.iter().any(|damage| is_at(damage.told, last))
            || self.unwritten.iter().any(|unwritten| is_at(unwritten.told, told_by))
            || self.unfounded.iter().any(|unfounded| is_at(unfounded.told, last))
    }

    /// Whether something was lost after an event.
    pub fn are_after(&self, no: EventNo) -> bool {
        self.missing.iter().any(|(_, to)| no < *to)
            || self.damages.iter().any(|damage| no < damage.told)
            || self.unwritten.iter().any(|unwritten| no < unwritten.told)
            || self.unfounded.iter().any(|unfounded| no < unfounded.told)
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
        let mut unwritten = String::new();
        for Unwritten { told, count } in &self.unwritten {
            let _ = writeln!(all, "unwritten {told} {count}");
        }
        if !self.unwritten.is_empty() {
            let count = self.unwritten.iter().fold(0_u64, |sum, one| sum.saturating_add(one.count));
            unwritten = format!(", {count} without room");
        }
        let mut unfounded = String::new();
        for Unfounded { told, file, leaves } in &self.unfounded {
            let _ = writeln!(all, "unfounded {told} {file} {leaves}");
        }
        if !self.unfounded.is_empty() {
            let leaves = self.unfounded.iter().fold(0_u64, |sum, one| sum.saturating_add(one.leaves));
            unfounded = format!(", {leaves} leaves without event");
        }
        let hash = base16ct::lower::encode_string(&sha256(all.as_bytes())[..8]);
        format!("log: {numbers} missing, {} damaged{unwritten}{unfounded} / {hash}", self.damages.len())
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
        Losses { missing, ..Losses::default() }
    }

    fn unwritten(told: u64, count: u64) -> Losses {
        Losses { unwritten: vec![Unwritten { told: EventNo(told), count }], ..Losses::default() }
    }

    fn unfounded(told: u64, leaves: u64) -> Unfounded {
        Unfounded { told: EventNo(told), file: "leaves/unfounded-7".into(), leaves }
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
        let known = Losses { damages: vec![stretch(5, 40)], ..Losses::default() };
        let again = Losses { damages: vec![stretch(900, 40)], ..Losses::default() };
        assert!(again.without(&known).are_none(), "an index that was made again told it again");
        let grown = Losses { damages: vec![stretch(900, 41)], ..Losses::default() };
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

    #[test]
    fn events_that_found_no_room_touch_what_went_on_until_a_moment_before_it_was_told() {
        let lost = unwritten(5000, 3);
        assert!(!lost.are_none() && lost.without(&unwritten(5000, 3)).are_none());
        assert_eq!(lost.without(&unwritten(4999, 3)), lost);
        let touches = |first, last| lost.touch(EventNo(first), EventNo(last));
        assert!(touches(10, 4000) && touches(10, 9000) && touches(5000, 5000));
        assert!(!touches(10, 3999) && !touches(5001, 9000));
        assert!(lost.are_after(EventNo(4999)) && !lost.are_after(EventNo(5000)));
        assert!(lost.object().starts_with("log: 0 missing, 0 damaged, 3 without room / "));
        assert_ne!(lost.object(), unwritten(5001, 3).object());
        assert!(
            missing(&[(7, 9)]).object().starts_with("log: 3 missing, 0 damaged / "),
            "as before there was such a thing"
        );
    }

    #[test]
    fn leaves_without_an_event_touch_what_went_on_when_they_were_told_and_are_acknowledged_one_by_one() {
        let lost = Losses { unfounded: vec![unfounded(30, 2)], ..Losses::default() };
        assert!(!lost.are_none() && lost.without(&lost).are_none());
        let other = Losses { unfounded: vec![unfounded(30, 3)], ..Losses::default() };
        assert_eq!(lost.without(&other), lost);
        let touches = |first, last| lost.touch(EventNo(first), EventNo(last));
        assert!(touches(1, 30) && touches(30, 31) && !touches(1, 29) && !touches(31, 90));
        assert!(lost.are_after(EventNo(29)) && !lost.are_after(EventNo(30)));
        assert!(lost.object().starts_with("log: 0 missing, 0 damaged, 2 leaves without event / "));
        assert_ne!(lost.object(), other.object());
    }

    #[test]
    fn what_is_more_than_an_acknowledgement_holds_is_acknowledged_in_parts_until_nothing_is_left() {
        let mut lost = Losses {
            missing: (0..3).map(|no| (EventNo(no * 10 + 1), EventNo(no * 10 + 2))).collect(),
            damages: (0..4).map(|no| stretch(100 + no, 40 + no)).collect(),
            unwritten: (0..2).map(|no| Unwritten { told: EventNo(200 + no), count: 1 }).collect(),
            unfounded: (0..2).map(|no| unfounded(300 + no, 1)).collect(),
        };
        let (all, mut known, mut parts) = (lost.clone(), Losses::default(), 0);
        while !lost.are_none() {
            let part = lost.part(4);
            assert!((1..=4).contains(&part.places()));
            known.add(part);
            lost = all.without(&known);
            parts += 1;
        }
        assert_eq!((parts, known), (3, all)); // 4, 4 and 3 places
    }

    proptest! {
        #[test]
        fn what_is_left_is_each_number_that_was_not_known(
            lost in proptest::collection::btree_set(1_u64..40, 0..30),
            known in proptest::collection::btree_set(1_u64..40, 0..30),
        ) {
            let ranges = |numbers: &BTreeSet<u64>| {
                missing(&numbers.iter().map(|no| (*no, *no)).collect::<Vec<_>>())
            };
            let left = ranges(&lost).without(&ranges(&known));
            let expected = missing(&lost.difference(&known).map(|no| (*no, *no)).collect::<Vec<_>>());
            prop_assert_eq!(left, expected);
        }
    }
}
