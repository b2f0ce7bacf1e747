//! A town around the house: people who call, wait, give up, answer, talk and hang up, each by a script from the seed.
//!
//! They know of the house only what they hear and see: ringers, the exchange's news, and the facts that pages show.

mod ledger;
mod lines;
mod script;
mod telephones;
mod voices;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use call::{CallEvent, Endpoint, LegRole};
use frame::{CallId, LaneId, Law, LegId, PortId, SpanId, Time};
use isdn::Cause;
use line::Cadence;
use settings::{Board, CardKind, Settings};
use sim::{
    Act, CallNews, CallTold, ExchangeAct, FIRST_CALL_OF_BOX, HandsetAct, LineAct, Operator, OutsideCall, Release, Say,
    Told,
};

use crate::{dice::Dice, house::House};
pub use ledger::Ledger;
use lines::Line;
use script::{Far, From, Script, To, scripts};
use telephones::Telephone;
use voices::{Speaker, Voices, voice};

pub const SPAN: SpanId = SpanId(0);

/// Between two calls that begin, while the town is not full.
const ARRIVALS_MS: (u64, u64) = (100, 1800);
/// So many calls are under way at most: all channels and a few of the telephones.
const CALLS_AT_ONCE: usize = 34;
/// After a hand has put a handset down it does other things; the house sees the hook after 1.25 s.
const PAUSE: Duration = Duration::from_secs(2);
/// After a call the house lets an outside line rest (`analog`'s guard time), and so does the town.
const LINE_RESTS: Duration = Duration::from_secs(4);
/// China's ringing.
const RING: Cadence = Cadence { steps_ms: [(1000, 4000), (0, 0)], phase_ms: 0 };
/// No day takes longer.
const LONGEST_DAY: Duration = Duration::from_secs(3600);

/// The town and its house.
pub struct Town {
    pub house: House,
    dice: Dice,
    scripts: Vec<Script>,
    voices: Voices,
    /// Those who have not called yet, the next one last.
    waiting: Vec<usize>,
    next_arrival: Time,
    callers: BTreeMap<usize, Caller>,
    /// How often each script was begun: deeds of an earlier try are void.
    attempts: Vec<u32>,
    telephones: Vec<Telephone>,
    lines: Vec<Line>,
    /// What is going to be done, in order.
    deeds: BTreeMap<(Time, u64), Deed>,
    issued: u64,
    outside_calls: u32,
    of_call: BTreeMap<CallId, usize>,
    /// Which script an exchange's call belongs to.
    of_outside: BTreeMap<OutsideCall, usize>,
    /// Whom someone listens to, by the ear's lane.
    listening: BTreeMap<LaneId, Speaker>,
    pub cuts: Cuts,
    pub seen: Seen,
}

/// Whether cables are cut during the day. Then voices are missing for a while, and nothing is held to how much of them is
/// there; but nobody else's may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    None,
    Some,
}

/// Says which seed a failure came from.
pub struct Seed(pub u64);

#[allow(clippy::print_stderr, reason = "whoever reads of a failure needs the seed")]
impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed was {}", self.0);
        }
    }
}

/// What was seen of the day.
#[derive(Debug, Default)]
pub struct Seen {
    pub most_at_once: usize,
    pub lanes: BTreeSet<LaneId>,
    /// Ears that were held to what they heard.
    pub ears: usize,
    /// Recordings by script, with the calls that they are of.
    pub scripts: BTreeMap<CallId, usize>,
}

/// One script while it runs.
#[derive(Clone, Debug, Default)]
struct Caller {
    outside: Option<OutsideCall>,
    /// The caller's lane, and the called party's once somebody answered.
    lane: Option<LaneId>,
    called: Option<LaneId>,
    /// The telephone that called, or that answered.
    from_telephone: Option<usize>,
    /// The outside line that the outside party is on, be it caller or called.
    line: Option<usize>,
    at_telephone: Option<usize>,
    call: Option<CallId>,
    keys: usize,
    ignored: u8,
    talks: bool,
    over: bool,
}

