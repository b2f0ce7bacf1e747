//! An E1 or T1: a cable, and at its far end either our own exchange or an outside one.
//!
//! Source: ITU-T G.704 (timeslot 0 is framing). An outside exchange is the clock of its span: each block it sends is one
//! tick, and none for a second is a loss of signal (PEER.md).

use std::time::Duration;

use frame::{Law, SpanId, Time, Timeslot};
use isdn::{LineKind, Role};
use line::{Event, FrameFault};

use crate::{
    exchange::{Exchange, ExchangeAct},
    fault::{Dice, Fate, Noise},
    lanes::{ALL_ONES, Lanes, silent},
    outbox::{Outbox, WorldOutput},
    party::Party,
    receiver::{DEBOUNCE, Receiver},
};

/// An outside exchange that sends no block for so long is gone.
pub const PEER_SILENCE: Duration = Duration::from_secs(1);

/// One span.
pub(crate) struct Trunk {
    span: SpanId,
    far: FarEnd,
    receiver: Receiver,
    cut: bool,
    noise: Noise,
    dice: Dice,
}

enum FarEnd {
    Own(Box<Exchange>),
    Peer(Box<PeerLine>),
}

/// The audio to and from an outside exchange.
struct PeerLine {
    /// What it sent for the next tick; silence once used.
    from_peer: Lanes,
    /// What the box sent in the latest tick.
    to_peer: Lanes,
    silence: Lanes,
    heard_at: Option<Time>,
}

impl Trunk {
    /// A span behind which our own exchange stands.
    pub(crate) fn with_own_exchange(span: SpanId, law: Law, line: LineKind, dice: Dice) -> Trunk {
        Trunk::new(span, FarEnd::Own(Box::new(Exchange::new(span, law, line, Role::Network))), true, dice)
    }

    /// Puts a private exchange, in the user's role, where our public one stands. False where an outside one does.
    pub(crate) fn private_exchange(&mut self, law: Law) -> bool {
        let FarEnd::Own(exchange) = &mut self.far else { return false };
        **exchange = Exchange::new(self.span, law, exchange.line(), Role::User);
        true
    }

    /// A span to which an outside exchange connects. Until it does there is no signal.
    pub(crate) fn for_peer(span: SpanId, law: Law, dice: Dice) -> Trunk {
        let silence = silent(law);
        let line = PeerLine { from_peer: silence, to_peer: silence, silence, heard_at: None };
        Trunk::new(span, FarEnd::Peer(Box::new(line)), false, dice)
    }

    fn new(span: SpanId, far: FarEnd, signal: bool, dice: Dice) -> Trunk {
        Trunk { span, far, receiver: Receiver::new(signal), cut: false, noise: Noise::default(), dice }
    }

    pub(crate) fn exchange(&mut self) -> Option<&mut Exchange> {
        match &mut self.far {
            FarEnd::Own(exchange) => Some(exchange),
            FarEnd::Peer(_) => None,
        }
    }

    pub(crate) fn party(&mut self, timeslot: Timeslot) -> Option<&mut Party> {
        self.exchange()?.party(timeslot)
    }

    /// Cuts the cable, or joins it again.
    pub(crate) fn cut(&mut self, cut: bool, out: &mut Outbox) {
        self.cut = cut;
        self.judge(out.now, DEBOUNCE);
        let up = !cut;
        if let Some(exchange) = self.exchange() {
            exchange.layer1(up, out);
        }
        self.deliver(out);
    }

    /// Sets how bad the D-channel is.
    pub(crate) fn set_noise(&mut self, noise: Noise) {
        self.noise = noise;
    }

    /// A D-channel frame of the box.
    pub(crate) fn frame_from_box(&mut self, octets: &[u8], out: &mut Outbox) {
        // A receiver drops what is damaged, so towards the far end damaged is lost.
        if self.cut || self.noise.fate(&mut self.dice) != Fate::Arrives {
            return;
        }
        match &mut self.far {
            FarEnd::Own(exchange) => exchange.frame(octets, out),
            FarEnd::Peer(_) => out.push(WorldOutput::FrameToPeer { span: self.span, octets: octets.to_vec() }),
        }
        self.deliver(out);
    }

    /// A D-channel frame of the outside exchange.
    pub(crate) fn frame_from_peer(&mut self, octets: &[u8], out: &mut Outbox) {
        if matches!(self.far, FarEnd::Peer(_)) {
            self.carry_to_box(octets.to_vec(), out);
        }
    }

