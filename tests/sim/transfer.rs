//! A party on hold is transferred by a telephone that hangs up before the third one has answered: to a telephone, a party
//! outside, a queue; and back where that comes to nothing. Each party speaks a note of its own, and tones are heard by
//! SpanDSP, which is not ours.

use std::time::Duration;

use call::{CallEvent, NotTransferred, OfferEnd, QueueExit};
use frame::LaneId;
use isdn::Cause;
use ringfence::handles::AgentState;
use settings::{Flash, Mail, Settings};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, LineAct, Operator, OutsideCall, Told};

use crate::{
    analog::{line, outside},
    conference::{NOTES, SILENT_DBM0, Talk, is_music, level_at, talk_with},
    house::{House, demo_board, demo_settings},
    numbers::{SPAN, assert_told},
    outside::{hang_up, over_with, place},
    spandsp::tones,
};

fn before_answer(settings: &mut Settings) {
    settings.transfer.before_answer = true;
}

fn talk(seed: u64) -> Talk {
    talk_with(seed, before_answer)
}

impl Talk {
    /// Holds the party, keys a number and hangs up `after`.
    fn transfers(&mut self, number: &str, after: Duration) {
        self.flashes();
        self.keys(number);
        // A key sounds 100 ms and pauses as long.
        self.house.run(Duration::from_millis(200) * number.len() as u32 + after);
        self.house.handset(1, HandsetAct::HangUp);
        // A hang-up is told when a flash would have been over.
        self.house.run(Duration::from_millis(1200));
    }

    fn rings(&self, lane: LaneId) -> bool {
        let last = self.house.told.iter().rev().find_map(|event| match event.told {
            Told::RingerSounds(of) if of == lane => Some(true),
            _ => None,
        });
        last.is_some()
    }

    fn until_it_rings(&mut self, lane: LaneId) {
        self.house.told.retain(|event| event.told != Told::RingerSounds(lane));
        self.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(lane)));
    }

    fn until_they_talk(&mut self) {
        self.house.until_fact("they talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        self.house.run(Duration::from_millis(300));
    }

    /// What the party on hold hears for so long.
    fn held_hears(&mut self, time: Duration) -> Vec<u8> {
        let held = self.held;
        self.house.party(held, Act::Listen);
        self.house.run(time);
        self.house.heard(held)
    }

    fn returned(&self) -> Vec<NotTransferred> {
        let why = |fact: &CallEvent| match fact {
            CallEvent::TransferReturned { why, .. } => Some(*why),
            _ => None,
        };
        self.house.facts.iter().filter_map(why).collect()
    }

    /// The telephone that transferred rings, is lifted, and both talk again.
    fn comes_back(&mut self, why: NotTransferred) {
        assert_eq!(self.returned(), [why]);
        let (holder, held) = (self.holder, self.held);
        self.until_it_rings(holder);
        let heard = self.held_hears(Duration::from_secs(12));
        assert!(tones(&heard).contains(&"ringback"), "who comes back hears that it rings: {:?}", tones(&heard));
        self.house.handset(1, HandsetAct::Lift);
        self.until_they_talk();
        self.all_sing(self.house.telephone(8));
        self.assert_heard(&[(holder, [false, true, false]), (held, [true, false, false])]);
    }
}

#[test]
fn who_hangs_up_while_the_third_rings_transfers_the_party_who_hears_it_ring_and_then_talks() {
    let mut talk = talk(901);
    let (held, third) = (talk.held, talk.house.telephone(2));
    talk.transfers("802", Duration::from_secs(3));
    assert!(talk.rings(third));
    let heard = talk.held_hears(Duration::from_secs(12));
    assert!(tones(&heard).contains(&"ringback"), "{:?}", tones(&heard));
    talk.house.handset(2, HandsetAct::Lift);
    talk.until_they_talk();
    talk.all_sing(third);
    talk.assert_heard(&[(held, [false, false, true]), (third, [false, true, false])]);
    let (house, recordings) = talk.ends(&[2]);
    assert_told(
        &house,
        "对方应答前挂机：被保持的一方转给 802",
        "Hangs up before the answer: the party on hold is transferred to 802",
    );
    let [recording] = recordings.as_slice() else { panic!("one call was answered, and is recorded") };
    let sung = |hz: f64| recording.parts[0].voices.iter().any(|voice| level_at(&voice.octets, hz) > SILENT_DBM0);
    assert!(sung(NOTES[1]) && sung(NOTES[2]), "both are recorded to the end");
    let goes_on = |fact: &&CallEvent| matches!(fact, CallEvent::OfferEnded { why: OfferEnd::Transferred, .. });
    assert_eq!(house.facts.iter().filter(goes_on).count(), 1, "the call in which it was rung says what became of that");
}

