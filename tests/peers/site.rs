//! A box between its telephones and an exchange that is not ours, in real time: `ringfence sim` holds the lines and the call
//! table, `ringfence run` is the box, and libpri is on the other end of its trunk. Each is a process of its own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use call::{CallBackRefusal, CallEvent};
use ringfence::{
    journal::{Alarm, BoxEvent, Cdr, Event, IndexReader, RecordingState},
    wav,
};

use super::{
    EXCHANGE, contains, demo_settings,
    program::{PATIENCE, Program},
    there,
};

/// Telephones of the board that have a number of their own.
pub const TALKS: usize = 8;
/// A second of voice has to come through octet for octet, somewhere in what was heard.
const HEARD_OCTETS: usize = 8000;

/// The holder, the exchange and the box, and where things are.
pub struct Site {
    folder: tempfile::TempDir,
    pub sim: Program,
    pub exchange: Program,
    pub daemon: Option<Program>,
    table: PathBuf,
    /// The owner's code.
    pub code: String,
    /// How long the last start took.
    pub ready: Duration,
    /// By the exchange's number of each call: its timeslot.
    pub calls: BTreeMap<i64, usize>,
}

/// A call from a telephone, as the exchange is asked for it: its number of it, the timeslot, and who is called.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: i64,
    pub timeslot: usize,
    pub called: String,
}

