//! Our own exchange against the box's stack: calls in and out, voices both ways, a link that loses frames.

use std::collections::VecDeque;

use frame::{LaneId, Law, SpanTick, Time, Timeslot};
use isdn::{
    Cause, Dialect, Event, Input, Output, Request, Role, SetupRequest, Span, SpanSettings,
    q931::element::{Digits, NumberElement},
};
use line::{Audio, Signal, SignalInput};
use sim::{Act, CallNews, ExchangeAct, FIRST_CALL_OF_BOX, Fault, Operator, OutsideCall, Say, Told, World};

use super::board::{Bench, E1, FXS, board};

const CALL: OutsideCall = OutsideCall(7);

/// A box: a card, and the box's end of its D-channel.
struct Box {
    bench: Bench,
    span: Span,
    events: VecDeque<Event>,
    told: Vec<Told>,
}

impl Box {
    /// With the data link up.
    fn new() -> Box {
        Box::with(Bench::new("E1"), Role::User)
    }

    fn with(bench: Bench, role: Role) -> Box {
        let mut settings = SpanSettings::e1(role, Dialect::China);
        settings.distinct = 1;
        let span = Span::new(settings);
        let mut new = Box { bench, span, events: VecDeque::new(), told: Vec::new() };
        new.input(Input::Layer1(true));
        new.run(2000);
        assert!(new.span.is_link_up());
        new
    }

    fn input(&mut self, input: Input<'_>) {
        self.span.handle_input(self.bench.now, input);
        while let Some(output) = self.span.poll_output() {
            match output {
                Output::Frame(octets) => self.bench.signal.send_frame(E1, &octets).unwrap(),
                Output::Event(event) => self.events.push_back(event),
                Output::Remember(_) | Output::Forget(_) => {}
            }
        }
    }

    /// Ticks of 10 ms, with frames both ways.
    fn run(&mut self, ms: u64) {
        for _ in 0..ms / 10 {
            self.bench.tick();
            while let Some(SignalInput::Frame { octets, .. }) = self.bench.signal.poll() {
                self.input(Input::Frame(&octets));
            }
            self.input(Input::Timeout);
            let told = self.bench.told();
            self.told.extend(told.into_iter().map(|(_, told)| told));
        }
    }

    fn outside(&mut self, act: ExchangeAct) {
        self.bench.operate(Operator::Exchange(E1, act));
        self.run(200);
    }

    fn is_over(&self) -> bool {
        let over = |told: &Told| matches!(told, Told::Call(told) if matches!(told.news, CallNews::Over { .. }));
        self.told.iter().any(over)
    }

    fn is_called(&self) -> bool {
        self.events.iter().any(|event| matches!(event, Event::Incoming { .. }))
    }

    /// What was told of calls since the last time.
    fn news(&mut self) -> Vec<CallNews> {
        std::mem::take(&mut self.told)
            .into_iter()
            .filter_map(|told| if let Told::Call(told) = told { Some(told.news) } else { None })
            .collect()
    }

    fn event<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        std::mem::take(&mut self.events).into_iter().find_map(wanted).expect("the box is told")
    }
}

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn place(call: OutsideCall) -> ExchangeAct {
    ExchangeAct::Place { call, from: Some(digits("13800138000")), to: digits("62001234") }
}

/// A call from outside, answered by the box; its handle and lane.
fn answered(the_box: &mut Box) -> (isdn::CallHandle, LaneId) {
    the_box.outside(place(CALL));
    let (call, setup) = the_box.event(|event| match event {
        Event::Incoming { call, setup } => Some((call, setup)),
        _ => None,
    });
    assert_eq!(setup.called.unwrap().digits, digits("62001234"));
    assert_eq!(setup.calling.unwrap().number.digits, digits("13800138000"));
    let lane = LaneId::new(E1, setup.timeslot);
    for request in [
        Request::Proceeding { call },
        Request::Alerting { call, audible: false },
        Request::Connect { call, party: Default::default() },
    ] {
        the_box.input(Input::Request(request));
        the_box.run(100);
    }
    let expected = [CallNews::Placed { lane }, CallNews::Proceeding, CallNews::Alerting, CallNews::Answered];
    assert_eq!(the_box.news(), expected);
    (call, lane)
}

#[test]
fn a_caller_is_answered_and_hangs_up() {
    let mut the_box = Box::new();
    let (call, _) = answered(&mut the_box);
    the_box.outside(ExchangeAct::Clear { call: CALL, cause: Cause::NormalClearing });
    let released = the_box.event(|event| match event {
        Event::Released { call, cause, .. } => Some((call, cause)),
        _ => None,
    });
    assert_eq!(released, (call, Cause::NormalClearing));
    assert!(matches!(the_box.news()[..], [CallNews::Over { cause: Cause::NormalClearing, .. }]));
}

#[test]
fn a_private_exchange_calls_a_box_that_is_the_network() {
    let mut world = World::new(&board(), &[], 1);
    assert!(world.private_exchange(E1));
    assert!(!world.private_exchange(FXS), "telephones have no exchange");
    let mut the_box = Box::with(Bench::on(world, "E1"), Role::Network);
    answered(&mut the_box);
}

