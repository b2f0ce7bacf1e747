//! Retention: until when a recording is kept, by which rule, and since when it must go.
//!
//! Days are of the calendar in UTC. A time that ends within a day ends with that day, and one that would end on a day that
//! a month does not have ends with the next: whoever rounds rounds towards keeping.
//! Not here: holds, erasing, and whether today is what the clock says.

use std::{cmp::Reverse, fmt, str::FromStr};

use frame::Utc;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use settings::{Period, RetentionRule};

use crate::Known;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// The text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day is written as 2026-11-26")]
pub struct DayError;

impl Day {
    /// The day of a moment; the calendar's first or last one beyond its ends.
    pub fn of(utc: Utc) -> Day {
        let moment = Timestamp::from_duration(SignedDuration::from_micros(utc.as_us()));
        let edge = if utc.as_us() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Day(TimeZone::UTC.to_datetime(moment.unwrap_or(edge)).date())
    }

    /// The day on which a time that begins on this one is over: the first on which it no longer counts.
    fn after(self, period: Period) -> Day {
        let months = (i64::from(period.years) * 12 + i64::from(period.months)).months();
        let by_month = self.0.saturating_add(months);
        // February has no 30th: what ended on it ends with the day after the last.
        let clipped = by_month.day() < self.0.day();
        Day(by_month.saturating_add((i64::from(period.days) + i64::from(clipped)).days()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Day, DayError> {
        let date: Date = text.parse().map_err(|_| DayError)?;
        // One spelling for each day: what is kept is compared as it was written.
        if date.to_string() == text { Ok(Day(date)) } else { Err(DayError) }
    }
}

/// How a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'r> {
    /// No rule is for it: it stays until somebody erases it.
    NoRule,
    /// A rule is for it whose clock has not started: it stays.
    NotStarted {
        /// The rule.
        rule: &'r RetentionRule,
    },
    /// It is kept.
    Kept {
        /// The rule that keeps it longest.
        rule: &'r RetentionRule,
        /// The first day on which it may go.
        until: Day,
        /// When it must go, where a rule says so.
        must_go: Option<MustGo<'r>>,
    },
    /// It may go, and need not.
    MayGo {
        /// Since when.
        since: Day,
        /// When it must go, where a rule says so.
        must_go: Option<MustGo<'r>>,
    },
    /// It must go.
    MustGo(MustGo<'r>),
    /// No rule keeps it any more that is known of, and the log lost something that may have been of its call, or an event by
    /// which a rule keeps: it stays.
    InDoubt,
}

/// By when a recording has to be gone, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MustGo<'r> {
    /// The rule.
    pub rule: &'r RetentionRule,
    /// The day. Never before the one on which it may go.
    pub day: Day,
}

/// A rule that is for a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleFor<'r> {
    rule: &'r RetentionRule,
    /// Else it may be for it: it keeps, and lets nothing go.
    is_sure: bool,
}

impl<'r> RuleFor<'r> {
    /// The rule.
    pub fn rule(self) -> &'r RetentionRule {
        self.rule
    }
}

impl<'r> From<&'r RetentionRule> for RuleFor<'r> {
    /// A rule that surely is for it.
    fn from(rule: &'r RetentionRule) -> RuleFor<'r> {
        RuleFor { rule, is_sure: true }
    }
}

/// The rules that are for a call that waited in these queues.
pub fn rules_for<'r>(rules: &'r [RetentionRule], queues: &Known<String>) -> impl Iterator<Item = RuleFor<'r>> {
    rules.iter().filter_map(|rule| {
        let names = |queue: &String| rule.queues.contains(queue);
        let is_sure = rule.queues.is_empty() || queues.is(names);
        (is_sure || queues.may_be(names)).then_some(RuleFor { rule, is_sure })
    })
}

