//! Numbers that are dialled in pieces: Q.931, 5.1.3 and 5.2.4.

use isdn::{Cause, Event, Origin, Request, SetupRequest, Timer};

use super::{CALLED, CALLING, MINUTE, answer, number, same, speech};
use crate::line::{Line, Seen, Verdict};

pub fn overlap_in(line: &mut Line) -> Seen<Verdict> {
    let id = line.far(format!("setup called=62 caller={CALLING} complete=0 chan=1"))?;
    let (call, setup) = line.rings()?;
    if !line.rules().overlap {
        // Whatever came is the number: the box decides on it.
        same("complete", setup.complete, true)?;
        line.asks(Request::Clear { call, cause: Cause::InvalidNumberFormat, audible: false });
        same("libpri's cause", line.told("HANGUP")?.cause(), 28)?;
        return Ok(Verdict::NotInDialect("a number comes whole; one that is too short is refused with cause 28"));
    }
    same("complete", setup.complete, false)?;
    same("called", setup.called.as_ref().map(|number| number.digits.as_str()), Some("62"))?;
    line.asks(Request::MoreDigits { call, audible: true });
    line.told("SETUP_ACK")?;
    line.far(format!("info id={id} digits=001234"))?;
    let mut digits = "62".to_owned();
    while digits != CALLED {
        digits += &more_digits(line)?;
    }
    line.asks(Request::Proceeding { call });
    line.told("PROCEEDING")?;
    answer(line, call);
    line.connected(call)?;
    Ok(Verdict::Held)
}

fn more_digits(line: &mut Line) -> Seen<String> {
    line.event("MoreDigits", |event| match event {
        Event::MoreDigits { digits, .. } => Some(digits.as_str().to_owned()),
        _ => None,
    })
}

pub fn overlap_out(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(SetupRequest { called: number("62"), complete: false, ..speech() })?;
    let ring = line.told("RING")?;
    let (id, chan) = (ring.id(), ring.number("chan"));
    same("libpri's called", ring.text("called"), "62")?;
    line.far(format!("setupack id={id} chan={chan}"))?;
    line.event("SetupAcknowledged", |event| matches!(event, Event::SetupAcknowledged(_)).then_some(()))?;
    let mut heard = "62".to_owned();
    for digit in ["0", "0", "1", "2", "3", "4"] {
        line.asks(Request::Information { call, digits: digit.parse().expect("a digit"), complete: false });
        heard += line.told("INFO_RECEIVED")?.text("called");
    }
    same("libpri's digits", heard.as_str(), CALLED)?;
    line.far(format!("proceeding id={id} chan={chan}"))?;
    line.far(format!("answer id={id} chan={chan}"))?;
    line.connected(call)?;
    Ok(Verdict::Held)
}

/// T302: the caller stops dialling. The box is asked once, then the number is incomplete.
pub fn digits_stop_in(line: &mut Line) -> Seen<Verdict> {
    line.far(format!("setup called=62 caller={CALLING} complete=0 chan=1"))?;
    let (call, _) = line.rings()?;
    line.asks(Request::MoreDigits { call, audible: false });
    line.told("SETUP_ACK")?;
    same("libpri's cause", line.told_within(2 * MINUTE, "HANGUP_REQ")?.cause(), 28)?;
    same("released", line.released(call)?, (Cause::InvalidNumberFormat, Origin::Timer(Timer::T302)))?;
    Ok(Verdict::Held)
}

/// T304: the far end takes our digits and never says more.
pub fn digits_unanswered_out(line: &mut Line) -> Seen<Verdict> {
    let call = line.places(SetupRequest { called: number("62"), complete: false, ..speech() })?;
    let ring = line.told("RING")?;
    line.far(format!("setupack id={} chan={}", ring.id(), ring.number("chan")))?;
    same("libpri's cause", line.told_within(2 * MINUTE, "HANGUP_REQ")?.cause(), 102)?;
    same("by", line.released(call)?.1, Origin::Timer(Timer::T304))?;
    Ok(Verdict::Held)
}

/// The caller hangs up while dialling.
pub fn abandoned_while_dialling(line: &mut Line) -> Seen<Verdict> {
    let id = line.far(format!("setup called=62 caller={CALLING} complete=0 chan=1"))?;
    let (call, _) = line.rings()?;
    line.asks(Request::MoreDigits { call, audible: false });
    line.told("SETUP_ACK")?;
    line.far(format!("info id={id} digits=0"))?;
    line.far(format!("hangup id={id} cause=16"))?;
    same("released", line.released(call)?, (Cause::NormalClearing, Origin::Far))?;
    Ok(Verdict::Held)
}