#[test]
fn both_voices_arrive_octet_for_octet() {
    let mut the_box = Box::new();
    let (_, lane) = answered(&mut the_box);
    let clip: Vec<u8> = (0..4000_u32).map(|at| (at * 13) as u8).collect();
    the_box.bench.operate(Operator::Party(lane, Act::Listen));
    let say = Say::Clip { octets: clip.clone().into(), law: Law::A, repeat: false };
    let mut tick = SpanTick::silent(E1, Law::A);
    while the_box.bench.audio.read(&mut tick) == line::Block::Fresh {}
    the_box.bench.operate(Operator::Party(lane, Act::Say(say)));
    let mut read = Vec::new();
    for _ in 0..60 {
        the_box.run(10);
        the_box.bench.audio.read(&mut tick);
        read.extend(tick.rx[usize::from(lane.timeslot.0)]);
        tick.tx = tick.rx;
        the_box.bench.audio.write(&tick);
    }
    assert_eq!(read[..4000], clip);
    assert!(the_box.told.contains(&Told::SaidAll(lane)));
    the_box.bench.operate(Operator::Party(lane, Act::TakeHeard));
    the_box.run(10);
    let heard =
        the_box.told.iter().find_map(|told| if let Told::Heard { octets, .. } = told { Some(octets) } else { None });
    assert!(heard.unwrap().windows(4000).any(|window| window == clip), "what the box sends back is the same");
}

#[test]
fn the_box_calls_out_hears_ringback_and_is_answered_or_finds_the_line_busy() {
    let mut the_box = Box::new();
    let request = SetupRequest::speech(NumberElement::unknown(digits("01012345678")), None, 1);
    let call = the_box.span.setup(the_box.bench.now, request.clone()).unwrap();
    the_box.input(Input::Timeout);
    the_box.run(100);
    let lane = LaneId::new(E1, the_box.span.timeslot(call).unwrap());
    let to = Some(digits("01012345678"));
    assert_eq!(the_box.news(), [CallNews::Incoming { lane, from: None, to, completes: false }]);
    the_box.outside(ExchangeAct::Alert(FIRST_CALL_OF_BOX));
    let mut tick = SpanTick::silent(E1, Law::A);
    let mut level = || {
        while the_box.bench.audio.read(&mut tick) == line::Block::Fresh {}
        the_box.run(10);
        the_box.bench.audio.read(&mut tick);
        dsp::level_dbm0(Law::A, &tick.rx[usize::from(lane.timeslot.0)])
    };
    assert!((-11.0..-9.0).contains(&level()));
    the_box.outside(ExchangeAct::Answer(FIRST_CALL_OF_BOX));
    assert!(the_box.news().contains(&CallNews::Answered));
    the_box.event(|event| matches!(event, Event::Connected { .. }).then_some(()));

    the_box.span.setup(the_box.bench.now, request).unwrap();
    the_box.input(Input::Timeout);
    the_box.run(100);
    let busy = OutsideCall(FIRST_CALL_OF_BOX.0 + 1);
    the_box.outside(ExchangeAct::Clear { call: busy, cause: Cause::UserBusy });
    let cause = the_box.event(|event| if let Event::Released { cause, .. } = event { Some(cause) } else { None });
    assert_eq!(cause, Cause::UserBusy);
}

#[test]
fn calls_get_through_a_d_channel_that_loses_a_tenth_of_its_frames() {
    let mut the_box = Box::new();
    let fault = Fault::Frames { span: E1, lost_permille: 50, damaged_permille: 50 };
    the_box.bench.operate(Operator::Fault(fault));
    for number in 0..50 {
        let name = OutsideCall(number);
        the_box.outside(place(name));
        // Each lost frame costs a second, T200; the exchange waits four for the box's first word, T303.
        while !the_box.is_called() && !the_box.is_over() {
            the_box.run(10);
        }
        let call = the_box.event(|event| if let Event::Incoming { call, .. } = event { Some(call) } else { None });
        the_box.input(Input::Request(Request::Connect { call, party: Default::default() }));
        the_box.run(20_000);
        the_box.outside(ExchangeAct::Clear { call: name, cause: Cause::NormalClearing });
        the_box.run(20_000);
        let news = the_box.news();
        assert!(news.contains(&CallNews::Answered), "call {number}: {news:?}");
        assert!(
            matches!(news.last(), Some(CallNews::Over { cause: Cause::NormalClearing, .. })),
            "call {number}: {news:?}"
        );
    }
    assert_eq!(the_box.span.call_count(), 0);
}

#[test]
fn a_cut_cable_takes_the_link_down_and_a_joined_one_brings_it_back() {
    let mut the_box = Box::new();
    the_box.told.clear();
    the_box.bench.operate(Operator::Fault(Fault::Cable { span: E1, cut: true }));
    the_box.run(1000);
    assert!(the_box.told.contains(&Told::Link { span: E1, up: false }), "{:?}", the_box.told);
    the_box.outside(place(CALL));
    assert!(matches!(the_box.news()[..], [CallNews::Refused(isdn::SetupRefused::LinkDown)]));
    the_box.bench.operate(Operator::Fault(Fault::Cable { span: E1, cut: false }));
    the_box.run(20_000);
    assert!(the_box.told.contains(&Told::Link { span: E1, up: true }));
    assert_eq!(the_box.bench.now.since(Time::ZERO).as_micros() % 10_000, 0);
    answered(&mut the_box);
}

#[test]
fn framing_and_signalling_timeslots_have_no_party() {
    let mut the_box = Box::new();
    for timeslot in [0, 16] {
        the_box.bench.operate(Operator::Party(LaneId::new(E1, Timeslot(timeslot)), Act::Listen));
    }
    the_box.run(10);
    assert_eq!(the_box.told.iter().filter(|told| **told == Told::NoSuchLine).count(), 2);
}
