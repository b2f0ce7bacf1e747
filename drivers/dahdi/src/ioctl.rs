//! The ioctls of DAHDI as safe calls: each with the layout that `dahdi/user.h` gives it.
//!
//! A number and its layout are joined here and nowhere else, so a call can't get the wrong one.

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd},
};

use dahdi_sys as sys;

/// What the kernel tells of a channel.
pub(crate) type Params = sys::dahdi_params;
/// What the kernel tells of a span.
pub(crate) type SpanStatus = sys::dahdi_spaninfo;

/// Chooses the channel that a file of `/dev/dahdi/channel` is.
pub(crate) fn specify(fd: BorrowedFd<'_>, channel: i32) -> io::Result<()> {
    set_int(fd, sys::DAHDI_SPECIFY, channel)
}

/// The channel that a file is.
pub(crate) fn channel_number(fd: BorrowedFd<'_>) -> io::Result<i32> {
    get_int(fd, sys::DAHDI_CHANNO)
}

/// Turns audio on for a clear channel.
pub(crate) fn audio_mode(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_int(fd, sys::DAHDI_AUDIOMODE, 1)
}

/// Sets the buffers of a channel, which empties them.
pub(crate) fn set_buffers(fd: BorrowedFd<'_>, count: usize, octets: usize) -> io::Result<()> {
    let mut buffers = sys::dahdi_bufferinfo {
        txbufpolicy: sys::DAHDI_POLICY_IMMEDIATE as i32,
        rxbufpolicy: sys::DAHDI_POLICY_IMMEDIATE as i32,
        numbufs: count as i32,
        bufsize: octets as i32,
        readbufs: 0,
        writebufs: 0,
    };
    // SAFETY: SET_BUFINFO reads a `dahdi_bufferinfo`.
    unsafe { call(fd, sys::DAHDI_SET_BUFINFO, &mut buffers) }
}

/// Has over- and underruns told as events.
pub(crate) fn tell_buffer_events(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_int(fd, sys::DAHDI_BUFFER_EVENTS, 1)
}

/// Empties what `what` names: `DAHDI_FLUSH_READ`, `_WRITE`, `_EVENT`.
pub(crate) fn flush(fd: BorrowedFd<'_>, what: u32) -> io::Result<()> {
    set_int(fd, sys::DAHDI_FLUSH, what as i32)
}

/// The oldest event that waits; 0 where none does.
pub(crate) fn event(fd: BorrowedFd<'_>) -> io::Result<i32> {
    get_int(fd, sys::DAHDI_GETEVENT)
}

/// The parameters of the channel that a file is.
pub(crate) fn params(fd: BorrowedFd<'_>) -> io::Result<Params> {
    let mut params = Params { channo: 0, ..empty_params() };
    // SAFETY: GET_PARAMS reads the channel's number from a `dahdi_params` (0 is the file's own) and fills it.
    unsafe { call(fd, sys::DAHDI_GET_PARAMS, &mut params) }?;
    Ok(params)
}

/// Sets the times of `params`; everything else in it is read only.
pub(crate) fn set_params(fd: BorrowedFd<'_>, params: &mut Params) -> io::Result<()> {
    // SAFETY: SET_PARAMS reads a `dahdi_params`.
    unsafe { call(fd, sys::DAHDI_SET_PARAMS, params) }
}

/// Moves the hook, or rings. On a file that does not block the kernel says of what takes time that it has begun.
pub(crate) fn hook(fd: BorrowedFd<'_>, state: u32) -> io::Result<()> {
    match set_int(fd, sys::DAHDI_HOOK, state as i32) {
        Err(begun) if begun.raw_os_error() == Some(libc::EINPROGRESS) => Ok(()),
        other => other,
    }
}

/// Sets what [`hook`] rings with.
pub(crate) fn set_cadence(fd: BorrowedFd<'_>, steps_ms: [i32; 16]) -> io::Result<()> {
    let mut cadence = sys::dahdi_ring_cadence { ringcadence: steps_ms };
    // SAFETY: SETCADENCE reads a `dahdi_ring_cadence`.
    unsafe { call(fd, sys::DAHDI_SETCADENCE, &mut cadence) }
}

