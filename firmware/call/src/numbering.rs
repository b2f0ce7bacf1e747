//! Numbers between the line and the house: kind, plan and digits there, what a person dials and reads here.
//!
//! The rules are a trunk group's settings, or its dialect's own, which stand at the end of this file. China: carriers deliver national
//! numbers without the trunk prefix 0 and mobile numbers, which have none, as national ones as well (the SETUPs that they
//! send). Europe: E.123 and the national plans' prefixes 0 and 00. North America: 10 digits are national, 011 is the prefix
//! abroad (NANP). Between private exchanges numbers are as dialled.
//! Not here: which number means what (`plan`).

use isdn::q931::element::{Digits, NumberElement, NumberKind, NumberPlan, PartyNumber, Presentation, Screening};
use settings::{Dialect, NumberRule, Role, Settings, TrunkGroup};

use crate::Number;

/// How a trunk group writes numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbering {
    parties: Vec<NumberRule>,
    delivered: Vec<NumberRule>,
    dialled: Vec<NumberRule>,
    shown: Vec<NumberRule>,
    of_two: settings::OfTwo,
    /// The box vouches for the numbers that it shows.
    is_network: bool,
    /// Numbers that no rule touches.
    emergency: Vec<String>,
}

/// The number of a party outside, as far as the line tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Party {
    /// This one.
    Known(Number),
    /// It is withheld.
    Withheld,
    /// The network does not have it, or nothing was said.
    #[default]
    NotAvailable,
}

/// A number that can't be written as the line wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rules of the trunk group leave no number, or one that is too long")]
pub struct NotWritable;

/// Which numbers of a call a rule spoils.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoiled {
    /// The called one.
    pub called: bool,
    /// The calling one.
    pub calling: bool,
}

impl Party {
    /// The number, if it is known.
    pub fn number(&self) -> Option<&Number> {
        match self {
            Party::Known(number) => Some(number),
            Party::Withheld | Party::NotAvailable => None,
        }
    }
}

impl Numbering {
    /// The numbering of a group.
    pub fn of(group: &TrunkGroup, settings: &Settings) -> Numbering {
        let own = Own::of(group.dialect);
        let list = |set: &Option<Vec<NumberRule>>, own: &[Rule]| match set {
            Some(list) => list.clone(),
            None => own.iter().map(Rule::to_settings).collect(),
        };
        Numbering {
            parties: list(&group.numbers.parties, own.parties),
            delivered: list(&group.numbers.delivered, &[]),
            dialled: list(&group.numbers.dialled, own.dialled),
            shown: list(&group.numbers.shown, own.shown),
            of_two: group.numbers.of_two,
            is_network: group.role == Role::Network,
            emergency: settings.emergency_numbers(),
        }
    }

    /// A number that was dialled from the far side, as the house knows it.
    pub fn delivered(&self, number: &NumberElement) -> Option<Number> {
        received(&self.delivered, number)
    }

    /// What of a call's numbers a rule of the owner's makes no number of, so that it stays as it came.
    pub fn spoiled(&self, called: Option<&NumberElement>, calling: Option<&PartyNumber>) -> Spoiled {
        let by = |rules: &[NumberRule], number: Option<&NumberElement>| number.is_some_and(|of| spoils(rules, of));
        let shown = calling.filter(|party| party.presentation == Presentation::Allowed);
        Spoiled { called: by(&self.delivered, called), calling: by(&self.parties, shown.map(|party| &party.number)) }
    }

    /// The number of a party at the far side. What is withheld is not looked at, though the network may send it.
    pub fn party(&self, party: Option<&PartyNumber>) -> Party {
        match party.map(|party| (party.presentation, received(&self.parties, &party.number))) {
            Some((Presentation::Restricted, _)) => Party::Withheld,
            Some((Presentation::Allowed, Some(number))) => Party::Known(number),
            _ => Party::NotAvailable,
        }
    }

