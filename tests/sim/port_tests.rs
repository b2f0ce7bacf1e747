//! Tests of single ports, on lines with and without faults; and everybody who wants a port that is being tested.

use std::time::Duration;

use analog::{
    port_learn::{Learning, Learnt},
    port_test::{Findings, Tested, Verdict},
    port_trend::{self, Worse},
};
use call::{CallEvent, ReleaseEvidence};
use dsp::tone::{AfterLast, TonePlan, ToneStep};
use frame::{LaneId, PortId, SpanId};
use ringfence::{
    handles::{LearnAct, NotTested, TestOrder},
    journal::{Alarm, BoxEvent, PortFault},
};
use settings::{BusyTone, CallerId, CardKind, Echo, OutsideLines, SimEcho, SimLine, StationClass};
use sim::{Act, Fault, HandsetAct, LineAct, Operator, Told, Wires};

use crate::{
    analog::{RING, line, outside},
    house::{House, demo_board, demo_settings, voice},
};

fn port(house: &House, lane: LaneId) -> PortId {
    house.layout.jacks.iter().find(|jack| jack.lane == lane).expect("the lane has a jack").port
}

fn wires(house: &mut House, lane: LaneId, wires: Wires) {
    house.operate(Operator::Fault(Fault::Wires { lane, wires }));
}

/// Begins a test, after the exchange has had its time to let go of the line that was tested last.
fn begin(house: &mut House, of: PortId) {
    let mut began = house.test_port(of);
    for _ in 0..14 {
        if began == Ok(()) {
            break;
        }
        house.run(Duration::from_millis(500));
        began = house.test_port(of);
    }
    assert_eq!(began, Ok(()), "the port is idle");
}

/// The digits that the exchange of a line heard.
fn dialled(house: &House, lane: LaneId) -> String {
    let of = |event: &sim::OperatorEvent| match event.told {
        Told::LineDialled { lane: of, digit } if of == lane => Some(digit),
        _ => None,
    };
    house.told.iter().filter_map(of).collect()
}

fn told(house: &House, what: &Told) -> usize {
    house.told.iter().filter(|event| event.told == *what).count()
}

/// A house whose outside lines are as `lines` says.
fn house_with(seed: u64, lines: OutsideLines) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[1].lines = lines;
    House::with(&board, settings, seed)
}

/// What a test of the port at a lane finds.
fn tested(house: &mut House, lane: LaneId) -> Findings {
    let (of, before) = (port(house, lane), house.tested.len());
    begin(house, of);
    house.until("the test is over", |house| house.tested.len() > before);
    let (port, findings) = house.tested[before].clone();
    assert_eq!(port, of);
    findings
}

/// The demo's box whose outside lines echo, with whoever takes that off.
fn echoing(loss_db: u8, echo: Echo, clock_ppm: i16) -> House {
    let mut board = demo_board();
    for card in board.cards.iter_mut().filter(|card| card.kind == CardKind::Fxo) {
        card.echo = Some(echo);
        card.sim = Some(SimLine { clock_ppm, echo: Some(SimEcho { loss_db, delay_ms: 20 }) });
    }
    House::with(&board, demo_settings(&board), 61)
}

#[test]
fn a_good_outside_line_is_seized_measured_and_let_go_without_a_call() {
    let mut house = House::new(60);
    let far = outside(&house, 1);
    let found = tested(&mut house, far);
    assert_eq!(found.verdicts, [Verdict::Good], "{found:?}");
    assert_eq!((found.battery, found.dial_tone, found.loop_closed), (Some(true), Some(true), None));
    assert!(found.noise.unwrap().dbm0p < -75 && found.echo.unwrap().at_least, "{found:?}");
    assert!(matches!(found.dial_tone_dbm0, Some(-11..=-9)), "the exchange's is at -10 dBm0: {found:?}");
    assert_eq!((told(&house, &Told::LineSeized(far)), told(&house, &Told::LineReleased(far))), (1, 1));
    assert_eq!(dialled(&house, far), "4", "no emergency number of China begins so");
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
    assert!(house.facts.is_empty(), "no call, no detail record: {:?}", house.facts);
    let of_port = |record: &&ringfence::journal::Record| {
        matches!(record.event(), Some(ringfence::journal::Event::Box(BoxEvent::PortTested { nightly: false, .. })))
    };
    assert_eq!(house.records.iter().filter(of_port).count(), 1, "and one event");
}

