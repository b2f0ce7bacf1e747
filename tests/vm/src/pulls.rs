//! The cable to the exchange is pulled: its span is taken away in the kernel and made again, under calls.

use std::{thread::sleep, time::Duration};

use crate::{
    runner::Case,
    site::{Site, contains, voice},
    spans::{EXCHANGE, TRUNK},
};

pub const CASES: &[Case] = &[
    Case::new("a_talk_goes_on_after_the_cable_was_out_for_three_seconds", a_talk_goes_on),
    Case::new("a_talk_goes_on_while_its_span_is_stopped_and_started_and_every_channel_serves_afterwards", stopped),
    Case::new("ten_cable_pulls_leave_no_channel_stuck", || many_pulls(10)),
    Case::long("a_hundred_cable_pulls_leave_no_channel_stuck", || many_pulls(100)),
    Case::long("calls_are_cleared_when_t309_expires_and_the_line_serves_again_afterwards", t309_clears),
];

/// How much of a voice has to be heard after the cable is back, octet for octet: 4 s.
const HEARD: usize = 32_000;
/// T309 of the box, as Q.931 has it for the user side, and some.
const T309: Duration = Duration::from_secs(95);

fn a_talk_goes_on() {
    let mut site = Site::linked();
    let telephone = site.telephone(1);
    sleep(Duration::from_secs(3));
    let id = site.talks(1, &telephone);
    // A call whose CONNECT is not acknowledged yet would be cleared with the data link (Q.931, 5.8.9).
    sleep(Duration::from_secs(1));
    pull(&mut site, Duration::from_secs(3));
    TRUNK.waits_for_alarms(0);
    // The data link comes back, and the receivers are let go.
    sleep(Duration::from_secs(3));
    let said = voice();
    telephone.listens();
    site.exchange.tell("play ts=1 file=/voices/caller.wav");
    sleep(Duration::from_secs(6));
    assert!(contains(&telephone.heard(), &said[..HEARD]), "the caller is heard again, octet for octet");
    assert_eq!(site.cleared(), Vec::<String>::new(), "the exchange saw no call cleared");
    site.hangs_up(id);
    telephone.hangs_up();
    assert_eq!(site.rows(1).len(), 1);
    the_pull_stands_in_the_history_of_its_line_alone(&site.spans());
    drop(telephone);
    site.stops();
}

/// The kernel looks once a second, and tells RED when it has seen nothing for one: one to two seconds after the cable went.
fn the_pull_stands_in_the_history_of_its_line_alone(spans: &[String]) {
    let [trunk, others @ ..] = spans else { panic!("{spans:?}") };
    let red: Vec<&str> = trunk.lines().filter(|line| line.ends_with("no signal (RED)")).collect();
    let [red] = red[..] else { panic!("one RED: {trunk}") };
    let lasted = red.split_once('(').and_then(|(_, rest)| rest.split_once(" s)")).map(|(lasted, _)| lasted);
    let lasted: f64 = lasted.and_then(|lasted| lasted.parse().ok()).unwrap_or_else(|| panic!("how long: {red}"));
    assert!((0.5..4.0).contains(&lasted), "out for three seconds: {red}");
    assert!(trunk.contains("Signal: good; data link: up") && trunk.contains("counted since"), "{trunk}");
    assert_eq!(others.len(), 2, "{others:?}");
    for other in others {
        assert!(other.contains("no alarm in the log"), "{other}");
        let counts =
            other.lines().find_map(|line| line.trim().strip_prefix("Audio faults: ")).expect("they are counted");
        let counts: Vec<u64> = counts.split(", ").filter_map(|count| count.split(' ').next()?.parse().ok()).collect();
        let [overruns, underruns, lacking, _late] = counts[..] else { panic!("{other}") };
        assert!(overruns == 0 && underruns <= 1 && lacking <= HAND_OVER_TICKS, "{other}");
    }
}

/// A dynamic span without its pair brings no block at all, so the box waits 60 ms for it until another card gives the
/// clock (`media::MediaThread`): what the others hear meanwhile waits in the kernel, which has room for 80 ms, and is no
/// overrun; what they are sent runs out. A card in alarm goes on interrupting, and costs the others nothing.
const HAND_OVER_TICKS: u64 = 6;

/// Somebody stops and starts the box's span under a call, three times, and the exchange's once.
fn stopped() {
    let mut site = Site::linked();
    let telephone = site.telephone(1);
    sleep(Duration::from_secs(3));
    let id = site.talks(1, &telephone);
    sleep(Duration::from_secs(1));
    for span in [TRUNK, TRUNK, TRUNK, EXCHANGE] {
        span.stop();
        sleep(Duration::from_secs(2));
        span.start();
        sleep(Duration::from_secs(2));
    }
    let said = voice();
    telephone.listens();
    site.exchange.tell("play ts=1 file=/voices/caller.wav");
    sleep(Duration::from_secs(6));
    assert!(contains(&telephone.heard(), &said[..HEARD]), "the caller is heard, octet for octet");
    assert_eq!(site.cleared(), Vec::<String>::new(), "the exchange saw no call cleared");
    site.hangs_up(id);
    telephone.hangs_up();
    site.comes_to_rest();
    every_channel_takes_a_call(&mut site);
    drop(telephone);
    site.stops();
}

fn t309_clears() {
    let mut site = Site::linked();
    let telephone = site.telephone(1);
    sleep(Duration::from_secs(3));
    site.talks(1, &telephone);
    sleep(Duration::from_secs(1));
    pull(&mut site, T309);
    let rows = site.rows(1);
    assert_eq!(rows[0].cause.map(|cause| cause.number()), Some(27_u8), "destination out of order: {rows:#?}");
    telephone.hangs_up();
    sleep(Duration::from_secs(3));
    let id = site.talks(1, &telephone);
    site.hangs_up(id);
    telephone.hangs_up();
    assert_eq!(site.rows(2).len(), 2);
    drop(telephone);
    site.stops();
}

/// Calls are set up, talked and cleared as the cable goes: shorter than an alarm takes, and longer.
fn many_pulls(pulls: usize) {
    const AWAY_MS: [u64; 4] = [200, 1200, 2500, 600];
    let mut site = Site::linked();
    for pull_number in 0..pulls {
        let timeslot = 1 + pull_number % 15;
        site.asks(timeslot, "62001235");
        // Now before the answer, now after it, now while the call is cleared.
        sleep(Duration::from_millis(37 * (pull_number as u64 % 9)));
        if pull_number % 3 == 2 {
            site.hangs_up_what_it_has();
        }
        pull(&mut site, Duration::from_millis(AWAY_MS[pull_number % AWAY_MS.len()]));
    }
    TRUNK.waits_for_alarms(0);
    site.hangs_up_what_it_has();
    site.comes_to_rest();
    every_channel_takes_a_call(&mut site);
    site.stops();
}

fn every_channel_takes_a_call(site: &mut Site) {
    let timeslots = (1..32).filter(|timeslot| *timeslot != 16);
    let calls: Vec<i64> = timeslots.map(|timeslot| site.places(timeslot, "62001235")).collect();
    assert_eq!(calls.len(), 30, "every channel takes a call");
    calls.iter().for_each(|id| site.hangs_up(*id));
    site.comes_to_rest();
}

/// Takes the cable out and puts it back.
fn pull(site: &mut Site, away: Duration) {
    site.unplug();
    EXCHANGE.destroy();
    sleep(away);
    EXCHANGE.create();
    EXCHANGE.configure();
    site.plug();
}
