//! Supplementary services of the network, from the line to the story, the detail record and the rows of the number plan.
//! Source: EN 300 182-1, EN 300 207-1, EN 300 369-1, EN 300 130-1; ITU-T Q.951 and Q.957.

use std::time::Duration;

use call::{CallEvent, Endpoint, KeptFor, LegRole, Number, ServiceRefusal};
use frame::{CallId, LaneId, SpanId, Timeslot};
use isdn::{
    Particulars, SetupRequest,
    q931::element::{Characteristics, Digits, HighLayer, Notification, Subaddress, UserProtocol, UserUser},
    suppl::{
        Advice, Amount, Charge, ChargeAtEnd, ChargeSoFar, ChargedItem, Component, DiversionNotice, DivertingLeg1,
        DivertingLeg3, FacilityContents, Header, Money, Operation, OtherParty, PartyChange, Period, Price, Rate, Scale,
        Step, Syntax, Tariff, Units,
    },
};
use ringfence::{journal::Alarm, telephony::Serviced, words::Language};
use settings::Role;
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OutsideCall, Service, Told};

use crate::{
    house::{House, contains, demo_board, demo_settings, voice},
    numbers::{SPAN, assert_told, called, detail, dials_out, national, sentences, setup},
    outside::place,
};

/// A call from outside that somebody at the third telephone has answered.
fn talking(seed: u64) -> House {
    talking_with(seed, |_| ())
}

fn talking_with(seed: u64, change: impl FnOnce(&mut settings::Settings)) -> House {
    let mut house = called(seed, change, setup("62001803", national("13800138000")));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house
}

fn uses(house: &mut House, service: Service) {
    let act = ExchangeAct::Use { call: OutsideCall(1), service: Box::new(service) };
    house.operate(Operator::Exchange(SPAN, act));
    house.run(Duration::from_secs(1));
}

fn yuan(hundredths: u32) -> Charge {
    Charge::Money(Money::hundredths("CNY", hundredths).unwrap())
}

#[test]
fn what_the_network_charges_is_told_while_it_grows_and_at_its_end_and_stands_in_the_detail_record() {
    let mut house = talking(301);
    let so_far = ChargeSoFar { charge: yuan(40), total: true, billing: None };
    uses(&mut house, Service::Charge(Advice::SoFar(so_far)));
    assert_told(&house, "网络通知：到目前为止的费用为 CNY 0.40", "The network says that it has cost CNY 0.40 so far");
    let at_end = ChargeAtEnd { charge: yuan(120), billing: None, association: None };
    uses(&mut house, Service::Charge(Advice::AtEnd(at_end)));
    let detail = detail(&mut house);
    assert_told(&house, "网络通知：本次通话费用为 CNY 1.20", "The network says that it cost CNY 1.20");
    assert!(detail.line().ends_with(",CNY:1.200,false,,not_asked"), "{}", detail.line());
}

#[test]
fn units_of_several_kinds_are_summed_and_unknown_ones_are_no_sum() {
    let units = |numbers: &[Option<u32>]| {
        let rows = (1..).zip(numbers).map(|(kind, number)| Units { number: *number, kind: Some(kind) });
        Charge::Units(rows.collect())
    };
    for (seed, numbers, column) in
        [(302, [Some(3), Some(4)], ",units:7,false,,not_asked"), (303, [Some(3), None], ",unknown,false,,not_asked")]
    {
        let mut house = talking(seed);
        let so_far = ChargeSoFar { charge: units(&numbers), total: true, billing: None };
        uses(&mut house, Service::Charge(Advice::SoFar(so_far)));
        let line = detail(&mut house).line();
        assert!(line.ends_with(column), "{line}");
    }
    let thousandth = Money { currency: "CNY".parse().unwrap(), amount: Amount { number: 7, step: Step::Thousandth } };
    let mut house = talking(304);
    let so_far = ChargeSoFar { charge: Charge::Money(thousandth), total: false, billing: None };
    uses(&mut house, Service::Charge(Advice::SoFar(so_far)));
    assert!(detail(&mut house).line().ends_with(",CNY:0.007,false,,not_asked"));
}

