//! In Chromium: from the owner's code to a played recording, in both languages, without a word from the security policy.

use std::time::{Duration, Instant};

use ringfence::{handles::JackState, journal::Alarm};

use crate::{
    chromium::{Chromium, wait_for},
    planes::{self, CALL, PASSWORD, TELEPHONE, TestBox},
};

/// A box whose owner sits at a browser of this language.
fn owner(language: &str) -> (TestBox, Chromium, String) {
    let test_box = planes::start();
    let chromium = Chromium::start(language);
    let url = format!("http://{}", test_box.address);
    become_owner(&chromium, &url, &test_box.code);
    (test_box, chromium, url)
}

/// From the owner's code to the first page.
pub fn become_owner(chromium: &Chromium, url: &str, code: &str) {
    chromium.resize(1366, 768);
    chromium.open(url);
    assert_eq!(chromium.path(), "/first-start");
    chromium.picture(&format!("first-start-{}", chromium.language));
    chromium.type_into("code", &code.to_lowercase());
    for (field, text) in [("name", "院长"), ("password", PASSWORD), ("again", PASSWORD)] {
        chromium.type_into(field, text);
    }
    chromium.press("main button");
    chromium.wait_long("location.pathname == '/now'");
}

fn jack_word(chromium: &Chromium) -> String {
    chromium.text(&format!("[data-port='{TELEPHONE}'] .state"))
}

#[test]
fn the_owner_takes_the_box_sees_a_hook_within_a_second_and_plays_a_call() {
    let (test_box, chromium, url) = owner("zh-CN");
    chromium.picture("now-zh");

    chromium.press("nav a[href='/box']");
    chromium.wait("document.querySelectorAll('[data-port]').length == 13");
    assert_eq!(jack_word(&chromium), "空闲");
    chromium.wait("document.getElementById('not-live').hidden");
    for (state, word) in [(JackState::Dialling, "拨号"), (JackState::Talking, "通话"), (JackState::Idle, "空闲")]
    {
        let lifted = Instant::now();
        test_box.hook(state);
        wait_for(|| jack_word(&chromium) == word, word);
        assert!(lifted.elapsed() < Duration::from_secs(1), "{word} after {:?}", lifted.elapsed());
    }
    chromium.picture("box-zh");
    chromium.open(&format!("{url}/box/SIM-E1.1"));
    assert!(chromium.text("#acts").contains("下载跟踪"), "{}", chromium.text("#acts"));
    chromium.script("document.querySelector('#acts').scrollIntoView()");
    chromium.picture("box-e1-zh");

    chromium.press("nav a[href='/calls']");
    chromium.wait("location.pathname == '/calls'");
    assert!(chromium.text("#calls-past").contains("139****8000"));
    assert!(!chromium.text("main").contains("13912348000"), "a list shows no whole number");
    chromium.picture("calls-zh");
    chromium.press(&format!("#calls-past a[href='/calls/{CALL}']"));
    chromium.wait("document.querySelectorAll('.story:not(.rungs) li').length == 19");
    let story = chromium.text("#story");
    for words in ["在“menu”按了 1", "在队列“挂号预约”等待，第 2 位", "+19.3 s", "录音已完成并封存"]
    {
        assert!(story.contains(words), "{words} in {story}");
    }
    chromium.picture("call-sealed-zh");

    listen(&test_box, &chromium);
    chromium.press("a[href^='/language/en']");
    chromium.wait("document.documentElement.lang == 'en'");
    assert!(chromium.text("#story").contains("Waits in “挂号预约”, number 2 in line"), "{}", chromium.text("#story"));
    chromium.picture("call-open-en");
    chromium.script("document.querySelector('.rungs').scrollIntoView({ block: 'center' })");
    chromium.picture("call-signalling-en");
    chromium.press("form[action$='/seal'] button");
    chromium.wait("document.querySelector('audio') == null");
    wait_for(|| test_box.said.lock().unwrap().sealed == 1, "the vault is told to seal");
    assert_eq!(chromium.complaints(), Vec::<String>::new(), "the console is silent");

    chromium.press("form[action='/sign-out'] button");
    chromium.wait("location.pathname == '/sign-in'");
    chromium.open(&format!("{url}/calls"));
    assert_eq!(chromium.path(), "/sign-in");
    chromium.picture("sign-in-en");
}

fn listen(test_box: &TestBox, chromium: &Chromium) {
    chromium.type_into("reason", "投诉 118");
    chromium.type_into("passphrase", PASSWORD);
    chromium.press("form[action$='/open'] button");
    chromium.wait("document.querySelector('audio') != null");
    assert_eq!(test_box.said.lock().unwrap().opened[0].1, "投诉 118");
    chromium.script("document.querySelector('audio').play()");
    chromium.wait("document.querySelector('audio').currentTime > 0.5");
    let length = chromium.script("return document.querySelector('audio').duration").as_f64().unwrap();
    assert!((length - 12.0).abs() < 0.1, "{length}");
    // A place far ahead is asked for as a range.
    chromium.script("document.querySelector('audio').currentTime = 10");
    chromium.wait("document.querySelector('audio').currentTime > 10.2");
    chromium.script("document.querySelector('audio').pause()");
}

#[test]
fn a_page_left_open_shows_an_alarm_and_a_dead_plane_by_itself() {
    let (test_box, chromium, _) = owner("en");
    assert!(chromium.text("#tiles").contains("Look at 1"), "a handset was left off: {}", chromium.text("#tiles"));
    test_box.alarm(Alarm::NoBattery { port: "SIM-FXO.3".parse().unwrap() });
    chromium.wait("document.getElementById('alarms').innerText.includes('Alarms: 1')");
    let alarms = chromium.text("#alarm-list");
    assert!(alarms.contains("has no battery; this side is good"), "{alarms}");
    chromium.picture("now-alarm-en");
    chromium.press("nav a[href='/box']");
    chromium.press("[data-port='SIM-FXO.3']");
    chromium.wait("document.querySelector('#jack .note') != null");
    chromium.picture("box-jack-en");

    chromium.resize(390, 844);
    chromium.picture("box-phone-en");
    for path in ["/now", "/calls", &format!("/calls/{CALL}")] {
        chromium.open(&format!("http://{}{path}", test_box.address));
        let too_wide = chromium.script(
            "return [...document.querySelectorAll('main *, header *')]
                .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.wide, svg'))
                .map((one) => one.className || one.tagName).join(' ')",
        );
        assert_eq!(too_wide, "", "{path} fits a telephone's width");
    }
    chromium.picture("call-phone-en");
    chromium.resize(1366, 768);
    chromium.darken(true);
    chromium.open(&format!("http://{}/now", test_box.address));
    chromium.picture("now-dark-en");
    assert_eq!(chromium.complaints(), Vec::<String>::new(), "the console is silent");

    test_box.said.lock().unwrap().control_answers = false;
    chromium.open(&format!("http://{}/box", test_box.address));
    assert!(chromium.text("main").contains("Call control does not answer"), "{}", chromium.text("main"));
}
