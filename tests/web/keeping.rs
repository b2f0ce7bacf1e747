//! Holds and erasing on the page: what it shows, and what its forms ask of the desk.

use frame::{CallId, EventNo, LifeNo, PersonId, RecordingId, Utc};
use ringfence::{
    handles::{
        Credentials, DueNow, DueRow, KeepingNow, KeepingRefusal, KeepingRequest, ListNow, LossesNow, NamedKeepingReply,
        NamedKeepingRequest, NotErasedRow, Passphrase, RangeWaits,
    },
    journal::BoxEvent,
};
use vault::{DamagedStretch, Hold, HoldSearch, Losses, NotErased, Unfounded, Unwritten};

use crate::{
    approvals::{Signed, answer, ask, three, waiting},
    chromium::Chromium,
    http::Answer,
    people::{invite, join},
    plain::{get, post},
    planes::{CALL, PASSWORD, TestBox},
};

const LIST: &str = "2026-11-26: 2 / 0123456789abcdef";

fn now() -> KeepingNow {
    let search =
        HoldSearch { queue: Some("急诊".into()), number: Some("13912348000".into()), ..HoldSearch::default() };
    let row = |no| DueRow {
        recording: RecordingId::new(LifeNo(3), no),
        call: CallId::new(LifeNo(3), no),
        rule: "隐私".into(),
        day: "2026-11-01".parse().unwrap(),
    };
    KeepingNow {
        time: Some(Utc::from_us(1_795_463_677_250_000)),
        holds: vec![(EventNo(3), Hold::Search(search))],
        due: Some(DueNow { object: LIST.into(), recordings: vec![row(7), row(8)], has_more: false }),
        lists: vec![ListNow { no: EventNo(4), recordings: 12, until: Utc::from_us(1_795_463_677_250_000) }],
        ranges: vec![],
        stands_still: None,
        not_erased: vec![],
        lost: None,
        acknowledged: Losses::default(),
        is_disk_encrypted: false,
    }
}

/// A box of three administrators whose desk has this to say.
fn kept() -> (TestBox, Signed, Signed) {
    let (test_box, auditor, security) = three();
    test_box.said.lock().unwrap().keeping = now();
    (test_box, auditor, security)
}

fn act(test_box: &TestBox, by: &Signed, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("token", by.1.as_str()), ("reason", "court order 17")], fields].concat();
    post(test_box, "/keeping", &by.0, &fields)
}

fn asked(test_box: &TestBox) -> Vec<KeepingRequest> {
    std::mem::take(&mut test_box.said.lock().unwrap().kept)
}

#[test]
fn the_page_says_what_is_held_what_must_go_and_what_waits_with_numbers_masked() {
    let (test_box, auditor, _) = kept();
    let page = get(&test_box, "/keeping", &auditor.0).text();
    for words in
        ["queue “急诊”", "*******8000", "2 recordings have to go", "rule “隐私”, since 2026-11-01", LIST, "List 4: 12"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("13912348000") && page.contains("Recordings required 1, whole 1"), "{page}");
    assert!(page.contains("no encryption of the disk (dm-crypt) is seen"), "{page}");
    test_box.said.lock().unwrap().keeping.is_disk_encrypted = true;
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("its disk is encrypted (dm-crypt)"), "{page}");
    test_box.said.lock().unwrap().keeping.time = None;
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("nothing is erased") && page.contains("value=\"time\""), "{page}");
    assert!(!page.contains("witness"), "{page}");
    test_box.said.lock().unwrap().keeping.stands_still = Some(KeepingRefusal::WitnessNotAsked);
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("take the witness out of the settings"), "{page}");
}

