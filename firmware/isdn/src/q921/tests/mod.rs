//! One link against frames written by hand, in the order of a story. Named after the clauses of Q.921.
//! Every cell of the state table is in `cells.rs`, two links over a bad line in `channel.rs`; both stand
//! below `link.rs`, whose state they look at.

use std::time::Duration;

use super::*;
use crate::{LinkSettings, Role};
use ::frame::Time;

/// A link whose far end is played by hand. The link is the user, so its commands begin with 00 01.
struct Bench {
    now: Time,
    link: Link,
}

impl Bench {
    fn down() -> Bench {
        Bench { now: Time::ZERO, link: Link::new(Role::User, LinkSettings::default(), 1) }
    }

    fn up() -> Bench {
        let mut bench = Bench::down();
        bench.link.handle_layer1(bench.now, true);
        bench.sends(&[0x00, 0x01, 0x7f]);
        bench.hears(&[0x00, 0x01, 0x73]);
        bench.tells(LinkOutput::Up);
        bench
    }

    fn hears(&mut self, octets: &[u8]) {
        self.link.handle_frame(self.now, octets);
        self.link.flush();
    }

    fn passes_s(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.link.handle_timeout(self.now);
    }

    fn says(&mut self, octets: &[u8]) {
        self.link.send(self.now, octets.iter().copied().collect()).unwrap();
    }

    #[track_caller]
    fn tells(&mut self, output: LinkOutput) {
        assert_eq!(self.link.poll_output(), Some(output));
    }

    #[track_caller]
    fn sends(&mut self, octets: &[u8]) {
        self.tells(LinkOutput::Frame(octets.iter().copied().collect()));
    }

    #[track_caller]
    fn delivers(&mut self, octets: &[u8]) {
        self.tells(LinkOutput::Information(octets.iter().copied().collect()));
    }

    #[track_caller]
    fn is_quiet(&mut self) {
        assert_eq!(self.link.poll_output(), None);
    }
}

#[test]
fn clause_5_5_1_sabme_is_repeated_n200_times_and_then_for_ever() {
    let mut bench = Bench::down();
    bench.link.handle_layer1(bench.now, true);
    for _ in 0..4 {
        bench.sends(&[0x00, 0x01, 0x7f]);
        bench.is_quiet();
        bench.passes_s(1);
    }
    bench.tells(LinkOutput::Fault(LinkFault::NoAnswerToEstablish));
    bench.passes_s(1);
    bench.sends(&[0x00, 0x01, 0x7f]);
}

#[test]
fn clause_5_5_1_both_ends_may_establish_at_once() {
    let mut bench = Bench::down();
    bench.link.handle_layer1(bench.now, true);
    bench.sends(&[0x00, 0x01, 0x7f]);
    bench.hears(&[0x02, 0x01, 0x7f]);
    bench.sends(&[0x02, 0x01, 0x73]);
    bench.is_quiet();
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.tells(LinkOutput::Up);
}

#[test]
fn clause_5_5_3_disc_takes_the_link_down_and_it_is_set_up_again() {
    let mut bench = Bench::up();
    bench.hears(&[0x02, 0x01, 0x53]);
    bench.sends(&[0x02, 0x01, 0x73]);
    bench.tells(LinkOutput::Down);
    bench.passes_s(1);
    bench.sends(&[0x00, 0x01, 0x7f]);
    // State 5: the far end has no link either.
    bench.hears(&[0x00, 0x01, 0x1f]);
    bench.is_quiet();
    bench.passes_s(1);
    bench.sends(&[0x00, 0x01, 0x7f]);
}

#[test]
fn clause_5_5_3_our_own_release_is_repeated_and_stays() {
    let mut bench = Bench::up();
    bench.link.release(bench.now);
    for _ in 0..4 {
        bench.sends(&[0x00, 0x01, 0x53]);
        bench.passes_s(1);
    }
    bench.tells(LinkOutput::Fault(LinkFault::NoAnswerToRelease));
    bench.tells(LinkOutput::Down);
    assert_eq!(bench.link.next_deadline(), None);
    bench.link.bring_up(bench.now);
    bench.sends(&[0x00, 0x01, 0x7f]);
}

