//! B-channels: who takes which, restarts, and what becomes of one that is lost. Q.931, 5.1.2, 5.2.3, 5.5 and 5.7.

use isdn::{
    Cause, ChannelState, Event, Origin, Request, RestartScope, SetupRefused, SetupRequest, Timer,
    q931::{MessageKind, element::TimeslotSet},
};

use frame::Timeslot;

use super::{CALLED, CALLING, MINUTE, answer, holds, same, speech, talking_in, talking_out};
use crate::line::{Line, Miss, Seen, Verdict};

pub fn restart_of_ours(line: &mut Line) -> Seen<Verdict> {
    line.asks(Request::Restart(RestartScope::Channels(TimeslotSet::one(Timeslot(12)))));
    same("libpri's channel", line.told("RESTART")?.number("chan"), 12)?;
    becomes_idle(line, Timeslot(12))
}

fn becomes_idle(line: &mut Line, timeslot: Timeslot) -> Seen<Verdict> {
    line.event("an idle channel", |event| match event {
        Event::Channel { timeslot: other, state: ChannelState::Idle } if *other == timeslot => Some(()),
        _ => None,
    })?;
    Ok(Verdict::Held)
}

pub fn restart_of_theirs(line: &mut Line) -> Seen<Verdict> {
    line.far("reset chan=12")?;
    line.told("RESTART_ACK")?;
    Ok(Verdict::Held)
}

/// A RESTART of the far end's ends the call on its channel.
pub fn restart_of_theirs_under_a_call(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.far("reset chan=1")?;
    same("released", line.released(call)?.1, Origin::Restart)?;
    line.told("RESTART_ACK")?;
    // libpri leaves its own call to its owner, whose DISCONNECT finds no call here: cause 81.
    line.far(format!("hangup id={id} cause=16"))?;
    Ok(Verdict::Held)
}

pub fn restart_of_the_interface(line: &mut Line) -> Seen<Verdict> {
    let all = line.span().idle_channels();
    line.asks(Request::Restart(RestartScope::Interface));
    line.told("RESTART")?;
    let idle = |line: &Line| line.span().idle_channels() == all;
    holds(line.runs_until(MINUTE, idle), || "the interface is not restarted".to_owned())?;
    Ok(Verdict::Held)
}

/// The complaint "cause 44 for ever": a RESTART that is ignored must not cost the channel. After N316 times T316 it is in
/// maintenance, and it comes back when the far end uses it.
pub fn restart_ignored(line: &mut Line) -> Seen<Verdict> {
    line.far_end_is_deaf_to(&[MessageKind::Restart]);
    line.asks(Request::Restart(RestartScope::Channels(TimeslotSet::one(Timeslot(1)))));
    let given_up = |line: &Line| line.span().channel(Timeslot(1)) == Some(ChannelState::Maintenance);
    holds(line.runs_until(10 * MINUTE, given_up), || "the restart is not given up".to_owned())?;
    let refused = line.places(SetupRequest { timeslot: Some(Timeslot(1)), ..speech() });
    same("our own use", refused, Err(Miss(format!("no call: {}", SetupRefused::NoChannel))))?;
    let (_, id) = talking_in(line)?;
    line.far(format!("hangup id={id} cause=16"))?;
    becomes_idle(line, Timeslot(1))
}

/// Both ends take the same channel at once, 5.7: the network's call has it. Ours as the user is placed on another.
pub fn glare(line: &mut Line) -> Seen<Verdict> {
    let exclusive = i32::from(!line.we_are_network());
    let timeslot = if line.we_are_network() { 1 } else { line.highest_channel().0 };
    let id = line.far_unsent(format!("setup called={CALLED} caller={CALLING} chan={timeslot} excl={exclusive}"))?;
    let ours = line.places_unsent(speech())?;
    let (theirs, setup) = line.rings()?;
    let ring = line.told("RING")?;
    answer(line, theirs);
    line.connected(theirs)?;
    let told = line.told("ANSWER")?;
    same("libpri's channel", told.number("chan"), i64::from(setup.timeslot.0))?;
    let mine = line.span().timeslot(ours);
    holds(mine != Some(setup.timeslot), || format!("both calls are on {:?}", setup.timeslot))?;
    line.far(format!("hangup id={id} cause=16"))?;
    line.released(theirs)?;
    line.far(format!("reject id={} cause=17", ring.id()))?;
    line.released(ours)?;
    Ok(Verdict::Held)
}

/// 5.2.3: a channel that only it will do, and it is taken.
pub fn exclusive_channel_is_busy(line: &mut Line) -> Seen<Verdict> {
    talking_in(line)?;
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1 excl=1"))?;
    same("libpri's cause", line.told("HANGUP")?.cause(), 44)?;
    Ok(Verdict::Held)
}

