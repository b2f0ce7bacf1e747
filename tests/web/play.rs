//! A real call in a real box, seen, opened and heard in a real browser.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use frame::Law;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    browser::become_owner,
    chromium::{Chromium, wait_for},
    planes::{PASSWORD, TELEPHONE},
    real_box::{RealBox, voice},
};

/// What the owner's password is changed to.
const NEWER: &str = "something quite different";

/// How long both talk.
const TALK: Duration = Duration::from_secs(6);

/// How much of each voice is looked for in what the browser decodes: 4 s.
const COMPARED: usize = 4 * 8000;

/// What is compared at once: a second.
const STRETCH: usize = 8000;

/// How many of these may be torn by a machine that stood still.
const TORN_MAX: usize = 2;

/// A voice that went through the box unchanged, through the browser's decoder and into floating point.
const ALIKE: f64 = 0.99;

#[test]
fn a_call_is_seen_as_it_rings_and_heard_by_whoever_gives_a_reason() {
    let real_box = RealBox::start();
    let chromium = Chromium::start("zh-CN");
    become_owner(&chromium, &real_box.url, &real_box.code);
    let said = [voice("caller.wav"), voice("telephone.wav")];
    call(&real_box, &chromium, &said);

    chromium.press("nav a[href='/calls']");
    chromium.wait("document.querySelector('#calls-past a') != null");
    chromium.press("#calls-past a");
    chromium.wait_long("document.querySelector('form[action$=\"/open\"]') != null || (location.reload(), false)");
    chromium.picture("real-call-sealed-zh");
    open(&chromium, "not the password", "随便听听");
    chromium.wait_long("document.querySelector('[role=alert]') != null");
    assert!(chromium.text("[role=alert]").contains("密码打不开录音库"), "{}", chromium.text("main"));
    chromium.picture("real-call-refused-zh");
    open(&chromium, PASSWORD, "投诉 118");
    chromium.wait_long("document.querySelector('audio') != null");

    play(&chromium);
    hear(&chromium, &said);
    chromium.picture("real-call-open-zh");
    chromium.press("a[href^='/language/en']");
    chromium.wait("document.documentElement.lang == 'en'");
    let story = chromium.text("#story");
    assert!(story.contains("院长 asked to hear the recording, “投诉 118”: done"), "{story}");
    assert!(story.contains("“随便听听”: not done"), "{story}");
    play(&chromium);
    chromium.picture("real-call-open-en");
    chromium.resize(390, 844);
    chromium.script("document.querySelector('audio').scrollIntoView({ block: 'center' })");
    chromium.picture("real-call-open-phone-en");
    chromium.resize(1366, 768);
    assert_eq!(chromium.complaints_but(&["403"]), Vec::<String>::new(), "the console is silent");

    killed(&real_box, &chromium);
    sign_out(&real_box, &chromium);
    another_password(&real_box, &chromium);
}

/// The telephone rings, is lifted, which the page shows within a second, and both talk.
fn call(real_box: &RealBox, chromium: &Chromium, said: &[Vec<u8>; 2]) {
    let telephone = real_box.telephone(3);
    chromium.press("nav a[href='/box']");
    chromium.wait("document.getElementById('not-live').hidden");
    let jack = || chromium.text(&format!("[data-port='{TELEPHONE}'] .state"));
    assert_eq!(jack(), "空闲");
    let caller = real_box.rings(1, telephone);
    wait_for(|| jack() == "振铃", "it rings");
    let lifted = Instant::now();
    real_box.lift(telephone);
    wait_for(|| jack() == "通话", "both talk");
    assert!(lifted.elapsed() < Duration::from_secs(1), "a lifted handset was shown after {:?}", lifted.elapsed());
    real_box.says(caller, &said[0]);
    real_box.says(telephone, &said[1]);
    sleep(TALK);
    real_box.hang_up(1, telephone);
    // Not within a second of the hand: the card waits for as long as a hook flash lasts before it tells.
    wait_for(|| jack() == "空闲", "it is over");
}

fn open(chromium: &Chromium, passphrase: &str, reason: &str) {
    // A refusal leaves its reason in the form.
    chromium.script("document.querySelector('form[action$=\"/open\"] [name=reason]').value = ''");
    chromium.type_into("reason", reason);
    chromium.type_into("passphrase", passphrase);
    chromium.press("form[action$='/open'] button");
}

/// The player plays: its time advances by itself, and the line on the picture with it.
fn play(chromium: &Chromium) {
    chromium.script("document.getElementById('player').play()");
    chromium.wait("document.getElementById('player').currentTime > 1");
    chromium.script("document.getElementById('player').pause()");
    let line = chromium.script("return document.getElementById('played').getAttribute('transform')");
    assert!(!line.as_str().unwrap_or_default().starts_with("translate(0 "), "{line}");
    assert!(chromium.script("return document.getElementById('player').error").is_null());
}

