//! SIGKILL under thirty calls, again and again: the same thirty calls go on, and of each what was recorded opens.
//!
//! The disk's memory is the kernel's here and survives; power cuts are in `src/recorder/tests/power.rs`. `KILLS=500` makes it
//! as many; each time the box is killed at another moment. What a kill may cost is 100 ms that are held back, 100 ms until
//! a batch is closed, and what disk and processor need at that moment, which a thread beside it measures.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    ops::Range,
    os::unix::fs::FileExt as _,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use frame::{LaneId, Law, LifeNo, Tick};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use ringfence::recorder::{FileStore, Opener, Part, Playback, Voice, objects, open_recording, utc_us, verify_open};
use vault::Mark;

use crate::{
    hold::Holding,
    running::{Home, board, settings},
    street::Street,
};

const QUEUE: &str = "62001235";

/// How long a caller waits, here and in the demo: five hundred kills take more than ten minutes.
const WAIT: [&str; 2] = ["max_wait_s = 7200", "max_wait_s = 300"];

/// As many as an E1 takes.
const CALLS: u32 = 30;

/// Held back, closed ten times a second, and the tick that is being said.
const LOSS_MS: u64 = 100 + 100 + 10;

/// What is said passes through the card, the media thread, the sealer, which naps 4 ms at most, and the flusher.
const THREADS: u32 = 4;
const NAPS_MS: u64 = 4;

fn kills() -> u32 {
    std::env::var("KILLS").map_or(50, |kills| kills.parse().expect("KILLS is a number"))
}

/// What the caller of a call says, all the time.
fn octet_of(call: u32) -> u8 {
    0x60 + call as u8
}

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

/// A kill.
struct Killed {
    /// When the box that is killed was ready.
    ready_us: i64,
    at_us: i64,
    /// What it may have cost as machine and disk were just then.
    bound: Duration,
}

impl Killed {
    fn new(pid: u32, ready_us: i64, machine: &mut Machine) -> Killed {
        let at_us = now_us();
        kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).unwrap();
        Killed { ready_us, at_us, bound: Duration::from_millis(LOSS_MS + NAPS_MS) + machine.delay() }
    }
}

/// How slow machine and disk are: a thread that naps like the box's own, and flushes like it.
struct Machine {
    told: Receiver<(Duration, Duration)>,
    last: VecDeque<(Duration, Duration)>,
}

/// Rounds that count: somewhat more than a second.
const ROUNDS: usize = 32;

impl Machine {
    fn watched(home: &Home) -> Machine {
        let file = File::create(home.file("probe", "")).unwrap();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || while tell.send((late_nap(), flush(&file))).is_ok() {});
        Machine { told, last: VecDeque::new() }
    }

    /// What waking and flushing may add, once to the batch before and once to this one.
    fn delay(&mut self) -> Duration {
        // A round that began before the kill is waited for.
        self.last.extend(self.told.try_iter().chain(self.told.recv()));
        self.last.drain(..self.last.len().saturating_sub(ROUNDS));
        let slowest = |of: fn(&(Duration, Duration)) -> Duration| self.last.iter().map(of).max().unwrap_or_default();
        slowest(|(late, _)| *late) * THREADS + slowest(|(_, flush)| *flush) * 2
    }
}

/// By how much a nap of 30 ms was too long.
fn late_nap() -> Duration {
    let (begin, nap) = (Instant::now(), Duration::from_millis(30));
    thread::sleep(nap);
    begin.elapsed().saturating_sub(nap)
}

/// How long as much as a batch of thirty voices takes to be durable.
fn flush(file: &File) -> Duration {
    let begin = Instant::now();
    file.write_all_at(&[7; 32 << 10], 0).unwrap();
    file.sync_data().unwrap();
    begin.elapsed()
}

/// Places the calls, one after the other; each caller speaks.
fn thirty_calls(street: &mut Street) -> Vec<LaneId> {
    let place = |call| {
        let lane = street.call(call, QUEUE);
        street.says(lane, octet_of(call));
        lane
    };
    (1..=CALLS).map(place).collect()
}

#[test]
fn of_thirty_calls_under_which_the_box_is_killed_again_and_again_all_that_was_recorded_opens() {
    let mut street = Street::of(&board());
    let home = Home::new();
    assert!(settings().contains(WAIT[1]), "a queue of the demo lets its callers go");
    home.file("settings.toml", &settings().replace(WAIT[1], WAIT[0]));
    let mut holding = Holding::start_on(&home, "board/demo.toml", Some(&street.lines));
    let mut running = holding.box_is_ready();
    let code = holding.code.clone().expect("the first start shows the code");
    street.until_link();
    let lanes = thirty_calls(&mut street);
    assert_eq!(lanes.len(), CALLS as usize);
    let mut machine = Machine::watched(&home);
    let mut killed = Vec::new();
    let mut ready_us = now_us();
    for kill_no in 0..u64::from(kills()) {
        // Another phase of the batch of 100 ms each time.
        thread::sleep(Duration::from_millis(200 + kill_no * 37 % 300));
        killed.push(Killed::new(running, ready_us, &mut machine));
        (running, ready_us) = (holding.box_is_ready(), now_us());
    }
    // Of a life without a call nothing is kept, and that is no loss.
    let over: Vec<u32> = (1..=CALLS).filter(|call| street.is_over(*call)).collect();
    assert!(over.is_empty(), "all calls go on to the last kill, but for {over:?}");
    (1..=CALLS).for_each(|call| street.hang_up(call));
    until_finished(&home);
    kill(Pid::from_raw(holding.id().cast_signed()), Signal::SIGTERM).unwrap();
    assert!(holding.ends().0);
    check(&home, &code, &killed);
}