pub fn preferred_channel_is_busy(line: &mut Line) -> Seen<Verdict> {
    talking_in(line)?;
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1 excl=0"))?;
    let (call, setup) = line.rings()?;
    holds(setup.timeslot != Timeslot(1), || "both calls are on channel 1".to_owned())?;
    answer(line, call);
    same("libpri's channel", line.told("ANSWER")?.number("chan"), i64::from(setup.timeslot.0))?;
    Ok(Verdict::Held)
}

/// All channels at once, one call more, and all of them away.
pub fn all_channels_out(line: &mut Line) -> Seen<Verdict> {
    let channels = line.span().idle_channels();
    let mut calls = Vec::new();
    for _ in channels.iter() {
        calls.push(line.places_unsent(speech())?);
    }
    same("one more", line.places_unsent(speech()), Err(Miss(format!("no call: {}", SetupRefused::NoChannel))))?;
    for _ in &calls {
        let ring = line.told("RING")?;
        line.far(format!("proceeding id={} chan={}", ring.id(), ring.number("chan")))?;
        line.far(format!("answer id={} chan={}", ring.id(), ring.number("chan")))?;
    }
    for &call in &calls {
        line.connected(call)?;
    }
    for &call in &calls {
        line.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
        same("released", line.released(call)?, (Cause::NormalClearing, Origin::Near))?;
    }
    same("idle channels", line.span().idle_channels(), channels)?;
    Ok(Verdict::Held)
}

pub fn all_channels_in(line: &mut Line) -> Seen<Verdict> {
    let channels = line.span().idle_channels();
    let mut ids = Vec::new();
    for timeslot in channels.iter() {
        let chan = timeslot.0;
        ids.push(line.far_unsent(format!("setup called={CALLED} caller={CALLING} chan={chan}"))?);
    }
    let mut calls = Vec::new();
    for _ in &ids {
        let (call, _) = line.rings()?;
        answer(line, call);
        line.connected(call)?;
        calls.push(call);
    }
    for id in ids {
        line.far(format!("hangup id={id} cause=16"))?;
    }
    for call in calls {
        line.released(call)?;
    }
    same("idle channels", line.span().idle_channels(), channels)?;
    Ok(Verdict::Held)
}

/// A call of ours that the far end refuses for its channel is placed once more, on another.
pub fn refused_for_its_channel(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    line.far(format!("hangup id={} cause=44", ring.id()))?;
    let again = line.told("RING")?;
    holds(again.number("chan") != ring.number("chan"), || "the same channel again".to_owned())?;
    line.far(format!("answer id={} chan={}", again.id(), again.number("chan")))?;
    line.connected(call)?;
    Ok(Verdict::Held)
}

/// After an ignored RELEASE our RESTART gives the channel back.
pub fn lost_release_is_followed_by_restart(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    let timeslot = line.span().timeslot(call).ok_or_else(|| Miss("no channel".to_owned()))?;
    line.far_end_is_deaf_to(&[MessageKind::Disconnect, MessageKind::Release]);
    line.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    line.released_within(2 * MINUTE, call)?;
    same("libpri's channel", line.told("RESTART")?.number("chan"), i64::from(timeslot.0))?;
    // libpri leaves its own call to its owner.
    line.far(format!("hangup id={id} cause=16"))?;
    becomes_idle(line, timeslot)
}

/// Where that is ignored too, the channel is out of use until the far end uses it.
pub fn lost_release_gives_its_channel_back(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    let timeslot = line.span().timeslot(call).ok_or_else(|| Miss("no channel".to_owned()))?;
    line.far_end_is_deaf_to(&[MessageKind::Disconnect, MessageKind::Release, MessageKind::Restart]);
    line.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    line.released_within(2 * MINUTE, call)?;
    let given_up = |line: &Line| line.span().channel(timeslot) == Some(ChannelState::Maintenance);
    holds(line.runs_until(10 * MINUTE, given_up), || "the restart is not given up".to_owned())?;
    line.far_end_is_deaf_to(&[]);
    line.far(format!("hangup id={id} cause=16"))?;
    line.runs(MINUTE);
    let id = line.far(format!("setup called={CALLED} caller={CALLING} chan={}", timeslot.0))?;
    let (call, setup) = line.rings()?;
    same("channel", setup.timeslot, timeslot)?;
    answer(line, call);
    line.told("ANSWER")?;
    line.far(format!("hangup id={id} cause=16"))?;
    let (_, by) = line.released(call)?;
    holds(by != Origin::Timer(Timer::T308), || "released by a timer".to_owned())?;
    becomes_idle(line, timeslot)
}
