//! Sound devices of a running box, through ALSA itself: its `file` and `null` devices take the place of hardware. The box
//! starts without them, says so, and takes them when they come.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use codec::{decode, encode};
use frame::Law;
use settings::Board;

use crate::{
    running::{Home, Running},
    street::Street,
};

/// How long anything may take on a loaded machine. A time-out, not a promise.
const PATIENCE: Duration = Duration::from_secs(30);

const CARDS: &str = r#"
[[cards]]
card = "sound"
kind = "handset"
serial = "DESK"
slot = 4
jacks = ["Front desk"]
sound = { capture = "desk_in", playback = "desk_out" }
"#;

const STATION: &str = "[[stations]]\nport = \"DESK.1\"\nextension = \"850\"\nname = \"Front desk\"\n\n";
const NUMBER: &str = "[[numbers]]\nnumber = \"62001850\"\nto = { station = \"850\" }\n\n";

/// What the operator says all the time: a sample of this height.
const SAID: i16 = 8000;

/// A home whose board has a handset, with an ALSA that knows no device yet.
fn home() -> (Home, Board) {
    let home = Home::new();
    let board = include_str!("../../board/demo.toml").to_owned() + CARDS;
    home.file("board.toml", &board);
    let settings = include_str!("../../board/demo.settings.toml");
    let settings = settings.replacen("[[stations]]", &format!("{STATION}[[stations]]"), 1);
    home.file("settings.toml", &settings.replacen("[[numbers]]", &format!("{NUMBER}[[numbers]]"), 1));
    home.file("asound.conf", "");
    (home, Board::parse("board.toml", &board).unwrap())
}

/// Plugs the handset in: what it says comes from a file, and what it hears goes into one.
fn plug_in(home: &Home) {
    let minute = std::iter::repeat_n(SAID.to_le_bytes(), 60 * 8000).flatten().collect::<Vec<u8>>();
    let said = home.file("said", "");
    fs::write(&said, minute).unwrap();
    let (said, heard) = (said.display(), said.with_file_name("heard"));
    let config = format!(
        "pcm.desk_in {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{said}\" format raw }}\n\
         pcm.desk_out {{ type file slave.pcm {{ type null }} file \"{}\" format raw }}\n",
        heard.display()
    );
    // Another file of that name: ALSA tells changes by the second.
    let new = home.file("new.conf", &config);
    fs::rename(&new, new.with_file_name("asound.conf")).unwrap();
}

fn start(home: &Home, street: &Street) -> Running {
    let config = format!("ALSA_CONFIG_PATH={}", home.data().with_file_name("asound.conf").display());
    Running::start_with(home, Some(street), &["env", &config])
}

/// How many samples of what the handset heard lie near a level.
fn heard_near(home: &Home, level: i16) -> usize {
    let octets = fs::read(home.data().with_file_name("heard")).unwrap_or_default();
    let samples = octets.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
    samples.filter(|sample| sample.abs_diff(level) < 600).count()
}

#[test]
fn a_handset_that_comes_later_rings_is_lifted_on_the_page_talks_and_is_recorded() {
    let (home, board) = home();
    let mut street = Street::of(&board);
    let running = start(&home, &street);
    let cookie = running.claim();
    running.until_page("/now", &cookie, |page| {
        page.contains("The sound device desk_in, desk_out of Front desk is not there")
    });
    home.until_log(&["alarm_raised", "sound_device", "desk_in", "missing"]);
    plug_in(&home);
    home.until_log(&["alarm_cleared", "sound_device", "missing"]);
    running.until_page("/now", &cookie, |page| !page.contains("is not there"));

    street.until_link();
    let caller = street.ring(1, "62001850");
    let page = running.page("/box/DESK.1", &cookie);
    let token =
        page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    running.until_page("/box/DESK.1", &cookie, |page| page.contains("ringing"));
    running.send("/box/DESK.1/hand", &cookie, &[("token", &token), ("act", "lift")]);
    street.until_answered(1);
    // What is said to the handset, and what the handset says. Both cross a clock, which may bend a level a little.
    let octet = encode(Law::A, -12_000);
    street.says(caller, octet);
    let limit = Instant::now() + PATIENCE;
    while heard_near(&home, decode(Law::A, octet)) < 4000 {
        assert!(Instant::now() < limit, "the handset heard {}", heard_near(&home, -12_000));
        thread::sleep(Duration::from_millis(50));
    }
    let heard = street.hears(caller, Duration::from_secs(1));
    let near = heard.iter().filter(|octet| decode(Law::A, **octet).abs_diff(SAID) < 600).count();
    assert!(near * 10 > heard.len() * 9, "{near} of {} samples are the operator's", heard.len());
    running.send("/box/DESK.1/hand", &cookie, &[("token", &token), ("act", "put_down")]);
    street.until_over(1);
    home.until_log(&["recording_finished"]);
    assert!(running.stop());
    let (intact, told) = crate::running::said(&home.ringfence(&["verify", home.data().to_str().unwrap()]));
    assert!(intact, "{told}");
}
