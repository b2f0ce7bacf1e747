//! The driver alone, over the machine's spans: its two halves in one thread, and the far ends spoken to by themselves.

use std::{
    collections::VecDeque,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{Arc, Mutex},
    time::Duration,
};

use codec::{decode, encode};
use dahdi::{DahdiAudio, DahdiSignal, Held, KeepNothing, OpenError, Opened, With};
use frame::{CardSerial, Law, OCTETS_PER_TICK, SpanId, SpanTick, Time, Timeslot};
use line::{Alarms, Audio, Block, Cadence, Event, FrameFault, LineCommand, LineEvent, Ready, Signal, SignalInput};
use os::{Clock, Realtime};
use settings::Board;

use crate::{
    counting::touched_by,
    kernel::{Channel, SILENCE, control, device},
    runner::Case,
    spans::{EXCHANGE, FAR_LINES, FAR_TELEPHONES, OUTSIDE_LINES, Pairs, TELEPHONES, TRUNK},
};

pub const CASES: &[Case] = &[
    Case::new("a_card_opens_and_tells_how_its_lines_are", tells_its_lines),
    Case::new("audio_goes_both_ways_octet_for_octet", audio_both_ways),
    Case::new("a_channel_that_nobody_uses_sends_silence_and_is_in_step_at_once_when_it_is_used", parked),
    Case::new("no_tick_of_a_card_allocates_whatever_its_lines_do", allocates_nothing),
    Case::new("a_card_with_another_law_than_the_board_file_is_refused_by_name", another_law),
    Case::new("d_channel_frames_go_both_ways_up_to_the_longest", frames),
    Case::new("a_frame_with_a_wrong_check_sequence_is_counted_and_harms_nothing", bad_frames),
    Case::new("a_box_that_comes_late_is_heard_as_a_gap_and_not_as_a_delay", late),
    Case::new("a_channel_that_is_used_while_the_box_is_late_is_not_later_than_the_others", used_while_late),
    Case::new("a_block_of_a_real_time_thread_is_back_within_35_ms", delay_of_realtime),
    Case::new("what_one_span_lost_is_counted_on_no_other", counted_apart),
    Case::new("a_line_is_made_louder_and_softer_as_the_board_file_says", gains),
    Case::new("a_canceller_that_is_wanted_and_not_attached_is_told_by_its_port", canceller),
    Case::new("the_kernels_canceller_takes_an_echo_off_where_it_is_attached", kernel_cancels),
    Case::new("a_span_that_is_taken_away_and_comes_back_is_told_and_served_again", taken_away),
    Case::new("an_alarm_whose_events_were_all_lost_is_told_because_it_is_asked_for", alarm_without_event),
    Case::new("a_telephone_lifts_flashes_pulses_and_hangs_up", telephone),
    Case::new("each_telephone_has_its_own_time_for_a_flash_and_keeps_it_while_its_hook_is_down", flash_windows),
    Case::new("a_span_that_turns_no_polarity_and_lights_no_lamp_is_told_to_and_its_calls_go_on", without_a_card),
    Case::new("a_telephone_rings_in_its_cadence_from_its_phase_on_until_it_is_lifted", rings),
    Case::new("an_outside_line_rings_is_answered_dials_by_pulses_and_is_let_go", outside_line),
    Case::new("an_outside_line_that_is_not_fed_is_told_at_the_start_and_when_it_changes", battery),
    Case::new("channels_that_were_kept_open_are_taken_over_as_they_are", kept_open),
];

const E1: SpanId = SpanId(0);
/// All timeslots in use.
const ALL: u32 = u32::MAX;
const FXO: SpanId = SpanId(2);

fn board(law: &str) -> Board {
    parse(&text(law))
}