/// What somebody is about to do. The script and the try that it belongs to stand beside it.
#[derive(Clone, Debug)]
enum Deed {
    Dial {
        telephone: usize,
        digits: String,
        of: Of,
    },
    Press {
        of: Of,
    },
    PickUp {
        telephone: usize,
        leg: LegId,
    },
    PutDown {
        telephone: usize,
        lifts: u32,
    },
    GiveUp {
        of: Of,
    },
    EndTalk {
        of: Of,
    },
    TakeHeard {
        of: Of,
    },
    Outside(ExchangeAct),
    /// What the exchange behind a line does, if the same script is still on it.
    OnLine {
        line: usize,
        script: usize,
        act: LineAct,
    },
    /// The house has dialled to the end, if no digit has come since.
    DialledOut {
        line: usize,
        dialled: u32,
    },
}

type Of = (usize, u32);

pub fn board() -> Board {
    Board::parse("board.toml", include_str!("board.toml")).expect("the town's board is good")
}

pub fn settings(board: &Board) -> Settings {
    let text = include_str!("settings.toml");
    Settings::parse("settings.toml", text, board, None).expect("the town's settings are good").settings
}

impl Town {
    /// A town in which `calls` calls are going to be placed.
    pub fn new(seed: u64, calls: usize) -> Town {
        let board = board();
        let house = House::with(&board, settings(&board), seed);
        let mut dice = Dice::new(seed);
        let scripts = scripts(calls, &mut dice);
        let (telephones, lines) = (telephones(&house), lines(&house));
        Town {
            dice,
            voices: Voices::new(calls),
            waiting: (0..calls).rev().collect(),
            next_arrival: house.now(),
            callers: BTreeMap::new(),
            attempts: vec![0; calls],
            telephones,
            lines,
            deeds: BTreeMap::new(),
            issued: 0,
            outside_calls: 0,
            of_call: BTreeMap::new(),
            of_outside: BTreeMap::new(),
            listening: BTreeMap::new(),
            cuts: Cuts::None,
            seen: Seen::default(),
            scripts,
            house,
        }
    }

    /// Lets everybody call and everything end; `every` is asked after each tick, for what goes wrong in between.
    pub fn run(&mut self, mut every: impl FnMut(&mut Town)) {
        let end = self.house.now() + LONGEST_DAY;
        while !(self.waiting.is_empty() && self.callers.is_empty() && self.deeds.is_empty()) {
            assert!(self.house.now() < end, "the day does not end: {}", self.stuck());
            self.tick();
            every(self);
        }
    }

