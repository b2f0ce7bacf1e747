//! FXO ports: ringing, answer, dial tone, release.

use dsp::{
    dtmf::{DtmfDigit, Generator, Timing},
    level_dbm0,
};
use frame::{Law, SpanTick};
use line::{Audio, Block, Cadence, Event, LineCommand};
use sim::{LineAct, Operator, Release, Told};

use super::board::{Bench, FXO, lane};

const RING: LineAct = LineAct::Ring(Cadence { steps_ms: [(1000, 4000), (0, 0)], phase_ms: 0 });

/// The level of what line 0 sends in the next tick.
fn level(fxo: &mut Bench) -> f32 {
    fxo.tick();
    let mut tick = SpanTick::silent(FXO, Law::A);
    assert_eq!(fxo.audio.read(&mut tick), Block::Fresh);
    level_dbm0(Law::A, &tick.rx[0])
}

#[test]
fn a_ringing_line_rings_in_its_cadence_until_it_is_answered() {
    let mut fxo = Bench::new("FXO");
    fxo.operate(Operator::Line(lane(FXO, 0), RING));
    assert_eq!(fxo.run(5500), [(0, Event::RingBegin), (1000, Event::RingEnd), (5000, Event::RingBegin)]);
    fxo.command(lane(FXO, 0), LineCommand::OffHook);
    assert_eq!(fxo.run(10_000), []);
    assert_eq!(fxo.told(), [(5500, Told::LineAnswered(lane(FXO, 0)))]);
}

#[test]
fn a_line_whose_cable_is_out_is_told_gives_no_dial_tone_and_brings_no_call() {
    let mut fxo = Bench::new("FXO");
    let cable = |there| Operator::Line(lane(FXO, 0), LineAct::Cable { there });
    fxo.operate(cable(false));
    assert_eq!(fxo.run(10), [(0, Event::Battery { there: false })]);
    fxo.operate(Operator::Line(lane(FXO, 0), RING));
    fxo.command(lane(FXO, 0), LineCommand::OffHook);
    assert_eq!(fxo.run(1000), []);
    assert!(level(&mut fxo) < -60.0);
    fxo.operate(cable(true));
    assert_eq!(fxo.run(10), [(1020, Event::Battery { there: true })]);
    fxo.operate(Operator::Line(lane(FXO, 0), RING));
    assert_eq!(fxo.run(10), [(1030, Event::RingBegin)]);
}

#[test]
fn a_caller_who_gives_up_stops_the_ringing() {
    let mut fxo = Bench::new("FXO");
    fxo.operate(Operator::Line(lane(FXO, 1), RING));
    fxo.run(500);
    fxo.operate(Operator::Line(lane(FXO, 1), LineAct::StopRinging));
    assert_eq!(fxo.run(10_000), [(500, Event::RingEnd)]);
}

#[test]
fn an_idle_line_that_is_seized_gives_dial_tone_and_an_answer_may_turn_the_polarity() {
    let mut fxo = Bench::new("FXO");
    assert!(level(&mut fxo) < -60.0);
    fxo.command(lane(FXO, 0), LineCommand::OffHook);
    let dial_tone = level(&mut fxo);
    assert!((-11.0..-9.0).contains(&dial_tone), "{dial_tone} dBm0");
    fxo.operate(Operator::Line(lane(FXO, 0), LineAct::Answer { polarity: true }));
    assert_eq!(fxo.run(0).iter().map(|(_, event)| *event).collect::<Vec<_>>(), [Event::Polarity]);
    assert!(level(&mut fxo) < -60.0);
}

#[test]
fn a_far_party_hangs_up_by_busy_tone_or_by_the_battery() {
    for (release, event, tone) in [(Release::BusyTone, None, true), (Release::BatteryDrop, Some(Event::OnHook), false)]
    {
        let mut fxo = Bench::new("FXO");
        fxo.operate(Operator::Line(lane(FXO, 0), RING));
        fxo.command(lane(FXO, 0), LineCommand::OffHook);
        fxo.run(100);
        fxo.operate(Operator::Line(lane(FXO, 0), LineAct::HangUp(release)));
        assert_eq!(fxo.run(0).first().map(|(_, event)| *event), event);
        let levels: Vec<bool> = (0..70).map(|_| level(&mut fxo) > -20.0).collect();
        assert_eq!(levels[..35].iter().all(|sounds| *sounds), tone, "350 ms of tone");
        assert!(levels[35..].iter().all(|sounds| !sounds), "350 ms of pause");
        fxo.command(lane(FXO, 0), LineCommand::OnHook);
        assert!(fxo.told().iter().any(|(_, told)| *told == Told::LineReleased(lane(FXO, 0))));
    }
}