fn parse(text: &str) -> Board {
    Board::parse("board.toml", text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn text(law: &str) -> String {
    format!(
        r#"
        format = 1
        name = "vm"
        clock_order = ["E1"]
        [[cards]]
        card = "dahdi"
        kind = "e1"
        serial = "E1"
        slot = 1
        law = "{law}"
        spans = [{{ label = "E1" }}]
        dahdi = {{ device = "DYN/loc/1:0" }}
        [[cards]]
        card = "dahdi"
        kind = "fxs"
        serial = "FXS"
        slot = 2
        ring_budget = 4
        synchronous_with = "E1"
        jacks = ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"]
        dahdi = {{ device = "DYN/loc/2:0" }}
        [[cards]]
        card = "dahdi"
        kind = "fxo"
        serial = "FXO"
        slot = 3
        synchronous_with = "E1"
        jacks = ["l1", "l2", "l3", "l4"]
        dahdi = {{ device = "DYN/loc/3:0" }}
    "#
    )
}

fn serial(name: &str) -> CardSerial {
    name.parse().unwrap()
}

fn open(name: &str) -> Card {
    open_with(name, With { held: Held::new(), keep: Box::new(KeepNothing) })
}

fn open_with(name: &str, with: With) -> Card {
    open_on(&board("a"), name, with)
}

fn open_on(board: &Board, name: &str, with: With) -> Card {
    let opened = dahdi::open(board, serial(name), with);
    let Opened { audio, signal, lacks, .. } = opened.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(lacks, []);
    Card::of(audio, signal)
}

/// An open card and what the media thread and call control would do with it.
struct Card {
    audio: DahdiAudio,
    signal: DahdiSignal,
    tick: Box<SpanTick>,
    events: Vec<LineEvent>,
    /// What [`Card::tick_watched`] was told, in order.
    seen: Vec<Event>,
    inputs: VecDeque<SignalInput>,
}

impl Card {
    fn of(audio: DahdiAudio, signal: DahdiSignal) -> Card {
        let info = audio.spans()[0];
        let mut tick = SpanTick::silent(info.span, info.law);
        tick.used = ALL;
        Card { audio, signal, tick, events: Vec::new(), seen: Vec::new(), inputs: VecDeque::new() }
    }

    /// One tick: waits, reads, lets `work` have it, writes.
    fn tick(&mut self, work: impl FnOnce(&mut SpanTick, Block)) -> Ready {
        let ready = self.audio.wait(Clock.now() + Duration::from_millis(100));
        self.tick.late = self.audio.came_late();
        let block = self.audio.read(&mut self.tick);
        work(&mut self.tick, block);
        self.audio.write(&self.tick);
        self.events.extend(std::iter::from_fn(|| self.audio.poll_event()));
        self.inputs.extend(std::iter::from_fn(|| self.signal.poll()));
        ready
    }

    /// One tick of the media thread's half; how often it touched the heap.
    fn tick_watched(&mut self) -> u64 {
        self.seen.reserve(300);
        let touched = touched_by(|| {
            self.audio.wait(Clock.now() + Duration::from_millis(20));
            self.audio.read(&mut self.tick);
            self.audio.write(&self.tick);
            self.seen.extend(std::iter::from_fn(|| self.audio.poll_event()).map(|event| event.event));
        });
        self.inputs.extend(std::iter::from_fn(|| self.signal.poll()));
        touched
    }

    fn run(&mut self, ticks: u32) {
        (0..ticks).for_each(|_| _ = self.tick(|_, _| ()));
    }

    /// Runs until an event of a timeslot comes; when it came. What came before it is left out.
    fn waits_for(&mut self, timeslot: u8, wanted: Event) -> Time {
        let limit = Clock.now() + Duration::from_secs(10);
        loop {
            let found = self.events.iter().position(|e| e.timeslot == Timeslot(timeslot) && e.event == wanted);
            if let Some(found) = found {
                let event = self.events[found];
                self.events.drain(..=found);
                return event.at;
            }
            assert!(Clock.now() < limit, "{wanted:?} at {timeslot} did not come: {:?}", self.events);
            self.tick(|_, _| ());
        }
    }

    fn command(&mut self, timeslot: u8, command: LineCommand) {
        let span = self.tick.span;
        let given = self.signal.command(span, Timeslot(timeslot), command);
        given.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    }

    fn slips(&self) -> u64 {
        use std::sync::atomic::Ordering::Relaxed;
        let counters = self.audio.counters(self.tick.span).unwrap();
        [&counters.overruns, &counters.underruns, &counters.slips].iter().map(|count| count.load(Relaxed)).sum()
    }
}

fn tells_its_lines() {
    let _pairs = Pairs::up();
    TRUNK.waits_for_alarms(0);
    let mut e1 = open("E1");
    e1.run(1);
    let told: Vec<_> = e1.events.iter().map(|event| (event.span, event.event)).collect();
    assert_eq!(told, [(E1, Event::Alarms(Alarms::NONE))]);
    let far = Channel::open(FAR_TELEPHONES.channel(3));
    far.hook(dahdi_sys::DAHDI_OFFHOOK);
    std::thread::sleep(Duration::from_millis(100));
    let mut fxs = open("FXS");
    fxs.run(1);
    let told: Vec<_> = fxs.events.iter().map(|event| (event.timeslot.0, event.event)).collect();
    let hook = |slot| (slot, if slot == 2 { Event::OffHook } else { Event::OnHook });
    assert_eq!(told[1..], [0, 1, 2, 3, 4, 5, 6, 7].map(hook));
    let mut fxo = open("FXO");
    fxo.run(1);
    assert_eq!(fxo.events[0].span, FXO);
}

fn audio_both_ways() {
    let _pairs = Pairs::up();
    let mut card = open("E1");
    let (near, far) = (Timeslot(5), EXCHANGE.channel(5));
    let mut far = Channel::audio(far, 0);
    far.set(dahdi_sys::DAHDI_AUDIOMODE, 1);
    card.run(20);
    while far.hears().is_ok_and(|block| block.is_some()) {}
    let (mut to_box, mut from_box, mut said) = (Vec::new(), Vec::new(), 0_usize);
    for tick in 0..300 {
        card.tick(|tick_now, block| {
            assert_eq!(block, Block::Fresh, "tick {tick}");
            to_box.extend(tick_now.rx[usize::from(near.0)]);
            tick_now.tx[usize::from(near.0)] = noise(tick);
        });
        loop {
            match far.hears() {
                Ok(Some(block)) => {
                    from_box.extend(block);
                    // Answered block by block, so that both ways have the same clock.
                    assert!(far.says(&noise(said + 10_000)).unwrap_or(true));
                    said += 1;
                }
                Ok(None) => break,
                Err(_event) => {}
            }
        }
    }
    assert_eq!(card.slips(), 0);
    exact(&from_box, 0);
    exact(&to_box, 10_000);
}

/// One timeslot after the other is used for a while. What is said on it from the first block on is heard whole, what
/// comes back is no later than on a channel that was always used, and nothing else is heard meanwhile.
fn parked() {
    let _pairs = Pairs::up();
    TRUNK.waits_for_alarms(0);
    let mut card = open("E1");
    let always = 7;
    card.tick.used = 1 << always;
    card.run(50);
    let usual = delay_octets_of(&mut card, always);
    for timeslot in [1, 2, 15, 17, 30] {
        // Each begins elsewhere in the kernel's own 4 ms.
        card.run(u32::from(timeslot % 3));
        let mut far = Channel::audio(EXCHANGE.channel(timeslot.into()), 0);
        far.set(dahdi_sys::DAHDI_AUDIOMODE, 1);
        card.run(20);
        while far.hears().is_ok_and(|block| block.is_some()) {}
        card.tick.used |= 1 << timeslot;
        let mut from_box = Vec::new();
        for tick in 0..300 {
            card.tick(|now, _| now.tx[usize::from(timeslot)] = noise(tick));
            while let Ok(Some(block)) = far.hears() {
                from_box.extend(block);
            }
        }
        exact(&from_box, 0);
        let quiet = from_box.iter().take_while(|octet| **octet == SILENCE).count();
        assert_eq!(from_box[quiet..][..OCTETS_PER_TICK], noise(0), "nothing but silence before the first block");
        drop(far);
        let delay = delay_octets_of(&mut card, timeslot);
        // The lab's kernel works each 4 ms, so a block is begun up to 32 octets sooner or later than another.
        assert!(delay.abs_diff(usual) <= 32, "timeslot {timeslot}: {delay} octets, {usual} where it was always used");
        card.tick.used &= !(1 << timeslot);
    }
    assert_eq!(card.slips(), 0);
}

/// The media thread's half of a card: channels are used and left, a telephone lifts, flashes and hangs up, the box comes late,
/// and the card goes and comes back.
fn allocates_nothing() {
    let _pairs = Pairs::up();
    assert_eq!(touched_by(|| drop(std::hint::black_box(vec![0_u8; 100]))), 2, "what allocates is seen");
    let (mut e1, mut fxs) = (open("E1"), open("FXS"));
    let far = Channel::open(FAR_TELEPHONES.channel(1));
    let hooks = [dahdi_sys::DAHDI_OFFHOOK, dahdi_sys::DAHDI_FLASH, dahdi_sys::DAHDI_ONHOOK];
    let mut touched = 0;
    for tick in 0..900_u32 {
        e1.tick.used = tick.wrapping_mul(0x9e37_79b1);
        match tick {
            150 | 300 | 450 => far.hook(hooks[(tick / 150 - 1) as usize]),
            500 => std::thread::sleep(Duration::from_millis(120)),
            600 => TRUNK.unassign(),
            700 => {
                TRUNK.assign();
                TRUNK.configure();
            }
            _ => {}
        }
        touched += e1.tick_watched() + fxs.tick_watched();
    }
    assert_eq!(touched, 0);
    let told = |card: &Card, event| card.seen.contains(&event);
    assert!([Event::OffHook, Event::Flash, Event::OnHook].iter().all(|event| told(&fxs, *event)), "{:?}", fxs.seen);
    assert!(
        told(&e1, Event::Alarms(Alarms::RED)) && e1.seen.last() == Some(&Event::Alarms(Alarms::NONE)),
        "{:?}",
        e1.seen
    );
    assert!(e1.slips() > 0, "it came late");
}

/// From where its first block begins, everything is there, in order.
fn exact(heard: &[u8], first: usize) {
    let wanted = noise(first);
    let begin = heard.windows(OCTETS_PER_TICK).position(|window| window == wanted).expect("the first block is heard");
    assert!(heard.len() - begin > 250 * OCTETS_PER_TICK, "only {} octets", heard.len() - begin);
    for (number, block) in heard[begin..].chunks_exact(OCTETS_PER_TICK).enumerate() {
        assert_eq!(block, noise(first + number), "block {number}");
    }
}

/// Another block for each number.
fn noise(number: usize) -> [u8; OCTETS_PER_TICK] {
    std::array::from_fn(|at| {
        let mixed = ((number * OCTETS_PER_TICK + at) as u32).wrapping_mul(0x9e37_79b1);
        ((mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b) >> 16) as u8
    })
}

fn another_law() {
    let _pairs = Pairs::up();
    let with = With { held: Held::new(), keep: Box::new(KeepNothing) };
    let refused = dahdi::open(&board("mu"), serial("E1"), with).err().expect("the laws differ");
    assert!(matches!(refused, OpenError::Law { board: Law::Mu, running: Law::A, .. }), "{refused}");
    assert_eq!(refused.to_string(), "E1.1 timeslot 1: the board file says Mu-law, the card runs A-law");
    open("E1");
}

fn frames() {
    let _pairs = Pairs::up();
    let mut card = open("E1");
    let far = device("channel").unwrap();
    control(far.as_fd(), dahdi_sys::DAHDI_SPECIFY, &mut EXCHANGE.channel(16)).unwrap();
    card.run(10);
    let frame = |number: u8, octets: usize| -> Vec<u8> {
        (0..octets).map(|at| number.wrapping_mul(31).wrapping_add(at as u8)).collect()
    };
    for (number, octets) in [(1, 3), (2, 60), (3, 264)] {
        let sent = frame(number, octets);
        card.signal.send_frame(E1, &sent).unwrap();
        let heard = far_frame(&mut card, &far).expect("the frame arrives");
        assert_eq!(heard[..heard.len() - 2], sent);
        let mut answer = sent.clone();
        answer.extend([0, 0]);
        std::io::Write::write(&mut &far, &answer).unwrap();
        assert_eq!(near_input(&mut card), SignalInput::Frame { span: E1, octets: sent });
    }
}

fn bad_frames() {
    use std::sync::atomic::Ordering::Relaxed;
    let _pairs = Pairs::up();
    EXCHANGE.set_signalling(16, dahdi_sys::DAHDI_SIG_CLEAR);
    let mut card = open("E1");
    let far = Channel::open(EXCHANGE.channel(16));
    // Frames whose check sequence is what the test writes.
    far.set(dahdi_sys::DAHDI_HDLCRAWMODE, 1);
    card.run(20);
    far.writes(&[2, 1, 0x7f, 0xde, 0xad]);
    let wrong = SignalInput::BadFrame { span: E1, fault: FrameFault::BadFcs };
    assert_eq!(near_input(&mut card), wrong);
    assert_eq!(card.audio.counters(E1).unwrap().bad_fcs.load(Relaxed), 1);
    // CRC-16 of ISO/IEC 13239 over 02 01 7f, low octet first.
    far.writes(&[2, 1, 0x7f, 0xdc, 0xe1]);
    assert_eq!(near_input(&mut card), SignalInput::Frame { span: E1, octets: vec![2, 1, 0x7f] });
}

fn far_frame(card: &mut Card, far: &std::fs::File) -> Option<Vec<u8>> {
    for _ in 0..100 {
        let mut octets = [0; 512];
        match std::io::Read::read(&mut &*far, &mut octets) {
            Ok(count) => return Some(octets[..count].to_vec()),
            Err(_) => {
                let mut event = 0_i32;
                let _ = control(far.as_fd(), dahdi_sys::DAHDI_GETEVENT, &mut event);
            }
        }
        card.run(1);
    }
    None
}

fn near_input(card: &mut Card) -> SignalInput {
    for _ in 0..100 {
        if let Some(input) = card.inputs.pop_front() {
            return input;
        }
        card.run(1);
    }
    panic!("nothing came");
}

fn late() {
    let _pairs = Pairs::up();
    let mut card = open("E1");
    card.run(50);
    let delay = delay_octets(&mut card);
    for late_ms in [15, 35, 60, 75, 200] {
        std::thread::sleep(Duration::from_millis(late_ms));
        card.run(20);
        let now = delay_octets(&mut card);
        // The lab's kernel works each 4 ms, so a block is begun up to 32 octets sooner or later than before.
        assert!(now.abs_diff(delay) <= 32, "{delay} octets before, {now} after {late_ms} ms");
    }
    assert!(card.slips() > 0, "what was lost is counted");
}

fn used_while_late() {
    let _pairs = Pairs::up();
    TRUNK.waits_for_alarms(0);
    let mut card = open("E1");
    let always = 7;
    card.tick.used = 1 << always;
    card.run(50);
    let usual = delay_octets_of(&mut card, always);
    for (timeslot, late_ms) in [(1, 15), (2, 25), (15, 35), (30, 45)] {
        std::thread::sleep(Duration::from_millis(late_ms));
        card.tick.used |= 1 << timeslot;
        card.run(20);
        let delay = delay_octets_of(&mut card, timeslot);
        // The lab's kernel works each 4 ms: a block begins up to 32 octets after the tick, and ends within the next 32.
        assert!(delay.abs_diff(usual) <= 48, "{late_ms} ms late: {delay} octets, {usual} where it was always used");
    }
}

fn delay_of_realtime() {
    let _pairs = Pairs::up();
    let measured = std::thread::spawn(|| {
        assert_eq!(Realtime::request(60), Realtime::Fifo);
        let mut card = open("E1");
        card.run(50);
        delay_octets(&mut card)
    });
    let octets = measured.join().unwrap();
    assert!((160..280).contains(&octets), "{octets} octets are {} ms", octets / 8);
}

/// How many octets lie between a block that is written and its echo: the far end loops.
fn delay_octets(card: &mut Card) -> usize {
    delay_octets_of(card, 7)
}

fn delay_octets_of(card: &mut Card, timeslot: u8) -> usize {
    let far = Channel::open(EXCHANGE.channel(timeslot.into()));
    far.set(dahdi_sys::DAHDI_AUDIOMODE, 1);
    far.set(dahdi_sys::DAHDI_LOOPBACK, 1);
    card.tick.tx[usize::from(timeslot)].fill(SILENCE);
    card.run(15);
    let mut back = Vec::new();
    for tick in 0..20 {
        card.tick(|now, _| {
            back.extend(now.rx[usize::from(timeslot)]);
            now.tx[usize::from(timeslot)] = [if tick == 0 { 0x2a } else { SILENCE }; OCTETS_PER_TICK];
        });
    }
    back.iter().position(|octet| *octet == 0x2a).expect("the loop is heard")
}

fn gains() {
    let _pairs = Pairs::up();
    let device = r#"device = "DYN/loc/2:0""#;
    let louder = text("a").replace(device, &format!("{device}, receive_gain_db = 6, send_gain_db = -6"));
    let with = With { held: Held::new(), keep: Box::new(KeepNothing) };
    let mut card = open_on(&parse(&louder), "FXS", with);
    let mut far = Channel::audio(FAR_TELEPHONES.channel(1), 4);
    // 4224 in A-law, 8448 and 2112: values whose doubles and halves are values too.
    let (said, twice, half) = (0x85, 0xb5, 0x95);
    let mut heard = (0, 0);
    for _ in 0..50 {
        card.tick(|now, _| {
            heard.0 = now.rx[0][40];
            now.tx[0] = [said; OCTETS_PER_TICK];
        });
        if let Ok(Some(block)) = far.hears() {
            heard.1 = block[40];
            let _ = far.says(&[said; OCTETS_PER_TICK]);
        }
    }
    assert_eq!(heard, (twice, half));
}

fn canceller() {
    let _pairs = Pairs::up();
    let board = parse(&text("a").replace("ring_budget = 4", "ring_budget = 4\n        echo = \"kernel\""));
    let lacks = || {
        let opened = dahdi::open(&board, serial("FXS"), With { held: Held::new(), keep: Box::new(KeepNothing) });
        opened.unwrap().lacks.iter().map(|lack| format!("{lack:?}")).collect::<Vec<_>>()
    };
    let without = lacks();
    assert_eq!(without.len(), 8, "the kernel says yes to all of them, and none has one: {without:?}");
    (2..=8).for_each(|position| attach_mg2(TELEPHONES.channel(position)));
    let first = lacks();
    assert!(first.len() == 1 && first[0].contains("position: 1"), "{first:?}");
}

/// As `board apply` does for `echo = "kernel"`.
fn attach_mg2(channel: i32) {
    let mut asked = dahdi_sys::dahdi_attach_echocan { chan: channel, ..Default::default() };
    asked.echocan.iter_mut().zip(b"mg2").for_each(|(place, letter)| *place = *letter as libc::c_char);
    let ctl = device("ctl").unwrap();
    control(ctl.as_fd(), dahdi_sys::DAHDI_ATTACH_ECHOCAN, &mut asked).unwrap();
}

/// The far ends give back what they hear, 6 dB weaker. Where the kernel's canceller is attached it is gone; on the port beside
/// it, which has none, it is heard as it is.
fn kernel_cancels() {
    let _pairs = Pairs::up();
    attach_mg2(TELEPHONES.channel(1));
    let board = parse(&text("a").replace("ring_budget = 4", "ring_budget = 4\n        echo = \"kernel\""));
    let opened = dahdi::open(&board, serial("FXS"), With { held: Held::new(), keep: Box::new(KeepNothing) }).unwrap();
    let mut card = Card::of(opened.audio, opened.signal);
    let far = [1, 2].map(|position| Channel::open(FAR_TELEPHONES.channel(position)));
    for far in &far {
        let (rxgain, txgain) =
            (std::array::from_fn(|octet| octet as u8), std::array::from_fn(|octet| halved(octet as u8)));
        far.set(dahdi_sys::DAHDI_SETGAINS, dahdi_sys::dahdi_gains { chan: 0, rxgain, txgain });
        far.set(dahdi_sys::DAHDI_LOOPBACK, 1);
    }
    let (mut said, mut back) = (0.0, [0.0; 2]);
    for tick in 0..500 {
        card.tick(|now, _| {
            let spoken = noise(tick).map(softened);
            (now.tx[0], now.tx[1]) = (spoken, spoken);
            if tick >= 400 {
                said += power(&spoken);
                (0..2).for_each(|port| back[port] += power(&now.rx[port]));
            }
        });
    }
    let loss_db = back.map(|back| 10.0 * (said / (back + 1.0)).log10());
    assert!((5.0..8.0).contains(&loss_db[1]), "without a canceller: {loss_db:?} dB");
    assert!(loss_db[0] > 25.0, "the kernel's: {loss_db:?} dB");
}

/// Half of what an octet of A-law stands for.
fn halved(octet: u8) -> u8 {
    encode(Law::A, decode(Law::A, octet) / 2)
}

/// The same noise, as loud as speech.
fn softened(octet: u8) -> u8 {
    encode(Law::A, decode(Law::A, octet) / 8)
}

fn power(octets: &[u8]) -> f64 {
    octets.iter().map(|octet| f64::from(decode(Law::A, *octet)).powi(2)).sum()
}

fn counted_apart() {
    let _pairs = Pairs::up();
    let (mut e1, mut fxs) = (open("E1"), open("FXS"));
    for _ in 0..20 {
        e1.run(1);
        fxs.run(1);
    }
    assert_eq!((e1.slips(), fxs.slips()), (0, 0));
    // Nobody serves the E1 for a while.
    fxs.run(30);
    e1.run(20);
    assert!(e1.slips() > 0);
    assert_eq!(fxs.slips(), 0);
}

fn taken_away() {
    let _pairs = Pairs::up();
    TRUNK.waits_for_alarms(0);
    let mut card = open("E1");
    card.run(20);
    card.events.clear();
    TRUNK.unassign();
    card.waits_for(0, Event::Alarms(Alarms::RED));
    assert_eq!(near_input(&mut card), SignalInput::Gone { span: E1 });
    assert!(card.signal.send_frame(E1, &[0]).is_err());
    TRUNK.assign();
    TRUNK.configure();
    card.waits_for(0, Event::Alarms(Alarms::NONE));
    card.run(10);
    card.tick(|_, block| assert_eq!(block, Block::Fresh));
    card.signal.send_frame(E1, &[2, 1, 0x7f]).unwrap();
    drop(card);
}

/// Ticks after which a port of a span that was just made has been told to be on-hook: the kernel's time for a flash. Who
/// lifts before has pulsed a digit.
const SETTLED: u32 = 150;

fn telephone() {
    let _pairs = Pairs::up();
    let mut card = open("FXS");
    let far = Channel::open(FAR_TELEPHONES.channel(1));
    card.run(SETTLED);
    card.events.clear();
    far.hook(dahdi_sys::DAHDI_OFFHOOK);
    card.waits_for(0, Event::OffHook);
    card.run(100);
    far.hook(dahdi_sys::DAHDI_FLASH);
    card.waits_for(0, Event::Flash);
    card.run(100);
    far.dials("P120");
    for digit in *b"120" {
        card.waits_for(0, Event::PulseDigit(digit));
    }
    card.run(100);
    let began = Clock.now();
    far.hook(dahdi_sys::DAHDI_ONHOOK);
    let told = card.waits_for(0, Event::OnHook).since(began);
    assert!((1200..1320).contains(&told.as_millis()), "told after {told:?}: the flash time has to pass");
    far.hook(dahdi_sys::DAHDI_OFFHOOK);
    card.waits_for(0, Event::OffHook);
}

fn flash_windows() {
    let _pairs = Pairs::up();
    let mut card = open("FXS");
    let far = [1, 2].map(|position| Channel::open(FAR_TELEPHONES.channel(position)));
    card.run(SETTLED);
    card.command(0, LineCommand::FlashWindow { max_ms: 400 });
    card.command(1, LineCommand::FlashWindow { max_ms: 1000 });
    far.iter().for_each(|far| far.hook(dahdi_sys::DAHDI_OFFHOOK));
    (0..2).for_each(|port| _ = card.waits_for(port, Event::OffHook));
    card.run(100);
    card.events.clear();
    let down = Clock.now();
    far.iter().for_each(|far| far.hook(dahdi_sys::DAHDI_ONHOOK));
    card.run(20);
    // The second port's hook is down already.
    card.command(1, LineCommand::FlashWindow { max_ms: 300 });
    card.run(40);
    far.iter().for_each(|far| far.hook(dahdi_sys::DAHDI_OFFHOOK));
    card.run(60);
    let told: Vec<_> = card.events.iter().map(|event| (event.timeslot.0, event.event)).collect();
    assert_eq!(told, [(0, Event::OnHook), (0, Event::OffHook), (1, Event::Flash)]);
    let hung_up = card.events[0].at.since(down).as_millis();
    assert!((380..450).contains(&hung_up), "told after {hung_up} ms");
}

/// What a card does for its telephones, and a span without one refuses: the box tells it all the same, and takes no harm.
fn without_a_card() {
    let _pairs = Pairs::up();
    let far = Channel::open(FAR_TELEPHONES.channel(1));
    for ask in [dahdi_sys::DAHDI_VMWI, dahdi_sys::DAHDI_SETPOLARITY, dahdi_sys::DAHDI_ONHOOKTRANSFER] {
        let refused = far.try_set(ask, &mut 1_i32).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::ENOTTY), "{ask:#x}");
    }
    let mut card = open("FXS");
    card.run(SETTLED);
    card.events.clear();
    let asked = [
        LineCommand::MessageLamp { messages: 2 },
        LineCommand::MessageLamp { messages: 0 },
        LineCommand::Polarity { reversed: true },
        LineCommand::OnHookTransfer { ms: 4000 },
    ];
    asked.into_iter().for_each(|command| card.command(0, command));
    card.run(10);
    assert!(card.events.is_empty(), "{:?}", card.events);
    far.hook(dahdi_sys::DAHDI_OFFHOOK);
    card.waits_for(0, Event::OffHook);
}