#[test]
fn each_form_asks_the_desk_for_what_it_says_and_a_hold_that_says_nothing_is_sent_back() {
    let (test_box, auditor, _) = kept();
    let (by, reason) = (PersonId(3), || "court order 17".to_owned());
    act(&test_box, &auditor, &[("act", "place"), ("call", " 3-7 ")]);
    act(&test_box, &auditor, &[("act", "place"), ("person", "5"), ("number", "8000"), ("from", "2026-11-01")]);
    act(&test_box, &auditor, &[("act", "cancel"), ("no", "4")]);
    act(&test_box, &auditor, &[("act", "time")]);
    let search = HoldSearch {
        person: Some(PersonId(5)),
        number: Some("8000".into()),
        from: Some("2026-11-01".parse().unwrap()),
        ..HoldSearch::default()
    };
    let call = CallId::new(LifeNo(3), 7);
    let expected = [
        KeepingRequest::PlaceHold { hold: Hold::Call(call), by, reason: reason() },
        KeepingRequest::PlaceHold { hold: Hold::Search(search), by, reason: reason() },
        KeepingRequest::Cancel { list: EventNo(4), by, reason: reason() },
        KeepingRequest::ConfirmTime { by, reason: reason() },
    ];
    assert_eq!(asked(&test_box), expected);
    for wrong in
        [&[][..], &[("call", "x")], &[("number", "80 00")], &[("from", "soon")], &[("person", "me"), ("queue", "急诊")]]
    {
        let sent = [&[("act", "place")], wrong].concat();
        assert_eq!(act(&test_box, &auditor, &sent).status, 422, "{wrong:?}");
    }
    assert_eq!(act(&test_box, &auditor, &[("act", "place"), ("call", "3-7"), ("reason", " ")]).status, 400, "twice");
    assert_eq!(asked(&test_box), []);
}

#[test]
fn what_needs_two_is_asked_for_here_and_done_here_once_it_is_granted() {
    let (test_box, auditor, security) = kept();
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(
        page.contains("Ask to lift") && page.contains("Ask to erase this list") && !page.contains("Begin the"),
        "{page}"
    );
    assert!(!get(&test_box, "/keeping", &security.0).text().contains("Ask to lift"), "not by security");
    for (what, object) in [("lift-hold", "hold 3"), ("erase-due", LIST)] {
        let no = waiting(&ask(&test_box, &auditor, what, object).text()).unwrap();
        let granted = answer(&test_box, &security, &no, "grant", PASSWORD);
        // The older one stands first and is granted already.
        let second =
            granted.text().split("data-approval=\"").nth(2).map(|rest| rest.split('"').next().unwrap().to_owned());
        if let Some(no) = second.filter(|_| granted.status == 422) {
            assert_eq!(answer(&test_box, &security, &no, "grant", PASSWORD).status, 200);
        }
    }
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("Lift (granted)") && page.contains("Begin the 72 hours"), "{page}");
    act(&test_box, &auditor, &[("act", "lift"), ("no", "3")]);
    act(&test_box, &auditor, &[("act", "erase"), ("object", LIST)]);
    let (by, reason) = (PersonId(3), || "court order 17".to_owned());
    let expected = [
        KeepingRequest::LiftHold { hold: EventNo(3), by, reason: reason() },
        KeepingRequest::Erase { object: LIST.into(), by, reason: reason() },
    ];
    assert_eq!(asked(&test_box), expected);
    assert_eq!(act(&test_box, &security, &[("act", "lift"), ("no", "3")]).status, 403);
    let owner = crate::approvals::sign_in(&test_box, "chen");
    let code = invite(&test_box, &owner, 5);
    let agent = join(&test_box, 5, &code, "liu", PASSWORD).cookie().unwrap();
    assert_eq!(get(&test_box, "/keeping", &agent).status, 403);
}

#[test]
fn what_the_log_lost_is_listed_and_acknowledged_by_two() {
    let (test_box, auditor, security) = kept();
    let damage = DamagedStretch { told: EventNo(9), file: "events-1.log".into(), offset: 300, octets: 40 };
    let losses = Losses {
        missing: vec![(EventNo(7), EventNo(8))],
        damages: vec![damage],
        unwritten: vec![Unwritten { told: EventNo(30), count: 4 }],
        unfounded: vec![Unfounded { told: EventNo(41), file: "aside/leaves-behind-9".into(), leaves: 2 }],
    };
    let object = losses.object();
    let lost = LossesNow { object: object.clone(), losses: losses.clone(), more: 0 };
    test_box.said.lock().unwrap().keeping.lost = Some(lost);
    let page = get(&test_box, "/keeping", &auditor.0).text();
    for words in [
        "events 7 to 8 are missing",
        "events-1.log can’t be read from octet 300 on",
        "4 events were lost while neither disk nor memory had room (told by event 30)",
        "2 proofs have no event in the log; the vault keeps them in aside/leaves-behind-9 (told by event 41)",
        &object,
        "Ask to acknowledge",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let no = waiting(&ask(&test_box, &auditor, "acknowledge-losses", &object).text()).unwrap();
    assert_eq!(answer(&test_box, &security, &no, "grant", PASSWORD).status, 200);
    assert!(get(&test_box, "/keeping", &auditor.0).text().contains("Acknowledge it (granted)"));
    assert_eq!(act(&test_box, &auditor, &[("act", "acknowledge"), ("object", &object)]).status, 200);
    let by = PersonId(3);
    assert_eq!(asked(&test_box), [KeepingRequest::AcknowledgeLosses { object, by, reason: "court order 17".into() }]);
    let owner = crate::approvals::sign_in(&test_box, "chen");
    assert_eq!(act(&test_box, &owner, &[("act", "acknowledge"), ("object", "x")]).status, 403, "not by the system's");
    let damage = |no| DamagedStretch { told: EventNo(no), file: format!("events-{no}.log"), offset: 300, octets: 40 };
    let many = Losses { damages: (1..=120).map(damage).collect(), ..Losses::default() };
    let lost = LossesNow { object: many.object(), losses: many, more: 7 };
    test_box.said.lock().unwrap().keeping.lost = Some(lost);
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("events-1.log") && page.contains("events-120.log"), "two people sign for all of it: {page}");
    assert!(page.contains("And 7 more places") && page.contains("Ask to acknowledge"), "{page}");
    let mut said = test_box.said.lock().unwrap();
    (said.keeping.lost, said.keeping.acknowledged) = (None, losses);
    drop(said);
    assert!(get(&test_box, "/keeping", &auditor.0).text().contains("as two people have acknowledged"));
}

