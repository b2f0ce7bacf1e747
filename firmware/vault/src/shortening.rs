//! Whether other rules let any recording go sooner, which one person must not do.
//!
//! [`shortens`] asks of the rules alone, whatever recordings there are and will be: each old rule has to have a new one that
//! covers it, and each new one that lets something go an old one that did so no later. It says yes where it can't tell.
//! [`is_kept_shorter`] asks of one recording. Source of the order of rules: `retention`.
//! Not here: who agrees, how many recordings there are.

use frame::Utc;
use serde::{Deserialize, Serialize};
use settings::RetentionRule;

use crate::{Day, Known, Standing, rules_for, standing};

/// Whether some recording could go sooner, or need not be kept as long, by the new rules.
pub fn shortens(old: &[RetentionRule], new: &[RetentionRule]) -> bool {
    let is_covered = |old: &RetentionRule| new.iter().any(|new| reaches(new, old) && new.keep.is_as_long_as(old.keep));
    let went_no_later = |new: &RetentionRule| old.iter().any(|old| reaches(old, new) && removes_no_later(old, new));
    let removes = |rule: &&RetentionRule| rule.remove.is_some();
    !old.iter().all(is_covered) || !new.iter().filter(removes).all(went_no_later)
}

/// A rule that is another one by the new settings, for a second person to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChange {
    /// As it was; none where it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<RetentionRule>,
    /// As it becomes; none where it is taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<RetentionRule>,
}

/// The lease of recordings in a bucket that is another one by the new settings, for the same reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseChange {
    /// The bucket.
    pub at: String,
    /// How many days it had; none where it had no lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<u16>,
    /// How many it gets; none where it gets no lease any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<u16>,
}

/// All rules that differ, by their names: what keeps longer as well, since one rule may stand in for another.
pub fn rule_changes(old: &[RetentionRule], new: &[RetentionRule]) -> Vec<RuleChange> {
    let mut left: Vec<&RetentionRule> = new.iter().collect();
    let mut changes = Vec::new();
    for was in old {
        let at = left.iter().position(|rule| rule.name == was.name);
        let becomes = at.map(|at| left.remove(at));
        if becomes != Some(was) {
            changes.push(RuleChange { was: Some(was.clone()), becomes: becomes.cloned() });
        }
    }
    changes.extend(left.into_iter().map(|new| RuleChange { was: None, becomes: Some(new.clone()) }));
    changes
}

/// Whether a rule is for every recording that another one is for, and counts from the same event.
fn reaches(wide: &RetentionRule, narrow: &RetentionRule) -> bool {
    let same_start = wide.from == narrow.from;
    let always = wide.when.is_none() || wide.when == narrow.when;
    let all_queues = wide.queues.is_empty();
    let its_queues = !narrow.queues.is_empty() && narrow.queues.iter().all(|queue| wide.queues.contains(queue));
    same_start && always && (all_queues || its_queues)
}

fn removes_no_later(old: &RetentionRule, new: &RetentionRule) -> bool {
    old.remove.zip(new.remove).is_some_and(|(old, new)| new.is_as_long_as(old))
}

