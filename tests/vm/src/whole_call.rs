//! The main job on the real kernel stack: in from libpri's exchange, through the menu by a digit and a queue to a telephone,
//! recorded, and intact in the vault. Nothing may change the voices on the way: both laws are A.

use std::{thread::sleep, time::Duration};

use crate::{
    ear,
    runner::Case,
    site::{Site, contains, voice},
    telephone::Telephone,
};

pub const CASES: &[Case] =
    &[Case::new("a_call_from_libpri_goes_through_menu_and_queue_to_a_telephone_and_is_recorded", the_main_job)];

/// Both talk for so long.
const TALK: Duration = Duration::from_secs(10);
/// How much of each voice has to be heard, and recorded, octet for octet: 8 s.
const HEARD: usize = 64_000;

fn the_main_job() {
    let mut site = Site::linked();
    let telephones: Vec<Telephone> = (1..=8).map(|position| site.telephone(position)).collect();
    // A telephone that was just plugged in does not hear of ringing for two seconds (RING_DEBOUNCE_TIME).
    sleep(Duration::from_secs(3));
    let id = site.places(1, "62001234");
    sleep(Duration::from_secs(2));
    site.exchange.tell("tones ts=1 digits=1");
    let telephone = Telephone::first_that_rings(&telephones);
    assert!([2, 3, 4].contains(&telephone.position()), "an agent of the queue: {}", telephone.position());
    telephone.lifts();
    sleep(Duration::from_secs(2));

    let (callers, agents) = (voice(), voice_of_the_agent());
    telephone.listens();
    site.captures(1);
    site.exchange.tell("play ts=1 file=/voices/caller.wav");
    telephone.says(&agents);
    sleep(TALK);
    assert!(contains(&telephone.heard(), &callers[..HEARD]), "the telephone hears the caller, octet for octet");
    assert!(contains(&site.heard(1), &agents[..HEARD]), "the caller hears the telephone, octet for octet");

    site.exchange.tell(&format!("hangup id={id} cause=16"));
    sleep(Duration::from_secs(2));
    telephone.listens();
    sleep(Duration::from_secs(3));
    hears_busy(&telephone.heard());
    telephone.hangs_up();

    let rows = site.rows(1);
    assert_eq!(rows.len(), 1, "one call, one row: {rows:#?}");
    let recordings = site.recordings();
    let [recording] = recordings.as_slice() else { panic!("{} recordings", recordings.len()) };
    let voices: Vec<_> = recording.parts.iter().flat_map(|part| &part.voices).collect();
    let is_kept = |said: &[u8]| voices.iter().any(|voice| contains(&voice.octets, said));
    assert!(is_kept(&callers[..HEARD]), "the caller's voice is recorded, octet for octet");
    assert!(is_kept(&agents[..HEARD]), "the agent's voice is recorded, octet for octet");
    let told = site.verifies();
    assert!(told.contains("intact"), "{told}");
    assert_eq!(site.exchange_slips(), 0, "no block was lost or lacking");
    drop(telephones);
    site.stops();
}

/// Another voice than the caller's: the same, from its end to its begin. No receiver takes it for tones.
fn voice_of_the_agent() -> Vec<u8> {
    voice().into_iter().rev().collect()
}

/// Busy tone, as `ear` measures it.
fn hears_busy(heard: &[u8]) {
    let stretches = ear::stretches(heard);
    // The first and the last are cut off anywhere.
    let whole = &stretches[1..stretches.len() - 1];
    let tones: Vec<_> = whole.iter().filter(|(sounds, ..)| *sounds).collect();
    assert!(tones.len() >= 2, "busy tone goes on and off: {:?}", lengths(&stretches));
    tones.iter().for_each(|(_, _, samples)| ear::assert_is_450_hz(samples));
}

fn lengths(stretches: &[(bool, usize, Vec<f64>)]) -> Vec<(bool, usize)> {
    stretches.iter().map(|(sounds, ms, _)| (*sounds, *ms)).collect()
}
