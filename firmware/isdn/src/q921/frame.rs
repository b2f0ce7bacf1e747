//! One LAPD frame, from its address to the end of its information field.
//!
//! Source: ITU-T Q.921, clauses 2 and 3. Octets are as they stand between the flags, without the check sequence.
//! `Frame::parse` gives only frames that the standard allows; `parse(emit(x)) == x`.

use arrayvec::ArrayVec;

use super::{LinkFault, N201_OCTETS};

/// A frame ready for the line: two octets of address, two of control, N201 of information.
pub type FrameOctets = ArrayVec<u8, { N201_OCTETS + 4 }>;

/// A frame on the D-channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Whom it concerns, and the C/R bit as it stands on the line.
    pub address: Address,
    /// What it says.
    pub body: Body<'a>,
}

/// The address field, Q.921, 3.2 and 3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The service access point, 0 to 63; 0 is call control.
    pub sapi: u8,
    /// The terminal endpoint, 0 to 127; 0 on a primary rate.
    pub tei: u8,
    /// The C/R bit: commands of the network and responses of the user have it set.
    pub cr: bool,
}

/// The control field and what follows it, Q.921, 3.4 to 3.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// I: numbered information.
    Information {
        /// N(S), the number of this frame.
        ns: SequenceNumber,
        /// N(R), the number of the frame that is expected next.
        nr: SequenceNumber,
        /// P: an answer is wanted at once.
        poll: bool,
        /// A message of layer 3, at most N201 octets.
        information: &'a [u8],
    },
    /// RR, RNR or REJ.
    Supervisory {
        /// Which of the three.
        kind: Supervision,
        /// N(R), the number of the frame that is expected next.
        nr: SequenceNumber,
        /// P in a command, F in a response.
        poll_final: bool,
    },
    /// A frame without numbers and without information.
    Unnumbered {
        /// Which.
        kind: UnnumberedKind,
        /// P in a command, F in a response.
        poll_final: bool,
    },
    /// FRMR: a frame was rejected beyond recovery.
    FrameReject {
        /// F.
        is_final: bool,
        /// The rejected control field, V(S), V(R) and the reasons, Q.921, figure 7.
        reason: [u8; 5],
    },
    /// UI: information outside the numbering. Call control on a primary rate does not use it.
    UnnumberedInformation {
        /// P.
        poll: bool,
        /// At most N201 octets.
        information: &'a [u8],
    },
    /// XID: exchange of parameters.
    Exchange {
        /// P in a command, F in a response.
        poll_final: bool,
        /// At most N201 octets.
        information: &'a [u8],
    },
}

/// The supervisory frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervision {
    /// RR.
    ReceiveReady,
    /// RNR.
    ReceiveNotReady,
    /// REJ.
    Reject,
}

/// The unnumbered frames that carry nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnnumberedKind {
    /// SABME, a command.
    SetMode,
    /// DISC, a command.
    Disconnect,
    /// UA, a response.
    Acknowledge,
    /// DM, a response.
    DisconnectedMode,
}

/// What a frame may be, Q.921, table 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A command only.
    Command,
    /// A response only.
    Response,
    /// RR, RNR, REJ and XID are both.
    Either,
}

/// A number of the window, modulo 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequenceNumber(u8);

/// Why octets are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The extension bits of the address are wrong, or there is no whole address.
    #[error("the address field is not two octets long")]
    Address,
    /// An invalid frame, Q.921, 2.9 b: it ends before its control field does.
    #[error("the frame ends too early")]
    Short,
    /// MDL error L.
    #[error("the control field {0:#04x} is not defined")]
    UndefinedControl(u8),
    /// MDL error M.
    #[error("an information field is not permitted in this frame")]
    InformationNotPermitted,
    /// MDL error N.
    #[error("the frame has the wrong length")]
    WrongLength,
    /// MDL error O.
    #[error("the information field is longer than N201")]
    TooLong,
}

