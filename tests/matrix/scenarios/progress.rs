//! What is heard before, beside and after a call: Q.931, 5.1.6, 5.3.4.1 and 5.4.

use isdn::{
    Cause, Event, Origin, Request,
    q931::element::{Location, Progress},
};

use super::{CALLED, CALLING, alerting_in, holds, same, speech, talking_in, talking_out};
use crate::line::{Line, Seen, Verdict};

/// libpri's bit for progress description 8.
const IN_BAND: i64 = 1 << 3;

pub fn progress_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, _) = line.rings()?;
    let location = if line.we_are_network() { Location::PublicLocal } else { Location::User };
    let progress = Progress::in_band(location);
    line.asks(Request::Progress { call, progress, cause: Some(Cause::UnallocatedNumber) });
    line.told("PROCEEDING")?;
    let told = line.told("PROGRESS")?;
    same("libpri's cause", told.cause(), 1)?;
    holds(told.number("progressmask") & IN_BAND != 0, || format!("not in-band: {told:?}"))?;
    line.asks(Request::Clear { call, cause: Cause::UnallocatedNumber, audible: false });
    same("libpri's cause", line.told("HANGUP_REQ")?.cause(), 1)?;
    Ok(Verdict::Held)
}

pub fn progress_out(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    line.far(format!("proceeding id={id} chan={chan}"))?;
    line.far(format!("progress id={id} chan={chan} inband=1 cause=1"))?;
    let (audible, cause) = line.event("Progress", |event| match event {
        Event::Progress { progress, cause } => Some((progress.audible, *cause)),
        _ => None,
    })?;
    same("progress", (audible, cause), (true, Some(Cause::UnallocatedNumber)))?;
    line.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Near))?;
    Ok(Verdict::Held)
}

pub fn ringing_tone_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, _) = line.rings()?;
    line.asks(Request::Proceeding { call });
    line.asks(Request::Alerting { call, audible: true });
    let told = line.told("RINGING")?;
    holds(told.number("progressmask") & IN_BAND != 0, || format!("not in-band: {told:?}"))?;
    Ok(Verdict::Held)
}

pub fn ringing_tone_out(line: &mut Line) -> Seen<Verdict> {
    line.places(speech())?;
    let ring = line.told("RING")?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    line.far(format!("proceeding id={id} chan={chan}"))?;
    line.far(format!("alert id={id} chan={chan} inband=1"))?;
    let audible = line.event("Alerting", |event| match event {
        Event::Alerting(progress) => Some(progress.audible),
        _ => None,
    })?;
    same("audible", audible, true)?;
    Ok(Verdict::Held)
}

/// As the network we may play a tone with the DISCONNECT. libpri clears at once.
pub fn tone_at_the_end_of_ours(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    line.asks(Request::Clear { call, cause: Cause::UserBusy, audible: true });
    same("libpri's cause", line.told("HANGUP_REQ")?.cause(), 17)?;
    same("released", line.released(call)?, (Cause::UserBusy, Origin::Near))?;
    Ok(Verdict::Held)
}

/// The same with a libpri that listens to the tone: T306 ends it. A user has no tone to play and is not listened to.
pub fn tone_at_the_end_of_ours_until_t306(line: &mut Line) -> Seen<Verdict> {
    line.far("enable inbanddisconnect")?;
    let (call, _) = talking_in(line)?;
    let begin = line.now();
    line.asks(Request::Clear { call, cause: Cause::UserBusy, audible: true });
    same("released", line.released_within(super::MINUTE, call)?, (Cause::UserBusy, Origin::Near))?;
    let waited_s = (line.now() - begin).as_secs();
    let right = if line.we_are_network() { 30..=40 } else { 0..=10 };
    holds(right.contains(&waited_s), || format!("released after {waited_s} s"))?;
    Ok(Verdict::Held)
}

/// libpri cannot add a progress indicator to its DISCONNECT: what it sends must end the call at once.
pub fn tone_at_the_end_of_theirs(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.far(format!("hangup id={id} cause=17"))?;
    let (cause, audible) = line.disconnected(call)?;
    same("cause", cause, Cause::UserBusy)?;
    same("released", line.released_within(super::MINUTE, call)?, (Cause::UserBusy, Origin::Far))?;
    if audible { Ok(Verdict::Held) } else { Ok(Verdict::FarEnd("it sends no tone with a DISCONNECT")) }
}

/// The caller hears nothing more once the called side cleared while it rang.
pub fn ringing_call_is_refused(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = alerting_in(line)?;
    line.asks(Request::Clear { call, cause: Cause::CallRejected, audible: false });
    same("libpri's cause", line.told("HANGUP_REQ")?.cause(), 21)?;
    same("released", line.released(call)?, (Cause::CallRejected, Origin::Near))?;
    Ok(Verdict::Held)
}
