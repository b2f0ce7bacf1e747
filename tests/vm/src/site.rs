//! A box between its telephones and an exchange that is not ours, on the spans of the machine: `ringfence run` has the near
//! ones, libpri stands on the far E1. Each is a process of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread::{self, sleep},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use frame::{Stamp, Utc};
use nix::sys::signal::{Signal, kill};
use ringfence::{
    journal::{Cdr, IndexReader, RecordingState},
    recorder::{FileStore, Home, Opener, OsRandom, Playback, objects, open_recording},
    wav,
};
use vault::Cost;

use crate::{
    program::{PATIENCE, Program},
    spans::{EXCHANGE, EXCHANGE_ON_T1, Kind, Pairs, Span, exchange_of},
    telephone::Telephone,
};

/// The box, the exchange, and where things are.
pub struct Site {
    pub exchange: Program,
    daemon: Option<Program>,
    folder: PathBuf,
    /// The exchanges of the other E1, where there are four, or of the T1.
    others: Vec<Program>,
    /// Last, so that nobody has a channel open when they are taken away.
    pairs: Pairs,
}

/// What the vaults of these boxes open by.
const CODE: &[u8] = b"4711-0815";

/// How large the box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    telephones: usize,
    trunks: usize,
    /// A T1 beside them, and the second half of the telephones in µ-law.
    t1: bool,
}

const USUAL: Size = Size { telephones: 8, trunks: 1, t1: false };

impl Site {
    /// A box with eight telephones, as the user of an exchange with which its data link is up.
    pub fn linked() -> Site {
        let site = Site::of(USUAL);
        let run = run(&site.folder, "run");
        site.begins(run)
    }

    /// The same, held: `ringfence hold` runs the box, and starts it again two seconds after it died.
    pub fn held() -> Site {
        let site = Site::of(USUAL);
        let mut hold = run(&site.folder, "hold");
        hold.args(["--pause", "2"]);
        site.begins(hold)
    }

    /// Kills a held box.
    pub fn is_killed(&self) {
        let holder = self.daemon.as_ref().expect("it runs");
        kill(holder.child("run"), Signal::SIGKILL).unwrap();
    }

    /// Waits until a held box is back.
    pub fn is_back(&mut self) {
        let holder = self.daemon.as_mut().expect("it runs");
        holder.until("ready again", |line| line.starts_with("ready ").then_some(()));
    }

    /// The same with thirty; each has the number [`Site::number_of`].
    pub fn with_thirty_telephones() -> Site {
        let site = Site::of(Size { telephones: 30, ..USUAL });
        let run = run(&site.folder, "run");
        site.begins(run)
    }

    /// The same with eight, and four E1.
    pub fn with_four_trunks() -> Site {
        let site = Site::of(Size { trunks: 4, ..USUAL });
        let run = run(&site.folder, "run");
        let mut site = site.begins(run);
        site.others.iter_mut().for_each(waits_for_data_link);
        site
    }

    /// The same with eight, and a T1 beside the E1. Telephones 5 to 8 are of the T1's law.
    pub fn with_a_t1() -> Site {
        let site = Site::of(Size { t1: true, ..USUAL });
        let run = run(&site.folder, "run");
        let mut site = site.begins(run);
        waits_for_data_link(site.on_t1());
        site
    }

    /// The exchange on the T1.
    pub fn on_t1(&mut self) -> &mut Program {
        &mut self.others[0]
    }

    fn of(size: Size) -> Site {
        let pairs = match size {
            Size { t1: true, .. } => Pairs::with_a_t1(),
            Size { trunks: 4, .. } => Pairs::with_four_trunks(),
            USUAL => Pairs::made(),
            Size { .. } => Pairs::with_thirty_telephones(),
        };
        let folder = PathBuf::from("/data/site");
        // A test before has left its own.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("settings.toml"), settings(size)).unwrap();
        fs::write(folder.join("board.toml"), board(size)).unwrap();
        set_cards(&folder);
        make_data(&folder);
        let trunks = (1..size.trunks).map(exchange_of).chain(size.t1.then_some(EXCHANGE_ON_T1));
        let others = trunks.map(|span| exchange_on(span, &folder)).collect();
        let exchange = exchange(&folder);
        Site { exchange, daemon: None, folder, others, pairs }
    }

