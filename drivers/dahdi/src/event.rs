//! DAHDI's event numbers, decoded for the kind of port they came from.
//!
//! Source: `dahdi/user.h` (the numbers) and `dahdi-base.c` of DAHDI 2.11 (which port sends which, and when). FXS ports are
//! FXO-signalled channels and the other way round. No hook edge is among them: pulses and flashes come decoded.
//! Not here: what is done with them.

use dahdi_sys as sys;
use line::{Event, FrameFault};

/// What a channel is to the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A B-channel.
    Bearer,
    /// A D-channel.
    Data,
    /// A telephone's port.
    Fxs,
    /// An outside line's port.
    Fxo,
}

/// What an event means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Something for the telephone, the line, or the call.
    Line(Event),
    /// The kernel threw audio away, because nobody read it in time.
    Overrun,
    /// The kernel sent silence, because nobody wrote in time.
    Underrun,
    /// A frame of the D-channel was dropped.
    Frame(FrameFault),
    /// The alarms of the span, or of an analog line, changed: ask.
    Alarms,
    /// The card was taken away.
    Removed,
    /// Nothing that the box needs to know.
    Nothing,
}

/// What `number` of a channel in this role means.
pub(crate) fn decode(role: Role, number: i32) -> Told {
    let number = number as u32;
    match number {
        sys::DAHDI_EVENT_READ_OVERRUN => Told::Overrun,
        sys::DAHDI_EVENT_WRITE_UNDERRUN => Told::Underrun,
        sys::DAHDI_EVENT_ALARM | sys::DAHDI_EVENT_NOALARM => Told::Alarms,
        sys::DAHDI_EVENT_REMOVED => Told::Removed,
        _ => match role {
            Role::Bearer => Told::Nothing,
            Role::Data => frame(number),
            Role::Fxs => telephone(number),
            Role::Fxo => outside_line(number),
        },
    }
}

fn frame(number: u32) -> Told {
    match number {
        sys::DAHDI_EVENT_ABORT => Told::Frame(FrameFault::Abort),
        sys::DAHDI_EVENT_OVERRUN => Told::Frame(FrameFault::Overrun),
        sys::DAHDI_EVENT_BADFCS => Told::Frame(FrameFault::BadFcs),
        _ => Told::Nothing,
    }
}

fn telephone(number: u32) -> Told {
    match number {
        sys::DAHDI_EVENT_RINGOFFHOOK => Told::Line(Event::OffHook),
        sys::DAHDI_EVENT_ONHOOK => Told::Line(Event::OnHook),
        sys::DAHDI_EVENT_WINKFLASH => Told::Line(Event::Flash),
        sys::DAHDI_EVENT_RINGERON => Told::Line(Event::RingerOn),
        sys::DAHDI_EVENT_RINGEROFF => Told::Line(Event::RingerOff),
        digit if digit & sys::DAHDI_EVENT_PULSEDIGIT != 0 => pulsed(digit as u8),
        _ => Told::Nothing,
    }
}

/// DAHDI tells ten pulses as `0`, eleven as `*`, twelve as `#`.
fn pulsed(digit: u8) -> Told {
    if digit.is_ascii_digit() || matches!(digit, b'*' | b'#') {
        Told::Line(Event::PulseDigit(digit))
    } else {
        Told::Nothing
    }
}

fn outside_line(number: u32) -> Told {
    match number {
        sys::DAHDI_EVENT_RINGBEGIN => Told::Line(Event::RingBegin),
        // On this side it says that the ringing current has been away for its trailer.
        sys::DAHDI_EVENT_RINGOFFHOOK => Told::Line(Event::RingEnd),
        sys::DAHDI_EVENT_ONHOOK => Told::Line(Event::OnHook),
        sys::DAHDI_EVENT_POLARITY => Told::Line(Event::Polarity),
        sys::DAHDI_EVENT_DIALCOMPLETE => Told::Line(Event::DialComplete),
        _ => Told::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_means_another_thing_on_a_telephones_port_than_on_a_lines() {
        let ring_off_hook = sys::DAHDI_EVENT_RINGOFFHOOK as i32;
        assert_eq!(decode(Role::Fxs, ring_off_hook), Told::Line(Event::OffHook));
        assert_eq!(decode(Role::Fxo, ring_off_hook), Told::Line(Event::RingEnd));
        assert_eq!(decode(Role::Bearer, ring_off_hook), Told::Nothing);
    }

    #[test]
    fn pulsed_digits_come_with_their_digit_and_nothing_else_is_one() {
        let pulsed = |digit: u8| decode(Role::Fxs, (sys::DAHDI_EVENT_PULSEDIGIT | u32::from(digit)) as i32);
        for digit in *b"0123456789*#" {
            assert_eq!(pulsed(digit), Told::Line(Event::PulseDigit(digit)));
        }
        assert_eq!(pulsed(b'x'), Told::Nothing);
        assert_eq!(decode(Role::Fxs, (sys::DAHDI_EVENT_DTMFDOWN | u32::from(b'5')) as i32), Told::Nothing);
        assert_eq!(decode(Role::Fxo, (sys::DAHDI_EVENT_PULSEDIGIT | u32::from(b'5')) as i32), Told::Nothing);
    }

    #[test]
    fn a_damaged_frame_is_of_the_d_channel_alone() {
        let faults = [
            (sys::DAHDI_EVENT_ABORT, FrameFault::Abort),
            (sys::DAHDI_EVENT_OVERRUN, FrameFault::Overrun),
            (sys::DAHDI_EVENT_BADFCS, FrameFault::BadFcs),
        ];
        for (number, fault) in faults {
            assert_eq!(decode(Role::Data, number as i32), Told::Frame(fault));
            assert_eq!(decode(Role::Bearer, number as i32), Told::Nothing);
        }
    }

    #[test]
    fn what_is_the_spans_or_the_buffers_means_the_same_everywhere() {
        for role in [Role::Bearer, Role::Data, Role::Fxs, Role::Fxo] {
            assert_eq!(decode(role, sys::DAHDI_EVENT_ALARM as i32), Told::Alarms);
            assert_eq!(decode(role, sys::DAHDI_EVENT_NOALARM as i32), Told::Alarms);
            assert_eq!(decode(role, sys::DAHDI_EVENT_READ_OVERRUN as i32), Told::Overrun);
            assert_eq!(decode(role, sys::DAHDI_EVENT_WRITE_UNDERRUN as i32), Told::Underrun);
            assert_eq!(decode(role, sys::DAHDI_EVENT_REMOVED as i32), Told::Removed);
            assert_eq!(decode(role, sys::DAHDI_EVENT_HOOKCOMPLETE as i32), Told::Nothing);
        }
    }
}
