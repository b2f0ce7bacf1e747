//! Numbers and names of the people outside, from the exchange to the telephone, the story and the detail record.
//! Source: ITU-T Q.951 and Q.952, EN 300 092-1; China's carriers send national numbers without the trunk prefix 0.

use std::time::Duration;

use call::{CallEvent, DiversionReason, Endpoint, LegRole, Number};
use frame::SpanId;
use isdn::{
    Charset, ConnectedParty, NameStyle, Particulars, SetupRequest,
    q931::{
        Message, MessageKind,
        element::{
            Display, NumberElement, NumberKind, NumberPlan, PartyNumber, Presentation, RedirectingNumber,
            RedirectionReason, Screening, Subaddress,
        },
    },
};
use ringfence::{
    journal::{Cdr, cdr},
    words::{Language, Names, story},
};
use settings::{NumberRow, OfTwo, Role, Target};
use sim::{Act, CallNews, ExchangeAct, HandsetAct, Operator, OutsideCall, Told};

use crate::house::{House, demo_board, demo_settings};

pub(crate) const SPAN: SpanId = SpanId(0);

/// The octets of a frame before its message.
const HEAD: usize = 4;

struct Labels;

impl Names for Labels {
    fn port(&self, port: frame::PortId) -> String {
        port.to_string()
    }

    fn span(&self, span: SpanId) -> String {
        format!("E1 {span}")
    }
}

fn party(kind: NumberKind, digits: &str, screening: Screening) -> PartyNumber {
    let number = NumberElement { kind, plan: NumberPlan::Telephone, digits: digits.parse().unwrap() };
    PartyNumber { screening, ..PartyNumber::shown(number) }
}

pub(crate) fn national(digits: &str) -> PartyNumber {
    party(NumberKind::National, digits, Screening::Network)
}

pub(crate) fn setup(to: &str, calling: PartyNumber) -> SetupRequest {
    SetupRequest::speech(NumberElement::unknown(to.parse().unwrap()), Some(calling), 0)
}

fn gbk(name: &str) -> Display {
    NameStyle { charset: Charset::Gbk, display_type: None }.write(name)
}

/// The demo's box with changed settings, called from outside.
pub(crate) fn called(seed: u64, change: impl FnOnce(&mut settings::Settings), setup: SetupRequest) -> House {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    change(&mut settings);
    let mut house = House::with(&board, settings, seed);
    let act = ExchangeAct::PlaceTold { call: OutsideCall(1), setup: Box::new(setup) };
    house.operate(Operator::Exchange(SPAN, act));
    house.until_fact("someone calls", |fact| matches!(fact, CallEvent::LegBegan { role: LegRole::Caller, .. }));
    house.run(Duration::from_secs(1));
    house
}

fn caller(house: &House) -> Option<&str> {
    house.facts.iter().find_map(|fact| match fact {
        CallEvent::LegBegan { role: LegRole::Caller, number, .. } => Some(number.as_ref().map(Number::as_str)),
        _ => None,
    })?
}

pub(crate) fn sentences(house: &House, language: Language) -> Vec<String> {
    house.facts.iter().map(|fact| story(fact, language, &Labels)).collect()
}

#[track_caller]
pub(crate) fn assert_told(house: &House, chinese: &str, english: &str) {
    for (language, wanted) in [(Language::Chinese, chinese), (Language::English, english)] {
        let told = sentences(house, language);
        assert!(told.iter().any(|sentence| sentence == wanted), "{wanted} is not in {told:#?}");
    }
}

pub(crate) fn detail(house: &mut House) -> Cdr {
    let clear = ExchangeAct::Clear { call: OutsideCall(1), cause: isdn::Cause::NormalClearing };
    house.operate(Operator::Exchange(SPAN, clear));
    house.until_fact("the call is over", |fact| matches!(fact, CallEvent::Ended { .. }));
    house.run(Duration::from_secs(2));
    cdr(&house.records).unwrap()
}

