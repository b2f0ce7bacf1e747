//! The spans of the machine, and their configuration. A pair is made of two dynamic spans with one key, whose channels are
//! joined in the kernel.
//!
//! | span | channels | is |
//! |---|---|---|
//! | 1 | 1–31 | the box's E1; 16 is its D-channel |
//! | 2 | 32–35 | the box's outside lines (FXO; signalled fxsks) |
//! | 3 | 36–66 | the exchange's E1; 51 is its D-channel |
//! | 4 | 67–70 | the exchange's analog lines (fxoks) |
//! | 5 | 71–78, or to 100 | the box's telephones (FXS; signalled fxoks): 8, or 30 |
//! | 6 | 79–86, or 101–130 | the telephones themselves (fxsks) |
//! | 7, 9, 11 | 87–117, 149–179, 211–241 | three more E1 of the box, where a test has four |
//! | 8, 10, 12 | 118–148, 180–210, 242–272 | the exchange's ends of these |
//! | 7 | 87–110 | the box's T1, where a test has one; 110 is its D-channel |
//! | 8 | 111–134 | the exchange's end of that; 134 is its D-channel |

use std::{
    fs::File,
    io,
    os::fd::AsFd,
    thread::sleep,
    time::{Duration, Instant},
};

use dahdi_sys::{dahdi_chanconfig, dahdi_dynamic_span, dahdi_spaninfo};

use crate::kernel::{control, device};

/// What a span's channels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    E1,
    T1,
    /// A telephone is plugged in: the driver plays the exchange.
    Fxs,
    /// A line is plugged in: the driver plays the telephone.
    Fxo,
}

/// One span of a pair.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub number: i32,
    /// The number of its first channel.
    pub first: i32,
    pub kind: Kind,
    channels: i32,
    address: &'static str,
}

const fn span(number: i32, first: i32, kind: Kind, channels: i32, address: &'static str) -> Span {
    Span { number, first, kind, channels, address }
}

/// The box's E1.
pub const TRUNK: Span = span(1, 1, Kind::E1, 31, "1:0");
/// The box's outside lines.
pub const OUTSIDE_LINES: Span = span(2, 32, Kind::Fxo, 4, "3:0");
/// Where the exchange stands.
pub const EXCHANGE: Span = span(3, 36, Kind::E1, 31, "1:1");
/// The far ends of the box's outside lines.
pub const FAR_LINES: Span = span(4, 67, Kind::Fxs, 4, "3:1");
/// The box's telephones.
pub const TELEPHONES: Span = span(5, 71, Kind::Fxs, 8, "2:0");
/// The far ends of the box's telephones.
pub const FAR_TELEPHONES: Span = span(6, 79, Kind::Fxo, 8, "2:1");

/// In the order in which the kernel numbers them.
const ALL: [Span; 6] = [TRUNK, OUTSIDE_LINES, EXCHANGE, FAR_LINES, TELEPHONES, FAR_TELEPHONES];

/// With thirty telephones. Each channel costs the machine time, so most tests have eight.
const THIRTY: [Span; 6] =
    [TRUNK, OUTSIDE_LINES, EXCHANGE, FAR_LINES, span(5, 71, Kind::Fxs, 30, "2:0"), span(6, 101, Kind::Fxo, 30, "2:1")];

/// Three more E1 of the box, each with the exchange's end of it.
const MORE_TRUNKS: [Span; 6] = [
    span(7, 87, Kind::E1, 31, "4:0"),
    span(8, 118, Kind::E1, 31, "4:1"),
    span(9, 149, Kind::E1, 31, "5:0"),
    span(10, 180, Kind::E1, 31, "5:1"),
    span(11, 211, Kind::E1, 31, "6:0"),
    span(12, 242, Kind::E1, 31, "6:1"),
];

