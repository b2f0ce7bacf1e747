//! Golden messages of libpri and of a Chinese carrier, and properties of the codec.

use frame::Timeslot;
use proptest::prelude::*;

use super::{
    element::{
        Bearer, CallStateElement, Capability, CauseElement, ChannelChoice, ChannelForm, ChannelId, Characteristics,
        DateTime, Digits, Display, Facility, HighLayer, Location, NetworkKind, Notification, NumberElement, NumberKind,
        NumberPlan, PartyNumber, Presentation, Progress, ProgressDescription, RedirectingNumber, RedirectionReason,
        RestartClass, Screening, Signal, Subaddress, SubaddressKind, TimeslotSet, TransitNetwork, UserProtocol,
        UserUser, id,
    },
    *,
};
use crate::Cause;

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn reference(value: u16, to_originator: bool) -> CallReference {
    CallReference { value, to_originator }
}

fn number(kind: NumberKind, plan: NumberPlan, text: &str) -> NumberElement {
    NumberElement { kind, plan, digits: digits(text) }
}

fn golden_setup() -> (Vec<u8>, Message) {
    let octets = [
        &[0x08, 0x02, 0x00, 0x01, 0x05, 0x04, 0x03, 0x80, 0x90, 0xa3, 0x18, 0x03, 0xa9, 0x83, 0x81, 0x28, 0x09][..],
        b"Zhang San",
        &[0x6c, 0x0c, 0x21, 0x80],
        b"1087654321",
        &[0x70, 0x09, 0x80],
        b"62001234",
        &[0xa1],
    ]
    .concat();
    let calling = number(NumberKind::National, NumberPlan::Telephone, "1087654321");
    let message = Message::new(reference(1, false), MessageKind::Setup)
        .with(Element::Bearer(Bearer::speech()))
        .with(Element::ChannelId(ChannelId::one(Timeslot(1), true)))
        .with(Element::Display(Display::from_text("Zhang San")))
        .with(Element::CallingNumber(PartyNumber::shown(calling)))
        .with(Element::CalledNumber(NumberElement::unknown(digits("62001234"))))
        .with(Element::SendingComplete);
    (octets, message)
}

fn read(octets: &[u8]) -> Message {
    let parsed = Message::parse(octets).unwrap();
    assert_eq!(parsed.faults, []);
    parsed.message
}

fn assert_golden(octets: &[u8], message: &Message) {
    assert_eq!(&read(octets), message);
    assert_eq!(message.emit(false).unwrap().as_slice(), octets);
}

#[test]
fn the_golden_setup_is_read_and_written_octet_for_octet() {
    let (octets, message) = golden_setup();
    assert_golden(&octets, &message);
}

#[test]
fn golden_messages_are_read_and_written_octet_for_octet() {
    let in_band = Progress { location: Location::PrivateLocal, description: ProgressDescription::InBand };
    let progress = Message::new(reference(4, true), MessageKind::Progress)
        .with(Element::Cause(CauseElement::new(Location::PrivateLocal, Cause::UnallocatedNumber)))
        .with(Element::Progress(in_band));
    assert_golden(&[0x08, 0x02, 0x80, 0x04, 0x03, 0x08, 0x02, 0x81, 0x81, 0x1e, 0x02, 0x81, 0x88], &progress);

    let acknowledge = Message::new(reference(5, true), MessageKind::SetupAcknowledge)
        .with(Element::ChannelId(ChannelId::one(Timeslot(6), true)))
        .with(Element::Progress(in_band));
    assert_golden(&[0x08, 0x02, 0x80, 0x05, 0x0d, 0x18, 0x03, 0xa9, 0x83, 0x86, 0x1e, 0x02, 0x81, 0x88], &acknowledge);

    let information = Message::new(reference(5, false), MessageKind::Information)
        .with(Element::CalledNumber(NumberElement::unknown(digits("0"))));
    assert_golden(&[0x08, 0x02, 0x00, 0x05, 0x7b, 0x70, 0x02, 0x80, 0x30], &information);

    let keypad = Message::new(reference(5, false), MessageKind::Information).with(Element::Keypad(digits("5")));
    assert_golden(&[0x08, 0x02, 0x00, 0x05, 0x7b, 0x2c, 0x01, 0x35], &keypad);

    let restart = Message::new(CallReference::GLOBAL, MessageKind::Restart)
        .with(Element::ChannelId(ChannelId::one(Timeslot(12), true)))
        .with(Element::Restart(RestartClass::Channels));
    assert_golden(&[0x08, 0x02, 0x00, 0x00, 0x46, 0x18, 0x03, 0xa9, 0x83, 0x8c, 0x79, 0x01, 0x80], &restart);
}

