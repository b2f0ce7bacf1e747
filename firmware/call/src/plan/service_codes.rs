//! What people key to set, clear and ask for a service of their telephone: `*SC*NUMBER#`, `*SC#`, `#SC#`, `*#SC#`.
//!
//! Source: the practice of China's public exchanges (*57*TN#, #57#), which is that of ETSI's man-machine interface.

use serde::{Deserialize, Serialize};

use super::{Match, Target};

/// A service of a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// All calls go to another number.
    ForwardAlways,
    /// Calls that find the telephone busy do.
    ForwardBusy,
    /// Calls that are not answered do.
    ForwardNoAnswer,
    /// It does not ring.
    DoNotDisturb,
}

impl Service {
    /// All of them.
    pub const ALL: [Service; 4] =
        [Service::ForwardAlways, Service::ForwardBusy, Service::ForwardNoAnswer, Service::DoNotDisturb];
}

/// What is to be done with a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceAct {
    /// Set it, to a number where it takes one.
    Set(Option<String>),
    /// Clear it.
    Clear,
    /// Tell whether it is set.
    Ask,
}

/// The services that the settings have, each with its digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceCodes(Vec<(String, Service)>);

/// The longest number of a service, as of any.
const NUMBER_KEYS_MAX: usize = crate::NUMBER_MAX_LEN;

impl ServiceCodes {
    /// Those of the settings.
    pub fn of(services: &settings::Services) -> ServiceCodes {
        let rows = [
            (&services.forward_always, Service::ForwardAlways),
            (&services.forward_busy, Service::ForwardBusy),
            (&services.forward_no_answer, Service::ForwardNoAnswer),
            (&services.do_not_disturb, Service::DoNotDisturb),
        ];
        ServiceCodes(rows.into_iter().filter_map(|(digits, service)| Some((digits.clone()?, service))).collect())
    }

    /// Whether the settings have a service.
    pub fn have(&self, service: Service) -> bool {
        self.0.iter().any(|(_, of)| *of == service)
    }

    /// What was keyed means.
    pub(super) fn matches(&self, keyed: &str) -> Match {
        self.0.iter().map(|(digits, service)| one(keyed, digits, *service)).fold(Match::Nothing, Match::or)
    }
}

fn one(keyed: &str, digits: &str, service: Service) -> Match {
    let takes_number = service != Service::DoNotDisturb;
    [("*#", ServiceAct::Ask), ("#", ServiceAct::Clear), ("*", ServiceAct::Set(None))]
        .into_iter()
        .map(|(before, act)| {
            let Some(rest) = after(keyed, before).and_then(|rest| after(rest, digits)) else {
                let whole = [before, digits].concat();
                return if whole.starts_with(keyed) { Match::More } else { Match::Nothing };
            };
            match (rest, act) {
                ("", _) => Match::More,
                ("#", ServiceAct::Set(_)) if takes_number => Match::Nothing,
                ("#", act) => whole(service, act),
                (rest, ServiceAct::Set(_)) if takes_number => number(rest, service),
                _ => Match::Nothing,
            }
        })
        .fold(Match::Nothing, Match::or)
}

fn after<'a>(keyed: &'a str, before: &str) -> Option<&'a str> {
    keyed.strip_prefix(before)
}

/// `*NUMBER#`.
fn number(rest: &str, service: Service) -> Match {
    let Some(number) = rest.strip_prefix('*') else { return Match::Nothing };
    let is_number = |text: &str| text.bytes().all(|key| key.is_ascii_digit()) && text.len() <= NUMBER_KEYS_MAX;
    match number.strip_suffix('#') {
        Some("") => Match::Nothing,
        Some(number) if is_number(number) => whole(service, ServiceAct::Set(Some(number.to_owned()))),
        None if is_number(number) => Match::More,
        _ => Match::Nothing,
    }
}

fn whole(service: Service, act: ServiceAct) -> Match {
    Match::Whole { target: Target::Service(service, act), more: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(keyed: &str) -> Match {
        let services = settings::Services {
            forward_always: Some("57".into()),
            do_not_disturb: Some("56".into()),
            ..settings::Services::default()
        };
        ServiceCodes::of(&services).matches(keyed)
    }

    #[test]
    fn a_service_is_set_cleared_and_asked_for_as_at_a_public_exchange() {
        let forward = |act| whole(Service::ForwardAlways, act);
        assert_eq!(means("*57*802#"), forward(ServiceAct::Set(Some("802".into()))));
        assert_eq!(means("#57#"), forward(ServiceAct::Clear));
        assert_eq!(means("*#57#"), forward(ServiceAct::Ask));
        assert_eq!(means("*56#"), whole(Service::DoNotDisturb, ServiceAct::Set(None)));
    }

    #[test]
    fn every_beginning_waits_for_more_and_nothing_else_does() {
        for keyed in ["*57*80139#", "#57#", "*#56#", "*56#"] {
            for at in 1..keyed.len() {
                assert_eq!(means(&keyed[..at]), Match::More, "{}", &keyed[..at]);
            }
        }
        for keyed in ["*58", "*57#", "*57*#", "*57**", "*56*", "#57*", "*#57*", "5", "*57*8*"] {
            assert_eq!(means(keyed), Match::Nothing, "{keyed}");
        }
    }
}
