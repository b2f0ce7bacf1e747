//! Who hears what: each test sets up lanes, runs ticks and looks at the octets.

use std::sync::Arc;

use dsp::{
    conference::Part,
    dtmf::{DtmfDigit, Generator, Timing},
    ear::{Ear, Heard},
    progress::{DialTone, Limits},
    tone::{self, AfterLast, TonePlan, ToneStep},
};
use frame::{Octets, Timeslot, TrackHandle};

use super::*;
use crate::media::{Clip, ConferenceId, KeyTone};

const A: LaneId = LaneId::new(SpanId(0), Timeslot(1));
const B: LaneId = LaneId::new(SpanId(1), Timeslot(5));
const SILENCE: Octets = [0xd5; OCTETS_PER_TICK];

/// Two spans, the second in µ-law if asked, and what the switch told.
struct Bench {
    switch: Switch,
    ticks: Vec<Box<SpanTick>>,
    now: Tick,
    told: Vec<MediaEvent>,
}

impl Bench {
    fn new(second: Law) -> Bench {
        Bench::of(&[Law::A, second])
    }

    fn of(laws: &[Law]) -> Bench {
        let info = |(span, law): (u16, &Law)| SpanInfo { span: SpanId(span), law: *law, timeslots: 32 };
        let spans: Vec<_> = (0..).zip(laws).map(info).collect();
        let ticks = spans.iter().map(|span| SpanTick::silent(span.span, span.law)).collect();
        Bench { switch: Switch::new(&spans), ticks, now: Tick(0), told: Vec::new() }
    }

    fn command(&mut self, command: MediaCommand) {
        self.switch.command(self.now, command, &mut |event| self.told.push(event));
    }

    fn hears(&mut self, lane: LaneId, source: Source) {
        self.command(MediaCommand::Hear { lane, source });
    }

    fn says(&mut self, lane: LaneId, octets: Octets) {
        self.ticks[usize::from(lane.span.0)].rx[usize::from(lane.timeslot.0)] = octets;
    }

    fn tick(&mut self) {
        self.tick_with(u128::MAX);
    }

    fn tick_with(&mut self, fresh: u128) {
        self.switch.tick(self.now, &mut self.ticks, fresh, &mut |event| self.told.push(event));
        self.now = self.now.after(1);
    }

    fn heard(&self, lane: LaneId) -> Octets {
        self.ticks[usize::from(lane.span.0)].tx[usize::from(lane.timeslot.0)]
    }

    fn stamp(&self, lane: LaneId) -> LaneStamp {
        self.ticks[usize::from(lane.span.0)].stamp(lane.timeslot)
    }

    fn load(&mut self, id: u16, octets: Vec<u8>) -> ClipId {
        let audio = Arc::new(Clip { octets: octets.into(), law: Law::A });
        self.command(MediaCommand::Load { clip: ClipId(id), audio });
        ClipId(id)
    }
}

fn speech(seed: u8) -> Octets {
    std::array::from_fn(|at| (at as u8).wrapping_mul(7) ^ seed)
}

#[test]
fn two_parties_hear_each_other_in_the_tick_in_which_it_was_said() {
    let mut bench = Bench::new(Law::A);
    bench.hears(A, Source::Lane(B));
    bench.hears(B, Source::Lane(A));
    bench.says(A, speech(1));
    bench.says(B, speech(2));
    bench.tick();
    assert_eq!(bench.heard(B), speech(1));
    assert_eq!(bench.heard(A), speech(2));
}

#[test]
fn a_bridge_between_laws_goes_through_the_table_of_g711() {
    let mut bench = Bench::new(Law::Mu);
    bench.hears(B, Source::Lane(A));
    bench.says(A, speech(1));
    bench.tick();
    let expected = speech(1).map(|octet| codec::transcode(Law::A, Law::Mu, octet));
    assert_eq!(bench.heard(B), expected);
}

#[test]
fn a_lane_that_nobody_set_up_is_silent_in_the_law_of_its_span() {
    let mut bench = Bench::new(Law::Mu);
    bench.says(A, speech(1));
    bench.tick();
    assert_eq!(bench.heard(A), SILENCE);
    assert_eq!(bench.heard(B), [0xff; OCTETS_PER_TICK]);
}

