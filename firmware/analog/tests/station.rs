//! Stations on FXS ports, as transcripts. Times are milliseconds since the start.

use analog::{
    fxs::{
        Answering, Apply, CallerIdWish, RingRefusal, RingRequest, Station, StationClass, StationEvent as Event,
        StationInput as Input, StationOutput as Output, StationSettings,
    },
    plan::{Country, ToneKind},
    ring::{RingCadence, RingKind},
};
use dsp::caller_id::CallerId;
use frame::Time;

/// A station with its clock.
struct Desk {
    station: Station,
    now_ms: u64,
}

impl Desk {
    fn new(settings: StationSettings) -> Desk {
        Desk { station: Station::new(settings), now_ms: 1000 }
    }

    fn of_class(class: StationClass) -> Desk {
        Desk::new(StationSettings { class, ..StationSettings::default() })
    }

    /// Gives an input and returns all that comes of it.
    fn gets(&mut self, input: Input) -> Vec<Output> {
        self.station.handle_input(Time::from_ms(self.now_ms), input);
        self.drained()
    }

    /// Lets time pass, and tells the machine when it asked to be told.
    fn waits(&mut self, ms: u64) -> Vec<Output> {
        let until_ms = self.now_ms + ms;
        let mut outputs = Vec::new();
        while let Some(due) = self.station.next_deadline().filter(|due| *due <= Time::from_ms(until_ms)) {
            self.now_ms = due.as_us() / 1000;
            outputs.extend(self.gets(Input::Timeout));
        }
        self.now_ms = until_ms;
        outputs
    }

    fn drained(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.station.poll_output()).collect()
    }

    fn is_left_off_the_hook(&mut self) {
        self.gets(Input::OffHook);
        self.waits(15_000 + 20_000 + 60_000);
    }
}

fn ring(caller: Option<&str>) -> Input {
    Input::Ring(RingRequest {
        caller: caller.map(CallerId::of_number),
        phase_ms: 0,
        kind: RingKind::Usual,
        whispers: false,
    })
}

fn told(event: Event) -> Output {
    Output::Event(event)
}

const CN_RING: Output = Output::RingOn { cadence: RingCadence::single(1000, 4000), phase_ms: 0 };

#[test]
fn a_handset_that_is_lifted_gets_dial_tone_until_the_first_digit() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    assert_eq!(desk.gets(Input::OffHook), [Output::Tone(ToneKind::Dial), told(Event::WantsToDial)]);
    assert_eq!(desk.gets(Input::Digit('8')), [Output::Silence, told(Event::Digit('8'))]);
    assert_eq!(desk.gets(Input::Digit('0')), [told(Event::Digit('0'))]);
    assert_eq!(desk.gets(Input::Connected), [Output::Silence]);
    assert_eq!(desk.gets(Input::Digit('#')), [told(Event::Digit('#'))]);
    assert_eq!(desk.gets(Input::OnHook), [Output::Silence, told(Event::HungUp)]);
    assert!(desk.station.is_free());
}

#[test]
fn without_a_digit_dial_tone_becomes_busy_then_howler_then_unavailable() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(Input::OffHook);
    assert_eq!(desk.waits(14_999), []);
    assert_eq!(desk.waits(1), [Output::Tone(ToneKind::Busy), told(Event::DialledNothing)]);
    assert_eq!(desk.waits(20_000), [Output::Tone(ToneKind::Howler)]);
    assert_eq!(desk.waits(59_999), []);
    assert_eq!(desk.waits(1), [Output::Silence, told(Event::LeftOffHook)]);
    assert_eq!(desk.station.next_deadline(), None);
    assert_eq!(desk.gets(ring(None)), [Output::RingRefused(RingRefusal::LeftOffHook)]);
    assert_eq!(desk.gets(Input::OnHook), [told(Event::BackOnHook)]);
    assert_eq!(desk.gets(ring(None)), [CN_RING]);
}

