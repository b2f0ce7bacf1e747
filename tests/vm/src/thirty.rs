//! All thirty channels of an E1 at once, each with its own noise both ways: nothing crossed, nothing lost, nothing twice.

use std::{fs, thread::sleep, time::Duration};

use frame::Law;
use ringfence::wav;

use crate::{
    runner::Case,
    site::{Site, field},
    telephone::Telephone,
    usage::{Usage, figure, system_calls_per_s},
};

pub const CASES: &[Case] = &[
    Case::new("thirty_calls_each_with_their_own_audio_for_minutes", || talk_for(USUAL_TIME)),
    Case::long("thirty_calls_each_with_their_own_audio_for_an_hour", || talk_for(Duration::from_secs(3600))),
];

/// Three, of the box as it is shipped. One that is not optimised takes two and a half times as long as its clock says, and all others wait for it.
const USUAL_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 45 } else { 180 });
/// Telephones, and calls.
const CALLS: usize = 30;
/// The end of the time, which has to cost no more than the rest.
const LAST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 60 });
/// 2 s, over and over. A prime number of blocks, so that no period of anything else hides a slip.
const CLIP_BLOCKS: usize = 199;

fn talk_for(time: Duration) {
    let mut site = Site::with_thirty_telephones();
    let telephones: Vec<Telephone> = (1..=CALLS as i32).map(|position| site.telephone(position)).collect();
    sleep(Duration::from_secs(3));
    let timeslots: Vec<usize> = (1..32).filter(|timeslot| *timeslot != 16).collect();
    let calls: Vec<i64> =
        timeslots.iter().zip(&telephones).map(|(timeslot, telephone)| site.talks(*timeslot, telephone)).collect();
    sleep(Duration::from_secs(1));
    for (timeslot, telephone) in timeslots.iter().zip(&telephones) {
        speaks_both_ways(&mut site, *timeslot, telephone);
    }
    let before = Usage::of_the_box();
    sleep(time - LAST);
    let towards_the_end = Usage::of_the_box();
    sleep(LAST);
    let after = Usage::of_the_box();
    let (spent, last) = (after - before, after - towards_the_end);
    let system_calls = system_calls_per_s(Duration::from_secs(5));
    for (timeslot, telephone) in timeslots.iter().zip(&telephones) {
        let there = compared(&mut site, *timeslot);
        let here = telephone.compared();
        assert_whole(time, here, &format!("telephone {} hears its caller", telephone.position()));
        assert_whole(time, there, &format!("the caller on {timeslot} hears its telephone"));
    }
    let slips = site.exchange_slips();
    figure("dahdi.slips_30_calls", slips as f64, "");
    figure("dahdi.cpu_pct_30_calls", spent.processor_pct, "% of the machine's virtual processor");
    figure("dahdi.cpu_pct_30_calls.last_minute", last.processor_pct, "% of the machine's virtual processor");
    figure("dahdi.syscalls_per_s_30_calls", system_calls, "/s");
    figure("dahdi.reads_and_writes_per_s_30_calls", spent.reads_and_writes_per_s, "/s");
    assert_eq!(slips, 0, "no block was lost or lacking at the exchange");
    for (id, telephone) in calls.iter().zip(&telephones) {
        site.exchange.tell(&format!("hangup id={id} cause=16"));
        telephone.hangs_up();
    }
    assert_eq!(site.rows(CALLS).len(), CALLS, "one row a call");
    drop(telephones);
    site.stops();
}

fn speaks_both_ways(site: &mut Site, timeslot: usize, telephone: &Telephone) {
    let (there, here) = (noise(timeslot as u32), noise(100 + timeslot as u32));
    let write = |name: &str, octets: &[u8]| {
        let file = format!("/data/site/{name}-{timeslot}");
        fs::write(&file, octets).unwrap();
        file
    };
    let (says, expects) = (write("says", &wav::file(Law::A, &[&there])), write("expects", &here));
    telephone.expects(&there);
    site.exchange.tell(&format!("expect ts={timeslot} file={expects}"));
    telephone.repeats(&here);
    site.exchange.tell(&format!("play ts={timeslot} file={says} loop=1"));
}

/// What the exchange found on a timeslot: octets as expected, and others.
fn compared(site: &mut Site, timeslot: usize) -> (usize, usize) {
    site.exchange.tell(&format!("expect off ts={timeslot}"));
    site.exchange.until("what it compared", |line| {
        (field(line, "\"EXPECTED\"", "ts")? == timeslot as i64).then_some(())?;
        Some((field(line, "\"EXPECTED\"", "good")? as usize, field(line, "\"EXPECTED\"", "bad")? as usize))
    })
}

/// All of the time, but for the first second, and not one octet otherwise.
fn assert_whole(time: Duration, (good, bad): (usize, usize), what: &str) {
    let least = 8000 * (time.as_secs() as usize - 1);
    assert!(bad == 0 && good >= least, "{what}: {good} octets as said, {bad} others, of at least {least}");
}

/// Another noise for each seed, quiet enough that no receiver takes it for a tone.
fn noise(seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // A-law with even bits inverted: sign and the lower half of the segments.
        (state as u8 & 0xbf) ^ 0x55
    };
    (0..CLIP_BLOCKS * 80).map(next).collect()
}
