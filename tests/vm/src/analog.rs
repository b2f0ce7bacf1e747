//! Telephones and outside lines through the whole box: what a caller on two wires does and hears. Keys and caller ids are
//! made and read by SpanDSP.
//! Not here: voltages, polarity, and the telephone's own lamp, which only a card has.

use std::{f64::consts::TAU, thread::sleep, time::Duration};

use codec::encode;
use dahdi_sys as sys;
use frame::Law;

use crate::{
    ear,
    runner::Case,
    site::{Site, contains, voice},
    spandsp::{caller_id, digits, keys},
    spans::FAR_LINES,
    telephone::Telephone,
};

/// Two a box, whose start costs the machine as much as both of them.
pub const CASES: &[Case] = &[
    Case::new("telephones_dial_by_keys_and_by_a_dial_show_who_calls_and_are_heard_hanging_up", telephones),
    Case::new("a_call_on_an_outside_line_is_let_go_at_busy_tone_and_at_the_drop_of_its_feed", lines_in),
    Case::new("a_call_out_dials_after_dial_tone_and_takes_another_line_where_the_first_rings", lines_out),
];

fn telephones() {
    let mut site = Site::linked();
    by_keys(&site);
    by_pulses(&site);
    assert_eq!(site.rows(2).len(), 2, "two calls, two rows");
    site.stops();
}

fn lines_in() {
    let mut site = Site::linked();
    in_by_a_line(&site);
    dropped_feed(&site);
    assert_eq!(site.rows(2).len(), 2, "two calls, two rows");
    site.stops();
}

fn lines_out() {
    let mut site = Site::linked();
    out_by_a_line(&site);
    glare(&site);
    assert_eq!(site.rows(3).len(), 3, "three calls, three rows");
    site.stops();
}

/// A channel that was just opened does not hear of ringing for two seconds (`RING_DEBOUNCE_TIME`).
pub const SETTLED: Duration = Duration::from_secs(3);
/// How much of a voice has to be heard, octet for octet: 2 s.
const HEARD: usize = 16_000;

pub fn wait(ms: u64) {
    sleep(Duration::from_millis(ms));
}

fn by_keys(site: &Site) {
    let (caller, called) = (site.telephone(1), site.telephone(2));
    sleep(SETTLED);
    caller.listens();
    caller.lifts();
    wait(1500);
    hears_dial_tone(&caller.heard());
    called.listens();
    caller.says(&keys("802"));
    called.sees(sys::DAHDI_EVENT_RINGBEGIN);
    // The first burst, and the pause in which it is said who calls.
    wait(4500);
    // 801, and 急诊台 in GBK.
    assert_eq!(caller_id(&called.heard()), "message 80\n02 383031\n07 bcb1d5efcca8");
    called.lifts();
    wait(1000);
    talk(&caller, &called);
    called.hangs_up();
    wait(2500);
    caller.listens();
    wait(2500);
    hears_busy(&caller.heard());
    caller.hangs_up();
}

fn by_pulses(site: &Site) {
    let (caller, called) = (site.telephone(8), site.telephone(5));
    sleep(SETTLED);
    caller.lifts();
    wait(1500);
    caller.pulses("805");
    called.sees(sys::DAHDI_EVENT_RINGBEGIN);
    called.lifts();
    wait(1500);
    talk(&caller, &called);
    caller.hangs_up();
    wait(2500);
    called.listens();
    wait(2500);
    hears_busy(&called.heard());
    called.hangs_up();
}

/// The exchange's end of an outside line.
pub fn line(position: i32) -> Telephone {
    Telephone::at(FAR_LINES, position)
}

/// A call comes in by a line, is led to the switchboard by a key, and answered there.
pub fn comes_in(line: &Telephone, switchboard: &Telephone) {
    sleep(SETTLED);
    line.hooks(sys::DAHDI_RING);
    line.sees(sys::DAHDI_EVENT_RINGOFFHOOK);
    line.hooks(sys::DAHDI_OFFHOOK);
    wait(2000);
    line.says(&keys("0"));
    switchboard.sees(sys::DAHDI_EVENT_RINGBEGIN);
    switchboard.lifts();
    wait(2000);
    talk(line, switchboard);
}

fn in_by_a_line(site: &Site) {
    let (line, switchboard) = (line(1), site.telephone(7));
    comes_in(&line, &switchboard);
    // China's busy tone: 0.35 s on and off.
    line.repeats(&[tone(450.0, 350), silence(350)].concat());
    line.sees(sys::DAHDI_EVENT_ONHOOK);
    wait(1000);
    switchboard.hangs_up();
}

