//! A telephone of the box calls outside through an exchange that is not ours: it is answered, or refused.

use std::time::Duration;

use call::{AnswerEvidence, Direction, Side};
use isdn::Cause;

use super::{
    VOICE,
    ear::{assert_is_450_hz, stretches},
    site::Site,
    there,
};

/// Someone outside, as the exchange is to be asked for them.
const OUTSIDE: &str = "13912345678";

/// Turns of sound and silence in ms, China's (GF 002-9002).
const BUSY: [usize; 5] = [350; 5];
const SPECIAL_INFORMATION: [usize; 9] = [100, 100, 100, 100, 100, 100, 400, 400, 100];
pub const CONGESTION: [usize; 3] = [700; 3];

/// A telephone hears a tone: 450 Hz, in turns that begin with a sound. All of them stand together once, and not
/// everywhere: on a loaded machine a tick may be late.
pub fn assert_hears(octets: &[u8], turns: &[usize]) {
    let heard = stretches(octets);
    let told: Vec<(bool, usize)> = heard.iter().map(|(sounds, ms, _)| (*sounds, *ms)).collect();
    let fits =
        |at: &[(bool, usize, Vec<f64>)]| at[0].0 && at.iter().zip(turns).all(|(turn, ms)| turn.1.abs_diff(*ms) <= 10);
    let found = heard.windows(turns.len()).find(|at| fits(at));
    let found = found.unwrap_or_else(|| panic!("{turns:?} is not in {told:?}"));
    found.iter().filter(|(sounds, ..)| *sounds).for_each(|(.., samples)| assert_is_450_hz(samples));
}

#[test]
fn a_telephone_calls_outside_through_libpri_as_the_network_and_both_talk() {
    talks_outside("user");
}

#[test]
fn a_telephone_calls_outside_through_libpri_as_the_user_and_both_talk() {
    talks_outside("network");
}

/// Two calls, with the box in `role`: the telephone ends the first, the party outside the second.
fn talks_outside(role: &str) {
    let mut site = Site::linked(role);
    let call = site.dials(1, OUTSIDE);
    assert_eq!(call.called, OUTSIDE, "without the digit that chose the trunk");
    site.answers(&call);
    site.hear_each_other(call.timeslot, 1, &there(VOICE));
    site.hangs_up(1);
    assert_eq!(site.is_cleared(call.id), 16);
    assert_is_answered(&site, 1, call.timeslot, Side::Caller);

    let again = site.dials(1, OUTSIDE);
    assert_eq!(again.timeslot, call.timeslot, "the channel is free again");
    site.answers(&again);
    site.exchange.tell(&format!("hangup id={} cause=16", again.id));
    assert_hears(&site.hears(1, Duration::from_secs(3)), &BUSY);
    site.hangs_up(1);
    assert_is_answered(&site, 2, again.timeslot, Side::Called);
}

/// The newest of so many detail records.
fn assert_is_answered(site: &Site, count: usize, timeslot: usize, by: Side) {
    let rows = site.rows(count);
    let row = &rows[0];
    assert_eq!((row.direction, row.answer), (Direction::Outgoing, Some(AnswerEvidence::Signalled)), "{row:#?}");
    assert_eq!((row.cause, row.ended_by), (Some(Cause::NormalClearing), Some(by)), "{row:#?}");
    assert_eq!(row.trunk.map(|lane| usize::from(lane.timeslot.0)), Some(timeslot), "{row:#?}");
    assert!(row.to.as_ref().is_some_and(|to| to.to_string().ends_with(OUTSIDE)), "{row:#?}");
}

#[test]
fn who_calls_a_busy_party_outside_hears_busy_and_the_record_says_17() {
    is_refused(Cause::UserBusy, &BUSY);
}

#[test]
fn who_calls_a_number_that_does_not_exist_hears_special_information_and_the_record_says_1() {
    is_refused(Cause::UnallocatedNumber, &SPECIAL_INFORMATION);
}

fn is_refused(cause: Cause, tone: &[usize]) {
    let mut site = Site::linked("user");
    let call = site.dials(1, OUTSIDE);
    site.exchange.tell(&format!("reject id={} cause={}", call.id, cause.number()));
    site.exchange.until("it has refused", |line| line.contains("\"cmd\":\"reject\"").then_some(()));
    assert_hears(&site.hears(1, Duration::from_secs(5)), tone);
    site.hangs_up(1);
    let rows = site.rows(1);
    assert_eq!((rows[0].direction, rows[0].answer), (Direction::Outgoing, None), "{:#?}", rows[0]);
    assert_eq!((rows[0].cause, rows[0].ended_by), (Some(cause), Some(Side::Called)), "{:#?}", rows[0]);
}
