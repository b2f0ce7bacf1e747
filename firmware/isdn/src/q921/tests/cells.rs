//! The data link against `annex_d.txt`: every state and every event, as the user and as the network.
//!
//! The table was written from the standard, not from the machine. Each cell begins with a fresh link that is led into the
//! state by events alone; then the event happens, and what the link says, its queue, its timer and its next state are
//! held against the cell.

use std::{collections::BTreeMap, time::Duration};

use super::*;
use crate::q921::N201_OCTETS;

const TABLE: &str = include_str!("annex_d.txt");

const STATES: [&str; 26] = [
    "P", "P-", "4", "4-", "5.0", "5.1", "5.1*", "5.2", "6", "6e", "7.0", "7.1", "7.4", "7.5", "7.0*", "7.1*", "7.4*",
    "7.5*", "8.0", "8.1", "8.4", "8.5", "8.0*", "8.1*", "8.4*", "8.5*",
];

/// Every event, by the name that the table has for it.
fn events() -> Vec<String> {
    let alone = "DL-ESTABLISH|DL-RELEASE|DL-DATA|PH-ACTIVATE|PH-DEACTIVATE|T200, RC<N200|T200, RC=N200|T203|SABME P=0|\
                 SABME P=1|DISC P=0|DISC P=1|UA F=0|UA F=1|DM F=0|DM F=1|FRMR F=0|FRMR F=1|UI|XID|\
                 undefined control field|information where none may be|FRMR of the wrong length|\
                 information longer than N201|shorter than its control field|SABME in our own role|UA in our own role";
    let mut events: Vec<String> = alone.split('|').map(str::to_owned).collect();
    for number in ["N(R)=V(S)", "N(R)=V(A)<V(S)", "V(A)<N(R)<V(S)", "N(R)>V(S)"] {
        for kind in ["RR", "REJ", "RNR"] {
            for way in ["command P=0", "command P=1", "response F=0", "response F=1"] {
                events.push(format!("{kind} {way}, {number}"));
            }
        }
        for frame in ["I P=0, N(S)=V(R)", "I P=1, N(S)=V(R)", "I P=0, N(S)/=V(R)", "I P=1, N(S)/=V(R)"] {
            events.push(format!("{frame}, {number}"));
        }
    }
    events
}

/// What the table says: by event and state, `OUTPUTS > NEXT`, with the clause for the reader of a failure.
fn cells(table: &str) -> Vec<(String, String, String, String)> {
    let mut cells = Vec::new();
    let (mut event, mut clause) = ("", "");
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with([';', '#'])) {
        if let Some(head) = line.strip_prefix("= ") {
            (event, clause) = head.trim_end_matches(']').split_once("  [").expect("an event has its clause");
            continue;
        }
        let (states, says) = line.split_once(" : ").expect("a cell has its colon");
        for state in states.split_whitespace() {
            let says = if says == "/" || says.contains('>') { says.to_owned() } else { format!("{says} > {state}") };
            cells.push((event.to_owned(), state.to_owned(), says, clause.to_owned()));
        }
    }
    cells
}

/// A link in one of the states, whose far end is played by hand.
struct Rig {
    now: Time,
    link: Link,
}

impl Rig {
    fn in_state(role: Role, state: &str) -> Rig {
        let mut rig = Rig { now: Time::ZERO, link: Link::new(role, LinkSettings::default(), 1) };
        rig.lead_into(state);
        rig.drain();
        assert_eq!(rig.state(), state, "the way into the state");
        rig.now += Duration::from_millis(300);
        rig
    }

    fn lead_into(&mut self, state: &str) {
        match state {
            "P" => {}
            "P-" => self.link.release(self.now),
            "5.0" => self.link.handle_layer1(self.now, true),
            "5.2" => self.after("5.0", "DL-RELEASE"),
            "4" => self.after("7.0", "DISC P=1"),
            "4-" => self.after("6", "UA F=1"),
            "5.1" => self.after("7.0", "DM F=0"),
            "5.1*" => self.after("7.0*", "DM F=0"),
            "6" => self.after("7.0", "DL-RELEASE"),
            "6e" => self.after("6", "DL-ESTABLISH"),
            "7.0" => {
                self.after("5.0", "UA F=1");
                // So that V(S), V(A) and V(R) differ from zero and from one another.
                for _ in 0..3 {
                    self.happens("DL-DATA");
                }
                for event in
                    ["RR response F=0, N(R)=V(S)", "I P=0, N(S)=V(R), N(R)=V(S)", "I P=0, N(S)=V(R), N(R)=V(S)"]
                {
                    self.happens(event);
                }
            }
            "7.0*" => {
                self.after("7.0", "DL-DATA");
                self.happens("DL-DATA");
            }
            "7.1" => self.after("7.0", "I P=0, N(S)/=V(R), N(R)=V(S)"),
            "7.4" => self.after("7.0", "RNR response F=0, N(R)=V(S)"),
            "7.5" => self.after("7.1", "RNR response F=0, N(R)=V(S)"),
            "7.1*" => self.after("7.0*", "I P=0, N(S)/=V(R), N(R)=V(A)<V(S)"),
            "7.4*" => self.after("7.0*", "RNR response F=0, N(R)=V(A)<V(S)"),
            "7.5*" => self.after("7.1*", "RNR response F=0, N(R)=V(A)<V(S)"),
            "8.0" | "8.1" => self.after(&state.replace('8', "7"), "T203"),
            _ => self.after(&state.replace('8', "7"), "T200, RC<N200"),
        }
    }

