//! A caller speaks and keys on an armed lane; the agent's side and what the sealer is given are looked at sample by sample.

use std::{f64::consts::TAU, fs, path::Path};

use codec::{dbm0_of_rms, sine_peak_of_dbm0};
use dsp::dtmf::DtmfDigit;
use frame::{LaneId, SpanId, Tick, Timeslot, TrackHandle};
use line::SpanInfo;

use super::*;
use crate::media::{MediaCommand, Source, Switch};

const CALLER: LaneId = LaneId::new(SpanId(0), Timeslot(1));
const AGENT: LaneId = LaneId::new(SpanId(0), Timeslot(20));
const DELAY: usize = DELAY_TICKS * OCTETS_PER_TICK;
const MARGIN_SAMPLES: usize = MARGIN as usize;
const TRACK: TrackHandle = TrackHandle { slot: 3, generation: 1 };

/// A key and the samples in which it sounds.
#[derive(Clone, Copy)]
struct Keyed {
    digit: DtmfDigit,
    from: usize,
    to: usize,
}

/// A talk between caller and agent.
struct Talk {
    switch: Switch,
    ticks: Vec<Box<SpanTick>>,
    law: Law,
    now: u64,
    /// What the agent heard.
    heard: Vec<u8>,
    /// What the sealer keeps of the caller, and the flags of each tick.
    recorded: Vec<u8>,
    flags: Vec<LaneFlags>,
    /// What the sealer gets of the caller's track, on whatever lane.
    track: Vec<u8>,
}

impl Talk {
    fn new(law: Law) -> Talk {
        let span = SpanInfo { span: SpanId(0), law, timeslots: 32 };
        let mut talk = Talk {
            switch: Switch::new(&[span]),
            ticks: vec![SpanTick::silent(SpanId(0), law)],
            law,
            now: 0,
            heard: Vec::new(),
            recorded: Vec::new(),
            flags: Vec::new(),
            track: Vec::new(),
        };
        talk.tell(MediaCommand::Hear { lane: AGENT, source: Source::Lane(CALLER) });
        talk.tell(MediaCommand::Record { lane: CALLER, track: Some(TRACK) });
        talk
    }

    fn tell(&mut self, command: MediaCommand) {
        self.switch.command(Tick(self.now), command, &mut |_| ());
    }

    fn arm(&mut self, on: bool) {
        self.tell(MediaCommand::Blackout { lane: CALLER, on });
    }

    fn says(&mut self, octets: &[u8]) {
        for tick in octets.as_chunks().0 {
            self.ticks[0].rx[1] = *tick;
            self.switch.tick(Tick(self.now), &mut self.ticks, u128::MAX, &mut |_| ());
            self.now += 1;
            self.heard.extend(self.ticks[0].tx[20]);
            let stamp = self.ticks[0].stamp(CALLER.timeslot);
            self.flags.push(stamp.flags);
            // As the sealer does (`recorder::live`).
            let hidden = stamp.flags.contains(LaneFlags::BLACKOUT);
            self.recorded.extend(if hidden { [self.law.silence(); OCTETS_PER_TICK] } else { self.ticks[0].clean[1] });
            let carrier = (0..LANES).find(|lane| self.ticks[0].lanes[*lane].track == Some(TRACK));
            self.track.extend(carrier.map_or(&[][..], |lane| &self.ticks[0].clean[lane]));
        }
    }

    /// The caller's leg ends: its recording, and then its lane is free.
    fn hang_up(&mut self) {
        self.tell(MediaCommand::Record { lane: CALLER, track: None });
        self.tell(MediaCommand::Reset { lane: CALLER });
    }
}

fn speech(law: Law) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/voices/caller.wav");
    let file = fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}; ./justw voices makes it", path.display()));
    // A-law, as tools/voices makes it: its chunk of samples is the last one.
    let samples = file.windows(4).position(|name| name == b"data").unwrap() + 8;
    file[samples..].iter().map(|&octet| codec::transcode(Law::A, law, octet)).collect()
}