/// The message of a kind that the box sent last.
fn sent(house: &House, kind: MessageKind) -> Option<Message> {
    let messages = house.sent.iter().rev().filter_map(|frame| Message::parse(frame.get(HEAD..)?).ok());
    messages.map(|parsed| parsed.message).find(|message| message.kind == kind)
}

#[test]
fn a_landline_of_another_city_is_shown_with_its_zero_and_a_mobile_as_it_is_dialled() {
    for (kind, digits, shown) in [
        (NumberKind::National, "1062001234", "01062001234"),
        (NumberKind::National, "13800138000", "13800138000"),
        (NumberKind::International, "85221234567", "0085221234567"),
        (NumberKind::Subscriber, "62009999", "62009999"),
    ] {
        let mut house = called(31, |_| (), setup("62001234", party(kind, digits, Screening::Network)));
        assert_eq!(caller(&house), Some(shown));
        assert_eq!(detail(&mut house).from.as_ref().map(Number::as_str), Some(shown));
    }
}

#[test]
fn the_owners_rules_write_callers_as_the_owner_wants_them() {
    let rules = settings::NumberRule { begins: "10".into(), strip: 2, ..settings::NumberRule::default() };
    let change = |settings: &mut settings::Settings| settings.trunks[0].numbers.parties = Some(vec![rules]);
    let house = called(32, change, setup("62001234", national("1062001234")));
    assert_eq!(caller(&house), Some("62001234"));
}

#[test]
fn a_withheld_number_is_told_as_withheld_and_stays_so() {
    let calling = PartyNumber { presentation: Presentation::Restricted, ..national("13800138000") };
    let request = SetupRequest { display: Some(gbk("王医生")), ..setup("62001234", calling) };
    let mut house = called(33, |_| (), request);
    assert_eq!(caller(&house), None);
    assert_told(&house, "主叫：号码保密", "Of the caller: the number is withheld");
    let detail = detail(&mut house);
    assert!(detail.told.withheld && detail.told.from_name.is_none() && detail.from.is_none());

    let calling = PartyNumber { presentation: Presentation::NotAvailable, ..national("") };
    let house = called(34, |_| (), setup("62001234", calling));
    let told = sentences(&house, Language::English);
    assert!(!told.iter().any(|sentence| sentence.contains("withheld")), "{told:#?}");
}

#[test]
fn a_name_in_gbk_is_read_and_told() {
    let request = SetupRequest { display: Some(gbk("北京医院")), ..setup("62001234", national("1062001234")) };
    let mut house = called(35, |_| (), request);
    assert_told(&house, "主叫：名称“北京医院”", "Of the caller: name “北京医院”");
    assert_eq!(detail(&mut house).told.from_name.as_deref(), Some("北京医院"));
}

#[test]
fn of_two_numbers_the_settings_say_which_is_shown_and_both_are_kept() {
    let users = party(NumberKind::National, "1095588000", Screening::UserNotScreened);
    let second_calling = Some(national("1062001234"));
    let request = SetupRequest {
        particulars: Particulars { second_calling, ..Particulars::default() },
        ..setup("62001234", users)
    };
    let mut house = called(36, |_| (), request.clone());
    assert_eq!(caller(&house), Some("01062001234"), "the network's");
    assert_told(&house, "主叫：另一号码 010****8000", "Of the caller: another number, 010****8000");
    assert_eq!(detail(&mut house).told.other_number.as_ref().map(Number::as_str), Some("01095588000"));

    let house = called(37, |settings| settings.trunks[0].numbers.of_two = OfTwo::Caller, request);
    assert_eq!(caller(&house), Some("01095588000"), "the caller's own");
}

fn diverted(number: &str, reason: RedirectionReason) -> SetupRequest {
    let redirecting = Some(RedirectingNumber { party: national(number), reason: Some(reason) });
    let calling_subaddress = Subaddress::from_text("42");
    let particulars = Particulars { redirecting, calling_subaddress, ..Particulars::default() };
    SetupRequest { particulars, ..setup("62001234", national("13800138000")) }
}