#[test]
fn whom_one_talks_to_after_a_transfer_at_the_far_end_is_told_and_shown() {
    let mut house = talking(305);
    let joined = |alerting| PartyChange::Joined { end: isdn::suppl::TransferEnd::Primary, alerting };
    let party = |change| OtherParty { change, party: national("1062009999"), name: None };
    uses(&mut house, Service::OtherParty(party(joined(true))));
    assert_told(
        &house,
        "对方已将通话转接，正在振铃：010****9999",
        "Somebody at the far end transferred the call; it rings at 010****9999",
    );
    uses(&mut house, Service::OtherParty(party(PartyChange::Answered)));
    assert_told(
        &house,
        "对方已将通话转接给：010****9999",
        "Somebody at the far end transferred the call; there is now 010****9999",
    );
    let shown = house.snapshot().calls[0].from_masked.clone();
    assert_eq!(shown.as_deref(), Some("010****9999"), "and the list of calls shows who is there now");
    let detail = detail(&mut house);
    assert_eq!(detail.told.other_party.as_ref().map(Number::as_str), Some("01062009999"));
    assert_eq!(detail.from.as_ref().map(Number::as_str), Some("13800138000"), "who called is who called");
}

#[test]
fn what_the_two_ends_equipment_tells_each_other_is_counted_and_not_kept() {
    let user_user =
        UserUser { protocol: UserProtocol::Ia5, octets: b"ID 110101199003071234".iter().copied().collect() };
    let mut house = talking(306);
    uses(&mut house, Service::UserUser(user_user));
    assert_told(
        &house,
        "对端设备送来 21 字节的用户信息（本机不读取、不保存）",
        "The far end’s equipment sent 21 octets of its own; the box neither reads nor keeps them",
    );
    let log = house.log_files().into_values().flatten().collect::<Vec<u8>>();
    assert!(!log.windows(6).any(|octets| octets == b"110101"), "nothing of it is in the log");
}

#[test]
fn what_becomes_of_a_call_at_its_far_end_is_told() {
    let mut house = talking(349);
    for (notification, zh, en) in [
        (Notification::RemoteHold, "对方将通话保持", "The far end put the call on hold"),
        (Notification::RemoteRetrieval, "对方恢复了通话", "The far end took the call back from hold"),
        (Notification::ConferenceEstablished, "对方将通话变为会议", "The far end made the call a conference"),
    ] {
        uses(&mut house, Service::Notify(notification));
        assert_told(&house, zh, en);
    }
    let before = sentences(&house, Language::Chinese);
    uses(&mut house, Service::Notify(Notification::BearerChanged));
    assert_eq!(sentences(&house, Language::Chinese), before, "nothing that people need to know");
}

fn wanting(particulars: Particulars) -> SetupRequest {
    SetupRequest { particulars, ..setup("62001234", national("13800138000")) }
}

#[test]
fn what_a_caller_wants_beside_the_number_is_told() {
    let digits: Digits = "*21#".parse().unwrap();
    let particulars = Particulars {
        called_subaddress: Subaddress::from_text("17"),
        keypad: Some(digits),
        high_layer: Some(HighLayer::of(Characteristics::FaxGroup3)),
        ..Particulars::default()
    };
    let mut house = called(307, |_| (), wanting(particulars));
    assert_told(
        &house,
        "主叫要找：子地址 17；传真机；随呼叫送来 4 位键盘数字",
        "The caller asks for subaddress 17; a fax machine; a service by 4 keypad digits",
    );
    assert_eq!(detail(&mut house).told.called_subaddress.as_deref(), Some("17"));
    let telephone =
        Particulars { high_layer: Some(HighLayer::of(Characteristics::Telephony)), ..Particulars::default() };
    let house = called(308, |_| (), wanting(telephone));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::WantedTold { .. })), "as everybody does");
}