#[test]
fn chinese_practice_puts_sending_complete_first() {
    let octets = [
        &[0x08, 0x02, 0x00, 0x01, 0x05, 0xa1, 0x04, 0x03, 0x80, 0x90, 0xa3, 0x18, 0x03, 0xa1, 0x83, 0x82][..],
        &[0x6c, 0x0d, 0x21, 0x81],
        b"13912345678",
    ]
    .concat();
    let message = read(&octets);
    assert!(message.is_complete());
    assert!(!message.channel_id().unwrap().exclusive);
    assert_eq!(message.calling_number().unwrap().screening, Screening::UserVerified);
    assert_eq!(message.emit(true).unwrap().as_slice(), octets);
}

/// As libpri writes it for 4ESS, with every element that it can give; `q931/service.rs` has its maintenance messages.
#[test]
fn a_golden_setup_that_was_diverted_is_read_and_written_octet_for_octet() {
    let octets = [
        &[0x08, 0x02, 0x00, 0x01, 0x05, 0x04, 0x03, 0x80, 0x90, 0xa3, 0x28, 0x06, 0xb1][..],
        b"Zhang",
        &[0x2c, 0x03],
        b"123",
        &[0x6c, 0x0c, 0x21, 0x83],
        b"1087654321",
        &[0x70, 0x09, 0x80],
        b"62001234",
        &[0x71, 0x05, 0x80],
        b"P042",
        &[0x74, 0x0b, 0x21, 0x00, 0x81],
        b"62009999",
        &[0x7e, 0x06, 0x04],
        b"VIP=1",
    ]
    .concat();
    let calling = number(NumberKind::National, NumberPlan::Telephone, "1087654321");
    let diverting = number(NumberKind::National, NumberPlan::Telephone, "62009999");
    let message = Message::new(reference(1, false), MessageKind::Setup)
        .with(Element::Bearer(Bearer::speech()))
        .with(Element::Display(Display::typed_from_text(Display::NAME, "Zhang")))
        .with(Element::Keypad(digits("123")))
        .with(Element::CallingNumber(PartyNumber { screening: Screening::Network, ..PartyNumber::shown(calling) }))
        .with(Element::CalledNumber(NumberElement::unknown(digits("62001234"))))
        .with(Element::CalledSubaddress(Subaddress::from_text("042").unwrap()))
        .with(Element::RedirectingNumber(RedirectingNumber {
            party: PartyNumber::shown(diverting),
            reason: Some(RedirectionReason::Busy),
        }))
        .with(Element::UserUser(UserUser::from_text("VIP=1").unwrap()));
    assert_golden(&octets, &message);
    assert_eq!(message.display().unwrap().to_text(), "Zhang");
    assert_eq!(message.called_subaddress().unwrap().text(), Some("042"));
    assert_eq!(message.user_user().unwrap().text(), Some("VIP=1"));
}