/// Waits until each call has its object.
fn until_finished(home: &Home) {
    let (store, limit) = (FileStore::new(&home.data().join("vault")), Instant::now() + Duration::from_secs(30));
    while objects(&store).unwrap().len() < CALLS as usize {
        assert!(Instant::now() < limit, "recordings have no object");
        thread::sleep(Duration::from_millis(20));
    }
}

#[allow(clippy::print_stdout)] // what `./justw kills` is asked for
fn check(home: &Home, code: &str, killed: &[Killed]) {
    let vault = home.data().join("vault");
    let report = verify_open(&vault, code.as_bytes(), &Default::default()).unwrap();
    assert!(report.is_intact(), "{:?}", report.findings);
    let store = FileStore::new(&vault);
    let opener = Opener::new(Box::new(FileStore::new(&vault)), code.as_bytes()).unwrap();
    let listed = objects(&store).unwrap();
    assert_eq!(listed.len(), CALLS as usize, "each call has one recording, through all lives");
    let mut lost = BTreeMap::<i64, u32>::new();
    let (mut beyond, mut strange) = (Vec::new(), Vec::new());
    for object in listed {
        let playback = open_recording(&store, &object.name, &opener).unwrap();
        strange.extend(not_its_own(&playback).map(|(life, at, octet)| (object.recording, life, at, octet)));
        for (at, Killed { ready_us, at_us, bound }) in killed.iter().enumerate() {
            // Where nothing of a life is kept, all since it was ready is lost.
            let ms = (at_us - end_us(&playback, at as u32 + 1).unwrap_or(*ready_us)) / 1000;
            *lost.entry(ms / 20 * 20).or_default() += 1;
            beyond.extend((ms > bound.as_millis() as i64).then_some((at, object.recording, ms, *bound)));
        }
    }
    println!("{} kills, {CALLS} calls; lost before a kill, from so many ms on: {lost:?}", killed.len());
    let bounds = killed.iter().map(|killed| killed.bound);
    println!("what each may have cost: {:?} to {:?}", bounds.clone().min(), bounds.max());
    let (first, last) = (starts_ms(killed.chunks(STARTS).next()), starts_ms(killed.rchunks(STARTS).next()));
    println!("from a kill until the box is ready again: {first} ms at first, {last} ms at last");
    let told = &strange[..strange.len().min(200)];
    assert!(strange.is_empty(), "{} octets are another's; recording, life, sample, octet: {told:x?}", strange.len());
    assert!(beyond.is_empty(), "kill, recording, ms, bound: {beyond:?}");
}

/// Kills of which it is told how long the next start took.
const STARTS: usize = 20;

/// How long the starts between these kills took, the middle one of them.
fn starts_ms(killed: Option<&[Killed]>) -> i64 {
    let pairs = killed.unwrap_or_default().windows(2);
    let mut starts: Vec<i64> = pairs.map(|pair| (pair[1].ready_us - pair[0].at_us) / 1000).collect();
    starts.sort_unstable();
    starts.get(starts.len() / 2).copied().unwrap_or_default()
}

/// The moment up to which there is what was said in a life of the box.
fn end_us(playback: &Playback, life: u32) -> Option<i64> {
    let part = playback.parts.iter().find(|part| part.head.life == LifeNo(life))?;
    let end = |voice: &Voice| (voice.first.0 + voice.octets.len() as u64) / 80;
    part.voices.iter().map(|voice| utc_us(&part.head, Tick(end(voice)))).max()
}

/// What is neither its caller's voice nor silence: life, sample, octet. What stands in for blocks that a late street did not
/// bring is marked, and with the tick into which it fades nobody's.
fn not_its_own(playback: &Playback) -> impl Iterator<Item = (LifeNo, u64, u8)> + use<'_> {
    let own = octet_of(playback.call.expect("it has its call").no);
    let voices = || playback.parts.iter().flat_map(|part| part.voices.iter().map(move |voice| (part, voice)));
    assert!(voices().any(|(_, voice)| voice.octets.contains(&own)), "{} has its caller's voice", playback.recording);
    voices().flat_map(move |(part, voice)| {
        let made_up = made_up(part, voice);
        let placed = (voice.first.0..).zip(&voice.octets);
        let strange = placed.filter(move |(at, octet)| {
            **octet != own && **octet != Law::A.silence() && !made_up.iter().any(|stretch| stretch.contains(at))
        });
        strange.map(|(at, octet)| (part.head.life, at, *octet))
    })
}

/// Where blocks did not come, and the tick behind.
fn made_up(part: &Part, voice: &Voice) -> Vec<Range<u64>> {
    let of_track = || part.map.iter().filter(|entry| entry.track == voice.track);
    let began = of_track().filter(|entry| entry.mark == Mark::AlarmBegan).map(|entry| entry.at.0);
    let ended = of_track().filter(|entry| entry.mark == Mark::AlarmEnded).map(|entry| entry.at.0 + 80);
    began.zip(ended.chain(std::iter::once(u64::MAX))).map(|(from, to)| from..to).collect()
}