/// The call of a house that has one.
fn the_call(house: &House) -> CallId {
    house.facts.iter().map(CallEvent::call).next_back().unwrap()
}

fn answers(house: &House) -> Vec<Option<ServiceRefusal>> {
    let answer = |fact: &CallEvent| match fact {
        CallEvent::MaliciousCallAnswered { refused, .. } => Some(*refused),
        _ => None,
    };
    house.facts.iter().filter_map(answer).collect()
}

fn lane_of_caller(house: &House) -> LaneId {
    let lane = |fact: &CallEvent| match fact {
        CallEvent::LegBegan { role: LegRole::Caller, endpoint: Endpoint::Channel { lane, .. }, .. } => Some(*lane),
        _ => None,
    };
    house.facts.iter().find_map(lane).unwrap()
}

fn with_code(settings: &mut settings::Settings) {
    settings.codes.malicious_call = Some("*39".into());
}

#[test]
fn an_agent_keys_a_code_and_hears_alone_that_the_network_has_kept_who_called() {
    let mut house = talking_with(310, with_code);
    let (agent, caller) = (house.telephone(3), lane_of_caller(&house));
    house.party(agent, Act::Listen);
    house.party(agent, Act::Press("*39".into()));
    house.until("the network has answered", |house| !answers(house).is_empty());
    house.run(Duration::from_secs(2));
    let by = |fact: &CallEvent| match fact {
        CallEvent::MaliciousCallMarked { by, .. } => Some(by.clone()),
        _ => None,
    };
    assert_eq!(house.facts.iter().find_map(by), Some(KeptFor::Station { extension: "803".into() }));
    assert_eq!(answers(&house), [None]);
    assert!(contains(&house.heard(agent), &[0x5c; 4000]), "it is spoken into the agent’s ear");
    let said = voice(7, 800);
    house.party(agent, Act::Listen);
    house.says(caller, said.clone());
    house.run(Duration::from_secs(1));
    assert!(contains(&house.heard(agent), &said), "and then the caller is heard again");
    assert_told(
        &house,
        "分机 803 认为这是恶意呼叫，已请网络留存主叫",
        "Extension 803 finds this call malicious; the network is asked to keep who called",
    );
    assert_told(&house, "网络已留存主叫", "The network has kept who called");
    assert!(detail(&mut house).told.malicious);
}

#[test]
fn a_code_that_nobody_chose_is_none_and_neither_are_its_keys_while_nobody_talks() {
    let mut house = talking(311);
    let agent = house.telephone(3);
    house.party(agent, Act::Press("*39".into()));
    house.run(Duration::from_secs(3));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::MaliciousCallMarked { .. })));
}