    /// Lets so much time pass, while people call.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.house.now() + time;
        while self.house.now() < end {
            self.tick();
        }
    }

    /// Nobody calls any more, and everybody hangs up wherever they are.
    pub fn everybody_goes(&mut self) {
        self.waiting.clear();
        self.deeds.clear();
        for no in self.callers.keys().copied().collect::<Vec<_>>() {
            self.hang_up_caller(no);
        }
        (0..self.telephones.len()).for_each(|telephone| self.put_down_and_rest(telephone));
    }

    /// Whose calls go on for ever, and what the house told of them.
    fn stuck(&self) -> String {
        self.callers.keys().take(3).map(|no| self.story(*no)).collect()
    }

    /// What a script wanted, how far it came, and what the house told of it.
    fn story(&self, no: usize) -> String {
        let caller = self.callers.get(&no);
        let call = caller.and_then(|caller| caller.call);
        let facts: Vec<_> = self.house.facts.iter().filter(|fact| Some(fact.call()) == call).collect();
        format!("{no}: {:?}\n{caller:?}\n{facts:#?}\n", self.scripts[no])
    }

    /// For how long nothing happens after the last call: wrap-up, T308, and all that is slower than people.
    pub fn rest(&mut self, time: Duration) {
        self.run_for(time);
    }

    pub fn tick(&mut self) {
        let facts = self.house.facts.len();
        self.house.tick();
        let told: Vec<CallEvent> = self.house.facts[facts..].into();
        for fact in told {
            self.fact(fact);
        }
        for told in std::mem::take(&mut self.house.told) {
            self.told(told.told);
        }
        while let Some(deed) = self.deeds.first_entry().filter(|deed| deed.key().0 <= self.house.now()) {
            let deed = deed.remove();
            self.act(deed);
        }
        self.arrive();
    }

    /// Someone begins to call, if it is time.
    fn arrive(&mut self) {
        self.seen.most_at_once = self.seen.most_at_once.max(self.of_call.len());
        if self.house.now() < self.next_arrival || self.callers.len() >= CALLS_AT_ONCE {
            return;
        }
        self.next_arrival = self.house.now() + self.dice.between(ARRIVALS_MS.0, ARRIVALS_MS.1);
        // Who finds no telephone free, or nobody who talks, lets the next one go first.
        for place in (0..self.waiting.len()).rev().take(8) {
            let script = self.waiting[place];
            if self.begin(script) {
                self.waiting.remove(place);
                return;
            }
        }
    }

    fn begin(&mut self, no: usize) -> bool {
        let script = self.scripts[no].clone();
        let Some(digits) = self.number(no, script.to) else { return false };
        match script.from {
            From::Network => self.begin_outside(no, &digits),
            From::Line => {
                let now = self.house.now();
                let Some(line) = self.lines.iter().position(|line| line.is_idle(now)) else { return false };
                self.begin_on_line(no, line);
            }
            From::Telephone => {
                let idle: Vec<usize> = self.indices(|telephone| {
                    telephone.is_idle(self.house.now()) && !digits.ends_with(&telephone.extension)
                });
                if idle.is_empty() {
                    return false;
                }
                let telephone = self.dice.pick(&idle);
                self.begin_at(no, telephone, digits);
            }
        }
        true
    }

    /// What the script's caller dials; none where nobody fits just now.
    fn number(&mut self, no: usize, to: To) -> Option<String> {
        let from_outside = self.scripts[no].from == From::Network;
        let extension = match to {
            To::Number(number) => return Some(number.to_owned()),
            To::Outside => return Some(format!("0{}", outside_number(no))),
            // Two lines stay for those who call in.
            To::OverLine => {
                let idle = self.lines.iter().filter(|line| line.is_idle(self.house.now())).count();
                return (idle > 2).then(|| format!("9{}", outside_number(no)));
            }
            To::Idle => self.indices(|telephone| telephone.is_idle(self.house.now())),
            To::Busy => self.indices(|telephone| telephone.talks),
        };
        if extension.is_empty() {
            return None;
        }
        let extension = &self.telephones[self.dice.pick(&extension)].extension;
        Some(if from_outside { format!("62001{extension}") } else { extension.clone() })
    }

    fn indices(&self, fits: impl Fn(&Telephone) -> bool) -> Vec<usize> {
        (0..self.telephones.len()).filter(|&index| fits(&self.telephones[index])).collect()
    }

    fn begin_outside(&mut self, no: usize, to: &str) {
        self.outside_calls += 1;
        let call = OutsideCall(self.outside_calls);
        let of = self.try_anew(no, Caller { outside: Some(call), ..Caller::default() });
        self.of_outside.insert(call, no);
        let from = Some(calling_number(no).parse().expect("digits"));
        let act = ExchangeAct::Place { call, from, to: to.parse().expect("digits") };
        self.house.operate(Operator::Exchange(SPAN, act));
        self.later(self.scripts[no].patience, Deed::GiveUp { of });
    }

    fn begin_on_line(&mut self, no: usize, line: usize) {
        let of = self.try_anew(no, Caller { line: Some(line), ..Caller::default() });
        self.lines[line].script = Some(no);
        self.on_line(line, LineAct::Ring(RING));
        self.later(self.scripts[no].patience, Deed::GiveUp { of });
    }

    fn on_line(&mut self, line: usize, act: LineAct) {
        self.house.operate(Operator::Line(self.lines[line].lane, act));
    }

    fn begin_at(&mut self, no: usize, telephone: usize, digits: String) {
        let of = self.try_anew(no, Caller { from_telephone: Some(telephone), ..Caller::default() });
        self.telephones[telephone].dials_for = Some(no);
        self.lift(telephone);
        let thinks = Duration::from_millis(600) + self.scripts[no].thinks;
        self.later(thinks, Deed::Dial { telephone, digits, of });
        self.later(thinks + self.scripts[no].patience, Deed::GiveUp { of });
    }

    fn try_anew(&mut self, no: usize, caller: Caller) -> Of {
        self.callers.insert(no, caller);
        self.attempts[no] += 1;
        (no, self.attempts[no])
    }

    fn later(&mut self, after: Duration, deed: Deed) {
        self.issued += 1;
        self.deeds.insert((self.house.now() + after, self.issued), deed);
    }

    fn put_down_later(&mut self, after: Duration, telephone: usize) {
        let lifts = self.telephones[telephone].lifts;
        self.later(after, Deed::PutDown { telephone, lifts });
    }

    fn lift(&mut self, telephone: usize) {
        self.telephones[telephone].lifted = true;
        self.telephones[telephone].lifts += 1;
        self.house.handset(self.telephones[telephone].position, HandsetAct::Lift);
    }

    fn put_down(&mut self, telephone: usize) {
        self.house.handset(self.telephones[telephone].position, HandsetAct::HangUp);
        self.house.party(self.telephones[telephone].lane, Act::Say(Say::Silence));
    }

    /// The script that a deed belongs to, if it is still at it.
    fn at(&mut self, (no, attempt): Of) -> Option<&mut Caller> {
        let is_at_it = self.attempts[no] == attempt;
        self.callers.get_mut(&no).filter(|caller| is_at_it && !caller.over)
    }

    fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Dial { telephone, digits, of } => self.dial(telephone, &digits, of),
            Deed::Press { of } => self.press(of),
            Deed::PickUp { telephone, leg } => {
                // A hand that comes too late finds the telephone silent.
                if self.telephones[telephone].leg.is_some_and(|(_, rings)| rings == leg)
                    && !self.telephones[telephone].lifted
                {
                    self.lift(telephone);
                }
            }
            Deed::PutDown { telephone, lifts } => {
                if self.telephones[telephone].lifts == lifts {
                    self.put_down_and_rest(telephone);
                }
            }
            Deed::GiveUp { of } => {
                if self.at(of).is_some_and(|caller| !caller.talks) {
                    self.hang_up_caller(of.0);
                }
            }
            Deed::EndTalk { of } => self.end_talk(of),
            Deed::TakeHeard { of } => {
                let ears = self.listening.iter().filter(|(_, (to, _))| *to == of.0 && self.attempts[of.0] == of.1);
                for lane in ears.map(|(lane, _)| *lane).collect::<Vec<_>>() {
                    self.house.party(lane, Act::TakeHeard);
                }
            }
            Deed::OnLine { line, script, act } => {
                if self.lines[line].script == Some(script) {
                    self.on_line(line, act);
                }
            }
            Deed::DialledOut { line, dialled } => {
                if self.lines[line].dialled == dialled {
                    self.dialled_out(line);
                }
            }
            Deed::Outside(act) => self.house.operate(Operator::Exchange(SPAN, act)),
        }
    }

    fn dial(&mut self, telephone: usize, digits: &str, of: Of) {
        if self.at(of).is_none() {
            return;
        }
        let Telephone { position, lane, .. } = self.telephones[telephone];
        match self.telephones[telephone].extension.as_str() {
            "816" => self.house.handset(position, HandsetAct::DialPulse { digits: digits.to_owned() }),
            _ => self.house.party(lane, Act::Press(digits.to_owned())),
        }
    }

    fn press(&mut self, of: Of) {
        let key = self.scripts[of.0].keys.chars().nth(self.at(of).map_or(0, |caller| caller.keys));
        let Some(caller) = self.at(of) else { return };
        caller.keys += 1;
        if let (Some(lane), Some(key)) = (caller.lane, key) {
            self.house.party(lane, Act::Press(key.into()));
        }
    }

    /// The handset goes down. A while later the telephone is there for others.
    fn put_down_and_rest(&mut self, telephone: usize) {
        let now = &mut self.telephones[telephone];
        if now.lifted {
            now.lifted = false;
            now.dials_for = None;
            now.free_from = self.house.now() + PAUSE;
            self.put_down(telephone);
        }
    }

    fn hang_up_caller(&mut self, no: usize) {
        let Some(caller) = self.callers.get_mut(&no) else { return };
        caller.over = true;
        let (outside, telephone, line) = (caller.outside, caller.from_telephone, caller.line);
        match (telephone, outside, line) {
            (Some(telephone), ..) => self.put_down_and_rest(telephone),
            (None, Some(call), _) => self.clear(call),
            (None, None, Some(line)) => self.hang_up_line(line),
            (None, None, None) => (),
        }
        self.finish_if_nobody_knows(no);
    }

    /// The party outside hangs up, and the exchange tells it in one way or another.
    fn hang_up_line(&mut self, line: usize) {
        let release = self.dice.pick(&[Release::BusyTone, Release::BatteryDrop]);
        self.on_line(line, LineAct::HangUp(release));
    }

    fn clear(&mut self, call: OutsideCall) {
        let act = ExchangeAct::Clear { call, cause: Cause::NormalClearing };
        self.house.operate(Operator::Exchange(SPAN, act));
    }

    fn end_talk(&mut self, of: Of) {
        let Some(caller) = self.at(of).cloned() else { return };
        if self.scripts[of.0].caller_ends {
            return self.hang_up_caller(of.0);
        }
        match (caller.at_telephone, caller.outside, caller.line) {
            (Some(telephone), ..) => self.put_down_and_rest(telephone),
            (None, Some(call), _) => self.clear(call),
            (None, None, Some(line)) => self.hang_up_line(line),
            (None, None, None) => (),
        }
    }
}

