//! What went over the wire of a scenario, and the capture that the product makes of it.

use frame::Time;
use isdn::{
    Role,
    q921::{Body, Frame},
    q931::{Message, Parsed},
    trace,
};

/// Frames in the order in which our end saw them.
#[derive(Clone, Debug)]
pub struct Trace {
    role: Role,
    frames: Vec<Traced>,
}

/// One frame.
#[derive(Clone, Debug)]
pub struct Traced {
    pub at: Time,
    /// From us.
    pub sent: bool,
    pub octets: Vec<u8>,
}

impl Trace {
    /// The trace of an end in a role.
    pub fn new(role: Role) -> Trace {
        Trace { role, frames: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.frames.len()
    }

    pub fn sent(&mut self, at: Time, octets: &[u8]) {
        self.frames.push(Traced { at, sent: true, octets: octets.to_vec() });
    }

    pub fn received(&mut self, at: Time, octets: &[u8]) {
        self.frames.push(Traced { at, sent: false, octets: octets.to_vec() });
    }

    /// The same as the product keeps it: digits during a call and names are hidden, all else can be compared.
    pub fn kept(&self) -> trace::Trace {
        let mut kept = trace::Trace::new(self.role, trace::KeptNumbers::Whole);
        for frame in &self.frames {
            let direction = if frame.sent { trace::Direction::Sent } else { trace::Direction::Received };
            kept.keep(frame.at, direction, &frame.octets);
        }
        kept
    }

    /// Each frame but the acknowledgements in a line, to look for what went wrong.
    pub fn ladder(&self) -> String {
        let line = |frame: &Traced| {
            let arrow = if frame.sent { "box →" } else { "box ←" };
            let said = told(&frame.octets)?;
            Some(format!("    {:>10.3} s {arrow} {said}\n", frame.at.as_us() as f64 / 1e6))
        };
        self.frames.iter().filter_map(line).collect()
    }
}

fn told(octets: &[u8]) -> Option<String> {
    match Frame::parse(octets).map(|frame| frame.body) {
        Ok(Body::Supervisory { .. }) => None,
        Ok(Body::Information { information, .. }) => match Message::parse(information) {
            Ok(Parsed { message, .. }) => {
                Some(format!("{:?} {:?} {:02x?}", message.reference, message.kind, &information[5..]))
            }
            Err(error) => Some(format!("{error}: {information:02x?}")),
        },
        other => Some(format!("{other:?}")),
    }
}
