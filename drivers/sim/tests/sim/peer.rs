//! An outside exchange: PEER.md as its other side speaks it, and what a box sees of it.

use std::{io, os::fd::AsRawFd, os::fd::OwnedFd, path::Path, time::Duration};

use frame::{Law, SpanTick, TICK, Time};
use line::{Alarms, Audio, Block, Event, Signal, SignalInput};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, socket};
use os::Clock;
use sim::{ALL_ONES, Fault, Operator, PEER_SILENCE, PREFILL, World, WorldInput, WorldOutput};

use super::{
    board::{Bench, E1, board},
    socket::{Holder, PATIENCE, wait_event},
};

/// One side of a socket, as a stranger's program opens it.
fn connected(path: &Path) -> OwnedFd {
    let fd = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::empty(), None).unwrap();
    connect(fd.as_raw_fd(), &UnixAddr::new(path).unwrap()).unwrap();
    fd
}

fn message(number: u64, octet: u8) -> Vec<u8> {
    let mut message = b"RFPA\x01\0\0\0".to_vec();
    message.extend(number.to_le_bytes());
    message.extend([octet; 2560]);
    message
}

fn receive(fd: &OwnedFd) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 4096];
    let octets = recv(fd.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
    Ok(buffer[..octets].to_vec())
}

fn peer_bench() -> Bench {
    Bench::on(World::new(&board(), &[E1], 1), "E1")
}

/// One block of the peer, and the tick that it is.
fn peer_tick(bench: &mut Bench, octet: u8) {
    bench.now += TICK;
    let block = [[octet; 80]; 32];
    bench.direct.world().handle_input(bench.now, WorldInput::BlockFromPeer { span: E1, block: &block });
    bench.direct.tick(bench.now);
}

#[test]
fn the_box_reads_what_the_peer_sent_and_the_peer_hears_the_box_two_ticks_later() {
    let mut e1 = peer_bench();
    let mut tick = SpanTick::silent(E1, Law::A);
    for number in 0..200_u8 {
        peer_tick(&mut e1, number);
        assert_eq!(e1.audio.read(&mut tick), Block::Fresh);
        assert_eq!(tick.rx, [[number; 80]; 32]);
        let to_peer = *e1.direct.world().to_peer(E1).unwrap();
        let delay = PREFILL as u8;
        let expected = if number < delay { Law::A.silence() } else { number - delay };
        assert_eq!(to_peer, [[expected; 80]; 32], "tick {number}");
        tick.tx = [[number; 80]; 32];
        e1.audio.write(&tick);
    }
}

#[test]
fn a_silent_peer_is_red_after_a_second_and_back_at_its_first_block() {
    let mut e1 = peer_bench();
    assert_eq!(e1.run(0), [(0, Event::Alarms(Alarms::RED))], "nobody has connected yet");
    peer_tick(&mut e1, 1);
    assert_eq!(e1.run(0), [(10, Event::Alarms(Alarms::NONE))]);
    assert!(e1.direct.world().is_clocked_by_peer(E1, e1.now));
    let gone = 10 + PEER_SILENCE.as_millis() as u64;
    assert_eq!(e1.run(5000), [(gone, Event::Alarms(Alarms::RED))]);
    assert!(!e1.direct.world().is_clocked_by_peer(E1, e1.now));
    e1.tick();
    let mut tick = SpanTick::silent(E1, Law::A);
    while e1.audio.read(&mut tick) == Block::Fresh {}
    assert_eq!(tick.rx, ALL_ONES);
    peer_tick(&mut e1, 1);
    let told: Vec<Event> = e1.run(0).into_iter().map(|(_, event)| event).collect();
    assert!(told.contains(&Event::Alarms(Alarms::NONE)), "{told:?}");
}

#[test]
fn frames_pass_both_ways_until_the_cable_is_cut() {
    let mut world = World::new(&board(), &[E1], 1);
    let frame = [2, 1, 0x7f];
    for (cut, expected) in [(false, 2), (true, 0)] {
        let fault = Operator::Fault(Fault::Cable { span: E1, cut });
        world.handle_input(Time::ZERO, WorldInput::Operator(fault));
        world.handle_input(Time::ZERO, WorldInput::FrameFromPeer { span: E1, octets: &frame });
        world.handle_input(Time::ZERO, WorldInput::FrameFromBox { span: E1, octets: &frame });
        let outputs: Vec<WorldOutput> = std::iter::from_fn(|| world.poll_output()).collect();
        let carried = [
            WorldOutput::FrameToBox { span: E1, octets: frame.to_vec() },
            WorldOutput::FrameToPeer { span: E1, octets: frame.to_vec() },
        ];
        assert_eq!(outputs, carried[..expected]);
    }
}