#[test]
fn what_cant_be_erased_is_named_with_its_reason() {
    let (test_box, auditor, _) = kept();
    let row = |no, why| {
        let (recording, call) = (RecordingId::new(LifeNo(3), no), CallId::new(LifeNo(3), no));
        NotErasedRow { recording, range: (no == 2).then_some(EventNo(77)), call: Some(call), why, has_begun: no == 1 }
    };
    test_box.said.lock().unwrap().keeping.not_erased = (1..=52).map(|no| row(no, NotErased::KeysUnknown)).collect();
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("/calls/3-50\"") && page.contains("opens in neither key table"), "{page}");
    assert_eq!(page.matches("A stretch of it (event 77): The recording could not").count(), 1, "{page}");
    assert!(!page.contains("/calls/3-51\"") && page.contains("And 2 more"), "{page}");
    assert_eq!(page.matches("some of its keys may be gone").count(), 1, "only of the one that has begun: {page}");
}

#[test]
fn the_page_in_a_browser() {
    let (test_box, ..) = kept();
    let chromium = Chromium::start("zh-CN");
    chromium.open(&format!("{}sign-in", test_box.url));
    chromium.type_into("name", "li");
    chromium.type_into("password", PASSWORD);
    chromium.press("main button");
    chromium.wait_long("location.pathname == '/now'");
    chromium.resize(1366, 1400);
    chromium.open(&format!("{}keeping", test_box.url));
    assert!(chromium.text("#holds").contains("队列“急诊”，号码 *******8000"), "{}", chromium.text("#holds"));
    chromium.picture("keeping");
    chromium.resize(390, 844);
    chromium.picture("keeping-telephone");
    assert_eq!(chromium.complaints(), Vec::<String>::new());
}