/// The box's T1.
const T1: Span = span(7, 87, Kind::T1, 24, "7:0");
/// Where the exchange stands on the T1.
pub const EXCHANGE_ON_T1: Span = span(8, 111, Kind::T1, 24, "7:1");

/// Where the exchange stands on an E1 of the box, from 0.
pub fn exchange_of(trunk: usize) -> Span {
    if trunk == 0 { EXCHANGE } else { MORE_TRUNKS[2 * trunk - 1] }
}

impl Span {
    /// A channel of it: a timeslot or a position, from 1.
    pub const fn channel(&self, position: i32) -> i32 {
        self.first + position - 1
    }

    /// Makes it, and checks that it has the numbers that the tests count on.
    pub fn create(&self) {
        let mut asked = self.dynamic();
        control(ctl().as_fd(), dahdi_sys::DAHDI_DYNAMIC_CREATE, &mut asked).expect("a dynamic span is made");
        assert_eq!(asked.spanno, self.number, "{self:?}");
        let channels = self.info().expect("it is there").totalchans;
        assert_eq!(channels, self.channels, "{self:?}");
    }

    /// Takes it away. Its channels have to be closed.
    pub fn destroy(&self) {
        let answer = control(ctl().as_fd(), dahdi_sys::DAHDI_DYNAMIC_DESTROY, &mut self.dynamic());
        answer.unwrap_or_else(|error| panic!("{self:?} is taken away: {error}"));
    }

    fn dynamic(&self) -> dahdi_dynamic_span {
        let mut asked = dahdi_dynamic_span { numchans: self.channels, ..Default::default() };
        write_text(&mut asked.driver, "loc");
        write_text(&mut asked.addr, self.address);
        asked
    }

    /// Gives its channels the signalling and the law of its kind, and starts it.
    pub fn configure(&self) {
        (1..=self.channels).for_each(|position| self.set_signalling(position, self.signalling(position)));
    }

    /// Takes its numbers away as when a card is pulled, while its channels are open.
    pub fn unassign(&self) {
        self.tell("unassign_span", "1");
    }

    /// Stops it, as whoever sets cards may: the kernel forgets the signalling of its channels (`dahdi_shutdown_span`).
    pub fn stop(&self) {
        control(ctl().as_fd(), dahdi_sys::DAHDI_SHUTDOWN, &mut self.number.clone()).expect("the span is stopped");
    }

    /// Starts it.
    pub fn start(&self) {
        control(ctl().as_fd(), dahdi_sys::DAHDI_STARTUP, &mut self.number.clone()).expect("the span is started");
    }

    /// Gives it its numbers again.
    pub fn assign(&self) {
        self.tell("assign_span", &format!("1:{}:{}", self.number, self.first));
    }

    fn tell(&self, what: &str, text: &str) {
        let id = format!("DYN/loc/{}", self.address);
        let devices = std::fs::read_dir("/sys/bus/dahdi_devices/devices").expect("the kernel lists devices").flatten();
        let is_it = |path: &std::path::PathBuf| {
            std::fs::read_to_string(path.join("hardware_id")).is_ok_and(|text| text.trim() == id)
        };
        let device = devices.map(|entry| entry.path()).find(is_it).unwrap_or_else(|| panic!("{id} is listed"));
        std::fs::write(device.join(what), text).unwrap_or_else(|error| panic!("{id}, {what} {text}: {error}"));
    }

    /// Gives a channel another signalling than its kind has.
    pub fn set_signalling(&self, position: i32, signalling: u32) {
        let mut asked = dahdi_chanconfig {
            chan: self.channel(position),
            sigtype: signalling as i32,
            deflaw: self.law() as i32,
            master: self.channel(position),
            ..Default::default()
        };
        let answer = control(ctl().as_fd(), dahdi_sys::DAHDI_CHANCONFIG, &mut asked);
        answer.unwrap_or_else(|error| panic!("channel {position} of {self:?}: {error}"));
    }