/// Dials by the kernel, in the place of what it dials. `digits` are of its alphabet; what has no room is cut.
pub(crate) fn dial(fd: BorrowedFd<'_>, digits: &[u8]) -> io::Result<()> {
    let mut dial = sys::dahdi_dialoperation {
        op: sys::DAHDI_DIAL_OP_REPLACE as i32,
        dialstr: [0; sys::DAHDI_MAX_DTMF_BUF as usize],
    };
    // The last octet stays the end of the string.
    let room = dial.dialstr.len() - 1;
    dial.dialstr.iter_mut().zip(digits).take(room).for_each(|(place, digit)| *place = *digit as libc::c_char);
    // SAFETY: DIAL reads a `dahdi_dialoperation`.
    unsafe { call(fd, sys::DAHDI_DIAL, &mut dial) }
}

/// Turns the kernel's or the card's canceller on with so many taps, or off with none.
pub(crate) fn cancel_echo(fd: BorrowedFd<'_>, taps: i32) -> io::Result<()> {
    set_int(fd, sys::DAHDI_ECHOCANCEL, taps)
}

/// Sets what each octet becomes on its way in and out.
pub(crate) fn set_gains(fd: BorrowedFd<'_>, receive: [u8; 256], send: [u8; 256]) -> io::Result<()> {
    let mut gains = sys::dahdi_gains { chan: 0, rxgain: receive, txgain: send };
    // SAFETY: SETGAINS reads a `dahdi_gains`; channel 0 is the file's own.
    unsafe { call(fd, sys::DAHDI_SETGAINS, &mut gains) }
}

/// Turns the feed of a telephone's port around.
pub(crate) fn set_polarity(fd: BorrowedFd<'_>, reversed: bool) -> io::Result<()> {
    set_int(fd, sys::DAHDI_SETPOLARITY, i32::from(reversed))
}

/// Lets an on-hook telephone hear its port for a while.
pub(crate) fn transfer_on_hook(fd: BorrowedFd<'_>, ms: u16) -> io::Result<()> {
    set_int(fd, sys::DAHDI_ONHOOKTRANSFER, i32::from(ms))
}

/// Shows on a telephone how many messages wait.
pub(crate) fn show_waiting(fd: BorrowedFd<'_>, messages: u16) -> io::Result<()> {
    set_int(fd, sys::DAHDI_VMWI, i32::from(messages))
}

/// The state of a span, asked at `/dev/dahdi/ctl`.
pub(crate) fn span_status(control: BorrowedFd<'_>, span: i32) -> io::Result<SpanStatus> {
    let mut status = SpanStatus { spanno: span, ..no_status() };
    // SAFETY: SPANSTAT reads the span's number from a `dahdi_spaninfo` and fills it.
    unsafe { call(control, sys::DAHDI_SPANSTAT, &mut status) }?;
    Ok(status)
}

/// Loads a zone of tones that has no tones: without any zone the kernel neither rings nor dials. Nothing is done where the
/// zone is loaded already.
pub(crate) fn load_silent_zone(control: BorrowedFd<'_>) -> io::Result<()> {
    let mut zone = sys::dahdi_tone_def_header {
        count: 0,
        zone: 0,
        ringcadence: [0; sys::DAHDI_MAX_CADENCE as usize],
        name: [0; 40],
        tones: Default::default(),
    };
    zone.name.iter_mut().zip(b"ringfence").for_each(|(place, letter)| *place = *letter as libc::c_char);
    // Two seconds, four pauses: what the kernel falls back to where no cadence was set.
    (zone.ringcadence[0], zone.ringcadence[1]) = (2000, 4000);
    // SAFETY: LOADZONE reads a `dahdi_tone_def_header` and as many tones behind it as it counts, which is none.
    match unsafe { call(control, sys::DAHDI_LOADZONE, &mut zone) } {
        // `dahdi_register_tone_zone`: there is one of this number, which will do.
        Err(loaded) if loaded.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        answer => answer,
    }
}