#[test]
fn the_command_line_does_what_the_page_does_under_a_name_that_a_password_shows() {
    let (test_box, _, security) = kept();
    let reason = ["--reason", "court order 17"];
    let verb =
        |of: &[&str], name: &str, password: &str| test_box.verb(&[of, &["--as", name], &reason].concat(), password);
    let (by, why) = (PersonId(3), || "court order 17".to_owned());
    let place = ["holds", "place", "--number", "8000", "--until", "2026-11-01"];
    let (went_well, said) = verb(&place, "li", "guess guess guess");
    assert!(!went_well && said.contains("Name or password is wrong"), "{said}");
    let (went_well, said) = verb(&place, "li", PASSWORD);
    assert!(went_well && said.contains("It is written down, as event 9."), "{said}");
    assert!(verb(&["holds", "place", "--call", "3-7"], "li", PASSWORD).0);
    let (went_well, said) = verb(&["holds", "lift", "3"], "li", PASSWORD);
    let about = ["What is about to be lifted", "hold 3: queue “急诊”, number *******8000", "password"]
        .map(|words| said.find(words));
    assert!(went_well && about.is_sorted() && about[0].is_some(), "shown before the password is asked for: {said}");
    let (went_well, said) = verb(&["erase", "recall", "4"], "zhou", PASSWORD);
    assert!(went_well && said.contains("List 4: 12 recordings"), "{said}");
    let (number, until) = (Some("8000".into()), Some("2026-11-01".parse().unwrap()));
    let search = Hold::Search(HoldSearch { number, until, ..HoldSearch::default() });
    let expected = [
        KeepingRequest::PlaceHold { hold: search, by, reason: why() },
        KeepingRequest::PlaceHold { hold: Hold::Call(CallId::new(LifeNo(3), 7)), by, reason: why() },
        KeepingRequest::LiftHold { hold: EventNo(3), by, reason: why() },
        KeepingRequest::Cancel { list: EventNo(4), by: PersonId(7), reason: why() },
    ];
    assert_eq!(asked(&test_box), expected);
    // What the role does not do, and what says nothing or too much, never gets as far.
    for (of, name) in [(["holds", "lift", "3"], "zhou"), (["erase", "begin", LIST], "zhou")] {
        let (went_well, said) = verb(&of, name, PASSWORD);
        assert!(!went_well && said.contains("Your role does not do this"), "{of:?}: {said}");
    }
    for nothing in [&["holds", "lift", "77"][..], &["erase", "recall", "77"]] {
        let (went_well, said) = verb(nothing, "li", PASSWORD);
        assert!(!went_well && said.contains("There is no such hold or list"), "{nothing:?}: {said}");
        assert!(!said.contains("password"), "it is not asked for: {said}");
    }
    for wrong in [
        &["holds", "place"][..],
        &["holds", "place", "--number", "80 00"],
        &["holds", "place", "--call", "3-7", "--queue", "急诊"],
    ] {
        assert!(!verb(wrong, "li", PASSWORD).0, "{wrong:?}");
    }
    let (went_well, said) = verb(&["erase", "begin"], "li", PASSWORD);
    assert!(!went_well && said.contains("No second person has granted this"), "{said}");
    assert_eq!(asked(&test_box), []);

    let (went_well, said) = verb(&["erase", "ask"], "li", PASSWORD);
    assert!(went_well && said.contains(LIST), "{said}");
    let page = get(&test_box, "/approvals", &security.0).text();
    assert_eq!(answer(&test_box, &security, &waiting(&page).unwrap(), "grant", PASSWORD).status, 200);
    let (went_well, said) = verb(&["erase", "begin"], "li", PASSWORD);
    let about =
        ["2 recordings that had to go by 2026-11-26", "3-8: rule “隐私”", "password"].map(|words| said.find(words));
    assert!(went_well && about.is_sorted() && about[0].is_some(), "the one that is granted: {said}");
    assert_eq!(asked(&test_box), [KeepingRequest::Erase { object: LIST.into(), by, reason: why() }]);

    let said = test_box.verb(&["erase", "list"], "").1;
    for words in
        ["2 recordings have to go", LIST, "3-7: rule “隐私”, since 2026-11-01", "A list that is granted", "List 4: 12"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Who placed a hold stands in the log.
    let hold = Hold::Search(HoldSearch { person: Some(PersonId(5)), ..HoldSearch::default() });
    let no = test_box.tell(BoxEvent::HoldPlaced { by, hold: hold.clone(), reason: why() });
    test_box.said.lock().unwrap().keeping.holds = vec![(no, hold)];
    let (went_well, said) = test_box.verb(&["holds", "list"], "");
    let line = format!("hold {no}: person ");
    assert!(
        went_well && said.contains(&line) && said.contains("(li, 20") && said.contains(": court order 17)"),
        "{said}"
    );
}

#[test]
fn whoever_is_no_administrator_does_nothing_by_the_socket_and_losses_are_acknowledged_on_the_page_alone() {
    let (test_box, auditor, _) = kept();
    let owner = crate::approvals::sign_in(&test_box, "chen");
    let code = invite(&test_box, &owner, 4);
    assert!(join(&test_box, 4, &code, "chen.jing", PASSWORD).cookie().is_some());
    let by =
        |name: &str| Credentials { name: name.into(), password: Passphrase(PASSWORD.into()), code: None, uid: 4711 };
    let (none, reason) = (PersonId(0), || "x".to_owned());
    let acts = [
        KeepingRequest::PlaceHold { hold: Hold::Call(CallId::new(LifeNo(3), 7)), by: none, reason: reason() },
        KeepingRequest::LiftHold { hold: EventNo(3), by: none, reason: reason() },
        KeepingRequest::Erase { object: LIST.into(), by: none, reason: reason() },
        KeepingRequest::Cancel { list: EventNo(4), by: none, reason: reason() },
        KeepingRequest::AcknowledgeLosses { object: "log: 1 missing".into(), by: none, reason: reason() },
        KeepingRequest::ConfirmTime { by: none, reason: reason() },
    ];
    for act in acts.clone() {
        let reply = test_box.ask_keeping(&NamedKeepingRequest::Act { by: by("chen.jing"), act });
        assert_eq!(reply, NamedKeepingReply::NotTheirs, "a supervisor");
    }
    // By the auditor, whose it is on the page.
    for act in acts.into_iter().skip(4) {
        let reply = test_box.ask_keeping(&NamedKeepingRequest::Act { by: by("li"), act });
        assert_eq!(reply, NamedKeepingReply::NotTheirs, "not by the socket");
    }
    assert_eq!(asked(&test_box), []);
    // Whoever knows no password is counted under the uid that the system says, whatever is claimed.
    let wrong = Credentials { password: Passphrase("guess guess guess".into()), ..by("li") };
    let act = KeepingRequest::Cancel { list: EventNo(4), by: none, reason: reason() };
    let reply = test_box.ask_keeping(&NamedKeepingRequest::Act { by: wrong, act });
    assert!(matches!(reply, NamedKeepingReply::NotShown(_)), "{reply:?}");
    test_box.settle();
    let failed: Vec<String> = test_box.told().into_iter().filter(|told| told.contains("sign_in_failed")).collect();
    let is_of_system = |told: &String| told.contains("\"from\":\"uid ") && !told.contains("uid 4711");
    assert!(!failed.is_empty() && failed.iter().all(is_of_system), "{failed:?}");
    drop(auditor);
}

/// The command line shows what the page shows of an act that waits.
#[test]
fn whoever_lists_what_waits_reads_which_hold_and_what_a_shortening_changes() {
    let (test_box, auditor, _) = kept();
    let (by, reason) = (PersonId(3), || "court order 17".to_owned());
    let search = HoldSearch { queue: Some("急诊".into()), ..HoldSearch::default() };
    let no = test_box.tell(BoxEvent::HoldPlaced { by, hold: Hold::Search(search), reason: reason() });
    ask(&test_box, &auditor, "lift-hold", &format!("hold {no}"));
    ask(&test_box, &auditor, "lift-hold", "hold 99999");
    let owner = crate::approvals::sign_in(&test_box, "chen");
    ask(&test_box, &owner, "shorten-retention", "version 2 sha256 0123456789abcdef");
    let (folders, copies) = (vec!["/mnt/log".to_owned()], vec![]);
    let object = "version 2 sha256 0123456789abcdef".into();
    test_box.tell(BoxEvent::ShorteningWeighed {
        object,
        recordings: Some(31),
        rules: vec![],
        more: 0,
        folders,
        copies,
        stores: Box::default(),
        leases: Box::default(),
        administrators: Box::default(),
        weakenings: Box::default(),
    });
    let page = get(&test_box, "/approvals", &owner.0).text();
    let (went_well, said) = test_box.verb(&["approve", "list"], "");
    assert!(went_well, "{said}");
    for words in [
        &format!("hold {no}: queue “急诊” (li, 20"),
        "There is no such hold or list any more",
        "The witness’s folder /mnt/log is asked no more",
        "31 could go sooner",
    ] {
        assert!(said.contains(words) && page.contains(words), "{words}: {said}\n{page}");
    }
}

#[test]
fn who_asks_to_erase_a_stretch_reads_that_whole_minutes_go_and_so_does_who_grants_it() {
    let (test_box, auditor, security) = kept();
    let verb = |more: &[&str], name: &str, typed: &str| {
        let of = ["erase", "range", "3-7", "0:12", "0:15", "--reason", "a card", "--as", name];
        test_box.verb(&[&of, more].concat(), typed)
    };
    let goes = "4 of the parties concerned, all within 0:00–1:08. What they said in these is gone, for good, at once, also under a hold";
    let (went_well, said) = verb(&[], "li", PASSWORD);
    let about = [goes, "export-1.tar", "password"].map(|words| said.find(words));
    assert!(went_well && about.is_sorted() && about[0].is_some(), "before the password is asked for: {said}");
    let page = get(&test_box, "/approvals", &security.0).text();
    assert!(page.contains(goes) && page.contains("0:12–0:16"), "{page}");
    assert!(test_box.verb(&["approve", "list"], "").1.contains(goes));
    let own = answer(&test_box, &auditor, &waiting(&page).unwrap(), "grant", PASSWORD);
    assert!(own.text().contains("Nobody grants what they asked for"), "{}", own.text());
    assert_eq!(answer(&test_box, &security, &waiting(&page).unwrap(), "grant", PASSWORD).status, 200);
    let (went_well, said) = verb(&["--begin"], "chen", PASSWORD);
    assert!(!went_well && said.contains("Your role does not do this"), "{said}");
    assert_eq!(asked(&test_box), []);
    let (went_well, said) = verb(&["--begin"], "li", PASSWORD);
    assert!(went_well && said.contains(goes), "{said}");
    let object = "3-7 12-16: 0-68, 4 / 0707070707070707".to_owned();
    assert_eq!(asked(&test_box), [KeepingRequest::EraseRange { object, by: PersonId(3), reason: "a card".into() }]);
    let (went_well, said) = test_box.verb(&["erase", "range", "3-7", "1:75", "2", "--as", "li", "--reason", "x"], "");
    assert!(!went_well && !said.contains("password"), "{said}");
}

#[test]
fn a_stretch_is_looked_at_asked_for_and_erased_from_the_page_of_its_call_by_two_people() {
    let (test_box, auditor, security) = kept();
    let call = get(&test_box, &format!("/calls/{CALL}"), &auditor.0).text();
    assert!(call.contains("See which minutes would go"), "{call}");
    let asks = |from: &str, to: &str| get(&test_box, &format!("/keeping?call=3-7&from={from}&to={to}"), &auditor.0);
    let page = asks("0:12", "0:15").text();
    let (goes, object) =
        ("all within 0:00–1:08. What they said in these is gone", "3-7 12-16: 0-68, 4 / 0707070707070707");
    for words in [goes, "export-1.tar", "Ask to erase this stretch", object] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for (from, to) in [("x", "0:15"), ("0:12", "1:75"), ("", "0:15")] {
        let wrong = asks(from, to);
        assert_eq!(wrong.status, 422, "{from} {to}");
        assert!(!wrong.text().contains("Ask to erase this stretch"));
    }
    assert!(!get(&test_box, "/keeping", &auditor.0).text().contains("Erase a stretch of a recording"));
    ask(&test_box, &auditor, "erase-range", object);
    let page = get(&test_box, "/approvals", &security.0).text();
    assert_eq!(answer(&test_box, &security, &waiting(&page).unwrap(), "grant", PASSWORD).status, 200);
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("Granted: ") && page.contains("Erase this stretch now"), "{page}");
    assert_eq!(asked(&test_box), []);
    assert_eq!(act(&test_box, &auditor, &[("act", "erase-range"), ("object", object)]).status, 200);
    assert!(matches!(&asked(&test_box)[..], [KeepingRequest::EraseRange { object: of, .. }] if of == object));
}

