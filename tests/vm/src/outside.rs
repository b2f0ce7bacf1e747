//! Outside lines through the whole box: what their exchange tells of a caller, and what is asked of it in a talk. Callers are
//! told by SpanDSP, and what the called telephone shows is read by it.
//! Not here: a reversal before a caller id. A span without a card tells none.

use std::thread::sleep;

use dahdi_sys as sys;

use crate::{
    analog::{SETTLED, line, talk, wait},
    runner::Case,
    site::Site,
    spandsp::{caller_id, caller_told, keys},
    telephone::Telephone,
};

pub const CASES: &[Case] =
    &[Case::new("who_calls_on_an_outside_line_is_shown_and_a_code_flashes_its_exchange_in_the_talk", callers)];

fn callers() {
    let mut site = Site::linked();
    after_the_first_ring(&site);
    before_the_ring(&site);
    let from: Vec<Option<String>> = site.rows(2).iter().map(|row| row.from.as_ref().map(ToString::to_string)).collect();
    assert_eq!(from, [Some("62004321".into()), Some("13912345678".into())], "the last one first");
    site.stops();
}

fn after_the_first_ring(site: &Site) {
    let (line, switchboard) = (line(1), site.telephone(7));
    sleep(SETTLED);
    line.hooks(sys::DAHDI_RING);
    line.sees(sys::DAHDI_EVENT_RINGEROFF);
    wait(600);
    line.says(&caller_told("13912345678", "WARD 3"));
    is_shown(&line, &switchboard, "message 80\n02 3133393132333435363738\n07 574152442033");
    // 100 ms, as the R key of China's telephones; DAHDI's own exchange takes so short a one for a dial's 1.
    flashes(&line, &switchboard, sys::DAHDI_EVENT_PULSEDIGIT | u32::from(b'1'));
}

fn before_the_ring(site: &Site) {
    let (line, switchboard) = (line(4), site.telephone(7));
    sleep(SETTLED);
    line.says(&keys("D62004321C"));
    wait(1500);
    line.hooks(sys::DAHDI_RING);
    is_shown(&line, &switchboard, "message 80\n02 3632303034333231");
    // 600 ms, as this group of lines has it.
    flashes(&line, &switchboard, sys::DAHDI_EVENT_WINKFLASH);
}

/// The caller is led to the switchboard by a key, whose telephone shows who it is; both talk.
fn is_shown(line: &Telephone, switchboard: &Telephone, shown: &str) {
    line.sees(sys::DAHDI_EVENT_RINGOFFHOOK);
    line.hooks(sys::DAHDI_OFFHOOK);
    wait(2000);
    switchboard.listens();
    line.says(&keys("0"));
    switchboard.sees(sys::DAHDI_EVENT_RINGBEGIN);
    // The first burst, and the message after it.
    wait(3500);
    assert_eq!(caller_id(&switchboard.heard()), shown);
    switchboard.lifts();
    wait(2000);
    talk(line, switchboard);
}

/// The switchboard's code has the exchange see a flash; the talk goes on, and is ended there.
fn flashes(line: &Telephone, switchboard: &Telephone, seen: u32) {
    switchboard.says(&keys("*0"));
    line.sees(seen);
    wait(500);
    talk(line, switchboard);
    switchboard.hangs_up();
    line.sees(sys::DAHDI_EVENT_ONHOOK);
    line.hooks(sys::DAHDI_ONHOOK);
    wait(2000);
}