#[test]
fn after_a_call_the_tone_that_tells_why_is_followed_by_the_howler() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(Input::OffHook);
    desk.gets(Input::Digit('1'));
    desk.gets(Input::Connected);
    assert_eq!(desk.gets(Input::Released(ToneKind::Congestion)), [Output::Tone(ToneKind::Congestion)]);
    assert_eq!(desk.gets(Input::Digit('1')), [], "the call is over");
    assert_eq!(desk.gets(Input::Flash), []);
    assert_eq!(desk.gets(ring(None)), [Output::RingRefused(RingRefusal::Busy)]);
    assert_eq!(desk.waits(20_000), [Output::Tone(ToneKind::Howler)]);
    assert_eq!(desk.gets(Input::OnHook), [Output::Silence, told(Event::HungUp)]);
    assert_eq!(desk.waits(600_000), []);
}

#[test]
fn the_busy_tone_of_who_dialled_nothing_goes_on_when_the_call_is_cleared_after_it() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(Input::OffHook);
    assert_eq!(desk.waits(15_000), [Output::Tone(ToneKind::Busy), told(Event::DialledNothing)]);
    assert_eq!(desk.gets(Input::Released(ToneKind::SpecialInformation)), [Output::Tone(ToneKind::Busy)]);
}

#[test]
fn in_china_the_caller_id_goes_half_a_second_after_the_first_ring() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    assert_eq!(desk.gets(ring(Some("01082345678"))), [CN_RING]);
    assert_eq!(desk.gets(Input::RingerOn), []);
    desk.waits(1000);
    assert_eq!(desk.gets(Input::RingerOff), []);
    assert_eq!(desk.waits(499), []);
    assert_eq!(desk.waits(1), [Output::SendCallerId(CallerId::of_number("01082345678"))]);
    assert_eq!(desk.gets(Input::CallerIdSent), []);
    desk.gets(Input::RingerOn);
    assert_eq!(desk.gets(Input::RingerOff), []);
    assert_eq!(desk.waits(4000), [], "it is sent once");
    assert_eq!(desk.gets(Input::OffHook), [Output::RingOff, told(Event::Answered)]);
    assert_eq!(desk.gets(Input::OnHook), [Output::Silence, told(Event::HungUp)]);
}

#[test]
fn a_handset_lifted_during_the_caller_id_stops_it() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(ring(Some("110")));
    desk.gets(Input::RingerOff);
    desk.waits(500);
    assert_eq!(desk.gets(Input::OffHook), [Output::RingOff, Output::StopCallerId, told(Event::Answered)]);
    assert_eq!(desk.gets(Input::CallerIdSent), []);
}

#[test]
fn a_ring_that_comes_before_the_caller_id_is_through_stops_it() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(ring(Some("110")));
    desk.gets(Input::RingerOff);
    desk.waits(500);
    assert_eq!(desk.gets(Input::RingerOn), [Output::StopCallerId]);
}

#[test]
fn in_britain_the_line_turns_and_the_caller_id_goes_before_the_ring() {
    let mut desk = Desk::new(StationSettings { country: Country::Uk, ..StationSettings::default() });
    let caller = Output::SendCallerId(CallerId::of_number("02079460000"));
    let ringing = |phase_ms| Output::RingOn { cadence: RingCadence::double(400, 200, 400, 2000), phase_ms };
    assert_eq!(desk.gets(ring(Some("02079460000"))), [Output::Polarity { reversed: true }, caller]);
    assert_eq!(desk.gets(Input::CallerIdSent), [Output::Polarity { reversed: false }, ringing(0)]);
    desk.gets(Input::StopRinging);
    desk.gets(ring(Some("1")));
    let after_limit = [Output::StopCallerId, Output::Polarity { reversed: false }, ringing(1000)];
    assert_eq!(desk.waits(4000), after_limit, "a sender that has failed does not keep the telephone from ringing");
}

#[test]
fn a_telephone_gets_the_caller_id_in_digits_before_the_ring_or_not_at_all_where_the_settings_say_so() {
    let mut desk = Desk::new(StationSettings { caller_id: CallerIdWish::Digits, ..StationSettings::default() });
    let caller = Output::SendCallerId(CallerId::of_number("120"));
    assert_eq!(desk.gets(ring(Some("120"))), [Output::Polarity { reversed: true }, caller]);
    assert_eq!(desk.gets(Input::CallerIdSent), [Output::Polarity { reversed: false }, CN_RING]);
    let mut desk = Desk::new(StationSettings { caller_id: CallerIdWish::Off, ..StationSettings::default() });
    assert_eq!(desk.gets(ring(Some("120"))), [CN_RING]);
    desk.gets(Input::RingerOff);
    assert_eq!(desk.waits(5000), []);
}