    fn after(&mut self, state: &str, event: &str) {
        self.lead_into(state);
        assert!(self.happens(event), "{event} can happen in {state}");
    }

    /// The state as the table names it.
    fn state(&self) -> String {
        let kept = |wanted: &str, otherwise: &str| if self.link.wanted { wanted } else { otherwise }.to_owned();
        match &self.link.state {
            _ if !self.link.layer1_up => kept("P", "P-"),
            State::Assigned { .. } => kept("4", "4-"),
            State::AwaitingEstablishment { lost, .. } => match (self.link.told_up, lost) {
                _ if !self.link.wanted => "5.2".to_owned(),
                (false, _) => "5.0".to_owned(),
                (true, false) => "5.1".to_owned(),
                (true, true) => "5.1*".to_owned(),
            },
            State::AwaitingRelease { .. } => kept("6e", "6"),
            State::Established { window, .. } => format!("7.{}", sub_state(window)),
            State::TimerRecovery { window, .. } => format!("8.{}", sub_state(window)),
        }
    }

    /// Lets an event happen; false where it can't.
    fn happens(&mut self, event: &str) -> bool {
        match event {
            "DL-ESTABLISH" => self.link.bring_up(self.now),
            "DL-RELEASE" => self.link.release(self.now),
            "DL-DATA" => return self.sends_data(),
            "PH-ACTIVATE" => self.link.handle_layer1(self.now, true),
            "PH-DEACTIVATE" => self.link.handle_layer1(self.now, false),
            "T200, RC<N200" => return self.t200_runs() && self.expires(),
            "T200, RC=N200" => return self.repeats_n200_times() && self.expires(),
            "T203" => {
                let runs = matches!(self.link.state, State::Established { watch: Watch::T203(_), .. });
                return runs && self.expires();
            }
            "SABME in our own role" => self.hears(false, unnumbered(UnnumberedKind::SetMode, true)),
            "UA in our own role" => self.hears(true, unnumbered(UnnumberedKind::Acknowledge, true)),
            "UI" => self.hears(true, Body::UnnumberedInformation { poll: false, information: &[1] }),
            "XID" => self.hears(true, Body::Exchange { poll_final: true, information: &[1] }),
            "undefined control field" => self.hears_octets(true, &[0xff]),
            "information where none may be" => self.hears_octets(true, &[0x01, 0x00, 0x00]),
            "FRMR of the wrong length" => self.hears_octets(false, &[0x87, 0, 0, 0, 0]),
            "information longer than N201" => self.hears_octets(true, &[0; N201_OCTETS + 3]),
            "shorter than its control field" => self.hears_octets(true, &[0x01]),
            frame => return self.hears_frame(frame),
        }
        true
    }

    /// A frame by its name, with numbers that are seen from the link.
    fn hears_frame(&mut self, name: &str) -> bool {
        let (kind, rest) = name.split_once(' ').expect("a frame and its bit");
        let bit = rest.contains("P=1") || rest.contains("F=1");
        let nr = match name.rsplit_once(", ").and_then(|(_, number)| self.number(number)) {
            Some(nr) => nr,
            None if name.contains("N(R)") => return false,
            None => SequenceNumber::default(),
        };
        let vr = self.link.state.window().map_or(SequenceNumber::default(), Window::vr);
        let ns = if name.contains("N(S)/=") { vr.next() } else { vr };
        match kind {
            "SABME" => self.hears(true, unnumbered(UnnumberedKind::SetMode, bit)),
            "DISC" => self.hears(true, unnumbered(UnnumberedKind::Disconnect, bit)),
            "UA" => self.hears(false, unnumbered(UnnumberedKind::Acknowledge, bit)),
            "DM" => self.hears(false, unnumbered(UnnumberedKind::DisconnectedMode, bit)),
            "FRMR" => self.hears(false, Body::FrameReject { is_final: bit, reason: [0; 5] }),
            "I" => self.hears(true, Body::Information { ns, nr, poll: bit, information: &[0xd0] }),
            _ => {
                let kind = match kind {
                    "RR" => Supervision::ReceiveReady,
                    "RNR" => Supervision::ReceiveNotReady,
                    "REJ" => Supervision::Reject,
                    other => panic!("{other} is no frame"),
                };
                self.hears(rest.starts_with("command"), Body::Supervisory { kind, nr, poll_final: bit });
            }
        }
        true
    }

