//! How a trunk group writes numbers and names: rules between the far side's form and the one that the house dials and
//! reads.
//!
//! A list of rules is read from the top; the first that fits a number is the only one that changes it. A list that is not
//! there is the dialect's own (a table in `call`); an empty one changes nothing.
//! Not here: outside lines, which tell no kind of number; emergency numbers, which no rule touches.

use serde::{Deserialize, Serialize};

/// How a trunk group writes numbers and names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbering {
    /// Whose number is shown where two come with a call.
    pub of_two: OfTwo,
    /// The characters of names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<NameCharset>,
    /// Numbers of people that the far side tells: who calls, who diverted the call, who answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parties: Option<Vec<NumberRule>>,
    /// Numbers of the house that are dialled from the far side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Vec<NumberRule>>,
    /// Numbers that the house dials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialled: Option<Vec<NumberRule>>,
    /// Numbers of the house that are shown to those who are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Vec<NumberRule>>,
}

/// A rule: which numbers it fits, and what it makes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberRule {
    /// The kind that the far side knows: of a number that comes, the rule fits this kind only; a number that goes is sent
    /// as of this kind, or as unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<NumberKind>,
    /// The plan that the far side knows, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<NumberPlan>,
    /// It fits numbers that begin so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub begins: String,
    /// It fits numbers of so many digits only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digits: Option<u8>,
    /// How many digits it takes from the front.
    #[serde(skip_serializing_if = "is_none")]
    pub strip: u8,
    /// What it puts in front then.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub add: String,
}

/// Whose number is shown where two come with a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfTwo {
    /// The network's: nobody but the network can give it.
    #[default]
    Network,
    /// The caller's own, such as a company's main number.
    Caller,
}

/// The characters of names on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameCharset {
    /// UTF-8.
    Utf8,
    /// GBK, China.
    Gbk,
    /// ISO 8859-1, western Europe and America.
    Latin1,
}

/// Type of number, Q.931, 4.5.10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberKind {
    /// As dialled, with its prefixes.
    #[default]
    Unknown,
    /// International, without prefix.
    International,
    /// National, without trunk prefix.
    National,
    /// Of the network's own making.
    Network,
    /// The local number.
    Subscriber,
    /// Abbreviated.
    Abbreviated,
}

/// Numbering plan, Q.931, 4.5.10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberPlan {
    /// Unknown.
    #[default]
    Unknown,
    /// E.164: the telephone network.
    Telephone,
    /// An enterprise's own.
    Private,
}

impl Numbering {
    /// The lists that there are, with their keys.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (&'static str, &[NumberRule])> {
        let lists = [
            ("parties", &self.parties),
            ("delivered", &self.delivered),
            ("dialled", &self.dialled),
            ("shown", &self.shown),
        ];
        lists.into_iter().filter_map(|(key, list)| Some((key, list.as_deref()?)))
    }
}

impl NumberRule {
    /// Whether every number that `later` fits is this rule's already. Kinds decide for numbers that come only.
    pub(crate) fn covers(&self, later: &NumberRule, comes: bool) -> bool {
        let kind = self.kind.is_none() || self.kind == later.kind;
        let plan = self.plan.is_none() || self.plan == later.plan;
        let digits = self.digits.is_none() || self.digits == later.digits;
        (!comes || kind && plan) && digits && later.begins.starts_with(&self.begins)
    }
}

fn is_none(strip: &u8) -> bool {
    *strip == 0
}