    fn begins(mut self, daemon: Command) -> Site {
        self.daemon = Some(started(daemon));
        waits_for_data_link(&mut self.exchange);
        self
    }

    /// Plugs a telephone into a jack.
    pub fn telephone(&self, position: i32) -> Telephone {
        Telephone::at(self.pairs.far_telephones(), position)
    }

    /// The number of a telephone, from outside.
    pub fn number_of(telephone: usize) -> String {
        format!("620018{telephone:02}")
    }

    /// A call to a telephone, whose handset is lifted when it rings; the exchange's number of it.
    pub fn talks(&mut self, timeslot: usize, telephone: &Telephone) -> i64 {
        talk(&mut self.exchange, timeslot, telephone)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Stops it as an operator does.
    pub fn stops(&mut self) {
        assert!(self.daemon.take().expect("it runs").stops(), "the box stops cleanly");
    }

    /// The exchange places a call, which is answered; its number there.
    pub fn places(&mut self, timeslot: usize, to: &str) -> i64 {
        place(&mut self.exchange, timeslot, to)
    }

    /// The same on an E1 of four, from 0; nobody asks for its number.
    pub fn places_on(&mut self, trunk: usize, timeslot: usize, to: &str) {
        let exchange = if trunk == 0 { &mut self.exchange } else { &mut self.others[trunk - 1] };
        place(exchange, timeslot, to);
    }

    /// The exchange asks for a call and waits for nothing.
    pub fn asks(&mut self, timeslot: usize, to: &str) {
        self.exchange.tell(&format!("setup called={to} caller=138001380{timeslot:02} chan={timeslot} excl=1"));
    }

    /// The exchange clears a call.
    pub fn hangs_up(&mut self, id: i64) {
        self.exchange.tell(&format!("hangup id={id} cause=16"));
    }

    /// The exchange clears every call that it has asked for and not seen cleared.
    pub fn hangs_up_what_it_has(&mut self) {
        self.exchange.news();
        let all = |mark: &'static str| move |line: &String| field(line, mark, "id");
        let asked: Vec<i64> = self.exchange.said.iter().filter_map(all("\"cmd\":\"setup\"")).collect();
        let gone: Vec<i64> = self.exchange.said.iter().filter_map(all("\"ev\":\"HANGUP")).collect();
        asked.into_iter().filter(|id| !gone.contains(id)).for_each(|id| self.hangs_up(id));
    }

    /// What the exchange said of calls that it saw cleared.
    pub fn cleared(&mut self) -> Vec<String> {
        self.exchange.news();
        self.exchange.said.iter().filter(|line| line.contains("\"ev\":\"HANGUP")).cloned().collect()
    }

    /// The exchange lets go of its span.
    pub fn unplug(&mut self) {
        self.exchange.tell("unplug");
        self.exchange.until("it has let go", |line| line.contains("\"cmd\":\"unplug\"").then_some(()));
    }

    /// The exchange takes its span again.
    pub fn plug(&mut self) {
        self.exchange.tell("plug");
        let done = |line: &str| field(line, "\"cmd\":\"plug\"", "rc");
        assert_eq!(self.exchange.until("it has its span", done), 0, "all channels open");
    }

    /// Waits until neither the exchange nor the box has a call.
    pub fn comes_to_rest(&mut self) {
        let limit = Instant::now() + Duration::from_secs(60);
        while self.calls_of_the_exchange() > 0 || self.calls_of_the_box() > 0 {
            assert!(
                Instant::now() < limit,
                "the exchange has {}, the box {} calls",
                self.calls_of_the_exchange(),
                self.calls_of_the_box()
            );
            sleep(Duration::from_millis(500));
        }
    }

    fn calls_of_the_exchange(&mut self) -> i64 {
        self.exchange.tell("stats");
        self.exchange.until("its figures", |line| {
            let told: serde_json::Value = line.contains("\"stats\"").then(|| serde_json::from_str(line).ok())??;
            told["stats"]["calls"].as_i64()
        })
    }

    pub fn calls_of_the_box(&self) -> usize {
        self.index().map_or(0, |index| index.calls_now().map_or(0, |calls| calls.len()))
    }

    fn index(&self) -> Option<IndexReader> {
        IndexReader::open(&self.data().join("index.db")).ok()
    }

    /// What the exchange hears on a timeslot goes into a file from now on.
    pub fn captures(&mut self, timeslot: usize) {
        let file = self.captured(timeslot);
        self.exchange.tell(&format!("capture ts={timeslot} file={}", file.display()));
    }

    /// What the exchange has heard on a timeslot.
    pub fn heard(&mut self, timeslot: usize) -> Vec<u8> {
        self.exchange.tell(&format!("capture off ts={timeslot}"));
        let timeslot_said = |line: &str| field(line, "\"CAPTURED\"", "ts");
        let is_it = |line: &str| (timeslot_said(line)? == timeslot as i64).then_some(());
        self.exchange.until("what it heard is kept", is_it);
        octets(&self.captured(timeslot))
    }

    fn captured(&self, timeslot: usize) -> PathBuf {
        self.folder.join(format!("heard-{timeslot}.wav"))
    }

    /// Blocks that the exchange's channels lacked or lost.
    pub fn exchange_slips(&mut self) -> i64 {
        self.exchange.tell("wires");
        self.exchange.until("how its channels went", |line| {
            let told: serde_json::Value = line.contains("\"wires\"").then(|| serde_json::from_str(line).ok())??;
            Some(told["wires"]["underruns"].as_i64()? + told["wires"]["overruns"].as_i64()?)
        })
    }

    /// The rows of all calls, once so many have ended and their recordings have their objects, or are known to be lost.
    ///
    /// Each next one is waited for anew: after an hour of thirty calls 384 MiB wait in the segments to be copied.
    pub fn rows(&self, count: usize) -> Vec<Cdr> {
        let (mut limit, mut most) = (Instant::now() + PATIENCE, 0);
        loop {
            let rows = self.ended();
            let done = rows.iter().filter(|row| row.recording.state() != RecordingState::UnderWay).count();
            if done >= count {
                return rows;
            }
            if done > most {
                (limit, most) = (Instant::now() + PATIENCE, done);
            }
            assert!(Instant::now() < limit, "{done} of {count} calls are over and kept: {rows:#?}");
            sleep(Duration::from_millis(100));
        }
    }

    fn ended(&self) -> Vec<Cdr> {
        self.index().and_then(|index| index.past_calls(None, 1000).ok()).unwrap_or_default()
    }

    /// All recordings of the vault, opened with the owner's code.
    pub fn recordings(&self) -> Vec<Playback> {
        let vault = self.data().join("vault");
        let store = FileStore::new(&vault);
        let opener = Opener::new(Box::new(FileStore::new(&vault)), CODE).unwrap();
        let kept = objects(&store).unwrap();
        kept.iter().map(|object| open_recording(&store, &object.name, &opener).unwrap()).collect()
    }

    /// A verb of the command line, of this box.
    pub fn verb(&self, words: &[&str]) -> Command {
        let mut verb = ringfence(words);
        verb.arg("--data").arg(self.data());
        verb
    }

    /// What `ringfence span` says of each span, in the order of the board.
    pub fn spans(&self) -> Vec<String> {
        let told = self.verb(&["span"]).output().unwrap();
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(told.status.success(), "{said}{}", String::from_utf8_lossy(&told.stderr));
        said.split("Span ").skip(1).map(str::to_owned).collect()
    }

    /// What `ringfence verify` says of the vault; it has to find it intact.
    pub fn verifies(&self) -> String {
        let verified = ringfence(&["verify"]).arg(self.data()).output().unwrap();
        let told = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert!(verified.status.success(), "{told}");
        told
    }
}

/// A failure is rarely understood without what the exchange saw and what the box wrote down.
impl Drop for Site {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        self.exchange.news();
        let said = &self.exchange.said;
        said[said.len().saturating_sub(40)..].iter().for_each(|line| println!("exchange: {line}"));
        let events = self.index().and_then(|index| index.past_events(None, 60).ok()).unwrap_or_default();
        events.iter().rev().for_each(|event| println!("box: {:?}", event.event()));
    }
}

