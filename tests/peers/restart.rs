//! The daemon is killed in calls with an exchange that is not ours, while `ringfence sim` holds the lines and the call
//! table: every call goes on, and the exchange never sees one cleared.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::sys::signal::{Signal, kill};
use ringfence::{
    journal::{Cdr, IndexReader, RecordingState},
    recorder::{FileStore, Opener, objects, open_recording},
    wav,
};
use vault::{Mark, PartEnding};

use super::{EXCHANGE, VOICE, contains, program::Program, there};

/// A supervisor takes so long to start it again.
const AWAY: Duration = Duration::from_secs(1);
/// From the start of the program to `ready`.
const READY: Duration = Duration::from_secs(2);
/// Telephones of the board: so many calls are talks; the others wait in a queue until all 30 channels are taken.
const TALKS: usize = 8;
const CALLS: usize = 30;
/// A second of voice has to come through octet for octet, somewhere in what was heard.
const HEARD_OCTETS: usize = 8000;

/// The holder, the exchange and the box, and where things are.
struct Site {
    folder: tempfile::TempDir,
    sim: Program,
    exchange: Program,
    daemon: Option<Program>,
    table: PathBuf,
    /// The owner's code.
    code: String,
    /// How long the last start took.
    ready: Duration,
    /// By the exchange's number of each call: its timeslot.
    calls: BTreeMap<i64, usize>,
}

impl Site {
    /// With or without a holder for the call table.
    fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("settings.toml"), settings()).unwrap();
        let mut sim = ringfence(&["sim", "--board", "board/demo.toml"]);
        let peer = format!("0:{}:{}", at("D").display(), at("A").display());
        let mut sim = Program::start("sim", sim.arg("--lines").arg(at("lines")).args(["--peer", &peer]));
        let table = sim.until("the call table", |line| Some(line.strip_prefix("holding the call table ")?.into()));
        let mut exchange = Command::new(there(EXCHANGE));
        exchange.args(["peer", "--role", "nt", "--switch", "euro", "--reconnect", "--pcap"]).arg(at("d.pcap"));
        exchange.arg("--connect").arg(at("D")).arg("--audio").arg(at("A"));
        let exchange = Program::start("exchange", &mut exchange);
        let code = String::new();
        let (ready, calls) = (Duration::ZERO, BTreeMap::new());
        Site { folder, sim, exchange, daemon: None, table, code, ready, calls }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.at("data")
    }

    /// What a supervisor does.
    fn starts(&mut self, table: bool) {
        let mut run = ringfence(&["run", "--board", "board/demo.toml", "--listen", "127.0.0.1:0", "--plain-http"]);
        run.arg("--data").arg(self.data()).arg("--lines").arg(self.at("lines"));
        if table {
            run.arg("--call-table").arg(&self.table);
        }
        if !self.data().exists() {
            run.arg("--settings").arg(self.at("settings.toml"));
        }
        let began = Instant::now();
        let mut daemon = Program::start("run", &mut run);
        daemon.until("ready", |line| line.starts_with("ready ").then_some(()));
        self.ready = began.elapsed();
        let code = daemon.said.iter().find_map(|line| line.split_once("keep it safe): "));
        self.code = code.map_or(std::mem::take(&mut self.code), |(_, code)| code.to_owned());
        self.daemon = Some(daemon);
    }

    fn is_killed(&mut self) {
        self.daemon.take().unwrap().kill();
    }

    /// The exchange places a call; its number there.
    fn places(&mut self, timeslot: usize, to: &str) -> i64 {
        self.exchange.tell(&format!("setup called={to} caller=138001380{timeslot:02} chan={timeslot} excl=1"));
        let placed = |line: &str| field(line, "\"cmd\":\"setup\"", "id");
        let id = self.exchange.until("a call is placed", placed);
        self.exchange.until("it is answered", |line| (field(line, "\"ANSWER\"", "id")? == id).then_some(()));
        self.calls.insert(id, timeslot);
        id
    }

    /// A call to a telephone, whose handset is lifted when it rings.
    fn talks(&mut self, timeslot: usize, telephone: usize) {
        let (to, lane) = (format!("6200180{telephone}"), lane_of(telephone));
        self.exchange.tell(&format!("setup called={to} caller=138001380{timeslot:02} chan={timeslot} excl=1"));
        let id = self.exchange.until("a call is placed", |line| field(line, "\"cmd\":\"setup\"", "id"));
        self.sim.until("the telephone rings", |line| (line == format!("rings {lane}")).then_some(()));
        self.sim.tell(&format!("lift {lane}"));
        self.exchange.until("it is answered", |line| (field(line, "\"ANSWER\"", "id")? == id).then_some(()));
        self.calls.insert(id, timeslot);
    }

    /// Caller and telephone hear each other's voice, octet for octet.
    fn hear_each_other(&mut self, timeslot: usize, telephone: usize, voice: &Path) {
        let (lane, wav) = (lane_of(telephone), voice.display());
        let (here, there) = (self.at("here.wav"), self.at("there.wav"));
        self.sim.tell(&format!("listen {lane}"));
        self.exchange.tell(&format!("capture ts={timeslot} file={}", there.display()));
        sleep(Duration::from_millis(100));
        self.exchange.tell(&format!("play ts={timeslot} file={wav}"));
        self.sim.tell(&format!("play {lane} {wav}"));
        sleep(Duration::from_secs(4));
        self.sim.tell(&format!("save {lane} {}", here.display()));
        self.sim.until("what the telephone heard is saved", |line| line.starts_with("saved ").then_some(()));
        self.exchange.tell(&format!("capture off ts={timeslot}"));
        self.exchange.until("what the caller heard is saved", |line| line.contains("\"CAPTURED\"").then_some(()));
        self.exchange.tell(&format!("silence ts={timeslot}"));
        let said = octets(voice);
        let said = &said[HEARD_OCTETS..2 * HEARD_OCTETS];
        assert!(contains(&octets(&here), said), "telephone {telephone} hears its caller");
        assert!(contains(&octets(&there), said), "the caller on {timeslot} hears the telephone");
    }

    fn hangs_up_all(&mut self) {
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.exchange.tell(&format!("hangup id={id} cause=16"));
        }
        (1..=TALKS).for_each(|telephone| self.sim.tell(&format!("hang-up {}", lane_of(telephone))));
    }

    /// The rows of all calls, once so many have ended and their recordings have their objects, or are known to be lost.
    fn rows(&self, count: usize) -> Vec<Cdr> {
        let limit = Instant::now() + super::program::PATIENCE;
        loop {
            let read = || IndexReader::open(&self.data().join("index.db")).ok()?.past_calls(None, 1000).ok();
            let rows = read().unwrap_or_default();
            let done = rows.iter().filter(|row| row.recording.state() != RecordingState::UnderWay).count();
            if done >= count {
                return rows;
            }
            assert!(Instant::now() < limit, "{done} of {count} calls are over and kept: {rows:#?}");
            sleep(Duration::from_millis(100));
        }
    }

    /// What the exchange would have said of a call that it saw cleared.
    fn cleared(&mut self) -> Vec<String> {
        self.exchange.news();
        let clearing = |line: &&String| line.contains("\"HANGUP") || line.contains("\"DCHAN_DOWN\"");
        self.exchange.said.iter().filter(clearing).cloned().collect()
    }
}