impl FrameError {
    /// The fault that the layer manager is told, if the frame was ours at all.
    pub const fn fault(self) -> Option<LinkFault> {
        match self {
            FrameError::Address | FrameError::Short => None,
            FrameError::UndefinedControl(_) => Some(LinkFault::UndefinedFrame),
            FrameError::InformationNotPermitted => Some(LinkFault::InformationNotPermitted),
            FrameError::WrongLength => Some(LinkFault::WrongLength),
            FrameError::TooLong => Some(LinkFault::TooLong),
        }
    }
}

impl SequenceNumber {
    /// The number `value` modulo 128.
    pub const fn new(value: u8) -> SequenceNumber {
        SequenceNumber(value & 0x7f)
    }

    /// The number after this one.
    pub const fn next(self) -> SequenceNumber {
        SequenceNumber::new(self.0 + 1)
    }

    /// How many steps it takes from `earlier` to this number.
    pub const fn steps_from(self, earlier: SequenceNumber) -> u8 {
        self.0.wrapping_sub(earlier.0) & 0x7f
    }
}

impl<'a> Frame<'a> {
    /// Reads the octets between two flags, without the check sequence.
    pub fn parse(octets: &'a [u8]) -> Result<Frame<'a>, FrameError> {
        let (address, control) = Address::parse(octets).ok_or(FrameError::Address)?;
        Ok(Frame { address, body: Body::parse(control)? })
    }

    /// The octets that go to the line.
    ///
    /// # Panics
    /// Where an information field is longer than N201. Layer 3 bounds its messages.
    pub fn emit(&self) -> FrameOctets {
        let mut octets = FrameOctets::new();
        octets.push(self.address.sapi << 2 | u8::from(self.address.cr) << 1);
        octets.push(self.address.tei << 1 | 1);
        self.body.emit(&mut octets);
        octets
    }
}

impl Address {
    /// Splits a frame into its address and what follows. `None` where the address is not two octets long.
    pub fn parse(octets: &[u8]) -> Option<(Address, &[u8])> {
        let [first, second, control @ ..] = octets else { return None };
        let whole = first & 1 == 0 && second & 1 == 1;
        whole.then_some((Address { sapi: first >> 2, tei: second >> 1, cr: first & 2 != 0 }, control))
    }
}

impl<'a> Body<'a> {
    /// Reads what follows the address.
    pub fn parse(octets: &'a [u8]) -> Result<Body<'a>, FrameError> {
        let (&control, rest) = octets.split_first().ok_or(FrameError::Short)?;
        match control & 3 {
            0 | 2 => Body::parse_information(control, rest),
            1 => Body::parse_supervisory(control, rest),
            _ => Body::parse_unnumbered(control, rest),
        }
    }

    fn parse_information(control: u8, rest: &'a [u8]) -> Result<Body<'a>, FrameError> {
        let (&second, information) = rest.split_first().ok_or(FrameError::Short)?;
        Ok(Body::Information {
            ns: SequenceNumber::new(control >> 1),
            nr: SequenceNumber::new(second >> 1),
            poll: second & 1 != 0,
            information: bounded(information)?,
        })
    }

    fn parse_supervisory(control: u8, rest: &'a [u8]) -> Result<Body<'a>, FrameError> {
        let kind = match control {
            0x01 => Supervision::ReceiveReady,
            0x05 => Supervision::ReceiveNotReady,
            0x09 => Supervision::Reject,
            _ => return Err(FrameError::UndefinedControl(control)),
        };
        match rest {
            [] => Err(FrameError::Short),
            &[second] => {
                Ok(Body::Supervisory { kind, nr: SequenceNumber::new(second >> 1), poll_final: second & 1 != 0 })
            }
            _ => Err(FrameError::InformationNotPermitted),
        }
    }

    fn parse_unnumbered(control: u8, rest: &'a [u8]) -> Result<Body<'a>, FrameError> {
        let poll_final = control & POLL_FINAL != 0;
        match control & !POLL_FINAL {
            SABME => Body::bare(UnnumberedKind::SetMode, poll_final, rest),
            DISC => Body::bare(UnnumberedKind::Disconnect, poll_final, rest),
            UA => Body::bare(UnnumberedKind::Acknowledge, poll_final, rest),
            DM => Body::bare(UnnumberedKind::DisconnectedMode, poll_final, rest),
            FRMR => {
                let reason = rest.try_into().map_err(|_| FrameError::WrongLength)?;
                Ok(Body::FrameReject { is_final: poll_final, reason })
            }
            UI => Ok(Body::UnnumberedInformation { poll: poll_final, information: bounded(rest)? }),
            XID => Ok(Body::Exchange { poll_final, information: bounded(rest)? }),
            _ => Err(FrameError::UndefinedControl(control)),
        }
    }

    fn bare(kind: UnnumberedKind, poll_final: bool, rest: &[u8]) -> Result<Body<'a>, FrameError> {
        if rest.is_empty() {
            Ok(Body::Unnumbered { kind, poll_final })
        } else {
            Err(FrameError::InformationNotPermitted)
        }
    }

    /// Which way the frame may go, Q.921, table 5.
    pub fn direction(&self) -> Direction {
        match self {
            Body::Information { .. } | Body::UnnumberedInformation { .. } => Direction::Command,
            Body::Unnumbered { kind, .. } => match kind {
                UnnumberedKind::SetMode | UnnumberedKind::Disconnect => Direction::Command,
                UnnumberedKind::Acknowledge | UnnumberedKind::DisconnectedMode => Direction::Response,
            },
            Body::FrameReject { .. } => Direction::Response,
            Body::Supervisory { .. } | Body::Exchange { .. } => Direction::Either,
        }
    }

    fn emit(&self, octets: &mut FrameOctets) {
        let (control, information) = self.control_and_information();
        octets.extend(control);
        octets.extend(information.iter().copied());
    }

    fn control_and_information(&self) -> (ArrayVec<u8, 2>, &[u8]) {
        let numbered = |first: u8, nr: SequenceNumber, bit: bool| ArrayVec::from([first, nr.0 << 1 | u8::from(bit)]);
        let unnumbered = |code: u8, bit: bool| ArrayVec::from_iter([code | if bit { POLL_FINAL } else { 0 }]);
        match self {
            Body::Information { ns, nr, poll, information } => (numbered(ns.0 << 1, *nr, *poll), information),
            Body::Supervisory { kind, nr, poll_final } => (numbered(kind.code(), *nr, *poll_final), &[]),
            Body::Unnumbered { kind, poll_final } => (unnumbered(kind.code(), *poll_final), &[]),
            Body::FrameReject { is_final, reason } => (unnumbered(FRMR, *is_final), reason),
            Body::UnnumberedInformation { poll, information } => (unnumbered(UI, *poll), information),
            Body::Exchange { poll_final, information } => (unnumbered(XID, *poll_final), information),
        }
    }
}

impl Supervision {
    const fn code(self) -> u8 {
        match self {
            Supervision::ReceiveReady => 0x01,
            Supervision::ReceiveNotReady => 0x05,
            Supervision::Reject => 0x09,
        }
    }
}

impl UnnumberedKind {
    const fn code(self) -> u8 {
        match self {
            UnnumberedKind::SetMode => SABME,
            UnnumberedKind::Disconnect => DISC,
            UnnumberedKind::Acknowledge => UA,
            UnnumberedKind::DisconnectedMode => DM,
        }
    }
}

fn bounded(information: &[u8]) -> Result<&[u8], FrameError> {
    if information.len() > N201_OCTETS { Err(FrameError::TooLong) } else { Ok(information) }
}

/// The poll/final bit of an unnumbered control field.
const POLL_FINAL: u8 = 0x10;
const SABME: u8 = 0x6f;
const DISC: u8 = 0x43;
const UA: u8 = 0x63;
const DM: u8 = 0x0f;
const FRMR: u8 = 0x87;
const UI: u8 = 0x03;
const XID: u8 = 0xaf;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NETWORK_COMMAND: Address = Address { sapi: 0, tei: 0, cr: true };

    fn unnumbered(kind: UnnumberedKind) -> Body<'static> {
        Body::Unnumbered { kind, poll_final: true }
    }

    fn supervisory(kind: Supervision, nr: u8, poll_final: bool) -> Body<'static> {
        Body::Supervisory { kind, nr: SequenceNumber::new(nr), poll_final }
    }