fn dropped_feed(site: &Site) {
    let (line, switchboard) = (line(2), site.telephone(7));
    comes_in(&line, &switchboard);
    line.hooks(sys::DAHDI_ONHOOK);
    wait(2000);
    switchboard.listens();
    wait(2500);
    hears_busy(&switchboard.heard());
    switchboard.hangs_up();
}

/// The exchange answers a seizure with dial tone, and takes the number.
fn takes_number(line: &Telephone) -> String {
    line.hooks(sys::DAHDI_OFFHOOK);
    line.listens();
    line.repeats(&tone(450.0, 1000));
    // Long enough to be known for dial tone; the first digit may come before it ends.
    wait(2000);
    line.says(&[]);
    wait(4000);
    digits(&line.heard())
}

fn seized(lines: &[Telephone]) -> &Telephone {
    Telephone::first_that_rings(lines)
}

fn out_by_a_line(site: &Site) {
    let lines: Vec<Telephone> = (1..=4).map(line).collect();
    let caller = site.telephone(1);
    sleep(SETTLED);
    caller.lifts();
    wait(1500);
    caller.says(&keys("962005678"));
    let line = seized(&lines);
    assert_eq!(takes_number(line), "62005678");
    talk(&caller, line);
    caller.hangs_up();
    line.sees(sys::DAHDI_EVENT_ONHOOK);
}

fn glare(site: &Site) {
    let lines: Vec<Telephone> = (1..=4).map(line).collect();
    let (caller, switchboard) = (site.telephone(1), site.telephone(7));
    sleep(SETTLED);
    caller.lifts();
    wait(1500);
    caller.says(&keys("962005678"));
    let first = seized(&lines);
    // The exchange was about to ring on it, and sends no dial tone.
    first.hooks(sys::DAHDI_RING);
    let others: Vec<&Telephone> = lines.iter().filter(|line| line.position() != first.position()).collect();
    let second = loop {
        if let Some(line) = others.iter().find(|line| line.rings()) {
            break line;
        }
        wait(20);
    };
    assert_eq!(takes_number(second), "62005678");
    // Who rang has the menu.
    first.hooks(sys::DAHDI_OFFHOOK);
    wait(2000);
    first.says(&keys("0"));
    switchboard.sees(sys::DAHDI_EVENT_RINGBEGIN);
    switchboard.lifts();
    wait(2000);
    talk(first, &switchboard);
    talk(second, &caller);
    caller.hangs_up();
    switchboard.hangs_up();
}

/// Both hear each other, octet for octet.
pub fn talk(one: &Telephone, two: &Telephone) {
    let said = voice();
    let answer: Vec<u8> = said.iter().rev().copied().collect();
    one.listens();
    two.listens();
    one.says(&said);
    two.says(&answer);
    wait(4000);
    assert!(contains(&two.heard(), &said[..HEARD]), "{} hears {}", two.position(), one.position());
    assert!(contains(&one.heard(), &answer[..HEARD]), "{} hears {}", one.position(), two.position());
    one.says(&[]);
    two.says(&[]);
}

pub fn hears_dial_tone(heard: &[u8]) {
    let stretches = ear::stretches(heard);
    let (sounds, ms, samples) = stretches.last().expect("something was heard");
    assert!(*sounds && *ms > 500, "dial tone sounds on: {ms} ms");
    ear::assert_is_450_hz(samples);
}

/// Busy tone goes on and off.
pub fn hears_busy(heard: &[u8]) {
    let stretches = ear::stretches(heard);
    // The first and the last are cut off anywhere.
    let tones: Vec<_> = stretches[1..stretches.len() - 1].iter().filter(|(sounds, ..)| *sounds).collect();
    assert!(tones.len() >= 2, "{} tones", tones.len());
    for (_, ms, samples) in tones {
        assert!((330..=370).contains(ms), "{ms} ms");
        ear::assert_is_450_hz(samples);
    }
}

/// A tone of −10 dBm0 in whole blocks; its length is one of whole periods, so that it may be repeated.
pub fn tone(hz: f64, ms: usize) -> Vec<u8> {
    let peak = 32_767.0 * 10_f64.powf((-10.0 - FULL_SCALE_DBM0) / 20.0);
    (0..ms * 8).map(|at| encode(Law::A, (peak * (TAU * hz * at as f64 / 8000.0).sin()) as i16)).collect()
}

/// The level of a full-scale sine in A-law (G.711).
#[allow(clippy::approx_constant, reason = "the load capacity of A-law, and not pi")]
const FULL_SCALE_DBM0: f64 = 3.14;

pub fn silence(ms: usize) -> Vec<u8> {
    vec![Law::A.silence(); ms * 8]
}