fn ringfence(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["--lang", "en"]).args(arguments);
    command
}

/// The demo's settings, with a number for each telephone.
fn settings() -> String {
    let demo = fs::read_to_string(there("board/demo.settings.toml")).unwrap();
    let known = |number: &str| demo.contains(&format!("number = \"{number}\""));
    let numbers = (1..=TALKS).map(|telephone| (format!("6200180{telephone}"), format!("80{telephone}")));
    let rows = numbers.filter(|(number, _)| !known(number)).map(|(number, extension)| {
        format!("\n[[numbers]]\nnumber = \"{number}\"\nto = {{ station = \"{extension}\" }}\n")
    });
    rows.fold(demo.clone(), |all, row| all + &row)
}

/// The telephones are the third card of the board: one E1, then four outside lines.
fn lane_of(telephone: usize) -> String {
    format!("2/{}", telephone - 1)
}

/// A number of a line of JSON that has `mark` in it.
fn field(line: &str, mark: &str, name: &str) -> Option<i64> {
    let value: serde_json::Value = line.contains(mark).then(|| serde_json::from_str(line).ok())??;
    value.get(name)?.as_i64()
}

fn octets(file: &Path) -> Vec<u8> {
    wav::read(&fs::read(file).unwrap()).unwrap().octets
}

