//! Supplementary services of the network, from the line to the story, the detail record and the rows of the number plan.
//! Source: EN 300 182-1, EN 300 207-1, EN 300 369-1, EN 300 130-1; ITU-T Q.951 and Q.957.

use std::time::Duration;

use call::{CallEvent, Number};
use isdn::{
    Particulars, SetupRequest,
    q931::element::{Characteristics, Digits, HighLayer, Subaddress, UserProtocol, UserUser},
    suppl::{Advice, Amount, Charge, ChargeAtEnd, ChargeSoFar, Money, OtherParty, PartyChange, Step, Units},
};
use sim::{ExchangeAct, HandsetAct, Operator, OutsideCall, Service};

use crate::{
    house::House,
    numbers::{SPAN, assert_told, called, detail, national, setup},
};

/// A call from outside that somebody at the third telephone has answered.
fn talking(seed: u64) -> House {
    let mut house = called(seed, |_| (), setup("62001803", national("13800138000")));
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
    assert!(detail.line().ends_with(",CNY:1.200"), "{}", detail.line());
}

#[test]
fn units_of_several_kinds_are_summed_and_unknown_ones_are_no_sum() {
    let units = |numbers: &[Option<u32>]| {
        let rows = (1..).zip(numbers).map(|(kind, number)| Units { number: *number, kind: Some(kind) });
        Charge::Units(rows.collect())
    };
    for (seed, numbers, column) in [(302, [Some(3), Some(4)], ",units:7"), (303, [Some(3), None], ",unknown")] {
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
    assert!(detail(&mut house).line().ends_with(",CNY:0.007"));
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
