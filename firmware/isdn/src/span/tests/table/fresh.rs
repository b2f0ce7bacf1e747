//! A call in a state, built anew through the machine's own doors, and what becomes of it.

use super::*;
use crate::{
    Rider,
    q931::element::{Facility, Notification, UserUser},
};

/// A call in a state, with nothing left unheard.
pub struct Fresh {
    pub state: CallState,
    line: Line,
    call: CallHandle,
    /// The reference that the far end's messages carry.
    reference: CallReference,
}

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: CallState,
    pub timers: Vec<Timer>,
}

/// What became of a call.
pub struct Found {
    pub sends: Vec<(MessageKind, u8)>,
    pub told: Vec<String>,
    before: Standing,
    pub after: Standing,
}

impl Found {
    /// How it differs from what was expected, in words; `None` where it does not.
    pub fn differs_from(&self, expected: &Outcome, state: CallState) -> Option<String> {
        let next = match expected.next {
            To::Same => self.before.state,
            To::State(next) => next,
        };
        assert_eq!(self.before.state, if self.before.state == CallState::Null { CallState::Null } else { state });
        let mut timers = expected.timers.map_or_else(|| self.before.timers.clone(), <[Timer]>::to_vec);
        timers.sort();
        let same = self.sends == expected.sends
            && self.told == expected.told
            && self.after == (Standing { state: next, timers: timers.clone() });
        (!same).then(|| {
            format!(
                "sent {:?}, told {:?}, {:?}; expected {:?}, {:?}, {next:?} {timers:?}",
                self.sends, self.told, self.after, expected.sends, expected.told
            )
        })
    }
}

impl Fresh {
    pub fn new(role: Role, state: CallState) -> Fresh {
        let mut settings = SpanSettings::e1(role, Dialect::EuroIsdn);
        // Shorter than T313, which runs beside it in U8.
        settings.timers.set(Timer::T322, Duration::from_secs(1));
        let line = Line::new(settings);
        let placed = state.is_outgoing() || state == CallState::Null;
        let mut fresh = if placed { Fresh::placed(line, state) } else { Fresh::came_in(line, state) };
        fresh.reach(state);
        fresh.forget();
        assert_eq!(fresh.standing().state, state);
        fresh
    }

    fn placed(mut line: Line, state: CallState) -> Fresh {
        let (call, setup) = line.placed();
        Fresh { state, line, call, reference: setup.reference.unwrap().reply() }
    }

    fn came_in(mut line: Line, state: CallState) -> Fresh {
        line.far_says(setup(1, 3));
        let (call, _) = line.incoming();
        Fresh { state, line, call, reference: CallReference { value: 1, to_originator: false } }
    }

    fn reach(&mut self, state: CallState) {
        use CallState as S;
        let call = self.call;
        match state {
            S::Initiated | S::Present => {}
            S::Null => {
                self.far_says("RELEASE COMPLETE");
                // A reference that never was a call of ours.
                self.reference = CallReference { value: 77, to_originator: false };
            }
            S::OverlapSending => self.far_says("SETUP ACKNOWLEDGE"),
            S::OutgoingProceeding => self.far_says("CALL PROCEEDING"),
            S::Delivered => self.far_says("ALERTING"),
            S::OverlapReceiving => self.line.asks(Request::MoreDigits { call, audible: false }),
            S::IncomingProceeding => self.line.asks(Request::Proceeding { call }),
            S::Received => self.line.asks(Request::Alerting { call, audible: false }),
            S::ConnectRequest => self.line.asks(Request::Connect { call, party: Box::default() }),
            S::Active => {
                self.line.asks(Request::Connect { call, party: Box::default() });
                self.far_says("CONNECT ACKNOWLEDGE");
            }
            S::DisconnectRequest => {
                self.reach(S::Active);
                self.line.asks(clear(call, Cause::NormalClearing));
            }
            S::DisconnectIndication => {
                self.reach(S::Active);
                self.far_says("DISCONNECT tones");
            }
            S::ReleaseRequest => {
                self.reach(S::Active);
                self.far_says("DISCONNECT");
            }
        }
    }