fn rings() {
    let _pairs = Pairs::up();
    let mut card = open("FXS");
    let far = Channel::open(FAR_TELEPHONES.channel(2));
    // Rings are not told for two seconds after a channel was opened.
    card.run(250);
    card.events.clear();
    let began = Clock.now();
    card.command(1, LineCommand::Ring(Cadence { steps_ms: [(1000, 4000), (0, 0)], phase_ms: 4500 }));
    let off = card.waits_for(1, Event::RingerOff).since(began);
    assert!((1450..1600).contains(&off.as_millis()), "half a second of pause, then a burst: {off:?}");
    let on = card.waits_for(1, Event::RingerOn).since(began);
    assert!((5450..5600).contains(&on.as_millis()), "{on:?}");
    assert!(std::iter::from_fn(|| far.event()).any(|event| event == dahdi_sys::DAHDI_EVENT_RINGBEGIN));
    far.hook(dahdi_sys::DAHDI_OFFHOOK);
    card.waits_for(1, Event::OffHook);
    card.run(700);
    assert!(!card.events.iter().any(|event| event.event == Event::RingerOn), "{:?}", card.events);
}

fn outside_line() {
    let _pairs = Pairs::up();
    let mut card = open("FXO");
    let far = Channel::open(FAR_LINES.channel(1));
    card.run(250);
    card.events.clear();
    far.hook(dahdi_sys::DAHDI_RING);
    card.waits_for(0, Event::RingBegin);
    card.waits_for(0, Event::RingEnd);
    card.command(0, LineCommand::OffHook);
    far_event(&mut card, &far, dahdi_sys::DAHDI_EVENT_RINGOFFHOOK);
    far.hook(dahdi_sys::DAHDI_OFFHOOK);
    card.run(100);
    for digit in *b"70" {
        card.command(0, LineCommand::DialPulse { digit });
        far_event(&mut card, &far, dahdi_sys::DAHDI_EVENT_PULSEDIGIT | u32::from(digit));
        card.waits_for(0, Event::DialComplete);
    }
    card.run(20);
    card.tick(|_, block| assert_eq!(block, Block::Fresh));
    // Longer than what the kernel takes for a pulse at the far end, and than the 750 ms that it sends where it is told nothing.
    card.command(0, LineCommand::Flash { ms: 900 });
    far_event(&mut card, &far, dahdi_sys::DAHDI_EVENT_WINKFLASH);
    card.run(100);
    // The exchange lets go by dropping its feed (kewl start).
    far.hook(dahdi_sys::DAHDI_ONHOOK);
    card.waits_for(0, Event::OnHook);
    card.command(0, LineCommand::OnHook);
    card.run(100);
    card.command(0, LineCommand::OffHook);
    far_event(&mut card, &far, dahdi_sys::DAHDI_EVENT_RINGOFFHOOK);
    card.command(0, LineCommand::OnHook);
    far_event(&mut card, &far, dahdi_sys::DAHDI_EVENT_ONHOOK);
}