/// Whether the new rules keep a recording shorter than the old ones, or let it go sooner. It ended on the day `ended`;
/// `told` are the events that were told of it.
pub fn is_kept_shorter(
    (old, new): (&[RetentionRule], &[RetentionRule]),
    queues: &Known<String>,
    ended: Day,
    told: &[(&str, Day)],
) -> bool {
    // Seen from the calendar's first day every recording is kept still.
    let first = Day::of(Utc::from_us(i64::MIN));
    let (last, [old, new]) = (Day::of(Utc::from_us(i64::MAX)), [old, new].map(|rules| rules_for(rules, queues)));
    let times = |standing: Standing<'_>| match standing {
        // Nothing promises that it is kept, and nothing lets it go.
        Standing::NoRule => (first, last),
        // What rules alone never say is kept.
        Standing::NotStarted { .. } | Standing::InDoubt => (last, last),
        Standing::Kept { until, must_go, .. } | Standing::MayGo { since: until, must_go } => {
            (until, must_go.map_or(last, |must_go| must_go.day))
        }
        Standing::MustGo(must_go) => (must_go.day, must_go.day),
    };
    let (kept, goes) = times(standing(old, ended, told, first));
    let (kept_now, goes_now) = times(standing(new, ended, told, first));
    kept_now < kept || goes_now < goes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use settings::Period;

    use super::*;

    fn years(years: u16) -> Period {
        Period { years, ..Period::default() }
    }

    fn rule(keep: u16) -> RetentionRule {
        RetentionRule {
            name: "rule".into(),
            keep: years(keep),
            remove: None,
            from: None,
            when: None,
            queues: vec!["a".into(), "b".into()],
        }
    }

    fn with(change: impl FnOnce(&mut RetentionRule)) -> RetentionRule {
        let mut rule = rule(5);
        change(&mut rule);
        rule
    }

    #[test]
    fn each_change_that_lets_something_go_sooner_shortens() {
        let old = [RetentionRule { remove: Some(years(7)), ..rule(5) }];
        let changed = |change: &dyn Fn(&mut RetentionRule)| {
            let mut new = old.clone();
            change(&mut new[0]);
            shortens(&old, &new)
        };
        assert!(shortens(&old, &[]), "removed");
        assert!(changed(&|rule| rule.keep = years(4)));
        assert!(changed(&|rule| rule.remove = Some(years(6))));
        assert!(changed(&|rule| rule.queues = vec!["a".into()]), "a queue taken out");
        assert!(changed(&|rule| rule.when = Some("dispute".into())), "only after an event now");
        assert!(changed(&|rule| rule.from = Some("signed".into())), "counted from another day");
        assert!(shortens(&[rule(5)], &old), "what did not have to go has to");
        assert!(shortens(&[], &old));
    }

    #[test]
    fn rules_that_differ_are_told_with_what_they_were_and_become() {
        let named = |name: &str, keep| RetentionRule { name: name.into(), ..rule(keep) };
        let (old, new) = ([named("a", 5), named("b", 5), named("c", 5)], [named("c", 5), named("a", 4), named("d", 1)]);
        let change = |was: Option<&RetentionRule>, becomes: Option<&RetentionRule>| RuleChange {
            was: was.cloned(),
            becomes: becomes.cloned(),
        };
        let expected = [change(Some(&old[0]), Some(&new[1])), change(Some(&old[1]), None), change(None, Some(&new[2]))];
        assert_eq!(rule_changes(&old, &new), expected);
        assert_eq!(rule_changes(&old, &old), []);
    }

    #[test]
    fn what_keeps_longer_or_more_does_not() {
        let old = [with(|rule| (rule.when, rule.remove) = (Some("dispute".into()), Some(years(7))))];
        let mut new = old.clone();
        assert!(!shortens(&old, &new));
        (new[0].name, new[0].keep) = ("another name".into(), years(6));
        assert!(!shortens(&old, &new));
        new[0].remove = None;
        assert!(!shortens(&old, &new));
        (new[0].when, new[0].queues) = (None, vec![]);
        assert!(!shortens(&old, &[new[0].clone(), rule(20)]));
        assert!(!shortens(&[], &[rule(1)]));
    }

    fn any_period() -> impl Strategy<Value = Period> {
        (0u16..3, 0u16..14, 0u16..40).prop_map(|(years, months, days)| Period { years, months, days })
    }

    fn any_rules() -> impl Strategy<Value = Vec<RetentionRule>> {
        let event = || proptest::option::weighted(0.3, "[xy]");
        let queues = proptest::collection::vec("[ab]", 0..3);
        let rule = (any_period(), proptest::option::of(any_period()), event(), event(), queues);
        let rule = rule.prop_map(|(keep, remove, from, when, queues)| RetentionRule {
            name: "rule".into(),
            keep,
            remove,
            from,
            when,
            queues,
        });
        proptest::collection::vec(rule, 0..4)
    }

    /// Rules, and others that were made of them, so that many do not shorten.
    fn any_change() -> impl Strategy<Value = (Vec<RetentionRule>, Vec<RetentionRule>)> {
        let longer = (any_rules(), any_rules(), any_period(), any::<u8>()).prop_map(|(old, more, period, how)| {
            let mut new = old.clone();
            for rule in &mut new {
                rule.keep.days += period.days;
                rule.remove = rule.remove.filter(|_| how & 1 == 0);
                rule.when = rule.when.take().filter(|_| how & 2 == 0);
                rule.queues.retain(|_| how & 4 == 0);
            }
            new.extend(more.into_iter().filter(|rule| rule.remove.is_none()));
            (old, new)
        });
        prop_oneof![(any_rules(), any_rules()), longer]
    }

    fn any_day() -> impl Strategy<Value = Day> {
        (0i64..2_000).prop_map(|days| Day::of(Utc::from_us(days * 86_400_000_000)))
    }

    proptest! {
        #[test]
        fn rules_that_do_not_shorten_let_no_recording_go_sooner(
            (old, new) in any_change(),
            recordings in proptest::collection::vec(
                (proptest::collection::vec("[ab]", 0..3), any::<bool>(), any_day(),
                 proptest::collection::vec(("[xy]", any_day()), 0..3)),
                1..20,
            ),
            today in any_day(),
        ) {
            for (queues, is_all, ended, told) in recordings {
                let told: Vec<(&str, Day)> = told.iter().map(|(event, day)| (event.as_str(), *day)).collect();
                let mut queues = Known::all(queues);
                if !is_all {
                    queues.misses_some();
                }
                let is_shorter = is_kept_shorter((&old, &new), &queues, ended, &told);
                prop_assert!(!is_shorter || shortens(&old, &new), "{old:?} {new:?}");
                // The recording's own answer, held to what the erasing itself asks.
                let goes = |rules: &[RetentionRule]| {
                    matches!(standing(rules_for(rules, &queues), ended, &told, today), Standing::MustGo(_))
                };
                prop_assert!(is_shorter || !goes(&new) || goes(&old));
            }
        }
    }
}
