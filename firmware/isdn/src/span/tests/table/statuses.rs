//! State × the state that a STATUS of the far end tells, asked for and not, both roles.
//!
//! Source: ITU-T Q.931, 5.8.10 and 5.8.11, which leaves open what is incompatible but for the null state and state 19. A link
//! keeps messages in order: unasked, the far end may be behind us and never ahead, but for clearing, whose message is lost
//! then. We ask after messages may have been lost: what the far end is ahead by is made good. `3/9` and `4/7` are one thing
//! seen from both sides.
//!
//! Where a cell departs from the letter of the standard: the answer counts whatever its cause, also 97 for "I don't know
//! STATUS ENQUIRY", since the state in it is as good (5.8.10 would wait for T322 and then take it).

use super::*;

const UNASKED: &str = "
        0    1    2    3    4    6    7    8    9    10   11   12   15   17   19   22   25
U0    | .    c101 c101 c101 c101 c101 c101 c101 c101 c101 c101 c101 c101 c101 c101 c101 c101
U1    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U2    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U3    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U4    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U6    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U25   | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U9    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U7    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U8    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U10   | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U11   | gon  .    .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
U12   | gon  .    .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
U19   | gon  .    .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
";

/// The states in which a call is asked for at all.
const ASKED: &str = "
        0    1    2    3    4    6    7    8    9    10   11   12   15   17   19   22   25
U2    | gon  .    .    prc  alt  .    alt  con  prc  con  rls  rls  .    .    rls  .    .
U3    | gon  .    .    .    alt  .    alt  con  .    con  rls  rls  .    .    rls  .    .
U4    | gon  .    .    .    .    .    .    con  .    con  rls  rls  .    .    rls  .    .
U9    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U7    | gon  .    .    .    .    .    .    .    .    .    rls  rls  .    .    rls  .    .
U8    | gon  .    .    .    .    .    .    thr  .    thr  rls  rls  .    .    rls  .    .
U10   | gon  r101 r101 r101 r101 r101 r101 .    r101 .    rls  rls  r101 r101 rls  r101 r101
";

/// What the far end hears, what the box is told, and the state afterwards; `None` is the state that was.
fn legend(key: &str) -> (Vec<(MessageKind, u8)>, Vec<&'static str>, Option<CallState>) {
    match key {
        "." => (vec![], vec![], None),
        "c101" => (vec![(MessageKind::ReleaseComplete, 101)], vec![], None),
        "gon" => (vec![], vec!["Released"], Some(CallState::Null)),
        "rls" => (vec![(MessageKind::Release, 31)], vec!["Disconnected"], Some(CallState::ReleaseRequest)),
        "r101" => (vec![(MessageKind::Release, 101)], vec!["Disconnected"], Some(CallState::ReleaseRequest)),
        "prc" => (vec![], vec!["Proceeding"], Some(CallState::OutgoingProceeding)),
        "alt" => (vec![], vec!["Alerting"], Some(CallState::Delivered)),
        "con" => (vec![(MessageKind::ConnectAcknowledge, 0)], vec!["Connected"], Some(CallState::Active)),
        "thr" => (vec![], vec!["Connected"], Some(CallState::Active)),
        other => panic!("{other} has no legend"),
    }
}

fn runs(role: Role, label: &str, theirs: u8, key: &str, asked: bool) {
    let (_, state) = STATES.into_iter().find(|(known, _)| *known == label).unwrap();
    // N8 does not last.
    if (role, state) == (Role::Network, CallState::ConnectRequest) {
        return;
    }
    let mut fresh = Fresh::new(role, state);
    if asked {
        fresh.link("set up anew");
        fresh.forget();
        assert!(fresh.standing().timers.contains(&Timer::T322), "{label} is asked for");
    }
    let before = fresh.standing();
    fresh.far_says_state(theirs);
    let found = fresh.found(&before);
    let name = format!("{role:?} {label} × STATUS {theirs}, {}", if asked { "asked" } else { "unasked" });
    let (sends, told, next) = legend(key);
    assert_eq!((&found.sends, &found.told.iter().map(String::as_str).collect::<Vec<_>>()), (&sends, &told), "{name}");
    assert_eq!(found.after.state, next.unwrap_or(before.state), "{name}");
    assert!(!found.after.timers.contains(&Timer::T322), "{name}: it is answered");
}

fn holds(table: &'static str, asked: bool) -> usize {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty());
    let theirs: Vec<u8> = lines.next().unwrap().split_whitespace().map(|state| state.parse().unwrap()).collect();
    lines
        .map(|line| {
            let (label, cells) = line.split_once('|').map(|(label, cells)| (label.trim(), cells)).unwrap();
            let cells: Vec<&str> = cells.split_whitespace().collect();
            assert_eq!(cells.len(), theirs.len(), "{label}");
            for (&theirs, cell) in theirs.iter().zip(cells) {
                runs(Role::User, label, theirs, cell, asked);
                runs(Role::Network, label, theirs, cell, asked);
            }
        })
        .count()
}

#[test]
fn q931_5_8_11_every_state_that_a_status_tells_in_every_state_of_both_roles() {
    assert_eq!(holds(UNASKED, false), STATES.len());
}

#[test]
fn q931_5_8_10_every_answer_to_an_enquiry_in_every_state_of_both_roles() {
    holds(ASKED, true);
}
