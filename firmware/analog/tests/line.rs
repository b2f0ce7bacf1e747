//! Outside lines on FXO ports, as transcripts. Times are milliseconds since the start.

use analog::fxo::{Answer, Apply, DialStep, Line, LineEvent, LineInput, LineOutput as Output, LineSettings, Release};
use dsp::{
    caller_id::CallerId,
    dtmf::DtmfDigit,
    progress::{Evidence, ReleaseTone},
};
use frame::Time;

struct Port {
    line: Line,
    now_ms: u64,
}

impl Port {
    fn new(settings: LineSettings) -> Port {
        Port { line: Line::new(settings), now_ms: 1000 }
    }

    fn gets(&mut self, input: LineInput) -> Vec<Output> {
        self.line.handle_input(Time::from_ms(self.now_ms), input);
        std::iter::from_fn(|| self.line.poll_output()).collect()
    }

    fn waits(&mut self, ms: u64) -> Vec<Output> {
        let until_ms = self.now_ms + ms;
        let mut outputs = Vec::new();
        while let Some(due) = self.line.next_deadline().filter(|due| *due <= Time::from_ms(until_ms)) {
            self.now_ms = due.as_us() / 1000;
            outputs.extend(self.gets(LineInput::Timeout));
        }
        self.now_ms = until_ms;
        outputs
    }

    /// One ring of a second; what comes of its begin and its end.
    fn rings(&mut self) -> Vec<Output> {
        let mut outputs = self.gets(LineInput::RingBegin);
        outputs.extend(self.waits(1000));
        outputs.extend(self.gets(LineInput::RingEnd));
        outputs
    }

    /// Answers an incoming call.
    fn talks(&mut self) {
        self.rings();
        self.waits(4000);
        assert_eq!(self.gets(LineInput::Answer), [Output::CloseLoop, Output::ListenForBusyTone(true)]);
    }

    /// Dials out until the number has left.
    fn dials(&mut self) {
        self.gets(LineInput::Dial(steps()));
        self.gets(LineInput::DialTone);
        self.gets(LineInput::DigitsSent);
    }
}

fn number() -> Vec<DtmfDigit> {
    "10086".chars().filter_map(DtmfDigit::of_char).collect()
}

fn steps() -> Vec<DialStep> {
    DialStep::digits(number())
}

fn told(event: LineEvent) -> Output {
    Output::Event(event)
}

fn incoming(caller: Option<&str>) -> [Output; 2] {
    [Output::ListenForCallerId(false), told(LineEvent::Incoming { caller: caller.map(CallerId::of_number) })]
}

const BUSY: Evidence = Evidence { tone: ReleaseTone::Busy, cycles: 3, hz: 450.0, level_dbm0: -18.0 };

#[test]
fn a_call_is_told_with_the_caller_id_that_came_between_the_rings() {
    let mut port = Port::new(LineSettings::default());
    assert_eq!(port.rings(), [Output::ListenForCallerId(true)]);
    port.waits(900);
    assert_eq!(port.gets(LineInput::CallerId(CallerId::of_number("13800138000"))), incoming(Some("13800138000")));
    port.waits(3000);
    assert_eq!(port.rings(), []);
    assert_eq!(port.gets(LineInput::Answer), [Output::CloseLoop, Output::ListenForBusyTone(true)]);
}

#[test]
fn without_caller_id_the_call_is_told_when_the_window_closes() {
    let mut port = Port::new(LineSettings::default());
    port.rings();
    assert_eq!(port.waits(3499), []);
    assert_eq!(port.waits(1), incoming(None));
}

#[test]
fn a_second_ring_closes_the_caller_id_window() {
    let mut port = Port::new(LineSettings { caller_id_ms: 30_000, ..LineSettings::default() });
    port.rings();
    port.waits(4000);
    assert_eq!(port.gets(LineInput::RingBegin), incoming(None));
}

#[test]
fn a_ring_of_two_bursts_is_one_whose_caller_is_told_in_the_silence_after_the_second() {
    let mut port = Port::new(LineSettings::default());
    for (on_ms, off_ms) in [(400, 200), (400, 3000)] {
        port.gets(LineInput::RingBegin);
        port.waits(on_ms);
        assert_eq!(port.gets(LineInput::RingEnd), []);
        assert_eq!(port.waits(off_ms), []);
    }
    let caller = CallerId::of_number("01062345678");
    assert_eq!(port.gets(LineInput::CallerId(caller)), incoming(Some("01062345678")));
}

