//! The 32 ports, and settings with everything on that telephones and outside lines can have.

use access::{PasswordHash, chosen_pin};
use settings::{Board, Settings, StationClass};

/// Telephones of the new card, and of the old one; outside lines.
pub const NEW: u8 = 16;
pub const OLD: u8 = 8;
pub const OUTSIDE: u8 = 8;

/// How many telephones each card rings in the same moment.
pub const RINGERS: [(&str, u8); 2] = [("NEW", 7), ("OLD", 1)];

/// What the telephone of an extension has besides, and what it is.
const ROWS: [&str; 24] = [
    "flash = \"conference\"",
    "flash = \"conference\"\nmail = true\ncall_waiting = true",
    "flash = \"conference\"",
    "flash = \"conference\"\nmail = true\ncall_waiting = true\nmessage_lamp = \"modem\"",
    "flash = \"conference\"\ncall_waiting = true",
    "flash = \"conference\"\nflash_ms = 300",
    "class = \"fax\"",
    "class = \"door\"\ncalls = \"801\"",
    "class = \"door\"",
    "calls = \"805\"\nflash = \"conference\"",
    "class = \"headset\"",
    "class = \"headset\"",
    "calls = \"701\"\ncalls_after_s = 3",
    "lock = \"inside\"\nflash = \"conference\"",
    "lock = \"emergency\"\nflash = \"conference\"",
    "battery_drop = true",
    "pulse_dialling = true\nflash = \"conference\"\ncaller_id = \"digits\"",
    "pulse_dialling = true\ncaller_id = \"digits\"\nmessage_lamp = \"off\"",
    "pulse_dialling = true\ncaller_id = \"off\"",
    "pulse_dialling = true\nflash = \"conference\"",
    "class = \"door\"\ncalls = \"702\"",
    "class = \"fax\"\ncaller_id = \"digits\"\nbattery_drop = true",
    "caller_id = \"digits\"\nflash = \"conference\"",
    "class = \"headset\"\nanswer = \"key\"",
];

pub fn board() -> Board {
    let jacks = |of: &str, many: u8| (1..=many).map(|jack| format!("\"{of}{jack}\"")).collect::<Vec<_>>().join(", ");
    let telephones = RINGERS.iter().zip([NEW, OLD]).enumerate().map(|(slot, ((serial, ringers), many))| {
        format!(
            "[[cards]]\ncard = \"sim\"\nkind = \"fxs\"\nserial = \"{serial}\"\nslot = {}\nsynchronous_with = \"FXO\"\n\
             ring_budget = {ringers}\njacks = [{}]\n",
            slot + 2,
            jacks(serial, many)
        )
    });
    let text = format!(
        "format = 1\nname = \"line histories\"\nclock_order = [\"FXO\", \"NEW\", \"OLD\"]\n\
         [[cards]]\ncard = \"sim\"\nkind = \"fxo\"\nserial = \"FXO\"\nslot = 1\njacks = [{}]\n{}",
        jacks("L", OUTSIDE),
        telephones.collect::<String>()
    );
    Board::parse("board.toml", &text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub fn settings(board: &Board) -> Settings {
    let station = |(at, row): (usize, &&str)| {
        let extension = 801 + at;
        let jack = at + 1;
        let port =
            if jack <= usize::from(NEW) { format!("NEW.{jack}") } else { format!("OLD.{}", jack - usize::from(NEW)) };
        format!("[[stations]]\nport = \"{port}\"\nextension = \"{extension}\"\nname = \"T{extension}\"\n{row}\n")
    };
    let stations: String = ROWS.iter().enumerate().map(station).collect();
    let text = format!("{HOUSE}{stations}");
    let mut settings =
        Settings::parse("settings.toml", &text, board, None).unwrap_or_else(|problems| panic!("{problems:?}")).settings;
    let pin = PasswordHash::of(&chosen_pin("271828").expect("it can be one"), [5; 16]).expect("it hashes");
    settings.people.iter_mut().for_each(|row| row.pin = Some(pin.as_str().to_owned()));
    let classes = |class: StationClass| settings.stations.iter().filter(|row| row.class == class).count();
    assert!(
        [StationClass::Telephone, StationClass::Headset, StationClass::Door, StationClass::Fax]
            .map(classes)
            .iter()
            .all(|of| *of > 1)
    );
    settings
}

/// All but the telephones.
const HOUSE: &str = r##"
format = 1
pauses = ["lunch", "training"]
[codes]
call_back = "*37"
no_call_back = "#37"
pickup = "*8"
pickup_of = "*8"
redial = "*66"
sign_in = "*11"
sign_out = "#11"
pause_work = "*12"
end_wrap_up = "*13"
unlock = "*77"
supervise = "*75"
secret_input = "*78"
pause = "*79"
withhold_number = "*31"
[mail]
hear = "*98"
messages = 3
[transfer]
before_answer = true
[park]
places = ["781", "782"]
returns_s = 30
[forward]
no_answer_s = 8
[services]
forward_always = "57"
forward_busy = "40"
forward_no_answer = "41"
do_not_disturb = "56"
[[trunks]]
name = "lines"
ports = ["FXO.1", "FXO.2", "FXO.3", "FXO.4"]
outside_prefix = "9"
otherwise = { flow = "main" }
[[trunks]]
name = "old lines"
ports = ["FXO.5", "FXO.6"]
outside_prefix = "5"
otherwise = { station = "802" }
lines = { dialling = "pulse", wait_for_dial_tone = false, caller_id_before_ring = true }
[[trunks]]
name = "private exchange"
ports = ["FXO.7", "FXO.8"]
outside_prefix = "6"
otherwise = { queue = "desk" }
lines = { dial_first = "9,,", polarity_supervision = true }
[[queues]]
name = "desk"
extension = "701"
members = ["801", "803", "811", "824"]
music = "music"
whisper = "queue_wait"
ring_s = 15
wrap_up_s = 5
max_wait_s = 60
capacity_callers = 5
no_answers_before_pause = 3
supervision = "announced"
[[queues]]
name = "old"
extension = "702"
members = ["817", "818", "819", "820", "823"]
music = "music"
ring_s = 15
wrap_up_s = 5
max_wait_s = 60
capacity_callers = 5
no_answers_before_pause = 0
[[people]]
id = 1
name = "A"
roles = ["owner", "supervisor", "agent"]
extension = "802"
[[people]]
id = 2
name = "B"
roles = ["agent"]
extension = "804"
[[pickup_groups]]
name = "ward"
stations = ["801", "802", "803", "804", "805", "817"]
[[flows]]
name = "main"
start = "menu"
[flows.steps.menu.menu]
prompts = ["main_menu"]
wait_s = 5
tries = 3
options = { 1 = "desk", 2 = "old", 0 = "operator" }
invalid = { prompt = "invalid", then = "operator" }
timed_out = { prompt = "timeout", then = "operator" }
[flows.steps.desk.queue]
name = "desk"
otherwise = "goodbye"
full = "goodbye"
[flows.steps.old.queue]
name = "old"
otherwise = "goodbye"
full = "goodbye"
[flows.steps.operator.dial]
extension = "805"
[flows.steps.goodbye.play]
prompts = ["goodbye"]
then = "end"
[flows.steps.end.hang_up]
"##;
