//! Wrong files: every problem with its line, its key, what was found and what is allowed.
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use frame::Law;
use settings::{Answer, Board, CardKind, Caution, Form, Kind, Layout, Name, Problem, Role, Settings, What};

const DEMO: &str = include_str!("../../../board/demo.toml");
const DEMO_SETTINGS: &str = include_str!("../../../board/demo.settings.toml");

/// Two T1, of which the second is signalled for by the first.
const T1: &str = "format = 1\nname = \"t1\"\nclock_order = [\"T1\"]\n[[cards]]\ncard = \"sim\"\nkind = \"t1\"\n\
                  serial = \"T1\"\nslot = 1\nspans = [{ label = \"a\" }, { label = \"b\", d_channel = 0 }]\n";

fn demo() -> Board {
    Board::parse("demo.toml", DEMO).unwrap()
}

fn board_problems(text: &str) -> Vec<Problem> {
    Board::parse("board.toml", text).unwrap_err()
}

fn problems(text: &str) -> Vec<Problem> {
    Settings::parse("settings.toml", text, &demo(), None).unwrap_err()
}

/// The demo's settings with one text in place of another.
fn with(from: &str, to: &str) -> String {
    assert!(DEMO_SETTINGS.contains(from), "{from}");
    DEMO_SETTINGS.replacen(from, to, 1)
}

/// The line, counted from 1, of the first place where `text` holds `part`.
fn line_of(text: &str, part: &str) -> u32 {
    let before = &text[..text.find(part).unwrap()];
    before.matches('\n').count() as u32 + 1
}

