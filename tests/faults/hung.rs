//! A disk that hangs and a flood of sign-ins: the media thread waits for nothing but the card, and callers hear no hole.
//!
//! Quiet times lie between the bad ones, in the same life of the box, and are what the bad ones are held to: how often the
//! media thread waits, in which system calls it is met, and what is lacking of the music that a caller hears. `HUNG_S=60`
//! lets the disk hang for longer than the recorder's buffer lasts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use frame::LaneId;

use ringfence::journal::RecordingState;

use crate::{
    disk::{recorded_state, used},
    http,
    running::{Home, Running, board, octet, settings},
    sick_disk::{Sick, SickDisk},
    street::Street,
};

/// The number that leads into the queue.
const QUEUE: &str = "62001235";

/// How soon someone has to know: promise 2.
const KNOWN_WITHIN: Duration = Duration::from_secs(5);

/// What the recorder's buffer holds.
const BUFFER: Duration = Duration::from_secs(30);

/// How long a quiet time lasts.
const QUIET: Duration = Duration::from_secs(3);

/// How long a flood lasts.
const FLOODED: Duration = Duration::from_secs(5);

/// What may lack more than in the worst quiet time, as a share. On a machine that has nothing else to do it is nothing; one that
/// builds meanwhile, and floods itself, takes some ticks from a thread without real-time priority. Who waits for a disk that
/// hangs hears nothing at all, and a password is computed for longer than this.
const HOLES_MAX: f64 = 0.03;

/// Who signs in at once.
const FLOOD: usize = 8;

/// How often a bad time is looked at before it counts as bad: the machine is shared, and stands still now and then. A media
/// thread that waits for the disk or for who signs in does so each time.
const ROUNDS: usize = 3;

fn hung_for() -> Duration {
    Duration::from_secs(std::env::var("HUNG_S").map_or(7, |seconds| seconds.parse().expect("HUNG_S is a number")))
}

/// The media thread, seen from outside.
struct MediaThread(PathBuf);

impl MediaThread {
    fn of(running: &Running) -> MediaThread {
        let tasks = fs::read_dir(format!("/proc/{}/task", running.pid())).unwrap();
        let is_media = |path: &PathBuf| fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "media");
        MediaThread(tasks.map(|task| task.unwrap().path()).find(is_media).expect("there is a media thread"))
    }

    /// How often it has waited so far.
    fn waits(&self) -> u64 {
        let status = fs::read_to_string(self.0.join("status")).unwrap();
        let row = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        row.unwrap().trim().parse().unwrap()
    }

    /// The system call that it is in, if it waits in one.
    fn call(&self) -> Option<String> {
        let call = fs::read_to_string(self.0.join("syscall")).unwrap();
        call.split_whitespace().next().filter(|number| number.parse::<u64>().is_ok()).map(str::to_owned)
    }
}

/// What was seen of a time.
#[derive(Debug)]
struct Seen {
    waits_per_s: f64,
    calls: BTreeSet<String>,
    /// Octets that the caller heard.
    heard: usize,
    /// What was not the music, each octet with how often.
    holes: BTreeMap<u8, usize>,
}

impl Seen {
    /// How much of the music was not heard, as a share.
    fn lacking(&self) -> f64 {
        self.holes.values().sum::<usize>() as f64 / self.heard as f64
    }

    /// Holds a bad time to the quiet ones around it: it waits in the same calls, no more often, and nothing more is lacking.
    fn held_to(&self, quiet: &[Seen]) -> Result<(), String> {
        let calls: BTreeSet<&String> = quiet.iter().flat_map(|quiet| &quiet.calls).collect();
        if !self.calls.iter().all(|call| calls.contains(call)) {
            return Err(format!("it waits in {:?}, else in {calls:?}", self.calls));
        }
        let most = |of: fn(&Seen) -> f64| quiet.iter().map(of).fold(0.0, f64::max);
        let waits = most(|seen| seen.waits_per_s);
        // A wait of its own each second would be one in a hundred.
        if self.waits_per_s >= waits * 1.01 + 1.0 {
            return Err(format!("it waits {} times a second, else {waits}", self.waits_per_s));
        }
        let holes = most(Seen::lacking);
        if self.lacking() > holes + HOLES_MAX {
            return Err(format!("{} of the music is lacking, else {holes}", self.lacking()));
        }
        Ok(())
    }
}

/// Looks at the media thread, and listens, for a time.
fn seen(street: &mut Street, caller: LaneId, media: &MediaThread, time: Duration) -> Seen {
    let (begin, before) = (Instant::now(), media.waits());
    let over = AtomicBool::new(false);
    let (heard, calls) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut calls = BTreeSet::new();
            while !over.load(Relaxed) {
                calls.extend(media.call());
                thread::sleep(Duration::from_millis(1));
            }
            calls
        });
        let heard = street.hears(caller, time);
        over.store(true, Relaxed);
        (heard, watch.join().unwrap())
    });
    let waits_per_s = (media.waits() - before) as f64 / begin.elapsed().as_secs_f64();
    let mut holes = BTreeMap::new();
    heard.iter().filter(|&&of| of != octet("music")).for_each(|of| *holes.entry(*of).or_default() += 1);
    Seen { waits_per_s, calls, heard: heard.len(), holes }
}