/// What the house tells, and what the exchange does.
impl Town {
    fn fact(&mut self, fact: CallEvent) {
        match fact {
            CallEvent::LegBegan { call, leg, role, endpoint, number } => {
                let number = number.map(|number| number.as_str().to_owned());
                self.leg_began(call, leg, role, &endpoint, number.as_deref());
            }
            CallEvent::LegPlaced { call, endpoint: Endpoint::OutsideLine { port, .. }, .. } => self.placed(call, port),
            CallEvent::LegRinging { call, leg } => self.rings(call, leg),
            CallEvent::PromptBegan { call, prompt, .. } if prompt == "main_menu" => {
                if let Some(of) = self.of(call) {
                    self.later(self.scripts[of.0].thinks, Deed::Press { of });
                }
            }
            CallEvent::Bridged { call, .. } => self.bridged(call),
            CallEvent::LegEnded { leg, .. } => self.leg_ended(leg),
            CallEvent::Ended { call, .. } => {
                if let Some(no) = self.of_call.remove(&call) {
                    self.ended(no);
                }
            }
            _ => (),
        }
    }

    fn of(&self, call: CallId) -> Option<Of> {
        let no = *self.of_call.get(&call)?;
        Some((no, self.attempts[no]))
    }

    fn leg_began(&mut self, call: CallId, leg: LegId, role: LegRole, endpoint: &Endpoint, number: Option<&str>) {
        let telephone = match endpoint {
            Endpoint::Station { extension, .. } => {
                self.telephones.iter().position(|telephone| telephone.extension == *extension)
            }
            _ => None,
        };
        if let Some(telephone) = telephone {
            self.telephones[telephone].leg = Some((call, leg));
            self.seen.lanes.insert(self.telephones[telephone].lane);
        }
        if role == LegRole::Called {
            return;
        }
        let line =
            self.lines.iter().find(|line| matches!(endpoint, Endpoint::OutsideLine { port, .. } if *port == line.port));
        let no = match (telephone, line) {
            (Some(telephone), _) => self.telephones[telephone].dials_for,
            (None, Some(line)) => line.script,
            (None, None) => number.and_then(script_of_number),
        };
        let line = line.map(|line| line.lane);
        self.seen.lanes.extend(line);
        let Some(no) = no else {
            // A hand that meant to answer was too late, and hears a dial tone.
            return telephone.into_iter().for_each(|telephone| self.put_down_later(PAUSE, telephone));
        };
        if let Some(caller) = self.callers.get_mut(&no) {
            caller.call = Some(call);
            caller.lane = telephone.map(|telephone| self.telephones[telephone].lane).or(line).or(caller.lane);
            self.of_call.insert(call, no);
            self.seen.scripts.insert(call, no);
        }
    }

