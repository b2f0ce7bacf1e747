//! Holds the files of a vault to what was said and promised before the power went.

use std::{collections::BTreeMap, path::Path};

use frame::OCTETS_PER_TICK;
use ringfence::recorder::{
    FileStore, Finding, Home, Leaves, Opener, Outside, RecorderEvent, Store as _, object_name, open_recording, verify,
};
use vault::Seeded;

use crate::{
    story::{CALLS, CODE, START, Teller, Told, recording, said},
    tally::Wrong,
};

/// What may be lost of what was said when the power goes: 100 ms that are held back, 100 ms until the batch is closed. A
/// flush takes no time here. And the tick that is just said.
const LOSS_TICKS_MAX: u64 = 21;

/// Starts a recorder on the files, ten seconds later, and looks at all that it makes of them.
pub fn check(vault: &Path, told: Told, lost: &mut BTreeMap<u64, usize>) -> Result<(), Wrong> {
    let store = FileStore::new(vault);
    let home = Home::open(&store).ok().flatten().ok_or(Wrong::DoesNotStart)?;
    let again = Teller::start(Box::new(FileStore::new(vault)), &home, 2, told.spoken_to + 1_000);
    let mut teller = again.map_err(|_| Wrong::DoesNotStart)?;
    CALLS.iter().for_each(|(no, ..)| teller.finish(*no));
    teller.recorder.close();
    let opener = Opener::new(Box::new(FileStore::new(vault)), CODE).map_err(|_| Wrong::DoesNotOpen)?;
    for (no, timeslots, from, to) in CALLS {
        let heard = voices(&store, &opener, no)?;
        for (at, timeslot) in timeslots.into_iter().enumerate() {
            let octets = heard.get(at).map_or(&[][..], Vec::as_slice);
            let kept = Kept { timeslot, from: START + from, to: START + to, octets };
            kept.check(told, lost)?;
        }
    }
    if teller.events().iter().any(|event| matches!(event, RecorderEvent::Damaged { .. })) {
        return Err(Wrong::LooksDamaged);
    }
    check_log(vault, &home, told)
}

fn voices(store: &FileStore, opener: &Opener, no: u32) -> Result<Vec<Vec<u8>>, Wrong> {
    let name = object_name(recording(no));
    if store.octets(&name).unwrap().is_none() {
        return Ok(Vec::new());
    }
    let playback = open_recording(store, &name, opener).map_err(|_| Wrong::DoesNotOpen)?;
    let part = playback.parts.into_iter().next();
    Ok(part.map_or(Vec::new(), |part| part.voices.into_iter().map(|voice| voice.octets).collect()))
}

/// What is kept of a voice.
struct Kept<'a> {
    timeslot: u8,
    from: u64,
    to: u64,
    octets: &'a [u8],
}

impl Kept<'_> {
    fn check(&self, told: Told, lost: &mut BTreeMap<u64, usize>) -> Result<(), Wrong> {
        let kept_to = self.from + self.octets.len() as u64 / OCTETS_PER_TICK as u64;
        if !(self.from..kept_to).flat_map(|tick| said(self.timeslot, tick)).eq(self.octets.iter().copied()) {
            return Err(Wrong::SaysSomethingElse);
        }
        if kept_to < told.durable_to.clamp(self.from, self.to) {
            return Err(Wrong::LostWhatWasDurable);
        }
        let ticks = told.spoken_to.clamp(self.from, self.to).saturating_sub(kept_to);
        if told.spoken_to > self.from {
            *lost.entry(ticks).or_default() += 1;
        }
        if ticks > LOSS_TICKS_MAX { Err(Wrong::LostMoreThanTheBound) } else { Ok(()) }
    }
}

fn check_log(vault: &Path, home: &Home, told: Told) -> Result<(), Wrong> {
    let store = Box::new(FileStore::new(vault));
    let opened = Leaves::open(store, home.vault(), home.log_key(), Box::new(Seeded::new(9)));
    let (leaves, recovered) = opened.map_err(|_| Wrong::LogLostWhatWasSigned)?;
    if recovered.checkpoint_broken || leaves.size() < told.signed_leaves {
        return Err(Wrong::LogLostWhatWasSigned);
    }
    let report = verify(vault, &Outside::default()).map_err(|_| Wrong::DoesNotVerify)?;
    let is_fault = report.findings.iter().any(|found| found.what != Finding::NotLogged);
    if is_fault { Err(Wrong::DoesNotVerify) } else { Ok(()) }
}
