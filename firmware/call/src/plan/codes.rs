//! Codes that are dialled at a telephone of the house, as far as they stand for themselves or before an extension.

use frame::PortId;

use super::{Match, Target};

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialCode {
    /// Takes a call that rings at a telephone of the own group.
    PickUp,
    /// Before an extension: takes the call that rings there.
    PickUpOf,
    /// Dials the last number again.
    Redial,
    /// An agent signs in.
    SignIn,
    /// An agent signs out.
    SignOut,
    /// An agent makes a pause, for one of so many reasons; without any, for none.
    Pause(u8),
    /// An agent's wrap-up is over.
    EndWrapUp,
}

/// What an agent says of the own work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentAct {
    /// Works from now on.
    SignIn,
    /// Works no more.
    SignOut,
    /// Makes a pause, for the reason of this digit.
    Pause(Option<u8>),
    /// Has finished the work of the last call.
    EndWrapUp,
}

/// The codes that the settings have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialCodes(Vec<(String, DialCode)>);

impl DialCodes {
    /// Those of the settings.
    pub fn of(codes: &settings::Codes, pauses: usize) -> DialCodes {
        let pauses = u8::try_from(pauses).unwrap_or(u8::MAX);
        let rows = [
            (&codes.pickup, DialCode::PickUp),
            (&codes.pickup_of, DialCode::PickUpOf),
            (&codes.redial, DialCode::Redial),
            (&codes.sign_in, DialCode::SignIn),
            (&codes.sign_out, DialCode::SignOut),
            (&codes.pause_work, DialCode::Pause(pauses)),
            (&codes.end_wrap_up, DialCode::EndWrapUp),
        ];
        DialCodes(rows.into_iter().filter_map(|(code, what)| Some((code.clone()?, what))).collect())
    }

    /// What digits mean; `station` finds what an extension means.
    pub(super) fn matches(&self, digits: &str, station: impl Fn(&str) -> Match) -> Match {
        let one = |(code, what): &(String, DialCode)| match digits.strip_prefix(code.as_str()) {
            Some(rest) => what.followed_by(rest, &station),
            None if code.starts_with(digits) => Match::More,
            None => Match::Nothing,
        };
        self.0.iter().map(one).fold(Match::Nothing, Match::or)
    }
}

impl DialCode {
    fn followed_by(self, rest: &str, station: impl Fn(&str) -> Match) -> Match {
        let alone = match self {
            DialCode::PickUp => Target::PickUp(None),
            DialCode::Redial => Target::Redial,
            DialCode::SignIn => Target::Agent(AgentAct::SignIn),
            DialCode::SignOut => Target::Agent(AgentAct::SignOut),
            DialCode::EndWrapUp => Target::Agent(AgentAct::EndWrapUp),
            DialCode::Pause(0) => Target::Agent(AgentAct::Pause(None)),
            DialCode::Pause(reasons) => return pauses(rest, reasons),
            DialCode::PickUpOf => return picks_up(rest, station),
        };
        if rest.is_empty() { Match::Whole { target: alone, more: false } } else { Match::Nothing }
    }
}

fn pauses(digit: &str, reasons: u8) -> Match {
    match digit.parse() {
        _ if digit.is_empty() => Match::More,
        Ok(reason) if (1..=reasons).contains(&reason) && digit.len() == 1 => {
            Match::Whole { target: Target::Agent(AgentAct::Pause(Some(reason))), more: false }
        }
        _ => Match::Nothing,
    }
}

fn picks_up(extension: &str, station: impl Fn(&str) -> Match) -> Match {
    let of = |port: PortId, more| Match::Whole { target: Target::PickUp(Some(port)), more };
    match station(extension) {
        Match::Whole { target: Target::Station(port), more } => of(port, more),
        Match::More | Match::Whole { more: true, .. } => Match::More,
        Match::Whole { .. } | Match::Nothing => Match::Nothing,
    }
}

impl Match {
    /// Both may be meant; of two that are whole the first is.
    pub(super) fn or(self, other: Match) -> Match {
        let longer = |of: &Match| matches!(of, Match::More | Match::Whole { more: true, .. });
        let more = longer(&self) || longer(&other);
        match (self, other) {
            (Match::Whole { target, .. }, _) | (_, Match::Whole { target, .. }) => Match::Whole { target, more },
            _ if more => Match::More,
            _ => Match::Nothing,
        }
    }
}
