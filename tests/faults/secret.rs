//! What a caller keyed in secret is nowhere: in no file of the box, and not in its memory.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
};

use frame::LaneId;
use settings::{CardKind, Layout};
use sim::{Act, HandsetAct, Operator, Told};

use crate::{
    running::{Home, Running, board, said, settings},
    street::Street,
};

const CARD: &str = "6225880100001234";
const CALLER: &str = "13800138000";

/// The number as programs may keep it: as text of one, two and four octets a digit, as digits, packed either way round, and
/// as a whole number.
fn spellings() -> Vec<(&'static str, Vec<u8>)> {
    let half = &CARD[..8];
    let digits: Vec<u8> = CARD.bytes().map(|digit| digit - b'0').collect();
    let packed = |high: usize, low: usize| digits.chunks(2).map(|pair| pair[high] << 4 | pair[low]).collect();
    vec![
        ("its first half as text", half.into()),
        ("its second half as text", CARD[8..].into()),
        ("text of two octets a digit", half.bytes().flat_map(|digit| [digit, 0]).collect()),
        ("text of four octets a digit", half.bytes().flat_map(|digit| [digit, 0, 0, 0]).collect()),
        ("digits", digits[..8].to_vec()),
        ("packed digits", packed(0, 1)),
        ("packed digits the other way round", packed(1, 0)),
        ("a whole number", CARD.parse::<u64>().unwrap().to_le_bytes().into()),
    ]
}

/// Which of these stand in some octets.
fn found<'a>(octets: &[u8], sought: &'a [(&'static str, Vec<u8>)]) -> Vec<&'a str> {
    let mut begins = [false; 256];
    sought.iter().for_each(|(_, spelling)| begins[usize::from(spelling[0])] = true);
    let mut found = Vec::new();
    for at in 0..octets.len() {
        if begins[usize::from(octets[at])] {
            found.extend(
                sought.iter().filter(|(_, spelling)| octets[at..].starts_with(spelling)).map(|(name, _)| *name),
            );
        }
    }
    found
}

/// What a process can write to, piece by piece.
fn memory(pid: u32, mut look: impl FnMut(&[u8])) {
    let memory = File::open(format!("/proc/{pid}/mem")).expect("the test may read what its child has in memory");
    let mut read = 0;
    for line in fs::read_to_string(format!("/proc/{pid}/maps")).unwrap().lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut octets = vec![0; usize::try_from(to - from).unwrap()];
        // A page that the process gave back meanwhile is no memory any more.
        if memory.read_exact_at(&mut octets, from).is_ok() {
            read += octets.len();
            look(&octets);
        }
    }
    assert!(read > 1 << 18, "a process has more in memory than {read} octets");
}

/// What of these is in a process's memory.
pub fn in_memory(pid: u32, sought: &[(&'static str, Vec<u8>)]) -> Vec<String> {
    let mut of = Vec::new();
    memory(pid, |octets| of.extend(found(octets, sought).into_iter().map(str::to_owned)));
    of
}

fn files(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, look),
            false => look(&path, &fs::read(&path).unwrap_or_default()),
        }
    }
}

/// The third telephone of the demo.
fn agent() -> LaneId {
    let layout = Layout::of(&board());
    let mut jacks = layout.jacks.iter().filter(|jack| jack.kind == CardKind::Fxs);
    jacks.nth(2).unwrap().lane
}

#[test]
fn a_number_keyed_in_secret_is_in_no_file_of_the_box_and_not_in_its_memory() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    home.file("settings.toml", &format!("{}\n[codes]\nsecret_input = \"*77\"\n", settings()));
    let running = Running::start(&home, &street);
    street.until_link();
    let (agent, caller) = (agent(), street.ring(1, "62001803"));
    street.until("it rings", 0, |told| (*told == Told::RingerSounds(agent)).then_some(()));
    street.operate(Operator::Handset(agent, HandsetAct::Lift));
    home.until_log(&["\"kind\":\"bridged\""]);
    street.operate(Operator::Party(agent, Act::Press("*77".into())));
    home.until_log(&["\"kind\":\"masking_began\""]);
    street.operate(Operator::Party(caller, Act::Press(format!("{CARD}#"))));
    home.until_log(&["\"kind\":\"masking_ended\"", "\"digits\":16"]);

    let sought = spellings();
    assert_eq!(in_memory(running.pid(), &sought), [""; 0], "while the call goes on");
    let known = [("who calls", CALLER.as_bytes().to_vec())];
    assert!(!in_memory(running.pid(), &known).is_empty(), "what the box does know is found there");
    street.hang_up(1);
    street.operate(Operator::Handset(agent, HandsetAct::HangUp));
    home.until_log(&["\"kind\":\"ended\""]);
    home.until_log(&["\"kind\":\"recording_finished\""]);
    assert_eq!(in_memory(running.pid(), &sought), [""; 0], "after the call");

    let file = home.data().with_file_name("trace.pcap");
    let (data, out) = (home.data(), file.to_str().unwrap());
    let trace = ["trace", "0", "--out", out, "--reason", "test", "--data", data.to_str().unwrap()];
    let (went_well, told) = said(&home.ringfence(&trace));
    assert!(went_well, "{told}");
    assert!(running.stop());
    let mut knows = 0;
    files(home.data().parent().unwrap(), &mut |path, octets| {
        assert_eq!(found(octets, &sought), [""; 0], "{}", path.display());
        knows += found(octets, &known).len();
    });
    assert!(knows > 0, "who calls is found in the log");
}
