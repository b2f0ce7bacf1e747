//! Basic calls and how they end: Q.931, 5.1 to 5.3.

use isdn::{
    Cause, Event, Origin, Request, SetupRequest,
    q931::element::{Bearer, PartyNumber, Presentation, Screening},
};

use super::{CALLED, CALLING, alerting_in, alerting_out, answer, caller, holds, same, speech, talking_in, talking_out};
use crate::line::{Line, Miss, Seen, Verdict};

pub fn call_in(line: &mut Line) -> Seen<Verdict> {
    let id = line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, setup) = line.rings()?;
    same("called", setup.called.as_ref().map(|number| number.digits.as_str()), Some(CALLED))?;
    same("calling", setup.calling.as_ref().map(|party| party.number.digits.as_str()), Some(CALLING))?;
    same("channel", setup.timeslot.0, 1)?;
    line.asks(Request::Proceeding { call });
    line.told("PROCEEDING")?;
    line.asks(Request::Alerting { call, audible: false });
    line.told("RINGING")?;
    answer(line, call);
    line.told("ANSWER")?;
    line.connected(call)?;
    line.far(format!("hangup id={id} cause=16"))?;
    same("disconnected", line.disconnected(call)?, (Cause::NormalClearing, false))?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Far))?;
    Ok(Verdict::Held)
}

pub fn call_out(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    same("called", ring.text("called"), CALLED)?;
    same("calling", ring.text("calling"), CALLING)?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    line.far(format!("proceeding id={id} chan={chan}"))?;
    line.event("Proceeding", |event| matches!(event, Event::Proceeding(_)).then_some(()))?;
    line.far(format!("alert id={id} chan={chan}"))?;
    line.event("Alerting", |event| matches!(event, Event::Alerting(_)).then_some(()))?;
    line.far(format!("answer id={id} chan={chan}"))?;
    let timeslot = line.connected(call)?;
    same("channel", i64::from(timeslot.0), chan)?;
    hang_up(line, call)?;
    Ok(Verdict::Held)
}

pub fn call_out_ended_by_far_end(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.far(format!("hangup id={id} cause=16"))?;
    same("disconnected", line.disconnected(call)?, (Cause::NormalClearing, false))?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Far))?;
    Ok(Verdict::Held)
}

pub fn call_in_ended_by_us(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_in(line)?;
    hang_up(line, call)?;
    Ok(Verdict::Held)
}

/// DISCONNECT, RELEASE, RELEASE COMPLETE, and none of them twice: libpri's T308 is not what ends it.
fn hang_up(line: &mut Line, call: isdn::CallHandle) -> Seen<()> {
    clear(line, call);
    same("libpri's cause", line.told("HANGUP_REQ")?.cause(), 16)?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Near))?;
    line.told("HANGUP_ACK").or_else(|_| line.told("HANGUP")).map(|_| ())
}

/// Both DISCONNECTs are under way at once, 5.3.5.
pub fn both_hang_up(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_out(line)?;
    line.far_unsent(format!("hangup id={id} cause=16"))?;
    clear(line, call);
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Near))?;
    Ok(Verdict::Held)
}

/// CONNECT is the first reply to SETUP.
pub fn answered_at_once(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} chan=2"))?;
    let (call, _) = line.rings()?;
    answer(line, call);
    line.told("ANSWER")?;
    line.connected(call)?;
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    line.far(format!("answer id={} chan={}", ring.id(), ring.number("chan")))?;
    line.connected(call)?;
    Ok(Verdict::Held)
}

/// libpri's presentation is octet 3a as a number: 0x20 restricted, 3 network provided.
pub fn restricted_number_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} pres=0x23 chan=1"))?;
    let (_, setup) = line.rings()?;
    let calling = setup.calling.map(|party| (party.presentation, party.screening));
    same("calling", calling, Some((Presentation::Restricted, Screening::Network)))?;
    Ok(Verdict::Held)
}