    /// Of two calling numbers, the one to show and the other.
    pub fn of_two<'a>(
        &self,
        first: Option<&'a PartyNumber>,
        second: Option<&'a PartyNumber>,
    ) -> (Option<&'a PartyNumber>, Option<&'a PartyNumber>) {
        let wants_network = self.of_two == settings::OfTwo::Network;
        let wanted = |party: &PartyNumber| (party.screening == Screening::Network) == wants_network;
        match (first, second) {
            (Some(first), Some(second)) if !wanted(first) && wanted(second) => (Some(second), Some(first)),
            both => both,
        }
    }

    /// A number that the house dials, as the line wants it.
    ///
    /// # Errors
    /// The rules leave none, or one that is too long.
    pub fn dialled(&self, number: &Number) -> Result<NumberElement, NotWritable> {
        if self.emergency.iter().any(|emergency| emergency == number.as_str()) {
            return as_dialled(number.as_str()).ok_or(NotWritable);
        }
        sent(&self.dialled, number).ok_or(NotWritable)
    }

    /// A number that is shown to whom the house calls. One that can't be written is not shown.
    pub fn shown(&self, number: Option<&Number>, withheld: bool) -> Option<PartyNumber> {
        let written = number.and_then(|number| sent(&self.shown, number));
        let presentation = match (&written, withheld) {
            (_, true) => Presentation::Restricted,
            (Some(_), false) => Presentation::Allowed,
            (None, false) => return None,
        };
        // As the user we say what we like and the network checks it; as the network we know which telephone it is.
        let screening = if self.is_network { Screening::Network } else { Screening::UserNotScreened };
        let number = written.unwrap_or_else(|| NumberElement::unknown(Digits::new()));
        Some(PartyNumber { number, presentation, screening })
    }
}

/// A number that came, by the first rule that fits it. Where what the rule makes is no number, it stays as it came: a
/// number that can't be called back is better than none.
fn received(rules: &[NumberRule], number: &NumberElement) -> Option<Number> {
    let digits = Some(number.digits.as_str()).filter(|digits| !digits.is_empty())?;
    let made = rule_for(rules, number).and_then(|rule| made(rule, digits));
    made.or_else(|| digits.parse().ok())
}

/// Whether the rule that fits a number makes none of it.
fn spoils(rules: &[NumberRule], number: &NumberElement) -> bool {
    let digits = number.digits.as_str();
    !digits.is_empty() && rule_for(rules, number).is_some_and(|rule| made(rule, digits).is_none())
}

fn rule_for<'a>(rules: &'a [NumberRule], number: &NumberElement) -> Option<&'a NumberRule> {
    rules.iter().find(|rule| {
        rule.kind.is_none_or(|wanted| kind(wanted) == number.kind)
            && rule.plan.is_none_or(|wanted| plan(wanted) == number.plan)
            && fits_digits(rule, number.digits.as_str())
    })
}

fn made(rule: &NumberRule, digits: &str) -> Option<Number> {
    rewritten(rule, digits)?.parse().ok()
}

fn sent(rules: &[NumberRule], number: &Number) -> Option<NumberElement> {
    let digits = number.as_str();
    let Some(rule) = rules.iter().find(|rule| fits_digits(rule, digits)) else { return as_dialled(digits) };
    let digits: Digits = rewritten(rule, digits)?.parse().ok().filter(|digits: &Digits| !digits.is_empty())?;
    let (kind, plan) = (kind(rule.kind.unwrap_or_default()), plan(rule.plan.unwrap_or_default()));
    Some(NumberElement { kind, plan, digits })
}

fn as_dialled(digits: &str) -> Option<NumberElement> {
    digits.parse().ok().map(NumberElement::unknown)
}

fn fits_digits(rule: &NumberRule, digits: &str) -> bool {
    digits.starts_with(&rule.begins) && rule.digits.is_none_or(|count| usize::from(count) == digits.len())
}

/// None where more is to be stripped than there is.
fn rewritten(rule: &NumberRule, digits: &str) -> Option<String> {
    let rest = digits.get(usize::from(rule.strip)..)?;
    Some(format!("{}{rest}", rule.add))
}

