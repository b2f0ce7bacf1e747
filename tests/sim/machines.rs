//! A fax machine on a line is heard in the call, and its story tells it.

use std::time::Duration;

use call::{CallEvent, Endpoint, Sound};
use dsp::tone::{AfterLast, Generator, TonePlan, ToneStep};
use frame::{LaneId, Law, OCTETS_PER_TICK, SpanId};
use sim::{ExchangeAct, Operator, OutsideCall};

use crate::{
    analog::{outside, talk_with_a_caller},
    house::House,
};

/// T.30: half a second of 1,100 Hz each three and a half.
const CNG: TonePlan = TonePlan {
    steps: &[ToneStep::pause(700), ToneStep::one(1100, 500), ToneStep::pause(2300)],
    after_last: AfterLast::Repeat,
    level_dbm0: -13.0,
};
/// T.30: 2,100 Hz for three seconds.
const CED: TonePlan = TonePlan {
    steps: &[ToneStep::pause(200), ToneStep::one(2100, 3000)],
    after_last: AfterLast::End,
    level_dbm0: -13.0,
};

fn octets(plan: TonePlan, ms: usize) -> Vec<u8> {
    let mut generator = Generator::new(plan, Law::A);
    let mut octets = Vec::new();
    while octets.len() < ms * 8 {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    octets
}

/// What was heard, and on which leg's lane or port.
fn heard(house: &House) -> Vec<(Sound, Endpoint)> {
    let endpoint = |wanted| {
        house.facts.iter().find_map(|fact| match fact {
            CallEvent::LegBegan { leg, endpoint, .. } if *leg == wanted => Some(endpoint.clone()),
            _ => None,
        })
    };
    let sound = |fact: &CallEvent| match fact {
        CallEvent::SoundHeard { leg, sound, .. } => Some((*sound, endpoint(*leg).unwrap())),
        _ => None,
    };
    house.facts.iter().filter_map(sound).collect()
}

/// The lane of the caller who came in over a span.
fn caller(house: &House) -> LaneId {
    let lane = house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { endpoint: Endpoint::Channel { lane, .. }, .. } => Some(*lane),
        _ => None,
    });
    lane.unwrap()
}

#[test]
fn a_fax_machine_that_calls_over_a_span_is_told_of_while_the_menu_plays() {
    let mut house = House::new(46);
    let (from, to) = (Some("13800138000".parse().unwrap()), "62001234".parse().unwrap());
    let act = ExchangeAct::Place { call: OutsideCall(1), from, to };
    house.operate(Operator::Exchange(SpanId(0), act));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    let lane = caller(&house);
    house.says(lane, octets(CNG, 8_000));
    house.until_fact("a fax is heard", |fact| matches!(fact, CallEvent::SoundHeard { .. }));
    house.run(Duration::from_secs(5));
    let heard = heard(&house);
    assert!(matches!(heard[..], [(Sound::FaxCalling, Endpoint::Channel { lane: of, .. })] if of == lane), "{heard:?}");
}

#[test]
fn a_fax_machine_on_an_outside_line_and_one_that_answers_at_a_telephones_jack_are_told_each_of_its_leg() {
    let mut house = House::new(47);
    let far = outside(&house, 1);
    let telephone = talk_with_a_caller(&mut house, far);
    house.says(far, octets(CNG, 4_000));
    house.run(Duration::from_secs(5));
    house.says(telephone, octets(CED, 3_000));
    house.run(Duration::from_secs(4));
    let heard = heard(&house);
    assert!(
        matches!(
            heard[..],
            [(Sound::FaxCalling, Endpoint::OutsideLine { .. }), (Sound::FaxAnswering, Endpoint::Station { .. })]
        ),
        "{heard:?}"
    );
}
