//! Spans stand alone: what happens to one is no affair of the others. ITU-T Q.931, 5.5 and 5.8.8 to 5.8.10.

use std::time::Duration;

use call::CallEvent;
use frame::{LaneId, Law, SpanId};
use isdn::{
    q921::{Body, Frame},
    trace::Direction,
};
use ringfence::{journal::Alarm, telephony::SpanRestart};
use settings::{Board, Hunting, Settings};
use sim::{Act, CallNews, ExchangeAct, Fault, HandsetAct, Operator, OutsideCall, Say, Told};

use crate::house::{House, voice};

/// As many as the largest board has, each with a telephone of its own that calls out over it.
const SPANS: u16 = 16;
/// The span that everything happens to.
const RESTLESS: SpanId = SpanId(0);
/// A voice that repeats itself every 256 octets, so that where it begins does not matter and a lost tick does.
const VOICE_OCTETS: usize = 1024;
/// Seconds; each has a cable that is pulled, a restart and new settings.
const ROUNDS: u32 = 100;

/// The board of 16 E1 with 16 telephones beside them.
fn board() -> Board {
    let telephones = |no: u8| {
        format!(
            "[[cards]]\ncard = \"sim\"\nkind = \"fxs\"\nserial = \"SIM-FXS-{no}\"\nslot = {}\n\
             synchronous_with = \"SIM-E1-1\"\nring_budget = 5\n\
             jacks = {:?}\n",
            no + 4,
            (1..=8).map(|jack| format!("{no}-{jack}")).collect::<Vec<_>>()
        )
    };
    let text = [include_str!("../../board/e1x16.toml"), "\n", &telephones(1), &telephones(2)].concat();
    Board::parse("e1x16.toml", &text).expect("the board is good")
}

/// A trunk group and a telephone for each span.
fn settings(board: &Board) -> Settings {
    let head = "format = 1\n[emergency]\nkeep_one_channel_free = false\n".to_owned();
    let rows = (0..SPANS).map(|span| {
        format!(
            "[[trunks]]\nname = \"{span}\"\nports = [\"SIM-E1-{}.{}\"]\noutside_prefix = \"{}\"\n\
             otherwise = {{ station = \"{}\" }}\n\
             [[stations]]\nport = \"SIM-FXS-{}.{}\"\nextension = \"{}\"\nname = \"{span}\"\n",
            span / 4 + 1,
            span % 4 + 1,
            prefix(span),
            801 + span,
            span / 8 + 1,
            span % 8 + 1,
            801 + span,
        )
    });
    let text: String = std::iter::once(head).chain(rows).collect();
    Settings::parse("spans.toml", &text, board, None).expect("the settings are good").settings
}

/// What chooses a span.
fn prefix(span: u16) -> String {
    format!("0{}", 10 + span)
}

/// A call of a telephone over its span, and both parties say what nobody else says.
struct Talk {
    telephone: u8,
    lanes: [LaneId; 2],
}

impl Talk {
    fn begin(house: &mut House, span: SpanId) -> Talk {
        let telephone = span.0 as u8 + 1;
        let lane = house.telephone(telephone);
        house.handset(telephone, HandsetAct::Lift);
        house.run(Duration::from_secs(1));
        house.party(lane, Act::Press(format!("{}139000000{}", prefix(span.0), 10 + span.0)));
        house.until("it goes out", |house| incoming(house, span).is_some());
        let (call, outside) = incoming(house, span).unwrap();
        house.operate(Operator::Exchange(span, ExchangeAct::Answer(call)));
        house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        Talk { telephone, lanes: [lane, outside] }
    }

    fn voices(&self) -> [Vec<u8>; 2] {
        [self.telephone, self.telephone + 100].map(|seed| voice(seed, VOICE_OCTETS))
    }

    fn speak(&self, house: &mut House) {
        for (lane, octets) in self.lanes.iter().zip(self.voices()) {
            house.party(*lane, Act::Say(Say::Clip { octets: octets.into(), law: Law::A, repeat: true }));
        }
        house.run(Duration::from_millis(500));
        self.lanes.iter().for_each(|lane| house.party(*lane, Act::Listen));
    }

    /// Each heard the other and nothing else, octet for octet, without a seam.
    fn heard_everything(&self, house: &mut House) {
        let [first, second] = self.voices();
        for (lane, said) in self.lanes.iter().zip([second, first]) {
            let heard = house.heard(*lane);
            assert!(heard.len() > 80 * 8000, "{} octets", heard.len());
            let twice = [said.as_slice(), &said].concat();
            let begin = twice.windows(80).position(|window| *window == heard[..80]);
            let begin = begin.unwrap_or_else(|| panic!("{lane} hears somebody else"));
            let expected = said.iter().cycle().skip(begin);
            let wrong = heard.iter().zip(expected).position(|(heard, said)| heard != said);
            assert_eq!(wrong, None, "{lane} of {} octets", heard.len());
        }
    }
}

/// The newest call that the box placed on a span.
fn incoming(house: &House, span: SpanId) -> Option<(OutsideCall, LaneId)> {
    house.told.iter().rev().find_map(|event| match &event.told {
        Told::Call(told) if told.span == span => match told.news {
            CallNews::Incoming { lane, .. } => Some((told.call, lane)),
            _ => None,
        },
        _ => None,
    })
}

/// What happened to the D-channel of a span: how often it was set up, or anything but calls and supervision.
fn upheavals(house: &House, span: SpanId) -> usize {
    let frames = house.trace(span);
    let is_upheaval = |frame: &[u8]| matches!(Frame::parse(frame), Ok(Frame { body: Body::Unnumbered { .. }, .. }));
    frames.iter().filter(|(_, frame)| is_upheaval(frame)).count()
}

