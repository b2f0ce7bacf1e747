//! Completion of calls to who was busy: EN 300 359-1 between a private exchange and its network, from either side.

use isdn::{
    CallHandle, Cause, CompletionOf, Event, Request, SetupRequest,
    suppl::{Completion, Refusal},
};

use super::{CALLED, CALLING, answer, holds, same, speech};
use crate::{
    line::{Line, Seen, Verdict},
    row::Switch,
};

/// Our number for what we ask.
const TAG: u64 = 7;

const ELSEWHERE: &str = "only EuroISDN offers it between a private exchange and its network";

/// Our call meets a party who is busy, and libpri offers to complete it. Gives libpri's number for that.
fn offered(line: &mut Line) -> Seen<Option<(CallHandle, i64)>> {
    line.far("enable cc")?;
    let call = line.places(speech())?;
    let ring = line.told("RING")?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    line.far(format!("proceeding id={id} chan={chan}"))?;
    if line.column.switch != Switch::Euro {
        line.far(format!("hangup id={id} cause=17"))?;
        line.released(call)?;
        return Ok(None);
    }
    let completion = line.far(format!("completion do=available id={id}"))?;
    line.far(format!("hangup id={id} cause=17"))?;
    line.event("CompletionOffered", |event| matches!(event, Event::CompletionOffered { .. }).then_some(()))?;
    same("cause", line.released(call)?.0, Cause::UserBusy)?;
    Ok(Some((call, completion)))
}

fn ask(line: &mut Line) {
    let setup = Box::new(speech());
    line.asks(Request::AskCompletion { tag: TAG, completion: Completion::Busy, setup });
}

fn answered(line: &mut Line) -> Seen<Option<Refusal>> {
    line.event("CompletionAnswered", |event| match event {
        Event::CompletionAnswered { tag: TAG, refused, .. } => Some(*refused),
        _ => None,
    })
}

fn possible(line: &mut Line) -> Seen<()> {
    line.event("CompletionPossible", |event| matches!(event, Event::CompletionPossible { tag: TAG }).then_some(()))
}

pub fn ours(line: &mut Line) -> Seen<Verdict> {
    let Some((_, completion)) = offered(line)? else {
        ask(line);
        same("refused", answered(line)?, Some(Refusal::NotInDialect))?;
        return Ok(Verdict::NotInDialect(ELSEWHERE));
    };
    ask(line);
    same("asked", line.told("RING")?.number("cc_asked"), completion)?;
    line.far(format!("completion do=accept cc={completion}"))?;
    same("refused", answered(line)?, None)?;
    line.far(format!("completion do=free cc={completion}"))?;
    possible(line)?;
    for suspended in [true, false] {
        line.asks(Request::SuspendCompletion { tag: TAG, suspended });
        same("we are busy", line.told("FACILITY")?.number("busy"), i64::from(suspended))?;
    }
    line.far(format!("completion do=free cc={completion}"))?;
    possible(line)?;
    let call = line.places(SetupRequest { completes: Some(TAG), ..speech() })?;
    let ring = line.told("RING")?;
    same("what the call completes", ring.number("cc_call"), completion)?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    line.far(format!("proceeding id={id} chan={chan}"))?;
    line.far(format!("answer id={id} chan={chan}"))?;
    line.connected(call)?;
    line.asks(Request::EndCompletion { whose: CompletionOf::Near(TAG) });
    line.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    line.released(call)?;
    Ok(Verdict::Held)
}

pub fn ours_denied(line: &mut Line) -> Seen<Verdict> {
    let Some((_, completion)) = offered(line)? else { return Ok(Verdict::NotInDialect(ELSEWHERE)) };
    ask(line);
    same("asked", line.told("RING")?.number("cc_asked"), completion)?;
    line.far(format!("completion do=deny cc={completion}"))?;
    same("refused", answered(line)?, Some(Refusal::DeniedForNow))?;
    // And again, where nothing is known any more of such a call.
    ask(line);
    same("refused", answered(line)?, Some(Refusal::DeniedForNow))?;
    Ok(Verdict::Held)
}

