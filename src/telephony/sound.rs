//! Which clip a prompt, a tone or a piece of music is, and how they come into memory.
//!
//! Tones are clips of one period of their cadence, made at start from the country's plan: so the media thread only
//! moves octets. Prompts come from the data directory, else from the folder that set-up filled.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use analog::plan::{CountryPlan, ToneKind};
use dsp::{
    dtmf::{self, DtmfDigit, Timing},
    tone::{AfterLast, Generator, TonePlan, ToneStep},
};
use frame::{Law, OCTETS_PER_TICK};
use vault::SoundId;

use super::sender::whole;
use crate::{
    media::{Clip, ClipId, KeyTone, PlayId, Playlist, SHARED_CLIPS, Source},
    wav,
};

/// The clips that the box knows by name.
#[derive(Debug, Default)]
pub struct Sounds {
    clips: Vec<Arc<Clip>>,
    /// By what the map of a recording names each clip. Taken where the clips are read: call control waits for no hash.
    ids: Vec<SoundId>,
    prompts: BTreeMap<String, ClipId>,
    tones: Vec<(ToneKind, ClipId, AfterLast)>,
    /// The keys of a telephone, as tones.
    keys: Vec<(char, KeyTone)>,
}

/// A file that should be a prompt and is not.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// It can't be read.
    #[error("{path}: {why}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
    /// It is no voice for the box.
    #[error("{path}: {why}")]
    Wav {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: wav::WavError,
    },
}

impl Sounds {
    /// The tones of a country.
    pub fn of_country(plan: &CountryPlan) -> Sounds {
        let mut sounds = Sounds::default();
        for &kind in ToneKind::ALL {
            let tone = plan.tone(kind);
            let id = sounds.add(Clip { octets: one_period(tone).into(), law: Law::A });
            sounds.tones.push((kind, id, tone.after_last));
        }
        sounds.add_prompt(MAIL_TONE, wav::Voice { octets: mail_tone(), law: Law::A });
        for digit in DtmfDigit::all() {
            let id = sounds.add(Clip { octets: pressed(digit, plan.dtmf).into(), law: Law::A });
            sounds.keys.push((digit.as_char(), KeyTone(id)));
        }
        sounds
    }

    /// Adds every WAV file of a folder, by its name without the ending. A file replaces one of the same name that was
    /// read before.
    ///
    /// # Errors
    /// The first file that can't be read; the folder itself may be missing.
    pub fn read_folder(&mut self, folder: &Path) -> Result<(), SoundError> {
        let read = |path: &Path, why| SoundError::Read { path: path.to_owned(), why };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(why) => return Err(read(folder, why)),
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        // The order of a folder is the file system's; the clips' must not be.
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "wav")) {
            let file = fs::read(path).map_err(|why| read(path, why))?;
            let voice = wav::read(&file).map_err(|why| SoundError::Wav { path: path.clone(), why })?;
            let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            self.add_prompt(name, voice);
        }
        Ok(())
    }

    /// Adds a prompt by name.
    pub fn add_prompt(&mut self, name: &str, voice: wav::Voice) {
        let id = self.add(Clip { octets: voice.octets.into(), law: voice.law });
        self.prompts.insert(name.to_owned(), id);
    }

    /// Takes the prompts of `sounds` under names that are not known yet, and tells their clips. The table of the media
    /// thread has an end: what finds no place there stays unknown, and the next start begins with an empty table.
    pub fn add_new(&mut self, sounds: Sounds) -> Vec<(ClipId, Arc<Clip>)> {
        let mut added = Vec::new();
        for (name, added_from) in sounds.prompts {
            let Some(clip) = sounds.clips.get(usize::from(added_from.0)).filter(|_| self.clips.len() < SHARED_CLIPS)
            else {
                break;
            };
            if !self.prompts.contains_key(&name) {
                let id = ClipId(self.clips.len() as u16);
                self.clips.push(Arc::clone(clip));
                self.ids.extend(sounds.ids.get(usize::from(added_from.0)));
                self.prompts.insert(name, id);
                added.push((id, Arc::clone(clip)));
            }
        }
        added
    }

    /// How the map of a recording names a clip, and how many samples it has. None of a clip that is a port's own.
    pub(super) fn in_map(&self, clip: ClipId) -> Option<(SoundId, u64)> {
        let at = usize::from(clip.0);
        Some((*self.ids.get(at)?, self.clips.get(at)?.octets.len() as u64))
    }

    /// The clip of a prompt or a piece of music.
    pub fn prompt(&self, name: &str) -> Option<ClipId> {
        self.prompts.get(name).copied()
    }

    /// A prompt itself.
    pub(super) fn clip(&self, name: &str) -> Option<&Clip> {
        self.clips.get(usize::from(self.prompt(name)?.0)).map(|clip| &**clip)
    }

    /// What a party hears who hears a tone.
    pub fn tone(&self, kind: ToneKind) -> Source {
        match self.tones.iter().find(|(of, ..)| *of == kind) {
            Some((_, clip, AfterLast::Repeat)) => Source::Loop(*clip),
            Some((_, clip, AfterLast::End)) => Source::Play { list: Playlist::new([*clip]), play: PlayId::default() },
            None => Source::Silence,
        }
    }

    /// The tone of a key.
    pub fn key(&self, key: char) -> Option<KeyTone> {
        self.keys.iter().find(|(of, _)| *of == key).map(|(_, tone)| *tone)
    }

    /// All clips, for the media thread's table.
    pub fn clips(&self) -> impl Iterator<Item = (ClipId, Arc<Clip>)> + '_ {
        self.clips.iter().enumerate().map(|(index, clip)| (ClipId(index as u16), Arc::clone(clip)))
    }

    fn add(&mut self, clip: Clip) -> ClipId {
        self.ids.push(SoundId::of(&clip.octets));
        self.clips.push(Arc::new(clip));
        ClipId((self.clips.len() - 1) as u16)
    }
}