fn kind(kind: settings::NumberKind) -> NumberKind {
    match kind {
        settings::NumberKind::Unknown => NumberKind::Unknown,
        settings::NumberKind::International => NumberKind::International,
        settings::NumberKind::National => NumberKind::National,
        settings::NumberKind::Network => NumberKind::NetworkSpecific,
        settings::NumberKind::Subscriber => NumberKind::Subscriber,
        settings::NumberKind::Abbreviated => NumberKind::Abbreviated,
    }
}

fn plan(plan: settings::NumberPlan) -> NumberPlan {
    match plan {
        settings::NumberPlan::Unknown => NumberPlan::Unknown,
        settings::NumberPlan::Telephone => NumberPlan::Telephone,
        settings::NumberPlan::Private => NumberPlan::Private,
    }
}

/// A row of a dialect's own rules.
struct Rule {
    kind: Option<settings::NumberKind>,
    plan: Option<settings::NumberPlan>,
    begins: &'static str,
    digits: Option<u8>,
    strip: u8,
    add: &'static str,
}

/// All rules of a dialect.
struct Own {
    parties: &'static [Rule],
    dialled: &'static [Rule],
    shown: &'static [Rule],
}

impl Own {
    const fn of(dialect: Dialect) -> &'static Own {
        match dialect {
            Dialect::China => &CHINA,
            Dialect::EuroIsdn => &EUROPE,
            Dialect::Qsig => &AS_DIALLED,
            Dialect::Ni2 | Dialect::Dms100 | Dialect::Att4ess | Dialect::Lucent5ess => &NORTH_AMERICA,
        }
    }
}

impl Rule {
    const NONE: Rule = Rule { kind: None, plan: None, begins: "", digits: None, strip: 0, add: "" };

    /// Numbers that come as of `kind` get a prefix.
    const fn prefixed(kind: settings::NumberKind, add: &'static str) -> Rule {
        Rule { kind: Some(kind), add, ..Rule::NONE }
    }

    /// Numbers that go are of a kind of the telephone network's plan.
    const fn of_kind(kind: settings::NumberKind, digits: u8) -> Rule {
        Rule { kind: Some(kind), plan: Some(settings::NumberPlan::Telephone), digits: Some(digits), ..Rule::NONE }
    }

    fn to_settings(&self) -> NumberRule {
        NumberRule {
            kind: self.kind,
            plan: self.plan,
            begins: self.begins.to_owned(),
            digits: self.digits,
            strip: self.strip,
            add: self.add.to_owned(),
        }
    }
}

use settings::NumberKind as Kind;

const AS_DIALLED: Own = Own { parties: &[], dialled: &[], shown: &[] };

const CHINA: Own = Own {
    parties: &[
        // Mobile numbers have 11 digits and no trunk prefix; Beijing's area code 10 begins alike.
        Rule { kind: Some(Kind::National), begins: "1", digits: Some(11), ..Rule::NONE },
        Rule::prefixed(Kind::National, "0"),
        Rule::prefixed(Kind::International, "00"),
    ],
    ..AS_DIALLED
};

const EUROPE: Own =
    Own { parties: &[Rule::prefixed(Kind::National, "0"), Rule::prefixed(Kind::International, "00")], ..AS_DIALLED };