#[test]
fn a_spark_on_the_line_is_no_ring() {
    let mut port = Port::new(LineSettings::default());
    assert_eq!(port.gets(LineInput::RingBegin), [Output::ListenForCallerId(true)]);
    port.waits(150);
    assert_eq!(port.gets(LineInput::RingEnd), [Output::ListenForCallerId(false)]);
    assert!(port.line.is_idle());
    assert_eq!(port.waits(60_000), []);
}

#[test]
fn a_ring_whose_end_the_card_has_lost_is_over_after_six_seconds_or_when_the_next_one_begins() {
    let mut port = Port::new(LineSettings::default());
    port.gets(LineInput::RingBegin);
    assert_eq!(port.waits(5_999), []);
    assert_eq!(port.waits(1), [Output::ListenForCallerId(false)]);
    assert!(port.line.is_idle(), "nobody calls any more");
    port.gets(LineInput::RingBegin);
    port.waits(5_000);
    assert_eq!(port.gets(LineInput::RingBegin), incoming(None), "somebody still does");
    assert_eq!(port.waits(5_999), []);
    assert_eq!(port.waits(1), [told(LineEvent::Abandoned)], "the end of this one is lost, too");
    assert!(port.line.is_idle());
}

#[test]
fn a_caller_who_gives_up_is_abandoned_six_seconds_after_the_last_ring() {
    let mut port = Port::new(LineSettings::default());
    port.rings();
    port.waits(4000);
    port.rings();
    assert_eq!(port.waits(5999), []);
    assert_eq!(port.waits(1), [told(LineEvent::Abandoned)]);
    assert!(port.line.is_idle());
    assert_eq!(port.gets(LineInput::Answer), [], "too late");
}

#[test]
fn a_caller_who_gives_up_before_he_was_told_leaves_no_trace() {
    let mut port = Port::new(LineSettings { caller_id_ms: 10_000, ..LineSettings::default() });
    port.rings();
    assert_eq!(port.waits(6000), [Output::ListenForCallerId(false)]);
    assert!(port.line.is_idle());
}

#[test]
fn a_release_is_known_by_battery_drop_busy_tone_or_polarity() {
    let supervised = LineSettings { polarity_supervision: true, ..LineSettings::default() };
    for (input, release) in [
        (LineInput::BatteryDrop, Release::BatteryDrop),
        (LineInput::BusyTone(BUSY), Release::BusyTone(BUSY)),
        (LineInput::Polarity, Release::Polarity),
    ] {
        let mut port = Port::new(supervised);
        port.talks();
        port.waits(2000);
        let expected = [Output::ListenForBusyTone(false), told(LineEvent::Released(release)), Output::OpenLoop];
        assert_eq!(port.gets(input), expected);
        assert_eq!(port.waits(1499), [], "it rests");
        assert_eq!(port.waits(1), [told(LineEvent::Idle)]);
        assert!(port.line.is_idle());
    }
}

#[test]
fn where_the_carrier_does_not_supervise_a_reversal_means_nothing() {
    let mut port = Port::new(LineSettings::default());
    port.talks();
    assert_eq!(port.gets(LineInput::Polarity), []);
}

#[test]
fn dialling_waits_for_dial_tone() {
    let mut port = Port::new(LineSettings::default());
    assert_eq!(port.gets(LineInput::Dial(steps())), [Output::CloseLoop, Output::ListenForDialTone(true)]);
    let dialling = [Output::ListenForDialTone(false), Output::SendDigits(number())];
    assert_eq!(port.gets(LineInput::DialTone), dialling);
    assert_eq!(port.gets(LineInput::DialTone), [], "ringback of some exchanges sounds alike");
    let dialled = [Output::ListenForBusyTone(true), told(LineEvent::Dialled)];
    assert_eq!(port.gets(LineInput::DigitsSent), dialled);
    assert_eq!(port.waits(11_999), []);
    assert_eq!(port.waits(1), [told(LineEvent::Answered(Answer::Assumed))]);
    assert_eq!(port.gets(LineInput::Release), [Output::ListenForBusyTone(false), Output::OpenLoop]);
}