#[test]
fn who_hangs_up_right_after_the_number_means_it() {
    // 80 begins 802, and what an outside number means is not known before its last digit.
    let mut talk = talk(902);
    talk.transfers("802", Duration::ZERO);
    let third = talk.house.telephone(2);
    talk.until_it_rings(third);
    talk.house.handset(2, HandsetAct::Lift);
    talk.until_they_talk();
    talk.all_sing(third);
    let held = talk.held;
    talk.assert_heard(&[(held, [false, false, true]), (third, [false, true, false])]);
    talk.ends(&[2]);
}

#[test]
fn a_third_party_that_does_not_answer_or_is_busy_sends_the_party_back() {
    let mut talk = talk(903);
    talk.transfers("802", Duration::from_secs(3));
    let third = talk.house.telephone(2);
    talk.house.run(Duration::from_secs(32));
    talk.comes_back(NotTransferred::NoAnswer);
    let last = talk.house.told.iter().rev().find_map(|event| match event.told {
        Told::RingerSounds(of) | Told::RingerSilent(of) if of == third => Some(event.told.clone()),
        _ => None,
    });
    assert_eq!(last, Some(Told::RingerSilent(third)), "802 rings no more");
    let (house, recordings) = talk.ends(&[1]);
    assert_told(
        &house,
        "转接未成（无人接听）：回振 801",
        "The transfer came to nothing (nobody answered): 801 is rung for the party",
    );
    assert_eq!(recordings.len(), 1);

    // Its box takes nobody in who is handed over.
    for has_box in [false, true] {
        let mut talk = talk_with(904, |settings| {
            before_answer(settings);
            settings.mail = has_box.then(|| Mail { hear: "*98".into(), message_s: 20, messages: 2, days: 30 });
            settings.stations[1].mail = has_box;
        });
        talk.house.handset(2, HandsetAct::Lift);
        // Its last digit is heard when the handset is down already.
        talk.transfers("802", Duration::ZERO);
        talk.comes_back(NotTransferred::Busy);
        talk.ends(&[1, 2]);
    }
}

#[test]
fn a_party_who_comes_back_to_a_telephone_in_use_waits_with_music_until_it_is_put_down_and_rings_as_long_as_any() {
    let mut talk = talk_with(905, |settings| {
        before_answer(settings);
        (settings.transfer.rings_s, settings.transfer.returns_s) = (20, 20);
    });
    talk.transfers("802", Duration::from_secs(3));
    talk.house.run(Duration::from_secs(15));
    talk.house.handset(1, HandsetAct::Lift);
    // The party comes back 20 s after the hang-up; 18 s more are nearly all that it waits.
    talk.house.run(Duration::from_secs(21));
    assert_eq!(talk.returned(), [NotTransferred::NoAnswer]);
    assert!(is_music(&talk.held_hears(Duration::from_secs(2))));
    talk.house.handset(1, HandsetAct::HangUp);
    talk.comes_back(NotTransferred::NoAnswer);
    talk.ends(&[1]);
}

/// The agent's telephone of the demo's first queue talks to a caller who waited there.
fn agent_talks(seed: u64, change: impl FnOnce(&mut Settings)) -> Talk {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    before_answer(&mut settings);
    settings.stations[2].flash = Flash::Conference;
    change(&mut settings);
    let mut house = House::with(&board, settings, seed);
    let held = place(&mut house, 1, "62001235");
    let mut talk = Talk { holder: house.telephone(3), house, held };
    let holder = talk.holder;
    talk.until_it_rings(holder);
    talk.house.handset(3, HandsetAct::Lift);
    talk.until_they_talk();
    talk
}

fn agent_flashes(talk: &mut Talk, number: &str) {
    talk.house.handset(3, HandsetAct::Flash { ms: 300 });
    talk.house.run(Duration::from_millis(1500));
    talk.keys(number);
    talk.house.run(Duration::from_millis(2500));
}