#[test]
fn the_echo_of_a_line_is_measured_as_the_wires_give_it_whoever_cancels_it() {
    for (echo, clock_ppm) in [(Echo::Off, 0), (Echo::Software, 0), (Echo::Software, 50)] {
        for loss_db in [10, 13, 20] {
            let mut house = echoing(loss_db, echo, clock_ppm);
            let far = outside(&house, 1);
            let found = tested(&mut house, far);
            let erl_db = found.echo.unwrap().erl_db;
            // The simulated hybrid loses so much of noise of the whole band, and 1.9 dB less of what G.122 weighs.
            let wanted = f32::from(loss_db) - 1.9;
            assert!((f32::from(erl_db) - wanted).abs() <= 1.0, "{echo:?}, {loss_db} dB: {found:?}");
            let loud = found.verdicts == [Verdict::LoudEcho { erl_db }];
            assert_eq!(loud, erl_db < 10, "{found:?}");
        }
    }
}

#[test]
fn each_fault_of_an_outside_line_has_its_verdict() {
    let mut house = House::new(62);
    let [far, other] = [outside(&house, 1), outside(&house, 2)];
    wires(&mut house, far, Wires::Noisy { dbm0: -45 });
    let found = tested(&mut house, far);
    let dbm0p = found.noise.unwrap().dbm0p;
    assert!((-50..=-45).contains(&dbm0p), "{found:?}");
    assert_eq!(found.verdicts, [Verdict::Noisy { dbm0p }]);
    let noisy = Alarm::PortBad { port: port(&house, far), fault: PortFault::Noisy };
    assert_eq!(house.alarms, [(noisy.clone(), true)], "a bad verdict is an alarm");

    wires(&mut house, far, Wires::Unbalanced { loss_db: 9 });
    let found = tested(&mut house, far);
    assert!(matches!(found.verdicts[..], [Verdict::LoudEcho { erl_db: 6..=8 }]), "{found:?}");
    assert_eq!(tested(&mut house, other).verdicts, [Verdict::Good], "the line beside it has none");
    let of = |fault| Alarm::PortBad { port: port(&house, far), fault };
    let (echo, dead) = (of(PortFault::LoudEcho), of(PortFault::NoDialTone));
    let mut expected = vec![(noisy.clone(), true), (echo.clone(), true), (noisy, false)];
    let bad = |house: &House| -> Vec<(Alarm, bool)> {
        house.alarms.iter().filter(|(alarm, _)| matches!(alarm, Alarm::PortBad { .. })).cloned().collect()
    };
    assert_eq!(bad(&house), expected);

    house.run(Duration::from_secs(2));
    wires(&mut house, far, Wires::Good);
    line(&mut house, far, LineAct::Bar { barred: true });
    let found = tested(&mut house, far);
    assert_eq!((found.dial_tone, &found.verdicts[..]), (Some(false), &[Verdict::NoDialTone][..]));
    assert_eq!((found.noise, dialled(&house, far).as_str()), (None, "44"), "nothing was sent this time");
    expected.push((dead.clone(), true));
    assert_eq!(bad(&house), expected, "nobody has measured the echo, so its alarm stays");
    line(&mut house, far, LineAct::Bar { barred: false });

    house.run(Duration::from_secs(2));
    for broken in [Wires::Broken, Wires::Short] {
        wires(&mut house, far, broken);
        house.run(Duration::from_millis(7100));
        let none = Verdict::NoBattery { for_s: 7, whole_card: false };
        assert_eq!(tested(&mut house, far).verdicts, [none], "{broken:?}");
        wires(&mut house, far, Wires::Good);
        house.run(Duration::from_secs(1));
    }
    assert_eq!(bad(&house), expected, "of a line without battery nothing else is known");
    assert_eq!(tested(&mut house, far).verdicts, [Verdict::Good]);
    expected.extend([(dead, false), (echo, false)]);
    assert_eq!(bad(&house), expected, "each is over once it was looked for");
}