#[test]
fn calling_numbers_are_all_kept_in_their_order() {
    let setup = [0x08, 0x02, 0, 1, 0x05, 0x6c, 0x04, 0x21, 0x80, b'1', b'1', 0x6c, 0x04, 0x21, 0x83, b'2', b'2'];
    let message = read(&setup);
    let shown: Vec<&str> = message.calling_numbers().map(|party| party.number.digits.as_str()).collect();
    assert_eq!(shown, ["11", "22"]);
    assert_eq!(message.calling_number().unwrap().number.digits.as_str(), "11");
    assert_eq!(message.emit(false).unwrap().as_slice(), setup);
}

#[test]
fn elements_that_describe_are_read_and_written_octet_for_octet() {
    let head = [0x08, 0x02, 0, 1, 0x05];
    let facility = Facility::new(&[0x91, 0xa1, 0x00]).unwrap();
    let diverting = Element::parse(id::NOTIFICATION, &[0x83, 0x30, 0x00]).unwrap().unwrap();
    let rows: [(&[u8], Element); 8] = [
        (&[0x1c, 0x03, 0x91, 0xa1, 0x00], Element::Facility(facility)),
        (&[0x27, 0x03, 0x83, 0x30, 0x00], diverting),
        (&[0x27, 0x01, 0xfb], Element::Notification(Notification::CallIsDiverting)),
        (&[0x29, 0x05, 26, 11, 25, 21, 55], Element::DateTime(DateTime::new(26, 11, 25, 21, 55).unwrap())),
        (&[0x34, 0x01, 0x4f], Element::Signal(Signal::AlertingOff)),
        (&[0x7d, 0x02, 0x91, 0x81], Element::HighLayer(HighLayer::of(Characteristics::Telephony))),
        (
            &[0x78, 0x04, 0xa1, b'2', b'8', b'8'],
            Element::TransitNetwork(TransitNetwork {
                kind: NetworkKind::National,
                plan: 1,
                identification: digits("288"),
            }),
        ),
        (&[0x7c, 0x03, 0x80, 0x90, 0xa3], Element::parse(id::LOW_LAYER, &[0x80, 0x90, 0xa3]).unwrap().unwrap()),
    ];
    for (octets, element) in rows {
        let message = Message::new(reference(1, false), MessageKind::Setup).with(element);
        assert_golden(&[&head[..], octets].concat(), &message);
    }
    let parsed = read(&[&head[..], &[0x27, 0x03, 0x83, 0x30, 0x00]].concat());
    assert_eq!(parsed.notification(), None, "not taken for a plain one");
    assert_eq!(parsed.extended_notification().unwrap().description, Notification::Component);
    assert_eq!(parsed.extended_notification().unwrap().octets(), [0x30, 0x00]);
}

#[test]
fn a_connected_number_of_older_networks_is_read() {
    let message = read(&[0x08, 0x02, 0x80, 1, 0x07, 0x0c, 0x04, 0x21, 0x83, b'1', b'1']);
    assert_eq!(message.connected_number().unwrap().number.digits.as_str(), "11");
}

#[test]
fn bad_headers_are_told_apart() {
    let refused: [(&[u8], HeaderError); 7] = [
        (&[], HeaderError::TooShort),
        (&[0x08, 0x02, 0x00], HeaderError::TooShort),
        (&[0x08, 0x02, 0x00, 0x01], HeaderError::TooShort),
        (&[0x03, 0x02, 0x00, 0x01, 0x05], HeaderError::Discriminator(0x03)),
        (&[0x08, 0x03, 0x00, 0x01, 0x05], HeaderError::ReferenceLength),
        (&[0x08, 0x12, 0x00, 0x01, 0x05], HeaderError::ReferenceLength),
        (&[0x08, 0x01, 0x00], HeaderError::TooShort),
    ];
    for (octets, error) in refused {
        assert_eq!(Message::parse(octets), Err(error), "{octets:02x?}");
    }
}

#[test]
fn a_call_reference_of_one_octet_is_read() {
    let message = read(&[0x08, 0x01, 0x85, 0x0f]);
    assert_eq!(message.reference, Some(reference(5, true)));
    assert_eq!(read(&[0x08, 0x00, 0x62]).reference, None, "the dummy call reference");
}

