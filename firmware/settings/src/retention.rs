//! How long recordings are kept: rules with a least and a longest time, from the end of the call or from a later event.
//!
//! Years and months are the law's, and whoever owns the box confirms them: nothing here knows a country's figures.

use serde::{Deserialize, Serialize};

/// A rule. Of several that hold for a recording the longest least time wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// What people call it; the page says it beside the date.
    pub name: String,
    /// For how long a recording is kept at least.
    pub keep: Period,
    /// After how long it must go, where a law says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<Period>,
    /// The event from which both count; the end of the call where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The event without which it is for no recording: a dispute, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The queues whose calls it is for; all recordings where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
}

/// A time as laws have it: `{ years = 20 }`, `{ months = 6 }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Period {
    /// Years of the calendar.
    #[serde(skip_serializing_if = "is_zero")]
    pub years: u16,
    /// Months of the calendar.
    #[serde(skip_serializing_if = "is_zero")]
    pub months: u16,
    /// Days.
    #[serde(skip_serializing_if = "is_zero")]
    pub days: u16,
}

fn is_zero(number: &u16) -> bool {
    *number == 0
}

/// The longest of each part: no law asks for more than a century.
pub(crate) const LONGEST: Period = Period { years: 100, months: 1200, days: 36_525 };

impl Period {
    /// Whether this is as long as another one whatever day both begin: by its parts, else by its shortest months.
    pub fn is_as_long_as(self, other: Period) -> bool {
        let months = |period: Period| u32::from(period.years) * 12 + u32::from(period.months);
        let by_parts = months(self) >= months(other) && self.days >= other.days;
        let days = |period: Period, of_month| months(period) * of_month + u32::from(period.days);
        by_parts || days(self, 28) >= days(other, 31)
    }
}

impl RetentionRule {
    /// The events that it has to be told of.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        [&self.when, &self.from].into_iter().flatten().map(String::as_str)
    }
}
