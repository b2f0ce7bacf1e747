//! Transcripts of what nobody else hears or keeps: numbers that are keyed in secret, pauses of the recording.

#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use std::{sync::Arc, time::Duration};

use analog::fxs::StationEvent;
use call::{
    Adoption, CallEvent, Control, Found, Group, Heard, Input, Kept, Line, MaskedBy, Masking, MaskingEnd, MaskingPlan,
    NotMasked, Output, Plan, Record, ReleasedBy, Station, Target, Trunk,
};
use frame::{CallId, LaneFlags, LaneId, LifeNo, PersonId, PortId, SpanId, Time, Timeslot};
use isdn::{CallHandle, Cause};
use settings::{HandOver, MayMask};

const CALLER: LaneId = LaneId::new(SpanId(0), Timeslot(1));
const SECRET: &str = "*77";
const PAUSE: &str = "*78";
const CARD: &str = "6225880100001234";

/// A box with two telephones (801, an agent's, and 802), a trunk, and a flow that takes a card's number.
struct Desk {
    control: Control,
    plan: Arc<Plan>,
    now: Time,
    outputs: Vec<Output>,
    kept: Option<Kept>,
}

fn port(position: u8) -> PortId {
    PortId { card: "FXS".parse().unwrap(), position }
}

fn lane(position: u8) -> LaneId {
    LaneId::new(SpanId(1), Timeslot(position - 1))
}

fn line() -> Line {
    Line::Isdn { span: SpanId(0), call: CallHandle { slot: 1, generation: 0 } }
}

fn station(position: u8) -> (PortId, Station) {
    let (port, lane, extension) = (port(position), lane(position), format!("80{position}"));
    let (name, person, record, withholds) = ("desk".into(), None, true, false);
    (
        port,
        Station {
            port,
            lane,
            extension,
            name,
            person,
            record,
            withholds,
            consults: true,
            flashes_line: false,
            lets_wait: false,
            mail: false,
            calls: None,
            class: settings::StationClass::Telephone,
        },
    )
}

const FLOW: &str = r##"
name = "card"
start = "card"

[steps.card.digits]
prompts = ["card"]
min_digits = 4
max_digits = 16
terminator = "#"
then = "menu"
invalid = { then = "end" }
timed_out = { then = "end" }

[steps.menu.menu]
prompts = ["menu"]
options = { 1 = "public" }
invalid = { then = "end" }
timed_out = { then = "end" }

[steps.public.digits]
prompts = ["public"]
min_digits = 1
max_digits = 4
public = true
then = "end"
invalid = { then = "end" }
timed_out = { then = "end" }

[steps.end.hang_up]
"##;

fn plan() -> Plan {
    let rules = settings::Masking { pause: MayMask::Agents, ..settings::Masking::default() };
    let flow: settings::Flow = toml::from_str(FLOW).unwrap();
    Plan {
        version: 7,
        stations: (1..=3).map(station).collect(),
        extensions: (1..=3).map(|position| (format!("80{position}"), Target::Station(port(position)))).collect(),
        ddi: [("1234".to_owned(), Target::Station(port(1))), ("1235".to_owned(), Target::Flow("card".into()))].into(),
        groups: vec![Group {
            name: "city".into(),
            prefix: "0".into(),
            trunks: vec![Trunk::Span { span: SpanId(0), channels: 2 }],
            shown: None,
            dials: false,
            hand_over: HandOver::Never,
            joins: false,
        }],
        flows: [("card".to_owned(), Arc::new(flow))].into(),
        masking: MaskingPlan {
            rules,
            secret_input_code: Some(SECRET.into()),
            pause_code: Some(PAUSE.into()),
            agents: [port(1)].into(),
            faxes: [port(3)].into(),
        },
        ..Plan::default()
    }
}

impl Desk {
    fn new() -> Desk {
        Desk::with(plan())
    }