#[test]
fn what_is_dialled_while_the_line_rests_is_dialled_as_soon_as_it_has_rested() {
    let mut port = Port::new(LineSettings::default());
    port.talks();
    port.gets(LineInput::Release);
    assert!(port.line.can_dial());
    assert_eq!(port.gets(LineInput::Dial(steps())), []);
    assert!(!port.line.can_dial());
    assert_eq!(port.gets(LineInput::Dial(steps())), [told(LineEvent::CannotDial)], "one call at a time");
    assert_eq!(port.waits(1499), [], "the exchange must see the open loop");
    assert_eq!(port.waits(1), [Output::CloseLoop, Output::ListenForDialTone(true)]);
}

#[test]
fn a_call_given_up_while_the_line_rests_is_never_dialled() {
    let mut port = Port::new(LineSettings::default());
    port.talks();
    port.gets(LineInput::Release);
    port.gets(LineInput::Dial(steps()));
    assert_eq!(port.gets(LineInput::Release), []);
    assert_eq!(port.waits(60_000), [told(LineEvent::Idle)]);
}

#[test]
fn a_ring_while_the_line_rests_sends_the_number_elsewhere_and_is_told_by_its_second_burst() {
    let mut port = Port::new(LineSettings::default());
    port.talks();
    port.gets(LineInput::Release);
    port.gets(LineInput::Dial(steps()));
    assert_eq!(port.gets(LineInput::RingBegin), [told(LineEvent::CannotDial)]);
    port.waits(1000);
    port.gets(LineInput::RingEnd);
    assert_eq!(port.waits(4000), [told(LineEvent::Idle)]);
    assert_eq!(port.rings(), [Output::ListenForCallerId(true)]);
}

#[test]
fn a_line_that_rings_or_talks_cannot_be_dialled_on() {
    let mut port = Port::new(LineSettings::default());
    port.rings();
    assert!(!port.line.can_dial());
    assert_eq!(port.gets(LineInput::Dial(steps())), [told(LineEvent::CannotDial)]);
    port.waits(4000);
    port.gets(LineInput::Answer);
    assert_eq!(port.gets(LineInput::Dial(steps())), [told(LineEvent::CannotDial)]);
}

#[test]
fn a_dead_line_is_told_after_five_seconds() {
    let mut port = Port::new(LineSettings::default());
    port.gets(LineInput::Dial(steps()));
    assert_eq!(port.waits(4999), []);
    let expected = [Output::ListenForDialTone(false), told(LineEvent::NoDialTone), Output::OpenLoop];
    assert_eq!(port.waits(1), expected);
}

/// `9w10086,,17`.
fn with_pauses() -> Vec<DialStep> {
    let digits = |text: &str| DialStep::digits(text.chars().filter_map(DtmfDigit::of_char));
    let pauses = [DialStep::Pause { ms: 2000 }; 2];
    [digits("9"), vec![DialStep::DialTone], steps(), pauses.to_vec(), digits("17")].concat()
}

fn sends(text: &str) -> Output {
    Output::SendDigits(text.chars().filter_map(DtmfDigit::of_char).collect())
}

#[test]
fn what_is_behind_a_pause_is_sent_when_it_is_over_and_behind_a_dial_tone_when_that_is_there() {
    let mut port = Port::new(LineSettings::default());
    port.gets(LineInput::Dial(with_pauses()));
    assert_eq!(port.gets(LineInput::DialTone), [Output::ListenForDialTone(false), sends("9")]);
    assert_eq!(port.gets(LineInput::DigitsSent), [Output::ListenForDialTone(true)]);
    assert_eq!(port.waits(4999), []);
    assert_eq!(port.gets(LineInput::DialTone), [Output::ListenForDialTone(false), sends("10086")]);
    assert_eq!(port.gets(LineInput::DigitsSent), []);
    assert_eq!(port.gets(LineInput::DialTone), [], "in a pause nothing is listened for");
    assert_eq!(port.waits(3999), []);
    assert_eq!(port.waits(1), [sends("17")]);
    assert_eq!(port.gets(LineInput::DigitsSent), [Output::ListenForBusyTone(true), told(LineEvent::Dialled)]);
}

