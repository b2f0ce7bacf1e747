//! State × timer: what a timer does that runs out, and where it runs.
//!
//! Source: ITU-T Q.931, 9.1 and 9.2 (tables 9-1 and 9-2); EN 300 141-1, clause 13. A point is a state in which the timer does
//! not run. `again` is the second time in a row. T309 and T322 run beside the state: they are started by a link that goes
//! down and by one that is set up anew.
//!
//! Where a cell departs from the letter of the standard, and why:
//! * T301 says cause 19 to the box and 102 to the far end: the caller hears that nobody answered.
//! * T302 tells the box first; it may know that the number is whole. Only then the call is cleared, with cause 28.
//! * T306 runs at the side that listens too, so that no announcement keeps a channel for ever.
//! * T309 runs for calls that are being cleared as well (`Call::on_link_down`).
//! * T322 clears talking calls only; the others have a timer that says more about them.

use super::{Outcome, stays, to};
use crate::{
    CallState as S,
    Timer::{T301, T302, T303, T304, T305, T306, T308, T309, T310, T313, T316, T322, THold, TRetrieve},
    q931::MessageKind as M,
};

pub const TIMERS: &str = "
                         U0   U1   U2   U3   U4   U6   U25  U9   U7   U8   U10  U11  U12  U19
T301                   | .    .    .    .    dis  .    .    .    .    .    .    .    .    .
T302                   | .    .    .    .    .    .    dig  .    .    .    .    .    .    .
T302 again             | .    .    .    .    .    .    d28  .    .    .    .    .    .    .
T303                   | .    set  .    .    .    .    .    .    .    .    .    .    .    .
T303 again             | .    r102 .    .    .    .    .    .    .    .    .    .    .    .
T304                   | .    .    dis  .    .    .    .    .    .    .    .    .    .    .
T305                   | .    .    .    .    .    .    .    .    .    .    .    rel  .    .
T306                   | .    .    .    .    .    .    .    .    .    .    .    .    rel  .
T308                   | .    .    .    .    .    .    .    .    .    .    .    .    .    rls
T308 again             | .    .    .    .    .    .    .    .    .    .    .    .    .    mnt
T309                   | .    .    .    .    .    .    .    .    .    .    end  end  end  end
T310                   | .    .    .    dis  .    .    .    .    .    .    .    .    .    .
T313                   | .    .    .    .    .    .    .    .    .    dis  .    .    .    .
T316                   | .    .    .    .    .    .    .    .    .    .    .    .    .    .
T322                   | .    .    enq2 enq3 enq4 .    .    enq  enq  enq8 enq  .    .    .
T322 again             | .    .    lst2 lst3 lst4 .    .    lst  lst  lst8 d41  .    .    .
T-HOLD                 | .    .    .    .    .    .    .    .    .    .    hrf  .    .    .
T-RETRIEVE             | .    .    .    .    .    .    .    .    .    .    rrf  .    .    .
";

pub const OUTCOMES: &[Outcome] = &[
    stays(".", "it does not run", &[], &[]),
    to(
        "dis",
        "T 5.1.3, 5.1.7, 5.2.5.3, 5.2.8",
        &[(M::Disconnect, 102)],
        &["Disconnected"],
        S::DisconnectRequest,
        &[T305],
    ),
    to("dig", "T 5.2.4", &[], &["MoreDigits"], S::OverlapReceiving, &[T302]),
    to("d28", "T 5.2.4", &[(M::Disconnect, 28)], &["Disconnected"], S::DisconnectRequest, &[T305]),
    to("set", "T 5.1.1", &[(M::Setup, 0)], &[], S::Initiated, &[T303]),
    to("r102", "T 5.1.1", &[(M::ReleaseComplete, 102)], &["Released"], S::Null, &[]),
    to("rel", "T 5.3.3, 5.3.4.1", &[(M::Release, 16)], &[], S::ReleaseRequest, &[T308]),
    to("rls", "T 5.3.3", &[(M::Release, 16)], &[], S::ReleaseRequest, &[T308]),
    to("end", "T 5.8.9", &[], &["Released"], S::Null, &[]),
    // Its channel is put aside, and restarted.
    to("mnt", "T 5.3.3, 5.5", &[(M::Restart, 0)], &["Released"], S::Null, &[]),
    asks_again("enq", &[T322]),
    asks_again("enq2", &[T304, T322]),
    asks_again("enq3", &[T310, T322]),
    asks_again("enq4", &[T301, T322]),
    asks_again("enq8", &[T313, T322]),
    Outcome { timers: Some(&[]), ..stays("lst", "T 5.8.10", &[], &[]) },
    Outcome { timers: Some(&[T304]), ..stays("lst2", "T 5.8.10", &[], &[]) },
    Outcome { timers: Some(&[T310]), ..stays("lst3", "T 5.8.10", &[], &[]) },
    Outcome { timers: Some(&[T301]), ..stays("lst4", "T 5.8.10", &[], &[]) },
    Outcome { timers: Some(&[T313]), ..stays("lst8", "T 5.8.10", &[], &[]) },
    to("d41", "T 5.8.10", &[(M::Disconnect, 41)], &["Disconnected"], S::DisconnectRequest, &[T305]),
    to("hrf", "T EN 300 141-1, 9.1", &[], &["HoldRefused"], S::Active, &[]),
    to("rrf", "T EN 300 141-1, 9.3", &[], &["RetrieveRefused"], S::Active, &[]),
];

const fn asks_again(key: &'static str, timers: &'static [crate::Timer]) -> Outcome {
    Outcome { timers: Some(timers), ..stays(key, "T 5.8.10", &[(M::StatusEnquiry, 0)], &[]) }
}

/// The timers by the names of the rows. T316 belongs to no call; its table is `restarts`.
pub const NAMES: [(&str, crate::Timer); 14] = [
    ("T301", T301),
    ("T302", T302),
    ("T303", T303),
    ("T304", T304),
    ("T305", T305),
    ("T306", T306),
    ("T308", T308),
    ("T309", T309),
    ("T310", T310),
    ("T313", T313),
    ("T316", T316),
    ("T322", T322),
    ("T-HOLD", THold),
    ("T-RETRIEVE", TRetrieve),
];