#[test]
fn a_person_at_the_page_has_it_kept_who_called_where_a_network_can_be_asked() {
    let mut house = talking(312);
    assert!(house.keep_caller(the_call(&house)));
    house.until("the network has answered", |house| !answers(house).is_empty());
    assert_eq!(answers(&house), [None]);
    assert!(!house.keep_caller(CallId::new(frame::LifeNo(9), 9)), "there is no such call");

    let board = demo_board();
    let mut house = House::with(&board, demo_settings(&board), 313);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let telephone = house.telephone(1);
    house.party(telephone, Act::Press("803".into()));
    house.until_fact("it rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
    assert!(!house.keep_caller(the_call(&house)), "no network has a part in a call of the house");
}

/// A private exchange, the box as its network, and a call of its that is answered.
fn private_exchange(seed: u64) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[0].role = Role::Network;
    let mut house = House::with_private_exchange(&board, settings, seed);
    let act = ExchangeAct::PlaceTold { call: OutsideCall(1), setup: Box::new(setup("803", national("4711"))) };
    house.operate(Operator::Exchange(SPAN, act));
    house.until_fact("it rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
    house.run(Duration::from_secs(1));
    house.handset(3, HandsetAct::Lift);
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    house
}

#[test]
fn a_network_keeps_who_called_itself_and_asks_nobody() {
    let mut house = private_exchange(314);
    assert!(house.keep_caller(the_call(&house)));
    house.run(Duration::from_secs(1));
    assert_eq!(answers(&house), [Some(ServiceRefusal::NotThere)]);
    assert_told(
        &house,
        "网络没有留存主叫：这条中继的信令没有这项业务。",
        "The network did not keep who called: the signalling of this trunk has no such service.",
    );
}

#[test]
fn a_user_behind_the_box_who_finds_a_call_malicious_is_heard_and_the_record_says_so() {
    let mut house = private_exchange(315);
    uses(&mut house, Service::IdentifyMaliciousCall);
    assert_told(
        &house,
        "对端用户认为这是恶意呼叫，要求留存主叫：主叫号码已在本记录中",
        "The user at the far end finds this call malicious and wants it kept who called: this record keeps it",
    );
    assert!(detail(&mut house).told.malicious);
}

/// The channel on which the box placed its last call.
fn placed_on(house: &House) -> Option<Timeslot> {
    house.told.iter().rev().find_map(|event| match &event.told {
        Told::Call(told) => match told.news {
            CallNews::Incoming { lane, .. } => Some(lane.timeslot),
            _ => None,
        },
        _ => None,
    })
}

fn dials_outside(house: &mut House) -> Option<Timeslot> {
    let telephone = house.telephone(1);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    house.party(telephone, Act::Press("013912345678".into()));
    house.run(Duration::from_secs(8));
    let placed = placed_on(house);
    house.handset(1, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    placed
}

#[test]
fn a_channel_that_is_taken_out_of_service_stays_out_over_a_restart_until_it_is_put_back() {
    let mut house = House::new(316);
    let out = |house: &House, raised| {
        let alarm = Alarm::ChannelOutOfService { channel: LaneId::new(SPAN, Timeslot(31)), by_far_end: false };
        house.alarms.iter().rev().find(|(told, _)| *told == alarm).is_some_and(|(_, is)| *is == raised)
    };
    assert_eq!(house.set_service(SPAN, Some(Timeslot(31)), false), Serviced::Done(vec![]));
    assert!(out(&house, true));
    assert_eq!(house.snapshot().spans[0].taken_out, [Timeslot(31)]);
    assert_eq!(dials_outside(&mut house), Some(Timeslot(30)), "the box counts down from 31");
    house.alarms.clear();
    house.is_killed_for(Duration::from_secs(1));
    house.run(Duration::from_secs(2));
    assert!(out(&house, true), "{:?}", house.alarms);
    assert_eq!(dials_outside(&mut house), Some(Timeslot(30)));
    assert_eq!(house.set_service(SPAN, Some(Timeslot(31)), true), Serviced::Done(vec![]));
    assert!(out(&house, false));
    assert_eq!(dials_outside(&mut house), Some(Timeslot(31)));
    house.is_killed_for(Duration::from_secs(1));
    house.run(Duration::from_secs(2));
    assert_eq!(house.snapshot().spans[0].taken_out, []);
}

#[test]
fn a_call_on_a_span_that_is_taken_out_of_service_is_named_and_goes_on_to_its_end() {
    let mut house = talking(317);
    let call = the_call(&house);
    assert_eq!(house.set_service(SPAN, None, false), Serviced::Done(vec![call]));
    assert_eq!(house.snapshot().spans[0].taken_out.len(), 30);
    house.run(Duration::from_secs(2));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::LegEnded { .. })), "it talks on");
    detail(&mut house);
    let began = |house: &House| house.facts.iter().filter(|fact| matches!(fact, CallEvent::Began { .. })).count();
    assert_eq!(began(&house), 1);
    place(&mut house, 2, "62001234");
    house.run(Duration::from_secs(3));
    assert_eq!(began(&house), 1, "no new call comes in");
    assert_eq!(house.set_service(SPAN, None, true), Serviced::Done(vec![]));
    place(&mut house, 3, "62001234");
    house.until("a call comes in again", |house| began(house) == 2);
}