fn waits_for_data_link(exchange: &mut Program) {
    exchange.until("the data link is up", |line| line.contains("\"DCHAN_UP\"").then_some(()));
}

/// A call of an exchange to a telephone, whose handset is lifted when it rings; the exchange's number of it.
pub fn talk(exchange: &mut Program, timeslot: usize, telephone: &Telephone) -> i64 {
    let to = Site::number_of(telephone.position() as usize);
    exchange.tell(&format!("setup called={to} caller=138001380{timeslot:02} chan={timeslot} excl=1"));
    let id = exchange.until("a call is placed", |line| field(line, "\"cmd\":\"setup\"", "id"));
    Telephone::first_that_rings(std::slice::from_ref(telephone));
    telephone.lifts();
    exchange.until("it is answered", |line| (field(line, "\"ANSWER\"", "id")? == id).then_some(()));
    id
}

pub fn place(exchange: &mut Program, timeslot: usize, to: &str) -> i64 {
    exchange.tell(&format!("setup called={to} caller=138001380{timeslot:02} chan={timeslot} excl=1"));
    let id = exchange.until("a call is placed", |line| field(line, "\"cmd\":\"setup\"", "id"));
    exchange.until("it is answered", |line| (field(line, "\"ANSWER\"", "id")? == id).then_some(()));
    id
}

