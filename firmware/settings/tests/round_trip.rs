//! Any settings are read back as they were written, and any text is either settings or a list of problems.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use proptest::prelude::*;
use settings::{
    Answer, Board, Flash, HandOver, Language, NameCharset, NumberKind, NumberRule, OfTwo, Record, Ring, Rings,
    Settings, StationClass, Step,
};

const DEMO: &str = include_str!("../../../board/demo.toml");
const DEMO_SETTINGS: &str = include_str!("../../../board/demo.settings.toml");

fn demo() -> Board {
    Board::parse("demo.toml", DEMO).unwrap()
}

fn name() -> impl Strategy<Value = String> {
    "\\PC{1,40}".prop_filter("names have no blank at either end", |name: &String| name.trim() == name)
}

prop_compose! {
    /// The demo's settings with every kind of value changed.
    fn any_settings()(
        company in name(),
        english in any::<bool>(),
        more_numbers in prop::collection::vec("[2-7]{3,8}", 0..3),
        keep_one_channel_free in any::<bool>(),
        names in prop::collection::vec(name(), 8),
        fax in any::<bool>(),
        (ring_s, wrap_up_s, max_wait_s) in (5u16..=120, 0u16..=3600, 1u16..=7200),
        barge_in in any::<bool>(),
        recorded in any::<bool>(),
        (begins, digits, strip, add) in ("[0-9]{0,4}", prop::option::of(4u8..20), 0u8..4, "[1-9]{1,4}"),
    ) -> Settings {
        let mut settings = Settings::parse("demo", DEMO_SETTINGS, &demo(), None).unwrap().settings;
        settings.company = company;
        settings.language = if english { Language::English } else { Language::Chinese };
        settings.emergency.more_numbers = more_numbers;
        settings.emergency.keep_one_channel_free = keep_one_channel_free;
        for (station, name) in settings.stations.iter_mut().zip(names) {
            station.name = name;
            station.class = if fax { StationClass::Fax } else { StationClass::Headset };
            station.answer = if fax { Answer::Itself } else { Answer::Key };
            station.battery_drop = fax;
        }
        for queue in &mut settings.queues {
            (queue.ring_s, queue.wrap_up_s, queue.max_wait_s) = (ring_s, wrap_up_s, max_wait_s);
            queue.extension = None;
            queue.whisper = barge_in.then(|| "whisper".to_owned());
        }
        let flow = &mut settings.flows[0];
        flow.record = if recorded { Record::All } else { Record::None };
        if let Some(Step::Menu(menu)) = flow.steps.get_mut("menu") {
            menu.barge_in = barge_in;
            menu.invalid.prompt = None;
        }
        let rule = NumberRule { kind: Some(NumberKind::National), plan: None, begins, digits, strip, add };
        let group = &mut settings.trunks[0];
        (group.numbers.parties, group.numbers.shown) = (Some(vec![rule.clone()]), Some(vec![]));
        group.numbers.dialled = Some(vec![NumberRule { kind: None, ..rule }]);
        (group.numbers.of_two, group.numbers.names) = (OfTwo::Caller, Some(NameCharset::Gbk));
        (group.hand_over, settings.stations[0].withhold_number) = (HandOver::Unrecorded, recorded);
        settings.stations[0].flash_ms = recorded.then_some(800);
        if recorded {
            let door = &mut settings.stations[1];
            (door.class, door.answer) = (StationClass::Door, Answer::Itself);
            (door.calls, door.calls_after_s) = (Some("801".into()), 1);
        }
        settings.stations[0].flash = if recorded { Flash::Conference } else { Flash::Exchange };
        settings.stations[0].caller_id_in_talk = recorded;
        (group.lines.flash_ms, group.lines.silence_limit_s) = (recorded.then_some(600), recorded.then_some(120));
        settings.rings = Rings { inside: Ring::Second, queue: Ring::Third, ..Rings::default() };
        settings.codes.line_flash = recorded.then(|| "*0".into());
        settings
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_settings_are_read_back_as_they_were_written(settings in any_settings()) {
        let checked = Settings::parse("again", &settings.to_toml(), &demo(), None);
        prop_assert_eq!(checked.map(|checked| checked.settings), Ok(settings));
    }

    #[test]
    fn any_text_is_settings_or_a_list_of_problems(at in 0..DEMO_SETTINGS.len(), cut in 0usize..40, put in ".{0,12}") {
        let bounds = |offset: usize| DEMO_SETTINGS.floor_char_boundary(offset.min(DEMO_SETTINGS.len()));
        let text = format!("{}{put}{}", &DEMO_SETTINGS[..bounds(at)], &DEMO_SETTINGS[bounds(at + cut)..]);
        let lines = u32::try_from(text.lines().count()).unwrap();
        if let Err(problems) = Settings::parse("any", &text, &demo(), None) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!((1..=lines + 1).contains(&problem.place.line), "{problem}");
            }
        }
    }
}