    /// The house seized an outside line for a call.
    fn placed(&mut self, call: CallId, port: PortId) {
        let Some(line) = self.lines.iter().position(|line| line.port == port) else { return };
        let Some((no, _)) = self.of(call) else { return };
        (self.lines[line].script, self.lines[line].dialled) = (Some(no), 0);
        let lane = self.lines[line].lane;
        self.seen.lanes.insert(lane);
        if let Some(caller) = self.callers.get_mut(&no) {
            (caller.line, caller.called) = (Some(line), Some(lane));
        }
    }

    /// The exchange has the whole number.
    fn dialled_out(&mut self, line: usize) {
        let Some(script) = self.lines[line].script else { return };
        let Script { far, answers_after, .. } = self.scripts[script];
        match far {
            Far::Refuses(_) => self.on_line(line, LineAct::HangUp(Release::BusyTone)),
            Far::RingsOut => self.on_line(line, LineAct::Ringback),
            Far::Answers => {
                self.on_line(line, LineAct::Ringback);
                let act = LineAct::Answer { polarity: true };
                self.later(answers_after, Deed::OnLine { line, script, act });
            }
        }
    }

    fn line_dialled(&mut self, lane: LaneId) {
        let Some(line) = self.lines.iter().position(|line| line.lane == lane) else { return };
        self.lines[line].dialled += 1;
        let dialled = self.lines[line].dialled;
        self.later(Duration::from_secs(1), Deed::DialledOut { line, dialled });
    }

