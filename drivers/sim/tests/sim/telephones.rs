//! FXS ports, event by event, against the traces that DAHDI gave on a real kernel.

use line::{Cadence, Event, LineCommand};
use sim::{Act, HandsetAct, Operator, Told};

use super::board::{Bench, FXS, lane};

const ONE_FOUR: Cadence = Cadence { steps_ms: [(1000, 4000), (0, 0)], phase_ms: 0 };

#[test]
fn lifting_is_told_at_once_and_hanging_up_after_the_flash_time() {
    let mut fxs = Bench::new("FXS");
    fxs.hand(lane(FXS, 0), HandsetAct::Lift);
    assert_eq!(fxs.run(1000), [(0, Event::OffHook)]);
    fxs.hand(lane(FXS, 0), HandsetAct::HangUp);
    assert_eq!(fxs.run(5000), [(1000 + 1250, Event::OnHook)]);
}

#[test]
fn each_port_has_a_flash_time_of_its_own() {
    let mut fxs = Bench::new("FXS");
    for (port, max_ms) in [(0, 400), (1, 1000)] {
        fxs.command(lane(FXS, port), LineCommand::FlashWindow { max_ms });
        fxs.hand(lane(FXS, port), HandsetAct::Lift);
    }
    fxs.run(1000);
    (0..2).for_each(|port| fxs.hand(lane(FXS, port), HandsetAct::Flash { ms: 600 }));
    assert_eq!(fxs.run(2000), [(1400, Event::OnHook), (1600, Event::OffHook), (1600, Event::Flash)]);
}

#[test]
fn a_flash_of_a_hand_is_a_flash_and_an_r_key_is_the_digit_one() {
    let mut fxs = Bench::new("FXS");
    fxs.hand(lane(FXS, 1), HandsetAct::Lift);
    fxs.run(1000);
    fxs.hand(lane(FXS, 1), HandsetAct::Flash { ms: 500 });
    assert_eq!(fxs.run(2000), [(1000 + 500, Event::Flash)]);
    fxs.hand(lane(FXS, 1), HandsetAct::Flash { ms: 100 });
    assert_eq!(fxs.run(2000), [(3000 + 100 + 250, Event::PulseDigit(b'1'))]);
}

#[test]
fn a_rotary_dial_gives_its_digits_250_ms_after_their_last_pulse() {
    let mut fxs = Bench::new("FXS");
    fxs.hand(lane(FXS, 0), HandsetAct::Lift);
    fxs.run(1000);
    fxs.hand(lane(FXS, 0), HandsetAct::DialPulse { digits: "120".into() });
    let digits = fxs.run(10_000);
    // DAHDI's trace: '1' 0.31 s after it began to dial.
    assert_eq!(digits[0], (1000 + 310, Event::PulseDigit(b'1')));
    let events: Vec<Event> = digits.iter().map(|(_, event)| *event).collect();
    assert_eq!(events, [b'1', b'2', b'0'].map(Event::PulseDigit));
}

#[test]
fn a_hang_up_in_the_middle_of_a_digit_ends_the_dialling() {
    let mut fxs = Bench::new("FXS");
    fxs.hand(lane(FXS, 0), HandsetAct::Lift);
    fxs.run(1000);
    fxs.hand(lane(FXS, 0), HandsetAct::DialPulse { digits: "9999".into() });
    fxs.run(330);
    fxs.hand(lane(FXS, 0), HandsetAct::HangUp);
    let told = fxs.run(10_000);
    assert_eq!(told.last(), Some(&(1330 + 1250 - 30, Event::OnHook)), "{told:?}");
    assert!(told.len() <= 2, "{told:?}");
}

#[test]
fn the_ringer_goes_through_its_cadence_and_a_lift_trips_it() {
    let mut fxs = Bench::new("FXS");
    fxs.command(lane(FXS, 2), LineCommand::Ring(Cadence { steps_ms: [(2000, 4000), (0, 0)], phase_ms: 0 }));
    assert_eq!(fxs.run(7000), [(2000, Event::RingerOff), (6000, Event::RingerOn)]);
    fxs.hand(lane(FXS, 2), HandsetAct::Lift);
    assert_eq!(fxs.run(10_000), [(7000, Event::OffHook)], "after the trip the ringer is still");
    let ringer = [Told::RingerSounds(lane(FXS, 2)), Told::RingerSilent(lane(FXS, 2))];
    let expected: Vec<(u64, Told)> = [0, 2000, 6000, 7000].into_iter().zip(ringer.iter().cycle().cloned()).collect();
    assert_eq!(fxs.told(), expected);
}