/// The parameters of any channel, asked at `/dev/dahdi/ctl`.
pub(crate) fn channel_params(control: BorrowedFd<'_>, channel: i32) -> io::Result<Params> {
    let mut params = Params { channo: channel, ..empty_params() };
    // SAFETY: GET_PARAMS reads the channel's number from a `dahdi_params` and fills it.
    unsafe { call(control, sys::DAHDI_GET_PARAMS, &mut params) }?;
    Ok(params)
}

/// Sets framing and coding of a span, how long its cable is, and its rank as a source of the clock.
pub(crate) fn set_line(control: BorrowedFd<'_>, span: i32, config: u32, build_out: i32, timing: i32) -> io::Result<()> {
    let (lbo, lineconfig) = (build_out, config as i32);
    let mut line = sys::dahdi_lineconfig { span, name: [0; 20], lbo, lineconfig, sync: timing };
    // SAFETY: SPANCONFIG reads a `dahdi_lineconfig`.
    unsafe { call(control, sys::DAHDI_SPANCONFIG, &mut line) }
}

/// Sets how a channel signals and codes, which hangs it up.
pub(crate) fn set_channel(control: BorrowedFd<'_>, channel: i32, signalling: u32, law: u32) -> io::Result<()> {
    let (sigtype, deflaw) = (signalling as i32, law as i32);
    let mut config = sys::dahdi_chanconfig {
        chan: channel,
        name: [0; 40],
        sigtype,
        deflaw,
        master: channel,
        idlebits: 0,
        netdev_name: [0; 16],
    };
    // SAFETY: CHANCONFIG reads a `dahdi_chanconfig`, and writes it back as it took it.
    unsafe { call(control, sys::DAHDI_CHANCONFIG, &mut config) }
}

/// Gives a channel the canceller of a name. What of the name has no room is cut.
pub(crate) fn attach_canceller(control: BorrowedFd<'_>, channel: i32, name: &str) -> io::Result<()> {
    let mut attach = sys::dahdi_attach_echocan { chan: channel, echocan: [0; 16] };
    // The last octet stays the end of the string.
    let room = attach.echocan.len() - 1;
    attach.echocan.iter_mut().zip(name.bytes()).take(room).for_each(|(place, octet)| *place = octet as libc::c_char);
    // SAFETY: ATTACH_ECHOCAN reads a `dahdi_attach_echocan`.
    unsafe { call(control, sys::DAHDI_ATTACH_ECHOCAN, &mut attach) }
}

/// Starts a span; one that runs goes on.
pub(crate) fn start_span(control: BorrowedFd<'_>, span: i32) -> io::Result<()> {
    set_int(control, sys::DAHDI_STARTUP, span)
}

fn set_int(fd: BorrowedFd<'_>, request: u32, mut value: i32) -> io::Result<()> {
    // SAFETY: called for requests of `_IOW(…, int)` only, which read an int.
    unsafe { call(fd, request, &mut value) }
}

fn get_int(fd: BorrowedFd<'_>, request: u32) -> io::Result<i32> {
    let mut value = 0;
    // SAFETY: called for requests of `_IOR(…, int)` only, which write an int.
    unsafe { call(fd, request, &mut value) }?;
    Ok(value)
}

/// The state of no span, with zeros everywhere.
pub(crate) fn no_status() -> SpanStatus {
    // SAFETY: all of it is numbers and characters, of which zeros are a value.
    unsafe { std::mem::zeroed() }
}

fn empty_params() -> Params {
    // SAFETY: all of it is numbers and characters, of which zeros are a value.
    unsafe { std::mem::zeroed() }
}

/// # Safety
/// `T` must be what the kernel reads and writes for `request`.
unsafe fn call<T>(fd: BorrowedFd<'_>, request: u32, value: &mut T) -> io::Result<()> {
    // SAFETY: the caller vouches for the layout, and `value` is alive and not shared while the kernel has its address.
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), libc::Ioctl::from(request), std::ptr::from_mut(value)) };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