#[test]
fn what_carries_no_calls_is_not_taken_out_of_service() {
    let mut house = House::new(318);
    for slot in [0, 16, 32, 255] {
        assert_eq!(house.set_service(SPAN, Some(Timeslot(slot)), false), Serviced::NoSuchTimeslot, "{slot}");
    }
    assert_eq!(house.set_service(SpanId(7), None, false), Serviced::NoSuchSpan);
    assert_eq!(house.snapshot().spans[0].taken_out, []);
}

#[test]
fn a_code_before_a_number_withholds_the_callers_own_but_never_from_an_emergency_service() {
    use isdn::q931::element::Presentation;
    let with_code = |settings: &mut settings::Settings| settings.codes.withhold_number = Some("*31".into());
    let (house, setup) = dials_out(319, with_code, "*31001062001111");
    assert_eq!(setup.calling_number().unwrap().presentation, Presentation::Restricted);
    assert_eq!(setup.called_number().unwrap().digits.as_str(), "01062001111", "the code is the box’s alone");
    assert_told(&house, "主叫：号码保密", "Of the caller: the number is withheld");
    let (_, setup) = dials_out(320, with_code, "001062001111");
    assert_eq!(setup.calling_number().unwrap().presentation, Presentation::Allowed);
    let (house, setup) = dials_out(321, with_code, "*31120");
    assert_eq!(setup.calling_number().unwrap().presentation, Presentation::Allowed);
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::CallerTold { .. })));
}

/// A private exchange whose two calls to telephones of the house talk.
fn two_calls(seed: u64, change: impl FnOnce(&mut settings::Settings)) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[0].role = Role::Network;
    change(&mut settings);
    let mut house = House::with_private_exchange(&board, settings, seed);
    for (call, extension, position) in [(1, "803", 3), (2, "804", 4)] {
        let setup = Box::new(setup(extension, national("4711")));
        house.operate(Operator::Exchange(SPAN, ExchangeAct::PlaceTold { call: OutsideCall(call), setup }));
        house.run(Duration::from_secs(1));
        house.handset(position, HandsetAct::Lift);
        house.run(Duration::from_secs(1));
    }
    assert_eq!(house.facts.iter().filter(|fact| matches!(fact, CallEvent::Bridged { .. })).count(), 2);
    house
}

fn hears_each_other(house: &mut House, a: LaneId, b: LaneId) -> bool {
    [(a, b, 11), (b, a, 12)].into_iter().all(|(from, to, seed)| {
        let said = voice(seed, 800);
        house.party(to, Act::Listen);
        house.says(from, said.clone());
        house.run(Duration::from_secs(1));
        contains(&house.heard(to), &said)
    })
}

fn over(house: &House, call: u32) -> bool {
    let is_over = |told: &Told| matches!(told, Told::Call(told) if told.call == OutsideCall(call) && matches!(told.news, CallNews::Over { .. }));
    house.told.iter().any(|event| is_over(&event.told))
}

