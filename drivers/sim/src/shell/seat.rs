//! One card at the holder: which box has its halves, and what goes to it.

use std::os::fd::{AsFd, BorrowedFd};

use frame::{CardSerial, SpanId};
use line::{LineEvent, SpanInfo};

use super::{
    message::{Half, Writer},
    socket::{Packets, Received},
};
use crate::lanes::Lanes;

/// The place of one card.
pub(crate) struct Seat {
    pub(crate) serial: CardSerial,
    pub(crate) infos: Vec<SpanInfo>,
    audio: Option<Packets>,
    signal: Option<Packets>,
    /// The tick that is being put together for the box.
    tick: Writer,
    ticks: u64,
    writer: Writer,
    /// What a box was too slow to take.
    lost: u64,
}

/// What [`Seat::receive`] brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FromBox {
    Packet(usize),
    /// The box let go of this half, or died.
    Left(Half),
}

impl Seat {
    pub(crate) fn new(serial: CardSerial, infos: Vec<SpanInfo>) -> Seat {
        let mut tick = Writer::new();
        tick.begin_tick(0);
        Seat { serial, infos, audio: None, signal: None, tick, ticks: 0, writer: Writer::new(), lost: 0 }
    }

    pub(crate) fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.audio.iter().chain(&self.signal).map(AsFd::as_fd)
    }

    pub(crate) fn has(&self, span: SpanId) -> bool {
        self.infos.iter().any(|info| info.span == span)
    }

    pub(crate) fn is_free(&self, half: Half) -> bool {
        match half {
            Half::Audio => self.audio.is_none(),
            Half::Signal => self.signal.is_none(),
        }
    }

    /// Gives a half to a box. Where it is gone already, [`Seat::receive`] will say so.
    pub(crate) fn take(&mut self, half: Half, packets: Packets) {
        let _ = packets.send(self.writer.welcome(&self.infos));
        match half {
            Half::Audio => self.audio = Some(packets),
            Half::Signal => self.signal = Some(packets),
        }
    }

    /// The next packet of a half.
    pub(crate) fn receive(&mut self, half: Half, buffer: &mut [u8]) -> Option<FromBox> {
        let connection = match half {
            Half::Audio => &mut self.audio,
            Half::Signal => &mut self.signal,
        };
        match connection.as_ref()?.receive(buffer) {
            Received::Packet(octets) => Some(FromBox::Packet(octets)),
            Received::Nothing => None,
            Received::Gone => {
                *connection = None;
                Some(FromBox::Left(half))
            }
        }
    }

    /// Adds a block to the tick; the last span's block sends it.
    pub(crate) fn deliver(&mut self, block: &Lanes) {
        if self.audio.is_none() {
            return;
        }
        self.tick.lanes(block);
        if self.tick.spans_in_tick() == self.infos.len() {
            self.lost += u64::from(!sent(self.audio.as_ref(), self.tick.packet()));
            self.ticks += 1;
            self.tick.begin_tick(self.ticks);
        }
    }

    pub(crate) fn event(&mut self, event: &LineEvent) {
        self.lost += u64::from(!sent(self.audio.as_ref(), self.writer.event(event)));
    }

    /// Sends what `write` writes to the signal half.
    pub(crate) fn signal(&mut self, write: impl FnOnce(&mut Writer)) {
        write(&mut self.writer);
        self.lost += u64::from(!sent(self.signal.as_ref(), self.writer.packet()));
    }
}

/// False where a box is there and too slow. With nobody there nothing is lost: the line goes on.
fn sent(connection: Option<&Packets>, packet: &[u8]) -> bool {
    connection.is_none_or(|packets| packets.send(packet).is_ok())
}