/// Keys a digit over what is said: a caller is silent for 60 ms before and after, as the key is sought.
fn key(line: &mut [u8], law: Law, keyed: Keyed, level_dbm0: f32) {
    line[keyed.from - 480..keyed.to + 480].fill(law.silence());
    let peak = f64::from(sine_peak_of_dbm0(law, level_dbm0));
    for (n, octet) in line[keyed.from..keyed.to].iter_mut().enumerate() {
        let sine = |hz: f32| (TAU * f64::from(hz) * n as f64 / 8000.0 + 0.7).sin();
        *octet = encode(law, (peak * (sine(keyed.digit.low_hz()) + sine(keyed.digit.high_hz()))) as i16);
    }
}

/// Speech with all sixteen digits in it, one in 1.1 s, at every alignment to the tick and every level that is taken.
fn speech_with_digits(law: Law) -> (Vec<u8>, Vec<Keyed>) {
    let mut line = speech(law);
    let keyed: Vec<_> = DtmfDigit::all()
        .enumerate()
        .map(|(place, digit)| {
            let from = 8000 + place * 8800 + place * 13;
            Keyed { digit, from, to: from + 400 + place * 47 }
        })
        .collect();
    for (place, keyed) in keyed.iter().enumerate() {
        key(&mut line, law, *keyed, -2.0 - 1.5 * place as f32);
    }
    line.truncate(line.len() / OCTETS_PER_TICK * OCTETS_PER_TICK);
    (line, keyed)
}

/// The highest level of a frequency in any 10 ms of a stretch, by Goertzel's recursion.
fn loudest_dbm0(octets: &[u8], law: Law, hz: f32) -> f32 {
    let coefficient = 2.0 * (TAU * f64::from(hz) / 8000.0).cos();
    let level = |window: &[u8]| {
        let (mut before, mut last) = (0.0, 0.0);
        for &octet in window {
            (before, last) = (last, f64::from(decode(law, octet)) + coefficient * last - before);
        }
        let square = last * last + before * before - coefficient * last * before;
        dbm0_of_rms(law, (square.max(0.0) * 2.0).sqrt() as f32 / window.len() as f32)
    };
    octets.windows(OCTETS_PER_TICK).step_by(20).map(level).fold(f32::NEG_INFINITY, f32::max)
}

#[test]
fn no_digit_comes_to_the_agent_or_the_recording_and_no_word_is_clipped() {
    for law in [Law::A, Law::Mu] {
        let (line, keyed) = speech_with_digits(law);
        let mut talk = Talk::new(law);
        talk.arm(true);
        talk.says(&line);
        for (side, name) in [(&talk.heard, "heard"), (&talk.recorded, "recorded")] {
            let mut kept = line.clone();
            for Keyed { digit, from, to } in &keyed {
                let hidden = &side[from - MARGIN_SAMPLES + DELAY..to + MARGIN_SAMPLES + DELAY];
                for hz in [digit.low_hz(), digit.high_hz()] {
                    let level_dbm0 = loudest_dbm0(hidden, law, hz);
                    assert!(level_dbm0 < -60.0, "{name} {law:?} {}: {hz} Hz at {level_dbm0} dBm0", digit.as_char());
                }
                kept[*from..*to].fill(law.silence());
            }
            let changed = side[DELAY..].iter().zip(&kept).filter(|(heard, said)| heard != said).count();
            assert_eq!(changed, 0, "{name} {law:?}: samples of what was said");
        }
        let hidden_ticks = talk.flags.iter().filter(|flags| flags.contains(LaneFlags::BLACKOUT)).count();
        assert!((16 * 5..16 * 15).contains(&hidden_ticks), "{hidden_ticks}");
    }
}

#[test]
fn without_arming_the_same_digits_are_heard_loud_and_at_once() {
    let (line, keyed) = speech_with_digits(Law::A);
    let mut talk = Talk::new(Law::A);
    talk.says(&line);
    assert!(talk.heard == line && talk.recorded == line);
    let Keyed { digit, from, to } = keyed[0];
    assert!(loudest_dbm0(&talk.heard[from..to], Law::A, digit.low_hz()) > -4.0);
}