    /// N(R) by its place in the window. Where there is no window, any number stands for all.
    fn number(&self, place: &str) -> Option<SequenceNumber> {
        let Some(window) = self.link.state.window() else { return Some(SequenceNumber::default()) };
        let va = window.va();
        match place {
            "N(R)=V(S)" => Some(window.vs()),
            "N(R)>V(S)" => Some(window.vs().next()),
            _ if window.in_flight() == 0 => None,
            "N(R)=V(A)<V(S)" => Some(va),
            _ => Some(va.next()),
        }
    }

    fn hears(&mut self, command: bool, body: Body<'_>) {
        let frame = Frame { address: self.far_address(command), body };
        self.link.handle_frame(self.now, &frame.emit());
        self.link.flush();
    }

    fn hears_octets(&mut self, command: bool, control: &[u8]) {
        let address = Frame { address: self.far_address(command), body: unnumbered(UnnumberedKind::SetMode, false) };
        let octets = [&address.emit()[..2], control].concat();
        self.link.handle_frame(self.now, &octets);
        self.link.flush();
    }

    fn far_address(&self, command: bool) -> Address {
        Address { sapi: 0, tei: 0, cr: command != self.link.command_bit() }
    }

    fn sends_data(&mut self) -> bool {
        if self.link.send(self.now, [0xa0].into_iter().collect()).is_err() {
            self.link.outputs.push_back(LinkOutput::Information(REFUSED.iter().copied().collect()));
        }
        true
    }

    fn t200_runs(&self) -> bool {
        let t203 = matches!(self.link.state, State::Established { watch: Watch::T203(_), .. });
        self.link.state.deadline().is_some() && !t203
    }

    fn repeats(&self) -> Option<u8> {
        match self.link.state {
            State::AwaitingEstablishment { repeats, .. }
            | State::AwaitingRelease { repeats, .. }
            | State::TimerRecovery { repeats, .. } => Some(repeats),
            State::Assigned { .. } | State::Established { .. } => None,
        }
    }

    fn repeats_n200_times(&mut self) -> bool {
        while self.repeats().is_some_and(|repeats| repeats < self.link.settings.n200) {
            self.expires();
            self.drain();
        }
        self.repeats().is_some()
    }

    fn expires(&mut self) -> bool {
        self.now = self.link.state.deadline().expect("a timer runs");
        self.link.handle_timeout(self.now);
        true
    }

    fn drain(&mut self) -> Vec<LinkOutput> {
        std::iter::from_fn(|| self.link.poll_output()).collect()
    }

    /// What the event brings about, in the table's words.
    fn says_on(mut self, event: &str) -> String {
        let queue_before = self.link.queue.len();
        let timer_before = self.link.state.deadline();
        if !self.happens(event) {
            return "/".to_owned();
        }
        let mut words: Vec<String> = self.drain().iter().map(|output| self.word(output)).collect();
        let change = self.link.queue.len() as isize - queue_before as isize;
        words.extend((change != 0).then(|| format!("{change:+}")));
        let timer = self.link.state.deadline().filter(|_| self.link.state.deadline() != timer_before);
        words.extend(timer.map(|timer| self.timer_name(timer).to_owned()));
        let words = if words.is_empty() { "-".to_owned() } else { words.join(" ") };
        format!("{words} > {}", self.state())
    }