#[test]
fn prompts_follow_each_other_without_a_gap_and_their_end_is_told_once() {
    let mut bench = Bench::new(Law::A);
    let (first, second) = (bench.load(1, vec![1; 100]), bench.load(2, vec![2; 30]));
    bench.hears(A, Source::Play { list: Playlist::new([first, second]), play: PlayId(7) });
    bench.tick();
    assert_eq!(bench.heard(A), [1; OCTETS_PER_TICK]);
    assert!(bench.told.is_empty());
    bench.tick();
    let heard = bench.heard(A);
    assert_eq!((&heard[..20], &heard[20..50], &heard[50..]), (&[1; 20][..], &[2; 30][..], &SILENCE[..30]));
    bench.tick();
    assert_eq!(bench.heard(A), SILENCE);
    let ends = bench
        .told
        .iter()
        .filter(|event| matches!(event, MediaEvent::Played { lane: A, play: PlayId(7), end_sample: 130 }));
    assert_eq!(ends.count(), 1);
}

#[test]
fn keys_that_are_pressed_for_a_party_are_what_it_says_one_after_the_other_and_no_receiver_hears_them() {
    let mut bench = Bench::new(Law::A);
    let keys = [bench.load(1, vec![1; 100]), bench.load(2, vec![2; OCTETS_PER_TICK])].map(KeyTone);
    bench.hears(B, Source::Lane(A));
    bench.command(MediaCommand::Listen { lane: A, on: true });
    keys.into_iter().for_each(|key| bench.command(MediaCommand::Press { lane: A, key }));
    let mut heard = Vec::new();
    for _ in 0..4 {
        bench.says(A, speech(3));
        bench.tick();
        assert_eq!(bench.heard(B), bench.ticks[0].clean[1], "what is recorded is what is heard");
        heard.push(bench.heard(B));
    }
    assert_eq!(heard[0], [1; OCTETS_PER_TICK]);
    assert_eq!((&heard[1][..20], &heard[1][20..]), (&[1; 20][..], &SILENCE[20..]));
    assert_eq!((heard[2], heard[3]), ([2; OCTETS_PER_TICK], speech(3)), "and then it speaks again");
    bench.command(MediaCommand::Press { lane: A, key: keys[0] });
    bench.command(MediaCommand::Reset { lane: A });
    bench.hears(B, Source::Lane(A));
    bench.says(A, speech(4));
    bench.command(MediaCommand::Hear { lane: A, source: Source::Silence });
    bench.tick();
    assert_eq!(bench.heard(B), speech(4), "what was pressed in a call does not sound in the next one");
    assert_eq!(bench.told.iter().filter(|event| matches!(event, MediaEvent::Digit { .. })).count(), 0);
}

#[test]
fn a_key_that_is_pressed_on_an_armed_lane_is_heard_by_nobody() {
    let mut bench = Bench::new(Law::A);
    let key = KeyTone(bench.load(1, vec![1; OCTETS_PER_TICK]));
    bench.hears(B, Source::Lane(A));
    bench.command(MediaCommand::Blackout { lane: A, on: true });
    bench.command(MediaCommand::Press { lane: A, key });
    for _ in 0..20 {
        bench.tick();
        assert!(!bench.heard(B).contains(&1));
    }
    bench.command(MediaCommand::Blackout { lane: A, on: false });
    for _ in 0..20 {
        bench.tick();
        assert!(!bench.heard(B).contains(&1), "nor later");
    }
}