/// After it a caller's message begins.
const MAIL_TONE: &str = "mail_tone";

/// The same in all countries: 1,000 Hz for half a second, as answering machines have it.
const MAIL_TONE_PLAN: TonePlan =
    TonePlan { steps: &[ToneStep::one(1000, 500)], after_last: AfterLast::End, level_dbm0: -13.0 };

fn mail_tone() -> Vec<u8> {
    let mut generator = Generator::new(MAIL_TONE_PLAN, Law::A);
    whole(|octets| generator.process(octets))
}

/// The tone of a key and the pause behind it.
fn pressed(digit: DtmfDigit, timing: Timing) -> Vec<u8> {
    let mut generator = dtmf::Generator::new(timing, Law::A);
    let taken = generator.push(digit);
    assert!(taken, "a generator takes one digit");
    whole(|octets| generator.process(octets))
}

/// One period of a tone's cadence. A steady tone gets one second: all tones of all plans are whole numbers of hertz, so a
/// second holds whole periods and repeats without a click.
fn one_period(tone: TonePlan) -> Vec<u8> {
    let steady = tone.steps.iter().any(|step| step.length_ms == 0);
    let period_ms = if steady { 1000 } else { tone.steps.iter().map(|step| usize::from(step.length_ms)).sum() };
    let samples = period_ms * wav::RATE_HZ as usize / 1000;
    let mut generator = Generator::new(tone, Law::A);
    let mut octets = Vec::with_capacity(samples + OCTETS_PER_TICK);
    while octets.len() < samples {
        let mut tick = [0; OCTETS_PER_TICK];
        generator.process(&mut tick);
        octets.extend(tick);
    }
    octets.truncate(samples);
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_later_takes_no_place_of_a_port_or_a_caller() {
        let of = |names: std::ops::Range<usize>| {
            let mut sounds = Sounds::default();
            names.for_each(|no| sounds.add_prompt(&format!("n{no}"), wav::Voice { octets: vec![1; 8], law: Law::A }));
            sounds
        };
        let mut sounds = of(0..SHARED_CLIPS - 2);
        let added = sounds.add_new(of(600..603));
        let places: Vec<usize> = added.iter().map(|(clip, _)| usize::from(clip.0)).collect();
        assert_eq!(places, [SHARED_CLIPS - 2, SHARED_CLIPS - 1]);
        assert!(sounds.prompt("n602").is_none(), "it stays unknown");
    }
}