#[test]
fn who_came_by_a_queue_and_is_taken_back_by_nobody_waits_there_again() {
    let mut talk = agent_talks(916, |settings| {
        settings.park.places = vec!["781".into()];
        (settings.park.returns_s, settings.transfer.returns_s) = (10, 10);
    });
    agent_flashes(&mut talk, "781");
    // Who parked leaves the handset off.
    talk.house.run(Duration::from_secs(10));
    assert_eq!(talk.returned(), [NotTransferred::ParkedTooLong]);
    talk.house.told.clear();
    let other = talk.house.telephone(2);
    talk.until_it_rings(other);
    talk.house.handset(2, HandsetAct::Lift);
    talk.until_they_talk();
    assert_eq!(over_with(&talk.house, 1), None);
    let (house, _) = talk.ends(&[2, 3]);
    assert_told(
        &house,
        "无人接回：重新排入队列“挂号预约”",
        "Nobody takes the party back: it waits in queue “挂号预约” again",
    );
}

#[test]
fn an_agent_who_transfers_a_caller_is_free_after_the_wrap_up_and_the_recording_goes_on() {
    let mut talk = agent_talks(917, |_| ());
    agent_flashes(&mut talk, "806");
    talk.house.handset(3, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(1));
    talk.house.handset(6, HandsetAct::Lift);
    talk.until_they_talk();
    let third = talk.house.telephone(6);
    talk.all_sing(third);
    let held = talk.held;
    talk.assert_heard(&[(held, [false, false, true]), (third, [false, true, false])]);
    talk.house.run(Duration::from_secs(6));
    let free = talk.house.snapshot().queues.iter().flat_map(|queue| queue.agents.clone()).collect::<Vec<_>>();
    let agent = free.iter().find(|agent| agent.extension == "803").expect("803 is an agent");
    assert_eq!(agent.state, AgentState::Free);
    let (_, recordings) = talk.ends(&[6]);
    let [recording] = recordings.as_slice() else { panic!("one call, from its first word to its last") };
    let sung = |hz: f64| recording.parts[0].voices.iter().any(|voice| level_at(&voice.octets, hz) > SILENT_DBM0);
    assert!(sung(NOTES[1]) && sung(NOTES[2]));
}

/// Telephones that can't be rung, and in both orders: the failure is heard before the hang-up, and after it.
#[test]
fn who_is_not_to_be_disturbed_and_ones_own_number_send_the_party_back_in_either_order() {
    for (seed, number, after) in [(918, "802", 0), (919, "802", 700), (920, "801", 700)] {
        let mut talk = talk_with(seed, |settings| {
            before_answer(settings);
            settings.services.do_not_disturb = Some("56".into());
        });
        let quiet = talk.house.telephone(2);
        talk.house.handset(2, HandsetAct::Lift);
        talk.house.run(Duration::from_secs(1));
        talk.house.party(quiet, Act::Press("*56#".into()));
        talk.house.run(Duration::from_secs(3));
        talk.house.handset(2, HandsetAct::HangUp);
        talk.house.run(Duration::from_secs(2));
        talk.transfers(number, Duration::from_millis(after));
        talk.comes_back(NotTransferred::Busy);
        talk.ends(&[1]);
    }
}

#[test]
fn a_code_that_was_said_to_be_done_is_no_failure_that_the_party_comes_back_for() {
    let mut talk = talk_with(971, |settings| {
        before_answer(settings);
        settings.services.do_not_disturb = Some("56".into());
    });
    talk.transfers("*56#", Duration::from_millis(1500));
    assert_eq!(talk.returned(), []);
    assert_eq!(over_with(&talk.house, 1), Some(Cause::NormalClearing));
    talk.ends(&[]);
}

#[test]
fn a_third_party_outside_who_has_answered_is_not_joined_with_one_outside_and_that_is_said() {
    // Whether or not who has not answered yet may be handed over.
    for mut talk in [talk(972), talk_with(934, |_| ())] {
        talk.house.told.clear();
        talk.flashes();
        talk.keys("013912345678");
        talk.house.run(Duration::from_secs(8));
        let third = placed(&talk).expect("the exchange has the call");
        talk.house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(third)));
        talk.until_they_talk();
        talk.house.handset(1, HandsetAct::HangUp);
        talk.house.run(Duration::from_millis(1200));
        talk.comes_back(NotTransferred::BothOutside);
        talk.ends(&[1]);
    }
}