#[test]
fn what_a_recorded_party_hears_is_told_with_the_tick_and_of_nobody_else() {
    let mut bench = Bench::new(Law::A);
    let clip = bench.load(1, vec![1; 100]);
    let track = TrackHandle { slot: 1, generation: 1 };
    bench.tick();
    bench.hears(B, Source::Music(clip));
    bench.hears(A, Source::Music(clip));
    assert!(bench.told.is_empty());
    // What lasts is told when the recording begins; where in a playing it is nobody could say.
    bench.command(MediaCommand::Record { lane: A, track: Some(track) });
    bench.tick();
    bench.hears(A, Source::Play { list: Playlist::new([clip]), play: PlayId(3) });
    bench.tick();
    bench.command(MediaCommand::Record { lane: A, track: Some(track) });
    let told = bench.told.iter().filter_map(|event| match event {
        MediaEvent::Hears { lane: A, track: of, source, from } if *of == track => Some((*source, *from)),
        _ => None,
    });
    let play = Source::Play { list: Playlist::new([clip]), play: PlayId(3) };
    assert_eq!(told.collect::<Vec<_>>(), [(Source::Music(clip), Tick(1)), (play, Tick(2))]);
    bench.tick();
    assert!(matches!(bench.told.last(), Some(MediaEvent::Played { lane: A, play: PlayId(3), end_sample: 260 })));
}

#[test]
fn a_missing_prompt_is_left_out_and_the_list_still_ends() {
    let mut bench = Bench::new(Law::A);
    bench.hears(A, Source::Play { list: Playlist::new([ClipId(9)]), play: PlayId(1) });
    bench.tick();
    assert!(matches!(bench.told[..], [MediaEvent::Played { .. }]));
}

#[test]
fn a_tone_repeats_from_its_beginning_and_music_is_at_one_place_for_all() {
    let mut bench = Bench::new(Law::A);
    let clip = bench.load(1, (0..100).collect());
    bench.tick();
    bench.hears(A, Source::Loop(clip));
    bench.hears(B, Source::Music(clip));
    bench.tick();
    assert_eq!(bench.heard(A)[0], 0);
    assert_eq!(bench.heard(B)[0], 80, "music began with the first tick");
    bench.tick();
    assert_eq!(
        bench.heard(A)[..21],
        [80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 0]
    );
}

#[test]
fn a_digit_in_the_audio_is_told_once_and_only_where_it_is_listened_for() {
    let mut bench = Bench::new(Law::A);
    bench.command(MediaCommand::Listen { lane: A, on: true });
    let timing = Timing { on_ms: 100, off_ms: 100, low_dbm0: -9.0, high_dbm0: -9.0 };
    let mut keys = Generator::new(timing, Law::A);
    assert!(keys.push(DtmfDigit::of_char('5').unwrap()));
    for _ in 0..20 {
        let mut octets = SILENCE;
        keys.process(&mut octets);
        bench.says(A, octets);
        bench.says(B, octets);
        bench.tick();
    }
    assert!(matches!(bench.told[..], [MediaEvent::Digit { lane: A, digit: '5' }]), "{:?}", bench.told);
}

#[test]
fn a_span_in_alarm_is_silent_and_its_stamps_say_so() {
    let mut bench = Bench::new(Law::A);
    let track = Some(TrackHandle { slot: 1, generation: 1 });
    bench.command(MediaCommand::Record { lane: A, track });
    bench.hears(B, Source::Lane(A));
    bench.says(A, [0xff; OCTETS_PER_TICK]);
    bench.switch.alarms(SpanId(0), Alarms::BLUE);
    bench.tick();
    assert_eq!(bench.heard(B), SILENCE, "all ones of an alarm would be a loud noise");
    assert_eq!(bench.stamp(A), LaneStamp { track, flags: LaneFlags::ALARM });
    bench.switch.alarms(SpanId(0), Alarms::NONE);
    bench.tick();
    assert_eq!(bench.stamp(A).flags, LaneFlags::NONE);
}

/// A voice that says the same in every tick: its period is 20 samples, so a tick holds whole ones.
const HUM: Octets = {
    let mut octets = SILENCE;
    let mut at = 0;
    while at < OCTETS_PER_TICK {
        octets[at] = codec::encode(Law::A, (at % 20) as i16 * 500 - 4_750);
        at += 1;
    }
    octets
};

/// A bench whose party A has said [`HUM`] for ten ticks, and B heard it; it is recorded.
fn humming() -> (Bench, Option<TrackHandle>) {
    let mut bench = Bench::new(Law::A);
    let track = Some(TrackHandle { slot: 1, generation: 1 });
    bench.command(MediaCommand::Record { lane: A, track });
    bench.hears(B, Source::Lane(A));
    bench.says(A, HUM);
    (0..10).for_each(|_| bench.tick());
    (bench, track)
}

