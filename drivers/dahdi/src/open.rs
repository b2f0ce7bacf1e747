//! The one place where channels are opened, or taken over from whoever kept them, and set as the board file says.
//!
//! A channel that was kept is taken as it is: no hook is moved and no ringing stopped, so a call on it goes on. The sets of
//! `AUDIOMODE`, buffers and gains are no more than said again.

use std::{
    collections::BTreeMap,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

use dahdi_sys as sys;
use frame::Law;
use settings::{Echo, Gain};

use crate::{
    BLOCKS, FRAME_BUFFERS, FRAME_ROOM,
    channel::Channel,
    error::{Lack, OpenError, Wanted},
    event::Role,
    gains, ioctl,
    name::ChannelName,
    place::{self, Place, Unfound},
    plan::{ChannelPlan, SpanPlan},
};

/// Channels that were kept open while the box was away.
pub type Held = BTreeMap<ChannelName, OwnedFd>;

/// Keeps channels open while the box is away: told of each that is opened, and of each that is worth nothing any more.
pub trait Keep: Send {
    /// A channel was opened anew. One that was kept already is not told again.
    fn keep(&mut self, name: ChannelName, fd: BorrowedFd<'_>);
    /// A channel is gone with its card.
    fn forget(&mut self, name: ChannelName);
}

/// Keeps nothing: a restart of the box ends the calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepNothing;

impl Keep for KeepNothing {
    fn keep(&mut self, _name: ChannelName, _fd: BorrowedFd<'_>) {}
    fn forget(&mut self, _name: ChannelName) {}
}

/// A span with all its channels open.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    /// The kernel's number of it.
    pub(crate) number: i32,
    /// In the order of the plan.
    pub(crate) channels: Vec<(ChannelPlan, Arc<Channel>)>,
    /// What is missing.
    pub(crate) lacks: Vec<Lack>,
}

/// Opens a span. Channels among `held` are taken from it.
pub(crate) fn open_span(plan: &SpanPlan, held: &mut Held, keep: &mut dyn Keep) -> Result<OpenSpan, OpenError> {
    let place = place::find(&plan.device, plan.device_span).map_err(|why| unfound(plan, why))?;
    let mut open = OpenSpan { number: place.span, channels: Vec::new(), lacks: Vec::new() };
    for channel in &plan.channels {
        let opened = open_channel(channel, &place, held.remove(&channel.name), keep)?;
        open.lacks.extend(set_up(plan, channel, &opened)?);
        open.channels.push((*channel, Arc::new(opened)));
    }
    Ok(open)
}

fn unfound(plan: &SpanPlan, why: Unfound) -> OpenError {
    let device = plan.device.clone();
    match why {
        Unfound::Device => OpenError::NoDevice { device },
        Unfound::Span => OpenError::NoSpan { device, span: plan.device_span },
    }
}

fn open_channel(
    plan: &ChannelPlan,
    place: &Place,
    held: Option<OwnedFd>,
    keep: &mut dyn Keep,
) -> Result<Channel, OpenError> {
    if !(1..=place.channels).contains(&plan.place) {
        return Err(OpenError::NoChannel { port: plan.name.port, channel: plan.place });
    }
    let number = place.first_channel + i32::from(plan.place) - 1;
    if let Some(fd) = held {
        if let Some(kept) = Channel::adopt(fd, number, plan.role) {
            return Ok(kept);
        }
        // As long as the holder has the other one, it hangs on to whatever that is now.
        keep.forget(plan.name);
    }
    let opened = Channel::open(number, plan.role).map_err(|why| match why.raw_os_error() {
        Some(libc::ENOENT) => OpenError::NoModules(why),
        Some(libc::ENXIO | libc::EINVAL) => OpenError::NotConfigured(plan.name),
        Some(libc::EBUSY) => OpenError::Busy(plan.name),
        _ => OpenError::System { channel: plan.name, what: "SPECIFY", why },
    })?;
    keep.keep(plan.name, opened.as_fd());
    Ok(opened)
}

/// Sets an open channel as the plan has it. What it does without.
fn set_up(span: &SpanPlan, plan: &ChannelPlan, channel: &Channel) -> Result<Option<Lack>, OpenError> {
    let fd = channel.as_fd();
    let refused = |what| move |why| OpenError::System { channel: plan.name, what, why };
    check_signalling(plan, ioctl::params(fd).map_err(refused("GET_PARAMS"))?.sigtype as u32)?;
    if plan.role == Role::Data {
        ioctl::set_buffers(fd, FRAME_BUFFERS, FRAME_ROOM).map_err(refused("SET_BUFINFO"))?;
        return Ok(None);
    }
    if plan.role == Role::Bearer {
        ioctl::audio_mode(fd).map_err(refused("AUDIOMODE"))?;
    } else {
        set_times(channel).map_err(refused("SET_PARAMS"))?;
    }
    check_law(span, plan, ioctl::params(fd).map_err(refused("GET_PARAMS"))?.curlaw as u32)?;
    ioctl::set_buffers(fd, BLOCKS, frame::OCTETS_PER_TICK).map_err(refused("SET_BUFINFO"))?;
    ioctl::tell_buffer_events(fd).map_err(refused("BUFFER_EVENTS"))?;
    set_gains(span, plan, fd).map_err(refused("SETGAINS"))?;
    // A line with its echo is better than none.
    let refused = set_canceller(span.echo, fd).is_err();
    Ok((refused || lacks_canceller(span, plan)).then_some(Lack::Canceller(plan.name)))
}

/// The kernel says yes to `ECHOCANCEL` also where a channel has no canceller (`ioctl_echocancel`: no `ec_factory`), so what
/// it has is looked for.
fn lacks_canceller(span: &SpanPlan, plan: &ChannelPlan) -> bool {
    let wanted = matches!(span.echo, Echo::Card | Echo::Kernel);
    wanted && place::canceller(&span.device, span.device_span, plan.place).is_empty()
}

fn check_signalling(plan: &ChannelPlan, running: u32) -> Result<(), OpenError> {
    let (wanted, runs) = match plan.role {
        Role::Bearer => (Wanted::Bearer, running == sys::DAHDI_SIG_CLEAR),
        Role::Data => (Wanted::Data, is_hdlc(running)),
        // DAHDI names a port by what is at the far end of it.
        Role::Fxs => (Wanted::Telephone, running & sys::__DAHDI_SIG_FXO != 0),
        Role::Fxo => (Wanted::OutsideLine, running & sys::__DAHDI_SIG_FXS != 0),
    };
    if runs { Ok(()) } else { Err(OpenError::Signalling { channel: plan.name, wanted, running }) }
}

fn is_hdlc(running: u32) -> bool {
    running & sys::DAHDI_SIG_HDLCFCS == sys::DAHDI_SIG_HDLCFCS || running == sys::DAHDI_SIG_HARDHDLC
}

fn check_law(span: &SpanPlan, plan: &ChannelPlan, running: u32) -> Result<(), OpenError> {
    let running = if running == sys::DAHDI_LAW_ALAW { Law::A } else { Law::Mu };
    if running == span.law() {
        return Ok(());
    }
    Err(OpenError::Law { port: plan.name.port, timeslot: plan.name.timeslot, board: span.law(), running })
}

/// How long hook changes are not looked at after we moved it. The kernel's 600 ms would swallow the first digit of a quick
/// caller with a dial; contacts bounce for 10 to 20 ms (`DAHDI_MINPULSETIME` ignores less than 15).
const DEBOUNCE_MS: i32 = 50;

fn set_times(channel: &Channel) -> io::Result<()> {
    let mut params = ioctl::params(channel.as_fd())?;
    params.rxflashtime = i32::from(line::FLASH_MS);
    params.debouncetime = DEBOUNCE_MS;
    ioctl::set_params(channel.as_fd(), &mut params)
}

/// Sets how long a handset may be down and still have flashed. A hook that is down keeps the timer it went down with.
pub(crate) fn set_flash_window(channel: &Channel, max_ms: u16) -> io::Result<()> {
    let mut params = ioctl::params(channel.as_fd())?;
    params.rxflashtime = i32::from(max_ms.max(line::PULSE_MS));
    ioctl::set_params(channel.as_fd(), &mut params)
}

/// Sets how long a flash of this port opens its loop.
pub(crate) fn set_flash_sent(channel: &Channel, ms: u16) -> io::Result<()> {
    let mut params = ioctl::params(channel.as_fd())?;
    params.flashtime = i32::from(ms);
    ioctl::set_params(channel.as_fd(), &mut params)
}

fn set_gains(span: &SpanPlan, plan: &ChannelPlan, fd: BorrowedFd<'_>) -> io::Result<()> {
    let (receive, send) = &span.gains_db;
    let table = |gain: &Gain| gains::table(span.law(), gain.db(plan.name.port.position));
    let tables = (table(receive), table(send));
    if tables == (None, None) {
        return Ok(());
    }
    let of = |table: Option<[u8; 256]>| table.unwrap_or_else(gains::unchanged);
    ioctl::set_gains(fd, of(tables.0), of(tables.1))
}

/// The tail of a canceller of the card or the kernel: 64 ms, as ours (design of the media plane).
const TAIL_TAPS: i32 = 512;

fn set_canceller(echo: Echo, fd: BorrowedFd<'_>) -> io::Result<()> {
    match echo {
        // Two cancellers would take each other's residue for speech.
        Echo::Off | Echo::Software => ioctl::cancel_echo(fd, 0),
        Echo::Card | Echo::Kernel => ioctl::cancel_echo(fd, TAIL_TAPS),
    }
}

#[cfg(test)]
mod tests {
    use frame::{PortId, Timeslot};

    use super::*;

    fn plan(role: Role) -> ChannelPlan {
        let name = ChannelName { port: PortId { card: "X".parse().unwrap(), position: 1 }, timeslot: Timeslot(0) };
        ChannelPlan { name, role, timeslot: Timeslot(0), place: 1 }
    }

    #[test]
    fn a_channel_that_was_set_up_as_something_else_is_refused_by_name() {
        for (role, good, bad) in [
            (Role::Bearer, sys::DAHDI_SIG_CLEAR, sys::DAHDI_SIG_HDLCFCS),
            (Role::Data, sys::DAHDI_SIG_HDLCFCS, sys::DAHDI_SIG_CLEAR),
            (Role::Data, sys::DAHDI_SIG_HARDHDLC, sys::DAHDI_SIG_HDLCRAW),
            (Role::Fxs, sys::DAHDI_SIG_FXOKS, sys::DAHDI_SIG_FXSKS),
            (Role::Fxo, sys::DAHDI_SIG_FXSLS, sys::DAHDI_SIG_FXOLS),
        ] {
            assert!(check_signalling(&plan(role), good).is_ok(), "{role:?}");
            let refused = check_signalling(&plan(role), bad).unwrap_err();
            assert!(refused.to_string().starts_with("X.1.0: wanted"), "{refused}");
        }
    }
}