#[test]
fn thirty_calls_go_on_when_the_daemon_is_killed_and_started_again() {
    let mut site = Site::new();
    site.starts(true);
    site.exchange.until("the data link is up", |line| line.contains("\"DCHAN_UP\"").then_some(()));
    (1..=TALKS).for_each(|telephone| site.talks(telephone, telephone));
    let others = (TALKS + 1..=CALLS + 1).filter(|timeslot| *timeslot != 16);
    others.for_each(|timeslot| _ = site.places(timeslot, "62001235"));
    assert_eq!(site.calls.len(), CALLS);
    let voice = there(VOICE);
    site.hear_each_other(1, 1, &voice);

    site.is_killed();
    sleep(AWAY);
    site.starts(true);
    println!("ready after {:?}", site.ready);
    assert!(site.ready <= READY, "ready after {:?}", site.ready);
    sleep(Duration::from_secs(2));
    site.hear_each_other(1, 1, &voice);
    site.hear_each_other(TALKS, TALKS, &voice);
    assert_eq!(site.cleared(), Vec::<String>::new(), "the exchange saw nothing cleared");

    site.hangs_up_all();
    let rows = site.rows(CALLS);
    assert_eq!(rows.len(), CALLS, "one row a call");
    for row in &rows {
        assert_eq!(row.cause, Some(isdn::Cause::NormalClearing), "{row:#?}");
        assert_eq!(row.recording.state(), RecordingState::Incomplete, "kept, with a gap: {row:#?}");
        assert!(row.gap >= AWAY && row.gap < AWAY + READY + Duration::from_secs(1), "{:?}", row.gap);
    }
    assert!(site.daemon.take().unwrap().stops(), "it stops cleanly");
    check_recordings(&site);
}

/// One recording a call, of two parts with the gap marked, and all of them intact.
fn check_recordings(site: &Site) {
    let vault = site.data().join("vault");
    let store = FileStore::new(&vault);
    let opener = Opener::new(Box::new(FileStore::new(&vault)), site.code.as_bytes()).unwrap();
    let kept = objects(&store).unwrap();
    assert_eq!(kept.len(), CALLS);
    for object in kept {
        let recording = open_recording(&store, &object.name, &opener).unwrap();
        let [first, second] = recording.parts.as_slice() else {
            panic!("{}: {} parts", object.name, recording.parts.len())
        };
        assert_eq!((first.part, second.part), (1, 2));
        assert_eq!(first.ending.map(|(ending, _)| ending), Some(PartEnding::Cut));
        assert!(first.map.iter().any(|entry| matches!(entry.mark, Mark::Cut { .. })), "{}: the gap", object.name);
    }
    let verified = ringfence(&["verify"]).arg(site.data()).output().unwrap();
    let told = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && told.contains("intact (sealed): 30 recordings"), "{told}");
}

#[test]
fn calls_whose_table_nobody_held_are_released_and_closed_with_cause_41() {
    let mut site = Site::new();
    site.starts(false);
    site.exchange.until("the data link is up", |line| line.contains("\"DCHAN_UP\"").then_some(()));
    site.talks(1, 1);
    let waits = site.places(2, "62001235");
    // Longer than what is on its way to log and vault: there is something to close.
    sleep(AWAY);
    site.is_killed();
    site.starts(false);
    // Nothing is known of the channels, so each is restarted, and the exchange gives up what it had there.
    site.exchange.until("the exchange is told", |line| line.contains("RESTART").then_some(()));
    let rows = site.rows(2);
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!((row.cause, row.ended_by), (Some(isdn::Cause::TemporaryFailure), Some(call::Side::Box)), "{row:#?}");
        assert!(row.legs.iter().all(|leg| leg.ended.is_some()), "{row:#?}");
    }
    assert!(site.calls.contains_key(&waits));
    site.calls.clear();
    site.sim.tell("hang-up 2/0");
    site.talks(3, 2);
    site.hear_each_other(3, 2, &there(VOICE));
}

#[test]
fn the_demo_goes_through_though_its_box_is_killed_in_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = ringfence(&["demo", "--once", "--data"]);
    demo.arg(folder.path().join("data")).arg("--exchange").arg(there(EXCHANGE)).arg("--voice").arg(there(VOICE));
    let mut demo = Program::start("demo", &mut demo);
    demo.until("both talk", |line| line.starts_with("Both talk").then_some(()));
    sleep(AWAY);
    kill(demo.child("run"), Signal::SIGKILL).unwrap();
    demo.until("the box is started again", |line| line.contains("started again").then_some(()));
    demo.until("the call goes on", |line| line.contains("Goes on after a restart").then_some(()));
    demo.until("the recording is intact", |line| line.contains("intact (sealed)").then_some(()));
    demo.until("the call went through", |line| line.starts_with("The call went all the way").then_some(()));
    assert!(demo.ends(), "and it ends well");
}