#[test]
fn a_diverted_call_tells_from_where_and_why() {
    let mut house = called(38, |_| (), diverted("1062008001", RedirectionReason::Busy));
    assert_told(&house, "由 010****8001 转来（遇忙）", "Diverted from 010****8001 (busy)");
    assert_told(&house, "主叫：子地址 42", "Of the caller: subaddress 42");
    let detail = detail(&mut house);
    assert_eq!(detail.told.diverted_from.as_ref().map(Number::as_str), Some("01062008001"));
    assert_eq!(detail.told.diverted_because, Some(DiversionReason::Busy));
    assert!(detail.line().contains(",01062008001,busy,,"), "{}", detail.line());
}

#[test]
fn a_diverted_call_is_led_by_who_diverted_it() {
    let row = NumberRow {
        number: "62001234".into(),
        diverted_from: Some("8001".into()),
        subaddress: None,
        to: Target::Station("803".into()),
    };
    let rings = |house: &House| {
        house.facts.iter().any(|fact| {
            matches!(fact, CallEvent::LegBegan { endpoint: Endpoint::Station { extension, .. }, .. } if extension == "803")
        })
    };
    let change = |settings: &mut settings::Settings| settings.numbers.push(row.clone());
    let house = called(39, change, diverted("1062008001", RedirectionReason::NoReply));
    assert!(rings(&house));
    let house = called(40, change, diverted("1062008002", RedirectionReason::NoReply));
    assert!(!rings(&house), "another number diverted it");
}

/// A telephone dials out; the SETUP that the exchange gets.
pub(crate) fn dials_out(seed: u64, change: impl FnOnce(&mut settings::Settings), digits: &str) -> (House, Message) {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    change(&mut settings);
    let mut house = House::with(&board, settings, seed);
    house.handset(1, HandsetAct::Lift);
    house.run(Duration::from_secs(1));
    let telephone = house.telephone(1);
    house.party(telephone, Act::Press(digits.into()));
    let arrived = |house: &House| {
        house
            .told
            .iter()
            .any(|event| matches!(&event.told, Told::Call(told) if matches!(told.news, CallNews::Incoming { .. })))
    };
    house.until("the call is at the exchange", arrived);
    let setup = sent(&house, MessageKind::Setup).unwrap();
    (house, setup)
}

#[test]
fn a_station_that_withholds_its_number_is_shown_to_nobody_but_an_emergency_service() {
    let (_, setup) = dials_out(41, |_| (), "001062001111");
    assert_eq!(setup.calling_number().unwrap().presentation, Presentation::Allowed);
    let withhold = |settings: &mut settings::Settings| settings.stations[0].withhold_number = true;
    let (_, setup) = dials_out(42, withhold, "001062001111");
    assert_eq!(setup.calling_number().unwrap().presentation, Presentation::Restricted);
    let (_, setup) = dials_out(43, withhold, "120");
    assert_eq!(setup.calling_number().unwrap().presentation, Presentation::Allowed);
}

#[test]
fn a_dialled_number_goes_out_as_the_rules_of_its_trunk_say_and_emergency_numbers_as_they_are() {
    let rule = settings::NumberRule {
        begins: "0".into(),
        strip: 1,
        kind: Some(settings::NumberKind::National),
        plan: Some(settings::NumberPlan::Telephone),
        ..settings::NumberRule::default()
    };
    let all = settings::NumberRule { add: "9".into(), ..settings::NumberRule::default() };
    let rules = vec![rule, all];
    let change = |settings: &mut settings::Settings| settings.trunks[0].numbers.dialled = Some(rules.clone());
    let (_, setup) = dials_out(44, change, "001062001111");
    let called = setup.called_number().unwrap();
    assert_eq!(
        (called.kind, called.plan, called.digits.as_str()),
        (NumberKind::National, NumberPlan::Telephone, "1062001111")
    );
    let (_, setup) = dials_out(45, change, "120");
    assert_eq!(setup.called_number().unwrap().digits.as_str(), "120");
}

