//! `/dev/dahdi/ctl`, where spans are asked about.
//!
//! Not here: setting spans up, which is `setup`.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd},
};

use dahdi_sys as sys;
use line::Alarms;

use crate::ioctl;

/// The file of all spans.
#[derive(Debug)]
pub(crate) struct Control(File);

impl Control {
    /// Opens it, and sees to it that ports can ring and dial.
    pub(crate) fn open() -> io::Result<Control> {
        let control = Control::look()?;
        ioctl::load_silent_zone(control.as_fd())?;
        Ok(control)
    }

    /// Opens it, and changes nothing.
    pub(crate) fn look() -> io::Result<Control> {
        File::options().read(true).write(true).open("/dev/dahdi/ctl").map(Control)
    }

    /// The alarms of a span.
    pub(crate) fn alarms(&self, span: i32) -> io::Result<Alarms> {
        self.status(span).map(|status| alarms(status.alarms as u32))
    }

    pub(crate) fn status(&self, span: i32) -> io::Result<ioctl::SpanStatus> {
        ioctl::span_status(self.0.as_fd(), span)
    }

    /// How a channel is set.
    pub(crate) fn params(&self, channel: i32) -> io::Result<ioctl::Params> {
        ioctl::channel_params(self.0.as_fd(), channel)
    }
}

impl AsFd for Control {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// DAHDI's alarms as the box knows them. What the line is recovering from is over.
pub(crate) fn alarms(bits: u32) -> Alarms {
    let pairs = [
        (sys::DAHDI_ALARM_RED | sys::DAHDI_ALARM_NOTOPEN, Alarms::RED),
        (sys::DAHDI_ALARM_YELLOW, Alarms::YELLOW),
        (sys::DAHDI_ALARM_BLUE, Alarms::BLUE),
    ];
    let held = pairs.into_iter().filter(|(mask, _)| bits & mask != 0);
    let alarms = held.fold(Alarms::NONE, |all, (_, alarm)| all.with(alarm));
    if is_unframed(bits) { alarms.with(Alarms::UNFRAMED) } else { alarms }
}

/// A card that tells more than RED (`t4_check_alarms` of `wct4xxp`) says what of the line is lost. Without a signal there is
/// no frame either.
fn is_unframed(bits: u32) -> bool {
    let framing = sys::DAHDI_ALARM_LFA | sys::DAHDI_ALARM_LMFA;
    bits & sys::DAHDI_ALARM_RED != 0 && bits & framing != 0 && bits & sys::DAHDI_ALARM_LOS == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dahdis_alarms_are_the_boxs_and_recovering_is_none() {
        assert_eq!(alarms(sys::DAHDI_ALARM_NONE), Alarms::NONE);
        assert_eq!(alarms(sys::DAHDI_ALARM_RECOVER | sys::DAHDI_ALARM_LOOPBACK), Alarms::NONE);
        assert_eq!(alarms(sys::DAHDI_ALARM_RED | sys::DAHDI_ALARM_LOS), Alarms::RED);
        assert_eq!(alarms(sys::DAHDI_ALARM_RED), Alarms::RED, "most cards tell no more");
        assert_eq!(alarms(sys::DAHDI_ALARM_NOTOPEN), Alarms::RED);
        assert_eq!(alarms(sys::DAHDI_ALARM_YELLOW | sys::DAHDI_ALARM_BLUE), Alarms::YELLOW.with(Alarms::BLUE));
    }

    #[test]
    fn a_signal_without_its_frame_is_told_apart_from_no_signal() {
        let (red, los) = (sys::DAHDI_ALARM_RED, sys::DAHDI_ALARM_LOS);
        for framing in [sys::DAHDI_ALARM_LFA, sys::DAHDI_ALARM_LMFA] {
            assert_eq!(alarms(red | framing), Alarms::RED.with(Alarms::UNFRAMED));
            assert_eq!(alarms(red | framing | los), Alarms::RED);
            assert_eq!(alarms(framing), Alarms::NONE, "details of an alarm that is none");
        }
    }
}
