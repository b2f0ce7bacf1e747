//! A data link that goes and comes back under talking calls: Q.931, 5.8.8 to 5.8.10.

use std::time::Duration;

use isdn::{Cause, Event, Origin};

use super::{MINUTE, holds, same, talking_in, talking_out};
use crate::line::{Cable, Line, Seen, Verdict};

/// Shorter than T200 · N200: nobody notices.
pub fn cut_of_three_seconds(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.runs(Duration::from_secs(15));
    line.set_cable(Cable::Cut);
    line.runs(Duration::from_secs(3));
    line.set_cable(Cable::Whole);
    line.runs(MINUTE);
    still_talking(line, call, id)
}

/// libpri's T309 is 6 s after its link is down; ours is 90 s. The link is back after 5 s of cut, with T309 running or not.
pub fn cut_of_eight_seconds(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.runs(Duration::from_secs(15));
    line.set_cable(Cable::Cut);
    line.runs(Duration::from_secs(8));
    line.set_cable(Cable::Whole);
    line.runs(MINUTE);
    still_talking(line, call, id)
}

fn still_talking(line: &mut Line, call: isdn::CallHandle, id: i64) -> Seen<Verdict> {
    let ended = line.events().any(|event| matches!(event, Event::Released { .. } | Event::Disconnected { .. }));
    holds(!ended && line.span().timeslot(call).is_some(), || "our call did not survive".to_owned())?;
    holds(!line.has_told("HANGUP") && !line.has_told("HANGUP_REQ"), || "libpri's call did not survive".to_owned())?;
    line.far(format!("hangup id={id} cause=16"))?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Far))?;
    Ok(Verdict::Held)
}

/// libpri's T309 has ended its call, ours has not: when the link is back, STATUS ENQUIRY finds out.
pub fn cut_of_forty_seconds(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.set_cable(Cable::Cut);
    line.runs(Duration::from_secs(40));
    same("libpri's cause", line.told("HANGUP")?.cause(), 27)?;
    same("released too early", line.events().any(|event| matches!(event, Event::Released { .. })), false)?;
    line.set_cable(Cable::Whole);
    line.event_within(2 * MINUTE, "LinkUp", |event| matches!(event, Event::LinkUp).then_some(()))?;
    asked_for(line, call)
}

/// STATUS ENQUIRY about a call that the far end does not have. Q.931, 5.8.3.2 d, has it answer with STATUS 30 and state 0.
fn asked_for(line: &mut Line, call: isdn::CallHandle) -> Seen<Verdict> {
    let (cause, by) = line.released_within(MINUTE, call)?;
    same("released by", by, Origin::Far)?;
    if cause == Cause::TemporaryFailure {
        return Ok(Verdict::Held);
    }
    same("cause", cause, Cause::InvalidCallReference)?;
    Ok(Verdict::FarEnd("it answers STATUS ENQUIRY for a call that it does not have with RELEASE COMPLETE 81"))
}

/// T309 at both ends.
pub fn cut_of_five_minutes(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_out(line)?;
    line.set_cable(Cable::Cut);
    line.runs(5 * MINUTE);
    same("libpri's cause", line.told("HANGUP")?.cause(), 27)?;
    same("released", line.released(call)?, (Cause::DestinationOutOfOrder, Origin::Link))?;
    Ok(Verdict::Held)
}

/// RED: the span knows at once, and T309 counts from there.
pub fn red_for_three_seconds(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.runs(Duration::from_secs(15));
    line.set_layer1(false);
    line.event("LinkDown", |event| matches!(event, Event::LinkDown).then_some(()))?;
    line.runs(Duration::from_secs(3));
    line.set_layer1(true);
    line.event_within(MINUTE, "LinkUp", |event| matches!(event, Event::LinkUp).then_some(()))?;
    line.runs(MINUTE);
    still_talking(line, call, id)
}

pub fn red_for_two_minutes(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.set_layer1(false);
    let begin = line.now();
    let (cause, by) = line.released_within(3 * MINUTE, call)?;
    same("T309", (line.now() - begin).as_secs(), 90)?;
    same("released", (cause, by), (Cause::DestinationOutOfOrder, Origin::Link))?;
    Ok(Verdict::Held)
}

/// The far end was started anew and knows no call: SABME, then STATUS with state 0.
pub fn far_end_restarts(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.far_end_restarts();
    let verdict = asked_for(line, call)?;
    let (call, id) = talking_in(line)?;
    line.far(format!("hangup id={id} cause=16"))?;
    line.released(call)?;
    Ok(verdict)
}

/// Half of the calls are being set up when the far end is gone: none is left behind.
pub fn far_end_restarts_while_it_rings(line: &mut Line) -> Seen<Verdict> {
    let (ringing, _) = super::alerting_in(line)?;
    let (alerted, _) = super::alerting_out(line)?;
    line.far_end_restarts();
    line.runs(Duration::from_secs(30));
    // What was ringing has no timer at the called side: the next message of the box finds out.
    for call in [ringing, alerted] {
        super::basic::clear(line, call);
        line.released_within(2 * MINUTE, call)?;
    }
    Ok(Verdict::Held)
}

/// What we say is lost for twenty seconds: the far end's link goes down, ours cannot be set up, and the call lives.
pub fn far_end_hears_nothing(line: &mut Line) -> Seen<Verdict> {
    one_way(line, Cable::OnlyToUs)
}

/// What the far end says is lost for as long.
pub fn we_hear_nothing(line: &mut Line) -> Seen<Verdict> {
    one_way(line, Cable::OnlyToFarEnd)
}

/// libpri's T309 of 6 s may or may not have ended its call by then: both ends must agree in the end.
fn one_way(line: &mut Line, cable: Cable) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.runs(Duration::from_secs(15));
    line.set_cable(cable);
    line.runs(Duration::from_secs(20));
    line.set_cable(Cable::Whole);
    line.runs(MINUTE);
    holds(line.is_link_up(), || "the link is not back".to_owned())?;
    if line.has_told("HANGUP") || line.has_told("HANGUP_REQ") {
        line.released_within(2 * MINUTE, call)?;
        return Ok(Verdict::Held);
    }
    still_talking(line, call, id)
}

/// SIGKILL under calls in all states, two seconds away. Q.931, 5.8.8: those that talk go on, and STATUS ENQUIRY finds that
/// they do; those that rang are released with cause 41.
pub fn we_restart(line: &mut Line) -> Seen<Verdict> {
    let (_, talking) = talking_in(line)?;
    let (_, other) = talking_out(line)?;
    let (_, ringing) = super::alerting_out(line)?;
    let adopted = line.we_restart(Duration::from_secs(2));
    same("calls taken over", adopted.len(), 3)?;
    line.event_within(MINUTE, "LinkUp", |event| matches!(event, Event::LinkUp).then_some(()))?;
    same("libpri's cause", line.told_within(MINUTE, "HANGUP")?.cause(), 41)?;
    line.runs(MINUTE);
    let active: Vec<_> = adopted.iter().filter(|adopted| adopted.entry.is_active()).collect();
    same("active calls", active.len(), 2)?;
    holds(active.iter().all(|adopted| line.span().timeslot(adopted.call).is_some()), || "a call is gone".to_owned())?;
    holds(!line.has_told("HANGUP_REQ") && !line.has_told("HANGUP"), || format!("libpri lost a call of {ringing}"))?;
    for id in [talking, other] {
        line.far(format!("hangup id={id} cause=16"))?;
    }
    for adopted in active {
        same("released", line.released(adopted.call)?, (Cause::NormalClearing, Origin::Far))?;
    }
    Ok(Verdict::Held)
}
