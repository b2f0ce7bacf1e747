//! One link against frames written by hand, and two links over a line that loses. Named after the clauses of Q.921.

use std::time::Duration;

use ::frame::Time;
use proptest::prelude::*;

use super::*;
use crate::{LinkSettings, Role};

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
    for _ in 0..4 {
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

#[test]
fn clause_5_7_a_far_end_that_begins_anew_resets_the_link() {
    let mut bench = Bench::up();
    bench.says(&[0xaa]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xaa]);
    bench.hears(&[0x02, 0x01, 0x7f]);
    bench.tells(LinkOutput::Fault(LinkFault::FarEndReestablished));
    bench.sends(&[0x02, 0x01, 0x73]);
    bench.tells(LinkOutput::Reset);
    bench.is_quiet();
    bench.says(&[0xbb]);
    bench.sends(&[0x00, 0x01, 0x00, 0x00, 0xbb]);
}

#[test]
fn clause_5_8_what_breaks_the_rules_sets_the_link_up_anew() {
    let cases: [(&[u8], LinkFault); 3] = [
        (&[0x00, 0x01, 0x01, 0x0a], LinkFault::SequenceError),
        (&[0x00, 0x01, 0x97, 0, 0, 0, 0, 0], LinkFault::FrameRejected),
        (&[0x00, 0x01, 0x0f], LinkFault::FarEndDisconnected),
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
    let cases: [(&[u8], LinkFault); 7] = [
        (&[0x00, 0x01, 0x01, 0x01], LinkFault::UnsolicitedSupervisoryFinal),
        (&[0x00, 0x01, 0x1f], LinkFault::UnsolicitedDisconnectedModeFinal),
        (&[0x00, 0x01, 0x73], LinkFault::UnsolicitedAcknowledgementFinal),
        (&[0x00, 0x01, 0x63], LinkFault::UnsolicitedAcknowledgement),
        (&[0x02, 0x01, 0xff], LinkFault::UndefinedFrame),
        (&[0x02, 0x01, 0x01], LinkFault::WrongLength),
        (&[0x02, 0x01, 0x01, 0x00, 0x00], LinkFault::InformationNotPermitted),
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
fn frames_for_others_are_not_ours() {
    let mut bench = Bench::up();
    for octets in [[0xfe, 0x01, 0x7f], [0x02, 0x03, 0x7f]] {
        assert!(!bench.link.handle_frame(bench.now, &octets));
    }
    bench.is_quiet();
}

#[test]
fn a_full_queue_is_told_and_counted() {
    let mut bench = Bench::up();
    let full = (0..1000).find(|_| bench.link.send(bench.now, Information::new()).is_err());
    assert_eq!(full, Some(71));
    assert_eq!(bench.link.send(bench.now, Information::new()), Err(SendError::Full));
    let last = std::iter::from_fn(|| bench.link.poll_output()).last();
    assert_eq!(last, Some(LinkOutput::Fault(LinkFault::SendQueueFull)));
}

/// Two links; `lost[n]` says whether the n-th frame on the line is lost.
struct Pair {
    now: Time,
    links: [Link; 2],
    lost: Vec<bool>,
    frames: usize,
    received: [Vec<Information>; 2],
    resets: usize,
}

impl Pair {
    fn new(lost: Vec<bool>) -> Pair {
        let link = |role| Link::new(role, LinkSettings::default(), 1);
        let links = [link(Role::User), link(Role::Network)];
        let mut pair = Pair { now: Time::ZERO, links, lost, frames: 0, received: Default::default(), resets: 0 };
        pair.links.iter_mut().for_each(|link| link.handle_layer1(Time::ZERO, true));
        pair
    }

    fn step(&mut self) {
        for end in 0..2 {
            while let Some(output) = self.links[end].poll_output() {
                match output {
                    LinkOutput::Frame(octets) => self.carry(1 - end, &octets),
                    LinkOutput::Information(information) => self.received[end].push(information),
                    LinkOutput::Reset | LinkOutput::Down => self.resets += 1,
                    LinkOutput::Up | LinkOutput::Fault(_) => {}
                }
            }
        }
        self.now += Duration::from_millis(10);
        for link in &mut self.links {
            link.flush();
            link.handle_timeout(self.now);
        }
    }

    fn carry(&mut self, to: usize, octets: &[u8]) {
        let lost = self.lost.get(self.frames).copied().unwrap_or(false);
        self.frames += 1;
        if !lost {
            self.links[to].handle_frame(self.now, octets);
        }
    }
}

proptest! {
    #[test]
    fn over_a_line_that_loses_layer_3_sees_each_message_once_and_in_order(
        lost in prop::collection::vec(prop::bool::weighted(0.15), 0..300),
    ) {
        let mut pair = Pair::new(lost);
        let mut sent: [Vec<Information>; 2] = Default::default();
        // Long enough for every loss to cost its second.
        for round in 0..10_000u32 {
            let end = round as usize % 2;
            let message: Information = round.to_be_bytes().into_iter().collect();
            if sent[end].len() < 60 && pair.links[end].send(pair.now, message.clone()).is_ok() {
                sent[end].push(message);
            }
            pair.step();
        }
        for end in 0..2 {
            let received = &pair.received[end];
            prop_assert!(received.is_sorted_by(|a, b| a < b), "once and in order");
            prop_assert!(received.iter().all(|message| sent[1 - end].contains(message)));
            prop_assert_eq!(pair.links[end].backlog_messages(), 0);
            prop_assert!(pair.resets > 0 || *received == sent[1 - end], "without a reset nothing is missing");
        }
    }
}