#[test]
fn a_span_that_is_restarted_reset_and_cut_a_hundred_times_is_noticed_by_no_other() {
    let board = board();
    let mut house = House::with(&board, settings(&board), 90);
    let talks: Vec<Talk> = (0..SPANS).map(|span| Talk::begin(&mut house, SpanId(span))).collect();
    let bystanders: Vec<SpanId> = (1..SPANS).map(SpanId).collect();
    let before: Vec<usize> = bystanders.iter().map(|span| upheavals(&house, *span)).collect();
    let (alarms, restless) = (house.alarms.len(), upheavals(&house, RESTLESS));
    talks.iter().skip(1).for_each(|talk| talk.speak(&mut house));

    for round in 0..ROUNDS {
        house.operate(Operator::Fault(Fault::Cable { span: RESTLESS, cut: true }));
        // A loose contact, or so long that the card says RED.
        house.run(Duration::from_millis(if round % 2 == 0 { 700 } else { 100 }));
        house.operate(Operator::Fault(Fault::Cable { span: RESTLESS, cut: false }));
        house.run(Duration::from_millis(600));
        let named = house.calls_on_span(RESTLESS);
        assert_eq!(named.len(), 1, "the call on it goes on: round {round}");
        assert_eq!(house.restart_span(RESTLESS, &named), SpanRestart::Begun);
        house.run(Duration::from_millis(300));
        let mut changed = settings(&board);
        let hunting = if round % 2 == 0 { Hunting::HighestFirst } else { Hunting::LowestFirst };
        changed.trunks[0].hunting = Some(hunting);
        let _ = house.apply(changed, round + 2);
        house.run(Duration::from_millis(100));
    }

    talks.iter().skip(1).for_each(|talk| talk.heard_everything(&mut house));
    let after: Vec<usize> = bystanders.iter().map(|span| upheavals(&house, *span)).collect();
    assert_eq!(after, before, "no other data link was set up or taken down");
    assert!(upheavals(&house, RESTLESS) >= restless + 4 * ROUNDS as usize, "and that one was, twice a round");
    let of_another = |alarm: &Alarm| {
        !matches!(
            alarm,
            Alarm::SpanRed { span: RESTLESS }
                | Alarm::SpanYellow { span: RESTLESS }
                | Alarm::DataLinkDown { span: RESTLESS }
        )
    };
    let red = house.alarms.iter().filter(|told| **told == (Alarm::SpanRed { span: RESTLESS }, true)).count();
    assert_eq!(red, ROUNDS as usize / 2, "the cable was out");
    let foreign: Vec<_> = house.alarms[alarms..].iter().filter(|(alarm, _)| of_another(alarm)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");

    for talk in &talks {
        house.handset(talk.telephone, HandsetAct::HangUp);
    }
    house.run(Duration::from_secs(10));
    house.assert_at_rest();
    let raised = |alarm: &Alarm| house.alarms.iter().filter(|(told, _)| told == alarm).count() % 2;
    assert_eq!(raised(&Alarm::DataLinkDown { span: RESTLESS }), 0, "no alarm is left");
}

#[test]
fn a_restart_names_the_calls_first_and_leaves_those_that_talk_alone() {
    let board = board();
    let mut house = House::with(&board, settings(&board), 91);
    assert_eq!(house.restart_span(SpanId(99), &[]), SpanRestart::NoSuchSpan);
    assert_eq!(house.restart_span(RESTLESS, &[]), SpanRestart::Begun, "nobody is on it");
    house.run(Duration::from_secs(3));
    let talk = Talk::begin(&mut house, RESTLESS);
    let before = upheavals(&house, RESTLESS);
    let named = house.calls_on_span(RESTLESS);
    assert_eq!(house.restart_span(RESTLESS, &[]), SpanRestart::Calls(named.clone()));
    house.run(Duration::from_secs(1));
    assert_eq!(upheavals(&house, RESTLESS), before, "to look is no act");
    assert_eq!(house.restart_span(RESTLESS, &named), SpanRestart::Begun);
    house.run(Duration::from_secs(1));
    talk.speak(&mut house);
    house.run(Duration::from_secs(90));
    talk.heard_everything(&mut house);
    let enquiries = house.trace(RESTLESS);
    let asked = enquiries
        .iter()
        .filter(|(way, frame)| *way == Direction::Sent && frame.len() > 8 && frame[2] & 1 == 0 && frame[8] == 0x75);
    assert_eq!(asked.count(), 1, "the far end was asked whether it still knows the call");
}

#[test]
fn the_ladder_of_a_call_is_there_while_the_trace_has_it_and_hides_its_numbers() {
    let board = board();
    let mut house = House::with(&board, settings(&board), 92);
    let talk = Talk::begin(&mut house, RESTLESS);
    house.handset(talk.telephone, HandsetAct::HangUp);
    house.run(Duration::from_secs(2));
    let legs = house.facts.iter().filter_map(|fact| match fact {
        CallEvent::LegBegan { leg, .. } => Some(*leg),
        _ => None,
    });
    let ladders = house.ladders(&legs.collect::<Vec<_>>());
    assert_eq!(ladders.iter().map(|ladder| ladder.span).collect::<Vec<_>>(), [RESTLESS]);
    for ladder in &ladders {
        assert!(ladder.ladder.rungs.len() >= 6 && !ladder.ladder.is_cut, "{:#?}", ladder.ladder);
        let told = format!("{:?}", ladder.ladder);
        assert!(!told.contains("139000000") && told.contains("***"), "{told}");
    }
}