#[test]
fn what_is_worse_than_usual_is_said_and_an_alarm_until_it_is_as_ever_and_a_restart_forgets_neither() {
    let mut house = House::new(90);
    let far = outside(&house, 1);
    let loud = Alarm::PortBad { port: port(&house, far), fault: PortFault::LoudEcho };
    let raised =
        |house: &House| house.alarms.iter().filter(|(alarm, _)| *alarm == loud).map(|(_, raised)| *raised).next_back();
    wires(&mut house, far, Wires::Unbalanced { loss_db: 20 });
    for _ in 0..port_trend::TESTS_LEAST {
        assert_eq!(tested(&mut house, far).verdicts, [Verdict::Good]);
        assert_eq!(house.worse.last().unwrap().1, []);
    }
    wires(&mut house, far, Wires::Unbalanced { loss_db: 13 });
    let found = tested(&mut house, far);
    assert_eq!(found.verdicts, [Verdict::Good], "as good as a line has to be: {found:?}");
    let worse = house.worse.last().unwrap().1.clone();
    let erl_db = found.echo.unwrap().erl_db;
    assert!(matches!(worse[..], [Worse::Echo { erl_db: now, usual_db: 17..=19 }] if now == erl_db), "{worse:?}");
    assert_eq!(raised(&house), Some(true));

    let before = std::mem::take(&mut house.tested);
    house.is_killed_for(Duration::from_secs(2));
    house.alarms.clear();
    before.iter().for_each(|(port, findings)| house.recall_test(*port, findings));
    assert_eq!(raised(&house), Some(true));
    house.run(Duration::from_secs(6));
    tested(&mut house, far);
    assert_eq!(house.worse.last().unwrap().1.len(), 1, "it is no more usual than it was");
    wires(&mut house, far, Wires::Unbalanced { loss_db: 19 });
    tested(&mut house, far);
    assert_eq!((house.worse.last().unwrap().1.len(), raised(&house)), (0, Some(false)));
}

#[test]
fn nothing_is_sent_into_a_line_without_dial_tone_whatever_its_settings_say() {
    let mut house = house_with(70, OutsideLines { wait_for_dial_tone: false, ..OutsideLines::default() });
    let far = outside(&house, 1);
    // To the box a hot line looks so: somebody's telephone rings as soon as it is seized.
    line(&mut house, far, LineAct::Bar { barred: true });
    assert_eq!(tested(&mut house, far).verdicts, [Verdict::DialsWithout]);
    assert_eq!((dialled(&house, far).as_str(), told(&house, &Told::LineReleased(far))), ("", 1));
    assert!(house.alarms.is_empty(), "its owner has said so: {:?}", house.alarms);
}

#[test]
fn a_tone_that_the_exchange_sends_after_the_digit_is_named_and_is_not_noise() {
    let mut house = House::new(71);
    let far = outside(&house, 1);
    let of = port(&house, far);
    house.test_port(of).unwrap();
    house.until("the digit is dialled", |house| dialled(house, far) == "4");
    line(&mut house, far, LineAct::HangUp(sim::Release::BusyTone));
    house.until("the test is over", |house| !house.tested.is_empty());
    let found = &house.tested[0].1;
    assert!(matches!(found.verdicts[..], [Verdict::Tone { hz: 445..=455, .. }]), "{found:?}");
    assert!(house.alarms.is_empty());
}

#[test]
fn one_outside_line_is_tested_at_a_time_and_never_the_last_that_is_free_in_its_group() {
    let mut house = House::new(72);
    let lanes = [1, 2, 3, 4].map(|position| outside(&house, position));
    let ports = lanes.map(|lane| port(&house, lane));
    assert_eq!(house.test_port(ports[0]), Ok(()));
    assert_eq!(house.test_port(ports[1]), Err(NotTested::OneAtATime));
    house.until("the test is over", |house| !house.tested.is_empty());
    house.run(Duration::from_secs(4));
    assert_eq!(house.test_port(ports[1]), Err(NotTested::OneAtATime), "its exchange may not have noticed yet");
    house.run(Duration::from_secs(1));
    // Of the others one is called, one is cut through, and one has to be left for who calls next.
    line(&mut house, lanes[1], LineAct::Ring(RING));
    wires(&mut house, lanes[2], Wires::Broken);
    house.run(Duration::from_secs(1));
    assert_eq!(house.test_port(ports[1]), Err(NotTested::Busy));
    line(&mut house, lanes[3], LineAct::Ring(RING));
    house.run(Duration::from_secs(1));
    assert_eq!(house.test_port(ports[0]), Err(NotTested::LastFreeLine));
    assert_eq!(house.test_port(ports[2]), Ok(()), "one that is not fed is not seized");
}

