//! The machine itself: what the other tests take for granted of the kernel.

use std::{
    os::fd::AsFd,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    kernel::{BLOCK, Block, Channel, control, device},
    runner::Case,
    spans::{EXCHANGE, FAR_TELEPHONES, Pairs, TELEPHONES, TRUNK},
    telephone::Telephone,
};

pub const CASES: &[Case] = &[
    Case::new("what_is_said_on_a_channel_is_heard_on_its_far_end_octet_for_octet", octet_for_octet),
    Case::new("a_span_whose_far_end_is_gone_is_in_red_alarm_until_it_is_back", red_until_it_is_back),
    Case::new("ringing_current_on_a_jack_is_told_at_its_telephone_and_lifting_trips_it", rings_and_is_tripped),
];

fn octet_for_octet() {
    let _pairs = Pairs::up();
    for timeslot in [1, 15, 17, 31] {
        carries(timeslot);
    }
}

/// Says two seconds of octets that do not repeat, and hears them.
fn carries(timeslot: i32) {
    const BLOCKS: usize = 200;
    let mut near = Channel::audio(TRUNK.channel(timeslot), 0);
    let mut far = Channel::audio(EXCHANGE.channel(timeslot), 4);
    let (mut heard, mut said) = (Vec::new(), 0);
    let limit = Instant::now() + Duration::from_secs(10);
    while heard.len() < BLOCKS * BLOCK {
        assert!(near.waits(limit).block, "timeslot {timeslot}: {} octets heard", heard.len());
        while let Some(block) = near.hears().expect("no event while blocks go through") {
            heard.extend(block);
            said += usize::from(far.says(&noise(said)).expect("no event while blocks go through"));
        }
        while far.hears().expect("no event while blocks go through").is_some() {}
    }
    let begin = heard.windows(BLOCK).position(|window| window == noise(0)).expect("the first block is heard");
    assert!(heard.len() - begin > BLOCKS * BLOCK * 9 / 10, "timeslot {timeslot}: {begin} octets before it");
    for (number, block) in heard[begin..].chunks_exact(BLOCK).enumerate() {
        assert_eq!(block, noise(number), "timeslot {timeslot}: block {number}");
    }
}

/// Another block for each number.
fn noise(number: usize) -> Block {
    std::array::from_fn(|at| {
        let mixed = ((number * BLOCK + at) as u32).wrapping_mul(0x9e37_79b1);
        ((mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b) >> 16) as u8
    })
}

fn red_until_it_is_back() {
    let _pairs = Pairs::up();
    TRUNK.waits_for_alarms(0);
    EXCHANGE.destroy();
    TRUNK.waits_for_alarms(dahdi_sys::DAHDI_ALARM_RED);
    EXCHANGE.create();
    EXCHANGE.configure();
    TRUNK.waits_for_alarms(0);
    carries(1);
}

fn rings_and_is_tripped() {
    let _pairs = Pairs::up();
    load_zone();
    for position in [1, 8] {
        let jack = Channel::open(TELEPHONES.channel(position));
        let telephone = Telephone::at(FAR_TELEPHONES, position);
        // DAHDI tells no ringing within two seconds after a channel was opened (RING_DEBOUNCE_TIME).
        sleep(Duration::from_secs(3));
        jack.hook(dahdi_sys::DAHDI_RING);
        Telephone::first_that_rings(std::slice::from_ref(&telephone));
        telephone.lifts();
        let limit = Instant::now() + Duration::from_secs(2);
        while jack.event() != Some(dahdi_sys::DAHDI_EVENT_RINGOFFHOOK) {
            assert!(Instant::now() < limit, "position {position}: the ring is tripped");
            sleep(Duration::from_millis(5));
        }
    }
}

/// Without any zone of tones the kernel does not ring; this one has no tones. One that is loaded already stays.
fn load_zone() {
    let mut zone = dahdi_sys::dahdi_tone_def_header::default();
    (zone.ringcadence[0], zone.ringcadence[1]) = (1000, 4000);
    let ctl = device("ctl").expect("DAHDI is loaded");
    if let Err(error) = control(ctl.as_fd(), dahdi_sys::DAHDI_LOADZONE, &mut zone) {
        assert_eq!(error.raw_os_error(), Some(libc::EBUSY), "a zone is loaded: {error}");
    }
}
