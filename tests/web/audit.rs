//! The audit as its administrator reads it.

use call::{CallEvent, MaskedBy, Masking};
use frame::{BootNo, LifeNo, PersonId};
use ringfence::{
    handles::VaultRefusal,
    journal::{Act, Actor, BoxEvent, Outcome},
};
use vault::{Checkpoint, SigningKey, note_of_a_line};

use crate::{
    chromium::Chromium,
    http::Answer,
    people::{act, invite, join},
    plain::{get, owner, post},
    planes::{self, CALL, PASSWORD, TestBox},
};

const AUDITOR: u32 = 3;

/// A box, its owner with the token of their forms, and the cookie of its audit administrator.
fn with_auditor() -> (TestBox, (String, String), String) {
    let test_box = planes::start();
    let owner = owner(&test_box);
    let code = invite(&test_box, &owner, AUDITOR);
    let auditor = join(&test_box, AUDITOR, &code, "li", PASSWORD).cookie().unwrap();
    (test_box, owner, auditor)
}

/// What stands between the tags of some markup.
fn text(markup: &str) -> String {
    let between = markup.split('<').filter_map(|tag| tag.split_once('>').map(|(_, text)| text));
    between.collect::<Vec<_>>().join(" ")
}

/// The rows of the page, newest first, as text.
fn rows(answer: &Answer) -> Vec<String> {
    let page = answer.text();
    page.split("<tr data-event=").skip(1).map(text).collect()
}

#[test]
fn the_audit_administrator_reads_who_did_what_and_nobody_else_does() {
    let (test_box, owner, auditor) = with_auditor();
    let reveal = [("token", owner.1.as_str()), ("reason", "complaint 118")];
    assert_eq!(post(&test_box, &format!("/calls/{CALL}/reveal"), &owner.0, &reveal).status, 200);
    assert!(act(&test_box, &owner, 1, "invite").text().contains("can’t replace"), "refused");
    post(&test_box, "/sign-in", "", &[("name", "<b>mallory"), ("password", "guess guess guess")]);
    test_box.told();
    let everything = rows(&get(&test_box, "/audit", &auditor));
    let has = |rows: &[String], words: &[&str]| rows.iter().any(|row| words.iter().all(|word| row.contains(word)));
    assert!(has(&everything, &["chen", "see numbers whole", "complaint 118", "done"]), "{everything:#?}");
    assert!(has(&everything, &["chen", "invite a person", "not done"]), "{everything:#?}");
    assert!(has(&everything, &["chen", "invite a person", "  li "]), "{everything:#?}");
    assert!(has(&everything, &["li", "took an invitation", "127.0.0.1"]), "{everything:#?}");
    assert!(has(&everything, &["mallory", "could not sign in"]), "{everything:#?}");
    assert!(!get(&test_box, "/audit", &auditor).text().contains("<b>mallory"));
    let acts = rows(&get(&test_box, "/audit?of=acts", &auditor));
    assert!(has(&acts, &["see numbers whole"]) && !has(&acts, &["signed in"]), "{acts:#?}");
    let access = rows(&get(&test_box, "/audit?of=access", &auditor));
    assert!(has(&access, &["chen", "signed in from"]) && !has(&access, &["complaint"]), "{access:#?}");
    let failures = rows(&get(&test_box, "/audit?of=failures", &auditor));
    assert_eq!(failures.len(), 2, "{failures:#?}");
    assert_eq!(get(&test_box, "/audit", &owner.0).status, 403, "the owner is looked after, too");
    assert!(!get(&test_box, "/now", &owner.0).text().contains("href=\"/audit\""));
}

/// They wait for no disk, so they have no intent.
#[test]
fn who_paused_a_recording_had_it_go_on_or_ended_a_call_is_listed_with_the_call() {
    let (test_box, _, auditor) = with_auditor();
    let began = |what, by| CallEvent::MaskingBegan { call: CALL, what, leg: None, by };
    let station = MaskedBy::Station { extension: "803".to_owned() };
    test_box.tell_call(began(Masking::SecretInput, station.clone()));
    test_box.tell_call(began(Masking::Pause, MaskedBy::Flow { step: "card".to_owned() }));
    test_box.tell_call(began(Masking::Pause, station));
    test_box.tell_call(CallEvent::MaskingEndAsked {
        call: CALL,
        what: Masking::Pause,
        by: MaskedBy::Console { uid: 7 },
    });
    test_box.tell_call(CallEvent::EndAsked { call: CALL, by: PersonId(1) });
    test_box.settle();
    let acts = rows(&get(&test_box, "/audit?of=acts", &auditor));
    let call = CALL.to_string();
    for (row, words) in [
        (0, ["chen", "end a call", call.as_str(), "done"]),
        (1, ["7", "have the recording of a call go on", call.as_str(), "done"]),
        (2, ["Extension 803", "pause the recording of a call", call.as_str(), "done"]),
    ] {
        assert!(words.iter().all(|word| acts[row].contains(word)), "{words:?}: {acts:#?}");
    }
    assert!(!acts.iter().skip(3).any(|row| row.contains("pause")), "what a flow does is in the story: {acts:#?}");
    let open = test_box.index().open_intents_before(LifeNo(u32::MAX)).unwrap();
    assert!(open.is_empty(), "nothing of it is ever closed as an open intent: {open:?}");
}