fn ringfence(arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/ringfence");
    command.args(["--lang", "en"]).args(arguments);
    command
}

/// libpri as the network.
pub fn exchange(folder: &Path) -> Program {
    exchange_on(EXCHANGE, folder)
}

fn exchange_on(span: Span, folder: &Path) -> Program {
    let mut exchange = Command::new("/bin/pri_peer");
    let of_kind: &[&str] = if span.kind == Kind::T1 { &["--switch", "ni2", "--t1"] } else { &["--switch", "euro"] };
    exchange.args(["peer", "--role", "nt"]).args(of_kind).arg("--dahdi").arg(span.channel(1).to_string());
    exchange.arg("--pcap").arg(folder.join(format!("d-{}.pcap", span.number)));
    Program::start("exchange", &mut exchange)
}

/// The demo's hospital on the cards of the machine, with a number for each telephone.
fn settings(Size { telephones, trunks, t1 }: Size) -> String {
    let ports = (1..=trunks).map(|trunk| format!("\"LOC-E{trunk}.1\"")).collect::<Vec<_>>().join(", ");
    let demo = include_str!("../../../board/demo.settings.toml").replace("\"SIM-E1.1\"", &ports);
    let demo = with_old_wires(&demo).replace("SIM-", "LOC-");
    // Every channel of the trunks may wait.
    let demo = demo.replace("capacity_callers = 30", &format!("capacity_callers = {}", 30 * trunks));
    let lacks = |row: &String| !demo.contains(row);
    let ports = (1..=telephones).map(|telephone| format!("port = \"LOC-FXS.{telephone}\"\n")).filter(lacks);
    let stations = ports.map(|port| {
        let telephone = port.trim_matches(|sign: char| !sign.is_ascii_digit());
        format!("\n[[stations]]\n{port}extension = \"8{telephone:0>2}\"\nname = \"{telephone}\"\n")
    });
    let numbers =
        (1..=telephones).map(|telephone| format!("number = \"{}\"\n", Site::number_of(telephone))).filter(lacks);
    let numbers = numbers.map(|number| {
        let extension = &number.trim_end().trim_end_matches('"')[number.len() - 5..];
        format!("\n[[numbers]]\n{number}to = {{ station = \"{extension}\" }}\n")
    });
    let rows: String = stations.chain(numbers).collect();
    let all = demo.clone() + &rows;
    if t1 { in_mu_law(&all) + TRUNK_ON_T1 } else { all }
}