pub fn ours_cancelled(line: &mut Line) -> Seen<Verdict> {
    let Some((_, completion)) = offered(line)? else { return Ok(Verdict::NotInDialect(ELSEWHERE)) };
    ask(line);
    same("asked", line.told("RING")?.number("cc_asked"), completion)?;
    line.far(format!("completion do=accept cc={completion}"))?;
    same("refused", answered(line)?, None)?;
    line.far(format!("completion do=cancel cc={completion}"))?;
    let whose = line.event("CompletionOver", |event| match event {
        Event::CompletionOver { whose } => Some(*whose),
        _ => None,
    })?;
    same("whose", whose, CompletionOf::Near(TAG))?;
    Ok(Verdict::Held)
}

/// Somebody here is busy, and we offer to complete the call. Gives libpri's number for that.
fn offers(line: &mut Line) -> Seen<Option<i64>> {
    line.far("enable cc")?;
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1"))?;
    let (call, _) = line.rings()?;
    line.asks(Request::Proceeding { call });
    line.asks(Request::OfferCompletion { call });
    line.asks(Request::Clear { call, cause: Cause::UserBusy, audible: false });
    let told = line.told("HANGUP_REQ")?;
    line.released(call)?;
    if line.column.switch != Switch::Euro {
        same("requests that did not fit", line.span().counters().misfits, 1)?;
        return Ok(None);
    }
    let completion = told.number("cc_available");
    holds(completion > 0, || "libpri hears of no completion".to_owned())?;
    Ok(Some(completion))
}

fn asked(line: &mut Line, completion: i64) -> Seen<u32> {
    line.far(format!("completion do=request cc={completion}"))?;
    let (asked, called, calling) = line.event("CompletionAsked", |event| match event {
        Event::CompletionAsked { asked, completion: Completion::Busy, called, calling, .. } => {
            Some((*asked, called.clone(), calling.clone()))
        }
        _ => None,
    })?;
    same("whom it wants", called.digits.as_str(), CALLED)?;
    same("who asks", calling.as_ref().map(|calling| calling.digits.as_str()), Some(CALLING))?;
    Ok(asked)
}

pub fn theirs(line: &mut Line) -> Seen<Verdict> {
    let Some(completion) = offers(line)? else { return Ok(Verdict::NotInDialect(ELSEWHERE)) };
    let asked = asked(line, completion)?;
    line.asks(Request::AnswerCompletion { asked, accepted: true });
    same("libpri's answer", line.told("FACILITY")?.number("status"), 0)?;
    line.asks(Request::CompletionPossible { asked });
    same("possible", line.told("FACILITY")?.number("cc_possible"), completion)?;
    for suspended in [true, false] {
        line.far(format!("completion do={} cc={completion}", if suspended { "suspend" } else { "resume" }))?;
        line.event("CompletionSuspended", |event| match event {
            Event::CompletionSuspended { asked: of, suspended: is } => (*of == asked && *is == suspended).then_some(()),
            _ => None,
        })?;
    }
    line.asks(Request::CompletionPossible { asked });
    same("possible", line.told("FACILITY")?.number("cc_possible"), completion)?;
    line.far(format!("setup called={CALLED} caller={CALLING} chan=1 completes={completion}"))?;
    let (call, setup) = line.rings()?;
    holds(setup.completes, || "the call completes nothing".to_owned())?;
    answer(line, call);
    line.told("ANSWER")?;
    line.far(format!("completion do=cancel cc={completion}"))?;
    line.event("CompletionOver", |event| {
        matches!(event, Event::CompletionOver { whose: CompletionOf::Far(of) } if *of == asked).then_some(())
    })?;
    line.asks(Request::Clear { call, cause: Cause::NormalClearing, audible: false });
    line.released(call)?;
    Ok(Verdict::Held)
}

pub fn theirs_denied(line: &mut Line) -> Seen<Verdict> {
    let Some(completion) = offers(line)? else { return Ok(Verdict::NotInDialect(ELSEWHERE)) };
    let asked = asked(line, completion)?;
    line.asks(Request::AnswerCompletion { asked, accepted: false });
    // An event of libpri's own carries what a RELEASE says.
    let told = line.told("FACILITY").or_else(|_| line.told("HANGUP"))?;
    same("libpri's answer", told.number("status"), 2)?;
    Ok(Verdict::Held)
}