/// A dynamic span without its pair is in RED alarm, and so is each of its lines; a card puts one line into it alone.
fn battery() {
    let _pairs = Pairs::up();
    OUTSIDE_LINES.waits_for_alarms(0);
    let mut card = open("FXO");
    card.run(1);
    let fed = |there| (0..4).map(|line| (line, Event::Battery { there })).collect::<Vec<_>>();
    assert_eq!(batteries(&mut card), fed(true));
    FAR_LINES.destroy();
    card.waits_for(0, Event::Alarms(Alarms::RED));
    card.run(1);
    assert_eq!(batteries(&mut card), fed(false));
    FAR_LINES.create();
    FAR_LINES.configure();
    card.waits_for(0, Event::Alarms(Alarms::NONE));
    card.run(1);
    assert_eq!(batteries(&mut card), fed(true));
}

/// What was told of lines' batteries.
fn batteries(card: &mut Card) -> Vec<(u8, Event)> {
    let told = card.events.drain(..).map(|event| (event.timeslot.0, event.event));
    told.filter(|(_, event)| matches!(event, Event::Battery { .. })).collect()
}

fn far_event(card: &mut Card, far: &Channel, wanted: u32) {
    let mut others = Vec::new();
    for _ in 0..500 {
        while let Some(event) = far.event() {
            if event == wanted {
                return;
            }
            others.push(event);
        }
        card.run(1);
    }
    panic!("event {wanted:#x} did not come to the far end: {others:x?}");
}