/// What a house of telephones and outside lines may have beside what the demo's has: a group of one line whose exchange tells
/// who calls before it rings, and flashes that last longer; calls that wait at 801, conferences at 807, a box for messages at
/// 808, and a code by which the exchange is flashed.
fn with_old_wires(demo: &str) -> String {
    let station = |text: String, name: &str, has: &str| {
        let row = format!("name = \"{name}\"\n");
        assert!(text.contains(&row), "{name} is one of the demo's");
        text.replace(&row, &format!("{row}{has}\n"))
    };
    let text = demo.replace(", \"SIM-FXO.4\"]", "]");
    let text = station(text, "急诊台", "call_waiting = true");
    let text = station(text, "总机", "flash = \"conference\"");
    station(text, "门卫", "mail = true\nmessage_lamp = \"modem\"") + OLD_WIRES
}

const OLD_WIRES: &str = r#"
[codes]
line_flash = "*0"

[mail]
hear = "*98"
message_s = 20
messages = 5
days = 30

[forward]
no_answer_s = 5

[[people]]
id = 7
name = "门卫"
roles = ["agent"]
extension = "808"

[[trunks]]
name = "旧线"
ports = ["SIM-FXO.4"]
outside_prefix = "4"
otherwise = { flow = "main" }
lines = { caller_id_before_ring = true, flash_ms = 600 }
"#;

const TRUNK_ON_T1: &str = r#"
[[trunks]]
name = "T1"
ports = ["LOC-T1.1"]
outside_prefix = "5"
role = "user"
dialect = "ni2"
otherwise = { station = "801" }
"#;

/// Names the telephones 5 to 8 as those of a card of their own.
fn in_mu_law(text: &str) -> String {
    let moved =
        |text: String, jack: i32| text.replace(&format!("LOC-FXS.{jack}\""), &format!("LOC-FXM.{}\"", jack - 4));
    (5..=8).fold(text.to_owned(), moved)
}

/// The board with the second half of the telephones as a card of their own, which is of another law, and with a T1.
fn with_t1(board: &str) -> String {
    let (cards, telephones) = board.split_at(board.rfind("[[cards]]").expect("the telephones are the last card"));
    let jacks = telephones.lines().find(|line| line.starts_with("jacks = ")).expect("it has jacks");
    let half = |serial: &str, slot: u8, law: &str, first: i32| {
        let all = (first..first + 4).map(|jack| jack.to_string()).collect::<Vec<_>>();
        let names = all.iter().map(|jack| format!("\"{jack}\"")).collect::<Vec<_>>();
        telephones
            .replace("LOC-FXS", serial)
            .replace("slot = 3", &format!("slot = {slot}"))
            .replace("law = \"a\"", &format!("law = \"{law}\""))
            .replace("DYN/loc/2:0\"", &format!("DYN/loc/2:0\", channels = [{}]", all.join(", ")))
            .replace(jacks, &format!("jacks = [{}]", names.join(", ")))
    };
    format!("{cards}{}\n{}\n{T1_CARD}", half("LOC-FXS", 3, "a", 1), half("LOC-FXM", 4, "mu", 5))
}

const T1_CARD: &str = r#"
[[cards]]
card = "dahdi"
kind = "t1"
echo = "off" # audio is compared octet for octet
serial = "LOC-T1"
slot = 5
synchronous_with = "LOC-E1"
spans = [{ label = "T1-1" }]
dahdi = { device = "DYN/loc/7:0" }
"#;

