//! The box is killed in calls and away for two seconds, while `ringfence hold` has its channels and its call table: the
//! exchange never sees a call cleared, and an outside line's loop stays closed.

use std::{
    os::fd::AsFd,
    thread::sleep,
    time::{Duration, Instant},
};

use dahdi_sys::dahdi_params;
use ringfence::journal::Cdr;

use crate::{
    kernel::{Channel, control, device},
    runner::Case,
    site::{Site, contains, voice},
    spans::FAR_LINES,
    telephone::Telephone,
    usage::figure,
};

pub const CASES: &[Case] =
    &[Case::new("thirty_calls_and_an_outside_line_go_on_when_the_box_is_killed_and_held", killed_and_held)];

/// These talk; the others wait in a queue, until all thirty channels are taken.
const TALKS: usize = 8;
const CALLS: usize = 30;
/// Nobody is there for so long, and then the box takes its time to start.
const AWAY: Duration = Duration::from_secs(2);
/// How much of a voice has to come through octet for octet: 2 s.
const HEARD: usize = 16_000;

fn killed_and_held() {
    let mut site = Site::held();
    let telephones: Vec<Telephone> = (1..=TALKS as i32).map(|position| site.telephone(position)).collect();
    // A telephone that was just plugged in does not hear of ringing for two seconds (RING_DEBOUNCE_TIME).
    sleep(Duration::from_secs(3));
    let mut calls: Vec<i64> =
        (1..=TALKS).zip(&telephones).map(|(timeslot, telephone)| site.talks(timeslot, telephone)).collect();
    let others = (TALKS + 1..=CALLS + 1).filter(|timeslot| *timeslot != 16);
    others.for_each(|timeslot| calls.push(site.places(timeslot, "62001235")));
    assert_eq!(calls.len(), CALLS);
    hear_each_other(&mut site, 1, &telephones[0]);
    let line = OutsideCaller::is_answered();

    let killed = Instant::now();
    site.is_killed();
    while killed.elapsed() < AWAY {
        assert!(line.is_held(), "the line was hung up {:?} after the kill", killed.elapsed());
        sleep(Duration::from_millis(20));
    }
    site.is_back();
    sleep(Duration::from_secs(3));
    assert!(line.is_held(), "the outside line's call goes on");
    hear_each_other(&mut site, 1, &telephones[0]);
    hear_each_other(&mut site, TALKS, &telephones[TALKS - 1]);
    assert_eq!(site.cleared(), Vec::<String>::new(), "the exchange saw nothing cleared");

    line.hangs_up();
    calls.into_iter().for_each(|id| site.hangs_up(id));
    telephones.iter().for_each(Telephone::hangs_up);
    let rows = site.rows(CALLS + 1);
    for row in &rows {
        assert!(ended_as_it_should(row), "{row:#?}");
        assert!(row.gap >= AWAY, "the gap is told: {:?}", row.gap);
    }
    // But for the outside line's.
    figure("dahdi.restart_calls_kept", (rows.len() - 1) as f64, "of 30");
    assert!(site.verifies().contains("intact"));
    drop(telephones);
    site.stops();
}

fn ended_as_it_should(row: &Cdr) -> bool {
    row.cause.is_some_and(|cause| cause.number() == 16)
}

fn hear_each_other(site: &mut Site, timeslot: usize, telephone: &Telephone) {
    let callers = voice();
    let agents: Vec<u8> = callers.iter().rev().copied().collect();
    telephone.listens();
    site.captures(timeslot);
    site.exchange.tell(&format!("play ts={timeslot} file=/voices/caller.wav"));
    telephone.says(&agents);
    sleep(Duration::from_secs(4));
    let (here, there) = (telephone.heard(), site.heard(timeslot));
    site.exchange.tell(&format!("silence ts={timeslot}"));
    assert!(contains(&here, &callers[..HEARD]), "telephone {} hears its caller", telephone.position());
    assert!(contains(&there, &agents[..HEARD]), "the caller on {timeslot} hears its telephone");
}

/// Somebody who rings on an outside line, seen from the exchange that the line leads to.
struct OutsideCaller(Channel);

impl OutsideCaller {
    /// Rings until the box answers.
    fn is_answered() -> OutsideCaller {
        let line = OutsideCaller(Channel::open(FAR_LINES.channel(1)));
        line.hook(dahdi_sys::DAHDI_RING);
        let limit = Instant::now() + Duration::from_secs(20);
        while !line.is_held() {
            assert!(Instant::now() < limit, "the box does not answer the outside line");
            sleep(Duration::from_millis(20));
        }
        line.hook(dahdi_sys::DAHDI_OFFHOOK);
        line
    }

    /// Whether the box holds the loop closed.
    fn is_held(&self) -> bool {
        let mut asked = dahdi_params { channo: FAR_LINES.channel(1), ..Default::default() };
        let ctl = device("ctl").expect("DAHDI is loaded");
        control(ctl.as_fd(), dahdi_sys::DAHDI_GET_PARAMS, &mut asked).expect("it is told");
        asked.rxisoffhook != 0
    }

    /// Drops the feed (kewl start).
    fn hangs_up(&self) {
        self.hook(dahdi_sys::DAHDI_ONHOOK);
    }

    fn hook(&self, state: u32) {
        // What takes time has begun, says a file that does not block.
        let _ = self.0.try_set(dahdi_sys::DAHDI_HOOK, &mut (state as i32));
    }
}