#[test]
fn a_block_that_a_span_does_not_bring_is_made_up_and_its_stamp_says_so() {
    let (mut bench, track) = humming();
    bench.says(A, speech(1));
    bench.tick_with(0b10);
    assert_eq!(bench.heard(B), HUM, "the voice goes on, and not what the card left in the block");
    assert_eq!(bench.stamp(A), LaneStamp { track, flags: LaneFlags::ALARM });
    bench.says(A, HUM);
    bench.tick();
    assert_eq!(bench.heard(B), HUM);
    assert_eq!(bench.stamp(A), LaneStamp { track, flags: LaneFlags::NONE });
}

#[test]
fn a_span_that_brings_nothing_more_is_silent_after_60_ms() {
    let (mut bench, _) = humming();
    (0..6).for_each(|_| bench.tick_with(0b10));
    assert_ne!(bench.heard(B), SILENCE);
    bench.tick_with(0b10);
    assert_eq!(bench.heard(B), SILENCE);
}

#[test]
fn nothing_is_made_up_of_a_line_in_alarm() {
    let (mut bench, _) = humming();
    bench.switch.alarms(SpanId(0), Alarms::RED);
    bench.tick_with(0b10);
    assert_eq!(bench.heard(B), SILENCE);
    bench.switch.alarms(SpanId(0), Alarms::NONE);
    bench.tick_with(0b10);
    assert_eq!(bench.heard(B), SILENCE, "what was said before the alarm is over");
}

#[test]
fn nothing_is_made_up_of_the_call_before() {
    let (mut bench, _) = humming();
    bench.command(MediaCommand::Reset { lane: A });
    bench.hears(B, Source::Lane(A));
    bench.tick_with(0b10);
    assert_eq!(bench.heard(B), SILENCE);
}

#[test]
fn of_the_most_spans_that_a_board_has_each_is_fresh_or_not_by_itself() {
    let mut bench = Bench::of(&[Law::A; 128]);
    let lane = |span| LaneId::new(SpanId(span), Timeslot(1));
    bench.hears(B, Source::Lane(lane(127)));
    bench.says(lane(127), speech(1));
    bench.tick_with(u128::MAX >> 1);
    assert_eq!(bench.heard(B), SILENCE);
    bench.tick_with(1 << 127);
    assert_eq!(bench.heard(B), speech(1));
}

#[test]
fn flags_are_stamped_from_the_next_tick_on() {
    let mut bench = Bench::new(Law::A);
    bench.command(MediaCommand::Flag { lane: A, flags: LaneFlags::PAUSED, on: true });
    bench.tick();
    assert!(bench.stamp(A).flags.contains(LaneFlags::PAUSED));
    bench.command(MediaCommand::Flag { lane: A, flags: LaneFlags::PAUSED, on: false });
    bench.tick();
    assert_eq!(bench.stamp(A).flags, LaneFlags::NONE);
}

#[test]
fn a_freed_lane_is_as_new() {
    let mut bench = Bench::new(Law::A);
    bench.hears(A, Source::Lane(B));
    bench.says(B, speech(1));
    bench.command(MediaCommand::Record { lane: A, track: Some(TrackHandle { slot: 1, generation: 1 }) });
    bench.command(MediaCommand::Reset { lane: A });
    bench.tick();
    assert_eq!(bench.heard(A), SILENCE);
    assert_eq!(bench.stamp(A), LaneStamp::default());
}

#[test]
fn a_tick_tells_which_lanes_are_in_use() {
    let mut bench = Bench::new(Law::A);
    bench.hears(A, Source::Lane(B));
    bench.tick();
    assert_eq!((bench.ticks[0].used, bench.ticks[1].used), (1 << A.timeslot.0, 1 << B.timeslot.0));
    bench.command(MediaCommand::Reset { lane: A });
    bench.tick();
    assert_eq!((bench.ticks[0].used, bench.ticks[1].used), (0, 1 << B.timeslot.0));
}