#[test]
fn of_a_repeated_element_the_first_counts() {
    let message = read(&[0x08, 0x02, 0, 1, 0x45, 0x08, 0x02, 0x80, 0x91, 0x08, 0x02, 0x80, 0x90]);
    assert_eq!(message.cause().unwrap().cause, Cause::UserBusy);
}

#[test]
fn shifts_move_elements_to_other_codesets() {
    let header = [0x08, 0x02, 0, 1, 0x45];
    let cause = [0x08, 0x02, 0x80, 0x91];
    let locking = read(&[&header[..], &[0x96], &cause].concat());
    assert_eq!(locking.cause(), None);
    let one_only = read(&[&header[..], &[0x9e, 0x01, 0x00], &cause].concat());
    assert_eq!(one_only.cause().unwrap().cause, Cause::UserBusy);
    let downwards = read(&[&header[..], &[0x96, 0x95], &cause].concat());
    assert_eq!(downwards.elements[0].codeset(), 6, "a locking shift never goes down");
}

#[test]
fn channels_come_as_numbers_or_as_a_map() {
    let with = |contents: &[u8]| {
        let header = [0x08, 0x02, 0, 0, 0x46, 0x18, contents.len() as u8];
        let parsed = Message::parse(&[&header[..], contents].concat()).unwrap();
        parsed.message.channel_id().map(|channel| channel.choice)
    };
    let set = |slots: &[u8]| Some(ChannelChoice::Timeslots(slots.iter().copied().map(Timeslot).collect()));
    assert_eq!(with(&[0xa9, 0x83, 0x1f]), set(&[31]), "some leave the extension bit clear");
    assert_eq!(with(&[0xa9, 0x83, 0x01, 0x82]), set(&[1, 2]));
    assert_eq!(with(&[0xa9, 0x93, 0x80, 0x00, 0x00, 0x02]), set(&[31, 1]));
    assert_eq!(with(&[0xa9, 0x93, 0x80, 0x00, 0x01]), set(&[24, 1]), "a T1 map begins with channel 1");
    assert_eq!(with(&[0xe9, 0x80, 0x83, 0x83]), set(&[3]), "an interface may be named");
    assert_eq!(with(&[0xab]), Some(ChannelChoice::Any));
    assert_eq!(with(&[0xa9, 0x83, 0xa0]), None, "timeslot 32 does not exist");
    assert_eq!(with(&[0x89]), None, "a basic rate channel");
}

#[test]
fn digits_never_show_in_debug_output() {
    let shown = format!("{:?}", golden_setup().1);
    assert!(!shown.contains("62001234") && !shown.contains("1087654321") && !shown.contains("Zhang"), "{shown}");
}

#[test]
fn the_longest_setup_fits_into_an_i_frame() {
    let longest = digits(&"9".repeat(Digits::MAX));
    let number = NumberElement::unknown(longest);
    let in_band = Progress::in_band(Location::User);
    let message = Message::new(reference(1, false), MessageKind::Setup)
        .with(Element::Bearer(Bearer::speech()))
        .with(Element::ChannelId(ChannelId::one(Timeslot(1), true)))
        .with(Element::Progress(in_band))
        .with(Element::Display(Display::from_text(&"名".repeat(40))))
        .with(Element::CallingNumber(PartyNumber::shown(number.clone())))
        .with(Element::CalledNumber(number))
        .with(Element::SendingComplete);
    assert!(message.emit(true).is_ok());
    let name = message.display().unwrap().to_text();
    assert_eq!(name, "名".repeat(27), "cut at a character");
}

fn any_digits() -> impl Strategy<Value = Digits> {
    "[0-9*#A-D]{0,32}".prop_map(|text| digits(&text))
}

