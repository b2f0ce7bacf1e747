//! A call that waits: EN 300 141, and NOTIFY to the other party.

use isdn::{Event, Request};

use super::{holds, same, talking_in, talking_out};
use crate::line::{Line, Seen, Verdict};

pub fn held_by_far_end(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.far(format!("hold id={id}"))?;
    line.event("HeldByFarEnd", |event| matches!(event, Event::HeldByFarEnd { .. }).then_some(()))?;
    line.told("HOLD_ACK")?;
    line.far(format!("retrieve id={id} chan=1"))?;
    let timeslot = line.event("Retrieved", |event| match event {
        Event::Retrieved { call: other, timeslot } if *other == call => Some(*timeslot),
        _ => None,
    })?;
    same("libpri's channel", line.told("RETRIEVE_ACK")?.number("chan"), i64::from(timeslot.0))?;
    line.far(format!("hangup id={id} cause=16"))?;
    line.released(call)?;
    Ok(Verdict::Held)
}

pub fn held_by_us(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.asks(Request::Hold { call });
    line.told("HOLD")?;
    line.event("Held", |event| matches!(event, Event::Held { .. }).then_some(()))?;
    line.asks(Request::Retrieve { call });
    line.told("RETRIEVE")?;
    line.event("Retrieved", |event| matches!(event, Event::Retrieved { .. }).then_some(()))?;
    holds(line.span().timeslot(call).is_some(), || "no channel".to_owned())?;
    line.far(format!("hangup id={id} cause=16"))?;
    line.released(call)?;
    Ok(Verdict::Held)
}

/// As the owner's settings say where nobody changed them: cause 50, and they go on talking.
pub fn hold_refused(line: &mut Line) -> Seen<Verdict> {
    line.allows_hold(false);
    let (call, id) = talking_in(line)?;
    line.far(format!("hold id={id}"))?;
    same("libpri's cause", line.told("HOLD_REJ")?.cause(), 50)?;
    holds(line.span().timeslot(call).is_some(), || "the call is gone".to_owned())?;
    line.far(format!("hangup id={id} cause=16"))?;
    line.released(call)?;
    Ok(Verdict::Held)
}

/// Whoever hangs up, a call on hold leaves nothing behind.
pub fn hung_up_on_hold(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.far(format!("hold id={id}"))?;
    line.event("HeldByFarEnd", |event| matches!(event, Event::HeldByFarEnd { .. }).then_some(()))?;
    line.told("HOLD_ACK")?;
    line.far(format!("hangup id={id} cause=16"))?;
    line.released(call)?;
    let (call, _) = talking_out(line)?;
    line.asks(Request::Hold { call });
    line.event("Held", |event| matches!(event, Event::Held { .. }).then_some(()))?;
    super::basic::clear(line, call);
    line.released(call)?;
    Ok(Verdict::Held)
}
