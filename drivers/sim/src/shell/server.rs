//! Holds a world: ticks it, and carries packets between it, the boxes and outside exchanges.
//!
//! When a box goes away the world goes on: lines stay as they are and hear silence, until a box attaches again.

use std::{
    io,
    os::fd::AsFd,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    time::Duration,
};

use frame::{LANES, OCTETS_PER_TICK, SpanId, Time};
use nix::poll::{PollFd, PollFlags};
use os::Clock;

use super::{
    message::{Half, MESSAGE_OCTETS, Message, Refusal, Writer},
    peer::{PeerSeat, PeerSockets},
    seat::{FromBox, Seat},
    socket::{Listener, Packets, Received, poll_for},
    ticker::Ticker,
};
use crate::{
    lanes::{LANES_OCTETS, Lanes},
    operator::{Operator, OperatorEvent},
    outbox::WorldOutput,
    world::{World, WorldInput},
};

/// The loop looks at `stop` and at its operator at least so often.
const LOOK: Duration = Duration::from_millis(10);

/// Connections that may wait to say who they are: as many as the socket lets wait. Beyond it the oldest is closed.
const STRANGERS_MAX: usize = 64;

/// Where the holder listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sockets {
    /// The line socket, to which boxes attach.
    pub lines: PathBuf,
    /// The sockets of outside exchanges; the world must have been made with the same spans.
    pub peers: Vec<PeerSockets>,
}

/// Who operates the outside: the demo, a test, a page that plays telephone.
#[derive(Debug)]
pub struct OperatorPort {
    /// What is done.
    pub acts: mpsc::Receiver<Operator>,
    /// What is told. A receiver that is gone is no error.
    pub told: mpsc::Sender<OperatorEvent>,
}

/// Why a holder can't start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A socket can't be made; often another holder is running.
    #[error("can't listen at {path}: {why}")]
    Listen {
        /// Where.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
    /// The kernel gave no timer.
    #[error("no timer: {0}")]
    Timer(io::Error),
}

/// Holds `world` until `stop` is set: in a thread, or as the work of a process.
///
/// # Errors
/// [`ServeError`], before anything was served.
pub fn serve(world: World, sockets: &Sockets, operator: OperatorPort, stop: &AtomicBool) -> Result<(), ServeError> {
    Server::bind(world, sockets, operator)?.run(stop);
    Ok(())
}

/// A holder whose sockets are there: whoever attaches now is served as soon as it runs.
pub struct Server {
    world: World,
    listener: Listener,
    ticker: Ticker,
    /// Connections that have not said which card they want.
    strangers: Vec<Packets>,
    seats: Vec<Seat>,
    peers: Vec<PeerSeat>,
    operator: OperatorPort,
    buffer: Box<[u8]>,
}