    fn law(&self) -> u32 {
        if self.kind == Kind::T1 { dahdi_sys::DAHDI_LAW_MULAW } else { dahdi_sys::DAHDI_LAW_ALAW }
    }

    fn signalling(&self, position: i32) -> u32 {
        match self.kind {
            Kind::E1 if position == 16 => dahdi_sys::DAHDI_SIG_HDLCFCS,
            Kind::T1 if position == 24 => dahdi_sys::DAHDI_SIG_HDLCFCS,
            Kind::E1 | Kind::T1 => dahdi_sys::DAHDI_SIG_CLEAR,
            // DAHDI names a channel after what it speaks to.
            Kind::Fxs => dahdi_sys::DAHDI_SIG_FXOKS,
            Kind::Fxo => dahdi_sys::DAHDI_SIG_FXSKS,
        }
    }

    fn info(&self) -> io::Result<dahdi_spaninfo> {
        let mut info = dahdi_spaninfo { spanno: self.number, ..Default::default() };
        control(ctl().as_fd(), dahdi_sys::DAHDI_SPANSTAT, &mut info)?;
        Ok(info)
    }

    /// Its alarms, as bits of DAHDI's.
    pub fn alarms(&self) -> u32 {
        self.info().expect("it is there").alarms as u32
    }

    /// Waits for its alarms to become what is named.
    pub fn waits_for_alarms(&self, alarms: u32) {
        let limit = Instant::now() + Duration::from_secs(10);
        while self.alarms() != alarms {
            assert!(Instant::now() < limit, "{self:?}: alarms {:#x}, not {alarms:#x}", self.alarms());
            sleep(Duration::from_millis(10));
        }
    }
}

/// All spans, while a test runs.
pub struct Pairs(Vec<Span>);

impl Pairs {
    /// Makes all spans, with eight telephones, and configures them.
    pub fn up() -> Pairs {
        let pairs = Pairs::made();
        [TRUNK, OUTSIDE_LINES, TELEPHONES].iter().for_each(Span::configure);
        pairs
    }

    /// Makes all spans, with eight telephones. The box's own ones are left to the box to configure.
    pub fn made() -> Pairs {
        Pairs::make(&ALL)
    }

    /// The same with thirty telephones.
    pub fn with_thirty_telephones() -> Pairs {
        Pairs::make(&THIRTY)
    }

    /// The same as [`Pairs::made`], with four E1.
    pub fn with_four_trunks() -> Pairs {
        let pairs = Pairs::make(&[&ALL[..], &MORE_TRUNKS].concat());
        (1..4).for_each(|trunk| exchange_of(trunk).configure());
        pairs
    }

    /// The same as [`Pairs::made`], with a T1.
    pub fn with_a_t1() -> Pairs {
        let pairs = Pairs::make(&[&ALL[..], &[T1, EXCHANGE_ON_T1]].concat());
        EXCHANGE_ON_T1.configure();
        pairs
    }

    fn make(spans: &[Span]) -> Pairs {
        // One that panicked may have left them, with or without their numbers; what stays for another reason is not made again.
        ALL.iter()
            .chain(&MORE_TRUNKS)
            .chain(&[T1, EXCHANGE_ON_T1])
            .for_each(|span| _ = control(ctl().as_fd(), dahdi_sys::DAHDI_DYNAMIC_DESTROY, &mut span.dynamic()));
        spans.iter().for_each(Span::create);
        [EXCHANGE, FAR_LINES, spans[5]].iter().for_each(Span::configure);
        Pairs(spans.to_vec())
    }

    /// The span of the telephones themselves.
    pub fn far_telephones(&self) -> Span {
        self.0[5]
    }
}

fn ctl() -> File {
    device("ctl").expect("DAHDI is loaded")
}

/// Writes a text into a field of C, whose last octet stays 0.
fn write_text(field: &mut [libc::c_char], text: &str) {
    assert!(text.len() < field.len(), "{text} has no room");
    field.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from as libc::c_char);
}