#[test]
fn where_no_second_dial_tone_comes_the_line_is_let_go_and_nothing_more_is_sent() {
    let mut port = Port::new(LineSettings::default());
    port.gets(LineInput::Dial(with_pauses()));
    port.gets(LineInput::DialTone);
    port.gets(LineInput::DigitsSent);
    let expected = [Output::ListenForDialTone(false), told(LineEvent::NoDialTone), Output::OpenLoop];
    assert_eq!(port.waits(5000), expected);
    assert_eq!(port.waits(60_000), [told(LineEvent::Idle)]);
}

#[test]
fn a_call_that_is_given_up_or_let_go_in_a_pause_sends_nothing_more() {
    let short = || vec![DialStep::Pause { ms: 2000 }, DialStep::Digit(DtmfDigit::of_char('1').unwrap())];
    for listens in [false, true] {
        for input in [LineInput::Release, LineInput::BatteryDrop] {
            let mut port = Port::new(LineSettings::default());
            port.gets(LineInput::Dial(if listens { with_pauses() } else { short() }));
            port.gets(LineInput::DialTone);
            port.gets(LineInput::DigitsSent);
            let outputs = port.gets(input);
            let heard = if listens { Output::ListenForDialTone(false) } else { Output::ListenForBusyTone(false) };
            assert_eq!((outputs.first(), outputs.last()), (Some(&heard), Some(&Output::OpenLoop)));
            assert_eq!(port.waits(60_000), [told(LineEvent::Idle)]);
        }
    }
}

#[test]
fn an_answer_that_the_carrier_tells_before_the_last_digit_is_known_behind_it() {
    let mut port = Port::new(LineSettings { polarity_supervision: true, ..LineSettings::default() });
    let until_the_number = |port: &mut Port| {
        port.gets(LineInput::Dial(with_pauses()));
        port.gets(LineInput::DialTone);
        port.gets(LineInput::DigitsSent);
        port.gets(LineInput::DialTone);
        port.gets(LineInput::DigitsSent);
    };
    until_the_number(&mut port);
    assert_eq!(port.gets(LineInput::Polarity), []);
    assert_eq!(port.waits(4000), [sends("17")]);
    let answered = told(LineEvent::Answered(Answer::Polarity));
    let dialled = [Output::ListenForBusyTone(true), told(LineEvent::Dialled), answered];
    assert_eq!(port.gets(LineInput::DigitsSent), dialled);
    assert_eq!(port.gets(LineInput::Polarity)[1], told(LineEvent::Released(Release::Polarity)));
    port.waits(2000);
    // Whoever answered hangs up before the extension is sent.
    until_the_number(&mut port);
    port.gets(LineInput::Polarity);
    assert_eq!(port.gets(LineInput::Polarity)[1], told(LineEvent::Released(Release::Polarity)));
    port.waits(2000);
    // The access answers, and gives a dial tone of its own then.
    port.gets(LineInput::Dial(with_pauses()));
    port.gets(LineInput::DialTone);
    port.gets(LineInput::DigitsSent);
    port.gets(LineInput::Polarity);
    port.gets(LineInput::DialTone);
    port.gets(LineInput::DigitsSent);
    port.waits(4000);
    assert_eq!(port.gets(LineInput::DigitsSent), dialled);
}

#[test]
fn a_line_without_dial_tone_detection_dials_after_a_pause() {
    let mut port = Port::new(LineSettings { wait_for_dial_tone: false, ..LineSettings::default() });
    assert_eq!(port.gets(LineInput::Dial(steps())), [Output::CloseLoop]);
    assert_eq!(port.waits(1000), [Output::SendDigits(number())]);
}