impl Server {
    /// Makes the sockets.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn bind(world: World, sockets: &Sockets, operator: OperatorPort) -> Result<Server, ServeError> {
        let listen = |path: &PathBuf, why| ServeError::Listen { path: path.clone(), why };
        let listener = Listener::bind(&sockets.lines).map_err(|why| listen(&sockets.lines, why))?;
        let peers: Result<_, _> = sockets.peers.iter().map(|peer| PeerSeat::bind(peer, listen)).collect();
        Ok(Server {
            seats: world.cards().map(|(serial, infos)| Seat::new(serial, infos)).collect(),
            listener,
            ticker: Ticker::new().map_err(ServeError::Timer)?,
            strangers: Vec::new(),
            peers: peers?,
            operator,
            buffer: vec![0; MESSAGE_OCTETS].into(),
            world,
        })
    }

    /// Holds the world until `stop` is set.
    pub fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Relaxed) {
            self.wait();
            self.work();
        }
    }

    fn wait(&self) {
        let strangers = self.strangers.iter().map(AsFd::as_fd);
        let own = [self.listener.as_fd(), self.ticker.as_fd()].into_iter().chain(strangers);
        let seats = self.seats.iter().flat_map(Seat::fds);
        let peers = self.peers.iter().flat_map(PeerSeat::fds);
        let mut fds: Vec<_> = own.chain(seats).chain(peers).map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        poll_for(&mut fds, LOOK);
    }

    fn work(&mut self) {
        self.take_from_boxes();
        self.take_from_operator();
        self.welcome();
        self.take_from_peers();
        self.tick_by_own_clock();
    }

    /// Takes what the boxes sent, and notices those that are gone: before new ones are welcomed.
    fn take_from_boxes(&mut self) {
        for seat in 0..self.seats.len() {
            for half in [Half::Audio, Half::Signal] {
                while let Some(from_box) = self.seats[seat].receive(half, &mut self.buffer) {
                    self.take_from_box(seat, from_box);
                }
            }
        }
    }

    fn take_from_box(&mut self, seat: usize, from_box: FromBox) {
        match from_box {
            FromBox::Packet(octets) => self.take_packet(seat, octets),
            FromBox::Left(Half::Audio) => self.input(WorldInput::Detached { card: self.seats[seat].serial }),
            FromBox::Left(Half::Signal) => {}
        }
    }

    fn take_packet(&mut self, seat: usize, octets: usize) {
        let now = Clock.now();
        match Message::parse(&self.buffer[..octets]) {
            Ok(Message::Tick { lanes, .. }) => {
                for (info, lanes) in self.seats[seat].infos.iter().zip(lanes.chunks_exact(LANES_OCTETS)) {
                    let block = &block_of(lanes);
                    self.world.handle_input(now, WorldInput::BlockFromBox { span: info.span, block });
                }
            }
            // A box speaks for its own card only.
            Ok(Message::Frame { span, octets }) if self.seats[seat].has(span) => {
                self.world.handle_input(now, WorldInput::FrameFromBox { span, octets });
            }
            Ok(Message::Command { span, timeslot, command }) if self.seats[seat].has(span) => {
                self.world.handle_input(now, WorldInput::Command { span, timeslot, command });
            }
            _ => {}
        }
        self.give_outputs();
    }

    fn take_from_operator(&mut self) {
        while let Ok(act) = self.operator.acts.try_recv() {
            self.input(WorldInput::Operator(act));
        }
    }

    /// Takes new connections, and seats those that have said who they are.
    fn welcome(&mut self) {
        self.strangers.extend(std::iter::from_fn(|| self.listener.accept()));
        let too_many = self.strangers.len().saturating_sub(STRANGERS_MAX);
        self.strangers.drain(..too_many);
        for stranger in std::mem::take(&mut self.strangers) {
            match stranger.receive(&mut self.buffer) {
                Received::Packet(octets) => self.seat(stranger, octets),
                Received::Nothing => self.strangers.push(stranger),
                Received::Gone => {}
            }
        }
    }

    fn seat(&mut self, stranger: Packets, octets: usize) {
        let Ok(Message::Hello { half, serial }) = Message::parse(&self.buffer[..octets]) else { return };
        let refusal = match self.seats.iter_mut().find(|seat| seat.serial == serial) {
            Some(seat) if seat.is_free(half) => {
                seat.take(half, stranger);
                if half == Half::Audio {
                    self.input(WorldInput::Attached { card: serial });
                }
                return;
            }
            Some(_) => Refusal::Taken,
            None => Refusal::NoSuchCard,
        };
        // Whoever is refused may be gone by now.
        let _ = stranger.send(Writer::new().refused(refusal));
    }

    fn take_from_peers(&mut self) {
        for peer in 0..self.peers.len() {
            self.peers[peer].accept();
            let span = self.peers[peer].span;
            while let Some(octets) = self.peers[peer].receive_frame() {
                self.world.handle_input(Clock.now(), WorldInput::FrameFromPeer { span, octets });
            }
            self.give_outputs();
            while self.take_peer_tick(peer, span) {
                // A peer that makes up for lost time must not starve the boxes whose audio its ticks need.
                self.take_from_boxes();
            }
        }
    }

    /// One tick of an outside exchange is one tick of the world, and is answered.
    fn take_peer_tick(&mut self, peer: usize, span: SpanId) -> bool {
        let Some(tick) = self.peers[peer].receive_tick() else { return false };
        let now = Clock.now();
        self.input_at(now, WorldInput::BlockFromPeer { span, block: &tick.block });
        // With several exchanges the first one is the clock; the others' blocks wait for its ticks.
        if self.clocking_peer(now) == Some(peer) {
            self.tick(now);
        }
        if let Some(block) = self.world.to_peer(span) {
            self.peers[peer].answer(&tick, block);
        }
        true
    }

    fn clocking_peer(&self, now: Time) -> Option<usize> {
        self.peers.iter().position(|peer| self.world.is_clocked_by_peer(peer.span, now))
    }

    fn tick_by_own_clock(&mut self) {
        let due = self.ticker.due();
        let now = Clock.now();
        if self.clocking_peer(now).is_none() {
            (0..due).for_each(|_| self.tick(now));
        }
        self.input_at(now, WorldInput::Timeout);
    }

    fn tick(&mut self, now: Time) {
        let Server { world, seats, .. } = self;
        world.tick(now, &mut |span, block| {
            if let Some(seat) = seats.iter_mut().find(|seat| seat.has(span)) {
                seat.deliver(block);
            }
        });
        self.give_outputs();
    }

    fn input(&mut self, input: WorldInput<'_>) {
        self.input_at(Clock.now(), input);
    }

    fn input_at(&mut self, now: Time, input: WorldInput<'_>) {
        self.world.handle_input(now, input);
        self.give_outputs();
    }

    fn give_outputs(&mut self) {
        while let Some(output) = self.world.poll_output() {
            match output {
                WorldOutput::FrameToBox { span, octets } => {
                    self.with_seat(span, |seat| {
                        seat.signal(|writer| {
                            writer.frame(span, &octets);
                        });
                    });
                }
                WorldOutput::BadFrameToBox { span, fault } => {
                    self.with_seat(span, |seat| {
                        seat.signal(|writer| {
                            writer.bad_frame(span, fault);
                        });
                    });
                }
                WorldOutput::EventToBox(event) => self.with_seat(event.span, |seat| seat.event(&event)),
                WorldOutput::FrameToPeer { span, octets } => self.give_to_peer(span, &octets),
                WorldOutput::Told(event) => {
                    // Nobody has to listen.
                    let _ = self.operator.told.send(event);
                }
            }
        }
    }

    fn with_seat(&mut self, span: SpanId, act: impl FnOnce(&mut Seat)) {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.has(span)) {
            act(seat);
        }
    }

    fn give_to_peer(&mut self, span: SpanId, octets: &[u8]) {
        if let Some(peer) = self.peers.iter_mut().find(|peer| peer.span == span) {
            peer.send_frame(octets);
        }
    }
}

fn block_of(lanes: &[u8]) -> Lanes {
    let mut block = [[0; OCTETS_PER_TICK]; LANES];
    block.as_flattened_mut().copy_from_slice(lanes);
    block
}