    /// The outside exchange's audio for the next tick.
    pub(crate) fn block_from_peer(&mut self, now: Time, block: &Lanes) {
        let FarEnd::Peer(line) = &mut self.far else { return };
        line.from_peer = *block;
        line.heard_at = Some(now);
        self.judge(now, Duration::ZERO);
    }

    /// What the outside exchange hears in the latest tick.
    pub(crate) fn to_peer(&self) -> Option<&Lanes> {
        match &self.far {
            FarEnd::Peer(line) => Some(&line.to_peer),
            FarEnd::Own(_) => None,
        }
    }

    /// Whether an outside exchange is the clock of this span now.
    pub(crate) fn is_clocked_by_peer(&self, now: Time) -> bool {
        matches!(&self.far, FarEnd::Peer(line) if line.is_heard(now))
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let far = match &self.far {
            FarEnd::Own(exchange) => exchange.next_deadline(),
            FarEnd::Peer(line) => line.gone_at(),
        };
        far.into_iter().chain(self.receiver.next_deadline()).min()
    }

    pub(crate) fn advance(&mut self, out: &mut Outbox) {
        if let FarEnd::Own(exchange) = &mut self.far {
            exchange.advance(out);
        }
        self.judge(out.now, Duration::ZERO);
        while let Some(alarms) = self.receiver.timeout(out.now) {
            out.span_event(self.span, Event::Alarms(alarms));
        }
        self.deliver(out);
    }

    /// Something is asked of our own exchange. False where an outside one stands there.
    pub(crate) fn operate(&mut self, act: ExchangeAct, out: &mut Outbox) -> bool {
        let Some(exchange) = self.exchange() else { return false };
        exchange.act(act, out);
        self.deliver(out);
        true
    }

    /// Tells a box that attaches how the span is.
    pub(crate) fn snapshot(&self, out: &mut Outbox) {
        out.span_event(self.span, Event::Alarms(self.receiver.alarms()));
    }

    pub(crate) fn tick(&mut self, heard: &Lanes, said: &mut Lanes, out: &mut Outbox) {
        let heard = if self.cut { &ALL_ONES } else { heard };
        match &mut self.far {
            FarEnd::Own(exchange) => exchange.tick(heard, said, out),
            FarEnd::Peer(line) => line.tick(heard, said),
        }
        if self.has_no_signal(out.now) {
            *said = ALL_ONES;
        }
    }

    fn has_no_signal(&self, now: Time) -> bool {
        let gone = matches!(&self.far, FarEnd::Peer(line) if !line.is_heard(now));
        self.cut || gone
    }

    /// Tells the receiver what there is. A cut cable is debounced; an outside exchange was waited for long enough.
    fn judge(&mut self, now: Time, debounce: Duration) {
        let debounce = if self.cut { DEBOUNCE } else { debounce };
        if let FarEnd::Peer(line) = &mut self.far {
            line.forget_when_gone(now);
        }
        self.receiver.signal(now, !self.has_no_signal(now), debounce);
    }

    /// Carries the frames of our own exchange to the box.
    fn deliver(&mut self, out: &mut Outbox) {
        while let Some(octets) = self.exchange().and_then(Exchange::poll_frame) {
            self.carry_to_box(octets, out);
        }
    }

    fn carry_to_box(&mut self, octets: Vec<u8>, out: &mut Outbox) {
        let span = self.span;
        let fate = if self.cut { Fate::Lost } else { self.noise.fate(&mut self.dice) };
        match fate {
            Fate::Arrives => out.push(WorldOutput::FrameToBox { span, octets }),
            Fate::Damaged => out.push(WorldOutput::BadFrameToBox { span, fault: FrameFault::BadFcs }),
            Fate::Lost => {}
        }
    }
}

impl PeerLine {
    fn tick(&mut self, heard: &Lanes, said: &mut Lanes) {
        self.to_peer = *heard;
        *said = std::mem::replace(&mut self.from_peer, self.silence);
    }

    fn forget_when_gone(&mut self, now: Time) {
        if !self.is_heard(now) {
            self.heard_at = None;
        }
    }

    fn gone_at(&self) -> Option<Time> {
        self.heard_at.map(|at| at + PEER_SILENCE)
    }

    fn is_heard(&self, now: Time) -> bool {
        self.gone_at().is_some_and(|gone| now < gone)
    }
}