impl Site {
    /// The box is to play `role` on its trunk, and the exchange the other one. The box is not started yet.
    pub fn new(role: &str) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("settings.toml"), settings(role)).unwrap();
        let mut sim = ringfence(&["sim", "--board", "board/demo.toml"]);
        let peer = format!("0:{}:{}", at("D").display(), at("A").display());
        let mut sim = Program::start("sim", sim.arg("--lines").arg(at("lines")).args(["--peer", &peer]));
        let table = sim.until("the call table", |line| Some(line.strip_prefix("holding the call table ")?.into()));
        let exchange = exchange(folder.path(), other(role));
        let code = String::new();
        let (ready, calls) = (Duration::ZERO, BTreeMap::new());
        Site { folder, sim, exchange, daemon: None, table, code, ready, calls }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the exchange saw of the D-channel since its program was started.
    pub fn trace(&self) -> PathBuf {
        self.at("d.pcap")
    }

    pub fn data(&self) -> PathBuf {
        self.at("data")
    }

    /// A box in `role` whose data link with the exchange is up.
    pub fn linked(role: &str) -> Site {
        let mut site = Site::new(role);
        site.starts(true);
        site.link_comes_up();
        site
    }

    pub fn link_comes_up(&mut self) {
        self.exchange.until("the data link is up", |line| line.contains("\"DCHAN_UP\"").then_some(()));
    }

    /// The exchange's program is started again after it was killed, on the side that it is told. It knows of no call.
    pub fn exchange_starts(&mut self, side: &str) {
        self.exchange = exchange(self.folder.path(), side);
    }

    /// What a supervisor does.
    pub fn starts(&mut self, table: bool) {
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

    pub fn is_killed(&mut self) {
        self.daemon.take().unwrap().kill();
    }

    /// The exchange places a call; its number there.
    pub fn places(&mut self, timeslot: usize, to: &str) -> i64 {
        self.exchange.tell(&format!("setup called={to} caller=138001380{timeslot:02} chan={timeslot} excl=1"));
        let placed = |line: &str| field(line, "\"cmd\":\"setup\"", "id");
        let id = self.exchange.until("a call is placed", placed);
        self.exchange.until("it is answered", |line| (field(line, "\"ANSWER\"", "id")? == id).then_some(()));
        self.calls.insert(id, timeslot);
        id
    }

    /// A call to a telephone, whose handset is lifted when it rings.
    pub fn talks(&mut self, timeslot: usize, telephone: usize) {
        let (to, lane) = (format!("6200180{telephone}"), lane_of(telephone));
        self.exchange.tell(&format!("setup called={to} caller=138001380{timeslot:02} chan={timeslot} excl=1"));
        let id = self.exchange.until("a call is placed", |line| field(line, "\"cmd\":\"setup\"", "id"));
        self.sim.until("the telephone rings", |line| (line == format!("rings {lane}")).then_some(()));
        self.sim.tell(&format!("lift {lane}"));
        self.exchange.until("it is answered", |line| (field(line, "\"ANSWER\"", "id")? == id).then_some(()));
        self.calls.insert(id, timeslot);
    }

    /// A telephone calls outside; what the exchange is asked for.
    pub fn dials(&mut self, telephone: usize, number: &str) -> Asked {
        self.keys(telephone, &format!("{OUTSIDE}{number}"));
        self.exchange.until("the exchange is asked for a call", asked)
    }

    /// A telephone is lifted and keys something.
    pub fn keys(&mut self, telephone: usize, keys: &str) {
        let lane = lane_of(telephone);
        self.sim.tell(&format!("lift {lane}"));
        // A person waits for dial tone.
        sleep(Duration::from_secs(1));
        self.sim.tell(&format!("press {lane} {keys}"));
    }

    /// A telephone rings and is lifted.
    pub fn rings_and_is_lifted(&mut self, telephone: usize) {
        let lane = lane_of(telephone);
        self.sim.until("the telephone rings", |line| (line == format!("rings {lane}")).then_some(()));
        self.sim.tell(&format!("lift {lane}"));
    }

    /// Somebody whom the exchange is asked for is busy, and it offers to watch (EN 300 359-1). Its number of that.
    pub fn offers(&mut self, id: i64) -> i64 {
        self.exchange.tell(&format!("completion do=available id={id}"));
        self.exchange.until("completion is offered", |line| field(line, "\"cmd\":\"completion\"", "id"))
    }

    /// A number that the exchange tells of a completion.
    pub fn exchange_hears(&mut self, name: &str) -> i64 {
        self.exchange.until(name, |line| field(line, &format!("\"{name}\""), name))
    }

    /// The exchange is asked for a call that completes another; and which.
    pub fn is_asked_to_complete(&mut self) -> (Asked, i64) {
        self.exchange
            .until("the exchange is asked for a call", |line| Some((asked(line)?, field(line, "\"RING\"", "cc_call")?)))
    }

    /// The party outside lifts the handset.
    pub fn answers(&mut self, call: &Asked) {
        let Asked { id, timeslot, .. } = call;
        ["proceeding", "alert", "answer"].iter().for_each(|verb| {
            self.exchange.tell(&format!("{verb} id={id} chan={timeslot}"));
        });
        self.exchange.until("it has answered", |line| line.contains("\"cmd\":\"answer\"").then_some(()));
    }

    /// Waits until the exchange sees the box clear a call; the cause.
    pub fn is_cleared(&mut self, id: i64) -> i64 {
        let cause = |line: &str| (field(line, "\"HANGUP", "id")? == id).then(|| field(line, "\"HANGUP", "cause"))?;
        self.exchange.until("the box clears the call", cause)
    }

    /// What a telephone hears from now on, for a while.
    pub fn hears(&mut self, telephone: usize, time: Duration) -> Vec<u8> {
        let lane = lane_of(telephone);
        self.sim.tell(&format!("listen {lane}"));
        sleep(time);
        self.saves(telephone)
    }

    /// What a telephone heard since it began to listen.
    fn saves(&mut self, telephone: usize) -> Vec<u8> {
        let (lane, file) = (lane_of(telephone), self.at("here.wav"));
        self.sim.tell(&format!("save {lane} {}", file.display()));
        self.sim.until("what the telephone heard is saved", |line| line.starts_with("saved ").then_some(()));
        octets(&file)
    }

    pub fn hangs_up(&mut self, telephone: usize) {
        self.sim.tell(&format!("hang-up {}", lane_of(telephone)));
    }

    /// Caller and telephone hear each other's voice, octet for octet: two voices, as one and the same on both sides would be
    /// an echo.
    pub fn hear_each_other(&mut self, timeslot: usize, telephone: usize, voice: &Path) {
        let (lane, wav) = (lane_of(telephone), voice.display());
        let of_telephone = voice.with_file_name("telephone.wav");
        assert_ne!(of_telephone, voice);
        let there = self.at("there.wav");
        self.sim.tell(&format!("listen {lane}"));
        self.exchange.tell(&format!("capture ts={timeslot} file={}", there.display()));
        sleep(Duration::from_millis(100));
        self.exchange.tell(&format!("play ts={timeslot} file={wav}"));
        self.sim.tell(&format!("play {lane} {}", of_telephone.display()));
        sleep(Duration::from_secs(4));
        let here = self.saves(telephone);
        self.exchange.tell(&format!("capture off ts={timeslot}"));
        self.exchange.until("what the caller heard is saved", |line| line.contains("\"CAPTURED\"").then_some(()));
        self.exchange.tell(&format!("silence ts={timeslot}"));
        let said = |voice: &Path| octets(voice)[HEARD_OCTETS..2 * HEARD_OCTETS].to_vec();
        assert!(contains(&here, &said(voice)), "telephone {telephone} hears its caller");
        assert!(contains(&octets(&there), &said(&of_telephone)), "the caller on {timeslot} hears the telephone");
    }

    /// It is put down for so long that it is no flash of the hook.
    pub fn puts_down(&mut self, telephone: usize) {
        self.hangs_up(telephone);
        sleep(Duration::from_secs(2));
    }

    pub fn hangs_up_all(&mut self) {
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.exchange.tell(&format!("hangup id={id} cause=16"));
        }
        (1..=TALKS).for_each(|telephone| self.hangs_up(telephone));
    }

    /// The rows of all calls, once so many have ended and their recordings have their objects, or are known to be lost.
    pub fn rows(&self, count: usize) -> Vec<Cdr> {
        let limit = Instant::now() + PATIENCE;
        loop {
            let rows = self.ended();
            let done = rows.iter().filter(|row| row.recording.state() != RecordingState::UnderWay).count();
            if done >= count {
                return rows;
            }
            assert!(Instant::now() < limit, "{done} of {count} calls are over and kept: {rows:#?}");
            sleep(Duration::from_millis(100));
        }
    }

    /// The rows of the calls that are over, newest first. None while there is no index yet.
    pub fn ended(&self) -> Vec<Cdr> {
        self.index().and_then(|index| index.past_calls(None, 1000).ok()).unwrap_or_default()
    }

    fn index(&self) -> Option<IndexReader> {
        IndexReader::open(&self.data().join("index.db")).ok()
    }

    /// Waits until the event log says what became of a wish to be called back: why it is not done, if it is not.
    pub fn call_back_answered(&self) -> Option<CallBackRefusal> {
        let limit = Instant::now() + PATIENCE;
        loop {
            let events = self.index().and_then(|index| index.past_events(None, 1000).ok()).unwrap_or_default();
            let answer = events.iter().find_map(|record| match record.event()? {
                Event::Call(CallEvent::CallBackAnswered { refused, .. }) => Some(*refused),
                _ => None,
            });
            if let Some(answer) = answer {
                return answer;
            }
            assert!(Instant::now() < limit, "nobody was told about a call back");
            sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the event log says last of an alarm that it is raised, or cleared.
    pub fn until_alarm(&self, alarm: &Alarm, raised: bool) {
        let limit = Instant::now() + PATIENCE;
        while self.alarm(alarm) != Some(raised) {
            assert!(
                Instant::now() < limit,
                "not in the event log: {alarm:?}, {}",
                if raised { "raised" } else { "cleared" }
            );
            sleep(Duration::from_millis(100));
        }
    }

    /// What the event log says last of an alarm: raised, or cleared.
    pub fn alarm(&self, alarm: &Alarm) -> Option<bool> {
        let events = self.index()?.past_events(None, 1000).ok()?;
        events.iter().find_map(|record| match record.event()? {
            Event::Box(BoxEvent::AlarmRaised { alarm: of }) => (of == alarm).then_some(true),
            Event::Box(BoxEvent::AlarmCleared { alarm: of }) => (of == alarm).then_some(false),
            _ => None,
        })
    }

    /// What the exchange would have said of a call that it saw cleared.
    pub fn cleared(&mut self) -> Vec<String> {
        self.exchange.news();
        let clearing = |line: &&String| line.contains("\"HANGUP") || line.contains("\"DCHAN_DOWN\"");
        self.exchange.said.iter().filter(clearing).cloned().collect()
    }
}

pub fn ringfence(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["--lang", "en"]).args(arguments);
    command
}