#[test]
fn clause_5_6_1_seven_frames_are_sent_and_the_eighth_waits() {
    let mut bench = Bench::up();
    for number in 0..8 {
        bench.says(&[number]);
    }
    for number in 0..7 {
        bench.sends(&[0x00, 0x01, number << 1, 0x00, number]);
    }
    bench.is_quiet();
    bench.hears(&[0x00, 0x01, 0x01, 0x02]);
    bench.sends(&[0x00, 0x01, 7 << 1, 0x00, 7]);
}

#[test]
fn clause_5_6_2_frames_are_acknowledged_by_rr_or_by_what_we_have_to_say() {
    let mut bench = Bench::up();
    bench.hears(&[0x02, 0x01, 0x00, 0x00, 0xaa]);
    bench.delivers(&[0xaa]);
    bench.sends(&[0x02, 0x01, 0x01, 0x02]);
    bench.link.handle_frame(bench.now, &[0x02, 0x01, 0x02, 0x00, 0xbb]);
    bench.says(&[0xcc]);
    bench.link.flush();
    bench.delivers(&[0xbb]);
    bench.sends(&[0x00, 0x01, 0x00, 0x04, 0xcc]);
    bench.is_quiet();
    // P = 1 is answered at once, with F = 1.
    bench.hears(&[0x02, 0x01, 0x04, 0x03, 0xdd]);
    bench.delivers(&[0xdd]);
    bench.sends(&[0x02, 0x01, 0x01, 0x07]);
}

#[test]
fn clause_5_6_4_a_gap_is_rejected_once() {
    let mut bench = Bench::up();
    bench.hears(&[0x02, 0x01, 0x02, 0x00, 0xbb]);
    bench.sends(&[0x02, 0x01, 0x09, 0x00]);
    bench.hears(&[0x02, 0x01, 0x04, 0x00, 0xcc]);
    bench.is_quiet();
    bench.hears(&[0x02, 0x01, 0x00, 0x00, 0xaa]);
    bench.delivers(&[0xaa]);
    bench.sends(&[0x02, 0x01, 0x01, 0x02]);
    bench.hears(&[0x02, 0x01, 0x04, 0x01, 0xcc]);
    bench.sends(&[0x02, 0x01, 0x09, 0x03]);
    bench.is_quiet();
}

#[test]
fn clause_5_6_4_a_reject_brings_back_what_is_missing() {
    let mut bench = Bench::up();
    bench.says(&[0xaa]);
    bench.says(&[0xbb]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xaa]);
    bench.sends(&[0x00, 0x01, 0x02, 0x00, 0xbb]);
    bench.hears(&[0x00, 0x01, 0x09, 0x02]);
    bench.sends(&[0x00, 0x01, 0x02, 0x00, 0xbb]);
    bench.hears(&[0x00, 0x01, 0x01, 0x04]);
    assert_eq!(bench.link.backlog_messages(), 0);
}

#[test]
fn clause_5_6_5_a_busy_far_end_is_asked_until_it_is_ready() {
    let mut bench = Bench::up();
    bench.hears(&[0x00, 0x01, 0x05, 0x00]);
    bench.says(&[0xaa]);
    bench.is_quiet();
    for _ in 0..10 {
        bench.passes_s(1);
        bench.sends(&[0x00, 0x01, 0x01, 0x01]);
        bench.hears(&[0x00, 0x01, 0x05, 0x01]);
        bench.is_quiet();
    }
    bench.hears(&[0x02, 0x01, 0x01, 0x00]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xaa]);
}

#[test]
fn clause_5_6_7_an_overdue_answer_is_asked_for_and_what_is_missing_is_sent_again() {
    let mut bench = Bench::up();
    bench.says(&[0xaa]);
    bench.says(&[0xbb]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xaa]);
    bench.sends(&[0x00, 0x01, 0x02, 0x00, 0xbb]);
    bench.passes_s(1);
    bench.sends(&[0x00, 0x01, 0x01, 0x01]);
    bench.hears(&[0x00, 0x01, 0x01, 0x03]);
    bench.sends(&[0x00, 0x01, 0x02, 0x00, 0xbb]);
    bench.is_quiet();
}