#[test]
fn the_loop_stays_closed_while_no_box_is_attached() {
    let mut fxo = Bench::new("FXO");
    fxo.operate(Operator::Line(lane(FXO, 0), RING));
    fxo.command(lane(FXO, 0), LineCommand::OffHook);
    fxo.told();
    let card = super::board::serial("FXO");
    fxo.direct.close(fxo.now, card);
    (0..500).for_each(|_| fxo.tick());
    assert_eq!(fxo.told(), []);
    let (audio, signal) = fxo.direct.open(fxo.now, card).unwrap();
    (fxo.audio, fxo.signal) = (audio, signal);
    fxo.command(lane(FXO, 0), LineCommand::OnHook);
    assert!(matches!(fxo.told()[..], [(_, Told::LineReleased(_))]));
}

#[test]
fn digits_dialled_on_a_seized_line_end_dial_tone_and_are_told() {
    let mut fxo = Bench::new("FXO");
    fxo.command(lane(FXO, 0), LineCommand::OffHook);
    fxo.run(500);
    fxo.told();
    let timing = Timing { on_ms: 70, off_ms: 70, low_dbm0: -9.0, high_dbm0: -11.0 };
    let mut keys = Generator::new(timing, Law::A);
    for digit in "12".chars().filter_map(DtmfDigit::of_char) {
        assert!(keys.push(digit));
    }
    let mut tick = SpanTick::silent(FXO, Law::A);
    for _ in 0..40 {
        keys.process(&mut tick.tx[0]);
        fxo.audio.write(&tick);
        level(&mut fxo);
    }
    let digits: Vec<char> = fxo
        .told()
        .iter()
        .filter_map(|(_, told)| match told {
            Told::LineDialled { digit, .. } => Some(*digit),
            _ => None,
        })
        .collect();
    assert_eq!(digits, ['1', '2']);
    assert!(level(&mut fxo) < -60.0, "no dial tone any more");
}

#[test]
fn a_ring_on_a_line_that_was_just_seized_is_a_glare() {
    let mut fxo = Bench::new("FXO");
    fxo.command(lane(FXO, 0), LineCommand::OffHook);
    fxo.run(300);
    fxo.told();
    fxo.operate(Operator::Line(lane(FXO, 0), RING));
    assert_eq!(fxo.run(10_000), [(300, Event::RingBegin), (300, Event::RingEnd)]);
    assert_eq!(fxo.told(), [(300, Told::LineAnswered(lane(FXO, 0)))]);
}

#[test]
fn two_are_joined_by_an_on_hook_once_the_third_has_answered_and_not_before_and_leave_the_line_free() {
    let the_other = || Operator::Line(lane(FXO, 0), LineAct::TheOther);
    for answers in [true, false] {
        let mut fxo = Bench::new("FXO");
        fxo.operate(Operator::Line(lane(FXO, 0), RING));
        fxo.command(lane(FXO, 0), LineCommand::OffHook);
        fxo.command(lane(FXO, 0), LineCommand::Flash { ms: 100 });
        assert!(level(&mut fxo) > -11.0, "dial tone");
        if answers {
            fxo.operate(Operator::Line(lane(FXO, 0), LineAct::Answer { polarity: false }));
        }
        fxo.told();
        fxo.operate(the_other());
        assert!(matches!(fxo.told()[..], [(_, Told::NoSuchLine)]), "not while the box is there");
        fxo.command(lane(FXO, 0), LineCommand::OnHook);
        fxo.told();
        fxo.operate(the_other());
        assert_eq!(fxo.told().is_empty(), answers, "they talk");
        fxo.operate(Operator::Line(lane(FXO, 0), RING));
        fxo.command(lane(FXO, 0), LineCommand::OffHook);
        assert!(fxo.told().iter().any(|(_, told)| *told == Told::LineAnswered(lane(FXO, 0))), "the line is free");
    }
}

#[test]
fn who_waited_at_the_exchange_is_not_joined_with_anybody() {
    let mut fxo = Bench::new("FXO");
    fxo.operate(Operator::Line(lane(FXO, 0), RING));
    fxo.command(lane(FXO, 0), LineCommand::OffHook);
    fxo.operate(Operator::Line(lane(FXO, 0), LineAct::CallWaits));
    fxo.command(lane(FXO, 0), LineCommand::Flash { ms: 100 });
    fxo.command(lane(FXO, 0), LineCommand::OnHook);
    fxo.told();
    fxo.operate(Operator::Line(lane(FXO, 0), LineAct::TheOther));
    assert!(matches!(fxo.told()[..], [(_, Told::NoSuchLine)]));
}