#[test]
fn a_test_waits_for_dial_tone_whatever_the_settings_say_and_lets_go_without() {
    for wait_for_dial_tone in [false, true] {
        let settings = LineSettings { wait_for_dial_tone, ..LineSettings::default() };
        let mut port = Port::new(settings);
        assert_eq!(port.gets(LineInput::Test(number())), [Output::CloseLoop, Output::ListenForDialTone(true)]);
        assert_eq!(port.waits(4999), [], "nothing is sent");
        let expected = [Output::ListenForDialTone(false), told(LineEvent::NoDialTone), Output::OpenLoop];
        assert_eq!(port.waits(1), expected);
        assert_eq!(port.gets(LineInput::Test(number())), [told(LineEvent::CannotDial)], "it rests");
        port.waits(1500);
        port.gets(LineInput::Test(number()));
        let expected = [Output::ListenForDialTone(false), Output::SendDigits(number())];
        assert_eq!(port.gets(LineInput::DialTone), expected);
    }
}

#[test]
fn an_answer_is_known_by_a_voice_or_assumed_12_s_after_the_last_ringback() {
    let mut port = Port::new(LineSettings::default());
    port.dials();
    assert_eq!(port.gets(LineInput::Voice), [told(LineEvent::Answered(Answer::Voice))]);
    assert_eq!(port.waits(60_000), [], "told once");
    port.gets(LineInput::Release);
    port.waits(2000);
    port.dials();
    for _ in 0..12 {
        assert_eq!(port.waits(5000), [], "it rings");
        port.gets(LineInput::Ringback);
    }
    assert_eq!(port.waits(11_999), []);
    assert_eq!(port.waits(1), [told(LineEvent::Answered(Answer::Assumed))]);
}

#[test]
fn where_the_carrier_tells_the_answer_nothing_else_is_one_and_its_reversal_lets_no_call_go() {
    let mut port = Port::new(LineSettings { polarity_supervision: true, ..LineSettings::default() });
    let answered = told(LineEvent::Answered(Answer::Polarity));
    let released = told(LineEvent::Released(Release::Polarity));
    port.dials();
    assert_eq!(port.gets(LineInput::Voice), [], "music in place of ringback");
    assert_eq!(port.waits(59_000), []);
    assert_eq!(port.gets(LineInput::Polarity), std::slice::from_ref(&answered));
    assert_eq!(port.gets(LineInput::Polarity)[1], released);
    port.waits(2000);
    // The exchange knows the number before its last digit.
    port.gets(LineInput::Dial(steps()));
    port.gets(LineInput::DialTone);
    port.gets(LineInput::Polarity);
    assert_eq!(port.gets(LineInput::DigitsSent)[2], answered);
    assert_eq!(port.gets(LineInput::Polarity)[1], released);
    port.waits(2000);
    // A number that costs nothing has no answer; of one that has, it may come later.
    port.dials();
    assert_eq!(port.waits(60_000), [told(LineEvent::Answered(Answer::Assumed))]);
    assert_eq!(port.gets(LineInput::Polarity), [], "the answer");
    assert_eq!(port.gets(LineInput::Polarity)[1], released);
}

#[test]
fn a_call_that_comes_in_while_we_seize_wins_and_is_on_the_line() {
    let mut port = Port::new(LineSettings::default());
    port.gets(LineInput::Dial(steps()));
    let expected = [Output::ListenForDialTone(false), Output::ListenForBusyTone(true), told(LineEvent::Glare)];
    assert_eq!(port.gets(LineInput::RingBegin), expected);
    assert_eq!(port.waits(60_000), []);
    assert_eq!(port.gets(LineInput::Answer), [], "the loop is closed already");
    let released =
        [Output::ListenForBusyTone(false), told(LineEvent::Released(Release::BatteryDrop)), Output::OpenLoop];
    assert_eq!(port.gets(LineInput::BatteryDrop), released);
}

#[test]
fn a_reversal_as_the_loop_is_closed_for_a_caller_ends_no_call() {
    let mut port = Port::new(LineSettings { polarity_supervision: true, ..LineSettings::default() });
    port.gets(LineInput::Polarity);
    port.talks();
    port.waits(300);
    assert_eq!(port.gets(LineInput::Polarity), [], "it is turned back");
    port.waits(5000);
    assert_eq!(port.gets(LineInput::Polarity)[1], told(LineEvent::Released(Release::Polarity)));
}