#[test]
fn clause_5_6_7_a_far_end_that_stays_silent_is_set_up_anew() {
    let mut bench = Bench::up();
    bench.says(&[0xaa]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xaa]);
    for _ in 0..3 {
        bench.passes_s(1);
        bench.sends(&[0x00, 0x01, 0x01, 0x01]);
    }
    bench.passes_s(1);
    bench.tells(LinkOutput::Fault(LinkFault::NoAnswerToEnquiry));
    bench.sends(&[0x00, 0x01, 0x7f]);
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.tells(LinkOutput::Reset);
    bench.is_quiet();
}

/// On a quiet line the first enquiry repeats nothing, so there is one more than after an I frame.
#[test]
fn clause_5_10_a_quiet_far_end_that_is_gone_is_asked_once_more() {
    let mut bench = Bench::up();
    bench.passes_s(10);
    for _ in 0..4 {
        bench.sends(&[0x00, 0x01, 0x01, 0x01]);
        bench.is_quiet();
        bench.passes_s(1);
    }
    bench.tells(LinkOutput::Fault(LinkFault::NoAnswerToEnquiry));
    bench.sends(&[0x00, 0x01, 0x7f]);
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.tells(LinkOutput::Renewed);
}

#[test]
fn clause_5_7_a_far_end_that_begins_anew_resets_the_link() {
    let mut bench = Bench::up();
    bench.says(&[0xaa]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xaa]);
    bench.hears(&[0x02, 0x01, 0x7f]);
    bench.sends(&[0x02, 0x01, 0x73]);
    bench.tells(LinkOutput::Fault(LinkFault::FarEndReestablished));
    bench.tells(LinkOutput::Reset);
    bench.is_quiet();
    bench.says(&[0xbb]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xbb]);
}

#[test]
fn clause_5_8_what_breaks_the_rules_sets_the_link_up_anew() {
    let too_long = [&[0x02, 0x01, 0x00, 0x00][..], &[0; N201_OCTETS + 1]].concat();
    let cases: [(&[u8], LinkFault); 7] = [
        (&[0x00, 0x01, 0x01, 0x0a], LinkFault::SequenceError),
        (&[0x00, 0x01, 0x97, 0, 0, 0, 0, 0], LinkFault::FrameRejected),
        (&[0x00, 0x01, 0x0f], LinkFault::FarEndDisconnected),
        (&[0x02, 0x01, 0xff], LinkFault::UndefinedFrame),
        (&[0x02, 0x01, 0x01, 0x00, 0x00], LinkFault::InformationNotPermitted),
        (&[0x00, 0x01, 0x97, 0, 0, 0, 0], LinkFault::WrongLength),
        (&too_long, LinkFault::TooLong),
    ];
    for (octets, fault) in cases {
        let mut bench = Bench::up();
        bench.hears(octets);
        bench.tells(LinkOutput::Fault(fault));
        bench.sends(&[0x00, 0x01, 0x7f]);
    }
}

#[test]
fn clause_5_8_what_nobody_asked_for_is_told_and_dropped() {
    let cases: [(&[u8], LinkFault); 4] = [
        (&[0x00, 0x01, 0x01, 0x01], LinkFault::UnsolicitedSupervisoryFinal),
        (&[0x00, 0x01, 0x1f], LinkFault::UnsolicitedDisconnectedModeFinal),
        (&[0x00, 0x01, 0x73], LinkFault::UnsolicitedAcknowledgementFinal),
        (&[0x00, 0x01, 0x63], LinkFault::UnsolicitedAcknowledgement),
    ];
    for (octets, fault) in cases {
        let mut bench = Bench::up();
        bench.hears(octets);
        bench.tells(LinkOutput::Fault(fault));
        bench.is_quiet();
    }
}