/// Asserts that `text` has exactly one problem: at the line of `part`, under `key`.
#[track_caller]
fn one(text: &str, part: &str, key: &str, found: &str, what: What) {
    let problems = problems(text);
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    assert_eq!(problem.place.file, "settings.toml");
    assert_eq!((problem.place.key.as_str(), problem.place.line), (key, line_of(text, part)));
    assert_eq!((problem.found.as_str(), &problem.what), (found, &what));
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn a_file_that_is_not_toml_names_every_line_that_is_not() {
    let problems = problems("format = 1\ncompany = \n[trunks\n");
    assert!(problems.iter().all(|problem| matches!(problem.what, What::Syntax { .. })));
    let lines: Vec<u32> = problems.iter().map(|problem| problem.place.line).collect();
    assert!(lines.contains(&2) && lines.contains(&3), "{problems:#?}");
}

#[test]
fn a_newer_format_is_refused_before_anything_else_is_judged() {
    let text = with("format = 1", "format = 2").replace("country", "land");
    one(&text, "format = 2", "format", "2", What::Format { newest: 1 });
    one("format = 0", "format", "format", "0", What::Format { newest: 1 });
}

#[test]
fn a_document_without_a_format_is_told_that_it_needs_one() {
    one("company = \"A\"\n", "company", "format", "", What::MissingKey);
}

#[test]
fn an_unknown_key_is_told_with_those_that_there_are() {
    let text = with("keep_one_channel_free", "keep_free");
    let allowed = words(&["more_numbers", "keep_one_channel_free"]);
    one(&text, "keep_free", "emergency.keep_free", "\"keep_free\"", What::UnknownKey { allowed });
}

#[test]
fn an_unknown_word_is_told_with_those_that_are_allowed() {
    let text = with("country = \"cn\"", "country = \"fr\"");
    let allowed = words(&["cn", "us", "uk", "de"]);
    one(&text, "country", "country", "\"fr\"", What::UnknownWord { allowed });
}

#[test]
fn a_value_of_another_kind_is_told() {
    let text = with("keep_one_channel_free = true", "keep_one_channel_free = \"yes\"");
    let key = "emergency.keep_one_channel_free";
    one(&text, "keep_one_channel_free", key, "\"yes\"", What::WrongKind { wanted: Kind::Flag });
    let text = with("members = [\"805\", \"806\"]", "members = \"805\"");
    one(&text, "members = \"805\"", "queues[2].members", "\"805\"", What::WrongKind { wanted: Kind::List });
    let text = with("ring_s = 15", "ring_s = \"15\"");
    one(&text, "ring_s", "queues[1].ring_s", "\"15\"", What::WrongKind { wanted: Kind::Number });
    let text = with("prompts = [\"main_menu\"]", "prompts = [1]");
    one(&text, "prompts = [1]", "flows[1].steps.menu.menu.prompts[1]", "1", What::WrongKind { wanted: Kind::Text });
}

#[test]
fn a_number_that_does_not_fit_is_told_with_its_limits() {
    let text = with("ring_s = 15", "ring_s = 70000");
    one(&text, "ring_s = 70000", "queues[1].ring_s", "70000", What::OutOfRange { min: 0, max: 65535 });
    let text = with("ring_s = 15", "ring_s = 1");
    one(&text, "ring_s = 1", "queues[1].ring_s", "1", What::OutOfRange { min: 5, max: 120 });
}

/// The demo's settings with a list of number rules for its E1.
fn with_rules(rules: &str) -> String {
    with("dialect = \"china\"", &format!("dialect = \"china\"\nnumbers.parties = [\n{rules}\n]"))
}

#[test]
fn number_rules_that_cannot_work_are_told_with_their_row() {
    let key = |name: &str| format!("trunks[1].numbers.parties[1].{name}");
    let rules = with_rules("{ begins = \"00x\" },");
    one(&rules, "begins = \"00x\"", &key("begins"), "\"00x\"", What::Malformed { wanted: Form::Prefix });
    let rules = with_rules("{ add = \"+\" },");
    one(&rules, "add = \"+\"", &key("add"), "\"+\"", What::Malformed { wanted: Form::Prefix });
    let rules = with_rules("{ kind = \"mobile\" },");
    let allowed = words(&["unknown", "international", "national", "network", "subscriber", "abbreviated"]);
    one(&rules, "kind = \"mobile\"", &key("kind"), "\"mobile\"", What::UnknownWord { allowed });
    let rules = with_rules("{ begins = \"010\", digits = 2 },");
    one(&rules, "digits = 2", &key("digits"), "2", What::OutOfRange { min: 3, max: 32 });
    let rules = with_rules("{ digits = 4, strip = 4 },");
    one(&rules, "strip = 4", &key("strip"), "4", What::LeavesNothing);
    let rules = with_rules("{ digits = 30, add = \"0086\" },");
    one(&rules, "digits = 30", &key("strip"), "", What::LeavesTooMuch { max: 32 });
}

#[test]
fn number_rules_that_can_work_are_read_and_one_that_never_does_is_warned_of() {
    let rules = with_rules(
        "{ kind = \"national\", begins = \"1\", digits = 11 },\n{ kind = \"national\", add = \"0\" },\n\
         { digits = 4, strip = 4, add = \"+86\" },\n{ begins = \"0\" },\n{ kind = \"national\", begins = \"2\" },",
    );
    let checked = Settings::parse("settings.toml", &rules, &demo(), None).unwrap();
    let [warning] = &checked.warnings[..] else { panic!("{:?}", checked.warnings) };
    assert_eq!(warning.place.key, "trunks[1].numbers.parties[5]");
    let line = line_of(&rules, "{ kind = \"national\", add = \"0\" }");
    assert_eq!(warning.what, Caution::NeverReached { line });
}

#[test]
fn a_number_may_stand_once_for_each_number_that_it_was_diverted_from() {
    let row = "[[numbers]]\nnumber = \"62001234\"\nto = { flow = \"main\" }\n";
    let diverted = row.replace("to =", "diverted_from = \"8001\"\nto =");
    let text = format!("{DEMO_SETTINGS}\n{diverted}");
    assert!(Settings::parse("settings.toml", &text, &demo(), None).is_ok());
    let text = format!("{text}\n{}", diverted.replace("8001", "80-1"));
    let what = What::Malformed { wanted: Form::Digits };
    let told = problems(&text);
    assert_eq!(told[0].what, what);
    let text = format!("{DEMO_SETTINGS}\n{diverted}\n{diverted}");
    assert!(matches!(problems(&text)[0].what, What::Duplicate { .. }));
}

#[test]
fn a_text_that_is_not_written_as_such_a_thing_is_told_with_its_form() {
    let text = with("\"SIM-FXS.1\"", "\"telephone one\"");
    let what = What::Malformed { wanted: Form::Port };
    one(&text, "port = \"telephone one\"", "stations[1].port", "\"telephone one\"", what);
    let text = with("options = { 1 =", "options = { 11 =");
    let what = What::Malformed { wanted: Form::Key };
    one(&text, "options = { 11", "flows[1].steps.menu.menu.options.11", "\"11\"", what);
    let text = with("\nnumber = \"62001234\"", "\nnumber = \"6200 1234\"");
    let what = What::Malformed { wanted: Form::Digits };
    one(&text, "number = \"6200 1234\"", "numbers[1].number", "\"6200 1234\"", what);
    let text = with("prompts = [\"queue_full\"]", "prompts = [\"../keys/owner\"]");
    let what = What::Malformed { wanted: Form::Prompt };
    one(&text, "../keys/owner", "flows[1].steps.full.play.prompts[1]", "\"../keys/owner\"", what);
    let board = DEMO.replace("serial = \"SIM-E1\"", "serial = \"SIM E1\"");
    let told = board_problems(&board);
    assert_eq!(told[0].what, What::Malformed { wanted: Form::CardSerial });
    assert_eq!((told[0].place.key.as_str(), told.len()), ("cards[1].serial", 1));
}

#[test]
fn every_problem_of_form_is_told_at_once_in_the_order_of_the_file() {
    let text = with("country = \"cn\"", "country = \"fr\"");
    let text = text.replacen("role = \"user\"", "role = \"boss\"\ncolour = \"red\"", 1);
    let text = text.replacen("extension = \"801\"\n", "", 1).replacen("ring_s = 15", "ring_s = -1", 1);
    let found: Vec<String> = problems(&text).iter().map(|problem| problem.place.key.clone()).collect();
    assert_eq!(found, ["country", "trunks[1].role", "trunks[1].colour", "stations[1].extension", "queues[1].ring_s"]);
}

#[test]
fn a_key_that_is_missing_because_its_value_is_wrong_is_told_once() {
    let text = with("extension = \"801\"", "extension = 801");
    one(&text, "extension = 801", "stations[1].extension", "801", What::WrongKind { wanted: Kind::Text });
}

#[test]
fn one_row_of_a_choice_has_one_key() {
    let text = with("to = { flow = \"main\" }", "to = { flow = \"main\", queue = \"检查报告\" }");
    let allowed = words(&["flow", "queue", "station"]);
    one(&text, "to = { flow = \"main\", queue", "numbers[1].to", "{…}", What::UnknownWord { allowed });
}

#[test]
fn every_reference_to_nothing_is_told_at_once_with_the_names_that_there_are() {
    let text = with("to = { flow = \"main\" }", "to = { flow = \"mian\" }");
    let text = text.replacen("to = { queue = \"挂号预约\" }", "to = { queue = \"挂号\" }", 1);
    let text = text.replacen("to = { station = \"801\" }", "to = { station = \"901\" }", 1);
    let text = text.replacen("members = [\"805\", \"806\"]", "members = [\"805\", \"816\"]", 1);
    let text = text.replacen("name = \"检查报告\"\notherwise", "name = \"报告\"\notherwise", 1);
    let text = text.replacen("then = \"end\"", "then = \"ende\"", 1);
    let problems = problems(&text);
    let told: Vec<(&str, Option<Name>)> =
        problems.iter().map(|problem| (problem.place.key.as_str(), name(problem))).collect();
    assert_eq!(
        told,
        [
            ("numbers[1].to.flow", Some(Name::Flow)),
            ("numbers[2].to.queue", Some(Name::Queue)),
            ("numbers[3].to.station", Some(Name::Station)),
            ("queues[2].members[2]", Some(Name::Station)),
            ("flows[1].steps.reports.queue.name", Some(Name::Queue)),
            ("flows[1].steps.goodbye.play.then", Some(Name::Step)),
            // Nothing leads there any more.
            ("flows[1].steps.end", None),
        ]
    );
    assert_eq!(problems[1].what, What::UnknownName { name: Name::Queue, allowed: words(&["挂号预约", "检查报告"]) });
}

fn name(problem: &Problem) -> Option<Name> {
    match &problem.what {
        What::UnknownName { name, .. } => Some(*name),
        _ => None,
    }
}

#[test]
fn a_jack_is_used_once_and_is_of_the_kind_that_its_row_needs() {
    let text = with("port = \"SIM-FXS.2\"", "port = \"SIM-FXS.1\"");
    let first_line = line_of(&text, "port = \"SIM-FXS.1\"");
    one(
        &text,
        "port = \"SIM-FXS.1\"\nextension = \"802\"",
        "stations[2].port",
        "\"SIM-FXS.1\"",
        What::Duplicate { first_line },
    );
    let text = with("port = \"SIM-FXS.8\"", "port = \"SIM-E1.1\"");
    let told: Vec<What> = problems(&text).into_iter().map(|problem| problem.what).collect();
    let first_line = line_of(&text, "ports = [\"SIM-E1.1\"]");
    assert_eq!(
        told,
        [
            What::WrongJack {
                is: CardKind::E1,
                allowed: vec![CardKind::Fxs, CardKind::Handset, CardKind::Loudspeaker]
            },
            What::Duplicate { first_line }
        ]
    );
    let text = with("port = \"SIM-FXS.8\"", "port = \"SIM-FXS.9\"");
    assert!(matches!(&problems(&text)[0].what, What::UnknownName { name: Name::Port, allowed } if allowed.len() == 8));
    let text = with("\"SIM-FXO.1\", ", "").replacen("\"SIM-E1.1\"", "\"SIM-E1.1\", \"SIM-FXO.1\"", 1);
    one(&text, "ports = [\"SIM-E1.1\"", "trunks[1].ports", "[…]", What::MixedTrunks);
}

#[test]
fn no_extension_and_no_prefix_begins_like_an_emergency_number() {
    let text = with("extension = \"701\"", "extension = \"1201\"");
    let what = What::BeginsLikeEmergency { number: "120".into() };
    one(&text, "extension = \"1201\"", "queues[1].extension", "\"1201\"", what);
    let text = with("more_numbers = []", "more_numbers = [\"70\"]");
    assert_eq!(problems(&text).len(), 2, "the house's own numbers count too");
}

#[test]
fn numbers_that_can_not_be_told_apart_while_they_are_dialled_are_refused() {
    let text = with("outside_prefix = \"9\"", "outside_prefix = \"80\"");
    assert_eq!(problems(&text).len(), 8, "the prefix begins every extension");
    let text = with("outside_prefix = \"9\"", "outside_prefix = \"01\"");
    let what = What::BeginsLike { other: "0".into(), line: line_of(&text, "outside_prefix = \"0\"") };
    one(&text, "outside_prefix = \"01\"", "trunks[2].outside_prefix", "\"01\"", what);
}

#[test]
fn what_is_there_twice_names_the_line_of_the_first() {
    let text = with("extension = \"702\"", "extension = \"801\"");
    let first_line = line_of(&text, "extension = \"801\"");
    one(&text, "extension = \"801\"\nmembers", "queues[2].extension", "\"801\"", What::Duplicate { first_line });
    let text = with("number = \"62001235\"", "number = \"62001234\"");
    assert!(matches!(problems(&text)[0].what, What::Duplicate { .. }));
    let text = with("id = 3", "id = 2");
    assert!(matches!(problems(&text)[0].what, What::Duplicate { .. }));
    let text = with("members = [\"805\", \"806\"]", "members = [\"805\", \"805\"]");
    assert_eq!(problems(&text)[0].place.key, "queues[2].members[2]");
}

#[test]
fn a_queue_needs_someone_to_serve_it() {
    let text = with("members = [\"805\", \"806\"]", "members = []");
    one(&text, "members = []", "queues[2].members", "[]", What::Empty);
}

#[test]
fn nobody_is_two_of_the_administrators_that_check_one_another() {
    let text = with("roles = [\"audit\"]", "roles = [\"audit\", \"system\"]");
    one(&text, "roles = [\"audit\"", "people[3].roles", "[…]", What::CombinedAdministrators);
    let text = with("roles = [\"audit\"]", "roles = [\"audit\", \"audit\"]");
    assert!(matches!(problems(&text)[0].what, What::Duplicate { .. }));
}

#[test]
fn messages_are_a_persons_at_a_telephone_where_there_is_voicemail_and_their_code_is_one_of_the_codes() {
    let mail = |hear: &str, rest: &str| with("[[stations]]", &format!("[mail]\nhear = \"{hear}\"\n{rest}[[stations]]"));
    let with_box = |text: &str, extension: &str, class: &str| {
        let row = format!("extension = \"{extension}\"");
        text.replacen(&row, &format!("{row}\nclass = \"{class}\"\nmail = true"), 1)
    };
    let found = |text: &str| problems(text).into_iter().map(|problem| problem.what).collect::<Vec<_>>();
    let on = mail("*98", "");
    assert_eq!(found(&with_box(DEMO_SETTINGS, "802", "telephone")), [What::NoVoicemail]);
    assert_eq!(found(&with_box(&on, "801", "telephone")), [What::MailboxOfNobody]);
    let successor = "[[people]]\nid = 77\nname = \"b\"\nroles = [\"supervisor\"]\nextension = \"802\"\n";
    let two = format!("{}\n{successor}", with_box(&on, "802", "telephone"));
    assert_eq!(found(&two), [What::MailboxOfMany]);
    for class in ["fax", "door", "headset"] {
        assert_eq!(found(&with_box(&on, "802", class)), [What::NoMailboxHere], "{class}");
    }
    for code in ["98", "*9x"] {
        assert_eq!(found(&mail(code, "")), [What::Malformed { wanted: Form::Code }], "{code}");
    }
    let limits = found(&mail("*98", "days = 0\nmessages = 101\nmessage_s = 5\n"));
    assert!(limits.len() == 3 && limits.iter().all(|what| matches!(what, What::OutOfRange { .. })), "{limits:?}");
    assert!(matches!(found(&mail("*98", "[codes]\nredial = \"*9\"\n"))[..], [What::BeginsLike { .. }]));
    assert!(matches!(found(&mail("*98", "[services]\nforward_always = \"98\"\n"))[..], [What::BeginsLike { .. }]));
    let good = with_box(&on, "802", "telephone");
    assert!(Settings::parse("settings.toml", &good, &demo(), None).is_ok());
}

#[test]
fn a_step_that_no_caller_reaches_is_told() {
    let text =
        with("full = \"full\"\n\n[flows.steps.reports", "\n[flows.steps.reports").replace("\nfull = \"full\"", "");
    one(&text, "[flows.steps.full", "flows[1].steps.full", "{…}", What::Unreachable);
}

#[test]
fn a_step_that_asks_for_consent_says_what_becomes_of_who_does_not_give_it() {
    let play = "[flows.steps.goodbye.play]\nprompts = [\"goodbye\"]\n";
    let found = |step: &str| {
        let text = with(play, &format!("[flows.steps.goodbye.consent]\nprompts = [\"goodbye\"]\n{step}"));
        let problems = Settings::parse("settings.toml", &text, &demo(), None).err().unwrap_or_default();
        problems.into_iter().map(|problem| (problem.place.key, problem.what)).collect::<Vec<_>>()
    };
    let at = |key: &str, what| vec![(format!("flows[1].steps.goodbye.consent.{key}"), what)];
    assert_eq!(found(""), []);
    assert_eq!(found("yes = \"1\"\nrefused = { then = \"end\" }\n"), []);
    assert_eq!(found("yes = \"1\"\n"), at("refused", What::MissingKey));
    assert_eq!(found("refused = { then = \"end\" }\n"), at("refused", What::Unreachable));
    assert_eq!(found("yes = \"1\"\nno = \"1\"\nrefused = { then = \"end\" }\n"), at("no", What::Unreachable));
}

#[test]
fn a_caller_who_does_nothing_must_not_go_round_for_ever() {
    let text = with("timed_out = { prompt = \"timeout\", then = \"operator\" }", "timed_out = { then = \"menu\" }");
    let what = What::EndlessLoop { steps: words(&["menu"]) };
    one(&text, "[flows.steps.menu", "flows[1].steps.menu", "{…}", what);
    let text = with("prompts = [\"queue_full\"]\nthen = \"goodbye\"", "prompts = [\"queue_full\"]\nthen = \"reports\"");
    let what = What::EndlessLoop { steps: words(&["full", "reports"]) };
    one(&text, "[flows.steps.full", "flows[1].steps.full", "{…}", what);
}

#[test]
fn a_caller_who_chooses_to_go_back_is_let() {
    let text = with("0 = \"operator\" }", "0 = \"operator\", 9 = \"menu\" }");
    assert!(Settings::parse("a", &text, &demo(), None).is_ok());
}

#[test]
fn waiting_in_the_queue_again_after_the_longest_wait_is_allowed_and_said() {
    let text = with("otherwise = \"nobody\"\nfull", "otherwise = \"nobody\"\ntimed_out = \"reports\"\nfull");
    let text = text.replacen(
        "[flows.steps.reports.queue]\nname = \"检查报告\"\notherwise = \"nobody\"",
        "[flows.steps.reports.queue]\nname = \"检查报告\"\notherwise = \"nobody\"\ntimed_out = \"appointments\"",
        1,
    );
    let checked = Settings::parse("a", &text, &demo(), None).unwrap();
    let [warning] = &checked.warnings[..] else { panic!("{:#?}", checked.warnings) };
    assert_eq!(warning.what, Caution::WaitsAgain { steps: words(&["appointments", "reports"]) });
}

#[test]
fn what_may_be_meant_so_is_a_warning() {
    let text = with("otherwise = { station = \"807\" }", "");
    let told = |text: &str| -> Vec<Caution> {
        let prompts = ["music"].into_iter().map(str::to_owned).collect();
        let checked = Settings::parse("a", text, &demo(), Some(&prompts)).unwrap();
        checked.warnings.into_iter().map(|warning| warning.what).collect()
    };
    let all = told(&text);
    assert!(all.contains(&Caution::NoTargetForTheRest));
    assert_eq!(all.iter().filter(|caution| **caution == Caution::UnknownPrompt).count(), 6);
    let text = with("outside_prefix = \"0\"", "").replace("flow = \"main\"", "station = \"807\"");
    assert!(told(&text).contains(&Caution::Unused));
}

#[test]
fn every_dialect_is_known_by_its_name_and_those_of_t1_are_doubted_on_an_e1() {
    let told = |dialect: &str| {
        let text = with("dialect = \"china\"", &format!("dialect = \"{dialect}\""));
        Settings::parse("a", &text, &demo(), None)
            .map(|checked| checked.warnings.iter().filter(|warning| warning.what == Caution::DialectOfT1).count())
    };
    for (dialect, doubts) in
        [("china", 0), ("euroisdn", 0), ("qsig", 0), ("ni2", 1), ("dms100", 1), ("4ess", 1), ("5ess", 1)]
    {
        assert_eq!(told(dialect).unwrap(), doubts, "{dialect}");
    }
    let board = Board::parse("t1.toml", T1).unwrap();
    let doubts = |dialect: &str| {
        let text = format!("format = 1\n[[trunks]]\nname = \"a\"\nports = [\"T1.1\"]\ndialect = \"{dialect}\"\n");
        let checked = Settings::parse("a", &text, &board, None).unwrap();
        checked.warnings.iter().filter(|warning| warning.what == Caution::DialectOfE1).count()
    };
    assert_eq!(["china", "euroisdn", "qsig", "ni2"].map(doubts), [1, 1, 0, 0]);
    let [problem] = &told("ni1").unwrap_err()[..] else { panic!("one problem") };
    let What::UnknownWord { allowed } = &problem.what else { panic!("{problem:?}") };
    assert_eq!(allowed.len(), 7, "the check names them: {allowed:?}");
}

#[test]
fn what_does_nothing_in_the_role_that_the_box_plays_is_doubted() {
    let told = |role: &str, more: &str| -> Vec<Caution> {
        let text = with("role = \"user\"", &format!("role = \"{role}\"\n{more}"));
        let checked = Settings::parse("a", &text, &demo(), None).unwrap();
        checked.warnings.into_iter().map(|warning| warning.what).collect()
    };
    let only = |role| Caution::OnlyInRole { role };
    assert!(told("network", "hand_over = \"all\"").contains(&only(Role::User)));
    assert!(told("user", "joins_calls = true").contains(&only(Role::Network)));
    let quiet = [told("user", "hand_over = \"all\""), told("network", "joins_calls = true"), told("network", "")];
    assert!(!quiet.iter().flatten().any(|caution| matches!(caution, Caution::OnlyInRole { .. })), "{quiet:?}");
}

#[test]
fn a_code_begins_as_no_number_does_and_stands_for_one_thing() {
    let told = |codes: &str| Settings::parse("a", &format!("{}\n[codes]\n{codes}", DEMO_SETTINGS), &demo(), None);
    assert!(told("withhold_number = \"*31\"\nmalicious_call = \"#39*\"").is_ok());
    for wrong in ["31", "*", "", "*31x", "*12345678", "+31"] {
        let problems = told(&format!("withhold_number = \"{wrong}\"")).unwrap_err();
        assert_eq!(problems[0].what, What::Malformed { wanted: Form::Code }, "{wrong}");
        assert_eq!(problems[0].place.key, "codes.withhold_number");
    }
    let twice = told("withhold_number = \"*31\"\nmalicious_call = \"*31\"").unwrap_err();
    assert!(matches!(twice[0].what, What::Duplicate { .. }), "{twice:?}");
}

#[test]
fn of_two_codes_that_are_dialled_none_begins_the_other_and_those_of_a_talk_are_apart() {
    let told = |codes: &str| Settings::parse("a", &format!("{}\n[codes]\n{codes}", DEMO_SETTINGS), &demo(), None);
    for (codes, key) in [
        ("supervise = \"*1\"\nsign_in = \"*11\"", "codes.sign_in"),
        ("unlock = \"*77\"\nwithhold_number = \"*7\"", "codes.unlock"),
        ("pickup = \"*8\"\npickup_of = \"*81\"", "codes.pickup_of"),
        ("secret_input = \"*7\"\npause = \"*79\"", "codes.pause"),
    ] {
        let problems = told(codes).unwrap_err();
        assert!(matches!(&problems[..], [one] if one.place.key == key), "{codes}: {problems:?}");
        assert!(matches!(problems[0].what, What::BeginsLike { .. }), "{codes}: {problems:?}");
    }
    // One code for both ways to pick up; and what is keyed in a talk is never dialled.
    assert!(told("pickup = \"*8\"\npickup_of = \"*8\"\nsecret_input = \"*81\"").is_ok());
}

#[test]
fn places_and_groups_have_a_bound() {
    let places = |count: usize| {
        let places: Vec<String> = (0..count).map(|place| format!("\"78{place:03}\"")).collect();
        format!("{DEMO_SETTINGS}\n[park]\nplaces = [{}]\n", places.join(", "))
    };
    assert!(Settings::parse("a", &places(100), &demo(), None).is_ok());
    let problems = problems(&places(101));
    assert_eq!(problems[0].what, What::OutOfRange { min: 0, max: 100 });
    let group = |no: usize| format!("[[pickup_groups]]\nname = \"g{no}\"\nstations = [\"801\"]\n");
    let groups: String = (0..101).map(group).collect();
    let problems = self::problems(&format!("{DEMO_SETTINGS}\n{groups}"));
    assert_eq!(problems[0].what, What::OutOfRange { min: 0, max: 100 });
}

#[test]
fn who_is_called_by_itself_can_be_reached_and_a_telephone_that_calls_at_once_dials_nothing() {
    let told = |more: &str| {
        let with = with("extension = \"801\"", &format!("extension = \"801\"\n{more}"));
        Settings::parse("a", &with, &demo(), None)
    };
    let found = |more: &str| told(more).map(|_| ()).unwrap_err().pop().map(|problem| (problem.place.key, problem.what));
    let calls = |what| Some(("stations[1].calls".to_owned(), what));
    for number in ["807", "702", "0"] {
        let reaches = told(&format!("calls = \"{number}\"")).is_ok();
        assert_eq!(reaches, number != "0", "{number}");
    }
    for nobody in ["801", "899", "0", "9"] {
        assert_eq!(found(&format!("calls = \"{nobody}\"")), calls(What::ReachesNobody), "{nobody}");
    }
    assert_eq!(found("calls = \"*8\""), calls(What::Malformed { wanted: Form::Calls }));
    assert_eq!(found("calls_after_s = 3"), calls(What::MissingKey));
    assert_eq!(found("class = \"headset\"\ncalls = \"807\""), calls(What::NoHotLineHere));
    let late = found("calls = \"807\"\ncalls_after_s = 11");
    assert_eq!(late, Some(("stations[1].calls_after_s".into(), What::OutOfRange { min: 0, max: 10 })));
    let cautions = |more: &str| {
        let warnings = told(more).unwrap().warnings;
        warnings.iter().filter(|warning| warning.what == Caution::NothingDialledHere).count()
    };
    assert_eq!(cautions("calls = \"013912345678\""), 1);
    for careful in ["calls = \"120\"", "calls = \"807\"\ncalls_after_s = 3", "class = \"door\"\ncalls = \"807\""] {
        assert_eq!(cautions(careful), 0, "{careful}");
    }
}

#[test]
fn a_silence_that_lets_a_line_go_is_longer_than_people_look_something_up() {
    let told = |limit_s: u16| {
        let text = with("lines = { dialling = \"tone\" }", &format!("lines = {{ silence_limit_s = {limit_s} }}"));
        Settings::parse("a", &text, &demo(), None).map(|_| ()).map_err(|mut problems| problems.pop().unwrap())
    };
    assert_eq!((told(30), told(120), told(3600)), (Ok(()), Ok(()), Ok(())));
    for limit_s in [0, 29, 3601] {
        let problem = told(limit_s).unwrap_err();
        assert_eq!(problem.place.key, "trunks[2].lines.silence_limit_s");
        assert_eq!(problem.what, What::OutOfRange { min: 30, max: 3600 });
    }
}

#[test]
fn digits_are_waited_for_some_time_and_not_for_ever() {
    for (key, min, max) in [("first_s", 5, 60), ("next_s", 2, 15)] {
        let text = |seconds: i64| format!("{DEMO_SETTINGS}\n[digits]\n{key} = {seconds}\n");
        for seconds in [min, max] {
            assert!(Settings::parse("a", &text(seconds), &demo(), None).is_ok(), "{key} = {seconds}");
        }
        for seconds in [min - 1, max + 1] {
            let problems = problems(&text(seconds));
            assert_eq!(problems[0].place.key, format!("digits.{key}"));
            assert_eq!(problems[0].what, What::OutOfRange { min, max });
        }
    }
}

#[test]
fn a_flash_for_the_exchange_is_no_disturbance_and_no_hang_up() {
    let told = |ms: u16| {
        let text = with("lines = { dialling = \"tone\" }", &format!("lines = {{ flash_ms = {ms} }}"));
        Settings::parse("a", &text, &demo(), None).map(|_| ()).map_err(|mut problems| problems.pop().unwrap())
    };
    assert_eq!((told(50), told(1000)), (Ok(()), Ok(())));
    for ms in [0, 49, 1001] {
        let problem = told(ms).unwrap_err();
        assert_eq!(problem.place.key, "trunks[2].lines.flash_ms");
        assert_eq!(problem.what, What::OutOfRange { min: 50, max: 1000 });
    }
}

#[test]
fn only_a_headset_takes_its_calls_by_a_key_and_what_is_whispered_to_it_is_a_prompt() {
    let station = |more: &str| {
        let with = with("extension = \"801\"", &format!("extension = \"801\"\n{more}"));
        Settings::parse("a", &with, &demo(), None).map(|checked| checked.settings.stations)
    };
    let problems = station("answer = \"key\"").unwrap_err();
    assert_eq!(problems[0].what, What::NoAnswerByKeyHere);
    assert_eq!(problems[0].place.key, "stations[1].answer");
    let stations = station("class = \"headset\"\nanswer = \"key\"").unwrap();
    assert_eq!((stations[0].answer, stations[1].answer), (Answer::Key, Answer::Itself));
    let queue = |name: &str| {
        let with = with("music = \"music\"", &format!("music = \"music\"\nwhisper = \"{name}\""));
        let known = ["music", "whisper_desk"].map(str::to_owned).into();
        Settings::parse("a", &with, &demo(), Some(&known))
    };
    assert_eq!(queue("../whisper").unwrap_err()[0].what, What::Malformed { wanted: Form::Prompt });
    let told = |name: &str| {
        let warnings = queue(name).unwrap().warnings;
        warnings
            .iter()
            .any(|warning| warning.place.key == "queues[1].whisper" && warning.what == Caution::UnknownPrompt)
    };
    assert!(told("nobody_spoke_it") && !told("whisper_desk"));
}

#[test]
fn a_number_that_is_called_by_itself_has_pauses_on_outside_lines_alone() {
    let found = |calls: &str| {
        let row = format!("extension = \"801\"\ncalls = \"{calls}\"\ncalls_after_s = 3");
        let told = Settings::parse("a", &with("extension = \"801\"", &row), &demo(), None);
        told.map(|_| ()).map_err(|mut problems| problems.pop().unwrap().what)
    };
    for outside in ["913912345678,,17", "9,62001234", "9w62001234", "9,,,,,,,,1"] {
        assert_eq!(found(outside), Ok(()), "{outside}");
    }
    // A span, an emergency number by itself and behind a prefix, a telephone and a queue of the house.
    for refused in ["0,62001234", "1,20", "9,120", "91,20", "80,7", "70w2"] {
        assert_eq!(found(refused), Err(What::NoPauseHere), "{refused}");
    }
    assert_eq!(found("9,,,,,,,,,1"), Err(What::Malformed { wanted: Form::Calls }));
    assert_eq!(found(",w"), Err(What::Malformed { wanted: Form::Calls }));
    // A pause is no way around a lock nor to oneself.
    assert_eq!(found("8,01"), Err(What::ReachesNobody));
}

#[test]
fn a_time_zone_is_one_that_the_table_has() {
    let told = |zone: &str| {
        let text = with("country = \"cn\"", &format!("country = \"cn\"\ntime_zone = \"{zone}\""));
        Settings::parse("a", &text, &demo(), None).map(|_| ()).map_err(|mut problems| problems.pop().unwrap())
    };
    assert_eq!((told("Asia/Shanghai"), told("Europe/Berlin")), (Ok(()), Ok(())));
    for unknown in ["", "Beijing", "UTC+8", "Asia/Bejing"] {
        let problem = told(unknown).unwrap_err();
        assert_eq!(
            (problem.place.key.as_str(), problem.what),
            ("time_zone", What::Malformed { wanted: Form::TimeZone })
        );
    }
}

#[test]
fn what_is_dialled_first_on_outside_lines_has_pauses_and_where_it_is_pulsed_no_star() {
    let told = |dialling: &str, first: &str| {
        let lines = format!("lines = {{ dialling = \"{dialling}\", dial_first = \"{first}\" }}");
        let text = with("lines = { dialling = \"tone\" }", &lines);
        Settings::parse("a", &text, &demo(), None).map(|_| ()).map_err(|mut problems| problems.pop().unwrap())
    };
    for (dialling, first) in [("tone", "*9,,"), ("tone", "9w"), ("pulse", "9"), ("pulse", "9,w"), ("tone", "")] {
        assert_eq!(told(dialling, first), Ok(()), "{dialling} {first}");
    }
    for (dialling, first) in [("pulse", "*9"), ("tone", "9W"), ("tone", "9p"), ("tone", "123456789")] {
        let problem = told(dialling, first).unwrap_err();
        assert_eq!(problem.place.key, "trunks[2].lines.dial_first", "{dialling} {first}");
        assert_eq!(problem.what, What::Malformed { wanted: Form::DialFirst });
    }
}

#[test]
fn call_waiting_is_for_plain_telephones_that_serve_no_queue() {
    let told = |more: &str| {
        let with = with("extension = \"801\"", &format!("extension = \"801\"\ncall_waiting = true\n{more}"));
        Settings::parse("a", &with, &demo(), None).unwrap()
    };
    let plain = told("");
    assert!(plain.settings.has_call_waiting(&plain.settings.stations[0]));
    assert!(!plain.warnings.iter().any(|warning| warning.what == Caution::NoCallWaitingHere));
    for more in ["lock = \"inside\"", "class = \"fax\""] {
        let other = told(more);
        assert!(!other.settings.has_call_waiting(&other.settings.stations[0]), "{more}");
        assert!(other.warnings.iter().any(|warning| warning.what == Caution::NoCallWaitingHere), "{more}");
    }
    let agents = with("extension = \"803\"", "extension = \"803\"\ncall_waiting = true");
    let agents = Settings::parse("a", &agents, &demo(), None).unwrap();
    let agent = agents.settings.station("803").unwrap();
    assert!(!agents.settings.has_call_waiting(agent));
    assert!(agents.warnings.iter().any(|warning| warning.what == Caution::NoCallWaitingHere));
}

#[test]
fn ports_are_tested_at_night_in_an_hour_that_is_chosen_and_not_where_their_owner_leaves_them_out() {
    let told = |text: &str| Settings::parse("a", text, &demo(), None);
    let usual = told(DEMO_SETTINGS).unwrap().settings;
    assert_eq!(usual.port_tests.nightly_hour_utc, None, "nobody has chosen any");
    let chosen = |hour: u8| told(&format!("{DEMO_SETTINGS}\n[port_tests]\nnightly_hour_utc = {hour}"));
    assert_eq!(chosen(23).unwrap().settings.port_tests.nightly_hour_utc, Some(23));
    let problems = chosen(24).unwrap_err();
    assert_eq!(problems[0].what, What::OutOfRange { min: 0, max: 23 });
    assert_eq!(problems[0].place.key, "port_tests.nightly_hour_utc");

    let (line, desk) = ("SIM-FXO.2".parse().unwrap(), usual.stations[0].port);
    assert!(usual.tests_port(line) && usual.tests_port(desk) && !usual.tests_port("SIM-FXO.99".parse().unwrap()));
    let without = DEMO_SETTINGS.replace("dialling = \"tone\"", "port_tests = false");
    let without = told(&without).unwrap().settings;
    assert!(!without.tests_port(line) && without.tests_port(desk));
    let again = told(&without.to_toml()).unwrap().settings;
    assert_eq!((again.tests_port(line), again), (false, without));
    let mut stations = usual;
    stations.stations[0].port_tests = false;
    let again = told(&stations.to_toml()).unwrap().settings;
    assert!(again.tests_port(line) && !again.tests_port(desk));
}

#[test]
fn a_busy_tone_is_of_an_outside_line_once_and_one_that_can_be_heard() {
    let told = |rows: &str| Settings::parse("a", &format!("{DEMO_SETTINGS}\n{rows}"), &demo(), None);
    let row = |port: &str, hz: &str, bursts: &str| {
        format!("[[busy_tones]]\nport = \"{port}\"\nhz = {hz}\nbursts_ms = {bursts}\n")
    };
    let good = [row("SIM-FXO.1", "[425]", "[[200, 300]]"), row("SIM-FXO.2", "[480, 620]", "[[250, 250]]")].concat();
    let settings = told(&good).unwrap().settings;
    assert_eq!(settings.busy_tones[0].bursts_ms, [[200, 300]]);
    let again = Settings::parse("a", &settings.to_toml(), &demo(), None).unwrap().settings;
    assert_eq!(again.busy_tones, settings.busy_tones);
    for (row, key) in [
        (row("SIM-FXS.1", "[425]", "[[200, 300]]"), "busy_tones[1].port"),
        (row("SIM-FXO.1", "[]", "[[200, 300]]"), "busy_tones[1].hz"),
        (row("SIM-FXO.1", "[300]", "[[200, 300]]"), "busy_tones[1].hz[1]"),
        (row("SIM-FXO.1", "[450, 480]", "[[200, 300]]"), "busy_tones[1].hz"),
        (row("SIM-FXO.1", "[425]", "[]"), "busy_tones[1].bursts_ms"),
        (row("SIM-FXO.1", "[425]", "[[200, 9000]]"), "busy_tones[1].bursts_ms[1][2]"),
        // Ringback and call waiting.
        (row("SIM-FXO.1", "[450]", "[[1000, 4000]]"), "busy_tones[1].bursts_ms[1][2]"),
        (row("SIM-FXO.1", "[400, 450]", "[[400, 200], [400, 2000]]"), "busy_tones[1].bursts_ms[2][2]"),
        ([good, row("SIM-FXO.1", "[450]", "[[200, 300]]")].concat(), "busy_tones[3].port"),
    ] {
        let problems = told(&row).unwrap_err();
        assert_eq!(problems[0].place.key, key, "{row}");
    }
}

#[test]
fn masking_says_who_may_and_ends_by_itself_within_three_minutes() {
    let told = |masking: &str| Settings::parse("a", &format!("{DEMO_SETTINGS}\n[masking]\n{masking}"), &demo(), None);
    let settings = told("secret_input = \"everybody\"\nend_key = \"*\"").unwrap().settings;
    let (desk, gate) = (settings.stations[0].port, settings.stations[1].port);
    assert!(
        settings.may_mask(false, desk) && !settings.may_mask(true, desk),
        "nobody pauses unless the owner says who"
    );
    let agents = told("pause = \"agents\"").unwrap().settings;
    assert!(agents.may_mask(true, gate) && !agents.may_mask(true, desk), "802 is in a queue, 801 is not");
    assert_eq!(settings.to_toml().matches("[masking]").count(), 1);
    for longest_s in [19, 181, 0] {
        let problems = told(&format!("longest_s = {longest_s}")).unwrap_err();
        assert_eq!(problems[0].what, What::OutOfRange { min: 20, max: 180 }, "{longest_s}");
        assert_eq!(problems[0].place.key, "masking.longest_s");
    }
    assert!(told("end_key = \"12\"").is_err() && told("pause = \"me\"").is_err());
}

#[test]
fn a_retention_rule_lasts_some_time_and_does_not_remove_what_it_keeps() {
    let told = |rule: &str| {
        let text = format!("{DEMO_SETTINGS}\n[[retention]]\nname = \"双录\"\n{rule}");
        Settings::parse("a", &text, &demo(), None)
    };
    for right in [
        "keep = { years = 20 }",
        "keep = { years = 1 }\nremove = { months = 12 }",
        "keep = { months = 6 }\nremove = { days = 186 }\nfrom = \"contract-ended\"\nqueues = [\"挂号预约\"]",
    ] {
        let settings = told(right).unwrap_or_else(|problems| panic!("{right}: {problems:?}")).settings;
        assert_eq!(Settings::parse("a", &settings.to_toml(), &demo(), None).unwrap().settings, settings);
    }
    for (wrong, key, what) in [
        ("keep = {}", "keep", What::Empty),
        ("keep = { years = 101 }", "keep.years", What::OutOfRange { min: 0, max: 100 }),
        ("keep = { years = 1 }\nremove = { days = 365 }", "remove", What::GoesBeforeKept),
        ("keep = { years = 1 }\nfrom = \" x\"", "from", What::Malformed { wanted: Form::Name }),
    ] {
        let problems = told(wrong).unwrap_err();
        assert_eq!((problems[0].place.key.as_str(), &problems[0].what), (&*format!("retention[1].{key}"), &what));
    }
    let nowhere = told("keep = { years = 1 }\nqueues = [\"nowhere\"]").unwrap_err();
    assert!(matches!(nowhere[0].what, What::UnknownName { name: Name::Queue, .. }), "{nowhere:?}");
    let twice = told("keep = { years = 1 }\n[[retention]]\nname = \"双录\"\nkeep = { years = 2 }").unwrap_err();
    assert!(matches!(twice[0].what, What::Duplicate { .. }), "{twice:?}");
}

#[test]
fn a_board_tells_all_that_is_wrong_with_it() {
    let text = DEMO
        .replacen("clock_order = [\"SIM-E1\"", "clock_order = [\"SIM-E9\"", 1)
        .replacen("slot = 2", "slot = 1", 1)
        .replacen("ring_budget = 5", "", 1)
        .replacen("\"挂号2\"", "\"挂号1\"", 1)
        .replacen(
            "spans = [{ label = \"E1-1\" }]",
            "spans = [{ label = \"E1-1\", d_channel = 0 }]\nring_budget = 3",
            1,
        );
    let told: Vec<(String, What)> =
        board_problems(&text).into_iter().map(|problem| (problem.place.key, problem.what)).collect();
    let serials = words(&["SIM-E1", "SIM-FXO", "SIM-FXS"]);
    assert_eq!(
        told,
        [
            ("clock_order[1]".into(), What::UnknownName { name: Name::Card, allowed: serials }),
            ("cards[1].spans[1].d_channel".into(), What::OutOfRange { min: 1, max: 31 }),
            ("cards[1].ring_budget".into(), What::NotOnThisCard { is: CardKind::E1 }),
            ("cards[2].slot".into(), What::Duplicate { first_line: line_of(&text, "slot = 1") }),
            ("cards[3].ring_budget".into(), What::MissingKey),
            ("cards[3].jacks[3]".into(), What::Duplicate { first_line: line_of(&text, "挂号1") }),
        ]
    );
}

#[test]
fn a_timing_cable_does_not_lead_back_to_its_card() {
    let text = DEMO.replacen("slot = 1", "slot = 1\nsynchronous_with = \"SIM-FXS\"", 1);
    assert!(board_problems(&text).iter().all(|problem| problem.what == What::ClockLoop));
    assert_eq!(board_problems(&text).len(), 3);
}

#[test]
fn no_text_makes_the_reader_panic_or_run_for_ever() {
    // Every cut of the demo's settings, and every line of it left out.
    for (end, _) in DEMO_SETTINGS.char_indices().step_by(7) {
        let _ = Settings::parse("a", &DEMO_SETTINGS[..end], &demo(), None);
    }
    let lines: Vec<&str> = DEMO_SETTINGS.lines().collect();
    for left_out in 0..lines.len() {
        let kept: Vec<&str> =
            lines.iter().enumerate().filter(|(row, _)| *row != left_out).map(|(_, line)| *line).collect();
        let _ = Settings::parse("a", &kept.join("\n"), &demo(), None);
    }
}

/// A real box: one card with two E1 lines, and a card of modules of both kinds.
const REAL: &str = r#"format = 1
name = "real"
clock_order = ["TE"]
[[cards]]
card = "dahdi"
kind = "e1"
serial = "TE"
slot = 1
spans = [{ label = "A" }, { label = "B", timing = 0, coding = "ami", crc4 = false }]
dahdi = { device = "PCI Bus 04 Slot 05", module = "wct4xxp" }
[[cards]]
card = "dahdi"
kind = "fxs"
serial = "TDM-S"
slot = 2
ring_budget = 2
jacks = ["1", "2"]
dahdi = { device = "pci:0000:05:01.0", channels = [3, 4], module = "wctdm24xxp", options = { opermode = "CHINA" } }
[[cards]]
card = "dahdi"
kind = "fxo"
serial = "TDM-O"
slot = 3
jacks = ["3"]
dahdi = { device = "pci:0000:05:01.0", start = "loop", module = "wctdm24xxp", options = { opermode = "CHINA" } }
"#;

#[track_caller]
fn one_of_the_real(from: &str, to: &str, key: &str, what: What) {
    assert!(REAL.contains(from), "{from}");
    let problems = board_problems(&REAL.replacen(from, to, 1));
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    assert_eq!((problem.place.key.as_str(), &problem.what), (key, &what));
}

#[test]
fn a_real_card_names_its_hardware_and_each_channel_is_one_jack() {
    let board = Board::parse("real.toml", REAL).unwrap();
    let of = |card: usize| board.cards[card].dahdi.as_ref().unwrap();
    assert_eq!((of(1).channel(1), of(1).channel(2), of(2).channel(1)), (3, 4, 1));
    assert_eq!((of(0).span, of(0).canceller.as_str()), (1, "mg2"));
}

#[test]
fn spans_of_cards_that_give_the_clock_are_sources_in_that_order_and_all_others_give_it() {
    let board = Board::parse("real.toml", REAL).unwrap();
    let timing = |row| board.timing(&board.cards[0], row);
    assert_eq!((timing(0), timing(1)), (1, 0));
    let two = REAL.replace("timing = 0, ", "").replace("clock_order = [\"TE\"]", "clock_order = [\"TDM-S\", \"TE\"]");
    let board = Board::parse("two.toml", &two).unwrap();
    assert_eq!((board.timing(&board.cards[0], 0), board.timing(&board.cards[0], 1)), (1, 2));
    let other = REAL.replace("clock_order = [\"TE\"]", "clock_order = [\"TDM-S\"]");
    let board = Board::parse("other.toml", &other).unwrap();
    assert_eq!(board.timing(&board.cards[0], 0), 0, "no card of the clock order");
}

#[test]
fn real_and_simulated_hardware_are_not_mixed_in_one_row() {
    one_of_the_real(", module = \"wct4xxp\" }", " }\nsim = { clock_ppm = 1 }", "cards[1].sim", What::NotSimulated);
    one_of_the_real("card = \"dahdi\"", "card = \"sim\"", "cards[1].dahdi", What::NotReal);
    one_of_the_real(
        "dahdi = { device = \"PCI Bus 04 Slot 05\", module = \"wct4xxp\" }\n",
        "",
        "cards[1].dahdi",
        What::MissingKey,
    );
}

#[test]
fn a_channel_or_a_span_of_a_device_is_one_rows_alone() {
    let by = || What::HardwareTakenTwice { by: "TDM-S".into() };
    one_of_the_real("start = \"loop\"", "channels = [4]", "cards[3].dahdi.device", by());
    let by = || What::HardwareTakenTwice { by: "TE".into() };
    one_of_the_real(
        "\"pci:0000:05:01.0\", start",
        "\"PCI Bus 04 Slot 05\", span = 2, start",
        "cards[3].dahdi.device",
        by(),
    );
}

#[test]
fn there_are_as_many_channels_as_jacks() {
    one_of_the_real("[3, 4]", "[3]", "cards[2].dahdi.channels", What::ChannelsUnlikeJacks { jacks: 2 });
    let range = What::OutOfRange { min: 1, max: 32 };
    one_of_the_real("[3, 4]", "[3, 33]", "cards[2].dahdi.channels[2]", range);
    let what = What::NotOnThisCard { is: CardKind::E1 };
    one_of_the_real("module = \"wct4xxp\"", "channels = [1]", "cards[1].dahdi.channels", what);
}

#[test]
fn a_gain_is_one_number_or_one_for_each_jack_of_an_analog_card() {
    let of_lines = |gain: &str, key: &str, what| one_of_the_real("[3, 4]", &format!("[3, 4], {gain}"), key, what);
    let range = || What::OutOfRange { min: -12, max: 12 };
    of_lines("receive_gain_db = 13", "cards[2].dahdi.receive_gain_db", range());
    of_lines("send_gain_db = [0, -13]", "cards[2].dahdi.send_gain_db[2]", range());
    of_lines("send_gain_db = [6]", "cards[2].dahdi.send_gain_db", What::GainsUnlikeJacks { jacks: 2 });
    let what = What::NotOnThisCard { is: CardKind::E1 };
    one_of_the_real("module = \"wct4xxp\"", "send_gain_db = 3", "cards[1].dahdi.send_gain_db", what);
    let board = Board::parse("board.toml", &REAL.replace("[3, 4]", "[3, 4], receive_gain_db = [6, -2]")).unwrap();
    let of = board.cards[1].dahdi.as_ref().unwrap();
    assert_eq!(
        [1, 2].map(|position| (of.receive_gain_db.db(position), of.send_gain_db.db(position))),
        [(6, 0), (-2, 0)]
    );
}

#[test]
fn only_outside_lines_whose_module_knows_it_have_a_country_and_those_of_one_module_have_the_same() {
    let outside = "start = \"loop\", module = \"wctdm24xxp\"";
    let of = |country: &str| format!("start = \"loop\", country = \"{country}\", module = \"wctdm24xxp\"");
    Board::parse("real.toml", &REAL.replace(outside, &of("cn"))).unwrap();
    let misplaced = |module: &str, kind| {
        let with = format!("country = \"cn\", module = \"{module}\"");
        let place = if kind == CardKind::E1 { "cards[1]" } else { "cards[2]" };
        let what = What::NotOnThisCard { is: kind };
        one_of_the_real(&format!("module = \"{module}\""), &with, &format!("{place}.dahdi.country"), what);
    };
    misplaced("wct4xxp", CardKind::E1);
    misplaced("wctdm24xxp", CardKind::Fxs);
    let other = of("cn").replace("wctdm24xxp", "wcfxo");
    let allowed = ["wcaxx", "wctdm", "wctdm24xxp"].map(str::to_owned).to_vec();
    let problems = board_problems(&REAL.replace(outside, &other));
    assert!(
        problems.iter().any(|problem| problem.what == What::UnknownWord { allowed: allowed.clone() }),
        "{problems:#?}"
    );
    one_of_the_real(
        outside,
        "start = \"loop\", country = \"fr\", module = \"wctdm24xxp\"",
        "cards[3].dahdi.country",
        What::UnknownWord { allowed: ["cn", "us", "uk", "de"].map(str::to_owned).to_vec() },
    );
}

#[test]
fn options_of_a_module_are_the_same_on_all_its_cards_and_become_no_lines_of_their_own() {
    let what = || What::ModuleOptionsDiffer { from: "TDM-S".into() };
    let fcc = "start = \"loop\", module = \"wctdm24xxp\", options = { opermode = \"FCC\" }";
    let china = "start = \"loop\", module = \"wctdm24xxp\", options = { opermode = \"CHINA\" }";
    one_of_the_real(china, fcc, "cards[3].dahdi.options", what());
    one_of_the_real("serial = \"TDM-O\"", "serial = \"TDM-O\"\nlaw = \"mu\"", "cards[3].dahdi.options", what());
    let value = What::Malformed { wanted: Form::OptionValue };
    let both = |to: &str| REAL.replace("\"CHINA\"", to);
    for wrong in [r#""A\ninstall x""#, "\"A B\"", "\"#\"", "\"\""] {
        let problems = board_problems(&both(wrong));
        assert!(problems.len() == 2 && problems.iter().all(|problem| problem.what == value), "{problems:#?}");
    }
    let name = What::Malformed { wanted: Form::ModuleName };
    one_of_the_real("\"wct4xxp\"", "\"x y\"", "cards[1].dahdi.module", name);
    one_of_the_real("module = \"wct4xxp\"", "options = { a = \"1\" }", "cards[1].dahdi.module", What::MissingKey);
}

#[test]
fn a_t1_has_24_timeslots_in_mu_law_of_which_the_last_one_may_signal() {
    let layout = Layout::of(&Board::parse("t1.toml", T1).unwrap());
    let voices = |span: usize| layout.spans[span].voice().map(|timeslot| timeslot.0).collect::<Vec<_>>();
    assert_eq!((voices(0), voices(1)), ((1..=23).collect(), (1..=24).collect()));
    assert!(layout.spans.iter().all(|place| place.law == Law::Mu));
    let told = &board_problems(&T1.replace("d_channel = 0", "d_channel = 16"))[0];
    assert_eq!(
        (told.place.key.as_str(), &told.what),
        ("cards[1].spans[2].d_channel", &What::OutOfRange { min: 24, max: 24 })
    );
}

#[test]
fn each_kind_of_line_has_its_own_code_and_a_t1_has_no_crc4() {
    let real = |kind: &str, keys: &str| -> Vec<(String, What)> {
        let text = REAL
            .replacen("kind = \"e1\"", &format!("kind = \"{kind}\""), 1)
            .replacen(", coding = \"ami\", crc4 = false", "", 1)
            .replacen("label = ", &format!("{keys}label = "), 1);
        let problems = Board::parse("board.toml", &text).err().unwrap_or_default();
        problems.into_iter().map(|problem| (problem.place.key, problem.what)).collect()
    };
    assert_eq!(real("t1", ""), []);
    assert_eq!(real("t1", "coding = \"ami\", "), []);
    assert_eq!(real("e1", "coding = \"hdb3\", crc4 = false, "), []);
    let allowed = |word: &str| What::UnknownWord { allowed: vec![word.to_owned(), "ami".to_owned()] };
    let key = |key: &str| format!("cards[1].spans[1].{key}");
    assert_eq!(real("t1", "coding = \"hdb3\", "), [(key("coding"), allowed("b8zs"))]);
    assert_eq!(real("e1", "coding = \"b8zs\", "), [(key("coding"), allowed("hdb3"))]);
    let none = What::NotOnThisCard { is: CardKind::T1 };
    assert_eq!(real("t1", "crc4 = true, "), [(key("crc4"), none)]);
}

/// Settings with one trunk group on the two T1.
fn trunks_of_t1(rows: &str) -> String {
    format!("format = 1\n[[trunks]]\nname = \"a\"\nports = [\"T1.1\", \"T1.2\"]\ndialect = \"ni2\"\n{rows}")
}

#[test]
fn lines_that_cannot_share_a_d_channel_are_told() {
    let both = T1.replace(", d_channel = 0", "");
    let told = |board: &str, rows: &str| -> Vec<(String, What)> {
        let board = Board::parse("t1.toml", board).unwrap();
        let problems = Settings::parse("a", &trunks_of_t1(rows), &board, None).err().unwrap_or_default();
        problems.into_iter().map(|problem| (problem.place.key, problem.what)).collect()
    };
    let one = |key: &str, what: What| vec![(format!("trunks[1].{key}"), what)];
    let (first, second) = ("d_channel = \"T1.1\"\n", "backup_d_channel = \"T1.2\"\n");
    assert_eq!(told(T1, first), []);
    assert_eq!(told(&both, &[first, second].concat()), []);
    assert_eq!(told(T1, ""), one("ports[2]", What::NoDChannel), "nobody signals for it");
    assert_eq!(told(T1, &[first, second].concat()), one("backup_d_channel", What::NoDChannel));
    assert_eq!(told(&both, first), one("ports[2]", What::UnusedDChannel));
    assert_eq!(told(&both, second), one("d_channel", What::MissingKey));
    let twice = [first, "backup_d_channel = \"T1.1\"\n"].concat();
    assert_eq!(told(T1, &twice), one("backup_d_channel", What::Duplicate { first_line: 6 }));
    let elsewhere = told(T1, "d_channel = \"T1.3\"\n");
    assert!(
        matches!(&elsewhere[..], [_, (key, What::UnknownName { .. })] if key == "trunks[1].d_channel"),
        "{elsewhere:?}"
    );
    let text = with("dialect = \"china\"", "dialect = \"china\"\nd_channel = \"SIM-E1.1\"");
    assert_eq!(problems(&text)[0].what, What::NoSharedDChannel);
}

/// The demo's board with sound cards beside the others.
const SOUND: &str = r#"
[[cards]]
card = "sound"
kind = "handset"
serial = "DESK"
slot = 4
jacks = ["Desk"]
sound = { capture = "plughw:CARD=Desk", playback = "plughw:CARD=Desk" }

[[cards]]
card = "sound"
kind = "line_in"
serial = "RADIO"
slot = 5
jacks = ["Radio"]
sound = { capture = "plughw:CARD=Radio" }

[[cards]]
card = "sound"
kind = "loudspeaker"
serial = "HALL"
slot = 6
jacks = ["Hall"]
sound = { playback = "plughw:CARD=Hall" }
"#;

fn with_sound() -> String {
    format!("{DEMO}{SOUND}")
}

#[test]
fn a_sound_card_has_the_sides_of_its_kind_and_gives_no_clock() {
    let board = Board::parse("a", &with_sound()).unwrap();
    assert_eq!(board.cards[3].sound.as_ref().unwrap().name(), "plughw:CARD=Desk");
    let told = |from: &str, to: &str| {
        let text = with_sound();
        assert!(text.contains(from), "{from}");
        let told = board_problems(&text.replacen(from, to, 1)).into_iter();
        told.map(|problem| (problem.place.key, problem.what)).collect::<Vec<_>>()
    };
    let missing = |key: &str| vec![(key.to_owned(), What::MissingKey)];
    let not_here = |key: &str, is| vec![(key.to_owned(), What::NotOnThisCard { is })];
    assert_eq!(told("sound = { playback = \"plughw:CARD=Hall\" }", ""), missing("cards[6].sound"));
    assert_eq!(told(", playback = \"plughw:CARD=Desk\"", ""), missing("cards[4].sound.playback"));
    assert_eq!(
        told("{ capture = \"plughw:CARD=Radio\" }", "{ capture = \"a\", playback = \"b\" }"),
        not_here("cards[5].sound.playback", CardKind::LineIn)
    );
    assert_eq!(told("[\"SIM-E1\"", "[\"HALL\", \"SIM-E1\""), not_here("clock_order[1]", CardKind::Loudspeaker));
    let wide = vec![("cards[4].jacks".to_owned(), What::OutOfRange { min: 1, max: 1 })];
    assert_eq!(told("jacks = [\"Desk\"]", "jacks = [\"Desk\", \"Other\"]"), wide);
    let name = vec![("cards[6].sound.playback".to_owned(), What::Malformed { wanted: Form::DeviceName })];
    assert_eq!(told("\"plughw:CARD=Hall\"", "\"\""), name);
    let kind = told("kind = \"line_in\"", "kind = \"fxo\"");
    assert!(kind.contains(&("cards[5].sound".to_owned(), What::NotOnThisCard { is: CardKind::Fxo })), "{kind:?}");
}

#[test]
fn a_flash_is_longer_than_a_pulse_shorter_than_two_seconds_and_of_a_telephone() {
    let board = Board::parse("a", &with_sound()).unwrap();
    let told = |port: &str, ms: u16| {
        let row = format!("port = \"{port}\"\nflash_ms = {ms}");
        let settings = Settings::parse("a", &with("port = \"SIM-FXS.1\"", &row), &board, None);
        settings.map(|checked| checked.settings.stations[0].flash_ms)
    };
    let problem = |port: &str, ms| told(port, ms).unwrap_err().pop().map(|problem| (problem.place.key, problem.what));
    let key = || "stations[1].flash_ms".to_owned();
    for ms in [249, 2001] {
        assert_eq!(problem("SIM-FXS.1", ms), Some((key(), What::OutOfRange { min: 250, max: 2000 })));
    }
    assert_eq!(told("SIM-FXS.1", 250), Ok(Some(250)));
    assert_eq!(problem("DESK.1", 800), Some((key(), What::NotOnThisCard { is: CardKind::Handset })));
}

#[test]
fn the_feed_is_cut_at_an_analog_card_and_not_for_a_headset() {
    let board = Board::parse("a", &with_sound()).unwrap();
    let told = |port: &str, class: &str| {
        let row = format!("port = \"{port}\"\nclass = \"{class}\"\nbattery_drop = true");
        let settings = Settings::parse("a", &with("port = \"SIM-FXS.1\"", &row), &board, None);
        settings.map(|checked| checked.settings.stations[0].battery_drop)
    };
    let problem =
        |port: &str, class: &str| told(port, class).unwrap_err().pop().map(|problem| (problem.place.key, problem.what));
    for class in ["telephone", "fax", "door"] {
        assert_eq!(told("SIM-FXS.1", class), Ok(true), "{class}");
    }
    let key = || "stations[1].battery_drop".to_owned();
    assert_eq!(problem("SIM-FXS.1", "headset"), Some((key(), What::NoBatteryDropHere)));
    assert_eq!(problem("DESK.1", "telephone"), Some((key(), What::NotOnThisCard { is: CardKind::Handset })));
}

#[test]
fn a_loudspeaker_serves_no_queue_and_opens_others_and_music_comes_from_a_line_in() {
    let board = Board::parse("a", &with_sound()).unwrap();
    let told = |station: &str, queue: &str| {
        let text =
            with("[[stations]]\nport = \"SIM-FXS.1\"", &format!("{station}\n[[stations]]\nport = \"SIM-FXS.1\""));
        let text = text.replacen("music = \"music\"", queue, 1);
        let told = Settings::parse("a", &text, &board, None).map(|_| ()).unwrap_err().into_iter();
        told.map(|problem| (problem.place.key, problem.what)).collect::<Vec<_>>()
    };
    let hall = "[[stations]]\nport = \"HALL.1\"\nextension = \"860\"\nname = \"Hall\"";
    let good = with("[[stations]]\nport = \"SIM-FXS.1\"", &format!("{hall}\n[[stations]]\nport = \"SIM-FXS.1\""));
    let good = good.replacen("music = \"music\"", "music = \"music\"\nmusic_from = \"RADIO.1\"", 1);
    let checked = Settings::parse("a", &good, &board, None).unwrap();
    assert_eq!(checked.settings.queues[0].music_from, Some("RADIO.1".parse().unwrap()));
    let wrong = |is, allowed: &[CardKind]| What::WrongJack { is, allowed: allowed.to_vec() };
    assert_eq!(
        told(hall, "music_from = \"HALL.1\""),
        [("queues[1].music_from".to_owned(), wrong(CardKind::Loudspeaker, &[CardKind::LineIn]))]
    );
    let more = format!("{hall}\nmore_ports = [\"DESK.1\"]");
    let not_loud = wrong(CardKind::Handset, &[CardKind::Loudspeaker]);
    assert_eq!(told(&more, ""), [("stations[1].more_ports[1]".to_owned(), not_loud)]);
    let text = good.replacen("members = [\"803\"", "members = [\"860\", \"803\"", 1);
    let problems = Settings::parse("a", &text, &board, None).unwrap_err();
    assert_eq!(problems[0].place.key, "queues[1].members[1]");
    assert_eq!(problems[0].what, wrong(CardKind::Loudspeaker, &[CardKind::Fxs, CardKind::Handset]));
}

#[test]
fn a_copy_has_a_name_and_a_folder_or_a_bucket_of_its_own() {
    let told = |rows: &str| {
        let text = format!("{DEMO_SETTINGS}\n{rows}");
        Settings::parse("a", &text, &demo(), None).map(|checked| checked.settings.copies)
    };
    let good = "[[copies]]\nname = \"机房\"\nat = \"/mnt/copy\"\n[[copies]]\nname = \"b\"\nat = \"/mnt/b\"";
    assert_eq!(told(good).unwrap().len(), 2);
    let no_folder = told(&good.replace("/mnt/b", "mnt/b")).unwrap_err();
    assert_eq!(no_folder[0].place.key, "copies[2].at");
    assert_eq!(no_folder[0].what, What::Malformed { wanted: Form::CopyPlace });
    let bucket = |at: &str, terms: &str| told(&format!("[[copies]]\nname = \"b\"\nat = \"{at}\"\n{terms}\n"));
    for (at, terms) in [
        (
            "https://s3.hospital.example:9000/calls",
            "ca = \"/etc/ssl/ca.pem\"\nregion = \"eu-1\"\nbucket_in_host = true\nlease_days = 400",
        ),
        ("http://10.1.2.3/calls", ""),
    ] {
        assert_eq!(bucket(at, terms).unwrap().len(), 1, "{at}");
    }
    let unknown = |key: &str, at: &str, terms: &str| {
        let wrong = bucket(at, terms).unwrap_err();
        assert_eq!(wrong[0].place.key, format!("copies[1].{key}"), "{wrong:?}");
        matches!(wrong[0].what, What::UnknownKey { .. })
    };
    assert!(unknown("ca", "http://10.1.2.3/calls", "ca = \"/etc/ssl/ca.pem\""), "nothing is held to it");
    assert!(unknown("region", "/mnt/b", "region = \"eu-1\""));
    assert!(unknown("lease_days", "/mnt/b", "lease_days = 400"), "a disk has none");
    for days in [0, 59, 3651] {
        assert!(!unknown("lease_days", "http://10.1.2.3/calls", &format!("lease_days = {days}")), "{days}");
    }
    assert!(!unknown("ca", "https://10.1.2.3/calls", ""), "nobody vouches for it");
    assert!(!unknown("ca", "https://10.1.2.3/calls", "ca = \"ca.pem\""));
    assert!(!unknown("region", "http://10.1.2.3/calls", "region = \"a/b\""));
    for (one, other) in [("\"b\"", "\"机房\""), ("/mnt/b", "/mnt/copy")] {
        let twice = told(&good.replace(one, other)).unwrap_err();
        assert!(matches!(twice[0].what, What::Duplicate { .. }), "{twice:?}");
    }
}

#[test]
fn a_witness_has_a_name_of_its_own_and_is_a_folder_a_log_server_or_a_mailbox() {
    let told = |rows: &str| {
        let text = format!("{DEMO_SETTINGS}\n{rows}");
        Settings::parse("a", &text, &demo(), None).map(|checked| checked.settings.witnesses)
    };
    let good = "[[witnesses]]\nname = \"审计处\"\nat = \"/mnt/audit\"\n[[witnesses]]\nname = \"b\"\nat = \"tcp://10.1.2.3:601\"";
    assert_eq!(told(good).unwrap().len(), 2);
    let mail = |to: &str| told(&good.replace("tcp://10.1.2.3:601", &format!("smtp://10.1.2.4:25/{to}")));
    assert_eq!(mail("audit@hospital.example").unwrap().len(), 2);
    assert_eq!(mail("audit").unwrap_err()[0].what, What::Malformed { wanted: Form::WitnessPlace });
    let no_place = told(&good.replace("10.1.2.3", "log.example")).unwrap_err();
    assert_eq!(no_place[0].place.key, "witnesses[2].at");
    assert_eq!(no_place[0].what, What::Malformed { wanted: Form::WitnessPlace });
    let twice = told(&good.replace("\"b\"", "\"审计处\"")).unwrap_err();
    assert!(matches!(twice[0].what, What::Duplicate { .. }), "{twice:?}");
}