#[test]
fn a_telephone_that_is_told_before_it_rings_rings_when_its_group_does_and_not_by_so_much_later() {
    let mut desk = Desk::new(StationSettings { country: Country::Uk, ..StationSettings::default() });
    let caller = Some(CallerId::of_number("1"));
    desk.gets(Input::Ring(RingRequest { caller, phase_ms: 2900, kind: RingKind::Usual, whispers: false }));
    desk.waits(1550);
    let ringing = Output::RingOn { cadence: RingCadence::double(400, 200, 400, 2000), phase_ms: 1450 };
    assert_eq!(desk.gets(Input::CallerIdSent), [Output::Polarity { reversed: false }, ringing]);
}

#[test]
fn a_british_handset_lifted_before_the_ring_takes_the_call() {
    let mut desk = Desk::new(StationSettings { country: Country::Uk, ..StationSettings::default() });
    desk.gets(ring(Some("1")));
    let expected = [Output::StopCallerId, Output::Polarity { reversed: false }, told(Event::Answered)];
    assert_eq!(desk.gets(Input::OffHook), expected);
}

#[test]
fn a_caller_who_gives_up_stops_the_ring() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(ring(None));
    assert_eq!(desk.gets(ring(None)), [Output::RingRefused(RingRefusal::Ringing)]);
    assert_eq!(desk.gets(Input::StopRinging), [Output::RingOff]);
    assert!(desk.station.is_free());
    assert_eq!(desk.gets(Input::OffHook), [Output::Tone(ToneKind::Dial), told(Event::WantsToDial)]);
}

#[test]
fn an_answer_that_crosses_the_end_of_the_ring_is_told_and_then_released() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(ring(None));
    desk.gets(Input::OffHook);
    assert_eq!(desk.gets(Input::StopRinging), []);
    assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), [Output::Tone(ToneKind::Busy)]);
}

#[test]
fn a_rotary_dial_works_where_it_is_allowed_and_is_a_flash_where_not() {
    let mut rotary = Desk::new(StationSettings { pulse_dialling: true, ..StationSettings::default() });
    rotary.gets(Input::OffHook);
    assert_eq!(rotary.gets(Input::PulseDigit(b'0')), [Output::Silence, told(Event::Digit('0'))]);

    let mut keys = Desk::of_class(StationClass::Telephone);
    keys.gets(Input::OffHook);
    assert_eq!(keys.gets(Input::PulseDigit(b'1')), [], "no call yet");
    keys.gets(Input::Digit('5'));
    keys.gets(Input::Connected);
    assert_eq!(keys.gets(Input::PulseDigit(b'1')), [told(Event::Flash)]);
    assert_eq!(keys.gets(Input::PulseDigit(b'7')), [], "a bouncing hook is no seven");
    assert_eq!(keys.gets(Input::Flash), [told(Event::Flash)]);
}

#[test]
fn a_headset_off_hook_is_ready_and_takes_its_call_after_the_zip_tone() {
    let mut desk = Desk::of_class(StationClass::Headset);
    assert_eq!(desk.gets(Input::OffHook), [Output::Ready(true)]);
    assert_eq!(desk.waits(600_000), [], "no howler");
    assert!(desk.station.is_free());
    assert_eq!(desk.gets(ring(Some("110"))), [Output::Tone(ToneKind::Zip)]);
    assert_eq!(desk.waits(400), [Output::Silence, told(Event::Answered)]);
    let ready_again = [Output::Silence, Output::Ready(true)];
    assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), ready_again, "wrap-up, still off-hook");
    assert!(desk.station.is_free());
    assert_eq!(desk.gets(Input::OnHook), [Output::Ready(false)]);
}