    fn timer_name(&self, deadline: Time) -> &'static str {
        let settings = &self.link.settings;
        match self.link.state {
            State::Established { watch: Watch::T203(_), .. } if deadline == self.now + settings.t203 => "T203",
            State::Established { watch: Watch::T203(_), .. } => "T203 with another time",
            _ if deadline == self.now + settings.t200 => "T200",
            _ => "T200 with another time",
        }
    }

    fn word(&self, output: &LinkOutput) -> String {
        match output {
            LinkOutput::Frame(octets) => self.frame_word(&Frame::parse(octets).expect("our own frame")),
            LinkOutput::Up => "up".to_owned(),
            LinkOutput::Reset => "reset".to_owned(),
            LinkOutput::Renewed => "renewed".to_owned(),
            LinkOutput::Down => "down".to_owned(),
            LinkOutput::Information(information) if information.as_slice() == REFUSED => "refused".to_owned(),
            LinkOutput::Information(_) => "data".to_owned(),
            LinkOutput::Fault(fault) => format!("err-{}", letter(*fault)),
        }
    }

    fn frame_word(&self, frame: &Frame<'_>) -> String {
        let command = frame.address.cr == self.link.command_bit();
        let bit = |set: bool| if set { "1" } else { "" };
        match (frame.body, command) {
            (Body::Information { ns, nr, poll: false, .. }, true) => format!("I{}({})", count(ns), count(nr)),
            (Body::Supervisory { kind: Supervision::ReceiveReady, nr, poll_final: true }, true) => {
                format!("RR?({})", count(nr))
            }
            (Body::Supervisory { kind, nr, poll_final }, false) => {
                let name = if kind == Supervision::Reject { "REJ" } else { "RR" };
                format!("{name}{}({})", bit(poll_final), count(nr))
            }
            (Body::Unnumbered { kind: UnnumberedKind::SetMode, poll_final: true }, true) => "SABME".to_owned(),
            (Body::Unnumbered { kind: UnnumberedKind::Disconnect, poll_final: true }, true) => "DISC".to_owned(),
            (Body::Unnumbered { kind: UnnumberedKind::Acknowledge, poll_final }, false) => {
                format!("UA{}", bit(poll_final))
            }
            (Body::Unnumbered { kind: UnnumberedKind::DisconnectedMode, poll_final }, false) => {
                format!("DM{}", bit(poll_final))
            }
            (Body::Exchange { poll_final: false, .. }, true) => "XID".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// Stands for a message that was refused, among the messages of the far end.
const REFUSED: &[u8] = &[0xff, 0xff];

fn count(number: SequenceNumber) -> u8 {
    number.steps_from(SequenceNumber::default())
}

fn unnumbered(kind: UnnumberedKind, poll_final: bool) -> Body<'static> {
    Body::Unnumbered { kind, poll_final }
}

fn sub_state(window: &Window) -> String {
    let condition = u8::from(window.rejects()) + 4 * u8::from(window.peer_busy);
    format!("{condition}{}", if window.in_flight() > 0 { "*" } else { "" })
}

fn letter(fault: LinkFault) -> char {
    match fault {
        LinkFault::UnsolicitedSupervisoryFinal => 'A',
        LinkFault::UnsolicitedDisconnectedModeFinal => 'B',
        LinkFault::UnsolicitedAcknowledgementFinal => 'C',
        LinkFault::UnsolicitedAcknowledgement => 'D',
        LinkFault::FarEndDisconnected => 'E',
        LinkFault::FarEndReestablished => 'F',
        LinkFault::NoAnswerToEstablish => 'G',
        LinkFault::NoAnswerToRelease => 'H',
        LinkFault::NoAnswerToEnquiry => 'I',
        LinkFault::SequenceError => 'J',
        LinkFault::FrameRejected => 'K',
        LinkFault::UndefinedFrame => 'L',
        LinkFault::InformationNotPermitted => 'M',
        LinkFault::WrongLength => 'N',
        LinkFault::TooLong => 'O',
        LinkFault::Loop | LinkFault::RoleConflict | LinkFault::SendQueueFull => '?',
    }
}

/// The cells that the link does not keep, in words.
fn differences(table: &str) -> Vec<String> {
    let mut differences = Vec::new();
    for (event, state, says, clause) in cells(table) {
        for role in [Role::User, Role::Network] {
            let said = Rig::in_state(role, &state).says_on(&event);
            if said != says {
                differences.push(format!("{role:?} in {state}, {event} [{clause}]:\n  table: {says}\n  link:  {said}"));
            }
        }
    }
    differences
}

#[test]
fn annex_d_holds_in_every_state_for_every_event_in_both_roles() {
    let differences = differences(TABLE);
    assert!(differences.is_empty(), "{} cells differ\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn no_cell_of_the_table_is_missing_or_there_twice() {
    let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
    for event in events() {
        times.extend(STATES.map(|state| ((event.clone(), state.to_owned()), 0)));
    }
    for (event, state, ..) in cells(TABLE) {
        *times.get_mut(&(event.clone(), state.clone())).unwrap_or_else(|| panic!("no {event} in {state}")) += 1;
    }
    let wrong: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(times.len(), 91 * 26);
}

#[test]
fn a_wrong_cell_is_found() {
    let event = "= DISC P=1  [5.5.3.2]\n";
    assert_eq!(differences(&format!("{event}7.0 : UA1 down T200 > 4")), [""; 0]);
    for wrong in ["UA1 down T200", "UA down T200 > 4", "UA1 T200 > 4", "UA1 down > 4", "UA1 down -1 T200 > 4", "/"] {
        assert_eq!(differences(&format!("{event}7.0 : {wrong}")).len(), 2, "{wrong}");
    }
}