#[test]
fn who_rings_without_a_longer_pause_is_a_caller_all_the_same() {
    let mut port = Port::new(LineSettings::default());
    let mut outputs = Vec::new();
    for _ in 0..3 {
        outputs.extend(port.rings());
        outputs.extend(port.waits(900));
    }
    let [_, rest @ ..] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(rest, incoming(None));
}

#[test]
fn where_the_end_of_the_digits_is_lost_the_line_is_let_go() {
    let mut port = Port::new(LineSettings::default());
    port.gets(LineInput::Dial(steps()));
    port.gets(LineInput::DialTone);
    assert_eq!(port.waits(14_999), []);
    assert_eq!(port.waits(1), [told(LineEvent::CannotDial), Output::OpenLoop]);
}

#[test]
fn settings_that_were_saved_while_a_line_rang_hold_from_then_on_and_undo_no_later_ones() {
    let mut port = Port::new(LineSettings::default());
    let [first, second] = [1, 2].map(|min_ring_ms| LineSettings { min_ring_ms, ..LineSettings::default() });
    port.rings();
    assert_eq!(port.line.apply(Time::from_ms(0), &first), Apply::WhenIdle);
    port.waits(20_000);
    assert_eq!(port.line.settings(), &first);
    assert_eq!(port.line.apply(Time::from_ms(0), &second), Apply::Applied);
    port.talks();
    port.gets(LineInput::Release);
    port.waits(1500);
    assert_eq!(port.line.settings(), &second);
}

#[test]
fn new_settings_wait_until_the_line_is_idle() {
    let mut port = Port::new(LineSettings::default());
    port.talks();
    let quick = LineSettings { min_ring_ms: 1, caller_id_ms: 1, ..LineSettings::default() };
    assert_eq!(port.line.apply(Time::from_ms(0), &quick), Apply::WhenIdle);
    port.gets(LineInput::Release);
    port.waits(1500);
    port.rings();
    assert_eq!(port.waits(1), incoming(None));
}

#[test]
fn a_caller_id_after_a_reversal_is_told_with_the_first_ring() {
    let mut port = Port::new(LineSettings::default());
    assert_eq!(port.gets(LineInput::Polarity), [Output::ListenForCallerId(true)]);
    port.waits(1200);
    assert_eq!(port.gets(LineInput::CallerId(CallerId::of_number("02079460000"))), []);
    port.waits(400);
    assert_eq!(port.rings(), incoming(Some("02079460000")));
}

#[test]
fn a_reversal_that_no_ring_follows_is_forgotten_and_does_not_keep_the_line_from_being_seized() {
    let mut port = Port::new(LineSettings::default());
    port.gets(LineInput::Polarity);
    assert_eq!(port.waits(6000), [Output::ListenForCallerId(false)]);
    assert!(port.line.is_idle());
    port.gets(LineInput::Polarity);
    assert!(port.line.can_dial());
    let seizes = [Output::ListenForCallerId(false), Output::CloseLoop, Output::ListenForDialTone(true)];
    assert_eq!(port.gets(LineInput::Dial(steps())), seizes);
}

#[test]
fn where_digits_may_come_before_the_ring_the_idle_line_is_always_listened_to() {
    let mut port = Port::new(LineSettings { caller_id_before_ring: true, ..LineSettings::default() });
    assert_eq!(port.line.poll_output(), Some(Output::ListenForCallerId(true)));
    assert_eq!(port.gets(LineInput::CallerId(CallerId::of_number("110"))), []);
    assert_eq!(port.rings(), incoming(Some("110")));
    assert_eq!(port.waits(6000), [told(LineEvent::Abandoned), Output::ListenForCallerId(true)]);
    port.rings();
    port.waits(3500);
    port.gets(LineInput::Answer);
    port.gets(LineInput::Release);
    assert_eq!(port.waits(1500), [told(LineEvent::Idle), Output::ListenForCallerId(true)]);
    let seizes = [Output::ListenForCallerId(false), Output::CloseLoop, Output::ListenForDialTone(true)];
    assert_eq!(port.gets(LineInput::Dial(steps())), seizes);
}

/// A line whose exchange tells no hang-up.
fn unsupervised() -> LineSettings {
    LineSettings { silence_limit_s: Some(120), ..LineSettings::default() }
}