#[test]
fn a_replaced_clip_comes_back_to_be_freed_by_someone_else() {
    let mut bench = Bench::new(Law::A);
    bench.load(1, vec![1; 10]);
    bench.load(1, vec![2; 10]);
    assert!(matches!(&bench.told[..], [MediaEvent::Retired(clip)] if clip.octets[0] == 1));
}

#[test]
fn commands_for_lanes_that_are_not_there_change_nothing() {
    let mut bench = Bench::new(Law::A);
    let nowhere = LaneId::new(SpanId(9), Timeslot(40));
    bench.hears(nowhere, Source::Lane(A));
    bench.hears(A, Source::Lane(nowhere));
    bench.command(MediaCommand::Listen { lane: nowhere, on: true });
    bench.tick();
    assert_eq!(bench.heard(A), SILENCE);
}

const C: LaneId = LaneId::new(SpanId(0), Timeslot(9));
const D: LaneId = LaneId::new(SpanId(0), Timeslot(31));
const CONFERENCE: ConferenceId = ConferenceId(7);

/// A tick in which A-law's sample is `value` all the time.
fn level(value: i16) -> Octets {
    [codec::encode(Law::A, value); OCTETS_PER_TICK]
}

impl Bench {
    fn joins(&mut self, lane: LaneId, part: Part) {
        self.hears(lane, Source::Conference { id: CONFERENCE, part });
    }
}

#[test]
fn parties_of_a_conference_hear_the_sum_of_the_others_over_spans_and_laws() {
    let mut bench = Bench::new(Law::Mu);
    [A, B, C].into_iter().for_each(|lane| bench.joins(lane, Part::Speaks));
    bench.says(A, level(1000));
    bench.says(B, [codec::encode(Law::Mu, 2000); OCTETS_PER_TICK]);
    bench.says(C, level(4000));
    bench.tick();
    let of = |law: Law, octet: u8| codec::decode(law, octet);
    let (a, b, c) = (of(Law::A, level(1000)[0]), of(Law::Mu, codec::encode(Law::Mu, 2000)), of(Law::A, level(4000)[0]));
    assert_eq!(bench.heard(A), level(b + c));
    assert_eq!(bench.heard(B), [codec::encode(Law::Mu, a + c); OCTETS_PER_TICK]);
    assert_eq!(bench.heard(C), level(a + b));
}

#[test]
fn a_supervisor_listens_then_whispers_then_barges_in() {
    let mut bench = Bench::new(Law::A);
    let (caller, agent, supervisor) = (A, B, C);
    bench.joins(caller, Part::Speaks);
    bench.joins(agent, Part::Coached);
    bench.joins(supervisor, Part::Listens);
    bench.says(caller, level(512));
    bench.says(agent, level(1056));
    bench.says(supervisor, level(2112));
    let heard = |bench: &Bench| [caller, agent, supervisor].map(|lane| codec::decode(Law::A, bench.heard(lane)[0]));
    let said = [512, 1056, 2112].map(|value| codec::decode(Law::A, level(value)[0]));
    let sum = |parts: &[usize]| codec::decode(Law::A, level(parts.iter().map(|part| said[*part]).sum())[0]);
    bench.tick();
    assert_eq!(heard(&bench), [sum(&[1]), sum(&[0]), sum(&[0, 1])]);
    bench.joins(supervisor, Part::Coaches);
    bench.tick();
    assert_eq!(heard(&bench), [sum(&[1]), sum(&[0, 2]), sum(&[0, 1])], "the agent alone hears the whisper");
    bench.joins(supervisor, Part::Speaks);
    bench.tick();
    assert_eq!(heard(&bench), [sum(&[1, 2]), sum(&[0, 2]), sum(&[0, 1])]);
}

#[test]
fn who_hears_something_else_or_is_freed_has_left_its_conference() {
    let mut bench = Bench::new(Law::A);
    [A, B, C, D].into_iter().for_each(|lane| {
        bench.joins(lane, Part::Speaks);
        bench.says(lane, level(1000));
    });
    bench.hears(C, Source::Lane(A));
    bench.command(MediaCommand::Reset { lane: D });
    bench.tick();
    assert_eq!(bench.heard(A), level(1000), "B is left");
    assert_eq!(bench.heard(C), level(1000), "A, as before any conference");
    assert_eq!(bench.heard(D), SILENCE);
    bench.command(MediaCommand::Reset { lane: B });
    bench.tick();
    assert_eq!(bench.heard(A), SILENCE, "alone");
}