#[test]
fn clause_5_9_8_a_quiet_line_is_asked_every_ten_seconds() {
    let mut bench = Bench::up();
    for _ in 0..3 {
        bench.passes_s(9);
        bench.is_quiet();
        bench.passes_s(1);
        bench.sends(&[0x00, 0x01, 0x01, 0x01]);
        bench.hears(&[0x00, 0x01, 0x01, 0x01]);
        bench.is_quiet();
    }
}

#[test]
fn clause_2_9_a_frame_that_ends_too_early_is_nothing() {
    let mut bench = Bench::up();
    for octets in [&[0x02, 0x01][..], &[0x02, 0x01, 0x01], &[0x02, 0x01, 0x00]] {
        bench.hears(octets);
        bench.is_quiet();
    }
}

#[test]
fn frames_for_others_are_not_ours_and_their_faults_neither() {
    let mut bench = Bench::up();
    for octets in [[0xfe, 0x01, 0x7f], [0x02, 0x03, 0x7f], [0xfe, 0x01, 0xff]] {
        assert!(!bench.link.handle_frame(bench.now, &octets));
    }
    bench.is_quiet();
}

#[test]
fn a_message_of_the_far_end_is_not_lost_for_its_wrong_number() {
    let mut bench = Bench::up();
    bench.hears(&[0x02, 0x01, 0x00, 0x0a, 0xaa]);
    bench.delivers(&[0xaa]);
    bench.tells(LinkOutput::Fault(LinkFault::SequenceError));
    bench.sends(&[0x00, 0x01, 0x7f]);
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.tells(LinkOutput::Renewed);
}

#[test]
fn a_link_that_was_taken_down_stays_down_whatever_the_far_end_and_layer_1_do() {
    let mut bench = Bench::up();
    bench.link.release(bench.now);
    bench.sends(&[0x00, 0x01, 0x53]);
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.tells(LinkOutput::Down);
    bench.hears(&[0x02, 0x01, 0x7f]);
    bench.sends(&[0x02, 0x01, 0x1f]);
    bench.hears(&[0x00, 0x01, 0x0f]);
    bench.link.handle_layer1(bench.now, false);
    bench.link.handle_layer1(bench.now, true);
    bench.is_quiet();
    assert_eq!(bench.link.next_deadline(), None);
    bench.link.bring_up(bench.now);
    bench.sends(&[0x00, 0x01, 0x7f]);
}

#[test]
fn a_link_that_is_wanted_again_while_it_goes_down_comes_back() {
    let mut bench = Bench::up();
    bench.link.release(bench.now);
    bench.sends(&[0x00, 0x01, 0x53]);
    assert_eq!(bench.link.send(bench.now, Information::new()), Err(SendError::Down));
    bench.link.bring_up(bench.now);
    bench.is_quiet();
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.tells(LinkOutput::Down);
    bench.sends(&[0x00, 0x01, 0x7f]);
}

/// The UA that answers SABME must not be taken for the one that answers DISC.
#[test]
fn a_release_while_the_link_comes_up_waits_for_the_answer() {
    let mut bench = Bench::down();
    bench.link.handle_layer1(bench.now, true);
    bench.sends(&[0x00, 0x01, 0x7f]);
    bench.link.release(bench.now);
    bench.is_quiet();
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.sends(&[0x00, 0x01, 0x53]);
    bench.hears(&[0x00, 0x01, 0x73]);
    bench.is_quiet();
    assert_eq!(bench.link.next_deadline(), None);
}

#[test]
fn a_window_that_becomes_smaller_still_repeats_what_was_sent() {
    let mut bench = Bench::up();
    for number in 0..3 {
        bench.says(&[number]);
        bench.sends(&[0x00, 0x01, number << 1, 0x00, number]);
    }
    bench.link.apply(LinkSettings { window: 1, ..LinkSettings::default() });
    bench.hears(&[0x00, 0x01, 0x09, 0x00]);
    for number in 0..3 {
        bench.sends(&[0x00, 0x01, number << 1, 0x00, number]);
    }
    bench.says(&[3]);
    bench.hears(&[0x00, 0x01, 0x01, 0x04]);
    bench.is_quiet();
    bench.hears(&[0x00, 0x01, 0x01, 0x06]);
    bench.sends(&[0x00, 0x01, 0x06, 0x00, 3]);
}