/// What the browser's own decoder makes of the player's source is what both said, each on its side.
fn hear(chromium: &Chromium, said: &[Vec<u8>; 2]) {
    chromium.script(
        "const source = document.getElementById('player').src;
         (async () => {
             const file = await (await fetch(source)).arrayBuffer();
             const heard = await new OfflineAudioContext(2, 1, 8000).decodeAudioData(file);
             window.heard = [0, 1].map((side) => Array.from(heard.getChannelData(side), (at) => Math.round(at * 32768)));
         })().catch((error) => { window.heard = String(error); })",
    );
    chromium.wait_long("window.heard != null");
    for (side, said) in said.iter().enumerate() {
        let heard = chromium.script(&format!("return window.heard[{side}]"));
        let heard: Vec<f64> =
            heard.as_array().unwrap_or_else(|| panic!("{heard}")).iter().filter_map(|at| at.as_f64()).collect();
        let said: Vec<f64> = said.iter().map(|octet| f64::from(codec::decode(Law::A, *octet))).collect();
        // Stretch by stretch: where the machine stood still, audio between two of them is lost, and told in the call's story.
        let mut likeness: Vec<f64> = said[..COMPARED].chunks(STRETCH).map(|said| best_likeness(said, &heard)).collect();
        likeness.sort_by(f64::total_cmp);
        let worse = likeness.partition_point(|of| *of <= ALIKE);
        assert!(worse <= TORN_MAX, "voice {side} is like what was said by {likeness:?}");
        let other = best_likeness(&said[..COMPARED], &of_other_side(chromium, side));
        assert!(other < 0.3, "voice {side} is on its side alone, on the other by {other}");
    }
}

fn of_other_side(chromium: &Chromium, side: usize) -> Vec<f64> {
    let heard = chromium.script(&format!("return window.heard[{}]", 1 - side));
    heard.as_array().unwrap().iter().filter_map(|at| at.as_f64()).collect()
}

/// The correlation at the place where a loud stretch of what was said fits best.
fn best_likeness(said: &[f64], heard: &[f64]) -> f64 {
    const PROBE: usize = 240;
    let power = |at: &usize| said[*at..at + PROBE].iter().map(|sample| sample * sample).sum::<f64>();
    let loud = (0..said.len() - PROBE).step_by(PROBE).max_by(|a, b| power(a).total_cmp(&power(b))).unwrap();
    let probe = &said[loud..loud + PROBE];
    let places = loud..heard.len().saturating_sub(said.len() - loud);
    let fits = |at: &usize| correlation(probe, &heard[*at..at + PROBE]);
    let Some(best) = places.max_by(|a, b| fits(a).total_cmp(&fits(b))) else { return 0.0 };
    correlation(said, &heard[best - loud..best - loud + said.len()])
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let power = (dot(a, a) * dot(b, b)).sqrt();
    if power > 0.0 { dot(a, b) / power } else { 0.0 }
}

/// The program that opened it is killed: the page says so in words, and another opening works.
fn killed(real_box: &RealBox, chromium: &Chromium) {
    let openers = real_box.openers();
    assert_eq!(openers.len(), 1, "one opener, though there were two openings");
    kill(Pid::from_raw(openers[0]), Signal::SIGKILL).unwrap();
    wait_for(|| real_box.openers().is_empty(), "the opener is gone");
    chromium.script("location.reload()");
    chromium.wait("document.querySelector('[role=status].off') != null");
    assert!(chromium.text("[role=status].off").contains("ended unexpectedly"), "{}", chromium.text("main"));
    chromium.picture("real-call-opener-killed-en");
    open(chromium, PASSWORD, "complaint 118, again");
    chromium.wait_long("document.querySelector('audio') != null");
    play(chromium);
}

/// Signing out seals: the process ends, and whoever signs in next finds the recording sealed.
fn sign_out(real_box: &RealBox, chromium: &Chromium) {
    assert_eq!(real_box.openers().len(), 1);
    let page = chromium.path();
    chromium.press("form[action='/sign-out'] button");
    chromium.wait("location.pathname == '/sign-in'");
    wait_for(|| real_box.openers().is_empty(), "the opener ends with the session");
    chromium.type_into("name", "院长");
    chromium.type_into("password", PASSWORD);
    chromium.press("main button");
    chromium.wait("location.pathname == '/now'");
    chromium.open(&format!("{}{page}", real_box.url));
    assert_eq!(chromium.script("return document.querySelector('audio')"), serde_json::Value::Null);
}

/// The owner changes the password: the vault opens with the new one, and with the old one no more.
fn another_password(real_box: &RealBox, chromium: &Chromium) {
    let page = chromium.path();
    chromium.open(&format!("{}/account", real_box.url));
    for (field, text) in [("old", PASSWORD), ("password", NEWER), ("again", NEWER)] {
        chromium.type_into(field, text);
    }
    chromium.press("form.entry button");
    chromium.wait_long("document.querySelector('.note.talk') != null");
    chromium.open(&format!("{}{page}", real_box.url));
    open(chromium, PASSWORD, "with the old one");
    chromium.wait_long("document.querySelector('[role=alert]') != null");
    open(chromium, NEWER, "with the new one");
    chromium.wait_long("document.querySelector('audio') != null");
}