fn any_number() -> impl Strategy<Value = NumberElement> {
    (0u8..8, 0u8..16, any_digits()).prop_map(|(kind, plan, digits)| NumberElement {
        kind: NumberKind::from_code(kind),
        plan: NumberPlan::from_code(plan),
        digits,
    })
}

fn any_party() -> impl Strategy<Value = PartyNumber> {
    (any_number(), 0u8..4, 0u8..4).prop_map(|(number, presentation, screening)| PartyNumber {
        number,
        presentation: Presentation::from_code(presentation),
        screening: Screening::from_code(screening),
    })
}

fn any_channel() -> impl Strategy<Value = ChannelId> {
    let slots = |all: std::ops::Range<u8>| {
        prop::collection::vec(all.prop_map(Timeslot), 1..32)
            .prop_map(|slots| ChannelChoice::Timeslots(slots.into_iter().collect::<TimeslotSet>()))
    };
    let choice = prop_oneof![
        (Just(ChannelChoice::None), Just(ChannelForm::Numbers)),
        (Just(ChannelChoice::Any), Just(ChannelForm::Numbers)),
        (slots(0..32), Just(ChannelForm::Numbers)),
        (slots(0..32), Just(ChannelForm::Map32)),
        (slots(1..25), Just(ChannelForm::Map24)),
    ];
    (any::<bool>(), any::<bool>(), prop::option::of(0u8..128), choice).prop_map(
        |(exclusive, d_channel, interface, (choice, form))| ChannelId {
            interface: interface.map(|octet| [octet | 0x80].into_iter().collect()),
            exclusive,
            d_channel,
            choice,
            form,
        },
    )
}

fn any_redirecting() -> impl Strategy<Value = RedirectingNumber> {
    let reason = prop::option::of((0u8..16).prop_map(RedirectionReason::from_code));
    (any_party(), reason).prop_map(|(party, reason)| RedirectingNumber { party, reason })
}

fn any_subaddress() -> impl Strategy<Value = Subaddress> {
    (0u8..8, any::<bool>(), prop::collection::vec(any::<u8>(), 0..=Subaddress::MAX_OCTETS)).prop_map(
        |(kind, odd, octets)| Subaddress {
            kind: SubaddressKind::from_code(kind),
            odd,
            octets: octets.into_iter().collect(),
        },
    )
}

/// Elements that supplementary services use, or that only describe.
fn any_supplement() -> impl Strategy<Value = Element> {
    let octets = |least: usize, most: usize| prop::collection::vec(any::<u8>(), least..most);
    let read = |id: u8, contents: &[u8]| Element::parse(id, contents).unwrap().unwrap();
    prop_oneof![
        any_redirecting().prop_map(Element::RedirectingNumber),
        any_redirecting().prop_map(Element::OriginalCalledNumber),
        any_party().prop_map(Element::RedirectionNumber),
        any_subaddress().prop_map(Element::CallingSubaddress),
        any_subaddress().prop_map(Element::CalledSubaddress),
        any_subaddress().prop_map(Element::ConnectedSubaddress),
        octets(1, 30).prop_map(|contents| Element::Facility(Facility::new(&contents).unwrap())),
        (0u8..128, octets(1, 20))
            .prop_map(move |(code, octets)| read(id::NOTIFICATION, &[&[code][..], &octets].concat())),
        (1u8..13, 1u8..32, 0u8..24, 0u8..60).prop_map(|(month, day, hour, minute)| Element::DateTime(
            DateTime::new(26, month, day, hour, minute).unwrap()
        )),
        any::<u8>().prop_map(|code| Element::Signal(Signal::from_code(code))),
        (0u8..8, 0u8..16, any_digits()).prop_map(|(kind, plan, identification)| Element::TransitNetwork(
            TransitNetwork { kind: NetworkKind::from_code(kind), plan, identification }
        )),
        (0u8..128, 0u8..128, prop::option::of(0u8..128)).prop_map(|(method, code, extended)| Element::HighLayer(
            HighLayer { method, characteristics: Characteristics::from_code(code), extended }
        )),
        octets(1, 17).prop_map(move |octets| read(id::LOW_LAYER, &octets)),
    ]
}