#[test]
fn at_a_headset_that_is_ready_a_number_is_dialled_and_its_tone_is_heard_before_it_is_ready_again() {
    let mut desk = Desk::of_class(StationClass::Headset);
    desk.gets(Input::OffHook);
    assert_eq!(desk.gets(Input::Digit('1')), [told(Event::WantsToDial), told(Event::Digit('1'))]);
    assert!(!desk.station.takes_callers());
    assert_eq!(desk.gets(Input::Digit('2')), [told(Event::Digit('2'))]);
    assert_eq!(desk.gets(ring(None)), [Output::RingRefused(RingRefusal::Busy)]);
    assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), [Output::Tone(ToneKind::Busy)]);
    assert_eq!(desk.waits(2_999), []);
    assert_eq!(desk.waits(1), [Output::Silence, Output::Ready(true)]);
    assert!(desk.station.takes_callers());
    desk.gets(Input::OnHook);
    assert!(!desk.station.takes_callers(), "nobody's ear is there");
}

#[test]
fn a_headset_that_answers_by_key_waits_for_that_key() {
    let mut desk = Desk::new(by_key('5'));
    desk.gets(Input::OffHook);
    assert_eq!(desk.gets(ring(None)), [Output::Tone(ToneKind::Zip)]);
    assert_eq!(desk.waits(10_000), [Output::Silence]);
    assert_eq!(desk.gets(Input::Digit('4')), []);
    assert_eq!(desk.gets(Input::Digit('5')), [Output::Silence, told(Event::Answered)]);
    desk.gets(Input::Released(ToneKind::Busy));
    desk.gets(ring(None));
    assert_eq!(desk.gets(Input::StopRinging), [Output::Silence]);
    assert!(desk.station.is_free());
}

fn by_key(key: char) -> StationSettings {
    let answering = Answering::ByKey(key);
    StationSettings { class: StationClass::Headset, answering, ..StationSettings::default() }
}

fn whispered() -> Input {
    Input::Ring(RingRequest { caller: None, phase_ms: 0, kind: RingKind::Usual, whispers: true })
}

#[test]
fn a_headset_is_told_what_a_call_is_about_after_the_zip_tone_and_takes_it_then() {
    let mut desk = Desk::of_class(StationClass::Headset);
    desk.gets(Input::OffHook);
    assert_eq!(desk.gets(whispered()), [Output::Tone(ToneKind::Zip)]);
    assert_eq!(desk.waits(400), [Output::Whisper]);
    assert!(desk.station.is_called() && !desk.station.takes_callers());
    assert_eq!(desk.waits(2_000), []);
    assert_eq!(desk.gets(Input::CallerIdSent), [Output::Silence, told(Event::Answered)]);
    desk.gets(Input::Released(ToneKind::Busy));
    desk.gets(whispered());
    assert_eq!(
        desk.waits(400 + 15_000),
        [Output::Whisper, Output::Silence, told(Event::Answered)],
        "a sender that failed"
    );
}

#[test]
fn a_headset_that_answers_by_key_is_told_it_too_and_who_presses_the_key_meanwhile_hears_no_more_of_it() {
    let mut desk = Desk::new(by_key('#'));
    desk.gets(Input::OffHook);
    desk.gets(whispered());
    desk.waits(400);
    assert_eq!(desk.gets(Input::CallerIdSent), [Output::Silence]);
    assert_eq!(desk.waits(60_000), []);
    assert_eq!(desk.gets(Input::Digit('#')), [Output::Silence, told(Event::Answered)]);
    desk.gets(Input::Released(ToneKind::Busy));
    desk.gets(whispered());
    desk.waits(400);
    assert_eq!(desk.gets(Input::Digit('#')), [Output::Silence, told(Event::Answered)]);
    assert_eq!(desk.gets(Input::CallerIdSent), [], "its end comes late");
    desk.gets(Input::Released(ToneKind::Busy));
    desk.gets(whispered());
    desk.waits(400);
    assert_eq!(desk.gets(Input::OnHook), [Output::Silence, told(Event::HungUp), Output::Ready(false)]);
}

