//! Calls back from an emergency service: they ring the telephone that called it, whatever number they come in on.

use std::{collections::BTreeMap, time::Duration};

use frame::{PortId, Time};

use crate::Number;

/// How long a call back is led to the telephone: services call back within minutes, and crews on their way within an
/// hour or two.
const REMEMBERED: Duration = Duration::from_secs(2 * 3600);

/// The longest area code that a network puts before the number of a service (China: 010 to 0999).
const AREA_CODE_DIGITS: usize = 4;

/// Who called which emergency number last. One row a number, so it never grows beyond the numbers of the settings.
#[derive(Debug, Default)]
pub(crate) struct CallBacks(BTreeMap<Number, (PortId, Time)>);

impl CallBacks {
    /// A telephone called a service.
    pub(crate) fn note(&mut self, now: Time, service: Number, station: PortId) {
        self.0.insert(service, (station, now));
    }

    /// The telephone that a call from `calling` is a call back to.
    pub(crate) fn station(&self, now: Time, calling: &Number) -> Option<PortId> {
        let row = self.0.iter().find(|(service, _)| is_from(calling, service))?;
        let &(station, at) = row.1;
        (now.since(at) <= REMEMBERED).then_some(station)
    }
}

/// Whether a calling number is a service's, with or without an area code in front.
fn is_from(calling: &Number, service: &Number) -> bool {
    calling
        .as_str()
        .strip_suffix(service.as_str())
        .is_some_and(|area| area.is_empty() || (area.len() <= AREA_CODE_DIGITS && area.starts_with('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> Number {
        digits.parse().unwrap()
    }

    fn port(position: u8) -> PortId {
        PortId { card: "FXS".parse().unwrap(), position }
    }

    #[test]
    fn the_last_telephone_that_called_a_service_is_called_back() {
        let mut backs = CallBacks::default();
        let now = Time::from_ms(1000);
        backs.note(now, number("120"), port(1));
        backs.note(now, number("110"), port(2));
        backs.note(now, number("120"), port(3));
        for (calling, station) in [
            ("120", Some(3)),
            ("010120", Some(3)),
            ("0755120", Some(3)),
            ("110", Some(2)),
            ("119", None),
            ("13800138120", None),
            ("62120", None),
        ] {
            assert_eq!(backs.station(now, &number(calling)), station.map(port), "{calling}");
        }
    }

    #[test]
    fn a_call_after_hours_is_a_call_like_any_other() {
        let mut backs = CallBacks::default();
        let now = Time::from_ms(1000);
        backs.note(now, number("120"), port(1));
        assert!(backs.station(now + REMEMBERED, &number("120")).is_some());
        assert!(backs.station(now + REMEMBERED + Duration::from_secs(1), &number("120")).is_none());
    }
}
