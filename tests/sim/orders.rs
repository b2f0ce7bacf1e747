//! Every order in which three parties can go on from a call to the third one, before its answer and after it, by flashes and
//! by hanging up, whether the held party and the third one are in the house or outside: who hears whom at each step, and that
//! what each of them said while it talked is recorded, tick for tick.

use std::time::Duration;

use call::CallEvent;
use frame::{LaneId, OCTETS_PER_TICK, Time};
use ringfence::recorder::Playback;
use settings::{Flash, Settings};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OutsideCall, Told};

use crate::{
    conference::{HEARD_DBM0, NOTES, Talk, is_music, level_at, talk_with},
    house::{House, demo_board, demo_settings},
    numbers::SPAN,
    outside::{hang_up, over_with},
};

/// The parties by their places in [`NOTES`].
const HOLDER: usize = 0;
const HELD: usize = 1;
const THIRD: usize = 2;

/// How many orders there are: counted apart, by hand.
const ORDERS: usize = 22;

/// What a party does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The third one answers.
    Answer,
    /// The holder flashes.
    Flash,
    HangUp(usize),
}

/// What the three are in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// The third one is rung, by the holder for itself, or for the held party whom the holder has left.
    Rings {
        holder: bool,
        held: bool,
    },
    /// The holder and the third one talk, and the held party waits.
    Consultation,
    /// These talk.
    Talk(Vec<usize>),
    Over,
}

impl State {
    fn ringing() -> State {
        State::Rings { holder: true, held: true }
    }

    fn talks(&self) -> &[usize] {
        match self {
            State::Rings { .. } | State::Over => &[],
            State::Consultation => &[HOLDER, THIRD],
            State::Talk(parties) => parties,
        }
    }

    fn parties(&self) -> Vec<usize> {
        let there = |parties: [bool; 3]| (0..3).filter(|party| parties[*party]).collect();
        match self {
            State::Rings { holder, held } => there([*holder, *held, false]),
            State::Consultation => there([true; 3]),
            State::Talk(parties) => parties.clone(),
            State::Over => Vec::new(),
        }
    }

    fn without(&self, party: usize) -> State {
        let left: Vec<usize> = self.parties().into_iter().filter(|other| *other != party).collect();
        match self {
            State::Rings { .. } if !left.is_empty() => {
                State::Rings { holder: left.contains(&HOLDER), held: left.contains(&HELD) }
            }
            // Who is left by the other one of the consultation has the held party.
            _ if left.len() == 2 => State::Talk(left),
            _ => State::Over,
        }
    }

    fn after(&self, step: Step) -> State {
        match (step, self) {
            (Step::Answer, State::Rings { holder: true, held: true }) => State::Consultation,
            (Step::Answer, _) => State::Talk([self.parties(), vec![THIRD]].concat()),
            (Step::Flash, State::Consultation) => State::Talk(vec![HOLDER, HELD, THIRD]),
            (Step::Flash, _) => State::Talk(vec![HOLDER, HELD]),
            (Step::HangUp(party), _) => self.without(party),
        }
    }

    fn steps(&self) -> Vec<Step> {
        let answer = matches!(self, State::Rings { .. }).then_some(Step::Answer);
        let flashes = *self == State::ringing() || self.parties().len() == 3;
        let flash = flashes.then_some(Step::Flash);
        answer.into_iter().chain(flash).chain(self.parties().into_iter().map(Step::HangUp)).collect()
    }

    /// All ways to go on until nobody is left.
    fn orders(&self) -> Vec<Vec<Step>> {
        if *self == State::Over {
            return vec![Vec::new()];
        }
        let from = |step: Step| {
            let rest = self.after(step).orders().into_iter();
            rest.map(move |rest| [vec![step], rest].concat())
        };
        self.steps().into_iter().flat_map(from).collect()
    }
}

/// Where a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the telephone of that position.
    House(u8),
    Outside(OutsideCall),
}

/// Where the held party and the third one are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Neither,
    Held,
    Third,
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
    places: [Place; 3],
    /// Whose handset is lifted, or whose call is there.
    there: [bool; 3],
    stretches: Vec<Stretch>,
}

fn change(settings: &mut Settings) {
    settings.stations[0].flash = Flash::Conference;
    settings.transfer.before_answer = true;
}

/// The third telephone calls the first one.
fn talk_inside(seed: u64) -> Talk {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    change(&mut settings);
    let mut house = House::with(&board, settings, seed);
    let (holder, held) = (house.telephone(1), house.telephone(3));
    house.handset(3, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(held, Act::Press("801".into()));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(holder)));
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    Talk { house, holder, held }
}

