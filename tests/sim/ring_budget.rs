//! A card with 32 telephones that are all called in the same second, through the whole box.

use std::{collections::BTreeMap, time::Duration};

use frame::{LaneId, SpanId, Time};
use settings::{Board, Settings};
use sim::{ExchangeAct, Operator, OutsideCall, Told};

use crate::{
    house::House,
    numbers::{national, setup},
};

const TELEPHONES: usize = 32;

/// What China's cadence needs at least for 32 telephones: a fifth of them, rounded up.
const AT_ONCE: usize = 7;

/// China's cadence.
const PERIOD: Duration = Duration::from_secs(5);

fn board() -> Board {
    let jacks: Vec<String> = (1..=TELEPHONES).map(|jack| format!("\"{jack:02}\"")).collect();
    let text = format!(
        "format = 1\nname = \"Ward\"\nclock_order = [\"SIM-E1\", \"SIM-FXS\"]\n\
         [[cards]]\ncard = \"sim\"\nkind = \"e1\"\nserial = \"SIM-E1\"\nslot = 1\n\
         spans = [{{ label = \"E1-1\" }}, {{ label = \"E1-2\" }}]\n\
         [[cards]]\ncard = \"sim\"\nkind = \"fxs\"\nserial = \"SIM-FXS\"\nslot = 2\nsynchronous_with = \"SIM-E1\"\n\
         ring_budget = {AT_ONCE}\njacks = [{}]\n",
        jacks.join(", "),
    );
    Board::parse("ward.toml", &text).expect("a board")
}

/// Telephone N, from 0, is 2000 + N in the house and 62002000 + N outside.
fn settings(board: &Board) -> Settings {
    let stations = (0..TELEPHONES).map(|n| {
        format!("[[stations]]\nport = \"SIM-FXS.{}\"\nextension = \"{}\"\nname = \"bed {n}\"\n", n + 1, 2000 + n)
    });
    let numbers = (0..TELEPHONES)
        .map(|n| format!("[[numbers]]\nnumber = \"{}\"\nto = {{ station = \"{}\" }}\n", 62_002_000 + n, 2000 + n));
    let text = format!(
        "format = 1\ncompany = \"Ward\"\ncountry = \"cn\"\nlanguage = \"zh-CN\"\n\
         [emergency]\nmore_numbers = []\nkeep_one_channel_free = true\n\
         [[trunks]]\nname = \"city\"\nports = [\"SIM-E1.1\", \"SIM-E1.2\"]\noutside_prefix = \"0\"\nrole = \"user\"\n\
         dialect = \"china\"\nshown_number = \"62001234\"\notherwise = {{ station = \"2000\" }}\n{}{}",
        numbers.collect::<String>(),
        stations.collect::<String>(),
    );
    Settings::parse("ward.settings.toml", &text, board, None).unwrap_or_else(|why| panic!("{why:?}")).settings
}

/// When each telephone began to ring, and how many rang at once at most.
fn rings(house: &House, from: Time, to: Time) -> (BTreeMap<LaneId, Time>, usize) {
    let (mut first, mut now, mut most) = (BTreeMap::new(), 0, 0);
    for event in house.told.iter().filter(|event| from <= event.at && event.at < to) {
        match event.told {
            Told::RingerSounds(lane) => {
                first.entry(lane).or_insert(event.at);
                now += 1;
                most = most.max(now);
            }
            Told::RingerSilent(_) => now -= 1,
            Told::RingOverBudget(lane) => panic!("{lane:?} has no current at {:?}", event.at),
            _ => {}
        }
    }
    (first, most)
}

#[test]
fn all_of_32_telephones_called_at_once_ring_within_one_cadence_and_never_above_what_the_card_can() {
    let board = board();
    let mut house = House::with(&board, settings(&board), 760);
    for n in 0..TELEPHONES {
        let number = (62_002_000 + n).to_string();
        let act = ExchangeAct::PlaceTold {
            call: OutsideCall(n as u32),
            setup: Box::new(setup(&number, national("13800138000"))),
        };
        house.operate(Operator::Exchange(SpanId((n % 2) as u16), act));
    }
    let from = house.now;
    house.run(3 * PERIOD);
    let (first, most) = rings(&house, from, house.now);
    assert_eq!(first.len(), TELEPHONES, "all ring");
    let last = first.values().max().expect("some ring").since(from);
    println!("the last began after {last:?}; {most} at once");
    assert!(last <= PERIOD, "the last one began to ring after {last:?}");
    assert!(most <= AT_ONCE, "{most} ring at once");
}