fn any_element() -> impl Strategy<Value = Element> {
    prop_oneof![any_basic(), any_supplement()]
}

fn any_basic() -> impl Strategy<Value = Element> {
    let location = || (0u8..16).prop_map(Location::from_code);
    let octets = |longest: usize| prop::collection::vec(any::<u8>(), 0..longest);
    prop_oneof![
        (0u8..4, 0u8..32, 0u8..0x18).prop_map(|(coding, capability, mode_and_rate)| Element::Bearer(Bearer {
            coding,
            capability: Capability::from_code(capability),
            mode_and_rate,
            ..Bearer::speech()
        })),
        (location(), 0u8..128, octets(8)).prop_map(|(location, cause, diagnostics)| Element::Cause(CauseElement {
            location,
            cause: Cause::from_number(cause),
            diagnostics: diagnostics.into_iter().collect(),
        })),
        (0u8..64).prop_map(|state| Element::CallState(CallStateElement(state))),
        any_channel().prop_map(Element::ChannelId),
        (location(), 0u8..128).prop_map(|(location, description)| Element::Progress(Progress {
            location,
            description: ProgressDescription::from_code(description),
        })),
        (0u8..128).prop_map(|code| Element::Notification(Notification::from_code(code))),
        "[a-z]{0,30}".prop_map(|text| Element::Display(Display::from_text(&text))),
        any_digits().prop_map(Element::Keypad),
        any_party().prop_map(Element::ConnectedNumber),
        any_party().prop_map(Element::CallingNumber),
        any_number().prop_map(Element::CalledNumber),
        Just(Element::Restart(RestartClass::Interface)),
        (any::<u8>(), octets(20)).prop_map(|(protocol, octets)| Element::UserUser(UserUser {
            protocol: UserProtocol::from_code(protocol),
            octets: octets.into_iter().collect(),
        })),
        Just(Element::SendingComplete),
        (1u8..8, 0u8..0x80, octets(10)).prop_map(|(codeset, id, contents)| Element::Raw {
            codeset,
            id,
            contents: contents.into(),
        }),
        (0u8..8, 0xa2u8..).prop_map(|(codeset, octet)| Element::RawOctet { codeset, octet }),
    ]
}

fn any_message() -> impl Strategy<Value = Message> {
    let reference = (0..=CallReference::MAX_VALUE, any::<bool>()).prop_map(|(value, flag)| reference(value, flag));
    // Of the longest elements more would not fit into an I frame.
    let elements = prop::collection::vec(any_element(), 0..6);
    (reference, any::<u8>(), elements).prop_map(|(reference, code, mut elements)| {
        elements.sort_by_key(|element| (element.codeset(), element.id()));
        Message { reference: Some(reference), kind: MessageKind::from_code(code), elements }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(message in any_message()) {
        let octets = message.emit(false).unwrap();
        let parsed = Message::parse(&octets).unwrap();
        prop_assert_eq!(parsed.faults, []);
        prop_assert_eq!(parsed.message, message);
    }

    #[test]
    fn any_octets_behind_a_header_are_read_without_panic(elements in prop::collection::vec(any::<u8>(), 0..260)) {
        let octets = [&[0x08, 0x02, 0x00, 0x01, 0x05][..], &elements].concat();
        let parsed = Message::parse(&octets).unwrap();
        for role in [crate::Role::User, crate::Role::Network] {
            examine(&parsed, mandatory(MessageKind::Setup, role));
        }
        // Writing what was read may drop what was bad, and then reads the same.
        if let Ok(octets) = parsed.message.emit(false) {
            let again = Message::parse(&octets).unwrap().message;
            prop_assert_eq!(again.emit(false), parsed.message.emit(false));
        }
    }

    #[test]
    fn any_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::parse(&octets);
    }
}
