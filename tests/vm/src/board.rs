//! `ringfence board` on the machine's spans: the box sets its own, and nothing else does.

use std::{
    fs,
    os::fd::AsFd,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use dahdi_sys::{dahdi_chanconfig, dahdi_params};

use crate::{
    kernel::{Channel, control, device},
    runner::Case,
    site::Site,
    spans::{FAR_LINES, OUTSIDE_LINES, Pairs, TELEPHONES, TRUNK},
};

pub const CASES: &[Case] = &[
    Case::new("board_apply_sets_every_span_once_and_then_finds_nothing_to_set", set_once),
    Case::new("board_compare_names_each_channel_that_somebody_else_has_set", named),
    Case::new("board_apply_touches_no_channel_that_is_right", right_is_left_alone),
    Case::new("board_apply_names_the_calls_that_would_end_and_ends_none_unasked", calls_are_named),
    Case::new("board_probe_writes_a_file_that_fits_the_cards", probed),
];

/// The near spans as cards.
const BOARD: &str = r#"
format = 1
name = "vm"
clock_order = ["E1", "FXS", "FXO"]
[[cards]]
card = "dahdi"
kind = "e1"
serial = "E1"
slot = 1
spans = [{ label = "trunk", timing = 0 }]
dahdi = { device = "DYN/loc/1:0" }
[[cards]]
card = "dahdi"
kind = "fxs"
serial = "FXS"
slot = 2
synchronous_with = "E1"
ring_budget = 8
echo = "kernel"
jacks = ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"]
dahdi = { device = "DYN/loc/2:0" }
[[cards]]
card = "dahdi"
kind = "fxo"
serial = "FXO"
slot = 3
synchronous_with = "E1"
jacks = ["l1", "l2", "l3", "l4"]
dahdi = { device = "DYN/loc/3:0" }
"#;

/// `ringfence board …`: whether it went well, and all that it said.
fn board(arguments: &[&str]) -> (bool, String) {
    fs::write("board.toml", BOARD).unwrap();
    let output = Command::new("/bin/ringfence").args(["--lang", "en", "board"]).args(arguments).output().unwrap();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

fn compare() -> (bool, String) {
    board(&["compare", "--board", "board.toml"])
}

/// Sets the cards; what it said.
fn apply() -> String {
    let (well, said) = board(&["apply", "--board", "board.toml", "--modprobe", "modprobe.conf", "--data", "none"]);
    assert!(well, "{said}");
    said
}

fn set_once() {
    let _pairs = Pairs::made();
    let (well, said) = compare();
    assert!(!well, "nothing is set yet: {said}");
    for differs in [
        "E1.1, timeslots 1-15, 17-31: the signalling should be bchan and is none.",
        "E1.1, timeslots 16: the signalling should be dchan and is none.",
        "FXS.8: the signalling should be fxoks and is none.",
        "FXO.4: the signalling should be fxsks and is none.",
        "FXS.1: the echo canceller should be mg2 and is none.",
        "FXO.1: it should be A-law and is µ-law.",
    ] {
        assert!(said.contains(differs), "{differs}\n{said}");
    }
    let said = apply();
    assert!(said.contains("The cards are set as the board file says"), "{said}");
    let options = fs::read_to_string("modprobe.conf").unwrap();
    assert!(options.contains("options dahdi auto_assign_spans=0\n"), "{options}");
    assert!(compare().0);
    let said = apply();
    assert!(said.contains("modprobe.conf is as it was"), "{said}");
    // The trunk's line is set again, for its rank as a source of the clock can't be read.
    assert!(said.contains("1 things were set"), "{said}");
}

fn named() {
    let _pairs = Pairs::made();
    apply();
    sets(TRUNK.channel(7), dahdi_sys::DAHDI_SIG_HDLCFCS);
    sets(TELEPHONES.channel(3), dahdi_sys::DAHDI_SIG_FXOLS);
    sets(OUTSIDE_LINES.channel(4), dahdi_sys::DAHDI_SIG_FXOKS);
    let (well, said) = compare();
    let differs: Vec<&str> = said.lines().filter(|line| line.contains("should be")).collect();
    assert!(!well && differs.len() == 3, "{said}");
    assert!(differs[0].starts_with("E1.1, timeslots 7: the signalling should be bchan and is dchan."), "{said}");
    assert!(differs[1].starts_with("FXS.3: the signalling should be fxoks and is fxols."), "{said}");
    assert!(differs[2].starts_with("FXO.4: the signalling should be fxsks and is fxoks."), "{said}");
    let said = apply();
    assert!(said.contains("4 things were set"), "three channels and the line: {said}");
}

/// Somebody else sets a channel.
fn sets(channel: i32, signalling: u32) {
    let deflaw = dahdi_sys::DAHDI_LAW_ALAW as i32;
    let mut asked =
        dahdi_chanconfig { chan: channel, sigtype: signalling as i32, deflaw, master: channel, ..Default::default() };
    let ctl = device("ctl").expect("DAHDI is loaded");
    control(ctl.as_fd(), dahdi_sys::DAHDI_CHANCONFIG, &mut asked).expect("it is set");
}

/// A line that is seized stays so when its neighbour is set: `CHANCONFIG` would hang it up.
fn right_is_left_alone() {
    let _pairs = Pairs::made();
    apply();
    let line = Channel::open(OUTSIDE_LINES.channel(1));
    // What takes time has begun, says a file that does not block.
    let _ = line.try_set(dahdi_sys::DAHDI_HOOK, &mut (dahdi_sys::DAHDI_OFFHOOK as i32));
    waits_until_seized(1, true);
    sets(OUTSIDE_LINES.channel(2), dahdi_sys::DAHDI_SIG_FXSLS);
    assert!(apply().contains("2 things were set"), "the channel, and the trunk's line");
    assert!(is_seized(1), "the line next to it was set, and this one went");
    sets(OUTSIDE_LINES.channel(1), dahdi_sys::DAHDI_SIG_FXSLS);
    waits_until_seized(1, false);
}

/// Whether the exchange sees a line's loop closed.
fn is_seized(position: i32) -> bool {
    let mut asked = dahdi_params { channo: FAR_LINES.channel(position), ..Default::default() };
    let ctl = device("ctl").expect("DAHDI is loaded");
    control(ctl.as_fd(), dahdi_sys::DAHDI_GET_PARAMS, &mut asked).expect("it is told");
    asked.rxisoffhook != 0
}

fn waits_until_seized(position: i32, seized: bool) {
    let limit = Instant::now() + Duration::from_secs(5);
    while is_seized(position) != seized {
        assert!(Instant::now() < limit, "the exchange does not see it");
        sleep(Duration::from_millis(10));
    }
}

/// A trunk in a call, and a timeslot of it without one that somebody else has set.
fn calls_are_named() {
    let mut site = Site::linked();
    let id = site.places(1, "62001235");
    sets(TRUNK.channel(9), dahdi_sys::DAHDI_SIG_HDLCFCS);
    let data = site.data();
    let data = data.to_str().unwrap();
    let machine = ["apply", "--board", "/data/site/board.toml", "--modprobe", "modprobe.conf", "--data", data];
    let (well, said) = board(&machine);
    assert!(!well, "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("would end: call ")).count(), 1, "{said}");
    assert!(said.contains("1 calls would end, named above. To accept that, add --end-calls."), "{said}");
    let compare = ["compare", "--board", "/data/site/board.toml"];
    assert!(!board(&compare).0, "nothing was set");
    assert_eq!(site.cleared(), Vec::<String>::new(), "and nothing ended");

    let (well, said) = board(&[&machine[..], &["--end-calls"]].concat());
    assert!(well && said.contains("restart it"), "{said}");
    assert!(board(&compare).0);
    a_module_with_another_option_is_named_with_its_calls(data);
    assert_eq!(site.cleared(), Vec::<String>::new(), "nothing of that ended a call");
    site.hangs_up(id);
    site.comes_to_rest();
    let (well, said) = board(&machine);
    assert!(well && said.contains("0 things were set"), "a box that runs keeps its lines: {said}");
    site.stops();
}

/// Where an option of a kernel module is shown while it is loaded.
const OPTION: &str = "/sys/module/dahdi_dynamic/parameters/debug";

/// The module of the spans is wanted with another option than it runs with: what has to be done is said, and whose calls end
/// by it. Once it runs so, as it does when somebody has loaded it anew, there is nothing left to say.
fn a_module_with_another_option_is_named_with_its_calls(data: &str) {
    let text = fs::read_to_string("/data/site/board.toml").unwrap();
    let device = "device = \"DYN/loc/1:0\"";
    let wanted = text.replace(device, &format!("{device}, module = \"dahdi_dynamic\", options = {{ debug = \"1\" }}"));
    fs::write("options.toml", wanted).unwrap();
    let machine = ["apply", "--board", "options.toml", "--modprobe", "options.conf", "--data", data];
    let (well, said) = board(&machine);
    assert!(!well, "{said}");
    for told in [
        "LOC-E1: debug of kernel module dahdi_dynamic should be 1 and is 0.",
        "The kernel module of LOC-E1 has to be loaded anew: stop the box",
        "would end: call ",
    ] {
        assert_eq!(said.lines().filter(|line| line.contains(told)).count(), 1, "{told}: {said}");
    }
    assert!(fs::read_to_string("options.conf").unwrap().contains("options dahdi_dynamic debug=1\n"));
    fs::write(OPTION, "1").unwrap();
    let (well, said) = board(&machine);
    fs::write(OPTION, "0").unwrap();
    assert!(well && !said.contains("would end"), "{said}");
}

fn probed() {
    let _pairs = Pairs::up();
    let _ = fs::remove_file("found.toml");
    let (well, said) = board(&["probe", "--out", "found.toml"]);
    assert!(well && said.contains("DYN/loc/1:0"), "{said}");
    assert!(said.contains("span 1: telephones on channels 1-8; outside lines on channels -"), "{said}");
    // The far spans are taken for cards, too.
    let found = ["--board", "found.toml", "--modprobe", "modprobe.conf", "--data", "none"];
    let (well, said) = board(&[&["apply"], &found[..]].concat());
    assert!(well, "{said}\n{}", fs::read_to_string("found.toml").unwrap());
    let (well, said) = board(&["probe", "--out", "found.toml"]);
    assert!(!well && said.contains("exists and is not overwritten"), "{said}");
}
