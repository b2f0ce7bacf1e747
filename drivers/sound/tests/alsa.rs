//! ALSA itself, with its `file`, `null` and `plug` devices from a configuration of the test's own.
//!
//! ALSA reads its configuration by an environment variable, which a running process can't change safely: so each test
//! runs this program again with it, for itself alone.
#![allow(clippy::unwrap_used)] // helpers of tests are not seen as tests

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use codec::{decode, encode};
use frame::{Law, OCTETS_PER_TICK, Octets, SpanId, SpanTick};
use line::{Audio, Block, DeviceState, Event, Ready};
use os::Clock;
use sound::{SoundAudio, SoundCard};

/// How long anything may take on a loaded machine. A time-out, not a promise.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `test` in a process of its own whose ALSA knows what `config` writes into a folder.
fn alone(name: &str, config: impl Fn(&Path) -> String, test: impl Fn(&Path)) {
    if let Some(folder) = env::var_os("SOUND_TEST_FOLDER") {
        return test(&PathBuf::from(folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("asound.conf");
    fs::write(&file, config(folder.path())).unwrap();
    let mut child = Command::new(env::current_exe().unwrap());
    child.args([name, "--exact", "--nocapture"]).env("ALSA_CONFIG_PATH", &file);
    let output = child.env("SOUND_TEST_FOLDER", folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains("ALSA lib"), "ALSA talks to the console: {said}");
}

/// A device that hears the file `in` and writes what it plays into the file `out`.
fn desk(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "pcm.desk_in {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{folder}/in\" format raw }}\n\
         pcm.desk_out {{ type file slave.pcm {{ type null }} file \"{folder}/out\" format raw }}\n"
    )
}

fn open(capture: Option<&str>, playback: Option<&str>) -> SoundAudio {
    let name = |name: &str| name.to_owned();
    let card = SoundCard { span: SpanId(3), law: Law::A, capture: capture.map(name), playback: playback.map(name) };
    sound::open(&card).unwrap().0
}

/// The next block, and what is answered to it.
fn exchange(audio: &mut SoundAudio, answer: u8) -> Octets {
    let mut tick = SpanTick::silent(SpanId(3), Law::A);
    let limit = Clock.now() + PATIENCE;
    assert!(matches!(audio.wait(limit), Ready::Blocks { .. }), "no block in {PATIENCE:?}");
    assert_eq!(audio.read(&mut tick), Block::Fresh);
    tick.tx[0] = [answer; OCTETS_PER_TICK];
    audio.write(&tick);
    tick.rx[0]
}

fn until_told(audio: &mut SoundAudio, wanted: DeviceState) {
    let limit = Instant::now() + PATIENCE;
    while audio.poll_event().is_none_or(|event| event.event != Event::Device(wanted)) {
        assert!(Instant::now() < limit, "{wanted:?} is not told");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn write_samples(path: &Path, samples: impl Iterator<Item = i16>) {
    fs::write(path, samples.flat_map(i16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
}

fn read_samples(path: &Path) -> Vec<i16> {
    let octets = fs::read(path).unwrap_or_default();
    octets.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[test]
fn a_handset_is_heard_and_hears() {
    alone("a_handset_is_heard_and_hears", desk, |folder| {
        let said: Vec<i16> = (0..1600).map(|n| (n * 20) as i16 - 16_000).collect();
        write_samples(&folder.join("in"), said.iter().copied());
        let mut audio = open(Some("desk_in"), Some("desk_out"));
        until_told(&mut audio, DeviceState::There);
        let heard: Vec<u8> = (0..20).flat_map(|_| exchange(&mut audio, 0x11)).collect();
        let expected: Vec<u8> = said.iter().map(|sample| encode(Law::A, *sample)).collect();
        assert_eq!(heard, expected, "every sample, in order");
        let limit = Instant::now() + PATIENCE;
        let played = || read_samples(&folder.join("out")).iter().filter(|s| **s == decode(Law::A, 0x11)).count();
        while played() < 800 {
            assert!(Instant::now() < limit, "{} samples were played", played());
            exchange(&mut audio, 0x11);
        }
        let counters = audio.counters(SpanId(3)).unwrap();
        assert_eq!(counters.underruns.load(Relaxed), 0);
    });
}

#[test]
fn a_device_that_is_not_there_is_told_and_found_when_it_comes() {
    alone(
        "a_device_that_is_not_there_is_told_and_found_when_it_comes",
        |_| String::new(),
        |folder| {
            let mut audio = open(Some("desk_in"), Some("desk_out"));
            until_told(&mut audio, DeviceState::Missing);
            let mut tick = SpanTick::silent(SpanId(3), Law::A);
            assert_eq!(audio.read(&mut tick), Block::Missing, "and no block is made up");
            write_samples(&folder.join("in"), std::iter::repeat_n(8000, 800));
            // Another file of that name: ALSA tells changes by the second.
            fs::write(folder.join("new.conf"), desk(folder)).unwrap();
            fs::rename(folder.join("new.conf"), folder.join("asound.conf")).unwrap();
            until_told(&mut audio, DeviceState::There);
            assert_eq!(exchange(&mut audio, 0xd5), [encode(Law::A, 8000); OCTETS_PER_TICK]);
        },
    );
}

#[test]
fn a_device_of_another_rate_is_brought_to_ours_by_plug() {
    let config = |folder: &Path| {
        let folder = folder.display();
        format!(
            "pcm.studio {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{folder}/in\" format raw }}\n\
             pcm.desk {{ type plug slave {{ pcm \"studio\" rate 48000 channels 2 format S16_LE }} }}\n"
        )
    };
    alone("a_device_of_another_rate_is_brought_to_ours_by_plug", config, |folder| {
        // A second of a constant on both channels at 48 kHz.
        write_samples(&folder.join("in"), std::iter::repeat_n(9000, 96_000));
        let mut audio = open(Some("desk"), None);
        until_told(&mut audio, DeviceState::There);
        (0..5).for_each(|_| _ = exchange(&mut audio, 0xd5));
        let levels: Vec<i16> = exchange(&mut audio, 0xd5).iter().map(|octet| decode(Law::A, *octet)).collect();
        assert!(levels.iter().all(|level| (8700..9300).contains(level)), "{levels:?}");
    });
}

#[test]
fn a_loudspeaker_has_a_clock_that_the_box_can_follow() {
    alone("a_loudspeaker_has_a_clock_that_the_box_can_follow", desk, |folder| {
        let mut audio = open(None, Some("desk_out"));
        until_told(&mut audio, DeviceState::There);
        let began = Instant::now();
        let silent = (0..30).all(|_| exchange(&mut audio, 0x11) == [Law::A.silence(); OCTETS_PER_TICK]);
        assert!(silent, "a loudspeaker hears nothing");
        assert!(began.elapsed() >= Duration::from_millis(200), "30 blocks in {:?}", began.elapsed());
        let played = read_samples(&folder.join("out"));
        assert!(played.contains(&decode(Law::A, 0x11)), "{} samples were played", played.len());
    });
}
