//! The box's end of one connection to the line socket, which comes back by itself.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    path::PathBuf,
    time::Duration,
};

use frame::{CardSerial, Time};
use line::SpanInfo;

use super::{
    message::{Half, Message, Refusal, Writer},
    socket::{Packets, Received},
};

/// How often a lost holder is looked for: often enough that a restart of it is not heard as a pause, and no load.
const RETRY: Duration = Duration::from_millis(100);

/// A connection for one half of a card.
#[derive(Debug)]
pub(crate) struct Link {
    path: PathBuf,
    serial: CardSerial,
    half: Half,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nobody is there; not before `retry` again.
    Gone { retry: Time },
    /// Connected, and not yet welcomed.
    Greeting(Packets),
    /// In use.
    Attached(Packets),
}

/// What a [`Link`] brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// A packet of so many octets.
    Packet(usize),
    /// The card is there, with these spans.
    Welcome(Vec<SpanInfo>),
    /// The card is gone.
    Lost,
    /// The holder does not want us.
    Refused(Refusal),
}

impl Link {
    pub(crate) fn new(path: PathBuf, serial: CardSerial, half: Half) -> Link {
        Link { path, serial, half, state: State::Gone { retry: Time::ZERO } }
    }

    /// What to wait on, while there is something.
    pub(crate) fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.state {
            State::Gone { .. } => None,
            State::Greeting(packets) | State::Attached(packets) => Some(packets.as_fd()),
        }
    }

    /// When to call [`Link::poll`] though nothing is readable.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        match self.state {
            State::Gone { retry } => Some(retry),
            State::Greeting(_) | State::Attached(_) => None,
        }
    }

    /// The next news. None where there is none yet.
    pub(crate) fn poll(&mut self, now: Time, buffer: &mut [u8]) -> Option<News> {
        match &self.state {
            State::Gone { retry } if *retry <= now => {
                self.connect(now);
                None
            }
            State::Gone { .. } => None,
            State::Greeting(packets) => match packets.receive(buffer) {
                Received::Packet(octets) => Some(self.greet(now, &buffer[..octets])),
                Received::Nothing => None,
                Received::Gone => {
                    self.lose(now);
                    None
                }
            },
            State::Attached(packets) => match packets.receive(buffer) {
                Received::Packet(octets) => Some(News::Packet(octets)),
                Received::Nothing => None,
                Received::Gone => {
                    self.lose(now);
                    Some(News::Lost)
                }
            },
        }
    }

    /// Sends a packet.
    ///
    /// # Errors
    /// `NotConnected` while the holder is away; `WouldBlock` while it is too slow.
    pub(crate) fn send(&self, packet: &[u8]) -> io::Result<()> {
        match &self.state {
            State::Attached(packets) => packets.send(packet),
            State::Gone { .. } | State::Greeting(_) => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Gives the connection up, to try again later.
    pub(crate) fn lose(&mut self, now: Time) {
        self.state = State::Gone { retry: now + RETRY };
    }

    fn connect(&mut self, now: Time) {
        let connected = Packets::connect(&self.path).and_then(|packets| {
            packets.send(Writer::new().hello(self.half, self.serial))?;
            Ok(packets)
        });
        match connected {
            Ok(packets) => self.state = State::Greeting(packets),
            Err(_) => self.lose(now),
        }
    }

    fn greet(&mut self, now: Time, packet: &[u8]) -> News {
        match Message::parse(packet) {
            Ok(Message::Welcome(spans)) => {
                if let State::Greeting(packets) = std::mem::replace(&mut self.state, State::Gone { retry: now }) {
                    self.state = State::Attached(packets);
                }
                News::Welcome(spans)
            }
            Ok(Message::Refused(refusal)) => {
                self.lose(now);
                News::Refused(refusal)
            }
            _ => {
                self.lose(now);
                News::Lost
            }
        }
    }
}