/// Keeps copies of the descriptors, as `ringfence hold` does.
#[derive(Clone, Default)]
struct Holder(Arc<Mutex<Held>>);

impl dahdi::Keep for Holder {
    fn keep(&mut self, name: dahdi::ChannelName, fd: BorrowedFd<'_>) {
        self.0.lock().unwrap().insert(name, fd.try_clone_to_owned().unwrap());
    }

    fn forget(&mut self, name: dahdi::ChannelName) {
        self.0.lock().unwrap().remove(&name);
    }
}

impl Holder {
    /// Fetches all events of all channels, so that the driver never sees them; how many there were.
    fn steals_events(&self) -> usize {
        let held = self.0.lock().unwrap();
        let event = |fd: &OwnedFd| {
            let mut event = 0_i32;
            control(fd.as_fd(), dahdi_sys::DAHDI_GETEVENT, &mut event).expect("a channel tells its events");
            (event != dahdi_sys::DAHDI_EVENT_NONE as i32).then_some(event)
        };
        held.values().map(|fd| std::iter::from_fn(|| event(fd)).count()).sum()
    }
}

/// The kernel tells of an alarm by an event of each channel. Here all of them are lost, for an alarm that came and one that
/// went, and the box knows nevertheless: it asks.
fn alarm_without_event() {
    let _pairs = Pairs::up();
    TRUNK.waits_for_alarms(0);
    let holder = Holder::default();
    let mut card = open_with("E1", With { held: Held::new(), keep: Box::new(holder.clone()) });
    card.run(20);
    card.events.clear();
    EXCHANGE.destroy();
    told_by_asking(&mut card, &holder, dahdi_sys::DAHDI_ALARM_RED, Alarms::RED);
    EXCHANGE.create();
    EXCHANGE.configure();
    told_by_asking(&mut card, &holder, 0, Alarms::NONE);
}

