//! The media thread allocates nothing once it runs: a counting allocator watches it while calls start, are bridged,
//! recorded and cleared.

mod counting;
mod link;
mod sound_device;

use std::sync::Arc;

use dsp::{
    conference::Part,
    ear::{CallEar, Ear},
    progress::{Cadence, CallTones, Limits, Machine, Meaning, SpecialInformation, Voice},
    tone::{AfterLast, TonePlan, ToneStep},
};
use frame::{LaneId, Law, LifeNo, MessageId, SpanId, SpanTick, Time, Timeslot, TrackHandle};
use line::{Audio, Block, LineEvent, Ready, SpanInfo};
use os::Wake;
use ringfence::media::{
    Clip, ClipId, ConferenceId, Counters, Crossing, MediaCommand, Plane, PlayId, Playlist, Ports, RING_MESSAGES,
    SealerPort, Source,
};
use rtrb::{Producer, RingBuffer};

use counting::touched_by;

/// A card whose every lane speaks.
struct Talkers([SpanInfo; 2]);

impl Audio for Talkers {
    fn spans(&self) -> &[SpanInfo] {
        &self.0
    }

    fn wait(&mut self, _: Time) -> Ready {
        Ready::Blocks { blocks: 1 }
    }

    fn read(&mut self, tick: &mut SpanTick) -> Block {
        tick.rx.as_flattened_mut().iter_mut().zip(0u8..=250).for_each(|(octet, value)| *octet = value);
        Block::Fresh
    }

    fn write(&mut self, _: &SpanTick) {}

    fn ahead_ticks(&self) -> usize {
        2
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        None
    }
}

/// A plane with its commands; the sealer's side gives every tick back at once.
struct Box {
    plane: Plane,
    commands: Producer<MediaCommand>,
    sealed: rtrb::Consumer<std::boxed::Box<SpanTick>>,
    emptied: Producer<std::boxed::Box<SpanTick>>,
    events: rtrb::Consumer<ringfence::media::MediaEvent>,
    _copied: rtrb::Consumer<ringfence::media::Copied>,
}

fn info(span: u16) -> SpanInfo {
    SpanInfo { span: SpanId(span), law: Law::A, timeslots: 32 }
}

impl Box {
    fn new() -> Box {
        Box::on(std::boxed::Box::new(Talkers([info(0), info(1)])))
    }

    fn on(card: std::boxed::Box<dyn Audio>) -> Box {
        let (commands, to_plane) = RingBuffer::new(RING_MESSAGES);
        let (from_plane, events) = RingBuffer::new(RING_MESSAGES);
        let (full, sealed) = RingBuffer::new(8);
        let (emptied, empty) = RingBuffer::new(8);
        // Nobody takes what is said: a full ring costs no allocation either.
        let (messages, copied) = RingBuffer::new(40);
        let ports = Ports {
            commands: to_plane,
            events: from_plane,
            wake: Wake::new().expect("a descriptor"),
            sealer: Some(SealerPort { full, empty }),
            messages: Some(messages),
            counters: Arc::new(Counters::default()),
        };
        Box { plane: Plane::new(vec![card], 0, ports), commands, sealed, emptied, events, _copied: copied }
    }

    fn command(&mut self, command: MediaCommand) {
        self.commands.push(command).expect("the ring has room");
    }

    /// Runs `ticks` and tells how often the plane touched the allocator.
    fn run(&mut self, ticks: usize) -> u64 {
        (0..ticks).map(|_| self.tick()).sum()
    }

    fn tick(&mut self) -> u64 {
        let touched = touched_by(|| self.plane.wait_and_work(Time::ZERO));
        while let Ok(tick) = self.sealed.pop() {
            self.emptied.push(tick).expect("no more ticks than there were");
        }
        while self.events.pop().is_ok() {}
        touched
    }
}

const A: LaneId = LaneId::new(SpanId(0), Timeslot(1));
const B: LaneId = LaneId::new(SpanId(1), Timeslot(2));

/// What listens to an outside line in a call.
fn ear() -> std::boxed::Box<Ear> {
    const TONE: TonePlan = TonePlan {
        steps: &[ToneStep::one(450, 350), ToneStep::pause(350)],
        after_last: AfterLast::Repeat,
        level_dbm0: -10.0,
    };
    let busy = Cadence::of(&TONE, Limits::EXCHANGE).expect("450 Hz with a rhythm");
    std::boxed::Box::new(Ear::Call(std::boxed::Box::new(CallEar {
        tones: Some(CallTones::new([(Meaning::Busy, busy)])),
        voice: Some(Voice::new(&[&TONE])),
        special: Some(SpecialInformation::new(&Limits::EXCHANGE)),
        machine: Some(Machine::new()),
    })))
}

#[test]
fn calls_start_are_bridged_recorded_and_cleared_without_an_allocation() {
    let mut all = Box::new();
    let audio = Arc::new(Clip { octets: vec![1; 400].into(), law: Law::Mu });
    all.command(MediaCommand::Load { clip: ClipId(1), audio });
    let prompts = Source::Play { list: Playlist::new([ClipId(1)]), play: PlayId(1) };
    for round in 0..50 {
        let track = Some(TrackHandle { slot: 1, generation: round });
        all.command(MediaCommand::Hear { lane: A, source: prompts });
        all.command(MediaCommand::Listen { lane: A, on: true });
        all.command(MediaCommand::Record { lane: A, track });
        all.command(MediaCommand::Attend { lane: A, ear: Some(ear()) });
        all.command(MediaCommand::Watch { lane: A, silence_ticks: Some(5) });
        assert_eq!(all.run(10), 0, "a call begins");
        all.command(MediaCommand::Hear { lane: A, source: Source::Lane(B) });
        all.command(MediaCommand::Hear { lane: B, source: Source::Lane(A) });
        assert_eq!(all.run(10), 0, "it is bridged");
        all.command(MediaCommand::Copy { lane: A, to: Some(MessageId::new(LifeNo(1), round.into())) });
        assert_eq!(all.run(10), 0, "what is said is a message");
        all.command(MediaCommand::Reset { lane: A });
        all.command(MediaCommand::Reset { lane: B });
        all.command(MediaCommand::Attend { lane: A, ear: None });
        all.command(MediaCommand::Watch { lane: A, silence_ticks: None });
        assert_eq!(all.run(5), 0, "it is cleared");
    }
}