    pub fn standing(&self) -> Standing {
        // For a SETUP into nothing, the call that it begins.
        let call = self.line.span.calls.find(self.reference).or(Some(self.call));
        let call = call.and_then(|call| self.line.span.calls.get(call));
        let mut timers: Vec<Timer> = call.into_iter().flat_map(|call| call.timers()).map(|(timer, _)| timer).collect();
        timers.sort();
        Standing { state: call.map_or(CallState::Null, |call| call.state), timers }
    }

    pub fn found(&mut self, before: &Standing) -> Found {
        let said = |message: Message| (message.kind, message.cause().map_or(0, |said| said.cause.number()));
        let sends = std::mem::take(&mut self.line.heard).into_iter().map(said).collect();
        let told = std::mem::take(&mut self.line.events);
        let told = told.iter().filter_map(name_of).collect();
        Found { sends, told, before: before.clone(), after: self.standing() }
    }

    /// What was heard and told so far is not asked for.
    pub fn forget(&mut self) {
        self.line.heard.clear();
        self.line.events.clear();
    }

    pub fn let_far_end_hold(&mut self) {
        let settings = SpanSettings { far_end_may_hold: true, ..self.line.span.settings.clone() };
        assert_eq!(self.line.span.apply(self.line.now, &settings), crate::Applied::Applied);
    }

    pub fn hold(&self) -> HoldState {
        self.line.span.calls.get(self.call).unwrap().entry(&self.line.span.settings).hold
    }

    pub fn misfits(&self) -> u64 {
        self.line.span.counters().misfits
    }

    /// The far end says what a row of the table of messages names.
    pub fn far_says(&mut self, row: &str) {
        let octets = self.octets(row);
        self.line.far_says_octets(&octets);
    }

    /// A STATUS with a state, by its number.
    pub fn far_says_state(&mut self, state: u8) {
        let status = Message::new(self.reference, MessageKind::Status);
        self.line.far_says(status.with(cause(Cause::ResponseToStatusEnquiry)).with(call_state(state)));
    }

    fn octets(&self, row: &str) -> Vec<u8> {
        let (kind, blemish) = (kind_of(row), blemish_of(row));
        let mut message = self.contents(Message::new(self.reference, kind), row);
        let fault: &[u8] = match blemish {
            Blemish::None => &[],
            Blemish::Unknown => &[0x02, 0x01, 0x00],
            Blemish::Missing(id) => {
                message.elements.retain(|element| element.id() != id);
                &[]
            }
            Blemish::Bad(id, octets) => {
                message.elements.retain(|element| element.id() != id);
                octets
            }
        };
        [&message.emit(false).unwrap()[..], fault].concat()
    }

    /// What a message of its kind must have, and what makes it worth telling.
    fn contents(&self, message: Message, row: &str) -> Message {
        use MessageKind as M;
        let state = match row {
            "STATUS null" => 0,
            "STATUS clearing" => 11,
            _ => self.state.number(self.line.span.settings.role).max(1),
        };
        match message.kind {
            M::Setup => message.with(Element::Bearer(Bearer::speech())).with(channel(5, true)),
            M::Progress => message.with(tones()),
            M::Information => {
                let message = message.with(Element::Keypad("5".parse().unwrap()));
                message.with((row == "INFORMATION complete").then_some(Element::SendingComplete))
            }
            M::Notify => message.with(Element::Notification(Notification::RemoteHold)),
            // Of a profile that is not remote operations: what those say is of `supplementary`.
            M::Facility => message.with(Facility::new(&[0x92, 0x00]).map(Element::Facility)),
            M::UserInformation => message.with(UserUser::from_text("a").map(Element::UserUser)),
            M::Status => message.with(cause(Cause::MessageNotCompatible)).with(call_state(state)),
            M::Disconnect | M::Release | M::ReleaseComplete | M::HoldReject | M::RetrieveReject => {
                let message = message.with(cause(Cause::NormalClearing));
                message.with((row == "DISCONNECT tones").then(tones))
            }
            M::Restart | M::RestartAcknowledge => {
                message.with(Element::Restart(crate::q931::element::RestartClass::Interface))
            }
            _ => message,
        }
    }

