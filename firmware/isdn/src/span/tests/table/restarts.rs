//! REST 0 and REST 1 × messages of the global call reference, and T316; both roles. REST 2 does not last: what a RESTART ends
//! here, it ends at once, and RESTART ACKNOWLEDGE is sent before anything else is heard.
//!
//! Source: ITU-T Q.931, 5.5, 5.8.3.2 f and 5.8.6. Where a cell departs from the letter of the standard: a RESTART
//! ACKNOWLEDGE that nobody waits for is ignored; it is the answer to one that T316 said twice.

use super::*;
use crate::RestartScope;

const RESTARTS: &str = "
                         REST0  REST1
RESTART                | ack    ack
RESTART -class         | e96    e96
RESTART bad class      | e100   e100
RESTART ACKNOWLEDGE    | .      done
RESTART ACKN. -class   | e96    e96
STATUS                 | .      .
STATUS ENQUIRY         | 81     81
SETUP                  | 81     81
CONNECT                | 81     81
RELEASE COMPLETE       | 81     81
unknown type           | 81     81
T316                   | .      again
T316 again             | .      aside
";

/// What the far end hears, the state of restart that a STATUS tells, and what the channels are afterwards.
fn legend(key: &str, rest1: bool) -> (Vec<(MessageKind, u8)>, Option<crate::ChannelState>) {
    use crate::ChannelState::{Idle, Maintenance, Restarting};
    let waits = if rest1 { Restarting } else { Idle };
    match key {
        "." => (vec![], Some(waits)),
        // The far end restarted them: they are free, whoever waits for what.
        "ack" => (vec![(MessageKind::RestartAcknowledge, 0)], Some(Idle)),
        "e96" => (vec![(MessageKind::Status, 96)], Some(waits)),
        "e100" => (vec![(MessageKind::Status, 100)], Some(waits)),
        "81" => (vec![(MessageKind::Status, 81)], Some(waits)),
        "done" => (vec![], Some(Idle)),
        "again" => (vec![(MessageKind::Restart, 0)], Some(Restarting)),
        "aside" => (vec![], Some(Maintenance)),
        other => panic!("{other} has no legend"),
    }
}

fn runs(role: Role, row: &str, rest1: bool, key: &str) {
    let mut line = Line::new(SpanSettings::e1(role, Dialect::EuroIsdn));
    if rest1 {
        line.asks(Request::Restart(RestartScope::Interface));
        line.far_hears(MessageKind::Restart);
    }
    let t316 = line.span.settings.timers.get(Timer::T316);
    match row {
        "T316" => line.advances(t316),
        "T316 again" => {
            line.advances(t316);
            line.heard.clear();
            line.advances(t316);
        }
        _ => line.far_says_octets(&octets(row)),
    }
    let (sends, channels) = legend(key, rest1);
    let heard = std::mem::take(&mut line.heard);
    for status in heard.iter().filter(|message| message.kind == MessageKind::Status) {
        assert_eq!(status.call_state(), Some(&CallStateElement(if rest1 { 61 } else { 0 })), "{row}");
        assert_eq!(status.reference, Some(CallReference::GLOBAL.reply()));
    }
    let said = |message: &Message| (message.kind, message.cause().map_or(0, |said| said.cause.number()));
    let name = format!("{role:?} REST {} × {row}", u8::from(rest1));
    assert_eq!(heard.iter().map(said).collect::<Vec<_>>(), sends, "{name}");
    assert_eq!(line.span.channel(Timeslot(5)), channels, "{name}");
}

fn octets(row: &str) -> Vec<u8> {
    let class: &[u8] = match row {
        "RESTART -class" | "RESTART ACKN. -class" => &[],
        "RESTART bad class" => &[0x79, 0x01, 0xff],
        "RESTART" | "RESTART ACKNOWLEDGE" => &[0x79, 0x01, 0x87],
        "STATUS" => &[0x08, 0x02, 0x80, 0xd1, 0x14, 0x01, 0x3d],
        _ => &[],
    };
    let kind = if row.starts_with("RESTART ACKN") { MessageKind::RestartAcknowledge } else { fresh::kind_of(row) };
    [&[0x08, 0x02, 0x00, 0x00, kind.code()][..], class].concat()
}

#[test]
fn q931_5_5_every_global_message_and_t316_in_every_state_of_restart_of_both_roles() {
    let mut lines = RESTARTS.lines().filter(|line| !line.trim().is_empty());
    assert_eq!(lines.next().unwrap().split_whitespace().collect::<Vec<_>>(), ["REST0", "REST1"]);
    for line in lines {
        let (row, cells) = line.split_once('|').map(|(row, cells)| (row.trim(), cells)).unwrap();
        let cells: Vec<&str> = cells.split_whitespace().collect();
        let [rest0, rest1] = cells[..] else { panic!("{row} has not a cell for each state") };
        for role in [Role::User, Role::Network] {
            runs(role, row, false, rest0);
            runs(role, row, true, rest1);
        }
    }
}
