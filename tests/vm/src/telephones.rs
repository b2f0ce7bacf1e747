//! What is done at a telephone with its hook: parties are held, consulted, transferred; a call that waits is taken; messages
//! are told. The telephone's answer to the alerting signal goes by the machine's clock; keys and messages are SpanDSP's.
//! Not here: the voltage of a lamp, which only a card has (`driver` shows that the box does without).

use std::thread::sleep;

use dahdi_sys as sys;

use crate::{
    analog::{SETTLED, comes_in, hears_dial_tone, line, talk, wait},
    ear,
    runner::Case,
    site::{Site, contains, voice},
    spandsp::{caller_id, keys},
    telephone::Telephone,
};

pub const CASES: &[Case] = &[
    Case::new("a_flash_holds_with_music_consults_comes_back_and_a_hang_up_transfers", flashes),
    Case::new("a_call_that_waits_is_shown_and_taken_by_a_flash_and_a_message_that_waits_is_told_on_the_hook", told),
];

fn flashes() {
    let mut site = Site::linked();
    let (line, holder, third) = (line(2), site.telephone(7), site.telephone(1));
    comes_in(&line, &holder);
    // Shorter than the kernel's longest pulse of a dial, which this telephone has not.
    holds(&line, &holder, 100);
    // A flash before anybody has answered brings the party back.
    dials(&holder, &third, "801");
    holder.flashes(700);
    wait(2500);
    talk(&line, &holder);
    holds(&line, &holder, 700);
    dials(&holder, &third, "801");
    third.lifts();
    wait(1500);
    line.listens();
    talk(&holder, &third);
    assert!(!contains(&line.heard(), &voice()[..800]), "who is held hears nothing of the two");
    // Longer than any flash of China.
    holder.hangs_up();
    wait(2500);
    talk(&line, &third);
    third.hangs_up();
    line.sees(sys::DAHDI_EVENT_ONHOOK);
    site.stops();
}

/// A tap on the hook, so long, holds the party on the line with music and gives a dial tone.
fn holds(line: &Telephone, holder: &Telephone, ms: u16) {
    holder.flashes(ms);
    wait(1500);
    [line, holder].into_iter().for_each(Telephone::listens);
    wait(1500);
    hears_dial_tone(&holder.heard());
    let heard = line.heard();
    let sounds: usize = ear::stretches(&heard).iter().filter(|(sounds, ..)| *sounds).map(|(_, ms, _)| ms).sum();
    assert!(sounds > 500, "{sounds} ms of music");
}

/// The telephone that was dialled rings.
fn dials(holder: &Telephone, third: &Telephone, extension: &str) {
    holder.says(&keys(extension));
    third.sees(sys::DAHDI_EVENT_RINGBEGIN);
}

fn told() {
    let mut site = Site::linked();
    waits(&site);
    message(&site);
    site.stops();
}

fn waits(site: &Site) {
    let (talker, other, caller) = (site.telephone(1), site.telephone(5), site.telephone(2));
    sleep(SETTLED);
    lifts_and_dials(&talker, "805");
    other.sees(sys::DAHDI_EVENT_RINGBEGIN);
    other.lifts();
    wait(1500);
    talk(&talker, &other);
    talker.acknowledges(&keys("D"));
    wait(500);
    talker.listens();
    lifts_and_dials(&caller, "801");
    // Until the second tone is over, 4.4 s after the first; nobody is told by modem after that one.
    wait(7000);
    let heard = talker.heard();
    hears_a_call_waits(&heard);
    // 802, and 挂号1 in GBK.
    assert_eq!(caller_id(&heard), "message 80\n02 383032\n07 b9d2bac531");
    talk(&talker, &other);
    talker.flashes(300);
    wait(1500);
    talk(&talker, &caller);
    talker.flashes(300);
    wait(1500);
    talk(&talker, &other);
    [talker, other, caller].iter().for_each(Telephone::hangs_up);
    wait(2500);
}

/// The country's tone in the talk: 0.4 s of 450 Hz.
fn hears_a_call_waits(heard: &[u8]) {
    let stretches = ear::stretches(heard);
    let (_, ms, samples) = stretches.iter().find(|(sounds, ..)| *sounds).expect("a tone is heard");
    assert!((390..=410).contains(ms), "{ms} ms");
    ear::assert_is_450_hz(samples);
}

fn lifts_and_dials(telephone: &Telephone, extension: &str) {
    telephone.lifts();
    wait(1500);
    telephone.says(&keys(extension));
}

fn message(site: &Site) {
    let (caller, owner) = (site.telephone(2), site.telephone(8));
    sleep(SETTLED);
    lifts_and_dials(&caller, "808");
    owner.sees(sys::DAHDI_EVENT_RINGBEGIN);
    // Nobody answers within five seconds; a key ends the greeting, and a tone comes.
    wait(6500);
    caller.says(&keys("#"));
    wait(1700);
    caller.says(&voice()[..24_000]);
    wait(3500);
    owner.listens();
    caller.hangs_up();
    wait(6000);
    assert_eq!(caller_id(&owner.heard()), "message 82\n0b ff", "told by modem, on the hook");
    owner.listens();
    owner.lifts();
    wait(4000);
    hears_stutter(&owner.heard());
    owner.hangs_up();
    wait(1500);
}

/// The dial tone of who has messages in China: a pause of 40 ms after each 400 ms.
fn hears_stutter(heard: &[u8]) {
    let stretches = ear::stretches(heard);
    // The first begins with what was heard before the handset was lifted, the last is cut off.
    let bursts: Vec<usize> =
        stretches[1..stretches.len() - 1].iter().filter(|(sounds, ..)| *sounds).map(|(_, ms, _)| *ms).collect();
    assert!(bursts.len() >= 3 && bursts.iter().all(|ms| (390..=410).contains(ms)), "{bursts:?}");
}