#[test]
fn an_act_without_an_outcome_is_under_way_and_one_that_nobody_knows_of_is_a_failure() {
    let (test_box, _, auditor) = with_auditor();
    let intent = |reason: &str| BoxEvent::AuditIntent {
        by: Actor::Console,
        act: Act::OpenRecording,
        object: "1-1".to_owned(),
        reason: reason.to_owned(),
        call: None,
    };
    test_box.tell(intent("still open"));
    let no = test_box.tell(intent("lost in a power cut"));
    test_box.tell(BoxEvent::AuditOutcome { intent: no, outcome: Outcome::Unknown, call: None });
    let acts = rows(&get(&test_box, "/audit?of=acts", &auditor));
    assert!(acts[0].contains("lost in a power cut") && acts[0].contains("not known"), "{acts:#?}");
    assert!(acts[1].contains("still open") && acts[1].contains("under way"), "{acts:#?}");
    assert_eq!(rows(&get(&test_box, "/audit?of=failures", &auditor)).len(), 1);
}

#[test]
fn a_long_audit_is_turned_over_without_a_gap() {
    let (test_box, _, auditor) = with_auditor();
    for no in 0..120 {
        test_box.tell(BoxEvent::SignInFailed { name: format!("guess {no}"), from: "10.0.0.66".to_owned() });
    }
    let mut path = "/audit?of=failures".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = get(&test_box, &path, &auditor);
        seen.extend(rows(&answer));
        let page = answer.text();
        let Some(older) = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
            break;
        };
        path = older.replace("&#38;", "&").replace("&amp;", "&");
    }
    assert_eq!(seen.len(), 120);
    assert!((0..120).all(|no| seen[119 - no].contains(&format!("guess {no}”"))), "{seen:#?}");
}

#[test]
fn nonsense_in_the_address_shows_everything() {
    let (test_box, _, auditor) = with_auditor();
    for path in ["/audit?of=nothing", "/audit?before=x", "/audit?before=18446744073709551615"] {
        assert_eq!(get(&test_box, path, &auditor).status, 200, "{path}");
    }
}

/// The code of the page, with its quiet zone.
pub fn code(page: &str) -> Vec<Vec<bool>> {
    let within = |begin: &str| page.split(begin).nth(1).unwrap().split('"').next().unwrap();
    let side: usize = within("viewBox=\"0 0 ").split(' ').next().unwrap().parse().unwrap();
    let mut dark = vec![vec![false; side]; side];
    for module in within("<path d=\"").split('M').skip(1) {
        let (x, y) = module.strip_suffix("h1v1h-1z").unwrap().split_once(' ').unwrap();
        dark[y.parse::<usize>().unwrap()][x.parse::<usize>().unwrap()] = true;
    }
    dark
}

/// What the code says to a reader that is not ours.
pub fn read(dark: &[Vec<bool>]) -> String {
    const QUIET_ZONE: usize = 4;
    let inside = QUIET_ZONE..dark.len() - QUIET_ZONE;
    let outside = dark.iter().enumerate().filter(|(y, _)| !inside.contains(y)).flat_map(|(_, row)| row);
    assert!(outside.chain(dark.iter().flat_map(|row| &row[..QUIET_ZONE])).all(|dark| !dark));
    let grid = rqrr::SimpleGrid::from_func(inside.len(), |x, y| dark[y + QUIET_ZONE][x + QUIET_ZONE]);
    rqrr::Grid::new(grid).decode().unwrap().1
}

fn root() -> String {
    let key = SigningKey::from_bytes(&[4; 32]);
    let origin = "ringfence/00112233445566778899aabbccddeeff".to_owned();
    Checkpoint { origin, size: 1_234_567, root: [5; 32], boot: BootNo(7), previous: [6; 32] }.sign(&key)
}

#[test]
fn the_audit_administrator_takes_a_root_away_as_a_code_and_as_text() {
    let (test_box, owner, auditor) = with_auditor();
    assert!(get(&test_box, "/audit", &auditor).text().contains("href=\"/audit/root\""));
    assert!(get(&test_box, "/audit/root", &auditor).text().contains("No root is signed yet"));
    test_box.said.lock().unwrap().root = Some(root());
    let page = get(&test_box, "/audit/root", &auditor).text();
    let said = read(&code(&page));
    assert_eq!(note_of_a_line(&said), Some(root()));
    assert!(page.contains(&format!("id=\"root\">{said}<")) && page.contains("1234567"), "{page}");
    assert_eq!(get(&test_box, "/audit/root", &owner.0).status, 403);
    test_box.said.lock().unwrap().vault_refuses = Some(VaultRefusal::Damaged);
    assert_eq!(get(&test_box, "/audit/root", &auditor).status, 503);
}

#[test]
fn in_a_browser_in_both_languages() {
    for (language, word) in [("zh-CN", "审计"), ("en", "Audit")] {
        let (test_box, owner, _) = with_auditor();
        let reveal = [("token", owner.1.as_str()), ("reason", "投诉 118")];
        post(&test_box, &format!("/calls/{CALL}/reveal"), &owner.0, &reveal);
        post(&test_box, "/sign-in", "", &[("name", "mallory"), ("password", "guess guess guess")]);
        test_box.settle();
        let chromium = Chromium::start(language);
        chromium.resize(1366, 768);
        chromium.open(&format!("http://{}", test_box.address));
        for (field, text) in [("name", "li"), ("password", PASSWORD)] {
            chromium.type_into(field, text);
        }
        chromium.press("main button");
        chromium.wait_long("location.pathname == '/now'");
        chromium.press("nav a[href='/audit']");
        chromium.wait("location.pathname == '/audit'");
        assert_eq!(chromium.text("h1"), word);
        chromium.picture(&format!("audit-{language}"));
        test_box.said.lock().unwrap().root = Some(root());
        chromium.press("a[href='/audit/root']");
        chromium.wait("location.pathname == '/audit/root'");
        chromium.picture(&format!("root-{language}"));
        assert!(chromium.complaints().is_empty(), "{:?}", chromium.complaints());
    }
}