    /// A timer runs out, where it runs; `again` for the second time. False where it does not, which is then compared here.
    pub fn runs_out(&mut self, row: &str, runs: bool) -> bool {
        let (name, again) = row.strip_suffix(" again").map_or((row, false), |name| (name, true));
        let (_, timer) = timers::NAMES.into_iter().find(|(known, _)| *known == name).unwrap();
        self.start(timer);
        self.expires_where_it_runs(row, timer, runs, again)
    }

    /// The same for a timer that has been started.
    pub fn runs_out_as_it_is(&mut self, row: &str, runs: bool) -> bool {
        let (_, timer) = timers::NAMES.into_iter().find(|(known, _)| *known == row).unwrap();
        self.expires_where_it_runs(row, timer, runs, false)
    }

    fn expires_where_it_runs(&mut self, row: &str, timer: Timer, runs: bool, again: bool) -> bool {
        assert_eq!(self.until(timer).is_some(), runs, "{row} in {:?} {:?}", self.state, self.line.span.settings.role);
        if runs && again {
            self.expire(timer);
        }
        if runs {
            self.forget();
            self.expire(timer);
        }
        runs
    }

    /// Timers that run beside the state need a reason to.
    fn start(&mut self, timer: Timer) {
        let call = self.call;
        match timer {
            Timer::T309 => self.link("down"),
            Timer::T322 => self.link("set up anew"),
            Timer::THold => self.line.asks(Request::Hold { call }),
            Timer::TRetrieve if self.state == CallState::Active => {
                self.line.asks(Request::Hold { call });
                self.far_says("HOLD ACKNOWLEDGE");
                self.line.asks(Request::Retrieve { call });
            }
            _ => {}
        }
    }

    fn until(&self, timer: Timer) -> Option<Time> {
        let call = self.line.span.calls.get(self.call)?;
        call.timers().find(|(running, _)| *running == timer).map(|(_, until)| until)
    }

    fn expire(&mut self, timer: Timer) {
        let until = self.until(timer).expect("it runs");
        let wait = until.since(self.line.now);
        self.line.advances(wait);
    }

    /// News of the link, as a row names them.
    pub fn link(&mut self, row: &str) {
        match row {
            "set up anew" => self.line.resets(),
            "set up anew with loss" => self.line.span.on_link_reset(self.line.now),
            "down" => self.line.span.handle_input(self.line.now, Input::Layer1(false)),
            "back again" => {
                self.link("down");
                self.line.events.clear();
                self.line.span.handle_input(self.line.now, Input::Layer1(true));
            }
            other => panic!("{other} is no news of a link"),
        }
        self.line.run();
    }

    /// The box asks what a row of the table of requests names.
    pub fn asks(&mut self, row: &str) {
        let (call, digits): (_, Digits) = (self.call, "5".parse().unwrap());
        let facility = Facility::new(&[0x91, 0xa1, 0x00]).unwrap();
        let user_user = Box::new(UserUser::from_text("a").unwrap());
        let cause = Cause::UserBusy;
        self.line.asks(match row {
            "MoreDigits" => Request::MoreDigits { call, audible: false },
            "Proceeding" => Request::Proceeding { call },
            "Progress" => Request::Progress { call, progress: Progress::in_band(Location::User), cause: None },
            "Alerting" => Request::Alerting { call, audible: false },
            "Connect" => Request::Connect { call, party: Box::default() },
            "Information" => Request::Information { call, digits, complete: false },
            "Notify" => Request::Notify { call, notification: Notification::RemoteHold },
            "Facility" => Request::Facility { call, facility },
            "UserInformation" => Request::UserInformation { call, user_user },
            "Attach" => Request::Attach { call, rider: Rider::Facility(facility) },
            "Hold" => Request::Hold { call },
            "Retrieve" => Request::Retrieve { call },
            "Clear" => clear(call, cause),
            "Clear with tones" => Request::Clear { call, cause, audible: true },
            other => panic!("{other} is no request"),
        });
    }
}