/// Somebody tries passwords at the page, as fast as it answers, while `during` goes on. How many were tried.
fn flooded<T>(running: &Running, during: impl FnOnce() -> T) -> (T, usize) {
    let over = AtomicBool::new(false);
    let page = running.page;
    thread::scope(|scope| {
        let sign_in = || {
            let mut tried = 0;
            while !over.load(Relaxed) {
                let origin = format!("http://{page}");
                let headers = [("Origin", &origin[..]), ("Content-Type", "application/x-www-form-urlencoded")];
                http::send(page, "POST", "/sign-in", &headers, &http::form(&[("name", "chen"), ("password", "no")]));
                tried += 1;
            }
            tried
        };
        let floods: Vec<_> = (0..FLOOD).map(|_| scope.spawn(sign_in)).collect();
        let done = during();
        over.store(true, Relaxed);
        (done, floods.into_iter().map(|flood| flood.join().unwrap()).sum())
    })
}

/// Looks until a bad time is as good as the quiet ones around it, a few times at most.
fn once_in_rounds(mut look: impl FnMut(usize) -> Result<(), String>) {
    let bad: Vec<String> = (0..ROUNDS).map_while(|round| look(round).err()).collect();
    assert!(bad.len() < ROUNDS, "each time: {bad:#?}");
}

/// The recordings' gaps by their cause, as the log tells them.
fn gaps_of(home: &Home, call: &str, why: &str) -> usize {
    let (call, why) = (format!("\"{call}\""), format!("\"why\":\"{why}\""));
    let is_one = |event: &&String| event.contains("recording_gapped") && event.contains(&call) && event.contains(&why);
    home.log().iter().filter(is_one).count()
}

#[test]
#[allow(clippy::print_stdout)] // what was seen is told
fn a_hung_disk_and_a_flood_of_sign_ins_keep_the_media_thread_from_nothing() {
    let mut street = Street::of(&board());
    let home = Home::new();
    // Nobody answers, and the caller waits for as long as this takes.
    let waits =
        [("no_answers_before_pause = 3", "no_answers_before_pause = 100"), ("max_wait_s = 300", "max_wait_s = 7200")];
    home.file("settings.toml", &waits.iter().fold(settings(), |text, (from, to)| text.replace(from, to)));
    let home = used(home, &street);
    let disk = SickDisk::of(&home);
    let running = disk.start(&home, &street);
    let cookie = running.sign_in();
    street.until_link();
    let caller = street.call(1, QUEUE);
    street.until_hears("the music", caller, octet("music"));
    let media = MediaThread::of(&running);

    let slow = "The disk of the vault takes longer than a second";
    let mut longest = Duration::ZERO;
    let mut calls = 1;
    once_in_rounds(|round| {
        running.until_page("/now", &cookie, |page| !page.contains(slow));
        let before = seen(&mut street, caller, &media, QUIET);
        disk.falls(Sick::Hangs);
        let hung_at = Instant::now();
        // Its leaf is due at once: the log of the vault waits for the disk as the recorder does.
        calls += 1;
        street.call(calls, QUEUE);
        running.until_page("/now", &cookie, |page| page.contains(slow));
        let known = hung_at.elapsed();
        let hung = seen(&mut street, caller, &media, hung_for().saturating_sub(known));
        disk.recovers();
        let hung_for = hung_at.elapsed();
        longest = longest.max(hung_for);
        let quiet = [before, seen(&mut street, caller, &media, QUIET)];
        println!("round {round}: hung for {hung_for:?}, known after {known:?}: {hung:?}; quiet {quiet:?}");
        assert!(known < KNOWN_WITHIN, "known after {known:?}");
        hung.held_to(&quiet)
    });
    once_in_rounds(|round| {
        let before = seen(&mut street, caller, &media, QUIET);
        let (flood, tried) = flooded(&running, || seen(&mut street, caller, &media, FLOODED));
        let quiet = [before, seen(&mut street, caller, &media, QUIET)];
        println!("round {round}: flood of {tried} tries: {flood:?}; quiet {quiet:?}");
        assert!(tried > FLOOD, "{tried} tries are no flood");
        flood.held_to(&quiet)
    });

    for call in 1..=calls {
        street.hang_up(call);
    }
    for call in (1..=calls).map(|call| format!("2-{call}")) {
        let state = recorded_state(&home, &call);
        let lost = gaps_of(&home, &call, "buffer") + gaps_of(&home, &call, "disk");
        if longest > BUFFER {
            assert!(state == RecordingState::Incomplete && lost > 0, "{call}: {state:?}");
        } else {
            // What a machine that stands still loses is another matter, and told as one.
            let is_whole = state == RecordingState::Complete || gaps_of(&home, &call, "late") > 0;
            assert!(is_whole && lost == 0, "{call}: {state:?}, {lost} gaps for the disk");
        }
    }
    home.until_log(&["alarm_cleared", "disk_slow", "vault"]);
    home.until_log(&["alarm_cleared", "leaves_behind"]);
    assert!(running.stop());
}