#[test]
fn silence_is_counted_in_a_talk_and_lets_the_line_go() {
    let released = || {
        [
            Output::ListenForBusyTone(false),
            told(LineEvent::Released(Release::Silence { limit_s: 120 })),
            Output::ListenForSilence(false),
            Output::OpenLoop,
        ]
    };
    let mut port = Port::new(unsupervised());
    port.rings();
    port.waits(4000);
    let answered = [Output::CloseLoop, Output::ListenForBusyTone(true), Output::ListenForSilence(true)];
    assert_eq!(port.gets(LineInput::Answer), answered);
    assert_eq!(port.gets(LineInput::Silence), released());
    assert_eq!(port.gets(LineInput::Silence), [], "the talk is over");

    let mut port = Port::new(unsupervised());
    port.dials();
    assert_eq!(port.gets(LineInput::Silence), [], "nobody has answered");
    let answered = [Output::ListenForSilence(true), told(LineEvent::Answered(Answer::Voice))];
    assert_eq!(port.gets(LineInput::Voice), answered);
    assert_eq!(port.gets(LineInput::Silence), released());
}

#[test]
fn a_talk_of_the_last_life_and_one_of_a_glare_are_counted_too() {
    let mut line = Line::in_call(unsupervised());
    let outputs: Vec<_> = std::iter::from_fn(|| line.poll_output()).collect();
    assert_eq!(outputs, [Output::ListenForBusyTone(true), Output::ListenForSilence(true)]);

    let mut port = Port::new(unsupervised());
    port.gets(LineInput::Dial(steps()));
    port.gets(LineInput::RingBegin);
    assert_eq!(port.gets(LineInput::Answer), [Output::ListenForSilence(true)]);
    let expected = [Output::ListenForBusyTone(false), Output::ListenForSilence(false), Output::OpenLoop];
    assert_eq!(port.gets(LineInput::Release), expected);
}

/// Three cycles of busy tone.
fn busy() -> LineInput {
    LineInput::BusyTone(Evidence { tone: ReleaseTone::Busy, cycles: 3, hz: 450.0, level_dbm0: -12.0 })
}

#[test]
fn a_flash_goes_to_the_exchange_in_a_talk_and_nowhere_else() {
    let mut port = Port::new(LineSettings::default());
    assert_eq!(port.gets(LineInput::Flash), [], "idle");
    port.gets(LineInput::Dial(steps()));
    assert_eq!(port.gets(LineInput::Flash), [], "seized");
    port.gets(LineInput::DialTone);
    assert_eq!(port.gets(LineInput::Flash), [], "dialling");
    port.gets(LineInput::DigitsSent);
    assert_eq!(port.gets(LineInput::Flash), [], "nobody has answered");
    port.gets(LineInput::Voice);
    for _ in 0..2 {
        assert_eq!(port.gets(LineInput::Flash), []);
        assert_eq!(port.waits(399), [], "the key may still sound");
        assert_eq!(port.waits(1), [Output::Flash]);
        assert_eq!(port.waits(60_000), []);
    }
    port.gets(LineInput::Flash);
    port.gets(LineInput::BatteryDrop);
    assert!(!port.waits(60_000).contains(&Output::Flash), "the far end was quicker");
}

#[test]
fn busy_tone_after_a_flash_is_a_third_partys_until_it_has_gone_on_for_15_s() {
    let released = |outputs: Vec<Output>| outputs.contains(&Output::OpenLoop);
    let mut port = Port::new(LineSettings::default());
    port.talks();
    port.gets(LineInput::Flash);
    port.waits(400);
    assert!(!released(port.gets(busy())), "the third party is busy");
    port.waits(7000);
    // Another third party, after the first busy tone had ended.
    for _ in 0..7 {
        assert!(!released(port.gets(busy())));
        port.waits(2100);
    }
    port.gets(LineInput::Flash);
    port.waits(400);
    for _ in 0..8 {
        assert!(!released(port.gets(busy())), "who flashes again gets as long again");
        port.waits(2100);
    }
    assert!(released(port.gets(busy())), "16.8 s");
    port.waits(60_000);
    port.talks();
    assert!(released(port.gets(busy())), "the next call has no flash");
}