/// The answer to a probe, which is the frame itself.
fn probe_of(bench: &mut Bench) -> Vec<u8> {
    match bench.link.poll_output() {
        Some(LinkOutput::Frame(octets)) if octets[2] == 0xaf => octets.to_vec(),
        other => panic!("{other:?} is no probe"),
    }
}

#[test]
fn a_loop_that_loses_a_frame_is_not_taken_for_a_far_end_in_our_role() {
    let mut bench = Bench::down();
    bench.link.handle_layer1(bench.now, true);
    bench.sends(&[0x00, 0x01, 0x7f]);
    bench.hears(&[0x00, 0x01, 0x7f]);
    let lost = probe_of(&mut bench);
    bench.now += Duration::from_millis(500);
    bench.link.handle_timeout(bench.now);
    assert_eq!(probe_of(&mut bench), lost);
    bench.hears(&lost);
    bench.tells(LinkOutput::Fault(LinkFault::Loop));
    bench.is_quiet();
}

#[test]
fn findings_that_alternate_by_loss_are_told_once() {
    let mut bench = Bench::down();
    bench.link.handle_layer1(bench.now, true);
    let mut faults = Vec::new();
    for second in 0..600 {
        // Every third probe comes back: a loop on a very bad line.
        bench.hears(&[0x00, 0x01, 0x7f]);
        while let Some(output) = bench.link.poll_output() {
            match output {
                LinkOutput::Frame(octets) if octets[2] == 0xaf && second % 3 == 0 => bench.hears(&octets),
                LinkOutput::Fault(fault) => faults.push(fault),
                _ => {}
            }
        }
        bench.passes_s(1);
    }
    faults.retain(|fault| *fault != LinkFault::NoAnswerToEstablish);
    assert_eq!(faults, [LinkFault::Loop]);
    // The plug is pulled, and a far end in our role is there instead.
    for _ in 0..8 {
        bench.hears(&[0x00, 0x01, 0x7f]);
        bench.passes_s(1);
    }
    faults.extend(std::iter::from_fn(|| bench.link.poll_output()).filter_map(|output| match output {
        LinkOutput::Fault(fault) => Some(fault),
        _ => None,
    }));
    assert_eq!(faults, [LinkFault::Loop, LinkFault::RoleConflict]);
}

#[test]
fn one_odd_frame_in_our_role_asks_the_far_end_and_takes_no_link_down() {
    let mut bench = Bench::up();
    // UA sent as a command.
    bench.hears(&[0x02, 0x01, 0x73]);
    probe_of(&mut bench);
    bench.passes_s(1);
    bench.sends(&[0x00, 0x01, 0x01, 0x01]);
    bench.hears(&[0x00, 0x01, 0x01, 0x01]);
    bench.is_quiet();
    assert!(bench.link.is_up());
}

#[test]
fn frames_for_others_count_as_none() {
    let mut bench = Bench::up();
    assert!(!bench.link.handle_frame(bench.now, &[0x02, 0x01, 0x03, 0x00]), "UI");
    assert!(!bench.link.handle_frame(bench.now, &[0x02, 0x01, 0xaf]), "XID");
    bench.is_quiet();
}

#[test]
fn a_full_queue_is_told_and_counted() {
    let mut bench = Bench::up();
    let full = (0..1000).find(|_| bench.link.send(bench.now, Information::new()).is_err());
    assert_eq!(full, Some(384));
    assert_eq!(bench.link.send(bench.now, Information::new()), Err(SendError::Full));
    let last = std::iter::from_fn(|| bench.link.poll_output()).last();
    assert_eq!(last, Some(LinkOutput::Fault(LinkFault::SendQueueFull)));
}
