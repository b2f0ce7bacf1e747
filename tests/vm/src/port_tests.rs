//! `ringfence port` on the machine's spans: what a test of a port says of a line, and a busy tone that is learnt from it.
//! Not here: a card that cancels echo itself, or lets no sound pass on the hook; such spans have no card.

use std::{
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use dahdi_sys as sys;

use crate::{
    analog::{SETTLED, line, silence, tone, wait},
    program::Program,
    runner::Case,
    site::Site,
    spandsp::digits,
    spans::FAR_LINES,
    telephone::Telephone,
};

pub const CASES: &[Case] =
    &[Case::new("a_test_of_a_port_says_what_is_wrong_with_its_line_whose_busy_tone_is_learnt", ports)];

fn ports() {
    let mut site = Site::linked();
    good_line(&site);
    open_pair(&site);
    noisy_line(&site);
    silent_pair(&site);
    silent_line(&site);
    learnt(&site);
    assert_eq!(site.rows(1).len(), 1, "of all this one call comes, which the learnt tone has ended");
    unfed_line(&site);
    site.stops();
}

/// After a test the exchange has its time to let go of the line, and a telephone is tested meanwhile.
const BETWEEN: Duration = Duration::from_secs(3);

fn begins(verb: &mut Command) -> Child {
    verb.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a command said, and its exit code.
fn ended(child: Child) -> (String, Option<i32>) {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (said, output.status.code())
}

/// What the test of a port says, of which each of `facts` is a part.
fn says(child: Child, code: i32, facts: &[&str]) {
    let (said, ended_with) = ended(child);
    for fact in facts {
        assert!(said.contains(fact), "{fact}\n{said}");
    }
    assert_eq!(ended_with, Some(code), "{said}");
}

/// The exchange answers a seizure with dial tone, which a digit ends.
fn gives_dial_tone(line: &Telephone) {
    line.sees(sys::DAHDI_EVENT_RINGOFFHOOK);
    line.hooks(sys::DAHDI_OFFHOOK);
    line.listens();
    line.repeats(&tone(450.0, 1000));
    line.hears_something();
}

/// The line was let go, and heard one digit.
fn is_let_go(line: &Telephone) {
    line.sees(sys::DAHDI_EVENT_ONHOOK);
    assert_eq!(digits(&line.heard()), "4", "no emergency number of China begins so");
    line.hooks(sys::DAHDI_ONHOOK);
    sleep(BETWEEN);
}

fn good_line(site: &Site) {
    let line = line(1);
    line.echoes(20.0);
    sleep(SETTLED);
    let test = begins(&mut site.verb(&["port", "test", "LOC-FXO.1"]));
    gives_dial_tone(&line);
    line.says(&[]);
    says(
        test,
        0,
        &["Battery: there", "Dial tone: -10 dBm0", "Echo loss: 20 dB", "Verdict: Good, as far as it can be measured."],
    );
    is_let_go(&line);
}

fn noisy_line(site: &Site) {
    let line = line(2);
    let test = begins(&mut site.verb(&["port", "test", "LOC-FXO.2"]));
    gives_dial_tone(&line);
    line.repeats(&noise());
    says(test, 3, &["Battery: there", "Verdict: Noise of -4", "Check the cable for damp, screen and ground"]);
    is_let_go(&line);
}

fn silent_line(site: &Site) {
    let line = line(3);
    let test = begins(&mut site.verb(&["port", "test", "LOC-FXO.3"]));
    line.sees(sys::DAHDI_EVENT_RINGOFFHOOK);
    line.hooks(sys::DAHDI_OFFHOOK);
    line.listens();
    says(test, 3, &["Battery: there", "Dial tone: missing", "Verdict: It is fed, and gives no dial tone within 5 s"]);
    line.sees(sys::DAHDI_EVENT_ONHOOK);
    assert_eq!(digits(&line.heard()), "", "without dial tone nothing is sent");
    line.hooks(sys::DAHDI_ONHOOK);
    sleep(BETWEEN);
}

/// An open pair sends back much of what is sent.
fn open_pair(site: &Site) {
    let telephone = site.telephone(2);
    telephone.echoes(9.0);
    let facts = ["Loop: open", "Echo loss: 9 dB", "Ringing current: ", "Verdict: Good, as far as it can be measured."];
    says(begins(&mut site.verb(&["port", "test", "LOC-FXS.2"])), 0, &facts);
}

/// Where nothing comes back, nothing may have passed.
fn silent_pair(site: &Site) {
    let _telephone = site.telephone(3);
    let facts = ["Loop: open", "Verdict: The card lets no sound pass while the handset is down"];
    says(begins(&mut site.verb(&["port", "test", "LOC-FXS.3"])), 4, &facts);
}

/// A busy tone as no plan of a country has it.
fn busy() -> Vec<u8> {
    [tone(400.0, 200), silence(300)].concat()
}

fn rings(line: &Telephone) {
    sleep(SETTLED);
    line.hooks(sys::DAHDI_RING);
    line.sees(sys::DAHDI_EVENT_RINGOFFHOOK);
    line.hooks(sys::DAHDI_OFFHOOK);
}

fn learnt(site: &Site) {
    let line = line(3);
    let mut learn = Program::start("port learn", &mut site.verb(&["port", "learn", "LOC-FXO.3", "--yes"]));
    let says = |what: &'static str| move |said: &str| said.contains(what).then_some(());
    learn.until("it asks for a call", says("Call in on line LOC-FXO.3"));
    rings(&line);
    learn.until("it has answered", says("hang up now"));
    line.repeats(&busy());
    learn.until("a rhythm came", says("Heard: 400 Hz in the rhythm "));
    assert!(learn.ends(), "the settings have it");
    line.sees(sys::DAHDI_EVENT_ONHOOK);
    line.says(&[]);
    line.hooks(sys::DAHDI_ONHOOK);
    // It holds from the next call on.
    rings(&line);
    wait(2000);
    line.repeats(&busy());
    line.sees(sys::DAHDI_EVENT_ONHOOK);
    line.hooks(sys::DAHDI_ONHOOK);
}

/// Dynamic spans lose the feed of all their lines at once.
fn unfed_line(site: &Site) {
    FAR_LINES.destroy();
    sleep(SETTLED);
    let test = begins(&mut site.verb(&["port", "test", "LOC-FXO.1"]));
    says(test, 3, &["Battery: missing", "Verdict: No line of this card has battery"]);
    FAR_LINES.create();
    FAR_LINES.configure();
}

/// A second of noise of about -42 dBm0, of which an ear takes 2 dB less.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b1_u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 23) - 1.0
    };
    let mut sample = || ((uniform() + uniform() + uniform()) * NOISE_RMS) as i16;
    (0..8000).map(|_| codec::encode(frame::Law::A, sample())).collect()
}

/// Three uniform values together have a power of 1.
const NOISE_RMS: f64 = 128.0;