#[test]
fn two_calls_of_a_private_exchange_are_joined_in_the_box_which_keeps_the_call_and_records_on() {
    let mut house = two_calls(330, |settings| settings.trunks[0].joins_calls = true);
    let (first, second) = (house.telephone(3), house.telephone(4));
    assert!(!hears_each_other(&mut house, first, second));
    uses(&mut house, Service::Transfer(OutsideCall(2)));
    assert!(over(&house, 1) && over(&house, 2), "both channels are free");
    assert!(hears_each_other(&mut house, first, second), "who was called talk to each other");
    assert_told(
        &house,
        "对端请求转接：本机把双方接在一起，通话与录音仍在本机",
        "The far end had its two calls joined: the box joins the parties itself, and keeps the call and its recording",
    );
    let ended = |house: &House| house.facts.iter().filter(|fact| matches!(fact, CallEvent::Ended { .. })).count();
    assert_eq!(ended(&house), 1, "one call of the two goes on");
    house.handset(4, HandsetAct::HangUp);
    house.until("it ends with who hangs up", |house| ended(house) == 2);
    house.handset(3, HandsetAct::HangUp);
    house.run(Duration::from_secs(3));
    house.assert_at_rest();
    assert_eq!(house.objects.len(), 2, "each call has its recording");
    let longest = house.objects.clone().iter().map(|object| house.open(object).parts[0].voices.len()).max();
    assert_eq!(longest, Some(3), "that of the call which goes on has the party who came");
    assert!(house.verify(true).is_intact());
}

#[test]
fn a_joined_call_survives_a_restart_of_the_box() {
    let mut house = two_calls(331, |settings| settings.trunks[0].joins_calls = true);
    uses(&mut house, Service::Transfer(OutsideCall(2)));
    let taken = house.is_killed_for(Duration::from_secs(1));
    assert_eq!(taken.calls.len(), 1);
    house.run(Duration::from_secs(2));
    let (first, second) = (house.telephone(3), house.telephone(4));
    assert!(hears_each_other(&mut house, first, second));
}

#[test]
fn what_the_settings_do_not_let_be_joined_and_what_does_not_talk_stays_as_it_is() {
    let mut house = two_calls(332, |_| ());
    uses(&mut house, Service::Transfer(OutsideCall(2)));
    assert_told(
        &house,
        "对端请求转接，本机没有照办：该中继组的设置不允许（joins_calls）",
        "The far end wanted its two calls joined, and the box does not do it: the settings of its trunk group do not let it (joins_calls)",
    );
    assert!(!over(&house, 1) && !over(&house, 2));
    let (first, second) = (house.telephone(3), house.telephone(4));
    assert!(!hears_each_other(&mut house, first, second));
}

#[test]
fn keypad_digits_choose_from_a_menu_as_keys_in_the_audio_do() {
    let mut house = called(340, |_| (), setup("62001234", national("13800138000")));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    uses(&mut house, Service::Keypad("1".parse().unwrap()));
    let chosen = |fact: &CallEvent| matches!(fact, CallEvent::MenuChosen { key: '1', .. });
    assert!(house.facts.iter().any(chosen));
}

#[test]
fn a_row_of_the_numbers_may_hold_for_one_subaddress_behind_the_number_only() {
    let with_row = |settings: &mut settings::Settings| {
        let (number, to) = ("62001234".into(), settings::Target::Station("803".into()));
        settings.numbers.push(settings::NumberRow { number, diverted_from: None, subaddress: Some("17".into()), to });
    };
    for (seed, subaddress, rings) in [(341, "17", true), (342, "18", false)] {
        let particulars =
            Particulars { called_subaddress: Subaddress::from_text(subaddress), ..Particulars::default() };
        let house = called(seed, with_row, wanting(particulars));
        let at_803 = |fact: &CallEvent| matches!(fact, CallEvent::Offered { extension, .. } if extension == "803");
        assert_eq!(house.facts.iter().any(at_803), rings, "{subaddress}");
    }
}

#[test]
fn a_whole_span_out_of_service_is_one_alarm() {
    let mut house = House::new(343);
    house.set_service(SPAN, None, false);
    house.set_service(SPAN, None, true);
    let whole = Alarm::SpanOutOfService { span: SPAN, by_far_end: false };
    assert_eq!(house.alarms, [(whole.clone(), true), (whole, false)]);
}

