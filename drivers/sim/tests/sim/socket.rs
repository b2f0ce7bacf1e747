//! A box attaches over the line socket, dies, and attaches again. The holder runs in a thread of its own, with the real
//! clock; nothing here asserts a time but time-outs.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use frame::{Law, SpanTick};
use line::{Alarms, Audio, Block, Event, LineCommand, Ready, Signal, SignalInput};
use os::Clock;
use sim::{
    Act, HandsetAct, LineAct, Operator, OperatorEvent, Say, Told, World, open,
    shell::{OperatorPort, PeerSockets, SimAudio, SimSignal, Sockets, serve},
};
use tempfile::TempDir;

use super::board::{E1, FXO, FXS, board, lane, serial};

/// Far beyond what anything here takes, on any machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A holder of simulated cards, stopped when it is dropped.
pub struct Holder {
    pub dir: TempDir,
    pub acts: mpsc::Sender<Operator>,
    pub told: mpsc::Receiver<OperatorEvent>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Holder {
    pub fn start(peer: bool) -> Holder {
        Holder::start_in(tempfile::tempdir().unwrap(), peer)
    }

    fn start_in(dir: TempDir, peer: bool) -> Holder {
        let path = |name: &str| dir.path().join(name);
        let peers = PeerSockets { span: E1, d_channel: path("d"), audio: path("a") };
        let sockets = Sockets { lines: path("lines"), peers: if peer { vec![peers] } else { vec![] } };
        let world = World::new(&board(), if peer { &[E1] } else { &[] }, 1);
        let (acts, acts_end) = mpsc::channel();
        let (told_end, told) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let port = OperatorPort { acts: acts_end, told: told_end };
        let thread = std::thread::spawn(move || serve(world, &sockets, port, &stopped).unwrap());
        let holder = Holder { dir, acts, told, stop, thread: Some(thread) };
        let deadline = Clock.now() + PATIENCE;
        while !holder.lines().exists() && Clock.now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        holder
    }

    pub fn lines(&self) -> PathBuf {
        self.dir.path().join("lines")
    }

    pub fn open(&self, card: &str) -> (SimAudio, SimSignal) {
        open(&self.lines(), serial(card)).unwrap()
    }

    fn wait_told(&self, wanted: impl Fn(&Told) -> bool) -> Told {
        loop {
            let event = self.told.recv_timeout(PATIENCE).expect("it is told in time");
            if wanted(&event.told) {
                return event.told;
            }
        }
    }

    fn halt(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.halt();
    }
}

/// Reads and writes ticks until `done`, as a media thread does; what was read goes through `each`.
pub fn work(audio: &mut SimAudio, mut each: impl FnMut(&mut SpanTick), mut done: impl FnMut(&mut SimAudio) -> bool) {
    let mut tick = SpanTick::silent(audio.spans()[0].span, Law::A);
    let deadline = Clock.now() + PATIENCE;
    while !done(audio) {
        assert!(Clock.now() < deadline, "it does not come");
        if let Ready::Blocks { blocks } = audio.wait(Clock.now() + Duration::from_millis(50)) {
            for _ in 0..blocks {
                assert_eq!(audio.read(&mut tick), Block::Fresh);
                each(&mut tick);
                audio.write(&tick);
            }
        }
    }
}

pub fn wait_event(audio: &mut SimAudio, wanted: Event) {
    work(audio, |_| (), |audio| std::iter::from_fn(|| audio.poll_event()).any(|event| event.event == wanted));
}

#[test]
fn what_a_telephone_says_arrives_octet_for_octet_and_so_does_what_it_hears() {
    let holder = Holder::start(false);
    let (mut audio, _signal) = holder.open("FXS");
    let clip: Vec<u8> = (0..80_000_u32).map(|at| (at % 251) as u8).collect();
    holder.acts.send(Operator::Handset(lane(FXS, 1), HandsetAct::Lift)).unwrap();
    wait_event(&mut audio, Event::OffHook);
    let say = Say::Clip { octets: clip.clone().into(), law: Law::A, repeat: false };
    holder.acts.send(Operator::Party(lane(FXS, 1), Act::Listen)).unwrap();
    holder.acts.send(Operator::Party(lane(FXS, 1), Act::Say(say))).unwrap();
    let (mut read, mut sent) = (Vec::new(), 0_u32);
    let ticks = std::cell::Cell::new(0);
    work(
        &mut audio,
        |tick| {
            read.extend(tick.rx[1]);
            tick.tx[1] = std::array::from_fn(|at| ((sent + at as u32) % 241) as u8);
            sent += 80;
            ticks.set(ticks.get() + 1);
        },
        |_| ticks.get() == 1050,
    );
    let start = read.windows(400).position(|window| *window == clip[..400]).expect("the clip is heard");
    let rest = &read[start..];
    let len = rest.len().min(clip.len());
    assert!(len > 79_000 && rest[..len] == clip[..len], "{len} octets");
    holder.acts.send(Operator::Party(lane(FXS, 1), Act::TakeHeard)).unwrap();
    let Told::Heard { octets, .. } = holder.wait_told(|told| matches!(told, Told::Heard { .. })) else { panic!() };
    let first = octets.windows(3).position(|few| *few == [0, 1, 2]).expect("the pattern is heard");
    let pattern = &octets[first..];
    assert!(pattern.len() > 79_000);
    assert!(pattern.iter().enumerate().all(|(at, octet)| usize::from(*octet) == at % 241));
    assert_eq!(audio.lost(), 0);
}

#[test]
fn a_box_that_dies_leaves_its_lines_as_they_are_and_the_next_one_is_told_of_them() {
    let holder = Holder::start(false);
    let (mut audio, mut signal) = holder.open("FXO");
    let ring = line::Cadence { steps_ms: [(1000, 4000), (0, 0)], phase_ms: 0 };
    holder.acts.send(Operator::Line(lane(FXO, 0), LineAct::Ring(ring))).unwrap();
    wait_event(&mut audio, Event::RingBegin);
    signal.command(FXO, lane(FXO, 0).timeslot, LineCommand::OffHook).unwrap();
    holder.wait_told(|told| *told == Told::LineAnswered(lane(FXO, 0)));
    holder.acts.send(Operator::Handset(lane(FXS, 2), HandsetAct::Lift)).unwrap();
    drop((audio, signal));

    // The line is still held: what the far party does is seen, and only the next box lets it go.
    let (mut audio, mut signal) = holder.open("FXO");
    work(&mut audio, |_| (), |audio| audio.lost() == 0);
    signal.command(FXO, lane(FXO, 0).timeslot, LineCommand::OnHook).unwrap();
    holder.wait_told(|told| *told == Told::LineReleased(lane(FXO, 0)));
    let (mut telephones, _signal) = holder.open("FXS");
    wait_event(&mut telephones, Event::OffHook);
    let (mut trunk, _signal) = holder.open("E1");
    wait_event(&mut trunk, Event::Alarms(Alarms::NONE));
}

#[test]
fn a_card_is_given_to_one_box_at_a_time_and_only_if_it_is_there() {
    let holder = Holder::start(false);
    let first = holder.open("FXS");
    assert_eq!(open(&holder.lines(), serial("FXS")).unwrap_err().kind(), std::io::ErrorKind::ResourceBusy);
    assert_eq!(open(&holder.lines(), serial("PRI")).unwrap_err().kind(), std::io::ErrorKind::AddrNotAvailable);
    drop(first);
    holder.open("FXS");
    assert!(open(&holder.dir.path().join("nobody"), serial("FXS")).is_err());
}

#[test]
fn a_holder_that_goes_away_is_told_and_found_again() {
    let mut holder = Holder::start(false);
    let (mut audio, mut signal) = holder.open("FXS");
    holder.halt();
    let deadline = Clock.now() + PATIENCE;
    while audio.wait(Clock.now() + Duration::from_millis(20)) != Ready::Gone {
        let mut tick = SpanTick::silent(FXS, Law::A);
        while audio.read(&mut tick) == Block::Fresh {}
        assert!(Clock.now() < deadline);
    }
    assert_eq!(wait_signal(&mut signal), SignalInput::Gone { span: FXS });
    assert_eq!(signal.send_frame(FXS, &[0]).unwrap_err().kind(), std::io::ErrorKind::NotConnected);

    let dir = std::mem::replace(&mut holder.dir, tempfile::tempdir().unwrap());
    let again = Holder::start_in(dir, false);
    assert_eq!(wait_signal(&mut signal), SignalInput::Back { span: FXS });
    again.acts.send(Operator::Handset(lane(FXS, 0), HandsetAct::Lift)).unwrap();
    wait_event(&mut audio, Event::OffHook);
}

/// Waits as control does: on the descriptor that never changes.
fn wait_signal(signal: &mut SimSignal) -> SignalInput {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    let deadline = Clock.now() + PATIENCE;
    loop {
        if let Some(input) = signal.poll() {
            return input;
        }
        assert!(Clock.now() < deadline, "nothing comes");
        let mut fds = [PollFd::new(signal.readiness().unwrap(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut fds, PollTimeout::from(20_000_u16)).unwrap(), 1, "it becomes readable");
    }
}