#[test]
fn a_card_of_another_clock_crosses_without_an_allocation() {
    let card = Crossing::new(std::boxed::Box::new(Talkers([info(0), info(1)])));
    let clocks: Vec<_> = card.clocks().map(|(_, clock)| clock).collect();
    let mut all = Box::on(std::boxed::Box::new(card));
    all.command(MediaCommand::Hear { lane: A, source: Source::Lane(B) });
    assert_eq!(all.run(100), 0);
    assert!(clocks.iter().all(|clock| clock.slips() > 0), "four blocks a tick are more than any buffer bears");
}

#[test]
fn conferences_begin_and_end_voices_are_polished_and_blocks_are_made_up_without_an_allocation() {
    let runs = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let card = Clocked { info: [info(0)], runs: Arc::clone(&runs), waited_for: Arc::default() };
    let mut all = Box::on(std::boxed::Box::new(card));
    let lane = |timeslot| LaneId::new(SpanId(0), Timeslot(timeslot));
    for _ in 0..10 {
        for (timeslot, part) in (1..).zip(Part::ALL) {
            let source = Source::Conference { id: ConferenceId(9), part };
            all.command(MediaCommand::Hear { lane: lane(timeslot), source });
            all.command(MediaCommand::Polish {
                lane: lane(timeslot),
                noise_reduction: timeslot > 1,
                automatic_gain: timeslot < 4,
            });
        }
        assert_eq!(all.run(10), 0, "it begins");
        runs.store(false, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(all.run(3), 0, "the card brings nothing");
        runs.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(all.run(3), 0, "it is back");
        (1..5).for_each(|timeslot| all.command(MediaCommand::Reset { lane: lane(timeslot) }));
        assert_eq!(all.run(3), 0, "it ends");
    }
}

#[test]
fn a_recorder_that_takes_nothing_costs_ticks_and_no_allocation() {
    let mut all = Box::new();
    all.command(MediaCommand::Record { lane: A, track: Some(TrackHandle { slot: 1, generation: 1 }) });
    let touched: u64 = (0..20).map(|_| touched_by(|| all.plane.tick())).sum();
    assert_eq!(touched, 0);
}

#[test]
fn the_watch_itself_sees_one_deliberate_allocation() {
    assert_eq!(touched_by(|| drop(std::hint::black_box(vec![0u8; 100]))), 2);
}

/// A card that speaks or has lost its clock, as a test says.
struct Clocked {
    info: [SpanInfo; 1],
    runs: Arc<std::sync::atomic::AtomicBool>,
    waited_for: Arc<std::sync::atomic::AtomicU64>,
}

impl Audio for Clocked {
    fn spans(&self) -> &[SpanInfo] {
        &self.info
    }

    fn wait(&mut self, _: Time) -> Ready {
        self.waited_for.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if self.runs.load(std::sync::atomic::Ordering::Relaxed) { Ready::Blocks { blocks: 1 } } else { Ready::Deadline }
    }

    fn read(&mut self, _: &mut SpanTick) -> Block {
        if self.runs.load(std::sync::atomic::Ordering::Relaxed) { Block::Fresh } else { Block::Missing }
    }

    fn write(&mut self, _: &SpanTick) {}

    fn ahead_ticks(&self) -> usize {
        2
    }

    fn poll_event(&mut self) -> Option<LineEvent> {
        None
    }
}

#[test]
fn a_card_without_a_clock_gives_it_to_the_next_one_and_gets_it_back_when_it_is_steady() {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
    let runs = [Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(true))];
    let waits = [Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0))];
    let card = |at: usize| -> std::boxed::Box<dyn Audio> {
        let (runs, waited_for) = (Arc::clone(&runs[at]), Arc::clone(&waits[at]));
        std::boxed::Box::new(Clocked { info: [info(at as u16)], runs, waited_for })
    };
    let (_commands, to_plane) = RingBuffer::new(4);
    let (from_plane, _events) = RingBuffer::new(4);
    let wake = Wake::new().expect("a descriptor");
    let counters = Arc::new(Counters::default());
    let ports = Ports { commands: to_plane, events: from_plane, wake, sealer: None, messages: None, counters };
    let mut plane = Plane::new(vec![card(0), card(1)], 0, ports);
    let waited = |plane: &mut Plane, times: usize| {
        let before = waits[1].load(Relaxed);
        (0..times).for_each(|_| plane.wait_and_work(Time::ZERO));
        waits[1].load(Relaxed) - before
    };
    assert_eq!(waited(&mut plane, 10), 0, "the master gives the clock");
    runs[0].store(false, Relaxed);
    assert_eq!(waited(&mut plane, 10), 9, "one tick without a block, then the other card's clock");
    runs[0].store(true, Relaxed);
    assert_eq!(waited(&mut plane, 99), 99, "not yet steady");
    assert_eq!(waited(&mut plane, 10), 1, "the master has it back");
}