#[test]
fn the_last_free_line_of_a_group_is_tested_where_somebody_says_so_and_a_call_out_still_takes_it() {
    let mut house = House::new(72);
    let lanes = [1, 2, 3, 4].map(|position| outside(&house, position));
    lanes[1..].iter().for_each(|lane| line(&mut house, *lane, LineAct::Ring(RING)));
    house.run(Duration::from_secs(1));
    let of = port(&house, lanes[0]);
    assert_eq!(house.test_port(of), Err(NotTested::LastFreeLine));
    assert_eq!(house.test_port_as(of, TestOrder::AtNight), Err(NotTested::LastFreeLine), "at night nobody has said so");
    assert_eq!(house.test_port_as(of, TestOrder::ByHandEvenLast), Ok(()));
    house.until("the test is over", |house| !house.tested.is_empty());
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Good]);
    house.run(Duration::from_secs(7));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let telephone = house.telephone(1);
    house.party(telephone, Act::Press("912345678".into()));
    // The number is whole once no more digits come.
    house.run(Duration::from_secs(4));
    assert_eq!(house.test_port_as(of, TestOrder::ByHandEvenLast), Ok(()));
    house.until("the call has the line", |house| dialled(house, lanes[0]).ends_with("12345678"));
    assert_eq!(house.tested[1].1.verdicts, [Verdict::Interrupted]);
}

#[test]
fn what_a_test_found_in_an_earlier_life_is_an_alarm_in_this_one_until_it_is_found_good() {
    let mut house = House::new(78);
    let far = outside(&house, 1);
    let of = port(&house, far);
    let found = |verdicts| Findings { verdicts, ..Findings::never_idle(Tested::OutsideLine) };
    let dead = Alarm::PortBad { port: of, fault: PortFault::NoDialTone };
    house.recall_test(of, &found(vec![Verdict::NoDialTone]));
    house.recall_test(of, &found(vec![Verdict::NeverIdle]));
    assert_eq!(house.alarms, [(dead.clone(), true)], "a night without a test has looked for nothing");
    house.recall_test("GONE-1.1".parse().unwrap(), &found(vec![Verdict::NoDialTone]));
    assert_eq!(tested(&mut house, far).verdicts, [Verdict::Good]);
    assert_eq!(house.alarms[1..], [(dead, false)], "and of a card that was taken out nothing is told");
}

#[test]
fn a_port_that_the_owner_leaves_out_is_not_tested() {
    let mut house = house_with(73, OutsideLines { port_tests: false, ..OutsideLines::default() });
    let far = outside(&house, 1);
    let of = port(&house, far);
    assert_eq!(house.test_port(of), Err(NotTested::LeftOut));
    house.run(Duration::from_secs(1));
    assert_eq!(told(&house, &Told::LineSeized(far)), 0);
}

#[test]
fn no_noise_comes_to_the_ear_of_an_agent_whose_headset_is_ready() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    let row = settings.stations.iter_mut().find(|row| row.port.position == 1).expect("the first telephone");
    row.class = StationClass::Headset;
    let mut house = House::with(&board, settings, 74);
    let lane = house.telephone(1);
    let of = port(&house, lane);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(2));
    assert_eq!(house.test_port(of), Err(NotTested::Busy));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    assert_eq!(tested(&mut house, lane).verdicts, [Verdict::Good], "on its hook it is tested as any other");
}

