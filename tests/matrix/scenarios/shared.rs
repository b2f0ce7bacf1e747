//! Two T1 that share a D-channel, with a backup D-channel: SR-4994, TR 41459, Annex B; Q.931, Annex F. Lines 0 and 1; signalling
//! begins on line 0.

use std::time::Duration;

use frame::Timeslot;
use isdn::{
    CallHandle, Cause, ChannelState, Event, Origin, Request, RestartScope, SetupRequest, q931::element::TimeslotSet,
};

use super::{MINUTE, basic, channels, holds, same, service, speech, talking_in, talking_out};
use crate::{
    end::LINES,
    line::{Line, Seen, Verdict},
};

/// The same on both lines, the one that has signalling last.
fn on_each(line: &mut Line, run: fn(&mut Line) -> Seen<Verdict>) -> Seen<Verdict> {
    let mut verdict = Verdict::Held;
    for at in [1, 0] {
        line.turn_to(at)?;
        verdict = run(line)?;
    }
    Ok(verdict)
}

pub fn calls_in(line: &mut Line) -> Seen<Verdict> {
    on_each(line, basic::call_in)
}

pub fn calls_out(line: &mut Line) -> Seen<Verdict> {
    on_each(line, |line| {
        let call = line.places(speech())?;
        let ring = line.told("RING")?;
        let timeslot = line.span().timeslot(call).map(|slot| i64::from(slot.0));
        same("libpri's channel", Some(ring.number("chan")), timeslot)?;
        holds(LINES.contains(&(ring.number("interface") as u8)), || "libpri sees no interface".to_owned())?;
        let id = ring.id();
        line.far(format!("answer id={id} chan={}", ring.number("chan")))?;
        line.connected(call)?;
        basic::clear(line, call);
        line.released(call)?;
        Ok(Verdict::Held)
    })
}

/// 46 calls, the same channels on both lines.
pub fn all_channels(line: &mut Line) -> Seen<Verdict> {
    let mut calls = Vec::new();
    for at in LINES {
        line.turn_to(at)?;
        for timeslot in line.span().idle_channels().iter() {
            let call = line.places(SetupRequest { timeslot: Some(timeslot), ..speech() })?;
            let ring = line.told("RING")?;
            same("libpri's channel", (ring.number("interface"), ring.number("chan")), (at.into(), timeslot.0.into()))?;
            line.far(format!("answer id={} chan={}", ring.id(), timeslot.0))?;
            line.connected(call)?;
            calls.push((at, call));
        }
    }
    same("calls", calls.len(), 46)?;
    for (at, call) in calls {
        line.turn_to(at)?;
        basic::clear(line, call);
        line.released(call)?;
    }
    Ok(Verdict::Held)
}

/// Of the second line alone: a call on the same channel of the first goes on.
pub fn restart_of_ours(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.turn_to(1)?;
    line.asks(Request::Restart(RestartScope::Channels(TimeslotSet::one(Timeslot(1)))));
    let told = line.told("RESTART")?;
    same("libpri's channel", (told.number("interface"), told.number("chan")), (1, 1))?;
    line.event("an idle channel", |event| {
        matches!(event, Event::Channel { timeslot: Timeslot(1), state: ChannelState::Idle }).then_some(())
    })?;
    ends_alive(line, 0, call, id)
}

pub fn restart_of_theirs(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.turn_to(1)?;
    let (other, gone) = talking_in(line)?;
    line.far("reset chan=1")?;
    same("released", line.released(other)?.1, Origin::Restart)?;
    line.told("RESTART_ACK")?;
    // libpri leaves its own call to its owner.
    line.far(format!("hangup id={gone} cause=16"))?;
    ends_alive(line, 0, call, id)
}

pub fn service_of_theirs(line: &mut Line) -> Seen<Verdict> {
    line.turn_to(1)?;
    let verdict = service::theirs(line)?;
    same("channel 5 of line 0", line.span_of(0).channel(Timeslot(5)), Some(ChannelState::Idle))?;
    Ok(verdict)
}

pub fn service_of_ours(line: &mut Line) -> Seen<Verdict> {
    line.turn_to(1)?;
    service::ours(line)
}

pub fn glare(line: &mut Line) -> Seen<Verdict> {
    line.turn_to(1)?;
    channels::glare(line)
}

/// RED on the line with the signalling: the other D-channel has it at once, and its calls go on.
pub fn primary_is_lost(line: &mut Line) -> Seen<Verdict> {
    line.turn_to(1)?;
    let (theirs, id) = talking_in(line)?;
    let (ours, _) = talking_out(line)?;
    line.set_layer1_of(0, false);
    same("D-channel in service", line.active(), Some(1))?;
    line.runs(Duration::from_secs(30));
    basic::clear(line, ours);
    line.released(ours)?;
    let (new, _) = talking_out(line)?;
    basic::clear(line, new);
    line.released(new)?;
    line.set_layer1_of(0, true);
    line.runs(MINUTE);
    same("D-channel in service after the repair", line.active(), Some(1))?;
    ends_alive(line, 1, theirs, id)
}

/// The primary D-channel dies without an alarm: T200 and N200 find out, at both ends at different times.
pub fn primary_is_silent(line: &mut Line) -> Seen<Verdict> {
    line.turn_to(1)?;
    let (call, id) = talking_in(line)?;
    line.set_d_channel(0, false);
    line.runs(MINUTE);
    same("D-channel in service", line.active(), Some(1))?;
    ends_alive(line, 1, call, id)
}

/// Without both of them calls that talk have T309.
pub fn both_are_lost(line: &mut Line) -> Seen<Verdict> {
    line.turn_to(1)?;
    let (call, _) = talking_out(line)?;
    for at in LINES {
        line.set_d_channel(at, false);
    }
    line.runs(5 * MINUTE);
    same("D-channel in service", line.active(), None)?;
    same("released", line.released(call)?, (Cause::DestinationOutOfOrder, Origin::Link))?;
    if !line.has_told("HANGUP") {
        return Ok(Verdict::FarEnd("with several D-channels it has no T309, and keeps the call"));
    }
    same("libpri's cause", line.told("HANGUP")?.cause(), 27)?;
    Ok(Verdict::Held)
}

/// SIGKILL under calls on both lines, two seconds away: each goes on where it was.
pub fn we_restart(line: &mut Line) -> Seen<Verdict> {
    let mut ids = Vec::new();
    for at in LINES {
        line.turn_to(at)?;
        ids.push(talking_in(line)?.1);
    }
    let adopted = line.we_restart(Duration::from_secs(2));
    same("calls taken over", adopted.len(), 2)?;
    line.runs(MINUTE);
    for ((at, adopted), id) in LINES.into_iter().zip(adopted).zip(ids) {
        ends_alive(line, at, adopted.call, id)?;
    }
    Ok(Verdict::Held)
}

/// The far end hangs up a call that must still be there at both ends.
fn ends_alive(line: &mut Line, at: u8, call: CallHandle, id: i64) -> Seen<Verdict> {
    holds(!line.has_told_end_of(id), || "libpri's call did not survive".to_owned())?;
    line.turn_to(at)?;
    holds(line.span().timeslot(call).is_some(), || "our call did not survive".to_owned())?;
    line.far(format!("hangup id={id} cause=16"))?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Far))?;
    Ok(Verdict::Held)
}