#[test]
fn conferences_do_not_hear_each_other_and_what_a_party_says_stays_its_own() {
    let mut bench = Bench::new(Law::A);
    bench.joins(A, Part::Speaks);
    bench.joins(B, Part::Speaks);
    [C, D].into_iter().for_each(|lane| {
        bench.hears(lane, Source::Conference { id: ConferenceId(3), part: Part::Speaks });
    });
    for (lane, value) in [(A, 100), (B, 200), (C, 400), (D, 800)] {
        bench.says(lane, level(value));
    }
    bench.tick();
    for (lane, other) in [(A, 200), (B, 100), (C, 800), (D, 400)] {
        assert_eq!(bench.heard(lane), level(other));
    }
    assert_eq!(bench.ticks[0].clean[usize::from(C.timeslot.0)], level(400), "the recording's voice");
}

/// A loud voice: 300 Hz that swells like syllables, tick by tick.
fn loud(tick: usize) -> Octets {
    let turn = |n: usize| std::f64::consts::TAU * (tick * OCTETS_PER_TICK + n) as f64 / 8000.0;
    std::array::from_fn(|n| {
        let sample = 20_000.0 * (turn(n) * 300.0).sin() * (turn(n) * 2.0).sin();
        codec::encode(Law::A, sample as i16)
    })
}

/// A soft hiss, about -45 dBm0.
fn hiss(tick: usize) -> Octets {
    let mut state = (tick as u32).wrapping_mul(0x9e37_79b9);
    std::array::from_fn(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        codec::encode(Law::A, ((state >> 16) as i16) / 200)
    })
}

/// How loud the sixth second is of what A says and of what B hears of it, in dBm0, where the lane of A is polished. What is
/// heard is what is recorded, in every tick.
fn said_and_heard(bench: &mut Bench, says: fn(usize) -> Octets, noise_reduction: bool) -> (f32, f32) {
    bench.hears(B, Source::Lane(A));
    bench.command(MediaCommand::Polish { lane: A, noise_reduction, automatic_gain: !noise_reduction });
    let (mut said, mut heard) = (0.0, 0.0);
    for tick in 0..600 {
        bench.says(A, says(tick));
        bench.tick();
        assert_eq!(bench.heard(B), bench.ticks[0].clean[usize::from(A.timeslot.0)]);
        if tick >= 500 {
            let power = |octets: &Octets| 10_f32.powf(dsp::level_dbm0(Law::A, octets) / 10.0) / 100.0;
            said += power(&says(tick));
            heard += power(&bench.heard(B));
        }
    }
    (10.0 * said.log10(), 10.0 * heard.log10())
}

#[test]
fn a_polished_voice_is_recorded_as_it_is_heard_and_a_free_lane_is_plain_again() {
    let mut bench = Bench::new(Law::A);
    let (_, heard) = said_and_heard(&mut bench, loud, false);
    // RFC 7874, 4: -19 dBm0; `dsp` holds its gain to 1 dB of it.
    assert!((heard + 19.0).abs() < 1.0, "a loud voice comes to {heard:.1} dBm0");
    let mut bench = Bench::new(Law::A);
    let (said, heard) = said_and_heard(&mut bench, hiss, true);
    // What `dsp` promises of a steady noise after five seconds.
    assert!((-14.1..-10.0).contains(&(heard - said)), "a noise of {said:.1} dBm0 comes to {heard:.1}");
    bench.command(MediaCommand::Reset { lane: A });
    bench.hears(B, Source::Lane(A));
    bench.says(A, loud(599));
    bench.tick();
    assert_eq!(bench.heard(B), loud(599));
}