    fn with(plan: Plan) -> Desk {
        let plan = Arc::new(plan);
        let control = Control::new(LifeNo(1), Arc::clone(&plan), acd::Acd::new(&settings::Settings::default()));
        Desk { control, plan, now: Time::from_ms(1000), outputs: Vec::new(), kept: None }
    }

    /// A caller from outside and the agent talk.
    fn talking() -> Desk {
        let mut desk = Desk::new();
        desk.calls("1234");
        desk.gets(Input::Station { port: port(1), event: StationEvent::Answered });
        desk.did();
        desk
    }

    /// The telephones of the house talk: `from` has called `to`.
    fn in_house(from: u8, to: u8) -> Desk {
        let mut desk = Desk::new();
        desk.gets(Input::Station { port: port(from), event: StationEvent::WantsToDial });
        desk.presses(from, &format!("80{to}"));
        desk.gets(Input::Station { port: port(to), event: StationEvent::Answered });
        desk.did();
        desk
    }

    fn calls(&mut self, called: &str) {
        self.gets(Input::Incoming {
            line: line(),
            lane: CALLER,
            port: None,
            group: "city".into(),
            called: Some(called.parse().unwrap()),
            calling: Some("13800138000".parse().unwrap()),
            private: false,
            told: Box::default(),
        });
    }

    fn gets(&mut self, input: Input) {
        self.control.handle_input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.control.poll_output() {
            if let Output::Keep(kept) = &output {
                self.kept = Some((**kept).clone());
            }
            self.outputs.push(output);
        }
    }

    /// The caller keys something, a key in half a second.
    fn keys(&mut self, digits: &str) {
        for digit in digits.chars() {
            self.passes_ms(500);
            self.gets(Input::Digit { lane: CALLER, digit });
        }
    }

    fn presses(&mut self, position: u8, keys: &str) {
        for key in keys.chars() {
            self.gets(Input::Station { port: port(position), event: StationEvent::Digit(key) });
        }
    }

    fn passes_ms(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.gets(Input::Timeout);
    }

    fn person(&mut self, what: Masking, on: bool) {
        let (call, by) = (self.call(), MaskedBy::Person(PersonId(7)));
        self.gets(Input::Mask { call, what, on, by });
    }

    fn call(&self) -> CallId {
        self.control.views().next().unwrap().call
    }