pub fn restricted_number_out(line: &mut Line) -> Seen<Verdict> {
    let hidden = PartyNumber { presentation: Presentation::Restricted, ..caller(CALLING) };
    let call = line.places(SetupRequest { calling: Some(hidden), ..speech() })?;
    let ring = line.told("RING")?;
    same("libpri's presentation", ring.number("pres"), 0x20)?;
    proceed(line, &ring)?;
    clear(line, call);
    Ok(Verdict::Held)
}

/// 5.3.2 a: a refusal before any reply is RELEASE COMPLETE.
pub fn busy_in(line: &mut Line) -> Seen<Verdict> {
    refuse(line, Cause::UserBusy)
}

pub fn unallocated_in(line: &mut Line) -> Seen<Verdict> {
    refuse(line, Cause::UnallocatedNumber)
}

fn refuse(line: &mut Line, cause: Cause) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, _) = line.rings()?;
    line.asks(Request::Clear { call, cause, audible: false });
    same("released", line.released(call)?, (cause, Origin::Near))?;
    same("libpri's cause", line.told("HANGUP")?.cause(), i64::from(cause.number()))?;
    Ok(Verdict::Held)
}

/// libpri needs CALL PROCEEDING before it can say DISCONNECT.
pub fn busy_out(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let id = line.told("RING")?.id();
    line.far(format!("reject id={id} cause=17"))?;
    same("disconnected", line.disconnected(call)?, (Cause::UserBusy, false))?;
    same("released", line.released(call)?, (Cause::UserBusy, Origin::Far))?;
    Ok(Verdict::Held)
}

/// One of the few causes with which libpri refuses by RELEASE COMPLETE.
pub fn unallocated_out(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    let id = line.told("RING")?.id();
    line.far(format!("hangup id={id} cause=1"))?;
    same("released", line.released(call)?, (Cause::UnallocatedNumber, Origin::Far))?;
    Ok(Verdict::Held)
}

pub fn abandoned_in(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = alerting_in(line)?;
    line.far(format!("hangup id={id} cause=16"))?;
    same("disconnected", line.disconnected(call)?, (Cause::NormalClearing, false))?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Far))?;
    Ok(Verdict::Held)
}

pub fn abandoned_out(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = alerting_out(line)?;
    clear(line, call);
    same("libpri's cause", line.told("HANGUP_REQ")?.cause(), 16)?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Near))?;
    Ok(Verdict::Held)
}

/// libpri answers the DISCONNECT, tells its owner nothing, and keeps its record of the call whatever the owner then says.
pub fn abandoned_out_before_any_reply(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(speech())?;
    line.told("RING")?;
    clear(line, call);
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Near))?;
    if line.has_told("HANGUP_REQ") || line.has_told("HANGUP") {
        return Ok(Verdict::Held);
    }
    line.far_end_may_keep_a_call();
    Ok(Verdict::FarEnd("it answers the DISCONNECT, does not tell its owner and keeps the call's record"))
}

pub fn audio_3_1_khz(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} cap=audio chan=1"))?;
    let (call, setup) = line.rings()?;
    holds(setup.bearer != Bearer::speech(), || format!("{:?} is no 3.1 kHz audio", setup.bearer))?;
    answer(line, call);
    line.connected(call)?;
    Ok(Verdict::Held)
}

/// Data is not for a telephone system: cause 65 or 88, and the far end hears it at once.
pub fn data_refused(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called={CALLED} cap=digital chan=1"))?;
    let (call, setup) = line.rings()?;
    holds(setup.bearer != Bearer::speech(), || format!("{:?} is no data", setup.bearer))?;
    line.asks(Request::Clear { call, cause: Cause::BearerNotImplemented, audible: false });
    same("libpri's cause", line.told("HANGUP")?.cause(), 65)?;
    same("released", line.released(call)?, (Cause::BearerNotImplemented, Origin::Near))?;
    Ok(Verdict::Held)
}

pub fn clear(line: &mut Line, call: isdn::CallHandle) {
    line.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
}

/// The far end replies, so that it can be cleared in the usual way.
pub fn proceed(line: &mut Line, ring: &crate::peer::Told) -> Result<i64, Miss> {
    line.far(format!("proceeding id={} chan={}", ring.id(), ring.number("chan")))
}