#[test]
fn who_answered_is_told_where_the_network_tells_it() {
    let (mut house, _) = dials_out(46, |_| (), "001062001111");
    let call = house.told.iter().find_map(|event| match &event.told {
        Told::Call(told) if matches!(told.news, CallNews::Incoming { .. }) => Some(told.call),
        _ => None,
    });
    let party = ConnectedParty { number: Some(national("1062002222")), name: Some(gbk("张三")), subaddress: None };
    let act = ExchangeAct::AnswerTold { call: call.unwrap(), party: Box::new(party) };
    house.operate(Operator::Exchange(SPAN, act));
    house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
    assert_told(&house, "应答方：010****2222；名称“张三”", "Of who answered: 010****2222; name “张三”");
}

#[test]
fn a_private_exchange_is_told_who_answered_in_the_house_and_who_withholds() {
    for (seed, withholds) in [(47, false), (48, true)] {
        let change = |settings: &mut settings::Settings| {
            settings.trunks[0].role = Role::Network;
            settings.stations[2].withhold_number = withholds;
        };
        let board = demo_board();
        let mut settings = demo_settings(&board);
        change(&mut settings);
        let mut house = House::with_private_exchange(&board, settings, seed);
        let request = setup("803", party(NumberKind::Unknown, "4711", Screening::UserNotScreened));
        let act = ExchangeAct::PlaceTold { call: OutsideCall(1), setup: Box::new(request) };
        house.operate(Operator::Exchange(SPAN, act));
        house.until_fact("it rings", |fact| matches!(fact, CallEvent::LegRinging { .. }));
        house.run(Duration::from_secs(1));
        house.handset(3, HandsetAct::Lift);
        house.until_fact("both talk", |fact| matches!(fact, CallEvent::Bridged { .. }));
        let connect = sent(&house, MessageKind::Connect).unwrap();
        let number = connect.connected_number().unwrap();
        assert_eq!(number.number.digits.as_str(), "803");
        assert_eq!(number.screening, Screening::Network);
        assert_eq!(number.presentation == Presentation::Restricted, withholds);
        assert_eq!(connect.display().is_some(), !withholds);
    }
}

/// Only a user asks for a transfer (EN 300 369-1, 9.1): at a private exchange the box is the network.
#[test]
fn a_network_asks_nobody_to_take_a_call_and_it_stays_in_the_box() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    (settings.trunks[0].role, settings.trunks[0].hand_over) = (Role::Network, settings::HandOver::All);
    let mut house = House::with_private_exchange(&board, settings, 49);
    let request = setup("01062001111", party(NumberKind::Unknown, "4711", Screening::UserNotScreened));
    let act = ExchangeAct::PlaceTold { call: OutsideCall(1), setup: Box::new(request) };
    house.operate(Operator::Exchange(SPAN, act));
    let incoming = |house: &House| {
        house.told.iter().find_map(|event| match &event.told {
            Told::Call(told) if matches!(told.news, CallNews::Incoming { .. }) => Some(told.call),
            _ => None,
        })
    };
    house.until("the call is back at the exchange", |house| incoming(house).is_some());
    let call = incoming(&house).unwrap();
    house.operate(Operator::Exchange(SPAN, ExchangeAct::Answer(call)));
    house.until_fact("it is told", |fact| matches!(fact, CallEvent::HandOverRefused { .. }));
    house.run(Duration::from_secs(5));
    assert!(!house.facts.iter().any(|fact| matches!(fact, CallEvent::LegEnded { .. })), "both talk on");
    assert_told(
        &house,
        "网络不肯直接接通，通话仍经过本机",
        "The network does not join the two; the call stays in the box",
    );
}