/// A headset at each moment between the zip tone and the taking of a call: while the tone sounds, while it is told what the call
/// is about, and while it waits for the key.
fn announced() -> [Desk; 3] {
    [0, 1, 2].map(|stage| {
        let mut desk = Desk::new(by_key('#'));
        desk.gets(Input::OffHook);
        desk.gets(whispered());
        if stage > 0 {
            assert_eq!(desk.waits(400), [Output::Whisper]);
        }
        if stage > 1 {
            assert_eq!(desk.gets(Input::CallerIdSent), [Output::Silence]);
        }
        assert!(desk.station.is_called() && !desk.station.is_free(), "stage {stage}");
        desk
    })
}

#[test]
fn a_headset_whose_call_goes_elsewhere_before_it_takes_it_hears_no_more_of_it_and_is_ready_again() {
    for mut desk in announced() {
        assert_eq!(desk.gets(Input::StopRinging), [Output::Silence]);
        assert!(desk.station.takes_callers() && !desk.station.is_called());
        assert_eq!(desk.gets(Input::CallerIdSent), [], "of what was said of that one");
        assert_eq!(desk.waits(60_000), []);
        assert_eq!(desk.gets(whispered()), [Output::Tone(ToneKind::Zip)]);
    }
}

#[test]
fn before_a_headset_takes_its_call_only_its_own_key_and_its_hook_do_anything() {
    for mut desk in announced() {
        for input in [Input::Digit('0'), Input::Digit('*'), Input::OffHook, Input::Released(ToneKind::Busy)] {
            assert_eq!(desk.gets(input), []);
        }
        assert_eq!(desk.gets(ring(None)), [Output::RingRefused(RingRefusal::Ringing)]);
        assert_eq!(desk.gets(Input::Digit('#')), [Output::Silence, told(Event::Answered)]);
        assert_eq!(desk.gets(Input::Digit('#')), [told(Event::Digit('#'))], "in the talk it is one like any other");
    }
    for mut desk in announced() {
        assert_eq!(desk.gets(Input::OnHook), [Output::Silence, told(Event::HungUp), Output::Ready(false)]);
        assert!(!desk.station.takes_callers());
    }
}

#[test]
fn no_key_takes_the_call_of_a_headset_that_takes_it_by_itself() {
    let mut desk = Desk::of_class(StationClass::Headset);
    desk.gets(Input::OffHook);
    desk.gets(whispered());
    desk.waits(400);
    assert_eq!(desk.gets(Input::Digit('#')), []);
    assert_eq!(desk.gets(Input::CallerIdSent), [Output::Silence, told(Event::Answered)]);
}

#[test]
fn a_headset_on_its_hook_rings_like_a_telephone() {
    let mut desk = Desk::of_class(StationClass::Headset);
    assert_eq!(desk.gets(ring(None)), [CN_RING]);
    assert_eq!(desk.gets(Input::OffHook), [Output::RingOff, told(Event::Answered)]);
}

#[test]
fn a_door_station_calls_at_once_and_is_made_to_let_go() {
    let mut desk = Desk::of_class(StationClass::Door);
    assert_eq!(desk.gets(Input::OffHook), [told(Event::WantsToDial)]);
    desk.gets(Input::Connected);
    assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), [Output::Silence, Output::BatteryDrop { ms: 800 }]);
    assert_eq!(desk.gets(ring(None)), [Output::RingRefused(RingRefusal::Busy)]);
    assert_eq!(desk.gets(Input::OnHook), [Output::Silence, told(Event::HungUp)]);
}

#[test]
fn what_wants_it_has_its_feed_cut_at_the_end_of_a_talk_and_busy_tone_after_that() {
    for class in [StationClass::Telephone, StationClass::Fax] {
        let mut desk = Desk::new(StationSettings { class, battery_drop: true, ..StationSettings::default() });
        let talks = |desk: &mut Desk| {
            desk.gets(ring(None));
            desk.gets(Input::OffHook);
        };
        talks(&mut desk);
        let cut = [Output::Silence, Output::BatteryDrop { ms: 800 }];
        assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), cut);
        assert_eq!(desk.gets(ring(None)), [Output::RingRefused(RingRefusal::Busy)]);
        assert_eq!(desk.waits(799), []);
        assert_eq!(desk.waits(1), [Output::Tone(ToneKind::Busy)]);
        assert_eq!(desk.waits(19_999), [], "and then as ever");
        assert_ne!(desk.waits(1), []);
        desk.gets(Input::OnHook);

        talks(&mut desk);
        assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), cut);
        desk.waits(500);
        assert_eq!(desk.gets(Input::OnHook), [Output::Silence, told(Event::HungUp)], "it lets go");
        assert_eq!(desk.waits(60_000), []);
    }
}