#[test]
fn a_telephone_is_measured_on_its_hook_and_a_short_is_told_from_it() {
    let mut house = House::new(63);
    let lane = house.telephone(1);
    let found = tested(&mut house, lane);
    assert_eq!((found.loop_closed, found.battery, &found.verdicts[..]), (Some(false), None, &[Verdict::Good][..]));
    assert!(found.ring.is_some_and(|ring| ring.telephones > 0 && ring.ringing == 0), "{found:?}");
    wires(&mut house, lane, Wires::Noisy { dbm0: -50 });
    assert!(matches!(tested(&mut house, lane).verdicts[..], [Verdict::Noisy { dbm0p: -55..=-50 }]));
    house.assert_at_rest();

    wires(&mut house, lane, Wires::Short);
    let of = port(&house, lane);
    house.run(Duration::from_secs(2));
    assert_eq!(house.test_port(of), Err(NotTested::Busy), "it might be somebody who is about to dial");
    // Dial tone, busy tone, howler.
    house.run(Duration::from_secs(100));
    assert_eq!(tested(&mut house, lane).verdicts, [Verdict::LoopClosed]);
    wires(&mut house, lane, Wires::Good);
    house.run(Duration::from_secs(3));
    assert_eq!(tested(&mut house, lane).verdicts, [Verdict::Good]);
}

#[test]
fn a_port_in_use_is_not_tested_nor_one_that_is_no_two_wires_nor_one_that_nobody_uses() {
    let mut house = House::new(64);
    let trunk = house.layout.jacks.iter().find(|jack| jack.kind.is_trunk()).unwrap().port;
    assert_eq!(house.test_port(trunk), Err(NotTested::NotAnalog));
    assert_eq!(house.test_port("NO-SUCH.1".parse().unwrap()), Err(NotTested::NoSuchPort));
    let lane = house.telephone(1);
    let of = port(&house, lane);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_millis(500));
    assert_eq!(house.test_port(of), Err(NotTested::Busy));
    let far = outside(&house, 1);
    let of = port(&house, far);
    line(&mut house, far, LineAct::Ring(RING));
    house.run(Duration::from_millis(500));
    assert_eq!(house.test_port(of), Err(NotTested::Busy));
    let other = outside(&house, 2);
    let of = port(&house, other);
    assert_eq!((house.test_port(of), house.test_port(of)), (Ok(()), Err(NotTested::UnderWay)));
}

/// A test of the port at a lane, which has come as far as its noise.
fn noisy_by(house: &mut House, lane: LaneId) {
    let of = port(house, lane);
    house.test_port(of).expect("it is idle");
    house.party(lane, Act::Listen);
    for _ in 0..100 {
        house.run(Duration::from_millis(40));
        house.party(lane, Act::Measure);
        house.tick();
        let level = house.told.iter().rev().find_map(|event| match event.told {
            Told::Level { lane: of, dbm0 } if of == lane => Some(dbm0),
            _ => None,
        });
        // Dial tone is the line's own, and not heard by its far end.
        if level.is_some_and(|dbm0| (-14.0..-12.0).contains(&dbm0)) {
            return;
        }
    }
    panic!("the far end never heard the noise");
}

