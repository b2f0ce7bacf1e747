//! Calls back when somebody is free, with an exchange that is not ours: libpri offers to watch its party, or asks the box to
//! watch a telephone.
//!
//! Source: EN 300 359-1. What the octets say of it, the matrix shows span by span; here it is what people key, and that they talk.

use call::{CallBackRefusal, ServiceRefusal, Side};
use isdn::Cause;

use super::{
    VOICE,
    site::{Asked, Site},
    there,
};

/// Someone outside, as the exchange is to be asked for them.
const OUTSIDE: &str = "13912345678";

/// Telephone 1 calls somebody who is busy, and libpri offers to watch. Its number of that.
fn meets_busy(site: &mut Site) -> i64 {
    site.exchange.tell("enable cc");
    let Asked { id, timeslot, .. } = site.dials(1, OUTSIDE);
    site.exchange.tell(&format!("proceeding id={id} chan={timeslot}"));
    let completion = site.offers(id);
    site.exchange.tell(&format!("hangup id={id} cause=17"));
    site.puts_down(1);
    completion
}

/// Telephone 1 keys the code, and libpri is asked.
fn asks(site: &mut Site, completion: i64) {
    site.keys(1, "*37");
    assert_eq!(site.exchange_hears("cc_asked"), completion, "libpri knows which call is meant");
}

/// The story says what became of that, and the telephone is put down.
#[track_caller]
fn is_told(site: &mut Site, refused: Option<CallBackRefusal>) {
    assert_eq!(site.call_back_answered(), refused);
    site.puts_down(1);
}

#[test]
fn a_telephone_that_met_a_busy_party_is_rung_when_libpri_finds_it_free_and_both_talk() {
    let mut site = Site::linked("user");
    let completion = meets_busy(&mut site);
    asks(&mut site, completion);
    site.exchange.tell(&format!("completion do=accept cc={completion}"));
    is_told(&mut site, None);

    site.exchange.tell(&format!("completion do=free cc={completion}"));
    site.rings_and_is_lifted(1);
    let (call, completes) = site.is_asked_to_complete();
    assert_eq!((call.called.as_str(), completes), (OUTSIDE, completion), "the SETUP says what it completes");
    site.answers(&call);
    site.hear_each_other(call.timeslot, 1, &there(VOICE));
    site.puts_down(1);
    assert_eq!(site.is_cleared(call.id), 16);

    let rows = site.rows(2);
    assert_eq!((rows[0].cause, rows[0].ended_by), (Some(Cause::NormalClearing), Some(Side::Caller)), "{:#?}", rows[0]);
    assert_eq!((rows.last().unwrap().cause, rows.last().unwrap().answer), (Some(Cause::UserBusy), None), "{rows:#?}");
}

#[test]
fn a_telephone_that_is_busy_itself_has_libpri_wait_and_is_rung_afterwards() {
    let mut site = Site::linked("user");
    let completion = meets_busy(&mut site);
    asks(&mut site, completion);
    site.exchange.tell(&format!("completion do=accept cc={completion}"));
    is_told(&mut site, None);

    site.keys(1, "802");
    site.exchange.tell(&format!("completion do=free cc={completion}"));
    assert_eq!(site.exchange_hears("busy"), 1, "nobody can be called back now");
    site.puts_down(1);
    assert_eq!(site.exchange_hears("busy"), 0, "and now again");
    site.exchange.tell(&format!("completion do=free cc={completion}"));
    site.rings_and_is_lifted(1);
    assert_eq!(site.is_asked_to_complete().1, completion);
}

#[test]
fn libpri_denies_it_and_the_story_says_so() {
    let mut site = Site::linked("user");
    let completion = meets_busy(&mut site);
    asks(&mut site, completion);
    site.exchange.tell(&format!("completion do=deny cc={completion}"));
    is_told(&mut site, Some(CallBackRefusal::Network(ServiceRefusal::Refused)));
}

#[test]
fn who_called_a_busy_telephone_from_libpri_is_told_when_it_is_free_and_gets_through() {
    let mut site = Site::linked("network");
    site.exchange.tell("enable cc");
    site.keys(3, "804");
    site.exchange.tell("setup called=62001803 caller=4711 chan=1 excl=1");
    let completion = site.exchange_hears("cc_available");
    site.exchange.tell(&format!("completion do=request cc={completion}"));
    assert_eq!(site.exchange_hears("status"), 0, "accepted");
    site.puts_down(3);
    assert_eq!(site.exchange_hears("cc_possible"), completion);
    site.exchange.tell(&format!("setup called=62001803 caller=4711 chan=2 excl=1 completes={completion}"));
    site.rings_and_is_lifted(3);
    site.exchange.until("it is answered", |line| line.contains("\"ANSWER\"").then_some(()));
    site.hear_each_other(2, 3, &there(VOICE));
}