    /// Frames of libpri, network to user; a decoder of another make read them without complaint.
    #[test]
    fn golden_frames_are_read_and_written_octet_for_octet() {
        let response = Address { cr: false, ..NETWORK_COMMAND };
        let golden: [(&[u8], Address, Body<'_>); 6] = [
            (&[0x02, 0x01, 0x7f], NETWORK_COMMAND, unnumbered(UnnumberedKind::SetMode)),
            (&[0x00, 0x01, 0x73], response, unnumbered(UnnumberedKind::Acknowledge)),
            (&[0x00, 0x01, 0x01, 0x02], response, supervisory(Supervision::ReceiveReady, 1, false)),
            (&[0x00, 0x01, 0x01, 0x09], response, supervisory(Supervision::ReceiveReady, 4, true)),
            (&[0x02, 0x01, 0x09, 0x32], NETWORK_COMMAND, supervisory(Supervision::Reject, 25, false)),
            (
                &[0x02, 0x01, 0x00, 0x00, 0x08],
                NETWORK_COMMAND,
                Body::Information {
                    ns: SequenceNumber::new(0),
                    nr: SequenceNumber::new(0),
                    poll: false,
                    information: &[0x08],
                },
            ),
        ];
        for (octets, address, body) in golden {
            let frame = Frame { address, body };
            assert_eq!(Frame::parse(octets), Ok(frame));
            assert_eq!(frame.emit().as_slice(), octets);
        }
    }

    #[test]
    fn damaged_frames_are_refused_with_their_reason() {
        let too_long = [&[0x02, 0x01, 0x00, 0x00][..], &[0; N201_OCTETS + 1]].concat();
        let refused: [(&[u8], FrameError); 10] = [
            (&[], FrameError::Address),
            (&[0x02], FrameError::Address),
            (&[0x03, 0x01, 0x7f], FrameError::Address),
            (&[0x02, 0x00, 0x7f], FrameError::Address),
            (&[0x02, 0x01], FrameError::Short),
            (&[0x02, 0x01, 0x01], FrameError::Short),
            (&[0x02, 0x01, 0x87, 0x00], FrameError::WrongLength),
            (&[0x02, 0x01, 0x7f, 0x00], FrameError::InformationNotPermitted),
            (&[0x02, 0x01, 0xff], FrameError::UndefinedControl(0xff)),
            (&too_long, FrameError::TooLong),
        ];
        for (octets, error) in refused {
            assert_eq!(Frame::parse(octets), Err(error), "{octets:02x?}");
        }
    }

    #[test]
    fn sequence_numbers_count_modulo_128() {
        let last = SequenceNumber::new(127);
        assert_eq!(last.next(), SequenceNumber::new(0));
        assert_eq!(SequenceNumber::new(2).steps_from(SequenceNumber::new(126)), 4);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_panic_and_what_is_read_is_written_back(
            octets in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            if let Ok(frame) = Frame::parse(&octets) {
                let written = frame.emit();
                prop_assert_eq!(Frame::parse(&written), Ok(frame));
            }
        }

        #[test]
        fn every_control_field_with_a_good_address_is_decided(control in prop::collection::vec(any::<u8>(), 0..8)) {
            let octets = [&[0x02, 0x01][..], &control].concat();
            match Frame::parse(&octets) {
                Ok(frame) => {
                    let written = frame.emit();
                    prop_assert_eq!(written.as_slice(), octets.as_slice());
                }
                Err(error) => prop_assert!(error != FrameError::Address),
            }
        }
    }
}