/// What is wrong with a message.
enum Blemish {
    None,
    /// An element that must be understood and is not.
    Unknown,
    Missing(u8),
    Bad(u8, &'static [u8]),
}

fn blemish_of(row: &str) -> Blemish {
    use crate::q931::element::id;
    match row.rsplit_once(' ').map_or("", |(_, last)| last) {
        "+02" => Blemish::Unknown,
        "-cause" => Blemish::Missing(id::CAUSE),
        "-state" => Blemish::Missing(id::CALL_STATE),
        "-indicator" => Blemish::Missing(id::NOTIFICATION),
        "-facility" => Blemish::Missing(id::FACILITY),
        _ if row.ends_with("bad bearer") => Blemish::Bad(id::BEARER, &[id::BEARER, 1, 0x80]),
        _ if row.ends_with("bad cause") => Blemish::Bad(id::CAUSE, &[id::CAUSE, 1, 0x80]),
        _ if row.ends_with("bad indicator") => Blemish::Bad(id::NOTIFICATION, &[id::NOTIFICATION, 0]),
        _ if row.ends_with("bad progress") => Blemish::Bad(id::PROGRESS, &[id::PROGRESS, 1, 0x80]),
        _ => Blemish::None,
    }
}

/// The message type of a row: the longest name that it begins with.
pub fn kind_of(row: &str) -> MessageKind {
    let named = KINDS.iter().filter(|(name, _)| row.starts_with(name)).max_by_key(|(name, _)| name.len());
    named.unwrap_or_else(|| panic!("{row} is no message")).1
}

const KINDS: [(&str, MessageKind); 34] = [
    ("SETUP", MessageKind::Setup),
    ("SETUP ACKNOWLEDGE", MessageKind::SetupAcknowledge),
    ("CALL PROCEEDING", MessageKind::CallProceeding),
    ("ALERTING", MessageKind::Alerting),
    ("CONNECT", MessageKind::Connect),
    ("CONNECT ACKNOWLEDGE", MessageKind::ConnectAcknowledge),
    ("PROGRESS", MessageKind::Progress),
    ("INFORMATION", MessageKind::Information),
    ("NOTIFY", MessageKind::Notify),
    ("FACILITY", MessageKind::Facility),
    ("USER INFORMATION", MessageKind::UserInformation),
    ("CONGESTION CONTROL", MessageKind::CongestionControl),
    ("STATUS", MessageKind::Status),
    ("STATUS ENQUIRY", MessageKind::StatusEnquiry),
    ("DISCONNECT", MessageKind::Disconnect),
    ("RELEASE", MessageKind::Release),
    ("RELEASE COMPLETE", MessageKind::ReleaseComplete),
    ("HOLD", MessageKind::Hold),
    ("HOLD ACKNOWLEDGE", MessageKind::HoldAcknowledge),
    ("HOLD REJECT", MessageKind::HoldReject),
    ("RETRIEVE", MessageKind::Retrieve),
    ("RETRIEVE ACKNOWLEDGE", MessageKind::RetrieveAcknowledge),
    ("RETRIEVE REJECT", MessageKind::RetrieveReject),
    ("RESTART", MessageKind::Restart),
    ("RESTART ACKNOWLEDGE", MessageKind::RestartAcknowledge),
    ("SUSPEND", MessageKind::Suspend),
    ("SUSPEND ACKNOWLEDGE", MessageKind::SuspendAcknowledge),
    ("SUSPEND REJECT", MessageKind::SuspendReject),
    ("RESUME", MessageKind::Resume),
    ("RESUME ACKNOWLEDGE", MessageKind::ResumeAcknowledge),
    ("RESUME REJECT", MessageKind::ResumeReject),
    ("SEGMENT", MessageKind::Segment),
    ("REGISTER", MessageKind::Register),
    ("unknown type", MessageKind::Other(0x77)),
];

/// The name of an event of a call; news of the link are not a call's.
fn name_of(event: &Event) -> Option<String> {
    let of_call = !matches!(event, Event::LinkUp | Event::LinkDown | Event::LinkFault(_) | Event::Channel { .. });
    of_call.then(|| format!("{event:?}").split([' ', '(']).next().unwrap().to_owned())
}