#[test]
fn a_restart_keeps_the_name_of_a_caller_and_the_wish_not_to_be_known() {
    use isdn::q931::element::{PartyNumber, Presentation};
    let hidden = PartyNumber { presentation: Presentation::Restricted, ..national("13800138000") };
    let mut house = called(344, |_| (), setup("62001234", hidden));
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.is_killed_for(Duration::from_secs(1));
    house.run(Duration::from_secs(1));
    assert!(house.kept().calls[0].caller.private);

    let display = Some(isdn::q931::element::Display::from_text("Zhang San"));
    let named = SetupRequest { display, ..setup("62001234", national("13800138000")) };
    let mut house = called(345, |_| (), named);
    house.until_fact("the menu plays", |fact| matches!(fact, CallEvent::PromptBegan { .. }));
    house.is_killed_for(Duration::from_secs(1));
    house.run(Duration::from_secs(1));
    assert_eq!(house.kept().calls[0].caller.name.as_deref(), Some("Zhang San"));
}

fn facility(operation: &Operation) -> Service {
    let (code, argument) = operation.emit(Syntax::Etsi).unwrap();
    let invoke = Component::Invoke { id: 1, linked: None, operation: code, argument };
    let contents = FacilityContents::one(Header::REMOTE, invoke).emit().unwrap();
    Service::Facility(isdn::q931::element::Facility::new(&contents).unwrap())
}

#[test]
fn where_the_network_sends_a_dialled_call_is_told_once_it_may_be_known() {
    let (mut house, _) = dials_out(346, |_| (), "001062001111");
    let call = house.told.iter().find_map(|event| match &event.told {
        Told::Call(told) if matches!(told.news, CallNews::Incoming { .. }) => Some(told.call),
        _ => None,
    });
    let leg1 = DivertingLeg1 {
        reason: isdn::suppl::DiversionReason::NoReply,
        notice: DiversionNotice::WithNumber,
        to: Some(national("1062009999")),
    };
    let leg3 = DivertingLeg3 { shown: true, name: None };
    for operation in [Operation::DivertingLeg1(leg1), Operation::DivertingLeg3(leg3)] {
        let act = ExchangeAct::Use { call: call.unwrap(), service: Box::new(facility(&operation)) };
        house.operate(Operator::Exchange(SPAN, act));
        house.run(Duration::from_secs(1));
    }
    assert_told(&house, "被叫已转移（无人接听）", "The called number is diverted (nobody answered)");
    assert_told(
        &house,
        "被叫已转移到 010****9999（无人接听）",
        "The called number is diverted to 010****9999 (nobody answered)",
    );
}

#[test]
fn a_rule_that_makes_no_number_of_a_caller_is_told_and_the_number_stays() {
    let strips = settings::NumberRule { strip: 12, ..settings::NumberRule::default() };
    let change = |settings: &mut settings::Settings| settings.trunks[0].numbers.parties = Some(vec![strips]);
    let house = called(347, change, setup("62001234", national("13800138000")));
    assert_told(
        &house,
        "主叫号码照来样保留：设置中的规则（numbers.parties）改不成号码，请检查规则",
        "The calling number stays as it came: a rule of the settings (numbers.parties) makes none of it. Look at the rule",
    );
}

#[test]
fn what_a_call_is_going_to_cost_is_told_in_words() {
    let time = Period { number: 1, scale: Scale::Minute };
    let money = |hundredths| Money::hundredths("CNY", hundredths).unwrap();
    let talk = Price {
        item: ChargedItem::Conversation,
        rate: Rate::Time { money: money(20), stepwise: true, time, granularity: None },
    };
    let setup = Price { item: ChargedItem::Setup, rate: Rate::Flat(money(10)) };
    let mut house = talking(348);
    uses(&mut house, Service::Charge(Advice::Tariff(Tariff::Prices([talk, setup].into()))));
    assert_told(
        &house,
        "网络通知资费：通话 每 1 分 0 秒 CNY 0.20；建立呼叫 CNY 0.10",
        "The network’s prices for the call: the conversation CNY 0.20 for each 1 min 0 s; setting it up CNY 0.10",
    );
    assert!(detail(&mut house).line().ends_with(",,false,,not_asked"), "it has cost nothing yet");
}