/// How a recording stands today, by the rules that are for it. It ended on the day `ended`; `told` are the events that were
/// told of it, an event's latest day counting. No rule counts from a day before that on which it ended.
pub fn standing<'r>(
    rules: impl Iterator<Item: Into<RuleFor<'r>>>,
    ended: Day,
    told: &[(&str, Day)],
    today: Day,
) -> Standing<'r> {
    let start = |rule: &RetentionRule| match &rule.from {
        None => Some(ended),
        Some(event) => told.iter().filter(|(of, _)| of == event).map(|(_, day)| ended.max(*day)).max(),
    };
    let applies = |RuleFor { rule, .. }: &RuleFor<'_>| {
        rule.when.as_ref().is_none_or(|event| told.iter().any(|(of, _)| of == event))
    };
    let mut keeps: Option<(Day, &RetentionRule)> = None;
    let mut goes: Option<(Day, &RetentionRule)> = None;
    for RuleFor { rule, is_sure } in rules.map(Into::into).filter(applies) {
        let Some(start) = start(rule) else { return Standing::NotStarted { rule } };
        let later = (start.after(rule.keep), rule);
        keeps = keeps.into_iter().chain([later]).max_by_key(|(day, _)| *day);
        let sooner = rule.remove.filter(|_| is_sure).map(|remove| (start.after(remove), rule));
        goes = goes.into_iter().chain(sooner).max_by_key(|(day, _)| Reverse(*day));
    }
    let Some((until, rule)) = keeps else { return Standing::NoRule };
    // The longest least time wins over every longest one.
    let must_go = goes.map(|(day, rule)| MustGo { rule, day: day.max(until) });
    match must_go {
        _ if today < until => Standing::Kept { rule, until, must_go },
        Some(must_go) if must_go.day <= today => Standing::MustGo(must_go),
        must_go => Standing::MayGo { since: until, must_go },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn years(years: u16) -> Period {
        Period { years, ..Period::default() }
    }

    fn months(months: u16) -> Period {
        Period { months, ..Period::default() }
    }

    fn rule(name: &str, keep: Period) -> RetentionRule {
        RetentionRule { name: name.to_owned(), keep, remove: None, from: None, when: None, queues: vec![] }
    }

    #[test]
    fn a_day_is_that_of_utc_and_is_read_back() {
        assert_eq!(Day::of(Utc::from_us(1_795_463_677_250_000)), day("2026-11-23"));
        assert_eq!(Day::of(Utc::from_us(-1)), day("1969-12-31"));
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
        Day::of(Utc::from_us(i64::MAX));
        Day::of(Utc::from_us(i64::MIN));
        for wrong in ["", "2026-2-29", "2026-02-29", "26-11-2026", "20261126", "2026-11-26T00:00"] {
            assert_eq!(wrong.parse::<Day>(), Err(DayError), "{wrong}");
        }
    }

    #[test]
    fn a_time_ends_on_the_same_day_of_the_calendar_or_with_the_day_after_the_last() {
        for (from, period, until) in [
            ("2026-11-26", years(20), "2046-11-26"),
            ("2026-11-26", months(6), "2027-05-26"),
            ("2024-02-29", years(1), "2025-03-01"),
            ("2024-02-29", years(4), "2028-02-29"),
            ("2026-08-31", months(6), "2027-03-01"),
            ("2026-01-31", Period { months: 1, days: 10, ..Period::default() }, "2026-03-11"),
            ("2026-12-31", Period { days: 1, ..Period::default() }, "2027-01-01"),
        ] {
            assert_eq!(day(from).after(period), day(until), "{from} {period:?}");
        }
        assert_eq!(day("9999-12-31").after(years(100)), day("9999-12-31"), "the calendar's end");
    }

    #[test]
    fn of_several_rules_the_longest_least_time_keeps() {
        let rules = [rule("short", months(6)), rule("long", years(20)), rule("middle", years(5))];
        let at = |today| standing(rules.iter(), day("2026-11-26"), &[], day(today));
        let kept = Standing::Kept { rule: &rules[1], until: day("2046-11-26"), must_go: None };
        assert_eq!(at("2026-11-26"), kept);
        assert_eq!(at("2046-11-25"), kept);
        assert_eq!(at("2046-11-26"), Standing::MayGo { since: day("2046-11-26"), must_go: None });
    }

    #[test]
    fn a_rule_that_waits_for_its_event_keeps_for_ever_and_the_latest_day_counts() {
        let sale = RetentionRule { from: Some("contract-ended".into()), ..rule("sale", years(10)) };
        let rules = [rule("all", months(6)), sale];
        let at = |told: &[(&str, Day)], today| standing(rules.iter(), day("2020-01-01"), told, day(today));
        assert_eq!(at(&[], "2199-01-01"), Standing::NotStarted { rule: &rules[1] });
        assert_eq!(at(&[("other", day("2021-01-01"))], "2199-01-01"), Standing::NotStarted { rule: &rules[1] });
        let told = [("contract-ended", day("2030-05-05")), ("contract-ended", day("2025-05-05"))];
        let until = day("2040-05-05");
        assert_eq!(at(&told, "2040-05-04"), Standing::Kept { rule: &rules[1], until, must_go: None });
        assert_eq!(at(&told, "2040-05-05"), Standing::MayGo { since: until, must_go: None });
    }

    #[test]
    fn an_event_that_is_told_for_a_day_before_the_call_counts_from_the_calls_end() {
        let sale = RetentionRule { from: Some("ended".into()), remove: Some(years(20)), ..rule("sale", years(10)) };
        let at = |today| standing([&sale].into_iter(), day("2026-01-01"), &[("ended", day("1990-01-01"))], day(today));
        assert!(matches!(at("2035-12-31"), Standing::Kept { .. }));
        assert!(matches!(at("2045-12-31"), Standing::MayGo { .. }));
        assert!(matches!(at("2046-01-01"), Standing::MustGo(_)));
    }

    #[test]
    fn a_dispute_keeps_until_it_is_settled_and_two_years_on() {
        let dispute =
            RetentionRule { when: Some("dispute".into()), from: Some("settled".into()), ..rule("dispute", years(2)) };
        let rules = [rule("sale", years(5)), dispute];
        let at = |told: &[(&str, Day)]| standing(rules.iter(), day("2020-01-01"), told, day("2026-01-01"));
        assert_eq!(at(&[]), Standing::MayGo { since: day("2025-01-01"), must_go: None });
        let opened = ("dispute", day("2024-06-01"));
        assert_eq!(at(&[opened]), Standing::NotStarted { rule: &rules[1] });
        let settled = ("settled", day("2025-03-01"));
        let until = day("2027-03-01");
        assert_eq!(at(&[opened, settled]), Standing::Kept { rule: &rules[1], until, must_go: None });
    }

    #[test]
    fn what_must_go_goes_on_its_day_and_never_before_another_rule_lets_it() {
        let privacy = RetentionRule { remove: Some(years(1)), ..rule("privacy", months(1)) };
        let law = rule("law", years(5));
        let alone = [privacy.clone()];
        let at = |rules: &[RetentionRule], today: &str| {
            format!("{:?}", standing(rules.iter(), day("2026-01-01"), &[], day(today)))
                .split(['(', ' '])
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            ["2026-01-31", "2026-02-01", "2026-12-31", "2027-01-01"].map(|today| at(&alone, today)),
            ["Kept", "MayGo", "MayGo", "MustGo"]
        );
        let both = [privacy, law];
        assert_eq!(
            ["2027-01-01", "2030-12-31", "2031-01-01"].map(|today| at(&both, today)),
            ["Kept", "Kept", "MustGo"]
        );
        let must_go = Some(MustGo { rule: &both[0], day: day("2031-01-01") });
        let kept = Standing::Kept { rule: &both[1], until: day("2031-01-01"), must_go };
        assert_eq!(standing(both.iter(), day("2026-01-01"), &[], day("2027-01-01")), kept);
    }

    #[test]
    fn the_rules_of_each_queue_count_and_one_that_may_be_for_it_keeps_and_lets_nothing_go() {
        let of_queue = |name: &str, rule: RetentionRule| RetentionRule { queues: vec![name.to_owned()], ..rule };
        let rules = [
            of_queue("a", rule("law", years(20))),
            of_queue("b", RetentionRule { remove: Some(months(6)), ..rule("privacy", months(1)) }),
        ];
        let at =
            |queues: &Known<String>, today| standing(rules_for(&rules, queues), day("2026-01-01"), &[], day(today));
        let both = Known::all(["a".to_owned(), "b".to_owned()]);
        assert!(matches!(at(&both, "2045-12-31"), Standing::Kept { .. }));
        assert!(matches!(at(&both, "2046-01-01"), Standing::MustGo(_)));
        let mut one = Known::all(["b".to_owned()]);
        assert!(matches!(at(&one, "2026-07-01"), Standing::MustGo(_)));
        one.misses_some();
        assert!(matches!(at(&one, "2026-07-01"), Standing::Kept { rule, .. } if rule.name == "law"));
        let mut none = Known::all([]);
        assert_eq!(at(&none, "2099-01-01"), Standing::NoRule);
        none.misses_some();
        assert!(matches!(at(&none, "2099-01-01"), Standing::MayGo { must_go: None, .. }));
    }

    #[test]
    fn without_a_rule_nothing_goes() {
        assert_eq!(
            standing(rules_for(&[], &Known::all([])), day("1999-01-01"), &[], day("2199-01-01")),
            Standing::NoRule
        );
    }

    fn any_period() -> impl Strategy<Value = Period> {
        (0u16..30, 0u16..30, 0u16..400).prop_map(|(years, months, days)| Period { years, months, days })
    }

    fn any_rule() -> impl Strategy<Value = RetentionRule> {
        let event = || proptest::option::of("[ab]");
        let remove = proptest::option::of(any_period());
        (any_period(), remove, event(), event()).prop_map(|(keep, remove, from, when)| RetentionRule {
            name: "rule".to_owned(),
            keep,
            remove,
            from,
            when,
            queues: vec![],
        })
    }

    fn any_day() -> impl Strategy<Value = Day> {
        (0i64..40_000).prop_map(|days| Day::of(Utc::from_us(days * 86_400_000_000)))
    }

    proptest! {
        #[test]
        fn no_rule_that_is_added_and_no_event_that_is_told_lets_a_recording_go_sooner(
            rules in proptest::collection::vec(any_rule(), 0..5),
            more in any_rule(),
            ended in any_day(),
            told in proptest::collection::vec(("[ab]", any_day()), 0..5),
            event in ("[ab]", any_day()),
            today in any_day(),
        ) {
            let told: Vec<(&str, Day)> = told.iter().map(|(event, day)| (event.as_str(), *day)).collect();
            let goes = |rules: &[&RetentionRule], told: &[(&str, Day)]| {
                matches!(
                    standing(rules.iter().copied(), ended, told, today),
                    Standing::MayGo { .. } | Standing::MustGo(_)
                )
            };
            let rules: Vec<&RetentionRule> = rules.iter().collect();
            let with_more: Vec<&RetentionRule> = rules.iter().copied().chain([&more]).collect();
            // Where no rule was for it, one that is over by now makes a difference that is meant.
            let had_none = standing(rules.iter().copied(), ended, &told, today) == Standing::NoRule;
            prop_assert!(had_none || !goes(&with_more, &told) || goes(&rules, &told));
            let is_told = told.iter().any(|(of, _)| *of == event.0);
            let told_more: Vec<(&str, Day)> = told.iter().copied().chain([(event.0.as_str(), event.1)]).collect();
            // The first telling starts a clock; every later one can only move it on.
            prop_assert!(!is_told || !goes(&rules, &told_more) || goes(&rules, &told));
        }
    }
}