#[test]
fn in_noise_15_db_below_a_digit_is_hidden_too() {
    let (mut line, keyed) = speech_with_digits(Law::A);
    let mut seed = 9_u64;
    for Keyed { from, to, .. } in &keyed {
        let squares: f64 = line[*from..*to].iter().map(|&octet| f64::from(decode(Law::A, octet)).powi(2)).sum();
        let rms = (squares / (to - from) as f64).sqrt() * 10_f64.powf(-15.0 / 20.0);
        for octet in &mut line[from - 400..to + 400] {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Even between plus and minus the square root of three times the wanted root mean square.
            let noise = ((seed >> 33) as f64 / f64::from(1 << 30) - 1.0) * rms * 3_f64.sqrt();
            *octet = encode(Law::A, (f64::from(decode(Law::A, *octet)) + noise) as i16);
        }
    }
    let mut talk = Talk::new(Law::A);
    talk.arm(true);
    talk.says(&line);
    for Keyed { from, to, .. } in keyed {
        let heard = &talk.heard[from + DELAY..to + DELAY];
        assert!(heard.iter().all(|&octet| octet == Law::A.silence()), "digit at {from}");
    }
}

#[test]
fn arming_holds_at_once_and_the_agent_hears_the_last_40_ms_again() {
    let line = speech(Law::A);
    let mut talk = Talk::new(Law::A);
    talk.says(&line[..8000]);
    talk.arm(true);
    talk.says(&line[8000..16_000]);
    assert!(talk.heard[..8000] == line[..8000]);
    assert!(talk.heard[8000 + FADE..] == line[8000 + FADE - DELAY..16_000 - DELAY]);
}

/// The largest step from sample to sample.
fn steepest(octets: &[u8]) -> i32 {
    let value = |octet: u8| i32::from(decode(Law::A, octet));
    octets.windows(2).map(|pair| (value(pair[1]) - value(pair[0])).abs()).max().unwrap()
}

#[test]
fn arming_and_disarming_in_a_tone_makes_no_click() {
    // 190 Hz: its period does not divide the delay, and it is never quiet.
    let peak = f64::from(sine_peak_of_dbm0(Law::A, -10.0));
    let tone = |n: usize| encode(Law::A, (peak * (TAU * 190.0 * n as f64 / 8000.0).sin()) as i16);
    let line: Vec<u8> = (0..40_000).map(tone).collect();
    let mut talk = Talk::new(Law::A);
    talk.says(&line[..4000]);
    talk.arm(true);
    talk.says(&line[4000..8000]);
    talk.arm(false);
    talk.says(&line[8000..]);
    // The worst jump, from peak to peak, in steps of the fade.
    let limit = steepest(&line) + (2.0 * peak) as i32 / FADE as i32;
    assert!(steepest(&talk.heard) <= limit, "{} of {limit}", steepest(&talk.heard));
    assert!(talk.heard[39_000..] == line[39_000..], "and after two seconds there is no delay");
}

#[test]
fn disarmed_in_speech_the_delay_is_given_back_where_nobody_speaks() {
    let line = speech(Law::A);
    let line = &line[..line.len() / OCTETS_PER_TICK * OCTETS_PER_TICK];
    let mut talk = Talk::new(Law::A);
    talk.arm(true);
    talk.says(&line[..16_000]);
    talk.arm(false);
    talk.says(&line[16_000..]);
    let end = line.len();
    assert!(talk.heard[end - 8000..] == line[end - 8000..], "no delay is left");
    // What was left out is a few ticks, each of them quiet: all power of the speech was heard.
    let power = |octets: &[u8]| octets.iter().map(|&octet| f64::from(decode(Law::A, octet)).powi(2)).sum::<f64>();
    let lost = power(&line[..end - 8000]) - power(&talk.heard[..end - 8000]);
    let quiet = f64::from(rms_of_dbm0(Law::A, QUIET_DBM0)).powi(2) * DELAY as f64;
    assert!(lost.abs() <= quiet + f64::from(steepest(line)).powi(2), "{lost} of {quiet}");
}