#[test]
fn levels_are_told_each_second_of_the_lanes_in_use_and_of_no_other() {
    let mut bench = Bench::new(Law::A);
    let levels = bench.switch.levels();
    bench.hears(B, Source::Lane(A));
    for tick in 0..300 {
        bench.says(A, loud(tick));
        bench.says(C, loud(tick));
        bench.tick();
    }
    let told: Vec<_> = levels.in_use().collect();
    let [(a, of_a, hears), (b, of_b, heard)] = told[..] else { panic!("{told:?}") };
    assert_eq!((a, b), (A, B));
    // A sine of 20,000 is -1.1 dBm0, and so is its peak; one that swells as another has half of its power: -4.1.
    assert_eq!((of_a.rms_dbm0, of_a.peak_dbm0), (-4, -1), "{of_a:?}");
    assert_eq!(heard, of_a, "what A says is what B hears");
    assert_eq!((of_b.speech_dbm0, hears.speech_dbm0), (None, None));
    bench.command(MediaCommand::Reset { lane: A });
    bench.command(MediaCommand::Reset { lane: B });
    (0..100).for_each(|_| bench.tick());
    assert_eq!(levels.in_use().count(), 0);
}

/// China's dial tone, listened for.
fn dial_tone_ear() -> Box<Ear> {
    Box::new(Ear::DialTone(DialTone::new(&DIAL_TONE, &Limits::EXCHANGE).expect("450 Hz is looked for")))
}

const DIAL_TONE: TonePlan =
    TonePlan { steps: &[ToneStep::one(450, 0)], after_last: AfterLast::Repeat, level_dbm0: -10.0 };

#[test]
fn an_ear_hears_its_lane_alone_also_after_a_reset_and_comes_back_to_be_freed() {
    let mut bench = Bench::new(Law::A);
    bench.command(MediaCommand::Attend { lane: A, ear: Some(dial_tone_ear()) });
    bench.command(MediaCommand::Reset { lane: A });
    assert_eq!(bench.switch.lanes_in_use().collect::<Vec<_>>(), [A]);
    let mut tone = tone::Generator::new(DIAL_TONE, Law::A);
    for _ in 0..100 {
        let mut octets = SILENCE;
        tone.process(&mut octets);
        bench.says(A, octets);
        bench.says(B, octets);
        bench.tick();
    }
    assert!(
        matches!(bench.told[..], [MediaEvent::Heard { lane: A, heard: Heard::DialTone { .. } }]),
        "{:?}",
        bench.told
    );
    bench.command(MediaCommand::Attend { lane: A, ear: None });
    assert!(matches!(bench.told[..], [_, MediaEvent::Dismissed { .. }]));
    assert_eq!(bench.switch.lanes_in_use().count(), 0);
}

#[test]
fn an_ear_for_a_lane_that_is_not_there_comes_back_at_once() {
    let mut bench = Bench::new(Law::A);
    bench.command(MediaCommand::Attend { lane: LaneId::new(SpanId(9), Timeslot(40)), ear: Some(dial_tone_ear()) });
    assert!(matches!(bench.told[..], [MediaEvent::Dismissed { .. }]));
}

/// Watches a lane for 20 ticks of silence.
fn watch(bench: &mut Bench, lane: LaneId, silence_ticks: Option<u32>) {
    bench.command(MediaCommand::Watch { lane, silence_ticks });
}

/// How often a lane was told as silent in so many ticks.
fn silences(bench: &mut Bench, ticks: usize) -> usize {
    bench.told.clear();
    (0..ticks).for_each(|_| bench.tick());
    bench.told.iter().filter(|event| matches!(event, MediaEvent::Silent { lane: A })).count()
}

#[test]
fn a_talk_in_which_nobody_speaks_is_told_and_one_party_that_speaks_is_enough() {
    let mut bench = Bench::new(Law::Mu);
    watch(&mut bench, A, Some(20));
    for (lane, from) in [(A, B), (B, A)] {
        bench.hears(lane, Source::Lane(from));
        bench.says(lane, if lane == B { [Law::Mu.silence(); OCTETS_PER_TICK] } else { SILENCE });
    }
    assert_eq!(silences(&mut bench, 19), 0);
    assert_eq!((silences(&mut bench, 1), silences(&mut bench, 20)), (1, 1), "each time as long has gone by");
    for lane in [A, B] {
        bench.says(lane, speech(3));
        assert_eq!(silences(&mut bench, 100), 0, "{lane} speaks");
        bench.says(lane, if lane == B { [Law::Mu.silence(); OCTETS_PER_TICK] } else { SILENCE });
    }
    watch(&mut bench, A, None);
    assert_eq!(silences(&mut bench, 100), 0, "nobody wants to know");
}

