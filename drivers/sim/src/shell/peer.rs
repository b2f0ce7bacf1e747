//! The outside exchange's two sockets: D-channel frames, and audio that is the clock. PEER.md is their description.

use std::{io, os::fd::BorrowedFd, path::PathBuf};

use frame::SpanId;
use line::FRAME_OCTETS;

use super::socket::{Listener, Packets, Received};
use crate::lanes::{LANES_OCTETS, Lanes};

/// Octets of an audio message: header and all timeslots.
pub const PEER_MESSAGE_OCTETS: usize = HEADER_OCTETS + LANES_OCTETS;
const HEADER_OCTETS: usize = 16;
const MAGIC: &[u8; 8] = b"RFPA\x01\0\0\0";

/// Where an outside exchange connects, and to which span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerSockets {
    /// The E1.
    pub span: SpanId,
    /// The socket of its D-channel.
    pub d_channel: PathBuf,
    /// The socket of its audio.
    pub audio: PathBuf,
}

/// The place of one outside exchange.
pub(crate) struct PeerSeat {
    pub(crate) span: SpanId,
    d_listener: Listener,
    audio_listener: Listener,
    d_channel: Option<Packets>,
    audio: Option<Packets>,
    buffer: [u8; PEER_MESSAGE_OCTETS + 1],
}

/// One tick that an outside exchange sent.
pub(crate) struct PeerTick {
    number: [u8; 8],
    pub(crate) block: Lanes,
}

impl PeerSeat {
    /// Makes the sockets; `refused` says which could not be made.
    pub(crate) fn bind<E>(sockets: &PeerSockets, refused: impl Fn(&PathBuf, io::Error) -> E) -> Result<PeerSeat, E> {
        let listen = |path: &PathBuf| Listener::bind(path).map_err(|why| refused(path, why));
        Ok(PeerSeat {
            span: sockets.span,
            d_listener: listen(&sockets.d_channel)?,
            audio_listener: listen(&sockets.audio)?,
            d_channel: None,
            audio: None,
            buffer: [0; PEER_MESSAGE_OCTETS + 1],
        })
    }

    pub(crate) fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        use std::os::fd::AsFd;
        let connections = self.d_channel.iter().chain(&self.audio).map(AsFd::as_fd);
        connections.chain([self.d_listener.as_fd(), self.audio_listener.as_fd()])
    }

    /// Takes connections that wait. A span has one exchange: while one is connected, others are turned away.
    pub(crate) fn accept(&mut self) {
        accept_into(&mut self.d_channel, &self.d_listener);
        accept_into(&mut self.audio, &self.audio_listener);
    }

    /// The next D-channel frame.
    pub(crate) fn receive_frame(&mut self) -> Option<&[u8]> {
        // One octet more than the longest frame, so that a longer one is seen, and dropped by whoever parses it.
        match self.d_channel.as_ref()?.receive(&mut self.buffer[..=FRAME_OCTETS]) {
            Received::Packet(octets) => Some(&self.buffer[..octets]),
            Received::Nothing => None,
            Received::Gone => {
                self.d_channel = None;
                None
            }
        }
    }

    /// The next tick. A message that is none ends the connection: its sender speaks another version.
    pub(crate) fn receive_tick(&mut self) -> Option<PeerTick> {
        match self.audio.as_ref()?.receive(&mut self.buffer) {
            Received::Packet(octets) => {
                let tick = parse(&self.buffer[..octets]);
                if tick.is_none() {
                    self.audio = None;
                }
                tick
            }
            Received::Nothing => None,
            Received::Gone => {
                self.audio = None;
                None
            }
        }
    }

    /// Answers a tick with what the exchange hears in it.
    pub(crate) fn answer(&mut self, tick: &PeerTick, block: &Lanes) {
        let message = emit(tick.number, block);
        // An exchange that does not read its answers loses them, and misses nothing else.
        let _ = self.audio.as_ref().map(|audio| audio.send(&message));
    }

    pub(crate) fn send_frame(&mut self, octets: &[u8]) {
        // Q.921 repeats what is lost.
        let _ = self.d_channel.as_ref().map(|d_channel| d_channel.send(octets));
    }
}

fn accept_into(seat: &mut Option<Packets>, listener: &Listener) {
    while let Some(packets) = listener.accept() {
        seat.get_or_insert(packets);
    }
}

fn parse(message: &[u8]) -> Option<PeerTick> {
    let (header, lanes) = message.split_at_checked(HEADER_OCTETS)?;
    let (magic, number) = header.split_at(MAGIC.len());
    if magic != MAGIC || lanes.len() != LANES_OCTETS {
        return None;
    }
    let mut block = [[0; 80]; 32];
    block.as_flattened_mut().copy_from_slice(lanes);
    Some(PeerTick { number: number.try_into().ok()?, block })
}

fn emit(number: [u8; 8], block: &Lanes) -> [u8; PEER_MESSAGE_OCTETS] {
    let mut message = [0; PEER_MESSAGE_OCTETS];
    message[..8].copy_from_slice(MAGIC);
    message[8..HEADER_OCTETS].copy_from_slice(&number);
    message[HEADER_OCTETS..].copy_from_slice(block.as_flattened());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_keeps_its_number_and_its_octets() {
        let mut block = [[7; 80]; 32];
        block[31][79] = 9;
        let message = emit(42_u64.to_le_bytes(), &block);
        let tick = parse(&message).unwrap();
        assert_eq!((tick.number, tick.block), (42_u64.to_le_bytes(), block));
        for octets in 0..message.len() {
            assert!(parse(&message[..octets]).is_none(), "{octets} octets");
        }
    }
}