    /// What came out, and forgets it.
    fn did(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    fn masked(&self) -> Vec<Masking> {
        self.control.views().flat_map(|view| view.masked).collect()
    }
}

/// Which lanes became hidden, or heard again.
fn hidden(did: &[Output]) -> Vec<(LaneId, bool)> {
    let of = |output: &Output| match output {
        Output::Blackout { lane, on } => Some((*lane, *on)),
        _ => None,
    };
    did.iter().filter_map(of).collect()
}

/// Which lanes are recorded no more, or again.
fn paused(did: &[Output]) -> Vec<(LaneId, bool)> {
    let of = |output: &Output| match output {
        Output::Flag { lane, flags: LaneFlags::PAUSED, on } => Some((*lane, *on)),
        _ => None,
    };
    did.iter().filter_map(of).collect()
}

/// What the map of the recording is told.
fn marked(did: &[Output]) -> Vec<bool> {
    let of = |output: &Output| match output {
        Output::Record(Record::SecretInput { began, .. }) => Some(*began),
        _ => None,
    };
    did.iter().filter_map(of).collect()
}

fn ends(did: &[Output]) -> Vec<(Masking, u32, MaskingEnd)> {
    let of = |output: &Output| match output {
        Output::Tell(CallEvent::MaskingEnded { what, digits, why, .. }) => Some((*what, *digits, *why)),
        _ => None,
    };
    did.iter().filter_map(of).collect()
}

#[test]
fn an_agent_keys_a_code_the_caller_a_number_and_the_end_key_and_only_their_count_is_told() {
    let mut desk = Desk::talking();
    desk.presses(1, SECRET);
    let did = desk.did();
    assert_eq!((hidden(&did), marked(&did)), (vec![(CALLER, true)], vec![true]));
    let station = MaskedBy::Station { extension: "801".into() };
    let began = |did: &Output| matches!(did, Output::Tell(CallEvent::MaskingBegan { by, .. }) if *by == station);
    assert!(did.iter().any(began));

    desk.keys(CARD);
    desk.keys("#");
    assert_eq!(desk.masked(), [], "it is about to end");
    desk.passes_ms(1999);
    assert_eq!(hidden(&desk.did()), [], "and does not end while the next digit could come");
    desk.passes_ms(1);
    let did = desk.did();
    assert_eq!((hidden(&did), marked(&did)), (vec![(CALLER, false)], vec![false]));
    assert_eq!(ends(&did), [(Masking::SecretInput, 16, MaskingEnd::EndKey)]);
}

#[test]
fn nothing_that_comes_out_while_a_number_is_keyed_has_a_digit_of_it() {
    // Digits that stand in no id, time or number of this transcript.
    let mut desk = Desk::talking();
    desk.presses(1, SECRET);
    desk.did();
    desk.keys("9999");
    desk.keys("#");
    desk.passes_ms(3000);
    let told = format!("{:?}{:?}{:?}", desk.did(), desk.kept, desk.control.views().collect::<Vec<_>>());
    assert!(!told.contains("99"), "{told}");
}

#[test]
fn the_code_again_ends_it_and_a_digit_that_is_late_puts_the_end_off() {
    let mut desk = Desk::talking();
    desk.presses(1, SECRET);
    desk.keys("6225");
    desk.did();
    desk.presses(1, SECRET);
    desk.passes_ms(1400);
    desk.keys("8");
    desk.passes_ms(1900);
    assert_eq!(hidden(&desk.did()), []);
    desk.passes_ms(100);
    let did = desk.did();
    assert_eq!(hidden(&did), [(CALLER, false)]);
    assert_eq!(ends(&did), [(Masking::SecretInput, 5, MaskingEnd::Asked)]);
}

#[test]
fn who_wants_a_pause_or_a_secret_to_end_and_who_ends_the_call_is_told_once() {
    let mut desk = Desk::talking();
    let asked = |did: &[Output]| -> Vec<(Masking, MaskedBy)> {
        let of = |output: &Output| match output {
            Output::Tell(CallEvent::MaskingEndAsked { what, by, .. }) => Some((*what, by.clone())),
            _ => None,
        };
        did.iter().filter_map(of).collect()
    };
    let person = PersonId(7);
    desk.person(Masking::Pause, false);
    desk.person(Masking::Pause, true);
    assert_eq!(asked(&desk.did()), [], "there was nothing to end");
    desk.person(Masking::Pause, false);
    desk.person(Masking::Pause, false);
    assert_eq!(asked(&desk.did()), [(Masking::Pause, MaskedBy::Person(person))]);
    desk.presses(1, SECRET);
    desk.presses(1, SECRET);
    let station = MaskedBy::Station { extension: "801".into() };
    assert_eq!(asked(&desk.did()), [(Masking::SecretInput, station)]);
    let call = desk.call();
    desk.gets(Input::EndCall { call, by: person });
    desk.gets(Input::EndCall { call, by: PersonId(8) });
    let ended = |output: &Output| match output {
        Output::Tell(CallEvent::EndAsked { by, .. }) => Some(*by),
        _ => None,
    };
    assert_eq!(desk.did().iter().filter_map(ended).collect::<Vec<_>>(), [person]);
}

#[test]
fn it_ends_by_itself_after_its_time_and_at_the_latest_after_as_much_again_of_keys() {
    let mut desk = Desk::talking();
    desk.presses(1, SECRET);
    desk.did();
    desk.passes_ms(179_999);
    assert_eq!(hidden(&desk.did()), []);
    desk.passes_ms(1);
    assert_eq!(ends(&desk.did()), [(Masking::SecretInput, 0, MaskingEnd::TimedOut)]);

    desk.presses(1, SECRET);
    // Somebody's dog lies on the keys.
    for _ in 0..719 {
        desk.keys("5");
    }
    assert_eq!(ends(&desk.did()), []);
    desk.keys("5");
    let [(Masking::SecretInput, 719, MaskingEnd::TimedOut)] = ends(&desk.did())[..] else { panic!("it goes on") };
}

#[test]
fn who_hangs_up_amid_a_number_is_hidden_until_the_leg_is_gone() {
    let mut desk = Desk::talking();
    desk.presses(1, SECRET);
    desk.keys("6225");
    desk.did();
    desk.gets(Input::Station { port: port(1), event: StationEvent::HungUp });
    assert_eq!(hidden(&desk.did()), [], "the caller’s channel is still there, and recorded");
    desk.keys("88");
    assert_eq!(hidden(&desk.did()), []);
    desk.gets(Input::Released { line: line(), cause: Cause::NormalClearing, by: ReleasedBy::Box });
    let did = desk.did();
    assert_eq!(ends(&did), [(Masking::SecretInput, 6, MaskingEnd::PartyGone)]);
    let place = |wanted: &dyn Fn(&Output) -> bool| did.iter().position(wanted).unwrap();
    let disarmed = place(&|did| matches!(did, Output::Blackout { on: false, .. }));
    assert!(disarmed < place(&|did| *did == Output::Free { lane: CALLER }), "never on the next call’s lane");
    assert_eq!(desk.control.next_deadline(), None);
}

#[test]
fn a_pause_is_of_the_talk_on_hold_and_not_of_the_consultation() {
    let mut desk = Desk::talking();
    desk.presses(1, PAUSE);
    desk.did();
    let flash = || Input::Station { port: port(1), event: StationEvent::Flash };
    desk.gets(flash());
    assert_eq!(paused(&desk.did()), [(lane(1), false)], "the agent’s voice is the other call’s");
    desk.person(Masking::Pause, false);
    desk.person(Masking::Pause, true);
    desk.passes_ms(100);
    assert!(!paused(&desk.did()).contains(&(lane(1), true)), "and stays it");
    desk.gets(flash());
    desk.passes_ms(100);
    assert_eq!(desk.masked(), [Masking::Pause], "who holds comes back into the pause that was begun meanwhile");
    assert_eq!(paused(&desk.did()), [(lane(1), true)]);
}

/// The caller from outside and both telephones talk, brought together by the agent.
fn three() -> Desk {
    let mut desk = Desk::talking();
    let flash = || Input::Station { port: port(1), event: StationEvent::Flash };
    desk.gets(flash());
    desk.presses(1, "802");
    desk.gets(Input::Station { port: port(2), event: StationEvent::Answered });
    desk.gets(flash());
    desk.did();
    desk
}

#[test]
fn of_three_who_talk_the_one_outside_keys_in_secret_and_goes_on_when_another_leaves() {
    let mut desk = three();
    desk.presses(1, SECRET);
    let did = desk.did();
    assert_eq!((hidden(&did), marked(&did)), (vec![(CALLER, true)], vec![true]));
    let said = |did: &[Output]| {
        did.iter().any(|did| matches!(did, Output::Hear { heard: Heard::Prompts { .. }, lane: of } if *of == lane(1)))
    };
    assert!(said(&did), "who keyed the code is told");
    let play = did.iter().find_map(|did| match did {
        Output::Hear { heard: Heard::Prompts { play, .. }, .. } => Some(*play),
        _ => None,
    });
    desk.gets(Input::Played { lane: lane(1), play: play.unwrap() });
    let back =
        |did: &Output| matches!(did, Output::Hear { lane: of, heard: Heard::Conference { .. } } if *of == lane(1));
    assert!(desk.did().iter().any(back), "and hears the two others again");
    desk.keys(CARD);
    let told = format!("{:?}", desk.did());
    assert!(!told.contains("Digit"), "{told}");
    // The agent hands the caller on in the middle of the number: the rest of it is as secret.
    desk.gets(Input::Station { port: port(1), event: StationEvent::HungUp });
    desk.passes_ms(2000);
    let did = desk.did();
    assert_eq!((ends(&did), hidden(&did)), (vec![], vec![]));
    desk.keys("123#");
    desk.passes_ms(2000);
    assert_eq!(ends(&desk.did()), [(Masking::SecretInput, 19, MaskingEnd::EndKey)]);
    assert_eq!(desk.masked(), []);
}

#[test]
fn a_pause_goes_on_when_the_agent_hands_the_caller_on_and_ends_by_its_time() {
    let mut desk = three();
    desk.presses(1, PAUSE);
    desk.did();
    desk.gets(Input::Station { port: port(1), event: StationEvent::HungUp });
    desk.passes_ms(10_000);
    let did = desk.did();
    assert_eq!(ends(&did), []);
    assert!(!paused(&did).contains(&(CALLER, false)) && !paused(&did).contains(&(lane(2), false)), "{did:?}");
    assert_eq!(desk.masked(), [Masking::Pause]);
    desk.passes_ms(180_000);
    let did = desk.did();
    assert_eq!(ends(&did), [(Masking::Pause, 0, MaskingEnd::TimedOut)]);
    assert!(paused(&did).contains(&(CALLER, false)) && paused(&did).contains(&(lane(2), false)), "recorded again");
}

#[test]
fn a_pause_of_the_second_call_is_one_of_all_three() {
    let mut desk = Desk::talking();
    let flash = || Input::Station { port: port(1), event: StationEvent::Flash };
    desk.gets(flash());
    desk.presses(1, "802");
    desk.gets(Input::Station { port: port(2), event: StationEvent::Answered });
    desk.presses(1, PAUSE);
    desk.did();
    desk.gets(flash());
    let on: Vec<LaneId> = paused(&desk.did()).into_iter().filter(|(_, on)| *on).map(|(lane, _)| lane).collect();
    assert!([CALLER, lane(1), lane(2)].iter().all(|lane| on.contains(lane)), "{on:?}");
    assert_eq!(desk.masked(), [Masking::Pause]);
}

#[test]
fn a_pause_of_three_keeps_no_voice_of_them() {
    let mut desk = three();
    desk.presses(1, PAUSE);
    let lanes: Vec<LaneId> = paused(&desk.did()).into_iter().filter(|(_, on)| *on).map(|(lane, _)| lane).collect();
    assert_eq!(lanes.len(), 3, "{lanes:?}");
    desk.presses(1, PAUSE);
    desk.passes_ms(2000);
    assert_eq!(paused(&desk.did()).iter().filter(|(_, on)| !on).count(), 3);
}

#[test]
fn a_person_hides_the_keys_of_who_is_on_hold_and_they_stay_hidden_when_that_party_is_taken_back() {
    let mut desk = Desk::talking();
    let flash = || Input::Station { port: port(1), event: StationEvent::Flash };
    desk.gets(flash());
    desk.did();
    desk.person(Masking::SecretInput, true);
    assert_eq!(hidden(&desk.did()), [(CALLER, true)]);
    desk.keys("6225");
    desk.gets(flash());
    desk.keys("8801");
    assert_eq!(hidden(&desk.did()), []);
    desk.keys("#");
    desk.passes_ms(2000);
    assert_eq!(ends(&desk.did()), [(Masking::SecretInput, 8, MaskingEnd::EndKey)]);
}

#[test]
fn who_was_on_hold_amid_a_pause_is_paused_again() {
    let mut desk = Desk::talking();
    desk.presses(1, PAUSE);
    let flash = || Input::Station { port: port(1), event: StationEvent::Flash };
    desk.gets(flash());
    desk.did();
    desk.gets(flash());
    assert_eq!(paused(&desk.did()), [(lane(1), true)]);
}

#[test]
fn only_whom_the_settings_let_has_something_masked() {
    let mut desk = Desk::in_house(2, 1);
    desk.presses(2, SECRET);
    assert_eq!((hidden(&desk.did()), desk.masked()), (vec![], vec![]), "802 is in no queue");
    desk.presses(1, SECRET);
    assert_eq!(hidden(&desk.did()), [(lane(2), true)], "801 is");
    let refused = desk.control.may_mask_at(port(2), Masking::SecretInput);
    assert_eq!(refused, Err(NotMasked::NotAllowed));
    assert_eq!(desk.control.may_mask_at(port(1), Masking::SecretInput), Ok(desk.call()));

    let rules = settings::Masking { secret_input: MayMask::Nobody, ..settings::Masking::default() };
    let mut desk = Desk::with(Plan { masking: MaskingPlan { rules, ..plan().masking }, ..plan() });
    desk.calls("1234");
    desk.gets(Input::Station { port: port(1), event: StationEvent::Answered });
    desk.presses(1, SECRET);
    assert_eq!(hidden(&desk.did()), []);
}

#[test]
fn what_the_hidden_party_keys_in_the_house_is_no_code_and_a_fax_machine_is_never_hidden() {
    let mut desk = Desk::in_house(2, 1);
    desk.presses(1, SECRET);
    desk.did();
    desk.presses(2, "12*77*78#");
    desk.passes_ms(2000);
    assert_eq!(ends(&desk.did()), [(Masking::SecretInput, 6, MaskingEnd::EndKey)]);

    let mut desk = Desk::in_house(1, 3);
    desk.presses(1, SECRET);
    assert_eq!(hidden(&desk.did()), []);
    desk.presses(1, PAUSE);
    assert_eq!(paused(&desk.did()), [(lane(1), true), (lane(3), true)], "its recording can pause");
}

#[test]
fn a_person_at_a_page_hides_who_is_outside_and_asking_twice_is_asking_once() {
    let mut desk = Desk::talking();
    desk.person(Masking::SecretInput, true);
    desk.person(Masking::SecretInput, true);
    let did = desk.did();
    assert_eq!((hidden(&did), ends(&did)), (vec![(CALLER, true)], vec![]));
    desk.person(Masking::SecretInput, false);
    assert_eq!(hidden(&desk.did()), [(CALLER, false)], "nobody has keyed, so nothing is waited for");
    desk.person(Masking::SecretInput, false);
    assert_eq!(ends(&desk.did()), []);

    let nobody = CallId::new(LifeNo(9), 9);
    assert_eq!(desk.control.may_mask(nobody, Masking::Pause), Err(NotMasked::NoSuchCall));
    let mut desk = Desk::new();
    desk.calls("1234");
    assert_eq!(desk.control.may_mask(desk.call(), Masking::Pause), Err(NotMasked::NotTalking));
    desk.person(Masking::Pause, true);
    assert_eq!(desk.masked(), []);
}

#[test]
fn a_pause_is_of_every_voice_and_resumes_two_seconds_after_the_last_digit() {
    let mut desk = Desk::talking();
    desk.presses(1, PAUSE);
    assert_eq!(paused(&desk.did()), [(CALLER, true), (lane(1), true)]);
    desk.keys("123");
    desk.presses(1, PAUSE);
    desk.passes_ms(1999);
    assert_eq!(paused(&desk.did()), []);
    desk.passes_ms(1);
    let did = desk.did();
    assert_eq!(paused(&did), [(CALLER, false), (lane(1), false)]);
    let [(Masking::Pause, _, MaskingEnd::Asked)] = ends(&did)[..] else { panic!("one end") };
    assert_eq!(marked(&did), [], "the recorder marks a pause by itself");
}

#[test]
fn a_secret_number_and_a_pause_go_on_side_by_side() {
    let mut desk = Desk::talking();
    desk.person(Masking::Pause, true);
    desk.person(Masking::SecretInput, true);
    assert_eq!(desk.masked(), [Masking::SecretInput, Masking::Pause]);
    desk.did();
    desk.person(Masking::Pause, false);
    let did = desk.did();
    assert_eq!((paused(&did).len(), hidden(&did).len()), (2, 0));
    assert_eq!(desk.masked(), [Masking::SecretInput]);
}

#[test]
fn a_flow_takes_digits_that_are_not_public_in_secret_and_the_others_not() {
    let mut desk = Desk::new();
    desk.calls("1235");
    let did = desk.did();
    assert_eq!((hidden(&did), marked(&did)), (vec![(CALLER, true)], vec![true]), "before its prompt is heard");
    desk.keys(CARD);
    let taken = |did: &Output| matches!(did, Output::Tell(CallEvent::DigitsTaken { count: 16, public: None, .. }));
    let did = desk.did();
    assert!(did.iter().any(taken), "the flow has them all the same");
    assert_eq!(hidden(&did), []);
    desk.passes_ms(1000);
    // One digit too many is none that anybody hears.
    desk.keys("7");
    desk.passes_ms(1999);
    assert_eq!(hidden(&desk.did()), []);
    desk.passes_ms(1);
    let did = desk.did();
    assert_eq!(hidden(&did), [(CALLER, false)]);
    assert_eq!(ends(&did), [(Masking::SecretInput, 17, MaskingEnd::StepOver)]);
}

#[test]
fn digits_that_a_flow_may_write_down_are_heard() {
    let flow: settings::Flow = toml::from_str(&FLOW.replace("start = \"card\"", "start = \"public\"")).unwrap();
    let mut desk = Desk::with(Plan { flows: [("card".to_owned(), Arc::new(flow))].into(), ..plan() });
    desk.calls("1235");
    desk.keys("1234");
    assert_eq!(hidden(&desk.did()), []);
}

/// The next life of the box, which has taken up what the last one kept.
fn next_life(desk: &Desk, away_s: u64) -> Desk {
    let text = toml::to_string(&desk.kept).unwrap();
    let kept: Kept = toml::from_str(&text).unwrap();
    let called = kept.called.as_ref().map(|_| Line::Port(port(1)));
    let found = vec![Found { kept, caller: Some(line()), called }];
    let mut next = Desk::with((*desk.plan).clone());
    let gap = Duration::from_secs(away_s);
    next.now = desk.now + gap;
    next.control.adopt(next.now, Adoption { gap, found, ..Adoption::default() });
    next.drain();
    next
}

#[test]
fn a_restart_goes_on_hiding_until_the_same_moment() {
    let mut desk = Desk::talking();
    desk.presses(1, SECRET);
    desk.person(Masking::Pause, true);
    desk.keys("6225");
    let mut next = next_life(&desk, 5);
    let did = next.did();
    assert_eq!((hidden(&did), marked(&did)), (vec![(CALLER, true)], vec![true]));
    assert_eq!(paused(&did).len(), 2);
    next.keys("88");
    next.passes_ms(171_000);
    assert_eq!(hidden(&next.did()), []);
    next.passes_ms(2_000);
    let done = ends(&next.did());
    assert_eq!(done[0], (Masking::SecretInput, 2, MaskingEnd::TimedOut));
    assert_eq!(done.len(), 2);
}

#[test]
fn the_rest_of_a_number_that_a_flow_was_taking_stays_hidden_over_a_restart() {
    let mut desk = Desk::new();
    desk.calls("1235");
    desk.keys("6225");
    let mut next = next_life(&desk, 1);
    assert_eq!(hidden(&next.did()), [(CALLER, true)]);
    next.keys("880100001234");
    assert_eq!(hidden(&next.did()), []);
}