#[test]
fn who_hears_music_or_waits_for_something_is_never_told_as_silent() {
    let mut bench = Bench::new(Law::A);
    let clip = bench.load(1, vec![0xd5; 800]);
    watch(&mut bench, A, Some(20));
    let waits =
        [Source::Music(clip), Source::Loop(clip), Source::Silence, Source::Outside { lane: B, otherwise: None }];
    for source in waits {
        bench.hears(A, source);
        assert_eq!(silences(&mut bench, 100), 0, "{source:?}, as quiet as it is");
    }
    bench.hears(A, Source::Lane(B));
    assert_eq!(silences(&mut bench, 19), 0, "what was before the talk does not count");
    assert_eq!(silences(&mut bench, 1), 1);
}

#[test]
fn what_a_line_does_not_bring_is_no_silence_and_a_reset_lane_stays_watched() {
    let mut bench = Bench::new(Law::A);
    watch(&mut bench, A, Some(20));
    assert_eq!(bench.switch.lanes_in_use().collect::<Vec<_>>(), [A], "a watch is something that can be left behind");
    bench.command(MediaCommand::Reset { lane: A });
    bench.hears(A, Source::Lane(B));
    (0..100).for_each(|_| bench.tick_with(0));
    assert_eq!(silences(&mut bench, 19), 0);
    assert_eq!(silences(&mut bench, 1), 1);
    watch(&mut bench, LaneId::new(SpanId(9), Timeslot(40)), Some(20));
    watch(&mut bench, LaneId::new(SpanId(0), Timeslot(40)), Some(20));
    assert_eq!(silences(&mut bench, 20), 1, "lanes that are not there change nothing");
}

#[test]
fn a_plain_lane_and_whom_it_hears_are_left_as_they_are_as_long_as_that_lasts() {
    let mut bench = Bench::new(Law::A);
    let raw = |bench: &Bench| [bench.ticks[0].raw, bench.ticks[1].raw];
    let [a, b] = [1 << A.timeslot.0, 1 << B.timeslot.0];
    bench.command(MediaCommand::Plain { lane: A, on: true });
    bench.command(MediaCommand::Reset { lane: A });
    bench.tick();
    assert_eq!(raw(&bench), [a, 0], "it does not matter whether there is a call");
    bench.hears(A, Source::Lane(B));
    bench.tick();
    assert_eq!(raw(&bench), [a, b]);
    bench.hears(A, Source::Silence);
    bench.tick();
    assert_eq!(raw(&bench), [a, 0]);
    bench.command(MediaCommand::Plain { lane: A, on: false });
    bench.hears(A, Source::Lane(B));
    bench.tick();
    assert_eq!(raw(&bench), [0, 0]);
    bench.command(MediaCommand::Plain { lane: LaneId::new(SpanId(9), Timeslot(40)), on: true });
    bench.command(MediaCommand::Plain { lane: LaneId::new(SpanId(0), Timeslot(40)), on: true });
    bench.tick();
    assert_eq!(raw(&bench), [0, 0], "lanes that are not there change nothing");
}

#[test]
fn nothing_is_made_pleasanter_of_what_a_plain_lane_says_or_hears() {
    let polished = |lane| MediaCommand::Polish { lane, noise_reduction: true, automatic_gain: true };
    for plain in [A, B] {
        let mut bench = Bench::new(Law::A);
        bench.command(MediaCommand::Plain { lane: plain, on: true });
        for (lane, from) in [(A, B), (B, A)] {
            bench.command(polished(lane));
            bench.hears(lane, Source::Lane(from));
        }
        for tick in 0..200 {
            bench.says(A, hiss(tick));
            bench.says(B, hiss(tick + 1));
            bench.tick();
            assert_eq!((bench.heard(B), bench.heard(A)), (hiss(tick), hiss(tick + 1)));
        }
    }
}
