//! Timers of layer 3 that run out: Q.931, tables 9-1 and 9-2. A far end that stays silent is one whose layer 3 hears
//! nothing of a message while its data link acknowledges it.

use std::time::Duration;

use isdn::{Cause, Origin, Timer, q931::MessageKind};

use super::{
    CALLED, CALLING, MINUTE, alerting_in, alerting_out, answer, basic::clear, holds, same, speech, talking_in,
    talking_out,
};
use crate::line::{Line, Seen, Verdict};

/// How far a moment may be from the timer's: with loss an answer came late, and the link's repetitions with it.
fn after(line: &Line, what: &str, is: Duration, should_ms: u64) -> Seen<()> {
    let tolerance = Duration::from_millis(if line.column.is_lossy() { 8_000 } else { 100 });
    let should = Duration::from_millis(should_ms);
    holds(is.abs_diff(should) <= tolerance, || format!("{what} after {is:?}, should be {should:?}"))
}

pub fn t303_ours(line: &mut Line) -> Seen<Verdict> {
    line.far_end_is_deaf_to(&[MessageKind::Setup, MessageKind::ReleaseComplete]);
    let call = line.places(speech())?;
    let begin = line.now();
    let (_, by) = line.released_within(MINUTE, call)?;
    same("by", by, Origin::Timer(Timer::T303))?;
    after(line, "T303 twice", line.now() - begin, 8_000)?;
    Ok(Verdict::Held)
}

/// Our box says nothing to a SETUP: libpri asks twice, then gives up. Q.931, 5.2.5.4, has it send RELEASE COMPLETE; it
/// sends nothing, so only our box can end the call.
pub fn t303_theirs(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, _) = line.rings()?;
    let told = line.told_within(MINUTE, "HANGUP")?;
    holds([18, 102].contains(&told.cause()), || format!("cause {}", told.cause()))?;
    if line.released(call).is_ok() {
        return Ok(Verdict::Held);
    }
    clear(line, call);
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Near))?;
    Ok(Verdict::FarEnd("it gives up after T303 without RELEASE COMPLETE"))
}

pub fn t310(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    line.far(format!("proceeding id={} chan={}", ring.id(), ring.number("chan")))?;
    let begin = line.now();
    same("libpri's cause", line.told_within(4 * MINUTE, "HANGUP_REQ")?.cause(), 102)?;
    after(line, "T310", line.now() - begin, line.timer(Timer::T310).as_millis() as u64)?;
    same("by", line.released(call)?.1, Origin::Timer(Timer::T310))?;
    Ok(Verdict::Held)
}

pub fn t301(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = alerting_out(line)?;
    let begin = line.now();
    let told = line.told_within(5 * MINUTE, "HANGUP_REQ")?;
    after(line, "T301", line.now() - begin, 180_000)?;
    holds([19, 102].contains(&told.cause()), || format!("libpri's cause {}", told.cause()))?;
    same("by", line.released(call)?.1, Origin::Timer(Timer::T301))?;
    Ok(Verdict::Held)
}

/// The far end rings for ten minutes: only it may end that.
pub fn ringing_in_for_ten_minutes(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = alerting_in(line)?;
    line.runs(10 * MINUTE);
    same("libpri gave up", line.has_told("HANGUP") || line.has_told("HANGUP_REQ"), false)?;
    line.far(format!("hangup id={id} cause=16"))?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Far))?;
    Ok(Verdict::Held)
}

pub fn t305(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.far_end_is_deaf_to(&[MessageKind::Disconnect]);
    let begin = line.now();
    clear(line, call);
    let (cause, by) = line.released_within(2 * MINUTE, call)?;
    after(line, "T305, then RELEASE", line.now() - begin, 30_000)?;
    same("released", (cause, by), (Cause::NormalClearing, Origin::Near))?;
    Ok(Verdict::Held)
}

/// Deaf to RELEASE as well: T308 twice, and the channel is out of use.
pub fn t308(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.maintenance_is_right();
    line.far_end_is_deaf_to(&[MessageKind::Disconnect, MessageKind::Release]);
    let begin = line.now();
    clear(line, call);
    line.released_within(2 * MINUTE, call)?;
    after(line, "T305 and T308 twice", line.now() - begin, 38_000)?;
    line.far(format!("hangup id={id} cause=16"))?;
    Ok(Verdict::Held)
}

/// libpri's DISCONNECT meets a cable that carries nothing back; its own T305 and T308 run, and ours is released.
pub fn t308_theirs(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.far_end_is_deaf_to(&[MessageKind::Release]);
    line.maintenance_is_right();
    // Seen when a late CONNECT ACKNOWLEDGE meets its DISCONNECT: it says STATUS 101 and runs no timer any more.
    line.far_end_may_keep_a_call();
    line.far(format!("hangup id={id} cause=16"))?;
    line.released_within(2 * MINUTE, call)?;
    Ok(Verdict::Held)
}

/// The user has answered and the network does not put it through. As the network we do not wait.
pub fn t313(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = alerting_in(line)?;
    line.far_end_is_deaf_to(&[MessageKind::Connect]);
    let begin = line.now();
    answer(line, call);
    if line.we_are_network() {
        line.connected(call)?;
        line.far(format!("hangup id={id} cause=16"))?;
        same("released", line.released(call)?.1, Origin::Far)?;
        return Ok(Verdict::Held);
    }
    same("libpri's cause", line.told_within(MINUTE, "HANGUP_REQ")?.cause(), 102)?;
    after(line, "T313", line.now() - begin, 4_000)?;
    same("by", line.released(call)?.1, Origin::Timer(Timer::T313))?;
    Ok(Verdict::Held)
}
