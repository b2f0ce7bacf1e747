//! The page of a handset at the box: its hook and keys, and whose they are.

use frame::PortId;
use ringfence::handles::{HandsetAct, JackState};
use settings::{Key, PersonRole};

use crate::{
    browser::become_owner,
    chromium::Chromium,
    plain::{get, owner, post},
    planes::{self, Listen, TestBox},
};

const CARDS: &str = r#"
[[cards]]
card = "sound"
kind = "handset"
serial = "DESK"
slot = 4
jacks = ["总台手柄"]
sound = { capture = "plughw:CARD=Headset", playback = "plughw:CARD=Headset" }

[[cards]]
card = "sound"
kind = "line_in"
serial = "RADIO"
slot = 5
jacks = ["收音机"]
sound = { capture = "plughw:CARD=Radio" }

[[cards]]
card = "sound"
kind = "loudspeaker"
serial = "HALL"
slot = 6
jacks = ["大厅广播"]
sound = { playback = "plughw:CARD=Hall" }
"#;

const STATION: &str = "[[stations]]\nport = \"DESK.1\"\nextension = \"850\"\nname = \"总台手柄\"\n\n";

fn start() -> TestBox {
    let listen = Listen { address: "127.0.0.1:0".parse().unwrap(), plain: true };
    planes::start_with(listen, CARDS, |settings| {
        settings.replacen("[[stations]]", &format!("{STATION}[[stations]]"), 1)
    })
}

fn desk() -> PortId {
    "DESK.1".parse().unwrap()
}

fn set(test_box: &TestBox, state: JackState) {
    let mut said = test_box.said.lock().unwrap();
    said.snapshot.jacks.iter_mut().find(|jack| jack.port == desk()).unwrap().state = state;
}

#[test]
fn a_handset_is_lifted_keyed_and_put_down_by_its_operator_and_nobody_else() {
    let test_box = start();
    let (cookie, token) = owner(&test_box);
    let send = |act: &str| post(&test_box, "/box/DESK.1/hand", &cookie, &[("token", token.as_str()), ("act", act)]);
    assert!(get(&test_box, "/box/DESK.1", &cookie).text().contains("/box/DESK.1/hand"));
    for act in ["lift", "8", "put_down"] {
        assert_eq!(send(act).status, 200, "{act}");
    }
    let key = HandsetAct::Key(Key::try_from('8').unwrap());
    let expected = [HandsetAct::Lift, key, HandsetAct::PutDown].map(|act| (desk(), act));
    assert_eq!(std::mem::take(&mut test_box.said.lock().unwrap().hands), expected);
    assert_eq!(send("88").status, 400, "a form holds one key");
    set(&test_box, JackState::Alarm);
    assert!(send("lift").text().contains("Plug it in first"));
    assert!(!get(&test_box, "/box/SIM-FXS.1", &cookie).text().contains("/hand"), "a telephone has its own hook");
    test_box.said.lock().unwrap().hands.clear();

    let mut settings = (**test_box.settings.borrow()).clone();
    settings.people[4].extension = Some("850".into());
    settings.people[0].roles = vec![PersonRole::System];
    test_box.settings.send(settings.into()).unwrap();
    let offers = || get(&test_box, "/box/DESK.1", &cookie).text().contains("/box/DESK.1/hand");
    crate::chromium::wait_for(|| !offers(), "it is another's");
    assert_eq!(send("lift").status, 403);
    assert!(test_box.said.lock().unwrap().hands.is_empty(), "and call control was not asked");
}

#[test]
fn the_page_of_a_handset_is_pressed_in_a_browser_in_both_languages() {
    let (test_box, chromium) = (start(), Chromium::start("zh-CN"));
    let url = format!("http://{}", test_box.address);
    become_owner(&chromium, &url, &test_box.code);
    chromium.open(&format!("{url}/box/DESK.1"));
    assert!(chromium.text("#hand").contains("摘机"), "{}", chromium.text("#hand"));
    chromium.press("button[value='lift']");
    crate::chromium::wait_for(|| !test_box.said.lock().unwrap().hands.is_empty(), "it is lifted");
    chromium.script("document.querySelector('#hand').scrollIntoView()");
    chromium.picture("handset-zh");
    set(&test_box, JackState::Alarm);
    chromium.press("a[href^='/language/en']");
    chromium.wait("document.documentElement.lang == 'en'");
    chromium.press("button[value='lift']");
    chromium.wait("document.querySelector('#hand .note') != null");
    assert!(chromium.text("#hand").contains("Plug it in first"), "{}", chromium.text("#hand"));
    chromium.picture("handset-away-en");
    assert_eq!(chromium.complaints(), Vec::<String>::new(), "the console is silent");
}