const NORTH_AMERICA: Own = Own {
    parties: &[Rule::prefixed(Kind::International, "011")],
    dialled: &[
        Rule {
            kind: Some(Kind::International),
            plan: Some(settings::NumberPlan::Telephone),
            begins: "011",
            strip: 3,
            ..Rule::NONE
        },
        Rule { begins: "1", strip: 1, ..Rule::of_kind(Kind::National, 11) },
        Rule::of_kind(Kind::National, 10),
        Rule::of_kind(Kind::Subscriber, 7),
    ],
    shown: &[Rule::of_kind(Kind::National, 10)],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn numbering(dialect: Dialect, numbers: &str) -> Numbering {
        let text = format!("name = \"city\"\nports = []\n{numbers}");
        let mut group: TrunkGroup = toml::from_str(&text).unwrap();
        group.dialect = dialect;
        Numbering::of(&group, &Settings::default())
    }

    fn came(kind: NumberKind, digits: &str) -> PartyNumber {
        let number = NumberElement { kind, plan: NumberPlan::Telephone, digits: digits.parse().unwrap() };
        PartyNumber { screening: Screening::Network, ..PartyNumber::shown(number) }
    }

    #[track_caller]
    fn assert_party(numbering: &Numbering, kind: NumberKind, digits: &str, shown: &str) {
        let party = numbering.party(Some(&came(kind, digits)));
        assert_eq!(party.number().map(Number::as_str), Some(shown), "{digits}");
    }

    fn goes(element: &NumberElement) -> (NumberKind, NumberPlan, &str) {
        (element.kind, element.plan, element.digits.as_str())
    }

    fn number(digits: &str) -> Number {
        digits.parse().unwrap()
    }

    #[test]
    fn in_china_a_national_number_gets_its_zero_and_a_mobile_one_none() {
        let china = numbering(Dialect::China, "");
        assert_party(&china, NumberKind::National, "1062001234", "01062001234");
        assert_party(&china, NumberKind::National, "75562001234", "075562001234");
        assert_party(&china, NumberKind::National, "13912345678", "13912345678");
        assert_party(&china, NumberKind::International, "85221234567", "0085221234567");
        assert_party(&china, NumberKind::Subscriber, "62001234", "62001234");
        assert_party(&china, NumberKind::Unknown, "01062001234", "01062001234");
    }

    #[test]
    fn every_dialect_writes_callers_as_its_people_dial_them() {
        assert_party(&numbering(Dialect::EuroIsdn, ""), NumberKind::National, "3012345", "03012345");
        assert_party(&numbering(Dialect::EuroIsdn, ""), NumberKind::International, "43112345", "0043112345");
        assert_party(&numbering(Dialect::Ni2, ""), NumberKind::National, "2125550100", "2125550100");
        assert_party(&numbering(Dialect::Att4ess, ""), NumberKind::International, "44201234567", "01144201234567");
        assert_party(&numbering(Dialect::Qsig, ""), NumberKind::National, "3012345", "3012345");
    }

    #[test]
    fn in_north_america_what_is_dialled_is_told_by_its_kind() {
        let ni2 = numbering(Dialect::Ni2, "");
        for (dialled, kind, digits) in [
            ("12125550100", NumberKind::National, "2125550100"),
            ("2125550100", NumberKind::National, "2125550100"),
            ("5550100", NumberKind::Subscriber, "5550100"),
            ("01144201234567", NumberKind::International, "44201234567"),
        ] {
            let sent = ni2.dialled(&number(dialled)).unwrap();
            assert_eq!(goes(&sent), (kind, NumberPlan::Telephone, digits));
        }
        assert_eq!(goes(&ni2.dialled(&number("411")).unwrap()), (NumberKind::Unknown, NumberPlan::Unknown, "411"));
        let euro = numbering(Dialect::EuroIsdn, "").dialled(&number("003012345")).unwrap();
        assert_eq!(goes(&euro), (NumberKind::Unknown, NumberPlan::Unknown, "003012345"), "as dialled");
    }

    #[test]
    fn the_owners_rules_take_the_place_of_the_dialects_and_the_first_that_fits_counts() {
        let rules = "numbers.parties = [{ kind = \"national\", begins = \"10\", strip = 2 }, { plan = \"private\", add = \"8\" }]\n\
                     numbers.dialled = [{ begins = \"00\", strip = 2, kind = \"international\", plan = \"telephone\" },\
                     { begins = \"0\", strip = 1, kind = \"national\", plan = \"telephone\" }]";
        let own = numbering(Dialect::China, rules);
        assert_party(&own, NumberKind::National, "1062001234", "62001234");
        assert_party(&own, NumberKind::National, "2162001234", "2162001234");
        let abroad = own.dialled(&number("0085221234567")).unwrap();
        assert_eq!(goes(&abroad), (NumberKind::International, NumberPlan::Telephone, "85221234567"));
        let national = own.dialled(&number("02162001234")).unwrap();
        assert_eq!(goes(&national), (NumberKind::National, NumberPlan::Telephone, "2162001234"));
        let none = numbering(Dialect::China, "numbers.parties = []");
        assert_party(&none, NumberKind::National, "1062001234", "1062001234");
    }

    #[test]
    fn a_number_that_a_rule_spoils_stays_as_it_came_and_is_not_dialled() {
        let rules = "numbers.parties = [{ strip = 3 }]\nnumbers.dialled = [{ begins = \"9\", strip = 1 }, { add = \"123456789012345678901234567890\" }]";
        let spoils = numbering(Dialect::China, rules);
        assert_party(&spoils, NumberKind::Unknown, "12", "12");
        assert_party(&spoils, NumberKind::Unknown, "123", "123");
        assert_party(&spoils, NumberKind::Unknown, "1234", "4");
        let spoiled = |digits| spoils.spoiled(None, Some(&came(NumberKind::Unknown, digits))).calling;
        assert_eq!(["12", "123", "1234", ""].map(spoiled), [true, true, false, false]);
        assert_eq!(spoils.dialled(&number("9")), Err(NotWritable));
        assert_eq!(spoils.dialled(&number("1234")), Err(NotWritable));
    }

    #[test]
    fn no_rule_touches_an_emergency_number() {
        let china = numbering(Dialect::China, "numbers.dialled = [{ add = \"9\", kind = \"national\" }]");
        assert_eq!(goes(&china.dialled(&number("120")).unwrap()), (NumberKind::Unknown, NumberPlan::Unknown, "120"));
        assert_eq!(goes(&china.dialled(&number("1200")).unwrap()).2, "91200");
    }

    #[test]
    fn withheld_and_not_available_are_told_apart() {
        let china = numbering(Dialect::China, "");
        let with = |presentation| PartyNumber { presentation, ..came(NumberKind::National, "13912345678") };
        assert_eq!(china.party(Some(&with(Presentation::Restricted))), Party::Withheld);
        assert_eq!(china.party(Some(&with(Presentation::NotAvailable))), Party::NotAvailable);
        assert_eq!(china.party(Some(&came(NumberKind::National, ""))), Party::NotAvailable);
        assert_eq!(china.party(None), Party::NotAvailable);
    }

    #[test]
    fn of_two_numbers_the_settings_say_whose_is_shown() {
        let network = came(NumberKind::National, "1");
        let caller = PartyNumber { screening: Screening::UserNotScreened, ..came(NumberKind::National, "2") };
        let both = [(&network, &caller), (&caller, &network)];
        for (first, second) in both {
            let shown = numbering(Dialect::China, "").of_two(Some(first), Some(second));
            assert_eq!(shown, (Some(&network), Some(&caller)));
            let shown = numbering(Dialect::China, "numbers.of_two = \"caller\"").of_two(Some(first), Some(second));
            assert_eq!(shown, (Some(&caller), Some(&network)));
        }
        assert_eq!(numbering(Dialect::China, "").of_two(Some(&caller), None), (Some(&caller), None));
    }

    #[test]
    fn what_is_shown_may_be_withheld_and_says_who_vouches_for_it() {
        let user = numbering(Dialect::China, "");
        let shown = user.shown(Some(&number("62001234")), false).unwrap();
        assert_eq!((shown.presentation, shown.screening), (Presentation::Allowed, Screening::UserNotScreened));
        let withheld = user.shown(Some(&number("62001234")), true).unwrap();
        assert_eq!(withheld.presentation, Presentation::Restricted);
        assert_eq!(withheld.number.digits.as_str(), "62001234", "the network knows, the called party does not");
        assert!(user.shown(None, true).unwrap().number.digits.is_empty());
        assert_eq!(user.shown(None, false), None);
        let network = numbering(Dialect::China, "role = \"network\"").shown(Some(&number("801")), false).unwrap();
        assert_eq!(network.screening, Screening::Network);
    }
}
