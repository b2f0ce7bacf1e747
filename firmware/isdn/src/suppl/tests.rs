//! Golden octets, and properties of the whole coding.
//!
//! The golden octets were written by libpri 1.6.0 in a process of its own; there it also reads what stands here.

use proptest::prelude::*;

use super::{
    charge::tests::{any_at_end, any_so_far, any_tariff},
    completion::tests::any_request,
    diversion::tests::{any_leg1, any_leg2, any_leg3},
    name::tests::any_name,
    transfer::tests::{any_complete, any_inform, any_link, any_party, any_subaddress},
    user_user::tests::any_service,
    waiting::tests::any_mailbox,
    *,
};
use crate::q931::element::{NumberElement, NumberKind, NumberPlan, PartyNumber};

fn invoke(syntax: Syntax, id: InvokeId, operation: &Operation) -> Component {
    let (code, argument) = operation.emit(syntax).unwrap();
    Component::Invoke { id, linked: None, operation: code, argument }
}

fn octets(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn read(contents: &[u8]) -> FacilityContents {
    let parsed = FacilityContents::parse(contents).unwrap();
    assert_eq!(parsed.faults, []);
    parsed.facility
}

/// These octets are this operation behind this header, both ways.
#[track_caller]
fn assert_golden(hex: &str, header: Header, syntax: Syntax, id: InvokeId, operation: Operation) {
    let contents = octets(hex);
    let facility = read(&contents);
    let [Component::Invoke { operation: code, argument, .. }] = &facility.components[..] else {
        panic!("{facility:?} is no invoke");
    };
    assert_eq!(Operation::parse(syntax, code, argument).as_ref(), Ok(&operation));
    let written = FacilityContents::one(header, invoke(syntax, id, &operation));
    assert_eq!(written, facility);
    assert_eq!(written.emit().unwrap().as_slice(), contents);
}

fn national(digits: &str) -> PartyNumber {
    let (kind, plan) = (NumberKind::National, NumberPlan::Telephone);
    PartyNumber::shown(NumberElement { kind, plan, digits: digits.parse().unwrap() })
}

fn leg2(names: bool) -> DivertingLeg2 {
    let name = || Name::shown("Wang Wu").filter(|_| names);
    DivertingLeg2 {
        count: 2,
        reason: DiversionReason::Busy,
        first_reason: names.then_some(DiversionReason::Unconditional),
        from: Some(national("62005678")),
        first_called: Some(national("62009999")),
        from_name: name(),
        first_called_name: name(),
    }
}

#[test]
fn en_300_207_a_diverted_call() {
    assert_golden(
        "91 a1 34 02 01 01 02 01 0f 30 2c 02 01 02 0a 01 02 a1 11 a0 0f a1 0d 0a 01 02 12 08 36 32 30 30 35 36 37 38 a2 \
         11 a0 0f a1 0d 0a 01 02 12 08 36 32 30 30 39 39 39 39",
        Header::REMOTE,
        Syntax::Etsi,
        1,
        Operation::DivertingLeg2(leg2(false)),
    );
    assert_golden(
        "91 a1 09 02 01 01 02 01 13 01 01 01",
        Header::REMOTE,
        Syntax::Etsi,
        1,
        Operation::DivertingLeg3(DivertingLeg3 { shown: true, name: None }),
    );
}

#[test]
fn en_300_359_a_private_exchange_wants_a_call_completed() {
    let called = NumberElement::unknown("62001234".parse().unwrap());
    let request = CompletionRequest {
        called,
        service: Service::new(&[0x04, 0x03, 0x80, 0x90, 0xa3]).unwrap(),
        retains: false,
        shown: Some(true),
        calling: Some(national("1087654321").number),
    };
    assert_golden(
        "91 a1 36 02 01 01 06 06 04 00 82 67 02 01 30 29 30 0a 80 08 36 32 30 30 31 32 33 34 40 05 04 03 80 90 a3 82 01 \
         01 30 11 a1 0f 0a 01 02 12 0a 31 30 38 37 36 35 34 33 32 31",
        Header::REMOTE,
        Syntax::Etsi,
        1,
        Operation::CompletionAsked(Completion::Busy, request),
    );
    for (hex, operation) in [
        ("91 a1 0b 02 01 01 06 06 04 00 82 67 02 02", Operation::CompletionCall),
        ("91 a1 0b 02 01 01 06 06 04 00 82 67 02 03", Operation::CompletionSuspended),
        ("91 a1 0b 02 01 01 06 06 04 00 82 67 02 04", Operation::CompletionResumed),
        ("91 a1 0b 02 01 01 06 06 04 00 82 67 02 05", Operation::CompletionPossible),
        ("91 a1 0b 02 01 01 06 06 04 00 82 67 02 06", Operation::CompletionAvailable),
    ] {
        assert_golden(hex, Header::REMOTE, Syntax::Etsi, 1, operation);
    }
}

#[test]
fn ecma_174_a_diverted_call_with_names() {
    assert_golden(
        "9f aa 06 80 01 00 82 01 00 8b 01 00 a1 4d 02 01 02 02 01 15 30 45 02 01 02 0a 01 02 80 01 01 a1 11 a0 0f a1 0d \
         0a 01 02 12 08 36 32 30 30 35 36 37 38 a2 11 a0 0f a1 0d 0a 01 02 12 08 36 32 30 30 39 39 39 39 a3 09 80 07 57 \
         61 6e 67 20 57 75 a4 09 80 07 57 61 6e 67 20 57 75",
        Header::END_TO_END,
        Syntax::Private,
        2,
        Operation::DivertingLeg2(leg2(true)),
    );
    assert_golden(
        "9f aa 06 80 01 00 82 01 00 8b 01 00 a1 14 02 01 02 02 01 16 30 0c 01 01 01 a0 07 80 05 4c 69 20 53 69",
        Header::END_TO_END,
        Syntax::Private,
        2,
        Operation::DivertingLeg3(DivertingLeg3 { shown: true, name: Name::shown("Li Si") }),
    );
}

#[test]
fn ecma_164_names_and_those_of_ni_2() {
    let zhang = || Operation::CallingName(Name::shown("Zhang San").unwrap());
    assert_golden(
        "9f aa 06 80 01 00 82 01 00 8b 01 00 a1 11 02 01 01 02 01 00 80 09 5a 68 61 6e 67 20 53 61 6e",
        Header::END_TO_END,
        Syntax::Private,
        1,
        zhang(),
    );
    assert_golden(
        "9f 8b 01 00 a1 11 02 01 02 02 01 00 80 09 5a 68 61 6e 67 20 53 61 6e",
        Header::NAME_OF_NI2,
        Syntax::Ni2,
        2,
        zhang(),
    );
    assert_golden(
        "9f 8b 01 00 a1 0f 02 01 01 06 07 2a 86 48 ce 15 00 04 0a 01 00",
        Header::NAME_OF_NI2,
        Syntax::Ni2,
        1,
        Operation::NameFollows,
    );
    assert_golden(
        "9f aa 06 80 01 00 82 01 00 8b 01 00 a1 0d 02 01 04 02 01 02 80 05 4c 69 20 53 69",
        Header::END_TO_END,
        Syntax::Private,
        4,
        Operation::ConnectedName(Name::shown("Li Si").unwrap()),
    );
}

/// From the syntax of ECMA-242 and EN 300 745-1 by hand: no other program here writes them.
#[test]
fn ecma_242_and_en_300_745_messages_wait() {
    let number = |digits: &str| NumberElement::unknown(digits.parse().unwrap());
    let mailbox = Mailbox { whose: Some(number("803")), count: Some(2), centre: Some(number("700")), from: None };
    assert_golden(
        "9f aa 06 80 01 00 82 01 00 8b 01 02 a1 1a 02 01 01 02 01 50 30 12 80 03 38 30 33 0a 01 01 a1 05 80 03 37 30 30 \
         83 01 02",
        Header::END_TO_END_REJECT,
        Syntax::Private,
        1,
        Operation::MessagesWait(mailbox.clone()),
    );
    assert_golden(
        "9f aa 06 80 01 00 82 01 00 8b 01 02 a1 10 02 01 02 02 01 51 30 08 80 03 38 30 33 0a 01 01",
        Header::END_TO_END_REJECT,
        Syntax::Private,
        2,
        Operation::MessagesGone(Mailbox { whose: Some(number("803")), ..Mailbox::default() }),
    );
    assert_golden(
        "91 a1 21 02 01 01 06 06 04 00 85 69 01 01 30 14 80 03 38 30 33 0a 01 01 a1 05 80 03 37 30 30 a2 03 02 01 02",
        Header::REMOTE,
        Syntax::Etsi,
        1,
        Operation::MessagesWait(mailbox.clone()),
    );
    assert_golden(
        "91 a1 1e 02 01 01 06 06 04 00 85 69 01 03 30 11 a1 05 80 03 37 30 30 a2 03 0a 01 01 a3 03 02 01 02",
        Header::REMOTE,
        Syntax::Etsi,
        1,
        Operation::MessagesIndicated(Mailbox { whose: None, ..mailbox }),
    );
}

fn money(number: u32, step: Step) -> Money {
    Money { currency: "CNY".parse().unwrap(), amount: Amount { number, step } }
}

#[test]
fn en_300_182_the_tariff_at_setup() {
    let minute = Period { number: 1, scale: Scale::Minute };
    let talking = Rate::Time { money: money(12, Step::Hundredth), stepwise: false, time: minute, granularity: None };
    let prices = [
        Price { item: ChargedItem::Conversation, rate: talking },
        Price { item: ChargedItem::Setup, rate: Rate::Flat(money(5, Step::Tenth)) },
    ];
    assert_golden(
        "91 a1 3b 02 01 03 02 01 1f 30 33 30 1d 0a 01 00 a1 18 81 03 43 4e 59 a2 06 81 01 0c 82 01 01 83 01 00 a4 06 81 \
         01 01 82 01 04 30 12 0a 01 02 a2 0d 81 03 43 4e 59 a2 06 81 01 05 82 01 02",
        Header::REMOTE,
        Syntax::Etsi,
        3,
        Operation::Tariff(Tariff::Prices(prices.into_iter().collect())),
    );
}

#[test]
fn en_300_182_the_charge_during_a_call() {
    let so_far = |charge, total, billing| Operation::ChargeSoFar(ChargeSoFar { charge, total, billing });
    let cases = [
        (
            "91 a1 1e 02 01 04 02 01 21 30 16 a1 0e 81 03 43 4e 59 a2 07 81 02 01 59 82 01 01 82 01 00 83 01 00",
            4,
            so_far(Charge::Money(money(345, Step::Hundredth)), false, Some(Billing::Normal)),
        ),
        (
            "91 a1 19 02 01 05 02 01 22 30 11 a1 0c 30 06 02 01 07 02 01 01 30 02 05 00 82 01 00",
            5,
            so_far(
                Charge::Units(
                    [Units { number: Some(7), kind: Some(1) }, Units { number: None, kind: None }]
                        .into_iter()
                        .collect(),
                ),
                false,
                None,
            ),
        ),
        ("91 a1 08 02 01 06 02 01 21 81 00", 6, so_far(Charge::Free, false, None)),
        ("91 a1 08 02 01 07 02 01 21 05 00", 7, so_far(Charge::NotAvailable, false, None)),
    ];
    for (hex, id, operation) in cases {
        assert_golden(hex, Header::REMOTE, Syntax::Etsi, id, operation);
    }
}

#[test]
fn en_300_182_the_charge_at_the_end_of_a_call() {
    assert_golden(
        "91 a1 20 02 01 08 02 01 23 30 18 30 13 a1 0e 81 03 43 4e 59 a2 07 81 02 04 d2 82 01 01 82 01 04 02 01 4d",
        Header::REMOTE,
        Syntax::Etsi,
        8,
        Operation::ChargeAtEnd(ChargeAtEnd {
            charge: Charge::Money(money(1234, Step::Hundredth)),
            billing: Some(Billing::Busy),
            association: Some(Association::Identifier(77)),
        }),
    );
    assert_golden(
        "91 a1 11 02 01 09 02 01 24 30 09 30 07 a1 05 30 03 02 01 28",
        Header::REMOTE,
        Syntax::Etsi,
        9,
        Operation::ChargeAtEnd(ChargeAtEnd {
            charge: Charge::Units([Units { number: Some(40), kind: None }].into_iter().collect()),
            billing: None,
            association: None,
        }),
    );
}

#[test]
fn en_300_130_a_malicious_call_is_identified() {
    assert_golden("91 a1 06 02 01 03 02 01 03", Header::REMOTE, Syntax::Etsi, 3, Operation::IdentifyMaliciousCall);
    let done = read(&octets("91 a2 03 02 01 03"));
    assert_eq!(done, FacilityContents::one(Header::REMOTE, Component::Result { id: 3, result: None }));
}

#[test]
fn en_300_286_user_user_services_are_asked_for() {
    for (hex, service) in [("01 82 01 01", (false, 1)), ("03 82 01 00", (true, 3))] {
        let contents = format!("91 a1 0e 02 01 05 02 01 01 30 06 81 01 {hex}");
        let service = UserUserService::of(service.0, service.1);
        assert_golden(&contents, Header::REMOTE, Syntax::Etsi, 5, Operation::UserUserService(service));
    }
}

#[test]
fn en_300_369_a_call_is_named_and_joined() {
    let link = "91 a1 0b 02 01 04 06 06 04 00 82 71 01 04";
    assert_golden(link, Header::REMOTE, Syntax::Etsi, 4, Operation::EctLinkId);
    let join = "91 a1 0e 02 01 05 06 06 04 00 82 71 01 01 02 01 0a";
    assert_golden(join, Header::REMOTE, Syntax::Etsi, 5, Operation::ExplicitEctExecute(CallLink::new(10)));
    let named = octets("91 a2 10 02 01 04 30 0b 06 06 04 00 82 71 01 04 02 01 0a");
    let code = Operation::EctLinkId.emit(Syntax::Etsi).unwrap().0;
    let result = Component::Result { id: 4, result: Some((code, CallLink::new(10).emit(Syntax::Etsi))) };
    assert_eq!(read(&named), FacilityContents::one(Header::REMOTE, result));
}

#[test]
fn ecma_178_both_ends_hear_of_the_transfer() {
    for (hex, id, end) in [
        ("9f aa 06 80 01 00 82 01 00 8b 01 02 a1 10 02 01 07 02 01 0c 30 08 0a 01 00 81 00 0a 01 01", 7, 0),
        ("9f aa 06 80 01 00 82 01 00 8b 01 02 a1 10 02 01 08 02 01 0c 30 08 0a 01 01 81 00 0a 01 01", 8, 1),
    ] {
        let complete = TransferComplete {
            end: TransferEnd::from_code(end),
            party: address::without_number(crate::q931::element::Presentation::Restricted),
            name: None,
            alerting: true,
        };
        let operation = Operation::TransferComplete(complete);
        assert_golden(hex, Header::END_TO_END_REJECT, Syntax::Private, id, operation);
    }
}

#[test]
fn gr_2865_and_gr_2857_north_american_transfer() {
    let two_channels = "91 a1 11 02 01 03 06 07 2a 86 48 ce 15 00 08 30 03 02 01 01";
    assert_golden(two_channels, Header::REMOTE, Syntax::Ni2, 3, Operation::TwoChannelTransfer(1));
    let release_link = "11 be a1 06 02 01 01 02 01 01";
    assert_golden(release_link, Header::RELEASE_LINK, Syntax::Dms100, 1, Operation::ReleaseLink);
    let link = CallLink::new(0x1234);
    assert_eq!(link.emit(Syntax::Dms100).octets(), [0x80, 0x02, 0x12, 0x34]);
    assert_eq!(CallLink::parse(Syntax::Dms100, &link.emit(Syntax::Dms100)), Ok(link));
}

#[test]
fn the_first_editions_of_ecma_are_read() {
    let old = read(&octets("91 a1 0c 02 01 01 06 04 2b 0c 09 00 80 01 41"));
    let [Component::Invoke { operation, argument, .. }] = &old.components[..] else { panic!("{old:?}") };
    let name = Operation::CallingName(Name::shown("A").unwrap());
    assert_eq!(Operation::parse(Syntax::Private, operation, argument), Ok(name));
    assert_eq!(Operation::parse(Syntax::Etsi, operation, argument), Err(InvokeProblem::UnrecognizedOperation));
}

#[test]
fn an_argument_of_another_type_is_mistyped() {
    let (code, _) = Operation::ExplicitEctExecute(CallLink::new(1)).emit(Syntax::Etsi).unwrap();
    let none = Argument::default();
    assert_eq!(Operation::parse(Syntax::Etsi, &code, &none), Err(InvokeProblem::MistypedArgument));
}

#[test]
fn an_operation_that_a_way_of_speaking_lacks_is_not_written() {
    assert_eq!(Operation::EctExecute.emit(Syntax::Private), None);
    assert_eq!(Operation::ReleaseLink.emit(Syntax::Ni2), None);
}

/// EN 300 196-1, table D.1: the four components have the tags 1 to 4.
#[test]
fn answers_are_read_and_written_octet_for_octet() {
    let error = Component::Error { id: 5, error: Code::Local(3), parameter: Argument::default() };
    let reject = |id, problem| Component::Reject { id, problem };
    let cases = [
        ("91 a3 06 02 01 05 02 01 03", error),
        ("91 a4 06 02 01 06 81 01 01", reject(Some(6), Problem::Invoke(InvokeProblem::UnrecognizedOperation))),
        ("91 a4 05 05 00 80 01 02", reject(None, Problem::General(GeneralProblem::BadlyStructuredComponent))),
        ("91 a4 06 02 01 07 82 01 00", reject(Some(7), Problem::Result(ResultProblem::UnrecognizedInvocation))),
        ("91 a4 06 02 01 07 83 01 02", reject(Some(7), Problem::Error(ErrorProblem::UnrecognizedError))),
    ];
    for (hex, component) in cases {
        let facility = FacilityContents::one(Header::REMOTE, component);
        assert_eq!(read(&octets(hex)), facility);
        assert_eq!(facility.emit().unwrap().as_slice(), octets(hex));
    }
}

#[test]
fn of_a_facility_with_a_bad_component_the_others_are_read() {
    let parsed = FacilityContents::parse(&octets("91 a1 03 04 01 01 a7 03 02 01 01 a2 03 02 01 09 a1 20 02")).unwrap();
    assert_eq!(parsed.facility.components, [Component::Result { id: 9, result: None }]);
    let general = |problem| (None, Problem::General(problem));
    assert_eq!(
        parsed.faults,
        [
            general(GeneralProblem::MistypedComponent),
            general(GeneralProblem::UnrecognizedComponent),
            general(GeneralProblem::BadlyStructuredComponent),
        ]
    );
}

#[test]
fn a_bad_component_is_named_where_its_name_was_read() {
    let parsed = FacilityContents::parse(&octets("91 a1 06 02 01 05 04 01 00")).unwrap();
    assert_eq!(parsed.faults, [(Some(5), Problem::General(GeneralProblem::MistypedComponent))]);
}

#[test]
fn other_protocol_profiles_are_refused() {
    for profile in [0x92, 0x96, 0x1f, 0x00] {
        assert!(FacilityContents::parse(&[profile, 0xa1, 0x06, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03]).is_err());
    }
    assert!(FacilityContents::parse(&[]).is_err());
}

#[test]
fn more_octets_than_an_element_holds_are_refused() {
    // An invoke of indefinite length, whose argument reaches to the end.
    let of = |octets: usize| [&[0x91, 0xa1, 0x80, 0x02, 0x01, 1, 0x02, 0x01, 6][..], &vec![0; octets - 9]].concat();
    assert!(FacilityContents::parse(&of(256)).is_err());
    assert!(FacilityContents::parse(&of(300)).is_err());
    assert!(FacilityContents::parse(&of(255)).is_ok());
}

#[test]
fn arguments_do_not_show_in_debug_output() {
    let shown = format!("{:?}", invoke(Syntax::Private, 1, &Operation::CallingName(Name::shown("Li Si").unwrap())));
    assert!(shown.contains("7 octets") && !shown.contains("76"), "{shown}");
}

fn any_private() -> BoxedStrategy<Operation> {
    prop_oneof![
        any_leg2().prop_map(Operation::DivertingLeg2).boxed(),
        any_leg3().prop_map(Operation::DivertingLeg3).boxed(),
        any_name().prop_map(Operation::CallingName).boxed(),
        any_name().prop_map(Operation::CalledName).boxed(),
        any_name().prop_map(Operation::ConnectedName).boxed(),
        any_name().prop_map(Operation::BusyName).boxed(),
        any_complete().prop_map(Operation::TransferComplete).boxed(),
        any_party().prop_map(Operation::TransferActive).boxed(),
        any_party().prop_map(Operation::TransferUpdate).boxed(),
    ]
    .boxed()
}

fn any_etsi() -> BoxedStrategy<Operation> {
    let without_names =
        |leg: DivertingLeg2| DivertingLeg2 { first_reason: None, from_name: None, first_called_name: None, ..leg };
    prop_oneof![
        any_leg1().prop_map(Operation::DivertingLeg1).boxed(),
        any_leg2().prop_map(move |leg| Operation::DivertingLeg2(without_names(leg))).boxed(),
        any::<bool>().prop_map(|shown| Operation::DivertingLeg3(DivertingLeg3 { shown, name: None })).boxed(),
        (0u8..3).prop_map(|case| Operation::ChargingRequest(ChargingCase::from_code(case))).boxed(),
        any_tariff().prop_map(Operation::Tariff).boxed(),
        any_so_far().prop_map(Operation::ChargeSoFar).boxed(),
        any_at_end().prop_map(Operation::ChargeAtEnd).boxed(),
        Just(Operation::IdentifyMaliciousCall),
        any_service().prop_map(Operation::UserUserService).boxed(),
        Just(Operation::EctExecute),
        Just(Operation::EctLinkId),
        any_link().prop_map(Operation::ExplicitEctExecute),
        any_inform().prop_map(Operation::EctInform).boxed(),
        Just(Operation::RequestSubaddress),
        any_subaddress().prop_map(Operation::SubaddressTransfer).boxed(),
        any_completion(),
    ]
    .boxed()
}

fn any_completion() -> BoxedStrategy<Operation> {
    let which = prop::sample::select(&[Completion::Busy, Completion::NoReply][..]);
    prop_oneof![
        (which, any_request()).prop_map(|(which, request)| Operation::CompletionAsked(which, request)),
        Just(Operation::CompletionCall),
        Just(Operation::CompletionSuspended),
        Just(Operation::CompletionResumed),
        Just(Operation::CompletionPossible),
        Just(Operation::CompletionAvailable),
    ]
    .boxed()
}

fn any_american() -> BoxedStrategy<(Syntax, Operation)> {
    prop_oneof![
        any_name().prop_map(|name| (Syntax::Ni2, Operation::CallingName(name))).boxed(),
        Just((Syntax::Ni2, Operation::NameFollows)).boxed(),
        any::<u16>().prop_map(|reference| (Syntax::Ni2, Operation::TwoChannelTransfer(reference))).boxed(),
        any_name().prop_map(|name| (Syntax::Dms100, Operation::CallingName(name))).boxed(),
        Just((Syntax::Dms100, Operation::ReleaseLink)).boxed(),
        any_link().prop_map(|link| (Syntax::Dms100, Operation::ReleaseLinkJoin(link))).boxed(),
    ]
    .boxed()
}

/// Message waiting as each way of speaking writes it.
fn any_waiting() -> BoxedStrategy<(Syntax, Operation)> {
    let whose = |mailbox: &Mailbox| Mailbox { whose: mailbox.whose.clone(), ..Mailbox::default() };
    let short = move |mailbox: &Mailbox| Mailbox { centre: mailbox.centre.clone(), ..whose(mailbox) };
    let any = move |mailbox: Mailbox, which: usize| match which {
        0 => (Syntax::Private, Operation::MessagesWait(mailbox)),
        1 => (Syntax::Private, Operation::MessagesGone(short(&mailbox))),
        2 => (Syntax::Private, Operation::MessagesAsked(short(&mailbox))),
        3 => (Syntax::Etsi, Operation::MessagesWait(mailbox)),
        4 => (Syntax::Etsi, Operation::MessagesGone(short(&mailbox))),
        _ => (Syntax::Etsi, Operation::MessagesIndicated(Mailbox { whose: None, ..mailbox })),
    };
    (any_mailbox(), 0usize..6).prop_map(move |(mailbox, which)| any(mailbox, which)).boxed()
}

fn any_operation() -> BoxedStrategy<(Syntax, Operation)> {
    prop_oneof![
        any_private().prop_map(|operation| (Syntax::Private, operation)).boxed(),
        any_etsi().prop_map(|operation| (Syntax::Etsi, operation)).boxed(),
        any_american(),
        any_waiting(),
    ]
    .boxed()
}

fn any_code() -> impl Strategy<Value = Code> {
    let object = prop::collection::vec(any::<u8>(), 1..ObjectId::MAX_OCTETS);
    prop_oneof![
        any::<i32>().prop_map(Code::Local),
        object.prop_map(|octets| Code::Global(ObjectId::parse(&octets).unwrap())),
    ]
}

fn any_problem() -> impl Strategy<Value = Problem> {
    prop_oneof![
        (0u8..3).prop_map(|code| Problem::General(GeneralProblem::from_code(code))),
        (0u8..8).prop_map(|code| Problem::Invoke(InvokeProblem::from_code(code))),
        (0u8..3).prop_map(|code| Problem::Result(ResultProblem::from_code(code))),
        (0u8..5).prop_map(|code| Problem::Error(ErrorProblem::from_code(code))),
    ]
}

fn any_component() -> impl Strategy<Value = Component> {
    let number = any_link().prop_map(|link| link.emit(Syntax::Etsi));
    let argument = prop_oneof![Just(Argument::default()), number];
    let invoke = (any::<i16>(), prop::option::of(any::<i16>()), any_code(), argument.clone())
        .prop_map(|(id, linked, operation, argument)| Component::Invoke { id, linked, operation, argument });
    prop_oneof![
        invoke,
        (any::<i16>(), prop::option::of((any_code(), argument.clone())))
            .prop_map(|(id, result)| Component::Result { id, result }),
        (any::<i16>(), any_code(), argument).prop_map(|(id, error, parameter)| Component::Error {
            id,
            error,
            parameter
        }),
        (prop::option::of(any::<i16>()), any_problem()).prop_map(|(id, problem)| Component::Reject { id, problem }),
    ]
}

fn any_header() -> impl Strategy<Value = Header> {
    let number = || prop::option::of(address::tests::any_number());
    let entities =
        (0u8..2, number(), 0u8..2, number()).prop_map(|(source, source_number, destination, number)| Entities {
            source: Entity::from_code(source),
            source_number,
            destination: Entity::from_code(destination),
            destination_number: number,
        });
    let profile = prop::sample::select(vec![Profile::Remote, Profile::RemoteOf(0xbe), Profile::Networking]);
    let interpretation = prop::option::of((0u8..3).prop_map(Interpretation::from_code));
    (profile, prop::option::of(entities), prop::option::of(0u8..128), interpretation).prop_map(
        |(profile, entities, network_profile, interpretation)| Header {
            profile,
            entities,
            network_profile,
            interpretation,
        },
    )
}

proptest! {
    #[test]
    fn an_operation_is_read_back((syntax, operation) in any_operation()) {
        // Two names of 50 octets with everything else may be longer than an element; that is what `None` says.
        if let Some((code, argument)) = operation.emit(syntax) {
            prop_assert_eq!(Operation::parse(syntax, &code, &argument), Ok(operation));
        }
    }

    #[test]
    fn a_facility_is_read_back(header in any_header(), components in prop::collection::vec(any_component(), 0..3)) {
        let facility = FacilityContents { header, components };
        let contents = facility.emit().unwrap();
        let parsed = FacilityContents::parse(&contents).unwrap();
        prop_assert_eq!(parsed.faults, []);
        prop_assert_eq!(parsed.facility, facility);
    }

    #[test]
    fn any_octets_are_read_without_panic(contents in prop::collection::vec(any::<u8>(), 0..=255)) {
        read_all(&contents);
    }

    /// Octets that are nearly right come further than those that are drawn.
    #[test]
    fn damaged_operations_are_read_without_panic(
        (syntax, operation) in any_operation(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let Some((code, argument)) = operation.emit(syntax) else { return Ok(()) };
        let invoke = Component::Invoke { id: 1, linked: None, operation: code, argument };
        // A long operation may leave no room for the header.
        let Ok(mut contents) = FacilityContents::one(Header::REMOTE, invoke).emit() else { return Ok(()) };
        for (at, octet) in damages {
            let at = at.index(contents.len());
            contents[at] = octet;
        }
        read_all(&contents);
    }
}

/// Reads contents in each way of speaking. What was read is written and reads the same.
fn read_all(contents: &[u8]) {
    let Ok(parsed) = FacilityContents::parse(contents) else { return };
    for component in &parsed.facility.components {
        let Component::Invoke { operation, argument, .. } = component else { continue };
        for syntax in [Syntax::Etsi, Syntax::Private, Syntax::Ni2, Syntax::Dms100] {
            let Ok(read) = Operation::parse(syntax, operation, argument) else { continue };
            let Some((code, argument)) = read.emit(syntax) else { continue };
            let again = Operation::parse(syntax, &code, &argument).unwrap();
            assert_eq!(again.emit(syntax), Some((code, argument)));
        }
    }
    if let Ok(contents) = parsed.facility.emit() {
        assert_eq!(FacilityContents::parse(&contents).unwrap().facility, parsed.facility);
    }
}
