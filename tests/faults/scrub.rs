//! The disk forgets an octet of an old recording: the box finds it by itself, says so, and says when all is well again.

use std::{fs, path::PathBuf, thread, time::Duration};

use crate::{
    erase::between,
    http,
    running::{Home, Running, board},
    street::Street,
};

/// The number that leads to the menu.
const MENU: &str = "62001234";

/// The only recording there is.
fn object(home: &Home) -> PathBuf {
    home.data().join("vault/objects/1/0/1-1.rfo")
}

/// Time passes: the next start begins a round.
fn a_day_later(home: &Home) {
    let file = home.data().join("scrub");
    let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    kept["begun_us"] = 0.into();
    fs::write(&file, kept.to_string()).unwrap();
}

fn change(home: &Home) {
    let mut octets = fs::read(object(home)).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 0x10;
    fs::write(object(home), octets).unwrap();
}

/// Presses *Check now* on the page of the call, and gives what the page says then.
fn checked_now(running: &Running, cookie: &str) -> String {
    let token = between(&running.page("/calls/1-1", cookie), "name=\"token\" value=\"", "\"");
    let origin = format!("http://{}", running.page);
    let form = "application/x-www-form-urlencoded";
    let headers = [("Origin", origin.as_str()), ("Content-Type", form), ("Cookie", cookie)];
    let answer = http::send(running.page, "POST", "/calls/1-1/check", &headers, &http::form(&[("token", &token)]));
    assert_eq!(answer.status, 303, "{}", answer.text());
    running.page("/calls/1-1", cookie)
}

const FITS: &str = "It was read whole, and fits its leaf.";
const DAMAGED: &str = "is not what its leaf says";

#[test]
fn an_octet_that_the_disk_forgot_is_found_told_and_no_alarm_any_more_once_it_is_back() {
    let (home, mut street) = (Home::new(), Street::of(&board()));
    let running = Running::start(&home, &street);
    let cookie = running.claim();
    street.until_link();
    street.call(1, MENU);
    thread::sleep(Duration::from_millis(600));
    street.hang_up(1);
    home.until_log(&["\"kind\":\"recording_finished\"", "\"1-1\""]);
    home.until_log(&["\"kind\":\"vault_read\""]);
    running.until_page("/calls/1-1", &cookie, |page| page.contains("It was not read whole since it was sealed"));
    let page = checked_now(&running, &cookie);
    assert!(page.contains(FITS) && page.contains("Check now"), "{page}");
    home.until_log(&["audit_intent", "\"act\":\"check_recording\"", "\"1-1\""]);
    home.until_log(&["audit_outcome", "done"]);
    assert!(running.stop());

    change(&home);
    a_day_later(&home);
    let running = Running::start(&home, &street);
    home.until_log(&["\"kind\":\"vault_damaged\"", "objects/1/0/1-1.rfo"]);
    home.until_log(&["\"kind\":\"alarm_raised\"", "\"what\":\"vault_damaged\""]);
    home.until_log(&["\"kind\":\"vault_read\"", "\"recordings\":1,\"damaged\":1"]);
    let cookie = running.sign_in();
    running.until_page("/now", &cookie, |page| page.contains("Reading the vault again found damage"));
    running.until_page("/now", &cookie, |page| page.contains("All 1 recordings were read again: 1 places are damaged"));
    running.until_page("/calls/1-1", &cookie, |page| page.contains(DAMAGED));
    change(&home);
    assert!(checked_now(&running, &cookie).contains(FITS), "it was brought back");
    change(&home);
    assert!(checked_now(&running, &cookie).contains(DAMAGED));
    assert!(running.stop());

    change(&home);
    a_day_later(&home);
    let running = Running::start(&home, &street);
    home.until_log(&["\"kind\":\"alarm_cleared\"", "\"what\":\"vault_damaged\""]);
    home.until_log(&["\"kind\":\"vault_read\"", "\"recordings\":1,\"damaged\":0"]);
    let cookie = running.sign_in();
    running.until_page("/calls/1-1", &cookie, |page| page.contains(FITS));
    running.until_page("/now", &cookie, |page| page.contains("All 1 recordings were read again, and each fits"));
    assert!(running.stop());
}
