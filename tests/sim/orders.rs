//! Every order in which three parties can go on from a call to the third one, before its answer and after it, by flashes and
//! by hanging up, whether the held party and the third one are in the house, on a channel of the exchange or on an outside line:
//! who hears whom at each step, and that what each of them said while it talked is recorded, tick for tick. Nobody tells an
//! outside line's answer but a voice, and nothing its end but busy tone.

use std::time::Duration;

use call::CallEvent;
use frame::{LaneId, OCTETS_PER_TICK, Time};
use ringfence::recorder::Playback;
use settings::{Flash, Settings, Target};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, LineAct, Operator, OutsideCall, Release, Told};

use crate::{
    analog::{RING, dialled, line, outside},
    conference::{HEARD_DBM0, NOTES, SILENT_DBM0, Talk, is_music, level_at, talk_with},
    house::{House, demo_board, demo_settings, voice},
    numbers::SPAN,
    outside::{hang_up, over_with},
    spandsp::tones,
};

/// The parties by their places in [`NOTES`].
const HOLDER: usize = 0;
const HELD: usize = 1;
const THIRD: usize = 2;

/// How many orders there are: counted apart, by hand; by chance as many where the held party and the third one are not
/// brought together.
const ORDERS: usize = 22;

/// How long it takes until a hang-up is told: at a telephone when a flash would have been over.
const HANG_UP_TOLD: Duration = Duration::from_secs(2);

/// The same on an outside line: three cycles of busy tone and 300 ms (2.4 s), and a little.
const BUSY_TONE_TOLD: Duration = Duration::from_secs(3);

/// What a party does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The third one answers.
    Answer,
    /// The holder flashes.
    Flash,
    HangUp(usize),
    /// The holder, who has hung up and is rung by the held party, lifts the handset.
    TakeBack,
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
    /// The holder has left two whom the box does not bring together, and is rung by the held party.
    Returns,
    Over,
}

impl State {
    fn ringing() -> State {
        State::Rings { holder: true, held: true }
    }

    fn talks(&self) -> &[usize] {
        match self {
            State::Rings { .. } | State::Returns | State::Over => &[],
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
            State::Returns => vec![HELD],
            State::Over => Vec::new(),
        }
    }

    /// Two who are outside are not left to each other.
    fn without(&self, party: usize, both_outside: bool) -> State {
        let left: Vec<usize> = self.parties().into_iter().filter(|other| *other != party).collect();
        let apart = both_outside && party == HOLDER && left.contains(&HELD);
        match self {
            State::Rings { .. } | State::Consultation if apart => State::Returns,
            State::Rings { .. } if !left.is_empty() => {
                State::Rings { holder: left.contains(&HOLDER), held: left.contains(&HELD) }
            }
            // Who is left by the other one of the consultation has the held party.
            _ if left.len() == 2 && !apart => State::Talk(left),
            _ => State::Over,
        }
    }

    fn after(&self, step: Step, both_outside: bool) -> State {
        match (step, self) {
            (Step::Answer, State::Rings { holder: true, held: true }) => State::Consultation,
            (Step::Answer, _) => State::Talk([self.parties(), vec![THIRD]].concat()),
            (Step::Flash, State::Consultation) => State::Talk(vec![HOLDER, HELD, THIRD]),
            (Step::Flash | Step::TakeBack, _) => State::Talk(vec![HOLDER, HELD]),
            (Step::HangUp(party), _) => self.without(party, both_outside),
        }
    }

    fn steps(&self) -> Vec<Step> {
        let answer = matches!(self, State::Rings { .. }).then_some(Step::Answer);
        let flashes = *self == State::ringing() || self.parties().len() == 3;
        let flash = flashes.then_some(Step::Flash);
        let takes_back = (*self == State::Returns).then_some(Step::TakeBack);
        answer.into_iter().chain(flash).chain(takes_back).chain(self.parties().into_iter().map(Step::HangUp)).collect()
    }