#[test]
fn a_stamp_goes_with_the_octets_for_which_it_was_made() {
    let mut talk = Talk::new(Law::A);
    let line = speech(Law::A);
    talk.arm(true);
    talk.says(&line[..800]);
    talk.tell(MediaCommand::Flag { lane: CALLER, flags: LaneFlags::PAUSED, on: true });
    talk.says(&line[800..880]);
    talk.tell(MediaCommand::Flag { lane: CALLER, flags: LaneFlags::PAUSED, on: false });
    talk.says(&line[880..1600]);
    let paused: Vec<_> = (0..20).filter(|&tick| talk.flags[tick].contains(LaneFlags::PAUSED)).collect();
    assert_eq!(paused, [10 + DELAY_TICKS]);
    assert!(talk.heard[(10 + DELAY_TICKS) * 80..][..80] == line[800..880]);
}

#[test]
fn the_next_call_on_a_lane_hears_nothing_of_the_last_one() {
    let mut talk = Talk::new(Law::A);
    talk.arm(true);
    talk.says(&speech(Law::A)[..16_000]);
    talk.tell(MediaCommand::Reset { lane: CALLER });
    talk.tell(MediaCommand::Hear { lane: AGENT, source: Source::Lane(CALLER) });
    talk.arm(true);
    talk.says(&[Law::A.silence(); 1600]);
    assert!(talk.heard[16_000..].iter().all(|&octet| octet == Law::A.silence()));
}

#[test]
fn a_recording_that_ends_while_it_is_late_has_the_last_word() {
    let line = speech(Law::A);
    let line = &line[8000..24_000];
    for (armed_until, next_call_takes_the_lane) in [(16_000, false), (16_000, true), (15_920, false)] {
        let mut talk = Talk::new(Law::A);
        talk.arm(true);
        talk.says(&line[..armed_until]);
        talk.arm(armed_until == 16_000);
        talk.says(&line[armed_until..]);
        talk.hang_up();
        if next_call_takes_the_lane {
            let track = Some(TrackHandle { slot: 3, generation: 2 });
            talk.tell(MediaCommand::Record { lane: CALLER, track });
        }
        talk.says(&[Law::A.silence(); 10 * OCTETS_PER_TICK]);
        let end = talk.track.len();
        assert_eq!(end % OCTETS_PER_TICK, 0);
        assert!(end >= 16_000 && talk.track[end - 800..] == line[15_200..], "{armed_until} {next_call_takes_the_lane}");
        let after = &talk.heard[16_000..];
        assert!(after.iter().all(|&octet| octet == Law::A.silence()), "and nobody hears it");
    }
}

#[test]
fn who_hangs_up_with_a_key_held_leaves_nothing_of_it() {
    // From far less than what is suspected to a digit that is told.
    for held in [16, 80, 160, 230, 300, 480, 800] {
        let (end, digits) = (24_000, DtmfDigit::new(2, 1));
        let mut line = speech(Law::A);
        let keys = [(18_003, 18_803), (end - held, end)];
        keys.iter().for_each(|(from, to)| key(&mut line, Law::A, Keyed { digit: digits, from: *from, to: *to }, -3.0));
        let mut talk = Talk::new(Law::A);
        talk.arm(true);
        talk.says(&line[..end]);
        talk.hang_up();
        talk.says(&[Law::A.silence(); 10 * OCTETS_PER_TICK]);
        let last = &talk.track[end - held..];
        assert_eq!(talk.track.len(), end);
        assert!(last.iter().all(|&octet| octet == Law::A.silence()), "{held} samples of a key");
    }
}

#[test]
fn a_short_beep_that_is_no_digit_is_heard_but_for_the_time_in_which_it_is_suspected() {
    let mut line = vec![Law::A.silence(); 16_000];
    let beep = Keyed { digit: DtmfDigit::new(1, 1), from: 8003, to: 8003 + 200 };
    key(&mut line, Law::A, beep, -10.0);
    let mut talk = Talk::new(Law::A);
    talk.arm(true);
    talk.says(&line);
    let lost = talk.heard[DELAY..].iter().zip(&line).filter(|(heard, said)| heard != said).count();
    assert!(lost <= 80 + FADE, "{lost} samples");
}
