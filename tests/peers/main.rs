//! The main job against programs that are not ours: libpri as the exchange, tshark as the reader of what was signalled, and
//! a reader of the vault that was written from its format alone.
//!
//! Expected audio comes from the caller's own file, never from ours. Boxes run in real time, each of several processes, as
//! many at once as the test harness has threads, which is one a core: a box takes a tenth of one.
#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

mod call_back;
#[path = "../sim/ear.rs"]
mod ear;
mod exchange_away;
mod outgoing;
mod program;
mod reader;
mod restart;
mod site;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use ringfence::{
    recorder::{FileStore, Opener, objects, open_recording},
    wav,
};

/// Built by set-up from `pri_peer.c`.
const EXCHANGE: &str = "target/peers/pri_peer";

/// A LibriVox reading, put there by set-up.
const VOICE: &str = "target/voices/caller.wav";

/// How much of the caller's voice must be in the recording, octet for octet: 8 s.
const VOICE_OCTETS: usize = 8 * 8000;

/// How much of that must be speech, and no pause between words.
const SPEECH_MS: usize = 5000;
const SPEECH_DBM0: f32 = -30.0;

fn there(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    assert!(path.exists(), "{} is missing: ./justw peers voices", path.display());
    path
}

/// The settings of the demo with the box on a side of the trunk.
fn demo_settings(role: &str) -> String {
    let text = include_str!("../../board/demo.settings.toml");
    let on_side = text.replacen("role = \"user\"", &format!("role = \"{role}\""), 1);
    assert_eq!(on_side != text, role != "user", "the demo's box is the user");
    on_side
}

/// The demo's one call against libpri, its data in `data`. libpri stands on the side on which the box is not.
fn demo(settings: &Path, data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.args(["--lang", "en", "demo", "--once", "--data"]).arg(data).arg("--settings").arg(settings);
    command.arg("--exchange").arg(there(EXCHANGE)).arg("--voice").arg(there(VOICE));
    command.output().unwrap()
}

/// What tshark says of the frames of a trace that fit a filter.
fn tshark(trace: &Path, filter: &str) -> String {
    let read = Command::new("tshark").arg("-r").arg(trace).args(["-Y", filter]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8(read.stdout).unwrap()
}

fn contains(heard: &[u8], said: &[u8]) -> bool {
    heard.windows(said.len()).any(|window| window == said)
}

#[test]
fn the_main_job_goes_through_libpri_as_the_network_and_the_recording_holds_the_callers_voice() {
    the_main_job("user");
}

#[test]
fn the_main_job_goes_through_libpri_as_the_user_and_the_recording_holds_the_callers_voice() {
    the_main_job("network");
}

/// The main job with the box in `role` and libpri in the other one.
fn the_main_job(role: &str) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let settings = folder.path().join("settings.toml");
    fs::write(&settings, demo_settings(role)).unwrap();
    let shown = demo(&settings, &data);
    let told = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.status.success(), "{told}\n{}", String::from_utf8_lossy(&shown.stderr));
    assert!(told.contains("Pressed 1 in"), "the digit came through the DTMF receiver: {told}");
    assert!(told.contains("intact (sealed)"), "{told}");

    let code = told.lines().find_map(|line| line.split_once("keep it safe): ")).unwrap().1;
    let vault = data.join("vault");
    let opener = Opener::new(Box::new(FileStore::new(&vault)), code.as_bytes()).unwrap();
    let store = FileStore::new(&vault);
    let object = &objects(&store).unwrap()[0].name;
    let recording = open_recording(&store, object, &opener).unwrap();
    let voice = wav::read(&fs::read(there(VOICE)).unwrap()).unwrap();
    let caller = &recording.parts[0].voices[0];
    let said = &voice.octets[..VOICE_OCTETS];
    let (blocks, _) = said.as_chunks::<80>();
    let loud = blocks.iter().filter(|block| dsp::level_dbm0(voice.law, block) > SPEECH_DBM0).count();
    assert!(loud * 10 >= SPEECH_MS, "the file is speech for {loud} blocks of 10 ms");
    assert!(contains(&caller.octets, said), "sample for sample");

    for intact in [reader::verify(&data, &[]), reader::verify_open(&data, code)] {
        assert!(intact.is_intact && intact.text.contains("1 recordings, "), "{}", intact.text);
    }
    let out = tempfile::tempdir().unwrap();
    let tracks = reader::open(&data, &recording.recording.to_string(), code, out.path());
    let voices: Vec<_> = recording.parts.iter().flat_map(|part| &part.voices).collect();
    assert_eq!(tracks.len(), voices.len());
    for (track, voice) in tracks.iter().zip(voices) {
        assert_eq!((track.leg.clone(), track.first_tick * 80), (voice.leg.to_string(), voice.first.0));
        // Ours lets all voices of a part end together.
        assert!(voice.octets.starts_with(&track.octets) && track.octets.len() as u64 >= voice.kept_ticks * 80);
    }

    let trace = data.join("traces/d-channel.pcap");
    assert!(tshark(&trace, "q931.message_type == 0x05").lines().count() == 1, "one SETUP");
    assert!(tshark(&trace, "q931.message_type == 0x07").lines().count() == 1, "one CONNECT");
    let faults = tshark(&trace, "_ws.malformed || _ws.expert.severity >= 0x600000");
    assert_eq!(faults, "", "nothing malformed");
}