#[test]
fn without_a_talk_and_without_the_wish_no_feed_is_cut() {
    let mut desk = Desk::new(StationSettings { battery_drop: true, ..StationSettings::default() });
    desk.gets(Input::OffHook);
    desk.gets(Input::Digit('9'));
    assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), [Output::Tone(ToneKind::Busy)], "it reached nobody");
    desk.gets(Input::OnHook);
    assert_eq!(desk.gets(Input::OffHook)[0], Output::Tone(ToneKind::Dial));
    assert_eq!(desk.waits(15_000)[0], Output::Tone(ToneKind::Busy), "it dialled nothing");

    let mut desk = Desk::of_class(StationClass::Telephone);
    desk.gets(ring(None));
    desk.gets(Input::OffHook);
    assert_eq!(desk.gets(Input::Released(ToneKind::Busy)), [Output::Tone(ToneKind::Busy)]);
}

#[test]
fn a_fax_machine_hears_no_howler() {
    let mut desk = Desk::of_class(StationClass::Fax);
    desk.gets(Input::OffHook);
    assert_eq!(desk.waits(15_000), [Output::Tone(ToneKind::Busy), told(Event::DialledNothing)]);
    assert_eq!(desk.waits(20_000), [Output::Silence, told(Event::LeftOffHook)]);
}

#[test]
fn events_told_again_change_nothing() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    assert_eq!(desk.gets(Input::OnHook), []);
    desk.gets(Input::OffHook);
    assert_eq!(desk.gets(Input::OffHook), []);
    desk.is_left_off_the_hook();
    assert_eq!(desk.gets(Input::OffHook), []);
    assert_eq!(desk.gets(Input::Timeout), []);
}

#[test]
fn new_settings_wait_for_the_end_of_the_call() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    let british = StationSettings { country: Country::Uk, ..StationSettings::default() };
    desk.gets(Input::OffHook);
    assert_eq!(desk.station.apply(Time::from_ms(0), &british), Apply::WhenIdle);
    desk.gets(Input::OnHook);
    let cadence = RingCadence::double(400, 200, 400, 2000);
    assert_eq!(desk.gets(ring(None)), [Output::RingOn { cadence, phase_ms: 0 }]);
    desk.gets(Input::StopRinging);
    assert_eq!(desk.station.apply(Time::from_ms(0), &StationSettings::default()), Apply::Applied);
    assert_eq!(desk.gets(ring(None)), [CN_RING]);
    // While it rings, and nobody answers.
    assert_eq!(desk.station.apply(Time::from_ms(0), &british), Apply::WhenIdle);
    desk.gets(Input::StopRinging);
    assert_eq!(desk.gets(ring(None)), [Output::RingOn { cadence, phase_ms: 0 }]);
}

fn talks(desk: &mut Desk) {
    desk.gets(Input::OffHook);
    desk.gets(Input::Digit('8'));
    desk.gets(Input::Connected);
}

fn waits(number: &str) -> Input {
    Input::CallWaits(Some(CallerId::of_number(number)))
}

#[test]
fn a_call_that_waits_is_told_by_a_tone_and_who_it_is_where_the_telephone_takes_it() {
    let mut desk = Desk::new(StationSettings::default());
    talks(&mut desk);
    assert_eq!(desk.gets(waits("805")), [Output::WaitingTone { alerts: true }]);
    assert_eq!(desk.gets(Input::CallerIdSent), []);
    assert_eq!(desk.gets(Input::Digit('5')), [told(Event::Digit('5'))], "a finger is no answer of the telephone's");
    desk.waits(200);
    assert_eq!(desk.gets(Input::Digit('D')), [Output::TellWaiting(CallerId::of_number("805"))]);
    assert_eq!(desk.gets(Input::CallerIdSent), [told(Event::WaitingTold)]);
    assert_eq!(desk.waits(3900), []);
    assert_eq!(desk.waits(200), [Output::WaitingTone { alerts: false }], "China: 4 s later again, and who it is once");
    assert_eq!(desk.gets(Input::CallerIdSent), [told(Event::WaitingTold)]);
    assert_eq!(desk.gets(Input::WaitsNoMore), []);
    assert_eq!(desk.waits(20_000), []);
}

