//! What every call of a day is going to be: drawn from a seed before the day begins.
//!
//! The shares are exact and only their order is left to chance, so that a tenth of all calls is a tenth.

use std::time::Duration;

use isdn::Cause;

use crate::dice::Dice;

/// Where a call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Someone outside, over the E1.
    Network,
    /// Someone outside, over an outside line.
    Line,
    /// A telephone of the house.
    Telephone,
}

/// What is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// This number.
    Number(&'static str),
    /// A telephone that is idle when the call begins.
    Idle,
    /// A telephone that talks when the call begins.
    Busy,
    /// A number outside over the E1, each call its own.
    Outside,
    /// A number outside over an outside line, each call its own.
    OverLine,
}

/// What the party outside does that the house calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    /// It answers.
    Answers,
    /// It rings and nobody comes.
    RingsOut,
    /// The network says why not.
    Refuses(Cause),
}

/// What a call is going to be.
#[derive(Clone, Debug)]
pub struct Script {
    pub from: From,
    pub to: To,
    /// Keys to be pressed, one each time the menu is heard.
    pub keys: &'static str,
    /// How many telephones ring out before somebody lifts a handset.
    pub ignores: u8,
    pub far: Far,
    /// From the menu to the key.
    pub thinks: Duration,
    /// From the first ring to the hand that lifts.
    pub answers_after: Duration,
    /// Who is not talking after this time hangs up.
    pub patience: Duration,
    pub talk: Duration,
    /// Whether the caller hangs up first.
    pub caller_ends: bool,
}

/// A kind of call, by its share of a thousand.
type Kind = (usize, fn(&mut Dice) -> Script);

const NOBODY: u8 = u8::MAX;

/// Who gives up while nothing has gone wrong waits longer than any queue lets him.
const PATIENT: Duration = Duration::from_secs(280);

const KINDS: [Kind; 31] = [
    // Over the E1 into menu and queue.
    (65, |dice| Script { keys: dice.pick(&["1", "2"]), ..incoming(dice, "62001234") }),
    (30, |dice| incoming(dice, "62001235")),
    (40, |dice| incoming(dice, "62001236")),
    (130, |dice| {
        let ignores = 1 + u8::from(dice.chance(20));
        Script { keys: dice.pick(&["1", "2"]), ignores, ..incoming(dice, "62001234") }
    }),
    (125, |dice| Script { keys: dice.pick(&["71", "92", "*#2", "789"]), ..incoming(dice, "62001234") }),
    (15, |dice| incoming(dice, "62001234")),
    (50, |dice| Script { patience: dice.between(5000, 9000), ..incoming(dice, "62001234") }),
    (90, |dice| {
        let patience = dice.between(6000, 16_000);
        Script { keys: dice.pick(&["1", "2"]), patience, ignores: NOBODY, ..incoming(dice, "62001234") }
    }),
    (60, |dice| Script { keys: "3", ..incoming(dice, "62001234") }),
    (25, |dice| Script { keys: "0", ..incoming(dice, "62001234") }),
    // Over the E1 to a telephone.
    (40, |dice| Script { to: To::Idle, ..incoming(dice, "") }),
    (25, |dice| Script { to: To::Idle, ignores: NOBODY, patience: dice.between(8000, 30_000), ..incoming(dice, "") }),
    (50, |dice| Script { to: To::Busy, ..incoming(dice, "") }),
    (15, |dice| incoming(dice, "62009999")),
    // From a telephone to another, to a queue, to nobody.
    (35, |dice| from_telephone(dice, To::Idle)),
    (30, |dice| from_telephone(dice, To::Busy)),
    (15, |dice| Script { ignores: NOBODY, patience: dice.between(8000, 20_000), ..from_telephone(dice, To::Idle) }),
    (10, |dice| from_telephone(dice, To::Number("399"))),
    (15, |dice| from_telephone(dice, To::Number("702"))),
    (5, |dice| Script { patience: dice.between(2000, 150_000), ..from_telephone(dice, To::Number("")) }),
    // From a telephone to the outside.
    (20, |dice| from_telephone(dice, To::Outside)),
    (30, |dice| Script { far: Far::Refuses(Cause::UserBusy), ..from_telephone(dice, To::Outside) }),
    (5, |dice| Script { far: Far::Refuses(Cause::UnallocatedNumber), ..from_telephone(dice, To::Outside) }),
    (10, |dice| Script {
        far: Far::RingsOut,
        patience: dice.between(15_000, 40_000),
        ..from_telephone(dice, To::Outside)
    }),
    (5, |dice| from_telephone(dice, To::Number("120"))),
    // Over outside lines, in and out.
    (15, |dice| Script { keys: dice.pick(&["1", "2"]), ..from_line(dice) }),
    (5, |dice| Script { patience: dice.between(7000, 20_000), ..from_line(dice) }),
    (10, |dice| Script { keys: "1", ignores: NOBODY, patience: dice.between(15_000, 25_000), ..from_line(dice) }),
    (15, |dice| from_telephone(dice, To::OverLine)),
    (10, |dice| Script { far: Far::Refuses(Cause::UserBusy), ..from_telephone(dice, To::OverLine) }),
    (5, |dice| Script {
        far: Far::RingsOut,
        patience: dice.between(15_000, 30_000),
        ..from_telephone(dice, To::OverLine)
    }),
];

/// `count` scripts with the shares of [`KINDS`], in an order of their own.
pub fn scripts(count: usize, dice: &mut Dice) -> Vec<Script> {
    let shares: usize = KINDS.iter().map(|(share, _)| share).sum();
    assert_eq!(shares, 1000, "shares of a thousand");
    // The place of a call among the thousand says its kind, so that fewer calls have the same shares.
    let kind_at = |place: usize| {
        let mut left = place;
        KINDS.iter().find(|(share, _)| left.checked_sub(*share).map(|rest| left = rest).is_none())
    };
    let mut scripts: Vec<Script> = (0..count).filter_map(|no| Some(kind_at(no * 1000 / count)?.1(dice))).collect();
    for last in (1..scripts.len()).rev() {
        scripts.swap(last, dice.below(last + 1));
    }
    scripts
}

fn incoming(dice: &mut Dice, number: &'static str) -> Script {
    Script { from: From::Network, to: To::Number(number), ..any(dice) }
}

fn from_line(dice: &mut Dice) -> Script {
    Script { from: From::Line, to: To::Number(""), ..any(dice) }
}

fn from_telephone(dice: &mut Dice, to: To) -> Script {
    Script { from: From::Telephone, to, ..any(dice) }
}

fn any(dice: &mut Dice) -> Script {
    Script {
        from: From::Network,
        to: To::Idle,
        keys: "",
        ignores: 0,
        far: Far::Answers,
        thinks: dice.between(200, 2500),
        answers_after: dice.between(500, 6000),
        patience: PATIENT,
        talk: talk(dice),
        caller_ends: dice.chance(60),
    }
}

/// Most talks are short, a few very long.
fn talk(dice: &mut Dice) -> Duration {
    match dice.below(100) {
        0..80 => dice.between(5000, 20_000),
        80..98 => dice.between(20_000, 60_000),
        _ => dice.between(60_000, 290_000),
    }
}