    /// All ways to go on until nobody is left.
    fn orders(&self, both_outside: bool) -> Vec<Vec<Step>> {
        if *self == State::Over {
            return vec![Vec::new()];
        }
        let from = |step: Step| {
            let rest = self.after(step, both_outside).orders(both_outside).into_iter();
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
    /// On an outside line.
    Line(LaneId),
}

/// Where the held party or the third one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    House,
    /// A channel of the exchange.
    Channel,
    /// An outside line.
    Line,
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

/// A caller on the first outside line is led to the first telephone.
fn talk_on_line(seed: u64) -> Talk {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    change(&mut settings);
    settings.trunks[1].otherwise = Some(Target::Station("801".into()));
    let mut house = House::with(&board, settings, seed);
    let (holder, held) = (house.telephone(1), outside(&house, 1));
    line(&mut house, held, LineAct::Ring(RING));
    house.until("it rings", |house| house.told.iter().any(|event| event.told == Told::RingerSounds(holder)));
    house.handset(1, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    Talk { house, holder, held }
}

impl Three {
    /// The first two talk, and the third one is rung.
    fn ring(held: At, third: At, seed: u64) -> Three {
        let (mut talk, held) = match held {
            At::House => (talk_inside(seed), Place::House(3)),
            At::Channel => (talk_with(seed, change), Place::Outside(OutsideCall(1))),
            At::Line => {
                let talk = talk_on_line(seed);
                let held = Place::Line(talk.held);
                (talk, held)
            }
        };
        talk.house.run(Duration::from_millis(300));
        talk.flashes();
        let (lane, third) = match third {
            At::House => rings_inside(&mut talk),
            At::Channel => rings_outside(&mut talk),
            At::Line => rings_on_line(&mut talk),
        };
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
                let is_line = matches!(self.places[party], Place::Line(_));
                self.talk.house.run(if is_line { BUSY_TONE_TOLD } else { HANG_UP_TOLD });
            }
            Step::TakeBack => self.takes_back(),
        }
    }

    fn takes_back(&mut self) {
        let holder = self.lanes[HOLDER];
        let rings = |house: &House| house.told.iter().any(|event| event.told == Told::RingerSounds(holder));
        self.talk.house.until("the holder is rung", rings);
        self.talk.house.handset(1, HandsetAct::Lift);
        self.talk.house.until_fact("both talk again", |fact| matches!(fact, CallEvent::Bridged { .. }));
        self.there[HOLDER] = true;
        self.sings(HOLDER);
        self.talk.house.run(Duration::from_millis(500));
    }

    fn answers(&mut self) {
        match self.places[THIRD] {
            Place::House(position) => self.talk.house.handset(position, HandsetAct::Lift),
            Place::Outside(call) => self.talk.house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(call))),
            Place::Line(lane) => {
                line(&mut self.talk.house, lane, LineAct::Answer { polarity: false });
                self.talk.house.says(lane, voice(7, 8000));
            }
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
            Place::Line(lane) if !self.talk.house.told.iter().any(|event| event.told == Told::LineReleased(lane)) => {
                line(&mut self.talk.house, lane, LineAct::HangUp(Release::BusyTone));
            }
            Place::Line(_) => {}
        }
        // If it rings from now on, it is for who was held.
        let holder = self.lanes[HOLDER];
        self.talk.house.told.retain(|event| party != HOLDER || event.told != Told::RingerSounds(holder));
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
        if *state == State::Returns {
            let held = self.talk.hear(&[self.lanes[HELD]]).remove(0);
            let nobody = NOTES.iter().all(|hz| level_at(&held, *hz) < SILENT_DBM0);
            assert!(nobody, "who goes back hears neither the holder nor the third");
        }
        if *state == State::Over {
            self.who_is_left_hears_busy_tone();
        }
    }

    /// In SpanDSP's ears, whoever has a handset of the house in the hand.
    #[track_caller]
    fn who_is_left_hears_busy_tone(&mut self) {
        let is_left = |party: &usize| self.there[*party] && matches!(self.places[*party], Place::House(_));
        let left: Vec<LaneId> = (0..3).filter(is_left).map(|party| self.lanes[party]).collect();
        left.iter().for_each(|lane| self.talk.house.party(*lane, Act::Listen));
        self.talk.house.run(Duration::from_millis(2500));
        for lane in left {
            let heard = tones(&self.talk.house.heard(lane));
            assert!(!heard.is_empty() && heard.iter().all(|tone| *tone == "busy"), "{lane:?} hears {heard:?}");
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

/// The first outside line that is free is dialled on, and the called party's telephone rings.
fn rings_on_line(talk: &mut Talk) -> (LaneId, Place) {
    talk.keys("913912345678");
    let first = outside(&talk.house, 1);
    let third = if first == talk.held { outside(&talk.house, 2) } else { first };
    talk.house.until("the number is dialled", |house| dialled(house, third).len() == 11);
    line(&mut talk.house, third, LineAct::Ringback);
    talk.house.run(Duration::from_millis(300));
    (third, Place::Line(third))
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

fn all_go(held: At, third: At, seed: u64) {
    let both_outside = held != At::House && third != At::House;
    let orders = State::ringing().orders(both_outside);
    assert_eq!(orders.len(), ORDERS);
    for (number, order) in orders.iter().enumerate() {
        let (mut three, mut state) = (Three::ring(held, third, seed + number as u64), State::ringing());
        three.is_in(&state);
        for step in order {
            state = state.after(*step, both_outside);
            three.does(*step);
            three.is_in(&state);
        }
        three.ends(order);
    }
}

#[test]
fn whoever_goes_of_three_of_whom_one_holds_a_caller_the_others_talk_and_all_is_recorded() {
    all_go(At::Channel, At::House, 720);
}

#[test]
fn whoever_goes_of_three_in_the_house_the_others_talk_and_all_is_recorded() {
    all_go(At::House, At::House, 760);
}

#[test]
fn whoever_goes_of_two_and_one_called_outside_the_others_talk_and_all_is_recorded() {
    all_go(At::House, At::Channel, 800);
}

#[test]
fn whoever_goes_of_three_of_whom_one_holds_a_caller_on_an_outside_line_the_others_talk_and_all_is_recorded() {
    all_go(At::Line, At::House, 840);
}

#[test]
fn whoever_goes_of_two_and_one_called_on_an_outside_line_the_others_talk_and_all_is_recorded() {
    all_go(At::House, At::Line, 880);
}

#[test]
fn who_goes_from_between_two_outside_is_rung_back_or_ends_it_and_all_is_recorded() {
    all_go(At::Channel, At::Channel, 1120);
}

#[test]
fn who_goes_from_between_two_on_outside_lines_is_rung_back_or_ends_it_and_all_is_recorded() {
    all_go(At::Line, At::Line, 1160);
}

#[test]
fn who_goes_from_between_a_caller_on_an_outside_line_and_one_called_by_the_exchange_is_rung_back_or_ends_it() {
    all_go(At::Line, At::Channel, 1200);
}

#[test]
fn who_goes_from_between_a_caller_of_the_exchange_and_one_called_on_an_outside_line_is_rung_back_or_ends_it() {
    all_go(At::Channel, At::Line, 1240);
}
