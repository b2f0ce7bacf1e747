//! The board files and settings that come with the box.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::collections::BTreeSet;

use frame::{LaneId, PortId, SpanId, Timeslot};
use settings::{Board, CardKind, Caution, Country, Layout, SETTINGS_FORMAT, Settings, Step, Target, Warning};

const DEMO: &str = include_str!("../../../board/demo.toml");
const DEMO_SETTINGS: &str = include_str!("../../../board/demo.settings.toml");
const E1X16: &str = include_str!("../../../board/e1x16.toml");
const E1X16_SETTINGS: &str = include_str!("../../../board/e1x16.settings.toml");
const BOARDS_PAPER: &str = include_str!("../../../docs/boards.md");
const PROMPTS: &str = include_str!("../../../prompts/texts.toml");

const RETENTION_PAPER: &str = include_str!("../../../docs/retention.md");

fn demo() -> Board {
    Board::parse("demo.toml", DEMO).unwrap()
}

fn prompts() -> BTreeSet<String> {
    let texts: toml::Table = PROMPTS.parse().unwrap();
    let spoken = texts["prompts"].as_table().unwrap().keys().cloned();
    // Set-up plays the music beside what it speaks.
    spoken.chain(["music".to_owned()]).collect()
}

fn cautions(warnings: &[Warning]) -> Vec<&Caution> {
    warnings.iter().map(|warning| &warning.what).collect()
}

#[test]
fn the_demo_has_thirty_channels_four_outside_lines_and_eight_telephones() {
    let layout = Layout::of(&demo());
    let kinds = |kind: CardKind| layout.jacks.iter().filter(|jack| jack.kind == kind).count();
    assert_eq!((kinds(CardKind::E1), kinds(CardKind::Fxo), kinds(CardKind::Fxs)), (1, 4, 8));
    let voice: Vec<u8> = layout.spans[0].voice().map(|timeslot| timeslot.0).collect();
    assert_eq!(voice, (1..=15).chain(17..=31).collect::<Vec<u8>>());
    assert_eq!(layout.spans[2].voice().count(), 8);
}

#[test]
fn a_jack_has_its_port_its_lane_and_its_label() {
    let layout = Layout::of(&demo());
    let port: PortId = "SIM-FXS.3".parse().unwrap();
    let jack = layout.jack(port).unwrap();
    assert_eq!(jack.label, "挂号2");
    assert_eq!(jack.lane, LaneId::new(SpanId(2), Timeslot(2)));
    assert_eq!(layout.jack("SIM-FXS.9".parse().unwrap()), None);
    assert_eq!(layout.span(SpanId(1)).unwrap().kind, CardKind::Fxo);
}

#[test]
fn the_demo_settings_fit_the_demo_board_and_every_prompt_is_spoken() {
    let checked = Settings::parse("demo.settings.toml", DEMO_SETTINGS, &demo(), Some(&prompts())).unwrap();
    // The E1 has a row for every call; nothing else is to be said.
    assert_eq!(checked.warnings, []);
    let settings = checked.settings;
    assert_eq!(settings.country, Country::Cn);
    assert_eq!(settings.emergency_numbers(), ["110", "119", "120", "122"]);
    assert_eq!(settings.numbers[0].to, Target::Flow("main".into()));
    assert_eq!(settings.queue("挂号预约").unwrap().members, ["803", "802", "804"]);
    assert_eq!(settings.station("808").unwrap().name, "门卫");
    assert!(matches!(settings.flow("main").unwrap().steps["operator"], Step::Dial(_)));
}

#[test]
fn the_load_board_has_480_channels_of_which_none_is_kept_free_and_that_is_said() {
    let board = Board::parse("e1x16.toml", E1X16).unwrap();
    let voice: usize = Layout::of(&board).spans.iter().map(|span| span.voice().count()).sum();
    assert_eq!(voice, 480);
    let checked = Settings::parse("e1x16.settings.toml", E1X16_SETTINGS, &board, Some(&prompts())).unwrap();
    assert_eq!(cautions(&checked.warnings), [&Caution::NoChannelKeptFree]);
    assert_eq!((checked.warnings[0].place.line, checked.warnings[0].found.as_str()), (7, "false"));
}

#[test]
fn settings_are_read_back_as_they_were_written_and_written_the_same_again() {
    let settings = Settings::parse("a", DEMO_SETTINGS, &demo(), None).unwrap().settings;
    let written = settings.to_toml();
    let again = Settings::parse("b", &written, &demo(), None).unwrap().settings;
    assert_eq!(again, settings);
    assert_eq!(again.to_toml(), written);
}

#[test]
fn the_least_settings_are_a_format() {
    let text = format!("format = {SETTINGS_FORMAT}\n");
    let checked = Settings::parse("a", &text, &demo(), None).unwrap();
    assert_eq!(checked.settings, Settings::default());
    assert_eq!(cautions(&checked.warnings), [&Caution::EmergencyReachesNobody]);
}

#[test]
fn settings_pass_through_serde_unchanged() {
    // What `SettingsHandle` sends between processes.
    let settings = Settings::parse("a", DEMO_SETTINGS, &demo(), None).unwrap().settings;
    let value = toml::Value::try_from(&settings).unwrap();
    assert_eq!(value.try_into::<Settings>().unwrap(), settings);
}

#[test]
fn the_board_of_the_installers_paper_is_one() {
    let (_, example) = BOARDS_PAPER.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let board = Board::parse("boards.md", example).unwrap();
    let timing: Vec<u8> = (0..4).map(|row| board.timing(&board.cards[0], row)).collect();
    assert_eq!(timing, [1, 2, 0, 4], "the tie line takes the box's clock");
}

#[test]
fn the_retention_rules_of_the_paper_can_be_taken_as_they_stand() {
    let rules: Vec<&str> =
        RETENTION_PAPER.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!rules.is_empty());
    for text in rules {
        let found = Settings::parse("retention.md", &format!("{DEMO_SETTINGS}\n{text}"), &demo(), None);
        let checked = found.unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
        assert!(!checked.settings.retention.is_empty(), "{text}");
    }
}