#[test]
fn who_rings_a_telephone_under_test_gets_it_and_the_test_says_so() {
    let mut house = House::new(65);
    let lane = house.telephone(1);
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    noisy_by(&mut house, lane);
    let caller = house.telephone(2);
    house.party(caller, Act::Press("801".into()));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(lane)));
    assert_eq!(house.tested.len(), 1);
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Interrupted]);
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house.run(Duration::from_millis(300));
    house.party(lane, Act::Listen);
    let said = voice(3, 8000);
    house.says(caller, said.clone());
    house.run(Duration::from_secs(2));
    assert!(crate::house::contains(&house.heard(lane), &said), "nothing of the noise is left");
    house.handset(1, HandsetAct::HangUp);
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn who_lifts_a_handset_under_test_gets_dial_tone() {
    let mut house = House::new(66);
    let lane = house.telephone(1);
    noisy_by(&mut house, lane);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_millis(500));
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Interrupted]);
    house.party(lane, Act::Press("802".into()));
    house.until_fact("the number is dialled", |fact| matches!(fact, CallEvent::Dialled { .. }));
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_caller_who_meets_the_test_on_the_line_is_served() {
    let mut house = House::new(67);
    let far = outside(&house, 1);
    let of = port(&house, far);
    house.test_port(of).unwrap();
    house.run(Duration::from_millis(300));
    line(&mut house, far, LineAct::Ring(RING));
    house.until_fact("the caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Interrupted]);
    line(&mut house, far, LineAct::HangUp(sim::Release::BusyTone));
    house.until_fact("busy tone is heard all the same", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn a_test_gives_way_when_its_line_is_the_last_that_callers_could_get() {
    let mut house = House::new(75);
    let lanes = [1, 2, 3, 4].map(|position| outside(&house, position));
    lanes[2..].iter().for_each(|lane| line(&mut house, *lane, LineAct::Ring(RING)));
    house.run(Duration::from_secs(1));
    let of = port(&house, lanes[0]);
    assert_eq!(house.test_port(of), Ok(()));
    house.run(Duration::from_secs(1));
    assert_eq!(told(&house, &Told::LineSeized(lanes[0])), 1);
    line(&mut house, lanes[1], LineAct::Ring(RING));
    house.run(Duration::from_millis(200));
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Interrupted]);
    assert_eq!(told(&house, &Told::LineReleased(lanes[0])), 1);
}

#[test]
fn a_port_that_is_left_out_or_removed_meanwhile_is_let_go_and_raises_nothing() {
    let mut house = House::new(76);
    let far = outside(&house, 1);
    let of = port(&house, far);
    wires(&mut house, far, Wires::Noisy { dbm0: -45 });
    assert_eq!(house.test_port(of), Ok(()));
    house.run(Duration::from_secs(1));
    let mut settings = demo_settings(&demo_board());
    settings.trunks[1].lines.port_tests = false;
    house.apply(settings, 2);
    house.run(Duration::from_secs(3));
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Interrupted]);
    assert_eq!(told(&house, &Told::LineReleased(far)), 1);
    assert!(house.alarms.is_empty(), "{:?}", house.alarms);
}

#[test]
fn an_emergency_call_leaves_a_line_to_its_test_where_another_is_idle_and_else_takes_it() {
    for others_ring in [false, true] {
        let mut house = House::new(68);
        let lanes = [1, 2, 3, 4].map(|position| outside(&house, position));
        // The trunk is out, so an emergency call has the outside lines alone.
        house.operate(Operator::Fault(Fault::Cable { span: SpanId(0), cut: true }));
        house.handset(1, HandsetAct::Lift);
        house.run(Duration::from_secs(2));
        noisy_by(&mut house, lanes[0]);
        if others_ring {
            lanes[1..].iter().for_each(|lane| line(&mut house, *lane, LineAct::Ring(RING)));
        }
        let telephone = house.telephone(1);
        house.party(telephone, Act::Press("120".into()));
        let taken = if others_ring { lanes[0] } else { lanes[1] };
        house.until("the number is dialled whole", |house| dialled(house, taken).ends_with("120"));
        let found = &house.tested[0].1.verdicts;
        if others_ring {
            assert_eq!((dialled(&house, taken).as_str(), &found[..]), ("4120", &[Verdict::Interrupted][..]));
            let of_line = |event: &&sim::OperatorEvent| {
                [Told::LineSeized(taken), Told::LineReleased(taken)].contains(&event.told)
            };
            let seized: Vec<Told> = house.told.iter().filter(of_line).map(|event| event.told.clone()).collect();
            let [seize, release] = [Told::LineSeized(taken), Told::LineReleased(taken)];
            assert_eq!(seized, [seize.clone(), release, seize], "it was let go, so that there was dial tone again");
        } else {
            assert_eq!((dialled(&house, lanes[0]).as_str(), &found[..]), ("4", &[Verdict::Good][..]));
        }
    }
}

/// What a private exchange sends, which no country has.
const OTHER_BUSY: TonePlan = TonePlan {
    steps: &[ToneStep::one(400, 200), ToneStep::pause(300)],
    after_last: AfterLast::Repeat,
    level_dbm0: -14.0,
};

