//! What people say and what callers hear while they wait is taken for no tone of an exchange, no machine and no caller id: a
//! false busy tone would end a call that lives. Recorded voices (LibriVox) and the box's own music on hold, at levels and speeds of
//! all kinds. Set-up brings both.

use std::{fs, path::Path};

use analog::plan::Country;
use codec::{decode, encode, ratio_of_db};
use dsp::{
    caller_id::{Modem, Receiver},
    ear::{CallEar, Ear, Ears, Heard},
    progress::{CallTones, Machine, SpecialInformation, Voice},
};
use frame::{LANES, Law, OCTETS_PER_TICK, Octets};
use ringfence::wav;

/// Every recorded voice, and music, by its file's name.
fn material() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let voices = root.join("target/voices");
    let files = fs::read_dir(&voices).unwrap_or_else(|error| panic!("{}: {error}: ./justw voices", voices.display()));
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.push(root.join("prompts/spoken/zh-CN/music.wav"));
    paths.sort();
    assert!(paths.len() >= 7, "voices and music: {paths:?}");
    let read = |path: &std::path::PathBuf| {
        let file = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}: ./justw prompts", path.display()));
        let voice = wav::read(&file).unwrap();
        assert_eq!(voice.law, Law::A);
        (path.file_name().unwrap().to_string_lossy().into_owned(), voice.octets)
    };
    paths.iter().map(read).collect()
}

/// The same louder, and faster: a higher voice. Speeds move every harmonic across the tones.
fn played(octets: &[u8], gain_db: f32, faster: f64) -> Vec<u8> {
    let samples: Vec<f32> = octets.iter().map(|&octet| f32::from(decode(Law::A, octet))).collect();
    let count = (samples.len() as f64 / faster) as usize - 1;
    let at = |n: usize| {
        let place = n as f64 * faster;
        let (before, part) = (place as usize, (place - place.floor()) as f32);
        let sample = (samples[before] * (1.0 - part) + samples[before + 1] * part) * ratio_of_db(gain_db);
        encode(Law::A, sample.round().clamp(-32_768.0, 32_767.0) as i16)
    };
    (0..count).map(at).collect()
}

/// Listens for all tones of a country, and for machines.
fn call_ear(country: Country) -> Ear {
    let plan = country.plan();
    Ear::Call(Box::new(CallEar {
        tones: Some(CallTones::new(plan.call_tones())),
        voice: None,
        special: Some(SpecialInformation::new(&plan.limits)),
        machine: Some(Machine::new()),
    }))
}

/// What an ear for each country hears on each of the sounds.
fn heard(sounds: &[Vec<u8>]) -> Vec<(usize, Country, Heard)> {
    let countries = Country::ALL.len();
    assert!(sounds.len() * countries <= LANES, "a lane for each");
    let mut ears = Ears::new();
    for lane in 0..sounds.len() * countries {
        ears.put(lane as u8, Some(Box::new(call_ear(Country::ALL[lane % countries]))));
    }
    let mut told = Vec::new();
    let ticks = sounds.iter().map(|sound| sound.len() / OCTETS_PER_TICK).max().unwrap_or_default();
    for at in 0..ticks {
        let tick = |lane: usize| sounds.get(lane / countries).and_then(|sound| sound.as_chunks().0.get(at)).copied();
        let lanes = std::array::from_fn(|lane| tick(lane).unwrap_or([Law::A.silence(); OCTETS_PER_TICK]));
        ears.process(&lanes, Law::A, |lane, heard| {
            told.push((usize::from(lane) / countries, Country::ALL[usize::from(lane) % countries], heard));
        });
    }
    told
}

#[test]
fn no_voice_and_no_music_is_taken_for_a_tone_of_any_country_or_for_a_machine() {
    for (name, octets) in material() {
        for gain_db in [0.0, -12.0] {
            let sounds = [0.8, 0.9, 1.0, 1.12, 1.25].map(|faster| played(&octets, gain_db, faster));
            assert_eq!(heard(&sounds), [], "{name} {gain_db} dB: number of the speed, country, what");
        }
    }
}

#[test]
fn no_voice_and_no_music_is_taken_for_a_caller_id() {
    for (name, octets) in material() {
        for modem in [Modem::Bell202, Modem::V23] {
            let mut receiver = Receiver::new(modem, Law::A);
            let told = octets.as_chunks().0.iter().find_map(|tick| receiver.process(tick));
            assert_eq!(told, None, "{name} {modem:?}");
        }
    }
}

#[test]
fn a_recorded_voice_is_heard_as_one_within_a_second_of_its_first_word() {
    let tones = &Country::Cn.plan().tones;
    for (name, octets) in material().into_iter().filter(|(name, _)| name != "music.wav") {
        let voice = Some(Voice::new(&[&tones.ringback, &tones.busy, &tones.dial]));
        let mut ears = Ears::new();
        ears.put(0, Some(Box::new(Ear::Call(Box::new(CallEar { voice, ..CallEar::default() })))));
        let ticks: &[Octets] = octets.as_chunks().0;
        let first = ticks.iter().position(|tick| dsp::level_dbm0(Law::A, tick) > -30.0).unwrap();
        let mut told = None;
        for (at, tick) in ticks.iter().enumerate() {
            let lanes = std::array::from_fn(|lane| if lane == 0 { *tick } else { [Law::A.silence(); OCTETS_PER_TICK] });
            ears.process(&lanes, Law::A, |_, _| told = told.or(Some(at)));
        }
        let told = told.unwrap();
        assert!(told < first + 100, "{name}: word at tick {first}, told at {told}");
    }
}
