//! An exchange that is not ours goes and comes back, or stands on the box's own side of the trunk.
//!
//! Source: ITU-T Q.931, 5.8.8 to 5.8.11: calls outlast a reset of the data link, and its loss until T309; then each side
//! is asked for each call. An exchange that began anew knows of none.

use std::{thread::sleep, time::Duration};

use call::Side;
use frame::SpanId;
use isdn::Cause;
use ringfence::journal::Alarm;

use super::{
    VOICE,
    outgoing::{CONGESTION, assert_hears},
    site::{Site, other},
    there, tshark,
};

const SPAN: SpanId = SpanId(0);

/// Well within T309, 90 s.
const AWAY: Duration = Duration::from_secs(3);

#[test]
fn a_call_outlasts_libpri_as_the_network_and_is_freed_when_it_comes_back_without_the_call() {
    forgets("user");
}

#[test]
fn a_call_outlasts_libpri_as_the_user_and_is_freed_when_it_comes_back_without_the_call() {
    forgets("network");
}

/// The exchange is killed in a call and started again; the box plays `role`.
fn forgets(role: &str) {
    let mut site = Site::linked(role);
    site.talks(1, 1);
    site.exchange.kill();
    site.until_alarm(&Alarm::DataLinkDown { span: SPAN }, true);
    sleep(AWAY);
    assert_eq!(site.ended(), [], "the call waits for the data link");
    site.exchange_starts(other(role));
    site.link_comes_up();
    assert_hears(&site.hears(1, Duration::from_secs(5)), &CONGESTION);
    site.hangs_up(1);
    // libpri answers an enquiry for a call that it does not know by RELEASE COMPLETE with cause 81.
    let asked = tshark(&site.trace(), "q931.message_type == 0x75");
    // More than once where both ends set the link up.
    assert!(asked.contains("STATUS ENQUIRY"), "{}", tshark(&site.trace(), "lapd"));
    let rows = site.rows(1);
    let ended = (rows[0].cause, rows[0].ended_by);
    assert_eq!(ended, (Some(Cause::InvalidCallReference), Some(Side::Caller)), "{:#?}", rows[0]);
    assert_ne!(site.alarm(&Alarm::DataLinkDown { span: SPAN }), Some(true), "the link is up");

    site.talks(1, 2);
    site.hear_each_other(1, 2, &there(VOICE));
}

#[test]
fn an_exchange_on_the_box_s_own_side_is_named_until_it_stands_on_the_other() {
    let mut site = Site::new("network");
    site.exchange.kill();
    site.exchange_starts("nt");
    site.starts(true);
    site.until_alarm(&Alarm::SameRole { span: SPAN }, true);
    site.exchange.kill();
    site.exchange_starts("te");
    site.link_comes_up();
    site.until_alarm(&Alarm::SameRole { span: SPAN }, false);
    site.talks(1, 1);
}