    fn line_released(&mut self, lane: LaneId) {
        let until = self.house.now() + LINE_RESTS;
        if let Some(line) = self.lines.iter_mut().find(|line| line.lane == lane) {
            (line.script, line.dialled, line.free_from) = (None, 0, until);
        }
    }

    /// A telephone rings: somebody comes, or nobody.
    fn rings(&mut self, call: CallId, leg: LegId) {
        let Some(telephone) = self.telephones.iter().position(|one| one.leg == Some((call, leg))) else { return };
        let Some(of) = self.of(call) else { return };
        let (ignores, answers_after) = (self.scripts[of.0].ignores, self.scripts[of.0].answers_after);
        let Some(caller) = self.at(of) else { return };
        if caller.ignored < ignores {
            caller.ignored = caller.ignored.saturating_add(1);
            return;
        }
        self.later(answers_after, Deed::PickUp { telephone, leg });
    }

    fn bridged(&mut self, call: CallId) {
        let Some(of) = self.of(call) else { return };
        let at_telephone = self
            .telephones
            .iter()
            .position(|telephone| telephone.leg.is_some_and(|(on, _)| on == call) && telephone.dials_for != Some(of.0));
        // Someone came to call and has answered: the own call has to wait.
        let disturbed = at_telephone.and_then(|telephone| self.telephones[telephone].dials_for.take());
        disturbed.into_iter().for_each(|no| self.put_off(no));
        let called = at_telephone.map(|telephone| self.telephones[telephone].lane);
        let talk = self.scripts[of.0].talk;
        let Some(caller) = self.at(of) else { return };
        caller.talks = true;
        caller.at_telephone = at_telephone;
        caller.called = called.or(caller.called);
        let (lane, called) = (caller.lane, caller.called);
        for telephone in [at_telephone, caller.from_telephone].into_iter().flatten() {
            self.telephones[telephone].talks = true;
        }
        for (lane, role, other) in
            [(lane, LegRole::Caller, LegRole::Called), (called, LegRole::Called, LegRole::Caller)]
        {
            let Some(lane) = lane else { continue };
            let say = Say::Clip { octets: voice((of.0, role)).into(), law: Law::A, repeat: true };
            self.house.party(lane, Act::Say(say));
            if of.0 % 4 == 0 {
                self.listening.insert(lane, (of.0, other));
                self.house.party(lane, Act::Listen);
            }
        }
        self.later(talk.saturating_sub(Duration::from_millis(200)), Deed::TakeHeard { of });
        self.later(talk, Deed::EndTalk { of });
    }

    /// A script that could not be: it is tried again later.
    fn put_off(&mut self, no: usize) {
        self.callers.remove(&no);
        self.waiting.insert(0, no);
    }

    fn leg_ended(&mut self, leg: LegId) {
        let of_leg = |telephone: &&mut Telephone| telephone.leg.is_some_and(|(_, own)| own == leg);
        let Some(telephone) = self.telephones.iter_mut().find(of_leg) else { return };
        telephone.leg = None;
        telephone.talks = false;
        let index = usize::from(telephone.position - 1);
        if telephone.lifted {
            self.house.party(self.telephones[index].lane, Act::Say(Say::Silence));
            let after = self.dice.between(1000, 4000);
            self.put_down_later(after, index);
        }
    }

    /// The house is done with a call. The caller's handset may still be up.
    fn ended(&mut self, no: usize) {
        self.listening.retain(|_, (to, _)| *to != no);
        self.callers.remove(&no);
    }