#[test]
fn a_telephone_that_does_not_answer_the_alert_gets_the_talk_back_and_so_does_one_whose_sender_has_failed() {
    let mut desk = Desk::new(StationSettings::default());
    talks(&mut desk);
    desk.gets(waits("805"));
    desk.gets(Input::CallerIdSent);
    assert_eq!(desk.waits(399), []);
    assert_eq!(desk.waits(1), [told(Event::WaitingTold)]);
    assert_eq!(desk.gets(Input::Digit('D')), [told(Event::Digit('D'))], "too late");
    let mut desk = Desk::new(StationSettings::default());
    talks(&mut desk);
    desk.gets(waits("805"));
    assert_eq!(desk.waits(2_500), [told(Event::WaitingTold)]);
    let caller_id = CallerIdWish::Digits;
    let mut desk = Desk::new(StationSettings { caller_id, ..StationSettings::default() });
    talks(&mut desk);
    assert_eq!(desk.gets(waits("805")), [Output::WaitingTone { alerts: false }], "it has no modem");
}

#[test]
fn a_telephone_that_is_not_to_be_told_in_a_talk_hears_the_tone_alone_and_is_told_who_rings_as_ever() {
    let mut desk = Desk::new(StationSettings { no_caller_id_in_talk: true, ..StationSettings::default() });
    talks(&mut desk);
    assert_eq!(desk.gets(waits("805")), [Output::WaitingTone { alerts: false }]);
    assert_eq!(desk.gets(Input::CallerIdSent), [told(Event::WaitingTold)]);
    assert_eq!(desk.gets(Input::Digit('D')), [told(Event::Digit('D'))]);
    desk.gets(Input::OnHook);
    desk.gets(ring(Some("805")));
    desk.gets(Input::RingerOff);
    assert_eq!(desk.waits(500), [Output::SendCallerId(CallerId::of_number("805"))]);
}

#[test]
fn a_caller_who_waits_no_more_gives_the_ear_back_and_nothing_waits_where_nobody_talks() {
    let mut desk = Desk::new(StationSettings::default());
    assert_eq!(desk.gets(waits("805")), []);
    talks(&mut desk);
    desk.gets(waits("805"));
    assert_eq!(desk.gets(Input::WaitsNoMore), [told(Event::WaitingTold)]);
    assert_eq!(desk.gets(Input::CallerIdSent), [], "the tone that was broken off");
    desk.gets(waits("805"));
    desk.gets(Input::OnHook);
    assert_eq!(desk.waits(20_000), []);
    for class in [StationClass::Door, StationClass::Fax] {
        let mut desk = Desk::of_class(class);
        talks(&mut desk);
        assert_eq!(desk.gets(waits("805")), [], "{class:?}");
    }
}

/// A telephone with a modem that is to be told of messages.
fn told_of_messages(country: Country) -> Desk {
    let mut desk = Desk::new(StationSettings { country, ..StationSettings::default() });
    assert_eq!(desk.gets(Input::MessagesWait(Some(true))), []);
    desk
}

