//! Every cell of the state tables, both roles: state × message, state × timer, state × news of the link, state × request,
//! and the small tables of hold and restart.
//!
//! Each table is data in a file of its own, written as the standard prints it; here are the states, built anew for every
//! cell through the machine's own doors, and the comparison. A cell names its clause where it fails. No cell is left out
//! by a wildcard: a table without one of its rows, columns or legends fails.

mod fresh;
mod holds;
mod links;
mod messages;
mod requests;
mod restarts;
mod statuses;
mod timers;

use super::*;
use crate::{CallState, Timer, q931::element::Digits};
use fresh::{Fresh, Standing};

/// What a cell of a table means.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    key: &'static str,
    /// TBR 4's group, and the clause.
    clause: &'static str,
    /// What the far end hears: kinds, and the cause in them or 0.
    sends: &'static [(MessageKind, u8)],
    /// The events that the box is told, by name.
    told: &'static [&'static str],
    next: To,
    /// The timers that run afterwards; `None`: those that ran before.
    timers: Option<&'static [Timer]>,
}

#[derive(Clone, Copy, Debug)]
enum To {
    Same,
    State(CallState),
}

/// The state and its timers are as before.
const fn stays(
    key: &'static str,
    clause: &'static str,
    sends: &'static [(MessageKind, u8)],
    told: &'static [&'static str],
) -> Outcome {
    Outcome { key, clause, sends, told, next: To::Same, timers: None }
}

/// The call goes to a state, with these timers.
const fn to(
    key: &'static str,
    clause: &'static str,
    sends: &'static [(MessageKind, u8)],
    told: &'static [&'static str],
    next: CallState,
    timers: &'static [Timer],
) -> Outcome {
    Outcome { key, clause, sends, told, next: To::State(next), timers: Some(timers) }
}

/// The columns.
const STATES: [(&str, CallState); 14] = [
    ("U0", CallState::Null),
    ("U1", CallState::Initiated),
    ("U2", CallState::OverlapSending),
    ("U3", CallState::OutgoingProceeding),
    ("U4", CallState::Delivered),
    ("U6", CallState::Present),
    ("U25", CallState::OverlapReceiving),
    ("U9", CallState::IncomingProceeding),
    ("U7", CallState::Received),
    ("U8", CallState::ConnectRequest),
    ("U10", CallState::Active),
    ("U11", CallState::DisconnectRequest),
    ("U12", CallState::DisconnectIndication),
    ("U19", CallState::ReleaseRequest),
];

/// The rows of a table: the name, and a key for each column.
fn rows(table: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty());
    let header: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(header, STATES.map(|(label, _)| label));
    let row = |line: &'static str| {
        let (name, cells) = line.split_once('|').unwrap();
        let cells: Vec<&str> = cells.split_whitespace().collect();
        assert_eq!(cells.len(), STATES.len(), "{name} has not a cell for each state");
        (name.trim(), cells)
    };
    lines.map(row).collect()
}

/// The outcome that a cell names for a role.
fn outcome(legend: &'static [Outcome], cell: &str, role: Role) -> &'static Outcome {
    let key = match (cell.split_once('/'), role) {
        (Some((user, _)), Role::User) => user,
        (Some((_, network)), Role::Network) => network,
        (None, _) => cell,
    };
    legend.iter().find(|outcome| outcome.key == key).unwrap_or_else(|| panic!("{cell} has no legend"))
}

/// Runs every cell of a table; `act` does what a row says to a state, and tells whether there is something to compare. All
/// cells that differ are told at once.
fn holds(table: &'static str, legend: &'static [Outcome], act: impl Fn(&mut Fresh, &'static str, &Outcome) -> bool) {
    let mut wrong = Vec::new();
    for role in [Role::User, Role::Network] {
        for (row, cells) in rows(table) {
            for ((label, state), cell) in STATES.into_iter().zip(cells) {
                // N8 does not last: a network that hears CONNECT is through at once, 5.2.8, and one that says it too, 5.1.8.
                if (role, state) == (Role::Network, CallState::ConnectRequest) {
                    continue;
                }
                let expected = outcome(legend, cell, role);
                let mut fresh = Fresh::new(role, state);
                let before = fresh.standing();
                let ran = act(&mut fresh, row, expected);
                let found = fresh.found(&before);
                if ran && let Some(difference) = found.differs_from(expected, state) {
                    let number = state.number(role);
                    wrong.push(format!("{role:?} {number} ({label}) × {row}: {}: {difference}", expected.clause));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Each line of a legend is used by a cell.
fn legend_is_used(legend: &[Outcome], tables: &[&'static str]) {
    let cells: Vec<&str> = tables.iter().flat_map(|&table| rows(table)).flat_map(|(_, cells)| cells).collect();
    for outcome in legend {
        let used = cells.iter().any(|cell| cell.split('/').any(|key| key == outcome.key));
        assert!(used, "no cell is {}", outcome.key);
    }
}

#[test]
fn q931_every_message_in_every_state_of_both_roles() {
    holds(messages::MESSAGES, messages::OUTCOMES, |fresh, row, _| {
        fresh.far_says(row);
        true
    });
}

#[test]
fn q931_5_8_6_and_5_8_7_every_invalid_message_in_every_state_of_both_roles() {
    holds(messages::INVALID, messages::OUTCOMES, |fresh, row, _| {
        fresh.far_says(row);
        true
    });
}

#[test]
fn q931_9_1_and_9_2_every_timer_in_every_state_of_both_roles() {
    holds(timers::TIMERS, timers::OUTCOMES, |fresh, row, expected| fresh.runs_out(row, expected.key != "."));
}

#[test]
fn q931_5_8_8_and_5_8_9_every_news_of_the_link_in_every_state_of_both_roles() {
    holds(links::LINKS, links::OUTCOMES, |fresh, row, _| {
        fresh.link(row);
        true
    });
}

#[test]
fn every_request_in_every_state_of_both_roles() {
    holds(requests::REQUESTS, requests::OUTCOMES, |fresh, row, expected| {
        fresh.asks(row);
        assert_eq!(fresh.misfits(), u64::from(expected.key == "x"), "{row} in {:?}", fresh.state);
        true
    });
}

#[test]
fn no_message_type_and_no_timer_is_missing_and_no_legend_is_idle() {
    let names = rows(messages::MESSAGES).into_iter().map(|(name, _)| name);
    let mut kinds: Vec<MessageKind> = names.map(fresh::kind_of).collect();
    for code in 0..=u8::MAX {
        let kind = MessageKind::from_code(code);
        if !matches!(kind, MessageKind::Other(_)) {
            assert!(kinds.contains(&kind), "{kind:?} has no row");
        }
    }
    kinds.sort();
    kinds.dedup();
    assert!(kinds.iter().any(|kind| matches!(kind, MessageKind::Other(_))));

    for (name, timer) in timers::NAMES {
        assert!(rows(timers::TIMERS).iter().any(|(row, _)| *row == name), "{timer:?} has no row");
    }
    let settings = crate::TimerTable::of(Role::User);
    assert!(timers::NAMES.iter().all(|(_, timer)| settings.get(*timer) > Duration::ZERO));

    legend_is_used(messages::OUTCOMES, &[messages::MESSAGES, messages::INVALID]);
    legend_is_used(timers::OUTCOMES, &[timers::TIMERS]);
    legend_is_used(links::OUTCOMES, &[links::LINKS]);
    legend_is_used(requests::OUTCOMES, &[requests::REQUESTS]);
}
