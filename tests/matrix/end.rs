//! What of ours stands at the end of a scenario's line: a span alone, or two T1 that share a D-channel and have a backup.

use frame::Time;
use isdn::{
    Adopted, CallEntry, CallHandle, Group, GroupInput, GroupOutput, GroupSettings, Input, Role, SetupRefused,
    SetupRequest, Span, SpanSettings,
};

use crate::{line::Miss, row::Column};

/// Our end.
#[derive(Debug)]
pub enum End {
    Alone(Box<Span>),
    /// Lines 0 and 1, each with a D-channel.
    Shared(Box<Group>),
}

impl End {
    pub fn alone(column: Column, far_end_may_hold: bool, distinct: u64) -> End {
        End::Alone(Box::new(Span::new(settings(column, far_end_may_hold, distinct))))
    }

    /// Miss where the dialect has no such thing.
    pub fn shared(column: Column, distinct: u64) -> Result<End, Miss> {
        let (role, dialect) = (column.peer.opposite(), column.switch.dialect());
        let mut group = GroupSettings::t1(role, dialect, &LINES, LINES[0], Some(LINES[1]))
            .map_err(|error| Miss(error.to_string()))?;
        group.lines.distinct = distinct;
        Ok(End::Shared(Box::new(Group::new(group))))
    }

    /// The lines, by their numbers.
    pub fn lines(&self) -> &'static [u8] {
        match self {
            End::Alone(_) => &LINES[..1],
            End::Shared(_) => &LINES,
        }
    }

    pub fn span(&self, line: u8) -> &Span {
        match self {
            End::Alone(span) => span,
            End::Shared(group) => group.line(line).expect("the group has this line"),
        }
    }

    /// Whether calls can be signalled.
    pub fn is_link_up(&self) -> bool {
        match self {
            End::Alone(span) => span.is_link_up(),
            End::Shared(group) => group.active().is_some(),
        }
    }

    pub fn input(&mut self, now: Time, interface: u8, input: Input<'_>) {
        match self {
            End::Alone(span) => span.handle_input(now, input),
            End::Shared(group) => group.handle_input(
                now,
                match input {
                    Input::Layer1(up) => GroupInput::Layer1 { interface, up },
                    Input::Frame(octets) => GroupInput::Frame { interface, octets },
                    Input::Request(request) => GroupInput::Request { interface, request },
                    Input::Timeout => GroupInput::Timeout,
                },
            ),
        }
    }

    /// What it wants done. A span alone is line 0, and tells nothing of its D-channel beyond what a span tells.
    pub fn poll(&mut self) -> Option<GroupOutput> {
        match self {
            End::Alone(span) => span.poll_output().map(|output| GroupOutput::Line(0, output)),
            End::Shared(group) => group.poll_output(),
        }
    }

    pub fn next_deadline(&self) -> Option<Time> {
        match self {
            End::Alone(span) => span.next_deadline(),
            End::Shared(group) => group.next_deadline(),
        }
    }

    pub fn setup(&mut self, now: Time, line: u8, request: SetupRequest) -> Result<CallHandle, SetupRefused> {
        match self {
            End::Alone(span) => span.setup(now, request),
            End::Shared(group) => group.setup_on(now, line, request),
        }
    }

    pub fn adopt(&mut self, now: Time, line: u8, entries: &[CallEntry]) -> Vec<Adopted> {
        match self {
            End::Alone(span) => span.adopt(now, entries),
            End::Shared(group) => group.adopt(now, line, entries),
        }
    }

    /// The owner allows hold from the far end, or does not.
    pub fn allow_hold(&mut self, now: Time, column: Column, far_end_may_hold: bool) {
        if let End::Alone(span) = self {
            span.apply(now, &settings(column, far_end_may_hold, FIRST_LIFE));
        }
    }
}

fn settings(column: Column, far_end_may_hold: bool, distinct: u64) -> SpanSettings {
    let role: Role = column.peer.opposite();
    SpanSettings { distinct, far_end_may_hold, ..SpanSettings::of(role, column.switch.dialect()) }
}

/// The lines that there can be.
pub const LINES: [u8; 2] = [0, 1];

/// The box's number before it was ever restarted, and after.
pub const FIRST_LIFE: u64 = 1;
pub const SECOND_LIFE: u64 = 2;