#[test]
fn a_telephone_is_told_of_messages_once_its_line_is_idle_and_again_after_each_call() {
    let mut desk = told_of_messages(Country::Cn);
    assert_eq!(desk.waits(1999), []);
    assert_eq!(desk.waits(1), [Output::SendMessagesWaiting(true)]);
    assert!(desk.station.is_free() && !desk.station.is_on_hook() && !desk.station.is_called());
    assert_eq!(desk.gets(Input::CallerIdSent), [Output::Silence]);
    assert_eq!(desk.station.next_deadline(), None);
    desk.gets(Input::MessagesWait(Some(true)));
    assert_eq!(desk.station.next_deadline(), None, "that is known there");
    desk.gets(Input::OffHook);
    assert_eq!(desk.gets(Input::MessagesWait(Some(false))), []);
    assert_eq!(desk.waits(3000), [], "it is in use");
    desk.gets(Input::OnHook);
    assert_eq!(desk.waits(2000), [Output::SendMessagesWaiting(false)]);
    desk.gets(Input::CallerIdSent);
    desk.gets(ring(None));
    desk.gets(Input::StopRinging);
    assert_eq!(desk.waits(2000), [Output::SendMessagesWaiting(false)], "it may have slept");
    desk.gets(Input::CallerIdSent);
    desk.gets(Input::MessagesWait(None));
    desk.gets(Input::OffHook);
    desk.gets(Input::OnHook);
    assert_eq!(desk.station.next_deadline(), None, "it has no modem any more");
}

#[test]
fn a_call_or_a_lifted_handset_goes_before_what_is_told_of_messages_which_is_told_later() {
    for (country, turns_back) in [(Country::Us, false), (Country::Uk, true)] {
        let back = turns_back.then_some(Output::Polarity { reversed: false });
        let broken_off = |then: Vec<Output>| {
            std::iter::once(Output::StopCallerId).chain(back.clone()).chain(then).collect::<Vec<_>>()
        };
        let mut desk = told_of_messages(country);
        let turned = turns_back.then_some(Output::Polarity { reversed: true });
        let told_so = turned.into_iter().chain([Output::SendMessagesWaiting(true)]).collect::<Vec<_>>();
        assert_eq!(desk.waits(2000), told_so);
        let dials = vec![Output::Tone(ToneKind::Dial), told(Event::WantsToDial)];
        assert_eq!(desk.gets(Input::OffHook), broken_off(dials));
        desk.gets(Input::OnHook);
        assert_eq!(desk.waits(2000), told_so);
        let cadence = country.plan().ring();
        assert_eq!(desk.gets(ring(None)), broken_off(vec![Output::RingOn { cadence, phase_ms: 0 }]));
        desk.gets(Input::StopRinging);
        assert_eq!(desk.waits(2000), told_so);
        assert_eq!(desk.waits(4000), broken_off(vec![]), "a sender that has failed holds no line");
        assert_eq!(desk.waits(600_000), []);
    }
}

#[test]
fn only_a_telephone_is_told_of_messages() {
    for class in [StationClass::Fax, StationClass::Door, StationClass::Headset] {
        let mut desk = Desk::of_class(class);
        desk.gets(Input::MessagesWait(Some(true)));
        assert_eq!(desk.waits(60_000), [], "{class:?}");
        assert_eq!(desk.station.next_deadline(), None);
    }
}

/// A ring in two bursts, as its card tells it.
fn two_bursts(desk: &mut Desk) -> Vec<Output> {
    let mut outputs = desk.gets(Input::RingerOn);
    outputs.extend(desk.waits(400));
    outputs.extend(desk.gets(Input::RingerOff));
    outputs.extend(desk.waits(200));
    outputs.extend(desk.gets(Input::RingerOn));
    outputs.extend(desk.waits(400));
    outputs.extend(desk.gets(Input::RingerOff));
    outputs
}

#[test]
fn a_ring_in_two_bursts_is_told_who_calls_in_the_silence_after_the_second() {
    let mut desk = Desk::of_class(StationClass::Telephone);
    let caller = Some(CallerId::of_number("802"));
    let request = RingRequest { caller, phase_ms: 0, kind: RingKind::Second, whispers: false };
    let cadence = RingCadence::double(400, 200, 400, 4000);
    assert_eq!(desk.gets(Input::Ring(request)), [Output::RingOn { cadence, phase_ms: 0 }]);
    assert_eq!(two_bursts(&mut desk), []);
    assert_eq!(desk.waits(499), []);
    assert_eq!(desk.waits(1), [Output::SendCallerId(CallerId::of_number("802"))]);
    desk.waits(1500);
    desk.gets(Input::CallerIdSent);
    desk.waits(2000);
    assert_eq!(two_bursts(&mut desk), []);
    assert_eq!(desk.waits(4000), [], "once");
}
