//! The auxiliary states of hold × their messages and timers, both roles.
//!
//! Source: EN 300 141-1, 8 and 9; Q.932. Columns: idle; HOLD sent; held by us; RETRIEVE sent; held by the far end. The
//! indication states don't last: what the far end asks is answered at once. `a/b` is `a` at the user and `b` at the network:
//! when both hold at once, the network's counts.

use super::*;

const HOLDS: &str = "
                         idle   asked  held   back   by-far
HOLD                   | far    giv/.  no     no     ack
HOLD ACKNOWLEDGE       | 101    held   101    101    101
HOLD REJECT            | 101    ref    101    101    101
RETRIEVE               | nor    nor    nor    nor    ret
RETRIEVE ACKNOWLEDGE   | 101    101    101    got    101
RETRIEVE REJECT        | 101    101    101    kep    101
T-HOLD                 | .      ref    .      .      .
T-RETRIEVE             | .      .      .      kep    .
";

/// What a cell means, and the hold afterwards; `None` is the hold and the timers that were.
struct Row(&'static str, &'static [(MessageKind, u8)], &'static [&'static str], Option<HoldState>);

const LEGEND: [Row; 12] = [
    Row(".", &[], &[], None),
    Row("far", &[(MessageKind::HoldAcknowledge, 0)], &["HeldByFarEnd"], Some(HoldState::HeldByFarEnd)),
    Row("giv", &[(MessageKind::HoldAcknowledge, 0)], &["HoldRefused", "HeldByFarEnd"], Some(HoldState::HeldByFarEnd)),
    Row("ack", &[(MessageKind::HoldAcknowledge, 0)], &[], None),
    Row("no", &[(MessageKind::HoldReject, 101)], &[], None),
    Row("nor", &[(MessageKind::RetrieveReject, 101)], &[], None),
    Row("101", &[(MessageKind::Status, 101)], &[], None),
    Row("held", &[], &["Held"], Some(HoldState::Held)),
    Row("ref", &[], &["HoldRefused"], Some(HoldState::Idle)),
    Row("ret", &[(MessageKind::RetrieveAcknowledge, 0)], &["Retrieved"], Some(HoldState::Idle)),
    Row("got", &[], &["Retrieved"], Some(HoldState::Idle)),
    Row("kep", &[], &["RetrieveRefused"], Some(HoldState::Held)),
];

/// A talking call in an auxiliary state.
fn talking_in(role: Role, state: &str) -> Fresh {
    let mut fresh = Fresh::new(role, CallState::Active);
    fresh.let_far_end_hold();
    match state {
        "idle" => {}
        "asked" => fresh.asks("Hold"),
        "held" => {
            fresh.asks("Hold");
            fresh.far_says("HOLD ACKNOWLEDGE");
        }
        "back" => {
            fresh.asks("Hold");
            fresh.far_says("HOLD ACKNOWLEDGE");
            fresh.asks("Retrieve");
        }
        "by-far" => fresh.far_says("HOLD"),
        other => panic!("{other} is no state of hold"),
    }
    fresh.forget();
    fresh
}

#[test]
fn en_300_141_1_every_message_and_timer_in_every_state_of_hold_of_both_roles() {
    let mut lines = HOLDS.lines().filter(|line| !line.trim().is_empty());
    let states: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    for line in lines {
        let (row, cells) = line.split_once('|').map(|(row, cells)| (row.trim(), cells)).unwrap();
        let cells: Vec<&str> = cells.split_whitespace().collect();
        assert_eq!(cells.len(), states.len(), "{row}");
        for (state, cell) in states.iter().zip(cells) {
            runs(Role::User, row, state, cell.split('/').next().unwrap());
            runs(Role::Network, row, state, cell.split('/').next_back().unwrap());
        }
    }
}

fn runs(role: Role, row: &str, state: &str, key: &str) {
    let Row(_, sends, told, hold) = LEGEND.iter().find(|row| row.0 == key).expect(key);
    let mut fresh = talking_in(role, state);
    let (before, held) = (fresh.standing(), fresh.hold());
    match row {
        "T-HOLD" | "T-RETRIEVE" => {
            fresh.runs_out_as_it_is(row, key != ".");
        }
        _ => fresh.far_says(row),
    }
    let found = fresh.found(&before);
    assert_eq!(
        (&found.sends[..], &found.told.iter().map(String::as_str).collect::<Vec<_>>()[..]),
        (*sends, *told),
        "{role:?} {state} × {row}"
    );
    assert_eq!(fresh.hold(), hold.unwrap_or(held), "{role:?} {state} × {row}");
    let timers = if hold.is_some() { Vec::new() } else { before.timers };
    assert_eq!(found.after, Standing { state: CallState::Active, timers }, "{role:?} {state} × {row}");
}
