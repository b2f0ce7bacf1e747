//! What happens during a call: Q.931, 5.6 and 7.2; Q.932 for keypad and hold.

use isdn::{Event, Request, q931::element::Notification};

use super::{holds, same, talking_in, talking_out};
use crate::line::{Line, Seen, Verdict};

pub fn notify_in(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    // PRI_NOTIFY_REMOTE_HOLD.
    if !line.far_may(&format!("notify id={id} chan=1 value=0x79")) {
        return Ok(Verdict::NotInDialect("libpri sends no NOTIFY in this dialect"));
    }
    let notified = line.event("Notified", |event| match event {
        Event::Notified { call: other, notification } if *other == call => Some(*notification),
        _ => None,
    });
    match notified {
        Ok(notification) => same("notification", notification, Notification::RemoteHold).map(|()| Verdict::Held),
        Err(_) if !line.column.is_lossy() => Ok(Verdict::FarEnd("it takes the command and sends no NOTIFY")),
        Err(miss) => Err(miss),
    }
}

pub fn notify_out(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_out(line)?;
    line.asks(Request::Notify { call, notification: Notification::RemoteHold });
    same("libpri's notification", line.told("NOTIFY")?.number("info"), 0x79)?;
    Ok(Verdict::Held)
}

pub fn keypad_in(line: &mut Line) -> Seen<Verdict> {
    let (call, id) = talking_in(line)?;
    line.far(format!("keypad id={id} digits=5"))?;
    let keypad = line.event("Information", |event| match event {
        Event::Information { call: other, keypad, .. } if *other == call => *keypad,
        _ => None,
    })?;
    same("keypad", keypad.as_str(), "5")?;
    Ok(Verdict::Held)
}

pub fn keypad_out(line: &mut Line) -> Seen<Verdict> {
    let (call, _) = talking_out(line)?;
    line.asks(Request::Information { call, digits: "7".parse().expect("a digit"), complete: false });
    let told = line.told("KEYPAD_DIGIT").or_else(|_| line.told("INFO_RECEIVED"))?;
    let digits = [told.text("keypad"), told.text("called")].concat();
    holds(digits == "7", || format!("libpri heard {told:?}"))?;
    Ok(Verdict::Held)
}