    /// A caller who hung up before the house knew of the call.
    fn finish_if_nobody_knows(&mut self, no: usize) {
        let nobody = |caller: &Caller| caller.call.is_none() && caller.outside.is_none();
        if self.callers.get(&no).is_some_and(nobody) {
            self.callers.remove(&no);
        }
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Call(CallTold { call, news, .. }) => self.news(call, news),
            Told::Heard { lane, octets } => self.heard(lane, &octets),
            Told::LineDialled { lane, .. } => self.line_dialled(lane),
            Told::LineReleased(lane) => self.line_released(lane),
            _ => (),
        }
    }

    fn news(&mut self, call: OutsideCall, news: CallNews) {
        match news {
            CallNews::Placed { lane } => {
                self.seen.lanes.insert(lane);
                let caller = self.of_outside.get(&call).and_then(|no| self.callers.get_mut(no));
                caller.into_iter().for_each(|caller| caller.lane = Some(lane));
            }
            CallNews::Refused(_) => {
                if let Some(no) = self.of_outside.remove(&call) {
                    self.put_off(no);
                }
            }
            CallNews::Incoming { lane, to, .. } => {
                self.seen.lanes.insert(lane);
                self.called_outside(call, lane, to.map(|to| to.as_str().to_owned()).unwrap_or_default());
            }
            CallNews::Over { .. } => {
                let no = self.of_outside.remove(&call);
                // The house never heard of the call, so it will not say that it ended.
                let unheard = |no: &usize| self.callers.get(no).is_some_and(|caller| caller.call.is_none());
                no.filter(unheard).into_iter().for_each(|no| self.ended(no));
            }
            CallNews::Proceeding | CallNews::Alerting | CallNews::Answered => (),
        }
    }

    /// The house calls someone outside.
    fn called_outside(&mut self, call: OutsideCall, lane: LaneId, to: String) {
        assert!(call >= FIRST_CALL_OF_BOX);
        let no = match to.as_str() {
            "120" => self
                .callers
                .iter()
                .find(|(no, caller)| {
                    self.scripts[**no].to == To::Number("120") && caller.called.is_none() && caller.call.is_some()
                })
                .map(|(no, _)| *no),
            number => script_of_number(number),
        };
        let Some(no) = no else { panic!("nobody dialled {to}") };
        let Some(caller) = self.callers.get_mut(&no) else { return };
        caller.called = Some(lane);
        caller.outside = Some(call);
        self.of_outside.insert(call, no);
        let script = &self.scripts[no];
        let (far, answers_after) = (script.far, script.answers_after);
        let soon = Duration::from_millis(300);
        match far {
            Far::Refuses(cause) => self.later(soon, Deed::Outside(ExchangeAct::Clear { call, cause })),
            Far::RingsOut => self.later(soon, Deed::Outside(ExchangeAct::Alert(call))),
            Far::Answers => {
                self.later(soon, Deed::Outside(ExchangeAct::Alert(call)));
                self.later(soon + answers_after, Deed::Outside(ExchangeAct::Answer(call)));
            }
        }
    }

    /// Who listened heard the other party, and nobody else.
    fn heard(&mut self, lane: LaneId, octets: &[u8]) {
        let Some(speaker) = self.listening.remove(&lane) else { return };
        let heard = self.voices.heard(octets);
        let ticks = octets.len() / frame::OCTETS_PER_TICK;
        assert!(heard.keys().all(|other| *other == speaker), "{heard:?} instead of {speaker:?} on {lane}");
        // The first ticks were under way before the other one spoke.
        let least = if self.cuts == Cuts::None { ticks.saturating_sub(10) } else { 0 };
        let of_speaker = heard.get(&speaker).copied().unwrap_or_default();
        assert!(
            of_speaker >= least,
            "{of_speaker} of {ticks} ticks of {speaker:?} on {lane}: {}",
            self.story(speaker.0)
        );
        self.seen.ears += 1;
    }
}

fn telephones(house: &House) -> Vec<Telephone> {
    (1..=16)
        .map(|position| Telephone {
            extension: format!("8{position:02}"),
            position,
            lane: house.telephone(position),
            lifted: false,
            lifts: 0,
            free_from: Time::ZERO,
            dials_for: None,
            leg: None,
            talks: false,
        })
        .collect()
}

fn lines(house: &House) -> Vec<Line> {
    let jacks = house.layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxo);
    jacks
        .map(|jack| Line { port: jack.port, lane: jack.lane, script: None, dialled: 0, free_from: Time::ZERO })
        .collect()
}

fn calling_number(no: usize) -> String {
    format!("138{no:08}")
}

fn outside_number(no: usize) -> String {
    format!("139{no:08}")
}

fn script_of_number(number: &str) -> Option<usize> {
    number.strip_prefix("138").or(number.strip_prefix("139"))?.parse().ok()
}