#[test]
fn who_cannot_come_back_is_let_go_after_the_time_of_the_settings() {
    let mut talk = talk(906);
    talk.transfers("9", Duration::from_secs(1));
    talk.house.run(Duration::from_secs(2));
    assert_eq!(talk.returned(), [NotTransferred::NobodyDialled]);
    talk.house.run(Duration::from_secs(50));
    assert_eq!(over_with(&talk.house, 1), None);
    talk.house.run(Duration::from_secs(12));
    assert_eq!(over_with(&talk.house, 1), Some(Cause::NoAnswer));
    talk.ends(&[]);
}

#[test]
fn a_queue_takes_the_party_in_and_an_agent_answers_it() {
    for (seed, after) in [(907, Duration::from_secs(1)), (973, Duration::ZERO)] {
        goes_to_queue(seed, after);
    }
}

fn goes_to_queue(seed: u64, after: Duration) {
    let mut talk = talk_with(seed, |settings| {
        before_answer(settings);
        // 702 may be the beginning of this one, so that the box waits for a digit more.
        settings.park.places = after.is_zero().then(|| "7021".to_owned()).into_iter().collect();
    });
    let held = talk.held;
    talk.house.told.clear();
    talk.transfers("702", after);
    let agent = talk.house.telephone(5);
    talk.until_it_rings(agent);
    assert!(is_music(&talk.held_hears(Duration::from_secs(2))));
    talk.house.handset(5, HandsetAct::Lift);
    talk.until_they_talk();
    talk.all_sing(agent);
    talk.assert_heard(&[(held, [false, false, true]), (agent, [false, true, false])]);
    let (house, _) = talk.ends(&[5]);
    let exits = |why: QueueExit| {
        let exit = |fact: &&CallEvent| matches!(fact, CallEvent::Dequeued { why: of, .. } if *of == why);
        house.facts.iter().filter(exit).count()
    };
    assert_eq!(exits(QueueExit::Abandoned), 0, "nobody gave up");
    let entered = usize::from(!after.is_zero());
    assert_eq!(exits(QueueExit::Transferred), entered, "who hangs up with the last digit was never in the queue");
    assert_told(
        &house,
        "挂机：被保持的一方转到队列“检查报告”",
        "Hangs up: the party on hold is transferred to queue “检查报告”",
    );
}

/// The call that the box has placed at the exchange.
fn placed(talk: &Talk) -> Option<OutsideCall> {
    talk.house.told.iter().find_map(|event| match &event.told {
        Told::Call(told) if matches!(told.news, CallNews::Incoming { .. }) => Some(told.call),
        _ => None,
    })
}

/// Who hangs up when it rings outside means it as much as who hangs up with the last key.
#[test]
fn a_party_of_the_house_goes_to_one_outside() {
    for (seed, after) in [(908, Duration::from_secs(6)), (914, Duration::ZERO)] {
        goes_outside(seed, after);
    }
}

/// A telephone of the house talks to the one that transfers.
fn talk_inside(seed: u64) -> Talk {
    let mut talk = talk_with(seed, |settings| {
        before_answer(settings);
        settings.stations[0].flash = Flash::Conference;
    });
    // The caller from outside is let go, and a telephone of the house takes the place.
    hang_up(&mut talk.house, 1);
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(3));
    talk.house.handset(3, HandsetAct::Lift);
    talk.house.run(Duration::from_secs(1));
    let inside = talk.house.telephone(3);
    talk.house.party(inside, Act::Press("801".into()));
    let holder = talk.holder;
    talk.until_it_rings(holder);
    talk.house.handset(1, HandsetAct::Lift);
    talk.until_they_talk();
    talk.held = inside;
    talk.house.told.clear();
    talk
}

fn goes_outside(seed: u64, after: Duration) {
    let mut talk = talk_inside(seed);
    talk.transfers("013912345678", after);
    let third = placed(&talk).expect("the exchange has the call");
    talk.house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(third)));
    talk.until_they_talk();
    let facts = &talk.house.facts;
    assert!(facts.iter().any(|fact| matches!(fact, CallEvent::Transferred { number: Some(_), .. })));
    talk.ends(&[3]);
}

