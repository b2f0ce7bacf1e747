//! SERVICE: channels taken out of service and put back. TR 41459 and SR-4994, the dialects of North America.

use frame::Timeslot;
use isdn::{ChannelState, Event, Request, q931::element::TimeslotSet};

use super::{CALLED, CALLING, holds, same};
use crate::line::{Line, Seen, Verdict};

const CHANNEL: Timeslot = Timeslot(5);

/// libpri's numbers of the change status: in service, out of service.
const IN: i64 = 0;
const OUT: i64 = 2;

pub fn theirs(line: &mut Line) -> Seen<Verdict> {
    line.far("enable service")?;
    if line.rules().maintenance.is_none() {
        // libpri has the message only for the others; whatever it does, the channel stays.
        line.far_may("service chan=5 status=2");
        same("channel", line.span().channel(CHANNEL), Some(ChannelState::Idle))?;
        return Ok(Verdict::NotInDialect("channels are taken out of service by management alone"));
    }
    line.far(format!("service chan=5 status={OUT}"))?;
    becomes(line, ChannelState::OutOfService { near: false, far: true })?;
    line.told("SERVICE_ACK")?;
    let avoided = line.span().idle_channels();
    holds(!avoided.contains(CHANNEL), || "we would use it".to_owned())?;
    line.far(format!("service chan=5 status={IN}"))?;
    becomes(line, ChannelState::Idle)?;
    line.told("SERVICE_ACK")?;
    Ok(Verdict::Held)
}

pub fn ours(line: &mut Line) -> Seen<Verdict> {
    line.far("enable service")?;
    let timeslots = TimeslotSet::one(CHANNEL);
    line.asks(Request::Service { timeslots, in_service: false });
    becomes(line, ChannelState::OutOfService { near: true, far: false })?;
    let spoken = line.rules().maintenance.is_some();
    if spoken {
        let told = line.told("SERVICE")?;
        same("libpri's channel and status", (told.number("chan"), told.number("info")), (5, OUT))?;
    }
    line.far(format!("setup called={CALLED} caller={CALLING} chan=5 excl=1"))?;
    same("libpri's cause", line.told("HANGUP")?.cause(), 44)?;
    line.asks(Request::Service { timeslots, in_service: true });
    becomes(line, ChannelState::Idle)?;
    if spoken {
        same("libpri's channel", line.told("SERVICE")?.number("chan"), 5)?;
        return Ok(Verdict::Held);
    }
    Ok(Verdict::NotInDialect("the far end is not told; the channel is refused with cause 44 all the same"))
}

fn becomes(line: &mut Line, wanted: ChannelState) -> Seen<()> {
    line.event(&format!("channel 5 {wanted:?}"), |event| match event {
        Event::Channel { timeslot: CHANNEL, state } if *state == wanted => Some(()),
        _ => None,
    })
}