#[test]
fn a_stretch_that_waits_is_shown_and_taken_back_on_the_page_and_the_command_line_and_one_that_has_begun_is_not() {
    let (test_box, auditor, _) = kept();
    let waits = |no, has_begun| RangeWaits {
        no: EventNo(no),
        object: "3-7 12-16: 0-68, 4 / 0707070707070707".into(),
        has_begun,
    };
    test_box.said.lock().unwrap().keeping.ranges = vec![waits(8, false), waits(9, true)];
    let page = get(&test_box, "/keeping", &auditor.0).text();
    assert!(page.contains("Stretch 8. The recording of call 3-7, 0:12–0:16"), "{page}");
    assert!(page.contains("It has begun, and nobody can take it back"), "{page}");
    assert!(page.contains("name=\"no\" value=\"8\"") && !page.contains("name=\"no\" value=\"9\""), "{page}");
    assert_eq!(act(&test_box, &auditor, &[("act", "cancel"), ("no", "8")]).status, 200);
    assert!(test_box.verb(&["erase", "list"], "").1.contains("Stretch 8. The recording of call 3-7"));
    let recall = ["erase", "recall", "8", "--as", "li", "--reason", "another call"];
    let (went_well, said) = test_box.verb(&recall, PASSWORD);
    let about = ["Stretch 8. The recording of call 3-7", "password"].map(|words| said.find(words));
    assert!(went_well && about.is_sorted() && about[0].is_some(), "{said}");
    let cancels =
        asked(&test_box).into_iter().filter(|asked| matches!(asked, KeepingRequest::Cancel { list: EventNo(8), .. }));
    assert_eq!(cancels.count(), 2);
}
