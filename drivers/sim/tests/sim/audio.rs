//! What goes through a card: exact to the sample, delayed by two ticks towards the line, nothing lost.

use std::sync::Arc;

use frame::{Law, SpanTick, TICK, Time};
use line::{Alarms, Audio, Block, Event, Ready};
use settings::SimLine;
use sim::{Act, DEBOUNCE, Fault, HandsetAct, Operator, PREFILL, Say, Told, World, WorldInput, WorldOutput};

use super::board::{Bench, E1, FXS, board, lane, serial};

/// A box that sends a numbered pattern and keeps what it reads.
fn exchange(bench: &mut Bench, tick: &mut SpanTick, number: u8) -> Block {
    bench.tick();
    let block = bench.audio.read(tick);
    tick.tx.iter_mut().for_each(|lane| *lane = std::array::from_fn(|at| number.wrapping_add(at as u8)));
    bench.audio.write(tick);
    block
}

#[test]
fn a_telephone_hears_every_octet_two_ticks_later_and_is_heard_at_once() {
    let mut fxs = Bench::new("FXS");
    let clip: Arc<[u8]> = (0..8000_u32).map(|at| (at * 7) as u8).collect();
    fxs.hand(lane(FXS, 0), HandsetAct::Lift);
    fxs.operate(Operator::Party(lane(FXS, 0), Act::Listen));
    fxs.operate(Operator::Party(lane(FXS, 0), Act::Say(Say::Clip { octets: clip.clone(), law: Law::A, repeat: true })));
    let mut tick = SpanTick::silent(FXS, Law::A);
    let mut read = Vec::new();
    for number in 0..1000_u32 {
        assert_eq!(exchange(&mut fxs, &mut tick, number as u8), Block::Fresh);
        read.extend(tick.rx[0]);
    }
    assert!(read.iter().enumerate().all(|(at, octet)| *octet == clip[at % clip.len()]));
    fxs.operate(Operator::Party(lane(FXS, 0), Act::TakeHeard));
    let heard = fxs.told().into_iter().find_map(|(_, told)| match told {
        Told::Heard { octets, .. } => Some(octets),
        _ => None,
    });
    let heard = heard.unwrap();
    assert_eq!(heard.len(), 80_000);
    let delay = PREFILL * 80;
    assert!(heard[..delay].iter().all(|octet| *octet == Law::A.silence()));
    for (block, octets) in heard[delay..].chunks_exact(80).enumerate() {
        assert!(octets.iter().enumerate().all(|(at, octet)| *octet == (block + at) as u8), "block {block}");
    }
    assert_eq!((fxs.direct.lost(), fxs.events().len()), (0, 1), "nothing lost, and no slip told");
}

#[test]
fn a_box_that_stops_writing_slips_and_one_that_is_gone_does_not() {
    let mut fxs = Bench::new("FXS");
    (0..5).for_each(|_| fxs.tick());
    let slips = fxs.events().iter().filter(|event| event.event == Event::Slip).count();
    assert_eq!(slips, 5 - PREFILL);
    fxs.direct.close(fxs.now, serial("FXS"));
    (0..500).for_each(|_| fxs.tick());
    let (audio, _signal) = fxs.direct.open(fxs.now, serial("FXS")).unwrap();
    fxs.audio = audio;
    assert!(!fxs.events().iter().any(|event| event.event == Event::Slip));
}

#[test]
fn a_world_that_no_box_is_attached_to_tells_of_no_slips() {
    let mut world = World::new(&board(), &[], 1);
    let card = serial("FXS");
    world.handle_input(Time::ZERO, WorldInput::Attached { card });
    world.handle_input(Time::ZERO, WorldInput::Detached { card });
    (0..100).for_each(|tick| world.tick(Time::from_ms(tick * 10), &mut |_, _| ()));
    let is_slip = |output: &WorldOutput| matches!(output, WorldOutput::EventToBox(event) if event.event == Event::Slip);
    assert!(!std::iter::from_fn(|| world.poll_output()).any(|output| is_slip(&output)));
}

#[test]
fn a_late_block_comes_with_the_next_and_a_lost_one_is_told() {
    let mut fxs = Bench::new("FXS");
    let mut tick = SpanTick::silent(FXS, Law::A);
    fxs.operate(Operator::Fault(Fault::LateBlock { card: serial("FXS") }));
    assert_eq!(exchange(&mut fxs, &mut tick, 0), Block::Missing);
    fxs.tick();
    assert_eq!(fxs.audio.wait(fxs.now), Ready::Blocks { blocks: 2 });
    fxs.audio.read(&mut tick);
    fxs.audio.read(&mut tick);
    fxs.events();
    fxs.operate(Operator::Fault(Fault::LostBlock { card: serial("FXS") }));
    fxs.tick();
    assert_eq!(fxs.audio.wait(fxs.now), Ready::Deadline);
    assert!(fxs.events().iter().any(|event| event.event == Event::Slip));
}

#[test]
fn a_card_on_a_crystal_of_its_own_brings_other_numbers_of_blocks() {
    let mut board = board();
    board.cards[2].sim = Some(SimLine { clock_ppm: 100, echo: None });
    let mut fxs = Bench::on(World::new(&board, &[], 1), "FXS");
    let mut tick = SpanTick::silent(FXS, Law::A);
    let mut blocks = 0;
    for _ in 0..20_000 {
        fxs.tick();
        while fxs.audio.read(&mut tick) == Block::Fresh {
            blocks += 1;
        }
    }
    assert_eq!(blocks, 20_002);
}

#[test]
fn a_cut_cable_is_all_ones_at_once_and_red_after_its_debounce() {
    let mut e1 = Bench::new("E1");
    let mut tick = SpanTick::silent(E1, Law::A);
    assert_eq!(e1.run(10), [(0, Event::Alarms(Alarms::NONE))]);
    e1.operate(Operator::Fault(Fault::Cable { span: E1, cut: true }));
    exchange(&mut e1, &mut tick, 0);
    assert!(tick.rx.as_flattened().iter().all(|octet| *octet == 0xff));
    let red_at = 10 + DEBOUNCE.as_millis() as u64;
    assert_eq!(e1.run(2000), [(red_at, Event::Alarms(Alarms::RED))]);
    e1.operate(Operator::Fault(Fault::Cable { span: E1, cut: false }));
    let joined = e1.ms(e1.now);
    assert_eq!(e1.run(2000), [(joined + 500, Event::Alarms(Alarms::NONE))]);
    exchange(&mut e1, &mut tick, 0);
    assert_eq!(tick.rx[5][0], Law::A.silence());
}

#[test]
fn the_audio_half_counts_blocks_that_wait() {
    let mut fxs = Bench::new("FXS");
    assert_eq!(fxs.audio.wait(fxs.now + TICK), Ready::Deadline);
    (0..3).for_each(|_| fxs.tick());
    assert_eq!(fxs.audio.wait(fxs.now + TICK), Ready::Blocks { blocks: 3 });
}