/// libpri on a side of the trunk, `nt` or `te`.
fn exchange(folder: &Path, side: &str) -> Program {
    let mut exchange = Command::new(there(EXCHANGE));
    exchange.args(["peer", "--role", side, "--switch", "euro", "--reconnect", "--pcap"]).arg(folder.join("d.pcap"));
    exchange.arg("--connect").arg(folder.join("D")).arg("--audio").arg(folder.join("A"));
    Program::start("exchange", &mut exchange)
}

/// The side on which the exchange stands when the box plays `role`.
pub fn other(role: &str) -> &'static str {
    if role == "user" { "nt" } else { "te" }
}

/// The demo's settings, with a number for each telephone and codes for calls back.
fn settings(role: &str) -> String {
    let demo = demo_settings(role);
    let known = |number: &str| demo.contains(&format!("number = \"{number}\""));
    let numbers = (1..=TALKS).map(|telephone| (format!("6200180{telephone}"), format!("80{telephone}")));
    let rows = numbers.filter(|(number, _)| !known(number)).map(|(number, extension)| {
        format!("\n[[numbers]]\nnumber = \"{number}\"\nto = {{ station = \"{extension}\" }}\n")
    });
    rows.fold(demo.clone(), |all, row| all + &row) + "\n[codes]\ncall_back = \"*37\"\nno_call_back = \"#37\"\n"
}

/// What a telephone dials first to get this trunk.
const OUTSIDE: &str = "0";

/// The telephones are the third card of the board: one E1, then four outside lines.
fn lane_of(telephone: usize) -> String {
    format!("2/{}", telephone - 1)
}

/// A call that the exchange is asked for.
fn asked(line: &str) -> Option<Asked> {
    let (id, timeslot) = (field(line, "\"RING\"", "id")?, field(line, "\"RING\"", "chan")?);
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(Asked { id, timeslot: timeslot as usize, called: line["called"].as_str()?.to_owned() })
}

/// A number of a line of JSON that has `mark` in it.
fn field(line: &str, mark: &str, name: &str) -> Option<i64> {
    let value: serde_json::Value = line.contains(mark).then(|| serde_json::from_str(line).ok())??;
    value.get(name)?.as_i64()
}

fn octets(file: &Path) -> Vec<u8> {
    wav::read(&fs::read(file).unwrap()).unwrap().octets
}