#[test]
fn a_party_for_whom_a_dead_line_was_seized_goes_on_to_the_next_line() {
    let mut talk = talk_inside(930);
    let (dead, next) = (outside(&talk.house, 1), outside(&talk.house, 2));
    line(&mut talk.house, dead, LineAct::Bar { barred: true });
    talk.transfers("913912345678", Duration::ZERO);
    assert!(talk.house.facts.iter().any(|fact| matches!(fact, CallEvent::Transferred { .. })), "while it is seized");
    let dialled = |house: &House| {
        house.told.iter().filter(|event| matches!(event.told, Told::LineDialled { lane, .. } if lane == next)).count()
    };
    talk.house.until("the next line is dialled on", |house| dialled(house) == 11);
    line(&mut talk.house, next, LineAct::Answer { polarity: false });
    talk.until_they_talk();
}

#[test]
fn two_outside_are_not_brought_together() {
    for (seed, after) in [(909, Duration::from_secs(6)), (915, Duration::ZERO)] {
        let mut talk = talk(seed);
        talk.house.told.clear();
        talk.transfers("013912345678", after);
        talk.house.run(Duration::from_secs(1));
        assert_eq!(placed(&talk).is_none(), after.is_zero(), "nobody is called who would be let go at once");
        talk.comes_back(NotTransferred::BothOutside);
        assert!(over_with(&talk.house, 2).is_none());
        talk.ends(&[1]);
    }
}

#[test]
fn a_party_who_hangs_up_meanwhile_ends_the_ringing_wherever_it_is() {
    for (seed, waits) in [(910, 3), (911, 40)] {
        let mut talk = talk(seed);
        talk.transfers("802", Duration::from_secs(1));
        talk.house.run(Duration::from_secs(waits));
        hang_up(&mut talk.house, 1);
        talk.house.run(Duration::from_secs(3));
        assert!(talk.house.snapshot().calls.is_empty());
        talk.ends(&[]);
    }
}

#[test]
fn a_restart_on_the_way_rings_who_transferred() {
    let mut talk = talk(912);
    talk.transfers("802", Duration::from_secs(3));
    talk.house.is_killed_for(Duration::from_secs(2));
    let holder = talk.holder;
    talk.until_it_rings(holder);
    assert_eq!(talk.returned(), [NotTransferred::Restarted]);
    talk.house.handset(1, HandsetAct::Lift);
    talk.until_they_talk();
    assert_eq!(over_with(&talk.house, 1), None, "the exchange never saw the call cleared");
    hang_up(&mut talk.house, 1);
    talk.house.handset(1, HandsetAct::HangUp);
    talk.house.run(Duration::from_secs(5));
    talk.house.assert_at_rest();
}

#[test]
fn without_the_setting_nobody_is_transferred_before_the_answer_and_the_party_on_hold_rings_back() {
    let mut talk = talk_with(913, |_| ());
    talk.transfers("802", Duration::from_secs(3));
    talk.comes_back(NotTransferred::LeftOnHold);
    let third = talk.house.telephone(2);
    let last = talk.house.told.iter().rev().find_map(|event| match event.told {
        Told::RingerSounds(of) | Told::RingerSilent(of) if of == third => Some(event.told.clone()),
        _ => None,
    });
    assert_eq!(last, Some(Told::RingerSilent(third)), "802 rings no more");
    let (house, recordings) = talk.ends(&[1]);
    assert_told(&house, "挂机时还有一方被保持：回振 801", "Hung up with a party on hold: 801 is rung for the party");
    assert_eq!(recordings.len(), 1, "it is one call all the time");
}

#[test]
fn who_flashes_and_puts_the_handset_down_is_rung_at_once_by_the_one_on_hold() {
    // Nothing is dialled, a digit that begins numbers, and all of an outside number that is not sent yet.
    for (seed, number) in [(931, ""), (932, "8"), (933, "013912345678")] {
        let mut talk = talk_with(seed, |_| ());
        talk.house.told.clear();
        talk.transfers(number, Duration::ZERO);
        assert_eq!(talk.returned(), [NotTransferred::NobodyDialled], "{number:?}");
        // The telephone rests two seconds, and rings in its card's turn.
        let hung_up = talk.house.now();
        talk.until_it_rings(talk.holder);
        assert!(talk.house.now().since(hung_up) < Duration::from_secs(6), "{number:?}");
        assert_eq!(placed(&talk), None, "nobody else is called");
        talk.comes_back(NotTransferred::NobodyDialled);
        talk.ends(&[1]);
    }
}
