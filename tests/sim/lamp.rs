//! Messages in the mailbox of another exchange light the lamp of a telephone. ECMA-242.

use std::time::Duration;

use frame::SpanId;
use isdn::{
    Event, Request,
    q931::element::NumberElement,
    suppl::{Mailbox, MessagesWaiting},
};
use settings::Dialect;
use sim::Told;

use crate::house::{House, demo_board, demo_settings};

/// The lamps that were lit or put out.
fn lamps(house: &House) -> Vec<(u8, u16)> {
    let of = |lane| (1..=8).find(|position| house.telephone(*position) == lane).unwrap();
    let told = house.told.iter().filter_map(|event| match event.told {
        Told::MessageLamp { lane, messages } => Some((of(lane), messages)),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_mailbox_over_the_tie_line_lights_the_lamp_of_whom_it_is_for_and_puts_it_out() {
    let board = demo_board();
    let mut settings = demo_settings(&board);
    settings.trunks[0].dialect = Dialect::Qsig;
    let mut house = House::with(&board, settings, 51);
    house.tie_line();
    house.run(Duration::from_secs(2));
    let tell = |house: &mut House, tag, whose: &str, waiting, count| {
        let whose = Some(NumberElement::unknown(whose.parse().unwrap()));
        let mailbox = Mailbox { whose, count, ..Mailbox::default() };
        let messages = Box::new(MessagesWaiting { mailbox, waiting });
        house.asks_exchange(SpanId(0), Request::TellMessages { tag, messages });
        house.run(Duration::from_secs(1));
        let answered = (SpanId(0), Event::MessagesTold { tag, refused: None });
        assert!(house.exchange().told.contains(&answered), "{tag} was answered");
    };
    tell(&mut house, 1, "803", true, Some(2));
    tell(&mut house, 2, "803", true, None);
    tell(&mut house, 3, "803", false, None);
    tell(&mut house, 4, "9999", true, None);
    assert_eq!(lamps(&house), [(3, 2), (3, 1), (3, 0)], "and nobody's lamp for a number that nobody has");
    house.assert_at_rest();
}
