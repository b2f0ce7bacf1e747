//! The people at the simulated telephones, by hand or from a script: one command a line on standard input, one line of
//! news on standard output. A lane is written SPAN/TIMESLOT, as everywhere.
//!
//! ```text
//! lift LANE            press LANE DIGITS     listen LANE
//! hang-up LANE         play LANE FILE        save LANE FILE     (a WAV of what was heard since `listen`)
//!
//! rings LANE           saved LANE OCTETS     unknown LINE       (no such command, lane or file)
//! silent LANE
//! ```
//! The end of standard input changes nothing: the lines are held on.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender},
    },
    thread,
};

use frame::{LaneId, Law, SpanId, Timeslot};
use sim::{Act, HandsetAct, Operator, OperatorEvent, Say, Told};

use crate::{cli::say, wav};

/// Where what was heard on a lane is to be saved.
#[derive(Clone, Debug, Default)]
pub(super) struct Saves(Arc<Mutex<BTreeMap<LaneId, PathBuf>>>);

impl Saves {
    fn expect(&self, lane: LaneId, file: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(lane, file.into());
    }

    fn take(&self, lane: LaneId) -> Option<PathBuf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&lane)
    }
}

/// Follows the commands on standard input until it ends. The channel stays open after that.
pub(super) fn listen(acts: Sender<Operator>, saves: Saves) {
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
            match act(&line, &saves) {
                // The thread that takes it ends only with this process.
                Some(act) => _ = acts.send(act),
                None => say(&format!("unknown {line}")),
            }
        }
        loop {
            thread::park();
        }
    });
}

/// Tells what happens at the telephones.
pub(super) fn tell(events: Receiver<OperatorEvent>, saves: Saves) {
    thread::spawn(move || {
        for event in events {
            match event.told {
                Told::RingerSounds(lane) => say(&format!("rings {lane}")),
                Told::RingerSilent(lane) => say(&format!("silent {lane}")),
                Told::Heard { lane, octets } => save(lane, &octets, saves.take(lane).as_deref()),
                _ => (),
            }
        }
    });
}

fn save(lane: LaneId, octets: &[u8], file: Option<&Path>) {
    let written = file.map(|file| fs::write(file, wav::file(Law::A, &[octets])));
    match written {
        Some(Ok(())) => say(&format!("saved {lane} {}", octets.len())),
        Some(Err(_)) | None => say(&format!("unknown save {lane}")),
    }
}

fn act(line: &str, saves: &Saves) -> Option<Operator> {
    let mut words = line.splitn(3, ' ');
    let (verb, lane) = (words.next()?, lane_of(words.next()?)?);
    let rest = words.next();
    Some(match (verb, rest) {
        ("lift", None) => Operator::Handset(lane, HandsetAct::Lift),
        ("hang-up", None) => Operator::Handset(lane, HandsetAct::HangUp),
        ("press", Some(digits)) => Operator::Party(lane, Act::Press(digits.to_owned())),
        ("play", Some(file)) => Operator::Party(lane, Act::Say(clip(file)?)),
        ("listen", None) => Operator::Party(lane, Act::Listen),
        ("save", Some(file)) => {
            saves.expect(lane, file);
            Operator::Party(lane, Act::TakeHeard)
        }
        _ => return None,
    })
}

fn clip(file: &str) -> Option<Say> {
    let wav::Voice { octets, law } = wav::read(&fs::read(file).ok()?).ok()?;
    Some(Say::Clip { octets: octets.into(), law, repeat: false })
}

fn lane_of(text: &str) -> Option<LaneId> {
    let (span, timeslot) = text.split_once('/')?;
    Some(LaneId::new(SpanId(span.parse().ok()?), Timeslot(timeslot.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_its_lane_and_what_is_done_there() {
        let lane = LaneId::new(SpanId(2), Timeslot(3));
        let read = |line: &str| act(line, &Saves::default());
        assert!(matches!(read("lift 2/3"), Some(Operator::Handset(of, HandsetAct::Lift)) if of == lane));
        assert!(
            matches!(read("press 2/3 1*"), Some(Operator::Party(of, Act::Press(keys))) if of == lane && keys == "1*")
        );
        for wrong in ["lift", "lift 2", "lift 2/x", "lift 2/3 now", "press 2/3", "play 2/3 no such file", "dance 2/3"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn what_is_to_be_saved_is_saved_once() {
        let (saves, lane) = (Saves::default(), LaneId::new(SpanId(2), Timeslot(3)));
        assert!(matches!(act("save 2/3 a file.wav", &saves), Some(Operator::Party(_, Act::TakeHeard))));
        assert_eq!(saves.take(lane), Some(PathBuf::from("a file.wav")));
        assert_eq!(saves.take(lane), None);
    }
}