/// The machine's board with so many telephones and E1.
fn board(Size { telephones, trunks, t1 }: Size) -> String {
    let text = fs::read_to_string("/board.toml").expect("the board is in the machine");
    let jacks: Vec<String> = (1..=telephones).map(|telephone| format!("\"{telephone}\"")).collect();
    let of_eight = |line: &str| line.starts_with("jacks = [\"急诊台\"") && telephones != 8;
    let lines =
        text.lines().map(|line| if of_eight(line) { format!("jacks = [{}]", jacks.join(", ")) } else { line.into() });
    let all: String = lines.map(|line| line + "\n").chain((2..=trunks).map(more_trunk)).collect();
    if t1 { with_t1(&all) } else { all }
}

/// The card of an E1 more.
fn more_trunk(number: usize) -> String {
    let (slot, device) = (number + 2, number + 2);
    format!(
        r#"
[[cards]]
card = "dahdi"
kind = "e1"
serial = "LOC-E{number}"
slot = {slot}
law = "a"
synchronous_with = "LOC-E1"
spans = [{{ label = "E1-{number}", crc4 = false }}]
dahdi = {{ device = "DYN/loc/{device}:0" }}
"#
    )
}

/// The box's spans are set as a rack's cards are: by its own command, from its board file.
fn set_cards(folder: &Path) {
    let mut apply = ringfence(&["board", "apply", "--data", "none", "--board"]);
    apply.arg(folder.join("board.toml")).arg("--modprobe").arg(folder.join("modprobe.conf"));
    let applied = apply.output().unwrap();
    let said = String::from_utf8_lossy(&applied.stdout).into_owned() + &String::from_utf8_lossy(&applied.stderr);
    assert!(applied.status.success(), "{said}");
}

/// Puts the data directory of a box into a folder.
///
/// Its vault is made here, and the owner's code costs next to nothing: as a box makes it itself, the keys behind that code
/// take this machine ten seconds, by intention, each time they are made or asked for.
fn make_data(folder: &Path) {
    let data = folder.join("data");
    give_prompts(&data);
    let cost = Cost { memory_kib: 8, passes: 1 };
    let now = Utc::from_us(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64);
    let now = Stamp { utc: now, ..Stamp::default() };
    Home::create(&mut FileStore::new(&data.join("vault")), CODE, cost, now, &mut OsRandom).unwrap();
}

/// The box with what is in a folder: `run`, or `hold`.
fn run(folder: &Path, verb: &str) -> Command {
    let mut run = ringfence(&[verb, "--listen", "127.0.0.1:0", "--plain-http", "--board"]);
    run.arg(folder.join("board.toml")).arg("--settings").arg(folder.join("settings.toml"));
    run.arg("--data").arg(folder.join("data"));
    run
}

fn started(mut run: Command) -> Program {
    let mut daemon = Program::start("run", &mut run);
    daemon.until("ready", |line| line.starts_with("ready ").then_some(()));
    daemon
}

fn give_prompts(data: &Path) {
    copy(Path::new("/prompts/spoken/zh-CN"), &data.join("prompts/zh-CN"));
}

/// Copies a file, or a folder and all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("it lies in a folder")).unwrap();
    let status = Command::new("/bin/cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success(), "{} is copied", from.display());
}

/// A reading by a human voice, as it stands on the line.
pub fn voice() -> Vec<u8> {
    octets(Path::new("/voices/caller.wav"))
}

fn octets(file: &Path) -> Vec<u8> {
    wav::read(&fs::read(file).unwrap()).unwrap().octets
}

/// A number of a line of JSON that has `mark` in it.
pub fn field(line: &str, mark: &str, name: &str) -> Option<i64> {
    let value: serde_json::Value = line.contains(mark).then(|| serde_json::from_str(line).ok())??;
    value.get(name)?.as_i64()
}

/// Whether all of what was said is in what was heard, in one piece.
pub fn contains(heard: &[u8], said: &[u8]) -> bool {
    heard.windows(said.len()).any(|window| window == said)
}