#[test]
fn stopping_the_ringer_silences_it_and_a_telephone_off_hook_does_not_ring() {
    let mut fxs = Bench::new("FXS");
    fxs.command(lane(FXS, 0), LineCommand::Ring(ONE_FOUR));
    fxs.run(300);
    fxs.command(lane(FXS, 0), LineCommand::OnHook);
    assert_eq!(fxs.run(10_000), []);
    assert_eq!(fxs.told().last(), Some(&(300, Told::RingerSilent(lane(FXS, 0)))));
    fxs.hand(lane(FXS, 0), HandsetAct::Lift);
    fxs.command(lane(FXS, 0), LineCommand::Ring(ONE_FOUR));
    assert_eq!(fxs.run(10_000), [(10_300, Event::OffHook)]);
    assert_eq!(fxs.told(), []);
}

#[test]
fn two_ringers_sound_where_current_is_for_two_and_the_third_is_told() {
    let mut fxs = Bench::new("FXS");
    for port in 0..3 {
        fxs.command(lane(FXS, port), LineCommand::Ring(ONE_FOUR));
    }
    let told: Vec<Told> = fxs.told().into_iter().map(|(_, told)| told).collect();
    let sounds = |port| Told::RingerSounds(lane(FXS, port));
    assert_eq!(told, [sounds(0), sounds(1), Told::RingOverBudget(lane(FXS, 2))]);
    // The first telephone is answered: the next burst has current for the third.
    fxs.hand(lane(FXS, 0), HandsetAct::Lift);
    fxs.run(5500);
    let third: Vec<(u64, Told)> = fxs.told().into_iter().filter(|(_, told)| *told == sounds(2)).collect();
    assert_eq!(third, [(5000, sounds(2))]);
}

#[test]
fn staggered_cadences_share_the_current() {
    let mut fxs = Bench::new("FXS");
    for port in 0..4 {
        let phase_ms = u16::from(port) * 1000;
        fxs.command(lane(FXS, port), LineCommand::Ring(Cadence { phase_ms, ..ONE_FOUR }));
    }
    fxs.run(60_000);
    let told = fxs.told();
    assert!(told.iter().all(|(_, told)| !matches!(told, Told::RingOverBudget(_))), "{told:?}");
    let rings = told.iter().filter(|(_, told)| matches!(told, Told::RingerSounds(_))).count();
    assert!((48..=50).contains(&rings), "twelve bursts a minute on each of four: {rings}");
}

#[test]
fn a_box_that_attaches_is_told_of_every_handset_whether_it_is_lifted() {
    let mut fxs = Bench::new("FXS");
    fxs.hand(lane(FXS, 3), HandsetAct::Lift);
    fxs.direct.close(fxs.now, super::board::serial("FXS"));
    let (audio, signal) = fxs.direct.open(fxs.now, super::board::serial("FXS")).unwrap();
    (fxs.audio, fxs.signal) = (audio, signal);
    let events: Vec<(u8, Event)> = fxs.events().iter().map(|event| (event.timeslot.0, event.event)).collect();
    let on_hook = |position| (position, Event::OnHook);
    assert_eq!(events, [on_hook(0), on_hook(1), on_hook(2), (3, Event::OffHook)]);
}

#[test]
fn a_telephone_that_is_not_there_is_said_so() {
    let mut fxs = Bench::new("FXS");
    fxs.hand(lane(FXS, 4), HandsetAct::Lift);
    fxs.hand(lane(super::board::FXO, 0), HandsetAct::Lift);
    fxs.operate(Operator::Party(lane(FXS, 31), Act::Listen));
    assert_eq!(fxs.told(), [(0, Told::NoSuchLine), (0, Told::NoSuchLine), (0, Told::NoSuchLine)]);
}