/// Nobody serves the card until the kernel has the alarms, and then their events are gone.
fn told_by_asking(card: &mut Card, holder: &Holder, in_kernel: u32, alarms: Alarms) {
    TRUNK.waits_for_alarms(in_kernel);
    assert!(holder.steals_events() > 0, "the kernel has told of {alarms:?}");
    let began = Clock.now();
    loop {
        let after = Clock.now().since(began);
        card.seen.clear();
        card.tick_watched();
        if card.seen.contains(&Event::Alarms(alarms)) {
            assert!(after <= ASKED_WITHIN, "{alarms:?} was told after {after:?}");
            return;
        }
        assert!(after < Duration::from_secs(10), "{alarms:?} is never told");
    }
}

/// The driver asks each 101 ticks, which are of 20 ms here where no block comes.
const ASKED_WITHIN: Duration = Duration::from_millis(2_100);

fn kept_open() {
    let _pairs = Pairs::up();
    let holder = Holder::default();
    let mut far = None;
    let mut card = open_with("FXO", With { held: Held::new(), keep: Box::new(holder.clone()) });
    let far = far.insert(Channel::open(FAR_LINES.channel(1)));
    card.run(200);
    card.command(0, LineCommand::OffHook);
    far_event(&mut card, far, dahdi_sys::DAHDI_EVENT_RINGOFFHOOK);
    card.run(50);
    drop(card);
    let held: Held = std::mem::take(&mut *holder.0.lock().unwrap());
    assert_eq!(held.len(), 4);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(far.event(), None, "the loop stays closed while the box is away");
    let held: Held = held.into_iter().map(|(name, fd): (_, OwnedFd)| (name, fd)).collect();
    let mut card = open_with("FXO", With { held, keep: Box::new(holder) });
    card.run(50);
    assert_eq!(far.event(), None, "nor does it open when the box is back");
    card.tick(|_, block| assert_eq!(block, Block::Fresh));
    card.command(0, LineCommand::OnHook);
    far_event(&mut card, far, dahdi_sys::DAHDI_EVENT_ONHOOK);
    assert_eq!(card.slips(), 0);
}
