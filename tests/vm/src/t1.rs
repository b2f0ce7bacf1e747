//! A T1 in the box beside its E1: libpri on its D-channel, which is the last timeslot, in a dialect of North America. Between
//! lines of one law each octet stays as it is; between lines of both it is what ITU-T G.711 has in its tables.

use std::{fs, thread::sleep, time::Duration};

use codec::transcode;
use frame::Law;
use ringfence::wav;

use crate::{
    program::Program,
    runner::Case,
    site::{Site, contains, field, place, talk},
    telephone::Telephone,
};

pub const CASES: &[Case] =
    &[Case::new("a_t1_beside_an_e1_carries_calls_in_its_law_and_both_laws_meet_by_the_table", both_lines)];

/// They talk for so long.
const TALK: Duration = Duration::from_secs(5);
/// A prime number of blocks, so that no period of anything else hides a slip.
const CLIP_BLOCKS: usize = 97;

/// A talk: its channel of the exchange, the law there, and its telephone with the law there.
struct Talk<'a> {
    timeslot: usize,
    far: Law,
    telephone: &'a Telephone,
    near: Law,
}

fn both_lines() {
    let mut site = Site::with_a_t1();
    let telephones: Vec<Telephone> = (1..=8).map(|position| site.telephone(position)).collect();
    sleep(Duration::from_secs(3));
    let talk_of =
        |timeslot, far, position: usize, near| Talk { timeslot, far, telephone: &telephones[position - 1], near };
    let talks = [
        talk_of(1, Law::Mu, 5, Law::Mu),
        talk_of(23, Law::Mu, 1, Law::A),
        talk_of(2, Law::A, 2, Law::A),
        talk_of(31, Law::A, 6, Law::Mu),
    ];
    let calls: Vec<i64> = talks.iter().map(|of| talk(exchange(&mut site, of.far), of.timeslot, of.telephone)).collect();
    sleep(Duration::from_secs(1));
    talks.iter().for_each(|talk| speaks_both_ways(&mut site, talk));
    sleep(TALK);
    talks.iter().for_each(|talk| hears_all(&mut site, talk));
    for (talk, call) in talks.iter().zip(calls) {
        exchange(&mut site, talk.far).tell(&format!("hangup id={call} cause=16"));
        talk.telephone.hangs_up();
    }
    // Telephones have rung more often than anybody looked.
    telephones.iter().for_each(|telephone| while telephone.rings() {});
    chooses_in_the_menu(site.on_t1(), &telephones);
    assert_eq!(site.rows(talks.len() + 1).len(), talks.len() + 1, "one row a call");
    is_recorded(&site, &talks);
    assert_eq!(site.exchange_slips(), 0, "no block was lost or lacking");
    drop(telephones);
    site.stops();
}

fn exchange(site: &mut Site, law: Law) -> &mut Program {
    if law == Law::Mu { site.on_t1() } else { &mut site.exchange }
}

fn speaks_both_ways(site: &mut Site, talk: &Talk<'_>) {
    let (there, here) = (said_there(talk), said_here(talk));
    let write = |name: &str, octets: &[u8]| {
        let file = format!("/data/site/t1-{name}-{}", talk.timeslot);
        fs::write(&file, octets).unwrap();
        file
    };
    let (says, expects) =
        (write("says", &wav::file(talk.far, &[&there])), write("expects", &converted(talk.near, talk.far, &here)));
    talk.telephone.expects(&converted(talk.far, talk.near, &there));
    let exchange = exchange(site, talk.far);
    exchange.tell(&format!("expect ts={} file={expects}", talk.timeslot));
    talk.telephone.repeats(&here);
    exchange.tell(&format!("play ts={} file={says} loop=1", talk.timeslot));
}

fn hears_all(site: &mut Site, talk: &Talk<'_>) {
    let timeslot = talk.timeslot;
    let exchange = exchange(site, talk.far);
    exchange.tell(&format!("expect off ts={timeslot}"));
    let there = exchange.until("what it compared", |line| {
        (field(line, "\"EXPECTED\"", "ts")? == timeslot as i64).then_some(())?;
        Some((field(line, "\"EXPECTED\"", "good")? as usize, field(line, "\"EXPECTED\"", "bad")? as usize))
    });
    // All of the time, but for the first second, and not one octet otherwise.
    let least = 8000 * (TALK.as_secs() as usize - 1);
    for (who, (good, bad)) in [("the telephone", talk.telephone.compared()), ("the caller", there)] {
        assert!(bad == 0 && good >= least, "timeslot {timeslot} in {:?}: {who} heard {good} good, {bad} bad", talk.far);
    }
}

/// In by the voice menu, with a digit in the T1's law.
fn chooses_in_the_menu(exchange: &mut Program, telephones: &[Telephone]) {
    let call = place(exchange, 3, "62001234");
    sleep(Duration::from_secs(2));
    exchange.tell("tones ts=3 digits=1");
    let telephone = Telephone::first_that_rings(telephones);
    assert!([2, 3, 4].contains(&telephone.position()), "an agent of the queue: {}", telephone.position());
    telephone.lifts();
    sleep(Duration::from_secs(1));
    exchange.tell(&format!("hangup id={call} cause=16"));
    telephone.hangs_up();
}

/// Each voice is kept as it came: in the law of its line, octet for octet.
fn is_recorded(site: &Site, talks: &[Talk<'_>]) {
    let recordings = site.recordings();
    let voices: Vec<_> = recordings.iter().flat_map(|one| &one.parts).flat_map(|part| &part.voices).collect();
    let is_kept = |law: Law, said: &[u8]| voices.iter().any(|voice| voice.law == law && contains(&voice.octets, said));
    for talk in talks {
        assert!(is_kept(talk.far, &said_there(talk)), "timeslot {}: the caller's voice", talk.timeslot);
        assert!(is_kept(talk.near, &said_here(talk)), "timeslot {}: the telephone's voice", talk.timeslot);
    }
}

fn said_there(talk: &Talk<'_>) -> Vec<u8> {
    noise(talk.far, talk.timeslot as u32)
}

fn said_here(talk: &Talk<'_>) -> Vec<u8> {
    noise(talk.near, 100 + talk.timeslot as u32)
}

fn converted(from: Law, to: Law, octets: &[u8]) -> Vec<u8> {
    octets.iter().map(|octet| transcode(from, to, *octet)).collect()
}

/// Another noise for each seed, quiet enough that no receiver takes it for a tone.
fn noise(law: Law, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // Sign and the lower half of the segments: A-law has its even bits inverted, µ-law all.
        let quiet = state as u8 & 0xbf;
        if law == Law::A { quiet ^ 0x55 } else { !quiet }
    };
    (0..CLIP_BLOCKS * 80).map(next).collect()
}