#[test]
fn the_busy_tone_of_a_line_is_learnt_from_who_calls_in_and_hangs_up_and_lets_it_go_once_the_settings_have_it() {
    let board = demo_board();
    let mut house = House::with(&board, demo_settings(&board), 75);
    let far = outside(&house, 1);
    let of = port(&house, far);
    assert_eq!(house.learn_port(of, LearnAct::Begin), Ok(Learning::WaitsForCall));
    assert_eq!(house.test_port(of), Err(NotTested::Busy));
    line(&mut house, far, LineAct::Ring(RING));
    house.until("the box answers", |house| told(house, &Told::LineAnswered(far)) == 1);
    house.run(Duration::from_secs(1));
    assert_eq!(house.learn_port(of, LearnAct::Look), Ok(Learning::Listens));
    line(&mut house, far, LineAct::HangUp(sim::Release::Tone(OTHER_BUSY)));
    house.until("the line is let go", |house| told(house, &Told::LineReleased(far)) == 1);
    let learnt = house.learn_port(of, LearnAct::Look);
    let Ok(Learning::Over(Learnt::Rhythm { hz, bursts_ms })) = learnt else { panic!("{learnt:?}") };
    assert!(matches!(hz[..], [398..=402]) && matches!(bursts_ms[..], [[190..=210, 290..=310]]), "{hz:?} {bursts_ms:?}");
    house.run(Duration::from_secs(2));
    house.assert_at_rest();
    assert!(house.facts.is_empty(), "it was no call: {:?}", house.facts);

    let mut settings = demo_settings(&board);
    settings.busy_tones = vec![BusyTone { port: of, hz, bursts_ms }];
    house.apply(settings, 2);
    for (position, hears) in [(1, true), (2, false)] {
        let far = outside(&house, position);
        line(&mut house, far, LineAct::Ring(RING));
        house.until_fact("the caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
        line(&mut house, far, LineAct::HangUp(sim::Release::Tone(OTHER_BUSY)));
        house.run(Duration::from_secs(4));
        let by_tone =
            |fact: &&CallEvent| matches!(fact, CallEvent::FarEndGone { evidence: ReleaseEvidence::Tone { .. }, .. });
        let heard = house.facts.iter().filter(by_tone).count();
        assert_eq!(
            (heard, told(&house, &Told::LineReleased(far)) > usize::from(position == 1)),
            (1, hears),
            "line {position}"
        );
    }
}

#[test]
fn a_call_that_wants_the_line_takes_it_from_learning() {
    let mut house = House::new(76);
    let far = outside(&house, 1);
    let of = port(&house, far);
    house.learn_port(of, LearnAct::Begin).unwrap();
    let other = outside(&house, 2);
    assert_eq!(house.learn_port(port(&house, other), LearnAct::Begin), Err(NotTested::OneAtATime));
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let telephone = house.telephone(1);
    house.party(telephone, Act::Press("934030".into()));
    house.until("the number is dialled on a line that nobody learns", |house| dialled(house, other) == "34030");
    assert_eq!(house.learn_port(of, LearnAct::Look), Ok(Learning::WaitsForCall));
    // All others ring: the next call has this one alone.
    [3, 4]
        .map(|position| outside(&house, position))
        .iter()
        .for_each(|lane| line(&mut house, *lane, LineAct::Ring(RING)));
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let telephone = house.telephone(2);
    house.party(telephone, Act::Press("934031".into()));
    house.until("the number is dialled", |house| dialled(house, far) == "34031");
    assert_eq!(house.learn_port(of, LearnAct::Look), Ok(Learning::Over(Learnt::GivenUp)));
    let desk = house.telephone(2);
    assert_eq!(house.learn_port(port(&house, desk), LearnAct::Begin), Err(NotTested::NoOutsideLine));
}

/// A cable from the jack of telephone 1 to that of outside line 1, and their ports.
fn cabled(house: &mut House) -> (LaneId, [PortId; 2]) {
    let (telephone, far) = (house.telephone(1), outside(house, 1));
    house.operate(Operator::Cable { telephone, line: far, there: true });
    (telephone, [port(house, telephone), port(house, far)])
}

fn through_cable(house: &mut House, [telephone, far]: [PortId; 2]) -> Findings {
    let before = house.tested.len();
    assert_eq!(house.test_cable(telephone, far), Ok(()));
    house.until("the test is over", |house| house.tested.len() > before);
    let (of, findings) = house.tested[before].clone();
    assert_eq!((of, findings.rung_by), (far, Some(telephone)));
    findings
}

#[test]
fn a_telephones_port_rings_an_outside_line_through_a_cable_and_who_calls_is_read_there() {
    for how in [CallerId::Country, CallerId::Digits] {
        let board = demo_board();
        let mut settings = demo_settings(&board);
        settings.trunks[1].lines.caller_id_before_ring = how == CallerId::Digits;
        settings.stations.iter_mut().for_each(|station| station.caller_id = how);
        let mut house = House::with(&board, settings, 80);
        let (lane, ports) = cabled(&mut house);
        let found = through_cable(&mut house, ports);
        assert_eq!((found.caller_read, &found.verdicts[..]), (Some(true), &[Verdict::Good][..]), "{how:?}");
        house.run(Duration::from_secs(10));
        // Digits before a ring are listened for all the time.
        if how == CallerId::Country {
            house.assert_at_rest();
        }
        assert!(house.facts.is_empty(), "no call: {:?}", house.facts);
        assert_eq!(
            told(&house, &Told::RingerSounds(lane)),
            told(&house, &Told::RingerSilent(lane)),
            "it is quiet again"
        );
        assert!(house.alarms.is_empty());
    }
}

#[test]
fn what_is_wrong_at_a_cable_has_its_verdict() {
    let mut house = House::new(81);
    let (lane, ports) = cabled(&mut house);
    let far = outside(&house, 1);
    wires(&mut house, far, Wires::Noisy { dbm0: -12 });
    assert_eq!(through_cable(&mut house, ports).verdicts, [Verdict::CallerNotHeard]);
    house.run(Duration::from_secs(10));
    house.operate(Operator::Cable { telephone: lane, line: far, there: false });
    assert_eq!(through_cable(&mut house, ports).verdicts, [Verdict::RingNotHeard]);
    house.run(Duration::from_secs(10));
    assert_eq!(house.test_cable(ports[0], ports[1]), Ok(()));
    house.until("a telephone rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(lane)));
    house.handset(1, HandsetAct::Lift);
    house.until("the test is over", |house| house.tested.len() == 3);
    assert_eq!(house.tested[2].1.verdicts, [Verdict::TelephoneRang]);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}

#[test]
fn who_calls_a_telephone_whose_port_rings_a_cable_gets_it_and_two_of_a_kind_are_no_cable() {
    let mut house = House::new(82);
    let (lane, ports) = cabled(&mut house);
    assert_eq!(house.test_cable(ports[1], ports[1]), Err(NotTested::NoTelephone));
    assert_eq!(house.test_cable(ports[0], ports[0]), Err(NotTested::NoOutsideLine));
    let other = house.telephone(2);
    house.handset(2, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(other, Act::Press("80".into()));
    house.run(Duration::from_secs(1));
    assert_eq!(house.test_cable(ports[0], ports[1]), Ok(()));
    assert_eq!(house.test_cable(ports[0], ports[1]), Err(NotTested::OneAtATime));
    // Else the line would answer it, as any caller.
    let far = outside(&house, 1);
    house.operate(Operator::Cable { telephone: lane, line: far, there: false });
    house.party(other, Act::Press("1".into()));
    house.until("the test gives way", |house| !house.tested.is_empty());
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Interrupted]);
    let rang = told(&house, &Told::RingerSounds(lane));
    house.until("it rings for the caller", |house| told(house, &Told::RingerSounds(lane)) > rang);
    house.handset(2, HandsetAct::HangUp);
    house.run(Duration::from_secs(10));
    house.assert_at_rest();
}

#[test]
fn a_caller_who_rings_the_line_in_place_of_a_cable_is_served() {
    let mut house = House::new(83);
    let (telephone, far) = (house.telephone(1), outside(&house, 1));
    let ports = [port(&house, telephone), port(&house, far)];
    assert_eq!(house.test_cable(ports[0], ports[1]), Ok(()));
    line(&mut house, far, LineAct::Ring(RING));
    house.until_fact("the caller hears the menu", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    assert_eq!(house.tested[0].1.verdicts, [Verdict::Interrupted]);
    line(&mut house, far, LineAct::HangUp(sim::Release::BusyTone));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
}