#[test]
fn damaged_frames_are_told_to_the_box_and_dropped_towards_the_peer() {
    let mut world = World::new(&board(), &[E1], 7);
    let fault = Fault::Frames { span: E1, lost_permille: 100, damaged_permille: 200 };
    world.handle_input(Time::ZERO, WorldInput::Operator(Operator::Fault(fault)));
    for _ in 0..1000 {
        world.handle_input(Time::ZERO, WorldInput::FrameFromPeer { span: E1, octets: &[1] });
        world.handle_input(Time::ZERO, WorldInput::FrameFromBox { span: E1, octets: &[2] });
    }
    let outputs: Vec<WorldOutput> = std::iter::from_fn(|| world.poll_output()).collect();
    let count = |wanted: fn(&WorldOutput) -> bool| outputs.iter().filter(|output| wanted(output)).count();
    let to_box = count(|output| matches!(output, WorldOutput::FrameToBox { .. }));
    let bad = count(|output| matches!(output, WorldOutput::BadFrameToBox { .. }));
    let to_peer = count(|output| matches!(output, WorldOutput::FrameToPeer { .. }));
    assert!((640..760).contains(&to_box) && (150..250).contains(&bad) && (640..760).contains(&to_peer));
}

#[test]
fn over_its_sockets_the_peer_is_the_clock() {
    let holder = Holder::start(true);
    let audio_path = holder.dir.path().join("a");
    let (d_channel, peer) = (connected(&holder.dir.path().join("d")), connected(&audio_path));
    let (mut audio, mut signal) = holder.open("E1");
    let mut tick = SpanTick::silent(E1, Law::A);
    let (mut read, mut heard) = (Vec::new(), Vec::new());
    // A hundred ticks as fast as they can be answered: the clock on the wall has nothing to say.
    for number in 0..100_u64 {
        send(peer.as_raw_fd(), &message(number, number as u8), MsgFlags::empty()).unwrap();
        let answer = receive(&peer).unwrap();
        assert_eq!(
            (answer.len(), &answer[..8], &answer[8..16]),
            (2576, &b"RFPA\x01\0\0\0"[..], &number.to_le_bytes()[..])
        );
        heard.push(answer[16 + 80]);
        audio.wait(Clock.now() + PATIENCE);
        while audio.read(&mut tick) == Block::Fresh {
            read.push(tick.rx[1][0]);
            tick.tx = [[tick.rx[1][0]; 80]; 32];
            audio.write(&tick);
        }
    }
    // Ticks of the own clock may have come before the first message; they are all ones.
    let first = read.iter().position(|octet| *octet != 0xff).unwrap();
    assert_eq!(read[first..], (0..100).collect::<Vec<u8>>());
    let echo = heard.iter().position(|octet| *octet == 0).expect("the box's first answer is heard");
    assert!(heard[echo..].iter().enumerate().all(|(at, octet)| usize::from(*octet) == at), "{heard:?}");

    send(d_channel.as_raw_fd(), &[2, 1, 0x7f], MsgFlags::empty()).unwrap();
    let deadline = Clock.now() + PATIENCE;
    let frame = loop {
        assert!(Clock.now() < deadline);
        if let Some(input) = signal.poll() {
            break input;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    assert_eq!(frame, SignalInput::Frame { span: E1, octets: vec![2, 1, 0x7f] });
    signal.send_frame(E1, &[0, 1, 0x73]).unwrap();
    assert_eq!(receive(&d_channel).unwrap(), [0, 1, 0x73]);

    drop(peer);
    wait_event(&mut audio, Event::Alarms(Alarms::RED));
    let again = connected(&audio_path);
    send(again.as_raw_fd(), &message(0, 5), MsgFlags::empty()).unwrap();
    wait_event(&mut audio, Event::Alarms(Alarms::NONE));
}
