//! State × request of the box. What does not fit is counted and nothing else.
//!
//! Source: ITU-T Q.931, 5.1 to 5.3. A refusal of a call that has had no reply is RELEASE COMPLETE (5.3.2 a). In-band tones
//! behind a DISCONNECT are the network's to give (5.3.4.1).

use super::{Outcome, stays, to};
use crate::{
    CallState as S,
    Timer::{T302, T304, T305, T306, T308, T313, THold},
    q931::MessageKind as M,
};

pub const REQUESTS: &str = "
                         U0   U1   U2   U3   U4   U6   U25  U9   U7   U8   U10  U11  U12  U19
MoreDigits             | .    x    x    x    x    ack  x    x    x    x    x    x    x    x
Proceeding             | .    x    x    x    x    prc  prc  x    x    x    x    x    x    x
Progress               | .    x    x    x    x    prp  prp  prg  prg  x    x    x    x    x
Alerting               | .    x    x    x    x    alt  alt  alt  x    x    x    x    x    x
Connect                | .    x    x    x    x  con/thr con/thr con/thr con/thr x x x    x    x
Information            | .    x    dig  x    x    x    x    x    x    x    key  x    x    x
Notify                 | .    x    x    x    ntf  x    x    x    ntf  x    ntf  x    x    x
Facility               | .    x    fac  fac  fac  fac  fac  fac  fac  fac  fac  fac  fac  x
UserInformation        | .    x    x    x    x    x    x    x    x    x    uui  x    x    x
Attach                 | .    .    .    .    .    .    .    .    .    .    .    .    .    .
Hold                   | .    x    x    x    x    x    x    x    x    x    hld  x    x    x
Retrieve               | .    x    x    x    x    x    x    x    x    x    x    x    x    x
Clear                  | .    dis  dis  dis  dis  ref  dis  dis  dis  dis  dis  .    rel  .
Clear with tones       | .  dis/ton dis/ton dis/ton dis/ton ref dis/ton dis/ton dis/ton dis dis/ton . rel .
";

pub const OUTCOMES: &[Outcome] = &[
    stays(".", "nothing is to be done", &[], &[]),
    stays("x", "counted", &[], &[]),
    to("ack", "5.2.4", &[(M::SetupAcknowledge, 0)], &[], S::OverlapReceiving, &[T302]),
    to("prc", "5.2.5.1", &[(M::CallProceeding, 0)], &[], S::IncomingProceeding, &[]),
    to("prp", "5.2.6", &[(M::CallProceeding, 0), (M::Progress, 0)], &[], S::IncomingProceeding, &[]),
    stays("prg", "5.2.6", &[(M::Progress, 0)], &[]),
    to("alt", "5.2.5.1", &[(M::Alerting, 0)], &[], S::Received, &[]),
    to("con", "5.2.7", &[(M::Connect, 0)], &[], S::ConnectRequest, &[T313]),
    to("thr", "5.1.8", &[(M::Connect, 0)], &["Connected"], S::Active, &[]),
    to("dig", "5.1.3", &[(M::Information, 0)], &[], S::OverlapSending, &[T304]),
    stays("key", "3.1.6", &[(M::Information, 0)], &[]),
    stays("ntf", "5.9", &[(M::Notify, 0)], &[]),
    stays("fac", "EN 300 196-1, 8.3.1", &[(M::Facility, 0)], &[]),
    stays("uui", "Q.957", &[(M::UserInformation, 0)], &[]),
    to("hld", "EN 300 141-1, 9.1", &[(M::Hold, 0)], &[], S::Active, &[THold]),
    to("dis", "5.3.3", &[(M::Disconnect, 17)], &[], S::DisconnectRequest, &[T305]),
    to("ton", "5.3.4.1", &[(M::Disconnect, 17)], &[], S::DisconnectRequest, &[T306]),
    to("ref", "5.3.2 a", &[(M::ReleaseComplete, 17)], &["Released"], S::Null, &[]),
    to("rel", "5.3.3", &[(M::Release, 16)], &[], S::ReleaseRequest, &[T308]),
];