impl Three {
    /// The first two talk, and the third one is rung.
    fn ring(outside: Which, seed: u64) -> Three {
        let (mut talk, held) = match outside {
            Which::Held => (talk_with(seed, change), Place::Outside(OutsideCall(1))),
            Which::Neither | Which::Third => (talk_inside(seed), Place::House(3)),
        };
        talk.house.run(Duration::from_millis(300));
        talk.flashes();
        let (lane, third) = if outside == Which::Third { rings_outside(&mut talk) } else { rings_inside(&mut talk) };
        let lanes = [talk.holder, talk.held, lane];
        let places = [Place::House(1), held, third];
        let mut three = Three { talk, lanes, places, there: [true, true, false], stretches: Vec::new() };
        [HOLDER, HELD].into_iter().for_each(|party| three.sings(party));
        three
    }

    fn sings(&mut self, party: usize) {
        self.talk.sings(self.lanes[party], NOTES[party]);
    }

    fn does(&mut self, step: Step) {
        match step {
            Step::Answer => self.answers(),
            Step::Flash => self.talk.flashes(),
            Step::HangUp(party) => {
                self.hangs_up(party);
                // A hang-up is told when a flash would have been over.
                self.talk.house.run(Duration::from_secs(2));
            }
        }
    }

    fn answers(&mut self) {
        match self.places[THIRD] {
            Place::House(position) => self.talk.house.handset(position, HandsetAct::Lift),
            Place::Outside(call) => self.talk.house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(call))),
        }
        self.talk.house.until_fact("the third talks", |fact| matches!(fact, CallEvent::Bridged { .. }));
        self.there[THIRD] = true;
        self.sings(THIRD);
        self.talk.house.run(Duration::from_millis(500));
    }

    fn hangs_up(&mut self, party: usize) {
        if !std::mem::take(&mut self.there[party]) {
            return;
        }
        match self.places[party] {
            Place::House(position) => self.talk.house.handset(position, HandsetAct::HangUp),
            Place::Outside(OutsideCall(call)) if over_with(&self.talk.house, call).is_none() => {
                hang_up(&mut self.talk.house, call);
            }
            Place::Outside(_) => {}
        }
    }

    #[track_caller]
    fn is_in(&mut self, state: &State) {
        let talk = state.talks();
        if !talk.is_empty() {
            let from = self.talk.house.now();
            let hears = |party: usize| std::array::from_fn(|note| note != party && talk.contains(&note));
            let wanted: Vec<_> = talk.iter().map(|party| (self.lanes[*party], hears(*party))).collect();
            self.talk.assert_heard(&wanted);
            self.stretches.push(Stretch { talk: talk.to_vec(), from, to: self.talk.house.now() });
        }
        if *state == State::ringing() || *state == State::Consultation {
            let held = self.lanes[HELD];
            assert!(is_music(&self.talk.hear(&[held])[0]), "who is held hears music and nothing else");
        }
    }

    /// Who is still there hangs up. What each one said in each stretch is recorded.
    fn ends(mut self, order: &[Step]) {
        (0..3).for_each(|party| self.hangs_up(party));
        let (_, recordings) = self.talk.left_whole();
        for stretch in &self.stretches {
            for party in &stretch.talk {
                let recorded = recorded_ticks(&recordings, self.lanes[*party], NOTES[*party], stretch.from, stretch.to);
                let all = stretch.to.since(stretch.from).as_millis() as usize / 10;
                let Stretch { from, to, .. } = stretch;
                assert_eq!(recorded, all, "ticks of party {party} from {from:?} to {to:?} of {order:?}");
            }
        }
    }
}

fn rings_inside(talk: &mut Talk) -> (LaneId, Place) {
    talk.keys("802");
    let third = talk.house.telephone(2);
    talk.house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(third)));
    (third, Place::House(2))
}

fn rings_outside(talk: &mut Talk) -> (LaneId, Place) {
    talk.keys("013912345678");
    let arrived = |house: &House| {
        house.told.iter().find_map(|event| match &event.told {
            Told::Call(told) => match told.news {
                CallNews::Incoming { lane, .. } => Some((lane, Place::Outside(told.call))),
                _ => None,
            },
            _ => None,
        })
    };
    talk.house.until("the exchange has the call", |house| arrived(house).is_some());
    // It is rung, and the box is told so.
    talk.house.run(Duration::from_millis(300));
    arrived(&talk.house).expect("it is there")
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

fn all_go(outside: Which, seed: u64) {
    let orders = State::ringing().orders();
    assert_eq!(orders.len(), ORDERS);
    for (number, order) in orders.iter().enumerate() {
        let (mut three, mut state) = (Three::ring(outside, seed + number as u64), State::ringing());
        three.is_in(&state);
        for step in order {
            state = state.after(*step);
            three.does(*step);
            three.is_in(&state);
        }
        three.ends(order);
    }
}

#[test]
fn whoever_goes_of_three_of_whom_one_holds_a_caller_the_others_talk_and_all_is_recorded() {
    all_go(Which::Held, 720);
}

#[test]
fn whoever_goes_of_three_in_the_house_the_others_talk_and_all_is_recorded() {
    all_go(Which::Neither, 760);
}

#[test]
fn whoever_goes_of_two_and_one_called_outside_the_others_talk_and_all_is_recorded() {
    all_go(Which::Third, 800);
}
