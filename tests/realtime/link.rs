//! A D-channel that is quiet costs no memory, and neither does a data link that carries messages: their queues are as large
//! as they get from the start. Source: ITU-T Q.921, 5.10 (T203) and 5.6.

use frame::Time;
use isdn::{
    Dialect, Input, LinkSettings, Output, Role, Span, SpanSettings,
    q921::{Information, Link, LinkOutput},
};

use crate::touched_by;

/// Two spans, and time that stops at each of their deadlines.
struct Line {
    now: Time,
    ends: [Span; 2],
    frames: usize,
}

impl Line {
    fn up() -> Line {
        let end = |role| Span::new(SpanSettings::e1(role, Dialect::EuroIsdn));
        let mut line = Line { now: Time::ZERO, ends: [end(Role::User), end(Role::Network)], frames: 0 };
        line.ends.iter_mut().for_each(|end| end.handle_input(Time::ZERO, Input::Layer1(true)));
        line.carry();
        line
    }

    fn carry(&mut self) {
        for from in [0, 1, 0, 1] {
            while let Some(output) = self.ends[from].poll_output() {
                if let Output::Frame(octets) = output {
                    self.frames += 1;
                    self.ends[1 - from].handle_input(self.now, Input::Frame(&octets));
                }
            }
        }
    }

    fn next_deadline_passes(&mut self) {
        self.now = self.ends.iter().filter_map(Span::next_deadline).min().expect("T203 runs");
        self.ends.iter_mut().for_each(|end| end.handle_input(self.now, Input::Timeout));
        self.carry();
    }
}

#[test]
fn a_quiet_d_channel_allocates_nothing() {
    let mut line = Line::up();
    assert!(line.ends.iter().all(Span::is_link_up));
    (0..10).for_each(|_| line.next_deadline_passes());
    let before = line.frames;
    let touched = touched_by(|| (0..1000).for_each(|_| line.next_deadline_passes()));
    assert_eq!(touched, 0, "allocations in {} frames", line.frames - before);
    assert!(line.frames - before >= 2000, "each time somebody asks and somebody answers");
}

#[test]
fn a_data_link_that_carries_messages_allocates_nothing() {
    let link = |role| Link::new(role, LinkSettings::default(), 1);
    let mut ends = [link(Role::User), link(Role::Network)];
    let now = Time::ZERO;
    let mut arrived = 0;
    let mut carry = |ends: &mut [Link; 2]| {
        for from in [0, 1, 0, 1] {
            ends[from].flush();
            while let Some(output) = ends[from].poll_output() {
                match output {
                    LinkOutput::Frame(octets) => _ = ends[1 - from].handle_frame(now, &octets),
                    LinkOutput::Information(_) => arrived += 1,
                    _ => {}
                }
            }
        }
    };
    ends.iter_mut().for_each(|end| end.handle_layer1(now, true));
    carry(&mut ends);
    let message = Information::from([0x08; 260]);
    let touched = touched_by(|| {
        for _ in 0..1000 {
            // More than a window, both ways: some wait in the queue.
            for number in 0..40 {
                ends[number % 2].send(now, message.clone()).expect("the queue has room");
            }
            (0..4).for_each(|_| carry(&mut ends));
        }
    });
    assert_eq!((touched, arrived), (0, 1000 * 2 * 20));
}
