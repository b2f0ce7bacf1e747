//! Every order in which three parties can go on from a consultation, by flashes and by hanging up: who hears whom at each
//! step, and that what each of them said while it talked is recorded, tick for tick.

use std::time::Duration;

use frame::{LaneId, OCTETS_PER_TICK, Time};
use ringfence::recorder::Playback;
use sim::HandsetAct;

use crate::{
    conference::{HEARD_DBM0, NOTES, Talk, is_music, level_at, talk},
    outside::hang_up,
};

/// The parties by their places in [`NOTES`].
const HOLDER: usize = 0;
const HELD: usize = 1;
const THIRD: usize = 2;

/// What a party does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The holder flashes.
    Flash,
    HangUp(usize),
}

/// Who talks with each other, and whether the held party waits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    talk: Vec<usize>,
    waits: bool,
}

impl State {
    fn consultation() -> State {
        State { talk: vec![HOLDER, THIRD], waits: true }
    }

    fn without(&self, party: usize) -> State {
        let mut talk: Vec<usize> = self.talk.iter().copied().filter(|other| *other != party).collect();
        // Who is left by the other one of the consultation has the held party.
        if self.waits && party != HELD {
            talk.push(HELD);
        }
        talk.sort_unstable();
        State { talk, waits: false }
    }

    fn after(&self, step: Step) -> State {
        match step {
            Step::Flash if self.waits => State { talk: vec![HOLDER, HELD, THIRD], waits: false },
            Step::Flash => self.without(THIRD),
            Step::HangUp(party) => self.without(party),
        }
    }

    fn steps(&self) -> Vec<Step> {
        let flash = (self.waits || self.talk.len() == 3).then_some(Step::Flash);
        let hang_ups = (0..3).filter(|party| self.talk.contains(party) || self.waits && *party == HELD);
        flash.into_iter().chain(hang_ups.map(Step::HangUp)).collect()
    }

    /// All ways to go on until nobody talks.
    fn orders(&self) -> Vec<Vec<Step>> {
        if self.talk.len() < 2 {
            return vec![Vec::new()];
        }
        let from = |step: Step| {
            let rest = self.after(step).orders().into_iter();
            rest.map(move |rest| [vec![step], rest].concat())
        };
        self.steps().into_iter().flat_map(from).collect()
    }
}

/// Who talked, from when to when.
struct Stretch {
    talk: Vec<usize>,
    from: Time,
    to: Time,
}

/// The parties of a talk, and what they have done.
struct Three {
    talk: Talk,
    lanes: [LaneId; 3],
    there: [bool; 3],
    stretches: Vec<Stretch>,
}

impl Three {
    fn consult(seed: u64) -> Three {
        let mut talk = talk(seed);
        let third = talk.consults(2);
        talk.all_sing(third);
        Three { lanes: [talk.holder, talk.held, third], talk, there: [true; 3], stretches: Vec::new() }
    }

    fn does(&mut self, step: Step) {
        match step {
            Step::Flash => return self.talk.flashes(),
            Step::HangUp(HELD) => hang_up(&mut self.talk.house, 1),
            Step::HangUp(party) => self.talk.house.handset(position(party), HandsetAct::HangUp),
        }
        let Step::HangUp(party) = step else { unreachable!() };
        self.there[party] = false;
        // A hang-up is told when a flash would have been over.
        self.talk.house.run(Duration::from_secs(2));
    }

    #[track_caller]
    fn is_in(&mut self, state: &State) {
        let from = self.talk.house.now();
        let hears = |party: usize| std::array::from_fn(|note| note != party && state.talk.contains(&note));
        let wanted: Vec<_> = state.talk.iter().map(|party| (self.lanes[*party], hears(*party))).collect();
        self.talk.assert_heard(&wanted);
        self.stretches.push(Stretch { talk: state.talk.clone(), from, to: self.talk.house.now() });
        if state.waits {
            let held = self.lanes[HELD];
            assert!(is_music(&self.talk.hear(&[held])[0]), "who is held hears music and nothing else");
        }
    }

    /// Who is still there hangs up. What each one said in each stretch is recorded.
    fn ends(self) {
        let Three { talk, lanes, there, stretches } = self;
        let positions: Vec<u8> = [HOLDER, THIRD].into_iter().filter(|party| there[*party]).map(position).collect();
        let (_, recordings) = talk.ends(&positions);
        for stretch in stretches {
            for party in stretch.talk {
                let recorded = recorded_ticks(&recordings, lanes[party], NOTES[party], stretch.from, stretch.to);
                let all = stretch.to.since(stretch.from).as_millis() as usize / 10;
                assert_eq!(recorded, all, "ticks of party {party} from {:?} to {:?}", stretch.from, stretch.to);
            }
        }
    }
}

const fn position(party: usize) -> u8 {
    if party == HOLDER { 1 } else { 2 }
}

/// In how many ticks of a stretch some recording has the note of a party.
fn recorded_ticks(recordings: &[Playback], lane: LaneId, hz: f64, from: Time, to: Time) -> usize {
    let mut has = vec![false; to.since(from).as_millis() as usize / 10];
    let parts = recordings.iter().flat_map(|recording| &recording.parts);
    for (head, voice) in parts.flat_map(|part| part.voices.iter().map(move |voice| (part.head, voice))) {
        for (at, octets) in voice.octets.chunks_exact(OCTETS_PER_TICK).enumerate() {
            let tick = voice.first.0 / OCTETS_PER_TICK as u64 + at as u64;
            let moment = head.stamp.time + Duration::from_millis(10 * (tick - head.tick.0));
            if voice.lane == lane && from <= moment && moment < to && level_at(octets, hz) > HEARD_DBM0 {
                has[moment.since(from).as_millis() as usize / 10] = true;
            }
        }
    }
    has.into_iter().filter(|has| *has).count()
}

fn all_go(orders: &[Vec<Step>], seed: u64) {
    for (number, order) in orders.iter().enumerate() {
        let (mut three, mut state) = (Three::consult(seed + number as u64), State::consultation());
        three.is_in(&state);
        for step in order {
            state = state.after(*step);
            three.does(*step);
            if state.talk.len() > 1 {
                three.is_in(&state);
            }
        }
        three.ends();
    }
}

#[test]
fn from_a_consultation_whoever_goes_the_other_two_talk_and_all_is_recorded() {
    let (three, two): (Vec<_>, Vec<_>) =
        State::consultation().orders().into_iter().partition(|order| order[0] == Step::Flash);
    assert_eq!((three.len(), two.len()), (8, 6));
    all_go(&two, 720);
}

#[test]
fn from_a_talk_of_three_whoever_goes_the_other_two_talk_and_all_is_recorded() {
    let orders = State::consultation().orders();
    let three: Vec<_> = orders.into_iter().filter(|order| order[0] == Step::Flash).collect();
    all_go(&three, 730);
}
